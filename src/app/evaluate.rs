//! Which bindings have to be looked at, and what their rules say at the playhead.
//!
//! Live, only bindings of signals that changed are evaluated, and a slice of the rest each frame, so
//! that values grow old on screen without a sample. When the playhead moves by itself or by hand,
//! all of them are.

use std::sync::Arc;

use crate::domain::binding::Binding;
use crate::domain::catalog::Catalog;
use crate::domain::expression::Reading;
use crate::domain::history::History;
use crate::domain::quality::Quality;
use crate::domain::rule::Outcome;
use crate::domain::signal::{Origin, SignalId};
use crate::domain::time::{Span, Timestamp};
use crate::view::present::{Applied, Trust};

/// The rest is gone through once in this many calls.
const SWEEP_CALLS: usize = 30;

/// Bookkeeping over the bindings of a project.
#[derive(Default, Debug)]
pub struct Evaluator {
    /// Signal -> bindings that read it.
    by_signal: Vec<Vec<u32>>,
    /// Signal -> age from which it is stale: apart from the catalog, whose signals are large.
    stale_after: Vec<Option<Span>>,
    dirty: Vec<bool>,
    queue: Vec<u32>,
    sweep: usize,
    all: bool,
}

/// Where to look.
#[derive(Clone, Copy)]
pub struct At<'a> {
    pub catalog: &'a Catalog,
    pub history: &'a History,
    pub origin: Origin,
    pub moment: Timestamp,
}

impl Evaluator {
    pub fn new(bindings: &[Binding], catalog: &Catalog) -> Self {
        let mut by_signal: Vec<Vec<u32>> = Vec::new();
        for (index, binding) in bindings.iter().enumerate() {
            for signal in binding.signals() {
                if by_signal.len() <= signal.index() {
                    by_signal.resize(signal.index() + 1, Vec::new());
                }
                let readers = &mut by_signal[signal.index()];
                // One binding may read a signal under two names.
                if readers.last() != Some(&(index as u32)) {
                    readers.push(index as u32);
                }
            }
        }
        let stale_after = catalog.iter().map(|(_, signal)| signal.stale_after()).collect();
        Self { by_signal, stale_after, dirty: vec![false; bindings.len()], all: true, ..Self::default() }
    }

    /// A signal has a new sample.
    pub fn mark(&mut self, signal: SignalId) {
        for &binding in self.by_signal.get(signal.index()).into_iter().flatten() {
            if let Some(dirty) = self.dirty.get_mut(binding as usize)
                && !*dirty
            {
                *dirty = true;
                self.queue.push(binding);
            }
        }
    }

    /// The moment, or the scene, is another one.
    pub fn mark_all(&mut self) {
        self.all = true;
    }

    /// Evaluates what is marked, and the next slice of the rest; returns how many that were.
    pub fn run(&mut self, bindings: &[Binding], at: At, mut push: impl FnMut(usize, Applied, Trust)) -> usize {
        let mut readings = Vec::new();
        let mut evaluate = |index: usize| {
            let Some(binding) = bindings.get(index) else { return };
            read(binding, at, &self.stale_after, &mut readings);
            // Before the first sample nothing is known, and a rule must not decide on that.
            let unknown = binding.signals().next().is_some() && readings.iter().all(Option::is_none);
            let outcome =
                if unknown { None } else { binding.rule.evaluate(&|slot| readings.get(slot).copied().flatten()) };
            push(index, applied(outcome), trust(binding, &readings));
        };
        let mut count = 0;
        if std::mem::take(&mut self.all) {
            self.queue.clear();
            self.dirty.fill(false);
            (0..bindings.len()).for_each(&mut evaluate);
            return bindings.len();
        }
        for index in self.queue.drain(..) {
            self.dirty[index as usize] = false;
            evaluate(index as usize);
            count += 1;
        }
        let slice = bindings.len().div_ceil(SWEEP_CALLS);
        for _ in 0..slice {
            self.sweep = if self.sweep + 1 < bindings.len() { self.sweep + 1 } else { 0 };
            evaluate(self.sweep);
        }
        count + slice
    }
}

fn read<'a>(binding: &Binding, at: At<'a>, stale_after: &[Option<Span>], readings: &mut Vec<Option<Reading<'a>>>) {
    readings.clear();
    readings.extend(binding.inputs.iter().map(|input| {
        let signal = (*input)?;
        let point = at.history.at(at.origin, signal, at.moment)?;
        let age = at.moment - point.time;
        let limit = stale_after.get(signal.index()).copied().flatten().filter(|_| at.origin.goes_stale());
        let stale = limit.is_some_and(|limit| age > limit);
        let unit = at.catalog.get(signal).map(|signal| &signal.unit);
        Some(Reading { value: &point.value, quality: point.quality, age, stale, unit })
    }));
}

/// The worst of all inputs. A bound signal that has no sample at all is as stale as can be; an
/// input that is bound to nothing says nothing.
fn trust(binding: &Binding, readings: &[Option<Reading>]) -> Trust {
    let mut trust = Trust::default();
    for (input, reading) in binding.inputs.iter().zip(readings) {
        match (input, reading) {
            (None, _) => {}
            (Some(_), None) => {
                trust.stale = true;
                trust.fade = 1.0;
            }
            (Some(_), Some(reading)) => {
                trust.uncertain |= matches!(reading.quality, Quality::Uncertain(_));
                trust.bad |= reading.quality.is_bad();
                if reading.stale {
                    trust.stale = true;
                    trust.fade = trust.fade.max(fade(reading.age.as_secs_f64()));
                }
            }
        }
    }
    trust
}

/// Wholly faded after ten minutes. In steps, so that growing old does not upload every frame.
fn fade(age_secs: f64) -> f32 {
    ((age_secs / 600.0).clamp(0.0, 1.0) * 16.0).round() as f32 / 16.0
}

fn applied(outcome: Option<Outcome>) -> Applied {
    match outcome {
        None => Applied::Nothing,
        Some(Outcome::Colour(colour)) => Applied::Colour(colour),
        Some(Outcome::Opacity(opacity)) => Applied::Opacity(opacity),
        Some(Outcome::Icon(icon)) => Applied::Icon(icon.clone()),
        Some(Outcome::Number(number)) => Applied::Number(number),
        Some(Outcome::Text(text)) => Applied::Text(Arc::from(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::binding::Drive;
    use crate::domain::colour::Rgba;
    use crate::domain::expression::Expression;
    use crate::domain::history::Retention;
    use crate::domain::quality::BadReason;
    use crate::domain::rule::{Rule, Target};
    use crate::domain::scene::{NodeRef, SceneNodeId};
    use crate::domain::signal::{Sample, Signal};
    use crate::domain::value::{Value, ValueKind};

    const RED: Rgba = Rgba::from_hex(0xff0000);

    struct Plant {
        catalog: Catalog,
        history: History,
        bindings: Vec<Binding>,
        evaluator: Evaluator,
    }

    fn plant() -> Plant {
        let mut catalog = Catalog::default();
        let hot = Signal { expected_interval: Some(Span::from_secs(1)), ..Signal::new("hot", ValueKind::Real) };
        let inputs = vec![Some(catalog.intern(hot))];
        let condition = Expression::parse("t > 100").unwrap_or_else(|error| panic!("{error}"));
        let rule = Arc::new(Rule::new("hot", [(condition, Target::Colour(RED))]));
        let node = NodeRef::whole(SceneNodeId(0));
        let binding = Binding { node, asset: None, drive: Drive::Colour, rule, inputs };
        let bindings = vec![binding; 3];
        let evaluator = Evaluator::new(&bindings, &catalog);
        Plant { catalog, history: History::new(Retention::default()), bindings, evaluator }
    }

    impl Plant {
        fn sample(&mut self, secs: i64, value: f64, quality: Quality) {
            let time = Timestamp::from_millis(secs * 1000);
            let value = Value::Real(value);
            self.history.insert(
                Origin::Measured,
                Sample { signal: SignalId(0), source_time: time, received_time: time, value, quality },
            );
            self.evaluator.mark(SignalId(0));
        }

        fn look(&mut self, secs: i64) -> Vec<(usize, Applied, Trust)> {
            let moment = Timestamp::from_millis(secs * 1000);
            let at = At { catalog: &self.catalog, history: &self.history, origin: Origin::Measured, moment };
            let mut seen = Vec::new();
            self.evaluator.run(&self.bindings, at, |index, applied, trust| seen.push((index, applied, trust)));
            seen
        }
    }

    #[test]
    fn only_what_changed_is_evaluated_and_the_rest_in_turn() {
        let mut plant = plant();
        assert_eq!(plant.look(0).len(), 3);
        assert_eq!(plant.look(0).len(), 1);
        plant.sample(1, 101.0, Quality::Good);
        let seen = plant.look(1);
        assert_eq!(seen.len(), 4);
        assert!(seen.iter().all(|(_, applied, _)| *applied == Applied::Colour(RED)), "{seen:?}");
        assert_eq!(plant.look(1).len(), 1);
    }

    #[test]
    fn trust_tells_missing_bad_and_stale_apart() {
        let mut plant = plant();
        assert_eq!(plant.look(0)[0].2, Trust { stale: true, fade: 1.0, ..Trust::default() });
        plant.sample(1, 50.0, Quality::Good);
        assert_eq!(plant.look(2)[0].2, Trust::default());
        plant.evaluator.mark_all();
        assert_eq!(plant.look(5)[0].2, Trust { stale: true, fade: 0.0, ..Trust::default() });
        plant.sample(6, 50.0, Quality::Bad(BadReason::SensorFailure));
        assert_eq!(plant.look(6)[0].2, Trust { bad: true, ..Trust::default() });
    }
}
