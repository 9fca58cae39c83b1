//! Where a variable lies over time, over all runs.

use crate::domain::scenario::percentile;
use crate::domain::unit::Unit;

/// Spread of the runs at one moment.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Band {
    pub min: f64,
    /// 5th percentile.
    pub low: f64,
    /// Median.
    pub middle: f64,
    /// 95th percentile.
    pub high: f64,
    pub max: f64,
}

/// Bands of one variable; `baseline[i]` and `changed[i]` hold at `i` times the distance of the grid.
#[derive(Clone, PartialEq, Debug)]
pub struct VariableBands {
    pub variable: String,
    pub unit: Unit,
    /// Time between two bands [s].
    pub grid_secs: u32,
    pub baseline: Vec<Band>,
    pub changed: Vec<Band>,
}

/// Bands of the series of all runs, as far as the shortest goes. Moments without a finite value have
/// the band of the moment before.
pub(super) fn bands<'a>(series: impl Iterator<Item = &'a [f64]> + Clone) -> Vec<Band> {
    let points = series.clone().map(<[f64]>::len).min().unwrap_or_default();
    let (mut bands, mut values): (Vec<Band>, Vec<f64>) = (Vec::with_capacity(points), Vec::new());
    for point in 0..points {
        values.clear();
        values.extend(series.clone().filter_map(|run| run.get(point)).copied().filter(|value| value.is_finite()));
        values.sort_unstable_by(f64::total_cmp);
        bands.extend(band(&values).or(bands.last().copied()));
    }
    bands
}

fn band(sorted: &[f64]) -> Option<Band> {
    Some(Band {
        min: *sorted.first()?,
        low: percentile(sorted, 5.0)?,
        middle: percentile(sorted, 50.0)?,
        high: percentile(sorted, 95.0)?,
        max: *sorted.last()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_percentiles_at_each_moment() {
        let runs: Vec<Vec<f64>> = (0..=100).rev().map(|run| vec![f64::from(run), -1.0]).collect();
        let found = bands(runs.iter().map(Vec::as_slice));
        let flat = Band { min: -1.0, low: -1.0, middle: -1.0, high: -1.0, max: -1.0 };
        assert_eq!(found, [Band { min: 0.0, low: 5.0, middle: 50.0, high: 95.0, max: 100.0 }, flat]);
    }
}
