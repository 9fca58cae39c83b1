//! Links over MQTT and HTTP, as a project declares them.

use std::collections::HashMap;

use crate::app::wall_now;
use crate::control::links::http::HttpLink;
use crate::control::links::io::Io;
use crate::control::links::mqtt::MqttLink;
use crate::control::links::{Links, Way};
use crate::domain::signal::SignalId;
use crate::domain::source::{Route, SourceKind};
use crate::project::Project;

/// Links to the brokers over which something is written or read back; they begin to connect.
pub fn mqtt(links: &mut Links, project: &Project, io: &Io) {
    let shown = shown(project);
    for source in &project.sources {
        let SourceKind::Mqtt(spec) = &source.kind else { continue };
        let ways = ways(project, &source.name);
        let mut routes = spec.subscriptions.iter().flat_map(|subscription| &subscription.routes);
        if !ways.is_empty() || routes.any(|route: &Route| shown.contains_key(&route.signal)) {
            let link = MqttLink::start(io, &source.name, spec, ways, &shown, wall_now);
            let signals = link.signals();
            links.add(Box::new(link), signals);
        }
    }
}

/// Links to the servers over which something is written or read back.
pub fn http(links: &mut Links, project: &Project, io: &Io) {
    let shown = shown(project);
    for source in &project.sources {
        let SourceKind::Http(spec) = &source.kind else { continue };
        let ways = ways(project, &source.name);
        if !ways.is_empty() || spec.routes.iter().any(|route| shown.contains_key(&route.signal)) {
            let link = HttpLink::start(io, spec, ways, &shown, wall_now);
            let signals = link.signals();
            links.add(Box::new(link), signals);
        }
    }
}

/// The signals in which the plant shows what it holds, with their tag paths.
fn shown(project: &Project) -> HashMap<SignalId, String> {
    let paths = project.policy.writable.iter().filter_map(|rule| rule.readback.as_ref());
    paths.filter_map(|path| Some((project.catalog.id(path)?, path.clone()))).collect()
}

/// The settings that are written through a source.
fn ways(project: &Project, source: &str) -> Vec<Way> {
    let addresses = project.write_targets.iter().filter(|address| address.source == source);
    let ways = addresses.filter_map(|address| {
        let signal = project.catalog.get(address.signal)?.path.clone();
        let rule = project.policy.rule(&signal)?;
        Some(Way { signal, address: address.clone(), readback: rule.readback.clone(), deadline: rule.deadline })
    });
    ways.collect()
}
