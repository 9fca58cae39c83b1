//! The fields of all messages as one tree, and what one message says of them.
//!
//! A field is found by its name below another, so that a path is put together once, when its
//! signal is made, not with every message. The tree is bounded in number, depth and length of
//! paths. The values of a message are kept until it was read to its end.

use std::collections::BTreeMap;
use std::fmt;

use crate::domain::signal::SignalId;
use crate::domain::value::{Value, ValueKind};

/// Fields deeper below their topic are left out.
pub(super) const MOST_LEVELS: u8 = 32;
/// Longer lists are no process values.
pub(super) const MOST_ITEMS: usize = 16;
/// Values of one message.
const MOST_VALUES: usize = 10_000;
/// Fields of all messages of a file, those above others included.
const MOST_FIELDS: usize = 250_000;
/// Of topic and names together [bytes].
const LONGEST_PATH: usize = 1_024;
/// Texts are cut off behind this [bytes].
const LONGEST_TEXT: usize = 4_096;

/// A field in the tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct FieldId(u32);

/// What is known of the signal of a field.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Leaf {
    /// No value was seen yet.
    Unknown,
    Signal(SignalId, ValueKind),
    LeftOut,
}

#[derive(Debug)]
struct Node {
    parent: Option<FieldId>,
    name: Box<str>,
    path_bytes: usize,
    level: u8,
    children: BTreeMap<Box<str>, FieldId>,
    leaf: Leaf,
    /// A fault was named that does not change from message to message.
    told: bool,
}

/// A single value as messages hold it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Scalar<'a> {
    Bool(bool),
    Int(i64),
    Unsigned(u64),
    Real(f64),
    /// Not yet looked at whether it is text.
    Text(&'a [u8]),
}

/// What of a field could not be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fault {
    NotFinite,
    TooLarge,
    Cut,
    NotText,
    LongList,
    OtherList,
    TooDeep,
    TooMany,
    LongPath,
    /// The bytes that it takes are not known, and so not where the fields behind it stand.
    NoPlace,
}

/// Takes the values of a message field by field.
#[derive(Debug, Default)]
pub(super) struct Fields {
    nodes: Vec<Node>,
    topics: BTreeMap<Box<str>, FieldId>,
    pub values: Vec<(FieldId, Value)>,
    pub faults: Vec<(FieldId, Fault)>,
}

impl Fields {
    /// The field that is a whole message of a topic.
    pub fn topic(&mut self, topic: &str) -> Option<FieldId> {
        if let Some(id) = self.topics.get(topic) {
            return Some(*id);
        }
        let id = self.grow(None, topic, 0, topic.len()).ok()?;
        self.topics.insert(topic.into(), id);
        Some(id)
    }

    /// The field of this name below another; none where the tree may not grow, which is noted.
    pub fn child(&mut self, parent: FieldId, name: &str) -> Option<FieldId> {
        let above = self.node(parent)?;
        if let Some(id) = above.children.get(name) {
            return Some(*id);
        }
        let (level, path_bytes) = (above.level + 1, above.path_bytes + 1 + name.len());
        match self.grow(Some(parent), name, level, path_bytes) {
            Ok(id) => {
                self.node_mut(parent)?.children.insert(name.into(), id);
                Some(id)
            }
            Err(fault) => {
                self.note_once(parent, fault);
                None
            }
        }
    }

    fn grow(&mut self, parent: Option<FieldId>, name: &str, level: u8, path_bytes: usize) -> Result<FieldId, Fault> {
        if level > MOST_LEVELS {
            return Err(Fault::TooDeep);
        }
        if path_bytes > LONGEST_PATH {
            return Err(Fault::LongPath);
        }
        if self.nodes.len() >= MOST_FIELDS {
            return Err(Fault::TooMany);
        }
        let id = FieldId(u32::try_from(self.nodes.len()).map_err(|_| Fault::TooMany)?);
        let (name, children) = (name.into(), BTreeMap::new());
        self.nodes.push(Node { parent, name, path_bytes, level, children, leaf: Leaf::Unknown, told: false });
        Ok(id)
    }

    /// Notes a value of a field, or why it is none.
    pub fn put(&mut self, field: FieldId, scalar: Scalar) {
        if self.is_full() {
            return self.note_once(field, Fault::TooMany);
        }
        let value = match scalar {
            Scalar::Bool(flag) => Ok(Value::Bool(flag)),
            Scalar::Int(number) => Ok(Value::Int(number)),
            Scalar::Unsigned(number) => i64::try_from(number).map(Value::Int).map_err(|_| Fault::TooLarge),
            Scalar::Real(number) => Value::real(number).ok_or(Fault::NotFinite),
            Scalar::Text(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) if text.len() > LONGEST_TEXT => {
                    self.note(field, Fault::Cut);
                    let (kept, _) = text.split_at(text.floor_char_boundary(LONGEST_TEXT));
                    Ok(Value::text(kept))
                }
                Ok(text) => Ok(Value::text(text)),
                Err(_) => Err(Fault::NotText),
            },
        };
        match value {
            Ok(value) => self.values.push((field, value)),
            Err(fault) => self.note(field, fault),
        }
    }

    /// No more values are taken of this message.
    pub fn is_full(&self) -> bool {
        self.values.len() >= MOST_VALUES
    }

    /// Notes a fault of this one message.
    fn note(&mut self, field: FieldId, fault: Fault) {
        if self.faults.len() < MOST_VALUES {
            self.faults.push((field, fault));
        }
    }

    /// Notes a fault that every message of this kind has; only the first of a field counts.
    pub fn note_once(&mut self, field: FieldId, fault: Fault) {
        let told = self.node_mut(field).is_none_or(|node| std::mem::replace(&mut node.told, true));
        if !told {
            self.note(field, fault);
        }
    }

    /// Forgets the values of a message that turned out to be broken.
    pub fn forget(&mut self) {
        self.values.clear();
        for (field, _) in std::mem::take(&mut self.faults) {
            if let Some(node) = self.node_mut(field) {
                node.told = false;
            }
        }
    }

    pub fn leaf(&self, field: FieldId) -> Leaf {
        self.node(field).map_or(Leaf::LeftOut, |node| node.leaf)
    }

    pub fn set_leaf(&mut self, field: FieldId, leaf: Leaf) {
        if let Some(node) = self.node_mut(field) {
            node.leaf = leaf;
        }
    }

    /// The names from below the topic down to a field, and the topic before them.
    pub fn names(&self, field: FieldId) -> Vec<&str> {
        let mut names: Vec<&str> =
            std::iter::successors(self.node(field), |node| self.node(node.parent?)).map(|node| &*node.name).collect();
        names.reverse();
        names
    }

    fn node(&self, id: FieldId) -> Option<&Node> {
        self.nodes.get(id.0 as usize)
    }

    fn node_mut(&mut self, id: FieldId) -> Option<&mut Node> {
        self.nodes.get_mut(id.0 as usize)
    }
}

/// The items of a list while it is read, whose number is not always known before.
#[derive(Clone, PartialEq, Default, Debug)]
pub(super) struct List {
    items: Vec<Scalar<'static>>,
    long: bool,
    /// Some item is no number and no flag.
    other: bool,
}

impl List {
    pub fn push(&mut self, item: Scalar<'static>) {
        if self.items.len() < MOST_ITEMS {
            self.items.push(item);
        } else {
            self.long = true;
        }
    }

    pub fn push_other(&mut self) {
        self.other = true;
    }

    /// Notes the items as the fields 0, 1, 2 ... of the list, or why the list is left out.
    pub fn put(self, fields: &mut Fields, field: FieldId) {
        if self.other {
            return fields.note_once(field, Fault::OtherList);
        }
        if self.long {
            return fields.note_once(field, Fault::LongList);
        }
        for (index, item) in self.items.into_iter().enumerate() {
            if let Some(child) = fields.child(field, &index.to_string()) {
                fields.put(child, item);
            }
        }
    }
}

/// What it means, behind the name of the field.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite => f.write_str("holds NaN or infinity at times: no sample stands there"),
            Self::TooLarge => f.write_str("holds numbers beyond 9223372036854775807 at times: no sample stands there"),
            Self::Cut => write!(f, "holds texts of more than {LONGEST_TEXT} bytes: they are cut off"),
            Self::NotText => f.write_str("holds texts that are not UTF-8 at times: no sample stands there"),
            Self::LongList => write!(f, "is a list of more than {MOST_ITEMS} items: it is left out"),
            Self::OtherList => {
                f.write_str("is a list of texts or structures: it is left out, only numbers and flags are read")
            }
            Self::TooDeep => write!(f, "nests deeper than {MOST_LEVELS} levels: what is below is left out"),
            Self::TooMany => {
                write!(f, "has no room: a message may hold {MOST_VALUES} values and a file {MOST_FIELDS} fields")
            }
            Self::LongPath => write!(f, "has fields whose path is longer than {LONGEST_PATH} bytes: they are left out"),
            Self::NoPlace => {
                f.write_str("is of a type whose length is not known: it and the fields behind it are left out")
            }
        }
    }
}
