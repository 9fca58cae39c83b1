//! Steps through the records of a file one after the other, without reading what is passed over.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use mcap::records::op;

/// An open file, before or in a record.
pub(super) struct Walk {
    file: BufReader<File>,
    /// Where the file is read next.
    at: u64,
    /// Where the next record begins.
    next: u64,
    length: u64,
}

/// The head of a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    /// Of the record in the file [bytes].
    pub offset: u64,
    pub opcode: u8,
    /// Of the record's body [bytes].
    pub length: u64,
}

/// What comes next in a file.
#[derive(Debug)]
pub(super) enum Step {
    Record(Head),
    /// A record begins here that the file does not hold to its end.
    Cut(Head),
    End,
}

/// Opcode and length of the body.
const HEAD_BYTES: u64 = 9;

impl Walk {
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { file: BufReader::with_capacity(1 << 16, file), at: 0, next: 0, length })
    }

    pub fn length(&self) -> u64 {
        self.length
    }

    /// How far the file is read, 0 to 1.
    pub fn progress(&self) -> f64 {
        if self.length == 0 { 1.0 } else { self.next as f64 / self.length as f64 }
    }

    /// The next record, wherever in the last one the reading stopped.
    pub fn step(&mut self) -> io::Result<Step> {
        self.go_to(self.next)?;
        let offset = self.next;
        let rest = self.length.saturating_sub(offset);
        if rest == 0 {
            return Ok(Step::End);
        }
        if rest < HEAD_BYTES {
            return Ok(Step::Cut(Head { offset, opcode: 0, length: 0 }));
        }
        let [opcode, length @ ..] = self.array::<9>()?;
        let head = Head { offset, opcode, length: u64::from_le_bytes(length) };
        if head.length > rest - HEAD_BYTES {
            return Ok(Step::Cut(head));
        }
        self.next = offset + HEAD_BYTES + head.length;
        Ok(Step::Record(head))
    }

    /// The body of the record whose head was just read. The caller has looked at its length.
    pub fn body(&mut self, head: Head) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        let read = Read::by_ref(&mut self.file).take(head.length).read_to_end(&mut body)? as u64;
        self.at += read;
        if read < head.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(body)
    }

    /// Bytes at the place where the reading stands; the next record begins behind them.
    pub fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes)?;
        self.at += N as u64;
        self.next = self.at;
        Ok(bytes)
    }

    /// Where the next record begins.
    pub fn place(&self) -> u64 {
        self.next
    }

    /// Where the footer says that schemas and channels stand again; none in a file without footer.
    pub fn summary_start(&mut self) -> io::Result<Option<u64>> {
        const FOOTER_BYTES: u64 = HEAD_BYTES + 8 + 8 + 4;
        let Some(footer) = self.length.checked_sub(FOOTER_BYTES + mcap::MAGIC.len() as u64) else { return Ok(None) };
        self.go_to(footer)?;
        let [opcode, _head @ .., a, b, c, d, e, f, g, h] = self.array::<17>()?;
        let start = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        Ok((opcode == op::FOOTER && start != 0 && start < footer).then_some(start))
    }

    /// Goes on with the record that begins here.
    pub fn go_to(&mut self, offset: u64) -> io::Result<()> {
        self.file.seek_relative(offset.wrapping_sub(self.at).cast_signed())?;
        (self.at, self.next) = (offset, offset);
        Ok(())
    }
}
