//! Waiting for what another process does, with a limit.

use std::thread;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(10);

/// Asks again and again until there is an answer.
///
/// # Panics
/// After `limit`, with what `missing` says then.
#[track_caller]
pub fn until<T>(limit: Duration, missing: impl Fn() -> String, mut ask: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begin.elapsed() < limit, "waited {limit:?} in vain: {}", missing());
        thread::park_timeout(PAUSE);
    }
}
