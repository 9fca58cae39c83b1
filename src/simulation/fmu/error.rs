//! What can go wrong with an FMU, in words.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use super::description::Problem;

/// Why an FMU cannot be used, or a run of it failed.
#[derive(Error, Debug)]
pub enum FmuError {
    #[error("{} cannot be read ({cause}). Check that the file is there and may be read.", file.display())]
    Read { file: PathBuf, cause: io::Error },
    #[error("{} cannot be written ({cause}). Check the space and the rights of that folder.", file.display())]
    Write { file: PathBuf, cause: io::Error },
    #[error("{} is not an FMU: it is no zip archive ({cause}). Ask for the file as its tool exported it.", file.display())]
    NotZip { file: PathBuf, cause: String },
    #[error("The archive is refused because of its entry \"{entry}\": {reason}. Nothing of it is run.")]
    Entry { entry: String, reason: String },
    #[error("The archive is refused: {reason}. Nothing of it is run.")]
    TooLarge { reason: String },
    #[error("The FMU cannot be used: its modelDescription.xml has faults.\n{}", list(.0))]
    Description(Vec<Problem>),
    #[error(
        "The FMU cannot be run on this computer: it brings no {wanted}; it has {found}. \
             Ask for an FMU that was exported for this platform."
    )]
    NoBinary { wanted: String, found: String },
    #[error("The FMU's process cannot be started ({0}). The run did not begin.")]
    Start(io::Error),
    /// The FMU, or its host, said no.
    #[error("The FMU failed {during}: {reason}.{}", said(words))]
    Refused { during: String, reason: String, words: String },
    #[error(
        "The FMU failed {during}: it ran out of memory; the limit is {limit_mib} MiB.{} \
             Give the run more memory, or ask for a smaller model.",
        said(words)
    )]
    OutOfMemory { during: String, limit_mib: u64, words: String },
    #[error("The FMU did not answer within {} s {during} and was ended. Give the run more time, or check the model.",
            limit.as_secs_f64())]
    TimeOut { during: String, limit: Duration },
    #[error("The FMU {end} {during}.{} The run ends there.", said(words))]
    Ended { during: String, end: End, words: String },
    #[error("The FMU's process answered nonsense {during}: {reason}. It was ended.")]
    Nonsense { during: String, reason: String },
    #[error("The FMU's process is no longer there: an earlier failure ended it. Start it anew.")]
    Gone,
    /// The wish does not fit the model; nothing was run.
    #[error("{0}")]
    Experiment(String),
}

/// How a process ended by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// By a signal of a Unix system.
    Signal(i32),
    /// With a code of its own.
    Code(i32),
    Unknown,
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        /// Numbers that Linux, macOS and the BSDs share.
        const NAMES: [(i32, &str); 6] = [
            (4, "illegal instruction"),
            (6, "aborted by itself"),
            (8, "arithmetic fault such as a division by zero"),
            (9, "killed from outside, as a computer short of memory does"),
            (11, "segmentation fault"),
            (15, "told to end"),
        ];
        /// What Windows gives for a segmentation fault.
        const ACCESS_VIOLATION: i32 = 0xC000_0005_u32.cast_signed();
        match self {
            Self::Signal(number) => match NAMES.iter().find(|(known, _)| known == number) {
                Some((_, name)) => write!(f, "crashed ({name})"),
                None => write!(f, "crashed (signal {number})"),
            },
            Self::Code(ACCESS_VIOLATION) => write!(f, "crashed (segmentation fault)"),
            Self::Code(code) => write!(f, "ended its own process with code {code}"),
            Self::Unknown => write!(f, "ended its own process"),
        }
    }
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("  {problem}")).collect::<Vec<_>>().join("\n")
}

fn said(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(" Its last words: {words}.") }
}
