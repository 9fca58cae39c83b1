//! What the runs say together.

use super::bands::{VariableBands, bands};
use super::ensemble::{Pair, Question};
use super::play::Played;
use super::watch::{Approach, Limit};
use crate::domain::alarm::AlarmRule;
use crate::domain::scenario::{ApproachedLimit, Estimate, ForeseenAlarm, Foresight, KpiResult};
use crate::simulation::model::Model;

/// Answer to a question.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// In the order of the figures of the model.
    pub kpis: Vec<KpiResult>,
    /// Alarms that were raised in some run, the most likely with the changes first.
    pub alarms: Vec<ForeseenAlarm>,
    /// All limits that are watched, the one that the changed side comes nearest to first.
    pub limits: Vec<ApproachedLimit>,
    /// One for each wanted variable.
    pub bands: Vec<VariableBands>,
    /// Run whose gain or loss in the leading figure is the middle one: the one to show.
    pub representative_run: u32,
}

/// Sums up runs, all or those that have come so far. `asset_path` gives the equipment of an alarm rule.
/// None where there is no run yet.
pub fn summarise(
    question: &Question<'_>,
    pairs: &[Pair],
    asset_path: impl Fn(&AlarmRule) -> Option<String>,
) -> Option<Outcome> {
    let played: Vec<_> = pairs.iter().map(|pair| (&pair.baseline, &pair.changed)).collect();
    Some(Outcome {
        representative_run: representative(pairs)?,
        kpis: compare(question.start, &played),
        alarms: foreseen(question, pairs, &asset_path),
        limits: approached(question, pairs, &asset_path),
        bands: all_bands(question, pairs),
    })
}

fn representative(pairs: &[Pair]) -> Option<u32> {
    let leading = |played: &Played| played.figures.first().copied().flatten().unwrap_or_default();
    // As f32, so that gains that differ by rounding alone are equal.
    let gain = |pair: &Pair| (leading(&pair.changed) - leading(&pair.baseline)) as f32;
    let mut order: Vec<_> = pairs.iter().map(|pair| (gain(pair), leading(&pair.changed), pair.run)).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    order.get(order.len() / 2).map(|(_, _, run)| *run)
}

/// All figures of a model over the runs, each played without and with the changes.
pub(super) fn compare(model: &dyn Model, runs: &[(&Played, &Played)]) -> Vec<KpiResult> {
    let figures = model.figures().into_iter().enumerate().map(|(place, figure)| {
        let of = |played: &Played| played.figures.get(place).copied().flatten();
        let pairs: Vec<_> = runs.iter().map(|(baseline, changed)| (of(baseline), of(changed))).collect();
        KpiResult { better: figure.better, part: figure.part, ..KpiResult::paired(figure.name, figure.unit, &pairs) }
    });
    figures.collect()
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

fn approached(
    question: &Question<'_>,
    pairs: &[Pair],
    asset_path: impl Fn(&AlarmRule) -> Option<String>,
) -> Vec<ApproachedLimit> {
    let side = |place: usize, of: fn(&Pair) -> &Played| {
        let runs: Vec<Approach> = pairs.iter().filter_map(|pair| of(pair).approaches.get(place)).copied().collect();
        let reached: Vec<_> = runs.iter().map(|approach| approach.reached_secs).collect();
        (Estimate::of(runs.iter().filter_map(|approach| approach.closest)), Foresight::of(&reached))
    };
    let limits = question.alarms.limits().iter().enumerate();
    let mut found: Vec<(f64, ApproachedLimit)> = limits
        .filter_map(|(place, Limit { rule, limit, unit, scale, .. })| {
            let rule = question.alarms.rules().get(*rule)?;
            let (baseline, baseline_reached) = side(place, |pair| &pair.baseline);
            let (changed, changed_reached) = side(place, |pair| &pair.changed);
            let nearness = changed.map_or(f64::INFINITY, |closest| closest.low / scale);
            let (alarm, asset) = (rule.name.clone(), asset_path(rule));
            let (limit, unit) = (*limit, unit.clone());
            let limit =
                ApproachedLimit { alarm, asset, limit, unit, baseline, changed, baseline_reached, changed_reached };
            Some((nearness, limit))
        })
        .collect();
    found.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    found.into_iter().map(|(_, limit)| limit).collect()
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
