//! The way back: what the plant holds is read, brought to where it was along the same ramps, and checked.

use super::machine::Step;
use super::progress::{Progress, WayBack};
use super::{Setting, State, WriteProgress, sentence};
use crate::domain::audit::AuditKind;
use crate::domain::person::UserName;

impl Step {
    /// Begins the way back: first it is read what the plant holds.
    pub fn revert(&mut self, by: Option<&UserName>, why: &str) {
        for (setting, write) in self.pairs() {
            write.doubt();
            write.pending = None;
            (write.read, write.lost) = (None, None);
            if write.terms.readback.is_some() {
                write.doubtful = write.touched();
            } else if write.doubtful {
                write.lost = Some(format!("{} cannot be read, and may have been written.", setting.signal));
            }
        }
        if self.change.progress.as_ref().is_none_or(|progress| !progress.touched()) {
            self.enter(State::Failed, AuditKind::PushFailed, by, why);
            self.release();
            self.notify();
            return;
        }
        self.enter(State::Reverting, AuditKind::RevertBegun, by, why);
        if by.is_some() {
            self.describe(|record| why.clone_into(&mut record.reason));
        }
        self.notify();
        self.set_way_back(WayBack::Locating);
        self.ask_readings();
        self.advance();
    }

    pub fn advance_back(&mut self) {
        match self.way_back() {
            WayBack::Locating => {
                if !self.writes().any(|write| write.returns() && write.doubtful) {
                    self.set_way_back(WayBack::Moving);
                    self.advance_back();
                }
            }
            WayBack::Moving => {
                if self.moved() {
                    self.ask_readings();
                    self.set_way_back(WayBack::Verifying);
                    self.advance_back();
                }
            }
            WayBack::Verifying => {
                let checked = |(setting, write): (&Setting, &mut WriteProgress)| {
                    !write.returns() || write.terms.readback.is_none() || write.shows(setting.from)
                };
                if self.pairs().all(checked) {
                    self.finish();
                }
            }
        }
    }

    /// The way back is at its end.
    fn finish(&mut self) {
        let lost: Vec<String> = self.writes().filter_map(|write| write.lost.clone()).collect();
        let began = self.change.why.clone();
        let blind = self.writes().any(|write| write.touched() && write.terms.readback.is_none());
        if !lost.is_empty() {
            let why = format!("{}{}", sentence(&began), lost.join(" "));
            self.enter(State::RevertFailed, AuditKind::RevertFailed, None, &why);
        } else if blind {
            self.enter(State::Unverified, AuditKind::Unverified, None, &began);
        } else {
            self.enter(State::Reverted, AuditKind::Reverted, None, &began);
            self.release();
        }
        self.notify();
    }

    /// Nothing may be written any more, not even back. Watchdogs stay armed: what is not fed goes back.
    pub fn give_up(&mut self, why: &str) {
        for (setting, write) in self.pairs() {
            write.doubt();
            write.pending = None;
            if write.touched() {
                write.lost = Some(format!("{} was written.", setting.signal));
            }
        }
        if self.change.progress.as_ref().is_some_and(Progress::touched) {
            self.change.why = why.to_owned();
            self.finish();
        } else {
            self.enter(State::Failed, AuditKind::PushFailed, None, why);
            self.release();
            self.notify();
        }
    }

    /// The deadline of the read-backs passed on the way back.
    pub fn overdue_back(&mut self) {
        let verifying = self.way_back() == WayBack::Verifying;
        for (setting, write) in self.pairs() {
            let missing =
                if verifying { write.terms.readback.is_some() && !write.shows(setting.from) } else { write.doubtful };
            if missing && write.returns() {
                let words = "shows nothing that is newer than the last write";
                write.lost = Some(format!("{} {words}.", setting.signal));
            }
        }
        self.advance();
    }
}
