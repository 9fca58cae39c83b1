//! Collects what is wrong with a description, and reads attributes on the way.

use roxmltree::Node;

use super::Problem;

/// Problems told one by one; the rest is counted.
const TOLD: usize = 100;
/// Longest text of a file that a message repeats, in characters.
const EXCERPT: usize = 60;

#[derive(Default)]
pub(super) struct Problems {
    told: Vec<Problem>,
    more: usize,
}

impl Problems {
    /// Adds a problem at a node.
    pub fn tell(&mut self, node: Node, message: impl Into<String>) {
        if self.told.len() < TOLD {
            let line = node.document().text_pos_at(node.range().start).row;
            self.told.push(Problem { line: Some(line), message: message.into() });
        } else {
            self.more += 1;
        }
    }

    pub fn into_list(mut self) -> Vec<Problem> {
        if self.more > 0 {
            self.told.push(Problem { line: None, message: format!("and {} more", self.more) });
        }
        self.told
    }

    /// An attribute that must be there and hold something.
    pub fn needed(&mut self, node: Node, name: &str) -> Option<String> {
        let text = node.attribute(name).map(str::trim).filter(|text| !text.is_empty());
        if text.is_none() {
            self.tell(node, format!("<{}> has no {name}", node.tag_name().name()));
        }
        text.map(str::to_owned)
    }

    /// A finite number, where the attribute is there.
    pub fn number(&mut self, node: Node, name: &str) -> Option<f64> {
        let text = node.attribute(name)?;
        let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite());
        if number.is_none() {
            self.tell(node, format!("{name} is \"{}\", which is not a finite number", excerpt(text)));
        }
        number
    }

    /// A flag; false where the attribute is not there.
    pub fn flag(&mut self, node: Node, name: &str) -> bool {
        match node.attribute(name).map(str::trim) {
            None | Some("false" | "0") => false,
            Some("true" | "1") => true,
            Some(other) => {
                self.tell(node, format!("{name} is \"{}\", which is neither true nor false", excerpt(other)));
                false
            }
        }
    }

    /// One of some words, where the attribute is there.
    pub fn word<T: Copy>(&mut self, node: Node, name: &str, words: &[(&str, T)]) -> Option<T> {
        let text = node.attribute(name)?;
        let found = words.iter().find(|(word, _)| *word == text.trim()).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.tell(node, format!("{name} is \"{}\"; it can be {}", excerpt(text), known.join(", ")));
        }
        found
    }
}

/// The beginning of a text from a file, without signs that a terminal obeys.
pub(super) fn excerpt(text: &str) -> String {
    let mut short: String = text.chars().take(EXCERPT).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(EXCERPT).is_some() {
        short.push('…');
    }
    short
}
