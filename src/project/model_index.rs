//! What a glTF file calls its parts: names of nodes and clips, and where the nodes stand.
//!
//! Reads the JSON of a `.glb` or `.gltf` only, never buffers or images. Files come from outside:
//! lengths, indices, cycles and depth are checked before anything follows them.

mod space;
#[cfg(test)]
pub(super) mod tests;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use gltf::json::Root;
use thiserror::Error;

use space::{Bounds, IDENTITY, boxes, local, product};

/// Why a model cannot be shown.
#[derive(Error, Debug)]
pub enum ModelError {
    #[error("the file was not found")]
    Missing,
    #[error("the file cannot be read: {0}")]
    Unreadable(io::Error),
    #[error("expected a glTF file (.glb or .gltf), found something else: {0}")]
    NotGltf(String),
    #[error("expected glTF version 2, found version {0}")]
    Version(u32),
    #[error("the file is cut short: expected {expected} bytes, found {found}")]
    Truncated { expected: u64, found: u64 },
    #[error("the description in the file is too large: {0} bytes")]
    TooLarge(u64),
    #[error("the glTF in the file is not valid: {0}")]
    Invalid(String),
    #[error("node \"{0}\" stands below itself")]
    Cyclic(String),
    #[error("nodes stand more than {DEEPEST} levels deep")]
    TooDeep,
}

/// Names and places inside a model.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct ModelIndex {
    pub nodes: Vec<ModelNode>,
    /// Names of the animations.
    pub clips: Vec<String>,
    /// Centre of the top of everything, in the space and units of the file.
    pub top: [f32; 3],
}

/// A node in the space and units of the file.
#[derive(Clone, PartialEq, Debug)]
pub struct ModelNode {
    /// Empty where the file gives none.
    pub name: String,
    pub position: [f32; 3],
    /// Centre of the top of the meshes at and below it; the position where there are none.
    pub top: [f32; 3],
}

const HEADER: u64 = 12;
const CHUNK_HEADER: u64 = 8;
const LARGEST_JSON: u64 = 256 << 20;
/// Renderers go down the tree by recursion; real models stay far below.
const DEEPEST: usize = 200;

/// Reads the names of a model.
///
/// # Errors
/// When the file is missing, not glTF 2, cut short, or has indices that lead nowhere or in circles.
pub fn read(path: &Path) -> Result<ModelIndex, ModelError> {
    let mut file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => ModelError::Missing,
        _ => ModelError::Unreadable(error),
    })?;
    let metadata = file.metadata().map_err(ModelError::Unreadable)?;
    if !metadata.is_file() {
        return Err(ModelError::NotGltf("it is a folder".to_owned()));
    }
    index(&json(&mut file, metadata.len())?)
}

/// The JSON text of a file of `length` bytes.
fn json(file: &mut impl Read, length: u64) -> Result<Vec<u8>, ModelError> {
    let start = take(file, HEADER.min(length), length)?;
    if !start.starts_with(b"glTF") {
        if start.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
            let seen = String::from_utf8_lossy(start.get(..start.len().min(4)).unwrap_or_default()).into_owned();
            return Err(ModelError::NotGltf(format!("it begins with {seen:?}")));
        }
        if length > LARGEST_JSON {
            return Err(ModelError::TooLarge(length));
        }
        let rest = take(file, length.saturating_sub(HEADER), length)?;
        return Ok([start, rest].concat());
    }
    let (version, total) = (word(&start, 4), word(&start, 8));
    if version != 2 {
        return Err(ModelError::Version(version));
    }
    if u64::from(total) > length || length < HEADER + CHUNK_HEADER {
        return Err(ModelError::Truncated { expected: u64::from(total).max(HEADER + CHUNK_HEADER), found: length });
    }
    if u64::from(total) < HEADER + CHUNK_HEADER {
        return Err(ModelError::Invalid(format!("its header gives a length of {total} bytes")));
    }
    let chunk = take(file, CHUNK_HEADER, length)?;
    if chunk.get(4..8) != Some(b"JSON".as_slice()) {
        return Err(ModelError::NotGltf("it does not begin with its description".to_owned()));
    }
    let size = u64::from(word(&chunk, 0));
    if HEADER + CHUNK_HEADER + size > length {
        return Err(ModelError::Truncated { expected: HEADER + CHUNK_HEADER + size, found: length });
    }
    if size > LARGEST_JSON {
        return Err(ModelError::TooLarge(size));
    }
    take(file, size, length)
}

fn take(file: &mut impl Read, count: u64, length: u64) -> Result<Vec<u8>, ModelError> {
    let mut bytes = Vec::new();
    file.take(count).read_to_end(&mut bytes).map_err(ModelError::Unreadable)?;
    if (bytes.len() as u64) < count {
        return Err(ModelError::Truncated { expected: length, found: bytes.len() as u64 });
    }
    Ok(bytes)
}

/// Little-endian u32 at an offset; 0 beyond the end.
fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn index(json: &[u8]) -> Result<ModelIndex, ModelError> {
    let root: Root =
        gltf::json::deserialize::from_slice(json).map_err(|error| ModelError::Invalid(error.to_string()))?;
    let document = gltf::Document::from_json(root).map_err(invalid)?;
    let root = document.as_json();
    let order = order(root)?;
    let mut worlds = vec![IDENTITY; root.nodes.len()];
    for &(node, parent) in &order {
        let above = parent.and_then(|parent| worlds.get(parent)).copied().unwrap_or(IDENTITY);
        if let (Some(world), Some(described)) = (worlds.get_mut(node), root.nodes.get(node)) {
            *world = product(&above, &local(described));
        }
    }
    let boxes = boxes(root, &order, &worlds);
    let name = |name: &Option<String>| name.clone().unwrap_or_default();
    let nodes = root.nodes.iter().zip(worlds.iter().zip(&boxes)).map(|(node, (world, bounds))| {
        let position = finite([world[12], world[13], world[14]]);
        ModelNode { name: name(&node.name), position, top: bounds.map_or(position, |bounds| finite(bounds.top())) }
    });
    let whole = boxes.iter().flatten().copied().reduce(Bounds::union);
    Ok(ModelIndex {
        nodes: nodes.collect(),
        clips: root.animations.iter().map(|clip| name(&clip.name)).collect(),
        top: whole.map_or([0.0; 3], |whole| finite(whole.top())),
    })
}

/// The origin for places that the numbers of the file lead out of the world.
fn finite(place: [f32; 3]) -> [f32; 3] {
    const FARTHEST: f32 = 1e9;
    if place.iter().all(|part| part.abs() < FARTHEST) { place } else { [0.0; 3] }
}

/// The first of what the validation found, and how much more there is.
fn invalid(error: gltf::Error) -> ModelError {
    ModelError::Invalid(match &error {
        gltf::Error::Validation(found) => match found.as_slice() {
            [] => error.to_string(),
            [(path, first)] => format!("{path}: {first}"),
            [(path, first), more @ ..] => format!("{path}: {first}, and {} more", more.len()),
        },
        _ => error.to_string(),
    })
}

/// Nodes with their parents, parents first.
fn order(root: &Root) -> Result<Vec<(usize, Option<usize>)>, ModelError> {
    let children = |node: usize| root.nodes.get(node).and_then(|node| node.children.as_deref()).unwrap_or_default();
    let mut parents = vec![None; root.nodes.len()];
    for node in 0..root.nodes.len() {
        for child in children(node) {
            if let Some(parent) = parents.get_mut(child.value()) {
                *parent = Some(node);
            }
        }
    }
    let roots = parents.iter().enumerate().filter(|(_, parent)| parent.is_none());
    let mut found: Vec<(usize, Option<usize>)> = roots.map(|(node, _)| (node, None)).collect();
    let mut reached: Vec<bool> = parents.iter().map(Option::is_none).collect();
    let (mut level, mut depth) = (0..found.len(), 0);
    while !level.is_empty() {
        depth += 1;
        if depth > DEEPEST {
            return Err(ModelError::TooDeep);
        }
        let next = found.len();
        for place in level {
            let Some(&(node, _)) = found.get(place) else { break };
            for child in children(node).iter().map(|child| child.value()) {
                if reached.get(child) == Some(&false) && parents.get(child) == Some(&Some(node)) {
                    reached[child] = true;
                    found.push((child, Some(node)));
                }
            }
        }
        level = next..found.len();
    }
    if found.len() < root.nodes.len() {
        let lost = reached.iter().position(|reached| !reached).unwrap_or_default();
        let name = root.nodes.get(lost).and_then(|node| node.name.clone());
        return Err(ModelError::Cyclic(name.unwrap_or_else(|| format!("number {lost}"))));
    }
    Ok(found)
}
