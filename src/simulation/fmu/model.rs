//! An FMU as a model of the plant: what-ifs run it like any other model.
//!
//! It goes in steps of one length from the start time of its experiment. What is set holds from the next
//! step on; parameters that FMI calls fixed can be set only before the first step, for which the FMU is
//! begun anew. Every model has a process of its own, and one that failed stays failed: each later call
//! gives the same words. Interpolation between steps is not offered.

mod catalog;
mod copy;
mod observe;
mod plan;
#[cfg(test)]
mod tests;
mod totals;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use self::catalog::{Catalog, is_fixed};
use self::plan::Plan;
use self::totals::Totals;
use super::FmuError;
use super::archive::Unpacked;
use super::process::FmuProcess;
use crate::domain::time::Span;
use crate::domain::value::Value;
use crate::simulation::model::{Figure, Model, ModelError, Observation, Observed, Parameter, Variable};

pub use self::plan::FmuLaunch;

/// Length of a step where neither the user nor the model proposes one [s].
const USUAL_STEP_SECS: f64 = 1.0;
/// How far, in steps, a moment may lie before the end of a step and still be that end.
const SAME_MOMENT: f64 = 1e-6;
/// Most steps to one moment that is asked for.
const MOST_STEPS: u64 = 10_000_000;

/// An FMU at one moment of a run.
#[derive(Debug)]
pub struct FmuModel {
    plan: Arc<Plan>,
    /// Or the words of what ended it.
    process: Mutex<Result<FmuProcess, String>>,
    /// What was set before the initialisation.
    start: Settings,
    /// What was set since the last step.
    pending: Settings,
    /// What was set so far, each as it is now.
    present: Settings,
    /// Before which step what was set, for a copy that has to go the same way.
    history: Vec<(u64, Vec<(usize, Value)>)>,
    steps: u64,
    /// In the order of the variables.
    values: Vec<Option<Value>>,
    totals: Totals,
}

/// Values by the place of their variable in the description.
type Settings = BTreeMap<usize, Value>;

impl FmuModel {
    /// Starts the FMU, whose folder must stay as long as the model and its copies. A step is as long as
    /// given, else as the model proposes, else a second. Parameters are by name and in their units.
    ///
    /// Inputs, and parameters that are numbers or flags, can be changed: within min and max where the
    /// description gives them, else within what the type holds, at most 1e12 either way. Flags are 0 and 1.
    ///
    /// # Errors
    /// With all parameters that do not fit, or when the FMU does not start.
    pub fn new(
        fmu: Arc<Unpacked>,
        launch: FmuLaunch,
        step_secs: Option<f64>,
        parameters: &[(String, f64)],
    ) -> Result<Self, FmuError> {
        let description = &fmu.description;
        let catalog = Catalog::of(description);
        let mut faults = Vec::new();
        let step_secs = step_secs.or(description.experiment.step_secs).unwrap_or(USUAL_STEP_SECS);
        if !step_secs.is_finite() || step_secs <= 0.0 {
            faults.push(format!("it cannot go in steps of {step_secs} s, expected a length above 0 s"));
        }
        let mut start = Settings::new();
        for (name, number) in parameters {
            match catalog.setting(description, name, *number) {
                Ok((place, value)) => _ = start.insert(place, value),
                Err(error) => faults.push(error.to_string()),
            }
        }
        if !faults.is_empty() {
            let (name, faults) = (&description.name, faults.join("\n  "));
            return Err(FmuError::Experiment(format!(
                "The wish does not fit the model \"{name}\", so it was not started:\n  {faults}"
            )));
        }
        let start_secs = description.experiment.start_secs.unwrap_or_default();
        let mut plan = Plan { fmu, launch, start_secs, step_secs, catalog };
        let mut process = plan.begin(&start)?;
        plan.catalog.begin_from(&process.get(plan.catalog.targets.clone())?);
        plan.catalog.notices.extend_from_slice(process.notices());
        Self::at_start(Arc::new(plan), process, start)
    }

    /// What the user should know of this model and platform, such as a limit that cannot be kept.
    pub fn notices(&self) -> &[String] {
        &self.plan.catalog.notices
    }

    fn at_start(plan: Arc<Plan>, mut process: FmuProcess, start: Settings) -> Result<Self, FmuError> {
        let values = process.get(plan.catalog.places.clone())?;
        let totals = Totals::new(numbers(&values).take(plan.catalog.counted));
        Ok(Self {
            plan,
            process: Mutex::new(Ok(process)),
            present: start.clone(),
            start,
            pending: Settings::new(),
            history: Vec::new(),
            steps: 0,
            values,
            totals,
        })
    }

    /// Asks the process, and ends it where that fails.
    fn ask<T>(&self, ask: impl FnOnce(&mut FmuProcess) -> Result<T, FmuError>) -> Result<T, ModelError> {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = match &mut *process {
            Ok(process) => ask(process),
            Err(words) => return Err(ModelError::Failed(words.clone())),
        };
        asked.map_err(|error| {
            let words = error.to_string();
            *process = Err(words.clone());
            ModelError::Failed(words)
        })
    }

    /// # Errors
    /// With the words of what ended the process.
    fn sound(&self) -> Result<(), ModelError> {
        self.ask(|_| Ok(()))
    }

    /// Reads all variables after the last step, before it those that have figures.
    fn step(&mut self, last: bool) -> Result<(), ModelError> {
        let plan = Arc::clone(&self.plan);
        let (from_secs, to_secs) = (plan.moment_secs(self.steps), plan.moment_secs(self.steps + 1));
        let inputs: Vec<(usize, Value)> = std::mem::take(&mut self.pending).into_iter().collect();
        let read = if last { plan.catalog.places.len() } else { plan.catalog.counted };
        let outputs = plan.catalog.places.iter().copied().take(read).collect();
        let values = self.ask(|process| {
            let stepped = process.step(from_secs, to_secs, inputs.clone(), outputs)?;
            let name = &plan.description().name;
            let over = || {
                FmuError::Experiment(format!(
                    "The model \"{name}\" ended its run at {to_secs} s. What comes after is not known. \
                     Ask for less time, or for a model that goes on."
                ))
            };
            if stepped.ended { Err(over()) } else { Ok(stepped.values) }
        })?;
        if !inputs.is_empty() && plan.is_replayed() && self.steps < copy::MOST_REPLAYED {
            self.history.push((self.steps, inputs));
        }
        self.totals.add(plan.step_secs, numbers(&values).take(plan.catalog.counted));
        self.steps += 1;
        if last {
            self.values = values;
        }
        Ok(())
    }

    /// Lets a value hold from the next step on. An input reads it back at once.
    fn hold(&mut self, place: usize, value: Value) {
        let shown = self.plan.catalog.places.iter().position(|shown| *shown == place);
        if let Some(slot) = shown.and_then(|index| self.values.get_mut(index)) {
            *slot = Some(value.clone());
        }
        self.present.insert(place, value.clone());
        self.pending.insert(place, value);
    }

    /// Begins anew with another start value, at the start.
    fn begin_with(&mut self, place: usize, value: Value) -> Result<(), ModelError> {
        let (plan, mut start) = (Arc::clone(&self.plan), self.start.clone());
        start.insert(place, value);
        let mut anew = self.ask(|_| {
            let process = plan.begin(&start)?;
            Self::at_start(Arc::clone(&plan), process, start)
        })?;
        for (place, value) in std::mem::take(&mut self.pending) {
            anew.hold(place, value);
        }
        *self = anew;
        Ok(())
    }
}

impl Model for FmuModel {
    fn variables(&self) -> &[Variable] {
        &self.plan.catalog.variables
    }

    fn parameters(&self) -> &[Parameter] {
        &self.plan.catalog.parameters
    }

    fn value(&self, place: usize) -> Option<Value> {
        self.values.get(place).cloned().flatten()
    }

    fn parameter(&self, name: &str) -> Option<f64> {
        let (parameter, place) = self.plan.catalog.parameter(name)?;
        Some(self.present.get(&place).and_then(Value::as_f64).unwrap_or(parameter.initial))
    }

    fn set_parameter(&mut self, name: &str, value: f64) -> Result<(), ModelError> {
        self.sound()?;
        let plan = Arc::clone(&self.plan);
        let (place, value) = plan.catalog.setting(plan.description(), name, value)?;
        if self.parameter(name) == value.as_f64() {
            return Ok(());
        }
        if !plan.variable(place).is_some_and(is_fixed) {
            self.hold(place, value);
            return Ok(());
        }
        if self.steps > 0 {
            return Err(ModelError::Failed(format!(
                "\"{name}\" was not changed: the model takes it only before its first step and stands at {} s. \
                 Give it this value before the run, or change an input or a tunable parameter.",
                self.time_secs()
            )));
        }
        self.begin_with(place, value)
    }

    fn time_secs(&self) -> f64 {
        self.plan.moment_secs(self.steps)
    }

    fn run_until(&mut self, time_secs: f64) -> Result<(), ModelError> {
        self.sound()?;
        if !time_secs.is_finite() {
            return Ok(());
        }
        let Plan { start_secs, step_secs, .. } = *self.plan;
        let target = ((time_secs - start_secs) / step_secs + SAME_MOMENT) as u64;
        let steps = target.saturating_sub(self.steps);
        if steps > MOST_STEPS {
            return Err(ModelError::Failed(format!(
                "The model was not run to {time_secs} s: that takes {steps} steps of {step_secs} s, and up to \
                 {MOST_STEPS} are taken at a time. Give it longer steps, or ask for less time."
            )));
        }
        (1..=steps).try_for_each(|step| self.step(step == steps))
    }

    fn fork(&self) -> Result<Box<dyn Model>, ModelError> {
        Ok(Box::new(self.copy()?))
    }

    fn has_chance(&self) -> bool {
        false
    }

    fn reseed(&mut self, _: u64) {}

    fn observe(&self, seen: &[Observed], max_age: Span) -> Result<Observation<Box<dyn Model>>, ModelError> {
        Ok(self.observed(seen, max_age)?.map(|model| Box::new(model) as Box<dyn Model>))
    }

    fn figures(&self) -> Vec<Figure> {
        totals::figures(self.plan.catalog.variables.iter().take(self.plan.catalog.counted))
    }

    fn begin_period(&mut self) {
        self.totals = Totals::new(numbers(&self.values).take(self.plan.catalog.counted));
    }

    fn period(&self) -> Vec<Option<f64>> {
        self.totals.figures()
    }
}

fn numbers(values: &[Option<Value>]) -> impl Iterator<Item = Option<f64>> {
    values.iter().map(|value| value.as_ref().and_then(Value::as_f64))
}
