//! From properties of components to signals with tag paths that people can read:
//! `Equipment/Mixers/Mixer_7/Temperature`, with the component's name only where it is needed.

use std::collections::{BTreeMap, BTreeSet};

use super::assets::part;
use super::types::{DataKind, Property};
use super::workspace::{ComponentAt, Workspace};
use crate::domain::asset::AssetId;
use crate::domain::signal::{Signal, SignalId};
use crate::domain::time::Span;
use crate::domain::unit::Unit;
use crate::domain::value::ValueKind;
use crate::project::Project;

/// A property of a component.
pub type PropertyAt = (ComponentAt, String);

/// The signal of each property that has one.
pub type Signals = BTreeMap<PropertyAt, SignalId>;

/// Properties that are declared as time series.
pub fn declared(workspace: &Workspace) -> BTreeSet<PropertyAt> {
    let all = workspace.components().flat_map(|(at, component)| component.properties.iter().map(move |of| (at, of)));
    let series =
        all.filter(|(_, (_, property))| property.time_series == Some(true) && property.data != Some(DataKind::Other));
    series.map(|(at, (name, _))| (at, name.clone())).collect()
}

/// Adds a signal for each wanted property, in the order of the asset tree.
pub fn add(
    workspace: &Workspace,
    assets: &[AssetId],
    wanted: &BTreeSet<PropertyAt>,
    intervals: &BTreeMap<PropertyAt, Span>,
    project: &mut Project,
) -> Signals {
    let mut ordered: Vec<&PropertyAt> = wanted.iter().collect();
    ordered.sort_by_key(|(at, name)| (assets.get(at.entity), at.component, name.as_str()));
    let mut uses_of_name: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    for (at, name) in wanted {
        *uses_of_name.entry((at.entity, name)).or_default() += 1;
    }
    let mut signals = Signals::new();
    for key in ordered {
        let (at, name) = key;
        let Some(&asset) = assets.get(at.entity) else { continue };
        let Some(component) = workspace.component(*at) else { continue };
        let Some(property) = component.properties.get(name) else { continue };
        let DataKind::Value(kind) = property.data.unwrap_or(DataKind::Value(ValueKind::Real)) else { continue };
        let unique = uses_of_name.get(&(at.entity, name.as_str())) == Some(&1);
        let Some(path) = free_path(project, asset, component.name, name, unique) else { continue };
        let id = project.catalog.intern(signal(path, kind, property, intervals.get(key).copied()));
        if let Some(asset) = project.assets.get_mut(asset) {
            asset.signals.push(id);
        }
        signals.insert(key.clone(), id);
    }
    signals
}

fn signal(path: String, kind: ValueKind, property: &Property, expected_interval: Option<Span>) -> Signal {
    let description = property.description.clone().unwrap_or_default();
    let unit = property.unit.clone().unwrap_or_else(Unit::none);
    Signal { description, unit, expected_interval, ..Signal::new(path, kind) }
}

/// The shortest path that no other signal has.
fn free_path(project: &Project, asset: AssetId, component: &str, property: &str, unique: bool) -> Option<String> {
    let asset = &project.assets.get(asset)?.path;
    let (component, property) = (part(component, "component"), part(property, "property"));
    let short = unique.then(|| format!("{asset}/{property}"));
    let long = format!("{asset}/{component}/{property}");
    let numbered = (2..).map(|number| format!("{long} ({number})"));
    short.into_iter().chain([long.clone()]).chain(numbered).find(|path| project.catalog.id(path).is_none())
}
