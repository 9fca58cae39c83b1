//! What else can be said of a chosen parameter: a range that a sweep goes through, and how well its
//! value is known.

use egui::{Checkbox, DragValue, Ui, WidgetInfo, WidgetType, vec2};

use super::what_if_question::{MOST_RANGES, POINTS, WhatIfState, snapped};
use super::what_if_words::{decimals, title};
use super::{Console, format};
use crate::domain::sweep::Axis;
use crate::domain::what_if::Askable;

/// Width of a field, points.
const FIELD: f32 = 72.0;
/// Points of a range that was just opened.
const USUAL_POINTS: u32 = 9;

/// A range to go through, on and off, and its ends.
pub fn range_ui(ui: &mut Ui, console: &Console, askable: &Askable, state: &mut WhatIfState) {
    let (name, full) = (title(console, askable), state.ranges().count() >= MOST_RANGES);
    let Some(chosen) = state.chosen_mut(&askable.name) else { return };
    let mut on = chosen.range.is_some();
    let enabled = on || !full;
    let toggle = ui.add_enabled(enabled, Checkbox::new(&mut on, "Try a range"));
    toggle.widget_info(|| WidgetInfo::selected(WidgetType::Checkbox, enabled, on, format!("Try a range of {name}")));
    if toggle.changed() {
        chosen.range = on.then(|| whole(askable));
    }
    toggle
        .on_hover_text("Simulate it at several values, to see where it is best")
        .on_disabled_hover_text("Two parameters at most can go through a range at a time");
    let Some(axis) = &mut chosen.range else { return };
    ui.horizontal_wrapped(|ui| {
        let (low, high) = askable.range;
        ui.label("from");
        if number_ui(ui, askable, format!("Least {name}"), &mut axis.from, (low, axis.to)) {
            axis.from = snapped(askable, axis.from);
        }
        ui.label("to");
        if number_ui(ui, askable, format!("Greatest {name}"), &mut axis.to, (axis.from, high)) {
            axis.to = snapped(askable, axis.to);
        }
        ui.label("in");
        let field = ui.add(DragValue::new(&mut axis.points).range(POINTS.0..=POINTS.1).suffix(" points"));
        field.widget_info(|| WidgetInfo::labeled(WidgetType::DragValue, true, format!("Points of {name}")));
    });
}

/// How far the value may be off, on and off.
pub fn sigma_ui(ui: &mut Ui, console: &Console, askable: &Askable, state: &mut WhatIfState) {
    let name = title(console, askable);
    let Some(chosen) = state.chosen_mut(&askable.name) else { return };
    ui.horizontal(|ui| {
        let mut on = chosen.sigma.is_some();
        let toggle = ui.checkbox(&mut on, "± uncertain by");
        toggle.widget_info(|| WidgetInfo::selected(WidgetType::Checkbox, true, on, format!("{name} is uncertain")));
        if toggle.changed() {
            chosen.sigma = on.then(|| usual_sigma(askable));
        }
        toggle.on_hover_text(
            "It is another one in each run: in two of three runs nearer than this to its value, in 95% within twice",
        );
        if let Some(sigma) = &mut chosen.sigma {
            let (low, high) = askable.range;
            number_ui(ui, askable, format!("Uncertainty of {name}"), sigma, (0.0, high - low));
        }
    });
}

/// True when another number was given.
fn number_ui(ui: &mut Ui, askable: &Askable, name: String, value: &mut f64, (low, high): (f64, f64)) -> bool {
    let (least, most) = askable.range;
    let field = DragValue::new(value)
        .range(low..=high)
        .clamp_existing_to_range(false)
        .speed(askable.step.unwrap_or((most - least) / 400.0))
        .fixed_decimals(decimals(askable))
        .suffix(format::with_unit("", askable.unit.symbol()))
        .update_while_editing(false);
    let response = ui.add_sized(vec2(FIELD, ui.spacing().interact_size.y), field);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::DragValue, true, name.as_str()));
    response.changed()
}

/// From end to end of what may be asked for.
fn whole(askable: &Askable) -> Axis {
    let (from, to) = askable.range;
    Axis { parameter: askable.name.clone(), from, to: snapped(askable, to), points: USUAL_POINTS }
}

/// A twentieth of the value; of the range where the value is nothing.
fn usual_sigma(askable: &Askable) -> f64 {
    let (low, high) = askable.range;
    let size = if askable.value == 0.0 { high - low } else { askable.value.abs() };
    (size / 20.0).min(high - low)
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::domain::command::Command;
    use crate::domain::scenario::Uncertain;
    use crate::domain::what_if::ModelWish;
    use crate::ui::fixture::{self, Stage};
    use crate::ui::what_if_tab::what_if_tab_ui;

    fn tab(chosen: &[&str]) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(fixture::with_model(), |ui, console, state, commands| {
            what_if_tab_ui(ui, console, &mut state.what_if, commands);
        });
        for parameter in chosen {
            harness.state_mut().state.what_if.choose(parameter);
        }
        harness.run_steps(3);
        harness
    }

    fn press(harness: &mut Harness<Stage>, label: &str) {
        harness.get_by_label(label).click();
        harness.run_steps(3);
    }

    #[test]
    fn a_range_is_swept_between_the_limits_of_the_parameter() {
        let mut harness = tab(&["Filler/SpeedSetpoint"]);
        press(&mut harness, "Try a range of Speed setpoint");
        press(&mut harness, "Speed setpoint is uncertain");
        for label in ["Least Speed setpoint", "Greatest Speed setpoint", "Points of Speed setpoint"] {
            harness.get_by_label(label);
        }
        press(&mut harness, "Sweep 9 points");
        let [Command::AskModel(ModelWish::Sweep(scenario, axes))] = &harness.state().commands[..] else {
            panic!("{:?}", harness.state().commands)
        };
        let axis = Axis { parameter: "Filler/SpeedSetpoint".into(), from: 300.0, to: 720.0, points: 9 };
        assert_eq!((axes.as_slice(), scenario.changes.len()), (&[axis][..], 0));
        assert_eq!(scenario.uncertain, [Uncertain { parameter: "Filler/SpeedSetpoint".into(), sigma: 32.0 }]);
    }

    #[test]
    fn two_ranges_are_the_most() {
        let mut harness = tab(&["Filler/SpeedSetpoint", "Filler/RepairTime", "Packer/BeltSpeed"]);
        press(&mut harness, "Try a range of Speed setpoint");
        press(&mut harness, "Try a range of RepairTime");
        press(&mut harness, "Try a range of BeltSpeed");
        harness.get_by_label("Sweep 9 × 9 points");
        press(&mut harness, "Try a range of RepairTime");
        press(&mut harness, "Try a range of BeltSpeed");
        let ranges: Vec<&str> = harness.state().state.what_if.ranges().map(|axis| axis.parameter.as_str()).collect();
        assert_eq!(ranges, ["Filler/SpeedSetpoint", "Packer/BeltSpeed"]);
    }
}
