//! One thing wrong with a flowsheet, told so that it can be mended.

use std::cell::RefCell;
use std::fmt;

/// More are not told: nobody reads them.
const MOST_PROBLEMS: usize = 100;
const LONGEST_COMPARED: usize = 80;

/// Where, what is expected and what was found, and what to write instead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnitsProblem {
    /// Line in the file, from 1; none where it is about the whole file.
    pub line: Option<usize>,
    /// Dotted path: `tank[2].area_m2`, places from 1.
    pub key: String,
    /// Expected and found.
    pub message: String,
    /// A right value, ready to be copied; empty where there is none to give.
    pub example: String,
}

/// `line 4: tank[1].area_m2: …`, then the example on a line of its own.
impl fmt::Display for UnitsProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)?;
        if self.example.is_empty() { Ok(()) } else { write!(f, "\n    Write, for example: {}", self.example) }
    }
}

/// A place in the file: where it begins and its dotted path.
#[derive(Clone, Default, Debug)]
pub(super) struct At {
    pub(super) offset: usize,
    pub(super) key: String,
}

/// A text and where it stands; without a key where it was not found, which has been told then.
#[derive(Clone, Default, Debug)]
pub(super) struct Words {
    pub(super) text: String,
    pub(super) at: At,
}

/// Collects the problems of one text.
pub(super) struct Report<'a> {
    text: &'a str,
    problems: RefCell<Vec<UnitsProblem>>,
}

impl<'a> Report<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, problems: RefCell::default() }
    }

    pub(super) fn tell(&self, at: &At, message: impl Into<String>, example: impl Into<String>) {
        let mut problems = self.problems.borrow_mut();
        if problems.len() < MOST_PROBLEMS {
            let line = self.text.bytes().take(at.offset).filter(|byte| *byte == b'\n').count() + 1;
            let (key, message, example) = (at.key.clone(), message.into(), example.into());
            problems.push(UnitsProblem { line: Some(line), key, message, example });
        }
    }

    /// `expected a valve, found "V9"; the nearest is "V1"`, and the nearest as an example for the key.
    pub(super) fn unknown<'n>(&self, words: &Words, what: &str, key: &str, known: impl Iterator<Item = &'n str>) {
        let found = &words.text;
        if self.full() || words.at.key.is_empty() {
            return;
        }
        let message = format!("expected {what}, found \"{}\"", shown(found));
        // The time grows with the product of the lengths.
        let known = known.filter(|_| found.len() <= LONGEST_COMPARED);
        match known.min_by_key(|name| strsim::osa_distance(name, found)) {
            Some(near) => {
                self.tell(&words.at, format!("{message}; the nearest is \"{near}\""), format!("{key} = \"{near}\""));
            }
            None => self.tell(&words.at, message, ""),
        }
    }

    /// True where further problems are not told, so that nobody need search for near names.
    fn full(&self) -> bool {
        self.problems.borrow().len() >= MOST_PROBLEMS
    }

    pub(super) fn is_empty(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    /// In the order of lines.
    pub(super) fn into_problems(self) -> Vec<UnitsProblem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| problem.line);
        problems
    }
}

/// At most 60 characters of what was found.
pub(super) fn shown(found: &str) -> String {
    found.chars().take(60).collect()
}
