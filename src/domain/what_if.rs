//! What a person may ask the simulated copy, and what it answered.
//!
//! The question itself is a `Scenario`. Nothing here touches the plant.

use super::asset::AssetId;
use super::scenario::{Credibility, ForeseenAlarm, KpiResult, Scenario};
use super::signal::{Origin, SignalId};
use super::time::Timestamp;
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
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// The question as it was asked.
    pub scenario: Scenario,
    /// Plant time of the state that both sides start from.
    pub started: Timestamp,
    /// Where the history without the changes is.
    pub baseline: Origin,
    /// Where the history with the changes is.
    pub changed: Origin,
    pub kpis: Vec<KpiResult>,
    pub alarms: Vec<ForeseenAlarm>,
    /// What could not be observed in the start state and was assumed, in words, one item each.
    pub estimated: Vec<String>,
    /// None while the model was not yet run beside measured data.
    pub credibility: Option<Credibility>,
}

/// Where the work on a scenario is.
///
/// `Idle` → `Running` → `Idle` with an answer, or `Failed`; a cancelled one goes back to `Idle`.
#[derive(Clone, PartialEq, Default, Debug)]
pub enum Asking {
    #[default]
    Idle,
    /// Part done, 0..=1.
    Running(f32),
    /// What happened, what it means and what to do.
    Failed(String),
}
