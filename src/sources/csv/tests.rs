use std::io::Write;
use std::path::PathBuf;

use crossbeam_channel::unbounded;
use proptest::prelude::*;

use super::*;
use crate::domain::link::{LinkState, LinkStatus};
use crate::domain::quality::Quality;
use crate::domain::signal::{Sample, SignalId};
use crate::domain::source::Target;
use crate::domain::time::Timestamp;
use crate::domain::unit::Unit;
use crate::domain::value::{Value, ValueKind};
use crate::sources::Outlet;

fn target(signal: u32, kind: ValueKind) -> Target {
    Target { signal: SignalId(signal), kind, convert: None }
}

fn long() -> CsvLayout {
    CsvLayout::Long {
        time: "time".to_owned(),
        signal: "tag".to_owned(),
        value: "value".to_owned(),
        quality: Some("quality".to_owned()),
        signals: vec![
            ("TT-1".to_owned(), target(1, ValueKind::Real)),
            ("State".to_owned(), target(2, ValueKind::Text)),
        ],
    }
}

fn twin_maker() -> CsvLayout {
    let signals = [
        ("Mixer_1", "Temperature", target(1, ValueKind::Real)),
        ("Tank", "flowrate2", target(2, ValueKind::Real)),
        ("Alarm_1", "alarm_status", target(3, ValueKind::Text)),
    ];
    CsvLayout::TwinMaker {
        signals: signals
            .into_iter()
            .map(|(asset, measure, target)| ((asset.to_owned(), measure.to_owned()), target))
            .collect(),
    }
}

fn run_file(file: PathBuf, layout: CsvLayout) -> (Vec<Sample>, LinkStatus) {
    let (sender, receiver) = unbounded();
    let link = Link::new(Outlet::new(sender), "table", "CSV", "table.csv");
    let (_stop_now, stop) = Stop::new();
    run("table", &CsvSpec { file, layout }, &link, &stop);
    (receiver.try_iter().collect(), link.status())
}

fn run_text(text: &[u8], layout: CsvLayout) -> io::Result<(Vec<Sample>, LinkStatus)> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("table.csv");
    std::fs::write(&file, text)?;
    Ok(run_file(file, layout))
}

fn values(samples: &[Sample]) -> Vec<(u32, i64, Value)> {
    samples
        .iter()
        .map(|sample| (sample.signal.0, sample.source_time.as_nanos() / 1_000_000, sample.value.clone()))
        .collect()
}

#[test]
fn a_long_table_gives_a_sample_a_row_in_the_order_of_the_file() -> io::Result<()> {
    let text = "\u{feff}time,tag,value,quality\n\
                2021-11-05T00:00:00Z,TT-1, 20.5 ,good\n\
                1636070401,State,\"RUN, fast\",\n\
                1636070402.5,TT-1,21,0x808C0000\n";
    let (samples, status) = run_text(text.as_bytes(), long())?;
    assert_eq!(
        values(&samples),
        [
            (1, 1_636_070_400_000, Value::Real(20.5)),
            (2, 1_636_070_401_000, Value::text("RUN, fast")),
            (1, 1_636_070_402_500, Value::Real(21.0)),
        ]
    );
    assert!(samples[2].quality.is_bad() && samples[1].quality == Quality::Good);
    assert!(samples.iter().all(|sample| sample.received_time > Timestamp::from_millis(1_700_000_000_000)));
    assert_eq!((status.state, status.received, status.samples, status.rejected), (LinkState::Finished, 3, 3, 0));
    Ok(())
}

#[test]
fn broken_rows_are_counted_with_their_line_and_the_rest_goes_on() -> io::Result<()> {
    let mut text = b"time,tag,value,quality\n1,TT-1,1,good\n".to_vec();
    let broken: [(&[u8], &str); 10] = [
        (b"2,TT-1,1\n", "table.csv:3: 3 columns where 4 are expected"),
        (b"2,TT-1,1,good,more\n", "5 columns where 4"),
        (b"soon,TT-1,1,good\n", "column time: \"soon\" is not a time"),
        (b"2,TT-1,NaN,good\n", "column value: \"NaN\" is not a finite number"),
        (b"2,TT-1,inf,good\n", "\"inf\" is not a finite number"),
        (b"2,TT-1,1e400,good\n", "\"1e400\" is not a finite number"),
        (b"2,TT-1,,good\n", "column value: \"\" where a value of kind real"),
        (b"2,TT-1,1,so-so\n", "column quality: \"so-so\""),
        (b"2,State,\xff\xfe,good\n", "column value: not UTF-8 text"),
        (b"99999999999,TT-1,1,good\n", "column time"),
    ];
    for (row, words) in &broken {
        let one = [&text[..], row].concat();
        let (samples, status) = run_text(&one, long())?;
        assert_eq!((samples.len(), status.rejected), (1, 1), "{words}");
        assert!(status.last_rejected.as_ref().is_some_and(|last| last.contains(words)), "{status:?}, not \"{words}\"");
    }
    broken.iter().for_each(|(row, _)| text.extend_from_slice(row));
    text.extend_from_slice(b"3,TT-1,3,good");
    let (samples, status) = run_text(&text, long())?;
    assert_eq!(values(&samples), [(1, 1_000, Value::Real(1.0)), (1, 3_000, Value::Real(3.0))]);
    assert_eq!((status.state, status.received, status.rejected), (LinkState::Finished, 2, 10));
    Ok(())
}

#[test]
fn a_clock_ahead_of_ours_is_refused() -> io::Result<()> {
    let (samples, status) = run_text(b"time,tag,value,quality\n9000000000,TT-1,1,good\n", long())?;
    assert_eq!((samples.len(), status.rejected), (0, 1));
    assert!(status.last_rejected.is_some_and(|last| last.contains("more than a day ahead")));
    Ok(())
}

#[test]
fn a_wide_table_gives_a_sample_a_cell_and_leaves_empty_cells_out() -> io::Result<()> {
    let fahrenheit = Some((Unit::new("degF"), Unit::new("Cel")));
    let layout = CsvLayout::Wide {
        time: "t".to_owned(),
        columns: vec![
            ("level".to_owned(), target(1, ValueKind::Real)),
            ("temp".to_owned(), Target { convert: fahrenheit, ..target(2, ValueKind::Real) }),
            ("open".to_owned(), target(3, ValueKind::Bool)),
        ],
    };
    let text = "open,t,ignored,temp,level\ntrue,1,x,212,0.5\n,2,x,,0.6\n0,3,x,hot,0.7\n";
    let (samples, status) = run_text(text.as_bytes(), layout)?;
    let expected = [
        (1, 1_000, Value::Real(0.5)),
        (2, 1_000, Value::Real(100.0)),
        (3, 1_000, Value::Bool(true)),
        (1, 2_000, Value::Real(0.6)),
        (1, 3_000, Value::Real(0.7)),
        (3, 3_000, Value::Bool(false)),
    ];
    assert_eq!(samples.len(), expected.len());
    for (got, expected) in values(&samples).iter().zip(&expected) {
        assert_eq!((got.0, got.1), (expected.0, expected.1));
        match (got.2.as_f64(), expected.2.as_f64()) {
            (Some(got), Some(expected)) => assert!((got - expected).abs() < 1e-9, "{got} {expected}"),
            _ => assert_eq!(got.2, expected.2),
        }
    }
    assert_eq!((status.received, status.rejected), (2, 1));
    assert!(status.last_rejected.is_some_and(|last| last.starts_with("table.csv:4: column temp: \"hot\"")));
    Ok(())
}

#[test]
fn twin_maker_rows_find_their_signal_without_regard_to_case_and_without_last_line_end() -> io::Result<()> {
    let text = "1636070400000,Mixer,Mixer_1,TEMPERATURE,99.5,DOUBLE\r\n\
                1636070400001,WaterTank,Tank,flowRate2,1.5,DOUBLE\r\n\
                1636070400002,Alarm,Alarm_1,alarm_status,NORMAL,VARCHAR\r\n\
                \r\n\
                1636070400003,Mixer,Mixer_9,\"Temperature\",1,\"DOUBLE\"\r\n\
                1636070400004,Mixer,Mixer_9,Temperature,2,DOUBLE\r\n\
                1636070400005,Mixer,Mixer_1,Temperature,NaN,DOUBLE\r\n\
                1636070400006,Mixer,Mixer_1,Temperature,1,BIGINT\r\n\
                1636070400007,Mixer,Mixer_8,RPM,3,DOUBLE";
    let (samples, status) = run_text(text.as_bytes(), twin_maker())?;
    assert_eq!(
        values(&samples),
        [
            (1, 1_636_070_400_000, Value::Real(99.5)),
            (2, 1_636_070_400_001, Value::Real(1.5)),
            (3, 1_636_070_400_002, Value::text("NORMAL")),
        ]
    );
    assert_eq!((status.received, status.rejected, status.unused), (3, 2, 3));
    assert_eq!(status.last_unused.as_deref(), Some("Mixer_8 RPM, Mixer_9 Temperature"));
    Ok(())
}

#[test]
fn a_missing_file_or_column_puts_the_link_down_for_good() -> io::Result<()> {
    let (samples, status) = run_file("/no/such/table.csv".into(), long());
    assert!(samples.is_empty() && matches!(status.state, LinkState::Down { retry_at: None, .. }));
    let message = status.last_error.map(|error| error.message).unwrap_or_default();
    assert!(
        message.contains("/no/such/table.csv") && message.ends_with("Check the file of source \"table\"."),
        "{message}"
    );

    let (_, status) = run_text(b"when,tag,value,quality\n1,TT-1,1,good\n", long())?;
    let message = status.last_error.map(|error| error.message).unwrap_or_default();
    assert!(message.contains("no column \"time\"; its columns are when, tag, value, quality"), "{message}");
    Ok(())
}

#[test]
fn memory_stays_bounded_when_a_quote_is_left_open() -> io::Result<()> {
    let mut text = b"time,tag,value,quality\n1,TT-1,1,good\n2,TT-1,\"3,good\n".to_vec();
    text.resize(8 << 20, b'\n');
    let (samples, status) = run_text(&text, long())?;
    assert_eq!(samples.len(), 1);
    assert!(matches!(status.state, LinkState::Down { retry_at: None, .. }));
    assert!(status.last_error.is_some_and(|error| error.message.contains("quote")));
    Ok(())
}

#[test]
fn a_reader_waits_for_a_slow_app_and_loses_nothing() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("table.csv");
    let mut writer = io::BufWriter::new(File::create(&file)?);
    writeln!(writer, "time,tag,value,quality")?;
    for row in 0..5_000 {
        writeln!(writer, "{row},TT-1,{row},good")?;
    }
    writer.flush()?;
    let (sender, receiver) = crossbeam_channel::bounded(16);
    let link = Link::new(Outlet::new(sender), "table", "CSV", "table.csv");
    let (_stop_now, stop) = Stop::new();
    std::thread::scope(|scope| {
        scope.spawn(|| run("table", &CsvSpec { file, layout: long() }, &link, &stop));
        for row in 0..5_000 {
            let sample = receiver.recv_timeout(std::time::Duration::from_secs(10));
            assert_eq!(sample.map(|sample| sample.value), Ok(Value::Real(f64::from(row))));
        }
    });
    let status = link.status();
    assert_eq!((status.samples, status.dropped, status.state), (5_000, 0, LinkState::Finished));
    Ok(())
}

/// The folder with AWS's published workspace, where this computer has it.
fn cookie_factory() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/cookiefactory");
    let folder = std::env::var_os("TWINSCOPE_COOKIEFACTORY").map_or_else(beside, PathBuf::from);
    folder.join("telemetry.csv").is_file().then_some(folder)
}

/// Expected counts: the README beside the data and `sort | uniq -c` over its columns.
#[test]
fn the_cookie_factory_is_read_to_the_last_row() -> io::Result<()> {
    let Some(folder) = cookie_factory() else {
        println!("skipped: no cookiefactory folder; set TWINSCOPE_COOKIEFACTORY");
        return Ok(());
    };
    let file = folder.join("telemetry.csv");
    let text = std::fs::read_to_string(&file)?;
    let mut signals = Vec::<((String, String), Target)>::new();
    for row in text.lines() {
        let cells: Vec<&str> = row.trim_end().split(',').collect();
        let kind = if cells[5] == "DOUBLE" { ValueKind::Real } else { ValueKind::Text };
        let name = (cells[2].to_owned(), cells[3].to_lowercase());
        if !signals.iter().any(|(known, _)| *known == name) {
            signals.push((name, target(signals.len() as u32, kind)));
        }
    }
    let kinds: Vec<(String, String)> = signals.iter().map(|(name, _)| name.clone()).collect();
    let (samples, status) = run_file(file, CsvLayout::TwinMaker { signals });
    assert_eq!((samples.len(), status.received, status.rejected), (19_970, 19_970, 0));
    assert_eq!(status.state, LinkState::Finished);
    assert!(samples.is_sorted_by_key(|sample| sample.source_time));
    let count = |measure: &str| samples.iter().filter(|sample| kinds[sample.signal.index()].1 == measure).count();
    assert_eq!((count("rpm"), count("temperature")), (9_216, 9_216));
    assert_eq!(["flowrate1", "flowrate2", "tankvolume1", "tankvolume2"].map(count), [288; 4]);
    let alarms = |word: &str| samples.iter().filter(|sample| sample.value == Value::text(word)).count();
    assert_eq!(["NORMAL", "ACTIVE", "ACKNOWLEDGED"].map(alarms), [167, 147, 72]);
    let range = |measure: &str| {
        let of = samples.iter().filter(|sample| kinds[sample.signal.index()].1 == measure);
        of.filter_map(|sample| sample.value.as_f64())
            .fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)))
    };
    let (low, high) = range("temperature");
    assert!((low - 97.57).abs() < 0.01 && (high - 101.86).abs() < 0.01, "{low} {high}");
    let (low, high) = range("rpm");
    assert!((low - 58.0).abs() < 0.01 && (high - 60.98).abs() < 0.01, "{low} {high}");
    Ok(())
}

/// Cells that a table may hold, good ones and others.
fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,14}",
        "-?[0-9]{1,3}\\.[0-9]{1,3}",
        "NaN|1e400|DOUBLE|VARCHAR|TT-1|State|Mixer_1|Temperature|good|bad",
        "\\PC{0,6}"
    ]
}

fn sound_row() -> impl Strategy<Value = Vec<String>> {
    (0_u32..1_000, -50.0..50.0_f64).prop_map(|(secs, value)| {
        let time = format!("1636070{secs:03}000");
        [time.as_str(), "Mixer", "Mixer_1", "Temperature", &value.to_string(), "DOUBLE"].map(str::to_owned).into()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for layout in [long(), twin_maker()] {
            let (samples, status) = run_text(&bytes, layout)?;
            let ended = matches!(status.state, LinkState::Finished | LinkState::Down { retry_at: None, .. });
            prop_assert!(ended, "{status:?}");
            prop_assert_eq!(status.samples, samples.len() as u64);
        }
    }

    /// Each row is a sample, a reason or a name that nobody takes; none is lost without a word.
    #[test]
    fn every_row_is_accounted_for(rows in prop::collection::vec(prop_oneof![prop::collection::vec(cell(), 4..=6), sound_row()], 0..30)) {
        let clean = |cell: &String| cell.replace(['"', '\n', '\r', ','], "_");
        let rows = rows.iter().map(|row| row.iter().map(clean).collect::<Vec<_>>().join(","));
        let rows: Vec<String> = rows.collect();
        let (samples, status) = run_text(rows.join("\n").as_bytes(), twin_maker())?;
        prop_assert_eq!(status.received + status.rejected + status.unused, rows.len() as u64);
        prop_assert_eq!(status.received, samples.len() as u64);
        let finite = samples.iter().all(|sample| sample.value.as_f64().is_none_or(f64::is_finite));
        prop_assert!(finite);
    }
}
