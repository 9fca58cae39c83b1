//! Joins units by the connections in the file and follows the fluid: from each source and tank through
//! at most one valve or pump and any number of exchangers to a tank or sink.
//!
//! Mixing happens in tanks only, and a stream that forks is refused: so the flow of a stream is that of
//! its valve or pump, and no equation has to be solved for it.

use std::collections::HashMap;

use super::entry::Entry;
use super::plant::{End, Feed, Origin, Plant, Side, Stream};
use super::problem::{At, Report, Words};
use super::read::{Part, Parts};

/// Where fluid leaves or enters a unit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Port {
    Source(usize),
    Tank(usize),
    Side(usize, bool),
    Mover(usize),
    Sink(usize),
}

/// One connection of the file.
struct Join {
    from: Port,
    to: Port,
    at: At,
}

/// Reads the connections and puts the streams into the plant.
pub(super) fn join(root: &Entry<'_>, parts: &Parts, plant: &mut Plant) {
    let report = root.report;
    let joins: Vec<Join> = root.tables("connection").iter().filter_map(|entry| read(entry, parts)).collect();
    let mut next: HashMap<Port, &Join> = HashMap::new();
    let mut entered: HashMap<Port, &Join> = HashMap::new();
    for join in &joins {
        if !matches!(join.from, Port::Tank(_) | Port::Source(_)) && next.insert(join.from, join).is_some() {
            report.tell(
                &join.at,
                "expected one connection from here, found a second; streams divide in tanks only",
                "",
            );
        }
        if !matches!(join.to, Port::Tank(_) | Port::Sink(_)) && entered.insert(join.to, join).is_some() {
            report.tell(&join.at, "expected one connection to there, found a second; streams join in tanks only", "");
        }
    }
    if !report.is_empty() {
        return;
    }
    let mut passed = Vec::new();
    for join in &joins {
        let origin = match join.from {
            Port::Source(source) => Origin::Source(source),
            Port::Tank(tank) => Origin::Tank(tank),
            _ => continue,
        };
        let stream = follow(report, origin, join, &next, &mut passed);
        plant.streams.extend(stream.filter(|stream| has_its_mover(report, plant, stream, &join.at)));
    }
    feeds_once(report, plant, &joins);
    if report.is_empty() {
        all_passed(root, parts, &passed);
    }
}

fn read(entry: &Entry<'_>, parts: &Parts) -> Option<Join> {
    let (from, to) = (entry.words("from", "Tank1.out"), entry.words("to", "Pump1.in"));
    entry.finish();
    let port = |words: &Words, key: &str, outlet: bool| {
        let found = port(&words.text, parts, outlet);
        if found.is_none() {
            let known = ports(parts, outlet);
            let what = if outlet { "an outlet" } else { "an inlet" };
            entry.report.unknown(words, what, key, known.iter().map(String::as_str));
        }
        found
    };
    let (from_port, to_port) = (port(&from, "from", true), port(&to, "to", false));
    Some(Join { from: from_port?, to: to_port?, at: from.at })
}

fn port(text: &str, parts: &Parts, outlet: bool) -> Option<Port> {
    let (unit, word) = text.split_once('.')?;
    Some(match (*parts.get(unit)?, word, outlet) {
        (Part::Source(source), "out", true) => Port::Source(source),
        (Part::Tank(tank), "out", true) | (Part::Tank(tank), "in", false) => Port::Tank(tank),
        (Part::Mover(mover), "out", true) | (Part::Mover(mover), "in", false) => Port::Mover(mover),
        (Part::Exchanger(exchanger), "hot_out", true) | (Part::Exchanger(exchanger), "hot_in", false) => {
            Port::Side(exchanger, true)
        }
        (Part::Exchanger(exchanger), "cold_out", true) | (Part::Exchanger(exchanger), "cold_in", false) => {
            Port::Side(exchanger, false)
        }
        (Part::Sink(sink), "in", false) => Port::Sink(sink),
        _ => return None,
    })
}

fn ports(parts: &Parts, outlet: bool) -> Vec<String> {
    const WORDS: [&str; 3] = ["", "hot_", "cold_"];
    let end = if outlet { "out" } else { "in" };
    let names = parts.keys().flat_map(|name| WORDS.iter().map(move |word| format!("{name}.{word}{end}")));
    names.filter(|name| port(name, parts, outlet).is_some()).collect()
}

/// Follows the fluid from one connection to where it stays. What it passes has one way in and one way out,
/// so it cannot come back to where it was.
fn follow(
    report: &Report<'_>,
    origin: Origin,
    first: &Join,
    next: &HashMap<Port, &Join>,
    passed: &mut Vec<Port>,
) -> Option<Stream> {
    let mut stream = Stream { origin, mover: None, sides: Vec::new(), end: End::Sink(0) };
    let mut join = first;
    loop {
        match join.to {
            Port::Tank(tank) => return Some(Stream { end: End::Tank(tank), ..stream }),
            Port::Sink(sink) => return Some(Stream { end: End::Sink(sink), ..stream }),
            Port::Mover(mover) if stream.mover.is_some_and(|other| other != mover) => {
                report.tell(&join.at, "expected one valve or pump between two tanks, found a second", "");
                return None;
            }
            Port::Mover(mover) => stream.mover = Some(mover),
            Port::Side(exchanger, hot) => stream.sides.push((exchanger, if hot { Side::Hot } else { Side::Cold })),
            Port::Source(_) => return None,
        }
        passed.push(join.to);
        let Some(on) = next.get(&join.to) else {
            report.tell(&join.at, "expected a connection that goes on to a tank or sink, found an open end", "");
            return None;
        };
        join = on;
    }
}

fn has_its_mover(report: &Report<'_>, plant: &Plant, stream: &Stream, at: &At) -> bool {
    let source = match stream.origin {
        Origin::Source(source) => plant.sources.get(source),
        Origin::Tank(_) => None,
    };
    let own = source.is_some_and(|source| matches!(source.feed, Feed::Flow(_)));
    let message = match (own, stream.mover) {
        (true, Some(_)) => "expected no valve or pump behind a source with a flow of its own; give it pressure_bar",
        (false, None) => "expected a valve or pump on the way from here",
        _ => return true,
    };
    report.tell(at, message, "");
    false
}

/// A source with a flow of its own gives it once.
fn feeds_once(report: &Report<'_>, plant: &Plant, joins: &[Join]) {
    for (place, source) in plant.sources.iter().enumerate() {
        let mut from_here = joins.iter().filter(|join| join.from == Port::Source(place)).skip(1);
        if let (Feed::Flow(_), Some(second)) = (source.feed, from_here.next()) {
            report.tell(&second.at, "expected one connection from a source with a flow of its own", "");
        }
    }
}

/// Valves, pumps and exchangers that no fluid reaches.
fn all_passed(root: &Entry<'_>, parts: &Parts, passed: &[Port]) {
    let left = parts
        .iter()
        .flat_map(|(name, part)| match *part {
            Part::Mover(mover) => vec![(Port::Mover(mover), format!("{name}.in"))],
            Part::Exchanger(exchanger) => vec![
                (Port::Side(exchanger, true), format!("{name}.hot_in")),
                (Port::Side(exchanger, false), format!("{name}.cold_in")),
            ],
            _ => Vec::new(),
        })
        .filter_map(|(port, name)| (!passed.contains(&port)).then_some(name));
    for name in left {
        let at = At { key: "connection".into(), ..root.at.clone() };
        let message = format!("expected a way from a source or tank to {name}, found none");
        root.report.tell(&at, message, format!("to = \"{name}\""));
    }
}
