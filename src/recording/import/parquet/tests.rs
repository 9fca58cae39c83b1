use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{Int64Builder, ListBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Decimal128Array, DictionaryArray, Float32Array, Float64Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray, TimestampMillisecondArray, UInt64Array,
};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use proptest::prelude::*;

use crate::domain::quality::{BadReason, Quality};
use crate::domain::value::{Value, ValueKind};
use crate::recording::import::table::gather::Gathered;

const SECOND: i64 = 1_000_000_000;

fn write(path: &Path, columns: Vec<(&str, ArrayRef)>, compression: Compression) {
    let batch = RecordBatch::try_from_iter(columns).expect("a batch");
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut writer =
        ArrowWriter::try_new(File::create(path).expect("a file"), batch.schema(), Some(properties)).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
}

fn read(columns: Vec<(&str, ArrayRef)>) -> Gathered {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.parquet");
    write(&path, columns, Compression::SNAPPY);
    Gathered::read(&path).expect("a table")
}

#[test]
fn the_kinds_of_wide_columns_are_those_of_their_types() {
    let tags: DictionaryArray<Int32Type> = [Some("run"), None, Some("run")].into_iter().collect();
    let mut lists = ListBuilder::new(Int64Builder::new());
    (0..3).for_each(|_| lists.append(true));
    let found = read(vec![
        ("Time", Arc::new(TimestampMillisecondArray::from(vec![1_000, 2_000, 3_000]))),
        ("f [bar]", Arc::new(Float32Array::from(vec![Some(0.5), Some(f32::NAN), None]))),
        ("u", Arc::new(UInt64Array::from(vec![1, u64::MAX, 3]))),
        ("b", Arc::new(BooleanArray::from(vec![true, false, true]))),
        ("s", Arc::new(tags)),
        ("d", Arc::new(Decimal128Array::from(vec![125, 250, 375]).with_precision_and_scale(10, 2).expect("decimals"))),
        ("list", Arc::new(lists.finish())),
        ("other", Arc::new(TimestampMillisecondArray::from(vec![1, 2, 3]))),
        ("f.quality", Arc::new(StringArray::from(vec!["bad", "", ""]))),
    ]);
    let kinds: Vec<(&str, ValueKind)> =
        found.catalog.iter().map(|(_, signal)| (signal.path.as_str(), signal.kind)).collect();
    let expected = [
        ("f", ValueKind::Real),
        ("u", ValueKind::Int),
        ("b", ValueKind::Bool),
        ("s", ValueKind::Text),
        ("d", ValueKind::Real),
    ];
    assert_eq!(kinds, expected);
    assert_eq!(found.of("f"), [(SECOND, Value::Real(0.5), Quality::Bad(BadReason::Unspecified))]);
    assert_eq!(found.of("u").len(), 2);
    assert_eq!(found.of("s")[1], (3 * SECOND, Value::text("run"), Quality::Good));
    assert_eq!(found.of("d")[2].1, Value::Real(3.75));
    let words: Vec<&str> = found.problems().into_iter().map(|(words, _)| words).collect();
    assert_eq!(words.len(), 4, "{words:#?}");
    assert!(words[0].starts_with("column \"list\" is left out: it is nested"), "{words:?}");
    assert_eq!(words[1], "column \"other\" is left out: it holds times");
    assert_eq!(words[2], "row 2, \"u\": \"18446744073709551615\" is not a whole number");
    assert_eq!(words[3], "row 2: \"f\" is NaN, which is no finite number");
}

#[test]
fn long_tables_take_the_first_column_of_values_that_is_set() {
    let found = read(vec![
        ("ts", Arc::new(Float64Array::from(vec![1.5, 2.5, 3.5, f64::NAN]))),
        ("tag", Arc::new(StringArray::from(vec!["a", "b", "c", "a"]))),
        ("value_num", Arc::new(Float64Array::from(vec![Some(1.0), None, None, Some(2.0)]))),
        ("value_text", Arc::new(StringArray::from(vec![None, Some("on"), None, None]))),
        ("quality_code", Arc::new(Int64Array::from(vec![0x808C_0000, 0, 0, 0]))),
    ]);
    assert_eq!(found.of("a"), [(1_500_000_000, Value::Real(1.0), Quality::Bad(BadReason::SensorFailure))]);
    assert_eq!(found.of("b"), [(2_500_000_000, Value::text("on"), Quality::Good)]);
    assert_eq!(found.catalog.id("c"), None);
    assert_eq!(found.problems(), [("row 4: \"NaN\" is not a moment; the row is left out", 1)]);
}

#[test]
fn zoned_and_numbered_times_are_the_same_moment() {
    let micros = 1_636_070_400_000_001;
    let times: [ArrayRef; 3] = [
        Arc::new(TimestampMicrosecondArray::from(vec![micros]).with_timezone("+02:00")),
        Arc::new(Int64Array::from(vec![micros])),
        Arc::new(StringArray::from(vec!["2021-11-05T00:00:00.000001Z"])),
    ];
    for time in times {
        let found = read(vec![("time", time), ("a", Arc::new(Int64Array::from(vec![1])))]);
        assert_eq!(found.times()[0].as_nanos(), micros * 1_000);
    }
}

#[test]
fn a_text_in_every_row_is_held_once() {
    let rows = 4_000;
    let text = "x".repeat(1 << 18);
    let tags: DictionaryArray<Int32Type> = (0..rows).map(|_| Some(text.as_str())).collect();
    let found = read(vec![
        ("time", Arc::new(Int64Array::from_iter_values(0..rows))),
        ("signal", Arc::new(tags)),
        ("value", Arc::new(Int64Array::from_iter_values(0..rows))),
    ]);
    assert_eq!((found.report.signals, found.report.samples), (1, rows as u64));
}

fn sound() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.parquet");
    let tags: DictionaryArray<Int32Type> = ["a", "b", "a", "c"].into_iter().collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("time", Arc::new(Int64Array::from(vec![1, 2, 3, 4]))),
        ("signal", Arc::new(tags)),
        ("value", Arc::new(Float64Array::from(vec![Some(1.0), None, Some(3.0), Some(4.0)]))),
    ];
    write(&path, columns, Compression::ZSTD(Default::default()));
    std::fs::read(path).expect("bytes")
}

#[test]
fn a_file_that_is_cut_off_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.parquet");
    let whole = sound();
    for length in 0..whole.len() {
        std::fs::write(&path, &whole[..length]).expect("a file");
        let error = Gathered::read(&path).expect_err("cut off").to_string();
        assert!(error.contains("is no Parquet file that can be read"), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn damaged_bytes_never_end_the_program(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)
    ) {
        let mut bytes = sound();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.parquet");
        std::fs::write(&path, bytes).expect("a file");
        let _ = Gathered::read(&path);
    }
}
