//! A flowsheet of continuous units: sources, well-mixed tanks with heaters, counter-current heat
//! exchangers, valves, pumps, sensors with lag and noise, PID controllers and sinks, read from TOML.
//!
//! Balances of mass and energy are integrated with an error bound between scans; sensors are read and
//! controllers run on the scan, as in a plant. All streams carry one fluid of constant density and heat
//! capacity; there are no pipes, no boiling and no pressure but that of levels and supplies.
//! [`DEMO`] shows every kind of unit.

mod balance;
mod entry;
mod figures;
#[cfg(test)]
mod guarantees;
mod items;
mod model;
mod observe;
mod pid;
mod plant;
mod problem;
mod read;
mod solver;
mod tables;
mod wiring;

use std::sync::Arc;

use self::figures::Period;
use self::pid::Pid;
use self::plant::{Loop, Plant, Side};
pub use self::problem::UnitsProblem;
use self::tables::Tables;
use super::random::Stream;

/// A skid that mixes syrup and pasteurises it.
pub const DEMO: &str = include_str!("demo.toml");

/// More scans are not run in one go.
const MOST_SCANS: f64 = 2e7;

/// Units that run. Cloning makes a copy from which another future can be run.
#[derive(Clone, Debug)]
pub struct UnitsModel {
    plant: Plant,
    tables: Arc<Tables>,
    /// In the order of [`Plant::level`] and what follows it.
    state: Vec<f64>,
    /// Of the actuators, 0..=1.
    demands: Vec<f64>,
    pids: Vec<Pid>,
    /// What the sensors showed last, with noise.
    measured: Vec<f64>,
    noise: Vec<Stream>,
    scans: u64,
    stiff: bool,
    /// Why it does not run any more.
    failed: Option<String>,
    /// Since the start.
    energy_kj: f64,
    /// Into each sink since the start.
    delivered_l: Vec<f64>,
    period: Period,
}

impl UnitsModel {
    /// Reads a flowsheet; the seed is that of the noise of its sensors.
    ///
    /// # Errors
    /// All problems of the file, in the order of lines.
    pub fn from_toml(text: &str, seed: u64) -> Result<Self, Vec<UnitsProblem>> {
        read::read(text).map(|plant| Self::new(plant, seed))
    }

    fn new(plant: Plant, seed: u64) -> Self {
        let mut state = vec![0.0; plant.states()];
        for (place, tank) in plant.tanks.iter().enumerate() {
            state[plant.level(place)] = tank.initial_level_m;
            state[plant.temperature(place)] = tank.initial_cel;
        }
        for (place, exchanger) in plant.exchangers.iter().enumerate() {
            for side in [Side::Hot, Side::Cold] {
                state[plant.out(place, side)] = exchanger.initial_cel;
            }
        }
        let demands: Vec<f64> = plant.actuators.iter().map(|actuator| actuator.initial).collect();
        state[plant.position(0)..][..demands.len()].copy_from_slice(&demands);
        let measured: Vec<f64> =
            plant.sensors.iter().map(|sensor| balance::quantity(&plant, sensor.of, &state)).collect();
        state[plant.reading(0)..][..measured.len()].copy_from_slice(&measured);
        let pid = |law: &Loop| Pid::new(law, measured[law.sensor], 100.0 * demands[law.actuator]);
        let pids = plant.loops.iter().map(pid).collect();
        Self {
            tables: Arc::new(Tables::new(&plant)),
            period: Period::new(&plant),
            noise: streams(&plant, seed),
            delivered_l: vec![0.0; plant.sinks.len()],
            scans: 0,
            stiff: false,
            failed: None,
            energy_kj: 0.0,
            plant,
            state,
            demands,
            pids,
            measured,
        }
    }

    fn seconds(&self) -> f64 {
        self.scans as f64 * self.plant.scan_secs
    }

    /// Runs whole scans, up to a time [s].
    ///
    /// # Errors
    /// In words, where the balances cannot be solved or there are too many scans.
    fn run(&mut self, time_secs: f64) -> Result<(), String> {
        // A time that was computed as a sum may be a hair short of a scan.
        let until = (time_secs / self.plant.scan_secs + 1e-6).floor();
        let wanted = until - self.scans as f64;
        if wanted > MOST_SCANS {
            return Err(format!(
                "{time_secs} s is {wanted} scans ahead, expected at most {MOST_SCANS}; \
                 run it in parts or take a longer scan_secs"
            ));
        }
        while (self.scans as f64) < until {
            self.scan()?;
        }
        Ok(())
    }

    fn scan(&mut self) -> Result<(), String> {
        let plant = &self.plant;
        for (pid, law) in self.pids.iter_mut().zip(&plant.loops) {
            pid.scan(law, self.measured[law.sensor], plant.scan_secs);
            self.demands[law.actuator] = 0.01 * pid.output_pct;
        }
        for (place, _) in plant.actuators.iter().enumerate().filter(|(_, actuator)| actuator.lag_secs == 0.0) {
            self.state[plant.position(place)] = self.demands[place];
        }
        self.state = solver::advance(plant, &self.demands, &self.state, &mut self.stiff)
            .map_err(|reason| format!("after {} s: {reason}", self.seconds()))?;
        self.scans += 1;
        for (place, sensor) in plant.sensors.iter().enumerate() {
            let reading = plant.reading(place);
            if sensor.lag_secs == 0.0 {
                self.state[reading] = balance::quantity(plant, sensor.of, &self.state);
            }
            let noise = if sensor.noise > 0.0 { sensor.noise * self.noise[place].normal() } else { 0.0 };
            self.measured[place] = self.state[reading] + noise;
        }
        self.energy_kj += self.state[plant.energy()];
        for (sink, delivered_l) in self.delivered_l.iter_mut().enumerate() {
            *delivered_l += self.state[plant.delivered(sink)];
        }
        self.period.scan(plant, &self.state, &self.pids, &self.measured);
        self.state[plant.energy()..].fill(0.0);
        Ok(())
    }
}

/// The noise of each sensor.
fn streams(plant: &Plant, seed: u64) -> Vec<Stream> {
    (0..plant.sensors.len() as u64).map(|sensor| Stream::new(seed, sensor)).collect()
}
