//! Hops from record to record through a file that has no index: one that was not finished, or is
//! still being written. Goes on where it stopped when the file has grown.

use std::io;

use mcap::records::{Record, op};

use super::file::{Hops, Pieces};
use super::records::{RECORD_HEAD, record_head};
use super::summary::{Attached, Summary, body_at};
use crate::recording::format::{HEAD, Head, NOTE_OPCODE, SegmentNote};

/// A chunk that no note covers yet.
#[derive(Clone, Copy, Debug)]
pub struct LooseChunk {
    pub offset: u64,
    /// Record head included.
    pub length: u64,
}

/// What was found so far.
#[derive(Debug, Default)]
pub struct Scan {
    /// Where the next record begins.
    pub at: u64,
    pub head: Option<Head>,
    pub notes: Vec<SegmentNote>,
    pub loose: Vec<LooseChunk>,
    pub attachments: Vec<(String, u64)>,
    /// The first chunk: it describes all channels.
    pub first_chunk: Option<LooseChunk>,
    /// The end of the data was reached: the file is finished.
    pub finished: bool,
}

/// A head, an attachment's name or a note is never larger.
const MOST_SMALL: u64 = 64 << 20;
/// Of an attachment, enough for its name.
const ATTACHMENT_HEAD: u64 = 4096;

impl Scan {
    pub fn new() -> Self {
        Self { at: mcap::MAGIC.len() as u64, ..Self::default() }
    }

    /// Goes on to the end of the file, or to the first record that is not whole.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn go_on(&mut self, pieces: &mut Pieces) -> io::Result<()> {
        let length = pieces.length();
        let mut hops = Hops::new(pieces);
        while !self.finished && self.at + RECORD_HEAD <= length {
            let (opcode, body) = record_head(hops.read(self.at)?);
            let Some(end) = self.at.checked_add(RECORD_HEAD + body.min(u64::MAX / 2)).filter(|end| *end <= length)
            else {
                return Ok(());
            };
            match opcode {
                op::CHUNK => {
                    let chunk = LooseChunk { offset: self.at, length: end - self.at };
                    self.first_chunk.get_or_insert(chunk);
                    self.loose.push(chunk);
                }
                op::METADATA if body <= MOST_SMALL => {
                    let body = hops.pieces().read(self.at + RECORD_HEAD, body)?;
                    if let Ok(Record::Metadata(metadata)) = mcap::parse_record(op::METADATA, &body)
                        && metadata.name == HEAD
                    {
                        self.head = Some(Head::from_map(&metadata.metadata));
                    }
                }
                op::ATTACHMENT => {
                    let body = hops.pieces().read(self.at + RECORD_HEAD, body.min(ATTACHMENT_HEAD))?;
                    if let Some(attached) = Attached::parse(&body) {
                        self.attachments.push((attached.name, self.at));
                    }
                }
                NOTE_OPCODE if body <= MOST_SMALL => {
                    let body = hops.pieces().read(self.at + RECORD_HEAD, body)?;
                    // A note that is not readable leaves its chunks loose: they are read instead.
                    if let Ok(note) = serde_json::from_slice::<SegmentNote>(&body) {
                        self.notes.push(note);
                        self.loose.clear();
                    }
                }
                op::DATA_END | op::FOOTER => self.finished = true,
                _ => {}
            }
            self.at = end;
        }
        Ok(())
    }

    /// Schemas and channels, out of the first chunk.
    pub fn summary(&self, pieces: &mut Pieces) -> Summary {
        let mut summary = Summary { attachments: self.attachments.clone(), ..Summary::default() };
        let chunk = self.first_chunk.and_then(|chunk| body_at(pieces, chunk.offset, op::CHUNK).ok());
        if let Some(bytes) = chunk.and_then(|body| super::records::unpack(&body).ok()) {
            summary.take(&bytes);
        }
        summary
    }
}
