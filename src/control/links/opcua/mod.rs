//! Settings over OPC UA: a session of its own, beside the one of the source that reads.
//!
//! One task on the thread "links" owns the connection and moves it all the time. What is to be done comes to it
//! one by one, and each is sent once, with the patience of who asks: a write that nobody waits for any more is not
//! sent, and a connection over which one was left without answer is not used again, so that nothing arrives late
//! from here. It connects by itself, at the start and after each loss; then paths are looked up anew.
//!
//! Where the server has the lease of `protocol::opcua::server`, it is the watchdog of the settings in its plant.

mod lease;
mod session;
mod status;
mod task;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use self::lease::Leased;
use self::task::{Order, Task};
use super::io::Io;
use super::{PlantLink, ReadBack, WriteOutcome, WriteRequest};
use crate::domain::source::OpcuaEndpoint;
use crate::domain::time::Span;
use crate::domain::unit::Unit;

/// Orders that wait while the connection is busy. Who asks waits for the answer, so there is hardly ever one.
const ORDERS: usize = 16;
/// How long the end of the program waits for the session to be closed.
const FAREWELL: Duration = Duration::from_secs(1);
const ENDED: &str = "the link has ended";

/// A server and the settings that go to it.
#[derive(Clone, PartialEq, Debug)]
pub struct OpcuaServer {
    /// Name of the source in the project.
    pub source: String,
    /// With the identity of who writes.
    pub endpoint: OpcuaEndpoint,
    pub ways: Vec<OpcuaWay>,
}

/// How one signal is written and read back.
#[derive(Clone, PartialEq, Debug)]
pub struct OpcuaWay {
    /// Tag path.
    pub signal: String,
    /// None: it is read back only.
    pub written: Option<OpcuaVariable>,
    /// None: it cannot be read back.
    pub read: Option<OpcuaVariable>,
    /// Longest wait for an answer.
    pub deadline: Span,
}

/// A variable of the server.
#[derive(Clone, PartialEq, Debug)]
pub struct OpcuaVariable {
    /// As in [`OpcuaNode::node`](crate::domain::source::OpcuaNode::node).
    pub node: String,
    /// Unit of the signal and unit of the variable, where they differ.
    pub convert: Option<(Unit, Unit)>,
}

/// The link to one server.
pub struct OpcuaLink {
    io: Io,
    /// None only while being dropped.
    orders: Option<mpsc::Sender<Order>>,
    task: Option<JoinHandle<()>>,
    stand: Stand,
    ways: HashMap<String, Way>,
    /// Signals that the controller would take back if it were not fed, as far as is known.
    armed: HashSet<String>,
}

struct Way {
    /// Place among the ways of the server.
    place: usize,
    written: Option<OpcuaVariable>,
    read: Option<OpcuaVariable>,
    deadline: Duration,
}

/// How the connection stands, as its task tells it.
#[derive(Clone)]
struct Stand(Arc<Mutex<Standing>>);

struct Standing {
    /// Why nothing goes over it, in words.
    up: Result<(), String>,
    /// Ways whose variables the lease of the server can take back, by place.
    leasable: HashSet<usize>,
}

impl OpcuaLink {
    /// Begins to connect.
    pub fn new(io: Io, server: OpcuaServer) -> Self {
        let (orders, ordered) = mpsc::channel(ORDERS);
        let ways = server.ways.iter().enumerate().map(|(place, way)| {
            let (written, read, deadline) = (way.written.clone(), way.read.clone(), duration(way.deadline));
            (way.signal.clone(), Way { place, written, read, deadline })
        });
        let ways = ways.collect();
        let stand = Stand::new(format!("The OPC UA server {} is being connected to", server.endpoint.url));
        let task = io.spawn(Task::new(server, ordered, stand.clone()).run());
        Self { io, orders: Some(orders), task, stand, ways, armed: HashSet::new() }
    }

    fn way(&self, signal: &str) -> Result<&Way, String> {
        self.ways.get(signal).ok_or_else(|| format!("this link does not go to {signal}"))
    }

    /// Has something done and waits for the answer.
    ///
    /// # Errors
    /// True where it may still have been done: there was no answer in time. False where it was not begun.
    fn ask<T>(&self, within: Duration, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> Result<T, bool> {
        let (answer, answered) = oneshot::channel();
        let orders = self.orders.as_ref().ok_or(false)?;
        orders.try_send(order(answer)).map_err(|_| false)?;
        self.io.wait(within, answered).and_then(Result::ok).ok_or(true)
    }

    /// As [`Self::ask`], of the lease, for a signal.
    fn ask_lease(&self, signal: &str, call: impl FnOnce(usize) -> lease::Call) -> Result<Leased, String> {
        let way = self.way(signal)?;
        let call = call(way.place);
        let within = way.deadline;
        let done = self.ask(within, |answer| Order::Lease { call, within, answer });
        done.unwrap_or_else(|begun| Err(if begun { no_answer(within) } else { ENDED.to_owned() }))
    }
}

impl PlantLink for OpcuaLink {
    fn connected(&self) -> Result<(), String> {
        self.stand.lock().up.clone()
    }

    fn write(&mut self, request: &WriteRequest) -> WriteOutcome {
        let prepared = self.way(request.signal()).and_then(|way| {
            let variable = way.written.as_ref().ok_or_else(|| format!("{} is read only", request.signal()))?;
            Ok((way.place, to_plant(request.value(), variable)?))
        });
        let (place, value) = match prepared {
            Ok(prepared) => prepared,
            Err(why) => return WriteOutcome::NotSent(why),
        };
        let within = duration(request.deadline());
        match self.ask(within, |answer| Order::Write { place, value, within, answer }) {
            Ok(outcome) => outcome,
            Err(true) => WriteOutcome::Unknown(no_answer(within)),
            Err(false) => WriteOutcome::NotSent(ENDED.to_owned()),
        }
    }

    /// What the server says when it is asked to look (maxAge 0), with the source time that it gives. Only where it
    /// gives none, its own time stands in. Most servers change the source time only with the value: such a time
    /// says since when the equipment holds it.
    fn read(&mut self, signal: &str) -> Result<ReadBack, String> {
        let way = self.way(signal)?;
        let variable = way.read.as_ref().ok_or_else(|| format!("{signal} cannot be read back"))?;
        let (place, within) = (way.place, way.deadline);
        let told = self.ask(within, |answer| Order::Read { place, within, answer });
        let holds = told.unwrap_or_else(|begun| Err(if begun { no_answer(within) } else { ENDED.to_owned() }))?;
        Ok(ReadBack { value: from_plant(holds.value, variable)?, ..holds })
    }

    fn reads_back(&self, signal: &str) -> bool {
        self.ways.get(signal).is_some_and(|way| way.read.is_some())
    }

    fn watchdog(&self, signal: &str) -> bool {
        self.ways.get(signal).is_some_and(|way| self.stand.lock().leasable.contains(&way.place))
    }

    fn arm(&mut self, signal: &str, back_to: f64) -> Result<(), String> {
        let way = self.way(signal)?;
        let variable = way.written.as_ref().ok_or_else(|| format!("{signal} is read only"))?;
        let back_to = to_plant(back_to, variable)?;
        let done = self.ask_lease(signal, |place| lease::Call::Arm { place, back_to })?;
        match done {
            Leased::Done => {
                self.armed.insert(signal.to_owned());
                Ok(())
            }
            Leased::Free => Err("the server does not take it into its lease".to_owned()),
        }
    }

    fn feed(&mut self, signal: &str) -> Result<(), String> {
        let done = self.ask_lease(signal, |_| lease::Call::Feed);
        if done != Ok(Leased::Done) {
            // What is not fed goes back: nothing is known to be armed from here on.
            self.armed.clear();
        }
        match done? {
            Leased::Done => Ok(()),
            Leased::Free => Err("its time ran out, so the controller took the settings back".to_owned()),
        }
    }

    fn release(&mut self, signal: &str) -> Result<(), String> {
        let done = self.ask_lease(signal, |place| lease::Call::Release { place })?;
        let was_armed = self.armed.remove(signal);
        match done {
            Leased::Free if was_armed => {
                Err("its time had run out before, so the controller took the setting back".to_owned())
            }
            Leased::Done | Leased::Free => Ok(()),
        }
    }
}

impl Drop for OpcuaLink {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(task) = self.task.take() {
            // Too slow: the server ends the session by itself.
            _ = self.io.wait(FAREWELL, task);
        }
    }
}

impl Stand {
    fn new(why: String) -> Self {
        Self(Arc::new(Mutex::new(Standing { up: Err(why), leasable: HashSet::new() })))
    }

    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A value of the signal as the variable takes it.
fn to_plant(value: f64, variable: &OpcuaVariable) -> Result<f64, String> {
    let Some((here, there)) = &variable.convert else { return Ok(value) };
    here.convert(value, there).ok_or_else(|| format!("{} cannot be converted to {}", here.code(), there.code()))
}

/// A value of the variable as the signal has it.
fn from_plant(value: f64, variable: &OpcuaVariable) -> Result<f64, String> {
    let Some((here, there)) = &variable.convert else { return Ok(value) };
    there.convert(value, here).ok_or_else(|| format!("{} cannot be converted to {}", there.code(), here.code()))
}

fn no_answer(within: Duration) -> String {
    format!("the OPC UA server did not answer within {} s", within.as_secs_f64())
}

fn duration(span: Span) -> Duration {
    Duration::from_nanos(span.as_nanos().try_into().unwrap_or(0))
}
