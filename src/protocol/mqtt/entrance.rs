//! From opening a session to the broker's answer to the last subscription, and what comes after.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::timeout;

use super::fault::Fault;
use super::session::{Event, Session};
use crate::domain::source::MqttSubscription;

/// Filters in one SUBSCRIBE: what the most sparing broker takes (AWS IoT Core, quotas).
const FILTERS_A_PACKET: usize = 8;

/// From opening the connection to the broker's first answer.
const ACCEPT_WITHIN: Duration = Duration::from_secs(10);

/// Subscribes to all topics once the broker accepted the login, and follows the answers.
pub struct Entrance<'a> {
    wanted: &'a [MqttSubscription],
    accepted: bool,
    unanswered: VecDeque<&'a [MqttSubscription]>,
    refused: Vec<&'a str>,
}

impl<'a> Entrance<'a> {
    pub fn new(wanted: &'a [MqttSubscription]) -> Self {
        Self { wanted, accepted: false, unanswered: VecDeque::new(), refused: Vec::new() }
    }

    /// Waits for what the broker sends; none where that was no message.
    ///
    /// # Errors
    /// When the session could not be had, or ended.
    pub async fn next<S: Session>(&mut self, session: &mut S) -> Result<Option<S::Publish>, Fault> {
        let next = if self.accepted {
            session.next().await
        } else {
            timeout(ACCEPT_WITHIN, session.next()).await.unwrap_or(Err(Fault::NoAnswer))
        };
        match next {
            Ok(Event::Publish(publish)) => return Ok(Some(publish)),
            Ok(Event::Accepted) => {
                self.accepted = true;
                for some in self.wanted.chunks(FILTERS_A_PACKET) {
                    session.subscribe(some)?;
                    self.unanswered.push_back(some);
                }
            }
            Ok(Event::Subscribed(granted)) => {
                let asked = self.unanswered.pop_front().unwrap_or_default();
                let refused = asked.iter().zip(granted).filter(|(_, granted)| !granted);
                self.refused.extend(refused.map(|(subscription, _)| subscription.topic.as_str()));
            }
            Ok(Event::Other) => {}
            Err(Fault::HungUp) if !self.accepted => return Err(Fault::HungUpAtOnce),
            Err(fault) => return Err(fault),
        }
        Ok(None)
    }

    /// The login was accepted and all subscriptions are answered.
    pub fn complete(&self) -> bool {
        self.accepted && self.unanswered.is_empty()
    }

    /// Topics to which the broker refused the subscription since this was asked last.
    pub fn refused(&mut self) -> impl Iterator<Item = &'a str> {
        self.refused.drain(..)
    }
}
