//! Inside of the tunnel pasteuriser: bottles on the belt, water temperatures and pasteurisation.
//!
//! Bottles take the temperature of the spray water of their zone; heat is not recovered between
//! zones. Both are simplifications: a real tunnel warms bottles with a delay and reuses heat.

use std::collections::VecDeque;

use super::TICK_SECS;
use super::config::{PasteuriserConfig, ZoneConfig};
use super::conveyor::DelayLine;

/// Pasteurisation units per minute at a product temperature [Cel]: 1.393^(T - 60), which is one unit
/// per minute at 60 °C (Del Vecchio, Dayharsh and Baselt 1951, the usual formula for beer).
pub fn pu_rate_per_min(temperature_cel: f64) -> f64 {
    1.393_f64.powf(temperature_cel - 60.0)
}

/// Lag of the steam valve [s].
const VALVE_LAG_SECS: f64 = 5.0;
/// Smoothing of the bottle flow that a zone feels, since bottles pass its sprays one after the other [s].
const FLOW_LAG_SECS: f64 = 10.0;
/// Heat given by condensing steam at 3 bar [kJ/kg].
const STEAM_HEAT_KJ_PER_KG: f64 = 2134.0;
/// Specific heat of water [kJ/(kg K)].
const WATER_HEAT_KJ_PER_KG_K: f64 = 4.186;
/// Belt travel between two points of the record of pasteurisation [m].
const RECORD_STEP_M: f64 = 0.02;

/// Spray water of one zone and its PI controller.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Zone {
    config: ZoneConfig,
    /// Water temperature [Cel].
    pub(super) temperature_cel: f64,
    /// Changed by the parameter `Pasteuriser/ZoneN/Setpoint` [Cel].
    pub(super) setpoint_cel: f64,
    integral_kw: f64,
    /// Heat from steam, negative from cold water [kW].
    heating_kw: f64,
    /// Bottles that come in [/s], smoothed.
    flow_per_sec: f64,
}

impl Zone {
    fn new(config: &ZoneConfig) -> Self {
        Self {
            temperature_cel: config.setpoint_cel,
            setpoint_cel: config.setpoint_cel,
            integral_kw: 0.0,
            heating_kw: 0.0,
            flow_per_sec: 0.0,
            config: config.clone(),
        }
    }

    /// One tick: bottles come in with the temperature of the zone before.
    fn tick(&mut self, bottles: u32, before_cel: f64, bottle_heat_kj_per_k: f64, ambient_cel: f64) {
        self.flow_per_sec += (f64::from(bottles) / TICK_SECS - self.flow_per_sec) * TICK_SECS / FLOW_LAG_SECS;
        let error_k = self.setpoint_cel - self.temperature_cel;
        let wanted_kw = self.config.gain_kw_per_k * error_k + self.integral_kw;
        let possible_kw = wanted_kw.clamp(-self.config.max_cooling_kw, self.config.max_heating_kw);
        // The integral waits while the valve is at its end, so that it does not wind up.
        if wanted_kw == possible_kw {
            self.integral_kw += self.config.gain_kw_per_k * error_k * TICK_SECS / self.config.integral_secs;
        }
        self.heating_kw += (possible_kw - self.heating_kw) * TICK_SECS / VALVE_LAG_SECS;
        let load_kw = self.flow_per_sec * bottle_heat_kj_per_k * (self.temperature_cel - before_cel);
        let loss_kw = self.config.loss_kw_per_k * (self.temperature_cel - ambient_cel);
        let stored_kj_per_k = self.config.water_kg * WATER_HEAT_KJ_PER_KG_K;
        self.temperature_cel += (self.heating_kw - load_kw - loss_kw) * TICK_SECS / stored_kj_per_k;
    }
}

/// Pasteurisation units summed at a place in the hold zone, by belt travel: the difference of two
/// points is what a bottle got between them.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Point {
    travel_m: f64,
    pu: f64,
}

/// Tunnel with its bottles.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Pasteuriser {
    config: PasteuriserConfig,
    pub(super) zones: [Zone; 3],
    belts: [DelayLine; 3],
    /// Bottles at the end of the belt that wait for room downstream.
    at_exit: u32,
    /// Bottles that came into each zone in this tick.
    entered: [u32; 3],
    pu_sum: f64,
    record: VecDeque<Point>,
    /// Pasteurisation units of the bottles that leave now; 0 until the first.
    pub(super) exit_pu: f64,
}

impl Pasteuriser {
    pub(super) fn new(config: &PasteuriserConfig) -> Self {
        Self {
            zones: config.zones.each_ref().map(Zone::new),
            belts: config.zones.each_ref().map(|zone| DelayLine::new(zone.length_m)),
            at_exit: 0,
            entered: [0; 3],
            pu_sum: 0.0,
            record: VecDeque::from([Point { travel_m: 0.0, pu: 0.0 }]),
            exit_pu: 0.0,
            config: config.clone(),
        }
    }

    /// Bottles in the tunnel.
    pub(super) fn inside(&self) -> u32 {
        self.belts.iter().map(DelayLine::count).sum::<u32>() + self.at_exit
    }

    pub(super) fn at_exit(&self) -> u32 {
        self.at_exit
    }

    /// Most bottles that the belt holds.
    pub(super) fn capacity(&self) -> u32 {
        (self.config.zones.iter().map(|zone| zone.length_m).sum::<f64>() * self.config.density_per_m) as u32
    }

    /// Fills the tunnel as if it had run like this for long: bottles at even distances, controllers at
    /// rest, and the same pasteurisation `exit_pu` for all. Temperatures are set before.
    pub(super) fn restore(&mut self, inside: u32, speed_per_sec: f64, exit_pu: f64) {
        let [first, hold, last] = self.config.zones.each_ref().map(|zone| zone.length_m);
        let travel_m = first + hold + last;
        let per_m = f64::from(inside) / travel_m;
        let (in_first, in_hold) = ((first * per_m).round() as u32, (hold * per_m).round() as u32);
        let in_last = inside.saturating_sub(in_first + in_hold);
        let counts = [in_first, inside.saturating_sub(in_first + in_last), in_last];
        for (belt, count) in self.belts.iter_mut().zip(counts) {
            *belt = belt.spread(travel_m, count);
        }
        (self.at_exit, self.entered) = (0, [0; 3]);
        self.exit_pu = exit_pu;
        self.pu_sum = exit_pu * travel_m / hold;
        self.record = VecDeque::from([Point { travel_m: 0.0, pu: 0.0 }, Point { travel_m, pu: self.pu_sum }]);
        let mut before_cel = self.config.infeed_temperature_cel;
        for zone in &mut self.zones {
            let load_kw = speed_per_sec * self.config.bottle_heat_kj_per_k * (zone.temperature_cel - before_cel);
            let loss_kw = zone.config.loss_kw_per_k * (zone.temperature_cel - self.config.ambient_temperature_cel);
            zone.heating_kw = (load_kw + loss_kw).clamp(-zone.config.max_cooling_kw, zone.config.max_heating_kw);
            zone.integral_kw = zone.heating_kw;
            zone.flow_per_sec = speed_per_sec;
            before_cel = zone.temperature_cel;
        }
    }

    /// Steam that the zones take [kg/h].
    pub(super) fn steam_kg_per_h(&self) -> f64 {
        self.zones.iter().map(|zone| zone.heating_kw.max(0.0)).sum::<f64>() / STEAM_HEAT_KJ_PER_KG * 3600.0
    }

    /// Moves the belt at a bottle rate [/s]. It waits while bottles at its end cannot leave.
    pub(super) fn advance(&mut self, speed_per_sec: f64) {
        self.entered = [0; 3];
        if self.at_exit > 0 {
            return;
        }
        let distance_m = speed_per_sec * TICK_SECS / self.config.density_per_m;
        // From the end, so that a bottle does not pass two zones in one tick.
        self.at_exit = self.belts[2].advance(distance_m);
        for zone in [1, 0] {
            let passed = self.belts[zone].advance(distance_m);
            self.belts[zone + 1].push(passed);
            self.entered[zone + 1] = passed;
        }
    }

    /// Puts bottles on the belt.
    pub(super) fn enter(&mut self, bottles: u32) {
        self.belts[0].push(bottles);
        self.entered[0] += bottles;
    }

    /// Takes bottles from the end of the belt, at most [`Self::at_exit`].
    pub(super) fn leave(&mut self, bottles: u32) {
        self.at_exit -= bottles;
    }

    /// One tick of heat and pasteurisation.
    pub(super) fn tick(&mut self) {
        let mut before_cel = self.config.infeed_temperature_cel;
        for (zone, bottles) in self.zones.iter_mut().zip(self.entered) {
            zone.tick(bottles, before_cel, self.config.bottle_heat_kj_per_k, self.config.ambient_temperature_cel);
            before_cel = zone.temperature_cel;
        }
        self.pu_sum += pu_rate_per_min(self.zones[1].temperature_cel) * TICK_SECS / 60.0;
        let travel_m = self.belts[0].travel_m();
        match self.record.back_mut() {
            Some(last) if travel_m - last.travel_m < RECORD_STEP_M => last.pu = self.pu_sum,
            _ => {
                self.record.push_back(Point { travel_m, pu: self.pu_sum });
                self.read_exit(travel_m);
            }
        }
    }

    /// What the bottles at the exit got while they were in the hold zone.
    fn read_exit(&mut self, travel_m: f64) {
        let left_hold_m = travel_m - self.config.zones[2].length_m;
        let entered_hold_m = left_hold_m - self.config.zones[1].length_m;
        // A little early, so that the figure is there before the first bottle is.
        if entered_hold_m + 2.0 * RECORD_STEP_M < self.config.zones[0].length_m {
            return;
        }
        while self.record.get(1).is_some_and(|second| second.travel_m <= entered_hold_m) {
            self.record.pop_front();
        }
        self.exit_pu = self.pu_at(left_hold_m) - self.pu_at(entered_hold_m);
    }

    fn pu_at(&self, travel_m: f64) -> f64 {
        let after = self.record.partition_point(|point| point.travel_m <= travel_m);
        let before = self.record.get(after.saturating_sub(1));
        match (before, self.record.get(after)) {
            (Some(low), Some(high)) if high.travel_m > low.travel_m => {
                low.pu + (high.pu - low.pu) * (travel_m - low.travel_m) / (high.travel_m - low.travel_m)
            }
            (Some(point), _) | (None, Some(point)) => point.pu,
            (None, None) => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::LineConfig;
    use super::*;

    fn pasteuriser() -> Pasteuriser {
        Pasteuriser::new(&LineConfig::demo().pasteuriser)
    }

    /// Runs with one bottle a tick, which is the rated 600/min, or stands.
    fn run(pasteuriser: &mut Pasteuriser, secs: f64, running: bool) {
        for _ in 0..(secs / TICK_SECS) as u32 {
            pasteuriser.advance(if running { 10.0 } else { 0.0 });
            let out = pasteuriser.at_exit();
            pasteuriser.leave(out);
            pasteuriser.enter(u32::from(running));
            pasteuriser.tick();
        }
    }

    #[test]
    fn one_unit_per_minute_at_60_degrees_and_tenfold_per_z_value() {
        assert_eq!(pu_rate_per_min(60.0), 1.0);
        // The z value that goes with 1.393 is 6.94 K.
        assert!((pu_rate_per_min(66.94) - 10.0).abs() < 0.05);
        // 20 min at 62 °C are about 38.8 PU.
        assert!((20.0 * pu_rate_per_min(62.0) - 38.8).abs() < 0.05);
    }

    #[test]
    fn units_at_the_exit_are_hold_time_times_rate_in_steady_flow() {
        let mut tunnel = pasteuriser();
        run(&mut tunnel, 3600.0, true);
        let temperature = tunnel.zones[1].temperature_cel;
        assert!((temperature - 62.0).abs() < 0.05, "{temperature}");
        let expected = 4.0 * pu_rate_per_min(temperature);
        assert!((tunnel.exit_pu - expected).abs() < 0.02 * expected, "{} against {expected}", tunnel.exit_pu);
    }

    #[test]
    fn bottles_leave_after_length_over_speed_and_none_is_lost() {
        let mut tunnel = pasteuriser();
        run(&mut tunnel, 470.0, true);
        assert_eq!(tunnel.inside(), 4700);
        run(&mut tunnel, 300.0, true);
        assert!(tunnel.inside().abs_diff(4800) <= 2, "{}", tunnel.inside());
    }

    #[test]
    fn cold_bottles_pull_the_temperature_down_and_a_stop_lets_it_overshoot() {
        let mut tunnel = pasteuriser();
        let mut lowest = f64::MAX;
        for _ in 0..60 {
            run(&mut tunnel, 5.0, true);
            lowest = lowest.min(tunnel.zones[0].temperature_cel);
        }
        assert!((41.0..44.5).contains(&lowest), "{lowest}");
        run(&mut tunnel, 1800.0, true);
        let mut highest = f64::MIN;
        for _ in 0..60 {
            run(&mut tunnel, 5.0, false);
            highest = highest.max(tunnel.zones[1].temperature_cel);
        }
        assert!((62.2..65.0).contains(&highest), "{highest}");
    }

    #[test]
    fn a_stop_gives_more_units_to_the_bottles_in_the_hold_zone() {
        let mut tunnel = pasteuriser();
        run(&mut tunnel, 1800.0, true);
        let before = tunnel.exit_pu;
        run(&mut tunnel, 120.0, false);
        run(&mut tunnel, 240.0, true);
        assert!(tunnel.exit_pu > before + 1.9 * 2.0, "{before} -> {}", tunnel.exit_pu);
    }
}
