//! Finds the nodes that a project file names: scene nodes, and named parts inside their models.

use super::build::Build;
use super::entry::Entry;
use super::report::{nearest, unknown};
use crate::domain::rule::{Icon, IconKind};
use crate::domain::scene::{NodeRef, Scene, SceneNode, SceneNodeId, Tag, Transform};
use crate::project::model_index::{ModelIndex, ModelNode};

/// The models of the project file.
#[derive(Default)]
pub struct Models {
    /// Tags made for nodes.
    pub tags: Vec<(NodeRef, SceneNodeId)>,
    pub models: Vec<Model>,
    /// True where a model was left out: its names are missed without a word more.
    pub incomplete: bool,
}

pub struct Model {
    pub node: SceneNodeId,
    pub name: String,
    /// None where the file cannot be read: names inside it are taken on trust.
    pub index: Option<ModelIndex>,
}

impl Models {
    fn of(&self, node: SceneNodeId) -> Option<&Model> {
        self.models.iter().find(|model| model.node == node)
    }

    /// Clips of the model at a node; none where it is not known.
    pub fn clips(&self, node: SceneNodeId) -> Option<&[String]> {
        Some(self.of(node)?.index.as_ref()?.clips.as_slice())
    }

    fn part_names(&self) -> impl Iterator<Item = &str> {
        let nodes = self.models.iter().filter_map(|model| model.index.as_ref()).flat_map(|index| &index.nodes);
        nodes.map(|node| node.name.as_str()).filter(|name| !name.is_empty())
    }
}

impl Model {
    fn parts<'m>(&'m self, name: &'m str) -> impl Iterator<Item = &'m ModelNode> {
        self.index.iter().flat_map(|index| &index.nodes).filter(move |node| node.name == name)
    }
}

/// The node that the text at `key` names: a scene node, a part of a model where only one model has
/// it, or `model:part`. Reports what cannot be found.
pub fn resolve(build: &Build<'_>, entry: &Entry<'_>, key: &str, text: &str) -> Option<NodeRef> {
    let scene = &build.project.scene;
    let named = named(scene, text);
    match named.as_slice() {
        [] => {}
        [node] => return Some(NodeRef::whole(*node)),
        several => {
            entry.fail(key, format!("expected the name of one node, found \"{text}\", which {} have", several.len()));
            return None;
        }
    }
    if let Some((model, part)) = text.split_once(':')
        && let [node] = self::named(scene, model).as_slice()
    {
        return part_of(build, entry, key, *node, part);
    }
    part_anywhere(build, entry, key, text)
}

fn named(scene: &Scene, name: &str) -> Vec<SceneNodeId> {
    let nodes = scene.nodes.iter().enumerate().filter(|(_, node)| node.name == name);
    nodes.map(|(index, _)| SceneNodeId(index as u32)).collect()
}

fn part_of(build: &Build<'_>, entry: &Entry<'_>, key: &str, node: SceneNodeId, part: &str) -> Option<NodeRef> {
    let found = NodeRef { node, part: Some(part.to_owned()) };
    let Some(model) = build.models.of(node) else { return Some(found) };
    let Some(index) = &model.index else { return Some(found) };
    match model.parts(part).count() {
        0 => {
            let names = index.nodes.iter().map(|node| node.name.as_str()).filter(|name| !name.is_empty());
            let (message, _) = unknown("node", part, key, names.clone());
            let near = nearest(part, names).unwrap_or("Filler");
            let message = format!("{message}, in the model \"{}\"", model.name);
            entry.fail_with(key, message, format!("{key} = \"{}:{near}\"", model.name));
            None
        }
        1 => Some(found),
        count => {
            warn_double(entry, key, part, &model.name, count);
            Some(found)
        }
    }
}

fn part_anywhere(build: &Build<'_>, entry: &Entry<'_>, key: &str, text: &str) -> Option<NodeRef> {
    let holders: Vec<(&Model, usize)> = build
        .models
        .models
        .iter()
        .map(|model| (model, model.parts(text).count()))
        .filter(|(_, count)| *count > 0)
        .collect();
    let at = |model: &Model| NodeRef { node: model.node, part: Some(text.to_owned()) };
    match holders.as_slice() {
        [] => {}
        [(model, count)] => {
            if *count > 1 {
                warn_double(entry, key, text, &model.name, *count);
            }
            return Some(at(model));
        }
        [(first, _), ..] => {
            let names: Vec<&str> = holders.iter().map(|(model, _)| model.name.as_str()).collect();
            let message = format!("expected a node of one model, found \"{text}\", which {} have", names.join(" and "));
            entry.fail_with(key, message, format!("{key} = \"{}:{text}\"", first.name));
            return None;
        }
    }
    if let Some(unread) = build.models.models.iter().find(|model| model.index.is_none()) {
        return Some(at(unread));
    }
    if build.models.incomplete {
        entry.give_up();
        return None;
    }
    let scene = build.project.scene.nodes.iter().map(|node| node.name.as_str());
    let names: Vec<&str> = build.models.part_names().chain(scene).collect();
    entry.fail_unknown(key, "node", text, names);
    None
}

fn warn_double(entry: &Entry<'_>, key: &str, part: &str, model: &str, count: usize) {
    let message =
        format!("expected a name that one node has, found \"{part}\", which {count} nodes of \"{model}\" have");
    entry.warn(key, message, "Which of them is meant is not certain.", "");
}

/// The scene node that carries the tag of `node`, made where there is none. The tag hangs above the
/// place at which the part was modelled; `offset` is from there.
pub fn tag_at(build: &mut Build<'_>, node: &NodeRef, wanted: Option<(Icon, Option<[f32; 3]>, bool)>) -> SceneNodeId {
    /// Above the top of the equipment, metres.
    const CLEARANCE: f32 = 0.4;
    if wanted.is_none()
        && let Some(id) = own_tag(build, node)
    {
        return id;
    }
    let scene = &mut build.project.scene;
    if let Some((_, id)) = build.models.tags.iter().find(|(tagged, _)| tagged == node) {
        return *id;
    }
    let index = build.models.of(node.node).and_then(|model| model.index.as_ref());
    let (position, top) = match (&node.part, index) {
        (Some(part), Some(index)) => {
            let found = index.nodes.iter().find(|known| known.name == *part);
            found.map_or(([0.0; 3], [0.0; 3]), |found| (found.position, found.top))
        }
        (None, Some(index)) => ([0.0; 3], index.top),
        (_, None) => ([0.0; 3], [0.0, 1.0, 0.0]),
    };
    let scale =
        scene.nodes.get(node.node.index()).and_then(|node| node.model.as_ref()).map_or([1.0; 3], |model| model.scale);
    let [position, top] = [position, top].map(|point: [f32; 3]| std::array::from_fn(|axis| point[axis] * scale[axis]));
    let above: [f32; 3] =
        std::array::from_fn(|axis| top[axis] - position[axis] + if axis == 1 { CLEARANCE } else { 0.0 });
    let (icon, offset, always_visible) = wanted.unwrap_or((Icon { kind: IconKind::Info, colour: None }, None, false));
    let name = format!("{} tag", node.part.as_deref().unwrap_or_default()).trim_start().to_owned();
    let id = SceneNodeId(scene.nodes.len() as u32);
    let mut made = SceneNode::new(name, Some(node.node), Transform { translation: position, ..Transform::default() });
    made.tag = Some(Tag { icon, offset: offset.unwrap_or(above), always_visible, params: Default::default() });
    scene.nodes.push(made);
    build.models.tags.push((node.clone(), id));
    id
}

/// The tag that a node of a taken-in scene has, itself or as a child.
fn own_tag(build: &Build<'_>, node: &NodeRef) -> Option<SceneNodeId> {
    let made = |id: SceneNodeId| build.models.tags.iter().any(|(_, made)| *made == id);
    let tagged = build.project.scene.nodes.iter().enumerate().filter(|(_, scene_node)| scene_node.tag.is_some());
    let mut ids = tagged.map(|(index, scene_node)| (SceneNodeId(index as u32), scene_node.parent));
    let hangs = |id: SceneNodeId, parent| id == node.node || parent == Some(node.node);
    let found = ids.find(|(id, parent)| node.part.is_none() && hangs(*id, *parent) && !made(*id));
    found.map(|(id, _)| id)
}
