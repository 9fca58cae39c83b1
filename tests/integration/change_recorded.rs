//! A recording that was made while a change went from its draft to its end holds it as the audit log does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use tempfile::TempDir;
use twinscope::app;
use twinscope::app::change::{ChangeDesk, files, keep};
use twinscope::app::notices::Notices;
use twinscope::app::plant::Plant;
use twinscope::app::recording::recorder::{News, Order, RecorderHandle};
use twinscope::app::recording::{description, settings};
use twinscope::app::session::Session;
use twinscope::app::what_if::WhatIf;
use twinscope::control::audit::Entries;
use twinscope::domain::audit::{AuditEntry, AuditKind};
use twinscope::domain::change::{ChangeId, ChangeRequest, Setting, State, TrialPlan, Wish};
use twinscope::domain::change_command::{ChangeCommand, Password};
use twinscope::domain::change_record::ChangeRecord;
use twinscope::domain::person::Role;
use twinscope::domain::signal::Origin;
use twinscope::domain::time::Span;
use twinscope::recording::reader::Recording;

use crate::desk::{PASSWORD, SPEED, demo_folder, now, user};

const DEADLINE: Duration = Duration::from_secs(90);
/// Typed where the name belongs.
const SLIP: &str = "correct-horse-battery";

fn password(text: &str) -> Password {
    Password::new(text.to_owned())
}

struct Desk {
    changes: ChangeDesk,
    what_if: WhatIf,
    plant: Plant,
    notices: Notices,
    session: Session,
    recorder: RecorderHandle,
    recording: PathBuf,
    log: PathBuf,
    folder: TempDir,
}

impl Desk {
    /// The demo plant in a folder of its own, live, and recorded from the beginning.
    fn new() -> Self {
        let folder = demo_folder();
        let entry = folder.path().join("twin.toml");
        let project = app::read(folder.path().to_owned()).expect("the demo").project;
        let recorder = RecorderHandle::start(settings(), description(&project, &entry, false)).expect("a thread");
        let recording = folder.path().join("shift.mcap");
        assert!(recorder.order(Order::Start(Some(recording.clone()))));
        let begun = now();
        let session = Session::start(&project.sources, begun, Some(recorder.tap.clone())).expect("threads");
        let changes = ChangeDesk::new(&project, &session.ports, false);
        let log = files::audit(&files::of_plant(&project.root));
        let (what_if, plant) = (WhatIf::new(&project), Plant::new(project));
        let notices = Notices::default();
        let mut desk = Self { changes, what_if, plant, notices, session, recorder, recording, log, folder };
        desk.until("the plant and its model", |desk| {
            let known = desk.plant.history.extent(Origin::Measured).is_some_and(|(_, last)| last >= begun);
            known && !desk.what_if.askable.is_empty() && !desk.changes.board.accounts.is_empty()
        });
        desk
    }

    /// Frames, until something holds.
    fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !holds(self) {
            assert!(begin.elapsed() < DEADLINE, "{what} did not come; {:?}; {:?}", self.state(), self.notices.list());
            self.frame();
        }
    }

    fn frame(&mut self) {
        self.plant.drain(&self.session.samples, Duration::from_millis(8));
        self.plant.advance(Span::from_millis(10), now());
        self.what_if.take_found(&mut self.plant);
        let links = self.session.links();
        self.changes.attend(0.01, &mut self.what_if, &self.plant, &links, &mut self.notices);
        assert_eq!(keep(self.changes.take_happened(), &mut self.plant, Some(&self.recorder)), 0);
        thread::sleep(Duration::from_millis(10));
    }

    fn change(&self) -> Option<&ChangeRequest> {
        self.changes.board.changes.first().map(|shown| &shown.request)
    }

    fn state(&self) -> Option<State> {
        self.change().map(ChangeRequest::state)
    }

    fn act(&mut self, command: ChangeCommand) {
        self.changes.act(command).expect("the thread listens");
    }

    fn reach(&mut self, state: State) {
        self.until(state.name(), |desk| desk.state() == Some(state));
    }

    /// From a slip at the login to a filler that stays at 590.
    fn change_it(&mut self) -> ChangeId {
        self.act(ChangeCommand::Login { user: user(SLIP), password: password("otto") });
        self.act(ChangeCommand::Login { user: user("otto"), password: password(PASSWORD) });
        self.until("the login", |desk| desk.changes.board.desk.person.is_some());
        let setting =
            Setting { signal: SPEED.into(), unit: "/min".into(), from: 600.0, to: 590.0, ramp_per_sec: Some(5.0) };
        let trial = TrialPlan { lease: Span::from_secs(600), abort_conditions: Vec::new(), divergence: None };
        let wish = Wish { title: "Slower".into(), reason: "less foam".into(), settings: vec![setting], trial };
        self.act(ChangeCommand::Draft { wish });
        self.reach(State::Draft);
        let id = self.change().expect("a change").id.clone();
        self.act(ChangeCommand::Simulate(id.clone()));
        self.reach(State::Compared);
        let (user, password) = (user("ann"), password(PASSWORD));
        self.act(ChangeCommand::Approve { id: id.clone(), user, password, reason: "seen".into() });
        self.reach(State::Approved);
        let (user, password) = (crate::desk::user("otto"), self::password(PASSWORD));
        self.act(ChangeCommand::Push { id: id.clone(), user, password });
        self.reach(State::OnTrial);
        self.act(ChangeCommand::Keep { id: id.clone() });
        self.reach(State::Kept);
        id
    }

    fn entries(&self) -> Vec<AuditEntry> {
        let log = std::io::BufReader::new(fs::File::open(&self.log).expect("a log"));
        Entries::new(log).collect::<Result<_, _>>().expect("a sound log")
    }

    fn stop_recording(&mut self) {
        // What was appended last is fetched in the next frame.
        let (entries, begin) = (self.entries().len(), Instant::now());
        while self.plant.changes().len() < entries {
            assert!(begin.elapsed() < DEADLINE, "{} of {entries} entries came", self.plant.changes().len());
            self.frame();
        }
        assert!(self.recorder.order(Order::Stop));
        while !matches!(self.recorder.wait(DEADLINE).expect("the recorder answers"), News::Stopped(_)) {}
    }
}

fn twinscope(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_twinscope")).args(args).output().expect("the program starts")
}

#[test]
fn a_recording_holds_a_change_as_the_audit_log_does() {
    let mut desk = Desk::new();
    let id = desk.change_it();
    desk.stop_recording();
    let recording = Recording::open(&desk.recording).expect("a recording");
    assert_eq!(recording.problems(), [""; 0]);
    let changes = recording.changes();
    assert_eq!(changes, desk.plant.changes(), "live shows what a replay will show");

    let told: Vec<(u64, &str, AuditKind)> = changes.iter().map(|it| (it.entry, it.hash.as_str(), it.what)).collect();
    let entries = desk.entries();
    let written: Vec<_> = entries.iter().map(|it| (it.number, it.hash.as_str(), it.record.what)).collect();
    assert_eq!(told, written);

    let own: Vec<&ChangeRecord> = changes.iter().filter(|it| it.change.as_deref() == Some(id.as_str())).collect();
    let mut states: Vec<State> = own.iter().filter_map(|it| it.after).collect();
    states.dedup();
    use State::{Approved, Compared, Draft, Kept, OnTrial, Pushing, ReadingBack, Simulating};
    assert_eq!(states, [Draft, Simulating, Compared, Approved, Pushing, ReadingBack, OnTrial, Kept]);
    let moved = format!("{SPEED} 600 \u{2192} 590 /min");
    let kept = own.last().expect("kept");
    assert_eq!((kept.person.clone(), kept.settings[0].words()), (Some(user("otto")), moved.clone()));
    let approved = own.iter().find(|it| it.what == AuditKind::Approved).expect("approved");
    assert_eq!((approved.person.clone(), approved.role), (Some(user("ann")), Some(Role::Approver)));
    assert_eq!(approved.words(), format!("approved: Slower ({id}), by ann (approver), {moved}, because: seen"));

    // Logins by name, but not what was typed into one that failed.
    let logins: Vec<_> = changes.iter().filter(|it| it.change.is_none()).map(|it| (it.what, &it.person)).collect();
    assert_eq!(logins, [(AuditKind::LoginFailed, &None), (AuditKind::Login, &Some(user("otto")))]);
    assert!(!serde_json::to_string(&changes).expect("JSON").contains(SLIP));
    assert!(entries.iter().any(|it| it.record.person == Some(user(SLIP))), "the log has it");
    held_against_each_other(&desk, &entries);
}

/// Log and recording, held against each other on the command line.
fn held_against_each_other(desk: &Desk, entries: &[AuditEntry]) {
    let path = |path: &Path| path.to_str().expect("a path").to_owned();
    let (recording, log) = (path(&desk.recording), path(&desk.log));

    let told = twinscope(&["info", "--json", &recording]);
    let told: Json = serde_json::from_slice(&told.stdout).expect("JSON");
    assert_eq!(told["changes"].as_array().map(Vec::len), Some(entries.len()));
    assert_eq!(told["changes"][2]["what"], "drafted");
    let words = String::from_utf8(twinscope(&["info", &recording]).stdout).expect("text");
    assert!(words.contains(&format!("{} entries of the log, 1 to {}", entries.len(), entries.len())), "{words}");
    assert!(words.contains("kept: Slower"), "{words}");

    let held = twinscope(&["audit", &log, "verify", "--recording", &recording]);
    let (said, complaint) = (String::from_utf8_lossy(&held.stdout), String::from_utf8_lossy(&held.stderr));
    assert!(held.status.success() && said.contains(&format!("{} entries stand in", entries.len())), "{complaint}");

    // A log that was cut is sound in itself; the recording knows better.
    let text = fs::read_to_string(&desk.log).expect("a log");
    let cut = desk.folder.path().join("cut.jsonl");
    let kept = text.lines().take(entries.len() - 2).map(|line| format!("{line}\n")).collect::<String>();
    fs::write(&cut, kept).expect("written");
    assert!(twinscope(&["audit", &path(&cut), "verify"]).status.success());
    let held = twinscope(&["audit", &path(&cut), "verify", "--recording", &recording]);
    let complaint = String::from_utf8_lossy(&held.stderr);
    let missing = format!("are not in the log: {}, {}", entries.len() - 1, entries.len());
    assert!(!held.status.success() && complaint.contains(&missing), "{complaint}");
}
