//! The simulated copy of a project's plant, as the twin believes it to be.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::past::FRESH;
use crate::app::models::{self, Ready};
use crate::domain::calibration::Calibration;
use crate::domain::model::TwinSpec;
use crate::domain::recording::StartValue;
use crate::domain::signal::{Origin, SignalId};
use crate::domain::time::Timestamp;
use crate::simulation::calibrate::file::{self as calibration, Stored};
use crate::simulation::model::{Model, Observation, Observed};

/// Where a calibration is kept when the project names no file for it.
const CALIBRATION: &str = "calibration.toml";
/// Seed of what the model draws while it runs in; every run of a scenario draws anew.
const RUN_IN_SEED: u64 = 0;
/// Seed of fits in the window: the same window gives the same parameters.
pub const FIT_SEED: u64 = 1;

/// A model that has run in, and how it is wired to the signals of the plant.
pub struct Believed {
    ready: Ready,
    /// Variable of the model -> signal.
    pub wired: Vec<(String, SignalId)>,
    /// Of the model with its parameters: two runs of one digest, start and scenario are the same.
    pub digest: String,
}

impl Believed {
    /// Reads the model of a project, with the calibration that is kept with it.
    ///
    /// # Errors
    /// In words, when a file cannot be used or the model fails.
    pub fn read(twin: &TwinSpec, root: &Path) -> Result<Self, String> {
        let file = calibration_file(twin, root);
        let mut spec = twin.model.clone();
        if file.is_file() {
            let found = stored(&file)?.calibration.parameters.into_iter();
            let known = found.filter(|parameter| parameter.std_error.is_some());
            spec.parameters.extend(known.map(|parameter| (parameter.name, parameter.value)));
        }
        let digest = models::digest(&spec)?;
        let ready = models::ready(&spec, RUN_IN_SEED)?;
        Ok(Self { ready, wired: twin.signals.clone(), digest })
    }

    pub fn model(&self) -> &dyn Model {
        &*self.ready.model
    }

    /// The model in the state in which the plant was seen.
    ///
    /// # Errors
    /// In words, when too little of it is known or the model fails.
    pub fn observe(&self, start: &Start) -> Result<Observation<Box<dyn Model>>, String> {
        let seen = start.seen.iter().map(|value| Observed {
            variable: value.variable.clone(),
            value: value.value.clone(),
            quality: value.quality,
            age: value.age,
        });
        self.model().observe(&seen.collect::<Vec<_>>(), FRESH).map_err(|error| {
            format!("There is no answer: {error}. Wait until the plant is connected, or go to a moment with values.")
        })
    }
}

/// Where a question begins.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Start {
    /// What was looked at.
    pub origin: Origin,
    /// Plant time.
    pub at: Timestamp,
    pub seen: Vec<StartValue>,
}

/// Where the calibration of a project is kept; it need not be there.
pub fn calibration_file(twin: &TwinSpec, root: &Path) -> PathBuf {
    twin.calibration.clone().unwrap_or_else(|| root.join(CALIBRATION))
}

fn stored(file: &Path) -> Result<Stored, String> {
    calibration::read(&models::text_of(file)?).map_err(|problems| models::listed(file, "is no calibration", &problems))
}

/// Keeps a calibration that was made at `made`. What an earlier one found of other parameters stays.
///
/// # Errors
/// In words, when the file cannot be written.
pub fn keep(mut found: Calibration, file: &Path, made: Timestamp) -> Result<(), String> {
    let unkept = |why: String| {
        let file = file.display();
        format!("{file} cannot be written ({why}). The calibration is not kept. Check the rights of that folder.")
    };
    if let Some(earlier) = stored(file).ok().filter(|_| file.is_file()) {
        let names: Vec<String> = found.parameters.iter().map(|parameter| parameter.name.clone()).collect();
        let others = earlier.calibration.parameters.into_iter().filter(|other| !names.contains(&other.name));
        found.parameters.extend(others);
    }
    let text = calibration::write(&Stored { calibration: found, made, seed: FIT_SEED });
    let text = text.map_err(|error| unkept(error.to_string()))?;
    fs::write(file, text).map_err(|error| unkept(error.to_string()))
}
