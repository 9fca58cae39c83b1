//! Meshes of a loaded model stay instanced under the status overlay: data changes slots of one
//! buffer, never materials.
//!
//! The model is made here: two hundred nodes share two meshes, which have three materials between
//! them. Where there is no graphics adapter, not even a software one, no picture can be taken and
//! the test fails as all picture tests do.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use bevy::camera::primitives::Aabb;
use bevy::core_pipeline::core_3d::Opaque3d;
use bevy::ecs::message::MessageCursor;
use bevy::mesh::MeshTag;
use bevy::prelude::*;
use bevy::render::render_phase::ViewBinnedRenderPhases;
use twinscope::app::args::HeadsetWish;
use twinscope::app::studio::{Screen, Studio};
use twinscope::app::{self, Opened};
use twinscope::view::camera::SceneCamera;
use twinscope::view::{Slots, StatusMaterial};

const COLUMNS: usize = 20;
const NODES: usize = 200;
/// Node with an even number: one box of the first material. Odd: two boxes, of the others.
const MESHES: usize = NODES / 2 * 3;
/// Pairs of mesh and material in the model.
const PAIRS: usize = 3;
const SPACING_M: f32 = 1.5;

#[test]
fn meshes_of_a_model_stay_instanced_while_data_changes_their_colours() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("twin.toml"), PROJECT).expect("the project");
    fs::write(folder.path().join("yard.glb"), model()).expect("the model");
    let mut studio = open(folder.path());
    let boxes = boxes(studio.world());

    let materials: HashSet<_> = boxes.iter().map(|part| part.material).collect();
    assert_eq!((boxes.len(), materials.len()), (MESHES, PAIRS));
    let slots: HashSet<u32> = boxes.iter().map(|part| part.slot).collect();
    assert_eq!(slots.len(), MESHES, "each mesh has a slot of its own");
    assert!(!slots.contains(&0), "the neutral slot is nobody's");

    let before = studio.picture().expect("a picture");
    let mut modified = studio.world().resource::<Messages<AssetEvent<StatusMaterial>>>().get_cursor_current();
    let changed: HashSet<u32> = boxes.iter().map(|part| part.slot).step_by(10).collect();
    for &slot in &changed {
        studio.world().resource_mut::<Slots>().update(slot, |slot| slot.colour = [0.0, 1.0, 0.0, 1.0]);
    }
    for _ in 0..4 {
        studio.update();
        assert_eq!(material_events(studio.world(), &mut modified), 0);
    }
    let after = studio.picture().expect("a picture");
    for part in &boxes {
        let [then, now] = [&before, &after].map(|picture| pixel(picture, part.pixel));
        let greener = now[1] - now[0].max(now[2]) > 0.2;
        assert_eq!(greener, changed.contains(&part.slot), "slot {} at {}: {then:?}, {now:?}", part.slot, part.pixel);
        assert!(greener || then == now, "slot {} was not touched: {then:?}, {now:?}", part.slot);
    }
    assert_eq!(draws(&studio), PAIRS, "one draw a pair of mesh and material, not one a node");
}

#[cfg(feature = "xr")]
#[test]
fn each_eye_of_a_wearer_costs_as_many_draws_as_the_desk() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("twin.toml"), PROJECT).expect("the project");
    fs::write(folder.path().join("yard.glb"), model()).expect("the model");
    let mut studio = show(folder.path(), HeadsetWish { vr: true, ..HeadsetWish::default() });
    assert_eq!(draws(&studio), PAIRS, "the desk alone");
    // High over the middle of the yard, looking down: all of it is in view, as at the desk.
    super::headset::wear(
        studio.world(),
        Vec3::new(0.0, 30.0, 0.0),
        Quat::from_rotation_x(-std::f32::consts::FRAC_PI_2),
    );
    studio.frames(4);
    assert_eq!(draws(&studio), 3 * PAIRS, "the desk and both eyes");
}

const PROJECT: &str = r#"
name = "Yard"
[[model]]
name = "yard"
file = "yard.glb"
[scene]
ambience = "neutral"
[[view]]
name = "From above"
eye = [0.0, 26.0, 0.5]
target = [0.0, 0.0, 0.0]
"#;

fn open(folder: &Path) -> Studio {
    show(folder, HeadsetWish::default())
}

fn show(folder: &Path, headset: HeadsetWish) -> Studio {
    let opened = Opened { headset, ..app::read(folder.to_owned()).expect("a project") };
    assert!(opened.problems.is_empty(), "{:?}", opened.problems);
    let screen = Screen { width: 1024, height: 576, panels: false, best_quality: true };
    let mut studio = Studio::open(opened, screen).expect("a studio");
    studio.settle().expect("the model loads");
    studio.frames(6);
    studio
}

/// A dressed mesh, and where its middle is seen.
struct Part {
    material: AssetId<StatusMaterial>,
    slot: u32,
    pixel: UVec2,
}

fn boxes(world: &mut World) -> Vec<Part> {
    let mut cameras = world.query_filtered::<(&Camera, &GlobalTransform), With<SceneCamera>>();
    let (camera, eye) = cameras.single(world).map(|(camera, eye)| (camera.clone(), *eye)).expect("the scene's camera");
    let mut dressed = world.query::<(&MeshMaterial3d<StatusMaterial>, &MeshTag, &GlobalTransform, &Aabb)>();
    let parts = dressed.iter(world).map(|(material, tag, place, bounds)| {
        let middle = place.transform_point(bounds.center.into());
        let pixel = camera.world_to_viewport(&eye, middle).expect("it is in view").as_uvec2();
        Part { material: material.0.id(), slot: tag.0, pixel }
    });
    parts.collect()
}

fn material_events(world: &World, cursor: &mut MessageCursor<AssetEvent<StatusMaterial>>) -> usize {
    let events = cursor.read(world.resource::<Messages<AssetEvent<StatusMaterial>>>());
    events.filter(|event| matches!(event, AssetEvent::Modified { .. } | AssetEvent::Added { .. })).count()
}

fn pixel(picture: &Image, at: UVec2) -> [f32; 3] {
    picture.get_color_at(at.x, at.y).expect("inside the picture").to_srgba().to_f32_array_no_alpha()
}

/// Draws of opaque meshes that the last frame needed, over all cameras.
fn draws(studio: &Studio) -> usize {
    let phases = studio.render_world().expect("a renderer").resource::<ViewBinnedRenderPhases<Opaque3d>>();
    let draws = phases.values().map(|phase| {
        let single: usize = phase.unbatchable_meshes.values().map(|meshes| meshes.entities.len()).sum();
        phase.multidrawable_meshes.len() + phase.batchable_meshes.len() + single
    });
    draws.sum()
}

/// A GLB file (glTF 2.0, chapter 4): boxes that lie in a grid, the middle of the grid at the origin.
fn model() -> Vec<u8> {
    // A whole box, its left half and its right half; each has corners and triangles of its own.
    let shapes = [(-0.5, 0.5), (-0.5, -0.05), (0.05, 0.5)];
    let mut data = Vec::new();
    let (mut views, mut accessors) = (String::new(), String::new());
    for (index, (left, right)) in shapes.into_iter().enumerate() {
        let begin = data.len();
        for corner in 0..8 {
            let pick = |bit: usize, low: f32, high: f32| if corner & bit == 0 { low } else { high };
            for number in [pick(1, left, right), pick(2, 0.0, 0.4), pick(4, -0.5, 0.5)] {
                data.extend_from_slice(&number.to_le_bytes());
            }
        }
        let triangles: [u16; 36] = [
            2, 6, 7, 2, 7, 3, 0, 1, 5, 0, 5, 4, 0, 2, 3, 0, 3, 1, 4, 5, 7, 4, 7, 6, 0, 4, 6, 0, 6, 2, 1, 3, 7, 1, 7, 5,
        ];
        data.extend(triangles.iter().flat_map(|corner| corner.to_le_bytes()));
        let comma = if index == 0 { "" } else { "," };
        // Writing to a String cannot fail.
        _ = write!(
            views,
            r#"{comma}{{"buffer":0,"byteOffset":{begin},"byteLength":96}},{{"buffer":0,"byteOffset":{},"byteLength":72}}"#,
            begin + 96
        );
        _ = write!(
            accessors,
            r#"{comma}{{"bufferView":{},"componentType":5126,"count":8,"type":"VEC3","min":[{left},0,-0.5],"max":[{right},0.4,0.5]}},{{"bufferView":{},"componentType":5123,"count":36,"type":"SCALAR"}}"#,
            2 * index,
            2 * index + 1
        );
    }
    let primitive = |shape: usize| {
        format!(r#"{{"attributes":{{"POSITION":{}}},"indices":{},"material":{shape}}}"#, 2 * shape, 2 * shape + 1)
    };
    let nodes = (0..NODES).map(|node| {
        let (column, row) = (node % COLUMNS, node / COLUMNS);
        let middle = |place: usize, count: usize| (place as f32 - (count - 1) as f32 / 2.0) * SPACING_M;
        let (x, z) = (middle(column, COLUMNS), middle(row, NODES / COLUMNS));
        format!(r#"{{"name":"box {node}","mesh":{},"translation":[{x},0,{z}]}}"#, node % 2)
    });
    let material = |red: f32, blue: f32| {
        format!(r#"{{"pbrMetallicRoughness":{{"baseColorFactor":[{red},0.2,{blue},1],"metallicFactor":0}}}}"#)
    };
    let list = |items: &mut dyn Iterator<Item = String>| items.collect::<Vec<_>>().join(",");
    let mut json = format!(
        r#"{{"asset":{{"version":"2.0"}},"scene":0,"scenes":[{{"nodes":[{}]}}],"nodes":[{}],"meshes":[{{"primitives":[{}]}},{{"primitives":[{},{}]}}],"materials":[{},{},{}],"buffers":[{{"byteLength":{}}}],"bufferViews":[{views}],"accessors":[{accessors}]}}"#,
        list(&mut (0..NODES).map(|node| node.to_string())),
        list(&mut nodes.into_iter()),
        primitive(0),
        primitive(1),
        primitive(2),
        material(0.6, 0.2),
        material(0.2, 0.6),
        material(0.5, 0.5),
        data.len()
    );
    while json.len() % 4 != 0 {
        json.push(' ');
    }
    let mut file = Vec::from(*b"glTF");
    let words = |file: &mut Vec<u8>, words: &[usize]| {
        file.extend(words.iter().flat_map(|word| (*word as u32).to_le_bytes()));
    };
    words(&mut file, &[2, 12 + 8 + json.len() + 8 + data.len()]);
    words(&mut file, &[json.len()]);
    file.extend_from_slice(b"JSON");
    file.extend_from_slice(json.as_bytes());
    words(&mut file, &[data.len()]);
    file.extend_from_slice(b"BIN\0");
    file.extend_from_slice(&data);
    file
}
