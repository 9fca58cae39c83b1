//! A lease on settings: who changes the plant for a trial must keep feeding it, or all goes back.
//!
//! ```text
//! Free --arm--> Armed --arm, feed--> Armed (time begins anew)
//!   ^             |--release--> Armed, or Free with the last setting (what is released stays)
//!   +--time is up-+ (settings go back)
//! ```

use std::time::Duration;

use thiserror::Error;

use crate::domain::value::Value;

/// Shortest and longest time that can be asked for.
pub const TIMEOUT: std::ops::RangeInclusive<Duration> = Duration::from_millis(500)..=Duration::from_secs(3_600);

/// A lease on one plant. Times count from any fixed moment, and come in as arguments.
#[derive(Default, Debug)]
pub struct Lease(Option<Armed>);

#[derive(Debug)]
struct Armed {
    owner: String,
    timeout: Duration,
    fed: Duration,
    revert: Vec<(String, Value)>,
}

/// Why a lease does not do what was asked.
#[derive(Error, Clone, Copy, PartialEq, Eq, Debug)]
pub enum LeaseError {
    #[error("the time is shorter or longer than a lease can run")]
    Timeout,
    #[error("no lease runs, or not for this setting")]
    Free,
    #[error("the lease belongs to another user")]
    Foreign,
}

impl Lease {
    /// Begins a lease, or adds settings to the one of `owner` that runs: the time begins anew for all of
    /// them, and is `timeout` from now on. `revert` is what settings go back to; one that is in the lease
    /// already gets the new value. They go back in the order in which they came in.
    ///
    /// # Errors
    /// When another user's lease runs, or the time is out of range; then nothing changes.
    pub fn arm(
        &mut self,
        owner: &str,
        timeout: Duration,
        revert: Vec<(String, Value)>,
        now: Duration,
    ) -> Result<(), LeaseError> {
        if !TIMEOUT.contains(&timeout) {
            return Err(LeaseError::Timeout);
        }
        let armed = match &mut self.0 {
            Some(armed) if armed.owner != owner => return Err(LeaseError::Foreign),
            Some(armed) => armed,
            free => free.insert(Armed { owner: owner.to_owned(), timeout, fed: now, revert: Vec::new() }),
        };
        (armed.timeout, armed.fed) = (timeout, now);
        for (path, value) in revert {
            match armed.revert.iter_mut().find(|(known, _)| *known == path) {
                Some((_, known)) => *known = value,
                None => armed.revert.push((path, value)),
            }
        }
        Ok(())
    }

    /// Lets the time begin anew.
    ///
    /// # Errors
    /// When no lease of `owner` runs.
    pub fn feed(&mut self, owner: &str, now: Duration) -> Result<(), LeaseError> {
        self.of(owner)?.fed = now;
        Ok(())
    }

    /// Takes these settings out of the lease, all where none is named; they stay as they are. The lease ends
    /// with its last setting.
    ///
    /// # Errors
    /// When no lease of `owner` runs, or one of the settings is not in it; then nothing changes.
    pub fn release(&mut self, owner: &str, paths: &[String]) -> Result<(), LeaseError> {
        let armed = self.of(owner)?;
        if !paths.iter().all(|path| armed.revert.iter().any(|(known, _)| known == path)) {
            return Err(LeaseError::Free);
        }
        armed.revert.retain(|(known, _)| !paths.is_empty() && !paths.contains(known));
        if armed.revert.is_empty() {
            self.0 = None;
        }
        Ok(())
    }

    /// How many settings the lease would take back.
    pub fn settings(&self) -> usize {
        self.0.as_ref().map_or(0, |armed| armed.revert.len())
    }

    /// Time left; zero while no lease runs.
    pub fn remaining(&self, now: Duration) -> Duration {
        self.0.as_ref().map_or(Duration::ZERO, |armed| (armed.fed + armed.timeout).saturating_sub(now))
    }

    /// What has to go back because the time is up; ends the lease.
    pub fn expired(&mut self, now: Duration) -> Vec<(String, Value)> {
        if !self.remaining(now).is_zero() {
            return Vec::new();
        }
        self.0.take().map(|armed| armed.revert).unwrap_or_default()
    }

    fn of(&mut self, owner: &str) -> Result<&mut Armed, LeaseError> {
        match &mut self.0 {
            None => Err(LeaseError::Free),
            Some(armed) if armed.owner != owner => Err(LeaseError::Foreign),
            Some(armed) => Ok(armed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEC: Duration = Duration::from_secs(1);

    fn armed() -> (Lease, Vec<(String, Value)>) {
        let revert = vec![("Filler/Speed".to_owned(), Value::Real(600.0))];
        let mut lease = Lease::default();
        assert_eq!(lease.arm("ann", 5 * SEC, revert.clone(), 10 * SEC), Ok(()));
        (lease, revert)
    }

    #[test]
    fn a_lease_that_is_not_fed_goes_back_once() {
        let (mut lease, revert) = armed();
        assert_eq!((lease.remaining(12 * SEC), lease.expired(12 * SEC)), (3 * SEC, Vec::new()));
        assert_eq!(lease.expired(15 * SEC), revert);
        assert_eq!((lease.remaining(15 * SEC), lease.expired(16 * SEC)), (Duration::ZERO, Vec::new()));
    }

    #[test]
    fn feeding_lets_the_time_begin_anew_and_release_ends_it() {
        let (mut lease, _) = armed();
        assert_eq!(lease.feed("ann", 14 * SEC), Ok(()));
        assert_eq!((lease.remaining(15 * SEC), lease.expired(18 * SEC)), (4 * SEC, Vec::new()));
        assert_eq!(lease.release("ann", &[]), Ok(()));
        assert_eq!(lease.expired(100 * SEC), Vec::new());
        assert_eq!(lease.feed("ann", 100 * SEC), Err(LeaseError::Free));
    }

    #[test]
    fn nobody_takes_or_ends_the_lease_of_another() {
        let (mut lease, revert) = armed();
        assert_eq!(lease.arm("bob", 5 * SEC, Vec::new(), 11 * SEC), Err(LeaseError::Foreign));
        assert_eq!(lease.feed("bob", 11 * SEC), Err(LeaseError::Foreign));
        assert_eq!(lease.release("bob", &[]), Err(LeaseError::Foreign));
        assert_eq!(lease.expired(15 * SEC), revert);
        for timeout in [Duration::ZERO, 3_601 * SEC] {
            assert_eq!(lease.arm("ann", timeout, Vec::new(), 20 * SEC), Err(LeaseError::Timeout));
        }
    }

    #[test]
    fn its_owner_adds_and_replaces_settings_while_it_runs() {
        let (mut lease, _) = armed();
        let setting = |path: &str, value| (path.to_owned(), Value::Real(value));
        let more = vec![setting("Filler/Fill", 0.5), setting("Filler/Speed", 610.0)];
        assert_eq!(lease.arm("ann", 3 * SEC, more, 14 * SEC), Ok(()));
        assert_eq!((lease.remaining(15 * SEC), lease.expired(16 * SEC)), (2 * SEC, Vec::new()), "the time is new");
        assert_eq!(lease.expired(17 * SEC), [setting("Filler/Speed", 610.0), setting("Filler/Fill", 0.5)]);
    }

    #[test]
    fn what_is_released_stays_and_the_rest_goes_back() {
        let (mut lease, revert) = armed();
        let fill = "Filler/Fill".to_owned();
        assert_eq!(lease.release("ann", std::slice::from_ref(&fill)), Err(LeaseError::Free), "it is not in the lease");
        assert_eq!(lease.arm("ann", 5 * SEC, vec![(fill.clone(), Value::Real(0.5))], 10 * SEC), Ok(()));
        assert_eq!((lease.settings(), lease.release("ann", &[fill])), (2, Ok(())));
        assert_eq!(lease.expired(15 * SEC), revert);
        let (mut lease, revert) = armed();
        assert_eq!(lease.release("ann", &[revert[0].0.clone()]), Ok(()), "with the last setting the lease ends");
        assert_eq!(lease.feed("ann", 11 * SEC), Err(LeaseError::Free));
    }
}
