//! Entries for other programs.

use std::io::{self, Write};

use chrono::SecondsFormat;

use super::show::digits;
use super::verify::VerifyError;
use crate::domain::audit::AuditEntry;

/// The columns of a table: an entry has all of them.
const COLUMNS: [&str; 18] = [
    "number",
    "time",
    "person",
    "role",
    "change",
    "what",
    "signal",
    "from",
    "to",
    "unit",
    "sequence",
    "reason",
    "model_digest",
    "project_digest",
    "nonce",
    "outcome",
    "previous",
    "hash",
];

/// Writes entries as a table with a head: comma between the cells, lines end with LF. Returns their number.
///
/// # Errors
/// When an entry is in error, or nothing can be written.
pub fn write_csv(
    entries: impl IntoIterator<Item = Result<AuditEntry, VerifyError>>,
    out: &mut impl Write,
) -> Result<u64, VerifyError> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(COLUMNS).map_err(io::Error::from)?;
    let mut count = 0;
    for entry in entries {
        table.write_record(cells(entry?)).map_err(io::Error::from)?;
        count += 1;
    }
    table.flush()?;
    Ok(count)
}

/// Writes entries as they stand in the log, one JSON object a line. Returns their number.
///
/// # Errors
/// When an entry is in error, or nothing can be written.
pub fn write_json_lines(
    entries: impl IntoIterator<Item = Result<AuditEntry, VerifyError>>,
    out: &mut impl Write,
) -> Result<u64, VerifyError> {
    let mut count = 0;
    for entry in entries {
        serde_json::to_writer(&mut *out, &entry?).map_err(io::Error::from)?;
        out.write_all(b"\n")?;
        count += 1;
    }
    out.flush()?;
    Ok(count)
}

fn cells(AuditEntry { number, record, previous, hash }: AuditEntry) -> [String; COLUMNS.len()] {
    [
        number.to_string(),
        record.at.to_utc().to_rfc3339_opts(SecondsFormat::Nanos, true),
        record.person.map(String::from).unwrap_or_default(),
        record.role.map(|role| role.name().to_owned()).unwrap_or_default(),
        record.change.unwrap_or_default(),
        record.what.name().to_owned(),
        record.signal.unwrap_or_default(),
        record.from.as_ref().map(digits).unwrap_or_default(),
        record.to.as_ref().map(digits).unwrap_or_default(),
        record.unit.unwrap_or_default(),
        record.sequence.map(|number| number.to_string()).unwrap_or_default(),
        record.reason,
        record.model_digest.unwrap_or_default(),
        record.project_digest.unwrap_or_default(),
        record.nonce.unwrap_or_default(),
        record.outcome,
        previous,
        hash,
    ]
}

#[cfg(test)]
mod tests {
    use super::super::Entries;
    use super::super::testing::{entries, lines};
    use super::*;

    #[test]
    fn exports_hold_every_entry_and_say_the_same() {
        let log = lines(5).concat();
        let mut copy = Vec::new();
        assert_eq!(write_json_lines(Entries::new(log.as_slice()), &mut copy).expect("lines"), 5);
        assert_eq!(copy, log, "JSON lines are the log again");
        let mut table = Vec::new();
        assert_eq!(write_csv(Entries::new(log.as_slice()), &mut table).expect("a table"), 5);
        let mut table = csv::Reader::from_reader(table.as_slice());
        let head = table.headers().expect("a head").clone();
        let rows: Vec<csv::StringRecord> = table.records().collect::<Result<_, _>>().expect("rows");
        let cell = |name: &str| &rows[1][head.iter().position(|column| column == name).expect("a column")];
        assert_eq!(cell("time"), "2026-11-25T04:00:02.000000000Z");
        assert_eq!((cell("from"), cell("to"), cell("unit")), ("120.0", "125.5", "1/min"));
        assert_eq!((cell("what"), cell("reason")), ("write_intended", "Größere Flaschen, \"1 L\""));
        assert_eq!(cell("hash"), entries(&log)[1].hash);
    }
}
