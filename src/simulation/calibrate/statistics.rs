//! What is compared of a stretch of time, measured or simulated: one and the same count of both.

use std::fmt;
use std::sync::Arc;

use crate::domain::value::{Value, ValueKind};

/// Different texts of one variable that are counted; later ones are not.
const MOST_WORDS: usize = 64;

/// Counts of one variable over the points of a grid in time.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Tally {
    /// Points, mean and sum of squared distances from it (Welford 1962).
    Number(u32, f64, f64),
    /// Points, sum of all steps up, last value.
    Counter(u32, f64, Option<f64>),
    /// Points, texts seen, place of the last. Flags count as "" and "true".
    Words(u32, Vec<Word>, Option<usize>),
    /// The values themselves.
    Path(Vec<Option<f64>>),
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Word {
    text: Arc<str>,
    points: u32,
    entries: u32,
}

/// One number that says something of a stretch of time.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Statistic {
    /// Place among the compared variables.
    pub(super) variable: usize,
    pub(super) measure: Measure,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Measure {
    Mean,
    Deviation,
    /// Steps up per hour.
    Growth,
    /// Part of the time in which the text is this one; none: any but the empty one.
    Share(Option<Arc<str>>),
    /// How often per hour it became this one; none: any but the empty one.
    Entries(Option<Arc<str>>),
    /// Value at a point of the grid.
    At(usize),
}

impl Tally {
    /// `whole_path`: the values of numbers are kept, all else is left out.
    pub(super) fn new(kind: ValueKind, whole_path: bool) -> Self {
        match kind {
            _ if whole_path => Self::Path(Vec::new()),
            ValueKind::Real => Self::Number(0, 0.0, 0.0),
            ValueKind::Int => Self::Counter(0, 0.0, None),
            ValueKind::Bool | ValueKind::Text => Self::Words(0, Vec::new(), None),
        }
    }

    /// Counts the value at the next point of the grid; none where it is not known.
    pub(super) fn add(&mut self, value: Option<&Value>) {
        match self {
            Self::Path(path) => path.push(value.and_then(Value::as_f64)),
            Self::Number(points, mean, squares) => {
                let Some(number) = value.and_then(Value::as_f64) else { return };
                *points += 1;
                let before = number - *mean;
                *mean += before / f64::from(*points);
                *squares += before * (number - *mean);
            }
            Self::Counter(points, growth, last) => {
                let Some(number) = value.and_then(Value::as_f64) else { return };
                *points += 1;
                *growth += last.replace(number).map_or(0.0, |last| (number - last).max(0.0));
            }
            Self::Words(points, words, last) => {
                let text: &str = match value {
                    Some(Value::Text(text)) => text,
                    Some(Value::Bool(flag)) => {
                        if *flag {
                            "true"
                        } else {
                            ""
                        }
                    }
                    _ => {
                        *last = None;
                        return;
                    }
                };
                *points += 1;
                let same = last.filter(|last| words.get(*last).is_some_and(|word| *word.text == *text));
                let found = same.or_else(|| words.iter().position(|word| *word.text == *text));
                let found = found.or_else(|| {
                    let room = words.len() < MOST_WORDS;
                    room.then(|| words.push(Word { text: text.into(), points: 0, entries: 0 }));
                    room.then(|| words.len() - 1)
                });
                if let Some(word) = found.and_then(|found| words.get_mut(found)) {
                    word.points += 1;
                    word.entries += u32::from(last.is_some() && *last != found);
                }
                *last = found;
            }
        }
    }

    /// Points at which the value was known.
    pub(super) fn known(&self) -> usize {
        match self {
            Self::Number(points, ..) | Self::Counter(points, ..) | Self::Words(points, ..) => *points as usize,
            Self::Path(path) => path.iter().flatten().count(),
        }
    }

    fn words(&self) -> &[Word] {
        if let Self::Words(_, words, _) = self { words } else { &[] }
    }
}

/// The statistics of a variable, from what was measured and what was simulated of it.
pub(super) fn statistics(variable: usize, measured: &Tally, simulated: &[&Tally]) -> Vec<Statistic> {
    let measures = match measured {
        Tally::Number(..) => vec![Measure::Mean, Measure::Deviation],
        Tally::Counter(..) => vec![Measure::Growth],
        Tally::Path(path) => (1..path.len()).filter(|place| path[*place].is_some()).map(Measure::At).collect(),
        Tally::Words(..) => {
            let all = [measured].into_iter().chain(simulated.iter().copied()).flat_map(Tally::words);
            let mut texts: Vec<Option<Arc<str>>> = all.map(|word| Some(word.text.clone())).collect();
            if texts.iter().flatten().any(|text| text.is_empty()) {
                texts = vec![None];
            }
            texts.sort();
            texts.dedup();
            texts.into_iter().flat_map(|text| [Measure::Share(text.clone()), Measure::Entries(text)]).collect()
        }
    };
    measures.into_iter().map(|measure| Statistic { variable, measure }).collect()
}

impl Statistic {
    /// The number for a count over points that lie `grid_secs` apart; 0 where nothing was counted.
    pub(super) fn of(&self, tallies: &[Tally], grid_secs: f64) -> f64 {
        let Some(tally) = tallies.get(self.variable) else { return 0.0 };
        let points = (tally.known() as f64).max(1.0);
        let per_hour = 3600.0 / (points * grid_secs);
        let sum = |wanted: &Option<Arc<str>>, count: fn(&Word) -> u32| {
            let words = tally.words().iter();
            let words = words.filter(|word| wanted.as_ref().map_or(!word.text.is_empty(), |text| word.text == *text));
            words.map(|word| f64::from(count(word))).sum::<f64>()
        };
        match (&self.measure, tally) {
            (Measure::Mean, Tally::Number(_, mean, _)) => *mean,
            (Measure::Deviation, Tally::Number(_, _, squares)) => (squares / points).sqrt(),
            (Measure::Growth, Tally::Counter(_, growth, _)) => growth * per_hour,
            (Measure::Share(text), _) => sum(text, |word| word.points) / points,
            (Measure::Entries(text), _) => sum(text, |word| word.entries) * per_hour,
            (Measure::At(place), Tally::Path(path)) => path.get(*place).copied().flatten().unwrap_or_default(),
            _ => 0.0,
        }
    }

    /// The least difference that can be seen in a stretch: one point, one step, one entry.
    pub(super) fn grain(&self, points: usize, grid_secs: f64) -> f64 {
        match self.measure {
            Measure::Growth | Measure::Entries(_) => 3600.0 / (points as f64 * grid_secs),
            Measure::Share(_) => 1.0 / points as f64,
            Measure::Mean | Measure::Deviation | Measure::At(_) => 0.0,
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mean => f.write_str("mean"),
            Self::Deviation => f.write_str("standard deviation"),
            Self::Growth => f.write_str("growth per hour"),
            Self::Share(text) => write!(f, "part of the time {}", text.as_deref().unwrap_or("set")),
            Self::Entries(text) => write!(f, "times per hour {}", text.as_deref().unwrap_or("set")),
            Self::At(place) => write!(f, "value at point {place}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(kind: ValueKind, values: &[Option<Value>]) -> Tally {
        let mut tally = Tally::new(kind, false);
        values.iter().for_each(|value| tally.add(value.as_ref()));
        tally
    }

    fn all(tally: Tally, grid_secs: f64) -> Vec<(String, f64)> {
        let found = statistics(0, &tally, &[]);
        let tallies = [tally];
        found.iter().map(|one| (one.measure.to_string(), one.of(&tallies, grid_secs))).collect()
    }

    #[test]
    fn numbers_have_mean_and_deviation_of_what_is_known() {
        let values = [Some(Value::Real(1.0)), None, Some(Value::Real(5.0))];
        let expected = [("mean".to_owned(), 3.0), ("standard deviation".to_owned(), 2.0)];
        assert_eq!(all(counted(ValueKind::Real, &values), 1.0), expected);
    }

    #[test]
    fn counters_grow_by_their_steps_up_also_after_they_began_anew() {
        let values = [10, 12, 12, 0, 3].map(|count| Some(Value::Int(count)));
        // 2 and 3 in five points of 36 s.
        assert_eq!(all(counted(ValueKind::Int, &values), 36.0), [("growth per hour".to_owned(), 100.0)]);
    }

    #[test]
    fn texts_have_shares_and_entries_and_a_text_that_may_be_empty_counts_as_set_or_not() {
        let texts = ["A", "B", "B", "A"].map(|text| Some(Value::text(text)));
        let expected = [
            ("part of the time A".to_owned(), 0.5),
            ("times per hour A".to_owned(), 1.0),
            ("part of the time B".to_owned(), 0.5),
            ("times per hour B".to_owned(), 1.0),
        ];
        assert_eq!(all(counted(ValueKind::Text, &texts), 900.0), expected);
        let faults = ["", "jam", "burst", "", ""].map(|text| Some(Value::text(text)));
        let expected = [("part of the time set".to_owned(), 0.4), ("times per hour set".to_owned(), 2.0)];
        assert_eq!(all(counted(ValueKind::Text, &faults), 720.0), expected);
        let flags = [true, false, true, true].map(|flag| Some(Value::Bool(flag)));
        let expected = [("part of the time set".to_owned(), 0.75), ("times per hour set".to_owned(), 1.0)];
        assert_eq!(all(counted(ValueKind::Bool, &flags), 900.0), expected);
    }
}
