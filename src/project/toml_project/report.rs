//! Collects the problems of one project file and finds the names that were probably meant.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;

use super::examples;
use crate::project::problem::{Problem, Severity};

/// Where in the file: line from 1 and dotted key.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct At {
    pub line: usize,
    pub key: String,
}

/// The problems of one file. The same one met again by a repeated table is kept once; what is more
/// than anyone reads is counted only.
pub struct Report {
    file: PathBuf,
    problems: RefCell<Vec<Problem>>,
    more: Cell<usize>,
}

const MOST: usize = 500;

impl Report {
    pub fn new(file: PathBuf) -> Self {
        Self { file, problems: RefCell::default(), more: Cell::new(0) }
    }

    pub fn add(&self, severity: Severity, at: &At, message: String, meaning: &str, example: String) {
        let problem = Problem {
            severity,
            file: self.file.clone(),
            line: (at.line > 0).then_some(at.line),
            key: at.key.clone(),
            message,
            meaning: meaning.to_owned(),
            example,
        };
        let mut problems = self.problems.borrow_mut();
        if problems.len() == MOST {
            self.more.update(|more| more + 1);
        } else if !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    /// True when further problems are only counted, so that nobody need search for near names.
    pub fn full(&self) -> bool {
        self.problems.borrow().len() == MOST
    }

    /// In the order of lines.
    pub fn into_problems(self) -> Vec<Problem> {
        let more = self.more.get();
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| problem.line);
        if more > 0 {
            let meaning = "Mend some of those above: the rest is told then.".to_owned();
            let message = format!("{more} more problems are not listed");
            let (line, key, example) = Default::default();
            problems.push(Problem { severity: Severity::Error, file: self.file, line, key, message, meaning, example });
        }
        problems
    }
}

/// The candidate that differs least from `word`, when it differs little.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Longer names are not compared: the time grows with the product of the lengths.
    const LONGEST: usize = 200;
    if word.len() > LONGEST {
        return None;
    }
    let word = word.to_lowercase();
    let length = word.chars().count();
    let allowed = (length / 3).min(6);
    // No two texts differ less than their lengths do.
    let near = candidates.into_iter().filter(|candidate| candidate.chars().count().abs_diff(length) <= allowed);
    let distances = near.map(|candidate| (strsim::osa_distance(&word, &candidate.to_lowercase()), candidate));
    distances.filter(|(distance, _)| *distance <= allowed).min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

/// `no asset "Fillr"; the nearest is "Filler"`, or the known names where they are few, with an
/// example for the key.
pub fn unknown<'a>(what: &str, found: &str, key: &str, known: impl IntoIterator<Item = &'a str>) -> (String, String) {
    const LISTED: usize = 6;
    let known: Vec<&str> = known.into_iter().collect();
    let message = format!("no {what} \"{found}\"");
    match nearest(found, known.iter().copied()) {
        Some(near) => (format!("{message}; the nearest is \"{near}\""), format!("{key} = \"{near}\"")),
        None if known.is_empty() => (format!("{message}; there is none at all"), examples::example_for(key).to_owned()),
        None => {
            let listed: Vec<String> = known.iter().take(LISTED).map(|name| format!("\"{name}\"")).collect();
            let more = if known.len() > LISTED { format!(" and {} more", known.len() - LISTED) } else { String::new() };
            let example = known.first().map(|name| format!("{key} = \"{name}\"")).unwrap_or_default();
            (format!("{message}; known: {}{more}", listed.join(", ")), example)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_name_that_was_meant() {
        let known = ["colour", "opacity", "icon"];
        let meant = ["color", "Colour", "opactiy", "icno", "speed"].map(|word| nearest(word, known));
        assert_eq!(meant, [Some("colour"), Some("colour"), Some("opacity"), Some("icon"), None]);
    }
}
