//! The units as a model like any other.

use super::figures::{Period, figures};
use super::{UnitsModel, streams};
use crate::domain::time::Span;
use crate::domain::value::{Value, ValueKind};
use crate::simulation::model::{Figure, Model, ModelError, Observation, Observed, Parameter, ParameterError, Variable};

impl Model for UnitsModel {
    fn variables(&self) -> &[Variable] {
        &self.tables.variables
    }

    fn parameters(&self) -> &[Parameter] {
        &self.tables.parameters
    }

    fn value(&self, place: usize) -> Option<Value> {
        let value = self.read(*self.tables.items.get(place)?);
        match self.tables.variables.get(place)?.kind {
            ValueKind::Bool => Some(Value::Bool(value != 0.0)),
            _ => Value::real(value),
        }
    }

    fn parameter(&self, name: &str) -> Option<f64> {
        let place = self.tables.parameters.iter().position(|parameter| parameter.name == name)?;
        self.tables.targets.get(place).map(|target| self.read(*target))
    }

    fn set_parameter(&mut self, name: &str, value: f64) -> Result<(), ModelError> {
        self.whole()?;
        let found = self.tables.parameters.iter().zip(&self.tables.targets).find(|(known, _)| known.name == name);
        let Some((parameter, target)) = found else {
            return Err(ParameterError::Unknown { name: name.to_owned() }.into());
        };
        let (low, high) = parameter.range;
        if !(low..=high).contains(&value) {
            let (name, unit) = (parameter.name.clone(), parameter.unit.clone());
            return Err(ParameterError::OutOfRange { name, found: value, unit, low, high }.into());
        }
        let target = *target;
        self.write(target, value);
        Ok(())
    }

    fn time_secs(&self) -> f64 {
        self.seconds()
    }

    fn run_until(&mut self, time_secs: f64) -> Result<(), ModelError> {
        self.whole()?;
        self.run(time_secs).map_err(|reason| {
            self.failed = Some(reason.clone());
            ModelError::Failed(reason)
        })
    }

    fn fork(&self) -> Result<Box<dyn Model>, ModelError> {
        Ok(Box::new(self.clone()))
    }

    fn has_chance(&self) -> bool {
        self.plant.sensors.iter().any(|sensor| sensor.noise > 0.0)
    }

    fn reseed(&mut self, seed: u64) {
        self.noise = streams(&self.plant, seed);
    }

    fn observe(&self, seen: &[Observed], max_age: Span) -> Result<Observation<Box<dyn Model>>, ModelError> {
        self.whole()?;
        let found = self.observed(seen, max_age)?;
        Ok(found.map(|units| Box::new(units) as Box<dyn Model>))
    }

    fn figures(&self) -> Vec<Figure> {
        figures(&self.plant)
    }

    fn begin_period(&mut self) {
        self.period = Period::new(&self.plant);
    }

    fn period(&self) -> Vec<Option<f64>> {
        self.period.read(&self.plant)
    }
}

impl UnitsModel {
    /// # Errors
    /// Where the model has failed before: its state is of no use.
    fn whole(&self) -> Result<(), ModelError> {
        self.failed.as_ref().map_or(Ok(()), |reason| Err(ModelError::Failed(reason.clone())))
    }
}
