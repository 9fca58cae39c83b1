//! How far the model can be believed: it is run beside a measured stretch of the past, from states that
//! were measured in it and with the setpoints that were set since.

mod fit;
#[cfg(test)]
mod tests;

use std::sync::atomic::AtomicBool;

use fit::{Forecast, PARTS, Tally};

use super::ensemble::{Question, RunError, run_changed};
use super::watch::AlarmWatch;
use crate::domain::scenario::{Credibility, Scenario, ValidatedRange};
use crate::domain::signal::SignalId;
use crate::domain::time::{Span, Timestamp};
use crate::domain::value::{Value, ValueKind};
use crate::simulation::measured::Measured;
use crate::simulation::model::{Model, ModelError, ParameterKind, Variable};

/// Changes of setpoints that are followed; a setpoint that moves all the time is a controller's.
const MOST_CHANGES: usize = 5000;
const GRID_POINTS: f64 = 240.0;
/// Shortest horizon that says anything.
const SHORTEST: Span = Span::from_secs(60);

/// Where in the past the model is run, and how often.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Plan {
    pub from: Timestamp,
    pub to: Timestamp,
    /// How far each run looks ahead.
    pub horizon: Span,
    /// Moments to run from, at even distances from `from` to the last one with a horizon left; at least 1.
    pub starts: u32,
    /// Runs from each of them; at least 1.
    pub runs: u32,
    pub seed: u64,
}

/// Why nothing can be said of the model.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum BacktestError {
    #[error(
        "The model is to look {horizon} ahead in a stretch of {found}; expected at least a minute, and a stretch as long. The model was not checked. Choose a longer one."
    )]
    TooShort { horizon: Span, found: Span },
    #[error("The model cannot start: {0}. It was not checked. Choose a stretch in which the plant was connected.")]
    Start(ModelError),
    #[error(
        "Setpoints were changed {found} times, more than {MOST_CHANGES}. The model was not checked. Choose a shorter horizon."
    )]
    TooManyChanges { found: usize },
    #[error(transparent)]
    Run(#[from] RunError),
}

impl Plan {
    fn moments(self) -> impl Iterator<Item = Timestamp> {
        let room = (self.to - self.from) + -self.horizon;
        let gaps = if room > Span::ZERO { self.starts.max(1) - 1 } else { 0 };
        (0..=gaps).map(move |place| self.from + room.scaled(f64::from(place) / f64::from(gaps.max(1))))
    }
}

/// A signal that is compared.
struct Compared<'a> {
    variable: &'a Variable,
    /// Of the variable in the model.
    place: usize,
    signal: SignalId,
    counter: bool,
    tally: Tally,
}

/// Runs `believed`, a model that has run in, from the states at several moments of the past. Moments at
/// which too little was measured to start from are left out.
///
/// # Errors
/// When the stretch is too short, none of its moments can be started from, or the runs fail.
pub fn backtest(
    believed: &dyn Model,
    measured: &Measured<'_>,
    plan: Plan,
    threads: usize,
    cancel: &AtomicBool,
) -> Result<Credibility, BacktestError> {
    let Plan { from, to, horizon, .. } = plan;
    let span = to - from;
    if horizon < SHORTEST || span < horizon {
        return Err(BacktestError::TooShort { horizon, found: span });
    }
    let mut signals = compared(believed, measured, plan);
    let (mut starts, mut refusal) = (0, ModelError::NoState("nothing was measured".to_owned()));
    let mut validated = Vec::new();
    for (moment, number) in plan.moments().zip(0..) {
        match believed.observe(&measured.state_at(moment), measured.max_age) {
            Ok(seen) => {
                let plan = Plan { from: moment, to: moment + horizon, seed: plan.seed.wrapping_add(number), ..plan };
                run_ahead(seen.model.as_ref(), measured, plan, &mut signals, &mut validated, threads, cancel)?;
                starts += 1;
            }
            Err(error) => refusal = error,
        }
    }
    if starts == 0 {
        return Err(BacktestError::Start(refusal));
    }
    let overlap = f64::from(starts) * horizon.as_secs_f64() / span.as_secs_f64();
    let fits = signals
        .iter()
        .filter_map(|Compared { variable, counter, tally, .. }| tally.fit(variable, *counter, horizon, overlap));
    Ok(Credibility { span, starts, signals: fits.collect(), validated })
}

/// The signals of numbers that nobody sets.
fn compared<'a>(model: &'a dyn Model, measured: &Measured<'_>, plan: Plan) -> Vec<Compared<'a>> {
    let signals = measured.wired.iter().filter_map(|(name, signal)| {
        let mut known = model.variables().iter().enumerate();
        let (place, variable) = known.find(|(_, known)| known.name == *name)?;
        if variable.kind == ValueKind::Text || variable.writable {
            return None;
        }
        let counter = variable.kind == ValueKind::Int && grows(measured, *signal, plan.from, plan.to);
        Some(Compared { variable, place, signal: *signal, counter, tally: Tally::default() })
    });
    signals.collect()
}

/// Runs a model from its state at `plan.from` to `plan.to` and compares.
fn run_ahead(
    start: &dyn Model,
    measured: &Measured<'_>,
    plan: Plan,
    signals: &mut [Compared<'_>],
    validated: &mut Vec<ValidatedRange>,
    threads: usize,
    cancel: &AtomicBool,
) -> Result<(), BacktestError> {
    let Plan { from, to, horizon, runs, seed, .. } = plan;
    let changes = measured.changes(start.parameters(), from, to);
    if changes.len() > MOST_CHANGES {
        return Err(BacktestError::TooManyChanges { found: changes.len() });
    }
    widen(validated, measured, start, plan);
    let variables: Vec<usize> = signals.iter().map(|compared| compared.place).collect();
    let grid_secs = (horizon.as_secs_f64() / GRID_POINTS).ceil().max(1.0) as u32;
    let scenario = Scenario { name: "backtest".into(), changes, horizon, runs, seed, ..Scenario::default() };
    let alarms = AlarmWatch::default();
    let question = Question { start, scenario: &scenario, variables: &variables, grid_secs, alarms: &alarms };
    let played = run_changed(&question, threads, cancel)?;
    for (index, Compared { place, signal, counter, tally, .. }) in signals.iter_mut().enumerate() {
        let zero = |of: Option<f64>| if *counter { of } else { Some(0.0) };
        let modelled = start.value(*place).and_then(|value| value.as_f64());
        let (Some(modelled), Some(found)) = (zero(modelled), zero(number_at(measured, *signal, from))) else {
            continue;
        };
        let series: Vec<&[f64]> = played.iter().filter_map(|run| run.series.get(index)).map(Vec::as_slice).collect();
        let points = series.iter().map(|points| points.len()).min().unwrap_or_default();
        for point in 1..points {
            let after = Span::from_secs_f64(point as f64 * f64::from(grid_secs));
            let values = series.iter().filter_map(|run| run.get(point)).map(|value| value - modelled);
            let (forecast, number) = (Forecast::of(values), number_at(measured, *signal, from + after));
            if let (Some(forecast), Some(number)) = (forecast, number) {
                let part = (PARTS as f64 * after.as_secs_f64() / horizon.as_secs_f64()).ceil() as usize;
                tally.add(part.saturating_sub(1), forecast, number - found);
            }
        }
        tally.end_start();
    }
    Ok(())
}

/// Widens the ranges in which setpoints were seen.
fn widen(validated: &mut Vec<ValidatedRange>, measured: &Measured<'_>, model: &dyn Model, plan: Plan) {
    let Plan { from, to, .. } = plan;
    for parameter in model.parameters().iter().filter(|parameter| parameter.kind == ParameterKind::Setpoint) {
        let Some((_, signal)) = measured.wired.iter().find(|(name, _)| *name == parameter.name) else { continue };
        let first = number_at(measured, *signal, from);
        for value in first.into_iter().chain(numbers(measured, *signal, from, to)) {
            match validated.iter_mut().find(|range| range.parameter == parameter.name) {
                Some(range) => (range.low, range.high) = (range.low.min(value), range.high.max(value)),
                None => {
                    let parameter = parameter.name.clone();
                    validated.push(ValidatedRange { parameter, low: value, high: value });
                }
            }
        }
    }
}

fn number_at(measured: &Measured<'_>, signal: SignalId, at: Timestamp) -> Option<f64> {
    measured.value_at(signal, at).and_then(Value::as_f64)
}

fn numbers<'a>(
    measured: &Measured<'a>,
    signal: SignalId,
    from: Timestamp,
    to: Timestamp,
) -> impl Iterator<Item = f64> + use<'a> {
    let points = measured.history.range(measured.origin, signal, from, to).filter(|point| !point.quality.is_bad());
    points.filter_map(|point| point.value.as_f64())
}

/// True where the number only grows, and does.
fn grows(measured: &Measured<'_>, signal: SignalId, from: Timestamp, to: Timestamp) -> bool {
    let mut values = numbers(measured, signal, from, to);
    let Some(first) = values.next() else { return false };
    let last = values.try_fold(first, |last, value| (value >= last).then_some(value));
    last.is_some_and(|last| last > first)
}
