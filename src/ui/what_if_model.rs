//! The model itself: how far it followed the plant, checking that again, and fitting its parameters
//! to what was measured.

use egui::{Button, Checkbox, CollapsingHeader, RichText, ScrollArea, TextEdit, Ui, WidgetInfo, WidgetType};

use super::what_if_ask::choice_ui;
use super::what_if_calibration::calibration_ui;
use super::what_if_credibility::{fits_ui, verdict_ui};
use super::what_if_tab::search_text;
use super::what_if_words::{full_title, variable};
use super::{Console, format, touch};
use crate::domain::command::Command;
use crate::domain::time::Span;
use crate::domain::what_if::{Askable, Asking, ModelWish};

/// How long a stretch of measured data may be.
const STRETCHES: [(Span, &str); 3] =
    [(Span::from_secs(1800), "30 min"), (Span::from_secs(7200), "2 h"), (Span::from_secs(28_800), "8 h")];
/// Parameters that can be fitted at a time: more are not told apart by the data.
const MOST_FITTED: usize = 8;
/// Height of the list of parameters, points.
const LIST: f32 = 132.0;

/// What the section remembers.
pub struct ModelState {
    check: Span,
    window: Span,
    /// What is searched for.
    words: String,
    /// Parameters to fit, by their names in the model.
    names: Vec<String>,
}

impl Default for ModelState {
    fn default() -> Self {
        Self { check: Span::from_secs(1800), window: Span::from_secs(7200), words: String::new(), names: Vec::new() }
    }
}

pub fn model_ui(ui: &mut Ui, console: &Console, state: &mut ModelState, commands: &mut Vec<Command>) {
    let idle = !matches!(console.asking, Asking::Running(..));
    CollapsingHeader::new("Model").id_salt("model").show(ui, |ui| {
        verdict_ui(ui, console, console.checked, &[]);
        if let Some(credibility) = console.checked {
            let header = CollapsingHeader::new(RichText::new("How well it followed the plant").small());
            header.id_salt("fits of the model").show(ui, |ui| fits_ui(ui, credibility));
        }
        ui.horizontal_wrapped(|ui| {
            let told = "Run the model beside what was measured before the moment on screen";
            if ask_button(ui, idle, "Check against the last".to_owned(), told) {
                commands.push(Command::AskModel(ModelWish::Check(state.check)));
            }
            choice_ui(ui, "How long to check", &STRETCHES, &mut state.check);
        });
        CollapsingHeader::new("Calibrate").id_salt("calibrate").show(ui, |ui| {
            choose_ui(ui, console, state, (idle, commands));
        });
        if let Some(calibration) = console.fitted {
            calibration_ui(ui, console, calibration, commands);
        }
    });
}

fn choose_ui(ui: &mut Ui, console: &Console, state: &mut ModelState, (idle, commands): (bool, &mut Vec<Command>)) {
    let fittable = |askable: &&Askable| !askable.in_plant && variable(askable);
    let all: Vec<&Askable> = console.askable.iter().filter(fittable).collect();
    if all.is_empty() {
        ui.label("The model has no properties that could be fitted.");
        return;
    }
    state.names.retain(|name| all.iter().any(|askable| askable.name == *name));
    let field = TextEdit::singleline(&mut state.words).hint_text("Search properties").desired_width(f32::INFINITY);
    let response = ui.add(touch::sized(ui, field));
    response.widget_info(|| WidgetInfo::labeled(WidgetType::TextEdit, true, "Search properties"));
    let words = state.words.trim().to_lowercase();
    ScrollArea::vertical().id_salt("properties").max_height(LIST).auto_shrink([false, true]).show(ui, |ui| {
        let found = all.iter().filter(|askable| search_text(console, askable).contains(&words));
        let mut any = false;
        for askable in found {
            any = true;
            property_ui(ui, console, askable, &mut state.names);
        }
        if !any {
            ui.label(format!("No property has \"{}\" in its name or place.", state.words.trim()));
        }
    });
    ui.horizontal_wrapped(|ui| {
        let told = "Look for the values with which the model follows what was measured best";
        let words = match state.names.len() {
            0 => "Calibrate".to_owned(),
            count => format!("Calibrate {}", format::counted(count, "property", "properties")),
        };
        let words = words + " to the last";
        if ask_button(ui, idle && !state.names.is_empty(), words, told) {
            commands.push(Command::AskModel(ModelWish::Calibrate(state.names.clone(), state.window)));
        }
        choice_ui(ui, "How long to fit to", &STRETCHES, &mut state.window);
    });
}

fn property_ui(ui: &mut Ui, console: &Console, askable: &Askable, names: &mut Vec<String>) {
    let mut chosen = names.contains(&askable.name);
    let enabled = chosen || names.len() < MOST_FITTED;
    let title = full_title(console, &askable.name);
    let response = ui.add_enabled(enabled, Checkbox::new(&mut chosen, RichText::new(&title).small()));
    response.widget_info(|| WidgetInfo::selected(WidgetType::Checkbox, enabled, chosen, format!("Fit {title}")));
    if response.changed() {
        names.retain(|name| *name != askable.name);
        names.extend(chosen.then(|| askable.name.clone()));
    }
    let told = if askable.description.is_empty() { &askable.name } else { &askable.description };
    response.on_hover_text(told).on_disabled_hover_text(format!("{MOST_FITTED} at most are fitted at a time"));
}

/// True when it was pressed. While the copy works it waits.
fn ask_button(ui: &mut Ui, enabled: bool, words: String, told: &str) -> bool {
    let response = ui.add_enabled(enabled, Button::new(words));
    let waiting = "Choose something first, and let the copy finish what it is working on";
    response.on_hover_text(told).on_disabled_hover_text(waiting).clicked()
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture::{self, Plant, Stage};

    fn model(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            model_ui(ui, console, &mut state.what_if.model, commands);
        });
        harness.run_steps(2);
        press(&mut harness, "Model");
        harness
    }

    fn press(harness: &mut Harness<Stage>, label: &str) {
        harness.get_by_label(label).click();
        harness.run_steps(12);
    }

    #[test]
    fn it_is_checked_against_as_long_a_time_as_chosen() {
        let mut harness = model(fixture::with_model());
        harness.get_by_label("Not yet compared with measured data");
        press(&mut harness, "How long to check");
        press(&mut harness, "8 h");
        press(&mut harness, "Check against the last");
        let expected = Command::AskModel(ModelWish::Check(Span::from_secs(28_800)));
        assert_eq!(harness.state().commands, [expected]);
        model(fixture::checked()).get_by_label("Credible");
    }

    #[test]
    fn chosen_properties_are_calibrated_and_setpoints_are_none() {
        let mut harness = model(fixture::with_model());
        press(&mut harness, "Calibrate");
        assert!(harness.query_by_label("Fit Filler Speed setpoint").is_none(), "the plant says what it is");
        press(&mut harness, "Calibrate to the last");
        press(&mut harness, "Fit Filler RepairTime");
        press(&mut harness, "Calibrate 1 property to the last");
        let names = vec!["Filler/RepairTime".to_owned()];
        let expected = Command::AskModel(ModelWish::Calibrate(names, Span::from_secs(7200)));
        assert_eq!(harness.state().commands, [expected]);
    }

    #[test]
    fn eight_properties_are_the_most() {
        let mut plant = fixture::with_model();
        let repair = plant.askable[2].clone();
        plant.askable.extend((0..9).map(|number| Askable { name: format!("Filler/P{number}"), ..repair.clone() }));
        let mut harness = model(plant);
        press(&mut harness, "Calibrate");
        let state = &mut harness.state_mut().state.what_if.model;
        state.names = (0..8).map(|number| format!("Filler/P{number}")).collect();
        state.words = "p8".into();
        harness.run_steps(2);
        press(&mut harness, "Fit Filler P8");
        assert_eq!(harness.state().state.what_if.model.names.len(), 8);
        assert!(!harness.state().state.what_if.model.names.contains(&"Filler/P8".to_owned()));
    }

    #[test]
    fn nothing_is_asked_while_the_copy_works() {
        let mut harness = model(Plant { asking: Asking::Running("Checking", 0.1), ..fixture::with_model() });
        press(&mut harness, "Check against the last");
        assert!(harness.state().commands.is_empty());
    }
}
