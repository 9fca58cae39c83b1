//! `twinscope browse` against asyncua's server and ours.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value as Json, json};
use tempfile::TempDir;
use twinscope::app;
use twinscope::domain::source::SourceKind;
use twinscope::domain::unit::Unit;
use twinscope::domain::value::Value;
use twinscope::protocol::opcua::server::{PlantServer, ServerSettings, Variable, WriteAnswer};

use super::judge::{Server, USER, free_port};

/// Runs the program with its own folder, and this on its input.
fn browse(home: &Path, args: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_twinscope"));
    command.arg("browse").args(args).env("TWINSCOPE_HOME", home);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().expect("the program starts");
    process.stdin.take().expect("its input").write_all(input.as_bytes()).expect("it reads");
    process.wait_with_output().expect("it ends")
}

fn home() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

#[track_caller]
fn works(args: &[&str]) -> (String, String) {
    let output = browse(home().path(), args, "");
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{args:?}: {complaint}");
    (String::from_utf8(output.stdout).expect("text"), complaint)
}

#[track_caller]
fn refusal(args: &[&str]) -> String {
    let output = browse(home().path(), args, "");
    assert!(!output.status.success() && output.stdout.is_empty(), "{args:?} was done");
    String::from_utf8(output.stderr).expect("text")
}

#[test]
fn a_server_is_listed_for_people_and_for_programs() {
    let server = Server::open(3);
    let url = server.url();
    let (text, complaint) = works(&[&url, "--security", "none"]);
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split("  ").map(str::trim).collect()).collect();
    let cells = |row: usize| rows[row].iter().filter(|cell| !cell.is_empty()).copied().collect::<Vec<_>>();
    assert_eq!(cells(0), ["path", "type", "unit", "range", "access", "value", "node"]);
    let speed = "/Objects/2:Line/2:Filler/2:Speed";
    assert_eq!(cells(1), [speed, "Double", "/min", "0 to 900", "read, write", "600", "ns=2;s=Filler.Speed"]);
    assert_eq!(cells(2), ["/Objects/2:Line/2:Filler/2:State", "String", "read", "Execute", "ns=2;s=Filler.State"]);
    assert_eq!((rows.len(), complaint.as_str()), (9, ""));

    let (text, complaint) = works(&[&url, "--security", "none", "--json", "--most", "2", "--filter", "filler"]);
    let told: Json = serde_json::from_str(&text).expect("JSON");
    let expected = json!({
        "path": speed, "node": "ns=2;s=Filler.Speed", "lasting_node": "nsu=urn:test:line;s=Filler.Speed",
        "type": "Double", "unit": "/min", "range": [0.0, 900.0], "readable": true,
        "writable": true, "value": 600.0, "description": "Bottles each minute",
    });
    let found = &told["variables"][0];
    for (name, expected) in expected.as_object().expect("an object") {
        assert_eq!(&found[name], expected, "{name}");
    }
    assert_eq!(told["variables"].as_array().map(Vec::len), Some(2));
    assert_eq!(told["cut"], json!(["There are more than the 2 variables that are listed."]));
    assert!(complaint.contains("Look for less with --filter or --from"), "{complaint}");

    let (text, complaint) = works(&[&url, "--security", "none", "--filter", "nothing like it"]);
    assert!(text.is_empty() && complaint.contains("no variable with \"nothing like it\""), "{complaint}");
}

#[test]
fn entries_of_a_server_are_a_project_without_problems() {
    let (folder, certificates) = (home(), home());
    let variable = |path: &str, initial, unit: &str, range| Variable {
        path: path.to_owned(),
        description: format!("The \"{path}\""),
        unit: Unit::new(unit),
        range,
        writable: range.is_some(),
        initial,
    };
    let variables = vec![
        variable("Filler/Speed", Value::Real(600.0), "/min", Some((0.0, 900.0))),
        variable("Filler/State", Value::text("Execute"), "", None),
        variable("Filler/Count", Value::Int(7), "", None),
        variable("Filler/Drive/Running", Value::Bool(true), "", None),
    ];
    let settings = ServerSettings { port: 0, certificates: certificates.path().to_owned(), security: None };
    let server = PlantServer::start(&settings, variables, Box::new(|_| WriteAnswer::Good)).expect("a server");
    let url = server.url();
    let source =
        format!("name = \"p\"\n[[source]]\nname = \"plc\"\nkind = \"opcua\"\nurl = \"{url}\"\nsecurity = \"none\"\n");
    fs::write(folder.path().join("twin.toml"), &source).expect("written");
    let project = folder.path().to_str().expect("a path");
    // Where the project has one such source, it need not be named.
    let (unnamed, _) = works(&[project, "--toml", "--filter", "filler"]);
    let (entries, _) = works(&[project, "--source", "plc", "--toml", "--filter", "Filler"]);
    assert_eq!(unnamed, entries);
    fs::write(folder.path().join("twin.toml"), format!("{source}\n{entries}")).expect("written");
    let opened = app::read(folder.path().to_owned()).expect("a project");
    assert!(opened.problems.is_empty(), "{:?}\n{entries}", opened.problems);
    let mut signals: Vec<_> = opened.project.catalog.iter().map(|(_, it)| (it.path.as_str(), it.unit.code())).collect();
    signals.sort_unstable();
    let leaves: Vec<&str> = signals.iter().filter_map(|(path, _)| path.rsplit('/').next()).collect();
    assert_eq!(leaves, ["Count", "Running", "Speed", "State"], "{signals:?}");
    let speed = opened.project.catalog.iter().find(|(_, it)| it.path.ends_with("Filler/Speed")).expect("a signal").1;
    assert_eq!((speed.unit.code(), speed.range), ("/min", Some((0.0, 900.0))));
    let [source] = opened.project.sources.as_slice() else { panic!("{:?}", opened.project.sources) };
    let SourceKind::Opcua(spec) = &source.kind else { panic!("{source:?}") };
    assert_eq!(spec.nodes.len(), 4);
    assert!(spec.nodes.iter().all(|node| node.node.starts_with("nsu=urn:twinscope:plant;s=Filler/")), "{spec:?}");
}

#[test]
fn a_secured_server_is_trusted_on_first_use_and_logged_in_to() {
    let server = Server::secured();
    let (home, url) = (home(), server.url());
    let (name, password) = USER;
    let certificates = home.path().join("pki");
    let certificates = certificates.to_str().expect("a path");
    let args = [url.as_str(), "--user", name, "--certificates", certificates, "--filter", "speed"];
    let untrusted = browse(home.path(), &args, &format!("{password}\n"));
    let complaint = String::from_utf8_lossy(&untrusted.stderr);
    assert!(!untrusted.status.success() && complaint.contains("is not trusted yet, it was put in"), "{complaint}");
    assert!(complaint.contains("If it is the right server, move that file to"), "{complaint}");

    // One that was put among the rejected is known: a person has to move it.
    let certificates = home.path().join("another");
    let certificates = certificates.to_str().expect("a path");
    let args = [&args[..3], &["--certificates", certificates, "--filter", "speed", "--trust-on-first-use"]].concat();
    let wrong = browse(home.path(), &args, "wrong\n");
    let complaint = String::from_utf8_lossy(&wrong.stderr);
    assert!(!wrong.status.success() && complaint.contains("refused"), "{complaint}");
    let found = browse(home.path(), &args, &format!("{password}\n"));
    let (text, complaint) = (String::from_utf8_lossy(&found.stdout), String::from_utf8_lossy(&found.stderr));
    assert!(found.status.success() && text.contains("ns=2;s=Filler.Speed"), "{complaint}");
    assert!(!format!("{text}{complaint}").contains(password));
}

#[test]
fn what_cannot_be_listed_is_said_with_what_to_do() {
    let nobody = format!("opc.tcp://127.0.0.1:{}/", free_port());
    let complaint = refusal(&[&nobody, "--security", "none"]);
    assert!(complaint.contains("No OPC UA server answers") && complaint.contains("Check the url"), "{complaint}");
    let server = Server::open(0);
    let complaint = refusal(&[&server.url()]);
    assert!(complaint.contains("does not offer this security; it offers none"), "{complaint}");
    let complaint = refusal(&[&server.url(), "--security", "none", "--from", "/Objects/2:Gone"]);
    assert!(complaint.contains("The search cannot begin at \"/Objects/2:Gone\""), "{complaint}");
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    let demo = demo.to_str().expect("a path");
    assert!(refusal(&[demo, "--user", "ann"]).contains("--user goes with an address"));
    assert!(refusal(&["/no/such/project"]).contains("cannot be opened"));
}
