//! The scene of a project as entities: nodes, models, lights, placeholders.
//!
//! Models load in the background. Once every model has arrived or failed, `parts` gives slots and
//! resolves the bindings; the stage's generation then goes up, and all bindings have to be applied
//! anew.

use std::path::Path;
use std::sync::Arc;

use bevy::asset::{AssetLoadError, AssetLoadFailedEvent, AssetPath};
use bevy::ecs::system::SystemParam;
use bevy::light::NotShadowReceiver;
use bevy::prelude::*;
use bevy::world_serialization::{WorldAsset, WorldInstanceReady};

use super::overlay::{Slot, SlotFlags, Slots, StatusMaterial, StatusOverlay};
use super::quality::QualityLevel;
use super::{TwinSystems, environment, indicator, quality};
use crate::domain::scene::{ModelRef, SceneNode, SceneNodeId, Transform as SceneTransform};
use crate::project::Project;

/// Asks the view to show a project in place of the one before.
#[derive(Message, Clone)]
pub struct OpenProject(pub Arc<Project>);

/// What stands on the stage.
#[derive(Resource, Default)]
pub struct Stage {
    pub project: Option<Arc<Project>>,
    /// Parent of everything that belongs to the project.
    pub root: Option<Entity>,
    /// Entity of each scene node, by its number.
    pub nodes: Vec<Entity>,
    /// Models that have neither arrived nor failed.
    pub loading: usize,
    /// Models that could not be loaded, with the reason, since the project was opened.
    pub failures: Vec<String>,
    /// Goes up whenever slots and targets were made anew.
    pub generation: u32,
    /// Parts and targets have to be resolved again.
    pub(super) unresolved: bool,
}

impl Stage {
    /// True until parts and targets of the open project are resolved.
    pub fn unresolved(&self) -> bool {
        self.unresolved
    }
}

/// A node of the project's scene.
#[derive(Component)]
pub struct StageNode(pub SceneNodeId);

/// The root of a model file, under its node.
#[derive(Component)]
pub struct ModelRoot {
    pub node: SceneNodeId,
    pub gltf: Handle<Gltf>,
    ready: bool,
}

/// Stands where a model should be.
#[derive(Component)]
pub struct Placeholder {
    /// Name of the missing file.
    pub file: String,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Stage>()
        .add_message::<OpenProject>()
        .add_systems(PreUpdate, open)
        .add_systems(Update, notice_failures.after(quality::apply).before(TwinSystems::Ingest))
        .add_observer(model_arrived);
}

/// What spawning needs beside the scene itself.
#[derive(SystemParam)]
struct Props<'w, 's> {
    commands: Commands<'w, 's>,
    server: Res<'w, AssetServer>,
    meshes: ResMut<'w, Assets<Mesh>>,
    materials: ResMut<'w, Assets<StatusMaterial>>,
    slots: ResMut<'w, Slots>,
    quality: Res<'w, QualityLevel>,
    placeholder: Local<'s, Option<(Handle<Mesh>, Handle<StatusMaterial>)>>,
}

fn open(
    mut requests: MessageReader<OpenProject>,
    mut stage: ResMut<Stage>,
    mut indicators: ResMut<Assets<indicator::IndicatorMaterial>>,
    mut props: Props,
) {
    let Some(OpenProject(project)) = requests.read().last() else { return };
    if let Some(root) = stage.root.take() {
        props.commands.entity(root).despawn();
    }
    props.slots.clear();
    let root = props.commands.spawn((Name::new("stage"), Transform::default(), Visibility::default())).id();
    let scene = &project.scene;
    let nodes: Vec<Entity> = scene
        .nodes
        .iter()
        .enumerate()
        .map(|(index, node)| {
            let transform = transform_from_scene(&node.transform);
            let id = StageNode(SceneNodeId(index as u32));
            props.commands.spawn((Name::new(node.name.clone()), transform, Visibility::default(), id)).id()
        })
        .collect();
    let mut loading = 0;
    for ((index, node), &entity) in scene.nodes.iter().enumerate().zip(&nodes) {
        let parent = node.parent.and_then(|parent| nodes.get(parent.index())).copied().unwrap_or(root);
        props.commands.entity(entity).insert(ChildOf(parent));
        if let Some(model) = &node.model {
            loading += usize::from(spawn_model(&mut props, SceneNodeId(index as u32), entity, model));
        }
        if let Some(light) = &node.light {
            environment::spawn_light(&mut props.commands, entity, light, world_position(&scene.nodes, index));
        }
        if let Some(motion) = &node.motion {
            let parts = (&mut *props.meshes, &mut *indicators, &mut *props.slots);
            indicator::spawn(&mut props.commands, entity, motion, node.transform.scale, parts);
        }
    }
    *stage = Stage {
        project: Some(project.clone()),
        root: Some(root),
        nodes,
        loading,
        failures: Vec::new(),
        generation: stage.generation,
        unresolved: true,
    };
}

/// Spawns a model under its node; false where a placeholder stands instead.
fn spawn_model(props: &mut Props, node: SceneNodeId, parent: Entity, model: &ModelRef) -> bool {
    if !model.readable {
        spawn_placeholder(props, parent, file_name(&model.file));
        return false;
    }
    let path = AssetPath::from_path_buf(model.file.clone());
    let gltf = props.server.load::<Gltf>(path.clone());
    let world = props.server.load(GltfAssetLabel::Scene(0).from_asset(path));
    let mut root = props.commands.spawn((
        WorldAssetRoot(world),
        Transform::from_scale(Vec3::from_array(model.scale)),
        ModelRoot { node, gltf, ready: false },
        ChildOf(parent),
    ));
    if !model.receive_shadows {
        root.insert(NotShadowReceiver);
    }
    true
}

fn spawn_placeholder(props: &mut Props, parent: Entity, file: String) {
    let (mesh, material) = props
        .placeholder
        .get_or_insert_with(|| {
            let base = StandardMaterial { base_color: Color::srgb(0.45, 0.47, 0.5), ..default() };
            let extension = StatusOverlay { slots: props.slots.buffer(), plain: props.quality.plain_light };
            (props.meshes.add(Cuboid::from_length(1.0)), props.materials.add(StatusMaterial { base, extension }))
        })
        .clone();
    let slot = props.slots.allocate(1);
    props.slots.update(slot, |slot| *slot = Slot { flags: SlotFlags::BAD, ..Slot::NEUTRAL });
    props.commands.spawn((
        Placeholder { file },
        Mesh3d(mesh),
        MeshMaterial3d(material),
        bevy::mesh::MeshTag(slot),
        Transform::from_xyz(0.0, 0.5, 0.0),
        ChildOf(parent),
    ));
}

fn model_arrived(event: On<WorldInstanceReady>, mut stage: ResMut<Stage>, mut roots: Query<&mut ModelRoot>) {
    let Ok(mut root) = roots.get_mut(event.entity) else { return };
    // A model that was read again arrives once more, with other entities.
    stage.unresolved = true;
    if !root.ready {
        root.ready = true;
        stage.loading = stage.loading.saturating_sub(1);
    }
}

/// A file fails as a whole, or alone because it holds no scene. A placeholder stands in its place.
fn notice_failures(
    mut files: MessageReader<AssetLoadFailedEvent<Gltf>>,
    mut scenes: MessageReader<AssetLoadFailedEvent<WorldAsset>>,
    mut stage: ResMut<Stage>,
    mut roots: Query<(&mut ModelRoot, &WorldAssetRoot, &ChildOf)>,
    mut props: Props,
) {
    let mut failed = Vec::new();
    let files = files.read().map(|failure| (failure.id.untyped(), &failure.path, &failure.error));
    let scenes = scenes.read().map(|failure| (failure.id.untyped(), &failure.path, &failure.error));
    for (id, path, error) in files.chain(scenes) {
        let reason = match error {
            AssetLoadError::MissingLabel { .. } => "It holds no scene.".to_owned(),
            error => error.to_string(),
        };
        let failure = format!("{}: {reason}", path.path().display());
        let concerned = |(root, scene, _): &(Mut<ModelRoot>, &WorldAssetRoot, &ChildOf)| {
            root.gltf.id().untyped() == id || scene.0.id().untyped() == id
        };
        for (mut root, _, node) in roots.iter_mut().filter(concerned) {
            if !stage.failures.contains(&failure) {
                stage.failures.push(failure.clone());
            }
            stage.unresolved = true;
            if !root.ready {
                root.ready = true;
                stage.loading = stage.loading.saturating_sub(1);
                failed.push((node.parent(), file_name(path.path())));
            }
        }
    }
    for (node, file) in failed {
        spawn_placeholder(&mut props, node, file);
    }
}

fn file_name(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}

pub(super) fn transform_from_scene(transform: &SceneTransform) -> Transform {
    Transform {
        translation: Vec3::from_array(transform.translation),
        rotation: Quat::from_array(transform.rotation).normalize(),
        scale: Vec3::from_array(transform.scale),
    }
}

/// Where a node stands in the world, for what must know it before transforms are propagated.
fn world_position(nodes: &[SceneNode], index: usize) -> Vec3 {
    let mut position = Vec3::ZERO;
    let mut next = Some(index);
    // A chain longer than the list would be a cycle.
    for _ in 0..nodes.len() {
        let Some(node) = next.and_then(|index| nodes.get(index)) else { break };
        position = transform_from_scene(&node.transform).transform_point(position);
        next = node.parent.map(SceneNodeId::index);
    }
    position
}
