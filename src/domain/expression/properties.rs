//! Properties that hold for all texts, trees and readings.

use std::rc::Rc;

use proptest::prelude::*;

use super::tree::Operator;
use super::{Datum, Expression, Reading, eval};
use crate::domain::quality::{BadReason, Quality};
use crate::domain::time::Span;
use crate::domain::unit::Unit;
use crate::domain::value::Value;

const NAMES: [&str; 4] = ["a", "b", "c", "nothing"];

const SYMBOLS: [&str; 16] = ["^", "%", "*", "/", "//", "+", "-", "==", "!=", ">", ">=", "<", "<=", "in", "&&", "||"];

/// An expression as it is thought of, before it is written: the independent side of the comparison.
#[derive(Clone, Debug)]
enum Thought {
    Literal(Literal),
    Name(usize),
    Not(Rc<Thought>),
    Minus(Rc<Thought>),
    Binary(&'static str, Rc<Thought>, Rc<Thought>),
    Choose(Rc<Thought>, Option<Rc<Thought>>, Rc<Thought>),
    List(Vec<Thought>),
}

#[derive(Clone, Debug)]
enum Literal {
    Bool(bool),
    Number(f64),
    Text(String),
}

impl Thought {
    /// All grouping written out.
    fn in_full(&self) -> String {
        match self {
            Self::Not(operand) => format!("(!{})", operand.in_full()),
            Self::Minus(operand) => format!("(-({}))", operand.in_full()),
            Self::Binary(symbol, a, b) => format!("({} {symbol} {})", a.in_full(), b.in_full()),
            Self::Choose(test, Some(a), b) => format!("({} ? {} : {})", test.in_full(), a.in_full(), b.in_full()),
            Self::Choose(test, None, b) => format!("({} ?: {})", test.in_full(), b.in_full()),
            Self::List(list) => format!("[{}]", list.iter().map(Self::in_full).collect::<Vec<_>>().join(", ")),
            _ => self.brief(0),
        }
    }

    /// Only the parentheses that the table of precedences asks for.
    fn brief(&self, around: u8) -> String {
        let (text, own) = match self {
            Self::Literal(Literal::Bool(flag)) => (flag.to_string(), 100),
            Self::Literal(Literal::Number(number)) => (format!("{number}"), 100),
            Self::Literal(Literal::Text(text)) => {
                (format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'")), 100)
            }
            Self::Name(index) => (NAMES[*index].to_owned(), 100),
            Self::Not(operand) => (format!("!{}", operand.brief(60)), 60),
            Self::Minus(operand) => (format!("-({})", operand.brief(0)), 60),
            Self::List(list) => {
                (format!("[{}]", list.iter().map(|item| item.brief(0)).collect::<Vec<_>>().join(",")), 100)
            }
            Self::Binary(symbol, a, b) => {
                let own = match *symbol {
                    "^" | "%" => 50,
                    "*" | "/" | "//" => 40,
                    "+" | "-" => 30,
                    "&&" | "||" => 10,
                    _ => 20,
                };
                (format!("{} {symbol} {}", a.brief(own), b.brief(own + 1)), own)
            }
            Self::Choose(test, Some(a), b) => (format!("{}?{}:{}", test.brief(1), a.brief(0), b.brief(0)), 0),
            Self::Choose(test, None, b) => (format!("{}?:{}", test.brief(1), b.brief(0)), 0),
        };
        if own < around { format!("({text})") } else { text }
    }

    fn value<'a>(&'a self, values: &'a [Value]) -> Datum<'a> {
        match self {
            Self::Literal(Literal::Bool(flag)) => Datum::Bool(*flag),
            Self::Literal(Literal::Number(number)) => Datum::Number(*number),
            Self::Literal(Literal::Text(text)) => Datum::text(text),
            Self::Name(index) => values.get(*index).map_or(Datum::Undefined, Datum::from),
            Self::Not(operand) => Datum::Bool(!operand.value(values).truthy()),
            Self::Minus(operand) => Datum::Number(-operand.value(values).to_number()),
            Self::Binary(symbol, a, b) => {
                let operator = Operator::from_symbol(symbol).unwrap_or(Operator::Or);
                eval::apply(operator, a.value(values), b.value(values))
            }
            Self::Choose(test, a, b) => {
                let test = test.value(values);
                match (test.truthy(), a) {
                    (true, Some(a)) => a.value(values),
                    (true, None) => test,
                    (false, _) => b.value(values),
                }
            }
            Self::List(list) => Datum::List(list.iter().map(|item| item.value(values)).collect()),
        }
    }
}

fn thought() -> impl Strategy<Value = Thought> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(|flag| Thought::Literal(Literal::Bool(flag))),
        (0_u32..2_000).prop_map(|number| Thought::Literal(Literal::Number(f64::from(number) / 8.0))),
        r#"[a1 '"\\]{0,4}"#.prop_map(|text| Thought::Literal(Literal::Text(text))),
        (0..NAMES.len()).prop_map(Thought::Name),
    ];
    leaf.prop_recursive(6, 48, 4, |inner| {
        let one = || inner.clone().prop_map(Rc::new);
        prop_oneof![
            6 => (prop::sample::select(&SYMBOLS), one(), one()).prop_map(|(symbol, a, b)| Thought::Binary(symbol, a, b)),
            1 => one().prop_map(Thought::Not),
            1 => one().prop_map(Thought::Minus),
            1 => (one(), prop::option::of(one()), one()).prop_map(|(test, a, b)| Thought::Choose(test, a, b)),
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Thought::List),
        ]
    })
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        prop::num::f64::NORMAL.prop_map(Value::Real),
        (-5_i8..5).prop_map(|number| Value::Real(f64::from(number) / 2.0)),
        "[ -~éЖ𝄞]{0,5}".prop_map(|text| Value::text(&text)),
        prop::sample::select(&["1", "true", "False", "", "abc", " 2.5 ", "0x1F", "1e999"][..]).prop_map(Value::text),
    ]
}

/// Pieces of the language, so that random texts get past the lexer.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(
        &[
            "a",
            "b",
            "1",
            "2.5",
            "'x'",
            "true",
            "null",
            "[",
            "]",
            "(",
            ")",
            "?",
            ":",
            ",",
            ".",
            "!",
            "-",
            "+",
            "*",
            "//",
            "==",
            "in ",
            "&&",
            "||",
            "|",
            "{",
            "`n m`",
            "abs(",
            "age(",
            "convert(",
            "good(b)",
            "flow-rate",
            " ",
            "'Cel'",
            "[0]",
            "[.length",
            ".length",
            "é",
            "\u{FEFF}",
            "1e",
            "\\",
            "'",
            "𝄞",
        ][..],
    );
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn same(a: &Datum<'_>, b: &Datum<'_>) -> bool {
    match (a, b) {
        (Datum::Number(a), Datum::Number(b)) => a == b || (a.is_nan() && b.is_nan()),
        (Datum::List(a), Datum::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        _ => a == b,
    }
}

fn with<R>(text: &str, values: &[Value], check: impl FnOnce(Datum<'_>) -> R) -> Option<R> {
    let expression = Expression::parse_with_names(text, &["flow-rate"]).ok()?;
    let unit = Unit::new("[degF]");
    let read = |slot: usize| {
        let index = NAMES.iter().position(|name| *name == &*expression.identifiers()[slot])?;
        let value = values.get(index)?;
        let quality = if index == 0 { Quality::Good } else { Quality::Bad(BadReason::Unspecified) };
        Some(Reading { value, quality, age: Span::MAX, stale: index == 1, unit: Some(&unit) })
    };
    Some(check(expression.eval(&read)))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn any_text_parses_or_is_refused_at_a_place_inside_it(text in prop_oneof![any::<String>(), pieces()]) {
        match Expression::parse_with_names(&text, &["flow-rate"]) {
            Ok(expression) => prop_assert_eq!(expression.text(), text),
            Err(error) => prop_assert!(text.is_char_boundary(error.at) && error.at <= text.len(), "{}", error),
        }
    }

    #[test]
    fn what_parses_evaluates_for_any_readings(text in pieces(), values in prop::collection::vec(value(), 0..4)) {
        if let Some(number) = with(&text, &values, |found| {
            let _ = (found.to_string(), found.truthy(), found.to_value());
            found.as_number()
        }) {
            prop_assert!(number.is_none_or(f64::is_finite));
        }
    }

    #[test]
    fn grouping_is_as_written(thought in thought(), values in prop::collection::vec(value(), 3)) {
        let expected = thought.value(&values);
        for text in [thought.in_full(), thought.brief(0)] {
            let agrees = with(&text, &values, |found| same(&found, &expected));
            prop_assert_eq!(agrees, Some(true), "{}", text);
        }
    }
}
