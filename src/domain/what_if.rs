//! What a person may ask the simulated copy, and what it answered.
//!
//! The question itself is a `Scenario`. Nothing here touches the plant.

use serde::{Deserialize, Serialize};

use super::asset::AssetId;
use super::scenario::{ApproachedLimit, Credibility, ForeseenAlarm, KpiResult, Scenario};
use super::signal::{Origin, SignalId};
use super::sweep::Axis;
use super::time::{Span, Timestamp};
use super::unit::Unit;

/// A parameter of the model that a scenario may change.
#[derive(Clone, PartialEq, Debug)]
pub struct Askable {
    /// Name of the parameter in the model, for example `Filler/SpeedSetpoint`.
    pub name: String,
    /// The signal that shows it; none for a property that only the model has.
    pub signal: Option<SignalId>,
    /// The equipment that it belongs to; none for the plant as a whole.
    pub asset: Option<AssetId>,
    pub unit: Unit,
    /// Least and greatest value that may be asked for, in `unit`.
    pub range: (f64, f64),
    /// Values are whole multiples of it from the least one, in `unit`; none: any value in the range.
    pub step: Option<f64>,
    /// What a scenario would start from now, in `unit`.
    pub value: f64,
    /// What it does, in a sentence; may be empty.
    pub description: String,
    /// A setpoint that the plant has, too; otherwise a property of the model alone.
    pub in_plant: bool,
}

/// What came of a scenario.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// The question as it was asked.
    pub scenario: Scenario,
    /// Plant time of the state that both sides start from.
    pub started: Timestamp,
    /// Where the history before that moment is.
    pub before: Origin,
    /// Where the history without the changes is.
    pub baseline: Origin,
    /// Where the history with the changes is.
    pub changed: Origin,
    pub kpis: Vec<KpiResult>,
    pub alarms: Vec<ForeseenAlarm>,
    /// How near alarm limits come, the nearest first.
    pub limits: Vec<ApproachedLimit>,
    /// Spread of the runs, of the signals that are numbers.
    pub bands: Vec<SignalBands>,
    /// What could not be observed in the start state and was assumed, in words, one item each.
    pub estimated: Vec<String>,
    /// None while the model was not yet run beside measured data.
    pub credibility: Option<Credibility>,
}

/// Where the runs of one signal lie over time.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SignalBands {
    pub signal: SignalId,
    /// Moment of the first band.
    pub from: Timestamp,
    /// Time from one band to the next, above zero.
    pub step: Span,
    pub baseline: Vec<Band>,
    pub changed: Vec<Band>,
}

/// Spread of the runs at one moment.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Band {
    /// 5th percentile.
    pub low: f64,
    /// Median.
    pub middle: f64,
    /// 95th percentile.
    pub high: f64,
}

/// What else a person may want of the copy than the answer to one scenario.
#[derive(Clone, PartialEq, Debug)]
pub enum ModelWish {
    /// Go through one or two parameters, the changes of the scenario in every combination.
    Sweep(Scenario, Vec<Axis>),
    /// Compare it with what was measured in so long a time before the playhead.
    Check(Span),
    /// Fit parameters, by their names, to what was measured in so long a time before the playhead.
    Calibrate(Vec<String>, Span),
    /// Use the parameters that the last fit found from now on, and keep them with the project.
    KeepCalibration,
    /// Forget the last fit.
    DropCalibration,
    /// Forget the last sweep.
    DropSweep,
}

/// Where the work on a question is. One question is worked on at a time.
///
/// `Idle` → `Running` → `Idle` with an answer, or `Failed`; a cancelled one goes back to `Idle`.
#[derive(Clone, PartialEq, Default, Debug)]
pub enum Asking {
    #[default]
    Idle,
    /// What is being done, "Simulating", and the part done, 0..=1.
    Running(&'static str, f32),
    /// What happened, what it means and what to do.
    Failed(String),
}
