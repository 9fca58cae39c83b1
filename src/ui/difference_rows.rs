//! Which differences are listed, and in what order: largest against their signal's range first, or
//! of these what a search finds. Sorted again when the list or the words change, not every frame.

use super::reading::Throttle;
use crate::domain::catalog::Catalog;
use crate::domain::recording::Difference;

/// What the list remembers.
#[derive(Default)]
pub struct DifferenceRows {
    pub words: String,
    /// Places in the list of differences.
    order: Vec<usize>,
    built: Option<(usize, String)>,
    throttle: Throttle,
}

/// A list of the same length that changed is taken up after this.
const REFRESH_SECS: f64 = 1.0;

impl DifferenceRows {
    /// Places of what is listed, from top to bottom. `time_secs` is the clock of the screen.
    pub fn order(&mut self, differences: &[Difference], catalog: &Catalog, time_secs: f64) -> &[usize] {
        let built =
            self.built.as_ref().is_some_and(|(count, words)| *count == differences.len() && *words == self.words);
        if self.throttle.due(time_secs, REFRESH_SECS) || !built {
            self.built = Some((differences.len(), self.words.clone()));
            self.build(differences, catalog);
        }
        &self.order
    }

    fn build(&mut self, differences: &[Difference], catalog: &Catalog) {
        let wanted: Vec<String> = self.words.split_whitespace().map(str::to_lowercase).collect();
        let found = |difference: &Difference| {
            let Some(signal) = catalog.get(difference.signal) else { return false };
            let path = signal.path.to_lowercase();
            wanted.iter().all(|word| path.contains(word))
        };
        // What is not a number says nothing and comes last.
        let size = |place: &usize| {
            let relative = differences.get(*place).map_or(f64::NAN, |difference| difference.relative);
            if relative.is_nan() { -1.0 } else { relative }
        };
        self.order.clear();
        self.order.extend(differences.iter().enumerate().filter(|(_, each)| found(each)).map(|(place, _)| place));
        self.order.sort_by(|one, other| size(other).total_cmp(&size(one)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fixture;

    #[test]
    fn the_largest_for_its_signal_comes_first_and_what_is_no_number_last() {
        let plant = fixture::comparison();
        let mut differences = plant.differences.clone().unwrap_or_default();
        let mut rows = DifferenceRows::default();
        assert_eq!(rows.order(&differences, &plant.catalog, 0.0), [1, 2, 0]);
        differences[1].relative = f64::NAN;
        assert_eq!(rows.order(&differences, &plant.catalog, 0.5), [1, 2, 0], "not looked at again yet");
        assert_eq!(rows.order(&differences, &plant.catalog, 1.5), [2, 0, 1]);
    }

    #[test]
    fn a_search_finds_words_of_the_path() {
        let plant = fixture::comparison();
        let differences = plant.differences.clone().unwrap_or_default();
        let mut rows = DifferenceRows { words: "FILLER speed".into(), ..DifferenceRows::default() };
        assert_eq!(rows.order(&differences, &plant.catalog, 0.0).len(), 1);
        rows.words = "pump".into();
        assert!(rows.order(&differences, &plant.catalog, 0.1).is_empty());
    }
}
