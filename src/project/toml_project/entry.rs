//! Reads one table of a project file key by key. Every wrong, missing or unknown key becomes a
//! problem with its line, and marks the entry as broken.

use std::cell::Cell;
use std::fmt::Display;
use std::ops::RangeInclusive;

use super::examples::example_for;
use super::report::{At, Report, nearest, unknown};
use super::tree::{Content, Item, Table};
use crate::domain::colour::Rgba;
use crate::domain::value::Value;
use crate::project::problem::Severity;

/// What an entry is, for messages.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Name of the section, by which examples are found.
    pub name: &'static str,
    /// What is missing when the entry is broken.
    pub meaning: &'static str,
    pub keys: &'static [&'static str],
}

/// Sections that say what may be written. A key that is not known there may be a misspelt condition:
/// it is not ignored, but breaks the entry.
const STRICT: [&str; 4] = ["control", "freeze", "setpoint", "write"];

/// A table being read.
pub struct Entry<'a> {
    pub report: &'a Report,
    pub at: At,
    pub section: Section,
    table: &'a Table,
    broken: Cell<bool>,
}

impl<'a> Entry<'a> {
    /// Opens a table and reports the keys that its section does not have.
    pub fn open(report: &'a Report, at: At, section: Section, table: &'a Table) -> Self {
        let entry = Self { report, at, section, table, broken: Cell::new(false) };
        for (key, _) in &table.entries {
            if !section.keys.contains(&key.name.as_str()) {
                entry.unknown_key(&key.name, key.line);
            }
        }
        entry
    }

    fn unknown_key(&self, name: &str, line: usize) {
        let known = self.section.keys;
        let near = nearest(name, known.iter().copied()).filter(|near| !self.has(near));
        let (message, example) = match near {
            Some(near) => (format!("no key \"{name}\" here; the nearest is \"{near}\""), self.example(near)),
            None => (format!("no key \"{name}\" here; known: {}", known.join(", ")), String::new()),
        };
        let at = At { line, key: self.path(name) };
        if STRICT.contains(&self.section.name) {
            self.fail_at(&at, message, example);
        } else {
            self.report.add(Severity::Error, &at, message, "The key is ignored.", example);
        }
    }

    /// True while no error was found in this entry.
    pub fn sound(&self) -> bool {
        !self.broken.get()
    }

    /// Marks the entry as broken because of something reported elsewhere.
    pub fn give_up(&self) {
        self.broken.set(true);
    }

    pub fn has(&self, key: &str) -> bool {
        self.table.get(key).is_some()
    }

    pub fn item(&self, key: &str) -> Option<&'a Item> {
        self.table.get(key)
    }

    pub fn keys(&self) -> impl Iterator<Item = (&'a str, &'a Item)> {
        self.table.entries.iter().map(|(key, item)| (key.name.as_str(), item))
    }

    /// Where a key stands; the entry itself where it is missing.
    pub fn at(&self, key: &str) -> At {
        let found = self.table.entries.iter().find(|(known, _)| known.name == key);
        At { line: found.map_or(self.at.line, |(key, _)| key.line), key: self.path(key) }
    }

    fn path(&self, key: &str) -> String {
        if self.at.key.is_empty() { key.to_owned() } else { format!("{}.{key}", self.at.key) }
    }

    pub fn example(&self, key: &str) -> String {
        example_for(&format!("{}.{key}", self.section.name)).to_owned()
    }

    /// An error at a key, with the usual example.
    pub fn fail(&self, key: &str, message: impl Into<String>) {
        self.fail_at(&self.at(key), message, self.example(key));
    }

    pub fn fail_with(&self, key: &str, message: impl Into<String>, example: impl Into<String>) {
        self.fail_at(&self.at(key), message, example);
    }

    pub fn fail_at(&self, at: &At, message: impl Into<String>, example: impl Into<String>) {
        self.give_up();
        self.report.add(Severity::Error, at, message.into(), self.section.meaning, example.into());
    }

    /// Something doubtful at a key; the entry stays.
    pub fn warn(&self, key: &str, message: impl Into<String>, meaning: &str, example: impl Into<String>) {
        self.report.add(Severity::Warning, &self.at(key), message.into(), meaning, example.into());
    }

    /// Something asked for that will not be there, while the entry stays.
    pub fn lacks(&self, key: &str, message: impl Into<String>, meaning: &str, example: impl Into<String>) {
        self.report.add(Severity::Error, &self.at(key), message.into(), meaning, example.into());
    }

    /// A name that nothing has.
    pub fn fail_unknown<'n>(&self, key: &str, what: &str, found: &str, known: impl IntoIterator<Item = &'n str>) {
        if self.report.full() {
            return self.fail(key, format!("no {what} \"{found}\""));
        }
        let (message, example) = unknown(what, found, key, known);
        self.fail_with(key, message, example);
    }

    fn expected(&self, key: &str, expected: impl Display, item: &Item) {
        self.fail(key, format!("expected {expected}, found {}", item.describe()));
    }

    /// A missing key; `what` says what it would be.
    pub fn missing(&self, key: &str, what: &str) {
        let at = At { line: self.at.line, key: self.path(key) };
        self.fail_at(&at, format!("the key is missing; expected {what}"), self.example(key));
    }

    /// Two keys of which neither goes without the other.
    pub fn both(&self, first: &str, second: &str, what: &str) {
        for (here, other) in [(first, second), (second, first)] {
            if self.has(here) && !self.has(other) {
                self.missing(other, what);
            }
        }
    }

    /// A text that is not empty.
    pub fn text(&self, key: &str) -> Option<&'a str> {
        let item = self.item(key)?;
        match &item.content {
            Content::Text(text) if !text.trim().is_empty() => Some(text),
            Content::Text(_) => {
                self.fail(key, "expected a text, found an empty one");
                None
            }
            _ => {
                self.expected(key, "a text in quotes", item);
                None
            }
        }
    }

    pub fn required_text(&self, key: &str, what: &str) -> Option<&'a str> {
        if !self.has(key) {
            self.missing(key, what);
        }
        self.text(key)
    }

    /// One text or a list of them.
    pub fn texts(&self, key: &str) -> Vec<&'a str> {
        let Some(item) = self.item(key) else { return Vec::new() };
        match &item.content {
            Content::List(items) => {
                let text = |item: &'a Item| match &item.content {
                    Content::Text(text) if !text.trim().is_empty() => Some(text.as_str()),
                    _ => {
                        let found = format!("expected a list of texts, found {} in it", item.describe());
                        self.fail_at(&At { line: item.line, key: self.path(key) }, found, self.example(key));
                        None
                    }
                };
                items.iter().filter_map(text).collect()
            }
            _ => self.text(key).into_iter().collect(),
        }
    }

    pub fn number(&self, key: &str) -> Option<f64> {
        let item = self.item(key)?;
        let number = item.number();
        if number.is_none() {
            self.expected(key, "a number", item);
        }
        number
    }

    pub fn required_number(&self, key: &str, what: &str) -> Option<f64> {
        if !self.has(key) {
            self.missing(key, what);
        }
        self.number(key)
    }

    /// A number inside `range`; `default` where the key is missing.
    pub fn number_in(&self, key: &str, range: RangeInclusive<f64>, default: f64) -> f64 {
        let Some(number) = self.number(key) else { return default };
        if range.contains(&number) {
            return number;
        }
        self.fail(key, format!("expected a number from {} to {}, found {number}", range.start(), range.end()));
        default
    }

    /// A number above 0.
    pub fn positive(&self, key: &str) -> Option<f64> {
        let number = self.number(key)?;
        if number <= 0.0 {
            self.fail(key, format!("expected a number above 0, found {number}"));
        }
        Some(number)
    }

    pub fn integer_in(&self, key: &str, range: RangeInclusive<i64>, default: i64) -> i64 {
        let Some(item) = self.item(key) else { return default };
        match item.content {
            Content::Integer(number) if range.contains(&number) => return number,
            _ => {
                self.expected(key, format_args!("a whole number from {} to {}", range.start(), range.end()), item);
            }
        }
        default
    }

    pub fn flag(&self, key: &str, default: bool) -> bool {
        match self.item(key) {
            None => default,
            Some(Item { content: Content::Bool(flag), .. }) => *flag,
            Some(item) => {
                self.expected(key, "true or false", item);
                default
            }
        }
    }

    /// A list of exactly `N` numbers.
    pub fn numbers<const N: usize>(&self, key: &str) -> Option<[f64; N]> {
        let item = self.item(key)?;
        let numbers = match &item.content {
            Content::List(items) => items.iter().map(Item::number).collect::<Option<Vec<f64>>>(),
            _ => None,
        };
        let found = numbers.and_then(|numbers| <[f64; N]>::try_from(numbers).ok());
        if found.is_none() {
            self.expected(key, format_args!("a list of {N} numbers"), item);
        }
        found
    }

    /// Three numbers that a renderer can work with.
    pub fn vector(&self, key: &str) -> Option<[f32; 3]> {
        const FARTHEST: f64 = 1e6;
        let numbers = self.numbers::<3>(key)?;
        if numbers.iter().any(|number| number.abs() > FARTHEST) {
            self.fail(key, format!("expected numbers from -{FARTHEST} to {FARTHEST}, found {numbers:?}"));
            return None;
        }
        Some(numbers.map(|number| number as f32))
    }

    /// One of the words.
    pub fn choice<T: Clone>(&self, key: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| value.clone());
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let example = nearest(text, known.iter().copied()).map(|near| format!("{key} = \"{near}\""));
            let message = format!("expected one of {}, found \"{text}\"", known.join(", "));
            self.fail_with(key, message, example.unwrap_or_else(|| self.example(key)));
        }
        found
    }

    pub fn colour(&self, key: &str) -> Option<Rgba> {
        let text = self.text(key)?;
        let colour = parse_colour(text);
        if colour.is_none() {
            self.fail(key, format!("expected a colour as in CSS, found \"{text}\""));
        }
        colour
    }

    /// Text, number or true/false as the value of a signal.
    pub fn value(&self, key: &str) -> Option<Value> {
        let item = self.item(key)?;
        let value = match &item.content {
            Content::Text(text) => Some(Value::text(text)),
            Content::Integer(number) => Some(Value::Int(*number)),
            Content::Real(number) => Value::real(*number),
            Content::Bool(flag) => Some(Value::Bool(*flag)),
            _ => None,
        };
        if value.is_none() {
            self.expected(key, "a number, a text, true or false", item);
        }
        value
    }

    /// The table at a key.
    pub fn table(&self, key: &str, section: Section) -> Option<Entry<'a>> {
        let item = self.item(key)?;
        let Content::Table(table) = &item.content else {
            self.expected(key, "a table", item);
            return None;
        };
        Some(Entry::open(self.report, self.at(key), section, table))
    }

    /// The tables of the list at a key; one table alone counts as a list of one.
    pub fn tables(&self, key: &str, section: Section) -> Vec<Entry<'a>> {
        let Some(item) = self.item(key) else { return Vec::new() };
        let items = match &item.content {
            Content::List(items) => items.as_slice(),
            Content::Table(_) => std::slice::from_ref(item),
            _ => {
                self.expected(key, "a list of tables", item);
                return Vec::new();
            }
        };
        let open = |item: &'a Item| {
            let place = if item.place == 0 { String::new() } else { format!("[{}]", item.place) };
            let at = At { line: item.line, key: format!("{}{place}", self.path(key)) };
            match &item.content {
                Content::Table(table) => Some(Entry::open(self.report, at, section, table)),
                _ => {
                    self.fail_at(
                        &at,
                        format!("expected a table, found {}", item.describe()),
                        example_for(section.name),
                    );
                    None
                }
            }
        };
        items.iter().filter_map(open).collect()
    }
}

/// A colour as CSS writes it.
pub fn parse_colour(text: &str) -> Option<Rgba> {
    let colour = csscolorparser::parse(text).ok()?.clamp();
    let channels = [colour.r, colour.g, colour.b, colour.a];
    let [r, g, b, a] = channels.map(|channel| if channel.is_finite() { channel } else { 0.0 });
    Some(Rgba::new(r, g, b, a))
}
