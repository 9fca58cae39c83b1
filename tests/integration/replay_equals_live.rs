//! One timeline: telemetry that is read from a file and telemetry that comes through a broker make
//! the same history, and the same picture of it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use twinscope::app::plant::Plant;
use twinscope::app::session::Session;
use twinscope::domain::history::Point;
use twinscope::domain::link::LinkStatus;
use twinscope::domain::playhead::PlayheadCommand;
use twinscope::domain::signal::{Origin, SignalId};
use twinscope::domain::source::{
    CsvLayout, MqttSpec, MqttSubscription, MqttVersion, Payload, Route, SourceKind, SourceSpec, Target, TimeFormat,
};
use twinscope::domain::time::Timestamp;
use twinscope::domain::value::Value;
use twinscope::project::{self, Project};
use twinscope::view::present::{Applied, Trust};

use super::mqtt::DEADLINE;
use super::mqtt::mosquitto::Broker;
use super::{stage, telemetry};

/// Publishers at work at once.
const PUBLISHERS: usize = 8;
/// Not in step with the recording, which repeats itself every 25 s.
const MOMENTS: usize = 31;

#[test]
fn replay_equals_live() {
    let Some(folder) = stage::cookie_factory() else { return };
    let replayed = Arc::new(project::load(&folder).project.expect("a project"));
    let targets = targets(&replayed);
    let series = telemetry::series(&folder);
    let rows: usize = series.values().map(Vec::len).sum();
    assert_eq!((rows, targets.len()), (19_970, 83));

    let broker = Broker::open();
    let live = Arc::new(Project { sources: vec![through(&broker, &targets)], ..(*replayed).clone() });
    let replayed = fill(replayed, rows, |_| {});
    let live = fill(live, rows, |session| {
        wait_for_link(session);
        publish(&broker, &targets, &series);
    });

    same_history(&replayed, &live, &targets, &series);
    same_effects(replayed, live);
}

/// The table's series by asset and measure; measures are matched without regard to case.
fn targets(project: &Project) -> Vec<((String, String), Target)> {
    let [SourceSpec { kind: SourceKind::Csv(table), .. }] = project.sources.as_slice() else { panic!("one table") };
    let CsvLayout::TwinMaker { signals } = &table.layout else { panic!("TwinMaker's layout") };
    signals.clone()
}

/// A broker's topics in place of the table's series, one each.
fn through(broker: &Broker, targets: &[((String, String), Target)]) -> SourceSpec {
    let routes = targets.iter().map(|(_, target)| Route {
        topic: topic(target.signal),
        only_if: Vec::new(),
        signal: target.signal,
        kind: target.kind,
        payload: Payload::Json {
            value: "/v".to_owned(),
            time: Some(("/t".to_owned(), TimeFormat::EpochMillis)),
            quality: None,
        },
        convert: target.convert.clone(),
    });
    let subscription = MqttSubscription { topic: "cf/#".to_owned(), qos: 1, routes: routes.collect() };
    let spec = MqttSpec {
        host: "127.0.0.1".to_owned(),
        port: broker.port,
        version: MqttVersion::V5,
        client_id: None,
        user: None,
        password: None,
        tls: None,
        subscriptions: vec![subscription],
    };
    SourceSpec { name: "broker".to_owned(), kind: SourceKind::Mqtt(spec) }
}

fn topic(signal: SignalId) -> String {
    format!("cf/{}", signal.0)
}

/// Runs a project's sources until so many samples are in its history.
fn fill(project: Arc<Project>, samples: usize, feed: impl FnOnce(&Session)) -> Plant {
    let session = Session::start(&project.sources, Timestamp::default(), None).expect("threads");
    let mut plant = Plant::new(project);
    feed(&session);
    let started = Instant::now();
    while plant.counters.samples < samples as u64 {
        assert!(started.elapsed() < 3 * DEADLINE, "{} samples, {:?}", plant.counters.samples, session.links());
        plant.drain(&session.samples, Duration::from_millis(8));
        thread::yield_now();
    }
    let [link] = &session.links()[..] else { panic!("one link") };
    assert_eq!((link.rejected, link.dropped, link.reconnects, plant.counters.too_old), (0, 0, 0, 0), "{link:?}");
    plant
}

fn wait_for_link(session: &Session) {
    let started = Instant::now();
    while !session.links().iter().all(LinkStatus::connected) {
        assert!(started.elapsed() < DEADLINE, "{:?}", session.links());
        thread::yield_now();
    }
}

/// QoS 1 all the way, so that every message arrives.
fn publish(broker: &Broker, targets: &[((String, String), Target)], series: &telemetry::Series) {
    let by_lower_case: BTreeMap<(String, String), &[(i64, String)]> = series
        .iter()
        .map(|((asset, measure), points)| ((asset.clone(), measure.to_lowercase()), points.as_slice()))
        .collect();
    thread::scope(|scope| {
        for share in targets.chunks(targets.len().div_ceil(PUBLISHERS)) {
            let by_lower_case = &by_lower_case;
            scope.spawn(move || {
                for ((asset, measure), target) in share {
                    let mut lines = String::new();
                    for (ms, text) in by_lower_case[&(asset.clone(), measure.to_lowercase())] {
                        let value = text.parse::<f64>().map_or_else(|_| format!("{text:?}"), |_| text.clone());
                        writeln!(lines, "{{\"t\": {ms}, \"v\": {value}}}").expect("a String takes all");
                    }
                    broker.publish(&topic(target.signal), lines.as_bytes(), &["-q", "1", "-l"]);
                }
            });
        }
    });
}

/// Every point of every signal: the same in both, and what stands in the file.
fn same_history(replayed: &Plant, live: &Plant, targets: &[((String, String), Target)], series: &telemetry::Series) {
    let mut points = 0;
    for ((asset, measure), Target { signal, .. }) in targets {
        let all = |plant: &Plant| -> Vec<Point> {
            plant.history.range(Origin::Measured, *signal, Timestamp::MIN, Timestamp::MAX).cloned().collect()
        };
        let (replayed, live) = (all(replayed), all(live));
        assert_eq!(replayed, live, "{asset} {measure}");
        let in_file = series.iter().find(|((id, name), _)| id == asset && name.eq_ignore_ascii_case(measure));
        let in_file: Vec<(Timestamp, Value)> = in_file
            .expect("the series")
            .1
            .iter()
            .map(|(ms, text)| {
                let value = text.parse().map_or_else(|_| Value::text(text), Value::Real);
                (Timestamp::from_millis(*ms), value)
            })
            .collect();
        let held: Vec<(Timestamp, Value)> = live.into_iter().map(|point| (point.time, point.value)).collect();
        assert_eq!(held, in_file, "{asset} {measure}");
        points += held.len();
    }
    assert_eq!(points, 19_970);
}

fn same_effects(mut replayed: Plant, mut live: Plant) {
    let wall = Timestamp::default();
    let (first, last) = replayed.history.extent(Origin::Measured).expect("points");
    let mut different = 0;
    let mut before = Vec::new();
    for moment in (0..MOMENTS).map(|index| first + (last - first).scaled(index as f64 / (MOMENTS - 1) as f64)) {
        let look = |plant: &mut Plant| {
            plant.command(PlayheadCommand::Pause, wall);
            plant.command(PlayheadCommand::Seek(moment), wall);
            plant.mark_all();
            let mut effects: Vec<(usize, Applied, Trust)> = Vec::new();
            plant.evaluate(|binding, applied, trust| effects.push((binding, applied, trust)));
            assert_eq!((plant.playhead().moment(), effects.len()), (moment, plant.project.bindings.len()));
            (effects, plant.alarms_by_asset())
        };
        let (replayed, live) = (look(&mut replayed), look(&mut live));
        assert_eq!(replayed, live, "at {moment:?}");
        different += usize::from(replayed.0 != before);
        before = replayed.0;
    }
    assert!(different > MOMENTS / 2, "only {different} moments look different from the one before");
}
