//! Pushes a change and stays with it: this command is the desk, and its frames are the heartbeat of the trial.

use std::io::{BufRead, IsTerminal};
use std::path::Path;
use std::thread;
use std::time::Duration;

use crossbeam_channel::Receiver;

use super::act::{At, Stop, Who, elsewhere, outcome};
use super::follow::Follower;
use super::look::signals_of;
use super::{Outcome, words};
use crate::app::args::ChangeActor;
use crate::app::change::headless::Headless;
use crate::app::channels;
use crate::app::tasks::ending::Endings;
use crate::domain::change::{ChangeId, State};
use crate::domain::change_command::ChangeCommand;

/// Longest wait for the links to the settings.
const LINKS_WITHIN: Duration = Duration::from_secs(15);
const BOARD_WITHIN: Duration = Duration::from_secs(5);
const HELP: &str = "Type \"keep\" to keep the change, or \"revert WHY\" to take it back.";

pub fn push(actor: &ChangeActor, approval: Option<&Path>) -> anyhow::Result<Outcome> {
    outcome(try_push(actor, approval))
}

fn try_push(actor: &ChangeActor, approval: Option<&Path>) -> Result<Outcome, Stop> {
    let at = At::of(&actor.project)?;
    let change = at.kept(&actor.id)?;
    if at.held()? {
        return Err(Stop::Refused(elsewhere("push it")));
    }
    print!("{}", words::in_words(&change));
    let who = Who::ask(&actor.by)?;
    let id = &actor.id;
    let mut desk = at.desk(&signals_of(&at.project, &change))?;
    desk.until(LINKS_WITHIN, |desk| desk.change(id).is_none_or(|shown| shown.link.is_empty()));
    who.login(&mut desk)?;
    if let Some(file) = approval {
        desk.ask(ChangeCommand::TakeApprovalFile(file.to_owned()))?;
    }
    let endings = Endings::listen()?;
    let before = desk.state(id);
    desk.ask(ChangeCommand::Push { id: id.clone(), user: who.name.clone(), password: who.password() })?;
    desk.until(BOARD_WITHIN, |desk| desk.state(id) != before && desk.state(id) != Some(State::Approved));
    let ended = stay(&mut desk, id, &who, &endings);
    if let Some(shown) = desk.change(id) {
        print!("{}", words::standing(&shown.request));
    }
    Ok(ended)
}

/// Until the change is at its end.
fn stay(desk: &mut Headless, id: &ChangeId, who: &Who, endings: &Endings) -> Outcome {
    let typed = typed();
    let (mut follower, mut told, mut taken_back) = (Follower::default(), None, false);
    loop {
        desk.frame();
        for notice in desk.notices.list().iter().filter(|notice| told.is_none_or(|told| notice.id > told)) {
            follower.note(&notice.what);
        }
        told = desk.notices.list().last().map(|notice| notice.id).or(told);
        let Some(shown) = desk.change(id) else { continue };
        let (state, left) = (shown.request.state(), shown.lease_left);
        follower.tell(&shown.request);
        if let Some(outcome) = Outcome::of(state) {
            return outcome;
        }
        if desk.changes.ended() {
            follower.note("Changes are not carried out any more. Look at the equipment.");
            return Outcome::Unverified;
        }
        if let Some(left) = left {
            follower.count_down(left);
        }
        match endings.count() {
            0 => {}
            1 if taken_back => {}
            1 => {
                taken_back = true;
                follower.note("Told to end: the settings go back along their ramp. Told once more, it ends at once.");
                if state != State::Reverting {
                    let why = "The program that pushed it was told to end.".to_owned();
                    act(desk, who, ChangeCommand::Revert { id: id.clone(), why }, &mut follower);
                }
            }
            _ => {
                follower.note(
                    "Ended at once. The plant may hold any value between the old and the new: the next desk that is \
                     opened takes it back.",
                );
                // Each step is kept before it is done, so that no end is too early.
                std::process::exit(i32::from(Outcome::Unverified as u8));
            }
        }
        let line = typed.as_ref().and_then(|typed| typed.try_recv().ok());
        let Some(line) = line else { continue };
        match line.trim().split_once(' ').unwrap_or((line.trim(), "")) {
            ("keep", "") => act(desk, who, ChangeCommand::Keep { id: id.clone() }, &mut follower),
            ("revert", why) if !why.trim().is_empty() => {
                act(desk, who, ChangeCommand::Revert { id: id.clone(), why: why.trim().to_owned() }, &mut follower);
            }
            ("", "") => {}
            _ => follower.note(HELP),
        }
    }
}

/// In the name of whoever pushed. A session ends before a long trial does: then the person logs in again.
fn act(desk: &mut Headless, who: &Who, command: ChangeCommand, follower: &mut Follower) {
    let again = command.clone();
    let done = desk.ask(command).or_else(|_| {
        desk.ask(ChangeCommand::Login { user: who.name.clone(), password: who.password() })?;
        desk.ask(again)
    });
    if let Err(words) = done {
        follower.note(&words);
    }
}

/// Lines that a person types; none where there is no terminal, or no thread to wait for them.
fn typed() -> Option<Receiver<String>> {
    if !std::io::stdin().is_terminal() {
        return None;
    }
    let (lines, typed) = channels::orders();
    let listen = move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if lines.send(line).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().name("typed".to_owned()).spawn(listen).ok()?;
    Some(typed)
}
