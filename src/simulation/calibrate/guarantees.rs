//! What holds for a fit: true values are found again, within what chance allows.

use std::sync::atomic::AtomicBool;

use super::*;
use crate::domain::calibration::FittedParameter;
use crate::domain::history::{History, Retention};
use crate::domain::quality::Quality;
use crate::domain::signal::{Origin, Sample, SignalId};
use crate::domain::unit::Unit;
use crate::domain::value::{Value, ValueKind};
use crate::simulation::line::{LineConfig, LineModel};
use crate::simulation::model::{Figure, Observation, Observed, Parameter, ParameterKind, Variable};
use crate::simulation::units::UnitsModel;

const SHIFT_SECS: u32 = 8 * 3600;

fn line(seed: u64, secs: f64) -> LineModel {
    let mut line = LineModel::new(LineConfig::demo(), seed).expect("the demo line is valid");
    line.run_until(secs);
    line
}

/// What a plant does, seen every three seconds.
fn recorded(mut plant: Box<dyn Model>, secs: u32) -> (History, Vec<(String, SignalId)>) {
    let wired: Vec<_> =
        plant.variables().iter().zip(0..).map(|(known, id)| (known.name.clone(), SignalId(id))).collect();
    let mut history = History::new(Retention { span: Span::MAX, points: usize::MAX });
    let begin_secs = plant.time_secs();
    for secs in (0..=secs).step_by(3) {
        plant.run_until(begin_secs + f64::from(secs)).expect("the plant runs");
        let at = Timestamp::default() + Span::from_secs(secs.into());
        for (place, (_, signal)) in wired.iter().enumerate() {
            let Some(value) = plant.value(place) else { continue };
            if history.latest(Origin::Measured, *signal).is_some_and(|last| last.value == value) && secs > 0 {
                continue;
            }
            let quality = Quality::Good;
            let sample = Sample { signal: *signal, source_time: at, received_time: at, value, quality };
            history.insert(Origin::Measured, sample);
        }
    }
    (history, wired)
}

fn task(names: &[&str], secs: u32, runs: u32) -> Task {
    let parameters = names.iter().map(|name| Wanted { name: (*name).to_owned(), range: None }).collect();
    let from = Timestamp::default();
    Task { from, to: from + Span::from_secs(secs.into()), parameters, runs, seed: 7, budget: 5000 }
}

fn fitted(
    believed: &dyn Model,
    (history, wired): &(History, Vec<(String, SignalId)>),
    task: &Task,
    threads: usize,
) -> Fitted {
    let measured = Measured { history, origin: Origin::Measured, wired, max_age: Span::MAX };
    calibrate(believed, &measured, task, threads, &AtomicBool::new(false), |_, _| ()).expect("the window was measured")
}

fn parameter<'a>(fitted: &'a Fitted, name: &str) -> &'a FittedParameter {
    fitted.calibration.parameters.iter().find(|parameter| parameter.name == name).expect("it was wanted")
}

/// How often a machine failed in the record.
fn failures((history, wired): &(History, Vec<(String, SignalId)>), machine: &str) -> f64 {
    let (_, signal) = wired.iter().find(|(name, _)| *name == format!("{machine}/Fault")).expect("it is wired");
    let points = history.range(Origin::Measured, *signal, Timestamp::MIN, Timestamp::MAX);
    points.filter(|point| point.value != Value::text("")).count() as f64
}

/// A time between failures known from N failures has a relative standard error of 1/sqrt(N), that of a
/// Poisson count, and so has a reject fraction from N rejects.
#[test]
fn a_shift_of_another_line_gives_its_parameters_as_well_as_its_failures_can_tell() {
    let mut plant = line(100, 4000.0);
    let truth = [("Filler/MtbfFactor", 0.6), ("Capper/RejectFraction", 0.006)];
    for (name, value) in truth {
        plant.set_parameter(name, value).expect("in range");
    }
    let record = recorded(Box::new(plant), SHIFT_SECS);
    let names = truth.map(|(name, _)| name);
    let found = fitted(&line(1, 1800.0), &record, &task(&names, SHIFT_SECS, 8), 2);
    let rejects = 8.0 * 36_000.0 * 0.5 * 0.006;
    for ((name, value), events) in truth.into_iter().zip([failures(&record, "Filler"), rejects]) {
        let fitted = parameter(&found, name);
        let error = fitted.std_error.expect("a shift tells of it");
        assert!((fitted.value / value).ln().abs() < 3.0 / events.sqrt(), "{fitted:?}, {events} events");
        assert!((fitted.value - value).abs() < 3.0 * error, "{fitted:?}");
        assert!(error / fitted.value < 2.0 / events.sqrt(), "{fitted:?}, {events} events");
    }
    let (before, after) = found.calibration.misfit;
    assert!(after < 0.2 * before, "{before} {after}");
    assert_eq!(found.statistics.first().map(|one| one.name.as_str()), Some("Capper/RejectCount, growth per hour"));
}

#[test]
fn the_same_seed_gives_the_same_fit_to_the_last_bit_whatever_the_number_of_threads() {
    let mut plant = line(5, 4000.0);
    plant.set_parameter("Capper/RejectFraction", 0.02).expect("in range");
    let record = recorded(Box::new(plant), 1800);
    let task = task(&["Capper/RejectFraction", "Rinser/RejectFraction"], 1800, 6);
    let believed = line(1, 1800.0);
    let found = fitted(&believed, &record, &task, 1);
    assert!(parameter(&found, "Capper/RejectFraction").std_error.is_some(), "{found:?}");
    assert_eq!(found, fitted(&believed, &record, &task, 3));
    assert_ne!(found, fitted(&believed, &record, &Task { seed: 8, ..task }, 3));
}

/// `Level` follows `Gain` times `Input` with the time constant `Lag`, exactly.
#[derive(Clone)]
struct FirstOrder {
    variables: Vec<Variable>,
    parameters: Vec<Parameter>,
    /// In the order of the parameters: input, gain, lag, and one that does nothing.
    values: [f64; 4],
    level: f64,
    now_secs: f64,
}

impl FirstOrder {
    fn new(gain: f64, lag: f64) -> Self {
        let (unit, description) = (Unit::none(), String::new());
        let variable = |(name, writable): (&str, bool)| {
            let (name, unit, description) = (name.to_owned(), unit.clone(), description.clone());
            Variable { name, kind: ValueKind::Real, unit, range: None, writable, cyclic: false, description }
        };
        let parameter = |(name, kind): (&str, ParameterKind)| {
            let (name, unit, description) = (name.to_owned(), unit.clone(), description.clone());
            Parameter { name, kind, unit, range: (0.001, 1000.0), initial: 1.0, description }
        };
        let (set, own) = (ParameterKind::Setpoint, ParameterKind::Model);
        Self {
            variables: [("Level", false), ("Input", true)].map(variable).into(),
            parameters: [("Input", set), ("Gain", own), ("Lag", own), ("Colour", own)].map(parameter).into(),
            values: [1.0, gain, lag, 1.0],
            level: 0.5,
            now_secs: 0.0,
        }
    }
}

impl Model for FirstOrder {
    fn variables(&self) -> &[Variable] {
        &self.variables
    }

    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn value(&self, place: usize) -> Option<Value> {
        [self.level, self.values[0]].get(place).copied().and_then(Value::real)
    }

    fn parameter(&self, name: &str) -> Option<f64> {
        Some(self.values[self.parameters.iter().position(|known| known.name == name)?])
    }

    fn set_parameter(&mut self, name: &str, value: f64) -> Result<(), ModelError> {
        let place = self.parameters.iter().position(|known| known.name == name);
        self.values[place.expect("the tests name what there is")] = value;
        Ok(())
    }

    fn time_secs(&self) -> f64 {
        self.now_secs
    }

    fn run_until(&mut self, time_secs: f64) -> Result<(), ModelError> {
        let [input, gain, lag, _] = self.values;
        self.level += (gain * input - self.level) * -((self.now_secs - time_secs) / lag).exp_m1();
        self.now_secs = time_secs;
        Ok(())
    }

    fn fork(&self) -> Result<Box<dyn Model>, ModelError> {
        Ok(Box::new(self.clone()))
    }

    fn has_chance(&self) -> bool {
        false
    }

    fn reseed(&mut self, _: u64) {}

    fn observe(&self, seen: &[Observed], _: Span) -> Result<Observation<Box<dyn Model>>, ModelError> {
        let mut model = self.clone();
        for seen in seen {
            let value = seen.value.as_f64().expect("both are numbers");
            *(if seen.variable == "Level" { &mut model.level } else { &mut model.values[0] }) = value;
        }
        Ok(Observation { model: Box::new(model), taken: seen.len(), estimated: Vec::new(), settled: Vec::new() })
    }

    fn figures(&self) -> Vec<Figure> {
        Vec::new()
    }

    fn begin_period(&mut self) {}

    fn period(&self) -> Vec<Option<f64>> {
        Vec::new()
    }
}

/// A quarter of an hour in which the input is set to 4 after 300 s.
fn measured_first_order() -> (History, Vec<(String, SignalId)>) {
    let (first, mut wired) = recorded(Box::new(FirstOrder::new(2.5, 90.0)), 300);
    let mut plant = FirstOrder::new(2.5, 90.0);
    plant.run_until(300.0).expect("it runs");
    plant.values[0] = 4.0;
    let (second, _) = recorded(Box::new(plant), 600);
    let mut history = first;
    for (_, signal) in &wired {
        for point in second.range(Origin::Measured, *signal, Timestamp::MIN, Timestamp::MAX) {
            let at = point.time + Span::from_secs(300);
            let (value, quality) = (point.value.clone(), point.quality);
            let sample = Sample { signal: *signal, source_time: at, received_time: at, value, quality };
            history.insert(Origin::Measured, sample);
        }
    }
    wired.push(("Nothing of the model".into(), SignalId(9)));
    (history, wired)
}

#[test]
fn a_model_without_chance_is_found_again_to_one_percent_and_what_does_nothing_is_left_alone() {
    let task = task(&["Gain", "Colour", "Lag"], 900, 16);
    let found = fitted(&FirstOrder::new(1.0, 30.0), &measured_first_order(), &task, 2);
    for (name, truth) in [("Gain", 2.5), ("Lag", 90.0)] {
        let fitted = parameter(&found, name);
        assert!((fitted.value / truth - 1.0).abs() < 0.01, "{fitted:?}");
        assert!(fitted.std_error.is_some_and(|error| error < 0.01 * truth), "{fitted:?}");
    }
    let colour = parameter(&found, "Colour");
    assert_eq!((colour.value, colour.std_error), (1.0, None));
    let expected = "Colour: the window says nothing of it. It stays at 1. Fit it to a longer window.";
    assert_eq!(found.calibration.doubts, [expected]);
    let mut model = FirstOrder::new(1.0, 30.0);
    apply(&found.calibration, &mut model).expect("the model has them");
    assert_eq!(model.parameter("Gain"), Some(parameter(&found, "Gain").value));
}

/// The skid of the project that people begin with. Where its outlet valve is taken for half as large again,
/// the pump is at its end: a slope over such a width says nothing of how the plant runs.
#[test]
fn a_plant_with_little_chance_is_looked_at_from_near() {
    const SKID: &str = include_str!("../../project/starter/units/skid.toml");
    let skid = |seed, kv: f64| {
        let mut skid = UnitsModel::from_toml(SKID, seed).expect("the skid is sound");
        skid.set_parameter("OutletValve/Kv", kv).expect("in range");
        skid
    };
    let record = recorded(Box::new(skid(7, 13.2)), 1800);
    let found = fitted(&skid(1, 15.0), &record, &task(&["OutletValve/Kv"], 1800, 4), 2);
    let kv = parameter(&found, "OutletValve/Kv");
    let error = kv.std_error.expect("the window tells of it");
    assert!((kv.value - 13.2).abs() < 4.0 * error && error < 0.1, "{kv:?}");
}

#[test]
fn a_value_outside_its_range_is_told_to_lie_at_the_end() {
    let mut task = task(&["Gain"], 900, 16);
    task.parameters[0].range = Some((0.5, 2.0));
    let found = fitted(&FirstOrder::new(1.0, 90.0), &measured_first_order(), &task, 1);
    assert_eq!(parameter(&found, "Gain").value, 2.0);
    assert!(parameter(&found, "Gain").at_bound());
    assert!(found.calibration.doubts[0].contains("lies at an end of 0.5 to 2"), "{found:?}");
}

#[test]
fn what_cannot_be_fitted_is_refused_in_words() {
    let (history, wired) = measured_first_order();
    let measured = Measured { history: &history, origin: Origin::Measured, wired: &wired, max_age: Span::MAX };
    let refusal = |task: &Task, cancelled: bool| {
        let cancel = AtomicBool::new(cancelled);
        calibrate(&FirstOrder::new(1.0, 30.0), &measured, task, 1, &cancel, |_, _| ()).expect_err("it cannot be done")
    };
    let sound = task(&["Gain"], 900, 4);
    let short = Task { to: sound.from + Span::from_secs(5), ..sound.clone() };
    assert_eq!(refusal(&short, false), CalibrateError::TooShort { found: Span::from_secs(5) });
    assert_eq!(refusal(&task(&[], 900, 4), false), CalibrateError::ParameterCount { found: 0 });
    assert_eq!(refusal(&task(&["Gain", "Gain"], 900, 4), false), CalibrateError::Twice { name: "Gain".into() });
    assert!(matches!(refusal(&task(&["Gian"], 900, 4), false), CalibrateError::Unknown(_)));
    assert_eq!(refusal(&Task { budget: 3, ..sound.clone() }, false), CalibrateError::Budget { needed: 9, found: 3 });
    assert_eq!(refusal(&sound, true), CalibrateError::Cancelled);
    let later = Timestamp::default() - Span::from_secs(9000);
    let before_all = Task { from: later, to: later + Span::from_secs(900), ..sound };
    assert_eq!(refusal(&before_all, false), CalibrateError::NothingMeasured);
}
