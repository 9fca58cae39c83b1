//! Holds a recording against the log: a log that was replaced as a whole is sound in itself, but not the one that
//! was recorded.

use std::collections::BTreeMap;

use super::verify::VerifyError;
use crate::domain::audit::AuditEntry;
use crate::domain::change_record::ChangeRecord;

/// What came of it. Numbers of entries, in order.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Compared {
    pub same: usize,
    /// In both, but not the same.
    pub differ: Vec<u64>,
    /// Recorded, and not in the log.
    pub missing: Vec<u64>,
}

/// Looks for each recorded entry in the log.
///
/// # Errors
/// When the log cannot be read, or a line is not as it was written.
pub fn compare(
    log: impl IntoIterator<Item = Result<AuditEntry, VerifyError>>,
    recorded: &[ChangeRecord],
) -> Result<Compared, VerifyError> {
    let mut wanted: BTreeMap<u64, Vec<&ChangeRecord>> = BTreeMap::new();
    for record in recorded {
        wanted.entry(record.entry).or_default().push(record);
    }
    let mut found = Compared::default();
    for entry in log {
        let entry = entry?;
        let Some(records) = wanted.remove(&entry.number) else { continue };
        if records.iter().all(|record| tells_of(record, &entry)) {
            found.same += 1;
        } else {
            found.differ.push(entry.number);
        }
    }
    found.missing = wanted.into_keys().collect();
    Ok(found)
}

/// True where the record is what is recorded of this entry, as far as it stands in the entry.
fn tells_of(record: &ChangeRecord, entry: &AuditEntry) -> bool {
    let again = ChangeRecord::of(&entry.record, (entry.number, &entry.hash), None, None);
    let known = ChangeRecord {
        title: again.title.clone(),
        before: again.before,
        after: again.after,
        settings: if again.settings.is_empty() { Vec::new() } else { record.settings.clone() },
        ..record.clone()
    };
    known == again
}

#[cfg(test)]
mod tests {
    use super::super::Entries;
    use super::super::testing::{entries, lines};
    use super::*;

    fn recorded(log: &[u8]) -> Vec<ChangeRecord> {
        let told = |entry: &AuditEntry| ChangeRecord::of(&entry.record, (entry.number, &entry.hash), None, None);
        entries(log).iter().map(told).collect()
    }

    fn held(log: &[u8], recorded: &[ChangeRecord]) -> Compared {
        compare(Entries::new(log), recorded).expect("a sound log")
    }

    #[test]
    fn a_log_is_what_was_recorded_of_it_also_when_it_went_on() {
        let log = lines(9).concat();
        assert_eq!(held(&log, &recorded(&lines(6).concat())), Compared { same: 6, ..Compared::default() });
        assert_eq!(held(&log, &[]), Compared::default());
    }

    #[test]
    fn entries_that_were_cut_off_or_replaced_are_found() {
        let told = recorded(&lines(6).concat());
        assert_eq!(held(&lines(4).concat(), &told), Compared { same: 4, missing: vec![5, 6], ..Compared::default() });
        // Another log from the third entry on, sound in itself.
        let mut other = told.clone();
        other[2].hash = "00".repeat(32);
        other[4].reason = "another".to_owned();
        assert_eq!(held(&lines(6).concat(), &other), Compared { same: 4, differ: vec![3, 5], ..Compared::default() });
        // The values that were written count.
        let mut other = told;
        other[1].settings[0].to = None;
        assert_eq!(held(&lines(6).concat(), &other).differ, [2]);
    }
}
