//! Tables in files: read once from start to end, row by row, on a thread that may wait.
//!
//! A file is no live feed, so a full queue makes the reader wait instead of dropping. Rows that
//! cannot be read are counted and named with file and line; the rest goes on. Memory is bounded by
//! one row. Samples leave in the order of the file, which is the order of time in such files.

mod layout;

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use ::csv::{ByteRecord, ReaderBuilder, Terminator};
use thiserror::Error;

use self::layout::{Columns, RowError};
use super::link::{Link, Progress};
use super::stop::{Stop, Stopped};
use crate::domain::source::{CsvLayout, CsvSpec};

/// A row longer than this ends the reading: the file is no table, or a quote was never closed.
const LONGEST_ROW_BYTES: u64 = 1 << 20;

/// Rows between two reports to the link.
const REPORT_EVERY_ROWS: u64 = 1_000;

#[derive(Error, Debug)]
enum CsvError {
    #[error("the file cannot be opened ({0})")]
    Open(io::Error),
    #[error("reading failed near line {line} ({cause})")]
    Read { line: u64, cause: ::csv::Error },
    #[error("it has no column \"{missing}\"; its columns are {found}")]
    NoColumn { missing: String, found: String },
    #[error("the program ends")]
    Stopped,
}

impl From<Stopped> for CsvError {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

/// Reads the file to its end and reports on the link. Blocks.
pub(super) fn run(name: &str, spec: &CsvSpec, link: &Link, stop: &Stop) {
    let file = spec.file.display();
    match read(spec, link, stop) {
        Ok(()) => link.finished(),
        Err(CsvError::Stopped) => {}
        Err(error) => {
            let advice = match error {
                CsvError::NoColumn { .. } => "column names",
                _ => "file",
            };
            let message = format!(
                "The table {file} could not be read: {error}. Values of this link end here. \
                 Check the {advice} of source \"{name}\"."
            );
            link.down(super::now(), None, message);
        }
    }
}

fn read(spec: &CsvSpec, link: &Link, stop: &Stop) -> Result<(), CsvError> {
    let row_bytes = Rc::new(Cell::new(0));
    let file = RowLimit { inner: File::open(&spec.file).map_err(CsvError::Open)?, row_bytes: Rc::clone(&row_bytes) };
    let has_headers = !matches!(spec.layout, CsvLayout::TwinMaker { .. });
    // With the crate's own CRLF ending, rows after a CR count one line too few; CRs are trimmed off
    // with the blanks around cells.
    let mut builder = ReaderBuilder::new();
    let builder = builder.has_headers(has_headers).flexible(true).terminator(Terminator::Any(b'\n'));
    let mut reader = builder.from_reader(file);
    let header = if has_headers {
        reader.byte_headers().map_err(|cause| CsvError::Read { line: 1, cause })?.clone()
    } else {
        ByteRecord::new()
    };
    let mut columns = Columns::resolve(&spec.layout, &header)?;
    link.up(super::now());

    let (mut row, mut samples, mut progress) = (ByteRecord::new(), Vec::new(), Progress::default());
    loop {
        row_bytes.set(0);
        let more = reader.read_byte_record(&mut row);
        let more = more.map_err(|cause| CsvError::Read { line: reader.position().line(), cause });
        if !matches!(more, Ok(true)) || (progress.received + progress.rejected + progress.unused) >= REPORT_EVERY_ROWS {
            link.count(&mut progress);
        }
        if !more? {
            return Ok(());
        }
        if is_blank(&row) {
            continue;
        }
        match columns.samples(&row, super::now(), &mut samples) {
            Ok(()) => progress.received += 1,
            Err(RowError::NoSignal { names }) => {
                progress.unused += 1;
                progress.last_unused = Some(names);
            }
            Err(reason) => {
                let line = row.position().map_or(0, ::csv::Position::line);
                progress.rejected += 1;
                progress.last_rejected = Some(format!("{}:{line}: {reason}", file_name(&spec.file)));
            }
        }
        for sample in samples.drain(..) {
            link.deliver(sample, stop).inspect_err(|_| link.count(&mut progress))?;
        }
        if stop.is_set() {
            link.count(&mut progress);
            return Err(CsvError::Stopped);
        }
    }
}

fn is_blank(row: &ByteRecord) -> bool {
    row.len() == 1 && row.get(0).is_some_and(|cell| cell.trim_ascii().is_empty())
}

fn file_name(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}

/// Refuses to read on when a single row grows beyond all measure.
struct RowLimit {
    inner: File,
    /// Read since the current row began; set to 0 with each row.
    row_bytes: Rc<Cell<u64>>,
}

impl Read for RowLimit {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.row_bytes.get() > LONGEST_ROW_BYTES {
            return Err(io::Error::other(format!(
                "a row is longer than {LONGEST_ROW_BYTES} bytes; is a quote left open?"
            )));
        }
        let count = self.inner.read(buffer)?;
        self.row_bytes.set(self.row_bytes.get() + count as u64);
        Ok(count)
    }
}

/// Runs on a thread for blocking work.
pub(super) async fn run_aside(name: String, spec: CsvSpec, link: Arc<Link>, stop: Stop) {
    let work = tokio::task::spawn_blocking(move || run(&name, &spec, &link, &stop));
    if let Err(panicked) = work.await.map_err(tokio::task::JoinError::try_into_panic) {
        // Not a panic: the program ended before the reading began.
        let Ok(panic) = panicked else { return };
        std::panic::resume_unwind(panic);
    }
}

#[cfg(test)]
mod tests;
