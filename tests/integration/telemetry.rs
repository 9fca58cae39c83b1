//! The Cookie Factory's files, read without the program's own readers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// (telemetryAssetId, measure) -> (epoch ms, text) in the order of time.
pub type Series = BTreeMap<(String, String), Vec<(i64, String)>>;

/// telemetry.csv: epoch ms, asset type, telemetryAssetId, measure, value, type; no value holds a comma.
pub fn series(folder: &Path) -> Series {
    let text = fs::read_to_string(folder.join("telemetry.csv")).expect("telemetry.csv");
    let mut series = Series::new();
    for line in text.lines() {
        let [ms, _type, asset, measure, value, _kind] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let key = (asset.to_owned(), measure.to_owned());
        series.entry(key).or_default().push((ms.parse().expect("a time"), value.to_owned()));
    }
    for points in series.values_mut() {
        points.sort_by_key(|(ms, _)| *ms);
    }
    series
}

/// The last value not after `ms`.
pub fn at(points: &[(i64, String)], ms: i64) -> Option<&str> {
    points.iter().rev().find(|(time, _)| *time <= ms).map(|(_, value)| value.as_str())
}

/// The telemetryAssetId of a component, found by a member of its entity ("entityId", "entityName").
pub fn asset_id(entities: &Value, (member, value): (&str, &str), component: &str) -> String {
    let all = entities["entities"].as_array().expect("entities");
    let entity = all.iter().find(|entity| entity[member] == value).expect("the entity");
    let properties = &entity["components"][component]["properties"];
    properties["telemetryAssetId"]["value"]["stringValue"].as_str().expect("an id").to_owned()
}

pub fn json(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).expect("a file")).expect("JSON")
}
