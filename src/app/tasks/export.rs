//! `twinscope export` and `twinscope import`.

use std::cell::Cell;
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};

use crate::app::args::ExportWish;
use crate::app::recording::export::{Wish, table};
use crate::app::recording::intake;
use crate::app::recording::replay::Bound;
use crate::app::recording::side::Side;
use crate::domain::signal::SignalId;
use crate::domain::time::Span;
use crate::recording::export::{ExportOptions, TableFormat};
use crate::recording::reader::Recording;

/// Writes a table.
///
/// # Errors
/// When the recording cannot be read, nothing is in the range, or the table cannot be written.
pub fn export(wish: &ExportWish) -> anyhow::Result<ExitCode> {
    let ending = wish.out.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let format = match (ending.as_str(), wish.wide) {
        ("csv", false) => TableFormat::CsvLong,
        ("csv", true) => TableFormat::CsvWide,
        ("parquet", false) => TableFormat::ParquetLong,
        ("parquet", true) => TableFormat::ParquetWide,
        _ => bail!("{} ends neither in .csv nor in .parquet.", wish.out.display()),
    };
    let recording = Recording::open(&wish.file)?;
    let (first, last) = recording.extent().context("The recording holds nothing.")?;
    let range = (wish.from.unwrap_or(first), wish.to.unwrap_or(last));
    if range.0 > last || range.1 < first || range.0 > range.1 {
        bail!("The recording holds {first} to {last}; nothing of it lies between {} and {}.", range.0, range.1);
    }
    let wanted = |path: &str| wish.signal.is_empty() || wish.signal.iter().any(|head| path.starts_with(head.as_str()));
    let signals: Vec<SignalId> =
        recording.catalog.iter().filter(|(_, signal)| wanted(&signal.path)).map(|(id, _)| id).collect();
    if signals.is_empty() {
        let example = recording.catalog.iter().next().map_or("", |(_, signal)| &signal.path);
        bail!("No signal begins with \"{}\". One of the recording is \"{example}\".", wish.signal.join("\" or \""));
    }
    let bound = recording.catalog.iter().map(|(signal, known)| Bound { signal, kind: known.kind, convert: None });
    let side = Side::File { path: wish.file.clone(), signals: bound.collect(), shift: Span::ZERO };
    let options = ExportOptions { quality: !wish.no_quality, hold_last: wish.hold };
    let wish_for = Wish { range, signals, format, options };
    let progress = Progress::default();
    let report = table(side, &recording.catalog, &wish_for, &wish.out, |done| progress.go_on(done));
    let report = report.map_err(anyhow::Error::msg)?;
    progress.end();
    println!("{} samples in {} rows: {}", report.samples, report.rows, wish.out.display());
    if report.replaced + report.left_out > 0 {
        eprintln!(
            "{} samples have no place in this table: several at one moment, or of another kind than their signal.",
            report.replaced + report.left_out
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes a recording out of a file of others.
///
/// # Errors
/// When the file cannot be read, or the recording exists or cannot be written.
pub fn import(file: &Path, out: &Path) -> anyhow::Result<ExitCode> {
    if out.exists() {
        bail!("{} exists. Choose another name; recordings are not written over.", out.display());
    }
    let progress = Progress::default();
    let report = intake::import(file, out, |done| progress.go_on(done)).map_err(anyhow::Error::msg)?;
    progress.end();
    println!("{} samples of {} signals: {}", report.samples, report.signals, out.display());
    let told = intake::told(&report);
    if !told.is_empty() {
        eprintln!("{told}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Percent on the terminal, where there is one.
#[derive(Default)]
struct Progress(Cell<u32>);

impl Progress {
    fn go_on(&self, done: f64) -> bool {
        let percent = (done * 100.0) as u32;
        if percent != self.0.replace(percent) && std::io::stderr().is_terminal() {
            eprint!("\r{percent} %  ");
        }
        true
    }

    fn end(&self) {
        if self.0.get() > 0 && std::io::stderr().is_terminal() {
            eprint!("\r        \r");
        }
    }
}
