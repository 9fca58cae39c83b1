//! What is done with the model on a thread of its own. Nothing here knows the window.

use std::sync::atomic::AtomicBool;

use sha2::{Digest, Sha256};

use super::believed::{Believed, FIT_SEED, Start};
use super::past::Past;
use crate::app::threads;
use crate::domain::alarm::AlarmRule;
use crate::domain::asset::AssetTree;
use crate::domain::calibration::Calibration;
use crate::domain::scenario::{Credibility, Scenario};
use crate::domain::signal::{Origin, Sample, SignalId};
use crate::domain::sweep::{Axis, Cell, Response};
use crate::domain::time::Span;
use crate::domain::value::ValueKind;
use crate::domain::what_if::{Answer, Band, SignalBands};
use crate::simulation::calibrate::{self, Task, Wanted};
use crate::simulation::model::Model;
use crate::simulation::whatif::backtest::{self, Plan};
use crate::simulation::whatif::sweep::{self, Shard};
use crate::simulation::whatif::{self, AlarmWatch, Question};

/// Where the two sides of an answer lie in the history.
pub const BASELINE: u32 = 1;
pub const CHANGED: u32 = 2;
/// Points of a band over the horizon.
const BAND_POINTS: f64 = 60.0;
/// How far ahead the model is checked, how often in a stretch, and with how many runs each.
const CHECK_SLACK: Span = Span::from_secs(60);
const CHECK_AHEAD: Span = Span::from_secs(900);
const CHECK_STARTS: u32 = 6;
const CHECK_RUNS: u32 = 16;
/// Runs for each set of values that a fit tries, and the most in all.
const FIT_RUNS: u32 = 16;
const FIT_BUDGET: u32 = 8_000;
/// Where the chance of checks comes from.
const CHECK_SEED: u64 = 1;

/// What of the project an answer is about.
#[derive(Clone, Debug)]
pub struct Plant {
    pub rules: Vec<AlarmRule>,
    pub assets: AssetTree,
}

/// An answer with the two runs that are shown.
pub struct Answered {
    pub answer: Answer,
    pub start: Start,
    /// Number of the run that is shown.
    pub shown_run: u32,
    pub baseline: Vec<Sample>,
    pub changed: Vec<Sample>,
    /// Of the two series.
    pub digest: String,
}

/// Runs a scenario without and with its changes.
///
/// # Errors
/// In words, when the start is not known or the model fails.
pub fn answer(
    believed: &Believed,
    start: Start,
    scenario: &Scenario,
    plant: &Plant,
    cancel: &AtomicBool,
    mut tell: impl FnMut(f32),
) -> Result<Answered, String> {
    let seen = believed.observe(&start)?;
    let model = &*seen.model;
    let bound = numbers(model, &believed.wired);
    let variables: Vec<usize> = bound.iter().map(|(place, _)| *place).collect();
    let grid_secs = (scenario.horizon.as_secs_f64() / BAND_POINTS).ceil().max(1.0) as u32;
    let alarms = AlarmWatch::new(model, &believed.wired, &plant.rules);
    let question = Question { start: model, scenario, variables: &variables, grid_secs, alarms: &alarms };
    let runs = scenario.runs.max(1) as f32;
    let pairs = whatif::run(&question, threads(), cancel, |done, _| tell(done as f32 / runs));
    let pairs = pairs.map_err(|error| error.to_string())?;
    let path = |rule: &AlarmRule| Some(plant.assets.get(rule.asset?)?.path.clone());
    let outcome = whatif::summarise(&question, &pairs, path).ok_or("The simulation gave no run.")?;
    let shown_run = outcome.representative_run;
    let record = |changed| {
        whatif::record(&question, shown_run, changed, &believed.wired, start.at, cancel)
            .map_err(|error| error.to_string())
    };
    let (baseline, changed) = (record(false)?, record(true)?);
    let bands = outcome.bands.into_iter().zip(&bound).map(|(bands, (_, signal))| SignalBands {
        signal: *signal,
        from: start.at,
        step: Span::from_secs(i64::from(bands.grid_secs)),
        baseline: bands.baseline.iter().map(short).collect(),
        changed: bands.changed.iter().map(short).collect(),
    });
    let notes = seen.estimated.iter().chain(&seen.settled);
    let answer = Answer {
        scenario: scenario.clone(),
        started: start.at,
        before: start.origin,
        baseline: Origin::Simulated(BASELINE),
        changed: Origin::Simulated(CHANGED),
        kpis: outcome.kpis,
        alarms: outcome.alarms,
        limits: outcome.limits,
        bands: bands.collect(),
        estimated: notes.map(|note| format!("{}: {}", note.about, note.reason)).collect(),
        credibility: None,
    };
    let digest = digest_of(&baseline, &changed);
    Ok(Answered { answer, start, shown_run, baseline, changed, digest })
}

/// The two series of a run that is stored, once more.
///
/// # Errors
/// In words, when its start does not suit the model or the model fails.
pub fn again(
    believed: &Believed,
    start: &Start,
    answer: &Answer,
    run: u32,
    cancel: &AtomicBool,
) -> Result<(Vec<Sample>, Vec<Sample>, String), String> {
    let seen = believed.observe(start)?;
    let alarms = AlarmWatch::default();
    let scenario = &answer.scenario;
    let question = Question { start: &*seen.model, scenario, variables: &[], grid_secs: 1, alarms: &alarms };
    let record = |changed| {
        whatif::record(&question, run, changed, &believed.wired, start.at, cancel).map_err(|error| error.to_string())
    };
    let (baseline, changed) = (record(false)?, record(true)?);
    let digest = digest_of(&baseline, &changed);
    Ok((baseline, changed, digest))
}

/// Goes through one or two parameters. `tell` is given every cell with the number of all.
///
/// # Errors
/// As [`answer`], and for too many combinations.
pub fn sweep(
    believed: &Believed,
    start: &Start,
    (scenario, axes): (&Scenario, &[Axis]),
    shard: Shard,
    cancel: &AtomicBool,
    mut tell: impl FnMut(usize, &Cell),
) -> Result<Response, String> {
    let seen = believed.observe(start)?;
    let alarms = AlarmWatch::default();
    let question = Question { start: &*seen.model, scenario, variables: &[], grid_secs: 1, alarms: &alarms };
    sweep::sweep(&question, axes, shard, threads(), cancel, |done, cell| tell(done, cell))
        .map_err(|error| error.to_string())
}

/// Compares the model with what was measured.
///
/// # Errors
/// In words, when too little was measured or the model fails.
pub fn check(believed: &Believed, past: &Past, cancel: &AtomicBool) -> Result<Credibility, String> {
    let (from, to) = past.range;
    // What no sensor sees is estimated at each start and has to run out before it says anything.
    let least = CHECK_AHEAD.scaled(2.0);
    // A window of just so long ends with the last sample, a little before it would.
    if to - from < least - CHECK_SLACK {
        let found = to - from;
        return Err(format!(
            "Only {found} were measured; it takes {least} to compare the model with. Wait, or open a recording."
        ));
    }
    let plan = Plan { from, to, horizon: CHECK_AHEAD, starts: CHECK_STARTS, runs: CHECK_RUNS, seed: CHECK_SEED };
    backtest::backtest(believed.model(), &past.measured(&believed.wired), plan, threads(), cancel)
        .map_err(|error| error.to_string())
}

/// Fits parameters to what was measured.
///
/// # Errors
/// In words, when too little was measured, a parameter does not exist or the model fails.
pub fn calibrate(
    believed: &Believed,
    past: &Past,
    names: &[String],
    cancel: &AtomicBool,
    mut tell: impl FnMut(f32),
) -> Result<Calibration, String> {
    let (from, to) = past.range;
    let parameters = names.iter().map(|name| Wanted { name: name.clone(), range: None }).collect();
    let task = Task { from, to, parameters, runs: FIT_RUNS, seed: FIT_SEED, budget: FIT_BUDGET };
    let measured = past.measured(&believed.wired);
    let tell = |done: u32, most: u32| tell(done as f32 / most.max(1) as f32);
    calibrate::calibrate(believed.model(), &measured, &task, threads(), cancel, tell)
        .map(|fitted| fitted.calibration)
        .map_err(|error| error.to_string())
}

/// Without what nobody can see in a curve: answers are stored, and digits cost.
fn short(band: &whatif::Band) -> Band {
    Band { low: rounded(band.low), middle: rounded(band.middle), high: rounded(band.high) }
}

/// To five digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.4e}").parse().unwrap_or(value)
}

/// Wired variables that are numbers: place in the model and signal.
fn numbers(model: &dyn Model, wired: &[(String, SignalId)]) -> Vec<(usize, SignalId)> {
    let place = |name: &str| {
        let number = |kind| matches!(kind, ValueKind::Real | ValueKind::Int);
        model.variables().iter().position(|variable| variable.name == name && number(variable.kind))
    };
    wired.iter().filter_map(|(name, signal)| Some((place(name)?, *signal))).collect()
}

/// Of all moments and values of two series, in order.
fn digest_of(baseline: &[Sample], changed: &[Sample]) -> String {
    let mut digest = Sha256::new();
    for sample in baseline.iter().chain(changed) {
        digest.update(sample.source_time.as_nanos().to_le_bytes());
        digest.update(sample.value.to_string());
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
