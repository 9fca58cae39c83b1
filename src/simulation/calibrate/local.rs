//! How the statistics depend on the parameters near one place, and how far chance moves them.

use nalgebra::{DMatrix, DVector};

use super::statistics::{Statistic, Tally};

/// A difference is telling where its mean is this many of its standard errors from zero, for many runs;
/// few runs need more. Among some hundred statistics chance alone does not reach it.
const TELLING_ERRORS: f64 = 4.0;
const MORE_FOR_FEW_RUNS: f64 = 24.0;
/// A parameter is known where its standard error is within one unit of its coordinate, a factor of e.
const LEAST_SIGNAL: f64 = 1.0;
/// Statistics that are used for each parameter: the most telling ones.
const MOST_FOR_ONE: usize = 4;
/// Less than this part of a statistic is not worth to be fitted: no model is better.
const RELATIVE_FLOOR: f64 = 0.005;
/// Part by which correlations are drawn to zero (Ledoit and Wolf 2004): there are few runs.
const SHRINKAGE: f64 = 0.5;

/// Statistics at a centre and on both sides of it along each axis.
pub(super) struct Local {
    /// Mean over the runs, at the centre.
    pub(super) means: DVector<f64>,
    /// Change for one unit of each coordinate, by statistic and axis.
    jacobian: DMatrix<f64>,
    /// Standard error of that.
    errors: DMatrix<f64>,
    /// Distances of single runs from the mean of their place, by statistic and run.
    chance: DMatrix<f64>,
    /// Degrees of freedom in `chance`.
    freedom: f64,
    runs: f64,
}

/// Statistics that are fitted, and what counts as one standard deviation of them.
pub(super) struct Metric {
    pub(super) rows: Vec<usize>,
    scale: DVector<f64>,
    /// Lower factor of the correlation; none where statistics are taken as independent.
    factor: Option<DMatrix<f64>>,
}

/// Values of all statistics by run.
pub(super) fn values(statistics: &[Statistic], runs: &[Vec<Tally>], grid_secs: f64) -> DMatrix<f64> {
    DMatrix::from_fn(statistics.len(), runs.len(), |row, run| statistics[row].of(&runs[run], grid_secs))
}

/// Mean over the runs.
pub(super) fn mean(values: &DMatrix<f64>) -> DVector<f64> {
    values.column_mean()
}

impl Local {
    /// `places`: the centre, then low and high along each axis in turn. `widths`: from low to high.
    pub(super) fn new(places: &[DMatrix<f64>], widths: &[f64]) -> Self {
        let (rows, runs) = places.first().map_or((0, 0), DMatrix::shape);
        let mut chance = DMatrix::zeros(rows, runs * places.len());
        for (place, values) in places.iter().enumerate() {
            let middle = mean(values);
            for run in 0..runs {
                chance.set_column(place * runs + run, &(values.column(run) - &middle));
            }
        }
        let mut jacobian = DMatrix::zeros(rows, widths.len());
        let mut errors = jacobian.clone();
        for (axis, (pair, width)) in places.get(1..).unwrap_or_default().chunks_exact(2).zip(widths).enumerate() {
            let slopes = (&pair[1] - &pair[0]) / *width;
            jacobian.set_column(axis, &mean(&slopes));
            errors.set_column(axis, &slopes.column_variance().map(|variance| spread(variance, runs)));
        }
        Self {
            means: places.first().map(mean).unwrap_or_default(),
            jacobian,
            errors,
            chance,
            freedom: (places.len() * runs.saturating_sub(1)) as f64,
            runs: runs as f64,
        }
    }

    /// One standard deviation of each statistic, of one measurement and the mean of the runs together.
    /// `grains`: the least differences that can be seen.
    pub(super) fn deviations(&self, measured: &DVector<f64>, grains: &[f64]) -> DVector<f64> {
        DVector::from_fn(measured.len(), |row, _| {
            let variance = self.chance.row(row).norm_squared() / self.freedom.max(1.0) * (1.0 + 1.0 / self.runs);
            let floor = RELATIVE_FLOOR * measured[row].abs().max(self.means[row].abs());
            (variance + floor * floor + grains[row] * grains[row]).sqrt()
        })
    }

    /// The statistics that tell most of an axis; none where nothing tells of it.
    pub(super) fn telling(&self, axis: usize, deviations: &DVector<f64>) -> Vec<usize> {
        let signal = |row: usize| self.jacobian[(row, axis)].abs() / deviations[row];
        let mut rows: Vec<usize> = (0..deviations.len())
            .filter(|row| deviations[*row] > 0.0 && signal(*row) >= LEAST_SIGNAL)
            .filter(|row| self.sureness(*row, axis) > 1.0)
            .collect();
        rows.sort_by(|a, b| signal(*b).total_cmp(&signal(*a)));
        rows.truncate(MOST_FOR_ONE);
        rows
    }

    /// How far the slope of a statistic is from chance, in parts of where it tells; chance counts for more the
    /// nearer the look, as much as it is nearer.
    pub(super) fn sureness(&self, row: usize, axis: usize) -> f64 {
        let bar = TELLING_ERRORS + MORE_FOR_FEW_RUNS / (self.runs - 1.0).max(1.0);
        self.jacobian[(row, axis)].abs() / (bar * self.errors[(row, axis)]).max(f64::MIN_POSITIVE)
    }

    pub(super) fn has_chance(&self) -> bool {
        self.freedom > 0.0
    }

    pub(super) fn metric(&self, mut rows: Vec<usize>, deviations: &DVector<f64>) -> Metric {
        rows.sort_unstable();
        rows.dedup();
        let scale = DVector::from_iterator(rows.len(), rows.iter().map(|row| deviations[*row]));
        let mut chance = self.chance.select_rows(&rows);
        for mut column in chance.column_iter_mut() {
            column.component_div_assign(&scale);
        }
        let mut correlation = &chance * chance.transpose() / self.freedom.max(1.0) * (1.0 - SHRINKAGE);
        correlation.fill_diagonal(1.0);
        Metric { rows, scale, factor: correlation.cholesky().map(|found| found.l()) }
    }

    /// Leaves out all axes but these.
    pub(super) fn keep(&mut self, axes: &[usize]) {
        self.jacobian = self.jacobian.select_columns(axes);
        self.errors = self.errors.select_columns(axes);
    }

    /// Change of what [`Metric::distance`] gives, for one unit of each coordinate.
    pub(super) fn slopes(&self, metric: &Metric) -> DMatrix<f64> {
        metric.whitened(self.jacobian.select_rows(&metric.rows))
    }

    /// Covariance of the coordinates that fit best; none where they cannot be told apart. With chance: of
    /// single runs, mapped by the linear fit (Gourieroux and Monfort 1996, 2.3), and more where the weights
    /// of many statistics come from few runs (Rao 1967). Without: of the least squares, from what is left.
    pub(super) fn covariance(&self, metric: &Metric, left: f64) -> Option<DMatrix<f64>> {
        let slopes = self.slopes(metric);
        let inverse = (slopes.transpose() * &slopes).cholesky()?.inverse();
        if self.freedom == 0.0 {
            return Some(inverse * (left / slopes.nrows().saturating_sub(slopes.ncols()).max(1) as f64));
        }
        let moved = &inverse * slopes.transpose() * metric.whitened(self.chance.select_rows(&metric.rows));
        let spent = slopes.nrows().saturating_sub(slopes.ncols()) as f64 / self.runs;
        Some(&moved * moved.transpose() * ((1.0 + 1.0 / self.runs) * (1.0 + spent) / self.freedom))
    }
}

impl Metric {
    /// For a model without chance: every value in parts of how far its variable moves.
    pub(super) fn of_paths(statistics: &[Statistic], measured: &DVector<f64>) -> Self {
        let count = statistics.iter().map(|one| one.variable + 1).max().unwrap_or_default();
        let mut moves = vec![(f64::INFINITY, f64::NEG_INFINITY); count];
        for (one, value) in statistics.iter().zip(measured.iter()) {
            let (low, high) = moves[one.variable];
            moves[one.variable] = (low.min(*value), high.max(*value));
        }
        let extent = |row: usize| moves[statistics[row].variable].1 - moves[statistics[row].variable].0;
        let rows: Vec<usize> = (0..statistics.len()).filter(|row| extent(*row) > 0.0).collect();
        let scale = DVector::from_iterator(rows.len(), rows.iter().map(|row| extent(*row)));
        Self { rows, scale, factor: None }
    }

    /// Simulated less measured, in standard deviations that are independent of each other.
    pub(super) fn distance(&self, simulated: &DVector<f64>, measured: &DVector<f64>) -> DVector<f64> {
        let difference = (simulated - measured).select_rows(&self.rows);
        self.whitened(DMatrix::from_column_slice(self.rows.len(), 1, difference.as_slice())).column(0).into_owned()
    }

    fn whitened(&self, mut values: DMatrix<f64>) -> DMatrix<f64> {
        for mut column in values.column_iter_mut() {
            column.component_div_assign(&self.scale);
        }
        self.factor.as_ref().and_then(|factor| factor.solve_lower_triangular(&values)).unwrap_or(values)
    }
}

/// Standard error of a mean from the variance of its parts, taken over all of them.
fn spread(variance: f64, runs: usize) -> f64 {
    (variance / runs.saturating_sub(1).max(1) as f64).sqrt()
}
