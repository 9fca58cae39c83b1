//! Reads the units of a flowsheet from TOML; [`super::wiring`] joins them.
//!
//! Ends of connections are `Source.out`, `Tank.in`, `Tank.out`, `Valve.in`, `Valve.out` (pumps alike),
//! `Exchanger.hot_in`, `hot_out`, `cold_in`, `cold_out` and `Sink.in`; sensors measure `Tank.level`,
//! `Tank.temperature`, `Exchanger.hot_out`, `cold_out`, `Valve.flow` or `Pump.flow`; controllers drive a
//! valve, a pump or `Tank.heater`.

mod instruments;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use toml::de::DeTable;

use super::entry::Entry;
use super::plant::{Actuator, ActuatorKind, Exchanger, Feed, Fluid, Plant, Source, Tank};
use super::problem::{At, Report, UnitsProblem, Words, shown};
use super::{tables, wiring};

/// Nobody writes this much by hand.
const LARGEST_FILE: usize = 1 << 20;
/// The work of a scan grows with the cube where the equations are stiff.
const MOST_STATES: usize = 400;
const LONGEST_NAME: usize = 60;
/// Of liquids in open tanks and of what heats them [°C].
pub(super) const TEMPERATURES: RangeInclusive<f64> = -50.0..=300.0;
const PERCENT: RangeInclusive<f64> = 0.0..=100.0;
const LAGS_SECS: RangeInclusive<f64> = 0.0..=86_400.0;
const M3_PER_S_OF_L_PER_MIN: f64 = 1e-3 / 60.0;

/// A unit that others can name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    Source(usize),
    Tank(usize),
    Exchanger(usize),
    /// A valve or a pump.
    Mover(usize),
    Sensor(usize),
    Loop,
    Sink(usize),
}

/// The names in a file and what they stand for.
pub(super) type Parts = BTreeMap<String, Part>;

/// Reads a flowsheet.
///
/// # Errors
/// All problems of the file, in the order of lines.
pub(super) fn read(text: &str) -> Result<Plant, Vec<UnitsProblem>> {
    if text.len() > LARGEST_FILE {
        let message = format!("expected at most {LARGEST_FILE} bytes, found {}", text.len());
        return Err(vec![UnitsProblem { line: None, key: String::new(), message, example: String::new() }]);
    }
    let report = Report::new(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let offset = error.span().map_or(0, |span| span.start);
        report.tell(&At { offset, key: String::new() }, error.message(), "");
    }
    if !report.is_empty() {
        let mut problems = report.into_problems();
        problems.dedup_by_key(|problem| problem.line);
        return Err(problems);
    }
    let root = Entry::root(&report, table.get_ref());
    let plant = plant(&root);
    if report.is_empty() { Ok(plant) } else { Err(report.into_problems()) }
}

fn plant(root: &Entry<'_>) -> Plant {
    let (scan_secs, ambient_cel) = general(&root.table("plant"));
    let mut plant = Plant { scan_secs, ambient_cel, fluid: fluid(&root.table("fluid")), ..Plant::default() };
    let mut parts = Parts::new();
    for entry in root.tables("source") {
        let name = name(&entry, &mut parts, Part::Source(plant.sources.len()));
        plant.sources.push(source(&entry, name));
    }
    // Heaters of tanks by the tank, for controllers that name them.
    let mut heaters = HashMap::new();
    for entry in root.tables("tank") {
        let place = plant.tanks.len();
        let name = name(&entry, &mut parts, Part::Tank(place));
        if let Some(heater) = heater(&entry, &name, place) {
            heaters.insert(place, plant.actuators.len());
            plant.actuators.push(heater);
        }
        plant.tanks.push(tank(&entry, name));
    }
    for entry in root.tables("heat_exchanger") {
        let name = name(&entry, &mut parts, Part::Exchanger(plant.exchangers.len()));
        plant.exchangers.push(exchanger(&entry, name));
    }
    for entry in root.tables("valve") {
        let name = name(&entry, &mut parts, Part::Mover(plant.actuators.len()));
        let kind = ActuatorKind::Valve { kv_m3_per_h: entry.number("kv_m3_per_h", 1e-3..=1e5, "6.3") };
        plant.actuators.push(mover(&entry, name, kind, "position_pct"));
    }
    for entry in root.tables("pump") {
        let name = name(&entry, &mut parts, Part::Mover(plant.actuators.len()));
        let rated_m3_per_s = M3_PER_S_OF_L_PER_MIN * entry.number("rated_l_per_min", 1e-2..=1e6, "80");
        let rated_w = 1e3 * entry.number_or("power_kw", 0.0, 0.0..=1e4);
        let kind = ActuatorKind::Pump { rated_m3_per_s, rated_w };
        plant.actuators.push(mover(&entry, name, kind, "speed_pct"));
    }
    for entry in root.tables("sensor") {
        let name = name(&entry, &mut parts, Part::Sensor(plant.sensors.len()));
        plant.sensors.push(instruments::sensor(&entry, name, &parts));
    }
    for entry in root.tables("sink") {
        let name = name(&entry, &mut parts, Part::Sink(plant.sinks.len()));
        entry.finish();
        plant.sinks.push(name);
    }
    let mut places = Vec::new();
    for entry in root.tables("pid") {
        let name = name(&entry, &mut parts, Part::Loop);
        let (law, driven) = instruments::controller(&entry, name, &parts, &heaters);
        let Some((actuator, at)) = driven else { continue };
        match plant.actuators.get_mut(actuator) {
            Some(driven) if driven.driver.is_none() => driven.driver = Some(plant.loops.len()),
            _ => entry.report.tell(&at, "expected one controller for each actuator, found a second", ""),
        }
        plant.loops.push(law);
        places.push(entry.at);
    }
    wiring::join(root, &parts, &mut plant);
    if root.report.is_empty() {
        setpoints_in_range(root.report, &plant, &places);
    }
    root.finish();
    let states = plant.states();
    if states > MOST_STATES {
        let message =
            format!("expected at most {MOST_STATES} states, found {states}; parts may be models of their own");
        root.report.tell(&root.at, message, "");
    }
    plant
}

/// The range of what is measured is known once the streams are.
fn setpoints_in_range(report: &Report<'_>, plant: &Plant, places: &[At]) {
    for (law, at) in plant.loops.iter().zip(places) {
        let Some(sensor) = plant.sensors.get(law.sensor) else { continue };
        let (unit, (low, high)) = tables::scale(plant, sensor.of);
        if !(low..=high).contains(&law.initial_setpoint) {
            let at = At { key: format!("{}.setpoint", at.key), ..at.clone() };
            let message = format!("expected a number from {low} to {high} {unit}, found {}", law.initial_setpoint);
            report.tell(&at, message, format!("setpoint = {}", 0.5 * (low + high)));
        }
    }
}

fn general(entry: &Entry<'_>) -> (f64, f64) {
    let found = (entry.number_or("scan_secs", 1.0, 0.01..=60.0), entry.number_or("ambient_cel", 20.0, TEMPERATURES));
    entry.finish();
    found
}

fn fluid(entry: &Entry<'_>) -> Fluid {
    let density_kg_per_m3 = entry.number("density_kg_per_m3", 100.0..=20_000.0, "998");
    let heat_capacity_j_per_kg_k = 1e3 * entry.number("heat_capacity_kj_per_kg_k", 0.1..=20.0, "4.18");
    entry.finish();
    Fluid { density_kg_per_m3, heat_capacity_j_per_kg_k }
}

/// The name of a unit, which goes into those of variables.
fn name(entry: &Entry<'_>, parts: &mut Parts, part: Part) -> String {
    let Words { text, at } = entry.words("name", "Tank1");
    let sound = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    if at.key.is_empty() {
        return text;
    }
    if text.is_empty() || text.chars().count() > LONGEST_NAME || !text.chars().all(sound) {
        let message = format!("expected 1 to {LONGEST_NAME} letters, digits, - and _, found \"{}\"", shown(&text));
        entry.report.tell(&at, message, "name = \"Tank1\"");
    } else if text == "Plant" || parts.contains_key(&text) {
        entry.report.tell(&at, format!("expected a name of its own, found \"{text}\" again"), "");
    } else {
        parts.insert(text.clone(), part);
    }
    text
}

fn source(entry: &Entry<'_>, name: String) -> Source {
    let temperature_cel = entry.number("temperature_cel", TEMPERATURES, "15");
    let flow = entry.optional("flow_l_per_min", 0.0..=1e6, "60");
    let pressure = entry.optional("pressure_bar", 0.0..=1e3, "2");
    let feed = match (flow, pressure) {
        (None, Some(bar)) => Feed::Pressure(bar),
        (flow, _) => Feed::Flow(M3_PER_S_OF_L_PER_MIN * flow.unwrap_or_default()),
    };
    if flow.is_some() == pressure.is_some() {
        let message = "expected either flow_l_per_min or, before a valve or pump, pressure_bar";
        entry.report.tell(&entry.at, message, "pressure_bar = 2");
    }
    entry.finish();
    Source { name, temperature_cel, feed }
}

fn tank(entry: &Entry<'_>, name: String) -> Tank {
    let height_m = entry.number("height_m", 0.01..=100.0, "2");
    let tank = Tank {
        name,
        area_m2: entry.number("area_m2", 1e-4..=1e4, "1.5"),
        height_m,
        loss_w_per_k: entry.number_or("loss_w_per_k", 0.0, 0.0..=1e6),
        wall_j_per_k: 1e3 * entry.number_or("wall_kj_per_k", 50.0, 0.01..=1e6),
        initial_level_m: entry.number("level_m", 0.0..=height_m, "1"),
        initial_cel: entry.number("temperature_cel", TEMPERATURES, "20"),
    };
    entry.finish();
    tank
}

fn heater(entry: &Entry<'_>, name: &str, tank: usize) -> Option<Actuator> {
    let rated_kw = entry.optional("heater_kw", 0.0..=1e5, "30");
    let lag_secs = entry.number_or("heater_lag_secs", 5.0, LAGS_SECS);
    let initial = 0.01 * entry.number_or("heater_pct", 0.0, PERCENT);
    let kind = ActuatorKind::Heater { tank, rated_w: 1e3 * rated_kw? };
    Some(Actuator { name: name.to_owned(), kind, lag_secs, initial, driver: None })
}

fn exchanger(entry: &Entry<'_>, name: String) -> Exchanger {
    let holdup_m3 = |key| 1e-3 * entry.number_or(key, 10.0, 0.01..=1e6);
    let holdup_m3 = [holdup_m3("hot_l"), holdup_m3("cold_l")];
    let ua_w_per_k = 1e3 * entry.number("ua_kw_per_k", 0.0..=1e5, "12");
    let initial_cel = entry.number("temperature_cel", TEMPERATURES, "20");
    entry.finish();
    Exchanger { name, ua_w_per_k, holdup_m3, initial_cel }
}

fn mover(entry: &Entry<'_>, name: String, kind: ActuatorKind, position: &'static str) -> Actuator {
    let lag_secs = entry.number_or("lag_secs", 3.0, LAGS_SECS);
    let initial = 0.01 * entry.number_or(position, 0.0, PERCENT);
    entry.finish();
    Actuator { name, kind, lag_secs, initial, driver: None }
}
