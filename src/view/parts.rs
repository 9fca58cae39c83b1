//! Finds the parts of loaded models by name, gives every mesh its slot and its overlay material, and
//! resolves what bindings and assets point at.

use std::collections::HashMap;

use bevy::ecs::system::SystemParam;
use bevy::mesh::MeshTag;
use bevy::prelude::*;

use super::TwinSystems;
use super::overlay::{Slots, StatusMaterial, StatusOverlay};
use super::quality::QualityLevel;
use super::stage::{ModelRoot, Stage, StageNode, transform_from_scene};
use crate::domain::asset::AssetId;
use crate::domain::scene::{NodeRef, PartNaming, SceneNodeId};
use crate::project::Project;

/// What bindings and assets point at, by their numbers.
#[derive(Resource, Default)]
pub struct Targets {
    /// One a binding; none where its node is not there (missing model).
    pub bindings: Vec<Option<Target>>,
    assets: Vec<AssetTarget>,
    owners: HashMap<Entity, AssetId>,
}

/// A resolved node.
#[derive(Clone, Debug)]
pub struct Target {
    pub entity: Entity,
    /// Slots of the meshes at and below it.
    pub slots: Vec<u32>,
}

#[derive(Clone, Default, Debug)]
struct AssetTarget {
    entities: Vec<Entity>,
    slots: Vec<u32>,
}

impl Targets {
    pub fn slots_of(&self, asset: AssetId) -> &[u32] {
        self.assets.get(asset.index()).map_or(&[], |target| &target.slots)
    }

    /// Entities that show the asset; the first is its anchor.
    pub fn entities_of(&self, asset: AssetId) -> &[Entity] {
        self.assets.get(asset.index()).map_or(&[], |target| &target.entities)
    }

    /// The asset that an entity belongs to: its own, or that of the nearest ancestor.
    pub fn owner_of(&self, entity: Entity, parents: &Query<&ChildOf>) -> Option<AssetId> {
        std::iter::once(entity)
            .chain(parents.iter_ancestors(entity))
            .find_map(|entity| self.owners.get(&entity).copied())
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Targets>().add_systems(
        Update,
        (dress_meshes, place_sub_models, resolve)
            .chain()
            .after(TwinSystems::Ingest)
            .before(TwinSystems::Evaluate)
            .run_if(unresolved),
    );
}

/// Slots are given when all models are there, and once more if one comes late.
fn unresolved(stage: Res<Stage>) -> bool {
    stage.unresolved && stage.loading == 0
}

/// Gives every mesh of the stage a slot, and its material the overlay. One overlay material stands
/// for one source material, so what could be drawn together still is.
fn dress_meshes(
    stage: Res<Stage>,
    quality: Res<QualityLevel>,
    mut slots: ResMut<Slots>,
    mut overlays: ResMut<Assets<StatusMaterial>>,
    standards: Res<Assets<StandardMaterial>>,
    children: Query<&Children>,
    meshes: Query<&MeshMaterial3d<StandardMaterial>, With<Mesh3d>>,
    roots: Query<(Entity, Has<bevy::light::NotShadowReceiver>, &ModelRoot)>,
    mut commands: Commands,
) {
    let mut dressed: HashMap<bevy::asset::AssetId<StandardMaterial>, Handle<StatusMaterial>> = HashMap::new();
    for (root, unshaded, model) in &roots {
        let casts = stage
            .project
            .as_ref()
            .and_then(|project| project.scene.nodes.get(model.node.index())?.model.as_ref())
            .is_none_or(|model| model.cast_shadows);
        for entity in children.iter_descendants(root) {
            let Ok(material) = meshes.get(entity) else { continue };
            let Some(base) = standards.get(&material.0) else { continue };
            let overlay = dressed.entry(material.0.id()).or_insert_with(|| {
                let extension = StatusOverlay { slots: slots.buffer(), plain: quality.plain_light };
                overlays.add(StatusMaterial { base: base.clone(), extension })
            });
            let mut mesh = commands.entity(entity);
            mesh.remove::<MeshMaterial3d<StandardMaterial>>()
                .insert((MeshMaterial3d(overlay.clone()), MeshTag(slots.allocate(1))));
            if unshaded {
                mesh.insert(bevy::light::NotShadowReceiver);
            }
            if !casts {
                mesh.insert(bevy::light::NotShadowCaster);
            }
        }
    }
}

/// A TwinMaker sub-model node replaces the transform of its part; what hangs below it hangs in the
/// space of the model's node.
fn place_sub_models(stage: Res<Stage>, models: Models, mut transforms: Query<&mut Transform>, mut commands: Commands) {
    let Some(project) = &stage.project else { return };
    let scene = &project.scene;
    for (index, node) in scene.nodes.iter().enumerate() {
        let (Some(selector), Some(parent)) = (&node.sub_model, node.parent) else { continue };
        let found = models.part(project, parent, selector);
        if let Some(mut transform) = found.and_then(|entity| transforms.get_mut(entity).ok()) {
            *transform = transform_from_scene(&node.transform);
        }
        let (Some(&own), Some(&model)) = (stage.nodes.get(index), stage.nodes.get(parent.index())) else { continue };
        for child in models.children.get(own).into_iter().flatten() {
            commands.entity(*child).insert(ChildOf(model));
        }
    }
}

fn resolve(
    mut stage: ResMut<Stage>,
    mut targets: ResMut<Targets>,
    models: Models,
    tags: Query<&MeshTag>,
    nodes: Query<(), With<StageNode>>,
) {
    let Some(project) = stage.project.clone() else { return };
    let parts = models.index(&project);
    let find = |node: &NodeRef| match &node.part {
        None => stage.nodes.get(node.node.index()).copied(),
        Some(part) => parts.get(&(node.node, part.as_str())).copied(),
    };
    let slots_below = |entity: Entity| {
        let mut slots = Vec::new();
        collect_slots(entity, &models.children, &tags, &nodes, &mut slots);
        slots
    };
    let mut owners = HashMap::new();
    let assets = project
        .assets
        .iter()
        .map(|(id, asset)| {
            let entities: Vec<Entity> = asset.nodes.iter().filter_map(find).collect();
            owners.extend(entities.iter().map(|entity| (*entity, id)));
            let slots = entities.iter().flat_map(|entity| slots_below(*entity)).collect();
            AssetTarget { entities, slots }
        })
        .collect();
    let bindings = project
        .bindings
        .iter()
        .map(|binding| find(&binding.node).map(|entity| Target { entity, slots: slots_below(entity) }))
        .collect();
    *targets = Targets { bindings, assets, owners };
    stage.unresolved = false;
    stage.generation += 1;
}

/// Slots of the meshes at and below an entity. Other nodes of the scene that hang below it are
/// things of their own.
fn collect_slots(
    entity: Entity,
    children: &Query<&'static Children>,
    tags: &Query<&MeshTag>,
    nodes: &Query<(), With<StageNode>>,
    slots: &mut Vec<u32>,
) {
    slots.extend(tags.get(entity).map(|tag| tag.0));
    for &child in children.get(entity).into_iter().flatten() {
        if !nodes.contains(child) {
            collect_slots(child, children, tags, nodes, slots);
        }
    }
}

/// Looks parts up in the entities of loaded models.
#[derive(SystemParam)]
struct Models<'w, 's> {
    names: Query<'w, 's, &'static Name>,
    children: Query<'w, 's, &'static Children>,
    roots: Query<'w, 's, (Entity, &'static ModelRoot)>,
}

impl Models<'_, '_> {
    /// The part of a node's model with this name.
    fn part(&self, project: &Project, node: SceneNodeId, part: &str) -> Option<Entity> {
        let (root, _) = self.roots.iter().find(|(_, model)| model.node == node)?;
        self.parts_of(root, naming(project, node)).into_iter().find(|(name, _)| name == part).map(|(_, entity)| entity)
    }

    /// Every part that a binding or an asset names, by scene node and name.
    fn index<'p>(&self, project: &'p Project) -> HashMap<(SceneNodeId, &'p str), Entity> {
        let mut found = HashMap::new();
        let wanted: Vec<&NodeRef> = project
            .bindings
            .iter()
            .map(|binding| &binding.node)
            .chain(project.assets.iter().flat_map(|(_, asset)| &asset.nodes))
            .filter(|node| node.part.is_some())
            .collect();
        for (root, model) in &self.roots {
            let wanted: HashMap<&str, &NodeRef> = wanted
                .iter()
                .filter(|node| node.node == model.node)
                .filter_map(|node| Some((node.part.as_deref()?, *node)))
                .collect();
            if wanted.is_empty() {
                continue;
            }
            for (name, entity) in self.parts_of(root, naming(project, model.node)) {
                if let Some((&part, _)) = wanted.get_key_value(name.as_str()) {
                    found.entry((model.node, part)).or_insert(entity);
                }
            }
        }
        found
    }

    /// Named entities below a model root, parents first.
    fn parts_of(&self, root: Entity, naming: PartNaming) -> Vec<(String, Entity)> {
        let mut taken: HashMap<String, u32> = HashMap::new();
        let named =
            self.children.iter_descendants(root).filter_map(|entity| Some((self.names.get(entity).ok()?, entity)));
        named
            .map(|(name, entity)| match naming {
                PartNaming::Gltf => (name.to_string(), entity),
                PartNaming::Three => (three_name(name, &mut taken), entity),
            })
            .collect()
    }
}

fn naming(project: &Project, node: SceneNodeId) -> PartNaming {
    let model = project.scene.nodes.get(node.index()).and_then(|node| node.model.as_ref());
    model.map_or(PartNaming::Gltf, |model| model.naming)
}

/// A name as three.js gives it: blanks become `_`, `[].:/` go, a name met before gets `_1`, `_2`, ...
fn three_name(name: &str, taken: &mut HashMap<String, u32>) -> String {
    let clean: String =
        name.chars().filter(|c| !"[].:/".contains(*c)).map(|c| if c.is_whitespace() { '_' } else { c }).collect();
    match taken.get_mut(&clean) {
        Some(count) => {
            *count += 1;
            format!("{clean}_{count}")
        }
        None => {
            taken.insert(clean.clone(), 0);
            clean
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_three_js() {
        let mut taken = HashMap::new();
        let names = ["Mixer (7)", "Pump.001", "Pump001", "a b", "a b"].map(|name| three_name(name, &mut taken));
        assert_eq!(names, ["Mixer_(7)", "Pump001", "Pump001_1", "a_b", "a_b_1"]);
    }
}
