//! The operator console: panels around the 3D view.
//!
//! Panels read a `Console`, which is borrowed anew each frame, keep what they have to remember in
//! `ConsoleState`, and say what the person wants as `Command`s. They change nothing themselves, do
//! no I/O and read no clock but that of the screen.

mod alarm_rows;
mod alarms_tab;
mod asset_row;
mod asset_tree;
mod drawer;
#[cfg(test)]
pub(crate) mod fixture;
mod format;
mod icons;
mod inspector;
mod keys;
mod links_tab;
pub mod marks;
mod notices_tab;
mod problems_tab;
mod reading;
pub mod scene_labels;
mod sheet;
mod signal_row;
mod sparkline;
mod status_bar;
mod strip;
mod strip_cache;
mod tense;
pub mod theme;
mod time_axis;
mod timeline;
mod toasts;
mod top_bar;
mod tree_rows;

use std::collections::HashSet;

use egui::{Context, Frame, Id, LayerId, Margin, Panel, Rect, Ui, UiBuilder};

use crate::domain::alarm::AlarmBook;
use crate::domain::asset::{AssetId, AssetTree};
use crate::domain::catalog::Catalog;
use crate::domain::command::{CameraMode, Command, Theme};
use crate::domain::history::History;
use crate::domain::link::LinkStatus;
use crate::domain::notice::Notice;
use crate::domain::playhead::{Extent, Playhead, Tense};
use crate::domain::setpoint::Setpoint;
use crate::domain::time::{Span, Timestamp};
use crate::project::Problem;
use alarm_rows::AlarmRows;
use reading::ShownMoment;
use theme::Palette;

/// Everything that the panels read.
#[derive(Clone, Copy)]
pub struct Console<'a> {
    pub project_name: &'a str,
    pub assets: &'a AssetTree,
    pub catalog: &'a Catalog,
    pub history: &'a History,
    pub playhead: &'a Playhead,
    pub extent: Extent,
    pub alarms: &'a AlarmBook,
    pub setpoints: &'a [Setpoint],
    pub links: &'a [LinkStatus],
    pub notices: &'a [Notice],
    pub problems: &'a [Problem],
    pub selection: Option<AssetId>,
    /// Under the pointer in the 3D view.
    pub hovered: Option<AssetId>,
    pub hidden: &'a HashSet<AssetId>,
    pub camera: CameraMode,
    /// Names of the saved viewpoints.
    pub viewpoints: &'a [String],
    pub xray: bool,
    pub ghost_others: bool,
    pub labels: bool,
    pub theme: Theme,
    /// Time of the wall clock; plant time is in playhead and extent.
    pub wall_now: Timestamp,
    pub performance: Performance<'a>,
}

/// How the program itself is doing.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Performance<'a> {
    pub frame_ms: f32,
    pub samples_per_sec: f64,
    /// Samples that the screen could not take in time, since the start.
    pub dropped: u64,
    /// Time from the plant to the screen: half of the samples, and 99 of 100, are faster.
    pub latency: Option<Latency>,
    /// What is drawn more plainly than it could be, and why; none where nothing is.
    pub quality_note: Option<&'a str>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Latency {
    pub p50: Span,
    pub p99: Span,
}

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
    timeline: timeline::TimelineState,
    drawer: drawer::DrawerState,
}

impl Console<'_> {
    fn palette(&self) -> &'static Palette {
        Palette::of(self.theme)
    }

    /// True while there is nothing to show: no source, no recording.
    fn without_data(&self) -> bool {
        self.extent.live_now.is_none() && self.extent.held.is_none()
    }

    /// True while the playhead is in the past or the future of a plant that is connected.
    fn away_from_live(&self) -> bool {
        self.extent.live_now.is_some() && self.playhead.tense() != Tense::Live
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
        .show(ui, |ui| timeline::timeline_ui(ui, console, shown, &mut state.timeline, commands));
    let window = ui.max_rect().size();
    Panel::left("plant").default_size(300.0).size_range(240.0..=(window.x * 0.35).max(241.0)).frame(frame(0, 0)).show(
        ui,
        |ui| {
            Panel::bottom("drawer")
                .resizable(true)
                .default_size((window.y * 0.34).clamp(150.0, 330.0))
                .size_range(90.0..=(window.y * 0.6).max(91.0))
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
    toasts::toasts_ui(ui.ctx(), viewport, console, commands);
    viewport
}

fn refresh_alarms(ctx: &Context, console: &Console, state: &mut ConsoleState) {
    let time_secs = ctx.input(|input| input.time);
    let live = console.playhead.tense() == Tense::Live;
    state.alarms.refresh(console.alarms, console.assets, (console.playhead.moment(), live), time_secs);
    if let Some(now) = console.extent.live_now {
        state.alarms_now.refresh(console.alarms, console.assets, (now, true), time_secs);
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
