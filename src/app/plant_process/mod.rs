//! Plants in processes of their own: those that a project emulates, as OPC UA servers on this computer.
//!
//! So the program speaks to them as to any plant, and what watches over a trial does not die with it. A plant
//! is started with the program and ends with it. Where the program is killed the plant lives on, and the next
//! start finds it by its run file, with its past. What a plant does, `tasks::plant` says.
//!
//! ```text
//! no run file, or of another plant --start--> running --orderly end--> run file gone: the plant ends
//!                                     ^          |
//!                                     +--killed--+ (a plant that nobody visits for ten minutes ends)
//! ```

mod rewire;
mod run_file;
mod start;

use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bevy::prelude::Resource;
use sha2::{Digest, Sha256};

pub use run_file::RunFile;
pub use start::{LISTENING, TOKEN};

use super::change::files;
use super::models;
use super::session::Session;
use crate::domain::source::{EmulatorSpec, SourceKind};
use crate::domain::write_target::WriteTarget;
use crate::project::Project;

/// Where emulated plants run.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, clap::ValueEnum)]
pub enum Emulate {
    /// On a thread of this program; a plant ends with it, however it ends.
    #[default]
    InProgram,
    /// As OPC UA servers, which outlive the program when it is killed.
    OwnProcess,
}

/// The plants that run in processes of their own for this program. Clones speak of the same ones.
#[derive(Resource, Clone, Default)]
pub struct PlantProcesses(Option<Arc<Mutex<Inner>>>);

#[derive(Default)]
struct Inner {
    running: Vec<Running>,
    /// Names of sources and what is to be said of them.
    told: Vec<(String, String)>,
}

struct Running {
    run_file: PathBuf,
    found: RunFile,
    /// None where an earlier run of the program started it.
    process: Option<Child>,
}

impl PlantProcesses {
    pub fn new(emulate: Emulate) -> Self {
        Self((emulate == Emulate::OwnProcess).then(Arc::default))
    }

    /// Has the plants of the project at `entry` run, and the project speak to them. A plant that runs already
    /// and is still the same goes on; one that cannot be started is emulated in this program.
    pub fn take_over(&self, project: &mut Project, entry: &Path) {
        let Some(mut inner) = self.lock() else { return };
        let folder = files::of_plant(&project.root);
        let certificates = folder.join("certificates");
        let emulators: Vec<(String, EmulatorSpec)> = project
            .sources
            .iter()
            .filter_map(|source| match &source.kind {
                SourceKind::Emulator(spec) => Some((source.name.clone(), spec.clone())),
                _ => None,
            })
            .collect();
        let mut before = std::mem::take(&mut inner.running);
        for (source, spec) in emulators {
            let run_file = RunFile::path(&folder, &source);
            let running = digest(project, &source, &spec).and_then(|digest| {
                let known = before.iter().position(|running| running.run_file == run_file);
                let known = known.map(|place| before.swap_remove(place));
                find(known, &run_file, &digest, &certificates).map_or_else(
                    || {
                        let (found, process) = start::start(entry, &source, &run_file)?;
                        Ok(Running { run_file, found, process: Some(process) })
                    },
                    Ok,
                )
            });
            match running {
                Ok(running) => {
                    rewire::rewire(project, &source, &running.found.url, &certificates);
                    inner.running.push(running);
                }
                Err(why) => {
                    let words = format!(
                        "The plant cannot run in a process of its own: {why}. It is emulated in this program and ends \
                         with it, also in the middle of a trial. Mend what is said there and open the project again."
                    );
                    inner.told.push((source, words));
                }
            }
        }
        before.into_iter().for_each(Running::leave);
    }

    /// Says on the links of a session what went wrong.
    pub fn tell(&self, session: &Session) {
        for (source, words) in self.lock().map(|mut inner| std::mem::take(&mut inner.told)).into_iter().flatten() {
            session.warn(&source, &words);
        }
    }

    /// The program ends in order: its plants are no longer wanted, and end when nobody else visits them. So
    /// it is too when the last clone is dropped.
    pub fn leave(&self) {
        if let Some(mut inner) = self.lock() {
            inner.leave();
        }
    }

    fn lock(&self) -> Option<MutexGuard<'_, Inner>> {
        Some(self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Inner {
    fn leave(&mut self) {
        std::mem::take(&mut self.running).into_iter().for_each(Running::leave);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Running {
    fn leave(self) {
        self.found.remove(&self.run_file);
    }
}

/// The plant of a run file, where it is the one that is asked for and still there.
fn find(known: Option<Running>, run_file: &Path, digest: &str, certificates: &Path) -> Option<Running> {
    let same = RunFile::read(run_file).filter(|found| found.digest == digest);
    let (ours, other): (Option<Running>, Option<Running>) = match known {
        Some(running) if Some(&running.found) == same.as_ref() => (Some(running), None),
        known => (None, known),
    };
    other.into_iter().for_each(Running::leave);
    let mut process = ours.and_then(|running| running.process);
    let runs = process.as_mut().map(|process| matches!(process.try_wait(), Ok(None)));
    let found = same.filter(|found| runs.unwrap_or_else(|| start::answers(found, certificates)))?;
    Some(Running { run_file: run_file.to_owned(), found, process })
}

/// Of all that makes the plant of a source what it is; the signals that show it are not part of it.
///
/// # Errors
/// In words, when a file of its model cannot be read, or where it can only run in this program.
pub fn digest(project: &Project, source: &str, spec: &EmulatorSpec) -> Result<String, String> {
    if spec.rate != 1.0 {
        return Err("its time does not run as the clock does".to_owned());
    }
    let mut digest = Sha256::new();
    digest.update(models::digest(&spec.model)?);
    digest.update(format!("{source} {} {:?} {:?} {:?}", spec.seed, spec.rate, spec.warm_up, spec.interval));
    // Parameters that are written have nodes of their own.
    for parameter in written(project, source) {
        digest.update(parameter);
        digest.update([0]);
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Parameters of a source's model that the settings of a project are written to.
pub fn written<'p>(project: &'p Project, source: &str) -> impl Iterator<Item = &'p str> {
    project.write_targets.iter().filter(move |address| address.source == source).filter_map(|address| {
        match &address.target {
            WriteTarget::Emulator { parameter } => Some(parameter.as_str()),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Span;

    #[test]
    fn a_plant_is_another_one_when_its_model_or_its_pace_is_and_not_when_its_signals_are() {
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
        let project = crate::project::load(&demo).project.expect("the demo");
        let SourceKind::Emulator(spec) = project.sources[0].kind.clone() else { panic!("an emulator") };
        let of = |spec: &EmulatorSpec| digest(&project, "plant", spec).expect("no file is missing");
        let own = of(&spec);
        assert_eq!(of(&EmulatorSpec { signals: Vec::new(), ..spec.clone() }), own);
        let mut worn = spec.clone();
        worn.model.parameters.push(("Filler/MtbfFactor".to_owned(), 0.5));
        let others = [
            EmulatorSpec { seed: 2, ..spec.clone() },
            EmulatorSpec { warm_up: Span::from_secs(60), ..spec.clone() },
            EmulatorSpec { interval: Span::from_secs(1), ..spec.clone() },
            worn,
        ];
        for other in &others {
            assert_ne!(of(other), own, "{other:?}");
        }
        assert_ne!(digest(&Project::default(), "plant", &spec), Ok(own), "what is written has nodes");
        assert!(digest(&project, "plant", &EmulatorSpec { rate: 2.0, ..spec }).is_err());
    }

    #[test]
    fn in_the_program_nothing_is_taken_over() {
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
        let mut project = crate::project::load(&demo).project.expect("the demo");
        let before = project.sources.clone();
        PlantProcesses::new(Emulate::InProgram).take_over(&mut project, &demo);
        assert_eq!(project.sources, before);
    }
}
