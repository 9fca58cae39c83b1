//! What holds for one machine alone.

use super::super::config::LineConfig;
use super::*;

const FREE: Senses = Senses {
    infeed_empty: false,
    infeed_refilled: true,
    outfeed_full: false,
    outfeed_cleared: true,
    speed_fraction: 1.0,
};

fn filler(edit: impl FnOnce(&mut MachineConfig)) -> Machine {
    let mut config = LineConfig::demo().machines[2].clone();
    edit(&mut config);
    Machine::new(&config, 0.0, 3, 2)
}

fn run(machine: &mut Machine, secs: f64, senses: Senses) -> u32 {
    (0..ticks_from_secs(secs)).map(|_| machine.tick(senses)).sum()
}

#[test]
fn availability_alone_is_mtbf_over_mtbf_and_mttr() {
    // Exponential life of 5 min, lognormal repair of 50 s. The machine also ramps down (1.5 s)
    // and unholds (2 s), which belongs to the time lost per fault.
    let mut machine = filler(|config| {
        config.mtbf_min = 5.0;
        config.faults.truncate(1);
        config.faults[0].mean_repair_secs = 50.0;
    });
    run(&mut machine, 350.0 * 10_000.0, FREE);
    let up = machine.secs_in(State::Execute);
    let lost: f64 =
        [State::Holding, State::Held, State::Unholding].into_iter().map(|state| machine.secs_in(state)).sum();
    let (mtbf, mttr) = (300.0, 50.0 + 1.5 + 2.0);
    let expected = mtbf / (mtbf + mttr);
    // Standard error of A after n alternating cycles: A (1 - A) sqrt((cv_up^2 + cv_down^2) / n).
    let cv_down_squared = (0.4_f64.powi(2).exp() - 1.0) * (50.0_f64 / mttr).powi(2);
    let error = expected * (1.0 - expected) * ((1.0 + cv_down_squared) / 10_000.0).sqrt();
    let found = up / (up + lost);
    assert!((found - expected).abs() < 3.0 * error, "{found} against {expected} +- {error}");
}

#[test]
fn speed_never_changes_faster_than_its_limit() {
    let mut machine = filler(|config| config.mtbf_min = 0.5);
    let limit = machine.config().acceleration_per_min_per_s / 60.0 * TICK_SECS + 1e-12;
    let mut faults = 0;
    for tick in 0..200_000_u32 {
        let before = (machine.speed_per_sec(), machine.state());
        let speed_fraction = f64::from(tick / 700 % 4) / 3.0;
        let outfeed_full = tick % 5000 < 300;
        machine.tick(Senses { speed_fraction, outfeed_full, outfeed_cleared: !outfeed_full, ..FREE });
        assert!((machine.speed_per_sec() - before.0).abs() <= limit, "tick {tick}");
        faults += u32::from(machine.state() == State::Held && before.1 != State::Held);
    }
    assert!(faults > 50, "{faults}");
}

#[test]
fn machine_at_full_speed_does_its_rated_cycles() {
    let mut machine = filler(|config| config.mtbf_min = 1e9);
    run(&mut machine, 60.0, FREE);
    assert_eq!(machine.state(), State::Execute);
    let cycles = run(&mut machine, 3600.0, FREE);
    assert!(cycles.abs_diff(36_000) <= 1, "{cycles}");
}

#[test]
fn starved_machine_suspends_after_a_second_and_waits_for_the_restart_level() {
    let mut machine = filler(|config| config.mtbf_min = 1e9);
    run(&mut machine, 60.0, FREE);
    let empty = Senses { infeed_empty: true, infeed_refilled: false, ..FREE };
    run(&mut machine, 0.8, empty);
    assert_eq!(machine.state(), State::Execute);
    run(&mut machine, 3.0, empty);
    assert_eq!((machine.state(), machine.starved()), (State::Suspended, true));
    run(&mut machine, 10.0, Senses { infeed_refilled: false, ..FREE });
    assert_eq!(machine.state(), State::Suspended);
    run(&mut machine, 1.2, FREE);
    assert_eq!(machine.state(), State::Execute);
}

#[test]
fn injected_fault_holds_for_its_duration_and_draws_nothing() {
    let mut machine = filler(|config| config.mtbf_min = 1e9);
    run(&mut machine, 60.0, FREE);
    let stream = machine.failures.clone();
    assert_eq!(machine.inject_fault(30.0), Ok(()));
    run(&mut machine, 2.0, FREE);
    assert_eq!(machine.state(), State::Held);
    assert_eq!(machine.fault_text().map(|text| &**text), Some("301 valve 23 underfill"));
    run(&mut machine, 60.0, FREE);
    assert_eq!((machine.state(), machine.fault_text()), (State::Execute, None));
    assert!((machine.secs_in(State::Held) - 30.0).abs() <= 2.0 * TICK_SECS);
    assert_eq!(machine.failures, stream);
}

#[test]
fn fault_is_refused_while_stopped_and_for_senseless_durations() {
    let mut machine = filler(|_| ());
    let refusal = machine.inject_fault(30.0).map_err(|error| error.to_string());
    assert_eq!(refusal, Err("a machine that is STOPPED cannot fail; start it first".into()));
    let refusal = machine.inject_fault(f64::NAN).map_err(|error| error.to_string());
    assert_eq!(refusal, Err("a fault cannot last NaN s, expected 0.1 to 86400".into()));
}

#[test]
fn stopped_machine_starts_again_on_request() {
    let mut machine = filler(|config| config.mtbf_min = 1e9);
    run(&mut machine, 60.0, FREE);
    machine.request(false);
    run(&mut machine, 3.0, FREE);
    assert_eq!((machine.state(), machine.speed_per_sec()), (State::Stopped, 0.0));
    machine.request(true);
    run(&mut machine, 5.5, FREE);
    assert_eq!(machine.state(), State::Execute);
}
