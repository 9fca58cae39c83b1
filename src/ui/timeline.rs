//! The timeline: buttons that move the playhead, and the strip of time under them.

use egui::{Align, Button, ComboBox, Layout, RichText, Ui, vec2};

use super::icons::{Glyph, icon_button};
use super::recording_card::shift_words;
use super::theme::HEAD;
use super::timeline_window::{TimelineState, Window};
use super::{Console, ConsoleState, format, keys, strip, timeline_tools, touch};
use crate::domain::command::{Command, Direction};
use crate::domain::playhead::{Motion, PlayheadCommand, Tense};
use crate::domain::time::{Span, Timestamp};

/// Room that the words of a loop need, with the tools that come after them, points.
const LOOP_ROOM: f32 = 300.0;
const RATES: [f64; 11] = [0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 50.0, 100.0, 500.0, 1000.0];

/// `shown` is the moment of the playhead as digits show it.
pub fn timeline_ui(
    ui: &mut Ui,
    console: &Console,
    shown: Timestamp,
    state: &mut ConsoleState,
    commands: &mut Vec<Command>,
) {
    state.timeline.follow(console);
    ui.horizontal(|ui| {
        ui.set_height(26.0);
        transport_ui(ui, console, commands);
        ui.add_space(8.0);
        moment_ui(ui, console, shown);
        timeline_tools::follow_ui(ui, console, commands);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            range_ui(ui, console, &mut state.timeline, commands);
            ui.separator();
            timeline_tools::tools_ui(ui, console, state, commands);
        });
    });
    let Some(window) = state.timeline.window(&console.strip_extent()) else {
        ui.add_space(12.0);
        ui.vertical_centered(|ui| {
            ui.label("Nothing has been recorded yet");
            ui.label(
                RichText::new("As soon as a link delivers values, they appear here and can be played again.").weak(),
            );
        });
        return;
    };
    let size = vec2(ui.available_width(), ui.available_height());
    strip::strip_ui(ui, size, window, console, &mut state.timeline, commands);
}

pub(super) fn transport_ui(ui: &mut Ui, console: &Console, commands: &mut Vec<Command>) {
    let held = console.extent.held.is_some();
    ui.spacing_mut().item_spacing.x = 3.0;
    if icon_button(ui, Glyph::StepBack, &touch::keyed(ui, "Back to the sample before", "left arrow"), held).clicked() {
        commands.push(Command::Step(Direction::Back));
    }
    let (glyph, label) = match console.playhead.motion() {
        Motion::Paused => (Glyph::Play, "Play"),
        Motion::Live | Motion::Playing => (Glyph::Pause, "Pause"),
    };
    if icon_button(ui, glyph, &touch::keyed(ui, label, "space"), held).clicked() {
        commands.push(Command::Playhead(keys::play_or_pause(console)));
    }
    if icon_button(ui, Glyph::StepForward, &touch::keyed(ui, "On to the next sample", "right arrow"), held).clicked() {
        commands.push(Command::Step(Direction::Forward));
    }
    ui.add_space(4.0);
    let live = console.playhead.tense() == Tense::Live;
    let button = Button::new(if live { "Live" } else { "Go live" }).selected(live);
    let response = ui.add_enabled(console.extent.live_now.is_some() && !live, button);
    if response
        .on_disabled_hover_text(if live { "This is the live view" } else { "No live source is connected" })
        .clicked()
    {
        commands.push(Command::Playhead(PlayheadCommand::GoLive));
    }
    ui.add_space(4.0);
    let shown = format::rate(console.playhead.rate());
    ComboBox::from_id_salt("rate").width(64.0).selected_text(shown).show_ui(ui, |ui| {
        for rate in RATES {
            if ui.selectable_label(console.playhead.rate() == rate, format::rate(rate)).clicked() {
                commands.push(Command::Playhead(PlayheadCommand::SetRate(rate)));
            }
        }
    });
}

fn moment_ui(ui: &mut Ui, console: &Console, shown: Timestamp) {
    if console.without_data() {
        return;
    }
    ui.label(RichText::new(format::moment(console.playhead, shown)).monospace().size(HEAD - 1.0));
    if console.reading {
        ui.label(RichText::new("reading …").weak())
            .on_hover_text("This moment is being read from its file. The view still shows another one");
    }
    if let Some(recording) = console.shown_recording() {
        if recording.shift != Span::ZERO {
            let own = shown - recording.shift;
            ui.label(RichText::new(format!("recorded at {}", format::clock(own))).weak()).on_hover_text(format!(
                "{}: {}",
                shift_words(recording.shift),
                format::date_and_clock(own)
            ));
        }
    } else if let (Some(now), true) = (console.extent.live_now, console.away_from_live()) {
        let words = match shown <= now {
            true => format!("{} ago", format::rough_age(now - shown)),
            false => format!("in {}", format::rough_age(shown - now)),
        };
        ui.add_space(4.0);
        ui.label(RichText::new(words).weak());
    }
}

/// Right to left: zoom and loop.
pub(super) fn range_ui(ui: &mut Ui, console: &Console, state: &mut TimelineState, commands: &mut Vec<Command>) {
    let Some((from, to)) = state.window(&console.strip_extent()) else { return };
    let everything = state.window == Window::All;
    if ui.add_enabled(!everything, Button::new("Show all")).on_hover_text("The whole recorded time").clicked() {
        state.window = Window::All;
    }
    let middle = console.playhead.moment().clamp(from, to);
    if ui.add(touch::square(ui, Button::new("+"))).on_hover_text(touch::keyed(ui, "Zoom in", "mouse wheel")).clicked() {
        state.zoom(console, middle, 0.5);
    }
    if ui.add(touch::square(ui, Button::new("–"))).on_hover_text(touch::keyed(ui, "Zoom out", "mouse wheel")).clicked()
    {
        state.zoom(console, middle, 2.0);
    }
    ui.separator();
    match console.playhead.loop_range() {
        Some((from, to)) => {
            if ui.button("Clear the loop").clicked() {
                commands.push(Command::Playhead(PlayheadCommand::SetLoop(None)));
            }
            if ui.available_width() > LOOP_ROOM {
                ui.label(RichText::new(format!("Loops over {}", format::rough_age(to - from))).weak());
            }
        }
        None => {
            let response = ui.add_enabled(console.extent.held.is_some(), Button::new("Loop this"));
            if response
                .on_hover_text("Play what is in sight again and again. Or drag with Shift over a part of it")
                .clicked()
            {
                commands.push(Command::Playhead(PlayheadCommand::SetLoop(Some((from, to)))));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::domain::playhead::Playhead;
    use crate::ui::fixture::{self, Plant, Stage, at};

    fn timeline(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            timeline_ui(ui, console, console.playhead.moment(), state, commands);
        });
        harness.run_steps(2);
        harness
    }

    fn replay() -> Harness<'static, Stage> {
        timeline(Plant { playhead: Playhead::paused_at(at(-60)), ..fixture::plant() })
    }

    #[test]
    fn buttons_move_the_playhead() {
        let mut harness = replay();
        for label in ["Play (space)", "Back to the sample before (left arrow)", "Go live"] {
            harness.get_by_label(label).click();
            harness.run_steps(2);
        }
        let expected = [
            Command::Playhead(PlayheadCommand::Play),
            Command::Step(Direction::Back),
            Command::Playhead(PlayheadCommand::GoLive),
        ];
        assert_eq!(harness.state().commands, expected);
        harness.get_by_label("1 min 00 s ago".replace(' ', "\u{2009}").replace("\u{2009}ago", " ago").as_str());
    }

    #[test]
    fn a_rate_can_be_chosen() {
        let mut harness = replay();
        harness.get_by_value("1×").click();
        harness.run_steps(3);
        harness.get_by_label("10×").click();
        harness.run_steps(3);
        assert_eq!(harness.state().commands, [Command::Playhead(PlayheadCommand::SetRate(10.0))]);
    }

    #[test]
    fn clicking_the_strip_seeks_and_dragging_with_shift_loops() {
        let mut harness = replay();
        let rect = harness.get_by_label("Timeline").rect();
        harness.get_by_label("Timeline").click();
        harness.run_steps(2);
        let [Command::Playhead(PlayheadCommand::Seek(moment))] = harness.state().commands[..] else {
            panic!("{:?}", harness.state().commands)
        };
        let window = TimelineState::default().window(&harness.state().plant.console().extent).unwrap();
        let expected = super::super::sparkline::moment_at(rect.center().x, window, rect);
        assert!((moment - expected).as_secs_f64().abs() < 1.0, "{moment} {expected}");
        harness.state_mut().commands.clear();
        harness.event(egui::Event::ModifiersChanged(egui::Modifiers::SHIFT));
        let [from, to] = [0.3, 0.6].map(|part| egui::pos2(egui::lerp(rect.x_range(), part), rect.center().y));
        harness.drag_at(from);
        harness.run_steps(1);
        harness.hover_at(to);
        harness.run_steps(1);
        harness.drop_at(to);
        harness.run_steps(2);
        assert!(
            matches!(harness.state().commands[..], [Command::Playhead(PlayheadCommand::SetLoop(Some(_)))]),
            "{:?}",
            harness.state().commands
        );
    }

    #[test]
    fn live_is_offered_only_with_a_live_source() {
        let plant = Plant { live: false, playhead: Playhead::paused_at(at(-60)), ..fixture::plant() };
        let mut harness = timeline(plant);
        harness.get_by_label("Go live").click();
        harness.run_steps(2);
        assert!(harness.state().commands.is_empty());
    }

    #[test]
    fn it_says_when_a_moment_is_read_and_when_it_was_recorded() {
        let mut plant = Plant { reading: true, ..fixture::replay() };
        plant.recordings[0].shift = Span::from_secs(600);
        let harness = timeline(plant);
        harness.get_by_label("reading …");
        harness.get_by_label(&format!("recorded at {}", format::clock(at(-600))));
        assert!(harness.query_by_label_contains(" ago").is_none(), "a recording has no distance to now");
    }
}
