//! Rules and the bindings that use them.

use serde_json::{Value as Json, json};

use super::super::testing::{Outcome, bound, load_plant, node};
use crate::domain::binding::{Binding, Drive};
use crate::domain::colour::Rgba;
use crate::domain::expression::Reading;
use crate::domain::quality::Quality;
use crate::domain::rule::{Icon, IconKind, Outcome as Effect, Target};
use crate::domain::scene::{NodeRef, SceneNodeId};
use crate::domain::time::Span;
use crate::domain::value::Value;
use crate::project::Severity;

const FLOW: (&str, &str, &str) = ("e2", "Pump", "flow");

fn rule(statements: Json) -> Json {
    json!({ "r": { "statements": statements } })
}

fn statement(expression: &str, target: &str) -> Json {
    json!({ "expression": expression, "target": format!("iottwinmaker.common.{target}") })
}

fn load_one(component: Json, statements: Json) -> Outcome {
    load_plant(json!([node("n", &[], json!([component]))]), rule(statements))
}

fn targets(outcome: &Outcome) -> Vec<Target> {
    outcome.project.bindings.first().map(|binding| binding.rule.targets().cloned().collect()).unwrap_or_default()
}

#[test]
fn targets_are_read_as_twinmaker_means_them() {
    let outcome = load_one(
        bound("Tag", FLOW, "r"),
        json!([
            statement("flow > 8", "color:red"),
            statement("flow > 7", "color:"),
            statement("flow > 6", "color:rgba(0, 0, 255, 0.25)"),
            statement("flow > 5", "opacity:0.5"),
            statement("flow > 4", "opacity:"),
            statement("flow > 3", "icon:Error"),
            statement("flow > 2", "icon:Strange"),
            statement("flow > 1", "number"),
            { "expression": "flow > 0", "target": "iottwinmaker.common.icon:Custom", "targetMetadata": { "color": "#010203", "iconPrefix": "fas" } },
            { "expression": "flow", "target": "something" },
            statement("flow", "color:reddish"),
        ]),
    );
    let icon = |kind, colour| Target::Icon(Icon { kind, colour });
    let blue = Rgba::new(0.0, 0.0, 1.0, 0.25);
    let red = Rgba::from_hex(0xd13212);
    assert_eq!(
        targets(&outcome),
        [
            Target::Colour(Rgba::from_hex(0xff0000)),
            Target::Colour(red),
            Target::Colour(blue),
            Target::Opacity(0.5),
            Target::Opacity(1.0),
            icon(IconKind::Error, None),
            icon(IconKind::Info, None),
            Target::Number,
            icon(IconKind::Custom, Some(Rgba::from_hex(0x010203))),
            icon(IconKind::Info, None),
            Target::Colour(red),
        ]
    );
    outcome.problem("the target \"something\" is not known");
    assert_eq!(outcome.problem("reddish").key, "rules.r.statements[10].target");
    assert_eq!(outcome.problems.len(), 2);
}

#[test]
fn expressions_that_cannot_be_read_are_told_with_their_place() {
    let outcome = load_one(
        bound("Tag", FLOW, "r"),
        json!([statement("flow > ", "icon:Error"), statement("flow > 1", "icon:Error")]),
    );
    let problem = outcome.problem("cannot be read at character");
    assert_eq!((problem.severity, problem.key.as_str()), (Severity::Error, "rules.r.statements[0].expression"));
    assert_eq!(targets(&outcome).len(), 1);
}

/// Quirk 9: fatal in TwinMaker for tags.
#[test]
fn unknown_rules_act_as_none() {
    let parts = json!([bound("Tag", FLOW, "rr"), bound("ModelShader", FLOW, "q")]);
    let outcome = load_plant(json!([node("n", &[], parts)]), rule(json!([statement("flow", "color:red")])));
    assert!(outcome.project.bindings.is_empty() && outcome.project.scene.nodes[0].tag.is_some());
    assert_eq!((outcome.problem("no rule rr").severity, outcome.errors()), (Severity::Warning, 0));
    outcome.problem("no rule q");
}

#[test]
fn a_shader_drives_what_its_rule_gives() {
    let drives = |statements: Json| -> Vec<Drive> {
        load_one(bound("ModelShader", FLOW, "r"), statements)
            .project
            .bindings
            .into_iter()
            .map(|binding| binding.drive)
            .collect()
    };
    let (colour, opacity) = (statement("flow > 1", "color:red"), statement("flow > 0", "opacity:0.2"));
    assert_eq!(drives(json!([colour])), [Drive::Colour]);
    assert_eq!(drives(json!([opacity])), [Drive::Opacity]);
    assert_eq!(drives(json!([opacity, colour])), [Drive::Colour, Drive::Opacity]);
    assert_eq!(drives(json!([statement("flow", "icon:Error")])), []);
}

#[test]
fn shaders_of_parts_name_the_part() {
    let parts = json!([{ "type": "SubModelRef", "selector": "Rotor" }, bound("ModelShader", FLOW, "r")]);
    let model = json!([{ "type": "ModelRef", "modelType": "GLB", "uri": "gone.glb" }]);
    let outcome = load_plant(
        json!([node("skid", &[1], model), node("rotor", &[], parts)]),
        rule(json!([statement("flow", "color:red")])),
    );
    assert_eq!(outcome.project.bindings[0].node, NodeRef { node: SceneNodeId(0), part: Some("Rotor".into()) });
}

fn inputs(outcome: &Outcome, binding: &Binding) -> Vec<String> {
    let path = |input: &Option<_>| {
        input.and_then(|id| outcome.project.catalog.get(id)).map_or("none".into(), |signal| signal.path.clone())
    };
    binding.inputs.iter().map(path).collect()
}

/// Quirk 6: all properties of the component count, not only the bound one; names with `-` too.
#[test]
fn rules_see_all_properties_of_the_component() {
    let outcome = load_one(
        bound("Tag", FLOW, "r"),
        json!([statement("FLOW < set-point && starts > 3 && maker == 'A' && flow_raw && flwo && sizes", "icon:Error")]),
    );
    let binding = &outcome.project.bindings[0];
    let expected = [
        "Line/Pump 1/flow",
        "Line/Pump 1/set-point",
        "Line/Pump 1/Pump/starts",
        "Line/Pump 1/maker",
        "none",
        "none",
        "none",
    ];
    assert_eq!(inputs(&outcome, binding), expected);
    outcome.problem("flow_raw asks for all values of flow");
    outcome.problem("sizes is a list, a map or a relation");
    let problem = outcome.problem("has no property flwo");
    assert_eq!((problem.key.as_str(), problem.example.as_str()), ("nodes[0].components[0].ruleBasedMapId", "flow"));
    assert_eq!(outcome.problems.len(), 3, "{}", outcome.told());
}

/// Quirk 8, and a rule for the speed replaces the default.
#[test]
fn motion_is_driven_by_the_number_of_its_rule() {
    let part = bound("", FLOW, "r");
    let colour = bound("", FLOW, "c");
    let motion = json!({ "type": "MotionIndicator", "shape": "LinearCylinder", "config": { "defaultSpeed": 4 },
        "valueDataBindings": { "speed": part, "foregroundColor": colour, "backgroundColor": {} } });
    let rules = json!({ "r": { "statements": [statement("(flow - 5) / 10", "number")] }, "c": { "statements": [statement("flow", "color:red")] } });
    let outcome = load_plant(json!([node("n", &[], json!([motion]))]), rules);
    let drives: Vec<_> = outcome.project.bindings.iter().map(|binding| binding.drive.clone()).collect();
    assert_eq!(drives, [Drive::Flow, Drive::FlowForeground]);
    assert_eq!(outcome.project.scene.nodes[0].motion.as_ref().map(|motion| motion.default_speed), Some(0.0));
    let flow = Value::Real(25.0);
    let read = |_| Some(Reading { value: &flow, quality: Quality::Good, age: Span::ZERO, stale: false, unit: None });
    assert_eq!(outcome.project.bindings[0].rule.evaluate(&read), Some(Effect::Number(2.0)));
}

#[test]
fn custom_signs_of_a_rule_take_the_colour_of_the_tag() {
    let mut tag = bound("Tag", FLOW, "r");
    tag["chosenColor"] = json!("#00ff00");
    let plain = bound("Tag", FLOW, "r");
    let nodes = json!([node("a", &[1], json!([tag])), node("b", &[], json!([plain]))]);
    let outcome = load_plant(nodes, rule(json!([statement("flow", "icon:Custom")])));
    let colours: Vec<_> = outcome.project.bindings.iter().flat_map(|binding| binding.rule.targets().cloned()).collect();
    let custom = |colour| Target::Icon(Icon { kind: IconKind::Custom, colour });
    assert_eq!(colours, [custom(Some(Rgba::from_hex(0x00ff00))), custom(None)]);
}
