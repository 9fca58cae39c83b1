//! Which model files are found, and what is told of those that are not.

use serde_json::{Value, json};

use super::super::testing::{load, load_scene, node, pretty, scene};
use crate::domain::scene::PartNaming;
use crate::project::Severity;

const GLTF: &str = r#"{ "asset": { "version": "2.0" } }"#;

fn models(list: Value) -> String {
    let nodes: Vec<Value> =
        list.as_array().expect("a list").iter().map(|model| node("n", &[], json!([model]))).collect();
    let mut document = scene(json!(nodes));
    document["rootNodeIndexes"] = (0..nodes.len()).collect();
    pretty(&document)
}

fn model(uri: &str) -> Value {
    json!({ "type": "ModelRef", "modelType": "GLTF", "uri": uri })
}

#[test]
fn a_uri_is_looked_for_beside_the_scene_and_in_3d_models() {
    let list = json!([
        model("a.gltf"),
        model("sub\\b.gltf"),
        model("c.gltf"),
        model("s3://bucket/some/key/a.gltf"),
        model("s3:/bucket/x/sub/b.gltf")
    ]);
    let outcome = load(&[
        ("ws/scene.json", models(list)),
        ("ws/a.gltf", GLTF.into()),
        ("ws/sub/b.gltf", GLTF.into()),
        ("ws/3d_models/c.gltf", GLTF.into()),
    ]);
    let found: Vec<_> = outcome.project.scene.nodes.iter().filter_map(|node| node.model.as_ref()).collect();
    assert!(found.iter().all(|model| model.readable && model.naming == PartNaming::Three), "{}", outcome.told());
    let ends = ["ws/a.gltf", "ws/sub/b.gltf", "ws/3d_models/c.gltf", "ws/a.gltf", "ws/sub/b.gltf"];
    assert!(found.len() == ends.len() && found.iter().zip(ends).all(|(model, end)| model.file.ends_with(end)));
}

#[test]
fn a_missing_file_is_told_once_with_all_that_show_it() {
    let outcome = load(&[
        ("scene.json", models(json!([model("Mixers.glb"), model("mixer.gltf"), model("Mixers.glb")]))),
        ("Mixer.glb", "no".into()),
    ]);
    let problem = outcome.problem("Mixers.glb");
    assert_eq!((problem.severity, problem.key.as_str()), (Severity::Error, "nodes[0].components[0].uri"));
    assert!(problem.meaning.starts_with("2 nodes (n, n) are drawn as marked placeholders."), "{problem}");
    assert_eq!(problem.example, "\"uri\": \"Mixer.glb\"");
    let models: Vec<_> = outcome.project.scene.nodes.iter().filter_map(|node| node.model.as_ref()).collect();
    assert_eq!((models.len(), models.iter().filter(|model| model.readable).count(), outcome.errors()), (3, 0, 2));
}

#[test]
fn files_that_are_no_models_are_told() {
    let outcome =
        load(&[("scene.json", models(json!([model("cut.glb")]))), ("cut.glb", "glTF\u{2}\0\0\0\u{7f}".into())]);
    assert_eq!(outcome.problem("cut.glb").severity, Severity::Error);
    assert!(!outcome.project.scene.nodes[0].model.as_ref().expect("a placeholder").readable);
}

/// The folder beside the workspace may be used, anything further may not.
#[test]
fn a_uri_cannot_lead_out_of_the_neighbourhood() {
    let list = json!([
        model("../shared/a.gltf"),
        model("../../../../../../etc/a.gltf"),
        model("/etc/a.gltf"),
        model("https://example.com/a.gltf"),
        model("C:/a.gltf"),
        model("\\\\server\\share\\a.gltf")
    ]);
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [("ws/scene.json", models(list).as_str()), ("shared/a.gltf", GLTF)] {
        std::fs::create_dir_all(folder.path().join(name).parent().expect("a parent")).expect("a folder");
        std::fs::write(folder.path().join(name), text).expect("a file");
    }
    let outcome = super::super::testing::Outcome::of(&folder.path().join("ws"));
    let models: Vec<bool> = outcome
        .project
        .scene
        .nodes
        .iter()
        .map(|node| node.model.as_ref().is_some_and(|model| model.readable))
        .collect();
    assert_eq!(models, [true, false, false, false, false, false], "{}", outcome.told());
    assert_eq!(outcome.errors(), 5);
}

/// Quirk 1: the unit of the scene has no effect.
#[test]
fn only_the_model_says_its_scale() {
    let mut list = json!([model("a.gltf"), model("a.gltf"), model("a.gltf"), model("a.gltf")]);
    list[1]["unitOfMeasure"] = json!("inches");
    list[2]["unitOfMeasure"] = json!("inches");
    list[2]["localScale"] = json!([1, 2, 3]);
    list[3]["unitOfMeasure"] = json!("parsecs");
    list[3]["castShadow"] = json!(true);
    let text = models(list).replace("\"specVersion\"", "\"unit\": \"millimeters\", \"specVersion\"");
    let outcome = load(&[("scene.json", text), ("a.gltf", GLTF.into())]);
    let models: Vec<_> = outcome.project.scene.nodes.iter().filter_map(|node| node.model.as_ref()).collect();
    let scales: Vec<_> = models.iter().map(|model| model.scale).collect();
    assert_eq!(scales, [[1.0; 3], [0.0254; 3], [1.0, 2.0, 3.0], [1.0; 3]]);
    assert!(models[3].cast_shadows && !models[0].cast_shadows);
    outcome.problem("unit parsecs is not known");
}

/// Quirk 5.
#[test]
fn tilesets_are_placeholders_for_now() {
    let tiles = |uri: &str| json!({ "type": "ModelRef", "modelType": "Tiles3D", "uri": uri });
    let outcome = load(&[(
        "scene.json",
        models(
            json!([tiles("a/tileset.json"), tiles("b/tileset.json"), { "type": "ModelRef", "modelType": "USD", "uri": "x.usd" }]),
        ),
    )]);
    outcome.problem("3D Tiles are not supported yet (2 in this scene)");
    let models: Vec<_> =
        outcome.project.scene.nodes.iter().map(|node| node.model.as_ref().map(|model| model.readable)).collect();
    assert_eq!(models, [Some(false), Some(false), None]);
    outcome.problem("model type USD");
    assert_eq!(outcome.errors(), 0);
}

#[test]
fn parts_are_named_in_the_model_that_they_belong_to() {
    let shader = json!([{ "type": "SubModelRef", "selector": "Bowl_1" }]);
    let outcome =
        load_scene(&scene(json!([node("mixer", &[1], json!([model("gone.gltf")])), node("bowl", &[], shader)])));
    assert_eq!(outcome.errors(), 1);
    assert_eq!(outcome.problems.len(), 1, "{}", outcome.told());
}
