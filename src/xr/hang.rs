//! Where panels hang: the tablet where it was put or in the hand that carries it, the menu at a wrist, cards
//! beside their equipment, the badge at the lower edge of sight.

use bevy::prelude::*;
use bevy_egui::EguiPreUpdateSet;

use super::hands::{Edge, Hands, Press, Side, level};
use super::panel::{self, Hung, PanelKind, Pins};
use super::pointer::{Aim, Pointers};
use super::rig::{PlantPose, Rig, TrackedPose};
use super::wearer::Wearer;
use crate::domain::asset::AssetId;
use crate::view::extent::Extents;

/// Which panels are open.
#[derive(Resource, Clone, PartialEq, Default, Debug)]
pub struct Open {
    /// Written by `app`: the tablet can be closed by its own button.
    pub tablet: bool,
    /// The tablet has a field that wants text. Written by `app`.
    pub keyboard: bool,
    /// The hand at whose wrist the menu is.
    pub wrist: Option<Side>,
}

/// The hand that carries the tablet.
#[derive(Resource, Clone, Copy, PartialEq, Default, Debug)]
pub struct Carried {
    pub hand: Option<Side>,
}

/// A button of a controller that means a panel.
#[derive(Message, Clone, Copy, PartialEq, Eq, Debug)]
pub enum PanelWish {
    /// Open or close the tablet.
    Tablet,
}

/// Where the tablet hangs, in tracking space: it goes along when the wearer is elsewhere.
#[derive(Resource, Clone, Copy, PartialEq, Default, Debug)]
pub(super) struct TabletPlace {
    at: Option<TrackedPose>,
    /// In the hand that carries it: the tablet as the hand sees it.
    held: Option<(Vec3, Quat)>,
    badge: Option<TrackedPose>,
}

/// Presses of the buttons of both hands.
#[derive(Resource, Default)]
struct Buttons {
    primary: [Press; 2],
    secondary: [Press; 2],
    squeeze: [Press; 2],
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Open>()
        .init_resource::<Carried>()
        .init_resource::<TabletPlace>()
        .init_resource::<Buttons>()
        .add_message::<PanelWish>()
        .add_systems(PreUpdate, (press, carry, hang_own).chain().before(EguiPreUpdateSet::InitContexts))
        .add_systems(PostUpdate, hang_pins.before(panel::place));
}

/// A bare hand opens the menu by showing its palm for this long.
const PALM_SECS: f32 = 0.6;

fn press(
    time: Res<Time<Real>>,
    hands: Res<Hands>,
    wearer: Res<Wearer>,
    mut buttons: ResMut<Buttons>,
    mut open: ResMut<Open>,
    mut wishes: MessageWriter<PanelWish>,
    mut shown_secs: Local<[f32; 2]>,
) {
    for (index, side) in Side::BOTH.into_iter().enumerate() {
        let hand = hands.of(side);
        let number = |down: bool| if down { 1.0 } else { 0.0 };
        if buttons.primary[index].update(number(hand.primary)) == Edge::Pressed {
            let wanted = if open.wrist == Some(side) { None } else { Some(side) };
            open.wrist = wanted;
        }
        if buttons.secondary[index].update(number(hand.secondary)) == Edge::Pressed {
            wishes.write(PanelWish::Tablet);
        }
        let palm = hand.bare && shows_palm(&hand.joints, side, wearer.head);
        shown_secs[index] = if palm { shown_secs[index] + time.delta_secs() } else { 0.0 };
        if palm && shown_secs[index] > PALM_SECS {
            open.wrist = Some(side);
        } else if hand.bare && !palm && open.wrist == Some(side) {
            open.wrist = None;
        }
    }
}

/// The inside of a bare hand is turned to the eyes.
fn shows_palm(joints: &[Vec3], side: Side, head: TrackedPose) -> bool {
    let [Some(palm), Some(index), Some(little)] = [0, 7, 22].map(|joint| joints.get(joint).copied()) else {
        return false;
    };
    let across = if side == Side::Right { index - little } else { little - index };
    let along = (index + little) / 2.0 - palm;
    let facing = across.cross(along).normalize_or_zero();
    facing.dot((head.position - palm).normalize_or_zero()) > 0.7
}

/// A squeezed grip on the tablet takes it along; let go, it stays.
fn carry(
    hands: Res<Hands>,
    pointers: Res<Pointers>,
    open: Res<Open>,
    mut buttons: ResMut<Buttons>,
    mut carried: ResMut<Carried>,
    mut place: ResMut<TabletPlace>,
) {
    for (index, side) in Side::BOTH.into_iter().enumerate() {
        let hand = hands.of(side);
        let edge = buttons.squeeze[index].update(hand.squeeze);
        let on_tablet = matches!(pointers.of(side).aim, Aim::Panel(touch) if touch.kind == PanelKind::Tablet);
        let Some(grip) = hand.grip.or(hand.aim) else {
            if carried.hand == Some(side) {
                carried.hand = None;
            }
            continue;
        };
        if edge == Edge::Pressed
            && on_tablet
            && open.tablet
            && let Some(at) = place.at
        {
            let inverse = grip.rotation.inverse();
            place.held = Some((inverse * (at.position - grip.position), inverse * at.rotation));
            carried.hand = Some(side);
        }
        if carried.hand == Some(side) {
            if edge == Edge::Released || !open.tablet {
                carried.hand = None;
            } else if let Some((offset, turn)) = place.held {
                place.at = Some(TrackedPose {
                    position: grip.position + grip.rotation * offset,
                    rotation: grip.rotation * turn,
                });
            }
        }
    }
}

/// Hangs what belongs to the wearer.
pub(super) fn hang_own(
    hands: Res<Hands>,
    wearer: Res<Wearer>,
    rig: Res<Rig>,
    open: Res<Open>,
    pointers: Res<Pointers>,
    mut place: ResMut<TabletPlace>,
    mut panels: Query<(&PanelKind, &mut Hung)>,
) {
    let shown = wearer.eyes.is_some();
    if !open.tablet {
        place.at = None;
    } else if place.at.is_none() {
        place.at = Some(before_head(wearer.head));
    }
    place.badge = Some(lagging(place.badge, badge_before(wearer.head)));
    for (kind, mut hung) in &mut panels {
        let tracked = match kind {
            PanelKind::Tablet => place.at,
            PanelKind::Keyboard => place.at.filter(|_| open.keyboard).map(below_tablet),
            PanelKind::Wrist => open.wrist.and_then(|side| at_wrist(&hands, side, wearer.head)),
            PanelKind::Badge => place.badge,
            PanelKind::Name => {
                let wanted = pointers.hovered().filter(|_| shown).map(|(_, point)| over_point(point, &wearer, &rig));
                hung.set_if_neq(wanted.unwrap_or_default());
                continue;
            }
            PanelKind::Pinned(_) | PanelKind::Signs => continue,
        };
        let pose = tracked.filter(|_| shown).map(|tracked| rig.pose(tracked));
        hung.set_if_neq(Hung { pose, scale: rig.scale });
    }
}

/// Half a metre before the eyes and a little below them, turned towards them.
fn before_head(head: TrackedPose) -> TrackedPose {
    let (forward, yaw) = level(head.rotation);
    let position = head.position + forward * 0.5 - Vec3::Y * 0.18;
    TrackedPose { position, rotation: Quat::from_rotation_y(yaw) * Quat::from_rotation_x(-0.35) }
}

fn below_tablet(tablet: TrackedPose) -> TrackedPose {
    let tilt = Quat::from_rotation_x(-0.5);
    TrackedPose {
        position: tablet.position + tablet.rotation * Vec3::new(0.0, -0.32, 0.05),
        rotation: tablet.rotation * tilt,
    }
}

/// Beside the wrist on its inner side, turned to the eyes.
fn at_wrist(hands: &Hands, side: Side, head: TrackedPose) -> Option<TrackedPose> {
    let hand = hands.of(side);
    let grip =
        hand.grip.map(|grip| grip.position).or(hand.joints.first().copied()).or(hand.aim.map(|aim| aim.position))?;
    let (forward, _) = level(head.rotation);
    let right = forward.cross(Vec3::Y);
    let aside = if side == Side::Left { 0.1 } else { -0.1 };
    let position = grip + right * aside + Vec3::Y * 0.06;
    Some(TrackedPose { position, rotation: facing(position, head.position)? })
}

fn badge_before(head: TrackedPose) -> TrackedPose {
    let (forward, _) = level(head.rotation);
    // Below the line of sight, however the head is held, as far as the neck allows.
    let ahead = (head.rotation * Vec3::new(0.0, -0.36, -1.0)).normalize_or(forward);
    let position = head.position + ahead;
    TrackedPose { position, rotation: facing(position, head.position).unwrap_or(head.rotation) }
}

/// Follows slowly: what is nailed to the head is hard to look at.
fn lagging(before: Option<TrackedPose>, wanted: TrackedPose) -> TrackedPose {
    match before {
        Some(before) if before.position.distance(wanted.position) < 0.8 => TrackedPose {
            position: before.position.lerp(wanted.position, 0.15),
            rotation: before.rotation.slerp(wanted.rotation, 0.15),
        },
        _ => wanted,
    }
}

/// Upright, front towards an eye.
pub(super) fn facing(position: Vec3, eye: Vec3) -> Option<Quat> {
    let back = Dir3::new(position - eye).ok()?;
    let up = if back.y.abs() > 0.99 { Vec3::X } else { Vec3::Y };
    Some(Transform::IDENTITY.looking_to(back, up).rotation)
}

/// A sign at a place of the plant, as large as at arm's length however far it is.
fn over_point(point: Vec3, wearer: &Wearer, rig: &Rig) -> Hung {
    let eye = rig.point(wearer.head.position);
    let distance = eye.distance(point);
    let size = PanelKind::Name.size();
    let scale = (distance / size.distance_m).clamp(0.3 * rig.scale, 40.0 * rig.scale);
    let nearer = point.lerp(eye, 0.08) + Vec3::Y * size.metres[1] * scale;
    let pose = facing(nearer, eye).map(|rotation| PlantPose { position: nearer, rotation });
    Hung { pose, scale }
}

/// Cards hang before their equipment, towards the side on the wearer's right, at the height of the eyes: beside it,
/// a neighbour would hide them.
fn hang_pins(
    wearer: Res<Wearer>,
    rig: Res<Rig>,
    pins: Res<Pins>,
    extents: Extents,
    mut panels: Query<(&PanelKind, &mut Hung)>,
) {
    let eye = rig.point(wearer.head.position);
    let hang = |asset: AssetId| -> Option<Hung> {
        let extent = extents.of_asset(asset)?;
        let centre = extent.centre();
        let towards = (eye - centre).with_y(0.0).normalize_or(Vec3::Z);
        let aside = Vec3::Y.cross(towards);
        let reach = (extent.high - extent.low) / 2.0;
        let half = aside.abs().dot(reach);
        let depth = towards.abs().dot(reach);
        let size = PanelKind::Pinned(0).size();
        let place = centre + aside * half * 0.75 + towards * (depth + 0.3 * rig.scale);
        let distance = (eye - place).with_y(0.0).length() / rig.scale;
        let scale = (distance / size.distance_m).clamp(0.5, 3.0) * rig.scale;
        let height = (eye.y - 0.15 * rig.scale).clamp(extent.low.y, extent.high.y + size.metres[1] * scale);
        let position = place.with_y(height);
        let rotation = facing(position, eye.with_y(height))?;
        Some(Hung { pose: Some(PlantPose { position, rotation }), scale })
    };
    for (kind, mut hung) in &mut panels {
        let PanelKind::Pinned(index) = kind else { continue };
        let asset = pins.0.get(*index).copied().flatten().filter(|_| wearer.eyes.is_some());
        hung.set_if_neq(asset.and_then(hang).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tablet_opens_before_the_eyes_and_looks_at_them() {
        let head = TrackedPose { position: Vec3::new(1.0, 1.7, 2.0), rotation: Quat::from_rotation_y(1.0) };
        let tablet = before_head(head);
        let way = tablet.position - head.position;
        assert!((way.with_y(0.0).length() - 0.5).abs() < 1e-5);
        assert!((head.rotation * Vec3::NEG_Z).dot(way.with_y(0.0).normalize()) > 0.999);
        let front = tablet.rotation * Vec3::Z;
        assert!(front.dot(-way.normalize()) > 0.99, "{front} {way}");
    }

    #[test]
    fn what_faces_an_eye_is_upright() {
        let rotation = facing(Vec3::new(3.0, 1.0, 0.0), Vec3::new(0.0, 1.0, 0.0)).expect("a way to look");
        assert!((rotation * Vec3::Z).distance(Vec3::NEG_X) < 1e-5);
        assert!((rotation * Vec3::Y).distance(Vec3::Y) < 1e-5);
    }

    #[test]
    fn the_menu_of_a_bare_hand_comes_with_its_palm() {
        let head = TrackedPose { position: Vec3::new(0.0, 1.7, 0.0), rotation: Quat::IDENTITY };
        // A right hand, fingers up, palm towards the face: its thumb side is then to the right.
        let mut joints = vec![Vec3::ZERO; 26];
        joints[0] = Vec3::new(0.0, 1.6, -0.4);
        joints[7] = Vec3::new(0.03, 1.7, -0.4);
        joints[22] = Vec3::new(-0.03, 1.7, -0.4);
        assert!(shows_palm(&joints, Side::Right, head));
        assert!(!shows_palm(&joints, Side::Left, head), "that would be the back of a left hand");
        assert!(!shows_palm(&joints[..5], Side::Right, head));
    }
}
