//! Tables in text: comma between the cells, lines end with LF, times in RFC 3339 with nanoseconds.

use std::borrow::Cow;

use chrono::SecondsFormat;

use super::part::PartFile;
use super::wide::Cells;
use super::{Column, WriteError};
use crate::domain::signal::Sample;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::recording::import::quality_words;

/// The columns of a long table. `kind` says whether 1 is a whole number, a real one or a text.
const LONG: [&str; 8] = ["time", "received_time", "signal", "kind", "value", "quality", "quality_code", "unit"];

pub(super) struct LongTable(::csv::Writer<PartFile>);

pub(super) struct WideTable {
    writer: ::csv::Writer<PartFile>,
    quality: bool,
}

impl LongTable {
    pub fn create(file: PartFile) -> Result<Self, WriteError> {
        let mut writer = ::csv::Writer::from_writer(file);
        writer.write_record(LONG)?;
        Ok(Self(writer))
    }

    pub fn push(&mut self, column: &Column, sample: &Sample) -> Result<(), WriteError> {
        self.0.write_record([
            time(sample.source_time).as_str(),
            &time(sample.received_time),
            &column.path,
            &sample.value.kind().to_string(),
            &text(&sample.value),
            &quality_words(sample.quality),
            &sample.quality.status_code().to_string(),
            column.unit.code(),
        ])?;
        Ok(())
    }

    pub fn finish(self) -> Result<PartFile, WriteError> {
        into_file(self.0)
    }
}

impl WideTable {
    pub fn create(file: PartFile, columns: &[Column], quality: bool) -> Result<Self, WriteError> {
        let mut writer = ::csv::Writer::from_writer(file);
        writer.write_field("time")?;
        for column in columns {
            writer.write_field(column.head())?;
            if quality {
                writer.write_field(column.quality_head())?;
            }
        }
        end_row(&mut writer)?;
        Ok(Self { writer, quality })
    }

    pub fn row(&mut self, moment: Timestamp, cells: &Cells) -> Result<(), WriteError> {
        self.writer.write_field(time(moment))?;
        for cell in cells {
            let (value, quality) = match cell {
                Some((value, quality)) => (text(value), quality_words(*quality)),
                None => Default::default(),
            };
            self.writer.write_field(value.as_bytes())?;
            if self.quality {
                self.writer.write_field(quality.as_bytes())?;
            }
        }
        end_row(&mut self.writer)
    }

    pub fn finish(self) -> Result<PartFile, WriteError> {
        into_file(self.writer)
    }
}

fn end_row(writer: &mut ::csv::Writer<PartFile>) -> Result<(), WriteError> {
    Ok(writer.write_record(None::<&[u8]>)?)
}

fn into_file(writer: ::csv::Writer<PartFile>) -> Result<PartFile, WriteError> {
    writer.into_inner().map_err(|error| WriteError::Io(error.into_error()))
}

fn time(moment: Timestamp) -> String {
    moment.to_utc().to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// Real numbers in the shortest digits that are read back as the same number.
fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Text(text) => text.as_ref().into(),
        Value::Real(number) => format!("{number:?}").into(),
        Value::Bool(_) | Value::Int(_) => value.to_string().into(),
    }
}

impl From<::csv::Error> for WriteError {
    fn from(error: ::csv::Error) -> Self {
        match error.into_kind() {
            ::csv::ErrorKind::Io(cause) => Self::Io(cause),
            other => Self::Other(format!("{other:?}")),
        }
    }
}
