//! A figure over one parameter: the mean as a line with a point a value, and where 90 % of the runs lie.

use egui::{Align2, Color32, CornerRadius, FontId, Painter, Pos2, Rect, Shape as Stripe, Stroke, StrokeKind, Ui, pos2};

use super::Console;
use super::icons::focus_ring;
use super::response_plot::{Seen, Shape, axis_across_ui, axis_up_ui, look, place_ui};
use super::spread::paint_area;
use super::theme::SMALL;
use super::what_if_question::WhatIfState;
use super::what_if_response::{Figure, plot_words};
use super::what_if_words::askable_of;
use crate::domain::scenario::Estimate;
use crate::domain::sweep::Axis;

pub fn curve_ui(ui: &mut Ui, console: &Console, figure: Figure, axis: &Axis, state: &mut WhatIfState) -> Seen {
    let (response, ground) = place_ui(ui, plot_words(console, figure));
    let last = axis.points.saturating_sub(1).max(1) as f32;
    let x_of = |place: u32| ground.left() + ground.width() * place as f32 / last;
    let pointed = response.hover_pos().map(|at| {
        let part = ((at.x - ground.left()) / ground.width().max(1.0)).clamp(0.0, 1.0);
        (part * last).round() as u32
    });
    let seen = look(ui, &response, Shape { across: axis.points, up: 1 }, pointed, state);
    let palette = console.palette();
    let painter = ui.painter_at(response.rect);
    painter.rect(ground, CornerRadius::same(1), palette.ground, focus_ring(ui, &response), StrokeKind::Outside);
    let points: Vec<(u32, Estimate)> =
        figure.response.cells.iter().filter_map(|cell| Some((cell.place, figure.of(cell)?))).collect();
    let Some((low, high)) = value_range(&points) else {
        painter.text(
            ground.center(),
            Align2::CENTER_CENTER,
            "No run has this figure",
            FontId::proportional(SMALL),
            palette.quiet,
        );
        return seen;
    };
    let y_of = |value: f64| egui::remap(value, low..=high, f64::from(ground.bottom())..=f64::from(ground.top())) as f32;
    // Where a point has not come yet there is no line.
    for run in points.chunk_by(|one, next| one.0 + 1 == next.0) {
        let edges: Vec<_> =
            run.iter().map(|(place, value)| (x_of(*place), y_of(value.low), y_of(value.high))).collect();
        paint_area(&painter, &edges, palette);
        let line: Vec<Pos2> = run.iter().map(|(place, value)| pos2(x_of(*place), y_of(value.mean))).collect();
        painter.line(line, Stroke::new(1.5, palette.text));
    }
    for (place, value) in &points {
        painter.circle_filled(pos2(x_of(*place), y_of(value.mean)), 2.5, palette.text);
        if seen.place == Some(*place) {
            let ring = Stroke::new(2.0, palette.selection);
            painter.circle(pos2(x_of(*place), y_of(value.mean)), 5.5, Color32::TRANSPARENT, ring);
        }
    }
    if let Some(now) = askable_of(console, &axis.parameter).and_then(|askable| part_of(axis, askable.value)) {
        mark_now(&painter, ground, ground.left() + ground.width() * now, palette.quiet);
    }
    axis_across_ui(ui, console, axis, ground);
    axis_up_ui(ui, palette, ground, figure.words(low), figure.words(high));
    seen
}

/// Where a value stands on an axis, 0..=1; none where it lies outside.
pub fn part_of(axis: &Axis, value: f64) -> Option<f32> {
    let part = (value - axis.from) / (axis.to - axis.from);
    (0.0..=1.0).contains(&part).then_some(part as f32)
}

/// A dashed line at the value that the plant has.
fn mark_now(painter: &Painter, ground: Rect, x: f32, ink: Color32) {
    let line = [pos2(x, ground.top()), pos2(x, ground.bottom())];
    painter.extend(Stripe::dashed_line(&line, Stroke::new(1.2, ink), 5.0, 3.0));
    let (place, align) = if x + 30.0 < ground.right() {
        (pos2(x + 3.0, ground.top() + 2.0), Align2::LEFT_TOP)
    } else {
        (pos2(x - 3.0, ground.top() + 2.0), Align2::RIGHT_TOP)
    };
    painter.text(place, align, "now", FontId::proportional(SMALL), ink);
}

/// Lowest and highest edge with some room; none without points.
fn value_range(points: &[(u32, Estimate)]) -> Option<(f64, f64)> {
    let edges = points.iter().map(|(_, value)| (value.low.min(value.mean), value.high.max(value.mean)));
    let (low, high) = edges.reduce(|(low, high), edge| (low.min(edge.0), high.max(edge.1)))?;
    let room = ((high - low) * 0.05).max(high.abs().max(low.abs()) * 0.005).max(1e-9);
    Some((low - room, high + room))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_in_view_and_a_flat_curve_has_a_height() {
        let value =
            |mean: f64, half: f64| Estimate { mean, low: mean - half, high: mean + half, std_error: 0.0, runs: 8 };
        assert_eq!(value_range(&[]), None);
        assert_eq!(value_range(&[(0, value(10.0, 5.0)), (1, value(20.0, 5.0))]), Some((4.0, 26.0)));
        let (low, high) = value_range(&[(0, value(10.0, 0.0))]).expect("a point");
        assert!(low < 10.0 && high > 10.0);
    }

    #[test]
    fn a_value_outside_an_axis_has_no_place_on_it() {
        let axis = Axis { parameter: String::new(), from: 500.0, to: 700.0, points: 5 };
        assert_eq!([550.0, 640.0, 710.0].map(|value| part_of(&axis, value)), [Some(0.25), Some(0.7), None]);
        assert_eq!(part_of(&Axis { to: 500.0, ..axis }, 500.0), None, "an axis without length");
    }
}
