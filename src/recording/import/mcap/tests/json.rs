//! Messages in JSON.

use super::*;
use crate::domain::value::ValueKind;

#[test]
fn fields_become_signals_of_the_kind_that_the_schema_says() {
    let schema = br##"{"type": "object", "properties": {
        "motor": {"$ref": "#/$defs/motor"},
        "count": {"type": "integer"},
        "photo": {"type": "string", "contentEncoding": "base64"},
        "zones": {"type": "array", "items": {"type": "number", "unit": "degC"}}
      }, "$defs": {"motor": {"properties": {
        "speed": {"type": ["number", "null"], "unit": "rpm", "minimum": 0, "maximum": 3000, "description": "Of the shaft"},
        "range": {"type": "number", "minimum": 5, "maximum": 5}}}}}"##;
    let messages: [&[u8]; 3] = [
        br#"{"motor": {"speed": 1200, "range": 1}, "count": 3, "on": true, "state": "Run", "photo": "AAAA", "zones": [90, 91.5]}"#,
        br#"{"motor": {"speed": null}, "count": 3.5, "free": 7}"#,
        br#"{"count": 18446744073709551615, "free": 7.25, "on": "perhaps"}"#,
    ];
    let imported = import(&file_of("/plant/mixer1", "json", Some(("Mixer", "jsonschema", schema)), &messages));
    let expected = [
        ("plant/mixer1/motor/speed", Value::Real(1200.0)),
        ("plant/mixer1/motor/range", Value::Real(1.0)),
        ("plant/mixer1/count", Value::Int(3)),
        ("plant/mixer1/on", Value::Bool(true)),
        ("plant/mixer1/state", Value::text("Run")),
        ("plant/mixer1/zones/0", Value::Real(90.0)),
        ("plant/mixer1/zones/1", Value::Real(91.5)),
        ("plant/mixer1/free", Value::Real(7.0)),
        ("plant/mixer1/free", Value::Real(7.25)),
    ];
    assert_eq!(imported.values(), expected);
    let signal = |path| imported.catalog.id(path).and_then(|id| imported.catalog.get(id)).expect("a signal");
    let speed = signal("plant/mixer1/motor/speed");
    assert_eq!(
        (speed.unit.code(), speed.range, &*speed.description),
        ("{rev}/min", Some((0.0, 3000.0)), "Of the shaft")
    );
    assert_eq!(signal("plant/mixer1/motor/range").range, None);
    assert_eq!(signal("plant/mixer1/zones/1").unit.code(), "Cel");
    assert_eq!(signal("plant/mixer1/count").kind, ValueKind::Int);
    assert_eq!(imported.problem("plant/mixer1/count holds at times what is no int"), 2);
    assert_eq!(imported.problem("plant/mixer1/on holds at times what is no bool"), 1);
}

#[test]
fn a_message_that_breaks_off_gives_nothing_and_the_next_one_does() {
    let messages: [&[u8]; 4] = [b"{\"a\": 1, \"b\":", b"{\"a\": 2} x", b"\xff\xfe", b"{\"a\": 3}"];
    let imported = import(&file_of("t", "json", None, &messages));
    assert_eq!(imported.values(), [("t/a", Value::Real(3.0))]);
    assert_eq!(imported.problem("Some messages of t are left out; the first because it is not JSON"), 3);
}

#[test]
fn long_lists_and_lists_of_others_are_named_once() {
    let list = |count: usize| vec!["1"; count].join(",");
    let first = format!(
        r#"{{"sixteen": [{}], "more": [{}], "texts": ["a"], "mixed": [1, {{"a": [2]}}], "b": 1}}"#,
        list(16),
        list(17)
    );
    let imported = import(&file_of("t", "json", None, &[first.as_bytes(), first.as_bytes()]));
    assert_eq!(imported.of("t/sixteen/15"), [Value::Real(1.0), Value::Real(1.0)]);
    assert_eq!((imported.report.signals, imported.of("t/b").len()), (17, 2));
    let told: Vec<(&str, u64)> =
        imported.report.problems.iter().map(|(words, count)| (words.as_str(), *count)).collect();
    assert_eq!(
        told,
        [
            ("t/mixed is a list of texts or structures: it is left out, only numbers and flags are read", 1),
            ("t/more is a list of more than 16 items: it is left out", 1),
            ("t/texts is a list of texts or structures: it is left out, only numbers and flags are read", 1),
        ]
    );
}

#[test]
fn long_texts_are_cut_off_between_letters() {
    let text = format!("{{\"a\": \"x{}\"}}", "ä".repeat(4_096));
    let imported = import(&file_of("t", "json", None, &[text.as_bytes()]));
    assert_eq!(imported.of("t/a"), [Value::text(&format!("x{}", "ä".repeat(2_047)))]);
    assert_eq!(imported.problem("t/a holds texts of more than 4096 bytes: they are cut off"), 1);
}

#[test]
fn topics_that_meet_in_a_path_share_the_signal() {
    let mut recorder = Recorder::new(WriteOptions::default(), "/a", "json", None);
    let other = recorder.writer.add_channel(0, "a/b", "json", &BTreeMap::new()).expect("a channel");
    recorder.message(START, START, br#"{"b": {"c": 1}}"#);
    let header = MessageHeader { channel_id: other, sequence: 0, log_time: START, publish_time: START };
    recorder.writer.write_to_known_channel(&header, br#"{"c": true}"#).expect("a message");
    let imported = import(&recorder.finish());
    assert_eq!(imported.values(), [("a/b/c", Value::Real(1.0)), ("a/b/c", Value::Real(1.0))]);
    assert_eq!(imported.report.signals, 1);
}
