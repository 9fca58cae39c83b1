//! MQTT 3.1.1 and 5: one driver for both versions, with a thin adapter each.
//!
//! Every attempt opens a fresh session with a clean start, reads its secrets anew, subscribes, and
//! is up once the broker has answered the subscriptions. Messages are acknowledged on arrival: a
//! live view wants the present, not a backlog of what it missed.
//!
//! ```text
//! open --Accepted--> subscribe --all answered--> Up --Fault--> Down, wait (backoff) --> open
//!   +------Fault--------+----------Fault------------------------^
//! ```

use std::sync::Arc;

use tokio::time::Instant;

use super::link::Link;
use super::stop::Stop;
use crate::domain::signal::Sample;
use crate::domain::source::{MqttSpec, MqttVersion};
use crate::domain::time::Span;
use crate::protocol::backoff;
use crate::protocol::decode::{self, RouteTable};
use crate::protocol::mqtt::{Entrance, Fault, Session, V4, V5, prepare, subscription_refused};

/// Kind of the link, as it is shown.
pub(super) fn kind(spec: &MqttSpec) -> &'static str {
    match spec.version {
        MqttVersion::V311 => "MQTT 3.1.1",
        MqttVersion::V5 => "MQTT 5",
    }
}

/// Address of the broker, without user and password.
pub(super) fn address(spec: &MqttSpec) -> String {
    let scheme = if spec.tls.is_some() { "mqtts" } else { "mqtt" };
    format!("{scheme}://{}:{}", spec.host, spec.port)
}

/// Keeps the link up until the program ends, or until only a change of the project can help.
pub(super) async fn run(name: String, spec: MqttSpec, link: Arc<Link>, stop: Stop) {
    match spec.version {
        MqttVersion::V311 => keep_up::<V4>(&name, &spec, &link, stop).await,
        MqttVersion::V5 => keep_up::<V5>(&name, &spec, &link, stop).await,
    }
}

async fn keep_up<S: Session>(name: &str, spec: &MqttSpec, link: &Link, mut stop: Stop) {
    let routes = RouteTable::new(spec.subscriptions.iter().flat_map(|subscription| &subscription.routes));
    let mut failures = 0;
    loop {
        let mut visit = Visit { name, spec, link, routes: &routes, up_since: None, samples: Vec::new() };
        let Some(fault) = visit.run::<S>(&mut stop).await else { return };
        if visit.up_since.is_some_and(|since| since.elapsed() >= backoff::STABLE_AFTER) {
            failures = 0;
        }
        let wait = backoff::delay(failures, backoff::random());
        failures = failures.saturating_add(1);
        let now = super::now();
        let retry_at = (!fault.permanent()).then(|| now + Span::from(wait));
        link.down(now, retry_at, fault.message(name, spec));
        if retry_at.is_none() {
            return;
        }
        tokio::select! {
            () = stop.wait() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// One session with the broker, from opening to its end.
struct Visit<'a> {
    name: &'a str,
    spec: &'a MqttSpec,
    link: &'a Link,
    routes: &'a RouteTable,
    up_since: Option<Instant>,
    samples: Vec<Sample>,
}

impl Visit<'_> {
    /// Returns what ended the session; none when the program ends.
    async fn run<S: Session>(&mut self, stop: &mut Stop) -> Option<Fault> {
        let connect = match prepare(self.spec).await {
            Ok(connect) => connect,
            Err(fault) => return Some(fault),
        };
        let mut session = S::open(connect);
        let fault = tokio::select! {
            () = stop.wait() => None,
            fault = self.listen(&mut session) => Some(fault),
        };
        // A session that failed would connect anew to say goodbye.
        if fault.is_none() {
            session.close().await;
        }
        fault
    }

    async fn listen<S: Session>(&mut self, session: &mut S) -> Fault {
        let mut entrance = Entrance::new(&self.spec.subscriptions);
        loop {
            match entrance.next(session).await {
                Ok(Some(publish)) => {
                    let message = S::message(&publish);
                    self.take(message.topic, message.payload);
                }
                Ok(None) => {}
                Err(fault) => return fault,
            }
            for topic in entrance.refused() {
                self.link.warn(super::now(), subscription_refused(self.name, topic));
            }
            self.up_when(entrance.complete());
        }
    }

    fn up_when(&mut self, complete: bool) {
        if complete && self.up_since.is_none() {
            self.up_since = Some(Instant::now());
            self.link.up(super::now());
        }
    }

    fn take(&mut self, topic: &[u8], payload: &[u8]) {
        let arrival = super::now();
        // MQTT topics are UTF-8; one that is not is in no table.
        let topic = std::str::from_utf8(topic).unwrap_or_default();
        let rejected = self.routes.decode(topic, payload, arrival, &mut self.samples).err();
        let rejected = rejected.map(|error| format!("{}: {error}", decode::excerpt(topic)));
        self.link.publish(&mut self.samples, rejected);
    }
}
