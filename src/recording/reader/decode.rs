//! Messages of a recording, back into samples.

use std::collections::HashMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::records::Message;
use crate::domain::quality::Quality;
use crate::domain::signal::{Sample, SignalId};
use crate::domain::time::{Span, Timestamp};
use crate::domain::value::Value;
use crate::recording::format::{QUALITY, from_mcap};

/// A channel of samples: which signal a name in its messages stands for.
#[derive(Debug, Default)]
pub struct SampleChannel {
    members: Vec<(String, SignalId)>,
    by_key: HashMap<String, usize>,
}

impl SampleChannel {
    pub fn new(members: Vec<(String, SignalId)>) -> Self {
        let by_key = members.iter().enumerate().map(|(place, (key, _))| (key.clone(), place)).collect();
        Self { members, by_key }
    }

    /// The samples of a message, appended.
    ///
    /// # Errors
    /// When the message is not what its schema says; nothing is appended then.
    pub fn decode(&self, message: &Message, samples: &mut Vec<Sample>) -> Result<(), serde_json::Error> {
        let begin = samples.len();
        let times = (from_mcap(message.publish), from_mcap(message.log));
        let mut json = serde_json::Deserializer::from_slice(message.data);
        let decoded = json.deserialize_map(Members { channel: self, times, samples });
        if decoded.is_err() {
            samples.truncate(begin);
        }
        decoded
    }

    /// Place of a name. Messages name their members in the order of the schema, mostly.
    fn place(&self, key: &str, guess: usize) -> Option<usize> {
        match self.members.get(guess) {
            Some((name, _)) if name == key => Some(guess),
            _ => self.by_key.get(key).copied(),
        }
    }
}

struct Members<'a> {
    channel: &'a SampleChannel,
    times: (Timestamp, Timestamp),
    samples: &'a mut Vec<Sample>,
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object with a value for each signal")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (begin, mut guess) = (self.samples.len(), 0);
        while let Some(name) = map.next_key_seed(Name { channel: self.channel, guess })? {
            match name {
                Named::Member(place) => {
                    guess = place + 1;
                    let value = map.next_value::<Value>()?;
                    let Some((_, signal)) = self.channel.members.get(place) else { continue };
                    let (source_time, received_time) = self.times;
                    self.samples.push(Sample {
                        signal: *signal,
                        source_time,
                        received_time,
                        value,
                        quality: Quality::Good,
                    });
                }
                Named::Quality => {
                    for (key, code) in map.next_value::<HashMap<String, u32>>()? {
                        let signal = self.channel.place(&key, 0).and_then(|place| self.channel.members.get(place));
                        let Some((_, signal)) = signal else { continue };
                        let own = self.samples.iter_mut().skip(begin).filter(|sample| sample.signal == *signal);
                        own.for_each(|sample| sample.quality = Quality::from_status_code(code));
                    }
                }
                Named::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// What a name in a message means.
enum Named {
    Member(usize),
    Quality,
    Unknown,
}

struct Name<'a> {
    channel: &'a SampleChannel,
    guess: usize,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Named;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Named, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Named;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("the name of a signal")
    }

    fn visit_str<E>(self, key: &str) -> Result<Named, E> {
        Ok(match self.channel.place(key, self.guess) {
            Some(place) => Named::Member(place),
            None if key == QUALITY => Named::Quality,
            None => Named::Unknown,
        })
    }
}

/// The samples of a keyframe: the latest of each signal when it was written.
///
/// # Errors
/// When the message is no keyframe.
pub fn keyframe(message: &Message, numbers: &[Option<SignalId>]) -> Result<Vec<Sample>, serde_json::Error> {
    #[derive(serde::Deserialize)]
    struct Frame {
        tip: Timestamp,
        values: Vec<Entry>,
    }
    let frame: Frame = serde_json::from_slice(message.data)?;
    let samples = frame.values.into_iter().filter_map(|Entry { number, age, value, code }| {
        let time = frame.tip - age;
        let signal = numbers.get(number).copied().flatten()?;
        let quality = Quality::from_status_code(code);
        Some(Sample { signal, source_time: time, received_time: time, value, quality })
    });
    Ok(samples.collect())
}

struct Entry {
    number: usize,
    age: Span,
    value: Value,
    code: u32,
}

impl<'de> serde::Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts;
        impl<'de> Visitor<'de> for Parts {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("number, age, value and status code of a signal")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Entry, A::Error> {
                let missing = || serde::de::Error::custom("a part of the entry is missing");
                Ok(Entry {
                    number: parts.next_element()?.ok_or_else(missing)?,
                    age: parts.next_element()?.ok_or_else(missing)?,
                    value: parts.next_element()?.ok_or_else(missing)?,
                    code: parts.next_element()?.unwrap_or(0),
                })
            }
        }
        deserializer.deserialize_seq(Parts)
    }
}
