//! Parquet tables, flat, plain or compressed with snappy or zstd.
//!
//! What the file says of Arrow types is not looked at: Parquet's own types are enough, and texts come
//! plain where a writer had dictionaries. Memory is bounded by a batch of rows.

mod cells;
mod file;

use std::collections::BTreeMap;
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_schema::DataType;

use self::cells::{Cell, cell, kind_of, readable};
use self::file::Table;
use super::table::{At, moment_from_int, moment_from_real};
use super::table::{Fault, Layout, LongColumns, RowTimes, Sink, WideColumns, excerpt};
use super::{ImportError, Intake, Stopped};
use crate::domain::quality::Quality;
use crate::domain::signal::SignalId;
use crate::domain::time::Timestamp;
use crate::domain::unit::Unit;
use crate::domain::value::{Value, ValueKind};

/// Reads a long or wide table into the intake. The kind of a signal is that of its column; in a long
/// table with several columns of values, that of its first value.
///
/// # Errors
/// When the file cannot be read, is no Parquet table with times, is compressed in a way that is not
/// supported, or the intake wants no more.
pub fn read(path: &Path, intake: &mut Intake) -> Result<(), ImportError> {
    let table = Table::open(path)?;
    let mut sink = Sink::new(intake);
    let mut places = Vec::new();
    for (place, (name, data_type)) in table.columns.iter().enumerate() {
        if readable(data_type) {
            places.push(place);
        } else {
            let what = if data_type.is_nested() { "nested" } else { "not readable" };
            sink.intake.problem(format!("column {} is left out: it is {what} ({data_type})", excerpt(name)));
        }
    }
    let names: Vec<&str> =
        places.iter().filter_map(|place| table.columns.get(*place)).map(|(name, _)| name.as_str()).collect();
    let layout = Layout::of(path, &names)?;
    let wanted: Vec<usize> = layout.places().into_iter().filter_map(|place| places.get(place).copied()).collect();
    let in_batch: BTreeMap<usize, usize> =
        layout.places().into_iter().enumerate().map(|(column, place)| (place, column)).collect();
    let rows_total = table.rows.max(1) as f64;
    let types: Vec<DataType> =
        places.iter().filter_map(|place| table.columns.get(*place)).map(|(_, data_type)| data_type.clone()).collect();
    let signals = match &layout {
        Layout::Wide(columns) => wide_signals(columns, &types, &mut sink)?,
        Layout::Long(_) => Vec::new(),
    };

    let mut rows_before = 0;
    for batch in table.batches(&wanted)? {
        let batch = batch?;
        sink.intake.progress = (rows_before as f64 / rows_total).min(1.0);
        let rows = Rows { batch: &batch, in_batch: &in_batch, rows_before };
        match &layout {
            Layout::Long(columns) => rows.long(columns, &mut sink)?,
            Layout::Wide(columns) => rows.wide(columns, &signals, &mut sink)?,
        }
        rows_before += batch.num_rows() as u64;
    }
    sink.intake.progress = 1.0;
    Ok(())
}

/// The signals of the columns, in their order; none where a column has no values or there are too many.
fn wide_signals(columns: &WideColumns, types: &[DataType], sink: &mut Sink) -> Result<Vec<Option<SignalId>>, Stopped> {
    let mut signals = Vec::new();
    for column in &columns.columns {
        let kind = types.get(column.place).and_then(kind_of);
        signals.push(match kind {
            Some(kind) => sink.signal(&column.path, kind, column.unit.clone())?,
            None => {
                sink.intake.problem(format!("column {} is left out: it holds times", excerpt(&column.path)));
                None
            }
        });
    }
    Ok(signals)
}

/// The rows of a batch.
struct Rows<'a> {
    batch: &'a RecordBatch,
    /// Columns of the batch by their place in the layout.
    in_batch: &'a BTreeMap<usize, usize>,
    rows_before: u64,
}

impl<'a> Rows<'a> {
    fn cell(&self, place: usize, row: usize) -> Cell<'a> {
        match self.in_batch.get(&place).and_then(|column| self.batch.columns().get(*column)) {
            Some(array) => cell(array.as_ref(), row),
            None => Cell::Null,
        }
    }

    /// The number of a row in the file, from 1.
    fn at(&self, row: usize) -> At {
        At::Row(self.rows_before + row as u64 + 1)
    }

    fn wide(&self, columns: &WideColumns, signals: &[Option<SignalId>], sink: &mut Sink) -> Result<(), Stopped> {
        for row in 0..self.batch.num_rows() {
            let at = self.at(row);
            let Some(time) = moment(self.cell(columns.time, row), Fault::Time, at, sink) else { continue };
            let times = RowTimes { source: time, received: time, at };
            for (column, signal) in columns.columns.iter().zip(signals) {
                let (Some(id), cell) = (*signal, self.cell(column.place, row)) else { continue };
                if matches!(cell, Cell::Null) {
                    continue;
                }
                let quality = column.quality.map(|place| self.cell(place, row));
                let quality = quality.map_or(Quality::Good, |quality| quality_of(quality, at, sink));
                hand_over(times, id, cell, quality, sink)?;
            }
        }
        Ok(())
    }

    fn long(&self, columns: &LongColumns, sink: &mut Sink) -> Result<(), Stopped> {
        for row in 0..self.batch.num_rows() {
            let at = self.at(row);
            let mut cells = columns.values.iter().map(|place| self.cell(*place, row));
            let Some(cell) = cells.find(|cell| !matches!(cell, Cell::Null)) else { continue };
            let Some(source) = moment(self.cell(columns.time, row), Fault::Time, at, sink) else { continue };
            let received = match columns.received.map(|place| self.cell(place, row)) {
                None | Some(Cell::Null) => source,
                Some(cell) => moment(cell, Fault::ReceivedTime, at, sink).unwrap_or(source),
            };
            let path = self.cell(columns.signal, row).to_text();
            let path = path.trim();
            if path.is_empty() {
                sink.note(Fault::NoSignal, 0, || format!("{at}: no signal is named; the row is left out"));
                continue;
            }
            let unit = columns.unit.map(|place| self.cell(place, row).to_text());
            let unit = unit.map_or_else(Unit::none, |unit| Unit::new(&unit));
            let kind = cell.kind().unwrap_or(ValueKind::Text);
            let Some(id) = sink.signal(path, kind, unit.clone())? else { continue };
            sink.same_unit(id, &unit, at);
            let quality = columns.quality.map(|place| self.cell(place, row));
            let quality = quality.map_or(Quality::Good, |quality| quality_of(quality, at, sink));
            hand_over(RowTimes { source, received, at }, id, cell, quality, sink)?;
        }
        Ok(())
    }
}

fn hand_over(times: RowTimes, id: SignalId, cell: Cell, quality: Quality, sink: &mut Sink) -> Result<(), Stopped> {
    let value = match cell {
        Cell::Bool(flag) => Value::Bool(flag),
        Cell::Int(number) => Value::Int(number),
        Cell::Real(number) => Value::Real(number),
        Cell::Text(text) => Value::text(text),
        Cell::Null => return Ok(()),
        Cell::Time(_) | Cell::Beyond(_) => {
            let kind = sink.intake.catalog.get(id).map_or(ValueKind::Text, |signal| signal.kind);
            sink.unfit(times, id, &cell.to_text(), kind);
            return Ok(());
        }
    };
    sink.value(times, id, value, quality)
}

fn moment(cell: Cell, fault: Fault, at: At, sink: &mut Sink) -> Option<Timestamp> {
    let moment = match cell {
        Cell::Text(text) => return sink.moment(text, fault, at),
        Cell::Time(moment) => Some(moment),
        Cell::Int(number) => moment_from_int(number),
        Cell::Real(number) => moment_from_real(number),
        Cell::Null | Cell::Bool(_) | Cell::Beyond(_) => None,
    };
    if moment.is_none() {
        sink.no_moment(&cell.to_text(), fault, at);
    }
    moment
}

fn quality_of(cell: Cell, at: At, sink: &mut Sink) -> Quality {
    match cell {
        Cell::Null => Quality::Good,
        Cell::Int(code) if u32::try_from(code).is_ok() => Quality::from_status_code(code as u32),
        other => sink.quality(&other.to_text(), at),
    }
}

#[cfg(test)]
mod tests;
