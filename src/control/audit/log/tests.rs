use std::fs;
use std::process::Command;

use tempfile::TempDir;

use super::super::testing::{entries, full, head, lines};
use super::super::verify::{StepBack, verify};
use super::*;

/// A folder with a log of so many entries and its head.
fn stored(count: u64) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("audit.jsonl");
    let mut opened = AuditLog::open(&path).expect("a log");
    for second in 1..=count {
        opened.log.append(&full(second as i64)).expect("a receipt");
    }
    (folder, path)
}

fn open_error(path: &Path) -> AuditError {
    AuditLog::open(path).expect_err("an error")
}

#[test]
fn opening_cuts_off_what_was_never_complete_and_says_how_much() {
    let (folder, path) = stored(3);
    let whole = fs::read(&path).expect("a log");
    let (next, hash) = seal(4, &full(4), &entries(&whole)[2].hash).expect("a line");
    // A stride, because each opening waits for the disk.
    for length in (0..next.len()).step_by(9).chain([next.len() - 1]) {
        fs::write(&path, [&whole, &next[..length]].concat()).expect("a log");
        let opened = AuditLog::open(&path).expect("a log");
        assert_eq!((opened.head.number, opened.cut_bytes), (3, length as u64));
        assert_eq!(fs::read(&path).expect("a log"), whole, "{length} bytes");
    }
    fs::write(&path, [&whole[..], &next].concat()).expect("a log");
    let mut opened = AuditLog::open(&path).expect("an entry on disk whose head was not yet written");
    assert_eq!((&opened.head, opened.cut_bytes), (&Head { number: 4, hash }, 0));
    assert_eq!(Head::read(&head_path(&path)).expect("a head"), Some(opened.head));
    assert_eq!(opened.log.append(&full(5)).expect("a receipt").number, 5);
    drop(folder);
}

#[test]
fn a_log_cut_at_any_byte_of_its_last_lines_is_not_opened() {
    let (_folder, path) = stored(3);
    let whole = fs::read(&path).expect("a log");
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).expect("a log");
        let error = open_error(&path);
        assert!(
            matches!(
                &error,
                AuditError::Tampered { tampering: Tampering { what: Tamper::CutOff { head: 3 }, .. }, .. }
            ),
            "{length} bytes: {error}"
        );
        assert_eq!(fs::read(&path).expect("a log").len(), length, "evidence is left as it is");
    }
}

#[test]
fn a_missing_head_or_log_is_not_taken_for_a_new_one() {
    let (_folder, path) = stored(2);
    fs::remove_file(head_path(&path)).expect("no head");
    assert!(open_error(&path).to_string().contains("Line 1 of the audit log cannot be checked: the head"));
    let (_folder, path) = stored(2);
    fs::remove_file(&path).expect("no log");
    assert!(open_error(&path).to_string().contains("Line 1 of the audit log is missing"));
    let (_folder, path) = stored(2);
    fs::write(head_path(&path), "{\"number\":2").expect("half a head");
    assert!(open_error(&path).to_string().contains("cannot be checked against its head"));
}

#[test]
fn a_long_log_is_opened_by_its_end_and_a_wrong_end_is_named_by_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("audit.jsonl");
    let mut all = lines(4_000);
    assert!(all.concat().len() > 1_500_000, "longer than the part that is checked");
    head(&all).write(&head_path(&path)).expect("a head");
    fs::write(&path, all.concat()).expect("a log");
    assert_eq!(AuditLog::open(&path).expect("a log").head.number, 4_000);
    all.remove(3_900);
    fs::write(&path, all.concat()).expect("a log");
    let AuditError::Tampered { tampering, .. } = open_error(&path) else { panic!("another error") };
    assert_eq!(tampering, Tampering { line: 3_901, what: Tamper::Removed { expected: 3_901, found: 3_902 } });
}

#[test]
fn two_handles_cannot_open_one_log() {
    let (_folder, path) = stored(1);
    let opened = AuditLog::open(&path).expect("a log");
    assert!(matches!(open_error(&path), AuditError::Locked { .. }));
    drop(opened);
    assert!(AuditLog::open(&path).is_ok());
}

/// Starts itself as the second process, told by the environment which log to open.
#[test]
fn two_processes_cannot_open_one_log() {
    const ASKED: &str = "AUDIT_LOG_OF_ANOTHER_PROCESS";
    if let Some(path) = std::env::var_os(ASKED) {
        assert!(matches!(open_error(Path::new(&path)), AuditError::Locked { .. }));
        return;
    }
    let (_folder, path) = stored(1);
    let _opened = AuditLog::open(&path).expect("a log");
    let test = concat!(module_path!(), "::two_processes_cannot_open_one_log");
    let test = test.split_once("::").expect("a path below the crate").1;
    let program = std::env::current_exe().expect("this program");
    let second = Command::new(program).args(["--exact", test]).env(ASKED, &path).output().expect("a process");
    let words = String::from_utf8_lossy(&second.stdout);
    assert!(second.status.success() && words.contains("1 passed"), "{words}");
}

#[test]
fn after_a_failed_write_the_log_takes_no_more() {
    let (folder, path) = stored(1);
    let mut log = AuditLog::open(&path).expect("a log").log;
    fs::create_dir(folder.path().join("audit.head.part")).expect("a folder in the way of the head");
    assert!(matches!(log.append(&full(2)), Err(AuditError::Io { .. })));
    assert!(log.broken());
    fs::remove_dir(folder.path().join("audit.head.part")).expect("out of the way");
    let error = log.append(&full(3)).expect_err("an error").to_string();
    assert!(error.contains("takes no more entries. Nothing is written to the plant."), "{error}");
}

#[test]
fn an_entry_that_is_too_long_changes_nothing() {
    let (_folder, path) = stored(1);
    let before = fs::read(&path).expect("a log");
    let mut log = AuditLog::open(&path).expect("a log").log;
    let long = AuditRecord { reason: "x".repeat(LONGEST), ..full(2) };
    assert!(matches!(log.append(&long), Err(AuditError::TooLong { .. })));
    assert_eq!(fs::read(&path).expect("a log"), before);
    assert_eq!(log.append(&full(2)).expect("a receipt").number, 2);
}

#[test]
fn a_clock_that_went_back_is_told_and_not_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("audit.jsonl");
    let mut log = AuditLog::open(&path).expect("a log").log;
    let told: Vec<_> =
        [100, 98, 95, 200].into_iter().map(|second| log.append(&full(second)).expect("a receipt").set_back).collect();
    assert_eq!(told, [None, None, Some(Span::from_secs(3)), None]);
    let summary = verify(fs::read(&path).expect("a log").as_slice(), None).expect("a sound log");
    assert_eq!(summary.steps_back, [StepBack { line: 3, by: Span::from_secs(3) }]);
}

#[cfg(unix)]
#[test]
fn log_and_head_belong_to_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = stored(1);
    for file in [&path, &head_path(&path)] {
        assert_eq!(fs::metadata(file).expect("a file").permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
}
