//! Reads stretches of plant time out of segments.

use mcap::records::op;

use super::decode::keyframe;
use super::records::{Message, records, unpack};
use super::scan::Scan;
use super::{Channel, Recording};
use crate::domain::recording::{DeskView, Event};
use crate::domain::signal::Sample;
use crate::domain::time::{Span, Timestamp};
use crate::recording::format::{SegmentNote, from_mcap};

/// All that holds in a stretch of plant time.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Window {
    pub from: Timestamp,
    /// May be earlier than asked for, where there was too much.
    pub to: Timestamp,
    /// What each signal said last at or before `from`.
    pub state: Vec<Sample>,
    /// After `from`, up to `to`, in order of source time.
    pub samples: Vec<Sample>,
    pub desk: Vec<DeskView>,
}

/// What a segment holds.
#[derive(Default)]
pub struct Stretched {
    /// Of its keyframe.
    pub state: Vec<Sample>,
    pub samples: Vec<Sample>,
    pub events: Vec<Event>,
    pub desk: Vec<DeskView>,
}

impl Recording {
    /// Everything from `from` to `to`; ends earlier where it is much more than `most` samples.
    pub fn window(&mut self, from: Timestamp, to: Timestamp, most: usize) -> Window {
        // Everything before the last segment with a tip not after `from` is in its keyframe.
        let first = self.segments.partition_point(|note| note.tip.is_none_or(|tip| tip <= from)).saturating_sub(1);
        let mut window = Window { from, to, ..Window::default() };
        let mut latest: Vec<Option<Sample>> = vec![None; self.catalog.len()];
        let mut settle = |sample: Sample| {
            if let Some(slot) = latest.get_mut(sample.signal.index())
                && slot.as_ref().is_none_or(|known| known.source_time <= sample.source_time)
            {
                *slot = Some(sample);
            }
        };
        let mut place = first;
        while let Some(note) = self.segments.get(place) {
            let reaches = place == first || note.source.is_some_and(|(begin, _)| begin <= window.to);
            if !reaches {
                place += 1;
                continue;
            }
            if window.samples.len() > most && place > first {
                // Whole is what ends before anything that is not read.
                let unread = self.segments.get(place..).unwrap_or_default();
                let begin = unread.iter().filter_map(|note| note.source).map(|(begin, _)| begin).min();
                let whole = begin.map_or(window.to, |begin| begin - Span::from_nanos(1));
                if whole > from {
                    window.to = window.to.min(whole);
                    break;
                }
            }
            let stretched = self.segment(place);
            let state = if place == first { stretched.state } else { Vec::new() };
            for sample in state.into_iter().chain(stretched.samples) {
                if sample.source_time <= from {
                    settle(sample);
                } else if sample.source_time <= to {
                    window.samples.push(sample);
                }
            }
            window.desk.extend(stretched.desk);
            place += 1;
        }
        let to = window.to;
        window.samples.retain(|sample| sample.source_time <= to);
        window.samples.sort_by_key(|sample| sample.source_time);
        window.desk.retain(|view| view.at <= to);
        window.state = latest.into_iter().flatten().collect();
        window
    }

    /// Reads a segment whole. What is damaged is noted and left out.
    pub fn segment(&mut self, place: usize) -> Stretched {
        let Some(SegmentNote { offset, length, log, source, .. }) = self.segments.get(place).cloned() else {
            return Stretched::default();
        };
        let range = source.unwrap_or(log);
        let mut found = Stretched::default();
        let bytes = match self.pieces.read(offset, length) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.damaged(range, format!("The segment at byte {offset} cannot be read ({error}); it is left out."));
                return found;
            }
        };
        let mut all = records(&bytes);
        for (at, opcode, body) in all.by_ref() {
            if opcode == op::CHUNK {
                self.chunk(offset + at as u64, body, range, &mut found);
            }
        }
        if all.rest() > 0 {
            let at = offset + length - all.rest() as u64;
            self.damaged(range, format!("The file is damaged at byte {at}; the segment after it is left out."));
        }
        found
    }

    fn chunk(&mut self, at: u64, body: &[u8], range: (Timestamp, Timestamp), found: &mut Stretched) {
        let bytes = match unpack(body) {
            Ok(bytes) => bytes,
            Err(error) => {
                let span = chunk_span(body).unwrap_or(range);
                return self.damaged(span, format!("The chunk at byte {at} is left out: {error}."));
            }
        };
        let (mut wrong, mut misunderstood) = (None, None);
        for (_, opcode, body) in records(&bytes) {
            if opcode != op::MESSAGE {
                continue;
            }
            let Some(message) = Message::parse(body) else { continue };
            let decoded = match self.channels.get(usize::from(message.channel)) {
                Some(Channel::Samples(channel)) => channel.decode(&message, &mut found.samples),
                Some(Channel::Keyframes) => keyframe(&message, &self.numbers).map(|state| found.state = state),
                Some(Channel::Event) => {
                    match serde_json::from_slice(message.data) {
                        Ok(event) => found.events.push(event),
                        Err(error) => _ = misunderstood.get_or_insert(error),
                    }
                    Ok(())
                }
                Some(Channel::Desk) => serde_json::from_slice(message.data).map(|event| {
                    if let Event::Desk(view) = event {
                        found.desk.push(view);
                    }
                }),
                Some(Channel::Other) | None => Ok(()),
            };
            if let Err(error) = decoded {
                wrong.get_or_insert((from_mcap(message.publish), error));
            }
        }
        if let Some(error) = misunderstood {
            self.misunderstood(format!("What happened is not understood in the chunk at byte {at} ({error})."));
        }
        if let Some((time, error)) = wrong {
            self.damaged((time, time), format!("A message in the chunk at byte {at} is not readable ({error})."));
        }
    }

    /// Makes the note that the end of an unfinished file lacks.
    pub(super) fn note_of(&mut self, scan: &Scan) -> SegmentNote {
        let offset = scan.loose.first().map_or(scan.at, |chunk| chunk.offset);
        let end = scan.loose.last().map_or(scan.at, |chunk| chunk.offset + chunk.length);
        let tip = self.segments.iter().filter_map(|note| note.source).map(|(_, last)| last).max();
        let mut note = SegmentNote { offset, length: end - offset, tip, ..SegmentNote::default() };
        self.segments.push(note.clone());
        let Stretched { samples, events, .. } = self.segment(self.segments.len() - 1);
        self.segments.pop();
        note.samples = samples.len() as u64;
        let (mut source, mut log) = (None, None);
        for sample in &samples {
            let widened = |range: Option<(Timestamp, Timestamp)>, time: Timestamp| {
                let (first, last) = range.unwrap_or((time, time));
                Some((first.min(time), last.max(time)))
            };
            source = widened(source, sample.source_time);
            log = widened(log, sample.received_time);
        }
        note.source = source;
        note.log = log.or(events.first().map(|event| (event.at(), event.at()))).unwrap_or_default();
        note.events = events;
        note
    }
}

/// First and last arrival in a chunk, from its head.
fn chunk_span(body: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let (first, rest) = body.split_first_chunk::<8>()?;
    let (last, _) = rest.split_first_chunk::<8>()?;
    Some((from_mcap(u64::from_le_bytes(*first)), from_mcap(u64::from_le_bytes(*last))))
}
