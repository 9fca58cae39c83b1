//! What the language has beyond jexl, what it refuses, and where it knowingly differs.

use super::*;
use crate::domain::quality::{BadReason, UncertainReason};

fn parse(text: &str) -> Expression {
    Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refusal(text: &str) -> (usize, String) {
    match Expression::parse(text) {
        Ok(_) => panic!("{text} was taken"),
        Err(error) => (error.at, error.message),
    }
}

/// `T` is 68 °F, uncertain, 2.5 s old; `S` is bad and stale; `G` is good; `B` a true Bool; `N` has
/// no reading.
fn with_plant<R>(expression: &Expression, check: impl FnOnce(Datum<'_>) -> R) -> R {
    let (fahrenheit, real, int) = (Unit::new("degF"), Value::Real(68.0), Value::Int(7));
    let (text, flag) = (Value::text("RUN"), Value::Bool(true));
    let reading = |value, quality| Reading { value, quality, age: Span::from_millis(2_500), stale: false, unit: None };
    let read = |slot: usize| match &*expression.identifiers()[slot] {
        "T" => Some(Reading {
            unit: Some(&fahrenheit),
            ..reading(&real, Quality::Uncertain(UncertainReason::InitialValue))
        }),
        "S" => Some(Reading { stale: true, ..reading(&text, Quality::Bad(BadReason::SensorFailure)) }),
        "G" => Some(reading(&int, Quality::Good)),
        "old" => Some(Reading { stale: true, ..reading(&int, Quality::Good) }),
        "B" => Some(reading(&flag, Quality::Good)),
        _ => None,
    };
    check(expression.eval(&read))
}

#[track_caller]
fn gives(text: &str, expected: Datum<'_>) {
    let expression = parse(text);
    with_plant(&expression, |found| assert_eq!(found, expected, "{text}"));
}

#[test]
fn questions_about_a_reading_see_quality_age_and_staleness() {
    gives("quality(T)", Datum::text("uncertain"));
    gives("quality(S)", Datum::text("bad"));
    gives("quality(G)", Datum::text("good"));
    gives("age(T)", Datum::Number(2.5));
    gives("stale(S) && !stale(G)", Datum::Bool(true));
    gives("good(G)", Datum::Bool(true));
    gives("good(T) || good(S) || good(old)", Datum::Bool(false));
    gives("has(S)", Datum::Bool(true));
}

#[test]
fn a_missing_reading_is_never_good_and_always_stale() {
    gives("quality(N)", Datum::Undefined);
    gives("age(N)", Datum::Undefined);
    gives("age(N) < 5", Datum::Bool(false));
    gives("stale(N)", Datum::Bool(true));
    gives("good(N)", Datum::Bool(false));
    gives("has(N)", Datum::Bool(false));
}

#[test]
fn convert_uses_the_unit_of_the_signal() {
    let expression = parse("convert(T, 'Cel')");
    with_plant(&expression, |found| {
        assert!(found.as_number().is_some_and(|celsius| (celsius - 20.0).abs() < 1e-9), "{found:?}");
    });
    gives("convert(T, 'bar')", Datum::Undefined);
    gives("convert(G, 'Cel')", Datum::Undefined);
    gives("convert(N, 'Cel')", Datum::Undefined);
    gives("convert(S, 'Cel')", Datum::Undefined);
}

#[test]
fn numeric_functions_follow_javascript() {
    for (text, expected) in [
        ("abs(-3)", 3.0),
        ("min(3, 1, 2)", 1.0),
        ("max(3, '7')", 7.0),
        ("clamp(12, 0, 10) + clamp(-1, 0, 10) + clamp(5, 0, 10)", 15.0),
        ("clamp(5, 10, 0)", 0.0),
        ("round(2.5)", 3.0),
        ("round(-2.5)", -2.0),
        ("round(0.49999999999999994)", 0.0),
        ("floor(-1.5) + ceil(-1.5)", -3.0),
        ("sqrt(9) + pow(2, 3)", 11.0),
        ("-abs(-3) ^ 2", 9.0),
    ] {
        gives(text, Datum::Number(expected));
    }
    for text in ["min(1, N)", "max(N)", "clamp(1, N, 2)", "sqrt(-1)", "pow(1, N)", "abs('x')", "round(N)"] {
        with_plant(&parse(text), |found| assert_eq!(found.as_number(), None, "{text}"));
    }
}

#[test]
fn numbers_that_are_not_finite_do_not_leave() {
    assert_eq!(parse("1 / 0").constant().and_then(|datum| datum.as_number()), None);
    assert_eq!(parse("0 / 0").constant().and_then(|datum| datum.to_value()), None);
    assert_eq!(parse("'' + 1 / 0").constant().and_then(|datum| datum.as_number()), None);
    assert_eq!(parse("'2.5'").constant().and_then(|datum| datum.as_number()), Some(2.5));
    assert_eq!(parse("1 / 4").constant().and_then(|datum| datum.to_value()), Some(Value::Real(0.25)));
    assert_eq!(parse("G").constant(), None);
}

#[test]
fn minus_stands_before_names_calls_and_parentheses() {
    gives("-G", Datum::Number(-7.0));
    gives("3 - -G", Datum::Number(10.0));
    gives("-(1 + 2) * 2", Datum::Number(-6.0));
    gives("-G ^ 2", Datum::Number(49.0));
    gives("[1, -2]", Datum::List(vec![Datum::Number(1.0), Datum::Number(-2.0)]));
    gives("max(-1, -G)", Datum::Number(-1.0));
    for text in ["--5", "- -G", "-'5'", "-true", "-!G", "-"] {
        assert!(refusal(text).1.starts_with("expected a number, a name or ( after the minus"), "{text}");
    }
}

#[test]
fn numbers_may_have_an_exponent_but_must_be_finite() {
    gives("1e3 + 2.5E-1 + 1e+2", Datum::Number(1100.25));
    gives(".5 + 1", Datum::Number(1.5));
    assert_eq!(refusal("1 + 1e999").0, 4);
    assert_eq!(refusal(&"9".repeat(400)).0, 0);
    assert_eq!(refusal("2e").0, 1);
}

#[test]
fn the_text_of_a_boolean_equals_the_boolean() {
    gives("B == 'true' && B == 'True' && 'TRUE' == B", Datum::Bool(true));
    gives("B == 'false' || B != 'true'", Datum::Bool(false));
    gives("B in ['true', 'True']", Datum::Bool(true));
    gives("false == 'False'", Datum::Bool(true));
}

#[test]
fn backslashes_are_unescaped_wherever_they_are_doubled() {
    gives(r"'C:\\a\\b'", Datum::text(r"C:\a\b"));
    gives(r"'a\\' == 'b'", Datum::Bool(false));
}

#[test]
fn back_quotes_hold_any_name() {
    let expression = parse("`Line 1/Filler/Speed` > 3 && age(`Line 1/Filler/Speed`) < 5 || `in` || max");
    let names: Vec<&str> = expression.identifiers().iter().map(|name| &**name).collect();
    assert_eq!(names, ["Line 1/Filler/Speed", "in", "max"]);
}

#[test]
fn listed_names_stand_bare() {
    let names = ["flow-rate", "flow-rate-2", "Line 1/Speed", "temp", "-odd"];
    let named = |text: &str| -> Vec<String> {
        Expression::parse_with_names(text, &names)
            .unwrap_or_else(|error| panic!("{text}: {error}"))
            .identifiers()
            .iter()
            .map(|name| name.to_string())
            .collect()
    };
    assert_eq!(named("flow-rate > 3 && flow-rate < 5"), ["flow-rate"]);
    assert_eq!(named("flow__rate > 3 || flow__rate_raw"), ["flow-rate", "flow-rate_raw"]);
    assert_eq!(named("flow-rate-2 - flow-rate_raw"), ["flow-rate-2", "flow-rate_raw"]);
    assert_eq!(named("Line 1/Speed*2 > temp-odd"), ["Line 1/Speed", "temp", "odd"]);
    assert_eq!(named("flow - rate"), ["flow", "rate"]);
    assert_eq!(named("flow-rates"), ["flow", "rates"]);
    assert_eq!(named("inflow-rate == 'flow-rate'"), ["inflow", "rate"]);
    assert_eq!(named("good(flow-rate) && -flow-rate < 0"), ["flow-rate"]);
}

#[test]
fn refusals_say_where_and_what_was_expected() {
    for (text, at, message) in [
        ("", 0, "expected a value, found the end of the text"),
        ("1 +", 3, "expected a value, found the end of the text"),
        ("1 2", 2, "expected an operator or the end, found the number 2"),
        ("a b", 2, "expected an operator or the end, found the name b"),
        ("(1", 2, "expected ), found the end of the text"),
        ("1 ? 2", 5, "expected :, found the end of the text"),
        ("a = 1", 2, "expected ==, found a single ="),
        ("a & b", 2, "expected &&, found a single &"),
        ("a # b", 2, "expected a value or an operator, found the character '#'"),
        ("é == 'x", 6, "expected a closing ', found the end of the text"),
        ("`x", 0, "expected a closing back-quote, found the end of the text"),
        ("``", 0, "expected a name between back-quotes, found nothing"),
        ("a.5", 1 + 1, "expected a name after the dot, found the number 5"),
        ("{a: 1}", 0, "object literals { } are not part of this language; expected a value"),
        ("a|upper", 1, "transforms (|name) are not part of this language; expected a function like abs(x)"),
        ("rouns(1)", 0, "there is no function rouns; did you mean round?"),
        ("Quality(a)", 0, "there is no function Quality; did you mean quality?"),
        ("abs()", 0, "abs takes 1 argument, found 0"),
        ("1 + clamp(1, 2)", 4, "clamp takes 3 arguments, found 2"),
        ("min()", 0, "min takes at least 1 argument, found 0"),
        ("age(a, 1)", 5, "age takes 1 argument, found more"),
        ("age()", 4, "age takes 1 argument, found 0"),
        ("convert(a)", 0, "convert takes 2 arguments, found 1"),
        ("good(5)", 5, "expected the name of a signal as first argument of good, found the number 5"),
        ("good(a + 1)", 7, ", or ) after the name of a signal in good, found +"),
        ("convert(a, 5)", 11, "expected a unit in quotes, like 'degF', found the number 5"),
        ("convert(a, 'furlong')", 11, "expected a known unit like 'Cel' or 'bar', found 'furlong'"),
    ] {
        let (found_at, found) = refusal(text);
        assert_eq!(found_at, at, "{text}: {found}");
        assert!(found.ends_with(message), "{text}: {found}");
    }
    assert!(refusal("zzz(1)").1.contains("expected one of abs, age"));
}

#[test]
fn nesting_and_length_are_limited_but_long_flat_texts_are_not() {
    for (open, close) in [("(", ")"), ("[", "]"), ("!", ""), ("abs(", ")"), ("a[", "]"), ("1 ? ", " : 2")] {
        let nested = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
        assert!(Expression::parse(&nested(MAX_DEPTH - 1)).is_ok(), "{open}");
        assert!(refusal(&nested(MAX_DEPTH)).1.contains("levels of nesting"), "{open}");
        assert!(Expression::parse(&nested(2_000)).is_err(), "{open}");
    }
    for (first, again) in [("1", "+1"), ("a", ".b"), ("a", "[0]"), ("0", "?1:0"), ("0", "||0"), ("2", "^1*1+0==1&&1")] {
        let flat = format!("{first}{}", again.repeat((MAX_TEXT - first.len()) / again.len()));
        with_plant(&parse(&flat), |found| assert_ne!(found.to_string(), "", "{first}{again}"));
    }
    assert_eq!(refusal(&" ".repeat(MAX_TEXT + 1)).0, MAX_TEXT);
    assert_eq!(refusal(&"é".repeat(MAX_TEXT)).0, MAX_TEXT);
}
