//! `[rules]`: named lists of statements. A binding may carry one statement itself.

use std::sync::Arc;

use super::assets::ICONS;
use super::build::Build;
use super::entry::{Entry, Section, parse_colour};
use super::report::At;
use super::tree::{Content, Item};
use crate::domain::colour::Rgba;
use crate::domain::expression::Expression;
use crate::domain::rule::{Icon, Rule, Target};
use crate::project::problem::Severity;

/// Keys of a statement, in a rule as in a binding.
pub const KEYS: &[&str] = &["if", "colour", "opacity", "icon", "icon_colour", "value", "scale", "text"];
const STATEMENT: Section =
    Section { name: "rules", meaning: "The rule is left out, and every binding that uses it.", keys: KEYS };
const WHEN: Section = Section { keys: &["when"], ..STATEMENT };
const RESULTS: &[&str] = &["colour", "opacity", "icon", "value", "text"];

pub fn rules(build: &mut Build<'_>, root: &Entry<'_>) {
    let Some(item) = root.item("rules") else { return };
    let Content::Table(table) = &item.content else {
        root.fail("rules", format!("expected a table of rules, found {}", item.describe()));
        return;
    };
    for (key, item) in &table.entries {
        let at = At { line: key.line, key: format!("rules.{}", key.name) };
        match rule(build, &key.name, item, &at) {
            Some(rule) => {
                build.rules.insert(key.name.clone(), Arc::new(rule));
            }
            None => {
                build.left_out.rules.insert(key.name.clone());
            }
        }
    }
}

fn rule(build: &Build<'_>, name: &str, item: &Item, at: &At) -> Option<Rule> {
    let fail = |message: String| {
        build.report.add(
            Severity::Error,
            at,
            message,
            STATEMENT.meaning,
            super::examples::example_for("rules").to_owned(),
        );
    };
    let (items, at) = match &item.content {
        Content::List(items) => (items, at.clone()),
        Content::Table(table) => {
            Entry::open(build.report, at.clone(), WHEN, table);
            let Some(Item { content: Content::List(items), .. }) = table.get("when") else {
                fail("expected a list of statements under \"when\", found none".to_owned());
                return None;
            };
            (items, At { key: format!("{}.when", at.key), ..at.clone() })
        }
        _ => {
            fail(format!("expected a list of statements, found {}", item.describe()));
            return None;
        }
    };
    if items.is_empty() {
        fail("expected at least one statement, found an empty list".to_owned());
        return None;
    }
    let statements: Vec<Option<(Expression, Target)>> = items
        .iter()
        .map(|item| {
            let at = At { line: item.line, key: format!("{}[{}]", at.key, item.place) };
            let Content::Table(table) = &item.content else {
                fail(format!("expected a table as statement, found {}", item.describe()));
                return None;
            };
            statement(&Entry::open(build.report, at, STATEMENT, table))
        })
        .collect();
    let statements: Option<Vec<_>> = statements.into_iter().collect();
    Some(Rule::new(name, statements?))
}

/// The statement that a table describes.
pub fn statement(entry: &Entry<'_>) -> Option<(Expression, Target)> {
    let results: Vec<&str> = RESULTS.iter().copied().filter(|key| entry.has(key)).collect();
    let [result] = results.as_slice() else {
        let found = if results.is_empty() { "none".to_owned() } else { results.join(" and ") };
        let message = format!("expected one of {}, found {found}", RESULTS.join(", "));
        entry.fail_at(&entry.at, message, entry.example("colour"));
        return None;
    };
    for (key, with) in [("scale", "value"), ("icon_colour", "icon")] {
        if entry.has(key) && !entry.has(with) {
            entry.missing(with, &format!("what \"{key}\" belongs to"));
        }
    }
    let condition = entry.text("if").and_then(|text| checked(entry, "if", text));
    let target = match *result {
        "colour" => entry.colour("colour").map(Target::Colour),
        "opacity" => Some(Target::Opacity(entry.number_in("opacity", 0.0..=1.0, 1.0) as f32)),
        "icon" => {
            entry.choice("icon", &ICONS).map(|kind| Target::Icon(Icon { kind, colour: entry.colour("icon_colour") }))
        }
        "value" if entry.has("scale") => scale(entry).map(Target::ColourScale),
        "value" => Some(Target::Number),
        _ => Some(Target::Text),
    };
    let computed = match *result {
        "value" => value_text(entry),
        "text" => entry.text("text").map(str::to_owned),
        _ => None,
    };
    let computed = computed.and_then(|text| checked(entry, result, &text));
    let whole = match (condition, computed) {
        (None, None) => "true".to_owned(),
        (Some(condition), None) => condition,
        (None, Some(computed)) => computed,
        // What does not hold gives NaN, or the empty text: the statement then does not decide.
        (Some(condition), Some(computed)) if *result == "text" => format!("({condition}) ? ({computed}) : ''"),
        (Some(condition), Some(computed)) => format!("({condition}) ? ({computed}) : (0 / 0)"),
    };
    if !entry.sound() {
        return None;
    }
    match Expression::parse(&whole) {
        Ok(expression) => target.map(|target| (expression, target)),
        Err(error) => {
            entry.fail(result, format!("expected a shorter expression beside \"if\": {}", error.message));
            None
        }
    }
}

/// `value` as an expression: a text, or a number or truth as it is.
fn value_text(entry: &Entry<'_>) -> Option<String> {
    match &entry.item("value")?.content {
        Content::Integer(_) | Content::Real(_) => entry.number("value").map(|number| number.to_string()),
        Content::Bool(flag) => Some(flag.to_string()),
        _ => entry.text("value").map(str::to_owned),
    }
}

fn checked(entry: &Entry<'_>, key: &str, text: &str) -> Option<String> {
    expression(entry, key, text).map(|_| text.to_owned())
}

/// The expression that a text at `key` is.
pub fn expression(entry: &Entry<'_>, key: &str, text: &str) -> Option<Expression> {
    let parsed = Expression::parse(text);
    if let Err(error) = &parsed {
        let place = text.get(..error.at).unwrap_or(text).chars().count() + 1;
        entry.fail(key, format!("expected an expression: {}, at character {place} of \"{text}\"", error.message));
    }
    parsed.ok()
}

/// Pairs of number and colour, ascending.
fn scale(entry: &Entry<'_>) -> Option<Vec<(f64, Rgba)>> {
    let stop = |item: &Item| match &item.content {
        Content::List(pair) => match pair.as_slice() {
            [number, Item { content: Content::Text(colour), .. }] => number.number().zip(parse_colour(colour)),
            _ => None,
        },
        _ => None,
    };
    let item = entry.item("scale")?;
    let stops = match &item.content {
        Content::List(items) if items.len() >= 2 => items.iter().map(stop).collect::<Option<Vec<_>>>(),
        _ => None,
    };
    let Some(stops) = stops else {
        entry.fail("scale", format!("expected two or more pairs of number and colour, found {}", item.describe()));
        return None;
    };
    if let Some(pair) = stops.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
        entry.fail("scale", format!("expected ascending numbers, found {} before {}", pair[0].0, pair[1].0));
        return None;
    }
    Some(stops)
}
