//! The folder where recordings go, and what lies there.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use directories::{ProjectDirs, UserDirs};

use crate::domain::recording::RecordingFile;
use crate::domain::time::{Span, Timestamp};
use crate::recording::recorder::EXTENSION;

/// Names the folder for recordings, in place of the one in the person's documents.
pub const FOLDER_VARIABLE: &str = "TWINSCOPE_RECORDINGS";
/// Files listed, newest first.
const MOST: usize = 500;

/// Where recordings go: as the environment says, else among the person's documents.
pub fn folder() -> PathBuf {
    if let Some(folder) = std::env::var_os(FOLDER_VARIABLE).filter(|folder| !folder.is_empty()) {
        return PathBuf::from(folder);
    }
    let user = UserDirs::new();
    let documents = user.as_ref().and_then(|user| user.document_dir().map(Path::to_owned));
    let home = || user.as_ref().map(|user| user.home_dir().to_owned());
    documents.or_else(home).unwrap_or_else(std::env::temp_dir).join("twinscope recordings")
}

/// Where things go that can be made again: imported files, projects out of recordings.
pub fn cache() -> PathBuf {
    ProjectDirs::from("", "", "twinscope").map_or_else(std::env::temp_dir, |dirs| dirs.cache_dir().to_owned())
}

/// The recordings in a folder, newest first.
pub fn list(folder: &Path, writing: Option<&Path>) -> Vec<RecordingFile> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<RecordingFile> = entries
        .filter_map(|entry| {
            let path = entry.path();
            if path.extension()? != EXTENSION {
                return None;
            }
            let data = entry.metadata().ok()?;
            let age = data.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
            Some(RecordingFile {
                name: super::shelf::name_of(&path),
                bytes: data.len(),
                modified: Timestamp::default() + Span::from(age),
                writing: writing == Some(path.as_path()),
                path,
            })
        })
        .collect();
    files.sort_by_key(|file| std::cmp::Reverse(file.modified));
    files.truncate(MOST);
    files
}
