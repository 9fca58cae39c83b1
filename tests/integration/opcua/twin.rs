//! A running OPC UA source as the app has it, with waits that have a deadline.

use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded};
use twinscope::domain::link::{LinkState, LinkStatus};
use twinscope::domain::signal::{Sample, SignalId};
use twinscope::domain::source::{OpcuaEndpoint, OpcuaNode, OpcuaSpec, OpcuaTrigger, SourceKind, SourceSpec};
use twinscope::domain::time::Span;
use twinscope::domain::value::ValueKind;
use twinscope::sources::{Outlet, Runtime};

use super::DEADLINE;

pub struct Twin {
    runtime: Runtime,
    pub samples: Receiver<Sample>,
}

impl Twin {
    pub fn start(spec: OpcuaSpec) -> Self {
        let (sender, samples) = bounded(10_000);
        let specs = vec![SourceSpec { name: "line1".to_owned(), kind: SourceKind::Opcua(spec) }];
        let runtime = Runtime::start(specs, Outlet::new(sender)).expect("threads");
        Self { runtime, samples }
    }

    pub fn up(spec: OpcuaSpec) -> Self {
        let twin = Self::start(spec);
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

    /// The next sample of this signal.
    #[track_caller]
    pub fn next_of(&self, signal: u32) -> Sample {
        let started = Instant::now();
        while started.elapsed() < DEADLINE {
            let sample = self.next();
            if sample.signal == SignalId(signal) {
                return sample;
            }
        }
        panic!("no sample of signal {signal} in time");
    }

    /// The words of the error that put the link down.
    #[track_caller]
    pub fn down_with(&self, words: &str) -> String {
        let status = self.wait_for("down", |status| matches!(status.state, LinkState::Down { .. }));
        let message = status.last_error.map(|error| error.message).unwrap_or_default();
        assert!(message.contains(words), "{message}");
        assert!(message.contains("source \"line1\"") || message.contains("asked again"), "{message}");
        message
    }
}

pub fn spec(endpoint: OpcuaEndpoint, nodes: Vec<OpcuaNode>) -> OpcuaSpec {
    let (publishing_interval, sampling_interval) = (Span::from_millis(50), Span::from_millis(20));
    OpcuaSpec {
        endpoint,
        nodes,
        publishing_interval,
        sampling_interval,
        queue_size: 10,
        trigger: OpcuaTrigger::Value,
        history: Span::ZERO,
    }
}

pub fn node(node: &str, signal: u32, kind: ValueKind) -> OpcuaNode {
    OpcuaNode { node: node.to_owned(), signal: SignalId(signal), kind, convert: None, deadband: None }
}
