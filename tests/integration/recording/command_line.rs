//! The tasks of the command line on one recording: tell, export, import, film.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value as Json, json};

/// Runs the program; what it says is shown where it fails.
fn twinscope(args: &[&str], path: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_twinscope"));
    command.args(args);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    command.output().expect("the program starts")
}

fn works(args: &[&str]) -> String {
    let output = twinscope(args, None);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn refusal(args: &[&str]) -> String {
    let output = twinscope(args, None);
    assert!(!output.status.success(), "{args:?} was done");
    String::from_utf8(output.stderr).expect("text")
}

fn info(file: &str) -> Json {
    serde_json::from_str(&works(&["info", "--json", file])).expect("JSON")
}

#[test]
fn a_recording_is_told_exported_imported_and_filmed() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    let (shift, table) = (place("shift.mcap"), place("shift.csv"));
    works(&["record", demo.to_str().expect("a path"), "--out", &shift, "--for", "2s", "--embed-models"]);

    let told = info(&shift);
    assert_eq!(told["finished"], true);
    assert_eq!((&told["gaps"], &told["problems"]), (&json!([]), &json!([])));
    let files = told["project"]["files"].as_array().expect("files");
    assert!(files.len() >= 2 && files.iter().all(|file| file["embedded"] == true), "{files:?}");

    works(&["export", &shift, "--out", &table]);
    let samples = told["samples"].as_u64().expect("a number");
    assert_eq!(fs::read_to_string(&table).expect("a table").lines().count() as u64, samples + 1);
    let back = place("back.mcap");
    works(&["import", &table, "--out", &back]);
    let again = info(&back);
    assert_eq!((&again["samples"], &again["from"], &again["to"]), (&told["samples"], &told["from"], &told["to"]));
    let paths = |told: &Json| -> Vec<String> {
        let mut paths: Vec<String> = told["signals"]
            .as_array()
            .expect("signals")
            .iter()
            .map(|signal| signal["path"].as_str().expect("a path").to_owned())
            .collect();
        paths.sort();
        paths
    };
    assert_eq!(paths(&again), paths(&told));

    // Where ffmpeg is not to be found, the pictures themselves are left.
    let (to, film) = (told["to"].as_str().expect("a time"), place("film.mp4"));
    let args = ["video", &shift, "--out", &film, "--to", to, "--speed", "1000", "--fps", "1", "--size", "160x100"];
    let output = twinscope(&args, Some(""));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("progress 1.0000") && said.contains("ffmpeg is not installed"), "{said}");
    let pictures = fs::read_dir(folder.path().join("film")).expect("a folder").count();
    assert!((4..=5).contains(&pictures), "{pictures} pictures");
    assert_eq!(&fs::read(folder.path().join("film/000001.png")).expect("a picture")[1..4], b"PNG");
}

#[test]
fn what_cannot_be_done_is_said_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
    let text = place("notes.txt");
    fs::write(&text, "no recording").expect("a file");
    assert!(refusal(&["info", &text]).contains("is no MCAP file. Open a recording"));
    assert!(refusal(&["info", &place("gone.mcap")]).contains("cannot be read"));
    assert!(refusal(&["import", &text, "--out", &text]).contains("recordings are not written over"));
    assert!(refusal(&["export", &text, "--out", &place("x.xlsx")]).contains("neither in .csv nor in .parquet"));
    assert!(refusal(&["record", folder.path().to_str().expect("a path")]).contains("cannot be opened"));
    assert!(refusal(&["open", "twinscope://open?at=noon"]).contains("not a moment"));
}
