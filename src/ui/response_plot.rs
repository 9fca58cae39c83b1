//! Pointer and keyboard on the plot of a sweep, whatever it looks like.

use egui::{Align2, EventFilter, FontId, Key, Rect, Response, Sense, Ui, WidgetInfo, WidgetType, pos2, vec2};

use super::Console;
use super::theme::{Palette, SMALL};
use super::what_if_question::WhatIfState;
use super::what_if_words::{full_title, parameter_words};
use crate::domain::sweep::Axis;

/// Height of a plot with its axes, points.
pub const HEIGHT: f32 = 190.0;
/// Room for the words of the axes.
pub const LEFT: f32 = 58.0;
pub const BOTTOM: f32 = 30.0;

/// Which point is looked at, and whether its values are wanted.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Seen {
    pub place: Option<u32>,
    pub taken: bool,
}

/// Points of a sweep, across and up. Places go up first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    pub across: u32,
    pub up: u32,
}

impl Shape {
    /// Place after steps across and up, inside the plot.
    fn moved(self, place: u32, (across, up): (i64, i64)) -> u32 {
        let rows = self.up.max(1);
        let step =
            |at: u32, by: i64, count: u32| u32::try_from(i64::from(at) + by).unwrap_or(0).min(count.saturating_sub(1));
        let column = step(place / rows, across, self.across);
        column.saturating_mul(rows).saturating_add(step(place % rows, up, rows))
    }
}

/// Makes room for a plot: the whole, and the ground inside its axes.
pub fn place_ui(ui: &mut Ui, words: String) -> (Response, Rect) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &words));
    let ground = Rect::from_min_max(rect.min + vec2(LEFT, 6.0), rect.max - vec2(6.0, BOTTOM));
    (response, ground)
}

/// What pointer or arrow keys look at; the keys go on from where they were.
pub fn look(ui: &Ui, response: &Response, shape: Shape, pointed: Option<u32>, state: &mut WhatIfState) -> Seen {
    let focus = response.has_focus();
    if focus {
        state.slider = Some(response.id);
        let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
        let presses = |key| ui.input(|input| input.num_presses(key)) as i64;
        let steps = [Key::ArrowRight, Key::ArrowLeft, Key::ArrowUp, Key::ArrowDown].map(presses);
        let [right, left, up, down] = steps;
        let (along, upward) = (right - left, up - down);
        state.place = match shape.up {
            1 => shape.moved(state.place, (along + upward, 0)),
            _ => shape.moved(state.place, (along, upward)),
        };
    }
    let place = pointed.or(focus.then_some(state.place));
    Seen { place, taken: response.clicked() && place.is_some() }
}

/// Ends and name of the axis across, under the ground.
pub fn axis_across_ui(ui: &Ui, console: &Console, axis: &Axis, ground: Rect) {
    let (font, ink) = (FontId::proportional(SMALL), console.palette().quiet);
    let y = ground.bottom() + 3.0;
    let words = |value| parameter_words(console, &axis.parameter, value);
    ui.painter().text(pos2(ground.left(), y), Align2::LEFT_TOP, words(axis.from), font.clone(), ink);
    ui.painter().text(pos2(ground.right(), y), Align2::RIGHT_TOP, words(axis.to), font.clone(), ink);
    let name = full_title(console, &axis.parameter);
    ui.painter().text(pos2(ground.center().x, y + 13.0), Align2::CENTER_TOP, name, font, ink);
}

/// Words left of the ground, at its top and bottom.
pub fn axis_up_ui(ui: &Ui, palette: &Palette, ground: Rect, low: String, high: String) {
    let font = FontId::proportional(SMALL);
    let x = ground.left() - 4.0;
    ui.painter().text(pos2(x, ground.top()), Align2::RIGHT_TOP, high, font.clone(), palette.quiet);
    ui.painter().text(pos2(x, ground.bottom()), Align2::RIGHT_BOTTOM, low, font, palette.quiet);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_inside_the_plot() {
        let shape = Shape { across: 5, up: 3 };
        // Column 1, row 2 is place 5.
        assert_eq!(shape.moved(5, (0, 1)), 5, "the top");
        assert_eq!([shape.moved(5, (1, 0)), shape.moved(5, (-1, -1))], [8, 1]);
        assert_eq!([shape.moved(0, (-1, -1)), shape.moved(14, (1, 1))], [0, 14]);
        assert_eq!(Shape { across: 0, up: 0 }.moved(7, (1, 1)), 0);
    }
}
