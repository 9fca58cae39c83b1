//! Files made in memory by the writer of the mcap crate, which shares no code with this reader but
//! the unpacking of chunks.

mod file;
mod hostile;
mod json;
mod protobuf;
mod ros2;

use std::collections::BTreeMap;
use std::io::{Cursor, Write};

use mcap::records::MessageHeader;
use mcap::{Compression, WriteOptions, Writer};

use super::*;
use crate::domain::catalog::Catalog;
use crate::domain::signal::Sample;
use crate::domain::value::Value;
use crate::recording::import::{Found, ImportReport};

/// 2021-11-05T00:00:00Z [ns].
const START: u64 = 1_636_070_400_000_000_000;

/// What came out of a file.
#[derive(Debug)]
struct Imported {
    outcome: Result<(), ImportError>,
    samples: Vec<Sample>,
    catalog: Catalog,
    report: ImportReport,
    progress: Vec<f64>,
}

impl Imported {
    /// Path and value of each sample.
    fn values(&self) -> Vec<(&str, Value)> {
        let path = |sample: &Sample| self.catalog.get(sample.signal).map_or("", |signal| signal.path.as_str());
        self.samples.iter().map(|sample| (path(sample), sample.value.clone())).collect()
    }

    fn of(&self, path: &str) -> Vec<Value> {
        self.values().into_iter().filter(|(found, _)| *found == path).map(|(_, value)| value).collect()
    }

    fn problem(&self, words: &str) -> u64 {
        self.report.problems.iter().filter(|(problem, _)| problem.contains(words)).map(|(_, count)| count).sum()
    }
}

fn import(bytes: &[u8]) -> Imported {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(bytes).expect("written");
    let (mut samples, mut progress) = (Vec::new(), Vec::new());
    let mut take = |found: Found, part: f64| {
        if let Found::Sample(sample) = found {
            samples.push(sample);
            progress.push(part);
        }
        Ok(())
    };
    let mut intake = Intake::new(&mut take);
    let outcome = read(file.path(), &mut intake);
    let (catalog, report) = (intake.catalog, intake.report);
    Imported { outcome, samples, catalog, report, progress }
}

/// A file with one schema and one channel.
struct Recorder {
    writer: Writer<Cursor<Vec<u8>>>,
    channel: u16,
}

impl Recorder {
    /// The schema by name, encoding and data.
    fn new(options: WriteOptions, topic: &str, encoding: &str, schema: Option<(&str, &str, &[u8])>) -> Self {
        let mut writer = options.create(Cursor::new(Vec::new())).expect("a writer");
        let schema =
            schema.map_or(0, |(name, encoding, data)| writer.add_schema(name, encoding, data).expect("a schema"));
        let channel = writer.add_channel(schema, topic, encoding, &BTreeMap::new()).expect("a channel");
        Self { writer, channel }
    }

    fn message(&mut self, log_time: u64, publish_time: u64, data: &[u8]) -> &mut Self {
        let header = MessageHeader { channel_id: self.channel, sequence: 0, log_time, publish_time };
        self.writer.write_to_known_channel(&header, data).expect("a message");
        self
    }

    fn finish(&mut self) -> Vec<u8> {
        self.writer.finish().expect("finished");
        std::mem::replace(&mut self.writer, Writer::new(Cursor::new(Vec::new())).expect("a writer"))
            .into_inner()
            .into_inner()
    }
}

/// A file with messages of one channel, a second apart.
fn file_of(topic: &str, encoding: &str, schema: Option<(&str, &str, &[u8])>, messages: &[&[u8]]) -> Vec<u8> {
    let mut recorder = Recorder::new(WriteOptions::default(), topic, encoding, schema);
    for (index, data) in messages.iter().enumerate() {
        let time = START + index as u64 * 1_000_000_000;
        recorder.message(time, time, data);
    }
    recorder.finish()
}

/// JSON messages `{"n": 0}`, `{"n": 1}` ... in many small chunks, 10 ms apart.
fn numbered(count: u64, compression: Option<Compression>) -> Vec<u8> {
    let options = WriteOptions::default().compression(compression).chunk_size(Some(400));
    let mut recorder = Recorder::new(options, "/n", "json", None);
    for index in 0..count {
        let time = START + index * 10_000_000;
        recorder.message(time, time, format!("{{\"n\": {index}}}").as_bytes());
    }
    recorder.finish()
}

const COMPRESSIONS: [Option<Compression>; 3] = [None, Some(Compression::Lz4), Some(Compression::Zstd)];
