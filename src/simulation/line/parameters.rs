//! What may be changed while the line runs: setpoints, which a plant has too, and properties of the
//! model (how often machines fail), which only a what-if can change.

use crate::domain::unit::Unit;
use crate::simulation::model::{Parameter, ParameterError, ParameterKind};

use super::LineModel;
use super::config::LineConfig;
use super::names::MachineId;

/// Where a parameter acts.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Target {
    MachineSpeed(usize),
    MtbfFactor(usize),
    RepairFactor(usize),
    RejectFraction(usize),
    ConveyorSpeed(usize),
    ZoneTemperature(usize),
    ProductPumpSpeed,
    WaterPumpSpeed,
}

/// The parameters and where each acts, in the same order.
#[derive(PartialEq, Debug)]
pub(super) struct ParameterTable {
    parameters: Vec<Parameter>,
    targets: Vec<Target>,
}

impl ParameterTable {
    pub(super) fn new(config: &LineConfig) -> Self {
        let mut table = Self { parameters: Vec::new(), targets: Vec::new() };
        for (id, machine) in MachineId::ALL.into_iter().zip(&config.machines) {
            let (name, index) = (id.name(), id.index());
            table.add(
                Target::MachineSpeed(index),
                Parameter {
                    name: format!("{name}/SpeedSetpoint"),
                    kind: ParameterKind::Setpoint,
                    unit: Unit::new("/min"),
                    range: (0.0, machine.max_speed_per_min),
                    initial: machine.speed_setpoint_per_min,
                    description: format!("Speed in {} that speed control takes as full speed", id.item()),
                },
            );
            for (target, word, range, initial, description) in [
                (Target::MtbfFactor(index), "MtbfFactor", (0.01, 1e6), 1.0, "Factor on the time between failures"),
                (
                    Target::RepairFactor(index),
                    "RepairFactor",
                    (0.0, 100.0),
                    1.0,
                    "Factor on the time of repairs to come",
                ),
                (
                    Target::RejectFraction(index),
                    "RejectFraction",
                    (0.0, 0.5),
                    machine.reject_fraction,
                    "Part of the items that is thrown out",
                ),
            ] {
                table.add(
                    target,
                    Parameter {
                        name: format!("{name}/{word}"),
                        kind: ParameterKind::Model,
                        unit: Unit::new("1"),
                        range,
                        initial,
                        description: description.into(),
                    },
                );
            }
        }
        for (index, conveyor) in config.conveyors.iter().enumerate() {
            let speed = conveyor.speed_m_per_s;
            let name = format!("Conveyor{}/SpeedSetpoint", index + 1);
            table.setpoint(Target::ConveyorSpeed(index), name, "m/s", (0.2 * speed, 1.5 * speed), speed, "Belt speed");
        }
        for (index, zone) in config.pasteuriser.zones.iter().enumerate() {
            let name = format!("Pasteuriser/Zone{}/Setpoint", index + 1);
            let target = Target::ZoneTemperature(index);
            table.setpoint(target, name, "Cel", (5.0, 80.0), zone.setpoint_cel, "Temperature of the spray water");
        }
        for (target, name, supply) in [
            (Target::ProductPumpSpeed, "ProductPump/SpeedSetpoint", &config.product),
            (Target::WaterPumpSpeed, "WaterPump/SpeedSetpoint", &config.water),
        ] {
            let speed = supply.pump.rated_speed_per_min;
            table.setpoint(
                target,
                name.into(),
                "{rev}/min",
                (0.0, 1.2 * speed),
                speed,
                "Speed while the tank is filled",
            );
        }
        table
    }

    fn add(&mut self, target: Target, parameter: Parameter) {
        self.targets.push(target);
        self.parameters.push(parameter);
    }

    fn setpoint(&mut self, target: Target, name: String, unit: &str, range: (f64, f64), initial: f64, text: &str) {
        let (unit, description) = (Unit::new(unit), text.into());
        self.add(target, Parameter { name, kind: ParameterKind::Setpoint, unit, range, initial, description });
    }

    fn find(&self, name: &str) -> Option<(&Parameter, Target)> {
        let index = self.parameters.iter().position(|parameter| parameter.name == name)?;
        Some((&self.parameters[index], self.targets[index]))
    }

    /// True where the name is one of a setpoint.
    pub(super) fn writable(&self, name: &str) -> bool {
        self.find(name).is_some_and(|(parameter, _)| parameter.kind == ParameterKind::Setpoint)
    }
}

impl LineModel {
    /// All parameters; the list never changes.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters.parameters
    }

    /// Present value of a parameter in its unit; none where there is none of this name.
    pub fn parameter(&self, name: &str) -> Option<f64> {
        let (_, target) = self.parameters.find(name)?;
        Some(match target {
            Target::MachineSpeed(index) => self.machines[index].setpoint_per_sec * 60.0,
            Target::MtbfFactor(index) => self.machines[index].mtbf_factor,
            Target::RepairFactor(index) => self.machines[index].repair_factor,
            Target::RejectFraction(index) => self.machines[index].reject_fraction,
            Target::ConveyorSpeed(index) => self.conveyors[index].speed_setpoint_m_per_s,
            Target::ZoneTemperature(index) => self.pasteuriser.zones[index].setpoint_cel,
            Target::ProductPumpSpeed => self.product.pump.setpoint_per_min,
            Target::WaterPumpSpeed => self.water.pump.setpoint_per_min,
        })
    }

    /// Sets a parameter, in its unit. Machines, belts and pumps follow along their ramps.
    ///
    /// # Errors
    /// An unknown name, or a value out of range or not a number.
    pub fn set_parameter(&mut self, name: &str, value: f64) -> Result<(), ParameterError> {
        let Some((parameter, target)) = self.parameters.find(name) else {
            return Err(ParameterError::Unknown { name: name.into() });
        };
        let (low, high) = parameter.range;
        if !(low..=high).contains(&value) {
            let (name, unit) = (parameter.name.clone(), parameter.unit.clone());
            return Err(ParameterError::OutOfRange { name, found: value, unit, low, high });
        }
        match target {
            Target::MachineSpeed(index) => self.machines[index].setpoint_per_sec = value / 60.0,
            Target::MtbfFactor(index) => self.machines[index].mtbf_factor = value,
            Target::RepairFactor(index) => self.machines[index].repair_factor = value,
            Target::RejectFraction(index) => self.machines[index].reject_fraction = value,
            Target::ConveyorSpeed(index) => self.conveyors[index].speed_setpoint_m_per_s = value,
            Target::ZoneTemperature(index) => self.pasteuriser.zones[index].setpoint_cel = value,
            Target::ProductPumpSpeed => self.product.pump.setpoint_per_min = value,
            Target::WaterPumpSpeed => self.water.pump.setpoint_per_min = value,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demo() -> LineModel {
        LineModel::new(LineConfig::demo(), 1).expect("the demo line is valid")
    }

    fn refusal(name: &str, value: f64) -> String {
        demo().set_parameter(name, value).map_or_else(|error| error.to_string(), |()| "accepted".into())
    }

    #[test]
    fn refusal_names_parameter_value_unit_and_range() {
        assert_eq!(
            refusal("Filler/SpeedSetpoint", 900.0),
            "Filler/SpeedSetpoint cannot be 900 /min, expected 0 to 720"
        );
        assert_eq!(
            refusal("Pasteuriser/Zone2/Setpoint", f64::NAN),
            "Pasteuriser/Zone2/Setpoint cannot be NaN °C, expected 5 to 80"
        );
        assert_eq!(refusal("Filler/Colour", 1.0), "the model has no parameter \"Filler/Colour\"");
    }

    #[test]
    fn every_parameter_starts_at_its_initial_value_and_reads_back_what_was_set() {
        let mut model = demo();
        for parameter in model.parameters().to_vec() {
            let start = model.parameter(&parameter.name);
            assert!(
                start.is_some_and(|start| (start - parameter.initial).abs() < 1e-9),
                "{}: {start:?}",
                parameter.name
            );
            let wanted = 0.5 * (parameter.range.0 + parameter.range.1);
            assert_eq!(model.set_parameter(&parameter.name, wanted), Ok(()));
            let found = model.parameter(&parameter.name);
            assert!(found.is_some_and(|found| (found - wanted).abs() < 1e-9), "{}: {found:?}", parameter.name);
        }
    }

    #[test]
    fn names_are_unique() {
        let model = demo();
        let mut names: Vec<_> = model.parameters().iter().map(|parameter| &parameter.name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), model.parameters().len());
    }
}
