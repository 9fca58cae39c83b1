//! People, changes of the plant, and the log of both.

use std::path::PathBuf;

use clap::Subcommand;

use super::parse::{parse_divergence, parse_moment, parse_rate, parse_setting, parse_span};
use crate::domain::change::{ChangeId, Divergence};
use crate::domain::time::{Span, Timestamp};

#[derive(clap::Args, Clone, Debug)]
pub struct UserWish {
    /// Who does this: an approver, whose password is asked for. Not needed for the first account.
    #[arg(long, value_name = "NAME", global = true)]
    pub by: Option<String>,
    #[command(subcommand)]
    pub task: UserTask,
}

#[derive(Subcommand, Clone, Debug)]
pub enum UserTask {
    /// List all accounts.
    List,
    /// Add an account. Passwords are asked for, or read from the lines of the standard input.
    Add {
        name: String,
        /// viewer, operator, engineer or approver.
        #[arg(long)]
        role: String,
        #[arg(long, value_name = "NAME")]
        full_name: String,
    },
    /// Give an account another role.
    Role { name: String, role: String },
    /// Let an account log in no more; it is kept, because the audit log names it.
    Disable { name: String },
    /// Let a disabled account log in again.
    Enable { name: String },
    /// Change the own password.
    Password { name: String },
    /// Give a new password to somebody who forgot it. Approvals that were signed before no longer count.
    Reset { name: String },
}

/// What scripts go by.
const CHANGE_HELP: &str = "\
Passwords are asked for on the terminal, or read from the lines of the standard input.

Where a window or a push holds the plant, draft, simulate, keep, revert and rollback reach it as signed orders; else \
the command opens the plant itself.

Exit codes:
  0  done; of push: the change is kept
  1  the command could not be carried out at all
  3  refused: nothing was written to the plant
  4  of push: the settings went back
  5  the simulation or the push failed; the plant is as it was
  6  nobody knows what the plant holds: look at the equipment
  7  the desk that holds the plant took the order and did not answer: look at the change";

#[derive(clap::Args, Clone, Debug)]
#[command(after_help = CHANGE_HELP)]
pub struct ChangeWish {
    #[command(subcommand)]
    pub task: ChangeTask,
}

#[derive(Subcommand, Clone, Debug)]
pub enum ChangeTask {
    /// List the changes of a project.
    List {
        /// Project file or folder.
        project: PathBuf,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// Show a change: of a project, or in a change file.
    Show {
        /// Project file or folder, or a change file.
        of: PathBuf,
        /// Change of the project.
        #[arg(value_parser = ChangeId::new)]
        id: Option<ChangeId>,
        /// For programs.
        #[arg(long)]
        json: bool,
        /// Do not connect to the plant, and so do not ask the guards.
        #[arg(long, requires = "id")]
        offline: bool,
        /// Also write it as a change file, for an approver on another computer.
        #[arg(long, value_name = "FILE", requires = "id")]
        out: Option<PathBuf>,
    },
    /// Draft a change. Prints its id.
    Draft(DraftWish),
    /// Run a change on the simulated copy, for its approver. One that was refused, failed or expired is drafted anew.
    Simulate(ChangeActor),
    /// Approve a change of a project; or a change file, whose signed approval is opened at the desk that pushes.
    Approve {
        /// Project file or folder, or a change file.
        of: PathBuf,
        /// Change of the project.
        #[arg(value_parser = ChangeId::new)]
        id: Option<ChangeId>,
        /// Approver, whose password is asked for.
        #[arg(long, value_name = "NAME")]
        by: String,
        #[arg(long)]
        reason: String,
        /// How long the approval of a change file holds; 8h where nothing is given.
        #[arg(long, value_name = "TIME", value_parser = parse_span, conflicts_with = "id")]
        valid: Option<Span>,
        /// Approval file to write, for a change file.
        #[arg(long, value_name = "FILE", required_unless_present = "id", conflicts_with = "id")]
        out: Option<PathBuf>,
    },
    /// Write an approved change to the plant, and stay with it until it is kept or has gone back. On a terminal,
    /// type "keep" or "revert WHY". Ctrl+C or SIGTERM takes the change back; a second one ends at once.
    Push {
        #[command(flatten)]
        actor: ChangeActor,
        /// Approval from another computer, to be taken first.
        #[arg(long, value_name = "FILE")]
        approval: Option<PathBuf>,
    },
    /// End the trial of a change with the new values.
    Keep(ChangeActor),
    /// Bring back the values from before a change, along its ramp.
    Revert {
        #[command(flatten)]
        actor: ChangeActor,
        #[arg(long, value_name = "REASON")]
        why: String,
    },
    /// Draft the way back of a change, as a change of its own. Prints its id.
    Rollback(ChangeActor),
}

#[derive(clap::Args, Clone, Debug)]
pub struct ChangeActor {
    /// Project file or folder.
    pub project: PathBuf,
    #[arg(value_parser = ChangeId::new)]
    pub id: ChangeId,
    /// Who does this; the password is asked for.
    #[arg(long, value_name = "NAME")]
    pub by: String,
}

#[derive(clap::Args, Clone, Debug)]
pub struct DraftWish {
    /// Project file or folder.
    pub project: PathBuf,
    /// Setting and its new value, like "Riverside/Line 1/Filler/Speed setpoint=570"; may be given several times.
    #[arg(long, value_name = "TAG PATH=VALUE", required = true, value_parser = parse_setting)]
    pub set: Vec<(String, f64)>,
    /// Fastest way there and back, in units of the settings a second; as fast as the project allows where none is given.
    #[arg(long, value_name = "PER_SEC", value_parser = parse_rate)]
    pub ramp: Option<f64>,
    /// In a few words; made of the settings where none is given.
    #[arg(long)]
    pub title: Option<String>,
    #[arg(long)]
    pub reason: String,
    /// Who asks for it; the password is asked for.
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// How long it is tried before it goes back, unless someone keeps it.
    #[arg(long, value_name = "TIME", value_parser = parse_span, default_value = "10min")]
    pub lease: Span,
    /// Expression that takes it back when it is true; may be given several times.
    #[arg(long, value_name = "EXPRESSION")]
    pub abort: Vec<String>,
    /// Take it back when the plant leaves the predicted bands by so many of their widths for so long, like 0.5:2min.
    #[arg(long, value_name = "WIDTHS:TIME", value_parser = parse_divergence)]
    pub diverge: Option<Divergence>,
}

#[derive(clap::Args, Clone, Debug)]
pub struct AuditWish {
    /// Project file or folder, or an audit.jsonl.
    pub plant: PathBuf,
    /// First moment.
    #[arg(long, value_name = "TIME", value_parser = parse_moment, global = true)]
    pub from: Option<Timestamp>,
    /// Last moment.
    #[arg(long, value_name = "TIME", value_parser = parse_moment, global = true)]
    pub to: Option<Timestamp>,
    #[command(subcommand)]
    pub task: AuditTask,
}

#[derive(Subcommand, Clone, Debug)]
pub enum AuditTask {
    /// Check that every line is as it was written and nothing is missing.
    Verify {
        /// Recording to hold the log against: what it holds of the log must stand there.
        #[arg(long, value_name = "FILE")]
        recording: Option<PathBuf>,
    },
    /// Print it for people.
    Show {
        /// Of this change alone.
        #[arg(long, value_name = "ID")]
        change: Option<String>,
        /// Of this person alone.
        #[arg(long, value_name = "NAME")]
        person: Option<String>,
    },
    /// Write it into a table: .csv, or .jsonl as it stands.
    Export {
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}
