//! The link against the plant's own server.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::domain::change::ChangeId;
use crate::domain::quality::Quality;
use crate::domain::source::{OpcuaIdentity, OpcuaSecurity};
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::protocol::opcua::server::{By, PlantServer, Rejection, ServerSettings, Variable, Write, WriteAnswer};

/// Looks at the link, and the time between two of them: half a minute and more.
const LOOKS: u32 = 6_000;
const LOOK: Duration = Duration::from_millis(5);
const SPEED: &str = "Line/Filler/Speed";
const COUNT: &str = "Line/Filler/Count";
const AT: Timestamp = Timestamp::from_millis(1_700_000_000_000);

type Written = Arc<Mutex<Vec<(String, f64, bool)>>>;

struct Plant {
    server: Option<PlantServer>,
    /// Path, value, and whether the lease wrote it.
    written: Written,
    link: OpcuaLink,
    _folder: TempDir,
}

/// A filler that takes 0 to 900 bottles a minute: clamps above, refuses below. The link has them by the hour.
fn plant() -> Plant {
    let folder = tempfile::tempdir().expect("a folder");
    let written = Written::default();
    let variable = |path: &str, initial| Variable {
        path: path.to_owned(),
        description: String::new(),
        unit: Unit::none(),
        range: None,
        writable: true,
        initial,
    };
    let variables = vec![variable("Filler/Speed", Value::Real(600.0)), variable("Filler/Count", Value::Int(7))];
    let asked = Arc::clone(&written);
    let on_write = Box::new(move |Write { path, value, by }: &Write| {
        let number = value.as_f64().expect("a number");
        asked.lock().expect("nobody panics").push((path.clone(), number, *by == By::Lease));
        match number {
            number if number > 900.0 => WriteAnswer::Clamped(Value::Real(900.0)),
            number if number < 0.0 => WriteAnswer::Rejected(Rejection::OutOfRange),
            _ => WriteAnswer::Good,
        }
    });
    let settings = ServerSettings { port: 0, certificates: folder.path().join("plant"), security: None };
    let server = PlantServer::start(&settings, variables, on_write).expect("a server");
    for (path, value) in [("Filler/Speed", Value::Real(600.0)), ("Filler/Count", Value::Int(7))] {
        server.set(path, &value, AT, Quality::Good).expect("a variable");
    }
    let way = |signal: &str, node: &str, convert: Option<(Unit, Unit)>| {
        let variable = OpcuaVariable { node: format!("nsu=urn:twinscope:plant;s={node}"), convert };
        let (written, read) = (Some(variable.clone()), Some(variable));
        OpcuaWay { signal: signal.to_owned(), written, read, deadline: Span::from_secs(5) }
    };
    let per_hour = Some((Unit::new("/h"), Unit::new("/min")));
    let ways = vec![
        way(SPEED, "Filler/Speed", per_hour),
        way(COUNT, "Filler/Count", None),
        way("Line/Nothing", "Filler/Nothing", None),
    ];
    let endpoint = OpcuaEndpoint {
        url: server.url(),
        security: OpcuaSecurity::None,
        identity: OpcuaIdentity::Anonymous,
        certificates: folder.path().join("ours"),
        trust_on_first_use: false,
    };
    let server_of = OpcuaServer { source: "plc".to_owned(), endpoint, ways };
    let link = OpcuaLink::new(Io::start().expect("a thread"), server_of);
    let plant = Plant { server: Some(server), written, link, _folder: folder };
    plant.wait("up", |link| link.connected().is_ok());
    plant
}

impl Plant {
    #[track_caller]
    fn wait(&self, what: &str, holds: impl Fn(&OpcuaLink) -> bool) {
        for _ in 0..LOOKS {
            if holds(&self.link) {
                return;
            }
            thread::park_timeout(LOOK);
        }
        panic!("not {what}: {:?}", self.link.connected());
    }

    fn write(&mut self, signal: &str, value: f64) -> WriteOutcome {
        self.link.write(&WriteRequest {
            change: ChangeId::new("C-1").expect("an id"),
            sequence: 1,
            signal: signal.to_owned(),
            value,
            unit: "/h".to_owned(),
            expected: 0.0,
            deadline: Span::from_secs(5),
        })
    }

    /// To a millionth: units are converted.
    fn written(&self) -> Vec<(String, f64, bool)> {
        let written = self.written.lock().expect("nobody panics").clone();
        written.into_iter().map(|(path, value, lease)| (path, (value * 1e6).round() / 1e6, lease)).collect()
    }
}

#[test]
fn values_go_once_in_the_type_and_unit_of_the_variable() {
    let mut plant = plant();
    let before = plant.link.read(SPEED);
    assert_eq!(before, Ok(ReadBack { value: 36_000.0, source_time: AT, quality: Quality::Good }));
    assert_eq!(plant.write(SPEED, 34_200.0), WriteOutcome::Accepted);
    let after = plant.link.read(SPEED).expect("a value");
    assert!(after.value == 34_200.0 && after.source_time > AT, "{after:?}");
    assert_eq!(plant.write(COUNT, 8.0), WriteOutcome::Accepted);
    assert_eq!(plant.write(SPEED, 60_000.0), WriteOutcome::Clamped);
    let refused = "the value is outside of the range that the equipment takes (BadOutOfRange)";
    assert_eq!(plant.write(SPEED, -60.0), WriteOutcome::Rejected(refused.into()));
    let not_sent = "8.5 is no whole number, and a variable of type Int64 holds only those";
    assert_eq!(plant.write(COUNT, 8.5), WriteOutcome::NotSent(not_sent.into()));
    let WriteOutcome::NotSent(missing) = plant.write("Line/Nothing", 1.0) else { panic!("sent") };
    assert!(missing.contains("type") || missing.contains("no such"), "{missing}");
    let WriteOutcome::NotSent(unknown) = plant.write("Line/Elsewhere", 1.0) else { panic!("sent") };
    assert!(unknown.contains("does not go to Line/Elsewhere"), "{unknown}");
    let asked = [("Filler/Speed", 570.0), ("Filler/Count", 8.0), ("Filler/Speed", 1_000.0), ("Filler/Speed", -1.0)];
    assert_eq!(plant.written(), asked.map(|(path, value)| (path.to_owned(), value, false)));
}

#[test]
fn the_lease_of_the_server_is_the_watchdog_of_each_setting_by_itself() {
    let mut plant = plant();
    assert!(plant.link.watchdog(SPEED) && plant.link.watchdog(COUNT) && !plant.link.watchdog("Line/Elsewhere"));
    assert_eq!(plant.link.release(SPEED), Ok(()), "nothing is armed");
    assert!(plant.link.feed(SPEED).is_err_and(|why| why.contains("ran out")));
    assert_eq!(plant.link.arm(SPEED, 36_000.0), Ok(()));
    assert_eq!(plant.link.arm(COUNT, 7.0), Ok(()), "beside the other one");
    assert_eq!(plant.link.feed(COUNT), Ok(()));
    assert_eq!(plant.link.release(SPEED), Ok(()));
    assert_eq!(plant.link.feed(COUNT), Ok(()), "the other one is armed still");
    assert_eq!((plant.link.release(COUNT), plant.link.release(COUNT)), (Ok(()), Ok(())));
    assert_eq!(plant.written(), []);
}

#[test]
fn without_a_server_nothing_is_sent_and_the_link_says_why() {
    let mut plant = plant();
    drop(plant.server.take());
    plant.wait("down", |link| link.connected().is_err());
    let why = plant.link.connected().expect_err("down");
    assert!(why.contains("source \"plc\"") || why.contains("at once"), "{why}");
    let WriteOutcome::NotSent(why) = plant.write(SPEED, 34_200.0) else { panic!("sent") };
    assert!(why.contains("OPC UA server"), "{why}");
    assert!(plant.link.read(SPEED).is_err() && plant.link.arm(SPEED, 36_000.0).is_err());
    assert!(!plant.link.watchdog(SPEED));
    assert_eq!(plant.written(), []);
}

#[test]
fn values_are_converted_there_and_back() {
    let convert = Some((Unit::new("/h"), Unit::new("/min")));
    let variable = OpcuaVariable { node: "i=1".into(), convert };
    assert_eq!(to_plant(36_000.0, &variable), Ok(600.0));
    assert_eq!(from_plant(600.0, &variable), Ok(36_000.0));
    let strange = OpcuaVariable { convert: Some((Unit::new("/h"), Unit::new("bar"))), ..variable };
    assert!(to_plant(1.0, &strange).is_err() && from_plant(1.0, &strange).is_err());
}
