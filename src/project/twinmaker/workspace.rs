//! Entities of a workspace and their components.

use std::collections::HashMap;

use super::document::Place;
use super::report::near_miss;
use super::types::{DataKind, Properties, Property, Types};
use crate::project::Severity;

/// The external id that telemetry rows carry.
const TELEMETRY_ID: &str = "telemetryAssetId";

#[derive(Debug)]
pub struct Entity<'a> {
    pub id: &'a str,
    pub name: &'a str,
    pub description: &'a str,
    /// Id of the parent; none for roots.
    pub parent: Option<&'a str>,
    /// By name.
    pub components: Vec<Component<'a>>,
    pub place: Place<'a>,
}

#[derive(Debug)]
pub struct Component<'a> {
    pub name: &'a str,
    /// Own and inherited properties, and measures that telemetry has for it.
    pub properties: Properties,
    /// Names this component in telemetry rows.
    pub telemetry_id: Option<&'a str>,
    /// Where its type stands, if that type is not in the workspace.
    untyped: Option<Place<'a>>,
}

/// Number of an entity and of one of its components.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ComponentAt {
    pub entity: usize,
    pub component: usize,
}

#[derive(Default, Debug)]
pub struct Workspace<'a> {
    pub entities: Vec<Entity<'a>>,
    by_id: HashMap<&'a str, usize>,
}

impl<'a> Workspace<'a> {
    /// Adds the entities of a document: a list, or `{"entities": […]}`.
    pub fn add(&mut self, document: &Place<'a>, types: &mut Types<'a>) {
        let list = document.get("entities").unwrap_or_else(|| document.clone());
        for place in list.elements() {
            let Some(id) = place.text("entityId") else {
                place.error(
                    "the entity has no entityId",
                    "It is left out, with what is bound to it.",
                    "\"entityId\": \"Mixer_0\"",
                );
                continue;
            };
            if self.by_id.contains_key(id) {
                place.warn(format!("the entity {id} is described twice"), "The first one counts.", "");
                continue;
            }
            self.by_id.insert(id, self.entities.len());
            self.entities.push(Entity {
                id,
                name: place.text("entityName").unwrap_or(id),
                description: place.text("description").unwrap_or(""),
                parent: place.text("parentEntityId").filter(|parent| *parent != "$ROOT"),
                components: components(&place, types),
                place,
            });
        }
    }

    pub fn index(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    pub fn component(&self, at: ComponentAt) -> Option<&Component<'a>> {
        self.entities.get(at.entity)?.components.get(at.component)
    }

    pub fn component_mut(&mut self, at: ComponentAt) -> Option<&mut Component<'a>> {
        self.entities.get_mut(at.entity)?.components.get_mut(at.component)
    }

    /// Every component with its number, in the order of the documents.
    pub fn components(&self) -> impl Iterator<Item = (ComponentAt, &Component<'a>)> {
        self.entities.iter().enumerate().flat_map(|(entity, of)| {
            of.components.iter().enumerate().map(move |(component, part)| (ComponentAt { entity, component }, part))
        })
    }
}

impl Entity<'_> {
    pub fn component(&self, name: &str) -> Option<usize> {
        self.components.iter().position(|component| component.name == name)
    }
}

impl Component<'_> {
    /// The property that a name means: exactly, else without regard to case. Published data and
    /// types differ in case.
    pub fn property(&self, name: &str) -> Option<(&str, &Property)> {
        let exact = self.properties.get_key_value(name);
        let found =
            exact.or_else(|| self.properties.iter().find(|(known, _)| known.to_lowercase() == name.to_lowercase()));
        found.map(|(name, property)| (name.as_str(), property))
    }

    /// Reports that the type is missing, where it is; true then.
    pub fn tell_untyped(&self) -> bool {
        self.untyped.iter().for_each(tell_untyped);
        self.untyped.is_some()
    }

    pub fn near_miss(&self, name: &str) -> Option<&str> {
        near_miss(name, self.properties.keys().map(String::as_str))
    }

    /// True for properties whose values a signal can carry.
    pub fn carries(property: &Property) -> bool {
        property.data != Some(DataKind::Other)
    }
}

fn components<'a>(entity: &Place<'a>, types: &mut Types<'a>) -> Vec<Component<'a>> {
    let entries = entity.entries("components").into_iter();
    entries.map(|(name, place)| component(name, &place, types)).collect()
}

fn component<'a>(name: &'a str, place: &Place<'a>, types: &mut Types<'a>) -> Component<'a> {
    let type_id = place.text("componentTypeId").unwrap_or("");
    let mut properties = Properties::clone(&types.properties(type_id));
    let mut telemetry_id = None;
    for (property, place) in place.entries("properties") {
        let definition = place.get("definition").map(|definition| Property::read(&definition)).unwrap_or_default();
        let text = place.get("value").and_then(|value| value.text("stringValue"));
        if property == TELEMETRY_ID {
            telemetry_id = text;
        }
        properties.entry(property.to_owned()).or_default().refine(&definition);
    }
    // Types that AWS brings are not part of a workspace; missing ones matter only where data is
    // read through them.
    let untyped = place.get("componentTypeId").filter(|_| !types.knows(type_id));
    if let Some(place) = untyped.as_ref().filter(|_| telemetry_id.is_some()) {
        tell_untyped(place);
    }
    Component { name, properties, telemetry_id, untyped }
}

fn tell_untyped(place: &Place) {
    let type_id = place.value().as_str().unwrap_or_default();
    let problem = || {
        let message = format!("the component type {type_id} is not in the workspace");
        let meaning = "Of components that have it only those properties are known that the telemetry has.";
        let example = format!("{{ \"componentTypeId\": \"{type_id}\", \"propertyDefinitions\": {{}} }}");
        place.problem(Severity::Warning, message, meaning, example)
    };
    place.report().count(format!("component type {type_id}"), problem);
}
