//! The alarms at the moment on screen, and what the plant says meanwhile.

use egui::{Label, RichText, Ui};

use super::panels::HeadsetPanels;
use crate::domain::command::Command;
use crate::domain::headset::HeadsetCommand;
use crate::ui::alarm_rows::headline;
use crate::ui::alarms_tab::{Way, alarms_tab_ui};
use crate::ui::{Console, format};

/// The wearer goes there.
const FEET: Way = Way { button: true, go: |asset| Command::Headset(HeadsetCommand::Visit(asset)) };

pub fn alarms_ui(ui: &mut Ui, console: &Console, state: &HeadsetPanels, commands: &mut Vec<Command>) {
    if console.away_from_live() {
        let rows = state.alarms_now.rows();
        let first = rows.first().and_then(|row| console.alarms.rule(row.id));
        let words = match first {
            Some(rule) => {
                let count = format::counted(rows.len(), "alarm", "alarms");
                format!("In the plant now: {count}, first {}", headline(rule, console.assets))
            }
            None => "In the plant now: no alarms".to_owned(),
        };
        ui.add(Label::new(RichText::new(words).strong()).wrap());
    }
    alarms_tab_ui(ui, console, &state.alarms, FEET, commands);
}
