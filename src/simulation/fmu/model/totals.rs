//! The figures of a stretch of time: mean, highest and lowest value of outputs.
//!
//! Between two steps a value is taken to go straight, so the mean is that of the trapezoidal rule. A
//! stretch at one of whose ends the value is not known does not count.

use crate::domain::scenario::Better;
use crate::simulation::model::{Figure, Variable};

/// So many of the first outputs have a highest and a lowest value beside the mean.
const EXTREMES: usize = 20;

/// What was added up since the period began.
#[derive(Clone, Debug)]
pub(super) struct Totals(Vec<Total>);

#[derive(Clone, Debug)]
struct Total {
    last: Option<f64>,
    /// In the unit of the output times seconds.
    integral: f64,
    secs: f64,
    low: f64,
    high: f64,
}

impl Totals {
    /// A period that begins with these values.
    pub fn new(values: impl Iterator<Item = Option<f64>>) -> Self {
        let total = |last: Option<f64>| Total {
            last,
            integral: 0.0,
            secs: 0.0,
            low: last.unwrap_or(f64::INFINITY),
            high: last.unwrap_or(f64::NEG_INFINITY),
        };
        Self(values.map(total).collect())
    }

    /// The values at the end of a step.
    pub fn add(&mut self, step_secs: f64, values: impl Iterator<Item = Option<f64>>) {
        for (total, value) in self.0.iter_mut().zip(values) {
            if let Some(value) = value {
                (total.low, total.high) = (total.low.min(value), total.high.max(value));
            }
            if let (Some(before), Some(value)) = (total.last, value) {
                total.integral += step_secs * (0.5 * before + 0.5 * value);
                total.secs += step_secs;
            }
            total.last = value;
        }
    }

    /// In the order of [`figures`]; none where no time has passed.
    pub fn figures(&self) -> Vec<Option<f64>> {
        let of = |(place, total): (usize, &Total)| {
            let all = [total.integral / total.secs, total.high, total.low];
            all.into_iter()
                .take(words(place).len())
                .map(|figure| (total.secs > 0.0).then_some(figure))
                .collect::<Vec<_>>()
        };
        self.0.iter().enumerate().flat_map(of).collect()
    }
}

/// The figures of these outputs.
pub(super) fn figures<'a>(outputs: impl Iterator<Item = &'a Variable>) -> Vec<Figure> {
    let of = |(place, output): (usize, &'a Variable)| {
        words(place).iter().map(|word| Figure {
            name: format!("{}, {word}", output.name),
            unit: output.unit.clone(),
            better: Better::Unknown,
            part: output.name.rsplit_once(['/', '.']).map(|(part, _)| part.to_owned()),
        })
    };
    outputs.enumerate().flat_map(of).collect()
}

fn words(place: usize) -> &'static [&'static str] {
    if place < EXTREMES { &["mean", "highest", "lowest"] } else { &["mean"] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::unit::Unit;
    use crate::domain::value::ValueKind;

    #[test]
    fn figures_weigh_values_by_their_time() {
        // From 1 to 3 in 2 s, 3 for 1 s, from 3 to -1 in 4 s: (4 + 3 + 4) / 7.
        let mut totals = Totals::new([Some(1.0)].into_iter());
        assert_eq!(totals.figures(), [None; 3]);
        for (secs, value) in [(2.0, 3.0), (1.0, 3.0), (4.0, -1.0)] {
            totals.add(secs, [Some(value)].into_iter());
        }
        assert_eq!(totals.figures(), [Some(11.0 / 7.0), Some(3.0), Some(-1.0)]);
    }

    #[test]
    fn time_in_which_a_value_is_not_known_does_not_count() {
        let mut totals = Totals::new([None].into_iter());
        for value in [Some(5.0), Some(7.0), None, Some(100.0), Some(100.0)] {
            totals.add(1.0, [value].into_iter());
        }
        assert_eq!(totals.figures(), [Some(53.0), Some(100.0), Some(5.0)]);
        let mut never = Totals::new([Some(5.0)].into_iter());
        never.add(1.0, [None].into_iter());
        assert_eq!(never.figures(), [None; 3]);
    }

    #[test]
    fn figures_and_their_values_have_one_order() {
        let output = |place| Variable {
            name: format!("Tank{place}/Level"),
            kind: ValueKind::Real,
            unit: Unit::new("m"),
            range: None,
            writable: false,
            cyclic: false,
            description: String::new(),
        };
        let outputs: Vec<Variable> = (0..25).map(output).collect();
        let figures = figures(outputs.iter());
        assert_eq!(figures.len(), 20 * 3 + 5);
        assert_eq!((figures[5].name.as_str(), figures[5].part.as_deref()), ("Tank1/Level, lowest", Some("Tank1")));
        assert_eq!(figures[61].name, "Tank21/Level, mean");
        let mut totals = Totals::new((0..25).map(|place| Some(f64::from(place))));
        totals.add(1.0, (0..25).map(|place| Some(f64::from(place))));
        assert_eq!((totals.figures().len(), totals.figures()[5], totals.figures()[61]), (65, Some(1.0), Some(21.0)));
    }
}
