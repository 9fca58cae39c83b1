//! How densely a recording is filled, for the strip of time: what its file says of its stretches,
//! cut into slices of the window. Cut again only when window or recording change.

use std::sync::Arc;

use crate::domain::recording::Stretch;
use crate::domain::time::Timestamp;

/// What the strip remembers of a recording.
#[derive(Default, Debug)]
pub struct RecordedDensity {
    stretches: Arc<[Stretch]>,
    window: (Timestamp, Timestamp),
    /// Samples a second of the densest stretch.
    peak: f64,
    slices: Vec<(Timestamp, Timestamp, f32)>,
}

/// Slices in a window.
const SLICES: usize = 240;

impl RecordedDensity {
    /// Begin, end and share of the densest stretch, of those slices that hold something.
    pub fn slices(
        &mut self,
        stretches: &Arc<[Stretch]>,
        window: (Timestamp, Timestamp),
    ) -> &[(Timestamp, Timestamp, f32)] {
        let same = Arc::ptr_eq(&self.stretches, stretches);
        if !same {
            self.stretches = stretches.clone();
            self.peak = stretches.iter().map(per_sec).fold(0.0, f64::max);
        }
        if !same || self.window != window {
            self.window = window;
            self.cut();
        }
        &self.slices
    }

    fn cut(&mut self) {
        let (from, to) = self.window;
        self.slices.clear();
        if self.peak <= 0.0 || to <= from {
            return;
        }
        let width = (to - from).as_secs_f64() / SLICES as f64;
        let mut samples = [0.0_f64; SLICES];
        let first = self.stretches.partition_point(|stretch| stretch.to < from);
        for stretch in self.stretches.iter().skip(first).take_while(|stretch| stretch.from <= to) {
            let rate = per_sec(stretch);
            let [begin, end] = [stretch.from, stretch.to].map(|at| (at - from).as_secs_f64() / width);
            // Negative places become the first slice.
            for (place, slice) in samples.iter_mut().enumerate().take(end as usize + 1).skip(begin as usize) {
                let inside = end.min(place as f64 + 1.0) - begin.max(place as f64);
                *slice += rate * inside.max(0.0) * width;
            }
        }
        let begin = |place: usize| from + (to - from).scaled(place as f64 / SLICES as f64);
        let filled = samples.iter().enumerate().filter(|(_, samples)| **samples > 0.0);
        self.slices.extend(
            filled.map(|(place, samples)| {
                (begin(place), begin(place + 1), (samples / width / self.peak).min(1.0) as f32)
            }),
        );
    }
}

/// A stretch shorter than a millisecond counts as one: a single sample is not a flood.
fn per_sec(stretch: &Stretch) -> f64 {
    stretch.samples as f64 / (stretch.to - stretch.from).as_secs_f64().max(1e-3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fixture::at;

    fn stretches(rows: &[(i64, i64, u64)]) -> Arc<[Stretch]> {
        rows.iter().map(|(from, to, samples)| Stretch { from: at(*from), to: at(*to), samples: *samples }).collect()
    }

    fn share(slices: &[(Timestamp, Timestamp, f32)], secs: i64) -> f32 {
        slices.iter().find(|(from, to, _)| *from <= at(secs) && at(secs) < *to).map_or(0.0, |slice| slice.2)
    }

    #[test]
    fn shares_follow_the_rate_of_samples() {
        let stretches = stretches(&[(0, 100, 1000), (100, 200, 500), (300, 400, 1000)]);
        let mut density = RecordedDensity::default();
        let slices = density.slices(&stretches, (at(0), at(480)));
        let shares = [50, 150, 250, 350, 450].map(|secs| share(slices, secs));
        for (got, expected) in shares.into_iter().zip([1.0, 0.5, 0.0, 1.0, 0.0]) {
            assert!((got - expected).abs() < 0.02, "{shares:?}");
        }
    }

    #[test]
    fn no_sample_is_counted_twice_or_left_out() {
        let rows: Vec<_> = (0..1000_i64).map(|row| (row * 7, row * 7 + 5, 11_u64)).collect();
        let stretches = stretches(&rows);
        let mut density = RecordedDensity::default();
        let window = (at(-100), at(7100));
        let width = (window.1 - window.0).as_secs_f64() / SLICES as f64;
        let slices = density.slices(&stretches, window).to_vec();
        let counted: f64 = slices.iter().map(|slice| f64::from(slice.2) * width * density.peak).sum();
        assert!((counted - 11_000.0).abs() < 1.0, "{counted}");
    }

    #[test]
    fn another_recording_or_window_is_cut_anew() {
        let one = stretches(&[(0, 100, 10)]);
        let other = stretches(&[(200, 300, 10)]);
        let mut density = RecordedDensity::default();
        assert!(share(density.slices(&one, (at(0), at(240))), 50) > 0.9);
        assert_eq!(share(density.slices(&other, (at(0), at(240))), 50), 0.0);
        assert!(density.slices(&other, (at(0), at(100))).is_empty());
        assert!(density.slices(&other, (at(5), at(5))).is_empty());
    }
}
