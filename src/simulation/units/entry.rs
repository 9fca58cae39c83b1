//! One table of the file: its keys are asked for one by one, and what nobody asked for is told.

use std::cell::RefCell;
use std::ops::RangeInclusive;

use toml::de::{DeTable, DeValue};

use super::problem::{At, Report, Words, shown};

/// More of one kind are refused.
const MOST_ENTRIES: usize = 100;

/// A table with its place. A key that is missing or wrong is told, and reading goes on with a value that
/// does not matter, so that all problems are found at once.
pub(super) struct Entry<'a> {
    pub(super) report: &'a Report<'a>,
    pub(super) at: At,
    table: Option<&'a DeTable<'a>>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Entry<'a> {
    pub(super) fn root(report: &'a Report<'a>, table: &'a DeTable<'a>) -> Self {
        Self { report, at: At::default(), table: Some(table), asked: RefCell::default() }
    }

    /// A table in this one; an empty one where there is none.
    pub(super) fn table(&self, key: &'static str) -> Entry<'a> {
        let (at, value) = self.find(key);
        let table = match value {
            Some(DeValue::Table(table)) => Some(table),
            Some(_) => {
                self.report.tell(&at, "expected a table", format!("[{key}]"));
                None
            }
            None => None,
        };
        Entry { report: self.report, at, table, asked: RefCell::default() }
    }

    /// The tables of a list `[[key]]`.
    pub(super) fn tables(&self, key: &'static str) -> Vec<Entry<'a>> {
        let (at, value) = self.find(key);
        let items = match value {
            Some(DeValue::Array(items)) => items,
            Some(_) => {
                self.report.tell(&at, "expected a list of tables", format!("[[{key}]]"));
                return Vec::new();
            }
            None => return Vec::new(),
        };
        if items.len() > MOST_ENTRIES {
            self.report.tell(&at, format!("expected at most {MOST_ENTRIES}, found {}", items.len()), "");
        }
        let entry = |(index, item): (usize, &'a toml::Spanned<DeValue<'a>>)| {
            let at = At { offset: item.span().start, key: format!("{key}[{}]", index + 1) };
            match item.get_ref() {
                DeValue::Table(table) => {
                    Some(Entry { report: self.report, at, table: Some(table), asked: RefCell::default() })
                }
                _ => {
                    self.report.tell(&at, "expected a table", format!("[[{key}]]"));
                    None
                }
            }
        };
        items.iter().enumerate().take(MOST_ENTRIES).filter_map(entry).collect()
    }

    /// A number that must be there.
    pub(super) fn number(&self, key: &'static str, range: RangeInclusive<f64>, example: &str) -> f64 {
        let low = *range.start();
        let found = self.optional(key, range, example);
        if found.is_none() && self.find(key).1.is_none() {
            self.report.tell(&self.key(key), "expected a number, found nothing", format!("{key} = {example}"));
        }
        found.unwrap_or(low)
    }

    /// A number with a value where it is not given.
    pub(super) fn number_or(&self, key: &'static str, default: f64, range: RangeInclusive<f64>) -> f64 {
        self.optional(key, range, &default.to_string()).unwrap_or(default)
    }

    /// A number that may be missing.
    pub(super) fn optional(&self, key: &'static str, range: RangeInclusive<f64>, example: &str) -> Option<f64> {
        let (at, value) = self.find(key);
        let found = number_of(value?);
        if found.is_some_and(|number| range.contains(&number)) {
            return found;
        }
        let found = found.map_or("something else".to_owned(), |number| number.to_string());
        let message = format!("expected a number from {} to {}, found {found}", range.start(), range.end());
        self.report.tell(&at, message, format!("{key} = {example}"));
        None
    }

    pub(super) fn flag_or(&self, key: &'static str, default: bool) -> bool {
        match self.find(key) {
            (_, Some(DeValue::Boolean(flag))) => *flag,
            (at, Some(_)) => {
                self.report.tell(&at, "expected true or false", format!("{key} = {default}"));
                default
            }
            (_, None) => default,
        }
    }

    /// A text that must be there; empty where it is not, which has been told then.
    pub(super) fn words(&self, key: &'static str, example: &str) -> Words {
        match self.find(key) {
            (at, Some(DeValue::String(text))) => return Words { text: text.to_string(), at },
            (at, Some(_)) => self.report.tell(&at, "expected a text", format!("{key} = \"{example}\"")),
            (at, None) => self.report.tell(&at, "expected a text, found nothing", format!("{key} = \"{example}\"")),
        }
        Words::default()
    }

    /// Tells the keys that nobody asked for.
    pub(super) fn finish(&self) {
        let asked = self.asked.borrow();
        let Some(table) = self.table else { return };
        for key in table.keys().filter(|key| !asked.contains(&key.get_ref().as_ref())) {
            let at = At { offset: key.span().start, ..self.key(&shown(key.get_ref())) };
            self.report.tell(&at, format!("expected one of {}, found this key", asked.join(", ")), "");
        }
    }

    fn key(&self, key: &str) -> At {
        let key = if self.at.key.is_empty() { key.to_owned() } else { format!("{}.{key}", self.at.key) };
        At { offset: self.at.offset, key }
    }

    /// The value of a key and its place; the place of the table where there is none.
    fn find(&self, key: &'static str) -> (At, Option<&'a DeValue<'a>>) {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
        let item = self.table.and_then(|table| table.get(key));
        let at = self.key(key);
        let offset = item.map_or(at.offset, |item| item.span().start);
        (At { offset, ..at }, item.map(|item| item.get_ref()))
    }
}

fn number_of(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok().map(|number| number as f64)
        }
        DeValue::Float(number) => number.as_str().parse::<f64>().ok().filter(|number| number.is_finite()),
        _ => None,
    }
}
