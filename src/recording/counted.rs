//! A file that knows how much was written to it.

use std::io::{self, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts what goes through. MCAP asks for `Seek`, but never seeks where that is disabled.
pub struct Counted<W> {
    pub inner: W,
    /// Bytes so far, shared with whoever wants to know.
    pub position: Arc<AtomicU64>,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.position.fetch_add(written as u64, Ordering::Relaxed);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<W> Seek for Counted<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match to {
            SeekFrom::Current(0) => Ok(self.position.load(Ordering::Relaxed)),
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}
