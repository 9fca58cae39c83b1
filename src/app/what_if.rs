//! Asking the simulated copy: what may be asked, the run on a thread of its own, and the answer on
//! the timeline. Nothing here reaches the plant.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use bevy::prelude::*;

use super::emulator::RUN_IN_SECS;
use super::notices::Notices;
use super::plant::Plant;
use super::wall_now;
use crate::domain::alarm::{AlarmBook, AlarmRule};
use crate::domain::asset::{AssetId, AssetTree};
use crate::domain::notice::NoticeLevel;
use crate::domain::scenario::Scenario;
use crate::domain::signal::{Origin, Sample, SignalId};
use crate::domain::source::{EmulatorSpec, SourceKind};
use crate::domain::time::{Span, Timestamp};
use crate::domain::what_if::{Answer, Askable, Asking};
use crate::project::Project;
use crate::simulation::line::{LineConfig, LineModel, Observed, ParameterKind};
use crate::simulation::whatif::{self, AlarmWatch, Question};

/// Where the two sides of an answer lie in the history.
const BASELINE: u32 = 1;
const CHANGED: u32 = 2;
/// An older value says nothing about now.
const FRESH: Span = Span::from_secs(60);
/// What is shown as the present value of a parameter follows the plant so often.
const REFRESH_SECS: f32 = 0.5;

/// What may be asked of the copy, and how the last question stands.
#[derive(Resource, Default)]
pub struct WhatIf {
    /// Variable of the model -> signal.
    wired: Vec<(String, SignalId)>,
    pub askable: Vec<Askable>,
    pub asking: Asking,
    pub answer: Option<Answer>,
    work: Option<Work>,
    refresh_in_secs: f32,
}

/// A question that is being worked on.
struct Work {
    cancel: Arc<AtomicBool>,
    progress: Arc<Mutex<f32>>,
    found: Arc<Mutex<Option<Result<Found, String>>>>,
}

struct Found {
    answer: Answer,
    baseline: Vec<Sample>,
    changed: Vec<Sample>,
}

/// All that the thread needs.
struct Task {
    observed: Vec<Observed>,
    wired: Vec<(String, SignalId)>,
    rules: Vec<AlarmRule>,
    assets: AssetTree,
    scenario: Scenario,
    started: Timestamp,
}

/// The model of a project: the line that its emulator plays, as the twin believes it to be.
pub fn model_of(project: &Project) -> Option<EmulatorSpec> {
    project.sources.iter().find_map(|source| match &source.kind {
        SourceKind::Emulator(spec) => Some(spec.clone()),
        _ => None,
    })
}

impl WhatIf {
    /// Of a project whose plant has a model; without one there is nothing to ask.
    pub fn new(model: Option<&EmulatorSpec>, project: &Project) -> Self {
        let Some((spec, line)) = model.and_then(|spec| Some((spec, believed().ok()?))) else { return Self::default() };
        let signal_of = |name: &str| spec.signals.iter().find(|(other, _)| other == name).map(|(_, signal)| *signal);
        let owner = |signal: SignalId| project.assets.iter().find(|(_, asset)| asset.signals.contains(&signal));
        // A property of the model alone belongs to the machine that its name begins with.
        let machine = |name: &str| {
            let head = name.split('/').next()?;
            let mut signals = spec.signals.iter().filter(|(other, _)| other.split('/').next() == Some(head));
            signals.find_map(|(_, signal)| owner(*signal)).map(|(asset, _)| asset)
        };
        let askable = line.parameters().iter().map(|parameter| {
            let signal = signal_of(&parameter.name);
            let asset: Option<AssetId> =
                signal.and_then(owner).map(|(asset, _)| asset).or_else(|| machine(&parameter.name));
            let limits = signal.and_then(|signal| project.setpoints.iter().find(|known| known.signal == signal));
            let (low, high) = parameter.range;
            Askable {
                name: parameter.name.clone(),
                signal,
                asset,
                unit: parameter.unit.clone(),
                range: limits.map_or((low, high), |known| (known.min.max(low), known.max.min(high))),
                step: limits.and_then(|known| known.step),
                value: parameter.initial,
                description: parameter.description.clone(),
                in_plant: parameter.kind == ParameterKind::Setpoint,
            }
        });
        Self { askable: askable.collect(), wired: spec.signals.clone(), ..Self::default() }
    }

    /// Begins to work on a question from the moment of the playhead.
    ///
    /// # Errors
    /// In words, when there is no model, nothing is known of that moment, or no thread is to be had.
    pub fn ask(&mut self, scenario: Scenario, plant: &Plant) -> Result<(), String> {
        if self.askable.is_empty() {
            return Err("This project has no model to ask.".to_owned());
        }
        self.cancel();
        let (origin, started) = asked_from(plant);
        let observed = self.wired.iter().filter_map(|(variable, signal)| {
            let point = plant.history.at(origin, *signal, started)?;
            let age = started - point.time;
            Some(Observed { variable: variable.clone(), value: point.value.clone(), quality: point.quality, age })
        });
        let task = Task {
            observed: observed.collect(),
            wired: self.wired.clone(),
            rules: plant.project.alarms.clone(),
            assets: plant.project.assets.clone(),
            scenario,
            started,
        };
        let cancel = Arc::new(AtomicBool::new(false));
        let work = Work { cancel: cancel.clone(), progress: Arc::default(), found: Arc::default() };
        let (progress, found) = (work.progress.clone(), work.found.clone());
        let run = move || {
            let result = answer(&task, &cancel, |done| *lock(&progress) = done);
            *lock(&found) = Some(result);
        };
        thread::Builder::new()
            .name("what-if".to_owned())
            .spawn(run)
            .map_err(|error| format!("The simulation got no thread ({error}). Close other programs and try again."))?;
        self.work = Some(work);
        self.asking = Asking::Running(0.0);
        Ok(())
    }

    pub fn cancel(&mut self) {
        self.work = None;
        self.asking = Asking::Idle;
    }

    /// Takes in how the work goes; true when it has brought an answer, whose two histories are then
    /// on the plant's timeline.
    pub fn take_found(&mut self, plant: &mut Plant) -> bool {
        let Some(work) = &self.work else { return false };
        let (done, found) = (*lock(&work.progress), lock(&work.found).take());
        let Some(result) = found else {
            self.asking = Asking::Running(done);
            return false;
        };
        self.work = None;
        match result {
            Ok(Found { answer, baseline, changed }) => {
                plant.take_simulated(BASELINE, baseline);
                plant.take_simulated(CHANGED, changed);
                self.answer = Some(answer);
                self.asking = Asking::Idle;
                true
            }
            Err(words) => {
                self.asking = Asking::Failed(words);
                false
            }
        }
    }

    /// What a simulated side is called.
    pub fn name_of(&self, origin: Origin) -> &str {
        match &self.answer {
            Some(answer) if answer.changed == origin => &answer.scenario.name,
            _ => "what happens without",
        }
    }

    /// Drops the answer and its histories.
    pub fn forget(&mut self, plant: &mut Plant) {
        self.answer = None;
        plant.forget_simulated();
    }

    fn refresh(&mut self, plant: &Plant, step_secs: f32) {
        self.refresh_in_secs -= step_secs;
        if self.refresh_in_secs > 0.0 {
            return;
        }
        self.refresh_in_secs = REFRESH_SECS;
        let (origin, moment) = asked_from(plant);
        for askable in &mut self.askable {
            let point = askable.signal.and_then(|signal| plant.history.at(origin, signal, moment));
            if let Some(value) = point.and_then(|point| point.value.as_f64()) {
                askable.value = value;
            }
        }
    }
}

/// Where a question begins: at the playhead, or in the present where that is in a simulated run.
fn asked_from(plant: &Plant) -> (Origin, Timestamp) {
    match plant.playhead().origin() {
        Origin::Simulated(_) | Origin::Predicted(_) => (Origin::Measured, plant.now(wall_now())),
        origin => (origin, plant.playhead().moment()),
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}

/// Follows the plant and the work, and tells when there is an answer.
pub fn attend(
    time: Res<Time<Real>>,
    mut what_if: ResMut<WhatIf>,
    mut plant: ResMut<Plant>,
    mut notices: ResMut<Notices>,
) {
    if what_if.askable.is_empty() {
        return;
    }
    what_if.refresh(&plant, time.delta_secs());
    if what_if.take_found(&mut plant)
        && let Some(answer) = &what_if.answer
    {
        let Scenario { name, horizon, .. } = &answer.scenario;
        let what = format!("\"{name}\" was simulated for {horizon}.");
        let meaning = "The answer is in the What if tab; nothing was changed in the plant.";
        notices.tell(wall_now(), NoticeLevel::Info, what, meaning, "");
    }
}

/// The line as the twin believes it to be, empty.
fn believed() -> Result<LineModel, String> {
    LineModel::new(LineConfig::demo(), 0).map_err(|error| format!("The model cannot run: {error}. Report this."))
}

fn answer(task: &Task, cancel: &AtomicBool, mut tell: impl FnMut(f32)) -> Result<Found, String> {
    let mut line = believed()?;
    line.run_until(RUN_IN_SECS);
    let seen = line.observe(&task.observed, FRESH).map_err(|error| {
        format!("There is no answer: {error}. Wait until the plant is connected, or go to a moment with values.")
    })?;
    let alarms = AlarmWatch::new(&seen.line, &task.wired, &task.rules);
    let question =
        Question { start: &seen.line, scenario: &task.scenario, variables: &[], grid_secs: 1, alarms: &alarms };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let runs = task.scenario.runs.max(1) as f32;
    let pairs = whatif::run(&question, threads, cancel, |done, _| tell(done as f32 / runs));
    let pairs = pairs.map_err(|error| error.to_string())?;
    let path = |rule: &AlarmRule| Some(task.assets.get(rule.asset?)?.path.clone());
    let outcome = whatif::summarise(&question, &pairs, path).ok_or("The simulation gave no run.")?;
    let record = |changed| {
        let run = outcome.representative_run;
        whatif::record(&question, run, changed, &task.wired, task.started, cancel).map_err(|error| error.to_string())
    };
    let notes = seen.estimated.iter().chain(&seen.settled);
    let answer = Answer {
        scenario: task.scenario.clone(),
        started: task.started,
        baseline: Origin::Simulated(BASELINE),
        changed: Origin::Simulated(CHANGED),
        kpis: outcome.kpis,
        alarms: outcome.alarms,
        estimated: notes.map(|note| format!("{}: {}", note.about, note.reason)).collect(),
        credibility: None,
    };
    Ok(Found { answer, baseline: record(false)?, changed: record(true)? })
}

/// Alarms as they would stand on simulated samples, which come in order of time.
pub fn foreseen(rules: Vec<AlarmRule>, samples: &[Sample]) -> AlarmBook {
    let mut book = AlarmBook::new(rules);
    for sample in samples {
        book.tick(sample.source_time);
        book.observe(sample);
    }
    book
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
