//! Under the question: how far ahead, how often, its name, and the buttons that simulate and sweep.

use egui::{Button, ComboBox, RichText, TextEdit, Ui, WidgetInfo, WidgetType};

use super::what_if_question::{HORIZONS, RAMPS, RUNS, WhatIfState, chosen_words};
use super::{Console, format, touch};
use crate::domain::command::Command;
use crate::domain::sweep::Axis;
use crate::domain::what_if::ModelWish;

pub fn ask_ui(ui: &mut Ui, console: &Console, state: &mut WhatIfState, commands: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        choice_ui(ui, "How far ahead", &HORIZONS, &mut state.horizon);
        choice_ui(ui, "How often", &RUNS, &mut state.runs);
        choice_ui(ui, "How fast the change is", &RAMPS, &mut state.ramp);
    });
    let (scenario, sweep) = (state.scenario(console), state.sweep(console));
    if let Some(named) = scenario.as_ref().or(sweep.as_ref().map(|(scenario, _)| scenario)) {
        let field = TextEdit::singleline(&mut state.name).hint_text(named.name.as_str()).char_limit(80);
        let response = ui.add(touch::sized(ui, field.desired_width(f32::INFINITY)));
        response.widget_info(|| WidgetInfo::labeled(WidgetType::TextEdit, true, "Name of the scenario"));
    }
    let changes = scenario.as_ref().map_or(0, |scenario| scenario.changes.len());
    let ahead = chosen_words(&HORIZONS, &state.horizon);
    let words = match changes {
        0 => format!("Simulate {ahead}"),
        _ => format!("Simulate {ahead} with {}", format::counted(changes, "change", "changes")),
    };
    ui.horizontal_wrapped(|ui| {
        let told = "On the simulated copy, from now on, without and with the change. Nothing is sent to the plant";
        let response = ui.add_enabled(changes > 0, Button::new(words)).on_hover_text(told);
        if response.clicked()
            && let Some(scenario) = scenario
        {
            commands.push(Command::AskWhatIf(scenario));
        }
        if let Some((scenario, axes)) = sweep {
            let told = "Simulate every value of the range, or every combination of two. Nothing is sent to the plant";
            if ui.button(sweep_words(&axes)).on_hover_text(told).clicked() {
                commands.push(Command::AskModel(ModelWish::Sweep(scenario, axes)));
            }
        } else if changes == 0 {
            ui.label(RichText::new("Change a value first").small().weak());
        }
    });
}

/// "Sweep 5 × 9 points".
fn sweep_words(axes: &[Axis]) -> String {
    let points: Vec<String> = axes.iter().map(|axis| axis.points.to_string()).collect();
    format!("Sweep {} points", points.join(" × "))
}

/// One of a few, by its words.
pub fn choice_ui<T: Copy + PartialEq>(ui: &mut Ui, name: &str, choices: &[(T, &'static str)], value: &mut T) {
    let shown = chosen_words(choices, value);
    let combo = ComboBox::from_id_salt(name).width(60.0).selected_text(shown).show_ui(ui, |ui| {
        for (choice, words) in choices {
            ui.selectable_value(value, *choice, *words);
        }
    });
    combo.response.widget_info(|| {
        let mut info = WidgetInfo::labeled(WidgetType::ComboBox, true, name);
        info.current_text_value = Some(shown.to_owned());
        info
    });
    combo.response.on_hover_text(name);
}
