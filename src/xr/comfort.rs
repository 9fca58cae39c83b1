//! What keeps a wearer from feeling ill: less to see at the edges while the ground moves under them,
//! and a blink over every jump.
//!
//! Time is that since the program began, and comes in with each call.

use std::time::Duration;

use super::rig::Rig;

/// The edges of sight darken within the first and come back within the second, seconds.
const CLOSE_SECS: f32 = 0.1;
const OPEN_SECS: f32 = 0.4;
/// To black, and back from it, seconds.
const BLINK_SECS: f32 = 0.15;

/// How far sight is open at its edges.
///
/// ```text
/// open <--still: 0.4 s-- (any openness) --ground moves: 0.1 s--> closed
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Vignette {
    ground: Option<Rig>,
    moving: bool,
    /// Openness when `moving` last changed, and when that was.
    then: f32,
    since: Duration,
}

impl Default for Vignette {
    fn default() -> Self {
        Self { ground: None, moving: false, then: 1.0, since: Duration::ZERO }
    }
}

impl Vignette {
    /// Takes the rig as it is in this frame: another place, yaw or scale than in the last is movement.
    pub fn update(&mut self, rig: &Rig, now: Duration) {
        let places = |rig: &Rig| (rig.origin, rig.yaw, rig.scale);
        let moving = self.ground.is_some_and(|ground| places(&ground) != places(rig));
        self.ground = Some(*rig);
        if moving != self.moving {
            *self = Self { moving, then: self.openness(now), since: now, ..*self };
        }
    }

    /// The wearer jumps to this rig, behind a blink or by a snap turn: that is no movement.
    pub fn jump(&mut self, rig: &Rig) {
        self.ground = Some(*rig);
    }

    /// 1 where all is seen, 0 where the edges are dark.
    pub fn openness(&self, now: Duration) -> f32 {
        let secs = now.saturating_sub(self.since).as_secs_f32();
        let change = if self.moving { -secs / CLOSE_SECS } else { secs / OPEN_SECS };
        (self.then + change).clamp(0.0, 1.0)
    }
}

/// A fade to black and back, with a jump of the wearer where it is dark.
///
/// ```text
/// open --begin--> closing (0.15 s) --take--> opening (0.15 s) --> open
///                    ^--------------begin------'
/// ```
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Blink<T> {
    /// What to do in the dark; none while sight opens or is open.
    jump: Option<T>,
    /// Darkness when the present fade began, and when that was.
    then: f32,
    since: Duration,
}

impl<T> Default for Blink<T> {
    fn default() -> Self {
        Self { jump: None, then: 0.0, since: Duration::ZERO }
    }
}

impl<T> Blink<T> {
    /// Closes sight for a jump. A later wish takes the place of one that is still waiting.
    pub fn begin(&mut self, jump: T, now: Duration) {
        (self.then, self.since) = (self.darkness(now), now);
        self.jump = Some(jump);
    }

    /// The jump, once, in the first frame in which it is dark. Sight opens from then on; so it stays
    /// dark over a frame that comes late.
    pub fn take(&mut self, now: Duration) -> Option<T> {
        if self.darkness(now) < 1.0 {
            return None;
        }
        let jump = self.jump.take()?;
        (self.then, self.since) = (1.0, now);
        Some(jump)
    }

    /// 0 where all is seen, 1 where it is black.
    pub fn darkness(&self, now: Duration) -> f32 {
        let change = now.saturating_sub(self.since).as_secs_f32() / BLINK_SECS;
        (if self.jump.is_some() { self.then + change } else { self.then - change }).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use bevy::math::Vec3;

    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn at(x: f32) -> Rig {
        Rig { origin: Vec3::new(x, 0.0, 0.0), ..Rig::default() }
    }

    #[track_caller]
    fn assert_close(a: f32, b: f32) {
        assert!((a - b).abs() < 1e-4, "{a} is not {b}");
    }

    #[test]
    fn it_closes_in_a_tenth_of_a_second_and_opens_in_four() {
        let mut vignette = Vignette::default();
        vignette.update(&at(0.0), ms(1000));
        assert_eq!(vignette.openness(ms(1000)), 1.0);
        for step in 0..=20 {
            vignette.update(&at(1.0 + step as f32), ms(1010 + 10 * step));
        }
        assert_eq!(vignette.openness(ms(1010)), 1.0);
        assert_close(vignette.openness(ms(1060)), 0.5);
        assert_eq!(vignette.openness(ms(1111)), 0.0);
        vignette.update(&at(21.0), ms(1300));
        assert_close(vignette.openness(ms(1300)), 0.0);
        assert_close(vignette.openness(ms(1400)), 0.25);
        assert_close(vignette.openness(ms(1600)), 0.75);
        assert_eq!(vignette.openness(ms(1701)), 1.0);
    }

    #[test]
    fn a_start_while_opening_continues_from_there() {
        let mut vignette = Vignette::default();
        vignette.update(&at(0.0), ms(0));
        vignette.update(&at(1.0), ms(10));
        vignette.update(&at(1.0), ms(210));
        // Half open again after 0.2 s; closed 0.05 s later.
        vignette.update(&at(2.0), ms(410));
        assert_close(vignette.openness(ms(410)), 0.5);
        assert_close(vignette.openness(ms(435)), 0.25);
        assert_close(vignette.openness(ms(460)), 0.0);
    }

    #[test]
    fn turning_and_scaling_are_movement_and_lifting_is_not() {
        let closed_by = |rig: Rig| {
            let mut vignette = Vignette::default();
            vignette.update(&Rig::default(), ms(0));
            vignette.update(&rig, ms(10));
            vignette.openness(ms(200)) == 0.0
        };
        assert!(closed_by(at(0.001)));
        assert!(closed_by(Rig { yaw: 0.01, ..Rig::default() }));
        assert!(closed_by(Rig { scale: 1.1, ..Rig::default() }));
        assert!(!closed_by(Rig { lift: 0.3, ..Rig::default() }));
        assert!(!closed_by(Rig::default()));
    }

    #[test]
    fn the_first_rig_and_a_jump_are_no_movement() {
        let mut vignette = Vignette::default();
        vignette.update(&at(5.0), ms(0));
        vignette.jump(&at(80.0));
        vignette.update(&at(80.0), ms(11));
        assert_eq!(vignette.openness(ms(150)), 1.0);
        vignette.update(&at(80.1), ms(160));
        assert_eq!(vignette.openness(ms(270)), 0.0);
    }

    #[test]
    fn the_jump_happens_once_and_in_the_dark() {
        let mut blink = Blink::default();
        assert_eq!(blink.darkness(ms(900)), 0.0);
        blink.begin("there", ms(1000));
        assert_close(blink.darkness(ms(1075)), 0.5);
        assert_eq!(blink.take(ms(1140)), None);
        assert_eq!(blink.darkness(ms(1151)), 1.0);
        assert_eq!(blink.take(ms(1151)), Some("there"));
        assert_eq!(blink.take(ms(1151)), None);
        assert_eq!(blink.darkness(ms(1151)), 1.0);
        assert_close(blink.darkness(ms(1226)), 0.5);
        assert_eq!(blink.darkness(ms(1302)), 0.0);
        assert_eq!(blink.take(ms(5000)), None);
    }

    #[test]
    fn it_stays_dark_over_a_late_frame() {
        let mut blink = Blink::default();
        blink.begin(7, ms(0));
        assert_eq!(blink.darkness(ms(900)), 1.0);
        assert_eq!(blink.take(ms(900)), Some(7));
        assert_eq!(blink.darkness(ms(900)), 1.0);
        assert_close(blink.darkness(ms(975)), 0.5);
    }

    #[test]
    fn a_second_wish_takes_the_place_of_the_first_and_does_not_lengthen_the_fade() {
        let mut blink = Blink::default();
        blink.begin(1, ms(0));
        blink.begin(2, ms(100));
        assert_eq!(blink.take(ms(151)), Some(2));
        // While sight opens, another jump closes it again from where it is.
        blink.begin(3, ms(226));
        assert_close(blink.darkness(ms(226)), 0.5);
        assert_eq!(blink.take(ms(295)), None);
        assert_eq!(blink.take(ms(302)), Some(3));
    }
}
