//! A desk that was started to look only writes nothing, whatever it is asked: seen on the wire by a program of
//! others, which does see it when somebody else writes.

mod capture;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use twinscope::app;
use twinscope::app::change::{ChangeDesk, files};
use twinscope::app::notices::Notices;
use twinscope::app::plant::Plant;
use twinscope::app::session::Session;
use twinscope::app::what_if::WhatIf;
use twinscope::control::store::{Owed, Store, Stored};
use twinscope::domain::change::{
    Action, Approval, ChangeId, ChangeRequest, Event, Evidence, Guard, GuardReport, Setting, Stage, State, Terms,
    TrialPlan, Wish,
};
use twinscope::domain::change_command::{ChangeCommand, Password};
use twinscope::domain::link::LinkStatus;
use twinscope::domain::person::UserName;
use twinscope::domain::quality::Quality;
use twinscope::domain::scenario::{Change, Scenario};
use twinscope::domain::signal::Origin;
use twinscope::domain::source::SourceKind;
use twinscope::domain::time::{Span, Timestamp};
use twinscope::domain::value::{Value, ValueKind};
use twinscope::domain::what_if::Asking;
use twinscope::project::Project;
use twinscope::protocol::opcua::server::{PlantServer, ServerSettings, Variable, Write, WriteAnswer};

use self::capture::Capture;
use crate::change::opcua::lease;
use crate::desk::home;
use crate::links::{ASKED, TIMED, mqtt_plant, project, slower};
use crate::mqtt::mosquitto::Broker;
use crate::one_change::OneChange;
use crate::recording::python;

const DEADLINE: Duration = Duration::from_secs(60);
const SPEED: &str = "Riverside/Line 1/Filler/Speed setpoint";
const SERVICE: &str = "opcua.servicenodeid.numeric";
/// Node ids of the encodings of requests and answers (OPC 10000-6, NodeIds.csv).
const READ_OR_PUBLISH: [u32; 2] = [631, 826];
const WRITE: u32 = 673;
const CALL: u32 = 712;
/// Control packets of MQTT (5.0, 2.1.2).
const PUBLISH: u32 = 3;
const SUBSCRIBE: u32 = 8;

fn now() -> Timestamp {
    Timestamp::default() + Span::from(SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970"))
}

fn user(name: &str) -> UserName {
    UserName::new(name).expect("a name")
}

fn password() -> Password {
    Password::new("a long enough password".to_owned())
}

fn id() -> ChangeId {
    ChangeId::new("C-2026-11-25-0001").expect("an id")
}

/// The demo, whose plant is a server at this address: its signals feed the screen and the simulated copy.
fn over_opcua(demo: &str, url: &str) -> String {
    let (mut text, mut skipping) = (String::new(), false);
    for line in demo.lines() {
        if line.starts_with('[') {
            skipping = line == "[[source]]";
            if skipping {
                text +=
                    &format!("[[source]]\nname = \"plant\"\nkind = \"opcua\"\nurl = \"{url}\"\nsecurity = \"none\"\n");
                text += "publishing_secs = 0.1\nsampling_secs = 0.05\n";
            }
        }
        if skipping && !line.is_empty() {
            continue;
        }
        match line.strip_prefix("variable = \"") {
            Some(rest) => text += &format!("twin = \"{rest}\nnode = \"nsu=urn:twinscope:plant;s={rest}\n"),
            None => text += &format!("{line}\n"),
        }
    }
    if !text.contains("[twin]") {
        text += "[twin]\nmodel = \"line\"\n";
    }
    text
}

/// A server with all variables of the demo's plant, each of which anybody may write.
fn serve(project: &Project, certificates: &Path) -> (PlantServer, Arc<Mutex<Vec<String>>>) {
    let Some(SourceKind::Emulator(emulator)) = project.sources.first().map(|source| &source.kind) else {
        panic!("the demo has an emulated plant")
    };
    let variables: BTreeMap<&str, Variable> = emulator
        .signals
        .iter()
        .filter_map(|(path, id)| {
            let signal = project.catalog.get(*id)?;
            let initial = match signal.kind {
                ValueKind::Bool => Value::Bool(false),
                ValueKind::Int => Value::Int(0),
                ValueKind::Real => Value::Real(signal.range.map_or(0.0, |(low, high)| (low + high) / 2.0)),
                ValueKind::Text => Value::text("EXECUTE"),
            };
            let (description, unit, range) = (String::new(), signal.unit.clone(), signal.range);
            Some((path.as_str(), Variable { path: path.clone(), description, unit, range, writable: true, initial }))
        })
        .collect();
    let variables: Vec<Variable> = variables.into_values().collect();
    let written: Arc<Mutex<Vec<String>>> = Arc::default();
    let told = Arc::clone(&written);
    let on_write = Box::new(move |write: &Write| {
        told.lock().expect("nobody panics").push(write.path.clone());
        WriteAnswer::Good
    });
    let settings = ServerSettings { port: 0, certificates: certificates.to_owned(), security: None };
    let server = PlantServer::start(&settings, variables.clone(), on_write).expect("a server");
    for variable in &variables {
        server.set(&variable.path, &variable.initial, now(), Quality::Good).expect("a variable");
    }
    (server, written)
}

/// A change that was on its way out when the program ended: where writing is allowed it goes back at once.
fn left_on_its_way(signal: &str) -> ChangeRequest {
    let setting = Setting { signal: signal.into(), unit: "/min".into(), from: 600.0, to: 570.0, ramp_per_sec: None };
    let trial = TrialPlan { lease: Span::from_secs(600), abort_conditions: Vec::new(), divergence: None };
    let wish = Wish { title: "Slower".into(), reason: "less foam".into(), settings: vec![setting], trial };
    let at = now();
    let guards = |change: &ChangeRequest, stage: Stage| {
        let answers = Guard::ALL.map(|guard| (guard, Ok(()))).to_vec();
        let terms = Terms { deadline: Span::from_secs(5), readback: Some(signal.to_owned()), ..Terms::default() };
        Box::new(GuardReport::new((id(), change.revision()), "d".into(), stage, at, answers, vec![terms]))
    };
    let mut change = ChangeRequest::new(id(), user("otto"), wish, at);
    let mut step = |event: &dyn Fn(&ChangeRequest) -> Event| {
        let (next, actions) = change.step(event(&change), at).expect("a step");
        change = next;
        actions
    };
    step(&|change| Event::SimulateAsked { by: user("otto"), guards: guards(change, Stage::Draft) });
    let evidence = Evidence { simulated_at: at, started: at, snapshot: vec![600.0], ..Evidence::default() };
    step(&|_| Event::Simulated(Box::new(evidence.clone())));
    let expires = at + Span::from_secs(3_600);
    let approval = Approval { approver: user("ann"), at, expires, digest: "d".into(), reason: "seen".into() };
    step(&|change| Event::Approved { approval: approval.clone(), guards: guards(change, Stage::Approval) });
    let actions = step(&|change| Event::PushAsked { by: user("otto"), guards: guards(change, Stage::Push) });
    let announced = actions.iter().find_map(|action| match action {
        Action::Audit(record) => record.sequence,
        _ => None,
    });
    let sequence = announced.expect("a write is announced");
    let actions = step(&|_| Event::AuditWritten { sequence });
    assert!(actions.iter().any(|action| matches!(action, Action::Write { .. })), "{actions:?}");
    step(&|_| Event::WriteAccepted { sequence });
    assert_eq!(change.state(), State::ReadingBack);
    change
}

/// Everything that a desk can be asked about changes.
fn commands(folder: &Path) -> Vec<ChangeCommand> {
    let (user, wish) = (user("otto"), Wish::default());
    let (reason, why) = (String::from("seen"), String::from("foam"));
    let approval = folder.join("approval.json");
    fs::write(&approval, "{}").expect("written");
    vec![
        ChangeCommand::Login { user: user.clone(), password: password() },
        ChangeCommand::Draft { wish: wish.clone() },
        ChangeCommand::Edit { id: id(), wish },
        ChangeCommand::Simulate(id()),
        ChangeCommand::Approve { id: id(), user: user.clone(), password: password(), reason },
        ChangeCommand::TakeApprovalFile(approval),
        ChangeCommand::WriteChangeFile { id: id(), path: folder.join("change.json") },
        ChangeCommand::Reject { id: id(), user: user.clone(), password: password(), why: why.clone() },
        ChangeCommand::Push { id: id(), user, password: password() },
        ChangeCommand::Keep { id: id() },
        ChangeCommand::Revert { id: id(), why },
        ChangeCommand::Rollback(id()),
        ChangeCommand::Logout,
    ]
}

/// A desk that was started to look only, on a project that allows writing, with a change that wants to go back.
struct Desk {
    changes: ChangeDesk,
    what_if: WhatIf,
    plant: Plant,
    notices: Notices,
    session: Session,
    folder: PathBuf,
    stored: (PathBuf, Vec<u8>),
    log: PathBuf,
}

impl Desk {
    fn view_only(project: PathBuf, signal: &str) -> Self {
        home();
        let opened = app::read(project.clone()).expect("a project");
        let project_of = opened.project;
        assert!(project_of.policy.enabled && project_of.policy.rule(signal).is_some(), "{:?}", opened.problems);
        let kept = files::of_plant(&project_of.root);
        let mut store = Store::open(&files::changes(&kept)).expect("a store").store;
        store.put(&Stored { change: left_on_its_way(signal), owed: Owed::default() }).expect("kept");
        let file =
            fs::read_dir(files::changes(&kept)).expect("a folder").next().expect("a file").expect("an entry").path();
        let stored = (file.clone(), fs::read(file).expect("a file"));
        let log = files::audit(&kept);
        let session = Session::start(&project_of.sources, now(), None).expect("threads");
        let changes = ChangeDesk::new(&project_of, &session.ports, true);
        let (what_if, plant) = (WhatIf::new(&project_of), Plant::new(project_of));
        Self { changes, what_if, plant, notices: Notices::default(), session, folder: project, stored, log }
    }

    fn frame(&mut self) {
        self.plant.drain(&self.session.samples, Duration::from_millis(8));
        self.plant.advance(Span::from_millis(10), now());
        self.what_if.take_found(&mut self.plant);
        let links = self.session.links();
        self.changes.attend(0.01, &mut self.what_if, &self.plant, &links, &mut self.notices);
        thread::sleep(Duration::from_millis(10));
    }

    fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !holds(self) {
            assert!(begin.elapsed() < DEADLINE, "{what} did not come; {:?}", self.session.links());
            self.frame();
        }
    }

    /// Asks for everything, again and again, for longer than the executor's tick and any heartbeat.
    fn ask_for_everything(&mut self) {
        self.until("the link", |desk| desk.session.links().iter().all(LinkStatus::connected));
        self.until("a value", |desk| desk.plant.history.extent(Origin::Measured).is_some());
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(4) {
            for command in commands(&self.folder) {
                let refusal = self.changes.act(command).expect_err("nothing may be written");
                assert!(refusal.contains("--view-only"), "{refusal}");
            }
            self.frame();
        }
        assert!(self.changes.board.changes.is_empty() && self.changes.board.desk.view_only.is_some());
        assert!(!self.folder.join("change.json").exists());
        assert_eq!(fs::read(&self.stored.0).expect("a file"), self.stored.1, "the change stays as it was left");
        assert!(!self.log.exists(), "no log is begun");
    }

    /// What is tried on the simulated copy stays there.
    fn ask_what_if(&mut self) {
        self.until("the model", |desk| !desk.what_if.askable.is_empty());
        let parameter = "Filler/SpeedSetpoint".to_owned();
        let changes = vec![Change { parameter, to: 570.0, after: Span::ZERO, ramp: Span::ZERO }];
        let scenario =
            Scenario { name: "slower".into(), changes, horizon: Span::from_secs(300), runs: 2, ..Scenario::default() };
        self.what_if.ask(scenario, &self.plant, None).expect("it can be asked");
        self.until("an answer", |desk| {
            desk.what_if.answer.is_some() || matches!(desk.what_if.asking, Asking::Failed(_))
        });
        assert!(self.what_if.answer.is_some(), "{:?}", self.what_if.asking);
    }
}

/// Runs asyncua's client: writes one value to a variable of the plant.
fn write_by_asyncua(url: &str, path: &str) -> Output {
    const CLIENT: &str = "
import asyncio, sys
from asyncua import Client, ua

async def main(url, path):
    async with Client(url) as client:
        node = ua.NodeId(path, await client.get_namespace_index(\"urn:twinscope:plant\"))
        await client.get_node(node).write_attribute(
            ua.AttributeIds.Value, ua.DataValue(ua.Variant(580.0, ua.VariantType.Double)))

asyncio.run(main(*sys.argv[1:]))
";
    Command::new(python::interpreter()).args(["-B", "-c", CLIENT, url, path]).output().expect("python runs")
}

#[test]
fn over_opcua_nothing_is_written_or_called_and_the_capture_would_have_seen_it() {
    let (folder, certificates) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    let (server, written) = serve(&app::read(demo.clone()).expect("the demo").project, certificates.path());
    let url = server.url();
    let port = url.split(['/', ':']).find_map(|part| part.parse::<u16>().ok()).expect("a port");
    fs::copy(demo.join("factory.glb"), folder.path().join("factory.glb")).expect("copied");
    let text = fs::read_to_string(demo.join("twin.toml")).expect("the demo");
    fs::write(folder.path().join("twin.toml"), over_opcua(&text, &url)).expect("written");

    let capture = Capture::of_port(port);
    let mut desk = Desk::view_only(folder.path().to_owned(), SPEED);
    desk.ask_for_everything();
    desk.ask_what_if();
    assert_eq!(*written.lock().expect("nobody panics"), [""; 0]);
    drop(desk);

    let output = write_by_asyncua(&url, "Filler/SpeedSetpoint");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(*written.lock().expect("nobody panics"), ["Filler/SpeedSetpoint"]);
    let messages = capture.until("opcua", SERVICE, |message| message.kinds.contains(&WRITE));
    let sent = |kind: u32| messages.iter().filter(|it| it.from_port != port && it.kinds.contains(&kind)).count();
    assert_eq!((sent(WRITE), sent(CALL)), (1, 0), "only asyncua wrote, once");
    assert!(READ_OR_PUBLISH.iter().all(|kind| sent(*kind) > 0), "the desk was seen: {messages:?}");
}

#[test]
fn over_mqtt_nothing_is_published_and_the_capture_would_have_seen_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let broker = Broker::open();
    let signal = "Plant/Filler/Speed setpoint";
    let text = format!(
        "name = \"p\"\n[[source]]\nname = \"broker\"\nkind = \"mqtt\"\nurl = \"mqtt://127.0.0.1:{}\"\n\
         [[signal]]\npath = \"{signal}\"\nunit = \"/min\"\nsource = \"broker\"\ntopic = \"filler/speed\"\n\
         [control]\nenabled = true\n\
         [[setpoint]]\nsignal = \"{signal}\"\nmin = 300\nmax = 700\nwrite = {{ topic = \"filler/speed/set\" }}\n",
        broker.port
    );
    fs::write(folder.path().join("twin.toml"), text).expect("written");
    // Retained, so that it is there whenever the desk listens.
    broker.publish("filler/speed", b"600\n", &["-q", "1", "-r", "-l"]);

    let capture = Capture::of_port(broker.port);
    let mut desk = Desk::view_only(folder.path().to_owned(), signal);
    desk.ask_for_everything();
    drop(desk);

    broker.publish("filler/speed/set", b"580\n", &["-q", "1", "-l"]);
    let from_clients = |message: &capture::Message| message.from_port != broker.port;
    let published = |message: &capture::Message| from_clients(message) && message.kinds.contains(&PUBLISH);
    let messages = capture.until("mqtt", "mqtt.msgtype", published);
    assert_eq!(messages.iter().filter(|it| published(it)).count(), 1, "only mosquitto_pub published, once");
    let listened = messages.iter().any(|it| from_clients(it) && it.kinds.contains(&SUBSCRIBE));
    let heard = messages.iter().any(|it| !from_clients(it) && it.kinds.contains(&PUBLISH));
    assert!(listened && heard, "the desk was seen: {messages:?}");
}

/// Messages from clients, once there are so many of a kind.
fn until_sent(
    capture: &Capture,
    (protocol, field): (&str, &str),
    count: usize,
    counts: impl Fn(&capture::Message) -> bool,
) -> Vec<capture::Message> {
    let begin = Instant::now();
    loop {
        let messages = capture.messages(protocol, field);
        if messages.iter().filter(|it| counts(it)).count() >= count {
            return messages;
        }
        assert!(begin.elapsed() < DEADLINE, "the capture does not see what was sent: {messages:?}");
        thread::sleep(Duration::from_millis(200));
    }
}

/// The desk of the other tests, less the wish to look only.
#[test]
fn over_opcua_a_desk_that_may_write_is_seen_to() {
    let (server, writes, folder, _certificates) = lease::plant();
    let port = server.url().split(['/', ':']).find_map(|part| part.parse::<u16>().ok()).expect("a port");
    let capture = Capture::of_port(port);
    let mut desk = OneChange::open(folder);
    assert_eq!(capture.messages("opcua", SERVICE).iter().filter(|it| it.kinds.contains(&WRITE)).count(), 0);
    desk.push(lease::both());
    desk.reach(State::OnTrial);
    let written = writes.lock().expect("nobody panics").len();
    assert_eq!(written, 3, "two steps of one setting and one of the other");
    let writes = |it: &capture::Message| it.from_port != port && it.kinds.contains(&WRITE);
    let messages = until_sent(&capture, ("opcua", SERVICE), written, writes);
    assert_eq!(messages.iter().filter(|it| writes(it)).count(), written, "each is sent once");
    let calls = messages.iter().filter(|it| it.from_port != port && it.kinds.contains(&CALL)).count();
    assert!(calls >= 2, "the lease is armed for each setting: {messages:?}");
}

#[test]
fn over_mqtt_a_desk_that_may_write_is_seen_to() {
    let broker = Broker::open();
    let capture = Capture::of_port(broker.port);
    let _plant = mqtt_plant(&broker, "5", "answer");
    let source = format!("kind = \"mqtt\"\nurl = \"mqtt://127.0.0.1:{}\"", broker.port);
    let mut desk = OneChange::open(project(&source, TIMED, ASKED));
    let published = |message: &capture::Message| message.from_port != broker.port && message.kinds.contains(&PUBLISH);
    // Until now only the plant speaks.
    let messages = until_sent(&capture, ("mqtt", "mqtt.msgtype"), 1, published);
    let speaking: BTreeSet<u16> = messages.iter().filter(|it| published(it)).map(|it| it.from_port).collect();
    assert_eq!(speaking.len(), 1, "{messages:?}");
    desk.push(slower());
    desk.reach(State::OnTrial);
    let by_desk = |message: &capture::Message| published(message) && !speaking.contains(&message.from_port);
    let messages = until_sent(&capture, ("mqtt", "mqtt.msgtype"), 2, by_desk);
    assert_eq!(messages.iter().filter(|it| by_desk(it)).count(), 2, "each step is sent once: {messages:?}");
}
