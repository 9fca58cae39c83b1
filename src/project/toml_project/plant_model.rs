//! `model`, `file`, `parameters` and what only an FMU has: the model that plays the plant, or that is its
//! simulated copy. Does not look into the file: that is for the model to do.

use super::build::Build;
use super::entry::Entry;
use super::examples::example_for;
use super::report::At;
use super::tree::{Content, Item, Key};
use crate::domain::model::{ModelKind, ModelSpec};

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Line,
    Units,
    Fmu,
}

const FMU_KEYS: [&str; 3] = ["step_secs", "step_limit_secs", "memory_mib"];
const KINDS: [(&str, Kind); 3] = [("line", Kind::Line), ("units", Kind::Units), ("fmu", Kind::Fmu)];

/// The model of an entry; none, with a problem, where it cannot be told. `meaning` says what is
/// missing while its file is.
pub fn read(build: &mut Build<'_>, entry: &Entry<'_>, meaning: &str) -> Option<ModelSpec> {
    let parameters = parameters(entry);
    let file = entry.text("file").map(|file| build.project.root.join(file));
    let step_secs = entry.has("step_secs").then(|| entry.number_in("step_secs", 0.001..=86_400.0, 1.0));
    let kind = if entry.has("model") { entry.choice("model", &KINDS)? } else { Kind::Line };
    let word = entry.text("model").unwrap_or("line");
    let example = example_for(&format!("{word}.file"));
    let step_limit_secs = entry.has("step_limit_secs").then(|| entry.number_in("step_limit_secs", 0.1..=3_600.0, 30.0));
    let memory_mib = entry.has("memory_mib").then(|| entry.number_in("memory_mib", 16.0..=1_048_576.0, 4_096.0) as u64);
    for key in FMU_KEYS.into_iter().filter(|key| kind != Kind::Fmu && entry.has(key)) {
        let message = format!("no key \"{key}\" for model \"{word}\"; known: model, file, parameters");
        entry.lacks(key, message, "The key is ignored.", "");
    }
    if kind != Kind::Line && !entry.has("file") {
        entry.fail_with("file", "the key is missing; expected the file of the model", example);
    }
    if let Some(file) = &file {
        build.watch(file);
        // An FMU may lie unpacked in a folder.
        let there = file.is_file() || kind == Kind::Fmu && file.is_dir();
        if !there {
            entry.lacks("file", format!("the file was not found: {}", file.display()), meaning, example);
        }
    }
    let kind = match kind {
        Kind::Line => ModelKind::Line { file },
        Kind::Units => ModelKind::Units { file: file? },
        Kind::Fmu => ModelKind::Fmu { file: file?, step_secs, step_limit_secs, memory_mib },
    };
    Some(ModelSpec { kind, parameters })
}

fn parameters(entry: &Entry<'_>) -> Vec<(String, f64)> {
    let Some(item) = entry.item("parameters") else { return Vec::new() };
    let Content::Table(table) = &item.content else {
        entry.fail("parameters", format!("expected a table of names and numbers, found {}", item.describe()));
        return Vec::new();
    };
    let number = |(key, item): &(Key, Item)| {
        let number = item.number();
        if number.is_none() {
            let at = At { line: item.line, ..entry.at("parameters") };
            let message = format!("expected a number for \"{}\", found {}", key.name, item.describe());
            entry.fail_at(&at, message, entry.example("parameters"));
        }
        Some((key.name.clone(), number?))
    };
    table.entries.iter().filter_map(number).collect()
}
