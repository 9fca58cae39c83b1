use proptest::prelude::*;

use super::*;
use crate::domain::quality::{BadReason, UncertainReason};
use crate::domain::signal::SignalId;

const ARRIVAL: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn json(value: &str, kind: ValueKind) -> Route {
    Route {
        topic: "plant".to_owned(),
        only_if: Vec::new(),
        signal: SignalId(7),
        kind,
        payload: Payload::Json { value: value.to_owned(), time: None, quality: None },
        convert: None,
    }
}

fn full(format: TimeFormat) -> Route {
    let payload =
        Payload::Json { value: "/v".to_owned(), time: Some(("/t".to_owned(), format)), quality: Some("/q".to_owned()) };
    Route { payload, ..json("", ValueKind::Real) }
}

fn plain(kind: ValueKind) -> Route {
    Route { payload: Payload::Plain, ..json("", kind) }
}

fn decode(payload: impl AsRef<[u8]>, route: &Route) -> Result<Option<Sample>, DecodeError> {
    Message::new(payload.as_ref(), ARRIVAL)?.decode(route)
}

fn value(payload: impl AsRef<[u8]>, route: &Route) -> Result<Value, String> {
    match decode(payload, route) {
        Ok(Some(sample)) => Ok(sample.value),
        Ok(None) => Err("not taken".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[track_caller]
fn refused(payload: impl AsRef<[u8]>, route: &Route, words: &str) {
    let outcome = decode(payload, route);
    assert!(outcome.as_ref().is_err_and(|error| error.to_string().contains(words)), "{outcome:?}, not \"{words}\"");
}

#[test]
fn a_plain_payload_is_one_value_of_the_signals_kind() {
    assert_eq!(value(" 21.5\n", &plain(ValueKind::Real)), Ok(Value::Real(21.5)));
    assert_eq!(value("-3", &plain(ValueKind::Int)), Ok(Value::Int(-3)));
    assert_eq!(value("3.0", &plain(ValueKind::Int)), Ok(Value::Int(3)));
    assert_eq!(value("1", &plain(ValueKind::Bool)), Ok(Value::Bool(true)));
    assert_eq!(value("False", &plain(ValueKind::Bool)), Ok(Value::Bool(false)));
    assert_eq!(value("NaN", &plain(ValueKind::Text)), Ok(Value::text("NaN")));
    refused("3.5", &plain(ValueKind::Int), "\"3.5\" where a value of kind int");
    refused("2", &plain(ValueKind::Bool), "kind bool");
    refused("", &plain(ValueKind::Real), "\"\" where a value of kind real");
}

#[test]
fn numbers_that_are_not_finite_are_refused_by_name() {
    for payload in ["NaN", "inf", "-Infinity", "1e400"] {
        refused(payload, &plain(ValueKind::Real), "not a finite number");
    }
    refused(r#"{"v": "1e400"}"#, &json("/v", ValueKind::Real), "\"1e400\" is not a finite number");
    refused(r#"{"v": 1e400}"#, &json("/v", ValueKind::Real), "number out of range");
    refused(r#"{"a": 1, "v": NaN}"#, &json("/v", ValueKind::Real), "NaN and Infinity are not part of JSON");
    refused(r#"{"v": -Infinity}"#, &json("/v", ValueKind::Real), "NaN and Infinity are not part of JSON");
    refused(r#"{"v": null}"#, &json("/v", ValueKind::Real), "null where a value of kind real");
}

#[test]
fn members_are_found_and_coerced() {
    let payload = r#"{"tank": {"levels": [1, 2.5, "3.25"]}, "on": true, "state": "RUN", "count": 9007199254740993}"#;
    assert_eq!(value(payload, &json("/tank/levels/1", ValueKind::Real)), Ok(Value::Real(2.5)));
    assert_eq!(value(payload, &json("/tank/levels/2", ValueKind::Real)), Ok(Value::Real(3.25)));
    assert_eq!(value(payload, &json("/tank/levels/0", ValueKind::Bool)), Ok(Value::Bool(true)));
    assert_eq!(value(payload, &json("/count", ValueKind::Int)), Ok(Value::Int(9_007_199_254_740_993)));
    assert_eq!(value(payload, &json("/on", ValueKind::Bool)), Ok(Value::Bool(true)));
    assert_eq!(value(payload, &json("/state", ValueKind::Text)), Ok(Value::text("RUN")));
    assert_eq!(value("5", &json("", ValueKind::Real)), Ok(Value::Real(5.0)));
    refused(payload, &json("/tank/level", ValueKind::Real), "no member at \"/tank/level\"");
    refused(payload, &json("/tank", ValueKind::Text), "an object where a value of kind text");
}

#[test]
fn what_is_no_text_or_no_json_is_refused_with_the_place() {
    refused(b"\"\xff\xfe\"", &json("", ValueKind::Text), "not JSON: invalid unicode");
    refused(b"ab\xff", &plain(ValueKind::Text), "not UTF-8 text (byte 2)");
    refused("{\"v\": 1", &json("/v", ValueKind::Real), "line 1 column 7");
    refused("", &json("/v", ValueKind::Real), "EOF");
    refused("[".repeat(100_000), &json("/v", ValueKind::Real), "recursion limit");
}

#[test]
fn size_is_checked_before_anything_is_parsed() {
    let giant = vec![b'['; LARGEST_PAYLOAD_BYTES + 1];
    assert_eq!(
        decode(giant, &json("", ValueKind::Real)),
        Err(DecodeError::TooLarge { bytes: LARGEST_PAYLOAD_BYTES + 1 })
    );
    let long = "x".repeat(LONGEST_TEXT_BYTES + 1);
    assert_eq!(decode(&long, &plain(ValueKind::Text)), Err(DecodeError::LongText { bytes: long.len() }));
    assert!(decode(&long[1..], &plain(ValueKind::Text)).is_ok());
}

#[test]
fn times_are_read_by_their_format() {
    let at = |time: &str, format| {
        let payload = format!("{{\"v\": 1, \"t\": {time}}}");
        decode(payload, &full(format)).map(|sample| sample.map(|sample| sample.source_time.as_nanos()))
    };
    const MOMENT: i64 = 1_636_070_400_250_000_000;
    for (time, format) in [
        ("\"2021-11-05T00:00:00.25Z\"", TimeFormat::Auto),
        ("1636070400.25", TimeFormat::Auto),
        ("\"1636070400.25\"", TimeFormat::EpochSecs),
        ("1636070400250", TimeFormat::EpochMillis),
        ("\"1636070400250\"", TimeFormat::EpochMillis),
        ("1636070400250.0", TimeFormat::EpochMillis),
    ] {
        assert_eq!(at(time, format), Ok(Some(MOMENT)), "{time}");
    }
    for (time, format, words) in [
        ("1636070400250", TimeFormat::Auto, "for milliseconds set the time format"),
        ("\"yesterday\"", TimeFormat::Auto, "\"yesterday\" is not a time"),
        ("\"NaN\"", TimeFormat::EpochSecs, "is not a time"),
        ("1e300", TimeFormat::EpochMillis, "is not a time"),
        ("null", TimeFormat::EpochMillis, "null is not a time"),
        ("9223372036854775807", TimeFormat::EpochMillis, "is not a time"),
    ] {
        let outcome = at(time, format);
        assert!(outcome.as_ref().is_err_and(|error| error.to_string().contains(words)), "{time}: {outcome:?}");
    }
    refused(r#"{"v": 1}"#, &full(TimeFormat::Auto), "no member at \"/t\"");
}

#[test]
fn a_clock_that_runs_ahead_is_refused() {
    let payload = |time: Timestamp| format!("{{\"v\": 1, \"t\": \"{time}\"}}");
    let route = full(TimeFormat::Auto);
    assert!(decode(payload(ARRIVAL + Span::from_secs(86_400)), &route).is_ok());
    refused(payload(ARRIVAL + Span::from_secs(86_401)), &route, "more than a day ahead");
    assert!(decode(payload(Timestamp::from_millis(0)), &route).is_ok(), "the past is welcome");
}

#[test]
fn arrival_stands_in_where_no_time_is_sent() {
    let sample = decode("5", &plain(ValueKind::Int)).ok().flatten();
    assert_eq!(sample.map(|sample| (sample.source_time, sample.received_time)), Some((ARRIVAL, ARRIVAL)));
}

#[test]
fn qualities_are_words_or_codes_and_good_when_left_out() {
    let quality = |member: &str| {
        decode(format!("{{\"v\": 1, \"t\": 0{member}}}"), &full(TimeFormat::EpochSecs))
            .map(|sample| sample.map(|sample| sample.quality))
    };
    assert_eq!(quality(""), Ok(Some(Quality::Good)));
    assert_eq!(quality(",\"q\": null"), Ok(Some(Quality::Good)));
    assert_eq!(quality(",\"q\": \"Uncertain\""), Ok(Some(Quality::Uncertain(UncertainReason::Unspecified))));
    assert_eq!(quality(",\"q\": 2156658688"), Ok(Some(Quality::Bad(BadReason::SensorFailure))));
    assert_eq!(quality(",\"q\": \"0x808C0000\""), Ok(Some(Quality::Bad(BadReason::SensorFailure))));
    for wrong in ["\"so-so\"", "-1", "4294967296", "true", "1.5"] {
        assert!(matches!(quality(&format!(",\"q\": {wrong}")), Err(DecodeError::Quality { .. })), "{wrong}");
    }
}

#[test]
fn conditions_choose_among_the_messages_of_a_topic() {
    let when = |pointer: &str, equals: &str| Route {
        only_if: vec![Match { pointer: pointer.to_owned(), equals: equals.to_owned() }],
        ..json("/v", ValueKind::Real)
    };
    let payload = r#"{"v": 1, "name": "TT-101", "slot": 3, "ratio": 0.5, "on": true, "list": []}"#;
    for (pointer, equals) in [("/name", "TT-101"), ("/slot", "3"), ("/ratio", "0.5"), ("/on", "true")] {
        assert_eq!(value(payload, &when(pointer, equals)), Ok(Value::Real(1.0)), "{pointer}");
        assert_eq!(decode(payload, &when(pointer, "other")), Ok(None), "{pointer}");
    }
    assert_eq!(decode(payload, &when("/absent", "")), Ok(None));
    assert_eq!(decode(payload, &when("/list", "")), Ok(None));
}

#[test]
fn values_are_converted_to_the_unit_of_the_signal() {
    let units = |from: &str, to: &str, kind| Route { convert: Some((Unit::new(from), Unit::new(to))), ..plain(kind) };
    let celsius = value("98.6", &units("degF", "Cel", ValueKind::Real));
    assert!(matches!(celsius, Ok(Value::Real(celsius)) if (celsius - 37.0).abs() < 1e-9), "{celsius:?}");
    assert_eq!(value("2", &units("kg", "g", ValueKind::Int)), Ok(Value::Int(2_000)));
    assert_eq!(value("RUN", &units("kg", "g", ValueKind::Text)), Ok(Value::text("RUN")));
    refused("1", &units("g", "kg", ValueKind::Int), "0.001 kg where a value of kind int");
    refused("1", &units("bar", "Cel", ValueKind::Real), "cannot be converted from bar to Cel");
}

#[test]
fn one_message_feeds_all_routes_of_its_topic_and_one_failure_holds_up_none() {
    let routes = [
        json("/a", ValueKind::Real),
        json("/missing", ValueKind::Real),
        Route { signal: SignalId(8), ..json("/b", ValueKind::Text) },
        Route { topic: "elsewhere".to_owned(), ..json("/a", ValueKind::Real) },
    ];
    let (table, mut samples) = (RouteTable::new(&routes), Vec::new());
    let outcome = table.decode("plant", br#"{"a": 1, "b": "x"}"#, ARRIVAL, &mut samples);
    assert_eq!(outcome, Err(DecodeError::Missing { pointer: "/missing".to_owned() }));
    let got: Vec<_> = samples.iter().map(|sample| (sample.signal, sample.value.clone())).collect();
    assert_eq!(got, [(SignalId(7), Value::Real(1.0)), (SignalId(8), Value::text("x"))]);
    samples.clear();
    assert_eq!(table.decode("nobody/listens", b"\xff", ARRIVAL, &mut samples), Ok(()));
    assert!(samples.is_empty());
}

#[test]
fn error_texts_stay_short_whatever_was_sent() {
    let long = format!("{{\"v\": \"{}\"}}", "é\\n".repeat(100_000));
    let error = decode(long, &json("/v", ValueKind::Real)).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.len() < 200 && !error.contains('\n'), "{error}");
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(payload in proptest::collection::vec(any::<u8>(), 0..200)) {
        for kind in [ValueKind::Bool, ValueKind::Int, ValueKind::Real, ValueKind::Text] {
            let _any_outcome = (decode(&payload, &plain(kind)), decode(&payload, &json("", kind)));
        }
        let _any_outcome = decode(&payload, &full(TimeFormat::Auto));
    }

    #[test]
    fn arbitrary_members_never_panic_and_give_finite_numbers(
        value in "(-?[0-9]{1,25}(\\.[0-9]{1,5})?([eE][-+]?[0-9]{1,4})?|\"\\PC{0,20}\"|null|true|\\[\\]|NaN|-Infinity)",
        time in "(-?[0-9]{1,25}|-?[0-9]{1,12}\\.[0-9]{1,9}|\"[-0-9TZ:.]{0,30}\"|null)",
        quality in "(\"\\PC{0,8}\"|-?[0-9]{1,12}|null)",
    ) {
        let payload = format!("{{\"v\": {value}, \"t\": {time}, \"q\": {quality}}}");
        for format in [TimeFormat::Auto, TimeFormat::EpochMillis, TimeFormat::EpochSecs] {
            if let Ok(Some(sample)) = decode(&payload, &full(format)) {
                prop_assert!(sample.value.as_f64().is_some_and(f64::is_finite));
                prop_assert!(sample.source_time - ARRIVAL <= FURTHEST_AHEAD);
            }
        }
    }
}
