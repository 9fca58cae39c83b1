//! Asking the simulated copy: choose parameters, set values, simulate, compare. Nothing that is done
//! here reaches the plant.

use egui::{
    Align, CollapsingHeader, Frame, Label, Layout, Margin, Panel, ProgressBar, RichText, ScrollArea, TextEdit, Ui,
    WidgetInfo, WidgetType,
};

use super::what_if_answer::answer_ui;
use super::what_if_ask::ask_ui;
use super::what_if_model::model_ui;
use super::what_if_parameter::{card_of_ui, line_of_ui};
use super::what_if_question::WhatIfState;
use super::what_if_response::response_ui;
use super::what_if_words::{askable_of, place, title};
use super::{Console, format, touch};
use crate::domain::asset::AssetId;
use crate::domain::command::Command;
use crate::domain::what_if::{Askable, Asking};

pub fn what_if_tab_ui(ui: &mut Ui, console: &Console, state: &mut WhatIfState, commands: &mut Vec<Command>) {
    let frame = Frame::new().inner_margin(Margin { top: 4, ..Margin::ZERO });
    Panel::bottom("ask").frame(frame).show(ui, |ui| match console.asking {
        Asking::Running(what, part) => running_ui(ui, what, *part, commands),
        Asking::Idle | Asking::Failed(_) => ask_ui(ui, console, state, commands),
    });
    let page = ScrollArea::vertical().id_salt("what if").auto_shrink(false);
    page.scroll_source(touch::scrolling(ui)).show(ui, |ui| {
        if let Asking::Failed(words) = console.asking {
            ui.add(Label::new(format!("Failed: {words}")).wrap());
            ui.separator();
        }
        if let Some(answer) = console.answer {
            answer_ui(ui, console, answer, &mut state.proposed, commands);
            ui.separator();
        }
        if let Some(response) = console.response {
            response_ui(ui, console, response, state, commands);
            ui.separator();
        }
        parameters_ui(ui, console, state);
        ui.separator();
        model_ui(ui, console, &mut state.model, commands);
    });
}

fn running_ui(ui: &mut Ui, what: &str, part: f32, commands: &mut Vec<Command>) {
    ui.label(format!("{what} …"));
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.button("Cancel").on_hover_text("Stop; nothing is kept of it").clicked() {
                commands.push(Command::CancelWhatIf);
            }
            ui.add(ProgressBar::new(part.clamp(0.0, 1.0)).show_percentage());
        });
    });
}

fn parameters_ui(ui: &mut Ui, console: &Console, state: &mut WhatIfState) {
    let field = TextEdit::singleline(&mut state.words).hint_text("Search parameters").desired_width(f32::INFINITY);
    let response = ui.add(touch::sized(ui, field));
    response.widget_info(|| WidgetInfo::labeled(WidgetType::TextEdit, true, "Search parameters"));
    for chosen in state.chosen().to_vec() {
        match askable_of(console, &chosen.parameter) {
            Some(askable) => card_of_ui(ui, console, askable, &chosen, state),
            None => gone_ui(ui, &chosen.parameter, state),
        }
    }
    let words = state.words.trim().to_lowercase();
    let open: Vec<&Askable> = console.askable.iter().filter(|askable| !state.is_chosen(&askable.name)).collect();
    if !words.is_empty() {
        let found: Vec<&Askable> =
            open.into_iter().filter(|askable| search_text(console, askable).contains(&words)).collect();
        if found.is_empty() {
            ui.label(format!("No other parameter has \"{}\" in its name or place.", state.words.trim()));
        }
        lines_ui(ui, console, &found, state);
        return;
    }
    let (near, rest): (Vec<&Askable>, Vec<&Askable>) =
        open.into_iter().partition(|askable| belongs(console, askable.asset));
    lines_ui(ui, console, &near, state);
    if !rest.is_empty() {
        let more = if near.is_empty() && state.chosen().is_empty() { "" } else { "more " };
        let words = format::counted(rest.len(), &format!("{more}parameter"), &format!("{more}parameters"));
        CollapsingHeader::new(words).id_salt("other parameters").show(ui, |ui| lines_ui(ui, console, &rest, state));
    }
}

fn lines_ui(ui: &mut Ui, console: &Console, askable: &[&Askable], state: &mut WhatIfState) {
    for askable in askable {
        if line_of_ui(ui, console, askable) {
            state.choose(&askable.name);
        }
    }
}

/// What was chosen is in the model no more, as after the project was read again.
fn gone_ui(ui: &mut Ui, parameter: &str, state: &mut WhatIfState) {
    ui.horizontal(|ui| {
        ui.add(Label::new(RichText::new(format!("{parameter} is no longer in the model.")).weak()).truncate());
        if ui.button("Leave it out").clicked() {
            state.leave_out(parameter);
        }
    });
}

pub fn search_text(console: &Console, askable: &Askable) -> String {
    [title(console, askable), place(console, askable), &askable.name, &askable.description].join("\n").to_lowercase()
}

/// True for the selected asset and what is inside it.
fn belongs(console: &Console, asset: Option<AssetId>) -> bool {
    let Some(selected) = console.selection else { return false };
    let parent = |asset: &AssetId| console.assets.get(*asset).and_then(|asset| asset.parent);
    std::iter::successors(asset, parent).any(|asset| asset == selected)
}

#[cfg(test)]
mod tests {
    use egui::Key;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::domain::scenario::{Change, Scenario};
    use crate::domain::time::Span;
    use crate::ui::fixture::{self, Plant, Stage};

    const FASTER: &str = "Move Speed setpoint";

    fn tab(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            what_if_tab_ui(ui, console, &mut state.what_if, commands);
        });
        harness.run_steps(2);
        harness
    }

    fn of_filler() -> Harness<'static, Stage> {
        let plant = fixture::with_model();
        tab(Plant { selection: Some(plant.id("Riverside/Line 1/Filler")), ..plant })
    }

    fn press(harness: &mut Harness<Stage>, label: &str) {
        harness.get_by_label(label).click();
        harness.run_steps(3);
    }

    fn key(harness: &mut Harness<Stage>, label: &str, key: Key) {
        harness.get_by_label(label).focus();
        harness.run_steps(2);
        harness.key_press(key);
        harness.run_steps(2);
    }

    #[test]
    fn those_of_the_selection_stand_open_and_the_rest_is_folded() {
        let mut harness = of_filler();
        harness.get_by_label("Try Speed setpoint of Filler");
        harness.get_by_label("Try RepairTime of Filler");
        assert!(harness.query_by_label("Try BeltSpeed of Packer").is_none());
        press(&mut harness, "1 more parameter");
        harness.run_steps(12);
        harness.get_by_label("Try BeltSpeed of Packer");
    }

    #[test]
    fn nothing_is_simulated_before_a_value_is_changed() {
        let mut harness = of_filler();
        harness.get_by_label("Change a value first");
        press(&mut harness, "Simulate 30 min");
        press(&mut harness, "Try Speed setpoint of Filler");
        harness.get_by_label("Now 640\u{2009}/min, 300 to 720 in steps of 10");
        press(&mut harness, "Simulate 30 min");
        assert!(harness.state().commands.is_empty());
    }

    #[test]
    fn a_changed_value_is_simulated_as_chosen() {
        let mut harness = of_filler();
        press(&mut harness, "Try Speed setpoint of Filler");
        key(&mut harness, FASTER, Key::ArrowRight);
        for (choice, label) in
            [("How far ahead", "4 h"), ("How often", "32 runs"), ("How fast the change is", "over 30 s")]
        {
            press(&mut harness, choice);
            press(&mut harness, label);
        }
        press(&mut harness, "Simulate 4 h with 1 change");
        let expected = Scenario {
            name: "Filler Speed setpoint 650\u{2009}/min".into(),
            changes: vec![Change {
                parameter: "Filler/SpeedSetpoint".into(),
                to: 650.0,
                after: Span::ZERO,
                ramp: Span::from_secs(30),
            }],
            horizon: Span::from_secs(14_400),
            runs: 32,
            seed: 1,
            uncertain: Vec::new(),
        };
        assert_eq!(harness.state().commands, [Command::AskWhatIf(expected)]);
    }

    #[test]
    fn a_value_is_taken_back_and_a_parameter_left_out() {
        let mut harness = of_filler();
        press(&mut harness, "Try Speed setpoint of Filler");
        key(&mut harness, FASTER, Key::ArrowLeft);
        harness.get_by_label("Simulate 30 min with 1 change");
        press(&mut harness, "Reset Speed setpoint");
        harness.get_by_label("Change a value first");
        press(&mut harness, "Leave out Speed setpoint");
        harness.get_by_label("Try Speed setpoint of Filler");
    }

    #[test]
    fn a_search_looks_through_names_and_places() {
        let mut harness = of_filler();
        harness.get_by_label("Search parameters").focus();
        harness.run_steps(2);
        harness.get_by_label("Search parameters").type_text("pack");
        harness.run_steps(2);
        harness.get_by_label("Try BeltSpeed of Packer");
        assert!(harness.query_by_label("Try RepairTime of Filler").is_none());
        harness.get_by_label("Search parameters").type_text("zz");
        harness.run_steps(2);
        harness.get_by_label_contains("No other parameter has");
    }

    #[test]
    fn while_it_runs_it_shows_how_far_and_can_be_cancelled() {
        let mut harness = tab(Plant { asking: Asking::Running("Sweeping", 0.4), ..fixture::with_model() });
        harness.get_by_label("Sweeping …");
        assert!(harness.query_by_label_contains("Simulate 30 min").is_none());
        press(&mut harness, "Cancel");
        assert_eq!(harness.state().commands, [Command::CancelWhatIf]);
    }

    #[test]
    fn a_failure_is_told_in_words() {
        let words = "The plant sends no values, so there is no state to start from. Connect a source.";
        let harness = tab(Plant { asking: Asking::Failed(words.into()), ..fixture::with_model() });
        harness.get_by_label(&format!("Failed: {words}"));
    }
}
