//! One person's account.

use serde::{Deserialize, Serialize};

use super::key::{KeptKey, SigningKey};
use super::password::{Cost, Hashed};
use super::{Hex, PeopleError, Random};
use crate::domain::person::{Role, UserName};

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    pub name: UserName,
    /// The name of the person, for people.
    pub full_name: String,
    pub role: Role,
    /// Cannot log in and does not count as a signer. Kept, because the audit log names it.
    pub disabled: bool,
    password: Hashed,
    key: KeptKey,
}

/// Most characters of a full name.
const LONGEST_NAME: usize = 128;

impl Account {
    pub(super) fn new(
        name: UserName,
        full_name: &str,
        role: Role,
        password: &str,
        cost: Cost,
        random: &mut Random,
    ) -> Result<Self, PeopleError> {
        let full_name = full_name.trim().to_owned();
        if !(1..=LONGEST_NAME).contains(&full_name.chars().count()) || full_name.contains(char::is_control) {
            return Err(PeopleError::FullName);
        }
        let hashed = Hashed::new(password, cost, random)?;
        let key = KeptKey::new(&name, password, cost, random)?;
        Ok(Self { name, full_name, role, disabled: false, password: hashed, key })
    }

    /// Checks what this account signed.
    pub fn public_key(&self) -> &Hex<32> {
        &self.key.public
    }

    pub(super) fn has_password(&self, password: &str) -> bool {
        self.password.is_of(password)
    }

    /// Opens the private key.
    pub(super) fn signing_key(&self, password: &str) -> Result<SigningKey, PeopleError> {
        self.check(password)?;
        self.key.open(&self.name, password, self.password.cost())
    }

    /// Another password for the same key.
    pub(super) fn change_password(
        &mut self,
        old: &str,
        new: &str,
        cost: Cost,
        random: &mut Random,
    ) -> Result<(), PeopleError> {
        self.check(old)?;
        let hashed = Hashed::new(new, cost, random)?;
        self.key = self.key.resealed(&self.name, (old, self.password.cost()), (new, cost), random)?;
        self.password = hashed;
        Ok(())
    }

    /// Another password, and another key because nobody can open the old one.
    pub(super) fn reset_password(&mut self, new: &str, cost: Cost, random: &mut Random) -> Result<(), PeopleError> {
        let hashed = Hashed::new(new, cost, random)?;
        self.key = KeptKey::new(&self.name, new, cost, random)?;
        self.password = hashed;
        Ok(())
    }

    fn check(&self, password: &str) -> Result<(), PeopleError> {
        if !self.has_password(password) {
            return Err(PeopleError::WrongPassword { name: self.name.clone() });
        }
        if self.disabled {
            return Err(PeopleError::Disabled { name: self.name.clone() });
        }
        Ok(())
    }
}
