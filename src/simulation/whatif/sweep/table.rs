//! A sweep as a Parquet table: a row for each combination, figure and side. Shares of one sweep merge
//! by putting their rows together; what is the same in all rows stands in the metadata.
//!
//! | column | type |
//! |---|---|
//! | `place` | number of the combination, from 0 |
//! | one of each swept parameter, by its name | double |
//! | `figure`, `unit`, `better`, `part` | text; `part` is null for a figure of the whole |
//! | `side` | `baseline`, `changed` or `difference` |
//! | `mean`, `p5`, `p95`, `std_error` | double |
//! | `runs` | runs that have the figure |
//!
//! The key `twinscope.sweep` of the file's metadata holds scenario and axes as JSON.

use std::fs::File;
use std::io::Write;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, UInt32Type};
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt32Array};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use serde::{Deserialize, Serialize};

use crate::domain::scenario::{Better, Estimate, KpiResult, Scenario};
use crate::domain::sweep::{Axis, Cell, Response};
use crate::domain::unit::Unit;

const HEAD: &str = "twinscope.sweep";
const PLACE: &str = "place";
const TEXTS: [&str; 5] = ["figure", "unit", "better", "part", "side"];
const NUMBERS: [&str; 4] = ["mean", "p5", "p95", "std_error"];
const RUNS: &str = "runs";
const SIDES: [&str; 3] = ["baseline", "changed", "difference"];
/// 10,000 combinations of a hundred figures.
const MOST_ROWS: i64 = 3_000_000;

/// What is the same in all rows.
#[derive(Serialize, Deserialize)]
struct Head {
    scenario: Scenario,
    axes: Vec<Axis>,
}

/// Why a table cannot be read as a sweep.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error("it is no Parquet table: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    #[error("it is damaged")]
    Damaged,
    #[error("it is damaged: {0}")]
    Arrow(#[from] arrow_schema::ArrowError),
    #[error("it does not say which sweep it belongs to (the metadata has no \"{HEAD}\")")]
    NoHead,
    #[error("what it says of its sweep cannot be read: {0}")]
    Head(#[from] serde_json::Error),
    #[error("it has no column \"{name}\" of {kind}")]
    Column { name: String, kind: &'static str },
    #[error("it has {found} rows, more than {MOST_ROWS}")]
    TooLarge { found: i64 },
    #[error("row {row} has the side \"{found}\", expected baseline, changed or difference")]
    Side { row: usize, found: String },
}

struct Row<'a> {
    cell: &'a Cell,
    kpi: &'a KpiResult,
    side: &'static str,
    estimate: &'a Estimate,
}

/// Writes a sweep or a share of one.
///
/// # Errors
/// When it cannot be written.
pub fn write(response: &Response, out: impl Write + Send) -> Result<(), TableError> {
    let rows: Vec<Row<'_>> = response.cells.iter().flat_map(rows_of).collect();
    let mut fields = vec![Field::new(PLACE, DataType::UInt32, false)];
    let mut columns: Vec<ArrayRef> =
        vec![Arc::new(UInt32Array::from_iter_values(rows.iter().map(|row| row.cell.place)))];
    for (index, axis) in response.axes.iter().enumerate() {
        fields.push(Field::new(&axis.parameter, DataType::Float64, false));
        let values = rows.iter().map(|row| row.cell.values.get(index).copied().unwrap_or(f64::NAN));
        columns.push(Arc::new(Float64Array::from_iter_values(values)));
    }
    for name in TEXTS {
        fields.push(Field::new(name, DataType::Utf8, name == "part"));
        let text = |row: &Row<'_>| match name {
            "figure" => Some(row.kpi.name.clone()),
            "unit" => Some(row.kpi.unit.code().to_owned()),
            "better" => Some(word(row.kpi.better).to_owned()),
            "part" => row.kpi.part.clone(),
            _ => Some(row.side.to_owned()),
        };
        columns.push(Arc::new(StringArray::from_iter(rows.iter().map(text))));
    }
    for (name, of) in NUMBERS.into_iter().zip([
        (|estimate| estimate.mean) as fn(&Estimate) -> f64,
        |estimate| estimate.low,
        |estimate| estimate.high,
        |estimate| estimate.std_error,
    ]) {
        fields.push(Field::new(name, DataType::Float64, false));
        columns.push(Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| of(row.estimate)))));
    }
    fields.push(Field::new(RUNS, DataType::UInt32, false));
    columns.push(Arc::new(UInt32Array::from_iter_values(rows.iter().map(|row| row.estimate.runs))));
    let head = Head { scenario: response.scenario.clone(), axes: response.axes.clone() };
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_key_value_metadata(Some(vec![KeyValue::new(HEAD.to_owned(), serde_json::to_string(&head)?)]))
        .build();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?;
    let mut writer = ArrowWriter::try_new(out, batch.schema(), Some(properties))?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}

fn rows_of(cell: &Cell) -> impl Iterator<Item = Row<'_>> {
    cell.kpis.iter().flat_map(move |kpi| {
        let estimates = [&kpi.baseline, &kpi.changed, &kpi.difference];
        let present = SIDES.into_iter().zip(estimates);
        present.filter_map(move |(side, estimate)| Some(Row { cell, kpi, side, estimate: estimate.as_ref()? }))
    })
}

fn word(better: Better) -> &'static str {
    match better {
        Better::Higher => "higher",
        Better::Lower => "lower",
        Better::Unknown => "unknown",
    }
}

/// Reads what [`write`] wrote. Figures that no run has are not in a table, and so not in its answer.
///
/// # Errors
/// When it is no such table, or larger than any sweep.
pub fn read(file: File) -> Result<Response, TableError> {
    // The library panics on some damaged files.
    panic::catch_unwind(AssertUnwindSafe(|| read_table(file))).unwrap_or(Err(TableError::Damaged))
}

fn read_table(file: File) -> Result<Response, TableError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let metadata = builder.metadata().file_metadata();
    let found = metadata.num_rows();
    if found > MOST_ROWS {
        return Err(TableError::TooLarge { found });
    }
    let head = metadata.key_value_metadata().into_iter().flatten().find(|entry| entry.key == HEAD);
    let head = head.and_then(|entry| entry.value.as_deref()).ok_or(TableError::NoHead)?;
    let Head { scenario, axes } = serde_json::from_str(head)?;
    let mut cells: Vec<Cell> = Vec::new();
    for batch in builder.build()? {
        take(&batch?, &axes, &mut cells)?;
    }
    Ok(Response { scenario, axes, cells })
}

fn take(batch: &RecordBatch, axes: &[Axis], cells: &mut Vec<Cell>) -> Result<(), TableError> {
    let missing = |name: &str, kind| TableError::Column { name: name.to_owned(), kind };
    let column = |name: &str, kind| batch.column_by_name(name).ok_or_else(|| missing(name, kind));
    let whole = |name: &str| {
        column(name, "whole numbers")?.as_primitive_opt::<UInt32Type>().ok_or_else(|| missing(name, "whole numbers"))
    };
    let number =
        |name: &str| column(name, "numbers")?.as_primitive_opt::<Float64Type>().ok_or_else(|| missing(name, "numbers"));
    let text = |name: &str| column(name, "text")?.as_string_opt::<i32>().ok_or_else(|| missing(name, "text"));
    let (places, runs) = (whole(PLACE)?, whole(RUNS)?);
    let values = axes.iter().map(|axis| number(&axis.parameter)).collect::<Result<Vec<_>, _>>()?;
    let [figures, units, betters, parts, sides] = TEXTS.map(text);
    let (figures, units, betters, parts, sides) = (figures?, units?, betters?, parts?, sides?);
    let [means, lows, highs, errors] = NUMBERS.map(number);
    let (means, lows, highs, errors) = (means?, lows?, highs?, errors?);
    for row in 0..batch.num_rows() {
        let (place, name) = (places.value(row), figures.value(row));
        if cells.last().is_none_or(|cell| cell.place != place) {
            let values = values.iter().map(|values| values.value(row)).collect();
            cells.push(Cell { place, values, kpis: Vec::new() });
        }
        let Some(cell) = cells.last_mut() else { continue };
        if cell.kpis.last().is_none_or(|kpi| kpi.name != name) {
            let better = [Better::Higher, Better::Lower].into_iter().find(|better| word(*better) == betters.value(row));
            let part = parts.iter().nth(row).flatten().map(str::to_owned);
            let (name, unit, better) = (name.to_owned(), Unit::new(units.value(row)), better.unwrap_or_default());
            cell.kpis.push(KpiResult { name, unit, better, part, baseline: None, changed: None, difference: None });
        }
        let Some(kpi) = cell.kpis.last_mut() else { continue };
        let (mean, low, high) = (means.value(row), lows.value(row), highs.value(row));
        let estimate = Estimate { mean, low, high, std_error: errors.value(row), runs: runs.value(row) };
        let side = match sides.value(row) {
            "baseline" => &mut kpi.baseline,
            "changed" => &mut kpi.changed,
            "difference" => &mut kpi.difference,
            found => return Err(TableError::Side { row, found: found.to_owned() }),
        };
        *side = Some(estimate);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Span;

    fn response() -> Response {
        let kpi = |name: &str, part: Option<&str>, values: &[(Option<f64>, Option<f64>)]| KpiResult {
            part: part.map(str::to_owned),
            better: Better::Lower,
            ..KpiResult::paired(name, Unit::new("/min"), values)
        };
        let cell = |place, value: f64| Cell {
            place,
            values: vec![value],
            kpis: vec![
                kpi("Throughput", None, &[(Some(1.0), Some(value)), (Some(2.0), Some(value))]),
                kpi("Filler starved", Some("Filler"), &[(Some(3.0), None)]),
            ],
        };
        Response {
            scenario: Scenario {
                name: "a \"sweep\"".into(),
                changes: Vec::new(),
                horizon: Span::from_secs(60),
                runs: 2,
                seed: 1,
                uncertain: Vec::new(),
            },
            axes: vec![Axis { parameter: "Filler/SpeedSetpoint".into(), from: 500.0, to: 600.0, points: 2 }],
            cells: vec![cell(0, 500.0), cell(1, 600.0)],
        }
    }

    fn file_of(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(bytes).expect("written");
        file
    }

    #[test]
    fn what_was_written_is_read() {
        let mut bytes = Vec::new();
        write(&response(), &mut bytes).expect("written");
        assert_eq!(read(file_of(&bytes)).expect("a table"), response());
        for cut in (0..bytes.len()).step_by(97) {
            assert!(read(file_of(&bytes[..cut])).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn damaged_and_foreign_tables_are_refused_in_words() {
        assert!(matches!(read(file_of(b"PAR1 and no more")), Err(TableError::Parquet(_))));
        let fields = Schema::new(vec![Field::new(PLACE, DataType::UInt32, false)]);
        let column: ArrayRef = Arc::new(UInt32Array::from(vec![1]));
        let batch = RecordBatch::try_new(Arc::new(fields), vec![column]).expect("a batch");
        let mut foreign = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut foreign, batch.schema(), None).expect("a writer");
        writer.write(&batch).expect("written");
        writer.close().expect("closed");
        assert!(matches!(read(file_of(&foreign)), Err(TableError::NoHead)));
    }
}
