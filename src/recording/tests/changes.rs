//! Guarantees of what recordings hold of changes of the plant.

use super::*;
use crate::domain::audit::{AuditKind, AuditRecord};
use crate::domain::change_record::{ChangeRecord, Moved};
use crate::domain::person::{Role, UserName};

fn step(millis: i64, entry: u64, what: AuditKind) -> ChangeRecord {
    let record = AuditRecord {
        person: UserName::new("ann").ok(),
        role: Some(Role::Approver),
        change: Some("C-2023-11-14-0001".into()),
        reason: "less \"foam\"".into(),
        ..AuditRecord::new(at(millis), what)
    };
    let from_to = Moved {
        signal: "Line/Unit0/S0".into(),
        from: Some(Value::Real(600.0)),
        to: Some(Value::Real(570.5)),
        unit: Some("/min".into()),
    };
    ChangeRecord {
        title: "Langsamer füllen".into(),
        settings: vec![from_to],
        ..ChangeRecord::of(&record, (entry, &"ab".repeat(32)), None, None)
    }
}

fn event(record: &ChangeRecord) -> Event {
    Event::Change(Box::new(record.clone()))
}

#[test]
fn what_happened_to_changes_is_read_back_in_order_finished_or_not() {
    let (catalog, samples) = (catalog(4), run(4, 30));
    let kinds = [AuditKind::Drafted, AuditKind::Approved, AuditKind::WriteIntended, AuditKind::Kept];
    let steps: Vec<ChangeRecord> =
        kinds.into_iter().enumerate().map(|(n, what)| step(3_000 + n as i64 * 7_000, n as u64 + 1, what)).collect();
    let events: Vec<Event> = steps.iter().map(event).collect();
    for finish in [true, false] {
        let file = place();
        write(&file.path, &catalog, &samples, &events, finish);
        let mut recording = open(&file.path);
        assert_eq!(recording.changes(), steps);
        let read: Vec<Event> =
            (0..recording.segments().len()).flat_map(|place| recording.segment(place).events).collect();
        assert_eq!(read, events, "they stand in the messages, too");
        assert!(!recording.problems().iter().any(|words| words.contains("understood")));
    }
}

#[test]
fn an_event_that_is_not_understood_is_a_problem_and_costs_nothing_else() {
    let (file, catalog, samples) = (place(), catalog(4), run(4, 30));
    let good = step(3_000, 1, AuditKind::Approved);
    let (later, malformed) = (step(4_000, 2, AuditKind::Kept), step(5_000, 3, AuditKind::Reverted));
    write(&file.path, &catalog, &samples, &[event(&good), event(&later), event(&malformed)], true);
    // Chunks are compressed, notes are not.
    let mut bytes = fs::read(&file.path).expect("a file");
    let replaced = replace(&mut bytes, b"\"what\":\"kept\"", b"\"what\":\"drop\"")
        + replace(&mut bytes, b"\"what\":\"reverted\"", b"\"what\":[\"verted\"]");
    assert_eq!(replaced, 4, "in the note and in the index");
    fs::write(&file.path, &bytes).expect("a file");
    let mut recording = open(&file.path);
    assert_eq!(recording.changes(), [good]);
    let problems = recording.problems();
    assert!(
        problems.iter().any(|words| words.contains("2 of the things that happened are not understood")),
        "{problems:?}"
    );
    assert_eq!(everything(&mut recording).len(), samples.len());
    assert!(recording.gaps().is_empty());
}

fn replace(bytes: &mut [u8], from: &[u8], to: &[u8]) -> usize {
    assert_eq!(from.len(), to.len());
    let places: Vec<usize> = (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    for place in &places {
        bytes[*place..*place + to.len()].copy_from_slice(to);
    }
    places.len()
}

#[test]
fn a_message_that_is_not_understood_is_a_problem_and_no_gap() {
    let file = place();
    let good = step(3_000, 1, AuditKind::Approved);
    let whole = serde_json::to_string(&event(&good)).expect("JSON");
    let messages = [
        "{\"kind\":\"quantum\",\"at\":1}".to_owned(),
        whole.replace("\"ann\"", "\"../../ann\""),
        whole.replace("\"approver\"", "\"emperor\""),
        whole.replace("\"entry\":1", "\"entry\":-1"),
        "[".repeat(100_000),
        "\u{0}".to_owned(),
        whole,
    ];
    let options = mcap::WriteOptions::new().profile("twinscope").compression(None);
    let mut writer = options.create(fs::File::create(&file.path).expect("a file")).expect("a writer");
    let schema = writer.add_schema("x", "jsonschema", b"{}").expect("a schema");
    let channel = writer.add_channel(schema, "/twinscope/changes", "json", &BTreeMap::new()).expect("a channel");
    for (number, message) in messages.iter().enumerate() {
        let time = good.at.as_nanos() as u64 + number as u64;
        let header =
            mcap::records::MessageHeader { channel_id: channel, sequence: 0, log_time: time, publish_time: time };
        writer.write_to_known_channel(&header, message.as_bytes()).expect("it writes");
    }
    writer.finish().expect("it ends");
    drop(writer);
    let recording = open(&file.path);
    assert_eq!(recording.changes(), [good]);
    assert!(recording.problems().iter().any(|words| words.contains("not understood")), "{:?}", recording.problems());
    assert!(recording.gaps().is_empty());
}

#[test]
fn hostile_texts_stay_texts() {
    let (file, catalog) = (place(), catalog(1));
    let hostile = ["", "\u{0}\u{1b}[2J", &"x".repeat(100_000), "\u{202e}"];
    let record = |title: &str| ChangeRecord { title: title.to_owned(), ..step(1_000, u64::MAX, AuditKind::Kept) };
    let events: Vec<Event> = hostile.iter().map(|title| event(&record(title))).collect();
    write(&file.path, &catalog, &run(1, 2), &events, true);
    let changes = open(&file.path).changes();
    assert_eq!(changes.len(), hostile.len());
    let steers = |letter: char| letter.is_control() || letter == '\u{202e}';
    assert!(changes.iter().all(|record| !record.words().contains(steers)));
}

#[test]
fn a_file_begins_with_the_changes_that_are_under_way() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut recorder = recorder(folder.path(), |_| {});
    let other = ChangeRecord { change: Some("C-2023-11-14-0002".into()), ..step(500, 1, AuditKind::Reverted) };
    let (drafted, trial) = (step(1_000, 2, AuditKind::Drafted), step(2_000, 3, AuditKind::TrialBegun));
    let write = step(2_500, 4, AuditKind::WriteAnswered);
    for record in [&other, &drafted, &trial, &write] {
        recorder.event(event(record), record.at);
    }
    let path = recorder.start(None, at(3_000)).expect("a file");
    recorder.take(&sample(0, 3_000, 0));
    recorder.stop(at(4_000));
    assert_eq!(open(&path).changes(), [trial], "where it stands, and nothing of what is over");
    recorder.event(event(&step(5_000, 5, AuditKind::Kept)), at(5_000));
    let path = recorder.start(None, at(6_000)).expect("a file");
    recorder.take(&sample(0, 6_000, 0));
    recorder.stop(at(7_000));
    assert_eq!(open(&path).changes(), []);
}
