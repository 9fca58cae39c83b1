//! Folders for what is unpacked while the program runs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// A new folder that belongs to this user alone, removed in the end.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// # Errors
    /// When no folder can be made among the temporary files of the system.
    pub fn new() -> anyhow::Result<Self> {
        const TRIES: u32 = 1_000;
        let around = std::env::temp_dir();
        let names = (0..TRIES).map(|number| around.join(format!("twinscope-fmu-{}-{number}", std::process::id())));
        for folder in names {
            match create_for_me_alone(&folder) {
                Ok(()) => return Ok(Self(folder)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => {
                    return Err(error).with_context(|| format!("Nothing can be unpacked in {}.", around.display()));
                }
            }
        }
        bail!("{} is full of folders of earlier runs. Remove those that begin with twinscope-fmu.", around.display())
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

/// Code is run from this folder: others on this computer shall not put any there.
fn create_for_me_alone(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays lies among the temporary files of the system, which clears them.
        _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scratch_folder_is_gone_with_what_was_in_it() {
        let scratch = Scratch::new().expect("a folder");
        let folder = scratch.path().to_owned();
        fs::write(folder.join("file"), "text").expect("written");
        drop(scratch);
        assert!(!folder.exists());
    }
}
