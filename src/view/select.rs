//! What is under the pointer, and the brackets around what is selected.

use bevy::ecs::system::SystemParam;
use bevy::mesh::MeshTag;
use bevy::picking::mesh_picking::ray_cast::{MeshRayCast, MeshRayCastSettings, RayCastVisibility};
use bevy::prelude::*;

use super::TwinSystems;
use super::camera::SceneCamera;
use super::extent::{Extent, Extents};
use super::ghost::Ghost;
use super::look::Look;
use super::parts::Targets;
use super::stage::Stage;
use super::target::{ScenePicture, Viewport};
use crate::domain::asset::AssetId;

/// Where the pointer is, and what lies under it.
#[derive(Resource, Default, Debug)]
pub struct Pointer {
    /// Logical pixels of the window; none while the pointer is over a panel or away. Written by `app`.
    pub on_window: Option<Vec2>,
    /// The equipment under the pointer. Written here.
    pub over: Option<AssetId>,
    asked: Option<(Vec2, Transform)>,
}

/// Rays into the scene.
#[derive(SystemParam)]
pub struct SceneRays<'w, 's> {
    targets: Res<'w, Targets>,
    parents: Query<'w, 's, &'static ChildOf>,
    dressed: Query<'w, 's, (), (With<MeshTag>, Without<Ghost>)>,
    rays: MeshRayCast<'w, 's>,
}

/// What a ray strikes first.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Struck {
    /// None for what belongs to no equipment, as walls and floors.
    pub asset: Option<AssetId>,
    pub point: Vec3,
    pub normal: Vec3,
    pub distance: f32,
}

impl SceneRays<'_, '_> {
    /// What is seen along a ray.
    pub fn first(&mut self, ray: Ray3d) -> Option<Struck> {
        let Self { targets, parents, dressed, rays } = self;
        let filter = |entity| dressed.contains(entity);
        let settings =
            MeshRayCastSettings::default().with_visibility(RayCastVisibility::VisibleInView).with_filter(&filter);
        let (entity, hit) = rays.cast_ray(ray, &settings).first()?;
        let asset = targets.owner_of(*entity, parents);
        Some(Struck { asset, point: hit.point, normal: hit.normal, distance: hit.distance })
    }

    /// Something was added or taken away since the last question.
    fn changed(&self) -> bool {
        self.targets.is_changed()
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Pointer>()
        .add_systems(Update, (pick.before(TwinSystems::Ingest), brackets.in_set(TwinSystems::Present)));
}

/// Asks again only when the pointer or the camera moved: a ray through a whole plant costs.
fn pick(
    mut pointer: ResMut<Pointer>,
    viewport: Res<Viewport>,
    picture: Res<ScenePicture>,
    cameras: Query<(&Camera, &GlobalTransform), With<SceneCamera>>,
    mut rays: SceneRays,
) {
    let place = pointer.on_window.and_then(|place| viewport.normalised(place));
    let (Some(place), Ok((camera, camera_place))) = (place, cameras.single()) else {
        if pointer.over.is_some() {
            pointer.over = None;
        }
        pointer.asked = None;
        return;
    };
    let question = Some((place, camera_place.compute_transform()));
    if pointer.asked == question && !rays.changed() {
        return;
    }
    let pixel = place * picture.size().as_vec2();
    let Ok(ray) = camera.viewport_to_world(camera_place, pixel) else { return };
    pointer.asked = question;
    pointer.over = rays.first(ray).and_then(|struck| struck.asset);
}

/// Corner brackets around the selected equipment: seen in shade and without colour.
fn brackets(look: Res<Look>, stage: Res<Stage>, extents: Extents, mut gizmos: Gizmos) {
    let Some(extent) = look.selection.and_then(|asset| extents.of_subtree(&stage, asset)) else { return };
    let selection_blue = Color::srgb_u8(0x7a, 0xa7, 0xd9);
    let extent = Extent { low: extent.low - Vec3::splat(0.04), high: extent.high + Vec3::splat(0.04) };
    let arm = ((extent.high - extent.low) * 0.2).min(Vec3::splat(0.5));
    for corner in extent.corners() {
        let inwards = (extent.centre() - corner).signum() * arm;
        gizmos.line(corner, corner + Vec3::X * inwards.x, selection_blue);
        gizmos.line(corner, corner + Vec3::Y * inwards.y, selection_blue);
        gizmos.line(corner, corner + Vec3::Z * inwards.z, selection_blue);
    }
}
