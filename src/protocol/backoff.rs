//! How long to wait before the next attempt on something that failed.

use std::time::Duration;

const SHORTEST_SECS: f64 = 0.25;
const LONGEST_SECS: f64 = 30.0;

/// A link that was up for this long starts again with the shortest delay; one that falls sooner
/// goes on where it was, so that a broker that throws us out at once is not asked four times a
/// second for ever.
pub const STABLE_AFTER: Duration = Duration::from_secs(10);

/// Delay before the attempt that follows `failures` failures in a row (0 after the first).
///
/// Doubles from 0.25 s to 30 s; `random` (0..=1) spreads it over the upper half of each step, so
/// that desks that lost the same broker do not come back at the same moment ("equal jitter",
/// M. Brooker, Exponential Backoff And Jitter, AWS Architecture Blog 2015).
pub fn delay(failures: u32, random: f64) -> Duration {
    let step = (SHORTEST_SECS * f64::from(2_u32.saturating_pow(failures))).min(LONGEST_SECS);
    let spread = 0.5 + 0.5 * random.clamp(0.0, 1.0);
    Duration::from_secs_f64((step * spread).max(SHORTEST_SECS))
}

/// A number in 0..1 for [`delay`]; the middle where the system has no randomness to give.
pub fn random() -> f64 {
    use rand::TryRng;
    const STEPS: f64 = 4_294_967_296.0;
    rand::rngs::SysRng.try_next_u32().map_or(0.5, |number| f64::from(number) / STEPS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_from_a_quarter_second_to_half_a_minute() {
        let longest: Vec<f64> = (0..10).map(|failures| delay(failures, 1.0).as_secs_f64()).collect();
        assert_eq!(longest, [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]);
        assert_eq!(delay(u32::MAX, 1.0), Duration::from_secs(30));
    }

    #[test]
    fn jitter_spreads_over_the_upper_half() {
        assert_eq!(delay(4, 0.0), Duration::from_secs(2));
        assert_eq!(delay(4, 0.5), Duration::from_secs(3));
        assert_eq!(delay(0, 0.0), Duration::from_millis(250), "never below the shortest");
        let draws = [random(), random(), random()];
        assert!(draws.iter().all(|draw| (0.0..1.0).contains(draw)), "{draws:?}");
    }
}
