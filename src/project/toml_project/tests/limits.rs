//! Repetitions, addresses in sources, short names, and files that are not project files.

use super::{Plant, told};
use crate::project::{Severity, load};

#[test]
fn repetitions_are_checked() {
    let project = r#"
[[asset]]
each = { machine = ["Filler", "Capper"] }
path = "Site/{machin}"
[[asset]]
each = ["Filler"]
path = "Site/{machine}"
[[asset]]
each = { zone = "1-3" }
path = "Site/{zone}"
[[asset]]
each = { zone = "1..100000" }
path = "Site/{zone}"
[[signal]]
each = { machine = ["A", "B"] }
path = "Site/{machine}"
interval = 3
"#;
    let mut found = told(project);
    found.retain(|line| !line.contains("source: the key is missing"));
    let expected = [
        "3 asset[1].each: expected {machine} in the text, found {machin}",
        "4 asset[1].path: expected a path of its own, found \"Site/{machin}\" a second time",
        "6 asset[2].each: expected a list of tables, found the text \"Filler\" in it",
        "9 asset[3].each: expected a list or a range like \"1..8\" for zone, found \"1-3\"",
        "12 asset[4].each: expected at most 20000 repetitions, found more",
        "17 signal[1].interval: no key \"interval\" here; known: path, description, unit, kind, range, interval_secs, \
         asset, twin, source, variable, topic, value, time, time_format, quality, payload_unit, qos, where, column, \
         key, node, deadband",
    ];
    assert_eq!(found, expected);
}

#[test]
fn brokers_and_topics_are_checked() {
    let project = r#"
[[source]]
name = "plant"
kind = "mqtt"
url = "mqtts://broker:8883"
subscribe = ["line1/#", "line2/#", "a#"]
version = 4
[[source]]
name = "open"
kind = "mqtt"
url = "mqtt://broker"
subscribe = ["line1/#", "line2/#"]
[[signal]]
path = "A"
source = "open"
topic = "line1/+"
[[signal]]
path = "B"
source = "open"
topic = "line1/a"
time = "/t"
[[signal]]
path = "C"
source = "open"
topic = "line1/a"
value = "speed.now"
[[signal]]
path = "D"
source = "open"
topic = "line1/a"
unit = "bar"
payload_unit = "Cel"
qos = 3
[[signal]]
path = "E"
source = "open"
"#;
    let expected = [
        "2 source[1].ca_file: the key is missing; expected the authority that the encrypted connection trusts",
        "6 source[1].subscribe: expected + for a whole level, or # for all at the end, found \"a#\"",
        "7 source[1].version: expected 5 or \"3.1.1\", found the number 4",
        "16 signal[1].topic: expected a topic without + and #, found \"line1/+\"",
        "17 signal[2].value: the key is missing; expected the place of the value beside \"time\"",
        "26 signal[3].value: expected a JSON pointer, found \"speed.now\"",
        "32 signal[4].payload_unit: expected a unit that converts to \"bar\", found \"Cel\"",
        "33 signal[4].qos: expected a whole number from 0 to 2, found the number 3",
        "34 signal[5].topic: the key is missing; expected the topic of its messages",
    ];
    assert_eq!(told(project), expected);
}

#[test]
fn filters_that_nothing_uses_are_warned_of_and_dropped() {
    let plant = Plant::new(
        "[[source]]\nname = \"a\"\nkind = \"mqtt\"\nurl = \"mqtt://b\"\nsubscribe = [\"x/#\", \"y/#\"]\n\
         [[signal]]\npath = \"A\"\ntopic = \"x/1\"",
    );
    assert_eq!(plant.told(), ["5 source[1].subscribe: expected a signal with a topic that passes \"y/#\", found none"]);
    assert_eq!(plant.load().problems.first().map(|problem| problem.severity), Some(Severity::Warning));
}

#[test]
fn short_names_must_be_those_of_one() {
    let project = r#"
[[asset]]
each = { line = "1..2" }
path = "Line {line}/Filler"
[[signal]]
each = { line = "1..2" }
path = "Line {line}/Filler/Speed"
[[alarm]]
name = "Fast"
signal = "Filler/Speed"
above = 3
"#;
    let mut found = told(project);
    found.retain(|line| !line.contains("source: the key is missing"));
    let expected = "10 alarm[1].signal: expected one signal, found Line 1/Filler/Speed, Line 2/Filler/Speed, which all \
                    end in \"Filler/Speed\"";
    assert_eq!(found, [expected]);
}

#[test]
fn mistakes_of_notation_are_told_with_their_lines() {
    let plant = Plant::new("name = \n[history]\nhours = 8 8\nhours = 9\n");
    let loaded = plant.load();
    assert!(loaded.project.is_none());
    let lines: Vec<Option<usize>> = loaded.problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [Some(1), Some(3), Some(4)]);
    let said: Vec<&str> = loaded.problems.iter().map(|problem| problem.message.as_str()).collect();
    let expected = [
        "string values must be quoted, expected literal string, in \"name =\"",
        "string values must be quoted, expected literal string, in \"hours = 8 8\"",
        "duplicate key, in \"hours = 9\"",
    ];
    assert_eq!(said, expected);
}

#[test]
fn text_that_is_not_utf_8_is_told_with_its_line() {
    let plant = Plant::new("");
    plant.write("twin.toml", b"name = \"a\"\n# \xff\n");
    assert_eq!(plant.told(), ["0 : expected text in UTF-8, found other bytes in line 2"]);
}

#[test]
fn nothing_there_says_what_was_looked_for() {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let said = |name: &str| {
        let loaded = load(&folder.path().join(name));
        assert!(loaded.project.is_none());
        loaded.problems.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>()
    };
    std::fs::write(folder.path().join("notes.txt"), "").unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(said(""), ["expected twin.toml or a TwinMaker scene document (*.json) in the folder, found neither"]);
    assert_eq!(
        said("notes.txt"),
        ["expected a project file (*.toml) or a TwinMaker scene document (*.json), found another file"]
    );
    assert_eq!(
        said("no"),
        ["expected a project file, a TwinMaker scene document or a folder with one of them, found nothing"]
    );
}

#[test]
fn more_problems_than_anyone_reads_are_counted() {
    let project = "[[alarm]]\neach = { n = \"1..3000\" }\nname = \"A{n}\"\nsignal = \"Line/S{n}\"\nabove = 1\n\
                   [[signal]]\neach = { n = \"1..3000\" }\npath = \"Lime/S{n}\"";
    let found = told(project);
    assert_eq!(found.len(), 501);
    // One warning for all signals without source, and 499 of the 3000 alarms.
    assert_eq!(found.last().map(String::as_str), Some("0 : 2501 more problems are not listed"));
}
