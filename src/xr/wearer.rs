//! What the runtime says of the wearer, in this frame.

use std::time::Duration;

use bevy::prelude::*;
use bevy::render::render_resource::TextureFormat;

use super::rig::TrackedPose;
use crate::domain::headset::HeadsetLink;

/// How one eye sees: where it is, and how far to each side.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct EyeView {
    pub pose: TrackedPose,
    pub sight: Sight,
}

/// Angles from straight ahead, in radians: to the left and down they are negative.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sight {
    pub left: f32,
    pub right: f32,
    pub up: f32,
    pub down: f32,
}

/// The pictures that the headset takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PictureKind {
    /// Pixels of one eye.
    pub size: UVec2,
    pub format: TextureFormat,
}

/// The headset and who wears it.
#[derive(Resource, Clone, PartialEq, Debug)]
pub struct Wearer {
    pub link: HeadsetLink,
    /// Name of device and runtime; of the last one while there is none.
    pub device: String,
    /// None while there is no session.
    pub picture: Option<PictureKind>,
    /// Left and right eye; none while the headset wants no picture.
    pub eyes: Option<[EyeView; 2]>,
    /// The last place of the head, in tracking space.
    pub head: TrackedPose,
    pub frame: FrameCount,
}

/// How frames kept time.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct FrameCount {
    /// From one picture to the next, as the headset wants it.
    pub budget: Duration,
    /// What the last frame took.
    pub taken: Duration,
    /// Pictures shown since the session began.
    pub shown: u64,
    /// Pictures that came too late, since the session began.
    pub missed: u64,
}

impl Default for Wearer {
    fn default() -> Self {
        Self {
            link: HeadsetLink::Searching { why: String::new() },
            device: String::new(),
            picture: None,
            eyes: None,
            head: TrackedPose { position: Vec3::new(0.0, 1.6, 0.0), rotation: Quat::IDENTITY },
            frame: FrameCount::default(),
        }
    }
}

/// The head between two eyes.
pub fn head_of(eyes: &[EyeView; 2]) -> TrackedPose {
    let [left, right] = eyes;
    TrackedPose {
        position: (left.pose.position + right.pose.position) / 2.0,
        rotation: left.pose.rotation.slerp(right.pose.rotation, 0.5),
    }
}
