//! The list of alarms: what happened, since when, what to do, and acknowledging it.

use egui::{Align, Button, CursorIcon, Frame, Label, Layout, Margin, RichText, ScrollArea, Sense, Ui, vec2};

use super::alarm_rows::{AlarmRow, AlarmRows, headline, state_words};
use super::marks::alarm_mark_ui;
use super::shelved::{shelve_menu_ui, shelved_ui};
use super::{Console, format, touch};
use crate::domain::alarm::AlarmState;
use crate::domain::asset::AssetId;
use crate::domain::command::Command;
use crate::domain::playhead::Tense;

/// How a person gets from an alarm to its equipment.
#[derive(Clone, Copy)]
pub struct Way {
    /// There is a button for it; without one the headline is pressed.
    pub button: bool,
    /// What is asked for beside selecting the equipment.
    pub go: fn(AssetId) -> Command,
}

impl Way {
    /// The camera of the desk goes there.
    pub const CAMERA: Self = Self { button: false, go: Command::Focus };

    fn ask(self, asset: Option<AssetId>, commands: &mut Vec<Command>) {
        if let Some(asset) = asset {
            commands.extend([Command::Select(Some(asset)), (self.go)(asset)]);
        }
    }
}

pub fn alarms_tab_ui(ui: &mut Ui, console: &Console, alarms: &AlarmRows, way: Way, commands: &mut Vec<Command>) {
    let live = console.playhead.tense() == Tense::Live;
    if !live {
        ui.label(
            RichText::new(format!("As it was at {}", format::date_and_clock(console.playhead.moment()))).small().weak(),
        );
    }
    if console.simulated() {
        ui.label("A simulated run reports no alarms. Those that are foreseen stand in the What if tab.");
        return;
    }
    shelved_ui(ui, console, alarms.shelved(), commands);
    if alarms.rows().is_empty() {
        ui.label(match (alarms.shelved().is_empty(), live) {
            (true, true) => "No alarms: everything is within its limits.",
            (true, false) => "No alarms at this moment.",
            (false, _) => "No alarms but those that are shelved.",
        });
        if console.alarm_book().iter().len() == 0 && console.acknowledging() {
            ui.label(RichText::new("The project watches nothing yet. Add alarm entries to twin.toml.").weak());
        }
        return;
    }
    let waiting = alarms.rows().iter().filter(|row| waits(console, row)).count();
    if waiting > 1 && acknowledge_ui(ui, console, &format!("Acknowledge all {waiting}")) {
        commands.push(Command::AcknowledgeAll);
    }
    let list = ScrollArea::vertical().id_salt("alarms").auto_shrink(false);
    list.scroll_source(touch::scrolling(ui)).show(ui, |ui| {
        for row in alarms.rows() {
            alarm_card_ui(ui, console, *row, way, commands);
        }
    });
}

/// One alarm with everything that is known of it.
pub fn alarm_card_ui(ui: &mut Ui, console: &Console, row: AlarmRow, way: Way, commands: &mut Vec<Command>) {
    let Some(rule) = console.alarm_book().rule(row.id) else { return };
    let palette = console.palette();
    Frame::new().fill(palette.raised).corner_radius(3).inner_margin(Margin::symmetric(6, 4)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.horizontal_top(|ui| {
            alarm_mark_ui(ui, row.priority, row.state, palette);
            let text = RichText::new(headline(rule, console.assets));
            let text = if row.state == AlarmState::UnackActive { text.strong() } else { text };
            let room = vec2(ui.available_width(), 0.0);
            let label = Label::new(text).wrap().sense(if way.button { Sense::hover() } else { Sense::click() });
            let response = ui.allocate_ui_with_layout(room, Layout::top_down(Align::Min), |ui| ui.add(label)).inner;
            if !way.button && response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
                way.ask(row.asset, commands);
            }
        });
        if !rule.action.is_empty() {
            ui.label(RichText::new(&rule.action).small());
        }
        ui.horizontal(|ui| {
            let since = row.since.map_or_else(String::new, |since| {
                format!("{}, {} ago, ", format::clock(since), format::rough_age(console.playhead.moment() - since))
            });
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if waits(console, &row) && acknowledge_ui(ui, console, "Acknowledge") {
                    commands.push(Command::Acknowledge(row.id));
                }
                let go = Button::new("Go there").fill(palette.lifted);
                if way.button && ui.add_enabled(row.asset.is_some(), go).clicked() {
                    way.ask(row.asset, commands);
                }
                shelve_menu_ui(ui, console, row.id, commands);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let words = format!("{since}{}", state_words(row.state));
                    ui.add(Label::new(RichText::new(words).small().weak()).wrap());
                });
            });
        });
    });
}

/// Only what still waits in the plant can be acknowledged, not what waited once. In a recording what
/// waited at its moment counts: the button is there, and says why it cannot be pressed.
fn waits(console: &Console, row: &AlarmRow) -> bool {
    row.state.unacknowledged() && (!console.acknowledging() || console.alarms.state(row.id).unacknowledged())
}

/// True when it was pressed.
fn acknowledge_ui(ui: &mut Ui, console: &Console, words: &str) -> bool {
    let button = Button::new(words).fill(console.palette().lifted);
    ui.add_enabled(console.acknowledging(), button).on_disabled_hover_text("Recorded; nothing to acknowledge").clicked()
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::domain::alarm::AlarmBook;
    use crate::ui::fixture::{self, Plant, Stage};

    fn list(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            crate::ui::refresh_alarms(ui.ctx(), console, state);
            alarms_tab_ui(ui, console, &state.alarms, Way::CAMERA, commands);
        });
        harness.run_steps(2);
        harness
    }

    #[test]
    fn one_alarm_or_all_can_be_acknowledged() {
        let mut harness = list(fixture::plant());
        harness.get_by_label("Acknowledge all 2").click();
        harness.run_steps(2);
        harness.get_all_by_label("Acknowledge").next().unwrap().click();
        harness.run_steps(2);
        let first =
            harness.state().plant.alarms.iter().find(|(_, rule, _)| rule.name == "No bottles").map(|(id, ..)| id);
        assert_eq!(harness.state().commands, [Command::AcknowledgeAll, Command::Acknowledge(first.unwrap())]);
    }

    #[test]
    fn a_headline_leads_the_camera_to_its_equipment() {
        let mut harness = list(fixture::plant());
        assert!(harness.query_by_label("Go there").is_none());
        harness.get_by_label("Filler: no bottles at infeed").click();
        harness.run_steps(2);
        let filler = harness.state().plant.id("Riverside/Line 1/Filler");
        assert_eq!(harness.state().commands, [Command::Select(Some(filler)), Command::Focus(filler)]);
    }

    #[test]
    fn each_alarm_says_since_when_what_and_what_to_do() {
        let harness = list(fixture::plant());
        harness.get_by_label("Filler: no bottles at infeed");
        harness.get_by_label("Check the rinser and the conveyor before the filler.");
        harness.get_by_label_contains("active, not acknowledged");
        harness.get_by_label_contains("active, acknowledged");
        harness.get_by_label_contains("over, not acknowledged");
    }

    #[test]
    fn an_empty_list_says_whether_that_is_good() {
        let harness = list(Plant { alarms: AlarmBook::default(), ..fixture::plant() });
        harness.get_by_label_contains("No alarms");
        harness.get_by_label_contains("watches nothing yet");
    }

    #[test]
    fn a_simulated_run_does_not_show_the_alarms_of_the_plant() {
        let harness = list(fixture::simulation());
        harness.get_by_label_contains("Those that are foreseen stand in the What if tab");
        assert!(harness.query_by_label_contains("no bottles at infeed").is_none());
    }

    #[test]
    fn what_was_recorded_is_not_acknowledged() {
        let mut harness = list(fixture::replay());
        harness.get_by_label("Labeller: glue temperature low");
        assert!(harness.query_by_label("Filler: no bottles at infeed").is_none(), "that is an alarm of the plant now");
        harness.get_by_label("Acknowledge").hover();
        harness.run_steps(40);
        harness.get_by_label("Recorded; nothing to acknowledge");
        harness.get_by_label("Acknowledge").click();
        harness.run_steps(2);
        assert!(harness.state().commands.is_empty());
    }
}
