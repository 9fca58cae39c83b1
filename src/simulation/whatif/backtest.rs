//! How far the model can be believed: it is run beside a measured stretch of the past, from the state
//! that was measured then and with the setpoints that were set since.

use std::sync::atomic::AtomicBool;

use super::bands::{Band, bands};
use super::ensemble::{Question, RunError, run_changed};
use super::watch::AlarmWatch;
use crate::domain::history::History;
use crate::domain::scenario::{Change, Credibility, Fit, Scenario, ValidatedRange};
use crate::domain::signal::{Origin, SignalId};
use crate::domain::time::{Span, Timestamp};
use crate::domain::value::ValueKind;
use crate::simulation::line::{LineModel, ObserveError, Observed, ParameterKind};

/// Changes of setpoints that are followed; a setpoint that moves all the time is a controller's.
const MOST_CHANGES: usize = 5000;
const GRID_POINTS: f64 = 240.0;
/// Shortest stretch that says anything [s].
const SHORTEST_SECS: f64 = 60.0;

/// What was measured, and which variable of the model stands for which signal.
#[derive(Clone, Copy, Debug)]
pub struct Measured<'a> {
    pub history: &'a History,
    pub origin: Origin,
    pub wired: &'a [(String, SignalId)],
    /// Values older than this at the start are not used.
    pub max_age: Span,
}

/// Why nothing can be said of the model.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum BacktestError {
    #[error("The stretch is {found} long, expected at least a minute. The model was not checked. Choose a longer one.")]
    TooShort { found: Span },
    #[error("The model cannot start: {0}. It was not checked. Choose a moment at which the plant was connected.")]
    Start(#[from] ObserveError),
    #[error(
        "Setpoints were changed {found} times, more than {MOST_CHANGES}. The model was not checked. Choose a shorter stretch."
    )]
    TooManyChanges { found: usize },
    #[error(transparent)]
    Run(#[from] RunError),
}

impl Measured<'_> {
    /// What was measured last up to a moment, as the state to start from.
    pub fn state_at(&self, at: Timestamp) -> Vec<Observed> {
        let seen = self.wired.iter().filter_map(|(variable, signal)| {
            let point = self.history.at(self.origin, *signal, at)?;
            let (value, quality) = (point.value.clone(), point.quality);
            Some(Observed { variable: variable.clone(), value, quality, age: at - point.time })
        });
        seen.collect()
    }

    fn number_at(&self, signal: SignalId, at: Timestamp) -> Option<f64> {
        let point = self.history.at(self.origin, signal, at)?;
        if point.quality.is_bad() { None } else { point.value.as_f64() }
    }
}

/// Runs `believed`, a line that has run in, from the state at `from` to `to`.
///
/// # Errors
/// When the stretch is too short, its start is not known or the runs fail.
pub fn backtest(
    believed: &LineModel,
    measured: &Measured<'_>,
    (from, to): (Timestamp, Timestamp),
    (runs, seed): (u32, u64),
    threads: usize,
    cancel: &AtomicBool,
) -> Result<Credibility, BacktestError> {
    let horizon = to - from;
    if horizon.as_secs_f64() < SHORTEST_SECS {
        return Err(BacktestError::TooShort { found: horizon });
    }
    let start = believed.observe(&measured.state_at(from), measured.max_age)?.line;
    let (changes, validated) = setpoints(&start, measured, from, to)?;
    let wired: Vec<(usize, SignalId)> = measured
        .wired
        .iter()
        .filter_map(|(name, signal)| {
            let place = start.variables().iter().position(|known| known.name == *name && known.kind != ValueKind::Text);
            Some((place?, *signal))
        })
        .collect();
    let variables: Vec<usize> = wired.iter().map(|(place, _)| *place).collect();
    let grid_secs = (horizon.as_secs_f64() / GRID_POINTS).ceil().max(1.0) as u32;
    let scenario = Scenario { name: "backtest".into(), changes, horizon, runs: runs.max(1), seed };
    let alarms = AlarmWatch::default();
    let question = Question { start: &start, scenario: &scenario, variables: &variables, grid_secs, alarms: &alarms };
    let played = run_changed(&question, threads, cancel)?;
    let fits = wired.iter().enumerate().filter_map(|(index, (place, signal))| {
        let variable = start.variables().get(*place).filter(|variable| !variable.writable)?;
        let series = played.iter().filter_map(|run| run.series.get(index)).map(Vec::as_slice);
        let moments = (0..).map(|step| from + Span::from_secs_f64(f64::from(step) * f64::from(grid_secs)));
        let pairs = bands(series).into_iter().zip(moments);
        let pairs = pairs.filter_map(|(band, at)| Some((band, measured.number_at(*signal, at)?)));
        fit(pairs.skip(1)).map(|fit| Fit { variable: variable.name.clone(), unit: variable.unit.clone(), ..fit })
    });
    Ok(Credibility { span: horizon, signals: fits.collect(), validated })
}

/// How predicted bands and measured values go together; none where nothing was measured.
fn fit(pairs: impl Iterator<Item = (Band, f64)>) -> Option<Fit> {
    let (mut points, mut squares, mut sum, mut inside) = (0_u32, 0.0, 0.0, 0_u32);
    for (band, found) in pairs {
        let error = band.middle - found;
        (points, squares, sum) = (points + 1, squares + error * error, sum + error);
        inside += u32::from((band.low..=band.high).contains(&found));
    }
    let count = f64::from(points);
    (points > 0).then(|| Fit {
        variable: String::new(),
        unit: crate::domain::unit::Unit::none(),
        rmse: (squares / count).sqrt(),
        bias: sum / count,
        coverage: f64::from(inside) / count,
        points,
    })
}

/// What was set in the stretch, and between which values each setpoint was seen.
fn setpoints(
    line: &LineModel,
    measured: &Measured<'_>,
    from: Timestamp,
    to: Timestamp,
) -> Result<(Vec<Change>, Vec<ValidatedRange>), BacktestError> {
    let (mut changes, mut validated) = (Vec::new(), Vec::new());
    for parameter in line.parameters().iter().filter(|parameter| parameter.kind == ParameterKind::Setpoint) {
        let Some((_, signal)) = measured.wired.iter().find(|(name, _)| *name == parameter.name) else { continue };
        let Some(mut last) = measured.number_at(*signal, from) else { continue };
        let (mut low, mut high) = (last, last);
        let (least, most) = parameter.range;
        for point in measured.history.range(measured.origin, *signal, from, to) {
            let Some(value) = point.value.as_f64().filter(|_| !point.quality.is_bad()) else { continue };
            (low, high) = (low.min(value), high.max(value));
            if value != last {
                let (parameter, after) = (parameter.name.clone(), point.time - from);
                changes.push(Change { parameter, to: value.clamp(least, most), after, ramp: Span::ZERO });
                last = value;
            }
        }
        validated.push(ValidatedRange { parameter: parameter.name.clone(), low, high });
    }
    if changes.len() > MOST_CHANGES {
        return Err(BacktestError::TooManyChanges { found: changes.len() });
    }
    Ok((changes, validated))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::history::Retention;
    use crate::domain::quality::Quality;
    use crate::domain::signal::Sample;
    use crate::simulation::line::LineConfig;

    fn line(seed: u64, secs: f64) -> LineModel {
        let mut line = LineModel::new(LineConfig::demo(), seed).expect("the demo line is valid");
        line.run_until(secs);
        line
    }

    /// An hour of a plant that is the model with other chance; its filler is made slower on the way.
    fn hour() -> (History, Vec<(String, SignalId)>) {
        let mut plant = line(99, 4000.0);
        let wired: Vec<_> =
            plant.variables().iter().zip(0..).map(|(known, id)| (known.name.clone(), SignalId(id))).collect();
        let mut history = History::new(Retention::default());
        let mut values = Vec::new();
        for step in 0..=720 {
            if step == 360 {
                plant.set_parameter("Filler/SpeedSetpoint", 540.0).expect("in range");
            }
            plant.read(&mut values);
            let at = Timestamp::default() + Span::from_secs(5 * i64::from(step));
            for (value, (_, signal)) in values.drain(..).zip(&wired) {
                let quality = Quality::Good;
                let sample = Sample { signal: *signal, source_time: at, received_time: at, value, quality };
                history.insert(Origin::Measured, sample);
            }
            plant.run_until(4000.0 + 5.0 * f64::from(step + 1));
        }
        (history, wired)
    }

    fn checked(believed: &LineModel) -> Credibility {
        let (history, wired) = hour();
        let measured =
            Measured { history: &history, origin: Origin::Measured, wired: &wired, max_age: Span::from_secs(10) };
        let stretch = (Timestamp::default(), Timestamp::default() + Span::from_secs(3600));
        backtest(believed, &measured, stretch, (40, 3), 2, &AtomicBool::new(false)).expect("an hour was measured")
    }

    fn fit_of<'a>(credibility: &'a Credibility, name: &str) -> &'a Fit {
        credibility.signals.iter().find(|fit| fit.variable == name).expect("it was measured")
    }

    #[test]
    fn a_true_model_has_the_plant_inside_its_bands_and_a_wrong_one_has_not() {
        let sound = checked(&line(1, 1800.0));
        let counter = fit_of(&sound, "Palletiser/OutfeedCount");
        assert!(counter.coverage > 0.6 && counter.points == 240, "{counter:?}");
        // A model that takes all machines for ones that fail a hundred times less often.
        let mut config = LineConfig::demo();
        config.machines.iter_mut().for_each(|machine| machine.mtbf_min *= 100.0);
        let mut rosy = LineModel::new(config, 1).expect("the line is valid");
        rosy.run_until(1800.0);
        let rosy = checked(&rosy);
        let too_good = fit_of(&rosy, "Palletiser/OutfeedCount");
        assert!(too_good.coverage < 0.5 * counter.coverage, "{too_good:?} {counter:?}");
        assert!(too_good.bias > 0.0 && too_good.rmse > counter.rmse, "{too_good:?} {counter:?}");
    }

    #[test]
    fn setpoints_that_were_seen_are_validated_and_others_are_not() {
        let credibility = checked(&line(1, 1800.0));
        let range = credibility.validated.iter().find(|range| range.parameter == "Filler/SpeedSetpoint");
        assert_eq!(range.map(|range| (range.low, range.high)), Some((540.0, 600.0)));
        let change = |to| Change { parameter: "Filler/SpeedSetpoint".into(), to, after: Span::ZERO, ramp: Span::ZERO };
        assert_eq!(credibility.beyond(&[change(550.0), change(660.0)]), [&change(660.0)]);
    }

    #[test]
    fn figures_of_a_fit_are_those_of_the_definition() {
        let band = |middle| Band { min: 0.0, low: middle - 1.0, middle, high: middle + 1.0, max: 9.0 };
        let found = fit([(band(3.0), 2.0), (band(5.0), 8.0)].into_iter()).expect("two points");
        assert_eq!((found.bias, found.rmse, found.coverage, found.points), (-1.0, 5.0_f64.sqrt(), 0.5, 2));
    }

    #[test]
    fn a_stretch_without_a_start_is_refused_in_words() {
        let measured = Measured {
            history: &History::new(Retention::default()),
            origin: Origin::Measured,
            wired: &[],
            max_age: Span::from_secs(10),
        };
        let until = |secs| (Timestamp::default(), Timestamp::default() + Span::from_secs(secs));
        let check = |secs| backtest(&line(1, 0.0), &measured, until(secs), (4, 1), 1, &AtomicBool::new(false));
        assert_eq!(check(600), Err(BacktestError::Start(ObserveError::NoState)));
        assert_eq!(check(5), Err(BacktestError::TooShort { found: Span::from_secs(5) }));
    }
}
