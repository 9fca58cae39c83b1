use super::*;

fn model(variable_step: bool) -> ModelDescription {
    let text = format!(
        "<fmiModelDescription fmiVersion=\"2.0\" modelName=\"Tank\" guid=\"g\">\
         <CoSimulation modelIdentifier=\"tank\" canHandleVariableCommunicationStepSize=\"{variable_step}\"/>\
         <DefaultExperiment stopTime=\"4\" stepSize=\"0.5\"/><ModelVariables>\
         <ScalarVariable name=\"level\" valueReference=\"1\" causality=\"output\"><Real/></ScalarVariable>\
         <ScalarVariable name=\"inflow\" valueReference=\"2\" causality=\"input\"><Real start=\"0\" min=\"0\" max=\"5\"/>\
         </ScalarVariable>\
         <ScalarVariable name=\"area\" valueReference=\"3\" causality=\"parameter\"><Real start=\"1\"/></ScalarVariable>\
         <ScalarVariable name=\"gravity\" valueReference=\"4\" variability=\"constant\"><Real start=\"9.81\"/>\
         </ScalarVariable></ModelVariables></fmiModelDescription>"
    );
    ModelDescription::parse(&text).expect("sound")
}

fn refusal(experiment: &Experiment, model: &ModelDescription) -> String {
    Plan::of(experiment, model).err().expect("a refusal").to_string()
}

#[test]
fn the_models_own_experiment_is_proposed() {
    let model = model(false);
    let plan = Plan::of(&Experiment::proposed(&model), &model).expect("fits");
    assert_eq!((plan.steps, plan.outputs, plan.columns[0].name.as_str()), (8, vec![0], "level"));
}

#[test]
fn a_last_shorter_step_is_for_models_that_can() {
    for (stop_secs, steps) in [(4.0, 8), (4.2, 9), (0.3, 1), (0.0, 0)] {
        let experiment = Experiment { stop_secs, ..Experiment::proposed(&model(true)) };
        assert_eq!(Plan::of(&experiment, &model(true)).expect("fits").steps, steps, "{stop_secs}");
    }
    let experiment = Experiment { stop_secs: 4.2, ..Experiment::proposed(&model(false)) };
    assert!(refusal(&experiment, &model(false)).contains("no whole number of steps of 0.5 s"));
    // 0.3 / 0.1 is not 3 in binary.
    let experiment = Experiment { stop_secs: 0.3, step_secs: 0.1, ..experiment };
    assert_eq!(Plan::of(&experiment, &model(false)).expect("fits").steps, 3);
}

#[test]
fn all_that_does_not_fit_is_told_before_the_run() {
    let model = model(false);
    let series = |name: &str, points: &[(f64, f64)]| InputSeries {
        name: name.to_owned(),
        points: points.iter().map(|(moment, number)| (*moment, Value::Real(*number))).collect(),
    };
    let said = refusal(
        &Experiment {
            set: vec![
                ("aera".to_owned(), Value::Real(2.0)),
                ("area".to_owned(), Value::text("wide")),
                ("gravity".to_owned(), Value::Real(1.0)),
                ("level".to_owned(), Value::Real(1.0)),
            ],
            inputs: vec![
                series("inflow", &[(1.0, 1.0), (0.0, 2.0)]),
                series("inflow", &[(0.0, 6.0)]),
                series("area", &[]),
            ],
            outputs: vec!["colour".to_owned()],
            ..Experiment::proposed(&model)
        },
        &model,
    );
    for words in [
        "it has no variable \"aera\"; did you mean \"area\"?",
        "\"area\": \"wide\" is not a real number",
        "\"gravity\" cannot be set: it is a constant",
        "\"level\" cannot be set: the model computes it",
        "the points of the input \"inflow\" are not in the order of time",
        "the input \"inflow\" is given twice",
        "\"inflow\": 6 is not within 0 to 5",
        "\"area\" is no input of the model",
        "it has no variable \"colour\"",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn endless_and_backward_runs_are_refused() {
    let model = model(true);
    let proposed = Experiment::proposed(&model);
    for (stop_secs, step_secs) in [(-1.0, 0.1), (1.0, 0.0), (1.0, -0.1), (f64::NAN, 0.1), (f64::INFINITY, 0.1)] {
        let said = refusal(&Experiment { stop_secs, step_secs, ..proposed.clone() }, &model);
        assert!(said.contains("it cannot run from 0 s to"), "{said}");
    }
    assert!(refusal(&Experiment { step_secs: 1e-12, ..proposed }, &model).contains("Make the steps longer"));
}

#[test]
fn inputs_hold_from_one_point_to_the_next() {
    let points = vec![(0.5, Value::Real(1.0)), (0.7, Value::Real(2.0)), (2.0, Value::Real(3.0))];
    let series = [(4, points)];
    let mut inputs = Inputs::new(&series);
    assert_eq!(inputs.until(0.0), []);
    assert_eq!(inputs.until(1.0), [(4, Value::Real(2.0))]);
    assert_eq!(inputs.until(1.5), []);
    assert_eq!(inputs.until(2.0), [(4, Value::Real(3.0))]);
    assert_eq!(inputs.until(9.0), []);
}
