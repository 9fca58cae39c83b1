//! What a person in a headset, or a person at the desk for them, can ask of it, and how it stands.

use super::asset::AssetId;
use super::time::Span;

/// A wish about the wearer's stay in the scene. None of them reaches the plant.
#[derive(Clone, PartialEq, Debug)]
pub enum HeadsetCommand {
    /// Stand at the saved viewpoint with this number.
    GoTo(usize),
    /// Stand before equipment.
    Visit(AssetId),
    /// The plant as a model on a table, or at full size.
    TableTop(bool),
    /// Eyes at standing height while sitting.
    Seated(bool),
    /// Take the present height of the eyes for the usual one.
    ResetHeight,
    Turn(Turn),
    /// Darken the edges of the picture while the ground moves under the wearer.
    Vignette(bool),
    /// Read values out of the air beside equipment, wherever the tablet is.
    Pin(AssetId),
    Unpin(AssetId),
    /// Show the wearer where to look; none ends it.
    Point(Option<AssetId>),
    /// Let the camera of the desk see what the wearer sees.
    Mirror(bool),
    /// Write what both eyes see into picture files.
    TakePicture,
    Tour(TourStep),
}

/// How the wearer turns by the thumbstick.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Turn {
    /// By this many degrees at once.
    #[default]
    Snap30,
    Snap45,
    /// Not by the stick: only by the body.
    Off,
}

impl Turn {
    /// Degrees of one push of the stick; none where the stick does not turn.
    pub fn degrees(self) -> Option<f32> {
        match self {
            Self::Snap30 => Some(30.0),
            Self::Snap45 => Some(45.0),
            Self::Off => None,
        }
    }
}

/// A tour goes from mark to mark of what is on screen, in order of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TourStep {
    Begin,
    Next,
    Back,
    End,
}

/// How far the way to the headset is open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HeadsetLink {
    /// None yet, or lost: looked for again and again.
    Searching {
        /// Why there is none, in words.
        why: String,
    },
    /// Found; the runtime shows something else, or the headset lies on the table.
    Idle,
    /// The wearer sees the scene, and has no hands in it: a menu of the runtime lies over it.
    Visible,
    /// The wearer sees the scene and acts in it.
    Focused,
}

impl HeadsetLink {
    pub fn words(&self) -> &str {
        match self {
            Self::Searching { .. } => "Looking for a headset",
            Self::Idle => "Headset ready",
            Self::Visible => "Shown in the headset",
            Self::Focused => "Worn",
        }
    }

    /// True while frames are drawn for the wearer.
    pub fn shown(&self) -> bool {
        matches!(self, Self::Visible | Self::Focused)
    }
}

/// How the headset stands, for the panels.
#[derive(Clone, PartialEq, Debug)]
pub struct HeadsetStatus {
    pub link: HeadsetLink,
    /// Name of runtime and device, as the runtime gives them; empty before there was one.
    pub device: String,
    /// What a frame may take, and what frames took lately; none while nothing is shown.
    pub frame: Option<FrameTime>,
    /// What is drawn more plainly so that frames come in time; empty where nothing is.
    pub quality_note: String,
    pub table_top: bool,
    pub seated: bool,
    pub vignette: bool,
    pub turn: Turn,
    pub mirror: bool,
    pub pointing: Option<AssetId>,
    /// Equipment with a panel beside it.
    pub pinned: Vec<AssetId>,
    /// The place among the marks of a tour that is on: from 0.
    pub tour: Option<usize>,
    /// The last wish of the wearer that may only be asked at a desk, in words; none once another was made.
    pub refused: Option<String>,
}

impl Default for HeadsetStatus {
    fn default() -> Self {
        Self {
            link: HeadsetLink::Searching { why: String::new() },
            device: String::new(),
            frame: None,
            quality_note: String::new(),
            table_top: false,
            seated: false,
            vignette: true,
            turn: Turn::default(),
            mirror: true,
            pointing: None,
            pinned: Vec::new(),
            tour: None,
            refused: None,
        }
    }
}

/// Time of a frame against what the headset gives it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FrameTime {
    /// From one picture to the next, as the headset wants it.
    pub budget: Span,
    /// Time that drawing and everything before it takes.
    pub taken: Span,
    /// Frames that came too late in the last second.
    pub missed: u32,
}
