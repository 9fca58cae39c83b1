//! How a message or document becomes a sample: the address keys of signals from MQTT and HTTP.

use super::build::Build;
use super::entry::Entry;
use super::topics;
use super::tree::Content;
use crate::domain::signal::{Signal, SignalId};
use crate::domain::source::{Match, MqttSubscription, Payload, Route, SourceKind, TimeFormat};
use crate::domain::unit::Unit;
use crate::project::problem::Severity;

/// The route of one signal; its topic is empty where the entry has none.
pub fn read(entry: &Entry<'_>, signal: SignalId, described: &Signal) -> Option<Route> {
    let topic = entry.text("topic").unwrap_or_default();
    if let Err(message) = if entry.has("topic") { topics::check_topic(topic) } else { Ok(()) } {
        entry.fail("topic", message);
    }
    let payload = payload(entry);
    let only_if = only_if(entry);
    let plain = matches!(payload, Payload::Plain);
    if plain && !only_if.is_empty() {
        entry.missing("value", "the place of the value beside \"where\"");
    }
    let convert = conversion(entry, described);
    let kind = described.kind;
    entry.sound().then(|| Route { topic: topic.to_owned(), only_if, signal, kind, payload, convert })
}

/// From the unit of the payload to that of the signal, where they differ.
pub fn conversion(entry: &Entry<'_>, described: &Signal) -> Option<(Unit, Unit)> {
    let text = entry.text("payload_unit")?;
    let from = Unit::new(text);
    if from.convert(1.0, &described.unit).is_none() {
        let message = format!("expected a unit that converts to \"{}\", found \"{text}\"", described.unit.code());
        entry.fail("payload_unit", message);
    }
    (from != described.unit).then(|| (from, described.unit.clone()))
}

fn payload(entry: &Entry<'_>) -> Payload {
    let formats =
        [("auto", TimeFormat::Auto), ("epoch_ms", TimeFormat::EpochMillis), ("epoch_s", TimeFormat::EpochSecs)];
    let format = entry.choice("time_format", &formats).unwrap_or_default();
    let (value, time, quality) = (pointer(entry, "value"), pointer(entry, "time"), pointer(entry, "quality"));
    let Some(value) = value else {
        for key in ["time", "quality"].into_iter().filter(|key| entry.has(key) && !entry.has("value")) {
            entry.missing("value", &format!("the place of the value beside \"{key}\""));
        }
        return Payload::Plain;
    };
    if entry.has("time_format") && !entry.has("time") {
        entry.missing("time", "the place of the time beside \"time_format\"");
    }
    Payload::Json { value, time: time.map(|time| (time, format)), quality }
}

/// A JSON pointer (RFC 6901).
pub fn pointer(entry: &Entry<'_>, key: &str) -> Option<String> {
    let text = entry.text(key)?;
    if let Err(message) = check_pointer(text) {
        entry.fail_with(
            key,
            message,
            format!("{key} = \"/{}\"", text.trim_start_matches('$').replace('.', "/").trim_matches('/')),
        );
        return None;
    }
    Some(text.to_owned())
}

fn check_pointer(text: &str) -> Result<(), String> {
    let escaped = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    if text.starts_with('/') && escaped { Ok(()) } else { Err(format!("expected a JSON pointer, found \"{text}\"")) }
}

fn only_if(entry: &Entry<'_>) -> Vec<Match> {
    let Some(item) = entry.item("where") else { return Vec::new() };
    let Content::Table(table) = &item.content else {
        entry.fail("where", format!("expected a table of JSON pointers, found {}", item.describe()));
        return Vec::new();
    };
    let conditions = table.entries.iter().filter_map(|(key, item)| {
        if let Err(message) = check_pointer(&key.name) {
            entry.fail("where", message);
            return None;
        }
        let equals = match &item.content {
            Content::Text(text) => text.clone(),
            Content::Integer(number) => number.to_string(),
            Content::Real(number) if number.is_finite() => number.to_string(),
            Content::Bool(flag) => flag.to_string(),
            _ => {
                entry.fail(
                    "where",
                    format!("expected a text or a number for \"{}\", found {}", key.name, item.describe()),
                );
                return None;
            }
        };
        Some(Match { pointer: key.name.clone(), equals })
    });
    conditions.collect()
}

/// Adds a route to the first declared filter that its topic passes, or to a subscription of its own.
pub fn subscribe(subscriptions: &mut Vec<MqttSubscription>, route: Route, qos: u8) {
    match subscriptions.iter_mut().find(|subscription| topics::matches(&subscription.topic, &route.topic)) {
        Some(subscription) => {
            subscription.qos = subscription.qos.max(qos);
            subscription.routes.push(route);
        }
        None => subscriptions.push(MqttSubscription { topic: route.topic.clone(), qos, routes: vec![route] }),
    }
}

/// Moves the finished sources into the project; warns of filters that nothing uses.
pub fn finish(build: &mut Build<'_>) {
    for mut draft in std::mem::take(&mut build.sources) {
        if let SourceKind::Mqtt(spec) = &mut draft.spec.kind {
            let complete = build.left_out.signals.is_empty();
            for unused in spec.subscriptions.iter().filter(|subscription| subscription.routes.is_empty() && complete) {
                let message = format!("expected a signal with a topic that passes \"{}\", found none", unused.topic);
                let at = &draft.subscribe_at;
                let meaning = "The filter is not subscribed to.";
                build.report.add(Severity::Warning, at, message, meaning, "topic = \"line1/filler/speed\"".to_owned());
            }
            spec.subscriptions.retain(|subscription| !subscription.routes.is_empty());
        }
        build.project.sources.push(draft.spec);
    }
}
