//! The clock of the plant, as far as its samples tell it.
//!
//! A live view needs to know "now" in the time of the sources: a replayed broker may publish data
//! of last year, an emulator may run ten times as fast as the wall clock. The sample with the least
//! delay seen so far fixes the offset between both clocks, and from there plant time runs on with
//! the wall clock, so that silence makes values grow old.

use super::signal::Sample;
use super::time::{Span, Timestamp};

/// Offset of plant time against the wall clock; unknown until the first sample.
#[derive(Clone, Copy, Default, Debug)]
pub struct PlantClock {
    /// Largest `source_time - received_time` seen.
    offset: Option<Span>,
}

impl PlantClock {
    /// Learns from a live sample.
    pub fn observe(&mut self, sample: &Sample) {
        let offset = sample.source_time - sample.received_time;
        self.offset = Some(self.offset.map_or(offset, |known| known.max(offset)));
    }

    /// Plant time at this moment of the wall clock; the wall clock itself before any sample.
    pub fn now(&self, wall: Timestamp) -> Timestamp {
        wall + self.offset.unwrap_or(Span::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::quality::Quality;
    use crate::domain::signal::SignalId;
    use crate::domain::value::Value;

    fn sample(source_secs: i64, received_secs: i64) -> Sample {
        Sample {
            signal: SignalId(0),
            source_time: Timestamp::from_millis(source_secs * 1000),
            received_time: Timestamp::from_millis(received_secs * 1000),
            value: Value::Bool(true),
            quality: Quality::Good,
        }
    }

    #[test]
    fn follows_the_least_delayed_sample_and_runs_on_in_silence() {
        let mut clock = PlantClock::default();
        assert_eq!(clock.now(Timestamp::from_millis(5000)), Timestamp::from_millis(5000));
        clock.observe(&sample(100, 1000));
        clock.observe(&sample(90, 1001));
        assert_eq!(clock.now(Timestamp::from_millis(1_010_000)), Timestamp::from_millis(110_000));
        clock.observe(&sample(200, 1011));
        assert_eq!(clock.now(Timestamp::from_millis(1_011_000)), Timestamp::from_millis(200_000));
    }
}
