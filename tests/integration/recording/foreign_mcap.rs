//! Import of MCAP files against Foxglove's own libraries for Python, which write the files and say
//! what has to be found in them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value as Json;
use twinscope::domain::catalog::Catalog;
use twinscope::domain::quality::Quality;
use twinscope::domain::signal::Sample;
use twinscope::domain::value::Value;
use twinscope::recording::import::{self, Found, ImportReport, Intake};

/// What a script says that its file holds.
#[derive(Deserialize)]
struct Expected {
    /// Path, source time, received time and value, in the order of the file.
    samples: Vec<(String, i64, i64, Json)>,
    units: BTreeMap<String, String>,
}

struct Imported {
    samples: Vec<Sample>,
    catalog: Catalog,
    report: ImportReport,
}

fn read(file: &Path) -> Imported {
    let mut samples = Vec::new();
    let mut take = |found: Found, _: f64| {
        if let Found::Sample(sample) = found {
            samples.push(sample);
        }
        Ok(())
    };
    let mut intake = Intake::new(&mut take);
    import::mcap::read(file, &mut intake).expect("an import");
    let (catalog, report) = (intake.catalog, intake.report);
    Imported { samples, catalog, report }
}

/// Lets a script write a file, and compares what it says with what is read.
fn compare(script: &str, more: &[&str]) -> Imported {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("foreign.mcap");
    let args: Vec<&OsStr> = std::iter::once(file.as_os_str()).chain(more.iter().map(OsStr::new)).collect();
    let expected: Expected = serde_json::from_str(&super::python::run(script, &args)).expect("what is expected");
    let imported = read(&file);
    let Imported { samples, catalog, report } = &imported;
    assert_eq!(samples.len(), expected.samples.len(), "{report:?}");
    assert_eq!(report.samples, expected.samples.len() as u64);

    let path = |sample: &Sample| catalog.get(sample.signal).map_or("", |signal| signal.path.as_str());
    // Within one message the order of the fields is free.
    let mut found: Vec<&Sample> = samples.iter().collect();
    found.sort_by_key(|sample| (sample.received_time, path(sample)));
    let mut wanted: Vec<_> = expected.samples.iter().collect();
    wanted.sort_by_key(|(path, _, received, _)| (*received, path.as_str()));
    for (sample, (wanted_path, source_time, received_time, value)) in found.into_iter().zip(wanted) {
        let times = (sample.source_time.as_nanos(), sample.received_time.as_nanos());
        assert_eq!((path(sample), times), (wanted_path.as_str(), (*source_time, *received_time)));
        assert!(same(&sample.value, value), "{wanted_path} at {received_time}: {:?}, not {value}", sample.value);
        assert_eq!(sample.quality, Quality::Good);
    }
    for (path, unit) in &expected.units {
        let signal = catalog.id(path).and_then(|id| catalog.get(id));
        assert_eq!(signal.map(|signal| signal.unit.code()), Some(unit.as_str()), "{path}");
    }
    imported
}

/// To the last bit, and of the kind that the script has written.
fn same(found: &Value, expected: &Json) -> bool {
    match found {
        Value::Bool(flag) => expected.as_bool() == Some(*flag),
        Value::Int(number) => expected.as_i64() == Some(*number),
        Value::Real(number) => expected.is_f64() && expected.as_f64() == Some(*number),
        Value::Text(text) => expected.as_str() == Some(text),
    }
}

#[test]
fn json_messages_of_every_compression_are_what_was_written() {
    for compression in ["none", "lz4", "zstd"] {
        let imported = compare("write_json_mcap.py", &[compression]);
        assert!(imported.report.problems.is_empty(), "{:?}", imported.report);
        let range = |path: &str| imported.catalog.get(imported.catalog.id(path)?)?.range;
        assert_eq!(range("plant/mixer1/temperature"), Some((-20.0, 150.0)));
    }
}

#[test]
fn protobuf_messages_are_what_protobuf_itself_reads() {
    let imported = compare("write_protobuf_mcap.py", &[]);
    assert!(imported.report.problems.is_empty(), "{:?}", imported.report);
}

#[test]
fn ros2_messages_are_what_was_written() {
    let imported = compare("write_ros2_mcap.py", &[]);
    let told: Vec<&str> = imported.report.problems.keys().map(String::as_str).collect();
    assert_eq!(
        told,
        [
            "plant/mixer/long is a list of more than 16 items: it is left out",
            "plant/mixer/motors is a list of texts or structures: it is left out, only numbers and flags are read",
        ]
    );
}
