//! OPC UA: subscribes to variables of a server and turns what they say into samples.
//!
//! A connection that breaks is taken up again once, at once, with its subscription; messages that the
//! server kept, or sent into the broken connection, still come. Where that fails, and where the server was
//! restarted, everything is set up anew: paths are looked up again, because a server may number its
//! nodes differently after each start.
//!
//! ```text
//! connect --> subscribe --> Up --broken--> Down --taken up--> Up
//!    ^            |          |               |
//!    +--(backoff)-+-------Fault--------------+
//! ```
//!
//! Of servers that keep a past, it is read after the first connection where the project asks for it, and
//! after each break.

mod intake;
mod past;
mod subscribe;

use std::sync::Arc;

use opcua::types::NodeId;
use tokio::time::{Instant, timeout_at};

use self::intake::Intake;
use self::past::{Past, Reading};
use self::subscribe::Subscribed;
use super::link::Link;
use super::stop::Stop;
use crate::domain::source::OpcuaSpec;
use crate::domain::time::Span;
use crate::protocol::backoff;
use crate::protocol::opcua::{Connection, Event, Fault, connect, password};

/// Address of the server, as it is shown.
pub(super) fn address(spec: &OpcuaSpec) -> &str {
    &spec.endpoint.url
}

/// Keeps the link up until the program ends, or until only a change of the project can help.
pub(super) async fn run(name: String, spec: OpcuaSpec, link: Arc<Link>, mut stop: Stop) {
    let intake = Arc::new(Intake::new(&spec.nodes, Arc::clone(&link)));
    let mut past = Past::new(spec.history, spec.nodes.len(), super::now());
    let mut failures = 0;
    loop {
        let mut visit = Visit {
            name: &name,
            spec: &spec,
            link: &link,
            intake: &intake,
            past: &mut past,
            stop: &stop.clone(),
            up_since: None,
        };
        let Some(end) = visit.run(&mut stop).await else { return };
        // What waits for the past goes on waiting, or it would come before what is still to be read.
        if !visit.past.awaited() {
            intake.release();
        }
        visit.past.broke(&intake);
        if visit.up_since.is_some_and(|since| since.elapsed() >= backoff::STABLE_AFTER) {
            failures = 0;
        }
        let wait = backoff::delay(failures, backoff::random());
        failures = failures.saturating_add(1);
        let now = super::now();
        let retry_at = (!end.permanent()).then(|| now + Span::from(wait));
        link.down(now, retry_at, message(&end, &name, &spec));
        if retry_at.is_none() {
            return;
        }
        tokio::select! {
            () = stop.wait() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Why the link is down, what it means and what to do.
fn message(fault: &Fault, source: &str, spec: &OpcuaSpec) -> String {
    let (what, advice) = (fault.what(&spec.endpoint.url), fault.advice(&format!("source \"{source}\"")));
    format!("{what}. Values of this link are frozen. {advice}.")
}

/// One session with the server, from connecting to its end.
struct Visit<'a> {
    name: &'a str,
    spec: &'a OpcuaSpec,
    link: &'a Arc<Link>,
    intake: &'a Arc<Intake>,
    past: &'a mut Past,
    stop: &'a Stop,
    up_since: Option<Instant>,
}

impl Visit<'_> {
    /// Returns what ended the session; none when the program ends.
    async fn run(&mut self, stop: &mut Stop) -> Option<Fault> {
        let mut connection = tokio::select! {
            () = stop.wait() => return None,
            connection = self.connect() => match connection {
                Ok(connection) => connection,
                Err(end) => return Some(end),
            },
        };
        let outcome = tokio::select! {
            () = stop.wait() => Ok(()),
            fault = self.listen(&mut connection) => fault,
        };
        connection.close().await;
        outcome.err()
    }

    async fn connect(&self) -> Result<Connection, Fault> {
        let password = password(&self.spec.endpoint.identity).await?;
        connect(&self.spec.endpoint, password, &format!("twinscope {}", self.name)).await
    }

    /// Ends with a fault only.
    async fn listen(&mut self, connection: &mut Connection) -> Result<(), Fault> {
        if self.past.awaited() {
            self.intake.hold();
        }
        let subscribed = subscribe::subscribe(connection, self.spec, self.intake).await?;
        let Subscribed { id, nodes, silent_after, missing } = subscribed;
        for words in &missing {
            self.link.warn(super::now(), format!("{words} of source \"{}\".", self.name));
        }
        self.up_since = Some(Instant::now());
        self.link.up(super::now());
        self.read_past(connection, &nodes).await?;
        let mut heard = Instant::now();
        loop {
            match timeout_at(heard + silent_after, connection.event()).await.map_err(|_| Fault::Silent)?? {
                Event::Published => {
                    heard = Instant::now();
                    if self.intake.incomplete() {
                        self.catch_up(connection, id, false).await?;
                    }
                }
                Event::Alive => {}
                Event::Broken => {
                    let now = super::now();
                    self.link.down(now, Some(now), message(&Fault::Lost, self.name, self.spec));
                    self.past.broke(self.intake);
                    if self.past.awaited() {
                        self.intake.hold();
                    }
                }
                Event::TakenUp => {
                    self.catch_up(connection, id, true).await?;
                    connection.resume();
                    self.link.up(super::now());
                    self.read_past(connection, &nodes).await?;
                    heard = Instant::now();
                }
            }
        }
    }

    /// Reads what is owed of the past; what waited for it goes on then.
    async fn read_past(&mut self, connection: &mut Connection, nodes: &[Option<NodeId>]) -> Result<(), Fault> {
        if self.past.awaited() {
            let Self { name, link, intake, stop, .. } = *self;
            self.past.read(Reading { connection, nodes, intake, link, name, stop }).await?;
        }
        self.intake.release();
        Ok(())
    }

    async fn catch_up(&self, connection: &mut Connection, subscription: u32, after_break: bool) -> Result<(), Fault> {
        let session = connection.session();
        let lost = connection.drive(self.intake.catch_up(&session, subscription, after_break)).await?;
        let lost = lost.map_err(|error| connection.fault(error.status()))?;
        if lost > 0 {
            let message = format!(
                "The OPC UA server no longer had {lost} messages that did not arrive. Some values of this link are \
                 missing. Check the network of source \"{}\".",
                self.name
            );
            self.link.warn(super::now(), message);
        }
        Ok(())
    }
}
