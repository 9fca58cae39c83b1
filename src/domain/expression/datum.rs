//! A value while an expression is evaluated, with JavaScript's conversions and comparisons
//! (ECMA-262, 7.1 and 7.2).
//!
//! One comparison is wider than JavaScript's: the texts "true" and "false" in any case equal the
//! booleans, because TwinMaker delivers the same property once as one and once as the other.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use super::number;
use crate::domain::value::Value;

/// A value of an expression.
#[derive(Clone, PartialEq, Debug)]
pub enum Datum<'a> {
    /// No reading, or a question that has no answer.
    Undefined,
    Bool(bool),
    /// Can be NaN or infinite; see [`Datum::as_number`].
    Number(f64),
    Text(Cow<'a, str>),
    List(Vec<Datum<'a>>),
}

impl<'a> Datum<'a> {
    /// A text that is not copied.
    pub fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// True unless undefined, false, 0, NaN or the empty text. The text "false" is truthy.
    pub fn truthy(&self) -> bool {
        match self {
            Self::Undefined => false,
            Self::Bool(flag) => *flag,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::List(_) => true,
        }
    }

    /// As JavaScript's `Number()` reads it: true is 1, "" is 0, " 12.5 " is 12.5. None where the
    /// result is not a finite number, so that NaN and infinities never leave as values.
    pub fn as_number(&self) -> Option<f64> {
        Some(self.to_number()).filter(|number| number.is_finite())
    }

    /// As a value of a signal; none for undefined, lists and numbers that are not finite.
    pub fn to_value(&self) -> Option<Value> {
        match self {
            Self::Undefined | Self::List(_) => None,
            Self::Bool(flag) => Some(Value::Bool(*flag)),
            Self::Number(number) => Value::real(*number),
            Self::Text(text) => Some(Value::text(text)),
        }
    }

    /// The operator `==`: kinds are coerced before they are compared.
    pub fn loose_eq(&self, other: &Datum<'_>) -> bool {
        match (self, other) {
            (Self::Undefined, Datum::Undefined) => true,
            // Two lists are never the same object, and undefined equals nothing else.
            (Self::List(_), Datum::List(_)) | (Self::Undefined, _) | (_, Datum::Undefined) => false,
            (Self::List(_), _) => Datum::Text(Cow::Owned(self.to_string())).loose_eq(other),
            (_, Datum::List(_)) => self.loose_eq(&Datum::Text(Cow::Owned(other.to_string()))),
            (Self::Text(a), Datum::Text(b)) => a == b,
            (Self::Bool(flag), Datum::Text(text)) => bool_equals(*flag, text),
            (Self::Text(text), Datum::Bool(flag)) => bool_equals(*flag, text),
            _ => self.to_number() == other.to_number(),
        }
    }

    /// What `in` uses for the elements of a list: kinds must match.
    pub(super) fn strict_eq(&self, other: &Datum<'_>) -> bool {
        match (self, other) {
            (Self::Undefined, Datum::Undefined) => true,
            (Self::Bool(a), Datum::Bool(b)) => a == b,
            (Self::Number(a), Datum::Number(b)) => a == b,
            (Self::Text(a), Datum::Text(b)) => a == b,
            (Self::Bool(flag), Datum::Text(text)) => named_bool(text) == Some(*flag),
            (Self::Text(text), Datum::Bool(flag)) => named_bool(text) == Some(*flag),
            _ => false,
        }
    }

    /// Order for `<` and its kin: two texts by UTF-16 code units, all else as numbers. None where
    /// one side is not a number.
    pub(super) fn order(&self, other: &Datum<'_>) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(a), Datum::Text(b)) => Some(a.encode_utf16().cmp(b.encode_utf16())),
            (Self::List(_), _) => Datum::Text(Cow::Owned(self.to_string())).order(other),
            (_, Datum::List(_)) => self.order(&Datum::Text(Cow::Owned(other.to_string()))),
            _ => self.to_number().partial_cmp(&other.to_number()),
        }
    }

    /// NaN where it is no number.
    pub(super) fn to_number(&self) -> f64 {
        match self {
            Self::Undefined => f64::NAN,
            Self::Bool(flag) => f64::from(u8::from(*flag)),
            Self::Number(number) => *number,
            Self::Text(text) => number::from_text(text),
            Self::List(_) => number::from_text(&self.to_string()),
        }
    }

    /// True where `+` concatenates instead of adding.
    pub(super) fn joins(&self) -> bool {
        matches!(self, Self::Text(_) | Self::List(_))
    }

    /// The only members that plain data has: the length of a text, in UTF-16 code units. A list
    /// answers for its first element, as in jexl.
    pub(super) fn member(&self, name: &str) -> Datum<'a> {
        match self {
            Self::Text(text) if name == "length" => Datum::Number(text.encode_utf16().count() as f64),
            Self::List(list) => list.first().map_or(Datum::Undefined, |first| match first {
                Self::List(_) => first.at(&Datum::text(name)),
                _ => first.member(name),
            }),
            _ => Datum::Undefined,
        }
    }

    /// `self[key]`: true and false keep or drop the whole, numbers pick an element or a character.
    pub(super) fn at(&self, key: &Datum<'_>) -> Datum<'a> {
        match (self, key) {
            (_, Datum::Bool(keep)) => {
                if *keep {
                    self.clone()
                } else {
                    Datum::Undefined
                }
            }
            (Self::Text(text), Datum::Number(index)) => nth(text, *index),
            (Self::Text(_), Datum::Text(key)) => self.member(key),
            (Self::List(list), Datum::Number(index)) => {
                whole(*index).and_then(|index| list.get(index)).cloned().unwrap_or(Datum::Undefined)
            }
            (Self::List(list), Datum::Text(key)) if key == "length" => Datum::Number(list.len() as f64),
            _ => Datum::Undefined,
        }
    }
}

/// The boolean that a text spells out.
fn named_bool(text: &str) -> Option<bool> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn bool_equals(flag: bool, text: &str) -> bool {
    named_bool(text).map_or_else(|| number::from_text(text) == f64::from(u8::from(flag)), |named| named == flag)
}

fn whole(index: f64) -> Option<usize> {
    (index >= 0.0 && index.fract() == 0.0 && index < u32::MAX.into()).then_some(index as usize)
}

/// The character that holds a UTF-16 code unit.
fn nth<'a>(text: &Cow<'a, str>, index: f64) -> Datum<'a> {
    let Some(mut units) = whole(index) else { return Datum::Undefined };
    let found = text.char_indices().find(|(_, c)| {
        let here = units < c.len_utf16();
        units = units.saturating_sub(c.len_utf16());
        here
    });
    let range = found.map(|(start, c)| start..start + c.len_utf8());
    match text {
        Cow::Borrowed(text) => range.and_then(|range| text.get(range)).map_or(Datum::Undefined, Datum::text),
        Cow::Owned(text) => {
            range.and_then(|range| text.get(range)).map_or(Datum::Undefined, |c| Datum::Text(Cow::Owned(c.to_owned())))
        }
    }
}

impl<'a> From<&'a Value> for Datum<'a> {
    /// Whole numbers beyond 2^53 are rounded to the nearest number.
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Int(number) => Self::Number(*number as f64),
            Value::Real(number) => Self::Number(*number),
            Value::Text(text) => Self::text(text),
        }
    }
}

/// As JavaScript's `String()`: `undefined`, `1e+21`, lists joined by commas.
impl fmt::Display for Datum<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undefined => f.write_str("undefined"),
            Self::Bool(flag) => write!(f, "{flag}"),
            Self::Number(number) => number::write(*number, f),
            Self::Text(text) => f.write_str(text),
            Self::List(list) => {
                for (index, item) in list.iter().enumerate() {
                    if index > 0 {
                        f.write_str(",")?;
                    }
                    if *item != Self::Undefined {
                        item.fmt(f)?;
                    }
                }
                Ok(())
            }
        }
    }
}
