//! The lists of variables and parameters of a flowsheet and what each stands for.

use super::balance;
use super::items::Item;
use super::plant::{ActuatorKind, Feed, Origin, Plant, Quantity, Side, Stream};
use super::read::TEMPERATURES;
use crate::domain::unit::Unit;
use crate::domain::value::ValueKind;
use crate::simulation::model::{Parameter, ParameterKind, Variable};

/// Unit and range.
type Scale = (&'static str, Option<(f64, f64)>);

const PERCENT: Scale = ("%", Some((0.0, 100.0)));
const CELSIUS: Scale = ("Cel", Some((*TEMPERATURES.start(), *TEMPERATURES.end())));

/// Variables and parameters, each with what it stands for in the same order.
#[derive(PartialEq, Debug, Default)]
pub(super) struct Tables {
    pub(super) variables: Vec<Variable>,
    pub(super) items: Vec<Item>,
    pub(super) parameters: Vec<Parameter>,
    pub(super) targets: Vec<Item>,
}

impl Tables {
    pub(super) fn new(plant: &Plant) -> Self {
        let mut tables = Self::default();
        tables.sources(plant);
        tables.tanks(plant);
        tables.exchangers(plant);
        tables.actuators(plant);
        tables.sensors(plant);
        tables.loops(plant);
        for (place, name) in plant.sinks.iter().enumerate() {
            tables.variable(name, "Flow", ("L/min", None), Item::Delivery(place), "Flow that arrives");
            tables.variable(name, "Total", ("m3", None), Item::Delivered(place), "Arrived since the start");
        }
        tables.variable("Plant", "Power", ("kW", None), Item::PlantPower, "Electrical power of pumps and heaters");
        tables.variable("Plant", "Energy", ("kW.h", None), Item::PlantEnergy, "Electrical energy since the start");
        let ambient = (*TEMPERATURES.start(), *TEMPERATURES.end());
        let text = "Temperature of the surroundings";
        tables.property("Plant", "AmbientTemperature", ("Cel", ambient), Item::Ambient, plant.ambient_cel, text);
        tables
    }

    fn sources(&mut self, plant: &Plant) {
        for (place, source) in plant.sources.iter().enumerate() {
            let name = &source.name;
            let rates = plant.streams.iter().filter(|stream| stream.origin == Origin::Source(place));
            let most = rates.map(|stream| fullest_l_per_min(plant, stream)).sum::<f64>().max(1.0);
            self.variable(name, "Flow", ("L/min", Some((0.0, most))), Item::SourceFlow(place), "Flow that is given");
            let item = Item::SourceTemperature(place);
            self.variable(name, "Temperature", CELSIUS, item, "Temperature of what is given");
            let range = (*TEMPERATURES.start(), *TEMPERATURES.end());
            let text = "Temperature of what is given";
            self.property(name, "SupplyTemperature", ("Cel", range), item, source.temperature_cel, text);
            let (word, unit, item, initial, text) = match source.feed {
                Feed::Flow(flow) => {
                    let flow = 60.0 * balance::L_PER_M3 * flow;
                    ("SupplyFlow", "L/min", Item::SupplyFlow(place), flow, "Flow that is given")
                }
                Feed::Pressure(bar) => {
                    ("SupplyPressure", "bar", Item::SupplyPressure(place), bar, "Gauge pressure of the supply")
                }
            };
            self.property(name, word, (unit, (0.0, 10.0 * initial.max(1.0))), item, initial, text);
        }
    }

    fn tanks(&mut self, plant: &Plant) {
        for (place, tank) in plant.tanks.iter().enumerate() {
            let name = &tank.name;
            let height = ("m", Some((0.0, tank.height_m)));
            self.variable(name, "Level", height, Item::Level(place), "Level above the floor");
            self.variable(name, "Temperature", CELSIUS, Item::Temperature(place), "Temperature of the content");
            self.variable(name, "Overflow", ("L/min", None), Item::Spill(place), "Flow over the rim");
            let area = ("m2", (0.1 * tank.area_m2, 10.0 * tank.area_m2));
            self.property(name, "Area", area, Item::Area(place), tank.area_m2, "Cross-section; the level stays");
            let loss = ("W/K", (0.0, 10.0 * tank.loss_w_per_k.max(1.0)));
            let text = "Heat that is lost for each kelvin above the surroundings";
            self.property(name, "HeatLoss", loss, Item::Loss(place), tank.loss_w_per_k, text);
        }
    }

    fn exchangers(&mut self, plant: &Plant) {
        for (place, exchanger) in plant.exchangers.iter().enumerate() {
            let name = &exchanger.name;
            self.variable(name, "HotOut", CELSIUS, Item::Out(place, Side::Hot), "Temperature leaving the hot side");
            self.variable(name, "ColdOut", CELSIUS, Item::Out(place, Side::Cold), "Temperature leaving the cold side");
            self.variable(name, "Duty", ("kW", None), Item::Duty(place), "Heat from the hot to the cold side");
            let ua_kw_per_k = 1e-3 * exchanger.ua_w_per_k;
            let range = (0.0, 10.0 * ua_kw_per_k.max(0.1));
            let text = "Heat transfer coefficient times area; less where it is fouled";
            self.property(name, "UA", ("kW/K", range), Item::Ua(place), ua_kw_per_k, text);
        }
    }

    fn actuators(&mut self, plant: &Plant) {
        for (place, actuator) in plant.actuators.iter().enumerate() {
            let name = &actuator.name;
            let (position, setpoint, rating, unit, rated, power) = match actuator.kind {
                ActuatorKind::Valve { kv_m3_per_h } => ("Position", "Setpoint", "Kv", "m3/h", kv_m3_per_h, None),
                ActuatorKind::Pump { rated_m3_per_s, .. } => {
                    let rated = 60.0 * balance::L_PER_M3 * rated_m3_per_s;
                    ("Speed", "Setpoint", "RatedFlow", "L/min", rated, Some("Power"))
                }
                ActuatorKind::Heater { rated_w, .. } => {
                    ("Heater", "HeaterSetpoint", "HeaterRating", "kW", 1e-3 * rated_w, Some("HeaterPower"))
                }
            };
            self.variable(name, position, PERCENT, Item::Position(place), "Part of the rating that is on");
            if let Some(power) = power {
                self.variable(name, power, ("kW", None), Item::Power(place), "Electrical power");
            }
            if let Some(stream) = plant.stream_of(place) {
                let range = Some((0.0, fullest_l_per_min(plant, stream).max(1.0)));
                self.variable(name, "Flow", ("L/min", range), Item::Flow(place), "Flow through it");
            }
            if actuator.driver.is_none() {
                let text = "Part of the rating that it goes to";
                let initial = 100.0 * actuator.initial;
                self.setpoint(name, setpoint, PERCENT, Item::Demand(place), initial, text);
            }
            let range = (0.1 * rated, 10.0 * rated.max(1e-3));
            self.property(name, rating, (unit, range), Item::Rating(place), rated, "What it does when fully on");
        }
    }

    fn sensors(&mut self, plant: &Plant) {
        for (place, sensor) in plant.sensors.iter().enumerate() {
            let (unit, range) = scale(plant, sensor.of);
            self.variable(&sensor.name, "Value", (unit, Some(range)), Item::Measured(place), "What the sensor shows");
        }
    }

    fn loops(&mut self, plant: &Plant) {
        for (place, law) in plant.loops.iter().enumerate() {
            let name = &law.name;
            let (unit, range) = scale(plant, plant.sensors[law.sensor].of);
            let (setpoint, text) = (Item::Setpoint(place), "Value that the controller holds in automatic");
            self.setpoint(name, "Setpoint", (unit, Some(range)), setpoint, law.initial_setpoint, text);
            self.variable(name, "Output", PERCENT, Item::Output(place), "Position that the controller asks for");
            let (auto, manual) = (Item::Auto(place), Item::Manual(place));
            let text = "1 in automatic, 0 in manual";
            let initial = f64::from(u8::from(law.initial_auto));
            self.setpoint(name, "Auto", ("", Some((0.0, 1.0))), auto, initial, text);
            if let Some(flag) = self.variables.last_mut() {
                (flag.kind, flag.range) = (ValueKind::Bool, None);
            }
            let limits = ("%", Some(law.output_pct));
            self.setpoint(name, "ManualOutput", limits, manual, law.initial_manual_pct, "Output in manual");
        }
    }

    fn variable(&mut self, name: &str, word: &str, (unit, range): Scale, item: Item, description: &str) {
        let (name, unit, description) = (format!("{name}/{word}"), Unit::new(unit), description.to_owned());
        let kind = ValueKind::Real;
        self.variables.push(Variable { name, kind, unit, range, writable: false, cyclic: false, description });
        self.items.push(item);
    }

    fn parameter(
        &mut self,
        kind: ParameterKind,
        name: String,
        (unit, range): (&str, (f64, f64)),
        item: Item,
        initial: f64,
        description: &str,
    ) {
        let (unit, description) = (Unit::new(unit), description.to_owned());
        self.parameters.push(Parameter { name, kind, unit, range, initial, description });
        self.targets.push(item);
    }

    fn property(
        &mut self,
        name: &str,
        word: &str,
        scale: (&str, (f64, f64)),
        item: Item,
        initial: f64,
        description: &str,
    ) {
        self.parameter(ParameterKind::Model, format!("{name}/{word}"), scale, item, initial, description);
    }

    /// A setpoint and the variable that reads it back.
    fn setpoint(&mut self, name: &str, word: &str, scale: Scale, item: Item, initial: f64, description: &str) {
        self.variable(name, word, scale, item, description);
        if let Some(variable) = self.variables.last_mut() {
            variable.writable = true;
        }
        let range = scale.1.unwrap_or((f64::MIN, f64::MAX));
        let name = format!("{name}/{word}");
        self.parameter(ParameterKind::Setpoint, name, (scale.0, range), item, initial, description);
    }
}

/// Unit and range of what can be measured.
pub(super) fn scale(plant: &Plant, of: Quantity) -> (&'static str, (f64, f64)) {
    match of {
        Quantity::Level(tank) => ("m", (0.0, plant.tanks.get(tank).map_or(1.0, |tank| tank.height_m))),
        Quantity::Temperature(_) | Quantity::Out(..) => ("Cel", (*TEMPERATURES.start(), *TEMPERATURES.end())),
        Quantity::Flow(mover) => {
            let most = plant.stream_of(mover).map_or(1.0, |stream| fullest_l_per_min(plant, stream));
            ("L/min", (0.0, most.max(1.0)))
        }
    }
}

/// Flow with the valve or pump fully on, from a full tank.
fn fullest_l_per_min(plant: &Plant, stream: &Stream) -> f64 {
    let mut state = vec![0.0; plant.states()];
    for (place, tank) in plant.tanks.iter().enumerate() {
        state[plant.level(place)] = tank.height_m;
    }
    state[plant.position(0)..plant.reading(0)].fill(1.0);
    60.0 * balance::L_PER_M3 * balance::flow(plant, stream, &state)
}
