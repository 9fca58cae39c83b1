//! What the wearer's hands point at, and what a pull of the trigger means there.

use bevy::prelude::*;
use bevy_egui::egui;

use super::FLOOR_Y;
use super::hands::{Edge, Hand, Hands, Knock, Press, Side};
use super::hang::Open;
use super::panel::{Hung, PanelInput, PanelKind, Touch, near, strike};
use super::rig::Rig;
use crate::domain::asset::AssetId;
use crate::view::select::SceneRays;

/// What one hand points at.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub enum Aim {
    #[default]
    Nothing,
    Panel(Touch),
    Equipment {
        asset: AssetId,
        point: Vec3,
    },
    /// Something that belongs to no equipment.
    Structure {
        point: Vec3,
        normal: Vec3,
    },
}

impl Aim {
    /// Where the ray ends, in the plant.
    pub fn point(&self) -> Option<Vec3> {
        match self {
            Self::Nothing => None,
            Self::Panel(touch) => Some(touch.point),
            Self::Equipment { point, .. } | Self::Structure { point, .. } => Some(*point),
        }
    }

    fn panel(&self) -> Option<PanelKind> {
        match self {
            Self::Panel(touch) => Some(touch.kind),
            _ => None,
        }
    }
}

/// One hand's pointing.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Pointing {
    pub aim: Aim,
    /// The ray in the plant; none while the hand is not seen.
    pub ray: Option<Ray3d>,
    /// A finger is at the panel: no ray is shown.
    pub near: bool,
    pub trigger: Press,
    /// The panel that has the hand until the trigger is let go.
    held: Option<PanelKind>,
    finger: Press,
}

/// Both hands' pointing.
#[derive(Resource, Clone, PartialEq, Default, Debug)]
pub struct Pointers {
    pub left: Pointing,
    pub right: Pointing,
    /// The hand that acted last: its ray names what it is on.
    pub leading: Option<Side>,
}

impl Pointers {
    pub fn of(&self, side: Side) -> &Pointing {
        match side {
            Side::Left => &self.left,
            Side::Right => &self.right,
        }
    }

    fn of_mut(&mut self, side: Side) -> &mut Pointing {
        match side {
            Side::Left => &mut self.left,
            Side::Right => &mut self.right,
        }
    }

    /// The hand whose ray is asked about: the one that acted last, as long as it is seen.
    pub fn lead(&self) -> Side {
        let seen = |side: Side| self.of(side).ray.is_some();
        self.leading.filter(|side| seen(*side)).unwrap_or(if seen(Side::Right) { Side::Right } else { Side::Left })
    }

    /// The equipment that the leading ray is on.
    pub fn hovered(&self) -> Option<(AssetId, Vec3)> {
        match self.of(self.lead()).aim {
            Aim::Equipment { asset, point } => Some((asset, point)),
            _ => None,
        }
    }
}

/// A pull of the trigger that no panel took.
#[derive(Message, Clone, Copy, PartialEq, Debug)]
pub enum Pulled {
    Equipment(AssetId),
    /// Something to stand on, perhaps.
    Structure {
        side: Side,
        point: Vec3,
        normal: Vec3,
    },
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Pointers>().add_message::<Pulled>().add_systems(
        PreUpdate,
        point.before(bevy_egui::EguiPreUpdateSet::ProcessInput).after(bevy_egui::EguiPreUpdateSet::InitContexts),
    );
}

/// A finger presses within this distance of a panel, metres of the wearer.
const PRESS_M: f32 = 0.008;

fn point(
    hands: Res<Hands>,
    rig: Res<Rig>,
    open: Res<Open>,
    panels: Query<(&PanelKind, &Hung)>,
    mut pointers: ResMut<Pointers>,
    mut inputs: MessageWriter<PanelInput>,
    mut pulled: MessageWriter<Pulled>,
    mut knocks: MessageWriter<Knock>,
    mut rays: SceneRays,
) {
    for side in Side::BOTH {
        let hand = hands.of(side);
        let before = *pointers.of(side);
        let mut now = before;
        now.ray = ray_of(hand, &rig);
        let finger = hand.fingertip.map(|tip| rig.point(tip));
        // A hand does not reach the menu at its own wrist.
        let own = (open.wrist == Some(side)).then_some(PanelKind::Wrist);
        let panels: Vec<(PanelKind, Hung)> = panels
            .iter()
            .map(|(kind, hung)| (*kind, *hung))
            .filter(|(kind, hung)| kind.operable() && Some(*kind) != own && hung.pose.is_some())
            .collect();
        let touched = finger.and_then(|finger| nearest_to(finger, &panels, &rig));
        // The ray stays on what it held, even where it leaves it.
        now.near = touched.is_some() && before.held.is_none();
        now.aim = match (touched.filter(|_| now.near), now.ray) {
            (Some((touch, _)), _) => Aim::Panel(touch),
            (None, Some(ray)) => along(ray, before.held, &panels, &mut rays),
            (None, None) => Aim::Nothing,
        };
        let pull = now.trigger.update(hand.trigger);
        let depth = touched.filter(|_| now.near).map_or(1.0, |(_, depth)| depth);
        let tap = now.finger.update(if depth < PRESS_M { 1.0 } else { 0.0 });
        let edge = if now.near { tap } else { pull };
        if edge == Edge::Pressed {
            pointers.leading = Some(side);
        }
        // A panel has one pointer: where both hands are on it, that of the hand that acted last.
        let other = pointers.of(side.other()).aim.panel();
        let shared = other.is_some() && other == now.aim.panel() && pointers.lead() != side;
        let stick = hand.stick;
        if !shared {
            operate(side, &before, &mut now, edge, stick, &mut inputs, &mut knocks);
        }
        if edge == Edge::Pressed && now.aim.panel().is_none() {
            match now.aim {
                Aim::Equipment { asset, .. } => {
                    pulled.write(Pulled::Equipment(asset));
                    knocks.write(Knock { side, strength: 0.6 });
                }
                Aim::Structure { point, normal } => {
                    pulled.write(Pulled::Structure { side, point, normal });
                }
                Aim::Nothing | Aim::Panel(_) => {}
            }
        }
        if let (Aim::Equipment { asset, .. }, true) = (now.aim, side == pointers.lead())
            && !matches!(before.aim, Aim::Equipment { asset: same, .. } if same == asset)
        {
            knocks.write(Knock { side, strength: 0.15 });
        }
        *pointers.of_mut(side) = now;
    }
}

/// Tells a panel what the hand does on it.
fn operate(
    side: Side,
    before: &Pointing,
    now: &mut Pointing,
    edge: Edge,
    stick: Vec2,
    inputs: &mut MessageWriter<PanelInput>,
    knocks: &mut MessageWriter<Knock>,
) {
    let left = before.aim.panel().filter(|panel| now.aim.panel() != Some(*panel));
    if let Some(kind) = left {
        // A press that leaves the panel ends there.
        if now.held.take() == Some(kind) {
            let Aim::Panel(touch) = before.aim else { return };
            inputs.write(button(&touch, false));
        }
        inputs.write(PanelInput { kind, event: egui::Event::PointerGone });
    }
    let Aim::Panel(touch) = now.aim else { return };
    inputs.write(PanelInput { kind: touch.kind, event: egui::Event::PointerMoved(place(&touch)) });
    match edge {
        Edge::Pressed => {
            now.held = Some(touch.kind);
            inputs.write(button(&touch, true));
            knocks.write(Knock { side, strength: 0.4 });
        }
        Edge::Released if now.held == Some(touch.kind) => {
            now.held = None;
            inputs.write(button(&touch, false));
        }
        _ => {}
    }
    if stick.y.abs() > 0.3 {
        inputs.write(PanelInput {
            kind: touch.kind,
            event: egui::Event::MouseWheel {
                unit: egui::MouseWheelUnit::Point,
                delta: egui::vec2(0.0, stick.y * 12.0),
                phase: egui::TouchPhase::Move,
                modifiers: egui::Modifiers::NONE,
            },
        });
    }
}

fn place(touch: &Touch) -> egui::Pos2 {
    egui::pos2(touch.place.x, touch.place.y)
}

fn button(touch: &Touch, pressed: bool) -> PanelInput {
    let event = egui::Event::PointerButton {
        pos: place(touch),
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: egui::Modifiers::NONE,
    };
    PanelInput { kind: touch.kind, event }
}

fn ray_of(hand: &Hand, rig: &Rig) -> Option<Ray3d> {
    let pose = rig.pose(hand.aim?);
    Some(Ray3d::new(pose.position, Dir3::new(pose.rotation * Vec3::NEG_Z).ok()?))
}

/// The panel that a finger is nearest to.
fn nearest_to(finger: Vec3, panels: &[(PanelKind, Hung)], rig: &Rig) -> Option<(Touch, f32)> {
    panels
        .iter()
        .filter_map(|(kind, hung)| near(finger, *kind, hung, rig))
        .min_by(|(_, one), (_, other)| one.abs().total_cmp(&other.abs()))
}

/// What a ray strikes: panels before all else, since a menu inside a machine must still be usable.
fn along(ray: Ray3d, held: Option<PanelKind>, panels: &[(PanelKind, Hung)], rays: &mut SceneRays) -> Aim {
    let touched = panels
        .iter()
        .filter_map(|(kind, hung)| strike(ray, *kind, hung))
        .min_by(|one, other| one.distance.total_cmp(&other.distance));
    if let Some(touch) = touched {
        return Aim::Panel(touch);
    }
    if held.is_some() {
        return Aim::Nothing;
    }
    let struck = rays.first(ray);
    let floor = ray
        .intersect_plane(Vec3::Y * FLOOR_Y, InfinitePlane3d::new(Vec3::Y))
        .filter(|distance| ray.direction.y < 0.0 && struck.is_none_or(|struck| *distance < struck.distance));
    match (floor, struck) {
        (Some(distance), _) => Aim::Structure { point: ray.get_point(distance), normal: Vec3::Y },
        (None, Some(struck)) => match struck.asset {
            Some(asset) => Aim::Equipment { asset, point: struck.point },
            None => Aim::Structure { point: struck.point, normal: struck.normal },
        },
        (None, None) => Aim::Nothing,
    }
}
