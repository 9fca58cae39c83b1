//! `twinscope change`: changes of the plant from the command line.
//!
//! `look` reads what is kept, `act` opens a desk without a window for what has to be done at one, `push` stays with
//! a change until its end, and `beside` orders it of a desk that holds the plant already.

#[cfg(feature = "write")]
mod act;
#[cfg(feature = "write")]
mod beside;
#[cfg(feature = "write")]
mod follow;
mod look;
#[cfg(feature = "write")]
mod push;
mod words;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::people::Passwords;
use crate::app::args::{ChangeTask, ChangeWish};
use crate::app::change::files;
use crate::app::random::system_random;
use crate::app::wall_now;
use crate::control::people::{Accounts, ApprovalFile, Cost, Permission, may};
use crate::control::policy::digest;
use crate::domain::change::{ChangeRequest, State};
use crate::domain::person::UserName;
use crate::domain::time::Span;

/// Most bytes of a change file.
const LARGEST: u64 = 16 << 20;

/// How a task ended, for scripts: the exit codes that `--help` lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Done = 0,
    Refused = 3,
    Reverted = 4,
    Failed = 5,
    /// Nobody knows what the plant holds.
    Unverified = 6,
    NoAnswer = 7,
}

impl Outcome {
    /// Of a push that ended in a state; none while it goes on.
    pub fn of(state: State) -> Option<Self> {
        match state {
            State::Kept => Some(Self::Done),
            State::Reverted => Some(Self::Reverted),
            State::Failed => Some(Self::Failed),
            State::Mismatch | State::Unverified | State::RevertFailed => Some(Self::Unverified),
            State::Draft
            | State::Refused
            | State::Compared
            | State::Rejected
            | State::Approved
            | State::Expired
            | State::Simulating => Some(Self::Refused),
            State::Pushing | State::ReadingBack | State::OnTrial | State::Reverting => None,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome as u8)
    }
}

/// Tells why nothing was done.
fn refused(words: &str) -> Outcome {
    eprintln!("{}", words::clean(words));
    Outcome::Refused
}

/// Carries out one of the tasks.
///
/// # Errors
/// In words, when it cannot be carried out at all. What is refused is told, and is an outcome.
pub fn change(wish: &ChangeWish) -> anyhow::Result<ExitCode> {
    let outcome = match &wish.task {
        ChangeTask::List { project, json } => look::list(project, *json)?,
        ChangeTask::Show { of, id: Some(id), json, offline, out } => {
            look::show(of, id, *json, *offline, out.as_deref())?
        }
        ChangeTask::Show { of, id: None, json, .. } => look::show_file(&read(of)?, *json)?,
        ChangeTask::Approve { of, id: None, by, reason, valid, out: Some(out) } => {
            approve_file(&read(of)?, by, reason, *valid, out)?
        }
        #[cfg(feature = "write")]
        ChangeTask::Draft(draft) => act::draft(draft)?,
        #[cfg(feature = "write")]
        ChangeTask::Simulate(actor) => act::simulate(actor)?,
        #[cfg(feature = "write")]
        ChangeTask::Approve { of, id: Some(id), by, reason, .. } => act::approve(of, id, by, reason)?,
        #[cfg(feature = "write")]
        ChangeTask::Push { actor, approval } => push::push(actor, approval.as_deref())?,
        #[cfg(feature = "write")]
        ChangeTask::Keep(actor) => act::keep(actor)?,
        #[cfg(feature = "write")]
        ChangeTask::Revert { actor, why } => act::revert(actor, why)?,
        #[cfg(feature = "write")]
        ChangeTask::Rollback(actor) => act::rollback(actor)?,
        #[cfg(feature = "write")]
        ChangeTask::Approve { .. } => bail!("Say where the approval is written with --out FILE."),
        #[cfg(not(feature = "write"))]
        _ => refused("This program was built without writing. Nothing was done. Use one that was built with it."),
    };
    Ok(outcome.into())
}

fn approve_file(
    change: &ChangeRequest,
    by: &str,
    reason: &str,
    valid: Option<Span>,
    out: &Path,
) -> anyhow::Result<Outcome> {
    print!("{}", words::in_words(change));
    let approver = UserName::new(by).map_err(anyhow::Error::msg)?;
    if approver == change.requester {
        return Ok(refused(&format!(
            "{approver} asked for this change and cannot approve it as well. Nothing was signed. Ask a second person."
        )));
    }
    let accounts = Accounts::load(&files::accounts(), Cost::OWASP)?;
    let account = accounts.get(&approver).with_context(|| format!("{approver} has no account here."))?;
    if !may(account.role, Permission::Approve) {
        let role = account.role.name();
        return Ok(refused(&format!("{approver} is {role}, and only an approver may approve. Nothing was signed.")));
    }
    let password = Passwords::default().ask(&format!("Password of {approver}"))?;
    let key = match accounts.signing_key(&approver, &password) {
        Ok(key) => key,
        Err(error) => return Ok(refused(&error.to_string())),
    };
    let (id, digest) = (change.id.as_str(), digest(change));
    let valid = (wall_now(), valid.unwrap_or(Span::from_secs(8 * 3_600)));
    let signed = ApprovalFile::sign(&key, id, &digest, reason, valid, &mut system_random())?;
    fs::write(out, signed.to_json()?).with_context(|| format!("{} cannot be written.", out.display()))?;
    println!(
        "wrote {}; open it in the Changes tab of the desk that pushes, or give it to: twinscope change push --approval",
        out.display()
    );
    Ok(Outcome::Done)
}

fn read(file: &Path) -> anyhow::Result<ChangeRequest> {
    let size = fs::metadata(file).with_context(|| format!("{} cannot be read.", file.display()))?.len();
    if size > LARGEST {
        bail!("{} is too large for a change.", file.display());
    }
    if file.is_dir() {
        bail!("{} is a folder. Name the change of the project, too: twinscope change show PROJECT ID", file.display());
    }
    let text = fs::read(file).with_context(|| format!("{} cannot be read.", file.display()))?;
    serde_json::from_slice(&text).with_context(|| {
        format!(
            "{} is no change file. Write one in the Changes tab, or with: twinscope change show PROJECT ID --out FILE",
            file.display()
        )
    })
}
