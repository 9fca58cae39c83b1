//! What is wrong with the workspace, gathered while it is read.
//!
//! Things of which there may be thousands (nodes without transform) are counted and told once, at
//! the place where they were met first.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::project::{Problem, Severity};

#[derive(Default, Debug)]
pub struct Report {
    found: RefCell<Vec<Problem>>,
    tallies: RefCell<BTreeMap<String, Tally>>,
}

#[derive(Debug)]
struct Tally {
    first: Problem,
    count: usize,
}

impl Report {
    pub fn add(&self, problem: Problem) {
        self.found.borrow_mut().push(problem);
    }

    /// Counts one more of a kind. `first` is told, with `{count}` in its texts replaced.
    pub fn count(&self, kind: String, first: impl FnOnce() -> Problem) {
        let mut tallies = self.tallies.borrow_mut();
        tallies.entry(kind).or_insert_with(|| Tally { first: first(), count: 0 }).count += 1;
    }

    /// A problem with a file as a whole.
    pub fn file(&self, severity: Severity, file: &Path, message: String, meaning: String) {
        let (file, key, example) = (PathBuf::from(file), String::new(), String::new());
        self.add(Problem { severity, file, line: None, key, message, meaning, example });
    }

    /// Everything found, in the order of files and lines.
    pub fn finish(self) -> Vec<Problem> {
        let mut problems = self.found.into_inner();
        problems.extend(self.tallies.into_inner().into_values().map(|Tally { mut first, count }| {
            for text in [&mut first.message, &mut first.meaning] {
                *text = text.replace("{count}", &count.to_string());
            }
            first
        }));
        problems.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        problems
    }
}

/// `1 node`, `3 nodes`.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The first names of a list, and how many more there are.
pub fn some_of<T: AsRef<str>>(names: &[T]) -> String {
    const SHOWN: usize = 4;
    let shown: Vec<&str> = names.iter().take(SHOWN).map(AsRef::as_ref).collect();
    match names.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{} and {more} more", shown.join(", ")),
        _ => shown.join(", "),
    }
}

/// The known name that `name` may have been meant to be.
pub fn near_miss<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LIKENESS: f64 = 0.75;
    let likeness = |other: &str| strsim::normalized_damerau_levenshtein(&name.to_lowercase(), &other.to_lowercase());
    let rated = known.into_iter().map(|other| (likeness(other), other)).filter(|(rate, _)| *rate >= LIKENESS);
    rated.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, other)| other)
}
