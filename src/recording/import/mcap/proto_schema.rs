//! The descriptors that a file brings along for its protobuf messages.

use std::collections::{BTreeMap, HashMap};

use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorSet};

/// The messages of a schema, resolved: types inside refer to each other by index.
#[derive(Debug)]
pub(super) struct ProtoSchema {
    messages: Vec<Message>,
    /// Names by number.
    enums: Vec<BTreeMap<i32, Box<str>>>,
    root: usize,
}

#[derive(Debug)]
pub(super) struct Message {
    /// In ascending order of their numbers.
    pub fields: Vec<Field>,
    /// Places of the fields that hold their default where they are not there.
    pub implicit: Vec<usize>,
    /// A moment or a span, and no process value.
    pub left_out: bool,
}

#[derive(Debug)]
pub(super) struct Field {
    number: u32,
    pub name: Box<str>,
    pub kind: Kind,
    pub repeated: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Double,
    Float,
    Int64,
    Uint64,
    Int32,
    Fixed64,
    Fixed32,
    Bool,
    Text,
    /// Also what is of a type that the schema does not hold.
    Bytes,
    Uint32,
    Sfixed32,
    Sfixed64,
    Sint32,
    Sint64,
    Group,
    Enum(usize),
    Message(usize),
}

/// Fields of all messages of a schema.
const MOST_FIELDS: usize = 20_000;
/// Messages inside each other.
const MOST_LEVELS: usize = 32;
/// Of the names of all types together [bytes].
const MOST_NAMES: usize = 4 << 20;

/// No process values, though they hold numbers.
const LEFT_OUT: [&str; 2] = [".google.protobuf.Timestamp", ".google.protobuf.Duration"];

impl ProtoSchema {
    /// From a serialized FileDescriptorSet and the full name of the message.
    ///
    /// # Errors
    /// With what is wrong with it.
    pub fn parse(name: &str, data: &[u8]) -> Result<Self, String> {
        let set =
            FileDescriptorSet::decode(data).map_err(|error| format!("it is not a set of descriptors ({error})"))?;
        let mut types = Types::default();
        for file in &set.file {
            let scope = match file.package() {
                "" => String::new(),
                package => format!(".{package}"),
            };
            let implicit = file.syntax() == "proto3";
            file.enum_type.iter().try_for_each(|kind| types.add_enum(&scope, kind))?;
            file.message_type.iter().try_for_each(|kind| types.add_message(&scope, kind, implicit, 0))?;
        }
        let Some(Named::Message(root)) = types.by_name.get(&format!(".{}", name.trim_start_matches('.'))).copied()
        else {
            return Err("its descriptors do not hold the message that it is named after".to_owned());
        };
        let messages = types.messages.iter().map(|found| found.resolved(&types.by_name)).collect();
        Ok(Self { messages, enums: types.enums, root })
    }

    pub fn root(&self) -> usize {
        self.root
    }

    pub fn message(&self, index: usize) -> Option<&Message> {
        self.messages.get(index)
    }

    /// The name of a number of an enumeration.
    pub fn name_of(&self, index: usize, number: i32) -> Option<&str> {
        self.enums.get(index)?.get(&number).map(|name| &**name)
    }
}

impl Message {
    /// The field of this number and its place.
    pub fn field(&self, number: u32) -> Option<(usize, &Field)> {
        let place = self.fields.binary_search_by_key(&number, |field| field.number).ok()?;
        Some((place, self.fields.get(place)?))
    }
}

#[derive(Clone, Copy)]
enum Named {
    Message(usize),
    Enum(usize),
}

/// A message before the types of its fields are known.
struct Found<'a> {
    descriptor: &'a DescriptorProto,
    /// The file gives defaults to fields that are not there.
    implicit: bool,
    left_out: bool,
}

/// All types of a set of files, by full name with a dot before it.
#[derive(Default)]
struct Types<'a> {
    by_name: HashMap<String, Named>,
    messages: Vec<Found<'a>>,
    enums: Vec<BTreeMap<i32, Box<str>>>,
    fields: usize,
    name_bytes: usize,
}

impl<'a> Types<'a> {
    fn add_message(
        &mut self,
        scope: &str,
        descriptor: &'a DescriptorProto,
        implicit: bool,
        level: usize,
    ) -> Result<(), String> {
        if level > MOST_LEVELS {
            return Err(format!("it nests messages deeper than {MOST_LEVELS} levels"));
        }
        self.fields += descriptor.field.len();
        if self.fields > MOST_FIELDS {
            return Err(format!("it holds more than {MOST_FIELDS} fields"));
        }
        let name = format!("{scope}.{}", descriptor.name());
        let left_out = LEFT_OUT.contains(&name.as_str());
        self.add(name.clone(), Named::Message(self.messages.len()))?;
        self.messages.push(Found { descriptor, implicit, left_out });
        descriptor.enum_type.iter().try_for_each(|inner| self.add_enum(&name, inner))?;
        descriptor.nested_type.iter().try_for_each(|inner| self.add_message(&name, inner, implicit, level + 1))
    }

    fn add_enum(&mut self, scope: &str, descriptor: &EnumDescriptorProto) -> Result<(), String> {
        self.add(format!("{scope}.{}", descriptor.name()), Named::Enum(self.enums.len()))?;
        // Of names for the same number the first counts, as in the readers of protobuf.
        let names = descriptor.value.iter().rev().map(|value| (value.number(), value.name().into()));
        self.enums.push(names.collect());
        Ok(())
    }

    fn add(&mut self, name: String, named: Named) -> Result<(), String> {
        self.name_bytes += name.len();
        if self.name_bytes > MOST_NAMES {
            return Err(format!("the names of its types take more than {MOST_NAMES} bytes"));
        }
        self.by_name.insert(name, named);
        Ok(())
    }
}

impl Found<'_> {
    fn resolved(&self, by_name: &HashMap<String, Named>) -> Message {
        let has_default = |descriptor: &FieldDescriptorProto, field: &Field| {
            let explicit = descriptor.oneof_index.is_some() || descriptor.proto3_optional();
            self.implicit && !explicit && !field.repeated && !matches!(field.kind, Kind::Message(_) | Kind::Group)
        };
        let mut fields: Vec<(Field, bool)> = self
            .descriptor
            .field
            .iter()
            .filter_map(|descriptor| {
                let field = Field {
                    number: u32::try_from(descriptor.number()).ok()?,
                    name: descriptor.name().into(),
                    kind: kind(descriptor, by_name),
                    repeated: descriptor.label() == Label::Repeated,
                };
                let default = has_default(descriptor, &field);
                Some((field, default))
            })
            .collect();
        fields.sort_by_key(|(field, _)| field.number);
        fields.dedup_by_key(|(field, _)| field.number);
        let implicit = fields.iter().enumerate().filter(|(_, (_, default))| *default).map(|(place, _)| place);
        Message {
            implicit: implicit.collect(),
            fields: fields.into_iter().map(|(field, _)| field).collect(),
            left_out: self.left_out,
        }
    }
}

fn kind(field: &FieldDescriptorProto, by_name: &HashMap<String, Named>) -> Kind {
    match field.r#type() {
        Type::Double => Kind::Double,
        Type::Float => Kind::Float,
        Type::Int64 => Kind::Int64,
        Type::Uint64 => Kind::Uint64,
        Type::Int32 => Kind::Int32,
        Type::Fixed64 => Kind::Fixed64,
        Type::Fixed32 => Kind::Fixed32,
        Type::Bool => Kind::Bool,
        Type::String => Kind::Text,
        Type::Bytes => Kind::Bytes,
        Type::Uint32 => Kind::Uint32,
        Type::Sfixed32 => Kind::Sfixed32,
        Type::Sfixed64 => Kind::Sfixed64,
        Type::Sint32 => Kind::Sint32,
        Type::Sint64 => Kind::Sint64,
        Type::Group => Kind::Group,
        Type::Message | Type::Enum => match by_name.get(field.type_name()) {
            Some(Named::Message(index)) => Kind::Message(*index),
            Some(Named::Enum(index)) => Kind::Enum(*index),
            None => Kind::Bytes,
        },
    }
}
