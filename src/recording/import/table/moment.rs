//! Moments as tables write them: calendar dates with or without zone, and numbers since the epoch
//! whose unit follows from their size.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

use crate::domain::time::Timestamp;

/// A moment, and whether its zone was written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Moment {
    pub time: Timestamp,
    /// False: taken as UTC.
    pub zoned: bool,
}

/// Dates with an offset that RFC 3339 does not know: `+0100`, or after a blank.
const ZONED: [&str; 3] = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f %#z"];
const ZONELESS: [&str; 4] = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"];

/// Reads RFC 3339, `2021-11-05 00:10:00.5` with or without offset, a date alone, or a number since the
/// epoch in s, ms, µs or ns.
pub(super) fn moment_from_text(text: &str) -> Option<Moment> {
    let text = text.trim();
    if let Some(time) = from_decimal(text) {
        return Some(Moment { time, zoned: true });
    }
    let zoned = DateTime::parse_from_rfc3339(text)
        .ok()
        .or_else(|| ZONED.iter().find_map(|form| DateTime::parse_from_str(text, form).ok()));
    if let Some(date) = zoned {
        return date.timestamp_nanos_opt().map(|nanos| Moment { time: Timestamp::from_nanos(nanos), zoned: true });
    }
    let (written, zoned) = text.strip_suffix(" UTC").map_or((text, false), |date| (date, true));
    let date = ZONELESS
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(written, form).ok())
        .or_else(|| Some(NaiveDate::parse_from_str(written, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN)));
    if let Some(date) = date {
        let nanos = date.and_utc().timestamp_nanos_opt()?;
        return Some(Moment { time: Timestamp::from_nanos(nanos), zoned });
    }
    let time = moment_from_real(text.parse().ok()?)?;
    Some(Moment { time, zoned: true })
}

/// A whole number since the epoch, its unit by its size.
pub(in super::super) fn moment_from_int(number: i64) -> Option<Timestamp> {
    number.checked_mul(nanos_in_unit(number)).map(Timestamp::from_nanos)
}

/// A number since the epoch, its unit by its size. None outside the timeline.
pub(in super::super) fn moment_from_real(number: f64) -> Option<Timestamp> {
    if number.is_nan() || number.abs() >= i64::MAX as f64 {
        return None;
    }
    let whole = number.trunc() as i64;
    let unit = nanos_in_unit(whole);
    let rest = (number.fract() * unit as f64).round() as i64;
    whole.checked_mul(unit)?.checked_add(rest).map(Timestamp::from_nanos)
}

/// Digits with an optional fraction, read without the rounding of binary fractions.
fn from_decimal(text: &str) -> Option<Timestamp> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    let unit = nanos_in_unit(number);
    let (mut rest, mut place) = (0, unit);
    for digit in fraction.bytes() {
        place /= 10;
        rest += i64::from(digit - b'0') * place;
    }
    let rest = if whole.starts_with('-') { -rest } else { rest };
    number.checked_mul(unit)?.checked_add(rest).map(Timestamp::from_nanos)
}

/// Below 1e11 numbers are seconds (to the year 5138), below 1e14 ms, below 1e17 µs, else ns: each unit
/// from 1973 on.
fn nanos_in_unit(number: i64) -> i64 {
    match number.unsigned_abs() {
        0..100_000_000_000 => 1_000_000_000,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDNIGHT: i64 = 1_636_070_400_000_000_000;

    fn nanos(text: &str) -> Option<(i64, bool)> {
        moment_from_text(text).map(|moment| (moment.time.as_nanos(), moment.zoned))
    }

    #[test]
    fn dates_are_read_with_and_without_zone() {
        for (text, rest, zoned) in [
            ("2021-11-05T00:00:00Z", 0, true),
            ("2021-11-05T01:30:00.25+01:30", 250_000_000, true),
            ("2021-11-05 00:00:00.000000001Z", 1, true),
            ("2021-11-05 01:00:00+0100", 0, true),
            ("2021-11-05 02:00:00 +02:00", 0, true),
            ("2021-11-05 00:00:00 UTC", 0, true),
            (" 2021-11-05 00:00:00.5 ", 500_000_000, false),
            ("2021-11-05T00:00:01", 1_000_000_000, false),
            ("2021-11-05 00:01", 60_000_000_000, false),
            ("2021-11-05", 0, false),
        ] {
            assert_eq!(nanos(text), Some((MIDNIGHT + rest, zoned)), "{text}");
        }
    }

    #[test]
    fn the_unit_of_a_number_follows_from_its_size() {
        for (text, rest) in [
            ("1636070400", 0),
            ("1636070400.123456789", 123_456_789),
            ("1636070400000", 0),
            ("1636070400000.25", 250_000),
            ("1636070400000000", 0),
            ("1636070400000000007", 7),
            ("1.6360704e9", 0),
        ] {
            assert_eq!(nanos(text), Some((MIDNIGHT + rest, true)), "{text}");
        }
        assert_eq!(nanos("-1.5"), Some((-1_500_000_000, true)));
        assert_eq!(moment_from_real(1_636_070_400.5).map(Timestamp::as_nanos), Some(MIDNIGHT + 500_000_000));
        assert_eq!(moment_from_int(1_636_070_400_000).map(Timestamp::as_nanos), Some(MIDNIGHT));
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in ["", "yesterday", "NaN", "inf", "1e300", "2021-13-01T00:00:00Z", "2500-01-01T00:00:00Z", "1.-5"] {
            assert_eq!(nanos(text), None, "{text}");
        }
        assert_eq!(moment_from_real(f64::NAN), None);
        assert_eq!(moment_from_real(f64::NEG_INFINITY), None);
        assert_eq!(moment_from_int(90_000_000_000), None);
    }
}
