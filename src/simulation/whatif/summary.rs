//! What the runs say together.

use super::bands::{VariableBands, bands};
use super::ensemble::{Pair, Question};
use super::figures;
use crate::domain::alarm::AlarmRule;
use crate::domain::scenario::{ForeseenAlarm, Foresight, KpiResult};

/// Answer to a question.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// Figures of the line first, then of each machine in flow order.
    pub kpis: Vec<KpiResult>,
    /// Alarms that were raised in some run, the most likely with the changes first.
    pub alarms: Vec<ForeseenAlarm>,
    /// One for each wanted variable.
    pub bands: Vec<VariableBands>,
    /// Run whose gain or loss of throughput is the middle one: the one to show.
    pub representative_run: u32,
}

/// Sums up runs, all or those that have come so far. `asset_path` gives the equipment of an alarm rule.
/// None where there is no run yet.
pub fn summarise(
    question: &Question<'_>,
    pairs: &[Pair],
    asset_path: impl Fn(&AlarmRule) -> Option<String>,
) -> Option<Outcome> {
    let periods: Vec<_> = pairs.iter().map(|pair| (&pair.baseline.period, &pair.changed.period)).collect();
    Some(Outcome {
        representative_run: representative(pairs)?,
        kpis: figures::compare(&periods),
        alarms: foreseen(question, pairs, asset_path),
        bands: all_bands(question, pairs),
    })
}

fn representative(pairs: &[Pair]) -> Option<u32> {
    let gain = |pair: &Pair| i128::from(pair.changed.period.delivered) - i128::from(pair.baseline.period.delivered);
    let mut order: Vec<_> = pairs.iter().map(|pair| (gain(pair), pair.changed.period.delivered, pair.run)).collect();
    order.sort_unstable();
    order.get(order.len() / 2).map(|(_, _, run)| *run)
}

fn foreseen(
    question: &Question<'_>,
    pairs: &[Pair],
    asset_path: impl Fn(&AlarmRule) -> Option<String>,
) -> Vec<ForeseenAlarm> {
    let rules = question.alarms.rules().iter().enumerate();
    let mut alarms: Vec<ForeseenAlarm> = rules
        .map(|(index, rule)| {
            let of = |first: &[Option<f64>]| first.get(index).copied().flatten();
            let baseline: Vec<_> = pairs.iter().map(|pair| of(&pair.baseline.first_raised_secs)).collect();
            let changed: Vec<_> = pairs.iter().map(|pair| of(&pair.changed.first_raised_secs)).collect();
            ForeseenAlarm {
                alarm: rule.name.clone(),
                asset: asset_path(rule),
                priority: rule.priority,
                baseline: Foresight::of(&baseline),
                changed: Foresight::of(&changed),
            }
        })
        .filter(|alarm| alarm.baseline.share > 0.0 || alarm.changed.share > 0.0)
        .collect();
    alarms.sort_by(|a, b| b.changed.share.total_cmp(&a.changed.share).then(a.priority.cmp(&b.priority)));
    alarms
}

fn all_bands(question: &Question<'_>, pairs: &[Pair]) -> Vec<VariableBands> {
    let variables = question.variables.iter().enumerate();
    variables
        .filter_map(|(index, place)| {
            let variable = question.start.variables().get(*place)?;
            let baseline = pairs.iter().filter_map(|pair| pair.baseline.series.get(index)).map(Vec::as_slice);
            let changed = pairs.iter().filter_map(|pair| pair.changed.series.get(index)).map(Vec::as_slice);
            Some(VariableBands {
                variable: variable.name.clone(),
                unit: variable.unit.clone(),
                grid_secs: question.grid_secs.max(1),
                baseline: bands(baseline),
                changed: bands(changed),
            })
        })
        .collect()
}
