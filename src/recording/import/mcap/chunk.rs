//! The records inside a chunk, none of which is given away before the checksum of all was compared.

use mcap::McapError;
use mcap::records::op;
use mcap::sans_io::linear_reader::{LinearReadEvent, LinearReader, LinearReaderOptions};
use thiserror::Error;

use super::records::{ChunkRecord, Cursor};

/// A chunk that is larger, packed or unpacked, is not read [bytes].
pub(super) const MOST_CHUNK: u64 = 128 << 20;

/// Why the records of a chunk cannot be used.
#[derive(Error, Debug)]
pub(super) enum ChunkError<E> {
    #[error("its head is not readable")]
    Head,
    #[error("it claims to unpack to {0} bytes, more than this program takes into memory")]
    TooLarge(u64),
    #[error("its compression \"{0}\" is none that this program knows (lz4, zstd)")]
    Compression(String),
    #[error("its checksum does not match, so that its bytes were changed after they were written")]
    Checksum,
    #[error("it does not unpack ({0})")]
    Unpack(String),
    #[error("it ends in the middle of a record")]
    Cut,
    /// Of whom the records were given to.
    #[error("the records are not wanted")]
    Refused(E),
}

/// Gives the records in the body of a chunk away, by opcode and body.
pub(super) fn records<E>(body: &[u8], mut take: impl FnMut(u8, &[u8]) -> Result<(), E>) -> Result<(), ChunkError<E>> {
    let chunk = ChunkRecord::parse(body).ok_or(ChunkError::Head)?;
    if chunk.unpacked > MOST_CHUNK {
        return Err(ChunkError::TooLarge(chunk.unpacked));
    }
    if !chunk.compression.is_empty() {
        return unpacked(body, take);
    }
    if chunk.crc != 0 && crc32fast::hash(chunk.data) != chunk.crc {
        return Err(ChunkError::Checksum);
    }
    let mut cursor = Cursor::new(chunk.data);
    while !cursor.is_empty() {
        let (opcode, body) = cursor.record().ok_or(ChunkError::Cut)?;
        take(opcode, body).map_err(ChunkError::Refused)?;
    }
    Ok(())
}

/// The reader of the mcap crate takes a file in pieces; here the file is this one chunk.
fn unpacked<E>(body: &[u8], mut take: impl FnMut(u8, &[u8]) -> Result<(), E>) -> Result<(), ChunkError<E>> {
    let options = LinearReaderOptions::default()
        .with_skip_start_magic(true)
        .with_skip_end_magic(true)
        .with_prevalidate_chunk_crcs(true)
        .with_record_length_limit(MOST_CHUNK as usize);
    let mut reader = LinearReader::new_with_options(options);
    let mut head = Vec::with_capacity(9);
    head.push(op::CHUNK);
    head.extend((body.len() as u64).to_le_bytes());
    let (mut head, mut rest) = (head.as_slice(), body);
    while let Some(event) = reader.next_event() {
        match event {
            Ok(LinearReadEvent::ReadRequest(wanted)) => {
                let source = if head.is_empty() { &mut rest } else { &mut head };
                let (piece, after) = source.split_at(wanted.min(source.len()));
                *source = after;
                reader.insert(piece.len()).iter_mut().zip(piece).for_each(|(to, from)| *to = *from);
                reader.notify_read(piece.len());
            }
            Ok(LinearReadEvent::Record { opcode, data }) => take(opcode, data).map_err(ChunkError::Refused)?,
            Err(McapError::BadChunkCrc { .. }) => return Err(ChunkError::Checksum),
            Err(McapError::UnsupportedCompression(name)) => return Err(ChunkError::Compression(name)),
            Err(McapError::UnexpectedEof) => return Err(ChunkError::Cut),
            Err(error) => return Err(ChunkError::Unpack(error.to_string())),
        }
    }
    Ok(())
}
