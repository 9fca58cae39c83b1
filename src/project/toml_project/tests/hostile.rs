//! No text makes the reader panic.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::Plant;
use crate::project::load;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn arbitrary_text_never_panics(text in "(?s).{0,300}") {
        let plant = Plant::new(&text);
        let _ = load(&plant.path("twin.toml"));
    }

    /// Keys and values of every section in any combination.
    #[test]
    fn arbitrary_values_never_panic(
        lines in prop::collection::vec((section(), prop::collection::vec((key(), value()), 0..8)), 0..12)
    ) {
        let mut text = String::new();
        for (section, entries) in lines {
            text.push_str(&format!("[[{section}]]\n"));
            for (index, (key, value)) in entries.iter().enumerate() {
                if !entries[..index].iter().any(|(known, _)| known == key) {
                    text.push_str(&format!("\"{key}\" = {value}\n"));
                }
            }
        }
        let plant = Plant::new(&text);
        let _ = load(&plant.path("twin.toml"));
    }

    #[test]
    fn arbitrary_models_of_the_plant_never_panic(
        plant in prop::collection::btree_map(model_key(), value(), 0..6),
        copy in prop::collection::btree_map(model_key(), value(), 0..6),
    ) {
        let lines = |entries: &BTreeMap<&str, String>| {
            entries.iter().map(|(key, value)| format!("{key} = {value}\n")).collect::<String>()
        };
        let text = format!(
            "[[source]]\nname = \"a\"\nkind = \"emulator\"\n{}[twin]\n{}\n[[signal]]\npath = \"A\"\ntwin = \"B\"\n",
            lines(&plant),
            lines(&copy)
        );
        let plant = Plant::new(&text);
        let _ = load(&plant.path("twin.toml"));
    }

    #[test]
    fn mutated_projects_never_panic(at in 0..6000_usize, length in 0..40_usize, with in "(?s).{0,12}") {
        let starter = include_str!("../../starter/twin.toml").replace("plant.glb", "factory.glb");
        let mut characters: Vec<char> = starter.chars().collect();
        let start = at.min(characters.len());
        let end = (start + length).min(characters.len());
        characters.splice(start..end, with.chars());
        let plant = Plant::new(&characters.into_iter().collect::<String>());
        let _ = load(&plant.path("twin.toml"));
    }

    #[test]
    fn arbitrary_conditions_of_writing_never_panic(
        control in prop::collection::btree_map(control_key(), value(), 0..6),
        freeze in prop::collection::btree_map(control_key(), value(), 0..4),
        setpoint in prop::collection::btree_map(control_key(), value(), 0..8),
        write in prop::collection::btree_map(write_key(), value(), 0..5),
        kind in prop::sample::select(vec!["mqtt", "http", "opcua", "emulator"]),
        source in prop::collection::btree_map(write_key(), value(), 0..5),
    ) {
        let lines = |entries: &BTreeMap<&str, String>, end: &str| {
            entries.iter().map(|(key, value)| format!("{key} = {value}{end}")).collect::<String>()
        };
        let url = match kind { "mqtt" => "mqtt://h", "opcua" => "opc.tcp://h", _ => "http://h" };
        let given = kind == "emulator" || source.contains_key("url");
        let url = if given { String::new() } else { format!("url = \"{url}\"") };
        let text = format!(
            "[control]\n{}[[control.freeze]]\n{}[[source]]\nname = \"s\"\nkind = \"{kind}\"\n{url}\n{}\
             [[signal]]\npath = \"A\"\n{}\n[[setpoint]]\nsignal = \"A\"\nmin = 1\nmax = 2\n{}write = {{ {} }}\n",
            lines(&control, "\n"),
            lines(&freeze, "\n"),
            lines(&source, "\n"),
            match kind {
                "mqtt" => "topic = \"a\"",
                "opcua" => "node = \"i=3\"",
                "emulator" => "variable = \"A/B\"",
                _ => "value = \"/a\"",
            },
            lines(&setpoint, "\n"),
            lines(&write, ", "),
        );
        let plant = Plant::new(&text);
        let project = load(&plant.path("twin.toml")).project.unwrap_or_default();
        prop_assert_eq!(project.policy.writable.len(), project.write_targets.len());
    }
}

fn section() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "model", "light", "view", "asset", "source", "signal", "binding", "alarm", "setpoint", "rules.r",
    ])
}

fn key() -> impl Strategy<Value = String> {
    let known = [
        "name", "file", "unit", "scale", "position", "path", "node", "kind", "url", "topic", "value", "range",
        "signal", "effect", "rule", "each", "inputs", "axis", "motion", "if", "colour", "above", "min", "max", "where",
        "tag", "twin",
    ];
    prop_oneof![9 => prop::sample::select(known.to_vec()).prop_map(str::to_owned), 1 => "[a-z]{1,6}"]
}

fn control_key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "enabled",
        "trial_min_secs",
        "trial_max_secs",
        "max_simultaneous",
        "name",
        "weekdays",
        "from",
        "to",
        "step",
        "interlocks",
        "mode_signal",
        "readback",
        "tolerance",
        "equipment",
        "idempotent",
        "max_delta",
    ])
}

fn write_key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "node",
        "topic",
        "qos",
        "payload",
        "member",
        "response_topic",
        "url",
        "method",
        "readback_url",
        "parameter",
        "security",
        "policy",
        "user",
        "password",
        "write_user",
        "write_password",
        "write_token",
        "queue_size",
        "trigger",
        "history_secs",
    ])
}

fn model_key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["model", "file", "step_secs", "parameters", "calibration", "each", "seed"])
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "\"factory.glb\"",
            "\"Filler\"",
            "\"a/b\"",
            "\"mqtt\"",
            "\"csv\"",
            "\"emulator\"",
            "\"units\"",
            "\"fmu\"",
            "\"twin.toml\"",
            "{ \"A/B\" = 0.8 }",
            "\"mqtt://h\"",
            "\"colour\"",
            "\"y\"",
            "\"rate\"",
            "\"a + b\"",
            "[0, 1]",
            "[1, 2, 3]",
            "nan",
            "inf",
            "1e308",
            "-9223372036854775808",
            "true",
            "1979-05-27",
            "{ a = 1 }",
            "{ a = [\"x\", \"y\"], b = \"1..3\" }",
            "{ a = \"0..9223372036854775807\" }",
            "[]",
            "[{ a = 1 }]",
            "\"{a}\"",
            "\"\"",
            "\"real\"",
            "\"A\"",
            "\"/a\"",
            "\"{value}\"",
            "\"`A` > 1\"",
            "\"ns=2;s=a\"",
            "\"opc.tcp://h\"",
            "\"http://h\"",
            "\"env:X\"",
            "\"mon\"",
            "\"06:00\"",
            "07:30:00",
            "2026-12-24T00:00:00Z",
            "\"2026-12-24T00:00:00+01:00\"",
            "99999999999999999999",
        ])
        .prop_map(str::to_owned),
        any::<i64>().prop_map(|number| number.to_string()),
        "[a-zA-Z/#+:{}'\\[\\]. ]{0,12}".prop_map(|text| format!("\"{text}\"")),
    ]
}
