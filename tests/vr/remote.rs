//! Moves the headset and the hands of Monado's remote driver.
//!
//! The driver takes packets over TCP and keeps the last one: nothing is smoothed, predicted or forgotten,
//! so one is sent on every change and none in between. Layout: `r_interface.h` of Monado 25,
//! little endian, no gaps. Positions are in the stage, the origin on the floor [m].

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bevy::math::{Quat, Vec2, Vec3};
use bevy::transform::components::Transform;

use crate::wait;

const HEADER: &[u8; 8] = b"mndrmt3\0";
const PACKET: usize = 376;
/// Field of view and pose of each eye, which the driver works out itself unless told that they are valid.
const EYES: usize = 96;
const LIMIT: Duration = Duration::from_secs(20);
/// From here on a trigger counts as clicked.
const CLICK: f32 = 0.9;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hand {
    Left,
    Right,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Button {
    A,
    B,
    /// The menu button of a Touch profile; hidden from programs that use the Index profile.
    System,
    Stick,
}

/// Looks along -Z, as in OpenXR.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    pub rotation: Quat,
    pub position: Vec3,
}

impl Pose {
    /// At a position and turned to a target, upright.
    pub fn towards(position: Vec3, target: Vec3) -> Self {
        let turned = Transform::from_translation(position).looking_at(target, Vec3::Y);
        Self { rotation: turned.rotation, position }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Controller {
    /// Grip and aim both: the driver makes no difference.
    pub pose: Pose,
    /// Little, ring, middle, index, thumb: 0 straight, 1 curled. Moves the joints of the tracked hand.
    pub curls: [f32; 5],
    pub trigger: f32,
    pub squeeze: f32,
    pub stick: Vec2,
    /// Whether the joints of the hand are tracked.
    pub joints: bool,
    /// Whether the controller is there: without, its buttons are not active and its pose is not valid.
    pub active: bool,
    pub system: bool,
    pub a: bool,
    pub b: bool,
    pub stick_click: bool,
}

pub struct Remote {
    pub head: Pose,
    pub left: Controller,
    pub right: Controller,
    stream: TcpStream,
}

impl Remote {
    /// Takes over head and hands as they are. A runtime that was killed needs a new connection.
    ///
    /// # Panics
    /// Where no remote driver listens at this port of the machine.
    #[track_caller]
    pub fn connect(port: u16) -> Self {
        let missing = || format!("no remote driver at port {port}");
        let mut stream = wait::until(LIMIT, missing, || TcpStream::connect(("127.0.0.1", port)).ok());
        stream.set_nodelay(true).expect("an option of the connection");
        stream.set_read_timeout(Some(LIMIT)).expect("an option of the connection");
        let mut packet = [0; PACKET];
        // First the pose that it begins with, then the present one.
        for _ in 0..2 {
            stream.read_exact(&mut packet).expect("the remote driver sends where head and hands are");
        }
        assert!(packet.starts_with(HEADER) || packet.starts_with(&[0; 8]), "another version of the remote driver");
        let mut fields = Fields(&packet[HEADER.len() + EYES..]);
        let head = fields.pose();
        // Whether the eyes' own data are valid, and a gap.
        fields.flags::<4>();
        Self { head, left: fields.controller(), right: fields.controller(), stream }
    }

    /// The head at a position, looking at a target.
    pub fn look_from(&mut self, position: Vec3, target: Vec3) {
        self.head = Pose::towards(position, target);
        self.send();
    }

    /// A hand at a position, pointing at a target.
    pub fn point(&mut self, hand: Hand, position: Vec3, target: Vec3) {
        self.change(hand, |controller| controller.pose = Pose::towards(position, target));
    }

    /// 0 to 1.
    pub fn trigger(&mut self, hand: Hand, pulled: f32) {
        self.change(hand, |controller| controller.trigger = pulled);
    }

    /// 0 to 1.
    pub fn squeeze(&mut self, hand: Hand, squeezed: f32) {
        self.change(hand, |controller| controller.squeeze = squeezed);
    }

    /// -1 to 1; right and forward are positive.
    pub fn stick(&mut self, hand: Hand, x: f32, y: f32) {
        self.change(hand, |controller| controller.stick = Vec2::new(x, y));
    }

    /// The program looks once a frame (20 a second at most): hold a button until the program shows that it saw it.
    pub fn hold(&mut self, hand: Hand, button: Button, held: bool) {
        self.change(hand, |controller| match button {
            Button::A => controller.a = held,
            Button::B => controller.b = held,
            Button::System => controller.system = held,
            Button::Stick => controller.stick_click = held,
        });
    }

    /// Anything else about a hand.
    pub fn change(&mut self, hand: Hand, change: impl FnOnce(&mut Controller)) {
        change(match hand {
            Hand::Left => &mut self.left,
            Hand::Right => &mut self.right,
        });
        self.send();
    }

    /// Only needed after a field was set directly.
    #[track_caller]
    pub fn send(&mut self) {
        let packet = packet(&self.head, &self.left, &self.right);
        self.stream.write_all(&packet).expect("the remote driver listens");
    }
}

fn packet(head: &Pose, left: &Controller, right: &Controller) -> Vec<u8> {
    let mut packet = HEADER.to_vec();
    packet.extend([0; EYES]);
    put_pose(&mut packet, head);
    packet.extend([0; 4]);
    put_controller(&mut packet, left);
    put_controller(&mut packet, right);
    packet
}

fn put_floats(packet: &mut Vec<u8>, values: &[f32]) {
    packet.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}

fn put_pose(packet: &mut Vec<u8>, pose: &Pose) {
    put_floats(packet, &pose.rotation.to_array());
    put_floats(packet, &pose.position.to_array());
}

fn put_controller(packet: &mut Vec<u8>, controller: &Controller) {
    put_pose(packet, &controller.pose);
    // It stands still: linear and angular velocity.
    put_floats(packet, &[0.0; 6]);
    put_floats(packet, &controller.curls);
    // The grip of an Index measures force only once the hand is closed.
    let force = if controller.squeeze >= 1.0 { 1.0 } else { 0.0 };
    put_floats(packet, &[controller.trigger, controller.squeeze, force]);
    put_floats(packet, &controller.stick.to_array());
    // The trackpad: force, x, y.
    put_floats(packet, &[0.0; 3]);
    let Controller { joints, active, system, a, b, stick_click, .. } = *controller;
    let trigger_touch = controller.trigger > 0.0;
    let stick_touch = stick_click || controller.stick != Vec2::ZERO;
    let trigger = [controller.trigger >= CLICK, trigger_touch];
    packet.extend([joints, active, system, system, a, a, b, b].map(u8::from));
    packet.extend([trigger[0], trigger[1], stick_click, stick_touch].map(u8::from));
    // Trackpad touch and a gap.
    packet.extend([0; 4]);
}

/// The fields of a packet, one after another.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn floats<const N: usize>(&mut self) -> [f32; N] {
        let bytes = self.0.split_off(..4 * N).expect("a whole packet");
        std::array::from_fn(|i| f32::from_le_bytes(std::array::from_fn(|byte| bytes[4 * i + byte])))
    }

    fn flags<const N: usize>(&mut self) -> [bool; N] {
        let bytes = self.0.split_off(..N).expect("a whole packet");
        std::array::from_fn(|i| bytes[i] != 0)
    }

    fn pose(&mut self) -> Pose {
        Pose { rotation: Quat::from_array(self.floats()), position: Vec3::from_array(self.floats()) }
    }

    fn controller(&mut self) -> Controller {
        let pose = self.pose();
        let _velocities = self.floats::<6>();
        let curls = self.floats();
        let [trigger, squeeze, _force] = self.floats();
        let stick = Vec2::from_array(self.floats());
        let _trackpad = self.floats::<3>();
        let [joints, active, system, _, a, _, b, _, _, _, stick_click, ..] = self.flags::<16>();
        Controller { pose, curls, trigger, squeeze, stick, joints, active, system, a, b, stick_click }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    fn still() -> Controller {
        Controller {
            pose: Pose { rotation: Quat::IDENTITY, position: Vec3::ZERO },
            curls: [0.0; 5],
            trigger: 0.0,
            squeeze: 0.0,
            stick: Vec2::ZERO,
            joints: true,
            active: true,
            system: false,
            a: false,
            b: false,
            stick_click: false,
        }
    }

    /// Offsets counted from `r_interface.h` by hand.
    #[test]
    fn fields_lie_where_the_driver_reads_them() {
        let head = Pose { rotation: Quat::from_xyzw(0.1, 0.2, 0.3, 0.9), position: Vec3::new(1.0, 1.7, -2.0) };
        let hand = Pose { rotation: Quat::IDENTITY, position: Vec3::new(5.0, 6.0, 7.0) };
        let left = Controller { pose: hand, curls: [0.1, 0.2, 0.3, 0.4, 0.5], ..still() };
        let right =
            Controller { trigger: 1.0, squeeze: 0.5, stick: Vec2::new(-1.0, 0.25), b: true, joints: false, ..still() };
        let packet = packet(&head, &left, &right);
        let float = |at: usize| f32::from_le_bytes(std::array::from_fn(|i| packet[at + i]));

        assert_eq!(packet.len(), PACKET);
        assert_eq!(&packet[..8], b"mndrmt3\0");
        assert_eq!([float(104), float(108), float(112), float(116)], [0.1, 0.2, 0.3, 0.9]);
        assert_eq!([float(120), float(124), float(128)], [1.0, 1.7, -2.0]);
        assert_eq!(packet[132], 0, "the driver works the eyes out");
        assert_eq!([float(136 + 12), float(136 + 16), float(136 + 24)], [1.0, 5.0, 7.0]);
        assert_eq!([float(136 + 52), float(136 + 68)], [0.1, 0.5]);
        assert_eq!(packet[136 + 104..][..16], [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!([float(256 + 72), float(256 + 76), float(256 + 80)], [1.0, 0.5, 0.0]);
        assert_eq!([float(256 + 84), float(256 + 88)], [-1.0, 0.25]);
        assert_eq!(packet[256 + 104..][..16], [0, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 1, 0, 0, 0, 0]);
    }

    #[test]
    fn what_turns_to_a_target_has_it_on_its_axis() {
        let (position, target) = (Vec3::new(1.0, 1.6, 2.0), Vec3::new(-3.0, 0.2, -1.0));
        let ahead = Pose::towards(position, target).rotation * Vec3::NEG_Z;
        assert!(ahead.distance((target - position).normalize()) < 1e-5, "{ahead}");
    }

    /// Listens as the driver does.
    #[test]
    fn each_change_is_sent_at_once_and_keeps_the_rest() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let begin = Pose { rotation: Quat::IDENTITY, position: Vec3::Y };
        let driver = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let reset = packet(&begin, &still(), &still());
            stream.write_all(&reset).expect("sent");
            stream.write_all(&reset).expect("sent");
            let mut last = vec![0; PACKET];
            for _ in 0..9 {
                stream.read_exact(&mut last).expect("a packet");
            }
            last
        });

        let mut remote = Remote::connect(port);
        assert_eq!((remote.head, remote.left, remote.right), (begin, still(), still()));
        let (there, target) = (Vec3::new(0.5, 1.7, 0.25), Vec3::new(0.0, 1.0, -5.0));
        remote.look_from(there, target);
        remote.point(Hand::Right, Vec3::ONE, target);
        remote.trigger(Hand::Right, 0.5);
        remote.squeeze(Hand::Right, 1.0);
        remote.stick(Hand::Left, 0.0, 1.0);
        remote.hold(Hand::Left, Button::A, true);
        remote.hold(Hand::Left, Button::System, true);
        remote.hold(Hand::Right, Button::B, true);
        remote.hold(Hand::Right, Button::Stick, true);

        let left = Controller { stick: Vec2::Y, a: true, system: true, ..still() };
        let pose = Pose::towards(Vec3::ONE, target);
        let right = Controller { pose, trigger: 0.5, squeeze: 1.0, b: true, stick_click: true, ..still() };
        assert_eq!(driver.join().expect("it ends"), packet(&Pose::towards(there, target), &left, &right));
    }
}
