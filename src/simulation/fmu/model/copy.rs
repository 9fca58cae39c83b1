//! A second model in the same state, in a process of its own.
//!
//! At the start that is a second beginning. Later the state goes over as bytes where the FMU offers
//! them, else the copy goes the same way once more, which is compared: a model of others may be one
//! that comes to another end each time.

use std::sync::{Arc, Mutex};

use super::FmuModel;
use crate::simulation::fmu::FmuError;
use crate::simulation::fmu::process::FmuProcess;
use crate::simulation::model::ModelError;

/// Most steps that a copy goes once more.
pub(super) const MOST_REPLAYED: u64 = 100_000;

impl FmuModel {
    /// # Errors
    /// When the model failed, cannot be copied, or the process of the copy does.
    pub(super) fn copy(&self) -> Result<Self, ModelError> {
        let failed = |error: FmuError| ModelError::Failed(error.to_string());
        self.sound()?;
        let mut process = self.plan.begin(&self.start).map_err(failed)?;
        if self.steps > 0 && self.plan.is_replayed() {
            self.replay(&mut process).map_err(failed)?;
        } else if self.steps > 0 {
            let bytes = self.ask(|process| {
                let state = process.save_state()?;
                let bytes = process.serialise_state(state)?;
                process.free_state(state)?;
                Ok(bytes)
            })?;
            restore(&mut process, &bytes).map_err(failed)?;
        }
        Ok(Self {
            plan: Arc::clone(&self.plan),
            process: Mutex::new(Ok(process)),
            start: self.start.clone(),
            pending: self.pending.clone(),
            present: self.present.clone(),
            history: self.history.clone(),
            steps: self.steps,
            values: self.values.clone(),
            totals: self.totals.clone(),
        })
    }

    fn replay(&self, process: &mut FmuProcess) -> Result<(), FmuError> {
        let name = &self.plan.description().name;
        if self.steps > MOST_REPLAYED {
            let steps = self.steps;
            return Err(FmuError::Experiment(format!(
                "The model \"{name}\" cannot be copied: it does not offer its state, and up to {MOST_REPLAYED} steps \
                 are run once more; it has done {steps}. Begin anew, or ask for an FMU that can serialise its state."
            )));
        }
        let counted = self.plan.catalog.counted;
        let mut history = self.history.iter().peekable();
        let mut values = Vec::new();
        for step in 0..self.steps {
            let inputs = history.next_if(|(before, _)| *before == step);
            let inputs = inputs.map(|(_, inputs)| inputs.clone()).unwrap_or_default();
            let outputs = self.plan.catalog.places.iter().copied().take(counted).collect();
            let (from_secs, to_secs) = (self.plan.moment_secs(step), self.plan.moment_secs(step + 1));
            values = process.step(from_secs, to_secs, inputs, outputs)?.values;
        }
        if self.values.get(..counted) != Some(values.as_slice()) {
            return Err(FmuError::Experiment(format!(
                "The model \"{name}\" cannot be copied: it does not offer its state, and run once more with the same \
                 inputs it comes to other values. Ask for an FMU that can serialise its state."
            )));
        }
        Ok(())
    }
}

fn restore(process: &mut FmuProcess, bytes: &[u8]) -> Result<(), FmuError> {
    let state = process.deserialise_state(bytes)?;
    process.restore_state(state)?;
    process.free_state(state)
}
