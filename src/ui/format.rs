//! Numbers, units and times as people read them.
//!
//! A unit stands after a thin space, decimals follow from step and range, times are those of the
//! wall clock where the program runs.

use chrono::{DateTime, Local};

use crate::domain::playhead::{Motion, Playhead};
use crate::domain::signal::Signal;
use crate::domain::time::{Span, Timestamp};
use crate::domain::value::{Value, ValueKind};

/// U+2009; between a number and its unit, and between thousands.
pub const THIN: char = '\u{2009}';

/// Digits after the point that a value deserves: those of its step, else down to about 1/1000 of
/// its range, else four to five significant digits. 0..=4.
pub fn decimals(value: f64, range: Option<(f64, f64)>, step: Option<f64>) -> usize {
    let resolution = match (step, range) {
        (Some(step), _) if step > 0.0 => {
            let whole = |digits: &usize| (step * 10_f64.powi(*digits as i32)).fract().min(1.0 - 1e-9) < 1e-9;
            return (0..4).find(whole).unwrap_or(4);
        }
        (_, Some((low, high))) if high > low => (high - low) / 1000.0,
        _ if value != 0.0 => value.abs() / 10_000.0,
        _ => 0.1,
    };
    // The small addend keeps a resolution of just 0.001 at three digits.
    (1e-6 - resolution.log10()).floor().clamp(0.0, 4.0) as usize
}

/// A number with thin spaces between thousands from 10 000 on; very large and very small ones with
/// a power of ten.
pub fn number(value: f64, decimals: usize) -> String {
    let size = value.abs();
    if size >= 1e9 || (size > 0.0 && size < 1e-4) {
        return format!("{value:.3e}");
    }
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), ""), |(whole, fraction)| (whole, fraction));
    let mut shown = group_thousands(whole);
    if !fraction.is_empty() {
        shown.push('.');
        shown.push_str(fraction);
    }
    // A rounded -0.04 reads as zero.
    if shown.starts_with('-') && !shown.contains(|digit: char| ('1'..='9').contains(&digit)) {
        shown[1..].to_owned()
    } else {
        shown
    }
}

/// A count, with thin spaces between thousands.
pub fn count(value: u64) -> String {
    group_thousands(&value.to_string())
}

fn group_thousands(whole: &str) -> String {
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    if digits.len() < 5 {
        return whole.to_owned();
    }
    let mut shown = sign.to_owned();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(THIN);
        }
        shown.push(digit);
    }
    shown
}

/// A value without its unit.
pub fn value(value: &Value, signal: &Signal, step: Option<f64>) -> String {
    match value {
        Value::Bool(true) => "on".to_owned(),
        Value::Bool(false) => "off".to_owned(),
        Value::Int(whole) => group_thousands(&whole.to_string()),
        Value::Real(real) => number(*real, decimals(*real, signal.range, step)),
        Value::Text(text) => text.to_string(),
    }
}

/// A text with a unit after it, where there is one.
pub fn with_unit(text: &str, unit: &str) -> String {
    match unit {
        "" => text.to_owned(),
        "°" => format!("{text}°"),
        _ => format!("{text}{THIN}{unit}"),
    }
}

/// A limit of a signal with its unit, without digits that say nothing.
pub fn limit(value: f64, signal: &Signal) -> String {
    let text = number(value, decimals(value, signal.range, None));
    let text = if text.contains('.') && !text.contains('e') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    with_unit(text, signal.unit.symbol())
}

/// A distance between values of a signal with its unit: digits as the signal deserves, and never
/// fewer than the two that count.
pub fn distance(value: f64, signal: &Signal) -> String {
    let leading = if value == 0.0 { 0.0 } else { value.abs().log10().floor() };
    let counting = (1.0 - leading).clamp(0.0, 6.0) as usize;
    // What is counted differs by whole pieces; only a mean of it has a fraction.
    let pieces = signal.kind == ValueKind::Int && value.fract() == 0.0;
    let digits = if pieces { 0 } else { decimals(value, signal.range, None).max(counting.min(4)) };
    with_unit(&number(value, digits), signal.unit.symbol())
}

/// A distance with its sign: `+14`, `-3`, and plain `0`.
pub fn signed_distance(value: f64, signal: &Signal) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    format!("{sign}{}", distance(value, signal))
}

/// A part of a whole: `12%`, `0.4%`.
pub fn share(part: f64) -> String {
    let percent = part * 100.0;
    format!("{}%", number(percent, if percent > 0.0 && percent < 10.0 { 1 } else { 0 }))
}

/// `38.2 MB`, in powers of ten as disks are sold.
pub fn bytes(bytes: u64) -> String {
    let (mut size, mut unit) = (bytes as f64, "B");
    for larger in ["kB", "MB", "GB", "TB"] {
        if size < 999.5 {
            break;
        }
        (size, unit) = (size / 1000.0, larger);
    }
    format!("{}{THIN}{unit}", number(size, if unit != "B" && size < 99.95 { 1 } else { 0 }))
}

/// A length of time as an age is read, with thin spaces.
pub fn age(span: Span) -> String {
    let text = if span.as_nanos() < 0 { Span::ZERO.to_string() } else { span.to_string() };
    text.replace(' ', "\u{2009}")
}

/// A length of time without digits that flicker: whole seconds from one second on.
pub fn rough_age(span: Span) -> String {
    match span.as_nanos() {
        i64::MIN..1_000_000_000 => format!("0{THIN}s"),
        1_000_000_000..60_000_000_000 => format!("{}{THIN}s", span.as_nanos() / 1_000_000_000),
        _ => age(span),
    }
}

/// A length of time that was chosen: `15 min`, `1 h`.
pub fn chosen(span: Span) -> String {
    span.in_round_words().replace(' ', "\u{2009}")
}

/// In the time zone of this computer.
pub fn local(moment: Timestamp) -> DateTime<Local> {
    moment.to_utc().with_timezone(&Local)
}

/// `14:03:22`.
pub fn clock(moment: Timestamp) -> String {
    local(moment).format("%H:%M:%S").to_string()
}

/// `14:03`.
pub fn hour_and_minute(moment: Timestamp) -> String {
    local(moment).format("%H:%M").to_string()
}

/// `14:03–14:20`; with seconds where it is short, with dates where it is long.
pub fn range(from: Timestamp, to: Timestamp) -> String {
    let same_day = local(from).date_naive() == local(to).date_naive();
    let pattern = match (same_day, to - from < Span::from_secs(600)) {
        (false, _) => "%-d %b %H:%M",
        (true, true) => "%H:%M:%S",
        (true, false) => "%H:%M",
    };
    format!("{}–{}", local(from).format(pattern), local(to).format(pattern))
}

/// `24 Nov 2026 14:03:22 to 15:10:00`, with the date again where it is another day.
pub fn period(from: Timestamp, to: Timestamp) -> String {
    let same_day = local(from).date_naive() == local(to).date_naive();
    format!("{} to {}", date_and_clock(from), if same_day { clock(to) } else { date_and_clock(to) })
}

/// `24 Nov 2026 14:03:22`.
pub fn date_and_clock(moment: Timestamp) -> String {
    local(moment).format("%-d %b %Y %H:%M:%S").to_string()
}

/// A moment that stands still, to the millisecond: `24 Nov 2026 14:03:22.400`.
pub fn exact(moment: Timestamp) -> String {
    local(moment).format("%-d %b %Y %H:%M:%S%.3f").to_string()
}

/// `UTC+2`, of a moment because of summer time.
pub fn utc_offset(moment: Timestamp) -> String {
    let minutes = local(moment).offset().local_minus_utc() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    match (minutes.abs() / 60, minutes.abs() % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

/// `10×`.
pub fn rate(rate: f64) -> String {
    format!("{}×", (rate * 100.0).round() / 100.0)
}

/// Rate of a playhead that moves by itself, or that it stands.
pub fn pace(playhead: &Playhead) -> String {
    match playhead.motion() {
        Motion::Paused => "paused".to_owned(),
        _ => rate(playhead.rate()),
    }
}

/// A moment of the playhead: to the millisecond while it stands, to the second while it moves.
pub fn moment(playhead: &Playhead, shown: Timestamp) -> String {
    if playhead.motion() == Motion::Paused { exact(shown) } else { date_and_clock(shown) }
}

/// A name that is cut in its middle where it is longer than `most` letters: both ends tell files apart.
pub fn shortened(name: &str, most: usize) -> String {
    let length = name.chars().count();
    if length <= most {
        return name.to_owned();
    }
    let half = most.saturating_sub(1) / 2;
    let (head, tail): (String, String) =
        (name.chars().take(half).collect(), name.chars().skip(length - half).collect());
    format!("{head}…{tail}")
}

/// `1 alarm`, `3 alarms`.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_follow_step_then_range_then_size() {
        assert_eq!(decimals(612.3, Some((0.0, 750.0)), Some(10.0)), 0);
        assert_eq!([0.25, 0.1, 5.0].map(|step| decimals(1.0, None, Some(step))), [2, 1, 0]);
        assert_eq!([750.0, 100.0, 6.0, 1.0].map(|high| decimals(0.5, Some((0.0, high)), None)), [0, 1, 2, 3]);
        assert_eq!([1234.5, 12.345, 0.0].map(|value| decimals(value, None, None)), [0, 2, 1]);
    }

    #[test]
    fn numbers_are_grouped_and_never_minus_zero() {
        assert_eq!(number(1_234_567.8, 0), "1\u{2009}234\u{2009}568");
        assert_eq!(number(-36_000.25, 1), "-36\u{2009}000.2");
        assert_eq!([number(9_999.0, 0), number(-0.04, 1), number(2e12, 2)], ["9999", "0.0", "2.000e12"]);
    }

    #[test]
    fn units_stand_after_a_thin_space() {
        assert_eq!(
            [with_unit("612", "/min"), with_unit("on", ""), with_unit("45", "°")],
            ["612\u{2009}/min", "on", "45°"]
        );
        assert_eq!(age(Span::from_secs(-3)), "0\u{2009}ms");
        assert_eq!(rough_age(Span::from_millis(39_940)), "39\u{2009}s");
    }

    #[test]
    fn sizes_are_read_at_a_glance() {
        assert_eq!(
            [0, 999, 38_200_000, 210_000_000_000].map(bytes),
            ["0\u{2009}B", "999\u{2009}B", "38.2\u{2009}MB", "210\u{2009}GB"]
        );
        assert_eq!(bytes(999_600), "1.0\u{2009}MB");
        assert_eq!([share(0.0), share(0.004), share(0.25)], ["0%", "0.4%", "25%"]);
    }

    #[test]
    fn distances_keep_two_digits_that_count() {
        let mut signal = Signal::new("Filler/Speed", ValueKind::Real);
        signal.range = Some((0.0, 750.0));
        assert_eq!([14.0, 1.234, 0.01234].map(|value| distance(value, &signal)), ["14", "1.2", "0.012"]);
        assert_eq!([14.0, -1.234, 0.0].map(|value| signed_distance(value, &signal)), ["+14", "-1.2", "0.0"]);
    }

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(shortened("shift-2026-11-24-early", 11), "shift…early");
        assert_eq!(shortened("früh", 11), "früh");
    }
}
