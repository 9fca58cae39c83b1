//! All accounts of a plant, and what can be done with them. Whether the person who asks may do it is for the
//! caller to decide, by `may` and `Permission::ManageAccounts`.

use std::collections::BTreeMap;

use super::key::SigningKey;
use super::password::Cost;
use super::{Account, PeopleError, Permission, Random, may};
use crate::domain::person::{Role, UserName};

#[derive(Clone, PartialEq, Debug)]
pub struct Accounts {
    accounts: BTreeMap<UserName, Account>,
    /// Of the hashes that are made from now on.
    pub(super) cost: Cost,
}

impl Accounts {
    /// Without any account. The first one is added with a role like all others; make it an approver, or nobody
    /// can manage accounts.
    pub fn new(cost: Cost) -> Self {
        Self { accounts: BTreeMap::new(), cost }
    }

    pub(super) fn of(accounts: Vec<Account>, cost: Cost) -> Result<Self, PeopleError> {
        let mut all = Self::new(cost);
        for account in accounts {
            if let Some(twice) = all.accounts.insert(account.name.clone(), account) {
                return Err(PeopleError::Malformed { words: format!("the account {} stands there twice", twice.name) });
            }
        }
        Ok(all)
    }

    /// All accounts by name.
    pub fn list(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values()
    }

    pub fn get(&self, name: &UserName) -> Option<&Account> {
        self.accounts.get(name)
    }

    /// # Errors
    /// When the name is taken, the full name cannot be shown or the password is too short.
    pub fn add(
        &mut self,
        name: UserName,
        full_name: &str,
        role: Role,
        password: &str,
        random: &mut Random,
    ) -> Result<(), PeopleError> {
        if self.accounts.contains_key(&name) {
            return Err(PeopleError::Exists { name });
        }
        let account = Account::new(name.clone(), full_name, role, password, self.cost, random)?;
        self.accounts.insert(name, account);
        Ok(())
    }

    /// A person changes the own password. What was signed before stays valid. Wrong guesses are not counted here:
    /// at a desk that others can reach, `Door::confirm` asks first.
    ///
    /// # Errors
    /// When the old password is wrong or the new one too short.
    pub fn change_password(
        &mut self,
        name: &UserName,
        old: &str,
        new: &str,
        random: &mut Random,
    ) -> Result<(), PeopleError> {
        let cost = self.cost;
        self.account(name)?.change_password(old, new, cost, random)
    }

    /// Sets the password of someone who forgot it. The key pair is a new one: what was signed before does not
    /// count any more.
    ///
    /// # Errors
    /// When there is no such account or the password is too short.
    pub fn reset_password(&mut self, name: &UserName, new: &str, random: &mut Random) -> Result<(), PeopleError> {
        let cost = self.cost;
        self.account(name)?.reset_password(new, cost, random)
    }

    /// # Errors
    /// When there is no such account, or it would leave nobody who manages accounts.
    pub fn set_disabled(&mut self, name: &UserName, disabled: bool) -> Result<(), PeopleError> {
        self.alter(name, |account| account.disabled = disabled)
    }

    /// # Errors
    /// When there is no such account, or it would leave nobody who manages accounts.
    pub fn set_role(&mut self, name: &UserName, role: Role) -> Result<(), PeopleError> {
        self.alter(name, |account| account.role = role)
    }

    /// The key with which a person signs approvals.
    ///
    /// # Errors
    /// When there is no such account, it is disabled, or the password is wrong.
    pub fn signing_key(&self, name: &UserName, password: &str) -> Result<SigningKey, PeopleError> {
        self.get(name).ok_or_else(|| PeopleError::NoAccount { name: name.clone() })?.signing_key(password)
    }

    /// The account of a name and its password. A name that nobody has takes as long as a wrong password.
    pub(super) fn verified(&self, name: Option<&UserName>, password: &str) -> Option<&Account> {
        let Some(account) = name.and_then(|name| self.get(name)) else {
            std::hint::black_box(self.cost.derive_key(password, &[0; 16]).is_ok());
            return None;
        };
        account.has_password(password).then_some(account)
    }

    fn account(&mut self, name: &UserName) -> Result<&mut Account, PeopleError> {
        self.accounts.get_mut(name).ok_or_else(|| PeopleError::NoAccount { name: name.clone() })
    }

    fn alter(&mut self, name: &UserName, change: impl FnOnce(&mut Account)) -> Result<(), PeopleError> {
        let manages = |account: &Account| !account.disabled && may(account.role, Permission::ManageAccounts);
        let before = self.account(name)?.clone();
        change(self.account(name)?);
        if manages(&before) && !self.list().any(manages) {
            *self.account(name)? = before;
            return Err(PeopleError::LastApprover { name: name.clone() });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{PASSWORD, accounts, counting, user};
    use super::*;

    const OTHER: &str = "another long password";

    fn sevens(bytes: &mut [u8]) -> std::io::Result<()> {
        bytes.fill(7);
        Ok(())
    }

    #[test]
    fn a_name_is_given_once_and_a_full_name_can_be_shown() {
        let mut accounts = accounts();
        let mut add =
            |name: &str, full_name: &str| accounts.add(user(name), full_name, Role::Viewer, PASSWORD, &mut counting());
        assert!(matches!(add("OTTO", "Otto"), Err(PeopleError::Exists { name }) if name == user("otto")));
        for wrong in ["", " ", "a\u{1b}b", &"x".repeat(129)] {
            assert!(matches!(add("new", wrong), Err(PeopleError::FullName)), "{wrong}");
        }
        assert!(add("new", " Nele Ew ").is_ok());
        assert_eq!(accounts.get(&user("new")).map(|account| account.full_name.as_str()), Some("Nele Ew"));
        assert_eq!(accounts.list().count(), 5);
    }

    #[test]
    fn a_changed_password_keeps_the_key_and_a_reset_one_makes_a_new_key() {
        let (mut accounts, otto) = (accounts(), user("otto"));
        let key = |accounts: &Accounts| *accounts.get(&user("otto")).expect("an account").public_key();
        let first = key(&accounts);
        let wrong = accounts.change_password(&otto, OTHER, PASSWORD, &mut counting());
        assert!(matches!(wrong, Err(PeopleError::WrongPassword { .. })));
        accounts.change_password(&otto, PASSWORD, OTHER, &mut counting()).expect("another password");
        assert_eq!(key(&accounts), first);
        assert!(accounts.signing_key(&otto, OTHER).is_ok() && accounts.signing_key(&otto, PASSWORD).is_err());
        accounts.reset_password(&otto, PASSWORD, &mut sevens).expect("another password");
        assert_ne!(key(&accounts), first);
        assert!(accounts.signing_key(&otto, PASSWORD).is_ok() && accounts.signing_key(&otto, OTHER).is_err());
    }

    #[test]
    fn nothing_changes_where_the_new_password_is_too_short_or_randomness_fails() {
        let (mut accounts, otto) = (accounts(), user("otto"));
        let before = accounts.clone();
        let short = accounts.change_password(&otto, PASSWORD, "short", &mut counting());
        assert!(matches!(short, Err(PeopleError::PasswordLength { found: 5 })));
        let dry = accounts.reset_password(&otto, OTHER, &mut |_| Err(std::io::Error::other("dry")));
        assert!(matches!(dry, Err(PeopleError::Random(_))));
        assert_eq!(accounts, before);
    }

    #[test]
    fn the_last_approver_stays() {
        let (mut accounts, anna) = (accounts(), user("anna"));
        let before = accounts.clone();
        assert!(matches!(accounts.set_disabled(&anna, true), Err(PeopleError::LastApprover { .. })));
        assert!(matches!(accounts.set_role(&anna, Role::Engineer), Err(PeopleError::LastApprover { .. })));
        assert_eq!(accounts, before);
        accounts.set_role(&user("emil"), Role::Approver).expect("another approver");
        accounts.set_disabled(&anna, true).expect("one of two");
        assert!(matches!(accounts.signing_key(&anna, PASSWORD), Err(PeopleError::Disabled { .. })));
        assert!(matches!(accounts.set_role(&user("nobody"), Role::Viewer), Err(PeopleError::NoAccount { .. })));
    }
}
