//! What a person in a headset may ask for.
//!
//! In the scene a change can be drafted, simulated and proposed. To approve it, to push it, to keep or take it
//! back, a person sits at a desk: there they see the whole change, type their password unseen, and do not
//! press a button that they only meant to point past. This is the one door between the wearer and everything
//! that acts.

use crate::domain::change_command::ChangeCommand;
use crate::domain::command::Command;
use crate::domain::headset::HeadsetCommand;

/// Lets a wish of the wearer pass, as what it means in the scene.
///
/// # Errors
/// In words for the wearer, for what is done at a desk.
pub fn from_wearer(command: Command) -> Result<Command, String> {
    match command {
        Command::Change(change) => match change {
            ChangeCommand::Draft { .. } | ChangeCommand::Edit { .. } | ChangeCommand::Simulate(_) => {
                Ok(Command::Change(change))
            }
            ChangeCommand::Approve { .. }
            | ChangeCommand::TakeApprovalFile(_)
            | ChangeCommand::WriteChangeFile { .. }
            | ChangeCommand::Reject { .. } => at_desk("Approving and rejecting are"),
            ChangeCommand::Push { .. } => at_desk("Pushing to the plant is"),
            ChangeCommand::Keep { .. } | ChangeCommand::Revert { .. } | ChangeCommand::Rollback(_) => {
                at_desk("Keeping a change and taking it back are")
            }
            ChangeCommand::Login { .. } | ChangeCommand::Logout => at_desk("Logging in and out is"),
        },
        // To look at equipment the wearer goes there; the camera of the desk is the desk's.
        Command::Focus(asset) => Ok(Command::Headset(HeadsetCommand::Visit(asset))),
        Command::GoToViewpoint(place) => Ok(Command::Headset(HeadsetCommand::GoTo(place))),
        Command::FrameAll => Ok(Command::Headset(HeadsetCommand::TableTop(true))),
        Command::Headset(command) => match command {
            HeadsetCommand::GoTo(_)
            | HeadsetCommand::Visit(_)
            | HeadsetCommand::TableTop(_)
            | HeadsetCommand::Seated(_)
            | HeadsetCommand::ResetHeight
            | HeadsetCommand::Turn(_)
            | HeadsetCommand::Vignette(_)
            | HeadsetCommand::Pin(_)
            | HeadsetCommand::Unpin(_)
            | HeadsetCommand::TakePicture
            | HeadsetCommand::Tour(_) => Ok(Command::Headset(command)),
            HeadsetCommand::Point(_) | HeadsetCommand::Mirror(_) => at_desk("Showing and mirroring are"),
        },
        Command::Playhead(_)
        | Command::Step(_)
        | Command::Select(_)
        | Command::Hide(_)
        | Command::Show(_)
        | Command::Isolate(_)
        | Command::ShowAll
        | Command::SetXray(_)
        | Command::SetGhostOthers(_)
        | Command::SetLabels(_)
        | Command::Acknowledge(_)
        | Command::AcknowledgeAll
        | Command::Shelve(..)
        | Command::Unshelve(_)
        | Command::StartRecording
        | Command::StopRecording
        | Command::SaveLast(_)
        | Command::AddMark(..)
        | Command::GoToMark(_)
        | Command::Compare(_)
        | Command::ListDifferences
        | Command::AskWhatIf(_)
        | Command::AskModel(_)
        | Command::CancelWhatIf
        | Command::OpenRun(..)
        | Command::ForgetWhatIf
        | Command::DismissNotice(_) => Ok(command),
        Command::OpenRecording(_) | Command::CloseRecording(_) | Command::Export(_) | Command::CancelJob(_) => {
            at_desk("Files are opened and written")
        }
        Command::SetCamera(_)
        | Command::SetTheme(_)
        | Command::FollowOperator(_)
        | Command::CopyLink
        | Command::OpenLink(_) => at_desk("The window is managed"),
        Command::Reload | Command::Quit => at_desk("The project and the program are managed"),
    }
}

fn at_desk(what: &str) -> Result<Command, String> {
    Err(format!("{what} done at a desk."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::change::{ChangeId, Wish};
    use crate::domain::change_command::Password;
    use crate::domain::person::UserName;

    /// Every command about changes, by hand; `one_of_each` fails to compile when one is added.
    fn changes() -> Vec<ChangeCommand> {
        let id = || ChangeId::new("C-2026-11-30-0001").expect("an id");
        let user = || UserName::new("otto").expect("a name");
        let password = || Password::new("correct horse battery".to_owned());
        let (reason, wish) = (|| "because".to_owned(), Wish::default);
        let all = vec![
            ChangeCommand::Draft { wish: wish() },
            ChangeCommand::Edit { id: id(), wish: wish() },
            ChangeCommand::Simulate(id()),
            ChangeCommand::Approve { id: id(), user: user(), password: password(), reason: reason() },
            ChangeCommand::TakeApprovalFile("a".into()),
            ChangeCommand::WriteChangeFile { id: id(), path: "a".into() },
            ChangeCommand::Reject { id: id(), user: user(), password: password(), why: reason() },
            ChangeCommand::Push { id: id(), user: user(), password: password() },
            ChangeCommand::Keep { id: id() },
            ChangeCommand::Revert { id: id(), why: reason() },
            ChangeCommand::Rollback(id()),
            ChangeCommand::Login { user: user(), password: password() },
            ChangeCommand::Logout,
        ];
        all.iter().for_each(one_of_each);
        all
    }

    fn one_of_each(change: &ChangeCommand) {
        match change {
            ChangeCommand::Draft { .. }
            | ChangeCommand::Edit { .. }
            | ChangeCommand::Simulate(_)
            | ChangeCommand::Approve { .. }
            | ChangeCommand::TakeApprovalFile(_)
            | ChangeCommand::WriteChangeFile { .. }
            | ChangeCommand::Reject { .. }
            | ChangeCommand::Push { .. }
            | ChangeCommand::Keep { .. }
            | ChangeCommand::Revert { .. }
            | ChangeCommand::Rollback(_)
            | ChangeCommand::Login { .. }
            | ChangeCommand::Logout => {}
        }
    }

    #[test]
    fn of_a_change_only_drafting_and_simulating_pass() {
        let passed: Vec<String> = changes()
            .into_iter()
            .filter_map(|change| from_wearer(Command::Change(change)).ok())
            .map(|passed| format!("{passed:?}"))
            .collect();
        assert_eq!(passed.len(), 3, "{passed:?}");
        for (passed, name) in passed.iter().zip(["Draft", "Edit", "Simulate"]) {
            assert!(passed.starts_with(&format!("Change({name}")), "{passed}");
        }
    }

    #[test]
    fn what_is_refused_says_where_it_is_done() {
        for change in changes() {
            if let Err(words) = from_wearer(Command::Change(change)) {
                assert!(words.ends_with(" at a desk."), "{words}");
            }
        }
        assert!(from_wearer(Command::Quit).is_err());
    }

    #[test]
    fn to_go_somewhere_moves_the_wearer_and_not_the_camera_of_the_desk() {
        let asset = crate::domain::asset::AssetId(3);
        assert_eq!(from_wearer(Command::Focus(asset)), Ok(Command::Headset(HeadsetCommand::Visit(asset))));
        assert_eq!(from_wearer(Command::GoToViewpoint(2)), Ok(Command::Headset(HeadsetCommand::GoTo(2))));
    }
}
