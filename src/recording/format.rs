//! Names, numbers and small records of the format.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::domain::recording::Event;
use crate::domain::time::{Span, Timestamp};

/// MCAP profile of a recording.
pub const PROFILE: &str = "twinscope";
pub const LIBRARY: &str = concat!("twinscope ", env!("CARGO_PKG_VERSION"));
/// Opcode of the record that ends a segment; 0x80 and above are private to an application.
pub const NOTE_OPCODE: u8 = 0x80;
/// Attachment with the notes of all segments.
pub const INDEX: &str = "twinscope/index.json";
/// Metadata record with the head.
pub const HEAD: &str = "twinscope";

pub const PLANT: &str = "/plant";
pub const KEYFRAMES: &str = "/twinscope/keyframes";
/// Member of a sample message with the status codes of values that are not good.
pub const QUALITY: &str = "_quality";

/// Topics of what happened beside the samples.
pub const EVENT_TOPICS: [&str; 7] = [
    "/twinscope/alarms",
    "/twinscope/commands",
    "/twinscope/marks",
    "/twinscope/gaps",
    DESK,
    "/twinscope/runs",
    "/twinscope/changes",
];
/// What the desk showed: often, and not needed to open a file.
pub const DESK: &str = "/twinscope/desk";

/// Place of an event's topic among `EVENT_TOPICS`.
pub fn topic_of(event: &Event) -> usize {
    match event {
        Event::Alarm(_) => 0,
        Event::Command(_) => 1,
        Event::Mark(_) => 2,
        Event::Gap(_) => 3,
        Event::Desk(_) => 4,
        Event::Run(_) => 5,
        Event::Change(_) => 6,
    }
}

/// What a recording says of itself as a whole.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Head {
    /// Name of the project.
    pub site: String,
    /// Names the recording; its parts have the same.
    pub id: String,
    /// Counts from 1 where a recording was cut into several files.
    pub part: u32,
    /// Wall time of the first sample at the earliest.
    pub started: Timestamp,
    /// Plant time less wall time when it began.
    pub clock_offset: Span,
    /// Version of the program that wrote it.
    pub program: String,
}

impl Head {
    pub fn to_map(&self) -> BTreeMap<String, String> {
        let pairs = [
            ("site", self.site.clone()),
            ("recording", self.id.clone()),
            ("part", self.part.to_string()),
            ("started", self.started.to_string()),
            ("clock", "publish time: clock of the source; log time: clock of the recording computer, UTC".to_owned()),
            ("clock_offset_ns", self.clock_offset.as_nanos().to_string()),
            ("program", self.program.clone()),
        ];
        pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    /// What is missing or not understood stays empty: a recording plays without it.
    pub fn from_map(map: &BTreeMap<String, String>) -> Self {
        let text = |key: &str| map.get(key).cloned().unwrap_or_default();
        Self {
            site: text("site"),
            id: text("recording"),
            part: text("part").parse().unwrap_or(1),
            started: Timestamp::parse(&text("started")).unwrap_or_default(),
            clock_offset: text("clock_offset_ns").parse().map_or(Span::ZERO, Span::from_nanos),
            program: text("program"),
        }
    }
}

/// What a segment holds: enough to find a moment, and to list what happened.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
#[serde(from = "ReadNote")]
pub struct SegmentNote {
    /// Place of its first byte in the file.
    pub offset: u64,
    /// Bytes up to this note.
    pub length: u64,
    /// First and last arrival, wall time.
    pub log: (Timestamp, Timestamp),
    /// Oldest and newest source time; none without samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<(Timestamp, Timestamp)>,
    /// Newest source time of everything before it; none in the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tip: Option<Timestamp>,
    pub samples: u64,
    /// What happened, the desk's view left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// Events that were not understood when it was read: of a later version, or damaged.
    #[serde(skip)]
    pub unknown_events: u64,
}

/// A note as it is read: an event that is not understood does not cost the rest.
#[derive(Deserialize)]
struct ReadNote {
    offset: u64,
    length: u64,
    log: (Timestamp, Timestamp),
    source: Option<(Timestamp, Timestamp)>,
    tip: Option<Timestamp>,
    samples: u64,
    #[serde(default)]
    events: Vec<ReadEvent>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ReadEvent {
    Known(Event),
    Unknown(IgnoredAny),
}

impl From<ReadNote> for SegmentNote {
    fn from(read: ReadNote) -> Self {
        let ReadNote { offset, length, log, source, tip, samples, events } = read;
        let told = events.len() as u64;
        let known = events.into_iter().filter_map(|event| match event {
            ReadEvent::Known(event) => Some(event),
            ReadEvent::Unknown(_) => None,
        });
        let events: Vec<Event> = known.collect();
        let unknown_events = told - events.len() as u64;
        Self { offset, length, log, source, tip, samples, events, unknown_events }
    }
}

/// MCAP counts nanoseconds without a sign: what was before 1970 becomes 1970.
pub fn to_mcap(time: Timestamp) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(0)
}

/// What lies beyond the timeline becomes its end.
pub fn from_mcap(time: u64) -> Timestamp {
    Timestamp::from_nanos(i64::try_from(time).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_survives_the_way_through_the_file() {
        let head = Head {
            site: "Riverside".into(),
            id: "a".into(),
            part: 3,
            started: Timestamp::from_millis(1_700_000_000_123),
            clock_offset: Span::from_millis(-1500),
            program: "0.1.0".into(),
        };
        assert_eq!(Head::from_map(&head.to_map()), head);
        assert_eq!(Head::from_map(&BTreeMap::new()), Head { part: 1, ..Head::default() });
    }
}
