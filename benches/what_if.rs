//! What-if: how much faster than the plant the line runs, what a second core brings to a sweep, and what
//! a step of a foreign model costs beside FMPy, which runs it in its own process. Aim: the demo line at
//! 10,000 times real time on one core.
//!
//! Profile of `make bench`: this crate in full optimisation, dependencies as in the dev build.

#[path = "../tests/integration/recording/python.rs"]
mod python;
#[path = "../tests/integration/fmu/workshop.rs"]
#[allow(dead_code)]
mod workshop;

use std::ffi::OsStr;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use twinscope::domain::scenario::Scenario;
use twinscope::domain::sweep::Axis;
use twinscope::domain::time::Span;
use twinscope::domain::value::Value;
use twinscope::simulation::fmu::description::FmiVersion;
use twinscope::simulation::line::{LineConfig, LineModel};
use twinscope::simulation::whatif::sweep::{Shard, sweep};
use twinscope::simulation::whatif::{AlarmWatch, Question};

/// A shift.
const LINE_SECS: f64 = 28_800.0;
const FMU_STEPS: u32 = 20_000;

fn main() {
    line();
    sweep_on_cores();
    foreign_model();
}

fn run_in() -> LineModel {
    let mut line = LineModel::new(LineConfig::demo(), 1).expect("the demo line is valid");
    line.run_until(1_800.0);
    line
}

fn line() {
    let mut line = run_in();
    let begun = Instant::now();
    line.run_until(1_800.0 + LINE_SECS);
    let secs = begun.elapsed().as_secs_f64();
    println!("line, one core: 8 h in {secs:.3} s, {:.0} x real time", LINE_SECS / secs);
}

fn sweep_on_cores() {
    let (start, alarms) = (run_in(), AlarmWatch::default());
    let scenario = Scenario {
        name: "sweep".to_owned(),
        changes: Vec::new(),
        horizon: Span::from_secs(3_600),
        runs: 16,
        seed: 1,
        uncertain: Vec::new(),
    };
    let question = Question { start: &start, scenario: &scenario, variables: &[], grid_secs: 60, alarms: &alarms };
    let axes = [Axis { parameter: "Filler/SpeedSetpoint".to_owned(), from: 500.0, to: 700.0, points: 9 }];
    let go = AtomicBool::new(false);
    let timed = |threads| {
        let begun = Instant::now();
        let response = sweep(&question, &axes, Shard::WHOLE, threads, &go, |_, _| ()).expect("it comes to its end");
        (begun.elapsed().as_secs_f64(), response)
    };
    let ((one, response), (two, same)) = (timed(1), timed(2));
    assert_eq!(response, same, "threads change nothing");
    println!("sweep, 9 x 16 runs of 1 h: {one:.2} s on one thread, {two:.2} s on two, ratio {:.2}", one / two);
}

fn foreign_model() {
    let workshop = workshop::Workshop::new(FmiVersion::V2);
    let mut process = workshop.start(workshop::PATIENT).expect("started");
    let place = |name: &str| process.description().variables.iter().position(|variable| variable.name == name);
    let (input, output) = (place("u").expect("an input"), place("x").expect("an output"));
    process.set_up(0.0, None, None).expect("set up");
    process.enter_initialisation().expect("begun");
    process.exit_initialisation().expect("begun");
    let begun = Instant::now();
    for step in 0..FMU_STEPS {
        let (from, set) = (f64::from(step) * 0.5, vec![(input, Value::Real(f64::from(step % 7)))]);
        process.step(from, from + 0.5, set, vec![output]).expect("a step");
    }
    let ours = begun.elapsed().as_secs_f64() / f64::from(FMU_STEPS);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/support/time_with_fmpy.py");
    let steps = FMU_STEPS.to_string();
    let printed = python::run(script.to_str().expect("text"), &[workshop.fmu.as_os_str(), OsStr::new(&steps)]);
    let theirs: f64 = printed.trim().parse().expect("seconds");
    println!(
        "FMU, a step with an input and an output: {:.1} us in a process of its own, {:.1} us with FMPy, ratio {:.2}",
        ours * 1e6,
        theirs * 1e6,
        ours / theirs
    );
}
