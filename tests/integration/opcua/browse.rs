//! What stands in asyncua's server is listed as a project needs it.

use twinscope::domain::unit::Unit;
use twinscope::domain::value::ValueKind;
use twinscope::protocol::opcua::browse::{Limits, Node, browse};
use twinscope::protocol::opcua::{Fault, connect};

use super::judge::Server;

fn found(from: &str, limits: Limits) -> Vec<Node> {
    let server = Server::open(60);
    let threads = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    threads.block_on(async {
        let connected: Result<_, Fault> = connect(&server.endpoint(), None, "browse").await;
        let mut connection = connected.expect("a connection");
        let found = browse(&mut connection, from, limits).await.expect("nodes");
        connection.close().await;
        found
    })
}

#[test]
fn variables_are_listed_with_unit_range_and_access() {
    let nodes = found("/Objects/2:Line", Limits { variables: 1_000, depth: 5 });
    assert_eq!(nodes.len(), 65);
    let expected = Node {
        path: "/Objects/2:Line/2:Filler/2:Speed".to_owned(),
        id: "ns=2;s=Filler.Speed".to_owned(),
        kind: Some(ValueKind::Real),
        unit: Unit::new("/min"),
        range: Some((0.0, 900.0)),
        writable: true,
        description: "Bottles each minute".to_owned(),
    };
    assert_eq!(nodes[0], expected);
    let rest: Vec<_> = nodes[1..5].iter().map(|node| (node.id.as_str(), node.kind, node.writable)).collect();
    let expected = [
        ("ns=2;s=Filler.State", Some(ValueKind::Text), false),
        ("ns=2;s=Filler.Count", Some(ValueKind::Int), false),
        ("ns=2;s=Filler.Running", Some(ValueKind::Bool), false),
        ("ns=2;s=Filler.List", None, false),
    ];
    assert_eq!(rest, expected);
}

#[test]
fn a_search_ends_at_its_limits_and_leaves_the_server_object_out() {
    assert_eq!(found("/Objects", Limits { variables: 7, depth: 9 }).len(), 7);
    assert_eq!(found("/Objects", Limits { variables: 1_000, depth: 2 }).len(), 0);
    assert_eq!(found("ns=0;i=85", Limits { variables: 1_000, depth: 9 }).len(), 65);
}
