//! The project that `twinscope new` writes: a tank, a pump and a conveyor that move at once, with
//! comments that teach the format.

mod model;
mod samples;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

const PROJECT: &str = include_str!("starter/twin.toml");
const FILES: [&str; 3] = ["twin.toml", "plant.glb", "samples.csv"];

/// Why the starter was not written.
#[derive(Error, Debug)]
pub enum StarterError {
    #[error("{0} is already there and is not overwritten; choose another folder")]
    Exists(PathBuf),
    #[error("the folder {folder} cannot be made: {error}")]
    Folder { folder: PathBuf, error: io::Error },
    #[error("{file} cannot be written: {error}")]
    Write { file: PathBuf, error: io::Error },
    #[error("the model of the starter cannot be made: {0}")]
    Model(#[from] gltf::Error),
}

/// Writes the starter project into `dir`, which is made where it is missing. Gives the files.
///
/// # Errors
/// When one of the files is already there, in which case nothing is written, or when the disk
/// refuses.
pub fn write(dir: &Path) -> Result<Vec<PathBuf>, StarterError> {
    let files = FILES.map(|name| dir.join(name));
    if let Some(there) = files.iter().find(|file| file.symlink_metadata().is_ok()) {
        return Err(StarterError::Exists(there.clone()));
    }
    let contents = [PROJECT.as_bytes().to_vec(), model::glb()?, samples::csv().into_bytes()];
    fs::create_dir_all(dir).map_err(|error| StarterError::Folder { folder: dir.to_owned(), error })?;
    for (file, content) in files.iter().zip(&contents) {
        write_new(file, content)?;
    }
    Ok(files.into())
}

fn write_new(file: &Path, content: &[u8]) -> Result<(), StarterError> {
    let written =
        OpenOptions::new().write(true).create_new(true).open(file).and_then(|mut open| open.write_all(content));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => StarterError::Exists(file.to_owned()),
        _ => StarterError::Write { file: file.to_owned(), error },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::load;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn starter_loads_without_problems() {
        let folder = folder();
        let files = write(&folder.path().join("my plant")).unwrap_or_else(|error| panic!("{error}"));
        let loaded = load(&folder.path().join("my plant"));
        assert_eq!(loaded.problems, []);
        assert!(loaded.sound());
        let project = loaded.project.unwrap_or_default();
        assert_eq!(project.name, "My first twin");
        assert_eq!(project.files, files[..2]);
        assert!(project.assets.by_path("Site/Pump").is_some());
        assert_eq!((project.catalog.len(), project.bindings.len(), project.alarms.len()), (6, 7, 1));
        assert!(project.scene.nodes.iter().filter_map(|node| node.model.as_ref()).all(|model| model.readable));
    }

    #[test]
    fn starter_refuses_to_overwrite() {
        let folder = folder();
        let there = folder.path().join("samples.csv");
        fs::write(&there, "mine").unwrap_or_else(|error| panic!("{error}"));
        let refused = write(folder.path());
        assert!(matches!(&refused, Err(StarterError::Exists(file)) if *file == there), "{refused:?}");
        assert_eq!(fs::read_dir(folder.path()).map(Iterator::count).ok(), Some(1));
    }
}
