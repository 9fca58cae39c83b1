//! What stands: a file that begins in the middle of a shift begins with the alarms that are not normal and the
//! changes that are not at their end.

use std::collections::BTreeMap;

use crate::domain::alarm::AlarmChange;
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
        if *change == AlarmChange::Raised {
            self.alarms.insert(key, vec![event.clone()]);
            return;
        }
        let Some(events) = self.alarms.get_mut(&key) else { return };
        events.push(event.clone());
        let happened = |wanted| {
            let changes = events.iter();
            changes.filter(|event| matches!(event, Event::Alarm(record) if record.change == wanted)).count() > 0
        };
        if happened(AlarmChange::Cleared) && happened(AlarmChange::Acknowledged) {
            self.alarms.remove(&key);
        }
    }

    /// In an order that leads to how alarms and changes stand.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.alarms.values().flatten().chain(self.changes.values())
    }
}
