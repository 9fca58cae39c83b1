//! The figures of an answer: without, with, and how clearly they differ. Where a figure says which way
//! is better, so does its row.

use egui::{
    Align2, CollapsingHeader, Pos2, Rect, RichText, Sense, Shape, Stroke, Ui, WidgetInfo, WidgetType, pos2, vec2,
};

use super::signal_row::paint_text;
use super::theme::Palette;
use super::what_if_affected::affected_ui;
use super::what_if_difference::{Verdict, band};
use super::{Console, format, touch};
use crate::domain::scenario::{Change, Estimate, KpiResult};

/// Height of a row, points.
const ROW: f32 = 34.0;
/// Where the columns end, as parts of the width: name, without, with, difference.
const COLUMNS: [f32; 4] = [0.36, 0.54, 0.72, 1.0];

/// The figures of the whole, what else the changes affect, and the figures of each machine.
pub fn kpis_ui(ui: &mut Ui, console: &Console, results: &[KpiResult], changes: &[Change]) {
    if results.is_empty() {
        ui.label(RichText::new("The model has no figures to compare.").weak());
        return;
    }
    let (parts, whole): (Vec<_>, Vec<_>) = results.iter().partition(|result| result.part.is_some());
    table_ui(ui, console.palette(), &whole);
    if !parts.is_empty() {
        affected_ui(ui, &parts, changes);
        CollapsingHeader::new("Each machine").id_salt("each machine").show(ui, |ui| {
            table_ui(ui, console.palette(), &parts);
        });
    }
}

fn table_ui(ui: &mut Ui, palette: &Palette, results: &[&KpiResult]) {
    if results.is_empty() {
        return;
    }
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0 * touch::scale(ui)), Sense::hover());
    for (place, words) in columns(head, COLUMNS).into_iter().zip(["Figure", "Without", "With", "Difference"]) {
        let align = if words == "Figure" { Align2::LEFT_CENTER } else { Align2::RIGHT_CENTER };
        paint_text(ui, place, align, RichText::new(words).small().color(palette.quiet));
    }
    for result in results {
        row_ui(ui, palette, result);
    }
}

fn row_ui(ui: &mut Ui, palette: &Palette, result: &KpiResult) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW * touch::scale(ui)), Sense::hover());
    let spoken = spoken(result);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &spoken));
    if ui.is_rect_visible(rect) {
        let verdict = Verdict::of(result);
        let first = Rect::from_min_size(rect.min, vec2(rect.width(), 18.0 * touch::scale(ui)));
        let second = Rect::from_min_max(pos2(rect.left(), first.bottom()), rect.max - vec2(0.0, 2.0));
        let [name, without, with, difference] = columns(first, COLUMNS);
        let small = |words: &str| RichText::new(words).small().color(palette.quiet);
        let figure = |words: &str| RichText::new(words).monospace().color(palette.text);
        paint_text(ui, name, Align2::LEFT_CENTER, RichText::new(&result.name).color(palette.text));
        let digits = digits(result);
        for (place, estimate) in [(without, result.baseline), (with, result.changed)] {
            paint_text(ui, place, Align2::RIGHT_CENTER, figure(&mean(estimate, digits)));
        }
        let signed = result.difference.map_or_else(|| "–".to_owned(), |difference| signed(difference.mean, digits));
        let text = if verdict.clear() { figure(&signed).strong() } else { figure(&signed).color(palette.quiet) };
        let left = paint_text(ui, difference, Align2::RIGHT_CENTER, text).left();
        if verdict.clear() {
            let up = verdict == Verdict::Higher;
            ui.painter().add(arrow(pos2(left - 9.0, first.center().y), up, palette));
            if let Some(better) = verdict.improves(result.better) {
                paint_judgement(ui, pos2(left - 23.0, first.center().y), better, palette);
            }
        }
        let [unit, ..] = columns(second, COLUMNS);
        paint_text(ui, unit, Align2::LEFT_CENTER, small(result.unit.symbol()));
        let rest = second.with_min_x(unit.right());
        paint_text(ui, rest, Align2::RIGHT_CENTER, small(&second_line(result, verdict, digits)));
        ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, palette.line));
    }
    response.on_hover_text(spoken);
}

/// Cuts a row at parts of its width.
pub fn columns<const N: usize>(row: Rect, ends: [f32; N]) -> [Rect; N] {
    let mut left = row.left();
    ends.map(|end| {
        let right = row.left() + row.width() * end;
        let column = Rect::from_x_y_ranges(left..=right, row.y_range());
        left = right + 6.0;
        column
    })
}

fn arrow(centre: Pos2, up: bool, palette: &Palette) -> Shape {
    let side = if up { -1.0 } else { 1.0 };
    let corners = [[0.0, 4.5 * side], [4.5, -3.5 * side], [-4.5, -3.5 * side]].map(|[x, y]| centre + vec2(x, y));
    Shape::convex_polygon(corners.to_vec(), palette.text, Stroke::NONE)
}

/// A tick for better, a cross for worse.
fn paint_judgement(ui: &Ui, centre: Pos2, better: bool, palette: &Palette) {
    let pen = Stroke::new(1.6, palette.text);
    let line = |corners: &[(f32, f32)]| {
        ui.painter().line(corners.iter().map(|(x, y)| centre + vec2(*x, *y)).collect(), pen);
    };
    if better {
        line(&[(-4.0, 0.0), (-1.2, 3.2), (4.0, -3.4)]);
    } else {
        line(&[(-3.2, -3.2), (3.2, 3.2)]);
        line(&[(-3.2, 3.2), (3.2, -3.2)]);
    }
}

/// "± 3.5, better".
fn second_line(result: &KpiResult, verdict: Verdict, digits: usize) -> String {
    match result.difference.and_then(|difference| band(&difference)) {
        Some(band) if band > 0.0 => format!("± {}, {}", format::number(band, digits), verdict.words(result.better)),
        _ => verdict.words(result.better).to_owned(),
    }
}

/// "Throughput: 612.0 without, 626.2 with, +14.2 ± 3.5 /min, better".
fn spoken(result: &KpiResult) -> String {
    let digits = digits(result);
    let difference = result.difference.map(|difference| {
        let band = band(&difference).filter(|band| *band > 0.0);
        let band = band.map(|band| format!(" ± {}", format::number(band, digits))).unwrap_or_default();
        format!(", {}", format::with_unit(&(signed(difference.mean, digits) + &band), result.unit.symbol()))
    });
    format!(
        "{}: {} without, {} with{}, {}",
        result.name,
        mean(result.baseline, digits),
        mean(result.changed, digits),
        difference.unwrap_or_default(),
        Verdict::of(result).words(result.better)
    )
}

fn mean(estimate: Option<Estimate>, digits: usize) -> String {
    estimate.map_or_else(|| "–".to_owned(), |estimate| format::number(estimate.mean, digits))
}

fn signed(value: f64, digits: usize) -> String {
    let text = format::number(value, digits);
    let positive = value > 0.0 && text.contains(|digit: char| ('1'..='9').contains(&digit));
    if positive { format!("+{text}") } else { text }
}

/// Two digits that count of the band, else of the difference, else four of the figure. 0..=4.
pub fn digits(result: &KpiResult) -> usize {
    let difference = result.difference;
    let least = difference.and_then(|difference| band(&difference)).filter(|band| *band > 0.0);
    let least = least.or(difference.map(|difference| difference.mean.abs()).filter(|mean| *mean > 0.0));
    let figure = result.changed.or(result.baseline).map_or(0.0, |estimate| estimate.mean.abs() / 100.0);
    let least = least.unwrap_or(figure);
    if least > 0.0 { (1.0 - least.log10().floor()).clamp(0.0, 4.0) as usize } else { 0 }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture;

    #[test]
    fn a_row_says_both_sides_the_difference_and_how_clear_it_is() {
        let plant = fixture::answered();
        let mut harness = fixture::harness(plant, |ui, console, _, _| {
            if let Some(answer) = console.answer {
                kpis_ui(ui, console, &answer.kpis, &answer.scenario.changes);
            }
        });
        harness.run_steps(2);
        harness.get_by_label("Throughput: 612.0 without, 626.2 with, +14.2 ± 3.5\u{2009}/min, better");
        harness.get_by_label("Rejects: 1.00 without, 1.40 with, +0.40 ± 0.24\u{2009}%, worse");
        harness.get_by_label("Energy a bottle: – without, 61.00 with, cannot be compared");
        assert!(harness.query_by_label_contains("Labeller starved:").is_none(), "machines are folded");
        harness.get_by_label("Each machine").click();
        harness.run_steps(12);
        harness.get_by_label("Labeller starved: 95.0 without, 92.0 with, -3.0 ± 9.5\u{2009}s, no clear difference");
        harness.get_by_label_contains("Filler on fault: 40.0 without, 65.0 with");
    }
}
