//! What the plant showed last of the signals that are read back.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::OLDEST;
use crate::control::links::ReadBack;
use crate::domain::signal::SignalId;
use crate::domain::source::{MqttSubscription, Payload, Route};
use crate::domain::time::Timestamp;
use crate::protocol::decode::Message as Content;
use crate::protocol::mqtt::Message;

/// Topics and what they show.
pub struct Shown {
    /// Topic -> QoS, and tag paths with the routes that feed them.
    topics: BTreeMap<String, (u8, Vec<(String, Route)>)>,
}

impl Shown {
    /// Those routes of the subscriptions that feed one of the signals.
    pub fn new(subscriptions: &[MqttSubscription], signals: &HashMap<SignalId, String>) -> Self {
        let mut topics = BTreeMap::<String, (u8, Vec<(String, Route)>)>::new();
        for subscription in subscriptions {
            for route in &subscription.routes {
                let Some(path) = signals.get(&route.signal) else { continue };
                let (qos, routes) = topics.entry(route.topic.clone()).or_default();
                *qos = subscription.qos.max(*qos);
                routes.push((path.clone(), route.clone()));
            }
        }
        Self { topics }
    }

    /// Each topic alone, whatever filter the source has it through.
    pub fn subscriptions(&self) -> impl Iterator<Item = MqttSubscription> {
        let one = |(topic, (qos, _)): (&String, &(u8, _))| MqttSubscription {
            topic: topic.clone(),
            qos: *qos,
            routes: Vec::new(),
        };
        self.topics.iter().map(one)
    }

    pub fn each(&self) -> impl Iterator<Item = (&str, &Route)> {
        self.topics.values().flat_map(|(_, routes)| routes).map(|(path, route)| (path.as_str(), route))
    }
}

/// The last message of each signal since the connection came up.
pub struct Held {
    shown: Shown,
    /// By tag paths.
    last: Mutex<HashMap<String, Last>>,
}

struct Last {
    /// The value, or why the message holds none.
    told: Result<ReadBack, String>,
    /// The message says itself of when it is.
    own_time: bool,
}

impl Held {
    pub fn new(shown: Shown) -> Self {
        Self { shown, last: Mutex::default() }
    }

    /// Nothing was heard over the new connection.
    pub fn clear(&self) {
        self.last().clear();
    }

    /// What was heard up to now does not speak of what is written next.
    pub fn age(&self, path: &str) {
        if let Some(Last { told: Ok(told), own_time: false }) = self.last().get_mut(path) {
            told.source_time = OLDEST;
        }
    }

    /// # Errors
    /// In words, when nothing was heard or the last message has no value.
    pub fn get(&self, path: &str) -> Result<ReadBack, String> {
        match self.last().get(path) {
            Some(last) => last.told.clone(),
            None => Err(format!("nothing was heard of {path} since the MQTT broker was connected")),
        }
    }

    pub fn take(&self, message: Message<'_>, arrival: Timestamp) {
        let topic = std::str::from_utf8(message.topic).unwrap_or_default();
        let Some((_, routes)) = self.shown.topics.get(topic) else { return };
        let content = Content::new(message.payload, arrival);
        for (path, route) in routes {
            let own_time = matches!(&route.payload, Payload::Json { time: Some(_), .. });
            let decoded = match &content {
                Ok(content) => content.decode(route).map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            let told = match decoded {
                // A message of something else.
                Ok(None) => continue,
                Ok(Some(sample)) => {
                    let source_time = if message.retained && !own_time { OLDEST } else { sample.source_time };
                    let value = sample.value.as_f64().ok_or_else(|| format!("{} is no number", sample.value));
                    value.map(|value| ReadBack { value, source_time, quality: sample.quality })
                }
                Err(why) => Err(why),
            };
            let told = told.map_err(|why| format!("the last message about {path} cannot be read: {why}"));
            self.last().insert(path.clone(), Last { told, own_time });
        }
    }

    fn last(&self) -> MutexGuard<'_, HashMap<String, Last>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
