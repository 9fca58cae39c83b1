//! Whatever stands in the files, reading ends and tells.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::colour::css;
use super::super::testing::{Outcome, bound, load, node, plant, pretty, scene};

/// A scene that uses most of the format.
fn full_scene() -> Value {
    let motion = json!({ "type": "MotionIndicator", "shape": "LinearPlane", "config": { "defaultSpeed": 1 },
        "valueDataBindings": { "speed": bound("", ("e2", "Pump", "flow"), "r") } });
    let mut document = scene(json!([
        node(
            "a",
            &[1, 2],
            json!([{ "type": "ModelRef", "modelType": "GLB", "uri": "a.glb", "unitOfMeasure": "feet" }])
        ),
        node(
            "b",
            &[3],
            json!([{ "type": "SubModelRef", "selector": "Rotor" }, bound("ModelShader", ("${x}", "Pump", "flow"), "r")])
        ),
        node(
            "c",
            &[],
            json!([{ "type": "Light", "lightType": "Point", "lightSettings": { "color": 255 } }, { "type": "Camera", "cameraIndex": 0 }])
        ),
        node("d", &[], json!([bound("Tag", ("e2", "Pump", "flow"), "r"), motion])),
    ]));
    document["cameras"] = json!([{ "fov": 50 }]);
    document["properties"] =
        json!({ "fogSettings": {}, "groundPlaneSettings": {}, "dataBindingConfig": { "template": { "x": "e2" } } });
    document["rules"] =
        json!({ "r": { "statements": [{ "expression": "flow > 1", "target": "iottwinmaker.common.color:red" }] } });
    document
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-3_i64..6).prop_map(Value::from),
        prop::sample::select(vec![
            "e1",
            "e2",
            "Pump",
            "r",
            "${x}",
            "a.glb",
            "..",
            "/",
            "s3://",
            "s3:/a/../..",
            "iottwinmaker.common.color:"
        ])
        .prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let key =
            prop::sample::select(vec!["type", "uri", "children", "components", "entityId", "x", "color", "statements"]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(key.prop_map(str::to_owned), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Replaces the value with this number, counted through the document.
fn replace(value: &mut Value, left: &mut usize, by: &Value) {
    if *left == 0 {
        *value = by.clone();
    }
    *left = left.wrapping_sub(1);
    match value {
        Value::Array(list) => list.iter_mut().for_each(|inner| replace(inner, left, by)),
        Value::Object(map) => map.values_mut().for_each(|inner| replace(inner, left, by)),
        _ => {}
    }
}

fn files(scene: String, entities: Option<String>) -> Vec<(&'static str, String)> {
    let mut files = plant();
    if let Some(entities) = entities {
        files.retain(|(name, _)| *name != "entities.json");
        files.push(("entities.json", entities));
    }
    files.push(("scene.json", scene));
    files.push(("telemetry.csv", "1000,Pump,t2,flow,1,DOUBLE\n".into()));
    files
}

#[test]
fn the_full_scene_is_sound() {
    let outcome = load(&files(pretty(&full_scene()), None));
    assert_eq!(outcome.problems.len(), 1, "{}", outcome.told());
    assert_eq!(outcome.project.bindings.len(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_anywhere_ends_well(at in 0_usize..170, by in any_json(), in_entities in any::<bool>()) {
        let (mut scene, mut entities) = (full_scene(), serde_json::from_str(&plant()[2].1).expect("JSON"));
        let mut left = at;
        replace(if in_entities { &mut entities } else { &mut scene }, &mut left, &by);
        let outcome = load(&files(pretty(&scene), Some(pretty(&entities))));
        for problem in &outcome.problems {
            let counted = problem.message.contains("{count}") || problem.meaning.contains("{count}");
            prop_assert!(!problem.message.is_empty() && !problem.meaning.is_empty() && !counted);
        }
    }

    #[test]
    fn any_damage_to_the_text_ends_well(at in 0_usize..6000, byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = pretty(&full_scene()).into_bytes();
        let at = at % bytes.len();
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("scene.json");
        std::fs::write(&file, bytes).expect("a file");
        let outcome = Outcome::of(&file);
        prop_assert!(!outcome.project.scene.nodes.is_empty() || !outcome.problems.is_empty());
    }

    #[test]
    fn any_text_is_a_colour_or_not(text in ".{0,24}") {
        if let Some(colour) = css(&text) {
            prop_assert!([colour.r, colour.g, colour.b, colour.a].iter().all(|channel| (0.0..=1.0).contains(channel)));
        }
    }
}

#[test]
fn what_is_not_there_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    for path in [folder.path().to_owned(), folder.path().join("gone.json"), folder.path().join("gone")] {
        let outcome = Outcome::of(&path);
        assert_eq!((outcome.errors(), outcome.problems.len()), (1, 1), "{}", outcome.told());
    }
}

#[test]
fn syntax_errors_give_their_line() {
    let outcome = load(&[
        ("scene.json", pretty(&full_scene())),
        ("bad.json", "[\n{ \"entityId\": \"a\"\n".into()),
        ("other.json", "{ // a comment\n}".into()),
    ]);
    let problem = outcome.problem("not valid JSON");
    assert!(outcome.project.files.contains(&problem.file), "a broken file is watched until it is mended");
    assert!(problem.file.ends_with("bad.json") && problem.line.is_some_and(|line| line >= 2), "{problem}");
}
