//! A trial while it runs: how long it still goes, what would end it, and each watched signal against
//! what was predicted.

use egui::{Label, ProgressBar, RichText, Sense, Ui, WidgetInfo, WidgetType, vec2};

use super::ChangeView;
use crate::domain::change::PredictedBand;
use crate::domain::signal::Origin;
use crate::domain::time::{Span, Timestamp};
use crate::ui::change::signs::{Sign, told_ui};
use crate::ui::change::words::{plant_now, signal_at, title};
use crate::ui::sparkline::Curve;
use crate::ui::spread::Spread;
use crate::ui::{Console, format};

/// Slices of a small curve.
const SLICES: usize = 150;
/// Height of a small curve, points.
const HEIGHT: f32 = 40.0;
/// A curve spans at least this much.
const SHORTEST: Span = Span::from_secs(10);

/// How much of the lease is left, and what happens when this computer dies.
pub fn lease_ui(ui: &mut Ui, console: &Console, view: &ChangeView) {
    let lease = view.request.wish().trial.lease;
    if let Some(left) = view.lease_left {
        ui.label(format!("{} left of {}", format::rough_age(left), format::age(lease)));
        let part = left.as_secs_f64() / lease.as_secs_f64().max(1e-9);
        ui.add(ProgressBar::new(part.clamp(0.0, 1.0) as f32).desired_height(6.0).fill(console.palette().trial));
        ui.ctx().request_repaint_after_secs(0.5);
    }
    if view.request.state().active() {
        let words = match view.request.survives_our_death() {
            true => "If this computer dies, the equipment goes back by itself.",
            false => "If this computer dies, the equipment stays as it is until it comes up again.",
        };
        ui.add(Label::new(RichText::new(words).small()).wrap());
    }
}

/// Abort conditions and watched signals.
pub fn watch_ui(ui: &mut Ui, console: &Console, view: &ChangeView) {
    let conditions = &view.request.wish().trial.abort_conditions;
    if !conditions.is_empty() {
        ui.label(RichText::new("It goes back when").strong());
    }
    for (place, condition) in conditions.iter().enumerate() {
        let (sign, words) = match view.conditions.get(place).copied().flatten() {
            Some(false) => (Sign::Done, "does not hold"),
            Some(true) => (Sign::Stopped, "holds: it goes back"),
            None => (Sign::Look, "cannot be judged: it goes back"),
        };
        told_ui(ui, console, (sign, words), condition, words);
    }
    let (Some(evidence), Some(progress)) = (view.request.evidence(), view.request.progress()) else { return };
    if !evidence.bands.is_empty() {
        ui.label(RichText::new("Plant over prediction").strong());
    }
    for band in &evidence.bands {
        watched_ui(ui, console, band, progress.began);
    }
}

/// The plant over the band that was predicted for it.
fn watched_ui(ui: &mut Ui, console: &Console, band: &PredictedBand, began: Timestamp) {
    let Some((id, signal)) = signal_at(console, &band.signal) else {
        let words = format!("{} is predicted, and the project has no such signal.", title(&band.signal));
        ui.add(Label::new(RichText::new(words).small().weak()).wrap());
        return;
    };
    let (now, palette) = (plant_now(console), console.palette());
    let window = (began, now.max(began + SHORTEST));
    let spread = Spread::of(began, band.step, &band.bands);
    let value = console.history.at(Origin::Measured, id, now).and_then(|point| point.value.as_f64());
    let actual = value.map_or_else(|| "no value".to_owned(), |value| format::limit(value, signal));
    let foreseen = spread.and_then(|spread| spread.at(now));
    let words = match (foreseen, value) {
        (Some(band), Some(value)) => {
            let place = if (band.low..=band.high).contains(&value) { "inside" } else { "outside of" };
            let low = format::number(band.low, format::decimals(band.low, signal.range, None));
            format!("{actual}, {place} the predicted {low} to {}", format::limit(band.high, signal))
        }
        (Some(_), None) => actual,
        (None, _) => format!("{actual}, nothing is predicted for now"),
    };
    ui.add(Label::new(RichText::new(title(&band.signal)).small().strong()).truncate());
    let mut buckets = Vec::new();
    console.history.min_max(Origin::Measured, id, window, SLICES, &mut buckets);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    let spoken = format!("{}: {words}", title(&band.signal));
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Image, true, &spoken));
    if ui.is_rect_visible(rect) {
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        painter.rect_filled(rect, 1, palette.ground);
        let curve = Curve {
            buckets: &buckets,
            other: &[],
            spread,
            begun: None,
            window,
            limits: &[],
            range: signal.range,
            stale_after: signal.stale_after(),
        };
        curve.paint(&painter, rect.shrink2(vec2(0.0, 2.0)), palette);
    }
    ui.add(Label::new(RichText::new(words).small().weak()).wrap());
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::domain::change::State;
    use crate::ui::fixture::{self, Plant, Stage};

    fn trial(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, _, _| {
            if let [view] = console.changes {
                lease_ui(ui, console, view);
                watch_ui(ui, console, view);
            }
        });
        harness.run_steps(2);
        harness
    }

    #[test]
    fn it_counts_down_and_says_what_happens_when_this_computer_dies() {
        let harness = trial(fixture::with_change(State::OnTrial));
        harness.get_by_label("14\u{2009}min\u{2009}45\u{2009}s left of 15\u{2009}min\u{2009}00\u{2009}s");
        harness.get_by_label_contains("stays as it is until it comes up again");
        let harness = trial(fixture::with_watchdog());
        harness.get_by_label("If this computer dies, the equipment goes back by itself.");
    }

    #[test]
    fn conditions_say_whether_they_hold() {
        let mut plant = fixture::with_change(State::OnTrial);
        plant.changes[0].conditions = &[Some(true), None];
        let harness = trial(plant);
        harness.get_by_label("Level > 90: holds: it goes back");
        harness.get_by_label("holds: it goes back");
        harness.get_by_label("Pressure > 6: cannot be judged: it goes back");
        let harness = trial(fixture::with_change(State::OnTrial));
        assert_eq!(harness.get_all_by_label("does not hold").count(), 2);
    }

    #[test]
    fn each_watched_signal_is_told_against_its_band() {
        // Predicted 670 to 690; the fixture measures 612.
        let harness = trial(fixture::with_change(State::OnTrial));
        harness.get_by_label("Filler Speed: 612\u{2009}/min, outside of the predicted 670 to 690\u{2009}/min");
        let mut plant = fixture::with_change(State::OnTrial);
        plant.feed("Riverside/Line 1/Filler/Speed", 0, 681.0);
        trial(plant).get_by_label_contains("Filler Speed: 681\u{2009}/min, inside the predicted 670");
    }
}
