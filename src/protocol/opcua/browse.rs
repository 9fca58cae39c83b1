//! Lists the variables of a server, for a person who writes a project.

use std::collections::{HashMap, HashSet, VecDeque};

use opcua::client::Session;
use opcua::types::{
    AttributeId, BrowseDescription, BrowseDirection, BrowsePath, BrowseResult, BrowseResultMask, DataTypeId,
    EUInformation, Error, NodeClass, NodeClassMask, NodeId, ObjectId, QualifiedName, Range, ReadValueId,
    ReferenceDescription, ReferenceTypeId, RelativePath, RelativePathElement, TimestampsToReturn, VariableId, Variant,
};
use thiserror::Error as ThisError;

use super::connect::Connection;
use super::fault::Fault;
use super::node::{NodeError, resolve};
use super::unit::unit_from;
use super::value::value;
use crate::domain::unit::Unit;
use crate::domain::value::{Value, ValueKind};

/// Nodes asked about in one request: what sparing controllers take.
const NODES_A_REQUEST: usize = 50;
/// Objects and variables that are looked at, however many a server invents.
const MOST_NODES: usize = 200_000;
const REFERENCES_AN_ANSWER: u32 = 1_000;
/// What is asked of each variable.
const ATTRIBUTES: [AttributeId; 5] = [
    AttributeId::Value,
    AttributeId::DataType,
    AttributeId::UserAccessLevel,
    AttributeId::Description,
    AttributeId::ValueRank,
];
/// Properties of analogue variables (OPC 10000-8, 5.3.2.3).
const PROPERTIES: [&str; 2] = ["EURange", "EngineeringUnits"];

/// Where a search ends, however large the server is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Variables that are listed.
    pub variables: usize,
    /// Steps down from the start.
    pub depth: usize,
}

/// One variable of a server.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// Browse path, from the root where the search began with one.
    pub path: String,
    /// Node id, for example `ns=2;s=Filler.Speed`.
    pub id: String,
    /// Node id by the URI of its name space, for example `nsu=urn:plant;s=Filler.Speed`: holds when the server
    /// numbers its name spaces anew. The same as `id` where the server does not tell the URI.
    pub lasting_id: String,
    /// Data type as the server declares it, with `[]` for arrays: `Double`, `UInt32[]`. A type of the server's own
    /// is named by its node id.
    pub data_type: String,
    /// Kind of signal that can hold it; none for arrays, structures and the like.
    pub kind: Option<ValueKind>,
    pub unit: Unit,
    /// Engineering range in `unit`.
    pub range: Option<(f64, f64)>,
    /// True where this login may read it.
    pub readable: bool,
    /// True where this login may write it.
    pub writable: bool,
    /// What it holds; none where that is bad, not readable or no single value.
    pub value: Option<Value>,
    /// Empty where the server gives none.
    pub description: String,
}

/// What a search found.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Found {
    pub nodes: Vec<Node>,
    /// Where it ended before its time, in words; empty where all was looked at.
    pub cut: Vec<String>,
}

/// Why a server cannot be searched.
#[derive(ThisError, Debug)]
pub enum BrowseError {
    #[error("{}", .0.what("there"))]
    Fault(Fault),
    #[error("the search cannot begin there: {0}")]
    From(#[from] NodeError),
}

/// The variables at and below `from`, a node id or a path like `/Objects`, in the server's order: those that have
/// `filter` in path or node id, in capitals or not. The Server object, which tells of the server itself, is left
/// out unless the search begins in it.
///
/// # Errors
/// When the start is not there, or the connection ends.
pub async fn browse(
    connection: &mut Connection,
    from: &str,
    filter: Option<&str>,
    limits: Limits,
) -> Result<Found, BrowseError> {
    let session = connection.session();
    let search = async {
        let Some(start) = resolve(&session, &[from]).await?.pop() else { return Ok(Err(NodeError::Text)) };
        match start {
            Ok(start) => list(&session, start, from, filter, limits).await.map(Ok),
            Err(error) => Ok(Err(error)),
        }
    };
    let found: Result<_, Error> = connection.drive(search).await.map_err(BrowseError::Fault)?;
    Ok(found.map_err(|error| BrowseError::Fault(connection.fault(error.status())))??)
}

async fn list(
    session: &Session,
    start: NodeId,
    from: &str,
    filter: Option<&str>,
    limits: Limits,
) -> Result<Found, Error> {
    let root = if from.trim().starts_with('/') { from.trim().trim_end_matches('/') } else { "" };
    let server = NodeId::from(ObjectId::Server);
    let filter = filter.map(str::to_lowercase);
    let wanted = |id: &NodeId, path: &str| {
        filter
            .as_ref()
            .is_none_or(|filter| path.to_lowercase().contains(filter) || id.to_string().to_lowercase().contains(filter))
    };
    let mut seen = HashSet::from([start.clone()]);
    let mut open = VecDeque::from([(start, root.to_owned(), 0)]);
    let mut variables = Vec::new();
    let mut deeper = 0;
    while !open.is_empty() && variables.len() <= limits.variables && seen.len() < MOST_NODES {
        let some: Vec<_> = open.drain(..open.len().min(NODES_A_REQUEST)).collect();
        let ids: Vec<&NodeId> = some.iter().map(|(id, ..)| id).collect();
        for ((_, path, depth), children) in some.iter().zip(children(session, &ids).await?) {
            for child in children {
                let id = child.node_id.node_id.clone();
                let own = child.node_id.server_index == 0 && id != server;
                if !own || !seen.insert(id.clone()) {
                    continue;
                }
                let path = format!("{path}/{}", shown(&child.browse_name));
                let variable = child.node_class == NodeClass::Variable;
                if variable && wanted(&id, &path) {
                    variables.push((id.clone(), path.clone()));
                }
                if depth + 1 < limits.depth {
                    open.push_back((id, path, depth + 1));
                } else if !variable {
                    deeper += 1;
                }
            }
        }
    }
    let mut cut = Vec::new();
    if variables.len() > limits.variables {
        cut.push(format!("There are more than the {} variables that are listed.", limits.variables));
    } else if seen.len() >= MOST_NODES {
        cut.push(format!("The server has more than the {MOST_NODES} nodes that are looked at."));
    }
    if deeper > 0 {
        let objects = if deeper == 1 { "object" } else { "objects" };
        cut.push(format!("What lies below {deeper} {objects} at depth {} was not looked at.", limits.depth));
    }
    variables.truncate(limits.variables);
    let spaces = name_spaces(session).await?;
    let mut nodes = Vec::with_capacity(variables.len());
    for some in variables.chunks(NODES_A_REQUEST) {
        nodes.extend(describe(session, some, &spaces).await?);
    }
    Ok(Found { nodes, cut })
}

/// URIs of the name spaces by number; empty where the server does not tell them as it should.
async fn name_spaces(session: &Session) -> Result<HashMap<u16, String>, Error> {
    let asked = [ReadValueId::from(NodeId::from(VariableId::Server_NamespaceArray))];
    let told = session.read(&asked, TimestampsToReturn::Neither, 0.0).await?;
    let Some(Variant::Array(array)) = told.into_iter().next().and_then(|told| told.value) else {
        return Ok(HashMap::new());
    };
    let uris = (0_u16..).zip(array.values).filter_map(|(number, uri)| match uri {
        Variant::String(uri) => Some((number, uri.as_ref().to_owned())),
        _ => None,
    });
    Ok(uris.collect())
}

/// `nsu=urn:plant;s=Speed`, where the URI is known and can stand there as it is.
fn lasting(id: &NodeId, spaces: &HashMap<u16, String>) -> String {
    let plain = |uri: &&String| !uri.is_empty() && !uri.contains([';', '%']) && !uri.contains(char::is_control);
    match spaces.get(&id.namespace).filter(plain) {
        Some(uri) if id.namespace > 0 => format!("nsu={uri};{}", id.identifier),
        _ => id.to_string(),
    }
}

/// Objects and variables directly below each of the nodes, without properties.
async fn children(session: &Session, ids: &[&NodeId]) -> Result<Vec<Vec<ReferenceDescription>>, Error> {
    let asked: Vec<BrowseDescription> = ids
        .iter()
        .map(|id| BrowseDescription {
            node_id: (*id).clone(),
            browse_direction: BrowseDirection::Forward,
            reference_type_id: ReferenceTypeId::HierarchicalReferences.into(),
            include_subtypes: true,
            node_class_mask: (NodeClassMask::OBJECT | NodeClassMask::VARIABLE).bits(),
            result_mask: BrowseResultMask::All as u32,
        })
        .collect();
    let mut found = vec![Vec::new(); ids.len()];
    let mut answers: Vec<(usize, BrowseResult)> =
        session.browse(&asked, REFERENCES_AN_ANSWER, None).await?.into_iter().enumerate().collect();
    loop {
        let mut more = Vec::new();
        for (index, answer) in answers {
            let property = NodeId::from(ReferenceTypeId::HasProperty);
            let kept = answer.references.into_iter().flatten().filter(|child| child.reference_type_id != property);
            if let Some(place) = found.get_mut(index) {
                place.extend(kept);
            }
            if !answer.continuation_point.is_null_or_empty() {
                more.push((index, answer.continuation_point));
            }
        }
        if more.is_empty() || found.iter().map(Vec::len).sum::<usize>() > MOST_NODES {
            break;
        }
        let (places, points): (Vec<_>, Vec<_>) = more.into_iter().unzip();
        answers = places.into_iter().zip(session.browse_next(false, &points).await?).collect();
    }
    Ok(found)
}

async fn describe(
    session: &Session,
    variables: &[(NodeId, String)],
    spaces: &HashMap<u16, String>,
) -> Result<Vec<Node>, Error> {
    let asked: Vec<ReadValueId> = variables
        .iter()
        .flat_map(|(id, _)| {
            ATTRIBUTES.map(|attribute| ReadValueId { attribute_id: attribute as u32, ..ReadValueId::from(id.clone()) })
        })
        .collect();
    let told = session.read(&asked, TimestampsToReturn::Neither, 0.0).await?;
    let properties = properties(session, variables).await?;
    let described = variables.iter().zip(told.chunks(ATTRIBUTES.len())).zip(properties.chunks(PROPERTIES.len()));
    Ok(described
        .map(|(((id, path), told), properties)| {
            let [current, data_type, access, description, rank] =
                [0, 1, 2, 3, 4].map(|place| told.get(place)?.value.as_ref());
            let may = |bit: u8| matches!(access, Some(Variant::Byte(bits)) if bits & bit != 0);
            let good = told.first().and_then(|told| told.status).is_none_or(|status| !status.is_bad());
            let [range, unit] = [0, 1].map(|place| properties.get(place)?.as_ref());
            Node {
                path: path.clone(),
                id: id.to_string(),
                lasting_id: lasting(id, spaces),
                data_type: type_name(data_type, current, rank),
                kind: kind(current, data_type),
                unit: unit.and_then(inner::<EUInformation>).map_or_else(Unit::none, unit_from),
                range: range
                    .and_then(inner::<Range>)
                    .map(|range| (range.low, range.high))
                    .filter(|(low, high)| low < high),
                readable: may(CURRENT_READ),
                writable: may(CURRENT_WRITE),
                value: current.filter(|_| good).and_then(|current| value(current).ok()),
                description: match description {
                    Some(Variant::LocalizedText(text)) => text.text.as_ref().to_owned(),
                    _ => String::new(),
                },
            }
        })
        .collect())
}

/// Bits of the access level (OPC 10000-3, 8.57).
const CURRENT_READ: u8 = 1;
const CURRENT_WRITE: u8 = 2;

/// `Double`, `UInt32[]`: as it is declared, with the value's word for whether it is an array.
fn type_name(data_type: Option<&Variant>, current: Option<&Variant>, rank: Option<&Variant>) -> String {
    let name = match data_type {
        Some(Variant::NodeId(id)) => id.as_data_type_id().map_or_else(|_| id.to_string(), |id| format!("{id:?}")),
        _ => "unknown".to_owned(),
    };
    // Ranks from 0 on say that it is an array (OPC 10000-3, 5.6.2).
    let array = match current {
        None | Some(Variant::Empty) => matches!(rank, Some(Variant::Int32(rank)) if *rank >= 0),
        Some(current) => matches!(current, Variant::Array(_)),
    };
    if array { format!("{name}[]") } else { name }
}

/// The values of the properties of each variable, in the order of [`PROPERTIES`].
async fn properties(session: &Session, variables: &[(NodeId, String)]) -> Result<Vec<Option<Variant>>, Error> {
    let element = |name: &str| RelativePathElement {
        reference_type_id: ReferenceTypeId::HasProperty.into(),
        is_inverse: false,
        include_subtypes: true,
        target_name: QualifiedName::new(0, name),
    };
    let path = |id: &NodeId, name| BrowsePath {
        starting_node: id.clone(),
        relative_path: RelativePath { elements: Some(vec![element(name)]) },
    };
    let asked: Vec<BrowsePath> = variables.iter().flat_map(|(id, _)| PROPERTIES.map(|name| path(id, name))).collect();
    let mut values = vec![None; asked.len()];
    let found: Vec<(usize, NodeId)> = session
        .translate_browse_paths_to_node_ids(&asked)
        .await?
        .iter()
        .enumerate()
        .filter_map(|(index, result)| Some((index, result.targets.as_ref()?.first()?.target_id.node_id.clone())))
        .collect();
    if found.is_empty() {
        return Ok(values);
    }
    let asked: Vec<ReadValueId> = found.iter().map(|(_, id)| ReadValueId::from(id.clone())).collect();
    let told = session.read(&asked, TimestampsToReturn::Neither, 0.0).await?;
    for ((index, _), told) in found.iter().zip(told) {
        if let Some(place) = values.get_mut(*index) {
            *place = told.value;
        }
    }
    Ok(values)
}

fn inner<T: Send + Sync + 'static>(variant: &Variant) -> Option<&T> {
    match variant {
        Variant::ExtensionObject(object) => object.inner_as::<T>(),
        _ => None,
    }
}

/// By the value where there is one, else by the declared type.
fn kind(current: Option<&Variant>, data_type: Option<&Variant>) -> Option<ValueKind> {
    use DataTypeId::{
        Boolean, Byte, DateTime, Double, Float, Int16, Int32, Int64, LocalizedText, SByte, String, UInt16, UInt32,
        UInt64,
    };
    match current {
        Some(Variant::Double(_) | Variant::Float(_)) => return Some(ValueKind::Real),
        None | Some(Variant::Empty) => {}
        Some(current) => return value(current).ok().map(|value| value.kind()),
    }
    let Some(Variant::NodeId(id)) = data_type else { return None };
    match id.as_data_type_id().ok()? {
        Boolean => Some(ValueKind::Bool),
        SByte | Byte | Int16 | UInt16 | Int32 | UInt32 | Int64 | UInt64 => Some(ValueKind::Int),
        Float | Double => Some(ValueKind::Real),
        String | LocalizedText | DateTime => Some(ValueKind::Text),
        _ => None,
    }
}

/// A name as it stands in a path: `2:Speed`, with `&` before signs that mean something there.
fn shown(name: &QualifiedName) -> String {
    let escaped: String = name
        .name
        .as_ref()
        .chars()
        .flat_map(|sign| matches!(sign, '/' | '&').then_some('&').into_iter().chain([sign]))
        .collect();
    if name.namespace_index == 0 { escaped } else { format!("{}:{escaped}", name.namespace_index) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_paths_are_read() {
        assert_eq!(shown(&QualifiedName::new(0, "Objects")), "Objects");
        assert_eq!(shown(&QualifiedName::new(3, "A/B&C")), "3:A&/B&&C");
    }

    #[test]
    fn a_lasting_id_names_the_space_by_its_uri_where_that_can_be_read_back() {
        let spaces = HashMap::from([(0, "http://opcfoundation.org/UA/".to_owned()), (2, "urn:line".to_owned())]);
        assert_eq!(lasting(&NodeId::new(2, "Speed"), &spaces), "nsu=urn:line;s=Speed");
        assert_eq!(lasting(&NodeId::new(3, 7_u32), &spaces), "ns=3;i=7");
        assert_eq!(lasting(&NodeId::new(0, 85_u32), &spaces), "i=85");
        let odd = HashMap::from([(2, "urn:a;b".to_owned())]);
        assert_eq!(lasting(&NodeId::new(2, "Speed"), &odd), "ns=2;s=Speed");
    }

    #[test]
    fn a_type_is_named_as_declared_and_an_array_by_its_value() {
        let declared = Variant::NodeId(Box::new(DataTypeId::Double.into()));
        assert_eq!(type_name(Some(&declared), Some(&Variant::Double(1.0)), None), "Double");
        assert_eq!(type_name(Some(&declared), Some(&Variant::from(vec![1.0])), None), "Double[]");
        assert_eq!(type_name(Some(&declared), None, Some(&Variant::Int32(1))), "Double[]");
        let own = Variant::NodeId(Box::new(NodeId::new(4, 3001_u32)));
        assert_eq!(
            (type_name(Some(&own), None, None), type_name(None, None, None)),
            ("ns=4;i=3001".into(), "unknown".into())
        );
    }

    #[test]
    fn the_kind_follows_from_the_value_or_the_declared_type() {
        let declared = |id: DataTypeId| Variant::NodeId(Box::new(id.into()));
        assert_eq!(kind(Some(&Variant::Double(f64::NAN)), None), Some(ValueKind::Real));
        assert_eq!(kind(Some(&Variant::Empty), Some(&declared(DataTypeId::Int32))), Some(ValueKind::Int));
        assert_eq!(kind(None, Some(&declared(DataTypeId::String))), Some(ValueKind::Text));
        assert_eq!(kind(Some(&Variant::from(vec![1_i32])), Some(&declared(DataTypeId::Int32))), None);
    }
}
