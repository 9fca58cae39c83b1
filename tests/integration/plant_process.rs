//! The emulated plant in a process of its own: what it shows, what it takes, and when it lives and ends.
//!
//! The program is started as a person would, with a folder of its own for what it keeps.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};
use tempfile::TempDir;
use twinscope::app::change::files;
use twinscope::app::models;
use twinscope::app::plant_process::{Emulate, PlantProcesses, RunFile};
use twinscope::domain::source::{OpcuaSpec, OpcuaTrigger, SourceKind};
use twinscope::domain::time::{Span, Timestamp};
use twinscope::domain::value::{Value, ValueKind};
use twinscope::domain::write_target::WriteTarget;
use twinscope::project::Project;
use twinscope::protocol::opcua::server::{PlantServer, ServerSettings, WriteAnswer};
use twinscope::recording::reader::Recording;

use crate::desk::home;
use crate::opcua::judge::{endpoint, python};
use crate::opcua::twin::{Twin, node, spec};

const DEADLINE: Duration = Duration::from_secs(90);

fn now() -> Timestamp {
    Timestamp::default() + Span::from(SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock"))
}

#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < DEADLINE, "{what} did not come");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The demo plant in a folder of its own, with another for what is kept of it.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
        fs::create_dir(folder.path().join("plant")).expect("a folder");
        for file in ["twin.toml", "factory.glb"] {
            fs::copy(demo.join(file), folder.path().join("plant").join(file)).expect("copied");
        }
        Self { folder }
    }

    fn project(&self) -> PathBuf {
        self.folder.path().join("plant")
    }

    fn twinscope(&self, task: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twinscope"));
        command.env(files::FOLDER_VARIABLE, self.folder.path().join("home")).arg(task).arg(self.project());
        command.stdin(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// A program that has its plant in a process of its own.
    fn record(&self, name: &str) -> Recorder {
        let mut command = self.twinscope("record");
        command.args(["--emulate", "own-process", "--out"]).arg(self.recording(name));
        Recorder(command.stdout(Stdio::null()).spawn().expect("the program starts"))
    }

    fn recording(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.mcap"))
    }

    /// Where the only plant of this place says that it is.
    fn run_file(&self) -> Option<(PathBuf, RunFile)> {
        let plants = fs::read_dir(self.folder.path().join("home/plants")).ok()?;
        plants.flatten().find_map(|plant| {
            let path = RunFile::path(&plant.path(), "plant");
            RunFile::read(&path).map(|found| (path, found))
        })
    }

    #[track_caller]
    fn wait_for_plant(&self) -> RunFile {
        until("the plant", || self.run_file().is_some());
        self.run_file().expect("it was there").1
    }
}

/// Killed when dropped, with its plant.
struct Recorder(Child);

impl Drop for Recorder {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ended = self.0.kill();
        let _ended = self.0.wait();
    }
}

/// Ends the plant of a place that the test leaves behind.
impl Drop for Place {
    fn drop(&mut self) {
        if let Some((path, found)) = self.run_file() {
            let _gone = fs::remove_file(path);
            end(found.process);
        }
    }
}

/// Tells a process to end.
fn end(process: u32) {
    let _ended_already = Command::new("kill").arg(process.to_string()).stderr(Stdio::null()).status();
}

fn listens(found: &RunFile) -> bool {
    let address = found.url.trim_start_matches("opc.tcp://").trim_end_matches('/').to_owned();
    TcpStream::connect(address).is_ok()
}

/// Moments of the first and the last sample in a recording that is being written.
fn extent(path: &Path) -> Option<(Timestamp, Timestamp)> {
    Recording::open(path).ok()?.extent()
}

#[cfg(unix)]
#[test]
fn a_plant_shows_an_hour_of_past_moves_and_takes_what_is_within_its_range() {
    let place = Place::new();
    let mut plant = place.twinscope("plant").stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut line = String::new();
    BufReader::new(plant.stdout.take().expect("its output")).read_line(&mut line).expect("it speaks");
    let url = line.trim().strip_prefix("listening on ").expect("its address").to_owned();
    assert!(url.starts_with("opc.tcp://127.0.0.1:"), "{url}");

    let of = |name: &str, signal, kind| node(&format!("nsu=urn:twinscope:plant;s={name}"), signal, kind);
    let nodes = vec![of("Filler/OutfeedCount", 0, ValueKind::Int), of("Filler/State", 1, ValueKind::Text)];
    let history = Span::from_secs(4_000);
    let spec = spec(endpoint(url.clone(), place.folder.path()), nodes);
    let twin = Twin::start(OpcuaSpec { history, trigger: OpcuaTrigger::Timestamp, ..spec });
    let begin = Instant::now();
    let mut samples = Vec::new();
    let live = now() + Span::from_secs(3);
    while samples.last().is_none_or(|sample: &twinscope::domain::signal::Sample| sample.source_time < live) {
        assert!(begin.elapsed() < DEADLINE);
        samples.push(twin.next());
    }
    for signal in [0, 1] {
        let times: Vec<Timestamp> =
            samples.iter().filter(|sample| sample.signal.0 == signal).map(|sample| sample.source_time).collect();
        assert!(now() - times[0] > Span::from_secs(3_590), "{}", now() - times[0]);
        assert!(times.is_sorted(), "signal {signal}");
        let longest = times.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert!(longest.is_some_and(|gap| gap <= Span::from_secs(6)), "{longest:?}");
    }
    let counts: Vec<f64> =
        samples.iter().filter(|sample| sample.signal.0 == 0).filter_map(|sample| sample.value.as_f64()).collect();
    assert!(counts.is_sorted() && counts.last() > counts.first(), "bottles are filled");
    assert!(samples.iter().any(|sample| sample.value == Value::text("EXECUTE")));
    assert_eq!(twin.status().rejected, 0);

    let output = python("plant_visit.py").arg(&url).output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Json = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(found["range"], json!([0.0, 720.0]));
    assert_eq!((&found["written"], &found["after"]), (&json!(0), &json!(480.0)));
    // Bad_OutOfRange, Bad_NotWritable.
    assert_eq!((&found["too_fast"], &found["after_too_fast"]), (&json!(0x803C_0000_u32), &json!(480.0)));
    assert_eq!(found["not_writable"], json!(0x803B_0000_u32));
    assert_ne!(found["before"], json!(480.0));

    end(plant.id());
    assert!(plant.wait().expect("it ends").success());
}

#[test]
fn a_plant_outlives_a_program_that_is_killed_and_is_found_again_with_its_past() {
    let place = Place::new();
    let first = place.record("first");
    let plant = place.wait_for_plant();
    until("values", || extent(&place.recording("first")).is_some_and(|(_, last)| now() - last < Span::from_secs(3)));
    // Killed, not told to end.
    drop(first);
    assert!(listens(&plant));
    let again = now();
    let _second = place.record("second");
    until("the past", || {
        let extent = extent(&place.recording("second"));
        extent.is_some_and(|(first, last)| again - first > Span::from_secs(3_500) && last > again)
    });
    assert_eq!(place.run_file().map(|(_, found)| found), Some(plant));
}

#[cfg(unix)]
#[test]
fn a_plant_ends_with_the_program_that_ends_in_order() {
    let place = Place::new();
    let mut recorder = place.record("whole");
    let plant = place.wait_for_plant();
    until("values", || extent(&place.recording("whole")).is_some());
    assert!(listens(&plant));
    end(recorder.0.id());
    assert!(recorder.0.wait().expect("it ends").success());
    assert_eq!(place.run_file(), None);
    until("the end of the plant", || !listens(&plant));
}

#[test]
fn a_server_that_is_not_the_plant_is_left_alone_and_a_new_plant_is_started() {
    let place = Place::new();
    let settings = ServerSettings { port: 0, certificates: place.folder.path().join("foreign"), security: None };
    let foreign = PlantServer::start(&settings, Vec::new(), Box::new(|_| WriteAnswer::Good)).expect("a server");
    let first = place.record("first");
    let plant = place.wait_for_plant();
    drop(first);
    let (path, _) = place.run_file().expect("it stays");
    let led_astray = RunFile { url: foreign.url(), ..plant.clone() };
    led_astray.write(&path).expect("written");
    let _second = place.record("second");
    until("a new plant", || place.run_file().is_some_and(|(_, found)| found.url != foreign.url()));
    let fresh = place.run_file().expect("it was there").1;
    assert!(fresh.process != plant.process && fresh.token != plant.token && fresh.digest == plant.digest);
    until("values", || extent(&place.recording("second")).is_some());
    // The first plant is no longer named: it ends when the session of the program that was killed has.
    end(plant.process);
}

/// Where all plants of this program keep what they keep.
fn keep() {
    home();
    models::host_foreign_models_in(env!("CARGO_BIN_EXE_twinscope").into());
}

fn url(project: &Project) -> String {
    match &project.sources[0].kind {
        SourceKind::Opcua(spec) => spec.endpoint.url.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_project_that_is_read_again_keeps_its_plant_unless_the_plant_is_another() {
    keep();
    let place = Place::new();
    let file = place.project().join("twin.toml");
    let plants = PlantProcesses::new(Emulate::OwnProcess);
    let read = || {
        let mut project = twinscope::project::load(&place.project()).project.expect("the demo");
        plants.take_over(&mut project, &place.project());
        project
    };
    let first = read();
    assert!(first.write_targets.iter().all(|address| matches!(address.target, WriteTarget::Opcua { .. })));
    let text = fs::read_to_string(&file).expect("the demo");
    fs::write(&file, text.replace("hours = 8", "hours = 4")).expect("written");
    assert_eq!(url(&read()), url(&first));
    fs::write(&file, text.replace("seed = 1\n", "seed = 2\n")).expect("written");
    let other = read();
    assert_ne!(url(&other), url(&first));
    let gone = RunFile { url: url(&first), process: 0, digest: String::new(), token: String::new() };
    until("the end of the first plant", || !listens(&gone));
    plants.leave();
    let gone = RunFile { url: url(&other), ..gone };
    until("the end of the second", || !listens(&gone));
}

#[test]
fn a_plant_that_cannot_be_started_is_emulated_in_the_program() {
    keep();
    let place = Place::new();
    let file = place.project().join("twin.toml");
    let mut project = twinscope::project::load(&place.project()).project.expect("the demo");
    // The plant's process reads the file anew, and finds no plant in it.
    fs::write(&file, "name = \"nothing\"").expect("written");
    let before = project.sources.clone();
    let plants = PlantProcesses::new(Emulate::OwnProcess);
    plants.take_over(&mut project, &place.project());
    assert_eq!(project.sources, before);
    let session = twinscope::app::session::Session::start(&project.sources, now(), None).expect("threads");
    plants.tell(&session);
    let told = session.links()[0].last_error.clone().map(|error| error.message).unwrap_or_default();
    assert!(told.contains("\"nothing\" emulates no plant") && told.contains("emulated in this program"), "{told}");
    until("values", || {
        // The past waits for room.
        while session.samples.try_recv().is_ok() {}
        session.links()[0].connected()
    });
}
