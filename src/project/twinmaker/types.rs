//! Component types: which properties a component has, by its own and its parents' definitions.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::document::Place;
use crate::domain::unit::Unit;
use crate::domain::value::ValueKind;

/// Parents of parents that are followed. Real types have two or three levels.
const DEEPEST: usize = 16;

/// What is known of a property. Fields are none where nothing says.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Property {
    pub data: Option<DataKind>,
    pub unit: Option<Unit>,
    pub time_series: Option<bool>,
    pub external_id: Option<bool>,
    pub description: Option<String>,
    /// Text value that an entity has where it gives none.
    pub default: Option<String>,
}

/// The type of a property's values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DataKind {
    Value(ValueKind),
    /// LIST, MAP or RELATIONSHIP: no signal can carry it.
    Other,
}

pub type Properties = BTreeMap<String, Property>;

impl Property {
    /// Reads a definition: of a component type, or of one property of an entity.
    pub fn read(place: &Place) -> Self {
        let data = place.get("dataType");
        let kind = data.as_ref().and_then(|data| data.text("type"));
        Self {
            data: kind.map(|kind| match kind {
                "DOUBLE" => DataKind::Value(ValueKind::Real),
                "INTEGER" | "LONG" => DataKind::Value(ValueKind::Int),
                "BOOLEAN" => DataKind::Value(ValueKind::Bool),
                "STRING" => DataKind::Value(ValueKind::Text),
                _ => DataKind::Other,
            }),
            unit: data.and_then(|data| data.text("unitOfMeasure").map(Unit::new)),
            time_series: place.flag("isTimeSeries"),
            external_id: place.flag("isExternalId"),
            description: place.text("description").or(place.text("displayName")).map(str::to_owned),
            default: place.get("defaultValue").and_then(|value| value.text("stringValue")).map(str::to_owned),
        }
    }

    /// Takes over what `other` says; the rest stays.
    pub fn refine(&mut self, other: &Property) {
        let Property { data, unit, time_series, external_id, description, default } = other.clone();
        self.data = data.or(self.data);
        self.unit = unit.or(self.unit.take());
        self.time_series = time_series.or(self.time_series);
        self.external_id = external_id.or(self.external_id);
        self.description = description.or(self.description.take());
        self.default = default.or(self.default.take());
    }
}

#[derive(Debug)]
struct ComponentType<'a> {
    parents: Vec<&'a str>,
    own: Properties,
}

/// The component types of a workspace, with the few built-in ones that matter here.
#[derive(Default, Debug)]
pub struct Types<'a> {
    types: HashMap<&'a str, ComponentType<'a>>,
    resolved: HashMap<&'a str, Rc<Properties>>,
}

impl<'a> Types<'a> {
    /// Adds the component types of a document: one, a list, or `{"componentTypes": […]}`.
    pub fn add(&mut self, document: &Place<'a>) {
        let list = document.get("componentTypes").unwrap_or_else(|| document.clone());
        let places = if list.value().is_array() { list.elements() } else { vec![list] };
        for place in places {
            let Some(id) = place.text("componentTypeId") else { continue };
            let parents = place.list("extendsFrom").iter().filter_map(|parent| parent.value().as_str()).collect();
            let definitions = place.entries("propertyDefinitions").into_iter();
            let own = definitions.map(|(name, place)| (name.to_owned(), Property::read(&place))).collect();
            if self.types.insert(id, ComponentType { parents, own }).is_some() {
                place.warn(format!("the component type {id} is described twice"), "The later one counts.", "");
            }
        }
    }

    pub fn knows(&self, id: &str) -> bool {
        self.types.contains_key(id) || built_in(id).is_some()
    }

    /// All properties of a type. Parents that are not there (the connectors of the AWS account,
    /// mostly) add nothing.
    pub fn properties(&mut self, id: &'a str) -> Rc<Properties> {
        if let Some(known) = self.resolved.get(id) {
            return Rc::clone(known);
        }
        let mut properties = Properties::new();
        self.collect(id, 0, &mut properties);
        let properties = Rc::new(properties);
        self.resolved.insert(id, Rc::clone(&properties));
        properties
    }

    fn collect(&self, id: &str, depth: usize, into: &mut Properties) {
        let own = self.types.get(id);
        for parent in own.map(|own| own.parents.as_slice()).unwrap_or_default() {
            if depth < DEEPEST && *parent != id {
                self.collect(parent, depth + 1, into);
            }
        }
        let built_in = if own.is_none() { built_in(id) } else { None };
        for (name, property) in own.map(|own| &own.own).into_iter().chain(&built_in).flatten() {
            into.entry(name.clone()).or_default().refine(property);
        }
    }
}

/// Types that TwinMaker itself brings (reference 2.1).
fn built_in(id: &str) -> Option<Properties> {
    let text = || Property { data: Some(DataKind::Value(ValueKind::Text)), ..Property::default() };
    (id == "com.amazon.iottwinmaker.alarm.basic").then(|| {
        let key = Property { external_id: Some(true), ..text() };
        let status = Property { time_series: Some(true), ..text() };
        BTreeMap::from([("alarm_key".to_owned(), key), ("alarm_status".to_owned(), status)])
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::document;
    use super::*;
    use crate::project::twinmaker::report::Report;
    use serde_json::json;

    #[test]
    fn types_inherit_and_refine_and_survive_circles() {
        let (folder, report) = (tempfile::tempdir().expect("a folder"), Report::default());
        let base = json!({ "componentTypeId": "base", "extendsFrom": ["pump"], "propertyDefinitions": {
            "speed": { "dataType": { "type": "DOUBLE", "unitOfMeasure": "rpm" }, "isTimeSeries": true } } });
        let pump = json!({ "componentTypeId": "pump", "extendsFrom": ["base", "com.amazon.iottwinmaker.alarm.basic", "gone"],
            "propertyDefinitions": { "speed": { "isTimeSeries": false }, "count": { "dataType": { "type": "LONG" } } } });
        let document = document(folder.path(), "types.json", &json!([base, pump]));
        let mut types = Types::default();
        types.add(&document.root(&report));
        let properties = types.properties("pump");
        let speed = &properties["speed"];
        assert_eq!((speed.data, speed.time_series), (Some(DataKind::Value(ValueKind::Real)), Some(false)));
        assert_eq!(speed.unit.as_ref().map(Unit::code), Some("{rev}/min"));
        assert_eq!(properties["count"].data, Some(DataKind::Value(ValueKind::Int)));
        assert_eq!(properties["alarm_status"].time_series, Some(true));
    }
}
