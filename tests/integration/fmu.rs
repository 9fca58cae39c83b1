//! FMUs, written in C here and run in a child process: their numbers, and what happens when they
//! misbehave. The judges are the closed form of the model and FMPy.
#![cfg(target_os = "linux")]

mod desk;
mod model;
pub mod workshop;

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use twinscope::domain::value::Value;
use twinscope::simulation::fmu::archive::{ArchiveLimits, unpack};
use twinscope::simulation::fmu::description::FmiVersion;
use twinscope::simulation::fmu::process::{FmuLimits, FmuProcess};
use twinscope::simulation::fmu::run::{Experiment, InputSeries, Trajectory, simulate};
use twinscope::simulation::fmu::{End, FmuError};

use crate::recording::python;
use workshop::{BOTH, PATIENT, Workshop, sources};

const STEP_SECS: f64 = 0.25;
const CONSTANT_SECS: f64 = 0.8;
/// u in each step.
const INPUTS: [f64; 8] = [0.0, 1.0, 1.0, -2.5, 0.1, 0.1, 3.75, 3.75];

/// The experiment that the tests begin with: T is set, u changes, all outputs are recorded.
fn experiment() -> Experiment {
    let points = INPUTS.iter().enumerate().map(|(place, u)| (place as f64 * STEP_SECS, Value::Real(*u)));
    Experiment {
        start_secs: 0.0,
        stop_secs: 2.0,
        step_secs: STEP_SECS,
        tolerance: Some(1e-6),
        set: vec![("T".to_owned(), Value::Real(CONSTANT_SECS)), ("x0".to_owned(), Value::Real(0.0))],
        inputs: vec![InputSeries { name: "u".to_owned(), points: points.collect() }],
        outputs: Vec::new(),
    }
}

fn with(mut experiment: Experiment, name: &str, value: Value) -> Experiment {
    experiment.set.push((name.to_owned(), value));
    experiment
}

fn column(trajectory: &Trajectory, name: &str) -> Vec<Option<Value>> {
    let found = trajectory.columns.iter().find(|column| column.name == name).expect("a column");
    assert_eq!(found.values.len(), trajectory.times_secs.len());
    found.values.clone()
}

fn numbers(trajectory: &Trajectory, name: &str) -> Vec<f64> {
    column(trajectory, name).iter().map(|value| value.as_ref().and_then(Value::as_f64).expect("a number")).collect()
}

/// x(t + h) = u + (x(t) - u) exp(-h / T), from x(0) = 0.
fn closed_form() -> Vec<f64> {
    let mut x = 0.0;
    let steps = INPUTS.map(|u| {
        x = u + (x - u) * (-STEP_SECS / CONSTANT_SECS).exp();
        x
    });
    std::iter::once(0.0).chain(steps).collect()
}

#[test]
fn a_lag_follows_its_closed_form_in_both_versions() {
    for version in BOTH {
        let workshop = Workshop::new(version);
        let mut process = workshop.start(PATIENT).expect("started");
        assert_eq!(process.notices(), [""; 0]);
        let trajectory = simulate(&mut process, &experiment()).expect("a run");
        let times: Vec<f64> = (0..=8).map(|place| f64::from(place) * STEP_SECS).collect();
        assert_eq!((&trajectory.times_secs, trajectory.ended_early), (&times, false));
        for (got, expected) in numbers(&trajectory, "x").iter().zip(closed_form()) {
            assert!((got - expected).abs() < 1e-12, "{version:?}: {got} {expected}");
        }
        let x = trajectory.columns.iter().find(|column| column.name == "x").expect("x");
        assert_eq!(x.unit.code(), "m");
        // A second run in the same process begins anew.
        assert_eq!(simulate(&mut process, &experiment()).expect("a run"), trajectory);
    }
}

#[test]
fn fmpy_gives_the_same_numbers() {
    let inputs = serde_json::to_string(&INPUTS).expect("text");
    let (step, constant) = (STEP_SECS.to_string(), CONSTANT_SECS.to_string());
    let script = sources().join("step_with_fmpy.py");
    for version in BOTH {
        let workshop = Workshop::new(version);
        let args = [workshop.fmu.as_os_str(), OsStr::new(&step), OsStr::new(&inputs), OsStr::new(&constant)];
        let printed = python::run(script.to_str().expect("text"), &args);
        let rows: Vec<(f64, i64, String)> = serde_json::from_str(printed.trim()).expect("rows");
        let mut process = workshop.start(PATIENT).expect("started");
        let trajectory = simulate(&mut process, &experiment()).expect("a run");
        let expected =
            |value: fn(&(f64, i64, String)) -> Value| rows.iter().map(|row| Some(value(row))).collect::<Vec<_>>();
        assert_eq!(rows.len(), 9);
        assert_eq!(column(&trajectory, "x"), expected(|row| Value::Real(row.0)), "{version:?}");
        assert_eq!(column(&trajectory, "count"), expected(|row| Value::Int(row.1)), "{version:?}");
        assert_eq!(column(&trajectory, "label"), expected(|row| Value::text(&row.2)), "{version:?}");
    }
}

#[test]
fn numbers_flags_texts_and_enumerations_go_both_ways() {
    for version in BOTH {
        let mut wish = with(experiment(), "note", Value::text("Füllstand \"A\""));
        wish.inputs.push(InputSeries { name: "hold".to_owned(), points: vec![(1.0, Value::Bool(true))] });
        let mut process = Workshop::new(version).start(PATIENT).expect("started");
        let trajectory = simulate(&mut process, &wish).expect("a run");
        assert_eq!(column(&trajectory, "label")[8], Some(Value::text("Füllstand \"A\" 8")));
        let (x, form) = (numbers(&trajectory, "x"), closed_form());
        assert!((x[4] - form[4]).abs() < 1e-12 && x[4..].iter().all(|held| *held == x[4]), "{x:?}");
        let high: Vec<Option<Value>> = x.iter().map(|x| Some(Value::Bool(*x > 0.5))).collect();
        assert_eq!(column(&trajectory, "high"), high);
        // low = 1, over = 2: x is over half of u.
        let after = INPUTS.iter().zip(&x[1..]);
        let mode: Vec<Option<Value>> = after.map(|(u, x)| Some(Value::Int(if *x > u / 2.0 { 2 } else { 1 }))).collect();
        assert_eq!(column(&trajectory, "mode")[1..], mode);
        if version == FmiVersion::V3 {
            for (name, first) in [
                ("count8", -5.0),
                ("count16", -5.0),
                ("count8u", 0.0),
                ("count16u", 0.0),
                ("count32u", 0.0),
                ("count64u", 0.0),
            ] {
                let expected: Vec<f64> = (0..=8).map(|place| first + f64::from(place)).collect();
                assert_eq!(numbers(&trajectory, name), expected, "{name}");
            }
        }
    }
}

/// A process in the middle of a run, with x at the start of it.
fn under_way(workshop: &Workshop, steps: u32) -> FmuProcess {
    let mut process = workshop.start(PATIENT).expect("started");
    process.set_up(0.0, None, None).expect("set up");
    process.enter_initialisation().expect("entered");
    process.exit_initialisation().expect("ready");
    go_on(&mut process, 0, steps);
    process
}

/// x and label after each step, with another u in each.
fn go_on(process: &mut FmuProcess, from: u32, to: u32) -> Vec<Vec<Option<Value>>> {
    let place = |process: &FmuProcess, name| process.description().find(name).expect("there").0;
    let (u, outputs) = (place(process, "u"), vec![place(process, "x"), place(process, "label")]);
    let step = |place: u32| {
        let (from, to) = (f64::from(place) * STEP_SECS, f64::from(place + 1) * STEP_SECS);
        process.step(from, to, vec![(u, Value::Real(from.sin()))], outputs.clone()).expect("a step").values
    };
    (from..to).map(step).collect()
}

#[test]
fn a_restored_state_goes_on_to_equal_numbers() {
    for version in BOTH {
        let workshop = Workshop::new(version);
        let mut process = under_way(&workshop, 5);
        let saved = process.save_state().expect("saved");
        let once = go_on(&mut process, 5, 12);
        process.restore_state(saved).expect("restored");
        assert_eq!(go_on(&mut process, 5, 12), once, "{version:?}");

        // In another process, by way of bytes.
        let bytes = process.serialise_state(saved).expect("bytes");
        process.free_state(saved).expect("freed");
        let said = process.restore_state(saved).expect_err("freed").to_string();
        assert!(said.contains("no state 0 is kept"), "{said}");
        let mut other = under_way(&workshop, 1);
        let brought = other.deserialise_state(&bytes).expect("a state");
        other.restore_state(brought).expect("restored");
        assert_eq!(go_on(&mut other, 5, 12), once, "{version:?}");
        let said = other.deserialise_state(&bytes[1..]).expect_err("too short").to_string();
        assert!(said.contains("when its state was read: its binary reported an error"), "{said}");
    }
}

#[test]
fn what_a_model_does_not_offer_is_not_asked_of_it() {
    let workshop = Workshop::with(FmiVersion::V2, &[], |text| text.replace("canGetAndSetFMUstate=\"true\"", ""));
    let said = under_way(&workshop, 1).save_state().expect_err("not offered").to_string();
    assert_eq!(said, "The model \"Lag\" does not offer to save its state; nothing was changed.");
}

/// The error of a run with the given fault, and how long it took.
fn failure(version: FmiVersion, fault: i64, limits: FmuLimits) -> (FmuError, FmuProcess, Duration) {
    let mut process = Workshop::new(version).start(limits).expect("started");
    let begun = Instant::now();
    let error = simulate(&mut process, &with(experiment(), "fault", Value::Int(fault))).expect_err("a failed run");
    (error, process, begun.elapsed())
}

#[test]
fn a_crash_is_a_failed_run_with_a_reason() {
    for version in BOTH {
        let (error, mut process, _) = failure(version, 1, PATIENT);
        assert!(matches!(error, FmuError::Ended { end: End::Signal(11), .. }), "{error:?}");
        assert_eq!(error.to_string(), "The FMU crashed (segmentation fault) in the step to 1 s. The run ends there.");
        assert!(matches!(simulate(&mut process, &experiment()), Err(FmuError::Gone)));
    }
}

#[test]
fn a_hang_is_ended_in_time() {
    for version in BOTH {
        let (error, _, took) = failure(version, 2, FmuLimits { step: Duration::from_secs(1), ..PATIENT });
        let said = error.to_string();
        assert!(said.starts_with("The FMU did not answer within 1 s in the step to 1 s and was ended."), "{said}");
        assert!(took >= Duration::from_secs(1) && took < Duration::from_secs(10), "{took:?}");
    }
}

#[test]
fn hunger_for_memory_is_stopped_at_the_limit() {
    for version in BOTH {
        let (error, _, _) = failure(version, 3, FmuLimits { memory_bytes: 128 << 20, ..PATIENT });
        let said = error.to_string();
        assert!(
            said.starts_with("The FMU failed in the step to 1 s: it ran out of memory; the limit is 128 MiB."),
            "{said}"
        );
    }
}

#[test]
fn what_an_fmu_prints_is_no_answer() {
    let mut process = Workshop::new(FmiVersion::V2).start(PATIENT).expect("started");
    let chatty = simulate(&mut process, &with(experiment(), "fault", Value::Int(4))).expect("a run");
    assert_eq!(chatty, simulate(&mut process, &experiment()).expect("a run"));
}

#[test]
fn an_fmu_that_ends_the_process_is_told_with_its_last_words() {
    let (error, _, _) = failure(FmiVersion::V3, 5, PATIENT);
    assert_eq!(
        error.to_string(),
        "The FMU ended its own process with code 3 in the step to 1 s. Its last words: the licence is over. \
         The run ends there."
    );
}

#[test]
fn a_number_that_is_not_finite_is_a_missing_value() {
    for version in BOTH {
        let mut process = Workshop::new(version).start(PATIENT).expect("started");
        let trajectory = simulate(&mut process, &with(experiment(), "fault", Value::Int(6))).expect("a run");
        let x = column(&trajectory, "x");
        assert!(x[..4].iter().all(Option::is_some) && x[4..].iter().all(Option::is_none), "{x:?}");
    }
}

#[test]
fn a_step_that_the_model_refuses_ends_the_run_with_its_log() {
    let (error, mut process, _) = failure(FmiVersion::V2, 7, PATIENT);
    assert_eq!(
        error.to_string(),
        "The FMU failed in the step to 1 s: its binary gave up what it was asked for (discard). \
         Its last words: no more after %d steps."
    );
    simulate(&mut process, &experiment()).expect("the process is sound; another run goes");
}

#[test]
fn a_model_that_ends_its_run_gives_what_it_had() {
    let mut process = Workshop::new(FmiVersion::V3).start(PATIENT).expect("started");
    let trajectory = simulate(&mut process, &with(experiment(), "fault", Value::Int(8))).expect("a run");
    assert!(trajectory.ended_early);
    assert_eq!(trajectory.times_secs, [0.0, 0.25, 0.5, 0.75, 1.0]);
}

#[test]
fn a_binary_of_another_export_is_refused() {
    for version in BOTH {
        let workshop = Workshop::with(version, &[], |text| text.replace("{5f0c2a1e-lag}", "{other}"));
        let mut process = workshop.start(PATIENT).expect("loads");
        let said = simulate(&mut process, &experiment()).expect_err("refused").to_string();
        assert!(said.starts_with("The FMU failed while being set up: its binary refused to be instantiated"), "{said}");
        assert!(said.contains("is not mine"), "{said}");
    }
}

#[test]
fn a_missing_function_is_named() {
    let workshop = Workshop::with(FmiVersion::V2, &["-DWITHOUT_STEP"], |text| text);
    let mut process = workshop.start(PATIENT).expect("loads");
    let said = simulate(&mut process, &experiment()).expect_err("no step").to_string();
    assert_eq!(said, "The FMU failed in the step to 0.25 s: its binary lacks the function fmi2DoStep.");
}

#[test]
fn a_binary_that_is_none_is_told() {
    let workshop = Workshop::with(FmiVersion::V2, &["-c"], |text| text);
    let said = workshop.start(PATIENT).expect_err("an object file").to_string();
    assert!(said.starts_with("The FMU failed while loading: its binary cannot be loaded ("), "{said}");
}

#[test]
fn a_program_that_is_no_host_is_told_and_harmless() {
    let workshop = Workshop::new(FmiVersion::V2);
    let folder = tempfile::tempdir().expect("a folder");
    let unpacked = unpack(&workshop.fmu, folder.path(), &ArchiveLimits::default()).expect("unpacked");
    let limits = FmuLimits { load: Duration::from_millis(500), ..PATIENT };
    for (script, words) in [
        ("read line; echo hello; read line", "answered nonsense while loading: expected value"),
        ("read line; echo '\"done\"'; read line", "answered nonsense while loading: the answer does not fit"),
        ("exit 7", "ended its own process with code 7 while loading"),
        ("sleep 60", "did not answer within 0.5 s while loading"),
        ("kill -9 $$", "crashed (killed from outside, as a computer short of memory does) while loading"),
    ] {
        let args = ["-c".into(), script.into()];
        let error = FmuProcess::start("/bin/sh".as_ref(), &args, &unpacked, limits).expect_err(script);
        assert!(error.to_string().contains(words), "{script}: {error}");
    }
    let error = FmuProcess::start("/no/such/program".as_ref(), &[], &unpacked, limits).expect_err("no program");
    assert!(error.to_string().starts_with("The FMU's process cannot be started"), "{error}");
}

#[test]
fn a_host_does_not_outlive_its_parent_even_in_an_endless_step() {
    let workshop = Workshop::new(FmiVersion::V2);
    let folder = tempfile::tempdir().expect("a folder");
    let unpacked = unpack(&workshop.fmu, folder.path(), &ArchiveLimits::default()).expect("unpacked");
    let place = |name| unpacked.description.find(name).expect("there").0;
    let mut host = Command::new(env!("CARGO_BIN_EXE_twinscope"))
        .arg("fmu-host")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a host");
    let mut requests = host.stdin.take().expect("a stream");
    let mut answers = BufReader::new(host.stdout.take().expect("a stream")).lines();
    for request in [
        serde_json::json!({"load": {"folder": unpacked.folder, "memory_bytes": PATIENT.memory_bytes}}),
        serde_json::json!({"set_up": {"start_secs": 0.0, "stop_secs": null, "tolerance": null}}),
        serde_json::json!({"set": {"values": [[place("fault"), 2], [place("every"), 0]]}}),
        serde_json::json!("enter_initialisation"),
        serde_json::json!("exit_initialisation"),
    ] {
        writeln!(requests, "{request}").expect("sent");
        let answer = answers.next().expect("an answer").expect("a line");
        assert!(!answer.contains("refused"), "{request}: {answer}");
    }
    let step = serde_json::json!({"step": {"from_secs": 0.0, "to_secs": 1.0, "inputs": [], "outputs": []}});
    writeln!(requests, "{step}").expect("sent");
    // What the system does with the streams of a parent that is killed.
    drop(requests);
    assert!(answers.next().is_none(), "the step has no end");
    host.wait().expect("ended");
}

#[test]
fn the_command_line_writes_a_table_of_outputs() {
    let program = || Command::new(env!("CARGO_BIN_EXE_twinscope"));
    let folder = tempfile::tempdir().expect("a folder");
    let (input, out) = (folder.path().join("u.csv"), folder.path().join("x.csv"));
    let rows = INPUTS.iter().enumerate().map(|(place, u)| format!("{},{u}\n", place as f64 * STEP_SECS));
    fs::write(&input, format!("time,u\n{}", rows.collect::<String>())).expect("written");
    for version in BOTH {
        let workshop = Workshop::new(version);
        let mut run = program();
        run.arg("simulate-fmu").arg(&workshop.fmu).args(["--set", "T=0.8", "--output", "x", "--output", "label"]);
        let output = run.arg("--input").arg(&input).arg("--out").arg(&out).output().expect("runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = fs::read_to_string(&out).expect("a table");
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("time,x,label"));
        for (place, (line, expected)) in lines.by_ref().zip(closed_form()).enumerate() {
            let cells: Vec<&str> = line.split(',').collect();
            let [time, x, label] = [cells[0], cells[1], cells[2]];
            assert_eq!(time.parse(), Ok(place as f64 * STEP_SECS));
            assert!((x.parse::<f64>().expect("a number") - expected).abs() < 1e-12, "{line}");
            assert_eq!(label, format!("lag {place}"));
        }
        assert_eq!(text.lines().count(), 10);

        let listed = program().arg("simulate-fmu").arg(&workshop.fmu).arg("--list").output().expect("runs");
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        for line in ["parameter   T [s]: a real number, starts as 2", "output      mode: one of low, over"] {
            assert!(listed.contains(line), "{line}: {listed}");
        }
        let wrong = program().arg("simulate-fmu").arg(&workshop.fmu).args(["--set", "t=1"]).output().expect("runs");
        let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
        assert!(
            !wrong.status.success() && said.contains("\"Lag\"") && said.contains("it has no variable \"t\""),
            "{said}"
        );
    }
}
