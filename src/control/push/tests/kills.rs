//! The process ends after each thing that it did, and comes up again.

use std::collections::BTreeSet;

use super::recorder::Snapshot;
use super::*;

/// A folder that takes hundreds of runs quickly, where the system has one.
fn memory() -> TempDir {
    TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).expect("a folder")
}

/// A push, its ramp, a trial and its end; what was on disk and in the plant after each operation.
fn points(keep: bool) -> Vec<Snapshot> {
    let plant = Plant::new(start(), &[(FAST, 600.0), (WARM, 70.0)]);
    let mut bench = Bench::on(memory(), plant, true);
    bench.approve(&[FAST, WARM]);
    bench.recorder.take();
    bench.push();
    bench.tick(9);
    if keep {
        bench.keep().expect("kept");
    } else {
        bench.tell(Event::RevertAsked { by: user("carl"), why: "Bottles fall".into() }).expect("reverting");
        bench.tick(8);
    }
    assert_eq!(bench.state(), if keep { State::Kept } else { State::Reverted });
    bench.recorder.take()
}

/// Every write in the plant was announced in the log before, and none has a number twice.
fn announced(folder: &Path, plant: &Plant) {
    let announced: Vec<(String, u64, Option<Value>)> = entries(folder)
        .into_iter()
        .filter(|entry| entry.record.what == AuditKind::WriteIntended)
        .filter_map(|entry| Some((entry.record.signal?, entry.record.sequence?, entry.record.to)))
        .collect();
    let mut numbers = BTreeSet::new();
    for write in &plant.writes {
        assert!(announced.contains(&(write.signal.clone(), write.sequence, Value::real(write.value))), "{write:?}");
        assert!(numbers.insert(write.sequence), "number {} was written twice", write.sequence);
    }
}

/// Comes up again from a point, after an outage, and goes on to the end.
fn survive(point: &Snapshot, outage: Span, torn: bool, keeps: bool) -> Vec<Snapshot> {
    let folder = memory();
    point.restore(folder.path());
    announced(folder.path(), &point.plant);
    if torn {
        let log = folder.path().join("audit.jsonl");
        let text = [fs::read(&log).expect("a log"), br#"{"number":9"#.to_vec()].concat();
        fs::write(log, text).expect("a torn log");
        fs::write(folder.path().join("changes/C-2026-11-25-0001.json.part"), "{\"cha").expect("a torn change");
    }
    let mut plant = point.plant.clone();
    let before = plant.writes.len();
    for _ in 0..outage.as_secs_f64() as usize {
        plant.advance(SECOND);
    }
    let loaded = Store::open(&folder.path().join("changes")).expect("a store");
    let found = loaded.changes[0].change.state();
    let over = !found.active();
    if outage > plant::WATCHDOG && !over {
        for (signal, from) in [(FAST, 600.0), (WARM, 70.0)] {
            // Released is only what somebody is just keeping.
            let released = found == State::OnTrial && !point.plant.armed().contains(&signal);
            assert!(plant.value(signal) == from || released, "the watchdog of {signal} did not go back");
        }
    }
    let mut bench = Bench::on(folder, plant, keeps);
    bench.tick(30);
    announced(bench.folder.path(), &bench.plant.lock());
    let last = bench.audited().last().copied();
    let values = (bench.value(FAST), bench.value(WARM));
    match bench.state() {
        State::Approved => assert_eq!((last, values), (None, (600.0, 70.0))),
        State::Failed => assert_eq!((last, values), (Some(AuditKind::PushFailed), (600.0, 70.0))),
        State::Reverted => assert_eq!((last, values), (Some(AuditKind::Reverted), (600.0, 70.0))),
        State::Kept => assert_eq!((last, values), (Some(AuditKind::Kept), (610.0, 72.0))),
        other => panic!("{other:?}"),
    }
    assert!(bench.plant.lock().armed().is_empty());
    if over {
        assert_eq!(bench.plant.lock().writes.len(), before, "what is over is not written again");
    }
    bench.recorder.take()
}

#[test]
fn a_process_that_ends_anywhere_writes_nothing_twice_and_knows_what_it_did() {
    for keep in [true, false] {
        let points = points(keep);
        assert!(points.len() >= 50, "only {} points", points.len());
        for (index, point) in points.iter().enumerate() {
            // In the middle the next desk comes just before the watchdog bites.
            for outage in [Span::ZERO, plant::WATCHDOG - SECOND, plant::WATCHDOG, Span::from_secs(60)] {
                survive(point, outage, index % 2 == 0, false);
            }
        }
    }
}

#[test]
fn a_second_end_on_the_way_back_is_no_worse() {
    let points = points(true);
    // On trial, with all written.
    let last = points.iter().rposition(|point| point.plant.armed().len() == 2).expect("a trial");
    let again = survive(&points[last], Span::ZERO, false, true);
    assert!(again.len() >= 20, "only {} points", again.len());
    for point in &again {
        survive(point, Span::from_secs(1), true, false);
    }
}
