//! Where a change stands, and what that means to people.

use serde::{Deserialize, Serialize};

/// Where a change stands. See the drawing in [`super`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Draft,
    Refused,
    Simulating,
    Failed,
    Compared,
    Rejected,
    Approved,
    Expired,
    Pushing,
    ReadingBack,
    Mismatch,
    Unverified,
    OnTrial,
    Kept,
    Reverting,
    Reverted,
    RevertFailed,
}

impl State {
    pub const ALL: [Self; 17] = [
        Self::Draft,
        Self::Refused,
        Self::Simulating,
        Self::Failed,
        Self::Compared,
        Self::Rejected,
        Self::Approved,
        Self::Expired,
        Self::Pushing,
        Self::ReadingBack,
        Self::Mismatch,
        Self::Unverified,
        Self::OnTrial,
        Self::Kept,
        Self::Reverting,
        Self::Reverted,
        Self::RevertFailed,
    ];

    /// True while the program acts on the plant or holds it: the change owns its equipment.
    pub fn active(self) -> bool {
        matches!(self, Self::Pushing | Self::ReadingBack | Self::OnTrial | Self::Reverting)
    }

    /// True where nothing was written and nothing runs, so that the wish may be written anew.
    pub fn editable(self) -> bool {
        matches!(
            self,
            Self::Draft
                | Self::Refused
                | Self::Failed
                | Self::Compared
                | Self::Rejected
                | Self::Approved
                | Self::Expired
        )
    }

    /// True where nothing more happens by itself or waits to be done.
    pub fn ended(self) -> bool {
        matches!(self, Self::Refused | Self::Failed | Self::Rejected | Self::Expired | Self::Kept | Self::Reverted)
    }

    /// True where nobody knows for sure which values the plant holds, and a person has to look.
    pub fn needs_person(self) -> bool {
        matches!(self, Self::Mismatch | Self::Unverified | Self::RevertFailed)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Refused => "refused",
            Self::Simulating => "simulating",
            Self::Failed => "failed",
            Self::Compared => "compared",
            Self::Rejected => "rejected",
            Self::Approved => "approved",
            Self::Expired => "expired",
            Self::Pushing => "pushing",
            Self::ReadingBack => "reading back",
            Self::Mismatch => "mismatch",
            Self::Unverified => "unverified",
            Self::OnTrial => "on trial",
            Self::Kept => "kept",
            Self::Reverting => "going back",
            Self::Reverted => "gone back",
            Self::RevertFailed => "not gone back",
        }
    }

    /// What happened; what it means and what to do.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        const NOTHING: &str = "The plant is as it was. Edit the change and try again.";
        match self {
            Self::Draft => ("The change is a draft.", "Nothing is written. Simulate it next."),
            Self::Refused => ("The policy does not allow this change.", NOTHING),
            Self::Simulating => ("The change runs on the simulated copy.", "Nothing is written. Wait for the answer."),
            Self::Failed => ("The change failed.", NOTHING),
            Self::Compared => {
                ("The change was simulated.", "Nothing is written. Compare the figures and ask for an approval.")
            }
            Self::Rejected => ("The change was rejected.", NOTHING),
            Self::Approved => ("The change is approved.", "Nothing is written. Push it before the approval expires."),
            Self::Expired => ("The approval expired.", NOTHING),
            Self::Pushing => ("The settings are being written.", "They do not count before they are read back."),
            Self::ReadingBack => {
                ("All settings were sent.", "They do not count before they are read back. Wait for the plant.")
            }
            Self::Mismatch => (
                "The plant shows other values than were written.",
                "It is not known who or what holds them. Look at the equipment, then revert the change or draft another.",
            ),
            Self::Unverified => (
                "Nothing says what the plant holds.",
                "It may hold the old or the new values, and no trial runs. Look at the equipment, then revert the \
                 change or draft another.",
            ),
            Self::OnTrial => (
                "The plant holds the new values on trial.",
                "They go back when the time is over. Keep the change or revert it.",
            ),
            Self::Kept => ("The change is kept.", "The plant holds the new values."),
            Self::Reverting => ("The settings are going back.", "They do not count before they are read back."),
            Self::Reverted => ("The settings went back.", "The plant holds the values from before the change."),
            Self::RevertFailed => (
                "Not all settings went back.",
                "The plant may hold other values than before the change. Go to the equipment and set it by hand, or \
                 revert again.",
            ),
        }
    }
}
