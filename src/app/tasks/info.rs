//! `twinscope info`: what a recording holds, its gaps, and whether it is whole.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use crate::app::recording::shelf::name_of;
use crate::app::wall_now;
use crate::domain::recording::{Event, Gap};
use crate::domain::time::{Span, Timestamp};
use crate::recording::reader::Recording;
use crate::recording::snapshot::{LIST, ProjectList};

/// A file that was written to a shorter while ago is still being written.
const WRITTEN_WITHIN: Span = Span::from_secs(10);
/// Gaps, marks, steps of changes and problems listed; a file may have thousands.
const LISTED: usize = 20;

/// Prints what is known of a recording. Reads it whole, so that damage is found.
///
/// # Errors
/// When it cannot be opened.
pub fn info(file: &Path, as_json: bool) -> anyhow::Result<ExitCode> {
    let mut recording = Recording::open(file)?;
    if !recording.finished() {
        let modified = fs::metadata(file)?.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let written = Timestamp::default() + Span::from(modified);
        recording.presume_cut_off(wall_now() - written > WRITTEN_WITHIN);
    }
    let mut read = 0;
    for place in 0..recording.segments().len() {
        read += recording.segment(place).samples.len() as u64;
    }
    let problems = recording.problems();
    let list = recording.attachment(LIST).and_then(|bytes| serde_json::from_slice::<ProjectList>(&bytes).ok());
    let text = if as_json { in_json(file, &recording, read, list) } else { in_words(file, &recording, read, list) };
    print!("{text}");
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn in_words(file: &Path, recording: &Recording, read: u64, list: Option<ProjectList>) -> String {
    let mut text = String::new();
    let head = &recording.head;
    // Writing to a String cannot fail.
    _ = writeln!(text, "{}", file.display());
    _ = writeln!(text, "  site        {}", if head.site.is_empty() { name_of(file) } else { head.site.clone() });
    _ = writeln!(text, "  recorded    from {}, part {}, by twinscope {}", head.started, head.part, head.program);
    if let Some((first, last)) = recording.extent() {
        _ = writeln!(text, "  holds       {first} to {last} ({})", last - first);
    }
    let bytes = recording.bytes();
    let each = bytes as f64 / read.max(1) as f64;
    _ = writeln!(text, "  samples     {read} of {} signals, {each:.1} bytes each", recording.catalog.len());
    _ = writeln!(text, "  size        {:.1} MB in {} segments", bytes as f64 / 1e6, recording.segments().len());
    let kinds = kinds(recording);
    _ = writeln!(text, "  events      {} of alarms, {} commands, {} marks", kinds.0, kinds.1, kinds.2);
    let changes = recording.changes();
    if let (Some(first), Some(last)) = (changes.first(), changes.last()) {
        let steps = changes.len();
        _ = writeln!(text, "  audit       {steps} entries of the log, {} to {}", first.entry, last.entry);
    }
    if let Some(list) = list {
        let embedded = list.files.iter().filter(|file| file.embedded).count();
        _ = writeln!(text, "  project     {} files, {embedded} of them whole", list.files.len());
    }
    let state = match (recording.finished(), recording.growing()) {
        (true, _) => "finished, with index",
        (false, true) => "still being written",
        (false, false) => "cut off",
    };
    _ = writeln!(text, "  state       {state}");
    let gaps = recording.gaps();
    _ = writeln!(text, "  gaps        {}", if gaps.is_empty() { "none".to_owned() } else { gaps.len().to_string() });
    for Gap { from, to, lost, reason } in gaps.iter().take(LISTED) {
        let lost = if *lost > 0 { format!(", {lost} samples") } else { String::new() };
        _ = writeln!(text, "              {from} to {to} ({}{lost}): {}", *to - *from, reason.words());
    }
    for mark in recording.marks().iter().take(LISTED) {
        _ = writeln!(text, "  mark        {}  {}", mark.at, mark.text);
    }
    for record in changes.iter().filter(|record| record.step()).take(LISTED) {
        _ = writeln!(text, "  change      {}  {}", record.at, record.words());
    }
    for problem in recording.problems().iter().take(LISTED) {
        _ = writeln!(text, "  problem     {problem}");
    }
    text
}

fn in_json(file: &Path, recording: &Recording, read: u64, list: Option<ProjectList>) -> String {
    let kinds = kinds(recording);
    let signals: Vec<_> = recording
        .catalog
        .iter()
        .map(|(_, signal)| json!({"path": signal.path, "unit": signal.unit.code(), "kind": signal.kind}))
        .collect();
    let value = json!({
        "file": file,
        "site": recording.head.site,
        "started": recording.head.started.to_string(),
        "from": recording.extent().map(|(first, _)| first.to_string()),
        "to": recording.extent().map(|(_, last)| last.to_string()),
        "samples": read,
        "bytes": recording.bytes(),
        "segments": recording.segments().len(),
        "finished": recording.finished(),
        "growing": recording.growing(),
        "alarm_events": kinds.0,
        "commands": kinds.1,
        "marks": recording.marks(),
        "changes": recording.changes(),
        "gaps": recording.gaps(),
        "problems": recording.problems(),
        "project": list,
        "signals": signals,
    });
    format!("{value:#}\n")
}

/// Events of alarms, commands and marks.
fn kinds(recording: &Recording) -> (usize, usize, usize) {
    recording.events().into_iter().fold((0, 0, 0), |(alarms, commands, marks), event| match event {
        Event::Alarm(_) => (alarms + 1, commands, marks),
        Event::Command(_) => (alarms, commands + 1, marks),
        Event::Mark(_) => (alarms, commands, marks + 1),
        Event::Gap(_) | Event::Desk(_) | Event::Run(_) | Event::Change(_) => (alarms, commands, marks),
    })
}
