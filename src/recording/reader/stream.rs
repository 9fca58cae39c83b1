//! All samples of a stretch of time, in order, in bounded memory.

use std::collections::VecDeque;

use super::Recording;
use crate::domain::signal::Sample;
use crate::domain::time::Timestamp;

/// Samples read ahead.
const MOST: usize = 200_000;

/// An iterator over what held at the beginning, then over everything up to the end.
pub struct Stream {
    recording: Recording,
    ready: VecDeque<Sample>,
    at: Timestamp,
    to: Timestamp,
    began: bool,
}

impl Recording {
    /// What each signal said last at or before `from`, then all samples up to `to`.
    pub fn stream(self, from: Timestamp, to: Timestamp) -> Stream {
        Stream { recording: self, ready: VecDeque::new(), at: from, to, began: false }
    }
}

impl Iterator for Stream {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        while self.ready.is_empty() && (self.at < self.to || !self.began) {
            let window = self.recording.window(self.at, self.to, MOST);
            if !std::mem::replace(&mut self.began, true) {
                self.ready.extend(window.state);
            }
            self.ready.extend(window.samples);
            self.at = window.to;
        }
        self.ready.pop_front()
    }
}
