//! Node ids and browse paths as a project writes them.

use std::str::FromStr;

use opcua::client::Session;
use opcua::types::{
    BrowsePath, BrowsePathResult, Error, NodeId, ObjectId, QualifiedName, ReferenceTypeId, RelativePath,
    RelativePathElement, StatusCode,
};
use thiserror::Error as ThisError;

/// Paths looked up in one request: what sparing controllers take.
const PATHS_A_REQUEST: usize = 100;

/// Why a node cannot be found.
#[derive(ThisError, Clone, PartialEq, Eq, Debug)]
pub enum NodeError {
    #[error("it is neither a node id like \"ns=2;s=Filler.Speed\" nor a path like \"/Objects/2:Line/2:Speed\"")]
    Text,
    #[error("the server knows no name space \"{0}\"")]
    NameSpace(String),
    #[error("the server has no such path ({0})")]
    Path(StatusCode),
    #[error("the path leads to more than one node")]
    Ambiguous,
}

/// The node ids behind texts, in their order. Paths are looked up by the server.
///
/// # Errors
/// When the server does not answer at all; what is wrong with one text stands in its place.
pub async fn resolve(session: &Session, texts: &[&str]) -> Result<Vec<Result<NodeId, NodeError>>, Error> {
    let mut found = Vec::with_capacity(texts.len());
    let mut paths = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        found.push(match parse(text) {
            Ok(Address::Id(id)) => Ok(id),
            Ok(Address::Path(path)) => {
                paths.push((index, path));
                Err(NodeError::Path(StatusCode::BadNoMatch))
            }
            Ok(Address::Uri(uri, rest)) => match session.get_namespace_index(&uri).await {
                Ok(space) => NodeId::from_str(&format!("ns={space};{rest}")).map_err(|_| NodeError::Text),
                Err(error) if error.status() == StatusCode::BadNoMatch => Err(NodeError::NameSpace(uri)),
                Err(error) => return Err(error),
            },
            Err(error) => Err(error),
        });
    }
    for some in paths.chunks(PATHS_A_REQUEST) {
        let asked: Vec<BrowsePath> = some.iter().map(|(_, path)| browse_path(path)).collect();
        let told = session.translate_browse_paths_to_node_ids(&asked).await?;
        for ((index, _), result) in some.iter().zip(told) {
            if let Some(place) = found.get_mut(*index) {
                *place = target(&result);
            }
        }
    }
    Ok(found)
}

/// What a text names.
#[derive(PartialEq, Debug)]
enum Address {
    Id(NodeId),
    /// Name space URI, and the node id without name space.
    Uri(String, String),
    Path(Vec<QualifiedName>),
}

fn parse(text: &str) -> Result<Address, NodeError> {
    let text = text.trim();
    if let Some(path) = text.strip_prefix('/') {
        let names: Vec<QualifiedName> = names(path).iter().map(|name| qualified(name)).collect();
        let complete = names.iter().all(|name| !name.name.as_ref().is_empty());
        return if complete { Ok(Address::Path(names)) } else { Err(NodeError::Text) };
    }
    if let Some((uri, rest)) = text.strip_prefix("nsu=").and_then(|rest| rest.split_once(';')) {
        return Ok(Address::Uri(uri.to_owned(), rest.to_owned()));
    }
    NodeId::from_str(text).map(Address::Id).map_err(|_| NodeError::Text)
}

/// The parts of a path; `&` takes the special meaning from what follows (OPC 10000-4, A.2).
fn names(path: &str) -> Vec<String> {
    let (mut names, mut name, mut plain) = (Vec::new(), String::new(), false);
    for sign in path.chars() {
        match sign {
            '&' if !plain => plain = true,
            '/' if !plain => names.push(std::mem::take(&mut name)),
            sign => {
                name.push(sign);
                plain = false;
            }
        }
    }
    names.push(name);
    names
}

/// `2:Speed` is Speed in name space 2; without a number it is in name space 0.
fn qualified(name: &str) -> QualifiedName {
    match name.split_once(':').map(|(space, name)| (space.parse(), name)) {
        Some((Ok(space), name)) => QualifiedName::new(space, name),
        _ => QualifiedName::new(0, name),
    }
}

fn browse_path(names: &[QualifiedName]) -> BrowsePath {
    let element = |name: &QualifiedName| RelativePathElement {
        reference_type_id: ReferenceTypeId::HierarchicalReferences.into(),
        is_inverse: false,
        include_subtypes: true,
        target_name: name.clone(),
    };
    BrowsePath {
        starting_node: ObjectId::RootFolder.into(),
        relative_path: RelativePath { elements: Some(names.iter().map(element).collect()) },
    }
}

fn target(result: &BrowsePathResult) -> Result<NodeId, NodeError> {
    match result.targets.as_deref() {
        Some([target]) if result.status_code.is_good() => Ok(target.target_id.node_id.clone()),
        Some([_, _, ..]) => Err(NodeError::Ambiguous),
        _ => Err(NodeError::Path(result.status_code)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<(u16, String)> {
        match parse(text) {
            Ok(Address::Path(names)) => {
                names.iter().map(|name| (name.namespace_index, name.name.as_ref().to_owned())).collect()
            }
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn node_ids_are_read_as_the_standard_writes_them() {
        assert_eq!(parse("ns=2;s=Filler.Speed"), Ok(Address::Id(NodeId::new(2, "Filler.Speed"))));
        assert_eq!(parse(" i=2258 "), Ok(Address::Id(NodeId::new(0, 2258_u32))));
        let uri = Address::Uri("urn:plant".to_owned(), "s=a;b".to_owned());
        assert_eq!(parse("nsu=urn:plant;s=a;b"), Ok(uri));
    }

    #[test]
    fn paths_keep_name_spaces_and_escaped_signs() {
        let expected = [(0, "Objects".to_owned()), (2, "Line 1".to_owned()), (3, "A/B:C".to_owned())];
        assert_eq!(path("/Objects/2:Line 1/3:A&/B:C"), expected);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "Filler", "/", "//2:Speed", "ns=x;s=a", "/Objects/2:"] {
            assert_eq!(parse(text), Err(NodeError::Text), "{text}");
        }
    }
}
