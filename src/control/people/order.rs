//! Orders that a person gives beside the desk that holds a plant, as signed files.
//!
//! What is signed is the line `twinscope order 1` and then the fields of the statement, as `signed` tells. An order
//! is for one plant, for one change exactly as the person saw it, and for half a minute: what comes late, a second
//! time, or for something that went on meanwhile, is not carried out. Where it lies, the inbox tells.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::key::is_signed;
use super::signed::signed_bytes;
use super::{Accounts, Hex, PeopleError, Permission, Random, SigningKey, may, random_bytes};
use crate::domain::audit::rfc3339;
use crate::domain::change::State;
use crate::domain::person::{Role, UserName};
use crate::domain::time::{Span, Timestamp};

#[cfg(test)]
mod tests;

/// How long an order holds after it was given.
pub const ORDER_VALID: Span = Span::from_secs(30);

/// How far the clock of whoever gave an order may be ahead of ours. Mostly it is the same clock.
pub const ORDER_TOLERANCE: Span = Span::from_secs(5);

/// Most bytes of an order.
pub(in crate::control) const LARGEST: usize = 64 * 1024;

/// Most bytes of what names something, and of the reason: both go into the audit log.
const LONGEST_NAME: usize = 256;
const LONGEST_REASON: usize = 4_000;

const KIND: &str = "twinscope order 1";

/// What is ordered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    Draft,
    Simulate,
    Keep,
    Revert,
    /// Draft the way back of a change.
    Rollback,
}

/// An order before it is signed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ordered {
    /// Name of the folder of the plant.
    pub plant: String,
    pub act: Act,
    /// Id of the change; empty for a draft.
    pub change: String,
    /// State in which the person saw it; empty for a draft.
    pub state: String,
    /// Digest of exactly what the person saw; empty for a draft.
    pub digest: String,
    /// What is to be drafted, as JSON; empty for all else.
    pub wish: String,
    pub reason: String,
}

/// What a person states.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Statement {
    pub plant: String,
    pub act: Act,
    pub change: String,
    pub state: String,
    pub digest: String,
    pub wish: String,
    pub by: UserName,
    pub reason: String,
    #[serde(with = "rfc3339")]
    pub at: Timestamp,
    /// First moment at which it does not hold any more.
    #[serde(with = "rfc3339")]
    pub expires: Timestamp,
    /// Another one in each order, which also names its file: it counts once.
    pub nonce: Hex<16>,
}

/// A signed order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OrderFile {
    #[serde(flatten)]
    statement: Statement,
    /// Ed25519, by the key of the person.
    signature: Hex<64>,
}

/// Why an order is not carried out.
#[derive(Error, Clone, PartialEq, Eq, Debug)]
pub enum OrderRefusal {
    #[error("This is no order: {words}. Nothing is done. Give it again with this version of the program.")]
    Malformed { words: String },
    #[error("The order is by {by}, who has no account here. Nothing is done. Ask someone who has one.")]
    NoAccount { by: UserName },
    #[error(
        "The signature is not that of {by}: the order was changed, or signed with a key that was replaced since. \
         Nothing is done. Ask {by} whether this order is genuine."
    )]
    Signature { by: UserName },
    #[error("The account {by} is disabled, so its orders do not count. Nothing is done. Ask someone else.")]
    Disabled { by: UserName },
    #[error(
        "{by} is {}, and this takes at least {}. Nothing is done. Ask someone who may.",
        role.name(),
        least.name()
    )]
    Role { by: UserName, role: Role, least: Role },
    #[error("The order is for the plant {found}, not for {wanted}. Nothing is done. Give it to the right plant.")]
    OtherPlant { found: String, wanted: String },
    #[error("The order lies in a file of another name than it has. Nothing is done. Give it again.")]
    OtherName,
    #[error(
        "The order was given at {at}, which is {ahead} from now: the clock here was set back, or the other one is \
         ahead. Nothing is done. Set both clocks right."
    )]
    FromTheFuture { at: Timestamp, ahead: Span },
    #[error(
        "The order was given at {at}, and holds for {ORDER_VALID}. Nothing is done. Look at the change and give the \
         order again."
    )]
    Late { at: Timestamp },
    #[error("This order was given before, and each counts once. Nothing is done. Give a new one.")]
    Replayed,
    #[error(
        "The change is {}, and the order is for one that is {expected}. Nothing is done. Look at it and give the \
         order again.",
        state.name()
    )]
    OtherState { state: State, expected: String },
    #[error("The change is not what {by} saw. Nothing is done. Look at it and give the order again.")]
    OtherDigest { by: UserName },
}

impl Act {
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Simulate => "simulate",
            Self::Keep => "keep",
            Self::Revert => "revert",
            Self::Rollback => "rollback",
        }
    }

    /// What it takes.
    pub fn permission(self) -> Permission {
        match self {
            Self::Draft | Self::Rollback => Permission::Draft,
            Self::Simulate => Permission::Simulate,
            Self::Keep => Permission::Keep,
            Self::Revert => Permission::Revert,
        }
    }
}

impl OrderFile {
    /// Orders in the name of the owner of a key, from `at` on.
    ///
    /// # Errors
    /// When there are no random numbers.
    pub fn sign(key: &SigningKey, order: Ordered, at: Timestamp, random: &mut Random) -> Result<Self, PeopleError> {
        let Ordered { plant, act, change, state, digest, wish, reason } = order;
        let (by, expires, nonce) = (key.name().clone(), at + ORDER_VALID, Hex(random_bytes(random)?));
        let statement = Statement { plant, act, change, state, digest, wish, by, reason, at, expires, nonce };
        let signature = key.sign(&statement.signed_bytes())?;
        Ok(Self { statement, signature })
    }

    /// # Errors
    /// When the bytes are too many or no order. A sound file proves nothing yet.
    pub fn parse(bytes: &[u8]) -> Result<Self, OrderRefusal> {
        let malformed = |words: String| OrderRefusal::Malformed { words };
        if bytes.len() > LARGEST {
            return Err(malformed(format!("it is larger than {} KiB", LARGEST / 1024)));
        }
        let short = |words: String| malformed(words.chars().take(LONGEST_NAME).collect());
        let order: Self = serde_json::from_slice(bytes).map_err(|error| short(error.to_string()))?;
        let Statement { plant, change, state, digest, reason, .. } = &order.statement;
        let names = [plant, change, state, digest].into_iter().all(|name| name.len() <= LONGEST_NAME);
        if !names || reason.len() > LONGEST_REASON {
            return Err(malformed(format!("a name or the reason is longer than {LONGEST_REASON} bytes")));
        }
        Ok(order)
    }

    /// The file, as JSON.
    ///
    /// # Errors
    /// None that a file from `sign` or `parse` can cause.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    pub fn nonce(&self) -> Hex<16> {
        self.statement.nonce
    }

    /// Whose order it is, where the signature is that of this person; nothing else is known of it then.
    ///
    /// # Errors
    /// When nobody has signed it.
    pub fn signer(&self, accounts: &Accounts) -> Result<&Statement, OrderRefusal> {
        let Self { statement, signature } = self;
        let by = || statement.by.clone();
        let account = accounts.get(&statement.by).ok_or_else(|| OrderRefusal::NoAccount { by: by() })?;
        if is_signed(account.public_key(), &statement.signed_bytes(), signature) {
            Ok(statement)
        } else {
            Err(OrderRefusal::Signature { by: by() })
        }
    }

    /// What was ordered, if it counts for a plant now. `name` is that of its file; `used` are the nonces of all
    /// orders and approvals that counted before.
    ///
    /// # Errors
    /// Each reason why it does not count is one of its own.
    pub fn check(
        &self,
        accounts: &Accounts,
        (plant, name): (&str, Hex<16>),
        now: Timestamp,
        used: &BTreeSet<String>,
    ) -> Result<&Statement, OrderRefusal> {
        let statement = self.signer(accounts)?;
        let by = || statement.by.clone();
        let Some(account) = accounts.get(&statement.by) else { return Err(OrderRefusal::NoAccount { by: by() }) };
        if account.disabled {
            return Err(OrderRefusal::Disabled { by: by() });
        }
        let permission = statement.act.permission();
        if !may(account.role, permission) {
            return Err(OrderRefusal::Role { by: by(), role: account.role, least: permission.least_role() });
        }
        if statement.plant != plant {
            return Err(OrderRefusal::OtherPlant { found: statement.plant.clone(), wanted: plant.to_owned() });
        }
        if statement.nonce != name {
            return Err(OrderRefusal::OtherName);
        }
        let ahead = statement.at - now;
        if ahead > ORDER_TOLERANCE {
            return Err(OrderRefusal::FromTheFuture { at: statement.at, ahead });
        }
        if now >= statement.expires.min(statement.at + ORDER_VALID) {
            return Err(OrderRefusal::Late { at: statement.at });
        }
        if used.contains(&statement.nonce.to_string()) {
            return Err(OrderRefusal::Replayed);
        }
        Ok(statement)
    }
}

impl Statement {
    /// Whether the change is still as the person saw it. Going back needs no more than that it is the same change:
    /// it is the way to safety, and a trial may begin or end while the order is on its way.
    ///
    /// # Errors
    /// When it went on or was changed.
    pub fn fits(&self, state: State, digest: &str) -> Result<(), OrderRefusal> {
        if self.digest != digest {
            return Err(OrderRefusal::OtherDigest { by: self.by.clone() });
        }
        if self.act != Act::Revert && self.state != state.name() {
            return Err(OrderRefusal::OtherState { state, expected: self.state.clone() });
        }
        Ok(())
    }

    fn signed_bytes(&self) -> Vec<u8> {
        let Self { plant, act, change, state, digest, wish, by, reason, at, expires, nonce } = self;
        let [at, expires] = [at, expires].map(|moment| moment.as_nanos().to_string());
        let (act, by, nonce) = (act.name(), by.as_str(), &nonce.to_string());
        signed_bytes(KIND, [plant, act, change, state, digest, wish, by, reason, &at, &expires, nonce])
    }
}
