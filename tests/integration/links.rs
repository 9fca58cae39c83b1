//! Changes over MQTT and HTTP: Debian's mosquitto, a plant with Paho's client, and one with Python's HTTP server.
//! What each of them was told is counted there.

pub mod plant;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;

use tempfile::TempDir;
use twinscope::domain::change::{Setting, State, TrialPlan, Wish};
use twinscope::domain::time::Span;

use self::plant::Plant;
use crate::mqtt::mosquitto::{Broker, free_port, open_to_all, write_certificates};
use crate::one_change::OneChange;

/// The copy that is simulated is the demo's line; it wants to know the state of a machine, which an emulator shows.
const PROJECT: &str = r#"
name = "One filler"
[control]
enabled = true
needs_credible_model = false
trial_min_secs = 1
[twin]
model = "line"
[[source]]
name = "line"
{source}
[[signal]]
path = "Line/Filler/Speed setpoint"
unit = "/min"
source = "line"
twin = "Filler/SpeedSetpoint"
{signal}
[[source]]
name = "machine"
kind = "emulator"
[[signal]]
path = "Line/Filler/State"
kind = "text"
source = "machine"
variable = "Filler/State"
[[setpoint]]
signal = "Line/Filler/Speed setpoint"
min = 300
max = 700
step = 10
rate_limit_per_sec = 10
readback_within_secs = 10
write = {write}
"#;

/// A project with a source, the address of the signal in it, and the way of the setpoint.
pub fn project(source: &str, signal: &str, write: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let text = PROJECT.replace("{source}", source).replace("{signal}", signal).replace("{write}", write);
    std::fs::write(folder.path().join("twin.toml"), text).expect("written");
    folder
}

/// From 600, in two steps.
pub fn slower() -> Wish {
    let signal = "Line/Filler/Speed setpoint".into();
    let setting = Setting { signal, unit: "/min".into(), from: 600.0, to: 580.0, ramp_per_sec: None };
    let trial = TrialPlan { lease: Span::from_secs(600), abort_conditions: Vec::new(), divergence: None };
    Wish { title: "Slower".into(), reason: "less foam".into(), settings: vec![setting], trial }
}

pub const TIMED: &str = "topic = \"filler/speed\"\nvalue = \"/speed\"\ntime = \"/at\"";
pub const ASKED: &str = "{ topic = \"filler/speed/set\", member = \"/to\", response_topic = \"filler/answers\" }";
const TOLD: &str = "{ topic = \"filler/speed/set\", payload = '{\"to\": {value}}' }";

pub fn mqtt_plant(broker: &Broker, version: &str, manners: &str) -> Plant {
    let plant = Plant::start("mqtt_plant.py", [&broker.port.to_string(), version, manners]);
    assert_eq!(plant.line(), "ready");
    plant
}

#[test]
fn a_plant_that_answers_over_mqtt_is_asked_once_each_step_by_who_may_write() {
    let folder = tempfile::tempdir().expect("a folder");
    write_certificates(folder.path(), "broker");
    let users = folder.path().join("users");
    for (index, name) in ["reader", "writer", "plant"].into_iter().enumerate() {
        let mut made = Command::new("mosquitto_passwd");
        made.arg("-b").args((index == 0).then_some("-c")).arg(&users).args([name, name]);
        assert!(made.status().is_ok_and(|status| status.success()), "mosquitto_passwd failed");
    }
    let rights = "user reader\ntopic read filler/speed\nuser writer\ntopic read filler/#\ntopic write filler/speed/set\n\
                  user plant\ntopic readwrite filler/#\n";
    std::fs::write(folder.path().join("rights"), rights).expect("written");
    for name in ["reader", "writer"] {
        std::fs::write(folder.path().join(name), format!("{name}\n")).expect("written");
    }
    for file in [&users, &folder.path().join("rights")] {
        open_to_all(file);
    }
    let settings = "allow_anonymous false\npassword_file {folder}/users\nacl_file {folder}/rights\n\
                    certfile {folder}/broker-cert.pem\nkeyfile {folder}/broker-key.pem";
    let broker = Broker::start_in(folder, settings, free_port());
    let at = |name: &str| broker.file(name).display().to_string();
    let plant = Plant::start(
        "mqtt_plant.py",
        [&broker.port.to_string(), "5", "answer", &at("broker-ca.pem"), "plant", "plant"],
    );
    assert_eq!(plant.line(), "ready");
    let source = format!(
        "kind = \"mqtt\"\nurl = \"mqtts://localhost:{}\"\nca_file = \"{}\"\nuser = \"reader\"\npassword = \"file:{}\"\n\
         write_user = \"writer\"\nwrite_password = \"file:{}\"",
        broker.port,
        at("broker-ca.pem"),
        at("reader"),
        at("writer")
    );
    let mut desk = OneChange::open(project(&source, TIMED, ASKED));
    desk.push(slower());
    desk.reach(State::OnTrial);
    desk.keep();
    desk.reach(State::Kept);
    assert_eq!((desk.announced(), desk.outcomes()), (vec![590.0, 580.0], vec!["accepted".to_owned(); 2]));
    assert_eq!(plant.lines(), ["590 False", "580 False"]);
}

#[test]
fn what_a_plant_refuses_or_changes_over_mqtt_goes_back() {
    let broker = Broker::open();
    let source = format!("kind = \"mqtt\"\nurl = \"mqtt://127.0.0.1:{}\"", broker.port);
    let plant = mqtt_plant(&broker, "5", "reject");
    let mut desk = OneChange::open(project(&source, TIMED, ASKED));
    desk.push(slower());
    desk.reach(State::Failed);
    assert!(desk.words().contains("in HOLD"), "{}", desk.words());
    assert_eq!((plant.lines(), desk.outcomes().len()), (vec!["590 False".to_owned()], 1));
    drop((desk, plant));

    let plant = mqtt_plant(&broker, "5", "clamp");
    let mut desk = OneChange::open(project(&source, TIMED, ASKED));
    desk.push(slower());
    desk.reach(State::Reverted);
    assert!(desk.outcomes()[0].contains("clamped"), "{:?}", desk.outcomes());
    assert_eq!(plant.lines(), ["590 False", "600 False"]);
}

#[test]
fn without_answers_only_what_the_plant_shows_after_the_write_counts() {
    let broker = Broker::open();
    let version = "version = \"3.1.1\"";
    let source = format!("kind = \"mqtt\"\nurl = \"mqtt://127.0.0.1:{}\"\n{version}", broker.port);
    let plant = mqtt_plant(&broker, "3", "echo");
    let mut desk = OneChange::open(project(&source, "topic = \"filler/speed\"", TOLD));
    desk.push(slower());
    desk.reach(State::OnTrial);
    desk.revert("foam all the same");
    desk.reach(State::Reverted);
    assert_eq!(plant.lines(), ["590 False", "580 False", "590 False", "600 False"]);
    drop((desk, plant));

    // The broker takes it, the plant does not: it shows 600 on.
    let plant = mqtt_plant(&broker, "3", "deaf");
    let mut desk = OneChange::open(project(&source, TIMED, TOLD));
    desk.push(slower());
    desk.reach(State::Reverted);
    assert!(desk.outcomes()[0] == "accepted" && desk.words().contains("600"), "{}", desk.words());
    assert_eq!(plant.lines(), ["590 False"]);
}

#[test]
fn a_trial_whose_broker_is_lost_goes_back_and_nothing_is_sent_a_second_time() {
    let broker = Broker::open();
    let source = format!("kind = \"mqtt\"\nurl = \"mqtt://127.0.0.1:{}\"", broker.port);
    let plant = mqtt_plant(&broker, "5", "answer");
    let mut desk = OneChange::open(project(&source, TIMED, ASKED));
    desk.push(slower());
    desk.reach(State::OnTrial);
    assert_eq!(plant.lines(), ["590 False", "580 False"]);
    let (folder, port) = broker.kill();
    desk.reach(State::Reverting);
    assert!(desk.words().contains("The link to Line/Filler/Speed setpoint is down"), "{}", desk.words());
    let _broker = Broker::start_in(folder, "allow_anonymous true", port);
    desk.reach(State::Reverted);
    assert_eq!(desk.announced(), [590.0, 580.0, 590.0, 600.0]);
    assert_eq!(plant.lines(), ["ready", "590 False", "600 False"]);
}

/// A plant behind HTTP.
struct Server {
    _plant: Plant,
    port: u16,
}

impl Server {
    /// The server, and a project whose source is the document at a path, and that writes there.
    fn start(path: &str, readback: bool) -> (Self, TempDir) {
        let plant = Plant::start("http_plant.py", <[&str; 0]>::default());
        let port = plant.line().parse().expect("a port");
        let url = format!("http://127.0.0.1:{port}/{path}");
        let source = format!("kind = \"http\"\nurl = \"{url}\"\ninterval_secs = 0.5");
        let readback = if readback { format!(", readback_url = \"{url}\"") } else { String::new() };
        let write = format!("{{ url = \"{url}\", member = \"/speed\"{readback} }}");
        (Self { _plant: plant, port }, project(&source, "value = \"/speed\"", &write))
    }

    /// Method, path and body of each write.
    fn told(&self) -> Vec<(String, String, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        stream.write_all(b"GET /writes HTTP/1.0\r\n\r\n").expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        let writes: Vec<(String, String, String, serde_json::Value)> = serde_json::from_str(body).expect("a list");
        writes.into_iter().map(|(method, path, body, _)| (method, path, body)).collect()
    }
}

fn puts(path: &str, bodies: &[&str]) -> Vec<(String, String, String)> {
    bodies.iter().map(|body| ("PUT".to_owned(), path.to_owned(), (*body).to_owned())).collect()
}

#[test]
fn over_http_what_the_server_shows_after_the_write_is_kept() {
    // The server asks for the version that was read (RFC 9110, 13.1.1).
    let (server, folder) = Server::start("version", true);
    let mut desk = OneChange::open(folder);
    desk.push(slower());
    desk.reach(State::OnTrial);
    desk.keep();
    desk.reach(State::Kept);
    assert_eq!((desk.announced(), desk.outcomes()), (vec![590.0, 580.0], vec!["accepted".to_owned(); 2]));
    assert_eq!(server.told(), puts("/version", &[r#"{"speed":590}"#, r#"{"speed":580}"#]));
}

#[test]
fn over_http_without_a_way_to_read_back_nothing_is_called_done() {
    let (server, folder) = Server::start("ok", false);
    let mut desk = OneChange::open(folder);
    desk.push(slower());
    desk.reach(State::Unverified);
    assert!(desk.words().contains("cannot be read back"), "{}", desk.words());
    assert_eq!(desk.outcomes(), ["accepted", "accepted"]);
    assert_eq!(server.told(), puts("/ok", &[r#"{"speed":590}"#, r#"{"speed":580}"#]));
}

#[test]
fn a_write_that_may_have_been_done_over_http_is_looked_for_and_taken_back() {
    // It fails after it was done: what the server holds is read, and brought back by a write that fails as well.
    let (server, folder) = Server::start("failed", true);
    let mut desk = OneChange::open(folder);
    desk.push(slower());
    desk.reach(State::RevertFailed);
    assert!(desk.outcomes().iter().all(|outcome| outcome.contains("may have done it")), "{:?}", desk.outcomes());
    assert_eq!(server.told(), puts("/failed", &[r#"{"speed":590}"#, r#"{"speed":600}"#]));
}
