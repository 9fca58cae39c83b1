//! The last things that the binary had to say, for the reason of a failure.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Binaries log from threads of their own, and some lose the pointer that would tell the instance.
static LOG: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

/// Takes what was kept since the last time, oldest first, on one line.
pub(super) fn take() -> String {
    let kept: Vec<String> = LOG.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect();
    kept.join(" / ")
}

pub(super) fn keep(message: &str) {
    const KEPT: usize = 5;
    let mut log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    if log.len() == KEPT {
        log.pop_front();
    }
    log.push_back(
        message.split(char::is_control).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "),
    );
}
