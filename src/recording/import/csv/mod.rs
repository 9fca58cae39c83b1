//! Tables in text: comma, semicolon or tab between the cells, UTF-8 with or without BOM.
//!
//! Rows are streamed; memory is bounded by the first rows, from which the kinds of the signals are
//! told. Numbers may have a decimal comma where a semicolon parts the cells.

mod cells;
mod long;
mod rows;
mod wide;

use std::path::Path;

use ::csv::ByteRecord;

use self::long::LongTable;
use self::rows::{Row, Rows};
use self::wide::WideTable;
use super::table::{Fault, Layout, Sink};
use super::{ImportError, Intake, Stopped};

/// How to read a table in text.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct CsvOptions {
    /// What stands between cells; none: told from the head of the file.
    pub delimiter: Option<Delimiter>,
}

/// What stands between the cells of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Delimiter {
    Comma,
    /// Numbers may have a decimal comma.
    Semicolon,
    Tab,
}

/// Rows from which the kinds of the signals are told.
const HEAD_ROWS: usize = 200;
/// The head ends early when it grows beyond this.
const HEAD_BYTES: usize = 4 << 20;

/// Reads a long or wide table into the intake.
///
/// A signal is Real when all its cells in the first 200 rows are numbers, Bool when all are true or
/// false, else Text. A signal that comes later is of the kind of its first cell. A column `kind` with
/// the words bool, int, real and text overrules this in long tables.
///
/// # Errors
/// When the file cannot be read, is no table with times, or the intake wants no more.
pub fn read(path: &Path, options: &CsvOptions, intake: &mut Intake) -> Result<(), ImportError> {
    let mut rows = Rows::open(path, options)?;
    let names = rows.names()?;
    let layout = Layout::of(path, &names.iter().map(String::as_str).collect::<Vec<_>>())?;
    let (decimal_comma, width) = (rows.decimal_comma, names.len());
    let mut table = match layout {
        Layout::Long(columns) => Table::Long(LongTable::new(columns, decimal_comma)),
        Layout::Wide(columns) => Table::Wide(WideTable::new(columns, decimal_comma)),
    };

    let (mut head, mut head_bytes) = (Vec::new(), 0);
    let mut record = ByteRecord::new();
    while head.len() < HEAD_ROWS && head_bytes < HEAD_BYTES && rows.next(&mut record)? {
        head_bytes += record.as_slice().len();
        table.look_at(&rows.row(&record));
        head.push(record.clone());
    }
    let mut sink = Sink::new(intake);
    table.begin(&mut sink)?;
    for record in &head {
        table.take(&rows.row(record), width, &mut sink)?;
    }
    drop(head);
    while rows.next(&mut record)? {
        sink.intake.progress = rows.progress();
        table.take(&rows.row(&record), width, &mut sink)?;
    }
    sink.intake.progress = 1.0;
    Ok(())
}

enum Table {
    Long(LongTable),
    Wide(WideTable),
}

impl Table {
    /// Learns of what kind the signals are from a row of the head.
    fn look_at(&mut self, row: &Row) {
        match self {
            Self::Long(table) => table.look_at(row),
            Self::Wide(table) => table.look_at(row),
        }
    }

    /// Hands over the signals that are known from the head.
    fn begin(&mut self, sink: &mut Sink) -> Result<(), Stopped> {
        match self {
            Self::Long(_) => Ok(()),
            Self::Wide(table) => table.begin(sink),
        }
    }

    fn take(&mut self, row: &Row, width: usize, sink: &mut Sink) -> Result<(), Stopped> {
        let (found, at) = (row.len(), row.at());
        if found != width {
            sink.note(Fault::ColumnCount, 0, || {
                format!("{at}: {found} cells where the head has {width}; the row is left out")
            });
            return Ok(());
        }
        match self {
            Self::Long(table) => table.take(row, sink),
            Self::Wide(table) => table.take(row, sink),
        }
    }
}

#[cfg(test)]
mod tests;
