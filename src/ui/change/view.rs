//! What the panels are told of a change beside the request itself.

use crate::domain::change::{ChangeRequest, GuardReport};
use crate::domain::time::{Span, Timestamp};

/// A change as the console shows it.
#[derive(Clone, Copy, Debug)]
pub struct ChangeView<'a> {
    pub request: &'a ChangeRequest,
    /// The latest answers of the policy to what can be done next; none before it was asked.
    pub guards: Option<&'a GuardReport>,
    /// One for each setting, in their order; empty before the push.
    pub writes: &'a [WriteView],
    /// Whether each abort condition is true now, in their order; none: it cannot be judged.
    pub conditions: &'a [Option<bool>],
    /// Until the settings go back by themselves; none while no trial runs.
    pub lease_left: Option<Span>,
    /// How the links to the equipment are, in words.
    pub link: &'a str,
}

/// The last write of one setting.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct WriteView {
    /// In the unit of the setting; none: nothing is to be written yet.
    pub commanded: Option<f64>,
    /// When it was sent, in plant time; none: it waits for its line in the audit log.
    pub sent: Option<Timestamp>,
    /// What the controller said of it, and when in plant time; none: nothing yet.
    pub answer: Option<(WriteAnswer, Timestamp)>,
}

/// What a controller said of a write.
#[derive(Clone, PartialEq, Debug)]
pub enum WriteAnswer {
    Accepted,
    /// It took another value: as far as it knows, this one, in the unit of the setting.
    Clamped(Option<f64>),
    /// It took nothing, for this reason.
    Refused(String),
    /// Nobody knows, for this reason.
    Unknown(String),
}
