//! Writes a range of signals into tables for other programs: CSV or Parquet, a row a sample (long) or
//! a row a moment (wide).
//!
//! Samples come in order of their source time. The file is written beside its place as `name.part` and
//! takes its name when it is whole.

mod csv;
mod parquet;
mod part;
mod wide;

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;

use self::part::PartFile;
use self::wide::{Cells, Moments};
use crate::domain::signal::{Sample, Signal, SignalId};
use crate::domain::time::Timestamp;
use crate::domain::unit::Unit;
use crate::domain::value::ValueKind;

/// The tables that can be written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TableFormat {
    CsvLong,
    CsvWide,
    ParquetLong,
    ParquetWide,
}

/// How wide tables are filled. Long ones hold every sample with its quality in any case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExportOptions {
    /// Whether each signal has a column `path.quality` beside it.
    pub quality: bool,
    /// Whether a signal without a sample at a moment shows its last value; else its cell is empty.
    pub hold_last: bool,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self { quality: true, hold_last: false }
    }
}

/// What was written.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct ExportReport {
    pub rows: u64,
    /// Samples that stand in the table.
    pub samples: u64,
    /// Samples of a wide table in whose place a later one of the same signal and moment stands.
    pub replaced: u64,
    /// Samples that are of no column, or not of the kind of theirs.
    pub left_out: u64,
}

/// Why a table was not written. Nothing is left of it then.
#[derive(Error, Debug)]
pub enum ExportError {
    #[error("{path} cannot be created: {cause}. Nothing was exported. Choose a folder that you may write to.",
        path = .path.display())]
    Create { path: PathBuf, cause: io::Error },
    #[error("{path} could not be written because the disk is full. Nothing was exported, and the unfinished file \
        is removed. Make room or choose another folder.", path = .path.display())]
    DiskFull { path: PathBuf },
    #[error("{path} could not be written: {cause}. Nothing was exported, and the unfinished file is removed. \
        Choose another folder.", path = .path.display())]
    Write { path: PathBuf, cause: String },
    #[error("{path} could not be written: a sample of {at} came after one of {before}. Nothing was exported. Export \
        a range in which the times do not run backwards.", path = .path.display())]
    Unordered { path: PathBuf, before: Timestamp, at: Timestamp },
}

/// A column of a table: a signal as far as an export needs it.
#[derive(Clone, Debug)]
struct Column {
    id: SignalId,
    path: String,
    unit: Unit,
    kind: ValueKind,
}

/// Writes one table.
///
/// Texts are written as they are, quoted where CSV needs it. A text that begins with `=`, `+`, `-` or
/// `@` is no exception: data has to survive, so a spreadsheet may take it for a formula.
pub struct Exporter {
    path: PathBuf,
    columns: Columns,
    writer: Writer,
    /// Source time of the last sample.
    last: Option<Timestamp>,
    report: ExportReport,
}

/// The columns by the numbers of their signals.
struct Columns {
    list: Vec<Column>,
    by_id: HashMap<SignalId, usize>,
}

enum Writer {
    CsvLong(csv::LongTable),
    CsvWide(Moments, csv::WideTable),
    ParquetLong(Box<parquet::LongTable>),
    ParquetWide(Moments, parquet::WideTable),
}

/// Why a writer failed, before it is told with the path.
#[derive(Debug)]
enum WriteError {
    Io(io::Error),
    Other(String),
}

impl Exporter {
    /// Begins a table with these signals; a file that is there is replaced on `finish`.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub fn create(
        path: &Path,
        format: TableFormat,
        signals: &[(SignalId, &Signal)],
        options: ExportOptions,
    ) -> Result<Self, ExportError> {
        let list: Vec<Column> = signals
            .iter()
            .map(|(id, signal)| Column {
                id: *id,
                path: signal.path.clone(),
                unit: signal.unit.clone(),
                kind: signal.kind,
            })
            .collect();
        let by_id = list.iter().enumerate().map(|(place, column)| (column.id, place)).collect();
        let file = PartFile::create(path).map_err(|cause| ExportError::Create { path: path.to_owned(), cause })?;
        let moments = || Moments::new(list.len(), options.hold_last);
        let writer = match format {
            TableFormat::CsvLong => csv::LongTable::create(file).map(Writer::CsvLong),
            TableFormat::CsvWide => {
                csv::WideTable::create(file, &list, options.quality).map(|table| Writer::CsvWide(moments(), table))
            }
            TableFormat::ParquetLong => {
                parquet::LongTable::create(file).map(|table| Writer::ParquetLong(Box::new(table)))
            }
            TableFormat::ParquetWide => parquet::WideTable::create(file, &list, options.quality)
                .map(|table| Writer::ParquetWide(moments(), table)),
        };
        let writer = writer.map_err(|error| error.at(path))?;
        let columns = Columns { list, by_id };
        Ok(Self { path: path.to_owned(), columns, writer, last: None, report: ExportReport::default() })
    }

    /// Adds a sample; not older than the one before.
    ///
    /// # Errors
    /// When it is older, or the file cannot be written. The table is lost then.
    pub fn push(&mut self, sample: &Sample) -> Result<(), ExportError> {
        let at = sample.source_time;
        if let Some(before) = self.last.filter(|before| at < *before) {
            return Err(ExportError::Unordered { path: self.path.clone(), before, at });
        }
        self.last = Some(at);
        let Some((place, column)) = self.columns.of(sample.signal) else {
            self.report.left_out += 1;
            return Ok(());
        };
        let written = match &mut self.writer {
            Writer::CsvLong(table) => long_row(&mut self.report, table.push(column, sample)),
            Writer::ParquetLong(table) => long_row(&mut self.report, table.push(column, sample)),
            Writer::CsvWide(moments, table) => {
                moments.push(place, column.kind, sample, &mut self.report, |time, cells| table.row(time, cells))
            }
            Writer::ParquetWide(moments, table) => {
                moments.push(place, column.kind, sample, &mut self.report, |time, cells| table.row(time, cells))
            }
        };
        written.map_err(|error| error.at(&self.path))
    }

    /// Completes the table and gives the file its name.
    ///
    /// # Errors
    /// When the rest cannot be written.
    pub fn finish(self) -> Result<ExportReport, ExportError> {
        let Self { path, writer, mut report, .. } = self;
        let file = match writer {
            Writer::CsvLong(table) => table.finish(),
            Writer::ParquetLong(table) => table.finish(),
            Writer::CsvWide(mut moments, mut table) => {
                moments.finish(&mut report, |time, cells: &Cells| table.row(time, cells)).and_then(|()| table.finish())
            }
            Writer::ParquetWide(mut moments, mut table) => {
                moments.finish(&mut report, |time, cells: &Cells| table.row(time, cells)).and_then(|()| table.finish())
            }
        };
        file.and_then(|file| file.finish().map_err(WriteError::Io)).map_err(|error| error.at(&path))?;
        Ok(report)
    }
}

fn long_row(report: &mut ExportReport, written: Result<(), WriteError>) -> Result<(), WriteError> {
    written?;
    report.rows += 1;
    report.samples += 1;
    Ok(())
}

impl Columns {
    fn of(&self, id: SignalId) -> Option<(usize, &Column)> {
        let place = *self.by_id.get(&id)?;
        Some((place, self.list.get(place)?))
    }
}

impl Column {
    /// The head of a wide column: path, and the UCUM code of the unit where there is one.
    fn head(&self) -> String {
        match self.unit.code() {
            "" => self.path.clone(),
            code => format!("{} [{code}]", self.path),
        }
    }

    fn quality_head(&self) -> String {
        format!("{}.quality", self.path)
    }
}

impl WriteError {
    fn at(self, path: &Path) -> ExportError {
        let path = path.to_owned();
        match self {
            Self::Io(cause) if matches!(cause.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => {
                ExportError::DiskFull { path }
            }
            Self::Io(cause) => ExportError::Write { path, cause: cause.to_string() },
            Self::Other(cause) => ExportError::Write { path, cause },
        }
    }
}

impl TableFormat {
    pub const ALL: [Self; 4] = [Self::CsvLong, Self::CsvWide, Self::ParquetLong, Self::ParquetWide];

    /// The ending of the file's name, without dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::CsvLong | Self::CsvWide => "csv",
            Self::ParquetLong | Self::ParquetWide => "parquet",
        }
    }
}

impl fmt::Display for TableFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CsvLong => "csv-long",
            Self::CsvWide => "csv-wide",
            Self::ParquetLong => "parquet-long",
            Self::ParquetWide => "parquet-wide",
        })
    }
}

/// Why a text names no format.
#[derive(Error, Clone, PartialEq, Eq, Debug)]
#[error("\"{0}\" is no table format; write csv-long, csv-wide, parquet-long or parquet-wide")]
pub struct UnknownFormat(String);

impl FromStr for TableFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.to_string() == text).ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

#[cfg(test)]
mod tests;
