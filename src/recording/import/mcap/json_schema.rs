//! What a JSON schema says of a property: kind, unit, range and description.
//!
//! Looks at `properties`, `items`, local `$ref`, `type` and the annotations, and checks nothing:
//! a message that does not follow its schema is read as it is.

use serde_json::Value as Json;

use crate::domain::signal::Signal;
use crate::domain::unit::Unit;
use crate::domain::value::ValueKind;

#[derive(Debug)]
pub(super) struct JsonSchema(Json);

/// References from one to the next that are followed.
const MOST_REFERENCES: usize = 8;

impl JsonSchema {
    /// # Errors
    /// With what is wrong at which place.
    pub fn parse(data: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(data).map(Self).map_err(|error| format!("it is not JSON ({error})"))
    }

    /// The property that a path of names leads to; a list's item where a name is a number.
    fn property<'a>(&'a self, names: &[&str]) -> Option<&'a Json> {
        names.iter().try_fold(self.resolved(&self.0)?, |part, name| {
            let named = part.get("properties").and_then(|properties| properties.get(name));
            let item = || part.get("items").filter(|_| name.bytes().all(|byte| byte.is_ascii_digit()));
            self.resolved(named.or_else(item)?)
        })
    }

    fn resolved<'a>(&'a self, mut part: &'a Json) -> Option<&'a Json> {
        for _ in 0..MOST_REFERENCES {
            let Some(reference) = part.get("$ref") else { return Some(part) };
            part = self.0.pointer(reference.as_str()?.strip_prefix('#')?)?;
        }
        None
    }

    /// The kind of the property's values, where the schema says it.
    pub fn kind(&self, names: &[&str]) -> Option<ValueKind> {
        let named = self.property(names)?.get("type")?;
        let words = named.as_array().map_or(std::slice::from_ref(named), Vec::as_slice);
        let mut kinds = words.iter().filter_map(|word| match word.as_str()? {
            "boolean" => Some(ValueKind::Bool),
            "integer" => Some(ValueKind::Int),
            "number" => Some(ValueKind::Real),
            "string" => Some(ValueKind::Text),
            _ => None,
        });
        kinds.next().filter(|first| kinds.all(|kind| kind == *first))
    }

    /// Bytes written as text, which are no process value.
    pub fn holds_bytes(&self, names: &[&str]) -> bool {
        self.property(names).is_some_and(|property| property.get("contentEncoding").is_some())
    }

    /// Adds to a signal what the schema says of the property.
    pub fn describe(&self, names: &[&str], signal: &mut Signal) {
        let Some(property) = self.property(names) else { return };
        let text = |key: &str| property.get(key).and_then(Json::as_str);
        let number = |key: &str| property.get(key).and_then(Json::as_f64);
        if let Some(unit) = text("unit") {
            signal.unit = Unit::new(unit);
        }
        if let Some(description) = text("description") {
            signal.description = description.to_owned();
        }
        signal.range = number("minimum").zip(number("maximum")).filter(|(low, high)| low < high);
    }
}
