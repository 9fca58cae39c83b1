//! The project while it is being read, and how its parts are found by name.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::nodes::Models;
use super::report::{Report, nearest};
use super::sources::SourceDraft;
use super::twin::Wire;
use crate::domain::asset::AssetId;
use crate::domain::rule::Rule;
use crate::domain::scene::NodeRef;
use crate::domain::signal::SignalId;
use crate::domain::unit::Unit;
use crate::project::Project;

/// What the sections add to and look up in.
pub struct Build<'a> {
    pub report: &'a Report,
    pub project: Project,
    pub models: Models,
    pub rules: BTreeMap<String, Arc<Rule>>,
    pub sources: Vec<SourceDraft>,
    /// True where a source without a usable name was left out.
    pub sources_incomplete: bool,
    /// Where signals get their values from.
    pub feeds: BTreeMap<SignalId, Feed>,
    /// Signals that name a variable of the simulated copy.
    pub wires: Vec<Wire>,
    /// The asset that each node shows.
    pub asset_of_node: BTreeMap<NodeRef, AssetId>,
    pub left_out: LeftOut,
}

/// The place of a signal in its source.
pub struct Feed {
    /// Number of the source.
    pub source: usize,
    /// Node, topic, variable or column; empty for an HTTP document.
    pub address: String,
    /// Unit there and unit of the signal, where they differ.
    pub convert: Option<(Unit, Unit)>,
}

/// Names of entries that were left out: who refers to them is left out without a word more.
#[derive(Default)]
pub struct LeftOut {
    pub signals: HashSet<String>,
    pub assets: HashSet<String>,
    pub rules: HashSet<String>,
    pub sources: HashSet<String>,
}

/// What became of a name.
pub enum Lookup<T> {
    Found(T),
    /// It was declared, and left out with a problem of its own.
    LeftOut,
    Unknown,
    /// A short name that several have.
    Ambiguous(Vec<String>),
}

impl<'a> Build<'a> {
    pub fn new(report: &'a Report, project: Project) -> Self {
        let mut asset_of_node = BTreeMap::new();
        for (id, asset) in project.assets.iter() {
            for node in &asset.nodes {
                asset_of_node.entry(node.clone()).or_insert(id);
            }
        }
        let (models, rules, sources, sources_incomplete, feeds, wires, left_out) = Default::default();
        Self { report, project, models, rules, sources, sources_incomplete, feeds, wires, asset_of_node, left_out }
    }

    /// Adds a file whose change changes the project, also one that is not there yet.
    pub fn watch(&mut self, file: &Path) {
        if !self.project.files.iter().any(|known| known == file) {
            self.project.files.push(file.to_owned());
        }
    }

    /// The signal of a tag path: relative to `asset`, whole, or its last parts where only one signal
    /// has them.
    pub fn signal(&self, path: &str, asset: Option<AssetId>) -> Lookup<SignalId> {
        let asset_path = asset.and_then(|asset| self.project.assets.get(asset)).map(|asset| asset.path.as_str());
        let below = asset_path.map(|above| format!("{above}/{path}"));
        for whole in below.as_deref().into_iter().chain([path]) {
            if let Some(id) = self.project.catalog.id(whole) {
                return Lookup::Found(id);
            }
            if self.left_out.signals.contains(whole) {
                return Lookup::LeftOut;
            }
        }
        let all = self.project.catalog.iter().map(|(id, signal)| (id, signal.path.as_str()));
        by_suffix(path, all, &self.left_out.signals)
    }

    /// The asset of a path: whole, or its last parts where only one asset has them.
    pub fn asset(&self, path: &str) -> Lookup<AssetId> {
        if let Some(id) = self.project.assets.by_path(path) {
            return Lookup::Found(id);
        }
        if self.left_out.assets.contains(path) {
            return Lookup::LeftOut;
        }
        let all = self.project.assets.iter().map(|(id, asset)| (id, asset.path.as_str()));
        by_suffix(path, all, &self.left_out.assets)
    }

    pub fn signal_paths(&self) -> impl Iterator<Item = &str> {
        self.project.catalog.iter().map(|(_, signal)| signal.path.as_str())
    }

    pub fn asset_paths(&self) -> impl Iterator<Item = &str> {
        self.project.assets.iter().map(|(_, asset)| asset.path.as_str())
    }

    /// True where every source was read, so that one that is not there was never declared.
    pub fn sources_complete(&self) -> bool {
        self.left_out.sources.is_empty() && !self.sources_incomplete
    }

    /// The asset that a signal belongs to.
    pub fn asset_of(&self, signal: SignalId) -> Option<AssetId> {
        self.project.assets.iter().find(|(_, asset)| asset.signals.contains(&signal)).map(|(id, _)| id)
    }
}

fn by_suffix<'n, T>(path: &str, all: impl Iterator<Item = (T, &'n str)>, left_out: &HashSet<String>) -> Lookup<T> {
    let ending = format!("/{path}");
    let mut found: Vec<(T, &str)> = all.filter(|(_, whole)| whole.ends_with(&ending)).collect();
    match found.len() {
        0 if left_out.iter().any(|whole| whole.ends_with(&ending)) => Lookup::LeftOut,
        0 => Lookup::Unknown,
        1 => found.pop().map_or(Lookup::Unknown, |(id, _)| Lookup::Found(id)),
        _ => Lookup::Ambiguous(found.into_iter().map(|(_, whole)| whole.to_owned()).collect()),
    }
}

/// The whole path that was probably meant, by the path or by its last part.
pub fn nearest_path<'n>(report: &Report, path: &str, known: impl Iterator<Item = &'n str> + Clone) -> Option<&'n str> {
    if report.full() {
        return None;
    }
    nearest(path, known.clone()).or_else(|| {
        let parts = path.split('/').count();
        let ending = |whole: &'n str| {
            let start = whole.rmatch_indices('/').nth(parts.saturating_sub(1)).map_or(0, |(at, _)| at + 1);
            whole.get(start..).unwrap_or(whole)
        };
        let near = nearest(path, known.clone().map(ending))?;
        known.into_iter().find(|whole| ending(whole) == near)
    })
}
