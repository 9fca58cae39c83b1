//! The machines of the line in flow order. Their names are those of the 3D model and of the variables.

use serde::{Deserialize, Serialize};

/// Number of machines in the line.
pub const MACHINE_COUNT: usize = 8;
/// Number of conveyors: one between each two neighbours.
pub const CONVEYOR_COUNT: usize = MACHINE_COUNT - 1;

/// A machine by its place in the flow, from empty bottles to full pallets.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum MachineId {
    Depalletiser,
    Rinser,
    /// The bottleneck; the figures of the line (OEE) are taken here.
    Filler,
    Capper,
    Pasteuriser,
    Labeller,
    /// Takes bottles, gives cases.
    Packer,
    /// Counts cases, not bottles.
    Palletiser,
}

impl MachineId {
    /// All machines, in flow order.
    pub const ALL: [Self; MACHINE_COUNT] = [
        Self::Depalletiser,
        Self::Rinser,
        Self::Filler,
        Self::Capper,
        Self::Pasteuriser,
        Self::Labeller,
        Self::Packer,
        Self::Palletiser,
    ];

    /// Name as in the 3D model and before the slash of a variable.
    pub fn name(self) -> &'static str {
        match self {
            Self::Depalletiser => "Depalletiser",
            Self::Rinser => "Rinser",
            Self::Filler => "Filler",
            Self::Capper => "Capper",
            Self::Pasteuriser => "Pasteuriser",
            Self::Labeller => "Labeller",
            Self::Packer => "Packer",
            Self::Palletiser => "Palletiser",
        }
    }

    /// The machine of this name, case sensitive.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|machine| machine.name() == name)
    }

    /// Place in the flow, 0 for the depalletiser. Machine `i` takes from conveyor `i - 1` (array
    /// index) and gives to conveyor `i`, whose name is `Conveyor{i + 1}`.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// What the machine counts and its speed is in.
    pub fn item(self) -> &'static str {
        match self {
            Self::Palletiser => "cases",
            _ => "bottles",
        }
    }
}
