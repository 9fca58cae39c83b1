//! Guarantees of writer, recorder and reader together.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use tempfile::TempDir;

use super::Head;
use super::reader::{OpenError, Recording, Window};
use super::recorder::Recorder;
use super::settings::{Description, Settings};
use super::writer::Writer;
use crate::domain::alarm::AlarmChange;
use crate::domain::catalog::Catalog;
use crate::domain::quality::{BadReason, Quality};
use crate::domain::recording::{AlarmRecord, DeskView, Event, GapReason, Mark};
use crate::domain::signal::{Sample, Signal, SignalId};
use crate::domain::time::{Span, Timestamp};
use crate::domain::value::{Value, ValueKind};

mod changes;

const KINDS: [ValueKind; 4] = [ValueKind::Real, ValueKind::Int, ValueKind::Bool, ValueKind::Text];

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + millis)
}

fn catalog(signals: usize) -> Catalog {
    let mut catalog = Catalog::default();
    for number in 0..signals {
        catalog.intern(Signal::new(format!("Line/Unit{}/S{number}", number / 4), KINDS[number % 4]));
    }
    catalog
}

fn value(signal: u32, number: i64) -> Value {
    match KINDS[signal as usize % 4] {
        ValueKind::Real => Value::Real(number as f64 * 0.1 + f64::from(signal)),
        ValueKind::Int => Value::Int(number.wrapping_mul(1_000_000_007)),
        ValueKind::Bool => Value::Bool(number % 2 == 0),
        ValueKind::Text => Value::text(["Execute", "Held \"by\" operator", "Läuft\n"][number as usize % 3]),
    }
}

/// A sample of a signal, `late` ms after it held.
fn sample(signal: u32, millis: i64, late: i64) -> Sample {
    let quality = if millis % 11 == 3 { Quality::Bad(BadReason::SensorFailure) } else { Quality::Good };
    Sample {
        signal: SignalId(signal),
        source_time: at(millis),
        received_time: at(millis + late),
        value: value(signal, millis),
        quality,
    }
}

/// All signals every 100 ms, in order.
fn run(signals: u32, secs: i64) -> Vec<Sample> {
    (0..secs * 10).flat_map(|step| (0..signals).map(move |signal| sample(signal, step * 100, 20))).collect()
}

struct File {
    _folder: TempDir,
    path: PathBuf,
}

fn place() -> File {
    let folder = tempfile::tempdir().expect("a folder");
    File { path: folder.path().join("run.mcap"), _folder: folder }
}

/// Writes samples as a recorder does, flushing by their arrival.
fn write(path: &Path, catalog: &Catalog, samples: &[Sample], events: &[Event], finish: bool) {
    let head = Head { site: "Test".into(), part: 1, ..Head::default() };
    let file = fs::File::create(path).expect("a file");
    let mut writer = Writer::create(file, &head, catalog, &[]).expect("a writer");
    let mut flushed = samples.first().map_or(at(0), |sample| sample.received_time);
    let mut events = events.iter().peekable();
    for sample in samples {
        while let Some(event) = events.next_if(|event| event.at() <= sample.received_time) {
            writer.event(event, sample.received_time).expect("it writes");
        }
        writer.push(sample).expect("it writes");
        if sample.received_time - flushed >= Span::from_millis(750) {
            writer.flush(sample.received_time).expect("it writes");
            flushed = sample.received_time;
        }
    }
    events.for_each(|event| writer.event(event, event.at()).expect("it writes"));
    writer.flush(flushed).expect("it writes");
    if finish {
        writer.finish(flushed).expect("it ends");
    } else {
        // As a killed program does: dropped, it would finish.
        std::mem::forget(writer);
    }
}

fn open(path: &Path) -> Recording {
    Recording::open(path).unwrap_or_else(|error| panic!("{error}"))
}

fn everything(recording: &mut Recording) -> Vec<Sample> {
    let mut samples: Vec<Sample> =
        (0..recording.segments().len()).flat_map(|place| recording.segment(place).samples).collect();
    samples.sort_by_key(|sample| (sample.source_time, sample.signal));
    samples
}

/// What holds at a moment, by going through all samples.
fn state_at(samples: &[Sample], moment: Timestamp) -> BTreeMap<SignalId, (Timestamp, Value, Quality)> {
    let mut state: BTreeMap<SignalId, (Timestamp, Value, Quality)> = BTreeMap::new();
    for sample in samples.iter().filter(|sample| sample.source_time <= moment) {
        let known = state.get(&sample.signal).is_none_or(|(time, ..)| *time <= sample.source_time);
        if known {
            state.insert(sample.signal, (sample.source_time, sample.value.clone(), sample.quality));
        }
    }
    state
}

fn state_of(window: &Window) -> BTreeMap<SignalId, (Timestamp, Value, Quality)> {
    let state = window.state.iter();
    state.map(|sample| (sample.signal, (sample.source_time, sample.value.clone(), sample.quality))).collect()
}

#[test]
fn what_was_written_is_read_back_to_the_last_bit() {
    let (file, catalog, samples) = (place(), catalog(9), run(9, 40));
    write(&file.path, &catalog, &samples, &[], true);
    let mut recording = open(&file.path);
    assert!(recording.finished() && recording.problems().is_empty());
    assert!(recording.catalog.iter().eq(catalog.iter()));
    assert_eq!((recording.samples(), recording.segments().len()), (samples.len() as u64, 4));
    assert_eq!(recording.extent(), Some((at(0), at(39_900))));
    let mut expected = samples;
    expected.sort_by_key(|sample| (sample.source_time, sample.signal));
    assert_eq!(everything(&mut recording), expected);
}

#[test]
fn any_moment_shows_what_held_then() {
    let (file, catalog) = (place(), catalog(6));
    // One signal is told once, one comes a minute late, the rest in order.
    let mut samples: Vec<Sample> = run(4, 120);
    samples.push(sample(4, -5_000, 5_000));
    samples.extend((0..60).map(|second| sample(5, second * 1_000, 61_000)));
    samples.sort_by_key(|sample| sample.received_time);
    write(&file.path, &catalog, &samples, &[], true);
    let mut recording = open(&file.path);
    assert!(recording.segments().len() > 5, "{}", recording.segments().len());
    for moment in (-6_000..125_000).step_by(1_777) {
        let window = recording.window(at(moment), at(moment + 2_000), usize::MAX);
        assert_eq!(state_of(&window), state_at(&samples, at(moment)), "at {moment} ms");
        let inside = |sample: &&Sample| sample.source_time > at(moment) && sample.source_time <= at(moment + 2_000);
        assert_eq!(window.samples.len(), samples.iter().filter(inside).count(), "from {moment} ms");
        assert!(window.samples.is_sorted_by_key(|sample| sample.source_time));
    }
}

#[test]
fn a_window_that_would_be_too_large_ends_earlier_and_is_whole() {
    let (file, catalog, samples) = (place(), catalog(8), run(8, 200));
    write(&file.path, &catalog, &samples, &[], true);
    let window = open(&file.path).window(at(5_000), at(200_000), 1_000);
    assert!(window.to < at(40_000), "{}", window.to);
    let inside = samples.iter().filter(|sample| sample.source_time > at(5_000) && sample.source_time <= window.to);
    assert_eq!(window.samples.len(), inside.count());
    assert!(window.samples.len() >= 1_000);
}

#[test]
fn events_are_known_without_reading_samples_and_the_desk_comes_with_its_window() {
    let (file, catalog, samples) = (place(), catalog(4), run(4, 30));
    let alarm = AlarmRecord {
        at: at(3_000),
        signal: "Line/Unit0/S0".into(),
        alarm: "Too hot".into(),
        change: AlarmChange::Raised,
        value: Some(Value::Real(3.0)),
    };
    let desk = DeskView { at: at(12_000), moment: at(11_000), live: true, pose: None, selection: Some("Line".into()) };
    let mark = Mark { at: at(15_000), text: "here".into(), pose: None, selection: None };
    let events = [Event::Alarm(alarm), Event::Desk(desk.clone()), Event::Mark(mark.clone())];
    write(&file.path, &catalog, &samples, &events, true);
    let mut recording = open(&file.path);
    assert_eq!(recording.events(), [&events[0], &events[2]]);
    assert_eq!(recording.marks(), [mark]);
    assert_eq!(recording.window(at(11_000), at(13_000), usize::MAX).desk, [desk]);
}

#[test]
fn what_was_shelved_is_in_the_file_and_at_the_head_of_one_that_begins_later() {
    let (folder, file, catalog) = (tempfile::tempdir().expect("a folder"), place(), catalog(3));
    let happened = |millis, change| {
        let (signal, alarm) = ("Line/Unit0/S0".into(), "Too hot".into());
        Event::Alarm(AlarmRecord { at: at(millis), signal, alarm, change, value: None })
    };
    let events = [
        happened(1_000, AlarmChange::Raised),
        happened(2_000, AlarmChange::Shelved { until: at(900_000) }),
        happened(3_000, AlarmChange::Cleared),
        happened(4_000, AlarmChange::Unshelved),
    ];
    write(&file.path, &catalog, &run(3, 10), &events, true);
    let recording = open(&file.path);
    assert_eq!(recording.events(), events.iter().collect::<Vec<_>>());
    assert!(recording.problems().is_empty(), "{:?}", recording.problems());

    let mut recorder = recorder(folder.path(), |_| {});
    for (event, millis) in events.iter().take(2).zip([1_000, 2_000]) {
        recorder.event(event.clone(), at(millis));
    }
    feed(&mut recorder, &run(3, 60));
    let saving = recorder.save_last(Span::from_secs(20), at(60_000)).expect("something is kept");
    let (path, _) = saving.write().expect("it writes");
    assert_eq!(open(&path).events(), [&events[0], &events[1]]);
}

#[test]
fn what_was_written_before_there_was_shelving_is_still_read() {
    let (head, place) = (r#"{"kind":"alarm","at":3000000000,"#, r#""signal":"Line/Unit0/S0","alarm":"Too hot","#);
    for (text, change) in [
        (r#""raised""#, AlarmChange::Raised),
        (r#""cleared""#, AlarmChange::Cleared),
        (r#""acknowledged""#, AlarmChange::Acknowledged),
        (r#""unshelved""#, AlarmChange::Unshelved),
        (r#"{"shelved":{"until":60000000000}}"#, AlarmChange::Shelved { until: Timestamp::from_millis(60_000) }),
    ] {
        let (signal, alarm) = ("Line/Unit0/S0".into(), "Too hot".into());
        let event = Event::Alarm(AlarmRecord { at: Timestamp::from_millis(3_000), signal, alarm, change, value: None });
        let written = format!("{head}{place}\"change\":{text}}}");
        assert_eq!(serde_json::from_str::<Event>(&written).ok().as_ref(), Some(&event), "{written}");
        assert_eq!(serde_json::to_string(&event).ok(), Some(written));
    }
}

#[test]
fn a_file_that_was_not_finished_plays_and_can_be_followed() {
    let (file, catalog, samples) = (place(), catalog(4), run(4, 60));
    let whole = place();
    write(&whole.path, &catalog, &samples, &[], false);
    let bytes = fs::read(&whole.path).expect("a file");
    fs::write(&file.path, &bytes[..bytes.len() / 2]).expect("a file");
    let mut recording = open(&file.path);
    assert!(!recording.finished());
    let (_, half) = recording.extent().expect("samples");
    assert!(half > at(20_000) && half < at(40_000), "{half}");
    assert!(!recording.refresh().expect("readable"));
    fs::write(&file.path, &bytes).expect("a file");
    assert!(recording.refresh().expect("readable"));
    assert_eq!(recording.extent(), Some((at(0), at(59_900))));
    let mut expected = samples;
    expected.sort_by_key(|sample| (sample.source_time, sample.signal));
    assert_eq!(everything(&mut recording), expected);
    assert!(recording.presume_cut_off(true));
    assert_eq!(recording.gaps()[0].reason, GapReason::Crash);
    assert!(recording.problems()[0].contains("cut off"), "{:?}", recording.problems());
}

#[test]
fn a_file_cut_at_any_byte_opens_and_plays_what_is_whole() {
    let (file, catalog, samples) = (place(), catalog(4), run(4, 25));
    let whole = place();
    write(&whole.path, &catalog, &samples, &[], true);
    let bytes = fs::read(&whole.path).expect("a file");
    let mut best = 0;
    for length in (0..bytes.len()).step_by(97) {
        fs::write(&file.path, &bytes[..length]).expect("a file");
        match Recording::open(&file.path) {
            Ok(mut recording) => {
                let found = everything(&mut recording).len();
                assert!(found >= best && recording.problems().is_empty(), "{length}: {:?}", recording.problems());
                assert_eq!(found as u64, recording.samples());
                best = found;
            }
            Err(OpenError::NotMcap { .. } | OpenError::Empty { .. }) => assert_eq!(best, 0, "cut at {length}"),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(best, samples.len());
}

#[test]
fn a_damaged_chunk_is_named_and_the_rest_plays() {
    let (file, catalog, samples) = (place(), catalog(4), run(4, 60));
    write(&file.path, &catalog, &samples, &[], true);
    let mut bytes = fs::read(&file.path).expect("a file");
    let third = open(&file.path).segments()[2].clone();
    let middle = (third.offset + third.length / 2) as usize;
    bytes[middle] ^= 0x55;
    fs::write(&file.path, &bytes).expect("a file");
    let mut recording = open(&file.path);
    let found = everything(&mut recording).len();
    assert!(found >= samples.len() - 400 && found < samples.len(), "{found} of {}", samples.len());
    assert!(recording.problems()[0].contains("left out"), "{:?}", recording.problems());
    let gap = recording.gaps()[0];
    assert_eq!(gap.reason, GapReason::Damaged);
    assert!(gap.from >= at(19_000) && gap.to <= at(32_000), "{gap:?}");
}

#[test]
fn others_files_are_told_apart() {
    let file = place();
    let mut others = mcap::Writer::new(Cursor::new(Vec::new())).expect("a writer");
    others.finish().expect("it ends");
    fs::write(&file.path, others.into_inner().into_inner()).expect("a file");
    assert!(matches!(Recording::open(&file.path), Err(OpenError::Foreign { .. })));
    fs::write(&file.path, b"time,signal\n").expect("a file");
    assert!(matches!(Recording::open(&file.path), Err(OpenError::NotMcap { .. })));
    assert!(matches!(Recording::open(Path::new("/no/such/file")), Err(OpenError::Read { .. })));
}

fn recorder(folder: &Path, settings: impl FnOnce(&mut Settings)) -> Recorder {
    let mut own = Settings::new(folder.to_owned());
    settings(&mut own);
    let description =
        Description { site: "River side/1".into(), catalog: Arc::new(catalog(4)), ..Description::default() };
    Recorder::new(own, description)
}

fn feed(recorder: &mut Recorder, samples: &[Sample]) {
    let mut ticked = at(-1);
    for sample in samples {
        if sample.received_time > ticked {
            ticked = sample.received_time;
            recorder.tick(ticked);
        }
        recorder.take(sample);
    }
}

#[test]
fn a_recording_is_named_after_site_and_time_and_counts_what_it_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut recorder = recorder(&folder.path().join("new"), |_| {});
    let path = recorder.start(None, at(0)).expect("it starts");
    assert_eq!(path, folder.path().join("new/river-side-1-20231114-221320.mcap"));
    let samples = run(4, 30);
    feed(&mut recorder, &samples);
    recorder.tick(at(31_000));
    let status = recorder.status().clone();
    assert!(status.recording() && status.failure.is_none() && status.free_bytes.is_some());
    assert_eq!(status.samples, samples.len() as u64);
    assert_eq!(recorder.stop(at(31_000)), Some(path.clone()));
    assert_eq!(recorder.status().bytes, fs::metadata(&path).expect("the file").len());
    assert_eq!(open(&path).samples(), samples.len() as u64);
}

#[test]
fn parts_follow_each_other_without_a_gap() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut recorder = recorder(folder.path(), |settings| settings.part_span = Span::from_secs(12));
    let first = recorder.start(Some(folder.path().join("shift.mcap")), at(0)).expect("it starts");
    let samples = run(4, 30);
    feed(&mut recorder, &samples);
    recorder.stop(at(31_000));
    let mut parts =
        [first, folder.path().join("shift.2.mcap"), folder.path().join("shift.3.mcap")].map(|path| open(&path));
    assert!(parts.iter().all(Recording::finished));
    assert_eq!(parts.iter().map(|part| part.head.part).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(parts.iter().all(|part| part.head.id == parts[0].head.id && part.gaps().is_empty()));
    let mut found: Vec<Sample> = parts.iter_mut().flat_map(everything).collect();
    found.sort_by_key(|sample| (sample.source_time, sample.signal));
    assert_eq!(found.len(), samples.len());
}

static FREE: AtomicU64 = AtomicU64::new(u64::MAX);

#[test]
fn a_full_disk_is_told_and_recording_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut recorder = recorder(folder.path(), |settings| {
        settings.free_space = |_| Some(FREE.load(Ordering::Relaxed));
        settings.part_span = Span::from_secs(1000);
    });
    FREE.store(1 << 40, Ordering::Relaxed);
    let first = recorder.start(Some(folder.path().join("shift.mcap")), at(0)).expect("it starts");
    let samples = run(4, 60);
    let (before, rest) = samples.split_at(800);
    feed(&mut recorder, before);
    FREE.store(1 << 20, Ordering::Relaxed);
    let (during, after) = rest.split_at(800);
    feed(&mut recorder, during);
    let failure = recorder.status().failure.clone().expect("a failure");
    assert!(failure.contains("The disk is full (1 MiB free)") && failure.contains("goes on by itself"), "{failure}");
    let lost = recorder.status().lost;
    assert!(lost > 700, "{lost}");
    assert!(open(&first).finished());
    FREE.store(1 << 40, Ordering::Relaxed);
    feed(&mut recorder, after);
    assert_eq!(recorder.status().failure, None);
    recorder.stop(at(61_000));
    let second = open(&folder.path().join("shift.2.mcap"));
    let gap = second.gaps()[0];
    assert_eq!(gap.reason, GapReason::Disk);
    assert_eq!(gap.lost + open(&first).samples() + second.samples(), samples.len() as u64);
}

#[test]
fn the_last_minutes_can_be_saved_without_having_recorded() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut recorder = recorder(folder.path(), |_| {});
    assert!(recorder.save_last(Span::from_secs(20), at(0)).is_err());
    let mut samples = vec![sample(3, -90_000, 0)];
    samples.extend(run(3, 60));
    let raised = |millis| {
        let (signal, alarm) = ("Line/Unit0/S0".into(), "Too hot".into());
        Event::Alarm(AlarmRecord { at: at(millis), signal, alarm, change: AlarmChange::Raised, value: None })
    };
    recorder.event(raised(2_000), at(2_000));
    feed(&mut recorder, &samples);
    assert!(!recorder.status().recording());
    let saving = recorder.save_last(Span::from_secs(20), at(60_000)).expect("something is kept");
    let (path, count) = saving.write().expect("it writes");
    let mut recording = open(&path);
    assert_eq!(count, recording.samples());
    assert_eq!(recording.events(), [&raised(2_000)], "an alarm that stands is told");
    for moment in [40_000, 45_050, 59_000] {
        assert_eq!(state_of(&recording.window(at(moment), at(moment), 0)), state_at(&samples, at(moment)));
    }
}

#[test]
fn a_file_is_not_written_over() {
    let file = place();
    fs::write(&file.path, "precious").expect("a file");
    let mut recorder = recorder(Path::new("."), |_| {});
    let error = recorder.start(Some(file.path.clone()), at(0)).expect_err("it exists").to_string();
    assert!(error.contains("cannot be created"), "{error}");
    assert_eq!(fs::read(&file.path).expect("it"), b"precious");
    assert!(!recorder.status().recording());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever order and lateness samples have, a moment shows what a walk through all shows.
    #[test]
    fn moments_agree_with_a_walk_through_all(
        steps in prop::collection::vec((0_u32..6, 0_i64..400, 0_i64..30_000), 1..400),
        moments in prop::collection::vec(-1_000_i64..80_000, 1..12),
    ) {
        let mut arrival = 0;
        let mut times = std::collections::HashSet::new();
        let samples: Vec<Sample> = steps.iter().filter_map(|(signal, wait, late)| {
            arrival += wait;
            // Two values of a signal at one time have no order that survives.
            times.insert((*signal, arrival - late)).then(|| sample(*signal, arrival - late, *late))
        }).collect();
        let (file, catalog) = (place(), catalog(6));
        write(&file.path, &catalog, &samples, &[], true);
        let mut recording = open(&file.path);
        for moment in moments {
            let window = recording.window(at(moment), at(moment), usize::MAX);
            prop_assert_eq!(state_of(&window), state_at(&samples, at(moment)));
        }
    }

    /// Bytes that were changed anywhere never make it panic, and what is read is not more than was written.
    #[test]
    fn changed_bytes_do_no_harm(places in prop::collection::vec((0.0..1.0_f64, any::<u8>()), 1..8)) {
        let (file, catalog, samples) = (place(), catalog(4), run(4, 20));
        write(&file.path, &catalog, &samples, &[], true);
        let mut bytes = fs::read(&file.path).expect("a file");
        let length = bytes.len();
        for (place, byte) in places {
            bytes[(place * length as f64) as usize] = byte;
        }
        fs::write(&file.path, &bytes).expect("a file");
        if let Ok(mut recording) = Recording::open(&file.path) {
            recording.window(at(5_000), at(9_000), 10_000);
            recording.events();
            prop_assert!(everything(&mut recording).len() <= samples.len() * 2);
        }
    }
}
