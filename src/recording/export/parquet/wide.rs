//! A row is a moment, with a typed column for each signal.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{StringBuilder, TimestampNanosecondBuilder};
use arrow_schema::{DataType, Field};

use super::values::{Values, text_bytes, times, type_of};
use super::{BATCH_CELLS, BATCH_ROWS, BATCH_TEXT_BYTES, Batches, time_type};
use crate::domain::time::Timestamp;
use crate::recording::export::part::PartFile;
use crate::recording::export::wide::Cells;
use crate::recording::export::{Column, WriteError};
use crate::recording::import::quality_words;

pub(in super::super) struct WideTable {
    batches: Batches,
    rows: usize,
    rows_in_batch: usize,
    text_bytes: usize,
    times: TimestampNanosecondBuilder,
    columns: Vec<(Values, Option<StringBuilder>)>,
}

impl WideTable {
    pub fn create(file: PartFile, columns: &[Column], quality: bool) -> Result<Self, WriteError> {
        let mut fields = vec![Field::new("time", time_type(), false)];
        for column in columns {
            fields.push(Field::new(column.head(), type_of(column.kind), true));
            if quality {
                fields.push(Field::new(column.quality_head(), DataType::Utf8, true));
            }
        }
        let rows_in_batch = (BATCH_CELLS / fields.len()).clamp(1, BATCH_ROWS);
        let columns = columns.iter();
        Ok(Self {
            batches: Batches::create(file, fields)?,
            rows: 0,
            rows_in_batch,
            text_bytes: 0,
            times: times(),
            columns: columns.map(|column| (Values::new(column.kind), quality.then(StringBuilder::new))).collect(),
        })
    }

    pub fn row(&mut self, moment: Timestamp, cells: &Cells) -> Result<(), WriteError> {
        self.times.append_value(moment.as_nanos());
        for ((values, qualities), cell) in self.columns.iter_mut().zip(cells) {
            values.push(cell.as_ref().map(|(value, _)| value));
            self.text_bytes += cell.as_ref().map_or(0, |(value, _)| text_bytes(value));
            if let Some(qualities) = qualities {
                qualities.append_option(cell.as_ref().map(|(_, quality)| quality_words(*quality)));
            }
        }
        self.rows += 1;
        if self.rows >= self.rows_in_batch || self.text_bytes >= BATCH_TEXT_BYTES { self.write() } else { Ok(()) }
    }

    pub fn finish(mut self) -> Result<PartFile, WriteError> {
        self.write()?;
        self.batches.finish()
    }

    fn write(&mut self) -> Result<(), WriteError> {
        (self.rows, self.text_bytes) = (0, 0);
        let mut columns: Vec<ArrayRef> = vec![Arc::new(self.times.finish())];
        for (values, qualities) in &mut self.columns {
            columns.push(values.take());
            if let Some(qualities) = qualities {
                columns.push(Arc::new(qualities.finish()));
            }
        }
        self.batches.write(columns)
    }
}
