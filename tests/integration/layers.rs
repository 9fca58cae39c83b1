//! The layers of ARCHITECTURE.md, kept by reading every file of src/: one package has no crate walls.
//!
//! Looks at names in code, not in comments or texts. A new folder in src/ has to be added here.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What the files of a folder may name.
struct Layer {
    folder: &'static str,
    crates: Crates,
    /// Folders of src/ beside its own.
    folders: &'static [&'static str],
}

enum Crates {
    /// These of Cargo.toml alone.
    Only(&'static [&'static str]),
    /// All but those that begin like this.
    Not(&'static [&'static str]),
}

const LAYERS: [Layer; 11] = [
    Layer {
        folder: "domain",
        crates: Crates::Only(&["serde", "thiserror", "chrono", "strsim", "proptest"]),
        folders: &[],
    },
    Layer { folder: "project", crates: Crates::Not(SCREEN), folders: &["domain"] },
    Layer { folder: "protocol", crates: Crates::Not(SCREEN), folders: &["domain"] },
    Layer { folder: "sources", crates: Crates::Not(SCREEN), folders: &["domain", "protocol"] },
    Layer { folder: "recording", crates: Crates::Not(SCREEN), folders: &["domain"] },
    Layer { folder: "simulation", crates: Crates::Not(SCREEN), folders: &["domain"] },
    Layer { folder: "control", crates: Crates::Not(SCREEN), folders: &["domain", "protocol"] },
    Layer { folder: "view", crates: Crates::Not(&["egui", "bevy_egui"]), folders: &["domain", "project"] },
    Layer { folder: "ui", crates: Crates::Not(&["bevy", "wgpu", "winit"]), folders: &["domain", "project"] },
    // Neither `control` nor `app`: from a hand in the scene no way leads to the plant.
    Layer { folder: "xr", crates: Crates::Not(&[]), folders: &["domain", "project", "view", "ui"] },
    Layer {
        folder: "app",
        crates: Crates::Not(&[]),
        folders: &[
            "domain",
            "project",
            "sources",
            "protocol",
            "recording",
            "simulation",
            "control",
            "view",
            "ui",
            "xr",
        ],
    },
];

const SCREEN: &[&str] = &["bevy", "egui", "wgpu", "winit"];
/// Folders that do not look at a clock.
const TIMELESS: [&str; 5] = ["domain", "project", "recording", "simulation", "control"];
/// The files that may hold `unsafe`: they call foreign code.
const FOREIGN: [&str; 2] = ["simulation/fmu/library.rs", "xr/runtime/native.rs"];

#[test]
fn every_file_names_only_what_its_layer_may() {
    let crates = crates_of(&read(&root().join("Cargo.toml")));
    assert!(crates.contains("bevy") && crates.contains("mqtt_v5") && crates.contains("proptest"), "{crates:?}");
    let mut files = Vec::new();
    collect(&root().join("src"), &mut files);
    assert!(files.len() > 100, "only {} files were found", files.len());
    let source = root().join("src");
    let found: Vec<String> = files
        .iter()
        .filter_map(|file| Some((file.strip_prefix(&source).ok()?, read(file))))
        .flat_map(|(file, text)| violations(&file.display().to_string(), &text, &crates))
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// What a wearer asks for goes through one door. The files behind it and before it name nothing by which a
/// change is approved or pushed, and only two of them hand commands on: the door, and what leads a tour.
#[test]
fn from_the_headset_no_way_leads_to_a_write() {
    let folder = root().join("src/app/headset");
    let mut files = Vec::new();
    collect(&folder, &mut files);
    collect(&root().join("src/ui/headset"), &mut files);
    assert!(files.len() > 15, "only {} files were found", files.len());
    let mut hand_on = BTreeSet::new();
    for file in files {
        let text = read(&file);
        // What tests say does not run.
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        for token in tokens(code) {
            let word = token.text.as_str();
            let writes = matches!(word, "ChangeDesk" | "control" | "Push" | "Approve" | "Keep" | "Revert" | "Password");
            assert!(!writes || name == "restraint.rs", "{}:{}: {word}", file.display(), token.line);
            if word == "Asked" {
                hand_on.insert(name.clone());
            }
        }
    }
    assert_eq!(hand_on, BTreeSet::from(["act.rs".to_owned(), "panels.rs".to_owned()]));
}

#[test]
fn shared_crates_stand_in_the_lock_file_once() {
    let lock: toml::Table = read(&root().join("Cargo.lock")).parse().expect("a lock file");
    let packages = lock["package"].as_array().expect("packages");
    for name in ["bevy", "egui", "wgpu", "winit", "rustls"] {
        let versions: Vec<&str> = packages
            .iter()
            .filter(|package| package["name"].as_str() == Some(name))
            .filter_map(|package| package["version"].as_str())
            .collect();
        assert_eq!(versions.len(), 1, "{name}: {versions:?}");
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
}

/// Names under which code can reach the dependencies of a manifest, dev-dependencies included.
fn crates_of(manifest: &str) -> BTreeSet<String> {
    let manifest: toml::Table = manifest.parse().expect("a manifest");
    let tables = ["dependencies", "dev-dependencies"].into_iter().filter_map(|key| manifest[key].as_table());
    tables.flat_map(|table| table.keys()).map(|name| name.replace('-', "_")).collect()
}

/// What a file of src/ names although its layer may not: "file:line: what".
fn violations(file: &str, text: &str, crates: &BTreeSet<String>) -> Vec<String> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut tell = |line: usize, what: String| found.push(format!("src/{file}:{line}: {what}"));
    for token in tokens.iter().filter(|token| token.text == "unsafe" && !FOREIGN.contains(&file)) {
        tell(token.line, format!("unsafe; only {} may", FOREIGN.map(|file| format!("src/{file}")).join(" and ")));
    }
    let parts: Vec<&str> = file.split('/').collect();
    let [folder, inner @ ..] = parts.as_slice() else { return found };
    // main.rs and lib.rs belong to no layer and hold no logic.
    let Some(file_name) = inner.last() else { return found };
    let Some(layer) = LAYERS.iter().find(|layer| layer.folder == *folder) else {
        tell(1, format!("the folder {folder} has no layer in tests/integration/layers.rs"));
        return found;
    };
    // Modules between the file and the root of the crate.
    let depth = if *file_name == "mod.rs" { parts.len() - 1 } else { parts.len() };
    let (mut braces, mut inline) = (0_usize, Vec::new());
    for (place, token) in tokens.iter().enumerate() {
        let text_at = |offset: isize| {
            place.checked_add_signed(offset).and_then(|place| tokens.get(place)).map_or("", |token| token.text.as_str())
        };
        match token.text.as_str() {
            "{" => {
                braces += 1;
                if text_at(-2) == "mod" {
                    inline.push(braces);
                }
            }
            "}" => {
                if inline.last() == Some(&braces) {
                    inline.pop();
                }
                braces = braces.saturating_sub(1);
            }
            "super" if text_at(-1) != "::" => {
                let climbed = (0..).step_by(2).take_while(|&step| text_at(step) == "super").count();
                if climbed >= depth + inline.len() {
                    tell(token.line, "super climbs out of the layer; write crate::".to_owned());
                }
            }
            "crate" | "twinscope" if text_at(1) == "::" => {
                let named: Vec<String> = match text_at(2) {
                    "{" => heads_of_list(&tokens[place + 3..]),
                    one => vec![one.to_owned()],
                };
                for name in named.iter().filter(|name| **name != *folder && !layer.folders.contains(&name.as_str())) {
                    tell(token.line, format!("crate::{name} in {folder}"));
                }
            }
            clock @ ("SystemTime" | "Instant") if TIMELESS.contains(folder) => {
                tell(token.line, format!("{clock} in {folder}; time comes in as an argument"));
            }
            name if crates.contains(name) && is_root(text_at) && !layer.crates.allow(name) => {
                tell(token.line, format!("{name} in {folder}"));
            }
            _ => {}
        }
    }
    found
}

impl Crates {
    fn allow(&self, name: &str) -> bool {
        match self {
            Self::Only(names) => names.contains(&name),
            Self::Not(heads) => !heads.iter().any(|head| name == *head || name.starts_with(&format!("{head}_"))),
        }
    }
}

/// True where an identifier begins a path: after nothing that makes it a member, before `::`, or
/// alone in a `use`. `near` gives the tokens around it by their distance.
fn is_root<'a>(near: impl Fn(isize) -> &'a str) -> bool {
    let (before, after) = (near(-1), near(1));
    let member = match before {
        "." => true,
        "::" => is_word(near(-2)) || (near(-2) == ">" && near(-3) != "-"),
        _ => false,
    };
    let renamed = matches!(before, "use" | "{" | ",") && after == "as";
    let whole = matches!(before, "use" | "crate") && after == ";";
    !member && (after == "::" || renamed || whole)
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// First names in `{a::b, c::{d, e}}`, of tokens after the opening brace.
fn heads_of_list(tokens: &[Token]) -> Vec<String> {
    let (mut depth, mut heads, mut at_head) = (0, Vec::new(), true);
    for token in tokens {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" if depth == 0 => break,
            "}" => depth -= 1,
            "," if depth == 0 => at_head = true,
            name if at_head => {
                heads.push(name.to_owned());
                at_head = false;
            }
            _ => {}
        }
    }
    heads
}

struct Token {
    text: String,
    line: usize,
}

/// Identifiers, `::` and single signs of Rust code; comments, texts and characters are left out.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let at = |place: usize| chars.get(place).copied().unwrap_or('\0');
    let (mut place, mut line, mut found) = (0, 1, Vec::new());
    while place < chars.len() {
        let begin = place;
        let c = at(place);
        if c == '/' && at(place + 1) == '/' {
            place = (place..).find(|&end| end >= chars.len() || at(end) == '\n').unwrap_or(chars.len());
        } else if c == '/' && at(place + 1) == '*' {
            let mut depth = 0;
            while place < chars.len() {
                let (step, deeper) = match (at(place), at(place + 1)) {
                    ('/', '*') => (2, 1),
                    ('*', '/') => (2, -1),
                    _ => (1, 0),
                };
                place += step;
                depth += deeper;
                if depth == 0 {
                    break;
                }
            }
        } else if let Some(end) = end_of_raw_text(&chars, place) {
            place = end;
        } else if c == '"' {
            place += 1;
            while place < chars.len() && at(place) != '"' {
                place += if at(place) == '\\' { 2 } else { 1 };
            }
            place += 1;
        } else if c == '\'' && (at(place + 1) == '\\' || at(place + 2) == '\'') {
            place += if at(place + 1) == '\\' { 3 } else { 2 };
            while place < chars.len() && at(place) != '\'' {
                place += 1;
            }
            place += 1;
        } else if c.is_alphanumeric() || c == '_' {
            while at(place).is_alphanumeric() || at(place) == '_' {
                place += 1;
            }
            found.push(Token { text: chars[begin..place].iter().collect(), line });
        } else if c == ':' && at(place + 1) == ':' {
            place += 2;
            found.push(Token { text: "::".to_owned(), line });
        } else {
            place += 1;
            if !c.is_whitespace() {
                found.push(Token { text: c.to_string(), line });
            }
        }
        line += chars[begin..place.min(chars.len())].iter().filter(|c| **c == '\n').count();
    }
    found
}

/// Behind `r"…"`, `br#"…"#` and the like, where one begins here.
fn end_of_raw_text(chars: &[char], begin: usize) -> Option<usize> {
    let mut place = begin + usize::from(matches!(chars.get(begin), Some('b' | 'c')));
    if chars.get(place) != Some(&'r') {
        return None;
    }
    place += 1;
    let hashes = chars[place..].iter().take_while(|c| **c == '#').count();
    place += hashes;
    if chars.get(place) != Some(&'"') {
        return None;
    }
    let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let rest = &chars[place + 1..];
    let length = rest.windows(close.len()).position(|window| window == close).map_or(rest.len(), |at| at + close.len());
    Some(place + 1 + length)
}

#[test]
fn names_that_cross_a_layer_are_found() {
    let crates = ["bevy", "bevy_egui", "egui", "wgpu_types", "csv", "tokio", "serde", "serde_json"];
    let crates = crates.map(str::to_owned).into();
    let said = |file: &str, text: &str| {
        let found = violations(file, text, &crates);
        assert_eq!(found.len(), 1, "{file}: {text}: {found:?}");
        found[0].clone()
    };
    for (file, text, expected) in [
        ("domain/alarm.rs", "use std::fmt;\nuse bevy::prelude::*;", "src/domain/alarm.rs:2: bevy in domain"),
        ("domain/alarm.rs", "fn f() -> ::tokio::Never {}", "src/domain/alarm.rs:1: tokio in domain"),
        ("domain/a/b.rs", "use serde_json as json;", "src/domain/a/b.rs:1: serde_json in domain"),
        ("domain/a.rs", "extern crate csv;", "src/domain/a.rs:1: csv in domain"),
        ("domain/a.rs", "use {serde::Serialize, csv::Reader};", "src/domain/a.rs:1: csv in domain"),
        ("domain/a.rs", "use crate::project::Project;", "src/domain/a.rs:1: crate::project in domain"),
        ("project/mod.rs", "use crate::{domain::time, sources};", "src/project/mod.rs:1: crate::sources in project"),
        ("sources/a.rs", "let x = crate::simulation::Line;", "src/sources/a.rs:1: crate::simulation in sources"),
        ("simulation/a.rs", "/* a /* b */ */ use wgpu_types::X;", "src/simulation/a.rs:1: wgpu_types in simulation"),
        ("view/a.rs", "\n\nuse bevy_egui::EguiPlugin;", "src/view/a.rs:3: bevy_egui in view"),
        ("view/a.rs", "use crate::ui::theme;", "src/view/a.rs:1: crate::ui in view"),
        ("ui/a.rs", "fn f(v: bevy::math::Vec3) {}", "src/ui/a.rs:1: bevy in ui"),
        ("ui/a.rs", "use crate::app::plant::Plant;", "src/ui/a.rs:1: crate::app in ui"),
        ("ui/a.rs", "f(crate::app::wall_now());", "src/ui/a.rs:1: crate::app in ui"),
        ("domain/a.rs", "Instant::now();", "src/domain/a.rs:1: Instant in domain; time comes in as an argument"),
        (
            "app/a.rs",
            "unsafe { f() }",
            "src/app/a.rs:1: unsafe; only src/simulation/fmu/library.rs and src/xr/runtime/native.rs may",
        ),
        ("xr/a.rs", "use crate::control::push::Push;", "src/xr/a.rs:1: crate::control in xr"),
        ("xr/a.rs", "use crate::app::commands::Asked;", "src/xr/a.rs:1: crate::app in xr"),
        ("cloud/a.rs", "", "src/cloud/a.rs:1: the folder cloud has no layer in tests/integration/layers.rs"),
        ("ui/a.rs", "use super::super::view;", "src/ui/a.rs:1: super climbs out of the layer; write crate::"),
        ("ui/mod.rs", "use super::view;", "src/ui/mod.rs:1: super climbs out of the layer; write crate::"),
        (
            "ui/a.rs",
            "mod tests { use super::super::super::app; }",
            "src/ui/a.rs:1: super climbs out of the layer; write crate::",
        ),
    ] {
        assert_eq!(said(file, text), expected);
    }
}

#[test]
fn what_a_layer_may_name_is_let_pass() {
    let crates = ["bevy", "egui", "csv", "serde", "serde_json"].map(str::to_owned).into();
    for (file, text) in [
        (
            "domain/a.rs",
            "// bevy::prelude\n/// egui::Ui\nfn f() { g(\"csv::Reader\", r#\"use bevy::X\"#, b'\"', '\\'') }",
        ),
        ("domain/a.rs", "use serde::Serialize; use super::b; use crate::domain::time; pub(crate) fn f() {}"),
        ("domain/a/b.rs", "mod tests { use super::super::c; use super::super::super::d; }"),
        ("domain/a.rs", "let csv = 1; x.csv::<u8>(); fn egui<'a>(bevy: &'a str) {} S { csv, egui }"),
        ("sources/a.rs", "use super::csv; use ::csv::Reader; super::csv::run();"),
        ("ui/a.rs", "use egui::Ui; use crate::{domain::time, project::Problem};"),
        ("app/a.rs", "use bevy::prelude::*; use crate::view::stage; use egui::Ui; use crate::sources::Outlet;"),
        ("simulation/fmu/library.rs", "unsafe { f() }"),
        ("main.rs", "use twinscope::app; use bevy::app::App;"),
    ] {
        assert_eq!(violations(file, text, &crates), Vec::<String>::new(), "{file}: {text}");
    }
}
