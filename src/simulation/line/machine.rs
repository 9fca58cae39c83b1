//! One machine: PackML state, speed ramp, faults by running time, counts and power. It does not know
//! what it handles; `flow.rs` moves the items.

use std::sync::Arc;

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

#[cfg(test)]
mod tests {
    use super::super::config::LineConfig;
    use super::*;

    const FREE: Senses = Senses {
        infeed_empty: false,
        infeed_refilled: true,
        outfeed_full: false,
        outfeed_cleared: true,
        speed_fraction: 1.0,
    };

    fn filler(edit: impl FnOnce(&mut MachineConfig)) -> Machine {
        let mut config = LineConfig::demo().machines[2].clone();
        edit(&mut config);
        Machine::new(&config, 0.0, 3, 2)
    }

    fn run(machine: &mut Machine, secs: f64, senses: Senses) -> u32 {
        (0..ticks_from_secs(secs)).map(|_| machine.tick(senses)).sum()
    }

    #[test]
    fn availability_alone_is_mtbf_over_mtbf_and_mttr() {
        // Exponential life of 5 min, lognormal repair of 50 s. The machine also ramps down (1.5 s)
        // and unholds (2 s), which belongs to the time lost per fault.
        let mut machine = filler(|config| {
            config.mtbf_min = 5.0;
            config.faults.truncate(1);
            config.faults[0].mean_repair_secs = 50.0;
        });
        run(&mut machine, 350.0 * 10_000.0, FREE);
        let up = machine.secs_in(State::Execute);
        let lost: f64 =
            [State::Holding, State::Held, State::Unholding].into_iter().map(|state| machine.secs_in(state)).sum();
        let (mtbf, mttr) = (300.0, 50.0 + 1.5 + 2.0);
        let expected = mtbf / (mtbf + mttr);
        // Standard error of A after n alternating cycles: A (1 - A) sqrt((cv_up^2 + cv_down^2) / n).
        let cv_down_squared = (0.4_f64.powi(2).exp() - 1.0) * (50.0_f64 / mttr).powi(2);
        let error = expected * (1.0 - expected) * ((1.0 + cv_down_squared) / 10_000.0).sqrt();
        let found = up / (up + lost);
        assert!((found - expected).abs() < 3.0 * error, "{found} against {expected} +- {error}");
    }

    #[test]
    fn speed_never_changes_faster_than_its_limit() {
        let mut machine = filler(|config| config.mtbf_min = 0.5);
        let limit = machine.config().acceleration_per_min_per_s / 60.0 * TICK_SECS + 1e-12;
        let mut faults = 0;
        for tick in 0..200_000_u32 {
            let before = (machine.speed_per_sec(), machine.state());
            let speed_fraction = f64::from(tick / 700 % 4) / 3.0;
            let outfeed_full = tick % 5000 < 300;
            machine.tick(Senses { speed_fraction, outfeed_full, outfeed_cleared: !outfeed_full, ..FREE });
            assert!((machine.speed_per_sec() - before.0).abs() <= limit, "tick {tick}");
            faults += u32::from(machine.state() == State::Held && before.1 != State::Held);
        }
        assert!(faults > 50, "{faults}");
    }

    #[test]
    fn machine_at_full_speed_does_its_rated_cycles() {
        let mut machine = filler(|config| config.mtbf_min = 1e9);
        run(&mut machine, 60.0, FREE);
        assert_eq!(machine.state(), State::Execute);
        let cycles = run(&mut machine, 3600.0, FREE);
        assert!(cycles.abs_diff(36_000) <= 1, "{cycles}");
    }

    #[test]
    fn starved_machine_suspends_after_a_second_and_waits_for_the_restart_level() {
        let mut machine = filler(|config| config.mtbf_min = 1e9);
        run(&mut machine, 60.0, FREE);
        let empty = Senses { infeed_empty: true, infeed_refilled: false, ..FREE };
        run(&mut machine, 0.8, empty);
        assert_eq!(machine.state(), State::Execute);
        run(&mut machine, 3.0, empty);
        assert_eq!((machine.state(), machine.starved()), (State::Suspended, true));
        run(&mut machine, 10.0, Senses { infeed_refilled: false, ..FREE });
        assert_eq!(machine.state(), State::Suspended);
        run(&mut machine, 1.2, FREE);
        assert_eq!(machine.state(), State::Execute);
    }

    #[test]
    fn injected_fault_holds_for_its_duration_and_draws_nothing() {
        let mut machine = filler(|config| config.mtbf_min = 1e9);
        run(&mut machine, 60.0, FREE);
        let stream = machine.failures.clone();
        assert_eq!(machine.inject_fault(30.0), Ok(()));
        run(&mut machine, 2.0, FREE);
        assert_eq!(machine.state(), State::Held);
        assert_eq!(machine.fault_text().map(|text| &**text), Some("301 valve 23 underfill"));
        run(&mut machine, 60.0, FREE);
        assert_eq!((machine.state(), machine.fault_text()), (State::Execute, None));
        assert!((machine.secs_in(State::Held) - 30.0).abs() <= 2.0 * TICK_SECS);
        assert_eq!(machine.failures, stream);
    }

    #[test]
    fn fault_is_refused_while_stopped_and_for_senseless_durations() {
        let mut machine = filler(|_| ());
        let refusal = machine.inject_fault(30.0).map_err(|error| error.to_string());
        assert_eq!(refusal, Err("a machine that is STOPPED cannot fail; start it first".into()));
        let refusal = machine.inject_fault(f64::NAN).map_err(|error| error.to_string());
        assert_eq!(refusal, Err("a fault cannot last NaN s, expected 0.1 to 86400".into()));
    }

    #[test]
    fn stopped_machine_starts_again_on_request() {
        let mut machine = filler(|config| config.mtbf_min = 1e9);
        run(&mut machine, 60.0, FREE);
        machine.request(false);
        run(&mut machine, 3.0, FREE);
        assert_eq!((machine.state(), machine.speed_per_sec()), (State::Stopped, 0.0));
        machine.request(true);
        run(&mut machine, 5.5, FREE);
        assert_eq!(machine.state(), State::Execute);
    }
}
