//! Servers of kind `opcua` and the variables of them.

use super::{Plant, told};
use crate::domain::source::{
    OpcuaEndpoint, OpcuaIdentity, OpcuaNode, OpcuaPolicy, OpcuaSecurity, OpcuaSpec, OpcuaTrigger, Secret, SourceKind,
};
use crate::domain::time::Span;
use crate::domain::unit::Unit;
use crate::domain::value::ValueKind;

fn server(project: &str) -> (OpcuaSpec, Plant) {
    let plant = Plant::new(project);
    let mut sources = plant.project().sources;
    match sources.pop().map(|source| source.kind) {
        Some(SourceKind::Opcua(spec)) => (spec, plant),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_server_is_as_written() {
    let (spec, plant) = server(
        r#"
[[source]]
name = "plc"
kind = "opcua"
url = "opc.tcp://10.0.0.5:4840/line"
security = "sign"
policy = "Aes256_Sha256_RsaPss"
user = "desk"
password = "env:PLC_PASSWORD"
certificates = "pki"
trust_on_first_use = true
publishing_secs = 1
sampling_secs = 0
queue_size = 50
trigger = "timestamp"
history_secs = 3600
[[signal]]
path = "Filler/Speed"
unit = "/min"
node = "ns=2;s=Filler.Speed"
payload_unit = "/h"
deadband = 30
[[signal]]
path = "Filler/State"
kind = "text"
node = "/Objects/2:Line/2:Filler/2:State"
"#,
    );
    let user = OpcuaIdentity::User { name: "desk".into(), password: Secret::Env("PLC_PASSWORD".into()) };
    let endpoint = OpcuaEndpoint {
        url: "opc.tcp://10.0.0.5:4840/line".into(),
        security: OpcuaSecurity::Sign(OpcuaPolicy::Aes256Sha256RsaPss),
        identity: user,
        certificates: plant.path("pki"),
        trust_on_first_use: true,
    };
    assert_eq!(spec.endpoint, endpoint);
    assert_eq!((spec.publishing_interval, spec.sampling_interval), (Span::from_secs(1), Span::ZERO));
    assert_eq!(spec.queue_size, 50);
    assert_eq!((spec.trigger, spec.history), (OpcuaTrigger::Timestamp, Span::from_secs(3_600)));
    let [speed, state] = spec.nodes.as_slice() else { panic!("{:?}", spec.nodes) };
    let convert = Some((Unit::new("/h"), Unit::new("/min")));
    let expected = OpcuaNode {
        node: "ns=2;s=Filler.Speed".into(),
        signal: speed.signal,
        kind: ValueKind::Real,
        convert,
        deadband: Some(30.0),
    };
    assert_eq!(*speed, expected);
    assert_eq!((state.node.as_str(), state.kind), ("/Objects/2:Line/2:Filler/2:State", ValueKind::Text));
}

#[test]
fn a_server_of_which_nothing_is_said_is_spoken_to_in_secret() {
    let (spec, plant) = server("[[source]]\nname = \"plc\"\nkind = \"opcua\"\nurl = \"opc.tcp://plc\"");
    assert_eq!(spec.endpoint.security, OpcuaSecurity::SignAndEncrypt(OpcuaPolicy::Basic256Sha256));
    assert_eq!((spec.endpoint.identity, spec.endpoint.trust_on_first_use), (OpcuaIdentity::Anonymous, false));
    assert_eq!(spec.endpoint.certificates, plant.path("certificates"));
    assert_eq!((spec.trigger, spec.history), (OpcuaTrigger::Value, Span::ZERO));
}

#[test]
fn servers_and_nodes_are_checked() {
    let project = r#"
[[source]]
name = "a"
kind = "opcua"
url = "http://plc"
security = "encrypt"
policy = "Basic128Rsa15"
queue_size = 0
trigger = "change"
history_secs = 604801
[[source]]
name = "b"
kind = "opcua"
url = "opc.tcp://desk@plc"
security = "none"
policy = "Basic256Sha256"
user = "desk"
user_cert = "no.der"
ca_file = "ca.pem"
[[source]]
name = "c"
kind = "opcua"
url = "opc.tcp://[::1]:4840"
security = "none"
user = "desk"
password = "env:X"
[[signal]]
path = "A"
source = "c"
[[signal]]
path = "B"
source = "c"
kind = "text"
node = "Filler.Speed"
deadband = 1
[[signal]]
path = "C"
source = "c"
node = "i=2258"
topic = "a"
"#;
    let expected = [
        "5 source[1].url: expected opc.tcp://host:port, found \"http://plc\"",
        "6 source[1].security: expected one of none, sign, sign_and_encrypt, found \"encrypt\"",
        "7 source[1].policy: expected one of Basic256Sha256, Aes128_Sha256_RsaOaep, Aes256_Sha256_RsaPss, found \
         \"Basic128Rsa15\"",
        "8 source[1].queue_size: expected a whole number from 1 to 10000, found the number 0",
        "9 source[1].trigger: expected one of value, timestamp, found \"change\"",
        "10 source[1].history_secs: expected a number from 0 to 604800, found 604801",
        "11 source[2].password: the key is missing; expected what belongs to the other one",
        "11 source[2].user_key: the key is missing; expected the file that belongs to the other one",
        "14 source[2].url: expected no user or password in the url: they have keys of their own, found \"@\"",
        "16 source[2].policy: expected no policy beside security \"none\", found one",
        "18 source[2].user_cert: expected one identity, found a certificate beside a user with a password",
        "18 source[2].user_cert: the file was not found: no.der",
        "19 source[2].ca_file: no key \"ca_file\" for kind \"opcua\"; known: url, security, policy, user, password, \
         user_cert, user_key, certificates, trust_on_first_use, publishing_secs, sampling_secs, queue_size, \
         trigger, history_secs, write_user, write_password",
        "24 source[3].security: expected sign_and_encrypt beside a user, found none",
        "27 signal[1].node: the key is missing; expected a node id or a browse path of the server",
        "34 signal[2].node: expected a node id like ns=2;s=Speed or a browse path like /Objects/2:Speed, found \
         \"Filler.Speed\"",
        "35 signal[2].deadband: expected no deadband for a signal of kind text, found one",
        "40 signal[3].topic: no key \"topic\" for a signal from an OPC UA server; known: node, payload_unit, deadband",
    ];
    let mut found = told(project);
    found.sort_by_key(|line| line.split(' ').next().and_then(|line| line.parse::<usize>().ok()));
    assert_eq!(found, expected);
}

/// Forms after OPC 10000-6, 5.3.1.10 and OPC 10000-4, A.2.
#[test]
fn node_ids_and_browse_paths_are_told_from_other_texts() {
    let sound = |node: &str| {
        let project = format!(
            "[[source]]\nname = \"c\"\nkind = \"opcua\"\nurl = \"opc.tcp://plc\"\n\
             [[signal]]\npath = \"A\"\nnode = '{node}'"
        );
        Plant::new(&project).load().sound()
    };
    for node in [
        "i=13",
        "ns=10;i=1",
        "ns=10;s=Hello:World;a=b",
        "g=09087e75-8e5e-499b-954f-f2a9603db28a",
        "ns=1;b=b3BlbiBPUEMgVUEgc3RhY2s=",
        "nsu=urn:plant;s=Speed",
        "/Objects/2:Line/2:Speed",
        "/Objects/1:a&/b",
    ] {
        assert!(sound(node), "{node}");
    }
    for node in
        ["Speed", "i=-1", "i=4294967296", "ns=65536;i=1", "ns=a;i=1", "nsu=;i=1", "s=", "x=1", "/", "//a", "/a/", "/a&"]
    {
        assert!(!sound(node), "{node}");
    }
    assert!(!sound(&format!("s={}", "a".repeat(5_000))));
}
