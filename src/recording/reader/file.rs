//! A file read in pieces at places, with limits on what a length field may ask for.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Larger pieces are not read at once: a chunk or a segment is never so large.
const MOST_BYTES: u64 = 512 << 20;

/// An open file and its length.
#[derive(Debug)]
pub struct Pieces {
    file: File,
    length: u64,
}

impl Pieces {
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { file, length })
    }

    pub fn length(&self) -> u64 {
        self.length
    }

    /// Asks the file how long it is now.
    pub fn refresh(&mut self) -> io::Result<u64> {
        self.length = self.file.metadata()?.len();
        Ok(self.length)
    }

    /// Bytes at a place. Asking beyond the end, or for too much, is an error before memory is taken.
    pub fn read(&mut self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        if offset.checked_add(length).is_none_or(|end| end > self.length) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let length = usize::try_from(length).ok().filter(|_| length <= MOST_BYTES);
        let Some(length) = length else { return Err(io::ErrorKind::FileTooLarge.into()) };
        let mut bytes = vec![0; length];
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// Reads record heads one after the other through a window over the file, so that hopping over
/// small records costs no system call each.
pub struct Hops<'a> {
    pieces: &'a mut Pieces,
    window: Vec<u8>,
    begin: u64,
}

const WINDOW: u64 = 1 << 16;

impl<'a> Hops<'a> {
    pub fn new(pieces: &'a mut Pieces) -> Self {
        Self { pieces, window: Vec::new(), begin: 0 }
    }

    /// Bytes at a place, copied out of the window where they are inside.
    pub fn read<const N: usize>(&mut self, offset: u64) -> io::Result<[u8; N]> {
        if let Some(bytes) = self.inside(offset) {
            return Ok(bytes);
        }
        let length = WINDOW.min(self.pieces.length().saturating_sub(offset));
        self.window = self.pieces.read(offset, length)?;
        self.begin = offset;
        self.inside(offset).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn inside<const N: usize>(&self, offset: u64) -> Option<[u8; N]> {
        let start = usize::try_from(offset.checked_sub(self.begin)?).ok()?;
        self.window.get(start..start.checked_add(N)?)?.try_into().ok()
    }

    pub fn pieces(&mut self) -> &mut Pieces {
        self.pieces
    }
}
