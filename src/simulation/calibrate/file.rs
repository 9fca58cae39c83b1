//! `calibration.toml`: what a fit found, kept beside the project. Written here and read again, also after
//! people changed it: all mistakes are told at once, each with its line.
//!
//! ```toml
//! [calibration]
//! made = "2026-03-02T15:00:00Z"
//! from = "2026-03-02T06:00:00Z"
//! to = "2026-03-02T14:00:00Z"
//! misfit_before = 361.5
//! misfit_after = 16.25
//! seed = 7
//! doubts = []
//!
//! [[parameter]]
//! name = "Filler/MtbfFactor"
//! unit = "1"
//! before = 1.0
//! value = 0.6
//! std_error = 0.0625    # left out where the window says nothing of it
//! low = 0.05
//! high = 20.0
//! ```

use std::fmt;

use serde::Serialize;
use toml::de::{DeTable, DeValue};

use super::MOST_PARAMETERS;
use crate::domain::calibration::{Calibration, FittedParameter};
use crate::domain::time::Timestamp;
use crate::domain::unit::Unit;

const LARGEST_FILE: usize = 1 << 20;
/// More are not told: nobody reads them.
const MOST_PROBLEMS: usize = 100;
/// Whole numbers up to here are exact as numbers of TOML.
const LARGEST_SEED: f64 = 9_007_199_254_740_992.0;

/// A calibration as it is kept.
#[derive(Clone, PartialEq, Debug)]
pub struct Stored {
    pub calibration: Calibration,
    /// When it was made.
    pub made: Timestamp,
    /// Seed of the runs it is made from; up to 2^53.
    pub seed: u64,
}

/// One thing wrong with a file, told so that it can be mended.
#[derive(Clone, PartialEq, Debug)]
pub struct FileProblem {
    /// Line in the file, from 1.
    pub line: usize,
    /// Dotted path: `parameter[2].value`, places from 1.
    pub key: String,
    /// Expected and found.
    pub message: String,
}

/// `line 4: parameter[1].value: expected a number`.
impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, key, message } = self;
        if key.is_empty() { write!(f, "line {line}: {message}") } else { write!(f, "line {line}: {key}: {message}") }
    }
}

#[derive(Serialize)]
struct Written<'a> {
    calibration: Head<'a>,
    parameter: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Head<'a> {
    made: String,
    from: String,
    to: String,
    misfit_before: f64,
    misfit_after: f64,
    seed: u64,
    doubts: &'a [String],
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    unit: &'a str,
    before: f64,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    std_error: Option<f64>,
    low: f64,
    high: f64,
}

/// The text of the file.
///
/// # Errors
/// When a number cannot be written.
pub fn write(stored: &Stored) -> Result<String, toml::ser::Error> {
    let Calibration { window: (from, to), parameters, misfit, doubts } = &stored.calibration;
    toml::to_string(&Written {
        calibration: Head {
            made: stored.made.to_string(),
            from: from.to_string(),
            to: to.to_string(),
            misfit_before: misfit.0,
            misfit_after: misfit.1,
            seed: stored.seed,
            doubts,
        },
        parameter: parameters.iter().map(row).collect(),
    })
}

fn row(parameter: &FittedParameter) -> Row<'_> {
    Row {
        name: &parameter.name,
        unit: parameter.unit.code(),
        before: parameter.before,
        value: parameter.value,
        std_error: parameter.std_error,
        low: parameter.range.0,
        high: parameter.range.1,
    }
}

/// Reads what [`write`] wrote.
///
/// # Errors
/// All problems of the file, in the order of lines.
pub fn read(text: &str) -> Result<Stored, Vec<FileProblem>> {
    if text.len() > LARGEST_FILE {
        let message = format!("expected at most {LARGEST_FILE} bytes, found {}", text.len());
        return Err(vec![FileProblem { line: 1, key: String::new(), message }]);
    }
    let mut reader = Reader { text, problems: Vec::new() };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        reader.tell(error.span().map_or(0, |span| span.start), "", error.message().to_owned());
    }
    let stored = if reader.problems.is_empty() { reader.stored(table.get_ref()) } else { None };
    reader.problems.sort_by_key(|problem| problem.line);
    stored.filter(|_| reader.problems.is_empty()).ok_or(reader.problems)
}

struct Reader<'a> {
    text: &'a str,
    problems: Vec<FileProblem>,
}

/// A table, where it begins and its path with a dot at the end.
struct Section<'a> {
    table: &'a DeTable<'a>,
    offset: usize,
    path: String,
}

impl Reader<'_> {
    fn tell(&mut self, offset: usize, key: &str, message: String) {
        if self.problems.len() < MOST_PROBLEMS {
            let line = self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
            self.problems.push(FileProblem { line, key: key.to_owned(), message });
        }
    }

    fn stored(&mut self, root: &DeTable<'_>) -> Option<Stored> {
        let root = Section { table: root, offset: 0, path: String::new() };
        self.known_keys(&root, &["calibration", "parameter"]);
        let head = self.get(&root, "calibration", "a table", |value| value.as_table());
        let head = head.map(|(offset, table)| Section { table, offset, path: "calibration.".into() });
        let rows = self.get(&root, "parameter", "a list of tables", |value| value.as_array());
        let mut parameters = Vec::new();
        if let Some((offset, rows)) = rows {
            if rows.len() > MOST_PARAMETERS {
                self.tell(offset, "parameter", format!("expected at most {MOST_PARAMETERS}, found {}", rows.len()));
            }
            for (index, row) in rows.iter().take(MOST_PARAMETERS).enumerate() {
                let path = format!("parameter[{}].", index + 1);
                match row.get_ref() {
                    DeValue::Table(table) => {
                        parameters.extend(self.parameter(&Section { table, offset: row.span().start, path }));
                    }
                    _ => self.tell(row.span().start, "parameter", "expected a table".into()),
                }
            }
        }
        let head = head?;
        self.known_keys(&head, &["made", "from", "to", "misfit_before", "misfit_after", "seed", "doubts"]);
        let (made, from, to) = (self.moment(&head, "made"), self.moment(&head, "from"), self.moment(&head, "to"));
        let misfit = (self.number(&head, "misfit_before"), self.number(&head, "misfit_after"));
        let seed = self.get(&head, "seed", "a whole number from 0 to 2^53", |value| {
            number_of(value).filter(|seed| (0.0..=LARGEST_SEED).contains(seed) && seed.fract() == 0.0)
        });
        let doubts = self.get(&head, "doubts", "a list of texts", |value| {
            value.as_array()?.iter().map(|item| Some(item.get_ref().as_str()?.to_owned())).collect()
        });
        let calibration =
            Calibration { window: (from?, to?), parameters, misfit: (misfit.0?, misfit.1?), doubts: doubts?.1 };
        Some(Stored { calibration, made: made?, seed: seed?.1 as u64 })
    }

    fn parameter(&mut self, row: &Section<'_>) -> Option<FittedParameter> {
        self.known_keys(row, &["name", "unit", "before", "value", "std_error", "low", "high"]);
        let text = |value: &DeValue<'_>| value.as_str().map(str::to_owned);
        let (name, unit) = (self.get(row, "name", "a text", text), self.get(row, "unit", "a text", text));
        let (before, value) = (self.number(row, "before"), self.number(row, "value"));
        let given = row.table.contains_key("std_error");
        let std_error = if given { self.number(row, "std_error").map(Some) } else { Some(None) };
        let range = (self.number(row, "low"), self.number(row, "high"));
        Some(FittedParameter {
            name: name?.1,
            unit: Unit::new(&unit?.1),
            before: before?,
            value: value?,
            std_error: std_error?,
            range: (range.0?, range.1?),
        })
    }

    fn known_keys(&mut self, section: &Section<'_>, known: &[&str]) {
        for key in section.table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let shown: String = key.get_ref().chars().take(60).collect();
            let message = format!("expected one of {}, found this key", known.join(", "));
            self.tell(key.span().start, &format!("{}{shown}", section.path), message);
        }
    }

    fn number(&mut self, section: &Section<'_>, key: &str) -> Option<f64> {
        self.get(section, key, "a number", number_of).map(|(_, number)| number)
    }

    fn moment(&mut self, section: &Section<'_>, key: &str) -> Option<Timestamp> {
        let read = |value: &DeValue<'_>| Timestamp::parse(value.as_str()?).ok();
        self.get(section, key, "a moment such as \"2026-03-02T06:00:00Z\"", read).map(|(_, moment)| moment)
    }

    /// Where a value stands, and what `read` makes of it.
    fn get<'b, T>(
        &mut self,
        section: &Section<'b>,
        key: &str,
        expected: &str,
        read: impl FnOnce(&'b DeValue<'b>) -> Option<T>,
    ) -> Option<(usize, T)> {
        let item = section.table.get(key);
        let (offset, found) = item.map_or((section.offset, None), |item| (item.span().start, read(item.get_ref())));
        if found.is_none() {
            let rest = if item.is_none() { ", found nothing" } else { "" };
            self.tell(offset, &format!("{}{key}", section.path), format!("expected {expected}{rest}"));
        }
        found.map(|found| (offset, found))
    }
}

fn number_of(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok().map(|number| number as f64)
        }
        DeValue::Float(number) => number.as_str().parse::<f64>().ok().filter(|number| number.is_finite()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored() -> Stored {
        let known = FittedParameter {
            name: "Filler/MtbfFactor".into(),
            unit: Unit::new("1"),
            before: 1.0,
            value: 0.1 + 0.2,
            std_error: Some(0.0625),
            range: (0.05, 20.0),
        };
        let silent = FittedParameter { name: "WaterTank/Leak \"x\"".into(), std_error: None, ..known.clone() };
        let moment = |secs| Timestamp::from_millis(1_772_431_200_000) + crate::domain::time::Span::from_secs(secs);
        let doubts = vec!["Two lines\nof doubt".to_owned()];
        let misfit = (361.5, 16.0);
        let calibration =
            Calibration { window: (moment(0), moment(28_800)), parameters: vec![known, silent], misfit, doubts };
        Stored { calibration, made: moment(30_000), seed: 1 << 53 }
    }

    #[test]
    fn what_was_written_is_read_to_the_last_bit() {
        let text = write(&stored()).expect("all numbers are finite");
        assert!(text.contains("from = \"2026-03-02T06:00:00Z\""), "{text}");
        assert_eq!(read(&text), Ok(stored()));
    }

    #[test]
    fn all_problems_are_told_at_once_with_their_lines() {
        let text = "[calibration]\nmade = \"yesterday\"\nfrom = \"2026-03-02T06:00:00Z\"\nto = \"2026-03-02T14:00:00Z\"\n\
                    misfit_before = 1\nmisfit_after = nan\nseed = -1\ndoubts = [3]\n\n[[parameter]]\nname = \"A\"\n\
                    unit = \"1\"\nvalue = \"high\"\nbefore = 1.0\nlow = 0.5\nhigh = 2.0\ncolour = 3\n";
        let problems = read(text).expect_err("it is wrong in many ways");
        let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
        let expected = [
            "line 2: calibration.made: expected a moment such as \"2026-03-02T06:00:00Z\"",
            "line 6: calibration.misfit_after: expected a number",
            "line 7: calibration.seed: expected a whole number from 0 to 2^53",
            "line 8: calibration.doubts: expected a list of texts",
            "line 13: parameter[1].value: expected a number",
            "line 17: parameter[1].colour: expected one of name, unit, before, value, std_error, low, high, found this key",
        ];
        assert_eq!(told, expected);
        let broken = read("[calibration]\nmade = [1, 2\n").expect_err("a bracket is missing");
        assert!(!broken.is_empty());
        assert_eq!(read("").map_err(|problems| problems.len()), Err(2));
    }
}
