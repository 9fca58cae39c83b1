//! Where signs and texts belong on the picture: tags, names of what is selected, hovered or in
//! alarm, and missing models. Only places and meanings; the console draws them over the picture.

use std::collections::HashSet;
use std::sync::Arc;

use bevy::camera::visibility::VisibilitySystems;
use bevy::mesh::MeshTag;
use bevy::picking::mesh_picking::ray_cast::{MeshRayCast, MeshRayCastSettings, RayCastVisibility};
use bevy::prelude::*;

use super::TwinSystems;
use super::camera::SceneCamera;
use super::extent::Extents;
use super::ghost::Ghost;
use super::look::Look;
use super::parts::Targets;
use super::present::Signs;
use super::stage::{Placeholder, Stage, StageNode};
use super::target::ScenePicture;
use crate::domain::alarm::{AlarmState, Priority};
use crate::domain::asset::AssetId;
use crate::domain::rule::Icon;

/// One sign at one place.
#[derive(Clone, PartialEq, Debug)]
pub struct Anchor {
    /// Place of the sign on the picture, 0..1 from the upper left.
    pub place: Vec2,
    /// Place of the equipment that it belongs to, likewise.
    pub foot: Vec2,
    /// Metres from the camera.
    pub distance: f32,
    pub asset: Option<AssetId>,
    pub meaning: Meaning,
    /// Something stands before it.
    pub covered: bool,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Meaning {
    Sign {
        icon: Icon,
        scale: f32,
    },
    Text(Arc<str>),
    /// Name of equipment, with its alarm.
    Name {
        text: Arc<str>,
        alarm: Option<(Priority, AlarmState)>,
        selected: bool,
    },
    /// A model that could not be loaded.
    Missing(String),
}

/// All signs on the picture of this frame.
#[derive(Resource, Default)]
pub struct Anchors(pub Vec<Anchor>);

/// One sign in the plant, wherever it is seen from.
#[derive(Clone, PartialEq, Debug)]
pub struct PlantSign {
    /// Where it stands, and the place of the equipment that it belongs to.
    pub place: Vec3,
    pub foot: Vec3,
    pub asset: Option<AssetId>,
    pub meaning: Meaning,
    /// Something stands between it and the camera of the desk.
    pub covered: bool,
}

/// All signs of the plant in this frame.
#[derive(Resource, Default)]
pub struct PlantSigns(pub Vec<PlantSign>);

/// Tags found to be behind something; asked for a few each frame, in turn.
#[derive(Resource, Default)]
struct Covered {
    tags: HashSet<Entity>,
    next: usize,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Anchors>()
        .init_resource::<PlantSigns>()
        .init_resource::<Covered>()
        // Rays ask what was seen: while Bevy works that out anew, nothing is.
        .configure_sets(PostUpdate, TwinSystems::Label.after(VisibilitySystems::MarkNewlyHiddenEntitiesInvisible))
        .add_systems(PostUpdate, (look_behind, gather, place).chain().in_set(TwinSystems::Label));
}

/// Finds out what signs there are, and where in the plant.
fn gather(
    stage: Res<Stage>,
    look: Res<Look>,
    signs: Res<Signs>,
    targets: Res<Targets>,
    covered: Res<Covered>,
    nodes: Query<(Entity, &StageNode, &GlobalTransform, &InheritedVisibility)>,
    places: Query<&GlobalTransform>,
    placeholders: Query<(&Placeholder, &GlobalTransform, &InheritedVisibility)>,
    extents: Extents,
    parents: Query<&ChildOf>,
    mut gathered: ResMut<PlantSigns>,
) {
    gathered.0.clear();
    let Some(project) = &stage.project else { return };
    let hidden = if look.hidden.is_empty() && look.isolated.is_none() {
        HashSet::new()
    } else {
        look.out_of_sight(&project.assets)
    };
    // What belongs to no equipment goes, as its meshes do, when something is isolated.
    let in_sight = |owner: Option<AssetId>| match owner {
        Some(asset) => !hidden.contains(&asset),
        None => look.isolated.is_none(),
    };
    let mut add = |place: Vec3, foot: Vec3, asset, meaning, covered| {
        if in_sight(asset) {
            gathered.0.push(PlantSign { place, foot, asset, meaning, covered });
        }
    };
    if look.labels {
        for (entity, node, transform, visible) in &nodes {
            let node = project.scene.nodes.get(node.0.index());
            let (Some(tag), true) = (node.and_then(|node| node.tag.as_ref()), visible.get()) else { continue };
            let foot = transform.translation();
            let icon = signs.icons.get(&entity).unwrap_or(&tag.icon).clone();
            let behind = covered.tags.contains(&entity) && !tag.always_visible;
            if behind && project.scene.tags.occluded {
                continue;
            }
            let meaning = Meaning::Sign { icon, scale: project.scene.tags.scale };
            add(foot + Vec3::from_array(tag.offset), foot, targets.owner_of(entity, &parents), meaning, behind);
        }
        for (entity, text) in &signs.texts {
            let Ok(transform) = places.get(*entity) else { continue };
            let text = signs.compared.get(entity).unwrap_or(text);
            let top = extents.of(*entity).map_or(transform.translation(), |extent| extent.top());
            add(top, transform.translation(), targets.owner_of(*entity, &parents), Meaning::Text(text.clone()), false);
        }
        for (placeholder, transform, visible) in &placeholders {
            if visible.get() {
                let place = transform.translation();
                add(place + Vec3::Y * 0.7, place, None, Meaning::Missing(placeholder.file.clone()), false);
            }
        }
    }
    let named =
        look.selection.into_iter().chain(look.hovered).chain(look.alarms.keys().copied()).collect::<HashSet<_>>();
    for id in named {
        let alarm = look.alarms.get(&id).copied();
        let (selected, hovered) = (look.selection == Some(id), look.hovered == Some(id));
        if !look.labels && !selected && !hovered {
            continue;
        }
        let (Some(asset), Some(&entity)) = (project.assets.get(id), targets.entities_of(id).first()) else { continue };
        let Some(top) = extents.of(entity).map(|extent| extent.top()) else { continue };
        let text: Arc<str> = asset.name.as_str().into();
        add(top + Vec3::Y * 0.25, top, Some(id), Meaning::Name { text, alarm, selected }, false);
    }
}

/// Puts the signs onto the picture of the desk.
fn place(
    gathered: Res<PlantSigns>,
    picture: Res<ScenePicture>,
    cameras: Query<(&Camera, &GlobalTransform), With<SceneCamera>>,
    mut anchors: ResMut<Anchors>,
) {
    anchors.0.clear();
    let Ok((camera, camera_place)) = cameras.single() else { return };
    let size = picture.size().as_vec2();
    let eye = camera_place.translation();
    let project_to_picture = |world: Vec3| Some(camera.world_to_viewport(camera_place, world).ok()? / size);
    anchors.0.extend(gathered.0.iter().filter_map(|sign| {
        let (place, foot) = (project_to_picture(sign.place)?, project_to_picture(sign.foot)?);
        let near = place.cmpge(Vec2::splat(-0.1)).all() && place.cmple(Vec2::splat(1.1)).all();
        near.then(|| Anchor {
            place,
            foot,
            distance: sign.place.distance(eye),
            asset: sign.asset,
            meaning: sign.meaning.clone(),
            covered: sign.covered,
        })
    }));
}

/// A few rays a frame towards tags, in turn: what hits something on the way is covered.
fn look_behind(
    stage: Res<Stage>,
    cameras: Query<&GlobalTransform, With<SceneCamera>>,
    nodes: Query<(Entity, &StageNode, &GlobalTransform)>,
    dressed: Query<(), (With<MeshTag>, Without<Ghost>)>,
    mut covered: ResMut<Covered>,
    mut rays: MeshRayCast,
) {
    const RAYS_PER_FRAME: usize = 2;
    let (Some(project), Ok(camera)) = (&stage.project, cameras.single()) else { return };
    let tagged: Vec<(Entity, Vec3)> = nodes
        .iter()
        .filter_map(|(entity, node, transform)| {
            let tag = project.scene.nodes.get(node.0.index())?.tag.as_ref()?;
            Some((entity, transform.translation() + Vec3::from_array(tag.offset)))
        })
        .collect();
    let filter = |entity| dressed.contains(entity);
    let settings =
        MeshRayCastSettings::default().with_visibility(RayCastVisibility::VisibleInView).with_filter(&filter);
    for _ in 0..RAYS_PER_FRAME.min(tagged.len()) {
        covered.next = (covered.next + 1) % tagged.len();
        let (entity, sign) = tagged[covered.next];
        let way = sign - camera.translation();
        let Ok(direction) = Dir3::new(way) else { continue };
        let hit = rays.cast_ray(Ray3d::new(camera.translation(), direction), &settings).first();
        if hit.is_some_and(|(_, hit)| hit.distance < way.length() - 0.1) {
            covered.tags.insert(entity);
        } else {
            covered.tags.remove(&entity);
        }
    }
}
