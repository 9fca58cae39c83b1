//! Asks every guard about a change: at the draft, at the approval and at the last moment.
//!
//! Pure: what is known of the plant, the people and the time comes in as [`Surroundings`]. A guard that
//! cannot tell says no.

mod digest;
mod judge;
mod people;
mod plant;
mod wish;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

pub use digest::digest;
pub use judge::{Judged, judge};

use crate::domain::change::{
    ChangeId, ChangeRequest, Guard, GuardReport, Setting, Stage, Terms, WritableRule, WritePolicy,
};
use crate::domain::person::{Role, UserName};
use crate::domain::quality::Quality;
use crate::domain::time::{Span, Timestamp};
use crate::domain::unit::Unit;
use crate::domain::value::Value;

/// What a guard says: nothing, or why not, what that means and what to do.
type Answer = Result<(), String>;

/// What is known around a change at one moment.
#[derive(Clone, PartialEq, Debug)]
pub struct Surroundings {
    /// In plant time.
    pub now: Timestamp,
    /// The same moment by the wall clock of this computer: approvals hold by it.
    pub wall: Timestamp,
    /// The program was started to look only.
    pub view_only: bool,
    /// Who asks at this stage: to simulate, to approve, to push.
    pub actor: UserName,
    /// Accounts that are not disabled.
    pub people: BTreeMap<UserName, Role>,
    /// Path of equipment -> who owns it.
    pub owners: HashMap<String, UserName>,
    /// Other changes that act on the plant.
    pub active: Vec<ActiveChange>,
    /// Tag path -> what the plant shows of it.
    pub present: HashMap<String, Present>,
    /// Tag path of a setting -> how it can be written.
    pub links: HashMap<String, WriteLink>,
}

/// A change that acts on the plant.
#[derive(Clone, PartialEq, Debug)]
pub struct ActiveChange {
    pub id: ChangeId,
    /// Paths of the equipment of its settings.
    pub equipment: Vec<String>,
}

/// The last value of a signal.
#[derive(Clone, PartialEq, Debug)]
pub struct Present {
    pub value: Value,
    pub unit: Unit,
    pub quality: Quality,
    pub age: Span,
}

/// The way from here to a setting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WriteLink {
    pub connected: bool,
    /// What was written can be read back over it.
    pub readback: bool,
    /// The controller goes back by itself when it is not fed.
    pub watchdog: bool,
}

/// What guards look at.
struct Asked<'a> {
    change: &'a ChangeRequest,
    stage: Stage,
    policy: &'a WritePolicy,
    around: &'a Surroundings,
    digest: &'a str,
}

/// Asks every guard of this stage.
pub fn check(change: &ChangeRequest, stage: Stage, policy: &WritePolicy, around: &Surroundings) -> GuardReport {
    let digest = digest(change);
    let asked = Asked { change, stage, policy, around, digest: &digest };
    let guards = Guard::ALL.into_iter().filter(|guard| guard.since() <= stage);
    let answers = guards.map(|guard| (guard, asked.answer(guard))).collect();
    let terms = change.wish().settings.iter().map(|setting| asked.terms(setting)).collect();
    GuardReport::new((change.id.clone(), change.revision()), digest, stage, around.now, answers, terms)
        .by_wall(around.wall)
}

impl<'a> Asked<'a> {
    fn answer(&self, guard: Guard) -> Answer {
        match guard {
            Guard::Writing => self.writing(),
            Guard::Person => self.person(),
            Guard::Complete => self.complete(),
            Guard::Allowed => self.allowed(),
            Guard::Range => self.range(),
            Guard::Delta => self.delta(),
            Guard::Rate => self.rate(),
            Guard::Trial => self.trial(),
            Guard::Owner => self.owner(),
            Guard::Simultaneous => self.simultaneous(),
            Guard::Freeze => self.freeze(),
            Guard::Link => self.link(),
            Guard::Fresh => self.fresh(),
            Guard::Unmoved => self.unmoved(),
            Guard::Mode => self.mode(),
            Guard::Interlocks => self.interlocks(),
            Guard::Simulation => self.simulation(),
            Guard::Credible => self.credible(),
            Guard::Approval => self.approval(),
        }
    }

    /// Settings with their rules; those without one are refused by the allow-list.
    fn ruled(&self) -> impl Iterator<Item = (&'a Setting, &'a WritableRule)> {
        let policy = self.policy;
        self.change.wish().settings.iter().filter_map(|setting| Some((setting, policy.rule(&setting.signal)?)))
    }

    fn present(&self, signal: &str) -> Option<&'a Present> {
        self.around.present.get(signal)
    }

    fn terms(&self, setting: &Setting) -> Terms {
        let Some(rule) = self.policy.rule(&setting.signal) else { return Terms::default() };
        let link = self.around.links.get(&setting.signal);
        let rates = [setting.ramp_per_sec, rule.setpoint.rate_limit_per_sec];
        Terms {
            rate_per_sec: rates.into_iter().flatten().min_by(f64::total_cmp),
            step: rule.setpoint.step,
            readback: rule.readback.clone().filter(|_| link.is_some_and(|link| link.readback)),
            tolerance: rule.tolerance,
            deadline: rule.deadline,
            watchdog: link.is_some_and(|link| link.watchdog),
        }
    }
}

fn refuse(words: impl Into<String>) -> Answer {
    Err(words.into())
}
