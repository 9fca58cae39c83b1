//! Which assets the list shows: what is open, or what a search finds. Pure.

use std::collections::{HashMap, HashSet};

use crate::domain::asset::{AssetId, AssetTree};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TreeRow {
    pub asset: AssetId,
    pub depth: usize,
    pub has_children: bool,
    pub open: bool,
}

/// Depth down to which the list is open at first: site, area and line.
const OPEN_DEPTH: usize = 2;

/// What was opened and closed by hand.
#[derive(Clone, Default, Debug)]
pub struct Openness(HashMap<AssetId, bool>);

impl Openness {
    pub fn is_open(&self, asset: AssetId, depth: usize) -> bool {
        self.0.get(&asset).copied().unwrap_or(depth < OPEN_DEPTH)
    }

    pub fn set(&mut self, asset: AssetId, open: bool) {
        self.0.insert(asset, open);
    }

    /// Opens everything above an asset, so that it is in the list.
    pub fn reveal(&mut self, assets: &AssetTree, asset: AssetId) {
        let mut next = assets.get(asset).and_then(|asset| asset.parent);
        while let Some(id) = next {
            self.set(id, true);
            next = assets.get(id).and_then(|asset| asset.parent);
        }
    }
}

/// A search over the paths, carried out again only when its words or the tree changed.
#[derive(Clone, Default, Debug)]
pub struct Search {
    words: String,
    assets: usize,
    /// What was found, and all that stands above it.
    shown: HashSet<AssetId>,
    found: usize,
}

impl Search {
    /// Assets to show, and how many of them were found; none while nothing is searched.
    pub fn run(&mut self, words: &str, assets: &AssetTree) -> Option<(&HashSet<AssetId>, usize)> {
        if words.trim().is_empty() {
            return None;
        }
        if self.words != words || self.assets != assets.len() {
            self.words = words.to_owned();
            self.assets = assets.len();
            self.search(assets);
        }
        Some((&self.shown, self.found))
    }

    fn search(&mut self, assets: &AssetTree) {
        let wanted: Vec<String> = self.words.split_whitespace().map(str::to_lowercase).collect();
        self.shown.clear();
        self.found = 0;
        for (id, asset) in assets.iter().filter(|(_, asset)| matches(&asset.path, &wanted)) {
            self.found += 1;
            self.shown.insert(id);
            let mut next = asset.parent;
            while let Some(id) = next.filter(|id| self.shown.insert(*id)) {
                next = assets.get(id).and_then(|asset| asset.parent);
            }
        }
    }
}

/// Every word is somewhere in the path, in any order.
fn matches(path: &str, wanted: &[String]) -> bool {
    let path = path.to_lowercase();
    wanted.iter().all(|word| path.contains(word))
}

/// The rows from top to bottom; of a search only what is in `shown`, all of it open.
pub fn rows(assets: &AssetTree, openness: &Openness, shown: Option<&HashSet<AssetId>>) -> Vec<TreeRow> {
    let mut rows = Vec::new();
    let mut ahead: Vec<(AssetId, usize)> = assets.children_of(None).iter().rev().map(|root| (*root, 0)).collect();
    while let Some((asset, depth)) = ahead.pop() {
        if shown.is_some_and(|shown| !shown.contains(&asset)) {
            continue;
        }
        let children = assets.children_of(Some(asset));
        let open = shown.is_some() || openness.is_open(asset, depth);
        rows.push(TreeRow { asset, depth, has_children: !children.is_empty(), open });
        if open {
            ahead.extend(children.iter().rev().map(|child| (*child, depth + 1)));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> AssetTree {
        let mut tree = AssetTree::default();
        for path in ["Riverside/Line 1/Filler/Valve 1", "Riverside/Line 1/Capper", "Riverside/Line 2/Filler"] {
            tree.add_path(path);
        }
        tree
    }

    fn names(tree: &AssetTree, rows: &[TreeRow]) -> Vec<String> {
        rows.iter().filter_map(|row| tree.get(row.asset)).map(|asset| asset.path.replace("Riverside/", "")).collect()
    }

    #[test]
    fn lines_are_open_and_machines_closed_at_first() {
        let tree = tree();
        let mut openness = Openness::default();
        let shown = names(&tree, &rows(&tree, &openness, None));
        assert_eq!(shown, ["Riverside", "Line 1", "Line 1/Filler", "Line 1/Capper", "Line 2", "Line 2/Filler"]);
        openness.set(tree.children_of(None)[0], false);
        assert_eq!(rows(&tree, &openness, None).len(), 1);
        if let Some(valve) = tree.by_path("Riverside/Line 1/Filler/Valve 1") {
            openness.reveal(&tree, valve);
        }
        assert_eq!(rows(&tree, &openness, None).len(), 7);
    }

    #[test]
    fn a_search_finds_words_in_any_order_and_shows_the_way_there() {
        let tree = tree();
        let mut search = Search::default();
        let (shown, found) = search.run("fill LINE 2", &tree).unwrap_or_else(|| panic!("nothing searched"));
        assert_eq!(found, 1);
        let shown = names(&tree, &rows(&tree, &Openness::default(), Some(shown)));
        assert_eq!(shown, ["Riverside", "Line 2", "Line 2/Filler"]);
        assert!(search.run("  ", &tree).is_none());
        assert_eq!(search.run("pump", &tree).map(|(_, found)| found), Some(0));
    }
}
