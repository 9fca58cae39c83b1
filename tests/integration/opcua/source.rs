//! What asyncua's server tells arrives as samples; what goes wrong is told in words.

use std::fs;

use serde_json::json;
use twinscope::domain::quality::{BadReason, Quality, UncertainReason};
use twinscope::domain::source::{OpcuaIdentity, OpcuaPolicy, OpcuaSecurity, OpcuaSpec, Secret};
use twinscope::domain::time::{Span, Timestamp};
use twinscope::domain::value::{Value, ValueKind};

use super::judge::{Server, USER, free_port};
use super::twin::{Twin, node, spec};

const SPEED: &str = "ns=2;s=Filler.Speed";

#[test]
fn values_arrive_with_their_quality_and_source_time() {
    let mut server = Server::open(0);
    let nodes = vec![
        node(SPEED, 0, ValueKind::Real),
        node("/Objects/2:Line/2:Filler/2:State", 1, ValueKind::Text),
        node("nsu=urn:test:line;s=Filler.Count", 2, ValueKind::Int),
        node("ns=2;s=Filler.Running", 3, ValueKind::Bool),
    ];
    let twin = Twin::up(spec(server.endpoint(), nodes));
    let mut first = [twin.next(), twin.next(), twin.next(), twin.next()];
    first.sort_by_key(|sample| sample.signal);
    let values = first.map(|sample| sample.value);
    assert_eq!(values, [Value::Real(600.0), Value::text("Execute"), Value::Int(7), Value::Bool(true)]);

    let at = |secs: f64| Timestamp::from_millis((secs * 1e3) as i64);
    let last_usable = Quality::Uncertain(UncertainReason::LastUsableValue);
    for (number, status, quality, secs) in [
        (500.0, 0, Quality::Good, 1_700_000_000.25),
        (501.0, 0x4090_0000_u32, last_usable, 1_700_000_000.5),
        (501.0, 0x4000_0000, Quality::Uncertain(UncertainReason::Unspecified), 1_700_000_000.75),
    ] {
        server.tell(&json!({"node": "Speed", "value": number, "status": status, "source": secs, "server": secs + 9.0}));
        let sample = twin.next();
        assert_eq!((sample.value, sample.quality), (Value::Real(number), quality));
        assert_eq!(sample.source_time, at(secs));
        assert!(sample.received_time > at(secs));
    }
    server.tell(&json!({"node": "Speed", "value": 503.0, "server": 1_700_000_002.0}));
    assert_eq!(twin.next().source_time, at(1_700_000_002.0), "the server's time stands in");
    // With a bad status there is no value on the wire (OPC 10000-4, 7.11.1).
    for (status, reason) in [(0x8031_0000_u32, BadReason::NoCommunication), (0x808C_0000, BadReason::SensorFailure)] {
        server.tell(&json!({"node": "Speed", "status": status, "source": 1_700_000_003.0}));
        let lost = twin.next();
        assert_eq!((lost.value, lost.quality), (Value::Real(503.0), Quality::Bad(reason)));
        assert_eq!(lost.source_time, at(1_700_000_003.0));
    }
    assert_eq!(twin.status().last_error, None);
}

#[test]
fn a_missing_node_and_an_array_are_told_by_name_and_the_others_go_on() {
    let server = Server::open(0);
    let nodes = vec![
        node("ns=2;s=Filler.Nothing", 0, ValueKind::Real),
        node("/Objects/2:Line/2:Nowhere", 1, ValueKind::Real),
        node("Filler.Speed", 2, ValueKind::Real),
        node("ns=2;s=Filler.List", 3, ValueKind::Real),
        node(SPEED, 4, ValueKind::Real),
    ];
    let twin = Twin::up(spec(server.endpoint(), nodes));
    assert_eq!(twin.next_of(4).value, Value::Real(600.0));
    let status = twin.wait_for("told of the array", |status| status.last_rejected.is_some());
    let rejected = status.last_rejected.unwrap_or_default();
    assert!(rejected.contains("Filler.List: an array of 3 values"), "{rejected}");
    let told = status.last_error.map(|error| error.message).unwrap_or_default();
    assert!(told.contains("ns=2;s=Filler.Nothing") && told.contains("source \"line1\""), "{told}");
}

#[test]
fn a_server_that_was_killed_shows_on_the_link_and_is_found_again() {
    let server = Server::open(0);
    let port = server.port;
    let twin = Twin::up(spec(server.endpoint(), vec![node(SPEED, 0, ValueKind::Real)]));
    assert_eq!(twin.next().value, Value::Real(600.0));
    drop(server);
    twin.down_with("Values of this link are frozen");
    let mut server = Server::start(port, 0, false);
    twin.wait_for("up again", |status| status.connected());
    assert_eq!(twin.next().value, Value::Real(600.0));
    for number in [610.0, 620.0, 630.0] {
        server.tell(&json!({"node": "Speed", "value": number}));
        assert_eq!(twin.next().value, Value::Real(number));
    }
    assert!(twin.status().reconnects >= 1);
}

#[test]
fn fifteen_hundred_variables_arrive_in_one_subscription() {
    const COUNT: u32 = 1_500;
    let mut server = Server::open(COUNT as usize);
    let nodes = (0..COUNT).map(|index| node(&format!("ns=2;s=Filler.Extra{index}"), index, ValueKind::Real)).collect();
    let twin = Twin::up(spec(server.endpoint(), nodes));
    let mut seen = vec![false; COUNT as usize];
    while seen.contains(&false) {
        let sample = twin.next();
        assert_eq!(sample.value, Value::Real(f64::from(sample.signal.0)));
        seen[sample.signal.index()] = true;
    }
    server.tell(&json!({"node": "Extra1499", "value": -1.0}));
    assert_eq!(twin.next_of(1_499).value, Value::Real(-1.0));
}

#[test]
fn small_changes_stay_in_the_deadband() {
    let mut server = Server::open(0);
    let mut speed = node(SPEED, 0, ValueKind::Real);
    speed.deadband = Some(5.0);
    let twin = Twin::up(spec(server.endpoint(), vec![speed]));
    assert_eq!(twin.next().value, Value::Real(600.0));
    for number in [603.0, 598.0, 700.0] {
        server.tell(&json!({"node": "Speed", "value": number}));
    }
    assert_eq!(twin.next().value, Value::Real(700.0));
}

fn secured(server: &Server, password: &str) -> OpcuaSpec {
    let file = server.folder.path().join(format!("password {password}"));
    fs::write(&file, password).expect("a password file");
    let mut endpoint = server.endpoint();
    endpoint.security = OpcuaSecurity::SignAndEncrypt(OpcuaPolicy::Basic256Sha256);
    endpoint.identity = OpcuaIdentity::User { name: USER.0.to_owned(), password: Secret::File(file) };
    endpoint.trust_on_first_use = true;
    spec(endpoint, vec![node(SPEED, 0, ValueKind::Real)])
}

#[test]
fn values_come_encrypted_after_a_login_and_a_wrong_password_is_refused_in_words() {
    let server = Server::secured();
    let right = secured(&server, USER.1);
    let certificates = right.endpoint.certificates.clone();
    let twin = Twin::up(right);
    assert_eq!(twin.next().value, Value::Real(600.0));
    assert!(certificates.join("own/cert.der").is_file() && certificates.join("private/private.pem").is_file());
    drop(twin);

    let message = Twin::start(secured(&server, "guess")).down_with("refused the login");
    assert!(message.contains("Check the user, password"), "{message}");
    assert!(!message.contains("guess"), "{message}");
}

#[test]
fn a_server_that_was_never_seen_is_trusted_by_a_person_only() {
    let server = Server::secured();
    let mut spec = secured(&server, USER.1);
    spec.endpoint.trust_on_first_use = false;
    let certificates = spec.endpoint.certificates.clone();
    let twin = Twin::start(spec);
    let message = twin.down_with("is not trusted yet");
    assert!(message.contains(&certificates.join("rejected").display().to_string()), "{message}");
    assert!(message.contains(&certificates.join("trusted").display().to_string()), "{message}");
    for file in fs::read_dir(certificates.join("rejected")).expect("the folder").flatten() {
        fs::rename(file.path(), certificates.join("trusted").join(file.file_name())).expect("a person moves it");
    }
    twin.wait_for("up", |status| status.connected());
    assert_eq!(twin.next().value, Value::Real(600.0));
}

#[test]
fn what_a_server_does_not_offer_is_told_with_what_it_does() {
    let server = Server::secured();
    let mut spec = secured(&server, USER.1);
    spec.endpoint.security = OpcuaSecurity::None;
    Twin::start(spec).down_with("it offers Basic256Sha256 SignAndEncrypt");
    let mut spec = secured(&server, USER.1);
    spec.endpoint.identity = OpcuaIdentity::Anonymous;
    Twin::start(spec).down_with("it takes user and password");
}

#[test]
fn without_a_server_the_link_says_where_it_looked() {
    let server = Server::open(0);
    let mut spec = spec(server.endpoint(), vec![node(SPEED, 0, ValueKind::Real)]);
    let port = free_port();
    spec.endpoint.url = format!("opc.tcp://127.0.0.1:{port}");
    Twin::start(spec.clone()).down_with(&format!("No OPC UA server answers at opc.tcp://127.0.0.1:{port}"));
    spec.endpoint.url = "http://127.0.0.1".to_owned();
    Twin::start(spec).down_with("is no address of an OPC UA server");
}

#[test]
fn a_password_is_not_sent_unprotected_over_a_network() {
    let server = Server::open(0);
    let mut spec = secured(&server, USER.1);
    spec.endpoint.security = OpcuaSecurity::None;
    // An address that is for documentation only (RFC 5737): nothing is sent there.
    spec.endpoint.url = "opc.tcp://192.0.2.1:4840".to_owned();
    spec.publishing_interval = Span::from_millis(50);
    Twin::start(spec).down_with("was not asked: without security");
}
