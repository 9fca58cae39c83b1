//! The equipment tree: site, area, line, cell, unit (ISA-95), as deep as the plant needs.

use serde::{Deserialize, Serialize};

use super::scene::NodeRef;
use super::signal::SignalId;

/// Dense number of an asset in its tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AssetId(pub u32);

impl AssetId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A piece of equipment, or a place that holds some.
#[derive(Clone, PartialEq, Debug)]
pub struct Asset {
    /// Unique among its siblings.
    pub name: String,
    /// Names from the root, joined by `/`; unique in the tree.
    pub path: String,
    pub description: String,
    pub parent: Option<AssetId>,
    /// Scene nodes that show it; the first is its anchor.
    pub nodes: Vec<NodeRef>,
    /// Signals that belong to it, in the order of the project.
    pub signals: Vec<SignalId>,
}

/// All assets. Parents always stand before their children.
#[derive(Clone, Default, Debug)]
pub struct AssetTree {
    assets: Vec<Asset>,
    children: Vec<Vec<AssetId>>,
    roots: Vec<AssetId>,
}

impl AssetTree {
    /// Adds an asset under `parent`; the path follows from the names. Returns the existing asset
    /// where a sibling already has this name.
    pub fn add(&mut self, parent: Option<AssetId>, name: &str) -> AssetId {
        let siblings = parent.map_or(&self.roots, |parent| &self.children[parent.index()]);
        if let Some(&id) = siblings.iter().find(|id| self.assets[id.index()].name == name) {
            return id;
        }
        let id = AssetId(self.assets.len() as u32);
        let path = match parent {
            Some(parent) => format!("{}/{name}", self.assets[parent.index()].path),
            None => name.to_owned(),
        };
        self.assets.push(Asset {
            name: name.to_owned(),
            path,
            description: String::new(),
            parent,
            nodes: Vec::new(),
            signals: Vec::new(),
        });
        self.children.push(Vec::new());
        match parent {
            Some(parent) => self.children[parent.index()].push(id),
            None => self.roots.push(id),
        }
        id
    }

    /// Adds every part of a `/`-joined path that does not stand yet; returns the last. None for an
    /// empty path.
    pub fn add_path(&mut self, path: &str) -> Option<AssetId> {
        path.split('/').filter(|name| !name.is_empty()).fold(None, |parent, name| Some(self.add(parent, name)))
    }

    pub fn by_path(&self, path: &str) -> Option<AssetId> {
        let mut found = None;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let siblings = self.children_of(found);
            found = Some(*siblings.iter().find(|id| self.assets[id.index()].name == name)?);
        }
        found
    }

    pub fn get(&self, id: AssetId) -> Option<&Asset> {
        self.assets.get(id.index())
    }

    pub fn get_mut(&mut self, id: AssetId) -> Option<&mut Asset> {
        self.assets.get_mut(id.index())
    }

    /// Children of an asset, or the roots for none.
    pub fn children_of(&self, parent: Option<AssetId>) -> &[AssetId] {
        match parent {
            Some(parent) => self.children.get(parent.index()).map_or(&[], Vec::as_slice),
            None => &self.roots,
        }
    }

    /// The asset itself and everything below it.
    pub fn subtree(&self, root: AssetId) -> Vec<AssetId> {
        let mut found = vec![root];
        let mut next = 0;
        while let Some(&id) = found.get(next) {
            found.extend_from_slice(self.children_of(Some(id)));
            next += 1;
        }
        found
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = (AssetId, &Asset)> {
        self.assets.iter().enumerate().map(|(index, asset)| (AssetId(index as u32), asset))
    }

    pub fn len(&self) -> usize {
        self.assets.len()
    }

    pub fn is_empty(&self) -> bool {
        self.assets.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_the_assets_that_they_made() {
        let mut tree = AssetTree::default();
        let filler = tree.add_path("Riverside/Line 1/Filler");
        let capper = tree.add_path("Riverside/Line 1/Capper");
        assert_eq!(tree.len(), 4);
        assert_eq!(tree.by_path("Riverside/Line 1/Filler"), filler);
        assert_eq!(tree.by_path("Riverside/Filler"), None);
        assert_eq!(tree.add_path(""), None);
        let line = tree.by_path("Riverside/Line 1");
        assert_eq!(tree.children_of(line), [filler, capper].map(Option::unwrap));
        assert_eq!(tree.subtree(tree.children_of(None)[0]).len(), 4);
    }
}
