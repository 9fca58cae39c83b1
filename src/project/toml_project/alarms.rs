//! `[[alarm]]` and `[[setpoint]]`: what is watched, and what may be changed within which limits.

use super::assets;
use super::build::Build;
use super::entry::{Entry, Section};
use super::inputs::find_signal;
use crate::domain::alarm::{AlarmRule, Condition, Priority};
use crate::domain::setpoint::Setpoint;
use crate::domain::signal::{Signal, SignalId};
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
const SETPOINT: Section = Section {
    name: "setpoint",
    meaning: "The setpoint is left out: the signal can be read only.",
    keys: &["signal", "min", "max", "step", "rate_limit_per_sec", "permitted_modes"],
};
const CONDITIONS: &[&str] = &["above", "below", "equals", "differs"];

fn signal_of(build: &Build<'_>, entry: &Entry<'_>) -> Option<SignalId> {
    let path = entry.required_text("signal", "the path of a signal")?;
    find_signal(build, entry, "signal", path, None, |path| format!("signal = \"{path}\""))
}

pub fn alarms(build: &mut Build<'_>, root: &Entry<'_>) {
    for entry in root.tables("alarm", ALARM) {
        let name = entry.required_text("name", "a name for the alarm");
        if let Some(name) = name.filter(|name| build.project.alarms.iter().any(|alarm| alarm.name == *name)) {
            entry.fail_with("name", format!("expected a name of its own, found \"{name}\" a second time"), "");
        }
        let signal = signal_of(build, &entry);
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

pub fn setpoints(build: &mut Build<'_>, root: &Entry<'_>) {
    for entry in root.tables("setpoint", SETPOINT) {
        let signal = signal_of(build, &entry);
        let min = entry.required_number("min", "the lowest value that may be asked for");
        let max = entry.required_number("max", "the highest value that may be asked for");
        let positive = |key: &str| {
            let number = entry.number(key)?;
            if number <= 0.0 {
                entry.fail(key, format!("expected a number above 0, found {number}"));
            }
            Some(number)
        };
        let (step, rate_limit_per_sec) = (positive("step"), positive("rate_limit_per_sec"));
        let permitted_modes = entry.texts("permitted_modes").into_iter().map(str::to_owned).collect();
        if let (Some(min), Some(max)) = (min, max) {
            check_limits(build, &entry, signal, min, max);
            if let Some(step) = step.filter(|step| *step > max - min && max > min) {
                entry.fail("step", format!("expected at most {}, from min to max, found {step}", max - min));
            }
        }
        let (Some(signal), Some(min), Some(max), true) = (signal, min, max, entry.sound()) else { continue };
        if let Some(described) = build.project.catalog.get_mut(signal) {
            described.writable = true;
        }
        let setpoint = Setpoint { signal, min, max, step, rate_limit_per_sec, permitted_modes };
        build.project.setpoints.push(setpoint);
    }
}

fn check_limits(build: &Build<'_>, entry: &Entry<'_>, signal: Option<SignalId>, min: f64, max: f64) {
    if min >= max {
        entry.fail("max", format!("expected more than min ({min}), found {max}"));
    }
    let Some(described) = signal.and_then(|signal| build.project.catalog.get(signal)) else { return };
    if build.project.setpoints.iter().any(|setpoint| Some(setpoint.signal) == signal) {
        entry.fail_with(
            "signal",
            format!("expected one setpoint for a signal, found a second for \"{}\"", described.path),
            "",
        );
    }
    if !matches!(described.kind, ValueKind::Int | ValueKind::Real) {
        let message =
            format!("expected a signal with numbers, found \"{}\" of kind {}", described.path, described.kind);
        entry.fail_with("signal", message, "");
    }
    let Some((low, high)) = described.range else { return };
    for (key, limit, example) in [("min", min, low), ("max", max, high)] {
        if limit < low || limit > high {
            let message = format!("expected a limit inside the range of the signal, {low} to {high}, found {limit}");
            entry.fail_with(key, message, format!("{key} = {example}"));
        }
    }
}
