//! What a recording holds of the plant, for tasks that ask the simulated copy.

use std::path::Path;

use anyhow::{Context, bail};

use crate::app::recording::replay::bind;
use crate::app::recording::side::Side;
use crate::app::what_if::{Believed, FRESH, Past, Start};
use crate::domain::recording::StartValue;
use crate::domain::signal::Origin;
use crate::domain::time::{Span, Timestamp};
use crate::project::Project;
use crate::recording::reader::Recording;

/// The simulated copy of a project.
///
/// # Errors
/// In words, when it has none or its model cannot be used.
pub fn believed(project: &Project) -> anyhow::Result<Believed> {
    let twin = project.twin.as_ref().with_context(|| {
        format!(
            "\"{}\" has no simulated copy, so there is no model to ask. Add a table [twin] to the project, or a \
             source of kind \"emulator\" as in the demo factory.",
            project.name
        )
    })?;
    Believed::read(twin, &project.root).map_err(anyhow::Error::msg)
}

/// Reads a stretch of a recording; all of it where no moments are given.
///
/// # Errors
/// In words, when it cannot be read or holds nothing of the stretch.
pub fn past(
    project: &Project,
    file: &Path,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
) -> anyhow::Result<Past> {
    let recording = Recording::open(file)?;
    let (first, last) = recording.extent().context("The recording holds nothing.")?;
    let range = (from.unwrap_or(first), to.unwrap_or(last));
    if range.0 > last || range.1 < first || range.0 > range.1 {
        bail!("The recording holds {first} to {last}; nothing of it lies between {} and {}.", range.0, range.1);
    }
    let signals = bind(&recording.catalog, &mut project.catalog.clone());
    let side = Side::File { path: file.to_owned(), signals, shift: Span::ZERO };
    Past::read(side, range).map_err(anyhow::Error::msg)
}

/// The state of the plant at a moment of a recording; its last where none is given.
///
/// # Errors
/// As [`past`].
pub fn state(project: &Project, believed: &Believed, file: &Path, at: Option<Timestamp>) -> anyhow::Result<Start> {
    let until = match at {
        Some(at) => at,
        None => Recording::open(file)?.extent().context("The recording holds nothing.")?.1,
    };
    let past = past(project, file, (Some(until - FRESH), Some(until)))?;
    let seen = past.measured(&believed.wired).state_at(until).into_iter();
    let seen = seen.map(|seen| StartValue {
        variable: seen.variable,
        value: seen.value,
        quality: seen.quality,
        age: seen.age,
    });
    Ok(Start { origin: Origin::Recorded(0), at: until, seen: seen.collect() })
}
