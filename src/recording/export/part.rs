//! A file that takes its name only when it is whole.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes `name.part`; removed again unless finished.
#[derive(Debug)]
pub(super) struct PartFile {
    file: BufWriter<File>,
    part: PathBuf,
    target: PathBuf,
    finished: bool,
}

impl PartFile {
    pub fn create(target: &Path) -> io::Result<Self> {
        let mut part = OsString::from(target);
        part.push(".part");
        let part = PathBuf::from(part);
        let file = BufWriter::new(File::create(&part)?);
        Ok(Self { file, part, target: target.to_owned(), finished: false })
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        fs::rename(&self.part, &self.target)?;
        self.finished = true;
        Ok(())
    }
}

impl Write for PartFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        // Nobody is left to tell; an unfinished file that stays says so by its name.
        if !self.finished
            && let Err(error) = fs::remove_file(&self.part)
        {
            tracing::warn!("{} could not be removed: {error}", self.part.display());
        }
    }
}
