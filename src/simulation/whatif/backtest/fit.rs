//! How predicted bands and measured values of one signal go together.

use crate::domain::scenario::{Estimate, Fit, HorizonFit, percentile};
use crate::domain::time::Span;
use crate::domain::value::ValueKind;
use crate::simulation::model::Variable;

/// The horizon is looked at in so many equal parts.
pub(super) const PARTS: usize = 4;

/// A counter that grows less is chance itself: the standard deviation of a hundred events that come
/// independently is a tenth of them (Poisson).
const LEAST_GROWTH: f64 = 100.0;

/// What the runs say of one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Forecast {
    mean: f64,
    low: f64,
    high: f64,
}

impl Forecast {
    /// None where no run has a value.
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let (low, high) = (percentile(&sorted, 5.0)?, percentile(&sorted, 95.0)?);
        Some(Self { mean: sorted.iter().sum::<f64>() / sorted.len() as f64, low, high })
    }
}

#[derive(Clone, Copy, Default, Debug)]
struct Sums {
    points: u32,
    errors: f64,
    squares: f64,
    inside: u32,
}

impl Sums {
    fn add(&mut self, forecast: Forecast, found: f64) {
        let error = forecast.mean - found;
        self.points += 1;
        self.errors += error;
        self.squares += error * error;
        self.inside += u32::from((forecast.low..=forecast.high).contains(&found));
    }

    /// None where nothing was measured.
    fn fit(&self, until: Span) -> Option<HorizonFit> {
        let count = f64::from(self.points);
        (self.points > 0).then(|| HorizonFit {
            until,
            rmse: (self.squares / count).sqrt(),
            bias: self.errors / count,
            coverage: f64::from(self.inside) / count,
            points: self.points,
        })
    }
}

/// All that was compared of one signal.
#[derive(Clone, Default, Debug)]
pub(super) struct Tally {
    all: Sums,
    parts: [Sums; PARTS],
    present: Sums,
    /// Of each start.
    of_starts: Vec<HorizonFit>,
    /// Least and greatest measured value, and the sum of all.
    measured: Option<(f64, f64)>,
    sum: f64,
}

impl Tally {
    /// `part` of the horizon, 0..PARTS.
    pub(super) fn add(&mut self, part: usize, forecast: Forecast, found: f64) {
        let parts = self.parts.get_mut(part);
        for sums in parts.into_iter().chain([&mut self.all, &mut self.present]) {
            sums.add(forecast, found);
        }
        let (least, most) = self.measured.unwrap_or((found, found));
        self.measured = Some((least.min(found), most.max(found)));
        self.sum += found;
    }

    pub(super) fn end_start(&mut self) {
        self.of_starts.extend(std::mem::take(&mut self.present).fit(Span::ZERO));
    }

    /// `overlap` says how often each moment of the stretch was run through, at least 1: errors of starts
    /// that share moments are not independent. None where nothing was measured.
    pub(super) fn fit(&self, variable: &Variable, counter: bool, horizon: Span, overlap: f64) -> Option<Fit> {
        let HorizonFit { rmse, bias, coverage, points, .. } = self.all.fit(horizon)?;
        let (least, most) = self.measured?;
        let width = variable.range.map_or(most - least, |(low, high)| high - low);
        let std_error = |of: fn(&HorizonFit) -> f64| {
            let by_start = Estimate::of(self.of_starts.iter().map(of)).filter(|estimate| estimate.runs > 1)?;
            Some(by_start.std_error * overlap.max(1.0).sqrt())
        };
        let scale = if counter { self.sum / f64::from(points) } else { width };
        let parts = self.parts.iter().zip(1..);
        let until = |part: u32| horizon.scaled(f64::from(part) / PARTS as f64);
        Some(Fit {
            variable: variable.name.clone(),
            unit: variable.unit.clone(),
            rmse,
            bias,
            coverage,
            points,
            std_error: std_error(|fit| fit.bias),
            coverage_error: std_error(|fit| fit.coverage),
            scale,
            leading: if counter { scale >= LEAST_GROWTH } else { leading(variable) },
            by_horizon: parts.filter_map(|(sums, part)| sums.fit(until(part))).collect(),
        })
    }
}

/// Levels, temperatures, speeds: what has a natural range. Where a part stands in a motion that repeats is
/// left to chance by the first stop, and nothing depends on it.
fn leading(variable: &Variable) -> bool {
    variable.kind == ValueKind::Real && variable.range.is_some() && !variable.cyclic
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::unit::Unit;

    fn variable(range: Option<(f64, f64)>) -> Variable {
        let (name, kind, unit) = ("Tank/Level".into(), ValueKind::Real, Unit::new("%"));
        Variable { name, kind, unit, range, writable: false, cyclic: false, description: String::new() }
    }

    #[test]
    fn figures_of_a_fit_are_those_of_the_definition() {
        let forecast = |mean| Forecast { mean, low: mean - 1.0, high: mean + 1.0 };
        let mut tally = Tally::default();
        // Errors 1 and -3 in the first and the last part of one start, 1 and 5 in those of another.
        for values in [[(0, 3.0, 2.0), (3, 5.0, 8.0)], [(0, 4.0, 3.0), (3, 9.0, 4.0)]] {
            values.into_iter().for_each(|(part, mean, found)| tally.add(part, forecast(mean), found));
            tally.end_start();
        }
        let horizon = Span::from_secs(400);
        let fit = tally.fit(&variable(None), false, horizon, 1.0).expect("four points");
        assert_eq!((fit.bias, fit.rmse, fit.coverage, fit.points), (1.0, 3.0, 0.5, 4));
        // The starts have mean errors -1 and 3: standard deviation 2 sqrt 2 over sqrt 2.
        assert_eq!((fit.std_error, fit.coverage_error, fit.scale), (Some(2.0), Some(0.0), 6.0));
        let [near, far] = fit.by_horizon.as_slice() else { panic!("two parts, not {:?}", fit.by_horizon) };
        assert_eq!((near.until, near.bias, near.coverage, near.points), (Span::from_secs(100), 1.0, 1.0, 2));
        assert_eq!((far.until, far.bias, far.rmse, far.coverage), (horizon, 1.0, 17.0_f64.sqrt(), 0.0));
    }

    #[test]
    fn what_has_a_range_leads_unless_it_is_a_motion_that_repeats() {
        let fit = |variable: &Variable| {
            let mut tally = Tally::default();
            tally.add(0, Forecast { mean: 1.0, low: 0.0, high: 2.0 }, 3.0);
            tally.end_start();
            tally.fit(variable, false, Span::from_secs(60), 1.0).expect("it was measured").leading
        };
        let level = variable(Some((0.0, 100.0)));
        let travel = Variable { name: "Conveyor1/Travel".into(), cyclic: true, ..level.clone() };
        assert_eq!([fit(&level), fit(&travel), fit(&variable(None))], [true, false, false]);
    }

    #[test]
    fn starts_that_overlap_count_less_and_one_alone_says_nothing_of_chance() {
        let mut tally = Tally::default();
        let forecast = Forecast::of([1.0, 2.0, 3.0].into_iter()).expect("three runs");
        assert_eq!((forecast.mean, forecast.low, forecast.high), (2.0, 1.1, 2.9));
        tally.add(0, forecast, 2.0);
        tally.end_start();
        let fit = |tally: &Tally, overlap| {
            tally.fit(&variable(Some((0.0, 100.0))), false, Span::from_secs(60), overlap).expect("it was measured")
        };
        assert_eq!((fit(&tally, 1.0).std_error, fit(&tally, 1.0).scale), (None, 100.0));
        tally.add(0, forecast, 4.0);
        tally.end_start();
        assert_eq!((fit(&tally, 1.0).std_error, fit(&tally, 4.0).std_error), (Some(1.0), Some(2.0)));
    }
}
