//! Writable signals and the limits inside which a person may ask for another value.
//!
//! Under which conditions it is written, `change::WritableRule` says.

use super::signal::SignalId;

/// A writable signal with its limits, all in the unit of the signal.
#[derive(Clone, PartialEq, Debug)]
pub struct Setpoint {
    pub signal: SignalId,
    /// Lowest value that may be asked for.
    pub min: f64,
    /// Highest value that may be asked for.
    pub max: f64,
    /// Values are multiples of this above `min`.
    pub step: Option<f64>,
    /// Fastest change per second.
    pub rate_limit_per_sec: Option<f64>,
    /// Equipment modes (for example PackML states) in which a change is accepted; empty: any.
    pub permitted_modes: Vec<String>,
}
