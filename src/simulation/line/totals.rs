//! What a line has counted since its start, so that a stretch of time can be judged by the difference
//! of two such counts.

use super::LineModel;
use super::config::LineConfig;
use super::kpi::{self, Effort, Oee};
use super::names::{MACHINE_COUNT, MachineId};
use super::state::State;

/// Counts of one machine since the start.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct MachineTotals {
    /// Suspended for want of infeed or material [s].
    pub starved_secs: f64,
    /// Suspended for want of room at the outfeed [s].
    pub blocked_secs: f64,
    /// Held by a fault, ramps included [s].
    pub faulty_secs: f64,
}

/// Counts of the line since the start.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Totals {
    pub time_secs: f64,
    /// Bottles put on pallets.
    pub delivered: u64,
    /// Bottles thrown out by all machines.
    pub rejected: u64,
    /// Electrical energy [kW.h].
    pub energy_kwh: f64,
    /// By [`MachineId::index`].
    pub machines: [MachineTotals; MACHINE_COUNT],
    filled: u64,
    rejected_from_filler: u64,
    executing_secs: f64,
    planned_secs: f64,
}

/// What happened between two moments of one line.
#[derive(Clone, PartialEq, Debug)]
pub struct Period {
    pub secs: f64,
    pub delivered: u64,
    pub rejected: u64,
    pub energy_kwh: f64,
    /// By [`MachineId::index`].
    pub machines: [MachineTotals; MACHINE_COUNT],
    /// Effectiveness in this stretch alone; bottles are judged where they are thrown out, so that
    /// `quality` also holds what was filled before.
    pub oee: Oee,
}

impl LineModel {
    /// Counts since the start.
    pub fn totals(&self) -> Totals {
        let per_case = self.config.bottles_per_case;
        let filler = &self.machines[MachineId::Filler.index()];
        let inventory = self.inventory();
        let mut machines = [MachineTotals::default(); MACHINE_COUNT];
        for (totals, machine) in machines.iter_mut().zip(&self.machines) {
            let faulty = [State::Holding, State::Held, State::Unholding];
            *totals = MachineTotals {
                starved_secs: machine.starved_secs(),
                blocked_secs: machine.blocked_secs(),
                faulty_secs: faulty.into_iter().map(|state| machine.secs_in(state)).sum(),
            };
        }
        Totals {
            time_secs: self.time_secs(),
            delivered: inventory.delivered,
            rejected: inventory.rejected,
            energy_kwh: self.energy_kwh,
            machines,
            filled: filler.infeed_count,
            rejected_from_filler: kpi::rejected_from_filler(&self.machines, per_case),
            executing_secs: filler.secs_in(State::Execute),
            planned_secs: kpi::planned_secs(filler),
        }
    }

    /// What happened since an earlier moment of this line.
    pub fn since(&self, earlier: &Totals) -> Period {
        self.totals().since(earlier, &self.config)
    }
}

impl Totals {
    fn since(&self, earlier: &Self, config: &LineConfig) -> Period {
        let mut machines = self.machines;
        for (now, before) in machines.iter_mut().zip(&earlier.machines) {
            now.starved_secs -= before.starved_secs;
            now.blocked_secs -= before.blocked_secs;
            now.faulty_secs -= before.faulty_secs;
        }
        Period {
            secs: self.time_secs - earlier.time_secs,
            delivered: self.delivered.saturating_sub(earlier.delivered),
            rejected: self.rejected.saturating_sub(earlier.rejected),
            energy_kwh: self.energy_kwh - earlier.energy_kwh,
            machines,
            oee: Oee::of(Effort {
                executing_secs: self.executing_secs - earlier.executing_secs,
                planned_secs: self.planned_secs - earlier.planned_secs,
                rated_per_sec: config.machines[MachineId::Filler.index()].rated_speed_per_min / 60.0,
                filled: self.filled.saturating_sub(earlier.filled),
                rejected: self.rejected_from_filler.saturating_sub(earlier.rejected_from_filler),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demo() -> LineModel {
        LineModel::new(LineConfig::demo(), 5).expect("the demo line is valid")
    }

    #[test]
    fn period_from_the_start_is_the_effectiveness_of_the_line() {
        let mut line = demo();
        let start = line.totals();
        line.run_until(7200.0);
        let period = line.since(&start);
        assert_eq!(period.oee, line.oee());
        assert_eq!((period.secs, period.delivered), (7200.0, line.inventory().delivered));
    }

    #[test]
    fn periods_add_up() {
        let mut line = demo();
        let start = line.totals();
        line.run_until(3600.0);
        let (first, middle) = (line.since(&start), line.totals());
        line.run_until(9000.0);
        let (second, whole) = (line.since(&middle), line.since(&start));
        assert_eq!(first.delivered + second.delivered, whole.delivered);
        assert_eq!(first.rejected + second.rejected, whole.rejected);
        assert!((first.energy_kwh + second.energy_kwh - whole.energy_kwh).abs() < 1e-9);
    }

    #[test]
    fn a_stop_in_the_middle_blocks_before_and_starves_behind() {
        let mut config = LineConfig::demo();
        config.machines.iter_mut().for_each(|machine| machine.mtbf_min = 1e9);
        let mut line = LineModel::new(config, 1).expect("the line is valid");
        line.run_until(2400.0);
        let start = line.totals();
        line.inject_fault(MachineId::Labeller, 900.0).expect("it runs");
        line.run_until(3300.0);
        let machines = line.since(&start).machines;
        let of = |id: MachineId| machines[id.index()];
        assert!((of(MachineId::Labeller).faulty_secs - 900.0).abs() < 1.0, "{:?}", of(MachineId::Labeller));
        assert!(of(MachineId::Filler).blocked_secs > 300.0 && of(MachineId::Filler).starved_secs == 0.0);
        assert!(of(MachineId::Packer).starved_secs > 800.0 && of(MachineId::Packer).blocked_secs == 0.0);
    }
}
