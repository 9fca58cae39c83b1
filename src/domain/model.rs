//! Models that the program runs: as the copy of a plant, or as the plant itself where it is emulated.

use std::path::PathBuf;

use super::signal::SignalId;

/// Which model, and what is different about it.
#[derive(Clone, PartialEq, Debug)]
pub struct ModelSpec {
    pub kind: ModelKind,
    /// Parameters by name that have other values than the model gives them, in their units.
    pub parameters: Vec<(String, f64)>,
}

#[derive(Clone, PartialEq, Debug)]
pub enum ModelKind {
    /// A packaging line as the file configures it; none: that of the demo factory.
    Line { file: Option<PathBuf> },
    /// Tanks, heat exchangers and controllers as the file connects them.
    Units { file: PathBuf },
    /// A model of another tool: a functional mock-up unit.
    Fmu {
        file: PathBuf,
        /// Distance of the moments at which values are exchanged [s]; none: what the model proposes.
        step_secs: Option<f64>,
        /// Real time that one step may take [s]; none: half a minute.
        step_limit_secs: Option<f64>,
        /// Memory that its process may take [MiB]; none: 4 GiB.
        memory_mib: Option<u64>,
    },
}

impl Default for ModelSpec {
    /// The line of the demo factory.
    fn default() -> Self {
        Self { kind: ModelKind::Line { file: None }, parameters: Vec::new() }
    }
}

/// The simulated copy of a project's plant: what questions are asked of.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct TwinSpec {
    pub model: ModelSpec,
    /// Where the parameters that a calibration found are kept.
    pub calibration: Option<PathBuf>,
    /// Variable of the model (`Filler/Speed`) -> the signal that it stands for.
    pub signals: Vec<(String, SignalId)>,
}
