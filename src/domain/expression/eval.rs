//! Evaluation of a parsed expression.
//!
//! Total: every tree has a value for all readings, in bounded stack, without side effects.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write;

use super::tree::{Ask, Chain, Choose, Node, Operator, Path, Step};
use super::{Datum, Reading, number};
use crate::domain::quality::Quality;
use crate::domain::unit::Unit;
use crate::domain::value::Value;

/// What surrounds a node.
#[derive(Clone, Copy)]
pub(super) struct Env<'a, 'r> {
    pub read: &'r dyn Fn(usize) -> Option<Reading<'a>>,
    /// What `.name` looks into while a filter is at work.
    pub element: Option<&'r Datum<'a>>,
}

pub(super) fn eval<'a>(node: &'a Node, env: &Env<'a, '_>) -> Datum<'a> {
    match node {
        Node::Undefined => Datum::Undefined,
        Node::Bool(flag) => Datum::Bool(*flag),
        Node::Number(number) => Datum::Number(*number),
        Node::Text(text) => Datum::text(text),
        Node::Slot(slot) => (env.read)(*slot).map_or(Datum::Undefined, |reading| Datum::from(reading.value)),
        Node::Element(name) => env.element.map_or(Datum::Undefined, |element| element.member(name)),
        Node::Not(operand) => Datum::Bool(!eval(operand, env).truthy()),
        Node::Negate(operand) => Datum::Number(-eval(operand, env).to_number()),
        Node::List(nodes) => Datum::List(nodes.iter().map(|node| eval(node, env)).collect()),
        Node::Chain(chain) => eval_chain(chain, env),
        Node::Choose(choose) => eval_choose(choose, env),
        Node::Path(path) => eval_path(path, env),
        Node::Ask(ask, slot) => answer(*ask, (env.read)(*slot)),
        Node::Convert(slot, unit) => {
            (env.read)(*slot).and_then(|reading| converted(&reading, unit)).map_or(Datum::Undefined, Datum::Number)
        }
        Node::Math(math, nodes) => Datum::Number(math.of(nodes.iter().map(|node| eval(node, env).to_number()))),
    }
}

fn eval_chain<'a>(chain: &'a Chain, env: &Env<'a, '_>) -> Datum<'a> {
    let mut left = eval(&chain.first, env);
    for (operator, node) in &chain.rest {
        left = match (operator, node) {
            (Operator::And, _) if !left.truthy() => left,
            (Operator::Or, _) if left.truthy() => left,
            (Operator::And | Operator::Or, _) => eval(node, env),
            (Operator::In, Node::List(nodes)) => Datum::Bool(nodes.iter().any(|node| left.strict_eq(&eval(node, env)))),
            _ => apply(*operator, left, eval(node, env)),
        };
    }
    left
}

fn eval_choose<'a>(choose: &'a Choose, env: &Env<'a, '_>) -> Datum<'a> {
    for (test, value) in &choose.arms {
        let test = eval(test, env);
        if test.truthy() {
            return value.as_ref().map_or(test, |value| eval(value, env));
        }
    }
    eval(&choose.otherwise, env)
}

fn eval_path<'a>(path: &'a Path, env: &Env<'a, '_>) -> Datum<'a> {
    path.steps.iter().fold(eval(&path.base, env), |subject, step| match step {
        Step::Member(name) => subject.member(name),
        Step::Index(key) => subject.at(&eval(key, env)),
        Step::Filter(test) => {
            let keep = |element: &Datum<'a>| eval(test, &Env { element: Some(element), ..*env }).truthy();
            Datum::List(match subject {
                Datum::Undefined => Vec::new(),
                Datum::List(list) => list.into_iter().filter(keep).collect(),
                scalar => Some(scalar).into_iter().filter(keep).collect(),
            })
        }
    })
}

/// A binary operator whose operands are both evaluated.
pub(super) fn apply<'a>(operator: Operator, left: Datum<'a>, right: Datum<'a>) -> Datum<'a> {
    let number = |of: fn(f64, f64) -> f64| Datum::Number(of(left.to_number(), right.to_number()));
    let ordered = |holds: fn(Ordering) -> bool| Datum::Bool(left.order(&right).is_some_and(holds));
    match operator {
        Operator::Power => number(number::power),
        Operator::Remainder => number(|a, b| a % b),
        Operator::Multiply => number(|a, b| a * b),
        Operator::Divide => number(|a, b| a / b),
        Operator::FloorDivide => number(|a, b| (a / b).floor()),
        Operator::Subtract => number(|a, b| a - b),
        Operator::Add if left.joins() || right.joins() => joined(left, &right),
        Operator::Add => number(|a, b| a + b),
        Operator::Equal => Datum::Bool(left.loose_eq(&right)),
        Operator::NotEqual => Datum::Bool(!left.loose_eq(&right)),
        Operator::Greater => ordered(Ordering::is_gt),
        Operator::GreaterOrEqual => ordered(Ordering::is_ge),
        Operator::Less => ordered(Ordering::is_lt),
        Operator::LessOrEqual => ordered(Ordering::is_le),
        Operator::In => Datum::Bool(contains(&right, &left)),
        Operator::And => {
            if left.truthy() {
                right
            } else {
                left
            }
        }
        Operator::Or => {
            if left.truthy() {
                left
            } else {
                right
            }
        }
    }
}

/// The text of both, one after the other. A text that a chain of `+` built already is extended.
fn joined<'a>(left: Datum<'a>, right: &Datum<'_>) -> Datum<'a> {
    let mut text = match left {
        Datum::Text(text) => text.into_owned(),
        other => other.to_string(),
    };
    // Writing to a String cannot fail.
    let _ = write!(text, "{right}");
    Datum::Text(Cow::Owned(text))
}

/// The operator `in`: part of a text, or element of a list.
fn contains(whole: &Datum<'_>, part: &Datum<'_>) -> bool {
    match (whole, part) {
        (Datum::Text(whole), Datum::Text(part)) => whole.contains(&**part),
        (Datum::Text(whole), part) => whole.contains(&part.to_string()),
        (Datum::List(list), part) => list.iter().any(|element| element.strict_eq(part)),
        _ => false,
    }
}

/// Without a reading nothing is good, and everything stale: a missing signal never passes a check.
fn answer<'a>(ask: Ask, reading: Option<Reading<'a>>) -> Datum<'a> {
    let Some(reading) = reading else {
        return match ask {
            Ask::Quality | Ask::Age => Datum::Undefined,
            Ask::Stale => Datum::Bool(true),
            Ask::Good | Ask::Has => Datum::Bool(false),
        };
    };
    match ask {
        Ask::Quality => Datum::text(match reading.quality {
            Quality::Good => "good",
            Quality::Uncertain(_) => "uncertain",
            Quality::Bad(_) => "bad",
        }),
        Ask::Age => Datum::Number(reading.age.as_secs_f64()),
        Ask::Stale => Datum::Bool(reading.stale),
        Ask::Good => Datum::Bool(reading.quality.is_good() && !reading.stale),
        Ask::Has => Datum::Bool(true),
    }
}

fn converted(reading: &Reading<'_>, target: &Unit) -> Option<f64> {
    match reading.value {
        Value::Int(_) | Value::Real(_) => reading.unit?.convert(reading.value.as_f64()?, target),
        Value::Bool(_) | Value::Text(_) => None,
    }
}
