use super::catalog::Catalog;
use super::observe::Intake;
use crate::domain::quality::{BadReason, Quality, UncertainReason};
use crate::domain::time::Span;
use crate::domain::value::Value;
use crate::simulation::fmu::description::{ModelDescription, Variable};
use crate::simulation::model::{Observed, ParameterError, ParameterKind};

const VARIABLES: [&str; 12] = [
    "name=\"gravity\" causality=\"local\" variability=\"constant\" initial=\"exact\"><Real start=\"9.81\"/>",
    "name=\"der(level)\" causality=\"local\" initial=\"calculated\"><Real/>",
    "name=\"mass\" causality=\"local\" initial=\"approx\"><Real start=\"1\" min=\"0\" max=\"50\"/>",
    "name=\"state\" causality=\"output\" variability=\"discrete\"><Enumeration declaredType=\"State\"/>",
    "name=\"level\" causality=\"output\" initial=\"exact\"><Real start=\"1\" min=\"0\" max=\"4\"/>",
    "name=\"pump\" causality=\"input\"><Boolean start=\"true\"/>",
    "name=\"inflow\" causality=\"input\"><Real start=\"2\" min=\"0\"/>",
    "name=\"recipe\" causality=\"input\"><String start=\"milk\"/>",
    "name=\"area\" causality=\"parameter\" variability=\"fixed\"><Real start=\"-5\" min=\"0.1\" max=\"9\"/>",
    "name=\"valve\" causality=\"parameter\" variability=\"tunable\"><Enumeration start=\"3\" declaredType=\"State\"/>",
    "name=\"lanes\" causality=\"parameter\" variability=\"tunable\"><Integer start=\"2\" max=\"5\"/>",
    "name=\"volume\" causality=\"calculatedParameter\"><Real/>",
];

fn tank() -> ModelDescription {
    let variable =
        |(place, text): (usize, &&str)| format!("<ScalarVariable valueReference=\"{place}\" {text}</ScalarVariable>");
    let variables: String = VARIABLES.iter().enumerate().map(variable).collect();
    let text = format!(
        "<fmiModelDescription fmiVersion=\"2.0\" modelName=\"Tank\" guid=\"g\"><CoSimulation modelIdentifier=\"tank\"/>\
         <TypeDefinitions><SimpleType name=\"State\"><Enumeration><Item name=\"shut\" value=\"1\"/>\
         <Item name=\"open\" value=\"3\"/></Enumeration></SimpleType></TypeDefinitions>\
         <ModelVariables>{variables}</ModelVariables></fmiModelDescription>"
    );
    ModelDescription::parse(&text).expect("sound")
}

#[test]
fn outputs_come_first_and_what_never_moves_is_no_variable() {
    let catalog = Catalog::of(&tank());
    let names: Vec<&str> = catalog.variables.iter().map(|variable| variable.name.as_str()).collect();
    assert_eq!(names, ["level", "state", "pump", "inflow", "recipe", "der(level)", "mass"]);
    assert_eq!((catalog.counted, catalog.places), (1, vec![4, 3, 5, 6, 7, 1, 2]));
    let writable: Vec<bool> = catalog.variables.iter().map(|variable| variable.writable).collect();
    assert_eq!(writable, [false, false, true, true, false, false, false]);
    assert_eq!((catalog.variables[0].range, catalog.variables[3].range), (Some((0.0, 4.0)), None));
}

#[test]
fn parameters_have_the_range_of_the_model_or_of_their_type() {
    let found = Catalog::of(&tank()).parameters;
    let found: Vec<_> = found.iter().map(|it| (it.name.as_str(), it.kind, it.range, it.initial)).collect();
    assert_eq!(
        found,
        [
            ("pump", ParameterKind::Setpoint, (0.0, 1.0), 1.0),
            ("inflow", ParameterKind::Setpoint, (0.0, 1e12), 2.0),
            // It starts below its own range.
            ("area", ParameterKind::Model, (-5.0, 9.0), -5.0),
            ("valve", ParameterKind::Model, (1.0, 3.0), 3.0),
            ("lanes", ParameterKind::Model, (-2_147_483_648.0, 5.0), 2.0),
        ]
    );
}

#[test]
fn numbers_are_set_as_the_model_holds_them() {
    let (description, catalog) = (tank(), Catalog::of(&tank()));
    let set = |name: &str, number: f64| catalog.setting(&description, name, number);
    assert_eq!(set("inflow", 0.25), Ok((6, Value::Real(0.25))));
    assert_eq!(set("lanes", 2.5), Ok((10, Value::Int(3))));
    assert_eq!((set("pump", 0.4), set("pump", 1.0)), (Ok((5, Value::Bool(false))), Ok((5, Value::Bool(true)))));
    assert_eq!(set("valve", 3.0), Ok((9, Value::Int(3))));
    for (name, number) in [("valve", 2.0), ("lanes", 5.4), ("inflow", -1e-9), ("inflow", f64::INFINITY)] {
        assert!(matches!(set(name, number), Err(ParameterError::OutOfRange { .. })), "{name} {number}");
    }
    for name in ["recipe", "level", "volume", "gravity", "mass"] {
        assert!(matches!(set(name, 1.0), Err(ParameterError::Unknown { .. })), "{name}");
    }
}

#[test]
fn more_variables_than_are_offered_are_told() {
    let mut description = tank();
    let local = description.variables[1].clone();
    description.variables.extend((0..2_000).map(|place| Variable { name: place.to_string(), ..local.clone() }));
    let catalog = Catalog::of(&description);
    assert_eq!((catalog.variables.len(), catalog.places.len()), (2_000, 2_000));
    assert_eq!(catalog.notices, ["The model has 2007 variables; the first 2000 are offered."]);
}

fn seen(variable: &str, value: Value, quality: Quality, age_secs: i64) -> Observed {
    Observed { variable: variable.to_owned(), value, quality, age: Span::from_secs(age_secs) }
}

#[test]
fn measured_values_are_taken_where_the_model_may_start_with_them() {
    let uncertain = Quality::Uncertain(UncertainReason::Unspecified);
    let all = [
        seen("level", Value::Real(4.5), Quality::Good, 0),
        seen("pump", Value::Int(0), Quality::Good, 0),
        seen("mass", Value::Int(7), uncertain, 0),
        seen("recipe", Value::text("cream"), Quality::Good, 0),
        seen("state", Value::text("open"), Quality::Good, 0),
        seen("inflow", Value::Real(1.0), Quality::Good, 11),
        seen("der(level)", Value::Real(1.0), Quality::Bad(BadReason::Unspecified), 0),
        seen("area", Value::Real(1.0), Quality::Good, 0),
    ];
    let (description, catalog) = (tank(), Catalog::of(&tank()));
    let intake = Intake::of(&description, &catalog, &all, Span::from_secs(10));
    let taken: Vec<(usize, Value)> = intake.taken.into_iter().collect();
    assert_eq!(
        taken,
        [(2, Value::Real(7.0)), (4, Value::Real(4.0)), (5, Value::Bool(false)), (7, Value::text("cream"))]
    );
    assert_eq!(intake.computed.into_iter().collect::<Vec<_>>(), [(1, Value::Int(3))]);
    assert_eq!(intake.settled[0].reason, "4.5 was measured, which the model does not take; 4 is used");
    let about: Vec<&str> = intake.estimated.iter().map(|note| note.about.as_str()).collect();
    assert_eq!((intake.settled.len(), about), (1, vec!["inflow", "der(level)"]));
    let wrong = [seen("level", Value::text("full"), Quality::Good, 0)];
    let intake = Intake::of(&description, &catalog, &wrong, Span::from_secs(10));
    assert_eq!(intake.estimated[0].reason, "\"full\" is not a real number; the model's own value is used");
}
