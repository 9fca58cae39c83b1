//! A change of the demo plant from the draft to its end, as the desk does it, and what is kept of it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use twinscope::app;
use twinscope::app::change::{ChangeDesk, files};
use twinscope::app::notices::Notices;
use twinscope::app::plant::Plant;
use twinscope::app::session::Session;
use twinscope::app::what_if::WhatIf;
use twinscope::control::audit::{Entries, Head, verify};
use twinscope::control::people::{Accounts, Cost};
use twinscope::domain::audit::{AuditEntry, AuditKind};
use twinscope::domain::change::{ChangeRequest, Setting, State, TrialPlan, Wish};
use twinscope::domain::change_command::{ChangeCommand, Password};
use twinscope::domain::person::{Role, UserName};
use twinscope::domain::signal::Origin;
use twinscope::domain::time::{Span, Timestamp};
use twinscope::domain::value::Value;

const DEADLINE: Duration = Duration::from_secs(90);
const SPEED: &str = "Riverside/Line 1/Filler/Speed setpoint";
pub const PASSWORD: &str = "a long enough password";

/// Where accounts, changes and logs of all tests lie; each has a plant of its own.
pub fn home() -> &'static Path {
    static HOME: OnceLock<TempDir> = OnceLock::new();
    let home = HOME.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        files::keep_in(folder.path().to_owned());
        let mut accounts = Accounts::new(Cost { memory_kib: 8, passes: 1, lanes: 1 });
        let mut next = 0_u8;
        let mut random = |bytes: &mut [u8]| {
            bytes.fill_with(|| {
                next = next.wrapping_mul(31).wrapping_add(17);
                next
            });
            Ok(())
        };
        for (name, role) in [("otto", Role::Operator), ("ann", Role::Approver)] {
            accounts.add(user(name), name, role, PASSWORD, &mut random).expect("an account");
        }
        accounts.save(&files::accounts()).expect("a file");
        folder
    });
    home.path()
}

pub fn now() -> Timestamp {
    Timestamp::default() + Span::from(SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970"))
}

pub fn user(name: &str) -> UserName {
    UserName::new(name).expect("a name")
}

/// The demo whose machines never fail, and whose copy knows it: so no fault comes between two steps. Without
/// chance a belt that is a little ahead is outside of every band, so the gate is left open.
fn without_faults(text: &str) -> String {
    let machines = ["Depalletiser", "Rinser", "Filler", "Capper", "Pasteuriser", "Labeller", "Packer", "Palletiser"];
    let factors = machines.map(|machine| format!("\"{machine}/MtbfFactor\" = 1e5"));
    let sound = format!("parameters = {{ {} }}", factors.join(", "));
    let lines = text.lines().map(|line| if line.starts_with("parameters = ") { &sound } else { line });
    let text =
        lines.collect::<Vec<_>>().join("\n").replace("enabled = true", "enabled = true\nneeds_credible_model = false");
    format!("{text}\n\n[twin]\nmodel = \"line\"\n{sound}\n")
}

struct Desk {
    changes: ChangeDesk,
    what_if: WhatIf,
    plant: Plant,
    notices: Notices,
    session: Session,
    log: PathBuf,
    _project: TempDir,
}

impl Desk {
    /// The demo plant in a folder of its own, live.
    fn new() -> Self {
        home();
        let folder = tempfile::tempdir().expect("a folder");
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
        std::fs::copy(demo.join("factory.glb"), folder.path().join("factory.glb")).expect("copied");
        let text = std::fs::read_to_string(demo.join("twin.toml")).expect("the demo");
        std::fs::write(folder.path().join("twin.toml"), without_faults(&text)).expect("written");
        let project = app::read(folder.path().to_owned()).expect("the demo").project;
        assert!(project.policy.enabled, "the demo allows writing");
        let begun = now();
        let session = Session::start(&project.sources, begun, None).expect("threads");
        let changes = ChangeDesk::new(&project, &session.ports, false);
        let log = files::audit(&files::of_plant(&project.root));
        let what_if = WhatIf::new(&project);
        let plant = Plant::new(project);
        let mut desk = Self { changes, what_if, plant, notices: Notices::default(), session, log, _project: folder };
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
            self.plant.drain(&self.session.samples, Duration::from_millis(8));
            self.plant.advance(Span::from_millis(10), now());
            self.what_if.take_found(&mut self.plant);
            self.changes.attend(0.01, &mut self.what_if, &self.plant, &mut self.notices);
            thread::sleep(Duration::from_millis(10));
        }
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

    /// What the plant holds.
    fn speed(&self) -> f64 {
        let (_, port) = self.session.ports.iter().next().expect("one plant");
        port.get("Filler/SpeedSetpoint").expect("it answers").0
    }

    /// From a draft of a filler that runs at 570 to the push.
    fn push(&mut self, lease: Span) {
        self.act(ChangeCommand::Login { user: user("otto"), password: Password::new(PASSWORD.into()) });
        self.until("the login", |desk| desk.changes.board.desk.person.is_some());
        let setting =
            Setting { signal: SPEED.into(), unit: "/min".into(), from: 600.0, to: 570.0, ramp_per_sec: Some(5.0) };
        let trial = TrialPlan { lease, abort_conditions: Vec::new(), divergence: None };
        let wish = Wish { title: "Slower".into(), reason: "less foam".into(), settings: vec![setting], trial };
        self.act(ChangeCommand::Draft { wish });
        self.reach(State::Draft);
        let id = self.change().expect("a change").id.clone();
        self.act(ChangeCommand::Simulate(id.clone()));
        self.reach(State::Compared);
        let approve = |name: &str| ChangeCommand::Approve {
            id: id.clone(),
            user: user(name),
            password: Password::new(PASSWORD.into()),
            reason: "seen".into(),
        };
        // The requester is no approver; neither by role nor as a person.
        self.act(approve("otto"));
        self.until("the refusal", |desk| desk.notices.list().iter().any(|notice| notice.what.contains("otto")));
        assert_eq!(self.state(), Some(State::Compared));
        self.act(approve("ann"));
        self.reach(State::Approved);
        self.act(ChangeCommand::Push { id, user: user("otto"), password: Password::new(PASSWORD.into()) });
        self.reach(State::OnTrial);
        assert_eq!(self.speed(), 570.0);
    }

    fn entries(&self) -> Vec<AuditEntry> {
        let log = std::io::BufReader::new(std::fs::File::open(&self.log).expect("a log"));
        Entries::new(log).collect::<Result<_, _>>().expect("a sound log")
    }
}

#[test]
fn a_change_that_is_kept_was_approved_announced_and_read_back() {
    let mut desk = Desk::new();
    desk.push(Span::from_secs(600));
    let id = desk.change().expect("a change").id.clone();
    desk.act(ChangeCommand::Keep { id });
    desk.reach(State::Kept);
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
    let log = std::io::BufReader::new(std::fs::File::open(&desk.log).expect("a log"));
    let head = Head::read(&desk.log.with_extension("head")).expect("a head");
    let summary = verify(log, head.as_ref()).expect("as it was written");
    assert_eq!(summary.head.number, entries.len() as u64);
}

#[test]
fn what_nobody_keeps_goes_back() {
    let mut desk = Desk::new();
    desk.push(Span::from_secs(60));
    let id = desk.change().expect("a change").id.clone();
    desk.act(ChangeCommand::Revert { id, why: "foam all the same".into() });
    desk.reach(State::Reverted);
    assert_eq!(desk.speed(), 600.0);
    assert!(desk.entries().iter().any(|entry| entry.record.what == AuditKind::Reverted));
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
