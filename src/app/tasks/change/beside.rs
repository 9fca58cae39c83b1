//! Orders a desk that holds the plant already, in the name of a person, and waits for its answer.

use std::time::{Duration, Instant};
use std::{fs, thread};

use super::act::{At, Stop, Who};
use super::follow::Follower;
use super::{Outcome, words};
use crate::app::change::files;
use crate::app::random::system_random;
use crate::app::wall_now;
use crate::control::inbox::{send, take_answer, withdraw};
use crate::control::people::{Act, OrderFile, Ordered};
use crate::control::policy::digest;
use crate::domain::change::{ChangeId, ChangeRequest, State};

/// How often it is looked whether something came.
const LOOK: Duration = Duration::from_millis(100);
/// A desk looks once a second, and may then wait for its links.
const TAKEN_WITHIN: Duration = Duration::from_secs(20);
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// The change that was drafted, where one was. `wish` is that of a draft, as JSON.
pub fn order(
    at: &At,
    who: &Who,
    (act, change): (Act, Option<&ChangeRequest>),
    (wish, reason): (String, &str),
) -> Result<Option<ChangeId>, Stop> {
    let key = who.key()?;
    let ordered = Ordered {
        plant: at.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        act,
        change: change.map(|change| change.id.to_string()).unwrap_or_default(),
        state: change.map(|change| change.state().name().to_owned()).unwrap_or_default(),
        digest: change.map(digest).unwrap_or_default(),
        wish,
        reason: reason.to_owned(),
    };
    let order = OrderFile::sign(&key, ordered, wall_now(), &mut system_random()).map_err(anyhow::Error::from)?;
    // What the desk would not read is told before it is sent.
    let text = order.to_json().map_err(anyhow::Error::from)?;
    OrderFile::parse(text.as_bytes()).map_err(|refusal| refusal.to_string())?;
    let inbox = files::inbox(&at.folder);
    if !fs::metadata(&inbox).is_ok_and(|data| data.is_dir()) {
        return Err(Stop::Refused(
            "The desk that holds this plant takes no orders: it is of an older version. Nothing was done. Do it there."
                .to_owned(),
        ));
    }
    send(&inbox, &order).map_err(anyhow::Error::from)?;
    let (begin, nonce) = (Instant::now(), order.nonce());
    loop {
        match take_answer(&inbox, nonce).map_err(anyhow::Error::from)? {
            Some(answer) if answer.done => return Ok(answer.change),
            Some(answer) => return Err(Stop::Refused(answer.words)),
            None => thread::sleep(LOOK),
        }
        let gone = !at.held()?;
        if (gone || begin.elapsed() > TAKEN_WITHIN) && withdraw(&inbox, nonce) {
            return Err(Stop::Refused(
                "The desk that holds this plant did not take the order, which was taken back: nothing was done. Do it \
                 there."
                    .to_owned(),
            ));
        }
        if gone || begin.elapsed() > ANSWER_WITHIN {
            eprintln!("The desk took the order and did not answer. Look at the change: twinscope change show");
            return Err(Stop::Ended(Outcome::NoAnswer));
        }
    }
}

/// Tells how a change at the other desk goes on, as it is kept, until it is where it should be.
pub fn follow(at: &At, id: &ChangeId, within: Duration, ended: impl Fn(State) -> bool) -> Result<ChangeRequest, Stop> {
    let (begin, mut follower) = (Instant::now(), Follower::default());
    loop {
        let change = at.kept(id)?;
        follower.tell(&change);
        if ended(change.state()) {
            return Ok(change);
        }
        if begin.elapsed() > within || !at.held()? {
            let state = change.state().name();
            eprintln!("{id} is {state}, and the desk does not go on with it. {}", words::clean(&change.words()));
            return Err(Stop::Ended(Outcome::NoAnswer));
        }
        thread::sleep(LOOK);
    }
}
