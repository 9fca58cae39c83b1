//! One event, and all that follows from it.

use std::collections::{BTreeMap, VecDeque};

use super::{By, Executor, PushError, Request};
use crate::control::audit::AuditError;
use crate::control::links::{WriteOutcome, WriteRequest};
use crate::control::store::Stored;
use crate::domain::audit::AuditKind;
use crate::domain::change::{Action, ChangeId, ChangeRequest, DivergenceWatch, Event, State, Terms, figure};
use crate::domain::change_record::ChangeRecord;
use crate::domain::time::Timestamp;

/// Most events that may follow from one: sixteen settings take about a hundred. What is left over is as good as
/// lost on the way, which the deadlines of the change find.
const MOST_EVENTS: usize = 1_000;

impl Executor {
    /// An event that nobody waits for the answer of.
    pub(super) fn follow(&mut self, id: &ChangeId, event: Event, now: Timestamp) {
        match self.round(id, event, &By::default(), now) {
            Ok(()) | Err(PushError::Refused(_)) => {}
            Err(error) => self.tell(id, error.to_string()),
        }
    }

    pub(super) fn round(&mut self, id: &ChangeId, event: Event, by: &By, now: Timestamp) -> Result<(), PushError> {
        let mut events = VecDeque::new();
        self.step(id, event, by, now, &mut events)?;
        for _ in 0..MOST_EVENTS {
            let Some(event) = events.pop_front() else { break };
            match self.step(id, event, &By::default(), now, &mut events) {
                // The change went on meanwhile and has no use for it.
                Ok(()) | Err(PushError::Refused(_)) => {}
                Err(error) => {
                    self.tell(id, error.to_string());
                    break;
                }
            }
        }
        self.watch(id);
        Ok(())
    }

    fn step(
        &mut self,
        id: &ChangeId,
        event: Event,
        by: &By,
        now: Timestamp,
        events: &mut VecDeque<Event>,
    ) -> Result<(), PushError> {
        let stored = self.changes.get(id).ok_or_else(|| PushError::NoChange(id.clone()))?;
        let before = stored.change.state();
        let (change, actions) = stored.change.step(event, now)?;
        let mut owed = stored.owed.clone();
        if owed.records.is_empty() {
            owed.after = (!self.disk.broken()).then_some(self.entries);
        }
        let records = actions.iter().filter_map(|action| match action {
            Action::Audit(record) => Some(self.filled(record.as_ref().clone(), by)),
            _ => None,
        });
        owed.records.extend(records);
        let next = Stored { change, owed };
        let kept_already = next.change == stored.change && next.owed.records == stored.owed.records;
        self.release(id, next.change.state(), &actions)?;
        if !kept_already && let Err(error) = self.disk.put(&next) {
            self.arm_again(id, &actions);
            return Err(error.into());
        }
        self.changes.insert(id.clone(), next);
        match self.settle(id, Some(before)) {
            Ok(announced) => {
                events.extend(announced.into_iter().map(|sequence| Event::AuditWritten { sequence }));
                self.act(id, actions, events);
            }
            Err(error) => {
                self.tell(id, error.to_string());
                events.clear();
                events.push_back(Event::AuditFailed { why: error.to_string() });
            }
        }
        Ok(())
    }

    /// Appends what a change owes to the log; the answer are the numbers of the writes that it announced. `state` is
    /// where it stood before what it owes, if that is known.
    pub(super) fn settle(&mut self, id: &ChangeId, mut state: Option<State>) -> Result<Vec<u64>, AuditError> {
        let mut announced = Vec::new();
        let Some(stored) = self.changes.get_mut(id) else { return Ok(announced) };
        while let Some(record) = stored.owed.records.first() {
            let receipt = self.disk.append(record)?;
            announced.extend(record.sequence.filter(|_| record.what == AuditKind::WriteIntended));
            self.entries = receipt.number;
            let told = ChangeRecord::of(record, (receipt.number, &receipt.hash), Some(&stored.change), state);
            state = told.after;
            self.happened.push(told);
            stored.owed.records.remove(0);
            stored.owed.after = Some(receipt.number);
        }
        Ok(announced)
    }

    /// Before the end of a change is kept, because afterwards nobody would come back to it: when the process ends
    /// in between, the change is still on trial and goes back as one.
    fn release(&mut self, id: &ChangeId, next: State, actions: &[Action]) -> Result<(), PushError> {
        for action in actions {
            let Action::ReleaseWatchdog { signal } = action else { continue };
            let Err(why) = self.links.of(signal).and_then(|link| link.release(signal)) else { continue };
            if next == State::Kept {
                self.arm_again(id, actions);
                return Err(PushError::Watchdog { signal: signal.clone(), why });
            }
            self.tell(
                id,
                format!(
                    "The watchdog of {signal} could not be released: {why}. The controller may set it to the value \
                     from before the change once more. Look at the equipment before you change it."
                ),
            );
        }
        Ok(())
    }

    /// After a change did not come to its end, whose watchdogs may have been released.
    fn arm_again(&mut self, id: &ChangeId, actions: &[Action]) {
        let settings = self.changes.get(id).map(|stored| stored.change.wish().settings.clone()).unwrap_or_default();
        for setting in settings {
            let signal = &setting.signal;
            let released =
                |action: &Action| matches!(action, Action::ReleaseWatchdog { signal: other } if other == signal);
            if actions.iter().any(released)
                && let Err(why) = self.links.of(signal).and_then(|link| link.arm(signal, setting.from))
            {
                self.tell(
                    id,
                    format!(
                        "The watchdog of {signal} may be off: {why}. {signal} would stay where it is if this program \
                         ended now. Revert the change."
                    ),
                );
            }
        }
    }

    fn act(&mut self, id: &ChangeId, actions: Vec<Action>, events: &mut VecDeque<Event>) {
        let mut unarmed = BTreeMap::new();
        for action in actions {
            match action {
                // Done already.
                Action::Audit(_) | Action::ReleaseWatchdog { .. } => {}
                Action::Simulate => self.requests.push(Request::Simulate(id.clone())),
                Action::StartTrial { until } => self.requests.push(Request::StartTrial { change: id.clone(), until }),
                Action::Notify(words) => self.tell(id, words),
                Action::ArmWatchdog { signal, back_to } => {
                    if let Err(why) = self.links.of(&signal).and_then(|link| link.arm(&signal, back_to)) {
                        unarmed.insert(signal, why);
                    }
                }
                Action::FeedWatchdog { signal } => {
                    if let Err(why) = self.links.of(&signal).and_then(|link| link.feed(&signal)) {
                        events
                            .push_back(Event::LinkLost { why: format!("The watchdog of {signal} is not fed: {why}") });
                    }
                }
                Action::Write { signal, unit, value, expected, sequence } => {
                    let why = unarmed.remove(&signal).map(|why| format!("its watchdog was not armed: {why}"));
                    let Some(change) = self.change(id) else { return };
                    let terms = terms(change, &signal);
                    let readback = terms.and_then(|terms| terms.readback.clone());
                    let (tolerance, deadline) = terms.map(|it| (it.tolerance, it.deadline)).unwrap_or_default();
                    let request =
                        WriteRequest { change: id.clone(), sequence, signal, value, unit, expected, deadline };
                    let ready = why.map_or(Ok(()), Err).and_then(|()| self.compare(&request, readback, tolerance));
                    events.push_back(match ready.map(|()| self.write(&request)) {
                        Ok(event) => event,
                        Err(why) => Event::WriteFailed { sequence, why: not_sent(&why) },
                    });
                }
                Action::ReadBack { signal } => events.extend(self.read(id, &signal)),
            }
        }
    }

    /// Whether the plant still holds what the write starts from, and the project still allows it.
    ///
    /// # Errors
    /// Why not, in words.
    fn compare(&mut self, request: &WriteRequest, readback: Option<String>, tolerance: f64) -> Result<(), String> {
        let WriteRequest { signal, value, expected, .. } = request;
        if self.policy.rule(signal).is_none() || !value.is_finite() {
            return Err(format!("the project does not allow {} for it", figure(*value)));
        }
        let Some(readback) = readback else { return Ok(()) };
        let holds = self.links.of(&readback)?.read(&readback)?;
        if !holds.quality.is_good() {
            return Err(format!("what it holds is {}", holds.quality));
        }
        if (holds.value - expected).abs() <= tolerance {
            return Ok(());
        }
        Err(format!(
            "it holds {} instead of {}: somebody else set it, or the last write had no effect",
            figure(holds.value),
            figure(*expected)
        ))
    }

    fn write(&mut self, request: &WriteRequest) -> Event {
        let sequence = request.sequence;
        let outcome = match self.links.of(&request.signal) {
            Ok(link) => link.write(request),
            Err(why) => WriteOutcome::NotSent(why),
        };
        match outcome {
            WriteOutcome::Accepted => Event::WriteAccepted { sequence },
            WriteOutcome::Clamped => Event::WriteClamped { sequence },
            WriteOutcome::Rejected(why) => {
                Event::WriteFailed { sequence, why: format!("refused by the equipment: {why}") }
            }
            WriteOutcome::NotSent(why) => Event::WriteFailed { sequence, why: not_sent(&why) },
            WriteOutcome::Unknown(why) => Event::WriteUnknown { sequence, why },
        }
    }

    /// What the plant holds, where it is newer than what the change knows.
    pub(super) fn read(&mut self, id: &ChangeId, signal: &str) -> Option<Event> {
        let holds = self.links.of(signal).and_then(|link| link.read(signal)).ok()?;
        let writes = &self.change(id)?.progress()?.writes;
        let known = writes.iter().filter(|write| write.terms.readback.as_deref() == Some(signal));
        let news = known.into_iter().any(|write| write.read.is_none_or(|read| holds.source_time > read.source_time));
        news.then(|| Event::Read {
            signal: signal.to_owned(),
            value: holds.value,
            source_time: holds.source_time,
            quality: holds.quality,
        })
    }

    /// Watches the bands of a change while it may still leave them.
    fn watch(&mut self, id: &ChangeId) {
        let change = self.changes.get(id).map(|stored| &stored.change);
        let watched = change.filter(|change| change.state().active() && change.state() != State::Reverting);
        let Some(change) = watched else {
            self.watches.remove(id);
            return;
        };
        if let (Some(plan), Some(evidence), Some(progress)) =
            (change.wish().trial.divergence, change.evidence(), change.progress())
        {
            let new = || DivergenceWatch::new(plan, progress.began, evidence.bands.clone());
            self.watches.entry(id.clone()).or_insert_with(new);
        }
    }
}

fn not_sent(why: &str) -> String {
    format!("not sent, because {why}")
}

fn terms<'a>(change: &'a ChangeRequest, signal: &str) -> Option<&'a Terms> {
    let mut pairs = change.wish().settings.iter().zip(&change.progress()?.writes);
    pairs.find_map(|(setting, write)| (setting.signal == signal).then_some(&write.terms))
}
