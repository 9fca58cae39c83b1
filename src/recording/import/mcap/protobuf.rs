//! Messages in protobuf, by the descriptors that the file brings along.
//!
//! A message is read from the wire field by field: as a dynamic message of prost-reflect a hostile
//! list of 64 MiB would take gigabytes. Fields without presence that a message does not hold have
//! their default, 0, false or "": that is how proto3 writes them. A message inside that comes twice
//! counts as it came last.

use std::collections::BTreeMap;

use super::fields::{FieldId, Fields, List, Scalar};
use super::proto_schema::{Field, Kind, ProtoSchema};
use super::wire::{NotWire, Wire, WireReader};

/// Notes the values of a message.
///
/// # Errors
/// When it is no protobuf message.
pub(super) fn decode(schema: &ProtoSchema, data: &[u8], fields: &mut Fields, root: FieldId) -> Result<(), String> {
    message(schema, schema.root(), data, fields, root).map_err(|NotWire| "it is not protobuf".to_owned())
}

/// What came of a field so far; the last counts.
enum Got<'a> {
    One(Scalar<'a>),
    Enum(i32),
    Message(&'a [u8]),
    Many(List),
}

/// The depth is bounded by that of the tree of fields.
fn message(
    schema: &ProtoSchema,
    index: usize,
    data: &[u8],
    fields: &mut Fields,
    target: FieldId,
) -> Result<(), NotWire> {
    let Some(kind) = schema.message(index).filter(|kind| !kind.left_out) else { return Ok(()) };
    let mut got = BTreeMap::new();
    let mut wire = WireReader::new(data);
    while let Some((number, value)) = wire.field()? {
        let Some((place, field)) = kind.field(number) else { continue };
        if field.repeated {
            let Got::Many(list) = got.entry(place).or_insert_with(|| Got::Many(List::default())) else { continue };
            item(field.kind, value, list)?;
        } else if let Some(value) = single(field.kind, value) {
            got.insert(place, value);
        }
    }
    for (place, value) in got.iter() {
        let Some(field) = kind.fields.get(*place) else { continue };
        let Some(child) = fields.child(target, &field.name) else { continue };
        match value {
            Got::One(scalar) => fields.put(child, *scalar),
            Got::Enum(number) => put_name(schema, field, *number, fields, child),
            Got::Many(list) => list.clone().put(fields, child),
            Got::Message(data) => {
                if let Kind::Message(index) = field.kind {
                    message(schema, index, data, fields, child)?;
                }
            }
        }
    }
    for place in &kind.implicit {
        if fields.is_full() {
            break;
        }
        let Some(field) = kind.fields.get(*place).filter(|_| !got.contains_key(place)) else { continue };
        let Some(child) = fields.child(target, &field.name) else { continue };
        match field.kind.default() {
            Some(Got::Enum(number)) => put_name(schema, field, number, fields, child),
            Some(Got::One(scalar)) => fields.put(child, scalar),
            _ => {}
        }
    }
    Ok(())
}

/// A value of an enumeration by its name, or by its number where it has none.
fn put_name(schema: &ProtoSchema, field: &Field, number: i32, fields: &mut Fields, target: FieldId) {
    let Kind::Enum(index) = field.kind else { return };
    match schema.name_of(index, number) {
        Some(name) => fields.put(target, Scalar::Text(name.as_bytes())),
        None => fields.put(target, Scalar::Text(number.to_string().as_bytes())),
    }
}

/// A field that is no list; none where it is of another wire type than the schema says.
fn single(kind: Kind, value: Wire) -> Option<Got> {
    match (kind, value) {
        (Kind::Message(_), Wire::Bytes(data)) => Some(Got::Message(data)),
        (Kind::Text, Wire::Bytes(data)) => Some(Got::One(Scalar::Text(data))),
        (Kind::Enum(_), Wire::Varint(number)) => Some(Got::Enum(number as i32)),
        _ => number(kind, value).map(Got::One),
    }
}

/// Items of a list: one, or many packed.
fn item(kind: Kind, value: Wire, list: &mut List) -> Result<(), NotWire> {
    if let Some(number) = number(kind, value) {
        list.push(number);
        return Ok(());
    }
    match (kind.is_number(), value) {
        (true, Wire::Bytes(packed)) => {
            let mut wire = WireReader::new(packed);
            while !wire.is_empty() {
                let value = match kind {
                    Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => Wire::Fixed64(wire.array()?),
                    Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => Wire::Fixed32(wire.array()?),
                    _ => Wire::Varint(wire.varint()?),
                };
                if let Some(number) = number(kind, value) {
                    list.push(number);
                }
            }
        }
        (true, _) => {}
        (false, _) => list.push_other(),
    }
    Ok(())
}

/// Truncation to 32 bits is what the encoding asks for.
fn number(kind: Kind, value: Wire) -> Option<Scalar<'static>> {
    Some(match (kind, value) {
        (Kind::Bool, Wire::Varint(number)) => Scalar::Bool(number != 0),
        (Kind::Int32, Wire::Varint(number)) => Scalar::Int((number as i32).into()),
        (Kind::Int64, Wire::Varint(number)) => Scalar::Int(number.cast_signed()),
        (Kind::Uint32, Wire::Varint(number)) => Scalar::Int((number as u32).into()),
        (Kind::Uint64, Wire::Varint(number)) => Scalar::Unsigned(number),
        (Kind::Sint32, Wire::Varint(number)) => Scalar::Int(zigzag(u64::from(number as u32))),
        (Kind::Sint64, Wire::Varint(number)) => Scalar::Int(zigzag(number)),
        (Kind::Double, Wire::Fixed64(bytes)) => Scalar::Real(f64::from_le_bytes(bytes)),
        (Kind::Fixed64, Wire::Fixed64(bytes)) => Scalar::Unsigned(u64::from_le_bytes(bytes)),
        (Kind::Sfixed64, Wire::Fixed64(bytes)) => Scalar::Int(i64::from_le_bytes(bytes)),
        (Kind::Float, Wire::Fixed32(bytes)) => Scalar::Real(f32::from_le_bytes(bytes).into()),
        (Kind::Fixed32, Wire::Fixed32(bytes)) => Scalar::Int(u32::from_le_bytes(bytes).into()),
        (Kind::Sfixed32, Wire::Fixed32(bytes)) => Scalar::Int(i32::from_le_bytes(bytes).into()),
        _ => return None,
    })
}

fn zigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

impl Kind {
    /// Also flags.
    fn is_number(self) -> bool {
        !matches!(self, Self::Text | Self::Bytes | Self::Enum(_) | Self::Message(_) | Self::Group)
    }

    /// What a field holds that is not there.
    fn default(self) -> Option<Got<'static>> {
        match self {
            Self::Text => Some(Got::One(Scalar::Text(b""))),
            Self::Enum(_) => Some(Got::Enum(0)),
            Self::Bool => Some(Got::One(Scalar::Bool(false))),
            Self::Double | Self::Float => Some(Got::One(Scalar::Real(0.0))),
            Self::Bytes | Self::Message(_) | Self::Group => None,
            _ => Some(Got::One(Scalar::Int(0))),
        }
    }
}
