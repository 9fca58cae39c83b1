//! The other side of a comparison: evaluated like the playhead's side, at the same moment.

use super::evaluate::{At, Evaluator};
use super::plant::Plant;
use crate::domain::binding::Binding;
use crate::domain::catalog::Catalog;
use crate::domain::playhead::Motion;
use crate::domain::signal::{Origin, SignalId};
use crate::domain::time::Timestamp;
use crate::view::present::{Applied, Trust};

/// An origin that lies beside the playhead's, and what has to be looked at of it.
#[derive(Debug)]
pub struct OtherSide {
    pub origin: Origin,
    evaluator: Evaluator,
    /// When it was looked at last.
    moment: Option<Timestamp>,
    /// It was said that nothing is known.
    silent: bool,
}

/// What it is worth when nothing is known.
const UNKNOWN: Trust = Trust { uncertain: false, bad: false, stale: true, fade: 1.0 };

impl OtherSide {
    pub fn new(origin: Origin, bindings: &[Binding], catalog: &Catalog) -> Self {
        Self { origin, evaluator: Evaluator::new(bindings, catalog), moment: None, silent: false }
    }

    /// A signal has a new sample.
    pub fn mark(&mut self, signal: SignalId) {
        self.evaluator.mark(signal);
    }

    /// Everything has to be said again.
    pub fn mark_all(&mut self) {
        self.moment = None;
        self.silent = false;
    }

    /// Evaluates what may have changed; where nothing is known at the moment, says that once.
    /// `arriving`: new samples are marked, and else time only makes values older.
    pub fn run(
        &mut self,
        bindings: &[Binding],
        at: At,
        (known, arriving): (bool, bool),
        mut push: impl FnMut(usize, Applied, Trust),
    ) {
        if !known {
            if !std::mem::replace(&mut self.silent, true) {
                (0..bindings.len()).for_each(|binding| push(binding, Applied::Nothing, UNKNOWN));
            }
            return;
        }
        let moved = self.moment != Some(at.moment) && !(arriving && self.moment.is_some());
        if std::mem::take(&mut self.silent) || moved {
            self.evaluator.mark_all();
        }
        self.moment = Some(at.moment);
        self.evaluator.run(bindings, at, push);
    }
}

impl Plant {
    /// Lays an origin beside the playhead's, to be evaluated too; none ends that.
    pub fn compare(&mut self, other: Option<Origin>) {
        if self.other.as_ref().map(|other| other.origin) == other {
            return;
        }
        let project = &self.project;
        self.other = other.map(|origin| OtherSide::new(origin, &project.bindings, &project.catalog));
        self.mark_all();
    }

    /// Evaluates the other side of a comparison at the playhead. While its moment is being read,
    /// nothing is said.
    pub fn evaluate_other(&mut self, push: impl FnMut(usize, Applied, Trust)) {
        let Some(mut other) = self.other.take() else { return };
        if !self.reading_of(other.origin) {
            let at = At {
                catalog: &self.project.catalog,
                history: &self.history,
                origin: other.origin,
                moment: self.playhead().moment(),
            };
            let arriving = other.origin == Origin::Measured && self.playhead().motion() == Motion::Live;
            other.run(&self.project.bindings, at, (self.known_of(other.origin), arriving), push);
        }
        self.other = Some(other);
    }

    /// Whether an origin can tell of the playhead's moment: outside of its extent it cannot. What
    /// still goes on may be a little late.
    fn known_of(&self, origin: Origin) -> bool {
        let (going_on, extent) = match origin {
            Origin::Measured => (true, self.history.extent(origin)),
            Origin::Recorded(number) => match self.recording(number) {
                Some(recording) => (recording.growing, Some(recording.extent)),
                None => (false, self.history.extent(origin)),
            },
            _ => (false, self.history.extent(origin)),
        };
        let moment = self.playhead().moment();
        extent.is_some_and(|(first, last)| moment >= first && (going_on || moment <= last))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::binding::Drive;
    use crate::domain::expression::Expression;
    use crate::domain::history::{History, Retention};
    use crate::domain::quality::Quality;
    use crate::domain::rule::{Rule, Target};
    use crate::domain::scene::{NodeRef, SceneNodeId};
    use crate::domain::signal::{Sample, Signal};
    use crate::domain::value::{Value, ValueKind};

    const PREDICTED: Origin = Origin::Predicted(3);

    struct Bench {
        catalog: Catalog,
        history: History,
        bindings: Vec<Binding>,
        other: OtherSide,
    }

    /// Two levels of the same signal, predicted to be 1 at the first second and 2 at the second.
    fn bench() -> Bench {
        let mut catalog = Catalog::default();
        let signal = catalog.intern(Signal::new("level", ValueKind::Real));
        let value = Expression::parse("level").unwrap_or_else(|error| panic!("{error}"));
        let rule = Arc::new(Rule::new("level", [(value, Target::Number)]));
        let node = NodeRef::whole(SceneNodeId(0));
        let drive = Drive::Level { axis: [0.0, 1.0, 0.0] };
        let bindings = vec![Binding { node, asset: None, drive, rule, inputs: vec![Some(signal)] }; 2];
        let mut history = History::new(Retention::default());
        for secs in [1, 2] {
            let (time, value) = (at(secs), Value::Real(secs as f64));
            let sample = Sample { signal, source_time: time, received_time: time, value, quality: Quality::Good };
            history.insert(PREDICTED, sample);
        }
        let other = OtherSide::new(PREDICTED, &bindings, &catalog);
        Bench { catalog, history, bindings, other }
    }

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1000)
    }

    impl Bench {
        fn look(&mut self, secs: i64, known: bool, arriving: bool) -> Vec<(usize, Applied)> {
            let mut seen = Vec::new();
            let at = At { catalog: &self.catalog, history: &self.history, origin: PREDICTED, moment: at(secs) };
            self.other.run(&self.bindings, at, (known, arriving), |index, applied, _| seen.push((index, applied)));
            seen
        }
    }

    #[test]
    fn a_moved_moment_says_everything_again() {
        let mut bench = bench();
        let all = |number: f64| [0, 1].map(|binding| (binding, Applied::Number(number))).to_vec();
        assert_eq!(bench.look(1, true, false), all(1.0));
        assert_eq!(bench.look(1, true, false).len(), 1, "the rest in turn");
        assert_eq!(bench.look(2, true, false), all(2.0));
        assert_eq!(bench.look(3, true, true).len(), 1, "samples that arrive are marked");
        bench.other.mark_all();
        assert_eq!(bench.look(3, true, true), all(2.0));
    }

    #[test]
    fn where_nothing_is_known_that_is_said_once() {
        let mut bench = bench();
        assert_eq!(bench.look(1, true, false).len(), 2);
        let nothing = [0, 1].map(|binding| (binding, Applied::Nothing)).to_vec();
        assert_eq!(bench.look(9, false, false), nothing);
        assert_eq!(bench.look(10, false, false), []);
        assert_eq!(bench.look(10, true, true).len(), 2, "it knows again");
    }
}
