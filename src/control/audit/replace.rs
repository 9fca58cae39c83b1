//! Small files that are there whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Writes a file beside the target and puts it in its place, so that a crash leaves the old or the new one. On
/// Unix only its owner may read or write it.
///
/// # Errors
/// When it cannot be written; the target is then as it was.
pub(in crate::control) fn replace(target: &Path, content: &[u8]) -> io::Result<()> {
    let mut part = target.as_os_str().to_owned();
    part.push(".part");
    let part = Path::new(&part);
    // One that a crash left behind, or that another put there with rights of his own, is not written into.
    fs::remove_file(part).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options);
    let mut file = options.open(part)?;
    file.write_all(content)?;
    file.sync_all()?;
    drop(file);
    fs::rename(part, target)
}

/// Lets a new file belong to its owner alone.
#[cfg(unix)]
pub(super) fn private(options: &mut OpenOptions) {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

#[cfg(not(unix))]
pub(super) fn private(_: &mut OpenOptions) {}

/// Makes a new name in a folder survive a loss of power. Elsewhere than on Unix the system sees to it.
pub(super) fn sync_folder(of: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
