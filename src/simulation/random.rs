//! Random streams: one per cause of chance, so that a change of one machine leaves the draws of all
//! others as they were (common random numbers for what-if).
//!
//! The draws depend only on PCG and on the formulas here, not on a version of a distribution crate.

use rand::Rng;
use rand_pcg::Pcg32;

/// One seeded sequence of draws.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Stream(Pcg32);

impl Stream {
    /// The sequence `stream` of `seed`. PCG sequences with different `stream` do not overlap.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        Self(Pcg32::new(seed, stream))
    }

    /// Uniform in [0, 1), 53 bits.
    pub(super) fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (0.5_f64).powi(53)
    }

    /// Exponential with mean 1.
    pub(super) fn exponential(&mut self) -> f64 {
        -(1.0 - self.uniform()).ln()
    }

    /// Standard normal (Box and Muller 1958; the second value is not kept, so that every draw costs
    /// two uniforms whatever came before).
    pub(super) fn normal(&mut self) -> f64 {
        let radius = (2.0 * self.exponential()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Lognormal with the given arithmetic mean; `sigma` is the standard deviation of the logarithm.
    pub(super) fn lognormal(&mut self, mean: f64, sigma: f64) -> f64 {
        mean * (sigma * self.normal() - 0.5 * sigma * sigma).exp()
    }

    /// Successes in `trials` trials of `probability`. Draws once per trial, so that the position in
    /// the stream depends on the number of trials alone. Made for a handful of trials.
    pub(super) fn binomial(&mut self, trials: u32, probability: f64) -> u32 {
        (0..trials).map(|_| u32::from(self.uniform() < probability)).sum()
    }

    /// Index into `weights`, drawn in proportion to them; 0 where all are zero.
    pub(super) fn weighted(&mut self, weights: impl Iterator<Item = f64> + Clone) -> usize {
        let mut left = self.uniform() * weights.clone().sum::<f64>();
        for (index, weight) in weights.enumerate() {
            if left < weight {
                return index;
            }
            left -= weight;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(count: u32, mut draw: impl FnMut() -> f64) -> f64 {
        (0..count).map(|_| draw()).sum::<f64>() / f64::from(count)
    }

    #[test]
    fn draws_have_the_moments_of_their_distribution() {
        let mut stream = Stream::new(1, 1);
        // Five standard errors of the mean of 100,000 draws.
        let five_errors = 5.0 / 100_000_f64.sqrt();
        assert!((mean(100_000, || stream.exponential()) - 1.0).abs() < five_errors);
        assert!(mean(100_000, || stream.normal()).abs() < five_errors);
        assert!((mean(100_000, || stream.normal().powi(2)) - 1.0).abs() < five_errors * 2_f64.sqrt());
        let deviation = 50.0 * (0.16_f64.exp() - 1.0).sqrt();
        assert!((mean(100_000, || stream.lognormal(50.0, 0.4)) - 50.0).abs() < five_errors * deviation);
        let rejects = mean(100_000, || f64::from(stream.binomial(10, 0.02)));
        assert!((rejects - 0.2).abs() < five_errors * (10.0 * 0.02 * 0.98_f64).sqrt());
    }

    #[test]
    fn weighted_choice_follows_the_weights() {
        let mut stream = Stream::new(2, 1);
        let mut hits = [0_u32; 3];
        for _ in 0..60_000 {
            hits[stream.weighted([1.0, 0.0, 2.0].into_iter())] += 1;
        }
        assert_eq!(hits[1], 0);
        assert!((f64::from(hits[2]) / 60_000.0 - 2.0 / 3.0).abs() < 0.01, "{hits:?}");
    }

    #[test]
    fn streams_of_one_seed_differ() {
        let (mut first, mut second) = (Stream::new(7, 1), Stream::new(7, 2));
        assert!((0..8).any(|_| first.uniform() != second.uniform()));
    }
}
