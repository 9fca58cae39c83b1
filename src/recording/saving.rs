//! Writes what the ring held into a file of its own.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::PathBuf;

use super::recorder::slug;
use super::ring::Kept;
use super::settings::{Description, RecordError};
use super::standing::Standing;
use super::writer::Writer;
use crate::domain::recording::Event;
use crate::domain::signal::Sample;
use crate::domain::time::Timestamp;

/// A stretch of the ring on its way into a file.
pub struct Saving {
    pub path: PathBuf,
    pub(super) from: Timestamp,
    pub(super) kept: Kept,
    pub(super) events: Vec<(Timestamp, Event)>,
    pub(super) description: Description,
    pub(super) now: Timestamp,
}

impl Saving {
    /// Writes the file; returns its path and how many samples it holds.
    ///
    /// # Errors
    /// When the file cannot be created or written.
    pub fn write(self) -> Result<(PathBuf, u64), RecordError> {
        let Self { path, from, kept, events, description, now } = self;
        let failed = |cause| RecordError::Create { path: path.clone(), cause };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let file = File::create_new(&path).map_err(failed)?;
        let written = |cause| RecordError::Write { path: path.clone(), cause };
        let head = description.head(&format!("{}-saved-{}", slug(&description.site), now.as_nanos()), 1, now);
        let buffered = BufWriter::with_capacity(1 << 16, file);
        let project = description.project.take();
        let mut writer = Writer::create(buffered, &head, &description.catalog, &project).map_err(written)?;
        let mut standing = Standing::default();
        let (before, inside): (Vec<_>, Vec<_>) = events.into_iter().partition(|(_, event)| event.at() < from);
        before.iter().for_each(|(_, event)| standing.observe(event));
        // Signals that were silent since then are known by what they said before.
        let mut known: BTreeMap<u32, Sample> = BTreeMap::new();
        for sample in kept.samples() {
            if writer.samples == 0 && sample.source_time < from {
                known.insert(sample.signal.0, sample);
                continue;
            }
            if writer.samples == 0 {
                writer.begin_with(known.values());
                for event in standing.events() {
                    writer.event(event, now).map_err(written)?;
                }
            }
            writer.push(&sample).map_err(written)?;
        }
        for (at, event) in &inside {
            writer.event(event, *at).map_err(written)?;
        }
        let samples = writer.samples;
        writer.finish(now).map_err(written)?;
        Ok((path, samples))
    }
}
