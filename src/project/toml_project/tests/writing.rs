//! What may be written, by whom and how, and that what is broken or doubtful is not written.

use chrono::Weekday;

use super::{Plant, told};
use crate::domain::change::{FreezeWindow, Moments, WritePolicy};
use crate::domain::expression::Expression;
use crate::domain::source::Secret;
use crate::domain::time::{Span, Timestamp};
use crate::domain::unit::Unit;
use crate::domain::write_target::{HttpMethod, WriteAddress, WriteBody, WriteIdentity, WriteTarget};

/// A plant with a signal from a source of each kind, and an asset that owns the first.
const PLANT: &str = r#"
[[asset]]
path = "Site/Filler"
[[source]]
name = "plc"
kind = "opcua"
url = "opc.tcp://plc"
write_user = "writer"
write_password = "file:writer.secret"
[[source]]
name = "broker"
kind = "mqtt"
url = "mqtt://broker"
write_user = "writer"
write_password = "env:W"
[[source]]
name = "web"
kind = "http"
url = "http://web/values"
write_token = "env:TOKEN"
[[source]]
name = "model"
kind = "emulator"
[[source]]
name = "table"
kind = "csv"
file = "samples.csv"
[[signal]]
path = "Site/Filler/Speed"
unit = "/min"
source = "plc"
node = "ns=2;s=Speed"
payload_unit = "/h"
[[signal]]
path = "Site/Filler/Speed shown"
unit = "/min"
source = "plc"
node = "ns=2;s=Shown"
[[signal]]
path = "Site/Filler/State"
kind = "text"
source = "plc"
node = "ns=2;s=State"
[[signal]]
path = "Site/Pump/Flow"
unit = "L/min"
source = "broker"
topic = "pump/flow"
[[signal]]
path = "Site/Oven/Target"
source = "web"
value = "/oven/target"
[[signal]]
path = "Annex/Line/Rate"
source = "model"
variable = "Line/Rate"
[[signal]]
path = "Site/Old/Speed"
source = "table"
column = "filler_speed"
"#;

/// That plant and what a test adds to it.
pub fn plant(rest: &str) -> Plant {
    Plant::new(&format!("{PLANT}{rest}"))
}

/// Problems with lines counted from the end of the plant.
pub fn said(rest: &str) -> Vec<String> {
    let before = PLANT.lines().count();
    let shifted = |told: String| {
        let (line, words) = told.split_once(' ').unwrap_or_default();
        format!("{} {words}", line.parse::<usize>().unwrap_or_default() as i64 - before as i64)
    };
    told(&format!("{PLANT}{rest}")).into_iter().map(shifted).collect()
}

fn target(setpoint: &str) -> WriteAddress {
    let mut project =
        plant(&format!("[control]\nenabled = true\n[[setpoint]]\nmin = 0\nmax = 10\n{setpoint}")).project();
    assert_eq!(project.policy.writable.len(), 1);
    project.write_targets.pop().unwrap_or_else(|| panic!("{setpoint}"))
}

#[test]
fn a_project_that_says_nothing_lets_nothing_be_written() {
    let project = plant("[[setpoint]]\nsignal = \"Site/Old/Speed\"\nmin = 1\nmax = 2").project();
    assert_eq!(project.policy, WritePolicy::default());
    assert!(!project.policy.enabled && project.write_targets.is_empty());
    assert_eq!(project.setpoints.len(), 1);
}

#[test]
fn conditions_are_as_written() {
    let project = plant(
        r#"
[control]
enabled = true
approval_valid_secs = 7200
simulation_valid_secs = 900
value_fresh_secs = 2.5
max_simultaneous = 3
needs_credible_model = false
trial_min_secs = 30
trial_max_secs = 3600
[[control.freeze]]
name = "Shift change"
weekdays = ["mon", "Friday"]
from = "05:45"
to = 06:15:00
[[control.freeze]]
name = "Stocktaking"
from = 2026-12-31T22:00:00+01:00
to = "2027-01-01T06:00:00Z"
[[setpoint]]
signal = "Filler/Speed"
min = 300
max = 700
step = 10
rate_limit_per_sec = 5
max_delta = 50
permitted_modes = ["EXECUTE"]
mode_signal = "Site/Filler/State"
interlocks = ["`Site/Filler/State` == 'EXECUTE'", "good(`Site/Pump/Flow`)"]
readback = "Filler/Speed shown"
tolerance = 2
readback_within_secs = 1.5
"#,
    )
    .project();
    let policy = &project.policy;
    assert!(policy.enabled && !policy.needs_credible);
    assert_eq!((policy.approval_valid, policy.simulation_valid), (Span::from_secs(7_200), Span::from_secs(900)));
    assert_eq!((policy.value_fresh, policy.max_simultaneous), (Span::from_millis(2_500), 3));
    assert_eq!(policy.lease, (Span::from_secs(30), Span::from_secs(3_600)));
    let (from, to) = (Span::from_secs(20_700), Span::from_secs(22_500));
    let shift = |day| FreezeWindow { name: "Shift change".into(), moments: Moments::Weekly(day, from, to) };
    let ends = ["2026-12-31T21:00:00Z", "2027-01-01T06:00:00Z"].map(|end| Timestamp::parse(end).unwrap_or_default());
    let stocktaking = FreezeWindow { name: "Stocktaking".into(), moments: Moments::Once(ends[0], ends[1]) };
    assert_eq!(policy.freeze_windows, [shift(Weekday::Mon), shift(Weekday::Fri), stocktaking]);
    let rule = policy.rule("Site/Filler/Speed").unwrap_or_else(|| panic!("{policy:?}"));
    assert_eq!((&rule.unit, &rule.setpoint), (&Unit::new("/min"), &project.setpoints[0]));
    assert_eq!((rule.max_delta, rule.mode_signal.as_deref()), (Some(50.0), Some("Site/Filler/State")));
    let interlocks: Vec<&str> = rule.interlocks.iter().map(Expression::text).collect();
    assert_eq!(interlocks, ["`Site/Filler/State` == 'EXECUTE'", "good(`Site/Pump/Flow`)"]);
    assert_eq!((rule.equipment.as_str(), rule.readback.as_deref()), ("Site/Filler", Some("Site/Filler/Speed shown")));
    assert_eq!((rule.tolerance, rule.deadline), (2.0, Span::from_millis(1_500)));
}

#[test]
fn what_a_setpoint_does_not_say_follows_from_its_signal() {
    let project = plant("[control]\nenabled = true\n[[setpoint]]\nsignal = \"Line/Rate\"\nmin = 2\nmax = 12").project();
    let rule = &project.policy.writable[0];
    // No asset owns the signal: its equipment is what stands above it.
    assert_eq!((rule.equipment.as_str(), rule.readback.as_deref()), ("Annex/Line", Some("Annex/Line/Rate")));
    assert_eq!((rule.tolerance, rule.deadline), (0.01, Span::from_secs(5)));
    assert!(rule.interlocks.is_empty() && rule.mode_signal.is_none() && rule.max_delta.is_none());
    let step = plant("[[setpoint]]\nsignal = \"Line/Rate\"\nmin = 2\nmax = 12\nstep = 0.5").project();
    assert_eq!(step.policy.writable[0].tolerance, 0.25);
}

#[test]
fn each_kind_of_source_is_written_in_its_own_way() {
    let opcua = target("signal = \"Filler/Speed\"");
    assert_eq!((opcua.source.as_str(), opcua.idempotent), ("plc", true));
    assert_eq!(opcua.target, WriteTarget::Opcua { node: "ns=2;s=Speed".into() });
    assert_eq!(opcua.convert, Some((Unit::new("/min"), Unit::new("/h"))));
    let WriteIdentity::User { name, password: Secret::File(file) } = opcua.identity else { panic!("{opcua:?}") };
    assert_eq!((name.as_str(), file.file_name()), ("writer", Some("writer.secret".as_ref())));
    let node = target("signal = \"Filler/Speed\"\nwrite = { node = \"/Objects/2:Set\" }");
    assert_eq!(node.target, WriteTarget::Opcua { node: "/Objects/2:Set".into() });

    let mqtt = target(
        "signal = \"Pump/Flow\"\nidempotent = false\n\
         write = { topic = \"pump/set\", payload = '{\"to\":{value}}', qos = 2, response_topic = \"pump/answer\" }",
    );
    let (topic, response_topic) = ("pump/set".to_owned(), Some("pump/answer".to_owned()));
    let body = WriteBody::Template("{\"to\":{value}}".into());
    assert_eq!((mqtt.source.as_str(), mqtt.idempotent), ("broker", false));
    assert_eq!(mqtt.target, WriteTarget::Mqtt { topic, qos: 2, body, response_topic });

    let http = |method| {
        target(&format!(
            "signal = \"Oven/Target\"\n\
         write = {{ url = \"https://web/oven\", member = \"/target\", readback_url = \"https://web/o\"{method} }}"
        ))
    };
    let (put, post) = (http(""), http(", method = \"post\""));
    assert_eq!(put.identity, WriteIdentity::Token(Secret::Env("TOKEN".into())));
    let expected = |method| WriteTarget::Http {
        url: "https://web/oven".into(),
        method,
        body: WriteBody::Member("/target".into()),
        readback_url: Some("https://web/o".into()),
    };
    assert_eq!((put.target, put.idempotent), (expected(HttpMethod::Put), true));
    assert_eq!((post.target, post.idempotent), (expected(HttpMethod::Post), false));

    let emulator = target("signal = \"Line/Rate\"");
    assert_eq!((emulator.source.as_str(), emulator.identity), ("model", WriteIdentity::Reader));
    assert_eq!(emulator.target, WriteTarget::Emulator { parameter: "Line/Rate".into() });
    let parameter = target("signal = \"Line/Rate\"\nwrite = { parameter = \"Filler/Nominal\" }");
    assert_eq!(parameter.target, WriteTarget::Emulator { parameter: "Filler/Nominal".into() });
}

#[test]
fn mistakes_of_a_setpoint_are_told_at_once_and_it_is_not_writable() {
    let rest = r#"
[control]
enabled = true
[[setpoint]]
signal = "Filler/Speed"
min = 5
max = 3
max_delta = -1
mode_signal = "Site/Filler/Stat"
interlock = "true"
interlocks = ["'Site/Filler/State' != 'HELD'", "State == 'HELD'", "`Filler/State` == 'HELD'", "`Site/Filler/State` =="]
equipment = "Site/Fillr"
readback = "Pump/Flow"
tolerance = -2
readback_within_secs = 0
write = { node = "Speed", topic = "a" }
[[setpoint]]
signal = "Site/Filler/State"
min = 1
max = 2
"#;
    let expected = [
        "7 setpoint[1].max: expected more than min (5), found 3",
        "8 setpoint[1].max_delta: expected a number above 0, found -1",
        "9 setpoint[1].mode_signal: no signal \"Site/Filler/Stat\"; the nearest is \"Site/Filler/State\"",
        "10 setpoint[1].interlock: no key \"interlock\" here; known: signal, min, max, step, rate_limit_per_sec, \
         max_delta, permitted_modes, mode_signal, interlocks, equipment, readback, tolerance, readback_within_secs, \
         idempotent, write",
        "11 setpoint[1].interlocks: expected a signal in the interlock, in back-quotes, found none in \
         \"'Site/Filler/State' != 'HELD'\"",
        "11 setpoint[1].interlocks: expected the whole path of a signal, `Site/Filler/State`, found \"State\"",
        "11 setpoint[1].interlocks: expected the whole path of a signal, `Site/Filler/State`, found \"Filler/State\"",
        "11 setpoint[1].interlocks: expected an expression: expected a value, found the end of the text, at character \
         23 of \"`Site/Filler/State` ==\"",
        "12 setpoint[1].equipment: no asset \"Site/Fillr\"; the nearest is \"Site/Filler\"",
        "13 setpoint[1].readback: expected a signal in \"/min\", found \"Site/Pump/Flow\" in \"L/min\"",
        "14 setpoint[1].tolerance: expected a number from 0 to 1000000000000, found -2",
        "15 setpoint[1].readback_within_secs: expected a number from 0.1 to 3600, found 0",
        "16 setpoint[1].write.topic: no key \"topic\" for a signal from an OPC UA server; known: node",
        "16 setpoint[1].write.node: expected a node id like ns=2;s=Speed or a browse path like /Objects/2:Speed, \
         found \"Speed\"",
        "18 setpoint[2].signal: expected a signal with numbers, found \"Site/Filler/State\" of kind text",
    ];
    let found = said(rest);
    assert_eq!(found, expected);
    let project = plant(rest).load().project.unwrap_or_default();
    assert!(project.policy.enabled);
    assert_eq!((project.setpoints.len(), project.policy.writable.len(), project.write_targets.len()), (0, 0, 0));
}

#[test]
fn a_setpoint_without_a_way_to_the_plant_is_simulated_and_never_written() {
    let rest = r#"
[[signal]]
path = "Site/Nowhere/Speed"
[[setpoint]]
each = { signal = ["Old/Speed", "Nowhere/Speed", "Pump/Flow", "Oven/Target"] }
signal = "{signal}"
min = 1
max = 2
permitted_modes = "EXECUTE"
[control]
enabled = true
"#;
    let modes = "4 setpoint[1].mode_signal: the key is missing; expected the signal that shows the modes of \
                 \"permitted_modes\"";
    let expected = [
        "2 signal[8].source: the key is missing; expected the source of the signal",
        modes,
        "4 setpoint[1].write: the key is missing; expected the topic that is written to",
        "4 setpoint[1].write: the key is missing; expected the address that is written to",
        "6 setpoint[1].signal: expected a signal whose source can be written, found one of a CSV file",
        "6 setpoint[1].signal: expected a signal with a source of this file to write through, found none",
    ];
    assert_eq!(said(rest), expected);
    let project = plant(rest).load().project.unwrap_or_default();
    assert_eq!((project.setpoints.len(), project.policy.writable.len(), project.write_targets.len()), (4, 0, 0));
    // Nobody is told while nobody wants to write.
    assert_eq!(said(&rest.replace("enabled = true", "enabled = false")), expected[..1]);
}

#[test]
fn ways_to_the_plant_are_checked() {
    let rest = r#"
[[setpoint]]
signal = "Old/Speed"
min = 1
max = 2
write = { column = "a" }
[[setpoint]]
signal = "Pump/Flow"
min = 1
max = 2
write = { topic = "pump/flow", payload = "{val}", member = "/a", qos = 4, response_topic = "a/+" }
[[setpoint]]
signal = "Oven/Target"
min = 1
max = 2
write = { url = "web/oven", method = "get", payload = "set {val}", readback_url = "http://me@web" }
"#;
    let expected = [
        "6 setpoint[1].write.column: no key \"column\" here; known: node, topic, qos, payload, member, response_topic, \
         url, method, readback_url, parameter",
        "11 setpoint[2].write.response_topic: expected a topic without + and #, found \"a/+\"",
        "11 setpoint[2].write.topic: expected a topic of its own, found the one that is read: what is written would \
         pass for the plant's answer",
        "11 setpoint[2].write.qos: expected a whole number from 0 to 2, found the number 4",
        "11 setpoint[2].write.member: expected either payload or member, found both",
        "16 setpoint[3].write.url: expected http://host/path or https://host/path, found \"web/oven\"",
        "16 setpoint[3].write.readback_url: expected no user or password in the url: use token, found \"@\"",
        "16 setpoint[3].write.method: expected one of put, post, found \"get\"",
        "16 setpoint[3].write.payload: expected {value} where the value is to stand, found \"set {val}\"",
    ];
    let mut found = said(rest);
    found.sort_by_key(|line| line.split(' ').next().and_then(|line| line.parse::<usize>().ok()));
    assert_eq!(found, expected);
    let deep = format!(
        "[[setpoint]]\nsignal = \"Pump/Flow\"\nmin = 1\nmax = 2\nwrite = {{ topic = \"a\", member = \"{}\" }}",
        "/a".repeat(33)
    );
    assert_eq!(said(&deep), ["5 setpoint[1].write.member: expected at most 32 names, one below the other, found 33"]);
}

#[test]
fn a_source_without_an_identity_for_writing_is_warned_of_once() {
    let project = r#"
[control]
enabled = true
[[source]]
name = "plc"
kind = "opcua"
url = "opc.tcp://plc"
[[source]]
name = "broker"
kind = "mqtt"
url = "mqtt://broker"
write_password = "env:W"
[[signal]]
each = { name = ["A", "B"] }
path = "{name}"
source = "plc"
node = "s={name}"
[[setpoint]]
each = { name = ["A", "B"] }
signal = "{name}"
min = 1
max = 2
"#;
    let expected = [
        "4 source[1].write_user: the key is missing; expected an identity of its own for writing",
        "8 source[2].write_user: the key is missing; expected what belongs to the other one",
    ];
    assert_eq!(told(project), expected);
    let written = Plant::new(project).load().project.unwrap_or_default().write_targets;
    assert_eq!(written.iter().map(|one| &one.identity).collect::<Vec<_>>(), [&WriteIdentity::Reader; 2]);
    assert_eq!(told(&project.replace("enabled = true", "")), expected[1..]);
}
