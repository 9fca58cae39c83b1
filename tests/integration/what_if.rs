//! Asking the simulated copy of the demo plant from what its signals say now.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use twinscope::app;
use twinscope::app::plant::Plant;
use twinscope::app::session::Session;
use twinscope::app::what_if::{News, WhatIf};
use twinscope::domain::alarm::AlarmBook;
use twinscope::domain::history::Point;
use twinscope::domain::playhead::{PlayheadCommand, Tense};
use twinscope::domain::recording::{OpenRecording, StoredRun};
use twinscope::domain::scenario::{Change, Scenario, Verdict};
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
    let mut what_if = WhatIf::new(&project);
    let mut plant = Plant::new(project);
    assert!(matches!(found(&mut what_if, &mut plant), News::Model));
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

/// What comes of the work that was begun.
fn found(what_if: &mut WhatIf, plant: &mut Plant) -> News {
    let begin = Instant::now();
    loop {
        if let Some(news) = what_if.take_found(plant) {
            return news;
        }
        assert!(begin.elapsed() < DEADLINE, "no answer");
        thread::sleep(Duration::from_millis(5));
    }
}

impl Desk {
    fn ask(&mut self, changes: Vec<Change>, runs: u32) -> Answer {
        let horizon = Span::from_secs(900);
        let scenario = Scenario { name: "try".into(), changes, horizon, runs, seed: 7, uncertain: Vec::new() };
        self.what_if.ask(scenario, &self.plant, None).expect("it can be asked");
        assert!(matches!(found(&mut self.what_if, &mut self.plant), News::Answer(_)), "{:?}", self.what_if.asking);
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
    assert!(difference.mean < 0.0 && difference.beyond_chance(), "{difference:?}");

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
    let horizon = Span::from_secs(60);
    let scenario = Scenario { name: "x".into(), changes: vec![wrong], horizon, runs: 1, ..Scenario::default() };
    desk.what_if.ask(scenario, &desk.plant, None).expect("it begins");
    assert!(matches!(found(&mut desk.what_if, &mut desk.plant), News::Failed));
    let Asking::Failed(words) = &desk.what_if.asking else { panic!("{:?}", desk.what_if.asking) };
    assert!(words.contains("Nonsense"), "{words}");
}

#[test]
fn an_answer_says_how_far_to_believe_it() {
    let mut desk = desk();
    let answer = desk.ask(change(480.0), 2);
    let credibility = answer.credibility.expect("there are ten minutes of past");
    let speed = credibility.signals.iter().find(|fit| fit.variable == "Filler/Speed").expect("it is measured");
    assert!(speed.points >= 30 && speed.rmse < 600.0, "{speed:?}");
    assert_ne!(credibility.verdict(&answer.scenario.changes), Verdict::Credible, "480 was never seen");
}

#[test]
fn a_run_that_was_kept_is_the_same_when_it_is_opened_again() {
    let mut desk = desk();
    let answer = desk.ask(change(480.0), 2);
    let run = match_stored(&mut desk);
    let before = desk.series(answer.changed);
    desk.what_if.forget(&mut desk.plant);
    let text = serde_json::to_string(&run).expect("it is written as JSON");
    let kept: StoredRun = serde_json::from_str(&text).expect("and read");
    assert_eq!(kept, run);
    desk.plant.recordings.push(recording_with(kept));
    desk.what_if.open_run(1, 0, &desk.plant).expect("it begins");
    assert!(matches!(found(&mut desk.what_if, &mut desk.plant), News::Again { same: true }));
    assert_eq!(desk.series(answer.changed), before);
    let opened = desk.what_if.answer.as_ref().expect("an answer");
    assert_eq!((&opened.kpis, opened.before), (&answer.kpis, Origin::Recorded(1)));
    let mut other = run;
    other.digest.clear();
    desk.plant.recordings[0].runs = vec![Arc::new(other)];
    desk.what_if.open_run(1, 0, &desk.plant).expect("it begins");
    assert!(matches!(found(&mut desk.what_if, &mut desk.plant), News::Again { same: false }));
}

/// The same question once more, as a recording would keep it.
fn match_stored(desk: &mut Desk) -> StoredRun {
    let horizon = Span::from_secs(900);
    let scenario =
        Scenario { name: "try".into(), changes: change(480.0), horizon, runs: 2, seed: 7, ..Scenario::default() };
    desk.what_if.ask(scenario, &desk.plant, None).expect("it can be asked");
    match found(&mut desk.what_if, &mut desk.plant) {
        News::Answer(run) => *run,
        other => panic!("{other:?}"),
    }
}

fn recording_with(run: StoredRun) -> OpenRecording {
    OpenRecording {
        number: 1,
        path: "shift.mcap".into(),
        name: "shift".into(),
        extent: (Timestamp::default(), Timestamp::default()),
        shift: Span::ZERO,
        samples: 0,
        growing: false,
        at_hand: None,
        density: [].into(),
        marks: Vec::new(),
        gaps: Vec::new(),
        runs: vec![Arc::new(run)],
        changes: Vec::new(),
        alarms: AlarmBook::default(),
        problems: Vec::new(),
    }
}
