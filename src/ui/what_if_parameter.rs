//! One parameter of the model in the What if tab: a card with slider and field where it was chosen,
//! a line with what it is now where it was not.

use egui::{
    Align, Button, DragValue, Label, Layout, Rect, RichText, Slider, Stroke, Ui, WidgetInfo, WidgetType, pos2, remap,
};

use super::icons::{Glyph, icon_button};
use super::recording_card::card_ui;
use super::what_if_question::{Chosen, WhatIfState};
use super::what_if_range::{range_ui, sigma_ui};
use super::what_if_words::{decimals, place, title, value_words, variable};
use super::{Console, format, touch};
use crate::domain::what_if::Askable;

/// Room of the value field, points.
const FIELD: f32 = 86.0;

/// A parameter that was chosen; what is set there goes into `state`.
pub fn card_of_ui(ui: &mut Ui, console: &Console, askable: &Askable, chosen: &Chosen, state: &mut WhatIfState) {
    let name = title(console, askable);
    card_ui(ui, console, |ui| {
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if icon_button(ui, Glyph::Close, &format!("Leave out {name}"), true).clicked() {
                    state.leave_out(&askable.name);
                }
                let back = ui.add_enabled(chosen.to.is_some(), Button::new("Reset"));
                back.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, format!("Reset {name}")));
                if back.on_hover_text("As it is now").clicked() {
                    state.set(askable, None);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| name_ui(ui, console, askable));
            });
        });
        if !variable(askable) {
            ui.label(RichText::new("The model gives no limits for it, so it cannot be changed here.").weak());
            return;
        }
        let mut value = chosen.to.unwrap_or(askable.value);
        ui.horizontal(|ui| {
            sink_fields(ui, console);
            let changed = slider_ui(ui, console, askable, &mut value, state);
            if field_ui(ui, askable, name, &mut value) || changed {
                state.set(askable, Some(value));
            }
        });
        ui.label(RichText::new(limits_words(askable)).small().weak());
        sink_fields(ui, console);
        range_ui(ui, console, askable, state);
        sigma_ui(ui, console, askable, state);
        if !askable.in_plant {
            ui.label(RichText::new("A property of the model: the plant has no setpoint for it.").small().weak());
        }
    });
}

/// A parameter that was not chosen; true when it is to be.
pub fn line_of_ui(ui: &mut Ui, console: &Console, askable: &Askable) -> bool {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let (name, place) = (title(console, askable), place(console, askable));
            let button = ui.add_enabled(variable(askable), touch::small(ui, Button::new("Try")));
            button.widget_info(|| {
                WidgetInfo::labeled(WidgetType::Button, variable(askable), format!("Try {name} of {place}"))
            });
            let reason = "The model gives no limits for it";
            let pressed = button.on_hover_text("Try another value").on_disabled_hover_text(reason).clicked();
            ui.label(RichText::new(value_words(askable, askable.value)).monospace());
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| name_ui(ui, console, askable));
            pressed
        })
        .inner
    })
    .inner
}

/// Fields, rails, boxes and buttons on the ground of a card would not be seen.
pub fn sink_fields(ui: &mut Ui, console: &Console) {
    let resting = &mut ui.visuals_mut().widgets.inactive;
    (resting.bg_fill, resting.weak_bg_fill) = (console.palette().ground, console.palette().ground);
}

fn name_ui(ui: &mut Ui, console: &Console, askable: &Askable) {
    let (name, place) = (title(console, askable), place(console, askable));
    let told = [askable.description.as_str(), askable.name.as_str()];
    let told = told.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    ui.add(Label::new(RichText::new(name).strong()).truncate()).on_hover_text(told);
    if ui.available_width() > 20.0 {
        ui.add(Label::new(RichText::new(place).small().weak()).truncate());
    }
}

/// True when it was moved.
fn slider_ui(ui: &mut Ui, console: &Console, askable: &Askable, value: &mut f64, state: &mut WhatIfState) -> bool {
    let (low, high) = askable.range;
    ui.spacing_mut().slider_width = (ui.available_width() - FIELD - 12.0).max(40.0);
    let before = *value;
    let slider = Slider::new(value, low..=high).show_value(false).step_by(askable.step.unwrap_or(0.0));
    let response = ui.add(slider);
    let name = title(console, askable);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(WidgetType::Slider, true, format!("Move {name}"));
        info.value = Some(before);
        info
    });
    if response.has_focus() {
        state.slider = Some(response.id);
    }
    // The middle of the handle stops short of the ends by its radius.
    let rail = response.rect.shrink2(egui::vec2(response.rect.height() / 2.5, 0.0));
    let x = remap(askable.value.clamp(low, high), low..=high, f64::from(rail.left())..=f64::from(rail.right())) as f32;
    let pen = Stroke::new(2.0, console.palette().text);
    for (from, to) in [(rail.top() - 1.0, rail.top() + 4.0), (rail.bottom() - 4.0, rail.bottom() + 1.0)] {
        ui.painter().line_segment([pos2(x, from), pos2(x, to)], pen);
    }
    let mark = Rect::from_center_size(pos2(x, rail.center().y), egui::vec2(8.0, rail.height()));
    let words = format!("Now {}", value_words(askable, askable.value));
    if response.hover_pos().is_some_and(|pointer| mark.contains(pointer)) {
        response.clone().on_hover_text_at_pointer(words);
    }
    response.changed()
}

/// True when another value was given.
fn field_ui(ui: &mut Ui, askable: &Askable, name: &str, value: &mut f64) -> bool {
    let (low, high) = askable.range;
    let suffix = format::with_unit("", askable.unit.symbol());
    let field = DragValue::new(value)
        .range(low..=high)
        .clamp_existing_to_range(false)
        .speed(askable.step.unwrap_or((high - low) / 400.0))
        .fixed_decimals(decimals(askable))
        .suffix(suffix)
        .update_while_editing(false);
    let before = ui.add_sized([FIELD, ui.spacing().interact_size.y], field);
    before.widget_info(|| WidgetInfo::labeled(WidgetType::DragValue, true, format!("Value of {name}")));
    before.changed()
}

/// "Now 640 /min, 300 to 720 in steps of 10".
fn limits_words(askable: &Askable) -> String {
    let number = |value: f64| format::number(value, decimals(askable));
    let (low, high) = askable.range;
    let steps = askable.step.map(|step| format!(" in steps of {}", number(step))).unwrap_or_default();
    format!("Now {}, {} to {}{steps}", value_words(askable, askable.value), number(low), number(high))
}
