//! `twinscope calibrate` and `twinscope backtest`: how well the simulated copy follows a recording.

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use anyhow::Context;
use serde_json::json;

use super::measured;
use crate::app::args::{BacktestWish, CalibrateWish};
use crate::domain::scenario::{Credibility, Fit, Verdict};
use crate::simulation::calibrate::file::{self, Stored};
use crate::simulation::calibrate::{self, Fitted, Task};
use crate::simulation::whatif::backtest::{self, Plan};

/// Runs for each set of values that a fit tries, where no number is given.
const RUNS: u32 = 24;
/// Most runs of a fit in all.
const BUDGET: u32 = 20_000;

/// Fits parameters and tells what was found.
///
/// # Errors
/// When project, recording or parameters cannot be used, or the file cannot be written.
pub fn calibrate(wish: &CalibrateWish) -> anyhow::Result<ExitCode> {
    let opened = crate::app::read(wish.path.clone())?;
    let believed = measured::believed(&opened.project)?;
    let past = measured::past(&opened.project, &wish.recording, (wish.from, wish.to))?;
    let (from, to) = past.range;
    let (parameters, runs) = (wish.parameter.clone(), wish.runs.unwrap_or(RUNS));
    let task = Task { from, to, parameters, runs, seed: wish.seed, budget: BUDGET };
    let told = std::io::stderr().is_terminal();
    let tell = |done, _| {
        if told {
            eprint!("\r{done} runs done ");
        }
    };
    let measured = past.measured(&believed.wired);
    let fitted =
        calibrate::calibrate(believed.model(), &measured, &task, crate::app::threads(), &AtomicBool::new(false), tell)?;
    if wish.json {
        println!("{:#}", for_programs(&fitted));
    } else {
        print!("{}", in_words(&fitted));
    }
    if let Some(out) = &wish.out {
        let made = Stored { calibration: fitted.calibration, made: crate::app::wall_now(), seed: wish.seed };
        std::fs::write(out, file::write(&made)?).with_context(|| format!("{} cannot be written.", out.display()))?;
        eprintln!("wrote {}", out.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn in_words(fitted: &Fitted) -> String {
    let calibration = &fitted.calibration;
    let (from, to) = calibration.window;
    // Writing to a String cannot fail.
    let mut text = format!("Fitted to {from} until {to}, {} runs.\n\n", fitted.runs);
    _ = writeln!(text, "{:<32}{:>12}{:>12}  standard error", "parameter", "before", "found");
    for parameter in &calibration.parameters {
        let name = format!("{} [{}]", parameter.name, parameter.unit.symbol());
        let error = match parameter.std_error {
            None => "the data say nothing of it".to_owned(),
            Some(error) if parameter.at_bound() => format!("{error:.4}, at the end of its range"),
            Some(error) => format!("{error:.4}"),
        };
        _ = writeln!(text, "{name:<32}{:>12.4}{:>12.4}  {error}", parameter.before, parameter.value);
    }
    let (before, after) = calibration.misfit;
    _ = writeln!(text, "\nMisfit {before:.1} before, {after:.1} now. What changed most:");
    for compared in fitted.statistics.iter().take(10) {
        let (measured, before, after) = (compared.measured, compared.before, compared.after);
        _ = writeln!(text, "  {}: measured {measured:.4}, before {before:.4}, now {after:.4}", compared.name);
    }
    for doubt in &calibration.doubts {
        _ = writeln!(text, "Careful: {doubt}");
    }
    text
}

fn for_programs(fitted: &Fitted) -> serde_json::Value {
    let calibration = &fitted.calibration;
    let parameters = calibration.parameters.iter().map(|parameter| {
        json!({
            "name": parameter.name,
            "unit": parameter.unit.code(),
            "before": parameter.before,
            "value": parameter.value,
            "std_error": parameter.std_error,
            "range": parameter.range,
            "at_bound": parameter.at_bound(),
        })
    });
    json!({
        "from": calibration.window.0.to_string(),
        "to": calibration.window.1.to_string(),
        "parameters": parameters.collect::<Vec<_>>(),
        "misfit": { "before": calibration.misfit.0, "after": calibration.misfit.1 },
        "doubts": calibration.doubts,
        "runs": fitted.runs,
    })
}

/// Compares the copy with a recording. Fails where it is not credible.
///
/// # Errors
/// When project or recording cannot be used.
pub fn backtest(wish: &BacktestWish) -> anyhow::Result<ExitCode> {
    let opened = crate::app::read(wish.path.clone())?;
    let believed = measured::believed(&opened.project)?;
    let past = measured::past(&opened.project, &wish.recording, (wish.from, wish.to))?;
    let (from, to) = past.range;
    let BacktestWish { horizon, starts, runs, seed, .. } = *wish;
    let plan = Plan { from, to, horizon, starts, runs, seed };
    let measured = past.measured(&believed.wired);
    let credibility =
        backtest::backtest(believed.model(), &measured, plan, crate::app::threads(), &AtomicBool::new(false))?;
    let verdict = credibility.verdict(&[]);
    if wish.json {
        let words = match &verdict {
            Verdict::Credible => ("credible", Vec::new()),
            Verdict::Doubtful(reasons) => ("doubtful", reasons.clone()),
            Verdict::NotCredible(reasons) => ("not credible", reasons.clone()),
        };
        println!("{:#}", json!({ "verdict": words.0, "reasons": words.1, "credibility": credibility }));
    } else {
        print!("{}", told(&credibility, &verdict));
    }
    Ok(if matches!(verdict, Verdict::NotCredible(_)) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn told(credibility: &Credibility, verdict: &Verdict) -> String {
    let mut text = format!("{} of measured data, {} starts.\n\n", credibility.span, credibility.starts);
    // Writing to a String cannot fail.
    _ = writeln!(
        text,
        "{:<34}{:>12}{:>12}{:>10}{:>9}  bias over the horizon",
        "variable", "rmse", "bias", "in band", "points"
    );
    for fit in &credibility.signals {
        let Fit { rmse, bias, coverage, points, .. } = fit;
        let name = format!("{} [{}]", fit.variable, fit.unit.symbol());
        let percent = 100.0 * coverage;
        let course: Vec<String> = fit.by_horizon.iter().map(|part| format!("{:.3}", part.bias)).collect();
        _ = writeln!(text, "{name:<34}{rmse:>12.3}{bias:>12.3}{percent:>8.0} %{points:>9}  {}", course.join(", "));
    }
    match verdict {
        Verdict::Credible => text.push_str("\nThe model is credible for this stretch.\n"),
        Verdict::Doubtful(reasons) => _ = writeln!(text, "\nDoubtful:\n  {}", reasons.join("\n  ")),
        Verdict::NotCredible(reasons) => _ = writeln!(text, "\nNot credible:\n  {}", reasons.join("\n  ")),
    }
    text
}
