//! A beverage packaging line: eight machines, the conveyors between them, tanks and heat.
//!
//! The model advances in ticks of 0.1 s. Items are whole numbers and are conserved exactly; speeds,
//! temperatures and levels are continuous. What is seen (queues, starving, blocking, overshoot)
//! follows from the flow; chance decides only faults, repair times and rejects.
//!
//! A fixed tick instead of an event queue: belts and ramps change all the time, so events would come
//! as often as ticks, and with whole ticks the way in which time is advanced cannot change a bit.

mod check;
mod config;
mod conveyor;
mod demo;
mod flow;
#[cfg(test)]
mod guarantees;
mod kpi;
mod machine;
mod model;
mod names;
mod observe;
mod parameters;
mod pasteuriser;
mod state;
mod totals;
mod utilities;
mod variables;

use std::sync::Arc;

pub use config::{
    ConfigError, ConfigProblem, ConveyorConfig, FaultConfig, LineConfig, MachineConfig, PalletConfig,
    PasteuriserConfig, PumpConfig, SupplyConfig, ZoneConfig,
};
pub use kpi::Oee;
pub use names::{CONVEYOR_COUNT, MACHINE_COUNT, MachineId};
pub use observe::ObserveError;
pub use pasteuriser::pu_rate_per_min;
pub use state::State;
pub use totals::{MachineTotals, Period, Totals};

use conveyor::Conveyor;
use flow::Pallet;
use kpi::Throughput;
use machine::Machine;
use parameters::ParameterTable;
use pasteuriser::Pasteuriser;
use utilities::Supply;
use variables::VariableTable;

/// Time step of the model [s].
pub const TICK_SECS: f64 = 0.1;
const TICKS_PER_SEC: f64 = 10.0;

/// Whole ticks nearest to a duration [s]; 0 for what is negative or not a number.
fn ticks_from_secs(secs: f64) -> u64 {
    (secs * TICKS_PER_SEC).round() as u64
}

/// A command that the line does not carry out.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum CommandError {
    #[error("a machine that is {state} cannot fail; start it first")]
    NotRunning { state: &'static str },
    #[error("a fault cannot last {found_secs} s, expected 0.1 to 86400")]
    FaultDuration { found_secs: f64 },
}

/// Where the bottles are that came into the line, those in cases counted one by one.
/// `supplied == inside + rejected + delivered` at every moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Inventory {
    /// Taken from pallets since the start.
    pub supplied: u64,
    /// On conveyors and in machines now.
    pub inside: u64,
    /// Thrown out since the start.
    pub rejected: u64,
    /// Put on pallets since the start.
    pub delivered: u64,
}

/// The state of the line at one moment. A clone is a snapshot from which another future can be run.
#[derive(Clone, PartialEq, Debug)]
pub struct LineModel {
    config: Arc<LineConfig>,
    variables: Arc<VariableTable>,
    parameters: Arc<ParameterTable>,
    /// Ticks since the start.
    tick: u64,
    machines: Vec<Machine>,
    conveyors: Vec<Conveyor>,
    pallet: Pallet,
    pasteuriser: Pasteuriser,
    /// Bottles in the case that the packer is filling.
    in_packer: u32,
    product: Supply,
    water: Supply,
    /// Taken from the tanks in this tick [L].
    product_drawn_l: f64,
    water_drawn_l: f64,
    /// Bottles that left the line in this tick.
    left_line: u32,
    throughput: Throughput,
    power_kw: f64,
    energy_kwh: f64,
    /// Counts at the beginning of the period whose figures are asked for.
    period_start: Totals,
}

impl LineModel {
    /// An empty line at time 0, hot and with full tanks, whose machines are told to start.
    ///
    /// # Errors
    /// Every problem of the configuration.
    pub fn new(config: LineConfig, seed: u64) -> Result<Self, ConfigError> {
        let problems = config.problems();
        if !problems.is_empty() {
            return Err(ConfigError(problems));
        }
        let exponent = config.fault_speed_exponent;
        let machines = config.machines.iter().enumerate();
        Ok(Self {
            variables: Arc::new(VariableTable::new(&config)),
            parameters: Arc::new(ParameterTable::new(&config)),
            tick: 0,
            machines: machines.map(|(index, machine)| Machine::new(machine, exponent, seed, index)).collect(),
            conveyors: config.conveyors.iter().map(Conveyor::new).collect(),
            pallet: Pallet::new(&config.pallets),
            pasteuriser: Pasteuriser::new(&config.pasteuriser),
            in_packer: 0,
            product: Supply::new(&config.product),
            water: Supply::new(&config.water),
            product_drawn_l: 0.0,
            water_drawn_l: 0.0,
            left_line: 0,
            throughput: Throughput::new(),
            power_kw: 0.0,
            energy_kwh: 0.0,
            period_start: Totals::default(),
            config: Arc::new(config),
        })
    }

    /// Time of the state since the start [s], a whole number of ticks.
    pub fn time_secs(&self) -> f64 {
        self.tick as f64 / TICKS_PER_SEC
    }

    /// Advances to the last whole tick that is not after `time_secs`; does nothing where that has
    /// passed, or for what is not a finite number. The steps in which time is advanced do not matter.
    pub fn run_until(&mut self, time_secs: f64) {
        if !time_secs.is_finite() {
            return;
        }
        // A thousandth of a tick, so that 0.3 s is three ticks although 0.3 * 10 may come out below 3.
        let target = (time_secs * TICKS_PER_SEC + 1e-3) as u64;
        while self.tick < target {
            self.step();
        }
    }

    fn step(&mut self) {
        self.product_drawn_l = 0.0;
        self.water_drawn_l = 0.0;
        self.left_line = 0;
        // From the end of the line, so that room made downstream is seen upstream in the same tick.
        for index in (0..self.machines.len()).rev() {
            let senses = self.senses(index);
            let cycles = self.machines[index].tick(senses);
            self.transfer(index, cycles);
        }
        for (conveyor, neighbours) in self.conveyors.iter_mut().zip(self.machines.windows(2)) {
            conveyor.tick(neighbours.iter().any(|machine| machine.speed_per_sec() > 0.0));
        }
        self.pasteuriser.tick();
        if self.machines[MachineId::Pasteuriser.index()].speed_per_sec() > 0.0 {
            self.water_drawn_l += self.config.pasteuriser.make_up_water_l_per_min * TICK_SECS / 60.0;
        }
        self.product.tick(self.product_drawn_l);
        self.water.tick(self.water_drawn_l);
        self.power_kw = self.machines.iter().map(Machine::power_kw).sum::<f64>()
            + self.conveyors.iter().map(Conveyor::power_kw).sum::<f64>()
            + self.product.pump.power_kw()
            + self.water.pump.power_kw();
        self.energy_kwh += kpi::tick_energy_kwh(self.power_kw);
        self.throughput.tick(self.tick, self.left_line);
        self.tick += 1;
    }

    /// Starts a stopped machine; it resets and goes on to EXECUTE.
    pub fn start(&mut self, machine: MachineId) {
        self.machines[machine.index()].request(true);
    }

    /// Stops a machine until it is started; its time stopped counts as not planned.
    pub fn stop(&mut self, machine: MachineId) {
        self.machines[machine.index()].request(false);
    }

    /// Puts a fault on a machine that takes `duration_secs` to repair, for tests and demonstrations.
    /// A fault that is there already is prolonged. Draws no chance.
    ///
    /// # Errors
    /// Where the machine is stopped or the duration makes no sense.
    pub fn inject_fault(&mut self, machine: MachineId, duration_secs: f64) -> Result<(), CommandError> {
        self.machines[machine.index()].inject_fault(duration_secs)
    }

    /// Draws anew what is not known of the future: when machines fail, how long they take to repair
    /// and which items are thrown out. What is there now stays, but for the time that a present repair
    /// still takes.
    pub fn reseed(&mut self, seed: u64) {
        for (index, machine) in self.machines.iter_mut().enumerate() {
            machine.reseed(seed, index);
        }
    }

    /// PackML state of a machine.
    pub fn state(&self, machine: MachineId) -> State {
        self.machines[machine.index()].state()
    }

    /// Effectiveness of the line since the start.
    pub fn oee(&self) -> Oee {
        Oee::of_line(&self.machines, self.config.bottles_per_case)
    }

    /// Where all bottles are.
    pub fn inventory(&self) -> Inventory {
        let per_case = u64::from(self.config.bottles_per_case);
        let on_conveyors = self.conveyors.iter().enumerate().map(|(index, conveyor)| {
            u64::from(conveyor.inside()) * if index >= MachineId::Packer.index() { per_case } else { 1 }
        });
        let rejected = self.machines.iter().enumerate();
        Inventory {
            supplied: self.machines[MachineId::Depalletiser.index()].infeed_count,
            inside: on_conveyors.sum::<u64>() + u64::from(self.pasteuriser.inside()) + u64::from(self.in_packer),
            rejected: rejected
                .map(|(index, machine)| kpi::rejected_bottles(index, machine, self.config.bottles_per_case))
                .sum(),
            delivered: self.machines[MachineId::Palletiser.index()].outfeed_count * per_case,
        }
    }
}
