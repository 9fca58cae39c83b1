//! Answers of the simulated copy as text for a terminal.

use std::fmt::Write as _;

use crate::domain::scenario::{ApproachedLimit, Estimate, ForeseenAlarm, Foresight, KpiResult, Scenario};
use crate::domain::sweep::Response;
use crate::domain::time::Span;
use crate::simulation::whatif::Outcome;

/// Part of the horizon from which a longer or shorter wait of a machine is told.
const WORTH_TELLING: f64 = 0.01;
/// So many limits are told.
const LIMITS: usize = 5;
/// Of a sweep so many figures are told, the leading ones; the tables have them all.
const SWEPT: usize = 2;

/// What came of a scenario. `start` says where both sides go on from.
pub fn in_words(start: &str, scenario: &Scenario, outcome: &Outcome) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    _ = writeln!(text, "{}: {} runs of {}", scenario.name, scenario.runs, scenario.horizon);
    _ = writeln!(text, "Start: {start}. Simulated, not measured.");
    _ = writeln!(text, "Means of all runs; nine of ten runs lie in the brackets.\n");
    _ = writeln!(text, "{:<26}{:<30}{:<30}difference", "", "without the change", "with the change");
    let (of_parts, of_whole): (Vec<_>, Vec<_>) = outcome.kpis.iter().partition(|kpi| kpi.part.is_some());
    of_whole.into_iter().for_each(|kpi| row(&mut text, kpi));
    let size = |kpi: &KpiResult| kpi.difference.map_or(0.0, |difference| difference.mean.abs());
    let least = WORTH_TELLING * scenario.horizon.as_secs_f64();
    let mut affected: Vec<_> = of_parts.into_iter().filter(|kpi| beyond_chance(kpi) && size(kpi) >= least).collect();
    affected.sort_by(|a, b| size(b).total_cmp(&size(a)));
    match affected.is_empty() {
        true => text.push_str("\nNo equipment is affected in a way worth telling.\n"),
        false => text.push_str("\nEquipment that the change affects, the most affected first:\n"),
    }
    affected.into_iter().for_each(|kpi| row(&mut text, kpi));
    text.push_str(if outcome.alarms.is_empty() { "\nNo alarm is foreseen.\n" } else { "\nAlarms foreseen:\n" });
    for ForeseenAlarm { alarm, asset, baseline, changed, .. } in &outcome.alarms {
        let place = asset.as_ref().map(|asset| format!(" ({asset})")).unwrap_or_default();
        let (before, after) = (foresight(baseline), foresight(changed));
        _ = writeln!(text, "  {alarm}{place}: without the change in {before}; with it in {after}");
    }
    text.push_str(if outcome.limits.is_empty() { "" } else { "\nLimits that are approached, the nearest first:\n" });
    for limit in outcome.limits.iter().take(LIMITS) {
        _ = writeln!(text, "  {}", approached(limit));
    }
    text
}

/// "Tank level low (Site/Tank): limit 20 %; comes as near as 3.10 % without the change, 0.40 % with it".
fn approached(limit: &ApproachedLimit) -> String {
    let place = limit.asset.as_ref().map(|asset| format!(" ({asset})")).unwrap_or_default();
    let near = |side: &Option<Estimate>| match side {
        None => "nothing known".to_owned(),
        Some(near) if near.mean < 0.0 => format!("{} {} beyond it", number(-near.mean), limit.unit),
        Some(near) => format!("{} {}", number(near.mean), limit.unit),
    };
    let (before, after) = (near(&limit.baseline), near(&limit.changed));
    format!(
        "{}{place}: limit {} {}; comes as near as {before} without the change, {after} with it",
        limit.alarm,
        number(limit.limit),
        limit.unit
    )
}

fn beyond_chance(kpi: &KpiResult) -> bool {
    kpi.difference.is_some_and(|difference| difference.beyond_chance())
}

fn row(text: &mut String, kpi: &KpiResult) {
    let name = format!("{} [{}]", kpi.name, kpi.unit);
    let estimate = |estimate: &Option<Estimate>| estimate.as_ref().map_or("none".to_owned(), band);
    let sign = if kpi.difference.is_some_and(|difference| difference.mean > 0.0) { "+" } else { "" };
    let chance = if beyond_chance(kpi) { "" } else { ", may be chance" };
    let (before, after, difference) = (estimate(&kpi.baseline), estimate(&kpi.changed), estimate(&kpi.difference));
    _ = writeln!(text, "{name:<26}{before:<30}{after:<30}{sign}{difference}{chance}");
}

fn band(estimate: &Estimate) -> String {
    let Estimate { mean, low, high, .. } = *estimate;
    format!("{} ({} to {})", number(mean), number(low), number(high))
}

/// Three digits behind the point for small numbers, none for large ones.
fn number(value: f64) -> String {
    let digits = match value.abs() {
        1000.0.. => 0,
        100.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    format!("{value:.digits$}")
}

fn foresight(foresight: &Foresight) -> String {
    let percent = (100.0 * foresight.share).round();
    let Some(first) = foresight.first_after_secs else { return "no run".to_owned() };
    format!("{percent} % of the runs, first after {}", Span::from_secs_f64(first.mean))
}

/// A sweep, a line a combination.
pub fn table(response: &Response) -> String {
    let mut text =
        format!("{}: {} runs of {}\n", response.scenario.name, response.scenario.runs, response.scenario.horizon);
    let head: Vec<&str> = response.axes.iter().map(|axis| axis.parameter.as_str()).collect();
    // Writing to a String cannot fail.
    let figures: Vec<&KpiResult> =
        response.cells.iter().flat_map(|cell| cell.kpis.iter().take(SWEPT)).take(SWEPT).collect();
    let names: Vec<String> =
        figures.iter().map(|kpi| format!("{:<30}", format!("{} [{}]", kpi.name, kpi.unit))).collect();
    _ = writeln!(text, "{:<52}{}", head.join(", "), names.join("").trim_end());
    for cell in &response.cells {
        let values: Vec<String> = cell.values.iter().map(|value| number(*value)).collect();
        let of = |kpi: &KpiResult| format!("{:<30}", kpi.changed.as_ref().map_or("none".to_owned(), band));
        let figures: String = cell.kpis.iter().take(SWEPT).map(of).collect();
        _ = writeln!(text, "{:<52}{}", values.join(", "), figures.trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::unit::Unit;

    #[test]
    fn rows_say_what_may_be_chance() {
        let pairs =
            |difference: f64| [0.0, 1.0, 2.0].map(|run| (Some(500.0 + run), Some(500.0 + run + difference * run)));
        let told = |difference| {
            let mut text = String::new();
            row(&mut text, &KpiResult::paired("Throughput", Unit::new("/min"), &pairs(difference)));
            text
        };
        assert!(told(0.0).ends_with("0.000 (0.000 to 0.000), may be chance\n"), "{}", told(0.0));
        let steady = KpiResult::paired("Throughput", Unit::new("/min"), &[(Some(500.0), Some(520.0)); 3]);
        let mut text = String::new();
        row(&mut text, &steady);
        assert_eq!(
            text.split_whitespace().collect::<Vec<_>>().join(" "),
            "Throughput [/min] 500.0 (500.0 to 500.0) 520.0 (520.0 to 520.0) +20.00 (20.00 to 20.00)"
        );
    }
}
