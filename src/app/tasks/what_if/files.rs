//! Files of scenarios and sweeps: tables that are written, states and shares that are read.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};

use crate::app::what_if::Start;
use crate::domain::sweep::Response;
use crate::simulation::whatif::Outcome;
use crate::simulation::whatif::sweep;

/// Scenario files, states and shares of a sweep are read up to here.
const LARGEST_FILE: u64 = 256 << 20;

/// A file as text.
///
/// # Errors
/// When it cannot be read, is larger than what anybody needs or is no text.
pub fn text_of(file: &Path) -> anyhow::Result<String> {
    let opened = File::open(file).with_context(|| format!("{} cannot be opened.", file.display()))?;
    let mut text = String::new();
    let read = opened.take(LARGEST_FILE + 1).read_to_string(&mut text);
    read.with_context(|| format!("{} cannot be read as text.", file.display()))?;
    if text.len() as u64 > LARGEST_FILE {
        bail!("{} is larger than {} MiB; it was not read.", file.display(), LARGEST_FILE >> 20);
    }
    Ok(text)
}

/// A state that [`write_state`] wrote.
///
/// # Errors
/// When it cannot be read or is none.
pub fn read_state(file: &Path) -> anyhow::Result<Start> {
    serde_json::from_str(&text_of(file)?).with_context(|| {
        format!("{} is no state of a plant. Give a state.json that \"simulate --out\" has written.", file.display())
    })
}

/// The state that a scenario began with, so that it can be asked of it again.
///
/// # Errors
/// When the folder cannot be made or the file not be written.
pub fn write_state(folder: &Path, start: &Start) -> anyhow::Result<()> {
    write(folder, "state.json", serde_json::to_string_pretty(start)?.as_bytes())
}

/// A sweep or a share of one, for programs of this kind and for tables of others.
///
/// # Errors
/// When the folder cannot be made or the files not be written.
pub fn write_sweep(folder: &Path, response: &Response) -> anyhow::Result<()> {
    write(folder, "sweep.json", serde_json::to_string_pretty(response)?.as_bytes())?;
    let mut table = Vec::new();
    sweep::table::write(response, &mut table).context("The sweep does not fit into a table.")?;
    write(folder, "sweep.parquet", &table)
}

/// A share that [`write_sweep`] wrote, in either form.
///
/// # Errors
/// When it cannot be read or is none.
pub fn read_sweep(file: &Path) -> anyhow::Result<Response> {
    let none = || format!("{} is no share of a sweep (sweep.parquet or sweep.json).", file.display());
    if file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet")) {
        let opened = File::open(file).with_context(|| format!("{} cannot be opened.", file.display()))?;
        return sweep::table::read(opened).with_context(none);
    }
    serde_json::from_str(&text_of(file)?).with_context(none)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made.", folder.display()))?;
    let path = folder.join(name);
    std::fs::write(&path, bytes).with_context(|| format!("{} cannot be written.", path.display()))?;
    eprintln!("wrote {}", path.display());
    Ok(())
}

/// Where all variables lie over time.
///
/// # Errors
/// When the folder cannot be made or the file not be written.
pub fn write_bands(folder: &Path, outcome: &Outcome) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made.", folder.display()))?;
    let path = folder.join("bands.csv");
    let mut table = csv::Writer::from_path(&path).with_context(|| format!("{} cannot be written.", path.display()))?;
    table.write_record(["variable", "unit", "course", "secs", "min", "p5", "p50", "p95", "max"])?;
    for bands in &outcome.bands {
        for (course, series) in [("baseline", &bands.baseline), ("changed", &bands.changed)] {
            for (place, band) in series.iter().enumerate() {
                let secs = place as u64 * u64::from(bands.grid_secs);
                let figures = [band.min, band.low, band.middle, band.high, band.max].map(|value| value.to_string());
                let names = [bands.variable.as_str(), bands.unit.code(), course].map(str::to_owned);
                table.write_record(names.into_iter().chain([secs.to_string()]).chain(figures))?;
            }
        }
    }
    table.flush().with_context(|| format!("{} cannot be written.", path.display()))?;
    eprintln!("wrote {}", path.display());
    Ok(())
}
