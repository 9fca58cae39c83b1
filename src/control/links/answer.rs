//! What the plant says of a command, the same over all protocols that leave that to the plant: a JSON document
//! `{"status": "accepted" | "clamped" | "rejected", "reason": "…"}`, where `reason` may be missing.

use serde::Deserialize;

use super::WriteOutcome;
use crate::protocol::decode::excerpt_to;

/// Answers beyond this are not read.
pub const LARGEST_ANSWER_BYTES: usize = 64 << 10;

/// Of what the plant says in its own words.
const LONGEST_WORDS: usize = 200;

#[derive(Deserialize)]
struct Answer {
    status: Status,
    #[serde(default)]
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Accepted,
    Clamped,
    Rejected,
}

/// What an answer says; none where it is of another kind.
pub fn outcome(payload: &[u8]) -> Option<WriteOutcome> {
    let small = Some(payload).filter(|payload| payload.len() <= LARGEST_ANSWER_BYTES)?;
    let Answer { status, reason } = serde_json::from_slice(small).ok()?;
    Some(match status {
        Status::Accepted => WriteOutcome::Accepted,
        Status::Clamped => WriteOutcome::Clamped,
        Status::Rejected => WriteOutcome::Rejected(match reason.filter(|reason| !reason.trim().is_empty()) {
            Some(reason) => format!("the plant rejected it: {}", excerpt_to(LONGEST_WORDS, reason.trim())),
            None => "the plant rejected it and gave no reason".to_owned(),
        }),
    })
}

/// The beginning of an answer in the words of the plant, in quotes, for messages.
pub fn quoted(payload: &[u8]) -> String {
    let text = String::from_utf8_lossy(payload.get(..LARGEST_ANSWER_BYTES).unwrap_or(payload));
    format!("\"{}\"", excerpt_to(LONGEST_WORDS, text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_what_became_of_the_write() {
        let said = |text: &str| outcome(text.as_bytes());
        assert_eq!(said(r#"{"status":"accepted"}"#), Some(WriteOutcome::Accepted));
        assert_eq!(said(r#"{"status":"clamped","reason":null,"held":600}"#), Some(WriteOutcome::Clamped));
        let because = |words: &str| Some(WriteOutcome::Rejected(format!("the plant rejected it{words}")));
        assert_eq!(said(r#"{"reason":" in\nHOLD ","status":"rejected"}"#), because(": in HOLD"));
        assert_eq!(said(r#"{"status":"rejected"}"#), because(" and gave no reason"));
        let long = format!(r#"{{"status":"rejected","reason":"{}"}}"#, "x".repeat(10_000));
        assert!(matches!(said(&long), Some(WriteOutcome::Rejected(words)) if words.chars().count() < 300));
    }

    #[test]
    fn what_is_no_answer_says_nothing() {
        for text in
            ["", "ok", "accepted", r#""accepted""#, "{}", r#"{"status":"ACCEPTED"}"#, r#"{"status":"done"}"#, "[]"]
        {
            assert_eq!(outcome(text.as_bytes()), None, "{text}");
        }
        let big = format!(r#"{{"status":"accepted","x":"{}"}}"#, "x".repeat(LARGEST_ANSWER_BYTES));
        assert_eq!(outcome(big.as_bytes()), None);
        assert_eq!(outcome(&[0xff, 0xfe]), None);
        assert_eq!(quoted(&[b'a', 0xff, b'\n', b'b']), "\"a\u{fffd} b\"");
    }
}
