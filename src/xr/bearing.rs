//! Pointers at the edge of sight towards what a wearer does not see: which way it lies, and which of
//! many things are worth one.

use std::f32::consts::TAU;

use bevy::math::Vec3;

use super::rig::{PlantPose, heading, wrapped, yaw_of};

/// Targets this near to straight behind count as being on the right, so that a pointer does not flicker
/// from side to side: sine of 0.06 degrees.
const BEHIND: f32 = 1e-3;
/// Pointers closer than this along the edge of sight become one, degrees.
const MERGED_DEG: f32 = 10.0;

/// What is seen around the middle of sight, radians from edge to edge.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FieldOfView {
    pub horizontal: f32,
    pub vertical: f32,
}

/// Which way something lies from a head.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Bearing {
    InView,
    Off {
        /// Around the edge of sight, radians in -π..=π: 0 is right, π/2 is up.
        angle: f32,
        /// How far to turn about the vertical, degrees in -180..=180: to the left is positive.
        turn_deg: f32,
    },
}

/// A pointer at the edge of sight.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Pointer {
    /// Index of the worst of the targets that it stands for.
    pub target: usize,
    /// Of that target, as in `Bearing`.
    pub angle: f32,
    pub turn_deg: f32,
    /// How many targets it stands for, at least 1.
    pub count: usize,
}

/// The bearing of a point of the plant, metres. Needs no pointer, and so is in view, what lies in the
/// head itself or is given by numbers that are not finite.
pub fn bearing(head: &PlantPose, view: FieldOfView, target: Vec3) -> Bearing {
    let way = target - head.position;
    let Some(seen) = (head.rotation.inverse() * way).try_normalize() else { return Bearing::InView };
    let ahead = -seen.z;
    let inside = |across: f32, field: f32| across.abs().atan2(ahead) <= field / 2.0;
    if inside(seen.x, view.horizontal) && inside(seen.y, view.vertical) {
        return Bearing::InView;
    }
    let side = if seen.x < -BEHIND { -1.0 } else { 1.0 };
    // Before the head, towards the place where the target comes into view. Behind it, the height counts
    // as what a look over the shoulder finds, for nobody bends over backwards.
    let across = if ahead > 0.0 { seen.x } else { side * seen.x.hypot(seen.z) };
    Bearing::Off { angle: seen.y.atan2(across), turn_deg: turn_deg(head, way, side) }
}

/// The turn of the head about the vertical towards `way`; half turns go to the given side.
fn turn_deg(head: &PlantPose, way: Vec3, side: f32) -> f32 {
    // Straight above or below, no turn helps.
    if way.x.hypot(way.z) <= BEHIND * way.length() {
        return 0.0;
    }
    let turn = wrapped(yaw_of(way) - yaw_of(heading(head.rotation))).to_degrees();
    if turn.abs() > 180.0 - BEHIND.to_degrees() { -180.0 * side } else { turn }
}

/// The pointers for targets with their priorities, of which the lowest is the worst, as with alarms:
/// at most `most`, worst first and, among equals, what takes the smaller turn. A target within 10
/// degrees of a pointer around the edge of sight joins it; what finds no room has none.
pub fn spread<P: Ord>(targets: &[(P, Bearing)], most: usize) -> Vec<Pointer> {
    let mut off: Vec<(&P, Pointer)> = targets
        .iter()
        .enumerate()
        .filter_map(|(target, (priority, bearing))| match *bearing {
            Bearing::Off { angle, turn_deg } => Some((priority, Pointer { target, angle, turn_deg, count: 1 })),
            Bearing::InView => None,
        })
        .collect();
    off.sort_by(|(a, x), (b, y)| a.cmp(b).then(x.turn_deg.abs().total_cmp(&y.turn_deg.abs())));
    let mut pointers: Vec<Pointer> = Vec::with_capacity(most.min(off.len()));
    for (_, pointer) in off {
        let apart = |other: &Pointer| degrees_apart(other.angle, pointer.angle);
        let has_room = pointers.len() < most;
        let nearest = pointers.iter_mut().min_by(|a, b| apart(a).total_cmp(&apart(b)));
        if let Some(other) = nearest.filter(|other| apart(other) <= MERGED_DEG) {
            other.count += 1;
        } else if has_room {
            pointers.push(pointer);
        }
    }
    pointers
}

/// The smaller angle between two directions, degrees.
fn degrees_apart(a: f32, b: f32) -> f32 {
    let angle = (a - b).rem_euclid(TAU);
    angle.min(TAU - angle).to_degrees()
}

#[cfg(test)]
mod tests {
    use std::f32::consts::{FRAC_PI_2, PI};

    use bevy::math::Quat;
    use proptest::prelude::*;

    use super::*;
    use crate::xr::rig::{Rig, TrackedPose};

    const VIEW: FieldOfView = FieldOfView { horizontal: FRAC_PI_2, vertical: 80.0 * PI / 180.0 };
    const EYE: Vec3 = Vec3::new(2.0, 1.6, 3.0);

    /// A head at `EYE` that looks along -Z.
    fn ahead() -> PlantPose {
        PlantPose { position: EYE, rotation: Quat::IDENTITY }
    }

    fn off(head: &PlantPose, way: Vec3) -> (f32, f32) {
        match bearing(head, VIEW, head.position + way) {
            Bearing::Off { angle, turn_deg } => (angle.to_degrees(), turn_deg),
            Bearing::InView => panic!("{way} is in view"),
        }
    }

    #[track_caller]
    fn assert_off(head: &PlantPose, way: Vec3, angle_deg: f32, turn_deg: f32) {
        let (angle, turn) = off(head, way);
        assert!((angle - angle_deg).abs() < 0.05 && (turn - turn_deg).abs() < 0.05, "{way}: {angle}, {turn}");
    }

    fn at_azimuth(degrees: f32) -> Vec3 {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Vec3::new(sin, 0.0, -cos) * 10.0
    }

    #[test]
    fn the_edges_of_view_are_half_the_field_away() {
        let in_view = |way: Vec3| bearing(&ahead(), VIEW, EYE + way) == Bearing::InView;
        assert!(in_view(Vec3::NEG_Z));
        assert!(in_view(at_azimuth(44.9)) && in_view(at_azimuth(-44.9)));
        assert!(!in_view(at_azimuth(45.1)) && !in_view(at_azimuth(-45.1)));
        let raised = |degrees: f32| Vec3::new(0.0, degrees.to_radians().sin(), -degrees.to_radians().cos());
        assert!(in_view(raised(39.9)) && in_view(raised(-39.9)));
        assert!(!in_view(raised(40.1)) && !in_view(raised(-40.1)));
    }

    #[test]
    fn to_the_sides_above_and_below() {
        assert_off(&ahead(), Vec3::X, 0.0, -90.0);
        assert_off(&ahead(), Vec3::NEG_X, 180.0, 90.0);
        assert_off(&ahead(), Vec3::Y, 90.0, 0.0);
        assert_off(&ahead(), Vec3::NEG_Y, -90.0, 0.0);
        assert_off(&ahead(), at_azimuth(60.0), 0.0, -60.0);
        assert_off(&ahead(), at_azimuth(-135.0), 180.0, 135.0);
        // Before the head the pointer stands where the target will appear: as far right as up.
        assert_off(&ahead(), Vec3::new(3.0, 3.0, -1.0), 45.0, -71.565);
    }

    #[test]
    fn straight_behind_is_to_the_right_also_with_the_noise_of_tracking() {
        for x in [0.0, -0.0, 1e-4, -1e-4] {
            let (angle, turn) = off(&ahead(), Vec3::new(x, 0.0, 5.0));
            assert_eq!((angle, turn), (0.0, -180.0), "{x}");
        }
        let turned = PlantPose { rotation: Quat::from_rotation_y(1.0), ..ahead() };
        let (angle, turn) = off(&turned, turned.rotation * Vec3::Z * 5.0);
        assert!(angle.abs() < 0.01 && turn == -180.0);
    }

    #[test]
    fn behind_and_above_still_points_to_a_side() {
        // 3 up, 4 back: atan(3 / 4) = 36.87 degrees up from the right.
        assert_off(&ahead(), Vec3::new(0.0, 3.0, 4.0), 36.87, -180.0);
        assert_off(&ahead(), Vec3::new(-0.8, 0.6, 0.6), 180.0 - 30.964, 126.87);
    }

    #[test]
    fn the_turn_is_about_the_vertical_however_the_head_is_tilted() {
        for tilt in [Quat::from_rotation_x(-0.7), Quat::from_rotation_x(0.7), Quat::from_rotation_z(0.4)] {
            let head = PlantPose { position: EYE, rotation: Quat::from_rotation_y(0.5) * tilt };
            let (_, turn) = off(&head, Quat::from_rotation_y(0.5 + 2.0) * Vec3::NEG_Z);
            assert!((turn - 2_f32.to_degrees()).abs() < 0.01, "{turn}");
        }
    }

    #[test]
    fn a_head_on_its_side_sees_above_at_its_own_side() {
        // Rolled a quarter counter-clockwise, the crown lies to the left: above is to the right of sight.
        let head = PlantPose { position: EYE, rotation: Quat::from_rotation_z(FRAC_PI_2) };
        let (angle, turn) = off(&head, Vec3::Y);
        assert!(angle.abs() < 0.01 && turn == 0.0, "{angle}, {turn}");
    }

    #[test]
    fn what_cannot_be_pointed_at_has_no_pointer() {
        assert_eq!(bearing(&ahead(), VIEW, EYE), Bearing::InView);
        assert_eq!(bearing(&ahead(), VIEW, Vec3::NAN), Bearing::InView);
        let lost = PlantPose { position: EYE, rotation: Quat::from_xyzw(0.0, 0.0, 0.0, 0.0) };
        assert_eq!(bearing(&lost, VIEW, Vec3::ZERO), Bearing::InView);
    }

    fn pointing(degrees: f32) -> Bearing {
        Bearing::Off { angle: degrees.to_radians(), turn_deg: 90.0 }
    }

    fn shown(targets: &[(u8, Bearing)], most: usize) -> Vec<(usize, usize)> {
        spread(targets, most).iter().map(|pointer| (pointer.target, pointer.count)).collect()
    }

    #[test]
    fn the_worst_come_first_and_the_rest_has_no_room() {
        let targets = [(3, pointing(0.0)), (1, pointing(90.0)), (2, pointing(180.0)), (1, Bearing::InView)];
        assert_eq!(shown(&targets, 2), [(1, 1), (2, 1)]);
        assert_eq!(shown(&targets, 9), [(1, 1), (2, 1), (0, 1)]);
        assert_eq!(shown(&targets, 0), []);
    }

    #[test]
    fn what_points_the_same_way_is_one_pointer_with_a_count() {
        let targets = [(2, pointing(9.0)), (1, pointing(0.0)), (3, pointing(-9.5)), (3, pointing(11.0))];
        // 11 degrees is too far from the first, which alone decides: what joined does not widen it.
        assert_eq!(shown(&targets, 5), [(1, 3), (3, 1)]);
        // What finds no room of its own still joins where it belongs.
        assert_eq!(shown(&targets, 1), [(1, 3)]);
        // Around the seam at the left.
        assert_eq!(shown(&[(1, pointing(176.0)), (1, pointing(-177.0))], 5), [(0, 2)]);
    }

    #[test]
    fn between_two_pointers_a_target_joins_the_nearer() {
        let targets = [(1, pointing(0.0)), (1, pointing(15.0)), (2, pointing(8.0))];
        let counts: Vec<usize> = spread(&targets, 5).iter().map(|pointer| pointer.count).collect();
        assert_eq!(counts, [1, 2]);
    }

    #[test]
    fn among_equals_the_smaller_turn_comes_first_then_the_order_given() {
        let turn = |turn_deg, degrees: f32| (1, Bearing::Off { angle: degrees.to_radians(), turn_deg });
        let targets = [turn(170.0, 180.0), turn(-60.0, 0.0), turn(60.0, 90.0)];
        assert_eq!(shown(&targets, 3), [(1, 1), (2, 1), (0, 1)]);
    }

    proptest! {
        #[test]
        fn turning_as_told_brings_a_level_target_before_the_nose(
            yaw in -3.0..3.0_f32, pitch in -1.2..1.2_f32, azimuth in -179.0..179.0_f32,
        ) {
            let rotation = Quat::from_rotation_y(yaw) * Quat::from_rotation_x(pitch);
            let head = PlantPose { position: EYE, rotation };
            let way = at_azimuth(azimuth);
            if let Bearing::Off { turn_deg, .. } = bearing(&head, VIEW, EYE + way) {
                let tracked = TrackedPose { position: EYE, rotation };
                let turned = Rig::default().turn(tracked, turn_deg.to_radians()).pose(tracked);
                prop_assert!(turned.position.distance(EYE) < 1e-4);
                prop_assert!(heading(turned.rotation).distance(way.normalize()) < 2e-3);
            }
        }

        #[test]
        fn a_level_pointer_stands_on_the_side_of_the_turn(azimuth in -179.0..179.0_f32) {
            prop_assume!(azimuth.abs() > 46.0);
            let (angle, turn) = off(&ahead(), at_azimuth(azimuth));
            prop_assert!((turn + azimuth).abs() < 0.05);
            prop_assert!((angle.abs() < 0.1) == (azimuth > 0.0));
        }

        #[test]
        fn pointers_are_few_apart_and_count_no_target_twice(
            targets in prop::collection::vec((0..4_u8, -180.0..180.0_f32), 0..40), most in 0..8_usize,
        ) {
            let targets: Vec<_> = targets.into_iter().map(|(priority, angle)| (priority, pointing(angle))).collect();
            let pointers = spread(&targets, most);
            prop_assert!(pointers.len() <= most);
            prop_assert!(pointers.iter().map(|pointer| pointer.count).sum::<usize>() <= targets.len());
            for (index, pointer) in pointers.iter().enumerate() {
                prop_assert!(pointers[..index].iter().all(|other| degrees_apart(other.angle, pointer.angle) > 10.0));
                prop_assert!(pointers[..index].iter().all(|other| targets[other.target].0 <= targets[pointer.target].0));
            }
        }

        #[test]
        fn angles_stay_within_their_range(x in -9.0..9.0_f32, y in -9.0..9.0_f32, z in -9.0..9.0_f32) {
            if let Bearing::Off { angle, turn_deg } = bearing(&ahead(), VIEW, EYE + Vec3::new(x, y, z)) {
                prop_assert!(angle.abs() <= PI && turn_deg.abs() <= 180.0);
                let (half_width, half_height) = (45_f32.to_radians().tan(), 40_f32.to_radians().tan());
                prop_assert!(-z <= (x.abs() / half_width).max(y.abs() / half_height) * 1.001, "{x} {y} {z}");
            }
        }
    }
}
