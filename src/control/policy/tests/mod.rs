//! Every guard by what it blocks and what it lets pass, and changes as they are stored.

mod guards;
mod stored;

use super::*;
use crate::domain::change::{Approval, Event, Evidence, TrialPlan, Wish};
use crate::domain::expression::Expression;
use crate::domain::setpoint::Setpoint;
use crate::domain::signal::SignalId;

const SPEED: &str = "Line/Filler/Speed";
const TARGET: &str = "Line/Filler/SpeedSetpoint";

/// Everything that a guard looks at, in good order. 25 November 2026 is a Wednesday.
struct World {
    change: ChangeRequest,
    policy: WritePolicy,
    around: Surroundings,
}

fn user(name: &str) -> UserName {
    UserName::new(name).expect("a name")
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-25T08:00:00Z").expect("a moment")
}

fn expression(text: &str) -> Expression {
    Expression::parse(text).expect("an expression")
}

fn wish() -> Wish {
    let setting =
        Setting { signal: TARGET.into(), unit: "/min".into(), from: 600.0, to: 610.0, ramp_per_sec: Some(2.0) };
    Wish {
        title: "Faster filler".into(),
        reason: "More bottles".into(),
        settings: vec![setting],
        trial: TrialPlan { lease: Span::from_secs(600), abort_conditions: vec!["Level > 90".into()], divergence: None },
    }
}

fn evidence() -> Evidence {
    Evidence { simulated_at: now(), started: now(), snapshot: vec![600.0], ..Evidence::default() }
}

fn policy() -> WritePolicy {
    let rule = WritableRule {
        signal: TARGET.into(),
        unit: Unit::new("/min"),
        setpoint: Setpoint {
            signal: SignalId(0),
            min: 400.0,
            max: 640.0,
            step: Some(5.0),
            rate_limit_per_sec: Some(5.0),
            permitted_modes: vec!["EXECUTE".into(), "IDLE".into()],
        },
        max_delta: Some(20.0),
        mode_signal: Some("Line/Filler/Mode".into()),
        interlocks: vec![expression("`Line/Filler/Speed` > 0"), expression("!Emergency")],
        equipment: "Line/Filler".into(),
        readback: Some(TARGET.into()),
        tolerance: 0.5,
        deadline: Span::from_secs(5),
    };
    WritePolicy { enabled: true, writable: vec![rule], ..WritePolicy::default() }
}

fn present(value: Value) -> Present {
    Present { value, unit: Unit::none(), quality: Quality::Good, age: Span::from_secs(1) }
}

fn around() -> Surroundings {
    let people = [("ann", Role::Operator), ("bob", Role::Approver), ("carl", Role::Operator), ("vera", Role::Viewer)];
    let values = [
        (TARGET, Value::Real(600.0)),
        (SPEED, Value::Real(598.0)),
        ("Line/Filler/Mode", Value::text("EXECUTE")),
        ("Emergency", Value::Bool(false)),
    ];
    Surroundings {
        now: now(),
        wall: now(),
        view_only: false,
        actor: user("carl"),
        people: people.into_iter().map(|(name, role)| (user(name), role)).collect(),
        owners: HashMap::from([("Line/Filler".to_owned(), user("carl"))]),
        active: Vec::new(),
        present: values.into_iter().map(|(name, value)| (name.to_owned(), present(value))).collect(),
        links: HashMap::from([(TARGET.to_owned(), WriteLink { connected: true, readback: true, watchdog: false })]),
    }
}

/// A report that lets everything pass: for changes that are to be looked at later.
fn pass(change: &ChangeRequest, stage: Stage) -> Box<GuardReport> {
    let answers = Guard::ALL.into_iter().map(|guard| (guard, Ok(()))).collect();
    let revision = (change.id.clone(), change.revision());
    Box::new(GuardReport::new(revision, digest(change), stage, now(), answers, Vec::new()))
}

fn tell(change: &ChangeRequest, event: Event) -> ChangeRequest {
    change.step(event.clone(), now()).unwrap_or_else(|error| panic!("{event:?}: {error}")).0
}

fn compared(wish: Wish, evidence: Evidence) -> ChangeRequest {
    let id = ChangeId::new("C-2026-11-25-0003").expect("an id");
    let change = ChangeRequest::new(id, user("ann"), wish, now());
    let change = tell(&change, Event::SimulateAsked { by: user("ann"), guards: pass(&change, Stage::Draft) });
    tell(&change, Event::Simulated(Box::new(evidence)))
}

fn approval(change: &ChangeRequest) -> Approval {
    Approval {
        approver: user("bob"),
        at: now(),
        expires: now() + Span::from_secs(7200),
        digest: digest(change),
        reason: "Looks right".into(),
    }
}

fn approved(wish: Wish, evidence: Evidence) -> ChangeRequest {
    let change = compared(wish, evidence);
    let event = Event::Approved { approval: approval(&change), guards: pass(&change, Stage::Approval) };
    tell(&change, event)
}

impl World {
    fn new() -> Self {
        Self { change: approved(wish(), evidence()), policy: policy(), around: around() }
    }

    fn wish(&mut self, alter: impl FnOnce(&mut Wish)) {
        let (mut wish, mut evidence) = (wish(), evidence());
        alter(&mut wish);
        evidence.snapshot = wish.settings.iter().map(|setting| setting.from).collect();
        self.change = approved(wish, evidence);
    }

    fn setting(&mut self, alter: impl FnOnce(&mut Setting)) {
        self.wish(|wish| alter(&mut wish.settings[0]));
    }

    fn evidence(&mut self, alter: impl FnOnce(&mut Evidence)) {
        let mut evidence = evidence();
        alter(&mut evidence);
        self.change = approved(wish(), evidence);
    }

    fn rule(&mut self) -> &mut WritableRule {
        &mut self.policy.writable[0]
    }

    fn present(&mut self, signal: &str) -> &mut Present {
        self.around.present.get_mut(signal).expect("a value")
    }

    fn blocked(&self, stage: Stage) -> Vec<(Guard, String)> {
        let report = check(&self.change, stage, &self.policy, &self.around);
        report.answers().iter().filter_map(|(guard, answer)| Some((*guard, answer.clone().err()?))).collect()
    }
}
