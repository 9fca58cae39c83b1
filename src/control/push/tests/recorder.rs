//! What is on disk and in the plant after each thing that was done: where the process could have ended.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::plant::{Plant, Shared};
use crate::control::audit::{AuditError, Receipt};
use crate::control::push::disk::{Disk, Files};
use crate::control::store::{StoreError, Stored};
use crate::domain::audit::AuditRecord;
use crate::domain::change::ChangeId;
use crate::domain::time::Timestamp;

#[derive(Clone)]
pub struct Snapshot {
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    pub plant: Plant,
}

/// Keeps snapshots of a folder, where it is told to.
#[derive(Clone)]
pub struct Recorder {
    folder: PathBuf,
    kept: Option<Arc<Mutex<Vec<Snapshot>>>>,
}

/// Files that are looked at after each operation, and that may fail.
pub struct WatchedFiles {
    pub files: Files,
    pub plant: Shared,
    pub recorder: Recorder,
    pub fails: Arc<Mutex<Fails>>,
}

#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Fails {
    pub store: bool,
    pub log: bool,
}

impl Snapshot {
    pub fn restore(&self, folder: &Path) {
        for (path, bytes) in &self.files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, bytes).expect("a file");
        }
    }
}

impl Recorder {
    pub fn new(folder: &Path, keeps: bool) -> Self {
        Self { folder: folder.to_owned(), kept: keeps.then(Arc::default) }
    }

    pub fn snapshot(&self, plant: &Shared) {
        let Some(kept) = &self.kept else { return };
        let mut files = BTreeMap::new();
        for folder in ["", "changes"] {
            for entry in fs::read_dir(self.folder.join(folder)).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_file() {
                    let name = path.strip_prefix(&self.folder).expect("a path inside").to_owned();
                    files.insert(name, fs::read(&path).expect("a file"));
                }
            }
        }
        kept.lock().expect("snapshots").push(Snapshot { files, plant: plant.lock().clone() });
    }

    pub fn take(&self) -> Vec<Snapshot> {
        self.kept.as_ref().map(|kept| std::mem::take(&mut *kept.lock().expect("snapshots"))).unwrap_or_default()
    }
}

impl WatchedFiles {
    fn fails(&self) -> Fails {
        *self.fails.lock().expect("faults")
    }

    fn full() -> std::io::Error {
        std::io::Error::other("the disk is full")
    }
}

impl Disk for WatchedFiles {
    fn put(&mut self, stored: &Stored) -> Result<(), StoreError> {
        if self.fails().store {
            return Err(StoreError::Io { path: "changes".into(), doing: "written", cause: Self::full() });
        }
        self.files.put(stored)?;
        self.recorder.snapshot(&self.plant);
        Ok(())
    }

    fn append(&mut self, record: &AuditRecord) -> Result<Receipt, AuditError> {
        if self.fails().log {
            return Err(AuditError::Io { path: "audit.jsonl".into(), doing: "written", cause: Self::full() });
        }
        let receipt = self.files.append(record)?;
        self.recorder.snapshot(&self.plant);
        Ok(receipt)
    }

    fn broken(&self) -> bool {
        self.fails().log || self.files.broken()
    }

    fn free_id(&self, day: Timestamp) -> Result<ChangeId, String> {
        self.files.free_id(day)
    }
}
