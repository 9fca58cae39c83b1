//! Asking the simulated copy, and drafting a change from its answer. What follows happens at a desk.

use egui::{Label, Panel, RichText, Ui};

use super::panels::HeadsetPanels;
use crate::domain::command::Command;
use crate::ui::change::{self, AT_A_DESK};
use crate::ui::what_if_tab::what_if_tab_ui;
use crate::ui::{Console, touch};

pub fn what_if_ui(ui: &mut Ui, console: &Console, state: &mut HeadsetPanels, commands: &mut Vec<Command>) {
    Panel::bottom("at a desk").frame(egui::Frame::new()).show(ui, |ui| {
        ui.add(Label::new(RichText::new(AT_A_DESK).small().weak()).wrap());
    });
    if state.changes.drafting() {
        touch::page("draft").show(ui, |ui| change::proposal_ui(ui, console, &mut state.changes, commands));
        return;
    }
    change::proposal_ui(ui, console, &mut state.changes, commands);
    if console.askable.is_empty() {
        ui.add(Label::new("The project has no model to ask.").wrap());
        return;
    }
    what_if_tab_ui(ui, console, &mut state.what_if, commands);
    if let Some(wish) = state.what_if.proposed.take() {
        state.changes.propose(wish);
    }
}
