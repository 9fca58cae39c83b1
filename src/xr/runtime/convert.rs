//! Numbers of OpenXR as those of the house, and none where they are no numbers.

use bevy::math::{Quat, Vec3};
use openxr::{Fovf, Posef, Quaternionf, Vector3f};

use crate::xr::rig::TrackedPose;
use crate::xr::wearer::Sight;

pub fn vec3(vector: Vector3f) -> Vec3 {
    Vec3::new(vector.x, vector.y, vector.z)
}

/// None where a number is not finite or the rotation is none.
pub fn tracked(pose: Posef) -> Option<TrackedPose> {
    let Quaternionf { x, y, z, w } = pose.orientation;
    let rotation = Quat::from_xyzw(x, y, z, w);
    let position = vec3(pose.position);
    let usable = position.is_finite() && rotation.is_finite() && rotation.length() > 0.5;
    usable.then(|| TrackedPose { position, rotation: rotation.normalize() })
}

/// None where the angles leave nothing to see.
pub fn sight(angles: Fovf) -> Option<Sight> {
    let Fovf { angle_left: left, angle_right: right, angle_up: up, angle_down: down } = angles;
    let bound = std::f32::consts::FRAC_PI_2;
    let usable = [left, right, up, down].iter().all(|angle| angle.is_finite() && angle.abs() < bound);
    (usable && right - left > 0.01 && up - down > 0.01).then_some(Sight { left, right, up, down })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_pose_is_none() {
        let pose = |w: f32, y: f32| Posef {
            orientation: Quaternionf { x: 0.0, y: 0.0, z: 0.0, w },
            position: Vector3f { x: 0.0, y, z: 0.0 },
        };
        assert_eq!(tracked(pose(2.0, 1.0)).map(|pose| pose.rotation), Some(Quat::IDENTITY));
        assert_eq!(tracked(pose(0.0, 1.0)), None);
        assert_eq!(tracked(pose(f32::NAN, 1.0)), None);
        assert_eq!(tracked(pose(1.0, f32::INFINITY)), None);
    }

    #[test]
    fn an_eye_that_sees_nothing_is_none() {
        let eye =
            |left: f32, right: f32| Fovf { angle_left: left, angle_right: right, angle_up: 0.7, angle_down: -0.7 };
        assert!(sight(eye(-0.8, 0.6)).is_some());
        assert_eq!(sight(eye(0.6, 0.6)), None);
        assert_eq!(sight(eye(-1.6, 0.6)), None);
        assert_eq!(sight(eye(f32::NAN, 0.6)), None);
    }
}
