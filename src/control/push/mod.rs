//! Carries changes out. The only code that writes to the plant.
//!
//! Each event goes the same way, and nothing begins before what stands above it is on disk:
//!
//! ```text
//! event -> step -> 1. watchdogs are released, where the change is over
//!                  2. the next change is kept, with the audit records that it owes
//!                  3. the records are appended to the log
//!                  4. a record that announces a write is on disk: event AuditWritten, from the top
//!                  5. after AuditWritten alone: arm the watchdog, read, compare, write once
//!                  6. answer or read-back: event, from the top
//! ```
//!
//! So a process that ends between any two of them leaves a change that knows at least what was done. On its next
//! start it appends the records that are missing, reads what the plant holds and goes back; it never sends a
//! write again. What cannot be kept did not happen: the event is lost, and a deadline of the change finds that.
//!
//! That nothing is written against the will of who started the program is shown by four things. A build without
//! the feature `write` has neither this module nor `control::links`, and so no call that writes. An [`Executor`]
//! takes a [`WriteAccess`], of which there is none with `--view-only`. A `WriteRequest` can only be made inside
//! `control`. And tests read the source: they find the making of one and the call of `PlantLink::write` in this
//! folder alone, and calls of protocols that write in modules alone that are left out without the feature. What
//! really goes over the wire is watched by the test `view_only`.
//!
//! Without threads and without a clock: who calls says what time it is, and waits while a link answers.

mod act;
mod disk;
#[cfg(test)]
mod tests;
mod tick;

use std::collections::{BTreeMap, HashMap};
use std::mem;

use thiserror::Error;

use self::disk::{Disk, Files};
use super::audit::{AuditError, Opened, Receipt};
use super::links::Links;
use super::policy::{ActiveChange, Surroundings, check};
use super::store::{Owed, Store, StoreError, Stored};
use crate::domain::audit::{AuditKind, AuditRecord};
use crate::domain::change::{
    ChangeId, ChangeRequest, DivergenceWatch, Event, GuardReport, Refusal, Stage, Wish, WritePolicy,
};
use crate::domain::change_record::ChangeRecord;
use crate::domain::person::{Role, UserName};
use crate::domain::time::{Span, Timestamp};

/// Most characters of reason and outcome in an audit record; the rest is in the change.
const LONGEST_WORDS: usize = 4_000;

/// Leave to write, for one executor. Made once, by `app`, from the arguments of the program.
#[derive(Debug)]
pub struct WriteAccess(());

/// Who stands behind an event, beyond the name in it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct By {
    /// Role at this moment.
    pub role: Option<Role>,
    /// Nonce of the signed approval that the event came from.
    pub nonce: Option<String>,
}

/// What others have to do.
#[derive(Clone, PartialEq, Debug)]
pub enum Request {
    /// Run the wish of this change on the simulated copy and tell the answer.
    Simulate(ChangeId),
    /// Watch the trial of this change until then.
    StartTrial { change: ChangeId, until: Timestamp },
    /// Tell people, in words.
    Notify { change: ChangeId, words: String },
}

/// Why an event had no effect.
#[derive(Error, Debug)]
pub enum PushError {
    #[error("There is no change {0}. Nothing is done. Choose one from the list.")]
    NoChange(ChangeId),
    #[error("No name is left for the change: {0}. It is not kept. Draft it on another day.")]
    NoName(String),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Audit(#[from] AuditError),
    #[error(
        "The watchdog of {signal} could not be released: {why}. It would take the setting back, so the change stays \
         on trial. See that the link is up and keep it again."
    )]
    Watchdog { signal: String, why: String },
}

/// Everything that it takes to carry changes out.
pub struct Executor {
    disk: Box<dyn Disk>,
    /// Number of the last audit entry.
    entries: u64,
    links: Links,
    policy: WritePolicy,
    /// SHA-256 of the project, in hex.
    project_digest: Option<String>,
    changes: BTreeMap<ChangeId, Stored>,
    watches: HashMap<ChangeId, DivergenceWatch>,
    requests: Vec<Request>,
    /// What was appended to the log since it was asked last.
    happened: Vec<ChangeRecord>,
    /// How far the wall clock of this computer is ahead of plant time.
    wall_ahead: Span,
}

impl WriteAccess {
    /// None where the program was started to look only.
    pub fn unless(view_only: bool) -> Option<Self> {
        (!view_only).then_some(Self(()))
    }
}

impl Executor {
    /// Takes up all changes where the last process left them: what acted on the plant goes back. So the links
    /// have to be up by then, as far as they can be. `now` and `wall` are the same moment in plant time and by
    /// the wall clock.
    ///
    /// # Errors
    /// When records that the changes still owe to the audit log cannot be appended.
    pub fn open(
        _: WriteAccess,
        (store, changes): (Store, Vec<Stored>),
        Opened { log, head, .. }: Opened,
        links: Links,
        policy: WritePolicy,
        project_digest: Option<String>,
        (now, wall): (Timestamp, Timestamp),
    ) -> Result<(Self, Vec<Request>), PushError> {
        let files = Box::new(Files { store, log });
        Self::resume(files, (changes, head.number), links, policy, project_digest, (now, wall))
    }

    fn resume(
        disk: Box<dyn Disk>,
        (changes, entries): (Vec<Stored>, u64),
        links: Links,
        policy: WritePolicy,
        project_digest: Option<String>,
        (now, wall): (Timestamp, Timestamp),
    ) -> Result<(Self, Vec<Request>), PushError> {
        let changes = changes.into_iter().map(|mut stored| {
            stored.owed.forget(entries);
            (stored.change.id.clone(), stored)
        });
        let (watches, requests, happened) = (HashMap::new(), Vec::new(), Vec::new());
        let changes = changes.collect();
        let wall_ahead = wall - now;
        let mut executor =
            Self { disk, entries, links, policy, project_digest, changes, watches, requests, happened, wall_ahead };
        let ids: Vec<ChangeId> = executor.changes.keys().cloned().collect();
        executor.catch_up()?;
        for id in &ids {
            executor.follow(id, Event::Restarted, now);
        }
        let requests = mem::take(&mut executor.requests);
        Ok((executor, requests))
    }

    /// Appends what the log of the last process does not have. Only the first change can owe a part of its step;
    /// those after it were made when the log took nothing any more.
    fn catch_up(&mut self) -> Result<(), PushError> {
        let mut owing: Vec<(bool, ChangeId)> = Vec::new();
        for (id, stored) in self.changes.iter().filter(|(_, stored)| !stored.owed.records.is_empty()) {
            owing.push((stored.owed.after.is_none(), id.clone()));
        }
        owing.sort();
        for (_, id) in &owing {
            if let Some(stored) = self.changes.get_mut(id) {
                stored.owed.after = Some(self.entries);
                self.disk.put(stored)?;
            }
            self.settle(id, None)?;
            if let Some(stored) = self.changes.get(id) {
                self.disk.put(stored)?;
            }
        }
        Ok(())
    }

    /// Tells what the wall clock of this computer shows at a moment of plant time. The audit log is kept by it, and
    /// approvals end by it: what people sign and read is in their own time, also where the plant is replayed.
    pub fn tell_wall(&mut self, now: Timestamp, wall: Timestamp) {
        self.wall_ahead = wall - now;
    }

    pub(super) fn wall(&self, now: Timestamp) -> Timestamp {
        now + self.wall_ahead
    }

    /// All changes, by name.
    pub fn changes(&self) -> impl Iterator<Item = &ChangeRequest> {
        self.changes.values().map(|stored| &stored.change)
    }

    pub fn change(&self, id: &ChangeId) -> Option<&ChangeRequest> {
        self.changes.get(id).map(|stored| &stored.change)
    }

    /// # Errors
    /// Why a setting cannot be written at present, in words.
    pub fn connected(&self, signal: &str) -> Result<(), String> {
        self.links.get(signal).map_or_else(|| Err("no link goes there".to_owned()), |link| link.connected())
    }

    /// Keeps a new change, as a draft.
    ///
    /// # Errors
    /// When it cannot be kept or recorded.
    pub fn draft(
        &mut self,
        requester: UserName,
        role: Option<Role>,
        wish: Wish,
        now: Timestamp,
    ) -> Result<ChangeId, PushError> {
        let id = self.disk.free_id(self.wall(now)).map_err(PushError::NoName)?;
        let mut record = AuditRecord::new(now, AuditKind::Drafted);
        (record.change, record.person, record.role) = (Some(id.to_string()), Some(requester.clone()), role);
        record.reason.clone_from(&wish.reason);
        let record = self.filled(record, &By::default());
        let owed = Owed { after: Some(self.entries), records: vec![record] };
        let stored = Stored { change: ChangeRequest::new(id.clone(), requester, wish, now), owed };
        self.disk.put(&stored)?;
        self.changes.insert(id.clone(), stored);
        self.settle(&id, None)?;
        Ok(id)
    }

    /// What the policy says to this change. Other changes and the links are filled in here.
    pub fn report(&self, id: &ChangeId, stage: Stage, mut around: Surroundings) -> Option<GuardReport> {
        let change = self.change(id)?;
        let others = self.changes().filter(|other| other.id != *id && other.state().active());
        around.active = others.map(|other| self.active(other)).collect();
        around.links.clear();
        for setting in &change.wish().settings {
            let readback = self.policy.rule(&setting.signal).and_then(|rule| rule.readback.as_deref());
            let state = self.links.state(&setting.signal, readback);
            around.links.extend(state.map(|state| (setting.signal.clone(), state)));
        }
        Some(check(change, stage, &self.policy, &around))
    }

    fn active(&self, change: &ChangeRequest) -> ActiveChange {
        let rules = change.wish().settings.iter().filter_map(|setting| self.policy.rule(&setting.signal));
        ActiveChange { id: change.id.clone(), equipment: rules.map(|rule| rule.equipment.clone()).collect() }
    }

    /// Tells a change what happened and does all that follows from it.
    ///
    /// # Errors
    /// Why the event had no effect. A refusal of the policy is in the audit log.
    pub fn handle(&mut self, id: &ChangeId, event: Event, by: &By, now: Timestamp) -> Result<Vec<Request>, PushError> {
        let actor = match &event {
            Event::PushAsked { by, .. } => Some(by.clone()),
            Event::Approved { approval, .. } => Some(approval.approver.clone()),
            _ => None,
        };
        match self.round(id, event, by, now) {
            Ok(()) => Ok(mem::take(&mut self.requests)),
            Err(PushError::Refused(Refusal::Blocked(reasons))) => {
                let mut record = AuditRecord::new(now, AuditKind::PolicyRefused);
                (record.change, record.person) = (Some(id.to_string()), actor);
                record.outcome = reasons.join(" ");
                let record = self.filled(record, by);
                self.audit(&record)?;
                Err(Refusal::Blocked(reasons).into())
            }
            Err(error) => Err(error),
        }
    }

    /// Appends a record that belongs to no step of a change, such as a login. Its moment is by the wall clock.
    ///
    /// # Errors
    /// When the log does not take it.
    pub fn audit(&mut self, record: &AuditRecord) -> Result<Receipt, AuditError> {
        let receipt = self.disk.append(record)?;
        self.entries = receipt.number;
        let id = record.change.as_deref().and_then(|id| ChangeId::new(id).ok());
        let change = id.and_then(|id| self.change(&id));
        let told = ChangeRecord::of(record, (receipt.number, &receipt.hash), change, change.map(ChangeRequest::state));
        self.happened.push(told);
        Ok(receipt)
    }

    /// What was appended to the log since this was asked last, in order.
    pub fn happened(&mut self) -> Vec<ChangeRecord> {
        mem::take(&mut self.happened)
    }

    fn filled(&self, mut record: AuditRecord, by: &By) -> AuditRecord {
        if record.person.is_some() {
            record.role = record.role.or(by.role);
        }
        if record.what == AuditKind::Approved {
            record.nonce.clone_from(&by.nonce);
        }
        record.project_digest.clone_from(&self.project_digest);
        record.at = self.wall(record.at);
        for words in [&mut record.reason, &mut record.outcome] {
            if let Some((end, _)) = words.char_indices().nth(LONGEST_WORDS) {
                words.truncate(end);
            }
        }
        record
    }

    fn tell(&mut self, id: &ChangeId, words: impl Into<String>) {
        self.requests.push(Request::Notify { change: id.clone(), words: words.into() });
    }
}
