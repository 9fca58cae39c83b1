//! Signals and their samples.

use serde::{Deserialize, Serialize};

use super::quality::Quality;
use super::time::{Span, Timestamp};
use super::unit::Unit;
use super::value::{Value, ValueKind};

/// Dense number of a signal in the catalog: the only key used while running.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SignalId(pub u32);

impl SignalId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What is known of a signal beside its samples.
#[derive(Clone, PartialEq, Debug)]
pub struct Signal {
    /// Tag path, ISA-95 style: `Riverside/Line 1/Filler/Speed`. For files and labels only.
    pub path: String,
    pub description: String,
    pub unit: Unit,
    pub kind: ValueKind,
    /// Engineering range in `unit`, low < high.
    pub range: Option<(f64, f64)>,
    /// How often a sample is expected; the ground for "stale".
    pub expected_interval: Option<Span>,
    /// True when a setpoint of the project names it.
    pub writable: bool,
}

impl Signal {
    /// A signal of which nothing but path and kind is known.
    pub fn new(path: impl Into<String>, kind: ValueKind) -> Self {
        Self {
            path: path.into(),
            description: String::new(),
            unit: Unit::none(),
            kind,
            range: None,
            expected_interval: None,
            writable: false,
        }
    }

    /// The last part of the tag path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Age from which a value counts as stale: three missed samples, and never less than a second.
    /// None where no interval is expected (values that come on change only).
    pub fn stale_after(&self) -> Option<Span> {
        const MISSED: f64 = 3.0;
        self.expected_interval.map(|interval| interval.scaled(MISSED).max(Span::from_secs(1)))
    }
}

/// One value of one signal at one moment.
#[derive(Clone, PartialEq, Debug)]
pub struct Sample {
    pub signal: SignalId,
    /// When the value held in the plant, by the clock of its source.
    pub source_time: Timestamp,
    /// When it reached this program.
    pub received_time: Timestamp,
    pub value: Value,
    pub quality: Quality,
}

/// Where a series comes from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Debug, Serialize, Deserialize)]
pub enum Origin {
    /// From the plant, in this run of the program or from its historian files.
    #[default]
    Measured,
    /// From the recording file with this number in the session.
    Recorded(u32),
    /// From the simulation run with this number.
    Simulated(u32),
    /// From the learned model with this number.
    Predicted(u32),
}

impl Origin {
    /// True where silence means that nothing is known. A computed value holds until the next one.
    pub fn goes_stale(self) -> bool {
        matches!(self, Self::Measured | Self::Recorded(_))
    }
}
