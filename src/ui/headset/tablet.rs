//! The tablet in the wearer's hand: what the scene shows at its top, a page, and the choice of pages
//! at its foot.

use egui::{Align, Button, CentralPanel, Frame, Label, Layout, Margin, Panel, RichText, TextStyle, Ui, vec2};

use super::panels::{HeadsetPanels, Page};
use super::{alarms, equipment, places, time, tour, what_if};
use crate::domain::command::Command;
use crate::domain::headset::HeadsetStatus;
use crate::domain::time::Timestamp;
use crate::ui::icons::{Glyph, icon_button};
use crate::ui::{Console, change, format, tense, touch};

/// Height of the buttons at the foot, points.
const FOOT: f32 = 52.0;

/// Draws the whole tablet. Nothing without a headset.
pub fn tablet_ui(ui: &mut Ui, console: &Console, state: &mut HeadsetPanels, commands: &mut Vec<Command>) {
    let Some(headset) = console.headset else { return };
    touch::dress(ui, console.theme);
    state.refresh(ui, console);
    let frame = Frame::new().fill(console.palette().panel).inner_margin(Margin::symmetric(10, 6));
    Panel::top("head of the tablet").frame(frame).show(ui, |ui| head_ui(ui, console, headset, state));
    Panel::bottom("pages of the tablet").frame(frame).show(ui, |ui| foot_ui(ui, console, state));
    CentralPanel::default().frame(frame).show(ui, |ui| match state.page {
        Page::Equipment => equipment::equipment_ui(ui, console, headset, &mut state.faceplate, &state.alarms, commands),
        Page::Alarms => alarms::alarms_ui(ui, console, state, commands),
        Page::Time => time::time_ui(ui, console, &mut state.timeline, commands),
        Page::WhatIf => what_if::what_if_ui(ui, console, state, commands),
        Page::Places => places::places_ui(ui, console, headset, commands),
        Page::Tour => tour::tour_ui(ui, console, headset, commands),
    });
}

/// Which moment of which world the scene shows, what acts on the plant, and what was refused.
fn head_ui(ui: &mut Ui, console: &Console, headset: &HeadsetStatus, state: &mut HeadsetPanels) {
    let shown = state.shown.at(console.playhead, ui.input(|input| input.time));
    ui.horizontal(|ui| {
        tense::badge_ui(ui, console);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, Glyph::Close, "Close the tablet", true).clicked() {
                state.close();
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| moment_ui(ui, console, shown));
        });
    });
    change::acting_ui(ui, console);
    if let Some(words) = &headset.refused {
        ui.add(Label::new(RichText::new(words).small()).wrap());
    }
}

fn moment_ui(ui: &mut Ui, console: &Console, shown: Timestamp) {
    if console.without_data() {
        return;
    }
    let reading = if console.reading { ", reading …" } else { "" };
    let words = format!("{}{reading}", format::moment(console.playhead, shown));
    ui.add(Label::new(RichText::new(words).small()).wrap());
}

/// One button for each page, as wide as its words and an equal share of what is left.
fn foot_ui(ui: &mut Ui, console: &Console, state: &mut HeadsetPanels) {
    ui.spacing_mut().item_spacing.x = 4.0;
    ui.spacing_mut().button_padding.x = 2.0;
    let count = state.alarm_count(console);
    let words = Page::ALL.map(|page| match page {
        Page::Alarms if count > 0 => format!("{} ({})", page.name(), count.min(999)),
        _ => page.name().to_owned(),
    });
    let font = TextStyle::Small.resolve(ui.style());
    let ink = ui.visuals().text_color();
    let widths = words.each_ref().map(|words| {
        let galley = ui.painter().layout_no_wrap(words.clone(), font.clone(), ink);
        galley.size().x + 4.0
    });
    let left = ui.available_width() - widths.iter().sum::<f32>() - 4.0 * (Page::ALL.len() - 1) as f32;
    let share = (left / Page::ALL.len() as f32).max(0.0);
    ui.horizontal(|ui| {
        for ((page, words), width) in Page::ALL.into_iter().zip(&words).zip(widths) {
            let button = Button::new(RichText::new(words).small()).selected(state.page == page);
            if ui.add(button.min_size(vec2((width + share).floor(), FOOT))).clicked() {
                state.page = page;
            }
        }
    });
}

#[cfg(test)]
mod tests;
