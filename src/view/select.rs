//! What is under the pointer, and the brackets around what is selected.

use bevy::camera::primitives::Aabb;
use bevy::mesh::MeshTag;
use bevy::picking::mesh_picking::ray_cast::{MeshRayCast, MeshRayCastSettings, RayCastVisibility};
use bevy::prelude::*;

use super::TwinSystems;
use super::camera::SceneCamera;
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

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Pointer>()
        .add_systems(Update, (pick.before(TwinSystems::Ingest), brackets.in_set(TwinSystems::Present)));
}

/// Asks again only when the pointer or the camera moved: a ray through a whole plant costs.
fn pick(
    mut pointer: ResMut<Pointer>,
    viewport: Res<Viewport>,
    picture: Res<ScenePicture>,
    targets: Res<Targets>,
    cameras: Query<(&Camera, &GlobalTransform), With<SceneCamera>>,
    parents: Query<&ChildOf>,
    dressed: Query<(), (With<MeshTag>, Without<Ghost>)>,
    mut rays: MeshRayCast,
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
    if pointer.asked == question && !targets.is_changed() {
        return;
    }
    let pixel = place * picture.size().as_vec2();
    let Ok(ray) = camera.viewport_to_world(camera_place, pixel) else { return };
    let filter = |entity| dressed.contains(entity);
    let settings =
        MeshRayCastSettings::default().with_visibility(RayCastVisibility::VisibleInView).with_filter(&filter);
    let hit = rays.cast_ray(ray, &settings).first().map(|(entity, _)| *entity);
    pointer.asked = question;
    pointer.over = hit.and_then(|entity| targets.owner_of(entity, &parents));
}

/// Corner brackets around the selected equipment: seen in shade and without colour.
fn brackets(
    look: Res<Look>,
    stage: Res<Stage>,
    targets: Res<Targets>,
    children: Query<&Children>,
    bounds: Query<(&Aabb, &GlobalTransform)>,
    mut gizmos: Gizmos,
) {
    let (Some(selection), Some(project)) = (look.selection, &stage.project) else { return };
    let roots = project.assets.subtree(selection);
    let entities = roots.iter().flat_map(|asset| targets.entities_of(*asset));
    let mut low = Vec3::INFINITY;
    let mut high = Vec3::NEG_INFINITY;
    for entity in entities.flat_map(|root| std::iter::once(*root).chain(children.iter_descendants(*root))) {
        let Ok((aabb, transform)) = bounds.get(entity) else { continue };
        for corner in corners(aabb.min().into(), aabb.max().into()) {
            let corner = transform.transform_point(corner);
            low = low.min(corner);
            high = high.max(corner);
        }
    }
    if !(low.is_finite() && high.is_finite()) {
        return;
    }
    let selection_blue = Color::srgb_u8(0x7a, 0xa7, 0xd9);
    let (low, high) = (low - Vec3::splat(0.04), high + Vec3::splat(0.04));
    let arm = ((high - low) * 0.2).min(Vec3::splat(0.5));
    let centre = (low + high) / 2.0;
    for corner in corners(low, high) {
        let inwards = (centre - corner).signum() * arm;
        gizmos.line(corner, corner + Vec3::X * inwards.x, selection_blue);
        gizmos.line(corner, corner + Vec3::Y * inwards.y, selection_blue);
        gizmos.line(corner, corner + Vec3::Z * inwards.z, selection_blue);
    }
}

fn corners(low: Vec3, high: Vec3) -> [Vec3; 8] {
    std::array::from_fn(|index| {
        let pick = |bit: usize, axis: usize| if index & bit == 0 { low[axis] } else { high[axis] };
        Vec3::new(pick(1, 0), pick(2, 1), pick(4, 2))
    })
}
