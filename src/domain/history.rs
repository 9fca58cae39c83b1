//! The one timeline: every sample of every signal, by origin.
//!
//! A series is ordered by source time. A sample that comes late is put in its place; one with the
//! time of another replaces it, so that the same data delivered twice is held once. Series are
//! bounded by age and by count: the oldest points go first.

use std::collections::{BTreeMap, VecDeque};

use super::quality::Quality;
use super::signal::{Origin, Sample, SignalId};
use super::time::{Span, Timestamp};
use super::value::Value;

/// One sample inside its series.
#[derive(Clone, PartialEq, Debug)]
pub struct Point {
    pub time: Timestamp,
    pub value: Value,
    pub quality: Quality,
}

/// How much of the measured past is kept, for each series. Other origins keep what they are given.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Retention {
    /// Points older than this, counted from the newest of their series, go.
    pub span: Span,
    /// At most this many points.
    pub points: usize,
}

impl Retention {
    /// For what is held elsewhere, or was asked for by someone who minds the memory.
    const EVERYTHING: Self = Self { span: Span::MAX, points: usize::MAX };
}

impl Default for Retention {
    /// Eight hours, a shift, and at most 200,000 points a series (8 MB).
    fn default() -> Self {
        Self { span: Span::from_secs(8 * 3600), points: 200_000 }
    }
}

/// What became of a sample.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Inserted {
    /// It is the newest of its series.
    Appended,
    /// It came late and stands between others.
    Between,
    /// It took the place of one with the same time.
    Replaced,
    /// It is older than what is kept.
    TooOld,
}

/// Range of the values of one time slice, for plots that must not lose a spike.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Bucket {
    pub from: Timestamp,
    pub to: Timestamp,
    pub min: f64,
    pub max: f64,
    /// Last value of the slice.
    pub last: f64,
    /// Worst quality in the slice.
    pub quality: Quality,
}

type Series = VecDeque<Point>;

/// The series of one origin, by signal. Their ends stand apart from them, side by side: every frame
/// asks for the tips of many series and for the extent of all, and a series each would be a cache
/// miss each.
#[derive(Clone, Default, Debug)]
struct Tracks {
    series: Vec<Series>,
    /// Newest point of each series.
    tips: Vec<Option<Point>>,
    /// Time of the oldest point of each series; `Timestamp::MAX` where there is none.
    firsts: Vec<Timestamp>,
    /// Time of the newest point of all.
    last: Option<Timestamp>,
}

/// All series. The key of a series is its origin and its signal.
#[derive(Clone, Default, Debug)]
pub struct History {
    retention: Retention,
    origins: BTreeMap<Origin, Tracks>,
}

impl History {
    pub fn new(retention: Retention) -> Self {
        Self { retention: Retention { points: retention.points.max(1), ..retention }, origins: BTreeMap::new() }
    }

    /// Files a sample under its origin.
    pub fn insert(&mut self, origin: Origin, sample: Sample) -> Inserted {
        let point = Point { time: sample.source_time, value: sample.value, quality: sample.quality };
        let tracks = self.origins.entry(origin).or_default();
        let index = sample.signal.index();
        tracks.reach(index);
        let retention = if origin == Origin::Measured { self.retention } else { Retention::EVERYTHING };
        if tracks.tips[index].as_ref().is_none_or(|tip| tip.time < point.time) {
            tracks.append(index, point, retention);
            return Inserted::Appended;
        }
        tracks.put_in_place(index, point, retention)
    }

    /// Forgets an origin.
    pub fn clear(&mut self, origin: Origin) {
        self.origins.remove(&origin);
    }

    /// Forgets what an origin holds before `t`, except what still holds at `t`.
    pub fn forget_before(&mut self, origin: Origin, t: Timestamp) {
        let Some(tracks) = self.origins.get_mut(&origin) else { return };
        for index in 0..tracks.series.len() {
            let series = &mut tracks.series[index];
            let past = series.partition_point(|point| point.time <= t).saturating_sub(1);
            if past > 0 {
                series.drain(..past);
                tracks.note_ends(index);
            }
        }
    }

    /// The same series under other numbers, for a catalog that changed; those without a new number
    /// go.
    pub fn renumbered(self, retention: Retention, number: impl Fn(SignalId) -> Option<SignalId>) -> Self {
        let mut next = Self::new(retention);
        for (origin, all) in self.origins {
            let tracks = next.origins.entry(origin).or_default();
            for (index, series) in all.series.into_iter().enumerate() {
                let Some(new) = number(SignalId(index as u32)).map(SignalId::index) else { continue };
                tracks.reach(new);
                tracks.series[new] = series;
                tracks.note_ends(new);
            }
        }
        next
    }

    /// The point that holds at `t`: the last one not after it.
    pub fn at(&self, origin: Origin, signal: SignalId, t: Timestamp) -> Option<&Point> {
        // Live views ask for the tip: look there before searching.
        let tip = self.latest(origin, signal)?;
        if tip.time <= t {
            return Some(tip);
        }
        let series = self.series(origin, signal)?;
        series.get(series.partition_point(|point| point.time <= t).checked_sub(1)?)
    }

    pub fn latest(&self, origin: Origin, signal: SignalId) -> Option<&Point> {
        self.origins.get(&origin)?.tips.get(signal.index())?.as_ref()
    }

    /// Points with `from <= time < to`, in order.
    pub fn range(
        &self,
        origin: Origin,
        signal: SignalId,
        from: Timestamp,
        to: Timestamp,
    ) -> impl DoubleEndedIterator<Item = &Point> {
        let series = self.series(origin, signal);
        let (start, end) = series.map_or((0, 0), |series| {
            let start = series.partition_point(|point| point.time < from);
            (start, series.partition_point(|point| point.time < to).max(start))
        });
        series.into_iter().flat_map(move |series| series.range(start..end))
    }

    /// Cuts `from..to` into `slices` and writes the range of each that has numbers to `out`, which
    /// is cleared first. The extremes of the whole range are always among them.
    pub fn min_max(
        &self,
        origin: Origin,
        signal: SignalId,
        (from, to): (Timestamp, Timestamp),
        slices: usize,
        out: &mut Vec<Bucket>,
    ) {
        out.clear();
        let width = ((to - from).as_nanos() as f64 / slices.max(1) as f64).max(1.0);
        let mut current = usize::MAX;
        for point in self.range(origin, signal, from, to) {
            let Some(number) = point.value.as_f64() else { continue };
            let slice = (((point.time - from).as_nanos() as f64 / width) as usize).min(slices.saturating_sub(1));
            match out.last_mut().filter(|_| slice == current) {
                Some(bucket) => {
                    bucket.to = point.time;
                    bucket.min = bucket.min.min(number);
                    bucket.max = bucket.max.max(number);
                    bucket.last = number;
                    bucket.quality = bucket.quality.worse(point.quality);
                }
                None => out.push(Bucket {
                    from: point.time,
                    to: point.time,
                    min: number,
                    max: number,
                    last: number,
                    quality: point.quality,
                }),
            }
            current = slice;
        }
    }

    /// First and last moment of an origin over all its series.
    pub fn extent(&self, origin: Origin) -> Option<(Timestamp, Timestamp)> {
        let tracks = self.origins.get(&origin)?;
        Some((tracks.firsts.iter().copied().min()?, tracks.last?))
    }

    /// The next moment after `t` at which any signal of the origin has a sample.
    pub fn next_moment(&self, origin: Origin, t: Timestamp) -> Option<Timestamp> {
        let tracks = self.origins.get(&origin)?;
        tracks
            .series
            .iter()
            .filter_map(|series| series.get(series.partition_point(|point| point.time <= t)))
            .map(|point| point.time)
            .min()
    }

    /// The last moment before `t` at which any signal of the origin has a sample.
    pub fn previous_moment(&self, origin: Origin, t: Timestamp) -> Option<Timestamp> {
        let tracks = self.origins.get(&origin)?;
        tracks
            .series
            .iter()
            .filter_map(|series| series.get(series.partition_point(|point| point.time < t).checked_sub(1)?))
            .map(|point| point.time)
            .max()
    }

    /// Number of points held for an origin.
    pub fn len(&self, origin: Origin) -> usize {
        self.origins.get(&origin).map_or(0, |tracks| tracks.series.iter().map(Series::len).sum())
    }

    pub fn is_empty(&self) -> bool {
        self.origins.values().all(|tracks| tracks.last.is_none())
    }

    fn series(&self, origin: Origin, signal: SignalId) -> Option<&Series> {
        self.origins.get(&origin)?.series.get(signal.index())
    }
}

impl Tracks {
    /// Makes room for a signal.
    fn reach(&mut self, index: usize) {
        if self.series.len() <= index {
            self.series.resize_with(index + 1, Series::default);
            self.tips.resize(index + 1, None);
            self.firsts.resize(index + 1, Timestamp::MAX);
        }
    }

    /// Adds a point that is newer than all of its series.
    fn append(&mut self, index: usize, point: Point, retention: Retention) {
        let (series, first) = (&mut self.series[index], &mut self.firsts[index]);
        let keep_from = point.time - retention.span;
        self.last = self.last.max(Some(point.time));
        *first = (*first).min(point.time);
        self.tips[index] = Some(point.clone());
        series.push_back(point);
        while series.len() > retention.points || *first < keep_from {
            series.pop_front();
            *first = series.front().map_or(Timestamp::MAX, |oldest| oldest.time);
        }
    }

    /// Files a point that is not newer than all of its series.
    fn put_in_place(&mut self, index: usize, point: Point, retention: Retention) -> Inserted {
        let (series, first) = (&mut self.series[index], self.firsts[index]);
        let full = series.len() >= retention.points && point.time < first;
        if full || series.back().is_some_and(|newest| point.time < newest.time - retention.span) {
            return Inserted::TooOld;
        }
        let place = series.partition_point(|other| other.time < point.time);
        let inserted = match series.get_mut(place).filter(|other| other.time == point.time) {
            Some(other) => {
                *other = point;
                Inserted::Replaced
            }
            None => {
                series.insert(place, point);
                Inserted::Between
            }
        };
        if series.len() > retention.points {
            series.pop_front();
        }
        self.note_ends(index);
        inserted
    }

    /// Reads the ends of a series that was changed anywhere.
    fn note_ends(&mut self, index: usize) {
        let series = &self.series[index];
        self.firsts[index] = series.front().map_or(Timestamp::MAX, |oldest| oldest.time);
        self.tips[index] = series.back().cloned();
        self.last = self.last.max(series.back().map(|newest| newest.time));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ORIGIN: Origin = Origin::Measured;
    const SIGNAL: SignalId = SignalId(2);

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1000)
    }

    fn sample(secs: i64, value: f64) -> Sample {
        Sample {
            signal: SIGNAL,
            source_time: at(secs),
            received_time: at(secs),
            value: Value::Real(value),
            quality: Quality::Good,
        }
    }

    fn filled(points: &[(i64, f64)], retention: Retention) -> History {
        let mut history = History::new(retention);
        for &(secs, value) in points {
            history.insert(ORIGIN, sample(secs, value));
        }
        history
    }

    #[test]
    fn a_value_holds_until_the_next() {
        let history = filled(&[(10, 1.0), (20, 2.0)], Retention::default());
        let value = |secs| history.at(ORIGIN, SIGNAL, at(secs)).and_then(|point| point.value.as_f64());
        assert_eq!([9, 10, 19, 20, 99].map(value), [None, Some(1.0), Some(1.0), Some(2.0), Some(2.0)]);
        assert_eq!(history.at(Origin::Simulated(1), SIGNAL, at(10)), None);
    }

    #[test]
    fn late_samples_find_their_place_and_doubles_are_held_once() {
        let mut history = filled(&[(10, 1.0), (30, 3.0)], Retention::default());
        assert_eq!(history.insert(ORIGIN, sample(20, 2.0)), Inserted::Between);
        assert_eq!(history.insert(ORIGIN, sample(20, 2.5)), Inserted::Replaced);
        let values: Vec<_> =
            history.range(ORIGIN, SIGNAL, at(0), at(99)).filter_map(|point| point.value.as_f64()).collect();
        assert_eq!(values, [1.0, 2.5, 3.0]);
    }

    #[test]
    fn the_oldest_go_by_age_and_by_count() {
        let by_age = Retention { span: Span::from_secs(10), points: 100 };
        let mut history = filled(&[(0, 0.0), (5, 1.0), (12, 2.0)], by_age);
        assert_eq!(history.extent(ORIGIN), Some((at(5), at(12))));
        assert_eq!(history.insert(ORIGIN, sample(1, 9.0)), Inserted::TooOld);
        let by_count = Retention { span: Span::MAX, points: 2 };
        let mut history = filled(&[(0, 0.0), (5, 1.0), (12, 2.0)], by_count);
        assert_eq!((history.len(ORIGIN), history.insert(ORIGIN, sample(3, 9.0))), (2, Inserted::TooOld));
    }

    #[test]
    fn a_recorded_past_keeps_what_still_holds() {
        let recorded = Origin::Recorded(1);
        let mut history = History::new(Retention { span: Span::from_secs(10), points: 3 });
        for secs in [0, 500, 510, 520, 530] {
            history.insert(recorded, sample(secs, secs as f64));
        }
        let value =
            |history: &History, secs| history.at(recorded, SIGNAL, at(secs)).and_then(|point| point.value.as_f64());
        assert_eq!(value(&history, 499), Some(0.0), "whatever is kept of the measured past");
        history.forget_before(recorded, at(515));
        assert_eq!((value(&history, 509), value(&history, 515)), (None, Some(510.0)));
        assert_eq!((history.extent(recorded), history.len(recorded)), (Some((at(510), at(530))), 3));
        history.clear(recorded);
        assert_eq!(history.extent(recorded), None);
    }

    #[test]
    fn series_follow_their_signals_to_new_numbers() {
        let history = filled(&[(10, 1.0)], Retention::default());
        let moved = history.renumbered(Retention::default(), |id| (id == SIGNAL).then_some(SignalId(7)));
        assert_eq!(moved.latest(ORIGIN, SignalId(7)).map(|point| point.time), Some(at(10)));
        assert_eq!(moved.latest(ORIGIN, SIGNAL), None);
    }

    #[test]
    fn steps_go_from_sample_to_sample_over_all_signals() {
        let mut history = filled(&[(10, 1.0), (30, 3.0)], Retention::default());
        history.insert(ORIGIN, Sample { signal: SignalId(0), ..sample(20, 0.0) });
        assert_eq!(history.next_moment(ORIGIN, at(10)), Some(at(20)));
        assert_eq!(history.previous_moment(ORIGIN, at(30)), Some(at(20)));
        assert_eq!((history.next_moment(ORIGIN, at(30)), history.previous_moment(ORIGIN, at(10))), (None, None));
    }

    proptest! {
        /// Any order of arrival gives what a sorted map gives.
        #[test]
        fn agrees_with_a_sorted_map(points in prop::collection::vec((0_i64..200, -5.0..5.0_f64), 1..120), probe in 0_i64..200) {
            let history = filled(&points, Retention::default());
            let model: BTreeMap<i64, f64> = points.iter().copied().collect();
            let expected = model.range(..=probe).next_back().map(|(_, value)| *value);
            prop_assert_eq!(history.at(ORIGIN, SIGNAL, at(probe)).and_then(|point| point.value.as_f64()), expected);
            let held: Vec<_> = history.range(ORIGIN, SIGNAL, at(0), at(probe)).filter_map(|point| point.value.as_f64()).collect();
            prop_assert_eq!(held, model.range(0..probe).map(|(_, value)| *value).collect::<Vec<_>>());
        }

        /// What is told of the ends is what a look at all points finds.
        #[test]
        fn ends_are_those_of_the_points(
            points in prop::collection::vec((0_u32..4, 0_i64..300, 0.0..1.0_f64), 1..150),
            span in 20_i64..300,
            count in 1_usize..20,
        ) {
            let mut history = History::new(Retention { span: Span::from_secs(span), points: count });
            for (signal, secs, value) in points {
                history.insert(ORIGIN, Sample { signal: SignalId(signal), ..sample(secs, value) });
            }
            let held = |signal| history.range(ORIGIN, SignalId(signal), Timestamp::MIN, Timestamp::MAX);
            for signal in 0..4 {
                prop_assert_eq!(history.latest(ORIGIN, SignalId(signal)), held(signal).last());
            }
            let times = || (0..4).flat_map(held).map(|point| point.time);
            prop_assert_eq!(history.extent(ORIGIN), times().min().zip(times().max()));
        }

        /// Down-sampling never loses an extreme, and gives at most the slices asked for.
        #[test]
        fn slices_keep_the_extremes(points in prop::collection::vec((0_i64..500, -5.0..5.0_f64), 1..200), slices in 1_usize..50) {
            let history = filled(&points, Retention::default());
            let mut buckets = Vec::new();
            history.min_max(ORIGIN, SIGNAL, (at(0), at(500)), slices, &mut buckets);
            let held: Vec<f64> = history.range(ORIGIN, SIGNAL, at(0), at(500)).filter_map(|point| point.value.as_f64()).collect();
            let extremes = |values: &mut dyn Iterator<Item = f64>| values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
            prop_assert!(buckets.len() <= slices);
            prop_assert!(buckets.windows(2).all(|pair| pair[0].to < pair[1].from));
            prop_assert_eq!(
                extremes(&mut buckets.iter().flat_map(|bucket| [bucket.min, bucket.max])),
                extremes(&mut held.into_iter())
            );
        }

        #[test]
        fn stays_inside_its_bounds(points in prop::collection::vec((0_i64..1000, 0.0..1.0_f64), 1..200), span in 1_i64..300, count in 1_usize..40) {
            let history = filled(&points, Retention { span: Span::from_secs(span), points: count });
            prop_assert!(history.len(ORIGIN) <= count);
            let (first, last) = history.extent(ORIGIN).unwrap_or_default();
            prop_assert!(last - first <= Span::from_secs(span));
            prop_assert_eq!(Some(last), points.iter().map(|point| at(point.0)).max());
        }
    }
}
