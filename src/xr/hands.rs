//! What the wearer's hands do, whatever they hold: controllers of any make, or nothing.

use bevy::prelude::*;

use super::rig::TrackedPose;

/// Which of the two hands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Side {
    Left,
    Right,
}

impl Side {
    pub const BOTH: [Self; 2] = [Self::Left, Self::Right];

    pub fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

/// One hand in this frame, in tracking space.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Hand {
    /// Where the ray begins, and -Z along it; none while the hand is not seen.
    pub aim: Option<TrackedPose>,
    /// Where something held in the hand lies.
    pub grip: Option<TrackedPose>,
    /// Tip of the index finger, for pressing things near by; of a controller its own tip.
    pub fingertip: Option<Vec3>,
    /// Joints in the order of OpenXR; empty where the hand is not tracked by itself.
    pub joints: Vec<Vec3>,
    /// 0 to 1: a pulled trigger, or thumb and index finger together.
    pub trigger: f32,
    /// 0 to 1: a squeezed grip, or a fist.
    pub squeeze: f32,
    pub stick: Vec2,
    /// A or X: the wrist menu.
    pub primary: bool,
    /// B or Y: the tablet.
    pub secondary: bool,
    /// The tracked hand itself acts, no controller.
    pub bare: bool,
}

/// Both hands in this frame.
#[derive(Resource, Clone, PartialEq, Default, Debug)]
pub struct Hands {
    pub left: Hand,
    pub right: Hand,
}

impl Hands {
    pub fn of(&self, side: Side) -> &Hand {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }

    pub fn of_mut(&mut self, side: Side) -> &mut Hand {
        match side {
            Side::Left => &mut self.left,
            Side::Right => &mut self.right,
        }
    }
}

/// A short knock in a hand.
#[derive(Message, Clone, Copy, PartialEq, Debug)]
pub struct Knock {
    pub side: Side,
    /// 0 to 1.
    pub strength: f32,
}

/// Turns a pull of 0 to 1 into presses: down beyond one bound, up below a lower one, so that a finger
/// that trembles at the bound does not press twice.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Press {
    down: bool,
}

/// What a press did in this frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Edge {
    Pressed,
    Released,
    None,
}

impl Press {
    const DOWN: f32 = 0.7;
    const UP: f32 = 0.4;

    pub fn update(&mut self, pull: f32) -> Edge {
        let before = self.down;
        self.down = if before { pull > Self::UP } else { pull >= Self::DOWN };
        match (before, self.down) {
            (false, true) => Edge::Pressed,
            (true, false) => Edge::Released,
            _ => Edge::None,
        }
    }

    pub fn down(self) -> bool {
        self.down
    }
}

/// Places of joints in the list of OpenXR.
mod joint {
    pub const PALM: usize = 0;
    pub const THUMB_TIP: usize = 5;
    pub const INDEX_PROXIMAL: usize = 7;
    pub const INDEX_TIP: usize = 10;
    pub const OTHER_TIPS: [usize; 3] = [15, 20, 25];
    pub const COUNT: usize = 26;
}

/// Reads from the joints of a bare hand what a controller would say. The ray goes from the shoulder
/// through the root of the index finger, as people point; the shoulder is taken from the head.
pub fn read_bare_hand(hand: &mut Hand, side: Side, head: TrackedPose) {
    if hand.joints.len() != joint::COUNT {
        return;
    }
    let at = |joint: usize| hand.joints[joint];
    let (forward, _) = level(head.rotation);
    let right = forward.cross(Vec3::Y);
    let aside = if side == Side::Left { -0.17 } else { 0.17 };
    let shoulder = head.position + right * aside - Vec3::Y * 0.22;
    let root = at(joint::INDEX_PROXIMAL);
    let Ok(direction) = Dir3::new(root - shoulder) else { return };
    hand.aim = Some(TrackedPose { position: root, rotation: looking_along(direction) });
    hand.fingertip = Some(at(joint::INDEX_TIP));
    let apart = at(joint::THUMB_TIP).distance(at(joint::INDEX_TIP));
    hand.trigger = closeness(apart, 0.015, 0.045);
    let palm = at(joint::PALM);
    let tips = joint::OTHER_TIPS.map(|tip| at(tip).distance(palm));
    hand.squeeze = closeness(tips.iter().sum::<f32>() / tips.len() as f32, 0.05, 0.085);
    hand.bare = true;
}

/// 1 at `near` and closer, 0 at `far` and farther.
fn closeness(distance: f32, near: f32, far: f32) -> f32 {
    ((far - distance) / (far - near)).clamp(0.0, 1.0)
}

/// Horizontal direction of view and turn about the vertical; straight up or down, that of the crown.
pub fn level(rotation: Quat) -> (Vec3, f32) {
    let forward = rotation * Vec3::NEG_Z;
    let flat = Vec3::new(forward.x, 0.0, forward.z);
    let flat = if flat.length() > 0.05 {
        flat
    } else {
        let crown = rotation * Vec3::Y;
        Vec3::new(crown.x, 0.0, crown.z) * -forward.y.signum()
    };
    let flat = flat.normalize_or(Vec3::NEG_Z);
    (flat, (-flat.x).atan2(-flat.z))
}

/// The rotation that turns -Z into a direction, upright as far as may be.
pub fn looking_along(direction: Dir3) -> Quat {
    let up = if direction.y.abs() > 0.99 { Vec3::X } else { Vec3::Y };
    Transform::IDENTITY.looking_to(direction, up).rotation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trembling_finger_presses_once() {
        let mut press = Press::default();
        let pulls = [0.0, 0.5, 0.71, 0.65, 0.72, 0.5, 0.41, 0.4, 0.69, 0.7];
        let edges: Vec<Edge> = pulls.iter().map(|pull| press.update(*pull)).collect();
        use Edge::{None, Pressed, Released};
        assert_eq!(edges, [None, None, Pressed, None, None, None, None, Released, None, Pressed]);
    }

    #[test]
    fn a_bare_hand_pinches_and_points_from_the_shoulder() {
        let head = TrackedPose { position: Vec3::new(0.0, 1.7, 0.0), rotation: Quat::IDENTITY };
        let mut joints = vec![Vec3::new(0.17, 1.48, -0.5); joint::COUNT];
        joints[joint::THUMB_TIP] = Vec3::new(0.17, 1.48, -0.55);
        joints[joint::INDEX_TIP] = Vec3::new(0.17, 1.48, -0.58);
        for tip in joint::OTHER_TIPS {
            joints[tip] = Vec3::new(0.17, 1.48, -0.6);
        }
        let mut hand = Hand { joints, ..default() };
        read_bare_hand(&mut hand, Side::Right, head);
        // The right shoulder is straight behind the hand: the ray goes straight ahead.
        let aim = hand.aim.expect("a ray");
        assert!((aim.rotation * Vec3::NEG_Z).distance(Vec3::NEG_Z) < 1e-5);
        assert!((hand.trigger - 0.5).abs() < 1e-3, "3 cm is half way from 1.5 to 4.5: {}", hand.trigger);
        assert_eq!(hand.squeeze, 0.0, "fingers are stretched");
        assert!(hand.bare);
    }

    #[test]
    fn a_hand_without_all_joints_says_nothing() {
        let mut hand = Hand { joints: vec![Vec3::ZERO; 5], ..default() };
        read_bare_hand(&mut hand, Side::Left, TrackedPose { position: Vec3::ZERO, rotation: Quat::IDENTITY });
        assert_eq!(hand.aim, None);
    }

    #[test]
    fn the_turn_of_a_head_is_that_of_its_view_and_straight_down_that_of_its_crown() {
        let (forward, yaw) = level(Quat::from_rotation_y(0.7) * Quat::from_rotation_x(-0.4));
        assert!((yaw - 0.7).abs() < 1e-5);
        assert!(forward.distance(Quat::from_rotation_y(0.7) * Vec3::NEG_Z) < 1e-5);
        let (_, yaw) = level(Quat::from_rotation_y(0.7) * Quat::from_rotation_x(-std::f32::consts::FRAC_PI_2));
        assert!((yaw - 0.7).abs() < 1e-3, "{yaw}");
    }
}
