//! What is done at a desk: at that of this command where nobody holds the plant, or else by order at the other.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::follow::Follower;
use super::look::{kept, signals_of};
use super::{Outcome, beside, refused, words};
use crate::app::args::{ChangeActor, DraftWish};
use crate::app::change::files;
use crate::app::change::headless::Headless;
use crate::app::tasks::people::Passwords;
use crate::app::wall_now;
use crate::control::audit::AuditLog;
use crate::control::people::{Accounts, Act, Cost, Door, SigningKey};
use crate::domain::change::{ChangeId, ChangeRequest, Setting, State, TrialPlan, Wish};
use crate::domain::change_command::{ChangeCommand, Password};
use crate::domain::person::UserName;
use crate::domain::what_if::Asking;
use crate::project::Project;

/// Longest wait for the plant to show values.
const PLANT_WITHIN: Duration = Duration::from_secs(60);
/// Longest wait for the simulated copy to be read, and for its answer.
const COPY_WITHIN: Duration = Duration::from_secs(300);
const SIMULATED_WITHIN: Duration = Duration::from_secs(3_600);
/// Longest wait for settings to go back: ramps may be slow.
const BACK_WITHIN: Duration = Duration::from_secs(4 * 3_600);
/// The board follows its desk within this.
const BOARD_WITHIN: Duration = Duration::from_secs(5);

/// Why a task ends before its end.
pub enum Stop {
    /// Nothing was done; why, in words.
    Refused(String),
    Ended(Outcome),
    Error(anyhow::Error),
}

impl From<String> for Stop {
    fn from(words: String) -> Self {
        Self::Refused(words)
    }
}

impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Self {
        Self::Error(error)
    }
}

/// Tells what was refused.
pub fn outcome(done: Result<Outcome, Stop>) -> anyhow::Result<Outcome> {
    match done {
        Ok(outcome) | Err(Stop::Ended(outcome)) => Ok(outcome),
        Err(Stop::Refused(words)) => Ok(refused(&words)),
        Err(Stop::Error(error)) => Err(error),
    }
}

/// The plant of a project, and what is kept of it on this computer.
pub struct At {
    pub project: Arc<Project>,
    pub folder: PathBuf,
}

impl At {
    pub fn of(project: &Path) -> Result<Self, Stop> {
        let project = crate::app::read(project.to_owned())?.project;
        if !project.policy.enabled {
            return Err(Stop::Refused(
                "The project does not turn writing on, so nothing was done. Write [control] enabled = true into it."
                    .to_owned(),
            ));
        }
        let folder = files::of_plant(&project.root);
        Ok(Self { project, folder })
    }

    /// Whether a desk holds the plant at this moment.
    pub fn held(&self) -> Result<bool, Stop> {
        Ok(AuditLog::held(&files::audit(&self.folder)).map_err(anyhow::Error::from)?)
    }

    pub fn kept(&self, id: &ChangeId) -> Result<ChangeRequest, Stop> {
        Ok(kept(&files::changes(&self.folder), id)?)
    }

    /// A desk of this command, when the plant shows these signals. What an earlier desk left acting on the plant goes
    /// back before anything else is done: this one may be gone the moment after.
    pub fn desk(&self, signals: &[String]) -> Result<Headless, Stop> {
        let mut desk = Headless::open(self.project.clone()).map_err(anyhow::Error::from)?;
        desk.connect(signals, PLANT_WITHIN)?;
        for notice in desk.notices.list() {
            eprintln!("{}", words::clean(&notice.what));
        }
        let mut followers: HashMap<ChangeId, Follower> = HashMap::new();
        desk.until(BACK_WITHIN, |desk| {
            let mut active = false;
            for shown in &desk.changes.board.changes {
                let state = shown.request.state();
                if state.active() || followers.contains_key(&shown.request.id) {
                    let follower = followers.entry(shown.request.id.clone()).or_insert_with(Follower::aside);
                    follower.tell(&shown.request);
                }
                active |= state.active();
            }
            !active || desk.changes.ended()
        });
        Ok(desk)
    }
}

/// Somebody who gave the password; whether it is right, the desk or the accounts say.
pub struct Who {
    pub name: UserName,
    pub password: String,
}

impl Who {
    pub fn ask(by: &str) -> Result<Self, Stop> {
        let name = UserName::new(by)?;
        let password = Passwords::default().ask(&format!("Password of {name}"))?;
        Ok(Self { name, password })
    }

    pub fn password(&self) -> Password {
        Password::new(self.password.clone())
    }

    pub fn login(&self, desk: &mut Headless) -> Result<(), Stop> {
        desk.ask(ChangeCommand::Login { user: self.name.clone(), password: self.password() })?;
        Ok(())
    }

    /// The key with which this person signs.
    pub fn key(&self) -> Result<SigningKey, Stop> {
        let accounts = Accounts::load(&files::accounts(), Cost::OWASP).map_err(anyhow::Error::from)?;
        // Takes as long for names that nobody has.
        let session = Door::default().login(&accounts, self.name.as_str(), &self.password, wall_now());
        let session = session.map_err(|refusal| refusal.to_string())?;
        Ok(accounts.signing_key(&session.user, &self.password).map_err(|error| error.to_string())?)
    }
}

pub fn draft(wish: &DraftWish) -> anyhow::Result<Outcome> {
    outcome(try_draft(wish))
}

fn try_draft(draft: &DraftWish) -> Result<Outcome, Stop> {
    let at = At::of(&draft.project)?;
    let mut wish = wish_of(&at.project, draft)?;
    let who = Who::ask(&draft.by)?;
    if at.held()? {
        let text = serde_json::to_string(&wish).map_err(anyhow::Error::from)?;
        let drafted = beside::order(&at, &who, (Act::Draft, None), (text, &draft.reason))?;
        return Ok(tell_drafted(&draft.project, drafted));
    }
    let signals: Vec<String> = wish.settings.iter().map(|setting| setting.signal.clone()).collect();
    let mut desk = at.desk(&signals)?;
    for setting in &mut wish.settings {
        setting.from = shown(&desk, &setting.signal)?;
    }
    who.login(&mut desk)?;
    let drafted = desk.ask(ChangeCommand::Draft { wish })?;
    tell_guards(&mut desk, drafted.as_ref());
    Ok(tell_drafted(&draft.project, drafted))
}

fn shown(desk: &Headless, signal: &str) -> Result<f64, Stop> {
    let none = || format!("{signal} shows no number, so nothing was done. Look at its source, and try again.");
    Ok(desk.shown(signal).ok_or_else(none)?)
}

/// What is wished, as far as the project alone can tell.
fn wish_of(project: &Project, draft: &DraftWish) -> Result<Wish, String> {
    let mut settings = Vec::new();
    for (signal, to) in &draft.set {
        let Some(rule) = project.policy.rule(signal) else {
            let writable: Vec<&str> = project.policy.writable.iter().map(|rule| rule.signal.as_str()).collect();
            return Err(format!(
                "{signal} is not on the list of writable signals, so nothing was done. The project allows: {}",
                writable.join(", ")
            ));
        };
        let unit = rule.unit.code().to_owned();
        settings.push(Setting { signal: signal.clone(), unit, from: 0.0, to: *to, ramp_per_sec: draft.ramp });
    }
    let named = |setting: &Setting| {
        let mut parts: Vec<&str> = setting.signal.rsplit('/').take(2).collect();
        parts.reverse();
        format!("{} to {} {}", parts.join(" "), setting.to, setting.unit).trim_end().to_owned()
    };
    let title = draft.title.clone().unwrap_or_else(|| settings.iter().map(named).collect::<Vec<_>>().join(", "));
    let trial = TrialPlan { lease: draft.lease, abort_conditions: draft.abort.clone(), divergence: draft.diverge };
    Ok(Wish { title, reason: draft.reason.clone(), settings, trial })
}

/// What stands in the way of a draft already, while it is easy to write anew.
fn tell_guards(desk: &mut Headless, id: Option<&ChangeId>) {
    let Some(id) = id else { return };
    desk.until(BOARD_WITHIN, |desk| desk.change(id).is_some_and(|shown| shown.guards.is_some()));
    if let Some(report) = desk.change(id).and_then(|shown| shown.guards.as_ref()).filter(|it| !it.blocked().is_empty())
    {
        eprint!("{}", words::guards(report));
    }
}

/// The id alone goes to the standard output.
fn tell_drafted(project: &Path, drafted: Option<ChangeId>) -> Outcome {
    if let Some(id) = drafted {
        println!("{id}");
        eprintln!("Nothing is written yet. Next: twinscope change simulate {} {id} --by NAME", project.display());
    }
    Outcome::Done
}

pub fn rollback(actor: &ChangeActor) -> anyhow::Result<Outcome> {
    outcome(try_rollback(actor))
}

fn try_rollback(actor: &ChangeActor) -> Result<Outcome, Stop> {
    let at = At::of(&actor.project)?;
    let change = at.kept(&actor.id)?;
    let who = Who::ask(&actor.by)?;
    let drafted = if at.held()? {
        beside::order(&at, &who, (Act::Rollback, Some(&change)), (String::new(), ""))?
    } else {
        let mut desk = at.desk(&signals_of(&at.project, &change))?;
        who.login(&mut desk)?;
        let drafted = desk.ask(ChangeCommand::Rollback(actor.id.clone()))?;
        tell_guards(&mut desk, drafted.as_ref());
        drafted
    };
    Ok(tell_drafted(&actor.project, drafted))
}

pub fn simulate(actor: &ChangeActor) -> anyhow::Result<Outcome> {
    outcome(try_simulate(actor))
}

fn try_simulate(actor: &ChangeActor) -> Result<Outcome, Stop> {
    let at = At::of(&actor.project)?;
    let change = at.kept(&actor.id)?;
    let who = Who::ask(&actor.by)?;
    let simulated = |state: State| !matches!(state, State::Draft | State::Simulating);
    let change = if at.held()? {
        beside::order(&at, &who, (Act::Simulate, Some(&change)), (String::new(), ""))?;
        beside::follow(&at, &actor.id, SIMULATED_WITHIN, simulated)?
    } else {
        let id = &actor.id;
        let mut desk = at.desk(&signals_of(&at.project, &change))?;
        desk.ready_to_simulate(COPY_WITHIN)?;
        who.login(&mut desk)?;
        draft_anew(&mut desk, id)?;
        desk.ask(ChangeCommand::Simulate(id.clone()))?;
        let (mut follower, told) = (Follower::default(), std::io::stderr().is_terminal());
        let ended = desk.until(SIMULATED_WITHIN, |desk| {
            if let Asking::Running(what, done) = &desk.what_if.asking
                && told
            {
                eprint!("\r{what}, {:.0} % ", 100.0 * done);
            }
            desk.state(id).is_some_and(simulated)
        });
        let change = desk.change(id).map(|shown| shown.request.clone());
        let Some(change) = change.filter(|_| ended) else {
            return Err(Stop::Error(anyhow::anyhow!("The simulated copy did not answer in time.")));
        };
        follower.note("");
        change
    };
    println!("{}: {}", change.state().name(), words::clean(&change.words()));
    Ok(match change.state() {
        State::Compared => {
            print!("{}", words::in_words(&change));
            Outcome::Done
        }
        State::Refused => Outcome::Refused,
        _ => Outcome::Failed,
    })
}

/// What was simulated or judged before starts over, from what the plant shows now. An approval is not voided so.
fn draft_anew(desk: &mut Headless, id: &ChangeId) -> Result<(), Stop> {
    let Some(change) = desk.change(id).map(|shown| shown.request.clone()) else { return Ok(()) };
    let over =
        matches!(change.state(), State::Refused | State::Failed | State::Compared | State::Rejected | State::Expired);
    if !over {
        return Ok(());
    }
    let mut wish = change.wish().clone();
    for setting in &mut wish.settings {
        setting.from = shown(desk, &setting.signal)?;
    }
    desk.ask(ChangeCommand::Edit { id: id.clone(), wish })?;
    desk.until(BOARD_WITHIN, |desk| desk.state(id) == Some(State::Draft));
    Ok(())
}

pub fn approve(project: &Path, id: &ChangeId, by: &str, reason: &str) -> anyhow::Result<Outcome> {
    outcome(try_approve(project, id, by, reason))
}

fn try_approve(project: &Path, id: &ChangeId, by: &str, reason: &str) -> Result<Outcome, Stop> {
    let at = At::of(project)?;
    let change = at.kept(id)?;
    print!("{}", words::in_words(&change));
    if at.held()? {
        return Err(Stop::Refused(elsewhere("approve it")));
    }
    let who = Who::ask(by)?;
    let mut desk = at.desk(&signals_of(&at.project, &change))?;
    let (user, password, reason) = (who.name.clone(), who.password(), reason.to_owned());
    desk.ask(ChangeCommand::Approve { id: id.clone(), user, password, reason })?;
    desk.until(BOARD_WITHIN, |desk| desk.state(id) == Some(State::Approved));
    if let Some(shown) = desk.change(id) {
        print!("{}", words::standing(&shown.request));
    }
    Ok(Outcome::Done)
}

pub fn elsewhere(what: &str) -> String {
    format!("Another window or push holds this plant, so nothing was done. Close it, or {what} there.")
}

pub fn keep(actor: &ChangeActor) -> anyhow::Result<Outcome> {
    outcome(try_keep(actor))
}

fn try_keep(actor: &ChangeActor) -> Result<Outcome, Stop> {
    let at = At::of(&actor.project)?;
    let change = at.kept(&actor.id)?;
    if !at.held()? {
        let then = match change.state().active() {
            true => "No desk holds it: it goes back when one is opened, and cannot be kept.",
            false => "No desk holds the plant, so nothing is on trial.",
        };
        return Err(Stop::Refused(format!("{} {then} Nothing was done.", change.words())));
    }
    let who = Who::ask(&actor.by)?;
    beside::order(&at, &who, (Act::Keep, Some(&change)), (String::new(), ""))?;
    print!("{}", words::standing(&at.kept(&actor.id)?));
    Ok(Outcome::Done)
}

pub fn revert(actor: &ChangeActor, why: &str) -> anyhow::Result<Outcome> {
    outcome(try_revert(actor, why))
}

fn try_revert(actor: &ChangeActor, why: &str) -> Result<Outcome, Stop> {
    let at = At::of(&actor.project)?;
    let change = at.kept(&actor.id)?;
    let who = Who::ask(&actor.by)?;
    let id = &actor.id;
    let ended = |state: State| !state.active();
    let change = if at.held()? {
        beside::order(&at, &who, (Act::Revert, Some(&change)), (String::new(), why))?;
        beside::follow(&at, id, BACK_WITHIN, ended)?
    } else {
        who.key()?;
        let mut desk = at.desk(&signals_of(&at.project, &change))?;
        // What was on trial went back when the desk was opened.
        if !change.state().active() {
            who.login(&mut desk)?;
            desk.ask(ChangeCommand::Revert { id: id.clone(), why: why.to_owned() })?;
            desk.until(BOARD_WITHIN, |desk| desk.state(id) != Some(change.state()));
        }
        let mut follower = Follower::default();
        desk.until(BACK_WITHIN, |desk| {
            let state = desk.change(id).map(|shown| {
                follower.tell(&shown.request);
                shown.request.state()
            });
            state.is_some_and(ended) || desk.changes.ended()
        });
        at.kept(id)?
    };
    Ok(match change.state() {
        State::Reverted => Outcome::Done,
        state => Outcome::of(state).unwrap_or(Outcome::Unverified),
    })
}
