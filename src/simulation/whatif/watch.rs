//! The alarm rules of a project, watched on what a model foresees.

use crate::domain::alarm::{AlarmBook, AlarmChange, AlarmRule, Condition};
use crate::domain::quality::Quality;
use crate::domain::signal::{Sample, SignalId};
use crate::domain::time::{Span, Timestamp};
use crate::domain::unit::Unit;
use crate::simulation::model::Model;

/// Alarm rules on signals that the model computes. Those on other signals cannot be foreseen.
#[derive(Clone, Default, Debug)]
pub struct AlarmWatch {
    rules: Vec<AlarmRule>,
    /// Place among the model's variables -> signal, of the watched ones alone.
    inputs: Vec<(usize, SignalId)>,
    limits: Vec<Limit>,
}

/// The limit of a watched rule.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    /// Place among the watched rules.
    pub(super) rule: usize,
    /// Place among the model's variables.
    variable: usize,
    /// In `unit`.
    pub(super) limit: f64,
    above: bool,
    pub(super) unit: Unit,
    /// What a distance is large or small against: the engineering range, else the limit itself.
    pub(super) scale: f64,
}

/// How near one run came to a limit.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Approach {
    /// Least distance, in the unit of the signal; negative: beyond the limit. None without a value.
    pub closest: Option<f64>,
    /// When it was passed first, from the start [s].
    pub reached_secs: Option<f64>,
}

impl AlarmWatch {
    /// `wired` says which variable of the model stands for which signal.
    pub fn new(model: &dyn Model, wired: &[(String, SignalId)], rules: &[AlarmRule]) -> Self {
        let place = |name: &str| model.variables().iter().position(|variable| variable.name == name);
        let watched = wired.iter().filter(|(_, signal)| rules.iter().any(|rule| rule.signal == *signal));
        let inputs: Vec<_> = watched.filter_map(|(name, signal)| Some((place(name)?, *signal))).collect();
        let known = |rule: &&AlarmRule| inputs.iter().any(|(_, signal)| rule.signal == *signal);
        let rules: Vec<AlarmRule> = rules.iter().filter(known).cloned().collect();
        let limits = rules.iter().enumerate().filter_map(|(place, rule)| Limit::of(place, rule, model, &inputs));
        Self { limits: limits.collect(), rules, inputs }
    }

    /// The rules that are watched.
    pub fn rules(&self) -> &[AlarmRule] {
        &self.rules
    }

    /// The limits among them, in their order.
    pub(super) fn limits(&self) -> &[Limit] {
        &self.limits
    }

    /// Begins with the state of the model. What is beyond its limit now counts as raised before.
    pub(super) fn begin(&self, model: &dyn Model) -> Watching<'_> {
        let longest = self.rules.iter().map(|rule| rule.on_delay).max().unwrap_or_default();
        let approaches = vec![Approach::default(); self.limits.len()];
        let mut watching = Watching { watch: self, book: AlarmBook::new(self.rules.clone()), approaches };
        watching.observe(-longest, model);
        watching.book.tick(Timestamp::default());
        watching
    }
}

impl Limit {
    fn of(rule: usize, of: &AlarmRule, model: &dyn Model, inputs: &[(usize, SignalId)]) -> Option<Self> {
        let (limit, above) = match of.condition {
            Condition::Above { limit, .. } => (limit, true),
            Condition::Below { limit, .. } => (limit, false),
            Condition::Equals(_) | Condition::Differs(_) => return None,
        };
        let (place, _) = inputs.iter().find(|(_, signal)| of.signal == *signal)?;
        let variable = model.variables().get(*place)?;
        let width = variable.range.map_or(limit.abs(), |(low, high)| high - low);
        let scale = if width > 0.0 { width } else { 1.0 };
        Some(Self { rule, variable: *place, limit, above, unit: variable.unit.clone(), scale })
    }
}

/// Alarms of one run. Its timeline begins at the epoch.
#[derive(Debug)]
pub(super) struct Watching<'a> {
    watch: &'a AlarmWatch,
    book: AlarmBook,
    approaches: Vec<Approach>,
}

impl Watching<'_> {
    /// Steps the alarms on the state of the model at a time after the start of the run.
    pub(super) fn observe(&mut self, after: Span, model: &dyn Model) {
        let at = Timestamp::default() + after;
        for &(place, signal) in &self.watch.inputs {
            let Some(value) = model.value(place) else { continue };
            let quality = Quality::Good;
            self.book.observe(&Sample { signal, source_time: at, received_time: at, value, quality });
        }
        for (limit, approach) in self.watch.limits.iter().zip(&mut self.approaches) {
            let Some(value) = model.value(limit.variable).and_then(|value| value.as_f64()) else { continue };
            let distance = if limit.above { limit.limit - value } else { value - limit.limit };
            approach.closest = Some(approach.closest.map_or(distance, |closest| closest.min(distance)));
            if distance < 0.0 {
                approach.reached_secs.get_or_insert(after.max(Span::ZERO).as_secs_f64());
            }
        }
    }

    /// When each rule was raised first after the start [s], and how near each limit came, in their orders.
    pub(super) fn end(self) -> (Vec<Option<f64>>, Vec<Approach>) {
        let mut first = vec![None; self.watch.rules.len()];
        for event in self.book.events() {
            let after = event.at - Timestamp::default();
            let Some(entry) = first.get_mut(event.alarm.0 as usize) else { continue };
            if event.change == AlarmChange::Raised && after > Span::ZERO && entry.is_none() {
                *entry = Some(after.as_secs_f64());
            }
        }
        (first, self.approaches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::alarm::{Condition, Priority};
    use crate::domain::value::Value;
    use crate::simulation::line::{LineConfig, LineModel, MachineId};

    fn rule(name: &str, signal: u32, condition: Condition, on_delay_secs: i64) -> AlarmRule {
        AlarmRule {
            name: name.into(),
            signal: SignalId(signal),
            asset: None,
            condition,
            on_delay: Span::from_secs(on_delay_secs),
            off_delay: Span::ZERO,
            priority: Priority::P2,
            message: String::new(),
            action: String::new(),
        }
    }

    #[test]
    fn alarms_are_dated_by_the_model_and_those_that_stand_are_not_foreseen() {
        let mut config = LineConfig::demo();
        config.machines.iter_mut().for_each(|machine| machine.mtbf_min = 1e9);
        let mut line = LineModel::new(config, 1).expect("the line is valid");
        line.run_until(2400.0);
        let wired = [("Labeller/Fault".to_owned(), SignalId(4)), ("Filler/Speed".to_owned(), SignalId(7))];
        let rules = [
            rule("Labeller fault", 4, Condition::Differs(Value::text("")), 10),
            rule("Filler runs", 7, Condition::Above { limit: 1.0, deadband: 0.0 }, 30),
            rule("elsewhere", 9, Condition::Equals(Value::Bool(true)), 0),
        ];
        let watch = AlarmWatch::new(&line, &wired, &rules);
        assert_eq!(watch.rules(), &rules[..2]);
        let mut watching = watch.begin(&line);
        for second in 1..=100 {
            if second == 40 {
                line.inject_fault(MachineId::Labeller, 30.0).expect("it runs");
            }
            line.run_until(2400.0 + f64::from(second));
            watching.observe(Span::from_secs(i64::from(second)), &line);
        }
        let (first_raised_secs, approaches) = watching.end();
        assert_eq!(first_raised_secs, [Some(50.0), None]);
        // The filler is above its limit from the start, as far as its speed ever was.
        let [filler] = approaches.as_slice() else { panic!("one limit, not {approaches:?}") };
        assert_eq!(filler.reached_secs, Some(0.0));
        assert!(filler.closest.is_some_and(|closest| (1.0 - 720.0..=1.0 - 500.0).contains(&closest)), "{filler:?}");
    }
}
