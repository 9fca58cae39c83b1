//! Who works with the program: accounts with passwords, sessions, approvals signed on another machine, and orders
//! signed beside the desk.
//!
//! Passwords are kept as Argon2id hashes. Each account has an Ed25519 key pair; the private key lies encrypted
//! in the accounts file and is opened by the password. Times and random bytes come in as arguments.

mod account;
mod accounts;
mod approval;
mod error;
mod file;
mod hex;
mod key;
mod login;
mod order;
mod password;
mod permission;
mod signed;

#[cfg(test)]
pub(in crate::control) mod testing;

pub use account::Account;
pub use accounts::Accounts;
pub use approval::{ApprovalFile, ApprovalRefusal, CLOCK_TOLERANCE, Statement, Wanted};
pub use error::PeopleError;
pub use hex::Hex;
pub use key::SigningKey;
pub use login::{CONFIRMATION, Confirmation, Door, LoginRefusal, SESSION, Session};
#[cfg(feature = "write")]
pub(in crate::control) use order::LARGEST as LARGEST_ORDER;
pub use order::{Act, ORDER_TOLERANCE, ORDER_VALID, OrderFile, OrderRefusal, Ordered, Statement as OrderStatement};
pub use password::{Cost, LONGEST_PASSWORD, SHORTEST_PASSWORD};
pub use permission::{Permission, may};

/// Fills a buffer with random bytes that are fit for keys; fails where the system has none.
pub type Random<'a> = dyn FnMut(&mut [u8]) -> std::io::Result<()> + 'a;

fn random_bytes<const N: usize>(random: &mut Random) -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    random(&mut bytes)?;
    Ok(bytes)
}
