//! In which state an alarm is, and what takes it from one to the next.

use serde::{Deserialize, Serialize};

use crate::domain::time::{Span, Timestamp};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub enum AlarmState {
    #[default]
    Normal,
    UnackActive,
    AckActive,
    ReturnedUnack,
    /// A person took it off the list until this moment, in plant time. It goes on being watched: `active` is true
    /// while the condition holds.
    Shelved {
        until: Timestamp,
        active: bool,
    },
}

impl AlarmState {
    /// True while the condition holds.
    pub fn active(self) -> bool {
        matches!(self, Self::UnackActive | Self::AckActive | Self::Shelved { active: true, .. })
    }

    /// True while someone has yet to acknowledge it. A shelved alarm asks nothing of anybody.
    pub fn unacknowledged(self) -> bool {
        matches!(self, Self::UnackActive | Self::ReturnedUnack)
    }

    /// True while it stands in the list of alarms and shows at the equipment: neither normal nor shelved.
    pub fn listed(self) -> bool {
        !matches!(self, Self::Normal | Self::Shelved { .. })
    }

    /// Until when it is shelved, in plant time; none where it is not.
    pub fn shelved_until(self) -> Option<Timestamp> {
        match self {
            Self::Shelved { until, .. } => Some(until),
            _ => None,
        }
    }

    /// The state that a change leads to.
    pub fn after(self, change: AlarmChange) -> Self {
        match (self, change) {
            (_, AlarmChange::Shelved { until }) => Self::Shelved { until, active: self.active() },
            (Self::Shelved { until, .. }, AlarmChange::Raised) => Self::Shelved { until, active: true },
            (Self::Shelved { until, .. }, AlarmChange::Cleared) => Self::Shelved { until, active: false },
            (Self::Shelved { active: true, .. }, AlarmChange::Unshelved) => Self::UnackActive,
            (Self::Shelved { active: false, .. }, AlarmChange::Unshelved) => Self::Normal,
            (_, AlarmChange::Raised) => Self::UnackActive,
            (Self::UnackActive, AlarmChange::Cleared) => Self::ReturnedUnack,
            (Self::UnackActive, AlarmChange::Acknowledged) => Self::AckActive,
            (Self::AckActive, AlarmChange::Cleared) | (Self::ReturnedUnack, AlarmChange::Acknowledged) => Self::Normal,
            (state, AlarmChange::Cleared | AlarmChange::Acknowledged | AlarmChange::Unshelved) => state,
        }
    }

    /// The same state on a timeline that begins so much later.
    pub(super) fn shifted(self, by: Span) -> Self {
        match self {
            Self::Shelved { until, active } => Self::Shelved { until: until + by, active },
            state => state,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlarmChange {
    Raised,
    Cleared,
    Acknowledged,
    /// A person took it off the list until this moment, in plant time.
    Shelved {
        until: Timestamp,
    },
    /// A person put it back on the list, or its time was over.
    Unshelved,
}

impl AlarmChange {
    /// The same change on a timeline that begins so much later.
    pub(super) fn shifted(self, by: Span) -> Self {
        match self {
            Self::Shelved { until } => Self::Shelved { until: until + by },
            change => change,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNTIL: Timestamp = Timestamp::from_millis(60_000);

    #[test]
    fn each_state_is_shelved_and_comes_back_as_isa_18_2_has_it() {
        let shelved = |active| AlarmState::Shelved { until: UNTIL, active };
        for (state, active, back) in [
            (AlarmState::Normal, false, AlarmState::Normal),
            (AlarmState::UnackActive, true, AlarmState::UnackActive),
            (AlarmState::AckActive, true, AlarmState::UnackActive),
            (AlarmState::ReturnedUnack, false, AlarmState::Normal),
        ] {
            let away = state.after(AlarmChange::Shelved { until: UNTIL });
            assert_eq!(away, shelved(active), "{state:?}");
            assert_eq!((away.active(), away.unacknowledged(), away.listed()), (active, false, false));
            assert_eq!(away.after(AlarmChange::Unshelved), back, "{state:?}");
            assert_eq!(away.after(AlarmChange::Acknowledged), away, "{state:?}");
            assert_eq!(away.after(AlarmChange::Raised), shelved(true));
            assert_eq!(away.after(AlarmChange::Cleared), shelved(false));
            assert_eq!(state.after(AlarmChange::Unshelved), state, "it was not shelved");
        }
    }
}
