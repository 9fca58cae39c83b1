//! From tokens to the tree: precedence climbing after jexl's table of operators.
//!
//! Recursion is counted and refused beyond `MAX_DEPTH`, so no text can exhaust the stack.

use super::lexer::{Placed, Token};
use super::tree::{Chain, Choose, Node, Operator, Path, Step};
use super::{MAX_DEPTH, ParseError};

pub(super) struct Parser<'t> {
    tokens: Vec<Placed<'t>>,
    pub(super) next: usize,
    depth: usize,
    identifiers: Vec<Box<str>>,
    /// Brackets of filters that are open.
    filters: usize,
    /// Whether the innermost filter uses `.name`.
    relative: bool,
}

/// The tree and the identifiers in the order of their slots. `tokens` ends with `Token::End`.
pub(super) fn parse(tokens: Vec<Placed<'_>>) -> Result<(Node, Vec<Box<str>>), ParseError> {
    let mut parser = Parser { tokens, next: 0, depth: 0, identifiers: Vec::new(), filters: 0, relative: false };
    let tree = parser.expression()?;
    match parser.peek() {
        Token::End => Ok((tree, parser.identifiers)),
        _ => Err(parser.expected("an operator or the end")),
    }
}

impl<'t> Parser<'t> {
    fn expression(&mut self) -> Result<Node, ParseError> {
        self.enter()?;
        let mut arms = Vec::new();
        let otherwise = loop {
            let test = self.chain(Operator::LOWEST)?;
            if !self.accept("?") {
                break test;
            }
            let value = if self.peek_is(":") { None } else { Some(self.expression()?) };
            self.expect(":")?;
            arms.push((test, value));
        };
        self.depth -= 1;
        Ok(if arms.is_empty() { otherwise } else { Node::Choose(Box::new(Choose { arms, otherwise })) })
    }

    /// Operators of at least this precedence.
    fn chain(&mut self, lowest: u8) -> Result<Node, ParseError> {
        let mut left = self.unary()?;
        while let Token::Symbol(symbol) = *self.peek() {
            let Some(operator) = Operator::from_symbol(symbol) else { break };
            if operator.precedence() < lowest {
                break;
            }
            self.next += 1;
            let right = self.chain(operator.precedence() + 1)?;
            left = append(left, operator, right);
        }
        if self.peek_is("|") {
            return Err(self.error("transforms (|name) are not part of this language; expected a function like abs(x)"));
        }
        Ok(left)
    }

    /// `!` and `-` bind tighter than every binary operator: -2 ^ 2 is 4, as in jexl.
    fn unary(&mut self) -> Result<Node, ParseError> {
        if self.accept("!") {
            self.enter()?;
            let operand = self.unary()?;
            self.depth -= 1;
            return Ok(Node::Not(Box::new(operand)));
        }
        if !self.accept("-") {
            let primary = self.primary()?;
            return self.steps(primary);
        }
        match *self.peek() {
            Token::Number(number) => {
                self.next += 1;
                self.steps(Node::Number(-number))
            }
            Token::Word("true" | "false") => Err(self.expected("a number, a name or ( after the minus")),
            Token::Word(_) | Token::Name(_) | Token::Symbol("(") => {
                let primary = self.primary()?;
                Ok(Node::Negate(Box::new(self.steps(primary)?)))
            }
            _ => Err(self.expected("a number, a name or ( after the minus")),
        }
    }

    fn primary(&mut self) -> Result<Node, ParseError> {
        let node = match self.peek().clone() {
            Token::Number(number) => Node::Number(number),
            Token::Text(text) => Node::Text(text.into()),
            Token::Word("true") => Node::Bool(true),
            Token::Word("false") => Node::Bool(false),
            Token::Word(word) if self.peek_after_is("(") => return self.call(word),
            // Not keywords in jexl, but names that nothing carries: the value is the same.
            Token::Word("undefined" | "null") => Node::Undefined,
            Token::Word(word) => Node::Slot(self.slot(word)),
            Token::Name(name) => Node::Slot(self.slot(&name)),
            Token::Symbol("(") => {
                self.next += 1;
                let inner = self.expression()?;
                self.expect(")")?;
                return Ok(inner);
            }
            Token::Symbol("[") => {
                self.next += 1;
                return Ok(Node::List(self.list("]")?.into()));
            }
            Token::Symbol(".") => {
                self.next += 1;
                let name = self.member()?;
                if self.filters == 0 {
                    // jexl looks a relative name up in the whole context where no filter is open.
                    return Ok(Node::Slot(self.slot(&name)));
                }
                self.relative = true;
                return Ok(Node::Element(name));
            }
            Token::Symbol("{") => {
                return Err(self.error("object literals { } are not part of this language; expected a value"));
            }
            _ => return Err(self.expected("a value")),
        };
        self.next += 1;
        Ok(node)
    }

    /// `.name` and `[...]` after a value.
    fn steps(&mut self, base: Node) -> Result<Node, ParseError> {
        let mut steps = Vec::new();
        loop {
            if self.accept(".") {
                steps.push(Step::Member(self.member()?));
            } else if self.accept("[") {
                let outer = std::mem::replace(&mut self.relative, false);
                self.filters += 1;
                let inner = self.expression()?;
                self.expect("]")?;
                self.filters -= 1;
                let relative = std::mem::replace(&mut self.relative, outer);
                steps.push(if relative { Step::Filter(inner) } else { Step::Index(inner) });
            } else if steps.is_empty() {
                return Ok(base);
            } else {
                return Ok(Node::Path(Box::new(Path { base, steps })));
            }
        }
    }

    fn member(&mut self) -> Result<Box<str>, ParseError> {
        let name: Box<str> = match self.peek() {
            Token::Word(word) => (*word).into(),
            Token::Name(name) => (&**name).into(),
            _ => return Err(self.expected("a name after the dot")),
        };
        self.next += 1;
        Ok(name)
    }

    /// Values up to the closing symbol, which is taken too. A comma may stand before it.
    pub(super) fn list(&mut self, close: &'static str) -> Result<Vec<Node>, ParseError> {
        let mut nodes = Vec::new();
        while !self.accept(close) {
            nodes.push(self.expression()?);
            if !self.accept(",") {
                self.expect(close)?;
                break;
            }
        }
        Ok(nodes)
    }

    pub(super) fn slot(&mut self, name: &str) -> usize {
        self.identifiers.iter().position(|known| **known == *name).unwrap_or_else(|| {
            self.identifiers.push(name.into());
            self.identifiers.len() - 1
        })
    }

    fn enter(&mut self) -> Result<(), ParseError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(format!("expected at most {MAX_DEPTH} levels of nesting, found more")));
        }
        Ok(())
    }

    pub(super) fn peek(&self) -> &Token<'t> {
        self.tokens.get(self.next).map_or(&Token::End, |(token, _)| token)
    }

    pub(super) fn peek_is(&self, symbol: &str) -> bool {
        matches!(self.peek(), Token::Symbol(found) if *found == symbol)
    }

    fn peek_after_is(&self, symbol: &str) -> bool {
        matches!(self.tokens.get(self.next + 1), Some((Token::Symbol(found), _)) if *found == symbol)
    }

    pub(super) fn accept(&mut self, symbol: &str) -> bool {
        let found = self.peek_is(symbol);
        self.next += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, symbol: &str) -> Result<(), ParseError> {
        if self.accept(symbol) { Ok(()) } else { Err(self.expected(symbol)) }
    }

    /// Where the next token starts.
    pub(super) fn at(&self) -> usize {
        self.tokens.get(self.next).or(self.tokens.last()).map_or(0, |(_, at)| *at)
    }

    pub(super) fn error(&self, message: impl Into<String>) -> ParseError {
        ParseError { at: self.at(), message: message.into() }
    }

    pub(super) fn expected(&self, what: &str) -> ParseError {
        self.error(match self.peek() {
            Token::Number(number) => format!("expected {what}, found the number {number}"),
            Token::Text(text) => format!("expected {what}, found the text \"{text}\""),
            Token::Word(name) => format!("expected {what}, found the name {name}"),
            Token::Name(name) => format!("expected {what}, found the name `{name}`"),
            Token::Symbol(symbol) => format!("expected {what}, found {symbol}"),
            Token::End => format!("expected {what}, found the end of the text"),
        })
    }
}

/// `left operator right`, onto the chain of the same precedence that `left` may be: operators of
/// equal precedence group from the left, so it is the same with and without parentheses.
fn append(left: Node, operator: Operator, right: Node) -> Node {
    match left {
        Node::Chain(mut chain)
            if chain.rest.first().is_some_and(|(first, _)| first.precedence() == operator.precedence()) =>
        {
            chain.rest.push((operator, right));
            Node::Chain(chain)
        }
        first => Node::Chain(Box::new(Chain { first, rest: vec![(operator, right)] })),
    }
}
