//! What of a change can be done away from the desk: drafting it and having it simulated.
//!
//! Nothing is signed here, and nothing is written to the plant.

use egui::{Label, RichText, ScrollArea, Ui, scroll_area::ScrollSource};

use super::{ChangeView, ChangesState, act, draft};
use crate::domain::change::State;
use crate::domain::command::Command;
use crate::ui::{Console, format};

/// What is said under it.
pub const AT_A_DESK: &str = "Approving and pushing happen at a desk.";
/// Height of the list of drafts, points.
const LIST: f32 = 150.0;

/// The form while somebody writes a draft, else the drafts that wait to be simulated.
pub fn proposal_ui(ui: &mut Ui, console: &Console, state: &mut ChangesState, commands: &mut Vec<Command>) {
    if state.drafting() {
        draft::brief_form_ui(ui, console, state, commands);
        return;
    }
    let (drafts, rest): (Vec<&ChangeView>, Vec<&ChangeView>) =
        console.changes.iter().partition(|view| view.request.state() == State::Draft);
    let elsewhere = rest.iter().filter(|view| !view.request.state().ended()).count();
    if !drafts.is_empty() {
        let list = ScrollArea::vertical().id_salt("drafts").max_height(LIST).auto_shrink([false, true]);
        list.scroll_source(ScrollSource::ALL).show(ui, |ui| {
            for view in drafts {
                draft_ui(ui, console, view, commands);
            }
        });
    }
    if elsewhere > 0 {
        let words = format::counted(elsewhere, "change is", "changes are");
        ui.label(RichText::new(format!("{words} on the way at the desk.")).small().weak());
    }
}

fn draft_ui(ui: &mut Ui, console: &Console, view: &ChangeView, commands: &mut Vec<Command>) {
    let request = view.request;
    ui.add(Label::new(RichText::new(&request.wish().title).strong()).truncate());
    if console.desk.view_only.is_some() {
        return;
    }
    let mut asked = Vec::new();
    act::simulate_ui(ui, console, view, &mut asked);
    commands.extend(asked.into_iter().map(Command::Change));
}
