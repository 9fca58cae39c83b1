//! The figures of an answer: without, with, and how clearly they differ.
//!
//! A difference counts as clear where the 95 % confidence interval of its mean leaves out zero.
//! Which way is better is not said: the figures do not tell.

use egui::{Align2, Pos2, Rect, RichText, Sense, Shape, Stroke, Ui, WidgetInfo, WidgetType, pos2, vec2};

use super::signal_row::paint_text;
use super::theme::{BODY, Palette, SMALL};
use super::{Console, format};
use crate::domain::scenario::{Estimate, KpiResult};

/// Height of a row, points.
const ROW: f32 = 34.0;
/// Where the columns end, as parts of the width: name, without, with, difference.
const COLUMNS: [f32; 4] = [0.36, 0.54, 0.72, 1.0];

/// How a figure with the changes stands to the one without.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    Higher,
    Lower,
    /// Its band includes zero: chance alone may have made it.
    Unclear,
    Same,
    /// Nothing is known of chance.
    OneRun,
    /// One of the sides has no figure.
    Missing,
}

impl Verdict {
    fn of(result: &KpiResult) -> Self {
        let Some(difference) = result.difference else { return Self::Missing };
        match band(&difference) {
            None => Self::OneRun,
            Some(band) if band == 0.0 && difference.mean == 0.0 => Self::Same,
            Some(band) if difference.mean.abs() <= band => Self::Unclear,
            Some(_) if difference.mean > 0.0 => Self::Higher,
            Some(_) => Self::Lower,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
            Self::Unclear => "no clear difference",
            Self::Same => "the same in every run",
            Self::OneRun => "one run: may be chance",
            Self::Missing => "cannot be compared",
        }
    }
}

pub fn kpis_ui(ui: &mut Ui, console: &Console, results: &[KpiResult]) {
    if results.is_empty() {
        ui.label(RichText::new("The model has no figures to compare.").weak());
        return;
    }
    let palette = console.palette();
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
    for (place, words) in columns(head).into_iter().zip(["Figure", "Without", "With", "Difference"]) {
        let align = if words == "Figure" { Align2::LEFT_CENTER } else { Align2::RIGHT_CENTER };
        paint_text(ui, place, align, RichText::new(words).size(SMALL).color(palette.quiet));
    }
    for result in results {
        row_ui(ui, palette, result);
    }
}

fn row_ui(ui: &mut Ui, palette: &Palette, result: &KpiResult) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let spoken = spoken(result);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &spoken));
    if ui.is_rect_visible(rect) {
        let verdict = Verdict::of(result);
        let first = Rect::from_min_size(rect.min, vec2(rect.width(), 18.0));
        let second = Rect::from_min_max(pos2(rect.left(), first.bottom()), rect.max - vec2(0.0, 2.0));
        let [name, without, with, difference] = columns(first);
        let small = |words: &str| RichText::new(words).size(SMALL).color(palette.quiet);
        let figure = |words: &str| RichText::new(words).monospace().size(BODY - 0.5).color(palette.text);
        paint_text(ui, name, Align2::LEFT_CENTER, RichText::new(&result.name).size(BODY).color(palette.text));
        let digits = digits(result);
        for (place, estimate) in [(without, result.baseline), (with, result.changed)] {
            paint_text(ui, place, Align2::RIGHT_CENTER, figure(&mean(estimate, digits)));
        }
        let signed = result.difference.map_or_else(|| "–".to_owned(), |difference| signed(difference.mean, digits));
        let clear = matches!(verdict, Verdict::Higher | Verdict::Lower);
        let text = if clear { figure(&signed).strong() } else { figure(&signed).color(palette.quiet) };
        let left = paint_text(ui, difference, Align2::RIGHT_CENTER, text).left();
        if clear {
            let up = verdict == Verdict::Higher;
            ui.painter().add(arrow(pos2(left - 9.0, first.center().y), up, palette));
        }
        let [unit, ..] = columns(second);
        paint_text(ui, unit, Align2::LEFT_CENTER, small(result.unit.symbol()));
        let rest = second.with_min_x(unit.right());
        paint_text(ui, rest, Align2::RIGHT_CENTER, small(&second_line(result, verdict, digits)));
        ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, palette.line));
    }
    response.on_hover_text(spoken);
}

fn columns(row: Rect) -> [Rect; 4] {
    let mut left = row.left();
    COLUMNS.map(|end| {
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

/// "± 3.5, higher".
fn second_line(result: &KpiResult, verdict: Verdict, digits: usize) -> String {
    match result.difference.and_then(|difference| band(&difference)) {
        Some(band) if band > 0.0 => format!("± {}, {}", format::number(band, digits), verdict.words()),
        _ => verdict.words().to_owned(),
    }
}

/// "Throughput: 612.0 without, 626.2 with, +14.2 ± 3.5 /min, higher".
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
        Verdict::of(result).words()
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
fn digits(result: &KpiResult) -> usize {
    let difference = result.difference;
    let least = difference.and_then(|difference| band(&difference)).filter(|band| *band > 0.0);
    let least = least.or(difference.map(|difference| difference.mean.abs()).filter(|mean| *mean > 0.0));
    let figure = result.changed.or(result.baseline).map_or(0.0, |estimate| estimate.mean.abs() / 100.0);
    let least = least.unwrap_or(figure);
    if least > 0.0 { (1.0 - least.log10().floor()).clamp(0.0, 4.0) as usize } else { 0 }
}

/// Half the 95 % confidence interval of the mean; none for a single run.
fn band(estimate: &Estimate) -> Option<f64> {
    (estimate.runs > 1).then(|| student_t(estimate.runs - 1) * estimate.std_error)
}

/// 97.5th percentile of Student's t: table for 1 and 2 degrees of freedom, else the expansion of
/// Abramowitz and Stegun 1964, 26.7.5.
fn student_t(freedom: u32) -> f64 {
    const Z: f64 = 1.959_964;
    let n = f64::from(freedom);
    match freedom {
        0 => f64::INFINITY,
        1 => 12.706,
        2 => 4.303,
        _ => {
            let first = (Z.powi(3) + Z) / 4.0;
            let second = (5.0 * Z.powi(5) + 16.0 * Z.powi(3) + 3.0 * Z) / 96.0;
            let third = (3.0 * Z.powi(7) + 19.0 * Z.powi(5) + 17.0 * Z.powi(3) - 15.0 * Z) / 384.0;
            Z + first / n + second / n.powi(2) + third / n.powi(3)
        }
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::domain::unit::Unit;
    use crate::ui::fixture;

    fn result(pairs: &[(Option<f64>, Option<f64>)]) -> KpiResult {
        KpiResult::paired("Throughput", Unit::new("/min"), pairs)
    }

    #[test]
    fn bands_are_those_of_the_published_table() {
        // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, column 0.975.
        for (freedom, expected) in [(1, 12.706), (2, 4.303), (3, 3.182), (7, 2.365), (31, 2.040), (100, 1.984)] {
            assert!((student_t(freedom) - expected).abs() < 0.025, "{freedom}: {}", student_t(freedom));
        }
    }

    #[test]
    fn a_difference_counts_only_where_its_band_leaves_out_zero() {
        let pairs = |differences: &[f64]| {
            result(&differences.iter().map(|difference| (Some(10.0), Some(10.0 + difference))).collect::<Vec<_>>())
        };
        let cases: [(&[f64], Verdict); 6] = [
            (&[2.0, 2.2, 1.8, 2.1], Verdict::Higher),
            (&[-2.0, -2.2, -1.8, -2.1], Verdict::Lower),
            (&[2.0, -1.0, 3.0, -2.0], Verdict::Unclear),
            (&[0.0, 0.0, 0.0], Verdict::Same),
            (&[2.0], Verdict::OneRun),
            (&[], Verdict::Missing),
        ];
        for (differences, verdict) in cases {
            assert_eq!(Verdict::of(&pairs(differences)), verdict, "{differences:?}");
        }
    }

    #[test]
    fn a_row_says_both_sides_the_difference_and_how_clear_it_is() {
        let plant = fixture::answered();
        let mut harness = fixture::harness(plant, |ui, console, _, _| {
            kpis_ui(ui, console, console.answer.map_or(&[], |answer| &answer.kpis));
        });
        harness.run_steps(2);
        harness.get_by_label("Throughput: 612.0 without, 626.2 with, +14.2 ± 3.5\u{2009}/min, higher");
        harness.get_by_label("Labeller starved: 95.0 without, 92.0 with, -3.0 ± 9.5\u{2009}s, no clear difference");
        harness.get_by_label("Energy a bottle: – without, 61.00 with, cannot be compared");
    }
}
