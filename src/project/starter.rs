//! The projects that `twinscope new` writes, with comments that teach the format: a table that is
//! replayed, a packaging line, a flowsheet of units, or a model of another tool.

pub mod foreign;
mod line;
mod model;
mod samples;
mod table;
mod units;

use std::borrow::Cow;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// What a new project begins from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Beginning {
    /// A recorded table that is replayed.
    Table,
    /// A packaging line of eight machines, with an emulated plant and its simulated copy.
    Line,
    /// Tanks, a heat exchanger and controllers, with an emulated plant and its simulated copy.
    Units,
}

/// Why a project was not written.
#[derive(Error, Debug)]
pub enum StarterError {
    #[error("{0} is already there and is not overwritten; choose another folder")]
    Exists(PathBuf),
    #[error("the folder {folder} cannot be made: {error}")]
    Folder { folder: PathBuf, error: io::Error },
    #[error("{file} cannot be written: {error}")]
    Write { file: PathBuf, error: io::Error },
    #[error("the 3D model of the project cannot be made: {0}")]
    Model(#[from] gltf::Error),
}

/// A file of a project by its name in the folder.
type File = (Cow<'static, str>, Content);

enum Content {
    Bytes(Vec<u8>),
    /// The same as another file.
    CopyOf(PathBuf),
}

/// Writes the project that replays a table into `dir`, which is made where it is missing. Gives the files.
///
/// # Errors
/// When one of the files is already there, in which case nothing is written, or when the disk
/// refuses.
pub fn write(dir: &Path) -> Result<Vec<PathBuf>, StarterError> {
    write_from(Beginning::Table, dir)
}

/// Writes the project that begins so into `dir`, which is made where it is missing. Gives the files.
///
/// # Errors
/// As [`write`].
pub fn write_from(beginning: Beginning, dir: &Path) -> Result<Vec<PathBuf>, StarterError> {
    let files = match beginning {
        Beginning::Table => table::files(),
        Beginning::Line => line::files(),
        Beginning::Units => units::files(),
    };
    write_files(dir, &files?)
}

fn write_files(dir: &Path, files: &[File]) -> Result<Vec<PathBuf>, StarterError> {
    let places: Vec<PathBuf> = files.iter().map(|(name, _)| dir.join(name.as_ref())).collect();
    if let Some(there) = places.iter().find(|file| file.symlink_metadata().is_ok()) {
        return Err(StarterError::Exists(there.clone()));
    }
    fs::create_dir_all(dir).map_err(|error| StarterError::Folder { folder: dir.to_owned(), error })?;
    for (place, (_, content)) in places.iter().zip(files) {
        write_new(place, content)?;
    }
    Ok(places)
}

fn write_new(file: &Path, content: &Content) -> Result<(), StarterError> {
    let written = OpenOptions::new().write(true).create_new(true).open(file).and_then(|mut open| match content {
        Content::Bytes(bytes) => open.write_all(bytes),
        Content::CopyOf(other) => fs::File::open(other).and_then(|mut other| io::copy(&mut other, &mut open)).map(drop),
    });
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => StarterError::Exists(file.to_owned()),
        _ => StarterError::Write { file: file.to_owned(), error },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::{Project, load};

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"))
    }

    /// The project that begins so, which has no problems, and the names of its files.
    fn written(beginning: Beginning) -> (Project, Vec<String>) {
        let folder = folder();
        let place = folder.path().join("my plant");
        let files = write_from(beginning, &place).unwrap_or_else(|error| panic!("{error}"));
        let loaded = load(&place);
        assert_eq!(loaded.problems, []);
        assert!(loaded.sound());
        let project = loaded.project.unwrap_or_default();
        let mut models = project.scene.nodes.iter().filter_map(|node| node.model.as_ref()).peekable();
        assert!(models.peek().is_some() && models.all(|model| model.readable));
        let names = files.iter().map(|file| file.file_name().unwrap_or_default().to_string_lossy().into_owned());
        (project.clone(), names.collect())
    }

    #[test]
    fn starter_loads_without_problems() {
        let (project, files) = written(Beginning::Table);
        assert_eq!(project.name, "My first twin");
        assert_eq!(files, ["twin.toml", "plant.glb", "samples.csv"]);
        let watched = project.files.iter().filter_map(|file| file.file_name()?.to_str());
        assert_eq!(watched.collect::<Vec<_>>(), ["twin.toml", "plant.glb"]);
        assert!(project.assets.by_path("Site/Pump").is_some());
        assert_eq!((project.catalog.len(), project.bindings.len(), project.alarms.len()), (6, 7, 1));
    }

    #[test]
    fn a_line_comes_with_a_plant_its_copy_and_a_way_to_change_it() {
        let (project, files) = written(Beginning::Line);
        assert_eq!(files, ["twin.toml", "plant.glb", "line.toml", "scenario.toml"]);
        let twin = project.twin.unwrap_or_default();
        assert_eq!(twin.signals.len(), project.catalog.len());
        assert!(twin.model.parameters.is_empty() && project.policy.enabled);
        assert_eq!((project.policy.writable.len(), project.alarms.len()), (2, 9));
    }

    #[test]
    fn units_come_with_a_plant_its_copy_and_a_way_to_change_it() {
        let (project, files) = written(Beginning::Units);
        assert_eq!(files, ["twin.toml", "plant.glb", "skid.toml", "scenario.toml", "calibration.toml"]);
        let twin = project.twin.unwrap_or_default();
        assert!(twin.calibration.is_some_and(|file| file.ends_with("calibration.toml")));
        // Every signal of the plant is one of the copy.
        assert_eq!(twin.signals.len(), project.catalog.len());
        assert!(project.policy.enabled);
        assert_eq!(project.policy.writable.len(), project.setpoints.len());
        assert_eq!((project.setpoints.len(), project.alarms.len()), (4, 4));
        // Of its own, the plant has what the copy has to find out.
        assert!(twin.model.parameters.is_empty());
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
