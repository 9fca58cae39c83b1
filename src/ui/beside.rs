//! What the other side of a comparison says of a signal, in words.

use super::reading::Reading;
use super::{Console, format};
use crate::domain::signal::{Origin, Signal, SignalId};
use crate::domain::time::Timestamp;
use crate::domain::value::Value;

/// The other value beside the own one.
#[derive(Clone, PartialEq, Debug)]
pub struct Beside {
    /// Value with unit, and what keeps it from being trusted.
    pub text: String,
    /// Other minus own; none where the values are the same or cannot be taken from each other.
    pub difference: Option<String>,
}

impl Beside {
    /// The other side at a moment; none while nothing is compared.
    pub fn take(console: &Console, id: SignalId, signal: &Signal, moment: Timestamp) -> Option<Self> {
        let origin = console.compared?.origin;
        let reading = Reading::of(console, origin, id, signal, moment);
        let text = match (&reading.text, reading.caution()) {
            (None, _) => "no value".to_owned(),
            (Some(text), None) => text.clone(),
            (Some(text), Some(caution)) => format!("{text} ({caution})"),
        };
        Some(Self { text, difference: difference(console, origin, id, signal, moment) })
    }

    /// "598 /min, -14 /min".
    pub fn words(&self) -> String {
        match &self.difference {
            Some(difference) => format!("{}, {difference}", self.text),
            None => self.text.clone(),
        }
    }
}

fn difference(console: &Console, other: Origin, id: SignalId, signal: &Signal, moment: Timestamp) -> Option<String> {
    let value = |origin| console.history.at(origin, id, moment).map(|point| &point.value);
    let (own, other) = (value(console.playhead.origin())?, value(other)?);
    match (own, other) {
        (Value::Bool(_) | Value::Text(_), _) => (own != other).then(|| "differs".to_owned()),
        _ => {
            let distance = other.as_f64()? - own.as_f64()?;
            (distance != 0.0).then(|| format::signed_distance(distance, signal))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fixture;

    #[test]
    fn the_other_value_stands_with_its_difference() {
        let plant = fixture::comparison();
        let console = plant.console();
        let beside = |name: &str| {
            let id = plant.catalog.id(&format!("Riverside/Line 1/Filler/{name}")).expect("a signal of the filler");
            let signal = plant.catalog.get(id).expect("a signal of the filler");
            Beside::take(&console, id, signal, plant.playhead.moment()).map(|beside| beside.words())
        };
        assert_eq!(beside("Speed").as_deref(), Some("598\u{2009}/min, -14\u{2009}/min"));
        assert_eq!(beside("State").as_deref(), Some("HELD, differs"));
        assert_eq!(beside("Bottles").as_deref(), Some("no value"));
        assert!(beside("Level").is_some_and(|words| words.contains("Stale")), "an old value says so here too");
    }

    #[test]
    fn nothing_lies_beside_without_a_comparison() {
        let plant = fixture::plant();
        let id = plant.catalog.id("Riverside/Line 1/Filler/Speed").expect("a signal of the filler");
        let signal = plant.catalog.get(id).expect("a signal of the filler");
        assert_eq!(Beside::take(&plant.console(), id, signal, plant.playhead.moment()), None);
    }
}
