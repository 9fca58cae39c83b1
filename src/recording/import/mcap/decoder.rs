//! Which messages are understood, and by which schema.

use std::rc::Rc;

use super::fields::{FieldId, Fields};
use super::json_schema::JsonSchema;
use super::proto_schema::ProtoSchema;
use super::records::SchemaRecord;
use super::ros2_schema::RosSchema;
use super::{json, protobuf, ros2};
use crate::domain::signal::Signal;
use crate::domain::value::ValueKind;

/// A schema of the file.
#[derive(Clone, Debug)]
pub(super) enum Schema {
    Json(Rc<JsonSchema>),
    Protobuf(Rc<ProtoSchema>),
    Ros2(Rc<RosSchema>),
    /// Of another encoding.
    Other(Rc<str>),
    Broken(Rc<str>),
}

/// Reads the messages of a channel.
#[derive(Clone, Debug)]
pub(super) enum Decoder {
    Json(Option<Rc<JsonSchema>>),
    Protobuf(Rc<ProtoSchema>),
    Ros2(Rc<RosSchema>),
}

impl Schema {
    /// Reads a schema; what is wrong with it is told with the channels that need it.
    pub fn parse(record: &SchemaRecord) -> Self {
        let SchemaRecord { name, encoding, data, .. } = *record;
        let parsed = match encoding {
            "jsonschema" => JsonSchema::parse(data).map(|schema| Self::Json(Rc::new(schema))),
            "protobuf" => ProtoSchema::parse(name, data).map(|schema| Self::Protobuf(Rc::new(schema))),
            "ros2msg" => RosSchema::parse(name, data).map(|schema| Self::Ros2(Rc::new(schema))),
            other => Ok(Self::Other(excerpt(other).into())),
        };
        parsed.unwrap_or_else(|what| Self::Broken(format!("the schema \"{}\": {what}", excerpt(name)).into()))
    }
}

impl Decoder {
    /// The reader for messages of an encoding with this schema.
    ///
    /// # Errors
    /// Why there is none.
    pub fn new(encoding: &str, schema: Option<&Schema>) -> Result<Self, String> {
        match (encoding, schema) {
            ("json", Some(Schema::Json(schema))) => Ok(Self::Json(Some(Rc::clone(schema)))),
            // JSON explains itself.
            ("json", _) => Ok(Self::Json(None)),
            ("protobuf", Some(Schema::Protobuf(schema))) => Ok(Self::Protobuf(Rc::clone(schema))),
            ("cdr", Some(Schema::Ros2(schema))) => Ok(Self::Ros2(Rc::clone(schema))),
            ("protobuf" | "cdr", Some(Schema::Broken(what))) => Err(format!("{what}")),
            ("protobuf" | "cdr", None) => Err("the file holds no schema for them that could be read".to_owned()),
            (_, schema) => {
                let with = match schema {
                    Some(Schema::Other(schema)) if !schema.is_empty() => format!(" with schemas in {schema}"),
                    _ => String::new(),
                };
                Err(format!(
                    "they are in {}{with}; json, protobuf with descriptors and cdr with ros2msg are understood",
                    excerpt(encoding)
                ))
            }
        }
    }

    /// Notes the values of a message.
    ///
    /// # Errors
    /// With what is wrong with the message.
    pub fn decode(&self, data: &[u8], fields: &mut Fields, root: FieldId) -> Result<(), String> {
        match self {
            Self::Json(_) => json::decode(data, fields, root),
            Self::Protobuf(schema) => protobuf::decode(schema, data, fields, root),
            Self::Ros2(schema) => ros2::decode(schema, data, fields, root),
        }
    }

    /// The signal of a field whose first value is of this kind; none where it is no process value.
    /// The names lead from below the topic to the field.
    pub fn signal(&self, path: String, names: &[&str], kind: ValueKind) -> Option<Signal> {
        let Self::Json(schema) = self else { return Some(Signal::new(path, kind)) };
        // A number without a fraction may have one the next time.
        let seen = if kind == ValueKind::Int { ValueKind::Real } else { kind };
        let Some(schema) = schema else { return Some(Signal::new(path, seen)) };
        if schema.holds_bytes(names) {
            return None;
        }
        let mut signal = Signal::new(path, schema.kind(names).unwrap_or(seen));
        schema.describe(names, &mut signal);
        Some(signal)
    }
}

/// The start of a text of the file, short enough for a message.
pub(super) fn excerpt(text: &str) -> String {
    const SHOWN: usize = 100;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.split_at(end).0),
        None => text.to_owned(),
    }
}
