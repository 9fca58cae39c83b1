//! A desk without a window on a demo plant of its own, with people who have accounts.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use twinscope::app;
use twinscope::app::change::files;
use twinscope::app::change::headless::Headless;
use twinscope::control::audit::Entries;
use twinscope::control::people::{Accounts, Cost};
use twinscope::domain::audit::{AuditEntry, AuditKind};
use twinscope::domain::change::{ChangeId, ChangeRequest, Setting, State, TrialPlan, Wish};
use twinscope::domain::change_command::{ChangeCommand, Password};
use twinscope::domain::person::{Role, UserName};
use twinscope::domain::time::{Span, Timestamp};

pub const DEADLINE: Duration = Duration::from_secs(300);
pub const SPEED: &str = "Riverside/Line 1/Filler/Speed setpoint";
pub const PASSWORD: &str = "a long enough password";

/// Where accounts, changes and logs of all tests lie; each has a plant of its own.
pub fn home() -> &'static Path {
    static HOME: OnceLock<TempDir> = OnceLock::new();
    let home = HOME.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        files::keep_in(folder.path().to_owned());
        let mut accounts = Accounts::new(Cost { memory_kib: 8, passes: 1, lanes: 1 });
        let people = [
            ("otto", Role::Operator),
            ("wanda", Role::Operator),
            ("vera", Role::Viewer),
            ("ann", Role::Approver),
            ("bob", Role::Approver),
        ];
        for (name, role) in people {
            accounts.add(user(name), name, role, PASSWORD, &mut random()).expect("an account");
        }
        accounts.save(&files::accounts()).expect("a file");
        folder
    });
    home.path()
}

/// Bytes that nobody should use for keys; others in each call.
pub fn random() -> impl FnMut(&mut [u8]) -> std::io::Result<()> {
    static NEXT: AtomicI64 = AtomicI64::new(1);
    |bytes| {
        bytes.fill_with(|| NEXT.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9).to_le_bytes()[2]);
        Ok(())
    }
}

pub fn now() -> Timestamp {
    Timestamp::default() + Span::from(SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970"))
}

pub fn user(name: &str) -> UserName {
    UserName::new(name).expect("a name")
}

pub fn password() -> Password {
    Password::new(PASSWORD.into())
}

/// The demo whose machines never fail, and whose copy knows it: so no fault comes between two steps. Without
/// chance a belt that is a little ahead is outside of every band, so the gate is left open.
pub fn without_faults(text: &str) -> String {
    let machines = ["Depalletiser", "Rinser", "Filler", "Capper", "Pasteuriser", "Labeller", "Packer", "Palletiser"];
    let factors = machines.map(|machine| format!("\"{machine}/MtbfFactor\" = 1e5"));
    let sound = format!("parameters = {{ {} }}", factors.join(", "));
    let lines = text.lines().map(|line| if line.starts_with("parameters = ") { &sound } else { line });
    let text =
        lines.collect::<Vec<_>>().join("\n").replace("enabled = true", "enabled = true\nneeds_credible_model = false");
    format!("{text}\n\n[twin]\nmodel = \"line\"\n{sound}\n")
}

/// The demo plant in a folder of its own.
pub fn demo_folder() -> TempDir {
    home();
    let folder = tempfile::tempdir().expect("a folder");
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    std::fs::copy(demo.join("factory.glb"), folder.path().join("factory.glb")).expect("copied");
    let text = std::fs::read_to_string(demo.join("twin.toml")).expect("the demo");
    std::fs::write(folder.path().join("twin.toml"), without_faults(&text)).expect("written");
    folder
}

/// A filler that runs at 570 instead of 600.
pub fn slower(lease: Span) -> Wish {
    let setting =
        Setting { signal: SPEED.into(), unit: "/min".into(), from: 600.0, to: 570.0, ramp_per_sec: Some(5.0) };
    let trial = TrialPlan { lease, abort_conditions: Vec::new(), divergence: None };
    Wish { title: "Slower".into(), reason: "less foam".into(), settings: vec![setting], trial }
}

/// This person approves, with the right password.
pub fn approve(id: &ChangeId, name: &str) -> ChangeCommand {
    ChangeCommand::Approve { id: id.clone(), user: user(name), password: password(), reason: "seen".into() }
}

/// This person pushes, with the right password.
pub fn push_as(id: &ChangeId, name: &str) -> ChangeCommand {
    ChangeCommand::Push { id: id.clone(), user: user(name), password: password() }
}

/// An open desk, its plant live.
pub struct Desk {
    pub desk: Headless,
    pub project: TempDir,
    /// How far the clock of the desk is ahead, in seconds.
    ahead: Arc<AtomicI64>,
}

impl Desk {
    pub fn new() -> Self {
        Self::on(demo_folder())
    }

    /// Opens a desk on a project that was there before.
    pub fn on(folder: TempDir) -> Self {
        let mut desk = Self::opened(folder);
        desk.desk.connect(&[SPEED.to_owned()], DEADLINE).expect("the plant shows values");
        desk.desk.ready_to_simulate(DEADLINE).expect("a copy");
        desk
    }

    /// Opens a desk and waits for nothing.
    pub fn opened(folder: TempDir) -> Self {
        home();
        let project = app::read(folder.path().to_owned()).expect("the demo").project;
        let ahead: Arc<AtomicI64> = Arc::default();
        let own = ahead.clone();
        let clock = move || now() + Span::from_secs(own.load(Ordering::Relaxed));
        let desk = Headless::open_by(project, false, Arc::new(clock)).expect("threads");
        Self { desk, project: folder, ahead }
    }

    /// Ends the desk; the project stays.
    pub fn close(self) -> TempDir {
        drop(self.desk);
        self.project
    }

    /// Sets the clock of the desk forward, or back.
    pub fn set_clock(&self, by: Span) {
        self.ahead.fetch_add(by.as_secs_f64() as i64, Ordering::Relaxed);
    }

    /// The moment by the clock of the desk.
    pub fn clock(&self) -> Timestamp {
        now() + Span::from_secs(self.ahead.load(Ordering::Relaxed))
    }

    pub fn plant_folder(&self) -> PathBuf {
        files::of_plant(self.project.path())
    }

    /// Frames, until something holds.
    pub fn until(&mut self, what: &str, holds: impl Fn(&Headless) -> bool) {
        let reached = self.desk.until(DEADLINE, |desk| holds(desk));
        assert!(reached, "{what} did not come; {:?}", self.desk.notices.list());
    }

    pub fn ask(&mut self, command: ChangeCommand) -> Option<ChangeId> {
        self.desk.ask(command).unwrap_or_else(|words| panic!("{words}"))
    }

    /// Why a command is not carried out.
    pub fn refusal(&mut self, command: ChangeCommand) -> String {
        self.desk.ask(command).expect_err("a refusal")
    }

    pub fn login(&mut self, name: &str) {
        self.ask(ChangeCommand::Login { user: user(name), password: password() });
    }

    pub fn reach(&mut self, id: &ChangeId, state: State) {
        self.until(state.name(), |desk| desk.state(id) == Some(state));
    }

    pub fn change(&self, id: &ChangeId) -> ChangeRequest {
        self.desk.change(id).expect("a change").request.clone()
    }

    /// What the plant holds.
    pub fn speed(&self) -> f64 {
        let (_, port) = self.desk.session.ports.iter().next().expect("one plant");
        port.get("Filler/SpeedSetpoint").expect("it answers").0
    }

    /// A change by this person that was simulated.
    pub fn compared(&mut self, name: &str, wish: Wish) -> ChangeId {
        self.login(name);
        let id = self.ask(ChangeCommand::Draft { wish }).expect("an id");
        self.ask(ChangeCommand::Simulate(id.clone()));
        self.reach(&id, State::Compared);
        id
    }

    /// From a draft of otto's to a trial of so long.
    pub fn push(&mut self, lease: Span) -> ChangeId {
        let id = self.compared("otto", slower(lease));
        // The requester is no approver; neither by role nor as a person.
        let refusal = self.refusal(approve(&id, "otto"));
        assert!(refusal.contains("otto"), "{refusal}");
        self.ask(approve(&id, "ann"));
        self.reach(&id, State::Approved);
        self.ask(push_as(&id, "otto"));
        self.reach(&id, State::OnTrial);
        assert_eq!(self.speed(), 570.0);
        id
    }

    pub fn entries(&self) -> Vec<AuditEntry> {
        let log = std::fs::File::open(self.desk.audit_log()).expect("a log");
        Entries::new(std::io::BufReader::new(log)).collect::<Result<_, _>>().expect("a sound log")
    }

    pub fn audited(&self, kind: AuditKind) -> Vec<AuditEntry> {
        self.entries().into_iter().filter(|entry| entry.record.what == kind).collect()
    }
}
