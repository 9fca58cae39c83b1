//! Signs for where a step, a guard or a change stands: told apart by shape, with a name for those who
//! do not see them.

use egui::{
    CornerRadius, Label, Painter, Pos2, Rect, Response, RichText, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo,
    WidgetType, vec2,
};

use crate::ui::Console;
use crate::ui::theme::Palette;

/// Half the width of a sign, points.
const HALF: f32 = 6.0;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sign {
    Done,
    /// It is a person's turn.
    Now,
    /// The program is at work on it.
    Going,
    Waits,
    Skipped,
    Stopped,
    /// A person has to look at the equipment.
    Look,
}

impl Sign {
    pub fn words(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Now => "waits for a person",
            Self::Going => "under way",
            Self::Waits => "still to come",
            Self::Skipped => "left out",
            Self::Stopped => "stopped",
            Self::Look => "needs a person at the equipment",
        }
    }
}

/// A sign; `name` is read aloud.
pub fn sign_ui(ui: &mut Ui, console: &Console, sign: Sign, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(2.0 * HALF + 2.0, 18.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Image, true, name));
    paint_sign(ui.painter(), rect.center(), sign, console.palette());
    response.on_hover_text(name)
}

/// A step of a change: a sign, a name, and words behind it. Words wrap.
pub fn row_ui(ui: &mut Ui, console: &Console, sign: Sign, name: &str, words: &str) {
    told_ui(ui, console, (sign, sign.words()), name, words);
}

/// The same for what is no step: `said` is what the sign says here.
pub fn told_ui(ui: &mut Ui, console: &Console, (sign, said): (Sign, &str), name: &str, words: &str) {
    let acute = matches!(sign, Sign::Now | Sign::Going | Sign::Look | Sign::Stopped);
    ui.horizontal_top(|ui| {
        sign_ui(ui, console, sign, &format!("{name}: {said}"));
        let name = RichText::new(name);
        ui.label(if acute { name.strong() } else { name.weak() });
        if !words.is_empty() {
            let words = RichText::new(words).small();
            ui.add(Label::new(if acute { words } else { words.weak() }).wrap());
        }
    });
}

fn paint_sign(painter: &Painter, centre: Pos2, sign: Sign, palette: &Palette) {
    let (pen, thin) = (Stroke::new(1.6, palette.text), Stroke::new(1.2, palette.quiet));
    let at = |x: f32, y: f32| centre + vec2(x, y);
    let line = |corners: &[(f32, f32)], pen: Stroke| {
        painter.line(corners.iter().map(|(x, y)| at(*x, *y)).collect(), pen);
    };
    match sign {
        Sign::Done => {
            painter.circle_stroke(centre, HALF, thin);
            line(&[(-3.0, 0.0), (-0.8, 2.5), (3.0, -2.5)], pen);
        }
        Sign::Now => {
            painter.circle_stroke(centre, HALF, pen);
            painter.circle_filled(centre, 3.0, palette.text);
        }
        Sign::Going => {
            painter.circle_stroke(centre, HALF, pen);
            let corners = vec![at(-2.0, -3.2), at(3.4, 0.0), at(-2.0, 3.2)];
            painter.add(Shape::convex_polygon(corners, palette.text, Stroke::NONE));
        }
        Sign::Waits => _ = painter.circle_stroke(centre, HALF - 2.0, thin),
        Sign::Skipped => line(&[(-HALF + 2.0, 0.0), (HALF - 2.0, 0.0)], thin),
        Sign::Stopped => {
            let square = Rect::from_center_size(centre, vec2(2.0 * HALF, 2.0 * HALF));
            painter.rect_stroke(square, CornerRadius::ZERO, pen, StrokeKind::Inside);
            line(&[(-3.0, -3.0), (3.0, 3.0)], pen);
            line(&[(3.0, -3.0), (-3.0, 3.0)], pen);
        }
        Sign::Look => {
            let corners = vec![at(0.0, -HALF - 1.0), at(HALF + 1.0, HALF - 0.5), at(-HALF - 1.0, HALF - 0.5)];
            painter.add(Shape::closed_line(corners, pen));
            line(&[(0.0, -2.5), (0.0, 1.5)], pen);
            painter.circle_filled(at(0.0, 3.6), 0.9, palette.text);
        }
    }
}
