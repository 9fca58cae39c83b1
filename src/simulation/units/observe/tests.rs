//! What is taken of a plant, and how the units go on from there.

use super::*;
use crate::domain::quality::{BadReason, Quality};
use crate::simulation::model::Model;
use crate::simulation::units::guarantees::{demo, value};

const FRESH: Span = Span::from_secs(10);

fn seen(values: &[(&str, f64)]) -> Vec<Observed> {
    let observed = |(name, number): &(&str, f64)| Observed {
        variable: (*name).to_owned(),
        value: Value::Real(*number),
        quality: Quality::Good,
        age: Span::ZERO,
    };
    values.iter().map(observed).collect()
}

#[test]
fn what_was_seen_is_what_the_units_show() {
    let units = demo();
    let values = [
        ("MixTank/Level", 0.8),
        ("MixTank/Temperature", 17.0),
        ("HotWater/Temperature", 86.0),
        ("Heater/ColdOut", 72.0),
        ("HotPump/Speed", 44.0),
        ("TT1/Value", 71.8),
        ("TIC1/Setpoint", 74.0),
        ("TIC1/Output", 46.0),
        ("Water/Temperature", 9.0),
        ("Plant/Energy", 120.0),
    ];
    let found = units.observed(&seen(&values), FRESH).expect("enough is known");
    assert_eq!(found.taken, values.len());
    for (name, expected) in values {
        assert!((value(&found.model, name) - expected).abs() < 1e-9, "{name}");
    }
    assert_eq!(found.settled, []);
    let about: Vec<&str> = found.estimated.iter().map(|note| note.about.as_str()).collect();
    assert!(about.contains(&"HotWater/Level") && !about.contains(&"HotWater/Temperature"), "{about:?}");
}

#[test]
fn controllers_go_on_without_a_bump() {
    let values = [("TT1/Value", 70.0), ("TIC1/Setpoint", 74.0), ("TIC1/Output", 61.0), ("MixTank/Level", 1.0)];
    let mut found = demo().observed(&seen(&values), FRESH).expect("enough is known").model;
    found.run_until(1.0).expect("it runs");
    assert!((value(&found, "TIC1/Output") - 61.0).abs() < 1e-9);
    assert!((value(&found, "HotPump/Speed") - 61.0).abs() < 1e-6);
    // The next scan adds ki · error, and what the noise and the derivative do.
    found.run_until(2.0).expect("it runs");
    assert!((value(&found, "TIC1/Output") - 61.2).abs() < 5.0);
}

#[test]
fn a_controller_in_manual_holds_the_output_that_was_seen() {
    let mut values = seen(&[("MixTank/Level", 1.0), ("TIC1/Output", 37.0)]);
    values.push(Observed { variable: "TIC1/Auto".into(), value: Value::Bool(false), ..values[0].clone() });
    let mut found = demo().observed(&values, FRESH).expect("enough is known").model;
    found.run_until(60.0).expect("it runs");
    assert_eq!((value(&found, "TIC1/Output"), value(&found, "TIC1/Auto")), (37.0, 0.0));
}

#[test]
fn a_sensor_stands_for_what_it_measures() {
    let found = demo().observed(&seen(&[("LT1/Value", 1.3)]), FRESH).expect("enough is known");
    assert_eq!(value(&found.model, "MixTank/Level"), 1.3);
    let note = found.estimated.iter().find(|note| note.about == "MixTank/Level").expect("it is told");
    assert_eq!(note.reason, "was not seen; what its sensor shows is taken");
}

#[test]
fn an_actuator_without_a_demand_stays_where_it_stands() {
    let values = [("MixTank/Level", 1.0), ("MixPump/Speed", 33.0)];
    let mut found = demo().observed(&seen(&values), FRESH).expect("enough is known").model;
    found.run_until(60.0).expect("it runs");
    assert!((value(&found, "MixPump/Speed") - 33.0).abs() < 1e-6);
}

#[test]
fn bad_old_and_impossible_values_are_told() {
    let mut values = seen(&[("MixTank/Level", 5.0), ("HotWater/Temperature", 60.0), ("TT1/Value", 60.0), ("X/Y", 1.0)]);
    values[1].quality = Quality::Bad(BadReason::SensorFailure);
    values[2].age = Span::from_secs(60);
    let found = demo().observed(&values, FRESH).expect("a level is known");
    assert_eq!(found.taken, 1);
    assert_eq!(value(&found.model, "MixTank/Level"), 2.0);
    assert_eq!(found.settled[0].reason, "5 is outside 0 to 2; 2 is taken");
    assert_eq!(value(&found.model, "HotWater/Temperature"), 85.0);
    let reasons: Vec<&str> = found.estimated.iter().take(2).map(|note| note.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "its quality is sensor failure; the model's own value is used",
            "it is 1 min 00 s old; the model's own value is used"
        ]
    );
}

#[test]
fn without_any_state_there_is_no_start() {
    let error = demo().observed(&seen(&[("TIC1/Setpoint", 70.0)]), FRESH).expect_err("nothing is known");
    assert!(error.to_string().starts_with("no level, temperature or sensor"), "{error}");
}
