//! The simulated copy: what it is, which signals its variables stand for, and what is said of a
//! wrong one.

use super::{Plant, told};
use crate::domain::model::{ModelKind, ModelSpec, TwinSpec};
use crate::domain::source::{EmulatorSpec, SourceKind};
use crate::project::{Project, Severity};

const SKID: &str = r#"
[[source]]
name = "plant"
kind = "emulator"
model = "units"
file = "skid.toml"
parameters = { "Tank1/HeatLoss" = 12, "Exchanger/Ua" = 900.5 }

[[source]]
name = "table"
kind = "csv"
file = "samples.csv"

[twin]
model = "units"
file = "./skid.toml"
calibration = "calibration.toml"
[twin.parameters]
"Exchanger/Ua" = 1e3

[[signal]]
each = { tank = "1..2" }
path = "Skid/Tank {tank}/Level"
unit = "m"
source = "plant"
variable = "Tank{tank}/Level"

[[signal]]
path = "Skid/Tank 1/Temperature"
source = "plant"
variable = "Tank1/Temperature"
twin = "Tank1/Wall"

[[signal]]
each = { tank = "1..2" }
path = "Skid/Tank {tank}/Inflow"
source = "table"
column = "filler_speed"
twin = "Tank{tank}/Inflow"
"#;

fn skid(project: &str) -> Plant {
    let plant = Plant::new(project);
    plant.write("skid.toml", b"");
    plant.write("skid.fmu", b"");
    plant
}

fn emulators(project: &Project) -> Vec<&EmulatorSpec> {
    let sources = project.sources.iter();
    let emulators = sources.filter_map(|source| match &source.kind {
        SourceKind::Emulator(emulator) => Some(emulator),
        _ => None,
    });
    emulators.collect()
}

/// Variables of the copy with the paths of their signals.
fn wired(project: &Project) -> Vec<(&str, &str)> {
    let signals = project.twin.iter().flat_map(|twin| &twin.signals);
    signals
        .map(|(variable, id)| (variable.as_str(), project.catalog.get(*id).map_or("", |signal| &signal.path)))
        .collect()
}

#[test]
fn copy_and_emulator_are_as_written() {
    let plant = skid(SKID);
    let project = plant.project();
    let kind = ModelKind::Units { file: plant.path("skid.toml") };
    let told = |name: &str, value| (name.to_owned(), value);
    let parameters = vec![told("Tank1/HeatLoss", 12.0), told("Exchanger/Ua", 900.5)];
    let played: Vec<_> = emulators(&project).iter().map(|emulator| emulator.model.clone()).collect();
    assert_eq!(played, [ModelSpec { kind: kind.clone(), parameters }]);
    let TwinSpec { model, calibration, .. } = project.twin.clone().unwrap_or_default();
    assert_eq!(model, ModelSpec { kind, parameters: vec![told("Exchanger/Ua", 1000.0)] });
    assert_eq!(calibration, Some(plant.path("calibration.toml")));
}

#[test]
fn signals_stand_for_the_variables_that_they_name_and_else_for_those_of_the_same_model() {
    let expected = [
        ("Tank1/Wall", "Skid/Tank 1/Temperature"),
        ("Tank1/Inflow", "Skid/Tank 1/Inflow"),
        ("Tank2/Inflow", "Skid/Tank 2/Inflow"),
        ("Tank1/Level", "Skid/Tank 1/Level"),
        ("Tank2/Level", "Skid/Tank 2/Level"),
    ];
    assert_eq!(wired(&skid(SKID).project()), expected);
    let other = SKID.replace("[twin]\nmodel = \"units\"\nfile = \"./skid.toml\"", "[twin]\nmodel = \"line\"");
    assert_eq!(wired(&skid(&other).project()), expected[..3]);
}

#[test]
fn changing_a_file_of_a_model_or_writing_a_calibration_changes_the_project() {
    let plant = skid(SKID);
    let files = ["twin.toml", "skid.toml", "calibration.toml"].map(|name| plant.path(name));
    assert_eq!(plant.project().files, files);
    plant.write("calibration.toml", b"");
    assert_eq!(plant.project().files, files);
}

#[test]
fn without_a_declared_copy_it_is_the_model_of_the_emulator_but_not_its_parameters() {
    let plant = skid(
        r#"
[[source]]
name = "plant"
kind = "emulator"
model = "fmu"
file = "skid.fmu"
step_secs = 0.25
parameters = { UA = 900 }
[[signal]]
path = "Level"
variable = "tank.h"
"#,
    );
    let project = plant.project();
    let kind =
        ModelKind::Fmu { file: plant.path("skid.fmu"), step_secs: Some(0.25), step_limit_secs: None, memory_mib: None };
    let twin = project.twin.clone().unwrap_or_default();
    assert_eq!((twin.model, twin.calibration), (ModelSpec { kind, parameters: Vec::new() }, None));
    assert_eq!(wired(&project), [("tank.h", "Level")]);
}

#[test]
fn an_emulator_that_does_not_say_plays_the_line_of_the_demo_factory() {
    let project = Plant::new("[[source]]\nname = \"plant\"\nkind = \"emulator\"").project();
    assert_eq!(emulators(&project).first().map(|emulator| &emulator.model), Some(&ModelSpec::default()));
    assert_eq!(project.twin, Some(TwinSpec::default()));
    assert_eq!(Plant::new("").project().twin, None);
}

#[test]
fn one_fmu_at_two_steps_is_the_same_model() {
    let project = r#"
[twin]
model = "fmu"
file = "skid.fmu"
step_secs = 1
[[source]]
name = "plant"
kind = "emulator"
model = "fmu"
file = "skid.fmu"
[[signal]]
path = "Level"
variable = "tank.h"
"#;
    assert_eq!(wired(&skid(project).project()), [("tank.h", "Level")]);
}

#[test]
fn what_is_said_of_a_variable_goes_before_what_is_assumed() {
    let project = r#"
[[source]]
name = "plant"
kind = "emulator"
[[source]]
name = "table"
kind = "csv"
file = "samples.csv"
[[signal]]
each = { place = ["Filler", "Control room"] }
path = "{place}/Speed"
source = "plant"
variable = "Filler/Speed"
[[signal]]
path = "Gauge"
source = "table"
column = "filler_speed"
twin = "Filler/Speed"
"#;
    assert_eq!(wired(&Plant::new(project).project()), [("Filler/Speed", "Gauge")]);
    let assumed = project.replace("twin = \"Filler/Speed\"\n", "");
    assert_eq!(wired(&Plant::new(&assumed).project()), [("Filler/Speed", "Filler/Speed")]);
}

#[test]
fn every_mistake_in_a_copy_is_told() {
    let project = r#"
[[source]]
name = "a"
kind = "emulator"
model = "lines"
parameters = { Filler = { MtbfFactor = 0.8 }, Capper = "fast", Packer = nan }
seed = -1
[[source]]
name = "b"
kind = "emulator"
model = "units"
[[source]]
name = "c"
kind = "emulator"
model = "fmu"
file = "no.fmu"
step_secs = 0
[[source]]
name = "d"
kind = "csv"
file = "samples.csv"
parameters = {}
[twin]
mode = "fmu"
step_secs = 1
file = ""
parameters = [1]
calibration = "twin.toml"
[[signal]]
path = "A"
source = "d"
column = "filler_speed"
twin = 3
"#;
    let expected = [
        "5 source[1].model: expected one of line, units, fmu, found \"lines\"",
        "6 source[1].parameters: expected a number for \"Filler\", found a table",
        "6 source[1].parameters: expected a number for \"Capper\", found the text \"fast\"",
        "6 source[1].parameters: expected a number for \"Packer\", found a number that is too large",
        "7 source[1].seed: expected a whole number from 0 to 9223372036854775807, found the number -1",
        "8 source[2].file: the key is missing; expected the file of the model",
        "16 source[3].file: the file was not found: no.fmu",
        "17 source[3].step_secs: expected a number from 0.001 to 86400, found 0",
        "22 source[4].parameters: no key \"parameters\" for kind \"csv\"; known: file, layout, time, signal, value, quality",
        "24 twin.mode: no key \"mode\" here; the nearest is \"model\"",
        "25 twin.step_secs: no key \"step_secs\" for model \"line\"; known: model, file, parameters",
        "26 twin.file: expected a text, found an empty one",
        "27 twin.parameters: expected a table of names and numbers, found a list of 1",
        "28 twin.calibration: expected a file of its own, found one of the project: twin.toml",
        "33 signal[1].twin: expected a text in quotes, found the number 3",
    ];
    assert_eq!(told(project), expected);
    let loaded = Plant::new(project).load();
    let left = loaded.project.map(|project| (project.twin, project.sources.len(), project.catalog.len()));
    assert_eq!(left, Some((None, 1, 0)), "a broken copy is not replaced by another");
    let examples: Vec<String> = loaded.problems.into_iter().map(|problem| problem.example).collect();
    let ua = "parameters = { \"Filler/MtbfFactor\" = 0.8 }";
    assert_eq!(
        examples[..7],
        ["model = \"line\"", ua, ua, ua, "seed = 1", "file = \"skid.toml\"", "file = \"skid.fmu\""]
    );
}

#[test]
fn a_missing_model_is_one_problem_and_the_project_runs() {
    let plant = Plant::new(SKID);
    let expected =
        ["6 source[1].file: the file was not found: skid.toml", "16 twin.file: the file was not found: ./skid.toml"];
    assert_eq!(plant.told(), expected);
    let loaded = plant.load();
    let meanings: Vec<&str> = loaded.problems.iter().map(|problem| problem.meaning.as_str()).collect();
    assert_eq!(meanings, ["Signals of this source get no values.", "Nothing can be asked of the simulated copy."]);
    let project = loaded.project.unwrap_or_default();
    assert_eq!((wired(&project).len(), emulators(&project).len()), (5, 1));
    assert!(project.files.contains(&plant.path("skid.toml")), "it is looked for until it is there");
}

#[test]
fn wires_that_lead_nowhere_are_told() {
    let signal = "[[signal]]\npath = \"A\"\nsource = \"table\"\ncolumn = \"filler_speed\"\ntwin = \"Tank1/Level\"\n";
    let table = "[[source]]\nname = \"table\"\nkind = \"csv\"\nfile = \"samples.csv\"\n";
    let expected =
        "9 signal[1].twin: expected [twin] or an emulator to have the variable \"Tank1/Level\", found neither";
    assert_eq!(told(&format!("{table}{signal}")), [expected]);
    let broken = told(&format!("{table}{signal}[twin]\nmodel = \"unit\"\n"));
    assert_eq!(broken, ["11 twin.model: expected one of line, units, fmu, found \"unit\""]);
    let twice = told(&format!("{table}{signal}{}[twin]\n", signal.replace("\"A\"", "\"B\"")));
    assert_eq!(twice, ["14 signal[2].twin: expected a variable of its own, found \"Tank1/Level\" a second time"]);
    let unused = Plant::new(&format!("{table}[twin]\n"));
    assert_eq!(unused.told(), ["5 twin: expected a signal for a variable of the copy to stand for, found none"]);
    assert_eq!(unused.load().problems.first().map(|problem| problem.severity), Some(Severity::Warning));
}

#[test]
fn a_copy_is_one_table() {
    assert_eq!(told("twin = \"line\""), ["1 twin: expected a table, found the text \"line\""]);
    assert_eq!(told("[[twin]]\nmodel = \"line\""), ["1 twin: expected a table, found a list of 1"]);
}
