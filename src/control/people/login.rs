//! Logging in, staying logged in, and giving the password once more before something that counts.
//!
//! Wrong passwords lock a name, known or not, for a time that doubles. The count is in memory: whoever can
//! start the program again can read the accounts file too, and guess without asking here.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{Account, Accounts, Permission, may};
use crate::domain::person::{Role, UserName};
use crate::domain::time::{Span, Timestamp};

/// How long a person stays logged in: a shift.
pub const SESSION: Span = Span::from_secs(12 * 3600);

/// How long a password that was given once more holds.
pub const CONFIRMATION: Span = Span::from_secs(60);

/// Wrong passwords in a row until a name is locked.
const FREE_TRIES: u32 = 5;
/// How long the first lock holds, and the longest.
const FIRST_LOCK: Span = Span::from_secs(30);
const LONGEST_LOCK: Span = Span::from_secs(3600);
/// After this time without a try, wrong passwords are forgotten.
const MEMORY: Span = Span::from_secs(24 * 3600);
/// Most names that are remembered; the one tried longest ago is forgotten for a new one.
const MOST_NAMES: usize = 1000;

/// A person who is logged in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    pub user: UserName,
    /// As it was when logging in.
    pub role: Role,
    pub since: Timestamp,
}

/// A person gave the password once more, for one purpose and one digest. It is used up by being spent, and
/// cannot be copied.
#[derive(Debug)]
pub struct Confirmation {
    user: UserName,
    purpose: Permission,
    digest: String,
    at: Timestamp,
}

/// Lets people in and counts wrong passwords.
#[derive(Debug, Default)]
pub struct Door {
    failures: BTreeMap<UserName, Failures>,
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: Timestamp,
}

#[derive(Error, Clone, PartialEq, Eq, Debug)]
pub enum LoginRefusal {
    #[error("Name or password is wrong. Nobody is logged in. Try again; after {FREE_TRIES} tries you have to wait.")]
    Wrong,
    #[error("There were too many wrong passwords for {name}. It is locked until {until}. Wait, then try again.")]
    Locked { name: UserName, until: Timestamp },
    #[error("The account {name} is disabled, so it cannot log in. Ask an approver to enable it again.")]
    Disabled { name: UserName },
    #[error("The session of {name} has ended, so nothing was done. Log in again.")]
    SessionOver { name: UserName },
    #[error(
        "{name} is {}, which is not enough for this. Nothing was done. Ask someone who is {}.",
        role.name(),
        least.name()
    )]
    NoRight { name: UserName, role: Role, least: Role },
    #[error("The password was given too long ago. Nothing was done. Give it again and confirm within {CONFIRMATION}.")]
    Late,
    #[error(
        "The password was given for something else than what is to be done now. Nothing was done. Look at it again \
         and confirm it."
    )]
    ForSomethingElse,
}

impl Session {
    /// Whether it holds at a moment. A session from the future, after the clock was set back, does not.
    pub fn holds(&self, now: Timestamp) -> bool {
        (self.since..self.since + SESSION).contains(&now)
    }
}

impl Confirmation {
    /// Uses it up for what it was given for, and says by whom.
    ///
    /// # Errors
    /// When it is older than a minute, or was given for another purpose or digest.
    pub fn spend(self, purpose: Permission, digest: &str, now: Timestamp) -> Result<UserName, LoginRefusal> {
        if !(self.at..=self.at + CONFIRMATION).contains(&now) {
            return Err(LoginRefusal::Late);
        }
        if self.purpose != purpose || self.digest != digest {
            return Err(LoginRefusal::ForSomethingElse);
        }
        Ok(self.user)
    }
}

impl Door {
    /// Logs a person in.
    ///
    /// # Errors
    /// When name or password is wrong, which look the same from outside, the name is locked or the account is
    /// disabled.
    pub fn login(
        &mut self,
        accounts: &Accounts,
        name: &str,
        password: &str,
        now: Timestamp,
    ) -> Result<Session, LoginRefusal> {
        let account = self.let_in(accounts, UserName::new(name).ok(), password, now)?;
        Ok(Session { user: account.name.clone(), role: account.role, since: now })
    }

    /// Asks a person who is logged in for the password once more. The role that counts is that of the account
    /// now.
    ///
    /// # Errors
    /// As `login`, and when the session has ended or the role is too low.
    pub fn confirm(
        &mut self,
        accounts: &Accounts,
        session: &Session,
        password: &str,
        (purpose, digest): (Permission, &str),
        now: Timestamp,
    ) -> Result<Confirmation, LoginRefusal> {
        if !session.holds(now) {
            return Err(LoginRefusal::SessionOver { name: session.user.clone() });
        }
        let Account { name, role, .. } = self.let_in(accounts, Some(session.user.clone()), password, now)?;
        if !may(*role, purpose) {
            return Err(LoginRefusal::NoRight { name: name.clone(), role: *role, least: purpose.least_role() });
        }
        Ok(Confirmation { user: name.clone(), purpose, digest: digest.to_owned(), at: now })
    }

    fn let_in<'a>(
        &mut self,
        accounts: &'a Accounts,
        name: Option<UserName>,
        password: &str,
        now: Timestamp,
    ) -> Result<&'a Account, LoginRefusal> {
        if let Some((name, until)) = name.as_ref().and_then(|name| Some((name, self.locked_until(name, now)?))) {
            return Err(LoginRefusal::Locked { name: name.clone(), until });
        }
        let Some(account) = accounts.verified(name.as_ref(), password) else {
            if let Some(name) = name {
                self.count(name, now);
            }
            return Err(LoginRefusal::Wrong);
        };
        self.failures.remove(&account.name);
        if account.disabled {
            return Err(LoginRefusal::Disabled { name: account.name.clone() });
        }
        Ok(account)
    }

    fn locked_until(&self, name: &UserName, now: Timestamp) -> Option<Timestamp> {
        let failures = self.failures.get(name)?;
        let doublings = failures.count.checked_sub(FREE_TRIES)?;
        let lock = FIRST_LOCK.scaled(f64::from(doublings).exp2()).min(LONGEST_LOCK);
        let until = failures.last + lock;
        (now < until).then_some(until)
    }

    fn count(&mut self, name: UserName, now: Timestamp) {
        self.failures.retain(|_, failures| now - failures.last < MEMORY);
        let full = self.failures.len() >= MOST_NAMES && !self.failures.contains_key(&name);
        let oldest = self.failures.iter().min_by_key(|(_, failures)| failures.last).filter(|_| full);
        if let Some(oldest) = oldest.map(|(name, _)| name.clone()) {
            self.failures.remove(&oldest);
        }
        let failures = self.failures.entry(name).or_insert(Failures { count: 0, last: now });
        *failures = Failures { count: failures.count.saturating_add(1), last: now };
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{PASSWORD, accounts, at, user};
    use super::*;

    const DIGEST: &str = "aa";

    fn session(name: &str) -> Session {
        Door::default().login(&accounts(), name, PASSWORD, at(0)).expect("a session")
    }

    fn confirm(name: &str, purpose: Permission, now: Timestamp) -> Result<Confirmation, LoginRefusal> {
        Door::default().confirm(&accounts(), &session(name), PASSWORD, (purpose, DIGEST), now)
    }

    #[test]
    fn the_right_password_opens_a_session_with_the_role() {
        let expected = Session { user: user("otto"), role: Role::Operator, since: at(0) };
        assert_eq!(Door::default().login(&accounts(), " Otto ", PASSWORD, at(0)), Ok(expected));
    }

    #[test]
    fn wrong_names_and_wrong_passwords_look_the_same() {
        let mut door = Door::default();
        for (name, password) in [("otto", "wrong"), ("otto", ""), ("nobody", PASSWORD), ("../x", PASSWORD), ("", "")] {
            assert_eq!(door.login(&accounts(), name, password, at(0)), Err(LoginRefusal::Wrong), "{name}");
        }
        for _ in 0..4 {
            assert_eq!(door.login(&accounts(), "nobody", PASSWORD, at(0)), Err(LoginRefusal::Wrong));
        }
        let locked = LoginRefusal::Locked { name: user("nobody"), until: at(30) };
        assert_eq!(door.login(&accounts(), "nobody", PASSWORD, at(0)), Err(locked));
    }

    #[test]
    fn a_disabled_account_is_told_only_to_who_knows_the_password() {
        let mut accounts = accounts();
        accounts.set_disabled(&user("otto"), true).expect("disabled");
        let mut door = Door::default();
        assert_eq!(door.login(&accounts, "otto", "wrong", at(0)), Err(LoginRefusal::Wrong));
        let disabled = LoginRefusal::Disabled { name: user("otto") };
        assert_eq!(door.login(&accounts, "otto", PASSWORD, at(0)), Err(disabled));
    }

    #[test]
    fn locks_double_up_to_an_hour_and_a_right_password_forgets_them() {
        let (mut door, accounts) = (Door::default(), accounts());
        let mut fail = |now| door.login(&accounts, "otto", "wrong", at(now)).expect_err("a refusal");
        for second in 0..5 {
            assert_eq!(fail(second), LoginRefusal::Wrong);
        }
        let mut now = 4;
        for lock in [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600] {
            assert_eq!(fail(now + lock - 1), LoginRefusal::Locked { name: user("otto"), until: at(now + lock) });
            now += lock;
            assert_eq!(fail(now), LoginRefusal::Wrong);
        }
        let right = door.login(&accounts, "otto", PASSWORD, at(now + 1));
        assert!(matches!(right, Err(LoginRefusal::Locked { .. })), "a right password does not open a locked name");
        assert!(door.login(&accounts, "anna", PASSWORD, at(now + 1)).is_ok(), "others are not locked");
        assert!(door.login(&accounts, "otto", PASSWORD, at(now + 3_600)).is_ok());
        for _ in 0..5 {
            assert_eq!(door.login(&accounts, "otto", "wrong", at(now + 3_601)), Err(LoginRefusal::Wrong));
        }
    }

    #[test]
    fn wrong_passwords_are_forgotten_after_a_day_and_names_are_few() {
        let (mut door, accounts) = (Door::default(), accounts());
        for _ in 0..4 {
            assert_eq!(door.login(&accounts, "otto", "wrong", at(0)), Err(LoginRefusal::Wrong));
        }
        for second in 0..2 * MOST_NAMES as i64 {
            door.count(user(&format!("n{second}")), at(second));
        }
        assert_eq!(door.failures.len(), MOST_NAMES);
        assert!(!door.failures.contains_key(&user("otto")));
        door.count(user("otto"), at(2 * 86_400));
        assert_eq!(door.failures.len(), 1);
    }

    #[test]
    fn a_session_ends_after_a_shift_and_where_the_clock_went_back() {
        let session = session("otto");
        let holds = [-1, 0, 12 * 3600 - 1, 12 * 3600].map(|second| session.holds(at(second)));
        assert_eq!(holds, [false, true, true, false]);
        let over = LoginRefusal::SessionOver { name: user("otto") };
        assert_eq!(confirm("otto", Permission::Push, at(12 * 3600)).map(|_| ()), Err(over));
    }

    #[test]
    fn a_confirmation_holds_for_a_minute_one_purpose_and_one_digest() {
        let spend = |purpose, digest, second| {
            confirm("anna", Permission::Approve, at(10)).expect("a confirmation").spend(purpose, digest, at(second))
        };
        assert_eq!(spend(Permission::Approve, DIGEST, 10), Ok(user("anna")));
        assert_eq!(spend(Permission::Approve, DIGEST, 70), Ok(user("anna")));
        assert_eq!(spend(Permission::Approve, DIGEST, 71), Err(LoginRefusal::Late));
        assert_eq!(spend(Permission::Approve, DIGEST, 9), Err(LoginRefusal::Late));
        assert_eq!(spend(Permission::Push, DIGEST, 10), Err(LoginRefusal::ForSomethingElse));
        assert_eq!(spend(Permission::Approve, "ab", 10), Err(LoginRefusal::ForSomethingElse));
    }

    #[test]
    fn a_confirmation_asks_for_the_role_of_now_and_the_password() {
        let least = LoginRefusal::NoRight { name: user("otto"), role: Role::Operator, least: Role::Approver };
        assert_eq!(confirm("otto", Permission::Approve, at(1)).map(|_| ()), Err(least));
        let (mut door, mut accounts, anna) = (Door::default(), accounts(), session("anna"));
        let mut ask = |accounts: &Accounts, password| {
            door.confirm(accounts, &anna, password, (Permission::Approve, DIGEST), at(1)).map(|_| ())
        };
        assert_eq!(ask(&accounts, "wrong"), Err(LoginRefusal::Wrong));
        accounts.set_role(&user("emil"), Role::Approver).expect("another approver");
        accounts.set_role(&user("anna"), Role::Viewer).expect("a lower role");
        let least = LoginRefusal::NoRight { name: user("anna"), role: Role::Viewer, least: Role::Approver };
        assert_eq!(ask(&accounts, PASSWORD), Err(least));
    }
}
