//! Opens a recording without loading it, and reads any stretch of its time.
//!
//! What is kept in memory is one note a segment; samples are read when they are asked for. A file
//! that was cut off opens like any other, up to where it ends.

mod decode;
mod file;
mod records;
mod scan;
mod stream;
mod summary;
mod window;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mcap::records::{Record, op};
use thiserror::Error;

use self::decode::SampleChannel;
use self::file::Pieces;
use self::scan::Scan;
pub use self::stream::Stream;
use self::summary::{Summary, attachment, body_at};
pub use self::window::{Stretched, Window};
use super::format::{DESK, EVENT_TOPICS, HEAD, Head, INDEX, KEYFRAMES, PLANT, PROFILE, SegmentNote};
use super::schema::{self, Told};
use super::snapshot::{self, Restored, SnapshotError};
use crate::domain::catalog::Catalog;
use crate::domain::change_record::ChangeRecord;
use crate::domain::recording::{Event, Gap, GapReason, Mark, StoredRun, Stretch};
use crate::domain::signal::SignalId;
use crate::domain::time::{Span, Timestamp};

/// Why a file does not open as a recording.
#[derive(Error, Debug)]
pub enum OpenError {
    #[error("{path} cannot be read: {cause}. Check that it exists and may be read.", path = .path.display())]
    Read { path: PathBuf, cause: io::Error },
    #[error("{path} is no MCAP file. Open a recording (*.mcap), or import a table with \"twinscope import\".", path = .path.display())]
    NotMcap { path: PathBuf },
    #[error("{path} was recorded by another program (profile \"{profile}\").", path = .path.display())]
    Foreign { path: PathBuf, profile: String },
    #[error("{path} describes no signals: it ends before its first chunk. Nothing can be played from it.", path = .path.display())]
    Empty { path: PathBuf },
}

/// An open recording.
#[derive(Debug)]
pub struct Recording {
    path: PathBuf,
    pieces: Pieces,
    pub head: Head,
    /// The signals of the file, in its own numbering.
    pub catalog: Catalog,
    channels: Vec<Channel>,
    /// Number in the file -> signal of `catalog`.
    numbers: Vec<Option<SignalId>>,
    attachments: Vec<(String, u64)>,
    segments: Vec<SegmentNote>,
    /// Chunks after the last note stand together as a segment of their own.
    has_loose: bool,
    /// None for a file that was finished.
    scan: Option<Scan>,
    /// Nobody writes it any more, although it was not finished.
    cut_off: bool,
    gaps: Vec<Gap>,
    problems: Vec<String>,
}

#[derive(Debug, Default)]
enum Channel {
    Samples(SampleChannel),
    Keyframes,
    Event,
    Desk,
    #[default]
    Other,
}

/// Most that a cut costs: what was not flushed yet.
const CUT_OFF: Span = Span::from_secs(1);
/// Numbers of signals beyond this are not ours.
const MOST_SIGNALS: u32 = 4_000_000;

impl Recording {
    /// Opens a recording, finished or not.
    ///
    /// # Errors
    /// When it cannot be read, is no MCAP file, was made by another program, or holds nothing.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let failed = |cause| OpenError::Read { path: path.to_owned(), cause };
        let mut pieces = Pieces::open(path).map_err(failed)?;
        let magic = mcap::MAGIC.len() as u64;
        if !pieces.read(0, magic).is_ok_and(|bytes| bytes == mcap::MAGIC) {
            return Err(OpenError::NotMcap { path: path.to_owned() });
        }
        let profile = body_at(&mut pieces, magic, op::HEADER).map(|body| match mcap::parse_record(op::HEADER, &body) {
            Ok(Record::Header(header)) => header.profile,
            _ => String::new(),
        });
        match profile {
            Ok(profile) if profile == PROFILE => {}
            Ok(profile) => return Err(OpenError::Foreign { path: path.to_owned(), profile }),
            Err(_) => return Err(OpenError::Empty { path: path.to_owned() }),
        }
        let mut recording = Self {
            path: path.to_owned(),
            pieces,
            head: Head::default(),
            catalog: Catalog::default(),
            channels: Vec::new(),
            numbers: Vec::new(),
            attachments: Vec::new(),
            segments: Vec::new(),
            has_loose: false,
            scan: None,
            cut_off: false,
            gaps: Vec::new(),
            problems: Vec::new(),
        };
        if !recording.read_finished().map_err(failed)? {
            recording.read_unfinished().map_err(failed)?;
        }
        if recording.channels.is_empty() {
            return Err(OpenError::Empty { path: path.to_owned() });
        }
        Ok(recording)
    }

    /// Reads the index at the end; false where there is none that can be used.
    fn read_finished(&mut self) -> io::Result<bool> {
        let summary = match summary::read(&mut self.pieces) {
            Ok(Some(summary)) => summary,
            Ok(None) => return Ok(false),
            Err(error) if matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) => {
                self.problems.push("The index at the end of the file is damaged; it was made anew.".to_owned());
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        let index = summary.attachments.iter().find(|(name, _)| name == INDEX);
        let index = index.and_then(|(_, offset)| attachment(&mut self.pieces, *offset).ok());
        let Some(notes) = index.and_then(|bytes| serde_json::from_slice::<Vec<SegmentNote>>(&bytes).ok()) else {
            self.problems.push("The index of segments is damaged; it was made anew.".to_owned());
            return Ok(false);
        };
        let head = summary.metadata.iter().find(|metadata| metadata.name == HEAD);
        let head = head.and_then(|metadata| body_at(&mut self.pieces, metadata.offset, op::METADATA).ok());
        if let Some(body) = head
            && let Ok(Record::Metadata(metadata)) = mcap::parse_record(op::METADATA, &body)
        {
            self.head = Head::from_map(&metadata.metadata);
        }
        self.describe(summary);
        self.segments = notes;
        Ok(true)
    }

    fn read_unfinished(&mut self) -> io::Result<()> {
        self.scan = Some(Scan::new());
        self.refresh().map(drop)
    }

    /// Looks whether the file has grown; true when there is more than before.
    ///
    /// # Errors
    /// When the file cannot be read any more.
    pub fn refresh(&mut self) -> io::Result<bool> {
        let Some(mut scan) = self.scan.take() else { return Ok(false) };
        let before = (scan.at, self.channels.len());
        self.pieces.refresh()?;
        scan.go_on(&mut self.pieces)?;
        if self.channels.is_empty() && scan.first_chunk.is_some() {
            let summary = scan.summary(&mut self.pieces);
            self.describe(summary);
        }
        self.head = scan.head.clone().unwrap_or_default();
        if self.has_loose {
            self.segments.pop();
        }
        self.segments.append(&mut scan.notes);
        self.has_loose = !scan.loose.is_empty();
        if self.has_loose {
            let note = self.note_of(&scan);
            self.segments.push(note);
        }
        let grown = before != (scan.at, self.channels.len());
        self.scan = (!scan.finished).then_some(scan);
        Ok(grown)
    }

    /// Takes signals and channels from their descriptions.
    fn describe(&mut self, summary: Summary) {
        self.attachments = summary.attachments;
        let mut told: Vec<(u16, Vec<Told>)> = Vec::new();
        for channel in &summary.channels {
            let schema = summary.schemas.iter().find(|(id, _)| *id == channel.schema_id);
            if let (true, Some((_, schema))) = (channel.topic.starts_with(PLANT), schema) {
                told.push((channel.id, schema::signals_of(schema)));
            }
        }
        // Numbers in order, so that a catalog read back is the catalog that was written.
        let mut signals: Vec<&Told> = told.iter().flat_map(|(_, told)| told).collect();
        signals.retain(|told| told.number < MOST_SIGNALS);
        signals.sort_by_key(|told| told.number);
        for told in signals {
            let id = self.catalog.intern(told.signal.clone());
            let number = told.number as usize;
            if self.numbers.len() <= number {
                self.numbers.resize(number + 1, None);
            }
            if let Some(slot) = self.numbers.get_mut(number) {
                *slot = Some(id);
            }
        }
        let most = summary.channels.iter().map(|channel| usize::from(channel.id) + 1).max().unwrap_or(0);
        self.channels.resize_with(most, Channel::default);
        for (id, told) in told {
            let mut members: Vec<(u32, String)> = told.into_iter().map(|told| (told.number, told.key)).collect();
            members.sort();
            let signal = |number: u32| self.numbers.get(number as usize).copied().flatten();
            let members = members.into_iter().filter_map(|(number, key)| Some((key, signal(number)?))).collect();
            if let Some(slot) = self.channels.get_mut(usize::from(id)) {
                *slot = Channel::Samples(SampleChannel::new(members));
            }
        }
        for channel in &summary.channels {
            let kind = match channel.topic.as_str() {
                KEYFRAMES => Channel::Keyframes,
                DESK => Channel::Desk,
                topic if EVENT_TOPICS.contains(&topic) => Channel::Event,
                _ => continue,
            };
            if let Some(slot) = self.channels.get_mut(usize::from(channel.id)) {
                *slot = kind;
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn bytes(&self) -> u64 {
        self.pieces.length()
    }

    /// True when the file was ended properly and holds its index.
    pub fn finished(&self) -> bool {
        self.scan.is_none()
    }

    pub fn samples(&self) -> u64 {
        self.segments.iter().map(|note| note.samples).fold(0, u64::saturating_add)
    }

    pub fn segments(&self) -> &[SegmentNote] {
        &self.segments
    }

    /// First and last source time; without samples, first and last arrival of anything.
    pub fn extent(&self) -> Option<(Timestamp, Timestamp)> {
        let of = |range: &dyn Fn(&SegmentNote) -> Option<(Timestamp, Timestamp)>| {
            let ranges = || self.segments.iter().filter_map(range);
            Some((ranges().map(|(first, _)| first).min()?, ranges().map(|(_, last)| last).max()?))
        };
        of(&|note| note.source).or_else(|| of(&|note| Some(note.log)))
    }

    /// What happened, in order of plant time.
    pub fn events(&self) -> Vec<&Event> {
        let mut events: Vec<&Event> = self.segments.iter().flat_map(|note| &note.events).collect();
        events.sort_by_key(|event| event.at());
        events
    }

    pub fn marks(&self) -> Vec<Mark> {
        let marks = self.events().into_iter();
        marks.filter_map(|event| if let Event::Mark(mark) = event { Some(mark.clone()) } else { None }).collect()
    }

    /// What was asked of the simulated copy meanwhile, in order of time.
    pub fn runs(&self) -> Vec<Arc<StoredRun>> {
        let runs = self.events().into_iter();
        runs.filter_map(|event| if let Event::Run(run) = event { Some(Arc::from(run.clone())) } else { None }).collect()
    }

    /// What happened to changes of the plant, in order of time.
    pub fn changes(&self) -> Vec<ChangeRecord> {
        let changes = self.events().into_iter();
        changes
            .filter_map(|event| if let Event::Change(change) = event { Some(*change.clone()) } else { None })
            .collect()
    }

    /// Stretches of which samples are missing, as they were noted or found.
    pub fn gaps(&self) -> Vec<Gap> {
        let noted = self.events().into_iter();
        let mut gaps: Vec<Gap> =
            noted.filter_map(|event| if let Event::Gap(gap) = event { Some(*gap) } else { None }).collect();
        gaps.extend(&self.gaps);
        if let (true, Some((_, last))) = (self.cut_off, self.extent()) {
            gaps.push(Gap { from: last, to: last + CUT_OFF, lost: 0, reason: GapReason::Crash });
        }
        gaps.sort_by_key(|gap| gap.from);
        gaps
    }

    /// What is wrong with the file, as far as it was read.
    pub fn problems(&self) -> Vec<String> {
        let cut = self.extent().filter(|_| self.cut_off).map(|(_, last)| {
            format!(
                "Recording was cut off after {last}: the program or the computer stopped. At most the last second is \
                 missing; everything before it is here."
            )
        });
        let unknown = self.segments.iter().map(|note| note.unknown_events).fold(0, u64::saturating_add);
        let unknown = (unknown > 0).then(|| {
            format!(
                "{unknown} of the things that happened are not understood and not shown: they are damaged, or of a \
                 later version of this program. The samples are not affected."
            )
        });
        self.problems.iter().cloned().chain(cut).chain(unknown).collect()
    }

    /// True while someone may still be writing the file.
    pub fn growing(&self) -> bool {
        self.scan.is_some() && !self.cut_off
    }

    /// Says whether anybody still writes this unfinished file; if not, its end is a gap. Returns
    /// whether that is news.
    pub fn presume_cut_off(&mut self, cut_off: bool) -> bool {
        let news = self.scan.is_some() && cut_off != self.cut_off;
        if news {
            self.cut_off = cut_off;
        }
        news
    }

    /// Samples over time, for drawing: neighbouring segments together where there are many. The
    /// pause between two samples at the seam of segments is no hole.
    pub fn density(&self) -> Vec<Stretch> {
        const MOST: usize = 2_000;
        let together = self.segments.len().div_ceil(MOST).max(1);
        let stretches = self.segments.chunks(together).filter_map(|notes| {
            let ranges = || notes.iter().filter_map(|note| note.source);
            Some(Stretch {
                from: ranges().map(|(first, _)| first).min()?,
                to: ranges().map(|(_, last)| last).max()?,
                samples: notes.iter().map(|note| note.samples).sum(),
            })
        });
        let mut stretches: Vec<Stretch> = stretches.collect();
        for place in 1..stretches.len() {
            let Some([before, next]) = stretches.get_mut(place - 1..=place) else { continue };
            let pause = next.from - before.to;
            if pause > Span::ZERO && pause < (before.to - before.from).scaled(0.1) {
                before.to = next.from;
            }
        }
        stretches
    }

    /// Puts the project of the recording back into a folder; none where it holds none.
    ///
    /// # Errors
    /// When the list of files is damaged or hostile, or the folder cannot be written.
    pub fn restore_project(&mut self, into: &Path) -> Result<Option<Restored>, SnapshotError> {
        let Some(list) = self.attachment(snapshot::LIST) else { return Ok(None) };
        let restored = snapshot::restore(&list, into, |name| {
            let found = self.attachments.iter().find(|(other, _)| other == name);
            let (_, offset) = found.ok_or(io::ErrorKind::NotFound)?;
            attachment(&mut self.pieces, *offset)
        });
        restored.map(Some)
    }

    /// The bytes of an attachment.
    pub fn attachment(&mut self, name: &str) -> Option<Vec<u8>> {
        let (_, offset) = self.attachments.iter().find(|(other, _)| other == name)?;
        attachment(&mut self.pieces, *offset).ok()
    }

    /// Names of all attachments.
    pub fn attachments(&self) -> impl Iterator<Item = &str> {
        self.attachments.iter().map(|(name, _)| name.as_str())
    }

    /// Notes once that something beside the samples is not understood.
    fn misunderstood(&mut self, what: String) {
        if !self.problems.contains(&what) {
            self.problems.push(what);
        }
    }

    /// Notes damage once.
    fn damaged(&mut self, (from, to): (Timestamp, Timestamp), what: String) {
        if !self.problems.contains(&what) {
            self.problems.push(what);
            self.gaps.push(Gap { from, to, lost: 0, reason: GapReason::Damaged });
        }
    }
}
