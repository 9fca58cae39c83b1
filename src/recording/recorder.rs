//! The recorder: keeps the ring, writes files, cuts them, and goes on after a full disk.
//!
//! It is told the time and what arrives; the thread that runs it belongs to `app`.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use super::ring::Ring;
use super::saving::Saving;
use super::settings::{Description, RecordError, Settings};
use super::standing::Standing;
use super::sync::Syncer;
use super::writer::{WriteError, Writer};
use crate::domain::recording::{Event, Gap, GapReason, RecorderStatus};
use crate::domain::signal::Sample;
use crate::domain::time::{Span, Timestamp};

/// Recordings end so.
pub const EXTENSION: &str = "mcap";

/// A closed chunk each; a crash costs what came since the last.
const FLUSH_EVERY: Span = Span::from_millis(500);
/// The disk is asked to keep what it was given.
const SYNC_EVERY: Span = Span::from_secs(1);
/// How soon writing is tried again after a failure.
const RETRY_AFTER: Span = Span::from_secs(5);
/// Events kept for a file made from the ring.
const EVENTS_KEPT: usize = 20_000;

/// Takes everything in, writes when asked.
pub struct Recorder {
    settings: Settings,
    description: Description,
    ring: Ring,
    /// What each signal said last.
    latest: Vec<Option<Sample>>,
    recent: VecDeque<(Timestamp, Event)>,
    standing: Standing,
    task: Option<Task>,
    status: RecorderStatus,
    space_asked: Option<Timestamp>,
}

/// A recording that was asked for, whether it can be written at the moment or not.
struct Task {
    first_path: PathBuf,
    id: String,
    part: u32,
    /// Bytes and samples of the parts before.
    before: (u64, u64),
    state: State,
}

enum State {
    Writing(Box<Part>),
    /// Since when in plant time nothing is written, and when to try again.
    Waiting {
        since: Timestamp,
        lost: u64,
        retry_at: Timestamp,
    },
}

struct Part {
    writer: Writer<BufWriter<File>>,
    file: File,
    path: PathBuf,
    syncer: Syncer,
    began: Timestamp,
    flushed: Timestamp,
    synced: Timestamp,
}

impl Recorder {
    pub fn new(settings: Settings, description: Description) -> Self {
        let ring = Ring::new(settings.ring_span, settings.ring_bytes);
        Self {
            settings,
            description,
            ring,
            latest: Vec::new(),
            recent: VecDeque::new(),
            standing: Standing::default(),
            task: None,
            status: RecorderStatus::default(),
            space_asked: None,
        }
    }

    pub fn status(&self) -> &RecorderStatus {
        &self.status
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The project was read anew: what is recorded goes on in a new part, the ring begins anew where
    /// signals have other numbers.
    pub fn describe(&mut self, description: Description, now: Timestamp) {
        let same = description.catalog.len() == self.description.catalog.len()
            && description.catalog.iter().zip(self.description.catalog.iter()).all(|(new, old)| new == old);
        self.description = description;
        if !same {
            self.ring.clear();
            self.latest.clear();
            self.cut(now);
        }
    }

    /// Begins a recording into a file, or into one with a name made from site and time.
    ///
    /// # Errors
    /// When the file cannot be created, or there is no space for it.
    pub fn start(&mut self, path: Option<PathBuf>, now: Timestamp) -> Result<PathBuf, RecordError> {
        self.stop(now);
        let path = path.unwrap_or_else(|| self.settings.folder.join(file_name(&self.description.site, "", now)));
        let id = format!("{}-{}", slug(&self.description.site), now.as_nanos());
        let part = self.open_part(&path, &id, 1, now)?;
        self.status = RecorderStatus { since: Some(now), file: Some(path.clone()), ..RecorderStatus::default() };
        let state = State::Writing(Box::new(part));
        self.task = Some(Task { first_path: path.clone(), id, part: 1, before: (0, 0), state });
        self.refresh_status();
        Ok(path)
    }

    /// Ends the recording. The file is whole before this returns.
    pub fn stop(&mut self, now: Timestamp) -> Option<PathBuf> {
        let task = self.task.take()?;
        if let State::Writing(part) = task.state {
            let (path, samples) = (part.path.clone(), part.writer.samples);
            let finished = part.writer.finish(now).and_then(|bytes| Ok(part.file.sync_all().map(|()| bytes)?));
            match finished {
                Ok(bytes) => self.status.bytes = task.before.0 + bytes,
                Err(cause) => self.status.failure = Some(RecordError::Write { path, cause }.to_string()),
            }
            self.status.samples = task.before.1 + samples;
        }
        self.status.file = None;
        self.status.since = None;
        Some(task.first_path)
    }

    /// Takes a sample in.
    pub fn take(&mut self, sample: &Sample) {
        self.ring.push(sample);
        self.note_latest(sample);
        match self.task.as_mut().map(|task| &mut task.state) {
            Some(State::Writing(part)) => {
                if let Err(error) = part.writer.push(sample) {
                    self.fail(error, sample.received_time);
                }
            }
            Some(State::Waiting { lost, .. }) => {
                *lost += 1;
                self.status.lost += 1;
            }
            None => {}
        }
    }

    fn note_latest(&mut self, sample: &Sample) {
        let index = sample.signal.index();
        if index >= self.latest.len() {
            self.latest.resize(self.description.catalog.len().max(index + 1), None);
        }
        if let Some(slot) = self.latest.get_mut(index)
            && slot.as_ref().is_none_or(|known| known.source_time <= sample.source_time)
        {
            slot.clone_from(&Some(sample.clone()));
        }
    }

    /// Takes in what happened at this wall time.
    pub fn event(&mut self, event: Event, now: Timestamp) {
        self.standing.observe(&event);
        if let Event::Gap(gap) = &event {
            self.status.gaps.push(*gap);
            self.status.lost += gap.lost;
        }
        if let Some(State::Writing(part)) = self.task.as_mut().map(|task| &mut task.state)
            && let Err(error) = part.writer.event(&event, now)
        {
            self.fail(error, now);
        }
        self.recent.push_back((now, event));
        if self.recent.len() > EVENTS_KEPT {
            self.recent.pop_front();
        }
    }

    /// Does what is due: flush, sync, cut, look for space, try again.
    pub fn tick(&mut self, now: Timestamp) {
        self.look_for_space(now);
        let Some(task) = &mut self.task else { return self.refresh_status() };
        match &mut task.state {
            State::Writing(part) => {
                let flushed = part.keep_up(now);
                let full =
                    part.writer.bytes() >= self.settings.part_bytes || now - part.began >= self.settings.part_span;
                if let Err(error) = flushed {
                    self.fail(error, now);
                } else if self.status.free_bytes.is_some_and(|free| free < self.settings.least_free) {
                    self.run_out(now);
                } else if full {
                    self.cut(now);
                }
            }
            State::Waiting { retry_at, .. } if now >= *retry_at => self.resume(now),
            State::Waiting { .. } => {}
        }
        self.refresh_status();
    }

    /// What the ring holds of the last stretch, ready to be written by another thread.
    ///
    /// # Errors
    /// When the ring is empty.
    pub fn save_last(&self, span: Span, now: Timestamp) -> Result<Saving, RecordError> {
        let (_, last) = self.ring.extent().ok_or(RecordError::NothingKept)?;
        Ok(Saving {
            path: self.settings.folder.join(file_name(&self.description.site, "-saved", now)),
            from: last - span,
            kept: self.ring.kept(),
            events: self.recent.iter().cloned().collect(),
            description: self.description.clone(),
            now,
        })
    }

    fn open_part(&self, path: &Path, id: &str, number: u32, now: Timestamp) -> Result<Part, RecordError> {
        let failed = |cause| RecordError::Create { path: path.to_owned(), cause };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(failed)?;
        if let Some(free) = (self.settings.free_space)(folder).filter(|free| *free < self.settings.least_free) {
            return Err(RecordError::NoSpace { path: path.to_owned(), free: free >> 20 });
        }
        let file = File::create_new(path).map_err(failed)?;
        let own = file.try_clone().map_err(failed)?;
        let syncer = Syncer::of(&file).map_err(failed)?;
        let written = |cause| RecordError::Write { path: path.to_owned(), cause };
        let head = self.description.head(id, number, now);
        let file_writer = BufWriter::with_capacity(1 << 16, file);
        let Description { catalog, project, .. } = &self.description;
        let mut writer = Writer::create(file_writer, &head, catalog, &project.take()).map_err(written)?;
        writer.begin_with(self.latest.iter().flatten());
        for alarm in self.standing.events() {
            writer.event(alarm, now).map_err(written)?;
        }
        Ok(Part { writer, file: own, path: path.to_owned(), syncer, began: now, flushed: now, synced: now })
    }

    /// Ends the part and begins the next.
    fn cut(&mut self, now: Timestamp) {
        let Some(task) = &mut self.task else { return };
        if !matches!(task.state, State::Writing(_)) {
            return;
        }
        let waiting = State::Waiting { since: now, lost: 0, retry_at: now };
        if let State::Writing(part) = std::mem::replace(&mut task.state, waiting) {
            task.before.0 += part.writer.bytes();
            task.before.1 += part.writer.samples;
            let path = part.path.clone();
            if let Err(cause) = part.writer.finish(now) {
                self.status.failure = Some(RecordError::Write { path, cause }.to_string());
            }
        }
        self.resume(now);
    }

    /// The disk is nearly full: the part is ended while there is room for its index.
    fn run_out(&mut self, now: Timestamp) {
        let Some(task) = &mut self.task else { return };
        let State::Writing(part) = &task.state else { return };
        let (path, since) = (part.path.clone(), part.writer.tip().unwrap_or(now));
        let free = self.status.free_bytes.unwrap_or(0) >> 20;
        let waiting = State::Waiting { since, lost: 0, retry_at: now + RETRY_AFTER };
        if let State::Writing(part) = std::mem::replace(&mut task.state, waiting) {
            task.before.0 += part.writer.bytes();
            task.before.1 += part.writer.samples;
            // The file can be read without its index too.
            _ = part.writer.finish(now);
        }
        self.status.failure = Some(format!(
            "The disk is full ({free} MiB free): nothing is recorded since {since}. {path} is whole up to there. Free \
             some space; recording goes on by itself.",
            path = path.display()
        ));
    }

    fn fail(&mut self, error: WriteError, now: Timestamp) {
        let Some(task) = &mut self.task else { return };
        let State::Writing(part) = &task.state else { return };
        let (path, since) = (part.path.display().to_string(), part.writer.tip().unwrap_or(now));
        task.before.0 += part.writer.bytes();
        task.before.1 += part.writer.samples;
        let what = if error.disk_full() { "The disk is full".to_owned() } else { format!("Writing failed ({error})") };
        self.status.failure = Some(format!(
            "{what}: nothing is recorded since {since}. {path} plays up to there. Check the disk; recording goes on by \
             itself."
        ));
        task.state = State::Waiting { since, lost: 1, retry_at: now + RETRY_AFTER };
        self.status.lost += 1;
    }

    /// Begins the next part, if it can be begun.
    fn resume(&mut self, now: Timestamp) {
        let Some(task) = &self.task else { return };
        let State::Waiting { since, lost, .. } = task.state else { return };
        let number = task.part + 1;
        let path = part_path(&task.first_path, number);
        let opened = self.open_part(&path, &task.id, number, now);
        let Some(task) = &mut self.task else { return };
        match opened {
            Ok(part) => {
                task.state = State::Writing(Box::new(part));
                task.part = number;
                self.status.file = Some(path);
                if lost > 0 {
                    self.status.failure = None;
                    let to = now + self.description.clock_offset;
                    // Counted while it happened.
                    self.status.lost -= lost;
                    self.event(Event::Gap(Gap { from: since, to, lost, reason: GapReason::Disk }), now);
                }
            }
            Err(error) => {
                task.state = State::Waiting { since, lost, retry_at: now + RETRY_AFTER };
                let told = format!("Nothing is recorded since {since}. {error} Recording goes on by itself.");
                self.status.failure.get_or_insert(told);
            }
        }
    }

    fn look_for_space(&mut self, now: Timestamp) {
        if self.space_asked.is_some_and(|asked| now - asked < SYNC_EVERY) {
            return;
        }
        self.space_asked = Some(now);
        let path = self.status.file.as_ref().and_then(|file| file.parent()).unwrap_or(&self.settings.folder);
        // The folder is made when it is needed: until then its nearest ancestor tells.
        let there = path.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
        self.status.free_bytes = (self.settings.free_space)(there);
    }

    fn refresh_status(&mut self) {
        self.status.ring = self.ring.extent();
        if let Some(task) = &self.task {
            let (bytes, samples) = match &task.state {
                State::Writing(part) => (part.writer.bytes(), part.writer.samples),
                State::Waiting { .. } => (0, 0),
            };
            self.status.bytes = task.before.0 + bytes;
            self.status.samples = task.before.1 + samples;
        }
    }
}

impl Part {
    fn keep_up(&mut self, now: Timestamp) -> Result<(), WriteError> {
        if now - self.flushed >= FLUSH_EVERY || now < self.flushed {
            self.writer.flush(now)?;
            self.flushed = now;
        }
        if now - self.synced >= SYNC_EVERY || now < self.synced {
            self.syncer.ask()?;
            self.synced = now;
        }
        Ok(())
    }
}

/// `riverside-20261125-140322.mcap`: sorts by time, and is a name on every system.
fn file_name(site: &str, suffix: &str, now: Timestamp) -> String {
    format!("{}-{}{suffix}.{EXTENSION}", slug(site), now.to_utc().format("%Y%m%d-%H%M%S"))
}

/// `shift.mcap` -> `shift.2.mcap`.
fn part_path(first: &Path, number: u32) -> PathBuf {
    first.with_extension(format!("{number}.{EXTENSION}"))
}

pub(super) fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let slug: Vec<String> = words.map(str::to_lowercase).collect();
    if slug.is_empty() { "recording".to_owned() } else { slug.join("-") }
}
