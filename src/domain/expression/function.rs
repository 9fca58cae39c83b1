//! The functions of the language: names, number of arguments, and what they compute of numbers.
//!
//! jexl has the call syntax but no functions of its own, so none of these meets an older meaning.

use std::ops::RangeInclusive;

use super::number;
use super::tree::{Ask, Math};

#[derive(Clone, Copy, Debug)]
pub(super) enum Function {
    Ask(Ask),
    Convert,
    Math(Math),
}

pub(super) struct Entry {
    pub name: &'static str,
    pub function: Function,
    pub arity: RangeInclusive<usize>,
}

const fn entry(name: &'static str, function: Function, least: usize, most: usize) -> Entry {
    Entry { name, function, arity: least..=most }
}

static FUNCTIONS: &[Entry] = &[
    entry("abs", Function::Math(Math::Abs), 1, 1),
    entry("age", Function::Ask(Ask::Age), 1, 1),
    entry("ceil", Function::Math(Math::Ceil), 1, 1),
    entry("clamp", Function::Math(Math::Clamp), 3, 3),
    entry("convert", Function::Convert, 2, 2),
    entry("floor", Function::Math(Math::Floor), 1, 1),
    entry("good", Function::Ask(Ask::Good), 1, 1),
    entry("has", Function::Ask(Ask::Has), 1, 1),
    entry("max", Function::Math(Math::Max), 1, usize::MAX),
    entry("min", Function::Math(Math::Min), 1, usize::MAX),
    entry("pow", Function::Math(Math::Pow), 2, 2),
    entry("quality", Function::Ask(Ask::Quality), 1, 1),
    entry("round", Function::Math(Math::Round), 1, 1),
    entry("sqrt", Function::Math(Math::Sqrt), 1, 1),
    entry("stale", Function::Ask(Ask::Stale), 1, 1),
];

pub(super) fn find(name: &str) -> Option<&'static Entry> {
    FUNCTIONS.iter().find(|entry| entry.name == name)
}

/// What to say about a name that is no function.
pub(super) fn unknown(name: &str) -> String {
    let lower = name.to_lowercase();
    let near = FUNCTIONS
        .iter()
        .map(|entry| (strsim::jaro_winkler(&lower, entry.name), entry.name))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match near {
        Some((likeness, near)) if likeness > 0.7 => format!("there is no function {name}; did you mean {near}?"),
        _ => {
            let names: Vec<&str> = FUNCTIONS.iter().map(|entry| entry.name).collect();
            format!("there is no function {name}; expected one of {}", names.join(", "))
        }
    }
}

impl Entry {
    /// "2 arguments", "at least 1 argument".
    pub(super) fn arity_in_words(&self) -> String {
        let (least, most) = (*self.arity.start(), *self.arity.end());
        let plural = if least == 1 { "" } else { "s" };
        let bound = if most == least { "" } else { "at least " };
        format!("{bound}{least} argument{plural}")
    }
}

impl Math {
    /// Like JavaScript's Math: NaN in, NaN out. `clamp` gives its upper bound where they cross.
    pub(super) fn of(self, arguments: impl Iterator<Item = f64>) -> f64 {
        let mut arguments = arguments;
        let mut next = || arguments.next().unwrap_or(f64::NAN);
        match self {
            Self::Abs => next().abs(),
            Self::Round => number::round(next()),
            Self::Floor => next().floor(),
            Self::Ceil => next().ceil(),
            Self::Sqrt => next().sqrt(),
            Self::Pow => {
                let base = next();
                number::power(base, next())
            }
            Self::Clamp => {
                let at_least = larger(next(), next());
                smaller(at_least, next())
            }
            Self::Min => arguments.fold(f64::INFINITY, smaller),
            Self::Max => arguments.fold(f64::NEG_INFINITY, larger),
        }
    }
}

fn smaller(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.min(b) }
}

fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}
