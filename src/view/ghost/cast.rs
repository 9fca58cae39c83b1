//! Who plays in a comparison: the nodes that outcomes move or hide, and a copy of each mesh that
//! goes with them.
//!
//! Copies share mesh and material with what they stand for, so they are drawn with it, and have
//! slots of their own. They are spawned hidden when a comparison begins and go when it ends or when
//! the stage is made anew.

use std::collections::HashMap;
use std::ops::Range;

use bevy::camera::primitives::Aabb;
use bevy::light::NotShadowCaster;
use bevy::mesh::MeshTag;
use bevy::mesh::skinning::SkinnedMesh;
use bevy::prelude::*;

use super::geometry::Original;
use super::pair::Difference;
use super::{Ghost, GhostPresentation, Pairs};
use crate::domain::asset::AssetId;
use crate::domain::binding::Drive;
use crate::domain::deviation::Degree;
use crate::project::Project;
use crate::view::camera::SceneCamera;
use crate::view::motion::Driven;
use crate::view::overlay::{Side, Slot, SlotFlags, Slots, StatusMaterial};
use crate::view::parts::Targets;
use crate::view::present::Signs;
use crate::view::stage::Stage;

/// Everything that takes part in a comparison; empty without one.
#[derive(Resource, Default)]
pub struct Cast {
    of: Option<(u32, u32)>,
    root: Option<Entity>,
    pub side: Option<Side>,
    pub nodes: Vec<Node>,
    pub roles: Vec<Role>,
    /// Way from the top of the scene to each copy's original, one after the other.
    pub links: Vec<Link>,
    pub copies: Vec<MeshCopy>,
    /// How each slot of the scene differs, by what its bindings say.
    pub states: Vec<Difference>,
    /// How far the equipment of each slot of the scene is from the other side.
    pub degrees: Vec<Degree>,
    /// What each slot of the scene bears, as it was written last.
    pub marks: Vec<SlotFlags>,
    /// Slots of the copies, and the generation of the stage that they were taken in.
    slots: Option<(u32, Range<u32>)>,
}

/// A node of the scene that outcomes move or hide.
pub struct Node {
    pub entity: Entity,
    /// As the other side drives it.
    pub driven: Option<Driven>,
    /// Where the other side has it, in the space of its parent.
    pub place: Transform,
    /// Whether that is elsewhere than on the playhead's side.
    pub moved: bool,
    /// On the playhead's side, and on the other.
    pub visible: [bool; 2],
}

/// What a binding does to a node.
pub struct Role {
    pub binding: u32,
    pub node: u32,
    pub part: Part,
}

pub enum Part {
    Moves,
    Shows,
    /// The node is this one of so many that are revealed one after the other.
    Reveals {
        place: usize,
        of: usize,
    },
}

/// One step of the way from the top of the scene to a mesh.
pub struct Link {
    pub entity: Entity,
    pub node: Option<u32>,
}

/// A mesh of the other side.
pub struct MeshCopy {
    pub entity: Entity,
    /// Slot of the mesh that it stands for.
    pub original: u32,
    pub links: Range<usize>,
    pub bounds: Aabb,
    pub owner: Option<AssetId>,
    /// People look at its equipment.
    pub in_sight: bool,
    /// It differs from its original, and is seen.
    pub shown: bool,
    /// What that makes of its original.
    pub original_is: Original,
}

/// Where nodes of the scene stand, and what drives them.
pub type Transforms<'w, 's> =
    Query<'w, 's, (&'static Transform, Option<&'static Driven>), (Without<Ghost>, Without<SceneCamera>)>;

/// What is known of the meshes of the scene.
type Originals<'w, 's> = Query<
    'w,
    's,
    (
        Entity,
        &'static Mesh3d,
        &'static MeshMaterial3d<StatusMaterial>,
        &'static MeshTag,
        Option<&'static Aabb>,
        &'static GlobalTransform,
    ),
    (Without<SkinnedMesh>, Without<Ghost>),
>;

/// Spawns the copies when a comparison begins, and despawns them when it ends.
pub fn cast(
    stage: Res<Stage>,
    targets: Res<Targets>,
    ghosts: Res<GhostPresentation>,
    pairs: Res<Pairs>,
    mut cast: ResMut<Cast>,
    mut slots: ResMut<Slots>,
    mut signs: ResMut<Signs>,
    transforms: Transforms,
    originals: Originals,
    children: Query<&Children>,
    parents: Query<&ChildOf>,
    mut commands: Commands,
) {
    if cast.of == pairs.of {
        return;
    }
    if let Some(root) = cast.root {
        // The stage may have taken it along already.
        commands.entity(root).try_despawn();
        signs.compared.clear();
    }
    cast.end(&mut slots, stage.generation);
    let (Some(project), Some(top), Some(of), Some(side)) = (&stage.project, stage.root, pairs.of, ghosts.side()) else {
        return;
    };
    cast.of = Some(of);
    cast.side = Some(side);
    let by_entity = cast.give_roles(project, &targets, &transforms, &children);
    let root = commands.spawn((Name::new("ghosts"), Transform::default(), Visibility::default(), ChildOf(top))).id();
    cast.root = Some(root);
    let mut seeds = Vec::new();
    for (entity, mesh, material, tag, bounds, place) in &originals {
        let begin = cast.links.len();
        cast.links.push(Link { entity, node: by_entity.get(&entity).copied() });
        let above = parents.iter_ancestors(entity).take_while(|entity| *entity != top);
        cast.links.extend(above.map(|entity| Link { entity, node: by_entity.get(&entity).copied() }));
        let links = begin..cast.links.len();
        if !cast.links[links.clone()].iter().any(|link| link.node.is_some()) {
            cast.links.truncate(begin);
            continue;
        }
        cast.links[links.clone()].reverse();
        seeds.push((links, mesh, material, tag.0, bounds, place, targets.owner_of(entity, &parents)));
    }
    let mut free = cast.take_slots(&mut slots, stage.generation, seeds.len() as u32);
    for (links, mesh, material, original, bounds, place, owner) in seeds {
        let slot = free.next().unwrap_or_default();
        let flags = SlotFlags::beside(side).with(SlotFlags::COPY);
        slots.update(slot, |slot| *slot = Slot { flags, ..Slot::NEUTRAL });
        let entity = commands.spawn((
            Ghost,
            mesh.clone(),
            material.clone(),
            MeshTag(slot),
            place.compute_transform(),
            Visibility::Hidden,
            NotShadowCaster,
            ChildOf(root),
        ));
        let entity = entity.id();
        let bounds = bounds.copied().unwrap_or(Aabb::from_min_max(Vec3::splat(-0.5), Vec3::splat(0.5)));
        cast.copies.push(MeshCopy {
            entity,
            original,
            links,
            bounds,
            owner,
            in_sight: true,
            shown: false,
            original_is: Original::Alike,
        });
    }
}

impl Cast {
    /// Takes the marks off, and forgets everyone; the slots are kept for the next time.
    fn end(&mut self, slots: &mut Slots, generation: u32) {
        let kept = self.slots.take().filter(|(taken, _)| *taken == generation);
        if kept.is_some() {
            for slot in 0..self.marks.len() as u32 {
                slots.update(slot, |slot| slot.flags = slot.flags.without(SlotFlags::COMPARED));
            }
        }
        *self = Self { slots: kept, ..Self::default() };
    }

    /// Finds the nodes that outcomes move or hide.
    fn give_roles(
        &mut self,
        project: &Project,
        targets: &Targets,
        transforms: &Transforms,
        children: &Query<&Children>,
    ) -> HashMap<Entity, u32> {
        let mut by_entity = HashMap::new();
        for (index, (binding, target)) in project.bindings.iter().zip(&targets.bindings).enumerate() {
            let Some(target) = target else { continue };
            let mut give = |entity: Entity, part: Part| {
                let Ok((transform, driven)) = transforms.get(entity) else { return };
                let node = *by_entity.entry(entity).or_insert_with(|| {
                    let node = Node { entity, driven: None, place: *transform, moved: false, visible: [true; 2] };
                    self.nodes.push(node);
                    self.nodes.len() as u32 - 1
                });
                if let (Part::Moves, Some(node)) = (&part, self.nodes.get_mut(node as usize)) {
                    let as_shown = || driven.cloned().unwrap_or_else(|| Driven::standing(*transform));
                    node.driven.get_or_insert_with(as_shown);
                }
                self.roles.push(Role { binding: index as u32, node, part });
            };
            match binding.drive {
                Drive::Rotation { .. } | Drive::Translation { .. } | Drive::Level { .. } => {
                    give(target.entity, Part::Moves);
                }
                Drive::Visibility => give(target.entity, Part::Shows),
                Drive::Reveal => {
                    let parts = children.get(target.entity).map_or(&[] as &[Entity], |children| &**children);
                    for (place, &part) in parts.iter().enumerate() {
                        give(part, Part::Reveals { place, of: parts.len() });
                    }
                }
                _ => {}
            }
        }
        by_entity
    }

    /// The slots of before where they fit: a comparison that begins again takes no new ones.
    fn take_slots(&mut self, slots: &mut Slots, generation: u32, count: u32) -> Range<u32> {
        let range = match self.slots.take() {
            Some((_, range)) if range.len() as u32 == count => range,
            _ => {
                let first = slots.allocate(count);
                first..first + count
            }
        };
        self.states = vec![Difference::None; range.start as usize];
        self.degrees = vec![Degree::None; self.states.len()];
        self.marks = vec![SlotFlags::default(); self.states.len()];
        self.slots = Some((generation, range.clone()));
        range
    }
}
