//! What can happen to a change, what is then to be done, and why something cannot be.

use thiserror::Error;

use super::{Approval, Evidence, GuardReport, State, Wish};
use crate::domain::audit::AuditRecord;
use crate::domain::person::UserName;
use crate::domain::quality::Quality;
use crate::domain::time::Timestamp;

/// Something that happened. Whoever tells it has checked who the person is.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// The requester wrote the wish anew.
    Edited {
        by: UserName,
        wish: Box<Wish>,
    },
    SimulateAsked {
        by: UserName,
        guards: Box<GuardReport>,
    },
    Simulated(Box<Evidence>),
    SimulationFailed {
        why: String,
    },
    Approved {
        approval: Approval,
        guards: Box<GuardReport>,
    },
    /// Of a change that was simulated; an approval that was given is taken back.
    Rejected {
        by: UserName,
        why: String,
    },
    /// The approval does not hold any more; why, in words, where its time is not simply over.
    ApprovalOver {
        why: String,
    },
    PushAsked {
        by: UserName,
        guards: Box<GuardReport>,
    },
    /// The record that announces the write with this number is on disk.
    AuditWritten {
        sequence: u64,
    },
    /// The audit log takes nothing any more.
    AuditFailed {
        why: String,
    },
    WriteAccepted {
        sequence: u64,
    },
    /// The equipment took another value than it was sent.
    WriteClamped {
        sequence: u64,
    },
    /// The equipment did not take the value, for certain: it said so, or was never asked. In words that go on
    /// after "The write was".
    WriteFailed {
        sequence: u64,
        why: String,
    },
    /// Nothing says whether the equipment took the value.
    WriteUnknown {
        sequence: u64,
        why: String,
    },
    /// The plant shows a value.
    Read {
        signal: String,
        value: f64,
        source_time: Timestamp,
        quality: Quality,
    },
    /// The desk is alive and somebody can act.
    Heartbeat,
    KeepAsked {
        by: UserName,
    },
    RevertAsked {
        by: UserName,
        why: String,
    },
    /// An abort condition or interlock, in words.
    Aborted {
        why: String,
    },
    LinkLost {
        why: String,
    },
    /// The plant left the predicted bands, in words.
    Diverged {
        why: String,
    },
    /// The program came up again and found this change.
    Restarted,
    /// Time went on. Comes at least once a second while a change is approved or acts on the plant.
    Tick,
}

/// What is to be done, in this order, after the change was stored. When a record cannot be written, the
/// rest is not done and [`Event::AuditFailed`] follows.
#[derive(Clone, PartialEq, Debug)]
pub enum Action {
    /// Append to the audit log. Role, project digest and nonce are filled in by whoever does it. When a
    /// record that announces a write is on disk, [`Event::AuditWritten`] follows.
    Audit(Box<AuditRecord>),
    /// Run the wish on the simulated copy.
    Simulate,
    /// Let the controller go back to this value by itself when it is not fed.
    ArmWatchdog {
        signal: String,
        back_to: f64,
    },
    FeedWatchdog {
        signal: String,
    },
    ReleaseWatchdog {
        signal: String,
    },
    /// Write once, if the plant still holds what is expected.
    Write {
        signal: String,
        /// UCUM code of the unit of both values.
        unit: String,
        value: f64,
        expected: f64,
        sequence: u64,
    },
    /// Ask the plant what it holds.
    ReadBack {
        signal: String,
    },
    /// Watch abort conditions and bands until then.
    StartTrial {
        until: Timestamp,
    },
    /// Tell people.
    Notify(String),
}

/// Why an event changes nothing.
#[derive(Error, Clone, PartialEq, Debug)]
pub enum Refusal {
    #[error("The change is {}, in which it cannot be {what}. It stays as it is. See what it waits for.", state.name())]
    NotNow { what: &'static str, state: State },
    #[error("The check of the guards does not count. {0} Nothing is done. Ask again.")]
    Report(String),
    #[error("The policy says no. {}", .0.join(" "))]
    Blocked(Vec<String>),
    #[error("The approval does not count. {0} Nothing is written. Ask for another approval.")]
    Approval(String),
    #[error("Only {requester} may edit this change. It stays as it is. Draft another one.")]
    NotRequester { requester: UserName },
    #[error("No write with the number {0} waits for this. Nothing is done. See the audit log.")]
    NoSuchWrite(u64),
    #[error(
        "The plant does not show all new values at present. The change stays on trial. Wait for a read-back, or \
         revert it."
    )]
    NotReadBack,
    #[error("The change cannot be used. {0} Nothing is done. Draft it anew.")]
    Invalid(&'static str),
}

impl Event {
    /// "The change cannot be ...".
    pub(super) fn what(&self) -> &'static str {
        match self {
            Self::Edited { .. } => "edited",
            Self::SimulateAsked { .. } | Self::Simulated(_) | Self::SimulationFailed { .. } => "simulated",
            Self::Approved { .. } => "approved",
            Self::Rejected { .. } => "rejected",
            Self::ApprovalOver { .. } => "left without its approval",
            Self::PushAsked { .. } => "pushed",
            Self::KeepAsked { .. } => "kept",
            Self::RevertAsked { .. } | Self::Aborted { .. } | Self::LinkLost { .. } | Self::Diverged { .. } => {
                "reverted"
            }
            Self::AuditWritten { .. }
            | Self::AuditFailed { .. }
            | Self::WriteAccepted { .. }
            | Self::WriteClamped { .. }
            | Self::WriteFailed { .. }
            | Self::WriteUnknown { .. }
            | Self::Read { .. }
            | Self::Heartbeat
            | Self::Restarted
            | Self::Tick => "acted on",
        }
    }
}
