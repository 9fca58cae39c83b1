//! `twinscope simulate`: what a change would do, asked of the simulated copy.

mod files;
mod words;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, bail};
use serde_json::json;

use super::measured;
use crate::app::args::WhatIfWish;
use crate::app::threads;
use crate::app::what_if::{Believed, Start};
use crate::domain::scenario::{Change, Scenario};
use crate::domain::signal::SignalId;
use crate::domain::sweep::{Axis, Response};
use crate::domain::time::Span;
use crate::domain::value::ValueKind;
use crate::project::Project;
use crate::simulation::model::Model;
use crate::simulation::whatif::sweep::{self, Shard};
use crate::simulation::whatif::{self, AlarmWatch, Question, ScenarioProblem};

/// Points of a band over the horizon.
const BAND_POINTS: f64 = 240.0;

/// Runs a scenario or a sweep, prints what comes of it and writes tables.
///
/// # Errors
/// When project, start or scenario cannot be used, the runs fail or files cannot be written.
pub fn simulate(wish: &WhatIfWish) -> anyhow::Result<ExitCode> {
    if !wish.merge.is_empty() {
        let shares = wish.merge.iter().map(|file| files::read_sweep(file)).collect::<Result<_, _>>()?;
        return give(wish, &sweep::merge(shares)?);
    }
    let opened = crate::app::read(wish.path.clone())?;
    let project = &*opened.project;
    let believed = measured::believed(project)?;
    let (start, words, state) = start(wish, project, &believed)?;
    let scenario = scenario(wish, &*start)?;
    let variables = numbers(&*start, &believed.wired);
    let alarms = AlarmWatch::new(&*start, &believed.wired, &project.alarms);
    let grid_secs = (scenario.horizon.as_secs_f64() / BAND_POINTS).ceil().max(1.0) as u32;
    let question = Question { start: &*start, scenario: &scenario, variables: &variables, grid_secs, alarms: &alarms };
    let cancel = AtomicBool::new(false);
    let told = std::io::stderr().is_terminal();
    if !wish.sweep.is_empty() {
        check(&axis_ends(&wish.sweep, &scenario), &*start)?;
        let of_job = || Shard::from_env(|name| std::env::var(name).ok()).map_err(anyhow::Error::msg);
        let shard = match wish.shard {
            Some(shard) => shard,
            None => of_job()?.unwrap_or(Shard::WHOLE),
        };
        let done = |done: usize, _: &_| tell(told, &format!("{done} combinations"));
        let response = sweep::sweep(&question, &wish.sweep, shard, threads(), &cancel, done)?;
        return give(wish, &response);
    }
    let runs = scenario.runs;
    let pairs = whatif::run(&question, threads(), &cancel, |done, _| tell(told, &format!("{done} of {runs} runs")))?;
    let path = |asset| project.assets.get(asset).map(|asset| asset.path.clone());
    let outcome =
        whatif::summarise(&question, &pairs, |rule| rule.asset.and_then(path)).context("There was no run.")?;
    if wish.json {
        let value = json!({
            "scenario": scenario,
            "start": words,
            "kpis": outcome.kpis,
            "alarms": outcome.alarms,
            "limits": outcome.limits,
        });
        println!("{value:#}");
    } else {
        print!("{}", words::in_words(&words, &scenario, &outcome));
    }
    if let Some(folder) = &wish.out {
        files::write_bands(folder, &outcome)?;
        if let Some(state) = state {
            files::write_state(folder, &state)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Where both sides go on from, the same in words, and as a state where it was measured.
fn start(
    wish: &WhatIfWish,
    project: &Project,
    believed: &Believed,
) -> anyhow::Result<(Box<dyn Model>, String, Option<Start>)> {
    let (state, words) = match (&wish.recording, &wish.state) {
        (Some(file), _) => {
            let state = measured::state(project, believed, file, wish.from)?;
            let words = format!("the plant at {} in {}", state.at, file.display());
            (state, words)
        }
        (None, Some(file)) => (files::read_state(file)?, format!("the state in {}", file.display())),
        (None, None) => {
            let mut model = believed.model().fork()?;
            let run_in = wish.run_in.unwrap_or(Span::ZERO);
            model.run_until(model.time_secs() + run_in.as_secs_f64())?;
            let words = format!(
                "the simulated copy of \"{}\" after it ran for {}",
                project.name,
                Span::from_secs_f64(model.time_secs())
            );
            return Ok((model, words, None));
        }
    };
    let seen = believed.observe(&state).map_err(anyhow::Error::msg)?;
    for note in seen.estimated.iter().chain(&seen.settled) {
        tracing::info!("{}: {}", note.about, note.reason);
    }
    let (taken, estimated) = (seen.taken, seen.estimated.len());
    Ok((seen.model, format!("{words}; {taken} values taken over, {estimated} estimated"), Some(state)))
}

fn tell(told: bool, how_far: &str) {
    if told {
        eprint!("\r{how_far} done ");
    }
}

fn scenario(wish: &WhatIfWish, model: &dyn Model) -> anyhow::Result<Scenario> {
    let file = wish.scenario.as_deref().context("Give a scenario with --scenario FILE.")?;
    let mut scenario = whatif::read(&files::text_of(file)?, model).map_err(|problems| {
        anyhow::anyhow!("{} cannot be used; nothing was simulated.\n{}", file.display(), listed(&problems))
    })?;
    scenario.runs = wish.runs.unwrap_or(scenario.runs);
    check(&scenario, model)?;
    Ok(scenario)
}

fn check(scenario: &Scenario, model: &dyn Model) -> anyhow::Result<()> {
    let problems = whatif::problems_of(scenario, model);
    if !problems.is_empty() {
        bail!("The question cannot be asked of this model; nothing was simulated.\n{}", listed(&problems));
    }
    Ok(())
}

fn listed(problems: &[ScenarioProblem]) -> String {
    problems.iter().map(ScenarioProblem::to_string).collect::<Vec<_>>().join("\n")
}

/// A scenario that holds both ends of all axes, to be checked.
fn axis_ends(axes: &[Axis], scenario: &Scenario) -> Scenario {
    let ends = axes.iter().flat_map(|axis| [axis.from, axis.to].map(|to| (axis.parameter.clone(), to)));
    let changes = ends.map(|(parameter, to)| Change { parameter, to, after: Span::ZERO, ramp: Span::ZERO });
    Scenario { changes: changes.collect(), ..scenario.clone() }
}

/// Places of the wired variables that are numbers.
fn numbers(model: &dyn Model, wired: &[(String, SignalId)]) -> Vec<usize> {
    let known = model.variables().iter().enumerate();
    let numbers = known.filter(|(_, variable)| matches!(variable.kind, ValueKind::Int | ValueKind::Real));
    let wanted = numbers.filter(|(_, variable)| wired.iter().any(|(name, _)| *name == variable.name));
    wanted.map(|(place, _)| place).collect()
}

fn give(wish: &WhatIfWish, response: &Response) -> anyhow::Result<ExitCode> {
    if wish.json {
        println!("{}", serde_json::to_string_pretty(response)?);
    } else {
        print!("{}", words::table(response));
    }
    if let Some(folder) = &wish.out {
        files::write_sweep(folder, response)?;
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::line::{LineConfig, LineModel};

    #[test]
    fn a_project_without_a_copy_is_refused_in_words() {
        let project = Project { name: "Riverside".into(), ..Project::default() };
        let refusal = measured::believed(&project).map(|_| ()).map_err(|error| error.to_string());
        assert!(refusal.is_err_and(|text| text.starts_with("\"Riverside\" has no simulated copy")));
    }

    #[test]
    fn both_ends_of_a_sweep_are_checked() {
        let line = LineModel::new(LineConfig::demo(), 1).expect("the demo line is valid");
        let (changes, horizon) = (Vec::new(), Span::from_secs(600));
        let scenario = Scenario { name: "sweep".into(), changes, horizon, runs: 4, seed: 1, uncertain: Vec::new() };
        let ends = |text: &str| check(&axis_ends(&[text.parse().expect("an axis")], &scenario), &line);
        assert!(ends("Filler/SpeedSetpoint=500:700:5").is_ok());
        let refusal = ends("Filler/SpeedSetpoint=500:900:5").map_err(|error| error.to_string());
        assert!(refusal.is_err_and(|text| text.contains("cannot be 900 /min, expected 0 to 720")));
    }
}
