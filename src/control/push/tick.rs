//! What goes on by itself: time, links, conditions, what the plant shows.

use std::mem;

use super::{Executor, Request};
use crate::control::policy::Judged;
use crate::domain::change::{ChangeId, ChangeRequest, Event, State};
use crate::domain::signal::Sample;
use crate::domain::time::Timestamp;

impl Executor {
    /// Time went on. To be called once a second; ramps move and deadlines end here.
    ///
    /// `desk_alive` says that somebody could act: watchdogs are fed and trials go on only then. `judged` judges an
    /// expression by what the plant shows now, as `control::policy::judge` does.
    pub fn tick(&mut self, now: Timestamp, desk_alive: bool, judged: &dyn Fn(&str) -> Judged) -> Vec<Request> {
        let open = |change: &&ChangeRequest| change.state().active() || change.state() == State::Approved;
        let ids: Vec<ChangeId> = self.changes().filter(open).map(|change| change.id.clone()).collect();
        for id in &ids {
            if self.approval_ended(id, now) {
                self.follow(id, Event::ApprovalOver { why: String::new() }, now);
            }
            if let Some(event) = self.trouble(id, judged) {
                self.follow(id, event, now);
            }
            for signal in self.readbacks(id) {
                if let Some(event) = self.read(id, &signal) {
                    self.follow(id, event, now);
                }
            }
            self.follow(id, Event::Tick, now);
            if desk_alive {
                self.follow(id, Event::Heartbeat, now);
            }
        }
        mem::take(&mut self.requests)
    }

    /// Learns a sample of the plant: trials whose predicted bands it left for too long go back.
    pub fn observe(&mut self, path: &str, sample: &Sample, now: Timestamp) -> Vec<Request> {
        let seen = self.watches.iter_mut().filter_map(|(id, watch)| Some((id.clone(), watch.observe(path, sample)?)));
        let left: Vec<(ChangeId, String)> = seen.collect();
        for (id, why) in left {
            self.follow(&id, Event::Diverged { why }, now);
        }
        mem::take(&mut self.requests)
    }

    /// Whether the time of an approval that was not used yet is over.
    fn approval_ended(&self, id: &ChangeId, now: Timestamp) -> bool {
        let approved = self.change(id).filter(|change| change.state() == State::Approved);
        approved.is_some_and(|change| {
            let ends = change.approval().map(|it| it.expires.min(it.at + self.policy.approval_valid));
            ends.is_none_or(|ends| self.wall(now) >= ends)
        })
    }

    /// What ends the change early, the gravest first.
    fn trouble(&self, id: &ChangeId, judged: &dyn Fn(&str) -> Judged) -> Option<Event> {
        let change = self.change(id).filter(|change| change.state().active())?;
        if self.disk.broken() {
            return Some(Event::AuditFailed { why: "it failed before".to_owned() });
        }
        if change.state() == State::Reverting {
            return None;
        }
        let wish = change.wish();
        for setting in &wish.settings {
            let link = self.links.get(&setting.signal).map_or(Err("there is none".to_owned()), |link| link.connected());
            if let Err(why) = link {
                return Some(Event::LinkLost { why: format!("The link to {} is down: {why}", setting.signal) });
            }
        }
        let rules = wish.settings.iter().filter_map(|setting| self.policy.rule(&setting.signal));
        let interlocks = rules.flat_map(|rule| &rule.interlocks).map(|expression| (expression.text(), Judged::True));
        let conditions = wish.trial.abort_conditions.iter().map(|text| (text.as_str(), Judged::False));
        conditions.chain(interlocks).find_map(|(text, wanted)| {
            let why = match judged(text) {
                said if said == wanted => return None,
                Judged::True => format!("\"{text}\" is true"),
                Judged::False => format!("\"{text}\" is not met any more"),
                Judged::Unknown(why) => format!("\"{text}\" cannot be judged, because {why}"),
            };
            Some(Event::Aborted { why })
        })
    }

    /// What is to be read again and again: everything from the last write on.
    fn readbacks(&self, id: &ChangeId) -> Vec<String> {
        let reads = |state| matches!(state, State::ReadingBack | State::OnTrial | State::Reverting);
        let progress = self.change(id).filter(|change| reads(change.state())).and_then(|change| change.progress());
        let writes = progress.map_or(&[][..], |progress| &progress.writes);
        writes.iter().filter_map(|write| write.terms.readback.clone()).collect()
    }
}
