//! What a person wishes: which settings to which values, and how the trial is to end.

use serde::{Deserialize, Serialize};

use crate::domain::time::Span;

/// What is wished and why. All of it is what an approval binds.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct Wish {
    pub title: String,
    pub reason: String,
    /// Brought to their values as one set.
    pub settings: Vec<Setting>,
    pub trial: TrialPlan,
}

/// One writable signal that is brought to another value.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Setting {
    /// Tag path.
    pub signal: String,
    /// UCUM code of the unit of all numbers here.
    pub unit: String,
    /// Value that it has, and to which it goes back.
    pub from: f64,
    pub to: f64,
    /// Fastest way there and back; none: as fast as the policy allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp_per_sec: Option<f64>,
}

/// How long the change is tried, and what ends the trial early.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct TrialPlan {
    /// From the last read-back until the settings go back, unless someone keeps them.
    pub lease: Span,
    /// Expressions; the settings go back when one of them is true or cannot be judged.
    #[serde(default)]
    pub abort_conditions: Vec<String>,
    /// None: the trial goes on wherever the plant goes.
    #[serde(default)]
    pub divergence: Option<Divergence>,
}

/// When the plant is taken to have left the predicted bands.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Divergence {
    /// How far outside of the band counts, in widths of the band.
    pub margin: f64,
    /// How long a signal has to stay there.
    pub lasting: Span,
}
