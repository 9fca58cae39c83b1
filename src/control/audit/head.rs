//! The head: how far the log went, told beside the log.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::line::GENESIS;
use super::replace::replace;

/// Number and hash of the last entry that the log is known to have had.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// 0 before the first entry.
    pub number: u64,
    /// In hex; 64 zeros before the first entry.
    pub hash: String,
}

/// Most bytes of a head file; it takes about a hundred.
const LARGEST: u64 = 1024;

impl Head {
    pub(super) fn before_the_first() -> Self {
        Self { number: 0, hash: GENESIS.to_owned() }
    }

    /// Reads the head file; none where there is no such file.
    ///
    /// # Errors
    /// When the file cannot be read or holds something else.
    pub fn read(path: &Path) -> io::Result<Option<Self>> {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut text = Vec::new();
        file.take(LARGEST).read_to_end(&mut text)?;
        Ok(Some(serde_json::from_slice(&text)?))
    }

    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        replace(path, &serde_json::to_vec(self)?)
    }
}
