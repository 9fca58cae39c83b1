//! What a model and its copies share: the FMU, how it is started, and its steps.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use super::Settings;
use super::catalog::Catalog;
use crate::simulation::fmu::FmuError;
use crate::simulation::fmu::archive::Unpacked;
use crate::simulation::fmu::description::{Causality, ModelDescription, Variable};
use crate::simulation::fmu::process::{FmuLimits, FmuProcess};

/// How the processes of a model are started, and what each may take.
#[derive(Clone, PartialEq, Debug)]
pub struct FmuLaunch {
    /// With these arguments it runs [`crate::simulation::fmu::host::run`].
    pub program: PathBuf,
    pub args: Vec<OsString>,
    pub limits: FmuLimits,
}

/// What all copies of a model have in common.
#[derive(Debug)]
pub(super) struct Plan {
    pub fmu: Arc<Unpacked>,
    pub launch: FmuLaunch,
    pub start_secs: f64,
    pub step_secs: f64,
    pub catalog: Catalog,
}

impl Plan {
    /// A process with the model at its start.
    pub fn begin(&self, start: &Settings) -> Result<FmuProcess, FmuError> {
        let FmuLaunch { program, args, limits } = &self.launch;
        let mut process = FmuProcess::start(program, args, &self.fmu, *limits)?;
        process.set_up(self.start_secs, None, self.description().experiment.tolerance)?;
        let is_input = |place| self.variable(place).is_some_and(|found| found.causality == Causality::Input);
        let (inputs, others) =
            start.iter().map(|(place, value)| (*place, value.clone())).partition(|(place, _)| is_input(*place));
        process.set(others)?;
        process.enter_initialisation()?;
        process.set(inputs)?;
        process.exit_initialisation()?;
        Ok(process)
    }

    pub fn description(&self) -> &ModelDescription {
        &self.fmu.description
    }

    pub fn variable(&self, place: usize) -> Option<&Variable> {
        self.description().variables.get(place)
    }

    /// The end of a step, counted from 1; the start for 0.
    pub fn moment_secs(&self, steps: u64) -> f64 {
        self.start_secs + steps as f64 * self.step_secs
    }

    /// True where a copy has to go the way of the model again, because it does not offer its state.
    pub fn is_replayed(&self) -> bool {
        let offered = self.description().capabilities;
        !(offered.get_and_set_state && offered.serialise_state)
    }
}
