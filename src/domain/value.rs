//! What a sample can hold.

use std::fmt;
use std::sync::Arc;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value of a signal, without unit: the unit belongs to the signal. In JSON a real number always
/// has a fraction or an exponent, so that it comes back as what it was.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    Bool(bool),
    Int(i64),
    /// Always finite: `Value::real` is the way in for numbers from outside.
    Real(f64),
    Text(Arc<str>),
}

/// The kind of values that a signal carries.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ValueKind {
    Bool,
    Int,
    Real,
    Text,
}

impl Value {
    /// A real number, or none where the number is not finite.
    pub fn real(number: f64) -> Option<Self> {
        number.is_finite().then_some(Self::Real(number))
    }

    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    pub fn kind(&self) -> ValueKind {
        match self {
            Self::Bool(_) => ValueKind::Bool,
            Self::Int(_) => ValueKind::Int,
            Self::Real(_) => ValueKind::Real,
            Self::Text(_) => ValueKind::Text,
        }
    }

    /// As a number for plots and motion: true is 1, text has none.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Bool(flag) => Some(f64::from(u8::from(*flag))),
            Self::Int(number) => Some(*number as f64),
            Self::Real(number) => Some(*number),
            Self::Text(_) => None,
        }
    }

    /// This value as the kind of the signal that it is for, where nothing is lost but a fraction
    /// never given: a whole Real becomes an Int, 0 and 1 become Bool, "true"/"false" become Bool,
    /// the text of a number becomes that number. None where the value does not fit.
    pub fn coerced(self, kind: ValueKind) -> Option<Self> {
        const WHOLE: f64 = 9_007_199_254_740_992.0;
        match (kind, self) {
            (ValueKind::Bool, value @ Self::Bool(_))
            | (ValueKind::Int, value @ Self::Int(_))
            | (ValueKind::Real, value @ Self::Real(_))
            | (ValueKind::Text, value @ Self::Text(_)) => Some(value),
            (ValueKind::Text, value) => Some(Self::text(&value.to_string())),
            (ValueKind::Real, Self::Text(text)) => text.trim().parse().ok().and_then(Self::real),
            (ValueKind::Real, value) => value.as_f64().and_then(Self::real),
            (ValueKind::Int, Self::Bool(flag)) => Some(Self::Int(i64::from(flag))),
            (ValueKind::Int, Self::Real(number)) => {
                (number.fract() == 0.0 && number.abs() <= WHOLE).then_some(Self::Int(number as i64))
            }
            (ValueKind::Int, Self::Text(text)) => text.trim().parse().ok().map(Self::Int),
            (ValueKind::Bool, Self::Int(0)) => Some(Self::Bool(false)),
            (ValueKind::Bool, Self::Int(1)) => Some(Self::Bool(true)),
            (ValueKind::Bool, Self::Real(number)) if number == 0.0 || number == 1.0 => Some(Self::Bool(number == 1.0)),
            (ValueKind::Bool, Self::Text(text)) => match text.trim() {
                text if text.eq_ignore_ascii_case("true") => Some(Self::Bool(true)),
                text if text.eq_ignore_ascii_case("false") => Some(Self::Bool(false)),
                _ => None,
            },
            (ValueKind::Bool, _) => None,
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(flag) => serializer.serialize_bool(*flag),
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::Real(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyValue;
        impl Visitor<'_> for AnyValue {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a flag, a number or a text")
            }
            fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
                Ok(Value::Bool(flag))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
                Ok(Value::Int(number))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
                i64::try_from(number).map(Value::Int).map_err(|_| E::custom("a whole number beyond 64 bit"))
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
                Value::real(number).ok_or_else(|| E::custom("a number that is not finite"))
            }
            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::text(text))
            }
        }
        deserializer.deserialize_any(AnyValue)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(flag) => flag.fmt(f),
            Self::Int(number) => number.fmt(f),
            Self::Real(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl fmt::Display for ValueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Real => "real",
            Self::Text => "text",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coercion_keeps_the_number_or_refuses() {
        assert_eq!(Value::Real(3.0).coerced(ValueKind::Int), Some(Value::Int(3)));
        assert_eq!(Value::Real(3.5).coerced(ValueKind::Int), None);
        assert_eq!(Value::Int(7).coerced(ValueKind::Real), Some(Value::Real(7.0)));
        assert_eq!(Value::text("1e400").coerced(ValueKind::Real), None);
        assert_eq!(Value::text(" 12.5 ").coerced(ValueKind::Real), Some(Value::Real(12.5)));
        assert_eq!(Value::text("False").coerced(ValueKind::Bool), Some(Value::Bool(false)));
        assert_eq!(Value::Int(2).coerced(ValueKind::Bool), None);
        assert_eq!(Value::Real(1.5).coerced(ValueKind::Text), Some(Value::text("1.5")));
    }

    #[test]
    fn only_finite_numbers_become_values() {
        assert_eq!(Value::real(f64::NAN), None);
        assert_eq!(Value::real(f64::INFINITY), None);
        assert_eq!(Value::real(1.0), Some(Value::Real(1.0)));
    }
}
