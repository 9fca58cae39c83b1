//! How far two runs of a plant differ, signal by signal, over the time that both hold.
//!
//! A value holds until the next, so that runs which were sampled at other moments can be compared.
//! The distance of numbers is their difference, that of flags and texts is whether they differ. The
//! mean is weighted by time.

use crate::domain::catalog::Catalog;
use crate::domain::recording::Difference;
use crate::domain::signal::{Sample, SignalId};
use crate::domain::time::Timestamp;
use crate::domain::value::Value;

/// What is known of one signal on both sides.
#[derive(Clone, Default)]
struct Pair {
    left: Option<Value>,
    right: Option<Value>,
    /// Both are known, and their distance holds, since this moment.
    since: Timestamp,
    distance: Option<f64>,
    /// Distance times seconds, and seconds.
    area: f64,
    secs: f64,
    worst: f64,
    worst_at: Timestamp,
    /// Least and largest number of both sides.
    spread: Option<(f64, f64)>,
}

#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

/// Differences of all signals that both sides hold, the largest against their range first. The
/// samples of each side come in order of time; what comes before `from` is what holds there.
pub fn differences(
    left: impl Iterator<Item = Sample>,
    right: impl Iterator<Item = Sample>,
    catalog: &Catalog,
    (from, to): (Timestamp, Timestamp),
) -> Vec<Difference> {
    let mut pairs: Vec<Pair> = vec![Pair::default(); catalog.len()];
    let (mut left, mut right) = (left.peekable(), right.peekable());
    loop {
        let (side, sample) = match (left.peek(), right.peek()) {
            (Some(ours), Some(theirs)) if theirs.source_time < ours.source_time => (Side::Right, right.next()),
            (Some(_), _) => (Side::Left, left.next()),
            (None, Some(_)) => (Side::Right, right.next()),
            (None, None) => break,
        };
        let Some(sample) = sample.filter(|sample| sample.source_time <= to) else { continue };
        if let Some(pair) = pairs.get_mut(sample.signal.index()) {
            pair.take(side, sample.value, sample.source_time.max(from));
        }
    }
    let told = pairs.into_iter().enumerate().filter_map(|(index, mut pair)| {
        pair.settle(to);
        let signal = SignalId(index as u32);
        let (low, high) = catalog.get(signal)?.range.or(pair.spread).unwrap_or_default();
        let mean = if pair.secs > 0.0 { pair.area / pair.secs } else { pair.distance? };
        let scale = if high > low { high - low } else { 1.0 };
        Some(Difference { signal, mean, worst: pair.worst, worst_at: pair.worst_at, relative: mean / scale })
    });
    let mut told: Vec<Difference> = told.collect();
    told.sort_by(|a, b| b.relative.total_cmp(&a.relative));
    told
}

impl Pair {
    fn take(&mut self, side: Side, value: Value, at: Timestamp) {
        self.settle(at);
        if let Some(number) = value.as_f64() {
            let (low, high) = self.spread.unwrap_or((number, number));
            self.spread = Some((low.min(number), high.max(number)));
        }
        match side {
            Side::Left => self.left = Some(value),
            Side::Right => self.right = Some(value),
        }
        let distance = self.left.as_ref().zip(self.right.as_ref()).map(|(left, right)| distance(left, right));
        if let Some(distance) = distance
            && (self.distance.is_none() || distance > self.worst)
        {
            (self.worst, self.worst_at) = (distance, at);
        }
        self.distance = distance;
    }

    /// Lets the distance hold up to this moment.
    fn settle(&mut self, at: Timestamp) {
        if let Some(distance) = self.distance {
            let secs = (at - self.since).as_secs_f64().max(0.0);
            self.area += distance * secs;
            self.secs += secs;
        }
        self.since = self.since.max(at);
    }
}

fn distance(left: &Value, right: &Value) -> f64 {
    match (left, right) {
        (Value::Bool(_) | Value::Text(_), _) | (_, Value::Bool(_) | Value::Text(_)) => {
            f64::from(u8::from(left != right))
        }
        _ => left.as_f64().zip(right.as_f64()).map_or(1.0, |(left, right)| (left - right).abs()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::quality::Quality;
    use crate::domain::signal::Signal;
    use crate::domain::value::ValueKind;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1000)
    }

    fn samples(signal: u32, points: &[(i64, Value)]) -> Vec<Sample> {
        let sample = |(secs, value): &(i64, Value)| Sample {
            signal: SignalId(signal),
            source_time: at(*secs),
            received_time: at(*secs),
            value: value.clone(),
            quality: Quality::Good,
        };
        points.iter().map(sample).collect()
    }

    fn catalog() -> Catalog {
        let mut catalog = Catalog::default();
        catalog.intern(Signal { range: Some((0.0, 100.0)), ..Signal::new("speed", ValueKind::Real) });
        catalog.intern(Signal::new("state", ValueKind::Text));
        catalog.intern(Signal::new("alone", ValueKind::Real));
        catalog
    }

    #[test]
    fn the_mean_is_weighted_by_time_and_the_worst_has_its_moment() {
        // |10-10| for 4 s, |10-30| for 2 s, |20-30| for 4 s: (0 + 40 + 40) / 10 s = 8.
        let left = samples(0, &[(0, Value::Real(10.0)), (6, Value::Real(20.0))]);
        let right = samples(0, &[(-5, Value::Real(10.0)), (4, Value::Real(30.0)), (11, Value::Real(999.0))]);
        let found = differences(left.into_iter(), right.into_iter(), &catalog(), (at(0), at(10)));
        let expected = Difference { signal: SignalId(0), mean: 8.0, worst: 20.0, worst_at: at(4), relative: 0.08 };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn texts_differ_for_a_part_of_the_time_and_the_largest_difference_comes_first() {
        let text = |word: &str| Value::text(word);
        let mut left = samples(1, &[(0, text("Execute")), (5, text("Held"))]);
        left.extend(samples(2, &[(0, Value::Real(1.0))]));
        left.extend(samples(0, &[(0, Value::Real(50.0))]));
        left.sort_by_key(|sample| sample.source_time);
        let right = samples(1, &[(0, text("Execute")), (8, text("Held"))]);
        let mut right: Vec<Sample> = right.into_iter().chain(samples(0, &[(0, Value::Real(51.0))])).collect();
        right.sort_by_key(|sample| sample.source_time);
        let found = differences(left.into_iter(), right.into_iter(), &catalog(), (at(0), at(10)));
        let told: Vec<(u32, f64)> = found.iter().map(|difference| (difference.signal.0, difference.mean)).collect();
        assert_eq!(told, [(1, 0.3), (0, 1.0)], "a signal of one side alone is not compared");
    }
}
