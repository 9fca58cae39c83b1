//! `[[model]]`, `[scene]`, `[[light]]` and `[[view]]`: what stands in the 3D view.

use std::path::Path;

use super::build::Build;
use super::entry::{Entry, Section};
use super::nodes::Model;
use crate::domain::colour::Rgba;
use crate::domain::scene::{
    Ambience, Light, LightKind, ModelRef, PartNaming, SceneNode, SceneNodeId, TagSettings, Transform, Viewpoint,
};
use crate::domain::unit::Unit;
use crate::project::model_index;

const MODEL: Section = Section {
    name: "model",
    meaning: "The model is not shown.",
    keys: &["name", "file", "position", "rotation_deg", "scale", "unit", "cast_shadows", "receive_shadows"],
};
const SCENE: Section = Section {
    name: "scene",
    meaning: "The usual look is taken instead.",
    keys: &["ambience", "background", "fog", "ground", "tag_scale", "tags_occluded"],
};
const FOG: Section = Section { name: "fog", meaning: "There is no fog.", keys: &["colour", "near", "far"] };
const LIGHT: Section = Section {
    name: "light",
    meaning: "The light is left out.",
    keys: &["name", "kind", "position", "colour", "ground", "intensity", "cast_shadows"],
};
const VIEW: Section =
    Section { name: "view", meaning: "The view is left out.", keys: &["name", "eye", "target", "fov_deg"] };

pub fn models(build: &mut Build<'_>, root: &Entry<'_>) {
    for entry in root.tables("model", MODEL) {
        let name = entry.required_text("name", "a name for the model");
        let file = entry.required_text("file", "a .glb or .gltf file");
        if let Some(name) = name.filter(|name| name.contains(':')) {
            entry.fail("name", format!("expected a name without \":\", found \"{name}\""));
        }
        if let Some(name) = name.filter(|name| build.models.models.iter().any(|model| model.name == *name)) {
            entry.fail_with("name", format!("expected a name of its own, found \"{name}\" a second time"), "");
        }
        let unit_scale = unit_scale(&entry);
        let transform = transform(&entry);
        let cast_shadows = entry.flag("cast_shadows", true);
        let receive_shadows = entry.flag("receive_shadows", true);
        let (Some(name), Some(file), true) = (name, file, entry.sound()) else {
            build.models.incomplete = true;
            continue;
        };
        let file = build.project.root.join(file);
        let index = read_index(build, &entry, &file);
        let node = SceneNodeId(build.project.scene.nodes.len() as u32);
        let mut made = SceneNode::new(name, None, transform);
        made.model = Some(ModelRef {
            file,
            scale: [unit_scale; 3],
            cast_shadows,
            receive_shadows,
            naming: PartNaming::Gltf,
            readable: index.is_some(),
        });
        build.project.scene.nodes.push(made);
        build.models.models.push(Model { node, name: name.to_owned(), index });
    }
}

fn read_index(build: &mut Build<'_>, entry: &Entry<'_>, file: &Path) -> Option<model_index::ModelIndex> {
    build.watch(file);
    match model_index::read(file) {
        Ok(index) => Some(index),
        Err(error) => {
            let message = format!("{error}: {}", file.display());
            let meaning = "A placeholder stands in its place; names of its nodes are not checked.";
            entry.lacks("file", message, meaning, entry.example("file"));
            None
        }
    }
}

/// Metres in a unit of the model.
fn unit_scale(entry: &Entry<'_>) -> f32 {
    let Some(text) = entry.text("unit") else { return 1.0 };
    let metres = Unit::new(text).convert(1.0, &Unit::new("m"));
    if metres.is_none() {
        entry.fail("unit", format!("expected a unit of length, found \"{text}\""));
    }
    metres.unwrap_or(1.0) as f32
}

fn transform(entry: &Entry<'_>) -> Transform {
    let translation = entry.vector("position").unwrap_or_default();
    let rotation = entry.vector("rotation_deg").map_or([0.0, 0.0, 0.0, 1.0], quaternion_from_degrees);
    let scale = match entry.item("scale").and_then(|item| item.number()) {
        Some(factor) => Some([factor as f32; 3]),
        None => entry.vector("scale"),
    };
    let scale = scale.unwrap_or([1.0; 3]);
    if scale.iter().any(|factor| !(1e-6..=1e6).contains(factor)) {
        entry.fail("scale", format!("expected factors from 0.000001 to 1000000, found {scale:?}"));
    }
    Transform { translation, rotation, scale }
}

/// Turned about X first, then Y, then Z, all fixed axes.
fn quaternion_from_degrees(degrees: [f32; 3]) -> [f32; 4] {
    let [(sx, cx), (sy, cy), (sz, cz)] = degrees.map(|angle| (f64::from(angle).to_radians() / 2.0).sin_cos());
    [sx * cy * cz - cx * sy * sz, cx * sy * cz + sx * cy * sz, cx * cy * sz - sx * sy * cz, cx * cy * cz + sx * sy * sz]
        .map(|part| part as f32)
}

pub fn scene(build: &mut Build<'_>, root: &Entry<'_>) {
    let Some(entry) = root.table("scene", SCENE) else { return };
    let ambience = entry.choice(
        "ambience",
        &[
            ("neutral", Ambience::Neutral),
            ("directional", Ambience::Directional),
            ("chromatic", Ambience::Chromatic),
            ("dark", Ambience::Dark),
        ],
    );
    let environment = &mut build.project.scene.environment;
    environment.ambience = ambience.unwrap_or(environment.ambience);
    environment.background = entry.colour("background").or(environment.background);
    environment.ground = entry.colour("ground").or(environment.ground);
    environment.fog = entry.table("fog", FOG).and_then(|fog| fog_of(&fog)).or(environment.fog);
    let usual = &build.project.scene.tags;
    build.project.scene.tags = TagSettings {
        scale: entry.number_in("tag_scale", 0.1..=10.0, f64::from(usual.scale)) as f32,
        occluded: entry.flag("tags_occluded", usual.occluded),
    };
}

fn fog_of(entry: &Entry<'_>) -> Option<(Rgba, f32, f32)> {
    entry.required_text("colour", "the colour of the fog");
    let colour = entry.colour("colour");
    let near = entry.number_in("near", 0.0..=1e6, 20.0) as f32;
    let far = entry.number_in("far", 0.0..=1e6, 200.0) as f32;
    if near >= far {
        entry.fail("far", format!("expected more than near ({near}), found {far}"));
    }
    colour.filter(|_| entry.sound()).map(|colour| (colour, near, far))
}

pub fn lights(build: &mut Build<'_>, root: &Entry<'_>) {
    for entry in root.tables("light", LIGHT) {
        entry.required_text("kind", "ambient, directional, hemisphere or point");
        let ground = entry.colour("ground").unwrap_or(Rgba::new(0.3, 0.3, 0.3, 1.0));
        let kind = entry.choice(
            "kind",
            &[
                ("ambient", LightKind::Ambient),
                ("directional", LightKind::Directional),
                ("hemisphere", LightKind::Hemisphere { ground }),
                ("point", LightKind::Point),
            ],
        );
        let placed = matches!(kind, Some(LightKind::Directional | LightKind::Point));
        if placed && !entry.has("position") {
            entry.missing("position", "where the light stands");
        }
        let translation = entry.vector("position").unwrap_or_default();
        let colour = entry.colour("colour").unwrap_or(Rgba::WHITE);
        let intensity = entry.number_in("intensity", 0.0..=1000.0, 1.0) as f32;
        let cast_shadows = entry.flag("cast_shadows", placed);
        let name = entry.text("name").unwrap_or("light");
        let Some(kind) = kind.filter(|_| entry.sound()) else { continue };
        let mut node = SceneNode::new(name, None, Transform { translation, ..Transform::default() });
        node.light = Some(Light { kind, colour, intensity, cast_shadows });
        build.project.scene.nodes.push(node);
    }
}

pub fn views(build: &mut Build<'_>, root: &Entry<'_>) {
    for entry in root.tables("view", VIEW) {
        let name = entry.required_text("name", "a name for the view");
        for (key, what) in [("eye", "where the eye stands, in metres"), ("target", "the point looked at, in metres")] {
            if !entry.has(key) {
                entry.missing(key, what);
            }
        }
        let (eye, target) = (entry.vector("eye"), entry.vector("target"));
        let fov_deg = entry.number_in("fov_deg", 5.0..=150.0, 45.0) as f32;
        let (Some(name), Some(eye), Some(target)) = (name, eye, target) else { continue };
        if eye == target {
            entry.fail("target", format!("expected another point than eye, found {target:?} for both"));
        }
        let views = &mut build.project.scene.viewpoints;
        if views.iter().any(|view| view.name == name) {
            entry.fail_with("name", format!("expected a name of its own, found \"{name}\" a second time"), "");
        }
        if entry.sound() {
            views.push(Viewpoint { name: name.to_owned(), eye, target, fov_deg });
        }
    }
}
