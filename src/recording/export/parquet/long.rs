//! A row is a sample: exactly one of the columns of values is set.

use std::sync::Arc;

use arrow_array::builder::{StringBuilder, TimestampNanosecondBuilder, UInt32Builder};
use arrow_schema::{DataType, Field};

use super::values::{Values, text_bytes, times, type_of};
use super::{BATCH_ROWS, BATCH_TEXT_BYTES, Batches, time_type};
use crate::domain::signal::Sample;
use crate::domain::value::ValueKind;
use crate::recording::export::part::PartFile;
use crate::recording::export::{Column, WriteError};
use crate::recording::import::quality_words;

const VALUES: [(&str, ValueKind); 4] = [
    ("value_real", ValueKind::Real),
    ("value_int", ValueKind::Int),
    ("value_bool", ValueKind::Bool),
    ("value_text", ValueKind::Text),
];

pub(in super::super) struct LongTable {
    batches: Batches,
    rows: usize,
    text_bytes: usize,
    times: TimestampNanosecondBuilder,
    received: TimestampNanosecondBuilder,
    signals: StringBuilder,
    values: [Values; 4],
    qualities: StringBuilder,
    codes: UInt32Builder,
    units: StringBuilder,
}

impl LongTable {
    pub fn create(file: PartFile) -> Result<Self, WriteError> {
        let needed = |name: &str, data_type| Field::new(name, data_type, false);
        let mut fields =
            vec![needed("time", time_type()), needed("received_time", time_type()), needed("signal", DataType::Utf8)];
        fields.extend(VALUES.map(|(name, kind)| Field::new(name, type_of(kind), true)));
        fields.extend([
            needed("quality", DataType::Utf8),
            needed("quality_code", DataType::UInt32),
            needed("unit", DataType::Utf8),
        ]);
        Ok(Self {
            batches: Batches::create(file, fields)?,
            rows: 0,
            text_bytes: 0,
            times: times(),
            received: times(),
            signals: StringBuilder::new(),
            values: VALUES.map(|(_, kind)| Values::new(kind)),
            qualities: StringBuilder::new(),
            codes: UInt32Builder::new(),
            units: StringBuilder::new(),
        })
    }

    pub fn push(&mut self, column: &Column, sample: &Sample) -> Result<(), WriteError> {
        self.times.append_value(sample.source_time.as_nanos());
        self.received.append_value(sample.received_time.as_nanos());
        self.signals.append_value(&column.path);
        for values in &mut self.values {
            values.push(Some(&sample.value));
        }
        self.qualities.append_value(quality_words(sample.quality));
        self.codes.append_value(sample.quality.status_code());
        self.units.append_value(column.unit.code());
        self.rows += 1;
        self.text_bytes += column.path.len() + text_bytes(&sample.value);
        if self.rows >= BATCH_ROWS || self.text_bytes >= BATCH_TEXT_BYTES { self.write() } else { Ok(()) }
    }

    pub fn finish(mut self) -> Result<PartFile, WriteError> {
        self.write()?;
        self.batches.finish()
    }

    fn write(&mut self) -> Result<(), WriteError> {
        (self.rows, self.text_bytes) = (0, 0);
        let [real, int, bool, text] = self.values.each_mut().map(Values::take);
        self.batches.write(vec![
            Arc::new(self.times.finish()),
            Arc::new(self.received.finish()),
            Arc::new(self.signals.finish()),
            real,
            int,
            bool,
            text,
            Arc::new(self.qualities.finish()),
            Arc::new(self.codes.finish()),
            Arc::new(self.units.finish()),
        ])
    }
}
