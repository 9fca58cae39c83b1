//! What the plant shows at one moment, for the thread "control".

use std::collections::{HashMap, HashSet};

use crate::app::plant::Plant;
use crate::control::policy::Present;
use crate::domain::link::LinkStatus;
use crate::domain::signal::{Origin, SignalId};
use crate::domain::source::SourceKind;
use crate::domain::time::{Span, Timestamp};
use crate::project::Project;

/// The last value of every signal.
#[derive(Clone, Default, Debug)]
pub struct Snapshot {
    /// Plant time.
    pub now: Timestamp,
    /// By tag path.
    pub present: HashMap<String, Present>,
}

/// As the plant is at this moment of the wall clock, whatever the playhead shows.
pub fn snapshot(plant: &Plant, links: &[LinkStatus], wall: Timestamp) -> Snapshot {
    let now = plant.now(wall);
    let held = held(&plant.project, links);
    let present = plant.project.catalog.iter().filter_map(|(id, signal)| {
        let point = plant.history.at(Origin::Measured, id, now)?;
        let age = if held.contains(&id) { Span::ZERO } else { now - point.time };
        let (value, quality) = (point.value.clone(), point.quality);
        Some((signal.path.clone(), Present { value, unit: signal.unit.clone(), quality, age }))
    });
    Snapshot { now, present: present.collect() }
}

/// Signals whose last value holds however long ago it came: an OPC UA server says each change, and that it lives
/// where there is none. A signal with an interval of its own has to be said again all the same.
fn held(project: &Project, links: &[LinkStatus]) -> HashSet<SignalId> {
    let up = |name: &str| links.iter().any(|link| link.name == name && link.connected());
    let servers = project.sources.iter().filter_map(|source| match &source.kind {
        SourceKind::Opcua(spec) if up(&source.name) => Some(spec),
        _ => None,
    });
    let signals = servers.flat_map(|spec| &spec.nodes).map(|node| node.signal);
    let repeated = |id| project.catalog.get(id).is_some_and(|signal| signal.expected_interval.is_some());
    signals.filter(|id| !repeated(*id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::link::LinkState;

    const PROJECT: &str = r#"
name = "Held"
[[source]]
name = "plc"
kind = "opcua"
url = "opc.tcp://plc"
[[source]]
name = "broker"
kind = "mqtt"
url = "mqtt://broker"
[[signal]]
path = "Tank/Setpoint"
source = "plc"
node = "ns=2;s=Setpoint"
[[signal]]
path = "Tank/Level"
interval_secs = 1
source = "plc"
node = "ns=2;s=Level"
[[signal]]
path = "Tank/Pressure"
source = "broker"
topic = "tank/pressure"
"#;

    #[test]
    fn a_value_that_comes_on_change_holds_while_its_server_lives() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("twin.toml"), PROJECT).expect("written");
        let loaded = crate::project::load(folder.path());
        let project = loaded.project.unwrap_or_else(|| panic!("{:?}", loaded.problems));
        let link = |name: &str, state| LinkStatus { state, ..LinkStatus::new(name, "", "") };
        let up = LinkState::Up { since: Timestamp::default() };
        let down = LinkState::Down { since: Timestamp::default(), retry_at: None };
        let setpoint = project.catalog.id("Tank/Setpoint").expect("a signal");
        let both = [link("plc", up.clone()), link("broker", up.clone())];
        assert_eq!(held(&project, &both), HashSet::from([setpoint]));
        assert_eq!(held(&project, &[link("plc", down), link("broker", up)]), HashSet::new());
    }
}
