//! How changes stand, as the thread "control" tells it and the console shows it.

use crate::domain::change::{ChangeId, ChangeRequest, GuardReport};
use crate::domain::person::{Desk, Role, UserName};
use crate::domain::time::Span;

/// What becomes of a command: the change that it drafted, or why it was not carried out, in words.
pub type Answer = Result<Option<ChangeId>, String>;

/// Everything that the console shows of changes.
#[derive(Clone, Default, Debug)]
pub struct Board {
    /// The changes were taken up: commands are carried out from now on.
    pub ready: bool,
    /// Newest first.
    pub changes: Vec<Shown>,
    pub desk: Desk,
    /// Accounts that are not disabled.
    pub accounts: Vec<(UserName, Role)>,
    /// What went wrong before there was anything to show, in words.
    pub told: Vec<String>,
}

/// One change with what is known around it.
#[derive(Clone, Debug)]
pub struct Shown {
    pub request: ChangeRequest,
    /// What the guards say to what can be done next.
    pub guards: Option<GuardReport>,
    /// Whether each abort condition is true now; none where it cannot be judged.
    pub conditions: Vec<Option<bool>>,
    pub lease_left: Option<Span>,
    /// How the links to its settings are, in words; empty where they are up.
    pub link: String,
}

impl Board {
    /// Of a desk from which nothing can be written.
    pub fn view_only(why: &'static str) -> Self {
        Self { desk: Desk { person: None, view_only: Some(why) }, ..Self::default() }
    }
}
