//! One link: what its source carried, how it stands, and its way to the outlet.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::outlet::{Outlet, Skipped};
use super::stop::{Stop, Stopped};
use crate::domain::link::{LinkError, LinkState, LinkStatus};
use crate::domain::signal::Sample;
use crate::domain::time::Timestamp;

/// The hand of a source on its link. Shared between the source, the runtime's clockwork and who
/// asks for the status; the lock is held for the time of one payload.
#[derive(Debug)]
pub struct Link {
    outlet: Outlet,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    status: LinkStatus,
    skipped: Skipped,
    rate: Rate,
}

/// Rows that a file reader has done since it last told its link.
#[derive(Debug, Default)]
pub(super) struct Progress {
    pub received: u64,
    pub rejected: u64,
    pub last_rejected: Option<String>,
    pub unused: u64,
    pub last_unused: Option<String>,
}

impl Link {
    /// A link in state Connecting.
    pub fn new(outlet: Outlet, name: &str, kind: &str, address: &str) -> Self {
        let status = LinkStatus::new(name, kind, address);
        Self { outlet, state: Mutex::new(State { status, skipped: Skipped::default(), rate: Rate::default() }) }
    }

    /// A copy of what is known now.
    pub fn status(&self) -> LinkStatus {
        self.lock().status.clone()
    }

    /// Data can arrive from now on.
    pub fn up(&self, now: Timestamp) {
        let mut state = self.lock();
        if !matches!(state.status.state, LinkState::Up { .. }) {
            state.status.state = LinkState::Up { since: now };
        }
    }

    /// Data cannot arrive; the next attempt is at `retry_at`, or never. Keeps the moment at which
    /// it went down over failed attempts.
    pub fn down(&self, now: Timestamp, retry_at: Option<Timestamp>, message: String) {
        let mut state = self.lock();
        let since = match state.status.state {
            LinkState::Down { since, .. } => since,
            _ => now,
        };
        if matches!(state.status.state, LinkState::Up { .. }) {
            state.status.reconnects += 1;
        }
        state.status.state = LinkState::Down { since, retry_at };
        tracing::warn!(link = state.status.name, "{message}");
        state.status.last_error = Some(LinkError { at: now, message });
    }

    /// Something is wrong although data can arrive.
    pub fn warn(&self, now: Timestamp, message: String) {
        let mut state = self.lock();
        tracing::warn!(link = state.status.name, "{message}");
        state.status.last_error = Some(LinkError { at: now, message });
    }

    /// All that the source had was delivered.
    pub fn finished(&self) {
        self.lock().status.state = LinkState::Finished;
    }

    /// Takes what one payload gave: its samples, which are published without waiting, and what was
    /// wrong with it. `samples` is left empty.
    pub fn publish(&self, samples: &mut Vec<Sample>, rejected: Option<String>) {
        let mut guard = self.lock();
        let state = &mut *guard;
        match rejected {
            None => state.status.received += 1,
            Some(reason) => {
                state.status.rejected += 1;
                state.status.last_rejected = Some(reason);
            }
        }
        for sample in samples.drain(..) {
            state.status.samples += 1;
            state.status.dropped += state.skipped.publish(&self.outlet, sample);
        }
    }

    /// Hands over one sample and waits for room: for what can wait, a file or a computed past.
    ///
    /// # Errors
    /// When the program ends before there is room.
    pub fn deliver(&self, sample: Sample, stop: &Stop) -> Result<(), Stopped> {
        self.outlet.deliver(sample, stop)?;
        self.lock().status.samples += 1;
        Ok(())
    }

    /// Adds the rows that a file reader did, and leaves `progress` at nothing.
    pub(super) fn count(&self, progress: &mut Progress) {
        let done = std::mem::take(progress);
        let mut state = self.lock();
        state.status.received += done.received;
        state.status.rejected += done.rejected;
        state.status.unused += done.unused;
        if done.last_unused.is_some() {
            state.status.last_unused = done.last_unused;
        }
        if done.last_rejected.is_some() {
            state.status.last_rejected = done.last_rejected;
        }
    }

    /// Hands over what is owed and reckons the rate. Called by the runtime several times a second.
    pub(super) fn tick(&self, now: Instant) {
        let mut guard = self.lock();
        let state = &mut *guard;
        state.skipped.flush(&self.outlet);
        state.rate.record(now, state.status.samples);
        state.status.rate_per_sec = state.rate.per_sec();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Samples per second over the last few seconds, from readings of a counter.
#[derive(Debug, Default)]
struct Rate {
    readings: VecDeque<(Instant, u64)>,
}

impl Rate {
    const WINDOW: Duration = Duration::from_secs(4);
    const EVERY: Duration = Duration::from_millis(250);

    fn record(&mut self, now: Instant, count: u64) {
        if self.readings.back().is_some_and(|(last, _)| now.duration_since(*last) < Self::EVERY) {
            return;
        }
        self.readings.push_back((now, count));
        while self.readings.front().is_some_and(|(first, _)| now.duration_since(*first) > Self::WINDOW) {
            self.readings.pop_front();
        }
    }

    fn per_sec(&self) -> f64 {
        match (self.readings.front(), self.readings.back()) {
            (Some((first, before)), Some((last, after))) if last > first => {
                (after - before) as f64 / last.duration_since(*first).as_secs_f64()
            }
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::bounded;

    fn link() -> Link {
        Link::new(Outlet::new(bounded(1).0), "line1", "MQTT 5", "mqtt://plant:1883")
    }

    #[test]
    fn going_down_keeps_its_first_moment_and_counts_only_falls_from_up() {
        let (link, at) = (link(), Timestamp::from_millis);
        link.down(at(1), Some(at(2)), "first".to_owned());
        link.down(at(5), Some(at(6)), "second".to_owned());
        let status = link.status();
        assert_eq!(status.state, LinkState::Down { since: at(1), retry_at: Some(at(6)) });
        assert_eq!((status.reconnects, status.last_error.map(|error| error.message)), (0, Some("second".to_owned())));
        link.up(at(7));
        link.up(at(8));
        assert_eq!(link.status().state, LinkState::Up { since: at(7) });
        link.down(at(9), None, "third".to_owned());
        assert_eq!(link.status().reconnects, 1);
    }

    #[test]
    fn rate_follows_the_last_seconds() {
        let (start, mut rate) = (Instant::now(), Rate::default());
        assert_eq!(rate.per_sec(), 0.0);
        for tick in 0..200_u32 {
            rate.record(start + Duration::from_millis(50) * tick, u64::from(tick) * 5);
        }
        assert!((rate.per_sec() - 100.0).abs() < 1.0, "{}", rate.per_sec());
        for tick in 200..300_u32 {
            rate.record(start + Duration::from_millis(50) * tick, 1_000);
        }
        assert_eq!(rate.per_sec(), 0.0);
    }
}
