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

mod fault;
mod session;
mod v4;
mod v5;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use self::fault::Fault;
use self::session::{Connect, Event, Session};
use super::backoff;
use super::decode::{self, RouteTable};
use super::link::Link;
use super::stop::Stop;
use crate::domain::signal::Sample;
use crate::domain::source::{MqttSpec, MqttSubscription, MqttVersion};
use crate::domain::time::Span;

/// Filters in one SUBSCRIBE: what the most sparing broker takes (AWS IoT Core, quotas).
const FILTERS_A_PACKET: usize = 8;

/// From opening the connection to the broker's first answer.
const ACCEPT_WITHIN: Duration = Duration::from_secs(10);

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
        MqttVersion::V311 => keep_up::<v4::V4>(&name, &spec, &link, stop).await,
        MqttVersion::V5 => keep_up::<v5::V5>(&name, &spec, &link, stop).await,
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

impl<'a> Visit<'a> {
    /// Returns what ended the session; none when the program ends.
    async fn run<S: Session>(&mut self, stop: &mut Stop) -> Option<Fault> {
        let connect = match prepare(self.spec).await {
            Ok(connect) => connect,
            Err(fault) => return Some(fault),
        };
        let mut session = S::open(connect);
        let outcome = tokio::select! {
            () = stop.wait() => Ok(()),
            fault = self.listen(&mut session) => Err(fault),
        };
        session.close().await;
        outcome.err()
    }

    async fn listen<S: Session>(&mut self, session: &mut S) -> Fault {
        let mut unanswered = VecDeque::<&'a [MqttSubscription]>::new();
        let mut accepted = false;
        loop {
            let next = if accepted {
                session.next().await
            } else {
                tokio::time::timeout(ACCEPT_WITHIN, session.next()).await.unwrap_or(Err(Fault::NoAnswer))
            };
            match next {
                Ok(Event::Publish(publish)) => {
                    let (topic, payload) = S::parts(&publish);
                    self.take(topic, payload);
                }
                Ok(Event::Accepted) => {
                    accepted = true;
                    for some in self.spec.subscriptions.chunks(FILTERS_A_PACKET) {
                        if let Err(fault) = session.subscribe(some) {
                            return fault;
                        }
                        unanswered.push_back(some);
                    }
                    self.up_when(unanswered.is_empty());
                }
                Ok(Event::Subscribed(granted)) => {
                    let asked = unanswered.pop_front().unwrap_or_default();
                    for (subscription, _) in asked.iter().zip(granted).filter(|(_, granted)| !granted) {
                        self.link.warn(super::now(), fault::subscription_refused(self.name, &subscription.topic));
                    }
                    self.up_when(unanswered.is_empty());
                }
                Ok(Event::Other) => {}
                Err(Fault::HungUp) if !accepted => return Fault::HungUpAtOnce,
                Err(fault) => return fault,
            }
        }
    }

    fn up_when(&mut self, all_answered: bool) {
        if all_answered && self.up_since.is_none() {
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

/// Reads secrets and certificates away from the protocol threads: they may lie on a slow drive.
async fn prepare(spec: &MqttSpec) -> Result<Connect, Fault> {
    let spec = spec.clone();
    tokio::task::spawn_blocking(move || Connect::new(&spec)).await.unwrap_or(Err(Fault::Ended))
}
