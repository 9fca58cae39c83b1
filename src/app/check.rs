//! `twinscope check`: every problem of a project at once.

use std::path::Path;
use std::process::ExitCode;

use crate::project::Severity;

/// Prints all problems, then a summary. Fails when one of them is an error.
pub fn check(path: &Path) -> ExitCode {
    let loaded = super::load(path);
    for problem in &loaded.problems {
        println!("{problem}");
    }
    let count = |severity| loaded.problems.iter().filter(|problem| problem.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if let Some(project) = &loaded.project {
        println!(
            "{}: {} assets, {} signals, {} sources, {} bindings, {} alarms, {} views",
            project.name,
            project.assets.len(),
            project.catalog.len(),
            project.sources.len(),
            project.bindings.len(),
            project.alarms.len(),
            project.scene.viewpoints.len(),
        );
    }
    match (errors, warnings) {
        (0, 0) => println!("No problems."),
        _ => println!("{errors} errors, {warnings} warnings."),
    }
    if errors > 0 || loaded.project.is_none() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
