//! What project files give, and what is said about wrong ones.

mod control;
mod good;
mod hostile;
mod limits;
mod opcua;
mod twin;
mod writing;
mod wrong;

use std::fs;
use std::path::PathBuf;

use crate::project::model_index::tests::glb;
use crate::project::{Loaded, Project, load};

/// A folder with a model, a table and a project file.
pub struct Plant {
    folder: tempfile::TempDir,
}

impl Plant {
    pub fn new(project: &str) -> Self {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        let plant = Self { folder };
        let zero = [0.0; 3];
        let nodes: [(&str, &[u32], [f32; 3]); 5] = [
            ("Hall", &[1, 2, 3, 4], zero),
            ("Filler", &[], [2.0, 0.5, 1.0]),
            ("Capper", &[], [4.0, 0.5, 1.0]),
            ("Bolt", &[], zero),
            ("Bolt", &[], zero),
        ];
        plant.write("factory.glb", &glb(&nodes, &["Rotate"]));
        plant.write("samples.csv", b"time,filler_speed,filler_state\n0,1,IDLE\n");
        plant.write("twin.toml", project.as_bytes());
        plant
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: &[u8]) {
        fs::write(self.path(name), content).unwrap_or_else(|error| panic!("{error}"));
    }

    pub fn load(&self) -> Loaded {
        load(&self.path("twin.toml"))
    }

    /// Problems as `line key: message`, without the folder of the test.
    pub fn told(&self) -> Vec<String> {
        let folder = format!("{}/", self.folder.path().display());
        let told = self.load().problems.into_iter().map(|problem| {
            let line = problem.line.unwrap_or_default();
            format!("{line} {}: {}", problem.key, problem.message).replace(&folder, "")
        });
        told.collect()
    }

    /// The project of a file that must have no problems.
    pub fn project(&self) -> Project {
        assert_eq!(self.told(), [""; 0]);
        self.load().project.unwrap_or_default()
    }
}

/// What is said about a project file.
pub fn told(project: &str) -> Vec<String> {
    Plant::new(project).told()
}
