//! The asset tree of a workspace, from the parents of its entities.

use super::workspace::Workspace;
use crate::domain::asset::{AssetId, AssetTree};

/// Adds an asset for every entity; gives the asset of each.
pub fn add(workspace: &Workspace, tree: &mut AssetTree) -> Vec<AssetId> {
    let parents = parents(workspace);
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); parents.len()];
    let mut next: Vec<usize> = Vec::new();
    for (entity, parent) in parents.iter().enumerate().rev() {
        match parent.and_then(|parent| children.get_mut(parent)) {
            Some(siblings) => siblings.push(entity),
            None => next.push(entity),
        }
    }
    let mut assets: Vec<Option<AssetId>> = vec![None; parents.len()];
    while let Some(index) = next.pop() {
        let parent = parents[index].and_then(|parent| assets[parent]);
        let Some(entity) = workspace.entities.get(index) else { continue };
        let plain = part(entity.name, entity.id);
        let taken = tree.children_of(parent).iter().any(|id| tree.get(*id).is_some_and(|asset| asset.name == plain));
        let name = if taken { format!("{plain} ({})", part(entity.id, "?")) } else { plain };
        let id = tree.add(parent, &name);
        if let Some(asset) = tree.get_mut(id) {
            asset.description = entity.description.to_owned();
        }
        assets[index] = Some(id);
        next.append(&mut children[index]);
    }
    assets.into_iter().flatten().collect()
}

/// A name as one part of a path: `/` separates parts and cannot stand in one.
pub fn part(name: &str, otherwise: &str) -> String {
    let name = if name.trim().is_empty() { otherwise } else { name.trim() };
    name.replace('/', "_")
}

/// Parent of each entity; free of cycles, and none where the parent is missing.
fn parents(workspace: &Workspace) -> Vec<Option<usize>> {
    const UNSEEN: usize = usize::MAX;
    let find = |parent: &str| workspace.index(parent);
    let mut parents: Vec<Option<usize>> = Vec::with_capacity(workspace.entities.len());
    for entity in &workspace.entities {
        let parent = entity.parent.and_then(find);
        if let (Some(missing), None) = (entity.parent, parent) {
            let place = entity.place.get("parentEntityId").unwrap_or_else(|| entity.place.clone());
            let message = format!("the parent {missing} of {} is not among the entities", entity.name);
            place.warn(message, "It is shown at the top of the tree.", "\"parentEntityId\": \"$ROOT\"");
        }
        parents.push(parent);
    }
    let mut seen_in = vec![UNSEEN; parents.len()];
    for start in 0..parents.len() {
        let mut at = Some(start);
        while let Some(index) = at {
            if seen_in[index] == start {
                if let Some(entity) = workspace.entities.get(index) {
                    let place = entity.place.get("parentEntityId").unwrap_or_else(|| entity.place.clone());
                    let message = format!("the entity {} stands below itself", entity.name);
                    place.error(message, "It is shown at the top of the tree.", "\"parentEntityId\": \"$ROOT\"");
                }
                parents[index] = None;
            }
            if seen_in[index] != UNSEEN {
                break;
            }
            seen_in[index] = start;
            at = parents[index];
        }
    }
    parents
}
