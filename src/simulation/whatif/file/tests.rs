//! Scenario files, sound and broken.

use super::*;
use crate::simulation::line::LineConfig;

fn line() -> LineModel {
    LineModel::new(LineConfig::demo(), 1).expect("the demo line is valid")
}

#[test]
fn a_scenario_is_read_with_what_is_not_given() {
    let text = "[scenario]\nname = \"Faster\"\nhorizon_secs = 7_200\nseed = 0x10\n\n[[change]]\n\
                parameter = \"Filler/SpeedSetpoint\"\nto = 660\nramp_secs = 30.5\n";
    let change = Change {
        parameter: "Filler/SpeedSetpoint".into(),
        to: 660.0,
        after: Span::ZERO,
        ramp: Span::from_millis(30_500),
    };
    let expected =
        Scenario { name: "Faster".into(), changes: vec![change], horizon: Span::from_secs(7200), runs: 50, seed: 16 };
    assert_eq!(read(text, &line()), Ok(expected));
}

#[test]
fn all_problems_are_told_at_once_with_their_lines() {
    let text = "[scenario]\nhorizon_secs = -1\nruns = 2.5\ncolour = 1\n\n[[change]]\n\
                parameter = \"Filler/SpeedSetpiont\"\nto = 660\n[[change]]\nparameter = \"Filler/SpeedSetpoint\"\n\
                to = 900\n[[change]]\nparameter = 3\nto = nan\n";
    let problems = read(text, &line()).map_err(|problems| {
        problems.iter().map(|problem| format!("{:?} {} {}", problem.line, problem.key, problem.message)).collect()
    });
    let expected: Vec<String> = [
        "Some(1) scenario.name expected a text, found nothing",
        "Some(2) scenario.horizon_secs expected a number from 1 to 604800, found -1",
        "Some(3) scenario.runs expected a whole number, found 2.5",
        "Some(4) scenario.colour expected one of name, horizon_secs, runs, seed, found this key",
        "Some(6) change[1].parameter expected a parameter of the line, found \"Filler/SpeedSetpiont\"; the nearest is \"Filler/SpeedSetpoint\"",
        "Some(9) change[2].to Filler/SpeedSetpoint cannot be 900 /min, expected 0 to 720",
        "Some(13) change[3].parameter expected a text",
        "Some(14) change[3].to expected a number",
    ]
    .map(String::from)
    .into();
    assert_eq!(problems, Err(expected));
}

#[test]
fn broken_notation_is_told_with_its_line() {
    let problems = read("[scenario]\nname = [1, 2\nruns = ]", &line()).expect_err("it is broken");
    assert!(problems.iter().any(|problem| problem.line == Some(3)), "{problems:?}");
}
