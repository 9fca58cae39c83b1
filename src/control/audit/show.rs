//! Entries for people: which of them, and as a line of text.

use std::collections::BTreeSet;
use std::fmt::Write;

use chrono::SecondsFormat;

use crate::domain::audit::AuditEntry;
use crate::domain::person::UserName;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;

/// Which entries are asked for. What is none lets everything through.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Filter {
    /// Id of a change request.
    pub change: Option<String>,
    pub person: Option<UserName>,
    /// First moment.
    pub from: Option<Timestamp>,
    /// Last moment, which counts too.
    pub to: Option<Timestamp>,
}

impl Filter {
    pub fn passes(&self, entry: &AuditEntry) -> bool {
        let record = &entry.record;
        self.change.as_ref().is_none_or(|change| record.change.as_ref() == Some(change))
            && self.person.as_ref().is_none_or(|person| record.person.as_ref() == Some(person))
            && self.from.is_none_or(|from| record.at >= from)
            && self.to.is_none_or(|to| record.at <= to)
    }
}

/// One line for a person, times in UTC. Characters that steer a terminal or turn the direction of reading become
/// spaces.
pub fn text(entry: &AuditEntry) -> String {
    let record = &entry.record;
    let at = record.at.to_utc().to_rfc3339_opts(SecondsFormat::Millis, true);
    let mut line = format!("{at}  {:>6}  {}", entry.number, record.what.name().replace('_', " "));
    let mut tell = |text: std::fmt::Arguments<'_>| line.write_fmt(text).unwrap_or_default();
    if let Some(change) = &record.change {
        tell(format_args!("  {change}"));
    }
    match (&record.person, record.role) {
        (Some(person), Some(role)) => tell(format_args!("  by {person} ({})", role.name())),
        (Some(person), None) => tell(format_args!("  by {person}")),
        (None, _) => tell(format_args!("  by the program")),
    }
    if let Some(signal) = &record.signal {
        tell(format_args!("  {signal}"));
    }
    let unit = record.unit.as_deref().map(|unit| format!(" {unit}")).unwrap_or_default();
    match (&record.from, &record.to) {
        (Some(from), Some(to)) => tell(format_args!(" {from} -> {to}{unit}")),
        (Some(from), None) => tell(format_args!(" from {from}{unit}")),
        (None, Some(to)) => tell(format_args!(" {to}{unit}")),
        (None, None) => {}
    }
    if !record.reason.is_empty() {
        tell(format_args!("  because: {}", record.reason));
    }
    if !record.outcome.is_empty() {
        tell(format_args!("  outcome: {}", record.outcome));
    }
    line.replace(
        |letter: char| letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'),
        " ",
    )
}

/// Nonces of the signed approvals that were used: none of them counts again.
pub fn used_nonces(entries: impl IntoIterator<Item = AuditEntry>) -> BTreeSet<String> {
    entries.into_iter().filter_map(|entry| entry.record.nonce).collect()
}

/// A value in digits that are read back as the same value.
pub(super) fn digits(value: &Value) -> String {
    match value {
        Value::Real(number) => format!("{number:?}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::{GENESIS, seal};
    use super::super::testing::{START, entries, full, lines};
    use super::*;
    use crate::domain::audit::AuditRecord;
    use crate::domain::time::Span;

    #[test]
    fn entries_are_chosen_by_change_person_and_time() {
        let log = lines(6).concat();
        let numbers = |filter: &Filter| -> Vec<u64> {
            entries(&log).iter().filter(|entry| filter.passes(entry)).map(|entry| entry.number).collect()
        };
        let at = |second| Some(START + Span::from_secs(second));
        assert_eq!(numbers(&Filter::default()), [1, 2, 3, 4, 5, 6]);
        assert_eq!(numbers(&Filter { change: Some("C-2026-11-25-0003".to_owned()), ..Filter::default() }), [2, 5]);
        assert_eq!(numbers(&Filter { person: UserName::new("bob").ok(), ..Filter::default() }), [0; 0]);
        assert_eq!(numbers(&Filter { from: at(2), to: at(4), ..Filter::default() }), [2, 3, 4]);
        assert_eq!(used_nonces(entries(&log)), BTreeSet::from(["ef".repeat(16)]));
    }

    #[test]
    fn people_read_a_sentence_without_characters_that_steer_a_terminal() {
        let record = AuditRecord { reason: "a\u{1b}[2J\nb\u{202e}".to_owned(), ..full(1) };
        let (line, _) = seal(1, &record, GENESIS).expect("a line");
        assert_eq!(
            text(&entries(&line)[0]),
            "2026-11-25T04:00:01.000Z       1  write intended  C-2026-11-25-0003  by ann.lee (operator)  \
             Dairy/Line1/Filler/Speed 120 -> 125.5 1/min  because: a [2J b   outcome: sent"
        );
    }
}
