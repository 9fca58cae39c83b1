//! What mouse and wheel do on the strip of time: seeking, panning, looping and zooming.

use egui::{PointerButton, Rect, Response, Ui};

use super::Console;
use super::sparkline::moment_at;
use super::timeline_window::{TimelineState, Window};
use crate::domain::command::Command;
use crate::domain::playhead::PlayheadCommand;
use crate::domain::time::{Span, Timestamp};

/// Seek by click and drag, pan with the middle button, loop with Shift.
pub(super) fn pointer(
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
    toward(console, moment, (window.1 - window.0).scaled(f64::from(3.0 / rect.width().max(1.0))))
}

/// To a moment, inside what is held. What is nearer to now than `near` is the live view.
pub(super) fn toward(console: &Console, moment: Timestamp, near: Span) -> PlayheadCommand {
    let extent = console.strip_extent();
    if console.simulated() {
        // Its time reaches beyond now: there is no live view at its edge.
        return PlayheadCommand::Seek(extent.held.map_or(moment, |(first, last)| moment.clamp(first, last.max(first))));
    }
    if extent.live_now.is_some_and(|now| moment >= now - near) {
        return PlayheadCommand::GoLive;
    }
    PlayheadCommand::Seek(extent.held.map_or(moment, |(first, last)| {
        moment.clamp(first, extent.live_now.map_or(last, |now| now.max(last)).max(first))
    }))
}

pub(super) fn wheel(
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
