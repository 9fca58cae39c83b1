//! Qualities as tables hold them: a word of severity, and the reason after a colon.

use std::borrow::Cow;

use crate::domain::quality::{BadReason, Quality, UncertainReason};

const NAMED: [Quality; 8] = [
    Quality::Uncertain(UncertainReason::LastUsableValue),
    Quality::Uncertain(UncertainReason::SubstituteValue),
    Quality::Uncertain(UncertainReason::InitialValue),
    Quality::Uncertain(UncertainReason::EngineeringUnitsExceeded),
    Quality::Bad(BadReason::NoCommunication),
    Quality::Bad(BadReason::SensorFailure),
    Quality::Bad(BadReason::DeviceFailure),
    Quality::Bad(BadReason::OutOfService),
];

/// `good`, `uncertain`, `bad`, or severity and reason such as `bad: sensor failure`.
pub(in crate::recording) fn quality_words(quality: Quality) -> Cow<'static, str> {
    match quality {
        Quality::Good => "good".into(),
        Quality::Uncertain(UncertainReason::Unspecified) => "uncertain".into(),
        Quality::Bad(BadReason::Unspecified) => "bad".into(),
        Quality::Uncertain(_) => format!("uncertain: {quality}").into(),
        Quality::Bad(_) => format!("bad: {quality}").into(),
    }
}

/// Reads what [`quality_words`] writes, the reason alone, a status code, or any text whose first word
/// is a severity (`Bad_Stale`, `Good [clamped]`).
pub(super) fn quality_from_words(text: &str) -> Option<Quality> {
    let text = text.trim();
    let reason = text.split_once(':').map_or(text, |(_, reason)| reason.trim());
    let severity = text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    NAMED
        .into_iter()
        .find(|named| named.to_string().eq_ignore_ascii_case(reason))
        .or_else(|| Quality::parse(text))
        .or_else(|| Quality::parse(severity))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quality_survives_its_words() {
        let plain =
            [Quality::Good, Quality::Uncertain(UncertainReason::Unspecified), Quality::Bad(BadReason::Unspecified)];
        for quality in NAMED.into_iter().chain(plain) {
            assert_eq!(quality_from_words(&quality_words(quality)), Some(quality));
            assert_eq!(quality_from_words(&quality.status_code().to_string()), Some(quality));
        }
        assert_eq!(quality_words(Quality::Bad(BadReason::SensorFailure)), "bad: sensor failure");
    }

    #[test]
    fn the_severity_is_read_where_the_rest_is_unknown() {
        for (text, expected) in [
            ("Sensor Failure", Some(Quality::Bad(BadReason::SensorFailure))),
            ("Bad_Stale", Some(Quality::Bad(BadReason::Unspecified))),
            ("Good [clamped]", Some(Quality::Good)),
            ("uncertain: moon", Some(Quality::Uncertain(UncertainReason::Unspecified))),
            ("moon", None),
            ("", None),
        ] {
            assert_eq!(quality_from_words(text), expected, "{text}");
        }
    }
}
