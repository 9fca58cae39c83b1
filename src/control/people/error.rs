//! What can go wrong with accounts, in words.

use std::io;

use thiserror::Error;

use super::password::{LONGEST_PASSWORD, SHORTEST_PASSWORD};
use crate::domain::person::UserName;

#[derive(Error, Debug)]
pub enum PeopleError {
    #[error(
        "The accounts file {path} cannot be {doing}: {cause}. Nobody can log in with it. Check that it exists and \
         that you may use it."
    )]
    Io { path: String, doing: &'static str, cause: io::Error },
    #[error(
        "Others than its owner may write the accounts file {path}, so anybody could make himself approver. It is \
         not used. Look through its accounts, then take the right away: chmod 600 {path}"
    )]
    OpenToOthers { path: String },
    #[error(
        "The accounts file {path} is larger than 1 MiB, so it is no accounts file. It is not used. Check the path."
    )]
    TooLarge { path: String },
    #[error("The accounts file is not in order: {words}. It is not used. Put a copy of it back, or correct the line.")]
    Malformed { words: String },
    #[error("There is an account {name} already. Nothing was changed. Choose another name.")]
    Exists { name: UserName },
    #[error("There is no account {name}. Nothing was changed. List the accounts to see their names.")]
    NoAccount { name: UserName },
    #[error("The full name is empty, too long or has characters that cannot be shown. Write up to 128 letters.")]
    FullName,
    #[error(
        "The password has {found} characters. Nothing was changed. Take {SHORTEST_PASSWORD} to {LONGEST_PASSWORD}, \
         for example some words in a row; digits and signs are not needed."
    )]
    PasswordLength { found: usize },
    #[error("The password of {name} is another one. Nothing was done. Try again, or have it set anew.")]
    WrongPassword { name: UserName },
    #[error(
        "{name} is the last approver, and without one nobody could manage accounts or approve. Nothing was changed. \
         Make another person approver first."
    )]
    LastApprover { name: UserName },
    #[error("The account {name} is disabled, so nothing can be signed with it. Ask an approver to enable it again.")]
    Disabled { name: UserName },
    #[error(
        "The private key of {name} cannot be opened although the password is right: the accounts file was damaged \
         or changed. Nothing can be signed. Have the password set anew, which makes a new key."
    )]
    KeyDamaged { name: UserName },
    #[error("The system gives no random numbers: {0}. Nothing was changed. Try again.")]
    Random(#[from] io::Error),
    #[error("The password cannot be hashed: {words}. Nothing was changed. Check the free memory.")]
    Hash { words: String },
}
