//! A lease on settings: who changes the plant for a trial must keep feeding it, or all goes back.
//!
//! ```text
//! Free --arm--> Armed --feed--> Armed (time begins anew)
//!   ^             |--release--> Free (settings stay)
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
    #[error("a lease runs already; release it first")]
    Taken,
    #[error("no lease runs")]
    Free,
    #[error("the lease belongs to another user")]
    Foreign,
}

impl Lease {
    /// Begins a lease; `revert` is what the settings go back to, in order.
    ///
    /// # Errors
    /// When one runs already, or the time is out of range.
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
        if self.0.is_some() {
            return Err(LeaseError::Taken);
        }
        self.0 = Some(Armed { owner: owner.to_owned(), timeout, fed: now, revert });
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

    /// Ends the lease; settings stay as they are.
    ///
    /// # Errors
    /// When no lease of `owner` runs.
    pub fn release(&mut self, owner: &str) -> Result<(), LeaseError> {
        self.of(owner)?;
        self.0 = None;
        Ok(())
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
        assert_eq!(lease.release("ann"), Ok(()));
        assert_eq!(lease.expired(100 * SEC), Vec::new());
        assert_eq!(lease.feed("ann", 100 * SEC), Err(LeaseError::Free));
    }

    #[test]
    fn nobody_takes_or_ends_the_lease_of_another() {
        let (mut lease, revert) = armed();
        assert_eq!(lease.arm("ann", 5 * SEC, Vec::new(), 11 * SEC), Err(LeaseError::Taken));
        assert_eq!(lease.feed("bob", 11 * SEC), Err(LeaseError::Foreign));
        assert_eq!(lease.release("bob"), Err(LeaseError::Foreign));
        assert_eq!(lease.expired(15 * SEC), revert);
        for timeout in [Duration::ZERO, 3_601 * SEC] {
            assert_eq!(lease.arm("ann", timeout, Vec::new(), 20 * SEC), Err(LeaseError::Timeout));
        }
    }
}
