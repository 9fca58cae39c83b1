//! Scenario files, sound and broken.

use super::*;
use crate::domain::time::Span;
use crate::simulation::line::{LineConfig, LineModel};

fn line() -> LineModel {
    LineModel::new(LineConfig::demo(), 1).expect("the demo line is valid")
}

#[test]
fn a_scenario_is_read_with_what_is_not_given() {
    let text = "[scenario]\nname = \"Faster\"\nhorizon_secs = 7_200\nseed = 0x10\n\n[[change]]\n\
                parameter = \"Filler/SpeedSetpoint\"\nto = 660\nramp_secs = 30.5\n\
                [[uncertain]]\nparameter = \"Labeller/RepairFactor\"\nsigma = 0.25\n";
    let change = Change {
        parameter: "Filler/SpeedSetpoint".into(),
        to: 660.0,
        after: Span::ZERO,
        ramp: Span::from_millis(30_500),
    };
    let uncertain = vec![Uncertain { parameter: "Labeller/RepairFactor".into(), sigma: 0.25 }];
    let (name, changes, horizon) = ("Faster".into(), vec![change], Span::from_secs(7200));
    let expected = Scenario { name, changes, horizon, runs: 50, seed: 16, uncertain };
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
        "Some(6) change[1].parameter expected a parameter of the model, found \"Filler/SpeedSetpiont\"; the nearest is \"Filler/SpeedSetpoint\"",
        "Some(9) change[2].to Filler/SpeedSetpoint cannot be 900 /min, expected 0 to 720",
        "Some(13) change[3].parameter expected a text",
        "Some(14) change[3].to expected a number",
    ]
    .map(String::from)
    .into();
    assert_eq!(problems, Err(expected));
}

#[test]
fn problems_of_uncertain_parameters_are_told_with_their_lines() {
    let text = "[scenario]\nname = \"a\"\nhorizon_secs = 60\n[[uncertain]]\nparameter = \"Labeler/RepairFactor\"\n\
                sigma = 1\n[[uncertain]]\nparameter = \"Filler/MtbfFactor\"\nsigma = -0.5\n[[uncertain]]\n\
                parameter = \"Filler/MtbfFactor\"\nsigma = 0.5\n[[uncertain]]\nsigma = inf\nmean = 1\n";
    let problems = read(text, &line()).map_err(|problems| {
        problems.iter().map(|problem| format!("{:?} {} {}", problem.line, problem.key, problem.message)).collect()
    });
    let expected: Vec<String> = [
        "Some(4) uncertain[1].parameter expected a parameter of the model, found \"Labeler/RepairFactor\"; the nearest is \"Labeller/RepairFactor\"",
        "Some(7) uncertain[2].sigma expected a standard deviation of at least 0, found -0.5",
        "Some(10) uncertain[3].parameter expected each parameter once, found \"Filler/MtbfFactor\" again",
        "Some(13) uncertain[4].parameter expected a text, found nothing",
        "Some(14) uncertain[4].sigma expected a number",
        "Some(15) uncertain[4].mean expected one of parameter, sigma, found this key",
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
