//! What a person can ask for about changes, and who they are.
//!
//! A command is a wish: whether it may be, `control` decides.

use std::fmt;
use std::path::PathBuf;

use super::change::{ChangeId, Wish};
use super::person::UserName;

#[derive(Clone, PartialEq, Debug)]
pub enum ChangeCommand {
    Draft {
        wish: Wish,
    },
    Edit {
        id: ChangeId,
        wish: Wish,
    },
    Simulate(ChangeId),
    Approve {
        id: ChangeId,
        user: UserName,
        password: Password,
        reason: String,
    },
    /// Read an approval that was given on another computer.
    TakeApprovalFile(PathBuf),
    /// Write what an approver on another computer has to see.
    WriteChangeFile {
        id: ChangeId,
        path: PathBuf,
    },
    /// Also takes back an approval that was given.
    Reject {
        id: ChangeId,
        user: UserName,
        password: Password,
        why: String,
    },
    /// Write the approved values to the plant.
    Push {
        id: ChangeId,
        user: UserName,
        password: Password,
    },
    /// End the trial with the new values.
    Keep {
        id: ChangeId,
    },
    /// Bring the old values back.
    Revert {
        id: ChangeId,
        why: String,
    },
    /// Draft a change with the old values of this one.
    Rollback(ChangeId),
    Login {
        user: UserName,
        password: Password,
    },
    Logout,
}

/// A password on its way from the keyboard to where it is checked. It is never shown and never stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    pub fn new(password: String) -> Self {
        Self(password)
    }

    /// For the check alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::command::Command;

    #[test]
    fn a_password_is_in_no_debug_output() {
        let (user, password) = (UserName::new("bob").expect("a name"), Password::new("hunter2".into()));
        assert_eq!(password.expose(), "hunter2");
        let id = ChangeId::new("C-2026-11-25-0003").expect("an id");
        let reason = String::from("Looks right");
        for command in [
            ChangeCommand::Login { user: user.clone(), password: password.clone() },
            ChangeCommand::Push { id: id.clone(), user: user.clone(), password: password.clone() },
            ChangeCommand::Reject {
                id: id.clone(),
                user: user.clone(),
                password: password.clone(),
                why: reason.clone(),
            },
            ChangeCommand::Approve { id, user, password, reason },
        ] {
            let command = Command::Change(command);
            assert!(!format!("{command:?} {command:#?}").contains("hunter2"));
        }
    }
}
