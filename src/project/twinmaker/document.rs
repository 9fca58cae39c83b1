//! Tolerant reading of one JSON document: what has the wrong type is reported with its place and
//! read as if it were not there. Does not know what the documents mean.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::locate::{Lines, Step, dotted};
use super::report::Report;
use crate::project::{Problem, Severity};

/// Largest document that is read, in bytes.
const LARGEST: u64 = 256 << 20;

/// A JSON file in memory.
#[derive(Debug)]
pub struct Document {
    pub file: PathBuf,
    value: Value,
    lines: Lines,
}

/// Why a file is no document.
#[derive(Debug)]
pub enum Refusal {
    Io(io::Error),
    TooLarge(u64),
    Syntax { line: usize, message: String, text: String },
}

impl Document {
    /// # Errors
    /// When the file cannot be read, is larger than 256 MiB, or is not JSON.
    pub fn read(file: &Path) -> Result<Self, Refusal> {
        let length = fs::metadata(file).map_err(Refusal::Io)?.len();
        if length > LARGEST {
            return Err(Refusal::TooLarge(length));
        }
        let bytes = fs::read(file).map_err(Refusal::Io)?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
        match serde_json::from_str(&text) {
            Ok(value) => Ok(Self { file: file.to_owned(), value, lines: Lines::new(text) }),
            Err(error) => Err(Refusal::Syntax { line: error.line(), message: error.to_string(), text }),
        }
    }

    pub fn value(&self) -> &Value {
        &self.value
    }

    pub fn root<'a>(&'a self, report: &'a Report) -> Place<'a> {
        Place { document: self, report, value: &self.value, path: Vec::new() }
    }
}

/// A value inside a document, knowing where it is.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    document: &'a Document,
    report: &'a Report,
    value: &'a Value,
    path: Vec<Step<'a>>,
}

impl<'a> Place<'a> {
    /// The member of that name; none where there is none, or null.
    pub fn get(&self, key: &'a str) -> Option<Place<'a>> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(self.inside(Step::Key(key), value))
    }

    fn inside(&self, step: Step<'a>, value: &'a Value) -> Place<'a> {
        let path = self.path.iter().copied().chain([step]).collect();
        Place { value, path, ..*self }
    }

    pub fn value(&self) -> &'a Value {
        self.value
    }

    pub fn report(&self) -> &'a Report {
        self.report
    }

    pub fn file(&self) -> &'a Path {
        &self.document.file
    }

    /// Elements of the array of that name; none at all where there is no such array.
    pub fn list(&self, key: &'a str) -> Vec<Place<'a>> {
        self.get(key).map(|list| list.elements()).unwrap_or_default()
    }

    /// Elements of this array.
    pub fn elements(&self) -> Vec<Place<'a>> {
        let Some(elements) = self.typed("a list", Value::as_array) else { return Vec::new() };
        elements.iter().enumerate().map(|(index, value)| self.inside(Step::Index(index), value)).collect()
    }

    /// Members of the object of that name.
    pub fn entries(&self, key: &'a str) -> Vec<(&'a str, Place<'a>)> {
        let Some(place) = self.get(key) else { return Vec::new() };
        let Some(members) = place.members() else { return Vec::new() };
        members.iter().map(|(key, value)| (key.as_str(), place.inside(Step::Key(key), value))).collect()
    }

    /// This object; reported where it is none.
    pub fn members(&self) -> Option<&'a Map<String, Value>> {
        self.typed("an object", Value::as_object)
    }

    pub fn text(&self, key: &'a str) -> Option<&'a str> {
        self.get(key)?.typed("a text", Value::as_str)
    }

    /// A number, or the text of one, as older files have it.
    pub fn number(&self, key: &'a str) -> Option<f32> {
        self.get(key)?.typed("a number", number)
    }

    /// true or false, or the text of one.
    pub fn flag(&self, key: &'a str) -> Option<bool> {
        self.get(key)?.typed("true or false", |value| match value {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
            _ => None,
        })
    }

    /// This value as an index.
    pub fn index(&self) -> Option<usize> {
        self.typed("a whole number from 0", |value| value.as_u64().and_then(|index| usize::try_from(index).ok()))
    }

    /// Three finite numbers.
    pub fn vector(&self, key: &'a str) -> Option<[f32; 3]> {
        self.get(key)?.typed("a list of three numbers", |value| match value.as_array()?.as_slice() {
            [x, y, z] => Some([number(x)?, number(y)?, number(z)?]),
            _ => None,
        })
    }

    fn typed<T>(&self, expected: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let found = read(self.value);
        if found.is_none() {
            let message = format!("expected {expected}, found {}", excerpt(self.value));
            self.warn(message, "It is read as if it were not there.", "");
        }
        found
    }

    pub fn warn(&self, message: impl Into<String>, meaning: impl Into<String>, example: impl Into<String>) {
        self.report.add(self.problem(Severity::Warning, message, meaning, example));
    }

    pub fn error(&self, message: impl Into<String>, meaning: impl Into<String>, example: impl Into<String>) {
        self.report.add(self.problem(Severity::Error, message, meaning, example));
    }

    /// A warning told once for all places of its kind; `{count}` in it is replaced.
    pub fn warn_counted(&self, kind: impl Into<String>, message: impl Into<String>, meaning: impl Into<String>) {
        self.report.count(kind.into(), || self.problem(Severity::Warning, message, meaning, ""));
    }

    pub fn problem(
        &self,
        severity: Severity,
        message: impl Into<String>,
        meaning: impl Into<String>,
        example: impl Into<String>,
    ) -> Problem {
        Problem {
            severity,
            file: self.document.file.clone(),
            line: Some(self.document.lines.line(&self.path)),
            key: dotted(&self.path),
            message: message.into(),
            meaning: meaning.into(),
            example: example.into(),
        }
    }
}

fn number(value: &Value) -> Option<f32> {
    let number = match value {
        Value::String(text) => text.trim().parse::<f32>().ok()?,
        value => value.as_f64()? as f32,
    };
    number.is_finite().then_some(number)
}

/// A value as it stands, cut to a length that can be read.
pub fn excerpt(value: &Value) -> String {
    const SHOWN: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
