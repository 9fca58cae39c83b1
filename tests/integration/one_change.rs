//! A desk on any project with one change, and the two people that a change takes: Otto asks and pushes, Ann
//! approves.

use std::io::BufReader;
use std::time::Instant;

use tempfile::TempDir;
use twinscope::app::change::headless::Headless;
use twinscope::control::audit::{Head, verify};
use twinscope::domain::audit::{AuditEntry, AuditKind};
use twinscope::domain::change::{ChangeId, ChangeRequest, State, Wish};
use twinscope::domain::change_command::ChangeCommand;
use twinscope::domain::value::Value;

use crate::desk::{DEADLINE, Desk, approve, push_as};

pub struct OneChange {
    desk: Desk,
    id: Option<ChangeId>,
}

impl OneChange {
    /// The project that stands in this folder, with a value of each setting and its simulated copy ready.
    pub fn open(folder: TempDir) -> Self {
        let mut desk = Desk::opened(folder);
        let policy = &desk.desk.plant.project.policy;
        assert!(policy.enabled && !policy.writable.is_empty(), "the project allows writing");
        desk.until("a value", |desk| {
            let rules = &desk.plant.project.policy.writable;
            desk.changes.board.ready && rules.iter().all(|rule| desk.shown(&rule.signal).is_some())
        });
        desk.desk.ready_to_simulate(DEADLINE).expect("a copy");
        Self { desk, id: None }
    }

    #[track_caller]
    pub fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !holds(self) {
            let said = (self.id.is_some().then(|| self.words()), self.notices());
            assert!(begin.elapsed() < DEADLINE, "{what} did not come; {said:?}");
            self.desk.desk.frame();
        }
    }

    pub fn headless(&self) -> &Headless {
        &self.desk.desk
    }

    fn id(&self) -> ChangeId {
        self.id.clone().expect("a change")
    }

    pub fn change(&self) -> ChangeRequest {
        self.desk.change(&self.id())
    }

    pub fn state(&self) -> State {
        self.change().state()
    }

    /// What the operator reads at the change.
    pub fn words(&self) -> String {
        self.change().words()
    }

    /// Every notice, oldest first.
    pub fn notices(&self) -> Vec<String> {
        self.desk.desk.notices.list().iter().map(|notice| notice.what.clone()).collect()
    }

    #[track_caller]
    pub fn reach(&mut self, state: State) {
        self.until(state.name(), |desk| desk.state() == state);
    }

    /// From a draft to the push, which goes on by itself.
    pub fn push(&mut self, wish: Wish) {
        let id = self.desk.compared("otto", wish);
        self.id = Some(id.clone());
        self.desk.ask(approve(&id, "ann"));
        self.reach(State::Approved);
        self.desk.ask(push_as(&id, "otto"));
    }

    pub fn keep(&mut self) {
        self.desk.ask(ChangeCommand::Keep { id: self.id() });
    }

    /// Why the change cannot be kept.
    pub fn not_kept(&mut self) -> String {
        self.desk.refusal(ChangeCommand::Keep { id: self.id() })
    }

    pub fn revert(&mut self, why: &str) {
        self.desk.ask(ChangeCommand::Revert { id: self.id(), why: why.into() });
    }

    /// The audit log, whose chain is sound up to its head.
    #[track_caller]
    pub fn entries(&self) -> Vec<AuditEntry> {
        let entries = self.desk.entries();
        let file = self.desk.desk.audit_log();
        let head = Head::read(&file.with_extension("head")).expect("a head");
        let log = BufReader::new(std::fs::File::open(file).expect("a log"));
        let summary = verify(log, head.as_ref()).expect("as it was written");
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
