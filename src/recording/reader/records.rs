//! MCAP records out of bytes that are not trusted.

use std::io;

use mcap::records::{ChunkHeader, Record, op};
use thiserror::Error;

/// Bytes before the body of a record: opcode and length.
pub const RECORD_HEAD: u64 = 9;
/// A chunk that claims to unpack to more is not unpacked.
const MOST_UNPACKED: u64 = 256 << 20;

/// Opcode and length of a record's body.
pub fn record_head(head: [u8; 9]) -> (u8, u64) {
    let [opcode, length @ ..] = head;
    (opcode, u64::from_le_bytes(length))
}

/// One message of a chunk.
pub struct Message<'a> {
    pub channel: u16,
    pub log: u64,
    pub publish: u64,
    pub data: &'a [u8],
}

impl<'a> Message<'a> {
    pub fn parse(body: &'a [u8]) -> Option<Self> {
        let (channel, rest) = body.split_first_chunk::<2>()?;
        let (_sequence, rest) = rest.split_first_chunk::<4>()?;
        let (log, rest) = rest.split_first_chunk::<8>()?;
        let (publish, data) = rest.split_first_chunk::<8>()?;
        let channel = u16::from_le_bytes(*channel);
        Some(Self { channel, log: u64::from_le_bytes(*log), publish: u64::from_le_bytes(*publish), data })
    }
}

/// The records in a stretch of bytes, one after the other; ends where one is not whole.
pub fn records(bytes: &[u8]) -> Records<'_> {
    Records { bytes, offset: 0 }
}

pub struct Records<'a> {
    bytes: &'a [u8],
    /// Of the next record.
    offset: usize,
}

impl Records<'_> {
    /// Bytes that were left because they are no whole record.
    pub fn rest(&self) -> usize {
        self.bytes.len() - self.offset
    }
}

impl<'a> Iterator for Records<'a> {
    /// Place, opcode and body.
    type Item = (usize, u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (head, rest) = self.bytes.get(self.offset..)?.split_first_chunk::<9>()?;
        let (opcode, length) = record_head(*head);
        let body = rest.get(..usize::try_from(length).ok()?)?;
        let place = self.offset;
        self.offset += head.len() + body.len();
        Some((place, opcode, body))
    }
}

/// Why a chunk cannot be used.
#[derive(Error, Debug)]
pub enum ChunkError {
    #[error("its head is not readable")]
    Head,
    #[error("it claims to unpack to {0} bytes")]
    TooLarge(u64),
    #[error("its compression is \"{0}\", not zstd or none")]
    Compression(String),
    #[error("it does not unpack ({0})")]
    Unpack(io::Error),
    #[error("its checksum does not match")]
    Checksum,
}

/// The records of a chunk, unpacked and checked.
pub fn unpack(body: &[u8]) -> Result<Vec<u8>, ChunkError> {
    let Ok(Record::Chunk { header, data }) = mcap::parse_record(op::CHUNK, body) else {
        return Err(ChunkError::Head);
    };
    let ChunkHeader { uncompressed_size, uncompressed_crc, compression, .. } = header;
    let size = usize::try_from(uncompressed_size).ok().filter(|_| uncompressed_size <= MOST_UNPACKED);
    let Some(size) = size else { return Err(ChunkError::TooLarge(uncompressed_size)) };
    let bytes = match compression.as_str() {
        "" => data.into_owned(),
        "zstd" => zstd::bulk::decompress(&data, size).map_err(ChunkError::Unpack)?,
        _ => return Err(ChunkError::Compression(compression)),
    };
    // A checksum of 0 means that none was made.
    if uncompressed_crc != 0 && crc32fast::hash(&bytes) != uncompressed_crc {
        return Err(ChunkError::Checksum);
    }
    Ok(bytes)
}
