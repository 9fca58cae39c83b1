//! The wall clock of this computer, as approvals, sessions and the audit log go by it.
//!
//! It may be set forward, and then it is later. Set back it is found out, also after a restart: nobody can tell any
//! more then how old an approval is, so those that were given before count no more.

use std::time::Instant;

use super::Clock;
use crate::control::audit::CLOCK_TOLERANCE;
use crate::domain::time::{Span, Timestamp};

/// Part of the time that a sound clock may lose against the ticks of this computer. Clocks that are trimmed lose
/// a two-thousandth at most.
const SLOWEST: f64 = 0.998;

pub struct Wall {
    clock: Clock,
    /// What it showed, and when by the ticks of this computer.
    anchor: (Timestamp, Instant),
}

impl Wall {
    /// `known` is the last moment that was noted by this clock, before this program began.
    pub fn new(clock: Clock, known: Option<Timestamp>) -> Self {
        let shown = clock();
        Self { anchor: (known.map_or(shown, |known| shown.max(known)), Instant::now()), clock }
    }

    /// The moment now; never before one that was told, until [`Self::set_back`] is asked.
    pub fn now(&self) -> Timestamp {
        self.earliest().max((self.clock)())
    }

    /// By how much the clock was set back since it was looked at last, where that is more than clocks are trimmed
    /// by. From then on the time is what it shows.
    pub fn set_back(&mut self) -> Option<Span> {
        let shown = (self.clock)();
        let back = self.earliest() - shown > CLOCK_TOLERANCE;
        let by = self.anchor.0 + Span::from(self.anchor.1.elapsed()) - shown;
        if back || by <= Span::ZERO {
            self.anchor = (shown, Instant::now());
        }
        back.then_some(by)
    }

    fn earliest(&self) -> Timestamp {
        self.anchor.0 + Span::from(self.anchor.1.elapsed()).scaled(SLOWEST)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    fn clock(secs: &Arc<AtomicI64>) -> Clock {
        let secs = Arc::clone(secs);
        Arc::new(move || Timestamp::default() + Span::from_secs(secs.load(Ordering::Relaxed)))
    }

    #[test]
    fn a_clock_that_is_set_back_is_found_out_once_and_one_that_is_set_forward_is_later() {
        let secs = Arc::new(AtomicI64::new(1_000));
        let mut wall = Wall::new(clock(&secs), None);
        assert_eq!(wall.set_back(), None);
        secs.store(5_000, Ordering::Relaxed);
        assert_eq!(wall.set_back(), None);
        assert!(wall.now() - Timestamp::from_millis(5_000_000) < Span::from_secs(10));
        secs.store(4_999, Ordering::Relaxed);
        assert_eq!(wall.set_back(), None, "a clock that is trimmed");
        assert!(wall.now() >= Timestamp::from_millis(5_000_000));
        secs.store(1_000, Ordering::Relaxed);
        assert!(wall.set_back().is_some_and(|by| by >= Span::from_secs(4_000) && by < Span::from_secs(4_010)));
        assert_eq!((wall.set_back(), wall.now() < Timestamp::from_millis(1_010_000)), (None, true));
    }

    #[test]
    fn a_clock_that_was_set_back_while_nothing_ran_is_found_out_too() {
        let secs = Arc::new(AtomicI64::new(1_000));
        let mut wall = Wall::new(clock(&secs), Some(Timestamp::from_millis(9_000_000)));
        assert!(wall.now() >= Timestamp::from_millis(9_000_000));
        assert!(wall.set_back().is_some_and(|by| by >= Span::from_secs(8_000)));
        assert_eq!(wall.set_back(), None);
    }
}
