//! Twelve minutes of the starter's plant: the pump drains the tank, rests while it fills, and fails once.

use std::fmt::Write;

/// 2026-01-05 06:00:00 UTC.
const START_SECS: i64 = 1_767_592_800;
const STEP_SECS: i64 = 1;
const ROWS: i64 = 720;

/// One row a second: time, level [%], speed [rpm], temperature [Cel], state, belt speed [m/s], and
/// carton position [m].
pub fn csv() -> String {
    let mut text = String::from("time,tank_level,pump_speed,pump_temp,pump_state,belt_speed,carton_pos\n");
    let (mut level, mut speed, mut temperature, mut carton) = (80.0_f64, 0.0_f64, 35.0_f64, 0.0_f64);
    let (mut draining, step) = (true, STEP_SECS as f64);
    for row in 0..ROWS {
        let failed = (400..440).contains(&row);
        draining = if draining { level > 25.0 } else { level > 90.0 };
        let state = match (failed, draining) {
            (true, _) => "FAULT",
            (false, true) => "RUN",
            (false, false) => "IDLE",
        };
        let wanted = if state == "RUN" { 1450.0 } else { 0.0 };
        speed += (wanted - speed).clamp(-180.0 * step, 120.0 * step);
        level = (level + (0.45 - speed / 1450.0 * 0.95) * step).clamp(0.0, 100.0);
        let heat = 35.0 + speed / 1450.0 * 28.0 + if failed { 38.0 } else { 0.0 };
        temperature += (heat - temperature) * 0.03 * step;
        let belt = if failed { 0.0 } else { 0.25 };
        carton = (carton + belt * step) % 3.0;
        let time = START_SECS + row * STEP_SECS;
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{time},{level:.2},{speed:.0},{temperature:.2},{state},{belt:.2},{carton:.2}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_happens_in_the_samples() {
        let text = csv();
        let column = |index: usize| text.lines().skip(1).filter_map(move |line| line.split(',').nth(index));
        let numbers = |index| column(index).filter_map(|cell| cell.parse::<f64>().ok());
        assert_eq!(numbers(0).next(), Some(START_SECS as f64));
        assert!(numbers(1).fold(100.0, f64::min) < 26.0, "the tank is drained");
        assert!(numbers(3).fold(0.0, f64::max) > 70.0, "the pump gets hot");
        for state in ["RUN", "IDLE", "FAULT"] {
            assert!(column(4).any(|cell| cell == state), "{state}");
        }
    }
}
