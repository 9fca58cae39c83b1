//! Many runs of one question on several threads.
//!
//! Every run has a number, and its seed follows from that alone: which thread plays it, and how many
//! there are, changes nothing in what comes out.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use super::play::{Ended, Lookout, Played, march, play};
use super::uncertain;
use super::watch::AlarmWatch;
use crate::domain::quality::Quality;
use crate::domain::scenario::Scenario;
use crate::domain::signal::{Sample, SignalId};
use crate::domain::time::{Span, Timestamp};
use crate::domain::value::Value;
use crate::simulation::model::{Model, ModelError, ParameterError};

/// Finished runs that wait for the caller; a thread with one more waits with it.
const WAITING_RUNS: usize = 16;
/// Values that all series together may hold: 256 MiB.
const MOST_VALUES: u64 = 1 << 25;

/// What is asked, of which state, and what is to be looked at.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// State from which all runs go on.
    pub start: &'a dyn Model,
    pub scenario: &'a Scenario,
    /// Places among the model's variables of those that are wanted as bands.
    pub variables: &'a [usize],
    /// Time between two points of a band [s], at least 1.
    pub grid_secs: u32,
    pub alarms: &'a AlarmWatch,
}

/// One run without and with the changes, from the same start and with the same chance.
#[derive(Clone, PartialEq, Debug)]
pub struct Pair {
    /// Number of the run, from 0.
    pub run: u32,
    pub baseline: Played,
    pub changed: Played,
}

/// Why there are no results.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum RunError {
    #[error(
        "The simulation was cancelled after {done} of {of} runs. Nothing was changed in the plant. Start it again for a result."
    )]
    Cancelled { done: u32, of: u32 },
    #[error("The simulation stopped: {0}. There is no result. Correct the change in the scenario.")]
    Refused(ParameterError),
    #[error(
        "The simulation stopped because the model failed: {0}. There is no result. Try a shorter horizon or a smaller change."
    )]
    Failed(String),
    #[error(
        "The simulation would keep {found} values, more than {most}. It was not started. Ask for fewer runs, a shorter horizon or fewer variables."
    )]
    TooLarge { found: u64, most: u64 },
    #[error("The simulation got no thread ({0}). There is no result. Close other programs and try again.")]
    NoThread(String),
}

impl From<ModelError> for RunError {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Parameter(error) => Self::Refused(error),
            ModelError::NoState(words) | ModelError::Failed(words) => Self::Failed(words),
        }
    }
}

/// Seed of a run: the finaliser of SplitMix64 (Steele, Lea and Flood 2014) on the number of the run,
/// so that neighbouring runs have nothing in common.
pub fn seed_of_run(seed: u64, run: u32) -> u64 {
    let mixed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(u64::from(run) + 1));
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// Plays all runs on `threads` threads, at least one. `on_run` is called here with every pair as it
/// comes, in any order, and with the number of those that are done. Gives the pairs by number.
///
/// # Errors
/// When it was cancelled, is too large, has a change that the model refuses, the model fails, or there is
/// no thread.
pub fn run(
    question: &Question<'_>,
    threads: usize,
    cancel: &AtomicBool,
    on_run: impl FnMut(u32, &Pair),
) -> Result<Vec<Pair>, RunError> {
    check_size(question)?;
    run_each(runs_of(question), threads, cancel, |run| play_pair(question, run, cancel), on_run)
}

/// Plays the runs with the changes of a scenario alone, in the order of their numbers.
///
/// # Errors
/// As [`run`].
pub(super) fn run_changed(
    question: &Question<'_>,
    threads: usize,
    cancel: &AtomicBool,
) -> Result<Vec<Played>, RunError> {
    check_size(question)?;
    let changes = &question.scenario.changes;
    let play_one = |run| play(start_of(question, run)?, changes, lookout(question), cancel);
    run_each(runs_of(question), threads, cancel, play_one, |_, _| ())
}

fn run_each<T: Send>(
    runs: u32,
    threads: usize,
    cancel: &AtomicBool,
    play_one: impl Fn(u32) -> Result<T, Ended> + Sync,
    mut on_run: impl FnMut(u32, &T),
) -> Result<Vec<T>, RunError> {
    let next = AtomicU32::new(0);
    let failed = AtomicBool::new(false);
    let (sender, receiver) = sync_channel(WAITING_RUNS);
    thread::scope(|scope| {
        for index in 0..threads.clamp(1, runs as usize) {
            let (sender, next, failed, play_one) = (sender.clone(), &next, &failed, &play_one);
            let work = move || {
                while !cancel.load(Ordering::Relaxed) && !failed.load(Ordering::Relaxed) {
                    let run = next.fetch_add(1, Ordering::Relaxed);
                    if run >= runs || sender.send((run, play_one(run))).is_err() {
                        return;
                    }
                }
            };
            if let Err(error) = thread::Builder::new().name(format!("what-if {index}")).spawn_scoped(scope, work) {
                failed.store(true, Ordering::Relaxed);
                return Err(RunError::NoThread(error.to_string()));
            }
        }
        drop(sender);
        let found = collect(receiver, runs, &mut on_run);
        failed.store(found.is_err(), Ordering::Relaxed);
        found
    })
}

/// Takes the receiver, so that threads that wait for room end when this returns early.
fn collect<T>(
    receiver: Receiver<(u32, Result<T, Ended>)>,
    runs: u32,
    on_run: &mut impl FnMut(u32, &T),
) -> Result<Vec<T>, RunError> {
    let mut found: Vec<(u32, T)> = Vec::new();
    for (run, result) in receiver {
        match result {
            Ok(played) => {
                on_run(found.len() as u32 + 1, &played);
                found.push((run, played));
            }
            Err(Ended::Cancelled) => break,
            Err(Ended::Stopped(error)) => return Err(error.into()),
        }
    }
    if found.len() < runs as usize {
        return Err(RunError::Cancelled { done: found.len() as u32, of: runs });
    }
    found.sort_by_key(|(run, _)| *run);
    Ok(found.into_iter().map(|(_, played)| played).collect())
}

fn check_size(question: &Question<'_>) -> Result<(), RunError> {
    let points = (question.scenario.horizon.as_secs_f64().max(0.0) / f64::from(question.grid_secs.max(1))) as u64 + 1;
    let runs = 2 * u64::from(runs_of(question));
    let found = points.saturating_mul(question.variables.len() as u64).saturating_mul(runs);
    if found > MOST_VALUES { Err(RunError::TooLarge { found, most: MOST_VALUES }) } else { Ok(()) }
}

/// Once where all runs would be the same.
fn runs_of(question: &Question<'_>) -> u32 {
    let differ = question.start.has_chance() || !question.scenario.uncertain.is_empty();
    if differ { question.scenario.runs.max(1) } else { 1 }
}

/// The start with the chance of one run.
fn start_of(question: &Question<'_>, run: u32) -> Result<Box<dyn Model>, ModelError> {
    let mut model = question.start.fork()?;
    let seed = seed_of_run(question.scenario.seed, run);
    for uncertain in &question.scenario.uncertain {
        uncertain::draw(model.as_mut(), uncertain, seed)?;
    }
    model.reseed(seed);
    Ok(model)
}

fn play_pair(question: &Question<'_>, run: u32, cancel: &AtomicBool) -> Result<Pair, Ended> {
    let model = start_of(question, run)?;
    Ok(Pair {
        run,
        baseline: play(model.fork()?, &[], lookout(question), cancel)?,
        changed: play(model, &question.scenario.changes, lookout(question), cancel)?,
    })
}

fn lookout<'a>(question: &Question<'a>) -> Lookout<'a> {
    Lookout {
        horizon_secs: question.scenario.horizon.as_secs_f64(),
        variables: question.variables,
        grid_secs: question.grid_secs,
        alarms: question.alarms,
    }
}

/// One run again, as samples for the history: every wired variable when it changes, from `begin` on.
/// With or without the changes.
///
/// # Errors
/// When it was cancelled, has a change that the model refuses, or the model fails.
pub fn record(
    question: &Question<'_>,
    run: u32,
    with_changes: bool,
    wired: &[(String, SignalId)],
    begin: Timestamp,
    cancel: &AtomicBool,
) -> Result<Vec<Sample>, RunError> {
    let mut model = start_of(question, run)?;
    let place = |name: &str| model.variables().iter().position(|variable| variable.name == name);
    let mut outputs: Vec<(usize, SignalId, Option<Value>)> =
        wired.iter().filter_map(|(name, signal)| Some((place(name)?, *signal, None))).collect();
    let changes = if with_changes { question.scenario.changes.as_slice() } else { &[] };
    let mut samples = Vec::new();
    let horizon_secs = question.scenario.horizon.as_secs_f64();
    let ended = march(model.as_mut(), changes, horizon_secs, cancel, |secs, model| {
        let at = begin + Span::from_secs_f64(secs);
        for (place, signal, said) in &mut outputs {
            let value = model.value(*place);
            if *said == value {
                continue;
            }
            said.clone_from(&value);
            let sample =
                |value| Sample { signal: *signal, source_time: at, received_time: at, value, quality: Quality::Good };
            samples.extend(value.map(sample));
        }
    });
    match ended {
        Ok(()) => Ok(samples),
        Err(Ended::Cancelled) => Err(RunError::Cancelled { done: 0, of: 1 }),
        Err(Ended::Stopped(error)) => Err(error.into()),
    }
}
