use proptest::prelude::*;

use super::*;

/// A description of FMI 2 with something in its list of variables.
fn two(variables: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <fmiModelDescription fmiVersion=\"2.0\" modelName=\"Tank\" guid=\"{{8c4e}}\" generationTool=\"Loom\">\n\
         <CoSimulation modelIdentifier=\"tank\" canGetAndSetFMUstate=\"true\" canSerializeFMUstate=\"1\"/>\n\
         <UnitDefinitions><Unit name=\"m\"/><Unit name=\"m3/s\"/></UnitDefinitions>\n\
         <TypeDefinitions><SimpleType name=\"Level\"><Real unit=\"m\" min=\"0\" max=\"4\" nominal=\"2\"/></SimpleType>\
         <SimpleType name=\"Mode\"><Enumeration><Item name=\"off\" value=\"1\"/><Item name=\"on\" value=\"2\"/>\
         </Enumeration></SimpleType></TypeDefinitions>\n\
         <DefaultExperiment startTime=\"0\" stopTime=\"10\" tolerance=\"1e-4\" stepSize=\"0.5\"/>\n\
         <ModelVariables>\n{variables}\n</ModelVariables></fmiModelDescription>"
    )
}

fn three(variables: &str) -> String {
    format!(
        "<fmiModelDescription fmiVersion=\"3.0\" modelName=\"Tank\" instantiationToken=\"{{8c4e}}\">\n\
         <CoSimulation modelIdentifier=\"tank\" canGetAndSetFMUState=\"true\" \
         canHandleVariableCommunicationStepSize=\"true\"/>\n\
         <UnitDefinitions><Unit name=\"m\"/></UnitDefinitions>\n\
         <TypeDefinitions><Float64Type name=\"Level\" unit=\"m\"/></TypeDefinitions>\n\
         <ModelVariables>\n{variables}\n</ModelVariables></fmiModelDescription>"
    )
}

fn sound(text: &str) -> ModelDescription {
    ModelDescription::parse(text).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn faults(text: &str) -> Vec<String> {
    ModelDescription::parse(text).expect_err("faults").iter().map(Problem::to_string).collect()
}

#[test]
fn fmi_2_is_read_with_types_units_and_starts() {
    let model = sound(&two(
        "<ScalarVariable name=\"level\" valueReference=\"7\" causality=\"output\" description=\"over the floor\">\
         <Real declaredType=\"Level\" max=\"3.5\"/></ScalarVariable>\n\
         <ScalarVariable name=\"mode\" valueReference=\"1\" causality=\"parameter\" variability=\"tunable\" \
         initial=\"exact\"><Enumeration declaredType=\"Mode\" start=\"2\"/></ScalarVariable>\n\
         <ScalarVariable name=\"open\" valueReference=\"1\" causality=\"input\"><Boolean start=\"1\"/></ScalarVariable>\n\
         <ScalarVariable name=\"note\" valueReference=\"4294967295\"><String start=\" a b \"/></ScalarVariable>",
    ));
    assert_eq!((model.version, model.name.as_str(), model.token.as_str()), (FmiVersion::V2, "Tank", "{8c4e}"));
    assert_eq!((model.identifier.as_str(), model.tool.as_str()), ("tank", "Loom"));
    assert!(model.capabilities.get_and_set_state && model.capabilities.serialise_state);
    assert!(!model.capabilities.variable_step && model.left_out.is_empty());
    assert_eq!((model.experiment.stop_secs, model.experiment.step_secs), (Some(10.0), Some(0.5)));
    let (_, level) = model.find("level").expect("there");
    assert_eq!((level.reference, level.causality, &level.kind), (7, Causality::Output, &VariableKind::Float64));
    assert_eq!((level.min, level.max, level.nominal), (Some(0.0), Some(3.5), Some(2.0)));
    assert_eq!((level.unit.code(), level.variability), ("m", Variability::Continuous));
    let (place, mode) = model.find("mode").expect("there");
    assert_eq!((place, &mode.start, mode.initial), (1, &Some(Value::Int(2)), Some(Initial::Exact)));
    assert_eq!(mode.kind.fit(Value::text("off")), Ok(Value::Int(1)));
    assert_eq!(mode.kind.fit(Value::Int(3)), Err("\"3\" is not one of off, on".to_owned()));
    assert_eq!(model.find("open").expect("there").1.start, Some(Value::Bool(true)));
    let (_, note) = model.find("note").expect("there");
    assert_eq!((note.reference, &note.start), (u32::MAX, &Some(Value::text(" a b "))));
}

#[test]
fn fmi_3_is_read_and_what_cannot_be_used_is_left_out_by_name() {
    let model = sound(&three(
        "<Float64 name=\"level\" valueReference=\"1\" causality=\"output\" declaredType=\"Level\"/>\n\
         <UInt8 name=\"count\" valueReference=\"2\" start=\"255\"/>\n\
         <String name=\"note\" valueReference=\"3\"><Start value=\"ready\"/></String>\n\
         <Float32 name=\"one\" valueReference=\"4\" start=\"1.5\"><Dimension start=\"1\"/></Float32>\n\
         <Float64 name=\"field\" valueReference=\"5\"><Dimension start=\"3\"/></Float64>\n\
         <Binary name=\"blob\" valueReference=\"6\"/>\n<Clock name=\"tick\" valueReference=\"7\"/>",
    ));
    assert_eq!((model.version, model.capabilities.variable_step), (FmiVersion::V3, true));
    assert_eq!(model.find("level").expect("there").1.unit.code(), "m");
    let (_, count) = model.find("count").expect("there");
    assert_eq!((&count.start, count.variability), (&Some(Value::Int(255)), Variability::Discrete));
    assert_eq!(model.find("note").expect("there").1.start, Some(Value::text("ready")));
    assert_eq!(model.find("one").expect("there").1.start, Some(Value::Real(1.5)));
    let left_out: Vec<String> = model.left_out.iter().map(Problem::to_string).collect();
    assert_eq!(left_out.len(), 3);
    assert_eq!(left_out[0], "line 10: \"field\" is left out: arrays cannot be used, only variables with one value");
    assert!(left_out[1].contains("\"blob\"") && left_out[2].contains("\"tick\""));
}

#[test]
fn every_fault_is_told_at_once_with_its_line() {
    let text = two("<ScalarVariable name=\"a\" valueReference=\"-1\"><Real/></ScalarVariable>\n\
         <ScalarVariable name=\"a\" valueReference=\"1\"><Real/></ScalarVariable>\n\
         <ScalarVariable valueReference=\"1\"><Real/></ScalarVariable>\n\
         <ScalarVariable name=\"c\" valueReference=\"1\" causality=\"sideways\"><Real min=\"5\" max=\"4\"/></ScalarVariable>\n\
         <ScalarVariable name=\"d\" valueReference=\"1\"><Real start=\"INF\" unit=\"furlong\"/></ScalarVariable>\n\
         <ScalarVariable name=\"e\" valueReference=\"1\"><Integer start=\"3000000000\"/></ScalarVariable>\n\
         <ScalarVariable name=\"f\" valueReference=\"1\"><Integer declaredType=\"Level\"/></ScalarVariable>\n\
         <ScalarVariable name=\"g\" valueReference=\"1\"><Real declaredType=\"Depth\"/></ScalarVariable>\n\
         <ScalarVariable name=\"h\" valueReference=\"1\"><Float64/></ScalarVariable>\n\
         <ScalarVariable name=\"i\" valueReference=\"1\"/>");
    let expected = [
        "line 8: valueReference of \"a\" is \"-1\"",
        "line 9: a second variable is named \"a\"",
        "line 10: <ScalarVariable> has no name",
        "line 11: causality is \"sideways\"; it can be parameter, calculatedParameter, input",
        "line 11: min 5 of \"c\" is above its max 4",
        "line 12: start of \"d\": \"INF\" is not a real number",
        "line 12: the unit \"furlong\" of \"d\" is not in <UnitDefinitions>",
        "line 13: start of \"e\": \"3000000000\" is not a whole number of 32 bit",
        "line 14: declaredType \"Level\" of \"f\" is a type of <Real>",
        "line 15: declaredType \"Depth\" of \"g\" is not declared",
        "line 16: the variable \"h\" is of the unknown kind <Float64>",
        "line 17: the variable \"i\" has no kind",
    ];
    let found = faults(&text);
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}, not {expected}");
    }
}

#[test]
fn what_is_no_co_simulation_fmu_is_refused() {
    for (text, words) in [
        ("", "it is not XML"),
        ("<a><b></a>", "line 1: it is not XML"),
        ("<html/>", "the file begins with <html>, not with <fmiModelDescription>"),
        ("<fmiModelDescription fmiVersion=\"1.0\"/>", "fmiVersion is \"1.0\"; FMI 2.0 and 3.0 can be run"),
        ("<fmiModelDescription/>", "<fmiModelDescription> has no fmiVersion"),
        ("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "it is not XML as FMI allows it"),
    ] {
        let found = faults(text);
        assert!(found.len() == 1 && found[0].contains(words), "{text}: {found:?}");
    }
    let found = faults("<fmiModelDescription fmiVersion=\"2.0\"><ModelExchange/></fmiModelDescription>");
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found[2].contains("it has no <CoSimulation>"), "{found:?}");
}

#[test]
fn the_name_of_the_binary_cannot_be_a_path() {
    for name in ["../../tmp/evil", "a/b", "a\\b", "a b", "a.b", ""] {
        let found = faults(&two("").replace("\"tank\"", &format!("\"{name}\"")));
        assert!(found.len() == 1 && found[0].contains("modelIdentifier"), "{name}: {found:?}");
    }
}

#[test]
fn thousands_of_faults_are_told_in_a_bounded_list() {
    let found = faults(&two(&"<ScalarVariable valueReference=\"1\"><Real/></ScalarVariable>\n".repeat(5_000)));
    assert_eq!((found.len(), found[100].as_str()), (101, "and 4900 more"));
}

#[test]
fn deep_nesting_is_no_danger() {
    let deep = 200_000;
    let text = format!("{}{}", "<a>".repeat(deep), "</a>".repeat(deep));
    assert!(ModelDescription::parse(&text).is_err());
}

proptest! {
    /// Cut, doubled and changed descriptions are read or refused with a reason, never anything else.
    #[test]
    fn damaged_descriptions_are_refused_with_a_reason(
        cut in 0_usize..1_600,
        length in 0_usize..60,
        patch in "[<>/=\"&a-z0-9\\PC]{0,8}",
        third in any::<bool>(),
    ) {
        let variable = "<Float64 name=\"level\" valueReference=\"1\" start=\"2\" min=\"0\"/>";
        let mut text = if third { three(variable) } else { two("<ScalarVariable name=\"a\" valueReference=\"1\"><Real/></ScalarVariable>") };
        let from = cut.min(text.len());
        text.replace_range(from..(from + length).min(text.len()), &patch);
        if let Err(problems) = ModelDescription::parse(&text) {
            prop_assert!(!problems.is_empty() && problems.iter().all(|problem| !problem.message.is_empty()));
        }
    }
}
