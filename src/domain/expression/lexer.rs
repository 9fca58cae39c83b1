//! Splits the text of an expression into tokens.
//!
//! Takes every text: what cannot be a token is an error with its place. Whether tokens make sense
//! in their order is the parser's business.

use std::borrow::Cow;

use super::ParseError;
use super::number::is_blank;

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Token<'t> {
    Number(f64),
    Text(String),
    /// A bare word: identifier, keyword or function.
    Word(&'t str),
    /// An identifier for certain: back-quoted, or a listed name.
    Name(Cow<'t, str>),
    /// Operators, the word `in` among them, and punctuation.
    Symbol(&'static str),
    End,
}

/// A token and the byte where it starts.
pub(super) type Placed<'t> = (Token<'t>, usize);

/// The longer before those they start with.
const SYMBOLS: [&str; 27] = [
    "//", "==", "!=", ">=", "<=", "&&", "||", ".", "[", "]", "|", "{", "}", ":", ",", "(", ")", "?", "+", "-", "*",
    "/", "%", "^", ">", "<", "!",
];

/// A listed name that a bare word cannot spell, and TwinMaker's word for it.
struct Listed<'t> {
    name: &'t str,
    word: String,
}

/// All tokens of the text, `Token::End` last.
pub(super) fn tokens<'t>(text: &'t str, names: &[&'t str]) -> Result<Vec<Placed<'t>>, ParseError> {
    let mut listed: Vec<Listed<'t>> = names
        .iter()
        .filter(|name| name.starts_with(continues_word) && !name.chars().all(continues_word))
        .map(|&name| Listed { name, word: name.replace('-', "__") })
        .collect();
    listed.sort_by_key(|listed| std::cmp::Reverse(listed.name.len()));

    let mut tokens: Vec<Placed<'t>> = Vec::new();
    let mut rest = text.trim_start_matches(is_blank);
    while !rest.is_empty() {
        let at = text.len() - rest.len();
        let after_value = tokens.last().is_some_and(|(token, _)| ends_value(token));
        let (token, length) =
            token(rest, &listed, after_value).map_err(|(offset, message)| ParseError { at: at + offset, message })?;
        tokens.push((token, at));
        rest = rest.get(length..).unwrap_or_default().trim_start_matches(is_blank);
    }
    tokens.push((Token::End, text.len()));
    Ok(tokens)
}

/// The first token of a text that is not empty, with its length in bytes.
fn token<'t>(rest: &'t str, listed: &[Listed<'t>], after_value: bool) -> Result<(Token<'t>, usize), (usize, String)> {
    let first = rest.chars().next().unwrap_or_default();
    match first {
        '\'' | '"' => return quoted(rest, first),
        '`' => {
            let name = rest.get(1..).and_then(|rest| rest.split_once('`')).map(|(name, _)| name);
            return match name {
                Some("") => Err((0, "expected a name between back-quotes, found nothing".to_owned())),
                Some(name) => Ok((Token::Name(name.into()), name.len() + 2)),
                None => Err((0, "expected a closing back-quote, found the end of the text".to_owned())),
            };
        }
        _ => {}
    }
    if let Some((name, length)) = listed.iter().find_map(|listed| listed.at_start_of(rest)) {
        return Ok((Token::Name(name), length));
    }
    let fraction_only = first == '.' && !after_value && digits(rest, 1) > 0;
    if first.is_ascii_digit() || fraction_only {
        return number(rest);
    }
    let word = word(rest);
    if word == "in" {
        return Ok((Token::Symbol("in"), word.len()));
    }
    if !word.is_empty() {
        let name = listed.iter().find_map(|listed| listed.spelt(word));
        return Ok((name.map_or(Token::Word(word), Token::Name), word.len()));
    }
    if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
        return Ok((Token::Symbol(symbol), symbol.len()));
    }
    Err((
        0,
        match first {
            '=' => "expected ==, found a single =".to_owned(),
            '&' => "expected &&, found a single &".to_owned(),
            other => format!("expected a value or an operator, found the character {other:?}"),
        },
    ))
}

/// `\\` and the escaped quote are unescaped, any other backslash stands for itself.
fn quoted<'t>(rest: &'t str, quote: char) -> Result<(Token<'t>, usize), (usize, String)> {
    let mut content = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Ok((Token::Text(content), at + 1));
        }
        let escaped = if c == '\\' { chars.next_if(|(_, next)| *next == quote || *next == '\\') } else { None };
        content.push(escaped.map_or(c, |(_, next)| next));
    }
    Err((0, format!("expected a closing {quote}, found the end of the text")))
}

/// Digits, a fraction, and an exponent, which jexl does not have.
fn number<'t>(rest: &'t str) -> Result<(Token<'t>, usize), (usize, String)> {
    let byte_is = |at: usize, set: &[u8]| rest.as_bytes().get(at).is_some_and(|byte| set.contains(byte));
    let mut length = digits(rest, 0);
    if byte_is(length, b".") && digits(rest, length + 1) > 0 {
        length += 1 + digits(rest, length + 1);
    }
    if byte_is(length, b"eE") {
        let mark = 1 + usize::from(byte_is(length + 1, b"+-"));
        let exponent = digits(rest, length + mark);
        if exponent > 0 {
            length += mark + exponent;
        }
    }
    let text = rest.get(..length).unwrap_or_default();
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok((Token::Number(number), length)),
        _ => Err((0, format!("expected a number up to {:e}, found {text:.24}", f64::MAX))),
    }
}

/// How many digits stand from a byte on.
fn digits(text: &str, from: usize) -> usize {
    text.bytes().skip(from).take_while(u8::is_ascii_digit).count()
}

impl<'t> Listed<'t> {
    /// The name where it stands at the start of the text as a whole word, with or without `_raw`.
    fn at_start_of(&self, text: &str) -> Option<(Cow<'t, str>, usize)> {
        let after = text.strip_prefix(self.name)?;
        if !after.starts_with(continues_word) {
            return Some((self.name.into(), self.name.len()));
        }
        let after_raw = after.strip_prefix("_raw")?;
        (!after_raw.starts_with(continues_word)).then(|| (self.raw(), self.name.len() + "_raw".len()))
    }

    fn spelt(&self, word: &str) -> Option<Cow<'t, str>> {
        match word.strip_prefix(self.word.as_str())? {
            "" => Some(self.name.into()),
            "_raw" => Some(self.raw()),
            _ => None,
        }
    }

    fn raw(&self) -> Cow<'t, str> {
        format!("{}_raw", self.name).into()
    }
}

/// The identifier at the start of the text, or nothing.
fn word(text: &str) -> &str {
    let starts = text.starts_with(|c: char| continues_word(c) && !c.is_ascii_digit());
    let end = if starts { text.find(|c| !continues_word(c)).unwrap_or(text.len()) } else { 0 };
    text.get(..end).unwrap_or_default()
}

/// jexl knows ASCII, the letters of Latin-1 and Russian; here all letters count.
fn continues_word(c: char) -> bool {
    c.is_alphabetic() || c.is_ascii_digit() || c == '_' || c == '$'
}

fn ends_value(token: &Token<'_>) -> bool {
    match token {
        Token::Number(_) | Token::Text(_) | Token::Word(_) | Token::Name(_) => true,
        Token::Symbol(symbol) => matches!(*symbol, ")" | "]"),
        Token::End => false,
    }
}
