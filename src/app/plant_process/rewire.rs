//! Has a project speak to a plant in another process, over OPC UA, where it had a model in this one.

use std::path::Path;

use crate::domain::signal::{Signal, SignalId};
use crate::domain::source::{
    EmulatorSpec, OpcuaEndpoint, OpcuaIdentity, OpcuaNode, OpcuaSecurity, OpcuaSpec, OpcuaTrigger, SourceKind,
};
use crate::domain::time::Span;
use crate::domain::value::ValueKind;
use crate::domain::write_target::WriteTarget;
use crate::project::Project;
use crate::protocol::opcua::server::NAME_SPACE;

/// How often the server tells what is new, whatever the plant's own pace.
const FASTEST: Span = Span::from_millis(50);
const SLOWEST: Span = Span::from_millis(500);
/// Values of one variable between two messages; they come twice as often as the values.
const QUEUE: u32 = 10;

/// The node of a variable or parameter of the plant.
pub fn node(name: &str) -> String {
    format!("nsu={NAME_SPACE};s={name}")
}

/// A server of this computer, which anyone on it may speak to.
pub fn endpoint(url: &str, certificates: &Path) -> OpcuaEndpoint {
    OpcuaEndpoint {
        url: url.to_owned(),
        security: OpcuaSecurity::None,
        identity: OpcuaIdentity::Anonymous,
        certificates: certificates.to_owned(),
        trust_on_first_use: false,
    }
}

/// Makes the emulator of a source a server at `url`: what it measured comes from nodes there, and settings
/// are written to nodes there.
pub fn rewire(project: &mut Project, source: &str, url: &str, certificates: &Path) {
    let Project { sources, write_targets, catalog, .. } = project;
    for spec in sources.iter_mut().filter(|spec| spec.name == source) {
        if let SourceKind::Emulator(emulator) = &spec.kind {
            let kind = |signal: SignalId| catalog.get(signal).map_or(ValueKind::Real, |signal: &Signal| signal.kind);
            spec.kind = SourceKind::Opcua(server(emulator, endpoint(url, certificates), kind));
        }
    }
    for address in write_targets.iter_mut().filter(|address| address.source == source) {
        if let WriteTarget::Emulator { parameter } = &address.target {
            address.target = WriteTarget::Opcua { node: node(parameter) };
        }
    }
}

fn server(emulator: &EmulatorSpec, endpoint: OpcuaEndpoint, kind: impl Fn(SignalId) -> ValueKind) -> OpcuaSpec {
    let nodes = emulator.signals.iter().map(|(name, signal)| OpcuaNode {
        node: node(name),
        signal: *signal,
        kind: kind(*signal),
        convert: None,
        deadband: None,
    });
    OpcuaSpec {
        endpoint,
        nodes: nodes.collect(),
        publishing_interval: emulator.interval.scaled(0.5).clamp(FASTEST, SLOWEST),
        sampling_interval: Span::ZERO,
        queue_size: QUEUE,
        // Values that do not change are said again and again, as controllers do, so that they do not go stale.
        trigger: OpcuaTrigger::Timestamp,
        history: emulator.warm_up,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_speaks_opc_ua_throughout_and_to_nothing_in_this_program() {
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
        let mut project = crate::project::load(&demo).project.expect("the demo");
        let before = project.clone();
        rewire(&mut project, "nobody", "opc.tcp://127.0.0.1:1/", &demo);
        assert_eq!(project.sources, before.sources);
        rewire(&mut project, "plant", "opc.tcp://127.0.0.1:1/", &demo);
        let [spec] = project.sources.as_slice() else { panic!("one source") };
        let (SourceKind::Opcua(server), SourceKind::Emulator(emulator)) = (&spec.kind, &before.sources[0].kind) else {
            panic!("{spec:?}")
        };
        assert_eq!((server.nodes.len(), server.history), (emulator.signals.len(), Span::from_secs(3_600)));
        assert!(
            server
                .nodes
                .iter()
                .any(|node| node.node == "nsu=urn:twinscope:plant;s=Filler/State" && node.kind == ValueKind::Text)
        );
        assert!(!project.write_targets.is_empty());
        for address in &project.write_targets {
            assert!(matches!(&address.target, WriteTarget::Opcua { node } if node.contains("Setpoint")), "{address:?}");
        }
        assert_eq!(project.twin, before.twin, "the copy stays in the program");
    }
}
