//! Expected places come from the rotation matrix about +Y written out (x' = x cos + z sin,
//! z' = z cos - x sin) and from the sentences that define each operation.

use std::f32::consts::{FRAC_PI_2, FRAC_PI_3, FRAC_PI_4};

use proptest::prelude::*;

use super::*;

/// Plant from tracking space in 64 bits and without quaternions.
fn expected_point(rig: &Rig, p: Vec3) -> Vec3 {
    let (sin, cos) = f64::from(rig.yaw).sin_cos();
    let (scale, lift) = (f64::from(rig.scale), f64::from(rig.lift));
    let (x, y, z) = (f64::from(p.x), f64::from(p.y) + lift, f64::from(p.z));
    let turned = [x * cos + z * sin, y, z * cos - x * sin];
    let [x, y, z] = turned.map(|number| (number * scale) as f32);
    rig.origin + Vec3::new(x, y, z)
}

fn head_at(x: f32, y: f32, z: f32) -> TrackedPose {
    TrackedPose { position: Vec3::new(x, y, z), rotation: Quat::IDENTITY }
}

fn near(a: Vec3, b: Vec3, within: f32) -> bool {
    a.distance(b) <= within
}

#[track_caller]
fn assert_near(a: Vec3, b: Vec3) {
    assert!(near(a, b, 1e-4), "{a} is not {b}");
}

fn angle_between(a: f32, b: f32) -> f32 {
    wrapped(a - b).abs()
}

/// The way in which the wearer faces in the plant, as an angle from -Z.
fn facing(rig: &Rig, head: TrackedPose) -> f32 {
    yaw_of(heading(rig.pose(head).rotation))
}

#[test]
fn the_default_rig_changes_nothing() {
    let point = Vec3::new(0.3, 1.6, -2.0);
    assert_eq!(Rig::default().point(point), point);
    assert_eq!(Rig::default().tracked_point(point), point);
}

#[test]
fn a_quarter_turn_to_the_left_brings_forward_to_minus_x() {
    let rig = Rig { origin: Vec3::new(10.0, 2.0, 5.0), yaw: FRAC_PI_2, scale: 20.0, lift: 0.5 };
    // One metre ahead at 1.5 m: 20 m towards -X, (1.5 + 0.5) * 20 up.
    assert_near(rig.point(Vec3::new(0.0, 1.5, -1.0)), Vec3::new(-10.0, 42.0, 5.0));
    assert_near(rig.direction(Vec3::NEG_Z), Vec3::NEG_X);
    let hand = TrackedPose { position: Vec3::ZERO, rotation: Quat::from_rotation_x(0.4) };
    let pose = rig.pose(hand);
    assert_near(pose.position, Vec3::new(10.0, 12.0, 5.0));
    // The nose, raised by 0.4 rad, then a quarter to the left.
    assert_near(pose.rotation * Vec3::NEG_Z, Vec3::new(-0.4_f32.cos(), 0.4_f32.sin(), 0.0));
    assert!((pose.rotation.length() - 1.0).abs() < 1e-6);
}

#[test]
fn teleport_puts_the_feet_on_the_target() {
    let rig = Rig { origin: Vec3::new(1.0, 0.0, 2.0), yaw: 1.0, scale: 1.0, lift: 0.0 };
    let moved = rig.teleport(head_at(0.7, 1.65, -0.4), Vec3::new(30.0, 4.0, -8.0));
    assert_near(moved.point(Vec3::new(0.7, 0.0, -0.4)), Vec3::new(30.0, 4.0, -8.0));
    assert_near(moved.point(Vec3::new(0.7, 1.65, -0.4)), Vec3::new(30.0, 5.65, -8.0));
    assert_eq!((moved.yaw, moved.scale, moved.lift), (1.0, 1.0, 0.0));
}

#[test]
fn a_seated_person_teleports_to_standing_height_above_the_target() {
    let seated = Rig::default().with_eye_height(head_at(0.0, 1.2, 0.0), 1.7);
    let moved = seated.teleport(head_at(0.2, 1.2, 0.1), Vec3::new(5.0, 3.0, 5.0));
    assert_near(moved.point(Vec3::new(0.2, 1.2, 0.1)), Vec3::new(5.0, 4.7, 5.0));
    assert_eq!(moved.origin.y, 3.0);
}

#[test]
fn turning_a_quarter_moves_the_origin_about_the_head() {
    // The origin lies 1 m to the left of the head, at (-1, 0, 0) from it: a quarter to the left brings it
    // to (0, 0, 1).
    let turned = Rig::default().turn(head_at(1.0, 1.6, 0.0), FRAC_PI_2);
    assert_near(turned.origin, Vec3::new(1.0, 0.0, 1.0));
    assert!((turned.yaw - FRAC_PI_2).abs() < 1e-6);
}

#[test]
fn twelve_turns_of_30_degrees_end_where_they_began() {
    let head = head_at(1.5, 1.6, -2.0);
    let start = Rig { origin: Vec3::new(20.0, 0.0, 40.0), yaw: 0.3, scale: 1.0, lift: 0.1 };
    let end = (0..12).fold(start, |rig, _| rig.turn(head, 30_f32.to_radians()));
    assert_near(end.origin, start.origin);
    assert!(angle_between(end.yaw, start.yaw) < 1e-5);
}

#[test]
fn scale_about_holds_its_point_and_applies_the_clamped_factor() {
    let rig = Rig { origin: Vec3::new(4.0, 1.0, -3.0), yaw: 0.7, scale: 10.0, lift: 0.2 };
    let point = Vec3::new(9.0, 5.0, 2.0);
    let larger = rig.scale_about(point, 3.0);
    assert_eq!(larger.scale, 30.0);
    // Similar triangles: the way from the point to the origin grows as the scale does.
    assert_near(larger.origin, point + 3.0 * (rig.origin - point));
    let largest = rig.scale_about(point, 1000.0);
    assert_eq!(largest.scale, 200.0);
    assert!(near(largest.origin, point + 20.0 * (rig.origin - point), 1e-3));
    let full_size = rig.scale_about(point, 0.001);
    assert_eq!(full_size.scale, 1.0);
    assert_near(full_size.origin, point + 0.1 * (rig.origin - point));
}

#[test]
fn stand_faces_the_focus_whatever_way_the_head_looks() {
    let eye = Vec3::new(12.0, 1.7, 8.0);
    for (pitch, yaw) in [(0.0, 0.0), (-1.2, 2.0), (0.9, -2.5), (-FRAC_PI_2, 1.0), (FRAC_PI_2, 1.0)] {
        let rotation = Quat::from_rotation_y(yaw) * Quat::from_rotation_x(pitch);
        let head = TrackedPose { position: Vec3::new(0.4, 1.62, -0.9), rotation };
        let rig = Rig { origin: Vec3::ONE, yaw: 0.9, scale: 1.0, lift: 0.0 };
        let stood = rig.stand(head, eye, Vec3::new(12.0 + 5.0, 0.2, 8.0 - 5.0), 0.0);
        // Ahead and to the right alike: an eighth of a turn clockwise from -Z.
        assert!(angle_between(facing(&stood, head), -FRAC_PI_4) < 1e-3, "pitch {pitch}, yaw {yaw}");
        assert_near(stood.point(head.position), Vec3::new(12.0, 1.62, 8.0));
    }
}

#[test]
fn stand_keeps_the_feet_on_the_floor_below_a_hovering_viewpoint() {
    let head = head_at(0.0, 1.6, 0.0);
    let stood = Rig::default().stand(head, Vec3::new(3.0, 9.0, 4.0), Vec3::new(3.0, 0.0, -20.0), 2.5);
    assert_near(stood.origin, Vec3::new(3.0, 2.5, 4.0));
    let below = Rig::default().stand(head, Vec3::new(3.0, 9.0, 4.0), Vec3::new(3.0, 0.0, 4.0), 2.5);
    assert_near(below.origin, Vec3::new(3.0, 2.5, 4.0));
    assert_eq!(below.yaw, 0.0);
}

#[test]
fn the_table_stands_before_the_wearer() {
    let rig = Rig { origin: Vec3::new(7.0, 3.0, 1.0), yaw: FRAC_PI_3, scale: 1.0, lift: 0.0 };
    let head = TrackedPose { position: Vec3::new(0.5, 1.6, 0.25), rotation: Quat::from_rotation_y(FRAC_PI_2) };
    let (low, high) = (Vec3::new(-10.0, -1.0, 0.0), Vec3::new(14.0, 8.0, 12.0));
    let model = rig.table_top(head, low, high);
    assert!((model.scale - 20.0).abs() < 1e-5);
    assert_eq!(model.yaw, rig.yaw);
    // The head looks along -X of tracking space: the middle is 0.9 m that way, the floor on the table.
    let middle = model.tracked_point(Vec3::new(2.0, -1.0, 6.0));
    assert_near(middle, Vec3::new(0.5 - 0.9, 0.85, 0.25));
    let (a, b) = (model.tracked_point(low), model.tracked_point(Vec3::new(14.0, -1.0, 0.0)));
    assert!((a.distance(b) - 1.2).abs() < 1e-4);
}

#[test]
fn a_table_for_the_seated_stands_as_much_lower_as_their_eyes() {
    let standing = head_at(0.0, 1.7, 0.0);
    let sitting = head_at(0.0, 1.2, 0.0);
    let (low, high) = (Vec3::ZERO, Vec3::new(60.0, 10.0, 30.0));
    let seated = Rig::default().with_eye_height(sitting, 1.7).table_top(sitting, low, high);
    let stood = Rig::default().table_top(standing, low, high);
    let drop = |rig: &Rig, head: TrackedPose| head.position.y - rig.tracked_point(low).y;
    assert!((drop(&seated, sitting) - 0.85).abs() < 1e-4);
    assert!((drop(&stood, standing) - 0.85).abs() < 1e-4);
}

#[test]
fn the_scale_of_the_table_stays_within_bounds() {
    let head = head_at(0.0, 1.7, 0.0);
    assert_eq!(Rig::default().table_top(head, Vec3::ZERO, Vec3::splat(0.4)).scale, 1.0);
    assert_eq!(Rig::default().table_top(head, Vec3::ZERO, Vec3::splat(900.0)).scale, 200.0);
    // The corners may come in either order.
    assert_eq!(Rig::default().table_top(head, Vec3::splat(12.0), Vec3::ZERO).scale, 10.0);
}

#[test]
fn with_eye_height_sets_the_height_of_the_head_above_the_floor() {
    let rig = Rig { origin: Vec3::new(0.0, 5.0, 0.0), yaw: 0.2, scale: 4.0, lift: -0.3 };
    let head = head_at(0.1, 1.15, 0.2);
    let lifted = rig.with_eye_height(head, 1.65);
    assert!((lifted.lift - 0.5).abs() < 1e-6);
    assert!((lifted.point(head.position).y - (5.0 + 4.0 * 1.65)).abs() < 1e-4);
    assert_eq!(rig.with_eye_height(head, 40.0), rig);
    assert_eq!(rig.with_eye_height(head, -1.0), rig);
}

#[test]
fn pulling_both_hands_apart_to_twice_the_distance_halves_the_scale() {
    let rig = Rig { scale: 40.0, ..Rig::default() };
    let start = Grab { rig, left: Vec3::new(-0.2, 1.0, -0.4), right: Vec3::new(0.2, 1.0, -0.4) };
    let held = rig.two_hand_grab(&start, Vec3::new(-0.4, 1.0, -0.4), Vec3::new(0.4, 1.0, -0.4));
    assert!((held.scale - 20.0).abs() < 1e-4);
    assert_near(held.point(Vec3::new(-0.4, 1.0, -0.4)), Vec3::new(-8.0, 40.0, -16.0));
    assert_near(held.point(Vec3::new(0.4, 1.0, -0.4)), Vec3::new(8.0, 40.0, -16.0));
}

#[test]
fn a_grab_does_not_add_up_over_its_frames() {
    let rig = Rig { scale: 40.0, yaw: 0.6, origin: Vec3::new(9.0, 1.0, 2.0), lift: 0.1 };
    let start = Grab { rig, left: Vec3::new(-0.2, 1.0, -0.4), right: Vec3::new(0.2, 1.1, -0.3) };
    let (left, right) = (Vec3::new(-0.4, 0.9, -0.4), Vec3::new(0.3, 1.2, -0.7));
    let halfway = rig.two_hand_grab(&start, start.left.lerp(left, 0.5), start.right.lerp(right, 0.5));
    let (at_once, in_steps) = (rig.two_hand_grab(&start, left, right), halfway.two_hand_grab(&start, left, right));
    assert_near(at_once.origin, in_steps.origin);
    assert_eq!((at_once.scale, at_once.yaw), (in_steps.scale, in_steps.yaw));
    assert_ne!(at_once.scale, halfway.scale);
    // Hands that come back bring the rig back.
    let back = at_once.two_hand_grab(&start, start.left, start.right);
    assert_near(back.origin, rig.origin);
    assert!((back.scale - rig.scale).abs() < 1e-4 && angle_between(back.yaw, rig.yaw) < 1e-6);
}

#[test]
fn turning_both_hands_to_the_left_turns_the_rig_to_the_right() {
    let rig = Rig { scale: 10.0, ..Rig::default() };
    let start = Grab { rig, left: Vec3::new(-0.3, 1.0, 0.0), right: Vec3::new(0.3, 1.0, 0.0) };
    // A quarter counter-clockwise from above: the right hand goes ahead.
    let held = rig.two_hand_grab(&start, Vec3::new(0.0, 1.0, 0.3), Vec3::new(0.0, 1.0, -0.3));
    assert!(angle_between(held.yaw, -FRAC_PI_2) < 1e-5);
    assert_near(held.point(Vec3::new(0.0, 1.0, -0.3)), Vec3::new(3.0, 10.0, 0.0));
}

#[test]
fn close_hands_move_the_plant_and_leave_yaw_and_scale() {
    let then = Rig { scale: 30.0, yaw: 0.4, ..Rig::default() };
    let now = Rig { scale: 90.0, yaw: -1.1, origin: Vec3::new(3.0, 4.0, 5.0), ..then };
    let start = Grab { rig: then, left: Vec3::new(-0.3, 1.0, 0.0), right: Vec3::new(0.3, 1.0, 0.0) };
    let held = now.two_hand_grab(&start, Vec3::new(0.0, 1.2, 0.1), Vec3::new(0.02, 1.2, 0.12));
    assert_eq!((held.scale, held.yaw), (90.0, -1.1));
    assert!(near(held.point(Vec3::new(0.01, 1.2, 0.11)), then.point(Vec3::new(0.0, 1.0, 0.0)), 1e-3));
    // Likewise where they began close: a hair's breadth gives no scale.
    let start = Grab { rig: then, left: Vec3::new(0.0, 1.0, 0.0), right: Vec3::new(0.001, 1.0, 0.0) };
    let held = now.two_hand_grab(&start, Vec3::new(-0.5, 1.0, 0.0), Vec3::new(0.5, 1.0, 0.0));
    assert_eq!((held.scale, held.yaw), (90.0, -1.1));
}

#[test]
fn hands_above_each_other_scale_and_leave_the_yaw() {
    let rig = Rig { scale: 20.0, yaw: 0.8, ..Rig::default() };
    let start = Grab { rig, left: Vec3::new(0.0, 1.0, -0.3), right: Vec3::new(0.0, 1.4, -0.3) };
    let held = rig.two_hand_grab(&start, Vec3::new(0.01, 0.9, -0.3), Vec3::new(0.0, 1.7, -0.3));
    assert_eq!(held.yaw, 0.8);
    assert!((held.scale - 10.0).abs() < 1e-2);
}

#[test]
fn one_hand_carries_its_point_and_nothing_else() {
    let rig = Rig { origin: Vec3::new(5.0, 0.0, 5.0), yaw: FRAC_PI_2, scale: 10.0, lift: 0.3 };
    let start = HandGrab { rig, hand: Vec3::new(0.2, 1.0, -0.3) };
    // The hand goes 10 cm ahead, which is -X of the plant: the rig goes 1 m the other way.
    let held = rig.one_hand_grab(&start, Vec3::new(0.2, 1.0, -0.4));
    assert_near(held.origin, Vec3::new(6.0, 0.0, 5.0));
    assert_eq!((held.yaw, held.scale, held.lift), (rig.yaw, rig.scale, rig.lift));
}

#[test]
fn a_turn_by_the_stick_during_a_grab_is_not_undone() {
    let rig = Rig { scale: 10.0, ..Rig::default() };
    let hand = Vec3::new(0.2, 1.0, -0.3);
    let turned = rig.turn(head_at(0.0, 1.6, 0.0), 0.5);
    let held = turned.one_hand_grab(&HandGrab { rig, hand }, hand);
    assert_eq!(held.yaw, 0.5);
    assert_near(held.point(hand), rig.point(hand));
}

#[test]
fn a_head_that_looks_up_or_down_still_has_a_heading() {
    let left = Quat::from_rotation_y(FRAC_PI_2);
    for pitch in [0.0, 1.0, -1.0, 1.5, -1.5, FRAC_PI_2, -FRAC_PI_2] {
        assert!(near(heading(left * Quat::from_rotation_x(pitch)), Vec3::NEG_X, 1e-3), "{pitch}");
    }
}

#[test]
fn a_lost_head_leaves_the_rig_as_it_was() {
    let rig = Rig { origin: Vec3::new(1.0, 2.0, 3.0), yaw: 0.5, scale: 7.0, lift: 0.25 };
    let zero = Quat::from_xyzw(0.0, 0.0, 0.0, 0.0);
    let lost = [
        TrackedPose { position: Vec3::ZERO, rotation: zero },
        TrackedPose { position: Vec3::new(f32::NAN, 1.0, 0.0), rotation: Quat::IDENTITY },
        TrackedPose { position: Vec3::new(0.0, f32::INFINITY, 0.0), rotation: Quat::IDENTITY },
        TrackedPose { position: Vec3::new(1e9, 0.0, 0.0), rotation: Quat::IDENTITY },
        TrackedPose { position: Vec3::ZERO, rotation: Quat::from_xyzw(0.0, f32::NAN, 0.0, 1.0) },
    ];
    for head in lost {
        assert!(!head.usable());
        assert_eq!(rig.teleport(head, Vec3::ONE), rig);
        assert_eq!(rig.turn(head, 1.0), rig);
        assert_eq!(rig.stand(head, Vec3::ONE, Vec3::ZERO, 0.0), rig);
        assert_eq!(rig.table_top(head, Vec3::ZERO, Vec3::splat(50.0)), rig);
        assert_eq!(rig.with_eye_height(head, 1.7), rig);
    }
}

#[test]
fn a_place_beyond_all_plants_leaves_the_rig_as_it_was() {
    let rig = Rig { origin: Vec3::new(1.0, 2.0, 3.0), yaw: 0.5, scale: 7.0, lift: 0.25 };
    let (head, far) = (head_at(0.0, 1.6, 0.0), Vec3::new(1e30, 0.0, -1e30));
    assert_eq!(rig.teleport(head, far), rig);
    assert_eq!(rig.scale_about(far, 0.5), rig);
    assert_eq!(rig.scale_about(far, 1.0), rig);
    assert_eq!(rig.stand(head, far, Vec3::ZERO, 0.0), rig);
    assert_eq!(rig.table_top(head, far, Vec3::ZERO), rig);
    assert_eq!(rig.one_hand_grab(&HandGrab { rig, hand: Vec3::ZERO }, far), rig);
    assert_eq!(rig.two_hand_grab(&Grab { rig, left: Vec3::ZERO, right: Vec3::X }, Vec3::ZERO, far), rig);
}

fn any_vec3() -> impl Strategy<Value = Vec3> {
    use prop::num::f32::ANY;
    (ANY, ANY, ANY).prop_map(Vec3::from)
}

fn any_pose() -> impl Strategy<Value = TrackedPose> {
    use prop::num::f32::ANY;
    let rotation = prop_oneof![
        (ANY, ANY, ANY, ANY).prop_map(|(x, y, z, w)| Quat::from_xyzw(x, y, z, w)),
        rotation(),
        Just(Quat::from_xyzw(0.0, 0.0, 0.0, 0.0)),
    ];
    (prop_oneof![any_vec3(), tracked()], rotation).prop_map(|(position, rotation)| TrackedPose { position, rotation })
}

fn rotation() -> impl Strategy<Value = Quat> {
    (-3.1..3.1_f32, -1.5..1.5_f32, -3.1..3.1_f32)
        .prop_map(|(y, x, z)| Quat::from_rotation_y(y) * Quat::from_rotation_x(x) * Quat::from_rotation_z(z))
}

fn tracked() -> impl Strategy<Value = Vec3> {
    (-3.0..3.0_f32, 0.0..2.2_f32, -3.0..3.0_f32).prop_map(Vec3::from)
}

fn in_hall() -> impl Strategy<Value = Vec3> {
    (-500.0..500.0_f32, -20.0..60.0_f32, -500.0..500.0_f32).prop_map(Vec3::from)
}

fn head() -> impl Strategy<Value = TrackedPose> {
    (tracked(), rotation()).prop_map(|(position, rotation)| TrackedPose { position, rotation })
}

fn rig() -> impl Strategy<Value = Rig> {
    (in_hall(), -3.1..3.1_f32, 1.0..200.0_f32, -1.0..1.0_f32).prop_map(|(origin, yaw, scale, lift)| Rig {
        origin,
        yaw,
        scale,
        lift,
    })
}

/// Metres of the plant: 32 bits at a distance of some kilometres.
const ROUNDING: f32 = 4e-3;

proptest! {
    #[test]
    fn points_follow_the_rotation_matrix_and_come_back(rig in rig(), point in tracked()) {
        prop_assert!(near(rig.point(point), expected_point(&rig, point), ROUNDING));
        prop_assert!(near(rig.tracked_point(rig.point(point)), point, ROUNDING));
    }

    #[test]
    fn teleport_lands_where_asked(rig in rig(), head in head(), target in in_hall()) {
        let moved = rig.teleport(head, target);
        let feet = Vec3::new(target.x, target.y + rig.scale * (head.position.y + rig.lift), target.z);
        prop_assert!(near(expected_point(&moved, head.position), feet, ROUNDING));
        prop_assert_eq!(moved, Rig { origin: moved.origin, ..rig });
    }

    #[test]
    fn turn_holds_the_head(rig in rig(), head in head(), angle in -10.0..10.0_f32) {
        let turned = rig.turn(head, angle);
        prop_assert!(near(expected_point(&turned, head.position), expected_point(&rig, head.position), ROUNDING));
        prop_assert!(angle_between(turned.yaw, rig.yaw + angle) < 1e-4);
    }

    #[test]
    fn scale_about_holds_its_point(rig in rig(), point in tracked(), factor in 0.001..1000.0_f32) {
        let plant = rig.point(point);
        let scaled = rig.scale_about(plant, factor);
        prop_assert!(near(expected_point(&scaled, point), plant, ROUNDING * (1.0 + scaled.scale / rig.scale)));
        prop_assert_eq!(scaled.scale, (rig.scale * factor).clamp(1.0, 200.0));
    }

    #[test]
    fn stand_faces_and_stands(rig in rig(), head in head(), eye in in_hall(), focus in in_hall(), floor in -5.0..5.0_f32) {
        prop_assume!(flat(focus - eye).length() > 0.1);
        let stood = rig.stand(head, eye, focus, floor);
        let face = heading(stood.pose(head).rotation);
        prop_assert!(near(face, flat(focus - eye).normalize(), 2e-3));
        let below = expected_point(&stood, head.position);
        prop_assert!(near(flat(below), flat(eye), ROUNDING));
        prop_assert_eq!(stood.origin.y, floor);
    }

    #[test]
    fn two_hands_hold_middle_direction_and_distance(
        rig in rig(), left in tracked(), right in tracked(), to_left in tracked(), to_right in tracked(),
    ) {
        prop_assume!(flat(right - left).length() > 0.1 && flat(to_right - to_left).length() > 0.1);
        let held = rig.two_hand_grab(&Grab { rig, left, right }, to_left, to_right);
        let (a, b) = (expected_point(&rig, left), expected_point(&rig, right));
        let (to_a, to_b) = (expected_point(&held, to_left), expected_point(&held, to_right));
        prop_assert!(near((a + b) / 2.0, (to_a + to_b) / 2.0, ROUNDING));
        let (before, after) = (flat(b - a).normalize(), flat(to_b - to_a).normalize());
        prop_assert!(near(before, after, 2e-2), "{before} {after}");
        let exact = rig.scale * left.distance(right) / to_left.distance(to_right);
        if SCALE.contains(&exact) {
            prop_assert!((a.distance(b) - to_a.distance(to_b)).abs() < 2.0 * ROUNDING);
        } else {
            prop_assert_eq!(held.scale, exact.clamp(1.0, 200.0));
        }
    }

    #[test]
    fn hands_that_only_shift_turn_and_spread_level_hold_both_points(
        rig in rig(), left in tracked(), right in tracked(), shift in tracked(), angle in -3.0..3.0_f32, spread in 0.6..1.6_f32,
    ) {
        prop_assume!(flat(right - left).length() > 0.15 && (2.0..120.0).contains(&rig.scale));
        let moved = |hand: Vec3| Quat::from_rotation_y(angle) * hand * spread + shift;
        let held = rig.two_hand_grab(&Grab { rig, left, right }, moved(left), moved(right));
        prop_assert!(near(expected_point(&held, moved(left)), expected_point(&rig, left), 2.0 * ROUNDING));
        prop_assert!(near(expected_point(&held, moved(right)), expected_point(&rig, right), 2.0 * ROUNDING));
    }

    #[test]
    fn nothing_hostile_makes_a_rig_unsound(
        rig in rig(), head in any_pose(), a in any_vec3(), b in any_vec3(), c in any_vec3(), d in any_vec3(),
        number in prop::num::f32::ANY,
    ) {
        let foul = Rig { origin: a, yaw: number, scale: number, lift: number };
        let results = [
            rig.teleport(head, a),
            rig.turn(head, number),
            rig.scale_about(a, number),
            rig.stand(head, a, b, number),
            rig.table_top(head, a, b),
            rig.with_eye_height(head, number),
            rig.one_hand_grab(&HandGrab { rig, hand: a }, b),
            rig.one_hand_grab(&HandGrab { rig: foul, hand: a }, b),
            rig.two_hand_grab(&Grab { rig, left: a, right: b }, c, d),
            rig.two_hand_grab(&Grab { rig: foul, left: a, right: b }, c, d),
        ];
        for result in results {
            prop_assert!(result.sound(), "{result:?}");
        }
        if !a.is_finite() {
            prop_assert_eq!(rig.teleport(head, a), rig);
            prop_assert_eq!(rig.scale_about(a, 2.0), rig);
        }
        if !number.is_finite() {
            prop_assert_eq!(rig.turn(head, number), rig);
            prop_assert_eq!(rig.scale_about(Vec3::ZERO, number), rig);
        }
    }
}
