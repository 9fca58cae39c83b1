//! `[[signal]]`: what is measured, and its address in a source.
//!
//! A signal of the TwinMaker workspace that the project takes in may be declared once more: what is
//! said of it here holds, and with an address here its values come from there instead of from the
//! workspace's telemetry.

use std::collections::HashSet;

use super::build::{Build, Feed};
use super::entry::{Entry, Section};
use super::sources::SourceDraft;
use super::twin::Wire;
use super::{assets, csv_header, opcua, routes};
use crate::domain::asset::AssetId;
use crate::domain::signal::{Signal, SignalId};
use crate::domain::source::{CsvLayout, CsvSpec, OpcuaNode, Route, SourceKind, SourceSpec, Target};
use crate::domain::time::Span;
use crate::domain::unit::Unit;
use crate::domain::value::ValueKind;

const SIGNAL: Section = Section {
    name: "signal",
    meaning: "The signal is left out.",
    keys: &[
        "path",
        "description",
        "unit",
        "kind",
        "range",
        "interval_secs",
        "asset",
        "twin",
        "source",
        "variable",
        "topic",
        "value",
        "time",
        "time_format",
        "quality",
        "payload_unit",
        "qos",
        "where",
        "column",
        "key",
        "node",
        "deadband",
    ],
};
const ADDRESS: &[&str] = &[
    "variable",
    "topic",
    "value",
    "time",
    "time_format",
    "quality",
    "payload_unit",
    "qos",
    "where",
    "column",
    "key",
    "node",
    "deadband",
];

pub fn signals(build: &mut Build<'_>, root: &Entry<'_>) {
    let mut declared: HashSet<&str> = HashSet::new();
    for entry in root.tables("signal", SIGNAL) {
        let path = entry.required_text("path", "the names from the site down to the signal");
        let path = path.filter(|path| assets::check_path(&entry, path));
        if let Some(path) = path.filter(|path| !declared.insert(path)) {
            entry.fail_with("path", format!("expected a path of its own, found \"{path}\" a second time"), "");
            continue;
        }
        let of_workspace = path.and_then(|path| build.project.catalog.id(path));
        let before = of_workspace.and_then(|id| build.project.catalog.get(id));
        let signal = described(&entry, path.unwrap_or_default(), before);
        let asset = match entry.has("asset") {
            true => assets::find(build, &entry, "asset"),
            false => path.filter(|_| of_workspace.is_none()).and_then(|path| longest_prefix(build, path)),
        };
        let twin = entry.text("twin");
        let source = source_of(build, &entry, of_workspace.is_some());
        let id = of_workspace.unwrap_or(SignalId(u32::try_from(build.project.catalog.len()).unwrap_or(u32::MAX)));
        let address = source.and_then(|source| address(build, &entry, source, id, &signal));
        let Some(path) = path else { continue };
        if !entry.sound() {
            build.left_out.signals.insert(path.to_owned());
            continue;
        }
        match build.project.catalog.get_mut(id) {
            Some(known) => *known = signal,
            None => _ = build.project.catalog.intern(signal),
        }
        if let Some(asset) = asset.and_then(|asset| build.project.assets.get_mut(asset)) {
            asset.signals.push(id);
        }
        if let Some(variable) = twin {
            build.wires.push(Wire { variable: variable.to_owned(), signal: id, at: entry.at("twin") });
        }
        if let Some((source, address)) = source.zip(address)
            && let Some(draft) = build.sources.get_mut(source)
        {
            let (place, convert) = address.place();
            build.feeds.insert(id, Feed { source, address: place, convert });
            connect(draft, address, id);
            disconnect(&mut build.project.sources, id);
        }
    }
}

/// Takes a signal away from the telemetry of the workspace; files that are left without any are not
/// read.
fn disconnect(of_workspace: &mut Vec<SourceSpec>, id: SignalId) {
    of_workspace.retain_mut(|source| match &mut source.kind {
        SourceKind::Csv(CsvSpec { layout: CsvLayout::TwinMaker { signals }, .. }) => {
            signals.retain(|(_, target)| target.signal != id);
            !signals.is_empty()
        }
        _ => true,
    });
}

/// A signal as the entry describes it; what the entry does not say is as `before`.
fn described(entry: &Entry<'_>, path: &str, before: Option<&Signal>) -> Signal {
    let usual = before.cloned().unwrap_or_else(|| Signal::new(path, ValueKind::Real));
    let kinds =
        [("bool", ValueKind::Bool), ("int", ValueKind::Int), ("real", ValueKind::Real), ("text", ValueKind::Text)];
    let kind = entry.choice("kind", &kinds).unwrap_or(usual.kind);
    let unit = entry.text("unit").map_or(usual.unit, Unit::new);
    if !unit.known() {
        let message = format!("expected a unit by its UCUM code, found \"{}\", which is not known", unit.code());
        entry.warn("unit", message, "It is shown as written and cannot be converted.", entry.example("unit"));
    }
    let range = entry.numbers::<2>("range").map(|[low, high]| (low, high)).or(usual.range);
    if let Some((low, high)) = range.filter(|(low, high)| low >= high) {
        entry.fail("range", format!("expected a low end below the high end, found {low} and {high}"));
    }
    if range.is_some() && matches!(kind, ValueKind::Text | ValueKind::Bool) {
        entry.fail_with(
            "range",
            format!("expected no range for a signal of kind {kind}, found one"),
            "kind = \"real\"",
        );
    }
    let expected_interval =
        entry.has("interval_secs").then(|| entry.number_in("interval_secs", 0.001..=31_536_000.0, 1.0));
    Signal {
        description: entry.text("description").map_or(usual.description, str::to_owned),
        unit,
        range,
        expected_interval: expected_interval.map(Span::from_secs_f64).or(usual.expected_interval),
        ..Signal::new(path, kind)
    }
}

/// The deepest asset whose path begins the path of the signal.
fn longest_prefix(build: &Build<'_>, path: &str) -> Option<AssetId> {
    let ends = path.rmatch_indices('/').map(|(end, _)| end);
    ends.filter_map(|end| path.get(..end)).find_map(|above| build.project.assets.by_path(above))
}

/// Number of the source of a signal: the one that it names, or the only one.
fn source_of(build: &Build<'_>, entry: &Entry<'_>, of_workspace: bool) -> Option<usize> {
    if entry.has("source") {
        let name = entry.text("source")?;
        let found = build.sources.iter().position(|draft| draft.spec.name == name);
        if found.is_none() && !build.left_out.sources.contains(name) && !build.sources_incomplete {
            let declared = build.sources.iter().map(|draft| draft.spec.name.as_str());
            entry.fail_unknown(
                "source",
                "source",
                name,
                declared.chain(build.left_out.sources.iter().map(String::as_str)),
            );
        }
        return found;
    }
    if !build.left_out.sources.is_empty() || build.sources_incomplete {
        return None;
    }
    let addressed = ADDRESS.iter().find(|key| entry.has(key));
    match (build.sources.len(), addressed) {
        (1, Some(_)) => Some(0),
        (_, Some(key)) => {
            entry.missing("source", &format!("the source in which \"{key}\" is looked up"));
            None
        }
        (_, None) if of_workspace => None,
        (_, None) => {
            let meaning = "The signal is there but never has a value.";
            let message = "the key is missing; expected the source of the signal";
            entry.warn("source", message, meaning, entry.example("source"));
            None
        }
    }
}

/// The place of a signal in its source.
enum Address {
    /// Variable of the emulator.
    Variable(String),
    /// Column or key of a CSV file.
    Cell(String, Target),
    Route {
        route: Box<Route>,
        qos: u8,
    },
    Node(OpcuaNode),
}

impl Address {
    /// What it is called in the source, and how its values are converted.
    fn place(&self) -> (String, Option<(Unit, Unit)>) {
        match self {
            Self::Variable(name) => (name.clone(), None),
            Self::Cell(name, target) => (name.clone(), target.convert.clone()),
            Self::Route { route, .. } => (route.topic.clone(), route.convert.clone()),
            Self::Node(node) => (node.node.clone(), node.convert.clone()),
        }
    }
}

fn address(build: &Build<'_>, entry: &Entry<'_>, source: usize, id: SignalId, signal: &Signal) -> Option<Address> {
    let draft = build.sources.get(source)?;
    let (known, what): (&[&str], &str) = match &draft.spec.kind {
        SourceKind::Emulator(_) => (&["variable"], "an emulator"),
        SourceKind::Csv(spec) => match spec.layout {
            CsvLayout::Long { .. } => (&["key", "payload_unit"], "a CSV file with layout \"long\""),
            _ => (&["column", "payload_unit"], "a CSV file with layout \"wide\""),
        },
        SourceKind::Mqtt(_) => {
            (&["topic", "value", "time", "time_format", "quality", "payload_unit", "qos", "where"], "an MQTT broker")
        }
        SourceKind::Http(_) => {
            (&["value", "time", "time_format", "quality", "payload_unit", "where"], "an HTTP document")
        }
        SourceKind::Opcua(_) => (&["node", "payload_unit", "deadband"], "an OPC UA server"),
    };
    for key in ADDRESS.iter().filter(|key| entry.has(key) && !known.contains(key)) {
        let first = known.first().copied().unwrap_or_default();
        let message = format!("no key \"{key}\" for a signal from {what}; known: {}", known.join(", "));
        entry.fail_with(key, message, entry.example(first));
    }
    match &draft.spec.kind {
        SourceKind::Emulator(_) => {
            entry.required_text("variable", "a variable of the emulator").map(|name| Address::Variable(name.to_owned()))
        }
        SourceKind::Csv(spec) => {
            let long = matches!(spec.layout, CsvLayout::Long { .. });
            let (key, what) = match long {
                true => ("key", "the text that stands for this signal in the file"),
                false => ("column", "the column of this signal in the file"),
            };
            let name = entry.required_text(key, what)?;
            if !long {
                csv_header::check(entry, key, name, draft.columns.as_deref());
            }
            let target = Target { signal: id, kind: signal.kind, convert: routes::conversion(entry, signal) };
            Some(Address::Cell(name.to_owned(), target))
        }
        SourceKind::Mqtt(_) => {
            entry.required_text("topic", "the topic of its messages");
            let qos = entry.integer_in("qos", 0..=2, i64::from(draft.qos));
            let route = routes::read(entry, id, signal)?;
            Some(Address::Route { route: Box::new(route), qos: u8::try_from(qos).unwrap_or_default() })
        }
        SourceKind::Http(_) => Some(Address::Route { route: Box::new(routes::read(entry, id, signal)?), qos: 0 }),
        SourceKind::Opcua(_) => opcua::node(entry, id, signal).map(Address::Node),
    }
}

fn connect(draft: &mut SourceDraft, address: Address, id: SignalId) {
    match (&mut draft.spec.kind, address) {
        (SourceKind::Emulator(spec), Address::Variable(name)) => spec.signals.push((name, id)),
        (SourceKind::Csv(spec), Address::Cell(name, target)) => match &mut spec.layout {
            CsvLayout::Wide { columns: signals, .. } | CsvLayout::Long { signals, .. } => signals.push((name, target)),
            CsvLayout::TwinMaker { .. } => {}
        },
        (SourceKind::Opcua(spec), Address::Node(node)) => spec.nodes.push(node),
        (SourceKind::Http(spec), Address::Route { route, .. }) => spec.routes.push(*route),
        (SourceKind::Mqtt(spec), Address::Route { route, qos }) => {
            routes::subscribe(&mut spec.subscriptions, *route, qos)
        }
        _ => {}
    }
}
