//! What tables of all file formats have in common: which column holds what, how a time and a quality
//! are written, and the way of a cell into the intake.
//!
//! Cells that cannot be read are named with the first place and counted; the rest of the table goes on.

#[cfg(test)]
pub(in crate::recording) mod gather;
mod layout;
mod moment;
mod quality;

use std::collections::HashMap;
use std::fmt;

pub(super) use layout::{Layout, LongColumns, WideColumn, WideColumns};
pub(super) use moment::{moment_from_int, moment_from_real};
pub(in crate::recording) use quality::quality_words;

use self::moment::moment_from_text;
use super::{Intake, Stopped};
use crate::domain::quality::{Quality, UncertainReason};
use crate::domain::signal::{Sample, Signal, SignalId};
use crate::domain::time::Timestamp;
use crate::domain::unit::Unit;
use crate::domain::value::{Value, ValueKind};

/// More signals than a plant has: the table was read wrongly.
pub(super) const MOST_SIGNALS: usize = 100_000;

/// A text longer than this is no value.
pub(super) const LONGEST_TEXT_BYTES: usize = 1 << 20;

/// Where in the file something was found.
#[derive(Clone, Copy, Debug)]
pub(super) enum At {
    Line(u64),
    Row(u64),
}

/// Kinds of faults that are told apart, each at its first place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Fault {
    ColumnCount,
    NotText,
    Time,
    ReceivedTime,
    NoSignal,
    Value,
    NotFinite,
    TooLong,
    Quality,
    Unit,
    Kind,
}

/// When the values of a row held, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowTimes {
    pub source: Timestamp,
    pub received: Timestamp,
    pub at: At,
}

/// The way from the cells of a table into the intake.
pub(super) struct Sink<'s, 'i> {
    pub intake: &'s mut Intake<'i>,
    /// The words that a fault had at its first place, by fault and column or signal.
    told: HashMap<(Fault, u32), String>,
    zoneless_told: bool,
    too_many_told: bool,
}

/// Faults whose first words are kept.
const FAULTS_KEPT: usize = 1_000;

impl<'s, 'i> Sink<'s, 'i> {
    pub fn new(intake: &'s mut Intake<'i>) -> Self {
        Self { intake, told: HashMap::new(), zoneless_told: false, too_many_told: false }
    }

    /// Notes a fault of a column or signal: in words at its first place, counted afterwards.
    pub fn note(&mut self, fault: Fault, of: usize, words: impl FnOnce() -> String) {
        let key = (fault, u32::try_from(of).unwrap_or(u32::MAX));
        let words = match self.told.get(&key) {
            Some(first) => first.clone(),
            None => {
                let words = words();
                if self.told.len() < FAULTS_KEPT {
                    self.told.insert(key, words.clone());
                }
                words
            }
        };
        self.intake.problem(words);
    }

    /// The number of a signal; none when the table has too many.
    ///
    /// # Errors
    /// When the receiver wants no more.
    pub fn signal(&mut self, path: &str, kind: ValueKind, unit: Unit) -> Result<Option<SignalId>, Stopped> {
        if let Some(id) = self.intake.catalog.id(path) {
            return Ok(Some(id));
        }
        if self.intake.catalog.len() >= MOST_SIGNALS {
            if !self.too_many_told {
                self.too_many_told = true;
                self.intake.problem(format!("more than {MOST_SIGNALS} signals: those from {} on", excerpt(path)));
            }
            return Ok(None);
        }
        self.intake.signal(Signal { unit, ..Signal::new(path, kind) }).map(Some)
    }

    /// Reads a moment; says once when times have no zone.
    pub fn moment(&mut self, text: &str, fault: Fault, at: At) -> Option<Timestamp> {
        let Some(moment) = moment_from_text(text) else {
            self.no_moment(text, fault, at);
            return None;
        };
        if !moment.zoned && !self.zoneless_told {
            self.zoneless_told = true;
            self.intake.problem(format!("{at}: times have no zone, such as {}; they are taken as UTC", excerpt(text)));
        }
        Some(moment.time)
    }

    pub fn no_moment(&mut self, shown: &str, fault: Fault, at: At) {
        let left_out = match fault {
            Fault::ReceivedTime => "the source time stands for it",
            _ => "the row is left out",
        };
        self.note(fault, 0, || format!("{at}: {} is not a moment; {left_out}", excerpt(shown)));
    }

    /// Reads a quality in words or as a status code. What is not understood makes the value
    /// uncertain, empty is good.
    pub fn quality(&mut self, text: &str, at: At) -> Quality {
        let text = text.trim();
        if text.is_empty() {
            return Quality::Good;
        }
        quality::quality_from_words(text).unwrap_or_else(|| {
            self.note(Fault::Quality, 0, || {
                format!("{at}: {} is not a quality; the value counts as uncertain", excerpt(text))
            });
            Quality::Uncertain(UncertainReason::Unspecified)
        })
    }

    /// Compares the unit that a row names with that of its signal.
    pub fn same_unit(&mut self, id: SignalId, unit: &Unit, at: At) {
        let Some(signal) = self.intake.catalog.get(id) else { return };
        if unit.code().is_empty() || signal.unit == *unit {
            return;
        }
        let words = format!(
            "{at}: {} comes in {} after {}; the numbers are kept as they are",
            excerpt(&signal.path),
            excerpt(unit.code()),
            excerpt(signal.unit.code())
        );
        self.note(Fault::Unit, id.index(), || words);
    }

    /// Hands a value over as the kind of its signal, or notes why it is left out.
    ///
    /// # Errors
    /// When the receiver wants no more.
    pub fn value(&mut self, row: RowTimes, id: SignalId, value: Value, quality: Quality) -> Result<(), Stopped> {
        let Some(kind) = self.intake.catalog.get(id).map(|signal| signal.kind) else { return Ok(()) };
        let at = row.at;
        if matches!(&value, Value::Text(text) if text.len() > LONGEST_TEXT_BYTES) {
            let name = self.name(id);
            self.note(Fault::TooLong, id.index(), || format!("{at}: a text of {name} is longer than 1 MiB"));
            return Ok(());
        }
        if matches!(value, Value::Real(number) if !number.is_finite()) {
            let name = self.name(id);
            self.note(Fault::NotFinite, id.index(), || format!("{at}: {name} is {value}, which is no finite number"));
            return Ok(());
        }
        match value.clone().coerced(kind) {
            Some(value) => {
                let (source_time, received_time) = (row.source, row.received);
                self.intake.sample(Sample { signal: id, source_time, received_time, value, quality })
            }
            None => {
                self.unfit(row, id, &value.to_string(), kind);
                Ok(())
            }
        }
    }

    /// Notes a value that is not of its signal's kind.
    pub fn unfit(&mut self, row: RowTimes, id: SignalId, shown: &str, kind: ValueKind) {
        let (at, name) = (row.at, self.name(id));
        let wanted = match kind {
            ValueKind::Bool => "neither true nor false",
            ValueKind::Int => "not a whole number",
            ValueKind::Real => "not a number",
            ValueKind::Text => "not a text",
        };
        self.note(Fault::Value, id.index(), || format!("{at}, {name}: {} is {wanted}", excerpt(shown)));
    }

    fn name(&self, id: SignalId) -> String {
        self.intake.catalog.get(id).map(|signal| excerpt(&signal.path)).unwrap_or_default()
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Row(row) => write!(f, "row {row}"),
        }
    }
}

/// Text from outside as it is shown in a message: quoted, on one line, at most 60 characters.
pub(super) fn excerpt(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut shown: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}
