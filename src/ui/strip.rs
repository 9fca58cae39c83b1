//! The strip of time: data, gaps, alarms, marks, playhead, now and loop.

use egui::{
    Align2, Color32, CornerRadius, CursorIcon, FontId, Painter, Rect, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo,
    WidgetType, pos2, vec2,
};

use super::sparkline::{moment_at, x_of};
use super::theme::SMALL;
use super::timeline_window::TimelineState;
use super::{Console, format, strip_alarms, strip_bands, strip_changes, strip_flags, strip_pointer, tense, time_axis};
use crate::domain::command::Command;
use crate::domain::playhead::Tense;
use crate::domain::time::Timestamp;

/// Rows of the strip from its top: alarms, data, axis.
const ALARMS: f32 = 22.0;
const AXIS: f32 = 16.0;
/// Room of the names of the rows.
const ROW_NAMES: f32 = 46.0;

pub(super) fn strip_ui(
    ui: &mut Ui,
    size: Vec2,
    window: (Timestamp, Timestamp),
    console: &Console,
    state: &mut TimelineState,
    commands: &mut Vec<Command>,
) {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(WidgetType::Slider, true, "Timeline");
        info.current_text_value = console.simulated().then(|| simulated_words(console));
        info
    });
    let response = response.on_hover_cursor(CursorIcon::Text);
    strip_pointer::pointer(ui, rect, window, &response, console, state, commands);
    strip_pointer::wheel(ui, rect, window, &response, console, state);

    let palette = console.palette();
    let painter = ui.painter_at(rect);
    let body = Rect::from_min_max(rect.min, rect.max - vec2(0.0, AXIS));
    painter.rect_filled(body, CornerRadius::same(2), palette.ground);
    paint_axis(&painter, rect, body, window, console);
    paint_loop(&painter, body, window, console, loop_in_hand(ui, rect, window, state));
    let bars = Rect::from_min_max(body.min + vec2(0.0, ALARMS), body.max - vec2(0.0, 3.0));
    paint_density(ui, &painter, bars, window, console, state);
    let gaps = strip_bands::paint_gaps(&painter, bars, window, console, response.hover_pos());
    strip_bands::paint_lines(&painter, body, window, console);
    paint_now(&painter, body, window, console);
    paint_simulated(&painter, body, window, console);
    for (words, y) in [("Alarms", ALARMS / 2.0), ("Values", ALARMS + 7.0)] {
        let place = pos2(body.left() + 4.0, body.top() + y);
        painter.text(place, Align2::LEFT_CENTER, words, FontId::proportional(10.0), palette.quiet);
    }
    let row = body.with_max_y(body.top() + ALARMS);
    let alarms = strip_alarms::paint_alarms(&painter, row, window, console, &mut state.raised, response.hover_pos());
    paint_playhead(&painter, rect, body, window, console);
    strip_flags::flags_ui(ui, bars, window, console, commands);
    strip_changes::changes_ui(ui, bars, window, console, commands);
    if let Some(pointer) = response.hover_pos().filter(|_| !response.dragged()) {
        let moment = moment_at(pointer.x, window, rect);
        painter.vline(pointer.x, body.y_range(), Stroke::new(1.0, palette.quiet.gamma_multiply(0.6)));
        let under_pointer = [alarms, gaps].into_iter().find(|words| !words.is_empty());
        response.on_hover_text_at_pointer(under_pointer.unwrap_or_else(|| format::date_and_clock(moment)));
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
    bars: Rect,
    window: (Timestamp, Timestamp),
    console: &Console,
    state: &mut TimelineState,
) {
    let palette = console.palette();
    let ink = if console.simulated() { palette.simulation.gamma_multiply(0.6) } else { palette.strip };
    let bar = |from: Timestamp, to: Timestamp, share: f32| {
        if share > 0.0 {
            let height = bars.height() * (0.12 + 0.6 * share);
            let (left, right) = (x_of(from, window, bars).round(), x_of(to, window, bars).round());
            let bar = Rect::from_min_max(pos2(left, bars.bottom() - height), pos2(right, bars.bottom()));
            painter.rect_filled(bar, CornerRadius::ZERO, ink);
        }
    };
    if let Some(recording) = console.shown_recording() {
        for (from, to, share) in state.recorded.slices(&recording.density, window) {
            bar(*from, *to, *share);
        }
        return;
    }
    let time_secs = ui.input(|input| input.time);
    let data = (console.history, console.catalog);
    for (from, to, share) in state.density.slices(data, console.playhead.origin(), window, time_secs) {
        bar(from, to, share);
    }
}

fn paint_now(painter: &Painter, body: Rect, window: (Timestamp, Timestamp), console: &Console) {
    let Some(now) = console.strip_extent().live_now else { return };
    let palette = console.palette();
    let x = x_of(now, window, body);
    if x >= body.right() {
        return;
    }
    let future = Rect::from_min_max(pos2(x.max(body.left()), body.top()), body.max);
    painter.rect_filled(future, CornerRadius::ZERO, palette.panel.gamma_multiply(0.7));
    painter.vline(x, body.y_range(), Stroke::new(1.0, palette.text));
    let (shift, align) = if x + 40.0 < body.right() { (8.0, Align2::LEFT_TOP) } else { (-8.0, Align2::RIGHT_TOP) };
    // At the left end of the strip stand the names of its rows.
    let place = if x >= body.left() { (x + shift).max(body.left() + ROW_NAMES) } else { x + shift };
    painter.text(pos2(place, body.top() + 2.0), align, "NOW", FontId::proportional(SMALL), palette.text);
}

/// A dashed frame around the stretch that was computed, with what it is called.
fn paint_simulated(painter: &Painter, body: Rect, window: (Timestamp, Timestamp), console: &Console) {
    let Some((first, last)) = console.strip_extent().held.filter(|_| console.simulated()) else { return };
    let palette = console.palette();
    // Cut a little outside: dashes of what is far out of sight would be without number.
    let [left, right] = [first, last].map(|end| x_of(end, window, body).clamp(body.left() - 8.0, body.right() + 8.0));
    let place = Rect::from_x_y_ranges(left..=right, body.y_range());
    if !place.intersects(body) || place.width() < 4.0 {
        return;
    }
    tense::dash_around(painter, place.shrink(1.0), Stroke::new(1.5, palette.simulation), 6.0);
    let corner = pos2(right.min(body.right()) - 6.0, body.top() + 2.0);
    painter.text(corner, Align2::RIGHT_TOP, simulated_words(console), FontId::proportional(SMALL), palette.text);
}

/// "SIMULATION  faster filler".
fn simulated_words(console: &Console) -> String {
    let name = console.simulated_name().map(|name| format!("  {}", format::shortened(&name, 40)));
    tense::word(Tense::Simulation).to_owned() + &name.unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::domain::playhead::PlayheadCommand;
    use crate::domain::time::Span;
    use crate::ui::fixture::{self, Plant, Stage, at};

    const WINDOW: (Timestamp, Timestamp) =
        (Timestamp::from_millis(1_795_527_802_000), Timestamp::from_millis(1_795_529_002_000));

    /// The strip alone, over the twenty minutes of the fixture.
    fn strip(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            strip_ui(ui, vec2(1200.0, 90.0), WINDOW, console, &mut state.timeline, commands);
        });
        harness.run_steps(2);
        harness
    }

    fn place(harness: &Harness<Stage>, moment: Timestamp) -> egui::Pos2 {
        let rect = harness.get_by_label("Timeline").rect();
        pos2(x_of(moment, WINDOW, rect), rect.center().y)
    }

    #[test]
    fn a_gap_is_explained_under_the_pointer() {
        let mut harness = strip(fixture::replay());
        let inside = place(&harness, at(-390));
        harness.hover_at(inside);
        harness.run_steps(40);
        harness.get_by_label_contains("1200 samples lost: samples came faster than they could be written");
    }

    #[test]
    fn live_shows_what_the_recorder_lost() {
        let mut plant = fixture::plant();
        plant.recorder.gaps = fixture::with_recordings().recordings[0].gaps.clone();
        let mut harness = strip(plant);
        let inside = place(&harness, at(-390));
        harness.hover_at(inside);
        harness.run_steps(40);
        harness.get_by_label_contains("1200 samples lost");
    }

    #[test]
    fn alarms_are_those_of_the_recording() {
        let mut harness = strip(fixture::replay());
        let raised = place(&harness, at(-500));
        harness.hover_at(pos2(raised.x, harness.get_by_label("Timeline").rect().top() + ALARMS / 2.0));
        harness.run_steps(40);
        harness.get_by_label_contains("(3) Labeller: glue temperature low");
    }

    #[test]
    fn a_click_on_a_flag_goes_to_the_mark_and_does_not_seek() {
        let mut harness = strip(fixture::replay());
        harness.get_by_label("Mark: speed back to normal").click();
        harness.run_steps(2);
        assert!(matches!(&harness.state().commands[..], [Command::GoToMark(mark)] if mark.at == at(-200)));
    }

    #[test]
    fn a_simulated_run_is_named_and_its_future_is_not_the_live_view() {
        let mut harness = fixture::harness(fixture::simulation(), |ui, console, state, commands| {
            let window = state.timeline.window(&console.strip_extent()).unwrap_or(WINDOW);
            strip_ui(ui, vec2(1200.0, 90.0), window, console, &mut state.timeline, commands);
        });
        harness.run_steps(2);
        let strip = harness.get_by_label("Timeline");
        assert_eq!(strip.value().as_deref(), Some("SIMULATION  faster filler"));
        strip.click();
        harness.run_steps(2);
        let [Command::Playhead(PlayheadCommand::Seek(moment))] = harness.state().commands[..] else {
            panic!("{:?}", harness.state().commands)
        };
        assert!(moment > at(800) && moment < at(1000), "the middle of the half hour: {moment}");
    }

    #[test]
    fn the_frame_of_a_simulated_run_costs_no_more_when_zoomed_in() {
        let mut harness = fixture::harness(fixture::simulation(), |ui, console, state, commands| {
            let window = (at(600), at(600) + Span::from_millis(50));
            strip_ui(ui, vec2(1200.0, 90.0), window, console, &mut state.timeline, commands);
        });
        harness.run_steps(2);
        assert!(harness.output().shapes.len() < 1000, "{} shapes", harness.output().shapes.len());
    }

    #[test]
    fn the_end_of_a_recording_is_not_the_live_view() {
        let mut plant = fixture::replay();
        plant.recordings[0].extent.1 = at(-60);
        let mut harness = strip(plant);
        let end = place(&harness, at(-1));
        harness.drag_at(end);
        harness.run_steps(1);
        harness.drop_at(end);
        harness.run_steps(2);
        assert_eq!(harness.state().commands, [Command::Playhead(PlayheadCommand::Seek(at(-60)))]);
    }
}
