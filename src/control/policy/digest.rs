//! The digest of what an approval binds.
//!
//! It is SHA-256, in hex, of the line `twinscope change 1`, a line feed, and this as JSON without spaces, fields in
//! the order of the types: `{"id","requester","wish","evidence"}`, where `evidence` is SHA-256, in hex, of
//! the evidence as JSON, or null. Whoever has the change as a file can compute it anew.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::domain::change::{ChangeRequest, Wish};

const PREFIX: &str = "twinscope change 1\n";

#[derive(Serialize)]
struct Bound<'a> {
    id: &'a str,
    requester: &'a str,
    wish: &'a Wish,
    evidence: Option<String>,
}

/// SHA-256 in hex of what an approval of this change binds: who asks for what and why, the trial, and what the
/// copy said about it.
pub fn digest(change: &ChangeRequest) -> String {
    let bound = Bound {
        id: change.id.as_str(),
        requester: change.requester.as_str(),
        wish: change.wish(),
        evidence: change.evidence().map(|evidence| hex(&[&json(evidence)])),
    };
    hex(&[PREFIX, &json(&bound)])
}

/// Only a type that cannot be JSON has none, which these are not; such a digest equals no other.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn hex(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
