//! How far the settings of a change were brought, and what the plant showed of it.

use serde::{Deserialize, Serialize};

use super::{Setting, Terms};
use crate::domain::time::{Span, Timestamp};

/// What happened since the push began.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Progress {
    pub began: Timestamp,
    /// One for each setting, in the order of the settings.
    pub writes: Vec<WriteProgress>,
    /// End of the trial; none before it.
    pub until: Option<Timestamp>,
    pub(super) heartbeat: Timestamp,
    /// When read-backs have to be here.
    pub(super) deadline: Option<Timestamp>,
    pub(super) way_back: WayBack,
}

/// Where the plant stands on the way back.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(super) enum WayBack {
    /// Nothing is written before it was read what the plant holds.
    #[default]
    Locating,
    Moving,
    Verifying,
}

/// How far one setting was brought.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct WriteProgress {
    pub terms: Terms,
    /// Value that the plant holds, as far as is known.
    pub stands: f64,
    /// The last good read-back that is newer than the last write.
    pub read: Option<Read>,
    /// Why it cannot be brought back, in words.
    pub lost: Option<String>,
    /// When the last write went out that may have been taken; none: nothing was written.
    pub(super) written_at: Option<Timestamp>,
    pub(super) pending: Option<Pending>,
    /// The last write, while nobody knows whether it arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unanswered: Option<Unanswered>,
    /// Has to be read before it is written again.
    pub(super) doubtful: bool,
    pub(super) armed: bool,
    /// Beginning of the next step of the ramp.
    pub(super) moved_at: Timestamp,
}

/// What the plant showed.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Read {
    pub value: f64,
    pub source_time: Timestamp,
}

/// A write on its way.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Pending {
    pub sequence: u64,
    pub value: f64,
    pub asked_at: Timestamp,
    /// None until its audit record is on disk.
    pub sent_at: Option<Timestamp>,
    /// `written_at` before it.
    pub before: Option<Timestamp>,
}

/// A write that was sent and not answered.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Unanswered {
    pub value: f64,
    pub sent_at: Timestamp,
}

impl Progress {
    pub(super) fn new(settings: &[Setting], terms: &[Terms], now: Timestamp) -> Self {
        let writes = settings.iter().zip(terms).map(|(setting, terms)| WriteProgress {
            terms: terms.clone(),
            stands: setting.from,
            read: None,
            lost: None,
            written_at: None,
            pending: None,
            unanswered: None,
            doubtful: false,
            armed: false,
            moved_at: now,
        });
        Self {
            began: now,
            writes: writes.collect(),
            until: None,
            heartbeat: now,
            deadline: None,
            way_back: WayBack::default(),
        }
    }

    pub(super) fn touched(&self) -> bool {
        self.writes.iter().any(WriteProgress::touched)
    }

    /// When the last read-back that is asked for now has to be here.
    pub(super) fn read_deadline(&self, now: Timestamp) -> Timestamp {
        let due = |write: &WriteProgress| write.written_at.map_or(now, |at| at.max(now)) + write.terms.deadline;
        self.writes.iter().map(due).max().unwrap_or(now)
    }
}

/// How the last write of a setting stands.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct LastWrite {
    /// None: nothing was to be written yet.
    pub commanded: Option<f64>,
    /// None: it waits for its line in the audit log.
    pub sent: Option<Timestamp>,
    /// The controller said that it took it.
    pub accepted: bool,
    /// Nobody knows whether it took it.
    pub doubtful: bool,
}

impl WriteProgress {
    /// How the last write stands.
    pub fn last_write(&self) -> LastWrite {
        match &self.pending {
            Some(pending) => {
                LastWrite { commanded: Some(pending.value), sent: pending.sent_at, accepted: false, doubtful: false }
            }
            None => LastWrite {
                commanded: self.written_at.map(|_| self.stands),
                sent: self.written_at,
                accepted: self.touched() && !self.doubtful,
                doubtful: self.doubtful,
            },
        }
    }

    /// Something was written that may have been taken.
    pub(super) fn touched(&self) -> bool {
        self.written_at.is_some()
    }

    /// Is part of the way back.
    pub(super) fn returns(&self) -> bool {
        self.touched() && self.lost.is_none()
    }

    /// The plant shows `goal`, later than it was last written.
    pub(super) fn shows(&self, goal: f64) -> bool {
        self.read.is_some_and(|read| self.near(read.value, goal) && self.newer(read.source_time))
    }

    pub(super) fn near(&self, value: f64, goal: f64) -> bool {
        (value - goal).abs() <= self.terms.tolerance
    }

    /// A value of this moment speaks of what was written last.
    pub(super) fn newer(&self, source_time: Timestamp) -> bool {
        self.written_at.is_none_or(|written| source_time > written)
    }

    /// The outcome of the write on its way will not be known. It may still arrive until its deadline: only what
    /// is read after that counts, or what shows that it arrived.
    pub(super) fn doubt(&mut self) {
        if let Some(Pending { value, sent_at: Some(sent_at), .. }) = self.pending.take() {
            self.written_at = Some(sent_at + self.terms.deadline.max(Span::ZERO));
            self.unanswered = Some(Unanswered { value, sent_at });
            self.doubtful = true;
            self.read = None;
        }
    }

    /// Learns that the write without answer arrived, where the plant shows its value and not the one before, and
    /// has since it was sent. Equipment that gives a time only to what changes would never show anything newer.
    pub(super) fn arrived(&mut self, read: Read) {
        let arrived = |it: &Unanswered| {
            self.near(read.value, it.value) && !self.near(read.value, self.stands) && read.source_time > it.sent_at
        };
        if let Some(it) = self.unanswered.filter(arrived) {
            (self.written_at, self.unanswered) = (Some(it.sent_at), None);
        }
    }
}
