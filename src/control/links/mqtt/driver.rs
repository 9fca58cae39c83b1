//! The connection of a link: it comes up by itself, carries one command at a time, and hears what comes back.

use std::future::pending;
use std::pin::{Pin, pin};
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use super::Status;
use super::held::Held;
use crate::control::links::answer::LARGEST_ANSWER_BYTES;
use crate::control::links::way::Clock;
use crate::domain::source::MqttSpec;
use crate::domain::time::{Span, Timestamp};
use crate::protocol::backoff;
use crate::protocol::mqtt::{Command, Delivered, Entrance, Fault, Message, Publisher, Session, prepare};

/// One command, to be sent once and at once or not at all.
pub struct Order {
    pub command: Command,
    /// Tag path of the signal that is going to show it.
    pub readback: Option<String>,
    /// What the broker says, or why it was not sent. Whoever drops the other end before it came gives the command up, and with it the
    /// connection, so that it does not go out later.
    pub delivered: oneshot::Sender<Result<Delivered, String>>,
    /// What the plant says, where it answers.
    pub awaited: Option<Reply>,
}

/// An answer that is waited for.
pub struct Reply {
    pub topic: String,
    pub correlation: Vec<u8>,
    pub tell: mpsc::Sender<Vec<u8>>,
}

/// A command that the broker has not confirmed.
struct Unconfirmed {
    notice: Pin<Box<dyn Future<Output = Delivered> + Send>>,
    delivered: oneshot::Sender<Result<Delivered, String>>,
    /// The plant answered before the broker did.
    answered: bool,
}

pub struct Driver {
    /// Name in the project.
    pub source: String,
    pub spec: MqttSpec,
    pub orders: mpsc::Receiver<Order>,
    pub status: watch::Sender<Status>,
    pub held: Arc<Held>,
    pub now: Clock,
}

impl Driver {
    /// Until nobody can order any more.
    pub async fn keep_up<S: Session>(mut self) {
        let mut failures = 0;
        loop {
            let mut up_since = None;
            let Some(fault) = self.visit::<S>(&mut up_since).await else { return };
            if up_since.is_some_and(|since| (self.now)() - since >= Span::from(backoff::STABLE_AFTER)) {
                failures = 0;
            }
            let (what, advice) = fault.told(&self.spec);
            self.status.send_replace(Status::Down(format!("{what}. {advice} of source \"{}\"", self.source)));
            let wait = backoff::delay(failures, backoff::random());
            failures = failures.saturating_add(1);
            let wait = async {
                match fault.permanent() {
                    true => pending().await,
                    false => tokio::time::sleep(wait).await,
                }
            };
            let mut wait = pin!(wait);
            loop {
                tokio::select! {
                    () = &mut wait => break,
                    order = self.orders.recv() => match order {
                        Some(order) => order.refuse(),
                        None => return,
                    },
                }
            }
        }
    }

    /// One session with the broker. Returns what ended it; none when nobody can order any more.
    async fn visit<S: Session>(&mut self, up_since: &mut Option<Timestamp>) -> Option<Fault> {
        let connect = match prepare(&self.spec).await {
            Ok(connect) => connect,
            Err(fault) => return Some(fault),
        };
        self.held.clear();
        let mut session = S::open(connect);
        let fault = self.serve(&mut session, up_since).await;
        // A session that failed is left alone: it would connect anew and send again what it could not.
        if fault.is_none() {
            session.close().await;
        }
        fault
    }

    async fn serve<S: Session>(&mut self, session: &mut S, up_since: &mut Option<Timestamp>) -> Option<Fault> {
        let publisher = session.publisher();
        let mut entrance = Entrance::new(&self.spec.subscriptions);
        let mut unconfirmed = None::<Unconfirmed>;
        let mut awaited = None::<Reply>;
        loop {
            let came = {
                let mut next = pin!(entrance.next(session));
                loop {
                    tokio::select! {
                        came = &mut next => break came,
                        confirmed = confirm(&mut unconfirmed) => if let Err(fault) = confirmed {
                            return Some(fault);
                        },
                        order = self.orders.recv(), if unconfirmed.as_ref().is_none_or(|it| it.answered) => match order {
                            Some(order) if up_since.is_none() => order.refuse(),
                            Some(order) => (unconfirmed, awaited) = self.send(&publisher, order),
                            None => return None,
                        },
                    }
                }
            };
            match came {
                Ok(Some(publish)) => {
                    let message = S::message(&publish);
                    if let Some(reply) = awaited.take_if(|reply| reply.is(&message)) {
                        if let Some(unconfirmed) = &mut unconfirmed {
                            unconfirmed.answered = true;
                        }
                        // One byte more than is read says that it is too long.
                        let start = message.payload.get(..=LARGEST_ANSWER_BYTES).unwrap_or(message.payload);
                        _ = reply.tell.try_send(start.to_vec());
                    }
                    self.held.take(message, (self.now)());
                }
                Ok(None) => {}
                Err(fault) => return Some(fault),
            }
            if let Some(topic) = entrance.refused().last() {
                return Some(Fault::Deaf(topic.to_owned()));
            }
            if entrance.complete() && up_since.is_none() {
                *up_since = Some((self.now)());
                self.status.send_replace(Status::Up);
            }
        }
    }

    /// Hands a command to the session, if somebody still waits for what becomes of it.
    fn send(&self, publisher: &impl Publisher, order: Order) -> (Option<Unconfirmed>, Option<Reply>) {
        let Order { command, readback, delivered, awaited } = order;
        if delivered.is_closed() {
            return (None, None);
        }
        if let Some(readback) = readback {
            self.held.age(&readback);
        }
        match publisher.publish(command) {
            Ok(notice) => (Some(Unconfirmed { notice: Box::pin(notice), delivered, answered: false }), awaited),
            Err(fault) => {
                _ = delivered.send(Err(fault.told(&self.spec).0));
                (None, None)
            }
        }
    }
}

impl Order {
    /// It was not sent and will not be.
    fn refuse(self) {
        _ = self.delivered.send(Err("the MQTT broker is not connected".to_owned()));
    }
}

impl Reply {
    fn is(&self, message: &Message<'_>) -> bool {
        message.topic == self.topic.as_bytes() && message.correlation == Some(self.correlation.as_slice())
    }
}

/// Passes on what the broker says of the command on its way; waits for ever where there is none.
///
/// # Errors
/// When the command was given up.
async fn confirm(unconfirmed: &mut Option<Unconfirmed>) -> Result<(), Fault> {
    let Some(command) = unconfirmed else { return pending().await };
    let said = tokio::select! {
        said = &mut command.notice => said,
        () = command.delivered.closed(), if !command.answered => return Err(Fault::NoAnswer),
    };
    if let Some(command) = unconfirmed.take() {
        _ = command.delivered.send(Ok(said));
    }
    Ok(())
}
