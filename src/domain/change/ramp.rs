//! The way from one value to another in steps that are not too large.

use crate::domain::time::Span;

/// Time between two steps of a ramp.
pub const RAMP_STEP: Span = Span::from_secs(1);

/// The value to write next, starting from `present`, which makes the first step bumpless.
///
/// `rate_per_sec` limits the way made in `elapsed`, the time since the last step; none goes to `goal` at
/// once. All values but `present` lie whole `grid` steps from `goal`; where less than one such step is
/// allowed yet, the answer is `present`. After a stall no more is made up for than one step of a ramp,
/// or of the grid.
pub fn next_value(present: f64, goal: f64, rate_per_sec: Option<f64>, grid: Option<f64>, elapsed: Span) -> f64 {
    let Some(rate) = rate_per_sec else { return goal };
    if !(rate > 0.0 && rate.is_finite() && present.is_finite() && goal.is_finite()) {
        return present;
    }
    let grid = grid.filter(|grid| *grid > 0.0).unwrap_or(0.0);
    let longest = RAMP_STEP.as_secs_f64().max(grid / rate);
    let allowed = rate * elapsed.as_secs_f64().clamp(0.0, longest);
    let left = (goal - present).abs();
    // A hair, so that what is just due is not missed by rounding.
    let due = allowed * (1.0 + 1e-9);
    if left <= due {
        return goal;
    }
    let after = if grid > 0.0 { ((left - due) / grid).ceil() * grid } else { left - allowed };
    if after >= left { present } else { goal - after.copysign(goal - present) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn goes_by_the_rate_and_ends_on_the_goal() {
        let walk = |mut value: f64, goal, rate, grid| {
            let mut way = Vec::new();
            while value != goal && way.len() < 50 {
                value = next_value(value, goal, rate, grid, RAMP_STEP);
                way.push((value * 1e6).round() / 1e6);
            }
            way
        };
        assert_eq!(walk(600.0, 610.0, Some(4.0), None), [604.0, 608.0, 610.0]);
        assert_eq!(walk(610.0, 600.0, Some(4.0), None), [606.0, 602.0, 600.0]);
        assert_eq!(walk(600.0, 610.0, None, None), [610.0]);
        // On a grid of 5 no more than one step of it fits into 9 per second.
        assert_eq!(walk(600.0, 612.0, Some(9.0), Some(5.0)), [607.0, 612.0]);
    }

    #[test]
    fn a_coarse_grid_waits_until_its_step_is_due() {
        let after = |secs| next_value(600.0, 610.0, Some(2.0), Some(5.0), Span::from_millis(secs));
        assert_eq!((after(1_000), after(2_400), after(2_500), after(60_000)), (600.0, 600.0, 605.0, 605.0));
    }

    proptest! {
        #[test]
        fn no_step_is_faster_than_the_rate_or_leaves_the_way(
            present in -1e6..1e6f64,
            goal in -1e6..1e6f64,
            rate in 1e-3..1e4f64,
            millis in 0..5_000i64,
        ) {
            let next = next_value(present, goal, Some(rate), None, Span::from_millis(millis));
            let most = rate * (millis as f64 / 1e3).min(1.0);
            prop_assert!((next - present).abs() <= most * (1.0 + 1e-8) + 1e-9);
            prop_assert!(next >= present.min(goal) - 1e-9 && next <= present.max(goal) + 1e-9);
            prop_assert!(millis == 0 || present == goal || next != present);
        }
    }
}
