//! A running MQTT source as the app has it, with waits that have a deadline.

use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded};
use twinscope::domain::link::{LinkState, LinkStatus};
use twinscope::domain::signal::{Sample, SignalId};
use twinscope::domain::source::{MqttSpec, MqttSubscription, MqttVersion, Payload, Route, SourceKind, SourceSpec};
use twinscope::domain::value::ValueKind;
use twinscope::sources::{Outlet, Runtime};

use super::DEADLINE;
use super::mosquitto::Broker;

/// A running source and what it delivers.
pub struct Twin {
    runtime: Runtime,
    pub samples: Receiver<Sample>,
}

impl Twin {
    pub fn start(spec: MqttSpec, capacity: usize) -> Self {
        let (sender, samples) = bounded(capacity);
        let specs = vec![SourceSpec { name: "line1".to_owned(), kind: SourceKind::Mqtt(spec) }];
        let runtime = Runtime::start(specs, Outlet::new(sender)).expect("threads");
        Self { runtime, samples }
    }

    pub fn up(spec: MqttSpec) -> Self {
        let twin = Self::start(spec, 10_000);
        twin.wait_for("up", LinkStatus::connected);
        twin
    }

    pub fn status(&self) -> LinkStatus {
        self.runtime.links().pop().expect("one link")
    }

    #[track_caller]
    pub fn wait_for(&self, what: &str, wanted: impl Fn(&LinkStatus) -> bool) -> LinkStatus {
        let started = Instant::now();
        loop {
            let status = self.status();
            if wanted(&status) {
                return status;
            }
            assert!(started.elapsed() < DEADLINE, "the link did not become {what}: {status:?}");
            thread::park_timeout(Duration::from_millis(5));
        }
    }

    #[track_caller]
    pub fn next(&self) -> Sample {
        self.samples.recv_timeout(DEADLINE).expect("a sample in time")
    }

    /// The message of the error that put the link down.
    #[track_caller]
    pub fn down_with(&self, words: &str) -> LinkStatus {
        let status = self.wait_for("down", |status| matches!(status.state, LinkState::Down { .. }));
        let message = status.last_error.as_ref().map(|error| error.message.clone()).unwrap_or_default();
        assert!(message.contains(words), "{message}");
        assert!(message.contains("source \"line1\""), "{message}");
        status
    }
}

pub fn spec(broker: &Broker, version: MqttVersion, filter: &str, routes: Vec<Route>) -> MqttSpec {
    MqttSpec {
        host: "127.0.0.1".to_owned(),
        port: broker.port,
        version,
        client_id: None,
        user: None,
        password: None,
        tls: None,
        subscriptions: vec![MqttSubscription { topic: filter.to_owned(), qos: 1, routes }],
    }
}

pub fn plain(topic: &str, signal: u32, kind: ValueKind) -> Route {
    let (topic, signal) = (topic.to_owned(), SignalId(signal));
    Route { topic, only_if: Vec::new(), signal, kind, payload: Payload::Plain, convert: None }
}

pub fn json(topic: &str, signal: u32, pointer: &str) -> Route {
    let payload = Payload::Json { value: pointer.to_owned(), time: None, quality: None };
    Route { payload, ..plain(topic, signal, ValueKind::Real) }
}
