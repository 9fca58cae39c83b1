//! The window once more in the model: from the measured start, with the measured setpoints.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

use super::statistics::Tally;
use super::{CalibrateError, Task};
use crate::domain::scenario::Change;
use crate::domain::signal::SignalId;
use crate::domain::time::{Span, Timestamp};
use crate::domain::value::ValueKind;
use crate::simulation::measured::Measured;
use crate::simulation::model::{Model, ModelError};

/// Most points at which a run is looked at: every 3 s of a shift.
const MOST_POINTS: f64 = 10_000.0;
/// Most points of a run that is followed value by value.
const MOST_PATH_POINTS: f64 = 240.0;
/// Changes of setpoints that are followed; a setpoint that moves all the time is a controller's.
const MOST_CHANGES: usize = 5000;
/// A variable is compared where it was known for at least this part of the window.
const LEAST_KNOWN: f64 = 0.5;

/// What is played, and what is looked at.
pub(super) struct Course {
    start: Box<dyn Model>,
    changes: Vec<Change>,
    variables: Vec<(usize, ValueKind)>,
    pub(super) names: Vec<String>,
    pub(super) points: usize,
    pub(super) grid_secs: f64,
    /// False where two runs with the same parameters are the same.
    pub(super) chance: bool,
    /// What was measured, in the order of `names`.
    pub(super) measured: Vec<Tally>,
    /// Variables that were measured for too short a time.
    pub(super) unknown: Vec<String>,
}

/// Why a run did not come to its end.
enum Ended {
    Cancelled,
    Failed(ModelError),
}

impl Course {
    /// # Errors
    /// When the start is not known, nothing can be compared, or setpoints move all the time.
    pub(super) fn new(believed: &dyn Model, measured: &Measured<'_>, task: &Task) -> Result<Self, CalibrateError> {
        let (from, to) = (task.from, task.to);
        let start = believed.observe(&measured.state_at(from), measured.max_age).map_err(CalibrateError::Start)?.model;
        let wanted = |name: &str| task.parameters.iter().any(|wanted| wanted.name == name);
        let mut changes = measured.changes(start.parameters(), from, to);
        changes.retain(|change| !wanted(&change.parameter));
        if changes.len() > MOST_CHANGES {
            return Err(CalibrateError::TooManyChanges { found: changes.len() });
        }
        let chance = start.has_chance();
        let horizon_secs = (to - from).as_secs_f64();
        let most = if chance { MOST_POINTS } else { MOST_PATH_POINTS };
        // Values hold until the next is seen: points between two that were seen would be late.
        let seen_secs = measured.resolution(from, to).as_secs_f64().max(1.0);
        let grid_secs = seen_secs * (horizon_secs / most / seen_secs).ceil().max(1.0);
        let points = (horizon_secs / grid_secs) as usize + 1;
        let mut course = Self {
            chance,
            changes,
            variables: Vec::new(),
            names: Vec::new(),
            points,
            grid_secs,
            measured: Vec::new(),
            unknown: Vec::new(),
            start,
        };
        for (place, variable) in course.start.variables().iter().enumerate() {
            let found = measured.wired.iter().find(|(name, _)| *name == variable.name);
            let Some((name, signal)) = found.filter(|_| !variable.writable) else { continue };
            if !chance && variable.kind != ValueKind::Real {
                continue;
            }
            let tally = course.count(measured, (variable.kind, *signal), from);
            if (tally.known() as f64) < LEAST_KNOWN * points as f64 {
                course.unknown.push(name.clone());
                continue;
            }
            course.variables.push((place, variable.kind));
            course.names.push(name.clone());
            course.measured.push(tally);
        }
        if course.measured.is_empty() { Err(CalibrateError::NothingMeasured) } else { Ok(course) }
    }

    fn count(&self, measured: &Measured<'_>, (kind, signal): (ValueKind, SignalId), from: Timestamp) -> Tally {
        let mut tally = Tally::new(kind, !self.chance);
        for point in 0..self.points {
            let at = from + Span::from_secs_f64(point as f64 * self.grid_secs);
            let value = measured.value_at(signal, at).and_then(|value| value.clone().coerced(kind));
            tally.add(value.as_ref());
        }
        tally
    }

    fn play(&self, settings: &[(String, f64)], seed: u64, cancel: &AtomicBool) -> Result<Vec<Tally>, Ended> {
        let mut model = self.start.fork().map_err(Ended::Failed)?;
        model.reseed(seed);
        for (name, value) in settings {
            model.set_parameter(name, *value).map_err(Ended::Failed)?;
        }
        let begin_secs = model.time_secs();
        let mut tallies: Vec<Tally> = self.variables.iter().map(|(_, kind)| Tally::new(*kind, !self.chance)).collect();
        let mut changes = self.changes.iter().peekable();
        for point in 0..self.points {
            if cancel.load(Ordering::Relaxed) {
                return Err(Ended::Cancelled);
            }
            let now_secs = point as f64 * self.grid_secs;
            while let Some(change) = changes.next_if(|change| change.after.as_secs_f64() <= now_secs) {
                model.run_until(begin_secs + change.after.as_secs_f64()).map_err(Ended::Failed)?;
                model.set_parameter(&change.parameter, change.to).map_err(Ended::Failed)?;
            }
            model.run_until(begin_secs + now_secs).map_err(Ended::Failed)?;
            for (tally, (place, _)) in tallies.iter_mut().zip(&self.variables) {
                tally.add(model.value(*place).as_ref());
            }
        }
        Ok(tallies)
    }

    /// Plays every setting with every seed; gives what was counted by setting and seed, whatever the
    /// number of threads. `on_run` is called here after each run.
    ///
    /// # Errors
    /// When it was cancelled, the model fails, or there is no thread.
    pub(super) fn play_all(
        &self,
        settings: &[Vec<(String, f64)>],
        seeds: &[u64],
        threads: usize,
        cancel: &AtomicBool,
        mut on_run: impl FnMut(),
    ) -> Result<Vec<Vec<Vec<Tally>>>, CalibrateError> {
        let jobs: Vec<_> = settings.iter().flat_map(|setting| seeds.iter().map(move |seed| (setting, *seed))).collect();
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let mut done: Vec<(usize, Vec<Tally>)> = Vec::with_capacity(jobs.len());
        thread::scope(|scope| {
            let (sender, receiver) = sync_channel(threads.max(1));
            let mut ended = Ok(());
            for index in 0..threads.clamp(1, jobs.len().max(1)) {
                let (sender, next, stop, jobs) = (sender.clone(), &next, &stop, &jobs);
                let work = move || {
                    while !stop.load(Ordering::Relaxed) {
                        let job = next.fetch_add(1, Ordering::Relaxed);
                        let Some((setting, seed)) = jobs.get(job) else { return };
                        if sender.send((job, self.play(setting, *seed, cancel))).is_err() {
                            return;
                        }
                    }
                };
                let name = format!("calibration {index}");
                if let Err(error) = thread::Builder::new().name(name).spawn_scoped(scope, work) {
                    stop.store(true, Ordering::Relaxed);
                    ended = Err(CalibrateError::NoThread(error.to_string()));
                }
            }
            drop(sender);
            for (job, result) in receiver {
                match result {
                    Ok(tallies) => {
                        done.push((job, tallies));
                        on_run();
                    }
                    Err(error) => {
                        stop.store(true, Ordering::Relaxed);
                        ended = ended.and(Err(match error {
                            Ended::Cancelled => CalibrateError::Cancelled,
                            Ended::Failed(error) => CalibrateError::Run(error),
                        }));
                    }
                }
            }
            ended
        })?;
        done.sort_by_key(|(job, _)| *job);
        let mut runs = done.into_iter().map(|(_, tallies)| tallies);
        Ok(settings.iter().map(|_| runs.by_ref().take(seeds.len()).collect()).collect())
    }
}
