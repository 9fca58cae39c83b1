//! What a broken network does to a link.

use std::time::{Duration, Instant};

use serde_json::json;
use twinscope::domain::link::LinkState;
use twinscope::domain::quality::Quality;
use twinscope::domain::time::Timestamp;
use twinscope::domain::value::{Value, ValueKind};
use twinscope::protocol::opcua::ALIVE_WITHIN;
use twinscope::protocol::opcua::server::{PlantServer, ServerSettings, Variable, WriteAnswer};

use super::judge::{Server, endpoint};
use super::proxy::Proxy;
use super::twin::{Twin, node, spec};

#[test]
fn what_the_server_kept_while_the_connection_was_cut_still_arrives() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = ServerSettings { port: 0, certificates: folder.path().join("plant"), security: None };
    let speed = Variable {
        path: "Filler/Speed".to_owned(),
        description: String::new(),
        unit: twinscope::domain::unit::Unit::none(),
        range: None,
        writable: false,
        initial: Value::Real(600.0),
    };
    let plant = PlantServer::start(&settings, vec![speed], Box::new(|_| WriteAnswer::Good)).expect("a server");
    let port = plant.url().trim_end_matches('/').rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let proxy = Proxy::to(port);
    let endpoint = endpoint(format!("opc.tcp://127.0.0.1:{}/", proxy.port), folder.path());
    let nodes = vec![node("nsu=urn:twinscope:plant;s=Filler/Speed", 0, ValueKind::Real)];
    let twin = Twin::up(spec(endpoint, nodes));
    assert_eq!(twin.next().value, Value::Real(600.0));

    proxy.hold();
    proxy.cut();
    twin.down_with("broke");
    for number in [610, 620, 630] {
        let at = Timestamp::from_millis(1_700_000_000_000 + number);
        plant.set("Filler/Speed", &Value::Real(number as f64), at, Quality::Good).expect("a variable");
    }
    proxy.release();
    // The server may send them into the broken connection: then they come with its next sign of life.
    for number in [610.0, 620.0, 630.0] {
        assert_eq!(twin.next().value, Value::Real(number));
    }
    let status = twin.wait_for("up again", |status| status.connected());
    assert_eq!(status.reconnects, 1);
    let told = status.last_error.map(|error| error.message).unwrap_or_default();
    assert!(told.contains("broke"), "nothing else went wrong: {told}");
}

#[test]
fn a_server_that_falls_silent_shows_within_the_stated_time_and_is_found_again() {
    let mut server = Server::open(0);
    let proxy = Proxy::to(server.port);
    let mut endpoint = server.endpoint();
    endpoint.url = format!("opc.tcp://127.0.0.1:{}/", proxy.port);
    let twin = Twin::up(spec(endpoint, vec![node("ns=2;s=Filler.Speed", 0, ValueKind::Real)]));
    assert_eq!(twin.next().value, Value::Real(600.0));
    proxy.hold();
    let held = Instant::now();
    twin.wait_for("down", |status| matches!(status.state, LinkState::Down { .. }));
    assert!(held.elapsed() < ALIVE_WITHIN + Duration::from_secs(2), "{:?}", held.elapsed());
    proxy.cut();
    proxy.release();
    twin.wait_for("up again", |status| status.connected());
    server.tell(&json!({"node": "Speed", "value": 610.0}));
    while twin.next().value != Value::Real(610.0) {}
}
