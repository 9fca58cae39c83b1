//! How the wearer gets about: teleport, snap turn, grabbing the plant, standing at places, the table-top model.

use std::time::Duration;

use bevy::post_process::effect_stack::Vignette as Edges;
use bevy::prelude::*;

use super::FLOOR_Y;
use super::arc::{Arc, Hit, Landing};
use super::comfort::{Blink, Vignette};
use super::eyes::{Eye, WearerGizmos};
use super::hands::{Edge, Hands, Press, Side, level};
use super::hang::Carried;
use super::pointer::{Aim, Pointers, Pulled};
use super::rig::{Grab, HandGrab, Rig, TrackedPose};
use super::stick::{Jump, SnapTurn, TeleportStick};
use super::wearer::Wearer;
use crate::domain::headset::Turn;
use crate::view::TwinSystems;
use crate::view::extent::Extent;
use crate::view::select::SceneRays;

/// Where the wearer is asked to be.
#[derive(Message, Clone, Copy, PartialEq, Debug)]
pub enum Walk {
    /// On the floor below an eye, facing a place.
    Stand { eye: Vec3, focus: Vec3 },
    /// Before something, as near as shows it.
    Visit(Extent),
    /// The plant, of this extent, as a model on a table; none back to full size.
    TableTop(Option<Extent>),
    /// Eyes as high as standing ones, though the wearer sits.
    Seated(bool),
    /// The eyes at standing height from now on.
    ResetHeight,
}

/// How the wearer came to be elsewhere.
#[derive(Message, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moved {
    Teleport,
    Turn,
    Grab,
    Place,
    TableTop,
    Height,
}

impl Moved {
    pub fn name(self) -> &'static str {
        match self {
            Self::Teleport => "teleport",
            Self::Turn => "turn",
            Self::Grab => "grab",
            Self::Place => "place",
            Self::TableTop => "table-top",
            Self::Height => "height",
        }
    }
}

/// What the wearer finds comfortable.
#[derive(Resource, Clone, Copy, PartialEq, Debug)]
pub struct Comfort {
    pub turn: Turn,
    /// Darken the edges of sight while the ground moves.
    pub vignette: bool,
    pub seated: bool,
}

impl Default for Comfort {
    fn default() -> Self {
        Self { turn: Turn::default(), vignette: true, seated: false }
    }
}

/// Eyes of someone who stands, metres above the floor.
const STANDING_EYES_M: f32 = 1.65;

/// What walking remembers from frame to frame.
#[derive(Resource, Default)]
pub struct Walking {
    blink: Blink<(Rig, Moved)>,
    vignette: Vignette,
    turns: [SnapTurn; 2],
    jumps: [TeleportStick; 2],
    /// Where the wearer aims at, and would land.
    aimed: Option<(Arc, Landing)>,
    squeezed: [Press; 2],
    grab: Option<Grabbed>,
    /// Where the wearer stood before the plant became a model.
    full_size: Option<Rig>,
}

enum Grabbed {
    One(Side, HandGrab),
    Both(Grab),
}

impl Walking {
    pub fn table_top(&self) -> bool {
        self.full_size.is_some()
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Walking>()
        .init_resource::<Comfort>()
        .add_message::<Walk>()
        .add_message::<Moved>()
        .add_systems(Update, (go, by_hand, settle).chain().before(TwinSystems::Ingest))
        .add_systems(Update, (draw_aim, darken).in_set(TwinSystems::Present));
}

/// Goes where it is asked.
fn go(
    time: Res<Time<Real>>,
    wearer: Res<Wearer>,
    rig: Res<Rig>,
    mut comfort: ResMut<Comfort>,
    mut walking: ResMut<Walking>,
    mut walks: MessageReader<Walk>,
    mut pulled: MessageReader<Pulled>,
) {
    let (head, now) = (wearer.head, time.elapsed());
    for walk in walks.read() {
        let (rig, how) = match *walk {
            Walk::Stand { eye, focus } => {
                walking.full_size = None;
                (full_size(&rig).stand(head, eye, focus, floor_below(eye)), Moved::Place)
            }
            Walk::Visit(extent) => {
                walking.full_size = None;
                let eye = place_before(&rig, head, &extent);
                (full_size(&rig).stand(head, eye, extent.centre(), floor_before(&extent)), Moved::Place)
            }
            Walk::TableTop(Some(extent)) => {
                walking.full_size.get_or_insert(*rig);
                (rig.table_top(head, extent.low, extent.high), Moved::TableTop)
            }
            Walk::TableTop(None) => match walking.full_size.take() {
                Some(before) => (before, Moved::TableTop),
                None => continue,
            },
            Walk::Seated(seated) => {
                comfort.seated = seated;
                let rig = if seated { rig.with_eye_height(head, STANDING_EYES_M) } else { Rig { lift: 0.0, ..*rig } };
                (rig, Moved::Height)
            }
            Walk::ResetHeight => (rig.with_eye_height(head, STANDING_EYES_M), Moved::Height),
        };
        walking.blink.begin((rig, how), now);
    }
    for pulled in pulled.read() {
        if let Pulled::Structure { point, normal, .. } = pulled
            && normal.normalize_or_zero().y > 0.85
            && !walking.table_top()
        {
            walking.blink.begin((rig.teleport(head, *point), Moved::Teleport), now);
        }
    }
}

/// Moves the wearer as sticks and hands say.
fn by_hand(
    time: Res<Time<Real>>,
    wearer: Res<Wearer>,
    hands: Res<Hands>,
    pointers: Res<Pointers>,
    carried: Res<Carried>,
    comfort: Res<Comfort>,
    mut rig: ResMut<Rig>,
    mut walking: ResMut<Walking>,
    mut moved: MessageWriter<Moved>,
    mut rays: SceneRays,
) {
    let (head, now) = (wearer.head, time.elapsed());
    let walking = &mut *walking;
    walking.aimed = None;
    for (index, side) in Side::BOTH.into_iter().enumerate() {
        let hand = hands.of(side);
        let pointing = pointers.of(side);
        // There the stick scrolls.
        if matches!(pointing.aim, Aim::Panel(_)) || hand.aim.is_none() {
            walking.jumps[index].cancel();
            continue;
        }
        if let Some(degrees) = comfort.turn.degrees()
            && let Some(angle) = walking.turns[index].update(hand.stick, degrees)
        {
            *rig = rig.turn(head, angle);
            walking.vignette.jump(&rig);
            moved.write(Moved::Turn);
        }
        let jump = walking.jumps[index].update(hand.stick);
        if matches!(jump, Jump::Aim | Jump::Go)
            && let Some(ray) = pointing.ray
            && let Some(arc) = Arc::from_hand(ray.origin, *ray.direction, rig.scale)
        {
            let landing = arc.land(Some(FLOOR_Y), |from, to| struck_between(from, to, &mut rays));
            match (jump, landing) {
                (Jump::Go, Landing::Floor(place)) => {
                    walking.blink.begin((rig.teleport(head, place), Moved::Teleport), now);
                }
                (Jump::Go, _) => {}
                _ => walking.aimed = Some((arc, landing)),
            }
        }
    }
    grab(&hands, &carried, &mut rig, walking, &mut moved);
    if let Some((there, how)) = walking.blink.take(now) {
        *rig = there;
        walking.vignette.jump(&rig);
        moved.write(how);
    }
}

/// Both fists take hold of the plant and move, turn and size it; one moves the model on the table.
fn grab(hands: &Hands, carried: &Carried, rig: &mut Rig, walking: &mut Walking, moved: &mut MessageWriter<Moved>) {
    let edges = [0, 1].map(|index| walking.squeezed[index].update(hands.of(Side::BOTH[index]).squeeze));
    let held = |side: Side| {
        let holds = walking.squeezed[side as usize].down() && carried.hand != Some(side);
        hands.of(side).grip.filter(|_| holds).map(|grip| grip.position)
    };
    let changed = edges.iter().any(|edge| *edge != Edge::None);
    let holding = (held(Side::Left), held(Side::Right));
    if changed {
        if walking.grab.take().is_some() {
            moved.write(Moved::Grab);
        }
        walking.grab = match holding {
            (Some(left), Some(right)) => Some(Grabbed::Both(Grab { rig: *rig, left, right })),
            (Some(hand), None) if walking.full_size.is_some() => {
                Some(Grabbed::One(Side::Left, HandGrab { rig: *rig, hand }))
            }
            (None, Some(hand)) if walking.full_size.is_some() => {
                Some(Grabbed::One(Side::Right, HandGrab { rig: *rig, hand }))
            }
            _ => None,
        };
    }
    match (&walking.grab, holding) {
        (Some(Grabbed::Both(start)), (Some(left), Some(right))) => {
            *rig = rig.two_hand_grab(start, left, right);
            // Made small by hand: there is a way back to full size.
            if rig.scale > 1.5 {
                walking.full_size.get_or_insert(Rig { scale: 1.0, ..start.rig });
            }
        }
        (Some(Grabbed::One(Side::Left, start)), (Some(hand), _)) => *rig = rig.one_hand_grab(start, hand),
        (Some(Grabbed::One(Side::Right, start)), (_, Some(hand))) => *rig = rig.one_hand_grab(start, hand),
        _ => {}
    }
}

fn settle(time: Res<Time<Real>>, rig: Res<Rig>, mut walking: ResMut<Walking>) {
    walking.vignette.update(&rig, time.elapsed());
}

/// What stands in a pit is looked at from its floor.
fn floor_before(extent: &Extent) -> f32 {
    if extent.high.y < FLOOR_Y { extent.low.y } else { FLOOR_Y }
}

/// At full size again, at the same height of the eyes.
fn full_size(rig: &Rig) -> Rig {
    Rig { scale: 1.0, ..*rig }
}

/// Saved viewpoints hover; people stand on the floor below. Where one lies under that floor, as in a pit,
/// somebody stands who looks from there.
fn floor_below(eye: Vec3) -> f32 {
    if eye.y < FLOOR_Y { eye.y - STANDING_EYES_M } else { FLOOR_Y }
}

/// From where something is seen whole, on the side on which the wearer is.
fn place_before(rig: &Rig, head: TrackedPose, extent: &Extent) -> Vec3 {
    let eye = rig.pose(head);
    let (forward, _) = level(eye.rotation);
    let away = (eye.position - extent.centre()).with_y(0.0);
    // From within a large hall every side is as good: that which the wearer looks from.
    let away = if rig.scale < 1.5 && away.length() > 0.3 { away.normalize() } else { -forward };
    let across = (extent.high - extent.low).with_y(0.0).length() / 2.0;
    extent.centre() + away * (across + 1.6)
}

fn struck_between(from: Vec3, to: Vec3, rays: &mut SceneRays) -> Option<Hit> {
    let way = to - from;
    let ray = Ray3d::new(from, Dir3::new(way).ok()?);
    let struck = rays.first(ray).filter(|struck| struck.distance <= way.length())?;
    Some(Hit { point: struck.point, normal: struck.normal })
}

fn draw_aim(walking: Res<Walking>, rig: Res<Rig>, mut gizmos: Gizmos<WearerGizmos>) {
    let Some((arc, landing)) = walking.aimed else { return };
    let ink = if matches!(landing, Landing::Floor(_)) {
        Color::srgb_u8(0x7a, 0xa7, 0xd9)
    } else {
        Color::srgb_u8(0x8a, 0x90, 0x99)
    };
    gizmos.linestrip(arc.points_to(landing, 32), ink);
    match landing {
        Landing::Floor(place) => {
            let flat = Isometry3d::new(place + Vec3::Y * 0.02, Quat::from_rotation_x(std::f32::consts::FRAC_PI_2));
            gizmos.circle(flat, 0.35 * rig.scale, ink);
            gizmos.circle(flat, 0.05 * rig.scale, ink);
        }
        Landing::Blocked(place) => {
            let arm = 0.1 * rig.scale;
            gizmos.line(place - Vec3::X * arm - Vec3::Z * arm, place + Vec3::X * arm + Vec3::Z * arm, ink);
            gizmos.line(place - Vec3::X * arm + Vec3::Z * arm, place + Vec3::X * arm - Vec3::Z * arm, ink);
        }
        Landing::Nowhere => {}
    }
}

/// Darkens what the eyes see: all of it over a jump, its edges while the ground moves.
fn darken(time: Res<Time<Real>>, walking: Res<Walking>, comfort: Res<Comfort>, mut eyes: Query<&mut Edges, With<Eye>>) {
    let now: Duration = time.elapsed();
    let darkness = walking.blink.darkness(now);
    let closed = if comfort.vignette { 1.0 - walking.vignette.openness(now) } else { 0.0 };
    for mut edges in &mut eyes {
        let (intensity, radius) = if darkness > 0.0 { (darkness, 1e-3) } else { (closed, 0.8) };
        if edges.intensity != intensity || edges.radius != radius {
            *edges = Edges { intensity, radius, smoothness: 2.0, ..default() };
        }
    }
}
