//! From a place in a JSON document to its line.
//!
//! serde_json keeps no positions of what it read, so the text is walked again, and only where
//! there is a problem to tell. The text was read without error before: the walk does not judge it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write;
use std::ops::Range;
use std::rc::Rc;

/// One step from a JSON value to a value inside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// Dotted path of a place: `nodes[17].components[0].uri`.
pub fn dotted(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        // Writing to a String cannot fail.
        let _ = match step {
            Step::Key(key) if text.is_empty() => write!(text, "{key}"),
            Step::Key(key) => write!(text, ".{key}"),
            Step::Index(index) => write!(text, "[{index}]"),
        };
    }
    text
}

/// The text of a document with what was found out about its lines.
#[derive(Debug)]
pub struct Lines {
    text: String,
    line_starts: Vec<usize>,
    /// Offset of an array or object -> what is in it.
    children: RefCell<HashMap<usize, Rc<[Child]>>>,
}

/// A member of an object (with its key) or an element of an array.
#[derive(Clone, Debug)]
struct Child {
    key: Option<Range<usize>>,
    value: usize,
}

impl Lines {
    pub fn new(text: String) -> Self {
        let line_starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1).collect();
        Self { text, line_starts, children: RefCell::default() }
    }

    /// Line of a place, from 1; of its key where it has one. Where the path leads nowhere, the line
    /// of the last part that is there.
    pub fn line(&self, path: &[Step]) -> usize {
        let mut value = skip_blanks(self.text.as_bytes(), 0);
        let mut shown = value;
        for step in path {
            let children = self.children_of(value);
            let child = match step {
                Step::Index(index) => children.get(*index),
                Step::Key(key) => children.iter().rev().find(|child| self.has_key(child, key)),
            };
            let Some(child) = child else { break };
            value = child.value;
            shown = child.key.as_ref().map_or(value, |key| key.start);
        }
        self.line_starts.partition_point(|start| *start <= shown) + 1
    }

    fn has_key(&self, child: &Child, key: &str) -> bool {
        let Some(raw) = child.key.clone().and_then(|range| self.text.get(range)) else { return false };
        let quoted = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
        quoted == Some(key) || (raw.contains('\\') && serde_json::from_str::<String>(raw).is_ok_and(|text| text == key))
    }

    fn children_of(&self, container: usize) -> Rc<[Child]> {
        let mut known = self.children.borrow_mut();
        let children = known.entry(container).or_insert_with(|| list_children(self.text.as_bytes(), container).into());
        Rc::clone(children)
    }
}

fn list_children(bytes: &[u8], container: usize) -> Vec<Child> {
    let keyed = match bytes.get(container) {
        Some(b'{') => true,
        Some(b'[') => false,
        _ => return Vec::new(),
    };
    let mut children = Vec::new();
    let mut at = skip_blanks(bytes, container + 1);
    while !matches!(bytes.get(at), None | Some(b'}' | b']')) {
        let key = keyed.then(|| at..skip_value(bytes, at));
        let value = key.as_ref().map_or(at, |key| skip_blanks(bytes, skip_blanks(bytes, key.end) + 1));
        children.push(Child { key, value });
        at = skip_blanks(bytes, skip_value(bytes, value).max(at + 1));
        if bytes.get(at) == Some(&b',') {
            at = skip_blanks(bytes, at + 1);
        }
    }
    children
}

fn skip_blanks(bytes: &[u8], from: usize) -> usize {
    let blanks = bytes.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_whitespace());
    from + blanks.count()
}

/// The offset behind the value that starts at `from`.
fn skip_value(bytes: &[u8], from: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = skip_string(bytes, at),
            b'[' | b'{' => {
                depth += 1;
                at += 1;
            }
            b']' | b'}' if depth == 0 => return at,
            b']' | b'}' => {
                depth -= 1;
                at += 1;
            }
            b',' | b':' if depth == 0 => return at,
            byte if byte.is_ascii_whitespace() && depth == 0 => return at,
            _ => {
                at += 1;
                continue;
            }
        }
        if depth == 0 {
            return at;
        }
    }
    at
}

fn skip_string(bytes: &[u8], from: usize) -> usize {
    let mut at = from + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{
  "a": 1,
  "nodes": [
    { "name": "one, \" } two",
      "uri": "x" },
    {
      "list": [1, 2,
        3],
      "na\u006de": true
    }
  ],
  "a": 2
}"#;

    #[test]
    fn lines_are_those_of_the_keys() {
        use Step::{Index, Key};
        let lines = Lines::new(TEXT.into());
        for (path, line) in [
            (&[][..], 1),
            (&[Key("nodes")], 3),
            (&[Key("nodes"), Index(0), Key("uri")], 5),
            (&[Key("nodes"), Index(1)], 6),
            (&[Key("nodes"), Index(1), Key("list"), Index(2)], 8),
            (&[Key("nodes"), Index(1), Key("name")], 9),
            (&[Key("nodes"), Index(7)], 3),
            (&[Key("a")], 12),
        ] {
            assert_eq!(lines.line(path), line, "{}", dotted(path));
        }
    }

    #[test]
    fn paths_read_as_in_the_document() {
        let path = [Step::Key("nodes"), Step::Index(17), Step::Key("components"), Step::Index(0), Step::Key("uri")];
        assert_eq!(dotted(&path), "nodes[17].components[0].uri");
    }
}
