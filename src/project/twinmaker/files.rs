//! What lies in a workspace folder, told apart by content: scene documents, entities, component
//! types, telemetry tables. Other files are ignored.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::document::{Document, Refusal};
use super::report::{Report, counted, some_of};
use crate::project::Severity;

/// Folders below the workspace that are looked into, and entries looked at, so that a wrong folder
/// (a home folder, say) does not keep the program busy.
const DEEPEST: usize = 8;
const MOST_ENTRIES: usize = 50_000;

/// The documents of a workspace, and the scene chosen among them.
#[derive(Default, Debug)]
pub struct Files {
    /// Folder of the workspace.
    pub root: PathBuf,
    pub scenes: Vec<Document>,
    pub entities: Vec<Document>,
    pub component_types: Vec<Document>,
    pub telemetry: Vec<PathBuf>,
}

/// Sorts out what lies at `path`: a workspace folder, or one scene document, which is then the only
/// scene and whose folder is the workspace.
pub fn gather(path: &Path, report: &Report) -> Files {
    let folder = path.is_dir();
    let root = if folder { path.to_owned() } else { path.parent().map(Path::to_owned).unwrap_or_default() };
    let root = if root.as_os_str().is_empty() { PathBuf::from(".") } else { root };
    let mut files = Files { root, ..Files::default() };
    if !folder {
        files.scenes.extend(named_scene(path, report));
        if files.scenes.is_empty() {
            return files;
        }
    }
    for file in below(&files.root, report) {
        match extension(&file).as_str() {
            "csv" if is_telemetry(&file) => files.telemetry.push(file),
            "json" if folder || file != path => files.sort(&file, folder, report),
            _ => {}
        }
    }
    if files.scenes.is_empty() {
        let message = "no scene document lies in this folder (a JSON file with specVersion and nodes)".into();
        let meaning = "There is nothing to show. Give the folder of a TwinMaker workspace, or a scene document.".into();
        report.file(Severity::Error, path, message, meaning);
    }
    files
}

impl Files {
    fn sort(&mut self, file: &Path, folder: bool, report: &Report) {
        match Document::read(file) {
            Ok(document) if is_scene(document.value()) => {
                if folder {
                    self.scenes.push(document);
                }
            }
            Ok(document) if is_entities(document.value()) => self.entities.push(document),
            Ok(document) if is_component_type(document.value()) => self.component_types.push(document),
            Ok(_) => {}
            Err(Refusal::Syntax { text, .. }) if !looks_like_ours(&text) => {}
            Err(refusal) => tell(file, &refusal, report),
        }
    }

    /// The scene that is shown: of those that can be read, the one with most nodes. Tells the others.
    pub fn choose_scene(&self, report: &Report) -> Option<&Document> {
        let rated = |document: &&Document| (super::version::readable(document.value()), nodes_of(document.value()));
        let chosen = self.scenes.iter().rev().max_by_key(rated)?;
        let others: Vec<&Document> = self.scenes.iter().filter(|other| other.file != chosen.file).collect();
        if let Some(first) = others.first() {
            let listed: Vec<String> = others.iter().map(|other| describe(other, &self.root)).collect();
            let shown = describe(chosen, &self.root);
            let mut problem = chosen.root(report).problem(
                Severity::Warning,
                format!("the folder holds {} scene documents; {shown} has most nodes and is shown", self.scenes.len()),
                format!("Not shown: {}. To open one of them, give its file instead of the folder.", some_of(&listed)),
                format!("twinscope open \"{}\"", first.file.display()),
            );
            problem.line = None;
            report.add(problem);
        }
        Some(chosen)
    }
}

fn describe(scene: &Document, root: &Path) -> String {
    let name = scene.file.strip_prefix(root).unwrap_or(&scene.file).display();
    format!("{name} ({})", counted(nodes_of(scene.value()), "node", "nodes"))
}

fn named_scene(path: &Path, report: &Report) -> Option<Document> {
    match Document::read(path) {
        Ok(document) if document.value().get("nodes").is_some() => Some(document),
        Ok(document) => {
            let message = "expected a TwinMaker scene document: an object with specVersion and nodes";
            let example = "{ \"specVersion\": \"1.0\", \"nodes\": [], \"rootNodeIndexes\": [] }";
            document.root(report).error(message, "Nothing was loaded.", example);
            None
        }
        Err(refusal) => {
            tell(path, &refusal, report);
            None
        }
    }
}

fn tell(file: &Path, refusal: &Refusal, report: &Report) {
    let (line, message) = match refusal {
        Refusal::Io(error) => (None, format!("the file cannot be read: {error}")),
        Refusal::TooLarge(length) => (None, format!("the file has {length} bytes; at most 256 MiB are read")),
        Refusal::Syntax { line, message, .. } => (Some(*line), format!("the file is not valid JSON: {message}")),
    };
    let meaning = "Nothing of this file was loaded.".into();
    let (key, example) = (String::new(), String::new());
    let file = file.to_owned();
    report.add(crate::project::Problem { severity: Severity::Error, file, line, key, message, meaning, example });
}

fn is_scene(value: &Value) -> bool {
    value.get("specVersion").is_some() && value.get("nodes").is_some_and(Value::is_array)
}

fn nodes_of(value: &Value) -> usize {
    value.get("nodes").and_then(Value::as_array).map_or(0, Vec::len)
}

fn is_entities(value: &Value) -> bool {
    let list = value.get("entities").unwrap_or(value);
    list.as_array().is_some_and(|list| list.iter().any(|entity| entity.get("entityId").is_some()))
}

fn is_component_type(value: &Value) -> bool {
    let list = value.get("componentTypes").unwrap_or(value);
    let one = |value: &Value| {
        let shaped = ["propertyDefinitions", "extendsFrom"].iter().any(|key| value.get(key).is_some());
        value.get("componentTypeId").is_some() && shaped
    };
    one(list) || list.as_array().is_some_and(|list| list.iter().any(one))
}

/// True for the text of a broken document that was probably meant for us.
fn looks_like_ours(text: &str) -> bool {
    ["\"specVersion\"", "\"entityId\"", "\"componentTypeId\""].iter().any(|key| text.contains(key))
}

fn is_telemetry(file: &Path) -> bool {
    file.file_stem().is_some_and(|stem| stem.to_string_lossy().to_lowercase().starts_with("telemetry"))
}

pub fn extension(file: &Path) -> String {
    file.extension().map(|extension| extension.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// All files below a folder, by name. Hidden folders and links to folders are not entered.
fn below(root: &Path, report: &Report) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![(root.to_owned(), 0)];
    let mut left = MOST_ENTRIES;
    while let Some((folder, depth)) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                let message = format!("the folder cannot be read: {error}");
                report.file(Severity::Error, &folder, message, "Nothing in it was loaded.".into());
                continue;
            }
        };
        let entries: BTreeSet<PathBuf> = entries.flatten().map(|entry| entry.path()).take(left).collect();
        left -= entries.len();
        for entry in entries {
            let hidden = entry.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
            let folder = entry.is_dir() && !entry.is_symlink();
            if folder && !hidden && depth < DEEPEST {
                folders.push((entry, depth + 1));
            } else if entry.is_file() {
                files.push(entry);
            }
        }
    }
    if left == 0 {
        let message = format!("more than {MOST_ENTRIES} files lie in this folder; the others were not looked at");
        report.file(Severity::Warning, root, message, "Parts of the workspace may be missing.".into());
    }
    files.sort();
    files
}

/// The path without `.` and `..`, by its text alone; none where it leads above its start.
pub fn normalised(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => match plain.components().next_back() {
                Some(Component::Normal(_)) => {
                    plain.pop();
                }
                _ => return None,
            },
            part => plain.push(part),
        }
    }
    Some(plain)
}
