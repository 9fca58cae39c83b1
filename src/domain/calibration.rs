//! What a fit of a model to measured data found.

use super::time::Timestamp;
use super::unit::Unit;

/// Parameters that let the model follow a stretch of measured data best.
#[derive(Clone, PartialEq, Debug)]
pub struct Calibration {
    /// First and last moment of the data.
    pub window: (Timestamp, Timestamp),
    pub parameters: Vec<FittedParameter>,
    /// Misfit with the parameters as they were, and as they are now: the sum of squared distances, each in
    /// standard deviations of chance; for a model without chance in parts of the extent of its variable.
    pub misfit: (f64, f64),
    /// What to be careful about, in words, one item each.
    pub doubts: Vec<String>,
}

/// One parameter that was to be fitted.
#[derive(Clone, PartialEq, Debug)]
pub struct FittedParameter {
    /// Name in the model, for example `Filler/MtbfFactor`.
    pub name: String,
    pub unit: Unit,
    /// Value before.
    pub before: f64,
    /// Value that fits best; `before` where the data say nothing of it.
    pub value: f64,
    /// Standard error of `value`; none where the data say nothing of it.
    pub std_error: Option<f64>,
    /// Values between which it was looked for.
    pub range: (f64, f64),
}

impl FittedParameter {
    /// The best value lies at an end of the range: a better one may lie outside.
    pub fn at_bound(&self) -> bool {
        let (low, high) = self.range;
        self.std_error.is_some() && (self.value <= low || self.value >= high)
    }
}
