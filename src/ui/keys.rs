//! Keys that work wherever the pointer is, except while someone types.
//!
//! `keys_sheet` lists them for people.

use egui::{Context, Key, Modifiers};

use super::{Console, ConsoleState, link_field, recorder};
use crate::domain::command::{Command, Direction};
use crate::domain::playhead::{Motion, PlayheadCommand};

/// Turns key presses into commands. Before the panels, so that a focused button does not take the
/// space bar.
pub fn keys(ctx: &Context, console: &Console, state: &mut ConsoleState, commands: &mut Vec<Command>) {
    if ctx.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::F)) {
        state.tree.search_from_key = true;
    }
    if ctx.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::R)) && recorder::recordable(console) {
        commands.push(recorder::toggled(console.recorder));
    }
    if ctx.text_edit_focused() || state.sheet_open() {
        return;
    }
    link_field::pasted_link(ctx, commands);
    let pressed = |key: Key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if pressed(Key::Space) {
        commands.push(Command::Playhead(play_or_pause(console)));
    }
    if pressed(Key::L) && console.extent.live_now.is_some() {
        commands.push(Command::Playhead(PlayheadCommand::GoLive));
    }
    if pressed(Key::M) && !console.without_data() {
        state.timeline.marking.open(console.playhead.moment());
    }
    if pressed(Key::F1) {
        state.keys_sheet = true;
    }
    let marking = state.timeline.marking.is_open();
    if console.selection.is_some() && !marking && !ctx.any_popup_open() && pressed(Key::Escape) {
        commands.push(Command::Select(None));
    }
    // In the equipment list the arrows move the selection, on a slider its value.
    if !state.tree.has_keyboard(ctx) && !state.what_if.has_keyboard(ctx) {
        if pressed(Key::ArrowLeft) {
            commands.push(Command::Step(Direction::Back));
        }
        if pressed(Key::ArrowRight) {
            commands.push(Command::Step(Direction::Forward));
        }
    }
}

/// What the big button and the space bar do.
pub fn play_or_pause(console: &Console) -> PlayheadCommand {
    match console.playhead.motion() {
        Motion::Paused => PlayheadCommand::Play,
        Motion::Live | Motion::Playing => PlayheadCommand::Pause,
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture::{self, Plant, at};

    fn console() -> egui_kittest::Harness<'static, fixture::Stage> {
        let plant = Plant { playhead: crate::domain::playhead::Playhead::paused_at(at(-60)), ..fixture::plant() };
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            crate::ui::console_ui(ui, console, state, commands);
        });
        harness.run_steps(2);
        harness
    }

    #[test]
    fn keys_move_the_playhead() {
        let mut harness = console();
        for key in [Key::Space, Key::ArrowLeft, Key::ArrowRight, Key::L] {
            harness.key_press(key);
        }
        harness.run_steps(2);
        let expected = [
            Command::Playhead(PlayheadCommand::Play),
            Command::Step(Direction::Back),
            Command::Step(Direction::Forward),
            Command::Playhead(PlayheadCommand::GoLive),
        ];
        assert_eq!(harness.state().commands, expected);
    }

    #[test]
    fn recording_marks_and_the_list_of_keys_have_theirs() {
        let mut harness = console();
        harness.key_press_modifiers(Modifiers::COMMAND, Key::R);
        harness.run_steps(2);
        assert_eq!(harness.state().commands, [Command::StartRecording]);
        harness.state_mut().plant.recorder.file = Some("late.mcap".into());
        harness.key_press_modifiers(Modifiers::COMMAND, Key::R);
        harness.run_steps(2);
        assert_eq!(harness.state().commands.last(), Some(&Command::StopRecording));
        harness.key_press(Key::M);
        harness.run_steps(3);
        assert!(harness.get_by_label("Words of the mark").is_focused());
        harness.key_press(Key::Escape);
        harness.run_steps(3);
        assert!(harness.query_by_label("Words of the mark").is_none());
        harness.key_press(Key::F1);
        harness.run_steps(3);
        harness.get_by_label("Start and stop recording");
    }

    #[test]
    fn arrows_on_a_slider_move_its_value_and_not_the_playhead() {
        let mut harness = fixture::harness(fixture::with_model(), |ui, console, state, commands| {
            crate::ui::console_ui(ui, console, state, commands);
        });
        harness.state_mut().state.what_if.choose("Filler/SpeedSetpoint");
        harness.run_steps(2);
        harness.get_by_label("What if (1)").click();
        harness.run_steps(2);
        harness.get_by_label("Move Speed setpoint").focus();
        harness.run_steps(2);
        harness.key_press(Key::ArrowRight);
        harness.run_steps(2);
        assert_eq!(harness.state().commands, []);
        harness.get_by_label("Simulate 30 min with 1 change");
    }

    #[test]
    fn typing_in_the_search_moves_nothing() {
        let mut harness = console();
        harness.get_by_label("Search equipment").focus();
        harness.run_steps(2);
        harness.key_press(Key::Space);
        harness.key_press(Key::L);
        harness.run_steps(2);
        assert!(harness.state().commands.is_empty(), "{:?}", harness.state().commands);
    }
}
