//! How honest standard errors are: over many shifts with other chance, true values lie within them as often as
//! they should, and what is found is right on average.
//!
//! The plant is one machine, small enough for twenty shifts in a test: it fails after exponential times, is
//! repaired in lognormal times, and throws out a part of what it makes.

use std::sync::atomic::AtomicBool;

use super::*;
use crate::domain::history::{History, Retention};
use crate::domain::quality::Quality;
use crate::domain::scenario::Estimate;
use crate::domain::signal::{Origin, Sample, SignalId};
use crate::domain::unit::Unit;
use crate::domain::value::{Value, ValueKind};
use crate::simulation::model::{Figure, Observation, Observed, Parameter, ParameterKind, Variable};
use crate::simulation::random::Stream;

const SHIFT_SECS: u32 = 8 * 3_600;
/// 95 of 100 values of a normal distribution lie within so many standard deviations.
const WITHIN: f64 = 1.96;
const ITEM_SECS: f64 = 4.0;
const REPAIR_SIGMA: f64 = 0.4;

/// The machine. Its chance has a stream for each cause, as the line has.
#[derive(Clone)]
struct Machine {
    variables: Vec<Variable>,
    parameters: Vec<Parameter>,
    /// Mean time between failures and mean time of repairs [s], part of the items that is thrown out.
    values: [f64; 3],
    failures: Stream,
    repairs: Stream,
    rejects: Stream,
    /// What is left of the time to the next failure, in mean times; none while it is repaired.
    life_left: f64,
    repair_left_secs: Option<f64>,
    made: f64,
    counts: [i64; 2],
    now_secs: f64,
}

impl Machine {
    fn new(seed: u64) -> Self {
        let variable = |(name, kind): (&str, ValueKind)| Variable {
            name: name.to_owned(),
            kind,
            unit: Unit::none(),
            range: None,
            writable: false,
            cyclic: false,
            description: String::new(),
        };
        let parameter = |(name, initial): (&str, f64)| Parameter {
            name: name.to_owned(),
            kind: ParameterKind::Model,
            unit: Unit::none(),
            range: (1e-6, 1e6),
            initial,
            description: String::new(),
        };
        let (values, counted) = ([700.0, 60.0, 0.01], ValueKind::Int);
        let mut machine = Self {
            variables: [("Fault", ValueKind::Text), ("Made", counted), ("Rejected", counted)].map(variable).into(),
            parameters: [("Mtbf", values[0]), ("Repair", values[1]), ("Reject", values[2])].map(parameter).into(),
            values,
            failures: Stream::new(seed, 0),
            repairs: Stream::new(seed, 1),
            rejects: Stream::new(seed, 2),
            life_left: 0.0,
            repair_left_secs: None,
            made: 0.0,
            counts: [0; 2],
            now_secs: 0.0,
        };
        machine.life_left = machine.failures.exponential();
        machine
    }

    /// A repair that is met at some moment: longer ones are met more often (Feller 1971, vol. 2, VI.7).
    fn rest_of_repair_secs(&mut self) -> f64 {
        let mean_secs = self.values[1] * (REPAIR_SIGMA * REPAIR_SIGMA).exp();
        self.repairs.lognormal(mean_secs, REPAIR_SIGMA) * self.repairs.uniform()
    }
}

impl Model for Machine {
    fn variables(&self) -> &[Variable] {
        &self.variables
    }

    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn value(&self, place: usize) -> Option<Value> {
        match place {
            0 => Some(Value::text(if self.repair_left_secs.is_some() { "jam" } else { "" })),
            _ => self.counts.get(place - 1).copied().map(Value::Int),
        }
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
        let [mtbf_secs, repair_secs, reject] = self.values;
        while self.now_secs < time_secs {
            let left_secs = time_secs - self.now_secs;
            if let Some(repair_left_secs) = self.repair_left_secs {
                let passed_secs = left_secs.min(repair_left_secs);
                self.now_secs += passed_secs;
                self.repair_left_secs = (passed_secs < repair_left_secs).then_some(repair_left_secs - passed_secs);
                continue;
            }
            let runs_secs = left_secs.min(self.life_left * mtbf_secs);
            self.made += runs_secs / ITEM_SECS;
            let whole = self.made.floor();
            self.made -= whole;
            self.counts[0] += whole as i64;
            self.counts[1] += i64::from(self.rejects.binomial(whole as u32, reject));
            self.life_left -= runs_secs / mtbf_secs;
            self.now_secs += runs_secs;
            if runs_secs < left_secs {
                self.life_left = self.failures.exponential();
                self.repair_left_secs = Some(self.repairs.lognormal(repair_secs, REPAIR_SIGMA));
            }
        }
        Ok(())
    }

    fn fork(&self) -> Result<Box<dyn Model>, ModelError> {
        Ok(Box::new(self.clone()))
    }

    fn has_chance(&self) -> bool {
        true
    }

    fn reseed(&mut self, seed: u64) {
        (self.failures, self.repairs) = (Stream::new(seed, 0), Stream::new(seed, 1));
        self.rejects = Stream::new(seed, 2);
        self.life_left = self.failures.exponential();
        if self.repair_left_secs.is_some() {
            self.repair_left_secs = Some(self.rest_of_repair_secs());
        }
    }

    fn observe(&self, seen: &[Observed], _: Span) -> Result<Observation<Box<dyn Model>>, ModelError> {
        let mut model = self.clone();
        for Observed { variable, value, .. } in seen {
            match (variable.as_str(), value) {
                ("Fault", Value::Text(text)) if text.is_empty() => model.repair_left_secs = None,
                ("Fault", _) => model.repair_left_secs = Some(model.rest_of_repair_secs()),
                ("Made", Value::Int(count)) => model.counts[0] = *count,
                (_, Value::Int(count)) => model.counts[1] = *count,
                _ => {}
            }
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

/// What a plant does in a shift, seen every three seconds.
fn recorded(plant: &mut dyn Model) -> (History, Vec<(String, SignalId)>) {
    let wired: Vec<_> =
        plant.variables().iter().zip(0..).map(|(known, id)| (known.name.clone(), SignalId(id))).collect();
    let mut history = History::new(Retention { span: Span::MAX, points: usize::MAX });
    let mut said: Vec<Option<Value>> = vec![None; wired.len()];
    let begin_secs = plant.time_secs();
    for secs in (0..=SHIFT_SECS).step_by(3) {
        plant.run_until(begin_secs + f64::from(secs)).expect("the plant runs");
        let at = Timestamp::default() + Span::from_secs(secs.into());
        for ((place, (_, signal)), said) in wired.iter().enumerate().zip(&mut said) {
            let value = plant.value(place);
            if let Some(value) = value.clone().filter(|value| said.as_ref() != Some(value)) {
                let (signal, quality) = (*signal, Quality::Good);
                history.insert(Origin::Measured, Sample { signal, source_time: at, received_time: at, value, quality });
            }
            *said = value;
        }
    }
    (history, wired)
}

/// Fits to the shifts of plants with these parameters.
struct Study<'a> {
    truth: &'a [(&'a str, f64)],
    /// Errors of each fit in its standard errors, and relative ones, by parameter.
    found: Vec<Vec<(f64, f64)>>,
    shifts: u64,
}

impl<'a> Study<'a> {
    /// `plant` makes the plant of a seed, which has run in.
    fn new(
        truth: &'a [(&'a str, f64)],
        (shifts, runs): (u64, u32),
        believed: &dyn Model,
        plant: impl Fn(u64) -> Box<dyn Model>,
    ) -> Self {
        let mut found = vec![Vec::new(); truth.len()];
        for seed in 0..shifts {
            let mut plant = plant(1_000 + seed);
            for (name, value) in truth {
                plant.set_parameter(name, *value).expect("in range");
            }
            let (history, wired) = recorded(plant.as_mut());
            let measured = Measured { history: &history, origin: Origin::Measured, wired: &wired, max_age: Span::MAX };
            let parameters = truth.iter().map(|(name, _)| Wanted { name: (*name).to_owned(), range: None }).collect();
            let (from, to) = (Timestamp::default(), Timestamp::default() + Span::from_secs(SHIFT_SECS.into()));
            let task = Task { from, to, parameters, runs, seed, budget: 5_000 };
            let fitted = calibrate(believed, &measured, &task, 2, &AtomicBool::new(false), |_, _| ());
            let fitted = fitted.expect("the shift was measured").calibration;
            for ((parameter, (_, value)), found) in fitted.parameters.iter().zip(truth).zip(&mut found) {
                let error = parameter.std_error.expect("a shift tells of it");
                found.push(((parameter.value - value) / error, parameter.value / value - 1.0));
            }
        }
        let study = Self { truth, found, shifts };
        study.tell();
        study
    }

    fn tell(&self) {
        for ((name, value), found) in self.truth.iter().zip(&self.found) {
            let mean = Estimate::of(found.iter().map(|(_, relative)| *relative)).expect("shifts");
            println!(
                "{name} = {value}: {} of {} within {WITHIN} standard errors; spread {:.2} of them; \
                 {:+.2} % ± {:.2} % off on average",
                Self::inside(found),
                self.shifts,
                Self::spread(found),
                100.0 * mean.mean,
                100.0 * mean.std_error,
            );
        }
    }

    fn inside(found: &[(f64, f64)]) -> usize {
        found.iter().filter(|(errors, _)| errors.abs() <= WITHIN).count()
    }

    /// Root of the mean squared error, in standard errors: 1 where these are honest.
    fn spread(found: &[(f64, f64)]) -> f64 {
        (found.iter().map(|(errors, _)| errors * errors).sum::<f64>() / found.len() as f64).sqrt()
    }

    /// Intervals of 95 % hold the truth in 85 to 100 % of twenty shifts (fewer come of honest ones once in
    /// sixty studies), errors are neither half nor twice what is stated, and the mean is right within three
    /// of its own standard errors.
    fn is_honest(&self) {
        for ((name, _), found) in self.truth.iter().zip(&self.found) {
            let part = Self::inside(found) as f64 / self.shifts as f64;
            assert!(part >= 0.85, "{name}: {part} of the intervals hold the truth");
            let spread = Self::spread(found);
            assert!((0.5..2.0).contains(&spread), "{name}: errors are {spread} of what is stated");
            let mean = Estimate::of(found.iter().map(|(_, relative)| *relative)).expect("shifts");
            assert!(mean.mean.abs() <= 3.0 * mean.std_error, "{name}: {} ± {} off", mean.mean, mean.std_error);
        }
    }
}

#[test]
fn true_values_lie_within_their_standard_errors_as_often_as_they_should() {
    let truth = [("Mtbf", 500.0), ("Repair", 80.0), ("Reject", 0.015)];
    let plant = |seed| -> Box<dyn Model> {
        let mut plant = Machine::new(seed);
        plant.run_until(3_600.0).expect("it runs");
        Box::new(plant)
    };
    Study::new(&truth, (20, 8), &Machine::new(1), plant).is_honest();
}
