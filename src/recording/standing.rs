//! What stands: a file that begins in the middle of a shift begins with the alarms that are not normal and the
//! changes that are not at their end.

use std::collections::BTreeMap;

use crate::domain::alarm::{AlarmChange, AlarmState};
use crate::domain::recording::{AlarmRecord, Event};

/// Changes that are kept: more are not open at a time, unless something is wrong.
const MOST_CHANGES: usize = 1_000;

/// What happened to each alarm since it was last normal, and the last step of each change.
#[derive(Default)]
pub struct Standing {
    alarms: BTreeMap<(String, String), Vec<Event>>,
    changes: BTreeMap<String, Event>,
}

impl Standing {
    pub fn observe(&mut self, event: &Event) {
        match event {
            Event::Alarm(record) => self.observe_alarm(event, record),
            Event::Change(record) => {
                let (Some(change), Some(state), true) = (&record.change, record.after, record.step()) else { return };
                if state.ended() {
                    self.changes.remove(change);
                } else if self.changes.len() < MOST_CHANGES || self.changes.contains_key(change) {
                    self.changes.insert(change.clone(), event.clone());
                }
            }
            _ => {}
        }
    }

    fn observe_alarm(&mut self, event: &Event, AlarmRecord { signal, alarm, change, .. }: &AlarmRecord) {
        let key = (signal.clone(), alarm.clone());
        let known = self.alarms.get(&key).map(Vec::as_slice).unwrap_or_default();
        let before = state_after(known);
        let after = before.after(*change);
        if after == AlarmState::Normal {
            self.alarms.remove(&key);
            return;
        }
        let events = self.alarms.entry(key).or_default();
        match (before.shelved_until().is_some(), change) {
            // Of what is shelved, that it is and whether its condition holds: it may come and go for hours.
            (true, AlarmChange::Raised | AlarmChange::Cleared) => events.retain(shelves),
            (_, AlarmChange::Shelved { .. }) => events.retain(|event| before.active() && raises(event)),
            (false, AlarmChange::Raised) => events.clear(),
            _ => {}
        }
        events.push(event.clone());
    }

    /// In an order that leads to how alarms and changes stand.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.alarms.values().flatten().chain(self.changes.values())
    }
}

fn state_after(events: &[Event]) -> AlarmState {
    events.iter().filter_map(change_of).fold(AlarmState::Normal, AlarmState::after)
}

fn change_of(event: &Event) -> Option<AlarmChange> {
    if let Event::Alarm(record) = event { Some(record.change) } else { None }
}

fn shelves(event: &Event) -> bool {
    matches!(change_of(event), Some(AlarmChange::Shelved { .. }))
}

fn raises(event: &Event) -> bool {
    change_of(event) == Some(AlarmChange::Raised)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;

    const UNTIL: Timestamp = Timestamp::from_millis(60_000);
    const SHELVED: AlarmChange = AlarmChange::Shelved { until: UNTIL };

    fn standing_after(changes: &[AlarmChange]) -> Vec<AlarmChange> {
        let mut standing = Standing::default();
        for (second, change) in changes.iter().enumerate() {
            let at = Timestamp::from_millis(second as i64 * 1000);
            let (signal, alarm) = ("Line/Level".into(), "High".into());
            standing.observe(&Event::Alarm(AlarmRecord { at, signal, alarm, change: *change, value: None }));
        }
        standing.events().filter_map(change_of).collect()
    }

    #[test]
    fn what_is_shelved_stands_with_its_condition_however_often_it_came_and_went() {
        use AlarmChange::{Acknowledged, Cleared, Raised, Unshelved};
        assert_eq!(standing_after(&[Raised, Acknowledged, SHELVED]), [Raised, SHELVED]);
        assert_eq!(standing_after(&[Raised, Cleared, SHELVED]), [SHELVED]);
        assert_eq!(standing_after(&[Raised, SHELVED, Cleared, Raised, Cleared, Raised]), [SHELVED, Raised]);
        assert_eq!(standing_after(&[Raised, SHELVED, Cleared]), [SHELVED, Cleared]);
        assert_eq!(standing_after(&[Raised, SHELVED, Unshelved]), [Raised, SHELVED, Unshelved]);
        for normal in [[Raised, SHELVED, Cleared, Unshelved], [Raised, Cleared, SHELVED, Unshelved]] {
            assert_eq!(standing_after(&normal), []);
        }
        assert_eq!(standing_after(&[Raised, SHELVED, Unshelved, Acknowledged, Cleared]), []);
    }
}
