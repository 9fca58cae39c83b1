//! `twinscope audit`: is the log whole, what does it say, and as a table.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};

use crate::app::args::{AuditTask, AuditWish};
use crate::app::change::files;
use crate::control::audit::{
    Compared, Entries, Filter, Head, VerifyError, compare, text, verify, write_csv, write_json_lines,
};
use crate::domain::audit::AuditEntry;
use crate::domain::person::UserName;
use crate::recording::reader::Recording;

/// Numbers of entries that are listed.
const LISTED: usize = 20;

/// Carries out one of the tasks. `verify` fails where the log is not as it was written.
///
/// # Errors
/// In words, when the log cannot be read or a line is not as it was written.
pub fn audit(wish: &AuditWish) -> anyhow::Result<ExitCode> {
    let log = log_of(&wish.plant)?;
    let open = || File::open(&log).map(BufReader::new).with_context(|| format!("{} cannot be read.", log.display()));
    match &wish.task {
        AuditTask::Verify { recording } => {
            let head = Head::read(&log.with_extension("head")).context("The head beside the log cannot be read.")?;
            let summary = verify(open()?, head.as_ref())?;
            let (number, hash) = (summary.head.number, &summary.head.hash);
            println!("{}: {number} entries, each as it was written. The last has the hash {hash}.", log.display());
            if let Some((first, last)) = summary.span {
                println!("{first} to {last}");
            }
            if head.is_none() {
                println!("There is no head beside it: what was cut off at the end cannot be told.");
            }
            for step in &summary.steps_back {
                println!("Line {}: the clock went back by {}.", step.line, step.by);
            }
            if summary.torn_bytes > 0 {
                println!("A last line of {} bytes was not written to its end.", summary.torn_bytes);
            }
            if let Some(file) = recording {
                held_against(Entries::new(open()?), file)?;
            }
        }
        AuditTask::Show { change, person } => {
            let person = person.as_deref().map(UserName::new).transpose().map_err(anyhow::Error::msg)?;
            let filter = Filter { change: change.clone(), person, from: wish.from, to: wish.to };
            for entry in Entries::new(open()?) {
                let entry = entry?;
                if filter.passes(&entry) {
                    println!("{}", text(&entry));
                }
            }
        }
        AuditTask::Export { out } => {
            let filter = Filter { from: wish.from, to: wish.to, ..Filter::default() };
            let wanted = |entry: &Result<_, VerifyError>| entry.as_ref().map_or(true, |entry| filter.passes(entry));
            let entries = Entries::new(open()?).filter(wanted);
            let csv = out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
            let file = File::create(out).with_context(|| format!("{} cannot be written.", out.display()))?;
            let mut file = io::BufWriter::new(file);
            let count = if csv { write_csv(entries, &mut file)? } else { write_json_lines(entries, &mut file)? };
            println!("{count} entries: {}", out.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Holds the log against a recording.
fn held_against(log: impl IntoIterator<Item = Result<AuditEntry, VerifyError>>, file: &Path) -> anyhow::Result<()> {
    let mut recording = Recording::open(file)?;
    // Read whole, so that damage is found.
    (0..recording.segments().len()).for_each(|place| drop(recording.segment(place)));
    for problem in recording.problems() {
        eprintln!("{problem}");
    }
    let Compared { same, differ, missing } = compare(log, &recording.changes())?;
    let listed = |numbers: &[u64]| {
        let shown: Vec<String> = numbers.iter().take(LISTED).map(u64::to_string).collect();
        let more = if numbers.len() > LISTED { format!(" and {} more", numbers.len() - LISTED) } else { String::new() };
        format!("{}{more}", shown.join(", "))
    };
    let mut wrong = Vec::new();
    if !differ.is_empty() {
        wrong.push(format!("These entries are not as they were recorded: {}.", listed(&differ)));
    }
    if !missing.is_empty() {
        wrong.push(format!("These entries were recorded and are not in the log: {}.", listed(&missing)));
    }
    if !wrong.is_empty() {
        bail!(
            "{}\nThe log or {} was changed or belongs to another plant. Keep both as they are and find out who had \
             access to them.",
            wrong.join("\n"),
            file.display()
        );
    }
    println!("{same} entries stand in {} as they stand in the log.", file.display());
    Ok(())
}

/// The log itself, or that of a project.
fn log_of(plant: &Path) -> anyhow::Result<PathBuf> {
    let of_project = || {
        let opened = crate::app::read(plant.to_owned()).ok()?;
        Some(files::audit(&files::of_plant(&opened.project.root)))
    };
    let is_log = plant.extension().is_some_and(|ending| ending == "jsonl");
    let log = if is_log { plant.to_owned() } else { of_project().unwrap_or_else(|| plant.to_owned()) };
    if !log.is_file() {
        bail!("There is no audit log at {}. It begins with the first change.", log.display());
    }
    Ok(log)
}
