//! The running connections of a project: its sources, and the emulator where it is the plant.

use bevy::prelude::Resource;
use crossbeam_channel::Receiver;

use super::channels;
use super::emulator::{self, Ports};
use crate::domain::link::LinkStatus;
use crate::domain::signal::Sample;
use crate::domain::source::{SourceKind, SourceSpec};
use crate::domain::time::Timestamp;
use crate::sources::{Outlet, RecorderTap, Runtime, StartError};

/// Sources at work, and where their samples come out. Dropping it ends them.
#[derive(Resource)]
pub struct Session {
    pub samples: Receiver<Sample>,
    runtime: Runtime,
    specs: Vec<SourceSpec>,
    /// The ways into the plants that are emulated here.
    pub ports: Ports,
}

impl Session {
    /// Starts all sources of a project; a recorder gets what they deliver too.
    ///
    /// # Errors
    /// When threads cannot be had. A source that fails shows on its link instead.
    pub fn start(specs: &[SourceSpec], now: Timestamp, recorder: Option<RecorderTap>) -> Result<Self, StartError> {
        let (sender, samples) = channels::samples();
        let outlet = match recorder {
            Some(recorder) => Outlet::recorded(sender, recorder),
            None => Outlet::new(sender),
        };
        let runtime = Runtime::start(specs.to_vec(), outlet.clone())?;
        let mut ports = Ports::default();
        for spec in specs {
            if let SourceKind::Emulator(emulator) = &spec.kind {
                let link = runtime.link(&spec.name, "Plant emulator", "in this program");
                let port = emulator::start(emulator.clone(), link, outlet.clone(), runtime.stop_sign(), now);
                ports.add(&spec.name, port);
            }
        }
        Ok(Self { samples, runtime, specs: specs.to_vec(), ports })
    }

    pub fn specs(&self) -> &[SourceSpec] {
        &self.specs
    }

    /// Shows what is wrong with a source that runs all the same.
    pub fn warn(&self, source: &str, message: &str) {
        self.runtime.warn(source, message);
    }

    pub fn links(&self) -> Vec<LinkStatus> {
        self.runtime.links()
    }
}
