//! Writes one recording file: samples and events in, MCAP out. Appends only, so that whatever was
//! flushed is whole after a crash.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mcap::records::{MessageHeader, Metadata};
use mcap::{Attachment, McapError, WriteOptions};
use serde::Serialize;
use thiserror::Error;

use super::counted::Counted;
use super::format::{EVENT_TOPICS, HEAD, Head, INDEX, KEYFRAMES, LIBRARY, NOTE_OPCODE, PROFILE, SegmentNote};
use super::format::{QUALITY, to_mcap, topic_of};
use super::keyframe::{Key, Latest};
use super::plan::Plan;
use super::schema;
use super::snapshot::SnapshotFile;
use crate::domain::catalog::Catalog;
use crate::domain::recording::Event;
use crate::domain::signal::Sample;
use crate::domain::time::{Span, Timestamp};

/// A segment ends when it has so many samples: decoding them is what showing a moment costs.
const SEGMENT_SAMPLES: u64 = 100_000;
/// A segment ends when it is so long, as far as a keyframe is cheap against its samples.
const SEGMENT_SPAN: Span = Span::from_secs(10);
/// Samples for each signal of a keyframe, at the least.
const SAMPLES_PER_KEY: u64 = 2;
/// Uncompressed size at which a chunk is closed before its time.
const CHUNK_BYTES: u64 = 4 << 20;

#[derive(Error, Debug)]
pub enum WriteError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Mcap(McapError),
    #[error("the project has {0} signals in too many groups for one file")]
    TooManyChannels(usize),
}

impl From<McapError> for WriteError {
    fn from(error: McapError) -> Self {
        match error {
            McapError::Io(error) => Self::Io(error),
            error => Self::Mcap(error),
        }
    }
}

impl WriteError {
    /// True when the disk has no room left.
    pub fn disk_full(&self) -> bool {
        matches!(self, Self::Io(error) if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
    }
}

/// One file while it is written.
pub struct Writer<W: Write> {
    mcap: mcap::Writer<Counted<W>>,
    position: Arc<AtomicU64>,
    plan: Plan,
    groups: Vec<OpenMessage>,
    /// Groups with a message that is not closed.
    touched: Vec<usize>,
    keyframes: u16,
    events: Vec<u16>,
    latest: Vec<Option<Latest>>,
    /// Batch in which a signal was written last, so that none holds it twice.
    batch_of: Vec<u64>,
    batches: u64,
    sequence: u32,
    tip: Option<Timestamp>,
    segment: Option<Segment>,
    notes: Vec<SegmentNote>,
    buffer: Vec<u8>,
    pub samples: u64,
}

/// The message of a group that is being put together.
#[derive(Default)]
struct OpenMessage {
    channel: u16,
    open: bool,
    batch: u64,
    source: Timestamp,
    received: Timestamp,
    json: Vec<u8>,
    quality: Vec<u8>,
}

struct Segment {
    note: SegmentNote,
    began: Timestamp,
}

impl<W: Write> Writer<W> {
    /// Begins a file: head, project snapshot and the description of all signals.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn create(file: W, head: &Head, catalog: &Catalog, snapshot: &[SnapshotFile]) -> Result<Self, WriteError> {
        let position = Arc::new(AtomicU64::new(0));
        let options = WriteOptions::new()
            .profile(PROFILE)
            .library(LIBRARY)
            .chunk_size(Some(CHUNK_BYTES))
            .disable_seeking(true)
            .calculate_data_section_crc(false)
            .compression_threads(0);
        let mut mcap = options.create(Counted { inner: file, position: position.clone() })?;
        mcap.write_metadata(&Metadata { name: HEAD.to_owned(), metadata: head.to_map() })?;
        for file in snapshot {
            attach(&mut mcap, head.started, &file.name, file.media_type(), &file.bytes)?;
        }
        let plan = Plan::new(catalog);
        if plan.groups.len() + EVENT_TOPICS.len() + 1 > usize::from(u16::MAX) {
            return Err(WriteError::TooManyChannels(catalog.len()));
        }
        let mut groups = Vec::with_capacity(plan.groups.len());
        for group in &plan.groups {
            let channel = channel(&mut mcap, &group.topic, &schema::of_group(group, catalog))?;
            groups.push(OpenMessage { channel, ..OpenMessage::default() });
        }
        let keyframes = channel(&mut mcap, KEYFRAMES, &schema::of_topic(KEYFRAMES))?;
        let events = EVENT_TOPICS.iter().map(|topic| channel(&mut mcap, topic, &schema::of_topic(topic)));
        let events = events.collect::<Result<_, _>>()?;
        let mut latest = Vec::new();
        latest.resize_with(plan.signals(), || None);
        let batch_of = vec![0; plan.signals()];
        // From here on the file can be read, even if nothing more comes.
        mcap.flush()?;
        Ok(Self {
            mcap,
            position,
            plan,
            groups,
            touched: Vec::new(),
            keyframes,
            events,
            latest,
            batch_of,
            batches: 0,
            sequence: 0,
            tip: None,
            segment: None,
            notes: Vec::new(),
            buffer: Vec::new(),
            samples: 0,
        })
    }

    /// Tells what each signal said last before the recording: it stands in the first keyframe, so
    /// that a value that seldom changes is known from the beginning.
    pub fn begin_with<'a>(&mut self, known: impl IntoIterator<Item = &'a Sample>) {
        for sample in known {
            if let Some(slot) = self.latest.get_mut(sample.signal.index()) {
                self.tip = self.tip.max(Some(sample.source_time));
                *slot = Some(Latest::of(sample));
            }
        }
    }

    /// Writes a sample. A signal that was not in the catalog is passed over.
    ///
    /// # Errors
    /// When the file cannot be written on.
    pub fn push(&mut self, sample: &Sample) -> Result<(), WriteError> {
        let Some((group, place)) = self.plan.place(sample.signal) else { return Ok(()) };
        self.reach_segment(sample.received_time)?;
        let message = &self.groups[group];
        let fits = message.open
            && message.source == sample.source_time
            && message.received == sample.received_time
            && self.batch_of[sample.signal.index()] != message.batch;
        if !fits {
            self.close_message(group)?;
            self.batches += 1;
            let message = &mut self.groups[group];
            (message.open, message.batch) = (true, self.batches);
            (message.source, message.received) = (sample.source_time, sample.received_time);
            message.json.push(b'{');
            self.touched.push(group);
        }
        let (message, member) = (&mut self.groups[group], &self.plan.groups[group].members[place]);
        self.batch_of[sample.signal.index()] = message.batch;
        if message.json.len() > 1 {
            message.json.push(b',');
        }
        message.json.extend_from_slice(&member.lead);
        write_json(&mut message.json, &sample.value)?;
        if !sample.quality.is_good() {
            message.quality.extend_from_slice(if message.quality.is_empty() { b"" } else { b"," });
            message.quality.extend_from_slice(&member.lead);
            write_json(&mut message.quality, &sample.quality.status_code())?;
        }
        self.note_sample(sample);
        if self.segment.as_ref().is_some_and(|segment| segment.note.samples >= SEGMENT_SAMPLES) {
            self.end_segment()?;
        }
        Ok(())
    }

    fn note_sample(&mut self, sample: &Sample) {
        Latest::take(&mut self.latest[sample.signal.index()], sample);
        if let Some(Segment { note, .. }) = &mut self.segment {
            note.samples += 1;
            let (first, last) = note.source.unwrap_or((sample.source_time, sample.source_time));
            note.source = Some((first.min(sample.source_time), last.max(sample.source_time)));
            note.log.0 = note.log.0.min(sample.received_time);
            note.log.1 = note.log.1.max(sample.received_time);
        }
        self.samples += 1;
    }

    /// Writes something that happened, at this wall time.
    ///
    /// # Errors
    /// When the file cannot be written on.
    pub fn event(&mut self, event: &Event, now: Timestamp) -> Result<(), WriteError> {
        self.reach_segment(now)?;
        let Some(&channel) = self.events.get(topic_of(event)) else { return Ok(()) };
        self.buffer.clear();
        write_json(&mut self.buffer, event)?;
        let header = self.header(channel, now, event.at());
        self.mcap.write_to_known_channel(&header, &self.buffer)?;
        if let (Some(Segment { note, .. }), false) = (&mut self.segment, matches!(event, Event::Desk(_))) {
            note.events.push(event.clone());
            note.log.1 = note.log.1.max(now);
        }
        Ok(())
    }

    /// Closes the chunk: what was written up to here survives a crash. Ends the segment when its
    /// time has come.
    ///
    /// # Errors
    /// When the file cannot be written on.
    pub fn flush(&mut self, now: Timestamp) -> Result<(), WriteError> {
        let keys = self.latest.len() as u64;
        let due = self.segment.as_ref().is_some_and(|Segment { note, began }| {
            now - *began >= SEGMENT_SPAN && note.samples >= SAMPLES_PER_KEY.saturating_mul(keys)
        });
        if due {
            return self.end_segment();
        }
        self.close_messages()?;
        Ok(self.mcap.flush()?)
    }

    /// Ends the file with its indexes; returns its length in bytes.
    ///
    /// # Errors
    /// When the file cannot be written on.
    pub fn finish(mut self, now: Timestamp) -> Result<u64, WriteError> {
        self.end_segment()?;
        let notes = serde_json::to_vec(&self.notes).map_err(io::Error::from)?;
        attach(&mut self.mcap, now, INDEX, "application/json", &notes)?;
        self.mcap.finish()?;
        Ok(self.position.load(Ordering::Relaxed))
    }

    /// Bytes handed to the file so far.
    pub fn bytes(&self) -> u64 {
        self.position.load(Ordering::Relaxed)
    }

    /// Newest source time so far.
    pub fn tip(&self) -> Option<Timestamp> {
        let inside = self.segment.as_ref().and_then(|segment| segment.note.source).map(|(_, last)| last);
        self.tip.max(inside)
    }

    /// Begins a segment where none is open, with the latest value of all signals.
    fn reach_segment(&mut self, now: Timestamp) -> Result<(), WriteError> {
        if self.segment.is_some() {
            return Ok(());
        }
        let note = SegmentNote {
            offset: self.position.load(Ordering::Relaxed),
            log: (now, now),
            tip: self.tip,
            ..SegmentNote::default()
        };
        self.segment = Some(Segment { note, began: now });
        let Some(tip) = self.tip else { return Ok(()) };
        self.buffer.clear();
        let latest = self.latest.iter().enumerate();
        let values = latest.filter_map(|(number, latest)| Some(Key { number, tip, latest: latest.as_ref()? }));
        self.buffer.extend_from_slice(format!("{{\"tip\":{},\"values\":[", tip.as_nanos()).as_bytes());
        for (place, key) in values.enumerate() {
            self.buffer.extend_from_slice(if place == 0 { b"" } else { b"," });
            write_json(&mut self.buffer, &key)?;
        }
        self.buffer.extend_from_slice(b"]}");
        let header = self.header(self.keyframes, now, tip);
        self.mcap.write_to_known_channel(&header, &self.buffer)?;
        Ok(())
    }

    fn end_segment(&mut self) -> Result<(), WriteError> {
        self.close_messages()?;
        self.mcap.flush()?;
        let Some(Segment { mut note, .. }) = self.segment.take() else { return Ok(()) };
        note.length = self.position.load(Ordering::Relaxed) - note.offset;
        self.tip = self.tip.max(note.source.map(|(_, last)| last));
        let text = serde_json::to_vec(&note).map_err(io::Error::from)?;
        self.mcap.write_private_record(NOTE_OPCODE, &text, Default::default())?;
        self.mcap.flush()?;
        self.notes.push(note);
        Ok(())
    }

    fn close_messages(&mut self) -> Result<(), WriteError> {
        for group in std::mem::take(&mut self.touched) {
            self.close_message(group)?;
        }
        Ok(())
    }

    fn close_message(&mut self, group: usize) -> Result<(), WriteError> {
        let sequence = self.sequence;
        let message = &mut self.groups[group];
        if !message.open {
            return Ok(());
        }
        self.sequence = sequence.wrapping_add(1);
        message.open = false;
        if !message.quality.is_empty() {
            message.json.extend_from_slice(format!(",\"{QUALITY}\":{{").as_bytes());
            message.json.append(&mut message.quality);
            message.json.push(b'}');
        }
        message.json.push(b'}');
        let header = MessageHeader {
            channel_id: message.channel,
            sequence,
            log_time: to_mcap(message.received),
            publish_time: to_mcap(message.source),
        };
        self.mcap.write_to_known_channel(&header, &message.json)?;
        message.json.clear();
        Ok(())
    }

    fn header(&mut self, channel: u16, log: Timestamp, publish: Timestamp) -> MessageHeader {
        let sequence = self.sequence;
        self.sequence = sequence.wrapping_add(1);
        MessageHeader { channel_id: channel, sequence, log_time: to_mcap(log), publish_time: to_mcap(publish) }
    }
}

fn write_json(buffer: &mut Vec<u8>, value: &impl Serialize) -> Result<(), WriteError> {
    serde_json::to_writer(buffer, value).map_err(|error| WriteError::Io(error.into()))
}

fn channel<W: Write>(mcap: &mut mcap::Writer<Counted<W>>, topic: &str, schema: &[u8]) -> Result<u16, WriteError> {
    let schema = mcap.add_schema(topic, "jsonschema", schema)?;
    Ok(mcap.add_channel(schema, topic, "json", &BTreeMap::new())?)
}

fn attach<W: Write>(
    mcap: &mut mcap::Writer<Counted<W>>,
    now: Timestamp,
    name: &str,
    media_type: &str,
    bytes: &[u8],
) -> Result<(), WriteError> {
    mcap.attach(&Attachment {
        log_time: to_mcap(now),
        create_time: to_mcap(now),
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        data: Cow::Borrowed(bytes),
    })?;
    Ok(())
}
