//! Lists the variables of a server, for a person who writes a project.

use std::collections::{HashSet, VecDeque};

use opcua::client::Session;
use opcua::types::{
    AttributeId, BrowseDescription, BrowseDirection, BrowsePath, BrowseResult, BrowseResultMask, DataTypeId,
    EUInformation, Error, NodeClass, NodeClassMask, NodeId, ObjectId, QualifiedName, Range, ReadValueId,
    ReferenceDescription, ReferenceTypeId, RelativePath, RelativePathElement, TimestampsToReturn, Variant,
};
use thiserror::Error as ThisError;

use super::connect::Connection;
use super::fault::Fault;
use super::node::{NodeError, resolve};
use super::unit::unit_from;
use super::value::value;
use crate::domain::unit::Unit;
use crate::domain::value::ValueKind;

/// Nodes asked about in one request: what sparing controllers take.
const NODES_A_REQUEST: usize = 50;
/// Objects and variables that are looked at, however many a server invents.
const MOST_NODES: usize = 200_000;
const REFERENCES_AN_ANSWER: u32 = 1_000;
/// What is asked of each variable.
const ATTRIBUTES: [AttributeId; 4] =
    [AttributeId::Value, AttributeId::DataType, AttributeId::UserAccessLevel, AttributeId::Description];
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
    /// Kind of signal that can hold it; none for arrays, structures and the like.
    pub kind: Option<ValueKind>,
    pub unit: Unit,
    /// Engineering range in `unit`.
    pub range: Option<(f64, f64)>,
    /// True where this login may write it.
    pub writable: bool,
    /// Empty where the server gives none.
    pub description: String,
}

/// Why a server cannot be searched.
#[derive(ThisError, Debug)]
pub enum BrowseError {
    #[error("{}", .0.what("there"))]
    Fault(Fault),
    #[error("the search cannot begin there: {0}")]
    From(#[from] NodeError),
}

/// The variables at and below `from`, a node id or a path like `/Objects`, in the server's order. The
/// Server object, which tells of the server itself, is left out unless the search begins in it.
///
/// # Errors
/// When the start is not there, or the connection ends.
pub async fn browse(connection: &mut Connection, from: &str, limits: Limits) -> Result<Vec<Node>, BrowseError> {
    let session = connection.session();
    let search = async {
        let Some(start) = resolve(&session, &[from]).await?.pop() else { return Ok(Err(NodeError::Text)) };
        match start {
            Ok(start) => list(&session, start, from, limits).await.map(Ok),
            Err(error) => Ok(Err(error)),
        }
    };
    let found: Result<_, Error> = connection.drive(search).await.map_err(BrowseError::Fault)?;
    Ok(found.map_err(|error| BrowseError::Fault(connection.fault(error.status())))??)
}

async fn list(session: &Session, start: NodeId, from: &str, limits: Limits) -> Result<Vec<Node>, Error> {
    let root = if from.trim().starts_with('/') { from.trim().trim_end_matches('/') } else { "" };
    let server = NodeId::from(ObjectId::Server);
    let mut seen = HashSet::from([start.clone()]);
    let mut open = VecDeque::from([(start, root.to_owned(), 0)]);
    let mut variables = Vec::new();
    while !open.is_empty() && variables.len() < limits.variables && seen.len() < MOST_NODES {
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
                if child.node_class == NodeClass::Variable {
                    variables.push((id.clone(), path.clone()));
                }
                if depth + 1 < limits.depth {
                    open.push_back((id, path, depth + 1));
                }
            }
        }
    }
    variables.truncate(limits.variables);
    let mut nodes = Vec::with_capacity(variables.len());
    for some in variables.chunks(NODES_A_REQUEST) {
        nodes.extend(describe(session, some).await?);
    }
    Ok(nodes)
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

async fn describe(session: &Session, variables: &[(NodeId, String)]) -> Result<Vec<Node>, Error> {
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
            let [current, data_type, access, description] = [0, 1, 2, 3].map(|place| told.get(place)?.value.as_ref());
            let [range, unit] = [0, 1].map(|place| properties.get(place)?.as_ref());
            Node {
                path: path.clone(),
                id: id.to_string(),
                kind: kind(current, data_type),
                unit: unit.and_then(inner::<EUInformation>).map_or_else(Unit::none, unit_from),
                range: range
                    .and_then(inner::<Range>)
                    .map(|range| (range.low, range.high))
                    .filter(|(low, high)| low < high),
                writable: matches!(access, Some(Variant::Byte(bits)) if bits & CURRENT_WRITE != 0),
                description: match description {
                    Some(Variant::LocalizedText(text)) => text.text.as_ref().to_owned(),
                    _ => String::new(),
                },
            }
        })
        .collect())
}

/// Bit of the access level (OPC 10000-3, 8.57).
const CURRENT_WRITE: u8 = 2;

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
    fn the_kind_follows_from_the_value_or_the_declared_type() {
        let declared = |id: DataTypeId| Variant::NodeId(Box::new(id.into()));
        assert_eq!(kind(Some(&Variant::Double(f64::NAN)), None), Some(ValueKind::Real));
        assert_eq!(kind(Some(&Variant::Empty), Some(&declared(DataTypeId::Int32))), Some(ValueKind::Int));
        assert_eq!(kind(None, Some(&declared(DataTypeId::String))), Some(ValueKind::Text));
        assert_eq!(kind(Some(&Variant::from(vec![1_i32])), Some(&declared(DataTypeId::Int32))), None);
    }
}
