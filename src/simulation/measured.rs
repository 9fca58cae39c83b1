//! What was measured of a plant, as a model is asked to follow it.

use crate::domain::history::History;
use crate::domain::scenario::Change;
use crate::domain::signal::{Origin, SignalId};
use crate::domain::time::{Span, Timestamp};
use crate::domain::value::Value;
use crate::simulation::model::{Observed, Parameter, ParameterKind};

/// What was measured, and which variable of the model stands for which signal.
#[derive(Clone, Copy, Debug)]
pub struct Measured<'a> {
    pub history: &'a History,
    pub origin: Origin,
    /// Variable of the model and the signal that it stands for.
    pub wired: &'a [(String, SignalId)],
    /// Values older than this at the start are not used.
    pub max_age: Span,
}

impl Measured<'_> {
    /// What was measured last up to a moment, as the state to start from.
    pub fn state_at(&self, at: Timestamp) -> Vec<Observed> {
        let seen = self.wired.iter().filter_map(|(variable, signal)| {
            let point = self.history.at(self.origin, *signal, at)?;
            let (value, quality) = (point.value.clone(), point.quality);
            Some(Observed { variable: variable.clone(), value, quality, age: at - point.time })
        });
        seen.collect()
    }

    /// The value that holds at a moment; none where nothing was measured yet or the quality is bad.
    pub fn value_at(&self, signal: SignalId, at: Timestamp) -> Option<&Value> {
        let point = self.history.at(self.origin, signal, at)?;
        (!point.quality.is_bad()).then_some(&point.value)
    }

    /// The shortest mean distance between the points of a signal in a stretch: what is shorter was not
    /// seen. The whole stretch where there are no points.
    pub fn resolution(&self, from: Timestamp, to: Timestamp) -> Span {
        let count = |signal| self.history.range(self.origin, signal, from, to).count();
        let most = self.wired.iter().map(|(_, signal)| count(*signal)).max().unwrap_or_default();
        (to - from).scaled(1.0 / most.max(1) as f64)
    }

    /// What was set in a stretch, in the order of time, in the range of each parameter.
    pub fn changes(&self, parameters: &[Parameter], from: Timestamp, to: Timestamp) -> Vec<Change> {
        let mut changes = Vec::new();
        for parameter in parameters.iter().filter(|parameter| parameter.kind == ParameterKind::Setpoint) {
            let Some((_, signal)) = self.wired.iter().find(|(name, _)| *name == parameter.name) else { continue };
            let mut last = self.value_at(*signal, from).and_then(Value::as_f64);
            for point in self.history.range(self.origin, *signal, from, to) {
                let Some(value) = point.value.as_f64().filter(|_| !point.quality.is_bad()) else { continue };
                if last.replace(value).is_some_and(|last| last != value) {
                    let (low, high) = parameter.range;
                    let (parameter, after) = (parameter.name.clone(), point.time - from);
                    changes.push(Change { parameter, to: value.max(low).min(high), after, ramp: Span::ZERO });
                }
            }
        }
        changes.sort_by_key(|change| change.after);
        changes
    }
}
