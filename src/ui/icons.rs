//! Buttons with a drawn sign instead of a letter of a font: crisp at any scale, same everywhere.

use egui::{
    Color32, CursorIcon, Painter, Pos2, Rect, Response, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, WidgetType,
    vec2,
};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Glyph {
    Play,
    Pause,
    StepBack,
    StepForward,
    Eye,
    EyeOff,
    Aim,
    Close,
    ChevronRight,
    ChevronDown,
    Sun,
    Moon,
    Flag,
    Link,
}

/// A square button with a sign; `label` is its name for people who cannot see it, and its tooltip.
pub fn icon_button(ui: &mut Ui, glyph: Glyph, label: &str, enabled: bool) -> Response {
    let size = ui.spacing().interact_size.y;
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(size + 4.0, size), sense);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, enabled, label));
    if ui.is_rect_visible(rect) {
        let visuals = ui.style().interact(&response);
        let fill = if enabled { visuals.weak_bg_fill } else { Color32::TRANSPARENT };
        let ink = if enabled { visuals.fg_stroke.color } else { ui.visuals().weak_text_color().gamma_multiply(0.6) };
        ui.painter().rect(rect, visuals.corner_radius, fill, focus_ring(ui, &response), StrokeKind::Inside);
        paint_glyph(ui.painter(), rect.center(), size * 0.5, glyph, ink);
    }
    response.on_hover_text(label)
}

/// A bare sign that can be pressed, for rows where a button's ground would be too much.
pub fn glyph_button(ui: &Ui, rect: Rect, id: egui::Id, glyph: Glyph, label: &str, ink: Color32) -> Response {
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, label));
    let ink = if response.hovered() { ui.visuals().text_color() } else { ink };
    paint_glyph(ui.painter(), rect.center(), 10.0, glyph, ink);
    response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(label)
}

/// Outline of a widget that the keyboard is on.
pub fn focus_ring(ui: &Ui, response: &Response) -> Stroke {
    if response.has_focus() { ui.visuals().selection.stroke } else { Stroke::NONE }
}

/// Paints a sign of `size` points.
pub fn paint_glyph(painter: &Painter, centre: Pos2, size: f32, glyph: Glyph, ink: Color32) {
    let half = size / 2.0;
    let at = |x: f32, y: f32| centre + vec2(x * half, y * half);
    let pen = Stroke::new((size / 8.0).max(1.3), ink);
    let polygon = |corners: &[(f32, f32)]| {
        painter.add(Shape::convex_polygon(corners.iter().map(|(x, y)| at(*x, *y)).collect(), ink, Stroke::NONE));
    };
    let line = |corners: &[(f32, f32)]| {
        painter.add(Shape::line(corners.iter().map(|(x, y)| at(*x, *y)).collect(), pen));
    };
    match glyph {
        Glyph::Play => polygon(&[(-0.7, -1.0), (1.0, 0.0), (-0.7, 1.0)]),
        Glyph::Pause => {
            polygon(&[(-0.8, -0.9), (-0.2, -0.9), (-0.2, 0.9), (-0.8, 0.9)]);
            polygon(&[(0.2, -0.9), (0.8, -0.9), (0.8, 0.9), (0.2, 0.9)]);
        }
        Glyph::StepBack => {
            polygon(&[(0.9, -0.9), (0.9, 0.9), (-0.4, 0.0)]);
            polygon(&[(-0.9, -0.9), (-0.55, -0.9), (-0.55, 0.9), (-0.9, 0.9)]);
        }
        Glyph::StepForward => {
            polygon(&[(-0.9, -0.9), (0.4, 0.0), (-0.9, 0.9)]);
            polygon(&[(0.55, -0.9), (0.9, -0.9), (0.9, 0.9), (0.55, 0.9)]);
        }
        Glyph::Eye | Glyph::EyeOff => {
            line(&[(-1.1, 0.0), (-0.6, -0.5), (0.0, -0.68), (0.6, -0.5), (1.1, 0.0)]);
            line(&[(-1.1, 0.0), (-0.6, 0.5), (0.0, 0.68), (0.6, 0.5), (1.1, 0.0)]);
            painter.circle_filled(centre, half * 0.32, ink);
            if glyph == Glyph::EyeOff {
                line(&[(-0.9, 0.95), (0.9, -0.95)]);
            }
        }
        Glyph::Aim => {
            painter.circle_stroke(centre, half * 0.62, pen);
            for (x, y) in [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)] {
                painter.line_segment([at(x * 1.1, y * 1.1), at(x * 0.4, y * 0.4)], pen);
            }
        }
        Glyph::Close => {
            line(&[(-0.7, -0.7), (0.7, 0.7)]);
            line(&[(-0.7, 0.7), (0.7, -0.7)]);
        }
        Glyph::ChevronRight => line(&[(-0.35, -0.75), (0.4, 0.0), (-0.35, 0.75)]),
        Glyph::ChevronDown => line(&[(-0.75, -0.35), (0.0, 0.4), (0.75, -0.35)]),
        Glyph::Flag => {
            line(&[(-0.6, 1.0), (-0.6, -0.9)]);
            polygon(&[(-0.6, -0.9), (0.8, -0.45), (-0.6, 0.1)]);
        }
        Glyph::Link => {
            // Two links of a chain, lying on the rising diagonal.
            for side in [-1.0, 1.0] {
                let ring = (0..=14).map(|step| {
                    let (y, x) = (std::f32::consts::TAU * step as f32 / 14.0).sin_cos();
                    let (along, across) = (x * 0.62 + side * 0.42, y * 0.34);
                    ((along + across) * 0.707, (across - along) * 0.707)
                });
                line(&ring.collect::<Vec<_>>());
            }
        }
        Glyph::Sun => {
            painter.circle_filled(centre, half * 0.45, ink);
            for ray in 0..8 {
                let (y, x) = (std::f32::consts::TAU * ray as f32 / 8.0).sin_cos();
                painter.line_segment([at(x * 0.7, y * 0.7), at(x * 1.05, y * 1.05)], pen);
            }
        }
        Glyph::Moon => {
            let arc = |radius: f32, shift: f32, from: f32, to: f32| {
                (0..=12).map(move |step| {
                    let (y, x) = (from + (to - from) * step as f32 / 12.0).sin_cos();
                    (x * radius + shift, y * radius)
                })
            };
            let outer: Vec<_> = arc(0.9, 0.0, -0.9, -std::f32::consts::TAU + 0.9).collect();
            let inner: Vec<_> = arc(0.72, 0.5, -std::f32::consts::TAU + 1.35, -1.35).collect();
            line(&[outer, inner].concat());
        }
    }
}
