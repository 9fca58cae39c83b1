//! What the timeline shows of a long history, kept from frame to frame.
//!
//! The density of the data is probed, not counted: of a handful of signals, which share has a
//! sample in a slice. Slices stand on a fixed grid, so that a window that follows the plant only
//! asks for what is new.

use crate::domain::alarm::{AlarmBook, AlarmChange, AlarmId, Priority};
use crate::domain::catalog::Catalog;
use crate::domain::history::History;
use crate::domain::signal::{Origin, SignalId};
use crate::domain::time::{Span, Timestamp};

/// Share of the probed signals with data, slice by slice.
#[derive(Default, Debug)]
pub struct Density {
    width: i64,
    first: i64,
    shares: Vec<f32>,
    origin: Origin,
    at_secs: f64,
}

/// Signals asked.
const PROBES: usize = 24;
/// Slices in a window.
const SLICES: i64 = 240;
/// Old slices are asked again after this, for what came late.
const KEEP_SECS: f64 = 1.0;

impl Density {
    /// Begin, end and share of the slices of a window.
    pub fn slices(
        &mut self,
        (history, catalog): (&History, &Catalog),
        origin: Origin,
        (from, to): (Timestamp, Timestamp),
        time_secs: f64,
    ) -> impl Iterator<Item = (Timestamp, Timestamp, f32)> {
        let width = ((to - from).as_nanos() / SLICES).max(1);
        let first = from.as_nanos().div_euclid(width);
        let last = to.as_nanos().div_euclid(width);
        let valid =
            width == self.width && origin == self.origin && (0.0..KEEP_SECS).contains(&(time_secs - self.at_secs));
        if !valid {
            (self.width, self.origin, self.at_secs) = (width, origin, time_secs);
            self.shares.clear();
        }
        let (old, old_first) = (std::mem::take(&mut self.shares), self.first);
        self.first = first;
        self.shares.extend((first..=last).map(|slice| {
            let known = usize::try_from(slice - old_first).ok().and_then(|index| old.get(index)).copied();
            known.unwrap_or_else(|| share(history, catalog, origin, slice.saturating_mul(width), width))
        }));
        let begin = move |index: usize| Timestamp::from_nanos((first + index as i64).saturating_mul(width));
        self.shares.iter().enumerate().map(move |(index, share)| (begin(index), begin(index + 1), *share))
    }
}

fn share(history: &History, catalog: &Catalog, origin: Origin, from: i64, width: i64) -> f32 {
    let probes = catalog.len().min(PROBES);
    if probes == 0 {
        return 0.0;
    }
    let (from, to) = (Timestamp::from_nanos(from), Timestamp::from_nanos(from.saturating_add(width)));
    let signals = (0..probes).map(|probe| SignalId((probe * catalog.len() / probes) as u32));
    let with_data = signals.filter(|signal| history.range(origin, *signal, from, to).next().is_some()).count();
    with_data as f32 / probes as f32
}

/// An alarm that was raised.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Raised {
    pub at: Timestamp,
    pub alarm: AlarmId,
    pub priority: Priority,
}

/// Alarms that were raised around a window; gathered anew when something happened, or when the
/// window left what was gathered.
#[derive(Default, Debug)]
pub struct RaisedAlarms {
    gathered: Option<Gathered>,
    raised: Vec<Raised>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
struct Gathered {
    origin: Origin,
    from: Timestamp,
    to: Timestamp,
    events: usize,
    newest: Option<(AlarmId, Timestamp)>,
}

impl RaisedAlarms {
    /// In order of time, from the book that belongs to `origin`.
    pub fn within(&mut self, origin: Origin, book: &AlarmBook, (from, to): (Timestamp, Timestamp)) -> &[Raised] {
        let newest = book.events().last().map(|event| (event.alarm, event.at));
        let wanted = Gathered { origin, from, to, events: book.events().len(), newest };
        let valid = self.gathered.is_some_and(|gathered| {
            gathered.from <= from && gathered.to >= to && Gathered { from, to, ..gathered } == wanted
        });
        if !valid {
            let margin = (to - from).scaled(0.5).max(Span::from_secs(1));
            let (first, last) = (from - margin, to + margin);
            self.gathered = Some(Gathered { from: first, to: last, ..wanted });
            self.raised.clear();
            let inside = book
                .events()
                .iter()
                .filter(|event| event.change == AlarmChange::Raised && (first..=last).contains(&event.at));
            self.raised.extend(inside.filter_map(|event| {
                let priority = book.rule(event.alarm)?.priority;
                Some(Raised { at: event.at, alarm: event.alarm, priority })
            }));
            self.raised.sort_by_key(|raised| raised.at);
        }
        let start = self.raised.partition_point(|raised| raised.at < from);
        let end = self.raised.partition_point(|raised| raised.at <= to).max(start);
        self.raised.get(start..end).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fixture::{self, at};

    #[test]
    fn density_shows_where_data_is_and_where_not() {
        let plant = fixture::plant();
        let mut density = Density::default();
        let data = (&plant.history, &plant.catalog);
        let slices: Vec<_> = density.slices(data, Origin::Measured, (at(-1200), at(1200)), 0.0).collect();
        let share = |secs| {
            slices.iter().find(|(from, to, _)| *from <= at(secs) && at(secs) < *to).map_or(-1.0, |slice| slice.2)
        };
        assert!(share(-300) > 0.3, "{}", share(-300));
        assert_eq!(share(600), 0.0);
    }

    #[test]
    fn a_window_that_moves_on_keeps_what_it_knows() {
        let plant = fixture::plant();
        let data = (&plant.history, &plant.catalog);
        let mut moving = Density::default();
        moving.slices(data, Origin::Measured, (at(-600), at(0)), 0.0).count();
        let moved: Vec<_> = moving.slices(data, Origin::Measured, (at(-540), at(60)), 0.1).collect();
        let fresh: Vec<_> = Density::default().slices(data, Origin::Measured, (at(-540), at(60)), 0.1).collect();
        assert_eq!(moved, fresh);
    }

    #[test]
    fn only_alarms_inside_the_window_are_given() {
        let plant = fixture::plant();
        let mut raised = RaisedAlarms::default();
        assert_eq!(raised.within(Origin::Measured, &plant.alarms, (at(-3600), at(0))).len(), 3);
        assert!(raised.within(Origin::Measured, &plant.alarms, (at(1), at(10))).is_empty());
    }
}
