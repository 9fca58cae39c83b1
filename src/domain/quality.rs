//! How far a value can be trusted, after the OPC UA status codes (OPC 10000-4, 7.39 and 10000-8).
//!
//! The severity is in the top two bits of a code: 00 good, 01 uncertain, 10 bad. *Stale* is not a
//! quality: it follows from age and is never stored.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Quality of one sample.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug, Serialize, Deserialize)]
pub enum Quality {
    #[default]
    Good,
    Uncertain(UncertainReason),
    Bad(BadReason),
}

/// Why a value is doubtful.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum UncertainReason {
    Unspecified,
    LastUsableValue,
    SubstituteValue,
    InitialValue,
    EngineeringUnitsExceeded,
}

/// Why a value must not be used.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum BadReason {
    Unspecified,
    NoCommunication,
    SensorFailure,
    DeviceFailure,
    OutOfService,
}

const UNCERTAIN: [(UncertainReason, u32, &str); 5] = [
    (UncertainReason::Unspecified, 0x4000_0000, "uncertain"),
    (UncertainReason::LastUsableValue, 0x4090_0000, "last usable value"),
    (UncertainReason::SubstituteValue, 0x4091_0000, "substitute value"),
    (UncertainReason::InitialValue, 0x4092_0000, "initial value"),
    (UncertainReason::EngineeringUnitsExceeded, 0x4094_0000, "outside the engineering range"),
];

const BAD: [(BadReason, u32, &str); 5] = [
    (BadReason::Unspecified, 0x8000_0000, "bad"),
    (BadReason::NoCommunication, 0x8031_0000, "no communication"),
    (BadReason::DeviceFailure, 0x808B_0000, "device failure"),
    (BadReason::SensorFailure, 0x808C_0000, "sensor failure"),
    (BadReason::OutOfService, 0x808D_0000, "out of service"),
];

impl Quality {
    /// Reads an OPC UA status code; sub-codes not named here keep their severity as unspecified.
    /// The reserved severity 11 counts as bad.
    pub fn from_status_code(code: u32) -> Self {
        let sub_code = code & 0xFFFF_0000;
        match code >> 30 {
            0 => Self::Good,
            1 => Self::Uncertain(
                UNCERTAIN.iter().find(|row| row.1 == sub_code).map_or(UncertainReason::Unspecified, |row| row.0),
            ),
            _ => Self::Bad(BAD.iter().find(|row| row.1 == sub_code).map_or(BadReason::Unspecified, |row| row.0)),
        }
    }

    pub fn status_code(self) -> u32 {
        match self {
            Self::Good => 0,
            Self::Uncertain(reason) => UNCERTAIN.iter().find(|row| row.0 == reason).map_or(0x4000_0000, |row| row.1),
            Self::Bad(reason) => BAD.iter().find(|row| row.0 == reason).map_or(0x8000_0000, |row| row.1),
        }
    }

    /// Reads the words that payloads use: good, uncertain, bad (any case), or a status code as a
    /// decimal or 0x number. None for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("good") {
            return Some(Self::Good);
        }
        if text.eq_ignore_ascii_case("uncertain") {
            return Some(Self::Uncertain(UncertainReason::Unspecified));
        }
        if text.eq_ignore_ascii_case("bad") {
            return Some(Self::Bad(BadReason::Unspecified));
        }
        let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        let code = hex.map_or_else(|| text.parse().ok(), |digits| u32::from_str_radix(digits, 16).ok())?;
        Some(Self::from_status_code(code))
    }

    pub fn is_good(self) -> bool {
        self == Self::Good
    }

    pub fn is_bad(self) -> bool {
        matches!(self, Self::Bad(_))
    }

    /// The worse of two: what a result made from both can be trusted.
    pub fn worse(self, other: Self) -> Self {
        if self.severity() >= other.severity() { self } else { other }
    }

    fn severity(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Uncertain(_) => 1,
            Self::Bad(_) => 2,
        }
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Good => "good",
            Self::Uncertain(reason) => UNCERTAIN.iter().find(|row| row.0 == *reason).map_or("uncertain", |row| row.2),
            Self::Bad(reason) => BAD.iter().find(|row| row.0 == *reason).map_or("bad", |row| row.2),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_codes_survive_the_way_through_the_status_code() {
        for (reason, code, _) in UNCERTAIN {
            assert_eq!(Quality::from_status_code(code), Quality::Uncertain(reason));
            assert_eq!(Quality::Uncertain(reason).status_code(), code);
        }
        for (reason, code, _) in BAD {
            assert_eq!(Quality::from_status_code(code), Quality::Bad(reason));
            assert_eq!(Quality::Bad(reason).status_code(), code);
        }
    }

    #[test]
    fn severity_is_kept_for_codes_without_a_name() {
        assert_eq!(Quality::from_status_code(0x0030_0000), Quality::Good);
        assert_eq!(Quality::from_status_code(0x40AF_0400), Quality::Uncertain(UncertainReason::Unspecified));
        assert_eq!(Quality::from_status_code(0xC000_0000), Quality::Bad(BadReason::Unspecified));
    }

    #[test]
    fn reads_words_and_codes() {
        assert_eq!(Quality::parse(" GOOD"), Some(Quality::Good));
        assert_eq!(Quality::parse("0x808C0000"), Some(Quality::Bad(BadReason::SensorFailure)));
        assert_eq!(Quality::parse("192"), Some(Quality::Good));
        assert_eq!(Quality::parse("so-so"), None);
    }
}
