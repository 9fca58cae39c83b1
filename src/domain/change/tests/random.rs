//! Changes driven by chance, beside a ledger that knows only what was told and what was asked for.

use std::collections::HashSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::*;

/// What the plant and the executor did, independent of what the change remembers.
struct Ledger {
    desk: Desk,
    /// What the equipment holds.
    plant: [f64; 2],
    todo: Vec<Action>,
    recorded: HashSet<u64>,
    /// Numbers of all writes that were asked for.
    asked: HashSet<u64>,
    /// When each setting was last asked to be written.
    written_at: [Option<Timestamp>; 2],
    /// Last good value told of each setting.
    read: [Option<(f64, Timestamp)>; 2],
    /// Must be read before it is written.
    unread: [bool; 2],
    reached: HashSet<State>,
}

fn index(signal: &str) -> usize {
    usize::from(signal == WARM)
}

impl Ledger {
    fn new() -> Self {
        Self {
            desk: Desk::new(),
            plant: [600.0, 70.0],
            todo: Vec::new(),
            recorded: HashSet::new(),
            asked: HashSet::new(),
            written_at: [None; 2],
            read: [None; 2],
            unread: [false; 2],
            reached: HashSet::new(),
        }
    }

    fn tell(&mut self, event: Event) {
        let (before, now) = (self.desk.state(), self.desk.now);
        match &event {
            Event::AuditWritten { sequence } => {
                self.recorded.insert(*sequence);
            }
            Event::Read { signal, value, source_time, quality } if quality.is_good() => {
                let at = index(signal);
                self.read[at] = Some((*value, *source_time));
                if self.written_at[at].is_none_or(|written| *source_time > written) {
                    self.unread[at] = false;
                }
            }
            Event::Restarted if before.active() => self.unread = self.written_at.map(|at| at.is_some()),
            _ => {}
        }
        let approval = self.desk.change.approval().cloned();
        let Ok((change, actions)) = self.desk.change.step(event.clone(), now) else { return };
        let state = change.state();
        if state == State::Pushing && before != State::Pushing {
            let approval = approval.expect("no push without an approval");
            let Event::PushAsked { guards, .. } = &event else { panic!("pushing after {event:?}") };
            assert_eq!(before, State::Approved);
            assert!(Guard::ALL.iter().all(|guard| guards.answers().contains(&(*guard, Ok(())))), "{guards:?}");
            assert!(approval.at <= now && now < approval.expires && approval.approver != change.requester);
            assert_eq!(approval.digest, digest(&change));
            (self.written_at, self.read) = ([None; 2], [None; 2]);
        }
        for action in &actions {
            if let Action::Write { signal, value, expected, sequence, .. } = action {
                let at = index(signal);
                assert!(self.recorded.contains(sequence), "written without a record");
                assert!(self.asked.insert(*sequence), "{sequence} was written twice");
                assert!(!self.unread[at], "{signal} was written before it was read");
                assert!(at == 1 || (value - expected).abs() <= 4.0 + 1e-6, "{expected} -> {value} is too fast");
                self.written_at[at] = Some(now);
            }
        }
        let wish = change.wish();
        if state != before && matches!(state, State::Kept | State::OnTrial) {
            for (at, setting) in wish.settings.iter().enumerate() {
                assert!(self.shown(at, setting.to), "{state:?} without a read-back of {}", setting.signal);
            }
        }
        if state != before && state == State::Reverted {
            for (at, setting) in wish.settings.iter().enumerate() {
                assert!(
                    self.written_at[at].is_none() || self.failed_alone(&change, at) || self.shown(at, setting.from)
                );
            }
        }
        if state != before && state == State::Failed {
            let writes = change.progress().map_or(&[][..], |progress| &progress.writes[..]);
            assert!(writes.iter().all(|write| write.written_at.is_none()), "something may have been taken");
        }
        self.reached.insert(state);
        self.todo.extend(actions);
        self.desk.change = change;
    }

    /// The equipment refused the only write of this setting.
    fn failed_alone(&self, change: &ChangeRequest, at: usize) -> bool {
        change.progress().is_some_and(|progress| progress.writes[at].written_at.is_none())
    }

    fn shown(&self, at: usize, goal: f64) -> bool {
        self.read[at].is_some_and(|(value, source_time)| {
            (value - goal).abs() <= TOLERANCE && self.written_at[at].is_none_or(|written| source_time > written)
        })
    }

    /// Carries out the oldest action, mostly well.
    fn serve(&mut self, chance: u8) {
        if self.todo.is_empty() {
            return self.tell(Event::Tick);
        }
        let action = self.todo.remove(0);
        match action {
            Action::Audit(record) => {
                if let (AuditKind::WriteIntended, Some(sequence)) = (record.what, record.sequence) {
                    self.tell(Event::AuditWritten { sequence });
                }
            }
            Action::Write { signal, value, sequence, .. } => {
                let why = "chance".to_owned();
                if chance < 244 {
                    self.plant[index(&signal)] = value;
                }
                self.tell(match chance {
                    0..240 => Event::WriteAccepted { sequence },
                    240..247 => Event::WriteUnknown { sequence, why },
                    247..252 => Event::WriteFailed { sequence, why },
                    _ => Event::WriteClamped { sequence },
                });
            }
            Action::ReadBack { signal } if chance < 230 => self.read(index(&signal), chance),
            _ => {}
        }
    }

    fn read(&mut self, at: usize, chance: u8) {
        let quality = if chance.is_multiple_of(16) { "bad" } else { "good" };
        self.desk.now = self.desk.now + Span::from_millis(if chance.is_multiple_of(8) { 0 } else { 900 });
        let (signal, value) = ([FAST, WARM][at].to_owned(), self.plant[at]);
        let quality = Quality::parse(quality).expect("a quality");
        self.tell(Event::Read { signal, value, source_time: self.desk.now, quality });
    }

    /// The next step on the way to the plant, mostly as it should be.
    fn go_on(&mut self, chance: u8) {
        let (change, now) = (self.desk.change.clone(), self.desk.now);
        let stage = [Stage::Draft, Stage::Approval, Stage::Push][usize::from(chance.is_multiple_of(31))..]
            .iter()
            .copied()
            .find(|stage| match change.state() {
                State::Draft => true,
                State::Compared => *stage >= Stage::Approval,
                _ => *stage == Stage::Push,
            })
            .unwrap_or(Stage::Push);
        let no = |_| if chance % 37 == 1 { Err("chance".to_owned()) } else { Ok(()) };
        let at = if chance % 41 == 2 { now - Span::from_secs(9) } else { now };
        let mut guards = Box::new(report_with(&change, stage, at, no, terms(!chance.is_multiple_of(23))));
        if chance % 43 == 3 {
            guards = Box::new(report(&Desk::new().change, stage, now));
        }
        self.tell(match change.state() {
            State::Draft => Event::SimulateAsked { by: user("ann"), guards },
            State::Simulating => Event::Simulated(Box::new(evidence())),
            State::Compared => {
                let mut approval = approval(&change, now);
                match chance % 19 {
                    4 => approval.digest = "another".into(),
                    5 => approval.approver = user("ann"),
                    6 => approval.expires = now + Span::from_secs(1),
                    _ => {}
                }
                Event::Approved { approval, guards }
            }
            State::Approved => Event::PushAsked { by: user("carl"), guards },
            State::OnTrial if chance > 160 => Event::KeepAsked { by: user("carl") },
            State::Mismatch | State::Unverified | State::RevertFailed => {
                Event::RevertAsked { by: user("carl"), why: "chance".into() }
            }
            _ => Event::Edited { by: user("ann"), wish: Box::new(wish()) },
        });
    }

    fn step(&mut self, (kind, chance): (u8, u8)) {
        let why = || "chance".to_owned();
        match kind {
            0..120 => self.serve(chance),
            120..150 => self.go_on(chance),
            150..175 => {
                self.desk.now = self.desk.now + Span::from_millis(100 + i64::from(chance) * 8);
                self.tell(Event::Tick);
            }
            175..225 => self.read(usize::from(chance % 2), chance / 2),
            225..238 => self.tell(Event::Heartbeat),
            238..240 => self.tell(Event::ApprovalOver { why: why() }),
            240 => self.tell(Event::Restarted),
            241 => self.tell(Event::LinkLost { why: why() }),
            242 => self.tell(Event::Aborted { why: why() }),
            243 => self.tell(Event::RevertAsked { by: user("carl"), why: why() }),
            244 => self.plant[usize::from(chance % 2)] += f64::from(chance) / 64.0,
            245 => self.desk.now = self.desk.now + Span::from_secs(i64::from(chance) * 30),
            246 if chance < 60 => self.tell(Event::AuditFailed { why: why() }),
            247 => self.todo.clear(),
            248 => self.tell(Event::AuditWritten { sequence: u64::from(chance % 12) }),
            249 => self.tell(Event::WriteAccepted { sequence: u64::from(chance % 12) }),
            250 => self.tell(Event::Diverged { why: why() }),
            251 => self.tell(Event::Rejected { by: user("bob"), why: why() }),
            252 => self.tell(Event::SimulationFailed { why: why() }),
            _ => self.tell(Event::Tick),
        }
    }
}

fn walk(steps: &[(u8, u8)]) -> Ledger {
    let mut ledger = Ledger::new();
    steps.iter().for_each(|step| ledger.step(*step));
    ledger
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]
    #[test]
    fn no_order_of_events_breaks_the_guarantees(steps in prop::collection::vec(any::<(u8, u8)>(), 20..200)) {
        walk(&steps);
    }
}

/// So that the property above is not true of walks that never leave the desk.
#[test]
fn chance_reaches_every_state() {
    let mut runner = TestRunner::deterministic();
    let strategy = prop::collection::vec(any::<(u8, u8)>(), 200);
    let mut reached = HashSet::new();
    for _ in 0..1500 {
        let steps = strategy.new_tree(&mut runner).expect("steps").current();
        reached.extend(walk(&steps).reached);
    }
    let missing: Vec<State> = State::ALL.into_iter().filter(|state| !reached.contains(state)).collect();
    assert_eq!(missing, []);
}
