//! Bytes of a known number, written as small hex digits.

use std::fmt;

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hex<const N: usize>(pub [u8; N]);

impl<const N: usize> fmt::Display for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<const N: usize> fmt::Debug for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<const N: usize> From<Hex<N>> for String {
    fn from(bytes: Hex<N>) -> Self {
        bytes.to_string()
    }
}

impl<const N: usize> TryFrom<String> for Hex<N> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let nibble = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        let byte = |pair: &[u8; 2]| Some(nibble(pair[0])? << 4 | nibble(pair[1])?);
        let (pairs, rest) = text.as_bytes().as_chunks();
        let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
        match bytes.and_then(|bytes| bytes.try_into().ok()) {
            Some(bytes) if rest.is_empty() => Ok(Self(bytes)),
            _ => Err(format!("expected {} digits of 0-9 and a-f", 2 * N)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_way_to_write_the_bytes_is_read() {
        let read = |text: &str| Hex::<3>::try_from(text.to_owned());
        assert_eq!(read("00ff1a"), Ok(Hex([0, 255, 26])));
        assert_eq!(Hex([0, 255, 26]).to_string(), "00ff1a");
        for wrong in ["", "00ff1", "00ff1a0", "00ff1a00", "00FF1A", "0 ff1a", "00ff1ä", "+0ff1a"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
