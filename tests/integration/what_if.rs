//! Asking the simulated copy of the demo plant from what its signals say now.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use twinscope::app;
use twinscope::app::plant::Plant;
use twinscope::app::session::Session;
use twinscope::app::what_if::{WhatIf, model_of};
use twinscope::domain::history::Point;
use twinscope::domain::playhead::{PlayheadCommand, Tense};
use twinscope::domain::scenario::{Change, Scenario};
use twinscope::domain::signal::{Origin, SignalId};
use twinscope::domain::time::{Span, Timestamp};
use twinscope::domain::what_if::{Answer, Asking};

const DEADLINE: Duration = Duration::from_secs(60);
const SPEED: &str = "Filler/SpeedSetpoint";

struct Desk {
    plant: Plant,
    what_if: WhatIf,
    wall: Timestamp,
    _session: Session,
}

/// The demo plant, live.
fn desk() -> Desk {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    let project = app::read(path).expect("the demo").project;
    let wall = Timestamp::from_millis(1_800_000_000_000);
    let session = Session::start(&project.sources, wall, None).expect("threads");
    let what_if = WhatIf::new(model_of(&project).as_ref(), &project);
    let mut plant = Plant::new(project);
    let begin = Instant::now();
    let now = |plant: &Plant| plant.history.extent(Origin::Measured).is_some_and(|(_, last)| last >= wall);
    while !now(&plant) {
        assert!(begin.elapsed() < DEADLINE, "the plant says nothing");
        plant.drain(&session.samples, Duration::from_millis(50));
        thread::yield_now();
    }
    plant.advance(Span::ZERO, wall);
    Desk { plant, what_if, wall, _session: session }
}

impl Desk {
    fn ask(&mut self, changes: Vec<Change>, runs: u32) -> Answer {
        let scenario = Scenario { name: "try".into(), changes, horizon: Span::from_secs(900), runs, seed: 7 };
        self.what_if.ask(scenario, &self.plant).expect("it can be asked");
        let begin = Instant::now();
        while !self.what_if.take_found(&mut self.plant) {
            assert!(!matches!(self.what_if.asking, Asking::Failed(_)), "{:?}", self.what_if.asking);
            assert!(begin.elapsed() < DEADLINE, "no answer");
            thread::sleep(Duration::from_millis(5));
        }
        self.what_if.answer.clone().expect("an answer")
    }

    fn series(&self, origin: Origin) -> Vec<(SignalId, Point)> {
        let signals = self.plant.project.catalog.iter();
        let all = signals.flat_map(|(id, _)| {
            let points = self.plant.history.range(origin, id, Timestamp::MIN, Timestamp::MAX);
            points.map(move |point| (id, point.clone())).collect::<Vec<_>>()
        });
        all.collect()
    }
}

fn change(to: f64) -> Vec<Change> {
    vec![Change { parameter: SPEED.into(), to, after: Span::from_secs(10), ramp: Span::from_secs(30) }]
}

#[test]
fn no_change_makes_no_difference() {
    let mut desk = desk();
    let answer = desk.ask(Vec::new(), 4);
    let (baseline, changed) = (desk.series(answer.baseline), desk.series(answer.changed));
    assert!(baseline.len() > 1_000, "{}", baseline.len());
    assert_eq!(baseline, changed);
    for kpi in &answer.kpis {
        assert!(kpi.difference.is_none_or(|difference| (difference.low, difference.high) == (0.0, 0.0)), "{kpi:?}");
    }
}

#[test]
fn the_future_begins_with_what_is_seen_now() {
    let mut desk = desk();
    let answer = desk.ask(Vec::new(), 1);
    let (_, last) = desk.plant.history.extent(answer.baseline).expect("a future");
    assert!(last - answer.started > Span::from_secs(880), "{}", last - answer.started);
    let mut same = 0;
    for name in ["Filler/OutfeedCount", "Palletiser/OutfeedCount", "Filler/Speed setpoint", "Filler/State"] {
        let id = desk.plant.project.catalog.id(&format!("Riverside/Line 1/{name}"));
        let id = id.unwrap_or_else(|| panic!("no {name}"));
        let held = |origin| desk.plant.history.at(origin, id, answer.started).map(|point| point.value.clone());
        let (now, then) = (held(Origin::Measured), held(answer.baseline));
        assert!(now.is_some());
        same += usize::from(now == then);
    }
    assert_eq!(same, 4);
}

#[test]
fn a_slower_filler_delivers_less_and_the_future_can_be_looked_at() {
    let mut desk = desk();
    let askable = desk.what_if.askable.iter().find(|askable| askable.name == SPEED).expect("a parameter");
    assert_eq!((askable.range, askable.step, askable.in_plant), ((300.0, 700.0), Some(10.0), true));
    assert!(askable.signal.is_some() && askable.asset.is_some());
    let answer = desk.ask(change(300.0), 8);
    let throughput = answer.kpis.iter().find(|kpi| kpi.name == "Throughput").expect("a throughput");
    let difference = throughput.difference.expect("a difference");
    assert!(difference.high < 0.0, "{difference:?}");

    desk.plant.command(PlayheadCommand::Show(answer.changed), desk.wall);
    desk.plant.command(PlayheadCommand::Seek(answer.started + Span::from_secs(600)), desk.wall);
    assert_eq!(desk.plant.playhead().tense(), Tense::Simulation);
    let mut shown = 0;
    desk.plant.evaluate(|_, _, _| shown += 1);
    assert_eq!(shown, desk.plant.project.bindings.len());
    desk.what_if.forget(&mut desk.plant);
    assert_eq!(desk.plant.playhead().tense(), Tense::Live);
    assert!(desk.plant.history.extent(answer.changed).is_none());
}

#[test]
fn what_cannot_be_asked_is_said() {
    let mut desk = desk();
    let wrong = Change { parameter: "Nonsense".into(), to: 1.0, after: Span::ZERO, ramp: Span::ZERO };
    let scenario = Scenario { name: "x".into(), changes: vec![wrong], horizon: Span::from_secs(60), runs: 1, seed: 1 };
    desk.what_if.ask(scenario, &desk.plant).expect("it begins");
    let begin = Instant::now();
    while matches!(desk.what_if.asking, Asking::Running(_)) {
        assert!(begin.elapsed() < DEADLINE);
        desk.what_if.take_found(&mut desk.plant);
    }
    let Asking::Failed(words) = &desk.what_if.asking else { panic!("{:?}", desk.what_if.asking) };
    assert!(words.contains("Nonsense"), "{words}");
}
