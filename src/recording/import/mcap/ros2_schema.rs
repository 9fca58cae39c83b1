//! Message specifications of ROS 2 (schema encoding `ros2msg`): the .msg text of a type and, below
//! lines of equals signs, of all types that it holds (mcap.dev/spec/registry#ros2msg).
//!
//! Constants, defaults and comments do not change how a message is written: they are passed over
//! unread, so that an odd one costs nothing.

use std::collections::HashMap;

/// The structures of a schema, resolved: they refer to each other by index.
#[derive(Debug)]
pub(super) struct RosSchema {
    structures: Vec<Structure>,
}

#[derive(Debug)]
pub(super) struct Structure {
    pub members: Vec<Member>,
    /// A moment, a span or a header, and no process value.
    pub left_out: bool,
}

#[derive(Debug)]
pub(super) struct Member {
    pub name: Box<str>,
    pub kind: Kind,
    pub count: Count,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Bool,
    Byte,
    Int8,
    Uint8,
    Int16,
    Uint16,
    Int32,
    Uint32,
    Int64,
    Uint64,
    Float32,
    Float64,
    Text,
    Structure(usize),
    /// `wstring`, which middlewares write in different ways, or a type that the schema does not hold.
    Opaque,
}

/// How many items of its kind a member holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Count {
    One,
    Fixed(u64),
    /// As many as a number before them says.
    Counted,
}

/// Members of all structures of a schema.
const MOST_MEMBERS: usize = 20_000;

/// No process values, though they hold numbers.
const LEFT_OUT: [&str; 3] = ["builtin_interfaces/Time", "builtin_interfaces/Duration", "std_msgs/Header"];
/// Some writers leave the built-in types out.
const BUILT_IN: [(&str, &str); 2] = [
    ("builtin_interfaces/Time", "int32 sec\nuint32 nanosec"),
    ("builtin_interfaces/Duration", "int32 sec\nuint32 nanosec"),
];

impl RosSchema {
    /// From the name of a type, like `sensor_msgs/msg/Temperature`, and its text.
    ///
    /// # Errors
    /// With the line that is not understood.
    pub fn parse(name: &str, data: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(data).map_err(|_| "it is not UTF-8 text".to_owned())?;
        let mut sections = sections(name, text);
        for (name, text) in BUILT_IN {
            if !sections.iter().any(|(known, _)| known == name) {
                sections.push((name.to_owned(), text.lines().collect()));
            }
        }
        let places = sections.iter().enumerate().rev().map(|(place, (name, _))| (name.clone(), place));
        let places: HashMap<String, usize> = places.collect();
        let mut members = 0;
        let structures = sections.iter().map(|(name, lines)| {
            let package = name.split('/').next().unwrap_or_default();
            let structure = Structure {
                members: lines
                    .iter()
                    .filter_map(|line| member(line, package, &places).transpose())
                    .collect::<Result<_, _>>()?,
                left_out: LEFT_OUT.contains(&name.as_str()),
            };
            members += structure.members.len();
            if members > MOST_MEMBERS {
                Err(format!("it holds more than {MOST_MEMBERS} fields"))
            } else {
                Ok(structure)
            }
        });
        Ok(Self { structures: structures.collect::<Result<_, String>>()? })
    }

    pub fn root(&self) -> usize {
        0
    }

    pub fn structure(&self, index: usize) -> Option<&Structure> {
        self.structures.get(index)
    }
}

/// The types of a schema by `package/Name`, the main one first.
fn sections<'a>(name: &str, text: &'a str) -> Vec<(String, Vec<&'a str>)> {
    let mut sections = vec![(short(name, ""), Vec::new())];
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.len() >= 3 && line.trim_end().bytes().all(|byte| byte == b'=') {
            if let Some(name) = lines.next_if(|line| line.starts_with("MSG:")) {
                sections.push((short(name.trim_start_matches("MSG:").trim(), ""), Vec::new()));
            }
        } else if let Some((_, lines)) = sections.last_mut() {
            lines.push(line);
        }
    }
    sections
}

/// `package/Name` out of `package/msg/Name`, or out of a name inside a package.
fn short(name: &str, package: &str) -> String {
    match name.split_once('/') {
        Some((package, rest)) => format!("{package}/{}", rest.rsplit('/').next().unwrap_or(rest)),
        None if name == "Header" => "std_msgs/Header".to_owned(),
        None => format!("{package}/{name}"),
    }
}

/// The member that a line declares; none where it is empty or a constant.
fn member(line: &str, package: &str, places: &HashMap<String, usize>) -> Result<Option<Member>, String> {
    let line = line.split('#').next().unwrap_or_default().trim();
    if line.is_empty() {
        return Ok(None);
    }
    let not_understood = || {
        let start: String = line.chars().take(60).collect();
        format!("its line \"{start}\" is no field; a field is written like \"float64 speed\"")
    };
    let (kind, rest) = line.split_once(char::is_whitespace).ok_or_else(not_understood)?;
    let rest = rest.trim_start();
    let end = rest.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(rest.len());
    let (name, rest) = rest.split_at(end);
    if rest.trim_start().starts_with('=') {
        return Ok(None);
    }
    let (kind, count) = match kind.split_once('[') {
        None => (kind, Some(Count::One)),
        Some((kind, "]")) => (kind, Some(Count::Counted)),
        Some((kind, bound)) => (kind, count(bound)),
    };
    let count = count.filter(|_| !name.is_empty() && !kind.is_empty()).ok_or_else(not_understood)?;
    Ok(Some(Member { name: name.into(), kind: self::kind(kind, package, places), count }))
}

/// Behind the bracket: `3]` or `<=3]`. Of nothing there is no list.
fn count(bound: &str) -> Option<Count> {
    let bound = bound.strip_suffix(']')?;
    match bound.strip_prefix("<=") {
        Some(most) => most.parse::<u64>().ok().map(|_| Count::Counted),
        None => bound.parse().ok().filter(|count| *count > 0).map(Count::Fixed),
    }
}

fn kind(name: &str, package: &str, places: &HashMap<String, usize>) -> Kind {
    match name.split("<=").next().unwrap_or_default() {
        "bool" => Kind::Bool,
        "byte" => Kind::Byte,
        // rosidl writes both as an unsigned byte.
        "char" | "uint8" => Kind::Uint8,
        "int8" => Kind::Int8,
        "int16" => Kind::Int16,
        "uint16" => Kind::Uint16,
        "int32" => Kind::Int32,
        "uint32" => Kind::Uint32,
        "int64" => Kind::Int64,
        "uint64" => Kind::Uint64,
        "float32" => Kind::Float32,
        "float64" => Kind::Float64,
        "string" => Kind::Text,
        "wstring" => Kind::Opaque,
        _ => places.get(&short(name, package)).map_or(Kind::Opaque, |place| Kind::Structure(*place)),
    }
}
