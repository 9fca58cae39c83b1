//! Expressions that decide over the plant: true, false, or not to be judged.

use super::Present;
use crate::domain::expression::{Expression, Reading};
use crate::domain::time::Span;
use crate::domain::unit::Unit;

/// What an interlock or an abort condition says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Judged {
    True,
    False,
    /// A signal that it needs is missing, not good or too old, or it has no answer: why, in words.
    Unknown(String),
}

/// Judges an expression by present values, each of which has to be good and no older than `fresh`. Unlike
/// in a rule of the scene, no input is used with a doubt, even where the expression would ask for it.
pub fn judge<'a>(expression: &'a Expression, present: &dyn Fn(&str) -> Option<&'a Present>, fresh: Span) -> Judged {
    let readings: Vec<Option<&Present>> = expression.identifiers().iter().map(|name| present(name)).collect();
    for (name, reading) in expression.identifiers().iter().zip(&readings) {
        if let Some(why) = doubt(name, *reading, fresh) {
            return Judged::Unknown(why);
        }
    }
    let unit = |present: &'a Present| Some(&present.unit).filter(|unit| **unit != Unit::none());
    let result = expression.eval(&|slot| {
        let present = readings.get(slot).copied().flatten()?;
        Some(Reading {
            value: &present.value,
            quality: present.quality,
            age: present.age,
            stale: false,
            unit: unit(present),
        })
    });
    match result.to_value() {
        None => Judged::Unknown("it has no answer".to_owned()),
        Some(_) if result.truthy() => Judged::True,
        Some(_) => Judged::False,
    }
}

/// Why a value is not to be trusted, in words; none where it is.
pub(super) fn doubt(signal: &str, present: Option<&Present>, fresh: Span) -> Option<String> {
    match present {
        None => Some(format!("{signal} has no value")),
        Some(present) if !present.quality.is_good() => Some(format!("{signal} is {}", present.quality)),
        Some(present) if present.age > fresh => Some(format!("{signal} is {} old", present.age)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::quality::Quality;
    use crate::domain::value::Value;

    #[test]
    fn an_expression_is_judged_by_good_and_fresh_values_alone() {
        let level = |value: Value, quality: &str, secs| Present {
            value,
            unit: Unit::none(),
            quality: Quality::parse(quality).expect("a quality"),
            age: Span::from_secs(secs),
        };
        let judged = |text: &str, present: Option<Present>| {
            let expression = Expression::parse(text).expect("an expression");
            judge(&expression, &|_| present.as_ref(), Span::from_secs(10))
        };
        let good = || Some(level(Value::Real(95.0), "good", 10));
        assert_eq!(judged("Level > 90", good()), Judged::True);
        assert_eq!(judged("Level > 96", good()), Judged::False);
        let unknown = |text, present| matches!(judged(text, present), Judged::Unknown(_));
        assert!(unknown("Level > 90", None));
        assert!(unknown("Level > 90", Some(level(Value::Real(95.0), "uncertain", 1))));
        assert!(unknown("Level > 90 || true", Some(level(Value::Real(95.0), "good", 11))));
        assert!(unknown("Level / 0", good()), "infinity is no answer");
    }
}
