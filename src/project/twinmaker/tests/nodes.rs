//! The tree of nodes and what hangs on them.

use serde_json::{Value, json};

use super::super::testing::{load, load_scene, node, pretty, scene};
use crate::domain::colour::Rgba;
use crate::domain::rule::IconKind;
use crate::domain::scene::{Ambience, LightKind, MotionShape, SceneNodeId, Transform};
use crate::project::Severity;

#[test]
fn children_out_of_range_are_dropped_one_by_one() {
    let text = r#"{ "specVersion": "1.0", "rootNodeIndexes": [0], "properties": { "environmentPreset": "neutral" },
        "nodes": [
            { "name": "a", "transform": {},
              "children": [1,
                  7] },
            { "name": "b", "transform": {} }] }"#;
    let outcome = load(&[("scene.json", text.into())]);
    let problem = outcome.problem("found 7");
    assert_eq!((problem.severity, problem.key.as_str()), (Severity::Error, "nodes[0].children[1]"));
    assert_eq!(problem.line, Some(5), "{}", outcome.told());
    assert_eq!(outcome.project.scene.nodes[1].parent, Some(SceneNodeId(0)));
    assert_eq!(outcome.problems.len(), 1);
}

#[test]
fn cycles_are_broken_and_told() {
    let nodes = json!([node("a", &[1], json!([])), node("b", &[2], json!([])), node("c", &[0, 2], json!([]))]);
    let outcome = load_scene(&scene(nodes));
    let parents: Vec<_> = outcome.project.scene.nodes.iter().map(|node| node.parent.map(|parent| parent.0)).collect();
    assert_eq!(parents, [None, Some(0), Some(1)]);
    assert_eq!(outcome.problem("stands below itself").key, "nodes[2].children");
    outcome.problem("already a child");
}

#[test]
fn children_may_stand_before_their_parents() {
    let mut document = scene(json!([node("child", &[], json!([])), node("parent", &[0], json!([]))]));
    document["rootNodeIndexes"] = json!([1]);
    let outcome = load_scene(&document);
    assert_eq!(outcome.project.scene.nodes[0].parent, Some(SceneNodeId(1)));
    assert_eq!(outcome.told(), "");
}

#[test]
fn missing_parts_of_a_transform_have_defaults() {
    let outcome = load_scene(&scene(json!([
        { "name": "none", "children": [1], "components": [] },
        { "name": "some", "transform": { "position": [1, 2, 3], "scale": [1, 2] }, "components": [] },
    ])));
    let nodes = &outcome.project.scene.nodes;
    assert_eq!(nodes[0].transform, Transform::default());
    assert_eq!(nodes[1].transform, Transform { translation: [1.0, 2.0, 3.0], ..Transform::default() });
    outcome.problem("nodes have no transform (1 in this scene)");
    assert_eq!(outcome.problem("expected a list of three numbers").key, "nodes[1].transform.scale");
}

/// Quirks 2 and 4.
#[test]
fn children_of_a_part_hang_under_the_model() {
    let part = json!([{ "type": "SubModelRef", "selector": "Bowl", "parentRef": "3fa8-stale" }]);
    let outcome = load_scene(&scene(json!([
        node("mixer", &[1], json!([])),
        node("bowl", &[2], part),
        node("sign", &[], json!([{ "type": "Tag" }])),
    ])));
    let nodes = &outcome.project.scene.nodes;
    assert_eq!((nodes[1].sub_model.as_deref(), nodes[1].parent), (Some("Bowl"), Some(SceneNodeId(0))));
    assert_eq!(nodes[2].parent, Some(SceneNodeId(0)));
    outcome.problem("has no model above it");
}

#[test]
fn versions_decide_whether_a_scene_is_read() {
    for (version, nodes, told) in [
        (json!("1.0"), 1, ""),
        (json!("1.3"), 1, "newer than 1.0"),
        (json!("2.0"), 0, "newer than the versions 1.x"),
        (json!("1"), 0, "private beta"),
        (json!("1.x"), 0, "expected a version"),
        (json!(1.0), 0, "expected a text"),
    ] {
        let mut document = scene(json!([node("a", &[], json!([]))]));
        document["specVersion"] = version;
        let outcome = load_scene(&document);
        assert_eq!(outcome.project.scene.nodes.len(), nodes, "{told}");
        assert!(outcome.told().contains(told) && outcome.problems.len() == usize::from(!told.is_empty()));
        assert_eq!(outcome.errors(), 1 - nodes);
    }
}

#[test]
fn lights_have_their_defaults() {
    let light =
        |kind: &str, settings: Value| json!([{ "type": "Light", "lightType": kind, "lightSettings": settings }]);
    let outcome = load_scene(&scene(json!([
        node("sun", &[1, 2, 3], light("Directional", json!({ "color": 16776678, "intensity": 0.7 }))),
        node("sky", &[], light("Hemisphere", json!({}))),
        node("lamp", &[], light("Point", json!({ "color": "#ff0000", "castShadow": false }))),
        node("odd", &[], light("Spot", json!({}))),
    ])));
    let lights: Vec<_> = outcome.project.scene.nodes.iter().map(|node| node.light).collect();
    let sun = lights[0].expect("a light");
    assert_eq!(
        (sun.kind, sun.colour, sun.intensity, sun.cast_shadows),
        (LightKind::Directional, Rgba::from_hex(0xfffde6), 0.7, true)
    );
    let sky = lights[1].expect("a light");
    let ground = Rgba::from_hex(0x333333);
    assert_eq!((sky.kind, sky.colour, sky.cast_shadows), (LightKind::Hemisphere { ground }, Rgba::WHITE, false));
    assert_eq!(lights[2].map(|lamp| (lamp.colour, lamp.cast_shadows)), Some((Rgba::from_hex(0xff0000), false)));
    assert_eq!(lights[3], None);
    outcome.problem("found Spot");
}

/// A camera turned a quarter to the left (about Y), inside a node that stands aside.
#[test]
fn cameras_look_along_their_minus_z() {
    let mut document = scene(json!([
        { "name": "stand", "transform": { "position": [10, 0, 0] }, "children": [1], "components": [] },
        { "name": "View", "transform": { "position": [0, 2, 0], "rotation": [0, std::f32::consts::FRAC_PI_2, 0] },
          "components": [{ "type": "Camera", "cameraIndex": 0 }] },
    ]));
    document["cameras"] = json!([{ "cameraType": "Perspective", "fov": 40.0, "near": 0.1, "far": 1000 }]);
    document["defaultCameraIndex"] = json!(99);
    let outcome = load_scene(&document);
    let view = &outcome.project.scene.viewpoints[0];
    assert_eq!((view.name.as_str(), view.eye, view.fov_deg), ("View", [10.0, 2.0, 0.0], 40.0));
    assert!(view.target.iter().zip([0.0, 2.0, 0.0]).all(|(is, due)| (is - due).abs() < 1e-4), "{:?}", view.target);
    assert_eq!(outcome.told(), "");
}

#[test]
fn tags_carry_sign_offset_and_link() {
    let tag = json!([{ "type": "Tag", "icon": "iottwinmaker.common.icon:Warning", "offset": [0, 2, 0], "chosenColor": "#00ff00",
        "navLink": { "destination": "video", "params": { "stream": "cam 1", "zoom": 2 } } }]);
    let custom = json!([{ "type": "Tag", "icon": "iottwinmaker.common.icon:Custom", "chosenColor": "#00ff00",
        "customIcon": { "prefix": "fas", "iconName": "gear" } }]);
    let mut document = scene(json!([node("a", &[1], tag), node("b", &[], custom)]));
    document["nodes"][1]["properties"] = json!({ "alwaysVisible": true });
    document["properties"]["componentSettings"] = json!({ "Tag": { "scale": 2.5, "enableOcclusion": true } });
    let outcome = load_scene(&document);
    let scene = &outcome.project.scene;
    let first = scene.nodes[0].tag.as_ref().expect("a tag");
    assert_eq!(
        (first.icon.kind, first.icon.colour, first.offset, first.always_visible),
        (IconKind::Warning, None, [0.0, 2.0, 0.0], false)
    );
    let params: Vec<_> = first.params.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(params, [("destination", "video"), ("stream", "cam 1"), ("zoom", "2")]);
    let second = scene.nodes[1].tag.as_ref().expect("a tag");
    assert_eq!(
        (second.icon.kind, second.icon.colour, second.always_visible),
        (IconKind::Custom, Some(Rgba::from_hex(0x00ff00)), true)
    );
    assert_eq!((scene.tags.scale, scene.tags.occluded), (2.5, true));
}

/// Quirk 15: both colours are kept apart, and speeds may be texts.
#[test]
fn motion_indicators_keep_both_colours() {
    let motion = json!([{ "type": "MotionIndicator", "shape": "LinearPlane", "valueDataBindings": {},
        "config": { "numOfRepeatInY": 2, "backgroundColorOpacity": 0.5, "defaultSpeed": "1.5", "defaultBackgroundColor": "blue" } }]);
    let outcome = load_scene(&scene(json!([node("belt", &[], motion)])));
    let motion = outcome.project.scene.nodes[0].motion.as_ref().expect("arrows");
    assert_eq!((motion.shape, motion.repeat_across, motion.default_speed), (MotionShape::LinearPlane, 2, 1.5));
    assert_eq!(
        (motion.foreground, motion.background, motion.background_opacity),
        (None, Some(Rgba::from_hex(0x0000ff)), 0.5)
    );
}

/// Quirk 10.
#[test]
fn a_scene_without_any_light_is_not_left_black() {
    let ambience = |settings: Value, components: Value| {
        let outcome = load_scene(
            &json!({ "specVersion": "1.0", "nodes": [node("a", &[], components)], "rootNodeIndexes": [0], "properties": settings }),
        );
        (outcome.project.scene.environment.ambience, outcome.problems.len())
    };
    let lamp = json!([{ "type": "Light", "lightType": "Point" }]);
    assert_eq!(ambience(json!({}), json!([])), (Ambience::Neutral, 1));
    assert_eq!(ambience(json!({}), lamp), (Ambience::Dark, 0));
    assert_eq!(ambience(json!({ "environmentPreset": "chromatic" }), json!([])), (Ambience::Chromatic, 0));
    assert_eq!(ambience(json!({ "environmentPreset": "moon" }), json!([])), (Ambience::Neutral, 1));
}

#[test]
fn surroundings_follow_the_settings() {
    let mut document = scene(json!([node("a", &[], json!([]))]));
    document["properties"]["fogSettings"] = json!({ "color": "#102030", "near": -5, "far": 80 });
    document["properties"]["sceneBackgroundSettings"] = json!({ "color": "#ffffff", "textureUri": "sky.png" });
    document["properties"]["groundPlaneSettings"] = json!({ "opacity": 1.5 });
    let outcome = load_scene(&document);
    let environment = &outcome.project.scene.environment;
    assert_eq!(environment.fog, Some((Rgba::from_hex(0x102030), 1.0, 80.0)));
    assert_eq!(environment.background, Some(Rgba::WHITE));
    assert_eq!(environment.ground, Some(Rgba::from_hex(0x00ff00).with_alpha(0.0)));
    outcome.problem("pictures on the background");
}

#[test]
fn kinds_that_are_not_shown_are_told_once_each() {
    let parts = json!([{ "type": "DataOverlay" }, { "type": "Hologram" }]);
    let outcome = load_scene(&scene(json!([node("a", &[1], parts.clone()), node("b", &[], parts)])));
    outcome.problem("DataOverlay components are not shown yet (2 in this scene)");
    outcome.problem("type \"Hologram\" are not known (2 in this scene)");
    assert_eq!(outcome.errors(), 0);
}

#[test]
fn of_several_scenes_the_one_with_most_nodes_is_shown() {
    let small = scene(json!([node("small", &[], json!([]))]));
    let large = scene(json!([node("large", &[1], json!([])), node("b", &[], json!([]))]));
    let mut newest =
        scene(json!([node("a", &[1, 2], json!([])), node("b", &[], json!([])), node("c", &[], json!([]))]));
    newest["specVersion"] = json!("3.0");
    let outcome = load(&[
        ("a.json", pretty(&small)),
        ("deep/b.json", pretty(&large)),
        ("c.json", pretty(&newest)),
        ("package.json", "{}".into()),
    ]);
    assert_eq!(outcome.project.scene.nodes[0].name, "large");
    let problem = outcome.problem("holds 3 scene documents");
    assert!(problem.meaning.contains("a.json (1 node), c.json (3 nodes)"), "{problem}");
    assert!(problem.example.contains("a.json"));
    assert_eq!(outcome.problems.len(), 1);
}
