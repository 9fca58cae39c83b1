//! Payload bytes to samples: pure functions, with a reason for each refusal.
//!
//! A message is parsed once, however many routes it feeds. Nothing here trusts the sender: size,
//! depth, numbers, texts and times are all bounded.

use std::cell::OnceCell;
use std::collections::HashMap;

use thiserror::Error;

use super::json::Json;
use crate::domain::quality::Quality;
use crate::domain::signal::Sample;
use crate::domain::source::{Match, Payload, Route, TimeFormat};
use crate::domain::time::{Span, Timestamp};
use crate::domain::unit::Unit;
use crate::domain::value::{Value, ValueKind};

/// Payloads beyond this are refused before anything is parsed.
pub const LARGEST_PAYLOAD_BYTES: usize = 1 << 20;

/// Texts beyond this are refused: a state or a batch number is short, and the queue to the app is
/// bounded in samples, so that each must be bounded in bytes.
pub const LONGEST_TEXT_BYTES: usize = 4 << 10;

/// Source times further ahead of arrival than this are refused: a wrong clock would drag the live
/// view into the future.
pub const FURTHEST_AHEAD: Span = Span::from_secs(86_400);

/// Why a payload gave no sample.
#[derive(Error, Clone, PartialEq, Debug)]
pub enum DecodeError {
    #[error("payload of {bytes} bytes is larger than the {LARGEST_PAYLOAD_BYTES} that are read")]
    TooLarge { bytes: usize },
    #[error("not UTF-8 text (byte {byte})")]
    NotText { byte: usize },
    #[error("not JSON: {0}")]
    NotJson(String),
    #[error("no member at \"{pointer}\"")]
    Missing { pointer: String },
    #[error("{found} where a value of kind {expected} is expected")]
    WrongKind { found: String, expected: ValueKind },
    #[error("\"{found}\" is not a finite number")]
    NotFinite { found: String },
    #[error("a text of {bytes} bytes is longer than the {LONGEST_TEXT_BYTES} that are kept")]
    LongText { bytes: usize },
    #[error("{found} is not a time: {hint}")]
    Time { found: String, hint: &'static str },
    #[error("source time {found} is more than a day ahead of this computer's clock ({arrival})")]
    Future { found: Timestamp, arrival: Timestamp },
    #[error("{found} is neither good, uncertain or bad nor a status code")]
    Quality { found: String },
    #[error("cannot be converted from {} to {}", from.code(), to.code())]
    Unit { from: Unit, to: Unit },
}

/// The routes of a link by topic, so that the arrival path only looks up.
#[derive(Clone, Default, Debug)]
pub struct RouteTable(HashMap<String, Vec<Route>>);

impl RouteTable {
    pub fn new<'a>(routes: impl IntoIterator<Item = &'a Route>) -> Self {
        let mut table = HashMap::<String, Vec<Route>>::new();
        for route in routes {
            table.entry(route.topic.clone()).or_default().push(route.clone());
        }
        Self(table)
    }

    /// Adds the samples of one message to `samples`. Routes that fail do not hold up the others.
    ///
    /// # Errors
    /// The first reason, where any route that takes this message could not be served.
    pub fn decode(
        &self,
        topic: &str,
        payload: &[u8],
        arrival: Timestamp,
        samples: &mut Vec<Sample>,
    ) -> Result<(), DecodeError> {
        let Some(routes) = self.0.get(topic) else { return Ok(()) };
        let message = Message::new(payload, arrival)?;
        let mut outcome = Ok(());
        for route in routes {
            match message.decode(route) {
                Ok(sample) => samples.extend(sample),
                Err(error) => outcome = outcome.and(Err(error)),
            }
        }
        outcome
    }
}

/// One message as it arrived; its JSON is parsed when the first route asks for it.
pub struct Message<'a> {
    payload: &'a [u8],
    arrival: Timestamp,
    document: OnceCell<Result<Json<'a>, DecodeError>>,
}

impl<'a> Message<'a> {
    /// # Errors
    /// When the payload is larger than [`LARGEST_PAYLOAD_BYTES`].
    pub fn new(payload: &'a [u8], arrival: Timestamp) -> Result<Self, DecodeError> {
        if payload.len() > LARGEST_PAYLOAD_BYTES {
            return Err(DecodeError::TooLarge { bytes: payload.len() });
        }
        Ok(Self { payload, arrival, document: OnceCell::new() })
    }

    /// The sample that this message holds for a route; none where the route does not take it.
    ///
    /// # Errors
    /// When the route takes the message but cannot read it.
    pub fn decode(&self, route: &Route) -> Result<Option<Sample>, DecodeError> {
        for condition in &route.only_if {
            if !fulfilled(condition, self.document()?) {
                return Ok(None);
            }
        }
        let (value, source_time, quality) = match &route.payload {
            Payload::Plain => (value_from_text(text(self.payload)?, route.kind)?, self.arrival, Quality::Good),
            Payload::Json { value, time, quality } => {
                let document = self.document()?;
                let source_time = match time {
                    None => self.arrival,
                    Some((pointer, format)) => time_from_json(member(document, pointer)?, *format)?,
                };
                let quality = match quality.as_ref().and_then(|pointer| document.at(pointer)) {
                    // Senders leave it out, or write null, when it is good (OPC 10000-6, 5.4.2.11).
                    None | Some(Json::Null) => Quality::Good,
                    Some(found) => quality_from_json(found)?,
                };
                (value_from_json(member(document, value)?, route.kind)?, source_time, quality)
            }
        };
        Ok(Some(Sample {
            signal: route.signal,
            source_time: not_ahead(source_time, self.arrival)?,
            received_time: self.arrival,
            value: converted(value, route.kind, route.convert.as_ref())?,
            quality,
        }))
    }

    fn document(&self) -> Result<&Json<'a>, DecodeError> {
        let parsed =
            self.document.get_or_init(|| Json::parse(self.payload).map_err(|error| not_json(self.payload, &error)));
        parsed.as_ref().map_err(Clone::clone)
    }
}

/// A value of the given kind from the text of a plain payload or a table cell.
///
/// # Errors
/// When the text is no finite number, neither true nor false, or too long.
pub fn value_from_text(text: &str, kind: ValueKind) -> Result<Value, DecodeError> {
    let trimmed = text.trim();
    let wrong = || DecodeError::WrongKind { found: quoted(text), expected: kind };
    let number = || match trimmed.parse::<f64>() {
        Ok(number) => Value::real(number).ok_or_else(|| DecodeError::NotFinite { found: excerpt(trimmed) }),
        Err(_) => Err(wrong()),
    };
    match kind {
        ValueKind::Text if text.len() > LONGEST_TEXT_BYTES => Err(DecodeError::LongText { bytes: text.len() }),
        ValueKind::Text => Ok(Value::text(text)),
        ValueKind::Real => number(),
        ValueKind::Int => match trimmed.parse() {
            Ok(number) => Ok(Value::Int(number)),
            Err(_) => number()?.coerced(kind).ok_or_else(wrong),
        },
        ValueKind::Bool if trimmed.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
        ValueKind::Bool if trimmed.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
        ValueKind::Bool => number()?.coerced(kind).ok_or_else(wrong),
    }
}

/// A value in the unit of its signal.
///
/// # Errors
/// When the units measure different things, or the result does not fit the kind.
pub fn converted(value: Value, kind: ValueKind, units: Option<&(Unit, Unit)>) -> Result<Value, DecodeError> {
    let (Some((from, to)), Some(number)) = (units, value.as_f64()) else { return Ok(value) };
    let number = from.convert(number, to).ok_or_else(|| DecodeError::Unit { from: from.clone(), to: to.clone() })?;
    let real = Value::real(number).ok_or_else(|| DecodeError::NotFinite { found: number.to_string() })?;
    real.coerced(kind).ok_or_else(|| DecodeError::WrongKind { found: format!("{number} {to}"), expected: kind })
}

/// A time from text: RFC 3339 or a number, by the format.
///
/// # Errors
/// When it is neither, or lies outside the timeline.
pub fn time_from_text(text: &str, format: TimeFormat) -> Result<Timestamp, DecodeError> {
    let trimmed = text.trim();
    let moment = match (trimmed.parse::<i64>(), trimmed.parse::<f64>(), format) {
        (Ok(count), ..) => whole_time(count, nanos_each(format)),
        (_, Ok(count), _) => real_time(count, nanos_each(format)),
        (.., TimeFormat::Auto) => Timestamp::parse(trimmed).ok(),
        _ => None,
    };
    moment.ok_or_else(|| DecodeError::Time { found: quoted(text), hint: time_hint(format) })
}

/// Refuses source times from a clock that runs ahead.
///
/// # Errors
/// When `source_time` is more than [`FURTHEST_AHEAD`] after `arrival`.
pub fn not_ahead(source_time: Timestamp, arrival: Timestamp) -> Result<Timestamp, DecodeError> {
    if source_time - arrival > FURTHEST_AHEAD {
        return Err(DecodeError::Future { found: source_time, arrival });
    }
    Ok(source_time)
}

/// A quality from its words or a status code.
///
/// # Errors
/// When it is neither.
pub fn quality_from_text(text: &str) -> Result<Quality, DecodeError> {
    Quality::parse(text).ok_or_else(|| DecodeError::Quality { found: quoted(text) })
}

/// The text of bytes.
///
/// # Errors
/// When they are not UTF-8, with the place of the first wrong byte.
pub fn text(bytes: &[u8]) -> Result<&str, DecodeError> {
    std::str::from_utf8(bytes).map_err(|error| DecodeError::NotText { byte: error.valid_up_to() })
}

/// The start of a text that came from outside, short enough for a message, without line ends.
pub fn excerpt(text: &str) -> String {
    excerpt_to(40, text)
}

/// No more than so many characters of a text that came from outside, without line ends.
pub fn excerpt_to(longest_chars: usize, text: &str) -> String {
    let mut short: String = text.chars().take(longest_chars).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(longest_chars).is_some() {
        short.push('…');
    }
    short
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", excerpt(text))
}

fn fulfilled(condition: &Match, document: &Json<'_>) -> bool {
    match document.at(&condition.pointer) {
        Some(Json::Text(text)) => *text == condition.equals,
        Some(Json::Bool(flag)) => condition.equals == if *flag { "true" } else { "false" },
        Some(Json::Int(number)) => condition.equals == number.to_string(),
        Some(Json::Real(number)) => condition.equals == number.to_string(),
        _ => false,
    }
}

fn member<'a, 'b>(document: &'b Json<'a>, pointer: &str) -> Result<&'b Json<'a>, DecodeError> {
    document.at(pointer).ok_or_else(|| DecodeError::Missing { pointer: pointer.to_owned() })
}

fn value_from_json(found: &Json<'_>, kind: ValueKind) -> Result<Value, DecodeError> {
    let value = match found {
        Json::Text(text) => return value_from_text(text, kind),
        Json::Bool(flag) => Value::Bool(*flag).coerced(kind),
        Json::Int(number) => Value::Int(*number).coerced(kind),
        Json::Real(number) => Value::real(*number).and_then(|number| number.coerced(kind)),
        Json::Null | Json::List(_) | Json::Object(_) => None,
    };
    value.ok_or_else(|| DecodeError::WrongKind { found: shown(found), expected: kind })
}

fn time_from_json(found: &Json<'_>, format: TimeFormat) -> Result<Timestamp, DecodeError> {
    let moment = match found {
        Json::Text(text) => return time_from_text(text, format),
        Json::Int(count) => whole_time(*count, nanos_each(format)),
        Json::Real(count) => real_time(*count, nanos_each(format)),
        _ => None,
    };
    moment.ok_or_else(|| DecodeError::Time { found: shown(found), hint: time_hint(format) })
}

fn quality_from_json(found: &Json<'_>) -> Result<Quality, DecodeError> {
    match found {
        Json::Text(text) => quality_from_text(text),
        Json::Int(code) => u32::try_from(*code)
            .map(Quality::from_status_code)
            .map_err(|_| DecodeError::Quality { found: shown(found) }),
        _ => Err(DecodeError::Quality { found: shown(found) }),
    }
}

fn shown(found: &Json<'_>) -> String {
    match found {
        Json::Bool(flag) => flag.to_string(),
        Json::Int(number) => number.to_string(),
        Json::Real(number) => number.to_string(),
        Json::Text(text) => quoted(text),
        other => other.kind().to_owned(),
    }
}

fn nanos_each(format: TimeFormat) -> i64 {
    match format {
        TimeFormat::EpochMillis => 1_000_000,
        TimeFormat::EpochSecs | TimeFormat::Auto => 1_000_000_000,
    }
}

fn whole_time(count: i64, nanos_each: i64) -> Option<Timestamp> {
    count.checked_mul(nanos_each).map(Timestamp::from_nanos)
}

/// Whole part and fraction apart: today's seconds times 10^9 would be off by up to 128 ns.
fn real_time(count: f64, nanos_each: i64) -> Option<Timestamp> {
    const BEYOND_THE_TIMELINE: f64 = i64::MAX as f64;
    let whole = (count.abs() < BEYOND_THE_TIMELINE).then(|| whole_time(count as i64, nanos_each)).flatten()?;
    Some(whole + Span::from_nanos((count.fract() * nanos_each as f64).round() as i64))
}

fn time_hint(format: TimeFormat) -> &'static str {
    match format {
        TimeFormat::Auto => {
            "expected RFC 3339 like 2021-11-05T00:10:00Z or seconds since 1970; for milliseconds set the time format"
        }
        TimeFormat::EpochMillis => "expected milliseconds since 1970",
        TimeFormat::EpochSecs => "expected seconds since 1970",
    }
}

/// serde_json's words, with the cause named where the writer used numbers that JSON does not have.
fn not_json(payload: &[u8], error: &serde_json::Error) -> DecodeError {
    let line = payload.split(|&byte| byte == b'\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let rest = line.get(error.column().saturating_sub(2)..).unwrap_or_default();
    let near = rest.get(..12).unwrap_or(rest);
    let not_a_number = [&b"NaN"[..], b"Infinity", b"nan", b"inf"]
        .iter()
        .any(|word| near.windows(word.len()).any(|part| part == *word));
    if not_a_number {
        return DecodeError::NotJson(format!("{error} (NaN and Infinity are not part of JSON)"));
    }
    DecodeError::NotJson(error.to_string())
}

#[cfg(test)]
mod tests;
