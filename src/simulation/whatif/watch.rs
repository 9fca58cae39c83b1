//! The alarm rules of a project, watched on what a model foresees.

use crate::domain::alarm::{AlarmBook, AlarmChange, AlarmRule};
use crate::domain::quality::Quality;
use crate::domain::signal::{Sample, SignalId};
use crate::domain::time::{Span, Timestamp};
use crate::simulation::line::LineModel;

/// Alarm rules on signals that the model computes. Those on other signals cannot be foreseen.
#[derive(Clone, Default, Debug)]
pub struct AlarmWatch {
    rules: Vec<AlarmRule>,
    /// Place among the model's variables -> signal, of the watched ones alone.
    inputs: Vec<(usize, SignalId)>,
}

impl AlarmWatch {
    /// `wired` says which variable of the model stands for which signal.
    pub fn new(line: &LineModel, wired: &[(String, SignalId)], rules: &[AlarmRule]) -> Self {
        let place = |name: &str| line.variables().iter().position(|variable| variable.name == name);
        let watched = wired.iter().filter(|(_, signal)| rules.iter().any(|rule| rule.signal == *signal));
        let inputs: Vec<_> = watched.filter_map(|(name, signal)| Some((place(name)?, *signal))).collect();
        let known = |rule: &&AlarmRule| inputs.iter().any(|(_, signal)| rule.signal == *signal);
        Self { rules: rules.iter().filter(known).cloned().collect(), inputs }
    }

    /// The rules that are watched.
    pub fn rules(&self) -> &[AlarmRule] {
        &self.rules
    }

    /// Begins with the state of the line. What is beyond its limit now counts as raised before.
    pub(super) fn begin(&self, line: &LineModel) -> Watching<'_> {
        let longest = self.rules.iter().map(|rule| rule.on_delay).max().unwrap_or_default();
        let mut watching = Watching { watch: self, book: AlarmBook::new(self.rules.clone()) };
        watching.observe(-longest, line);
        watching.book.tick(Timestamp::default());
        watching
    }
}

/// Alarms of one run. Its timeline begins at the epoch.
#[derive(Debug)]
pub(super) struct Watching<'a> {
    watch: &'a AlarmWatch,
    book: AlarmBook,
}

impl Watching<'_> {
    /// Steps the alarms on the state of the line at a time after the start of the run.
    pub(super) fn observe(&mut self, after: Span, line: &LineModel) {
        let at = Timestamp::default() + after;
        for &(place, signal) in &self.watch.inputs {
            let Some(value) = line.value(place) else { continue };
            let quality = Quality::Good;
            self.book.observe(&Sample { signal, source_time: at, received_time: at, value, quality });
        }
    }

    /// When each rule was raised first after the start [s], in the order of the rules.
    pub(super) fn first_raised_secs(&self) -> Vec<Option<f64>> {
        let mut first = vec![None; self.watch.rules.len()];
        for event in self.book.events() {
            let after = event.at - Timestamp::default();
            let Some(entry) = first.get_mut(event.alarm.0 as usize) else { continue };
            if event.change == AlarmChange::Raised && after > Span::ZERO && entry.is_none() {
                *entry = Some(after.as_secs_f64());
            }
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::alarm::{Condition, Priority};
    use crate::domain::value::Value;
    use crate::simulation::line::{LineConfig, MachineId};

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
        assert_eq!(watching.first_raised_secs(), [Some(50.0), None]);
    }
}
