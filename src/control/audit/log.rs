//! The log as a file that only grows.
//!
//! An entry is on disk before `append` returns; only then may what it announces be done. After a failed write
//! the log takes nothing more, because what is on disk is no longer known.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use thiserror::Error;

use super::head::Head;
use super::line::{LONGEST, seal};
use super::replace::{private, sync_folder};
use super::verify::{Chain, Entries, Tamper, Tampering, VerifyError, set_back, verify_to_end};
use crate::domain::audit::AuditRecord;
use crate::domain::time::{Span, Timestamp};

#[cfg(test)]
mod tests;

/// How often a lock is tried that another process may be about to let go, and the time between two tries.
const LOCK_TRIES: u32 = 10;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// Bytes at the end of a log that are checked when it is opened: a few thousand entries.
const TAIL: u64 = 1024 * 1024;

/// An audit log that this process alone writes.
#[derive(Debug)]
pub struct AuditLog {
    path: PathBuf,
    file: File,
    chain: Chain,
    broken: bool,
    /// Held as long as the log is open.
    _lock: File,
}

/// A log that was just opened.
#[derive(Debug)]
pub struct Opened {
    pub log: AuditLog,
    /// The last entry that it holds.
    pub head: Head,
    /// Moment of that entry; none before the first.
    pub last_at: Option<Timestamp>,
    /// Bytes of a last line that had not been written to its end and was cut off: the program ended in the
    /// middle of `append`, and nothing was done on the strength of that line.
    pub cut_bytes: u64,
}

/// Says that an entry is on disk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    pub number: u64,
    pub hash: String,
    /// By how much the clock went back since the entry before, where that is more than the tolerance.
    pub set_back: Option<Span>,
}

#[derive(Error, Debug)]
pub enum AuditError {
    #[error(
        "{path} cannot be {doing}: {cause}. Without the audit log nothing is written to the plant. Make room on \
         the disk or check the rights of the folder, then start again."
    )]
    Io { path: String, doing: &'static str, cause: io::Error },
    #[error(
        "{path} is in use by another window of this program. Two cannot write one log, so this one cannot push \
         changes. Close the other one, or work from there."
    )]
    Locked { path: String },
    #[error(
        "{tampering} ({path}). Nothing is written to the plant while the log cannot be trusted. Keep the log and \
         its head as evidence, find out who changed them, and move both aside to begin a new log."
    )]
    Tampered { path: String, tampering: Tampering },
    #[error(
        "{path} could not be written before and takes no more entries. Nothing is written to the plant. Start \
         the program again when the disk is in order."
    )]
    Broken { path: String },
    #[error(
        "An audit entry of {bytes} bytes is longer than {LONGEST}. It was not written and nothing was done. \
         Shorten the reason."
    )]
    TooLong { bytes: usize },
}

impl AuditLog {
    /// Opens a log, or begins one, and keeps all others from writing to it. Checks its last part, and all of it
    /// where that is not in order. `audit.jsonl` has `audit.head` and `audit.lock` beside it.
    ///
    /// # Errors
    /// When it is open elsewhere, was tampered with, or cannot be read or written.
    pub fn open(path: &Path) -> Result<Opened, AuditError> {
        let failed = |doing| move |cause| AuditError::Io { path: path.display().to_string(), doing, cause };
        let lock = lock(path)?;
        let head_path = head_path(path);
        let head = Head::read(&head_path).map_err(failed("checked against its head"))?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        private(&mut options);
        let mut file = options.open(path).map_err(failed("opened"))?;
        let length = file.metadata().map_err(failed("read"))?.len();
        let head = match head {
            Some(head) => head,
            None if length == 0 => Head::before_the_first(),
            None => return Err(tampered(path, Tampering { line: 1, what: Tamper::NoHead })),
        };
        let (chain, cut_bytes) = check(&mut file, length, &head).map_err(|error| match error {
            VerifyError::Io(cause) => failed("read")(cause),
            VerifyError::Tampered(tampering) => tampered(path, tampering),
        })?;
        let whole = length.saturating_sub(cut_bytes);
        let settle = |file: &mut File| {
            file.set_len(whole)?;
            file.seek(SeekFrom::Start(whole))?;
            file.sync_all()?;
            chain.head().write(&head_path)?;
            sync_folder(path)
        };
        settle(&mut file).map_err(failed("written"))?;
        let head = chain.head();
        let last_at = (head.number > 0).then(|| chain.at());
        let log = Self { path: path.to_owned(), file, chain, broken: false, _lock: lock };
        Ok(Opened { log, head, last_at, cut_bytes })
    }

    /// Whether a desk has this log open at this moment.
    ///
    /// # Errors
    /// When that cannot be told.
    pub fn held(path: &Path) -> Result<bool, AuditError> {
        // Opening makes the file of the lock, so its folder has to be there.
        if !path.parent().is_some_and(Path::is_dir) {
            return Ok(false);
        }
        match lock(path) {
            Ok(_) => Ok(false),
            Err(AuditError::Locked { .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Writes a record as the next entry. It is on disk when this returns.
    ///
    /// # Errors
    /// When it is too long, which changes nothing, or cannot be written, after which the log takes no more.
    pub fn append(&mut self, record: &AuditRecord) -> Result<Receipt, AuditError> {
        let path = || self.path.display().to_string();
        if self.broken {
            return Err(AuditError::Broken { path: path() });
        }
        let failed = |cause| AuditError::Io { path: path(), doing: "written", cause };
        let before = self.chain.head();
        let number = before.number.saturating_add(1);
        let (line, hash) = seal(number, record, &before.hash).map_err(failed)?;
        if line.len() > LONGEST {
            return Err(AuditError::TooLong { bytes: line.len() });
        }
        self.broken = true;
        self.file.write_all(&line).and_then(|()| self.file.sync_data()).map_err(failed)?;
        Head { number, hash: hash.clone() }.write(&head_path(&self.path)).map_err(failed)?;
        self.broken = false;
        let set_back = set_back(self.chain.at(), record.at);
        self.chain.follow(number, hash.clone(), record.at);
        Ok(Receipt { number, hash, set_back })
    }

    /// Whether a write failed, after which nothing may be written to the plant.
    pub fn broken(&self) -> bool {
        self.broken
    }
}

/// Where the head of a log stands.
pub(super) fn head_path(log: &Path) -> PathBuf {
    log.with_extension("head")
}

fn tampered(path: &Path, tampering: Tampering) -> AuditError {
    AuditError::Tampered { path: path.display().to_string(), tampering }
}

/// A file of its own, because Windows would keep readers from a locked log.
fn lock(path: &Path) -> Result<File, AuditError> {
    let shown = || path.display().to_string();
    let failed = |cause| AuditError::Io { path: shown(), doing: "locked", cause };
    let lock = OpenOptions::new().write(true).create(true).truncate(false).open(path.with_extension("lock"));
    let lock = lock.map_err(failed)?;
    // A window that closes, or a process that was being started while the last one did, lets go in a moment.
    let mut left = LOCK_TRIES;
    loop {
        left -= 1;
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) if left > 0 => thread::sleep(LOCK_PAUSE),
            Err(TryLockError::WouldBlock) => return Err(AuditError::Locked { path: shown() }),
            Err(TryLockError::Error(cause)) => return Err(failed(cause)),
        }
    }
}

/// The end of the chain and the bytes of a torn line after it.
fn check(file: &mut File, length: u64, head: &Head) -> Result<(Chain, u64), VerifyError> {
    if length > TAIL
        && let Some(end) = check_tail(file, length - TAIL, head)?
    {
        return Ok(end);
    }
    file.rewind()?;
    let (summary, chain) = verify_to_end(BufReader::new(file), Some(head))?;
    Ok((chain, summary.torn_bytes))
}

/// None where the last part is not in order, or does not hold the entry that the head names.
fn check_tail(file: &mut File, from: u64, head: &Head) -> io::Result<Option<(Chain, u64)>> {
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail)?;
    let Some((_, lines)) = tail.iter().position(|byte| *byte == b'\n').and_then(|end| tail.split_at_checked(end + 1))
    else {
        return Ok(None);
    };
    let mut entries = Entries::from_the_middle(lines);
    let mut found = false;
    for entry in &mut entries {
        let Ok(entry) = entry else { return Ok(None) };
        found |= entry.number == head.number && entry.hash == head.hash;
    }
    Ok(found.then(|| entries.into_end()))
}
