//! `twin.toml`: the project file that people write by hand.
//!
//! The text becomes a tree of values with lines (`tree`), repetitions are carried out (`each`), and
//! each section is read key by key (`entry`) into the project being built (`build`). What is broken is
//! reported and left out; the rest loads.

mod alarms;
mod assets;
mod bindings;
mod build;
mod control;
mod csv_header;
mod each;
mod entry;
mod examples;
mod inputs;
mod mqtt;
mod nodes;
mod opcua;
mod plant_model;
mod report;
mod routes;
mod rules;
mod scene;
mod setpoints;
mod signals;
mod sources;
#[cfg(test)]
mod tests;
mod topics;
mod tree;
mod twin;
mod write;

use std::fs;
use std::path::Path;

use build::Build;
use entry::{Entry, Section};
use report::{At, Report};

use super::problem::{Problem, Severity};
use super::{Loaded, Project, twinmaker};
use crate::domain::history::Retention;
use crate::domain::time::Span;

pub use examples::example_for;

const ROOT: Section = Section {
    name: "root",
    meaning: "What stands there is left out.",
    keys: &[
        "name",
        "twinmaker",
        "history",
        "model",
        "scene",
        "light",
        "view",
        "asset",
        "source",
        "signal",
        "rules",
        "binding",
        "alarm",
        "setpoint",
        "control",
        "twin",
    ],
};
const HISTORY: Section =
    Section { name: "history", meaning: "The usual history is kept: 8 hours.", keys: &["hours", "points"] };
/// Nobody writes this much by hand.
const LARGEST_FILE: u64 = 64 << 20;

/// Reads the project file at `path`.
pub fn load(path: &Path) -> Loaded {
    let report = Report::new(path.to_owned());
    let text = match read(path) {
        Ok(text) => text,
        Err(message) => {
            report.add(Severity::Error, &At::default(), message, "There is no project to show.", String::new());
            return Loaded { project: None, problems: report.into_problems() };
        }
    };
    let mut tree = match tree::parse(&text) {
        Ok(tree) => tree,
        Err(errors) => {
            for error in errors {
                let at = At { line: error.line, key: String::new() };
                let meaning = "Nothing of the file is used until its notation (TOML) is right.";
                report.add(Severity::Error, &at, error.message, meaning, String::new());
            }
            return Loaded { project: None, problems: report.into_problems() };
        }
    };
    each::expand(&mut tree, &report);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut project = Project { root: folder.to_owned(), files: vec![path.to_owned()], ..Project::default() };
    let root = Entry::open(&report, At::default(), ROOT, &tree);
    let mut others = Vec::new();
    if let Some(workspace) = root.text("twinmaker") {
        take_in(&mut project, &root, workspace, &mut others);
    }
    let name =
        root.text("name").map(str::to_owned).or_else(|| Some(project.name.clone()).filter(|name| !name.is_empty()));
    project.name = name.unwrap_or_else(|| folder_name(folder));
    project.retention = retention(&root);
    let mut build = Build::new(&report, project);
    scene::models(&mut build, &root);
    scene::scene(&mut build, &root);
    scene::lights(&mut build, &root);
    scene::views(&mut build, &root);
    sources::sources(&mut build, &root);
    assets::assets(&mut build, &root);
    signals::signals(&mut build, &root);
    rules::rules(&mut build, &root);
    bindings::bindings(&mut build, &root);
    alarms::alarms(&mut build, &root);
    control::control(&mut build, &root);
    setpoints::setpoints(&mut build, &root);
    twin::twin(&mut build, &root);
    routes::finish(&mut build);
    let project = build.project;
    let mut problems = report.into_problems();
    problems.append(&mut others);
    Loaded { project: Some(project), problems }
}

fn read(path: &Path) -> Result<String, String> {
    let metadata = fs::metadata(path).map_err(|error| format!("the file cannot be read: {error}"))?;
    if metadata.len() > LARGEST_FILE {
        return Err(format!("expected a file of at most {LARGEST_FILE} bytes, found {}", metadata.len()));
    }
    let bytes = fs::read(path).map_err(|error| format!("the file cannot be read: {error}"))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        format!("expected text in UTF-8, found other bytes in line {line}")
    })
}

/// Takes in a TwinMaker workspace; the paths and the name of the project file hold.
fn take_in(project: &mut Project, root: &Entry<'_>, workspace: &str, problems: &mut Vec<Problem>) {
    let path = project.root.join(workspace);
    if !path.exists() {
        let message = format!("the folder was not found: {}", path.display());
        root.lacks("twinmaker", message, "Its scene, assets and signals are missing.", root.example("twinmaker"));
        return;
    }
    let folder = project.root.clone();
    twinmaker::load(&path, project, problems);
    project.root = folder;
}

fn folder_name(folder: &Path) -> String {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    whole.file_name().map_or_else(|| "Plant".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn retention(root: &Entry<'_>) -> Retention {
    let usual = Retention::default();
    let Some(entry) = root.table("history", HISTORY) else { return usual };
    let hours = entry.number_in("hours", 0.01..=8760.0, usual.span.as_secs_f64() / 3600.0);
    let points = entry.integer_in("points", 100..=100_000_000, i64::try_from(usual.points).unwrap_or(i64::MAX));
    Retention { span: Span::from_secs_f64(hours * 3600.0), points: usize::try_from(points).unwrap_or(usual.points) }
}
