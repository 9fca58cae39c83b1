//! `[[asset]]`: the equipment tree and the nodes that show it.

use std::collections::HashSet;

use super::build::{Build, Lookup, nearest_path};
use super::entry::{Entry, Section};
use super::nodes;
use crate::domain::asset::AssetId;
use crate::domain::rule::{Icon, IconKind};
use crate::domain::scene::NodeRef;

const ASSET: Section = Section {
    name: "asset",
    meaning: "The asset is left out.",
    keys: &["path", "node", "nodes", "description", "tag"],
};
const TAG: Section =
    Section { name: "tag", meaning: "The tag is left out.", keys: &["icon", "colour", "offset", "always_visible"] };

pub const ICONS: [(&str, IconKind); 5] = [
    ("info", IconKind::Info),
    ("warning", IconKind::Warning),
    ("error", IconKind::Error),
    ("video", IconKind::Video),
    ("custom", IconKind::Custom),
];

pub fn assets(build: &mut Build<'_>, root: &Entry<'_>) {
    let mut declared: HashSet<&str> = HashSet::new();
    for entry in root.tables("asset", ASSET) {
        let path = entry.required_text("path", "the names from the site down to the equipment");
        let path = path.filter(|path| check_path(&entry, path));
        if let Some(path) = path.filter(|path| !declared.insert(path)) {
            entry.fail_with("path", format!("expected a path of its own, found \"{path}\" a second time"), "");
            continue;
        }
        let description = entry.text("description").unwrap_or_default();
        let nodes = nodes_of(build, &entry);
        let tag = entry.table("tag", TAG);
        if tag.is_some() && nodes.is_empty() && entry.sound() {
            entry.fail_with("tag", "expected a node for the tag to hang at, found none", entry.example("node"));
        }
        let Some(path) = path else { continue };
        if !entry.sound() {
            build.left_out.assets.insert(path.to_owned());
            continue;
        }
        let Some(id) = build.project.assets.add_path(path) else { continue };
        if let Some((anchor, tag)) = nodes.first().zip(tag) {
            read_tag(build, &tag, anchor);
        }
        for (node, key) in nodes.iter().zip(node_keys(&entry)) {
            let first = *build.asset_of_node.entry(node.clone()).or_insert(id);
            if let Some(other) = build.project.assets.get(first).filter(|_| first != id) {
                let message = format!("expected a node of its own, found one that shows \"{}\" already", other.path);
                entry.warn(key, message, "Clicking it selects the first of the two.", "");
            }
        }
        if let Some(asset) = build.project.assets.get_mut(id) {
            asset.description = description.to_owned();
            asset.nodes.extend(nodes);
        }
    }
}

/// The key under which each of the nodes stands.
fn node_keys(entry: &Entry<'_>) -> impl Iterator<Item = &'static str> {
    entry.has("node").then_some("node").into_iter().chain(std::iter::repeat("nodes"))
}

fn nodes_of(build: &Build<'_>, entry: &Entry<'_>) -> Vec<NodeRef> {
    let listed = |key| entry.texts(key).into_iter().map(move |text| (key, text));
    let named: Vec<(&str, &str)> = listed("node").chain(listed("nodes")).collect();
    named.into_iter().filter_map(|(key, text)| nodes::resolve(build, entry, key, text)).collect()
}

fn read_tag(build: &mut Build<'_>, entry: &Entry<'_>, anchor: &NodeRef) {
    let kind = entry.choice("icon", &ICONS).unwrap_or(IconKind::Info);
    let icon = Icon { kind, colour: entry.colour("colour") };
    let offset = entry.vector("offset");
    let always_visible = entry.flag("always_visible", false);
    if entry.sound() {
        nodes::tag_at(build, anchor, Some((icon, offset, always_visible)));
    }
}

/// Names joined by `/`, none of them empty.
pub fn check_path(entry: &Entry<'_>, path: &str) -> bool {
    let bad = |name: &str| name.is_empty() || name != name.trim() || name.chars().any(char::is_control);
    if path.split('/').any(bad) {
        entry.fail("path", format!("expected names joined by single \"/\", found \"{path}\""));
        return false;
    }
    true
}

/// The asset that the text at `key` names; reports one that is not there.
pub fn find(build: &Build<'_>, entry: &Entry<'_>, key: &str) -> Option<AssetId> {
    let text = entry.text(key)?;
    match build.asset(text) {
        Lookup::Found(id) => return Some(id),
        Lookup::LeftOut => entry.give_up(),
        Lookup::Ambiguous(paths) => {
            let message = format!("expected one asset, found {}, which all end in \"{text}\"", paths.join(", "));
            entry.fail_with(key, message, paths.first().map(|path| format!("{key} = \"{path}\"")).unwrap_or_default());
        }
        Lookup::Unknown => {
            match nearest_path(entry.report, text, build.asset_paths().collect::<Vec<_>>().into_iter()) {
                Some(near) => entry.fail_with(
                    key,
                    format!("no asset \"{text}\"; the nearest is \"{near}\""),
                    format!("{key} = \"{near}\""),
                ),
                None => entry.fail_unknown(key, "asset", text, build.asset_paths()),
            }
        }
    }
    None
}
