//! The simulated copy: what may be asked, one question at a time on a thread of its own, and what
//! came of it. Nothing here reaches the plant.

mod believed;
mod evidence;
mod past;
mod store;
mod work;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use bevy::prelude::*;

use super::notices::Notices;
use super::plant::Plant;
use super::recording::beside::signals_of;
use super::recording::recorder::{Order, RecorderHandle};
use super::recording::shelf::Shelf;
use super::recording::side::Side;
use super::wall_now;
use crate::domain::alarm::{AlarmBook, AlarmRule};
use crate::domain::calibration::Calibration;
use crate::domain::change::{ChangeId, ChangeRequest, Evidence};
use crate::domain::model::TwinSpec;
use crate::domain::notice::NoticeLevel;
use crate::domain::recording::{Event, StartValue, StoredRun};
use crate::domain::scenario::{Credibility, Scenario};
use crate::domain::signal::{Origin, Sample};
use crate::domain::sweep::{Axis, Response};
use crate::domain::time::{Span, Timestamp};
use crate::domain::what_if::{Answer, Askable, Asking, ModelWish};
use crate::project::Project;
use crate::simulation::model::ParameterKind;
use crate::simulation::whatif::sweep::Shard;
pub use believed::{Believed, Start};
pub use past::{FRESH, Past};
use work::Answered;

/// What is shown as the present value of a parameter follows the plant so often.
const REFRESH_SECS: f32 = 0.5;
/// So much of the time before a question the model is compared with, where it was not compared lately.
const CHECK_BEFORE: Span = Span::from_secs(3_600);
/// A comparison holds for so long.
const CHECK_HOLDS: Span = Span::from_secs(900);

/// What may be asked of the copy, and how the last question stands.
#[derive(Resource, Default)]
pub struct WhatIf {
    twin: Option<(TwinSpec, PathBuf)>,
    believed: Option<Arc<Believed>>,
    pub askable: Vec<Askable>,
    pub asking: Asking,
    pub answer: Option<Answer>,
    pub response: Option<Response>,
    pub checked: Option<Checked>,
    pub fitted: Option<Calibration>,
    work: Option<Work>,
    /// The change that is being simulated.
    for_change: Option<ChangeId>,
    /// What the copy said of a change, or why it said nothing.
    evidence: Option<(ChangeId, Result<Box<Evidence>, String>)>,
    refresh_in_secs: f32,
}

/// How far the model can be believed, and until when it was compared.
pub struct Checked {
    pub credibility: Credibility,
    origin: Origin,
    until: Timestamp,
}

/// A question that is being worked on. Dropping it ends the work.
struct Work {
    what: &'static str,
    reins: Reins,
    found: Arc<Mutex<Option<Result<Found, String>>>>,
}

/// What the thread and the desk share while it works.
#[derive(Clone, Default)]
struct Reins {
    cancel: Arc<AtomicBool>,
    progress: Arc<Mutex<f32>>,
    /// The cells of a sweep that have come.
    response: Arc<Mutex<Option<Response>>>,
}

enum Found {
    Model(Arc<Believed>),
    Answer(Box<Answered>, Option<Checked>),
    Again { number: u32, run: Arc<StoredRun>, baseline: Vec<Sample>, changed: Vec<Sample>, same: bool },
    Response(Response),
    Checked(Checked),
    Fitted(Calibration),
}

/// What came of a work.
#[derive(Debug)]
pub enum News {
    /// Questions can be asked now.
    Model,
    /// An answer, as a recording keeps it.
    Answer(Box<StoredRun>),
    /// A stored run is on the timeline; `same` where its curves are those of then.
    Again {
        same: bool,
    },
    Response,
    Checked,
    Fitted,
    /// `asking` says why.
    Failed,
}

impl WhatIf {
    /// Of a project; without a model there is nothing to ask. The model is read in the background:
    /// those of others may take their time.
    pub fn new(project: &Project) -> Self {
        let twin = project.twin.clone().map(|twin| (twin, project.root.clone()));
        let mut what_if = Self { twin, ..Self::default() };
        what_if.read_model();
        what_if
    }

    fn read_model(&mut self) {
        let Some((twin, root)) = self.twin.clone() else { return };
        let begun = self.begin("Reading the model", move |_| {
            Believed::read(&twin, &root).map(|believed| Found::Model(Arc::new(believed)))
        });
        if let Err(words) = begun {
            self.asking = Asking::Failed(words);
        }
    }

    /// Begins to work on a scenario from the moment of the playhead.
    ///
    /// # Errors
    /// In words, when there is no model or no thread is to be had.
    pub fn ask(&mut self, scenario: Scenario, plant: &Plant, shelf: Option<&Shelf>) -> Result<(), String> {
        self.ask_from(asked_from(plant), scenario, plant, shelf)
    }

    /// Begins to simulate a change from now on; [`Self::take_evidence`] tells what came of it.
    ///
    /// # Errors
    /// In words, when there is no model, or it does not have what is to be set.
    pub fn ask_for_change(&mut self, change: &ChangeRequest, plant: &Plant) -> Result<(), String> {
        let scenario = evidence::scenario(change, &self.askable, &plant.project)?;
        self.ask_from((Origin::Measured, plant.now(wall_now())), scenario, plant, None)?;
        self.for_change = Some(change.id.clone());
        Ok(())
    }

    /// What the copy said of a change since it was asked last.
    pub fn take_evidence(&mut self) -> Option<(ChangeId, Result<Box<Evidence>, String>)> {
        self.evidence.take()
    }

    fn ask_from(
        &mut self,
        (origin, at): (Origin, Timestamp),
        scenario: Scenario,
        plant: &Plant,
        shelf: Option<&Shelf>,
    ) -> Result<(), String> {
        let believed = self.model()?;
        let start = start_of(&believed, plant, (origin, at));
        let about = work::Plant { rules: plant.project.alarms.clone(), assets: plant.project.assets.clone() };
        let known = self.checked.as_ref().filter(|checked| checked.holds(origin, at));
        let past = if known.is_none() { past_of(plant, shelf, (origin, at), CHECK_BEFORE).ok() } else { None };
        self.begin("Simulating", move |reins| {
            let mut answered =
                work::answer(&believed, start, &scenario, &about, &reins.cancel, |done| reins.tell(done))?;
            let checked = past.and_then(|(side, range)| {
                let past = Past::read(side, range).ok()?;
                let credibility = work::check(&believed, &past, &reins.cancel).ok()?;
                Some(Checked { credibility, origin, until: at })
            });
            answered.answer.credibility = checked.as_ref().map(|checked| checked.credibility.clone());
            Ok(Found::Answer(Box::new(answered), checked))
        })
    }

    /// Begins to work on another wish, or carries it out at once.
    ///
    /// # Errors
    /// In words, when it cannot be begun or done.
    pub fn wish(&mut self, wish: ModelWish, plant: &Plant, shelf: Option<&Shelf>) -> Result<(), String> {
        match wish {
            ModelWish::Sweep(scenario, axes) => self.sweep(scenario, axes, plant),
            ModelWish::Check(span) => {
                let (believed, (origin, until)) = (self.model()?, asked_from(plant));
                let (side, range) = past_of(plant, shelf, (origin, until), span)?;
                self.begin("Comparing with the plant", move |reins| {
                    let past = Past::read(side, range)?;
                    let credibility = work::check(&believed, &past, &reins.cancel)?;
                    Ok(Found::Checked(Checked { credibility, origin, until }))
                })
            }
            ModelWish::Calibrate(names, span) => {
                let believed = self.model()?;
                let (side, range) = past_of(plant, shelf, asked_from(plant), span)?;
                self.begin("Calibrating", move |reins| {
                    let past = Past::read(side, range)?;
                    let fitted = work::calibrate(&believed, &past, &names, &reins.cancel, |done| reins.tell(done))?;
                    Ok(Found::Fitted(fitted))
                })
            }
            ModelWish::KeepCalibration => {
                let (twin, root) = self.twin.as_ref().ok_or("This project has no model.")?;
                let fitted = self.fitted.clone().ok_or("There is no calibration to keep. Calibrate first.")?;
                believed::keep(fitted, &believed::calibration_file(twin, root), wall_now())?;
                (self.fitted, self.checked) = (None, None);
                self.read_model();
                Ok(())
            }
            ModelWish::DropCalibration => {
                self.fitted = None;
                Ok(())
            }
            ModelWish::DropSweep => {
                self.response = None;
                Ok(())
            }
        }
    }

    fn sweep(&mut self, scenario: Scenario, axes: Vec<Axis>, plant: &Plant) -> Result<(), String> {
        let believed = self.model()?;
        let start = start_of(&believed, plant, asked_from(plant));
        self.response = None;
        self.begin("Going through the values", move |reins| {
            let all: u32 = axes.iter().map(|axis| axis.points).product();
            let mut sofar = Response { scenario: scenario.clone(), axes: axes.clone(), cells: Vec::new() };
            let tell = |done: usize, cell: &_| {
                sofar.cells.push(Clone::clone(cell));
                *lock(&reins.response) = Some(sofar.clone());
                reins.tell(done as f32 / all.max(1) as f32);
            };
            work::sweep(&believed, &start, (&scenario, &axes), Shard::WHOLE, &reins.cancel, tell).map(Found::Response)
        })
    }

    /// Puts a run that a recording holds on the timeline again.
    ///
    /// # Errors
    /// In words, when there is no such run or no model.
    pub fn open_run(&mut self, number: u32, place: usize, plant: &Plant) -> Result<(), String> {
        let run = plant.recording(number).and_then(|recording| recording.runs.get(place)).cloned();
        let run = run.ok_or("This run is no longer in an open recording.")?;
        let believed = self.model()?;
        self.begin("Running it again", move |reins| {
            let start = Start { origin: run.answer.before, at: run.answer.started, seen: run.start.clone() };
            let (baseline, changed, digest) =
                work::again(&believed, &start, &run.answer, run.shown_run, &reins.cancel)?;
            let same = digest == run.digest;
            Ok(Found::Again { number, run, baseline, changed, same })
        })
    }

    fn model(&self) -> Result<Arc<Believed>, String> {
        let none =
            if self.twin.is_some() { "The model is not ready yet." } else { "This project has no model to ask." };
        self.believed.clone().ok_or_else(|| none.to_owned())
    }

    /// Begins a work in place of the one before.
    fn begin(
        &mut self,
        what: &'static str,
        work: impl FnOnce(&Reins) -> Result<Found, String> + Send + 'static,
    ) -> Result<(), String> {
        self.cancel();
        let (reins, found) = (Reins::default(), Arc::new(Mutex::new(None)));
        let (own, result) = (reins.clone(), found.clone());
        let run = move || {
            let ended = work(&own);
            *lock(&result) = Some(ended);
        };
        thread::Builder::new()
            .name("what-if".to_owned())
            .spawn(run)
            .map_err(|error| format!("The simulation got no thread ({error}). Close other programs and try again."))?;
        self.work = Some(Work { what, reins, found });
        self.asking = Asking::Running(what, 0.0);
        Ok(())
    }

    /// Ends what is being worked on; a model that is being read goes on.
    pub fn cancel(&mut self) {
        if self.believed.is_some() || self.work.is_none() {
            self.work = None;
            self.asking = Asking::Idle;
            if let Some(change) = self.for_change.take() {
                self.evidence = Some((change, Err("The simulation was cancelled.".to_owned())));
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

    /// The work that has ended, or how far it is.
    fn ended(&mut self) -> Option<Result<Found, String>> {
        let work = self.work.as_ref()?;
        if let Some(response) = lock(&work.reins.response).take() {
            self.response = Some(response);
        }
        let found = lock(&work.found).take();
        match found {
            Some(_) => {
                self.work = None;
                self.asking = Asking::Idle;
            }
            None => self.asking = Asking::Running(work.what, *lock(&work.reins.progress)),
        }
        found
    }

    /// Takes in what the work has brought; the histories of an answer are on the plant's timeline then.
    pub fn take_found(&mut self, plant: &mut Plant) -> Option<News> {
        let found = match self.ended()? {
            Ok(found) => found,
            Err(words) => {
                self.evidence = self.for_change.take().map(|change| (change, Err(words.clone())));
                self.asking = Asking::Failed(words);
                return Some(News::Failed);
            }
        };
        Some(match found {
            Found::Model(believed) => {
                self.take_model(believed, &plant.project);
                News::Model
            }
            Found::Answer(answered, checked) => {
                self.checked = checked.or_else(|| self.checked.take());
                let Answered { mut answer, start, shown_run, baseline, changed, digest } = *answered;
                answer.credibility = self.checked.as_ref().map(|checked| checked.credibility.clone());
                plant.take_simulated(work::BASELINE, baseline);
                plant.take_simulated(work::CHANGED, changed);
                self.answer = Some(answer.clone());
                if let (Some(change), Some(believed)) = (self.for_change.take(), &self.believed) {
                    let now = plant.now(wall_now());
                    let found = evidence::of(&answer, &start, believed, &plant.project, now);
                    self.evidence = Some((change, Ok(Box::new(found))));
                }
                let paths = store::paths(&answer, &plant.project.catalog);
                let at = plant.now(wall_now());
                News::Answer(Box::new(StoredRun { at, start: start.seen, paths, answer, shown_run, digest }))
            }
            Found::Again { number, run, baseline, changed, same } => {
                plant.take_simulated(work::BASELINE, baseline);
                plant.take_simulated(work::CHANGED, changed);
                self.answer = Some(store::reopened(&run, number, &plant.project.catalog));
                News::Again { same }
            }
            Found::Response(response) => {
                self.response = Some(response);
                News::Response
            }
            Found::Checked(checked) => {
                self.checked = Some(checked);
                News::Checked
            }
            Found::Fitted(fitted) => {
                self.fitted = Some(fitted);
                News::Fitted
            }
        })
    }

    /// What happened and what it means, where a person who looks elsewhere should know.
    fn in_words(&self, news: &News) -> Option<(String, &'static str)> {
        let name = self.answer.as_ref().map(|answer| answer.scenario.name.as_str()).unwrap_or_default();
        Some(match news {
            News::Answer(run) => (
                format!("\"{name}\" was simulated for {}.", run.answer.scenario.horizon),
                "The answer is in the What if tab; nothing was changed in the plant.",
            ),
            News::Again { same: true } => {
                (format!("\"{name}\" is on the timeline again."), "Its curves are the same to the last bit.")
            }
            News::Again { same: false } => (
                format!("\"{name}\" was run with another model than before."),
                "Figures and bands are those of the recording; the curves are what the present model gives.",
            ),
            News::Response => {
                let cells = self.response.as_ref().map_or(0, |response| response.cells.len());
                (format!("{cells} combinations were simulated."), "They are in the What if tab.")
            }
            News::Fitted => {
                ("The model was fitted.".to_owned(), "What was found is in the What if tab; it is not used yet.")
            }
            News::Model | News::Checked | News::Failed => return None,
        })
    }

    fn take_model(&mut self, believed: Arc<Believed>, project: &Project) {
        let parameters = believed.model().parameters().iter();
        self.askable = parameters.map(|parameter| store::askable(parameter, &believed.wired, project)).collect();
        self.believed = Some(believed);
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

impl Checked {
    /// It says something of a question that begins there.
    fn holds(&self, origin: Origin, at: Timestamp) -> bool {
        self.origin == origin && self.until <= at && at - self.until <= CHECK_HOLDS
    }
}

impl Reins {
    fn tell(&self, done: f32) {
        *lock(&self.progress) = done;
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.reins.cancel.store(true, Ordering::Relaxed);
    }
}

/// Where a question begins: at the playhead, or in the present where that is in a simulated run.
fn asked_from(plant: &Plant) -> (Origin, Timestamp) {
    match plant.playhead().origin() {
        Origin::Simulated(_) | Origin::Predicted(_) => (Origin::Measured, plant.now(wall_now())),
        origin => (origin, plant.playhead().moment()),
    }
}

fn start_of(believed: &Believed, plant: &Plant, (origin, at): (Origin, Timestamp)) -> Start {
    let seen = believed.wired.iter().filter_map(|(variable, signal)| {
        let point = plant.history.at(origin, *signal, at)?;
        let (value, quality) = (point.value.clone(), point.quality);
        Some(StartValue { variable: variable.clone(), value, quality, age: at - point.time })
    });
    Start { origin, at, seen: seen.collect() }
}

/// What was measured before a moment, for a thread.
fn past_of(
    plant: &Plant,
    shelf: Option<&Shelf>,
    (origin, at): (Origin, Timestamp),
    span: Span,
) -> Result<(Side, (Timestamp, Timestamp)), String> {
    let (first, last) = plant.held(origin).ok_or("Nothing was measured yet.")?;
    let range = (first.max(at - span), last.min(at));
    let bound = shelf.map(|shelf| signals_of(origin, plant, shelf)).unwrap_or_default();
    Ok((Side::of(origin, plant, &bound, range), range))
}

/// Follows the plant and the work, and tells what came of it.
pub fn attend(
    time: Res<Time<Real>>,
    mut what_if: ResMut<WhatIf>,
    mut plant: ResMut<Plant>,
    recorder: Option<Res<RecorderHandle>>,
    mut notices: ResMut<Notices>,
) {
    if what_if.twin.is_none() {
        return;
    }
    what_if.refresh(&plant, time.delta_secs());
    let Some(news) = what_if.take_found(&mut plant) else { return };
    let level = if matches!(news, News::Again { same: false }) { NoticeLevel::Warning } else { NoticeLevel::Info };
    if let Some((what, meaning)) = what_if.in_words(&news) {
        notices.tell(wall_now(), level, what, meaning, "");
    }
    if let (News::Answer(run), Some(recorder)) = (news, recorder) {
        recorder.order(Order::Event(Event::Run(run)));
    }
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

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A parameter that the plant has, too.
fn in_plant(kind: ParameterKind) -> bool {
    kind == ParameterKind::Setpoint
}
