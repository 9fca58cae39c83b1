//! Settings that are written by a message to an MQTT broker.
//!
//! A message is handed to the broker once and never kept by it for later (no `retain`; with MQTT 5 it expires with
//! the deadline). A session that breaks is not taken up again: what it had not sent is lost with it, and the next
//! one begins clean. So a broken link cannot send an old command.
//!
//! What became of a command:
//!
//! | what comes | outcome |
//! |---|---|
//! | with a response topic (MQTT 5): the plant's answer with our correlation data, as in `answer` | what it says |
//! | an answer of another kind, or none before the deadline | unknown |
//! | without one: the broker has it (QoS 0: it went out) | accepted |
//! | the broker refuses it (reason code 0x80 and above) | rejected |
//! | the broker knows nobody who listens (0x10) | unknown: rules of the broker itself may have taken it |
//! | the connection breaks, or the broker says nothing before the deadline | unknown |
//!
//! Nobody can ask over MQTT. What is read back is the newest message of the topic in which the plant shows the
//! signal, read as the source reads it. Its time is its own where it has one, else that of its arrival; but a
//! message that the broker kept, or that came before the last write, tells without a time of its own only what was:
//! it is as old as can be, and confirms nothing.

mod driver;
mod held;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use self::driver::{Driver, Order, Reply};
use self::held::{Held, Shown};
use super::answer;
use super::io::Io;
use super::way::{Clock, Way, duration, not_sent};
use super::{PlantLink, ReadBack, WriteOutcome, WriteRequest};
use crate::domain::signal::SignalId;
use crate::domain::source::{MqttSpec, MqttSubscription, MqttVersion};
use crate::domain::time::{Span, Timestamp};
use crate::domain::write_target::{WriteIdentity, WriteTarget};
use crate::protocol::backoff;
use crate::protocol::mqtt::{Command, Delivered, V4, V5};

/// How the connection to the broker stands.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Status {
    /// The first attempt is not over.
    Beginning,
    Up,
    /// Why, in words.
    Down(String),
}

/// How far a write came, for what is said when time is up.
#[derive(Clone, Copy)]
enum Stage {
    Waiting,
    Handed,
    Taken,
    Unheard,
}

/// The way to a plant behind a broker, with a connection of its own.
pub struct MqttLink {
    io: Io,
    orders: mpsc::Sender<Order>,
    status: watch::Receiver<Status>,
    held: Arc<Held>,
    ways: HashMap<String, Way>,
    /// Tag paths.
    shown: BTreeSet<String>,
    /// Tells the commands of this link from those of another desk with the same names of changes.
    salt: u32,
    /// The shortest that any setting has.
    deadline: Span,
}

impl MqttLink {
    /// Connects to the broker of a source, and stays connected. `shown` are the signals, with their tag paths, that
    /// are read back: those that the source gets are heard.
    pub fn start(
        io: &Io,
        source: &str,
        spec: &MqttSpec,
        ways: Vec<Way>,
        shown: &HashMap<SignalId, String>,
        now: Clock,
    ) -> Self {
        let own_spec = writer(spec, &ways);
        let shown = Shown::new(&spec.subscriptions, shown);
        let paths = shown.paths();
        let subscriptions = shown.subscriptions().chain(answers(&ways)).collect();
        let spec = MqttSpec { subscriptions, ..own_spec };
        let held = Arc::new(Held::new(shown));
        let (orders, ordered) = mpsc::channel(1);
        let (status, seen) = watch::channel(Status::Beginning);
        let version = spec.version;
        let driver = Driver { source: source.to_owned(), spec, orders: ordered, status, held: Arc::clone(&held), now };
        _ = match version {
            MqttVersion::V311 => io.spawn(driver.keep_up::<V4>()),
            MqttVersion::V5 => io.spawn(driver.keep_up::<V5>()),
        };
        let salt = (backoff::random() * f64::from(u32::MAX)) as u32;
        let deadline = ways.iter().map(|way| way.deadline).min().unwrap_or(Span::from_secs(1));
        let ways = ways.into_iter().map(|way| (way.signal.clone(), way)).collect();
        Self { io: io.clone(), orders, status: seen, held, ways, shown: paths, salt, deadline }
    }

    /// Tag paths of all that is written and read back over it.
    pub fn signals(&self) -> BTreeSet<String> {
        self.ways.keys().chain(&self.shown).cloned().collect()
    }

    fn command(&self, request: &WriteRequest) -> Result<(Command, Option<String>), String> {
        let way =
            self.ways.get(request.signal()).ok_or_else(|| format!("no topic is known for {}", request.signal()))?;
        let WriteTarget::Mqtt { topic, qos, body, response_topic } = &way.address.target else {
            return Err(format!("{} is not written over MQTT", way.signal));
        };
        let payload = body.text(way.value(request)?).ok_or_else(|| format!("{} is no number", request.value()))?;
        let correlation = format!("{}/{}/{:08x}", request.change(), request.sequence(), self.salt).into_bytes();
        let expiry_secs = duration(request.deadline()).as_secs().try_into().unwrap_or(u32::MAX).max(1);
        let answer = response_topic.clone().map(|topic| (topic, correlation));
        Ok((Command { topic: topic.clone(), payload, qos: *qos, expiry_secs, answer }, way.readback.clone()))
    }
}

impl PlantLink for MqttLink {
    fn connected(&self) -> Result<(), String> {
        match &*self.status.borrow() {
            Status::Up => Ok(()),
            Status::Beginning => Err("the MQTT broker has not answered yet".to_owned()),
            Status::Down(words) => Err(words.clone()),
        }
    }

    fn write(&mut self, request: &WriteRequest) -> WriteOutcome {
        let (command, readback) = match self.command(request) {
            Ok(command) => command,
            Err(words) => return not_sent(&words),
        };
        let topic = command.topic.clone();
        let (tell_delivered, mut delivered) = oneshot::channel();
        let (tell_reply, mut reply) = mpsc::channel(1);
        let answers = command.answer.is_some();
        let awaited = command.answer.clone().map(|(topic, correlation)| Reply { topic, correlation, tell: tell_reply });
        let order = Order { command, readback, delivered: tell_delivered, awaited };
        let stage = Cell::new(Stage::Waiting);
        let mut status = self.status.clone();
        let sending = async {
            if let Err(words) = settled(&mut status).await {
                return not_sent(&words);
            }
            if self.orders.send(order).await.is_err() {
                return not_sent("the link has ended");
            }
            stage.set(Stage::Handed);
            let broken = || WriteOutcome::Unknown("the connection to the MQTT broker broke".to_owned());
            tokio::select! {
                // An answer says more, and often comes first.
                biased;
                Some(payload) = reply.recv(), if answers => return said(&payload),
                delivered = &mut delivered => match delivered {
                    Ok(Ok(Delivered::Taken)) => stage.set(Stage::Taken),
                    Ok(Ok(Delivered::Unheard)) => stage.set(Stage::Unheard),
                    Ok(Ok(Delivered::Refused(words))) => {
                        return WriteOutcome::Rejected(format!("the MQTT broker did not take it: {words}"));
                    }
                    Ok(Err(words)) => return not_sent(&words),
                    Ok(Ok(Delivered::Unknown(_))) | Err(_) => return broken(),
                },
            }
            match stage.get() {
                _ if answers => reply.recv().await.map_or_else(broken, |payload| said(&payload)),
                Stage::Unheard => WriteOutcome::Unknown(unheard(&topic)),
                _ => WriteOutcome::Accepted,
            }
        };
        let within = duration(request.deadline());
        let late = |what: &str| WriteOutcome::Unknown(format!("{what} within {} s", within.as_secs_f64()));
        self.io.wait(within, sending).unwrap_or_else(|| match stage.get() {
            Stage::Waiting => not_sent("the MQTT broker has not answered yet"),
            Stage::Handed => late("the MQTT broker did not confirm it"),
            Stage::Taken => late("the MQTT broker took it, but the plant did not answer"),
            Stage::Unheard => late(&format!("{}, and no answer came", unheard(&topic))),
        })
    }

    fn read(&mut self, signal: &str) -> Result<ReadBack, String> {
        let mut status = self.status.clone();
        let up = self.io.wait(duration(self.deadline), settled(&mut status));
        up.unwrap_or_else(|| Err("the MQTT broker has not answered yet".to_owned()))?;
        self.held.get(signal)
    }

    fn reads_back(&self, signal: &str) -> bool {
        self.shown.contains(signal)
    }

    fn watchdog(&self, _: &str) -> bool {
        false
    }

    fn arm(&mut self, _: &str, _: f64) -> Result<(), String> {
        Err("there is no watchdog behind an MQTT broker".to_owned())
    }

    fn feed(&mut self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn release(&mut self, _: &str) -> Result<(), String> {
        Ok(())
    }
}

/// Returns when the first attempt to connect is over.
async fn settled(status: &mut watch::Receiver<Status>) -> Result<(), String> {
    match status.wait_for(|status| *status != Status::Beginning).await.as_deref() {
        Ok(Status::Up) => Ok(()),
        Ok(Status::Down(words)) => Err(words.clone()),
        _ => Err("the link has ended".to_owned()),
    }
}

fn said(payload: &[u8]) -> WriteOutcome {
    answer::outcome(payload).unwrap_or_else(|| {
        let found = answer::quoted(payload);
        WriteOutcome::Unknown(format!("the plant answered {found} and not {{\"status\": \"accepted\"}} or the like"))
    })
}

fn unheard(topic: &str) -> String {
    format!("the MQTT broker took it and says that nobody listens to \"{topic}\"")
}

/// Who connects to write.
fn writer(spec: &MqttSpec, ways: &[Way]) -> MqttSpec {
    // Two clients with one name throw each other out.
    let client_id = spec.client_id.as_ref().map(|id| format!("{id}-write"));
    let identity = ways.iter().map(|way| &way.address.identity).find(|identity| **identity != WriteIdentity::Reader);
    match identity {
        Some(WriteIdentity::User { name, password }) => {
            MqttSpec { client_id, user: Some(name.clone()), password: Some(password.clone()), ..spec.clone() }
        }
        _ => MqttSpec { client_id, ..spec.clone() },
    }
}

/// Where plants answer.
fn answers(ways: &[Way]) -> impl Iterator<Item = MqttSubscription> {
    let mut topics = BTreeSet::new();
    for way in ways {
        if let WriteTarget::Mqtt { response_topic: Some(topic), .. } = &way.address.target {
            topics.insert(topic.clone());
        }
    }
    topics.into_iter().map(|topic| MqttSubscription { topic, qos: 1, routes: Vec::new() })
}

impl Shown {
    fn paths(&self) -> BTreeSet<String> {
        self.each().map(|(path, _)| path.to_owned()).collect()
    }
}

/// As old as can be: newer than no write.
const OLDEST: Timestamp = Timestamp::MIN;
