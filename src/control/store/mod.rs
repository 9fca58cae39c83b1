//! Change requests on disk: one JSON file each in a folder of their own, replaced whole and never deleted.
//!
//! A file also holds the audit records of its last step until it is known that the log has them: so no end of
//! the program at any point lets a change go on without its records.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::control::audit::replace;
use crate::domain::audit::AuditRecord;
use crate::domain::change::{ChangeId, ChangeRequest};
use crate::domain::time::Timestamp;

#[cfg(test)]
mod tests;

/// Most bytes of a file. A change with bands for sixteen signals over a shift takes about one million.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Most files of a folder; all of them are held in memory.
const MOST: usize = 10_000;

/// The folder of the changes.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    /// Names of all changes, also of those that cannot be read.
    names: BTreeSet<String>,
}

/// A change as it is kept.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Stored {
    pub change: ChangeRequest,
    pub owed: Owed,
}

/// Audit records that belong to the last step of a change.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct Owed {
    /// They follow the entry with this number without a gap. None: the log took nothing when they were made.
    pub after: Option<u64>,
    pub records: Vec<AuditRecord>,
}

/// What was found in the folder.
#[derive(Debug)]
pub struct Loaded {
    pub store: Store,
    /// By name.
    pub changes: Vec<Stored>,
    /// Files that stay where they are: each is told, because a change that acts on the plant may be in it.
    pub unreadable: Vec<Unreadable>,
}

#[derive(Error, Clone, PartialEq, Eq, Debug)]
#[error(
    "The change in {path} cannot be read: {why}. It is not shown, and where it was on the way nobody takes it back. \
     See the audit log for what it wrote, look at the equipment, and restore the file from a backup or move it aside."
)]
pub struct Unreadable {
    pub path: String,
    pub why: String,
}

#[derive(Error, Debug)]
pub enum StoreError {
    #[error(
        "{path} cannot be {doing}: {cause}. The change stays as it was, and nothing is written to the plant that is \
         not kept first. Make room on the disk or check the rights of the folder, then try again."
    )]
    Io { path: String, doing: &'static str, cause: io::Error },
    #[error(
        "The change {id} cannot be kept: {why}. It stays as it was. Write its numbers anew; they have to be finite."
    )]
    Unsound { id: ChangeId, why: String },
    #[error(
        "{path} holds more than {MOST} changes. They are not loaded, and no change can be pushed. Move those that are \
         over to another folder."
    )]
    Full { path: String },
}

impl Owed {
    /// Forgets the records that a log of this many entries has.
    pub fn forget(&mut self, entries: u64) {
        let Some(after) = self.after else { return };
        let had = usize::try_from(entries.saturating_sub(after)).unwrap_or(usize::MAX).min(self.records.len());
        self.records.drain(..had);
        self.after = Some(entries);
    }
}

impl Store {
    /// Opens the folder, makes it where there is none, and reads all changes.
    ///
    /// # Errors
    /// When the folder cannot be made or listed, or holds too much. A file that cannot be read is no error.
    pub fn open(folder: &Path) -> Result<Loaded, StoreError> {
        let shown = || folder.display().to_string();
        let failed = |doing| move |cause| StoreError::Io { path: folder.display().to_string(), doing, cause };
        fs::create_dir_all(folder).map_err(failed("made"))?;
        let mut names = BTreeSet::new();
        for entry in fs::read_dir(folder).map_err(failed("listed"))? {
            let name = entry.map_err(failed("listed"))?.file_name();
            if let Some(name) = name.to_string_lossy().strip_suffix(".json") {
                names.insert(name.to_owned());
            }
            if names.len() > MOST {
                return Err(StoreError::Full { path: shown() });
            }
        }
        let store = Self { folder: folder.to_owned(), names };
        let (mut changes, mut unreadable) = (Vec::new(), Vec::new());
        for name in &store.names {
            let path = store.path(name);
            match read(&path, name) {
                Ok(stored) => changes.push(stored),
                Err(why) => unreadable.push(Unreadable { path: path.display().to_string(), why }),
            }
        }
        Ok(Loaded { store, changes, unreadable })
    }

    /// Keeps a change. It is on disk when this returns, and as it was before in every other case.
    ///
    /// # Errors
    /// When it cannot be written, or would not be read again as it is.
    pub fn put(&mut self, stored: &Stored) -> Result<(), StoreError> {
        let unsound = |why: String| StoreError::Unsound { id: stored.change.id.clone(), why };
        let text = serde_json::to_vec(stored).map_err(|error| unsound(error.to_string()))?;
        if text.len() as u64 > LARGEST {
            return Err(unsound(format!("it takes more than {} MiB", LARGEST / 1024 / 1024)));
        }
        if serde_json::from_slice::<Stored>(&text).ok().as_ref() != Some(stored) {
            return Err(unsound("it holds a number that is none".to_owned()));
        }
        let name = stored.change.id.as_str();
        let path = self.path(name);
        let written = replace(&path, &text).and_then(|()| sync(&self.folder));
        written.map_err(|cause| StoreError::Io { path: path.display().to_string(), doing: "written", cause })?;
        self.names.insert(name.to_owned());
        Ok(())
    }

    /// The next name of this day that no file had yet, readable or not.
    ///
    /// # Errors
    /// In words, when the numbers of the day are used up.
    pub fn free_id(&self, day: Timestamp) -> Result<ChangeId, String> {
        let prefix = format!("C-{}-", day.to_utc().format("%Y-%m-%d"));
        let numbers = self.names.iter().filter_map(|name| name.strip_prefix(&prefix)?.parse::<u64>().ok());
        let next = numbers.max().unwrap_or(0).checked_add(1).ok_or("no number of this day is left")?;
        ChangeId::new(&format!("{prefix}{next:04}"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }
}

/// Reads one change of a folder, as it is at this moment.
///
/// # Errors
/// When there is none of this name, or it cannot be read.
pub fn load(folder: &Path, id: &ChangeId) -> Result<ChangeRequest, Unreadable> {
    let path = folder.join(format!("{id}.json"));
    let shown = || path.display().to_string();
    read(&path, id.as_str()).map(|stored| stored.change).map_err(|why| Unreadable { path: shown(), why })
}

fn read(path: &Path, name: &str) -> Result<Stored, String> {
    if !fs::metadata(path).map_err(|error| error.to_string())?.is_file() {
        return Err("it is no file".to_owned());
    }
    let mut text = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(LARGEST + 1).read_to_end(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > LARGEST {
        return Err(format!("it takes more than {} MiB", LARGEST / 1024 / 1024));
    }
    let stored: Stored = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    match stored.change.id.as_str() {
        id if id == name => Ok(stored),
        id => Err(format!("it holds {id}, which is not its name")),
    }
}

/// Makes the new name survive a loss of power. Elsewhere than on Unix the system sees to it.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
