//! `write = { ... }` of a setpoint: its way to the plant, by the kind of the signal's source.

use super::build::{Build, Feed};
use super::entry::{Entry, Section};
use super::sources::http_url;
use super::{opcua, routes, topics};
use crate::domain::change::WritableRule;
use crate::domain::signal::SignalId;
use crate::domain::source::{MqttVersion, SourceKind};
use crate::domain::write_target::{HttpMethod, WriteAddress, WriteBody, WriteTarget};

const WRITE: Section = Section {
    name: "write",
    meaning: "The setpoint is left out: the signal can be read only.",
    keys: &[
        "node",
        "topic",
        "qos",
        "payload",
        "member",
        "response_topic",
        "url",
        "method",
        "readback_url",
        "parameter",
    ],
};
/// What is said of a setpoint that stays for simulations alone.
pub const NOT_WRITTEN: &str = "The setpoint can be simulated, but is never written.";
/// Names one below the other in a document.
const DEEPEST: usize = 32;

/// The way of a setpoint to the plant; none where it has none.
pub fn address(
    build: &Build<'_>,
    entry: &Entry<'_>,
    signal: SignalId,
    rule: Option<&WritableRule>,
) -> Option<WriteAddress> {
    let write = entry.table("write", WRITE);
    let Some(feed) = build.feeds.get(&signal) else {
        if build.sources_complete() {
            lacks(
                build,
                entry,
                "signal",
                "expected a signal with a source of this file to write through, found none",
                "",
            );
        }
        return None;
    };
    let draft = build.sources.get(feed.source)?;
    let target = match &write {
        Some(write) => {
            let target = told(build, write, feed, &draft.spec.kind, rule);
            if !write.sound() {
                entry.give_up();
            }
            target
        }
        None => assumed(build, entry, feed, &draft.spec.kind),
    }?;
    // RFC 9110, 9.2.2: of the two methods only PUT may be repeated.
    let repeatable = !matches!(target, WriteTarget::Http { method: HttpMethod::Post, .. });
    Some(WriteAddress {
        signal,
        source: draft.spec.name.clone(),
        identity: draft.writer.clone(),
        target,
        convert: feed.convert.clone().map(|(there, here)| (here, there)),
        idempotent: entry.flag("idempotent", repeatable),
    })
}

/// Something without which nothing is written; silent while writing is off and no way is asked for.
fn lacks(build: &Build<'_>, entry: &Entry<'_>, key: &str, message: &str, example: &str) {
    if build.project.policy.enabled || entry.has("write") {
        entry.lacks(key, message, NOT_WRITTEN, example);
    }
}

/// The way where the setpoint does not say.
fn assumed(build: &Build<'_>, entry: &Entry<'_>, feed: &Feed, source: &SourceKind) -> Option<WriteTarget> {
    let (what, example) = match source {
        SourceKind::Opcua(_) => return Some(WriteTarget::Opcua { node: feed.address.clone() }),
        SourceKind::Emulator(_) => return Some(WriteTarget::Emulator { parameter: feed.address.clone() }),
        SourceKind::Csv(_) => {
            let message = "expected a signal whose source can be written, found one of a CSV file";
            lacks(build, entry, "signal", message, "");
            return None;
        }
        SourceKind::Mqtt(_) => ("the topic that is written to", entry.example("write")),
        SourceKind::Http(_) => {
            ("the address that is written to", super::examples::example_for("http.write").to_owned())
        }
    };
    lacks(build, entry, "write", &format!("the key is missing; expected {what}"), &example);
    None
}

/// The way that `write` describes.
fn told(
    build: &Build<'_>,
    write: &Entry<'_>,
    feed: &Feed,
    source: &SourceKind,
    rule: Option<&WritableRule>,
) -> Option<WriteTarget> {
    let (known, what): (&[&str], &str) = match source {
        SourceKind::Csv(_) => (&[], "a CSV file, which cannot be written"),
        SourceKind::Opcua(_) => (&["node"], "an OPC UA server"),
        SourceKind::Mqtt(_) => (&["topic", "payload", "member", "qos", "response_topic"], "an MQTT broker"),
        SourceKind::Http(_) => (&["url", "method", "payload", "member", "readback_url"], "an HTTP document"),
        SourceKind::Emulator(_) => (&["parameter"], "an emulator"),
    };
    for (key, _) in write.keys().filter(|(key, _)| WRITE.keys.contains(key) && !known.contains(key)) {
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        write.fail_with(key, format!("no key \"{key}\" for a signal from {what}; known: {known}"), "");
    }
    let own = || Some(feed.address.clone());
    match source {
        SourceKind::Csv(_) => None,
        SourceKind::Opcua(_) => {
            let node = if write.has("node") { opcua::node_text(write, "node") } else { own() };
            Some(WriteTarget::Opcua { node: node? })
        }
        SourceKind::Emulator(_) => {
            let parameter = if write.has("parameter") { write.text("parameter").map(str::to_owned) } else { own() };
            Some(WriteTarget::Emulator { parameter: parameter? })
        }
        SourceKind::Mqtt(spec) => {
            write.required_text("topic", "the topic that is written to");
            let (topic, response_topic) = (topic(write, "topic"), topic(write, "response_topic"));
            if topic.is_some() && topic == read_topic(build, feed, rule) {
                let message = "expected a topic of its own, found the one that is read: what is written would pass for \
                               the plant's answer";
                write.fail("topic", message);
            }
            if response_topic.is_some() && spec.version == MqttVersion::V311 {
                write.fail_with(
                    "response_topic",
                    "expected version 5 for a response topic, found \"3.1.1\"",
                    "version = 5",
                );
            }
            let qos = u8::try_from(write.integer_in("qos", 0..=2, 1)).unwrap_or(1);
            Some(WriteTarget::Mqtt { topic: topic?, qos, body: body(write)?, response_topic })
        }
        SourceKind::Http(_) => {
            write.required_text("url", "the address that is written to");
            let (url, readback_url) = (http_url(write, "url"), http_url(write, "readback_url"));
            let method = write.choice("method", &[("put", HttpMethod::Put), ("post", HttpMethod::Post)]);
            let method = method.unwrap_or_default();
            Some(WriteTarget::Http { url: url?, method, body: body(write)?, readback_url })
        }
    }
}

fn topic(write: &Entry<'_>, key: &str) -> Option<String> {
    let topic = write.text(key)?;
    if let Err(message) = topics::check_topic(topic) {
        write.fail(key, message);
    }
    Some(topic.to_owned())
}

/// The topic in which the plant shows what it holds, where that comes from the same broker.
fn read_topic(build: &Build<'_>, feed: &Feed, rule: Option<&WritableRule>) -> Option<String> {
    let readback = build.project.catalog.id(rule?.readback.as_ref()?)?;
    let shown = build.feeds.get(&readback).filter(|shown| shown.source == feed.source)?;
    Some(shown.address.clone())
}

fn body(write: &Entry<'_>) -> Option<WriteBody> {
    if write.has("payload") && write.has("member") {
        write.fail("member", "expected either payload or member, found both");
    }
    if write.has("member") {
        let pointer = routes::pointer(write, "member")?;
        let depth = pointer.matches('/').count();
        if depth > DEEPEST {
            write.fail("member", format!("expected at most {DEEPEST} names, one below the other, found {depth}"));
        }
        return Some(WriteBody::Member(pointer));
    }
    let template = if write.has("payload") { write.text("payload")? } else { WriteBody::VALUE };
    if !template.contains(WriteBody::VALUE) {
        write.fail(
            "payload",
            format!("expected {} where the value is to stand, found \"{template}\"", WriteBody::VALUE),
        );
    }
    Some(WriteBody::Template(template.to_owned()))
}
