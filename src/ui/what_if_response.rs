//! What a sweep of one or two parameters gave: one figure over them, as a curve or as a map. A point
//! that is clicked puts its values into the question.

use egui::{ComboBox, Label, RichText, Ui, WidgetInfo, WidgetType};

use super::response_curve::curve_ui;
use super::response_map::map_ui;
use super::what_if_answer::simulated_ui;
use super::what_if_credibility::verdict_ui;
use super::what_if_question::WhatIfState;
use super::what_if_words::{askable_of, change_words, full_title, parameter_words};
use super::{Console, format};
use crate::domain::command::Command;
use crate::domain::scenario::{Change, Estimate, KpiResult};
use crate::domain::sweep::{Axis, Cell, Response};
use crate::domain::time::Span;
use crate::domain::unit::Unit;
use crate::domain::what_if::ModelWish;

/// One figure of a sweep.
#[derive(Clone, Copy)]
pub struct Figure<'a> {
    pub response: &'a Response,
    pub name: &'a str,
    pub unit: &'a Unit,
    /// Among those of a cell.
    place: usize,
}

impl<'a> Figure<'a> {
    /// The figure with this name, else the first; none while no cell has come.
    fn find(response: &'a Response, name: &str) -> Option<Self> {
        let kpis = &response.cells.first()?.kpis;
        let place = kpis.iter().position(|kpi| kpi.name == name).unwrap_or(0);
        let kpi = kpis.get(place)?;
        Some(Self { response, name: &kpi.name, unit: &kpi.unit, place })
    }

    /// With the values of a cell; none where no run has the figure.
    pub fn of(&self, cell: &'a Cell) -> Option<Estimate> {
        self.result(cell)?.changed
    }

    fn result(&self, cell: &'a Cell) -> Option<&'a KpiResult> {
        cell.kpis.get(self.place)
    }

    pub fn cell(&self, place: u32) -> Option<&'a Cell> {
        let cells = &self.response.cells;
        cells.get(cells.binary_search_by_key(&place, |cell| cell.place).ok()?)
    }

    /// "612 /min".
    pub fn words(&self, value: f64) -> String {
        format::with_unit(&self.number(value), self.unit.symbol())
    }

    /// Four digits that count.
    pub fn number(&self, value: f64) -> String {
        format::number(value, format::decimals(value, None, None).min(2))
    }
}

pub fn response_ui(
    ui: &mut Ui,
    console: &Console,
    response: &Response,
    state: &mut WhatIfState,
    commands: &mut Vec<Command>,
) {
    simulated_ui(ui, console, &response.scenario.name, |ui| {
        verdict_ui(ui, console, console.checked, &furthest(response));
        ui.label(RichText::new(asked_words(response)).small().weak());
        for change in &response.scenario.changes {
            ui.label(RichText::new(change_words(console, change)).small());
        }
        let figure = Figure::find(response, &state.figure);
        ui.horizontal_wrapped(|ui| {
            figure_ui(ui, response, figure.map_or("–", |figure| figure.name), &mut state.figure);
            if ui.button("Forget").on_hover_text("Drop this sweep").clicked() {
                commands.push(Command::AskModel(ModelWish::DropSweep));
            }
        });
        let Some(figure) = figure else {
            ui.label("No point has been simulated yet.");
            return;
        };
        let seen = match response.axes[..] {
            [ref axis] => curve_ui(ui, console, figure, axis, state),
            [ref across, ref up] => map_ui(ui, console, figure, (across, up), state),
            _ => return,
        };
        let cell = seen.place.and_then(|place| figure.cell(place));
        let [at, told] = cell.map_or_else(
            || ["Point at the plot to read it.", "A click puts the values into the question."].map(str::to_owned),
            |cell| cell_words(console, figure, cell),
        );
        ui.add(Label::new(RichText::new(at).small()).truncate());
        ui.add(Label::new(RichText::new(told).small()).truncate());
        if let Some(cell) = cell.filter(|_| seen.taken) {
            take(console, &response.axes, cell, state);
        }
    });
}

/// "30 min 00 s ahead, 8 runs each; 12 of 25 points".
fn asked_words(response: &Response) -> String {
    let scenario = &response.scenario;
    let ahead = format::rough_age(scenario.horizon);
    let runs = format::counted(scenario.runs as usize, "run", "runs");
    let all = response.axes.iter().fold(1_u64, |all, axis| all.saturating_mul(u64::from(axis.points)));
    let come = response.cells.len() as u64;
    let points = if come < all {
        format!("{} of {} points", format::count(come), format::count(all))
    } else {
        format!("{} points", format::count(all))
    };
    format!("{ahead} ahead, {runs} each; {points}")
}

/// The changes in force, and those to the ends of each range: what lies between is no further from
/// what the plant was seen with.
fn furthest(response: &Response) -> Vec<Change> {
    let ends = response.axes.iter().flat_map(|axis| {
        [axis.from, axis.to].map(|to| Change {
            parameter: axis.parameter.clone(),
            to,
            after: Span::ZERO,
            ramp: Span::ZERO,
        })
    });
    response.scenario.changes.iter().cloned().chain(ends).collect()
}

fn figure_ui(ui: &mut Ui, response: &Response, shown: &str, name: &mut String) {
    let combo = ComboBox::from_id_salt("figure").width(150.0).truncate().selected_text(shown).show_ui(ui, |ui| {
        for kpi in response.cells.first().map_or(&[][..], |cell| &cell.kpis) {
            if ui.selectable_label(kpi.name == shown, &kpi.name).clicked() {
                name.clone_from(&kpi.name);
            }
        }
    });
    combo.response.widget_info(|| {
        let mut info = WidgetInfo::labeled(WidgetType::ComboBox, true, "Figure");
        info.current_text_value = Some(shown.to_owned());
        info
    });
}

/// "650 /min and 0.60 m/s", "Throughput 612 /min, 90% of the runs 603 to 621".
fn cell_words(console: &Console, figure: Figure, cell: &Cell) -> [String; 2] {
    let axes = figure.response.axes.iter().zip(&cell.values);
    let at = axes.map(|(axis, value)| parameter_words(console, &axis.parameter, *value)).collect::<Vec<_>>();
    let told = match figure.of(cell) {
        None => "no run has it".to_owned(),
        Some(estimate) if estimate.runs > 1 => format!(
            "{}, 90% of the runs {} to {}",
            figure.words(estimate.mean),
            figure.number(estimate.low),
            figure.number(estimate.high)
        ),
        Some(estimate) => figure.words(estimate.mean),
    };
    [at.join(" and "), format!("{} {told}", figure.name)]
}

/// Name of a plot for people who cannot see it.
pub fn plot_words(console: &Console, figure: Figure) -> String {
    let over: Vec<String> = figure.response.axes.iter().map(|axis| full_title(console, &axis.parameter)).collect();
    format!("{} over {}. Arrow keys go from point to point, Enter takes the values", figure.name, over.join(" and "))
}

fn take(console: &Console, axes: &[Axis], cell: &Cell, state: &mut WhatIfState) {
    for (axis, value) in axes.iter().zip(&cell.values) {
        if let Some(askable) = askable_of(console, &axis.parameter) {
            state.choose(&askable.name);
            state.set(askable, Some(*value));
        }
    }
}

#[cfg(test)]
mod tests {
    use egui::Key;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture::{self, Plant, Stage};

    fn response(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            if let Some(response) = console.response {
                response_ui(ui, console, response, &mut state.what_if, commands);
            }
        });
        harness.run_steps(2);
        harness
    }

    fn keys(harness: &mut Harness<Stage>, label: &str, keys: &[Key]) {
        harness.get_by_label_contains(label).focus();
        harness.run_steps(2);
        for key in keys {
            harness.key_press(*key);
            harness.run_steps(2);
        }
    }

    fn taken<'a>(harness: &'a Harness<'static, Stage>) -> Vec<(&'a str, Option<f64>)> {
        let chosen = harness.state().state.what_if.chosen().iter();
        chosen.map(|chosen| (chosen.parameter.as_str(), chosen.to)).collect()
    }

    #[test]
    fn a_curve_is_read_and_taken_from_by_keyboard() {
        let mut harness = response(fixture::swept(false));
        harness.get_by_label("30\u{2009}min\u{2009}00\u{2009}s ahead, 8 runs each; 5 points");
        keys(&mut harness, "Throughput over Filler Speed setpoint", &[Key::ArrowRight, Key::ArrowRight]);
        // 500 + 600 / 10, nine to either side.
        harness.get_by_label("600\u{2009}/min");
        harness.get_by_label("Throughput 560.0\u{2009}/min, 90% of the runs 551.0 to 569.0");
        keys(&mut harness, "Throughput over", &[Key::ArrowRight, Key::Enter]);
        assert_eq!(taken(&harness), [("Filler/SpeedSetpoint", Some(650.0))]);
    }

    #[test]
    fn a_map_is_read_and_taken_from_by_keyboard() {
        let mut harness = response(fixture::swept(true));
        keys(
            &mut harness,
            "Throughput over Filler Speed setpoint and Packer BeltSpeed",
            &[Key::ArrowRight, Key::ArrowUp, Key::ArrowUp, Key::ArrowUp],
        );
        // 500 + 550 / 10 + 100 · 1.0; the top is the end.
        harness.get_by_label("550\u{2009}/min and 1.00\u{2009}m/s");
        harness.get_by_label_contains("Throughput 655.0\u{2009}/min");
        keys(&mut harness, "Throughput over", &[Key::Enter]);
        assert_eq!(taken(&harness), [("Filler/SpeedSetpoint", Some(550.0)), ("Packer/BeltSpeed", Some(1.0))]);
    }

    #[test]
    fn a_click_takes_the_point_under_the_pointer() {
        let mut harness = response(fixture::swept(true));
        let plot = harness.get_by_label_contains("Throughput over").rect();
        let corner = plot.right_bottom() - egui::vec2(20.0, 40.0);
        harness.hover_at(corner);
        harness.run_steps(2);
        harness.drag_at(corner);
        harness.drop_at(corner);
        harness.run_steps(2);
        assert_eq!(taken(&harness), [("Filler/SpeedSetpoint", Some(700.0)), ("Packer/BeltSpeed", Some(0.2))]);
    }

    #[test]
    fn a_range_beyond_what_was_checked_is_doubtful() {
        let harness = response(Plant { checked: fixture::checked().checked, ..fixture::swept(false) });
        harness.get_by_label("Doubtful");
        harness.get_by_label_contains("Filler/SpeedSetpoint at 500 lies outside 600 to 650");
        harness.get_by_label_contains("Filler/SpeedSetpoint at 700 lies outside 600 to 650");
    }

    #[test]
    fn another_figure_is_chosen_and_the_sweep_forgotten() {
        let mut harness = response(fixture::swept(true));
        harness.get_by_label("Figure").click();
        harness.run_steps(3);
        harness.get_by_label("Rejects").click();
        harness.run_steps(3);
        harness.get_by_label_contains("Rejects over Filler Speed setpoint");
        harness.get_by_label("Forget").click();
        harness.run_steps(2);
        assert_eq!(harness.state().commands, [Command::AskModel(ModelWish::DropSweep)]);
    }

    #[test]
    fn what_has_come_so_far_is_shown() {
        let mut plant = fixture::swept(true);
        if let Some(response) = &mut plant.response {
            response.cells.retain(|cell| cell.place % 4 == 1);
        }
        let mut harness = response(plant);
        harness.get_by_label_contains("4 of 15 points");
        harness.state_mut().plant.response.as_mut().expect("in the fixture").cells.clear();
        harness.run_steps(2);
        harness.get_by_label("No point has been simulated yet.");
    }
}
