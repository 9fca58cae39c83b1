//! Guards about who and when: people, owners, other changes, freeze windows, simulation and approval.

use super::{Answer, Asked, refuse};
use crate::control::people::{Permission, may};
use crate::domain::change::Stage;
use crate::domain::person::UserName;
use crate::domain::time::Span;

impl Asked<'_> {
    pub(super) fn writing(&self) -> Answer {
        if self.around.view_only {
            return refuse("The program was started to look only. Nothing is written. Start it without --view-only.");
        }
        if !self.policy.enabled {
            return refuse("Writing is switched off in the project. Nothing is written. Have the project enable it.");
        }
        Ok(())
    }

    pub(super) fn person(&self) -> Answer {
        let (requester, actor) = (&self.change.requester, &self.around.actor);
        self.may(requester, Permission::Draft)?;
        match self.stage {
            Stage::Draft => self.may(actor, Permission::Simulate),
            Stage::Approval => self.may_approve(actor),
            Stage::Push => {
                self.may(actor, Permission::Push)?;
                self.change.approval().map_or(Ok(()), |approval| self.may_approve(&approval.approver))
            }
        }
    }

    fn may_approve(&self, person: &UserName) -> Answer {
        if *person == self.change.requester {
            return refuse(format!(
                "{person} asked for the change and cannot approve it. It stays without approval. Ask a second person."
            ));
        }
        self.may(person, Permission::Approve)
    }

    fn may(&self, person: &UserName, permission: Permission) -> Answer {
        match self.around.people.get(person) {
            Some(role) if may(*role, permission) => Ok(()),
            Some(role) => refuse(format!(
                "{person} is {}, and this takes at least {}. It is not done. Ask someone who may.",
                role.name(),
                permission.least_role().name()
            )),
            None => refuse(format!(
                "{person} has no account here, or it is disabled. Nobody answers for the change. Ask someone who has one."
            )),
        }
    }

    pub(super) fn owner(&self) -> Answer {
        let person = if self.stage == Stage::Push { &self.around.actor } else { &self.change.requester };
        for (_, rule) in self.ruled() {
            let equipment = &rule.equipment;
            match self.around.owners.get(equipment) {
                Some(owner) if owner != person => {
                    return refuse(format!(
                        "{equipment} belongs to {owner} at present. Two people would work on it. Ask {owner} to hand it over."
                    ));
                }
                None if self.stage == Stage::Push => {
                    return refuse(format!(
                        "Nobody owns {equipment}. Others could work on it meanwhile. Take it over first."
                    ));
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn simultaneous(&self) -> Answer {
        let others = || self.around.active.iter().filter(|active| active.id != self.change.id);
        if others().count() >= self.policy.max_simultaneous {
            return refuse(format!(
                "{} other changes act on the plant, and {} is the most at a time. What comes of each could not be told \
                 apart. Wait until one ends.",
                others().count(),
                self.policy.max_simultaneous
            ));
        }
        let shared = |equipment: &String| others().find(|active| active.equipment.contains(equipment));
        for (_, rule) in self.ruled() {
            if let Some(other) = shared(&rule.equipment) {
                return refuse(format!(
                    "{} acts on {} at present. The two would disturb each other. Wait until it ends.",
                    other.id, rule.equipment
                ));
            }
        }
        Ok(())
    }

    pub(super) fn freeze(&self) -> Answer {
        self.policy.frozen(self.around.now).map_or(Ok(()), |window| {
            refuse(format!("Nothing is changed during \"{}\". It is not done. Wait until it is over.", window.name))
        })
    }

    pub(super) fn simulation(&self) -> Answer {
        let Some(evidence) = self.change.evidence() else {
            return refuse("The change was not simulated. Nobody knows what it does. Simulate it.");
        };
        // The state that it started from ages, too: the copy may have been asked about an old one.
        let age = self.around.now - evidence.simulated_at.min(evidence.started);
        if age < Span::ZERO || age > self.policy.simulation_valid {
            return refuse(format!(
                "The simulation is {age} old, and counts for {}. The plant may have changed since. Simulate again.",
                self.policy.simulation_valid
            ));
        }
        let wish = self.change.wish();
        if evidence.snapshot.len() != wish.settings.len() {
            return refuse("The simulation had other settings. It says nothing about this change. Simulate again.");
        }
        for (setting, simulated) in wish.settings.iter().zip(&evidence.snapshot) {
            let tolerance = self.policy.rule(&setting.signal).map_or(0.0, |rule| rule.tolerance);
            let off = (simulated - setting.from).abs();
            if off.is_nan() || off > tolerance {
                return refuse(format!(
                    "The simulation started with {} at {simulated}, and the change at {}. It says nothing about this \
                     change. Simulate again.",
                    setting.signal, setting.from
                ));
            }
        }
        Ok(())
    }

    pub(super) fn credible(&self) -> Answer {
        let doubts = self.change.evidence().map_or(&[][..], |evidence| &evidence.doubts);
        if !self.policy.needs_credible || doubts.is_empty() {
            return Ok(());
        }
        refuse(format!(
            "The project asks for a credible model. The answer of this one may be wrong. {} Check the model.",
            doubts.join(" ")
        ))
    }

    pub(super) fn approval(&self) -> Answer {
        let Some(approval) = self.change.approval() else {
            return refuse("Nobody approved the change. It is not written. Ask an approver.");
        };
        if approval.digest != self.digest {
            return refuse(
                "The approval is for another change, or an earlier state of it. It is not written. Ask again.",
            );
        }
        let now = self.around.wall;
        let ends = approval.expires.min(approval.at + self.policy.approval_valid);
        if now < approval.at || now >= ends {
            return refuse(format!(
                "The approval holds from {} to {ends}, and not now. The plant may have changed since. Ask again.",
                approval.at
            ));
        }
        Ok(())
    }
}
