//! The change request by table, by story and by chance.

mod random;
mod stories;
mod table;

use super::*;
use crate::domain::audit::AuditKind;
use crate::domain::quality::Quality;

const FAST: &str = "Line/Filler/Speed";
const WARM: &str = "Line/Pasteuriser/Temperature";
const TOLERANCE: f64 = 0.1;
const DEADLINE: Span = Span::from_secs(5);
const LEASE: Span = Span::from_secs(600);

fn start() -> Timestamp {
    Timestamp::parse("2026-11-25T08:00:00Z").expect("a moment")
}

fn user(name: &str) -> UserName {
    UserName::new(name).expect("a name")
}

/// The speed goes by 4 a second, the temperature at once.
fn wish() -> Wish {
    let setting = |signal: &str, unit: &str, from, to| Setting {
        signal: signal.into(),
        unit: unit.into(),
        from,
        to,
        ramp_per_sec: None,
    };
    Wish {
        title: "Faster filler".into(),
        reason: "More bottles".into(),
        settings: vec![setting(FAST, "/min", 600.0, 610.0), setting(WARM, "Cel", 70.0, 72.0)],
        trial: TrialPlan { lease: LEASE, abort_conditions: vec!["Level > 90".into()], divergence: None },
    }
}

fn terms(readback: bool) -> Vec<Terms> {
    let term = |signal: &str, rate_per_sec| Terms {
        rate_per_sec,
        step: None,
        readback: readback.then(|| signal.to_owned()),
        tolerance: TOLERANCE,
        deadline: DEADLINE,
        watchdog: true,
    };
    vec![term(FAST, Some(4.0)), term(WARM, None)]
}

fn report(change: &ChangeRequest, stage: Stage, now: Timestamp) -> GuardReport {
    report_with(change, stage, now, |_| Ok(()), terms(true))
}

fn report_with(
    change: &ChangeRequest,
    stage: Stage,
    now: Timestamp,
    answer: impl Fn(Guard) -> Result<(), String>,
    terms: Vec<Terms>,
) -> GuardReport {
    let answers = Guard::ALL.into_iter().filter(|guard| guard.since() <= stage).map(|guard| (guard, answer(guard)));
    let revision = (change.id.clone(), change.revision());
    GuardReport::new(revision, digest(change), stage, now, answers.collect(), terms)
}

/// What stands for the digest: another one for another revision.
fn digest(change: &ChangeRequest) -> String {
    format!("digest of revision {}", change.revision())
}

fn evidence() -> Evidence {
    Evidence { simulated_at: start(), started: start(), snapshot: vec![600.0, 70.0], ..Evidence::default() }
}

fn approval(change: &ChangeRequest, now: Timestamp) -> Approval {
    Approval {
        approver: user("bob"),
        at: now,
        expires: now + Span::from_secs(3600),
        digest: digest(change),
        reason: "Looks right".into(),
    }
}

/// A change, the moment, and what is to be done.
#[derive(Clone)]
struct Desk {
    change: ChangeRequest,
    now: Timestamp,
    actions: Vec<Action>,
}

impl Desk {
    fn new() -> Self {
        let id = ChangeId::new("C-2026-11-25-0003").expect("an id");
        Self { change: ChangeRequest::new(id, user("ann"), wish(), start()), now: start(), actions: Vec::new() }
    }

    fn tell(&mut self, event: Event) -> &mut Self {
        let (change, actions) =
            self.change.step(event.clone(), self.now).unwrap_or_else(|error| panic!("{event:?}: {error}"));
        self.change = change;
        self.actions = actions;
        self
    }

    fn after(&mut self, secs: i64) -> &mut Self {
        self.now = self.now + Span::from_secs(secs);
        self
    }

    fn state(&self) -> State {
        self.change.state()
    }

    fn compared() -> Self {
        let mut desk = Self::new();
        let guards = Box::new(report(&desk.change, Stage::Draft, desk.now));
        desk.tell(Event::SimulateAsked { by: user("ann"), guards });
        desk.tell(Event::Simulated(Box::new(evidence())));
        desk
    }

    fn approved() -> Self {
        let mut desk = Self::compared();
        let guards = Box::new(report(&desk.change, Stage::Approval, desk.now));
        let approval = approval(&desk.change, desk.now);
        desk.tell(Event::Approved { approval, guards });
        desk
    }

    /// The temperature is announced, the speed waits for its first step.
    fn pushing(terms: Vec<Terms>) -> Self {
        let mut desk = Self::approved();
        let guards = Box::new(report_with(&desk.change, Stage::Push, desk.now, |_| Ok(()), terms));
        desk.tell(Event::PushAsked { by: user("carl"), guards });
        desk
    }

    fn announced(&self) -> Vec<u64> {
        let intended = self.actions.iter().filter_map(|action| match action {
            Action::Audit(record) if record.what == AuditKind::WriteIntended => record.sequence,
            _ => None,
        });
        intended.collect()
    }

    /// Records and answers what was announced, until nothing more is.
    fn serve(&mut self) -> Vec<(String, f64)> {
        let mut written = Vec::new();
        loop {
            let announced = self.announced();
            for sequence in &announced {
                self.tell(Event::AuditWritten { sequence: *sequence });
                written.extend(self.actions.iter().filter_map(|action| match action {
                    Action::Write { signal, value, .. } => Some((signal.clone(), *value)),
                    _ => None,
                }));
                self.tell(Event::WriteAccepted { sequence: *sequence });
            }
            if announced.is_empty() {
                return written;
            }
        }
    }

    fn read(&mut self, signal: &str, value: f64) -> &mut Self {
        let source_time = self.now;
        self.tell(Event::Read { signal: signal.into(), value, source_time, quality: Quality::Good })
    }

    /// All is written, nothing read back.
    fn reading_back(terms: Vec<Terms>) -> Self {
        let mut desk = Self::pushing(terms);
        desk.serve();
        for _ in 0..3 {
            desk.after(1).tell(Event::Tick).serve();
        }
        desk
    }

    fn on_trial() -> Self {
        let mut desk = Self::reading_back(terms(true));
        desk.after(1).read(FAST, 610.0).read(WARM, 72.0);
        assert_eq!(desk.state(), State::OnTrial);
        desk
    }

    fn reverting() -> Self {
        let mut desk = Self::on_trial();
        desk.after(1).tell(Event::RevertAsked { by: user("carl"), why: "Bottles fall".into() });
        desk
    }
}
