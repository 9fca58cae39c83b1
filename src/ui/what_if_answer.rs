//! What the simulated copy answered: figures, foreseen alarms, and how far to believe it. Inside the
//! dashed frame of all that is simulated.

use egui::{Button, CollapsingHeader, Frame, Label, Margin, RichText, Stroke, Ui};

use super::tense::dash_around;
use super::what_if_alarms::{alarms_ui, limits_ui};
use super::what_if_credibility::{fits_ui, verdict_ui};
use super::what_if_kpis::kpis_ui;
use super::what_if_words::{change_words, parameter_words};
use super::{Console, change, format};
use crate::domain::change::Wish;
use crate::domain::command::Command;
use crate::domain::playhead::PlayheadCommand;
use crate::domain::recording::Alignment;
use crate::domain::what_if::Answer;

/// What is to become a change of the plant is put into `proposed`.
pub fn answer_ui(
    ui: &mut Ui,
    console: &Console,
    answer: &Answer,
    proposed: &mut Option<Wish>,
    commands: &mut Vec<Command>,
) {
    simulated_ui(ui, console, &answer.scenario.name, |ui| {
        verdict_ui(ui, console, answer.credibility.as_ref(), &answer.scenario.changes);
        ui.label(RichText::new(asked_words(answer)).small().weak());
        for change in &answer.scenario.changes {
            ui.label(RichText::new(change_words(console, change)).small());
        }
        for uncertain in &answer.scenario.uncertain {
            let words = parameter_words(console, &uncertain.parameter, uncertain.sigma);
            ui.label(RichText::new(format!("{} uncertain by ± {words}", uncertain.parameter)).small());
        }
        buttons_ui(ui, console, answer, commands);
        change::propose_ui(ui, console, answer, proposed);
        kpis_ui(ui, console, &answer.kpis, &answer.scenario.changes);
        alarms_ui(ui, console, &answer.alarms, answer.scenario.runs);
        limits_ui(ui, console, answer);
        estimated_ui(ui, answer);
        if let Some(credibility) = &answer.credibility {
            let header = CollapsingHeader::new("How far to believe it").id_salt("credibility");
            header.show(ui, |ui| fits_ui(ui, credibility));
        }
    });
}

/// The dashed frame of all that is simulated, under the name of what was asked.
pub fn simulated_ui(ui: &mut Ui, console: &Console, name: &str, content: impl FnOnce(&mut Ui)) {
    let shown = Frame::new().inner_margin(Margin::same(8)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("SIMULATION").small().strong());
            ui.label(RichText::new(name).strong());
        });
        content(ui);
    });
    let pen = Stroke::new(2.0, console.palette().simulation);
    dash_around(ui.painter(), shown.response.rect.shrink(1.0), pen, 8.0);
}

/// "30 min 00 s from 14:03:22, 8 runs".
fn asked_words(answer: &Answer) -> String {
    let scenario = &answer.scenario;
    let runs = format::counted(scenario.runs as usize, "run", "runs");
    format!("{} from {}, {runs}", format::age(scenario.horizon), format::clock(answer.started))
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

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::domain::signal::Origin;
    use crate::ui::fixture::{self, Plant, Stage, at};

    fn answer(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            if let Some(answer) = console.answer {
                answer_ui(ui, console, answer, &mut state.what_if.proposed, commands);
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
    fn what_to_doubt_is_told() {
        let mut harness = answer(fixture::answered());
        harness.get_by_label("Doubtful");
        harness.get_by_label_contains("Filler/SpeedSetpoint at 680 lies outside 600 to 650");
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
        harness.get_by_label("Not yet compared with measured data");
        harness.get_by_label_contains("No alarm is foreseen");
    }
}
