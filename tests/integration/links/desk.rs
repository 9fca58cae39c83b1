//! A console without a window for one project, and the two people that a change takes.

use std::time::{Duration, Instant};

use tempfile::TempDir;
use twinscope::app;
use twinscope::app::change::{ChangeDesk, files};
use twinscope::app::notices::Notices;
use twinscope::app::plant::Plant;
use twinscope::app::session::Session;
use twinscope::app::what_if::WhatIf;
use twinscope::control::audit::Entries;
use twinscope::domain::audit::{AuditEntry, AuditKind};
use twinscope::domain::change::{ChangeId, ChangeRequest, State, Wish};
use twinscope::domain::change_command::{ChangeCommand, Password};
use twinscope::domain::signal::Origin;
use twinscope::domain::time::Span;
use twinscope::domain::value::Value;

use crate::change::{PASSWORD, home, now, user};

const DEADLINE: Duration = Duration::from_secs(90);

pub struct Desk {
    changes: ChangeDesk,
    what_if: WhatIf,
    plant: Plant,
    notices: Notices,
    session: Session,
    log: std::path::PathBuf,
    _project: TempDir,
}

impl Desk {
    pub fn open(folder: TempDir) -> Self {
        home();
        let project = app::read(folder.path().to_owned()).expect("a project").project;
        assert!(project.policy.enabled && !project.policy.writable.is_empty(), "the project allows writing");
        let begun = now();
        let session = Session::start(&project.sources, begun, None).expect("threads");
        let changes = ChangeDesk::new(&project, &session.ports, false);
        let log = files::audit(&files::of_plant(&project.root));
        let what_if = WhatIf::new(&project);
        let plant = Plant::new(project);
        let mut desk = Self { changes, what_if, plant, notices: Notices::default(), session, log, _project: folder };
        desk.until("the plant and its model", |desk| {
            let mut signals = desk.plant.project.catalog.iter();
            let known = signals.all(|(id, _)| desk.plant.history.at(Origin::Measured, id, now()).is_some());
            known && !desk.what_if.askable.is_empty() && !desk.changes.board.accounts.is_empty()
        });
        // What the control thread knows of the plant is half a second old at most.
        let begun = Instant::now();
        desk.until("a second", |_| begun.elapsed() > Duration::from_secs(1));
        desk
    }

    #[track_caller]
    pub fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            let words = self.words();
            assert!(begun.elapsed() < DEADLINE, "{what} did not come: {words}; {:?}", self.notices.list());
            self.plant.drain(&self.session.samples, Duration::from_millis(8));
            self.plant.advance(Span::from_millis(10), now());
            self.what_if.take_found(&mut self.plant);
            self.changes.attend(0.01, &mut self.what_if, &self.plant, &mut self.notices);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn change(&self) -> Option<&ChangeRequest> {
        self.changes.board.changes.first().map(|shown| &shown.request)
    }

    fn id(&self) -> ChangeId {
        self.change().expect("a change").id.clone()
    }

    /// What the operator reads at the change.
    pub fn words(&self) -> String {
        self.change().map(|change| format!("{}. {}", change.state().name(), change.words())).unwrap_or_default()
    }

    fn act(&mut self, command: ChangeCommand) {
        self.changes.act(command).expect("the thread listens");
    }

    #[track_caller]
    pub fn reach(&mut self, state: State) {
        self.until(state.name(), |desk| desk.change().map(ChangeRequest::state) == Some(state));
    }

    /// From a draft to the push, which goes on by itself.
    pub fn push(&mut self, wish: Wish) {
        let password = || Password::new(PASSWORD.into());
        self.act(ChangeCommand::Login { user: user("otto"), password: password() });
        self.until("the login", |desk| desk.changes.board.desk.person.is_some());
        self.act(ChangeCommand::Draft { wish });
        self.reach(State::Draft);
        let id = self.id();
        self.act(ChangeCommand::Simulate(id.clone()));
        self.reach(State::Compared);
        let (user, approver, reason) = (user("otto"), user("ann"), "seen".to_owned());
        self.act(ChangeCommand::Approve { id: id.clone(), user: approver, password: password(), reason });
        self.reach(State::Approved);
        self.act(ChangeCommand::Push { id, user, password: password() });
    }

    pub fn keep(&mut self) {
        let id = self.id();
        self.act(ChangeCommand::Keep { id });
    }

    pub fn revert(&mut self, why: &str) {
        let id = self.id();
        self.act(ChangeCommand::Revert { id, why: why.into() });
    }

    fn entries(&self, kind: AuditKind) -> Vec<AuditEntry> {
        let log = std::io::BufReader::new(std::fs::File::open(&self.log).expect("a log"));
        let entries = Entries::new(log).map(|entry| entry.expect("a sound log"));
        entries.filter(|entry| entry.record.what == kind).collect()
    }

    /// The values that were announced to be written.
    pub fn announced(&self) -> Vec<f64> {
        let entries = self.entries(AuditKind::WriteIntended);
        entries.iter().filter_map(|entry| entry.record.to.as_ref().and_then(Value::as_f64)).collect()
    }

    /// What became of each write, in the words of the audit log.
    pub fn outcomes(&self) -> Vec<String> {
        self.entries(AuditKind::WriteAnswered).into_iter().map(|entry| entry.record.outcome).collect()
    }
}
