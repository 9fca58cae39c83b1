//! Everything that a person can ask for. Panels, keys, scripts and tests speak it; only
//! `app/commands.rs` acts on it.

use std::path::PathBuf;

use super::alarm::AlarmId;
use super::asset::AssetId;
use super::change_command::ChangeCommand;
use super::headset::HeadsetCommand;
use super::playhead::PlayheadCommand;
use super::recording::{Alignment, ExportWish, Mark};
use super::scenario::Scenario;
use super::signal::Origin;
use super::time::{Span, Timestamp};
use super::what_if::ModelWish;

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
    /// Take an alarm of the live plant off the list for so long, at most eight hours.
    Shelve(AlarmId, Span),
    /// Put a shelved alarm back on the list.
    Unshelve(AlarmId),
    SetTheme(Theme),
    /// Write what comes from now on into a new file in the recordings folder.
    StartRecording,
    StopRecording,
    /// Write the last stretch of time that the ring holds into a file of its own.
    SaveLast(Span),
    /// Note a text on a moment, with camera and selection.
    AddMark(Timestamp, String),
    /// Go to a mark: moment, camera and selection.
    GoToMark(Mark),
    /// Open a recording beside what is open.
    OpenRecording(PathBuf),
    CloseRecording(u32),
    /// Lay an origin beside the playhead's, as a ghost in the scene and in plots; none ends it.
    Compare(Option<(Origin, Alignment)>),
    /// Go through both sides of the comparison and list how far each signal differs.
    ListDifferences,
    /// Let camera and selection follow what the operator looked at when it was recorded.
    FollowOperator(bool),
    Export(ExportWish),
    CancelJob(u64),
    /// Run this on the simulated copy from now on, without and with the changes. Nothing reaches the plant.
    AskWhatIf(Scenario),
    /// Sweep, check or calibrate the simulated copy.
    AskModel(ModelWish),
    /// Stop what the copy is working on.
    CancelWhatIf,
    /// Put a run that is stored in an open recording (number of its origin, place among its runs) on
    /// the timeline again.
    OpenRun(u32, usize),
    /// Drop the answer and the histories that belong to it.
    ForgetWhatIf,
    /// About a change of the plant, or about who is at the desk.
    Change(ChangeCommand),
    /// About the stay of a person in a headset.
    Headset(HeadsetCommand),
    /// Put a link to the moment, camera and selection into the clipboard.
    CopyLink,
    /// Go where a `twinscope://` link leads.
    OpenLink(String),
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
