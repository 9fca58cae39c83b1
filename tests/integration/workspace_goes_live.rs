//! A twin.toml takes a TwinMaker workspace in and gives its signals a living source.

use std::fs;
use std::path::Path;

use twinscope::domain::source::{CsvLayout, SourceKind};
use twinscope::project::{self, Project};

const SCENE: &str = r#"{
  "specVersion": "1.0",
  "nodes": [{
    "name": "Oven",
    "transform": { "position": [0, 0, 0], "rotation": [0, 0, 0], "scale": [1, 1, 1] },
    "components": [{
      "type": "ModelShader",
      "ruleBasedMapId": "heat",
      "valueDataBinding": { "dataBindingContext": { "entityId": "oven_1", "componentName": "Sensors", "propertyName": "Heat" } }
    }]
  }],
  "rootNodeIndexes": [0],
  "properties": { "environmentPreset": "neutral" },
  "rules": { "heat": { "statements": [{ "expression": "Heat > 200", "target": "iottwinmaker.common.color:red" }] } }
}"#;
const ENTITIES: &str = r#"[{
  "entityId": "oven_1",
  "entityName": "Oven",
  "parentEntityId": "$ROOT",
  "components": { "Sensors": {
    "componentTypeId": "test.oven",
    "properties": { "telemetryAssetId": { "value": { "stringValue": "asset-7" } } }
  } }
}]"#;
const TYPE: &str = r#"{
  "componentTypeId": "test.oven",
  "propertyDefinitions": {
    "Heat": { "dataType": { "type": "DOUBLE" }, "isTimeSeries": true },
    "Fan": { "dataType": { "type": "DOUBLE" }, "isTimeSeries": true }
  }
}"#;
const TELEMETRY: &str = "1700000000000,Oven,asset-7,Heat,180.5,DOUBLE\r\n1700000000000,Oven,asset-7,Fan,900,DOUBLE\r\n";
const BROKER: &str =
    "twinmaker = \"workspace\"\n[[source]]\nname = \"broker\"\nkind = \"mqtt\"\nurl = \"mqtt://127.0.0.1\"\n";

fn project(folder: &Path, signals: &str) -> Project {
    let workspace = folder.join("workspace");
    fs::create_dir(&workspace).expect("a folder");
    for (file, text) in
        [("scene.json", SCENE), ("entities.json", ENTITIES), ("type.json", TYPE), ("telemetry.csv", TELEMETRY)]
    {
        fs::write(workspace.join(file), text).expect("a file");
    }
    fs::write(folder.join("twin.toml"), format!("{BROKER}{signals}")).expect("a file");
    let loaded = project::load(folder);
    assert!(loaded.sound(), "{:#?}", loaded.problems);
    loaded.project.expect("a project")
}

/// Measures that the telemetry file still feeds.
fn from_file(project: &Project) -> Vec<&str> {
    let mut files = project.sources.iter().filter_map(|source| match &source.kind {
        SourceKind::Csv(spec) => Some(&spec.layout),
        _ => None,
    });
    let CsvLayout::TwinMaker { signals } = files.next().expect("the telemetry file") else { panic!("another layout") };
    signals.iter().map(|((_, measure), _)| measure.as_str()).collect()
}

#[test]
fn a_signal_that_goes_live_leaves_the_file_and_keeps_its_bindings() {
    let folder = tempfile::tempdir().expect("a folder");
    let signal = "[[signal]]\npath = \"Oven/Heat\"\nunit = \"Cel\"\ninterval_secs = 2\nsource = \"broker\"\ntopic = \"oven/heat\"\n";
    let project = project(folder.path(), signal);
    let heat = project.catalog.id("Oven/Heat").expect("the workspace's signal");
    assert_eq!(project.catalog.get(heat).map(|signal| signal.unit.symbol().to_owned()), Some("°C".to_owned()));
    assert_eq!(from_file(&project), ["Fan"]);
    let live = project.sources.iter().find_map(|source| match &source.kind {
        SourceKind::Mqtt(spec) => Some(&spec.subscriptions[0].routes[0]),
        _ => None,
    });
    assert_eq!(live.map(|route| (route.topic.as_str(), route.signal)), Some(("oven/heat", heat)));
    assert_eq!(project.bindings[0].inputs, [Some(heat)]);
}

#[test]
fn a_file_without_any_signal_left_is_not_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let signals = "[[signal]]\neach = { name = [\"Heat\", \"Fan\"] }\npath = \"Oven/{name}\"\nsource = \"broker\"\ntopic = \"oven/{name}\"\n";
    let project = project(folder.path(), signals);
    let names: Vec<&str> = project.sources.iter().map(|source| source.name.as_str()).collect();
    assert_eq!(names, ["broker"]);
}
