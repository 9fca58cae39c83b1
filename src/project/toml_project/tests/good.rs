//! A right project file gives exactly what it says.

use super::Plant;
use crate::domain::alarm::{Condition, Priority};
use crate::domain::binding::{Drive, Motion};
use crate::domain::colour::Rgba;
use crate::domain::rule::{IconKind, Target};
use crate::domain::scene::{Ambience, LightKind, NodeRef, SceneNodeId};
use crate::domain::source::{CsvLayout, Match, MqttVersion, Payload, Secret, SourceKind, TimeFormat};
use crate::domain::time::Span;
use crate::domain::unit::Unit;
use crate::domain::value::{Value, ValueKind};

const GOOD: &str = r##"
name = "Riverside bottling"
[history]
hours = 2
points = 5000

[[model]]
name = "factory"
file = "factory.glb"
position = [10, 0, 0]
rotation_deg = [0, 90, 0]
scale = 2
unit = "mm"
cast_shadows = false

[scene]
ambience = "neutral"
background = "#112233"
fog = { colour = "#ffffff", near = 10, far = 50 }
ground = "rgba(0, 0, 0, 0.5)"
tags_occluded = true

[[light]]
kind = "point"
position = [0, 3, 0]
intensity = 2

[[view]]
name = "Overview"
eye = [5, 5, 5]
target = [0, 0, 0]

[[asset]]
path = "Riverside/Line 1/Filler"
node = "Filler"
description = "Fills bottles"
tag = { icon = "warning", offset = [0, 3, 0] }

[[source]]
name = "broker"
kind = "mqtt"
url = "mqtt://10.0.0.5"
version = "3.1.1"
user = "desk"
password = "env:PLANT_PASSWORD"
subscribe = ["line1/#"]
qos = 1

[[source]]
name = "table"
kind = "csv"
file = "samples.csv"

[[signal]]
path = "Riverside/Line 1/Filler/Speed"
unit = "/min"
range = [0, 800]
interval_secs = 0.5
source = "broker"
topic = "line1/filler"
value = "/speed"
time = "/ts"
time_format = "epoch_ms"
quality = "/q"
payload_unit = "/h"
qos = 2
where = { "/machine" = "filler" }

[[signal]]
path = "Riverside/Line 1/Filler/State"
kind = "text"
source = "table"
column = "filler_state"

[[signal]]
path = "Riverside/Line 1/Filler/Pressure"
unit = "bar"
source = "broker"
topic = "utilities/pressure"

[rules]
machine_state = [
  { if = "State == 'HELD'", colour = "#e5484d" },
  { colour = "#30a46c" },
]

[[binding]]
asset = "Filler"
effect = "colour"
rule = "machine_state"

[[binding]]
node = "factory:Filler"
effect = "rotation"
value = "speed * 6"
axis = [0, 2, 0]
motion = "rate"

[[binding]]
asset = "Filler"
effect = "icon"
if = "p > 3"
icon = "error"
inputs = { p = "Pressure" }

[[binding]]
node = "factory"
effect = "animation"
clip = "Rotate"
motion = "position"
value = "`Line 1/Filler/Pressure`"

[[alarm]]
name = "Filler held"
signal = "Riverside/Line 1/Filler/State"
equals = "HELD"
on_delay_secs = 2.5
priority = 1

[[setpoint]]
signal = "Filler/Speed"
min = 300
max = 700
step = 10
permitted_modes = "IDLE"
"##;

#[test]
fn scene_is_as_written() {
    let plant = Plant::new(GOOD);
    let project = plant.project();
    assert_eq!(project.name, "Riverside bottling");
    assert_eq!((project.retention.span, project.retention.points), (Span::from_secs(7200), 5000));
    assert_eq!(project.files, [plant.path("twin.toml"), plant.path("factory.glb")]);
    let node = &project.scene.nodes[0];
    assert_eq!(
        (node.name.as_str(), node.transform.translation, node.transform.scale),
        ("factory", [10.0, 0.0, 0.0], [2.0; 3])
    );
    let half = std::f32::consts::FRAC_1_SQRT_2;
    assert!(node.transform.rotation.iter().zip([0.0, half, 0.0, half]).all(|(a, b)| (a - b).abs() < 1e-6));
    let model =
        node.model.as_ref().map(|model| (model.scale, model.cast_shadows, model.receive_shadows, model.readable));
    assert_eq!(model, Some(([0.001; 3], false, true, true)));
    let environment = &project.scene.environment;
    assert_eq!((environment.ambience, environment.background), (Ambience::Neutral, Some(Rgba::from_hex(0x112233))));
    assert_eq!(environment.fog, Some((Rgba::WHITE, 10.0, 50.0)));
    assert_eq!(environment.ground.map(|ground| ground.a), Some(0.5));
    assert!(project.scene.tags.occluded);
    assert_eq!(project.scene.nodes[1].light.map(|light| (light.kind, light.intensity)), Some((LightKind::Point, 2.0)));
    assert_eq!(project.scene.viewpoints[0].fov_deg, 45.0);
}

#[test]
fn assets_and_tags_stand_at_their_nodes() {
    let project = Plant::new(GOOD).project();
    let filler = project.assets.by_path("Riverside/Line 1/Filler").and_then(|id| project.assets.get(id));
    let node = NodeRef { node: SceneNodeId(0), part: Some("Filler".into()) };
    assert_eq!(filler.map(|asset| asset.nodes.as_slice()), Some([node].as_slice()));
    assert_eq!(filler.map(|asset| asset.signals.len()), Some(3));
    let tag = &project.scene.nodes[2];
    // The place of the part, in metres: the model is in millimetres.
    assert_eq!((tag.parent, tag.transform.translation), (Some(SceneNodeId(0)), [0.002, 0.0005, 0.001]));
    assert_eq!(tag.tag.as_ref().map(|tag| (tag.icon.kind, tag.offset)), Some((IconKind::Warning, [0.0, 3.0, 0.0])));
}

#[test]
fn signals_are_connected_to_their_sources() {
    let project = Plant::new(GOOD).project();
    let speed = project.catalog.id("Riverside/Line 1/Filler/Speed").and_then(|id| project.catalog.get(id));
    let found = speed.map(|signal| (signal.unit.code(), signal.range, signal.expected_interval, signal.writable));
    assert_eq!(found, Some(("/min", Some((0.0, 800.0)), Some(Span::from_millis(500)), true)));
    let SourceKind::Mqtt(broker) = &project.sources[0].kind else { panic!("{:?}", project.sources) };
    assert_eq!((broker.host.as_str(), broker.port, broker.version), ("10.0.0.5", 1883, MqttVersion::V311));
    assert_eq!((broker.password.clone(), broker.tls.clone()), (Some(Secret::Env("PLANT_PASSWORD".into())), None));
    let subscriptions: Vec<_> =
        broker.subscriptions.iter().map(|one| (one.topic.as_str(), one.qos, one.routes.len())).collect();
    assert_eq!(subscriptions, [("line1/#", 2, 1), ("utilities/pressure", 1, 1)]);
    let route = &broker.subscriptions[0].routes[0];
    assert_eq!((route.topic.as_str(), route.kind), ("line1/filler", ValueKind::Real));
    assert_eq!(route.only_if, [Match { pointer: "/machine".into(), equals: "filler".into() }]);
    assert_eq!(route.convert, Some((Unit::new("/h"), Unit::new("/min"))));
    let time = Some(("/ts".to_owned(), TimeFormat::EpochMillis));
    assert_eq!(route.payload, Payload::Json { value: "/speed".into(), time, quality: Some("/q".into()) });
    assert_eq!(broker.subscriptions[1].routes[0].payload, Payload::Plain);
    let SourceKind::Csv(table) = &project.sources[1].kind else { panic!("{:?}", project.sources) };
    let CsvLayout::Wide { time, columns } = &table.layout else { panic!("{table:?}") };
    let column = columns.first().map(|(name, target)| (name.as_str(), target.kind));
    assert_eq!((time.as_str(), column), ("time", Some(("filler_state", ValueKind::Text))));
}

#[test]
fn bindings_find_rules_nodes_and_inputs() {
    let project = Plant::new(GOOD).project();
    let [colour, rotation, icon, animation] = project.bindings.as_slice() else { panic!("{:?}", project.bindings) };
    let signal = |name: &str| project.catalog.id(&format!("Riverside/Line 1/Filler/{name}"));
    let filler = project.assets.by_path("Riverside/Line 1/Filler");
    assert_eq!(
        (&colour.drive, colour.asset, colour.inputs.as_slice()),
        (&Drive::Colour, filler, [signal("State")].as_slice())
    );
    assert_eq!(colour.rule.targets().count(), 2);
    assert_eq!(rotation.drive, Drive::Rotation { axis: [0.0, 1.0, 0.0], motion: Motion::Rate });
    assert_eq!((rotation.asset, rotation.inputs.as_slice()), (filler, [signal("Speed")].as_slice()));
    assert_eq!(rotation.rule.targets().collect::<Vec<_>>(), [&Target::Number]);
    assert_eq!(
        (&icon.node, icon.inputs.as_slice()),
        (&NodeRef::whole(SceneNodeId(2)), [signal("Pressure")].as_slice())
    );
    assert_eq!(animation.drive, Drive::Animation { clip: "Rotate".into(), motion: Motion::Position });
    assert_eq!(animation.inputs, [signal("Pressure")]);
}

#[test]
fn alarms_and_setpoints_are_as_written() {
    let project = Plant::new(GOOD).project();
    let alarm = &project.alarms[0];
    assert_eq!(alarm.condition, Condition::Equals(Value::text("HELD")));
    assert_eq!((alarm.on_delay, alarm.priority), (Span::from_millis(2500), Priority::P1));
    assert_eq!(alarm.asset, project.assets.by_path("Riverside/Line 1/Filler"));
    let setpoint = &project.setpoints[0];
    assert_eq!((setpoint.min, setpoint.max, setpoint.step), (300.0, 700.0, Some(10.0)));
    assert_eq!(setpoint.permitted_modes, ["IDLE"]);
}

#[test]
fn each_repeats_a_table_for_every_combination_and_row() {
    let plant = Plant::new(
        r#"
[[source]]
name = "plant"
kind = "emulator"
[[asset]]
each = { machine = ["Filler", "Capper"] }
path = "Site/{machine}"
[[signal]]
each = { machine = ["Filler", "Capper"], zone = "1..3" }
path = "Site/{machine}/Zone {zone}"
unit = "{rev}/min"
variable = "{machine}/T{zone}"
[[signal]]
each = [{ name = "Speed", top = 800 }, { name = "Flow", top = 12.5 }]
path = "Site/{name}"
range = [0, "{top}"]
variable = "Line/{name}"
"#,
    );
    let project = plant.project();
    let paths: Vec<&str> = project.catalog.iter().map(|(_, signal)| signal.path.as_str()).collect();
    let zones =
        ["Filler", "Capper"].map(|machine| [1, 2, 3].map(|zone| format!("Site/{machine}/Zone {zone}"))).concat();
    assert_eq!(paths[..6], zones);
    assert_eq!(paths[6..], ["Site/Speed", "Site/Flow"]);
    let ranges: Vec<_> = project.catalog.iter().skip(6).map(|(_, signal)| signal.range).collect();
    assert_eq!(ranges, [Some((0.0, 800.0)), Some((0.0, 12.5))]);
    assert_eq!(
        project.assets.by_path("Site/Capper").and_then(|id| project.assets.get(id)).map(|a| a.signals.len()),
        Some(3)
    );
    let SourceKind::Emulator(spec) = &project.sources[0].kind else { panic!("{:?}", project.sources) };
    assert_eq!(spec.signals.iter().map(|(name, _)| name.as_str()).next(), Some("Filler/T1"));
}

#[test]
fn a_folder_is_its_project_file() {
    let plant = Plant::new("name = \"Here\"");
    let loaded = crate::project::load(&plant.path(""));
    assert_eq!(loaded.project.map(|project| project.name).as_deref(), Some("Here"));
}
