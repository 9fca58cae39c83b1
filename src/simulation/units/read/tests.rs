//! Flowsheets, sound and broken.

use super::*;
use crate::simulation::units::DEMO;
use crate::simulation::units::plant::Side;

fn told(text: &str) -> Vec<String> {
    let problems = read(text).expect_err("it is broken");
    problems.iter().map(|it| format!("{} {}: {}", it.line.unwrap_or_default(), it.key, it.message)).collect()
}

#[test]
fn the_demo_is_read_with_what_is_not_given() {
    let plant = read(DEMO).expect("the demo is sound");
    assert_eq!(plant.tanks[0].wall_j_per_k, 50e3);
    assert_eq!(plant.sources[1].feed, Feed::Pressure(2.5));
    assert_eq!(plant.sensors[1].limits, Some((71.0, 76.0)));
    // The product passes the regenerator twice: cold on the way to the heater, hot on the way back.
    let product = plant.streams.iter().find(|stream| stream.sides.len() == 3).expect("the way of the product");
    assert_eq!(product.sides, [(0, Side::Cold), (1, Side::Cold), (0, Side::Hot)]);
    assert_eq!(plant.streams.len(), 4);
}

#[test]
fn all_problems_are_told_at_once_with_their_lines() {
    let text = "[plant]\nscan = 1\n[fluid]\ndensity_kg_per_m3 = 0\n[[tank]]\nname = \"T 1\"\nheight_m = 2\nlevel_m = 3\n\
                temperature_cel = \"warm\"\n[[sensor]]\nname = \"LT\"\nof = \"T.level\"\n[[sensor]]\nname = \"LT\"\n\
                of = \"LT.level\"\n[[pid]]\nname = \"P\"\nmeasures = \"TL\"\ndrives = \"V\"\nkp = -1\nsetpoint = 1\n\
                [[source]]\nname = \"S\"\ntemperature_cel = nan\n";
    let expected = [
        "2 plant.scan: expected one of scan_secs, ambient_cel, found this key",
        "3 fluid.heat_capacity_kj_per_kg_k: expected a number, found nothing",
        "4 fluid.density_kg_per_m3: expected a number from 100 to 20000, found 0",
        "5 tank[1].area_m2: expected a number, found nothing",
        "6 tank[1].name: expected 1 to 60 letters, digits, - and _, found \"T 1\"",
        "8 tank[1].level_m: expected a number from 0 to 2, found 3",
        "9 tank[1].temperature_cel: expected a number from -50 to 300, found something else",
        "12 sensor[1].of: expected something to measure, found \"T.level\"",
        "14 sensor[2].name: expected a name of its own, found \"LT\" again",
        "15 sensor[2].of: expected something to measure, found \"LT.level\"",
        "18 pid[1].measures: expected a sensor, found \"TL\"; the nearest is \"LT\"",
        "19 pid[1].drives: expected a valve, a pump or Tank.heater, found \"V\"",
        "20 pid[1].kp: expected a number from 0 to 1000000, found -1",
        "22 source[1]: expected either flow_l_per_min or, before a valve or pump, pressure_bar",
        "24 source[1].temperature_cel: expected a number from -50 to 300, found something else",
    ];
    assert_eq!(told(text), expected);
}

#[test]
fn broken_notation_is_told_with_its_line() {
    let problems = read("[plant]\nscan_secs = [1, 2\nambient_cel = ]").expect_err("it is broken");
    assert!(problems.iter().any(|problem| problem.line == Some(3)), "{problems:?}");
}

#[test]
fn every_example_mends_what_it_is_given_for() {
    let problems = read(&DEMO.replace("MixTank.level", "MixTnk.level")).expect_err("it is broken");
    let examples: Vec<&str> = problems.iter().map(|problem| problem.example.as_str()).collect();
    assert_eq!(examples, ["of = \"MixTank.level\""]);
    let problems = read(&DEMO.replace("to = \"Heater.hot_in\"", "to = \"Heater.hot\"")).expect_err("it is broken");
    assert_eq!(problems.iter().map(|it| it.example.as_str()).collect::<Vec<_>>(), ["to = \"Heater.hot_in\""]);
}

/// The demo with one line in place of another, and what is said about that.
fn demo_told(from: &str, to: &str) -> Vec<String> {
    assert_eq!(DEMO.matches(from).count(), 1, "{from}");
    let told = told(&DEMO.replace(from, to));
    told.into_iter().map(|told| told.split_once(": ").map_or_else(String::new, |(_, rest)| rest.to_owned())).collect()
}

#[test]
fn wrong_ways_of_the_fluid_are_refused() {
    let open_end = "expected a connection that goes on to a tank or sink, found an open end";
    assert_eq!(
        demo_told("from = \"Heater.hot_out\"", "from = \"MixTank.out\""),
        [open_end, "expected a valve or pump on the way from here"]
    );
    assert_eq!(
        demo_told("to = \"WaterValve.in\"", "to = \"MixTank.in\""),
        ["expected a valve or pump on the way from here"]
    );
    assert_eq!(
        demo_told("to = \"Heater.hot_in\"", "to = \"Heater.cold_in\""),
        ["expected one connection to there, found a second; streams join in tanks only"]
    );
    assert_eq!(
        demo_told("pressure_bar = 2.5", "flow_l_per_min = 20"),
        ["expected no valve or pump behind a source with a flow of its own; give it pressure_bar"]
    );
    assert_eq!(
        demo_told("from = \"WaterValve.out\"", "from = \"Syrup.out\""),
        [open_end, "expected one connection from a source with a flow of its own"]
    );
}

#[test]
fn a_ring_that_no_source_or_tank_feeds_is_found() {
    let text = "[fluid]\ndensity_kg_per_m3 = 1000\nheat_capacity_kj_per_kg_k = 4\n[[pump]]\nname = \"P\"\n\
                rated_l_per_min = 10\n[[pump]]\nname = \"Q\"\nrated_l_per_min = 10\n\
                [[connection]]\nfrom = \"P.out\"\nto = \"Q.in\"\n[[connection]]\nfrom = \"Q.out\"\nto = \"P.in\"\n";
    let expected =
        ["P", "Q"].map(|name| format!("1 connection: expected a way from a source or tank to {name}.in, found none"));
    assert_eq!(told(text), expected);
}

#[test]
fn setpoints_and_limits_have_to_fit() {
    assert_eq!(demo_told("setpoint = 73", "setpoint = 730"), ["expected a number from -50 to 300 Cel, found 730"]);
    assert_eq!(demo_told("high = 76", "high = 70"), ["expected low below high"]);
    assert_eq!(
        demo_told("drives = \"HotPump\"", "drives = \"WaterValve\""),
        ["expected one controller for each actuator, found a second"]
    );
}

#[test]
fn endless_files_are_refused() {
    assert_eq!(told(&"#".repeat(LARGEST_FILE + 1)).len(), 1);
    let tank = "[[tank]]\nname = \"T0\"\narea_m2 = 1\nheight_m = 1\nlevel_m = 1\ntemperature_cel = 1\nheater_kw = 1\n";
    let tanks = (0..100).map(|place| tank.replace("T0", &format!("T{place}"))).collect::<String>();
    let fluid = "[fluid]\ndensity_kg_per_m3 = 1000\nheat_capacity_kj_per_kg_k = 4\n";
    assert_eq!(
        told(&(tanks + fluid)),
        ["1 : expected at most 400 states, found 401; parts may be models of their own"]
    );
    let many = "[[sink]]\nname = \"\"\n".repeat(5000);
    assert_eq!(read(&many).expect_err("they are too many").len(), 100);
}
