//! One thing wrong with a project, told so that it can be mended.

use std::fmt;
use std::path::PathBuf;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// Something is doubtful; the project runs.
    Warning,
    /// Something that was asked for will not be there.
    Error,
}

/// Where, what, what it means, and what to write instead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    pub severity: Severity,
    pub file: PathBuf,
    /// Line in the file, from 1.
    pub line: Option<usize>,
    /// Key in the file, as a dotted path: `binding[3].rule`. Places in the lists of a `twin.toml` count
    /// from 1, as written, before `each` repeats them.
    pub key: String,
    /// What is wrong: expected and found.
    pub message: String,
    /// What will be missing because of it.
    pub meaning: String,
    /// A right value, ready to be copied; empty where there is none to give.
    pub example: String,
}

/// `file:line: key: message`, then meaning and example on lines of their own.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{label}: {}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.message)?;
        if !self.meaning.is_empty() {
            write!(f, "\n    {}", self.meaning)?;
        }
        if !self.example.is_empty() {
            write!(f, "\n    Write, for example: {}", self.example)?;
        }
        Ok(())
    }
}
