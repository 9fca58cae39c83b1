//! What holds for a line that was put into a seen state.

use super::*;
use crate::domain::quality::{BadReason, Quality};
use crate::simulation::line::LineConfig;

fn line(seed: u64, secs: f64) -> LineModel {
    let mut line = LineModel::new(LineConfig::demo(), seed).expect("the demo line is valid");
    line.run_until(secs);
    line
}

fn seen_of(line: &LineModel) -> Vec<Observed> {
    let mut values = Vec::new();
    line.read(&mut values);
    let names = line.variables().iter().map(|variable| variable.name.clone());
    let observed = names.zip(values).map(|(variable, value)| Observed {
        variable,
        value,
        quality: Quality::Good,
        age: Span::ZERO,
    });
    observed.collect()
}

fn set(observed: &mut [Observed], name: &str, value: Value) {
    observed.iter_mut().filter(|one| one.variable == name).for_each(|one| one.value = value.clone());
}

const FRESH: Span = Span::from_secs(10);

#[test]
fn every_state_that_the_line_itself_takes_is_taken_over_without_contradiction() {
    let believed = line(1, 1800.0);
    for minute in 0..60 {
        let plant = line(9, 3600.0 + 71.0 * f64::from(minute));
        let found = believed.observe(&seen_of(&plant), FRESH).expect("states are seen");
        assert_eq!(found.settled, [], "minute {minute}");
        assert_eq!(found.model.inventory(), plant.inventory(), "minute {minute}");
        for id in MachineId::ALL {
            assert_eq!(found.model.state(id), plant.state(id));
        }
        let (of_found, of_plant) = (found.model.oee(), plant.oee());
        assert!((of_found.total() - of_plant.total()).abs() < 1e-4, "{of_found:?} {of_plant:?}");
        for (index, (found, plant)) in found.model.conveyors.iter().zip(&plant.conveyors).enumerate() {
            assert_eq!(found.inside(), plant.inside(), "conveyor {index}");
        }
    }
}

#[test]
fn the_near_future_of_a_seen_line_is_that_of_the_plant() {
    let (believed, plant) = (line(1, 1800.0), line(9, 5000.0));
    let found = believed.observe(&seen_of(&plant), FRESH).expect("states are seen").model;
    let delivered = |line: &LineModel, seed: u64| {
        let mut line = line.clone();
        line.reseed(seed);
        let start = line.totals();
        line.run_until(line.time_secs() + 1800.0);
        line.since(&start).delivered as f64
    };
    let differences: Vec<f64> = (0..40).map(|seed| delivered(&found, seed) - delivered(&plant, seed)).collect();
    let estimate = crate::domain::scenario::Estimate::of(differences).expect("forty runs");
    // Half an hour gives about 15,000 bottles. What is estimated shifts a belt's content at most.
    assert!(estimate.mean.abs() < 150.0 + 3.0 * estimate.std_error, "{estimate:?}");
}

#[test]
fn bad_old_and_impossible_values_are_left_out_and_told() {
    let believed = line(1, 1800.0);
    let mut observed = seen_of(&line(9, 5000.0));
    set(&mut observed, "Conveyor2/Accumulation", Value::Real(140.0));
    set(&mut observed, "Filler/SpeedSetpoint", Value::Real(9000.0));
    set(&mut observed, "Rinser/State", Value::text("DANCING"));
    for one in &mut observed {
        match one.variable.as_str() {
            "ProductTank/Level" => one.quality = Quality::Bad(BadReason::SensorFailure),
            "Conveyor5/Accumulation" => one.age = Span::from_secs(60),
            _ => (),
        }
    }
    let found = believed.observe(&observed, FRESH).expect("states are seen");
    assert_eq!(found.model.product.level_pct(), believed.product.level_pct());
    assert_eq!(found.model.parameter("Filler/SpeedSetpoint"), Some(720.0));
    assert_eq!(found.model.state(MachineId::Rinser), believed.state(MachineId::Rinser));
    let about = |notes: &[Note], name: &str| notes.iter().any(|note| note.about == name);
    assert!(about(&found.estimated, "ProductTank/Level") && about(&found.estimated, "Conveyor5/Accumulation"));
    for name in ["Conveyor2/Accumulation", "Filler/SpeedSetpoint", "Rinser/State", "Conveyor2"] {
        assert!(about(&found.settled, name), "{name}: {:?}", found.settled);
    }
}

#[test]
fn a_plant_of_which_no_state_is_known_is_refused() {
    let observed: Vec<_> =
        seen_of(&line(9, 5000.0)).into_iter().filter(|one| !one.variable.ends_with("/State")).collect();
    assert_eq!(line(1, 60.0).observe(&observed, FRESH), Err(ObserveError::NoState));
}
