//! What all readers of foreign files share: where signals and samples go, and what is told of
//! pieces that could not be read.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;

use thiserror::Error;

use crate::domain::catalog::Catalog;
use crate::domain::signal::{Sample, Signal, SignalId};

/// What an import hands over, in the order in which it is found: a signal before its samples.
#[derive(Debug)]
pub enum Found<'a> {
    Signal(SignalId, &'a Signal),
    Sample(Sample),
}

/// The receiver wants no more: the import was cancelled, or cannot be written on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stopped;

/// Takes what is found. Told how far the reading is, 0 to 1, with each piece.
pub type Take<'a> = dyn FnMut(Found, f64) -> Result<(), Stopped> + 'a;

/// The way in for all readers of foreign files.
pub struct Intake<'a> {
    take: &'a mut Take<'a>,
    pub catalog: Catalog,
    pub report: ImportReport,
    /// How far the reading is, 0 to 1.
    pub progress: f64,
}

/// What an import found, and what it could not read.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct ImportReport {
    pub signals: usize,
    pub samples: u64,
    /// What could not be read, in words with its place, and how often; the first kinds only.
    pub problems: BTreeMap<String, u64>,
    /// Problems of further kinds.
    pub more_problems: u64,
}

/// Kinds of problems that are told apart.
const PROBLEMS_KEPT: usize = 50;

/// Why a file gives nothing at all.
#[derive(Error, Debug)]
pub enum ImportError {
    #[error("{path} cannot be read: {cause}. Check that it exists and may be read.", path = .path.display())]
    Read { path: PathBuf, cause: std::io::Error },
    #[error("{path} {what}. {action}", path = .path.display())]
    Content { path: PathBuf, what: String, action: String },
    #[error("the import was stopped")]
    Stopped,
}

impl From<Stopped> for ImportError {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl<'a> Intake<'a> {
    pub fn new(take: &'a mut Take<'a>) -> Self {
        Self { take, catalog: Catalog::default(), report: ImportReport::default(), progress: 0.0 }
    }

    /// The number of a signal, which is handed over when it is new. A second signal of the same
    /// path is the same signal.
    ///
    /// # Errors
    /// When the receiver wants no more.
    pub fn signal(&mut self, signal: Signal) -> Result<SignalId, Stopped> {
        let known = self.catalog.len();
        let id = self.catalog.intern(signal);
        if self.catalog.len() > known
            && let Some(signal) = self.catalog.get(id)
        {
            self.report.signals += 1;
            (self.take)(Found::Signal(id, signal), self.progress)?;
        }
        Ok(id)
    }

    /// Hands a sample over.
    ///
    /// # Errors
    /// When the receiver wants no more.
    pub fn sample(&mut self, sample: Sample) -> Result<(), Stopped> {
        self.report.samples += 1;
        (self.take)(Found::Sample(sample), self.progress)
    }

    /// Notes something that could not be read; the rest goes on. Problems in the same words are
    /// counted, so words should name the kind and the first place, not each row.
    pub fn problem(&mut self, words: String) {
        let known = self.report.problems.len();
        match self.report.problems.entry(words) {
            Entry::Occupied(mut count) => *count.get_mut() += 1,
            Entry::Vacant(place) if known < PROBLEMS_KEPT => {
                place.insert(1);
            }
            Entry::Vacant(_) => self.report.more_problems += 1,
        }
    }
}
