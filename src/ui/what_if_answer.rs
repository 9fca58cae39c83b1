//! What the simulated copy answered: figures, foreseen alarms, and how far to believe it. Inside the
//! dashed frame of all that is simulated.

use egui::{Button, CollapsingHeader, Frame, Label, Margin, RichText, Stroke, Ui};

use super::marks::alarm_mark_ui;
use super::tense::dash_around;
use super::what_if_kpis::kpis_ui;
use super::what_if_question::value_words;
use super::{Console, alarm_rows, format};
use crate::domain::alarm::AlarmState;
use crate::domain::command::Command;
use crate::domain::playhead::PlayheadCommand;
use crate::domain::recording::Alignment;
use crate::domain::scenario::{Change, Credibility, ForeseenAlarm, Foresight};
use crate::domain::time::Span;
use crate::domain::what_if::Answer;

pub fn answer_ui(ui: &mut Ui, console: &Console, answer: &Answer, commands: &mut Vec<Command>) {
    let ink = console.palette().simulation;
    let shown = Frame::new().inner_margin(Margin::same(8)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("SIMULATION").small().strong());
            ui.label(RichText::new(&answer.scenario.name).strong());
        });
        ui.label(RichText::new(asked_words(answer)).small().weak());
        for change in &answer.scenario.changes {
            ui.label(RichText::new(change_words(console, change)).small());
        }
        buttons_ui(ui, console, answer, commands);
        kpis_ui(ui, console, &answer.kpis);
        alarms_ui(ui, console, answer);
        estimated_ui(ui, answer);
        credibility_ui(ui, console, answer);
    });
    dash_around(ui.painter(), shown.response.rect.shrink(1.0), Stroke::new(2.0, ink), 8.0);
}

/// "30 min 00 s from 14:03:22, 8 runs".
fn asked_words(answer: &Answer) -> String {
    let scenario = &answer.scenario;
    let runs = format::counted(scenario.runs as usize, "run", "runs");
    format!("{} from {}, {runs}", format::age(scenario.horizon), format::clock(answer.started))
}

/// "Filler/SpeedSetpoint to 680 /min over 2 min 00 s".
fn change_words(console: &Console, change: &Change) -> String {
    let askable = console.askable.iter().find(|askable| askable.name == change.parameter);
    let value = askable.map_or_else(|| format::number(change.to, 2), |askable| value_words(askable, change.to));
    let ramp = if change.ramp > Span::ZERO { format!(" over {}", format::age(change.ramp)) } else { String::new() };
    format!("{} to {value}{ramp}", change.parameter)
}

fn buttons_ui(ui: &mut Ui, console: &Console, answer: &Answer, commands: &mut Vec<Command>) {
    let shown = console.playhead.origin() == answer.changed;
    let beside = shown && console.compared.is_some_and(|compared| compared.origin == answer.baseline);
    let show = [PlayheadCommand::Show(answer.changed), PlayheadCommand::Seek(answer.started)].map(Command::Playhead);
    ui.horizontal_wrapped(|ui| {
        let button = ui.add_enabled(!shown, Button::new("Show on the timeline"));
        if button.on_disabled_hover_text("It is on screen").clicked() {
            commands.extend(show.clone());
        }
        let words = "The run without the changes, as a ghost in the view and as a dashed line in curves";
        if ui.add(Button::new("Beside what happens without").selected(beside)).on_hover_text(words).clicked() {
            if beside {
                commands.push(Command::Compare(None));
            } else {
                commands.extend(show.into_iter().filter(|_| !shown));
                commands.push(Command::Compare(Some((answer.baseline, Alignment::Clock))));
            }
        }
        if ui.button("Forget").on_hover_text("Drop this answer and both of its runs").clicked() {
            commands.push(Command::ForgetWhatIf);
        }
    });
}

fn alarms_ui(ui: &mut Ui, console: &Console, answer: &Answer) {
    ui.add_space(4.0);
    if answer.alarms.is_empty() {
        ui.label("No alarm is foreseen, neither without nor with the changes.");
        return;
    }
    ui.label(RichText::new("Foreseen alarms").strong());
    for alarm in &answer.alarms {
        ui.horizontal(|ui| {
            // Outlined: it is not active, and may never be.
            alarm_mark_ui(ui, alarm.priority, AlarmState::ReturnedUnack, console.palette());
            ui.add(Label::new(alarm_words(console, alarm)).truncate());
        });
        for (side, foresight) in [("Without", &alarm.baseline), ("With", &alarm.changed)] {
            let words = format!("{side}: {}", foresight_words(foresight, answer.scenario.runs));
            ui.label(RichText::new(words).small().weak());
        }
    }
}

/// "Packer: air pressure low", as its rule says it.
fn alarm_words(console: &Console, alarm: &ForeseenAlarm) -> String {
    let place = alarm.asset.as_deref().and_then(|path| console.assets.by_path(path));
    let rule = console.alarms.iter().map(|(_, rule, _)| rule);
    let mut rule = rule.filter(|rule| rule.name == alarm.alarm && (rule.asset == place || place.is_none()));
    match (rule.next(), &alarm.asset) {
        (Some(rule), _) => alarm_rows::headline(rule, console.assets),
        (None, Some(asset)) => format!("{}: {}", asset.rsplit('/').next().unwrap_or(asset), alarm.alarm),
        (None, None) => alarm.alarm.clone(),
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

fn estimated_ui(ui: &mut Ui, answer: &Answer) {
    if answer.estimated.is_empty() {
        return;
    }
    let words = format::counted(answer.estimated.len(), "thing was estimated", "things were estimated");
    CollapsingHeader::new(words).id_salt("estimated").show(ui, |ui| {
        ui.label(RichText::new("Not measured in the plant, so the start of the simulation may be off:").small().weak());
        for item in &answer.estimated {
            ui.add(Label::new(RichText::new(item).small()).wrap());
        }
    });
}

fn credibility_ui(ui: &mut Ui, console: &Console, answer: &Answer) {
    let Some(credibility) = &answer.credibility else {
        ui.label(RichText::new("The model was not yet compared with measured data.").small());
        return;
    };
    for change in credibility.beyond(&answer.scenario.changes) {
        let words = format!("{}: no such value was compared with measured data.", change_words(console, change));
        ui.add(Label::new(RichText::new(words).small()).wrap());
    }
    CollapsingHeader::new("How far to believe it").id_salt("credibility").show(ui, |ui| fits_ui(ui, credibility));
}

fn fits_ui(ui: &mut Ui, credibility: &Credibility) {
    let words = format!("Compared with {} of measured data:", format::age(credibility.span));
    ui.label(RichText::new(words).small().weak());
    for fit in &credibility.signals {
        let distance = |value: f64| {
            let digits = format::decimals(value, None, None).min(2);
            format::with_unit(&format::number(value, digits), fit.unit.symbol())
        };
        let words = format!(
            "{}: off by {} in the root mean square, {} on average; {} of {} values inside the band",
            fit.variable,
            distance(fit.rmse),
            distance(fit.bias),
            format::share(fit.coverage),
            format::count(u64::from(fit.points)),
        );
        ui.add(Label::new(RichText::new(words).small()).wrap());
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::domain::signal::Origin;
    use crate::ui::fixture::{self, Plant, Stage, at};

    fn answer(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, _, commands| {
            if let Some(answer) = console.answer {
                answer_ui(ui, console, answer, commands);
            }
        });
        harness.run_steps(2);
        harness
    }

    #[test]
    fn it_says_that_it_is_simulated_what_was_asked_and_which_alarms_may_come() {
        let harness = answer(fixture::answered());
        for words in [
            "SIMULATION",
            "faster filler",
            "Filler/SpeedSetpoint to 680\u{2009}/min",
            "Packer: air pressure low",
            "Priority 2",
            "Without: in no run",
            "With: in 25% of the runs, first after 4\u{2009}min\u{2009}10\u{2009}s on average",
        ] {
            harness.get_by_label(words);
        }
        harness
            .get_by_label_contains(&format!("30\u{2009}min\u{2009}00\u{2009}s from {}, 8 runs", format::clock(at(0))));
    }

    #[test]
    fn it_is_shown_laid_beside_and_forgotten() {
        let mut harness = answer(fixture::answered());
        let show = [PlayheadCommand::Show(Origin::Simulated(2)), PlayheadCommand::Seek(at(0))].map(Command::Playhead);
        let compare = Command::Compare(Some((Origin::Simulated(1), Alignment::Clock)));
        let expected = [
            ("Show on the timeline", show.to_vec()),
            ("Beside what happens without", [show.to_vec(), vec![compare.clone()]].concat()),
            ("Forget", vec![Command::ForgetWhatIf]),
        ];
        for (label, commands) in expected {
            harness.get_by_label(label).click();
            harness.run_steps(2);
            assert_eq!(harness.state_mut().commands.drain(..).collect::<Vec<_>>(), commands, "{label}");
        }
        let mut harness = answer(fixture::simulation());
        harness.get_by_label("Beside what happens without").click();
        harness.run_steps(2);
        assert_eq!(harness.state().commands, [compare], "it is on screen already");
    }

    #[test]
    fn a_single_run_has_no_share() {
        let once = |after: Option<f64>| foresight_words(&Foresight::of(&[after]), 1);
        assert_eq!(once(Some(90.0)), "in the one run, after 1\u{2009}min\u{2009}30\u{2009}s");
        assert_eq!(once(None), "not in the one run");
    }

    #[test]
    fn what_to_doubt_is_told() {
        let mut harness = answer(fixture::answered());
        harness.get_by_label("Filler/SpeedSetpoint to 680\u{2009}/min: no such value was compared with measured data.");
        assert!(harness.query_by_label("What is inside the pasteuriser").is_none(), "folded");
        for label in ["3 things were estimated", "How far to believe it"] {
            harness.get_by_label(label).click();
            harness.run_steps(12);
        }
        harness.get_by_label("What is inside the pasteuriser");
        harness.get_by_label_contains("Filler/Speed: off by 6.20\u{2009}/min in the root mean square");
        let mut plant = fixture::answered();
        if let Some(answer) = &mut plant.answer {
            (answer.credibility, answer.alarms) = (None, Vec::new());
        }
        let harness = answer(plant);
        harness.get_by_label("The model was not yet compared with measured data.");
        harness.get_by_label_contains("No alarm is foreseen");
    }
}
