//! Rules: from the values of signals to an effect.
//!
//! A rule is an ordered list of statements; the first whose condition holds decides. This is the
//! shape of TwinMaker's rule maps, and the project file's own rules have it too.

use super::colour::Rgba;
use super::expression::{Datum, Expression, Reading};

/// Named, ordered statements over named inputs. Built once, evaluated every frame.
#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    pub name: String,
    statements: Vec<Statement>,
    identifiers: Vec<Box<str>>,
}

#[derive(Clone, PartialEq, Debug)]
struct Statement {
    condition: Expression,
    target: Target,
    /// Slot of the condition's identifier -> slot of the rule's.
    slots: Vec<usize>,
}

/// What a statement gives when it decides.
#[derive(Clone, PartialEq, Debug)]
pub enum Target {
    Colour(Rgba),
    /// Colour stops over the condition's own number, ascending; outside, the end colours hold.
    ColourScale(Vec<(f64, Rgba)>),
    /// 0..=1.
    Opacity(f32),
    Icon(Icon),
    /// The condition's own number, whether truthy or not; decides only when it is finite.
    Number,
    /// The condition's own value as text.
    Text,
}

/// What a rule says at this moment.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome<'a> {
    Colour(Rgba),
    Opacity(f32),
    Icon(&'a Icon),
    Number(f64),
    Text(String),
}

/// A sign at a tag. Kinds differ in shape as well as colour.
#[derive(Clone, PartialEq, Debug)]
pub struct Icon {
    pub kind: IconKind,
    /// Replaces the colour of the kind.
    pub colour: Option<Rgba>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum IconKind {
    Info,
    Warning,
    Error,
    Video,
    Custom,
}

impl Rule {
    pub fn new(name: impl Into<String>, statements: impl IntoIterator<Item = (Expression, Target)>) -> Self {
        let mut identifiers: Vec<Box<str>> = Vec::new();
        let statements = statements
            .into_iter()
            .map(|(condition, target)| {
                let slots = condition
                    .identifiers()
                    .iter()
                    .map(|name| {
                        identifiers.iter().position(|known| known == name).unwrap_or_else(|| {
                            identifiers.push(name.clone());
                            identifiers.len() - 1
                        })
                    })
                    .collect();
                Statement { condition, target, slots }
            })
            .collect();
        Self { name: name.into(), statements, identifiers }
    }

    /// Names of the inputs, in slot order.
    pub fn identifiers(&self) -> &[Box<str>] {
        &self.identifiers
    }

    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        self.statements.iter().map(|statement| &statement.target)
    }

    /// The outcome of the first statement that decides; `read` gives the input of a slot.
    pub fn evaluate<'a>(&'a self, read: &dyn Fn(usize) -> Option<Reading<'a>>) -> Option<Outcome<'a>> {
        self.statements.iter().find_map(|statement| statement.decide(read))
    }
}

impl Statement {
    fn decide<'a>(&'a self, read: &dyn Fn(usize) -> Option<Reading<'a>>) -> Option<Outcome<'a>> {
        let value = self.condition.eval(&|slot| read(*self.slots.get(slot)?));
        if let Target::Number = self.target {
            return value.as_number().map(Outcome::Number);
        }
        if let Target::ColourScale(stops) = &self.target {
            return value.as_number().and_then(|number| colour_on_scale(stops, number)).map(Outcome::Colour);
        }
        if !value.truthy() {
            return None;
        }
        match &self.target {
            Target::Colour(colour) => Some(Outcome::Colour(*colour)),
            Target::Opacity(opacity) => Some(Outcome::Opacity(*opacity)),
            Target::Icon(icon) => Some(Outcome::Icon(icon)),
            Target::Text => Some(Outcome::Text(in_words(&value))),
            Target::Number | Target::ColourScale(_) => None,
        }
    }
}

/// A number with the four digits that can be read on a label; whole numbers stay whole.
fn in_words(value: &Datum<'_>) -> String {
    match value {
        Datum::Number(number) if number.fract() != 0.0 && number.is_finite() => {
            let rounded = format!("{number:.3e}").parse::<f64>().unwrap_or(*number);
            if number.abs() < 1e3 { rounded.to_string() } else { format!("{number:.0}") }
        }
        other => other.to_string(),
    }
}

fn colour_on_scale(stops: &[(f64, Rgba)], number: f64) -> Option<Rgba> {
    let (first, last) = (stops.first()?, stops.last()?);
    let upper = stops.partition_point(|stop| stop.0 <= number);
    let (Some(below), Some(above)) = (upper.checked_sub(1).and_then(|lower| stops.get(lower)), stops.get(upper)) else {
        return Some(if number < first.0 { first.1 } else { last.1 });
    };
    let t = (number - below.0) / (above.0 - below.0);
    Some(below.1.lerp(above.1, t as f32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::quality::Quality;
    use crate::domain::time::Span;
    use crate::domain::value::Value;

    fn rule(statements: &[(&str, Target)]) -> Rule {
        let parsed = statements.iter().map(|(text, target)| {
            (Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")), target.clone())
        });
        Rule::new("test", parsed)
    }

    fn evaluate<'a>(rule: &'a Rule, inputs: &'a [(&str, Value)]) -> Option<Outcome<'a>> {
        rule.evaluate(&|slot| {
            let name = rule.identifiers().get(slot)?;
            let (_, value) = inputs.iter().find(|(known, _)| **known == **name)?;
            Some(Reading { value, quality: Quality::Good, age: Span::ZERO, stale: false, unit: None })
        })
    }

    const RED: Rgba = Rgba::from_hex(0xff0000);
    const YELLOW: Rgba = Rgba::from_hex(0xffff00);

    #[test]
    fn the_first_statement_that_holds_decides() {
        let rule = rule(&[("Temperature > 100", Target::Colour(RED)), ("Temperature < 99", Target::Colour(YELLOW))]);
        let colour = |degrees| {
            evaluate(&rule, &[("Temperature", Value::Real(degrees))]).map(|outcome| outcome == Outcome::Colour(RED))
        };
        assert_eq!([101.0, 99.5, 98.0].map(colour), [Some(true), None, Some(false)]);
        assert_eq!(evaluate(&rule, &[]), None);
    }

    #[test]
    fn a_number_counts_even_when_it_is_zero() {
        let rule = rule(&[("(RPM - 55) / 10", Target::Number)]);
        assert_eq!(evaluate(&rule, &[("RPM", Value::Real(55.0))]), Some(Outcome::Number(0.0)));
        assert_eq!(evaluate(&rule, &[("RPM", Value::text("fast"))]), None);
    }

    #[test]
    fn numbers_on_labels_have_as_many_digits_as_can_be_read() {
        let rule = rule(&[("t", Target::Text)]);
        let text = |value| match evaluate(&rule, &[("t", value)]) {
            Some(Outcome::Text(text)) => text,
            other => panic!("{other:?}"),
        };
        let numbers = [54.930_251_114, 1.200_022_6, 0.012_345_6, 12_345.678, 1_450.0, -2.5].map(Value::Real);
        assert_eq!(numbers.map(text), ["54.93", "1.2", "0.01235", "12346", "1450", "-2.5"]);
        assert_eq!(text(Value::text("54.930251114")), "54.930251114");
    }

    #[test]
    fn colour_scales_mix_between_stops_and_hold_outside() {
        let rule = rule(&[("t", Target::ColourScale(vec![(0.0, YELLOW), (10.0, RED)]))]);
        let green = |t| match evaluate(&rule, &[("t", Value::Real(t))]) {
            Some(Outcome::Colour(colour)) => colour.g,
            other => panic!("{other:?}"),
        };
        assert_eq!([-5.0, 0.0, 5.0, 10.0, 99.0].map(green), [1.0, 1.0, 0.5, 0.0, 0.0]);
    }

    #[test]
    fn statements_share_their_inputs_by_name() {
        let rule = rule(&[("a > b", Target::Opacity(0.5)), ("b > a", Target::Opacity(0.2))]);
        assert_eq!(rule.identifiers().len(), 2);
        let inputs = [("a", Value::Int(1)), ("b", Value::Int(2))];
        assert_eq!(evaluate(&rule, &inputs), Some(Outcome::Opacity(0.2)));
    }
}
