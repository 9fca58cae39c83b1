//! The audit log: one line of JSON per entry, each bound to the one before by its hash.
//!
//! A line is an `AuditEntry` without spaces, its fields in the order of the type, absent ones as null.
//! What is hashed is the line without its last field: take the text before `,"hash":"`, add `}`.
//! By hand: `head -1 audit.jsonl | sed 's/,"hash":"[0-9a-f]*"}$/}/' | tr -d '\n' | sha256sum`
//!
//! The chain shows what was changed inside. That nothing was cut off at the end is shown by the head, number
//! and hash of the last entry, in a file beside the log. There is no secret in either: whoever may write to
//! both can forge both, and is found out by a head that was kept elsewhere, in a recording or on paper.

mod compare;
mod export;
mod head;
mod line;
mod log;
mod replace;
mod show;
mod verify;

#[cfg(test)]
mod testing;

pub use compare::{Compared, compare};
pub use export::{write_csv, write_json_lines};
pub use head::Head;
pub use log::{AuditError, AuditLog, Opened, Receipt};
pub(in crate::control) use replace::replace;
pub use show::{Filter, text, used_nonces};
pub use verify::{CLOCK_TOLERANCE, Entries, StepBack, Summary, Tamper, Tampering, VerifyError, verify};
