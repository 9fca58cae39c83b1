//! What a fit found, in the units of the parameters and in words.

use nalgebra::{DMatrix, DVector};

use super::axis::Axis;
use super::search::Target;
use super::{Compared, Fitted};
use crate::domain::calibration::{Calibration, FittedParameter};
use crate::domain::time::Timestamp;

/// From here on two parameters are told to act alike.
const STRONG_CORRELATION: f64 = 0.9;
/// A misfit that chance exceeds less than once in ten thousand fits, in standard deviations.
const POOR_FIT: f64 = 4.0;
const MOST_COMPARED: usize = 12;

/// What is known at the end of a fit.
pub(super) struct Outcome<'a> {
    pub(super) window: (Timestamp, Timestamp),
    pub(super) axes: &'a [Axis],
    /// Best coordinate of each axis.
    pub(super) at: DVector<f64>,
    /// Axes of which something is known.
    pub(super) active: &'a [usize],
    /// Of the coordinates of these; none where they cannot be told apart.
    pub(super) covariance: Option<DMatrix<f64>>,
    /// Compared variables.
    pub(super) names: &'a [String],
    /// Variables that were measured for too short a time.
    pub(super) unknown: &'a [String],
    pub(super) target: &'a Target,
    /// Statistics that were fitted.
    pub(super) rows: usize,
    pub(super) misfit: (f64, f64),
    /// Statistics with the parameters before and after.
    pub(super) means: (DVector<f64>, DVector<f64>),
    pub(super) deviations: DVector<f64>,
    pub(super) chance: bool,
    /// The runs sufficed to find the best place.
    pub(super) enough: bool,
    pub(super) runs: u32,
}

pub(super) fn report(outcome: Outcome<'_>) -> Fitted {
    let parameters = parameters(&outcome);
    let calibration = Calibration {
        window: outcome.window,
        misfit: outcome.misfit,
        doubts: doubts(&outcome, &parameters),
        parameters,
    };
    Fitted { calibration, statistics: statistics(&outcome), runs: outcome.runs }
}

fn parameters(outcome: &Outcome<'_>) -> Vec<FittedParameter> {
    let parameter = |(index, axis): (usize, &Axis)| {
        let coordinate = outcome.at.get(index).copied().unwrap_or_default();
        let known = outcome.active.iter().position(|active| *active == index).zip(outcome.covariance.as_ref());
        let std_error = known.map(|(place, covariance)| covariance[(place, place)].sqrt() * axis.slope(coordinate));
        FittedParameter {
            name: axis.name.clone(),
            unit: axis.unit.clone(),
            before: axis.start,
            value: if std_error.is_some() { axis.value(coordinate) } else { axis.start },
            std_error,
            range: (axis.low, axis.high),
        }
    };
    outcome.axes.iter().enumerate().map(parameter).collect()
}

fn doubts(outcome: &Outcome<'_>, parameters: &[FittedParameter]) -> Vec<String> {
    let mut doubts = Vec::new();
    if outcome.covariance.is_none() {
        doubts.push("The parameters cannot be told apart in this window; all stay. Fit fewer together.".to_owned());
    }
    for (index, parameter) in parameters.iter().enumerate() {
        let (name, (low, high)) = (&parameter.name, parameter.range);
        if !outcome.active.contains(&index) {
            let stays = parameter.before;
            doubts.push(format!(
                "{name}: the window says nothing of it. It stays at {stays}. Fit it to a longer window."
            ));
        } else if parameter.at_bound() {
            doubts.push(format!(
                "{name}: the best value lies at an end of {low} to {high}. It may lie outside. Widen the range."
            ));
        }
    }
    doubts.extend(outcome.covariance.iter().flat_map(|covariance| alike(outcome, covariance)));
    let freedom = outcome.rows.saturating_sub(outcome.active.len()) as f64;
    if outcome.chance && outcome.misfit.1 > freedom + POOR_FIT * (2.0 * freedom).sqrt() {
        doubts.push(format!(
            "The fit leaves a misfit of {:.0} where chance alone leaves about {freedom:.0}. Something else differs. Fit other parameters too.",
            outcome.misfit.1
        ));
    }
    if !outcome.enough {
        doubts.push("The runs ended before the fit did. A better one may be near. Allow more runs.".to_owned());
    }
    if let Some(first) = outcome.unknown.first() {
        let count = outcome.unknown.len();
        doubts.push(format!(
            "{count} variables were known for less than half of the window, {first} first; they were not compared."
        ));
    }
    doubts
}

fn alike(outcome: &Outcome<'_>, covariance: &DMatrix<f64>) -> Vec<String> {
    let name = |place: usize| {
        let axis = outcome.active.get(place).and_then(|active| outcome.axes.get(*active));
        axis.map_or("", |axis| axis.name.as_str())
    };
    let mut found = Vec::new();
    for first in 0..covariance.nrows() {
        for second in first + 1..covariance.nrows() {
            let spread = (covariance[(first, first)] * covariance[(second, second)]).sqrt();
            let correlation = covariance[(first, second)] / spread;
            if correlation.abs() > STRONG_CORRELATION {
                found.push(format!(
                    "{} and {} act alike in this window (correlation {correlation:.2}). Trust their joint effect, not each. Fit one of them.",
                    name(first),
                    name(second)
                ));
            }
        }
    }
    found
}

/// The statistics that changed most, in standard deviations; without chance in parts of what is measured.
fn statistics(outcome: &Outcome<'_>) -> Vec<Compared> {
    let (before, after) = &outcome.means;
    let rows = outcome.target.statistics.iter().zip(outcome.target.measured.iter());
    let rows = rows.zip(before.iter().zip(after.iter()).zip(outcome.deviations.iter()));
    let mut compared: Vec<Compared> = rows
        .map(|((statistic, measured), ((before, after), deviation))| {
            let variable = outcome.names.get(statistic.variable).map_or("", String::as_str);
            let name = format!("{variable}, {}", statistic.measure);
            Compared { name, measured: *measured, before: *before, after: *after, deviation: *deviation }
        })
        .collect();
    let change = |one: &Compared| {
        let unit = if one.deviation > 0.0 { one.deviation } else { one.measured.abs().max(one.before.abs()) };
        if unit > 0.0 { (one.after - one.before).abs() / unit } else { 0.0 }
    };
    compared.sort_by(|a, b| change(b).total_cmp(&change(a)));
    compared.truncate(MOST_COMPARED);
    compared
}
