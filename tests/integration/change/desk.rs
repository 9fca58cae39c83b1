//! A console without a window, and the people at it: from a project to a change at its end.

use std::io::BufReader;
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
use twinscope::domain::change::{ChangeId, ChangeRequest, State, Wish};
use twinscope::domain::change_command::{ChangeCommand, Password};
use twinscope::domain::person::{Role, UserName};
use twinscope::domain::signal::Origin;
use twinscope::domain::time::{Span, Timestamp};
use twinscope::domain::value::Value;

const DEADLINE: Duration = Duration::from_secs(90);
const PASSWORD: &str = "a long enough password";

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

fn password() -> Password {
    Password::new(PASSWORD.into())
}

/// The console of one project. Otto asks and pushes, Ann approves.
pub struct Desk {
    pub changes: ChangeDesk,
    pub plant: Plant,
    pub session: Session,
    what_if: WhatIf,
    notices: Notices,
    log: PathBuf,
    _project: TempDir,
}

impl Desk {
    /// The project that stands in this folder, live and with its simulated copy ready.
    pub fn open(folder: TempDir) -> Self {
        home();
        let project = app::read(folder.path().to_owned()).expect("a project").project;
        assert!(project.policy.enabled, "the project allows writing");
        let begun = now();
        let session = Session::start(&project.sources, begun, None).expect("threads");
        let changes = ChangeDesk::new(&project, &session.ports, false);
        let log = files::audit(&files::of_plant(&project.root));
        let what_if = WhatIf::new(&project);
        let plant = Plant::new(project);
        let mut desk = Self { changes, plant, session, what_if, notices: Notices::default(), log, _project: folder };
        desk.until("the plant and its model", |desk| {
            let known = desk.plant.history.extent(Origin::Measured).is_some_and(|(_, last)| last >= begun);
            known && !desk.what_if.askable.is_empty() && !desk.changes.board.accounts.is_empty()
        });
        desk
    }

    /// Frames, until something holds.
    #[track_caller]
    pub fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !holds(self) {
            assert!(
                begin.elapsed() < DEADLINE,
                "{what} did not come; {:?}; {:?}; {:?}",
                self.state(),
                self.change().map(ChangeRequest::words),
                self.notices.list()
            );
            self.plant.drain(&self.session.samples, Duration::from_millis(8));
            self.plant.advance(Span::from_millis(10), now());
            self.what_if.take_found(&mut self.plant);
            self.changes.attend(0.01, &mut self.what_if, &self.plant, &mut self.notices);
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// The newest change.
    pub fn change(&self) -> Option<&ChangeRequest> {
        self.changes.board.changes.first().map(|shown| &shown.request)
    }

    pub fn id(&self) -> ChangeId {
        self.change().expect("a change").id.clone()
    }

    pub fn state(&self) -> Option<State> {
        self.change().map(ChangeRequest::state)
    }

    /// What the operator reads at the change.
    pub fn words(&self) -> String {
        self.change().map(ChangeRequest::words).unwrap_or_default()
    }

    pub fn act(&mut self, command: ChangeCommand) {
        self.changes.act(command).expect("the thread listens");
    }

    #[track_caller]
    pub fn reach(&mut self, state: State) {
        self.until(state.name(), |desk| desk.state() == Some(state));
    }

    /// Waits until the operator is told something with these words in it.
    #[track_caller]
    pub fn told(&mut self, words: &str) {
        let told = |desk: &Self| desk.notices.list().iter().any(|notice| notice.what.contains(words));
        self.until(words, told);
    }

    /// Every notice, oldest first.
    pub fn notices(&self) -> Vec<String> {
        self.notices.list().iter().map(|notice| notice.what.clone()).collect()
    }

    /// From a draft to a change that was simulated.
    pub fn compared(&mut self, wish: Wish) -> ChangeId {
        self.act(ChangeCommand::Login { user: user("otto"), password: password() });
        self.until("the login", |desk| desk.changes.board.desk.person.is_some());
        self.act(ChangeCommand::Draft { wish });
        self.reach(State::Draft);
        let id = self.id();
        self.act(ChangeCommand::Simulate(id.clone()));
        self.reach(State::Compared);
        id
    }

    pub fn approve(&mut self, name: &str) {
        let (id, user, reason) = (self.id(), user(name), "seen".into());
        self.act(ChangeCommand::Approve { id, user, password: password(), reason });
    }

    /// From a draft to the push, which goes on by itself.
    pub fn push(&mut self, wish: Wish) {
        self.compared(wish);
        self.approve("ann");
        self.reach(State::Approved);
        self.push_approved();
    }

    pub fn push_approved(&mut self) {
        let id = self.id();
        self.act(ChangeCommand::Push { id, user: user("otto"), password: password() });
    }

    pub fn keep(&mut self) {
        let id = self.id();
        self.act(ChangeCommand::Keep { id });
    }

    pub fn revert(&mut self, why: &str) {
        let id = self.id();
        self.act(ChangeCommand::Revert { id, why: why.into() });
    }

    /// The audit log, whose chain is sound up to its head.
    #[track_caller]
    pub fn entries(&self) -> Vec<AuditEntry> {
        let log = || BufReader::new(std::fs::File::open(&self.log).expect("a log"));
        let entries: Vec<AuditEntry> = Entries::new(log()).collect::<Result<_, _>>().expect("a sound log");
        let head = Head::read(&self.log.with_extension("head")).expect("a head");
        let summary = verify(log(), head.as_ref()).expect("as it was written");
        assert_eq!(summary.head.number, entries.len() as u64);
        entries
    }

    /// What the audit log holds, in its order.
    #[track_caller]
    pub fn kinds(&self) -> Vec<AuditKind> {
        self.entries().iter().map(|entry| entry.record.what).collect()
    }

    /// The values that were announced to be written; the numbers of the writes rise.
    #[track_caller]
    pub fn announced(&self) -> Vec<f64> {
        let entries = self.entries();
        let intended = entries.iter().filter(|entry| entry.record.what == AuditKind::WriteIntended);
        let numbered: Vec<(u64, f64)> = intended
            .map(|entry| {
                let to = entry.record.to.as_ref().and_then(Value::as_f64).expect("a value");
                (entry.record.sequence.expect("a number"), to)
            })
            .collect();
        assert!(numbered.windows(2).all(|pair| pair[0].0 < pair[1].0), "{numbered:?}");
        numbered.into_iter().map(|(_, to)| to).collect()
    }

    /// What became of each write, in the words of the audit log.
    pub fn outcomes(&self) -> Vec<String> {
        let entries = self.entries();
        let answered = entries.iter().filter(|entry| entry.record.what == AuditKind::WriteAnswered);
        answered.map(|entry| entry.record.outcome.clone()).collect()
    }
}
