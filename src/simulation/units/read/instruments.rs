//! Sensors and controllers: what they measure and drive by name.

use std::collections::HashMap;

use super::{LAGS_SECS, PERCENT, Part, Parts};
use crate::simulation::units::entry::Entry;
use crate::simulation::units::plant::{Loop, Quantity, Sensor, Side};
use crate::simulation::units::problem::At;

pub(super) fn sensor(entry: &Entry<'_>, name: String, parts: &Parts) -> Sensor {
    let words = entry.words("of", "Tank1.temperature");
    let of = quantity(&words.text, parts);
    if of.is_none() {
        let known = quantities(parts);
        entry.report.unknown(&words, "something to measure", "of", known.iter().map(String::as_str));
    }
    let lag_secs = entry.number_or("lag_secs", 0.0, LAGS_SECS);
    let noise = entry.number_or("noise", 0.0, 0.0..=1e3);
    let low = entry.optional("low", -1e9..=1e9, "60");
    let high = entry.optional("high", -1e9..=1e9, "90");
    entry.finish();
    if low.zip(high).is_some_and(|(low, high)| low >= high) {
        entry.report.tell(&entry.at, "expected low below high", "");
    }
    let limits = low.or(high).map(|_| (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY)));
    Sensor { name, of: of.unwrap_or(Quantity::Level(0)), lag_secs, noise, limits }
}

fn quantity(text: &str, parts: &Parts) -> Option<Quantity> {
    let (unit, what) = text.split_once('.')?;
    Some(match (*parts.get(unit)?, what) {
        (Part::Tank(tank), "level") => Quantity::Level(tank),
        (Part::Tank(tank), "temperature") => Quantity::Temperature(tank),
        (Part::Exchanger(exchanger), "hot_out") => Quantity::Out(exchanger, Side::Hot),
        (Part::Exchanger(exchanger), "cold_out") => Quantity::Out(exchanger, Side::Cold),
        (Part::Mover(mover), "flow") => Quantity::Flow(mover),
        _ => return None,
    })
}

fn quantities(parts: &Parts) -> Vec<String> {
    parts
        .iter()
        .flat_map(|(name, part)| {
            let words: &[&str] = match part {
                Part::Tank(_) => &["level", "temperature"],
                Part::Exchanger(_) => &["hot_out", "cold_out"],
                Part::Mover(_) => &["flow"],
                _ => &[],
            };
            words.iter().map(move |word| format!("{name}.{word}"))
        })
        .collect()
}

/// A controller and, where it was found, what it drives and where that is said.
pub(super) fn controller(
    entry: &Entry<'_>,
    name: String,
    parts: &Parts,
    heaters: &HashMap<usize, usize>,
) -> (Loop, Option<(usize, At)>) {
    let measures = entry.words("measures", "TT1");
    let sensor = match parts.get(&measures.text) {
        Some(Part::Sensor(sensor)) => Some(*sensor),
        _ => None,
    };
    if sensor.is_none() {
        let known = parts.iter().filter(|(_, part)| matches!(part, Part::Sensor(_))).map(|(name, _)| name.as_str());
        entry.report.unknown(&measures, "a sensor", "measures", known);
    }
    let drives = entry.words("drives", "Valve1");
    let actuator = match (parts.get(&drives.text), drives.text.strip_suffix(".heater")) {
        (Some(Part::Mover(mover)), _) => Some(*mover),
        (_, Some(tank)) => match parts.get(tank) {
            Some(Part::Tank(tank)) => heaters.get(tank).copied(),
            _ => None,
        },
        _ => None,
    };
    if actuator.is_none() {
        let known = parts.iter().filter(|(_, part)| matches!(part, Part::Mover(_))).map(|(name, _)| name.as_str());
        entry.report.unknown(&drives, "a valve, a pump or Tank.heater", "drives", known);
    }
    let low = entry.number_or("output_low_pct", 0.0, PERCENT);
    let high = entry.number_or("output_high_pct", 100.0, PERCENT);
    if low >= high {
        entry.report.tell(&entry.at, "expected output_low_pct below output_high_pct", "output_high_pct = 100");
    }
    let found = Loop {
        name,
        sensor: sensor.unwrap_or_default(),
        actuator: actuator.unwrap_or_default(),
        kp: entry.number("kp", 0.0..=1e6, "4"),
        ki_per_sec: entry.number_or("ki_per_sec", 0.0, 0.0..=1e6),
        kd_secs: entry.number_or("kd_secs", 0.0, 0.0..=1e6),
        direct: entry.flag_or("direct", false),
        initial_setpoint: entry.number("setpoint", -1e9..=1e9, "72"),
        initial_auto: entry.flag_or("auto", true),
        initial_manual_pct: entry.number_or("manual_pct", low, low..=high.max(low)),
        output_pct: (low, high),
    };
    entry.finish();
    (found, actuator.map(|actuator| (actuator, drives.at)))
}
