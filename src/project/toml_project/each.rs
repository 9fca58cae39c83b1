//! `each`: one table written once and repeated over a list of names.
//!
//! `each = { machine = ["Filler", "Capper"] }` repeats the table for every machine; several keys give
//! every combination; a list of tables gives exactly its rows. `{machine}` in any text of the table
//! becomes the value; a text that is only `{machine}` becomes the value with its own type.

use super::report::{At, Report, nearest};
use super::tree::{Content, Item, Table};
use crate::project::problem::Severity;

/// Tables that one file may grow to.
const MOST: usize = 20_000;
const MEANING: &str = "The entry is left out.";
const EXAMPLE: &str = "each = { machine = [\"Filler\", \"Capper\"] }";

type Row = Vec<(String, Item)>;

/// Repeats, at any depth, the tables of lists that carry `each`.
pub fn expand(table: &mut Table, report: &Report) {
    let mut made = 0;
    expand_table(table, "", &mut made, report);
}

fn expand_table(table: &mut Table, path: &str, made: &mut usize, report: &Report) {
    for (key, item) in &mut table.entries {
        let path = if path.is_empty() { key.name.clone() } else { format!("{path}.{}", key.name) };
        expand_item(item, &path, made, report);
    }
}

fn expand_item(item: &mut Item, path: &str, made: &mut usize, report: &Report) {
    match &mut item.content {
        Content::Table(table) => expand_table(table, path, made, report),
        Content::List(items) => {
            let mut grown = Vec::with_capacity(items.len());
            for item in items.drain(..) {
                let path = format!("{path}[{}]", item.place);
                for mut item in repeated(item, &path, made, report) {
                    expand_item(&mut item, &path, made, report);
                    grown.push(item);
                }
            }
            *items = grown;
        }
        _ => {}
    }
}

fn repeated(mut item: Item, path: &str, made: &mut usize, report: &Report) -> Vec<Item> {
    let Content::Table(table) = &mut item.content else { return vec![item] };
    let Some(index) = table.entries.iter().position(|(key, _)| key.name == "each") else { return vec![item] };
    let (key, each) = table.entries.remove(index);
    let at = At { line: key.line, key: format!("{path}.each") };
    let error = |message: String| report.add(Severity::Error, &at, message, MEANING, EXAMPLE.to_owned());
    let rows = match rows(&each) {
        Ok(rows) => rows,
        Err(message) => {
            error(message);
            return Vec::new();
        }
    };
    *made = made.saturating_add(rows.len());
    if *made > MOST {
        error(format!("expected at most {MOST} repeated tables in a file, found more"));
        return Vec::new();
    }
    if let Some(message) = rows.first().and_then(|row| misspelt(&item, row)) {
        error(message);
    }
    rows.iter()
        .map(|row| {
            let mut copy = item.clone();
            fill(&mut copy, row);
            copy
        })
        .collect()
}

/// What each repetition puts in place of the names.
fn rows(each: &Item) -> Result<Vec<Row>, String> {
    match &each.content {
        Content::List(items) => items
            .iter()
            .map(|item| match &item.content {
                Content::Table(table) => {
                    let row = table.entries.iter().map(|(key, value)| (key.name.clone(), value.clone()));
                    Ok(row.collect())
                }
                _ => Err(format!("expected a list of tables, found {} in it", item.describe())),
            })
            .collect(),
        Content::Table(table) => {
            let mut rows: Vec<Row> = vec![Vec::new()];
            for (key, item) in &table.entries {
                let values = values(&key.name, item)?;
                if rows.len().saturating_mul(values.len()) > MOST {
                    return Err(format!("expected at most {MOST} repetitions, found more"));
                }
                let with = |row: &Row, value: &Item| {
                    let mut row = row.clone();
                    row.push((key.name.clone(), value.clone()));
                    row
                };
                rows = rows.iter().flat_map(|row| values.iter().map(move |value| with(row, value))).collect();
            }
            Ok(rows)
        }
        _ => Err(format!("expected a table of lists, found {}", each.describe())),
    }
}

/// The values of one name: a list, or whole numbers as `"1..8"`, both ends included.
fn values(name: &str, item: &Item) -> Result<Vec<Item>, String> {
    match &item.content {
        Content::List(items) => Ok(items.clone()),
        Content::Text(text) => {
            let ends = text.split_once("..").and_then(|(first, last)| {
                Some((first.trim().parse::<i64>().ok()?, last.trim_start_matches('=').trim().parse::<i64>().ok()?))
            });
            let Some((first, last)) = ends else {
                return Err(format!("expected a list or a range like \"1..8\" for {name}, found \"{text}\""));
            };
            let number = |number| Item { content: Content::Integer(number), ..*item };
            let most = i64::try_from(MOST).unwrap_or(i64::MAX);
            let last = last.min(first.saturating_add(most));
            Ok((first..=last).map(number).collect())
        }
        _ => Err(format!("expected a list for {name}, found {}", item.describe())),
    }
}

fn fill(item: &mut Item, row: &Row) {
    match &mut item.content {
        Content::Text(text) => {
            let whole = row
                .iter()
                .find(|(name, _)| text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) == Some(name));
            if let Some((_, value)) = whole {
                item.content = value.content.clone();
                return;
            }
            for (name, value) in row {
                let place = format!("{{{name}}}");
                if text.contains(&place) {
                    *text = text.replace(&place, &plain(value));
                }
            }
        }
        Content::List(items) => items.iter_mut().for_each(|item| fill(item, row)),
        Content::Table(table) => table.entries.iter_mut().for_each(|(_, item)| fill(item, row)),
        _ => {}
    }
}

fn plain(value: &Item) -> String {
    match &value.content {
        Content::Text(text) => text.clone(),
        Content::Integer(number) => number.to_string(),
        Content::Real(number) => number.to_string(),
        Content::Bool(flag) => flag.to_string(),
        Content::Date(date) => date.clone(),
        Content::List(_) | Content::Table(_) => String::new(),
    }
}

/// A `{name}` in the texts that is nearly one of the row's names. Other braces are left alone:
/// units have them too (`{rev}/min`).
fn misspelt(item: &Item, row: &Row) -> Option<String> {
    match &item.content {
        Content::Text(text) => text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).find_map(|(name, _)| {
            let known = || row.iter().map(|(name, _)| name.as_str());
            let meant = nearest(name, known()).filter(|meant| *meant != name)?;
            Some(format!("expected {{{meant}}} in the text, found {{{name}}}"))
        }),
        Content::List(items) => items.iter().find_map(|item| misspelt(item, row)),
        Content::Table(table) => table.entries.iter().find_map(|(_, item)| misspelt(item, row)),
        _ => None,
    }
}
