//! Changes of the plant on screen: drafted, compared, approved, pushed, tried, kept or taken back.
//!
//! Shows a change as it stands and asks for what a person wants of it. What may be done is decided by
//! the policy; a button that cannot be pressed says why.

mod act;
mod approval;
mod badge;
mod card;
mod desk;
mod draft;
mod list;
mod prediction;
mod proposal;
mod propose;
mod signature;
mod signs;
mod steps;
mod trial;
mod view;
mod words;
mod writes;

use super::Console;
use crate::domain::change::{ChangeId, Wish};

pub(super) use badge::{acting_ui, badge_ui, frame_ui};
pub(super) use desk::{LoginState, desk_menu_ui};
pub(super) use list::changes_tab_ui;
pub(super) use proposal::{AT_A_DESK, proposal_ui};
pub(super) use propose::propose_ui;
pub use view::{ChangeView, WriteAnswer, WriteView};

/// What the tab remembers.
#[derive(Default)]
pub struct ChangesState {
    /// The change whose card is open.
    open: Option<ChangeId>,
    /// What is written anew; none while nobody drafts.
    form: Option<draft::DraftForm>,
    signature: signature::Signature,
    /// Why a change is to go back.
    why: String,
    /// Path of a file that goes to an approver elsewhere, or comes back.
    path: String,
    /// What is searched for among those that ended.
    search: String,
}

impl ChangesState {
    /// Begins a draft.
    pub(super) fn propose(&mut self, wish: Wish) {
        self.form = Some(draft::DraftForm::of(wish, None));
    }

    /// Somebody writes a draft.
    pub(super) fn drafting(&self) -> bool {
        self.form.is_some()
    }

    /// Opens the card of a change, or the list.
    pub(super) fn open(&mut self, change: Option<ChangeId>) {
        self.close_signature();
        self.why.clear();
        (self.form, self.open) = (None, change);
    }

    /// Forgets what was typed to sign with.
    pub(super) fn close_signature(&mut self) {
        self.signature.clear();
    }
}

/// How many changes wait for a person.
pub(super) fn waiting(console: &Console) -> usize {
    console.changes.iter().filter(|view| words::waits_for(view.request).is_some()).count()
}
