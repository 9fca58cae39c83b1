//! What the program has to tell the person at the desk, once and in words.

use super::time::Timestamp;

/// A message with its three parts. Shown until it is dismissed or its cause is gone.
#[derive(Clone, PartialEq, Debug)]
pub struct Notice {
    /// Unique in this run of the program.
    pub id: u64,
    pub at: Timestamp,
    pub level: NoticeLevel,
    /// What happened.
    pub what: String,
    /// What it means for the person.
    pub meaning: String,
    /// What to do; empty where nothing is to be done.
    pub action: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum NoticeLevel {
    Info,
    /// Something was wrong and was dealt with.
    Warning,
    /// Something is lost or does not work.
    Error,
}
