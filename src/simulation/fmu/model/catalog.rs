//! What of an FMU can be looked at and changed, as its description says.

use std::collections::HashMap;

use crate::domain::value::{Value, ValueKind};
use crate::simulation::fmu::description::{self, Causality, Initial, ModelDescription, Variability, VariableKind};
use crate::simulation::model::{Parameter, ParameterError, ParameterKind, Variable};

/// Most variables that are read and shown; outputs and inputs come first.
const MOST_VARIABLES: usize = 2_000;
/// Most parameters that are offered; inputs come first.
const MOST_PARAMETERS: usize = 5_000;
/// End of the range of a parameter, either way, where neither the model nor the type gives one.
const WIDE: f64 = 1e12;

/// Variables and parameters, each with its place in the description.
#[derive(Debug)]
pub(super) struct Catalog {
    /// Outputs that are numbers, other outputs, inputs, and what else of the model changes.
    pub variables: Vec<Variable>,
    pub places: Vec<usize>,
    /// So many of the first variables are outputs that have figures.
    pub counted: usize,
    pub parameters: Vec<Parameter>,
    pub targets: Vec<usize>,
    parameter_of_name: HashMap<String, usize>,
    /// What the user should know of what is not offered.
    pub notices: Vec<String>,
}

impl Catalog {
    pub fn of(description: &ModelDescription) -> Self {
        let declared = || description.variables.iter().enumerate();
        let mut targets: Vec<usize> =
            declared().filter(|(_, found)| is_parameter(found)).map(|found| found.0).collect();
        let mut places: Vec<usize> = declared().filter(|(_, found)| is_shown(found)).map(|found| found.0).collect();
        let mut notices = Vec::new();
        let ranked = |places: &mut Vec<usize>, most: usize, what: &str, notices: &mut Vec<String>| {
            places.sort_by_key(|place| description.variables.get(*place).map(rank));
            if places.len() > most {
                notices.push(format!("The model has {} {what}; the first {most} are offered.", places.len()));
                places.truncate(most);
            }
        };
        ranked(&mut targets, MOST_PARAMETERS, "parameters", &mut notices);
        ranked(&mut places, MOST_VARIABLES, "variables", &mut notices);
        let found = |places: &[usize]| -> Vec<&description::Variable> {
            places.iter().filter_map(|place| description.variables.get(*place)).collect()
        };
        let parameters: Vec<Parameter> = found(&targets).into_iter().map(parameter).collect();
        let parameter_of_name: HashMap<String, usize> =
            parameters.iter().enumerate().map(|(index, parameter)| (parameter.name.clone(), index)).collect();
        let shown = found(&places);
        let counted = shown.iter().filter(|found| is_counted(found)).count();
        let variables = shown.into_iter().map(|found| Variable {
            name: found.name.clone(),
            kind: found.kind.value_kind(),
            unit: found.unit.clone(),
            range: found.min.zip(found.max).filter(|(low, high)| low < high),
            writable: parameter_of_name.contains_key(&found.name),
            // FMI has no word for it.
            cyclic: false,
            description: found.description.clone(),
        });
        Self { variables: variables.collect(), places, counted, parameters, targets, parameter_of_name, notices }
    }

    /// A parameter and its place in the description.
    pub fn parameter(&self, name: &str) -> Option<(&Parameter, usize)> {
        let index = *self.parameter_of_name.get(name)?;
        Some((self.parameters.get(index)?, *self.targets.get(index)?))
    }

    /// The place of a parameter in the description, and a number as the model holds it. Whole numbers
    /// and flags take the nearest one: a ramp may lead them.
    ///
    /// # Errors
    /// An unknown name, or a value out of range or not a number.
    pub fn setting(
        &self,
        description: &ModelDescription,
        name: &str,
        number: f64,
    ) -> Result<(usize, Value), ParameterError> {
        let unknown = || ParameterError::Unknown { name: name.to_owned() };
        let (parameter, place) = self.parameter(name).ok_or_else(unknown)?;
        let (low, high) = parameter.range;
        let kind = &description.variables.get(place).ok_or_else(unknown)?.kind;
        let nearest = if kind.value_kind() == ValueKind::Real { number } else { number.round() };
        let value = Value::real(nearest).filter(|_| (low..=high).contains(&number));
        value.and_then(|value| kind.fit(value).ok()).map(|value| (place, value)).ok_or_else(|| {
            let (name, unit) = (name.to_owned(), parameter.unit.clone());
            ParameterError::OutOfRange { name, found: number, unit, low, high }
        })
    }

    /// Takes what the model said of its parameters when it had begun.
    pub fn begin_from(&mut self, values: &[Option<Value>]) {
        for (parameter, value) in self.parameters.iter_mut().zip(values) {
            parameter.initial = value.as_ref().and_then(Value::as_f64).unwrap_or(parameter.initial);
        }
    }
}

/// True for what can be given a measured value to start from.
pub(super) fn takes_start(variable: &description::Variable) -> bool {
    let starts = matches!(variable.initial, Some(Initial::Exact | Initial::Approx));
    variable.variability != Variability::Constant
        && match variable.causality {
            Causality::Input => true,
            Causality::Output | Causality::Local => starts,
            _ => false,
        }
}

/// True for what holds from the initialisation on.
pub(super) fn is_fixed(variable: &description::Variable) -> bool {
    variable.causality == Causality::Parameter && variable.variability != Variability::Tunable
}

fn is_parameter(variable: &description::Variable) -> bool {
    let causality = matches!(variable.causality, Causality::Input | Causality::Parameter);
    causality && variable.variability != Variability::Constant && variable.kind != VariableKind::String
}

fn is_shown(variable: &description::Variable) -> bool {
    match variable.causality {
        Causality::Output | Causality::Input => true,
        Causality::Local => {
            !matches!(variable.variability, Variability::Constant | Variability::Fixed)
                && variable.kind != VariableKind::String
        }
        _ => false,
    }
}

/// True for a quantity; the numbers of an enumeration are none.
fn is_counted(variable: &description::Variable) -> bool {
    let number = matches!(variable.kind.value_kind(), ValueKind::Real | ValueKind::Int);
    variable.causality == Causality::Output && number && !matches!(variable.kind, VariableKind::Enumeration(_))
}

fn rank(variable: &description::Variable) -> u8 {
    match variable.causality {
        Causality::Output if is_counted(variable) => 0,
        Causality::Output => 1,
        Causality::Input => 2,
        _ => 3,
    }
}

fn parameter(variable: &description::Variable) -> Parameter {
    let start = variable.start.as_ref().and_then(Value::as_f64);
    let (least, greatest) = limits(&variable.kind);
    let low = variable.min.unwrap_or_else(|| variable.max.map_or(least, |max| least.min(max)));
    let high = variable.max.unwrap_or_else(|| greatest.max(low));
    Parameter {
        name: variable.name.clone(),
        kind: if variable.causality == Causality::Input { ParameterKind::Setpoint } else { ParameterKind::Model },
        unit: variable.unit.clone(),
        // A model may start outside of what it calls its range; then it can be brought back to there.
        range: start.map_or((low, high), |start| (low.min(start), high.max(start))),
        initial: start.unwrap_or_default(),
        description: variable.description.clone(),
    }
}

/// Least and greatest number of a kind, within [`WIDE`].
fn limits(kind: &VariableKind) -> (f64, f64) {
    match kind {
        VariableKind::Boolean => (0.0, 1.0),
        VariableKind::Int8 => (i8::MIN.into(), i8::MAX.into()),
        VariableKind::UInt8 => (0.0, u8::MAX.into()),
        VariableKind::Int16 => (i16::MIN.into(), i16::MAX.into()),
        VariableKind::UInt16 => (0.0, u16::MAX.into()),
        VariableKind::Int32 => (i32::MIN.into(), i32::MAX.into()),
        VariableKind::UInt32 => (0.0, u32::MAX.into()),
        VariableKind::UInt64 => (0.0, WIDE),
        VariableKind::Enumeration(items) => {
            let numbers = || items.iter().map(|(_, number)| *number as f64);
            numbers().reduce(f64::min).zip(numbers().reduce(f64::max)).unwrap_or((-WIDE, WIDE))
        }
        _ => (-WIDE, WIDE),
    }
}
