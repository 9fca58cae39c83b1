//! Whatever stands in files: each fault is named, and everything else goes on. Faults in messages of
//! a broker are in `mqtt`.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use twinscope::app::frame::LinkBoard;
use twinscope::app::notices::Notices;
use twinscope::app::plant::Plant;
use twinscope::app::session::Session;
use twinscope::domain::link::{LinkState, LinkStatus};
use twinscope::domain::time::Timestamp;
use twinscope::project::{self, Loaded, Problem, Project, Severity, starter};
use twinscope::view::parts::Targets;
use twinscope::view::stage::{Placeholder, Stage};

use super::stage::{self, DEADLINE};

/// Rows and columns of values of the starter's table.
const ROWS: u64 = 720;
const COLUMNS: u64 = 6;

#[test]
fn a_broken_model_is_named_and_the_rest_of_the_project_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    starter::write(folder.path()).expect("the starter");
    add_models(folder.path(), &["bad"]);
    let whole = fs::read(folder.path().join("plant.glb")).expect("the model");
    let lost_child = json!({ "asset": { "version": "2.0" }, "nodes": [{ "name": "A", "children": [7] }] });
    for (bytes, words) in [
        (whole[..whole.len() * 2 / 3].to_vec(), "the file is cut short"),
        (glb(&lost_child, &[]), "nodes[0].children[0]: Index out of bounds"),
    ] {
        fs::write(folder.path().join("bad.glb"), bytes).expect("a model");
        let Loaded { project, problems } = project::load(folder.path());
        let [problem] = problems.as_slice() else { panic!("{problems:?}") };
        assert!(problem.message.contains(words), "{problem}");
        assert!(problem.to_string().contains("bad.glb") && problem.line.is_some(), "{problem}");
        let project = project.expect("the rest of the project");
        let readable: Vec<bool> =
            project.scene.nodes.iter().filter_map(|node| node.model.as_ref()).map(|model| model.readable).collect();
        assert_eq!(readable, [true, false]);
        let (plant, link) = run(project);
        assert_eq!((plant.counters.samples, link.rejected), (ROWS * COLUMNS, 0));
    }
}

#[test]
fn a_scene_with_a_lost_child_shows_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let node =
        |name: &str, children: Value| json!({ "name": name, "transform": {}, "children": children, "components": [] });
    let scene = json!({
        "specVersion": "1.0", "rootNodeIndexes": [0], "nodes": [node("hall", json!([9, 1])), node("pump", json!([]))],
    });
    fs::write(folder.path().join("scene.json"), scene.to_string()).expect("a scene");
    let Loaded { project, problems } = project::load(folder.path());
    let told = |problem: &&Problem| problem.message == "expected the index of a node, 0 to 1, found 9";
    let problem = problems.iter().find(told).unwrap_or_else(|| panic!("{problems:?}"));
    assert_eq!((problem.severity, problem.key.as_str()), (Severity::Error, "nodes[0].children[0]"));
    assert_eq!(problem.meaning, "This child is missing from the scene.");
    let nodes = project.expect("the rest of the scene").scene.nodes;
    assert_eq!((nodes.len(), nodes[1].parent.map(|parent| parent.0)), (2, Some(0)));
}

#[test]
fn a_broken_row_is_named_and_the_others_arrive() {
    let folder = tempfile::tempdir().expect("a folder");
    starter::write(folder.path()).expect("the starter");
    let table = folder.path().join("samples.csv");
    let whole = fs::read_to_string(&table).expect("the table");
    let (header, rows) = whole.split_once('\n').expect("rows");
    // In the place of line 2: what it says, and how many of its values can be used all the same.
    for (row, words, usable) in [
        (&b"1767592799.5,NaN,0,35,IDLE,0.25,0"[..], "column tank_level: \"NaN\" is not a finite number", 5),
        (b"1767592799.5,80,1e400,35,IDLE,0.25,0", "column pump_speed: \"1e400\" is not a finite number", 5),
        (b"1767592799.5,80,0,hot,IDLE,0.25,0", "column pump_temp", 5),
        (b"1767592799.5,80,0,35,\xff\xfe,0.25,0", "column pump_state: not UTF-8 text (byte 0)", 5),
        (b"yesterday,80,0,35,IDLE,0.25,0", "\"yesterday\" is not a time", 0),
        (b"1767592799.5,80,0", "3 columns where 7 are expected", 0),
    ] {
        fs::write(&table, [header.as_bytes(), b"\n", row, b"\n", rows.as_bytes()].concat()).expect("a table");
        let (plant, link) = run(project::load(folder.path()).project.expect("the project"));
        let last = link.last_rejected.unwrap_or_default();
        assert!(last.starts_with("samples.csv:2: ") && last.contains(words), "{last}");
        assert_eq!((link.rejected, link.received), (1, ROWS), "{words}");
        assert_eq!(plant.counters.samples, ROWS * COLUMNS + usable, "{words}");
    }
}

/// These models pass our own look at their description; what they point at is broken.
#[test]
fn what_cannot_be_loaded_does_not_hold_up_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    starter::write(folder.path()).expect("the starter");
    let name = |name: &str| json!([{ "name": name }]);
    let no_picture = json!({
        "asset": { "version": "2.0" }, "scene": 0, "scenes": [{ "nodes": [0] }], "nodes": name("Panel"),
        "buffers": [{ "byteLength": 16 }], "bufferViews": [{ "buffer": 0, "byteLength": 16 }],
        "images": [{ "bufferView": 0, "mimeType": "image/png" }], "textures": [{ "source": 0 }],
        "materials": [{ "pbrMetallicRoughness": { "baseColorTexture": { "index": 0 } } }],
    });
    let no_buffer = json!({
        "asset": { "version": "2.0" }, "scene": 0, "scenes": [{ "nodes": [0] }], "nodes": name("Hood"),
        "buffers": [{ "byteLength": 36, "uri": "gone.bin" }],
    });
    let no_scene = json!({ "asset": { "version": "2.0" }, "nodes": name("Loose") });
    let empty_scene = json!({ "asset": { "version": "2.0" }, "scenes": [{ "nodes": [] }], "nodes": name("Aside") });
    let models =
        [("no_picture", no_picture), ("no_buffer", no_buffer), ("no_scene", no_scene), ("empty_scene", empty_scene)];
    for (name, description) in &models {
        fs::write(folder.path().join(format!("{name}.glb")), glb(description, &[0; 16])).expect("a model");
    }
    add_models(folder.path(), &models.each_ref().map(|(name, _)| *name));
    add_open_quote(folder.path());
    let problems = project::load(folder.path()).problems;
    assert!(problems.is_empty(), "{problems:?}");

    let mut scene = stage::open(folder.path(), (320, 240));
    scene.studio.frames(2);
    let world = scene.studio.world();
    assert_eq!(world.resource::<Stage>().loading, 0);
    let links = &world.resource::<LinkBoard>().links;
    assert!(matches!(links[1].state, LinkState::Down { retry_at: None, .. }), "{links:?}");
    assert_eq!(world.resource::<Plant>().counters.samples, ROWS * COLUMNS, "the sound table was read");
    let pump = world.resource::<Plant>().project.assets.by_path("Site/Pump").expect("the pump");
    assert!(!world.resource::<Targets>().slots_of(pump).is_empty(), "the sound model is shown");
    let told: Vec<&str> = world.resource::<Notices>().list().iter().map(|notice| notice.what.as_str()).collect();
    for name in ["no_picture", "no_buffer", "no_scene"] {
        let of = told.iter().filter(|what| what.starts_with("A model could not be loaded.") && what.contains(name));
        assert_eq!(of.count(), 1, "{name}: {told:?}");
    }
    assert_eq!(told.len(), 3, "{told:?}");
    let mut placeholders: Vec<String> =
        world.query::<&Placeholder>().iter(world).map(|placeholder| placeholder.file.clone()).collect();
    placeholders.sort();
    assert_eq!(placeholders, ["no_buffer.glb", "no_picture.glb", "no_scene.glb"]);
}

/// A source whose table cannot be read to its end: a quote that is never closed.
fn add_open_quote(folder: &Path) {
    fs::write(folder.join("broken.csv"), format!("time,x\n1767592800,\"{}", "x".repeat(3 << 20))).expect("a table");
    let source = "[[source]]\nname = \"broken\"\nkind = \"csv\"\nfile = \"broken.csv\"\n";
    let signal = "[[signal]]\npath = \"Site/Tank/X\"\nsource = \"broken\"\ncolumn = \"x\"\n";
    append(folder, &format!("\n{source}\n{signal}"));
}

fn append(folder: &Path, text: &str) {
    let file = folder.join("twin.toml");
    let before = fs::read_to_string(&file).expect("the project");
    fs::write(&file, before + text).expect("the project");
}

/// More `[[model]]` entries for the project.
fn add_models(folder: &Path, names: &[&str]) {
    for name in names {
        append(folder, &format!("\n[[model]]\nname = \"{name}\"\nfile = \"{name}.glb\"\n"));
    }
}

/// Binary glTF 2.0, chapter 4: header, JSON chunk padded with blanks, BIN chunk.
fn glb(description: &Value, data: &[u8]) -> Vec<u8> {
    let mut json = description.to_string().into_bytes();
    json.resize(json.len().next_multiple_of(4), b' ');
    let mut chunks = vec![(*b"JSON", json)];
    if !data.is_empty() {
        chunks.push((*b"BIN\0", data.to_vec()));
    }
    let body: Vec<u8> = chunks
        .into_iter()
        .flat_map(|(kind, data)| [&(data.len() as u32).to_le_bytes()[..], &kind, &data].concat())
        .collect();
    let length = body.len() as u32 + 12;
    [b"glTF", &2_u32.to_le_bytes()[..], &length.to_le_bytes(), &body].concat()
}

/// Reads a project's table to its end.
fn run(project: Project) -> (Plant, LinkStatus) {
    let session = Session::start(&project.sources, Timestamp::default(), None).expect("threads");
    let mut plant = Plant::new(Arc::new(project));
    let started = Instant::now();
    loop {
        let link = session.links().pop().expect("one link");
        plant.drain(&session.samples, Duration::from_millis(8));
        if link.state == LinkState::Finished && session.samples.is_empty() {
            return (plant, link);
        }
        assert!(started.elapsed() < DEADLINE, "{link:?}");
        thread::yield_now();
    }
}
