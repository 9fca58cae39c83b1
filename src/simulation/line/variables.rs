//! The variables of the line: their list and how each is read from the state.

use std::f64::consts::TAU;
use std::sync::{Arc, LazyLock};

use crate::domain::unit::Unit;
use crate::domain::value::{Value, ValueKind};
use crate::simulation::model::Variable;

use super::LineModel;
use super::config::LineConfig;
use super::machine::Machine;
use super::names::MachineId;
use super::parameters::ParameterTable;
use super::utilities::Pump;

/// Stroke of the packer head [m].
const HEAD_STROKE_M: f64 = 0.7;
/// Swing of the palletiser arm [deg].
const ARM_SWING_DEG: f64 = 180.0;
/// `ConveyorN/Travel` starts anew here [m].
const TRAVEL_MODULUS_M: f64 = 1000.0;

/// One of the counts of a machine.
type Count = fn(&Machine) -> u64;
type Read = Box<dyn Fn(&LineModel) -> Value + Send + Sync>;

/// The variables and how each is read, in the same order.
pub(super) struct VariableTable {
    variables: Vec<Variable>,
    reads: Vec<Read>,
}

impl PartialEq for VariableTable {
    fn eq(&self, other: &Self) -> bool {
        self.variables == other.variables
    }
}

impl std::fmt::Debug for VariableTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.variables.fmt(f)
    }
}

impl LineModel {
    /// All variables; the list never changes.
    pub fn variables(&self) -> &[Variable] {
        &self.variables.variables
    }

    /// Values of all variables in the order of [`Self::variables`], in place of what `out` held.
    pub fn read(&self, out: &mut Vec<Value>) {
        out.clear();
        out.extend(self.variables.reads.iter().map(|read| read(self)));
    }

    /// Value of one variable by its place in [`Self::variables`].
    pub fn value(&self, place: usize) -> Option<Value> {
        self.variables.reads.get(place).map(|read| read(self))
    }
}

impl VariableTable {
    pub(super) fn new(config: &LineConfig) -> Self {
        let mut table = Self { variables: Vec::new(), reads: Vec::new() };
        for id in MachineId::ALL {
            table.add_machine(id, config);
        }
        table.add_motions(config);
        for (index, conveyor) in config.conveyors.iter().enumerate() {
            table.add_conveyor(index, conveyor.speed_m_per_s);
        }
        table.add_pasteuriser();
        table.number("ProductTank/Level", "%", (0.0, 100.0), "Filled part", |line| line.product.level_pct());
        table.number("WaterTank/Level", "%", (0.0, 100.0), "Filled part", |line| line.water.level_pct());
        table.add_pump("ProductPump", config.product.pump.rated_speed_per_min, |line| &line.product.pump);
        table.add_pump("WaterPump", config.water.pump.rated_speed_per_min, |line| &line.water.pump);
        table.add_line(config);
        let parameters = ParameterTable::new(config);
        for variable in &mut table.variables {
            variable.writable = parameters.writable(&variable.name);
        }
        table
    }

    fn add(
        &mut self,
        name: impl Into<String>,
        (kind, unit, range): (ValueKind, &str, Option<(f64, f64)>),
        description: impl Into<String>,
        read: impl Fn(&LineModel) -> Value + Send + Sync + 'static,
    ) {
        let (name, description, unit) = (name.into(), description.into(), Unit::new(unit));
        self.variables.push(Variable { name, kind, unit, range, writable: false, cyclic: false, description });
        self.reads.push(Box::new(read));
    }

    fn number(
        &mut self,
        name: impl Into<String>,
        unit: &str,
        range: (f64, f64),
        description: impl Into<String>,
        read: impl Fn(&LineModel) -> f64 + Send + Sync + 'static,
    ) {
        self.add(name, (ValueKind::Real, unit, Some(range)), description, move |line| Value::Real(read(line)));
    }

    /// How far a motion that repeats has come.
    fn motion(
        &mut self,
        name: impl Into<String>,
        unit: &str,
        range: (f64, f64),
        description: impl Into<String>,
        read: impl Fn(&LineModel) -> f64 + Send + Sync + 'static,
    ) {
        self.number(name, unit, range, description, read);
        if let Some(motion) = self.variables.last_mut() {
            motion.cyclic = true;
        }
    }

    fn add_machine(&mut self, id: MachineId, config: &LineConfig) {
        let (name, index) = (id.name(), id.index());
        let machine = &config.machines[index];
        let full = 1.05 * machine.max_speed_per_min;
        let item = id.item();
        let text = (ValueKind::Text, "", None);
        let flag = (ValueKind::Bool, "", None);
        self.add(format!("{name}/State"), text, "PackML state", move |line| {
            Value::Text(line.machines[index].state().text())
        });
        self.number(
            format!("{name}/Speed"),
            "/min",
            (0.0, full),
            format!("Speed of the drive in {item}"),
            move |line| line.machines[index].speed_per_sec() * 60.0,
        );
        let description = format!("Speed in {item} that speed control takes as full speed");
        let range = (0.0, machine.max_speed_per_min);
        self.number(format!("{name}/SpeedSetpoint"), "/min", range, description, move |line| {
            line.machines[index].setpoint_per_sec * 60.0
        });
        let given = if id == MachineId::Packer { "cases" } else { item };
        let counts: [(&str, String, Count); 3] = [
            ("InfeedCount", format!("Taken in since the start, {item}"), |machine| machine.infeed_count),
            ("OutfeedCount", format!("Given out since the start, {given}"), |machine| machine.outfeed_count),
            ("RejectCount", format!("Thrown out since the start, {given}"), |machine| machine.reject_count),
        ];
        for (word, description, count) in counts {
            self.add(format!("{name}/{word}"), (ValueKind::Int, "", None), description, move |line| {
                Value::Int(count(&line.machines[index]).cast_signed())
            });
        }
        self.add(format!("{name}/Fault"), text, "Code and text of the present fault, empty when none", move |line| {
            Value::Text(line.machines[index].fault_text().cloned().unwrap_or_else(no_text))
        });
        self.add(format!("{name}/Starved"), flag, "Waits for infeed or material", move |line| {
            Value::Bool(line.machines[index].starved())
        });
        self.add(format!("{name}/Blocked"), flag, "Waits for room at the outfeed", move |line| {
            Value::Bool(line.machines[index].blocked())
        });
        let most_kw = (machine.standby_power_kw + 1.3 * machine.drive_power_kw).max(1.0);
        self.number(format!("{name}/Power"), "kW", (0.0, most_kw), "Electrical power", move |line| {
            line.machines[index].power_kw()
        });
    }

    fn add_motions(&mut self, config: &LineConfig) {
        let travel = (0.0, config.pallets.carriage_travel_m.max(0.1));
        let description = "Height of the layer carriage above the bottom layer";
        self.motion("Depalletiser/CarriageHeight", "m", travel, description, |line| line.pallet.carriage_height_m);
        let description = "Way of the packer head down from its rest position";
        self.motion("Packer/HeadPosition", "m", (0.0, HEAD_STROKE_M), description, |line| {
            let packer = &line.machines[MachineId::Packer.index()];
            HEAD_STROKE_M * there_and_back(packer.motion(line.config.packer_bottles_per_cycle))
        });
        let description = "Swing of the arm from the infeed (0) to the pallet";
        self.motion("Palletiser/ArmAngle", "deg", (0.0, ARM_SWING_DEG), description, |line| {
            let palletiser = &line.machines[MachineId::Palletiser.index()];
            ARM_SWING_DEG * there_and_back(palletiser.motion(line.config.palletiser_cases_per_cycle))
        });
    }

    fn add_conveyor(&mut self, index: usize, speed_m_per_s: f64) {
        let name = format!("Conveyor{}", index + 1);
        let flag = (ValueKind::Bool, "", None);
        self.add(format!("{name}/Running"), flag, "Belt is switched on", move |line| {
            Value::Bool(line.conveyors[index].running())
        });
        let range = (0.0, 1.5 * speed_m_per_s);
        self.number(format!("{name}/Speed"), "m/s", range, "Belt speed", move |line| {
            line.conveyors[index].speed_m_per_s()
        });
        self.number(format!("{name}/SpeedSetpoint"), "m/s", range, "Belt speed while running", move |line| {
            line.conveyors[index].speed_setpoint_m_per_s
        });
        let description = "Items on the belt relative to its capacity";
        self.number(format!("{name}/Accumulation"), "%", (0.0, 100.0), description, move |line| {
            100.0 * line.conveyors[index].fill()
        });
        let description = "Belt travel, from 0 again at 1000 m";
        self.motion(format!("{name}/Travel"), "m", (0.0, TRAVEL_MODULUS_M), description, move |line| {
            line.conveyors[index].travel_m() % TRAVEL_MODULUS_M
        });
    }

    fn add_pasteuriser(&mut self) {
        for index in 0..3 {
            let name = format!("Pasteuriser/Zone{}", index + 1);
            let range = (0.0, 100.0);
            self.number(format!("{name}/Temperature"), "Cel", range, "Spray water temperature", move |line| {
                line.pasteuriser.zones[index].temperature_cel
            });
            self.number(format!("{name}/Setpoint"), "Cel", range, "Spray water setpoint", move |line| {
                line.pasteuriser.zones[index].setpoint_cel
            });
        }
        let description = "Pasteurisation units of the bottles that leave, 0 until the first";
        self.number("Pasteuriser/PU", "", (0.0, 50.0), description, |line| line.pasteuriser.exit_pu);
        self.number("Pasteuriser/SteamFlow", "kg/h", (0.0, 4000.0), "Steam taken by all zones", |line| {
            line.pasteuriser.steam_kg_per_h()
        });
    }

    fn add_pump(&mut self, name: &str, rated_per_min: f64, pump: fn(&LineModel) -> &Pump) {
        let speed = (0.0, 1.2 * rated_per_min);
        self.number(format!("{name}/Speed"), "{rev}/min", speed, "Shaft speed", move |line| pump(line).speed_per_min());
        self.number(format!("{name}/SpeedSetpoint"), "{rev}/min", speed, "Speed while filling", move |line| {
            pump(line).setpoint_per_min
        });
        self.number(format!("{name}/Flow"), "L/min", (0.0, 1000.0), "Flow into the tank", move |line| {
            pump(line).flow_l_per_min()
        });
        self.number(format!("{name}/Pressure"), "bar", (0.0, 6.0), "Pressure at the outlet", move |line| {
            pump(line).pressure_bar()
        });
        self.number(format!("{name}/Power"), "kW", (0.0, 15.0), "Electrical power", move |line| pump(line).power_kw());
    }

    fn add_line(&mut self, config: &LineConfig) {
        let percent = (0.0, 100.0);
        let most = 1.2 * config.machines[MachineId::Filler.index()].max_speed_per_min;
        let description = "Bottles put on pallets in the last minute";
        self.number("Line/Throughput", "/min", (0.0, most), description, |line| line.throughput.per_min());
        let description = "Availability times performance times quality since the start, at the filler";
        self.number("Line/OEE", "%", percent, description, |line| 100.0 * line.oee().total());
        let description = "Time of the filler in EXECUTE over its planned time";
        self.number("Line/Availability", "%", percent, description, |line| 100.0 * line.oee().availability);
        let description = "Bottles filled over those at rated speed in that time";
        self.number("Line/Performance", "%", (0.0, 120.0), description, |line| 100.0 * line.oee().performance);
        let description = "Part of the bottles filled that no machine threw out";
        self.number("Line/Quality", "%", percent, description, |line| 100.0 * line.oee().quality);
        self.number("Line/Power", "kW", (0.0, 300.0), "Electrical power of the line", |line| line.power_kw);
        let energy = (ValueKind::Real, "kW.h", None);
        self.add("Line/Energy", energy, "Electrical energy since the start", |line| Value::Real(line.energy_kwh));
    }
}

/// A smooth motion from 0 to 1 and back while `phase` goes from 0 to 1.
fn there_and_back(phase: f64) -> f64 {
    0.5 - 0.5 * (TAU * phase).cos()
}

fn no_text() -> Arc<str> {
    static EMPTY: LazyLock<Arc<str>> = LazyLock::new(|| "".into());
    EMPTY.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_kind_and_range_of_their_variable_at_all_times() {
        let mut line = LineModel::new(LineConfig::demo(), 5).expect("the demo line is valid");
        let mut values = Vec::new();
        for minute in 0..240 {
            line.run_until(f64::from(minute) * 61.7);
            line.read(&mut values);
            assert_eq!(values.len(), line.variables().len());
            for (variable, value) in line.variables().iter().zip(&values) {
                assert_eq!(value.kind(), variable.kind, "{}", variable.name);
                if let (Some((low, high)), Some(number)) = (variable.range, value.as_f64()) {
                    assert!((low..=high).contains(&number), "{} is {number} in minute {minute}", variable.name);
                }
            }
        }
    }

    #[test]
    fn motions_that_repeat_are_told_from_what_says_how_the_plant_does() {
        let line = LineModel::new(LineConfig::demo(), 5).expect("the demo line is valid");
        let cyclic = line.variables().iter().filter(|variable| variable.cyclic);
        let mut names: Vec<&str> = cyclic.map(|variable| variable.name.as_str()).collect();
        names.retain(|name| !name.ends_with("/Travel"));
        assert_eq!(names, ["Depalletiser/CarriageHeight", "Packer/HeadPosition", "Palletiser/ArmAngle"]);
        let travels = line.variables().iter().filter(|variable| variable.name.ends_with("/Travel"));
        assert_eq!(travels.map(|travel| travel.cyclic).collect::<Vec<_>>(), [true; 7]);
    }

    #[test]
    fn names_are_unique_units_are_known_and_every_setpoint_reads_back() {
        let line = LineModel::new(LineConfig::demo(), 5).expect("the demo line is valid");
        let mut names: Vec<_> = line.variables().iter().map(|variable| variable.name.as_str()).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(line.variables().iter().all(|variable| variable.unit.known()));
        for parameter in line.parameters() {
            let variable = line.variables().iter().find(|variable| variable.name == parameter.name);
            let setpoint = parameter.kind == crate::simulation::model::ParameterKind::Setpoint;
            assert_eq!(variable.is_some_and(|variable| variable.writable), setpoint, "{}", parameter.name);
            assert!(variable.is_none_or(|variable| variable.unit == parameter.unit), "{}", parameter.name);
        }
    }
}
