//! Workspaces made by tests.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::document::Document;
use crate::project::{Problem, Project, Severity};

pub fn document(folder: &Path, name: &str, value: &Value) -> Document {
    let file = folder.join(name);
    fs::write(&file, serde_json::to_vec_pretty(value).expect("JSON")).expect("a file");
    Document::read(&file).expect("a document")
}

/// What came of a workspace.
pub struct Outcome {
    pub project: Project,
    pub problems: Vec<Problem>,
}

impl Outcome {
    pub fn of(path: &Path) -> Self {
        let (mut project, mut problems) = (Project::default(), Vec::new());
        super::load(path, &mut project, &mut problems);
        Self { project, problems }
    }

    /// The only problem whose message holds the text.
    pub fn problem(&self, text: &str) -> &Problem {
        let found: Vec<&Problem> = self.problems.iter().filter(|problem| problem.message.contains(text)).collect();
        assert_eq!(found.len(), 1, "\"{text}\" in {}", self.told());
        found[0]
    }

    pub fn told(&self) -> String {
        self.problems.iter().map(|problem| format!("{problem}\n")).collect()
    }

    pub fn errors(&self) -> usize {
        self.problems.iter().filter(|problem| problem.severity == Severity::Error).count()
    }
}

/// Loads a folder that holds these files.
pub fn load(files: &[(&str, String)]) -> Outcome {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, text).expect("a file");
    }
    Outcome::of(folder.path())
}

/// Loads a scene alone.
pub fn load_scene(scene: &Value) -> Outcome {
    load(&[("scene.json", pretty(scene))])
}

pub fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("JSON")
}

/// A scene of these nodes, lit, with node 0 as root.
pub fn scene(nodes: Value) -> Value {
    json!({ "specVersion": "1.0", "nodes": nodes, "rootNodeIndexes": [0], "properties": { "environmentPreset": "neutral" } })
}

/// A node with a transform that changes nothing.
pub fn node(name: &str, children: &[usize], components: Value) -> Value {
    json!({ "name": name, "transform": {}, "children": children, "components": components })
}

/// The files of a plant with two pumps, without a scene. Pump 1 has a component of two properties,
/// one of them called like one of its alarm's.
pub fn plant() -> Vec<(&'static str, String)> {
    let series =
        |kind: &str, unit: &str| json!({ "dataType": { "type": kind, "unitOfMeasure": unit }, "isTimeSeries": true });
    let pump = json!({ "componentTypeId": "pump", "extendsFrom": ["gone.telemetry"], "propertyDefinitions": {
        "flow": series("DOUBLE", "m3/h"), "set-point": series("DOUBLE", ""), "starts": series("LONG", ""),
        "maker": { "dataType": { "type": "STRING" } }, "sizes": { "dataType": { "type": "LIST" } } } });
    let alarm = json!({ "componentTypeId": "alarm", "extendsFrom": ["com.amazon.iottwinmaker.alarm.basic"],
        "propertyDefinitions": { "starts": series("LONG", "") } });
    let text = |text: &str| json!({ "value": { "stringValue": text } });
    let part =
        |kind: &str, id: &str| json!({ "componentTypeId": kind, "properties": { "telemetryAssetId": text(id) } });
    let entities = json!([
        { "entityId": "e2", "entityName": "Pump 1", "parentEntityId": "e1", "description": "Feeds the tank",
          "components": { "Pump": part("pump", "t2"), "Alarm": part("alarm", "t2a") } },
        { "entityId": "e3", "entityName": "Pump 2", "parentEntityId": "e1",
          "components": { "Pump": part("pump", "t3"), "Doc": { "componentTypeId": "com.amazon.iottwinmaker.documents" } } },
        { "entityId": "e1", "entityName": "Line", "parentEntityId": "$ROOT", "components": {} },
    ]);
    vec![("types/pump.json", pretty(&pump)), ("types/alarm.json", pretty(&alarm)), ("entities.json", pretty(&entities))]
}

/// A component that asks for a property of the pump.
pub fn bound(kind: &str, (entity, component, property): (&str, &str, &str), rule: &str) -> Value {
    let context = json!({ "entityId": entity, "componentName": component, "propertyName": property });
    json!({ "type": kind, "ruleBasedMapId": rule, "valueDataBinding": { "dataBindingContext": context } })
}

/// Loads the plant with a scene of these nodes and rules.
pub fn load_plant(nodes: Value, rules: Value) -> Outcome {
    let mut document = scene(nodes);
    document["rules"] = rules;
    let mut files = plant();
    files.push(("scene.json", pretty(&document)));
    load(&files)
}
