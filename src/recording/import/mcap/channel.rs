//! The channels of a file: their messages become samples of signals.

use std::collections::HashMap;

use mcap::records::op;

use super::super::{Intake, Stopped};
use super::decoder::{Decoder, Schema, excerpt};
use super::fields::{FieldId, Fields, Leaf};
use super::records::{ChannelRecord, MessageRecord, SchemaRecord};
use crate::domain::quality::Quality;
use crate::domain::signal::{Sample, SignalId};
use crate::domain::time::Timestamp;
use crate::domain::value::{Value, ValueKind};

/// Signals of one file.
const MOST_SIGNALS: usize = 100_000;
/// Of all schemas of a file [bytes].
const MOST_SCHEMA_BYTES: usize = 64 << 20;
/// A publisher's clock that is further from the recorder's is not believed [ns].
const MOST_APART: u64 = 24 * 60 * 60 * 1_000_000_000;

/// What the file has said of schemas and channels so far. What is said twice counts the first time.
#[derive(Default)]
pub(super) struct Channels {
    schemas: HashMap<u16, Schema>,
    schema_bytes: usize,
    channels: HashMap<u16, Channel>,
    fields: Fields,
    /// Also those that were left out.
    messages: u64,
}

struct Channel {
    topic: String,
    decoder: Result<Decoder, String>,
    /// The field that a whole message is; none where there is no room for it.
    root: Option<FieldId>,
    /// What to say of messages that are broken, with what was wrong with the first.
    broken: Option<String>,
    /// Its messages are left out, and that was told.
    left_out: bool,
}

impl Channels {
    /// How many messages were found, also those that were left out.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// Takes a schema, a channel or a message of the file; other records say nothing here.
    pub fn take(&mut self, opcode: u8, body: &[u8], offset: u64, intake: &mut Intake) -> Result<(), Stopped> {
        let readable = match opcode {
            op::SCHEMA => SchemaRecord::parse(body).map(|record| self.schema(&record)).is_some(),
            op::CHANNEL => ChannelRecord::parse(body).map(|record| self.channel(&record)).is_some(),
            op::MESSAGE => match MessageRecord::parse(body) {
                Some(record) => return self.message(&record, intake),
                None => false,
            },
            _ => true,
        };
        if !readable {
            intake.problem(format!(
                "At byte {offset}, or in the chunk there, {} is not readable",
                super::name_of(opcode)
            ));
        }
        Ok(())
    }

    fn schema(&mut self, record: &SchemaRecord) {
        if record.id == 0 || self.schemas.contains_key(&record.id) {
            return;
        }
        self.schema_bytes = self.schema_bytes.saturating_add(record.data.len());
        let schema = if self.schema_bytes > MOST_SCHEMA_BYTES {
            Schema::Broken(format!("its schemas take more than {MOST_SCHEMA_BYTES} bytes together").into())
        } else {
            Schema::parse(record)
        };
        self.schemas.insert(record.id, schema);
    }

    fn channel(&mut self, record: &ChannelRecord) {
        let decoder = || Decoder::new(record.encoding, self.schemas.get(&record.schema));
        self.channels.entry(record.id).or_insert_with(|| Channel {
            topic: excerpt(record.topic),
            decoder: decoder(),
            root: self.fields.topic(record.topic.strip_prefix('/').unwrap_or(record.topic)),
            broken: None,
            left_out: false,
        });
    }

    fn message(&mut self, record: &MessageRecord, intake: &mut Intake) -> Result<(), Stopped> {
        self.messages += 1;
        let Some(channel) = self.channels.get_mut(&record.channel) else {
            let id = record.channel;
            intake.problem(format!("Messages of channel {id} are left out: the file does not describe it"));
            return Ok(());
        };
        if channel.left_out {
            return Ok(());
        }
        let (decoder, root) = match channel.reader() {
            Ok(reader) => reader,
            Err(what) => {
                intake.problem(format!("Messages of {} are left out: {what}", channel.topic));
                channel.left_out = true;
                return Ok(());
            }
        };
        let Some((source_time, received_time)) = times(record) else {
            intake
                .problem(format!("Messages of {} are left out where their time is after the year 2262", channel.topic));
            return Ok(());
        };
        if let Err(what) = decoder.decode(record.data, &mut self.fields, root) {
            let words = || format!("Some messages of {} are left out; the first because {what}", channel.topic);
            intake.problem(channel.broken.get_or_insert_with(words).clone());
            self.fields.forget();
            return Ok(());
        }
        for (field, fault) in std::mem::take(&mut self.fields.faults) {
            intake.problem(format!("{} {fault}", self.fields.names(field).join("/")));
        }
        let mut values = std::mem::take(&mut self.fields.values);
        for (field, value) in values.drain(..) {
            let Some((signal, kind)) = signal(decoder, &mut self.fields, field, value.kind(), intake)? else {
                continue;
            };
            let Some(value) = fitted(value, kind) else {
                let path = self.fields.names(field).join("/");
                intake.problem(format!("{path} holds at times what is no {kind}: no sample stands there"));
                continue;
            };
            intake.sample(Sample { signal, source_time, received_time, value, quality: Quality::Good })?;
        }
        self.fields.values = values;
        Ok(())
    }
}

impl Channel {
    /// How and as what its messages are read, or why they are not.
    fn reader(&self) -> Result<(&Decoder, FieldId), &str> {
        let decoder = self.decoder.as_ref().map_err(String::as_str)?;
        Ok((decoder, self.root.ok_or("the topic is too long, or there are too many fields")?))
    }
}

/// Source and arrival of a message; none outside the timeline.
fn times(record: &MessageRecord) -> Option<(Timestamp, Timestamp)> {
    let received = Timestamp::from_nanos(i64::try_from(record.log_time).ok()?);
    let apart = record.publish_time.abs_diff(record.log_time);
    let published = i64::try_from(record.publish_time).ok().filter(|time| *time != 0 && apart <= MOST_APART);
    Some((published.map_or(received, Timestamp::from_nanos), received))
}

/// A value as the kind of its signal.
fn fitted(value: Value, kind: ValueKind) -> Option<Value> {
    if value.kind() == kind { Some(value) } else { value.coerced(kind) }
}

/// The signal of a field, made with its first value; none where it is left out.
fn signal(
    decoder: &Decoder,
    fields: &mut Fields,
    field: FieldId,
    kind: ValueKind,
    intake: &mut Intake,
) -> Result<Option<(SignalId, ValueKind)>, Stopped> {
    match fields.leaf(field) {
        Leaf::Signal(id, kind) => return Ok(Some((id, kind))),
        Leaf::LeftOut => return Ok(None),
        Leaf::Unknown => {}
    }
    let names = fields.names(field);
    let path = names.join("/");
    let mut leaf = Leaf::LeftOut;
    if intake.catalog.len() >= MOST_SIGNALS && intake.catalog.id(&path).is_none() {
        intake.problem(format!("The file holds more than {MOST_SIGNALS} signals; those beyond are left out"));
    } else if let Some(signal) = decoder.signal(path, names.get(1..).unwrap_or_default(), kind) {
        let id = intake.signal(signal)?;
        leaf = intake.catalog.get(id).map_or(leaf, |signal| Leaf::Signal(id, signal.kind));
    }
    fields.set_leaf(field, leaf);
    Ok(match leaf {
        Leaf::Signal(id, kind) => Some((id, kind)),
        Leaf::Unknown | Leaf::LeftOut => None,
    })
}
