//! Takes samples out into tables, for the desk and for the command line.

use std::collections::HashSet;
use std::path::Path;

use super::side::{Side, share};
use crate::domain::catalog::Catalog;
use crate::domain::recording::ExportForm;
use crate::domain::signal::{Signal, SignalId};
use crate::domain::time::Timestamp;
use crate::recording::export::{ExportOptions, ExportReport, Exporter, TableFormat};

/// The table that a form asks for; none for a video.
pub fn format_of(form: ExportForm) -> Option<TableFormat> {
    Some(match form {
        ExportForm::CsvLong => TableFormat::CsvLong,
        ExportForm::CsvWide => TableFormat::CsvWide,
        ExportForm::ParquetLong => TableFormat::ParquetLong,
        ExportForm::ParquetWide => TableFormat::ParquetWide,
        ExportForm::Video => return None,
    })
}

/// What goes into a table.
pub struct Wish {
    pub range: (Timestamp, Timestamp),
    pub signals: Vec<SignalId>,
    pub format: TableFormat,
    pub options: ExportOptions,
}

/// Writes a table; `go_on` is told how far it is, and says whether to go on.
///
/// # Errors
/// In words. Nothing is left of the table then.
pub fn table(
    side: Side,
    catalog: &Catalog,
    wish: &Wish,
    path: &Path,
    go_on: impl Fn(f64) -> bool,
) -> Result<ExportReport, String> {
    let signals: Vec<(SignalId, &Signal)> =
        wish.signals.iter().filter_map(|signal| Some((*signal, catalog.get(*signal)?))).collect();
    if signals.is_empty() {
        return Err("There is nothing to export: no signal is among what was asked for.".to_owned());
    }
    let wanted: HashSet<SignalId> = wish.signals.iter().copied().collect();
    let mut exporter =
        Exporter::create(path, wish.format, &signals, wish.options).map_err(|error| error.to_string())?;
    for sample in side.samples(wish.range)? {
        // What held before the range is not in it.
        if sample.source_time < wish.range.0 || !wanted.contains(&sample.signal) {
            continue;
        }
        if !go_on(share(sample.source_time, wish.range)) {
            return Err("The export was stopped; nothing was written.".to_owned());
        }
        exporter.push(&sample).map_err(|error| error.to_string())?;
    }
    exporter.finish().map_err(|error| error.to_string())
}
