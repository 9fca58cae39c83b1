//! What stands in the 3D view, as a project describes it: a tree of nodes that hold models, lights,
//! tags and cameras. No renderer types: the view builds its entities from this.
//!
//! Space: right-handed, +Y up, metres, as in glTF. Rotations are unit quaternions (x, y, z, w).

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::colour::Rgba;
use super::rule::Icon;

/// Dense number of a node in its scene.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SceneNodeId(pub u32);

impl SceneNodeId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A node of the scene, or a named node inside its model file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeRef {
    pub node: SceneNodeId,
    /// Name of a node inside the model of `node`; none is the node as a whole.
    pub part: Option<String>,
}

impl NodeRef {
    pub fn whole(node: SceneNodeId) -> Self {
        Self { node, part: None }
    }
}

#[derive(Clone, PartialEq, Default, Debug)]
pub struct Scene {
    /// Any order: a parent may stand after its children.
    pub nodes: Vec<SceneNode>,
    pub viewpoints: Vec<Viewpoint>,
    pub environment: Environment,
    pub tags: TagSettings,
}

#[derive(Clone, PartialEq, Debug)]
pub struct SceneNode {
    /// Not unique.
    pub name: String,
    pub parent: Option<SceneNodeId>,
    pub transform: Transform,
    pub model: Option<ModelRef>,
    /// Shows a part of the parent's model: `transform` replaces the part's own, and children of
    /// this node hang in the space of the parent node (TwinMaker SubModelRef).
    pub sub_model: Option<String>,
    pub light: Option<Light>,
    pub tag: Option<Tag>,
    pub motion: Option<MotionIndicator>,
}

impl SceneNode {
    pub fn new(name: impl Into<String>, parent: Option<SceneNodeId>, transform: Transform) -> Self {
        Self {
            name: name.into(),
            parent,
            transform,
            model: None,
            sub_model: None,
            light: None,
            tag: None,
            motion: None,
        }
    }
}

/// Position in metres, rotation as unit quaternion, scale as factors, in the space of the parent.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Transform {
    pub translation: [f32; 3],
    pub rotation: [f32; 4],
    pub scale: [f32; 3],
}

impl Default for Transform {
    fn default() -> Self {
        Self { translation: [0.0; 3], rotation: [0.0, 0.0, 0.0, 1.0], scale: [1.0; 3] }
    }
}

/// A glTF file shown at a node.
#[derive(Clone, PartialEq, Debug)]
pub struct ModelRef {
    pub file: PathBuf,
    /// From the units of the file to metres; children of the node are not scaled by it.
    pub scale: [f32; 3],
    pub cast_shadows: bool,
    pub receive_shadows: bool,
    pub naming: PartNaming,
    /// False where the file was not found or cannot be read when the project was loaded: a marked
    /// placeholder stands in its place.
    pub readable: bool,
}

/// How parts of a model are called.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PartNaming {
    /// Names of the glTF nodes as they are.
    Gltf,
    /// As three.js gives them: blanks to `_`, `[].:/` removed, doubles numbered, primitives of a
    /// mesh `_1..N` (TwinMaker selectors).
    Three,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Light {
    pub kind: LightKind,
    pub colour: Rgba,
    /// 1 is the usual light of its kind; the view scales it to photometric units.
    pub intensity: f32,
    pub cast_shadows: bool,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum LightKind {
    Ambient,
    /// Shines from the node towards the origin of the world.
    Directional,
    Hemisphere {
        ground: Rgba,
    },
    Point,
}

/// A sign over a piece of equipment.
#[derive(Clone, PartialEq, Debug)]
pub struct Tag {
    /// Shown while no rule says otherwise.
    pub icon: Icon,
    /// From the node to the sign, metres.
    pub offset: [f32; 3],
    /// Drawn in full through what stands before it.
    pub always_visible: bool,
    /// Passed on to whoever follows the tag (TwinMaker navLink.params).
    pub params: BTreeMap<String, String>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TagSettings {
    /// Factor on the usual size on screen.
    pub scale: f32,
    /// True: signs behind equipment are hidden; false: they show through it, faintly.
    pub occluded: bool,
}

impl Default for TagSettings {
    fn default() -> Self {
        Self { scale: 1.0, occluded: false }
    }
}

/// Arrows that run over a unit shape to show a flow.
#[derive(Clone, PartialEq, Debug)]
pub struct MotionIndicator {
    pub shape: MotionShape,
    /// Rows of arrows across the flow, at least 1.
    pub repeat_across: u32,
    /// Metres per second where no rule drives it.
    pub default_speed: f32,
    /// Colour of the arrows where no rule drives it.
    pub foreground: Option<Rgba>,
    /// Colour behind the arrows; used only without a foreground colour.
    pub background: Option<Rgba>,
    pub background_opacity: f32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MotionShape {
    /// 1 x 1 in XZ, flows along +X.
    LinearPlane,
    /// Open tube along X, radius 0.5, flows along X.
    LinearCylinder,
    /// Open tube around Y, radius 0.5, flows around.
    CircularCylinder,
}

/// A saved view.
#[derive(Clone, PartialEq, Debug)]
pub struct Viewpoint {
    pub name: String,
    /// Metres, world.
    pub eye: [f32; 3],
    /// Point looked at and orbited around; metres, world.
    pub target: [f32; 3],
    /// Vertical field of view in degrees.
    pub fov_deg: f32,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Environment {
    /// Light from all around.
    pub ambience: Ambience,
    /// None: the background of the theme.
    pub background: Option<Rgba>,
    /// Linear fog: colour, start and end in metres.
    pub fog: Option<(Rgba, f32, f32)>,
    /// Colour of a ground plane at height 0, with opacity.
    pub ground: Option<Rgba>,
}

/// Light from all around.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ambience {
    /// None at all: what no light reaches is black.
    Dark,
    /// Even studio light.
    Neutral,
    /// Neutral, with a sun from one side.
    Directional,
    /// Coloured light from two sides.
    Chromatic,
}

impl Default for Environment {
    fn default() -> Self {
        Self { ambience: Ambience::Directional, background: None, fog: None, ground: None }
    }
}
