//! Bindings of a scene: which rule drives which node by which signals, and which nodes show which
//! asset.

use std::collections::HashMap;
use std::sync::Arc;

use super::resolve::{Resolved, properties, rule_id};
use super::rules::RuleBook;
use super::scene::Draft;
use super::signals::Signals;
use super::uses::{Purpose, Use};
use super::workspace::Workspace;
use crate::domain::asset::AssetId;
use crate::domain::binding::{Binding, Drive};
use crate::domain::rule::{Rule, Target};
use crate::domain::scene::NodeRef;
use crate::project::Project;

/// Adds the bindings of the resolved uses.
pub fn add(
    resolved: &[Resolved],
    draft: &Draft,
    rules: &RuleBook,
    workspace: &Workspace,
    (assets, signals): (&[AssetId], &Signals),
    project: &mut Project,
) {
    for Resolved { of, entity, component } in resolved {
        let (Some(at), Some(id)) = (*component, rule_id(of, rules)) else { continue };
        let Some(rule) = rule(of, id, rules) else { continue };
        let names = properties(of, at, rules, workspace);
        let inputs: Vec<_> = names.into_iter().map(|name| signals.get(&(at, name?)).copied()).collect();
        let node = match of.purpose {
            Purpose::Shader => draft.node_ref(&project.scene, of.node),
            _ => NodeRef::whole(draft.node_id(of.node)),
        };
        for drive in drives(of, &rule) {
            project.bindings.push(Binding {
                node: node.clone(),
                asset: assets.get(*entity).copied(),
                drive,
                rule: Arc::clone(&rule),
                inputs: inputs.clone(),
            });
        }
    }
}

fn rule(of: &Use, id: &str, rules: &RuleBook) -> Option<Arc<Rule>> {
    match of.purpose {
        Purpose::Sign { custom } => rules.with_custom_colour(id, custom),
        _ => rules.get(id),
    }
}

fn drives(of: &Use, rule: &Rule) -> Vec<Drive> {
    match of.purpose {
        Purpose::Mark => Vec::new(),
        Purpose::Sign { .. } => vec![Drive::Icon],
        Purpose::Speed => vec![Drive::Flow],
        Purpose::Foreground => vec![Drive::FlowForeground],
        Purpose::Background => vec![Drive::FlowBackground],
        Purpose::Shader => {
            let colour = rule.targets().any(|target| matches!(target, Target::Colour(_)));
            let opacity = rule.targets().any(|target| matches!(target, Target::Opacity(_)));
            if !colour && !opacity {
                let message = format!("the rule {} gives neither a colour nor an opacity", rule.name);
                let example = "\"target\": \"iottwinmaker.common.color:red\"";
                of.place.warn(message, "It changes nothing on the model.", example);
            }
            [(colour, Drive::Colour), (opacity, Drive::Opacity)]
                .into_iter()
                .filter(|(given, _)| *given)
                .map(|(_, drive)| drive)
                .collect()
        }
    }
}

/// A rule for the speed means that the indicator stands still until it says otherwise, whatever
/// its default (reference 1.3).
pub fn still_speed_rules(uses: &[Use], rules: &RuleBook, draft: &Draft, project: &mut Project) {
    for of in uses.iter().filter(|of| of.purpose == Purpose::Speed) {
        let known = of.rule.as_ref().is_some_and(|(id, _)| rules.get(id).is_some());
        let node = draft.node_mut(&mut project.scene, of.node);
        if let Some(motion) = node.and_then(|node| node.motion.as_mut()).filter(|_| known) {
            motion.default_speed = 0.0;
        }
    }
}

/// Notes on each asset the nodes that show it, models before others: the nodes bound to it (of a
/// tag, the model that it hangs on); failing that, nodes with its name, where only one entity has
/// that name.
pub fn show_assets(
    resolved: &[Resolved],
    draft: &Draft,
    workspace: &Workspace,
    assets: &[AssetId],
    project: &mut Project,
) {
    let mut nodes_of: Vec<Vec<usize>> = vec![Vec::new(); workspace.entities.len()];
    for Resolved { of, entity, .. } in resolved {
        let parent = draft.parents.get(of.node).copied().flatten();
        let model = parent.filter(|parent| draft.shows_model(&project.scene, *parent));
        let tag = matches!(of.purpose, Purpose::Sign { .. }) && !draft.shows_model(&project.scene, of.node);
        let node = model.filter(|_| tag).unwrap_or(of.node);
        if let Some(nodes) = nodes_of.get_mut(*entity).filter(|nodes| !nodes.contains(&node)) {
            nodes.push(node);
        }
    }
    let mut named: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, name) in draft.names(&project.scene) {
        named.entry(name).or_default().push(index);
    }
    let mut bearers: HashMap<&str, usize> = HashMap::new();
    for entity in &workspace.entities {
        *bearers.entry(entity.name).or_default() += 1;
    }
    let mut shown = Vec::new();
    for ((entity, mut nodes), asset) in workspace.entities.iter().zip(nodes_of).zip(assets) {
        if nodes.is_empty() && bearers.get(entity.name) == Some(&1) {
            nodes = named.get(entity.name).cloned().unwrap_or_default();
        }
        nodes.sort_by_key(|node| !draft.shows_model(&project.scene, *node));
        let nodes: Vec<NodeRef> = nodes.iter().map(|node| draft.node_ref(&project.scene, *node)).collect();
        shown.push((*asset, nodes));
    }
    for (asset, nodes) in shown {
        if let Some(asset) = project.assets.get_mut(asset) {
            asset.nodes.extend(nodes);
        }
    }
}
