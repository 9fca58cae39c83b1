//! Moments and spans on the one timeline.
//!
//! Both count nanoseconds in an `i64`: moments since the Unix epoch in UTC (1677 to 2262), spans
//! signed. Arithmetic saturates, because times come from outside and must never panic.

use std::fmt;
use std::ops::{Add, Neg, Sub};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A moment: nanoseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// A signed length of time in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(i64);

/// Why a text is not a moment.
#[derive(Error, Clone, PartialEq, Eq, Debug)]
#[error("\"{text}\" is not a moment; write it like 2021-11-05T00:10:00Z or as seconds since the epoch")]
pub struct TimeParseError {
    text: String,
}

const NANOS_PER_SEC: f64 = 1e9;

impl Timestamp {
    pub const MIN: Self = Self(i64::MIN);
    pub const MAX: Self = Self(i64::MAX);

    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Saturates at the ends of the timeline.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// Seconds since the epoch; NaN becomes the epoch, infinities the ends of the timeline.
    pub fn from_secs_f64(secs: f64) -> Self {
        Self((secs * NANOS_PER_SEC) as i64)
    }

    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / NANOS_PER_SEC
    }

    /// Reads RFC 3339 (`2021-11-05T00:10:00Z`, any offset) or a plain number of seconds since the
    /// epoch.
    ///
    /// # Errors
    /// When the text is neither, or lies outside the timeline.
    pub fn parse(text: &str) -> Result<Self, TimeParseError> {
        let text = text.trim();
        let error = || TimeParseError { text: text.to_owned() };
        if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
            return moment.timestamp_nanos_opt().map(Self).ok_or_else(error);
        }
        match text.parse::<f64>() {
            Ok(secs) if secs.is_finite() && secs.abs() < i64::MAX as f64 / NANOS_PER_SEC => {
                Ok(Self::from_secs_f64(secs))
            }
            _ => Err(error()),
        }
    }

    /// As a calendar date in UTC, for display in a zone of the reader's choice.
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_nanos(self.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_utc().to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl Span {
    pub const ZERO: Self = Self(0);
    pub const MAX: Self = Self(i64::MAX);

    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000_000))
    }

    /// NaN becomes zero, infinities the longest span.
    pub fn from_secs_f64(secs: f64) -> Self {
        Self((secs * NANOS_PER_SEC) as i64)
    }

    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / NANOS_PER_SEC
    }

    /// Without parts that are zero, as a chosen length is read: `15 min`, `1 h`, `1 h 30 min`.
    pub fn in_round_words(self) -> String {
        let text = self.to_string();
        [" 00 s", " 00 min", " 0 h"].into_iter().find_map(|rest| text.strip_suffix(rest)).unwrap_or(&text).to_owned()
    }

    /// This span `factor` times; saturates.
    pub fn scaled(self, factor: f64) -> Self {
        Self((self.0 as f64 * factor) as i64)
    }
}

impl From<Duration> for Span {
    fn from(duration: Duration) -> Self {
        Self(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX))
    }
}

/// Compact, as an age is read: `350 ms`, `12.4 s`, `3 min 05 s`, `2 h 10 min`, `4 d 3 h`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let secs = self.as_secs_f64().abs();
        if secs < 1.0 {
            return write!(f, "{:.0} ms", secs * 1e3);
        }
        if secs < 60.0 {
            return write!(f, "{secs:.1} s");
        }
        let whole = secs as u64;
        match whole {
            0..3_600 => write!(f, "{} min {:02} s", whole / 60, whole % 60),
            3_600..86_400 => write!(f, "{} h {:02} min", whole / 3_600, whole % 3_600 / 60),
            _ => write!(f, "{} d {} h", whole / 86_400, whole % 86_400 / 3_600),
        }
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Sub for Timestamp {
    type Output = Span;
    fn sub(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Span {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_rfc3339_with_offsets_and_plain_seconds() {
        let expected = Timestamp::from_millis(1_636_070_400_000);
        for text in ["2021-11-05T00:00:00Z", "2021-11-05T01:00:00+01:00", "1636070400", " 1636070400.0 "] {
            assert_eq!(Timestamp::parse(text), Ok(expected), "{text}");
        }
        for text in ["", "yesterday", "NaN", "1e300", "2021-13-01T00:00:00Z"] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn displays_what_it_parses() {
        let moment = Timestamp::from_nanos(1_636_070_400_123_000_000);
        assert_eq!(moment.to_string(), "2021-11-05T00:00:00.123Z");
        assert_eq!(Timestamp::parse(&moment.to_string()), Ok(moment));
    }

    #[test]
    fn arithmetic_saturates_at_the_ends() {
        assert_eq!(Timestamp::MAX + Span::from_secs(1), Timestamp::MAX);
        assert_eq!(Timestamp::MIN - Timestamp::MAX, Span(i64::MIN));
        assert_eq!(Span::from_secs_f64(f64::NAN), Span::ZERO);
    }

    #[test]
    fn spans_read_as_ages() {
        let shown: Vec<String> =
            [0.35, 12.44, 185.0, 7_800.0, 356_400.0].map(|secs| Span::from_secs_f64(secs).to_string()).into();
        assert_eq!(shown, ["350 ms", "12.4 s", "3 min 05 s", "2 h 10 min", "4 d 3 h"]);
    }

    #[test]
    fn chosen_spans_are_read_without_zeros() {
        let shown = [900, 3600, 5400, 28_800, 172_800].map(|secs| Span::from_secs(secs).in_round_words());
        assert_eq!(shown, ["15 min", "1 h", "1 h 30 min", "8 h", "2 d"]);
    }
}
