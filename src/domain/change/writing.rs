//! The writes of a change: announced, sent once, answered once.

use super::machine::Step;
use super::progress::Pending;
use super::ramp::{RAMP_STEP, next_value};
use super::{Action, Refusal, State, WriteProgress};
use crate::domain::audit::AuditKind;
use crate::domain::value::Value;

/// What a write came to.
pub(super) enum Answer {
    Accepted,
    Clamped,
    Failed,
    Unknown,
}

impl Step {
    /// Announces what is due; true when all settings are where they go and nothing is on its way.
    pub fn moved(&mut self) -> bool {
        self.plan();
        let back = self.change.state == State::Reverting;
        self.pairs().all(|(setting, write)| {
            let goal = if back { setting.from } else { setting.to };
            write.pending.is_none() && (write.stands == goal || (back && !write.returns()))
        })
    }

    /// Announces the next step of each ramp.
    fn plan(&mut self) {
        let (now, back) = (self.now, self.change.state == State::Reverting);
        let mut sequence = self.change.sequence;
        let mut planned = Vec::new();
        for (setting, write) in self.pairs() {
            let elapsed = now - write.moved_at;
            let early = write.terms.rate_per_sec.is_some() && elapsed < RAMP_STEP;
            if write.pending.is_some() || write.doubtful || early || (back && !write.returns()) {
                continue;
            }
            let goal = if back { setting.from } else { setting.to };
            let value = next_value(write.stands, goal, write.terms.rate_per_sec, write.terms.step, elapsed);
            if value == write.stands {
                continue;
            }
            sequence = u64::saturating_add(sequence, 1);
            planned.push((setting.signal.clone(), setting.unit.clone(), write.stands, value, sequence));
            write.moved_at = now;
            write.pending = Some(Pending { sequence, value, asked_at: now, sent_at: None, before: write.written_at });
        }
        self.change.sequence = sequence;
        for (signal, unit, from, to, sequence) in planned {
            self.audit(AuditKind::WriteIntended);
            self.describe(|record| {
                (record.signal, record.unit, record.sequence) = (Some(signal), Some(unit), Some(sequence));
                (record.from, record.to) = (Value::real(from), Value::real(to));
            });
        }
    }

    /// The record is on disk: now it may be written.
    pub fn send(&mut self, sequence: u64) -> Result<(), Refusal> {
        let now = self.now;
        let mut actions = Vec::new();
        for (setting, write) in self.pairs() {
            let waits = |it: &&mut Pending| it.sequence == sequence && it.sent_at.is_none();
            let Some(pending) = write.pending.as_mut().filter(waits) else { continue };
            pending.sent_at = Some(now);
            let (signal, unit) = (setting.signal.clone(), setting.unit.clone());
            if write.terms.watchdog && !write.armed {
                write.armed = true;
                actions.push(Action::ArmWatchdog { signal: signal.clone(), back_to: setting.from });
            }
            actions.push(Action::Write { signal, unit, value: pending.value, expected: write.stands, sequence });
            (write.written_at, write.unanswered, write.read) = (Some(now), None, None);
        }
        if actions.is_empty() {
            return Err(Refusal::NoSuchWrite(sequence));
        }
        self.actions.append(&mut actions);
        Ok(())
    }

    pub fn answered(&mut self, sequence: u64, answer: Answer, why: &str) -> Result<(), Refusal> {
        let back = self.change.state == State::Reverting;
        let waits = |write: &WriteProgress| {
            write.pending.as_ref().is_some_and(|it| it.sequence == sequence && it.sent_at.is_some())
        };
        let Some((setting, write)) = self.pairs().find(|(_, write)| waits(write)) else {
            return Err(Refusal::NoSuchWrite(sequence));
        };
        let signal = setting.signal.clone();
        let outcome = match (answer, &write.pending) {
            (Answer::Accepted, Some(pending)) => {
                write.stands = pending.value;
                write.pending = None;
                "accepted"
            }
            (Answer::Failed, Some(pending)) => {
                write.written_at = pending.before;
                write.pending = None;
                ""
            }
            (Answer::Clamped, _) => {
                write.pending = None;
                write.doubtful = true;
                "clamped by the equipment"
            }
            _ => {
                write.doubt();
                "left without an answer"
            }
        };
        let accepted = outcome == "accepted";
        let said = [outcome, why];
        let words = said.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(": ");
        let problem = format!("The write of {signal} was {words}.");
        if !accepted && back {
            write.lost = Some(problem.clone());
        }
        self.audit(AuditKind::WriteAnswered);
        self.describe(|record| {
            (record.signal, record.sequence, record.outcome) = (Some(signal), Some(sequence), words);
        });
        if accepted || back {
            self.advance();
        } else {
            self.revert(None, &problem);
        }
        Ok(())
    }
}
