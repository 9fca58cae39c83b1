//! What a project allows to be written, under which conditions. Checked by `control::policy`.

use chrono::{Datelike, Timelike, Weekday};

use crate::domain::expression::Expression;
use crate::domain::setpoint::Setpoint;
use crate::domain::time::{Span, Timestamp};
use crate::domain::unit::Unit;

/// The rules of a project for writing.
#[derive(Clone, PartialEq, Debug)]
pub struct WritePolicy {
    /// Off by default.
    pub enabled: bool,
    /// The allow-list: what is not in it is never written.
    pub writable: Vec<WritableRule>,
    /// How long an approval holds at most.
    pub approval_valid: Span,
    /// How long a simulation counts.
    pub simulation_valid: Span,
    /// How old a present value may be.
    pub value_fresh: Span,
    /// Most changes that act on the plant at the same time.
    pub max_simultaneous: usize,
    pub freeze_windows: Vec<FreezeWindow>,
    /// Only answers of a model that is credible count.
    pub needs_credible: bool,
    /// Shortest and longest lease of a trial.
    pub lease: (Span, Span),
}

/// One entry of the allow-list.
#[derive(Clone, PartialEq, Debug)]
pub struct WritableRule {
    /// Tag path of the signal.
    pub signal: String,
    pub unit: Unit,
    /// Range, step, rate and permitted modes.
    pub setpoint: Setpoint,
    /// Farthest a value may go in one change, in `unit`.
    pub max_delta: Option<f64>,
    /// Tag path of the signal that shows the mode. Where modes are permitted by name but no signal shows
    /// the mode, nothing is permitted.
    pub mode_signal: Option<String>,
    /// All have to be true.
    pub interlocks: Vec<Expression>,
    /// Path of the equipment that it belongs to.
    pub equipment: String,
    /// Tag path of the signal that shows what the plant holds: mostly the signal itself. None: nothing
    /// does, and the change ends unverified.
    pub readback: Option<String>,
    /// How far a read-back may be from what was written, in `unit`, not negative.
    pub tolerance: f64,
    /// Longest wait for an answer or a read-back.
    pub deadline: Span,
}

/// A time in which nothing is changed.
#[derive(Clone, PartialEq, Debug)]
pub struct FreezeWindow {
    /// "Shift change".
    pub name: String,
    pub moments: Moments,
}

/// Moments from the first, which belongs to them, to the second, which does not.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Moments {
    /// Each week from this day; times count from midnight, UTC. One that ends before it begins ends on
    /// the next day.
    Weekly(Weekday, Span, Span),
    Once(Timestamp, Timestamp),
}

impl Default for WritePolicy {
    /// Nothing may be written.
    fn default() -> Self {
        Self {
            enabled: false,
            writable: Vec::new(),
            approval_valid: Span::from_secs(8 * 3600),
            simulation_valid: Span::from_secs(3600),
            value_fresh: Span::from_secs(10),
            max_simultaneous: 1,
            freeze_windows: Vec::new(),
            needs_credible: true,
            lease: (Span::from_secs(60), Span::from_secs(8 * 3600)),
        }
    }
}

impl WritePolicy {
    /// The rule for a signal; none where it may not be written.
    pub fn rule(&self, signal: &str) -> Option<&WritableRule> {
        self.writable.iter().find(|rule| rule.signal == signal)
    }

    /// The freeze window in which a moment lies.
    pub fn frozen(&self, now: Timestamp) -> Option<&FreezeWindow> {
        self.freeze_windows.iter().find(|window| window.moments.contain(now))
    }
}

impl Moments {
    pub fn contain(self, moment: Timestamp) -> bool {
        match self {
            Self::Once(from, to) => from <= moment && moment < to,
            Self::Weekly(day, from, to) => {
                let date = moment.to_utc();
                let time = date.time();
                let time = Span::from_secs(time.num_seconds_from_midnight().into())
                    + Span::from_nanos(time.nanosecond().into());
                let today = date.weekday();
                if from <= to {
                    today == day && from <= time && time < to
                } else {
                    (today == day && from <= time) || (today == day.succ() && time < to)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekly_windows_run_past_midnight_and_end_where_they_say() {
        let hours = |hours: i64| Span::from_secs(hours * 3600);
        let inside = |moments: Moments, text: &str| moments.contain(Timestamp::parse(text).expect("a moment"));
        // 25 November 2026 is a Wednesday.
        let day = Moments::Weekly(Weekday::Wed, hours(6), hours(8));
        assert!(inside(day, "2026-11-25T06:00:00Z") && inside(day, "2026-11-25T07:59:59.999Z"));
        assert!(!inside(day, "2026-11-25T08:00:00Z") && !inside(day, "2026-11-26T07:00:00Z"));
        let night = Moments::Weekly(Weekday::Wed, hours(22), hours(2));
        assert!(inside(night, "2026-11-25T23:00:00Z") && inside(night, "2026-11-26T01:00:00Z"));
        assert!(!inside(night, "2026-11-25T01:00:00Z") && !inside(night, "2026-11-26T02:00:00Z"));
    }
}
