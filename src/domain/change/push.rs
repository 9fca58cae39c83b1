//! The transitions of a change that acts on the plant: what happens on the way out and during the trial.

use super::machine::Step;
use super::progress::Read;
use super::writing::Answer;
use super::{Action, Event, Refusal, State, WriteProgress, figure};
use crate::domain::audit::AuditKind;
use crate::domain::person::UserName;
use crate::domain::quality::Quality;
use crate::domain::time::{Span, Timestamp};
use crate::domain::value::Value;

/// Longest silence of the desk after which a push or a trial goes back.
pub const HEARTBEAT_WITHIN: Span = Span::from_secs(10);

/// How far the time of a read-back may be ahead of ours. One from farther ahead would be newer than any write.
const CLOCK_AHEAD: Span = Span::from_secs(1);

impl Step {
    pub fn take_pushed(&mut self, event: Event, not_now: Refusal) -> Result<(), Refusal> {
        use State::*;
        let state = self.change.state;
        match (state, event) {
            (Pushing | Reverting, Event::AuditWritten { sequence }) => self.send(sequence),
            (Pushing | Reverting, Event::WriteAccepted { sequence }) => self.answered(sequence, Answer::Accepted, ""),
            (Pushing | Reverting, Event::WriteClamped { sequence }) => {
                self.answered(sequence, Answer::Clamped, "the equipment took another value")
            }
            (Pushing | Reverting, Event::WriteFailed { sequence, why }) => {
                self.answered(sequence, Answer::Failed, &why)
            }
            (Pushing | Reverting, Event::WriteUnknown { sequence, why }) => {
                self.answered(sequence, Answer::Unknown, &why)
            }
            (_, Event::AuditFailed { why }) if state.active() => {
                self.give_up(&format!("The audit log cannot be written: {why}."));
                Ok(())
            }
            (_, Event::Read { signal, value, source_time, quality }) if state.active() => {
                if quality == Quality::Good && value.is_finite() && source_time <= self.now + CLOCK_AHEAD {
                    self.read(&signal, Read { value, source_time });
                }
                Ok(())
            }
            (_, Event::Heartbeat) if state.active() => {
                self.heartbeat();
                Ok(())
            }
            (OnTrial, Event::KeepAsked { by }) => self.keep(&by, not_now),
            (
                Pushing | ReadingBack | OnTrial | Mismatch | Unverified | RevertFailed,
                Event::RevertAsked { by, why },
            ) => {
                self.revert(Some(&by), &why);
                Ok(())
            }
            (
                Pushing | ReadingBack | OnTrial,
                Event::Aborted { why } | Event::LinkLost { why } | Event::Diverged { why },
            ) => {
                self.revert(None, &why);
                Ok(())
            }
            (_, Event::Restarted) if state.active() => {
                self.audit(AuditKind::Restarted);
                for write in self.writes().filter(|write| write.touched()) {
                    write.doubtful = true;
                }
                // Before anything is read: a watchdog that bites afterwards would move what was just looked at.
                self.heartbeat();
                self.revert(None, "The program ended and came up again.");
                Ok(())
            }
            (_, Event::Tick) if state.active() => self.tick(),
            _ => Err(not_now),
        }
    }

    /// Does what can be done without another event.
    pub fn advance(&mut self) {
        match self.change.state {
            State::Pushing => self.advance_out(),
            State::ReadingBack => self.advance_reading(),
            State::Reverting => self.advance_back(),
            _ => {}
        }
    }

    /// When all steps were taken: what does the plant hold?
    fn advance_out(&mut self) {
        if !self.moved() {
            return;
        }
        self.ask_readings();
        let blind = self.pairs().find(|(_, write)| write.terms.readback.is_none());
        if let Some((setting, _)) = blind {
            let why = format!("{} cannot be read back.", setting.signal);
            self.enter(State::Unverified, AuditKind::Unverified, None, &why);
            self.notify();
        } else {
            self.change.state = State::ReadingBack;
            self.advance_reading();
        }
    }

    /// When all is read back the trial begins.
    fn advance_reading(&mut self) {
        if !self.pairs().all(|(setting, write)| write.shows(setting.to)) {
            return;
        }
        let until = self.now + self.change.wish.trial.lease;
        if let Some(progress) = &mut self.change.progress {
            (progress.until, progress.heartbeat, progress.deadline) = (Some(until), self.now, None);
        }
        self.enter(State::OnTrial, AuditKind::TrialBegun, None, "");
        self.actions.push(Action::StartTrial { until });
    }

    fn read(&mut self, signal: &str, read: Read) {
        let (now, state) = (self.now, self.change.state);
        let mut told = false;
        for (setting, write) in self.pairs() {
            if write.terms.readback.as_deref() != Some(signal) {
                continue;
            }
            write.arrived(read);
            let newest = write.read.is_none_or(|known| read.source_time >= known.source_time);
            if !newest || !write.newer(read.source_time) {
                continue;
            }
            write.read = Some(read);
            if state == State::Reverting && write.doubtful {
                (write.doubtful, write.unanswered) = (false, None);
                write.stands = if write.near(read.value, setting.from) { setting.from } else { read.value };
                write.moved_at = now;
            }
            told |= matches!(state, State::ReadingBack | State::Reverting);
        }
        if told {
            self.audit(AuditKind::ReadBack);
            self.describe(|record| {
                (record.signal, record.to) = (Some(signal.to_owned()), Value::real(read.value));
                record.outcome = format!("held at {}", read.source_time);
            });
        }
        self.advance();
    }

    fn heartbeat(&mut self) {
        let now = self.now;
        let Some(progress) = &mut self.change.progress else { return };
        progress.heartbeat = now;
        let armed = self.pairs().filter(|(_, write)| write.armed).map(|(setting, _)| setting.signal.clone());
        let feeds: Vec<Action> = armed.map(|signal| Action::FeedWatchdog { signal }).collect();
        self.actions.extend(feeds);
    }

    fn keep(&mut self, by: &UserName, not_now: Refusal) -> Result<(), Refusal> {
        let now = self.now;
        if self.change.progress.as_ref().is_none_or(|progress| progress.until.is_none_or(|until| now >= until)) {
            return Err(not_now);
        }
        if !self.pairs().all(|(setting, write)| write.shows(setting.to)) {
            return Err(Refusal::NotReadBack);
        }
        self.enter(State::Kept, AuditKind::Kept, Some(by), "");
        self.release();
        Ok(())
    }

    fn tick(&mut self) -> Result<(), Refusal> {
        let now = self.now;
        let late = |since: Timestamp, write: &WriteProgress| now - since > write.terms.deadline;
        if self
            .writes()
            .any(|write| write.pending.as_ref().is_some_and(|it| it.sent_at.is_none() && late(it.asked_at, write)))
        {
            self.give_up("The audit log does not answer.");
            return Ok(());
        }
        let unanswered = self.writes().find_map(|write| {
            let pending = write.pending.as_ref()?;
            late(pending.sent_at?, write).then_some(pending.sequence)
        });
        if let Some(sequence) = unanswered {
            return self.answered(sequence, Answer::Unknown, "the equipment did not answer in time");
        }
        let Some(progress) = &self.change.progress else { return Ok(()) };
        let overdue = progress.deadline.is_some_and(|deadline| now >= deadline);
        match self.change.state {
            State::ReadingBack if overdue => self.not_read_back(),
            State::OnTrial if progress.until.is_none_or(|until| now >= until) => {
                self.revert(None, "The time of the trial is over and nobody kept the change.");
            }
            State::Pushing | State::OnTrial if now - progress.heartbeat > HEARTBEAT_WITHIN => {
                self.revert(None, "The desk was silent.");
            }
            State::Reverting if overdue => self.overdue_back(),
            _ => self.advance(),
        }
        Ok(())
    }

    /// The deadline of the read-backs passed.
    fn not_read_back(&mut self) {
        let other = self.pairs().find_map(|(setting, write)| {
            let read = write.read.filter(|read| !write.near(read.value, setting.to))?;
            Some(format!("{} shows {} instead of {}.", setting.signal, figure(read.value), figure(setting.to)))
        });
        match other {
            Some(why) => self.enter(State::Mismatch, AuditKind::Mismatch, None, &why),
            None => self.enter(State::Unverified, AuditKind::Unverified, None, "No read-back came in time."),
        }
        self.notify();
    }

    pub fn ask_readings(&mut self) {
        let now = self.now;
        let Some(progress) = &mut self.change.progress else { return };
        progress.deadline = Some(progress.read_deadline(now));
        let asked = progress.writes.iter().filter(|write| write.touched() && write.lost.is_none());
        self.actions
            .extend(asked.filter_map(|write| write.terms.readback.clone()).map(|signal| Action::ReadBack { signal }));
    }

    pub fn release(&mut self) {
        let mut released = Vec::new();
        for (setting, write) in self.pairs().filter(|(_, write)| write.armed) {
            write.armed = false;
            released.push(Action::ReleaseWatchdog { signal: setting.signal.clone() });
        }
        self.actions.append(&mut released);
    }
}
