//! Fits parameters of a model to a window of measured data.
//!
//! A model with chance is fitted by the method of simulated moments (McFadden 1989): statistics of the
//! window, as shares of time and rates, are compared with their means over simulated runs that share
//! their chance, each in standard deviations of chance. A model without chance is fitted to the values
//! themselves. The setpoints of the window are played again. It asks nothing of the plant.
//!
//! Parameters that the window says nothing of are found first, named and left alone.

mod axis;
mod course;
#[cfg(test)]
mod coverage;
pub mod file;
mod fit;
#[cfg(test)]
mod guarantees;
mod local;
mod report;
mod search;
mod statistics;

use std::sync::atomic::AtomicBool;

use crate::domain::calibration::Calibration;
use crate::domain::time::{Span, Timestamp};
use crate::simulation::measured::Measured;
use crate::simulation::model::{Model, ModelError};

/// Parameters that may be fitted together.
pub const MOST_PARAMETERS: usize = 32;
/// Fewer runs do not show how far chance goes.
pub const FEWEST_RUNS: u32 = 4;
/// Shortest window that says anything [s].
const SHORTEST_SECS: f64 = 60.0;

/// What is to be fitted to which window.
#[derive(Clone, PartialEq, Debug)]
pub struct Task {
    pub from: Timestamp,
    pub to: Timestamp,
    pub parameters: Vec<Wanted>,
    /// Runs for each set of values that is tried, at least [`FEWEST_RUNS`]; one for a model without chance.
    pub runs: u32,
    pub seed: u64,
    /// Most runs in all.
    pub budget: u32,
}

/// A parameter that is to be fitted.
#[derive(Clone, PartialEq, Debug)]
pub struct Wanted {
    /// Name in the model.
    pub name: String,
    /// Where to look for it, in its unit; none: within a factor of 20 of its value, or in its whole range
    /// where it may be negative.
    pub range: Option<(f64, f64)>,
}

/// What a fit found.
#[derive(Clone, PartialEq, Debug)]
pub struct Fitted {
    pub calibration: Calibration,
    /// Statistics that the fit changed most, the most changed first.
    pub statistics: Vec<Compared>,
    /// Runs that were played.
    pub runs: u32,
}

/// One statistic of the window, in the unit of its variable or per hour.
#[derive(Clone, PartialEq, Debug)]
pub struct Compared {
    /// Variable and what of it: "Filler/Fault, times per hour set".
    pub name: String,
    pub measured: f64,
    /// Mean over the runs with the parameters before and after the fit.
    pub before: f64,
    pub after: f64,
    /// One standard deviation of chance; 0 for a model without.
    pub deviation: f64,
}

/// Why nothing was fitted.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum CalibrateError {
    #[error("The window is {found} long, expected at least a minute. Nothing was fitted. Choose a longer one.")]
    TooShort { found: Span },
    #[error("{found} parameters are to be fitted, expected 1 to {MOST_PARAMETERS}. Nothing was fitted. Choose others.")]
    ParameterCount { found: usize },
    #[error("Nothing was fitted: {0}. Correct the list of parameters.")]
    Unknown(ModelError),
    #[error("{name} is named twice. Nothing was fitted. Name it once.")]
    Twice { name: String },
    #[error(
        "{name} cannot be looked for between {low} and {high}. Nothing was fitted. Give a range with its value inside."
    )]
    Range { name: String, low: f64, high: f64 },
    #[error("The model cannot start: {0}. Nothing was fitted. Choose a moment at which the plant was connected.")]
    Start(ModelError),
    #[error(
        "No variable of the model was measured for half of the window. Nothing was fitted. Choose another window, or connect signals to the model."
    )]
    NothingMeasured,
    #[error(
        "Setpoints were changed {found} times, more than can be played again. Nothing was fitted. Choose a shorter window."
    )]
    TooManyChanges { found: usize },
    #[error(
        "The fit needs at least {needed} runs, {found} are allowed. Nothing was fitted. Allow more, or fit fewer parameters."
    )]
    Budget { needed: usize, found: usize },
    #[error("The fit was cancelled. The model is as it was. Start it again for a result.")]
    Cancelled,
    #[error("The model stopped: {0}. Nothing was fitted. Narrow the ranges of the parameters.")]
    Run(ModelError),
    #[error("The fit got no thread ({0}). Nothing was fitted. Close other programs and try again.")]
    NoThread(String),
}

/// Fits parameters of `believed`, a model that has run in, to a window. `on_progress` is called here after
/// every run with the number of runs that are done and the most there will be.
///
/// # Errors
/// When the task or the window does not fit the model, the model fails, or it was cancelled.
pub fn calibrate(
    believed: &dyn Model,
    measured: &Measured<'_>,
    task: &Task,
    threads: usize,
    cancel: &AtomicBool,
    mut on_progress: impl FnMut(u32, u32),
) -> Result<Fitted, CalibrateError> {
    let window = task.to - task.from;
    if window.as_secs_f64() < SHORTEST_SECS {
        return Err(CalibrateError::TooShort { found: window });
    }
    search::search(believed, measured, task, (threads, cancel), &mut on_progress)
}

/// Gives a model the values that a fit found; parameters that it says nothing of stay.
///
/// # Errors
/// When the model has no such parameter or refuses the value; those before it are set.
pub fn apply(calibration: &Calibration, model: &mut dyn Model) -> Result<(), ModelError> {
    let mut known = calibration.parameters.iter().filter(|parameter| parameter.std_error.is_some());
    known.try_for_each(|parameter| model.set_parameter(&parameter.name, parameter.value))
}
