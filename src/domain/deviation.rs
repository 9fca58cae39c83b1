//! How far both sides of a comparison are apart at a moment, by signal and by equipment.
//!
//! Distances of all kinds are told in sigmas, so that a speed, a level and a state can stand in one
//! order. Where the simulated copy was run many times its own spread is the sigma; elsewhere a part
//! of the engineering range stands for it.

use std::collections::HashMap;

use super::asset::AssetId;
use super::signal::{Origin, Signal, SignalId};
use super::time::Timestamp;
use super::value::Value;
use super::what_if::{Answer, Band, SignalBands};

/// Width of a band from the 5th to the 95th percentile in standard deviations of a normal
/// distribution: 2 × 1.645.
const SIGMAS_IN_BAND: f64 = 3.29;
/// Least sigma as a part of the range: what hardly varies from run to run may be off by that much.
const LEAST_SIGMA: f64 = 0.01;
/// Without a spread, a tenth of the range counts as three sigmas.
const SIGMA_OF_RANGE: f64 = 0.1 / 3.0;
/// Flags and texts that are not the same.
const SIGMAS_OF_STATE: f64 = 3.0;

/// How far one signal is from the other side.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Deviation {
    pub signal: SignalId,
    /// The playhead's side less the other, in the unit of the signal; none for flags and texts.
    pub difference: Option<f64>,
    /// How much that is, 0 and more.
    pub sigmas: f64,
    pub yardstick: Yardstick,
}

/// What a sigma is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Yardstick {
    /// The spread of the simulated runs at the moment.
    Runs,
    /// A thirtieth of the engineering range; without a range, of the larger of both values.
    Range,
    /// Flags and texts are the same, 0, or not, 3.
    State,
}

/// How far that is for someone who looks at the plant. The numbers are repeated in `ghost.wgsl`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub enum Degree {
    /// Under 1 sigma.
    #[default]
    None = 0,
    /// From 1 to 2 sigmas.
    Slight = 1,
    /// From 2 to 3 sigmas.
    Clear = 2,
    /// 3 sigmas and more.
    Strong = 3,
}

impl Deviation {
    /// Of two values of a signal at one moment. `spread` is the standard deviation of the simulated
    /// runs in the unit of the signal, where there were any.
    pub fn between(id: SignalId, signal: &Signal, shown: &Value, other: &Value, spread: Option<f64>) -> Self {
        let (Some(ours), Some(theirs)) = (number(shown), number(other)) else {
            let sigmas = if shown == other { 0.0 } else { SIGMAS_OF_STATE };
            return Self { signal: id, difference: None, sigmas, yardstick: Yardstick::State };
        };
        let range = signal.range.map(|(low, high)| high - low).filter(|range| range.is_finite() && *range > 0.0);
        let range = range.unwrap_or_else(|| ours.abs().max(theirs.abs()));
        let (sigma, yardstick) = match spread {
            Some(spread) => (spread.max(LEAST_SIGMA * range), Yardstick::Runs),
            None => (SIGMA_OF_RANGE * range, Yardstick::Range),
        };
        let difference = ours - theirs;
        let sigmas = if difference == 0.0 { 0.0 } else { difference.abs() / sigma };
        Self { signal: id, difference: Some(difference), sigmas, yardstick }
    }

    pub fn degree(&self) -> Degree {
        match self.sigmas {
            sigmas if sigmas >= 3.0 => Degree::Strong,
            sigmas if sigmas >= 2.0 => Degree::Clear,
            sigmas if sigmas >= 1.0 => Degree::Slight,
            _ => Degree::None,
        }
    }
}

/// Flags have no distance.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().filter(|_| !matches!(value, Value::Bool(_)))
}

/// The worst deviation of each asset. `bound` pairs assets with their signals, in order of the assets;
/// `of` has none for a signal that one of both sides does not know.
pub fn worst_by_asset(
    bound: &[(AssetId, SignalId)],
    mut of: impl FnMut(SignalId) -> Option<Deviation>,
) -> Vec<(AssetId, Deviation)> {
    let mut worst: Vec<(AssetId, Deviation)> = Vec::new();
    for &(asset, signal) in bound {
        let Some(found) = of(signal) else { continue };
        match worst.last_mut() {
            Some((last, known)) if *last == asset => {
                if found.sigmas > known.sigmas {
                    *known = found;
                }
            }
            _ => worst.push((asset, found)),
        }
    }
    worst
}

/// How widely the simulated runs behind one side of a comparison lie, by signal.
#[derive(Default, Debug)]
pub struct Spreads<'a>(HashMap<SignalId, (&'a SignalBands, &'a [Band])>);

impl<'a> Spreads<'a> {
    /// Those of the first of the origins that the answer is about.
    pub fn of(answer: &'a Answer, origins: [Origin; 2]) -> Self {
        let Some(side) = origins.into_iter().find(|origin| [answer.baseline, answer.changed].contains(origin)) else {
            return Self::default();
        };
        let pick = |bands: &'a SignalBands| if side == answer.changed { &bands.changed } else { &bands.baseline };
        Self(answer.bands.iter().map(|bands| (bands.signal, (bands, pick(bands).as_slice()))).collect())
    }

    /// Standard deviation of a signal in its unit, 0 and more: of the band that holds at the moment. None
    /// before the first band and after the last.
    pub fn sigma(&self, signal: SignalId, moment: Timestamp) -> Option<f64> {
        let (bands, side) = self.0.get(&signal)?;
        let since = (moment - bands.from).as_nanos();
        let place = usize::try_from(since.checked_div(bands.step.as_nanos())?).ok().filter(|_| since >= 0)?;
        let Band { low, high, .. } = side.get(place)?;
        Some((high - low) / SIGMAS_IN_BAND).filter(|sigma| sigma.is_finite() && *sigma >= 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::scenario::Scenario;
    use crate::domain::time::Span;
    use crate::domain::value::ValueKind;

    const SPEED: SignalId = SignalId(4);
    const BASELINE: Origin = Origin::Simulated(1);
    const CHANGED: Origin = Origin::Simulated(2);

    fn speed(range: Option<(f64, f64)>) -> Signal {
        Signal { range, ..Signal::new("Filler/Speed", ValueKind::Real) }
    }

    fn sigmas(range: Option<(f64, f64)>, spread: Option<f64>, shown: f64, other: f64) -> f64 {
        Deviation::between(SPEED, &speed(range), &Value::Real(shown), &Value::Real(other), spread).sigmas
    }

    #[track_caller]
    fn assert_near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found}, not {expected}");
    }

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1000)
    }

    /// Bands of ten seconds from second 100 on, of the speed alone: sigmas 2 and 4 without the change, 10
    /// and 0 with it.
    fn answer() -> Answer {
        let bands = |sigmas: [f64; 2]| {
            let band = |sigma: f64| Band { low: 600.0, middle: 600.0 + 1.645 * sigma, high: 600.0 + 3.29 * sigma };
            sigmas.map(band).to_vec()
        };
        let (baseline, changed) = (bands([2.0, 4.0]), bands([10.0, 0.0]));
        let speed = SignalBands { signal: SPEED, from: at(100), step: Span::from_secs(10), baseline, changed };
        Answer {
            scenario: Scenario::default(),
            started: at(100),
            before: Origin::Measured,
            baseline: BASELINE,
            changed: CHANGED,
            kpis: Vec::new(),
            alarms: Vec::new(),
            limits: Vec::new(),
            bands: vec![speed],
            estimated: Vec::new(),
            credibility: None,
        }
    }

    #[test]
    fn the_spread_of_the_runs_is_the_sigma_but_never_under_a_hundredth_of_the_range() {
        // 42 slower at a sigma of 16.
        let found =
            Deviation::between(SPEED, &speed(Some((0.0, 900.0))), &Value::Real(558.0), &Value::Int(600), Some(16.0));
        assert_eq!((found.signal, found.difference, found.yardstick), (SPEED, Some(-42.0), Yardstick::Runs));
        assert_near(found.sigmas, 2.625);
        assert_near(sigmas(Some((0.0, 900.0)), Some(0.0), 600.0, 582.0), 2.0);
        assert_near(sigmas(None, Some(0.0), 600.0, 594.0), 1.0);
    }

    #[test]
    fn without_runs_a_tenth_of_the_range_is_three_sigmas() {
        assert_near(sigmas(Some((-100.0, 100.0)), None, 10.0, 30.0), 3.0);
        assert_near(sigmas(Some((0.0, 900.0)), None, 600.0, 630.0), 1.0);
        assert_near(sigmas(None, None, 600.0, 580.0), 1.0);
        assert_eq!([sigmas(None, None, 0.0, 0.0), sigmas(None, Some(0.0), 0.0, 0.0)], [0.0; 2]);
        assert_near(sigmas(Some((5.0, 5.0)), None, -300.0, -310.0), 30.0 / 31.0);
        assert_eq!(sigmas(None, None, f64::MAX, -f64::MAX), f64::INFINITY);
    }

    #[test]
    fn flags_and_texts_are_the_same_or_three_sigmas_apart() {
        let state = Signal { range: Some((0.0, 1.0)), ..Signal::new("Filler/State", ValueKind::Text) };
        let told = |shown, other| {
            let found = Deviation::between(SPEED, &state, &shown, &other, Some(0.1));
            (found.difference, found.sigmas, found.yardstick)
        };
        assert_eq!(told(Value::text("RUN"), Value::text("RUN")), (None, 0.0, Yardstick::State));
        assert_eq!(told(Value::text("RUN"), Value::text("FAULT")), (None, 3.0, Yardstick::State));
        assert_eq!(told(Value::Bool(true), Value::Bool(false)), (None, 3.0, Yardstick::State));
    }

    #[test]
    fn degrees_begin_at_one_two_and_three_sigmas() {
        let degree =
            |sigmas| Deviation { signal: SPEED, difference: None, sigmas, yardstick: Yardstick::Runs }.degree();
        let found = [0.0, 0.999, 1.0, 1.999, 2.0, 2.999, 3.0, f64::INFINITY, f64::NAN].map(degree);
        assert_eq!(found.map(|degree| degree as u32), [0, 0, 1, 1, 2, 2, 3, 3, 0]);
    }

    #[test]
    fn a_spread_is_that_of_the_compared_side_at_the_moment() {
        let answer = answer();
        let sigma = |origins, signal, secs| Spreads::of(&answer, origins).sigma(signal, at(secs));
        let without = [BASELINE, Origin::Measured];
        for (secs, expected) in [(100, 2.0), (109, 2.0), (110, 4.0), (119, 4.0)] {
            assert_near(sigma(without, SPEED, secs).expect("a band"), expected);
        }
        assert_eq!([99, 90, 120].map(|secs| sigma(without, SPEED, secs)), [None; 3], "no band holds");
        assert_near(sigma([CHANGED, BASELINE], SPEED, 100).expect("a band"), 10.0);
        assert_near(sigma([Origin::Measured, BASELINE], SPEED, 100).expect("the only side with runs"), 2.0);
        assert_eq!(sigma([Origin::Measured, Origin::Recorded(1)], SPEED, 100), None);
        assert_eq!(sigma(without, SignalId(5), 100), None);
    }

    #[test]
    fn bands_that_make_no_sense_are_no_spread() {
        let mut answer = answer();
        answer.bands[0].baseline[0] = Band { low: 1.0, middle: 0.0, high: -1.0 };
        answer.bands[0].baseline[1].high = f64::NAN;
        let spreads = Spreads::of(&answer, [BASELINE, CHANGED]);
        assert_eq!([100, 110].map(|secs| spreads.sigma(SPEED, at(secs))), [None; 2]);
        answer.bands[0].step = Span::ZERO;
        assert_eq!(Spreads::of(&answer, [CHANGED, BASELINE]).sigma(SPEED, at(100)), None);
    }

    #[test]
    fn equipment_is_as_far_off_as_its_worst_signal() {
        let [filler, capper, idle] = [1, 2, 3].map(AssetId);
        let bound = [(filler, 0), (filler, 1), (filler, 2), (capper, 1), (capper, 3), (idle, 4)];
        let bound = bound.map(|(asset, signal)| (asset, SignalId(signal)));
        let sigmas = [0.5, 2.5, 1.5];
        let worst = worst_by_asset(&bound, |signal| {
            let sigmas = *sigmas.get(signal.index())?;
            Some(Deviation { signal, difference: None, sigmas, yardstick: Yardstick::Runs })
        });
        let told: Vec<_> = worst.iter().map(|(asset, found)| (*asset, found.signal, found.sigmas)).collect();
        assert_eq!(told, [(filler, SignalId(1), 2.5), (capper, SignalId(1), 2.5)]);
    }
}
