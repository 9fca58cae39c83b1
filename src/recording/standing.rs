//! Which alarms stand: a file that begins in the middle of a shift begins with them.

use std::collections::BTreeMap;

use crate::domain::alarm::AlarmChange;
use crate::domain::recording::{AlarmRecord, Event};

/// What happened to each alarm since it was last normal.
#[derive(Default)]
pub struct StandingAlarms(BTreeMap<(String, String), Vec<Event>>);

impl StandingAlarms {
    pub fn observe(&mut self, event: &Event) {
        let Event::Alarm(AlarmRecord { signal, alarm, change, .. }) = event else { return };
        let key = (signal.clone(), alarm.clone());
        if *change == AlarmChange::Raised {
            self.0.insert(key, vec![event.clone()]);
            return;
        }
        let Some(events) = self.0.get_mut(&key) else { return };
        events.push(event.clone());
        let happened = |wanted| {
            let changes = events.iter();
            changes.filter(|event| matches!(event, Event::Alarm(record) if record.change == wanted)).count() > 0
        };
        if happened(AlarmChange::Cleared) && happened(AlarmChange::Acknowledged) {
            self.0.remove(&key);
        }
    }

    /// In an order that leads to how the alarms stand.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.0.values().flatten()
    }
}
