//! What people ask for at this desk: who may, by which password, and what is done.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;

use super::{Worker, lock};
use crate::app::change::board::Answer;
use crate::control::audit::{Entries, used_nonces};
use crate::control::people::{ApprovalFile, Permission, Session, Wanted, may};
use crate::control::policy::digest;
use crate::control::push::By;
use crate::domain::audit::{AuditKind, AuditRecord};
use crate::domain::change::{Approval, ChangeId, Event, Stage, Wish};
use crate::domain::change_command::{ChangeCommand, Password};
use crate::domain::person::UserName;

/// Approval files are read up to here.
const LARGEST_APPROVAL: u64 = 1 << 20;

impl Worker {
    pub(super) fn carry_out(&mut self, command: ChangeCommand) -> Answer {
        let now = self.wall.now();
        match command {
            ChangeCommand::Login { user, password } => self.login(&user, &password)?,
            ChangeCommand::Logout => {
                if let Some(session) = self.session.take() {
                    self.note(AuditKind::Logout, &session.user);
                }
            }
            ChangeCommand::Draft { wish } => {
                let user = self.session(Permission::Draft)?;
                return self.draft(user, wish).map(Some);
            }
            ChangeCommand::Rollback(id) => {
                let user = self.session(Permission::Draft)?;
                return self.rollback(user, &id).map(Some);
            }
            ChangeCommand::Edit { id, wish } => {
                let user = self.session(Permission::Draft)?;
                let by = self.by(&user);
                self.handle(&id, Event::Edited { by: user, wish: Box::new(wish) }, by)?;
            }
            ChangeCommand::Simulate(id) => {
                let user = self.session(Permission::Simulate)?;
                self.simulate(user, &id)?;
            }
            ChangeCommand::Approve { id, user, password, reason } => {
                let digest = digest(self.change(&id)?);
                let approver = self.confirmed(&user, &password, Permission::Approve, &digest)?;
                let guards = Box::new(self.report(&id, Stage::Approval, &approver)?);
                let by = self.by(&approver);
                let approval =
                    Approval { approver, at: now, expires: now + self.policy.approval_valid, digest, reason };
                self.handle(&id, Event::Approved { approval, guards }, by)?;
            }
            ChangeCommand::Reject { id, user, password, why } => {
                let digest = digest(self.change(&id)?);
                let user = self.confirmed(&user, &password, Permission::Approve, &digest)?;
                let by = self.by(&user);
                self.handle(&id, Event::Rejected { by: user, why }, by)?;
            }
            ChangeCommand::Push { id, user, password } => {
                let digest = digest(self.change(&id)?);
                let user = self.confirmed(&user, &password, Permission::Push, &digest)?;
                let guards = Box::new(self.report(&id, Stage::Push, &user)?);
                let by = self.by(&user);
                self.handle(&id, Event::PushAsked { by: user, guards }, by)?;
            }
            ChangeCommand::Keep { id } => {
                let user = self.session(Permission::Keep)?;
                self.keep(user, &id)?;
            }
            ChangeCommand::Revert { id, why } => {
                let user = self.session(Permission::Revert)?;
                self.revert(user, &id, why)?;
            }
            ChangeCommand::TakeApprovalFile(path) => self.take_approval(&path)?,
            ChangeCommand::WriteChangeFile { id, path } => {
                let text = serde_json::to_string_pretty(self.change(&id)?).map_err(|error| error.to_string())?;
                fs::write(&path, text).map_err(|error| {
                    format!("{} cannot be written: {error}. Choose another folder.", path.display())
                })?;
            }
        }
        Ok(None)
    }

    pub(super) fn simulate(&mut self, user: UserName, id: &ChangeId) -> Result<(), String> {
        let guards = Box::new(self.report(id, Stage::Draft, &user)?);
        let by = self.by(&user);
        self.handle(id, Event::SimulateAsked { by: user, guards }, by)
    }

    pub(super) fn keep(&mut self, user: UserName, id: &ChangeId) -> Result<(), String> {
        let by = self.by(&user);
        self.handle(id, Event::KeepAsked { by: user }, by)
    }

    pub(super) fn revert(&mut self, user: UserName, id: &ChangeId, why: String) -> Result<(), String> {
        let by = self.by(&user);
        self.handle(id, Event::RevertAsked { by: user, why }, by)
    }

    pub(super) fn login(&mut self, user: &UserName, password: &Password) -> Result<(), String> {
        let now = self.wall.now();
        match self.door.login(&self.accounts, user.as_str(), password.expose(), now) {
            Ok(session) => {
                self.note(AuditKind::Login, &session.user);
                self.session = Some(session);
                Ok(())
            }
            Err(refusal) => {
                self.note(AuditKind::LoginFailed, user);
                Err(refusal.to_string())
            }
        }
    }

    pub(super) fn note(&mut self, what: AuditKind, user: &UserName) {
        let mut record = AuditRecord::new(self.wall.now(), what);
        (record.person, record.role) = (Some(user.clone()), self.by(user).role);
        if let Err(error) = self.executor.audit(&record) {
            lock(&self.shared).told.push(error.to_string());
        }
    }

    pub(super) fn draft(&mut self, user: UserName, wish: Wish) -> Result<ChangeId, String> {
        let (now, by) = (self.now(), self.by(&user));
        self.executor.draft(user, by.role, wish, now).map_err(|error| error.to_string())
    }

    pub(super) fn rollback(&mut self, user: UserName, id: &ChangeId) -> Result<ChangeId, String> {
        let wish = self.way_back(id)?;
        self.draft(user, wish)
    }

    /// The wish that brings back what a change began with.
    pub(super) fn way_back(&self, id: &ChangeId) -> Result<Wish, String> {
        let change = self.change(id)?;
        let mut wish = change.wish().clone();
        wish.title = format!("Back from {id}: {}", wish.title);
        wish.reason = format!("Roll back {id}");
        for setting in &mut wish.settings {
            let present = self.plant.present.get(&setting.signal).and_then(|present| present.value.as_f64());
            (setting.to, setting.from) = (setting.from, present.unwrap_or(setting.to));
        }
        Ok(wish)
    }

    pub(super) fn take_approval(&mut self, path: &Path) -> Result<(), String> {
        let unreadable = |error: std::io::Error| format!("{} cannot be read: {error}.", path.display());
        if fs::metadata(path).map_err(unreadable)?.len() > LARGEST_APPROVAL {
            return Err(format!("{} is too large for an approval.", path.display()));
        }
        let file = ApprovalFile::parse(&fs::read(path).map_err(unreadable)?).map_err(|refusal| refusal.to_string())?;
        let id = ChangeId::new(file.change())?;
        let (digest, requester) = {
            let change = self.change(&id)?;
            (digest(change), change.requester.clone())
        };
        let wanted = Wanted { change: id.as_str(), digest: &digest, requester: &requester };
        let now = self.wall.now();
        self.read_nonces()?;
        let used = self.nonces.get_or_insert_default();
        let statement = file.check(&self.accounts, wanted, now, used).map_err(|refusal| refusal.to_string())?;
        let approval = Approval {
            approver: statement.approver.clone(),
            // The clock of the other computer may be a little ahead.
            at: statement.at.min(now),
            expires: statement.expires,
            digest: statement.digest.clone(),
            reason: statement.reason.clone(),
        };
        let nonce = Some(statement.nonce.to_string());
        let guards = Box::new(self.report(&id, Stage::Approval, &approval.approver)?);
        let by = By { nonce: nonce.clone(), ..self.by(&approval.approver) };
        self.handle(&id, Event::Approved { approval, guards }, by)?;
        self.nonces.get_or_insert_default().extend(nonce);
        Ok(())
    }

    /// Reads the nonces that the audit log holds, once: nobody else writes to it.
    pub(super) fn read_nonces(&mut self) -> Result<(), String> {
        if self.nonces.is_none() {
            let unreadable = |words: String| {
                format!("The audit log cannot be read: {words}. No approval file and no order is taken.")
            };
            let log = File::open(&self.audit).map_err(|error| unreadable(error.to_string()))?;
            let entries: Result<Vec<_>, _> = Entries::new(BufReader::new(log)).collect();
            self.nonces = Some(used_nonces(entries.map_err(|error| unreadable(error.to_string()))?));
        }
        Ok(())
    }

    /// Who is logged in, with the right to do this.
    pub(super) fn session(&mut self, permission: Permission) -> Result<UserName, String> {
        let now = self.wall.now();
        self.session = self.session.take().filter(|session| session.holds(now));
        let session = self.session.clone().ok_or("Nobody is logged in. Log in at the top of the window.")?;
        let role = self.by(&session.user).role;
        if role.is_some_and(|role| may(role, permission)) {
            return Ok(session.user);
        }
        let least = permission.least_role().name();
        Err(format!("{} may not do this. Nothing was done. Ask someone who is {least}.", session.user))
    }

    /// Who gave the password just now, for this purpose and digest.
    pub(super) fn confirmed(
        &mut self,
        user: &UserName,
        password: &Password,
        purpose: Permission,
        digest: &str,
    ) -> Result<UserName, String> {
        let now = self.wall.now();
        let session = Session { user: user.clone(), role: purpose.least_role(), since: now };
        let confirmation = self.door.confirm(&self.accounts, &session, password.expose(), (purpose, digest), now);
        if confirmation.is_err() {
            self.note(AuditKind::LoginFailed, user);
        }
        let spent = confirmation.and_then(|confirmation| confirmation.spend(purpose, digest, now));
        spent.map_err(|refusal| refusal.to_string())
    }
}
