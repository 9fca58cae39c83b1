//! Signs and names over the 3D picture: constant in size, never on top of each other.
//!
//! The layout is a pure function: the most important label takes its place first, the others move
//! aside or, where there is no room, shrink to a dot that still shows shape and colour.

use egui::{Align2, Color32, FontId, Galley, Painter, Pos2, Rect, Shape, Stroke, Vec2, vec2};
use std::sync::Arc;

use super::marks::{paint_alarm_mark, paint_tag_icon};
use super::theme::Palette;
use crate::domain::alarm::{AlarmState, Priority};
use crate::domain::rule::{Icon, IconKind};

/// Something to be written or drawn at a place of the picture.
#[derive(Clone, PartialEq, Debug)]
pub struct SceneLabel {
    /// Where the label would like to stand, points.
    pub place: Pos2,
    /// What it belongs to, points.
    pub foot: Pos2,
    /// Metres from the camera: nearer ones matter more.
    pub distance: f32,
    /// Something stands before it: drawn faintly.
    pub covered: bool,
    pub content: LabelContent,
}

#[derive(Clone, PartialEq, Debug)]
pub enum LabelContent {
    Sign { icon: Icon, scale: f32 },
    Text(Arc<str>),
    Name { text: Arc<str>, alarm: Option<(Priority, AlarmState)>, selected: bool },
    Missing(String),
}

/// Sides of signs and heights of texts, points.
const SIGN: f32 = 22.0;
const DOT: f32 = 10.0;
const MARK: f32 = 16.0;
const PADDING: Vec2 = vec2(6.0, 3.0);

/// Importance: alarm, then selection, then signs of trouble, then the rest; nearer first.
fn rank(label: &SceneLabel) -> (u8, u32) {
    let class = match &label.content {
        LabelContent::Name { alarm: Some((priority, _)), .. } => *priority as u8,
        LabelContent::Name { selected: true, .. } => 5,
        LabelContent::Name { .. } => 6,
        LabelContent::Sign { icon, .. } if icon.kind == IconKind::Error => 7,
        LabelContent::Sign { icon, .. } if icon.kind == IconKind::Warning => 8,
        LabelContent::Text(_) => 9,
        LabelContent::Sign { .. } => 10,
        LabelContent::Missing(_) => 11,
    };
    (class + u8::from(label.covered), (label.distance.max(0.0) * 10.0) as u32)
}

/// Places labels of these sizes so that none covers another: for each, in the order given, its
/// rectangle, or none where it found no room. Rectangles stay near the wished place.
pub fn lay_out(wishes: &[(Pos2, Vec2)], bounds: Rect) -> Vec<Option<Rect>> {
    let mut taken: Vec<Rect> = Vec::with_capacity(wishes.len());
    wishes
        .iter()
        .map(|(place, size)| {
            // What is wished for at the edge stands inside it.
            let inside = bounds.shrink2(*size / 2.0 + vec2(2.0, 2.0));
            let place = if inside.is_positive() { inside.clamp(*place) } else { *place };
            let tries = [
                Vec2::ZERO,
                vec2(0.0, -size.y),
                vec2(size.x * 0.6, -size.y * 0.5),
                vec2(-size.x * 0.6, -size.y * 0.5),
                vec2(0.0, -2.0 * size.y),
                vec2(size.x, 0.0),
                vec2(-size.x, 0.0),
                vec2(0.0, -3.0 * size.y),
            ];
            let free = tries.into_iter().map(|shift| Rect::from_center_size(place + shift, *size)).find(|rect| {
                bounds.contains_rect(*rect) && taken.iter().all(|other| !other.expand(1.0).intersects(*rect))
            });
            taken.extend(free);
            free
        })
        .collect()
}

/// Draws all labels into the picture's rectangle.
pub fn scene_labels_ui(painter: &Painter, bounds: Rect, mut labels: Vec<SceneLabel>, palette: &Palette) {
    labels.retain(|label| bounds.contains(label.place) || bounds.contains(label.foot));
    labels.sort_by_key(rank);
    let drawn: Vec<Drawn> = labels.iter().map(|label| Drawn::measure(painter, label, palette)).collect();
    let wishes: Vec<(Pos2, Vec2)> = labels.iter().zip(&drawn).map(|(label, drawn)| (label.place, drawn.size)).collect();
    for ((label, drawn), rect) in labels.iter().zip(&drawn).zip(lay_out(&wishes, bounds)) {
        let fade = if label.covered { 0.45 } else { 1.0 };
        match rect {
            Some(rect) => {
                leader(painter, rect, label.foot, palette, fade);
                drawn.paint(painter, rect, label, palette, fade);
            }
            None => {
                if let LabelContent::Sign { icon, .. } = &label.content {
                    paint_tag_icon(painter, label.place, DOT, icon.kind, sign_colour(icon, palette, fade), palette);
                }
            }
        }
    }
}

/// Draws a label alone, in the middle of a rectangle: for a sign that stands in the scene by itself.
pub fn lone_label_ui(painter: &Painter, rect: Rect, label: &SceneLabel, palette: &Palette) {
    let painter = painter.with_clip_rect(rect);
    let drawn = Drawn::measure(&painter, label, palette);
    // What is wider than its place loses its end, not its beginning.
    let left = (rect.center().x - drawn.size.x / 2.0).max(rect.left());
    let place = Rect::from_min_size(Pos2::new(left, rect.center().y - drawn.size.y / 2.0), drawn.size);
    drawn.paint(&painter, place, label, palette, if label.covered { 0.45 } else { 1.0 });
}

/// A thin line to the equipment, where the label does not stand on it.
fn leader(painter: &Painter, rect: Rect, foot: Pos2, palette: &Palette, fade: f32) {
    let from = rect.center_bottom();
    if from.distance(foot) > 6.0 && !rect.contains(foot) {
        painter.line_segment([from, foot], Stroke::new(1.0, palette.quiet.gamma_multiply(0.8 * fade)));
    }
}

/// A label with its text laid out.
struct Drawn {
    size: Vec2,
    text: Option<Arc<Galley>>,
}

impl Drawn {
    fn measure(painter: &Painter, label: &SceneLabel, palette: &Palette) -> Self {
        let galley = |text: String| painter.layout_no_wrap(text, FontId::proportional(12.0), palette.text);
        let (text, extra) = match &label.content {
            LabelContent::Sign { scale, .. } => {
                return Self { size: Vec2::splat(SIGN * scale.clamp(0.3, 4.0)), text: None };
            }
            LabelContent::Text(text) => (galley(text.to_string()), 0.0),
            LabelContent::Name { text, alarm, .. } => {
                (galley(text.to_string()), if alarm.is_some() { MARK + 4.0 } else { 0.0 })
            }
            LabelContent::Missing(file) => (galley(format!("No model: {file}")), 0.0),
        };
        Self { size: text.size() + 2.0 * PADDING + vec2(extra, 0.0), text: Some(text) }
    }

    fn paint(&self, painter: &Painter, rect: Rect, label: &SceneLabel, palette: &Palette, fade: f32) {
        if let LabelContent::Sign { icon, .. } = &label.content {
            paint_tag_icon(painter, rect.center(), rect.width(), icon.kind, sign_colour(icon, palette, fade), palette);
            return;
        }
        let Some(text) = &self.text else { return };
        let edge = match &label.content {
            LabelContent::Name { selected: true, .. } => palette.selection,
            _ => palette.quiet.gamma_multiply(0.5),
        };
        painter.rect(rect, 3.0, palette.panel.gamma_multiply(0.88), Stroke::new(1.0, edge), egui::StrokeKind::Inside);
        let mut left = rect.left() + PADDING.x;
        if let LabelContent::Name { alarm: Some((priority, state)), .. } = &label.content {
            let centre = Pos2::new(left + MARK / 2.0, rect.center().y);
            paint_alarm_mark(painter, centre, MARK, *priority, *state, palette);
            left += MARK + 4.0;
        }
        let place = Pos2::new(left, rect.center().y - text.size().y / 2.0);
        painter.add(Shape::galley(place, text.clone(), palette.text));
    }
}

/// The colour of a sign: its own, or that of its kind; fainter where it is covered.
fn sign_colour(icon: &Icon, palette: &Palette, fade: f32) -> Option<Color32> {
    let byte = |channel: f32| (channel.clamp(0.0, 1.0) * 255.0).round() as u8;
    let own =
        icon.colour.map(|own| Color32::from_rgba_unmultiplied(byte(own.r), byte(own.g), byte(own.b), byte(own.a)));
    let colour = own.unwrap_or(match icon.kind {
        IconKind::Error => palette.alarm(Priority::P1),
        IconKind::Warning => palette.alarm(Priority::P3),
        IconKind::Info | IconKind::Video | IconKind::Custom => palette.quiet,
    });
    Some(colour.gamma_multiply(fade))
}

/// A few words in the middle of the picture: what is awaited, or why there is nothing to see.
pub fn picture_note_ui(painter: &Painter, bounds: Rect, text: &str, palette: &Palette) {
    let galley = painter.layout(text.to_owned(), FontId::proportional(14.0), palette.text, bounds.width() * 0.7);
    let rect = Align2::CENTER_CENTER.anchor_size(bounds.center(), galley.size() + vec2(24.0, 16.0));
    painter.rect_filled(rect, 4.0, palette.panel.gamma_multiply(0.9));
    painter.add(Shape::galley(rect.min + vec2(12.0, 8.0), galley, palette.text));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOUNDS: Rect = Rect { min: Pos2::ZERO, max: Pos2 { x: 800.0, y: 600.0 } };

    proptest! {
        #[test]
        fn labels_never_cover_each_other(places in prop::collection::vec((0.0..800.0_f32, 0.0..600.0_f32, 8.0..120.0_f32), 0..60)) {
            let wishes: Vec<_> = places.iter().map(|(x, y, width)| (Pos2::new(*x, *y), vec2(*width, 18.0))).collect();
            let placed: Vec<Rect> = lay_out(&wishes, BOUNDS).into_iter().flatten().collect();
            for (index, rect) in placed.iter().enumerate() {
                prop_assert!(BOUNDS.contains_rect(*rect));
                prop_assert!(placed[..index].iter().all(|other| !other.intersects(*rect)));
            }
        }
    }

    #[test]
    fn the_first_label_gets_its_wish_and_the_next_moves_aside() {
        let wish = (Pos2::new(400.0, 300.0), vec2(60.0, 18.0));
        let placed = lay_out(&[wish, wish], BOUNDS);
        assert_eq!(placed[0].map(|rect| rect.center()), Some(wish.0));
        assert!(placed[1].is_some_and(|rect| rect.center().distance(wish.0) > 17.0));
    }

    #[test]
    fn alarms_come_before_selection_and_signs() {
        let label =
            |content| SceneLabel { place: Pos2::ZERO, foot: Pos2::ZERO, distance: 5.0, covered: false, content };
        let alarm = Some((Priority::P2, AlarmState::UnackActive));
        let named = |alarm, selected| label(LabelContent::Name { text: "Filler".into(), alarm, selected });
        let sign = label(LabelContent::Sign { icon: Icon { kind: IconKind::Info, colour: None }, scale: 1.0 });
        let mut all = [sign, named(None, true), named(alarm, false)];
        all.sort_by_key(rank);
        assert!(matches!(all[0].content, LabelContent::Name { alarm: Some(_), .. }));
        assert!(matches!(all[2].content, LabelContent::Sign { .. }));
    }
}
