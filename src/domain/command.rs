//! Everything that a person can ask for. Panels, keys, scripts and tests speak it; only
//! `app/commands.rs` acts on it.

use super::alarm::AlarmId;
use super::asset::AssetId;
use super::playhead::PlayheadCommand;

#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    Playhead(PlayheadCommand),
    /// To the next or the previous sample of any signal; the playhead pauses there.
    Step(Direction),
    Select(Option<AssetId>),
    /// Move the camera so that the asset fills the view.
    Focus(AssetId),
    /// Move the camera so that the whole plant is in view.
    FrameAll,
    /// Go to the saved viewpoint with this number.
    GoToViewpoint(usize),
    SetCamera(CameraMode),
    Hide(AssetId),
    /// Undo the hiding of this one.
    Show(AssetId),
    /// Hide everything but this.
    Isolate(AssetId),
    /// Undo every hiding.
    ShowAll,
    SetXray(bool),
    /// Draw everything but the selection as a ghost.
    SetGhostOthers(bool),
    SetLabels(bool),
    Acknowledge(AlarmId),
    AcknowledgeAll,
    SetTheme(Theme),
    /// Read the project file again.
    Reload,
    DismissNotice(u64),
    Quit,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    Forward,
    Back,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum CameraMode {
    /// Around a point; for looking at equipment.
    #[default]
    Orbit,
    /// Walking and flying with the keys.
    Fly,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Theme {
    #[default]
    Dark,
    Light,
}
