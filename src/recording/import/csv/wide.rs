//! A row is a moment, with a cell for each signal.

use super::cells::{Guess, value};
use super::rows::Row;
use crate::domain::signal::SignalId;
use crate::domain::value::ValueKind;
use crate::recording::import::Stopped;
use crate::recording::import::table::{Fault, RowTimes, Sink, WideColumn, WideColumns};

pub(super) struct WideTable {
    time: usize,
    columns: Vec<Column>,
    decimal_comma: bool,
}

struct Column {
    of: WideColumn,
    guess: Guess,
    /// None where the table has too many signals.
    signal: Option<(SignalId, ValueKind)>,
}

impl WideTable {
    pub fn new(columns: WideColumns, decimal_comma: bool) -> Self {
        let time = columns.time;
        let columns = columns.columns.into_iter();
        let columns = columns.map(|of| Column { of, guess: Guess::default(), signal: None }).collect();
        Self { time, columns, decimal_comma }
    }

    pub fn look_at(&mut self, row: &Row) {
        for column in &mut self.columns {
            let cell = row.text(column.of.place).unwrap_or_default();
            column.guess = column.guess.with(cell, self.decimal_comma);
        }
    }

    pub fn begin(&mut self, sink: &mut Sink) -> Result<(), Stopped> {
        for column in &mut self.columns {
            let kind = column.guess.kind();
            let signal = sink.signal(&column.of.path, kind, column.of.unit.clone())?;
            column.signal = signal.map(|id| (id, sink.intake.catalog.get(id).map_or(kind, |signal| signal.kind)));
        }
        Ok(())
    }

    pub fn take(&mut self, row: &Row, sink: &mut Sink) -> Result<(), Stopped> {
        let Some(text) = row.told_text(self.time, sink) else { return Ok(()) };
        let Some(time) = sink.moment(text, Fault::Time, row.at()) else { return Ok(()) };
        let times = RowTimes { source: time, received: time, at: row.at() };
        for column in &self.columns {
            let (Some((id, kind)), Some(cell)) = (column.signal, row.told_text(column.of.place, sink)) else {
                continue;
            };
            if cell.trim().is_empty() {
                continue;
            }
            let quality = row.quality(column.of.quality, sink);
            match value(cell, kind, self.decimal_comma) {
                Some(value) => sink.value(times, id, value, quality)?,
                None => sink.unfit(times, id, cell, kind),
            }
        }
        Ok(())
    }
}
