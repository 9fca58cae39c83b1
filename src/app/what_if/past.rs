//! What was measured in a stretch of time, for a thread that compares it with the model.

use crate::app::recording::side::Side;
use crate::domain::history::History;
use crate::domain::signal::{Origin, SignalId};
use crate::domain::time::{Span, Timestamp};
use crate::simulation::measured::Measured;

/// Where a stretch is kept: origins that are not measured forget nothing.
const PAST: Origin = Origin::Recorded(0);
/// An older value says nothing about a moment.
pub const FRESH: Span = Span::from_secs(60);

pub struct Past {
    history: History,
    pub range: (Timestamp, Timestamp),
}

impl Past {
    /// Reads a stretch from the history or from a recording.
    ///
    /// # Errors
    /// In words, when the recording cannot be read.
    pub fn read(side: Side, range: (Timestamp, Timestamp)) -> Result<Self, String> {
        let mut history = History::default();
        for sample in side.samples(range)? {
            history.insert(PAST, sample);
        }
        Ok(Self { history, range })
    }

    /// As the models see it.
    pub fn measured<'a>(&'a self, wired: &'a [(String, SignalId)]) -> Measured<'a> {
        Measured { history: &self.history, origin: PAST, wired, max_age: FRESH }
    }
}
