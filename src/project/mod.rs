//! Projects: `twin.toml` files and TwinMaker workspace folders, read into one `Project`.
//!
//! Reading never stops at the first mistake: every problem is reported at once, and what is sound is
//! still loaded. Does not connect to anything and does not render.

mod model_index;
mod problem;
pub mod starter;
mod toml_project;
mod twinmaker;

use std::fs;
use std::path::{Path, PathBuf};

pub use problem::{Problem, Severity};
pub use toml_project::example_for;

use crate::domain::alarm::AlarmRule;
use crate::domain::asset::AssetTree;
use crate::domain::binding::Binding;
use crate::domain::catalog::Catalog;
use crate::domain::change::WritePolicy;
use crate::domain::history::Retention;
use crate::domain::model::TwinSpec;
use crate::domain::scene::Scene;
use crate::domain::setpoint::Setpoint;
use crate::domain::source::SourceSpec;
use crate::domain::write_target::WriteAddress;

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
    /// What may be written, under which conditions. Writing is off unless the project switches it on.
    pub policy: WritePolicy,
    /// The way to each signal of `policy.writable`, in the same order.
    pub write_targets: Vec<WriteAddress>,
    /// The simulated copy: as the project declares it, or the model that an emulator plays. None: there
    /// is nothing to ask.
    pub twin: Option<TwinSpec>,
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
    let extension = path.extension().map(|extension| extension.to_ascii_lowercase());
    let toml = if path.is_dir() { path.join(PROJECT_FILE) } else { path.to_owned() };
    if toml.is_file() && (path.is_dir() || extension.as_deref() == Some("toml".as_ref())) {
        return toml_project::load(&toml);
    }
    let scene = path.is_file() && extension.as_deref() == Some("json".as_ref());
    let workspace = path.is_dir() && holds_json(path);
    if !scene && !workspace {
        return Loaded { project: None, problems: vec![nothing_there(path)] };
    }
    let root = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let mut project = Project { root: root.to_owned(), ..Project::default() };
    let mut problems = Vec::new();
    twinmaker::load(path, &mut project, &mut problems);
    Loaded { project: Some(project), problems }
}

const PROJECT_FILE: &str = "twin.toml";

fn holds_json(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| path.extension().is_some_and(|extension| extension == "json"))
}

fn nothing_there(path: &Path) -> Problem {
    let message = if path.is_dir() {
        format!("expected {PROJECT_FILE} or a TwinMaker scene document (*.json) in the folder, found neither")
    } else if path.exists() {
        "expected a project file (*.toml) or a TwinMaker scene document (*.json), found another file".to_owned()
    } else {
        "expected a project file, a TwinMaker scene document or a folder with one of them, found nothing".to_owned()
    };
    Problem {
        severity: Severity::Error,
        file: path.to_owned(),
        line: None,
        key: String::new(),
        message,
        meaning: "There is no project to show.".to_owned(),
        example: "twinscope new my-plant".to_owned(),
    }
}
