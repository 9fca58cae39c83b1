//! The faceplate of the selection: what it is, its worst alarm, its values with their curves, and
//! keeping it in sight.

use egui::{Button, Label, RichText, Ui};

use crate::domain::asset::AssetId;
use crate::domain::command::Command;
use crate::domain::headset::{HeadsetCommand, HeadsetStatus};
use crate::ui::alarm_rows::{AlarmRow, AlarmRows, headline, state_words};
use crate::ui::inspector::{InspectorState, deviation_words, setpoints_ui, signals_ui};
use crate::ui::marks::alarm_mark_ui;
use crate::ui::{Console, touch};

pub fn equipment_ui(
    ui: &mut Ui,
    console: &Console,
    headset: &HeadsetStatus,
    faceplate: &mut InspectorState,
    alarms: &AlarmRows,
    commands: &mut Vec<Command>,
) {
    faceplate.refresh(ui, console, console.selection);
    let Some(sheet) = faceplate.sheet() else {
        ui.add_space(24.0);
        ui.vertical_centered(|ui| {
            ui.label(RichText::new("Nothing is selected").heading());
            ui.label(RichText::new("Point at equipment and pull the trigger.").weak());
        });
        return;
    };
    let (id, of_asset) = (sheet.asset, sheet.alarms(alarms));
    let Some(asset) = console.assets.get(id) else { return };
    touch::page("faceplate").show(ui, |ui| {
        ui.add(Label::new(RichText::new(&asset.name).heading().strong()).wrap());
        ui.add(Label::new(RichText::new(asset.path.replace('/', " / ")).small().weak()).wrap());
        if !asset.description.is_empty() {
            ui.add(Label::new(&asset.description).wrap());
        }
        worst_ui(ui, console, &of_asset);
        stay_ui(ui, headset, id, commands);
        if let Some(words) = deviation_words(console, id) {
            ui.add(Label::new(RichText::new(words).small()).wrap());
        }
        signals_ui(ui, console, faceplate, false);
        setpoints_ui(ui, console, asset);
    });
}

/// "Filler: no bottles at infeed", "active, not acknowledged, and 2 more".
pub fn worst_ui(ui: &mut Ui, console: &Console, alarms: &[AlarmRow]) {
    let Some(worst) = alarms.first() else {
        if !console.simulated() {
            ui.label(RichText::new("No alarms").small().weak());
        }
        return;
    };
    let Some(rule) = console.alarm_book().rule(worst.id) else { return };
    ui.horizontal_top(|ui| {
        alarm_mark_ui(ui, worst.priority, worst.state, console.palette());
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            ui.add(Label::new(headline(rule, console.assets)).wrap());
            let more = if alarms.len() > 1 { format!(", and {} more", alarms.len() - 1) } else { String::new() };
            ui.add(Label::new(RichText::new(format!("{}{more}", state_words(worst.state))).small().weak()).wrap());
        });
    });
}

fn stay_ui(ui: &mut Ui, headset: &HeadsetStatus, asset: AssetId, commands: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        if ui.add(Button::new("Go there")).clicked() {
            commands.push(Command::Headset(HeadsetCommand::Visit(asset)));
        }
        let pinned = headset.pinned.contains(&asset);
        let (words, wish) = match pinned {
            true => ("Unpin", HeadsetCommand::Unpin(asset)),
            false => ("Pin beside it", HeadsetCommand::Pin(asset)),
        };
        if ui.add(Button::new(words).selected(pinned)).clicked() {
            commands.push(Command::Headset(wish));
        }
        if ui.button("Clear the selection").clicked() {
            commands.push(Command::Select(None));
        }
    });
}
