//! The ways to the equipment: what every protocol has to offer so that a change can go over it.
//!
//! Nothing but `control::push` calls [`PlantLink::write`]. It needs a [`WriteRequest`], which only `control` can
//! make, and a link that was given to [`Links`] is not handed out again. A build without the feature `write` has
//! none of this.

mod answer;
pub mod http;
pub mod io;
pub mod mqtt;
pub mod opcua;
#[cfg(test)]
mod tests;
mod way;

pub use way::{Clock, Way};

use std::collections::HashMap;

use crate::control::policy::WriteLink;
use crate::domain::change::ChangeId;
use crate::domain::quality::Quality;
use crate::domain::time::{Span, Timestamp};

/// One write, to be sent once. It cannot be made outside of `control`.
#[derive(Clone, PartialEq, Debug)]
pub struct WriteRequest {
    pub(in crate::control) change: ChangeId,
    /// Counts the writes of the change from 1. With `change` it names this write and no other.
    pub(in crate::control) sequence: u64,
    /// Tag path.
    pub(in crate::control) signal: String,
    pub(in crate::control) value: f64,
    /// UCUM code of the unit of both values.
    pub(in crate::control) unit: String,
    /// What the equipment holds as far as is known. It was read just before; a protocol that can compare and
    /// set in one go does so with this.
    pub(in crate::control) expected: f64,
    /// Longest wait for the answer.
    pub(in crate::control) deadline: Span,
}

impl WriteRequest {
    pub fn change(&self) -> &ChangeId {
        &self.change
    }

    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    pub fn signal(&self) -> &str {
        &self.signal
    }

    pub fn value(&self) -> f64 {
        self.value
    }

    pub fn unit(&self) -> &str {
        &self.unit
    }

    pub fn expected(&self) -> f64 {
        self.expected
    }

    pub fn deadline(&self) -> Span {
        self.deadline
    }
}

/// What became of a write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WriteOutcome {
    /// The equipment said that it took the value. Whether it holds it is only known from a read-back.
    Accepted,
    /// The equipment took another value.
    Clamped,
    /// The equipment did not take the value, for certain; why, in words.
    Rejected(String),
    /// It was not sent, so that the equipment never heard of it; why, in words.
    NotSent(String),
    /// It may or may not have taken it, or may still do so: no answer, a broken link; why, in words.
    Unknown(String),
}

/// What the equipment holds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ReadBack {
    /// In the unit of the signal.
    pub value: f64,
    /// When the equipment had this value, by its own clock. The time of arrival only where a message without a
    /// time came by itself, and later than what was written.
    pub source_time: Timestamp,
    pub quality: Quality,
}

/// A connection over which settings are written and read back. All calls block, each no longer than the
/// deadline of the setting, and never send anything a second time by themselves.
pub trait PlantLink: Send {
    /// # Errors
    /// Why nothing can be written at present, in words.
    fn connected(&self) -> Result<(), String>;

    /// Sends the value once.
    fn write(&mut self, request: &WriteRequest) -> WriteOutcome;

    /// Asks the equipment, not a cache, what the signal with this tag path holds.
    ///
    /// # Errors
    /// Why nobody knows, in words.
    fn read(&mut self, signal: &str) -> Result<ReadBack, String>;

    /// Whether `read` can answer for this signal.
    fn reads_back(&self, signal: &str) -> bool;

    /// Whether the controller can bring this signal back by itself when it hears nothing from here.
    fn watchdog(&self, signal: &str) -> bool;

    /// Lets the controller go back to a value once it is not fed.
    ///
    /// # Errors
    /// In words, when it is not certain that it will; then nothing is written.
    fn arm(&mut self, signal: &str, back_to: f64) -> Result<(), String>;

    /// # Errors
    /// In words, when the controller did not hear it.
    fn feed(&mut self, signal: &str) -> Result<(), String>;

    /// Lets the controller hold what it holds, also unfed. May be asked for more than once.
    ///
    /// # Errors
    /// In words, when it is not certain that it will.
    fn release(&mut self, signal: &str) -> Result<(), String>;
}

/// All links, by the tag paths of the signals that go over them.
#[derive(Default)]
pub struct Links {
    links: Vec<Box<dyn PlantLink>>,
    of: HashMap<String, usize>,
}

impl Links {
    /// A later link takes a signal over from an earlier one.
    pub fn add(&mut self, link: Box<dyn PlantLink>, signals: impl IntoIterator<Item = String>) {
        let index = self.links.len();
        self.links.push(link);
        self.of.extend(signals.into_iter().map(|signal| (signal, index)));
    }

    /// What the policy has to know of the way to a signal that is read back at `readback`; none without a link.
    pub fn state(&self, signal: &str, readback: Option<&str>) -> Option<WriteLink> {
        let link = self.get(signal)?;
        let reads_back = |path| self.get(path).is_some_and(|link| link.reads_back(path));
        Some(WriteLink {
            connected: link.connected().is_ok(),
            readback: readback.is_some_and(reads_back),
            watchdog: link.watchdog(signal),
        })
    }

    pub(in crate::control) fn get(&self, signal: &str) -> Option<&dyn PlantLink> {
        self.links.get(*self.of.get(signal)?).map(AsRef::as_ref)
    }

    /// # Errors
    /// In words, for a signal to which no link goes.
    pub(in crate::control) fn of(&mut self, signal: &str) -> Result<&mut dyn PlantLink, String> {
        let found = self.of.get(signal).and_then(|index| self.links.get_mut(*index));
        match found {
            Some(link) => Ok(link.as_mut()),
            None => Err(format!("no link goes to {signal}")),
        }
    }
}
