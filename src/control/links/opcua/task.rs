//! The task that owns the connection of a link.
//!
//! ```text
//! connect --> look up --> Up --broken--> Down --taken up--> Up
//!    ^           |         |               |
//!    +--(pause)--+--Fault, or a write without answer
//! ```

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use opcua::client::Session;
use tokio::sync::{mpsc, oneshot};

use super::lease::{self, Leased};
use super::session::{self, Variables};
use super::{OpcuaServer, Stand};
use crate::control::links::{ReadBack, WriteOutcome};
use crate::protocol::backoff;
use crate::protocol::opcua::{Connection, Event, Fault, connect, password};

/// What the link wants done. Values are in the unit of the variable, places are those of the ways.
pub(super) enum Order {
    Write { place: usize, value: f64, within: Duration, answer: oneshot::Sender<WriteOutcome> },
    Read { place: usize, within: Duration, answer: oneshot::Sender<Result<ReadBack, String>> },
    Lease { call: lease::Call, within: Duration, answer: oneshot::Sender<Result<Leased, String>> },
}

pub(super) struct Task {
    server: OpcuaServer,
    ordered: mpsc::Receiver<Order>,
    stand: Stand,
    /// In a row.
    failures: u32,
}

impl Task {
    pub fn new(server: OpcuaServer, ordered: mpsc::Receiver<Order>, stand: Stand) -> Self {
        Self { server, ordered, stand, failures: 0 }
    }

    /// Until the link is dropped.
    pub async fn run(mut self) {
        loop {
            let server = self.server.clone();
            let Some(opened) = self.meanwhile(open(&server)).await else { return };
            let fault = match opened {
                Ok((mut connection, mut variables)) => {
                    self.up(&variables);
                    match self.serve(&mut connection, &mut variables).await {
                        Some(fault) => fault,
                        None => return connection.close().await,
                    }
                }
                Err(fault) => fault,
            };
            self.down(&fault);
            let pause = backoff::delay(self.failures, backoff::random());
            self.failures = self.failures.saturating_add(1);
            if self.meanwhile(tokio::time::sleep(pause)).await.is_none() {
                return;
            }
        }
    }

    /// Does what is ordered. Returns what ended the connection; none when the link was dropped.
    async fn serve(&mut self, connection: &mut Connection, variables: &mut Variables) -> Option<Fault> {
        let stable = tokio::time::sleep(backoff::STABLE_AFTER);
        tokio::pin!(stable);
        loop {
            tokio::select! {
                () = &mut stable, if self.failures > 0 => self.failures = 0,
                event = connection.event() => match event {
                    Ok(Event::Broken) => {
                        self.down(&Fault::Lost);
                        if let Err(fault) = self.taken_up(connection).await? {
                            return Some(fault);
                        }
                        self.up(variables);
                    }
                    Ok(_) => {}
                    Err(fault) => return Some(fault),
                },
                order = self.ordered.recv() => {
                    if let Err(fault) = self.carry_out(connection, variables, order?).await {
                        return Some(fault);
                    }
                }
            }
        }
    }

    /// Waits until a broken connection is taken up; none when the link was dropped.
    async fn taken_up(&mut self, connection: &mut Connection) -> Option<Result<(), Fault>> {
        loop {
            match self.meanwhile(connection.event()).await? {
                Ok(Event::TakenUp) => return Some(Ok(())),
                Ok(_) => {}
                Err(fault) => return Some(Err(fault)),
            }
        }
    }

    /// Refuses what is ordered until the work is done; none when the link was dropped.
    async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Some(done),
                order = self.ordered.recv() => {
                    let why = self.stand.lock().up.clone().err().unwrap_or_default();
                    refuse(order?, why);
                }
            }
        }
    }

    /// # Errors
    /// What ended the connection.
    async fn carry_out(
        &mut self,
        connection: &mut Connection,
        variables: &mut Variables,
        order: Order,
    ) -> Result<(), Fault> {
        let session = connection.session();
        // A variable that was not there, or is there under another number since, is looked up again.
        let unknown = match &order {
            Order::Write { place, value, .. } => variables.number(*place, *value).is_err(),
            Order::Read { place, .. } => variables.read(*place).is_err(),
            Order::Lease { .. } => false,
        };
        if unknown {
            let again = connection.drive(Variables::look_up(&session, &self.server.ways)).await;
            match again {
                Ok(Ok(found)) => *variables = found,
                Ok(Err(error)) => {
                    let fault = connection.fault(error.status());
                    return Err(self.refuse_by(order, fault));
                }
                Err(fault) => return Err(self.refuse_by(order, fault)),
            }
        }
        match order {
            Order::Write { place, value, within, answer } => {
                let (id, value) = match variables.number(place, value) {
                    Ok(found) => found,
                    Err(why) => {
                        _ = answer.send(WriteOutcome::NotSent(why));
                        return Ok(());
                    }
                };
                self.write(connection, (session, id, value), within, answer).await
            }
            Order::Read { place, within, mut answer } => {
                let holds = async {
                    let id = variables.read(place)?;
                    session::read(&session, id, within).await
                };
                let holds = tokio::select! {
                    biased;
                    holds = connection.drive(holds) => holds,
                    () = answer.closed() => return Ok(()),
                };
                self.tell(holds, answer, Err)
            }
            Order::Lease { call, within, mut answer } => {
                let done = tokio::select! {
                    biased;
                    done = connection.drive(lease::call(&session, variables, call, within)) => done,
                    () = answer.closed() => return Err(Fault::NoAnswer),
                };
                self.tell(done, answer, Err)
            }
        }
    }

    /// Sends a value, once, as long as somebody waits for what becomes of it.
    async fn write(
        &self,
        connection: &mut Connection,
        (session, id, value): (Arc<Session>, opcua::types::NodeId, opcua::types::Variant),
        within: Duration,
        mut answer: oneshot::Sender<WriteOutcome>,
    ) -> Result<(), Fault> {
        if answer.is_closed() {
            return Ok(());
        }
        let outcome = tokio::select! {
            biased;
            outcome = connection.drive(session::write(&session, id, value, within)) => outcome,
            // What is still in the connection would arrive late.
            () = answer.closed() => return Err(Fault::NoAnswer),
        };
        self.tell(outcome, answer, WriteOutcome::Unknown)
    }

    /// Passes an answer on; where the connection ended instead, says so and ends.
    fn tell<T>(
        &self,
        said: Result<T, Fault>,
        answer: oneshot::Sender<T>,
        otherwise: impl FnOnce(String) -> T,
    ) -> Result<(), Fault> {
        let (said, ended) = match said {
            Ok(said) => (said, Ok(())),
            Err(fault) => (otherwise(fault.what(&self.server.endpoint.url)), Err(fault)),
        };
        // Nobody waits any more.
        _ = answer.send(said);
        ended
    }

    fn refuse_by(&self, order: Order, fault: Fault) -> Fault {
        refuse(order, fault.what(&self.server.endpoint.url));
        fault
    }

    fn up(&self, variables: &Variables) {
        let mut stand = self.stand.lock();
        (stand.up, stand.leasable) = (Ok(()), variables.leasable());
    }

    fn down(&self, fault: &Fault) {
        let (what, advice) =
            (fault.what(&self.server.endpoint.url), fault.advice(&format!("source \"{}\"", self.server.source)));
        let mut stand = self.stand.lock();
        (stand.up, stand.leasable) = (Err(format!("{what}. {advice}")), HashSet::new());
    }
}

/// Connects, logs in and looks up all variables.
async fn open(server: &OpcuaServer) -> Result<(Connection, Variables), Fault> {
    let password = password(&server.endpoint.identity).await?;
    let mut connection = connect(&server.endpoint, password, &format!("twinscope {} writer", server.source)).await?;
    let session = connection.session();
    let found = connection.drive(Variables::look_up(&session, &server.ways)).await?;
    let variables = found.map_err(|error| connection.fault(error.status()))?;
    Ok((connection, variables))
}

/// Answers an order that was not begun.
fn refuse(order: Order, why: String) {
    // Who gave up waiting needs no answer.
    match order {
        Order::Write { answer, .. } => _ = answer.send(WriteOutcome::NotSent(why)),
        Order::Read { answer, .. } => _ = answer.send(Err(why)),
        Order::Lease { answer, .. } => _ = answer.send(Err(why)),
    }
}
