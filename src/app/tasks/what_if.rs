//! `twinscope simulate`: what a change would do, asked of the simulated copy of an emulated line.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{IsTerminal, Read};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::thread;

use anyhow::{Context, bail};
use serde_json::json;

use crate::app::args::WhatIfWish;
use crate::domain::scenario::{Change, Estimate, ForeseenAlarm, Foresight, KpiResult, Scenario};
use crate::domain::signal::SignalId;
use crate::domain::source::{EmulatorSpec, SourceKind};
use crate::domain::time::Span;
use crate::domain::value::ValueKind;
use crate::project::Project;
use crate::simulation::line::{LineConfig, LineModel};
use crate::simulation::whatif::sweep::{self, Axis, Response, Shard};
use crate::simulation::whatif::{self, AlarmWatch, Outcome, Question, ScenarioProblem};

/// How long the line ran before, where nothing else is asked for: full belts and a hot tunnel.
const RUN_IN: Span = Span::from_secs(2_400);
/// Points of a band over the horizon.
const BAND_POINTS: f64 = 240.0;
/// Scenario files and shares of a sweep are read up to here.
const LARGEST_FILE: u64 = 64 << 20;
/// Figures of the line itself stand first; the others are those of machines.
const LINE_FIGURES: usize = 7;
/// Part of the horizon from which a longer or shorter wait of a machine is told.
const WORTH_TELLING: f64 = 0.01;

/// Runs a scenario or a sweep, prints what comes of it and writes tables.
///
/// # Errors
/// When project or scenario cannot be used, the runs fail or files cannot be written.
pub fn simulate(wish: &WhatIfWish) -> anyhow::Result<ExitCode> {
    if !wish.merge.is_empty() {
        return merge(wish);
    }
    let opened = crate::app::read(wish.path.clone())?;
    let project = &*opened.project;
    let spec = emulator(project)?;
    let mut start = LineModel::new(LineConfig::demo(), spec.seed)?;
    start.run_until(wish.from.unwrap_or(RUN_IN).as_secs_f64());
    let scenario = scenario(wish, &start)?;
    let variables = numbers(&start, &spec.signals);
    let alarms = AlarmWatch::new(&start, &spec.signals, &project.alarms);
    let grid_secs = (scenario.horizon.as_secs_f64() / BAND_POINTS).ceil().max(1.0) as u32;
    let question = Question { start: &start, scenario: &scenario, variables: &variables, grid_secs, alarms: &alarms };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let cancel = AtomicBool::new(false);
    let told = std::io::stderr().is_terminal();
    if !wish.sweep.is_empty() {
        check(&axis_ends(&wish.sweep, &scenario), &start)?;
        let shard = wish.shard.unwrap_or(Shard::WHOLE);
        let done = |done: usize, _: &sweep::Cell| tell(told, &format!("{done} combinations"));
        let response = sweep::sweep(&question, &wish.sweep, shard, threads, &cancel, done)?;
        return give(wish, &response);
    }
    let runs = scenario.runs;
    let pairs = whatif::run(&question, threads, &cancel, |done, _| tell(told, &format!("{done} of {runs} runs")))?;
    let path = |asset| project.assets.get(asset).map(|asset| asset.path.clone());
    let outcome =
        whatif::summarise(&question, &pairs, |rule| rule.asset.and_then(path)).context("There was no run.")?;
    if wish.json {
        let value = json!({ "scenario": scenario, "kpis": outcome.kpis, "alarms": outcome.alarms });
        println!("{value:#}");
    } else {
        print!("{}", in_words(&project.name, start.time_secs(), &scenario, &outcome));
    }
    if let Some(folder) = &wish.out {
        write_bands(folder, &outcome)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(told: bool, how_far: &str) {
    if told {
        eprint!("\r{how_far} done ");
    }
}

fn emulator(project: &Project) -> anyhow::Result<&EmulatorSpec> {
    let found = project.sources.iter().find_map(|source| match &source.kind {
        SourceKind::Emulator(spec) => Some(spec),
        _ => None,
    });
    found.with_context(|| {
        format!(
            "\"{}\" has no source of kind \"emulator\", so there is no model to ask. Nothing was simulated. \
             Add one to the project, as in the demo factory.",
            project.name
        )
    })
}

fn scenario(wish: &WhatIfWish, line: &LineModel) -> anyhow::Result<Scenario> {
    let file = wish.scenario.as_deref().context("Give a scenario with --scenario FILE.")?;
    let text = read(file)?;
    let mut scenario = whatif::read(&text, line).map_err(|problems| {
        anyhow::anyhow!("{} cannot be used; nothing was simulated.\n{}", file.display(), listed(&problems))
    })?;
    scenario.runs = wish.runs.unwrap_or(scenario.runs);
    check(&scenario, line)?;
    Ok(scenario)
}

fn check(scenario: &Scenario, line: &LineModel) -> anyhow::Result<()> {
    let problems = whatif::problems_of(scenario, line);
    if !problems.is_empty() {
        bail!("The question cannot be asked of this line; nothing was simulated.\n{}", listed(&problems));
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
fn numbers(line: &LineModel, wired: &[(String, SignalId)]) -> Vec<usize> {
    let known = line.variables().iter().enumerate();
    let numbers = known.filter(|(_, variable)| matches!(variable.kind, ValueKind::Int | ValueKind::Real));
    let wanted = numbers.filter(|(_, variable)| wired.iter().any(|(name, _)| *name == variable.name));
    wanted.map(|(place, _)| place).collect()
}

fn read(file: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let opened = File::open(file).with_context(|| format!("{} cannot be opened.", file.display()))?;
    let read = opened.take(LARGEST_FILE).read_to_string(&mut text);
    read.with_context(|| format!("{} cannot be read as text.", file.display()))?;
    Ok(text)
}

fn merge(wish: &WhatIfWish) -> anyhow::Result<ExitCode> {
    let mut shares = Vec::new();
    for file in &wish.merge {
        let share = serde_json::from_str(&read(file)?);
        shares.push(share.with_context(|| format!("{} is no share of a sweep (sweep.json).", file.display()))?);
    }
    give(wish, &sweep::merge(shares)?)
}

fn give(wish: &WhatIfWish, response: &Response) -> anyhow::Result<ExitCode> {
    let file = serde_json::to_string_pretty(response)?;
    if wish.json {
        println!("{file}")
    } else {
        print!("{}", table(response))
    }
    if let Some(folder) = &wish.out {
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made.", folder.display()))?;
        let path = folder.join("sweep.json");
        std::fs::write(&path, file).with_context(|| format!("{} cannot be written.", path.display()))?;
        eprintln!("wrote {}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn in_words(line: &str, ran_secs: f64, scenario: &Scenario, outcome: &Outcome) -> String {
    let mut text = String::new();
    let ran = Span::from_secs_f64(ran_secs);
    // Writing to a String cannot fail.
    _ = writeln!(text, "{}: {} runs of {}", scenario.name, scenario.runs, scenario.horizon);
    _ = writeln!(text, "Start: the emulated line of \"{line}\" after it ran for {ran}. Simulated, not measured.");
    _ = writeln!(text, "Means of all runs; nine of ten runs lie in the brackets.\n");
    _ = writeln!(text, "{:<26}{:<30}{:<30}difference", "", "without the change", "with the change");
    let (of_line, of_machines) = outcome.kpis.split_at(LINE_FIGURES.min(outcome.kpis.len()));
    of_line.iter().for_each(|kpi| row(&mut text, kpi));
    let size = |kpi: &KpiResult| kpi.difference.map_or(0.0, |difference| difference.mean.abs());
    let least = WORTH_TELLING * scenario.horizon.as_secs_f64();
    let mut affected: Vec<_> = of_machines.iter().filter(|kpi| beyond_chance(kpi) && size(kpi) >= least).collect();
    affected.sort_by(|a, b| size(b).total_cmp(&size(a)));
    match affected.is_empty() {
        true => text.push_str("\nNo machine waits or stands on faults for a longer or shorter time worth telling.\n"),
        false => text.push_str("\nMachines that the change affects, the most affected first:\n"),
    }
    affected.into_iter().for_each(|kpi| row(&mut text, kpi));
    text.push_str(if outcome.alarms.is_empty() { "\nNo alarm is foreseen.\n" } else { "\nAlarms foreseen:\n" });
    for ForeseenAlarm { alarm, asset, baseline, changed, .. } in &outcome.alarms {
        let place = asset.as_ref().map(|asset| format!(" ({asset})")).unwrap_or_default();
        let (before, after) = (foresight(baseline), foresight(changed));
        _ = writeln!(text, "  {alarm}{place}: without the change in {before}; with it in {after}");
    }
    text
}

fn beyond_chance(kpi: &KpiResult) -> bool {
    kpi.difference.is_some_and(|difference| difference.beyond_chance())
}

fn row(text: &mut String, kpi: &KpiResult) {
    let name = format!("{} [{}]", kpi.name, kpi.unit);
    let estimate = |estimate: &Option<Estimate>| estimate.as_ref().map_or("none".to_owned(), band);
    let sign = if kpi.difference.is_some_and(|difference| difference.mean > 0.0) { "+" } else { "" };
    let chance = if beyond_chance(kpi) { "" } else { ", may be chance" };
    let (before, after, difference) = (estimate(&kpi.baseline), estimate(&kpi.changed), estimate(&kpi.difference));
    _ = writeln!(text, "{name:<26}{before:<30}{after:<30}{sign}{difference}{chance}");
}

fn band(estimate: &Estimate) -> String {
    let Estimate { mean, low, high, .. } = *estimate;
    format!("{} ({} to {})", number(mean), number(low), number(high))
}

/// Three digits behind the point for small numbers, none for large ones.
fn number(value: f64) -> String {
    let digits = match value.abs() {
        1000.0.. => 0,
        100.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    format!("{value:.digits$}")
}

fn foresight(foresight: &Foresight) -> String {
    let percent = (100.0 * foresight.share).round();
    let Some(first) = foresight.first_after_secs else { return "no run".to_owned() };
    format!("{percent} % of the runs, first after {}", Span::from_secs_f64(first.mean))
}

fn table(response: &Response) -> String {
    let mut text =
        format!("{}: {} runs of {}\n", response.scenario.name, response.scenario.runs, response.scenario.horizon);
    let head: Vec<&str> = response.axes.iter().map(|axis| axis.parameter.as_str()).collect();
    // Writing to a String cannot fail.
    _ = writeln!(text, "{:<52}throughput [/min]             OEE [%]", head.join(", "));
    for cell in &response.cells {
        let values: Vec<String> = cell.values.iter().map(|value| number(*value)).collect();
        let of = |name: &str| {
            let kpi = cell.kpis.iter().find(|kpi| kpi.name == name);
            kpi.and_then(|kpi| kpi.changed.as_ref()).map_or("none".to_owned(), band)
        };
        _ = writeln!(text, "{:<52}{:<30}{}", values.join(", "), of("Throughput"), of("OEE"));
    }
    text
}

fn write_bands(folder: &Path, outcome: &Outcome) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made.", folder.display()))?;
    let path = folder.join("bands.csv");
    let mut table = csv::Writer::from_path(&path).with_context(|| format!("{} cannot be written.", path.display()))?;
    table.write_record(["variable", "unit", "course", "secs", "min", "p5", "p50", "p95", "max"])?;
    for bands in &outcome.bands {
        for (course, series) in [("baseline", &bands.baseline), ("changed", &bands.changed)] {
            for (place, band) in series.iter().enumerate() {
                let secs = place as u64 * u64::from(bands.grid_secs);
                let figures = [band.min, band.low, band.middle, band.high, band.max].map(|value| value.to_string());
                let names = [bands.variable.as_str(), bands.unit.code(), course].map(str::to_owned);
                table.write_record(names.into_iter().chain([secs.to_string()]).chain(figures))?;
            }
        }
    }
    table.flush().with_context(|| format!("{} cannot be written.", path.display()))?;
    eprintln!("wrote {}", path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::unit::Unit;

    #[test]
    fn a_project_without_an_emulated_line_is_refused_in_words() {
        let project = Project { name: "Riverside".into(), ..Project::default() };
        let refusal = emulator(&project).map(|_| ()).map_err(|error| error.to_string());
        assert!(refusal.is_err_and(|text| text.starts_with("\"Riverside\" has no source of kind \"emulator\"")));
    }

    #[test]
    fn rows_say_what_may_be_chance() {
        let pairs =
            |difference: f64| [0.0, 1.0, 2.0].map(|run| (Some(500.0 + run), Some(500.0 + run + difference * run)));
        let told = |difference| {
            let mut text = String::new();
            row(&mut text, &KpiResult::paired("Throughput", Unit::new("/min"), &pairs(difference)));
            text
        };
        assert!(told(0.0).ends_with("0.000 (0.000 to 0.000), may be chance\n"), "{}", told(0.0));
        let steady = KpiResult::paired("Throughput", Unit::new("/min"), &[(Some(500.0), Some(520.0)); 3]);
        let mut text = String::new();
        row(&mut text, &steady);
        assert_eq!(
            text.split_whitespace().collect::<Vec<_>>().join(" "),
            "Throughput [/min] 500.0 (500.0 to 500.0) 520.0 (520.0 to 520.0) +20.00 (20.00 to 20.00)"
        );
    }

    #[test]
    fn both_ends_of_a_sweep_are_checked() {
        let line = LineModel::new(LineConfig::demo(), 1).expect("the demo line is valid");
        let (changes, horizon) = (Vec::new(), Span::from_secs(600));
        let scenario = Scenario { name: "sweep".into(), changes, horizon, runs: 4, seed: 1 };
        let ends = |text: &str| check(&axis_ends(&[text.parse().expect("an axis")], &scenario), &line);
        assert!(ends("Filler/SpeedSetpoint=500:700:5").is_ok());
        let refusal = ends("Filler/SpeedSetpoint=500:900:5").map_err(|error| error.to_string());
        assert!(refusal.is_err_and(|text| text.contains("cannot be 900 /min, expected 0 to 720")));
    }
}
