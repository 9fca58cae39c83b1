//! What holds for the whole line, tested from outside.

use proptest::prelude::*;

use super::*;
use crate::domain::value::Value;

fn demo(seed: u64) -> LineModel {
    LineModel::new(LineConfig::demo(), seed).expect("the demo line is valid")
}

/// The demo line without faults by chance, run until it is in balance.
fn steady() -> LineModel {
    let mut config = LineConfig::demo();
    for machine in &mut config.machines {
        machine.mtbf_min = 1e9;
    }
    let mut line = LineModel::new(config, 1).expect("the line is valid");
    line.run_until(2400.0);
    line
}

fn number(line: &LineModel, name: &str) -> f64 {
    let mut values = Vec::new();
    line.read(&mut values);
    let index = line.variables().iter().position(|variable| variable.name == name).expect("a variable of this name");
    values[index].as_f64().expect("a number")
}

fn assert_conserved(line: &LineModel) {
    let inventory = line.inventory();
    let found = inventory.inside + inventory.rejected + inventory.delivered;
    assert_eq!(found, inventory.supplied, "{inventory:?} at {} s", line.time_secs());
    assert!(line.conveyors.iter().all(|conveyor| conveyor.fill() <= 1.0));
}

/// Seconds after now at which a condition first holds, looked at every tick.
fn secs_until(line: &mut LineModel, limit_secs: f64, done: impl Fn(&LineModel) -> bool) -> f64 {
    let start = line.time_secs();
    while !done(line) {
        assert!(line.time_secs() - start < limit_secs, "nothing within {limit_secs} s");
        line.run_until(line.time_secs() + TICK_SECS);
    }
    line.time_secs() - start
}

#[test]
fn bottles_are_conserved_over_a_day() {
    let mut line = demo(11);
    for minute in 0..24 * 60 {
        line.run_until(f64::from(minute) * 60.0);
        assert_conserved(&line);
    }
    assert!(line.inventory().delivered > 600_000, "{:?}", line.inventory());
}

prop_compose! {
    /// Lines with other belts, speeds, faults and cases than the demo line.
    fn some_line()(
        lengths in prop::array::uniform7(0.2_f64..3.0),
        densities in prop::array::uniform7(0.5_f64..2.0),
        belts in prop::array::uniform7(0.3_f64..2.0),
        speeds in prop::array::uniform8(0.2_f64..1.2),
        mtbf_factor in 0.02_f64..2.0,
        reject_fraction in 0.0_f64..0.5,
        bottles_per_case in 1_u32..30,
        layers in 1_u32..4,
    ) -> LineConfig {
        let mut config = LineConfig::demo();
        for (index, conveyor) in config.conveyors.iter_mut().enumerate() {
            conveyor.length_m = (conveyor.length_m * lengths[index]).max(4.0);
            conveyor.max_density_per_m *= densities[index];
            conveyor.speed_m_per_s *= belts[index];
        }
        for (machine, speed) in config.machines.iter_mut().zip(speeds) {
            machine.speed_setpoint_per_min *= speed;
            machine.mtbf_min *= mtbf_factor;
            machine.reject_fraction = reject_fraction;
            machine.restart_infeed_items = 2;
        }
        config.bottles_per_case = bottles_per_case;
        config.pallets.layers_per_pallet = layers;
        config
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn bottles_are_conserved_in_any_line_at_every_tick(config in some_line(), seed in any::<u64>()) {
        let mut line = LineModel::new(config, seed).expect("the line is valid");
        for tick in 0..12_000 {
            line.run_until(f64::from(tick) * TICK_SECS);
            assert_conserved(&line);
        }
    }

    #[test]
    fn state_does_not_depend_on_the_steps_in_which_time_is_advanced(
        steps in prop::collection::vec(0.0_f64..40.0, 1..60),
        seed in any::<u64>(),
    ) {
        let (mut stepped, mut whole) = (demo(seed), demo(seed));
        let mut time_secs = 0.0;
        for step in steps {
            time_secs += step;
            stepped.run_until(time_secs);
        }
        whole.run_until(time_secs);
        prop_assert!(stepped == whole);
    }
}

#[test]
fn same_seed_gives_the_same_line_and_another_seed_another() {
    let (mut first, mut second, mut other) = (demo(1), demo(1), demo(2));
    for line in [&mut first, &mut second, &mut other] {
        line.run_until(3600.0);
    }
    assert!(first == second);
    assert_ne!(first.inventory(), other.inventory());
}

#[test]
fn a_clone_has_the_same_future() {
    let mut line = demo(3);
    line.run_until(1000.0);
    let mut snapshot = line.clone();
    line.run_until(5000.0);
    snapshot.run_until(5000.0);
    assert!(line == snapshot);
}

#[test]
fn time_goes_only_forward_and_counts_whole_ticks() {
    let mut line = demo(1);
    line.run_until(0.3);
    assert_eq!(line.time_secs(), 0.3);
    for time_secs in [0.1, -1.0, f64::NAN, f64::INFINITY, 0.39] {
        line.run_until(time_secs);
        assert_eq!(line.time_secs(), 0.3);
    }
}

#[test]
fn first_bottle_reaches_the_pallet_after_the_transport_times_of_all_belts() {
    let mut line = demo(1);
    for id in MachineId::ALL {
        line.set_parameter(&format!("{}/MtbfFactor", id.name()), 1e6).expect("in range");
    }
    let secs = secs_until(&mut line, 1800.0, |line| line.inventory().delivered > 0);
    let config = LineConfig::demo();
    let belts: f64 = config.conveyors.iter().map(|conveyor| conveyor.length_m / conveyor.speed_m_per_s).sum();
    // Tunnel of 16 m with 300 bottles/m at 630 bottles/min.
    let tunnel = 16.0 * 300.0 / 630.0 * 60.0;
    // Starts (5 s), ramps and restart queues come on top.
    assert!((belts + tunnel..belts + 1.12 * tunnel + 60.0).contains(&secs), "{secs} s, belts {belts}, tunnel {tunnel}");
}

#[test]
fn steady_line_runs_at_the_speed_of_the_filler_and_uses_the_speed_of_the_others() {
    let line = steady();
    assert_eq!(number(&line, "Filler/Speed"), 600.0);
    let throughput = number(&line, "Line/Throughput");
    assert!((570.0..=612.0).contains(&throughput), "{throughput}");
    // V-graph: full before the filler, nearly empty behind it.
    assert!(number(&line, "Conveyor2/Accumulation") > 70.0);
    assert!(number(&line, "Conveyor4/Accumulation") < 55.0);
}

#[test]
fn a_stop_blocks_upstream_machines_in_order_after_the_time_that_their_belts_take_to_fill() {
    let mut line = steady();
    line.inject_fault(MachineId::Labeller, 2000.0).expect("it runs");
    let mut last_secs = 0.0;
    let upstream =
        [MachineId::Pasteuriser, MachineId::Capper, MachineId::Filler, MachineId::Rinser, MachineId::Depalletiser];
    for id in upstream {
        let belt = &line.conveyors[id.index()];
        let config = &line.config.conveyors[id.index()];
        // Room up to the backup sensor, filled at no more than 630/min and, slowed down, no less than a third.
        let room = (config.backup_fill * f64::from(config.capacity()) - f64::from(belt.inside())).max(0.0);
        let (least_secs, most_secs) = (room / (750.0 / 60.0), room / (600.0 / 60.0 * 0.35) + 5.0);
        let secs = secs_until(&mut line, 600.0, |line| line.state(id) == State::Suspended);
        assert!(line.machines[id.index()].blocked() && !line.machines[id.index()].starved(), "{}", id.name());
        assert!((least_secs..most_secs).contains(&secs), "{}: {secs} not in {least_secs}..{most_secs}", id.name());
        last_secs += secs;
    }
    assert!(last_secs > 60.0, "{last_secs}");
    line.run_until(line.time_secs() + 4000.0);
    assert!(number(&line, "Line/Throughput") > 500.0);
    assert_conserved(&line);
}

#[test]
fn a_stop_starves_downstream_machines_in_order_after_their_transport_times() {
    let mut line = steady();
    line.inject_fault(MachineId::Labeller, 2000.0).expect("it runs");
    for id in [MachineId::Packer, MachineId::Palletiser] {
        let belt = &line.conveyors[id.index() - 1];
        let config = &line.config.conveyors[id.index() - 1];
        let transport_secs = config.length_m / config.speed_m_per_s;
        let queue_secs = f64::from(belt.inside()) / (line.machines[id.index()].setpoint_per_sec * 0.35);
        let secs = secs_until(&mut line, 600.0, |line| line.state(id) == State::Suspended);
        assert!(line.machines[id.index()].starved(), "{}", id.name());
        // A belt that runs empty takes at least its transport time, and no longer than its content at crawl.
        let least_secs = transport_secs - 3.0;
        assert!((least_secs..transport_secs + queue_secs).contains(&secs), "{}: {secs} s", id.name());
    }
}

#[test]
fn filler_availability_lies_between_the_lines_without_and_with_endless_buffers() {
    // Buzacott 1967: without buffers A = 1 / (1 + sum MTTR/MTBF) for failures by running time; with
    // endless ones A is that of the filler alone. Ramps and restarts are added to each repair.
    let mut config = LineConfig::demo();
    config.fault_speed_exponent = 0.0;
    let ratios: Vec<f64> = config
        .machines
        .iter()
        .map(|machine| {
            let weight: f64 = machine.faults.iter().map(|fault| fault.weight).sum();
            let repair: f64 = machine.faults.iter().map(|fault| fault.weight * fault.mean_repair_secs).sum();
            (repair / weight + 3.5) / (machine.mtbf_min * 60.0)
        })
        .collect();
    let (none, endless) = (1.0 / (1.0 + ratios.iter().sum::<f64>()), 1.0 / (1.0 + ratios[2]));
    let mut line = LineModel::new(config, 21).expect("the line is valid");
    line.run_until(200.0 * 3600.0);
    let availability = line.oee().availability;
    assert!(none < availability && availability < endless, "{none} < {availability} < {endless}");
}

#[test]
fn low_hold_temperature_sends_bottles_to_the_rejects() {
    let mut line = steady();
    let before = line.machines[MachineId::Pasteuriser.index()].reject_count;
    line.set_parameter("Pasteuriser/Zone2/Setpoint", 58.0).expect("in range");
    line.run_until(line.time_secs() + 3600.0);
    assert!(number(&line, "Pasteuriser/PU") < 3.0);
    let rejected = line.machines[MachineId::Pasteuriser.index()].reject_count - before;
    assert!(rejected > 10_000, "{rejected}");
    assert_conserved(&line);
}

#[test]
fn change_of_one_machine_leaves_the_draws_of_the_others_as_they_were() {
    // Lives counted on running time alone: then the running time up to the first fault is the draw.
    let mut config = LineConfig::demo();
    config.fault_speed_exponent = 0.0;
    let mut plain = LineModel::new(config.clone(), 4).expect("the line is valid");
    let mut changed = LineModel::new(config, 4).expect("the line is valid");
    changed.set_parameter("Capper/MtbfFactor", 0.2).expect("in range");
    changed.set_parameter("Capper/RejectFraction", 0.1).expect("in range");
    let labeller = MachineId::Labeller.index();
    let first_fault = |line: &mut LineModel| {
        secs_until(line, 36_000.0, |line| line.state(MachineId::Labeller) == State::Holding);
        let machine = &line.machines[labeller];
        (machine.secs_in(State::Execute), machine.fault_text().cloned())
    };
    assert_eq!(first_fault(&mut plain), first_fault(&mut changed));
    assert!(plain.time_secs() != changed.time_secs());
}

#[test]
fn an_empty_product_tank_starves_the_filler_and_a_refill_starts_it_again() {
    let mut line = steady();
    line.set_parameter("ProductPump/SpeedSetpoint", 0.0).expect("in range");
    secs_until(&mut line, 3600.0, |line| line.state(MachineId::Filler) == State::Suspended);
    assert!(number(&line, "ProductTank/Level") < 3.0);
    line.set_parameter("ProductPump/SpeedSetpoint", 1450.0).expect("in range");
    secs_until(&mut line, 300.0, |line| line.state(MachineId::Filler) == State::Execute);
}

#[test]
fn stopped_machine_stops_the_line_and_does_not_count_against_availability() {
    let mut line = steady();
    let before = line.oee().availability;
    line.stop(MachineId::Filler);
    line.run_until(line.time_secs() + 3600.0);
    assert_eq!(line.state(MachineId::Filler), State::Stopped);
    assert_eq!(number(&line, "Line/Throughput"), 0.0);
    assert!((line.oee().availability - before).abs() < 0.01);
    line.start(MachineId::Filler);
    line.run_until(line.time_secs() + 1800.0);
    assert!(number(&line, "Line/Throughput") > 500.0);
}

#[test]
fn energy_is_the_integral_of_power() {
    let mut line = steady();
    let (start_kwh, mut sum_kwh) = (number(&line, "Line/Energy"), 0.0);
    for _ in 0..6000 {
        line.run_until(line.time_secs() + TICK_SECS);
        sum_kwh += number(&line, "Line/Power") * TICK_SECS / 3600.0;
    }
    let found_kwh = number(&line, "Line/Energy") - start_kwh;
    assert!((found_kwh - sum_kwh).abs() < 1e-6 * sum_kwh, "{found_kwh} {sum_kwh}");
}

#[test]
fn pallet_carriage_lowers_layer_by_layer_and_comes_back_up() {
    let mut line = steady();
    let (mut seen_top, mut seen_bottom, mut last) = (false, false, number(&line, "Depalletiser/CarriageHeight"));
    for _ in 0..6000 {
        line.run_until(line.time_secs() + TICK_SECS);
        let height = number(&line, "Depalletiser/CarriageHeight");
        assert!((height - last).abs() <= 0.15 * TICK_SECS + 1e-9);
        seen_top |= height > 1.59;
        seen_bottom |= height < 0.01;
        last = height;
    }
    assert!(seen_top && seen_bottom);
    let mut values = Vec::new();
    line.read(&mut values);
    assert!(values.contains(&Value::text("EXECUTE")));
}
