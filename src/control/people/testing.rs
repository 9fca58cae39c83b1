//! People for tests.

use super::{Accounts, Cost};
use crate::domain::person::{Role, UserName};
use crate::domain::time::{Span, Timestamp};

/// The least that Argon2id can be asked for.
pub const CHEAP: Cost = Cost { memory_kib: 8, passes: 1, lanes: 1 };

pub const PASSWORD: &str = "correct horse battery";

pub fn user(name: &str) -> UserName {
    UserName::new(name).expect("a name")
}

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(1_795_579_200_000) + Span::from_secs(second)
}

/// Bytes that count up, and never the same twice in a row.
pub fn counting() -> impl FnMut(&mut [u8]) -> std::io::Result<()> {
    let mut next = 0_u8;
    move |bytes| {
        for byte in bytes {
            *byte = next;
            next = next.wrapping_add(1);
        }
        Ok(())
    }
}

/// One person of each role, all with the same password.
pub fn accounts() -> Accounts {
    let mut accounts = Accounts::new(CHEAP);
    let mut random = counting();
    for (name, role) in
        [("vera", Role::Viewer), ("otto", Role::Operator), ("emil", Role::Engineer), ("anna", Role::Approver)]
    {
        accounts.add(user(name), &name.to_uppercase(), role, PASSWORD, &mut random).expect("an account");
    }
    accounts
}
