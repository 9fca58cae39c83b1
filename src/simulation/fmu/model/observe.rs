//! An FMU in the state in which a plant was seen, as far as it can be brought there: a new beginning
//! whose inputs and start values are the measured ones.
//!
//! FMI lets a value be given to the variables that the description calls exact or approximate at the
//! start. What the FMU computes by itself stays its own. Everything that is not exact is told.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::catalog::{Catalog, takes_start};
use super::{FmuModel, Settings};
use crate::domain::time::Span;
use crate::domain::value::Value;
use crate::simulation::fmu::FmuError;
use crate::simulation::fmu::description::{self, Causality, ModelDescription};
use crate::simulation::model::{ModelError, Note, Observation, Observed};

/// What was measured, sorted by what can be done with it.
#[derive(Default)]
pub(super) struct Intake {
    /// By place in the description.
    pub taken: Settings,
    /// What the model computes by itself, by place in the list of variables.
    pub computed: BTreeMap<usize, Value>,
    pub estimated: Vec<Note>,
    pub settled: Vec<Note>,
}

impl FmuModel {
    /// A model at its start with what was seen; parameters and unseen inputs are those of this one.
    ///
    /// # Errors
    /// When the FMU has inputs or states and nothing fresh is known of it, or it fails.
    pub(super) fn observed(&self, seen: &[Observed], max_age: Span) -> Result<Observation<Self>, ModelError> {
        self.sound()?;
        let (plan, name) = (&self.plan, &self.plan.description().name);
        let mut intake = Intake::of(plan.description(), &plan.catalog, seen, max_age);
        let (inputs, states): (Vec<_>, Vec<_>) = plan
            .catalog
            .places
            .iter()
            .filter_map(|place| Some((*place, plan.variable(*place)?)))
            .filter(|(_, variable)| takes_start(variable))
            .partition(|(_, variable)| variable.causality == Causality::Input);
        let takes_nothing = inputs.is_empty() && states.is_empty();
        if intake.taken.is_empty() && !takes_nothing {
            if intake.computed.is_empty() {
                return Err(ModelError::NoState(format!(
                    "No variable of the model \"{name}\" has a fresh value of the plant, so it cannot start as the \
                     plant is now. Check the connection, and which signals are wired to the model."
                )));
            }
            let reason = "nothing that was measured can be given to it; it starts from values of its own";
            intake.estimated.push(Note { about: name.clone(), reason: reason.to_owned() });
        }
        intake.tell_unseen("Inputs", &inputs);
        intake.tell_unseen("States", &states);
        let lasts = |place: usize| {
            let causality = plan.variable(place).map(|variable| variable.causality);
            matches!(causality, Some(Causality::Input | Causality::Parameter))
        };
        let lasting = self.present.iter().filter(|(place, _)| lasts(**place));
        let mut start: Settings = lasting.map(|(place, value)| (*place, value.clone())).collect();
        start.extend(intake.taken.clone());
        let begun = plan.begin(&start).and_then(|process| Self::at_start(Arc::clone(plan), process, start));
        let model = begun.map_err(|error: FmuError| ModelError::Failed(error.to_string()))?;
        intake.compare(&model);
        let Intake { taken, estimated, settled, .. } = intake;
        Ok(Observation { model, taken: taken.len(), estimated, settled })
    }
}

impl Intake {
    pub fn of(description: &ModelDescription, catalog: &Catalog, seen: &[Observed], max_age: Span) -> Self {
        let known: HashMap<&str, usize> =
            catalog.variables.iter().enumerate().map(|(index, variable)| (variable.name.as_str(), index)).collect();
        let mut intake = Self::default();
        for Observed { variable: name, value, quality, age } in seen {
            let Some(index) = known.get(name.as_str()).copied() else { continue };
            let Some(place) = catalog.places.get(index).copied() else { continue };
            let Some(variable) = description.variables.get(place) else { continue };
            let refused = match variable.kind.fit(value.clone()) {
                _ if quality.is_bad() => format!("its quality is {quality}"),
                _ if *age > max_age => format!("it is {age} old"),
                Err(reason) => reason,
                Ok(value) if takes_start(variable) => {
                    let value = intake.within(variable, value);
                    intake.taken.insert(place, value);
                    continue;
                }
                Ok(value) => {
                    intake.computed.insert(index, value);
                    continue;
                }
            };
            intake.estimate(name, format!("{refused}; the model's own value is used"));
        }
        intake
    }

    /// A measured value, brought into the range of the variable where it lies outside.
    fn within(&mut self, variable: &description::Variable, value: Value) -> Value {
        let (low, high) = (variable.min.unwrap_or(f64::NEG_INFINITY), variable.max.unwrap_or(f64::INFINITY));
        let near = value.as_f64().map(|number| (number, number.max(low).min(high)));
        let Some((number, nearest)) = near.filter(|(number, nearest)| number != nearest) else { return value };
        match Value::real(nearest).and_then(|nearest| variable.kind.fit(nearest).ok()) {
            Some(fitted) => {
                let reason = format!("{number} was measured, which the model does not take; {nearest} is used");
                self.settled.push(Note { about: variable.name.clone(), reason });
                fitted
            }
            None => value,
        }
    }

    fn tell_unseen(&mut self, what: &str, takers: &[(usize, &description::Variable)]) {
        const SHOWN: usize = 10;
        let unseen: Vec<&str> = takers
            .iter()
            .filter(|(place, _)| !self.taken.contains_key(place))
            .map(|(_, variable)| variable.name.as_str())
            .collect();
        if !unseen.is_empty() {
            let shown = unseen.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
            let more = unseen.len().saturating_sub(SHOWN);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            self.estimate(what, format!("not seen, so the model's own values are used: {shown}{more}"));
        }
    }

    /// Tells where the model, at its start, is not what was measured.
    fn compare(&mut self, model: &FmuModel) {
        let catalog = &model.plan.catalog;
        let shown = catalog.variables.iter().zip(&catalog.places).zip(&model.values);
        for (index, ((variable, place), value)) in shown.enumerate() {
            let starts = value.as_ref().map_or_else(|| "no number".to_owned(), Value::to_string);
            let about = variable.name.clone();
            if let Some(measured) = self.computed.get(&index) {
                let reason = format!("the model computes it and starts with {starts}; {measured} was measured");
                self.estimated.push(Note { about, reason });
            } else if let Some(measured) = self.taken.get(place)
                && !value.as_ref().is_some_and(|value| agree(value, measured))
            {
                let reason = format!("{measured} was measured and given to the model, which starts with {starts}");
                self.settled.push(Note { about, reason });
            }
        }
    }

    fn estimate(&mut self, about: &str, reason: String) {
        self.estimated.push(Note { about: about.to_owned(), reason });
    }
}

/// True for equal values; numbers may differ by what a solver leaves open.
fn agree(one: &Value, other: &Value) -> bool {
    const OPEN: f64 = 1e-6;
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => (one - other).abs() <= OPEN * one.abs().max(other.abs()),
        _ => one == other,
    }
}
