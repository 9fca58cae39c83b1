//! Thumbsticks: one push, one turn; and the push forward that aims a jump.
//!
//! Sticks give x to the right and y forward, each -1..=1. Between the two thresholds nothing changes,
//! so a thumb that trembles there does nothing twice.

use bevy::math::Vec2;

/// From here on the stick is pushed; below the second it is released.
const PUSHED: f32 = 0.7;
const RELEASED: f32 = 0.3;

/// Turns by steps.
///
/// ```text
/// armed --pushed sideways: one turn--> spent --released--> armed
///   '-----pushed forward or back--------^
/// ```
///
/// A push belongs to what it began as: rolled from forward to the side it does not turn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SnapTurn {
    armed: bool,
}

impl Default for SnapTurn {
    fn default() -> Self {
        Self { armed: true }
    }
}

impl SnapTurn {
    /// Takes the stick as it is in this frame. Gives the turn about +Y that begins now, radians: to the
    /// right, which is negative, for a push to the right.
    pub fn update(&mut self, stick: Vec2, degrees: f32) -> Option<f32> {
        let across = stick.abs();
        if stick.length() < RELEASED {
            self.armed = true;
        } else if self.armed && across.max_element() > PUSHED {
            self.armed = false;
            return (across.x > across.y).then(|| -degrees.to_radians().copysign(stick.x));
        }
        None
    }
}

/// What the stick asks of the jump in this frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Jump {
    None,
    /// Show where the jump would lead.
    Aim,
    /// Jump there now.
    Go,
    /// The aim was given up.
    Cancelled,
}

/// Aims while pushed forward and goes when released.
///
/// ```text
/// idle --pushed forward--> aiming --released: go--> idle
///   ^                        |
///   '-------released------ spent <--pushed sideways or back, or cancelled
/// ```
///
/// A push that began sideways or back does not aim before it was released.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum TeleportStick {
    #[default]
    Idle,
    Aiming,
    Spent,
}

impl TeleportStick {
    /// Takes the stick as it is in this frame.
    pub fn update(&mut self, stick: Vec2) -> Jump {
        let released = stick.length() < RELEASED;
        let forward = stick.y > PUSHED && stick.y > stick.x.abs();
        let aside = !forward && stick.abs().max_element() > PUSHED;
        match self {
            Self::Idle if forward => {
                *self = Self::Aiming;
                Jump::Aim
            }
            Self::Idle if aside => {
                *self = Self::Spent;
                Jump::None
            }
            Self::Aiming if released => {
                *self = Self::Idle;
                Jump::Go
            }
            Self::Aiming if aside => {
                *self = Self::Spent;
                Jump::Cancelled
            }
            Self::Aiming => Jump::Aim,
            Self::Spent if released => {
                *self = Self::Idle;
                Jump::None
            }
            Self::Idle | Self::Spent => Jump::None,
        }
    }

    /// Gives up the aim where the stick no longer speaks for the wearer: a controller that is lost or a
    /// menu of the runtime lets the stick read as released, which would be a jump.
    pub fn cancel(&mut self) -> Jump {
        let aimed = *self == Self::Aiming;
        *self = Self::Spent;
        if aimed { Jump::Cancelled } else { Jump::None }
    }
}

#[cfg(test)]
mod tests {
    use bevy::math::vec2;
    use proptest::prelude::*;

    use super::*;

    /// The turns, in degrees, that the stick makes on this way.
    fn turns(way: &[(f32, f32)]) -> Vec<f32> {
        let mut turn = SnapTurn::default();
        way.iter()
            .filter_map(|(x, y)| turn.update(vec2(*x, *y), 30.0))
            .map(|angle| angle.to_degrees().round())
            .collect()
    }

    fn jumps(way: &[(f32, f32)]) -> Vec<Jump> {
        let mut stick = TeleportStick::default();
        way.iter().map(|(x, y)| stick.update(vec2(*x, *y))).collect()
    }

    #[test]
    fn one_push_turns_once_however_long_it_lasts() {
        assert_eq!(turns(&[(0.2, 0.0), (0.6, 0.0), (0.8, 0.0), (1.0, 0.0), (1.0, 0.0)]), [-30.0]);
        assert_eq!(turns(&[(-0.8, 0.1), (-1.0, 0.1)]), [30.0]);
    }

    #[test]
    fn a_thumb_that_trembles_at_the_threshold_turns_once() {
        assert_eq!(turns(&[(0.72, 0.0), (0.68, 0.0), (0.72, 0.0), (0.35, 0.0), (0.9, 0.0)]), [-30.0]);
    }

    #[test]
    fn after_release_the_next_push_turns_again() {
        assert_eq!(turns(&[(0.9, 0.0), (0.29, 0.0), (0.9, 0.0), (0.0, 0.0), (-0.9, 0.0)]), [-30.0, -30.0, 30.0]);
    }

    #[test]
    fn a_push_of_exactly_the_threshold_is_none() {
        assert!(turns(&[(0.7, 0.0)]).is_empty());
        assert_eq!(jumps(&[(0.0, 0.7)]), [Jump::None]);
    }

    #[test]
    fn a_push_forward_or_along_the_diagonal_does_not_turn() {
        for push in [(0.0, 1.0), (0.75, 0.8), (0.75, 0.75), (-0.75, -0.75), (0.75, -0.8)] {
            assert!(turns(&[push]).is_empty(), "{push:?}");
        }
    }

    #[test]
    fn a_push_rolled_from_forward_to_the_side_does_not_turn() {
        assert_eq!(turns(&[(0.0, 0.9), (0.6, 0.6), (0.9, 0.1), (0.0, 0.0), (0.9, 0.1)]), [-30.0]);
    }

    #[test]
    fn the_angle_is_the_one_asked_for() {
        let angle = SnapTurn::default().update(vec2(-1.0, 0.0), 45.0).unwrap();
        assert!((angle - std::f32::consts::FRAC_PI_4).abs() < 1e-6);
    }

    #[test]
    fn pushed_forward_it_aims_and_released_it_goes() {
        use Jump::{Aim, Go, None};
        assert_eq!(
            jumps(&[(0.0, 0.5), (0.0, 0.8), (0.2, 0.5), (0.0, 0.31), (0.0, 0.2), (0.0, 0.0)]),
            [None, Aim, Aim, Aim, Go, None]
        );
    }

    #[test]
    fn pushed_aside_or_back_it_cancels_until_released() {
        use Jump::{Aim, Cancelled, None};
        for aside in [(0.9, 0.2), (-0.9, 0.2), (0.0, -0.9)] {
            let way = [(0.0, 0.9), aside, (0.0, 0.9), (0.0, 0.1), (0.0, 0.9)];
            assert_eq!(jumps(&way), [Aim, Cancelled, None, None, Aim], "{aside:?}");
        }
    }

    #[test]
    fn a_spring_that_swings_past_the_centre_does_not_cancel() {
        assert_eq!(jumps(&[(0.0, 1.0), (0.0, -0.4), (0.0, 0.1)]), [Jump::Aim, Jump::Aim, Jump::Go]);
    }

    #[test]
    fn a_push_that_began_sideways_does_not_aim() {
        assert_eq!(jumps(&[(0.9, 0.0), (0.5, 0.8), (0.0, 0.9)]), [Jump::None; 3]);
    }

    #[test]
    fn a_lost_controller_does_not_jump() {
        let mut stick = TeleportStick::default();
        stick.update(vec2(0.0, 1.0));
        assert_eq!(stick.cancel(), Jump::Cancelled);
        assert_eq!(stick.cancel(), Jump::None);
        assert_eq!(stick.update(Vec2::ZERO), Jump::None);
        assert_eq!(stick.update(vec2(0.0, 1.0)), Jump::Aim);
        assert_eq!(stick.update(vec2(f32::NAN, f32::NAN)), Jump::Aim);
        assert_eq!(SnapTurn::default().update(vec2(f32::NAN, 0.0), 30.0), None);
    }

    proptest! {
        #[test]
        fn there_are_never_more_turns_than_releases_and_one(way in prop::collection::vec((-1.0..1.0_f32, -1.0..1.0_f32), 0..60)) {
            let releases = way.iter().filter(|(x, y)| x.hypot(*y) < 0.3).count();
            prop_assert!(turns(&way).len() <= releases + 1);
        }

        #[test]
        fn every_jump_was_aimed(way in prop::collection::vec((-1.0..1.0_f32, -1.0..1.0_f32), 0..60)) {
            let steps = jumps(&way);
            for (index, step) in steps.iter().enumerate().filter(|(_, step)| matches!(step, Jump::Go | Jump::Cancelled)) {
                prop_assert_eq!(steps[index - 1], Jump::Aim, "{:?}", step);
            }
        }
    }
}
