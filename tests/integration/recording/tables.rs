//! Tables go to pyarrow and come from pyarrow: whole, with times, kinds and values as they were.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use serde_json::{Value as Json, json};
use twinscope::domain::quality::{BadReason, Quality};
use twinscope::domain::signal::{Sample, Signal, SignalId};
use twinscope::domain::time::Timestamp;
use twinscope::domain::unit::Unit;
use twinscope::domain::value::{Value, ValueKind};
use twinscope::recording::export::{ExportOptions, Exporter, TableFormat};
use twinscope::recording::import::csv::CsvOptions;
use twinscope::recording::import::{Found, ImportError, ImportReport, Intake, csv, parquet};

use super::python;

/// 2021-11-05T00:00:00Z
const START: i64 = 1_636_070_400_000_000_000;

fn samples() -> Vec<Sample> {
    let sample = |signal, nanos, value, quality| {
        let time = Timestamp::from_nanos(START + nanos);
        Sample { signal: SignalId(signal), source_time: time, received_time: time, value, quality }
    };
    vec![
        sample(0, 0, Value::Real(0.1), Quality::Good),
        sample(1, 0, Value::Int(9_007_199_254_740_993), Quality::Good),
        sample(2, 1, Value::Bool(true), Quality::Good),
        sample(3, 1, Value::text("=1+1, \"quoted\"\nLäuft"), Quality::Good),
        sample(0, 2, Value::Real(-1e300), Quality::Bad(BadReason::SensorFailure)),
    ]
}

fn export(path: &Path, format: TableFormat, samples: impl IntoIterator<Item = Sample>) {
    let speed = Signal { unit: Unit::new("rpm"), ..Signal::new("Line 1/Speed", ValueKind::Real) };
    let others = [("Count", ValueKind::Int), ("Run", ValueKind::Bool), ("State", ValueKind::Text)];
    let others = others.map(|(path, kind)| Signal::new(path, kind));
    let signals: Vec<(SignalId, &Signal)> =
        [&speed].into_iter().chain(&others).enumerate().map(|(id, signal)| (SignalId(id as u32), signal)).collect();
    let mut exporter = Exporter::create(path, format, &signals, ExportOptions::default()).expect("an export");
    for sample in samples {
        exporter.push(&sample).expect("written");
    }
    exporter.finish().expect("a table");
}

fn seen_by_pyarrow(format: TableFormat, samples: impl IntoIterator<Item = Sample>) -> Json {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(format!("t.{}", format.extension()));
    export(&path, format, samples);
    serde_json::from_str(&python::run("read_table.py", &[path.as_os_str()])).expect("JSON")
}

#[test]
fn pyarrow_reads_a_long_parquet() {
    let seen = seen_by_pyarrow(TableFormat::ParquetLong, samples());
    assert_eq!(
        seen["schema"],
        json!({
            "time": "timestamp[ns, tz=UTC]", "received_time": "timestamp[ns, tz=UTC]", "signal": "string",
            "value_real": "double", "value_int": "int64", "value_bool": "bool", "value_text": "string",
            "quality": "string", "quality_code": "uint32", "unit": "string",
        })
    );
    assert_eq!(seen["nulls_allowed"], json!(["value_real", "value_int", "value_bool", "value_text"]));
    let columns = &seen["columns"];
    assert_eq!(columns["time"], json!([START, START, START + 1, START + 1, START + 2]));
    assert_eq!(columns["signal"], json!(["Line 1/Speed", "Count", "Run", "State", "Line 1/Speed"]));
    assert_eq!(columns["value_real"], json!([0.1, null, null, null, -1e300]));
    assert_eq!(columns["value_int"], json!([null, 9_007_199_254_740_993_i64, null, null, null]));
    assert_eq!(columns["value_bool"], json!([null, null, true, null, null]));
    assert_eq!(columns["value_text"], json!([null, null, null, "=1+1, \"quoted\"\nLäuft", null]));
    assert_eq!(columns["quality"], json!(["good", "good", "good", "good", "bad: sensor failure"]));
    assert_eq!(columns["quality_code"], json!([0, 0, 0, 0, 0x808C_0000_u32]));
    assert_eq!(columns["unit"], json!(["{rev}/min", "", "", "", "{rev}/min"]));
    assert_eq!(seen["version"], json!(env!("CARGO_PKG_VERSION")));
    assert_eq!(seen["codecs"], json!(["ZSTD"]));
    let dictionaries = seen["dictionaries"].as_array().expect("names");
    for name in ["signal", "quality", "unit"] {
        assert!(dictionaries.contains(&json!(name)), "{name}: {dictionaries:?}");
    }
}

#[test]
fn pyarrow_reads_a_wide_parquet() {
    let seen = seen_by_pyarrow(TableFormat::ParquetWide, samples());
    assert_eq!(
        seen["schema"],
        json!({
            "time": "timestamp[ns, tz=UTC]",
            "Line 1/Speed [{rev}/min]": "double", "Line 1/Speed.quality": "string",
            "Count": "int64", "Count.quality": "string", "Run": "bool", "Run.quality": "string",
            "State": "string", "State.quality": "string",
        })
    );
    assert_eq!(seen["rows"], json!(3));
    let columns = &seen["columns"];
    assert_eq!(columns["Line 1/Speed [{rev}/min]"], json!([0.1, null, -1e300]));
    assert_eq!(columns["Line 1/Speed.quality"], json!(["good", null, "bad: sensor failure"]));
    assert_eq!(columns["Count"], json!([9_007_199_254_740_993_i64, null, null]));
}

#[test]
fn pyarrow_reads_csv_tables() {
    let long = seen_by_pyarrow(TableFormat::CsvLong, samples().into_iter().filter(|sample| sample.signal.0 != 3));
    assert_eq!(long["schema"]["time"], json!("timestamp[ns, tz=UTC]"));
    assert_eq!(long["columns"]["time"], json!([START, START, START + 1, START + 2]));
    assert_eq!(long["columns"]["value"], json!(["0.1", "9007199254740993", "true", "-1e300"]));
    let wide = seen_by_pyarrow(TableFormat::CsvWide, samples().into_iter().filter(|sample| sample.signal.0 != 3));
    assert_eq!(wide["schema"]["Line 1/Speed [{rev}/min]"], json!("double"));
    assert_eq!(wide["columns"]["Line 1/Speed [{rev}/min]"], json!([0.1, null, -1e300]));
    assert_eq!(wide["columns"]["Run"], json!([null, true, null]));
}

#[test]
fn row_groups_of_long_exports_are_bounded() {
    let rows = 300_000;
    let many = (0..rows).map(|row| Sample {
        source_time: Timestamp::from_nanos(START + row),
        value: Value::Real(row as f64),
        ..samples().swap_remove(0)
    });
    let seen = seen_by_pyarrow(TableFormat::ParquetLong, many);
    assert_eq!(seen["rows"], json!(rows));
    assert_eq!(seen["most_rows_in_a_group"], json!(128 << 10));
}

/// What pyarrow wrote: the samples of each signal in order.
type Samples = BTreeMap<String, Vec<(i64, Value)>>;

fn read(path: &Path) -> Result<(Samples, BTreeMap<String, Signal>, ImportReport), ImportError> {
    let (mut samples, mut signals): (Vec<Sample>, Vec<Signal>) = Default::default();
    let mut take = |found: Found, _: f64| {
        match found {
            Found::Signal(_, signal) => signals.push(signal.clone()),
            Found::Sample(sample) => samples.push(sample),
        }
        Ok(())
    };
    let mut intake = Intake::new(&mut take);
    match path.extension() == Some(OsStr::new("csv")) {
        true => csv::read(path, &CsvOptions::default(), &mut intake)?,
        false => parquet::read(path, &mut intake)?,
    }
    let report = intake.report;
    let mut by_path = Samples::new();
    for sample in samples {
        assert_eq!((sample.quality, sample.received_time), (Quality::Good, sample.source_time));
        let path = signals[sample.signal.index()].path.clone();
        by_path.entry(path).or_default().push((sample.source_time.as_nanos() - START, sample.value));
    }
    Ok((by_path, signals.into_iter().map(|signal| (signal.path.clone(), signal)).collect(), report))
}

#[test]
fn tables_of_pyarrow_come_in_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    python::run("write_tables.py", &[folder.path().as_os_str()]);
    let at = |row: i64| row * 500_000_000;
    let text = Value::text;
    let expected = |count: fn(i64) -> Value| -> Samples {
        [
            ("Speed", vec![(at(0), Value::Real(0.1)), (at(2), Value::Real(1e300)), (at(3), Value::Real(-0.0))]),
            ("Count", vec![(at(0), count(1)), (at(1), count(2)), (at(3), count(9_007_199_254_740_993))]),
            ("Run", vec![(at(0), Value::Bool(true)), (at(1), Value::Bool(false)), (at(3), Value::Bool(true))]),
            ("State", vec![(at(0), text("Idle")), (at(1), text("a \"b\", c")), (at(3), text("Läuft"))]),
        ]
        .map(|(path, samples)| (path.to_owned(), samples))
        .into()
    };
    let mut read_files = 0;
    for entry in std::fs::read_dir(folder.path()).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if name.starts_with("refused") {
            continue;
        }
        let (found, signals, report) = read(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        // A wide table in text does not tell whole numbers from real ones.
        let whole = !(name.starts_with("wide") && name.ends_with("csv"));
        assert_eq!(found, expected(if whole { Value::Int } else { |number| Value::Real(number as f64) }), "{name}");
        assert_eq!(signals["Speed"].unit.code(), "{rev}/min", "{name}");
        let problems: Vec<&String> = report.problems.keys().collect();
        match name.as_str() {
            "wide_nested.parquet" => assert!(problems[0].starts_with("column \"nested\" is left out"), "{problems:?}"),
            "wide_naive.csv" => assert!(problems[0].contains("they are taken as UTC"), "{problems:?}"),
            _ => assert!(problems.is_empty(), "{name}: {problems:?}"),
        }
        read_files += 1;
    }
    assert_eq!(read_files, 20);

    let gzip = read(&folder.path().join("refused_gzip.parquet")).expect_err("gzip").to_string();
    assert!(gzip.contains("is compressed with gzip"), "{gzip}");
    assert!(gzip.ends_with("Write it again with zstd or snappy compression."), "{gzip}");
}
