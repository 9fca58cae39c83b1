//! Shelving: a person takes an alarm off the list for a limited time (ISA-18.2 / IEC 62682).
//!
//! A shelved alarm goes on being watched. When its time is over, or a person puts it back, it is normal or, where
//! its condition holds, unacknowledged again, whether or not someone had acknowledged it before.

use super::{AlarmBook, AlarmChange, AlarmEvent, AlarmId, AlarmState, Watch};
use crate::domain::time::{Span, Timestamp};

/// Longest time for which an alarm can be shelved: a shift.
pub const MOST_SHELVED: Span = Span::from_secs(8 * 3600);

/// A clock that is set back by less than this was only put right.
const CLOCK_SLACK: Span = Span::from_secs(1);

impl AlarmBook {
    /// For how long an alarm would be shelved that is to be shelved for `span`; none where it cannot be: it is
    /// unknown or shelved already, or the time is none.
    pub fn shelving(&self, id: AlarmId, span: Span) -> Option<Span> {
        let watch = self.watches.get(id.0 as usize)?;
        let free = watch.state.shelved_until().is_none() && span > Span::ZERO;
        free.then_some(span.min(MOST_SHELVED))
    }

    /// Shelves an alarm for a time, at most `MOST_SHELVED`. Where it cannot be shelved, nothing happens: the end of
    /// what is shelved does not move.
    pub fn shelve(&mut self, id: AlarmId, span: Span, now: Timestamp) {
        let Some(span) = self.shelving(id, span) else { return };
        let Some(watch) = self.watches.get_mut(id.0 as usize) else { return };
        watch.shelved_at = now;
        watch.change(id, now, AlarmChange::Shelved { until: now + span }, None, &mut self.events);
    }

    /// Puts a shelved alarm back; nothing happens where it is not shelved.
    pub fn unshelve(&mut self, id: AlarmId, now: Timestamp) {
        if let Some(watch) = self.watches.get_mut(id.0 as usize)
            && watch.state.shelved_until().is_some()
        {
            let at = now.max(watch.shelved_at);
            watch.change(id, at, AlarmChange::Unshelved, None, &mut self.events);
        }
    }
}

impl Watch {
    /// Puts it back when its time is over at `at`, dated to when it was.
    pub(super) fn lapse(&mut self, id: AlarmId, at: Timestamp, told: &mut Vec<AlarmEvent>) {
        if let Some(until) = self.state.shelved_until().filter(|until| *until <= at) {
            self.change(id, until, AlarmChange::Unshelved, None, told);
        }
    }

    /// Puts it back when its time is over, or when the clock went back to before it was shelved: its end would
    /// come later than was asked for.
    pub(super) fn end_shelving(&mut self, id: AlarmId, now: Timestamp, told: &mut Vec<AlarmEvent>) {
        self.lapse(id, now, told);
        if self.state.shelved_until().is_some() && now + CLOCK_SLACK < self.shelved_at {
            self.change(id, self.shelved_at, AlarmChange::Unshelved, None, told);
        }
    }
}

/// A state with its beginning, at a moment at which the time of what is shelved may be over. That it is follows
/// from its begin: a recording that was cut off does not say it.
pub(super) fn lapsed(
    (state, since): (AlarmState, Option<Timestamp>),
    at: Timestamp,
) -> (AlarmState, Option<Timestamp>) {
    match state.shelved_until().filter(|until| *until <= at) {
        Some(until) => (state.after(AlarmChange::Unshelved), Some(until)),
        None => (state, since),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ID, at, book, feed};
    use super::*;

    const HOUR: Span = Span::from_secs(3600);

    fn shelved(until: i64, active: bool) -> AlarmState {
        AlarmState::Shelved { until: at(until), active }
    }

    fn last(book: &AlarmBook) -> Option<(Timestamp, AlarmChange)> {
        book.events().last().map(|event| (event.at, event.change))
    }

    /// Raised in the tenth second.
    fn raised() -> AlarmBook {
        let mut book = book(0, 0);
        feed(&mut book, 10, 101.0);
        book
    }

    #[test]
    fn a_shelved_alarm_is_off_the_list_and_cannot_be_acknowledged() {
        let mut book = raised();
        book.shelve(ID, HOUR, at(20));
        assert_eq!(book.state(ID), shelved(3620, true));
        assert_eq!(last(&book), Some((at(20), AlarmChange::Shelved { until: at(3620) })));
        book.acknowledge(ID, at(30));
        assert_eq!((book.state(ID), book.events().len()), (shelved(3620, true), 2));
    }

    #[test]
    fn it_goes_on_being_watched_with_its_dead_band() {
        let mut book = raised();
        book.shelve(ID, HOUR, at(20));
        assert_eq!(feed(&mut book, 30, 98.5), shelved(3620, true), "inside the dead-band of 2 below 100");
        assert_eq!(feed(&mut book, 31, 97.9), shelved(3620, false));
        assert_eq!(feed(&mut book, 32, 100.5), shelved(3620, true));
        let changes: Vec<_> = book.events().iter().skip(2).map(|event| (event.at, event.change)).collect();
        assert_eq!(changes, [(at(31), AlarmChange::Cleared), (at(32), AlarmChange::Raised)]);
    }

    #[test]
    fn when_its_time_is_over_it_is_unacknowledged_again_where_the_condition_holds() {
        for acknowledged in [false, true] {
            let mut book = raised();
            if acknowledged {
                book.acknowledge(ID, at(15));
            }
            book.shelve(ID, HOUR, at(20));
            book.tick(at(3619));
            assert_eq!(book.state(ID), shelved(3620, true));
            book.tick(at(3700));
            assert_eq!(book.state(ID), AlarmState::UnackActive);
            assert_eq!(last(&book), Some((at(3620), AlarmChange::Unshelved)), "dated to its end");
            book.acknowledge(ID, at(3710));
            assert_eq!(book.state(ID), AlarmState::AckActive);
        }
    }

    #[test]
    fn when_its_time_is_over_it_is_normal_where_the_condition_is_gone() {
        let mut book = raised();
        book.shelve(ID, HOUR, at(20));
        feed(&mut book, 100, 90.0);
        book.tick(at(3620));
        assert_eq!(book.state(ID), AlarmState::Normal);
        assert_eq!(feed(&mut book, 4000, 101.0), AlarmState::UnackActive);
    }

    #[test]
    fn what_happens_after_its_time_finds_it_back_although_nobody_looked_at_the_clock() {
        let mut book = raised();
        book.shelve(ID, HOUR, at(20));
        assert_eq!(feed(&mut book, 3650, 90.0), AlarmState::ReturnedUnack);
        let changes: Vec<_> = book.events().iter().skip(2).map(|event| (event.at, event.change)).collect();
        assert_eq!(changes, [(at(3620), AlarmChange::Unshelved), (at(3650), AlarmChange::Cleared)]);
    }

    #[test]
    fn a_person_can_put_it_back_early() {
        let mut book = raised();
        book.acknowledge(ID, at(15));
        book.unshelve(ID, at(18));
        assert_eq!((book.state(ID), book.events().len()), (AlarmState::AckActive, 2), "it was not shelved");
        book.shelve(ID, HOUR, at(20));
        book.unshelve(ID, at(40));
        assert_eq!(book.state(ID), AlarmState::UnackActive);
        assert_eq!(last(&book), Some((at(40), AlarmChange::Unshelved)));
        book.tick(at(3620));
        assert_eq!(book.events().len(), 4, "its time does not end a second time");
    }

    #[test]
    fn nothing_is_shelved_for_more_than_eight_hours() {
        let mut book = raised();
        book.shelve(ID, Span::from_secs(9 * 3600), at(20));
        assert_eq!(book.state(ID), shelved(20 + 28_800, true));
        book.shelve(ID, MOST_SHELVED, at(10_000));
        assert_eq!(book.state(ID), shelved(20 + 28_800, true), "its end does not move");
        book.tick(at(20 + 28_800));
        assert_eq!(book.state(ID), AlarmState::UnackActive);
    }

    #[test]
    fn no_time_and_no_alarm_is_nothing_to_shelve() {
        let mut book = raised();
        for span in [Span::ZERO, Span::from_secs(-60)] {
            book.shelve(ID, span, at(20));
        }
        book.shelve(AlarmId(7), HOUR, at(20));
        book.unshelve(AlarmId(7), at(20));
        assert_eq!((book.state(ID), book.events().len()), (AlarmState::UnackActive, 1));
    }

    #[test]
    fn a_clock_that_goes_back_shelves_nothing_for_longer_than_was_asked_for() {
        let mut book = raised();
        book.shelve(ID, HOUR, at(20));
        book.tick(Timestamp::from_millis(19_500));
        assert_eq!(book.state(ID), shelved(3620, true), "put right by half a second");
        book.tick(at(0));
        assert_eq!(book.state(ID), AlarmState::UnackActive);
        book.shelve(ID, HOUR, at(30));
        book.unshelve(ID, at(5));
        assert_eq!(last(&book), Some((at(30), AlarmChange::Unshelved)), "not before it was shelved");
    }

    #[test]
    fn the_past_knows_what_was_shelved_and_until_when() {
        let mut book = raised();
        book.shelve(ID, HOUR, at(20));
        feed(&mut book, 100, 90.0);
        feed(&mut book, 200, 101.0);
        let states = |book: &AlarmBook, shift: i64| {
            [15, 20, 150, 3619, 3620, 9000].map(|secs| {
                let (state, since) = book.state_at(ID, at(secs + shift));
                (state, since.map(|since| since - Span::from_secs(shift)))
            })
        };
        let expected = |shift: i64| {
            [
                (AlarmState::UnackActive, Some(at(10))),
                (shelved(3620 + shift, true), Some(at(20))),
                (shelved(3620 + shift, false), Some(at(100))),
                (shelved(3620 + shift, true), Some(at(200))),
                (AlarmState::UnackActive, Some(at(3620))),
                (AlarmState::UnackActive, Some(at(3620))),
            ]
        };
        assert_eq!(states(&book, 0), expected(0), "before its end was noted");
        book.tick(at(3700));
        assert_eq!(states(&book, 0), expected(0));
        assert_eq!(states(&book.shifted(Span::from_secs(500)), 500), expected(500));
        let rules = vec![book.rules[0].clone()];
        assert_eq!(states(&AlarmBook::replaying(rules, book.events().to_vec()), 0), expected(0));
    }
}
