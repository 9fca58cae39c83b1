//! The one expression language of the house: rules, alarms, interlocks and derived signals.
//!
//! The grammar and the coercions are those of jexl 2.3, which TwinMaker scenes use, extended by
//! quality, age, unit conversion and a few functions. A text is parsed once into a tree whose names
//! are numbered slots; evaluation asks for slots and allocates only for texts and lists it builds.
//! Nothing here knows where readings come from or what a result is used for.

mod call;
mod datum;
mod eval;
mod function;
mod lexer;
mod number;
mod parser;
mod tree;

#[cfg(test)]
mod jexl_rows;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use thiserror::Error;

pub use datum::Datum;

use super::quality::Quality;
use super::time::Span;
use super::unit::Unit;
use super::value::Value;
use eval::Env;
use tree::Node;

/// Longest text that is read [bytes].
pub const MAX_TEXT: usize = 16 * 1024;

/// How deep parentheses, brackets, arguments and `!` may nest.
pub const MAX_DEPTH: usize = 64;

/// What an identifier of an expression stands for at the moment of evaluation.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    pub value: &'a Value,
    pub quality: Quality,
    /// Time since the value was measured.
    pub age: Span,
    /// True when the value is older than its signal allows. Decided by the caller.
    pub stale: bool,
    /// Unit of the signal; none where it has none or it is not known.
    pub unit: Option<&'a Unit>,
}

/// A parsed expression, for example `good(Temp) && Temp > 80 ? 'hot' : 'ok'`.
#[derive(Clone, PartialEq, Debug)]
pub struct Expression {
    text: Box<str>,
    identifiers: Box<[Box<str>]>,
    tree: Node,
}

/// Why a text is not an expression.
#[derive(Error, Clone, PartialEq, Eq, Debug)]
#[error("{message} (at byte {at})")]
pub struct ParseError {
    /// Where in the text, as a byte offset on a character boundary, 0..=length of the text.
    pub at: usize,
    /// What was expected and what was found.
    pub message: String,
}

impl Expression {
    /// Reads an expression. Names that hold more than letters, digits, `_` and `$` stand in
    /// back-quotes: `` `Line 1/Filler/Speed` > 3 ``.
    ///
    /// # Errors
    /// When the text is longer than [`MAX_TEXT`], nests deeper than [`MAX_DEPTH`], does not follow
    /// the grammar, or calls a function that is unknown or takes other arguments.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Self::parse_with_names(text, &[])
    }

    /// Reads an expression in which `names`, the known properties of a component, may stand bare
    /// although they hold `-`, spaces or `/`.
    ///
    /// TwinMaker renames a property `flow-rate` to `flow__rate` and replaces its first occurrence
    /// in the text likewise. Here every occurrence outside of quotes that starts a word and does
    /// not run on into a longer one counts as that identifier, the longest listed name first;
    /// `flow__rate` means it too, and `flow-rate_raw` is found with the suffix. [`identifiers`]
    /// gives the name as listed. A subtraction is written with spaces: `flow - rate`.
    ///
    /// # Errors
    /// As for [`parse`].
    ///
    /// [`identifiers`]: Self::identifiers
    /// [`parse`]: Self::parse
    pub fn parse_with_names(text: &str, names: &[&str]) -> Result<Self, ParseError> {
        if text.len() > MAX_TEXT {
            let message = format!("expected at most {MAX_TEXT} bytes, found {}", text.len());
            return Err(ParseError { at: text.floor_char_boundary(MAX_TEXT), message });
        }
        let (tree, identifiers) = parser::parse(lexer::tokens(text, names)?)?;
        Ok(Self { text: text.into(), identifiers: identifiers.into(), tree })
    }

    /// The text as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Names in the order of their slots, each once.
    pub fn identifiers(&self) -> &[Box<str>] {
        &self.identifiers
    }

    /// The value for the readings that `read` gives for slots; none stands for no reading, which
    /// evaluates to undefined.
    ///
    /// Values of bad quality and stale ones are used like any other: an expression that cares asks
    /// with `good(x)`.
    pub fn eval<'a>(&'a self, read: &dyn Fn(usize) -> Option<Reading<'a>>) -> Datum<'a> {
        eval::eval(&self.tree, &Env { read, element: None })
    }

    /// The value of an expression that names no signal; none where it does.
    pub fn constant(&self) -> Option<Datum<'_>> {
        self.identifiers.is_empty().then(|| self.eval(&|_| None))
    }
}
