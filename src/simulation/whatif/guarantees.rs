//! What holds for what-if runs as a whole, tested from outside against theory where there is some.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::domain::alarm::{AlarmRule, Condition, Priority};
use crate::domain::scenario::{Change, Estimate, Scenario};
use crate::domain::signal::SignalId;
use crate::domain::time::{Span, Timestamp};
use crate::domain::value::Value;
use crate::simulation::line::{LineConfig, LineModel};
use crate::simulation::model::Model;

fn run_in() -> LineModel {
    let mut line = LineModel::new(LineConfig::demo(), 1).expect("the demo line is valid");
    line.run_until(1800.0);
    line
}

fn change(parameter: &str, to: f64, after_secs: i64) -> Change {
    Change { parameter: parameter.into(), to, after: Span::from_secs(after_secs), ramp: Span::ZERO }
}

fn scenario(changes: Vec<Change>, horizon_secs: i64, runs: u32) -> Scenario {
    Scenario {
        name: "test".into(),
        changes,
        horizon: Span::from_secs(horizon_secs),
        runs,
        seed: 7,
        ..Scenario::default()
    }
}

fn question<'a>(start: &'a LineModel, scenario: &'a Scenario, alarms: &'a AlarmWatch) -> Question<'a> {
    Question { start, scenario, variables: &[], grid_secs: 60, alarms }
}

static GO: AtomicBool = AtomicBool::new(false);

fn play_all(question: &Question<'_>, threads: usize) -> Vec<Pair> {
    run(question, threads, &GO, |_, _| ()).expect("the runs come to their end")
}

/// Bottles in a run, from its throughput.
fn delivered(played: &Played, horizon_secs: f64) -> f64 {
    played.figures[0].map_or(f64::NAN, |per_min| (per_min * horizon_secs / 60.0).round())
}

#[test]
fn without_a_change_both_runs_are_equal_to_the_last_bit() {
    let (start, alarms) = (run_in(), AlarmWatch::default());
    let scenario = scenario(Vec::new(), 1800, 4);
    let all: Vec<usize> = (0..start.variables().len()).collect();
    let question = Question { variables: &all, ..question(&start, &scenario, &alarms) };
    for pair in play_all(&question, 2) {
        assert_eq!(format!("{:?}", pair.baseline), format!("{:?}", pair.changed));
    }
    let wired: Vec<_> = start.variables().iter().zip(0..).map(|(one, id)| (one.name.clone(), SignalId(id))).collect();
    let samples = |changed| record(&question, 2, changed, &wired, Timestamp::default(), &GO);
    assert_eq!(samples(true), samples(false));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (start, alarms) = (run_in(), AlarmWatch::default());
    let scenario = scenario(vec![change("Filler/SpeedSetpoint", 660.0, 10)], 900, 6);
    let question = question(&start, &scenario, &alarms);
    assert_eq!(play_all(&question, 1), play_all(&question, 3));
}

#[test]
fn a_run_is_the_line_itself_going_on() {
    let (start, alarms) = (run_in(), AlarmWatch::default());
    let scenario = scenario(vec![change("Labeller/SpeedSetpoint", 500.0, 100)], 1200, 2);
    let pairs = play_all(&question(&start, &scenario, &alarms), 1);
    for pair in pairs {
        let mut line = start.clone();
        line.reseed(seed_of_run(7, pair.run));
        line.begin_period();
        line.run_until(1800.0 + 100.0);
        line.set_parameter("Labeller/SpeedSetpoint", 500.0).expect("in range");
        line.run_until(1800.0 + 1200.0);
        assert_eq!(line.period(), pair.changed.figures);
    }
}

#[test]
fn the_same_chance_on_both_sides_makes_differences_sharper() {
    let (start, alarms) = (run_in(), AlarmWatch::default());
    let scenario = scenario(vec![change("Filler/RejectFraction", 0.02, 0)], 3600, 24);
    let pairs = play_all(&question(&start, &scenario, &alarms), 2);
    let bottles = |played: &Played| delivered(played, 3600.0);
    let gains = pairs.iter().map(|pair| bottles(&pair.changed) - bottles(&pair.baseline));
    let paired = Estimate::of(gains).expect("runs");
    // The same runs, but with the baseline of the next run: independent chance.
    let shifted = pairs.iter().zip(pairs.iter().cycle().skip(1));
    let independent = shifted.map(|(one, other)| bottles(&one.changed) - bottles(&other.baseline));
    let independent = Estimate::of(independent).expect("runs");
    println!("standard error {:.1} with the same chance, {:.1} without", paired.std_error, independent.std_error);
    assert!(paired.std_error < 0.5 * independent.std_error, "{paired:?} {independent:?}");
    // 1.6 % more rejects of at most 36,000 filled bottles, of which some are still on their way.
    assert!((-580.0..-100.0).contains(&paired.mean), "{paired:?}");
}

/// A line on which only filler and capper fail, equal to each other, with nothing but the belt between
/// to keep them apart and faster machines around them. It is full when it is given.
fn two_machines(buffer_m: f64) -> LineModel {
    let mut config = LineConfig::demo();
    config.fault_speed_exponent = 0.0;
    for (index, machine) in config.machines.iter_mut().enumerate() {
        machine.mtbf_min = if matches!(index, 2 | 3) { 10.0 } else { 1e9 };
        machine.reject_fraction = 0.0;
        // Repair times with the mean and the variance of exponential ones.
        machine.repair_sigma = 2_f64.ln().sqrt();
        machine.faults.truncate(1);
        machine.faults[0].mean_repair_secs = 60.0;
        machine.min_speed_fraction = 1.0;
        machine.acceleration_per_min_per_s = 1e5;
        machine.full_speed_infeed_items = 0;
    }
    for index in [2, 3] {
        config.machines[index].rated_speed_per_min = 600.0;
        config.machines[index].speed_setpoint_per_min = 600.0;
        config.machines[index].restart_infeed_items = 1;
    }
    let belt = &mut config.conveyors[2];
    (belt.length_m, belt.speed_m_per_s, belt.max_density_per_m) = (buffer_m, 3.0, 20.0);
    (belt.slow_down_fill, belt.backup_fill, belt.restart_fill) = (0.97, 0.99, 0.96);
    belt.acceleration_m_per_s2 = 100.0;
    let mut line = LineModel::new(config, 5).expect("the line is valid");
    line.run_until(7200.0);
    line
}

#[test]
fn two_machines_with_a_buffer_deliver_what_theory_says() {
    // Two equal machines with operation-dependent failures, exponential lives and repairs and continuous
    // flow (Gershwin and Schick 1980; Buzacott 1967 for the ends). With equal machines the densities over
    // the buffer are flat, and the balance equations give with x = MTTR / MTBF and n = buffer time / MTBF
    //   E = (n (1 + 1/x) + 2) / (n (2 + x + 1/x) + 2 + 4x),
    // which is 1 / (1 + 2x) without buffer and 1 / (1 + x) with an endless one. A restart adds 2 s.
    let x = 62.0 / 600.0;
    // 60, 600 and 6000 bottles: 6 s, one repair and ten repairs of production.
    for buffer_m in [3.0, 30.0, 300.0] {
        let start = two_machines(buffer_m);
        let efficiency = (0..5).map(|run| {
            let mut line = start.clone();
            line.reseed(seed_of_run(7, run));
            let before = line.totals();
            line.run_until(line.time_secs() + 25.0 * 3600.0);
            let period = line.since(&before);
            period.delivered as f64 / period.secs / 10.0
        });
        let found = Estimate::of(efficiency).expect("runs");
        let n = buffer_m * 20.0 / 10.0 / 600.0;
        let expected = (n * (1.0 + 1.0 / x) + 2.0) / (n * (2.0 + x + 1.0 / x) + 2.0 + 4.0 * x);
        println!("buffer {buffer_m} m: {:.4} +- {:.4} against {expected:.4}", found.mean, found.std_error);
        // Lognormal repairs, belts that take their time and restart marks make up for half a hundredth.
        assert!((found.mean - expected).abs() < 3.0 * found.std_error + 0.005, "{buffer_m} m: {found:?}, {expected}");
    }
}

#[test]
fn bottles_inside_are_flow_times_transit_as_little_has_it() {
    // Little 1961: L = lambda W. L is counted on the belts, W is the time until as many left as had come.
    let mut line = run_in();
    let (begin_secs, begin) = (line.time_secs(), line.inventory());
    let left = |line: &LineModel| line.inventory().delivered + line.inventory().rejected;
    let (mut waiting, mut transits) = (std::collections::VecDeque::new(), Vec::new());
    let (mut inside, mut seconds) = (0.0, 0.0);
    while line.time_secs() < begin_secs + 40.0 * 3600.0 {
        line.run_until(line.time_secs() + 1.0);
        inside += line.inventory().inside as f64;
        seconds += 1.0;
        // A bottle in a hundred is followed; the line stands while none comes in.
        let supplied = line.inventory().supplied;
        if waiting.back().is_none_or(|(last, _)| supplied >= last + 100) {
            waiting.push_back((supplied, line.time_secs()));
        }
        while let Some((_, came_secs)) = waiting.front().filter(|(number, _)| *number <= left(&line)).copied() {
            transits.push(line.time_secs() - came_secs);
            waiting.pop_front();
        }
    }
    let transit = Estimate::of(transits).expect("many bottles");
    let flow_per_sec = (line.inventory().supplied - begin.supplied) as f64 / (line.time_secs() - begin_secs);
    let (found, expected) = (inside / seconds, flow_per_sec * transit.mean);
    println!("{found:.0} inside, {expected:.0} by flow times transit of {:.0} s", transit.mean);
    assert!((found - expected).abs() < 0.01 * expected, "{found} against {expected}");
}

#[test]
fn a_labeller_that_is_repaired_slowly_blocks_what_is_before_it_and_starves_what_is_behind() {
    let (start, alarms) = (run_in(), AlarmWatch::default());
    let scenario = scenario(vec![change("Labeller/RepairFactor", 6.0, 0)], 7200, 16);
    let question = question(&start, &scenario, &alarms);
    let outcome = summarise(&question, &play_all(&question, 2), |_| None).expect("runs");
    let difference = |name: &str| {
        let kpi = outcome.kpis.iter().find(|kpi| kpi.name == name);
        kpi.and_then(|kpi| kpi.difference).map_or(f64::NAN, |difference| difference.mean)
    };
    assert!(difference("Throughput") < -50.0, "{}", difference("Throughput"));
    assert!(difference("Filler blocked") > 600.0, "{}", difference("Filler blocked"));
    assert!(difference("Packer starved") > 600.0, "{}", difference("Packer starved"));
    assert!(difference("Energy per bottle") > 0.0 && difference("OEE") < 0.0);
}

#[test]
fn an_empty_tank_is_foreseen_when_it_runs_empty() {
    let start = run_in();
    let rule = AlarmRule {
        name: "Product tank low".into(),
        signal: SignalId(3),
        asset: None,
        condition: Condition::Below { limit: 15.0, deadband: 2.0 },
        on_delay: Span::ZERO,
        off_delay: Span::ZERO,
        priority: Priority::P3,
        message: String::new(),
        action: String::new(),
    };
    let alarms = AlarmWatch::new(&start, &[("ProductTank/Level".into(), SignalId(3))], &[rule]);
    let scenario = scenario(vec![change("ProductPump/SpeedSetpoint", 0.0, 0)], 3600, 6);
    let question = question(&start, &scenario, &alarms);
    let outcome = summarise(&question, &play_all(&question, 2), |_| Some("Media/Product tank".into())).expect("runs");
    let [alarm] = outcome.alarms.as_slice() else { panic!("one alarm, not {:?}", outcome.alarms) };
    assert_eq!((alarm.baseline.share, alarm.changed.share), (0.0, 1.0));
    assert_eq!(alarm.asset.as_deref(), Some("Media/Product tank"));
    let level = start.variables().iter().position(|variable| variable.name == "ProductTank/Level");
    let level = level.and_then(|place| start.value(place)).and_then(|value| value.as_f64()).expect("a number");
    // 4000 L, at most 330 L/min are drawn.
    let least_secs = (level - 15.0) / 100.0 * 4000.0 / 330.0 * 60.0;
    let first = alarm.changed.first_after_secs.expect("it was raised");
    assert!(first.low >= least_secs && first.mean < 2.0 * least_secs, "{first:?} against {least_secs}");
}

#[test]
fn cancelling_stops_soon_and_says_how_far_it_came() {
    let (start, alarms) = (run_in(), AlarmWatch::default());
    let scenario = scenario(Vec::new(), 600, 200);
    let cancel = AtomicBool::new(false);
    let ended = run(&question(&start, &scenario, &alarms), 2, &cancel, |done, _| {
        cancel.store(done >= 3, Ordering::Relaxed);
    });
    let Err(RunError::Cancelled { done, of: 200 }) = ended else { panic!("cancelled, not {ended:?}") };
    assert!((3..40).contains(&done), "{done}");
}

#[test]
fn too_many_values_and_impossible_changes_are_refused_in_words() {
    let (start, alarms) = (run_in(), AlarmWatch::default());
    let impossible = scenario(vec![change("Filler/SpeedSetpoint", 9000.0, 5)], 600, 20);
    let refusal = run(&question(&start, &impossible, &alarms), 2, &GO, |_, _| ());
    let text = refusal.expect_err("it is out of range").to_string();
    assert!(text.contains("Filler/SpeedSetpoint cannot be 9000 /min, expected 0 to 720"), "{text}");
    let large = scenario(Vec::new(), 604_800, 10_000);
    let question = Question { variables: &[0, 1], grid_secs: 1, ..question(&start, &large, &alarms) };
    assert!(matches!(run(&question, 2, &GO, |_, _| ()), Err(RunError::TooLarge { .. })));
}

#[test]
fn the_representative_run_comes_back_as_samples() {
    let (start, alarms) = (run_in(), AlarmWatch::default());
    let scenario = scenario(vec![change("Filler/SpeedSetpoint", 660.0, 100)], 300, 3);
    let question = question(&start, &scenario, &alarms);
    let wired = [("Filler/SpeedSetpoint".to_owned(), SignalId(4))];
    let begin = Timestamp::from_millis(1_000_000);
    let samples = record(&question, 0, true, &wired, begin, &GO).expect("it comes to its end");
    let found: Vec<_> = samples.iter().map(|sample| (sample.source_time - begin, sample.value.clone())).collect();
    assert_eq!(found, [(Span::ZERO, Value::Real(600.0)), (Span::from_secs(100), Value::Real(660.0))]);
}
