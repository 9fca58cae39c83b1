//! What a plant shows of its model, and what it does when someone writes. Pure.

use std::collections::HashSet;

use crate::app::plant_process::written;
use crate::domain::signal::Signal;
use crate::domain::source::EmulatorSpec;
use crate::domain::value::{Value, ValueKind};
use crate::project::Project;
use crate::protocol::opcua::server::{Rejection, Variable, Write, WriteAnswer};
use crate::simulation::model::{Model, ModelError, ParameterError, ParameterKind};

/// A parameter that reads back within this part of what was asked for took it.
const SAME: f64 = 1e-9;

/// The variables of the model in its order, then the parameters that can be written and have no variable of
/// their name; names that are no paths are left out, and told.
pub fn variables(
    model: &dyn Model,
    project: &Project,
    source: &str,
    spec: &EmulatorSpec,
) -> (Vec<Variable>, Vec<String>) {
    let written: HashSet<&str> = written(project, source).collect();
    let parameter = |name: &str| {
        let parameter = model.parameters().iter().find(|parameter| parameter.name == name)?;
        (parameter.kind == ParameterKind::Setpoint || written.contains(name)).then_some(parameter)
    };
    let shown = |name: &str| -> Option<&Signal> {
        let (_, signal) = spec.signals.iter().find(|(variable, _)| variable == name)?;
        project.catalog.get(*signal)
    };
    let mut found: Vec<Variable> = Vec::new();
    for (place, variable) in model.variables().iter().enumerate() {
        let (parameter, signal) = (parameter(&variable.name), shown(&variable.name));
        let described = signal.map(|signal| signal.description.clone()).filter(|text| !text.is_empty());
        let of_signal = || signal.filter(|signal| signal.unit == variable.unit).and_then(|signal| signal.range);
        found.push(Variable {
            path: variable.name.clone(),
            description: described.unwrap_or_else(|| variable.description.clone()),
            unit: variable.unit.clone(),
            range: parameter.map(|parameter| parameter.range).or(variable.range).or_else(of_signal),
            writable: parameter.is_some(),
            initial: model.value(place).and_then(|value| value.coerced(variable.kind)).unwrap_or(blank(variable.kind)),
        });
    }
    let known: HashSet<String> = found.iter().map(|variable| variable.path.clone()).collect();
    for own in model.parameters().iter().filter(|own| !known.contains(&own.name) && parameter(&own.name).is_some()) {
        let value = model.parameter(&own.name).unwrap_or(own.initial);
        found.push(Variable {
            path: own.name.clone(),
            description: own.description.clone(),
            unit: own.unit.clone(),
            range: Some(own.range),
            writable: true,
            initial: Value::real(value).unwrap_or(Value::Real(0.0)),
        });
    }
    // A name that others stand below would be a folder and a variable.
    let mut taken = HashSet::new();
    let folders: HashSet<String> = found
        .iter()
        .flat_map(|variable| variable.path.match_indices('/').map(|(end, _)| variable.path[..end].to_owned()))
        .collect();
    let usable = |path: &str| {
        !path.split('/').any(str::is_empty)
            && !folders.contains(path)
            && !RESERVED.contains(&path.split('/').next().unwrap_or_default())
    };
    let (kept, left): (Vec<Variable>, Vec<Variable>) =
        found.into_iter().partition(|variable| usable(&variable.path) && taken.insert(variable.path.clone()));
    (kept, left.into_iter().map(|variable| variable.path).collect())
}

/// Folders that the server has for itself.
const RESERVED: [&str; 2] = ["Lease", "Emulation"];

fn blank(kind: ValueKind) -> Value {
    match kind {
        ValueKind::Bool => Value::Bool(false),
        ValueKind::Int => Value::Int(0),
        ValueKind::Real => Value::Real(0.0),
        ValueKind::Text => Value::text(""),
    }
}

/// Sets a parameter as a controller would, and says what the plant makes of it.
pub fn write(model: &mut dyn Model, write: &Write) -> WriteAnswer {
    let Some(wanted) = write.value.as_f64() else { return WriteAnswer::Rejected(Rejection::OutOfRange) };
    match model.set_parameter(&write.path, wanted) {
        Ok(()) => match model.parameter(&write.path) {
            Some(taken) if (taken - wanted).abs() > SAME * wanted.abs().max(1.0) => {
                Value::real(taken).map_or(WriteAnswer::Good, WriteAnswer::Clamped)
            }
            _ => WriteAnswer::Good,
        },
        Err(ModelError::Parameter(ParameterError::OutOfRange { .. })) => WriteAnswer::Rejected(Rejection::OutOfRange),
        Err(ModelError::Parameter(ParameterError::Unknown { .. })) => WriteAnswer::Rejected(Rejection::NotWritable),
        Err(_) => WriteAnswer::Rejected(Rejection::InvalidState),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::domain::source::SourceKind;
    use crate::domain::unit::Unit;
    use crate::protocol::opcua::server::By;
    use crate::simulation::line::{LineConfig, LineModel};

    fn demo() -> (Project, EmulatorSpec, Box<dyn Model>) {
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
        let project = crate::project::load(&demo).project.expect("the demo");
        let SourceKind::Emulator(spec) = project.sources[0].kind.clone() else { panic!("an emulator") };
        let model = LineModel::new(LineConfig::demo(), 1).expect("the demo line is valid");
        (project, spec, Box::new(model))
    }

    #[test]
    fn every_variable_is_shown_and_setpoints_can_be_written_within_the_range_of_the_model() {
        let (project, spec, model) = demo();
        let (variables, left) = variables(model.as_ref(), &project, "plant", &spec);
        assert_eq!(left, Vec::<String>::new());
        assert!(model.variables().iter().all(|own| variables.iter().any(|variable| variable.path == own.name)));
        let of = |path: &str| variables.iter().find(|variable| variable.path == path).expect(path);
        let speed = of("Filler/SpeedSetpoint");
        assert_eq!((speed.writable, speed.range, &speed.unit), (true, Some((0.0, 720.0)), &Unit::new("/min")));
        let state = of("Filler/State");
        assert_eq!((state.writable, state.range, state.description.as_str()), (false, None, "State after PackML"));
        assert_eq!(state.initial.kind(), ValueKind::Text);
        assert!(!variables.iter().any(|variable| variable.path.ends_with("MtbfFactor")), "no plant has such a knob");
    }

    #[test]
    fn a_parameter_that_is_written_has_a_node_although_it_is_no_setpoint() {
        let (mut project, spec, model) = demo();
        let target = crate::domain::write_target::WriteTarget::Emulator { parameter: "Filler/MtbfFactor".to_owned() };
        project.write_targets[0].target = target;
        let (variables, _) = variables(model.as_ref(), &project, "plant", &spec);
        let factor = variables.iter().find(|variable| variable.path == "Filler/MtbfFactor").expect("a node");
        assert!(factor.writable);
        assert_eq!(factor.initial, Value::Real(1.0));
    }

    #[test]
    fn what_is_out_of_the_range_of_the_model_is_rejected_and_what_is_in_it_is_taken() {
        let (.., mut model) = demo();
        let mut ask = |path: &str, number: f64| {
            let by = By::Client("anonymous".to_owned());
            write(model.as_mut(), &Write { path: path.to_owned(), value: Value::Real(number), by })
        };
        assert_eq!(ask("Filler/SpeedSetpoint", 500.0), WriteAnswer::Good);
        assert_eq!(ask("Filler/SpeedSetpoint", 721.0), WriteAnswer::Rejected(Rejection::OutOfRange));
        assert_eq!(ask("Filler/Colour", 1.0), WriteAnswer::Rejected(Rejection::NotWritable));
        assert_eq!(model.parameter("Filler/SpeedSetpoint").map(f64::round), Some(500.0));
    }
}
