//! Tells at the terminal how a change goes on: each state as it is reached, and what the plant took and shows.

use std::io::{IsTerminal, Write};

use super::words;
use crate::app::wall_now;
use crate::domain::change::{ChangeRequest, State};
use crate::domain::time::Span;

/// What was told already.
#[derive(Default)]
pub struct Follower {
    state: Option<State>,
    writes: Vec<String>,
    /// Minutes of the countdown, where it is no line that is written over.
    minutes: Option<i64>,
    /// A line without its end stands on the terminal.
    counting: bool,
    /// The standard output is for something else.
    aside: bool,
}

impl Follower {
    /// Tells it beside what the command prints.
    pub fn aside() -> Self {
        Self { aside: true, ..Self::default() }
    }

    pub fn tell(&mut self, change: &ChangeRequest) {
        let writes = words::writes(change, false);
        if self.state == Some(change.state()) && self.writes == writes {
            return;
        }
        self.end_line();
        let now = words::second(wall_now());
        if self.state != Some(change.state()) {
            self.print(&format!("{now}  {} {}: {}", change.id, change.state().name(), change.words()));
        }
        for line in writes.iter().filter(|line| !self.writes.contains(line)) {
            self.print(&format!("{now}    {line}"));
        }
        (self.state, self.writes) = (Some(change.state()), writes);
    }

    /// How long a trial goes on.
    pub fn count_down(&mut self, left: Span) {
        let secs = (left.as_secs_f64().ceil() as i64).max(0);
        if std::io::stderr().is_terminal() {
            eprint!("\r  on trial, {} left; type \"keep\" or \"revert WHY\"   ", Span::from_secs(secs));
            // A terminal that is gone is no reason to end a trial.
            _ = std::io::stderr().flush();
            self.counting = true;
        } else if self.minutes != Some(secs / 60) {
            self.minutes = Some(secs / 60);
            self.print(&format!("{}  on trial, {} left", words::second(wall_now()), Span::from_secs(secs)));
        }
    }

    /// Tells something beside the change.
    pub fn note(&mut self, text: &str) {
        self.end_line();
        eprintln!("{}", words::clean(text));
    }

    fn print(&self, line: &str) {
        let line = words::clean(line);
        if self.aside { eprintln!("{line}") } else { println!("{line}") }
    }

    fn end_line(&mut self) {
        if std::mem::take(&mut self.counting) {
            eprintln!();
        }
    }
}
