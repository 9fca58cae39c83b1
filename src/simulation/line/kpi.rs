//! Key figures of the line: effectiveness of the filler, throughput and energy.

use super::TICK_SECS;
use super::machine::Machine;
use super::names::MachineId;
use super::state::State;

/// Window of the throughput [s].
const WINDOW_SECS: usize = 60;
const TICKS_PER_SLOT: u64 = 10;

/// Overall equipment effectiveness and its factors, each a fraction; 1 before the first minute of data
/// would be a lie, so all are 0 until the filler ran.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Oee {
    /// Time in EXECUTE over time not STOPPED by the operator.
    pub availability: f64,
    /// Bottles filled over bottles at rated speed in the time in EXECUTE. Above 1 where the setpoint is
    /// above the rated speed.
    pub performance: f64,
    /// Bottles filled and not rejected from the filler on, over bottles filled.
    pub quality: f64,
}

impl Oee {
    /// The product of the three.
    pub fn total(self) -> f64 {
        self.availability * self.performance * self.quality
    }

    /// Figures of the line since the start, taken at the filler.
    pub(super) fn of_line(machines: &[Machine], bottles_per_case: u32) -> Self {
        let Some(filler) = machines.get(MachineId::Filler.index()) else { return Self::default() };
        Self::of(Effort {
            executing_secs: filler.secs_in(State::Execute),
            planned_secs: planned_secs(filler),
            rated_per_sec: filler.config().rated_speed_per_min / 60.0,
            filled: filler.infeed_count,
            rejected: rejected_from_filler(machines, bottles_per_case),
        })
    }

    /// Figures of a stretch of time. All are 0 where nothing was filled.
    pub(super) fn of(effort: Effort) -> Self {
        let Effort { executing_secs, planned_secs, rated_per_sec, filled, rejected } = effort;
        if filled == 0 || executing_secs <= 0.0 {
            return Self::default();
        }
        Self {
            availability: executing_secs / planned_secs,
            performance: filled as f64 / (rated_per_sec * executing_secs),
            quality: 1.0 - rejected as f64 / filled as f64,
        }
    }
}

/// What the effectiveness of a stretch of time is made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Time of the filler in EXECUTE.
    pub(super) executing_secs: f64,
    /// Time of the filler not stopped by the operator.
    pub(super) planned_secs: f64,
    /// Rated speed of the filler.
    pub(super) rated_per_sec: f64,
    /// Bottles that the filler took in.
    pub(super) filled: u64,
    /// Bottles thrown out from the filler on.
    pub(super) rejected: u64,
}

/// Time that a machine was not stopped by the operator since the start [s].
pub(super) fn planned_secs(machine: &Machine) -> f64 {
    State::ALL
        .into_iter()
        .filter(|state| !matches!(state, State::Stopped | State::Stopping))
        .map(|state| machine.secs_in(state))
        .sum()
}

/// Bottles thrown out by the filler and the machines after it.
pub(super) fn rejected_from_filler(machines: &[Machine], bottles_per_case: u32) -> u64 {
    let after = machines.iter().enumerate().skip(MachineId::Filler.index());
    after.map(|(index, machine)| rejected_bottles(index, machine, bottles_per_case)).sum()
}

/// Bottles that a machine threw out, those in cases counted one by one.
pub(super) fn rejected_bottles(index: usize, machine: &Machine, bottles_per_case: u32) -> u64 {
    let bottles = if index >= MachineId::Packer.index() { u64::from(bottles_per_case) } else { 1 };
    machine.reject_count * bottles
}

/// Counts what leaves the line per second over the last minute.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Throughput {
    slots: [u32; WINDOW_SECS],
    filling: u32,
    sum: u32,
}

impl Throughput {
    pub(super) fn new() -> Self {
        Self { slots: [0; WINDOW_SECS], filling: 0, sum: 0 }
    }

    /// The same count in every second of the last minute, as near as whole bottles come.
    pub(super) fn restore(&mut self, per_min: f64) {
        let wanted = per_min.clamp(0.0, 1e6).round() as u32;
        let seconds = WINDOW_SECS as u32;
        for (slot, second) in self.slots.iter_mut().zip(0..) {
            *slot = wanted * (second + 1) / seconds - wanted * second / seconds;
        }
        (self.sum, self.filling) = (wanted, 0);
    }

    /// Bottles that left in the last minute [/min]; renewed each second.
    pub(super) fn per_min(&self) -> f64 {
        f64::from(self.sum)
    }

    /// The tick with this number, in which `bottles` left the line.
    pub(super) fn tick(&mut self, tick: u64, bottles: u32) {
        self.filling += bottles;
        if (tick + 1).is_multiple_of(TICKS_PER_SLOT) {
            let slot = &mut self.slots[(tick / TICKS_PER_SLOT) as usize % WINDOW_SECS];
            self.sum = self.sum - *slot + self.filling;
            *slot = std::mem::take(&mut self.filling);
        }
    }
}

/// Energy of one tick at a power [kW.h].
pub(super) fn tick_energy_kwh(power_kw: f64) -> f64 {
    power_kw * TICK_SECS / 3600.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throughput_is_the_sum_of_the_last_sixty_seconds() {
        let mut throughput = Throughput::new();
        for tick in 0..900 {
            throughput.tick(tick, 1);
        }
        assert_eq!(throughput.per_min(), 600.0);
        for tick in 900..1200 {
            throughput.tick(tick, 0);
        }
        assert_eq!(throughput.per_min(), 300.0);
    }

    #[test]
    fn effectiveness_is_the_product_of_its_factors() {
        let oee = Oee { availability: 0.9, performance: 0.95, quality: 0.99 };
        assert!((oee.total() - 0.846_45).abs() < 1e-12);
    }
}
