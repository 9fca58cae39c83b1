//! What we write is read by the Python package mcap: same counts, times and values, through the
//! index of the file.

use std::fs::File;

use serde_json::Value as Json;
use twinscope::domain::alarm::AlarmChange;
use twinscope::domain::audit::AuditKind;
use twinscope::domain::catalog::Catalog;
use twinscope::domain::change::State;
use twinscope::domain::change_record::{ChangeRecord, Moved};
use twinscope::domain::person::{Role, UserName};
use twinscope::domain::quality::{BadReason, Quality};
use twinscope::domain::recording::{AlarmRecord, Event};
use twinscope::domain::signal::{Sample, Signal, SignalId};
use twinscope::domain::time::Timestamp;
use twinscope::domain::value::{Value, ValueKind};
use twinscope::recording::Head;
use twinscope::recording::snapshot::SnapshotFile;
use twinscope::recording::writer::Writer;

use super::python;

const SIGNALS: [(&str, ValueKind); 5] = [
    ("Line/Filler/Speed", ValueKind::Real),
    ("Line/Filler/Count", ValueKind::Int),
    ("Line/Filler/Running", ValueKind::Bool),
    ("Line/Capper/State", ValueKind::Text),
    ("Top", ValueKind::Real),
];

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + millis)
}

fn value(kind: ValueKind, step: i64) -> Value {
    match kind {
        ValueKind::Real => Value::Real((step as f64).sin() * 1e3),
        ValueKind::Int => Value::Int(step - 50),
        ValueKind::Bool => Value::Bool(step % 3 == 0),
        ValueKind::Text => Value::text(["EXECUTE", "Stillstand: \"Störung\"", ""][step as usize % 3]),
    }
}

fn samples() -> Vec<Sample> {
    let kinds = SIGNALS.iter().enumerate();
    let all = kinds.flat_map(|(number, (_, kind))| (0..3_000).map(move |step| (number as u32, *kind, step)));
    let mut samples: Vec<Sample> = all
        .map(|(number, kind, step)| Sample {
            signal: SignalId(number),
            source_time: at(step * 100),
            received_time: at(step * 100 + 7),
            value: value(kind, step),
            quality: if step % 17 == 0 { Quality::Bad(BadReason::NoCommunication) } else { Quality::Good },
        })
        .collect();
    samples.sort_by_key(|sample| (sample.source_time, sample.signal));
    samples
}

fn change() -> ChangeRecord {
    ChangeRecord {
        at: at(10_000),
        what: AuditKind::Approved,
        change: Some("C-2023-11-14-0001".into()),
        title: "Slower".into(),
        before: Some(State::Compared),
        after: Some(State::Approved),
        person: UserName::new("ann").ok(),
        role: Some(Role::Approver),
        settings: vec![Moved {
            signal: "Line/Filler/Speed".into(),
            from: Some(Value::Real(600.0)),
            to: Some(Value::Real(570.5)),
            unit: Some("/min".into()),
        }],
        reason: "less foam".into(),
        outcome: String::new(),
        entry: 12,
        hash: "ab".repeat(32),
    }
}

#[test]
fn python_reads_what_we_write_through_its_index() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shift.mcap");
    let mut catalog = Catalog::default();
    for (path, kind) in SIGNALS {
        catalog.intern(Signal::new(path, kind));
    }
    let snapshot = [SnapshotFile { name: "project/twin.toml".into(), bytes: b"name = \"x\"".to_vec() }];
    let head = Head { site: "Riverside".into(), part: 1, ..Head::default() };
    let mut writer =
        Writer::create(File::create(&path).expect("a file"), &head, &catalog, &snapshot).expect("a writer");
    let samples = samples();
    let alarm = Event::Alarm(AlarmRecord {
        at: at(10_000),
        signal: "Line/Filler/Speed".into(),
        alarm: "Too fast".into(),
        change: AlarmChange::Raised,
        value: Some(Value::Real(712.5)),
    });
    let change = change();
    for (number, sample) in samples.iter().enumerate() {
        if number == 5_000 {
            writer.event(&Event::Change(Box::new(change.clone())), sample.received_time).expect("it writes");
            writer.event(&alarm, sample.received_time).expect("it writes");
        }
        writer.push(sample).expect("it writes");
        if number % 40 == 0 {
            writer.flush(sample.received_time).expect("it writes");
        }
    }
    writer.finish(at(300_000)).expect("it ends");

    let (from, to) = (at(100_000).as_nanos().to_string(), at(101_000).as_nanos().to_string());
    let told = python::run("read_recording.py", &[path.as_os_str(), from.as_ref(), to.as_ref()]);
    let told: Json = serde_json::from_str(&told).expect("JSON");

    let list = told["samples"].as_array().expect("samples");
    assert_eq!(list.len(), samples.len());
    let mut found: Vec<&Json> = list.iter().collect();
    let number = |path: &Json| SIGNALS.iter().position(|(known, _)| Some(*known) == path.as_str());
    found.sort_by_key(|row| (row[1].as_i64(), number(&row[0])));
    for (row, sample) in found.iter().zip(&samples) {
        assert_eq!(row[0], SIGNALS[sample.signal.index()].0);
        assert_eq!(row[1].as_i64(), Some(sample.source_time.as_nanos()));
        assert_eq!(row[2].as_i64(), Some(sample.received_time.as_nanos()));
        let same = match &sample.value {
            Value::Bool(flag) => row[3].as_bool() == Some(*flag),
            Value::Int(whole) => row[3].is_i64() && row[3].as_i64() == Some(*whole),
            Value::Real(real) => row[3].is_f64() && row[3].as_f64().map(f64::to_bits) == Some(real.to_bits()),
            Value::Text(text) => row[3].as_str() == Some(text),
        };
        assert!(same, "{row} is not {sample:?}");
        assert_eq!(row[4].as_u64(), Some(u64::from(sample.quality.status_code())));
    }
    assert_eq!(told["profile"], "twinscope");
    assert_eq!(told["compression"], serde_json::json!(["zstd"]));
    assert_eq!(told["metadata"]["twinscope"]["site"], "Riverside");
    assert_eq!(told["attachments"], serde_json::json!(["project/twin.toml", "twinscope/index.json"]));
    assert_eq!(told["alarms"][0]["value"], 712.5);
    // The schema names all that the message holds but the kind of event, which is the topic's.
    assert_eq!(told["changes"][0][0], serde_json::json!(["kind"]));
    assert_eq!(told["changes"][0][1].as_i64(), Some(change.at.as_nanos()));
    let message = &told["changes"][0][2];
    let expected = serde_json::json!({
        "kind": "change", "at": change.at.as_nanos(), "what": "approved", "change": "C-2023-11-14-0001",
        "title": "Slower", "before": "compared", "after": "approved", "person": "ann", "role": "approver",
        "settings": [{"signal": "Line/Filler/Speed", "from": 600.0, "to": 570.5, "unit": "/min"}],
        "reason": "less foam", "outcome": "", "entry": 12, "hash": "ab".repeat(32),
    });
    for (name, expected) in expected.as_object().expect("an object") {
        // What is empty is left out.
        assert!(message.get(name).map_or(expected == "", |found| found == expected), "{name}: {message}");
    }
    let channels: Vec<&str> = told["channels"].as_array().expect("channels").iter().filter_map(Json::as_str).collect();
    for topic in ["/plant", "/plant/Line/Capper", "/plant/Line/Filler", "/twinscope/keyframes", "/twinscope/gaps"] {
        assert!(channels.contains(&topic), "{channels:?}");
    }
    // A second of thirty: the index leads there, nothing else is read.
    let (window, whole) = (told["window_bytes"].as_u64().expect("bytes"), told["file_bytes"].as_u64().expect("bytes"));
    assert!(told["window_messages"].as_u64() >= Some(30), "{}", told["window_messages"]);
    assert!(window * 4 < whole, "{window} of {whole} bytes were read");
}
