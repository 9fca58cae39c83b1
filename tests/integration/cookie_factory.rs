//! The Cookie Factory as AWS published it looks as its scene and its telemetry say. What is expected
//! is read from the files by `telemetry`, without the program's readers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use bevy::camera::primitives::Aabb;
use bevy::prelude::*;
use serde_json::Value;
use twinscope::app::plant::Plant;
use twinscope::domain::command::Command;
use twinscope::domain::rule::{Icon, IconKind};
use twinscope::domain::time::Timestamp;
use twinscope::project::Project;
use twinscope::view::camera::{CameraRequest, SceneCamera};
use twinscope::view::labels::{Anchors, Meaning};
use twinscope::view::parts::Targets;
use twinscope::view::present::Signs;
use twinscope::view::stage::{OpenProject, Stage};

use super::stage::{self, Scene};
use super::telemetry;

const MIXER: &str = "Equipment/Mixers/Mixer_1";
const SIZE: (u32, u32) = (480, 360);

#[test]
fn the_cookie_factory_shows_what_its_telemetry_says() {
    let Some(folder) = stage::cookie_factory() else { return };
    let mut scene = stage::open(&folder, SIZE);
    tags_show_an_error_exactly_while_their_alarm_is_active(&mut scene, &folder);
    the_mixer_is_yellow_below_99_red_above_100_and_untouched_between(&mut scene, &folder);
}

/// Rules of the scene: `Temperature > 100` red, `Temperature < 99` yellow.
fn the_mixer_is_yellow_below_99_red_above_100_and_untouched_between(scene: &mut Scene, folder: &Path) {
    let entities = telemetry::json(&folder.join("entities.json"));
    let series = telemetry::series(folder);
    let id = telemetry::asset_id(&entities, ("entityName", "Mixer_1"), "MixerComponent");
    let temperatures = &series[&(id, "Temperature".to_owned())];
    // An alarm would lay its own colour over the mesh: this mixer never has one.
    let alarm = telemetry::asset_id(&entities, ("entityName", "Mixer_1"), "AlarmComponent");
    assert!(series[&(alarm, "alarm_status".to_owned())].iter().all(|(_, status)| status == "NORMAL"));
    // In the midst of the recording, half a second after the sample: nothing is stale.
    let moment = |wanted: &dyn Fn(f64) -> bool| {
        let found = temperatures[100..].iter().find(|(_, text)| wanted(text.parse().expect("a number")));
        found.expect("such a temperature").0 + 500
    };
    let (cold, right, hot) = (
        moment(&|value| value < 99.0),
        moment(&|value| (99.0..=100.0).contains(&value)),
        moment(&|value| value > 100.0),
    );

    scene.studio.ask(Command::SetLabels(false));
    let [cold, right, hot] = [cold, right, hot].map(|ms| {
        scene.studio.stand_at(Timestamp::from_millis(ms));
        shoot(scene)
    });
    // The same scene without any rule.
    let bare = Project { bindings: Vec::new(), ..(*project(scene)).clone() };
    scene.studio.world().write_message(OpenProject(Arc::new(bare)));
    scene.studio.frames(1);
    scene.studio.settle().expect("the models once more");
    scene.studio.frames(4);
    let untouched = shoot(scene);

    // Yellow and red differ by all of their green. A neighbour in alarm that reaches into the box
    // blinks by less.
    let body = differing(&cold, &hot, &untouched.inside, 0.4);
    let share = body.len() as f32 / untouched.inside.len() as f32;
    assert!(share > 0.15, "the rules reach only {share:.2} of the mixer's box");
    let changed_between = differing(&right, &untouched, &body, 0.02).len();
    assert!(changed_between < body.len() / 100, "{changed_between} pixels differ from the untouched mixer");
    let (yellow, red) = (hue_deg(&cold, &body), hue_deg(&hot, &body));
    assert!((40.0..75.0).contains(&yellow), "hue {yellow} is not yellow");
    assert!(!(15.0..=345.0).contains(&red), "hue {red} is not red");
    let plain = saturation(&untouched, &body);
    assert!(saturation(&cold, &body) > plain + 0.3 && saturation(&hot, &body) > plain + 0.3, "untouched: {plain}");
}

/// The rule of the tags: `alarm_status == 'ACTIVE'` shows Error; else the icon of the tag.
fn tags_show_an_error_exactly_while_their_alarm_is_active(scene: &mut Scene, folder: &Path) {
    let entities = telemetry::json(&folder.join("entities.json"));
    let document = telemetry::json(&folder.join("CookieFactory.json"));
    let series = telemetry::series(folder);
    // Place of the node in the document -> its alarm's series.
    let tags: BTreeMap<usize, &[(i64, String)]> = document["nodes"]
        .as_array()
        .expect("nodes")
        .iter()
        .enumerate()
        .filter_map(|(place, node)| {
            let components = node["components"].as_array()?;
            let tag = components.iter().find(|component| component["type"] == "Tag")?;
            let context = &tag["valueDataBinding"]["dataBindingContext"];
            let entity = ("entityId", context["entityId"].as_str().expect("an entity"));
            let id = telemetry::asset_id(&entities, entity, context["componentName"].as_str().expect("a component"));
            Some((place, series[&(id, "alarm_status".to_owned())].as_slice()))
        })
        .collect();
    assert_eq!(tags.len(), 27);

    scene.studio.point_camera(CameraRequest::FrameAll);
    let mut seen_active = BTreeSet::new();
    let moments = moments(&tags);
    assert!(moments.len() >= 8, "{moments:?}");
    for ms in moments {
        scene.studio.stand_at(Timestamp::from_millis(ms));
        let active: BTreeSet<usize> = tags
            .iter()
            .filter(|(_, points)| telemetry::at(points, ms) == Some("ACTIVE"))
            .map(|(tag, _)| *tag)
            .collect();
        let world = scene.studio.world();
        let (signs, nodes) = (world.resource::<Signs>(), &world.resource::<Stage>().nodes);
        let shown: BTreeSet<usize> =
            tags.keys().copied().filter(|tag| is_error(signs.icons.get(&nodes[*tag]))).collect();
        assert_eq!(shown, active, "at {ms} ms");
        errors_on_the_picture(world, &document, &active, ms);
        seen_active.insert(active);
    }
    assert!(seen_active.len() > 1, "nothing changed between the moments");
}

/// Begin and end of the recording, and a millisecond before and at changes spread over it.
fn moments(tags: &BTreeMap<usize, &[(i64, String)]>) -> Vec<i64> {
    let changes: BTreeSet<i64> = tags
        .values()
        .flat_map(|points| points.windows(2))
        .filter(|pair| pair[0].1 != pair[1].1 && (pair[0].1 == "ACTIVE" || pair[1].1 == "ACTIVE"))
        .map(|pair| pair[1].0)
        .collect();
    let changes: Vec<i64> = changes.into_iter().collect();
    let spread = [0, changes.len() / 3, changes.len() / 2, changes.len() - 1].map(|place| changes[place]);
    let first = tags.values().filter_map(|points| points.first()).map(|(ms, _)| *ms).max();
    let all = spread.into_iter().flat_map(|ms| [ms - 1, ms]).chain(first);
    all.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The signs on the picture say the same of the equipment that they stand at.
fn errors_on_the_picture(world: &mut World, document: &Value, active: &BTreeSet<usize>, ms: i64) {
    let name_of = |tag: usize| {
        let is_parent = |node: &Value| node["children"].as_array().is_some_and(|all| all.contains(&Value::from(tag)));
        let nodes = document["nodes"].as_array().expect("nodes");
        nodes.iter().find(|node| is_parent(node)).and_then(|node| node["name"].as_str()).expect("a parent").to_owned()
    };
    let active: BTreeSet<String> = active.iter().map(|tag| name_of(*tag)).collect();
    let project = world.resource::<Plant>().project.clone();
    let mut signs = 0;
    for anchor in &world.resource::<Anchors>().0 {
        let (Meaning::Sign { icon, .. }, Some(asset)) = (&anchor.meaning, anchor.asset) else { continue };
        let name = &project.assets.get(asset).expect("an asset").name;
        assert_eq!(is_error(Some(icon)), active.contains(name), "{name} at {ms} ms");
        signs += 1;
    }
    assert!(signs >= 20, "only {signs} signs are on the picture");
}

fn is_error(icon: Option<&Icon>) -> bool {
    icon.is_some_and(|icon| icon.kind == IconKind::Error)
}

fn project(scene: &mut Scene) -> Arc<Project> {
    scene.studio.world().resource::<Plant>().project.clone()
}

/// The picture of the mixer: all pixels, and which of them lie in the box around it.
struct Shot {
    pixels: Vec<[f32; 3]>,
    inside: Vec<usize>,
}

/// The same view each time: the direction of the whole, as near as the mixer allows.
fn shoot(scene: &mut Scene) -> Shot {
    let mixer = project(scene).assets.by_path(MIXER).expect("the mixer");
    scene.studio.point_camera(CameraRequest::FrameAll);
    scene.studio.point_camera(CameraRequest::Focus(mixer));
    let image = scene.studio.picture().expect("a picture");
    let (width, height) = (image.width() as usize, image.height() as usize);
    let rgb = image.try_into_dynamic().expect("a known format").to_rgb8();
    let pixels = rgb.pixels().map(|pixel| pixel.0.map(|channel| f32::from(channel) / 255.0)).collect();

    let world = scene.studio.world();
    let root = world.resource::<Targets>().entities_of(mixer)[0];
    let mut children = world.query::<&Children>();
    let mut bounds = world.query::<(&Aabb, &GlobalTransform)>();
    let mut cameras = world.query_filtered::<(&Camera, &GlobalTransform), With<SceneCamera>>();
    let (camera, eye) = cameras.single(world).expect("one camera");
    let view = camera.logical_viewport_size().expect("a picture");
    let (mut low, mut high) = (Vec2::INFINITY, Vec2::NEG_INFINITY);
    let mut open = vec![root];
    while let Some(entity) = open.pop() {
        open.extend(children.get(world, entity).into_iter().flat_map(|children| children.iter()));
        let Ok((aabb, place)) = bounds.get(world, entity) else { continue };
        for corner in 0..8 {
            let side = |bit: usize| if corner & bit == 0 { -1.0 } else { 1.0 };
            let corner = aabb.center + aabb.half_extents * Vec3A::new(side(1), side(2), side(4));
            let on_picture =
                camera.world_to_viewport(eye, place.transform_point(corner.into())).expect("in view") / view;
            low = low.min(on_picture);
            high = high.max(on_picture);
        }
    }
    let place = |pixel: usize| Vec2::new((pixel % width) as f32 / width as f32, (pixel / width) as f32 / height as f32);
    let within = |pixel: &usize| place(*pixel).cmpge(low).all() && place(*pixel).cmple(high).all();
    Shot { pixels, inside: (0..width * height).filter(within).collect() }
}

/// Those of the pixels of which a channel differs by more than `by`, in 0..=1.
fn differing(one: &Shot, other: &Shot, pixels: &[usize], by: f32) -> Vec<usize> {
    let apart = |pixel: &usize| {
        let pairs = one.pixels[*pixel].iter().zip(&other.pixels[*pixel]);
        pairs.map(|(one, other)| (one - other).abs()).fold(0.0, f32::max) > by
    };
    pixels.iter().copied().filter(apart).collect()
}

/// Hue of the mean colour, 0..360: red 0, yellow 60.
fn hue_deg(shot: &Shot, pixels: &[usize]) -> f32 {
    let mean = mean(shot, pixels);
    Hsva::from(Color::srgb(mean.x, mean.y, mean.z)).hue
}

fn saturation(shot: &Shot, pixels: &[usize]) -> f32 {
    let mean = mean(shot, pixels);
    Hsva::from(Color::srgb(mean.x, mean.y, mean.z)).saturation
}

fn mean(shot: &Shot, pixels: &[usize]) -> Vec3 {
    pixels.iter().map(|pixel| Vec3::from_array(shot.pixels[*pixel])).sum::<Vec3>() / pixels.len() as f32
}
