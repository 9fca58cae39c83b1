//! A figure over two parameters: a field a combination, lighter for more.

use egui::{
    Align2, Color32, CornerRadius, FontId, Mesh, Painter, Rect, RichText, Sense, Shape as Stripe, Stroke, StrokeKind,
    Ui, WidgetInfo, WidgetType, pos2, vec2,
};

use super::icons::focus_ring;
use super::response_curve::part_of;
use super::response_plot::{Seen, Shape, axis_across_ui, axis_up_ui, look, place_ui};
use super::theme::SMALL;
use super::what_if_question::WhatIfState;
use super::what_if_response::{Figure, plot_words};
use super::what_if_words::{askable_of, full_title, parameter_words};
use super::{Console, ramp};
use crate::domain::sweep::Axis;

/// Height of the legend with its words, points.
const LEGEND: f32 = 26.0;
/// Pieces of its ramp.
const STEPS: u32 = 32;

pub fn map_ui(
    ui: &mut Ui,
    console: &Console,
    figure: Figure,
    (across, up): (&Axis, &Axis),
    state: &mut WhatIfState,
) -> Seen {
    let palette = console.palette();
    ui.label(RichText::new(format!("Upwards: {}", full_title(console, &up.parameter))).small().weak());
    let (response, ground) = place_ui(ui, plot_words(console, figure));
    let shape = Shape { across: across.points.max(1), up: up.points.max(1) };
    let pointed = response.hover_pos().filter(|at| ground.contains(*at)).map(|at| {
        let part = (at - ground.left_bottom()) / ground.size();
        let field = |part: f32, count: u32| ((part * count as f32) as u32).min(count - 1);
        field(part.x, shape.across) * shape.up + field(-part.y, shape.up)
    });
    let seen = look(ui, &response, shape, pointed, state);
    let painter = ui.painter_at(response.rect);
    painter.rect(ground, CornerRadius::same(1), palette.ground, focus_ring(ui, &response), StrokeKind::Outside);
    let size = ground.size() / vec2(shape.across as f32, shape.up as f32);
    let field_of = |place: u32| {
        let (column, row) = ((place / shape.up) as f32, (place % shape.up) as f32);
        let left_top = ground.left_bottom() + vec2(column * size.x, -(row + 1.0) * size.y);
        Rect::from_min_size(left_top, size)
    };
    let range = value_range(figure);
    for cell in &figure.response.cells {
        let field = field_of(cell.place);
        match (figure.of(cell), range) {
            (Some(value), Some(range)) => {
                painter.rect_filled(field, CornerRadius::ZERO, ramp::colour(part_in(range, value.mean)));
            }
            _ => _ = painter.line_segment([field.left_bottom(), field.right_top()], Stroke::new(1.0, palette.quiet)),
        }
    }
    mark_now(&painter, console, ground, (across, up));
    if let Some(place) = seen.place {
        // Seen on light and on dark fields.
        let field = field_of(place);
        painter.rect_stroke(field, CornerRadius::ZERO, Stroke::new(3.0, Color32::BLACK), StrokeKind::Middle);
        painter.rect_stroke(field, CornerRadius::ZERO, Stroke::new(1.5, Color32::WHITE), StrokeKind::Middle);
    }
    axis_across_ui(ui, console, across, ground);
    let words = |value| parameter_words(console, &up.parameter, value);
    axis_up_ui(ui, palette, ground, words(up.from), words(up.to));
    legend_ui(ui, figure, range, palette.quiet);
    seen
}

/// Notches on all four edges where the plant stands now.
fn mark_now(painter: &Painter, console: &Console, ground: Rect, (across, up): (&Axis, &Axis)) {
    let now = |axis: &Axis| askable_of(console, &axis.parameter).and_then(|askable| part_of(axis, askable.value));
    let notch = |corners: [(f32, f32); 3]| {
        let corners = corners.map(|(x, y)| pos2(x, y)).to_vec();
        painter.add(Stripe::convex_polygon(
            corners,
            console.palette().text,
            Stroke::new(1.0, console.palette().ground),
        ));
    };
    if let Some(part) = now(across) {
        let x = ground.left() + part * ground.width();
        notch([(x, ground.bottom() - 6.0), (x + 4.0, ground.bottom()), (x - 4.0, ground.bottom())]);
        notch([(x, ground.top() + 6.0), (x - 4.0, ground.top()), (x + 4.0, ground.top())]);
    }
    if let Some(part) = now(up) {
        let y = ground.bottom() - part * ground.height();
        notch([(ground.left() + 6.0, y), (ground.left(), y + 4.0), (ground.left(), y - 4.0)]);
        notch([(ground.right() - 6.0, y), (ground.right(), y - 4.0), (ground.right(), y + 4.0)]);
    }
}

/// All colours from little to much, with the values of both ends.
fn legend_ui(ui: &mut Ui, figure: Figure, range: Option<(f64, f64)>, ink: Color32) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LEGEND), Sense::hover());
    let bar = Rect::from_min_size(rect.min, vec2(rect.width(), 10.0));
    let mut mesh = Mesh::default();
    for step in 0..=STEPS {
        let part = step as f32 / STEPS as f32;
        let (x, colour) = (bar.left() + part * bar.width(), ramp::colour(f64::from(part)));
        mesh.colored_vertex(pos2(x, bar.top()), colour);
        mesh.colored_vertex(pos2(x, bar.bottom()), colour);
        if step > 0 {
            let last = 2 * step;
            mesh.add_triangle(last - 2, last - 1, last);
            mesh.add_triangle(last - 1, last + 1, last);
        }
    }
    ui.painter().add(Stripe::mesh(mesh));
    let (low, high) =
        range.map_or(("–".to_owned(), "–".to_owned()), |(low, high)| (figure.words(low), figure.words(high)));
    let font = FontId::proportional(SMALL);
    let y = bar.bottom() + 2.0;
    ui.painter().text(pos2(rect.left(), y), Align2::LEFT_TOP, &low, font.clone(), ink);
    ui.painter().text(pos2(rect.right(), y), Align2::RIGHT_TOP, &high, font.clone(), ink);
    ui.painter().text(pos2(rect.center().x, y), Align2::CENTER_TOP, figure.name, font, ink);
    let words = format!("Colours of {}: {low} dark to {high} light", figure.name);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &words));
}

/// Least and greatest mean; none where no run has the figure.
fn value_range(figure: Figure) -> Option<(f64, f64)> {
    let means = figure.response.cells.iter().filter_map(|cell| figure.of(cell)).map(|value| value.mean);
    means.map(|mean| (mean, mean)).reduce(|(low, high), (mean, _)| (low.min(mean), high.max(mean)))
}

/// Where a value stands in a range, 0..=1; the middle where all are the same.
fn part_in((low, high): (f64, f64), value: f64) -> f64 {
    if high > low { (value - low) / (high - low) } else { 0.5 }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture;
    use crate::ui::what_if_response::response_ui;

    #[test]
    fn the_legend_tells_both_ends_with_their_unit() {
        let mut harness = fixture::harness(fixture::swept(true), |ui, console, state, commands| {
            if let Some(response) = console.response {
                response_ui(ui, console, response, &mut state.what_if, commands);
            }
        });
        harness.run_steps(2);
        // 500 + 500 / 10 + 100 · 0.2 and 500 + 700 / 10 + 100 · 1.0.
        harness.get_by_label("Colours of Throughput: 570.0\u{2009}/min dark to 670.0\u{2009}/min light");
        harness.get_by_label("Upwards: Packer BeltSpeed");
        assert_eq!([part_in((2.0, 4.0), 2.5), part_in((3.0, 3.0), 3.0)], [0.25, 0.5]);
    }
}
