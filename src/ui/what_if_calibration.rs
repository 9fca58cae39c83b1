//! What a fit of the model found: each parameter before and after, how sure that is, and whether to
//! use it.

use egui::{Align2, Label, Rect, RichText, Sense, Stroke, Ui, WidgetInfo, WidgetType, pos2, vec2};

use super::recording_card::card_ui;
use super::signal_row::paint_text;
use super::theme::Palette;
use super::what_if_kpis::columns;
use super::what_if_parameter::sink_fields;
use super::what_if_words::full_title;
use super::{Console, format, touch};
use crate::domain::calibration::{Calibration, FittedParameter};
use crate::domain::command::Command;
use crate::domain::what_if::ModelWish;

/// Height of a row, points.
const ROW: f32 = 34.0;
/// Where the columns end, as parts of the width: parameter, before, found.
const COLUMNS: [f32; 3] = [0.44, 0.62, 1.0];

pub fn calibration_ui(ui: &mut Ui, console: &Console, calibration: &Calibration, commands: &mut Vec<Command>) {
    card_ui(ui, console, |ui| {
        let (from, to) = calibration.window;
        ui.label(RichText::new("Fitted").strong());
        ui.label(RichText::new(format!("To what was measured {}", format::period(from, to))).small().weak());
        table_ui(ui, console, calibration);
        let (before, after) = calibration.misfit;
        let words = format!("Misfit {} before, {} after", misfit(before), misfit(after));
        ui.label(words).on_hover_text("Sum of squared distances, each in standard deviations of chance");
        for doubt in &calibration.doubts {
            ui.add(Label::new(RichText::new(doubt).small()).wrap());
        }
        ui.horizontal_wrapped(|ui| {
            sink_fields(ui, console);
            let told =
                "The model goes on with these values, and they are kept with the project. The plant stays as it is";
            if ui.button("Use from now on").on_hover_text(told).clicked() {
                commands.push(Command::AskModel(ModelWish::KeepCalibration));
            }
            if ui.button("Discard").on_hover_text("The model stays as it is").clicked() {
                commands.push(Command::AskModel(ModelWish::DropCalibration));
            }
        });
    });
}

fn table_ui(ui: &mut Ui, console: &Console, calibration: &Calibration) {
    let palette = console.palette();
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0 * touch::scale(ui)), Sense::hover());
    for (place, words) in columns(head, COLUMNS).into_iter().zip(["Parameter", "Before", "Found"]) {
        let align = if words == "Parameter" { Align2::LEFT_CENTER } else { Align2::RIGHT_CENTER };
        paint_text(ui, place, align, RichText::new(words).small().color(palette.quiet));
    }
    for parameter in &calibration.parameters {
        row_ui(ui, palette, &full_title(console, &parameter.name), parameter);
    }
}

fn row_ui(ui: &mut Ui, palette: &Palette, name: &str, parameter: &FittedParameter) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW * touch::scale(ui)), Sense::hover());
    let digits = digits(parameter);
    let (before, found) = (format::number(parameter.before, digits), found_words(parameter, digits));
    let spoken = format!("{name}: {before} before, {}, {}", with_unit(parameter, &found), note(parameter, digits));
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &spoken));
    if ui.is_rect_visible(rect) {
        let first = Rect::from_min_size(rect.min, vec2(rect.width(), 18.0 * touch::scale(ui)));
        let second = Rect::from_min_max(pos2(rect.left(), first.bottom()), rect.max - vec2(0.0, 2.0));
        let [title, left, right] = columns(first, COLUMNS);
        let figure = |words: &str| RichText::new(words).monospace().color(palette.text);
        paint_text(ui, title, Align2::LEFT_CENTER, RichText::new(name).color(palette.text));
        paint_text(ui, left, Align2::RIGHT_CENTER, figure(&before));
        paint_text(ui, right, Align2::RIGHT_CENTER, figure(&found));
        let small = |words: &str| RichText::new(words).small().color(palette.quiet);
        let unit = paint_text(ui, second, Align2::LEFT_CENTER, small(parameter.unit.symbol()));
        let rest = second.with_min_x(unit.right() + 6.0);
        paint_text(ui, rest, Align2::RIGHT_CENTER, small(&note(parameter, digits)));
        ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, palette.line));
    }
    response.on_hover_text(spoken);
}

/// "120 ± 8"; a dash where nothing was found.
fn found_words(parameter: &FittedParameter, digits: usize) -> String {
    match parameter.std_error {
        Some(error) => format!("{} ± {}", format::number(parameter.value, digits), format::number(error, digits)),
        None => "–".to_owned(),
    }
}

/// What to think of it.
fn note(parameter: &FittedParameter, digits: usize) -> String {
    let number = |value| format::number(value, digits);
    let (low, high) = parameter.range;
    match parameter.std_error {
        None => "the data say nothing of it".to_owned(),
        Some(_) if parameter.at_bound() => format!("at the bound of {} to {}", number(low), number(high)),
        Some(_) => format!("looked for from {} to {}", number(low), number(high)),
    }
}

fn with_unit(parameter: &FittedParameter, words: &str) -> String {
    format!("{} found", format::with_unit(words, parameter.unit.symbol()))
}

/// Two digits that count of the standard error, else those of the range.
fn digits(parameter: &FittedParameter) -> usize {
    match parameter.std_error {
        Some(error) if error > 0.0 => (1.0 - error.log10().floor()).clamp(0.0, 4.0) as usize,
        _ => format::decimals(parameter.value, Some(parameter.range), None),
    }
}

fn misfit(sum: f64) -> String {
    format::number(sum, format::decimals(sum, None, None).min(1))
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture;

    #[test]
    fn each_parameter_says_what_was_found_and_how_sure_it_is() {
        let mut harness = fixture::harness(fixture::fitted(), |ui, console, _, commands| {
            if let Some(calibration) = console.fitted {
                calibration_ui(ui, console, calibration, commands);
            }
        });
        harness.run_steps(2);
        for words in [
            "Filler RepairTime: 95.0 before, 120.0 ± 8.0\u{2009}s found, looked for from 10.0 to 600.0",
            "Capper/RepairTime: 95 before, 600 ± 30\u{2009}s found, at the bound of 10 to 600",
            "Packer/RepairTime: 95 before, –\u{2009}s found, the data say nothing of it",
            "Misfit 840.0 before, 512.0 after",
            "The filler stopped only twice.",
        ] {
            harness.get_by_label(words);
        }
        for (label, wish) in [("Use from now on", ModelWish::KeepCalibration), ("Discard", ModelWish::DropCalibration)]
        {
            harness.get_by_label(label).click();
            harness.run_steps(2);
            let commands: Vec<Command> = harness.state_mut().commands.drain(..).collect();
            assert_eq!(commands, [Command::AskModel(wish)]);
        }
    }
}
