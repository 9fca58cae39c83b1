//! The components of a scene node: model, part of a model, light, camera, tag, shader, motion
//! indicator. Kinds that are not shown yet are counted and told once each.

use std::path::Path;

use super::colour::{colour, css};
use super::document::Place;
use super::model::Models;
use super::rules::icon_kind;
use super::uses::{Purpose, Templates, Use};
use crate::domain::colour::Rgba;
use crate::domain::rule::{Icon, IconKind};
use crate::domain::scene::{Light, LightKind, MotionIndicator, MotionShape, SceneNode, Tag};

/// Vertical field of view of a camera that has none, in degrees (reference 1.3).
const USUAL_FOV_DEG: f32 = 53.13;

/// A camera component: the view from a node.
#[derive(Debug)]
pub struct Camera {
    /// Number of the node in the document.
    pub node: usize,
    pub fov_deg: f32,
}

/// Reads components, gathering what concerns more than their node.
#[derive(Debug)]
pub struct Components<'a> {
    models: Models<'a>,
    templates: Templates<'a>,
    camera_settings: Vec<Place<'a>>,
    uses: Vec<Use<'a>>,
    cameras: Vec<Camera>,
    lit: bool,
}

impl<'a> Components<'a> {
    pub fn new(scene: &Place<'a>, workspace: &Path) -> Self {
        Self {
            models: Models::new(scene.file(), workspace),
            templates: Templates::new(scene),
            camera_settings: scene.list("cameras"),
            uses: Vec::new(),
            cameras: Vec::new(),
            lit: false,
        }
    }

    /// Uses of data, cameras, and whether there is any light.
    pub fn finish(self) -> (Vec<Use<'a>>, Vec<Camera>, bool) {
        self.models.finish();
        (self.uses, self.cameras, self.lit)
    }

    /// Hangs the components of a node of the document on the node of the scene.
    pub fn read(&mut self, index: usize, place: &Place<'a>, name: &'a str, node: &mut SceneNode) {
        let mut kinds = Vec::new();
        for component in place.list("components") {
            let kind = component.text("type");
            if let Some(kind) = kind.filter(|kind| kinds.contains(kind)) {
                component.warn(format!("the node has a {kind} already"), "Only one of each kind is shown.", "");
            }
            kinds.extend(kind);
            match kind {
                Some("ModelRef") => node.model = self.models.read(&component, name).or(node.model.take()),
                Some("SubModelRef") => node.sub_model = selector(&component),
                Some("Light") => node.light = light(&component).or(node.light),
                Some("Camera") => self.camera(index, &component),
                Some("Tag") => {
                    let tag = tag(place, &component);
                    let custom = colour(&component, "chosenColor");
                    node.tag = Some(tag);
                    self.use_data(index, Purpose::Sign { custom }, component.clone());
                }
                Some("ModelShader") => self.use_data(index, Purpose::Shader, component.clone()),
                Some("MotionIndicator") => {
                    node.motion = motion(&component).or(node.motion.take());
                    self.motion_uses(index, &component);
                }
                Some("EntityBinding") => self.use_data(index, Purpose::Mark, component.clone()),
                Some(kind @ ("DataOverlay" | "Animation" | "PlaneGeometry")) => {
                    let message = format!("{kind} components are not shown yet ({{count}} in this scene)");
                    component.warn_counted(kind, message, "They are left out; everything else is shown.");
                }
                Some(kind) => {
                    let message = format!("components of type \"{kind}\" are not known ({{count}} in this scene)");
                    component.warn_counted(kind, message, "They are left out; everything else is shown.");
                }
                None => component.warn("the component has no type", "It is left out.", "\"type\": \"ModelRef\""),
            }
            self.lit |= node.light.is_some();
        }
    }

    fn use_data(&mut self, node: usize, purpose: Purpose, place: Place<'a>) {
        let rule = place.text("ruleBasedMapId").filter(|id| !id.is_empty()).zip(place.get("ruleBasedMapId"));
        let data = self.templates.data_ref(&place);
        self.uses.push(Use { node, purpose, rule, data, place });
    }

    fn motion_uses(&mut self, index: usize, component: &Place<'a>) {
        let Some(bindings) = component.get("valueDataBindings") else { return };
        let purposes = [
            ("speed", Purpose::Speed),
            ("foregroundColor", Purpose::Foreground),
            ("backgroundColor", Purpose::Background),
        ];
        for (key, purpose) in purposes {
            if let Some(binding) = bindings.get(key) {
                self.use_data(index, purpose, binding);
            }
        }
    }

    fn camera(&mut self, node: usize, component: &Place<'a>) {
        let place = component.get("cameraIndex");
        let index = place.as_ref().and_then(Place::index);
        let settings = index.and_then(|index| self.camera_settings.get(index));
        if settings.is_none() {
            let place = place.unwrap_or_else(|| component.clone());
            let message = format!("expected the index of one of {} cameras", self.camera_settings.len());
            place.warn(message, format!("The view has the usual angle of {USUAL_FOV_DEG}°."), "");
        }
        let fov_deg = settings.and_then(|settings| settings.number("fov")).filter(|fov| (1.0..=170.0).contains(fov));
        self.cameras.push(Camera { node, fov_deg: fov_deg.unwrap_or(USUAL_FOV_DEG) });
    }
}

/// Name of a part. `parentRef` beside it is stale by design and not read.
fn selector(component: &Place) -> Option<String> {
    let selector = component.get("selector")?;
    if let Some(text) = selector.value().as_str() {
        return Some(text.to_owned());
    }
    let message = format!("expected the name of a part of the model, found {}", selector.value());
    selector.warn(
        message,
        "Numbers name parts in one session of the editor only; the part is not shown.",
        "\"selector\": \"MixerBowl\"",
    );
    None
}

fn light(component: &Place) -> Option<Light> {
    let settings = component.get("lightSettings");
    let read_colour = |key: &'static str| settings.as_ref().and_then(|settings| colour(settings, key));
    let (kind, shadows) = match component.text("lightType") {
        Some("Ambient") => (LightKind::Ambient, false),
        Some("Directional") => (LightKind::Directional, true),
        Some("Hemisphere") => {
            (LightKind::Hemisphere { ground: read_colour("groundColor").unwrap_or(Rgba::from_hex(0x333333)) }, false)
        }
        Some("Point") => (LightKind::Point, true),
        other => {
            let message = format!("expected a lightType, found {}", other.unwrap_or("none"));
            component.warn(message, "The light is left out.", "\"lightType\": \"Directional\"");
            return None;
        }
    };
    let intensity = settings.as_ref().and_then(|settings| settings.number("intensity"));
    let asked = settings.as_ref().and_then(|settings| settings.flag("castShadow"));
    Some(Light {
        kind,
        colour: read_colour("color").unwrap_or(Rgba::WHITE),
        intensity: intensity.unwrap_or(1.0).max(0.0),
        cast_shadows: shadows && asked.unwrap_or(true),
    })
}

fn tag(node: &Place, component: &Place) -> Tag {
    let kind = component.text("icon").map_or(IconKind::Info, icon_kind);
    // Only the Custom sign takes the colour. Its glyph (customIcon) is not drawn.
    let own = component.text("chosenColor").and_then(css).filter(|_| kind == IconKind::Custom);
    let mut tag = Tag {
        icon: Icon { kind, colour: own },
        offset: component.vector("offset").unwrap_or([0.0; 3]),
        always_visible: node.get("properties").and_then(|settings| settings.flag("alwaysVisible")).unwrap_or(false),
        params: Default::default(),
    };
    let Some(link) = component.get("navLink") else { return tag };
    if let Some(destination) = link.text("destination") {
        tag.params.insert("destination".into(), destination.to_owned());
    }
    for (key, value) in link.entries("params") {
        let text = value.value().as_str().map_or_else(|| value.value().to_string(), str::to_owned);
        tag.params.insert(key.to_owned(), text);
    }
    tag
}

fn motion(component: &Place) -> Option<MotionIndicator> {
    let shape = match component.text("shape") {
        Some("LinearPlane") => MotionShape::LinearPlane,
        Some("LinearCylinder") => MotionShape::LinearCylinder,
        Some("CircularCylinder") => MotionShape::CircularCylinder,
        other => {
            let message = format!("expected a shape, found {}", other.unwrap_or("none"));
            component.warn(message, "The arrows are left out.", "\"shape\": \"LinearPlane\"");
            return None;
        }
    };
    let config = component.get("config");
    let number = |key: &'static str| config.as_ref().and_then(|config| config.number(key));
    let read_colour = |key: &'static str| config.as_ref().and_then(|config| colour(config, key));
    if config.is_none() {
        component.warn(
            "the motion indicator has no config",
            "Arrows in one row that stand still are shown.",
            "\"config\": { \"numOfRepeatInY\": 1 }",
        );
    }
    Some(MotionIndicator {
        shape,
        repeat_across: number("numOfRepeatInY").map_or(1, |rows| rows.clamp(1.0, 1000.0) as u32),
        default_speed: number("defaultSpeed").unwrap_or(0.0).max(0.0),
        foreground: read_colour("defaultForegroundColor"),
        background: read_colour("defaultBackgroundColor"),
        background_opacity: number("backgroundColorOpacity").unwrap_or(1.0).clamp(0.0, 1.0),
    })
}
