//! Marks that say something by their shape: alarm priorities, signs at equipment, link states.
//!
//! Pure painting at a place, so that panels, timeline and 3D labels show the same marks.

use egui::epaint::RectShape;
use egui::{
    Align2, Color32, CornerRadius, FontId, Painter, Pos2, Rect, Response, Sense, Shape, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, WidgetType, pos2, vec2,
};

use super::theme::Palette;
use super::touch;
use crate::domain::alarm::{AlarmState, Priority};
use crate::domain::link::LinkState;
use crate::domain::rule::IconKind;

/// Half a second on, half a second off: 1 Hz, inside the 3 flashes a second of WCAG 2.3.1.
pub fn blink_on(time_secs: f64) -> bool {
    time_secs.rem_euclid(1.0) < 0.5
}

/// An alarm mark of `size` points: square 1, triangle 2, diamond 3, circle 4, with the number.
/// Filled while active; unacknowledged it blinks between filled and outlined, returned it stays
/// outlined. Nothing is painted for what is normal or shelved.
pub fn paint_alarm_mark(
    painter: &Painter,
    centre: Pos2,
    size: f32,
    priority: Priority,
    state: AlarmState,
    palette: &Palette,
) {
    let filled = match state {
        AlarmState::Normal | AlarmState::Shelved { .. } => return,
        AlarmState::AckActive => true,
        AlarmState::ReturnedUnack => false,
        AlarmState::UnackActive => {
            painter.ctx().request_repaint_after_secs(0.5);
            blink_on(painter.ctx().input(|input| input.time))
        }
    };
    let colour = palette.alarm(priority);
    let (fill, ink) = if filled { (colour, palette.alarm_ink(priority)) } else { (palette.ground, palette.text) };
    painter.add(priority_shape(centre, size, priority, fill, Stroke::new(1.5, colour)));
    // The visual middle of a triangle is below the middle of its box.
    let middle = if priority == Priority::P2 { centre + vec2(0.0, size * 0.1) } else { centre };
    let font = FontId::proportional((size * 0.68).max(7.0));
    painter.text(middle, Align2::CENTER_CENTER, (priority as u8).to_string(), font, ink);
}

/// The bare shape of a priority.
pub fn priority_shape(centre: Pos2, size: f32, priority: Priority, fill: Color32, stroke: Stroke) -> Shape {
    let half = size / 2.0;
    let polygon = |corners: &[[f32; 2]]| {
        let corners = corners.iter().map(|[x, y]| centre + vec2(x * half, y * half)).collect();
        Shape::convex_polygon(corners, fill, stroke)
    };
    match priority {
        Priority::P1 => {
            let rect = Rect::from_center_size(centre, Vec2::splat(size * 0.9));
            RectShape::new(rect, CornerRadius::same(1), fill, stroke, StrokeKind::Middle).into()
        }
        Priority::P2 => polygon(&[[0.0, -1.05], [1.1, 0.85], [-1.1, 0.85]]),
        Priority::P3 => polygon(&[[0.0, -1.1], [1.1, 0.0], [0.0, 1.1], [-1.1, 0.0]]),
        Priority::P4 => Shape::from(egui::epaint::CircleShape { center: centre, radius: half, fill, stroke }),
    }
}

/// Shows an alarm mark as a widget of the text line.
pub fn alarm_mark_ui(ui: &mut Ui, priority: Priority, state: AlarmState, palette: &Palette) -> Response {
    let scale = touch::scale(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(18.0 * scale), Sense::hover());
    let words = format!("Priority {}", priority as u8);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Image, true, &words));
    paint_alarm_mark(ui.painter(), rect.center(), 15.0 * scale, priority, state, palette);
    response.on_hover_text(words)
}

/// A sign at equipment: information is a round i, warning a triangle !, error an octagon x, video a
/// frame with an arrow, custom a plain diamond. `colour` replaces the usual one of the kind.
pub fn paint_tag_icon(
    painter: &Painter,
    centre: Pos2,
    size: f32,
    kind: IconKind,
    colour: Option<Color32>,
    palette: &Palette,
) {
    let usual = match kind {
        IconKind::Info | IconKind::Video | IconKind::Custom => palette.quiet,
        IconKind::Warning => palette.alarm(Priority::P3),
        IconKind::Error => palette.alarm(Priority::P1),
    };
    let fill = colour.unwrap_or(usual);
    let ink = if luma(fill) > 140.0 { Color32::from_rgb(0x1b, 0x1d, 0x20) } else { Color32::WHITE };
    let (half, rim) = (size / 2.0, Stroke::new(1.0, palette.ground));
    let at = |x: f32, y: f32| centre + vec2(x * half, y * half);
    let pen = Stroke::new((size / 9.0).max(1.5), ink);
    match kind {
        IconKind::Info => {
            painter.circle(centre, half, fill, rim);
            painter.circle_filled(at(0.0, -0.45), pen.width * 0.7, ink);
            painter.line_segment([at(0.0, -0.1), at(0.0, 0.55)], pen);
        }
        IconKind::Warning => {
            painter.add(priority_shape(centre, size * 1.05, Priority::P2, fill, rim));
            painter.line_segment([at(0.0, -0.4), at(0.0, 0.25)], pen);
            painter.circle_filled(at(0.0, 0.58), pen.width * 0.7, ink);
        }
        IconKind::Error => {
            let cut = 0.414;
            let corners = [
                (1.0, cut),
                (cut, 1.0),
                (-cut, 1.0),
                (-1.0, cut),
                (-1.0, -cut),
                (-cut, -1.0),
                (cut, -1.0),
                (1.0, -cut),
            ];
            painter.add(Shape::convex_polygon(corners.iter().map(|(x, y)| at(*x, *y)).collect(), fill, rim));
            painter.line_segment([at(-0.4, -0.4), at(0.4, 0.4)], pen);
            painter.line_segment([at(-0.4, 0.4), at(0.4, -0.4)], pen);
        }
        IconKind::Video => {
            let rect = Rect::from_center_size(centre, vec2(size, size * 0.75));
            painter.rect(rect, CornerRadius::same(2), fill, rim, StrokeKind::Middle);
            painter.add(Shape::convex_polygon(vec![at(-0.25, -0.4), at(0.45, 0.0), at(-0.25, 0.4)], ink, Stroke::NONE));
        }
        IconKind::Custom => {
            painter.add(priority_shape(centre, size * 0.9, Priority::P3, fill, rim));
            painter.circle_filled(centre, pen.width, ink);
        }
    }
}

/// State of a link: up is a filled dot, connecting a ring, finished a tick, down a cross.
pub fn paint_link_mark(painter: &Painter, centre: Pos2, size: f32, state: &LinkState, palette: &Palette) {
    let half = size / 2.0;
    let at = |x: f32, y: f32| pos2(centre.x + x * half, centre.y + y * half);
    match state {
        LinkState::Up { .. } => _ = painter.circle_filled(centre, half * 0.75, palette.quiet),
        LinkState::Connecting => _ = painter.circle_stroke(centre, half * 0.7, Stroke::new(1.5, palette.quiet)),
        LinkState::Finished => {
            let pen = Stroke::new(1.5, palette.quiet);
            painter.add(Shape::line(vec![at(-0.7, 0.0), at(-0.15, 0.6), at(0.75, -0.6)], pen));
        }
        LinkState::Down { .. } => {
            let pen = Stroke::new(2.0, palette.alarm(Priority::P2));
            painter.line_segment([at(-0.7, -0.7), at(0.7, 0.7)], pen);
            painter.line_segment([at(-0.7, 0.7), at(0.7, -0.7)], pen);
        }
    }
}

/// A small clock face: the value is stale.
pub fn paint_clock_mark(painter: &Painter, centre: Pos2, size: f32, colour: Color32) {
    let half = size / 2.0;
    let pen = Stroke::new(1.2, colour);
    painter.circle_stroke(centre, half, pen);
    painter.line_segment([centre, centre + vec2(0.0, -half * 0.65)], pen);
    painter.line_segment([centre, centre + vec2(half * 0.5, half * 0.2)], pen);
}

/// ITU-R BT.601 luma, 0..=255: enough to choose between dark and light ink.
fn luma(colour: Color32) -> f32 {
    0.299 * f32::from(colour.r()) + 0.587 * f32::from(colour.g()) + 0.114 * f32::from(colour.b())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blinks_once_a_second() {
        let flips =
            (0..100).filter(|step| blink_on(f64::from(*step) / 10.0) != blink_on(f64::from(step + 1) / 10.0)).count();
        assert_eq!(flips, 20);
    }

    #[test]
    fn each_priority_has_its_own_outline() {
        let corners = |priority| match priority_shape(Pos2::ZERO, 10.0, priority, Color32::RED, Stroke::NONE) {
            Shape::Path(path) => path.points.len(),
            Shape::Rect(_) => 100,
            Shape::Circle(_) => 200,
            _ => 0,
        };
        assert_eq!([Priority::P1, Priority::P2, Priority::P3, Priority::P4].map(corners), [100, 3, 4, 200]);
    }
}
