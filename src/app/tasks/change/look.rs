//! Lists and shows what is kept. Nothing here writes, or keeps anybody from it.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use serde_json::Value as Json;

use super::{Outcome, words};
use crate::app::change::headless::Headless;
use crate::app::change::{Around, files, snapshot, surroundings};
use crate::app::wall_now;
use crate::control::people::{Accounts, Cost, Permission, may};
use crate::control::policy::{ActiveChange, check};
use crate::control::store::{Store, load};
use crate::domain::change::{ChangeId, ChangeRequest, Guard, GuardReport, Stage, State};
use crate::domain::person::UserName;
use crate::project::Project;

/// Longest wait for the values that guards look at.
const VALUES_WITHIN: Duration = Duration::from_secs(60);

/// All changes of a project, by name.
pub fn list(project: &Path, json: bool) -> anyhow::Result<Outcome> {
    let opened = crate::app::read(project.to_owned())?;
    let folder = files::changes(&files::of_plant(&opened.project.root));
    // Looking makes no folder.
    let loaded = folder.is_dir().then(|| Store::open(&folder)).transpose()?;
    let (changes, unreadable) = loaded.map(|it| (it.changes, it.unreadable)).unwrap_or_default();
    for unreadable in &unreadable {
        eprintln!("{}", words::clean(&unreadable.to_string()));
    }
    if json {
        // What the copy said of each is long: `show` has it.
        let mut all: Vec<Json> = changes.iter().map(|stored| words::to_json(&stored.change, None)).collect();
        all.iter_mut().filter_map(Json::as_object_mut).for_each(|it| _ = it.remove("evidence"));
        let all = Json::from(all);
        println!("{all:#}");
        return Ok(Outcome::Done);
    }
    for stored in &changes {
        let change = &stored.change;
        let line =
            format!("{:<20} {:<14} {:<12} {}", change.id, change.state().name(), change.requester, change.wish().title);
        println!("{}", words::clean(&line));
    }
    Ok(Outcome::Done)
}

/// One change of a project, with what the guards say to it where they are asked next.
pub fn show(project: &Path, id: &ChangeId, json: bool, offline: bool, out: Option<&Path>) -> anyhow::Result<Outcome> {
    let project = crate::app::read(project.to_owned())?.project;
    let folder = files::changes(&files::of_plant(&project.root));
    let change = kept(&folder, id)?;
    let report = match stage_of(change.state()).filter(|_| !offline) {
        Some(stage) => Some(ask_guards(project, &folder, &change, stage)?),
        None => None,
    };
    if let Some(out) = out {
        let text = serde_json::to_string_pretty(&change)?;
        fs::write(out, text).with_context(|| format!("{} cannot be written.", out.display()))?;
        eprintln!("wrote {}", out.display());
    }
    if json {
        println!("{:#}", words::to_json(&change, report.as_ref()));
    } else {
        print!("{}{}", words::in_words(&change), words::standing(&change));
        if let Some(report) = &report {
            print!("{}", words::guards(report));
        }
    }
    Ok(Outcome::Done)
}

/// A change file, as an approver on another computer has it.
pub fn show_file(change: &ChangeRequest, json: bool) -> anyhow::Result<Outcome> {
    match json {
        true => println!("{:#}", words::to_json(change, None)),
        false => print!("{}{}", words::in_words(change), words::standing(change)),
    }
    Ok(Outcome::Done)
}

/// A change as it is kept at this moment.
///
/// # Errors
/// In words, when there is none or it cannot be read.
pub fn kept(folder: &Path, id: &ChangeId) -> anyhow::Result<ChangeRequest> {
    if !folder.join(format!("{id}.json")).exists() {
        return Err(anyhow!("There is no change {id} of this project. See: twinscope change list PROJECT"));
    }
    Ok(load(folder, id)?)
}

/// Where the guards are asked next.
fn stage_of(state: State) -> Option<Stage> {
    match state {
        State::Compared => Some(Stage::Approval),
        State::Approved => Some(Stage::Push),
        state if state.editable() => Some(Stage::Draft),
        _ => None,
    }
}

/// Connects to the sources, without any way to write, and asks every guard but that of the link: whether one is up
/// is known at the desk alone.
fn ask_guards(
    project: Arc<Project>,
    folder: &Path,
    change: &ChangeRequest,
    stage: Stage,
) -> anyhow::Result<GuardReport> {
    let accounts_file = files::accounts();
    let accounts = match accounts_file.is_file() {
        true => Accounts::load(&accounts_file, Cost::OWASP)?,
        false => Accounts::new(Cost::OWASP),
    };
    let changes: Vec<ChangeRequest> = Store::open(folder)?.changes.into_iter().map(|stored| stored.change).collect();
    let mut desk = Headless::open_by(project.clone(), true, Arc::new(wall_now))?;
    desk.await_values(&signals_of(&project, change), VALUES_WITHIN);
    let (plant, wall) = (snapshot(&desk.plant, &desk.session.links(), wall_now()), wall_now());
    let policy = &project.policy;
    let around = Around { policy, accounts: &accounts, plant: &plant, now: plant.now, wall };
    let actor = actor(&accounts, change, stage);
    let mut around = surroundings(&around, changes.iter(), change, stage, &actor);
    let active = changes.iter().filter(|other| other.id != change.id && other.state().active());
    around.active = active
        .map(|other| {
            let rules = other.wish().settings.iter().filter_map(|setting| policy.rule(&setting.signal));
            ActiveChange { id: other.id.clone(), equipment: rules.map(|rule| rule.equipment.clone()).collect() }
        })
        .collect();
    Ok(check(change, stage, policy, &around).without(Guard::Link))
}

/// Whoever could do the next step: the requester, or somebody who may approve.
fn actor(accounts: &Accounts, change: &ChangeRequest, stage: Stage) -> UserName {
    let may_approve = accounts.list().find(|account| {
        !account.disabled && account.name != change.requester && may(account.role, Permission::Approve)
    });
    match may_approve.filter(|_| stage == Stage::Approval) {
        Some(account) => account.name.clone(),
        None => change.requester.clone(),
    }
}

/// What has to have a value before a change can be judged: its settings, modes, interlocks and conditions.
pub fn signals_of(project: &Project, change: &ChangeRequest) -> Vec<String> {
    use crate::domain::expression::Expression;
    let wish = change.wish();
    let mut signals = Vec::new();
    for setting in &wish.settings {
        signals.push(setting.signal.clone());
        if let Some(rule) = project.policy.rule(&setting.signal) {
            signals.extend(rule.readback.iter().chain(&rule.mode_signal).cloned());
            let interlocks = rule.interlocks.iter().flat_map(Expression::identifiers);
            signals.extend(interlocks.map(ToString::to_string));
        }
    }
    for condition in wish.trial.abort_conditions.iter().filter_map(|text| Expression::parse(text).ok()) {
        signals.extend(condition.identifiers().iter().map(ToString::to_string));
    }
    signals.retain(|path| project.catalog.id(path).is_some());
    signals.sort();
    signals.dedup();
    signals
}
