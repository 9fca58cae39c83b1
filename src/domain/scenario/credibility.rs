//! How far a model can be believed, from running it beside measured stretches of the past, and what
//! follows from that for a question.

use serde::{Deserialize, Serialize};

use super::{Change, unit_code};
use crate::domain::time::Span;
use crate::domain::unit::Unit;

/// Part of the scale from which a steady error matters to a decision.
const LARGE_BIAS: f64 = 0.1;
/// A mean beyond this many standard errors is no chance: 1 in 370 for a normal one.
const SURE_ERRORS: f64 = 3.0;
/// A true model has nine tenths of the measured values in its band; half as a limit leaves room for
/// values that follow each other closely.
const LEAST_COVERAGE: f64 = 0.5;
const LEAST_POINTS: u32 = 30;
/// Part of the scale below which it does not matter that a narrow band is missed.
const SMALL_ERROR: f64 = 0.02;
/// Starts below which a fit may be luck.
const LEAST_STARTS: u32 = 4;
/// Signals that are told when a model is wrong; then it is wrong in most.
const MOST_TOLD: usize = 5;

/// How far the model can be believed.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct Credibility {
    /// How long a stretch it was.
    pub span: Span,
    /// From how many moments of it the model was run ahead.
    #[serde(default)]
    pub starts: u32,
    pub signals: Vec<Fit>,
    /// Values that the parameters had in that stretch.
    pub validated: Vec<ValidatedRange>,
}

/// How well the model followed one measured signal. Counters are compared by their growth since each
/// start. What the model says is the mean of its runs, which is right on average where the model is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Fit {
    /// Variable of the model.
    pub variable: String,
    #[serde(with = "unit_code")]
    pub unit: Unit,
    /// Root of the mean squared distance between model and measured value.
    pub rmse: f64,
    /// Mean of the model less the measured value.
    pub bias: f64,
    /// Part of the measured values inside the 5..95 % band of the runs, 0..=1; about 0.9 for a true
    /// model.
    pub coverage: f64,
    /// Measured values that were compared.
    pub points: u32,
    /// Standard error of `bias`, from one start to another; none for a single start.
    #[serde(default)]
    pub std_error: Option<f64>,
    /// Standard error of `coverage`, in the same way.
    #[serde(default)]
    pub coverage_error: Option<f64>,
    /// What an error is large or small against, in `unit`: the mean growth of a counter, else the width of
    /// the engineering range, else that of the measured values.
    #[serde(default)]
    pub scale: f64,
    /// True where the model is not to be believed when it fails here.
    #[serde(default)]
    pub leading: bool,
    /// The same for equal parts of the horizon, the nearest first.
    #[serde(default)]
    pub by_horizon: Vec<HorizonFit>,
}

/// How well the model followed a signal in one part of the horizon.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct HorizonFit {
    /// End of the part, from the start.
    pub until: Span,
    pub rmse: f64,
    pub bias: f64,
    pub coverage: f64,
    pub points: u32,
}

/// Values of a parameter that the plant was seen with.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ValidatedRange {
    pub parameter: String,
    pub low: f64,
    pub high: f64,
}

/// Whether the answer to a question may be acted on. Reasons are sentences for the operator.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    Credible,
    /// It may be right, but nobody has seen that it is.
    Doubtful(Vec<String>),
    /// It was seen to be wrong.
    NotCredible(Vec<String>),
}

impl Credibility {
    /// The changes that leave what was validated, or of whose parameter nothing is known.
    pub fn beyond<'a>(&self, changes: &'a [Change]) -> Vec<&'a Change> {
        let inside =
            |change: &Change| self.range_of(change).is_some_and(|range| (range.low..=range.high).contains(&change.to));
        changes.iter().filter(|change| !inside(change)).collect()
    }

    /// Judges the answer to a question with these changes.
    ///
    /// Not credible where a leading signal is off ([`Fit::off`]); doubtful where too little was compared
    /// or a change leaves the range in which the plant was seen, since no fit speaks for what lies there.
    pub fn verdict(&self, changes: &[Change]) -> Verdict {
        let leading = || self.signals.iter().filter(|fit| fit.leading);
        let mut wrong: Vec<(f64, String)> =
            leading().filter_map(|fit| Some((fit.rmse / fit.scale, fit.off()?))).collect();
        if !wrong.is_empty() {
            wrong.sort_by(|(a, _), (b, _)| b.total_cmp(a));
            let left = wrong.len().saturating_sub(MOST_TOLD);
            let told = wrong.into_iter().take(MOST_TOLD).map(|(_, words)| words);
            return Verdict::NotCredible(
                told.chain((left > 0).then(|| format!("So it is with {left} more."))).collect(),
            );
        }
        let mut doubts = Vec::new();
        if !leading().any(|fit| fit.points >= LEAST_POINTS) {
            doubts.push(
                "Too little was measured to check the model. Its answer is unproven. Connect its signals and wait."
                    .to_owned(),
            );
        } else if self.starts < LEAST_STARTS {
            let moments = if self.starts == 1 { "one moment".to_owned() } else { format!("{} moments", self.starts) };
            doubts.push(format!(
                "The model was checked from {moments} only, so that its fit may be luck. Check it over a longer stretch."
            ));
        }
        doubts.extend(self.beyond(changes).into_iter().map(|change| {
            let Change { parameter, to, .. } = change;
            match self.range_of(change) {
                Some(ValidatedRange { low, high, .. }) => format!(
                    "{parameter} at {to} lies outside {low} to {high}, where the model was checked. \
                     Its answer is unproven there. Go in smaller steps."
                ),
                None => format!(
                    "The model was never checked against another {parameter}. Its answer is unproven there. \
                     Watch the plant closely."
                ),
            }
        }));
        if doubts.is_empty() { Verdict::Credible } else { Verdict::Doubtful(doubts) }
    }

    fn range_of(&self, change: &Change) -> Option<&ValidatedRange> {
        self.validated.iter().find(|range| range.parameter == change.parameter)
    }
}

impl Verdict {
    /// None for a credible answer.
    pub fn reasons(&self) -> &[String] {
        match self {
            Self::Credible => &[],
            Self::Doubtful(reasons) | Self::NotCredible(reasons) => reasons,
        }
    }
}

impl Fit {
    /// In which way the model is wrong about this signal, in words; none where it is not.
    ///
    /// - Its mean error is more than three standard errors, so no chance, and more than a tenth of the
    ///   scale, so not too small to matter.
    /// - Fewer than half of at least 30 values lie in a band that should hold nine tenths, by more than
    ///   three standard errors, and the error is more than a fiftieth of the scale: a narrow band may be
    ///   missed by what does not matter.
    ///
    /// Standard errors are those from start to start, since the values after one start follow each other.
    pub fn off(&self) -> Option<String> {
        let Self { variable, unit, bias, coverage, scale, .. } = self;
        let sure = self.std_error.is_some_and(|error| bias.abs() > SURE_ERRORS * error);
        if sure && bias.abs() > LARGE_BIAS * scale {
            let way = if *bias > 0.0 { "more" } else { "less" };
            let by = bias.abs();
            return Some(format!(
                "The model gives {by:.3} {unit} {way} for {variable} than was measured. Its answers mislead. \
                 Check the sensor, or calibrate the model."
            ));
        }
        let missed = coverage + SURE_ERRORS * self.coverage_error.unwrap_or_default() < LEAST_COVERAGE;
        if self.points >= LEAST_POINTS && missed && self.rmse > SMALL_ERROR * scale {
            let percent = 100.0 * coverage;
            return Some(format!(
                "Only {percent:.0} % of the measured values of {variable} lie where the model expects 90 %. \
                 Its answers mislead. Check the sensor, or calibrate the model."
            ));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(parameter: &str, to: f64) -> Change {
        Change { parameter: parameter.into(), to, after: Span::ZERO, ramp: Span::ZERO }
    }

    /// A leading signal that fits, seen with speeds of 550 to 600.
    fn sound() -> Credibility {
        let fit = Fit {
            variable: "Filler/Speed".into(),
            unit: Unit::new("/min"),
            rmse: 90.0,
            bias: 9.0,
            coverage: 0.9,
            points: 240,
            std_error: Some(5.0),
            coverage_error: Some(0.02),
            scale: 700.0,
            leading: true,
            by_horizon: Vec::new(),
        };
        let validated = vec![ValidatedRange { parameter: "Filler/SpeedSetpoint".into(), low: 550.0, high: 600.0 }];
        Credibility { span: Span::from_secs(7200), starts: 4, signals: vec![fit], validated }
    }

    fn with(alter: impl FnOnce(&mut Fit)) -> Verdict {
        let mut credibility = sound();
        alter(&mut credibility.signals[0]);
        credibility.verdict(&[])
    }

    #[test]
    fn changes_beyond_the_validated_range_are_named() {
        let changes = [
            change("Filler/SpeedSetpoint", 580.0),
            change("Filler/SpeedSetpoint", 640.0),
            change("Filler/MtbfFactor", 2.0),
        ];
        assert_eq!(sound().beyond(&changes), [&changes[1], &changes[2]]);
        assert_eq!(sound().verdict(&changes[..1]), Verdict::Credible);
        let Verdict::Doubtful(doubts) = sound().verdict(&changes) else { panic!("two changes are beyond") };
        assert_eq!(doubts.len(), 2);
        assert!(doubts[0].starts_with("Filler/SpeedSetpoint at 640 lies outside 550 to 600"), "{doubts:?}");
    }

    #[test]
    fn an_error_closes_the_gate_where_it_is_sure_and_large() {
        assert_eq!(with(|fit| fit.bias = 69.0), Verdict::Credible);
        assert_eq!(with(|fit| (fit.bias, fit.std_error) = (71.0, Some(24.0))), Verdict::Credible);
        assert_eq!(with(|fit| (fit.bias, fit.std_error) = (71.0, None)), Verdict::Credible);
        // Without a leading signal nothing is checked.
        assert!(matches!(with(|fit| (fit.bias, fit.leading) = (71.0, false)), Verdict::Doubtful(_)));
        let closed = with(|fit| fit.bias = -71.0);
        assert!(matches!(closed, Verdict::NotCredible(_)), "{closed:?}");
        let expected = "The model gives 71.000 /min less for Filler/Speed than was measured.";
        assert!(closed.reasons()[0].starts_with(expected), "{closed:?}");
    }

    #[test]
    fn values_outside_the_band_close_the_gate_where_they_are_many_and_far() {
        assert!(matches!(with(|fit| fit.coverage = 0.43), Verdict::NotCredible(_)));
        // More than three standard errors from a half, too few points, too small an error.
        assert_eq!(with(|fit| fit.coverage = 0.45), Verdict::Credible);
        assert!(matches!(with(|fit| (fit.coverage, fit.points) = (0.1, 29)), Verdict::Doubtful(_)));
        assert_eq!(with(|fit| (fit.coverage, fit.rmse) = (0.1, 13.0)), Verdict::Credible);
    }

    #[test]
    fn a_model_that_was_hardly_checked_is_doubtful() {
        let few = Credibility { starts: 1, ..sound() };
        assert!(few.verdict(&[]).reasons()[0].contains("from one moment only"), "{:?}", few.verdict(&[]));
        assert!(matches!(Credibility::default().verdict(&[]), Verdict::Doubtful(_)));
    }

    #[test]
    fn the_worst_signals_are_told_and_the_others_counted() {
        let mut credibility = sound();
        let fit = credibility.signals.remove(0);
        let wrong =
            |place: u32| Fit { variable: place.to_string(), rmse: f64::from(place), coverage: 0.0, ..fit.clone() };
        credibility.signals = (100..108).map(wrong).collect();
        let verdict = credibility.verdict(&[]);
        let reasons = verdict.reasons();
        assert!(
            reasons.len() == 6 && reasons[0].contains("of 107 lie") && reasons[5].contains("3 more"),
            "{reasons:?}"
        );
    }
}
