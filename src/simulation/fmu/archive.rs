//! From a .fmu file or a folder to a folder with what an FMU needs, and the binary for this platform.
//!
//! A .fmu is a zip archive from anywhere. An entry that would land outside the folder, a link, or more
//! bytes than the limits allow refuse the whole archive; what was written by then stays in the folder,
//! which belongs to the caller.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::FmuError;
use super::description::{self, FmiVersion, ModelDescription};

/// How much an archive may hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ArchiveLimits {
    pub entries: usize,
    /// Of one entry, unpacked.
    pub entry_bytes: u64,
    /// Of all entries, unpacked.
    pub total_bytes: u64,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self { entries: 100_000, entry_bytes: 1 << 30, total_bytes: 4 << 30 }
    }
}

/// An FMU in a folder, described and with a binary that can be loaded here.
#[derive(Clone, PartialEq, Debug)]
pub struct Unpacked {
    pub folder: PathBuf,
    pub description: ModelDescription,
}

/// Makes an FMU ready to run. A folder is taken as it is; an archive is unpacked into `into`, which
/// must be there and empty.
///
/// # Errors
/// When the archive is refused or cannot be read, its description has faults, or it has no binary for
/// this platform.
pub fn unpack(model: &Path, into: &Path, limits: &ArchiveLimits) -> Result<Unpacked, FmuError> {
    let folder = describable(model, into, limits)?;
    let description = ModelDescription::of_folder(&folder)?;
    binary(&folder, &description)?;
    Ok(Unpacked { folder, description })
}

/// Reads what an FMU says of itself, which needs no binary. Uses `into` as [`unpack`] does.
///
/// # Errors
/// When the archive is refused or cannot be read, or its description has faults.
pub fn describe(model: &Path, into: &Path, limits: &ArchiveLimits) -> Result<ModelDescription, FmuError> {
    ModelDescription::of_folder(&describable(model, into, limits)?)
}

fn describable(model: &Path, into: &Path, limits: &ArchiveLimits) -> Result<PathBuf, FmuError> {
    let failed = |cause| FmuError::Read { file: model.to_owned(), cause };
    let folder = if fs::metadata(model).map_err(failed)?.is_dir() {
        if !model.join(description::FILE).is_file() {
            return Err(FmuError::Experiment(format!(
                "{} is no unpacked FMU: it has no {}. Name a .fmu file or a folder that holds one unpacked.",
                model.display(),
                description::FILE
            )));
        }
        model
    } else {
        extract(File::open(model).map_err(failed)?, model, into, limits)?;
        into
    };
    // The binary and its resources are found by absolute paths: the child's own folder must not matter.
    std::path::absolute(folder).map_err(failed)
}

/// Folders of `binaries/` that hold code for this platform, and the ending of the file in them.
const PLATFORM: (&str, &str, &str) = platform();

const fn platform() -> (&'static str, &'static str, &'static str) {
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        ("linux64", "x86_64-linux", "so")
    } else if cfg!(all(target_os = "linux", target_arch = "aarch64")) {
        ("aarch64-linux", "aarch64-linux", "so")
    } else if cfg!(all(target_os = "windows", target_arch = "x86_64")) {
        ("win64", "x86_64-windows", "dll")
    } else if cfg!(all(target_os = "macos", target_arch = "aarch64")) {
        ("darwin64", "aarch64-darwin", "dylib")
    } else if cfg!(all(target_os = "macos", target_arch = "x86_64")) {
        ("darwin64", "x86_64-darwin", "dylib")
    } else {
        ("unknown", "unknown", "so")
    }
}

/// The shared library of an unpacked FMU for this platform.
///
/// # Errors
/// When it brings none; the message lists the platforms that it has.
pub fn binary(folder: &Path, description: &ModelDescription) -> Result<PathBuf, FmuError> {
    let (two, three, ending) = PLATFORM;
    let platform = if description.version == FmiVersion::V2 { two } else { three };
    let wanted = format!("binaries/{platform}/{}.{ending}", description.identifier);
    let file = folder.join(&wanted);
    if file.is_file() {
        return Ok(file);
    }
    const SHOWN: usize = 20;
    let entries = fs::read_dir(folder.join("binaries")).into_iter().flatten().flatten();
    let mut found: Vec<String> =
        entries.take(SHOWN).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    found.sort();
    let found =
        if found.is_empty() { "no binaries at all".to_owned() } else { format!("those for {}", found.join(", ")) };
    Err(FmuError::NoBinary { wanted, found })
}

fn extract<R: Read + Seek>(archive: R, file: &Path, into: &Path, limits: &ArchiveLimits) -> Result<(), FmuError> {
    let not_zip = |cause: zip::result::ZipError| FmuError::NotZip { file: file.to_owned(), cause: cause.to_string() };
    let mut archive = ZipArchive::new(archive).map_err(not_zip)?;
    if archive.len() > limits.entries {
        let reason = format!("it has {} entries; up to {} are taken", archive.len(), limits.entries);
        return Err(FmuError::TooLarge { reason });
    }
    let mut left = limits.total_bytes;
    for place in 0..archive.len() {
        let mut entry = archive.by_index(place).map_err(not_zip)?;
        let shown = String::from_utf8_lossy(entry.name_raw()).escape_debug().take(200).collect::<String>();
        let refused = |reason: &str| FmuError::Entry { entry: shown.clone(), reason: reason.to_owned() };
        let path = into.join(inside(entry.name_raw()).map_err(refused)?);
        if entry.is_symlink() || entry.unix_mode().is_some_and(|mode| !is_plain(mode)) {
            return Err(refused("it is a link or a device, not a file or a folder"));
        }
        let write_failed = |cause| FmuError::Write { file: path.clone(), cause };
        if entry.is_dir() {
            fs::create_dir_all(&path).map_err(write_failed)?;
            continue;
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(write_failed)?;
        }
        let mut out =
            OpenOptions::new().write(true).create_new(true).open(&path).map_err(|cause| match cause.kind() {
                io::ErrorKind::AlreadyExists => refused("a second entry has its name"),
                _ => write_failed(cause),
            })?;
        // What the header says of the size is not believed: the bytes are counted as they come.
        let room = limits.entry_bytes.min(left);
        left -= copy(&mut entry, &mut out, room).map_err(|failure| match failure {
            Copy::Full if room == limits.entry_bytes => refused(&format!("unpacked it is larger than {room} bytes")),
            Copy::Full => {
                FmuError::TooLarge { reason: format!("unpacked it is larger than {} bytes", limits.total_bytes) }
            }
            Copy::Read(cause) => refused(&format!("it cannot be unpacked ({cause})")),
            Copy::Write(cause) => write_failed(cause),
        })?;
    }
    Ok(())
}

/// The path of an entry below the folder, or why it has none.
fn inside(name: &[u8]) -> Result<PathBuf, &'static str> {
    let name = str::from_utf8(name).map_err(|_| "its name is not UTF-8 text")?;
    if name.contains('\\') {
        return Err("its name has a backslash");
    }
    if name.starts_with('/') {
        return Err("its name is an absolute path");
    }
    let mut path = PathBuf::new();
    for part in name.strip_suffix('/').unwrap_or(name).split('/') {
        match part {
            ".." => return Err("its name leads out of the folder"),
            "" | "." => return Err("its name has an empty part"),
            // A drive or a stream on Windows.
            part if part.contains(':') => return Err("its name has a colon"),
            part if part.contains(char::is_control) => return Err("its name has a control character"),
            part => path.push(part),
        }
    }
    Ok(path)
}

/// True for a Unix mode of a file or folder, or one that does not say.
fn is_plain(mode: u32) -> bool {
    const KIND: u32 = 0o170_000;
    const PLAIN: [u32; 3] = [0, 0o100_000, 0o040_000];
    PLAIN.contains(&(mode & KIND))
}

enum Copy {
    Full,
    Read(io::Error),
    Write(io::Error),
}

/// Copies all bytes, or fails as soon as there are more than `room`.
fn copy(from: &mut impl Read, to: &mut impl io::Write, room: u64) -> Result<u64, Copy> {
    let (mut buffer, mut copied) = (vec![0; 1 << 16], 0);
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => return Ok(copied),
            Ok(count) => count,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
            Err(cause) => return Err(Copy::Read(cause)),
        };
        copied += count as u64;
        if copied > room {
            return Err(Copy::Full);
        }
        to.write_all(buffer.get(..count).unwrap_or_default()).map_err(Copy::Write)?;
    }
}

#[cfg(test)]
mod tests;
