//! JSON schemas of the messages. Those of samples carry everything that is known of the signals, so
//! that a recording explains itself.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::format::QUALITY;
use super::plan::Group;
use crate::domain::audit::AuditKind;
use crate::domain::catalog::Catalog;
use crate::domain::change::State;
use crate::domain::person::Role;
use crate::domain::signal::{Signal, SignalId};
use crate::domain::time::Span;
use crate::domain::unit::Unit;
use crate::domain::value::ValueKind;

/// What JSON Schema has no word for.
#[derive(Serialize, Deserialize)]
struct Own {
    /// Number of the signal in this file.
    signal: u32,
    path: String,
    kind: ValueKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interval_ns: Option<i64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    writable: bool,
}

const OWN: &str = "twinscope";

/// Schema of a group's messages.
pub fn of_group(group: &Group, catalog: &Catalog) -> Vec<u8> {
    let mut properties = Map::new();
    for member in &group.members {
        if let Some(signal) = catalog.get(member.signal) {
            properties.insert(member.key.clone(), of_signal(member.signal, signal));
        }
    }
    properties.insert(
        QUALITY.to_owned(),
        json!({"type": "object", "description": "OPC UA status codes of the values that are not good"}),
    );
    json!({"title": group.topic, "type": "object", "properties": properties}).to_string().into_bytes()
}

fn of_signal(id: SignalId, signal: &Signal) -> Json {
    let json_type = match signal.kind {
        ValueKind::Bool => "boolean",
        ValueKind::Int => "integer",
        ValueKind::Real => "number",
        ValueKind::Text => "string",
    };
    let own = Own {
        signal: id.0,
        path: signal.path.clone(),
        kind: signal.kind,
        interval_ns: signal.expected_interval.map(Span::as_nanos),
        writable: signal.writable,
    };
    let mut property = Map::new();
    property.insert("type".to_owned(), json_type.into());
    property.insert(OWN.to_owned(), json!(own));
    if !signal.description.is_empty() {
        property.insert("description".to_owned(), signal.description.clone().into());
    }
    if signal.unit != Unit::none() {
        property.insert("unit".to_owned(), signal.unit.code().into());
    }
    if let Some((low, high)) = signal.range {
        property.insert("minimum".to_owned(), low.into());
        property.insert("maximum".to_owned(), high.into());
    }
    property.into()
}

/// A signal as a schema tells it: its name in messages, its number in the file, and what is known.
pub struct Told {
    pub key: String,
    pub number: u32,
    pub signal: Signal,
}

/// Reads the signals of a group out of its schema; entries that are not ours are left out.
pub fn signals_of(schema: &[u8]) -> Vec<Told> {
    #[derive(Deserialize)]
    struct Schema {
        #[serde(default)]
        properties: HashMap<String, Map<String, Json>>,
    }
    let Ok(schema) = serde_json::from_slice::<Schema>(schema) else { return Vec::new() };
    schema
        .properties
        .into_iter()
        .filter_map(|(key, mut property)| {
            let own: Own = serde_json::from_value(property.remove(OWN)?).ok()?;
            let text = |name: &str| property.get(name).and_then(Json::as_str).unwrap_or_default();
            let number = |name: &str| property.get(name).and_then(Json::as_f64);
            let signal = Signal {
                path: own.path,
                description: text("description").to_owned(),
                unit: Unit::new(text("unit")),
                kind: own.kind,
                range: number("minimum").zip(number("maximum")).filter(|(low, high)| low < high),
                expected_interval: own.interval_ns.map(Span::from_nanos),
                writable: own.writable,
            };
            Some(Told { key, number: own.signal, signal })
        })
        .collect()
}

/// Schema of the messages of a topic of our own.
pub fn of_topic(topic: &str) -> Vec<u8> {
    let time = json!({"type": "integer", "description": "nanoseconds since 1970, UTC, plant time"});
    let text = json!({"type": "string"});
    let properties = match topic.rsplit('/').next().unwrap_or_default() {
        "alarms" => {
            let until = json!({"type": "object", "properties": {"until": time}});
            let change = json!({"anyOf": [
                {"enum": ["raised", "cleared", "acknowledged", "unshelved"]},
                {"type": "object", "properties": {"shelved": until}},
            ]});
            json!({"at": time, "signal": text, "alarm": text, "change": change, "value": {}})
        }
        "commands" => json!({"at": time, "what": text}),
        "marks" => json!({"at": time, "text": text, "pose": {"type": "object"}, "selection": text}),
        "gaps" => json!({"from": time, "to": time, "lost": {"type": "integer"}, "reason": text}),
        "runs" => {
            json!({"at": time, "start": {"type": "array"}, "answer": {"type": "object"}, "shown_run": {"type": "integer"}, "digest": text})
        }
        "changes" => {
            let value = json!({"type": ["boolean", "number", "string"]});
            let setting = json!({
                "type": "object",
                "properties": {"signal": text, "from": value, "to": value, "unit": {"type": "string", "description": "UCUM"}},
            });
            json!({
                "at": time,
                "what": {"enum": AuditKind::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>()},
                "change": text,
                "title": text,
                "before": {"enum": State::ALL, "description": "where the change stood"},
                "after": {"enum": State::ALL},
                "person": text,
                "role": {"enum": Role::ALL},
                "settings": {"type": "array", "items": setting},
                "reason": text,
                "outcome": text,
                "entry": {"type": "integer", "description": "number of the entry in the audit log"},
                "hash": {"type": "string", "description": "SHA-256 of the entry in hex, as it stands in the log"},
            })
        }
        "desk" => json!({"at": time, "moment": time, "live": {"type": "boolean"}, "pose": {}, "selection": {}}),
        _ => json!({
            "tip": time,
            "values": {"type": "array", "description": "[number of the signal, age against tip in ns, value, status code where it is not good]"},
        }),
    };
    json!({"title": topic, "type": "object", "properties": properties}).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::plan::Plan;

    #[test]
    fn everything_known_of_a_signal_survives() {
        let mut catalog = Catalog::default();
        let speed = Signal {
            description: "Bottles a minute".into(),
            unit: Unit::new("/min"),
            range: Some((0.0, 800.0)),
            expected_interval: Some(Span::from_millis(500)),
            writable: true,
            ..Signal::new("Line/Filler/Speed", ValueKind::Real)
        };
        catalog.intern(speed.clone());
        catalog.intern(Signal::new("Line/Filler/State", ValueKind::Text));
        let plan = Plan::new(&catalog);
        let mut told = signals_of(&of_group(&plan.groups[0], &catalog));
        told.sort_by_key(|told| told.number);
        assert_eq!((told[0].key.as_str(), &told[0].signal), ("Speed", &speed));
        assert_eq!(told[1].signal, Signal::new("Line/Filler/State", ValueKind::Text));
    }

    #[test]
    fn a_schema_of_others_tells_nothing() {
        assert!(signals_of(b"{\"properties\":{\"x\":{\"type\":\"number\"}}}").is_empty());
        assert!(signals_of(b"\xff").is_empty());
    }
}
