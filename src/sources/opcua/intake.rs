//! What the server tells becomes samples: pure decoding, and the way to the link. While the past is
//! being read, what is told of the present waits here, so that the samples of a signal keep their order.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opcua::client::{MonitoredItemMap, OnSubscriptionNotificationCore, Session};
use opcua::types::{DataChangeNotification, DataValue, Error, NotificationMessage, StatusCode};
use thiserror::Error as ThisError;

use crate::domain::signal::Sample;
use crate::domain::source::OpcuaNode;
use crate::domain::time::Timestamp;
use crate::domain::value::{Value, ValueKind};
use crate::protocol::decode::{DecodeError, LONGEST_TEXT_BYTES, converted, excerpt, not_ahead};
use crate::protocol::opcua::{ValueError, reading};
use crate::sources::link::Link;

/// Why what a server told gave no sample.
#[derive(ThisError, Clone, PartialEq, Debug)]
pub(super) enum IntakeError {
    #[error(transparent)]
    Value(#[from] ValueError),
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error("{quality}, and there was no value before it", quality = .0)]
    NeverGood(crate::domain::quality::Quality),
}

/// The nodes of a link, with what was heard of them.
pub(super) struct Intake {
    link: Arc<Link>,
    heard: Mutex<Heard>,
}

struct Heard {
    nodes: Vec<Node>,
    messages: Messages,
    /// What waits for the past, with the place of its node; none while nothing has to.
    held: Option<Vec<(usize, Sample)>>,
}

/// A node as far as its values have been understood.
#[derive(Clone)]
pub(super) struct Node {
    spec: OpcuaNode,
    /// A server that cannot tell a value leaves it out: then this one stands, with that quality.
    last: Option<Value>,
    /// The latest sample that was handed on.
    told: Option<Sample>,
    /// The past was read up to here: what the server kept for the subscription meanwhile is known from there.
    covered: Option<Timestamp>,
}

/// Samples that wait for the past; what is more goes on at once, out of order rather than lost.
const MOST_HELD: usize = 200_000;

impl Intake {
    pub fn new(nodes: &[OpcuaNode], link: Arc<Link>) -> Self {
        let nodes =
            nodes.iter().map(|spec| Node { spec: spec.clone(), last: None, told: None, covered: None }).collect();
        Self { link, heard: Mutex::new(Heard { nodes, messages: Messages::default(), held: None }) }
    }

    /// Lets what is told from now on wait.
    pub fn hold(&self) {
        self.lock().held.get_or_insert_default();
    }

    /// Hands on what waits, in the order of its times, without what was handed on already; nothing waits any
    /// more.
    pub fn release(&self) {
        let mut heard = self.lock();
        let mut held = heard.held.take().unwrap_or_default();
        held.sort_by_key(|(_, sample)| sample.source_time);
        for (place, sample) in held {
            let Some(node) = heard.nodes.get_mut(place) else { continue };
            if node.awaits(sample.source_time) || node.told_otherwise(&sample) {
                node.hand_on(sample, &self.link);
            }
        }
    }

    /// What waits and held before a moment.
    pub fn take_held(&self, before: Timestamp) -> Vec<(usize, Sample)> {
        let mut heard = self.lock();
        let Some(held) = &mut heard.held else { return Vec::new() };
        held.extract_if(.., |(_, sample)| sample.source_time < before).collect()
    }

    /// The nodes as they were before anything was told, but for the time up to which something was.
    pub fn blank_nodes(&self) -> Vec<Node> {
        self.lock().nodes.iter().map(|node| Node { last: None, ..node.clone() }).collect()
    }

    /// Samples of the past of the node at this place were handed on up to this one.
    pub fn note_told(&self, place: usize, sample: Sample) {
        if let Some(node) = self.lock().nodes.get_mut(place) {
            node.covered = node.covered.max(Some(sample.source_time));
            node.note(sample);
        }
    }

    /// Latest source time of all nodes that was handed on.
    pub fn told(&self) -> Option<Timestamp> {
        self.lock().nodes.iter().filter_map(|node| Some(node.told.as_ref()?.source_time)).max()
    }

    /// What the server is to call the node at this place; zero would have the library choose.
    pub fn handle(index: usize) -> u32 {
        u32::try_from(index + 1).unwrap_or(u32::MAX)
    }

    /// The hand that the library puts the messages of a new subscription in.
    pub fn receiver(self: &Arc<Self>) -> Receiver {
        self.lock().messages = Messages::default();
        Receiver(Arc::clone(self))
    }

    /// Asks for messages that were sent but did not arrive. A server may send one more into a
    /// connection that has just broken; `after_break` asks for those behind the last one too.
    /// Returns how many are lost.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn catch_up(&self, session: &Session, subscription: u32, after_break: bool) -> Result<usize, Error> {
        let mut lost = 0;
        let missing = std::mem::take(&mut self.lock().messages.missing);
        for number in missing {
            lost += usize::from(!self.fetch(session, subscription, number).await?);
        }
        if after_break {
            while self.fetch(session, subscription, self.next_message()).await? {}
        }
        Ok(lost)
    }

    /// True when messages are known to be missing.
    pub fn incomplete(&self) -> bool {
        !self.lock().messages.missing.is_empty()
    }

    fn next_message(&self) -> u32 {
        self.lock().messages.next()
    }

    /// False where the server no longer has the message.
    async fn fetch(&self, session: &Session, subscription: u32, number: u32) -> Result<bool, Error> {
        match session.republish(subscription, number).await {
            Ok(message) if message.sequence_number == number => {
                self.take(message, crate::sources::now());
                Ok(true)
            }
            // Some servers answer with an empty message where they no longer have the one asked for.
            Ok(_) => Ok(false),
            Err(error) if error.status() == StatusCode::BadMessageNotAvailable => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn take(&self, message: NotificationMessage, arrival: Timestamp) {
        let data = message.notification_data.unwrap_or_default();
        let mut heard = self.lock();
        if data.is_empty() {
            heard.messages.announced(message.sequence_number);
            return;
        }
        heard.messages.arrived(message.sequence_number);
        let heard = &mut *heard;
        let changes = data.iter().filter_map(|data| data.inner_as::<DataChangeNotification>());
        for told in changes.flat_map(|changes| changes.monitored_items.iter().flatten()) {
            let place = (told.client_handle as usize).wrapping_sub(1);
            let Some(node) = heard.nodes.get_mut(place) else { continue };
            match (node.decode(&told.value, arrival), &mut heard.held) {
                (Ok(sample), Some(held)) if held.len() < MOST_HELD => held.push((place, sample)),
                (Ok(sample), _) if node.knows(&sample) => {}
                (Ok(sample), _) => node.hand_on(sample, &self.link),
                (Err(error), _) => self.link.publish(&mut Vec::new(), Some(node.refusal(&error))),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Numbers of the messages of one subscription: they count from 1, without gaps (OPC 10000-4, 5.14.1).
#[derive(Default, PartialEq, Debug)]
struct Messages {
    last: u32,
    missing: Vec<u32>,
}

impl Messages {
    /// More than this at once is no loss, but a server that counts differently.
    const LONGEST_GAP: u32 = 100;

    fn next(&self) -> u32 {
        self.last.checked_add(1).unwrap_or(1)
    }

    /// A sign of life tells the number of the message that comes next: those before it were sent.
    fn announced(&mut self, coming: u32) {
        let next = self.next();
        if coming > next {
            if coming - next <= Self::LONGEST_GAP {
                self.missing.extend(next..coming);
            }
            self.last = coming - 1;
        }
    }

    fn arrived(&mut self, number: u32) {
        self.missing.retain(|missing| *missing != number);
        let next = self.next();
        if number < next && next - number <= Self::LONGEST_GAP {
            return;
        }
        self.announced(number);
        self.last = number;
    }
}

impl Node {
    fn hand_on(&mut self, sample: Sample, link: &Link) {
        self.note(sample.clone());
        link.publish(&mut vec![sample], None);
    }

    fn note(&mut self, sample: Sample) {
        if self.told.as_ref().is_none_or(|told| told.source_time <= sample.source_time) {
            self.told = Some(sample);
        }
    }

    /// True where nothing of this time or later was handed on.
    pub fn awaits(&self, time: Timestamp) -> bool {
        self.told.as_ref().is_none_or(|told| told.source_time < time)
    }

    /// The same moment with another value or quality: a server that loses a sensor keeps the time of its value.
    fn told_otherwise(&self, sample: &Sample) -> bool {
        let same = |told: &Sample| (&told.value, told.quality) == (&sample.value, sample.quality);
        self.told.as_ref().is_some_and(|told| told.source_time == sample.source_time && !same(told))
    }

    /// What the past told already comes once more where the server had kept it for the subscription too.
    fn knows(&self, sample: &Sample) -> bool {
        let covered = self.covered.is_some_and(|covered| sample.source_time <= covered);
        covered && !self.awaits(sample.source_time) && !self.told_otherwise(sample)
    }

    pub fn refusal(&self, error: &IntakeError) -> String {
        format!("{}: {error}", excerpt(&self.spec.node))
    }

    /// # Errors
    /// When the value does not fit the signal.
    pub fn decode(&mut self, data: &DataValue, arrival: Timestamp) -> Result<Sample, IntakeError> {
        let told = reading(data);
        let OpcuaNode { signal, kind, convert, .. } = &self.spec;
        let value = match told.value {
            Ok(value) => fitted(converted(fitted(value, *kind)?, *kind, convert.as_ref())?, *kind)?,
            Err(ValueError::Empty) if !told.quality.is_good() => {
                self.last.clone().ok_or(IntakeError::NeverGood(told.quality))?
            }
            Err(error) => return Err(error.into()),
        };
        let source_time = not_ahead(told.time.unwrap_or(arrival), arrival)?;
        self.last = Some(value.clone());
        Ok(Sample { signal: *signal, source_time, received_time: arrival, value, quality: told.quality })
    }
}

fn fitted(value: Value, kind: ValueKind) -> Result<Value, DecodeError> {
    if let Value::Text(text) = &value
        && text.len() > LONGEST_TEXT_BYTES
    {
        return Err(DecodeError::LongText { bytes: text.len() });
    }
    let found = value.to_string();
    value.coerced(kind).ok_or_else(|| DecodeError::WrongKind { found: excerpt(&found), expected: kind })
}

/// Takes messages from the library's subscription.
pub(super) struct Receiver(Arc<Intake>);

impl OnSubscriptionNotificationCore for Receiver {
    fn on_subscription_notification(&mut self, message: NotificationMessage, _items: MonitoredItemMap<'_>) {
        self.0.take(message, crate::sources::now());
    }
}

#[cfg(test)]
mod tests {
    use opcua::types::{DateTime, Variant};

    use super::*;
    use crate::domain::quality::{BadReason, Quality};
    use crate::domain::signal::SignalId;
    use crate::domain::unit::Unit;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn node(kind: ValueKind, convert: Option<(&str, &str)>) -> Node {
        let convert = convert.map(|(from, to)| (Unit::new(from), Unit::new(to)));
        let (node, signal) = ("ns=2;s=Speed".to_owned(), SignalId(4));
        Node { spec: OpcuaNode { node, signal, kind, convert, deadband: None }, last: None, told: None, covered: None }
    }

    fn told(value: impl Into<Variant>) -> DataValue {
        DataValue { value: Some(value.into()), ..DataValue::null() }
    }

    #[test]
    fn values_come_in_the_kind_and_unit_of_the_signal_with_their_own_time() {
        let mut filler = node(ValueKind::Real, Some(("/min", "/h")));
        let at = NOW - crate::domain::time::Span::from_millis(250);
        let data = DataValue { source_timestamp: Some(DateTime::from(at.to_utc())), ..told(600_i32) };
        let sample = filler.decode(&data, NOW).expect("a sample");
        let expected = Sample {
            signal: SignalId(4),
            source_time: at,
            received_time: NOW,
            value: Value::Real(36_000.0),
            quality: Quality::Good,
        };
        assert_eq!(sample, expected);
        assert_eq!(node(ValueKind::Int, None).decode(&told(7_u8), NOW).map(|sample| sample.source_time), Ok(NOW));
    }

    #[test]
    fn a_bad_status_without_value_keeps_the_last_value_and_tells_the_status() {
        let lost = DataValue { status: Some(StatusCode::BadNoCommunication), ..DataValue::null() };
        let mut filler = node(ValueKind::Real, None);
        let bad = Quality::Bad(BadReason::NoCommunication);
        assert_eq!(filler.decode(&lost, NOW), Err(IntakeError::NeverGood(bad)));
        assert!(filler.decode(&told(2.5), NOW).is_ok());
        let sample = filler.decode(&lost, NOW).expect("a sample");
        assert_eq!((sample.value, sample.quality), (Value::Real(2.5), bad));
    }

    #[test]
    fn messages_that_did_not_arrive_are_known_by_their_number() {
        let mut messages = Messages::default();
        for number in [1, 2, 5, 4, 7] {
            messages.arrived(number);
        }
        assert_eq!(messages, Messages { last: 7, missing: vec![3, 6] });
        messages.arrived(3);
        messages.announced(8);
        assert_eq!(messages, Messages { last: 7, missing: vec![6] });
        messages.announced(9);
        assert_eq!(messages, Messages { last: 8, missing: vec![6, 8] });
        messages.arrived(1_000_000);
        assert_eq!(messages, Messages { last: 1_000_000, missing: vec![6, 8] });
        // After the largest number comes 1, for zero is none.
        messages = Messages { last: u32::MAX, missing: Vec::new() };
        messages.arrived(2);
        assert_eq!(messages, Messages { last: 2, missing: vec![1] });
    }

    #[test]
    fn what_does_not_fit_is_refused_in_words() {
        let mut filler = node(ValueKind::Int, None);
        for (data, words) in [
            (told(2.5), "2.5 where a value of kind"),
            (told(vec![1_i32, 2]), "an array of 2 values"),
            (told(f64::NAN), "NaN is not a finite number"),
            (told("x".repeat(LONGEST_TEXT_BYTES + 1)), "longer than"),
            (DataValue::null(), "no value"),
            (DataValue { source_timestamp: Some(DateTime::from((2400, 1, 1, 0, 0, 0))), ..told(1_i32) }, "no value"),
        ] {
            match filler.decode(&data, NOW) {
                // The year 2400 is beyond the timeline: arrival stands in.
                Ok(sample) => assert_eq!(sample.source_time, NOW),
                Err(error) => assert!(error.to_string().contains(words), "{error}"),
            }
        }
    }
}
