//! The settings of a project that are written or read back over OPC UA, by server.

use std::collections::BTreeMap;

use crate::control::links::Links;
use crate::control::links::io::Io;
use crate::control::links::opcua::{OpcuaLink, OpcuaServer, OpcuaVariable, OpcuaWay};
use crate::domain::source::{OpcuaIdentity, OpcuaSpec, SourceKind};
use crate::domain::time::Span;
use crate::domain::write_target::{WriteIdentity, WriteTarget};
use crate::project::Project;

/// Adds a link for each server to which a setting goes.
pub(super) fn add(links: &mut Links, project: &Project, io: &Io) {
    for server in servers(project) {
        let signals: Vec<String> = server.ways.iter().map(|way| way.signal.clone()).collect();
        links.add(Box::new(OpcuaLink::new(io.clone(), server)), signals);
    }
}

fn servers(project: &Project) -> Vec<OpcuaServer> {
    let specs = project.sources.iter().filter_map(|source| match &source.kind {
        SourceKind::Opcua(spec) => Some((source.name.as_str(), spec)),
        _ => None,
    });
    specs.map(|(name, spec)| server(project, name, spec)).filter(|server| !server.ways.is_empty()).collect()
}

fn server(project: &Project, name: &str, spec: &OpcuaSpec) -> OpcuaServer {
    let mut endpoint = spec.endpoint.clone();
    let mut ways: BTreeMap<String, OpcuaWay> = BTreeMap::new();
    let way = |signal: &str| OpcuaWay { signal: signal.to_owned(), written: None, read: None, deadline: Span::ZERO };
    for address in project.write_targets.iter().filter(|address| address.source == name) {
        let signal = project.catalog.get(address.signal).map(|signal| signal.path.as_str());
        let rule = signal.and_then(|signal| project.policy.rule(signal));
        let (Some(rule), WriteTarget::Opcua { node }) = (rule, &address.target) else { continue };
        let way = ways.entry(rule.signal.clone()).or_insert_with(|| way(&rule.signal));
        way.written = Some(OpcuaVariable { node: node.clone(), convert: address.convert.clone() });
        way.deadline = way.deadline.max(rule.deadline);
        if let WriteIdentity::User { name, password } = &address.identity {
            endpoint.identity = OpcuaIdentity::User { name: name.clone(), password: password.clone() };
        }
    }
    for rule in &project.policy.writable {
        let shown = rule.readback.as_deref().and_then(|path| Some((path, project.catalog.id(path)?)));
        let Some((path, signal)) = shown else { continue };
        let Some(node) = spec.nodes.iter().find(|node| node.signal == signal) else { continue };
        let way = ways.entry(path.to_owned()).or_insert_with(|| way(path));
        let convert = node.convert.clone().map(|(there, here)| (here, there));
        way.read = Some(OpcuaVariable { node: node.node.clone(), convert });
        way.deadline = way.deadline.max(rule.deadline);
    }
    OpcuaServer { source: name.to_owned(), endpoint, ways: ways.into_values().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::source::Secret;
    use crate::domain::unit::Unit;

    const PROJECT: &str = r#"
[control]
enabled = true
[[source]]
name = "plc"
kind = "opcua"
url = "opc.tcp://plc"
write_user = "writer"
write_password = "env:WRITER"
[[source]]
name = "scada"
kind = "opcua"
url = "opc.tcp://scada"
[[signal]]
path = "Filler/Speed"
unit = "/h"
payload_unit = "/min"
source = "plc"
node = "ns=2;s=Speed"
[[signal]]
path = "Filler/Fill"
unit = "mL"
source = "plc"
node = "ns=2;s=Fill"
[[signal]]
path = "Filler/Fill shown"
unit = "mL"
source = "scada"
node = "/Objects/3:Fill"
[[setpoint]]
signal = "Filler/Speed"
min = 5
max = 30
readback_within_secs = 2
write = { node = "ns=2;s=SpeedTo" }
[[setpoint]]
signal = "Filler/Fill"
min = 100
max = 500
readback = "Filler/Fill shown"
"#;

    #[test]
    fn each_server_gets_what_is_written_to_it_and_read_back_from_it() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("twin.toml"), PROJECT).expect("written");
        let loaded = crate::project::load(folder.path());
        let project = loaded.project.unwrap_or_else(|| panic!("{:?}", loaded.problems));
        assert_eq!(project.write_targets.len(), 2, "{:?}", loaded.problems);
        let variable = |node: &str| OpcuaVariable { node: node.to_owned(), convert: None };
        let convert = Some((Unit::new("/h"), Unit::new("/min")));
        let way = |signal: &str, written, read, secs| OpcuaWay {
            signal: signal.to_owned(),
            written,
            read,
            deadline: Span::from_secs(secs),
        };
        let found = servers(&project);
        let speed = OpcuaVariable { convert: convert.clone(), ..variable("ns=2;s=Speed") };
        let speed_to = OpcuaVariable { convert, ..variable("ns=2;s=SpeedTo") };
        let expected = [
            way("Filler/Fill", Some(variable("ns=2;s=Fill")), None, 5),
            way("Filler/Speed", Some(speed_to), Some(speed), 2),
        ];
        assert_eq!((found.len(), found[0].source.as_str(), &found[0].ways[..]), (2, "plc", &expected[..]));
        let writer = OpcuaIdentity::User { name: "writer".into(), password: Secret::Env("WRITER".into()) };
        assert_eq!(found[0].endpoint.identity, writer);
        assert_eq!(found[1].ways, [way("Filler/Fill shown", None, Some(variable("/Objects/3:Fill")), 5)]);
        assert_eq!(found[1].endpoint.identity, OpcuaIdentity::Anonymous);
    }
}
