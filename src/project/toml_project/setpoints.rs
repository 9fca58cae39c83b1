//! `[[setpoint]]`: what may be changed, within which limits and under which conditions.
//!
//! Limits are for every wish, also one that is only simulated. The rest becomes a rule of the policy, and
//! only where the setpoint has a way to the plant.

use std::collections::HashSet;

use super::assets;
use super::build::Build;
use super::entry::{Entry, Section};
use super::inputs::{find_signal, signal_at};
use super::rules::expression;
use super::write;
use crate::domain::change::WritableRule;
use crate::domain::expression::Expression;
use crate::domain::setpoint::Setpoint;
use crate::domain::signal::{Signal, SignalId};
use crate::domain::time::Span;
use crate::domain::value::ValueKind;
use crate::domain::write_target::{WriteAddress, WriteIdentity};
use crate::project::problem::Severity;

const SETPOINT: Section = Section {
    name: "setpoint",
    meaning: "The setpoint is left out: the signal can be read only.",
    keys: &[
        "signal",
        "min",
        "max",
        "step",
        "rate_limit_per_sec",
        "max_delta",
        "permitted_modes",
        "mode_signal",
        "interlocks",
        "equipment",
        "readback",
        "tolerance",
        "readback_within_secs",
        "idempotent",
        "write",
    ],
};

/// Reads the setpoints. Sources, signals and `[control]` have been read.
pub fn setpoints(build: &mut Build<'_>, root: &Entry<'_>) {
    for entry in root.tables("setpoint", SETPOINT) {
        entry.required_text("signal", "the path of a signal");
        let signal = signal_at(build, &entry, "signal");
        let setpoint = limits(build, &entry, signal);
        let rule = rule(build, &entry, signal, setpoint.as_ref());
        let address = signal.and_then(|signal| write::address(build, &entry, signal, rule.as_ref()));
        let (Some(setpoint), true) = (setpoint, entry.sound()) else { continue };
        if let Some(described) = build.project.catalog.get_mut(setpoint.signal) {
            described.writable = true;
        }
        build.project.setpoints.push(setpoint);
        if let Some((rule, address)) = rule.zip(address) {
            build.project.policy.writable.push(rule);
            build.project.write_targets.push(address);
        }
    }
    warn_of_readers(build);
}

fn limits(build: &Build<'_>, entry: &Entry<'_>, signal: Option<SignalId>) -> Option<Setpoint> {
    let min = entry.required_number("min", "the lowest value that may be asked for");
    let max = entry.required_number("max", "the highest value that may be asked for");
    let (step, rate_limit_per_sec) = (entry.positive("step"), entry.positive("rate_limit_per_sec"));
    let permitted_modes = entry.texts("permitted_modes").into_iter().map(str::to_owned).collect();
    if let (Some(min), Some(max)) = (min, max) {
        check_limits(build, entry, signal, min, max);
        if let Some(step) = step.filter(|step| *step > max - min && max > min) {
            entry.fail("step", format!("expected at most {}, from min to max, found {step}", max - min));
        }
    }
    // A ramp would stop at its first fraction.
    let whole = signal.and_then(|signal| build.project.catalog.get(signal)).is_some_and(|it| it.kind == ValueKind::Int);
    let step = step.or(whole.then_some(1.0));
    Some(Setpoint { signal: signal?, min: min?, max: max?, step, rate_limit_per_sec, permitted_modes })
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

/// The conditions for writing it.
fn rule(
    build: &Build<'_>,
    entry: &Entry<'_>,
    signal: Option<SignalId>,
    setpoint: Option<&Setpoint>,
) -> Option<WritableRule> {
    let path = |id: SignalId| build.project.catalog.get(id).map(|signal| signal.path.clone());
    let max_delta = entry.positive("max_delta");
    let mode_signal = signal_at(build, entry, "mode_signal").and_then(path);
    if build.project.policy.enabled && entry.has("permitted_modes") && !entry.has("mode_signal") {
        let message = "the key is missing; expected the signal that shows the modes of \"permitted_modes\"";
        entry.lacks("mode_signal", message, write::NOT_WRITTEN, entry.example("mode_signal"));
    }
    let interlocks = entry.texts("interlocks").into_iter().filter_map(|text| interlock(build, entry, text)).collect();
    let equipment = match entry.has("equipment") {
        true => assets::find(build, entry, "equipment"),
        false => signal.and_then(|signal| build.asset_of(signal)),
    };
    let readback = if entry.has("readback") { signal_at(build, entry, "readback") } else { signal };
    let usual =
        setpoint.map_or(0.0, |setpoint| setpoint.step.map_or((setpoint.max - setpoint.min) / 1e3, |step| step / 2.0));
    let tolerance = entry.number_in("tolerance", 0.0..=1e12, usual);
    let deadline = Span::from_secs_f64(entry.number_in("readback_within_secs", 0.1..=3_600.0, 5.0));
    let described = build.project.catalog.get(signal?)?;
    if let Some(shown) = readback.filter(|_| entry.has("readback")).and_then(|id| build.project.catalog.get(id)) {
        check_readback(entry, described, shown);
    }
    let equipment = equipment.and_then(|equipment| build.project.assets.get(equipment)).map(|asset| asset.path.clone());
    let above = || described.path.rsplit_once('/').map_or(&*described.path, |(above, _)| above).to_owned();
    Some(WritableRule {
        signal: described.path.clone(),
        unit: described.unit.clone(),
        setpoint: setpoint?.clone(),
        max_delta,
        mode_signal,
        interlocks,
        equipment: equipment.unwrap_or_else(above),
        readback: readback.and_then(path),
        tolerance,
        deadline,
    })
}

/// An interlock names its signals whole: it is judged far from any asset that could complete a name.
fn interlock(build: &Build<'_>, entry: &Entry<'_>, text: &str) -> Option<Expression> {
    let expression = expression(entry, "interlocks", text)?;
    if expression.identifiers().is_empty() {
        let message = format!("expected a signal in the interlock, in back-quotes, found none in \"{text}\"");
        entry.fail("interlocks", message);
    }
    for name in expression.identifiers() {
        let example = |path: &str| format!("interlocks = [\"`{path}` == 'EXECUTE'\"]");
        let found = find_signal(build, entry, "interlocks", name, None, example);
        let path = found.and_then(|id| build.project.catalog.get(id)).map(|signal| signal.path.as_str());
        if let Some(path) = path.filter(|path| *path != &**name) {
            let message = format!("expected the whole path of a signal, `{path}`, found \"{name}\"");
            entry.fail_with("interlocks", message, example(path));
        }
    }
    Some(expression)
}

fn check_readback(entry: &Entry<'_>, described: &Signal, shown: &Signal) {
    if !matches!(shown.kind, ValueKind::Int | ValueKind::Real) {
        let message = format!("expected a signal with numbers, found \"{}\" of kind {}", shown.path, shown.kind);
        entry.fail("readback", message);
    } else if shown.unit != described.unit {
        let (expected, found) = (described.unit.code(), shown.unit.code());
        entry.fail("readback", format!("expected a signal in \"{expected}\", found \"{}\" in \"{found}\"", shown.path));
    }
}

/// Who reads all day should not be able to write: reading and writing are told apart by who does it.
fn warn_of_readers(build: &Build<'_>) {
    let reads = |address: &&WriteAddress| address.identity == WriteIdentity::Reader;
    let written: HashSet<&str> =
        build.project.write_targets.iter().filter(reads).map(|address| address.source.as_str()).collect();
    for draft in build.sources.iter().filter(|draft| written.contains(draft.spec.name.as_str())) {
        let Some((key, at)) = draft.writer_at.as_ref().filter(|_| build.project.policy.enabled) else { continue };
        let message = "the key is missing; expected an identity of its own for writing".to_owned();
        let meaning = "Whoever may read this source is used to write to it.";
        build.report.add(Severity::Warning, at, message, meaning, super::examples::example_for(key).to_owned());
    }
}
