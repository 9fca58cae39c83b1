//! Logs for tests.

use std::sync::Arc;

use super::line::{GENESIS, seal};
use super::{Entries, Head, verify};
use crate::domain::audit::{AuditEntry, AuditKind, AuditRecord};
use crate::domain::person::{Role, UserName};
use crate::domain::time::{Span, Timestamp};
use crate::domain::value::Value;

/// 2026-11-25T04:00:00Z.
pub const START: Timestamp = Timestamp::from_millis(1_795_579_200_000);

/// A record with something in every field.
pub fn full(second: i64) -> AuditRecord {
    AuditRecord {
        person: UserName::new("ann.lee").ok(),
        role: Some(Role::Operator),
        change: Some("C-2026-11-25-0003".to_owned()),
        signal: Some("Dairy/Line1/Filler/Speed".to_owned()),
        from: Some(Value::Real(120.0)),
        to: Some(Value::Real(125.5)),
        unit: Some("1/min".to_owned()),
        sequence: Some(7),
        reason: "Größere Flaschen, \"1 L\"".to_owned(),
        model_digest: Some("ab".repeat(32)),
        project_digest: Some("cd".repeat(32)),
        nonce: Some("ef".repeat(16)),
        outcome: "sent".to_owned(),
        ..AuditRecord::new(START + Span::from_secs(second), AuditKind::WriteIntended)
    }
}

/// The lines of a sound log, each with its line feed; one full record and short ones in turn.
pub fn lines(count: u64) -> Vec<Vec<u8>> {
    let mut previous: Arc<str> = GENESIS.into();
    (1..=count)
        .map(|number| {
            let second = number as i64;
            let record = match number % 3 {
                2 => full(second),
                _ => AuditRecord::new(START + Span::from_secs(second), AuditKind::ReadBack),
            };
            let (line, hash) = seal(number, &record, &previous).expect("a line");
            previous = hash.into();
            line
        })
        .collect()
}

/// The entries of a sound log.
pub fn entries(log: &[u8]) -> Vec<AuditEntry> {
    Entries::new(log).collect::<Result<_, _>>().expect("a sound log")
}

/// The head of a sound log.
pub fn head(lines: &[Vec<u8>]) -> Head {
    verify(lines.concat().as_slice(), None).expect("a sound log").head
}
