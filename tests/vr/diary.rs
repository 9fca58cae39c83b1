//! The program's diary (`--vr-log FILE`): one JSON object a line, each with `event` and `t` [s], read
//! while the program writes it.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::wait;

/// How many entries a failure shows.
const SHOWN: usize = 20;

pub struct Diary {
    path: PathBuf,
}

impl Diary {
    /// The file need not be there yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// All entries so far. A last line without its end is still being written and left out.
    ///
    /// # Panics
    /// Where a whole line is not JSON.
    #[track_caller]
    pub fn all(&self) -> Vec<Value> {
        let text = fs::read(&self.path).unwrap_or_default();
        let whole = text.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
        let lines = text[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(entry).collect()
    }

    /// The latest entry of this event.
    pub fn last(&self, event: &str) -> Option<Value> {
        self.all().into_iter().rfind(|entry| entry["event"] == event)
    }

    /// How many entries there are: take it before an action and pass it to [`Self::wait_after`].
    pub fn mark(&self) -> usize {
        self.all().len()
    }

    /// The first entry of all that is wanted.
    ///
    /// # Panics
    /// Where none comes within `limit`, with the last entries.
    #[track_caller]
    pub fn wait_for(&self, limit: Duration, wanted: impl Fn(&Value) -> bool) -> Value {
        self.wait_after(0, limit, wanted)
    }

    /// The first wanted entry of those written after the mark.
    ///
    /// # Panics
    /// Where none comes within `limit`, with the last entries.
    #[track_caller]
    pub fn wait_after(&self, mark: usize, limit: Duration, wanted: impl Fn(&Value) -> bool) -> Value {
        let missing = || {
            let all = self.all();
            let shown = &all[all.len().saturating_sub(SHOWN)..];
            let lines: Vec<String> = shown.iter().map(Value::to_string).collect();
            format!("no such entry among {} after the first {mark}; the last:\n{}", all.len(), lines.join("\n"))
        };
        wait::until(limit, missing, || self.all().into_iter().skip(mark).find(|entry| wanted(entry)))
    }
}

#[track_caller]
fn entry(line: &[u8]) -> Value {
    serde_json::from_slice(line)
        .unwrap_or_else(|error| panic!("not an entry ({error}): {}", String::from_utf8_lossy(line)))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::thread;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    #[test]
    fn a_line_counts_when_its_end_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("diary");
        let diary = Diary::new(&path);
        assert!(diary.all().is_empty(), "there is no file yet");

        let mut file = fs::File::create(&path).expect("a file");
        file.write_all(b"{\"event\":\"head\",\"t\":1}\n{\"event\":\"head\",\"t\":2").expect("written");
        assert_eq!(diary.last("head").expect("an entry")["t"], 1);
        file.write_all(b".5}\n").expect("written");
        assert_eq!(diary.last("head").expect("an entry")["t"], 2.5);
        assert_eq!(diary.last("hand"), None);
    }

    #[test]
    fn what_was_written_before_the_mark_is_not_taken_for_an_answer() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("diary");
        fs::write(&path, "{\"event\":\"focus\",\"t\":1}\n").expect("written");
        let diary = Diary::new(&path);
        assert_eq!(diary.wait_for(LIMIT, |entry| entry["event"] == "focus")["t"], 1);

        let mark = diary.mark();
        let writer = thread::spawn(move || {
            let mut file = fs::OpenOptions::new().append(true).open(path).expect("the file");
            file.write_all(b"{\"event\":\"focus\",\"t\":7}\n").expect("written");
        });
        assert_eq!(diary.wait_after(mark, LIMIT, |entry| entry["event"] == "focus")["t"], 7);
        writer.join().expect("written");
    }
}
