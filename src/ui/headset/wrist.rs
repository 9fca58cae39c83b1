//! The small menu at the wrist: what has to be at hand wherever the wearer is.

use egui::{Align, Button, CentralPanel, Frame, Layout, Margin, Ui, vec2};

use super::panels::{HeadsetPanels, Page};
use crate::domain::command::Command;
use crate::domain::headset::HeadsetCommand;
use crate::domain::playhead::{Motion, PlayheadCommand};
use crate::domain::signal::Origin;
use crate::ui::{Console, keys, tense, touch};

/// What concerns the host alone; what it says is done in the panels already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WristWish {
    /// Put the tablet into the hand, at this page.
    OpenTablet(Page),
    CloseTablet,
}

/// Draws the menu. Nothing without a headset.
pub fn wrist_ui(
    ui: &mut Ui,
    console: &Console,
    state: &mut HeadsetPanels,
    commands: &mut Vec<Command>,
) -> Option<WristWish> {
    let headset = console.headset?;
    touch::dress(ui, console.theme);
    state.refresh(ui, console);
    let frame = Frame::new().fill(console.palette().panel).inner_margin(Margin::symmetric(6, 4));
    let mut wish = None;
    CentralPanel::default().frame(frame).show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        ui.spacing_mut().button_padding.x = 4.0;
        let row = ui.spacing().interact_size.y;
        ui.allocate_ui_with_layout(vec2(ui.available_width(), 26.0), Layout::top_down(Align::Center), |ui| {
            tense::badge_ui(ui, console);
        });
        let size = vec2((ui.available_width() - 4.0) / 2.0, ((ui.available_height() - 8.0) / 3.0).max(row));
        let pressed = |ui: &mut Ui, words: &str| ui.add(Button::new(words).min_size(size.floor())).clicked();
        ui.horizontal(|ui| {
            let open = state.is_open();
            if pressed(ui, if open { "Close tablet" } else { "Tablet" }) {
                wish = Some(if open { WristWish::CloseTablet } else { WristWish::OpenTablet(state.page()) });
            }
            let count = state.alarm_count(console);
            let words = if count > 0 { format!("Alarms ({})", count.min(999)) } else { "Alarms".to_owned() };
            if pressed(ui, &words) {
                wish = Some(WristWish::OpenTablet(Page::Alarms));
            }
        });
        ui.horizontal(|ui| {
            let (words, ask) = motion(console);
            if pressed(ui, words) {
                commands.push(Command::Playhead(ask));
            }
            if pressed(ui, if headset.table_top { "Full size" } else { "Table-top" }) {
                commands.push(Command::Headset(HeadsetCommand::TableTop(!headset.table_top)));
            }
        });
        ui.horizontal(|ui| {
            if pressed(ui, "Go home") {
                commands.push(Command::Headset(HeadsetCommand::GoTo(0)));
            }
            if pressed(ui, "Picture") {
                commands.push(Command::Headset(HeadsetCommand::TakePicture));
            }
        });
    });
    match wish {
        Some(WristWish::OpenTablet(page)) => state.open_at(page),
        Some(WristWish::CloseTablet) => state.close(),
        None => {}
    }
    wish
}

/// From a plant that stands still back to now; from all else as the big button of the timeline.
fn motion(console: &Console) -> (&'static str, PlayheadCommand) {
    let measured = console.playhead.origin() == Origin::Measured && console.extent.live_now.is_some();
    match console.playhead.motion() {
        Motion::Paused if measured => ("Live", PlayheadCommand::GoLive),
        Motion::Paused => ("Play", keys::play_or_pause(console)),
        Motion::Live | Motion::Playing => ("Pause", keys::play_or_pause(console)),
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;

    use super::*;
    use crate::domain::playhead::Playhead;
    use crate::ui::fixture::{self, Plant, at};
    use crate::ui::headset::WRIST;
    use crate::ui::headset::testing::{self, Stage, assert_fits, assert_in_sight, press, worn};

    fn wrist(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = testing::harness(plant, WRIST.size(), |ui, console, state, commands| {
            wrist_ui(ui, console, state, commands);
        });
        harness.run_steps(3);
        harness
    }

    #[test]
    fn it_asks_for_what_has_to_be_at_hand() {
        let mut harness = wrist(worn(fixture::plant()));
        for label in ["Pause", "Table-top", "Go home", "Picture"] {
            press(&mut harness, label);
        }
        let headset = [HeadsetCommand::TableTop(true), HeadsetCommand::GoTo(0), HeadsetCommand::TakePicture];
        let mut expected = vec![Command::Playhead(PlayheadCommand::Pause)];
        expected.extend(headset.map(Command::Headset));
        assert_eq!(harness.state().commands, expected);
    }

    #[test]
    fn the_tablet_opens_where_it_was_and_at_the_alarms_and_closes() {
        let mut harness = wrist(worn(fixture::plant()));
        press(&mut harness, "Tablet");
        assert!(harness.state().state.is_open() && harness.state().state.page() == Page::Equipment);
        press(&mut harness, "Alarms (3)");
        assert!(harness.state().state.is_open() && harness.state().state.page() == Page::Alarms);
        press(&mut harness, "Close tablet");
        assert!(!harness.state().state.is_open() && harness.state().commands.is_empty());
    }

    #[test]
    fn one_button_stops_and_goes_on() {
        let plant = Plant { playhead: Playhead::paused_at(at(-60)), ..fixture::plant() };
        let mut harness = wrist(worn(plant));
        press(&mut harness, "Live");
        assert_eq!(harness.state().commands, [Command::Playhead(PlayheadCommand::GoLive)]);
        let mut harness = wrist(worn(fixture::replay()));
        press(&mut harness, "Play");
        assert_eq!(harness.state().commands, [Command::Playhead(PlayheadCommand::Play)]);
    }

    #[test]
    fn it_fits_in_every_tense() {
        for (name, plant) in [
            ("live", fixture::plant()),
            ("replay", fixture::replay()),
            ("simulation", fixture::simulation()),
            ("empty", fixture::empty_plant()),
        ] {
            let harness = wrist(worn(plant));
            assert_fits(&harness, WRIST.size(), name);
            assert_in_sight(&harness, WRIST.size(), &["Tablet", "Table-top", "Picture"]);
        }
    }
}
