//! What a server says of one write, in the words of the plant.

use opcua::types::StatusCode;

use crate::control::links::WriteOutcome;

/// Flags in the low half say nothing of the outcome (OPC 10000-4, 7.39.1).
const CODE: u32 = 0xFFFF_0000;
const BAD: u32 = 0b10;

/// What a status of a write says of the plant.
///
/// Good is taken. `Good_Clamped` is another value. Bad is not taken, except where the status only tells that the
/// server heard nothing from the equipment behind it: that may have taken it.
pub(super) fn outcome(status: StatusCode) -> WriteOutcome {
    let status = StatusCode::from(status.bits() & CODE);
    if status == StatusCode::GoodClamped {
        return WriteOutcome::Clamped;
    }
    if status.is_good() {
        return WriteOutcome::Accepted;
    }
    // Severity 01 is uncertain, 11 is reserved.
    if status.bits() >> 30 != BAD || silent(status) {
        return WriteOutcome::Unknown(format!(
            "the OPC UA server does not know whether the equipment took it ({status})"
        ));
    }
    WriteOutcome::Rejected(words(status))
}

/// What a bad status means, with its name.
pub(super) fn words(status: StatusCode) -> String {
    let status = StatusCode::from(status.bits() & CODE);
    let meaning = match status {
        StatusCode::BadOutOfRange => "the value is outside of the range that the equipment takes",
        StatusCode::BadUserAccessDenied => "the user of this link may not do that",
        StatusCode::BadNotWritable => "the variable can only be read",
        StatusCode::BadNotReadable => "the variable cannot be read",
        StatusCode::BadTypeMismatch => "the variable holds another type of value",
        StatusCode::BadInvalidState => "the equipment is not in a state in which it takes it",
        StatusCode::BadWriteNotSupported | StatusCode::BadNotSupported => "the server cannot do that to this variable",
        StatusCode::BadNodeIdUnknown | StatusCode::BadNodeIdInvalid => "the server has no such variable",
        StatusCode::BadLocked => "another program has locked the variable",
        StatusCode::BadRequiresLock => "the server wants the variable to be locked first",
        StatusCode::BadSecurityModeInsufficient => "the server wants a connection with better protection",
        StatusCode::BadOutOfService => "the equipment is out of service",
        StatusCode::BadNoCommunication | StatusCode::BadNotConnected => "the server has no connection to the equipment",
        StatusCode::BadDeviceFailure => "the equipment has failed",
        StatusCode::BadSensorFailure => "the sensor has failed",
        StatusCode::BadWaitingForInitialData => "the server has no value of it yet",
        StatusCode::BadTooManyOperations | StatusCode::BadResourceUnavailable => "the server has too much to do",
        StatusCode::BadConfigurationError => "the server is not set up for it",
        StatusCode::BadInvalidArgument => "the server does not understand the value",
        _ => "the OPC UA server says no",
    };
    format!("{meaning} ({status})")
}

/// The server heard nothing from the equipment, or ended in the middle.
fn silent(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BadTimeout
            | StatusCode::BadRequestTimeout
            | StatusCode::BadRequestInterrupted
            | StatusCode::BadCommunicationError
            | StatusCode::BadConnectionClosed
            | StatusCode::BadSecureChannelClosed
            | StatusCode::BadUnexpectedError
            | StatusCode::BadInternalError
            | StatusCode::BadShutdown
            | StatusCode::BadServerHalted
            | StatusCode::BadWaitingForResponse
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_whether_the_equipment_took_the_value() {
        // Codes of OPC 10000-6, StatusCode.csv; with and without flags in the low half.
        for good in [0x0000_0000_u32, 0x0000_0480, 0x002E_0000] {
            assert_eq!(outcome(StatusCode::from(good)), WriteOutcome::Accepted, "{good:#x}");
        }
        for clamped in [0x0030_0000_u32, 0x0030_0401] {
            assert_eq!(outcome(StatusCode::from(clamped)), WriteOutcome::Clamped, "{clamped:#x}");
        }
        for (bad, name) in [
            (0x803C_0000_u32, "BadOutOfRange"),
            (0x801F_0000, "BadUserAccessDenied"),
            (0x803B_0000, "BadNotWritable"),
            (0x8074_0000, "BadTypeMismatch"),
            (0x80AF_0000, "BadInvalidState"),
            (0x8073_0400, "BadWriteNotSupported"),
            (0x8034_0000, "BadNodeIdUnknown"),
        ] {
            let WriteOutcome::Rejected(words) = outcome(StatusCode::from(bad)) else { panic!("{name}") };
            assert!(words.ends_with(&format!(" ({name})")) && !words.contains("says no"), "{words}");
        }
    }

    #[test]
    fn a_server_that_does_not_know_leaves_the_outcome_open() {
        for (unknown, name) in [
            (0x800A_0000_u32, "BadTimeout"),
            (0x8005_0000, "BadCommunicationError"),
            (0x4000_0000, "Uncertain"),
            (0xC000_0000, ""),
        ] {
            let outcome = outcome(StatusCode::from(unknown));
            assert!(matches!(&outcome, WriteOutcome::Unknown(words) if words.contains(name)), "{outcome:?}");
        }
    }
}
