//! PackML states (ISA-TR88.00.02-2015) of a machine and when they follow each other.
//!
//! Left out: COMPLETING, COMPLETE, ABORTING, ABORTED, CLEARING; a fault holds, it does not abort.

use std::sync::{Arc, LazyLock};

/// State of a machine.
///
/// ```text
///  STOPPED --start, no fault--> RESETTING -> IDLE -> STARTING -> EXECUTE
///  EXECUTE --starved or blocked--> SUSPENDING --at rest--> SUSPENDED --clear--> UNSUSPENDING -> EXECUTE
///  EXECUTE, STARTING, *SUSPEND*, UNHOLDING
///          --fault--> HOLDING --at rest--> HELD --repaired--> UNHOLDING -> EXECUTE
///  all but STOPPED --stop--> STOPPING --at rest--> STOPPED
/// ```
/// Arrows without a word are taken after [`State::dwell_secs`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum State {
    Stopped,
    Resetting,
    Idle,
    Starting,
    Execute,
    /// Ramping down because of an external cause.
    Suspending,
    /// At rest because of an external cause: no infeed, or no room downstream.
    Suspended,
    Unsuspending,
    /// Ramping down because of an internal cause.
    Holding,
    /// At rest because of an internal cause: a fault under repair.
    Held,
    Unholding,
    Stopping,
}

/// What decides about the next state, looked at once per tick.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conditions {
    /// The operator wants the machine to run.
    pub(super) run_requested: bool,
    /// A fault is present and not yet repaired.
    pub(super) faulty: bool,
    /// Starved or blocked.
    pub(super) waiting: bool,
    /// Speed is zero.
    pub(super) at_rest: bool,
    /// Time spent in the state up to now [s].
    pub(super) in_state_secs: f64,
}

impl State {
    /// All states; the position is [`State::index`].
    pub const ALL: [Self; 12] = [
        Self::Stopped,
        Self::Resetting,
        Self::Idle,
        Self::Starting,
        Self::Execute,
        Self::Suspending,
        Self::Suspended,
        Self::Unsuspending,
        Self::Holding,
        Self::Held,
        Self::Unholding,
        Self::Stopping,
    ];

    pub(super) const fn index(self) -> usize {
        self as usize
    }

    /// Name after the standard, upper case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stopped => "STOPPED",
            Self::Resetting => "RESETTING",
            Self::Idle => "IDLE",
            Self::Starting => "STARTING",
            Self::Execute => "EXECUTE",
            Self::Suspending => "SUSPENDING",
            Self::Suspended => "SUSPENDED",
            Self::Unsuspending => "UNSUSPENDING",
            Self::Holding => "HOLDING",
            Self::Held => "HELD",
            Self::Unholding => "UNHOLDING",
            Self::Stopping => "STOPPING",
        }
    }

    /// The name as shared text, so that reading a state does not allocate.
    pub(super) fn text(self) -> Arc<str> {
        static TEXTS: LazyLock<Vec<Arc<str>>> =
            LazyLock::new(|| State::ALL.iter().map(|state| state.name().into()).collect());
        TEXTS[self.index()].clone()
    }

    /// How long the state lasts where nothing else ends it [s]; none where a condition ends it.
    pub(super) fn dwell_secs(self) -> Option<f64> {
        match self {
            Self::Resetting | Self::Starting | Self::Unholding => Some(2.0),
            Self::Idle | Self::Unsuspending => Some(1.0),
            _ => None,
        }
    }

    /// True in the states in which a fault can be held.
    pub(super) fn can_hold(self) -> bool {
        !matches!(self, Self::Stopped | Self::Stopping | Self::Resetting | Self::Idle)
    }

    /// The state that follows; `self` where nothing changes. Stop goes before fault, fault before waiting.
    pub(super) fn next(self, now: Conditions) -> Self {
        if !now.run_requested && !matches!(self, Self::Stopped | Self::Stopping) {
            return Self::Stopping;
        }
        if now.faulty && self.can_hold() && !matches!(self, Self::Holding | Self::Held) {
            return Self::Holding;
        }
        let dwelt = self.dwell_secs().is_some_and(|secs| now.in_state_secs >= secs);
        match self {
            Self::Stopped if now.run_requested && !now.faulty => Self::Resetting,
            Self::Resetting if dwelt => Self::Idle,
            Self::Idle if dwelt => Self::Starting,
            Self::Starting | Self::Unsuspending | Self::Unholding if dwelt => Self::Execute,
            Self::Execute if now.waiting => Self::Suspending,
            Self::Suspending if now.at_rest => Self::Suspended,
            Self::Suspended if !now.waiting => Self::Unsuspending,
            Self::Holding if now.at_rest => Self::Held,
            Self::Held if !now.faulty => Self::Unholding,
            Self::Stopping if now.at_rest => Self::Stopped,
            same => same,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNNING: Conditions =
        Conditions { run_requested: true, faulty: false, waiting: false, at_rest: false, in_state_secs: 100.0 };

    #[test]
    fn every_edge_of_the_drawing_is_taken() {
        let rest = Conditions { at_rest: true, ..RUNNING };
        let faulty = Conditions { faulty: true, ..RUNNING };
        let waiting = Conditions { waiting: true, ..RUNNING };
        let stop = Conditions { run_requested: false, ..RUNNING };
        for (from, now, to) in [
            (State::Stopped, rest, State::Resetting),
            (State::Resetting, rest, State::Idle),
            (State::Idle, rest, State::Starting),
            (State::Starting, rest, State::Execute),
            (State::Execute, waiting, State::Suspending),
            (State::Suspending, rest, State::Suspended),
            (State::Suspended, rest, State::Unsuspending),
            (State::Unsuspending, rest, State::Execute),
            (State::Execute, faulty, State::Holding),
            (State::Suspended, faulty, State::Holding),
            (State::Holding, Conditions { at_rest: true, ..faulty }, State::Held),
            (State::Held, rest, State::Unholding),
            (State::Unholding, rest, State::Execute),
            (State::Execute, stop, State::Stopping),
            (State::Held, stop, State::Stopping),
            (State::Stopping, Conditions { at_rest: true, ..stop }, State::Stopped),
        ] {
            assert_eq!(from.next(now), to, "from {from:?} with {now:?}");
        }
    }

    #[test]
    fn waiting_states_stay_until_their_cause_ends() {
        let waiting = Conditions { waiting: true, at_rest: true, ..RUNNING };
        assert_eq!(State::Suspended.next(waiting), State::Suspended);
        let faulty = Conditions { faulty: true, at_rest: true, ..RUNNING };
        assert_eq!(State::Held.next(faulty), State::Held);
        assert_eq!(State::Stopped.next(faulty), State::Stopped);
        assert_eq!(State::Suspending.next(RUNNING), State::Suspending);
        assert_eq!(State::Starting.next(Conditions { in_state_secs: 1.9, ..RUNNING }), State::Starting);
    }

    #[test]
    fn position_in_the_list_is_the_index() {
        for (position, state) in State::ALL.into_iter().enumerate() {
            assert_eq!(state.index(), position);
        }
    }
}
