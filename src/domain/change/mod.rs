//! The change request: the only way in which a person changes the plant.
//!
//! ```text
//! Draft -> Simulating -> Compared -> Approved -> Pushing -> ReadingBack -> OnTrial -> Kept
//!   |          |            |           |           |            |            |
//! Refused   Failed       Rejected    Expired     Failed   Mismatch/Unverified |
//!                                                   |            |            |
//!                                                   +------> Reverting <------+
//!                                                                |
//!                                           Reverted / RevertFailed / Unverified
//! ```
//!
//! [`ChangeRequest::step`] is pure: an event gives the next request and what is to be done. Nothing here
//! writes, waits or looks at a clock.

mod back;
mod event;
mod guard;
mod machine;
mod plan;
mod policy;
mod progress;
mod push;
mod ramp;
mod state;
#[cfg(test)]
mod tests;
mod watch;
mod writing;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use event::{Action, Event, Refusal};
pub use guard::{Guard, GuardReport, REPORT_VALID, Stage, Terms};
pub use plan::{Divergence, Setting, TrialPlan, Wish};
pub use policy::{FreezeWindow, Moments, WritableRule, WritePolicy};
pub use progress::{LastWrite, Progress, Read, WriteProgress};
pub use push::HEARTBEAT_WITHIN;
pub use ramp::{RAMP_STEP, next_value};
pub use state::State;
pub use watch::DivergenceWatch;

use super::person::UserName;
use super::scenario::{ForeseenAlarm, KpiResult};
use super::time::{Span, Timestamp};
use super::what_if::Band;

/// Name of a change request, for example `C-2026-11-25-0003`: 1 to 64 letters, digits, dots, hyphens or
/// underscores of ASCII, of which the first is a letter or digit. So it is a file name, too.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChangeId(String);

/// A change from the first draft to its end.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ChangeRequest {
    pub id: ChangeId,
    pub requester: UserName,
    pub drafted_at: Timestamp,
    wish: Wish,
    /// Number of the last write that was announced; none is ever given twice.
    sequence: u64,
    /// Counts edits and simulations: what was said of one revision says nothing of the next.
    revision: u32,
    evidence: Option<Evidence>,
    approval: Option<Approval>,
    state: State,
    /// Why it stands where it stands, in words; empty where nothing went wrong.
    why: String,
    /// Since the push began.
    progress: Option<Progress>,
}

/// What the simulated copy said about a change.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct Evidence {
    pub simulated_at: Timestamp,
    /// Plant time of the state from which the copy went on.
    pub started: Timestamp,
    /// Value of each setting in that state, in the order of the settings.
    pub snapshot: Vec<f64>,
    /// SHA-256 of the model, in hex.
    pub model_digest: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Why the answer may be wrong, a sentence each; empty where the model is credible.
    pub doubts: Vec<String>,
    pub kpis: Vec<KpiResult>,
    pub alarms: Vec<ForeseenAlarm>,
    pub bands: Vec<PredictedBand>,
}

/// Where a signal is expected after the change began.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct PredictedBand {
    /// Tag path.
    pub signal: String,
    /// Time from one band to the next, above zero; the first is at the beginning of the change.
    pub step: Span,
    /// A band that is narrower counts as so wide, in the unit of the signal: a model without chance has bands of no
    /// width, and no plant stays in one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub least_width: f64,
    pub bands: Vec<Band>,
}

/// A second person's word for exactly one change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Approval {
    pub approver: UserName,
    /// By the wall clock, like its end: people approve in their own time, also where the plant is replayed.
    pub at: Timestamp,
    /// First moment at which it does not hold any more.
    pub expires: Timestamp,
    /// Digest of exactly what was approved, as `control::policy::digest` makes it.
    pub digest: String,
    pub reason: String,
}

impl ChangeRequest {
    /// A draft, of which nothing was checked yet.
    pub fn new(id: ChangeId, requester: UserName, wish: Wish, now: Timestamp) -> Self {
        Self {
            id,
            requester,
            drafted_at: now,
            wish,
            sequence: 0,
            revision: 0,
            evidence: None,
            approval: None,
            state: State::Draft,
            why: String::new(),
            progress: None,
        }
    }

    pub fn wish(&self) -> &Wish {
        &self.wish
    }

    pub fn revision(&self) -> u32 {
        self.revision
    }

    /// None before it was simulated as it stands.
    pub fn evidence(&self) -> Option<&Evidence> {
        self.evidence.as_ref()
    }

    /// None before it was approved as it stands.
    pub fn approval(&self) -> Option<&Approval> {
        self.approval.as_ref()
    }

    pub fn state(&self) -> State {
        self.state
    }

    /// None before the push began.
    pub fn progress(&self) -> Option<&Progress> {
        self.progress.as_ref()
    }

    /// True where the equipment goes back by itself when this program dies: each setting has a watchdog
    /// in its controller.
    pub fn survives_our_death(&self) -> bool {
        self.progress.as_ref().is_some_and(|progress| progress.writes.iter().all(|write| write.terms.watchdog))
    }

    /// What happened, what it means and what to do, for people.
    pub fn words(&self) -> String {
        let (what, then) = self.state.words();
        format!("{what} {}{then}", sentence(&self.why))
    }
}

/// Words of people and machines as a sentence with a space behind it; nothing stays nothing.
fn sentence(words: &str) -> String {
    match words.trim() {
        "" => String::new(),
        words if words.ends_with(['.', '!', '?']) => format!("{words} "),
        words => format!("{words}. "),
    }
}

/// Not written, so that what was approved before there was such a number is still the same to the letter.
fn is_zero(number: &f64) -> bool {
    *number == 0.0
}

/// A number in words for people: ten digits, for what is behind them comes from reckoning.
pub fn figure(value: f64) -> String {
    format!("{value:.9e}").parse::<f64>().unwrap_or(value).to_string()
}

impl ChangeId {
    /// # Errors
    /// In words, for what cannot be an id.
    pub fn new(text: &str) -> Result<Self, String> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if text.len() <= 64 && text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(allowed) {
            return Ok(Self(text.to_owned()));
        }
        let shown: String = text.chars().take(64).collect();
        Err(format!("\"{shown}\" is no id of a change; write it like C-2026-11-25-0003"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ChangeId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::new(&text)
    }
}

impl From<ChangeId> for String {
    fn from(id: ChangeId) -> Self {
        id.0
    }
}
