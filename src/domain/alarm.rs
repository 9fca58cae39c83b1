//! Alarms: limits with dead-band and delay, states after ISA-18.2 / IEC 62682.
//!
//! ```text
//!   Normal --raised--> UnackActive --acknowledged--> AckActive
//!     ^  ^                  |                            |
//!     |  |               cleared                      cleared
//!     |  |                  v                            |
//!     |  +--acknowledged-- ReturnedUnack                 |
//!     +--------------------------------------------------+
//!
//!   any --shelved--> Shelved --unshelved, or its time over--> UnackActive where the condition holds, else Normal
//! ```
//!
//! Alarms step on measured samples as they arrive, whatever the playhead shows. What happened is
//! kept as a list of events, from which the state at any moment follows.

mod shelving;
mod state;

use serde::{Deserialize, Serialize};

pub use self::shelving::MOST_SHELVED;
pub use self::state::{AlarmChange, AlarmState};
use super::asset::AssetId;
use super::signal::{Sample, SignalId};
use super::time::{Span, Timestamp};
use super::value::Value;

/// Dense number of an alarm rule in its book.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AlarmId(pub u32);

/// What is watched, and what it means to people.
#[derive(Clone, PartialEq, Debug)]
pub struct AlarmRule {
    pub name: String,
    pub signal: SignalId,
    pub asset: Option<AssetId>,
    pub condition: Condition,
    /// How long the condition must hold before the alarm is raised.
    pub on_delay: Span,
    /// How long the condition must be gone before it is cleared.
    pub off_delay: Span,
    pub priority: Priority,
    /// What happened, for the operator.
    pub message: String,
    /// What to do about it.
    pub action: String,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Condition {
    /// Raised above the limit, cleared at or below limit - deadband. In the unit of the signal.
    Above { limit: f64, deadband: f64 },
    /// Raised below the limit, cleared at or above limit + deadband. In the unit of the signal.
    Below { limit: f64, deadband: f64 },
    /// Raised while the value is this one.
    Equals(Value),
    /// Raised while the value is any but this one.
    Differs(Value),
}

/// 1 is the most urgent of four.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Priority {
    P1 = 1,
    P2 = 2,
    P3 = 3,
    P4 = 4,
}

impl Priority {
    pub fn from_number(number: i64) -> Option<Self> {
        [Self::P1, Self::P2, Self::P3, Self::P4].into_iter().find(|priority| *priority as i64 == number)
    }
}

/// Something that happened to an alarm, in plant time.
#[derive(Clone, PartialEq, Debug)]
pub struct AlarmEvent {
    pub alarm: AlarmId,
    pub at: Timestamp,
    pub change: AlarmChange,
    /// The value that made it so; none where a person did.
    pub value: Option<Value>,
}

#[derive(Clone, Default, Debug)]
struct Watch {
    state: AlarmState,
    /// The condition differs from the state since this moment, by this value.
    pending: Option<(Timestamp, Value)>,
    /// When it was shelved last.
    shelved_at: Timestamp,
    events: Vec<(Timestamp, AlarmChange)>,
}

/// All alarm rules with their states and what happened to them.
#[derive(Clone, Default, Debug)]
pub struct AlarmBook {
    rules: Vec<AlarmRule>,
    watches: Vec<Watch>,
    /// Signal -> rules on it.
    by_signal: Vec<Vec<AlarmId>>,
    events: Vec<AlarmEvent>,
    /// Events that were forgotten.
    forgotten: u64,
}

/// Events kept; the oldest go first.
const EVENTS_KEPT: usize = 100_000;

impl AlarmBook {
    pub fn new(rules: Vec<AlarmRule>) -> Self {
        let mut by_signal: Vec<Vec<AlarmId>> = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let signal = rule.signal.index();
            if by_signal.len() <= signal {
                by_signal.resize(signal + 1, Vec::new());
            }
            by_signal[signal].push(AlarmId(index as u32));
        }
        Self { watches: vec![Watch::default(); rules.len()], rules, by_signal, ..Self::default() }
    }

    /// A book of what was recorded: the rules say what the alarms mean, the events what happened.
    pub fn replaying(rules: Vec<AlarmRule>, events: impl IntoIterator<Item = AlarmEvent>) -> Self {
        let mut book = Self::new(rules);
        for event in events {
            let Some(watch) = book.watches.get_mut(event.alarm.0 as usize) else { continue };
            watch.state = watch.state.after(event.change);
            watch.events.push((event.at, event.change));
            book.events.push(event);
        }
        book
    }

    /// The same book on a timeline that begins so much later.
    pub fn shifted(&self, by: Span) -> Self {
        let mut book = self.clone();
        for AlarmEvent { at, change, .. } in &mut book.events {
            (*at, *change) = (*at + by, change.shifted(by));
        }
        for watch in &mut book.watches {
            (watch.state, watch.shelved_at) = (watch.state.shifted(by), watch.shelved_at + by);
            for (at, change) in &mut watch.events {
                (*at, *change) = (*at + by, change.shifted(by));
            }
        }
        book
    }

    /// Steps the alarms of the sample's signal. Bad quality decides nothing: the state is held.
    pub fn observe(&mut self, sample: &Sample) {
        let Some(ids) = self.by_signal.get(sample.signal.index()) else { return };
        if sample.quality.is_bad() {
            return;
        }
        for &id in ids {
            let (rule, watch) = (&self.rules[id.0 as usize], &mut self.watches[id.0 as usize]);
            let holds = rule.condition.holds(&sample.value, watch.state.active());
            if holds == watch.state.active() {
                watch.pending = None;
                continue;
            }
            let (since, _) = watch.pending.get_or_insert_with(|| (sample.source_time, sample.value.clone()));
            let since = *since;
            watch.settle(id, rule, (since, sample.source_time), &mut self.events);
        }
        self.forget_old();
    }

    /// Lets delays and the time of what is shelved run out when no sample comes.
    pub fn tick(&mut self, now: Timestamp) {
        for (index, (rule, watch)) in self.rules.iter().zip(&mut self.watches).enumerate() {
            let id = AlarmId(index as u32);
            if let Some((since, _)) = watch.pending {
                watch.settle(id, rule, (since, now), &mut self.events);
            }
            watch.end_shelving(id, now, &mut self.events);
        }
        self.forget_old();
    }

    /// Acknowledges an alarm; nothing happens where there is nothing to acknowledge.
    pub fn acknowledge(&mut self, id: AlarmId, now: Timestamp) {
        if let Some(watch) = self.watches.get_mut(id.0 as usize)
            && watch.state.unacknowledged()
        {
            watch.change(id, now, AlarmChange::Acknowledged, None, &mut self.events);
        }
    }

    pub fn rule(&self, id: AlarmId) -> Option<&AlarmRule> {
        self.rules.get(id.0 as usize)
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = (AlarmId, &AlarmRule, AlarmState)> {
        let states = self.rules.iter().zip(&self.watches);
        states.enumerate().map(|(index, (rule, watch))| (AlarmId(index as u32), rule, watch.state))
    }

    pub fn state(&self, id: AlarmId) -> AlarmState {
        self.watches.get(id.0 as usize).map_or(AlarmState::Normal, |watch| watch.state)
    }

    /// State of an alarm at a moment of the past, and since when.
    pub fn state_at(&self, id: AlarmId, t: Timestamp) -> (AlarmState, Option<Timestamp>) {
        let Some(watch) = self.watches.get(id.0 as usize) else { return (AlarmState::Normal, None) };
        let past = watch.events.iter().take_while(|(at, _)| *at <= t);
        let then = past.fold((AlarmState::Normal, None), |known, (at, change)| {
            let (state, since) = shelving::lapsed(known, *at);
            let next = state.after(*change);
            (next, if next == state { since } else { Some(*at) })
        });
        shelving::lapsed(then, t)
    }

    /// Everything that happened, in the order in which it became known.
    pub fn events(&self) -> &[AlarmEvent] {
        &self.events
    }

    /// Events after the first `seen`, as far as they are kept; and how many there were in all.
    pub fn events_after(&self, seen: u64) -> (&[AlarmEvent], u64) {
        let skip = usize::try_from(seen.saturating_sub(self.forgotten)).unwrap_or(usize::MAX);
        (self.events.get(skip..).unwrap_or_default(), self.forgotten + self.events.len() as u64)
    }

    fn forget_old(&mut self) {
        if self.events.len() > EVENTS_KEPT {
            self.events.drain(..EVENTS_KEPT / 10);
            self.forgotten += (EVENTS_KEPT / 10) as u64;
        }
    }
}

impl Watch {
    /// Carries the pending change out when its delay has run by `now`.
    fn settle(
        &mut self,
        id: AlarmId,
        rule: &AlarmRule,
        (since, now): (Timestamp, Timestamp),
        told: &mut Vec<AlarmEvent>,
    ) {
        let (change, delay) = match self.state.active() {
            true => (AlarmChange::Cleared, rule.off_delay),
            false => (AlarmChange::Raised, rule.on_delay),
        };
        if now - since < delay {
            return;
        }
        let Some((_, value)) = self.pending.take() else { return };
        let at = since + delay;
        // What was shelved until then is back before it happens.
        self.lapse(id, at, told);
        self.change(id, at, change, Some(value), told);
    }

    fn change(
        &mut self,
        alarm: AlarmId,
        at: Timestamp,
        change: AlarmChange,
        value: Option<Value>,
        told: &mut Vec<AlarmEvent>,
    ) {
        self.state = self.state.after(change);
        self.events.push((at, change));
        if self.events.len() > EVENTS_KEPT {
            self.events.drain(..EVENTS_KEPT / 10);
        }
        told.push(AlarmEvent { alarm, at, change, value });
    }
}

impl Condition {
    fn holds(&self, value: &Value, active: bool) -> bool {
        let band = |deadband: f64| if active { deadband.max(0.0) } else { 0.0 };
        match self {
            Self::Above { limit, deadband } => value.as_f64().is_some_and(|number| number > limit - band(*deadband)),
            Self::Below { limit, deadband } => value.as_f64().is_some_and(|number| number < limit + band(*deadband)),
            Self::Equals(expected) => value == expected,
            Self::Differs(expected) => value != expected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::quality::{BadReason, Quality};

    pub(super) fn book(on_delay: i64, off_delay: i64) -> AlarmBook {
        AlarmBook::new(vec![AlarmRule {
            name: "Temperature high".into(),
            signal: SignalId(3),
            asset: None,
            condition: Condition::Above { limit: 100.0, deadband: 2.0 },
            on_delay: Span::from_secs(on_delay),
            off_delay: Span::from_secs(off_delay),
            priority: Priority::P2,
            message: "Too hot.".into(),
            action: "Open the valve.".into(),
        }])
    }

    pub(super) const ID: AlarmId = AlarmId(0);

    pub(super) fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1000)
    }

    pub(super) fn feed(book: &mut AlarmBook, secs: i64, value: f64) -> AlarmState {
        let quality = Quality::Good;
        book.observe(&Sample {
            signal: SignalId(3),
            source_time: at(secs),
            received_time: at(secs),
            value: Value::Real(value),
            quality,
        });
        book.state(ID)
    }

    #[test]
    fn the_dead_band_keeps_it_from_chattering() {
        let mut book = book(0, 0);
        let states: Vec<bool> = [(0, 99.0), (1, 100.5), (2, 99.5), (3, 98.5), (4, 97.9), (5, 99.9)]
            .map(|(secs, value)| feed(&mut book, secs, value).active())
            .into();
        assert_eq!(states, [false, true, true, true, false, false]);
        assert_eq!(book.events().len(), 2);
    }

    #[test]
    fn delays_ignore_spikes_and_date_the_change_to_when_they_ran_out() {
        let mut book = book(5, 3);
        feed(&mut book, 0, 101.0);
        feed(&mut book, 3, 90.0);
        feed(&mut book, 10, 101.0);
        book.tick(at(14));
        assert_eq!(book.state(ID), AlarmState::Normal);
        book.tick(at(17));
        assert_eq!(book.state(ID), AlarmState::UnackActive);
        assert_eq!(book.events().last().map(|event| event.at), Some(at(15)));
        feed(&mut book, 20, 90.0);
        book.tick(at(30));
        assert_eq!(
            (book.state(ID), book.events().last().map(|event| event.at)),
            (AlarmState::ReturnedUnack, Some(at(23)))
        );
    }

    #[test]
    fn acknowledging_follows_isa_18_2() {
        let mut book = book(0, 0);
        book.acknowledge(ID, at(0));
        assert!(book.events().is_empty());
        feed(&mut book, 1, 101.0);
        book.acknowledge(ID, at(2));
        assert_eq!(book.state(ID), AlarmState::AckActive);
        assert_eq!(feed(&mut book, 3, 90.0), AlarmState::Normal);
        feed(&mut book, 4, 101.0);
        assert_eq!(feed(&mut book, 5, 90.0), AlarmState::ReturnedUnack);
        book.acknowledge(ID, at(6));
        assert_eq!(book.state(ID), AlarmState::Normal);
    }

    #[test]
    fn the_state_of_the_past_follows_from_the_events() {
        let mut book = book(0, 0);
        feed(&mut book, 10, 101.0);
        book.acknowledge(ID, at(20));
        feed(&mut book, 30, 90.0);
        let states = [5, 10, 25, 30].map(|secs| book.state_at(ID, at(secs)));
        let expected = [
            (AlarmState::Normal, None),
            (AlarmState::UnackActive, Some(at(10))),
            (AlarmState::AckActive, Some(at(20))),
            (AlarmState::Normal, Some(at(30))),
        ];
        assert_eq!(states, expected);
    }

    #[test]
    fn bad_quality_decides_nothing() {
        let mut book = book(0, 0);
        feed(&mut book, 1, 101.0);
        let quality = Quality::Bad(BadReason::SensorFailure);
        book.observe(&Sample {
            signal: SignalId(3),
            source_time: at(2),
            received_time: at(2),
            value: Value::Real(0.0),
            quality,
        });
        assert_eq!(book.state(ID), AlarmState::UnackActive);
    }
}
