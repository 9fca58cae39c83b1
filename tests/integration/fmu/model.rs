//! An FMU as the model that what-ifs ask. The judge is the closed form of the lag: between two steps
//! x(t + h) = u + (x(t) - u) exp(-h / T), with u as it was set before the step.

mod failures;

use std::ffi::OsString;
use std::sync::Arc;

use twinscope::domain::quality::{BadReason, Quality};
use twinscope::domain::time::Span;
use twinscope::domain::value::{Value, ValueKind};
use twinscope::simulation::fmu::FmuError;
use twinscope::simulation::fmu::archive::{ArchiveLimits, Unpacked, unpack};
use twinscope::simulation::fmu::description::FmiVersion;
use twinscope::simulation::fmu::model::{FmuLaunch, FmuModel};
use twinscope::simulation::fmu::process::FmuLimits;
use twinscope::simulation::model::{Model, ModelError, Observed, ParameterError, ParameterKind};

use super::workshop::{BOTH, PATIENT, Workshop};

const STEP_SECS: f64 = 0.25;
const CONSTANT_SECS: f64 = 2.0;
const FRESH: Span = Span::from_secs(10);

/// The lag whose x can be given a start value, as a level can.
fn settable(text: String) -> String {
    let two =
        text.replace("initial=\"calculated\"><Real unit=\"m\"/>", "initial=\"exact\"><Real unit=\"m\" start=\"0\"/>");
    two.replace("initial=\"calculated\" unit=\"m\"/>", "initial=\"exact\" unit=\"m\" start=\"0\"/>")
}

/// The same without a way to take its state out.
fn closed(text: String) -> String {
    settable(text).replace("canSerializeFMUstate=\"true\"", "").replace("canSerializeFMUState=\"true\"", "")
}

fn tunable(text: String) -> String {
    let (before, after) = text.split_once("name=\"T\"").expect("T is there");
    format!("{before}name=\"T\"{}", after.replacen("\"fixed\"", "\"tunable\"", 1))
}

fn unpacked(workshop: &Workshop) -> Unpacked {
    let into = tempfile::tempdir_in(workshop.fmu.parent().expect("a folder")).expect("a folder").keep();
    unpack(&workshop.fmu, &into, &ArchiveLimits::default()).expect("unpacked")
}

/// A model that lasts as long as its workshop.
fn start(workshop: &Workshop, limits: FmuLimits, parameters: &[(&str, f64)]) -> Result<FmuModel, FmuError> {
    launch(unpacked(workshop), limits, None, parameters)
}

fn launch(
    fmu: Unpacked,
    limits: FmuLimits,
    step_secs: Option<f64>,
    parameters: &[(&str, f64)],
) -> Result<FmuModel, FmuError> {
    let program = env!("CARGO_BIN_EXE_twinscope").into();
    let launch = FmuLaunch { program, args: vec![OsString::from("fmu-host")], limits };
    let parameters: Vec<(String, f64)> = parameters.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    FmuModel::new(Arc::new(fmu), launch, step_secs, &parameters)
}

fn place(model: &dyn Model, name: &str) -> usize {
    model.variables().iter().position(|variable| variable.name == name).expect("a variable")
}

fn number(model: &dyn Model, name: &str) -> f64 {
    model.value(place(model, name)).and_then(|value| value.as_f64()).expect("a number")
}

fn bits(model: &dyn Model) -> Vec<Option<u64>> {
    let values = (0..model.variables().len()).map(|place| model.value(place).and_then(|value| value.as_f64()));
    let period = model.period();
    values.chain(period).map(|number| number.map(f64::to_bits)).collect()
}

/// x after a time with an input that holds.
fn lag(x: f64, u: f64, constant_secs: f64, secs: f64) -> f64 {
    u + (x - u) * (-secs / constant_secs).exp()
}

fn seen(variable: &str, value: impl Into<f64>) -> Observed {
    let value = Value::Real(value.into());
    Observed { variable: variable.to_owned(), value, quality: Quality::Good, age: Span::from_secs(1) }
}

#[track_caller]
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12, "{found} {expected}");
}

fn words<T>(outcome: Result<T, ModelError>) -> String {
    match outcome {
        Err(ModelError::Failed(words)) => words,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it went well"),
    }
}

#[test]
fn a_changed_input_gives_the_closed_form() {
    for version in BOTH {
        let workshop = Workshop::new(version);
        let mut model = start(&workshop, PATIENT, &[]).expect("a model");
        model.set_parameter("u", 1.0).expect("set");
        assert_eq!((number(&model, "u"), model.parameter("u"), model.time_secs()), (1.0, Some(1.0), 0.0));
        // The last whole step not after 1.9 s ends at 1.75 s.
        model.run_until(1.9).expect("a run");
        assert_eq!(model.time_secs(), 1.75);
        let x = lag(0.0, 1.0, CONSTANT_SECS, 1.75);
        close(number(&model, "x"), x);
        let mut changed = model.fork().expect("a copy");
        changed.set_parameter("u", -3.0).expect("set");
        changed.run_until(10.0).expect("a run");
        model.run_until(10.0).expect("a run");
        close(number(changed.as_ref(), "x"), lag(x, -3.0, CONSTANT_SECS, 8.25));
        close(number(&model, "x"), lag(0.0, 1.0, CONSTANT_SECS, 10.0));
        assert_eq!(model.value(place(&model, "label")), Some(Value::text("lag 40")));
        model.run_until(3.0).expect("the past asks nothing");
        assert_eq!(model.time_secs(), 10.0);
    }
}

#[test]
fn steps_are_as_long_as_asked_then_as_proposed_then_a_second() {
    let late = |text: String| text.replace("startTime=\"0\" stopTime=\"2\" stepSize=\"0.25\"", "startTime=\"5\"");
    let workshop = Workshop::with(FmiVersion::V2, &[], late);
    for (asked, reached_secs) in [(Some(0.4), 7.4), (None, 7.0)] {
        let mut model = launch(unpacked(&workshop), PATIENT, asked, &[("u", 1.0)]).expect("a model");
        model.run_until(4.0).expect("it begins later");
        assert_eq!(model.time_secs(), 5.0);
        model.run_until(7.7).expect("a run");
        close(model.time_secs(), reached_secs);
        close(number(&model, "x"), lag(0.0, 1.0, CONSTANT_SECS, reached_secs - 5.0));
    }
    let said = launch(unpacked(&workshop), PATIENT, Some(0.0), &[]).expect_err("no step").to_string();
    assert!(said.ends_with("it cannot go in steps of 0 s, expected a length above 0 s"), "{said}");
}

#[test]
fn what_is_offered_is_what_the_description_says() {
    let workshop = Workshop::new(FmiVersion::V2);
    let model = start(&workshop, PATIENT, &[("T", 0.5)]).expect("a model");
    let listed: Vec<(&str, ValueKind, bool)> =
        model.variables().iter().map(|found| (found.name.as_str(), found.kind, found.writable)).collect();
    assert_eq!(
        listed,
        [
            ("x", ValueKind::Real, false),
            ("count", ValueKind::Int, false),
            ("mode", ValueKind::Int, false),
            ("high", ValueKind::Bool, false),
            ("label", ValueKind::Text, false),
            ("u", ValueKind::Real, true),
            ("hold", ValueKind::Bool, true),
        ]
    );
    let listed: Vec<_> =
        model.parameters().iter().map(|it| (it.name.as_str(), it.kind, it.range, it.initial)).collect();
    let whole = (f64::from(i32::MIN), f64::from(i32::MAX));
    assert_eq!(
        listed,
        [
            ("u", ParameterKind::Setpoint, (-1e12, 1e12), 0.0),
            ("hold", ParameterKind::Setpoint, (0.0, 1.0), 0.0),
            ("T", ParameterKind::Model, (0.001, 1e12), 0.5),
            ("x0", ParameterKind::Model, (-1e12, 1e12), 0.0),
            ("every", ParameterKind::Model, whole, 3.0),
            ("fault", ParameterKind::Model, (0.0, 8.0), 0.0),
        ]
    );
    let figures: Vec<String> = model.figures().into_iter().map(|figure| figure.name).collect();
    let expected = ["x, mean", "x, highest", "x, lowest", "count, mean", "count, highest", "count, lowest"];
    assert_eq!(figures, expected);
    assert_eq!(model.notices(), [""; 0]);
}

#[test]
fn fixed_parameters_are_for_the_start_and_tunable_ones_for_any_time() {
    let fixed = Workshop::new(FmiVersion::V2);
    let mut model = start(&fixed, PATIENT, &[]).expect("a model");
    model.set_parameter("u", 1.0).expect("set");
    model.set_parameter("T", 0.8).expect("begun anew");
    model.set_parameter("x0", 4.0).expect("begun anew");
    assert_eq!((model.parameter("T"), number(&model, "x"), number(&model, "u")), (Some(0.8), 4.0, 1.0));
    model.run_until(1.0).expect("a run");
    close(number(&model, "x"), lag(4.0, 1.0, 0.8, 1.0));
    let said = words(model.set_parameter("T", 2.0));
    assert!(said.starts_with("\"T\" was not changed: the model takes it only before its first step"), "{said}");
    model.set_parameter("T", 0.8).expect("it has this value");
    model.run_until(2.0).expect("a refusal is no failure");
    close(number(&model, "x"), lag(4.0, 1.0, 0.8, 2.0));

    for version in BOTH {
        let workshop = Workshop::with(version, &[], tunable);
        let mut model = start(&workshop, PATIENT, &[("u", 1.0)]).expect("a model");
        model.run_until(1.0).expect("a run");
        model.set_parameter("T", 0.5).expect("set");
        model.run_until(2.0).expect("a run");
        close(number(&model, "x"), lag(lag(0.0, 1.0, 2.0, 1.0), 1.0, 0.5, 1.0));
    }
}

#[test]
fn what_cannot_be_set_is_told_and_changes_nothing() {
    let workshop = Workshop::new(FmiVersion::V3);
    let mut model = start(&workshop, PATIENT, &[]).expect("a model");
    for (name, value) in [("fault", 9.0), ("u", f64::NAN), ("hold", 2.0), ("T", 0.0)] {
        let error = model.set_parameter(name, value).expect_err("out of range");
        assert!(matches!(error, ModelError::Parameter(ParameterError::OutOfRange { .. })), "{error:?}");
    }
    let unknown = model.set_parameter("x", 1.0).expect_err("no parameter");
    assert_eq!(unknown, ModelError::Parameter(ParameterError::Unknown { name: "x".to_owned() }));
    // A ramp leads a flag through its middle.
    model.set_parameter("hold", 0.7).expect("set");
    assert_eq!((model.value(place(&model, "hold")), model.parameter("hold")), (Some(Value::Bool(true)), Some(1.0)));
    let said = start(&workshop, PATIENT, &[("Tau", 1.0), ("fault", 20.0)]).expect_err("two faults").to_string();
    assert_eq!(
        said,
        "The wish does not fit the model \"Lag\", so it was not started:\n  the model has no parameter \"Tau\"\n  \
         fault cannot be 20 , expected 0 to 8"
    );
}

#[test]
fn copies_go_on_to_equal_bits() {
    for version in BOTH {
        for describe in [settable, closed] {
            let workshop = Workshop::with(version, &[], describe);
            let mut model = start(&workshop, PATIENT, &[("T", 0.7)]).expect("a model");
            let mut early = model.fork().expect("a copy");
            for (secs, u) in [(0.5, 1.0), (1.0, -2.5), (2.0, 0.1)] {
                model.run_until(secs).expect("a run");
                model.set_parameter("u", u).expect("set");
            }
            let mut copies = [model.fork().expect("a copy"), model.fork().expect("a copy")];
            for copy in &mut copies {
                assert_eq!(bits(copy.as_ref()), bits(&model));
                copy.run_until(5.0).expect("a run");
            }
            model.run_until(5.0).expect("a run");
            assert_eq!([bits(copies[0].as_ref()), bits(copies[1].as_ref())], [bits(&model), bits(&model)]);
            early.run_until(5.0).expect("a run");
            assert_eq!((early.parameter("T"), number(early.as_ref(), "x")), (Some(0.7), 0.0));
        }
    }
}

#[test]
fn figures_are_means_over_time_and_extremes() {
    let workshop = Workshop::new(FmiVersion::V2);
    let mut model = start(&workshop, PATIENT, &[("u", 1.0)]).expect("a model");
    model.run_until(1.0).expect("a run");
    model.begin_period();
    assert_eq!(model.period(), [None; 6]);
    model.run_until(3.0).expect("a run");
    let at = |step: u32| lag(0.0, 1.0, CONSTANT_SECS, f64::from(step) * STEP_SECS);
    let integral: f64 = (4..12).map(|step| (at(step) + at(step + 1)) / 2.0 * STEP_SECS).sum();
    let period: Vec<f64> = model.period().into_iter().map(|figure| figure.expect("a figure")).collect();
    for (found, expected) in period.iter().zip([integral / 2.0, at(12), at(4), 8.0, 12.0, 4.0]) {
        close(*found, expected);
    }
}

#[test]
fn a_start_from_the_plant_has_the_measured_level_and_input() {
    for version in BOTH {
        let workshop = Workshop::with(version, &[], settable);
        let mut run_in = start(&workshop, PATIENT, &[("T", 0.8)]).expect("a model");
        run_in.run_until(1.0).expect("a run");
        let bad = Observed { quality: Quality::Bad(BadReason::SensorFailure), ..seen("hold", 1.0) };
        let all = [seen("x", 1.25), seen("u", 0.5), seen("mode", 2.0), seen("Elsewhere", 1.0), bad];
        let mut found = run_in.observe(&all, FRESH).expect("a start");
        assert_eq!((found.taken, found.settled.len()), (2, 0));
        assert_eq!((number(found.model.as_ref(), "x"), number(found.model.as_ref(), "u")), (1.25, 0.5));
        assert_eq!((found.model.time_secs(), found.model.parameter("T")), (0.0, Some(0.8)));
        let notes: Vec<(&str, &str)> =
            found.estimated.iter().map(|note| (note.about.as_str(), note.reason.as_str())).collect();
        assert_eq!(
            notes,
            [
                ("hold", "its quality is sensor failure; the model's own value is used"),
                ("Inputs", "not seen, so the model's own values are used: hold"),
                ("mode", "the model computes it and starts with 1; 2 was measured"),
            ]
        );
        found.model.run_until(2.0).expect("a run");
        close(number(found.model.as_ref(), "x"), lag(1.25, 0.5, 0.8, 2.0));
    }
}

#[test]
fn a_start_without_fresh_values_is_refused_unless_the_model_takes_none() {
    let workshop = Workshop::with(FmiVersion::V2, &[], settable);
    let model = start(&workshop, PATIENT, &[]).expect("a model");
    let old = Observed { age: Span::from_secs(11), ..seen("x", 1.0) };
    for unusable in [vec![], vec![old], vec![seen("Elsewhere", 1.0)]] {
        let error = model.observe(&unusable, FRESH).err().expect("nothing is known");
        assert!(
            matches!(&error, ModelError::NoState(words) if words.contains("\"Lag\" has a fresh value")),
            "{error:?}"
        );
    }
    // Fresh, but the model computes it: it starts from its own values and says so.
    let found = model.observe(&[seen("mode", 2.0)], FRESH).expect("a start");
    assert_eq!((found.taken, found.estimated[0].about.as_str()), (0, "Lag"));

    let alone = |text: String| text.replace("causality=\"input\"", "causality=\"local\"");
    let workshop = Workshop::with(FmiVersion::V2, &[], alone);
    let model = start(&workshop, PATIENT, &[]).expect("a model");
    assert_eq!(model.observe(&[], FRESH).expect("a start").taken, 0);
}

#[test]
fn a_level_that_the_model_does_not_start_with_is_told() {
    // x0 is set after x, and is where x begins.
    let workshop = Workshop::with(FmiVersion::V2, &[], settable);
    let model = start(&workshop, PATIENT, &[("x0", 3.0)]).expect("a model");
    let found = model.observe(&[seen("x", 1.25)], FRESH).expect("a start");
    assert_eq!(found.taken, 1);
    assert_eq!(found.settled[0].reason, "1.25 was measured and given to the model, which starts with 3");
}
