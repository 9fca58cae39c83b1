//! Tools beside the transport: following what was seen, marks, links and export.

use egui::{Button, Pos2, Response, Ui, WidgetInfo, WidgetType, vec2};

use super::icons::{Glyph, icon_button};
use super::mark_entry::mark_entry_ui;
use super::{Console, ConsoleState};
use crate::domain::command::Command;
use crate::domain::signal::Origin;

/// Room that the long name of following needs, with the tools that come after it.
const FOLLOW_ROOM: f32 = 620.0;

/// Left to right, after the moment.
pub fn follow_ui(ui: &mut Ui, console: &Console, commands: &mut Vec<Command>) {
    if !matches!(console.playhead.origin(), Origin::Recorded(_)) {
        return;
    }
    ui.add_space(4.0);
    let (following, words) = (console.following_operator, "Follow what the operator saw");
    let text = if ui.available_width() > FOLLOW_ROOM { words } else { "Follow" };
    let response = ui.add(Button::selectable(following, text));
    response.widget_info(|| WidgetInfo::selected(WidgetType::Button, true, following, words));
    if response.on_hover_text("Camera and selection go where they were when this was recorded").clicked() {
        commands.push(Command::FollowOperator(!following));
    }
}

/// Right to left: export, link, mark.
pub fn tools_ui(ui: &mut Ui, console: &Console, state: &mut ConsoleState, commands: &mut Vec<Command>) {
    let data = !console.without_data();
    let response =
        ui.add_enabled(data, Button::new("Export…")).on_disabled_hover_text("There is nothing to export yet");
    if response.on_hover_text("Write what is on screen, or a part of it, into a file").clicked() {
        state.export.open = true;
    }
    if icon_button(ui, Glyph::Link, "Copy a link to this moment, view and selection", data).clicked() {
        commands.push(Command::CopyLink);
    }
    let response = icon_button(ui, Glyph::Flag, "Mark this moment (M)", data);
    if response.clicked() {
        state.timeline.marking.open(console.playhead.moment());
    }
    mark_entry_ui(ui.ctx(), above(&response), &mut state.timeline.marking, commands);
}

fn above(response: &Response) -> Pos2 {
    response.rect.right_top() - vec2(0.0, 6.0)
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture::{self, Plant, Stage};

    fn tools(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            ui.add_space(100.0);
            ui.horizontal(|ui| {
                follow_ui(ui, console, commands);
                tools_ui(ui, console, state, commands);
            });
        });
        harness.run_steps(2);
        harness
    }

    #[test]
    fn a_link_is_copied_and_a_mark_is_written() {
        let plant = fixture::plant();
        let moment = plant.playhead.moment();
        let mut harness = tools(plant);
        harness.get_by_label("Copy a link to this moment, view and selection").click();
        harness.get_by_label("Mark this moment (M)").click();
        harness.run_steps(3);
        harness.get_by_label("Words of the mark").type_text("here");
        harness.run_steps(2);
        harness.get_by_label("Add the mark").click();
        harness.run_steps(2);
        assert_eq!(harness.state().commands, [Command::CopyLink, Command::AddMark(moment, "here".into())]);
    }

    #[test]
    fn what_the_operator_saw_is_followed_in_recordings_only() {
        assert!(tools(fixture::plant()).query_by_label("Follow what the operator saw").is_none());
        let mut harness = tools(fixture::replay());
        harness.get_by_label("Follow what the operator saw").click();
        harness.run_steps(2);
        harness.state_mut().plant.following_operator = true;
        harness.get_by_label("Follow what the operator saw").click();
        harness.run_steps(2);
        assert_eq!(harness.state().commands, [Command::FollowOperator(true), Command::FollowOperator(false)]);
    }
}
