//! Entities, signals, telemetry, alarms, and which node shows which asset.

use serde_json::json;

use super::super::testing::{bound, load, load_plant, node, plant, pretty, scene};
use crate::domain::alarm::Condition;
use crate::domain::scene::{NodeRef, SceneNodeId};
use crate::domain::source::{CsvLayout, SourceKind};
use crate::domain::time::Span;
use crate::domain::value::{Value, ValueKind};

#[test]
fn tag_paths_name_the_component_only_where_they_must() {
    let outcome = load_plant(json!([node("a", &[], json!([]))]), json!({}));
    let paths: Vec<&str> = outcome.project.catalog.iter().map(|(_, signal)| signal.path.as_str()).collect();
    let pump_1 = [
        "Line/Pump 1/alarm_status",
        "Line/Pump 1/Alarm/starts",
        "Line/Pump 1/flow",
        "Line/Pump 1/set-point",
        "Line/Pump 1/Pump/starts",
    ];
    assert_eq!(paths, [&pump_1[..], &["Line/Pump 2/flow", "Line/Pump 2/set-point", "Line/Pump 2/starts"]].concat());
    let signal = |path: &str| outcome.project.catalog.id(path).and_then(|id| outcome.project.catalog.get(id));
    assert_eq!(signal("Line/Pump 1/flow").map(|flow| (flow.kind, flow.unit.code())), Some((ValueKind::Real, "m3/h")));
    assert_eq!(signal("Line/Pump 2/starts").map(|starts| starts.kind), Some(ValueKind::Int));
    assert_eq!(signal("Line/Pump 1/alarm_status").map(|status| status.kind), Some(ValueKind::Text));
    assert_eq!(outcome.told(), "");
}

#[test]
fn assets_follow_the_parents_of_the_entities() {
    let outcome = load_plant(json!([node("a", &[], json!([]))]), json!({}));
    let assets = &outcome.project.assets;
    let pump = assets.by_path("Line/Pump 1").and_then(|id| assets.get(id)).expect("an asset");
    assert_eq!((assets.len(), pump.signals.len(), pump.description.as_str()), (3, 5, "Feeds the tank"));
}

#[test]
fn doubtful_entities_still_make_a_tree() {
    let entities = json!([
        { "entityId": "a", "entityName": "Same", "parentEntityId": "b" },
        { "entityId": "b", "entityName": "Ring", "parentEntityId": "a" },
        { "entityId": "c", "entityName": "Lost", "parentEntityId": "nowhere" },
        { "entityId": "d", "entityName": "Twin" },
        { "entityId": "e/1", "entityName": "Twin" },
        { "entityId": "d", "entityName": "Again" },
        { "entityName": "Nameless" },
        { "entityId": "f", "entityName": "In/Out" },
    ]);
    let outcome = load(&[
        ("scene.json", pretty(&scene(json!([node("n", &[], json!([]))])))),
        ("e.json", pretty(&json!({ "entities": entities }))),
    ]);
    let paths: Vec<&str> = outcome.project.assets.iter().map(|(_, asset)| asset.path.as_str()).collect();
    assert_eq!(paths, ["Same", "Same/Ring", "Lost", "Twin", "Twin (e_1)", "In_Out"]);
    for told in ["stands below itself", "the parent nowhere", "described twice", "no entityId"] {
        outcome.problem(told);
    }
    assert_eq!(outcome.problem("the parent nowhere").key, "entities[2].parentEntityId");
    assert_eq!(outcome.problems.len(), 4, "{}", outcome.told());
}

fn rows() -> String {
    let row = |secs: i64, id: &str, measure: &str, value: &str, kind: &str| {
        format!("{},Pump,{id},{measure},{value},{kind}", 1_636_070_400_000 + secs * 1000)
    };
    let mut rows: Vec<String> = (0..10)
        .flat_map(|n| [row(n * 5, "t2", "Flow", "1.5", "DOUBLE"), row(n * 5, "t2", "vibration", "0.1", "DOUBLE")])
        .collect();
    rows.push(row(60, "t2a", "alarm_status", "ACTIVE", "VARCHAR"));
    rows.push(row(61, "stranger", "x", "1", "DOUBLE"));
    rows.join("\r\n")
}

/// Quirk 18: case differs between data and types. Measures that no type has are kept.
#[test]
fn telemetry_rows_find_their_signals() {
    let mut files = plant();
    files.push(("scene.json", pretty(&scene(json!([node("n", &[], json!([]))])))));
    files.push(("data/Telemetry-1.csv", rows()));
    files.push(("data/telemetry-2.csv", "time,name,value\n1,a,2\n".into()));
    let outcome = load(&files);
    let [source] = outcome.project.sources.as_slice() else { panic!("{:?}", outcome.project.sources) };
    let SourceKind::Csv(table) = &source.kind else { panic!("{source:?}") };
    let CsvLayout::TwinMaker { signals } = &table.layout else { panic!("{table:?}") };
    let catalog = &outcome.project.catalog;
    let mut found: Vec<_> = signals
        .iter()
        .map(|((id, measure), target)| {
            (id.as_str(), measure.as_str(), catalog.get(target.signal).map(|signal| signal.path.as_str()), target.kind)
        })
        .collect();
    found.sort_by_key(|row| (row.0, row.1));
    assert_eq!(source.name, "Telemetry-1");
    assert_eq!(
        found,
        [
            ("t2", "flow", Some("Line/Pump 1/flow"), ValueKind::Real),
            ("t2", "vibration", Some("Line/Pump 1/vibration"), ValueKind::Real),
            ("t2a", "alarm_status", Some("Line/Pump 1/alarm_status"), ValueKind::Text),
        ]
    );
    let interval =
        |path: &str| catalog.id(path).and_then(|id| catalog.get(id)).and_then(|signal| signal.expected_interval);
    assert_eq!((interval("Line/Pump 1/flow"), interval("Line/Pump 1/alarm_status")), (Some(Span::from_secs(5)), None));
    outcome.problem("has the telemetryAssetId of these series (1): stranger");
    assert!(outcome.problem("the first row is another").file.ends_with("telemetry-2.csv"));
}

#[test]
fn alarms_of_the_plant_become_alarms_here() {
    let outcome = load_plant(json!([node("a", &[], json!([]))]), json!({}));
    let [alarm] = outcome.project.alarms.as_slice() else { panic!("{:?}", outcome.project.alarms) };
    assert_eq!(alarm.name, "Pump 1 alarm");
    assert_eq!(alarm.condition, Condition::Equals(Value::text("ACTIVE")));
    assert_eq!(Some(alarm.signal), outcome.project.catalog.id("Line/Pump 1/alarm_status"));
    assert_eq!(alarm.asset, outcome.project.assets.by_path("Line/Pump 1"));
}

#[test]
fn assets_are_shown_by_the_models_that_their_tags_hang_on() {
    let model = json!([{ "type": "ModelRef", "modelType": "GLB", "uri": "gone.glb" }]);
    let tag = |entity: &str| json!([bound("Tag", (entity, "Pump", "flow"), "")]);
    let outcome = load_plant(
        json!([
            node("Line", &[1, 3, 4], json!([])),
            node("body", &[2], model),
            node("sign", &[], tag("e2")),
            node("lone sign", &[], tag("e3")),
            node("Pump 1", &[], json!([])),
        ]),
        json!({}),
    );
    let nodes = |path: &str| {
        outcome
            .project
            .assets
            .by_path(path)
            .and_then(|id| outcome.project.assets.get(id))
            .map(|asset| asset.nodes.clone())
    };
    let whole = |node| Some(vec![NodeRef::whole(SceneNodeId(node))]);
    assert_eq!((nodes("Line"), nodes("Line/Pump 1"), nodes("Line/Pump 2")), (whole(0), whole(1), whole(3)));
}

#[test]
fn entity_bindings_say_which_node_shows_what() {
    let part = json!([{ "type": "SubModelRef", "selector": "Rotor" },
        { "type": "EntityBinding", "valueDataBinding": { "dataBindingContext": { "entityId": "e2" } } }]);
    let model = json!([{ "type": "ModelRef", "modelType": "GLB", "uri": "gone.glb" }]);
    let outcome = load_plant(json!([node("skid", &[1], model), node("rotor", &[], part)]), json!({}));
    let pump =
        outcome.project.assets.by_path("Line/Pump 1").and_then(|id| outcome.project.assets.get(id)).expect("an asset");
    assert_eq!(pump.nodes, [NodeRef { node: SceneNodeId(0), part: Some("Rotor".into()) }]);
    assert!(outcome.project.bindings.is_empty());
}
