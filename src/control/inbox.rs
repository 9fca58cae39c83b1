//! The inbox of a plant: a folder in which orders are laid beside the desk that holds the plant.
//!
//! | file | laid by | holds |
//! |---|---|---|
//! | `NONCE.order` | who orders, whole or not at all | an order, as `people::order` tells it |
//! | `NONCE.answer` | the desk, likewise | `{"done": true, "change": "C-2026-11-25-0003", "words": ""}` |
//!
//! NONCE are the 32 hex digits of the nonce of the order. The desk takes an order out of the folder before it does
//! anything, so that no end of the program carries it out twice. Who ordered deletes the answer, or else the desk a
//! minute later. Everything else in the folder is left alone: links, folders, files of other names.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::audit::replace;
use super::people::{Hex, LARGEST_ORDER, OrderFile, OrderRefusal};
use crate::domain::change::ChangeId;
use crate::domain::time::{Span, Timestamp};

#[cfg(test)]
mod tests;

const ORDER: &str = ".order";
const ANSWER: &str = ".answer";
/// What `replace` calls a file that is not whole yet.
const PART: &str = ".part";
/// Most files that are looked at, and most orders that are taken, at a time. The others wait.
const MOST_SEEN: usize = 256;
const MOST_TAKEN: usize = 8;
/// How long an answer waits for whoever ordered.
const ANSWER_WAITS: Span = Span::from_secs(60);
/// Most bytes of an answer that are read.
const LARGEST_ANSWER: u64 = 64 * 1024;

/// The folder, as the desk has it.
#[derive(Debug)]
pub struct Inbox {
    folder: PathBuf,
    /// Something foreign lies there and was told.
    told: bool,
    answered: VecDeque<(Timestamp, PathBuf)>,
}

/// What lay in the folder.
#[derive(Default, Debug)]
pub struct Found {
    /// By the nonce in the name of the file.
    pub orders: Vec<(Hex<16>, Result<OrderFile, OrderRefusal>)>,
    /// What does not belong there, in words; once.
    pub notice: Option<String>,
}

/// What became of an order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OrderAnswer {
    pub done: bool,
    /// The change that was drafted.
    pub change: Option<ChangeId>,
    /// Why it was not done; empty where it was.
    pub words: String,
}

impl Inbox {
    /// Makes the folder where there is none, and forgets the answers of earlier desks.
    ///
    /// # Errors
    /// When the folder cannot be made or listed.
    pub fn open(folder: &Path) -> io::Result<Self> {
        make_private(folder)?;
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if nonce_of(&path, ANSWER).is_some() {
                // One that stays is in nobody's way.
                _ = fs::remove_file(path);
            }
        }
        Ok(Self { folder: folder.to_owned(), told: false, answered: VecDeque::new() })
    }

    /// Takes the orders out of the folder. A folder that cannot be read holds none.
    pub fn look(&mut self, now: Timestamp) -> Found {
        while let Some((_, path)) = self.answered.pop_front_if(|(at, _)| now - *at > ANSWER_WAITS) {
            _ = fs::remove_file(path);
        }
        let mut found = Found::default();
        let Ok(entries) = fs::read_dir(&self.folder) else { return found };
        for path in entries.take(MOST_SEEN).filter_map(|entry| Some(entry.ok()?.path())) {
            let ours = nonce_of(&path, ANSWER).is_some() || path.extension().is_some_and(|it| it == &PART[1..]);
            if ours || found.orders.len() >= MOST_TAKEN {
                continue;
            }
            match nonce_of(&path, ORDER).and_then(|nonce| Some((nonce, take(&path)?))) {
                Some(taken) => found.orders.push(taken),
                None if self.told => {}
                None => {
                    self.told = true;
                    found.notice = Some(format!(
                        "{} is no order, or cannot be taken. It is left where it is and never carried out. Find out \
                         who put it there.",
                        path.display()
                    ));
                }
            }
        }
        found
    }

    /// Tells whoever ordered what became of it.
    ///
    /// # Errors
    /// When it cannot be written; what was done stays done.
    pub fn answer(&mut self, nonce: Hex<16>, answer: &OrderAnswer, now: Timestamp) -> io::Result<()> {
        let path = self.folder.join(format!("{nonce}{ANSWER}"));
        replace(&path, &serde_json::to_vec(answer)?)?;
        self.answered.push_back((now, path));
        Ok(())
    }
}

/// Lays an order into the inbox of a plant.
///
/// # Errors
/// When it cannot be written.
pub fn send(folder: &Path, order: &OrderFile) -> io::Result<()> {
    replace(&folder.join(format!("{}{ORDER}", order.nonce())), order.to_json()?.as_bytes())
}

/// Takes an order back; false where the desk has taken it already.
pub fn withdraw(folder: &Path, nonce: Hex<16>) -> bool {
    fs::remove_file(folder.join(format!("{nonce}{ORDER}"))).is_ok()
}

/// Takes the answer to an order; none as long as there is none.
///
/// # Errors
/// When it is there and cannot be read.
pub fn take_answer(folder: &Path, nonce: Hex<16>) -> io::Result<Option<OrderAnswer>> {
    let path = folder.join(format!("{nonce}{ANSWER}"));
    let file = match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut text = Vec::new();
    file.take(LARGEST_ANSWER).read_to_end(&mut text)?;
    _ = fs::remove_file(&path);
    Ok(Some(serde_json::from_slice(&text)?))
}

/// The nonce in the name of a file.
fn nonce_of(path: &Path, ending: &str) -> Option<Hex<16>> {
    let name = path.file_name()?.to_str()?.strip_suffix(ending)?;
    Hex::try_from(name.to_owned()).ok()
}

/// What a file holds, which is then gone. None where it is no file or stays.
fn take(path: &Path) -> Option<Result<OrderFile, OrderRefusal>> {
    // Of the entry itself: a link could lead anywhere, and a pipe would hold up the desk.
    if !fs::symlink_metadata(path).ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    file.take(LARGEST_ORDER as u64 + 1).read_to_end(&mut bytes).ok()?;
    fs::remove_file(path).ok()?;
    Some(OrderFile::parse(&bytes))
}

/// On Unix only its owner may look into it or lay something there.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
