//! One entry as one line, and its hash. The form is told in the module above.

use std::io;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::domain::audit::{AuditEntry, AuditRecord};

#[cfg(test)]
mod tests;

/// Most bytes of a line with its line feed. A longer one is not written and not read.
pub(super) const LONGEST: usize = 64 * 1024;

/// Stands where the first entry names the one before it.
pub(super) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// An entry without its hash: what is hashed.
#[derive(Serialize)]
struct Body<'a> {
    number: u64,
    #[serde(flatten)]
    record: &'a AuditRecord,
    previous: &'a str,
}

/// Why a line is no entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wrong {
    /// Its hash is another one than it says, or there is none.
    Hash,
    /// Its hash is right, but it does not say what an entry has to say.
    Words,
}

/// The line of a record, with its line feed, and its hash.
pub(super) fn seal(number: u64, record: &AuditRecord, previous: &str) -> io::Result<(Vec<u8>, String)> {
    let mut line = serde_json::to_vec(&Body { number, record, previous })?;
    let hash = format!("{:x}", Sha256::digest(&line));
    line.pop();
    line.extend_from_slice(tail(&hash).as_bytes());
    line.push(b'\n');
    Ok((line, hash))
}

/// The entry of a line without its line feed.
pub(super) fn unseal(line: &[u8]) -> Result<AuditEntry, Wrong> {
    let body = line.len().checked_sub(tail(GENESIS).len()).ok_or(Wrong::Hash)?;
    let (body, end) = line.split_at_checked(body).ok_or(Wrong::Hash)?;
    let hash = format!("{:x}", Sha256::new().chain_update(body).chain_update(b"}").finalize());
    if end != tail(&hash).as_bytes() {
        return Err(Wrong::Hash);
    }
    serde_json::from_slice(line).map_err(|_| Wrong::Words)
}

fn tail(hash: &str) -> String {
    format!(r#","hash":"{hash}"}}"#)
}
