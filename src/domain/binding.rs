//! Bindings: what the signals do to the look of the plant.

use std::sync::Arc;

use super::asset::AssetId;
use super::rule::Rule;
use super::scene::NodeRef;
use super::signal::SignalId;

/// One rule at work on one node.
#[derive(Clone, PartialEq, Debug)]
pub struct Binding {
    pub node: NodeRef,
    /// Equipment that the node belongs to, for names and selection.
    pub asset: Option<AssetId>,
    pub drive: Drive,
    pub rule: Arc<Rule>,
    /// Signal of each input of the rule, in slot order; none reads as undefined.
    pub inputs: Vec<Option<SignalId>>,
}

/// What the outcome of the rule drives.
#[derive(Clone, PartialEq, Debug)]
pub enum Drive {
    /// Colour of the meshes at and below the node; the opacity of the colour counts.
    Colour,
    /// Opacity of the meshes at and below the node, 0..=1.
    Opacity,
    /// The sign of the tag at the node.
    Icon,
    /// A text at the node.
    Label,
    /// Shown while the number is not 0.
    Visibility,
    /// Shows this fraction (0..=1) of the node's children, the first ones first.
    Reveal,
    /// Turns the node about an axis of its own space: degrees, or degrees per second.
    Rotation { axis: [f32; 3], motion: Motion },
    /// Moves the node along an axis of its parent's space: metres, or metres per second.
    Translation { axis: [f32; 3], motion: Motion },
    /// Scales the node along an axis of its own space from 0 to 1 times its modelled size.
    Level { axis: [f32; 3] },
    /// Arrows that run over the surface along its U direction, metres per second.
    Flow,
    /// Colour of the arrows of a motion indicator.
    FlowForeground,
    /// Colour behind the arrows of a motion indicator.
    FlowBackground,
    /// Plays a clip of the model: seconds into it, or times its own speed.
    Animation { clip: String, motion: Motion },
}

/// Whether a number is a place or a speed. Speeds are integrated over the playhead's moment, so
/// that a replay turns the wheel as the plant did, backwards when scrubbed backwards.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Motion {
    Position,
    Rate,
}

impl Binding {
    /// Input signals that are there.
    pub fn signals(&self) -> impl Iterator<Item = SignalId> {
        self.inputs.iter().flatten().copied()
    }
}
