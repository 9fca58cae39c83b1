//! A row is a sample.

use std::collections::HashMap;

use super::cells::{Guess, value};
use super::rows::Row;
use crate::domain::signal::SignalId;
use crate::domain::unit::Unit;
use crate::domain::value::ValueKind;
use crate::recording::import::Stopped;
use crate::recording::import::table::{Fault, LongColumns, RowTimes, Sink, excerpt};

pub(super) struct LongTable {
    columns: LongColumns,
    decimal_comma: bool,
    /// What the head tells of its signals.
    head: HashMap<String, (Guess, Unit)>,
}

impl LongTable {
    pub fn new(columns: LongColumns, decimal_comma: bool) -> Self {
        Self { columns, decimal_comma, head: HashMap::new() }
    }

    pub fn look_at(&mut self, row: &Row) {
        let Some(path) = row.text(self.columns.signal) else { return };
        let (guess, unit) = self.head.entry(path.trim().to_owned()).or_insert((Guess::default(), Unit::none()));
        *guess = guess.with(value_cell(&self.columns, row), self.decimal_comma);
        if unit.code().is_empty() {
            *unit = unit_cell(&self.columns, row);
        }
    }

    pub fn take(&mut self, row: &Row, sink: &mut Sink) -> Result<(), Stopped> {
        let columns = &self.columns;
        for place in columns.values.iter().chain([&columns.time, &columns.signal]) {
            if row.told_text(*place, sink).is_none() {
                return Ok(());
            }
        }
        let (at, cell, unit) = (row.at(), value_cell(columns, row), unit_cell(columns, row));
        let kind = self.kind_cell(row, sink);
        // An empty cell is no sample, but where the row says that it is a text, it is an empty one.
        if cell.trim().is_empty() && kind != Some(ValueKind::Text) {
            return Ok(());
        }
        let time = row.text(columns.time).unwrap_or_default();
        let Some(source) = sink.moment(time, Fault::Time, at) else { return Ok(()) };
        let received = match columns.received.and_then(|place| row.text(place)).map(str::trim) {
            None | Some("") => source,
            Some(text) => sink.moment(text, Fault::ReceivedTime, at).unwrap_or(source),
        };
        let times = RowTimes { source, received, at };
        let Some((id, signal_kind)) = self.signal(row, kind, cell, &unit, sink)? else { return Ok(()) };
        sink.same_unit(id, &unit, at);
        let quality = row.quality(columns.quality, sink);
        match value(cell, kind.unwrap_or(signal_kind), self.decimal_comma) {
            Some(value) => sink.value(times, id, value, quality),
            None => {
                sink.unfit(times, id, cell, signal_kind);
                Ok(())
            }
        }
    }

    /// The signal of a row and its kind; none when it has no name or there are too many.
    fn signal(
        &self,
        row: &Row,
        kind: Option<ValueKind>,
        cell: &str,
        unit: &Unit,
        sink: &mut Sink,
    ) -> Result<Option<(SignalId, ValueKind)>, Stopped> {
        let path = row.text(self.columns.signal).unwrap_or_default().trim();
        if path.is_empty() {
            sink.note(Fault::NoSignal, 0, || format!("{}: no signal is named; the row is left out", row.at()));
            return Ok(None);
        }
        let id = match sink.intake.catalog.id(path) {
            Some(id) => Some(id),
            None => {
                let (guess, unit) = match self.head.get(path) {
                    Some((guess, unit)) => (*guess, unit.clone()),
                    None => (Guess::default().with(cell, self.decimal_comma), unit.clone()),
                };
                sink.signal(path, kind.unwrap_or(guess.kind()), unit)?
            }
        };
        Ok(id.and_then(|id| Some((id, sink.intake.catalog.get(id)?.kind))))
    }

    /// The kind that the row names.
    fn kind_cell(&self, row: &Row, sink: &mut Sink) -> Option<ValueKind> {
        let word = row.told_text(self.columns.kind?, sink)?.trim();
        let kind = [ValueKind::Bool, ValueKind::Int, ValueKind::Real, ValueKind::Text]
            .into_iter()
            .find(|kind| word.eq_ignore_ascii_case(&kind.to_string()));
        if kind.is_none() && !word.is_empty() {
            let (at, shown) = (row.at(), excerpt(word));
            sink.note(Fault::Kind, 0, || format!("{at}: {shown} is no kind of value; write bool, int, real or text"));
        }
        kind
    }
}

/// The first cell of values that is not empty.
fn value_cell<'a>(columns: &LongColumns, row: &Row<'a>) -> &'a str {
    let mut cells = columns.values.iter().filter_map(|place| row.text(*place));
    let first = cells.next().unwrap_or_default();
    if !first.is_empty() { first } else { cells.find(|cell| !cell.is_empty()).unwrap_or_default() }
}

fn unit_cell(columns: &LongColumns, row: &Row) -> Unit {
    columns.unit.and_then(|place| row.text(place)).map_or_else(Unit::none, Unit::new)
}
