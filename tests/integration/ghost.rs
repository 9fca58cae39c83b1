//! The other side of a comparison stands in the scene as a ghost: exactly where it differs.
//!
//! The starter project plays its table; the other side is made from the same samples.

use bevy::camera::primitives::Aabb;
use bevy::core_pipeline::core_3d::Opaque3d;
use bevy::mesh::MeshTag;
use bevy::prelude::*;
use bevy::render::render_phase::ViewBinnedRenderPhases;
use tempfile::TempDir;
use twinscope::app::plant::Plant;
use twinscope::app::recording::beside::Beside;
use twinscope::app::what_if::WhatIf;
use twinscope::domain::command::Command;
use twinscope::domain::deviation::Yardstick;
use twinscope::domain::recording::Alignment;
use twinscope::domain::scenario::Scenario;
use twinscope::domain::signal::{Origin, Sample};
use twinscope::domain::time::{Span, Timestamp};
use twinscope::domain::value::Value;
use twinscope::domain::what_if::{Answer, Band, SignalBands};
use twinscope::project::starter;
use twinscope::view::camera::SceneCamera;
use twinscope::view::ghost::Ghost;
use twinscope::view::labels::{Anchors, Meaning};
use twinscope::view::overlay::{Side, SlotFlags, Slots};
use twinscope::view::select::Pointer;
use twinscope::view::stage::Stage;

use super::stage::{self, Scene};

const RECORDED: Origin = Origin::Recorded(1);
const PREDICTED: Origin = Origin::Predicted(1);
/// Meshes of the starter that go with a driven node: two blades, the liquid and the carton.
const COPIES: usize = 4;
const CARTON_FURTHER_M: f64 = 1.0;
const LEVEL_LOWER: f64 = 0.6;

#[test]
fn pictures_differ_exactly_around_the_equipment_that_differs() {
    let (_folder, mut scene) = starter((640, 400));
    let alone = picture(&mut scene);
    let draws_alone = draws(&scene);
    assert_eq!(ghosts(&mut scene), (0, 0), "nothing is compared");

    lay(&mut scene, RECORDED, |_, value| value);
    assert_eq!(ghosts(&mut scene), (0, COPIES));
    assert_eq!(pixels_that_differ(&alone, &picture(&mut scene)), [], "both sides agree");

    lay(&mut scene, RECORDED, elsewhere);
    assert_eq!(ghosts(&mut scene), (2, COPIES), "the liquid and the carton");
    let compared = picture(&mut scene);
    assert_eq!(draws(&scene), draws_alone, "copies are drawn with their originals");
    let world = scene.studio.world();
    // Lines at the edge of a mesh reach into the pixel beside it.
    let around: Vec<Rect> =
        ["Tank", "Pump", "Conveyor"].iter().map(|name| seen(world, named(world, name)).inflate(1.0)).collect();
    let there: Vec<Entity> =
        world.query_filtered::<Entity, With<Ghost>>().iter(world).filter(|ghost| is_shown(world, *ghost)).collect();
    let places: Vec<Rect> = there.iter().map(|ghost| seen(world, vec![*ghost]).inflate(1.0)).collect();
    let differing = pixels_that_differ(&alone, &compared);
    let astray: Vec<&Vec2> =
        differing.iter().filter(|pixel| !around.iter().chain(&places).any(|place| place.contains(**pixel))).collect();
    assert!(astray.is_empty(), "{} of {} pixels, as {:?}", astray.len(), differing.len(), astray.first());
    for place in around.iter().chain(&places) {
        let inside = differing.iter().filter(|pixel| place.contains(**pixel)).count();
        assert!(inside as f32 > 0.1 * place.width() * place.height(), "{inside} pixels in {place:?}");
    }
    assert_eq!(marks(world, "Carton"), [SlotFlags::default()], "its copy tells all");

    scene.studio.world().resource_mut::<Beside>().origin = None;
    scene.studio.frames(3);
    assert_eq!(ghosts(&mut scene), (0, 0), "an ended comparison leaves no entity");
    assert_eq!(pixels_that_differ(&alone, &picture(&mut scene)), []);
}

#[test]
fn ghosts_stand_where_the_other_side_has_them_and_follow_the_playhead() {
    let (_folder, mut scene) = starter((320, 200));
    lay(&mut scene, PREDICTED, elsewhere);
    for secs in [0, 3] {
        let moment = moment(&mut scene) + Span::from_secs(secs);
        scene.studio.stand_at(moment);
        let world = scene.studio.world();
        let [carton, liquid] = ["Carton", "Liquid"].map(|name| place_of_mesh(world, name));
        let way = ghost_of(world, |ghost| {
            (ghost.translation() - carton.translation()).distance(Vec3::X * CARTON_FURTHER_M as f32)
        });
        assert!(way < 0.01, "{way} m from where it should be");
        let level = |place: &GlobalTransform| place.scale().y / liquid.scale().y;
        let wrong = ghost_of(world, |ghost| (level(ghost) - LEVEL_LOWER as f32).abs());
        assert!(wrong < 0.01, "{wrong} of the own level");
    }
    let world = scene.studio.world();
    let sides: Vec<SlotFlags> = world
        .query_filtered::<&MeshTag, With<Ghost>>()
        .iter(world)
        .map(|tag| world.resource::<Slots>().get(tag.0).flags)
        .collect();
    assert_eq!(sides, [SlotFlags::beside(Side::Computed).with(SlotFlags::COPY); COPIES]);

    // A prediction that ended knows nothing, and does not stand still for an opinion.
    let (_, last) = world.resource::<Plant>().history.extent(Origin::Measured).expect("samples");
    world.resource_mut::<Plant>().history.clear(PREDICTED);
    lay_until(&mut scene, PREDICTED, last - Span::from_secs(20), elsewhere);
    assert_eq!(ghosts(&mut scene).0, 2);
    scene.studio.stand_at(last - Span::from_secs(10));
    assert_eq!(ghosts(&mut scene), (0, COPIES));
}

#[test]
fn lines_grow_with_the_sigmas_that_equipment_is_off() {
    let (_folder, mut scene) = starter((640, 400));
    let alone = picture(&mut scene);
    let pump = scene.studio.world();
    let pump = seen(pump, named(pump, "Pump")).inflate(1.0);
    // A tenth of 0..=120 °C is three sigmas: one is 4 °C.
    let mut lined = |cooler: f64| {
        lay(&mut scene, PREDICTED, |path, value| cooler_pump(path, value, cooler));
        let (difference, sigmas, yardstick) = worst_of(&mut scene, "Site/Pump/Temperature");
        assert!((difference - cooler).abs() < 1e-9 && (sigmas - cooler / 4.0).abs() < 1e-9, "{difference}, {sigmas}");
        assert_eq!(yardstick, Yardstick::Range);
        let lines = pixels_that_differ(&alone, &picture(&mut scene));
        assert!(lines.iter().all(|pixel| pump.contains(*pixel)), "only the pump is off by {cooler} °C");
        lines.len() as f32 / (pump.width() * pump.height())
    };
    let [none, slight, clear, strong] = [2.0, 6.0, 10.0, 16.0].map(&mut lined);
    assert_eq!(none, 0.0, "half a sigma is no news");
    assert!(slight > 0.02 && clear > 1.5 * slight && strong > 1.5 * clear, "{slight}, {clear}, {strong}");

    // The runs of the copy lie within 33 °C: a sigma of 10 °C.
    let known = scene.studio.world().resource::<Plant>().project.catalog.id("Site/Pump/Temperature");
    let band = Band { low: 30.0, middle: 45.0, high: 62.9 };
    let bands = SignalBands {
        signal: known.expect("a signal"),
        from: moment(&mut scene) - Span::from_secs(10),
        step: Span::from_secs(60),
        baseline: vec![band],
        changed: Vec::new(),
    };
    scene.studio.world().resource_mut::<WhatIf>().answer = Some(answer(bands));
    lay(&mut scene, PREDICTED, |path, value| cooler_pump(path, value, 6.0));
    let (_, sigmas, yardstick) = worst_of(&mut scene, "Site/Pump/Temperature");
    assert!((sigmas - 0.6).abs() < 1e-9 && yardstick == Yardstick::Runs, "{sigmas}");
    assert_eq!(pixels_that_differ(&alone, &picture(&mut scene)), [], "chance alone may bring that");
}

#[test]
fn a_label_shows_both_values_and_ghosts_cannot_be_picked() {
    let (_folder, mut scene) = starter((640, 400));
    let texts = |scene: &mut Scene| -> Vec<String> {
        let anchors = &scene.studio.world().resource::<Anchors>().0;
        let texts = anchors.iter().filter_map(|anchor| match &anchor.meaning {
            Meaning::Text(text) => Some(text.to_string()),
            _ => None,
        });
        texts.collect()
    };
    assert_eq!(texts(&mut scene), ["1450"]);
    lay(&mut scene, RECORDED, |path, value| match path {
        "Site/Pump/Speed" => Value::Real(1380.0),
        _ => elsewhere(path, value),
    });
    assert_eq!(texts(&mut scene), ["1450 | 1380"]);

    let world = scene.studio.world();
    let ghosts: Vec<Entity> =
        world.query_filtered::<Entity, With<Ghost>>().iter(world).filter(|ghost| is_shown(world, *ghost)).collect();
    let carton =
        ghosts.into_iter().map(|ghost| seen(world, vec![ghost])).max_by(|one, other| one.min.x.total_cmp(&other.min.x));
    // Low in the carton's ghost: the belt is behind it.
    let carton = carton.expect("a ghost");
    let place = Vec2::new(carton.center().x, carton.max.y - 0.25 * carton.height());
    let picked = |scene: &mut Scene| {
        scene.studio.world().resource_mut::<Pointer>().on_window = Some(place);
        scene.studio.update();
        let world = scene.studio.world();
        world
            .resource::<Pointer>()
            .over
            .and_then(|asset| world.resource::<Plant>().project.assets.get(asset))
            .map(|asset| asset.path.clone())
    };
    assert_eq!(picked(&mut scene).as_deref(), Some("Site/Conveyor"));
}

#[test]
fn a_stage_that_is_made_anew_gets_its_ghosts_once() {
    let (_folder, mut scene) = starter((320, 200));
    lay(&mut scene, RECORDED, elsewhere);
    assert_eq!(ghosts(&mut scene), (2, COPIES));
    let slots = scene.studio.world().resource::<Slots>().len();
    let generation = scene.studio.world().resource::<Stage>().generation;
    scene.studio.ask(Command::Reload);
    scene.wait_for("the new stage", |world| {
        let stage = world.resource::<Stage>();
        stage.generation > generation && !stage.unresolved()
    });
    scene.studio.frames(4);
    assert_eq!(ghosts(&mut scene), (2, COPIES));

    for origin in [None, Some(RECORDED), None, Some(RECORDED)] {
        scene.studio.world().resource_mut::<Beside>().origin = origin.map(|origin| (origin, Alignment::Clock));
        scene.studio.frames(3);
    }
    assert_eq!(ghosts(&mut scene), (2, COPIES));
    assert_eq!(scene.studio.world().resource::<Slots>().len(), slots, "slots are used again");
}

/// The other side as these tests have it.
fn elsewhere(path: &str, value: Value) -> Value {
    let number = value.as_f64().unwrap_or_default();
    match path {
        "Site/Tank/Level" => Value::Real(number * LEVEL_LOWER),
        "Site/Conveyor/Carton position" => Value::Real(number + CARTON_FURTHER_M),
        "Site/Pump/State" => Value::text("FAULT"),
        _ => value,
    }
}

fn cooler_pump(path: &str, value: Value, celsius: f64) -> Value {
    match (path, value.as_f64()) {
        ("Site/Pump/Temperature", Some(number)) => Value::Real(number - celsius),
        _ => value,
    }
}

/// How far the pump is off by its worst signal, which has to be the one.
fn worst_of(scene: &mut Scene, path: &str) -> (f64, f64, Yardstick) {
    let plant = scene.studio.world().resource::<Plant>();
    let (pump, catalog) = (plant.project.assets.by_path("Site/Pump"), &plant.project.catalog);
    let found = plant.deviations().iter().find(|(asset, _)| Some(*asset) == pump);
    let (_, found) = found.expect("both sides know the pump");
    assert_eq!(catalog.get(found.signal).map(|signal| signal.path.as_str()), Some(path));
    (found.difference.expect("a number"), found.sigmas, found.yardstick)
}

/// What the copy answered, as far as a ghost asks for it: the prediction is what happens without.
fn answer(bands: SignalBands) -> Answer {
    Answer {
        scenario: Scenario::default(),
        started: bands.from,
        before: Origin::Measured,
        baseline: PREDICTED,
        changed: Origin::Simulated(2),
        kpis: Vec::new(),
        alarms: Vec::new(),
        limits: Vec::new(),
        bands: vec![bands],
        estimated: Vec::new(),
        credibility: None,
    }
}

/// What a comparison gives to the meshes of a node.
fn marks(world: &World, name: &str) -> Vec<SlotFlags> {
    let tags = named(world, name).into_iter().filter_map(|entity| world.get::<MeshTag>(entity));
    let flags = tags.map(|tag| world.resource::<Slots>().get(tag.0).flags);
    flags.map(|flags| flags.without(flags.without(SlotFlags::COMPARED))).collect()
}

/// The starter, standing at a moment.
fn starter(size: (u32, u32)) -> (TempDir, Scene) {
    let folder = tempfile::tempdir().expect("a folder");
    starter::write(folder.path()).expect("the starter");
    let mut scene = stage::open(folder.path(), size);
    let moment = moment(&mut scene);
    scene.studio.stand_at(moment);
    (folder, scene)
}

fn moment(scene: &mut Scene) -> Timestamp {
    let held = scene.studio.world().resource::<Plant>().history.extent(Origin::Measured);
    held.expect("samples").0 + Span::from_secs(20)
}

/// Lays the measured samples, changed, beside what is shown.
fn lay(scene: &mut Scene, origin: Origin, change: impl Fn(&str, Value) -> Value) {
    lay_until(scene, origin, Timestamp::MAX, change);
}

fn lay_until(scene: &mut Scene, origin: Origin, end: Timestamp, change: impl Fn(&str, Value) -> Value) {
    let mut plant = scene.studio.world().resource_mut::<Plant>();
    let project = plant.project.clone();
    plant.history.clear(origin);
    for (signal, described) in project.catalog.iter() {
        let points: Vec<_> = plant.history.range(Origin::Measured, signal, Timestamp::MIN, end).cloned().collect();
        for point in points {
            let (time, value) = (point.time, change(&described.path, point.value));
            let sample = Sample { signal, source_time: time, received_time: time, value, quality: point.quality };
            plant.history.insert(origin, sample);
        }
    }
    plant.mark_all();
    scene.studio.world().resource_mut::<Beside>().origin = Some((origin, Alignment::Clock));
    scene.studio.frames(4);
}

/// How many are shown, and how many there are.
fn ghosts(scene: &mut Scene) -> (usize, usize) {
    let world = scene.studio.world();
    let all: Vec<Entity> = world.query_filtered::<Entity, With<Ghost>>().iter(world).collect();
    (all.iter().filter(|ghost| is_shown(world, **ghost)).count(), all.len())
}

fn is_shown(world: &World, ghost: Entity) -> bool {
    world.get::<Visibility>(ghost) != Some(&Visibility::Hidden)
}

fn picture(scene: &mut Scene) -> Image {
    scene.studio.picture().expect("a picture")
}

/// Middles of the pixels whose colours are not the same.
fn pixels_that_differ(one: &Image, other: &Image) -> Vec<Vec2> {
    assert_eq!(one.size(), other.size());
    let pixel = |picture: &Image, x, y| picture.get_color_at(x, y).expect("inside the picture");
    let all = (0..one.height()).flat_map(|y| (0..one.width()).map(move |x| (x, y)));
    let differing = all.filter(|(x, y)| pixel(one, *x, *y) != pixel(other, *x, *y));
    differing.map(|(x, y)| Vec2::new(x as f32 + 0.5, y as f32 + 0.5)).collect()
}

/// The node of the model with a name, and all below it.
fn named(world: &World, name: &str) -> Vec<Entity> {
    let mut found: Vec<Entity> = Vec::new();
    for entity in world.iter_entities().filter(|entity| entity.get::<Name>().is_some_and(|own| own.as_str() == name)) {
        found.push(entity.id());
    }
    let mut next = 0;
    while let Some(entity) = found.get(next) {
        let children = world.get::<Children>(*entity).map(|children| children.to_vec());
        found.extend(children.into_iter().flatten());
        next += 1;
    }
    found
}

/// Where the bounds of meshes are seen on the picture.
fn seen(world: &mut World, meshes: Vec<Entity>) -> Rect {
    let mut cameras = world.query_filtered::<(&Camera, &GlobalTransform), With<SceneCamera>>();
    let (camera, eye) = cameras.single(world).expect("the scene's camera");
    let mut place = Rect::EMPTY;
    for entity in meshes {
        let (Some(bounds), Some(world_from_mesh)) = (world.get::<Aabb>(entity), world.get::<GlobalTransform>(entity))
        else {
            continue;
        };
        for index in 0..8 {
            let pick = |axis: usize| if index & (1 << axis) == 0 { -1.0 } else { 1.0 };
            let corner =
                Vec3::from(bounds.center) + Vec3::from(bounds.half_extents) * Vec3::new(pick(0), pick(1), pick(2));
            let corner = camera.world_to_viewport(eye, world_from_mesh.transform_point(corner)).expect("in view");
            place = place.union_point(corner);
        }
    }
    place
}

/// Where the mesh of a node stands.
fn place_of_mesh(world: &mut World, name: &str) -> GlobalTransform {
    let nodes = named(world, name);
    let mesh = nodes.into_iter().find(|entity| world.get::<MeshTag>(*entity).is_some()).expect("a mesh");
    *world.get::<GlobalTransform>(mesh).expect("a place")
}

/// How far the ghost that fits best is from fitting.
fn ghost_of(world: &mut World, misfit: impl Fn(&GlobalTransform) -> f32) -> f32 {
    let mut ghosts = world.query_filtered::<(&GlobalTransform, &Visibility), With<Ghost>>();
    let shown = ghosts.iter(world).filter(|(_, visibility)| **visibility != Visibility::Hidden);
    shown.map(|(place, _)| misfit(place)).min_by(f32::total_cmp).expect("a ghost")
}

/// Draws of opaque meshes that the last frame needed.
fn draws(scene: &Scene) -> usize {
    let phases = scene.studio.render_world().expect("a renderer").resource::<ViewBinnedRenderPhases<Opaque3d>>();
    let draws = phases.values().map(|phase| {
        let single: usize = phase.unbatchable_meshes.values().map(|meshes| meshes.entities.len()).sum();
        phase.multidrawable_meshes.len() + phase.batchable_meshes.len() + single
    });
    draws.sum()
}
