//! What the wearer sees, in a corner of the desk's picture.

use egui::{Align2, Color32, CornerRadius, FontId, Painter, Pos2, Rect, Stroke, StrokeKind, TextureId, Vec2, vec2};

use crate::ui::theme::{Palette, SMALL};

/// Share of the picture's width, and of its height at most.
const SHARE: Vec2 = Vec2::new(0.34, 0.4);
const MARGIN: f32 = 12.0;

/// Draws the picture of an eye into the lower left corner: of its size, the upper left part that is drawn, both in
/// pixels.
pub fn mirror_ui(painter: &Painter, rect: Rect, eye: TextureId, (size, drawn): (Vec2, Vec2), palette: &Palette) {
    let Some(place) = place(rect, drawn) else { return };
    let part = Rect::from_min_size(Pos2::ZERO, drawn / size);
    painter.image(eye, place, part, Color32::WHITE);
    painter.rect_stroke(place, CornerRadius::ZERO, Stroke::new(2.0, palette.line), StrokeKind::Outside);
    let words = "What the wearer sees";
    let galley = painter.layout_no_wrap(words.to_owned(), FontId::proportional(SMALL), palette.text);
    let label = Align2::LEFT_TOP.anchor_size(place.left_top() + vec2(4.0, 4.0), galley.size() + vec2(8.0, 4.0));
    painter.rect_filled(label, CornerRadius::same(2), palette.panel);
    painter.galley(label.min + vec2(4.0, 2.0), galley, palette.text);
}

/// None where there is no room.
fn place(rect: Rect, size: Vec2) -> Option<Rect> {
    let room = rect.size() * SHARE;
    let scale = (room / size).min_elem();
    let shown = size * scale;
    let corner = rect.left_bottom() + vec2(MARGIN, -MARGIN - shown.y);
    (shown.x > 60.0 && shown.is_finite()).then(|| Rect::from_min_size(corner, shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_keeps_its_shape_and_its_corner() {
        let view = Rect::from_min_size(Pos2::new(300.0, 30.0), vec2(800.0, 600.0));
        let mirror = place(view, vec2(2000.0, 2200.0)).expect("room");
        assert!((mirror.width() / mirror.height() - 2000.0 / 2200.0).abs() < 1e-4);
        assert_eq!(mirror.left_bottom(), Pos2::new(312.0, 618.0));
        assert!(mirror.height() <= 240.1 && mirror.width() <= 272.1);
        assert_eq!(place(Rect::from_min_size(Pos2::ZERO, vec2(100.0, 80.0)), vec2(320.0, 240.0)), None);
    }
}
