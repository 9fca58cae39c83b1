//! Ticks of a time axis in local time. Pure.

use chrono::Timelike;

use super::format;
use crate::domain::time::{Span, Timestamp};

/// Steps between labels that people count in, milliseconds.
const STEPS_MS: [i64; 30] = [
    1,
    2,
    5,
    10,
    20,
    50,
    100,
    200,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    15_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    900_000,
    1_800_000,
    3_600_000,
    7_200_000,
    10_800_000,
    21_600_000,
    43_200_000,
    86_400_000,
    172_800_000,
    604_800_000,
    2_419_200_000,
];

#[derive(Clone, PartialEq, Debug)]
pub struct Tick {
    pub at: Timestamp,
    pub label: String,
}

/// At most `most` labelled ticks inside the window, on round local times.
pub fn ticks((from, to): (Timestamp, Timestamp), most: usize) -> Vec<Tick> {
    let span = (to - from).as_nanos();
    if span <= 0 || most == 0 {
        return Vec::new();
    }
    let least = span / most as i64;
    let step = STEPS_MS.map(|millis| millis * 1_000_000).into_iter().find(|step| *step >= least);
    let step = step.unwrap_or(i64::MAX / 4);
    let offset = i64::from(format::local(from).offset().local_minus_utc()) * 1_000_000_000;
    let first = (from.as_nanos().saturating_add(offset)).div_euclid(step) * step - offset;
    (0..=most as i64 + 1)
        .map(|index| Timestamp::from_nanos(first.saturating_add(index.saturating_mul(step))))
        .filter(|at| *at >= from && *at <= to)
        .map(|at| Tick { at, label: label(at, step) })
        .collect()
}

fn label(at: Timestamp, step: i64) -> String {
    let local = format::local(at);
    let midnight = local.num_seconds_from_midnight() == 0 && local.nanosecond() == 0;
    if step >= Span::from_secs(86_400).as_nanos() || midnight {
        local.format("%-d %b").to_string()
    } else if step >= Span::from_secs(60).as_nanos() {
        local.format("%H:%M").to_string()
    } else if step >= Span::from_secs(1).as_nanos() {
        local.format("%H:%M:%S").to_string()
    } else {
        format!("{}.{:03}", local.format("%H:%M:%S"), local.nanosecond() / 1_000_000)
    }
}

/// A window of the same centre of attention: `factor` times as long, `pivot` staying in its place.
pub fn zoomed((from, to): (Timestamp, Timestamp), pivot: Timestamp, factor: f64) -> (Timestamp, Timestamp) {
    (pivot - (pivot - from).scaled(factor), pivot + (to - pivot).scaled(factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1000)
    }

    #[test]
    fn ticks_stand_on_round_times_and_are_not_too_many() {
        for span in [1, 7, 90, 3_600, 86_400, 86_400 * 30] {
            let window = (at(1_700_000_123), at(1_700_000_123 + span));
            let ticks = ticks(window, 8);
            assert!((2..=8).contains(&ticks.len()), "{span} s: {}", ticks.len());
            assert!(ticks.windows(2).all(|pair| pair[0].at < pair[1].at && pair[0].label != pair[1].label));
            assert!(ticks.iter().all(|tick| tick.at >= window.0 && tick.at <= window.1));
        }
        assert!(ticks((at(5), at(5)), 8).is_empty());
    }

    #[test]
    fn zooming_keeps_the_pivot_in_its_place() {
        assert_eq!(
            zoomed((at(0), at(100)), at(25), 0.5),
            (at(12) + Span::from_millis(500), at(62) + Span::from_millis(500))
        );
    }
}
