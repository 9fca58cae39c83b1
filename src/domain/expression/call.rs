//! Parsing of function calls: arity, and the arguments that are not plain values.

use super::ParseError;
use super::function::{self, Entry, Function};
use super::lexer::Token;
use super::parser::Parser;
use super::tree::Node;
use crate::domain::unit::Unit;

impl Parser<'_> {
    /// A call of the function `word`, at which the parser stands, before an opening parenthesis.
    pub(super) fn call(&mut self, word: &str) -> Result<Node, ParseError> {
        let at = self.at();
        let Some(entry) = function::find(word) else { return Err(self.error(function::unknown(word))) };
        self.next += 2;
        match entry.function {
            Function::Math(math) => {
                let arguments = self.list(")")?;
                if !entry.arity.contains(&arguments.len()) {
                    return Err(wrong_arity(entry, arguments.len(), at));
                }
                Ok(Node::Math(math, arguments.into()))
            }
            Function::Ask(ask) => {
                let slot = self.signal(entry)?;
                self.close(entry)?;
                Ok(Node::Ask(ask, slot))
            }
            Function::Convert => {
                let slot = self.signal(entry)?;
                if self.peek_is(")") {
                    return Err(wrong_arity(entry, 1, at));
                }
                self.expect(",")?;
                let unit = self.unit()?;
                self.close(entry)?;
                Ok(Node::Convert(slot, unit))
            }
        }
    }

    /// The first argument of a function that asks about a signal, not about a value.
    fn signal(&mut self, entry: &Entry) -> Result<usize, ParseError> {
        let slot = match self.peek().clone() {
            Token::Symbol(")") => return Err(wrong_arity(entry, 0, self.at())),
            Token::Word("true" | "false" | "undefined" | "null") => None,
            Token::Word(word) => Some(self.slot(word)),
            Token::Name(name) => Some(self.slot(&name)),
            _ => None,
        };
        let Some(slot) = slot else {
            return Err(self.expected(&format!("the name of a signal as first argument of {}", entry.name)));
        };
        self.next += 1;
        if self.peek_is(",") || self.peek_is(")") {
            return Ok(slot);
        }
        Err(self.expected(&format!(", or ) after the name of a signal in {}", entry.name)))
    }

    fn unit(&mut self) -> Result<Unit, ParseError> {
        let Token::Text(text) = self.peek() else {
            return Err(self.expected("a unit in quotes, like 'degF'"));
        };
        let unit = Unit::new(text);
        if unit.code().is_empty() || !unit.known() {
            return Err(self.error(format!("expected a known unit like 'Cel' or 'bar', found '{text}'")));
        }
        self.next += 1;
        Ok(unit)
    }

    fn close(&mut self, entry: &Entry) -> Result<(), ParseError> {
        if self.peek_is(",") {
            return Err(self.error(format!("{} takes {}, found more", entry.name, entry.arity_in_words())));
        }
        self.expect(")")
    }
}

fn wrong_arity(entry: &Entry, found: usize, at: usize) -> ParseError {
    ParseError { at, message: format!("{} takes {}, found {found}", entry.name, entry.arity_in_words()) }
}
