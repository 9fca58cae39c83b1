//! What parent and child say to each other: one request, one answer, each a line of JSON.
//!
//! Lines are limited in length, on both sides. Variables are named by their place in the description,
//! which both sides read from the same file.

use std::io::{self, BufRead, Read as _, Write};
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::value::Value;

/// Longest line; also bounds a serialised state, which takes two letters a byte.
pub(super) const MOST_LINE_BYTES: u64 = 256 << 20;

#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
pub(super) enum Request {
    /// Limits the memory, reads the description and loads the binary.
    Load {
        folder: PathBuf,
        memory_bytes: u64,
    },
    /// Makes a new instance; one that was there is freed.
    SetUp {
        start_secs: f64,
        stop_secs: Option<f64>,
        tolerance: Option<f64>,
    },
    Set {
        values: Vec<(usize, Value)>,
    },
    Get {
        variables: Vec<usize>,
    },
    EnterInitialisation,
    ExitInitialisation,
    /// Sets inputs, steps once and reads outputs.
    Step {
        from_secs: f64,
        to_secs: f64,
        inputs: Vec<(usize, Value)>,
        outputs: Vec<usize>,
    },
    SaveState,
    RestoreState {
        state: u32,
    },
    FreeState {
        state: u32,
    },
    SerialiseState {
        state: u32,
    },
    DeserialiseState {
        hex: String,
    },
    /// Ends the run of the instance and frees it.
    Terminate,
}

#[derive(Serialize, Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    Done,
    /// What the user should know of this platform.
    Loaded {
        notices: Vec<String>,
    },
    /// None where the model gave a number that is not finite.
    Values {
        values: Vec<Option<Value>>,
    },
    Stepped {
        values: Vec<Option<Value>>,
        ended: bool,
    },
    State {
        state: u32,
    },
    Bytes {
        hex: String,
    },
    Refused {
        reason: String,
        words: String,
        out_of_memory: bool,
    },
}

/// Reads a line without its end; none at the end of the input.
///
/// # Errors
/// When reading fails or the line is too long.
pub(super) fn read_line(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    input.take(MOST_LINE_BYTES + 1).read_until(b'\n', &mut line)?;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(line)),
        Some(_) if line.len() as u64 >= MOST_LINE_BYTES => Err(io::Error::other("a line is too long")),
        Some(_) => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// Writes a message as a line.
///
/// # Errors
/// When it cannot be written, or would be too long.
pub(super) fn write_line(output: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    output.write_all(&encode(message)?)?;
    output.flush()
}

/// A message as a line with its end.
///
/// # Errors
/// When it would be too long, or names a path that is not UTF-8 text.
pub(super) fn encode(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    if line.len() as u64 > MOST_LINE_BYTES {
        return Err(io::Error::other("a line would be too long"));
    }
    Ok(line)
}

pub(super) fn decode<T: DeserializeOwned>(line: &[u8]) -> Result<T, String> {
    serde_json::from_slice(line).map_err(|error| error.to_string())
}

pub(super) fn to_hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// None where the text is no hexadecimal number of whole bytes.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |letter: u8| char::from(letter).to_digit(16).map(|digit| digit as u8);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_gives_the_bytes_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(from_hex(&to_hex(&bytes)), Some(bytes));
        assert_eq!(to_hex(&[0, 10, 255]), "000aff");
        assert_eq!((from_hex("0"), from_hex("0g"), from_hex("é")), (None, None, None));
    }

    #[test]
    fn a_line_ends_at_its_end_and_a_cut_one_is_an_error() {
        let mut input: &[u8] = b"one\n\ntwo";
        assert_eq!(read_line(&mut input).expect("a line"), Some(b"one".to_vec()));
        assert_eq!(read_line(&mut input).expect("a line"), Some(Vec::new()));
        assert_eq!(read_line(&mut input).expect_err("cut").kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(read_line(&mut input).expect("the end"), None);
    }

    #[test]
    fn numbers_come_back_bit_by_bit() {
        let values = [0.1 + 0.2, -0.0, f64::MIN_POSITIVE, f64::MAX, 1e23].map(|number| Some(Value::Real(number)));
        let line = encode(&Answer::Values { values: values.into_iter().chain([None]).collect() }).expect("a line");
        let Ok(Answer::Values { values: read }) = decode(&line) else { panic!("not values") };
        let bits = |value: &Option<Value>| value.as_ref().and_then(Value::as_f64).map(f64::to_bits);
        assert_eq!(bits(&read[0]), Some((0.1_f64 + 0.2).to_bits()));
        assert_eq!(bits(&read[1]), Some((-0.0_f64).to_bits()));
        assert_eq!(bits(&read[2]), Some(f64::MIN_POSITIVE.to_bits()));
        assert_eq!(
            (bits(&read[3]), bits(&read[4]), bits(&read[5])),
            (Some(f64::MAX.to_bits()), Some(1e23_f64.to_bits()), None)
        );
    }
}
