use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::domain::catalog::Catalog;
use crate::domain::quality::{BadReason, Quality, UncertainReason};
use crate::domain::value::Value;
use crate::recording::import::table::gather::Gathered;

const SECOND: i64 = 1_000_000_000;

fn catalog() -> Catalog {
    let mut catalog = Catalog::default();
    for (path, kind, unit) in [
        ("Line 1/Speed", ValueKind::Real, "rpm"),
        ("Line 1/Count", ValueKind::Int, ""),
        ("Line 1/Run", ValueKind::Bool, ""),
        ("Line 1/State, \"a\"", ValueKind::Text, "degC"),
    ] {
        catalog.intern(Signal { unit: Unit::new(unit), ..Signal::new(path, kind) });
    }
    catalog
}

fn sample(signal: u32, nanos: i64, value: Value, quality: Quality) -> Sample {
    let time = Timestamp::from_nanos(nanos);
    Sample { signal: SignalId(signal), source_time: time, received_time: time, value, quality }
}

fn samples() -> Vec<Sample> {
    vec![
        sample(0, 0, Value::Real(0.1), Quality::Good),
        sample(3, 0, Value::text("=1+1"), Quality::Good),
        sample(1, SECOND, Value::Int(7), Quality::Bad(BadReason::SensorFailure)),
        sample(1, SECOND, Value::Int(8), Quality::Good),
        sample(2, 2 * SECOND + 1, Value::Bool(true), Quality::Uncertain(UncertainReason::InitialValue)),
        sample(9, 3 * SECOND, Value::Bool(true), Quality::Good),
    ]
}

fn export(
    path: &Path,
    format: TableFormat,
    options: ExportOptions,
    samples: &[Sample],
) -> Result<ExportReport, ExportError> {
    let catalog = catalog();
    let signals: Vec<(SignalId, &Signal)> = catalog.iter().collect();
    let mut exporter = Exporter::create(path, format, &signals, options)?;
    for sample in samples {
        exporter.push(sample)?;
    }
    exporter.finish()
}

fn place(format: TableFormat) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(format!("t.{}", format.extension()));
    (folder, path)
}

fn csv_text(format: TableFormat, options: ExportOptions) -> (String, ExportReport) {
    let (_folder, path) = place(format);
    let report = export(&path, format, options, &samples()).expect("an export");
    (std::fs::read_to_string(path).expect("a text"), report)
}

#[test]
fn a_long_csv_has_a_row_a_sample() {
    let (text, report) = csv_text(TableFormat::CsvLong, ExportOptions::default());
    let rows: Vec<&str> = text.lines().collect();
    assert_eq!(rows[0], "time,received_time,signal,kind,value,quality,quality_code,unit");
    assert_eq!(
        rows[1],
        "1970-01-01T00:00:00.000000000Z,1970-01-01T00:00:00.000000000Z,Line 1/Speed,real,0.1,good,0,{rev}/min"
    );
    assert!(rows[2].ends_with("Z,\"Line 1/State, \"\"a\"\"\",text,=1+1,good,0,Cel"), "{}", rows[2]);
    assert!(rows[3].ends_with("Line 1/Count,int,7,bad: sensor failure,2156658688,"), "{}", rows[3]);
    assert_eq!(rows.len(), 6);
    assert_eq!(report, ExportReport { rows: 5, samples: 5, replaced: 0, left_out: 1 });
}

#[test]
fn a_wide_csv_has_a_row_a_moment_and_holds_only_when_asked() {
    let bare = ExportOptions { quality: false, hold_last: false };
    let (text, report) = csv_text(TableFormat::CsvWide, bare);
    let expected = "time,Line 1/Speed [{rev}/min],Line 1/Count,Line 1/Run,\"Line 1/State, \"\"a\"\" [Cel]\"\n\
        1970-01-01T00:00:00.000000000Z,0.1,,,=1+1\n\
        1970-01-01T00:00:01.000000000Z,,8,,\n\
        1970-01-01T00:00:02.000000001Z,,,true,\n";
    assert_eq!(text, expected);
    assert_eq!(report, ExportReport { rows: 3, samples: 4, replaced: 1, left_out: 1 });

    let (text, _) = csv_text(TableFormat::CsvWide, ExportOptions { quality: false, hold_last: true });
    assert_eq!(text.lines().last(), Some("1970-01-01T00:00:02.000000001Z,0.1,8,true,=1+1"));
    let (text, _) = csv_text(TableFormat::CsvWide, ExportOptions::default());
    assert_eq!(text.lines().last(), Some("1970-01-01T00:00:02.000000001Z,,,,,true,uncertain: initial value,,"));
}

#[test]
fn a_wide_parquet_comes_back_with_kinds_units_and_qualities() {
    let (_folder, path) = place(TableFormat::ParquetWide);
    export(&path, TableFormat::ParquetWide, ExportOptions::default(), &samples()).expect("an export");
    let found = Gathered::read(&path).expect("a table");
    assert_eq!(found.problems(), []);
    let expected = catalog();
    assert!(found.catalog.iter().eq(expected.iter()), "{:?}", found.catalog);
    let kept: Vec<Sample> =
        samples().into_iter().filter(|sample| sample.value != Value::Int(7) && sample.signal.0 < 9).collect();
    assert_eq!(found.samples, kept);
}

#[test]
fn an_unfinished_export_leaves_nothing_and_keeps_the_older_file() {
    for format in TableFormat::ALL {
        let (folder, path) = place(format);
        std::fs::write(&path, "older").expect("a file");
        let catalog = catalog();
        let signals: Vec<(SignalId, &Signal)> = catalog.iter().collect();
        let mut exporter = Exporter::create(&path, format, &signals, ExportOptions::default()).expect("an exporter");
        exporter.push(&sample(0, SECOND, Value::Real(1.0), Quality::Good)).expect("taken");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 2, "{format}");
        let refused = exporter.push(&sample(0, 0, Value::Real(1.0), Quality::Good));
        assert!(matches!(refused, Err(ExportError::Unordered { .. })), "{refused:?}");
        drop(exporter);
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "{format}");
        assert_eq!(std::fs::read(&path).expect("bytes"), b"older");
    }
}

#[test]
fn a_folder_that_is_not_there_and_a_full_disk_are_told_in_words() {
    let error = export(Path::new("nowhere/t.csv"), TableFormat::CsvLong, ExportOptions::default(), &[]);
    let said = error.expect_err("no folder").to_string();
    assert!(said.contains("Nothing was exported. Choose a folder"), "{said}");
    let full = WriteError::Io(io::ErrorKind::StorageFull.into()).at(Path::new("t.csv")).to_string();
    assert!(full.contains("because the disk is full") && full.contains("Make room"), "{full}");
    let wrapped: WriteError = ::parquet::errors::ParquetError::from(io::Error::from(io::ErrorKind::StorageFull)).into();
    assert!(matches!(wrapped.at(Path::new("t.parquet")), ExportError::DiskFull { .. }));
}

#[test]
fn formats_are_read_as_they_are_shown() {
    for format in TableFormat::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
    }
    assert!("xlsx".parse::<TableFormat>().is_err());
}

fn any_quality() -> impl Strategy<Value = Quality> {
    let codes = [
        0,
        0x4000_0000,
        0x4090_0000,
        0x4091_0000,
        0x4092_0000,
        0x4094_0000,
        0x8000_0000,
        0x8031_0000,
        0x808B_0000,
        0x808C_0000,
        0x808D_0000_u32,
    ];
    prop::sample::select(codes.map(Quality::from_status_code).to_vec())
}

fn any_value(kind: ValueKind) -> BoxedStrategy<Value> {
    match kind {
        ValueKind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        ValueKind::Int => any::<i64>().prop_map(Value::Int).boxed(),
        ValueKind::Real => any::<u64>().prop_filter_map("finite", |bits| Value::real(f64::from_bits(bits))).boxed(),
        ValueKind::Text => prop_oneof![
            any::<String>(),
            "[ \",;\r\n\t=+@0-9a-e.-]{0,8}",
            Just("NaN".to_owned()),
            Just("true".to_owned())
        ]
        .prop_map(|text| Value::text(&text))
        .boxed(),
    }
}

fn any_samples() -> impl Strategy<Value = Vec<Sample>> {
    let kinds: Vec<ValueKind> = catalog().iter().map(|(_, signal)| signal.kind).collect();
    let one = (0..kinds.len()).prop_flat_map(move |signal| {
        let time = prop_oneof![any::<i64>(), 0..3_i64, Just(i64::MIN), Just(i64::MAX)];
        (Just(signal), time, any::<i64>(), any_value(kinds[signal]), any_quality())
    });
    proptest::collection::vec(one, 0..40).prop_map(|rows| {
        let rows = rows.into_iter().map(|(signal, time, received, value, quality)| Sample {
            received_time: Timestamp::from_nanos(received),
            ..sample(signal as u32, time, value, quality)
        });
        let mut samples: Vec<Sample> = rows.collect();
        samples.sort_by_key(|sample| sample.source_time);
        samples
    })
}

/// All that a sample is, with numbers bit by bit.
fn exact(catalog: &Catalog, sample: &Sample) -> (String, String, i64, i64, String, Quality) {
    let signal = catalog.get(sample.signal).expect("a signal");
    let value = match &sample.value {
        Value::Real(number) => format!("real {:016x}", number.to_bits()),
        other => format!("{other:?}"),
    };
    let (source, received) = (sample.source_time.as_nanos(), sample.received_time.as_nanos());
    (signal.path.clone(), format!("{} {}", signal.kind, signal.unit.code()), source, received, value, sample.quality)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn long_tables_come_back_bit_by_bit(samples in any_samples()) {
        for format in [TableFormat::CsvLong, TableFormat::ParquetLong] {
            let (_folder, path) = place(format);
            let report = export(&path, format, ExportOptions::default(), &samples).expect("an export");
            prop_assert_eq!(report.samples, samples.len() as u64);
            let found = Gathered::read(&path).expect("a table");
            prop_assert_eq!(found.problems(), vec![]);
            let catalog = catalog();
            let before: Vec<_> = samples.iter().map(|sample| exact(&catalog, sample)).collect();
            let after: Vec<_> = found.samples.iter().map(|sample| exact(&found.catalog, sample)).collect();
            prop_assert_eq!(&after, &before, "{}", format);
        }
    }
}
