//! Opens a table and gives its rows: sniffs what stands between the cells, skips the BOM and blank
//! lines, and refuses rows beyond all measure.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Chain, Cursor, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use ::csv::{ByteRecord, Reader, ReaderBuilder, Terminator};

use super::{CsvOptions, Delimiter};
use crate::domain::quality::{Quality, UncertainReason};
use crate::recording::import::ImportError;
use crate::recording::import::table::{At, Fault, Sink};

/// A row longer than this ends the reading: the file is no table, or a quote was never closed.
const LONGEST_ROW_BYTES: u64 = 1 << 20;

/// What is read of a file to tell what stands between its cells.
const SNIFFED_BYTES: u64 = 64 << 10;

pub(super) struct Rows {
    path: PathBuf,
    reader: Reader<RowLimit<Chain<Cursor<Vec<u8>>, File>>>,
    row_bytes: Rc<Cell<u64>>,
    size: u64,
    crlf: bool,
    pub decimal_comma: bool,
}

/// A row with its place in the file.
pub(super) struct Row<'a> {
    record: &'a ByteRecord,
    crlf: bool,
}

impl Rows {
    pub fn open(path: &Path, options: &CsvOptions) -> Result<Self, ImportError> {
        let failed = |cause| ImportError::Read { path: path.to_owned(), cause };
        let mut file = File::open(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        let mut head = Vec::new();
        file.by_ref().take(SNIFFED_BYTES).read_to_end(&mut head).map_err(failed)?;
        if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) {
            return Err(content(path, "is text in UTF-16".to_owned(), "Save it as CSV in UTF-8."));
        }
        if head.starts_with(b"\xEF\xBB\xBF") {
            head.drain(..3);
        }
        let (sniffed, crlf) = sniff(&head);
        let delimiter = options.delimiter.unwrap_or(sniffed);
        let row_bytes = Rc::new(Cell::new(0));
        let limit = RowLimit { inner: Cursor::new(head).chain(file), row_bytes: Rc::clone(&row_bytes) };
        // With the crate's own CRLF ending, rows after a CR count one line too few.
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter.byte())
            .terminator(Terminator::Any(b'\n'))
            .from_reader(limit);
        let decimal_comma = delimiter == Delimiter::Semicolon;
        Ok(Self { path: path.to_owned(), reader, row_bytes, size, crlf, decimal_comma })
    }

    /// The names of the columns, from the first row.
    pub fn names(&mut self) -> Result<Vec<String>, ImportError> {
        let mut record = ByteRecord::new();
        if !self.next(&mut record)? {
            return Err(content(&self.path, "is empty".to_owned(), "Export it again."));
        }
        let row = self.row(&record);
        let names: Option<Vec<String>> = (0..row.len()).map(|place| row.text(place).map(str::to_owned)).collect();
        names.ok_or_else(|| {
            content(&self.path, "has names of columns that are not UTF-8 text".to_owned(), "Save it as CSV in UTF-8.")
        })
    }

    /// Reads the next row that is not blank; false at the end.
    pub fn next(&mut self, record: &mut ByteRecord) -> Result<bool, ImportError> {
        loop {
            self.row_bytes.set(0);
            let more = self.reader.read_byte_record(record).map_err(|error| self.failed(error))?;
            let blank = record.len() == 1 && record.get(0).is_some_and(|cell| cell.trim_ascii().is_empty());
            if !more || !blank {
                return Ok(more);
            }
        }
    }

    pub fn row<'a>(&self, record: &'a ByteRecord) -> Row<'a> {
        Row { record, crlf: self.crlf }
    }

    /// How far the reading is, 0 to 1.
    pub fn progress(&self) -> f64 {
        (self.reader.position().byte() as f64 / self.size.max(1) as f64).min(1.0)
    }

    fn failed(&self, error: ::csv::Error) -> ImportError {
        let line = self.reader.position().line();
        match error.into_kind() {
            ::csv::ErrorKind::Io(cause) if cause.kind() == io::ErrorKind::InvalidData => content(
                &self.path,
                format!("has a row of more than 1 MiB after line {line}"),
                "Check it there for a quote that is not closed.",
            ),
            ::csv::ErrorKind::Io(cause) => ImportError::Read { path: self.path.clone(), cause },
            other => content(&self.path, format!("is damaged near line {line} ({other:?})"), "Export it again."),
        }
    }
}

impl<'a> Row<'a> {
    pub fn len(&self) -> usize {
        self.record.len()
    }

    pub fn at(&self) -> At {
        At::Line(self.record.position().map_or(0, ::csv::Position::line))
    }

    /// A cell as it is written; none where it is not UTF-8. Empty where the row is too short.
    pub fn text(&self, place: usize) -> Option<&'a str> {
        let mut cell = self.record.get(place).unwrap_or_default();
        if self.crlf && place + 1 == self.record.len() {
            cell = cell.strip_suffix(b"\r").unwrap_or(cell);
        }
        std::str::from_utf8(cell).ok()
    }

    /// A cell; notes where it is not UTF-8.
    pub fn told_text(&self, place: usize, sink: &mut Sink) -> Option<&'a str> {
        let text = self.text(place);
        if text.is_none() {
            let (at, column) = (self.at(), place + 1);
            sink.note(Fault::NotText, place, || {
                format!("{at}, column {column}: the text is not UTF-8 and is left out; save the file as UTF-8")
            });
        }
        text
    }

    /// The quality in a cell: good where there is no column for it.
    pub fn quality(&self, place: Option<usize>, sink: &mut Sink) -> Quality {
        let Some(place) = place else { return Quality::Good };
        match self.told_text(place, sink) {
            Some(text) => sink.quality(text, self.at()),
            None => Quality::Uncertain(UncertainReason::Unspecified),
        }
    }
}

impl Delimiter {
    fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
        }
    }
}

/// What stands most often between the names of the columns, and whether lines end with CR LF.
fn sniff(head: &[u8]) -> (Delimiter, bool) {
    let mut quoted = false;
    let mut line: Vec<u8> = Vec::new();
    for &byte in head {
        quoted ^= byte == b'"';
        if byte == b'\n' && !quoted {
            if !line.trim_ascii().is_empty() {
                break;
            }
            line.clear();
        } else if !quoted {
            line.push(byte);
        }
    }
    let count = |delimiter: Delimiter| line.iter().filter(|byte| **byte == delimiter.byte()).count();
    let (semicolons, tabs, commas) = (count(Delimiter::Semicolon), count(Delimiter::Tab), count(Delimiter::Comma));
    let delimiter = if tabs > semicolons.max(commas) {
        Delimiter::Tab
    } else if semicolons > commas {
        Delimiter::Semicolon
    } else {
        Delimiter::Comma
    };
    (delimiter, line.ends_with(b"\r"))
}

/// Refuses to read on when a single row grows beyond all measure.
struct RowLimit<R> {
    inner: R,
    /// Read since the current row began; set to 0 with each row.
    row_bytes: Rc<Cell<u64>>,
}

impl<R: Read> Read for RowLimit<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.row_bytes.get() > LONGEST_ROW_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let count = self.inner.read(buffer)?;
        self.row_bytes.set(self.row_bytes.get() + count as u64);
        Ok(count)
    }
}

fn content(path: &Path, what: String, action: &str) -> ImportError {
    ImportError::Content { path: path.to_owned(), what, action: action.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_told_from_the_head_outside_quotes() {
        for (head, expected) in [
            ("time,a;b,c\n1;2;3;4", (Delimiter::Comma, false)),
            ("\r\ntime;\"a,b,c\";d\r\n", (Delimiter::Semicolon, true)),
            ("time\ta\n", (Delimiter::Tab, false)),
            ("time", (Delimiter::Comma, false)),
        ] {
            assert_eq!(sniff(head.as_bytes()), expected, "{head:?}");
        }
    }
}
