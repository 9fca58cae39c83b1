//! How far the model is to be believed: a verdict in a word and a sign, its reasons, and how well the
//! model followed each measured signal.

use egui::{
    Color32, CornerRadius, Label, Painter, Pos2, Rect, RichText, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, vec2,
};

use super::{Console, format};
use crate::domain::scenario::{Change, Credibility, Fit, Verdict};
use crate::domain::unit::Unit;

/// Half the width of a sign, points.
const HALF: f32 = 6.0;

/// The verdict on a question with these changes, with reasons where there is something to doubt.
pub fn verdict_ui(ui: &mut Ui, console: &Console, credibility: Option<&Credibility>, changes: &[Change]) {
    let verdict = credibility.map(|credibility| credibility.verdict(changes));
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(2.0 * HALF + 2.0, 16.0), Sense::hover());
        paint_sign(ui.painter(), rect.center(), verdict.as_ref(), console.palette().text);
        ui.label(RichText::new(word(verdict.as_ref())).strong()).on_hover_text(meaning(verdict.as_ref()));
    });
    if let Some(Verdict::Doubtful(reasons) | Verdict::NotCredible(reasons)) = &verdict {
        for reason in reasons {
            ui.add(Label::new(RichText::new(reason).small()).wrap());
        }
    }
}

fn word(verdict: Option<&Verdict>) -> &'static str {
    match verdict {
        None => "Not yet compared with measured data",
        Some(Verdict::Credible) => "Credible",
        Some(Verdict::Doubtful(_)) => "Doubtful",
        Some(Verdict::NotCredible(_)) => "Not credible",
    }
}

fn meaning(verdict: Option<&Verdict>) -> &'static str {
    match verdict {
        None => "Nobody knows how well the model follows the plant. Check it under Model",
        Some(Verdict::Credible) => "The model followed what was measured, in the range that is asked about",
        Some(Verdict::Doubtful(_)) => "It may be right, but nobody has seen that it is",
        Some(Verdict::NotCredible(_)) => "The model did not follow what was measured",
    }
}

/// A ring with a tick, a ring with a bar, a full square with a cross, a dotted ring.
fn paint_sign(painter: &Painter, centre: Pos2, verdict: Option<&Verdict>, ink: Color32) {
    let pen = Stroke::new(1.5, ink);
    let line = |corners: &[(f32, f32)], pen: Stroke| {
        painter.line(corners.iter().map(|(x, y)| centre + vec2(*x, *y)).collect(), pen);
    };
    match verdict {
        None => {
            let corner = |step: i32| centre + HALF * Vec2::angled(step as f32 * std::f32::consts::TAU / 24.0);
            let ring: Vec<Pos2> = (0..=24).map(corner).collect();
            painter.extend(Shape::dashed_line(&ring, pen, 2.0, 2.0));
        }
        Some(Verdict::Credible) => {
            painter.circle_stroke(centre, HALF, pen);
            line(&[(-3.0, 0.0), (-0.8, 2.5), (3.0, -2.5)], pen);
        }
        Some(Verdict::Doubtful(_)) => {
            painter.circle_stroke(centre, HALF, pen);
            line(&[(0.0, -3.5), (0.0, 0.8)], pen);
            painter.circle_filled(centre + vec2(0.0, 3.2), 1.0, ink);
        }
        Some(Verdict::NotCredible(_)) => {
            let square = Rect::from_center_size(centre, vec2(2.0 * HALF, 2.0 * HALF));
            painter.rect(square, CornerRadius::ZERO, Color32::TRANSPARENT, pen, StrokeKind::Inside);
            line(&[(-3.0, -3.0), (3.0, 3.0)], pen);
            line(&[(3.0, -3.0), (-3.0, 3.0)], pen);
        }
    }
}

/// How well the model followed each signal, on the whole and by how far it looked ahead.
pub fn fits_ui(ui: &mut Ui, credibility: &Credibility) {
    let words = match credibility.starts {
        0 | 1 => format!("Compared with {} of measured data:", format::age(credibility.span)),
        starts => format!("Compared with {} of measured data, from {starts} moments:", format::age(credibility.span)),
    };
    ui.label(RichText::new(words).small().weak());
    for fit in &credibility.signals {
        ui.add(Label::new(RichText::new(fit_words(fit)).small()).wrap());
        for part in &fit.by_horizon {
            let words = format!(
                "up to {} ahead: off by {}, {} inside",
                format::rough_age(part.until),
                distance(part.rmse, &fit.unit),
                format::share(part.coverage)
            );
            ui.indent(("horizon", &fit.variable, part.until.as_nanos()), |ui| {
                ui.add(Label::new(RichText::new(words).small().weak()).wrap());
            });
        }
    }
}

fn fit_words(fit: &Fit) -> String {
    format!(
        "{}: off by {} in the root mean square, {} on average; {} of {} values inside the band",
        fit.variable,
        distance(fit.rmse, &fit.unit),
        distance(fit.bias, &fit.unit),
        format::share(fit.coverage),
        format::count(u64::from(fit.points)),
    )
}

fn distance(value: f64, unit: &Unit) -> String {
    let digits = format::decimals(value, None, None).min(2);
    format::with_unit(&format::number(value, digits), unit.symbol())
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture::{self, Plant, Stage};

    fn verdict(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, _, _| {
            verdict_ui(ui, console, console.checked, &[]);
            if let Some(credibility) = console.checked {
                fits_ui(ui, credibility);
            }
        });
        harness.run_steps(2);
        harness
    }

    #[test]
    fn the_verdict_is_a_word_with_its_reasons() {
        verdict(fixture::with_model()).get_by_label("Not yet compared with measured data");
        verdict(fixture::checked()).get_by_label("Credible");
        let mut plant = fixture::checked();
        if let Some(fit) = plant.checked.as_mut().and_then(|checked| checked.signals.first_mut()) {
            fit.bias = 90.0;
        }
        let harness = verdict(plant);
        harness.get_by_label("Not credible");
        harness.get_by_label_contains("more for Filler/Speed than was measured");
    }

    #[test]
    fn fits_are_told_on_the_whole_and_by_horizon() {
        let harness = verdict(fixture::checked());
        harness.get_by_label("Compared with 2\u{2009}h\u{2009}00\u{2009}min of measured data, from 6 moments:");
        harness.get_by_label_contains("Filler/Speed: off by 6.20\u{2009}/min in the root mean square");
        harness.get_by_label("up to 15\u{2009}min\u{2009}00\u{2009}s ahead: off by 4.10\u{2009}/min, 92% inside");
        harness.get_by_label("up to 30\u{2009}min\u{2009}00\u{2009}s ahead: off by 7.80\u{2009}/min, 84% inside");
    }
}
