//! The selected asset: what it is, its alarms, its signals at the playhead's moment, its setpoints.

use std::collections::HashSet;

use egui::{Label, Rect, RichText, ScrollArea, Ui, vec2};

use super::alarms_tab::{Way, alarm_card_ui};
use super::drawer::Tab;
use super::icons::{Glyph, icon_button};
use super::reading::{DIGITS_SECS, Throttle, setpoint_words};
use super::sheet::{Curves, Sheet};
use super::signal_row::{Click, SignalRow};
use super::theme::HEAD;
use super::{Console, ConsoleState, format};
use crate::domain::asset::{Asset, AssetId};
use crate::domain::command::Command;
use crate::domain::deviation::{Degree, Yardstick};
use crate::domain::signal::SignalId;
use crate::domain::time::Span;

/// What the inspector remembers.
#[derive(Default)]
pub struct InspectorState {
    sheet: Option<Sheet>,
    throttle: Throttle,
    curves: Curves,
    /// Signals with a large curve.
    open: HashSet<SignalId>,
    window: Window,
}

impl InspectorState {
    /// Large curves that were opened, of whatever equipment.
    pub(super) fn large_curves(&self) -> usize {
        self.open.len()
    }

    /// Reads an asset at the playhead's moment, where it is time to.
    pub(super) fn refresh(&mut self, ui: &Ui, console: &Console, asset: Option<AssetId>) {
        if self.sheet.as_ref().map(|sheet| sheet.asset) != asset {
            self.throttle.reset();
            self.curves.clear();
        }
        if self.throttle.due(ui.input(|input| input.time), DIGITS_SECS) {
            self.sheet = asset.and_then(|asset| Sheet::take(console, asset));
        }
        ui.ctx().request_repaint_after_secs(DIGITS_SECS as f32);
    }

    /// What was read last; none while there is no such asset.
    pub(super) fn sheet(&self) -> Option<&Sheet> {
        self.sheet.as_ref()
    }
}

/// How much of the past the curves show.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Window {
    #[default]
    Short,
    Middle,
    Long,
}

impl Window {
    const ALL: [(Self, &'static str); 3] = [(Self::Short, "2 min"), (Self::Middle, "15 min"), (Self::Long, "2 h")];

    fn span(self) -> Span {
        Span::from_secs(match self {
            Self::Short => 120,
            Self::Middle => 900,
            Self::Long => 7200,
        })
    }
}

pub fn inspector_ui(ui: &mut Ui, console: &Console, state: &mut ConsoleState, commands: &mut Vec<Command>) {
    state.inspector.refresh(ui, console, console.selection);
    let Some(sheet) = &state.inspector.sheet else {
        return empty_ui(ui);
    };
    let Some(asset) = console.assets.get(sheet.asset) else { return };
    head_ui(ui, sheet, asset, commands);
    ui.separator();
    if let Some(words) = deviation_words(console, sheet.asset) {
        ui.add(Label::new(RichText::new(words).small()).wrap());
    }
    let alarms = sheet.alarms(&state.alarms);
    ScrollArea::vertical().id_salt("inspector").auto_shrink(false).show(ui, |ui| {
        for row in alarms {
            alarm_card_ui(ui, console, row, Way::CAMERA, commands);
        }
        if let Some(parameter) = signals_ui(ui, console, &mut state.inspector, true) {
            state.what_if.choose(parameter);
            state.drawer.tab = Tab::WhatIf;
        }
        setpoints_ui(ui, console, asset);
    });
}

/// "Speed 42 /min less than \"faster filler\", 2.6 sigma of its runs"; none where nothing is compared or it
/// is near.
pub(super) fn deviation_words(console: &Console, asset: AssetId) -> Option<String> {
    let other = console.compared?.name;
    let (_, found) = console.deviations.iter().find(|(known, _)| *known == asset)?;
    if found.degree() == Degree::None {
        return None;
    }
    let signal = console.catalog.get(found.signal)?;
    let Some(difference) = found.difference else {
        return Some(format!("{} differs from \"{other}\".", signal.name()));
    };
    let way = if difference > 0.0 { "more" } else { "less" };
    let digits = format::decimals(difference, signal.range, None);
    let distance = format::with_unit(&format::number(difference.abs(), digits), signal.unit.symbol());
    let measure = match found.yardstick {
        Yardstick::Runs => format!("{:.1} sigma of its runs", found.sigmas),
        Yardstick::Range | Yardstick::State => format!("{:.0}% of its range", found.sigmas * 100.0 / 30.0),
    };
    Some(format!("{} {distance} {way} than \"{other}\", {measure}.", signal.name()))
}

fn empty_ui(ui: &mut Ui) {
    ui.add_space(24.0);
    ui.vertical_centered(|ui| {
        ui.label(RichText::new("Nothing is selected").size(HEAD));
        ui.label(
            RichText::new("Click equipment in the view or in the list on the left to see its values and alarms.")
                .weak(),
        );
    });
}

fn head_ui(ui: &mut Ui, sheet: &Sheet, asset: &Asset, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.add(Label::new(RichText::new(&asset.name).size(HEAD).strong()).truncate());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if icon_button(ui, Glyph::Close, "Clear the selection", true).clicked() {
                commands.push(Command::Select(None));
            }
            if icon_button(ui, Glyph::EyeOff, "Hide it in the view", true).clicked() {
                commands.push(Command::Hide(sheet.asset));
            }
            if icon_button(ui, Glyph::Eye, "Show only this", true).clicked() {
                commands.push(Command::Isolate(sheet.asset));
            }
            if icon_button(ui, Glyph::Aim, "Move the camera there", true).clicked() {
                commands.push(Command::Focus(sheet.asset));
            }
        });
    });
    ui.add(Label::new(RichText::new(asset.path.replace('/', " / ")).small().weak()).truncate());
    if !asset.description.is_empty() {
        ui.label(RichText::new(&asset.description));
    }
}

/// All signals of the sheet under a head. Returns the parameter of the model that is to be tried, where that is offered.
pub(super) fn signals_ui<'a>(
    ui: &mut Ui,
    console: &Console<'a>,
    state: &mut InspectorState,
    offer_trying: bool,
) -> Option<&'a str> {
    let InspectorState { sheet: Some(sheet), window, .. } = state else { return None };
    ui.horizontal(|ui| {
        ui.label(RichText::new("Signals").strong());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            for (choice, words) in Window::ALL.into_iter().rev() {
                let text = RichText::new(words).small();
                if ui
                    .add(egui::Button::selectable(*window == choice, text))
                    .on_hover_text("Length of the curves")
                    .clicked()
                {
                    *window = choice;
                }
            }
        });
    });
    if sheet.is_empty() && sheet.not_shown == 0 {
        ui.label(RichText::new("No signals belong to it. Name it in the asset entry of a signal in twin.toml.").weak());
    }
    let not_shown = sheet.not_shown;
    let tried = rows_ui(ui, console, state, Rows { most: usize::MAX, lines: false, offer_trying });
    if not_shown > 0 {
        let signals = format::counted(not_shown, "signal is", "signals are");
        ui.label(RichText::new(format!("{signals} further down. Select a part to see them.")).weak());
    }
    tried
}

/// Which signals of a sheet are shown, and how.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    /// So many, the first ones first.
    pub most: usize,
    /// On one line each, that answers to nothing.
    pub lines: bool,
    /// With a button that leads to the simulated copy, where it can be asked.
    pub offer_trying: bool,
}

pub(super) fn rows_ui<'a>(
    ui: &mut Ui,
    console: &Console<'a>,
    state: &mut InspectorState,
    Rows { most, lines, offer_trying }: Rows,
) -> Option<&'a str> {
    let InspectorState { sheet: Some(sheet), curves, open, window, .. } = state else { return None };
    let time_secs = ui.input(|input| input.time);
    let (mut tried, mut left) = (None, most);
    for group in &sheet.groups {
        if let Some(part) = group.part.as_ref().filter(|_| left > 0) {
            ui.add_space(4.0);
            ui.label(RichText::new(part).small().strong());
        }
        for reading in &group.readings {
            if left == 0 {
                break;
            }
            left -= 1;
            let Some(signal) = console.catalog.get(reading.signal) else { continue };
            // Curves out of sight are not cut.
            let next = Rect::from_min_size(ui.cursor().min, vec2(1.0, 180.0));
            let seen = reading.numeric && ui.is_rect_visible(next);
            let other = console.compared.map(|compared| compared.origin);
            for origin in [Some(console.playhead.origin()), other].into_iter().flatten().filter(|_| seen) {
                curves.cut(console, (origin, reading.signal), window.span(), time_secs);
            }
            let askable = console.askable.iter().find(|askable| askable.signal == Some(reading.signal));
            let row = SignalRow {
                console,
                signal,
                reading,
                beside: sheet.beside.get(&reading.signal),
                buckets: curves.get(console.playhead.origin(), reading.signal),
                other: other.map_or(&[], |origin| curves.get(origin, reading.signal)),
                limits: sheet.limits.get(&reading.signal).map_or(&[], Vec::as_slice),
                span: window.span(),
                open: open.contains(&reading.signal),
                askable: offer_trying && askable.is_some(),
            };
            if lines {
                row.line_ui(ui);
                continue;
            }
            match row.ui(ui) {
                Some(Click::Curve) if !open.remove(&reading.signal) => _ = open.insert(reading.signal),
                Some(Click::Try) => tried = askable.map(|askable| askable.name.as_str()),
                Some(Click::Curve) | None => {}
            }
        }
    }
    tried
}

pub(super) fn setpoints_ui(ui: &mut Ui, console: &Console, asset: &Asset) {
    let setpoints = console.setpoints.iter().filter(|setpoint| asset.signals.contains(&setpoint.signal));
    let mut any = false;
    for setpoint in setpoints {
        let Some(signal) = console.catalog.get(setpoint.signal) else { continue };
        if !any {
            ui.add_space(6.0);
            ui.label(RichText::new("Setpoints").strong());
        }
        any = true;
        ui.label(signal.name());
        ui.label(RichText::new(setpoint_words(setpoint, signal)).small().weak());
    }
    if any {
        ui.label(RichText::new("Set by a change request only: try a value in What if, and propose it.").small().weak());
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::domain::deviation::Deviation;
    use crate::domain::recording::Alignment;
    use crate::domain::signal::Origin;
    use crate::ui::fixture::{self, Plant, Stage};

    fn inspector(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            crate::ui::refresh_alarms(ui.ctx(), console, state);
            inspector_ui(ui, console, state, commands);
        });
        harness.run_steps(3);
        harness
    }

    fn of_filler() -> Harness<'static, Stage> {
        let plant = fixture::plant();
        inspector(Plant { selection: Some(plant.id("Riverside/Line 1/Filler")), ..plant })
    }

    #[test]
    fn values_show_how_far_they_can_be_trusted() {
        let harness = of_filler();
        harness.get_by_label_contains("Speed: 612");
        harness.get_by_label_contains("Sensor failure");
        harness.get_by_label_contains("Substitute value");
        harness.get_by_label_contains("Stale: nothing new for 42");
        harness.get_by_label_contains("Bottles: no value");
    }

    #[test]
    fn a_comparison_shows_the_other_value_beside_the_own() {
        let plant = fixture::comparison();
        let harness = inspector(Plant { selection: Some(plant.id("Riverside/Line 1/Filler")), ..plant });
        harness.get_by_label_contains("Speed: 612\u{2009}/min. Beside: 598\u{2009}/min, -14\u{2009}/min");
        harness.get_by_label_contains("State: EXECUTE. Beside: HELD, differs");
    }

    #[test]
    fn digits_change_four_times_a_second_at_most() {
        let mut harness = of_filler();
        harness.state_mut().plant.feed("Riverside/Line 1/Filler/Speed", 0, 700.0);
        harness.step();
        harness.get_by_label_contains("Speed: 612");
        harness.run_steps(20);
        harness.get_by_label_contains("Speed: 700");
    }

    #[test]
    fn how_far_it_is_from_the_other_side_is_told_with_its_worst_signal() {
        let plant = fixture::answered();
        let filler = plant.id("Riverside/Line 1/Filler");
        let signal = plant.catalog.id("Riverside/Line 1/Filler/Speed").expect("a signal");
        let far = |difference, sigmas, yardstick| vec![(filler, Deviation { signal, difference, sigmas, yardstick })];
        let told = |deviations| {
            let compared = Some((Origin::Simulated(1), Alignment::Clock));
            let plant = Plant { deviations, compared, ..fixture::answered() };
            deviation_words(&plant.console(), filler)
        };
        let words = told(far(Some(-42.0), 2.6, Yardstick::Runs)).expect("it is off");
        assert!(words.contains("42") && words.contains("less than") && words.contains("2.6 sigma"), "{words}");
        let words = told(far(Some(42.0), 3.0, Yardstick::Range)).expect("it is off");
        assert!(words.contains("more than") && words.contains("10% of its range"), "{words}");
        assert!(told(far(None, 3.0, Yardstick::State)).expect("it is off").contains("differs from"));
        assert_eq!(told(far(Some(1.0), 0.4, Yardstick::Runs)), None);
    }

    #[test]
    fn setpoints_are_for_reading() {
        let harness = of_filler();
        harness.get_by_label_contains("in steps of 10");
        harness.get_by_label_contains("Set by a change request only");
    }

    #[test]
    fn a_parameter_of_the_model_can_be_tried() {
        let plant = fixture::with_model();
        let mut harness = inspector(Plant { selection: Some(plant.id("Riverside/Line 1/Filler")), ..plant });
        assert!(harness.query_by_label("Try another Speed on the simulated copy").is_none());
        harness.get_by_label("Try another Speed setpoint on the simulated copy").click();
        harness.run_steps(2);
        let state = &harness.state().state;
        assert!(state.what_if.is_chosen("Filler/SpeedSetpoint") && state.drawer.tab == Tab::WhatIf);
        assert!(state.inspector.open.is_empty(), "the curve stays as it is");
    }

    #[test]
    fn its_alarms_can_be_acknowledged() {
        let mut harness = of_filler();
        harness.get_by_label("Acknowledge").click();
        harness.run_steps(2);
        assert!(matches!(harness.state().commands[..], [Command::Acknowledge(_)]));
    }

    #[test]
    fn without_a_selection_it_says_what_to_do() {
        inspector(fixture::plant()).get_by_label_contains("Click equipment");
    }
}
