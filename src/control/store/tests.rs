use super::*;
use crate::domain::audit::AuditKind;
use crate::domain::change::{Setting, Wish};
use crate::domain::person::UserName;

fn day() -> Timestamp {
    Timestamp::parse("2026-11-25T23:59:59Z").expect("a moment")
}

fn stored(id: &str) -> Stored {
    let setting =
        Setting { signal: "Speed".into(), unit: "/min".into(), from: 0.1, to: 1.0 / 3.0, ramp_per_sec: Some(2.0) };
    let wish = Wish { title: "Größer".into(), settings: vec![setting], ..Wish::default() };
    let user = UserName::new("ann").expect("a name");
    let change = ChangeRequest::new(ChangeId::new(id).expect("an id"), user, wish, day());
    let owed = Owed { after: Some(4), records: vec![AuditRecord::new(day(), AuditKind::Drafted)] };
    Stored { change, owed }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn a_change_is_read_as_it_was_kept() {
    let folder = folder();
    let mut store = Store::open(&folder.path().join("changes")).expect("a store").store;
    let (one, mut two) = (stored("C-2026-11-25-0001"), stored("C-2026-11-25-0002"));
    store.put(&one).expect("kept");
    store.put(&two).expect("kept");
    two.owed.records.clear();
    store.put(&two).expect("kept again");
    let loaded = Store::open(&folder.path().join("changes")).expect("a store");
    assert_eq!((loaded.changes, loaded.unreadable), (vec![one, two], vec![]));
}

#[test]
fn what_could_not_be_read_again_is_not_kept() {
    let folder = folder();
    let mut store = Store::open(folder.path()).expect("a store").store;
    let good = stored("C-2026-11-25-0001");
    store.put(&good).expect("kept");
    for (to, ramp_per_sec) in [(f64::NAN, None), (1.0, Some(f64::INFINITY))] {
        let mut wish = good.change.wish().clone();
        (wish.settings[0].to, wish.settings[0].ramp_per_sec) = (to, ramp_per_sec);
        let change = ChangeRequest::new(good.change.id.clone(), good.change.requester.clone(), wish, day());
        let refused = store.put(&Stored { change, owed: Owed::default() });
        assert!(matches!(refused, Err(StoreError::Unsound { .. })));
    }
    assert_eq!(Store::open(folder.path()).expect("a store").changes, [good]);
}

#[test]
fn files_that_cannot_be_read_are_told_and_stay() {
    let folder = folder();
    let mut store = Store::open(folder.path()).expect("a store").store;
    store.put(&stored("C-2026-11-25-0001")).expect("kept");
    let path = |name: &str| folder.path().join(name);
    let text = fs::read(path("C-2026-11-25-0001.json")).expect("a file");
    fs::write(path("C-2026-11-25-0002.json"), &text).expect("another name");
    fs::write(path("C-2026-11-25-0003.json"), &text[..text.len() / 2]).expect("half a file");
    fs::write(path("C-2026-11-25-0004.json"), "[".repeat(100_000)).expect("deep");
    fs::create_dir(path("C-2026-11-25-0005.json")).expect("a folder");
    File::create(path("C-2026-11-25-0006.json")).and_then(|file| file.set_len(LARGEST + 1)).expect("large");
    fs::write(path("C-2026-11-25-0007.json.part"), "{").expect("what a crash left");
    let loaded = Store::open(folder.path()).expect("a store");
    assert_eq!(loaded.changes.len(), 1);
    let why: Vec<&str> = loaded.unreadable.iter().map(|file| file.why.as_str()).collect();
    assert_eq!(why.len(), 5, "{why:?}");
    for (words, wanted) in why.iter().zip(["not its name", "EOF", "invalid type", "no file", "more than 16 MiB"]) {
        assert!(words.contains(wanted), "{words}");
    }
    assert!((2..=6).all(|number| path(&format!("C-2026-11-25-000{number}.json")).exists()));
}

#[test]
fn a_file_cut_at_any_byte_is_told() {
    let folder = folder();
    let mut store = Store::open(folder.path()).expect("a store").store;
    store.put(&stored("C-2026-11-25-0001")).expect("kept");
    let path = folder.path().join("C-2026-11-25-0001.json");
    let text = fs::read(&path).expect("a file");
    for end in 0..text.len() {
        fs::write(&path, &text[..end]).expect("a cut file");
        let loaded = Store::open(folder.path()).expect("a store");
        assert_eq!((loaded.changes.len(), loaded.unreadable.len()), (0, 1), "cut at {end}");
    }
}

#[test]
fn names_of_a_day_go_on_after_the_highest_readable_or_not() {
    let folder = folder();
    let id = || Store::open(folder.path()).expect("a store").store.free_id(day()).expect("an id");
    assert_eq!(id().as_str(), "C-2026-11-25-0001");
    fs::write(folder.path().join("C-2026-11-25-0041.json"), "x").expect("a file");
    fs::write(folder.path().join("C-2026-11-26-0077.json"), "x").expect("a file");
    fs::write(folder.path().join("C-2026-11-25-copy.json"), "x").expect("a file");
    assert_eq!(id().as_str(), "C-2026-11-25-0042");
    fs::write(folder.path().join("C-2026-11-25-9999.json"), "x").expect("a file");
    assert_eq!(id().as_str(), "C-2026-11-25-10000");
    fs::write(folder.path().join(format!("C-2026-11-25-{}.json", u64::MAX)), "x").expect("a file");
    assert!(Store::open(folder.path()).expect("a store").store.free_id(day()).is_err());
}

#[test]
fn records_that_the_log_has_are_not_owed() {
    let records = |count: i64| -> Vec<AuditRecord> {
        (0..count).map(|second| AuditRecord::new(Timestamp::from_millis(second), AuditKind::ReadBack)).collect()
    };
    for (after, entries, left) in [(Some(4), 4, 3), (Some(4), 6, 1), (Some(4), 7, 0), (Some(4), 99, 0), (None, 99, 3)] {
        let mut owed = Owed { after, records: records(3) };
        owed.forget(entries);
        assert_eq!(owed.records, records(3)[3 - left..], "{after:?} {entries}");
    }
}
