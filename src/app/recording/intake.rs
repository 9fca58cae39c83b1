//! Makes a recording of our own out of a file of others, so that everything else is the same for
//! both.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::library;
use crate::domain::catalog::Catalog;
use crate::domain::time::Timestamp;
use crate::recording::Head;
use crate::recording::import::{self, Found, ImportError, ImportReport, Intake, Stopped, Take};
use crate::recording::writer::Writer;

/// Samples of a chunk.
const CHUNK: u64 = 20_000;

/// Reads a file of any kind that is understood: by its ending, and MCAP where the ending says nothing.
fn read(path: &Path, intake: &mut Intake) -> Result<(), ImportError> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "csv" | "tsv" | "txt" => import::csv::read(path, &import::csv::CsvOptions::default(), intake),
        "parquet" | "pq" => import::parquet::read(path, intake),
        _ => import::mcap::read(path, intake),
    }
}

/// Reads `from` and writes a recording `to`; `go_on` is told how far it is, and says whether to go on.
///
/// # Errors
/// In words, when the one cannot be read or the other not be written. Nothing is left of it then.
pub fn import(from: &Path, to: &Path, mut go_on: impl FnMut(f64) -> bool) -> Result<ImportReport, String> {
    // A recording begins with the description of all signals: they are gathered first.
    let mut gather: Box<Take> = Box::new(|_, done| if go_on(done * 0.5) { Ok(()) } else { Err(Stopped) });
    let mut intake = Intake::new(&mut *gather);
    read(from, &mut intake).map_err(|error| error.to_string())?;
    let catalog: Catalog = intake.catalog;
    if intake.report.samples == 0 {
        return Err(format!("{} holds no values that can be shown. {}", from.display(), told(&intake.report)));
    }
    drop(gather);
    let part = to.with_extension("part");
    let written = write(from, &part, &catalog, &mut go_on);
    let result = written.and_then(|report| {
        fs::rename(&part, to).map_err(|error| format!("{} cannot be written: {error}.", to.display()))?;
        Ok(report)
    });
    if result.is_err() {
        _ = fs::remove_file(&part);
    }
    result
}

fn write(
    from: &Path,
    to: &Path,
    catalog: &Catalog,
    go_on: &mut impl FnMut(f64) -> bool,
) -> Result<ImportReport, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{} cannot be written: {error}.", to.display());
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    }
    let file = File::create(to).map_err(|error| failed(&error))?;
    let name = super::shelf::name_of(from);
    let head =
        Head { site: name.clone(), id: name, part: 1, program: env!("CARGO_PKG_VERSION").into(), ..Head::default() };
    let mut writer = Writer::create(BufWriter::new(file), &head, catalog, &[]).map_err(|error| failed(&error))?;
    let mut wrong = None;
    let mut last = Timestamp::default();
    let mut take = |found: Found, done: f64| {
        let Found::Sample(sample) = found else { return Ok(()) };
        last = sample.received_time;
        let mut written = writer.push(&sample);
        if written.is_ok() && writer.samples.is_multiple_of(CHUNK) {
            written = writer.flush(last);
            if !go_on(0.5 + done * 0.5) {
                return Err(Stopped);
            }
        }
        written.map_err(|error| {
            wrong = Some(error);
            Stopped
        })
    };
    let mut intake = Intake::new(&mut take);
    let read = read(from, &mut intake);
    let report = intake.report;
    match (read, wrong) {
        (_, Some(error)) => Err(failed(&error)),
        (Err(error), None) => Err(error.to_string()),
        (Ok(()), None) => writer.finish(last).map(|_| report).map_err(|error| failed(&error)),
    }
}

/// What could not be read, in words.
pub fn told(report: &ImportReport) -> String {
    let mut lines: Vec<String> = report
        .problems
        .iter()
        .map(|(words, count)| if *count > 1 { format!("{words} ({count} times)") } else { words.clone() })
        .collect();
    if report.more_problems > 0 {
        lines.push(format!("and {} more problems", report.more_problems));
    }
    lines.join("\n")
}

/// Where the recording made of a file is kept, so that it is made once.
///
/// # Errors
/// When the file cannot be looked at.
pub fn kept_place(original: &Path) -> std::io::Result<PathBuf> {
    let data = fs::metadata(original)?;
    let path = std::path::absolute(original)?;
    let key = format!("{}\n{}\n{:?}", path.display(), data.len(), data.modified()?);
    let digest: String = Sha256::digest(key.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let name = format!("{}-{digest}.mcap", super::shelf::name_of(original));
    Ok(library::cache().join("imports").join(name))
}
