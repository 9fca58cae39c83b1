//! The plant's server as asyncua's client finds it.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use twinscope::domain::quality::{BadReason, Quality};
use twinscope::domain::time::{Span, Timestamp};
use twinscope::domain::unit::Unit;
use twinscope::domain::value::{Value, ValueKind};
use twinscope::protocol::opcua::server::{
    By, OnWrite, PlantServer, Proof, Rejection, ServerError, ServerSecurity, ServerSettings, ServerUser, Variable,
    Write, WriteAnswer,
};

use super::DEADLINE;
use super::judge::{USER, endpoint, visit};
use super::twin::{Twin, node, spec};

type Writes = Arc<Mutex<Vec<(String, Value, By)>>>;

fn variable(path: &str, initial: Value, writable: bool) -> Variable {
    let (unit, description) = (Unit::none(), String::new());
    Variable { path: path.to_owned(), description, unit, range: None, writable, initial }
}

fn variables() -> Vec<Variable> {
    let speed = Variable {
        description: "Bottles each minute".to_owned(),
        unit: Unit::new("/min"),
        range: Some((0.0, 900.0)),
        ..variable("Filler/Speed", Value::Real(600.0), true)
    };
    vec![
        speed,
        variable("Filler/State", Value::text("Execute"), false),
        variable("Filler/Count", Value::Int(7), false),
        variable("Filler/Drive/Running", Value::Bool(true), false),
    ]
}

fn start(folder: &Path, security: Option<ServerSecurity>, writes: &Writes) -> PlantServer {
    let settings = ServerSettings { port: 0, certificates: folder.join("plant"), security };
    let server = PlantServer::start(&settings, variables(), plant(writes)).expect("a server");
    let began = Timestamp::from_millis(1_600_000_000_000);
    server.set("Filler/State", &Value::text("Execute"), began, Quality::Good).expect("a variable");
    server
}

/// Takes 0 to 900, clamps above and rejects below.
fn plant(writes: &Writes) -> OnWrite {
    let writes = Arc::clone(writes);
    Box::new(move |Write { path, value, by }| {
        writes.lock().expect("nobody panics").push((path.clone(), value.clone(), by.clone()));
        match value.as_f64() {
            Some(number) if number > 900.0 => WriteAnswer::Clamped(Value::Real(900.0)),
            Some(number) if number >= 0.0 => WriteAnswer::Good,
            _ => WriteAnswer::Rejected(Rejection::OutOfRange),
        }
    })
}

/// All that a visit sees, and what the plant was asked.
fn check(found: &serde_json::Value, writes: &Writes, who: &str) {
    let expected = json!({
        "children": ["Count", "Drive", "Speed", "State"],
        // AnalogItemType (OPC 10000-6, NodeIds.csv).
        "type": 2368,
        "range": [0.0, 900.0],
        // "C94", reciprocal minute.
        "unit": [4_405_556, "/min"],
        "description": "Bottles each minute",
        "state": "Execute",
        "good": 0, "after_good": 500.0,
        // Good_Clamped, Bad_OutOfRange, Bad_NotWritable (OPC 10000-6, StatusCode.csv).
        "clamped": 0x0030_0000, "after_clamped": 900.0,
        "rejected": 0x803C_0000_u32,
        "not_writable": 0x803B_0000_u32,
        // Bad_InvalidState, Bad_NodeIdUnknown.
        "feed_free": 0x80AF_0000_u32, "arm_unknown": 0x8034_0000_u32,
        "arm": 0, "arm_twice": 0, "feed": 0,
        "reverted": 600.0,
        "arm_again": 0, "release_other": 0x80AF_0000_u32, "release_one": 0, "feed_released": 0x80AF_0000_u32,
        "arm_for_all": 0, "release": 0,
        "write_before_death": 0, "arm_before_death": 0,
    });
    for (name, expected) in expected.as_object().expect("an object") {
        assert_eq!(&found[name], expected, "{name} in {found}");
    }
    // Uncertain_InitialValue, until the plant tells one.
    assert_eq!(found["first"], json!([600.0, 0x4092_0000, null]));
    let remaining = found["remaining"].as_f64().unwrap_or_default();
    assert!(remaining > 0.0 && remaining <= 1.0, "{remaining}");

    let client = || By::Client(who.to_owned());
    let asked = |number: f64, by| ("Filler/Speed".to_owned(), Value::Real(number), by);
    let expected = vec![
        asked(500.0, client()),
        asked(5_000.0, client()),
        asked(-1.0, client()),
        asked(600.0, By::Lease),
        asked(450.0, client()),
        // The client is gone by now.
        asked(600.0, By::Lease),
    ];
    let started = Instant::now();
    while writes.lock().expect("nobody panics").len() < expected.len() {
        assert!(started.elapsed() < DEADLINE, "{writes:?}");
        thread::park_timeout(Duration::from_millis(5));
    }
    assert_eq!(*writes.lock().expect("nobody panics"), expected);
}

#[test]
fn a_client_reads_units_writes_within_limits_and_the_lease_goes_back_without_it() {
    let (writes, folder) = (Writes::default(), tempfile::tempdir().expect("a temporary folder"));
    let server = start(folder.path(), None, &writes);
    check(&visit(&server.url(), None), &writes, "anonymous");
}

#[test]
fn with_security_a_client_needs_a_certificate_and_a_login() {
    let (writes, folder) = (Writes::default(), tempfile::tempdir().expect("a temporary folder"));
    let users = vec![ServerUser { name: USER.0.to_owned(), proof: Proof::Password(USER.1.to_owned()) }];
    let server = start(folder.path(), Some(ServerSecurity { trust_clients: true, users }), &writes);
    check(&visit(&server.url(), Some(folder.path())), &writes, USER.0);
}

#[test]
fn what_the_plant_sets_reaches_a_twin_with_time_and_quality() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = start(folder.path(), None, &Writes::default());
    let nodes = vec![
        node("nsu=urn:twinscope:plant;s=Filler/Speed", 0, ValueKind::Real),
        node("nsu=urn:twinscope:plant;s=Filler/State", 1, ValueKind::Text),
    ];
    let twin = Twin::up(spec(endpoint(server.url(), folder.path()), nodes));
    let mut first = [twin.next(), twin.next()];
    first.sort_by_key(|sample| sample.signal);
    assert_eq!(first.map(|sample| sample.value), [Value::Real(600.0), Value::text("Execute")]);
    let at = Timestamp::from_millis(1_700_000_000_250);
    let broken = Quality::Bad(BadReason::SensorFailure);
    server.set("Filler/Speed", &Value::Real(321.5), at, broken).expect("a variable");
    let sample = twin.next();
    assert_eq!((sample.value, sample.quality, sample.source_time), (Value::Real(321.5), broken, at));
    server.set("Filler/Speed", &Value::Real(321.5), at, Quality::Good).expect("a variable");
    assert_eq!(twin.next().quality, Quality::Good, "a change of quality alone is told");
    for millis in 1..=5 {
        let at = at + Span::from_millis(millis);
        server.set("Filler/Speed", &Value::Real(millis as f64), at, Quality::Good).expect("a variable");
        let sample = twin.next();
        assert_eq!((sample.value, sample.source_time), (Value::Real(millis as f64), at));
    }
    server.set("Filler/State", &Value::text("Held"), at, Quality::Good).expect("a variable");
    assert_eq!(twin.next_of(1).value, Value::text("Held"));
    let unknown = server.set("Filler/State", &Value::Int(5), at, Quality::Good);
    assert!(matches!(unknown, Err(ServerError::Unknown(path)) if path == "Filler/State"));
}

#[test]
fn paths_that_have_no_place_are_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = ServerSettings { port: 0, certificates: folder.path().to_owned(), security: None };
    for path in ["", "Filler//Speed", "Lease/Arm", "Filler/Speed"] {
        let mut variables = variables();
        variables.push(variable(path, Value::Bool(false), false));
        let refused = PlantServer::start(&settings, variables, plant(&Writes::default()));
        assert!(matches!(refused, Err(ServerError::Path(wrong)) if wrong == path), "{path}");
    }
}
