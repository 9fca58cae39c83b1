//! The tree of scene nodes, from lists of children by index. What is wrong with the indexes is
//! reported and left out, so that a tree remains.

use super::document::Place;

/// Parent of each node; free of cycles.
pub fn parents(scene: &Place, nodes: &[Place]) -> Vec<Option<usize>> {
    let mut parents: Vec<Option<usize>> = vec![None; nodes.len()];
    for (parent, node) in nodes.iter().enumerate() {
        for place in node.list("children") {
            let Some(child) = place.index() else { continue };
            let Some(slot) = parents.get_mut(child) else {
                let message =
                    format!("expected the index of a node, 0 to {}, found {child}", nodes.len().saturating_sub(1));
                place.error(message, "This child is missing from the scene.", "");
                continue;
            };
            match slot {
                Some(first) if *first != parent => {
                    let message = format!("node {child} is already a child of node {first}");
                    place.warn(message, format!("It is shown there and not under node {parent}."), "");
                }
                Some(_) => {}
                None => *slot = Some(parent),
            }
        }
    }
    break_cycles(nodes, &mut parents);
    check_roots(scene, nodes, &parents);
    parents
}

fn break_cycles(nodes: &[Place], parents: &mut [Option<usize>]) {
    /// Number of the walk that came by; nodes of the same walk met again close a cycle.
    const UNSEEN: usize = usize::MAX;
    let mut seen_in = vec![UNSEEN; parents.len()];
    for start in 0..parents.len() {
        let mut at = Some(start);
        while let Some(node) = at {
            match seen_in.get(node) {
                Some(&UNSEEN) => seen_in[node] = start,
                Some(&walk) if walk == start => {
                    if let Some(parent) = parents[node]
                        && let Some(place) = nodes.get(parent)
                    {
                        let children = place.get("children").unwrap_or_else(|| place.clone());
                        let message = format!("node {node} stands below itself");
                        children.error(message, format!("It is shown as a root instead of under node {parent}."), "");
                    }
                    parents[node] = None;
                    break;
                }
                _ => break,
            }
            at = parents[node];
        }
    }
}

/// Nodes without parent are shown as roots, whether they are listed or not.
fn check_roots(scene: &Place, nodes: &[Place], parents: &[Option<usize>]) {
    if scene.get("rootNodeIndexes").is_none() {
        let meaning = "All nodes that are nobody's child are shown as roots.";
        scene.warn("the scene has no rootNodeIndexes", meaning, "\"rootNodeIndexes\": [0]");
        return;
    }
    let mut listed = vec![false; parents.len()];
    for place in scene.list("rootNodeIndexes") {
        let Some(root) = place.index() else { continue };
        match listed.get_mut(root) {
            Some(listed) => *listed = true,
            None => {
                let message =
                    format!("expected the index of a node, 0 to {}, found {root}", nodes.len().saturating_sub(1));
                place.error(message, "This root is missing from the scene.", "");
            }
        }
        if let Some(Some(parent)) = parents.get(root) {
            let message = format!("root {root} is a child of node {parent}");
            place.warn(message, "It is shown there and not as a root.", "");
        }
    }
    for (index, place) in nodes.iter().enumerate() {
        if parents.get(index) == Some(&None) && listed.get(index) == Some(&false) {
            let message = "nodes are neither roots nor anybody's child ({count} in this scene)";
            place.warn_counted("loose node", message, "TwinMaker would not show them; here they are shown as roots.");
        }
    }
}
