//! The past that a server keeps: read once after the first connection, and after a break what was missed.
//!
//! It is read in stretches of time, for all nodes side by side, so that samples come in the order of time and
//! only a stretch of them is held in memory. What the server tells of the present waits until then. Nodes
//! that say that they keep no past are asked once and then no more.
//!
//! ```text
//! owed since t --stretch by stretch--> nothing owed --break--> owed since the last sample
//!      |                                                            |
//!      +--(a break while reading: owed since the last stretch)------+
//! ```

use std::sync::Arc;

use opcua::client::{HistoryReadAction, Session};
use opcua::types::{
    AttributeId, ByteString, DataValue, DateTime, Error, HistoryData, HistoryReadResult, HistoryReadValueId, NodeId,
    ReadRawModifiedDetails, ReadValueId, StatusCode, TimestampsToReturn, Variant,
};

use super::intake::{Intake, Node};
use crate::domain::signal::Sample;
use crate::domain::time::{Span, Timestamp};
use crate::protocol::opcua::{Connection, Fault, moment};
use crate::sources::Stop;
use crate::sources::link::Link;

/// Nodes asked about in one request; halved for servers that take fewer.
const NODES_A_REQUEST: usize = 50;
/// Nodes of which the access level is read in one request.
const LEVELS_A_REQUEST: usize = 500;
/// Values asked for of a node in one request.
const VALUES_A_REQUEST: u32 = 1_000;
/// The past is read in stretches of this length.
const STRETCH: Span = Span::from_secs(900);
/// Samples that are handed on at once, also in the middle of a stretch.
const BATCH: usize = 200_000;
/// A break began at most this long before the last sample: what was on its way then is lost too.
const MARGIN: Span = Span::from_secs(20);
/// Clocks of servers may be so far ahead of ours.
const CLOCKS_APART: Span = Span::from_secs(60);
/// However long a link was down, no more is fetched; a shift.
const LONGEST_GAP: Span = Span::from_secs(8 * 3_600);
/// Readings that end with the connection, one after the other, before the past is given up.
const TRIES: u32 = 3;
/// Bit of the access level (OPC 10000-3, 8.57).
const HISTORY_READ: u8 = 4;

/// What is known of the past of one link, over all its connections.
pub(super) struct Past {
    span: Span,
    /// The past is still to be read from here on.
    owed: Option<Timestamp>,
    /// Whether each node keeps a past, as far as it was asked.
    kept: Vec<Option<bool>>,
    most_nodes: usize,
    failures: u32,
    noted: bool,
}

/// Where to read, and where it goes to.
pub(super) struct Reading<'a> {
    pub connection: &'a mut Connection,
    /// In the order of the project.
    pub nodes: &'a [Option<NodeId>],
    pub intake: &'a Arc<Intake>,
    pub link: &'a Arc<Link>,
    /// Name of the source.
    pub name: &'a str,
    pub stop: &'a Stop,
}

/// Values of one node that are still to be read.
struct Want {
    place: usize,
    from: Timestamp,
    point: ByteString,
}

impl Past {
    /// Nothing was read yet; `span` is to be, from `now` back.
    pub fn new(span: Span, nodes: usize, now: Timestamp) -> Self {
        let owed = (span > Span::ZERO).then(|| now - span);
        Self { span, owed, kept: vec![None; nodes], most_nodes: NODES_A_REQUEST, failures: 0, noted: false }
    }

    /// Samples may be missing from now on, until the link is up again.
    pub fn broke(&mut self, intake: &Intake) {
        self.owed = self.owed.or(intake.told().map(|told| told - MARGIN));
    }

    /// True when there is something to read, so that the present has to wait.
    pub fn awaited(&self) -> bool {
        self.owed.is_some() && self.kept.iter().any(|kept| *kept != Some(false))
    }

    /// Reads what is owed, and hands it on before what waits in the intake.
    ///
    /// # Errors
    /// When the connection ends. The next reading goes on where this one was.
    pub async fn read(&mut self, mut reading: Reading<'_>) -> Result<(), Fault> {
        let outcome = self.read_owed(&mut reading).await;
        match &outcome {
            Ok(()) => self.failures = 0,
            Err(_) => self.failures += 1,
        }
        if self.failures >= TRIES {
            self.give_up(&reading, "the connection ended each time that it was asked for");
        }
        outcome
    }

    fn give_up(&mut self, reading: &Reading<'_>, why: &str) {
        self.kept.fill(Some(false));
        self.owed = None;
        let name = reading.name;
        let message = format!(
            "The OPC UA server does not tell its past: {why}. Values of this link begin with the connection. Check \
             history_secs of source \"{name}\", and the server's history."
        );
        reading.link.warn(crate::sources::now(), message);
    }

    async fn read_owed(&mut self, reading: &mut Reading<'_>) -> Result<(), Fault> {
        self.ask_who_keeps(reading).await?;
        let now = crate::sources::now();
        let Some(owed) = self.owed else { return Ok(()) };
        let mut from = owed.max(now - LONGEST_GAP.max(self.span));
        let end = now + CLOCKS_APART;
        while from < end {
            let to = if end - from > STRETCH + CLOCKS_APART { from + STRETCH } else { end };
            self.read_stretch(reading, from, to).await?;
            if self.owed.is_none() {
                return Ok(());
            }
            self.owed = Some(to);
            from = to;
        }
        self.owed = None;
        Ok(())
    }

    async fn ask_who_keeps(&mut self, reading: &mut Reading<'_>) -> Result<(), Fault> {
        let asked: Vec<(usize, &NodeId)> = (reading.nodes.iter().enumerate())
            .filter_map(|(place, id)| Some((place, id.as_ref()?)))
            .filter(|(place, _)| self.kept.get(*place) == Some(&None))
            .collect();
        for some in asked.chunks(LEVELS_A_REQUEST) {
            let level = |id: &NodeId| ReadValueId {
                attribute_id: AttributeId::UserAccessLevel as u32,
                ..ReadValueId::from(id.clone())
            };
            let wanted: Vec<ReadValueId> = some.iter().map(|(_, id)| level(id)).collect();
            let session = reading.connection.session();
            let told = reading.connection.drive(session.read(&wanted, TimestampsToReturn::Neither, 0.0)).await?;
            let told = told.map_err(|error| reading.connection.fault(error.status()))?;
            for ((place, _), told) in some.iter().zip(told) {
                self.kept[*place] = Some(matches!(told.value, Some(Variant::Byte(bits)) if bits & HISTORY_READ != 0));
            }
        }
        self.note(reading);
        Ok(())
    }

    /// Says once which nodes have no past, where the project asks for one.
    fn note(&mut self, reading: &Reading<'_>) {
        if self.span == Span::ZERO || std::mem::replace(&mut self.noted, true) {
            return;
        }
        let there = reading.nodes.iter().flatten().count();
        let without = self.kept.iter().filter(|kept| **kept == Some(false)).count();
        if without == 0 {
            return;
        }
        let message = format!(
            "The OPC UA server keeps a past of {} of {there} nodes. Values of the others begin with this connection. \
             Have the server keep history, or take history_secs out of source \"{}\".",
            there.saturating_sub(without),
            reading.name
        );
        reading.link.warn(crate::sources::now(), message);
    }

    /// Values from `from` up to `to`; nothing is owed any more where the server does not tell any.
    async fn read_stretch(&mut self, reading: &mut Reading<'_>, from: Timestamp, to: Timestamp) -> Result<(), Fault> {
        let mut nodes = reading.intake.blank_nodes();
        let has = |place: &usize| {
            self.kept.get(*place) == Some(&Some(true)) && reading.nodes.get(*place).is_some_and(Option::is_some)
        };
        let mut wants: Vec<Want> =
            (0..nodes.len()).filter(has).map(|place| Want { place, from, point: ByteString::null() }).collect();
        let mut batch = Vec::new();
        let mut last_rejected = None;
        while let Some(want) = wants.last() {
            let begin = want.from;
            // Only what begins at one moment can be asked for in one request.
            let alike = wants.iter().rev().take_while(|want| want.from == begin).count().min(self.most_nodes);
            let asked = wants.split_off(wants.len() - alike);
            let session = reading.connection.session();
            let told = reading.connection.drive(ask(&session, reading.nodes, &asked, begin, to)).await?;
            let told = match told {
                Ok(told) => told,
                Err(error) if error.status() == StatusCode::BadTooManyOperations && self.most_nodes > 1 => {
                    self.most_nodes /= 2;
                    wants.extend(asked);
                    continue;
                }
                Err(error) => match reading.connection.fault(error.status()) {
                    Fault::Refused(status) => {
                        self.give_up(reading, &status.to_string());
                        return Ok(());
                    }
                    fault => return Err(fault),
                },
            };
            let arrival = crate::sources::now();
            for (want, result) in asked.into_iter().zip(told) {
                let Some(node) = nodes.get_mut(want.place) else { continue };
                if result.status_code.is_bad() {
                    if refused_for_good(result.status_code) {
                        self.kept[want.place] = Some(false);
                    }
                    last_rejected = Some(format!("the past: {}", result.status_code));
                    continue;
                }
                let values = values(&result);
                wants.extend(next(&want, &result, values));
                for value in values {
                    match decoded(node, value, arrival) {
                        Ok(Some(sample)) => batch.push((want.place, sample)),
                        Ok(None) => {}
                        Err(words) => last_rejected = Some(words),
                    }
                }
            }
            if batch.len() >= BATCH && !wants.is_empty() {
                self.hand_on(reading, std::mem::take(&mut batch)).await?;
                nodes = reading.intake.blank_nodes();
            }
        }
        batch.extend(reading.intake.take_held(to));
        if last_rejected.is_some() {
            reading.link.publish(&mut Vec::new(), last_rejected);
        }
        self.hand_on(reading, batch).await
    }

    /// Hands samples on in the order of time, each once. The connection is kept alive meanwhile.
    async fn hand_on(&mut self, reading: &mut Reading<'_>, mut batch: Vec<(usize, Sample)>) -> Result<(), Fault> {
        if batch.is_empty() {
            return Ok(());
        }
        batch.sort_by_key(|(_, sample)| sample.source_time);
        let mut told: Vec<Option<Sample>> = vec![None; reading.nodes.len()];
        batch.retain(|(place, sample)| {
            let Some(told) = told.get_mut(*place) else { return false };
            told.replace(sample.clone()).is_none_or(|before| before.source_time != sample.source_time)
        });
        let (link, stop) = (Arc::clone(reading.link), reading.stop.clone());
        let mut work = tokio::task::spawn_blocking(move || {
            // What is left when the program ends is of no use any more.
            batch.into_iter().try_for_each(|(_, sample)| link.deliver(sample, &stop))
        });
        let driven = reading.connection.drive(&mut work).await;
        if driven.is_err() {
            // No second delivery may begin before this one is through.
            let _ended_with_the_program = work.await;
        }
        for (place, told) in told.into_iter().enumerate().filter_map(|(place, told)| Some((place, told?))) {
            reading.intake.note_told(place, told);
        }
        driven.map(drop)
    }
}

async fn ask(
    session: &Session,
    nodes: &[Option<NodeId>],
    wants: &[Want],
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<HistoryReadResult>, Error> {
    let details = ReadRawModifiedDetails {
        is_read_modified: false,
        start_time: DateTime::from(from.to_utc()),
        end_time: DateTime::from(to.to_utc()),
        num_values_per_node: VALUES_A_REQUEST,
        return_bounds: false,
    };
    let wanted: Vec<HistoryReadValueId> = wants
        .iter()
        .map(|want| HistoryReadValueId {
            node_id: nodes.get(want.place).cloned().flatten().unwrap_or_default(),
            continuation_point: want.point.clone(),
            ..HistoryReadValueId::default()
        })
        .collect();
    let action = HistoryReadAction::ReadRawModifiedDetails(details);
    session.history_read(action, TimestampsToReturn::Both, false, &wanted).await
}

fn values(result: &HistoryReadResult) -> &[DataValue] {
    result.history_data.inner_as::<HistoryData>().and_then(|data| data.data_values.as_deref()).unwrap_or_default()
}

/// What is to be asked next of a node. A server without continuation points may leave out what is more than
/// was asked for: then it is asked again from the last value on.
fn next(want: &Want, result: &HistoryReadResult, values: &[DataValue]) -> Option<Want> {
    let Want { place, from, .. } = *want;
    let last = values.last()?;
    if !result.continuation_point.is_null_or_empty() {
        // The same point once more, as some servers give it at the end, leads nowhere.
        let new = result.continuation_point != want.point;
        return new.then(|| Want { place, from, point: result.continuation_point.clone() });
    }
    let reached = last.source_timestamp.as_ref().and_then(moment)?;
    let cut = values.len() >= VALUES_A_REQUEST as usize && reached > from;
    cut.then(|| Want { place, from: reached, point: ByteString::null() })
}

/// A value of the past as a sample; none where it is no value, or is known already.
fn decoded(node: &mut Node, value: &DataValue, arrival: Timestamp) -> Result<Option<Sample>, String> {
    let nothing = [StatusCode::BadBoundNotFound, StatusCode::BadNoData];
    if value.status.is_some_and(|status| nothing.contains(&status)) {
        return Ok(None);
    }
    match node.decode(value, arrival) {
        Ok(sample) => Ok(node.awaits(sample.source_time).then_some(sample)),
        Err(error) => Err(node.refusal(&error)),
    }
}

/// The server will not answer otherwise as long as it is the same.
fn refused_for_good(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BadHistoryOperationUnsupported
            | StatusCode::BadHistoryOperationInvalid
            | StatusCode::BadUserAccessDenied
            | StatusCode::BadNotReadable
            | StatusCode::BadNotSupported
            | StatusCode::BadNotImplemented
            | StatusCode::BadNodeIdUnknown
    )
}

#[cfg(test)]
mod tests {
    use opcua::types::ExtensionObject;

    use super::*;

    const BEGIN: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn answer(count: u32, point: &str) -> HistoryReadResult {
        let value = |second: u32| DataValue {
            value: Some(Variant::from(f64::from(second))),
            source_timestamp: Some(DateTime::from((BEGIN + Span::from_secs(second.into())).to_utc())),
            ..DataValue::null()
        };
        let data = HistoryData { data_values: Some((0..count).map(value).collect()) };
        HistoryReadResult {
            status_code: StatusCode::Good,
            continuation_point: if point.is_empty() { ByteString::null() } else { ByteString::from(point) },
            history_data: ExtensionObject::from_message(data),
        }
    }

    fn asked_next(before: &str, count: u32, point: &str) -> Option<(Timestamp, ByteString)> {
        let point_before = if before.is_empty() { ByteString::null() } else { ByteString::from(before) };
        let result = answer(count, point);
        let want = Want { place: 3, from: BEGIN, point: point_before };
        next(&want, &result, values(&result)).map(|next| (next.from, next.point))
    }

    #[test]
    fn a_node_is_asked_until_its_server_has_no_more() {
        assert_eq!(asked_next("", 10, ""), None);
        assert_eq!(asked_next("", 10, "a"), Some((BEGIN, ByteString::from("a"))));
        assert_eq!(asked_next("a", 10, "b"), Some((BEGIN, ByteString::from("b"))));
        assert_eq!(asked_next("b", 10, "b"), None, "a server that does not get on is not asked for ever");
        assert_eq!(asked_next("", 0, "a"), None, "nor one that has points but no values");
    }

    #[test]
    fn an_answer_that_was_cut_without_a_point_is_gone_on_from() {
        let last = BEGIN + Span::from_secs(i64::from(VALUES_A_REQUEST) - 1);
        assert_eq!(asked_next("", VALUES_A_REQUEST, ""), Some((last, ByteString::null())));
        let want = Want { place: 0, from: last, point: ByteString::null() };
        let result = answer(VALUES_A_REQUEST, "");
        assert!(next(&want, &result, values(&result)).is_none(), "all of one moment: there is no way on");
    }

    #[test]
    fn the_past_is_owed_when_it_is_asked_for_and_until_nobody_keeps_one() {
        assert!(!Past::new(Span::ZERO, 2, BEGIN).awaited());
        let mut past = Past::new(Span::from_secs(60), 2, BEGIN);
        assert_eq!(past.owed, Some(BEGIN - Span::from_secs(60)));
        past.kept = vec![Some(false), None];
        assert!(past.awaited());
        past.kept = vec![Some(false); 2];
        assert!(!past.awaited());
    }
}
