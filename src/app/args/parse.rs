//! Words of the command line as values.

use crate::domain::change::Divergence;
use crate::domain::time::{Span, TimeParseError, Timestamp};
use crate::simulation::calibrate::Wanted;

/// Pictures are at least this small and at most this large, along each side.
const SIDES: std::ops::RangeInclusive<u32> = 64..=8192;

pub fn parse_size(text: &str) -> Result<(u32, u32), String> {
    let wrong = || format!("\"{text}\" is not a size; write it like 1280x720, with sides from 64 to 8192");
    let (width, height) = text.split_once(['x', 'X']).ok_or_else(wrong)?;
    let side = |text: &str| text.trim().parse().ok().filter(|side| SIDES.contains(side)).ok_or_else(wrong);
    Ok((side(width)?, side(height)?))
}

pub fn parse_span(text: &str) -> Result<Span, String> {
    const UNITS: [(&str, f64); 6] =
        [("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("min", 60.0), ("h", 3600.0), ("d", 86_400.0)];
    let wrong = || format!("\"{text}\" is not a length of time; write it like 90s, 30min, 8h or 2d");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let secs = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, secs)| *secs).ok_or_else(wrong)?;
    let number: f64 = digits.trim().parse().map_err(|_| wrong())?;
    if number.is_finite() && number > 0.0 { Ok(Span::from_secs_f64(number * secs)) } else { Err(wrong()) }
}

pub fn parse_wanted(text: &str) -> Result<Wanted, String> {
    let Some((name, range)) = text.split_once('=') else {
        return Ok(Wanted { name: text.trim().to_owned(), range: None });
    };
    let ends = range.split_once(':').and_then(|(low, high)| Some((number(low)?, number(high)?)));
    let range = ends.filter(|(low, high)| low < high);
    let wrong = || format!("\"{text}\" names no parameter to fit; write it like Filler/MtbfFactor=0.2:5");
    range.map(|range| Wanted { name: name.trim().to_owned(), range: Some(range) }).ok_or_else(wrong)
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

pub fn parse_setting(text: &str) -> Result<(String, f64), String> {
    let parts = text.rsplit_once('=').and_then(|(path, value)| Some((path.trim(), number(value)?)));
    let (path, value) = parts.filter(|(path, _)| !path.is_empty()).ok_or_else(|| {
        format!("\"{text}\" sets nothing; write the path of a signal and a number, like \"Line/Filler/Speed=570\"")
    })?;
    Ok((path.to_owned(), value))
}

pub fn parse_rate(text: &str) -> Result<f64, String> {
    number(text).filter(|rate| *rate > 0.0).ok_or_else(|| format!("\"{text}\" is no rate; write a number above 0"))
}

pub fn parse_divergence(text: &str) -> Result<Divergence, String> {
    let parts = text.split_once(':').and_then(|(margin, lasting)| Some((number(margin)?, parse_span(lasting).ok()?)));
    let (margin, lasting) = parts
        .filter(|(margin, _)| *margin >= 0.0)
        .ok_or_else(|| format!("\"{text}\" is no distance from a band; write widths and a time, like 0.5:2min"))?;
    Ok(Divergence { margin, lasting })
}

pub fn parse_limit(text: &str) -> Result<f64, String> {
    let secs = text.parse().ok().filter(|secs| (0.001..=86_400.0).contains(secs));
    secs.ok_or_else(|| format!("\"{text}\" is not a number of seconds from 0.001 to 86400"))
}

pub fn parse_moment(text: &str) -> Result<Timestamp, TimeParseError> {
    Timestamp::parse(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_have_a_unit() {
        assert_eq!(parse_span("8h"), Ok(Span::from_secs(28_800)));
        assert_eq!(parse_span("1.5 min"), Ok(Span::from_secs(90)));
        for wrong in ["8", "h", "-1s", "8 hours", ""] {
            assert!(parse_span(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn settings_are_a_path_and_a_number() {
        assert_eq!(parse_setting("Line 1/A=B/Speed = 570"), Ok(("Line 1/A=B/Speed".to_owned(), 570.0)));
        for wrong in ["Speed", "=5", "Speed=", "Speed=fast", "Speed=NaN", "Speed=inf"] {
            assert!(parse_setting(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_divergence("0.5:2min"), Ok(Divergence { margin: 0.5, lasting: Span::from_secs(120) }));
        for wrong in ["0.5", "0.5:2", "-1:2min", "x:2min", "NaN:1s"] {
            assert!(parse_divergence(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_are_two_sides_in_bounds() {
        assert_eq!(parse_size("1280x720"), Ok((1280, 720)));
        for wrong in ["1280", "0x720", "1280x99999", "axb"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }
}
