//! One signal as it stands at a moment, in words: value, trust, age.

use super::{Console, format};
use crate::domain::playhead::{Motion, Playhead};
use crate::domain::quality::Quality;
use crate::domain::setpoint::Setpoint;
use crate::domain::signal::{Origin, Signal, SignalId};
use crate::domain::time::{Span, Timestamp};
use crate::domain::value::Value;

/// What the inspector shows of a signal.
#[derive(Clone, PartialEq, Debug)]
pub struct Reading {
    pub signal: SignalId,
    pub name: String,
    /// Value with unit; none while nothing has come.
    pub text: Option<String>,
    pub quality: Quality,
    pub age: Option<Span>,
    /// Older than the signal's samples should be.
    pub stale: bool,
    /// True where there is a number to draw a curve of.
    pub numeric: bool,
}

impl Reading {
    /// The reading of a signal at a moment of the playhead's origin.
    pub fn take(console: &Console, id: SignalId, signal: &Signal, moment: Timestamp) -> Self {
        Self::of(console, console.playhead.origin(), id, signal, moment)
    }

    /// The reading of a signal at a moment of any origin.
    pub fn of(console: &Console, origin: Origin, id: SignalId, signal: &Signal, moment: Timestamp) -> Self {
        let point = console.history.at(origin, id, moment);
        let age = point.map(|point| moment - point.time);
        let step = console.setpoints.iter().find(|setpoint| setpoint.signal == id).and_then(|setpoint| setpoint.step);
        Self {
            signal: id,
            name: signal.name().to_owned(),
            text: point.map(|point| {
                let unit =
                    if matches!(point.value, Value::Text(_) | Value::Bool(_)) { "" } else { signal.unit.symbol() };
                format::with_unit(&format::value(&point.value, signal, step), unit)
            }),
            quality: point.map_or(Quality::Good, |point| point.quality),
            stale: origin.goes_stale() && age.zip(signal.stale_after()).is_some_and(|(age, limit)| age >= limit),
            age,
            numeric: point.is_some_and(|point| point.value.as_f64().is_some()),
        }
    }

    /// What keeps the value from being trusted, in words; none for a good and fresh one.
    pub fn caution(&self) -> Option<String> {
        let age = self.age.map_or_else(String::new, format::age);
        match (&self.text, self.quality, self.stale) {
            (None, ..) => Some("No value at this moment yet".to_owned()),
            (_, Quality::Good, false) => None,
            (_, Quality::Good, true) => Some(format!("Stale: nothing new for {age}")),
            (_, quality, false) => Some(sentence(&quality.to_string())),
            (_, quality, true) => Some(format!("{}, nothing new for {age}", sentence(&quality.to_string()))),
        }
    }

    /// The whole reading as one sentence, for those who hear the screen.
    pub fn spoken(&self) -> String {
        let value = self.text.as_deref().unwrap_or("no value");
        match self.caution() {
            Some(caution) => format!("{}: {value}. {caution}", self.name),
            None => format!("{}: {value}", self.name),
        }
    }
}

/// First letter large.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Limits of a setpoint in words.
pub fn setpoint_words(setpoint: &Setpoint, signal: &Signal) -> String {
    let mut words = format!("{} to {}", format::limit(setpoint.min, signal), format::limit(setpoint.max, signal));
    if let Some(step) = setpoint.step {
        words += &format!(", in steps of {}", format::limit(step, signal));
    }
    if let Some(rate) = setpoint.rate_limit_per_sec {
        words += &format!(", at most {} a second", format::limit(rate, signal));
    }
    if !setpoint.permitted_modes.is_empty() {
        words += &format!(", only in {}", setpoint.permitted_modes.join(", "));
    }
    words
}

/// The playhead's moment as its digits show it: at once while it stands, else with the throttle.
#[derive(Clone, Copy, Default, Debug)]
pub struct ShownMoment {
    throttle: Throttle,
    moment: Timestamp,
}

impl ShownMoment {
    pub fn at(&mut self, playhead: &Playhead, time_secs: f64) -> Timestamp {
        if self.throttle.due(time_secs, DIGITS_SECS) || playhead.motion() == Motion::Paused {
            self.moment = playhead.moment();
        }
        self.moment
    }
}

/// Lets something happen at most so often.
#[derive(Clone, Copy, Default, Debug)]
pub struct Throttle {
    last_secs: Option<f64>,
}

/// Digits change at most four times a second.
pub const DIGITS_SECS: f64 = 0.25;

impl Throttle {
    /// True when `interval_secs` went by since it was last true.
    pub fn due(&mut self, time_secs: f64, interval_secs: f64) -> bool {
        let due = self.last_secs.is_none_or(|last| !(0.0..interval_secs).contains(&(time_secs - last)));
        if due {
            self.last_secs = Some(time_secs);
        }
        due
    }

    /// Makes it due at once.
    pub fn reset(&mut self) {
        self.last_secs = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fixture;

    #[test]
    fn what_cannot_be_trusted_says_so_in_words() {
        let plant = fixture::plant();
        let console = plant.console();
        let caution = |path: &str| {
            let id = plant.catalog.id(path).unwrap();
            Reading::take(&console, id, plant.catalog.get(id).unwrap(), plant.playhead.moment()).caution()
        };
        assert_eq!(caution("Riverside/Line 1/Filler/Speed"), None);
        assert_eq!(caution("Riverside/Line 1/Filler/Pressure").as_deref(), Some("Sensor failure"));
        assert_eq!(caution("Riverside/Line 1/Filler/Temperature").as_deref(), Some("Substitute value"));
        assert_eq!(caution("Riverside/Line 1/Filler/Level").as_deref(), Some("Stale: nothing new for 42.0\u{2009}s"));
    }

    #[test]
    fn a_throttle_is_due_four_times_a_second() {
        let mut throttle = Throttle::default();
        let times = (0..120).filter(|frame| throttle.due(f64::from(*frame) / 60.0, DIGITS_SECS)).count();
        assert_eq!(times, 8);
    }
}
