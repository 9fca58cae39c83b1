//! Writes and ways for the tests of links.

use std::time::Duration;

use chrono::Utc;

use super::{Way, WriteOutcome, WriteRequest};
use crate::domain::change::ChangeId;
use crate::domain::signal::SignalId;
use crate::domain::time::{Span, Timestamp};
use crate::domain::write_target::{WriteAddress, WriteIdentity, WriteTarget};

pub const SPEED: &str = "Line/Filler/Speed";

/// Between two looks, of which there are enough for anything that happens here.
const LOOK: Duration = Duration::from_millis(5);
const LOOKS: u32 = 4_000;

pub fn now() -> Timestamp {
    Timestamp::from_nanos(Utc::now().timestamp_nanos_opt().expect("before 2262"))
}

pub fn request(value: f64, sequence: u64, deadline_ms: i64) -> WriteRequest {
    WriteRequest {
        change: ChangeId::try_from("2026-11-30-1".to_owned()).expect("a name"),
        sequence,
        signal: SPEED.to_owned(),
        value,
        unit: "/min".to_owned(),
        expected: 600.0,
        deadline: Span::from_millis(deadline_ms),
    }
}

/// The way of [`SPEED`], signal 1, which shows itself.
pub fn way(target: WriteTarget) -> Way {
    Way {
        signal: SPEED.to_owned(),
        address: WriteAddress {
            signal: SignalId(1),
            source: "line1".to_owned(),
            identity: WriteIdentity::Reader,
            target,
            convert: None,
            idempotent: true,
        },
        readback: Some(SPEED.to_owned()),
        deadline: Span::from_secs(5),
    }
}

/// What became of a write that did not go well.
#[track_caller]
pub fn words(outcome: WriteOutcome) -> String {
    match outcome {
        WriteOutcome::NotSent(words) => format!("not sent: {words}"),
        WriteOutcome::Rejected(words) => format!("rejected: {words}"),
        WriteOutcome::Unknown(words) => format!("unknown: {words}"),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
pub fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    for _ in 0..LOOKS {
        if let Some(found) = found() {
            return found;
        }
        std::thread::park_timeout(LOOK);
    }
    panic!("{what} did not come");
}
