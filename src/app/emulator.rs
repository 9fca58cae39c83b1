//! The line model playing the plant, on a thread of its own.
//!
//! It first runs through its warm-up at once, so that there is a past to look at, and then keeps
//! pace with the wall clock times its rate. Values are sent when they change, and all of them every
//! few seconds, as a controller with report by exception does.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::domain::quality::Quality;
use crate::domain::signal::{Sample, SignalId};
use crate::domain::source::{EmulatorSpec, SourceKind};
use crate::domain::time::{Span, Timestamp};
use crate::domain::value::Value;
use crate::project::{Problem, Project, Severity};
use crate::simulation::line::{LineConfig, LineModel};
use crate::sources::{Link, Outlet, Stop};

/// Model time before the warm-up: fills belts and tunnel, which takes ten minutes from empty.
pub const RUN_IN_SECS: f64 = 1_800.0;
/// All values are sent at least this often, in plant time.
const HEARTBEAT: Span = Span::from_secs(2);

/// Starts the emulator; it ends with the stop sign. `now` is plant time at the end of the warm-up.
pub fn start(spec: EmulatorSpec, link: Arc<Link>, outlet: Outlet, stop: Stop, now: Timestamp) {
    let failed = Arc::clone(&link);
    let spawned = thread::Builder::new().name("plant".into()).spawn(move || run(&spec, &link, &outlet, &stop, now));
    if let Err(error) = spawned {
        let message =
            format!("The plant emulator could not get a thread ({error}). No values will come. Restart the program.");
        failed.down(now, None, message);
    }
}

/// What is wrong with the variables that a project's emulators are asked for: the project reader does
/// not know the model.
pub fn unknown_variables(project: &Project) -> Vec<Problem> {
    let Ok(model) = LineModel::new(LineConfig::demo(), 0) else { return Vec::new() };
    let known: Vec<&str> = model.variables().iter().map(|variable| variable.name.as_str()).collect();
    let asked = project.sources.iter().filter_map(|source| match &source.kind {
        SourceKind::Emulator(spec) => Some(&spec.signals),
        _ => None,
    });
    let unknown = asked.flatten().filter(|(name, _)| !known.contains(&name.as_str()));
    unknown
        .map(|(name, _)| {
            let near =
                known.iter().max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
            let near = near.copied().unwrap_or_default();
            Problem {
                severity: Severity::Error,
                file: project.files.first().cloned().unwrap_or_default(),
                line: None,
                key: "signal.variable".to_owned(),
                message: format!("expected a variable of the emulated line, found \"{name}\"; is \"{near}\" meant?"),
                meaning: "The signal never has a value.".to_owned(),
                example: format!("variable = \"{near}\""),
            }
        })
        .collect()
}

fn run(spec: &EmulatorSpec, link: &Link, outlet: &Outlet, stop: &Stop, now: Timestamp) {
    let mut plant = match Emulator::new(spec, now) {
        Ok(plant) => plant,
        Err(message) => return link.down(now, None, message),
    };
    let warm_up_began = now - spec.warm_up;
    let mut due = warm_up_began;
    while due <= now && !stop.is_set() {
        for sample in plant.sample(due, due) {
            if outlet.deliver(sample, stop).is_err() {
                return;
            }
        }
        due = due + spec.interval;
    }
    link.up(now);
    let begin = Instant::now();
    let mut samples = Vec::new();
    while !stop.is_set() {
        let elapsed = Span::from(begin.elapsed());
        let plant_now = now + elapsed.scaled(spec.rate);
        while due <= plant_now && !stop.is_set() {
            samples.extend(plant.sample(due, now + elapsed));
            link.publish(&mut samples, None);
            due = due + spec.interval;
        }
        let wait_secs = (due - plant_now).as_secs_f64() / spec.rate.max(1e-3);
        thread::sleep(Duration::from_secs_f64(wait_secs.clamp(0.001, 0.05)));
    }
}

/// The model with its clock set to plant time, and what it said last.
pub struct Emulator {
    model: LineModel,
    /// Plant time at model time zero.
    zero: Timestamp,
    /// Place among the model's variables -> signal.
    wired: Vec<(usize, SignalId)>,
    values: Vec<Value>,
    said: Vec<Option<(Value, Timestamp)>>,
}

impl Emulator {
    /// A line that has run in when its warm-up begins.
    ///
    /// # Errors
    /// In words for the operator, when the model refuses its configuration.
    pub fn new(spec: &EmulatorSpec, now: Timestamp) -> Result<Self, String> {
        let mut model = LineModel::new(LineConfig::demo(), spec.seed)
            .map_err(|error| format!("The plant emulator cannot run: {error}. No values will come. Report this."))?;
        model.run_until(RUN_IN_SECS);
        let zero = now - spec.warm_up - Span::from_secs_f64(RUN_IN_SECS);
        let names = model.variables();
        let wired: Vec<(usize, SignalId)> = spec
            .signals
            .iter()
            .filter_map(|(name, signal)| Some((names.iter().position(|variable| variable.name == *name)?, *signal)))
            .collect();
        let said = vec![None; wired.len()];
        Ok(Self { model, zero, wired, values: Vec::new(), said })
    }

    /// What changed up to plant time `due`, or was not said for a while.
    pub fn sample(&mut self, due: Timestamp, received_time: Timestamp) -> Vec<Sample> {
        self.model.run_until((due - self.zero).as_secs_f64());
        self.model.read(&mut self.values);
        let (values, said) = (&self.values, &mut self.said);
        let changed = self.wired.iter().zip(said).filter_map(|((place, signal), said)| {
            let value = values.get(*place)?;
            let same = said.as_ref().is_some_and(|(before, at)| before == value && due - *at < HEARTBEAT);
            if same {
                return None;
            }
            *said = Some((value.clone(), due));
            Some(Sample {
                signal: *signal,
                source_time: due,
                received_time,
                value: value.clone(),
                quality: Quality::Good,
            })
        });
        changed.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> EmulatorSpec {
        let names = ["Filler/State", "Filler/Speed", "Filler/OutfeedCount", "nonsense"];
        let signals =
            names.iter().enumerate().map(|(index, name)| ((*name).to_owned(), SignalId(index as u32))).collect();
        EmulatorSpec { seed: 7, rate: 1.0, warm_up: Span::from_secs(60), interval: Span::from_millis(500), signals }
    }

    #[test]
    fn a_misspelt_variable_is_told_with_the_near_one() {
        use crate::domain::source::SourceSpec;
        let mut spec = spec();
        spec.signals = vec![("Filler/Sped".to_owned(), SignalId(0)), ("Filler/Speed".to_owned(), SignalId(1))];
        let sources = vec![SourceSpec { name: "plant".into(), kind: SourceKind::Emulator(spec) }];
        let problems = unknown_variables(&Project { sources, ..Project::default() });
        let told: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(
            told,
            ["expected a variable of the emulated line, found \"Filler/Sped\"; is \"Filler/Speed\" meant?"]
        );
    }

    #[test]
    fn values_are_said_when_they_change_and_every_few_seconds() {
        let now = Timestamp::from_millis(1_000_000_000);
        let mut plant = Emulator::new(&spec(), now).unwrap_or_else(|message| panic!("{message}"));
        let mut times = vec![Vec::new(); 4];
        for step in 0..120 {
            let due = now - Span::from_secs(60) + Span::from_millis(step * 500);
            for sample in plant.sample(due, due) {
                times[sample.signal.index()].push(sample.source_time);
            }
        }
        let longest = |times: &[Timestamp]| times.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert!(longest(&times[0]).is_some_and(|gap| gap <= HEARTBEAT), "{:?}", longest(&times[0]));
        assert!(times[0].len() < times[2].len(), "a state changes less often than a counter");
        assert!(times[3].is_empty(), "an unknown variable has no values");
    }
}
