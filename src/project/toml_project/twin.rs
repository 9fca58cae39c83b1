//! `[twin]`: the simulated copy of the plant, and the signals that its variables stand for.
//!
//! Without the table the model of the first emulator is the copy, but not its parameters: what the
//! emulated plant has of its own, the copy has to find out as it would have to of a real one.

use std::collections::HashSet;
use std::fs;

use super::build::Build;
use super::entry::{Entry, Section};
use super::examples::example_for;
use super::plant_model;
use super::report::At;
use super::sources::SourceDraft;
use crate::domain::model::{ModelKind, ModelSpec, TwinSpec};
use crate::domain::signal::SignalId;
use crate::domain::source::{EmulatorSpec, SourceKind};
use crate::project::problem::Severity;

const TWIN: Section = Section {
    name: "twin",
    meaning: "The simulated copy is left out: nothing can be asked of it.",
    keys: &["model", "file", "step_secs", "step_limit_secs", "memory_mib", "parameters", "calibration"],
};

/// What the key `twin` of a signal says.
pub struct Wire {
    pub variable: String,
    pub signal: SignalId,
    pub at: At,
}

/// Reads the copy and wires the signals to it. All sources and signals have been read.
pub fn twin(build: &mut Build<'_>, root: &Entry<'_>) {
    let declared = root.has("twin");
    let spec = match declared {
        true => root.table("twin", TWIN).and_then(|entry| read(build, &entry)),
        false => of_emulator(&build.sources),
    };
    let sources_complete = build.sources_complete();
    let Some(mut spec) = spec else {
        if !declared && sources_complete {
            nothing_to_wire(build, root);
        }
        return;
    };
    wire(build, &mut spec);
    if declared && spec.signals.is_empty() && sources_complete && build.left_out.signals.is_empty() {
        let meaning = "The copy does not know in which state the plant is.";
        let message = "expected a signal for a variable of the copy to stand for, found none";
        root.warn("twin", message, meaning, example_for("signal.twin"));
    }
    build.project.twin = Some(spec);
}

fn nothing_to_wire(build: &Build<'_>, root: &Entry<'_>) {
    for Wire { variable, at, .. } in &build.wires {
        let message = format!("expected [twin] or an emulator to have the variable \"{variable}\", found neither");
        build.report.add(Severity::Error, at, message, "The key is ignored.", root.example("twin"));
    }
}

fn read(build: &mut Build<'_>, entry: &Entry<'_>) -> Option<TwinSpec> {
    let model = plant_model::read(build, entry, "Nothing can be asked of the simulated copy.");
    let calibration = entry.text("calibration").map(|file| build.project.root.join(file));
    if let Some(file) = &calibration {
        // It is written over when the copy is calibrated.
        let whole = fs::canonicalize(file).ok();
        if whole.is_some() && build.project.files.iter().any(|known| fs::canonicalize(known).ok() == whole) {
            let message = format!("expected a file of its own, found one of the project: {}", file.display());
            entry.fail("calibration", message);
        } else {
            build.watch(file);
        }
    }
    let spec = TwinSpec { model: model?, calibration, signals: Vec::new() };
    entry.sound().then_some(spec)
}

fn emulators(sources: &[SourceDraft]) -> impl Iterator<Item = &EmulatorSpec> {
    sources.iter().filter_map(|draft| match &draft.spec.kind {
        SourceKind::Emulator(emulator) => Some(emulator),
        _ => None,
    })
}

fn of_emulator(sources: &[SourceDraft]) -> Option<TwinSpec> {
    let kind = emulators(sources).next()?.model.kind.clone();
    Some(TwinSpec { model: ModelSpec { kind, parameters: Vec::new() }, ..TwinSpec::default() })
}

/// Signals as their key `twin` says; and those of an emulator that plays the same model, by the
/// variable that they have there. What is said goes before what is assumed.
fn wire(build: &Build<'_>, spec: &mut TwinSpec) {
    let mut variables: HashSet<&str> = HashSet::new();
    for Wire { variable, signal, at } in &build.wires {
        if variables.insert(variable) {
            spec.signals.push((variable.clone(), *signal));
        } else {
            let message = format!("expected a variable of its own, found \"{variable}\" a second time");
            build.report.add(Severity::Error, at, message, "It stands for the first signal only.", String::new());
        }
    }
    let said: HashSet<SignalId> = build.wires.iter().map(|wire| wire.signal).collect();
    let alike = emulators(&build.sources).filter(|emulator| same_model(&emulator.model.kind, &spec.model.kind));
    for (variable, signal) in alike.flat_map(|emulator| &emulator.signals) {
        if !said.contains(signal) && variables.insert(variable) {
            spec.signals.push((variable.clone(), *signal));
        }
    }
}

/// True for models of one kind from one file.
fn same_model(a: &ModelKind, b: &ModelKind) -> bool {
    match (a, b) {
        (ModelKind::Fmu { file: a, .. }, ModelKind::Fmu { file: b, .. }) => a == b,
        _ => a == b,
    }
}
