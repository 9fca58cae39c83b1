//! A card that hangs beside equipment: the values that were worth keeping in sight.

use egui::{Align, CentralPanel, Frame, Label, Layout, Margin, RichText, Stroke, Ui};

use super::equipment::worst_ui;
use super::panels::HeadsetPanels;
use crate::domain::asset::AssetId;
use crate::domain::command::Command;
use crate::domain::headset::HeadsetCommand;
use crate::ui::icons::{Glyph, icon_button};
use crate::ui::inspector::{Rows, rows_ui};
use crate::ui::{Console, format, tense, touch};

/// Signals on a card.
const MOST: usize = 4;

/// Draws the card of an asset. Nothing without a headset, or for an asset that is gone.
pub fn pinned_ui(
    ui: &mut Ui,
    console: &Console,
    asset: AssetId,
    state: &mut HeadsetPanels,
    commands: &mut Vec<Command>,
) {
    let Some(headset) = console.headset else { return };
    touch::dress(ui, console.theme);
    state.refresh(ui, console);
    state.pinned.retain(|known, _| *known == asset || headset.pinned.contains(known));
    let readings = state.pinned.entry(asset).or_default();
    readings.refresh(ui, console, Some(asset));
    let Some(sheet) = readings.sheet() else { return };
    let (alarms, name) = (sheet.alarms(&state.alarms), console.assets.get(asset).map_or("", |asset| &asset.name));
    let rows: usize = sheet.groups.iter().map(|group| group.readings.len()).sum();
    let palette = console.palette();
    let frame = Frame::new().fill(palette.panel).stroke(Stroke::new(1.0, palette.line));
    CentralPanel::default().frame(frame.inner_margin(Margin::symmetric(10, 4))).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if icon_button(ui, Glyph::Close, &format!("Unpin {name}"), true).clicked() {
                    commands.push(Command::Headset(HeadsetCommand::Unpin(asset)));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(RichText::new(name).heading().strong()).truncate());
                });
            });
        });
        tense::badge_ui(ui, console);
        worst_ui(ui, console, &alarms);
        ui.separator();
        if rows == 0 {
            ui.add(Label::new(RichText::new("No signals belong to it.").weak()).wrap());
        }
        rows_ui(ui, console, readings, Rows { most: MOST, lines: true, offer_trying: false });
        if rows > MOST {
            let words = format::counted(rows - MOST, "more signal", "more signals");
            ui.label(RichText::new(format!("{words} on the tablet")).small().weak());
        }
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::domain::headset::HeadsetStatus;
    use crate::ui::fixture::{self, Plant};
    use crate::ui::headset::PINNED;
    use crate::ui::headset::testing::{self, Stage, assert_fits, assert_in_sight, press, with};

    fn card(plant: Plant, path: &str) -> Harness<'static, Stage> {
        let asset = plant.id(path);
        let plant = with(plant, HeadsetStatus { pinned: vec![asset], ..HeadsetStatus::default() });
        let mut harness = testing::harness(plant, PINNED.size(), move |ui, console, state, commands| {
            pinned_ui(ui, console, asset, state, commands);
        });
        harness.run_steps(3);
        harness
    }

    #[test]
    fn it_shows_four_values_the_worst_alarm_and_the_tense_and_goes_away() {
        let mut harness = card(fixture::plant(), "Riverside/Line 1/Filler");
        for words in ["Filler", "LIVE", "Filler: no bottles at infeed", "3 more signals on the tablet"] {
            harness.get_by_label(words);
        }
        harness.get_by_label_contains("Speed: 612");
        harness.get_by_label_contains("Substitute value");
        assert!(harness.query_by_label_contains("Pressure").is_none(), "the fifth");
        let filler = harness.state().plant.id("Riverside/Line 1/Filler");
        press(&mut harness, "Unpin Filler");
        assert_eq!(harness.state().commands, [Command::Headset(HeadsetCommand::Unpin(filler))]);
    }

    #[test]
    fn cards_of_several_assets_do_not_disturb_each_other() {
        let plant = fixture::plant();
        let pinned = ["Filler", "Labeller"].map(|name| plant.id(&format!("Riverside/Line 1/{name}")));
        let plant = with(plant, HeadsetStatus { pinned: pinned.to_vec(), ..HeadsetStatus::default() });
        let mut harness = testing::harness(plant, PINNED.size(), move |ui, console, state, commands| {
            for asset in pinned {
                ui.scope(|ui| pinned_ui(ui, console, asset, state, commands));
            }
        });
        harness.run_steps(3);
        assert_eq!(harness.state().state.pinned.len(), 2);
        harness.get_by_label_contains("Glue temperature: 168");
        harness.state_mut().plant.headset.as_mut().expect("worn").pinned.remove(0);
        harness.run_steps(1);
        assert!(harness.state().state.pinned.contains_key(&pinned[1]));
    }

    #[test]
    fn it_fits_in_every_tense() {
        for (name, plant) in [
            ("live", fixture::plant()),
            ("replay", fixture::replay()),
            ("comparison", fixture::comparison()),
            ("simulation", fixture::simulation()),
        ] {
            let harness = card(plant, "Riverside/Line 1/Filler");
            assert_fits(&harness, PINNED.size(), name);
            assert_in_sight(&harness, PINNED.size(), &["Unpin Filler"]);
            let last = harness.get_by_label_contains("more signals on the tablet").rect();
            assert!(last.bottom() <= PINNED.size().y, "{name}: {last:?}");
        }
    }
}
