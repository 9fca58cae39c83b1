//! An experiment with an FMU: from a start to a stop in steps of one length, with inputs that hold from
//! one of their points to the next.
//!
//! Inputs are set at the beginning of each step; outputs are taken at the start and at the end of each
//! step. What comes out is a trajectory; whose samples it becomes is for the app to say.

use std::collections::HashSet;

use super::FmuError;
use super::description::{Causality, ModelDescription, Variability, Variable};
use super::process::FmuProcess;
use crate::domain::unit::Unit;
use crate::domain::value::{Value, ValueKind};

/// What to compute. Times are in seconds of the model.
#[derive(Clone, PartialEq, Debug)]
pub struct Experiment {
    pub start_secs: f64,
    pub stop_secs: f64,
    pub step_secs: f64,
    /// Relative, for the solver in the model.
    pub tolerance: Option<f64>,
    /// Start values of parameters and other variables, by name.
    pub set: Vec<(String, Value)>,
    pub inputs: Vec<InputSeries>,
    /// Names to record; all outputs of the model where none is given.
    pub outputs: Vec<String>,
}

/// What an input is from when. Before the first point it has its start value.
#[derive(Clone, PartialEq, Debug)]
pub struct InputSeries {
    pub name: String,
    /// Moment [s] and value, in the order of time.
    pub points: Vec<(f64, Value)>,
}

/// What an experiment gave.
#[derive(Clone, PartialEq, Debug)]
pub struct Trajectory {
    /// Moments in seconds of the model, rising.
    pub times_secs: Vec<f64>,
    pub columns: Vec<Column>,
    /// True where the model ended its run before the stop that was asked for.
    pub ended_early: bool,
}

/// One recorded variable.
#[derive(Clone, PartialEq, Debug)]
pub struct Column {
    pub name: String,
    pub unit: Unit,
    pub kind: ValueKind,
    /// A value for each moment; none where the model gave a number that is not finite.
    pub values: Vec<Option<Value>>,
}

/// Values of a trajectory, over all columns.
const MOST_VALUES: f64 = 100e6;
/// How far, in steps, a stop may lie from the end of a step and still be that end.
const SAME_MOMENT: f64 = 1e-6;

impl Experiment {
    /// What the model proposes; a tenth of a second for ten seconds where it does not.
    pub fn proposed(description: &ModelDescription) -> Self {
        let proposal = description.experiment;
        let start_secs = proposal.start_secs.unwrap_or(0.0);
        let stop_secs = proposal.stop_secs.unwrap_or(start_secs + 10.0);
        let step_secs = proposal.step_secs.unwrap_or((stop_secs - start_secs) / 100.0);
        let tolerance = proposal.tolerance;
        Self { start_secs, stop_secs, step_secs, tolerance, set: Vec::new(), inputs: Vec::new(), outputs: Vec::new() }
    }
}

/// Runs an experiment from beginning to end. The process can run another one after it.
///
/// # Errors
/// With all that does not fit the model, before anything is run; or when the FMU fails.
pub fn simulate(process: &mut FmuProcess, experiment: &Experiment) -> Result<Trajectory, FmuError> {
    let plan = Plan::of(experiment, process.description())?;
    process.set_up(experiment.start_secs, Some(experiment.stop_secs), experiment.tolerance)?;
    process.set(plan.set.clone())?;
    process.enter_initialisation()?;
    let mut inputs = Inputs::new(&plan.inputs);
    process.set(inputs.until(experiment.start_secs))?;
    process.exit_initialisation()?;
    let first = process.get(plan.outputs.clone())?;
    let mut trajectory = Trajectory { times_secs: Vec::new(), columns: plan.columns, ended_early: false };
    trajectory.push(experiment.start_secs, first);
    let mut from = experiment.start_secs;
    for place in 1..=plan.steps {
        let to = if place == plan.steps {
            experiment.stop_secs
        } else {
            experiment.start_secs + place as f64 * experiment.step_secs
        };
        let stepped = process.step(from, to, inputs.until(from), plan.outputs.clone())?;
        trajectory.push(to, stepped.values);
        if stepped.ended {
            trajectory.ended_early = place < plan.steps;
            break;
        }
        from = to;
    }
    process.terminate()?;
    Ok(trajectory)
}

impl Trajectory {
    fn push(&mut self, time_secs: f64, values: Vec<Option<Value>>) {
        self.times_secs.push(time_secs);
        for (column, value) in self.columns.iter_mut().zip(values) {
            column.values.push(value);
        }
    }
}

/// An experiment with names resolved, found to fit the model.
struct Plan {
    steps: u64,
    set: Vec<(usize, Value)>,
    inputs: Vec<(usize, Vec<(f64, Value)>)>,
    outputs: Vec<usize>,
    columns: Vec<Column>,
}

impl Plan {
    fn of(experiment: &Experiment, description: &ModelDescription) -> Result<Self, FmuError> {
        let mut faults = Vec::new();
        let outputs: Vec<usize> = if experiment.outputs.is_empty() {
            let all = description.variables.iter().enumerate();
            all.filter(|(_, variable)| variable.causality == Causality::Output).map(|(place, _)| place).collect()
        } else {
            experiment
                .outputs
                .iter()
                .filter_map(|name| find(description, name, &mut faults))
                .map(|found| found.0)
                .collect()
        };
        let steps = steps(experiment, description, outputs.len(), &mut faults);
        let mut set = Vec::new();
        for (name, value) in &experiment.set {
            let Some((place, variable)) = find(description, name, &mut faults) else { continue };
            if let Some(reason) = why_fixed(variable) {
                faults.push(format!("\"{name}\" cannot be set: {reason}"));
            }
            set.extend(fitting(variable, value, &mut faults).map(|value| (place, value)));
        }
        let (mut inputs, mut driven) = (Vec::new(), HashSet::new());
        for series in &experiment.inputs {
            let Some((place, variable)) = find(description, &series.name, &mut faults) else { continue };
            if variable.causality != Causality::Input {
                faults.push(format!("\"{}\" is no input of the model", series.name));
            }
            if !driven.insert(place) {
                faults.push(format!("the input \"{}\" is given twice", series.name));
            }
            let ordered =
                series.points.is_sorted_by(|a, b| a.0 <= b.0) && series.points.iter().all(|point| point.0.is_finite());
            if !ordered {
                faults.push(format!("the points of the input \"{}\" are not in the order of time", series.name));
            }
            let points = series.points.iter();
            let points = points.map_while(|(moment, value)| Some((*moment, fitting(variable, value, &mut faults)?)));
            inputs.push((place, points.collect()));
        }
        if !faults.is_empty() {
            const SHOWN: usize = 20;
            let more =
                if faults.len() > SHOWN { format!("\n  and {} more", faults.len() - SHOWN) } else { String::new() };
            let name = &description.name;
            faults.truncate(SHOWN);
            return Err(FmuError::Experiment(format!(
                "The run does not fit the model \"{name}\", so it did not begin:\n  {}{more}",
                faults.join("\n  ")
            )));
        }
        let columns = outputs.iter().filter_map(|place| description.variables.get(*place)).map(Column::of).collect();
        Ok(Self { steps, set, inputs, outputs, columns })
    }
}

impl Column {
    fn of(variable: &Variable) -> Self {
        let (name, unit) = (variable.name.clone(), variable.unit.clone());
        Self { name, unit, kind: variable.kind.value_kind(), values: Vec::new() }
    }
}

fn find<'a>(description: &'a ModelDescription, name: &str, faults: &mut Vec<String>) -> Option<(usize, &'a Variable)> {
    let found = description.find(name);
    if found.is_none() {
        let names = description.variables.iter().map(|variable| variable.name.as_str());
        let near = names.map(|known| (strsim::jaro_winkler(known, name), known)).max_by(|a, b| a.0.total_cmp(&b.0));
        let hint =
            near.filter(|near| near.0 > 0.8).map_or(String::new(), |near| format!("; did you mean \"{}\"?", near.1));
        faults.push(format!("it has no variable \"{name}\"{hint}"));
    }
    found
}

fn fitting(variable: &Variable, value: &Value, faults: &mut Vec<String>) -> Option<Value> {
    let name = &variable.name;
    match variable.kind.fit(value.clone()) {
        Err(reason) => faults.push(format!("\"{name}\": {reason}")),
        Ok(value) => {
            let number = value.as_f64();
            let below = number.zip(variable.min).is_some_and(|(number, min)| number < min);
            let above = number.zip(variable.max).is_some_and(|(number, max)| number > max);
            if !below && !above {
                return Some(value);
            }
            let (min, max) = (variable.min.unwrap_or(f64::NEG_INFINITY), variable.max.unwrap_or(f64::INFINITY));
            faults.push(format!("\"{name}\": {value} is not within {min} to {max}"));
        }
    }
    None
}

/// Why a variable cannot be given a start value.
fn why_fixed(variable: &Variable) -> Option<&'static str> {
    match (variable.causality, variable.variability) {
        (_, Variability::Constant) => Some("it is a constant"),
        (Causality::Independent, _) => Some("it is the time"),
        (Causality::CalculatedParameter, _) => Some("the model computes it"),
        (Causality::StructuralParameter, _) => Some("structural parameters cannot be changed here"),
        (Causality::Output | Causality::Local, _) if variable.start.is_none() => Some("the model computes it"),
        _ => None,
    }
}

/// Steps from start to stop; the last one may be shorter where the model can do that.
fn steps(experiment: &Experiment, description: &ModelDescription, columns: usize, faults: &mut Vec<String>) -> u64 {
    let Experiment { start_secs, stop_secs, step_secs, .. } = *experiment;
    let sound = [start_secs, stop_secs, step_secs].iter().all(|number| number.is_finite());
    if !sound || stop_secs < start_secs || step_secs <= 0.0 {
        faults.push(format!("it cannot run from {start_secs} s to {stop_secs} s in steps of {step_secs} s"));
        return 0;
    }
    let exact = (stop_secs - start_secs) / step_secs;
    let values = exact * columns.max(1) as f64;
    if values > MOST_VALUES {
        faults
            .push(format!("it would give {values:.0} values; up to {MOST_VALUES:.0} are taken. Make the steps longer"));
        return 0;
    }
    let whole = exact.round();
    if (exact - whole).abs() <= SAME_MOMENT {
        return whole as u64;
    }
    if !description.capabilities.variable_step {
        faults.push(format!("the time from {start_secs} s to {stop_secs} s is no whole number of steps of {step_secs} s, and the model cannot change its step"));
    }
    exact.ceil() as u64
}

/// The points of all inputs, taken as time goes on.
struct Inputs<'a>(Vec<(usize, &'a [(f64, Value)])>);

impl<'a> Inputs<'a> {
    fn new(series: &'a [(usize, Vec<(f64, Value)>)]) -> Self {
        Self(series.iter().map(|(place, points)| (*place, points.as_slice())).collect())
    }

    /// The inputs that changed by a moment, each with its last value by then.
    fn until(&mut self, moment_secs: f64) -> Vec<(usize, Value)> {
        let mut changed = Vec::new();
        for (place, points) in &mut self.0 {
            let passed = points.partition_point(|point| point.0 <= moment_secs);
            let (before, after) = points.split_at(passed);
            changed.extend(before.last().map(|(_, value)| (*place, value.clone())));
            *points = after;
        }
        changed
    }
}

#[cfg(test)]
mod tests;
