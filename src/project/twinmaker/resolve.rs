//! From what a scene asks for to what the workspace has: entities, components, properties, rules.
//! Names that match nothing are the commonest fault of such scenes, so each is told.

use super::document::Place;
use super::report::near_miss;
use super::rules::RuleBook;
use super::uses::{DataRef, Use};
use super::workspace::{ComponentAt, Workspace};
use crate::project::Severity;

/// Above this many entities no similar id is looked for.
const FEW_ENTITIES: usize = 5_000;

/// A use of data with what it means.
#[derive(Debug)]
pub struct Resolved<'u, 'a> {
    pub of: &'u Use<'a>,
    pub entity: usize,
    /// None where the binding names none, or one that is not there.
    pub component: Option<ComponentAt>,
}

/// The entity and component of a use; none where nothing is bound, or the entity is not there.
pub fn resolve<'u, 'a>(of: &'u Use<'a>, workspace: &Workspace) -> Option<Resolved<'u, 'a>> {
    let data = of.data.as_ref()?;
    let Some(entity) = workspace.index(data.entity_id) else {
        tell_missing_entity(data, workspace);
        return None;
    };
    let component = data.component.and_then(|name| component(data, name, entity, workspace));
    Some(Resolved { of, entity, component })
}

fn tell_missing_entity(data: &DataRef, workspace: &Workspace) {
    let place = data.place.get("entityId").unwrap_or_else(|| data.place.clone());
    if workspace.entities.is_empty() {
        let meaning =
            "Bindings of the scene ({count}) have no data. Put entities.json and the component types beside the scene.";
        place.warn_counted("no entities", "the workspace has no entities", meaning);
        return;
    }
    let id = data.entity_id;
    let problem = || {
        let few = workspace.entities.len() <= FEW_ENTITIES;
        let near = few.then(|| near_miss(id, workspace.entities.iter().map(|entity| entity.id))).flatten();
        let example = near.map(|near| format!("\"entityId\": \"{near}\"")).unwrap_or_default();
        let message = format!("the entity {id} is not among the entities of the workspace");
        place.problem(Severity::Warning, message, "Bindings to it ({count}) have no data.", example)
    };
    place.report().count(format!("entity {id}"), problem);
}

fn component(data: &DataRef, name: &str, entity: usize, workspace: &Workspace) -> Option<ComponentAt> {
    let of = workspace.entities.get(entity)?;
    if let Some(component) = of.component(name) {
        return Some(ComponentAt { entity, component });
    }
    let place = data.place.get("componentName").unwrap_or_else(|| data.place.clone());
    let near = near_miss(name, of.components.iter().map(|component| component.name));
    let example = near.or(of.components.first().map(|component| component.name));
    let example = example.map(|near| format!("\"componentName\": \"{near}\"")).unwrap_or_default();
    place.warn(format!("the entity {} has no component {name}", of.name), "The binding has no data.", example);
    None
}

/// Inputs of the use's rule, in slot order, as the component spells them; none for a name that it
/// does not have, which is told.
pub fn properties(of: &Use, at: ComponentAt, rules: &RuleBook, workspace: &Workspace) -> Vec<Option<String>> {
    let rule = of.rule.as_ref().and_then(|(id, _)| rules.get(id));
    let identifiers = rule.as_ref().map(|rule| rule.identifiers()).unwrap_or_default();
    let bound = bound(of);
    let place_of = |name: &str| match (&bound, &of.rule) {
        (Some((property, place)), _) if *property == name => place.clone(),
        (_, Some((_, place))) => place.clone(),
        _ => of.place.clone(),
    };
    identifiers.iter().map(|name| tell_unless_found(name, &place_of(name), at, workspace)).collect()
}

/// Reports the property that the binding itself names, where it is not there. Those that its rule
/// names are reported with the rule.
pub fn check_bound(of: &Use, at: ComponentAt, rules: &RuleBook, workspace: &Workspace) {
    let rule = of.rule.as_ref().and_then(|(id, _)| rules.get(id));
    let Some((name, place)) = bound(of) else { return };
    if !rule.is_some_and(|rule| rule.identifiers().iter().any(|identifier| **identifier == *name)) {
        tell_unless_found(name, &place, at, workspace);
    }
}

/// Properties of a use that become signals: the bound one, and those that its rule names.
pub fn needed(of: &Use, at: ComponentAt, rules: &RuleBook, workspace: &Workspace) -> Vec<String> {
    let rule = of.rule.as_ref().and_then(|(id, _)| rules.get(id));
    let identifiers = rule.as_ref().map(|rule| rule.identifiers()).unwrap_or_default();
    let names = identifiers.iter().map(|name| &**name).chain(bound(of).map(|(name, _)| name));
    names.filter_map(|name| carried(name, at, workspace)).collect()
}

fn bound<'a>(of: &Use<'a>) -> Option<(&'a str, Place<'a>)> {
    let data = of.data.as_ref()?;
    Some((data.property?, data.place.get("propertyName")?))
}

fn carried(name: &str, at: ComponentAt, workspace: &Workspace) -> Option<String> {
    let component = workspace.component(at)?;
    let (name, property) = component.property(name)?;
    super::workspace::Component::carries(property).then(|| name.to_owned())
}

fn tell_unless_found(name: &str, place: &Place, at: ComponentAt, workspace: &Workspace) -> Option<String> {
    const MEANING: &str = "What asks for it sees no value.";
    if let Some(found) = carried(name, at, workspace) {
        return Some(found);
    }
    let component = workspace.component(at)?;
    if component.property(name).is_some() {
        place.warn(format!("the property {name} is a list, a map or a relation"), MEANING, "");
        return None;
    }
    if let Some(plain) = name.strip_suffix("_raw").filter(|plain| component.property(plain).is_some()) {
        let message = format!("{name} asks for all values of {plain}, which is not supported");
        place.warn(message, MEANING, plain);
        return None;
    }
    if component.tell_untyped() {
        return None;
    }
    let near = component.near_miss(name).unwrap_or_default();
    place.warn(format!("the component {} has no property {name}", component.name), MEANING, near);
    None
}

/// The id of the rule of a use, where there is such a rule.
pub fn rule_id<'a>(of: &Use<'a>, rules: &RuleBook) -> Option<&'a str> {
    let (id, place) = of.rule.as_ref()?;
    if rules.get(id).is_some() {
        return Some(id);
    }
    let near = near_miss(id, rules.ids()).map(|near| format!("\"ruleBasedMapId\": \"{near}\"")).unwrap_or_default();
    place.warn(format!("the scene has no rule {id}"), "The node looks as it does without a rule.", near);
    None
}
