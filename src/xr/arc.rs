//! The arc along which a wearer points at the place to jump to: the flight of a thrown ball.
//!
//! Launch speed and gravity both grow with the scale of the wearer, so that a model on a table is
//! pointed at with the same gesture as a hall of full size. What the arc meets, the caller finds out.

use bevy::math::Vec3;

/// Speed at the hand, metres of the wearer per second, and the acceleration of free fall near the
/// ground, metres per second squared.
const LAUNCH_SPEED: f32 = 7.0;
const GRAVITY: f32 = 9.81;
/// Along the floor the arc ends here, metres of the wearer.
const REACH: f32 = 12.0;
/// An arc that hardly moves along the floor ends after this time: 23 m below a hand that points up.
const LONGEST_SECS: f32 = 3.0;
/// Seconds of one straight piece, which leaves the arc by g t²/8 = 3 mm at most.
const PIECE_SECS: f32 = 0.05;
/// Cosine of the slope on which a person can stand, 30 degrees.
const STEEPEST_FLOOR: f32 = 0.866_025_4;

/// The flight of a ball thrown from the hand, in the plant.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Arc {
    /// Metres of the plant.
    from: Vec3,
    /// At the hand, metres of the plant per second.
    velocity: Vec3,
    /// Downwards, metres of the plant per second squared.
    gravity: f32,
    /// When the arc ends, seconds.
    end: f32,
}

/// Where a straight piece of the arc meets something.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Hit {
    /// Metres of the plant.
    pub point: Vec3,
    /// Out of the surface; of any length.
    pub normal: Vec3,
}

/// What the arc leads to; places in metres of the plant.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Landing {
    /// A person can stand here.
    Floor(Vec3),
    /// A wall, a slope or the underside of something is in the way.
    Blocked(Vec3),
    Nowhere,
}

impl Arc {
    /// Position and direction of the hand in the plant, and the scale of the rig. None for numbers that
    /// are not finite, a direction without length and a scale that is not positive.
    pub fn from_hand(position: Vec3, direction: Vec3, scale: f32) -> Option<Self> {
        let direction = direction.try_normalize()?;
        if !position.is_finite() || !scale.is_finite() || scale <= 0.0 {
            return None;
        }
        let level_speed = direction.x.hypot(direction.z) * LAUNCH_SPEED;
        let end = if level_speed * LONGEST_SECS > REACH { REACH / level_speed } else { LONGEST_SECS };
        Some(Self { from: position, velocity: LAUNCH_SPEED * scale * direction, gravity: GRAVITY * scale, end })
    }

    /// The place after `t` seconds of flight: p0 + v t - g t²/2.
    pub fn point(&self, t: f32) -> Vec3 {
        self.from + self.velocity * t - 0.5 * self.gravity * t * t * Vec3::Y
    }

    /// When the ball comes down through the height `y`, seconds; none where it never is that high, or
    /// was only before it left the hand.
    pub fn time_at_height(&self, y: f32) -> Option<f32> {
        let (up, drop) = (self.velocity.y, self.from.y - y);
        let root = (up * up + 2.0 * self.gravity * drop).sqrt();
        // Of the two forms of the later root the one that does not subtract near equals.
        let t = if up >= 0.0 { (up + root) / self.gravity } else { 2.0 * drop / (root - up) };
        (t >= 0.0).then_some(t)
    }

    /// `n` places along the whole arc, evenly in time, both ends included.
    pub fn points(&self, n: usize) -> Vec<Vec3> {
        self.points_until(self.end, n)
    }

    /// `n` places from the hand to the landing, which is the last of them.
    pub fn points_to(&self, landing: Landing, n: usize) -> Vec<Vec3> {
        let (Landing::Floor(place) | Landing::Blocked(place)) = landing else { return self.points(n) };
        let mut points = self.points_until(self.time_near(place), n);
        // Hits lie on a straight piece, a little beside the arc.
        if let Some(last) = points.last_mut() {
            *last = place;
        }
        points
    }

    /// Follows the arc piece by piece. `cast` gives the first hit between two places; where there is
    /// none at all, the plane at the height `floor` catches the ball.
    pub fn land(&self, floor: Option<f32>, mut cast: impl FnMut(Vec3, Vec3) -> Option<Hit>) -> Landing {
        let pieces = (self.end / PIECE_SECS).ceil().max(1.0);
        let mut from = self.from;
        for piece in 1..=pieces as usize {
            let to = self.point(self.end * piece as f32 / pieces);
            if let Some(hit) = cast(from, to).filter(|hit| hit.point.is_finite()) {
                let stands = hit.normal.normalize_or_zero().y >= STEEPEST_FLOOR;
                return if stands { Landing::Floor(hit.point) } else { Landing::Blocked(hit.point) };
            }
            from = to;
        }
        let time = floor.and_then(|height| self.time_at_height(height)).filter(|time| *time <= self.end);
        time.map_or(Landing::Nowhere, |time| Landing::Floor(self.point(time)))
    }

    /// When the ball is nearest to a place on its way, seconds.
    fn time_near(&self, place: Vec3) -> f32 {
        let level = |vector: Vec3| vector.x.hypot(vector.z);
        // A ball that goes almost straight up passes every height twice: then the way down counts.
        let time = if level(self.velocity) > 0.1 * self.velocity.length() {
            level(place - self.from) / level(self.velocity)
        } else {
            self.time_at_height(place.y).unwrap_or(self.end)
        };
        time.min(self.end)
    }

    fn points_until(&self, end: f32, n: usize) -> Vec<Vec3> {
        let last = n.saturating_sub(1).max(1) as f32;
        (0..n).map(|index| self.point(end * index as f32 / last)).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HAND: Vec3 = Vec3::new(3.0, 1.2, -4.0);

    /// A throw towards -Z, raised by this angle.
    fn thrown(degrees: f32, scale: f32) -> Arc {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Arc::from_hand(HAND, Vec3::new(0.0, sin, -cos), scale).unwrap()
    }

    fn level_distance(a: Vec3, b: Vec3) -> f32 {
        (a.x - b.x).hypot(a.z - b.z)
    }

    /// The hit of a segment with the plane at this height.
    fn plane(height: f32) -> impl FnMut(Vec3, Vec3) -> Option<Hit> {
        move |from, to| {
            let share = (from.y - height) / (from.y - to.y);
            (from.y > height && to.y <= height).then(|| Hit { point: from.lerp(to, share), normal: Vec3::Y })
        }
    }

    fn nothing(_: Vec3, _: Vec3) -> Option<Hit> {
        None
    }

    #[test]
    fn the_range_on_level_ground_is_v2_sin_2a_over_g() {
        for degrees in [10.0_f32, 30.0, 45.0, 60.0, 80.0] {
            let expected = 49.0 * (2.0 * degrees.to_radians()).sin() / 9.81;
            let arc = thrown(degrees, 1.0);
            let back = arc.point(arc.time_at_height(HAND.y).unwrap());
            assert!((level_distance(back, HAND) - expected).abs() < 1e-4, "{degrees}: {back}");
            let Landing::Floor(landed) = arc.land(Some(HAND.y), nothing) else { panic!("{degrees}") };
            assert!((level_distance(landed, HAND) - expected).abs() < 1e-4, "{degrees}: {landed}");
        }
    }

    #[test]
    fn the_apex_is_v2_sin2_a_over_2g_above_the_hand() {
        for degrees in [20.0_f32, 45.0, 90.0] {
            let sin = degrees.to_radians().sin();
            let expected = HAND.y + 49.0 * sin * sin / (2.0 * 9.81);
            let arc = thrown(degrees, 1.0);
            let apex = arc.point(7.0 * sin / 9.81);
            assert!((apex.y - expected).abs() < 1e-5, "{degrees}: {apex}");
            assert!((arc.time_at_height(expected - 1e-4).unwrap() - 7.0 * sin / 9.81).abs() < 1e-2);
            assert_eq!(arc.time_at_height(expected + 0.01), None);
        }
    }

    #[test]
    fn a_ball_thrown_level_falls_as_a_dropped_one() {
        // From 1.2 m: t = sqrt(2 h / g).
        let time = thrown(0.0, 1.0).time_at_height(0.0).unwrap();
        assert!((time - (2.4_f32 / 9.81).sqrt()).abs() < 1e-6);
        assert_eq!(thrown(0.0, 1.0).time_at_height(1.3), None);
    }

    #[test]
    fn a_throw_straight_down_meets_the_floor_below() {
        // y = h - v t - g t²/2 = 0 with h = 1.2 and v = 7.
        let time = thrown(-90.0, 1.0).time_at_height(0.0).unwrap();
        assert!((1.2 - 7.0 * time - 4.905 * time * time).abs() < 1e-5 && time > 0.0);
        assert_eq!(thrown(-90.0, 1.0).time_at_height(2.0), None);
        let Landing::Floor(place) = thrown(-90.0, 1.0).land(None, plane(0.0)) else { panic!() };
        assert!(place.distance(Vec3::new(3.0, 0.0, -4.0)) < 1e-4);
    }

    #[test]
    fn a_model_is_pointed_at_with_the_same_gesture() {
        let (full, model) = (thrown(35.0, 1.0), thrown(35.0, 20.0));
        for time in [0.0, 0.3, 1.1] {
            let (a, b) = (full.point(time) - HAND, model.point(time) - HAND);
            assert!((20.0 * a).distance(b) < 1e-3);
        }
    }

    #[test]
    fn nothing_lies_farther_than_12_metres_of_the_wearer() {
        for scale in [1.0, 50.0] {
            // A throw of 45 degrees from a tower passes 12 m long before it is down.
            let arc = Arc::from_hand(Vec3::Y * 90.0 * scale, Vec3::new(1.0, 1.0, 0.0), scale).unwrap();
            let end = *arc.points(40).last().unwrap();
            assert!((end.x - 12.0 * scale).abs() < 1e-3 * scale, "{end}");
            assert_eq!(arc.land(Some(0.0), plane(0.0)), Landing::Nowhere);
            let mut farthest = 0.0_f32;
            arc.land(None, |_, to| {
                farthest = farthest.max(to.x);
                None
            });
            assert!((farthest - 12.0 * scale).abs() < 1e-3 * scale);
        }
    }

    #[test]
    fn the_pieces_are_short_and_hang_together() {
        let arc = thrown(40.0, 1.0);
        let (mut last, mut pieces) = (HAND, 0);
        arc.land(None, |from, to| {
            assert_eq!(from, last);
            // The speed at the end is no more than 7 + 9.81 * 3 m/s.
            assert!(from.distance(to) < 0.05 * 36.5);
            (last, pieces) = (to, pieces + 1);
            None
        });
        assert!((20..=60).contains(&pieces), "{pieces}");
    }

    #[test]
    fn a_hit_is_floor_up_to_a_slope_of_30_degrees() {
        let sloped = |degrees: f32| {
            let (sin, cos) = degrees.to_radians().sin_cos();
            let point = Vec3::new(0.0, 0.5, -1.0);
            // The length of a normal does not matter.
            thrown(20.0, 1.0).land(None, |_, _| Some(Hit { point, normal: 3.0 * Vec3::new(sin, cos, 0.0) }))
        };
        let point = Vec3::new(0.0, 0.5, -1.0);
        assert_eq!(sloped(0.0), Landing::Floor(point));
        assert_eq!(sloped(29.9), Landing::Floor(point));
        assert_eq!(sloped(30.1), Landing::Blocked(point));
        assert_eq!(sloped(90.0), Landing::Blocked(point));
        assert_eq!(sloped(180.0), Landing::Blocked(point));
    }

    #[test]
    fn the_first_hit_ends_the_flight_and_comes_before_the_plane() {
        let wall_at = -6.0;
        let landing = thrown(30.0, 1.0).land(Some(0.0), |from, to| {
            let share = (from.z - wall_at) / (from.z - to.z);
            (from.z > wall_at && to.z <= wall_at).then(|| Hit { point: from.lerp(to, share), normal: Vec3::Z })
        });
        let Landing::Blocked(place) = landing else { panic!("{landing:?}") };
        // 2 m ahead of the hand: y = h + x tan a - g x² / (2 v² cos² a).
        let (tan, cos) = (30_f32.to_radians().tan(), 30_f32.to_radians().cos());
        let expected = 1.2 + 2.0 * tan - 9.81 * 4.0 / (2.0 * 49.0 * cos * cos);
        assert!((place.y - expected).abs() < 5e-3 && (place.z - wall_at).abs() < 1e-5, "{place}");
    }

    #[test]
    fn without_hit_and_floor_it_lands_nowhere() {
        assert_eq!(thrown(30.0, 1.0).land(None, nothing), Landing::Nowhere);
        assert_eq!(thrown(30.0, 1.0).land(Some(50.0), nothing), Landing::Nowhere);
        let foul = |_, _| Some(Hit { point: Vec3::NAN, normal: Vec3::Y });
        assert_eq!(thrown(30.0, 1.0).land(None, foul), Landing::Nowhere);
    }

    #[test]
    fn drawn_points_begin_at_the_hand_and_end_at_the_landing() {
        let arc = thrown(30.0, 1.0);
        let landing = arc.land(Some(0.0), nothing);
        let Landing::Floor(place) = landing else { panic!("{landing:?}") };
        let points = arc.points_to(landing, 24);
        assert_eq!((points.len(), points[0], points[23]), (24, HAND, place));
        assert!(points.windows(2).all(|pair| pair[0].z > pair[1].z));
        assert!(points[22].distance(place) < 0.6);
        assert_eq!(arc.points(0), []);
        assert_eq!(arc.points(1), [HAND]);
    }

    #[test]
    fn a_hand_that_is_not_tracked_throws_nothing() {
        assert_eq!(Arc::from_hand(Vec3::NAN, Vec3::X, 1.0), None);
        assert_eq!(Arc::from_hand(HAND, Vec3::ZERO, 1.0), None);
        assert_eq!(Arc::from_hand(HAND, Vec3::new(f32::NAN, 0.0, 1.0), 1.0), None);
        for scale in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            assert_eq!(Arc::from_hand(HAND, Vec3::X, scale), None);
        }
    }

    proptest! {
        #[test]
        fn stepping_finds_the_floor_that_the_closed_form_finds(
            degrees in -85.0..85.0_f32, scale in 1.0..50.0_f32, floor in -1.0..1.0_f32,
        ) {
            let arc = thrown(degrees, scale);
            let (stepped, closed) = (arc.land(None, plane(floor)), arc.land(Some(floor), nothing));
            match (stepped, closed) {
                // A straight piece runs below the arc by g t²/8 = 3.07 mm of the wearer at most.
                (Landing::Floor(a), Landing::Floor(b)) => {
                    let time = level_distance(a, HAND) / (7.0 * scale * degrees.to_radians().cos());
                    let above = (arc.point(time).y - floor) / scale;
                    prop_assert!((-1e-4..3.2e-3).contains(&above), "{above}");
                    prop_assert!((b.y - floor).abs() < 1e-4 * scale, "{b}");
                }
                (a, b) => prop_assert_eq!(a, b),
            }
        }

        #[test]
        fn the_time_at_a_height_is_the_later_root(degrees in -90.0..90.0_f32, above in -5.0..2.4_f32) {
            let arc = thrown(degrees, 1.0);
            let (up, down) = (7.0 * f64::from(degrees).to_radians().sin(), f64::from(-above));
            let under_root = up * up + 2.0 * 9.81 * down;
            prop_assume!(under_root.abs() > 1e-2 && down.abs() > 1e-3);
            let expected = (up + under_root.sqrt()) / 9.81;
            match arc.time_at_height(HAND.y + above) {
                Some(time) => prop_assert!((f64::from(time) - expected).abs() < 1e-3, "{time} {expected}"),
                None => prop_assert!(under_root < 0.0 || expected < 0.0),
            }
        }
    }
}
