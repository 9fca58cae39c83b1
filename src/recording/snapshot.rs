//! The project inside the recording: its text files whole, models and tables by digest or whole.
//!
//! Put back into a folder, the project opens there as it was on the day of the recording. A file
//! that was noted by digest is taken from where it lay then, if it is still the same.

use std::fs;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Attachment with the list of files.
pub const LIST: &str = "twinscope/project.json";
/// Attachments with files of the project begin so.
const FOLDER: &str = "project/";
/// More than this is not put back from one recording.
const MOST_BYTES: u64 = 4 << 30;

/// A file that goes into a recording.
#[derive(Clone, PartialEq, Debug)]
pub struct SnapshotFile {
    /// Name of the attachment.
    pub name: String,
    pub bytes: Vec<u8>,
}

impl SnapshotFile {
    pub fn media_type(&self) -> &'static str {
        match Path::new(&self.name).extension().and_then(|extension| extension.to_str()) {
            Some("json") => "application/json",
            Some("toml") => "application/toml",
            Some("glb") => "model/gltf-binary",
            Some("gltf") => "model/gltf+json",
            Some("csv") => "text/csv",
            _ => "application/octet-stream",
        }
    }
}

/// What the list says.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct ProjectList {
    /// What to open, below the folder.
    pub entry: String,
    /// Where the files lay when recording began.
    pub folder: PathBuf,
    pub files: Vec<ListedFile>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ListedFile {
    /// Below the folder, with `/`.
    pub path: String,
    pub bytes: u64,
    pub sha256: String,
    pub embedded: bool,
}

#[derive(Error, Debug)]
pub enum SnapshotError {
    #[error("{path} cannot be written: {cause}", path = .path.display())]
    Write { path: PathBuf, cause: io::Error },
    #[error("the list of project files is not readable ({0})")]
    List(serde_json::Error),
    #[error("\"{0}\" is not a path below the project's folder")]
    Outside(String),
    #[error("the project's files are larger than 4 GiB")]
    TooLarge,
}

/// The files of a project, to be read when a recording begins.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct ProjectFiles {
    /// What is opened: a file or a folder.
    pub entry: PathBuf,
    /// Embedded.
    pub whole: Vec<PathBuf>,
    /// Noted by digest, or embedded on request.
    pub large: Vec<PathBuf>,
    pub embed_large: bool,
}

impl ProjectFiles {
    /// Reads the files for a recording. One that cannot be read is left out: a recording must not
    /// fail for want of it.
    pub fn take(&self) -> Vec<SnapshotFile> {
        let folder = common_folder(&self.entry, self.whole.iter().chain(&self.large));
        let below = |path: &Path| path.strip_prefix(&folder).ok().map(portable);
        let entry = below(&self.entry).unwrap_or_default();
        let mut list = ProjectList { entry, folder: folder.clone(), files: Vec::new() };
        let mut files = Vec::new();
        let large = self.large.iter().map(|path| (path, self.embed_large));
        for (path, embedded) in self.whole.iter().map(|path| (path, true)).chain(large) {
            let Some(name) = below(path).filter(|name| list.files.iter().all(|file| file.path != *name)) else {
                continue;
            };
            let (length, sha256) = if embedded {
                let Ok(bytes) = fs::read(path) else { continue };
                let found = (bytes.len() as u64, hex(Sha256::digest(&bytes).as_slice()));
                files.push(SnapshotFile { name: format!("{FOLDER}{name}"), bytes });
                found
            } else {
                let Ok(found) = digest(path) else { continue };
                found
            };
            list.files.push(ListedFile { path: name, bytes: length, sha256, embedded });
        }
        let bytes = serde_json::to_vec_pretty(&list).unwrap_or_default();
        files.insert(0, SnapshotFile { name: LIST.to_owned(), bytes });
        files
    }
}

/// What was put back.
#[derive(Debug)]
pub struct Restored {
    /// The project to open.
    pub entry: PathBuf,
    /// Files that are nowhere to be had, in words.
    pub missing: Vec<String>,
}

/// Puts the project of a recording back into a folder. `attachment` gives a file by its name.
///
/// # Errors
/// When the list is not readable or names paths outside the folder, or nothing can be written.
pub fn restore(
    list: &[u8],
    into: &Path,
    mut attachment: impl FnMut(&str) -> io::Result<Vec<u8>>,
) -> Result<Restored, SnapshotError> {
    let list: ProjectList = serde_json::from_slice(list).map_err(SnapshotError::List)?;
    if list.files.iter().map(|file| file.bytes).fold(0, u64::saturating_add) > MOST_BYTES {
        return Err(SnapshotError::TooLarge);
    }
    let mut missing = Vec::new();
    for file in &list.files {
        let target = into.join(safe(&file.path)?);
        if digest(&target).is_ok_and(|(_, found)| found == file.sha256) {
            continue;
        }
        let failed = |cause| SnapshotError::Write { path: target.clone(), cause };
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        if file.embedded {
            match attachment(&format!("{FOLDER}{}", file.path)) {
                Ok(bytes) if hex(Sha256::digest(&bytes).as_slice()) == file.sha256 => {
                    fs::write(&target, bytes).map_err(failed)?;
                }
                Ok(_) => missing.push(format!("{} is damaged in the recording.", file.path)),
                Err(error) => missing.push(format!("{} cannot be read from the recording: {error}.", file.path)),
            }
            continue;
        }
        let original = list.folder.join(&file.path);
        match digest(&original) {
            Ok((_, found)) if found == file.sha256 => {
                // A link costs no space; where the file system has none, a copy does.
                fs::hard_link(&original, &target)
                    .or_else(|_| fs::copy(&original, &target).map(drop))
                    .map_err(failed)?;
            }
            Ok(_) => missing.push(format!("{} has changed since the recording.", original.display())),
            Err(_) => missing.push(format!("{} is not on this computer.", original.display())),
        }
    }
    Ok(Restored { entry: into.join(safe(&list.entry)?), missing })
}

/// Length and SHA-256 of a file.
fn digest(path: &Path) -> io::Result<(u64, String)> {
    let mut file = fs::File::open(path)?;
    let (mut hash, mut length, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((length, hex(hash.finalize().as_slice())));
        }
        length += read as u64;
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The deepest folder that holds all files.
fn common_folder<'a>(entry: &Path, files: impl Iterator<Item = &'a PathBuf>) -> PathBuf {
    let mut folder = if entry.is_dir() { entry } else { entry.parent().unwrap_or(entry) }.to_owned();
    for file in files {
        while !file.starts_with(&folder) && folder.pop() {}
    }
    folder
}

fn portable(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    parts.join("/")
}

/// A path from a recording, as one that cannot leave the folder it is joined to.
fn safe(path: &str) -> Result<PathBuf, SnapshotError> {
    let parts = Path::new(path).components();
    let outside = path.contains('\\') || parts.into_iter().any(|part| !matches!(part, Component::Normal(_)));
    if outside { Err(SnapshotError::Outside(path.to_owned())) } else { Ok(path.split('/').collect()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plant(folder: &Path) -> (PathBuf, PathBuf, PathBuf) {
        let (entry, model) = (folder.join("plant/twin.toml"), folder.join("models/line.glb"));
        fs::create_dir_all(folder.join("plant")).expect("a folder");
        fs::create_dir_all(folder.join("models")).expect("a folder");
        fs::write(&entry, "name = \"x\"").expect("a file");
        fs::write(&model, [7; 5000]).expect("a file");
        (entry.clone(), entry, model)
    }

    fn put_back(files: &[SnapshotFile], into: &Path) -> Restored {
        let by_name = |name: &str| {
            let file = files.iter().find(|file| file.name == name);
            file.map(|file| file.bytes.clone()).ok_or_else(|| io::ErrorKind::NotFound.into())
        };
        restore(&files[0].bytes, into, by_name).expect("a snapshot can be put back")
    }

    #[test]
    fn a_project_comes_back_with_models_embedded_or_found() {
        for embed in [true, false] {
            let (there, here) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
            let (entry, text, model) = plant(there.path());
            let large = vec![model.clone()];
            let files = ProjectFiles { entry, whole: vec![text], large, embed_large: embed }.take();
            assert_eq!(files.len(), if embed { 3 } else { 2 });
            if embed {
                fs::remove_file(&model).expect("the model goes");
            }
            let restored = put_back(&files, here.path());
            assert_eq!((restored.entry, restored.missing), (here.path().join("plant/twin.toml"), vec![]));
            assert_eq!(fs::read(here.path().join("models/line.glb")).expect("the model"), [7; 5000]);
        }
    }

    #[test]
    fn a_model_that_changed_is_told_and_not_taken() {
        let (there, here) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let (entry, text, model) = plant(there.path());
        let large = vec![model.clone(), there.path().join("gone.glb")];
        let files = ProjectFiles { entry, whole: vec![text], large, embed_large: false }.take();
        fs::write(&model, [8; 5000]).expect("a file");
        let restored = put_back(&files, here.path());
        assert!(restored.missing[0].contains("has changed since the recording"), "{:?}", restored.missing);
        assert!(!here.path().join("models/line.glb").exists());
    }

    #[test]
    fn paths_cannot_leave_the_folder() {
        for path in ["../x", "/etc/x", "a/../../x", "a\\..\\x", "."] {
            assert!(safe(path).is_err(), "{path}");
        }
        assert_eq!(safe("a/b.glb").ok(), Some(PathBuf::from("a/b.glb")));
    }
}
