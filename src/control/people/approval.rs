//! Approvals that are signed on another machine and come as a file.
//!
//! What is signed is the line `twinscope approval 1` and then the fields, as `signed` tells.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::key::is_signed;
use super::signed::signed_bytes;
use super::{Accounts, Hex, PeopleError, Permission, Random, SigningKey, may, random_bytes};
use crate::domain::audit::rfc3339;
use crate::domain::person::{Role, UserName};
use crate::domain::time::{Span, Timestamp};

#[cfg(test)]
mod tests;

/// How far the clock of the other machine may be ahead of ours.
pub const CLOCK_TOLERANCE: Span = Span::from_secs(120);

/// Most bytes of an approval file.
const LARGEST: usize = 64 * 1024;

const KIND: &str = "twinscope approval 1";

/// What an approver states about a change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Statement {
    /// Id of the change request.
    pub change: String,
    /// Digest of exactly what is approved.
    pub digest: String,
    pub approver: UserName,
    #[serde(with = "rfc3339")]
    pub at: Timestamp,
    /// First moment at which it does not hold any more.
    #[serde(with = "rfc3339")]
    pub expires: Timestamp,
    pub reason: String,
    /// Another one in each approval: it counts once.
    pub nonce: Hex<16>,
}

/// A signed statement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ApprovalFile {
    #[serde(flatten)]
    statement: Statement,
    /// Ed25519, by the key of the approver.
    signature: Hex<64>,
}

/// What an approval has to be for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub change: &'a str,
    pub digest: &'a str,
    /// Who asked for the change, and so cannot approve it.
    pub requester: &'a UserName,
}

/// Why an approval does not count.
#[derive(Error, Clone, PartialEq, Eq, Debug)]
pub enum ApprovalRefusal {
    #[error("This is no approval file: {words}. The change is not approved. Ask the approver to send the file again.")]
    Malformed { words: String },
    #[error(
        "The approval is by {approver}, who has no account here. The change is not approved. Add the account, or \
         ask someone who has one."
    )]
    NoAccount { approver: UserName },
    #[error(
        "The signature is not that of {approver}: the file was changed, or signed with a key that was replaced \
         since. The change is not approved. Ask {approver} in person whether this approval is genuine."
    )]
    Signature { approver: UserName },
    #[error(
        "The account {approver} is disabled, so its approvals do not count. The change is not approved. Ask another \
         approver."
    )]
    Disabled { approver: UserName },
    #[error(
        "{approver} is {}, and only an approver may approve. The change is not approved. Ask an approver.",
        role.name()
    )]
    Role { approver: UserName, role: Role },
    #[error(
        "{approver} asked for this change and cannot approve it as well. The change is not approved. Ask a second \
         person."
    )]
    OwnChange { approver: UserName },
    #[error(
        "The approval is for change {found}, not for {wanted}. This change is not approved. Choose the file for it."
    )]
    OtherChange { found: String, wanted: String },
    #[error(
        "The change is not what {approver} approved: it, its simulation or the model is another one since. It is not \
         approved. Send the change as it is now to {approver}."
    )]
    OtherDigest { approver: UserName },
    #[error(
        "The approval was made at {at}, which is {ahead} from now: the clock here was set back, or the other one is \
         ahead. The change is not approved. Set both clocks right."
    )]
    FromTheFuture { at: Timestamp, ahead: Span },
    #[error("The approval ended at {expires}. The change is not approved. Ask {approver} for a new approval.")]
    Expired { approver: UserName, expires: Timestamp },
    #[error(
        "This approval was used before, and each counts once. The change is not approved. Ask {approver} for a new one."
    )]
    Replayed { approver: UserName },
}

impl ApprovalFile {
    /// Approves a change in the name of the owner of a key, from `at` on and as long as `valid`.
    ///
    /// # Errors
    /// When there are no random numbers.
    pub fn sign(
        key: &SigningKey,
        change: &str,
        digest: &str,
        reason: &str,
        (at, valid): (Timestamp, Span),
        random: &mut Random,
    ) -> Result<Self, PeopleError> {
        let statement = Statement {
            change: change.to_owned(),
            digest: digest.to_owned(),
            approver: key.name().clone(),
            at,
            expires: at + valid,
            reason: reason.to_owned(),
            nonce: Hex(random_bytes(random)?),
        };
        let signature = key.sign(&statement.signed_bytes())?;
        Ok(Self { statement, signature })
    }

    /// # Errors
    /// When the bytes are too many or no approval. A sound file proves nothing yet.
    pub fn parse(bytes: &[u8]) -> Result<Self, ApprovalRefusal> {
        let malformed = |words: String| ApprovalRefusal::Malformed { words };
        if bytes.len() > LARGEST {
            return Err(malformed(format!("it is larger than {} KiB", LARGEST / 1024)));
        }
        serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))
    }

    /// Id of the change that it says it is for.
    pub fn change(&self) -> &str {
        &self.statement.change
    }

    /// The file, as JSON that people can read too.
    ///
    /// # Errors
    /// None that a file from `sign` or `parse` can cause.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    /// What was approved, if the approval counts for a change now. `used` are the nonces of all approvals that
    /// counted before.
    ///
    /// # Errors
    /// Each reason why it does not count is one of its own.
    pub fn check(
        &self,
        accounts: &Accounts,
        wanted: Wanted,
        now: Timestamp,
        used: &BTreeSet<String>,
    ) -> Result<&Statement, ApprovalRefusal> {
        let Self { statement, signature } = self;
        let approver = || statement.approver.clone();
        let Some(account) = accounts.get(&statement.approver) else {
            return Err(ApprovalRefusal::NoAccount { approver: approver() });
        };
        if !is_signed(account.public_key(), &statement.signed_bytes(), signature) {
            return Err(ApprovalRefusal::Signature { approver: approver() });
        }
        if account.disabled {
            return Err(ApprovalRefusal::Disabled { approver: approver() });
        }
        if !may(account.role, Permission::Approve) {
            return Err(ApprovalRefusal::Role { approver: approver(), role: account.role });
        }
        if statement.approver == *wanted.requester {
            return Err(ApprovalRefusal::OwnChange { approver: approver() });
        }
        if statement.change != wanted.change {
            return Err(ApprovalRefusal::OtherChange {
                found: statement.change.clone(),
                wanted: wanted.change.to_owned(),
            });
        }
        if statement.digest != wanted.digest {
            return Err(ApprovalRefusal::OtherDigest { approver: approver() });
        }
        let ahead = statement.at - now;
        if ahead > CLOCK_TOLERANCE {
            return Err(ApprovalRefusal::FromTheFuture { at: statement.at, ahead });
        }
        if now >= statement.expires {
            return Err(ApprovalRefusal::Expired { approver: approver(), expires: statement.expires });
        }
        if used.contains(&statement.nonce.to_string()) {
            return Err(ApprovalRefusal::Replayed { approver: approver() });
        }
        Ok(statement)
    }
}

impl Statement {
    fn signed_bytes(&self) -> Vec<u8> {
        let Self { change, digest, approver, at, expires, reason, nonce } = self;
        let moments = [at, expires].map(|moment| moment.as_nanos().to_string());
        let [at, expires] = &moments;
        signed_bytes(KIND, [change, digest, approver.as_str(), at, expires, reason, &nonce.to_string()])
    }
}
