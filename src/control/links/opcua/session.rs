//! What is known of the variables of a server while one session lasts, and the requests about them.

use std::collections::HashSet;
use std::time::Duration;

use opcua::client::services::{Read, Write};
use opcua::client::{Session, UARequest};
use opcua::types::{
    AttributeId, DataTypeId, DataValue, Error, Identifier, NodeId, NumericRange, ReadValueId, StatusCode,
    TimestampsToReturn, Variant, VariantScalarTypeId, VariantTypeId, WriteValue,
};

use super::lease::Lease;
use super::{OpcuaWay, status};
use crate::control::links::{ReadBack, WriteOutcome};
use crate::protocol::opcua::{number, reading, resolve};

/// Variables asked about in one request: what sparing controllers take.
const VARIABLES_A_REQUEST: usize = 50;
/// The library gives up later than who asks, so that it is always the latter who ends a connection that hangs.
pub(super) const LATER: Duration = Duration::from_secs(1);
const DESCRIBED_BY: [AttributeId; 2] = [AttributeId::DataType, AttributeId::Value];

/// The variables of a server, in the order of the ways.
pub(super) struct Variables {
    written: Vec<Found<Written>>,
    read: Vec<Found<NodeId>>,
    pub lease: Option<Lease>,
}

/// A variable, or why there is none, in words.
type Found<T> = Result<T, String>;

#[derive(Clone)]
struct Written {
    id: NodeId,
    /// Why nothing can be sent to it, in words.
    kind: Found<VariantScalarTypeId>,
}

impl Variables {
    /// Looks all of them up.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn look_up(session: &Session, ways: &[OpcuaWay]) -> Result<Self, Error> {
        let lease = Lease::find(session).await?;
        let nodes = |of: fn(&OpcuaWay) -> Option<&str>| ways.iter().map(of).collect::<Vec<_>>();
        let written = find(session, &nodes(|way| Some(way.written.as_ref()?.node.as_str()))).await?;
        let read = find(session, &nodes(|way| Some(way.read.as_ref()?.node.as_str()))).await?;
        let written = describe(session, written).await?;
        Ok(Self { written, read, lease })
    }

    /// Ways that the lease of the server can take back.
    pub fn leasable(&self) -> HashSet<usize> {
        let leasable = |place: &usize| self.lease.as_ref().is_some_and(|lease| lease.takes(self.id_of(*place)));
        (0..self.written.len()).filter(leasable).collect()
    }

    /// Name of a way's variable in the plant of the server.
    pub fn path(&self, place: usize) -> Option<String> {
        match &self.id_of(place)?.identifier {
            Identifier::String(path) => Some(path.as_ref().to_owned()),
            _ => None,
        }
    }

    fn id_of(&self, place: usize) -> Option<&NodeId> {
        self.written.get(place)?.as_ref().ok().map(|written| &written.id)
    }

    /// A number as the variable of a way takes it.
    ///
    /// # Errors
    /// In words, when it does not.
    pub fn number(&self, place: usize, value: f64) -> Result<(NodeId, Variant), String> {
        let written = self.written.get(place).ok_or("the link has no such way")?.clone()?;
        let value = number(value, written.kind?).map_err(|error| error.to_string())?;
        Ok((written.id, value))
    }

    /// The variable that a way is read back from.
    ///
    /// # Errors
    /// In words, when the server has none.
    pub fn read(&self, place: usize) -> Result<NodeId, String> {
        self.read.get(place).ok_or("the link has no such way")?.clone()
    }
}

/// The nodes behind texts; without a text there is nothing to find.
async fn find(session: &Session, texts: &[Option<&str>]) -> Result<Vec<Found<NodeId>>, Error> {
    let known: Vec<&str> = texts.iter().flatten().copied().collect();
    let mut found = resolve(session, &known).await?.into_iter();
    let nodes = texts.iter().map(|text| {
        let text = text.ok_or_else(|| "no variable is named for it".to_owned())?;
        let node = found.next().unwrap_or(Err(crate::protocol::opcua::NodeError::Text));
        node.map_err(|why| format!("the OPC UA node {text} cannot be had: {why}"))
    });
    Ok(nodes.collect())
}

async fn describe(session: &Session, nodes: Vec<Found<NodeId>>) -> Result<Vec<Found<Written>>, Error> {
    let known: Vec<NodeId> = nodes.iter().flatten().cloned().collect();
    let mut kinds = Vec::with_capacity(known.len());
    for some in known.chunks(VARIABLES_A_REQUEST) {
        let asked: Vec<ReadValueId> = some
            .iter()
            .flat_map(|id| {
                DESCRIBED_BY.map(|attribute| ReadValueId { attribute_id: attribute as u32, ..id.clone().into() })
            })
            .collect();
        let told = session.read(&asked, TimestampsToReturn::Neither, 0.0).await?;
        kinds.extend(told.chunks(DESCRIBED_BY.len()).map(|told| kind(told.first(), told.get(1))));
    }
    let mut kinds = kinds.into_iter();
    let nothing = || Err("the server does not say what type it is of".to_owned());
    Ok(nodes.into_iter().map(|id| Ok(Written { id: id?, kind: kinds.next().unwrap_or_else(nothing) })).collect())
}

/// The type of a variable: as it is declared, where that is a type of values, else that of the value it holds.
fn kind(declared: Option<&DataValue>, current: Option<&DataValue>) -> Found<VariantScalarTypeId> {
    let current = current.and_then(|told| told.value.as_ref());
    if let Some(Variant::Array(array)) = current {
        return Err(format!(
            "the variable is an array of {} values, of which none can be written alone",
            array.values.len()
        ));
    }
    let of_declared = match declared.and_then(|told| told.value.as_ref()) {
        Some(Variant::NodeId(id)) => id.as_data_type_id().ok().and_then(scalar),
        _ => None,
    };
    let of_current = match current.map(Variant::type_id) {
        Some(VariantTypeId::Scalar(kind)) => Some(kind),
        _ => None,
    };
    of_declared.or(of_current).ok_or_else(|| match declared.and_then(|told| told.status).filter(StatusCode::is_bad) {
        Some(why) => status::words(why),
        None => "the server does not say what type of value the variable holds".to_owned(),
    })
}

/// Types of the standard whose values are written in one way only (OPC 10000-6, 5.1.2).
fn scalar(declared: DataTypeId) -> Option<VariantScalarTypeId> {
    use VariantScalarTypeId as Kind;
    Some(match declared {
        DataTypeId::Boolean => Kind::Boolean,
        DataTypeId::SByte => Kind::SByte,
        DataTypeId::Byte => Kind::Byte,
        DataTypeId::Int16 => Kind::Int16,
        DataTypeId::UInt16 => Kind::UInt16,
        DataTypeId::Int32 | DataTypeId::Enumeration => Kind::Int32,
        DataTypeId::UInt32 => Kind::UInt32,
        DataTypeId::Int64 => Kind::Int64,
        DataTypeId::UInt64 => Kind::UInt64,
        DataTypeId::Float => Kind::Float,
        DataTypeId::Double | DataTypeId::Duration => Kind::Double,
        DataTypeId::String | DataTypeId::LocaleId => Kind::String,
        DataTypeId::DateTime | DataTypeId::UtcTime => Kind::DateTime,
        _ => return None,
    })
}

/// Sends a value once. Without status and times: many servers take none (OPC 10000-4, 5.11.4).
pub(super) async fn write(session: &Session, id: NodeId, value: Variant, within: Duration) -> WriteOutcome {
    let value = DataValue { value: Some(value), ..DataValue::null() };
    let value = WriteValue::new(id, AttributeId::Value, NumericRange::None, value);
    let answer = Write::new(session).timeout(within + LATER).node(value).send(session.channel()).await;
    match answer {
        Ok(answer) => match answer.results.as_deref() {
            Some([status]) => status::outcome(*status),
            _ => WriteOutcome::Unknown("the answer of the OPC UA server does not speak of it".to_owned()),
        },
        // A fault of the whole request does not say how far the server got with it.
        Err(error) => WriteOutcome::Unknown(format!("the OPC UA server gave no answer to it, but {}", error.status())),
    }
}

/// Has the server look what a variable holds.
///
/// # Errors
/// In words, when nobody knows.
pub(super) async fn read(session: &Session, id: NodeId, within: Duration) -> Result<ReadBack, String> {
    let request = Read::new(session).timeout(within).max_age(0.0).timestamps_to_return(TimestampsToReturn::Both);
    let answer = request.node(ReadValueId::from(id)).send(session.channel()).await;
    let answer = answer.map_err(|error| format!("the OPC UA server did not say it ({})", error.status()))?;
    let data = answer.results.as_deref().and_then(<[DataValue]>::first);
    let data = data.ok_or("the answer of the OPC UA server does not speak of it")?;
    read_back(data)
}

fn read_back(data: &DataValue) -> Result<ReadBack, String> {
    let told = reading(data);
    let value = match told.value {
        Ok(value) => value.as_f64().ok_or_else(|| format!("it holds \"{value}\", which is no number"))?,
        Err(why) => {
            return Err(match data.status.filter(StatusCode::is_bad) {
                Some(status) => status::words(status),
                None => format!("what it holds is {why}"),
            });
        }
    };
    let source_time = told.time.ok_or("the OPC UA server does not say since when it holds its value")?;
    Ok(ReadBack { value, source_time, quality: told.quality })
}

#[cfg(test)]
mod tests {
    use opcua::types::DateTime;

    use super::*;
    use crate::domain::quality::{Quality, UncertainReason};
    use crate::domain::time::Timestamp;

    fn told(value: impl Into<Variant>) -> DataValue {
        DataValue { value: Some(value.into()), ..DataValue::null() }
    }

    fn declared(id: DataTypeId) -> DataValue {
        told(Variant::NodeId(Box::new(id.into())))
    }

    #[test]
    fn the_type_is_the_declared_one_or_that_of_the_value() {
        let double = declared(DataTypeId::Double);
        assert_eq!(kind(Some(&double), Some(&told(3_i32))), Ok(VariantScalarTypeId::Double));
        assert_eq!(kind(Some(&declared(DataTypeId::Number)), Some(&told(3_u16))), Ok(VariantScalarTypeId::UInt16));
        assert_eq!(kind(Some(&declared(DataTypeId::Duration)), None), Ok(VariantScalarTypeId::Double));
        let own = told(Variant::NodeId(Box::new(NodeId::new(3, 3002_u32))));
        assert_eq!(kind(Some(&own), Some(&told(1.5_f32))), Ok(VariantScalarTypeId::Float));
        for (declared, current, words) in [
            (Some(&double), Some(&told(vec![1.0, 2.0])), "an array of 2 values"),
            (Some(&own), Some(&DataValue::null()), "does not say what type"),
            (None, None, "does not say what type"),
        ] {
            assert!(kind(declared, current).is_err_and(|why| why.contains(words)));
        }
    }

    #[test]
    fn a_reading_has_the_time_of_its_source_and_its_quality() {
        let at = |millis: i64| Timestamp::from_millis(1_700_000_000_000 + millis);
        let time = |millis: i64| Some(DateTime::from(at(millis).to_utc()));
        let mut data = DataValue { source_timestamp: time(1), server_timestamp: time(2), ..told(570_u16) };
        let good = ReadBack { value: 570.0, source_time: at(1), quality: Quality::Good };
        assert_eq!(read_back(&data), Ok(good));
        (data.source_timestamp, data.status) = (None, Some(StatusCode::from(0x4090_0000)));
        let quality = Quality::Uncertain(UncertainReason::LastUsableValue);
        assert_eq!(read_back(&data), Ok(ReadBack { source_time: at(2), quality, ..good }));
    }

    #[test]
    fn what_says_nothing_of_the_plant_is_refused_in_words() {
        let lost = DataValue { status: Some(StatusCode::BadNoCommunication), ..DataValue::null() };
        for (data, words) in [
            (told(1.0), "since when"),
            (told("Execute"), "it holds \"Execute\", which is no number"),
            (DataValue::null(), "what it holds is no value"),
            (lost, "the server has no connection to the equipment (BadNoCommunication)"),
        ] {
            assert!(read_back(&data).is_err_and(|why| why.contains(words)), "{words}");
        }
    }
}
