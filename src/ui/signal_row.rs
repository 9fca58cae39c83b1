//! One signal in the inspector: name, value, what to think of it, and its curve.

use egui::{
    Align2, Color32, CornerRadius, FontId, Rect, RichText, Sense, Shape, TextStyle, TextWrapMode, Ui, WidgetInfo,
    WidgetText, WidgetType, pos2, vec2,
};

use super::beside::Beside;
use super::icons::focus_ring;
use super::marks::paint_clock_mark;
use super::reading::Reading;
use super::sparkline::{Curve, DASH, SPACE, moment_at, other_stroke, x_of};
use super::spread::{self, Spread};
use super::theme::{BODY, Palette, SMALL};
use super::{Console, format, touch};
use crate::domain::history::Bucket;
use crate::domain::quality::Quality;
use crate::domain::signal::Signal;
use crate::domain::time::{Span, Timestamp};

/// What a row shows.
pub struct SignalRow<'a> {
    pub console: &'a Console<'a>,
    pub signal: &'a Signal,
    pub reading: &'a Reading,
    /// The other side of a comparison.
    pub beside: Option<&'a Beside>,
    pub buckets: &'a [Bucket],
    /// The same time of the other side.
    pub other: &'a [Bucket],
    pub limits: &'a [f64],
    pub span: Span,
    /// With a large curve and its axis.
    pub open: bool,
    /// The simulated copy can be asked about another value.
    pub askable: bool,
}

/// What a click on a row asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Click {
    /// Open its curve, or close it.
    Curve,
    /// Try another value on the simulated copy.
    Try,
}

/// Sizes of a row in points, in proportion to the text around it.
#[derive(Clone, Copy)]
struct Sizes {
    body: f32,
    small: f32,
    /// Height of the first line.
    line: f32,
    /// Height of each line under it.
    note: f32,
    /// Width of the ages beside the curve.
    age: f32,
    /// Width of the button that leads to the simulated copy.
    attempt: f32,
    /// Height of the curve: small, large.
    curve: (f32, f32),
}

impl Sizes {
    fn of(ui: &Ui) -> Self {
        let scale = touch::scale(ui);
        Self {
            body: BODY * scale,
            small: SMALL * scale,
            line: 18.0 * scale,
            note: 15.0 * scale,
            age: 62.0 * scale,
            attempt: 28.0 * scale,
            curve: (24.0 * scale, 118.0 * scale),
        }
    }
}

impl SignalRow<'_> {
    /// Shows the row; says what was clicked.
    pub fn ui(&self, ui: &mut Ui) -> Option<Click> {
        let sizes = Sizes::of(ui);
        let mut tried = false;
        let caution = self.reading.caution();
        let curve = match (self.reading.numeric, self.open) {
            (false, _) => 0.0,
            (true, false) => sizes.curve.0,
            (true, true) => sizes.curve.1,
        };
        let beside = if self.beside.is_some() { sizes.note } else { 0.0 };
        let note = beside + if caution.is_some() { sizes.note } else { 0.0 };
        let height = (sizes.line + curve + note + 6.0).max(ui.spacing().interact_size.y);
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, self.spoken()));
        if ui.is_rect_visible(rect) {
            let palette = self.console.palette();
            let fill = if response.hovered() { palette.raised } else { Color32::TRANSPARENT };
            ui.painter().rect(
                rect.expand2(vec2(4.0, 0.0)),
                CornerRadius::same(2),
                fill,
                focus_ring(ui, &response),
                egui::StrokeKind::Inside,
            );
            let rect = rect.shrink2(vec2(0.0, 3.0));
            tried = self.head(ui, Rect::from_min_size(rect.min, vec2(rect.width(), sizes.line)));
            let line = |shift: f32| {
                Rect::from_min_size(pos2(rect.left(), rect.top() + sizes.line + shift), vec2(rect.width(), sizes.note))
            };
            if let Some(words) = self.beside {
                self.paint_beside(ui, line(0.0), words);
            }
            if let Some(caution) = &caution {
                let text = RichText::new(caution).size(sizes.small).color(palette.quiet);
                paint_text(ui, line(beside), Align2::RIGHT_CENTER, text);
            }
            if curve > 0.0 {
                let top = rect.top() + sizes.line + note;
                let plot =
                    Rect::from_min_max(pos2(rect.left(), top + 2.0), pos2(rect.right() - sizes.age, rect.bottom()));
                self.curve(ui, plot, response.hover_pos());
            }
            self.age(ui, rect, beside);
        }
        let told =
            [(!self.signal.description.is_empty()).then(|| self.signal.description.clone()), self.spread_words()];
        let told = told.into_iter().flatten().collect::<Vec<_>>().join("\n");
        let response = if told.is_empty() { response } else { response.on_hover_text(told) };
        match response.clicked() && self.reading.numeric {
            _ if tried => Some(Click::Try),
            true => Some(Click::Curve),
            false => None,
        }
    }

    /// The same on one line, with what to think of the value under it. It answers to nothing.
    pub fn line_ui(&self, ui: &mut Ui) {
        let (palette, sizes) = (self.console.palette(), Sizes::of(ui));
        let caution = self.reading.caution();
        let note = if caution.is_some() { sizes.note } else { 0.0 };
        let size = vec2(ui.available_width(), sizes.line + note + 4.0);
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, self.spoken()));
        let line = Rect::from_min_size(rect.min, vec2(rect.width(), sizes.line));
        let value = self.paint_value(ui, line, line.left() + line.width() * 0.55);
        let name = RichText::new(&self.reading.name).size(sizes.body).color(palette.text);
        let room = Rect::from_min_max(line.min, pos2(line.left() + line.width() * 0.42, line.bottom()));
        let name = paint_text(ui, room, Align2::LEFT_CENTER, name).right();
        let plot = Rect::from_min_max(pos2(name + 8.0, line.top()), pos2(value - 8.0, line.bottom()));
        if self.reading.numeric && plot.width() > sizes.line {
            let painter = ui.painter().with_clip_rect(plot.expand(1.0).intersect(ui.clip_rect()));
            self.sparkline().paint(&painter, plot.shrink2(vec2(0.0, 2.0)), palette);
        }
        if let Some(caution) = caution {
            let place = Rect::from_min_max(pos2(rect.left(), line.bottom()), rect.max);
            let text = RichText::new(caution).size(sizes.small).color(palette.quiet);
            paint_text(ui, place, Align2::RIGHT_CENTER, text);
        }
    }

    /// The curve up to the moment on screen.
    fn sparkline(&self) -> Curve<'_> {
        let (console, moment) = (self.console, self.console.playhead.moment());
        Curve {
            buckets: self.buckets,
            other: self.other,
            spread: Spread::take(console, self.reading.signal),
            begun: console.begun(console.playhead.origin()),
            window: (moment - self.span, moment),
            limits: self.limits,
            range: self.signal.range,
            stale_after: self.signal.stale_after().filter(|_| console.playhead.origin().goes_stale()),
        }
    }

    /// The value at the right of a place, not further left than `least`: struck through where it is bad, with a
    /// question mark where it is uncertain, quiet where it is old. Returns its left edge.
    fn paint_value(&self, ui: &Ui, rect: Rect, least: f32) -> f32 {
        let (palette, sizes, reading) = (self.console.palette(), Sizes::of(ui), self.reading);
        let text = reading.text.as_deref().unwrap_or("–");
        let mut value = RichText::new(text).monospace().size(sizes.body).color(palette.text);
        if reading.stale || reading.text.is_none() {
            value = value.color(palette.quiet);
        }
        let mut right = rect.right();
        if reading.quality.is_bad() {
            value = value.color(palette.bad).strikethrough();
        } else if reading.quality != Quality::Good {
            let mark = RichText::new("?").monospace().strong().size(sizes.body).color(palette.text);
            right = paint_text(ui, rect, Align2::RIGHT_CENTER, mark).left() - 5.0;
        }
        let place = Rect::from_min_max(pos2(least, rect.top()), pos2(right, rect.bottom()));
        paint_text(ui, place, Align2::RIGHT_CENTER, value).left()
    }

    /// True when another value is to be tried.
    fn head(&self, ui: &Ui, rect: Rect) -> bool {
        let (palette, sizes) = (self.console.palette(), Sizes::of(ui));
        let reading = self.reading;
        let least = rect.left() + rect.width() * 0.3;
        let mut left = self.paint_value(ui, rect, least);
        if let (Some(age), false) = (reading.age, reading.numeric) {
            let place = Rect::from_min_max(pos2(least, rect.top()), pos2(left - 8.0, rect.bottom()));
            let age = RichText::new(format!("for {}", format::rough_age(age))).size(sizes.small).color(palette.quiet);
            left = paint_text(ui, place, Align2::RIGHT_CENTER, age).left();
        }
        let name = RichText::new(&reading.name).size(sizes.body).color(palette.text);
        let room = if self.askable { sizes.attempt + 6.0 } else { 0.0 };
        let place = Rect::from_min_max(rect.min, pos2(left - 8.0 - room, rect.bottom()));
        let right = paint_text(ui, place, Align2::LEFT_CENTER, name).right();
        let place = Rect::from_min_size(pos2(right + 6.0, rect.top() + 1.0), vec2(sizes.attempt, sizes.line - 2.0));
        self.askable && self.try_ui(ui, place)
    }

    fn try_ui(&self, ui: &Ui, place: Rect) -> bool {
        let response = ui.interact(place, ui.id().with(("try", self.reading.signal)), Sense::click());
        let words = format!("Try another {} on the simulated copy", self.reading.name);
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &words));
        let visuals = ui.style().interact(&response);
        let fill = if response.hovered() { visuals.weak_bg_fill } else { self.console.palette().lifted };
        ui.painter().rect(place, CornerRadius::same(2), fill, focus_ring(ui, &response), egui::StrokeKind::Inside);
        let text = RichText::new("try").size(Sizes::of(ui).small).color(visuals.text_color());
        paint_text(ui, place.shrink2(vec2(3.0, 0.0)), Align2::CENTER_CENTER, text);
        response.on_hover_text(words).clicked()
    }

    fn spoken(&self) -> String {
        let beside = self.beside.map(|beside| format!("Beside: {}", beside.words()));
        [Some(self.reading.spoken()), beside, self.spread_words()].into_iter().flatten().collect::<Vec<_>>().join(". ")
    }

    /// Where the runs lie at the moment on screen.
    fn spread_words(&self) -> Option<String> {
        Spread::take(self.console, self.reading.signal)?.words(self.console.playhead.moment(), self.signal)
    }

    /// The other value, muted, behind a piece of the stroke in which its curve is drawn.
    fn paint_beside(&self, ui: &Ui, place: Rect, beside: &Beside) {
        let colour = self.console.palette().quiet;
        let text = RichText::new(beside.words()).monospace().size(Sizes::of(ui).small).color(colour);
        let place = place.with_min_x(place.left() + 26.0);
        let left = paint_text(ui, place, Align2::RIGHT_CENTER, text).left();
        let line = [pos2(left - 26.0, place.center().y), pos2(left - 6.0, place.center().y)];
        ui.painter().extend(Shape::dashed_line(&line, other_stroke(self.console.palette()), DASH, SPACE));
    }

    /// `shift` is the room that the other side of a comparison takes under the head.
    fn age(&self, ui: &Ui, rect: Rect, shift: f32) {
        let (Some(age), true) = (self.reading.age, self.reading.numeric || self.reading.stale) else { return };
        let (palette, sizes) = (self.console.palette(), Sizes::of(ui));
        let y = match self.reading.numeric {
            true => rect.bottom() - 9.0,
            false => rect.top() + sizes.line + shift + sizes.note / 2.0,
        };
        let painter = ui.painter();
        if self.reading.numeric {
            let text = painter.text(
                pos2(rect.right(), y),
                Align2::RIGHT_CENTER,
                format::age(age),
                FontId::proportional(sizes.small),
                palette.quiet,
            );
            if self.reading.stale {
                paint_clock_mark(painter, pos2(text.left() - 9.0, y), 10.0, palette.text);
            }
        } else {
            paint_clock_mark(painter, pos2(rect.left() + 6.0, y), 10.0, palette.text);
        }
    }

    fn curve(&self, ui: &Ui, rect: Rect, pointer: Option<egui::Pos2>) {
        let (console, palette, sizes) = (self.console, self.console.palette(), Sizes::of(ui));
        let curve = self.sparkline();
        let window = curve.window;
        let painter = ui.painter().with_clip_rect(rect.expand(1.0).intersect(ui.clip_rect()));
        painter.rect_filled(rect, CornerRadius::same(1), palette.ground);
        let plot = if self.open { Rect::from_min_max(rect.min, rect.max - vec2(0.0, sizes.note + 1.0)) } else { rect };
        curve.paint(&painter, plot.shrink2(vec2(0.0, 2.0)), palette);
        if self.open {
            axis(ui, &curve, self.signal, rect, plot, palette);
            if curve.spread.is_some() {
                legend(ui, plot, palette);
            }
        }
        if let Some(pointer) = pointer.filter(|pointer| plot.contains(*pointer)) {
            let at = moment_at(pointer.x, window, plot);
            painter.vline(pointer.x, plot.y_range(), egui::Stroke::new(1.0, palette.selection));
            let origin = console.curve_origin(console.playhead.origin(), at);
            let reading = Reading::of(console, origin, self.reading.signal, self.signal, at);
            let value = reading.text.as_deref().unwrap_or("no value");
            let beside = Beside::take(console, self.reading.signal, self.signal, at);
            let beside = beside.map_or_else(String::new, |beside| format!(", beside {}", beside.words()));
            let spread = curve.spread.filter(|_| self.open).and_then(|spread| spread.words(at, self.signal));
            let spread = spread.map_or_else(String::new, |spread| format!("\n{spread}"));
            let words = format!("{value} at {}{beside}{spread}", format::clock(at));
            let galley = painter.layout_no_wrap(words, FontId::monospace(sizes.small), palette.text);
            let fits = pointer.x + 8.0 + galley.size().x <= plot.right();
            let left = if fits { pointer.x + 8.0 } else { pointer.x - 8.0 - galley.size().x };
            let left = left.clamp(plot.left() + 2.0, (plot.right() - galley.size().x).max(plot.left() + 2.0));
            let label = Rect::from_min_size(pos2(left, plot.center().y - galley.size().y / 2.0), galley.size());
            painter.rect_filled(label.expand(2.0), CornerRadius::same(2), palette.lifted);
            painter.galley(label.min, galley, palette.text);
        }
    }
}

/// What the tinted area is.
fn legend(ui: &Ui, plot: Rect, palette: &Palette) {
    let swatch = Rect::from_min_size(plot.min + vec2(4.0, 4.0), vec2(12.0, 8.0));
    let pen = egui::Stroke::new(1.0, palette.simulation);
    ui.painter().rect(swatch, CornerRadius::ZERO, spread::area_tint(palette), pen, egui::StrokeKind::Inside);
    let place = pos2(swatch.right() + 4.0, swatch.center().y);
    ui.painter().text(
        place,
        Align2::LEFT_CENTER,
        spread::NAME,
        FontId::proportional(Sizes::of(ui).small),
        palette.quiet,
    );
}

/// Ends of the value axis and of the time axis of a large curve.
fn axis(ui: &Ui, curve: &Curve, signal: &Signal, rect: Rect, plot: Rect, palette: &Palette) {
    let (low, high) = curve.value_range();
    let sizes = Sizes::of(ui);
    let font = FontId::proportional(sizes.small);
    let right = rect.right() + sizes.age;
    let value_at = |value: f64, y: f32, align: Align2| {
        ui.painter().text(pos2(right, y), align, format::limit(value, signal), font.clone(), palette.quiet);
    };
    value_at(high, plot.top(), Align2::RIGHT_TOP);
    value_at(low, plot.bottom() - 4.0, Align2::RIGHT_BOTTOM);
    let (from, to): (Timestamp, Timestamp) = curve.window;
    let middle = from + (to - from).scaled(0.5);
    for (moment, align) in [(from, Align2::LEFT_BOTTOM), (middle, Align2::CENTER_BOTTOM), (to, Align2::RIGHT_BOTTOM)] {
        let place = pos2(x_of(moment, curve.window, plot), rect.bottom());
        ui.painter().text(place, align, format::clock(moment), font.clone(), palette.quiet);
    }
    for limit in curve.limits {
        let y = egui::remap(*limit, low..=high, f64::from(plot.bottom())..=f64::from(plot.top())) as f32;
        let words = format!("limit {}", format::limit(*limit, signal));
        ui.painter().text(pos2(plot.left() + 3.0, y - 1.0), Align2::LEFT_BOTTOM, words, font.clone(), palette.quiet);
    }
}

/// One line of text inside a place, cut with an ellipsis where it is too long.
pub fn paint_text(ui: &Ui, place: Rect, align: Align2, text: RichText) -> Rect {
    let galley =
        WidgetText::from(text).into_galley(ui, Some(TextWrapMode::Truncate), place.width().max(8.0), TextStyle::Body);
    let rect = align.align_size_within_rect(galley.size(), place);
    ui.painter().galley(rect.min, galley, ui.visuals().text_color());
    rect
}
