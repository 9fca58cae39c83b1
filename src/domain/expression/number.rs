//! Numbers as JavaScript reads, writes, raises and rounds them (ECMA-262, 13th edition).

use std::fmt;

/// StringToNumber (7.1.4.1.1): blank is 0, what is not a number is NaN.
pub(super) fn from_text(text: &str) -> f64 {
    let text = text.trim_matches(is_blank);
    match text {
        "" => return 0.0,
        "Infinity" | "+Infinity" => return f64::INFINITY,
        "-Infinity" => return f64::NEG_INFINITY,
        _ => {}
    }
    for (prefixes, radix) in [(["0x", "0X"], 16), (["0o", "0O"], 8), (["0b", "0B"], 2)] {
        if let Some(digits) = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)) {
            return from_digits(digits, radix);
        }
    }
    // Rust reads "inf" and "nan" in any case, which JavaScript does not.
    let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    if plain { text.parse().unwrap_or(f64::NAN) } else { f64::NAN }
}

/// What counts as white space in JavaScript.
pub(super) fn is_blank(c: char) -> bool {
    c == '\u{FEFF}' || (c.is_whitespace() && c != '\u{85}')
}

fn from_digits(digits: &str, radix: u32) -> f64 {
    if digits.is_empty() {
        return f64::NAN;
    }
    digits
        .chars()
        .fold(0.0, |sum, c| c.to_digit(radix).map_or(f64::NAN, |digit| sum * f64::from(radix) + f64::from(digit)))
}

/// Number::toString (6.1.6.1.20): the shortest digits that read back as the same number, with an
/// exponent from 1e21 up and below 1e-6.
pub(super) fn write(number: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let size = number.abs();
    if number.is_nan() {
        f.write_str("NaN")
    } else if number.is_infinite() {
        f.write_str(if number > 0.0 { "Infinity" } else { "-Infinity" })
    } else if number == 0.0 {
        f.write_str("0")
    } else if size >= 1e21 {
        let text = format!("{number:e}");
        f.write_str(&text.replace('e', "e+"))
    } else if size < 1e-6 {
        write!(f, "{number:e}")
    } else {
        write!(f, "{number}")
    }
}

/// Number::exponentiate (6.1.6.1.3), which unlike IEEE 754 keeps NaN and has no 1^∞.
pub(super) fn power(base: f64, exponent: f64) -> f64 {
    if exponent.is_nan() || (base.abs() == 1.0 && exponent.is_infinite()) { f64::NAN } else { base.powf(exponent) }
}

/// Math.round (21.3.2.28): halves go up, also below zero.
pub(super) fn round(number: f64) -> f64 {
    let floor = number.floor();
    if number - floor >= 0.5 { floor + 1.0 } else { floor }
}
