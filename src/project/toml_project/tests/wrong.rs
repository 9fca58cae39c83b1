//! Each mistake is told with its line, its key and what would be right; all of them at once.

use super::{Plant, told};

const WRONG: &str = r##"nam = "Riverside"
[history]
hours = "eight"
[[model]]
name = "factory"
file = "factory.glb"
unit = "kg"
[[model]]
name = "factory"
file = "no.glb"
[[model]]
name = "other"
file = "no.glb"
[scene]
ambience = "brigth"
fog = { colour = "#fff", near = 50, far = 10 }
[[view]]
name = "Overview"
eye = [1, 2]
[[asset]]
path = "Site/Filler"
node = "Fillr"
[[asset]]
path = "Site//Capper"
[[asset]]
path = "Site/Capper"
color = "red"
[[asset]]
path = "Site/Capper"
[[source]]
name = "broker"
kind = "mqqt"
[[source]]
name = "desk"
kind = "mqtt"
url = "broker:1883"
password = "secret"
[[source]]
name = "table"
kind = "csv"
file = "samples.csv"
seed = 4
[[signal]]
path = "Site/Filler/Speed"
unit = "furlong"
range = [800, 0]
source = "table"
column = "filler_speeed"
[[signal]]
path = "Site/Capper/State"
kind = "text"
source = "tabel"
column = "filler_state"
[[signal]]
path = "Site/Capper/Torque"
kind = "real"
range = [0, 10]
source = "table"
topic = "a/b"
column = "filler_speed"
[[signal]]
path = "Site/Capper/Load"
kind = "real"
range = [0, 10]
source = "table"
column = "filler_speed"
[[signal]]
path = "Site/Capper/Load"
source = "table"
column = "filler_speed"
[rules]
bad = [{ if = "Load >", colour = "#e5484d" }, { if = "true" }]
load = [{ value = "Load", scale = [[10, "#f00"], [5, "#00f"]] }]
heat = [{ value = "Load", scale = [[1, "#f00"], [5, "#00f"]] }]
[[binding]]
asset = "Site/Cappr"
effect = "colour"
rule = "heat"
[[binding]]
asset = "Site/Capper"
node = "Capper"
effect = "rotation"
rule = "heat"
[[binding]]
asset = "Site/Capper"
node = "Capper"
effect = "colour"
rule = "heet"
[[binding]]
asset = "Site/Capper"
node = "Capper"
effect = "opacity"
value = "Lod / 10"
[[binding]]
node = "Capper"
effect = "colour"
rule = "heat"
[[binding]]
asset = "Site/Capper"
effect = "colour"
rule = "heat"
[[alarm]]
name = "Load high"
signal = "Site/Capper/Loda"
above = 8
[[alarm]]
name = "Load high"
signal = "Site/Capper/Load"
above = 80
priority = 5
[[alarm]]
name = "Load odd"
signal = "Site/Capper/Load"
equals = "HELD"
[[setpoint]]
signal = "Site/Capper/Load"
min = 5
max = 20
"##;

#[test]
fn every_mistake_is_told_at_once_with_line_and_key() {
    let expected = [
        "1 nam: no key \"nam\" here; the nearest is \"name\"",
        "3 history.hours: expected a number, found the text \"eight\"",
        "7 model[1].unit: expected a unit of length, found \"kg\"",
        "10 model[2].file: the file was not found: no.glb",
        "13 model[3].file: the file was not found: no.glb",
        "15 scene.ambience: expected one of neutral, directional, chromatic, dark, found \"brigth\"",
        "16 scene.fog.far: expected more than near (50), found 10",
        "17 view[1].target: the key is missing; expected the point looked at, in metres",
        "19 view[1].eye: expected a list of 3 numbers, found a list of 2",
        "24 asset[2].path: expected names joined by single \"/\", found \"Site//Capper\"",
        "27 asset[3].color: no key \"color\" here; known: path, node, nodes, description, tag",
        "29 asset[4].path: expected a path of its own, found \"Site/Capper\" a second time",
        "32 source[1].kind: expected one of csv, mqtt, http, opcua, emulator, found \"mqqt\"",
        "33 source[2].user: the key is missing; expected the name that the password belongs to",
        "36 source[2].url: expected mqtt://host or mqtts://host, found \"broker:1883\"",
        "37 source[2].password: expected where the secret stands, as \"env:NAME\" or \"file:PATH\", found another text",
        "42 source[3].seed: no key \"seed\" for kind \"csv\"; known: file, layout, time, signal, value, quality",
        "45 signal[1].unit: expected a unit by its UCUM code, found \"furlong\", which is not known",
        "46 signal[1].range: expected a low end below the high end, found 800 and 0",
        "48 signal[1].column: no column \"filler_speeed\"; the nearest is \"filler_speed\"",
        "52 signal[2].source: no source \"tabel\"; the nearest is \"table\"",
        "59 signal[3].topic: no key \"topic\" for a signal from a CSV file with layout \"wide\"; known: column, payload_unit",
        "68 signal[5].path: expected a path of its own, found \"Site/Capper/Load\" a second time",
        "72 rules.bad[1].if: expected an expression: expected a value, found the end of the text, at character 7 of \"Load >\"",
        "72 rules.bad[2]: expected one of colour, opacity, icon, value, text, found none",
        "73 rules.load[1].scale: expected ascending numbers, found 10 before 5",
        "76 binding[1].asset: no asset \"Site/Cappr\"; the nearest is \"Site/Capper\"",
        "79 binding[2].axis: the key is missing; expected the axis of the motion",
        "79 binding[2].motion: the key is missing; expected \"position\" or \"rate\" (per second)",
        "83 binding[2].rule: expected a number (value) for the effect rotation, found a colour",
        "88 binding[3].rule: no rule \"heet\"; the nearest is \"heat\"",
        "89 binding[4].inputs: no signal \"Lod\"; the nearest is \"Load\", of the asset \"Site/Capper\"",
        "94 binding[5].inputs: the key is missing; expected a signal for \"Load\", as the node belongs to no asset",
        "99 binding[6].asset: expected an asset with a node, found \"Site/Capper\" without",
        "104 alarm[1].signal: no signal \"Site/Capper/Loda\"; the nearest is \"Site/Capper/Load\"",
        "109 alarm[2].above: expected a limit inside the range of the signal, 0 to 10, found 80",
        "110 alarm[2].priority: expected a whole number from 1 to 4, found the number 5",
        "114 alarm[3].equals: expected a value of kind real, as \"Site/Capper/Load\" has, found HELD",
        "118 setpoint[1].max: expected a limit inside the range of the signal, 0 to 10, found 20",
    ];
    assert_eq!(told(WRONG), expected);
}

#[test]
fn what_is_sound_is_loaded_beside_what_is_wrong() {
    let plant = Plant::new(WRONG);
    let loaded = plant.load();
    assert!(!loaded.sound());
    let project = loaded.project.unwrap_or_default();
    let signals: Vec<&str> = project.catalog.iter().map(|(_, signal)| signal.path.as_str()).collect();
    assert_eq!(signals, ["Site/Capper/Load"]);
    let readable: Vec<bool> =
        project.scene.nodes.iter().filter_map(|node| node.model.as_ref()).map(|model| model.readable).collect();
    assert_eq!(readable, [false, false]);
    assert_eq!((project.sources.len(), project.bindings.len(), project.alarms.len()), (1, 0, 0));
}

#[test]
fn a_problem_says_what_it_means_and_what_to_write() {
    let plant = Plant::new("[[alarm]]\nname = \"Hot\"\nsignal = \"a\"\nabove = 1\npriority = \"high\"");
    let problems = plant.load().problems;
    let priority = problems.last().map(ToString::to_string).unwrap_or_default();
    let expected = format!(
        "error: {}:5: alarm[1].priority: expected a whole number from 1 to 4, found the text \"high\"\n    \
         The alarm is left out: nobody is warned.\n    Write, for example: priority = 2",
        plant.path("twin.toml").display()
    );
    assert_eq!(priority, expected);
}

const MODEL: &str = "[[model]]\nname = \"factory\"\nfile = \"factory.glb\"\n";

#[test]
fn nodes_and_clips_are_those_of_the_model() {
    let project = format!(
        r#"{MODEL}
[[model]]
name = "twin"
file = "factory.glb"
[[asset]]
path = "A"
node = "factory:Fillr"
[[asset]]
path = "B"
node = "Capper"
[[asset]]
path = "C"
nodes = ["twin:Bolt", "Cupper"]
[[binding]]
node = "factory:Filler"
effect = "animation"
clip = "Rotat"
motion = "rate"
value = 1
"#
    );
    let expected = [
        "10 asset[1].node: no node \"Fillr\"; the nearest is \"Filler\", in the model \"factory\"",
        "13 asset[2].node: expected a node of one model, found \"Capper\", which factory and twin have",
        "16 asset[3].nodes: expected a name that one node has, found \"Bolt\", which 2 nodes of \"twin\" have",
        "16 asset[3].nodes: no node \"Cupper\"; the nearest is \"Capper\"",
        "20 binding[1].clip: no clip \"Rotat\"; the nearest is \"Rotate\"",
    ];
    assert_eq!(told(&project), expected);
    let examples: Vec<String> =
        Plant::new(&project).load().problems.into_iter().map(|problem| problem.example).collect();
    assert_eq!(examples[..2], ["node = \"factory:Filler\"", "node = \"factory:Capper\""]);
}

#[test]
fn a_missing_model_is_one_problem_and_its_names_are_taken_on_trust() {
    let plant = Plant::new(
        "[[model]]\nname = \"hall\"\nfile = \"no.glb\"\n[[asset]]\npath = \"A\"\nnode = \"Filler\"\n\
         [[binding]]\nasset = \"A\"\neffect = \"colour\"\ncolour = \"#fff\"",
    );
    assert_eq!(plant.told(), ["3 model[1].file: the file was not found: no.glb"]);
    let loaded = plant.load();
    assert_eq!(loaded.project.map(|project| (project.bindings.len(), project.files.len())), Some((1, 2)));
}

#[test]
fn a_broken_model_is_a_problem_with_the_reason() {
    let plant = Plant::new(MODEL);
    plant.write("factory.glb", b"glTF\x02\0\0\0\xff\0\0\0 and then nothing");
    assert_eq!(plant.told(), ["3 model[1].file: the file is cut short: expected 255 bytes, found 29: factory.glb"]);
}

#[test]
fn what_refers_to_a_broken_entry_is_left_out_without_a_word_more() {
    let project = r##"
[[source]]
name = "plant"
kind = "emulater"
[[signal]]
path = "A/Speed"
source = "plant"
variable = "Filler/Speed"
kind = 3
[[alarm]]
name = "Fast"
signal = "A/Speed"
above = 3
[rules]
r = [{ if = "(", colour = "#fff" }]
[[binding]]
node = "factory"
effect = "colour"
rule = "r"
"##;
    let expected = [
        "4 source[1].kind: expected one of csv, mqtt, http, opcua, emulator, found \"emulater\"",
        "9 signal[1].kind: expected a text in quotes, found the number 3",
        "15 rules.r[1].if: expected an expression: expected a value, found the end of the text, at character 2 of \"(\"",
        "17 binding[1].node: no node \"factory\"; there is none at all",
    ];
    assert_eq!(told(project), expected);
}
