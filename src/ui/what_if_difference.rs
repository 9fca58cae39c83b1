//! How clearly a figure with the changes differs from the one without.
//!
//! A difference counts as clear where the 95 % confidence interval of its mean leaves out zero.

use crate::domain::scenario::{Better, Estimate, KpiResult};

/// How a figure with the changes stands to the one without.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    Higher,
    Lower,
    /// Its band includes zero: chance alone may have made it.
    Unclear,
    Same,
    /// Nothing is known of chance.
    OneRun,
    /// One of the sides has no figure.
    Missing,
}

impl Verdict {
    pub fn of(result: &KpiResult) -> Self {
        let Some(difference) = result.difference else { return Self::Missing };
        match band(&difference) {
            None => Self::OneRun,
            Some(band) if band == 0.0 && difference.mean == 0.0 => Self::Same,
            Some(band) if difference.mean.abs() <= band => Self::Unclear,
            Some(_) if difference.mean > 0.0 => Self::Higher,
            Some(_) => Self::Lower,
        }
    }

    /// True where chance alone does not make such a difference.
    pub fn clear(self) -> bool {
        matches!(self, Self::Higher | Self::Lower)
    }

    /// Whether a clear difference is for the better; none where that depends on the plant.
    pub fn improves(self, better: Better) -> Option<bool> {
        match (self, better) {
            (Self::Higher, Better::Higher) | (Self::Lower, Better::Lower) => Some(true),
            (Self::Higher, Better::Lower) | (Self::Lower, Better::Higher) => Some(false),
            _ => None,
        }
    }

    pub fn words(self, better: Better) -> &'static str {
        match self {
            _ if self.improves(better) == Some(true) => "better",
            _ if self.improves(better) == Some(false) => "worse",
            Self::Higher => "higher",
            Self::Lower => "lower",
            Self::Unclear => "no clear difference",
            Self::Same => "the same in every run",
            Self::OneRun => "one run: may be chance",
            Self::Missing => "cannot be compared",
        }
    }
}

/// Half the 95 % confidence interval of the mean; none for a single run.
pub fn band(estimate: &Estimate) -> Option<f64> {
    (estimate.runs > 1).then(|| student_t(estimate.runs - 1) * estimate.std_error)
}

/// 97.5th percentile of Student's t: table for 1 and 2 degrees of freedom, else the expansion of
/// Abramowitz and Stegun 1964, 26.7.5.
fn student_t(freedom: u32) -> f64 {
    const Z: f64 = 1.959_964;
    let n = f64::from(freedom);
    match freedom {
        0 => f64::INFINITY,
        1 => 12.706,
        2 => 4.303,
        _ => {
            let first = (Z.powi(3) + Z) / 4.0;
            let second = (5.0 * Z.powi(5) + 16.0 * Z.powi(3) + 3.0 * Z) / 96.0;
            let third = (3.0 * Z.powi(7) + 19.0 * Z.powi(5) + 17.0 * Z.powi(3) - 15.0 * Z) / 384.0;
            Z + first / n + second / n.powi(2) + third / n.powi(3)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::unit::Unit;

    fn result(pairs: &[(Option<f64>, Option<f64>)]) -> KpiResult {
        KpiResult::paired("Throughput", Unit::new("/min"), pairs)
    }

    #[test]
    fn bands_are_those_of_the_published_table() {
        // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, column 0.975.
        for (freedom, expected) in [(1, 12.706), (2, 4.303), (3, 3.182), (7, 2.365), (31, 2.040), (100, 1.984)] {
            assert!((student_t(freedom) - expected).abs() < 0.025, "{freedom}: {}", student_t(freedom));
        }
    }

    #[test]
    fn a_difference_counts_only_where_its_band_leaves_out_zero() {
        let pairs = |differences: &[f64]| {
            result(&differences.iter().map(|difference| (Some(10.0), Some(10.0 + difference))).collect::<Vec<_>>())
        };
        let cases: [(&[f64], Verdict); 6] = [
            (&[2.0, 2.2, 1.8, 2.1], Verdict::Higher),
            (&[-2.0, -2.2, -1.8, -2.1], Verdict::Lower),
            (&[2.0, -1.0, 3.0, -2.0], Verdict::Unclear),
            (&[0.0, 0.0, 0.0], Verdict::Same),
            (&[2.0], Verdict::OneRun),
            (&[], Verdict::Missing),
        ];
        for (differences, verdict) in cases {
            assert_eq!(Verdict::of(&pairs(differences)), verdict, "{differences:?}");
        }
    }

    #[test]
    fn only_a_clear_difference_of_a_known_direction_is_better_or_worse() {
        let cases = [
            (Verdict::Higher, Better::Higher, "better"),
            (Verdict::Higher, Better::Lower, "worse"),
            (Verdict::Lower, Better::Higher, "worse"),
            (Verdict::Lower, Better::Lower, "better"),
            (Verdict::Lower, Better::Unknown, "lower"),
            (Verdict::Unclear, Better::Higher, "no clear difference"),
        ];
        for (verdict, better, words) in cases {
            assert_eq!(verdict.words(better), words);
        }
    }
}
