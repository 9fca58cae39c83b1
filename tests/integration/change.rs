//! Changes from the draft to their end, as the desk does them, and what is kept of them: in the demo plant, and
//! in servers that others wrote.

pub mod opcua;

use std::path::Path;
use std::process::{Command, Stdio};
use std::{io::Write, thread};

use twinscope::app;
use twinscope::app::change::ChangeDesk;
use twinscope::app::session::Session;
use twinscope::control::audit::{Head, verify};
use twinscope::domain::audit::AuditKind;
use twinscope::domain::change::{State, Wish};
use twinscope::domain::change_command::ChangeCommand;
use twinscope::domain::time::Span;
use twinscope::domain::value::Value;

use crate::desk::{Desk, PASSWORD, home, now};

#[test]
fn a_change_that_is_kept_was_approved_announced_and_read_back() {
    let mut desk = Desk::new();
    let id = desk.push(Span::from_secs(600));
    desk.ask(ChangeCommand::Keep { id: id.clone() });
    desk.reach(&id, State::Kept);
    assert_eq!(desk.speed(), 570.0);
    let entries = desk.entries();
    let whats: Vec<AuditKind> = entries.iter().map(|entry| entry.record.what).collect();
    let place =
        |kind: AuditKind| whats.iter().position(|what| *what == kind).unwrap_or_else(|| panic!("{kind:?} {whats:?}"));
    let order =
        [AuditKind::Drafted, AuditKind::Simulated, AuditKind::Approved, AuditKind::WriteIntended, AuditKind::Kept];
    assert!(order.map(place).is_sorted(), "{whats:?}");
    // Thirty a minute in steps of ten, each announced once.
    let mut announced: Vec<(u64, f64)> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.record.what == AuditKind::WriteIntended) {
        let to = entry.record.to.as_ref().and_then(Value::as_f64).expect("a value");
        announced.push((entry.record.sequence.expect("a number"), to));
    }
    assert!(announced.windows(2).all(|pair| pair[0].0 < pair[1].0), "{announced:?}");
    assert_eq!(announced.iter().map(|(_, to)| *to).collect::<Vec<_>>(), [590.0, 580.0, 570.0]);
    let log = desk.desk.audit_log();
    let head = Head::read(&log.with_extension("head")).expect("a head");
    let log = std::io::BufReader::new(std::fs::File::open(log).expect("a log"));
    let summary = verify(log, head.as_ref()).expect("as it was written");
    assert_eq!(summary.head.number, entries.len() as u64);
}

#[test]
fn what_nobody_keeps_goes_back() {
    let mut desk = Desk::new();
    let id = desk.push(Span::from_secs(60));
    desk.ask(ChangeCommand::Revert { id: id.clone(), why: "foam all the same".into() });
    desk.reach(&id, State::Reverted);
    assert_eq!(desk.speed(), 600.0);
    assert_eq!(desk.audited(AuditKind::Reverted).len(), 1);
}

/// By another process, while this one holds the plant; then taken back the same way, which is too late.
#[test]
fn a_change_is_kept_by_a_signed_order_from_beside() {
    let mut desk = Desk::new();
    let id = desk.push(Span::from_secs(600));
    let project = desk.project.path().to_str().expect("a path").to_owned();
    let order = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twinscope"));
        command.args(["change", args[0], &project, id.as_str()]).args(&args[1..]).env("TWINSCOPE_HOME", home());
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().expect("the program starts");
        writeln!(child.stdin.take().expect("a pipe"), "{PASSWORD}").expect("written");
        thread::spawn(move || child.wait_with_output().expect("it ends"))
    };
    let (viewer, kept) = (order(&["keep", "--by", "vera"]), order(&["keep", "--by", "otto"]));
    desk.until("both answers", |_| viewer.is_finished() && kept.is_finished());
    let (viewer, kept) = (viewer.join().expect("no panic"), kept.join().expect("no panic"));
    let words = String::from_utf8_lossy(&viewer.stderr).into_owned();
    assert_eq!(viewer.status.code(), Some(3), "{words}");
    assert!(words.contains("vera is viewer"), "{words}");
    assert_eq!(kept.status.code(), Some(0), "{}", String::from_utf8_lossy(&kept.stderr));
    assert!(String::from_utf8_lossy(&kept.stdout).contains("commanded 570, accepted 570, actual 570"));
    desk.reach(&id, State::Kept);
    let by = desk.audited(AuditKind::Kept)[0].record.person.clone();
    assert_eq!(by.as_ref().map(|by| by.as_str()), Some("otto"));
    let taken = desk.audited(AuditKind::OrderTaken);
    assert!(taken.len() == 1 && taken[0].record.nonce.is_some() && taken[0].record.outcome == "keep", "{taken:?}");
    let refused = desk.audited(AuditKind::OrderRefused);
    assert_eq!(refused[0].record.person.as_ref().map(|by| by.as_str()), Some("vera"));
    let late = order(&["revert", "--by", "otto", "--why", "foam"]);
    desk.until("the answer", |_| late.is_finished());
    let late = late.join().expect("no panic");
    let words = String::from_utf8_lossy(&late.stderr).into_owned();
    assert!(late.status.code() == Some(3) && words.contains("The change is kept"), "{words}");
    assert_eq!(desk.speed(), 570.0);
}

#[test]
fn a_program_that_was_started_to_look_changes_nothing() {
    home();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    let project = app::read(demo).expect("the demo").project;
    let session = Session::start(&project.sources, now(), None).expect("threads");
    let mut desk = ChangeDesk::new(&project, &session.ports, true);
    let refusal = desk.act(ChangeCommand::Draft { wish: Wish::default() });
    assert!(refusal.is_err_and(|words| words.contains("--view-only")));
}
