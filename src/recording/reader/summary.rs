//! The end of a finished file: where its index, its schemas and its attachments are.

use std::io;

use mcap::records::{Channel, Footer, MetadataIndex, Record, op};

use super::file::Pieces;
use super::records::{RECORD_HEAD, record_head, records};

/// What the summary says, chunk indexes left out: ours is better and smaller.
#[derive(Default, Debug)]
pub struct Summary {
    /// Number and text of each schema.
    pub schemas: Vec<(u16, Vec<u8>)>,
    pub channels: Vec<Channel>,
    /// Name and place of each attachment.
    pub attachments: Vec<(String, u64)>,
    pub metadata: Vec<MetadataIndex>,
}

const MAGIC_BYTES: u64 = mcap::MAGIC.len() as u64;
/// Record head, two offsets and a checksum.
const FOOTER_BYTES: u64 = RECORD_HEAD + 20;

/// Reads the summary; none where the file was not finished.
///
/// # Errors
/// When the file cannot be read, or its end is damaged.
pub fn read(pieces: &mut Pieces) -> io::Result<Option<Summary>> {
    let Some(footer_at) = pieces.length().checked_sub(FOOTER_BYTES + MAGIC_BYTES) else { return Ok(None) };
    let end = pieces.read(footer_at, FOOTER_BYTES + MAGIC_BYTES)?;
    if !end.ends_with(mcap::MAGIC) {
        return Ok(None);
    }
    let Some((_, op::FOOTER, body)) = records(&end).next() else { return Ok(None) };
    let Ok(Record::Footer(Footer { summary_start, summary_offset_start, .. })) = mcap::parse_record(op::FOOTER, body)
    else {
        return Ok(None);
    };
    let mut summary = Summary::default();
    if summary_offset_start == 0 {
        let Some(length) = footer_at.checked_sub(summary_start).filter(|_| summary_start != 0) else { return Ok(None) };
        summary.take(&pieces.read(summary_start, length)?);
        return Ok(Some(summary));
    }
    let damaged = || io::Error::from(io::ErrorKind::InvalidData);
    let length = footer_at.checked_sub(summary_offset_start).ok_or_else(damaged)?;
    let offsets = pieces.read(summary_offset_start, length)?;
    for (_, opcode, body) in records(&offsets) {
        let Ok(Record::SummaryOffset(group)) = mcap::parse_record(opcode, body) else { return Err(damaged()) };
        if group.group_opcode != op::CHUNK_INDEX {
            summary.take(&pieces.read(group.group_start, group.group_length)?);
        }
    }
    Ok(Some(summary))
}

impl Summary {
    /// Takes records in, of the summary or of a chunk.
    pub fn take(&mut self, bytes: &[u8]) {
        for (_, opcode, body) in records(bytes) {
            if matches!(opcode, op::MESSAGE | op::ATTACHMENT) {
                continue;
            }
            match mcap::parse_record(opcode, body) {
                Ok(Record::Schema { header, data }) => self.schemas.push((header.id, data.into_owned())),
                Ok(Record::Channel(channel)) => self.channels.push(channel),
                Ok(Record::AttachmentIndex(index)) => self.attachments.push((index.name, index.offset)),
                Ok(Record::MetadataIndex(index)) => self.metadata.push(index),
                _ => {}
            }
        }
    }
}

/// Data of the attachment record at a place.
///
/// # Errors
/// When it is not there, or damaged.
pub fn attachment(pieces: &mut Pieces, offset: u64) -> io::Result<Vec<u8>> {
    let body = body_at(pieces, offset, op::ATTACHMENT)?;
    let data = Attached::parse(&body).and_then(|attached| {
        let (data, crc) = attached.rest.split_at_checked(usize::try_from(attached.bytes).ok()?)?;
        let crc = u32::from_le_bytes(*crc.first_chunk()?);
        let checked = body.get(..body.len().checked_sub(4)?)?;
        (crc == 0 || crc == crc32fast::hash(checked)).then(|| data.to_vec())
    });
    data.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// The head of an attachment record, as far as it is at hand.
pub struct Attached<'a> {
    pub name: String,
    pub bytes: u64,
    rest: &'a [u8],
}

impl<'a> Attached<'a> {
    pub fn parse(body: &'a [u8]) -> Option<Self> {
        let (_log_and_create_time, rest) = body.split_first_chunk::<16>()?;
        let (name, rest) = text(rest)?;
        let (_media_type, rest) = text(rest)?;
        let (bytes, rest) = rest.split_first_chunk::<8>()?;
        Some(Self { name, bytes: u64::from_le_bytes(*bytes), rest })
    }
}

fn text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (text, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    Some((String::from_utf8_lossy(text).into_owned(), rest))
}

/// Body of the record at a place, which must be of this kind.
///
/// # Errors
/// When it is not there, or of another kind.
pub fn body_at(pieces: &mut Pieces, offset: u64, wanted: u8) -> io::Result<Vec<u8>> {
    let head = pieces.read(offset, RECORD_HEAD)?;
    let Ok(head) = <[u8; 9]>::try_from(head.as_slice()) else { return Err(io::ErrorKind::UnexpectedEof.into()) };
    let (opcode, length) = record_head(head);
    if opcode != wanted {
        return Err(io::ErrorKind::InvalidData.into());
    }
    pieces.read(offset + RECORD_HEAD, length)
}
