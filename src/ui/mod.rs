//! The operator console: panels around the 3D view.
//!
//! Panels read a `Console`, which is borrowed anew each frame, keep what they have to remember in
//! `ConsoleState`, and say what the person wants as `Command`s. They change nothing themselves, do
//! no I/O and read no clock but that of the screen.

mod alarm_rows;
mod alarms_tab;
mod asset_row;
mod asset_tree;
mod beside;
mod beside_strip;
mod change;
mod console;
mod difference_rows;
mod differences_tab;
mod drawer;
mod export_sheet;
#[cfg(test)]
pub(crate) mod fixture;
mod format;
pub mod headset;
mod icons;
mod inspector;
mod job_rows;
mod keys;
mod keys_sheet;
mod library;
mod link_field;
mod links_tab;
mod mark_entry;
pub mod marks;
mod notices_tab;
mod problems_tab;
mod ramp;
mod reading;
mod recorder;
mod recording_card;
mod recordings_tab;
mod response_curve;
mod response_map;
mod response_plot;
pub mod scene_labels;
mod sheet;
mod shelved;
mod signal_row;
mod sparkline;
mod spread;
mod status_bar;
mod strip;
mod strip_alarms;
mod strip_bands;
mod strip_cache;
mod strip_changes;
mod strip_flags;
mod strip_pointer;
mod strip_stretches;
mod tense;
pub mod theme;
mod time_axis;
mod timeline;
mod timeline_tools;
mod timeline_window;
mod toasts;
mod top_bar;
mod touch;
mod tree_rows;
mod what_if_affected;
mod what_if_alarms;
mod what_if_answer;
mod what_if_ask;
mod what_if_calibration;
mod what_if_credibility;
mod what_if_difference;
mod what_if_kpis;
mod what_if_model;
mod what_if_parameter;
mod what_if_question;
mod what_if_range;
mod what_if_response;
mod what_if_tab;
mod what_if_words;

use egui::{Context, Frame, Id, LayerId, Margin, Panel, Rect, Ui, UiBuilder};

use crate::domain::alarm::AlarmBook;
use crate::domain::command::{Command, Theme};
use crate::domain::playhead::Tense;
use crate::domain::signal::Origin;
pub use alarm_rows::headline;
use alarm_rows::{AlarmRows, View};
pub use change::{ChangeView, WriteAnswer, WriteView};
pub use console::{Compared, Console, Latency, Performance};
use reading::ShownMoment;

/// What the panels remember from frame to frame.
#[derive(Default)]
pub struct ConsoleState {
    dressed: Option<Theme>,
    shown: ShownMoment,
    /// Alarms at the playhead's moment.
    alarms: AlarmRows,
    /// Alarms of the plant now, while the playhead is elsewhere.
    alarms_now: AlarmRows,
    tree: asset_tree::TreeState,
    inspector: inspector::InspectorState,
    timeline: timeline_window::TimelineState,
    drawer: drawer::DrawerState,
    differences: difference_rows::DifferenceRows,
    export: export_sheet::ExportState,
    keys_sheet: bool,
    what_if: what_if_question::WhatIfState,
    changes: change::ChangesState,
    login: change::LoginState,
    /// What was typed where links are opened.
    link: String,
}

impl ConsoleState {
    /// A sheet lies over the console and has the keyboard.
    fn sheet_open(&self) -> bool {
        self.export.open || self.keys_sheet
    }
}

/// A root for the panels over the whole window, for hosts that hand out a context and not a `Ui`.
pub fn root_ui(ctx: &Context) -> Ui {
    let builder = UiBuilder::new().layer_id(LayerId::background()).max_rect(ctx.viewport_rect());
    Ui::new(ctx.clone(), Id::new("console"), builder)
}

/// Lays out all panels; returns what is left for the 3D view, in points.
pub fn console_ui(ui: &mut Ui, console: &Console, state: &mut ConsoleState, commands: &mut Vec<Command>) -> Rect {
    if state.dressed != Some(console.theme) {
        theme::apply(ui.ctx(), console.theme);
        ui.set_style(ui.ctx().global_style());
        state.dressed = Some(console.theme);
    }
    refresh_alarms(ui.ctx(), console, state);
    keys::keys(ui.ctx(), console, state, commands);
    let shown = state.shown.at(console.playhead, ui.input(|input| input.time));
    let frame = |x: i8, y: i8| Frame::new().fill(console.palette().panel).inner_margin(Margin::symmetric(x, y));
    Panel::top("top_bar")
        .exact_size(32.0)
        .frame(frame(8, 3))
        .show(ui, |ui| top_bar::top_bar_ui(ui, console, state, commands));
    Panel::bottom("status_bar")
        .exact_size(22.0)
        .frame(frame(8, 2))
        .show(ui, |ui| status_bar::status_bar_ui(ui, console));
    Panel::bottom("timeline")
        .exact_size(120.0)
        .frame(frame(8, 4))
        .show(ui, |ui| timeline::timeline_ui(ui, console, shown, state, commands));
    let window = ui.max_rect().size();
    Panel::left("plant").default_size(340.0).size_range(240.0..=(window.x * 0.35).max(241.0)).frame(frame(0, 0)).show(
        ui,
        |ui| {
            // Lists and long cards each keep the height that they were given.
            let (id, share) = if state.drawer.tab.tall() { ("tall_drawer", 0.55) } else { ("drawer", 0.42) };
            Panel::bottom(id)
                .resizable(true)
                .default_size((window.y * share).clamp(150.0, 1_000.0 * share))
                .size_range(90.0..=(window.y * 0.8).max(91.0))
                .frame(frame(8, 6))
                .show(ui, |ui| drawer::drawer_ui(ui, console, state, commands));
            frame(8, 6).show(ui, |ui| asset_tree::asset_tree_ui(ui, console, state, commands));
        },
    );
    Panel::right("inspector")
        .default_size(330.0)
        .size_range(260.0..=(window.x * 0.45).max(261.0))
        .frame(frame(10, 6))
        .show(ui, |ui| inspector::inspector_ui(ui, console, state, commands));
    let viewport = ui.available_rect_before_wrap();
    tense::viewport_frame_ui(ui, viewport, console, shown);
    change::frame_ui(ui, viewport, console);
    beside_strip::beside_strip_ui(ui.ctx(), viewport, console, state, commands);
    toasts::toasts_ui(ui.ctx(), viewport, console, commands);
    export_sheet::export_sheet_ui(ui.ctx(), console, state, commands);
    keys_sheet::keys_sheet_ui(ui.ctx(), state);
    viewport
}

/// Says in a picture without panels whether it is live, replayed or simulated, and of which moment.
pub fn caption_ui(ui: &Ui, rect: Rect, console: &Console, state: &mut ConsoleState) {
    let shown = state.shown.at(console.playhead, ui.input(|input| input.time));
    tense::viewport_frame_ui(ui, rect, console, shown);
}

fn refresh_alarms(ctx: &Context, console: &Console, state: &mut ConsoleState) {
    refresh_rows(ctx, console, &mut state.alarms, &mut state.alarms_now);
}

/// Alarms at the playhead's moment, and those of the plant now.
fn refresh_rows(ctx: &Context, console: &Console, then: &mut AlarmRows, now: &mut AlarmRows) {
    let time_secs = ctx.input(|input| input.time);
    let head = console.playhead;
    let shown = View { origin: head.origin(), moment: head.moment(), live: head.tense() == Tense::Live };
    // What the plant reported must not pass for what a simulated run would.
    let none = AlarmBook::default();
    let book = if console.simulated() { &none } else { console.alarm_book() };
    then.refresh(book, console.assets, shown, time_secs);
    if let Some(moment) = console.extent.live_now {
        let live = View { origin: Origin::Measured, moment, live: true };
        now.refresh(console.alarms, console.assets, live, time_secs);
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture;

    #[test]
    fn the_view_keeps_the_middle_of_the_window() {
        let plant = fixture::plant();
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            let rect = console_ui(ui, console, state, commands);
            assert!(rect.width() > 600.0 && rect.height() > 400.0, "{rect:?}");
        });
        harness.run_steps(3);
        for label in ["LIVE", "Timeline", "Search equipment", "Select Filler"] {
            harness.get_by_label(label);
        }
    }

    #[test]
    fn an_empty_project_says_what_to_do() {
        let mut harness = fixture::harness(fixture::empty_plant(), |ui, console, state, commands| {
            console_ui(ui, console, state, commands);
        });
        harness.run_steps(3);
        harness.get_by_label_contains("no equipment yet");
        harness.get_by_label_contains("Nothing is selected");
        harness.get_by_label_contains("Nothing has been recorded yet");
        harness.get_by_label("No alarms");
        harness.get_by_label("NO DATA");
    }
}
