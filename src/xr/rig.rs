//! Where the space that the headset tracks stands in the plant, and how a person moves it.
//!
//! Tracking space is that of OpenXR: right handed, +Y up, -Z forward, metres of the wearer. The plant
//! has the same axes and its own metres. Between the two lie a turn about the vertical, one scale and
//! a shift, so that the floor stays level whatever the person does.
//!
//! No operation fails: what cannot be used leaves the rig as it was.

use std::f32::consts::{PI, TAU};
use std::ops::RangeInclusive;

use bevy::math::{Quat, Vec3};
use bevy::prelude::Resource;

/// Metres of the plant for one metre of the wearer: from full size to a model 1:200.
pub const SCALE: RangeInclusive<f32> = 1.0..=200.0;
/// Metres of the wearer by which tracked heights can be raised.
const LIFT: RangeInclusive<f32> = -3.0..=3.0;
/// Heights of the eyes above the floor that a person can have or wish for, metres.
const EYE_HEIGHT: RangeInclusive<f32> = 0.3..=2.5;
/// Farther out than this many metres, 32 bits no longer resolve a centimetre of the plant.
const FARTHEST: f32 = 100_000.0;
/// No room is larger, metres: what is tracked beyond it is an error of tracking.
const ROOM: f32 = 100.0;
/// Hands that are closer than this give neither direction nor distance, metres of the wearer.
const HANDS_CLOSE: f32 = 0.05;
/// The model on the table: its longest horizontal side, the height of its floor above the wearer's,
/// and the way from head to middle, metres of the wearer.
const TABLE_SIDE: f32 = 1.2;
const TABLE_HEIGHT: f32 = 0.85;
const TABLE_DISTANCE: f32 = 0.9;
/// Sine of the pitch above which the nose points nowhere along the floor, about 82 degrees.
const STEEP: f32 = 0.99;

/// Where tracking space stands in the plant. Changed by the wearer and from the desk.
#[derive(Resource, Clone, Copy, PartialEq, Debug)]
pub struct Rig {
    /// Where the floor origin of tracking space stands, metres of the plant.
    pub origin: Vec3,
    /// Turn of tracking space about +Y, radians, -π..=π after every operation.
    pub yaw: f32,
    /// Metres of the plant for one metre of the wearer, within `SCALE`.
    pub scale: f32,
    /// Added to every tracked height, metres of the wearer: for sitting, and for a height set anew.
    pub lift: f32,
}

impl Default for Rig {
    fn default() -> Self {
        Self { origin: Vec3::ZERO, yaw: 0.0, scale: 1.0, lift: 0.0 }
    }
}

/// Where a head or a hand is in tracking space.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TrackedPose {
    /// Metres of the wearer.
    pub position: Vec3,
    pub rotation: Quat,
}

impl TrackedPose {
    /// True for a place in a room and a rotation; runtimes give zeros and worse while tracking is lost.
    pub fn usable(&self) -> bool {
        let length = self.rotation.length();
        in_room(self.position) && (0.9..1.1).contains(&length)
    }
}

/// Where a head or a hand is in the plant.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PlantPose {
    /// Metres of the plant.
    pub position: Vec3,
    pub rotation: Quat,
}

/// Both hands as they took hold of the plant.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Grab {
    pub rig: Rig,
    /// In tracking space, metres of the wearer.
    pub left: Vec3,
    pub right: Vec3,
}

/// One hand as it took hold of the plant.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct HandGrab {
    pub rig: Rig,
    /// In tracking space, metres of the wearer.
    pub hand: Vec3,
}

impl Rig {
    /// Plant from tracking space, metres.
    pub fn point(&self, tracked: Vec3) -> Vec3 {
        self.origin + self.direction(self.scale * (tracked + self.lift * Vec3::Y))
    }

    /// Plant from tracking space for a direction: turned, never scaled.
    pub fn direction(&self, tracked: Vec3) -> Vec3 {
        Quat::from_rotation_y(self.yaw) * tracked
    }

    /// Plant from tracking space for a head or a hand; the rotation is that of a body of full size.
    pub fn pose(&self, tracked: TrackedPose) -> PlantPose {
        PlantPose {
            position: self.point(tracked.position),
            rotation: Quat::from_rotation_y(self.yaw) * tracked.rotation,
        }
    }

    /// Tracking space from plant, metres of the wearer.
    pub fn tracked_point(&self, plant: Vec3) -> Vec3 {
        Quat::from_rotation_y(-self.yaw) * (plant - self.origin) / self.scale - self.lift * Vec3::Y
    }

    /// True where every number is finite and within its range.
    pub fn sound(&self) -> bool {
        in_plant(self.origin) && self.yaw.is_finite() && SCALE.contains(&self.scale) && LIFT.contains(&self.lift)
    }

    /// Stands on `target` with the point of the floor that is below the head.
    pub fn teleport(&self, head: TrackedPose, target: Vec3) -> Self {
        if !head.usable() {
            return *self;
        }
        self.or_stay(self.pinned(self.below(head), target))
    }

    /// Turns by `angle` radians about the vertical through the head, which stays where it is.
    pub fn turn(&self, head: TrackedPose, angle: f32) -> Self {
        if !head.usable() {
            return *self;
        }
        let below = self.below(head);
        let turned = Self { yaw: wrapped(self.yaw + angle), ..*self };
        self.or_stay(turned.pinned(below, self.point(below)))
    }

    /// Makes the wearer `factor` times as large against the plant, within `SCALE`. The point of the
    /// plant, metres, stays under the same point of tracking space.
    pub fn scale_about(&self, plant: Vec3, factor: f32) -> Self {
        if !in_plant(plant) || !factor.is_finite() || factor <= 0.0 {
            return *self;
        }
        let scale = in_scale(self.scale * factor);
        let origin = plant + (self.origin - plant) * (scale / self.scale);
        self.or_stay(Self { origin, scale, ..*self })
    }

    /// Stands below `eye` with the feet at the height `floor`, both metres of the plant, and faces
    /// `focus` along the floor, whatever way the head looks in tracking space. Feet stand on the floor
    /// even where a saved viewpoint hovers; scale and lift stay, so at full size the eyes are at the
    /// wearer's own height.
    pub fn stand(&self, head: TrackedPose, eye: Vec3, focus: Vec3, floor: f32) -> Self {
        if !head.usable() || !focus.is_finite() {
            return *self;
        }
        let wanted = flat(focus - eye);
        // Where the focus is straight below the eye, every direction is as good as the present one.
        let yaw =
            if wanted.length() > 1e-3 { wrapped(yaw_of(wanted) - yaw_of(heading(head.rotation))) } else { self.yaw };
        let turned = Self { yaw, ..*self };
        self.or_stay(turned.pinned(self.below(head), Vec3::new(eye.x, floor, eye.z)))
    }

    /// The plant, within the box from `low` to `high` in its metres, as a model on a table before the
    /// wearer. The yaw stays: the table comes to where the wearer looks. Plants of more than 240 m are
    /// larger than the table, since `SCALE` ends.
    pub fn table_top(&self, head: TrackedPose, low: Vec3, high: Vec3) -> Self {
        if !head.usable() || !in_plant(low) || !in_plant(high) {
            return *self;
        }
        let (low, high) = (low.min(high), low.max(high));
        let side = (high.x - low.x).max(high.z - low.z);
        let middle = (low + high) / 2.0;
        let small = Self { scale: in_scale(side / TABLE_SIDE), ..*self };
        let table = self.below(head) + TABLE_DISTANCE * heading(head.rotation) + TABLE_HEIGHT * Vec3::Y;
        self.or_stay(small.pinned(table, Vec3::new(middle.x, low.y, middle.z)))
    }

    /// Lifts the head to `wanted_m` above the floor, metres of the wearer: for sitting, with the height
    /// of standing eyes, and for setting the height anew.
    pub fn with_eye_height(&self, head: TrackedPose, wanted_m: f32) -> Self {
        if !head.usable() || !EYE_HEIGHT.contains(&wanted_m) {
            return *self;
        }
        self.or_stay(Self { lift: wanted_m - head.position.y, ..*self })
    }

    /// Follows one hand: the point of the plant that it took hold of is under it. Yaw and scale stay.
    pub fn one_hand_grab(&self, start: &HandGrab, hand: Vec3) -> Self {
        if !start.rig.sound() || ![start.hand, hand].into_iter().all(in_room) {
            return *self;
        }
        self.or_stay(self.pinned(hand, start.rig.point(start.hand)))
    }

    /// Follows both hands: the points of the plant that they took hold of are under them as nearly as
    /// one yaw, one scale and a shift allow, which is exactly for the middle, the distance (within
    /// `SCALE`) and the direction along the floor.
    ///
    /// Hands closer than 5 cm move the plant and leave its present yaw and scale; hands above each other
    /// leave its present yaw.
    pub fn two_hand_grab(&self, start: &Grab, left: Vec3, right: Vec3) -> Self {
        if !start.rig.sound() || ![start.left, start.right, left, right].into_iter().all(in_room) {
            return *self;
        }
        let (span_then, span_now) = (start.right - start.left, right - left);
        let apart = |measure: fn(Vec3) -> f32| measure(span_then).min(measure(span_now)) >= HANDS_CLOSE;
        let mut held = *self;
        if apart(Vec3::length) {
            held.scale = in_scale(start.rig.scale * span_then.length() / span_now.length());
        }
        if apart(|span| flat(span).length()) {
            held.yaw = wrapped(start.rig.yaw + yaw_of(span_then) - yaw_of(span_now));
        }
        let middle = start.rig.point((start.left + start.right) / 2.0);
        self.or_stay(held.pinned((left + right) / 2.0, middle))
    }

    /// The point of tracking space below the head that lies on the floor of the plant, lift and all.
    fn below(&self, head: TrackedPose) -> Vec3 {
        Vec3::new(head.position.x, -self.lift, head.position.z)
    }

    /// Shifted so that the point of tracking space lies on the point of the plant.
    fn pinned(self, tracked: Vec3, plant: Vec3) -> Self {
        Self { origin: plant - self.direction(self.scale * (tracked + self.lift * Vec3::Y)), ..self }
    }

    fn or_stay(&self, next: Self) -> Self {
        if next.sound() { next } else { *self }
    }
}

/// The way a head faces along the floor, of length 1; also where it looks straight up or down.
pub fn heading(rotation: Quat) -> Vec3 {
    let nose = rotation * Vec3::NEG_Z;
    // The crown of a head that looks down lies ahead, of one that looks up it lies behind.
    let ahead = if nose.y.abs() < STEEP { nose } else { rotation * Vec3::Y * -nose.y };
    flat(ahead).normalize_or(Vec3::NEG_Z)
}

/// The turn about +Y that brings -Z to this direction, radians.
pub(super) fn yaw_of(direction: Vec3) -> f32 {
    (-direction.x).atan2(-direction.z)
}

/// The same angle within -π..=π.
pub(super) fn wrapped(angle: f32) -> f32 {
    (angle + PI).rem_euclid(TAU) - PI
}

fn flat(vector: Vec3) -> Vec3 {
    Vec3::new(vector.x, 0.0, vector.z)
}

fn in_scale(scale: f32) -> f32 {
    scale.clamp(*SCALE.start(), *SCALE.end())
}

fn in_room(tracked: Vec3) -> bool {
    tracked.is_finite() && tracked.abs().max_element() <= ROOM
}

fn in_plant(point: Vec3) -> bool {
    point.is_finite() && point.abs().max_element() <= FARTHEST
}

#[cfg(test)]
mod tests;
