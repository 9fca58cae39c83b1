//! Reads a log from its beginning and finds the first line that is not as it was written. Keeps one line in
//! memory.

use std::io::{self, BufRead, Read};

use thiserror::Error;

use super::head::Head;
use super::line::{GENESIS, LONGEST, Wrong, unseal};
use crate::domain::audit::AuditEntry;
use crate::domain::time::{Span, Timestamp};

#[cfg(test)]
mod tests;

/// How much older than the one before an entry may be without being told: threads that write at about the same
/// time, and clocks that are trimmed by small steps.
pub const CLOCK_TOLERANCE: Span = Span::from_secs(2);

/// Most steps back of the clock that are listed.
const MOST_STEPS: usize = 100;

/// What a sound log holds.
#[derive(Clone, PartialEq, Debug)]
pub struct Summary {
    pub head: Head,
    /// Moments of the first and the last entry.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Where the clock went back by more than the tolerance; the first hundred.
    pub steps_back: Vec<StepBack>,
    /// Bytes of a last line that was not written to its end: the program ended in the middle.
    pub torn_bytes: u64,
}

/// An entry that is older than the one before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StepBack {
    pub line: u64,
    pub by: Span,
}

/// The first line that is not as it was written. Lines count from 1.
#[derive(Error, Clone, PartialEq, Eq, Debug)]
#[error("Line {line} of the audit log {what}")]
pub struct Tampering {
    pub line: u64,
    pub what: Tamper,
}

#[derive(Error, Clone, PartialEq, Eq, Debug)]
pub enum Tamper {
    #[error("was changed: it does not have the hash that it names")]
    Changed,
    #[error("has a right hash, but is no entry that this version of the program knows")]
    Unknown,
    #[error("is longer than any entry")]
    TooLong,
    #[error("holds entry {found}, which stands here too early: entry {expected} comes later")]
    Reordered { expected: u64, found: u64 },
    #[error("holds entry {found}: {} removed before it", missing(*expected, *found))]
    Removed { expected: u64, found: u64 },
    #[error("holds entry {found} where entry {expected} belongs: a line was inserted or doubled")]
    Inserted { expected: u64, found: u64 },
    #[error("does not follow from the line before: one of the two was replaced")]
    Unlinked,
    #[error("is missing: the log went on to entry {head} and was cut off")]
    CutOff { head: u64 },
    #[error("is another one than the head beside the log names: the log or its head was replaced")]
    OtherHead,
    #[error("cannot be checked: the head beside the log is missing")]
    NoHead,
}

fn missing(expected: u64, found: u64) -> String {
    match found.saturating_sub(1) {
        last if last == expected => format!("entry {expected} was"),
        last => format!("entries {expected} to {last} were"),
    }
}

#[derive(Error, Debug)]
pub enum VerifyError {
    #[error("The audit log cannot be read: {0}. Nothing is known of what it holds; check the disk and try again.")]
    Io(#[from] io::Error),
    #[error(
        "{0}. What the log says from there on proves nothing. Keep it with its head as evidence and compare it \
         with recordings and exports."
    )]
    Tampered(#[from] Tampering),
}

/// The entries of a log in their order, each checked before it is given out. Ends after the first error.
pub struct Entries<R> {
    log: R,
    chain: Chain,
    line: Vec<u8>,
    torn_bytes: u64,
    done: bool,
}

/// What the next entry has to follow from.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    /// Hash of the last entry; none where reading began in the middle.
    hash: Option<String>,
    number: u64,
    at: Timestamp,
}

enum Line {
    Whole,
    Torn,
    TooLong,
    End,
}

/// Checks a whole log and, where a head is given, that nothing is missing up to it. A log to which another
/// process writes at the same time is sound too: read its head first.
///
/// # Errors
/// Names the first line that is not as it was written.
pub fn verify(log: impl BufRead, head: Option<&Head>) -> Result<Summary, VerifyError> {
    Ok(verify_to_end(log, head)?.0)
}

/// Also gives the end to which the next entry is bound.
pub(super) fn verify_to_end(log: impl BufRead, head: Option<&Head>) -> Result<(Summary, Chain), VerifyError> {
    let mut entries = Entries::new(log);
    let mut span: Option<(Timestamp, Timestamp)> = None;
    let mut steps_back = Vec::new();
    for entry in entries.by_ref() {
        let entry = entry?;
        if head.is_some_and(|head| head.number == entry.number && head.hash != entry.hash) {
            return Err(Tampering { line: entry.number, what: Tamper::OtherHead }.into());
        }
        let at = entry.record.at;
        if let Some(by) = span.and_then(|(_, before)| set_back(before, at)).filter(|_| steps_back.len() < MOST_STEPS) {
            steps_back.push(StepBack { line: entry.number, by });
        }
        span = Some((span.map_or(at, |(first, _)| first), at));
    }
    if let Some(head) = head.filter(|head| head.number > entries.chain.number) {
        return Err(Tampering { line: entries.chain.number + 1, what: Tamper::CutOff { head: head.number } }.into());
    }
    let (chain, torn_bytes) = entries.into_end();
    Ok((Summary { head: chain.head(), span, steps_back, torn_bytes }, chain))
}

/// By how much the clock went back between two entries, where that is worth telling.
pub(super) fn set_back(before: Timestamp, at: Timestamp) -> Option<Span> {
    let by = before - at;
    (by > CLOCK_TOLERANCE).then_some(by)
}

impl<R: BufRead> Entries<R> {
    pub fn new(log: R) -> Self {
        Self { log, chain: Chain::start(), line: Vec::new(), torn_bytes: 0, done: false }
    }

    /// Takes the first line for granted: the log is read from its middle.
    pub(super) fn from_the_middle(log: R) -> Self {
        Self { chain: Chain { hash: None, ..Chain::start() }, ..Self::new(log) }
    }

    /// Where the chain ends, and the bytes of a torn line after it.
    pub(super) fn into_end(self) -> (Chain, u64) {
        (self.chain, self.torn_bytes)
    }

    fn read(&mut self) -> Result<Option<AuditEntry>, VerifyError> {
        let line = self.chain.number.saturating_add(1);
        let tampered = |what| VerifyError::Tampered(Tampering { line, what });
        match read_line(&mut self.log, &mut self.line)? {
            Line::End => return Ok(None),
            Line::TooLong => return Err(tampered(Tamper::TooLong)),
            Line::Torn => {
                self.torn_bytes = self.line.len() as u64;
                return Ok(None);
            }
            Line::Whole => {}
        }
        let what = match self.chain.extend(&self.line) {
            Ok(entry) => return Ok(Some(entry)),
            Err(Tamper::Removed { expected, found }) if self.comes_later(expected)? => {
                Tamper::Reordered { expected, found }
            }
            Err(what) => what,
        };
        Err(tampered(what))
    }

    fn comes_later(&mut self, number: u64) -> io::Result<bool> {
        while let Line::Whole = read_line(&mut self.log, &mut self.line)? {
            if unseal(&self.line).is_ok_and(|entry| entry.number == number) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl<R: BufRead> Iterator for Entries<R> {
    type Item = Result<AuditEntry, VerifyError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let entry = self.read().transpose();
        self.done = !matches!(entry, Some(Ok(_)));
        entry
    }
}

impl Chain {
    fn start() -> Self {
        Self { hash: Some(GENESIS.to_owned()), number: 0, at: Timestamp::MIN }
    }

    pub fn head(&self) -> Head {
        Head { number: self.number, hash: self.hash.clone().unwrap_or_else(|| GENESIS.to_owned()) }
    }

    /// Moment of the last entry.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    pub fn follow(&mut self, number: u64, hash: String, at: Timestamp) {
        *self = Self { hash: Some(hash), number, at };
    }

    fn extend(&mut self, line: &[u8]) -> Result<AuditEntry, Tamper> {
        let entry = unseal(line).map_err(|wrong| match wrong {
            Wrong::Hash => Tamper::Changed,
            Wrong::Words => Tamper::Unknown,
        })?;
        if let Some(previous) = &self.hash {
            let (expected, found) = (self.number.saturating_add(1), entry.number);
            if found > expected {
                return Err(Tamper::Removed { expected, found });
            } else if found < expected {
                return Err(Tamper::Inserted { expected, found });
            } else if entry.previous != *previous {
                return Err(Tamper::Unlinked);
            }
        }
        self.follow(entry.number, entry.hash.clone(), entry.record.at);
        Ok(entry)
    }
}

/// Reads up to the next line feed, which is left out.
fn read_line(log: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    log.take(LONGEST as u64).read_until(b'\n', line)?;
    Ok(match line.pop() {
        None => Line::End,
        Some(b'\n') => Line::Whole,
        Some(_) if line.len() + 1 == LONGEST => Line::TooLong,
        Some(last) => {
            line.push(last);
            Line::Torn
        }
    })
}
