//! From a scene document to a scene: nodes, what hangs on them, and which data they ask for.
//!
//! Children of a node that shows a part of a model (SubModelRef) hang under the node of the model,
//! and a part's transform replaces the part's own, as TwinMaker renders them.

use std::path::Path;

use super::components::Components;
use super::document::Place;
use super::space::{Affine, quaternion_from_euler_xyz, with_length};
use super::uses::Use;
use super::{settings, tree};
use crate::domain::scene::{NodeRef, Scene, SceneNode, SceneNodeId, Transform, Viewpoint};

/// Distance from the eye to the point that is orbited, in metres (TwinMaker: 10 m ahead where
/// nothing is hit).
const AHEAD_M: f32 = 10.0;

/// A scene as it was read, before data is connected.
#[derive(Debug)]
pub struct Draft<'a> {
    /// Parent of each node as the document has it, before parts of models were passed over.
    pub parents: Vec<Option<usize>>,
    pub uses: Vec<Use<'a>>,
    /// Number of the first node of this document in the scene.
    first: usize,
}

impl Draft<'_> {
    /// The node of the scene that a node of the document became.
    pub fn node_id(&self, index: usize) -> SceneNodeId {
        SceneNodeId((self.first + index) as u32)
    }

    /// The node of the scene, or the part of a model, that a node of the document stands for.
    pub fn node_ref(&self, scene: &Scene, index: usize) -> NodeRef {
        let id = self.node_id(index);
        let node = scene.nodes.get(id.index());
        match node.and_then(|node| node.sub_model.clone().zip(node.parent)) {
            Some((part, model)) => NodeRef { node: model, part: Some(part) },
            None => NodeRef::whole(id),
        }
    }

    /// True for a node of the document that shows a model or a part of one.
    pub fn shows_model(&self, scene: &Scene, index: usize) -> bool {
        scene.nodes.get(self.first + index).is_some_and(|node| node.model.is_some() || node.sub_model.is_some())
    }

    /// Numbers and names of the document's nodes.
    pub fn names<'s>(&self, scene: &'s Scene) -> impl Iterator<Item = (usize, &'s str)> {
        scene.nodes.get(self.first..).unwrap_or_default().iter().map(|node| node.name.as_str()).enumerate()
    }

    pub fn node_mut<'s>(&self, scene: &'s mut Scene, index: usize) -> Option<&'s mut SceneNode> {
        scene.nodes.get_mut(self.first + index)
    }
}

/// Adds the nodes, viewpoints and settings of a scene document to `scene`.
pub fn read<'a>(document: &Place<'a>, workspace: &Path, scene: &mut Scene) -> Draft<'a> {
    let first = scene.nodes.len();
    let places = document.list("nodes");
    let parents = tree::parents(document, &places);
    let is_part: Vec<bool> = places.iter().map(is_part).collect();
    let mount = |index: usize| {
        let mut parent = parents.get(index).copied().flatten();
        while let Some(part) = parent.filter(|parent| is_part.get(*parent) == Some(&true)) {
            parent = parents.get(part).copied().flatten();
        }
        parent
    };
    let mut components = Components::new(document, workspace);
    for (index, place) in places.iter().enumerate() {
        let parent = mount(index).map(|parent| SceneNodeId((first + parent) as u32));
        let name = place.text("name").unwrap_or("");
        let mut node = SceneNode::new(name, parent, transform(place));
        if node.name.is_empty() {
            node.name = format!("Node {index}");
        }
        components.read(index, place, name, &mut node);
        scene.nodes.push(node);
    }
    let (uses, cameras, lit) = components.finish();
    check_parts(&places, scene, first);
    for camera in cameras {
        let world_from_node = world_from_node(scene, first + camera.node);
        let name = scene.nodes.get(first + camera.node).map(|node| node.name.clone()).unwrap_or_default();
        scene.viewpoints.push(viewpoint(name, world_from_node, camera.fov_deg));
    }
    scene.environment = settings::environment(document, lit);
    scene.tags = settings::tags(document);
    Draft { parents, uses, first }
}

fn is_part(node: &Place) -> bool {
    let components = node.value().get("components").and_then(|components| components.as_array());
    components.is_some_and(|list| list.iter().any(|part| part.get("type").is_some_and(|kind| kind == "SubModelRef")))
}

fn transform(node: &Place) -> Transform {
    let usual = Transform::default();
    let Some(place) = node.get("transform") else {
        let message = "nodes have no transform ({count} in this scene)";
        node.warn_counted("no transform", message, "They stand at the origin of their parent.");
        return usual;
    };
    Transform {
        translation: place.vector("position").unwrap_or(usual.translation),
        rotation: place.vector("rotation").map_or(usual.rotation, quaternion_from_euler_xyz),
        scale: place.vector("scale").unwrap_or(usual.scale),
    }
}

/// Parts of models need a model to be a part of.
fn check_parts(places: &[Place], scene: &Scene, first: usize) {
    for (place, node) in places.iter().zip(scene.nodes.iter().skip(first)) {
        let model = node.parent.and_then(|parent| scene.nodes.get(parent.index())).and_then(|node| node.model.as_ref());
        if let Some(part) = node.sub_model.as_ref().filter(|_| model.is_none()) {
            let message = format!("the part \"{part}\" has no model above it");
            place.warn(message, "The part is not shown. Make the node a child of the node with the ModelRef.", "");
        }
    }
}

fn world_from_node(scene: &Scene, index: usize) -> Affine {
    let mut map = Affine::IDENTITY;
    let mut at = scene.nodes.get(index);
    while let Some(node) = at {
        map = Affine::new(&node.transform).then(map);
        at = node.parent.and_then(|parent| scene.nodes.get(parent.index()));
    }
    map
}

/// The view from a node: along its -Z.
fn viewpoint(name: String, world_from_node: Affine, fov_deg: f32) -> Viewpoint {
    let eye = world_from_node.point([0.0; 3]);
    let ahead = with_length(world_from_node.direction([0.0, 0.0, -1.0]), AHEAD_M).unwrap_or([0.0, 0.0, -AHEAD_M]);
    Viewpoint { name, eye, target: [0, 1, 2].map(|axis| eye[axis] + ahead[axis]), fov_deg }
}
