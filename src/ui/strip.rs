//! The strip of time: data, alarms, playhead, now, loop; seeking, zooming and looping with the mouse.

use egui::{
    Align2, Color32, CornerRadius, CursorIcon, FontId, Painter, PointerButton, Rect, Response, Sense, Shape, Stroke,
    Ui, Vec2, WidgetInfo, WidgetType, pos2, vec2,
};

use super::alarm_rows::headline;
use super::marks::paint_alarm_mark;
use super::sparkline::{moment_at, x_of};
use super::strip_cache::Raised;
use super::theme::SMALL;
use super::timeline::{TimelineState, Window};
use super::{Console, format, time_axis};
use crate::domain::alarm::AlarmState;
use crate::domain::command::Command;
use crate::domain::playhead::PlayheadCommand;
use crate::domain::time::Timestamp;

/// Rows of the strip from its top: alarms, data, axis.
const ALARMS: f32 = 22.0;
const AXIS: f32 = 16.0;
/// Alarm marks closer than this become one.
const MARK: f32 = 14.0;

pub(super) fn strip_ui(
    ui: &mut Ui,
    size: Vec2,
    window: (Timestamp, Timestamp),
    console: &Console,
    state: &mut TimelineState,
    commands: &mut Vec<Command>,
) {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Slider, true, "Timeline"));
    let response = response.on_hover_cursor(CursorIcon::Text);
    pointer(ui, rect, window, &response, console, state, commands);
    wheel(ui, rect, window, &response, console, state);

    let palette = console.palette();
    let painter = ui.painter_at(rect);
    let body = Rect::from_min_max(rect.min, rect.max - vec2(0.0, AXIS));
    painter.rect_filled(body, CornerRadius::same(2), palette.ground);
    paint_axis(&painter, rect, body, window, console);
    paint_loop(&painter, body, window, console, loop_in_hand(ui, rect, window, state));
    paint_density(ui, &painter, body, window, console, state);
    paint_now(&painter, body, window, console);
    for (words, y) in [("Alarms", ALARMS / 2.0), ("Values", ALARMS + 7.0)] {
        let place = pos2(body.left() + 4.0, body.top() + y);
        painter.text(place, Align2::LEFT_CENTER, words, FontId::proportional(10.0), palette.quiet);
    }
    let under_pointer = paint_alarms(&painter, rect, body, window, console, state, response.hover_pos());
    paint_playhead(&painter, rect, body, window, console);
    if let Some(pointer) = response.hover_pos().filter(|_| !response.dragged()) {
        let moment = moment_at(pointer.x, window, rect);
        painter.vline(pointer.x, body.y_range(), Stroke::new(1.0, palette.quiet.gamma_multiply(0.6)));
        let words = if under_pointer.is_empty() { format::date_and_clock(moment) } else { under_pointer };
        response.on_hover_text_at_pointer(words);
    }
}

/// Seek by click and drag, pan with the middle button, loop with Shift.
fn pointer(
    ui: &Ui,
    rect: Rect,
    window: (Timestamp, Timestamp),
    response: &Response,
    console: &Console,
    state: &mut TimelineState,
    commands: &mut Vec<Command>,
) {
    let Some(place) = response.interact_pointer_pos() else { return };
    let moment = moment_at(place.x.clamp(rect.left(), rect.right()), window, rect);
    if response.dragged_by(PointerButton::Middle) || response.dragged_by(PointerButton::Secondary) {
        let shift = (window.1 - window.0).scaled(f64::from(-response.drag_delta().x / rect.width().max(1.0)));
        state.window = Window::Fixed(window.0 + shift, window.1 + shift);
        return;
    }
    if response.drag_started_by(PointerButton::Primary) && ui.input(|input| input.modifiers.shift) {
        let origin = ui.input(|input| input.pointer.press_origin()).unwrap_or(place);
        state.loop_from = Some(moment_at(origin.x, window, rect));
    }
    if let Some(from) = state.loop_from {
        if response.drag_stopped() {
            state.loop_from = None;
            let range = (from.min(moment), from.max(moment));
            commands.push(Command::Playhead(PlayheadCommand::SetLoop(Some(range))));
        }
        return;
    }
    if response.clicked() || (response.dragged_by(PointerButton::Primary) && response.drag_delta().x != 0.0) {
        commands.push(Command::Playhead(seek(rect, window, moment, console)));
    }
}

/// Inside what is held; at the edge of now it is the live view that is meant.
fn seek(rect: Rect, window: (Timestamp, Timestamp), moment: Timestamp, console: &Console) -> PlayheadCommand {
    let near = (window.1 - window.0).scaled(f64::from(3.0 / rect.width().max(1.0)));
    if console.extent.live_now.is_some_and(|now| moment >= now - near) {
        return PlayheadCommand::GoLive;
    }
    let held = console.extent.held;
    PlayheadCommand::Seek(
        held.map_or(moment, |(first, last)| {
            moment.clamp(first, console.extent.live_now.map_or(last, |now| now.max(last)))
        }),
    )
}

fn wheel(
    ui: &Ui,
    rect: Rect,
    window: (Timestamp, Timestamp),
    response: &Response,
    console: &Console,
    state: &mut TimelineState,
) {
    let Some(pointer) = response.hover_pos() else { return };
    let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta()));
    let factor = f64::from(-scroll.y / 240.0).exp2() / f64::from(pinch);
    if (factor - 1.0).abs() > 1e-4 {
        state.zoom(console, moment_at(pointer.x, window, rect), factor);
    } else if scroll.x != 0.0 {
        let shift = (window.1 - window.0).scaled(f64::from(-scroll.x / rect.width().max(1.0)));
        state.window = Window::Fixed(window.0 + shift, window.1 + shift);
    }
}

fn loop_in_hand(
    ui: &Ui,
    rect: Rect,
    window: (Timestamp, Timestamp),
    state: &TimelineState,
) -> Option<(Timestamp, Timestamp)> {
    let from = state.loop_from?;
    let to = moment_at(ui.input(|input| input.pointer.interact_pos())?.x, window, rect);
    Some((from.min(to), from.max(to)))
}

fn paint_axis(painter: &Painter, rect: Rect, body: Rect, window: (Timestamp, Timestamp), console: &Console) {
    let palette = console.palette();
    for tick in time_axis::ticks(window, (rect.width() / 110.0) as usize) {
        let x = x_of(tick.at, window, rect);
        painter.vline(x, body.y_range(), Stroke::new(1.0, palette.line.gamma_multiply(0.8)));
        let place = pos2(x.clamp(rect.left() + 24.0, rect.right() - 24.0), rect.bottom());
        painter.text(place, Align2::CENTER_BOTTOM, tick.label, FontId::proportional(SMALL), palette.quiet);
    }
}

fn paint_loop(
    painter: &Painter,
    body: Rect,
    window: (Timestamp, Timestamp),
    console: &Console,
    in_hand: Option<(Timestamp, Timestamp)>,
) {
    let Some((from, to)) = in_hand.or(console.playhead.loop_range()) else { return };
    let colour = console.palette().selection;
    let band = Rect::from_x_y_ranges(x_of(from, window, body)..=x_of(to, window, body), body.y_range());
    painter.rect_filled(band, CornerRadius::ZERO, colour.gamma_multiply(0.18));
    for (x, side) in [(band.left(), 1.0), (band.right(), -1.0)] {
        let bracket = [
            vec2(4.0 * side, 1.0),
            vec2(0.0, 1.0),
            vec2(0.0, body.height() - 1.0),
            vec2(4.0 * side, body.height() - 1.0),
        ];
        painter.add(Shape::line(bracket.map(|corner| pos2(x, body.top()) + corner).to_vec(), Stroke::new(1.5, colour)));
    }
}

fn paint_density(
    ui: &Ui,
    painter: &Painter,
    body: Rect,
    window: (Timestamp, Timestamp),
    console: &Console,
    state: &mut TimelineState,
) {
    let time_secs = ui.input(|input| input.time);
    let data = (console.history, console.catalog);
    let bars = Rect::from_min_max(body.min + vec2(0.0, ALARMS), body.max - vec2(0.0, 2.0));
    for (from, to, share) in state.density.slices(data, console.playhead.origin(), window, time_secs) {
        if share > 0.0 {
            let height = bars.height() * (0.12 + 0.6 * share);
            let (left, right) = (x_of(from, window, body).round(), x_of(to, window, body).round());
            let bar = Rect::from_min_max(pos2(left, bars.bottom() - height), pos2(right, bars.bottom()));
            painter.rect_filled(bar, CornerRadius::ZERO, console.palette().strip);
        }
    }
}

fn paint_now(painter: &Painter, body: Rect, window: (Timestamp, Timestamp), console: &Console) {
    let Some(now) = console.extent.live_now else { return };
    let palette = console.palette();
    let x = x_of(now, window, body);
    if x >= body.right() {
        return;
    }
    let future = Rect::from_min_max(pos2(x.max(body.left()), body.top()), body.max);
    painter.rect_filled(future, CornerRadius::ZERO, palette.panel.gamma_multiply(0.7));
    painter.vline(x, body.y_range(), Stroke::new(1.0, palette.text));
    let (shift, align) = if x + 40.0 < body.right() { (8.0, Align2::LEFT_TOP) } else { (-8.0, Align2::RIGHT_TOP) };
    painter.text(pos2(x + shift, body.top() + 2.0), align, "NOW", FontId::proportional(SMALL), palette.text);
}

/// Paints a mark for each alarm raised, the worst of those that would lie over each other; returns
/// what is known of those under the pointer.
fn paint_alarms(
    painter: &Painter,
    rect: Rect,
    body: Rect,
    window: (Timestamp, Timestamp),
    console: &Console,
    state: &mut TimelineState,
    pointer: Option<egui::Pos2>,
) -> String {
    let mut words = Vec::new();
    let mut rest = state.raised.within(console.alarms, window);
    while let Some(first) = rest.first() {
        let left = x_of(first.at, window, rect);
        let near = rest.iter().take_while(|raised| x_of(raised.at, window, rect) < left + MARK).count().max(1);
        let (heap, others) = rest.split_at(near);
        rest = others;
        let Some(worst) = heap.iter().min_by_key(|raised| raised.priority) else { continue };
        let centre = pos2(x_of(worst.at, window, rect), body.top() + ALARMS / 2.0);
        // Steady: it marks that it happened, not how it stands.
        paint_alarm_mark(painter, centre, 12.0, worst.priority, AlarmState::AckActive, console.palette());
        if heap.len() > 1 {
            let place = centre + vec2(8.0, 0.0);
            painter.text(
                place,
                Align2::LEFT_CENTER,
                format!("+{}", heap.len() - 1),
                FontId::proportional(9.0),
                console.palette().quiet,
            );
        }
        if pointer.is_some_and(|pointer| (pointer.x - centre.x).abs() < MARK * 0.6 && pointer.y < body.top() + ALARMS) {
            words.extend(heap.iter().take(6).map(|raised| told(console, raised)));
            if heap.len() > 6 {
                words.push(format!("and {} more", heap.len() - 6));
            }
        }
    }
    words.join("\n")
}

fn told(console: &Console, raised: &Raised) -> String {
    let what = console.alarms.rule(raised.alarm).map_or_else(String::new, |rule| headline(rule, console.assets));
    format!("{}  ({}) {what}", format::clock(raised.at), raised.priority as u8)
}

fn paint_playhead(painter: &Painter, rect: Rect, body: Rect, window: (Timestamp, Timestamp), console: &Console) {
    let x = x_of(console.playhead.moment(), window, rect);
    if !rect.x_range().contains(x) {
        return;
    }
    let colour: Color32 = console.palette().selection;
    painter.vline(x, body.y_range(), Stroke::new(2.0, colour));
    let handle =
        [[-6.0, 0.0], [6.0, 0.0], [6.0, 4.0], [0.0, 10.0], [-6.0, 4.0]].map(|[dx, dy]| pos2(x + dx, body.top() + dy));
    painter.add(Shape::convex_polygon(handle.to_vec(), colour, Stroke::new(1.0, console.palette().ground)));
}
