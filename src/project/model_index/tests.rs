//! What is read from models, and what is refused. Makes the models of other tests, too.

use super::*;
use gltf::json::scene::UnitQuaternion;
use gltf::json::{Index, Node};
use serde_json::json;

/// A GLB with empty nodes, each with its name, children and place, and with clips.
pub fn glb(nodes: &[(&str, &[u32], [f32; 3])], clips: &[&str]) -> Vec<u8> {
    let node = |(name, children, place): &(&str, &[u32], [f32; 3])| match children.is_empty() {
        true => json!({ "name": name, "translation": place }),
        false => json!({ "name": name, "translation": place, "children": children }),
    };
    let clip = |name: &&str| json!({ "name": name, "channels": [], "samplers": [] });
    let root = json!({
        "asset": { "version": "2.0" },
        "scenes": [{ "nodes": [0] }],
        "nodes": nodes.iter().map(node).collect::<Vec<_>>(),
        "animations": clips.iter().map(clip).collect::<Vec<_>>(),
    });
    container(root.to_string().as_bytes())
}

fn container(json: &[u8]) -> Vec<u8> {
    let header = gltf::binary::Header { magic: *b"glTF", version: 2, length: 0 };
    gltf::Glb { header, json: json.into(), bin: None }.to_vec().unwrap_or_default()
}

fn read_bytes(bytes: &[u8]) -> Result<ModelIndex, ModelError> {
    index(&json(&mut &*bytes, bytes.len() as u64)?)
}

fn said(bytes: &[u8]) -> String {
    read_bytes(bytes).map_or_else(|error| error.to_string(), |index| format!("{} nodes", index.nodes.len()))
}

#[test]
fn names_and_places_are_those_of_the_file() {
    let file = glb(&[("Line", &[1], [1.0, 0.0, 0.0]), ("Filler", &[], [0.0, 2.0, 0.5])], &["Turn"]);
    let index = read_bytes(&file).unwrap_or_else(|error| panic!("{error}"));
    let nodes: Vec<_> = index.nodes.iter().map(|node| (node.name.as_str(), node.position)).collect();
    assert_eq!(nodes, [("Line", [1.0, 0.0, 0.0]), ("Filler", [1.0, 2.0, 0.5])]);
    assert_eq!(index.clips, ["Turn"]);
}

/// Independent of the code: a quarter turn about Y takes +X to -Z (glTF 2.0, 3.4).
#[test]
fn places_follow_turned_and_scaled_parents() {
    let half = std::f32::consts::FRAC_1_SQRT_2;
    let mut root = Root::default();
    let turned = Some(UnitQuaternion([0.0, half, 0.0, half]));
    root.push(Node { children: Some(vec![Index::new(1)]), rotation: turned, scale: Some([2.0; 3]), ..Node::default() });
    root.push(Node { translation: Some([3.0, 1.0, 0.0]), ..Node::default() });
    let index = read_bytes(&container(&root.to_vec().unwrap_or_default())).unwrap_or_default();
    let place = index.nodes.get(1).map(|node| node.position).unwrap_or_default();
    assert!(place.iter().zip([0.0, 2.0, -6.0]).all(|(a, b)| (a - b).abs() < 1e-5), "{place:?}");
}

#[test]
fn tops_are_those_of_the_meshes_below() {
    let json = br#"{"asset":{"version":"2.0"},
        "nodes":[{"children":[1],"translation":[0,1,0]},{"mesh":0,"translation":[4,0,0]}],
        "meshes":[{"primitives":[{"attributes":{"POSITION":0}}]}],
        "buffers":[{"byteLength":36}],"bufferViews":[{"buffer":0,"byteLength":36}],
        "accessors":[{"bufferView":0,"componentType":5126,"count":3,"type":"VEC3","min":[-1,0,-2],"max":[1,3,2]}]}"#;
    let index = read_bytes(&container(json)).unwrap_or_else(|error| panic!("{error}"));
    let tops: Vec<_> = index.nodes.iter().map(|node| node.top).collect();
    assert_eq!((tops, index.top), (vec![[4.0, 4.0, 0.0]; 2], [4.0, 4.0, 0.0]));
}

#[test]
fn broken_files_are_refused_with_the_reason() {
    let good = glb(&[("A", &[], [0.0; 3])], &[]);
    let with = |at: usize, bytes: [u8; 4]| {
        let mut file = good.clone();
        file.splice(at..at + 4, bytes);
        file
    };
    assert_eq!(said(&good), "1 nodes");
    assert_eq!(said(b""), "expected a glTF file (.glb or .gltf), found something else: it begins with \"\"");
    assert_eq!(
        said(b"PK\x03\x04 and more of it"),
        "expected a glTF file (.glb or .gltf), found something else: it begins with \"PK\\u{3}\\u{4}\""
    );
    assert_eq!(said(&good[..30]), format!("the file is cut short: expected {} bytes, found 30", good.len()));
    assert_eq!(said(&with(4, 1_u32.to_le_bytes())), "expected glTF version 2, found version 1");
    assert_eq!(
        said(&with(8, [255; 4])),
        format!("the file is cut short: expected 4294967295 bytes, found {}", good.len())
    );
    let header = "the glTF in the file is not valid: its header gives a length of 0 bytes";
    assert_eq!(said(&with(8, [0; 4])), header);
    assert_eq!(
        said(&with(12, [255; 4])),
        format!("the file is cut short: expected 4294967315 bytes, found {}", good.len())
    );
    assert_eq!(
        said(&with(16, *b"BIN\0")),
        "expected a glTF file (.glb or .gltf), found something else: it does not begin with its description"
    );
    let child = glb(&[("A", &[7], [0.0; 3])], &[]);
    assert_eq!(said(&child), "the glTF in the file is not valid: nodes[0].children[0]: Index out of bounds");
    let cycle = glb(&[("A", &[], [0.0; 3]), ("B", &[2], [0.0; 3]), ("C", &[1], [0.0; 3])], &[]);
    assert_eq!(said(&cycle), "node \"B\" stands below itself");
    assert_eq!(
        said(&container(b"{\"asset\":3}")),
        "the glTF in the file is not valid: invalid type: integer `3`, expected struct Asset at line 1 column 10"
    );
    assert!(said(&container(&[b'['; 100_000])).starts_with("the glTF in the file is not valid"));
}

#[test]
fn deep_trees_are_refused() {
    let children: Vec<[u32; 1]> = (1..=300).map(|child| [child]).collect();
    let mut nodes: Vec<(&str, &[u32], [f32; 3])> =
        children.iter().map(|child| ("N", child.as_slice(), [0.0; 3])).collect();
    nodes.push(("N", &[], [0.0; 3]));
    assert_eq!(said(&glb(&nodes, &[])), "nodes stand more than 200 levels deep");
}

#[test]
fn a_missing_file_and_a_folder_are_told_apart() {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    assert!(matches!(read(&folder.path().join("no.glb")), Err(ModelError::Missing)));
    assert!(matches!(read(folder.path()), Err(ModelError::NotGltf(_))));
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic(bytes: Vec<u8>, at in 0..200_usize, flipped: u8) {
        let _ = read_bytes(&bytes);
        let mut file = glb(&[("A", &[1], [0.0; 3]), ("B", &[], [1.0; 3])], &["Turn"]);
        if let Some(byte) = file.get_mut(at) {
            *byte = flipped;
        }
        let _ = read_bytes(&file);
        let _ = read_bytes(&[&file[..20], &bytes].concat());
    }
}
