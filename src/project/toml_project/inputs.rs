//! Which signals feed a rule: as `inputs` says, by path, or by name among the signals of the asset.

use std::collections::HashMap;

use super::build::{Build, Lookup, nearest_path};
use super::entry::Entry;
use super::report::{nearest, unknown};
use super::tree::Content;
use crate::domain::asset::AssetId;
use crate::domain::rule::Rule;
use crate::domain::signal::SignalId;

/// Signals of assets by their names as rules write them.
pub struct InputNames(HashMap<(AssetId, String), SignalId>);

impl InputNames {
    pub fn new(build: &Build<'_>) -> Self {
        let mut names = HashMap::new();
        for (id, asset) in build.project.assets.iter() {
            for &signal in &asset.signals {
                let Some(path) = build.project.catalog.get(signal).map(|signal| signal.path.as_str()) else { continue };
                let below = path.strip_prefix(&asset.path).unwrap_or(path.rsplit('/').next().unwrap_or(path));
                names.entry((id, plain(below))).or_insert(signal);
            }
        }
        Self(names)
    }

    fn get(&self, asset: AssetId, identifier: &str) -> Option<SignalId> {
        self.0.get(&(asset, plain(identifier))).copied()
    }
}

/// `Infeed fill`, `infeed_fill` and `InfeedFill` are the same name.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A signal for each input of the rule: as `inputs` says, or the asset's signal of that name.
pub fn read(
    build: &Build<'_>,
    entry: &Entry<'_>,
    rule: &Rule,
    asset: Option<AssetId>,
    names: &InputNames,
) -> Option<Vec<Option<SignalId>>> {
    let given = match entry.item("inputs").map(|item| &item.content) {
        None => &[],
        Some(Content::Table(table)) => table.entries.as_slice(),
        Some(_) => {
            entry.fail("inputs", "expected a table of names and signals, found something else");
            return None;
        }
    };
    for (key, _) in given.iter().filter(|(key, _)| !rule.identifiers().iter().any(|name| **name == *key.name)) {
        let known = rule.identifiers().iter().map(|name| &**name);
        let (message, _) = unknown("input", &key.name, "inputs", known);
        entry.lacks("inputs", format!("{message}, in the rule"), "The input is ignored.", "");
    }
    let found: Vec<Option<SignalId>> = rule
        .identifiers()
        .iter()
        .map(|name| match given.iter().find(|(key, _)| *key.name == **name).map(|(_, item)| &item.content) {
            Some(Content::Text(path)) => named_signal(build, entry, path, asset),
            Some(_) => {
                entry.fail("inputs", format!("expected the path of a signal for \"{name}\", found something else"));
                None
            }
            None if name.contains('/') => named_signal(build, entry, name, asset),
            None => asset.and_then(|asset| names.get(asset, name)).or_else(|| {
                unresolved(build, entry, name, asset);
                None
            }),
        })
        .collect();
    entry.sound().then_some(found)
}

fn named_signal(build: &Build<'_>, entry: &Entry<'_>, path: &str, asset: Option<AssetId>) -> Option<SignalId> {
    find_signal(build, entry, "inputs", path, asset, |path| format!("inputs = {{ Name = \"{path}\" }}"))
}

/// The signal that the text at `key` names; reports one that is not there.
pub fn signal_at(build: &Build<'_>, entry: &Entry<'_>, key: &str) -> Option<SignalId> {
    find_signal(build, entry, key, entry.text(key)?, None, |path| format!("{key} = \"{path}\""))
}

/// The signal of a path; reports one that is not there, with what `example` makes of the nearest.
pub fn find_signal(
    build: &Build<'_>,
    entry: &Entry<'_>,
    key: &str,
    path: &str,
    asset: Option<AssetId>,
    example: impl Fn(&str) -> String,
) -> Option<SignalId> {
    match build.signal(path, asset) {
        Lookup::Found(id) => return Some(id),
        Lookup::LeftOut => entry.give_up(),
        Lookup::Ambiguous(paths) => {
            let message = format!("expected one signal, found {}, which all end in \"{path}\"", paths.join(", "));
            entry.fail_with(key, message, paths.first().map(|path| example(path)).unwrap_or_default());
        }
        Lookup::Unknown => match nearest_path(entry.report, path, build.signal_paths().collect::<Vec<_>>().into_iter())
        {
            Some(near) => {
                entry.fail_with(key, format!("no signal \"{path}\"; the nearest is \"{near}\""), example(near))
            }
            None => entry.fail_with(key, format!("no signal \"{path}\""), entry.example(key)),
        },
    }
    None
}

fn unresolved(build: &Build<'_>, entry: &Entry<'_>, name: &str, asset: Option<AssetId>) {
    let Some(asset) = asset.and_then(|asset| build.project.assets.get(asset)) else {
        // The asset was named and is reported, or left out; or there is none to look at.
        if !entry.has("asset") && entry.sound() {
            entry.missing("inputs", &format!("a signal for \"{name}\", as the node belongs to no asset"));
        }
        return;
    };
    let below = format!("{}/", asset.path);
    let left_out = build.left_out.signals.iter().filter_map(|path| path.strip_prefix(&below));
    if left_out.map(plain).any(|left_out| left_out == plain(name)) {
        entry.give_up();
        return;
    }
    let names: Vec<&str> = asset
        .signals
        .iter()
        .filter_map(|signal| build.project.catalog.get(*signal))
        .map(|signal| signal.path.strip_prefix(&below).unwrap_or(&signal.path))
        .collect();
    let (message, _) = unknown("signal", name, "inputs", names.iter().copied());
    let near = nearest(name, names.iter().copied()).or(names.first().copied()).unwrap_or("State");
    let message = format!("{message}, of the asset \"{}\"", asset.path);
    entry.fail_with("inputs", message, format!("inputs = {{ {name} = \"{near}\" }}"));
}
