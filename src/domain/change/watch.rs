//! Reality beside the predicted bands while a trial runs.

use std::collections::HashMap;

use super::{Divergence, PredictedBand};
use crate::domain::quality::Quality;
use crate::domain::signal::Sample;
use crate::domain::time::Timestamp;

/// Remembers since when each signal is outside of its band.
#[derive(Clone, Debug)]
pub struct DivergenceWatch {
    plan: Divergence,
    began: Timestamp,
    bands: Vec<PredictedBand>,
    outside_since: HashMap<usize, Timestamp>,
}

impl DivergenceWatch {
    /// `began` is the moment of the first write, from which the bands count.
    pub fn new(plan: Divergence, began: Timestamp, bands: Vec<PredictedBand>) -> Self {
        Self { plan, began, bands, outside_since: HashMap::new() }
    }

    /// Learns a sample of the signal with this path; the answer says in words when it has been outside for
    /// too long. Samples that are not good, and those beyond the prediction, say nothing.
    pub fn observe(&mut self, path: &str, sample: &Sample) -> Option<String> {
        let index = self.bands.iter().position(|band| band.signal == path)?;
        let value = sample.value.as_f64().filter(|_| sample.quality == Quality::Good)?;
        let band = self.bands.get(index)?;
        let (low, high) = band.at(self.began, sample.source_time)?;
        let margin = self.plan.margin.max(0.0) * (high - low).max(band.least_width);
        if (low - margin..=high + margin).contains(&value) {
            self.outside_since.remove(&index);
            return None;
        }
        let since = *self.outside_since.entry(index).or_insert(sample.source_time);
        let lasted = sample.source_time - since;
        (lasted >= self.plan.lasting).then(|| {
            let value = (value * 1e3).round() / 1e3;
            format!("{path} is {value} for {lasted}, outside of the predicted {low:.3} to {high:.3}.")
        })
    }
}

impl PredictedBand {
    /// Least and greatest value expected at a moment; none outside of the bands. Between two of them anything from
    /// the lower to the higher: a ramp may be much shorter than a step.
    fn at(&self, began: Timestamp, moment: Timestamp) -> Option<(f64, f64)> {
        let place = (moment - began).as_secs_f64() / self.step.as_secs_f64();
        if !(place >= 0.0 && place.is_finite()) {
            return None;
        }
        let before = self.bands.get(place.floor() as usize)?;
        let after = self.bands.get(place.ceil() as usize)?;
        Some((before.low.min(after.low), before.high.max(after.high)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::signal::SignalId;
    use crate::domain::time::Span;
    use crate::domain::value::Value;
    use crate::domain::what_if::Band;

    /// A band from 10..20 to 20..30 in ten seconds; half a width counts, for three seconds.
    fn watch() -> DivergenceWatch {
        let band = |low, high| Band { low, middle: (low + high) / 2.0, high };
        let bands = vec![PredictedBand {
            signal: "a".into(),
            step: Span::from_secs(10),
            least_width: 0.0,
            bands: vec![band(10.0, 20.0), band(20.0, 30.0)],
        }];
        let plan = Divergence { margin: 0.5, lasting: Span::from_secs(3) };
        DivergenceWatch::new(plan, Timestamp::from_millis(1_000_000), bands)
    }

    fn sample(secs: i64, value: f64, quality: Quality) -> Sample {
        let at = Timestamp::from_millis(1_000_000 + secs * 1_000);
        Sample { signal: SignalId(0), source_time: at, received_time: at, value: Value::Real(value), quality }
    }

    #[test]
    fn tells_only_what_stays_outside_long_enough() {
        let mut watch = watch();
        let mut tell = |secs, value| watch.observe("a", &sample(secs, value, Quality::Good)).is_some();
        // Between the bands it is 10..30 and with its margin 0..40; at 10 s 20..30 and 15..35.
        assert!(!tell(4, 41.0) && !tell(5, 40.0) && !tell(6, 50.0) && !tell(8, 50.0));
        assert!(tell(9, 50.0) && !tell(10, 35.0));
    }

    #[test]
    fn a_band_of_no_width_counts_as_wide_as_it_says() {
        let mut watch = watch();
        for band in &mut watch.bands {
            (band.least_width, band.bands) = (4.0, vec![Band { low: 10.0, middle: 10.0, high: 10.0 }; 2]);
        }
        for secs in 0..10 {
            assert_eq!(watch.observe("a", &sample(secs, 12.0, Quality::Good)), None);
        }
        let mut tell = |secs| watch.observe("a", &sample(secs, 12.1, Quality::Good));
        assert_eq!((tell(0), tell(2)), (None, None));
        assert_eq!(tell(3).as_deref(), Some("a is 12.1 for 3.0 s, outside of the predicted 10.000 to 10.000."));
    }

    #[test]
    fn bad_values_and_the_time_after_the_prediction_say_nothing() {
        let mut watch = watch();
        for secs in 0..10 {
            assert_eq!(watch.observe("a", &sample(secs, 99.0, Quality::parse("bad").expect("bad"))), None);
            assert_eq!(watch.observe("b", &sample(secs, 99.0, Quality::Good)), None);
            assert_eq!(watch.observe("a", &sample(secs + 11, 99.0, Quality::Good)), None);
        }
    }
}
