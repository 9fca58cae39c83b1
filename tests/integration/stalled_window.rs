//! A window that stands still, as one does while it is dragged or minimised, costs only what could
//! not be shown anyway: the newest values are there when it moves again, and no session is lost.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use twinscope::app::plant::Plant;
use twinscope::app::session::Session;
use twinscope::domain::link::LinkStatus;
use twinscope::domain::signal::{Origin, SignalId};
use twinscope::domain::source::{EmulatorSpec, MqttVersion, SourceKind, SourceSpec};
use twinscope::domain::time::{Span, Timestamp};
use twinscope::domain::value::Value;
use twinscope::project::{self, Project};

use super::mqtt::DEADLINE;
use super::mqtt::mosquitto::Broker;
use super::mqtt::twin::{json, spec};

const BUDGET: Duration = Duration::from_millis(8);

/// A message that feeds 100 signals, 1,000 times: more than the way to the window holds (65,536).
#[test]
fn the_newest_values_of_a_broker_come_after_a_stall() {
    const SIGNALS: u32 = 100;
    const MESSAGES: u32 = 1_000;
    let broker = Broker::open();
    let routes = (0..SIGNALS).map(|signal| json("plant/all", signal, &format!("/{signal}"))).collect();
    let kind = SourceKind::Mqtt(spec(&broker, MqttVersion::V5, "plant/all", routes));
    let project = Project { sources: vec![SourceSpec { name: "broker".to_owned(), kind }], ..Project::default() };
    let (session, mut plant) = start(project, Timestamp::default());
    wait(&session, LinkStatus::connected);

    let line = |value: u32| {
        let members: Vec<String> = (0..SIGNALS).map(|signal| format!("\"{signal}\": {}", value + signal)).collect();
        format!("{{{}}}\n", members.join(", "))
    };
    let lines: String = (0..MESSAGES).map(line).collect();
    broker.publish("plant/all", lines.as_bytes(), &["-q", "1", "-l"]);
    let link = wait(&session, |link| link.received == u64::from(MESSAGES));
    assert!(link.dropped > 0, "the way was never full: {link:?}");

    let newest = |plant: &Plant, value: u32| {
        (0..SIGNALS).all(|signal| {
            let latest = plant.history.latest(Origin::Measured, SignalId(signal));
            latest.is_some_and(|point| point.value == Value::Real(f64::from(value + signal)))
        })
    };
    drain_until(&session, &mut plant, |plant| newest(plant, MESSAGES - 1));
    broker.publish("plant/all", line(7_000).as_bytes(), &["-q", "1", "-l"]);
    drain_until(&session, &mut plant, |plant| newest(plant, 7_000));
    let link = wait(&session, LinkStatus::connected);
    assert_eq!((link.reconnects, link.rejected, link.last_error), (0, 0, None));
    assert_eq!(
        plant.counters.samples + link.dropped,
        u64::from(SIGNALS * (MESSAGES + 1)),
        "every sample is accounted for"
    );
}

/// The emulator of the demo factory a thousand times as fast, with a window that never looks.
#[test]
fn the_newest_values_of_the_emulator_come_after_a_stall() {
    let demo = project::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo")).project.expect("the demo");
    let sources = demo.sources.iter().map(|source| match &source.kind {
        SourceKind::Emulator(spec) => {
            let spec = EmulatorSpec { rate: 1_000.0, warm_up: Span::from_secs(10), ..spec.clone() };
            SourceSpec { kind: SourceKind::Emulator(spec), ..source.clone() }
        }
        _ => source.clone(),
    });
    let project = Project { sources: sources.collect(), ..demo };
    let signals: Vec<SignalId> = project.catalog.iter().map(|(id, _)| id).collect();
    let (session, mut plant) = start(project, Timestamp::from_millis(1_800_000_000_000));
    wait(&session, |link| link.dropped > 10_000);

    // All that the way held, and the latest of each signal that found no room.
    let held = plant.drain(&session.samples, DEADLINE);
    assert!(held >= 1 << 16, "{held}");
    let before = plant.history.extent(Origin::Measured).expect("samples").1;
    // Every value is said every two seconds of plant time, so each signal gets past that moment.
    drain_until(&session, &mut plant, |plant| {
        let latest = |signal: &SignalId| plant.history.latest(Origin::Measured, *signal).map(|point| point.time);
        signals.iter().all(|signal| latest(signal).is_some_and(|time| time > before))
    });
    let link = wait(&session, LinkStatus::connected);
    assert_eq!((link.reconnects, link.last_error), (0, None));
}

fn start(project: Project, now: Timestamp) -> (Session, Plant) {
    let session = Session::start(&project.sources, now, None).expect("threads");
    (session, Plant::new(Arc::new(project)))
}

/// Waits for the only link without taking anything from it.
#[track_caller]
fn wait(session: &Session, wanted: impl Fn(&LinkStatus) -> bool) -> LinkStatus {
    let started = Instant::now();
    loop {
        let link = session.links().pop().expect("one link");
        if wanted(&link) {
            return link;
        }
        assert!(started.elapsed() < DEADLINE, "{link:?}");
        thread::yield_now();
    }
}

#[track_caller]
fn drain_until(session: &Session, plant: &mut Plant, done: impl Fn(&Plant) -> bool) {
    let started = Instant::now();
    while !done(plant) {
        assert!(started.elapsed() < DEADLINE, "{:?}", session.links());
        plant.drain(&session.samples, BUDGET);
        thread::yield_now();
    }
}
