//! The text of a project file as a tree of values that know their lines. Owned, so that `each` can
//! repeat parts of it. Does not know what the keys mean.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value with the line that it stands on.
#[derive(Clone, PartialEq, Debug)]
pub struct Item {
    /// Line in the file, from 1.
    pub line: usize,
    /// Place in its list as written, from 1; 0 outside lists.
    pub place: usize,
    pub content: Content,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Content {
    Text(String),
    Integer(i64),
    /// NaN for an integer that is too large to be read.
    Real(f64),
    Bool(bool),
    Date(String),
    List(Vec<Item>),
    Table(Table),
}

/// Keys in the order of the file.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Table {
    pub entries: Vec<(Key, Item)>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Key {
    pub name: String,
    pub line: usize,
}

/// A mistake in the notation itself.
#[derive(Clone, PartialEq, Debug)]
pub struct SyntaxError {
    pub line: usize,
    pub message: String,
}

/// Reads TOML.
///
/// # Errors
/// All mistakes of notation, one a line.
pub fn parse(text: &str) -> Result<Table, Vec<SyntaxError>> {
    let lines = Lines::new(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(lines.table(table.get_ref()));
    }
    let mut found: Vec<SyntaxError> = errors
        .iter()
        .map(|error| {
            let line = error.span().map_or(1, |span| lines.line(&span));
            let written = text.lines().nth(line - 1).unwrap_or_default().trim();
            SyntaxError { line, message: format!("{}, in \"{}\"", error.message(), shortened(written)) }
        })
        .collect();
    found.sort_by_key(|error| error.line);
    found.dedup_by_key(|error| error.line);
    Err(found)
}

impl Table {
    pub fn get(&self, name: &str) -> Option<&Item> {
        self.entries.iter().find(|(key, _)| key.name == name).map(|(_, item)| item)
    }
}

impl Item {
    /// What stands there, for "found …".
    pub fn describe(&self) -> String {
        match &self.content {
            Content::Text(text) => format!("the text \"{}\"", shortened(text)),
            Content::Integer(number) => format!("the number {number}"),
            Content::Real(number) if number.is_nan() => "a number that is too large".to_owned(),
            Content::Real(number) => format!("the number {number}"),
            Content::Bool(flag) => flag.to_string(),
            Content::Date(date) => format!("the date {date}"),
            Content::List(items) => match items.len() {
                0 => "an empty list".to_owned(),
                1 => "a list of 1".to_owned(),
                count => format!("a list of {count}"),
            },
            Content::Table(_) => "a table".to_owned(),
        }
    }

    /// A finite number.
    pub fn number(&self) -> Option<f64> {
        match self.content {
            Content::Integer(number) => Some(number as f64),
            Content::Real(number) => Some(number).filter(|number| number.is_finite()),
            _ => None,
        }
    }
}

fn shortened(text: &str) -> String {
    const KEPT: usize = 60;
    match text.char_indices().nth(KEPT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Byte offsets of the line starts.
struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    fn new(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { starts: std::iter::once(0).chain(breaks).collect() }
    }

    fn line(&self, span: &Range<usize>) -> usize {
        self.starts.partition_point(|start| *start <= span.start).max(1)
    }

    fn table(&self, table: &DeTable<'_>) -> Table {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let entry = |(key, value): (&Spanned<_>, _)| {
            let key: (&Spanned<std::borrow::Cow<'_, str>>, usize) = (key, self.line(&key.span()));
            (Key { name: key.0.get_ref().to_string(), line: key.1 }, self.item(value, 0))
        };
        Table { entries: entries.into_iter().map(entry).collect() }
    }

    fn item(&self, value: &Spanned<DeValue<'_>>, place: usize) -> Item {
        let content = match value.get_ref() {
            DeValue::String(text) => Content::Text(text.to_string()),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map_or_else(|_| Content::Real(number.as_str().parse().unwrap_or(f64::NAN)), Content::Integer),
            DeValue::Float(number) => Content::Real(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(flag) => Content::Bool(*flag),
            DeValue::Datetime(date) => Content::Date(date.to_string()),
            DeValue::Array(items) => {
                Content::List(items.iter().enumerate().map(|(index, item)| self.item(item, index + 1)).collect())
            }
            DeValue::Table(table) => Content::Table(self.table(table)),
        };
        Item { line: self.line(&value.span()), place, content }
    }
}
