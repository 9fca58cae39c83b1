//! Changes carried out on a plant in memory: with faults, and with the process ended at every point.

mod faults;
mod gate;
mod happened;
mod kills;
mod plant;
mod recorder;

use std::fs;
use std::io::BufReader;
use std::path::Path;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

use self::plant::{FakeLink, Fault, Plant, Shared};
use self::recorder::{Fails, Recorder, WatchedFiles};
use super::*;
use crate::control::audit::{AuditLog, Entries};
use crate::control::policy::{Judged, Present, digest};
use crate::domain::audit::AuditEntry;
use crate::domain::change::{Approval, Divergence, Evidence, PredictedBand, Setting, State, TrialPlan, WritableRule};
use crate::domain::expression::Expression;
use crate::domain::quality::Quality;
use crate::domain::setpoint::Setpoint;
use crate::domain::signal::{Sample, SignalId};
use crate::domain::unit::Unit;
use crate::domain::value::Value;
use crate::domain::what_if::Band;

/// By 4 a second.
const FAST: &str = "Line/Filler/Speed";
/// At once.
const WARM: &str = "Line/Pasteuriser/Temperature";
const ABORT: &str = "Level > 90";
const INTERLOCK: &str = "!Emergency";
const LEASE: Span = Span::from_secs(60);
const SECOND: Span = Span::from_secs(1);

/// A desk, a disk and a plant.
struct Bench {
    folder: TempDir,
    plant: Shared,
    recorder: Recorder,
    fails: Arc<Mutex<Fails>>,
    executor: Executor,
    requests: Vec<Request>,
    /// Expression that is not as it should be at present, and what it says.
    said: Option<(&'static str, Judged)>,
    desk_alive: bool,
}

fn start() -> Timestamp {
    Timestamp::parse("2026-11-25T08:00:00Z").expect("a moment")
}

fn user(name: &str) -> UserName {
    UserName::new(name).expect("a name")
}

fn id() -> ChangeId {
    ChangeId::new("C-2026-11-25-0001").expect("an id")
}

fn policy() -> WritePolicy {
    let rule = |signal: &str, unit: &str, rate_limit_per_sec| WritableRule {
        signal: signal.into(),
        unit: Unit::new(unit),
        setpoint: Setpoint {
            signal: SignalId(0),
            min: 0.0,
            max: 1_000.0,
            step: None,
            rate_limit_per_sec,
            permitted_modes: Vec::new(),
        },
        max_delta: None,
        mode_signal: None,
        interlocks: vec![Expression::parse(INTERLOCK).expect("an expression")],
        equipment: "Line".into(),
        readback: Some(signal.into()),
        tolerance: 0.1,
        deadline: Span::from_secs(5),
    };
    WritePolicy {
        enabled: true,
        writable: vec![rule(FAST, "/min", Some(4.0)), rule(WARM, "Cel", None)],
        lease: (SECOND, Span::from_secs(3600)),
        ..WritePolicy::default()
    }
}

fn wish(signals: &[&str]) -> Wish {
    let setting = |signal: &str, unit: &str, from, to| Setting {
        signal: signal.into(),
        unit: unit.into(),
        from,
        to,
        ramp_per_sec: None,
    };
    let mut settings = vec![setting(FAST, "/min", 600.0, 610.0), setting(WARM, "Cel", 70.0, 72.0)];
    settings.retain(|setting| signals.contains(&setting.signal.as_str()));
    let divergence = Some(Divergence { margin: 0.0, lasting: Span::from_secs(3) });
    let trial = TrialPlan { lease: LEASE, abort_conditions: vec![ABORT.into()], divergence };
    Wish { title: "Faster filler".into(), reason: "More bottles".into(), settings, trial }
}

fn present(value: Value, unit: &str) -> Present {
    Present { value, unit: Unit::new(unit), quality: Quality::Good, age: Span::ZERO }
}

fn entries(folder: &Path) -> Vec<AuditEntry> {
    let log = fs::File::open(folder.join("audit.jsonl")).expect("a log");
    Entries::new(BufReader::new(log)).collect::<Result<_, _>>().expect("a sound log")
}

fn open(folder: &Path, plant: &Shared, recorder: &Recorder, fails: &Arc<Mutex<Fails>>) -> (Executor, Vec<Request>) {
    let loaded = Store::open(&folder.join("changes")).expect("a store");
    assert_eq!(loaded.unreadable, []);
    let Opened { log, head, .. } = AuditLog::open(&folder.join("audit.jsonl")).expect("a log");
    let files = Files { store: loaded.store, log };
    let disk = Box::new(WatchedFiles { files, plant: plant.clone(), recorder: recorder.clone(), fails: fails.clone() });
    let link = Box::new(FakeLink { plant: plant.clone(), recorder: recorder.clone() });
    let mut links = Links::default();
    links.add(link, [FAST.to_owned(), WARM.to_owned()]);
    let now = plant.lock().now;
    Executor::resume(disk, (loaded.changes, head.number), links, policy(), None, (now, now)).expect("an executor")
}

impl Bench {
    fn new() -> Self {
        let plant = Plant::new(start(), &[(FAST, 600.0), (WARM, 70.0)]);
        Self::on(tempfile::tempdir().expect("a folder"), plant, false)
    }

    fn on(folder: TempDir, plant: Plant, keeps: bool) -> Self {
        let (plant, recorder) = (Shared::new(plant), Recorder::new(folder.path(), keeps));
        let fails = Arc::default();
        let (executor, requests) = open(folder.path(), &plant, &recorder, &fails);
        Self { folder, plant, recorder, fails, executor, requests, said: None, desk_alive: true }
    }

    /// The process ends and comes up again.
    fn restarted(self) -> Self {
        let Self { folder, plant, executor, .. } = self;
        drop(executor);
        let plant = plant.lock().clone();
        Self::on(folder, plant, false)
    }

    fn now(&self) -> Timestamp {
        self.plant.lock().now
    }

    fn value(&self, signal: &str) -> f64 {
        self.plant.lock().value(signal)
    }

    fn state(&self) -> State {
        self.executor.change(&id()).expect("a change").state()
    }

    fn around(&self, actor: &str) -> Surroundings {
        let people = [("ann", Role::Operator), ("bob", Role::Approver), ("carl", Role::Operator)];
        let mut shown: HashMap<String, Present> = [(FAST, "/min"), (WARM, "Cel")]
            .map(|(it, unit)| (it.to_owned(), present(Value::Real(self.value(it)), unit)))
            .into();
        shown.insert("Emergency".into(), present(Value::Bool(false), ""));
        Surroundings {
            now: self.now(),
            wall: self.now(),
            view_only: false,
            actor: user(actor),
            people: people.into_iter().map(|(name, role)| (user(name), role)).collect(),
            owners: HashMap::from([("Line".to_owned(), user("carl"))]),
            active: Vec::new(),
            present: shown,
            links: HashMap::new(),
        }
    }

    fn tell(&mut self, event: Event) -> Result<(), PushError> {
        let by = By { role: Some(Role::Operator), nonce: Some("ef".into()) };
        let requests = self.executor.handle(&id(), event, &by, self.now())?;
        self.requests.extend(requests);
        Ok(())
    }

    fn guards(&self, stage: Stage, actor: &str) -> Box<GuardReport> {
        Box::new(self.executor.report(&id(), stage, self.around(actor)).expect("a change"))
    }

    /// Carl, who owns the line, drafts and simulates, and Bob approves.
    fn approve(&mut self, signals: &[&str]) {
        let (wish, now) = (wish(signals), self.now());
        let snapshot = wish.settings.iter().map(|setting| setting.from).collect();
        let drafted = self.executor.draft(user("carl"), Some(Role::Operator), wish, now).expect("a draft");
        assert_eq!(drafted, id());
        let guards = self.guards(Stage::Draft, "carl");
        self.tell(Event::SimulateAsked { by: user("carl"), guards }).expect("simulated");
        assert_eq!(self.requests.pop(), Some(Request::Simulate(id())));
        let band = Band { low: 90.0, middle: 100.0, high: 110.0 };
        let bands = vec![PredictedBand {
            signal: "Rate".into(),
            step: Span::from_secs(100),
            least_width: 0.0,
            bands: vec![band; 3],
        }];
        let evidence = Evidence { simulated_at: now, started: now, snapshot, bands, ..Evidence::default() };
        self.tell(Event::Simulated(Box::new(evidence))).expect("compared");
        let approval = Approval {
            approver: user("bob"),
            at: now,
            expires: now + Span::from_secs(3600),
            digest: digest(self.executor.change(&id()).expect("a change")),
            reason: "Looks right".into(),
        };
        let guards = self.guards(Stage::Approval, "bob");
        self.tell(Event::Approved { approval, guards }).expect("approved");
    }

    fn push(&mut self) {
        let guards = self.guards(Stage::Push, "carl");
        self.tell(Event::PushAsked { by: user("carl"), guards }).expect("pushed");
    }

    fn tick(&mut self, seconds: usize) {
        for _ in 0..seconds {
            self.plant.lock().advance(SECOND);
            let said = self.said.clone();
            let judged = move |text: &str| match &said {
                Some((other, judged)) if *other == text => judged.clone(),
                _ if text == INTERLOCK => Judged::True,
                _ => Judged::False,
            };
            let requests = self.executor.tick(self.now(), self.desk_alive, &judged);
            self.requests.extend(requests);
        }
    }

    fn on_trial(signals: &[&str]) -> Self {
        let mut bench = Self::new();
        bench.approve(signals);
        bench.push();
        bench.tick(5);
        assert_eq!(bench.state(), State::OnTrial);
        bench
    }

    fn keep(&mut self) -> Result<(), PushError> {
        self.tell(Event::KeepAsked { by: user("carl") })
    }

    /// Kinds of the entries since the push began.
    fn audited(&self) -> Vec<AuditKind> {
        let kinds = entries(self.folder.path()).into_iter().map(|entry| entry.record.what);
        kinds.skip_while(|kind| *kind != AuditKind::PushBegun).collect()
    }

    fn written(&self) -> Vec<(String, f64)> {
        self.plant.lock().writes.iter().map(|write| (write.signal.clone(), write.value)).collect()
    }
}
