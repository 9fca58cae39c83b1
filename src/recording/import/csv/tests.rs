use std::path::PathBuf;

use proptest::prelude::*;

use crate::domain::quality::{BadReason, Quality, UncertainReason};
use crate::domain::value::{Value, ValueKind};
use crate::recording::import::table::gather::Gathered;
use crate::recording::import::{ImportError, Intake, Stopped, csv};

const SECOND: i64 = 1_000_000_000;

fn file(bytes: impl AsRef<[u8]>) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("t.csv");
    std::fs::write(&path, bytes).expect("a file");
    (folder, path)
}

fn read(bytes: impl AsRef<[u8]>) -> Gathered {
    let (_folder, path) = file(bytes);
    Gathered::read(&path).expect("a table")
}

fn refused(bytes: impl AsRef<[u8]>) -> String {
    let (folder, path) = file(bytes);
    let error = Gathered::read(&path).expect_err("no table");
    error.to_string().replace(&folder.path().display().to_string(), "")
}

#[test]
fn a_long_table_gives_a_sample_a_row() {
    let found = read(
        "time,tag,value,quality,unit\n\
         2021-11-05T00:00:00Z,A/Speed,1.5,good,rpm\n\
         2021-11-05T01:00:01+01:00,A/State,\"Ex,ecute\",,\n\
         1636070402,A/Speed,2,bad: sensor failure,rpm\n\
         1636070403,A/Speed,,good,rpm\n\
         1636070404000,A/On,true,moon,\n",
    );
    let zero = 1_636_070_400 * SECOND;
    let bad = Quality::Bad(BadReason::SensorFailure);
    assert_eq!(
        found.of("A/Speed"),
        [(zero, Value::Real(1.5), Quality::Good), (zero + 2 * SECOND, Value::Real(2.0), bad)]
    );
    assert_eq!(found.of("A/State"), [(zero + SECOND, Value::text("Ex,ecute"), Quality::Good)]);
    let uncertain = Quality::Uncertain(UncertainReason::Unspecified);
    assert_eq!(found.of("A/On"), [(zero + 4 * SECOND, Value::Bool(true), uncertain)]);
    assert_eq!(found.signal("A/Speed").unit.code(), "{rev}/min");
    assert!(found.samples.iter().all(|sample| sample.received_time == sample.source_time));
    assert_eq!(found.problems(), [("line 6: \"moon\" is not a quality; the value counts as uncertain", 1)]);
}

#[test]
fn a_wide_table_gives_a_sample_a_cell() {
    let found = read(
        "\u{feff}Timestamp;Speed [rpm];Temperature (degC);Speed.quality;Run\r\n\
         2021-11-05 00:00:00,5;1,5;20;;true\r\n\
         2021-11-05 00:00:01;2;;uncertain;FALSE\r\n",
    );
    let zero = 1_636_070_400 * SECOND;
    let uncertain = Quality::Uncertain(UncertainReason::Unspecified);
    assert_eq!(found.of("Speed"), [(zero + SECOND, Value::Real(2.0), uncertain)]);
    assert_eq!(found.of("Run"), [(zero + SECOND, Value::Bool(false), Quality::Good)]);
    assert_eq!(found.signal("Temperature").unit.code(), "Cel");
    assert_eq!(
        found.problems(),
        [
            ("line 2: \"2021-11-05 00:00:00,5\" is not a moment; the row is left out", 1),
            ("line 3: times have no zone, such as \"2021-11-05 00:00:01\"; they are taken as UTC", 1),
        ]
    );
}

#[test]
fn cells_that_do_not_fit_are_counted_at_their_first_place() {
    let mut text = "time\tp\n".to_owned();
    for row in 0..200 {
        text += &format!("{row}\t{row}.5\n");
    }
    let found = read(text + "200\tfault\n201\tfault\n202\tNaN\n203\tinf\n204\n205\t7\n");
    assert_eq!(found.report.samples, 201);
    assert_eq!(found.signal("p").kind, ValueKind::Real);
    assert_eq!(
        found.problems(),
        [
            ("line 202, \"p\": \"fault\" is not a number", 2),
            ("line 204: \"p\" is NaN, which is no finite number", 2),
            ("line 206: 1 cells where the head has 2; the row is left out", 1),
        ]
    );
}

#[test]
fn a_signal_after_the_head_is_of_the_kind_of_its_first_cell() {
    let mut text = "ts,name,val\n".to_owned();
    for row in 0..250 {
        text += &format!("{row},a,{row}\n");
    }
    let found = read(text + "300,b,open\n301,b,1\n302,c,true\n303,c,7\n");
    assert_eq!(found.signal("b").kind, ValueKind::Text);
    assert_eq!(found.of("b")[1].1, Value::text("1"));
    assert_eq!(found.of("c"), [(302 * SECOND, Value::Bool(true), Quality::Good)]);
    assert_eq!(found.problems(), [("line 255, \"c\": \"7\" is neither true nor false", 1)]);
}

#[test]
fn a_column_of_kinds_overrules_what_the_cells_look_like() {
    let found = read("time,signal,kind,value\n0,a,int,9007199254740993\n0,b,text,12\n1,b,text,\n1,c,wood,1\n");
    assert_eq!(found.of("a"), [(0, Value::Int(9_007_199_254_740_993), Quality::Good)]);
    assert_eq!(found.of("b"), [(0, Value::text("12"), Quality::Good), (SECOND, Value::text(""), Quality::Good)]);
    assert_eq!(found.signal("c").kind, ValueKind::Real);
    assert_eq!(found.report.problems.len(), 1);
}

#[test]
fn bytes_that_are_not_utf8_are_named_with_their_row() {
    let found = read(b"time,a,b\n0,1,Tank\n1,2,K\xFChler\n2,3,x\n");
    assert_eq!((found.of("a").len(), found.of("b").len()), (3, 2));
    let (words, _) = found.problems()[0];
    assert_eq!(words, "line 3, column 3: the text is not UTF-8 and is left out; save the file as UTF-8");
}

#[test]
fn a_unit_that_changes_is_noted() {
    let found = read("time,signal,value,unit\n0,p,1,bar\n1,p,2,mbar\n2,p,3,\n");
    assert_eq!(found.report.samples, 3);
    assert_eq!(
        found.problems(),
        [("line 3: \"p\" comes in \"mbar\" after \"bar\"; the numbers are kept as they are", 1)]
    );
}

#[test]
fn files_that_are_no_tables_are_refused_in_words() {
    for (bytes, expected) in [
        (&b""[..], "/t.csv is empty. Export it again."),
        (b"\xFF\xFEt\0", "/t.csv is text in UTF-16. Save it as CSV in UTF-8."),
        (b"t\xFC,b\n", "/t.csv has names of columns that are not UTF-8 text. Save it as CSV in UTF-8."),
    ] {
        assert_eq!(refused(bytes), expected);
    }
    let open_quote = [&b"time,a\n0,1\n1,\""[..], &[b'x'; 3 << 20]].concat();
    let said = refused(open_quote);
    assert!(said.contains("more than 1 MiB after line"), "{said}");
    let missing = Gathered::read(std::path::Path::new("nowhere/t.csv"));
    assert!(matches!(missing, Err(ImportError::Read { .. })), "{missing:?}");
}

#[test]
fn signals_beyond_all_measure_are_left_out() {
    let mut text = "time,signal,value\n".to_owned();
    for row in 0..100_003 {
        text += &format!("1,s{row},1\n");
    }
    let found = read(text);
    assert_eq!((found.report.signals, found.report.samples), (100_000, 100_000));
    assert_eq!(found.problems(), [("more than 100000 signals: those from \"s100000\" on", 1)]);
}

#[test]
fn a_receiver_that_stops_ends_the_reading() {
    let (_folder, path) = file("time,a\n0,1\n1,2\n");
    let mut taken = 0;
    let mut take = |_: crate::recording::import::Found, _: f64| {
        taken += 1;
        if taken == 2 { Err(Stopped) } else { Ok(()) }
    };
    let mut intake = Intake::new(&mut take);
    let ended = csv::read(&path, &csv::CsvOptions::default(), &mut intake);
    assert!(matches!(ended, Err(ImportError::Stopped)), "{ended:?}");
    assert_eq!(taken, 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400), long in any::<bool>()) {
        let head: &[u8] = if long { b"time,signal,value,quality,unit,kind\n" } else { b"time,a [m],a.quality\n" };
        let (_folder, path) = file([head, &bytes].concat());
        let found = Gathered::read(&path);
        prop_assert!(found.is_ok(), "{found:?}");
    }
}
