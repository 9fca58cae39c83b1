//! What is known of a connection to a data source.

use super::time::{Span, Timestamp};

/// State of a link and what it carried, as its source reports it.
#[derive(Clone, PartialEq, Debug)]
pub struct LinkStatus {
    /// Name of the source in the project.
    pub name: String,
    /// "MQTT 5", "CSV", "HTTP", "Plant emulator".
    pub kind: String,
    /// Where it leads: URL or file, without user and password.
    pub address: String,
    pub state: LinkState,
    /// The last thing that went wrong, kept after recovery.
    pub last_error: Option<LinkError>,
    /// Payloads that arrived since the start and were understood, those that no signal wants
    /// included. A payload is a message, a document or a row.
    pub received: u64,
    /// Samples made of them.
    pub samples: u64,
    /// Payloads of which something could not be decoded; the rest of them still counts.
    pub rejected: u64,
    /// What was wrong with the last of them.
    pub last_rejected: Option<String>,
    /// Readable rows and values that no signal of the project takes.
    pub unused: u64,
    /// Names that they go by, the first few.
    pub last_unused: Option<String>,
    /// Samples skipped because the program could not take them in time. The latest value of each
    /// signal still comes through.
    pub dropped: u64,
    /// Times that the link went down after it had been up.
    pub reconnects: u64,
    /// Samples per second over the last few seconds.
    pub rate_per_sec: f64,
}

/// Where a link stands.
#[derive(Clone, PartialEq, Debug)]
pub enum LinkState {
    Connecting,
    Up {
        since: Timestamp,
    },
    /// Down; the next attempt is made at `retry_at`, or never where the error cannot heal.
    Down {
        since: Timestamp,
        retry_at: Option<Timestamp>,
    },
    /// Everything that the source had was delivered (a file read to its end).
    Finished,
}

/// Something that went wrong on a link, in words for the operator.
#[derive(Clone, PartialEq, Debug)]
pub struct LinkError {
    pub at: Timestamp,
    pub message: String,
}

impl LinkStatus {
    pub fn new(name: impl Into<String>, kind: impl Into<String>, address: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind: kind.into(),
            address: address.into(),
            state: LinkState::Connecting,
            last_error: None,
            received: 0,
            samples: 0,
            rejected: 0,
            last_rejected: None,
            unused: 0,
            last_unused: None,
            dropped: 0,
            reconnects: 0,
            rate_per_sec: 0.0,
        }
    }

    /// True while data can arrive.
    pub fn connected(&self) -> bool {
        matches!(self.state, LinkState::Up { .. } | LinkState::Finished)
    }

    /// How long the link has been down at `now`; none while it is not.
    pub fn down_for(&self, now: Timestamp) -> Option<Span> {
        match self.state {
            LinkState::Down { since, .. } => Some(now - since),
            _ => None,
        }
    }
}
