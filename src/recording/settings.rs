//! How a recorder works, what it records, and why it may not.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use super::format::Head;
use super::snapshot::ProjectFiles;
use super::writer::WriteError;
use crate::domain::catalog::Catalog;
use crate::domain::time::{Span, Timestamp};

/// How a recorder works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where recordings go that are given no name.
    pub folder: PathBuf,
    /// A new file is begun when one has become so large or so long.
    pub part_bytes: u64,
    pub part_span: Span,
    /// What the ring holds at the most.
    pub ring_span: Span,
    pub ring_bytes: usize,
    /// With less free space than this a file is ended while it still can be.
    pub least_free: u64,
    /// Free space of the disk that a path is on; a setting, so that a full disk can be tested.
    pub free_space: fn(&Path) -> Option<u64>,
}

impl Settings {
    /// Parts of a day or 16 GiB, a ring of half an hour in at most 256 MiB, 64 MiB kept free.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            part_bytes: 16 << 30,
            part_span: Span::from_secs(24 * 3600),
            ring_span: Span::from_secs(1800),
            ring_bytes: 256 << 20,
            least_free: 64 << 20,
            free_space: |path| fs4::available_space(path).ok(),
        }
    }
}

/// What is recorded: all that a file says of itself.
#[derive(Clone, Default, Debug)]
pub struct Description {
    pub site: String,
    pub catalog: Arc<Catalog>,
    pub project: ProjectFiles,
    /// Plant time less wall time.
    pub clock_offset: Span,
}

impl Description {
    /// The head of a file that begins now.
    pub(super) fn head(&self, id: &str, part: u32, now: Timestamp) -> Head {
        Head {
            site: self.site.clone(),
            id: id.to_owned(),
            part,
            started: now,
            clock_offset: self.clock_offset,
            program: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// Why something is not recorded, for the person.
#[derive(Error, Debug)]
pub enum RecordError {
    #[error("{path} cannot be created: {cause}. Choose another folder or file name.", path = .path.display())]
    Create { path: PathBuf, cause: io::Error },
    #[error("Only {free} MiB are free on the disk of {path}. Free some space, or record to another disk.", path = .path.display())]
    NoSpace { path: PathBuf, free: u64 },
    #[error("{path} cannot be written: {cause}.", path = .path.display())]
    Write { path: PathBuf, cause: WriteError },
    #[error("The ring holds nothing yet: no value has arrived.")]
    NothingKept,
}
