//! The timeline: buttons that move the playhead, and the strip of time under them.

use egui::{Align, Button, ComboBox, Layout, RichText, Ui, vec2};

use super::icons::{Glyph, icon_button};
use super::strip_cache::{Density, RaisedAlarms};
use super::theme::HEAD;
use super::{Console, format, keys, strip, time_axis};
use crate::domain::command::{Command, Direction};
use crate::domain::playhead::{Extent, Motion, PlayheadCommand, Tense};
use crate::domain::time::{Span, Timestamp};

/// What the timeline remembers.
#[derive(Default)]
pub struct TimelineState {
    pub(super) window: Window,
    /// Where a loop range began, while it is drawn.
    pub(super) loop_from: Option<Timestamp>,
    pub(super) density: Density,
    pub(super) raised: RaisedAlarms,
}

/// What part of time the strip shows.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub(super) enum Window {
    /// Everything that is held.
    #[default]
    All,
    /// So much, up to now.
    Following(Span),
    Fixed(Timestamp, Timestamp),
}

const RATES: [f64; 11] = [0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 50.0, 100.0, 500.0, 1000.0];
/// Part of the window that is kept free after now.
const MARGIN: f64 = 0.04;

impl TimelineState {
    /// First and last moment of the strip; none while nothing is held.
    pub(super) fn window(&self, extent: &Extent) -> Option<(Timestamp, Timestamp)> {
        let end = extent.live_now.into_iter().chain(extent.held.map(|(_, last)| last)).max()?;
        let first = extent.held.map_or(end - Span::from_secs(60), |(first, _)| first);
        Some(match self.window {
            Window::All => {
                let span = (end - first).max(Span::from_secs(10));
                (end - span - span.scaled(0.01), end + span.scaled(MARGIN))
            }
            Window::Following(span) => (end - span.scaled(1.0 - MARGIN), end + span.scaled(MARGIN)),
            Window::Fixed(from, to) => (from, to),
        })
    }

    /// Zooms about a moment; where now stays in sight of a live view, the window goes on following.
    pub(super) fn zoom(&mut self, console: &Console, pivot: Timestamp, factor: f64) {
        let Some(window) = self.window(&console.extent) else { return };
        let (all_from, all_to) = Self::default().window(&console.extent).unwrap_or(window);
        let live = console.playhead.tense() == Tense::Live;
        let pivot = if live { console.extent.live_now.unwrap_or(pivot) } else { pivot };
        let (from, to) = time_axis::zoomed(window, pivot, factor);
        let span = to - from;
        self.window = if span >= all_to - all_from {
            Window::All
        } else if span < Span::from_millis(50) {
            return;
        } else if live {
            Window::Following(span)
        } else {
            Window::Fixed(from, to)
        };
    }

    /// Turns the page where a moving playhead has left the strip.
    fn follow(&mut self, console: &Console) {
        let moment = console.playhead.moment();
        if let Window::Fixed(from, to) = self.window {
            let span = to - from;
            match console.playhead.motion() {
                Motion::Live => self.window = Window::Following(span),
                Motion::Playing if moment < from || moment > to => {
                    self.window = Window::Fixed(moment - span.scaled(0.1), moment + span.scaled(0.9));
                }
                Motion::Playing | Motion::Paused => {}
            }
        } else if let (Window::Following(_), Some((from, to))) = (self.window, self.window(&console.extent))
            && console.playhead.motion() != Motion::Live
        {
            self.window = Window::Fixed(from, to);
        }
    }
}

/// `shown` is the moment of the playhead as digits show it.
pub fn timeline_ui(
    ui: &mut Ui,
    console: &Console,
    shown: Timestamp,
    state: &mut TimelineState,
    commands: &mut Vec<Command>,
) {
    state.follow(console);
    ui.horizontal(|ui| {
        ui.set_height(26.0);
        transport_ui(ui, console, commands);
        ui.add_space(8.0);
        moment_ui(ui, console, shown);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| range_ui(ui, console, state, commands));
    });
    let Some(window) = state.window(&console.extent) else {
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
    strip::strip_ui(ui, size, window, console, state, commands);
}

fn transport_ui(ui: &mut Ui, console: &Console, commands: &mut Vec<Command>) {
    let held = console.extent.held.is_some();
    ui.spacing_mut().item_spacing.x = 3.0;
    if icon_button(ui, Glyph::StepBack, "Back to the sample before (left arrow)", held).clicked() {
        commands.push(Command::Step(Direction::Back));
    }
    let (glyph, label) = match console.playhead.motion() {
        Motion::Paused => (Glyph::Play, "Play (space)"),
        Motion::Live | Motion::Playing => (Glyph::Pause, "Pause (space)"),
    };
    if icon_button(ui, glyph, label, held).clicked() {
        commands.push(Command::Playhead(keys::play_or_pause(console)));
    }
    if icon_button(ui, Glyph::StepForward, "On to the next sample (right arrow)", held).clicked() {
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
    if let (Some(now), true) = (console.extent.live_now, console.away_from_live()) {
        let words = match shown <= now {
            true => format!("{} ago", format::rough_age(now - shown)),
            false => format!("in {}", format::rough_age(shown - now)),
        };
        ui.add_space(4.0);
        ui.label(RichText::new(words).weak());
    }
}

/// Right to left: zoom and loop.
fn range_ui(ui: &mut Ui, console: &Console, state: &mut TimelineState, commands: &mut Vec<Command>) {
    let Some((from, to)) = state.window(&console.extent) else { return };
    let everything = state.window == Window::All;
    if ui.add_enabled(!everything, Button::new("Show all")).on_hover_text("The whole recorded time").clicked() {
        state.window = Window::All;
    }
    let middle = console.playhead.moment().clamp(from, to);
    if ui.button("+").on_hover_text("Zoom in (mouse wheel)").clicked() {
        state.zoom(console, middle, 0.5);
    }
    if ui.button("–").on_hover_text("Zoom out (mouse wheel)").clicked() {
        state.zoom(console, middle, 2.0);
    }
    ui.separator();
    match console.playhead.loop_range() {
        Some((from, to)) => {
            if ui.button("Clear the loop").clicked() {
                commands.push(Command::Playhead(PlayheadCommand::SetLoop(None)));
            }
            ui.label(RichText::new(format!("Loops over {}", format::rough_age(to - from))).weak());
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
            timeline_ui(ui, console, console.playhead.moment(), &mut state.timeline, commands);
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
    fn zooming_a_live_view_goes_on_following() {
        let plant = fixture::plant();
        let mut state = TimelineState::default();
        state.zoom(&plant.console(), at(-300), 0.5);
        assert!(matches!(state.window, Window::Following(_)));
        for _ in 0..60 {
            state.zoom(&plant.console(), at(-300), 2.0);
        }
        assert_eq!(state.window, Window::All);
    }

    #[test]
    fn live_is_offered_only_with_a_live_source() {
        let plant = Plant { live: false, playhead: Playhead::paused_at(at(-60)), ..fixture::plant() };
        let mut harness = timeline(plant);
        harness.get_by_label("Go live").click();
        harness.run_steps(2);
        assert!(harness.state().commands.is_empty());
    }
}
