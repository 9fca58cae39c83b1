//! What part of time the strip shows, and how it moves: zooming, following the plant, turning pages
//! and turning to another origin.

use super::mark_entry::MarkEntry;
use super::strip_cache::{Density, RaisedAlarms};
use super::strip_stretches::RecordedDensity;
use super::{Console, time_axis};
use crate::domain::playhead::{Extent, Motion, Tense};
use crate::domain::signal::Origin;
use crate::domain::time::{Span, Timestamp};

/// What the timeline remembers.
#[derive(Default)]
pub struct TimelineState {
    pub(super) window: Window,
    /// Where a loop range began, while it is drawn.
    pub(super) loop_from: Option<Timestamp>,
    pub(super) density: Density,
    pub(super) recorded: RecordedDensity,
    pub(super) raised: RaisedAlarms,
    /// Words of a mark that are being written.
    pub(super) marking: MarkEntry,
    /// Whose time the window shows.
    origin: Origin,
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

/// Part of the window that is kept free after now.
const MARGIN: f64 = 0.04;

impl TimelineState {
    /// First and last moment of the strip; none while nothing is held.
    pub(super) fn window(&self, extent: &Extent) -> Option<(Timestamp, Timestamp)> {
        let end = extent.live_now.into_iter().chain(extent.held.map(|(_, last)| last)).max()?;
        // Now stays in sight of a simulated run that begins after it.
        let first = extent
            .held
            .map_or(end - Span::from_secs(60), |(first, _)| extent.live_now.map_or(first, |now| now.min(first)));
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
        let extent = console.strip_extent();
        let Some(window) = self.window(&extent) else { return };
        let (all_from, all_to) = Self::default().window(&extent).unwrap_or(window);
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
    pub(super) fn follow(&mut self, console: &Console) {
        self.turn_to(console);
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
        } else if let (Window::Following(_), Some((from, to))) = (self.window, self.window(&console.strip_extent()))
            && console.playhead.motion() != Motion::Live
        {
            self.window = Window::Fixed(from, to);
        }
    }

    /// Where the playhead went to another origin, the window stays only if something of it is there.
    fn turn_to(&mut self, console: &Console) {
        if self.origin == console.playhead.origin() {
            return;
        }
        self.origin = console.playhead.origin();
        let held = console.strip_extent().held;
        let inside = |(from, to)| held.is_some_and(|(first, last)| from <= last && to >= first);
        if !matches!(self.window, Window::Fixed(from, to) if inside((from, to))) {
            self.window = Window::All;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fixture::{self, at};

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
    fn a_simulated_run_is_shown_whole_with_now() {
        let plant = fixture::simulation();
        let mut state = TimelineState { window: Window::Following(Span::from_secs(60)), ..TimelineState::default() };
        state.follow(&plant.console());
        let extent = plant.console().strip_extent();
        let (from, to) = state.window(&extent).expect("it is held");
        assert!(from <= at(0) && to >= at(1800), "{from} {to}");
        let (from, _) = state.window(&Extent { live_now: Some(at(-60)), ..extent }).expect("it is held");
        assert!(from <= at(-60), "now is before its start: {from}");
    }

    #[test]
    fn another_origin_is_shown_whole_unless_the_window_reaches_it() {
        let plant = fixture::replay();
        let mut state = TimelineState { window: Window::Fixed(at(-300), at(-200)), ..TimelineState::default() };
        state.follow(&plant.console());
        assert_eq!(state.window, Window::Fixed(at(-300), at(-200)));
        let mut state = TimelineState { window: Window::Fixed(at(900), at(1000)), ..TimelineState::default() };
        state.follow(&plant.console());
        assert_eq!(state.window, Window::All);
        assert_eq!(state.window(&plant.console().strip_extent()).map(|(_, to)| to), Some(at(48)), "4% after its end");
    }
}
