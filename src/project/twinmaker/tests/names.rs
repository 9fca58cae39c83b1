//! Names in bindings: templates, and names that match nothing.

use serde_json::json;

use super::super::testing::{bound, load, load_plant, load_scene, node, plant, pretty, scene};

/// Quirk 16: a template is the whole text.
#[test]
fn templates_take_the_values_of_the_scene() {
    let tag = |entity: &str, component: &str| json!([bound("Tag", (entity, component, "flow"), "r")]);
    let mut document = scene(json!([
        node("a", &[1, 2, 3], tag("${sel_entity}", "${sel_comp}")),
        node("b", &[], tag("e2", "x${sel_comp}")),
        node("c", &[], tag("${other}", "Pump")),
        node("d", &[], tag("${other}", "Pump")),
    ]));
    document["properties"]["dataBindingConfig"] = json!({ "template": { "sel_entity": "e3", "sel_comp": "Pump" } });
    document["rules"] =
        json!({ "r": { "statements": [{ "expression": "flow > 1", "target": "iottwinmaker.common.icon:Error" }] } });
    let mut files = plant();
    files.push(("scene.json", pretty(&document)));
    let outcome = load(&files);
    let [binding] = outcome.project.bindings.as_slice() else { panic!("{}", outcome.told()) };
    assert_eq!(binding.asset, outcome.project.assets.by_path("Line/Pump 2"));
    assert_eq!(binding.inputs, [outcome.project.catalog.id("Line/Pump 2/flow")]);
    outcome.problem("has no component x${sel_comp}");
    assert!(outcome.problem("the template ${other} has no value").meaning.contains("(2)"));
    assert_eq!(outcome.problems.len(), 2);
}

/// Quirk 6: what else stands in the context (entityPath, alarm_key) does not matter.
#[test]
fn names_that_match_nothing_are_told_with_what_is_like_them() {
    let part = |entity: &str, component: &str, property: &str| json!([bound("Tag", (entity, component, property), "")]);
    let mut nodes = json!([
        node("a", &[1, 2, 3], part("e9", "Pump", "flow")),
        node("b", &[], part("e2", "Pumps", "flow")),
        node("c", &[], part("e2", "Pump", "flows")),
        node("d", &[], part("e2", "Pump", "FLOW")),
    ]);
    nodes[3]["components"][0]["valueDataBinding"]["dataBindingContext"]["entityPath"] = json!("Line/Pump 2");
    let outcome = load_plant(nodes, json!({}));
    assert_eq!(
        outcome.problem("the entity e9 is not among").key,
        "nodes[0].components[0].valueDataBinding.dataBindingContext.entityId"
    );
    assert_eq!(outcome.problem("has no component Pumps").example, "\"componentName\": \"Pump\"");
    assert_eq!(outcome.problem("has no property flows").example, "flow");
    assert_eq!(outcome.problems.len(), 3);
}

#[test]
fn a_scene_alone_says_that_it_has_no_entities() {
    let outcome = load_scene(&scene(json!([node(
        "a",
        &[],
        json!([bound("Tag", ("e2", "Pump", "flow"), ""), bound("ModelShader", ("e2", "Pump", "flow"), "")])
    )])));
    assert!(outcome.problem("the workspace has no entities").meaning.contains("(2)"));
    assert!(outcome.project.catalog.is_empty());
}

#[test]
fn missing_component_types_are_told_where_data_needs_them() {
    let entities = json!([{ "entityId": "e", "entityName": "E", "components": {
        "A": { "componentTypeId": "gone", "properties": { "telemetryAssetId": { "value": { "stringValue": "t" } } } },
        "B": { "componentTypeId": "idle" } } }]);
    let tag = json!([bound("Tag", ("e", "A", "heat"), "")]);
    let rows = "1000,X,t,heat,1.5,DOUBLE".to_owned();
    let outcome = load(&[
        ("scene.json", pretty(&scene(json!([node("n", &[], tag)])))),
        ("e.json", pretty(&entities)),
        ("telemetry.csv", rows),
    ]);
    outcome.problem("the component type gone is not in the workspace");
    assert_eq!(outcome.problems.len(), 1, "{}", outcome.told());
    assert!(outcome.project.catalog.id("E/heat").is_some());
}
