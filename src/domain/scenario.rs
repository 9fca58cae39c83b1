//! What-if: what is to be changed on the simulated copy, and what came of it against no change.
//!
//! A scenario is run many times with different chance. Every run is done twice, without and with the
//! changes, with the same chance in both: differences are taken run by run.

mod credibility;

use serde::{Deserialize, Serialize};

pub use credibility::{Credibility, Fit, HorizonFit, ValidatedRange, Verdict};

use super::alarm::Priority;
use super::time::Span;
use super::unit::Unit;

/// A question to the simulated copy of the plant.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct Scenario {
    pub name: String,
    /// In any order; those of one parameter follow each other by their beginning.
    pub changes: Vec<Change>,
    /// How far to look ahead.
    pub horizon: Span,
    /// How often it is run, each time with other chance; at least 1.
    pub runs: u32,
    /// Where the chance of all runs comes from.
    pub seed: u64,
    /// Parameters whose value is not known exactly: every run has another one, the same without and with
    /// the changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uncertain: Vec<Uncertain>,
}

/// One parameter that is brought to another value.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Change {
    /// Name of a parameter of the model, for example `Filler/SpeedSetpoint`.
    pub parameter: String,
    /// In the unit of the parameter.
    pub to: f64,
    /// When it begins, from the start of the scenario.
    pub after: Span,
    /// How long it takes; zero: at once.
    pub ramp: Span,
}

/// A parameter that is drawn for each run: normal around its present value, kept in its range.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Uncertain {
    /// Name of a parameter of the model, for example `Labeller/RepairFactor`.
    pub parameter: String,
    /// Standard deviation in the unit of the parameter, not negative.
    pub sigma: f64,
}

/// A figure over the runs that have it: a line that delivers nothing has no energy per bottle.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Estimate {
    pub mean: f64,
    /// 5th percentile over the runs.
    pub low: f64,
    /// 95th percentile over the runs.
    pub high: f64,
    /// Standard error of `mean`; 0 for a single run, of which nothing is known.
    pub std_error: f64,
    /// Runs that have the figure, at least 1.
    pub runs: u32,
}

impl Estimate {
    /// Over finite values; none where there is none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let count = sorted.len() as f64;
        let mean = sorted.iter().sum::<f64>() / count;
        let squares: f64 = sorted.iter().map(|value| (value - mean).powi(2)).sum();
        let std_error = if sorted.len() > 1 { (squares / (count - 1.0) / count).sqrt() } else { 0.0 };
        let (low, high) = (percentile(&sorted, 5.0)?, percentile(&sorted, 95.0)?);
        Some(Self { mean, low, high, std_error, runs: u32::try_from(sorted.len()).unwrap_or(u32::MAX) })
    }

    /// For a difference: it is no play of chance, since its mean is more than two standard errors from 0.
    /// Never for a single run.
    pub fn beyond_chance(&self) -> bool {
        self.runs > 1 && self.mean.abs() > 2.0 * self.std_error
    }
}

/// Percentile `percent`, 0..=100, of ascending values, linear between neighbours (Hyndman and Fan
/// 1996, definition 7). None where there are no values.
pub fn percentile(sorted: &[f64], percent: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = percent.clamp(0.0, 100.0) / 100.0 * last as f64;
    let (below, part) = (place.floor(), place.fract());
    let low = sorted.get(below as usize)?;
    let high = sorted.get((below as usize + 1).min(last))?;
    Some(low + part * (high - low))
}

/// Which way a figure should go.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub enum Better {
    Higher,
    Lower,
    /// That depends on the plant.
    #[default]
    Unknown,
}

/// One figure without and with the changes. An estimate is missing where no run has the figure.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct KpiResult {
    /// "Throughput", "Labeller starved".
    pub name: String,
    #[serde(with = "unit_code")]
    pub unit: Unit,
    pub baseline: Option<Estimate>,
    pub changed: Option<Estimate>,
    /// Changed less baseline, run by run.
    pub difference: Option<Estimate>,
    #[serde(default)]
    pub better: Better,
    /// Equipment that it is of, as in the names of variables; none for a figure of the whole.
    #[serde(default)]
    pub part: Option<String>,
}

impl KpiResult {
    /// From the figure in each run, in the same order of runs. Of the whole; which way is better is open.
    pub fn paired(name: impl Into<String>, unit: Unit, pairs: &[(Option<f64>, Option<f64>)]) -> Self {
        let differences = pairs.iter().filter_map(|(baseline, changed)| Some((*changed)? - (*baseline)?));
        Self {
            name: name.into(),
            unit,
            baseline: Estimate::of(pairs.iter().filter_map(|(baseline, _)| *baseline)),
            changed: Estimate::of(pairs.iter().filter_map(|(_, changed)| *changed)),
            difference: Estimate::of(differences),
            better: Better::Unknown,
            part: None,
        }
    }
}

/// An alarm that was raised in some run.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ForeseenAlarm {
    /// Name of the alarm rule.
    pub alarm: String,
    /// Path of the equipment; none where the rule names none.
    pub asset: Option<String>,
    pub priority: Priority,
    /// Raised after the start, without the changes.
    pub baseline: Foresight,
    pub changed: Foresight,
}

/// How near the runs come to the limit of an alarm rule, raised or not.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ApproachedLimit {
    /// Name of the alarm rule.
    pub alarm: String,
    /// Path of the equipment; none where the rule names none.
    pub asset: Option<String>,
    /// In `unit`.
    pub limit: f64,
    #[serde(with = "unit_code")]
    pub unit: Unit,
    /// Least distance to the limit over the horizon without the changes, in `unit`; negative: beyond it.
    pub baseline: Option<Estimate>,
    /// The same with the changes.
    pub changed: Option<Estimate>,
    /// When the limit is passed without the changes; at 0 s where it was already at the start. The delay
    /// of the alarm is not waited for.
    pub baseline_reached: Foresight,
    /// The same with the changes.
    pub changed_reached: Foresight,
}

/// How likely an alarm is, or the passing of its limit, and when.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Foresight {
    /// Part of the runs in which it happened, 0..=1.
    pub share: f64,
    /// From the start until it happened first [s], over the runs in which it did.
    pub first_after_secs: Option<Estimate>,
}

impl Foresight {
    /// From the first time in each run [s]; none where it did not happen.
    pub fn of(first_after_secs: &[Option<f64>]) -> Self {
        let happened = first_after_secs.iter().flatten().count();
        Self {
            share: happened as f64 / first_after_secs.len().max(1) as f64,
            first_after_secs: Estimate::of(first_after_secs.iter().flatten().copied()),
        }
    }
}

/// A unit as its UCUM code.
mod unit_code {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::domain::unit::Unit;

    pub(super) fn serialize<S: Serializer>(unit: &Unit, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(unit.code())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Unit, D::Error> {
        Ok(Unit::new(&String::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted_list() {
        // 0, 1, ... 100: percentile p is p itself.
        let list: Vec<f64> = (0..=100).map(f64::from).collect();
        for percent in [0.0, 5.0, 50.0, 92.5, 95.0, 100.0] {
            assert_eq!(percentile(&list, percent), Some(percent));
        }
        assert_eq!(percentile(&[10.0, 20.0], 25.0), Some(12.5));
        assert_eq!(percentile(&[7.0], 95.0), Some(7.0));
        assert_eq!(percentile(&[], 50.0), None);
    }

    #[test]
    fn estimates_leave_out_what_has_no_value() {
        let estimate = Estimate::of([3.0, f64::NAN, 1.0, 2.0]).expect("three values");
        assert_eq!((estimate.mean, estimate.runs), (2.0, 3));
        assert!((estimate.std_error - (1.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert!(estimate.beyond_chance() && !Estimate { runs: 1, ..estimate }.beyond_chance());
        assert_eq!(Estimate::of([]), None);
    }

    #[test]
    fn differences_are_taken_run_by_run() {
        let pairs = [(Some(10.0), Some(11.0)), (Some(20.0), Some(21.0)), (None, Some(5.0))];
        let result = KpiResult::paired("Throughput", Unit::new("/min"), &pairs);
        let difference = result.difference.expect("two pairs");
        assert_eq!((difference.mean, difference.std_error, difference.runs), (1.0, 0.0, 2));
        assert_eq!(result.changed.map(|estimate| estimate.runs), Some(3));
    }
}
