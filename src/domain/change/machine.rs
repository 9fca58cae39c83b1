//! The transitions of a change before its push, and the way into all others.

use super::progress::{Progress, WayBack};
use super::{Action, Approval, ChangeRequest, Event, GuardReport, Refusal, Setting, Stage, State, Wish, WriteProgress};
use crate::domain::audit::{AuditKind, AuditRecord};
use crate::domain::person::UserName;
use crate::domain::time::Timestamp;

impl ChangeRequest {
    /// What follows from an event: the next change and what is to be done. `now` is plant time, like the
    /// source times of read-backs. Approvals hold by the wall clock of the desk, which comes with the report.
    ///
    /// The caller stores the change before it does anything, so that a restart at any point finds a change
    /// that knows at least what was done. A write is only ever asked for in answer to
    /// [`Event::AuditWritten`], once, and never again when its outcome stays unknown.
    ///
    /// # Errors
    /// Why the event changes nothing. The caller puts a refusal of the policy into the audit log.
    pub fn step(&self, event: Event, now: Timestamp) -> Result<(Self, Vec<Action>), Refusal> {
        let pushed = self.state.active() || self.state.needs_person();
        if pushed && self.progress.as_ref().is_none_or(|it| it.writes.len() != self.wish.settings.len()) {
            return Err(Refusal::Invalid("What is stored of its progress is damaged."));
        }
        let mut step = Step { change: self.clone(), now, actions: Vec::new() };
        step.take(event)?;
        let Step { change, mut actions, .. } = step;
        actions.sort_by_key(|action| !matches!(action, Action::Audit(_)));
        Ok((change, actions))
    }
}

/// One step while it is worked out.
pub(super) struct Step {
    pub change: ChangeRequest,
    pub now: Timestamp,
    pub actions: Vec<Action>,
}

impl Step {
    fn take(&mut self, event: Event) -> Result<(), Refusal> {
        use State::*;
        let (state, what) = (self.change.state, event.what());
        let not_now = Refusal::NotNow { what, state };
        match (state, event) {
            (_, Event::Edited { by, wish }) if state.editable() => self.edit(&by, *wish),
            (Draft, Event::SimulateAsked { by, guards }) => self.simulate(&by, &guards),
            (Simulating, Event::Simulated(evidence)) => {
                if evidence.snapshot.len() != self.change.wish.settings.len() {
                    return Err(Refusal::Invalid("The simulation started from other settings."));
                }
                self.change.evidence = Some(*evidence);
                self.change.revision = self.change.revision.saturating_add(1);
                self.enter(Compared, AuditKind::Simulated, None, "");
                Ok(())
            }
            (Simulating, Event::SimulationFailed { why }) => {
                self.enter(Failed, AuditKind::SimulationFailed, None, &why);
                Ok(())
            }
            (Simulating, Event::Restarted) => {
                self.enter(Failed, AuditKind::SimulationFailed, None, "The program ended while it was simulated.");
                Ok(())
            }
            (Compared, Event::Approved { approval, guards }) => self.approve(approval, &guards),
            (Compared | Approved, Event::Rejected { by, why }) => {
                self.change.approval = None;
                self.enter(Rejected, AuditKind::Rejected, Some(&by), &why);
                self.describe(|record| record.reason = why);
                Ok(())
            }
            (Approved, Event::PushAsked { by, guards }) => self.push(&by, &guards),
            (Approved, Event::ApprovalOver { why }) => {
                self.change.approval = None;
                self.enter(Expired, AuditKind::Expired, None, &why);
                self.notify();
                Ok(())
            }
            (_, Event::Tick | Event::Restarted) if !state.active() => Ok(()),
            (_, event) => self.take_pushed(event, not_now),
        }
    }

    fn edit(&mut self, by: &UserName, wish: Wish) -> Result<(), Refusal> {
        if *by != self.change.requester {
            return Err(Refusal::NotRequester { requester: self.change.requester.clone() });
        }
        let change = &mut self.change;
        change.wish = wish;
        change.revision = change.revision.saturating_add(1);
        (change.evidence, change.approval, change.progress) = (None, None, None);
        self.enter(State::Draft, AuditKind::Edited, Some(by), "");
        Ok(())
    }

    fn simulate(&mut self, by: &UserName, guards: &GuardReport) -> Result<(), Refusal> {
        match self.pass(guards, Stage::Draft) {
            Ok(()) => {
                self.enter(State::Simulating, AuditKind::SimulationBegun, Some(by), "");
                self.actions.push(Action::Simulate);
                Ok(())
            }
            Err(Refusal::Blocked(reasons)) => {
                self.enter(State::Refused, AuditKind::PolicyRefused, Some(by), &reasons.join(" "));
                Ok(())
            }
            Err(other) => Err(other),
        }
    }

    fn approve(&mut self, approval: Approval, guards: &GuardReport) -> Result<(), Refusal> {
        self.pass(guards, Stage::Approval)?;
        self.valid(&approval, guards)?;
        let (approver, reason) = (approval.approver.clone(), approval.reason.clone());
        self.change.approval = Some(approval);
        self.enter(State::Approved, AuditKind::Approved, None, "");
        self.describe(|record| (record.person, record.reason) = (Some(approver), reason));
        Ok(())
    }

    fn push(&mut self, by: &UserName, guards: &GuardReport) -> Result<(), Refusal> {
        self.pass(guards, Stage::Push)?;
        let Some(approval) = &self.change.approval else {
            return Err(Refusal::Approval("There is none.".to_owned()));
        };
        self.valid(approval, guards)?;
        let settings = &self.change.wish.settings;
        if settings.is_empty() || guards.terms().len() != settings.len() {
            return Err(Refusal::Report("It does not speak of each setting.".to_owned()));
        }
        self.change.progress = Some(Progress::new(settings, guards.terms(), self.now));
        self.enter(State::Pushing, AuditKind::PushBegun, Some(by), "");
        self.advance();
        Ok(())
    }

    /// A report of the policy that counts here and now, in which no guard says no.
    fn pass(&self, guards: &GuardReport, stage: Stage) -> Result<(), Refusal> {
        guards.fits((&self.change.id, self.change.revision), stage, self.now).map_err(Refusal::Report)?;
        let blocked = guards.blocked();
        if blocked.is_empty() { Ok(()) } else { Err(Refusal::Blocked(blocked)) }
    }

    /// A second person's approval of exactly what the policy looked at, which holds now.
    fn valid(&self, approval: &Approval, guards: &GuardReport) -> Result<(), Refusal> {
        let refuse = |words: &str| Err(Refusal::Approval(words.to_owned()));
        if approval.approver == self.change.requester {
            return refuse("It is by the person who asked for the change.");
        }
        if approval.digest != guards.digest() {
            return refuse("It is for another change, or for an earlier state of this one.");
        }
        if guards.wall() < approval.at || guards.wall() >= approval.expires {
            return refuse("It does not hold at this moment.");
        }
        Ok(())
    }

    /// Goes to a state, with a record of it.
    pub fn enter(&mut self, state: State, kind: AuditKind, by: Option<&UserName>, why: &str) {
        self.change.state = state;
        self.change.why = why.to_owned();
        self.audit(kind);
        self.describe(|record| {
            record.person = by.cloned();
            record.outcome = why.to_owned();
        });
    }

    pub fn audit(&mut self, kind: AuditKind) {
        let mut record = AuditRecord::new(self.now, kind);
        record.change = Some(self.change.id.to_string());
        record.model_digest = self.change.evidence.as_ref().map(|evidence| evidence.model_digest.clone());
        record.reason.clone_from(&self.change.wish.reason);
        self.actions.push(Action::Audit(Box::new(record)));
    }

    /// Adds to the record that was made last.
    pub fn describe(&mut self, alter: impl FnOnce(&mut AuditRecord)) {
        if let Some(Action::Audit(record)) = self.actions.iter_mut().rfind(|it| matches!(it, Action::Audit(_))) {
            alter(record);
        }
    }

    /// Tells people where the change stands.
    pub fn notify(&mut self) {
        self.actions.push(Action::Notify(self.change.words()));
    }

    pub fn pairs(&mut self) -> impl Iterator<Item = (&Setting, &mut WriteProgress)> {
        let writes = self.change.progress.as_mut().map_or(&mut [][..], |progress| &mut progress.writes[..]);
        self.change.wish.settings.iter().zip(writes)
    }

    pub fn writes(&mut self) -> impl Iterator<Item = &mut WriteProgress> {
        self.pairs().map(|(_, write)| write)
    }

    pub fn way_back(&self) -> WayBack {
        self.change.progress.as_ref().map_or(WayBack::default(), |progress| progress.way_back)
    }

    pub fn set_way_back(&mut self, way_back: WayBack) {
        if let Some(progress) = &mut self.change.progress {
            progress.way_back = way_back;
            if way_back == WayBack::Moving {
                progress.deadline = None;
            }
        }
    }
}
