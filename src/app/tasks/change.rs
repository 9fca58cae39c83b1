//! `twinscope change`: looks at changes, and approves one on another computer.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::people::Passwords;
use crate::app::args::{ChangeTask, ChangeWish};
use crate::app::change::files;
use crate::app::random::system_random;
use crate::app::wall_now;
use crate::control::people::{Accounts, ApprovalFile, Cost, Permission, may};
use crate::control::policy::digest;
use crate::control::store::Store;
use crate::domain::change::ChangeRequest;
use crate::domain::person::UserName;
use crate::domain::time::Span;

/// Most bytes of a change file.
const LARGEST: u64 = 16 << 20;

/// Carries out one of the tasks.
///
/// # Errors
/// In words, when a file cannot be used, or the person may not approve.
pub fn change(wish: &ChangeWish) -> anyhow::Result<ExitCode> {
    match &wish.task {
        ChangeTask::List { project } => {
            let opened = crate::app::read(project.clone())?;
            let loaded = Store::open(&files::changes(&files::of_plant(&opened.project.root)))?;
            for stored in &loaded.changes {
                let change = &stored.change;
                println!(
                    "{:<20} {:<14} {:<12} {}",
                    change.id,
                    change.state().name(),
                    change.requester,
                    change.wish().title
                );
            }
            for unreadable in &loaded.unreadable {
                eprintln!("{unreadable}");
            }
        }
        ChangeTask::Show { file } => print!("{}", in_words(&read(file)?)),
        ChangeTask::Approve { file, by, reason, valid, out } => {
            let change = read(file)?;
            print!("{}", in_words(&change));
            let approver = UserName::new(by).map_err(anyhow::Error::msg)?;
            if approver == change.requester {
                bail!("{approver} asked for this change and cannot approve it as well. Ask a second person.");
            }
            let accounts = Accounts::load(&files::accounts(), Cost::OWASP)?;
            let account = accounts.get(&approver).with_context(|| format!("{approver} has no account here."))?;
            if !may(account.role, Permission::Approve) {
                bail!("{approver} is {}, and only an approver may approve.", account.role.name());
            }
            let password = Passwords::default().ask(&format!("Password of {approver}"))?;
            let key = accounts.signing_key(&approver, &password)?;
            let (id, digest) = (change.id.as_str(), digest(&change));
            let valid = (wall_now(), valid.unwrap_or(Span::from_secs(8 * 3_600)));
            let signed = ApprovalFile::sign(&key, id, &digest, reason, valid, &mut system_random())?;
            fs::write(out, signed.to_json()?).with_context(|| format!("{} cannot be written.", out.display()))?;
            println!("wrote {}; open it in the Changes tab of the desk that pushes.", out.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn read(file: &std::path::Path) -> anyhow::Result<ChangeRequest> {
    let size = fs::metadata(file).with_context(|| format!("{} cannot be read.", file.display()))?.len();
    if size > LARGEST {
        bail!("{} is too large for a change.", file.display());
    }
    let text = fs::read(file).with_context(|| format!("{} cannot be read.", file.display()))?;
    serde_json::from_slice(&text).with_context(|| {
        format!("{} is no change. Write it in the Changes tab, for an approval on another computer.", file.display())
    })
}

/// What an approver has to see.
fn in_words(change: &ChangeRequest) -> String {
    let wish = change.wish();
    let mut text = format!("{}: {}\nby {}, because: {}\n\n", change.id, wish.title, change.requester, wish.reason);
    for setting in &wish.settings {
        let delta = setting.to - setting.from;
        let part =
            if setting.from == 0.0 { String::new() } else { format!(", {:+.1} %", 100.0 * delta / setting.from) };
        text +=
            &format!("  {}: {} -> {} {} ({delta:+}{part})\n", setting.signal, setting.from, setting.to, setting.unit);
    }
    text += &format!("  on trial for {}\n", wish.trial.lease);
    match change.evidence() {
        None => text += "\nIt was not simulated as it stands.\n",
        Some(evidence) => {
            text += &format!("\nSimulated at {} (\"{}\"):\n", evidence.simulated_at, evidence.scenario);
            for kpi in evidence.kpis.iter().filter(|kpi| kpi.part.is_none()) {
                if let Some(difference) = kpi.difference {
                    let (mean, low, high) = (difference.mean, difference.low, difference.high);
                    text += &format!("  {} {mean:+.3} {} ({low:+.3} to {high:+.3})\n", kpi.name, kpi.unit);
                }
            }
            for alarm in evidence.alarms.iter().filter(|alarm| alarm.changed.share > alarm.baseline.share) {
                text += &format!("  {} in {:.0} % of the runs\n", alarm.alarm, 100.0 * alarm.changed.share);
            }
            for doubt in &evidence.doubts {
                text += &format!("  Doubt: {doubt}\n");
            }
        }
    }
    text + "\n"
}
