//! Another future for the same present: chance is drawn anew, given what the machine does now.

use super::{Fault, Machine};
use crate::simulation::line::ticks_from_secs;
use crate::simulation::random::Stream;

impl Machine {
    /// Puts other random streams in. The life that is left is exponential whatever was used up of it,
    /// since an exponential life has no memory; a present repair is met at some moment of it.
    pub(in crate::simulation::line) fn reseed(&mut self, seed: u64, index: usize) {
        self.failures = Stream::new(seed, 2 * index as u64);
        self.rejects = Stream::new(seed, 2 * index as u64 + 1);
        self.life_left = self.failures.exponential();
        if let Some(fault) = self.fault.take() {
            let kind = self.fault_texts.iter().position(|text| *text == fault.text).unwrap_or_default();
            let repair_ticks_left = self.draw_residual_repair(kind);
            self.fault = Some(Fault { repair_ticks_left, ..fault });
        }
    }

    /// What is left of a repair that is met at some moment. Longer repairs are met more often: the
    /// length of the one met has density x f(x) / m, which for a lognormal is one with its mean times
    /// exp(sigma^2), and the moment is uniform in it (inspection paradox; Feller 1971, vol. 2, VI.7).
    pub(super) fn draw_residual_repair(&mut self, kind: usize) -> u64 {
        let sigma = self.config.repair_sigma;
        let mean_secs = self.config.faults.get(kind).map_or(1.0, |fault| fault.mean_repair_secs);
        let whole_secs = self.failures.lognormal(mean_secs * (sigma * sigma).exp(), sigma) * self.repair_factor;
        ticks_from_secs(whole_secs * self.failures.uniform()).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::line::{LineConfig, TICK_SECS};

    #[test]
    fn residual_repair_has_the_mean_of_renewal_theory() {
        let config = LineConfig::demo().machines[2].clone();
        let mut machine = Machine::new(&config, 0.0, 3, 2);
        let draws = 40_000;
        let sum: u64 = (0..draws).map(|_| machine.draw_residual_repair(0)).sum();
        let found = sum as f64 * TICK_SECS / f64::from(draws);
        // E[X^2] / (2 E[X]) with E[X] = 45 s and E[X^2] = 45^2 exp(sigma^2).
        let expected = 45.0 * (0.4_f64 * 0.4).exp() / 2.0;
        assert!((found - expected).abs() < 0.02 * expected, "{found} against {expected}");
    }

    #[test]
    fn reseeding_with_another_seed_changes_the_future_and_with_the_same_does_not() {
        let config = LineConfig::demo().machines[2].clone();
        let [mut first, mut second, mut third] = [(); 3].map(|()| Machine::new(&config, 0.0, 3, 2));
        first.reseed(8, 2);
        second.reseed(8, 2);
        third.reseed(9, 2);
        assert!(first == second);
        assert!(first != third);
    }
}
