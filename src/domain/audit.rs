//! What the audit log keeps: who did what, when, from which value to which, why, and what came of it.
//!
//! Plain data. Numbering, chaining and the file are the affair of `control`.

use serde::{Deserialize, Serialize};

use super::person::{Role, UserName};
use super::time::Timestamp;
use super::value::Value;

/// One thing that happened, as whoever saw it tells it to the log.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AuditRecord {
    #[serde(with = "rfc3339")]
    pub at: Timestamp,
    /// None where the program acted on its own.
    pub person: Option<UserName>,
    /// Role of the person at that moment.
    pub role: Option<Role>,
    /// Id of the change request that this belongs to.
    pub change: Option<String>,
    pub what: AuditKind,
    /// Tag path of the signal that is written or read back.
    pub signal: Option<String>,
    /// Value before.
    pub from: Option<Value>,
    /// Value after, asked for or read back.
    pub to: Option<Value>,
    /// UCUM code of the unit of `from` and `to`.
    pub unit: Option<String>,
    /// Sequence number of the write that this announces or answers.
    pub sequence: Option<u64>,
    /// Why, in the words of the person; empty where nobody was asked.
    pub reason: String,
    /// SHA-256 of the model with which the change was simulated, in hex.
    pub model_digest: Option<String>,
    /// SHA-256 of the project, in hex.
    pub project_digest: Option<String>,
    /// Nonce of the signed approval or order that was used: it counts once.
    pub nonce: Option<String>,
    /// What came of it, in words.
    pub outcome: String,
}

/// A record in its place in the chain. Its fields in this order are one line of the log.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Counts from 1 without a gap.
    pub number: u64,
    #[serde(flatten)]
    pub record: AuditRecord,
    /// `hash` of the entry before; 64 zeros in the first one.
    pub previous: String,
    /// SHA-256 in hex of this entry without this field.
    pub hash: String,
}

impl AuditRecord {
    /// A record that says only what happened and when.
    pub fn new(at: Timestamp, what: AuditKind) -> Self {
        Self {
            at,
            person: None,
            role: None,
            change: None,
            what,
            signal: None,
            from: None,
            to: None,
            unit: None,
            sequence: None,
            reason: String::new(),
            model_digest: None,
            project_digest: None,
            nonce: None,
            outcome: String::new(),
        }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)*) => {
        /// What happened. The text in the log and the words on the screen are the same.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
        pub enum AuditKind {
            $($(#[$doc])* #[serde(rename = $name)] $kind,)*
        }

        impl AuditKind {
            pub const ALL: &[Self] = &[$(Self::$kind,)*];

            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    Drafted = "drafted",
    Edited = "edited",
    SimulationBegun = "simulation_begun",
    Simulated = "simulated",
    SimulationFailed = "simulation_failed",
    Approved = "approved",
    Rejected = "rejected",
    /// An approval, or a simulation, became too old.
    Expired = "expired",
    /// A guard said no.
    PolicyRefused = "policy_refused",
    PushBegun = "push_begun",
    /// On disk before the write goes out.
    WriteIntended = "write_intended",
    WriteAnswered = "write_answered",
    ReadBack = "read_back",
    /// The plant holds another value than was written.
    Mismatch = "mismatch",
    /// Nothing says what the plant holds.
    Unverified = "unverified",
    PushFailed = "push_failed",
    TrialBegun = "trial_begun",
    Kept = "kept",
    RevertBegun = "revert_begun",
    Reverted = "reverted",
    /// The plant may hold another value than before the change.
    RevertFailed = "revert_failed",
    /// The program came up again in the middle of a change.
    Restarted = "restarted",
    OwnerChanged = "owner_changed",
    Login = "login",
    Logout = "logout",
    LoginFailed = "login_failed",
    LockedOut = "locked_out",
    /// The password was asked for again before an approval or a push.
    Confirmed = "confirmed",
    AccountAdded = "account_added",
    AccountDisabled = "account_disabled",
    AccountEnabled = "account_enabled",
    RoleChanged = "role_changed",
    PasswordChanged = "password_changed",
    /// A signed order came from beside the desk, and is carried out once.
    OrderTaken = "order_taken",
    /// An order from beside the desk was not carried out.
    OrderRefused = "order_refused",
    /// The clock of this computer went back; approvals that were given before count no more.
    ClockSetBack = "clock_set_back",
    /// A line that was never written to its end was cut off when the log was opened.
    LogRepaired = "log_repaired",
}

/// Moments with all nine digits of the second, so that lines compare as text.
pub mod rfc3339 {
    use chrono::SecondsFormat;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::domain::time::Timestamp;

    pub fn serialize<S: Serializer>(moment: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&moment.to_utc().to_rfc3339_opts(SecondsFormat::Nanos, true))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        Timestamp::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
