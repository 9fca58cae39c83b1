//! Balances of mass and energy: how fast each state changes.
//!
//! - Tank: A dL/dt = ΣQin − Qout − Qspilt and (ρ c A L + Cwall) dT/dt = Σρ c Qin (Tin − T) + P + UA (Tamb − T).
//! - Valve: Q = Kv x √(Δp/1 bar · 1000/ρ) (IEC 60534-1), from a tank with Δp = ρ g L.
//! - Exchanger: duty after the ε-NTU formula of counter-current flow; each side holds mixed fluid of the
//!   outlet temperature: V dT/dt = Q (Tin − T) ∓ duty/(ρ c). So it is exact in the steady state, conserves
//!   energy on the way there, and streams may run back through exchangers without an equation to solve.
//!
//! What would be a jump is smooth over a small band, so that the solver need not look for it: a pump
//! draws and a heater heats only in the wet, the last of the rim spills more the higher the level is.

use super::plant::{ActuatorKind, End, Feed, Origin, Plant, Quantity, Side, Stream};

/// Standard gravity [m/s²] (CGPM 1901).
pub(super) const GRAVITY: f64 = 9.806_65;
/// Below this level a pump loses suction and a heater stands dry [m].
const DRY_M: f64 = 0.01;
/// Below about this level the flow of a valve goes to 0 linearly, not as a root of endless slope [m].
const ROOT_M: f64 = 1e-4;
/// Part of the height that spills.
const RIM: f64 = 0.01;
pub(super) const L_PER_M3: f64 = 1e3;

/// Rates of all states [unit of the state per s]. `demands` are those of the actuators, 0..=1.
pub(super) fn rates(plant: &Plant, demands: &[f64], y: &[f64], dydt: &mut [f64]) {
    dydt.fill(0.0);
    let heat = plant.fluid.j_per_m3_k();
    for tank in 0..plant.tanks.len() {
        dydt[plant.temperature(tank)] =
            plant.tanks[tank].loss_w_per_k * (plant.ambient_cel - y[plant.temperature(tank)]);
    }
    for stream in &plant.streams {
        let flow = flow(plant, stream, y);
        if let Origin::Tank(tank) = stream.origin {
            dydt[plant.level(tank)] -= flow;
        }
    }
    let inflows = inflows(plant, y);
    for (tank, inflow) in inflows.iter().enumerate() {
        let spilt = spilt(plant, tank, *inflow, y);
        dydt[plant.level(tank)] += inflow - spilt;
        dydt[plant.spilt(tank)] = L_PER_M3 * spilt;
    }
    let inlets = inlets(plant, y);
    for stream in &plant.streams {
        let (flow, temperature_cel) = (flow(plant, stream, y), end_cel(plant, stream, y));
        match stream.end {
            End::Tank(tank) => {
                let rise_k = temperature_cel - y[plant.temperature(tank)];
                dydt[plant.temperature(tank)] += heat * flow * rise_k;
            }
            End::Sink(sink) => dydt[plant.delivered(sink)] += L_PER_M3 * flow,
        }
    }
    for (place, exchanger) in plant.exchangers.iter().enumerate() {
        let duty_w = duty_w(plant, place, &inlets[place]);
        for (side, (flow, inlet_cel)) in [Side::Hot, Side::Cold].into_iter().zip(inlets[place]) {
            let (out, index) = (plant.out(place, side), usize::from(side == Side::Cold));
            let given_w = if side == Side::Hot { duty_w } else { -duty_w };
            dydt[out] = (flow * (inlet_cel - y[out]) - given_w / heat) / exchanger.holdup_m3[index];
        }
    }
    for (place, actuator) in plant.actuators.iter().enumerate() {
        let power_w = power_w(plant, place, y);
        dydt[plant.energy()] += 1e-3 * power_w;
        if let ActuatorKind::Heater { tank, .. } = actuator.kind {
            dydt[plant.temperature(tank)] += power_w;
        }
        let position = plant.position(place);
        dydt[position] = towards(demands[place], y[position], actuator.lag_secs);
    }
    for (place, sensor) in plant.sensors.iter().enumerate() {
        let reading = plant.reading(place);
        dydt[reading] = towards(quantity(plant, sensor.of, y), y[reading], sensor.lag_secs);
    }
    for (place, tank) in plant.tanks.iter().enumerate() {
        let content_j_per_k = heat * tank.area_m2 * y[plant.level(place)].max(0.0);
        dydt[plant.temperature(place)] /= content_j_per_k + tank.wall_j_per_k;
        dydt[plant.level(place)] /= tank.area_m2;
    }
}

/// Of a first-order lag; without one it does not move by itself.
fn towards(aim: f64, present: f64, lag_secs: f64) -> f64 {
    if lag_secs > 0.0 { (aim - present) / lag_secs } else { 0.0 }
}

/// Flow of a stream [m³/s].
pub(super) fn flow(plant: &Plant, stream: &Stream, y: &[f64]) -> f64 {
    let (feed, level_m) = match stream.origin {
        Origin::Source(source) => (Some(plant.sources[source].feed), None),
        Origin::Tank(tank) => (None, Some(y[plant.level(tank)].max(0.0))),
    };
    let Some(mover) = stream.mover else {
        return if let Some(Feed::Flow(flow)) = feed { flow } else { 0.0 };
    };
    let position = y[plant.position(mover)].clamp(0.0, 1.0);
    let density = plant.fluid.density_kg_per_m3;
    match plant.actuators[mover].kind {
        ActuatorKind::Valve { kv_m3_per_h } => {
            let root_of_bar = match (feed, level_m) {
                (Some(Feed::Pressure(bar)), _) => bar.sqrt(),
                (_, Some(level_m)) => {
                    // The root of the level, but for its foot.
                    let root = level_m / (level_m * level_m + ROOT_M * ROOT_M).powf(0.25);
                    (density * GRAVITY / 1e5).sqrt() * root
                }
                _ => 0.0,
            };
            kv_m3_per_h / 3600.0 * position * root_of_bar * (1000.0 / density).sqrt()
        }
        ActuatorKind::Pump { rated_m3_per_s, .. } => rated_m3_per_s * position * level_m.map_or(1.0, wet),
        ActuatorKind::Heater { .. } => 0.0,
    }
}

/// Flow into each tank [m³/s].
fn inflows(plant: &Plant, y: &[f64]) -> Vec<f64> {
    let mut inflows = vec![0.0; plant.tanks.len()];
    for stream in &plant.streams {
        if let End::Tank(tank) = stream.end {
            inflows[tank] += flow(plant, stream, y);
        }
    }
    inflows
}

/// Flow over the rim [m³/s]: all that comes in once the level is at the height.
fn spilt(plant: &Plant, tank: usize, inflow: f64, y: &[f64]) -> f64 {
    let height_m = plant.tanks[tank].height_m;
    inflow * smooth((y[plant.level(tank)] - (1.0 - RIM) * height_m) / (RIM * height_m))
}

/// Flow over the rim of a tank [m³/s].
pub(super) fn spill(plant: &Plant, tank: usize, y: &[f64]) -> f64 {
    inflows(plant, y).get(tank).map_or(0.0, |inflow| spilt(plant, tank, *inflow, y))
}

/// Flow [m³/s] and temperature [°C] into the hot and cold side of each exchanger.
pub(super) fn inlets(plant: &Plant, y: &[f64]) -> Vec<[(f64, f64); 2]> {
    let mut inlets = vec![[(0.0, 0.0); 2]; plant.exchangers.len()];
    for stream in &plant.streams {
        let flow = flow(plant, stream, y);
        let mut temperature_cel = origin_cel(plant, stream, y);
        for (exchanger, side) in &stream.sides {
            inlets[*exchanger][usize::from(*side == Side::Cold)] = (flow, temperature_cel);
            temperature_cel = y[plant.out(*exchanger, *side)];
        }
    }
    inlets
}

fn origin_cel(plant: &Plant, stream: &Stream, y: &[f64]) -> f64 {
    match stream.origin {
        Origin::Source(source) => plant.sources[source].temperature_cel,
        Origin::Tank(tank) => y[plant.temperature(tank)],
    }
}

fn end_cel(plant: &Plant, stream: &Stream, y: &[f64]) -> f64 {
    let last = stream.sides.last();
    last.map_or_else(|| origin_cel(plant, stream, y), |(exchanger, side)| y[plant.out(*exchanger, *side)])
}

/// Heat from the hot to the cold side [W].
pub(super) fn duty_w(plant: &Plant, exchanger: usize, inlets: &[(f64, f64); 2]) -> f64 {
    let [(hot, hot_cel), (cold, cold_cel)] = *inlets;
    let (least, most) = (hot.min(cold) * plant.fluid.j_per_m3_k(), hot.max(cold) * plant.fluid.j_per_m3_k());
    if least <= 0.0 {
        return 0.0;
    }
    effectiveness(plant.exchangers[exchanger].ua_w_per_k / least, least / most) * least * (hot_cel - cold_cel)
}

/// Effectiveness of counter-current flow from the number of transfer units and the ratio of the smaller to
/// the greater heat capacity rate (Kays and London, Compact Heat Exchangers, 1984).
pub(super) fn effectiveness(ntu: f64, ratio: f64) -> f64 {
    let unlike = 1.0 - ratio;
    if unlike < 1e-9 {
        // NTU / (1 + NTU), but right at the endless NTU of a stream that has nearly stopped.
        return 1.0 / (1.0 + 1.0 / ntu);
    }
    // 1 − exp(−NTU (1 − ratio)), which keeps its digits where the rates are nearly alike.
    let gained = -(-ntu * unlike).exp_m1();
    gained / (unlike + ratio * gained)
}

/// Electrical power [W]; that of a pump grows with the cube of its speed (affinity law).
pub(super) fn power_w(plant: &Plant, actuator: usize, y: &[f64]) -> f64 {
    let position = y[plant.position(actuator)].clamp(0.0, 1.0);
    match plant.actuators[actuator].kind {
        ActuatorKind::Valve { .. } => 0.0,
        ActuatorKind::Pump { rated_w, .. } => rated_w * position.powi(3),
        ActuatorKind::Heater { tank, rated_w } => rated_w * position * wet(y[plant.level(tank)]),
    }
}

/// A quantity as it is, in its unit.
pub(super) fn quantity(plant: &Plant, of: Quantity, y: &[f64]) -> f64 {
    match of {
        Quantity::Level(tank) => y[plant.level(tank)],
        Quantity::Temperature(tank) => y[plant.temperature(tank)],
        Quantity::Out(exchanger, side) => y[plant.out(exchanger, side)],
        Quantity::Flow(mover) => plant.stream_of(mover).map_or(0.0, |stream| 60.0 * L_PER_M3 * flow(plant, stream, y)),
    }
}

/// From 0 in an empty tank to 1 where pumps and heaters are covered.
fn wet(level_m: f64) -> f64 {
    smooth(level_m / DRY_M)
}

/// 0 below 0, 1 above 1, without a kink between.
fn smooth(x: f64) -> f64 {
    let x = x.clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}
