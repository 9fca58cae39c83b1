//! What survives the end of this process: the changes and the audit log.

use crate::control::audit::{AuditError, AuditLog, Receipt};
use crate::control::store::{Store, StoreError, Stored};
use crate::domain::audit::AuditRecord;
use crate::domain::change::ChangeId;
use crate::domain::time::Timestamp;

/// Everything durable that the executor does. Each call is done when it returns.
pub(super) trait Disk: Send {
    fn put(&mut self, stored: &Stored) -> Result<(), StoreError>;
    fn append(&mut self, record: &AuditRecord) -> Result<Receipt, AuditError>;
    /// True after the log failed: it takes nothing any more.
    fn broken(&self) -> bool;
    fn free_id(&self, day: Timestamp) -> Result<ChangeId, String>;
}

/// The files of the project.
pub(super) struct Files {
    pub store: Store,
    pub log: AuditLog,
}

impl Disk for Files {
    fn put(&mut self, stored: &Stored) -> Result<(), StoreError> {
        self.store.put(stored)
    }

    fn append(&mut self, record: &AuditRecord) -> Result<Receipt, AuditError> {
        self.log.append(record)
    }

    fn broken(&self) -> bool {
        self.log.broken()
    }

    fn free_id(&self, day: Timestamp) -> Result<ChangeId, String> {
        self.store.free_id(day)
    }
}
