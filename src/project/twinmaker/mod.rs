//! TwinMaker workspaces: scene document, entities, component types and sample telemetry, read into
//! a project.
//!
//! Where TwinMaker refuses a whole scene for one mistake, the mistake is reported and the rest is
//! shown. What `unit` of the scene, `parentRef`, `dataFrameLabel` and `defaultCameraIndex` say is not
//! read: it has no effect in TwinMaker either.

mod alarms;
mod assets;
mod bindings;
mod colour;
mod components;
mod document;
mod files;
mod locate;
mod model;
mod report;
mod resolve;
mod rules;
mod scene;
mod series;
mod settings;
mod signals;
mod space;
mod telemetry;
mod tree;
mod types;
mod uses;
mod version;
mod workspace;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Problem, Project};
use crate::domain::source::{CsvLayout, CsvSpec, SourceKind, SourceSpec, Target};
use files::Files;
use report::Report;
use resolve::Resolved;
use rules::RuleBook;
use series::Table;
use signals::{PropertyAt, Signals};
use types::Types;
use workspace::Workspace;

/// Adds what lies at `path` to the project: a workspace folder, or one scene document, whose folder
/// is then the workspace. Name and root of the project are set where they are still empty.
///
/// `problems` receives everything that is wrong, in the order of files and lines. Where nothing can
/// be shown at all, there is an Error among them and the project gets nothing but the files to watch
/// until they are mended.
pub fn load(path: &Path, project: &mut Project, problems: &mut Vec<Problem>) {
    let report = Report::default();
    let files = files::gather(path, &report);
    if let Some(scene) = files.choose_scene(&report) {
        let scene = scene.root(&report);
        if version::check(&scene) {
            name(path, &files.root, project);
            read(&scene, &files, &report, project);
        }
    }
    drop(files);
    let found = report.finish();
    for Problem { file, .. } in &found {
        if files::extension(file) == "json" && !project.files.contains(file) {
            project.files.push(file.clone());
        }
    }
    problems.extend(found);
}

fn name(path: &Path, root: &Path, project: &mut Project) {
    if project.root.as_os_str().is_empty() {
        project.root = root.to_owned();
    }
    if project.name.is_empty() {
        let named =
            if path.is_dir() { std::path::absolute(path).ok().and_then(|path| files::normalised(&path)) } else { None };
        let stem = named.as_deref().and_then(Path::file_name).or(path.file_stem());
        project.name = stem.map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    }
}

fn read<'a>(scene: &document::Place<'a>, files: &'a Files, report: &'a Report, project: &mut Project) {
    let documents = files.component_types.iter().chain(&files.entities).map(|document| document.file.clone());
    project.files.extend([scene.file().to_owned()].into_iter().chain(documents));

    let (mut types, mut workspace) = (Types::default(), Workspace::default());
    files.component_types.iter().for_each(|document| types.add(&document.root(report)));
    files.entities.iter().for_each(|document| workspace.add(&document.root(report), &mut types));
    let tables = series::read(&files.telemetry, &mut workspace, report);

    let odd_names = odd_names(&workspace);
    let rules = RuleBook::read(scene, &odd_names.iter().map(String::as_str).collect::<Vec<_>>());
    let draft = scene::read(scene, &files.root, &mut project.scene);
    let resolved: Vec<Resolved> = draft.uses.iter().filter_map(|of| resolve::resolve(of, &workspace)).collect();

    let assets = assets::add(&workspace, &mut project.assets);
    let (wanted, intervals) = wanted(&workspace, &tables, &resolved, &rules);
    let signals = signals::add(&workspace, &assets, &wanted, &intervals, project);
    add_sources(&tables, &signals, project);
    bindings::show_assets(&resolved, &draft, &workspace, &assets, project);
    bindings::add(&resolved, &draft, &rules, &workspace, (&assets, &signals), project);
    bindings::still_speed_rules(&draft.uses, &rules, &draft, project);
    project.alarms.extend(alarms::alarms(&workspace, &assets, &signals));
}

/// Names of properties that an expression could not hold as they are.
fn odd_names(workspace: &Workspace) -> BTreeSet<String> {
    let plain = |name: &str| name.chars().all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '$');
    let names = workspace.components().flat_map(|(_, component)| component.properties.keys());
    names.filter(|name| !plain(name)).cloned().collect()
}

/// Properties that become signals: declared as time series, found in telemetry, or bound in the
/// scene; with the spacing of their samples where it is known.
fn wanted(
    workspace: &Workspace,
    tables: &[Table],
    resolved: &[Resolved],
    rules: &RuleBook,
) -> (BTreeSet<PropertyAt>, BTreeMap<PropertyAt, crate::domain::time::Span>) {
    let mut wanted = signals::declared(workspace);
    let mut intervals = BTreeMap::new();
    for column in tables.iter().flat_map(|table| &table.columns) {
        let key = (column.at, column.property.clone());
        intervals.extend(column.interval.map(|interval| (key.clone(), interval)));
        wanted.insert(key);
    }
    for Resolved { of, component, .. } in resolved {
        let Some(at) = *component else { continue };
        resolve::check_bound(of, at, rules, workspace);
        let named = resolve::needed(of, at, rules, workspace);
        wanted.extend(named.into_iter().map(|name| (at, name)));
    }
    (wanted, intervals)
}

fn add_sources(tables: &[Table], signals: &Signals, project: &mut Project) {
    for table in tables {
        let rows = table.columns.iter().filter_map(|column| {
            let signal = *signals.get(&(column.at, column.property.clone()))?;
            let target = Target { signal, kind: project.catalog.get(signal)?.kind, convert: None };
            Some(((column.telemetry_id.clone(), column.property.clone()), target))
        });
        let layout = CsvLayout::TwinMaker { signals: rows.collect() };
        let stem = table.file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let name = free_name(&stem, &project.sources);
        let file: PathBuf = table.file.clone();
        project.sources.push(SourceSpec { name, kind: SourceKind::Csv(CsvSpec { file, layout }) });
    }
}

fn free_name(stem: &str, sources: &[SourceSpec]) -> String {
    let numbered = (2..).map(|number| format!("{stem} {number}"));
    let mut names = [stem.to_owned()].into_iter().chain(numbered);
    names.find(|name| sources.iter().all(|source| source.name != *name)).unwrap_or_default()
}
