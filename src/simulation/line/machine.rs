//! One machine: PackML state, speed ramp, faults by running time, counts and power. It does not know
//! what it handles; `flow.rs` moves the items.

mod chance;
mod restore;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(super) use restore::Seen;

use super::config::MachineConfig;
use super::state::{Conditions, State};
use super::{CommandError, TICK_SECS, ticks_from_secs};
use crate::simulation::random::Stream;

/// How long the infeed must be empty before the machine stops [s].
const STARVED_DELAY_SECS: f64 = 1.0;
/// Part of the standby power that a STOPPED machine takes: its controls.
const STOPPED_POWER_FRACTION: f64 = 0.2;

/// What the sensors around a machine say, once per tick.
#[derive(Clone, Copy, Debug)]
pub(super) struct Senses {
    /// Nothing to take in.
    pub(super) infeed_empty: bool,
    /// Enough at the infeed to start again.
    pub(super) infeed_refilled: bool,
    /// The outfeed is backed up.
    pub(super) outfeed_full: bool,
    /// The outfeed has room to start again.
    pub(super) outfeed_cleared: bool,
    /// Part of the speed setpoint that speed control allows, 0..=1.
    pub(super) speed_fraction: f64,
}

/// A fault under repair.
#[derive(Clone, PartialEq, Debug)]
struct Fault {
    text: Arc<str>,
    repair_ticks_left: u64,
}

/// A machine of the line.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Machine {
    config: Arc<MachineConfig>,
    fault_texts: Arc<[Arc<str>]>,
    fault_speed_exponent: f64,
    state: State,
    in_state_ticks: u64,
    /// Ticks spent in each state since the start, by [`State::index`].
    state_ticks: [u64; State::ALL.len()],
    run_requested: bool,
    starved: bool,
    blocked: bool,
    /// Ticks suspended for want of infeed, and for want of room, since the start.
    starved_ticks: u64,
    blocked_ticks: u64,
    empty_secs: f64,
    fault: Option<Fault>,
    /// What is left of the drawn life until the next fault, in units of the mean.
    life_left: f64,
    speed_per_sec: f64,
    /// Part of a cycle that is done, 0..1.
    phase: f64,
    /// Cycles since the start, with or without an item.
    cycles: u64,
    failures: Stream,
    rejects: Stream,
    /// Speed setpoint [/s].
    pub(super) setpoint_per_sec: f64,
    /// Factor on the mean time between failures.
    pub(super) mtbf_factor: f64,
    /// Factor on repair times.
    pub(super) repair_factor: f64,
    /// Part of the items that is thrown out.
    pub(super) reject_fraction: f64,
    /// Items taken in, given out and thrown out since the start.
    pub(super) infeed_count: u64,
    pub(super) outfeed_count: u64,
    pub(super) reject_count: u64,
}

impl Machine {
    /// A stopped machine that is told to run. `index` picks its random streams.
    pub(super) fn new(config: &MachineConfig, fault_speed_exponent: f64, seed: u64, index: usize) -> Self {
        let mut failures = Stream::new(seed, 2 * index as u64);
        Self {
            fault_texts: config.faults.iter().map(|fault| format!("{} {}", fault.code, fault.text).into()).collect(),
            fault_speed_exponent,
            state: State::Stopped,
            in_state_ticks: 0,
            state_ticks: [0; State::ALL.len()],
            run_requested: true,
            starved: false,
            blocked: false,
            starved_ticks: 0,
            blocked_ticks: 0,
            empty_secs: 0.0,
            fault: None,
            life_left: failures.exponential(),
            speed_per_sec: 0.0,
            phase: 0.0,
            cycles: 0,
            failures,
            rejects: Stream::new(seed, 2 * index as u64 + 1),
            setpoint_per_sec: config.speed_setpoint_per_min / 60.0,
            mtbf_factor: 1.0,
            repair_factor: 1.0,
            reject_fraction: config.reject_fraction,
            infeed_count: 0,
            outfeed_count: 0,
            reject_count: 0,
            config: Arc::new(config.clone()),
        }
    }

    pub(super) fn config(&self) -> &MachineConfig {
        &self.config
    }

    pub(super) fn state(&self) -> State {
        self.state
    }

    /// Time in a state since the start [s].
    pub(super) fn secs_in(&self, state: State) -> f64 {
        self.state_ticks[state.index()] as f64 * TICK_SECS
    }

    /// Speed of the drive [/s].
    pub(super) fn speed_per_sec(&self) -> f64 {
        self.speed_per_sec
    }

    pub(super) fn starved(&self) -> bool {
        self.starved
    }

    pub(super) fn blocked(&self) -> bool {
        self.blocked
    }

    /// Time suspended for want of infeed since the start [s].
    pub(super) fn starved_secs(&self) -> f64 {
        self.starved_ticks as f64 * TICK_SECS
    }

    /// Time suspended for want of room at the outfeed since the start [s].
    pub(super) fn blocked_secs(&self) -> f64 {
        self.blocked_ticks as f64 * TICK_SECS
    }

    /// Text of the present fault; empty where there is none.
    pub(super) fn fault_text(&self) -> Option<&Arc<str>> {
        self.fault.as_ref().map(|fault| &fault.text)
    }

    /// Position within a motion that takes `cycles` cycles, 0..1.
    pub(super) fn motion(&self, cycles: u32) -> f64 {
        ((self.cycles % u64::from(cycles)) as f64 + self.phase) / f64::from(cycles)
    }

    /// Electrical power [kW].
    pub(super) fn power_kw(&self) -> f64 {
        let load = self.speed_per_sec * 60.0 / self.config.rated_speed_per_min;
        let standby = if self.state == State::Stopped { STOPPED_POWER_FRACTION } else { 1.0 };
        self.config.standby_power_kw * standby + self.config.drive_power_kw * load
    }

    /// Tells the machine to start, where it is stopped, or to stop.
    pub(super) fn request(&mut self, run: bool) {
        self.run_requested = run;
    }

    /// Puts a fault on the machine; a fault that is there is prolonged. Draws nothing.
    pub(super) fn inject_fault(&mut self, duration_secs: f64) -> Result<(), CommandError> {
        if !(0.1..=86_400.0).contains(&duration_secs) {
            return Err(CommandError::FaultDuration { found_secs: duration_secs });
        }
        if !self.state.can_hold() {
            return Err(CommandError::NotRunning { state: self.state.name() });
        }
        let repair_ticks = ticks_from_secs(duration_secs);
        match &mut self.fault {
            Some(fault) => fault.repair_ticks_left = fault.repair_ticks_left.max(repair_ticks),
            None => self.set_fault(0, repair_ticks),
        }
        Ok(())
    }

    /// Throws out part of the items handled; gives how many.
    pub(super) fn draw_rejects(&mut self, items: u32, fraction: f64) -> u32 {
        let rejected = self.rejects.binomial(items, fraction);
        self.reject_count += u64::from(rejected);
        rejected
    }

    /// One tick; gives the cycles that the machine completed in it.
    pub(super) fn tick(&mut self, senses: Senses) -> u32 {
        self.note(senses);
        self.count_repair();
        self.count_life();
        let next = self.state.next(Conditions {
            run_requested: self.run_requested,
            faulty: self.fault.is_some(),
            waiting: self.starved || self.blocked,
            at_rest: self.speed_per_sec == 0.0,
            in_state_secs: self.in_state_ticks as f64 * TICK_SECS,
        });
        if next != self.state {
            self.state = next;
            self.in_state_ticks = 0;
        }
        self.in_state_ticks += 1;
        self.state_ticks[self.state.index()] += 1;
        self.count_waiting();

        let running = self.state == State::Execute;
        let target = if running { self.setpoint_per_sec * senses.speed_fraction } else { 0.0 };
        let step = self.config.acceleration_per_min_per_s / 60.0 * TICK_SECS;
        self.speed_per_sec += (target - self.speed_per_sec).clamp(-step, step);

        self.phase += self.speed_per_sec * TICK_SECS;
        let cycles = self.phase as u32;
        self.phase -= f64::from(cycles);
        self.cycles += u64::from(cycles);
        cycles
    }

    fn note(&mut self, senses: Senses) {
        self.empty_secs = if senses.infeed_empty { self.empty_secs + TICK_SECS } else { 0.0 };
        self.starved = if self.starved { !senses.infeed_refilled } else { self.empty_secs >= STARVED_DELAY_SECS };
        self.blocked = if self.blocked { !senses.outfeed_cleared } else { senses.outfeed_full };
    }

    /// A machine that is starved and blocked counts as blocked: more infeed would not help it.
    fn count_waiting(&mut self) {
        if !matches!(self.state, State::Suspending | State::Suspended | State::Unsuspending) {
            return;
        }
        if self.blocked {
            self.blocked_ticks += 1;
        } else if self.starved {
            self.starved_ticks += 1;
        }
    }

    fn count_repair(&mut self) {
        if matches!(self.state, State::Held | State::Stopped)
            && let Some(fault) = &mut self.fault
        {
            fault.repair_ticks_left = fault.repair_ticks_left.saturating_sub(1);
            if fault.repair_ticks_left == 0 {
                self.fault = None;
            }
        }
    }

    /// Life is used up in EXECUTE only, faster at higher speed. A life is drawn in units of its mean,
    /// so that a changed mean acts at once and leaves the stream where it was.
    fn count_life(&mut self) {
        if self.state != State::Execute || self.fault.is_some() {
            return;
        }
        let load = self.speed_per_sec * 60.0 / self.config.rated_speed_per_min;
        let wear = if self.fault_speed_exponent == 0.0 { 1.0 } else { load.powf(self.fault_speed_exponent) };
        self.life_left -= wear * TICK_SECS / (self.config.mtbf_min * 60.0 * self.mtbf_factor);
        if self.life_left > 0.0 {
            return;
        }
        self.life_left = self.failures.exponential();
        let kind = self.failures.weighted(self.config.faults.iter().map(|fault| fault.weight));
        let mean_secs = self.config.faults[kind].mean_repair_secs;
        let repair_secs = self.failures.lognormal(mean_secs, self.config.repair_sigma) * self.repair_factor;
        self.set_fault(kind, ticks_from_secs(repair_secs));
    }

    fn set_fault(&mut self, kind: usize, repair_ticks: u64) {
        self.fault = Some(Fault { text: self.fault_texts[kind].clone(), repair_ticks_left: repair_ticks.max(1) });
    }
}
