//! What is known around a change, for the guards.

use std::collections::HashMap;

use super::snapshot::Snapshot;
use crate::control::people::Accounts;
use crate::control::policy::Surroundings;
use crate::domain::change::{ChangeRequest, Stage, WritePolicy};
use crate::domain::person::UserName;
use crate::domain::time::Timestamp;

/// What is known whatever is asked.
pub struct Around<'a> {
    pub policy: &'a WritePolicy,
    pub accounts: &'a Accounts,
    pub plant: &'a Snapshot,
    /// Plant time.
    pub now: Timestamp,
    /// The same moment by the wall clock.
    pub wall: Timestamp,
}

/// Equipment belongs to whoever asked for the change that acts on it. Who pushes takes over what nobody has. Links
/// and other changes that act are left to whoever holds them.
pub fn surroundings<'a>(
    around: &Around,
    changes: impl Iterator<Item = &'a ChangeRequest>,
    change: &ChangeRequest,
    stage: Stage,
    actor: &UserName,
) -> Surroundings {
    let equipment = |change: &ChangeRequest| {
        let rules = change.wish().settings.iter().filter_map(|setting| around.policy.rule(&setting.signal));
        rules.map(|rule| rule.equipment.clone()).collect::<Vec<_>>()
    };
    let mut owners: HashMap<String, UserName> = HashMap::new();
    if stage == Stage::Push {
        owners.extend(equipment(change).into_iter().map(|equipment| (equipment, actor.clone())));
    }
    for other in changes.filter(|other| other.id != change.id && other.state().active()) {
        owners.extend(equipment(other).into_iter().map(|equipment| (equipment, other.requester.clone())));
    }
    let enabled = around.accounts.list().filter(|account| !account.disabled);
    Surroundings {
        now: around.now,
        wall: around.wall,
        view_only: false,
        actor: actor.clone(),
        people: enabled.map(|account| (account.name.clone(), account.role)).collect(),
        owners,
        active: Vec::new(),
        present: around.plant.present.clone(),
        links: HashMap::new(),
    }
}
