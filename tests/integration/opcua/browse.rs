//! What stands in asyncua's server is listed as a project needs it.

use twinscope::domain::unit::Unit;
use twinscope::domain::value::{Value, ValueKind};
use twinscope::protocol::opcua::browse::{Found, Limits, Node, browse};
use twinscope::protocol::opcua::{Fault, connect};

use super::judge::Server;

fn found(from: &str, filter: Option<&str>, limits: Limits) -> Found {
    let server = Server::open(60);
    let threads = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    threads.block_on(async {
        let connected: Result<_, Fault> = connect(&server.endpoint(), None, "browse").await;
        let mut connection = connected.expect("a connection");
        let found = browse(&mut connection, from, filter, limits).await.expect("nodes");
        connection.close().await;
        found
    })
}

#[test]
fn variables_are_listed_with_unit_range_and_access() {
    let Found { nodes, cut } = found("/Objects/2:Line", None, Limits { variables: 1_000, depth: 5 });
    assert_eq!((nodes.len(), cut), (65, Vec::new()));
    let expected = Node {
        path: "/Objects/2:Line/2:Filler/2:Speed".to_owned(),
        id: "ns=2;s=Filler.Speed".to_owned(),
        lasting_id: "nsu=urn:test:line;s=Filler.Speed".to_owned(),
        data_type: "Double".to_owned(),
        kind: Some(ValueKind::Real),
        unit: Unit::new("/min"),
        range: Some((0.0, 900.0)),
        readable: true,
        writable: true,
        value: Some(Value::Real(600.0)),
        description: "Bottles each minute".to_owned(),
    };
    assert_eq!(nodes[0], expected);
    let rest: Vec<_> = nodes[1..5]
        .iter()
        .map(|node| (node.id.as_str(), node.data_type.as_str(), node.kind, node.writable, node.value.clone()))
        .collect();
    let expected = [
        ("ns=2;s=Filler.State", "String", Some(ValueKind::Text), false, Some(Value::text("Execute"))),
        ("ns=2;s=Filler.Count", "UInt32", Some(ValueKind::Int), false, Some(Value::Int(7))),
        ("ns=2;s=Filler.Running", "Boolean", Some(ValueKind::Bool), false, Some(Value::Bool(true))),
        ("ns=2;s=Filler.List", "Double[]", None, false, None),
    ];
    assert_eq!(rest, expected);
}

#[test]
fn a_search_ends_at_its_limits_with_a_word_and_leaves_the_server_object_out() {
    let cut = found("/Objects", None, Limits { variables: 7, depth: 9 });
    assert_eq!(
        (cut.nodes.len(), cut.cut),
        (7, vec!["There are more than the 7 variables that are listed.".to_owned()])
    );
    let shallow = found("/Objects", None, Limits { variables: 1_000, depth: 2 });
    assert_eq!(shallow.nodes.len(), 0);
    let [words] = shallow.cut.as_slice() else { panic!("{:?}", shallow.cut) };
    assert!(words.starts_with("What lies below ") && words.ends_with(" at depth 2 was not looked at."), "{words}");
    let whole = found("ns=0;i=85", None, Limits { variables: 65, depth: 9 });
    assert_eq!((whole.nodes.len(), whole.cut), (65, Vec::new()));
}

#[test]
fn a_filter_chooses_by_path_or_node_id_before_anything_is_counted() {
    let all = Limits { variables: 5, depth: 9 };
    let ids = |filter| found("/Objects", Some(filter), all).nodes.into_iter().map(|node| node.id).collect::<Vec<_>>();
    assert_eq!(ids("sPEED"), ["ns=2;s=Filler.Speed"]);
    assert_eq!(
        ids("filler.extra5"),
        ["5", "50", "51", "52", "53"].map(|number| format!("ns=2;s=Filler.Extra{number}"))
    );
    assert_eq!(ids("no such"), [""; 0]);
}
