//! The other side of a comparison: evaluated like the playhead's side, at the same moment, and how far
//! the equipment is from it.

use super::evaluate::{At, Evaluator};
use super::plant::Plant;
use crate::domain::asset::AssetId;
use crate::domain::binding::Binding;
use crate::domain::catalog::Catalog;
use crate::domain::deviation::{Deviation, Spreads, worst_by_asset};
use crate::domain::history::Point;
use crate::domain::playhead::Motion;
use crate::domain::signal::{Origin, Signal, SignalId};
use crate::domain::time::Timestamp;
use crate::domain::what_if::Answer;
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
    /// Equipment with the signals that it is bound to, in order of the equipment.
    bound: Vec<(AssetId, SignalId)>,
    looked: Option<Looked>,
    deviations: Vec<(AssetId, Deviation)>,
}

/// When signals were looked at last.
#[derive(Clone, Copy, Debug)]
struct Looked {
    /// What the playhead showed, and where it was.
    origin: Origin,
    moment: Timestamp,
    /// Where it was in the last call.
    passed: Timestamp,
    calls_ago: u32,
}

/// While the playhead moves, signals are looked at only once in this many calls: to find a thousand of them
/// in the past takes milliseconds.
const MOVING_CALLS: u32 = 6;
/// While it stands still: late samples are found, and values go stale.
const STANDING_CALLS: u32 = 30;

/// What it is worth when nothing is known.
const UNKNOWN: Trust = Trust { uncertain: false, bad: false, stale: true, fade: 1.0 };

impl OtherSide {
    pub fn new(origin: Origin, bindings: &[Binding], catalog: &Catalog) -> Self {
        let bound = bindings.iter().filter_map(|binding| Some((binding.asset?, binding)));
        let mut bound: Vec<_> =
            bound.flat_map(|(asset, binding)| binding.signals().map(move |signal| (asset, signal))).collect();
        bound.sort_unstable();
        bound.dedup();
        let evaluator = Evaluator::new(bindings, catalog);
        Self { origin, evaluator, moment: None, silent: false, bound, looked: None, deviations: Vec::new() }
    }

    /// A signal has a new sample.
    pub fn mark(&mut self, signal: SignalId) {
        self.evaluator.mark(signal);
    }

    /// Everything has to be said again.
    pub fn mark_all(&mut self) {
        self.moment = None;
        self.silent = false;
        self.looked = None;
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

    /// Whether to look again how far equipment is off. What it comes to where the playhead stops is seen at
    /// once.
    fn due(&mut self, origin: Origin, moment: Timestamp) -> bool {
        let Some(looked) = &mut self.looked else { return true };
        looked.calls_ago += 1;
        let stands = std::mem::replace(&mut looked.passed, moment) == moment;
        looked.origin != origin
            || looked.calls_ago >= STANDING_CALLS
            || looked.moment != moment && (stands || looked.calls_ago >= MOVING_CALLS)
    }

    /// Looks how far each piece of equipment is from the playhead's side. Signals that one side does not
    /// know, or not to be trusted, are no deviation.
    fn look(&mut self, at: At, spreads: &Spreads) {
        self.deviations = worst_by_asset(&self.bound, |signal| {
            let described = at.catalog.get(signal)?;
            let shown = known(described, at.origin, at.history.at(at.origin, signal, at.moment)?, at.moment)?;
            let other = known(described, self.origin, at.history.at(self.origin, signal, at.moment)?, at.moment)?;
            let spread = spreads.sigma(signal, at.moment);
            Some(Deviation::between(signal, described, &shown.value, &other.value, spread))
        });
    }
}

fn known<'a>(signal: &Signal, origin: Origin, point: &'a Point, moment: Timestamp) -> Option<&'a Point> {
    let stale = origin.goes_stale() && signal.stale_after().is_some_and(|limit| moment - point.time > limit);
    Some(point).filter(|point| !stale && !point.quality.is_bad())
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

    /// Looks how far the equipment is from the other side of a comparison, where that may be another than
    /// before; true where it did. `answer` knows how widely simulated runs lie.
    pub fn compare_signals(&mut self, answer: Option<&Answer>) -> bool {
        let (origin, moment) = (self.playhead().origin(), self.playhead().moment());
        let Some(mut other) = self.other.take_if(|other| other.due(origin, moment)) else { return false };
        let looks = !self.reading_of(origin) && !self.reading_of(other.origin);
        if looks {
            other.looked = Some(Looked { origin, moment, passed: moment, calls_ago: 0 });
            other.deviations.clear();
            if self.known_of(other.origin) {
                let spreads = answer.map(|answer| Spreads::of(answer, [other.origin, origin])).unwrap_or_default();
                let at = At { catalog: &self.project.catalog, history: &self.history, origin, moment };
                other.look(at, &spreads);
            }
        }
        self.other = Some(other);
        looks
    }

    /// How far each piece of equipment is from the other side of a comparison, as it was looked at last,
    /// with the signal that is farthest off; in order of the equipment. Empty where nothing is compared.
    pub fn deviations(&self) -> &[(AssetId, Deviation)] {
        self.other.as_ref().map_or(&[], |other| &other.deviations)
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
    use crate::domain::quality::{BadReason, Quality};
    use crate::domain::rule::{Rule, Target};
    use crate::domain::scene::{NodeRef, SceneNodeId};
    use crate::domain::signal::Sample;
    use crate::domain::time::Span;
    use crate::domain::value::{Value, ValueKind};

    const PREDICTED: Origin = Origin::Predicted(3);
    const TANK: AssetId = AssetId(7);

    struct Bench {
        catalog: Catalog,
        history: History,
        bindings: Vec<Binding>,
        other: OtherSide,
    }

    /// Two levels of the same signal in 0..=30, predicted to be 1 at the first second and 2 at the second.
    fn bench() -> Bench {
        let mut catalog = Catalog::default();
        let level = Signal { range: Some((0.0, 30.0)), ..Signal::new("level", ValueKind::Real) };
        let signal = catalog.intern(Signal { expected_interval: Some(Span::from_secs(1)), ..level });
        let value = Expression::parse("level").unwrap_or_else(|error| panic!("{error}"));
        let rule = Arc::new(Rule::new("level", [(value, Target::Number)]));
        let node = NodeRef::whole(SceneNodeId(0));
        let drive = Drive::Level { axis: [0.0, 1.0, 0.0] };
        let bindings = vec![Binding { node, asset: Some(TANK), drive, rule, inputs: vec![Some(signal)] }; 2];
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

    #[test]
    fn equipment_deviates_where_both_sides_know() {
        let mut bench = bench();
        let mut deviations = |secs, measured, quality| {
            let (time, value) = (at(secs), Value::Real(measured));
            let sample = Sample { signal: SignalId(0), source_time: time, received_time: time, value, quality };
            bench.history.insert(Origin::Measured, sample);
            let at = At { catalog: &bench.catalog, history: &bench.history, origin: Origin::Measured, moment: time };
            bench.other.look(at, &Spreads::default());
            let told = bench.other.deviations.iter();
            told.map(|(asset, found)| (*asset, found.difference, found.sigmas)).collect::<Vec<_>>()
        };
        assert_eq!(deviations(0, 3.0, Quality::Good), [], "nothing is predicted yet");
        // A tenth of the range, 3, is three sigmas.
        assert_eq!(deviations(1, 3.0, Quality::Good), [(TANK, Some(2.0), 2.0)]);
        assert_eq!(deviations(2, 3.0, Quality::Bad(BadReason::SensorFailure)), []);
        assert_eq!(deviations(5, 1.0, Quality::Good), [(TANK, Some(-1.0), 1.0)]);
        assert_eq!(deviations(60, 1.0, Quality::Good), [(TANK, Some(-1.0), 1.0)], "a prediction holds until the next");
    }

    #[test]
    fn equipment_is_looked_at_in_turn_while_the_playhead_moves_and_at_once_when_it_stops() {
        let mut other = bench().other;
        let from = Looked { origin: Origin::Measured, moment: at(10), passed: at(10), calls_ago: 0 };
        let mut first_due = |origin, moments: &mut dyn Iterator<Item = i64>| {
            other.looked = Some(from);
            moments.take(99).position(|secs| other.due(origin, at(secs))).map(|calls| calls + 1)
        };
        assert_eq!(first_due(Origin::Recorded(1), &mut std::iter::repeat(10)), Some(1));
        assert_eq!(first_due(Origin::Measured, &mut (11..)), Some(MOVING_CALLS as usize));
        assert_eq!(first_due(Origin::Measured, &mut [9, 8, 7, 7].into_iter()), Some(4), "it stopped");
        assert_eq!(first_due(Origin::Measured, &mut std::iter::repeat(10)), Some(STANDING_CALLS as usize));
        other.mark_all();
        assert!(other.due(Origin::Measured, at(10)), "something else may be known");
    }
}
