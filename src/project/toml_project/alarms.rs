//! `[[alarm]]`: what is watched, and who is told.

use super::assets;
use super::build::Build;
use super::entry::{Entry, Section};
use super::inputs::signal_at;
use crate::domain::alarm::{AlarmRule, Condition, Priority};
use crate::domain::signal::Signal;
use crate::domain::time::Span;
use crate::domain::value::{Value, ValueKind};

const ALARM: Section = Section {
    name: "alarm",
    meaning: "The alarm is left out: nobody is warned.",
    keys: &[
        "name",
        "signal",
        "asset",
        "above",
        "below",
        "equals",
        "differs",
        "deadband",
        "on_delay_secs",
        "off_delay_secs",
        "priority",
        "message",
        "action",
    ],
};
const CONDITIONS: &[&str] = &["above", "below", "equals", "differs"];

pub fn alarms(build: &mut Build<'_>, root: &Entry<'_>) {
    for entry in root.tables("alarm", ALARM) {
        let name = entry.required_text("name", "a name for the alarm");
        if let Some(name) = name.filter(|name| build.project.alarms.iter().any(|alarm| alarm.name == *name)) {
            entry.fail_with("name", format!("expected a name of its own, found \"{name}\" a second time"), "");
        }
        entry.required_text("signal", "the path of a signal");
        let signal = signal_at(build, &entry, "signal");
        let described = signal.and_then(|signal| build.project.catalog.get(signal));
        let condition = condition(&entry, described);
        let asset = match entry.has("asset") {
            true => assets::find(build, &entry, "asset"),
            false => signal.and_then(|signal| build.asset_of(signal)),
        };
        let delay = |key| Span::from_secs_f64(entry.number_in(key, 0.0..=86_400.0, 0.0));
        let (on_delay, off_delay) = (delay("on_delay_secs"), delay("off_delay_secs"));
        let priority = Priority::from_number(entry.integer_in("priority", 1..=4, 3)).unwrap_or(Priority::P3);
        let message = entry.text("message").unwrap_or_default().to_owned();
        let action = entry.text("action").unwrap_or_default().to_owned();
        let (Some(name), Some(signal), Some(condition), true) = (name, signal, condition, entry.sound()) else {
            continue;
        };
        let name = name.to_owned();
        let alarm = AlarmRule { name, signal, asset, condition, on_delay, off_delay, priority, message, action };
        build.project.alarms.push(alarm);
    }
}

fn condition(entry: &Entry<'_>, signal: Option<&Signal>) -> Option<Condition> {
    let found: Vec<&str> = CONDITIONS.iter().copied().filter(|key| entry.has(key)).collect();
    let [key] = found.as_slice() else {
        let found = if found.is_empty() { "none".to_owned() } else { found.join(" and ") };
        entry.fail_at(
            &entry.at,
            format!("expected one of {}, found {found}", CONDITIONS.join(", ")),
            entry.example("above"),
        );
        return None;
    };
    let limit = matches!(*key, "above" | "below");
    let deadband = entry.number_in("deadband", 0.0..=f64::MAX, 0.0);
    if entry.has("deadband") && !limit {
        entry.fail("deadband", format!("expected no deadband beside \"{key}\", found one"));
    }
    if !limit {
        let value = entry.value(key)?;
        let value = fitting(entry, key, value, signal?)?;
        return Some(if *key == "equals" { Condition::Equals(value) } else { Condition::Differs(value) });
    }
    let limit = entry.number(key)?;
    let signal = signal?;
    if signal.kind == ValueKind::Text {
        entry.fail_with(
            key,
            format!("expected a signal with numbers, found \"{}\" of kind text", signal.path),
            entry.example("equals"),
        );
    }
    if let Some((low, high)) = signal.range.filter(|(low, high)| limit < *low || limit > *high) {
        let message = format!("expected a limit inside the range of the signal, {low} to {high}, found {limit}");
        entry.warn(key, message, "The alarm may never be raised, or never be cleared.", "");
    }
    Some(match *key {
        "above" => Condition::Above { limit, deadband },
        _ => Condition::Below { limit, deadband },
    })
}

/// The value as the signal carries it.
fn fitting(entry: &Entry<'_>, key: &str, value: Value, signal: &Signal) -> Option<Value> {
    let found = value.clone().coerced(signal.kind);
    if found.is_none() {
        let message = format!("expected a value of kind {}, as \"{}\" has, found {value}", signal.kind, signal.path);
        let right = match signal.kind {
            ValueKind::Bool => "true",
            ValueKind::Int => "1",
            ValueKind::Real => "1.0",
            ValueKind::Text => "\"HELD\"",
        };
        entry.fail_with(key, message, format!("{key} = {right}"));
    }
    found
}
