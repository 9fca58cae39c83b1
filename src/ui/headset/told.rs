//! What only tells in the scene: the badge at the lower edge of sight, and the name of what a ray is on.

use egui::{Align, CentralPanel, Frame, Label, Layout, Margin, RichText, Ui};

use super::panels::HeadsetPanels;
use crate::domain::asset::AssetId;
use crate::ui::{Console, change, marks, tense, touch};

/// Live, replay or simulation, and what acts on the plant: always in sight.
pub fn badge_panel_ui(ui: &mut Ui, console: &Console) {
    touch::dress(ui, console.theme);
    CentralPanel::default().frame(Frame::new()).show(ui, |ui| {
        ui.with_layout(Layout::top_down(Align::Center), |ui| {
            tense::badge_ui(ui, console);
            change::acting_ui(ui, console);
        });
    });
}

/// Name of equipment, and the worst alarm at or below it by shape and colour.
pub fn name_ui(ui: &mut Ui, console: &Console, asset: AssetId, state: &mut HeadsetPanels) {
    touch::dress(ui, console.theme);
    state.refresh(ui, console);
    let Some(named) = console.assets.get(asset) else { return };
    let palette = console.palette();
    let frame = Frame::new().fill(palette.panel).corner_radius(6).inner_margin(Margin::symmetric(12, 6));
    CentralPanel::default().frame(Frame::new()).show(ui, |ui| {
        ui.with_layout(Layout::bottom_up(Align::Center), |ui| {
            frame.show(ui, |ui| {
                ui.horizontal(|ui| {
                    if let Some(worst) = state.alarms.badge(asset) {
                        marks::alarm_mark_ui(ui, worst.priority, worst.state, palette);
                    }
                    ui.add(Label::new(RichText::new(&named.name).heading()).truncate());
                });
            });
        });
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::super::size::{BADGE, NAME};
    use super::super::testing;
    use super::*;
    use crate::domain::change::State;
    use crate::ui::fixture;

    #[test]
    fn the_badge_tells_the_tense_and_what_acts_on_the_plant() {
        let badge = |plant| testing::harness(plant, BADGE.size(), |ui, console, _, _| badge_panel_ui(ui, console));
        let mut harness = badge(fixture::plant());
        harness.run_steps(2);
        harness.get_by_label("LIVE");
        let mut harness = badge(fixture::with_change(State::OnTrial));
        harness.run_steps(2);
        harness.get_by_label_contains("TRIAL");
        testing::assert_fits(&harness, BADGE.size(), "badge");
    }

    #[test]
    fn a_name_comes_with_its_worst_alarm() {
        let plant = fixture::plant();
        let filler = plant.assets.iter().find(|(_, asset)| asset.name == "Filler").map(|(id, _)| id).expect("a filler");
        let mut harness =
            testing::harness(plant, NAME.size(), move |ui, console, state, _| name_ui(ui, console, filler, state));
        harness.run_steps(2);
        harness.get_by_label("Filler");
        testing::assert_fits(&harness, NAME.size(), "name");
    }
}
