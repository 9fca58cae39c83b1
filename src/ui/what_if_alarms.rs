//! Alarms that the simulated copy foresees, and how near it comes to the limits of all.

use egui::{CollapsingHeader, Label, RichText, Ui};

use super::marks::alarm_mark_ui;
use super::{Console, alarm_rows, format};
use crate::domain::alarm::AlarmState;
use crate::domain::scenario::{ApproachedLimit, Estimate, ForeseenAlarm, Foresight};
use crate::domain::time::Span;
use crate::domain::what_if::Answer;

/// Limits that stand open; the rest is folded.
const NEAREST: usize = 4;

pub fn alarms_ui(ui: &mut Ui, console: &Console, alarms: &[ForeseenAlarm], runs: u32) {
    ui.add_space(4.0);
    if alarms.is_empty() {
        ui.label("No alarm is foreseen, neither without nor with the changes.");
        return;
    }
    ui.label(RichText::new("Foreseen alarms").strong());
    for alarm in alarms {
        ui.horizontal(|ui| {
            // Outlined: it is not active, and may never be.
            alarm_mark_ui(ui, alarm.priority, AlarmState::ReturnedUnack, console.palette());
            ui.add(Label::new(alarm_words(console, &alarm.alarm, alarm.asset.as_deref())).truncate());
        });
        for (side, foresight) in [("Without", &alarm.baseline), ("With", &alarm.changed)] {
            let words = format!("{side}: {}", foresight_words(foresight, runs));
            ui.label(RichText::new(words).small().weak());
        }
    }
}

/// "Packer: air pressure low", as its rule says it.
fn alarm_words(console: &Console, alarm: &str, asset: Option<&str>) -> String {
    let place = asset.and_then(|path| console.assets.by_path(path));
    let rule = console.alarms.iter().map(|(_, rule, _)| rule);
    let mut rule = rule.filter(|rule| rule.name == alarm && (rule.asset == place || place.is_none()));
    match (rule.next(), asset) {
        (Some(rule), _) => alarm_rows::headline(rule, console.assets),
        (None, Some(asset)) => format!("{}: {alarm}", asset.rsplit('/').next().unwrap_or(asset)),
        (None, None) => alarm.to_owned(),
    }
}

/// "in 25% of the runs, first after 4 min 10 s".
fn foresight_words(foresight: &Foresight, runs: u32) -> String {
    let Some(first) = foresight.first_after_secs.filter(|_| foresight.share > 0.0) else {
        return if runs > 1 { "in no run".to_owned() } else { "not in the one run".to_owned() };
    };
    let after = format::rough_age(Span::from_secs_f64(first.mean));
    match runs {
        0 | 1 => format!("in the one run, after {after}"),
        _ => format!("in {} of the runs, first after {after} on average", format::share(foresight.share)),
    }
}

/// The limits that the runs come nearest to.
pub fn limits_ui(ui: &mut Ui, console: &Console, answer: &Answer) {
    if answer.limits.is_empty() {
        return;
    }
    ui.add_space(4.0);
    ui.label(RichText::new("Limits").strong());
    let (nearest, rest) = answer.limits.split_at(NEAREST.min(answer.limits.len()));
    for limit in nearest {
        limit_ui(ui, console, limit, answer.scenario.runs);
    }
    if !rest.is_empty() {
        let words = format::counted(rest.len(), "limit further away", "limits further away");
        CollapsingHeader::new(RichText::new(words).small()).id_salt("limits").show(ui, |ui| {
            for limit in rest {
                limit_ui(ui, console, limit, answer.scenario.runs);
            }
        });
    }
}

fn limit_ui(ui: &mut Ui, console: &Console, limit: &ApproachedLimit, runs: u32) {
    let name = alarm_words(console, &limit.alarm, limit.asset.as_deref());
    let of = in_unit(limit, limit.limit);
    ui.add(Label::new(format!("{name}, limit {of}")).truncate());
    let sides = [("Without", limit.baseline, &limit.baseline_reached), ("With", limit.changed, &limit.changed_reached)];
    for (side, distance, reached) in sides {
        let words = format!("{side}: {}", distance_words(limit, distance, reached, runs));
        ui.add(Label::new(RichText::new(words).small().weak()).wrap());
    }
}

/// "comes within 0.40 bar; passed in 25% of the runs, first after 4 min 10 s on average".
fn distance_words(limit: &ApproachedLimit, distance: Option<Estimate>, reached: &Foresight, runs: u32) -> String {
    let Some(distance) = distance else { return "not computed".to_owned() };
    let on_average = if runs > 1 { " on average" } else { "" };
    let size = in_unit(limit, distance.mean.abs());
    let near = if distance.mean < 0.0 {
        format!("goes {size} beyond it{on_average}")
    } else {
        format!("comes within {size}{on_average}")
    };
    match reached.share > 0.0 {
        true => format!("{near}; passed {}", foresight_words(reached, runs)),
        false => near,
    }
}

/// Three digits that count.
fn in_unit(limit: &ApproachedLimit, value: f64) -> String {
    let digits = if value == 0.0 { 0.0 } else { (2.0 - value.abs().log10().floor()).clamp(0.0, 4.0) };
    format::with_unit(&format::number(value, digits as usize), limit.unit.symbol())
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture;

    #[test]
    fn a_single_run_has_no_share() {
        let once = |after: Option<f64>| foresight_words(&Foresight::of(&[after]), 1);
        assert_eq!(once(Some(90.0)), "in the one run, after 1\u{2009}min\u{2009}30\u{2009}s");
        assert_eq!(once(None), "not in the one run");
    }

    #[test]
    fn limits_say_how_near_both_sides_come_and_when_they_are_passed() {
        let mut harness = fixture::harness(fixture::answered(), |ui, console, _, _| {
            if let Some(answer) = console.answer {
                limits_ui(ui, console, answer);
            }
        });
        harness.run_steps(2);
        harness.get_by_label("Packer: air pressure low, limit 5.00\u{2009}bar");
        harness.get_by_label("Without: comes within 0.400\u{2009}bar on average");
        harness.get_by_label(
            "With: goes 0.150\u{2009}bar beyond it on average; passed in 25% of the runs, first after \
             4\u{2009}min\u{2009}00\u{2009}s on average",
        );
        assert!(harness.query_by_label_contains("Labeller: glue").is_none(), "the fifth is folded");
        harness.get_by_label("1 limit further away").click();
        harness.run_steps(12);
        harness.get_by_label("Labeller: glue temperature low, limit 150\u{2009}°C");
    }
}
