//! The coordinate in which a parameter is looked for: a factor counts by its logarithm.

use super::CalibrateError;
use crate::domain::unit::Unit;
use crate::simulation::model::Parameter;

/// Where no range is asked for, a positive parameter is looked for between its start over this and its
/// start times this.
const SPREAD: f64 = 20.0;
/// A positive parameter whose range begins at 0 is looked for down to its start over this.
const FINEST: f64 = 1000.0;
/// One unit of a coordinate that is no logarithm, as a part of the range.
const LINEAR_UNIT: f64 = 0.25;

/// One wanted parameter. Coordinate 0 is the value at the start.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Axis {
    pub(super) name: String,
    pub(super) unit: Unit,
    /// Value that the model has.
    pub(super) start: f64,
    /// Between these it is looked for; low < high.
    pub(super) low: f64,
    pub(super) high: f64,
    logarithmic: bool,
}

impl Axis {
    /// # Errors
    /// When there is no range to look in.
    pub(super) fn new(parameter: &Parameter, start: f64, range: Option<(f64, f64)>) -> Result<Self, CalibrateError> {
        let (least, most) = parameter.range;
        let (mut low, mut high) = range.map_or((least, most), |(low, high)| (low.max(least), high.min(most)));
        let logarithmic = start > 0.0 && (low >= 0.0 || high - low > FINEST * start);
        if logarithmic && range.is_none() {
            (low, high) = (low.max(start / SPREAD), high.min(start * SPREAD));
        } else if logarithmic {
            low = low.max(start / FINEST);
        }
        if !(low < high && (high - low).is_finite()) {
            return Err(CalibrateError::Range { name: parameter.name.clone(), low, high });
        }
        let (name, unit) = (parameter.name.clone(), parameter.unit.clone());
        Ok(Self { name, unit, start, low, high, logarithmic })
    }

    /// Value at a coordinate, in the range.
    pub(super) fn value(&self, at: f64) -> f64 {
        let value = if self.logarithmic { self.start * at.exp() } else { self.start + at * self.linear_unit() };
        value.clamp(self.low, self.high)
    }

    /// The nearest coordinate in the range.
    pub(super) fn clamp(&self, at: f64) -> f64 {
        at.clamp(self.coordinate(self.low), self.coordinate(self.high))
    }

    /// How far the value moves for one unit of the coordinate.
    pub(super) fn slope(&self, at: f64) -> f64 {
        if self.logarithmic { self.value(at) } else { self.linear_unit() }
    }

    fn coordinate(&self, value: f64) -> f64 {
        if self.logarithmic { (value / self.start).ln() } else { (value - self.start) / self.linear_unit() }
    }

    fn linear_unit(&self) -> f64 {
        LINEAR_UNIT * (self.high - self.low)
    }
}
