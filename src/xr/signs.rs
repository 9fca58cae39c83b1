//! What the wearer sees beside the plant: hands and rays, beacons over equipment in alarm, and pointers to
//! what lies out of sight.

use std::collections::HashSet;
use std::f32::consts::TAU;

use bevy::camera::visibility::RenderLayers;
use bevy::light::{NotShadowCaster, NotShadowReceiver};
use bevy::prelude::*;
use bevy_egui::egui::Color32;

use super::bearing::{Bearing, FieldOfView, bearing, spread};
use super::eyes::{WEARER_LAYER, WearerGizmos};
use super::hands::{Hands, Side};
use super::panel;
use super::pointer::{Aim, Pointers};
use super::rig::Rig;
use super::wearer::Wearer;
use crate::domain::alarm::Priority;
use crate::domain::asset::AssetId;
use crate::ui::theme::Palette;
use crate::view::TwinSystems;
use crate::view::extent::Extents;
use crate::view::look::Look;

/// What the desk shows the wearer.
#[derive(Resource, Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Shown(pub Option<AssetId>);

/// A beacon over equipment.
#[derive(Component)]
struct Beacon {
    asset: AssetId,
    kind: BeaconKind,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum BeaconKind {
    Alarm { priority: Priority, unacknowledged: bool },
    Shown,
}

/// Meshes and materials of beacons, made once.
#[derive(Resource)]
struct BeaconParts {
    pole: Handle<Mesh>,
    /// By priority, and last what the desk shows: the shape says it without colour.
    heads: [Handle<Mesh>; 5],
}

/// At most so many pointers to what is out of sight.
const POINTERS: usize = 6;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Shown>()
        .add_systems(Startup, prepare)
        .add_systems(Update, (raise_beacons, draw_hands, draw_pointers).in_set(TwinSystems::Present))
        .add_systems(PostUpdate, place_beacons.after(panel::place).before(TransformSystems::Propagate));
}

fn prepare(mut meshes: ResMut<Assets<Mesh>>, mut commands: Commands) {
    commands.insert_resource(BeaconParts {
        pole: meshes.add(Cylinder::new(0.012, 0.6)),
        heads: [
            meshes.add(Cuboid::from_length(0.2)),
            meshes.add(Cone::new(0.16, 0.26)),
            meshes.add(Cylinder::new(0.13, 0.16)),
            meshes.add(Sphere::new(0.11)),
            meshes.add(Torus::new(0.09, 0.14)),
        ],
    });
}

/// One beacon over each piece of equipment in alarm, and over what the desk shows.
fn raise_beacons(
    look: Res<Look>,
    shown: Res<Shown>,
    parts: Res<BeaconParts>,
    beacons: Query<(Entity, &Beacon)>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    mut commands: Commands,
) {
    if !look.is_changed() && !shown.is_changed() {
        return;
    }
    let in_alarm = look.alarms.iter().filter(|(_, (_, state))| state.active() || state.unacknowledged());
    let mut wanted: HashSet<(AssetId, BeaconKind)> = in_alarm
        .map(|(asset, (priority, state))| {
            (*asset, BeaconKind::Alarm { priority: *priority, unacknowledged: state.unacknowledged() })
        })
        .collect();
    wanted.extend(shown.0.map(|asset| (asset, BeaconKind::Shown)));
    for (entity, beacon) in &beacons {
        if !wanted.remove(&(beacon.asset, beacon.kind)) {
            commands.entity(entity).despawn();
        }
    }
    let palette = Palette::of(look.theme);
    for (asset, kind) in wanted {
        let (head, ink) = match kind {
            BeaconKind::Alarm { priority, .. } => (priority as usize - 1, palette.alarm[priority as usize - 1]),
            BeaconKind::Shown => (4, palette.selection),
        };
        let material =
            materials.add(StandardMaterial { base_color: color(ink), unlit: true, fog_enabled: false, ..default() });
        let sign = (RenderLayers::layer(WEARER_LAYER), NotShadowCaster, NotShadowReceiver);
        commands
            .spawn((Beacon { asset, kind }, Transform::default(), Visibility::Hidden))
            .with_child((
                Mesh3d(parts.pole.clone()),
                MeshMaterial3d(material.clone()),
                Transform::from_xyz(0.0, 0.3, 0.0),
                sign.clone(),
            ))
            .with_child((
                Mesh3d(parts.heads[head].clone()),
                MeshMaterial3d(material),
                Transform::from_xyz(0.0, 0.7, 0.0),
                sign,
            ));
    }
}

/// Beacons stand on their equipment, no smaller than can be seen; what waits for a person breathes.
fn place_beacons(
    time: Res<Time<Real>>,
    wearer: Res<Wearer>,
    rig: Res<Rig>,
    extents: Extents,
    mut beacons: Query<(&Beacon, &mut Transform, &mut Visibility)>,
) {
    let eye = rig.point(wearer.head.position);
    for (beacon, mut transform, mut visibility) in &mut beacons {
        let Some(extent) = extents.of_asset(beacon.asset) else {
            visibility.set_if_neq(Visibility::Hidden);
            continue;
        };
        let distance = eye.distance(extent.top());
        let waits = matches!(beacon.kind, BeaconKind::Alarm { unacknowledged: true, .. } | BeaconKind::Shown);
        let breath = if waits { 1.0 + 0.15 * (time.elapsed_secs() * TAU * 0.8).sin() } else { 1.0 };
        let size = beacon_size(distance, &rig) * breath;
        *transform = Transform::from_translation(extent.top() + Vec3::Y * 0.1).with_scale(Vec3::splat(size));
        visibility.set_if_neq(Visibility::Inherited);
    }
}

/// Height of a beacon that is seen from a distance, in metres of the plant.
pub(super) fn beacon_size(distance: f32, rig: &Rig) -> f32 {
    (distance / 8.0).clamp(0.5 * rig.scale, 12.0 * rig.scale)
}

/// Hands where they are, and the rays from them.
fn draw_hands(
    hands: Res<Hands>,
    pointers: Res<Pointers>,
    rig: Res<Rig>,
    look: Res<Look>,
    mut gizmos: Gizmos<WearerGizmos>,
) {
    let palette = Palette::of(look.theme);
    for side in Side::BOTH {
        let hand = hands.of(side);
        let ink = color(palette.text);
        if hand.bare {
            for bone in BONES {
                let ends = bone.map(|joint| hand.joints.get(joint).map(|place| rig.point(*place)));
                if let [Some(from), Some(to)] = ends {
                    gizmos.line(from, to, ink);
                }
            }
        } else if let Some(grip) = hand.grip {
            let pose = rig.pose(grip);
            let size = Vec3::new(0.045, 0.05, 0.13) * rig.scale;
            gizmos.cube(Transform::from_translation(pose.position).with_rotation(pose.rotation).with_scale(size), ink);
        }
        let pointing = pointers.of(side);
        let Some(ray) = pointing.ray.filter(|_| !pointing.near) else { continue };
        let end = pointing.aim.point().unwrap_or_else(|| ray.get_point(3.0 * rig.scale));
        let active = !matches!(pointing.aim, Aim::Nothing);
        let ink = color(if active { palette.selection } else { palette.quiet });
        gizmos.line(ray.origin, end, ink);
        if active {
            let size = (end.distance(ray.origin) * 0.006).max(0.004 * rig.scale);
            gizmos.sphere(Isometry3d::from_translation(end), size, ink);
        }
    }
}

/// Joints of OpenXR that a bone connects.
const BONES: [[usize; 2]; 24] = [
    [1, 0],
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 5],
    [0, 6],
    [6, 7],
    [7, 8],
    [8, 9],
    [9, 10],
    [0, 11],
    [11, 12],
    [12, 13],
    [13, 14],
    [14, 15],
    [0, 16],
    [16, 17],
    [17, 18],
    [18, 19],
    [19, 20],
    [0, 21],
    [21, 22],
    [22, 23],
    [24, 25],
];

/// Arrows at the edge of sight towards alarms that are not seen, the most urgent first.
fn draw_pointers(
    wearer: Res<Wearer>,
    rig: Res<Rig>,
    look: Res<Look>,
    shown: Res<Shown>,
    extents: Extents,
    mut gizmos: Gizmos<WearerGizmos>,
) {
    let Some([left, _]) = &wearer.eyes else { return };
    let head = rig.pose(wearer.head);
    let view =
        FieldOfView { horizontal: left.sight.right - left.sight.left, vertical: left.sight.up - left.sight.down };
    let palette = Palette::of(look.theme);
    let alarms = look.alarms.iter().filter(|(_, (_, state))| state.unacknowledged());
    let mut targets: Vec<(AssetId, usize)> =
        alarms.map(|(asset, (priority, _))| (*asset, *priority as usize)).collect();
    // What the desk shows is what a person waits for now.
    targets.extend(shown.0.map(|asset| (asset, 0)));
    targets.sort_by_key(|(asset, urgency)| (*urgency, asset.index()));
    let bearings: Vec<(usize, Bearing)> = targets
        .iter()
        .map(|(asset, urgency)| {
            let place = extents.of_asset(*asset).map(|extent| extent.centre());
            (*urgency, place.map_or(Bearing::InView, |place| bearing(&head, view, place)))
        })
        .collect();
    for pointer in spread(&bearings, POINTERS) {
        let urgency = targets.get(pointer.target).map_or(0, |(_, urgency)| *urgency);
        let ink = color(if urgency == 0 { palette.selection } else { palette.alarm[urgency - 1] });
        let (sin, cos) = pointer.angle.sin_cos();
        let outward = Vec3::new(cos, sin, 0.0);
        let reach = (view.horizontal.min(view.vertical) / 2.0).tan() * 0.62;
        let at = |way: f32| {
            let local = outward * reach * way + Vec3::NEG_Z;
            head.position + head.rotation * local * 0.8 * rig.scale
        };
        // One bar for each target behind it, up to three.
        for bar in 0..pointer.count.min(3) {
            let begin = 0.78 - 0.12 * bar as f32;
            gizmos.arrow(at(begin), at(begin + 0.2), ink).with_tip_length(0.05 * rig.scale);
        }
    }
}

fn color(ink: Color32) -> Color {
    Color::srgb_u8(ink.r(), ink.g(), ink.b())
}
