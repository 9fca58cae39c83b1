//! What can be seen of the units and what can be set: one entry for each, with its unit as in the tables.

use super::UnitsModel;
use super::balance::{self, L_PER_M3};
use super::plant::{ActuatorKind, End, Feed, Origin, Side};

/// Percent of a part of one.
const PCT: f64 = 100.0;
/// L/min of m³/s.
const L_PER_MIN: f64 = 60.0 * L_PER_M3;

/// A number of the model. The places are those in the lists of the plant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Item {
    /// Given by a source [L/min].
    SourceFlow(usize),
    /// Of a source [°C].
    SourceTemperature(usize),
    /// What a source gives by itself [L/min].
    SupplyFlow(usize),
    /// [bar]
    SupplyPressure(usize),
    /// [m]
    Level(usize),
    /// Of a tank [°C].
    Temperature(usize),
    /// Over the rim [L/min].
    Spill(usize),
    /// [m²]; the level stays where it is changed.
    Area(usize),
    /// [W/K]
    Loss(usize),
    /// [°C]
    Out(usize, Side),
    /// [kW]
    Duty(usize),
    /// [kW/K]
    Ua(usize),
    /// [%]
    Position(usize),
    /// Position that an actuator goes to [%].
    Demand(usize),
    /// [L/min]
    Flow(usize),
    /// [kW]
    Power(usize),
    /// Kv of a valve [m³/h], rated flow of a pump [L/min], rated power of a heater [kW].
    Rating(usize),
    /// What a sensor shows, in the unit of its quantity.
    Measured(usize),
    Setpoint(usize),
    /// [%]
    Output(usize),
    /// 1 in automatic, 0 in manual.
    Auto(usize),
    /// Output in manual [%].
    Manual(usize),
    /// Into a sink [L/min].
    Delivery(usize),
    /// Into a sink since the start [m³].
    Delivered(usize),
    /// Of all units [kW].
    PlantPower,
    /// Since the start [kWh].
    PlantEnergy,
    /// [°C]
    Ambient,
}

impl UnitsModel {
    /// A number in its unit.
    pub(super) fn read(&self, item: Item) -> f64 {
        let (plant, state) = (&self.plant, &self.state);
        let flow = |stream| L_PER_MIN * balance::flow(plant, stream, state);
        let power_kw = |actuator| 1e-3 * balance::power_w(plant, actuator, state);
        match item {
            Item::SourceFlow(source) => {
                plant.streams.iter().filter(|stream| stream.origin == Origin::Source(source)).map(flow).sum()
            }
            Item::SourceTemperature(source) => plant.sources[source].temperature_cel,
            Item::SupplyFlow(source) => match plant.sources[source].feed {
                Feed::Flow(flow) => L_PER_MIN * flow,
                Feed::Pressure(_) => 0.0,
            },
            Item::SupplyPressure(source) => match plant.sources[source].feed {
                Feed::Pressure(bar) => bar,
                Feed::Flow(_) => 0.0,
            },
            Item::Level(tank) => state[plant.level(tank)].clamp(0.0, plant.tanks[tank].height_m),
            Item::Temperature(tank) => state[plant.temperature(tank)],
            Item::Spill(tank) => L_PER_MIN * balance::spill(plant, tank, state),
            Item::Area(tank) => plant.tanks[tank].area_m2,
            Item::Loss(tank) => plant.tanks[tank].loss_w_per_k,
            Item::Out(exchanger, side) => state[plant.out(exchanger, side)],
            Item::Duty(exchanger) => {
                1e-3 * balance::duty_w(plant, exchanger, &balance::inlets(plant, state)[exchanger])
            }
            Item::Ua(exchanger) => 1e-3 * plant.exchangers[exchanger].ua_w_per_k,
            Item::Position(actuator) => PCT * state[plant.position(actuator)].clamp(0.0, 1.0),
            Item::Demand(actuator) => PCT * self.demands[actuator],
            Item::Flow(actuator) => plant.stream_of(actuator).map_or(0.0, flow),
            Item::Power(actuator) => power_kw(actuator),
            Item::Rating(actuator) => match plant.actuators[actuator].kind {
                ActuatorKind::Valve { kv_m3_per_h } => kv_m3_per_h,
                ActuatorKind::Pump { rated_m3_per_s, .. } => L_PER_MIN * rated_m3_per_s,
                ActuatorKind::Heater { rated_w, .. } => 1e-3 * rated_w,
            },
            Item::Measured(sensor) => self.measured[sensor],
            Item::Setpoint(pid) => self.pids[pid].setpoint,
            Item::Output(pid) => self.pids[pid].output_pct,
            Item::Auto(pid) => f64::from(u8::from(self.pids[pid].auto)),
            Item::Manual(pid) => self.pids[pid].manual_pct,
            Item::Delivery(sink) => plant.streams.iter().filter(|stream| stream.end == End::Sink(sink)).map(flow).sum(),
            Item::Delivered(sink) => self.delivered_l[sink] / L_PER_M3,
            Item::PlantPower => (0..plant.actuators.len()).map(power_kw).sum(),
            Item::PlantEnergy => self.energy_kj / 3600.0,
            Item::Ambient => plant.ambient_cel,
        }
    }

    /// Puts a number in; false where it only follows from others.
    pub(super) fn write(&mut self, item: Item, value: f64) -> bool {
        let (plant, state) = (&mut self.plant, &mut self.state);
        match item {
            Item::SourceTemperature(source) => plant.sources[source].temperature_cel = value,
            Item::SupplyFlow(source) => plant.sources[source].feed = Feed::Flow(value / L_PER_MIN),
            Item::SupplyPressure(source) => plant.sources[source].feed = Feed::Pressure(value),
            Item::SourceFlow(source) => match &mut plant.sources[source].feed {
                Feed::Flow(flow) => *flow = value / L_PER_MIN,
                Feed::Pressure(_) => return false,
            },
            Item::Level(tank) => state[plant.level(tank)] = value,
            Item::Temperature(tank) => state[plant.temperature(tank)] = value,
            Item::Area(tank) => plant.tanks[tank].area_m2 = value,
            Item::Loss(tank) => plant.tanks[tank].loss_w_per_k = value,
            Item::Out(exchanger, side) => state[plant.out(exchanger, side)] = value,
            Item::Ua(exchanger) => plant.exchangers[exchanger].ua_w_per_k = 1e3 * value,
            Item::Position(actuator) => state[plant.position(actuator)] = value / PCT,
            Item::Demand(actuator) => self.demands[actuator] = value / PCT,
            Item::Rating(actuator) => match &mut plant.actuators[actuator].kind {
                ActuatorKind::Valve { kv_m3_per_h } => *kv_m3_per_h = value,
                ActuatorKind::Pump { rated_m3_per_s, .. } => *rated_m3_per_s = value / L_PER_MIN,
                ActuatorKind::Heater { rated_w, .. } => *rated_w = 1e3 * value,
            },
            Item::Measured(sensor) => {
                self.measured[sensor] = value;
                state[plant.reading(sensor)] = value;
            }
            Item::Setpoint(pid) => self.pids[pid].setpoint = value,
            Item::Output(pid) => {
                let law = &plant.loops[pid];
                self.pids[pid].resume(law, self.measured[law.sensor], value);
                self.demands[law.actuator] = self.pids[pid].output_pct / PCT;
            }
            Item::Auto(pid) => self.pids[pid].auto = value >= 0.5,
            Item::Manual(pid) => self.pids[pid].manual_pct = value,
            Item::Delivered(sink) => self.delivered_l[sink] = L_PER_M3 * value,
            Item::PlantEnergy => self.energy_kj = 3600.0 * value,
            Item::Ambient => plant.ambient_cel = value,
            Item::Spill(_) | Item::Duty(_) | Item::Flow(_) | Item::Power(_) | Item::Delivery(_) | Item::PlantPower => {
                return false;
            }
        }
        true
    }
}
