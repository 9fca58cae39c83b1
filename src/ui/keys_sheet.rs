//! The list of keys, over the console.

use egui::{Context, Grid, Id, Modal, RichText};

use super::ConsoleState;
use super::theme::HEAD;

/// Every key of the console and what it does.
const KEYS: [(&str, &str); 10] = [
    ("Space", "Play and pause"),
    ("Left, Right", "To the sample before, on to the next"),
    ("L", "Go live"),
    ("M", "Mark this moment"),
    ("Ctrl+R", "Start and stop recording"),
    ("Ctrl+V", "Open a copied twinscope:// link"),
    ("Ctrl+F", "Search equipment"),
    ("Escape", "Clear the selection"),
    ("Shift, drag the timeline", "Loop a part of it"),
    ("F1", "This list"),
];

pub fn keys_sheet_ui(ctx: &Context, state: &mut ConsoleState) {
    if !state.keys_sheet {
        return;
    }
    let sheet = Modal::new(Id::new("keys")).show(ctx, |ui| {
        ui.label(RichText::new("Keys").size(HEAD).strong());
        ui.separator();
        Grid::new("keys").num_columns(2).spacing([18.0, 4.0]).show(ui, |ui| {
            for (key, meaning) in KEYS {
                ui.label(RichText::new(key).monospace());
                ui.label(meaning);
                ui.end_row();
            }
        });
        ui.add_space(6.0);
        ui.button("Close").clicked()
    });
    if sheet.inner || sheet.should_close() {
        state.keys_sheet = false;
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture;

    #[test]
    fn it_lists_the_keys_until_it_is_closed() {
        let mut harness = fixture::harness(fixture::plant(), |ui, _, state, _| keys_sheet_ui(ui.ctx(), state));
        harness.state_mut().state.keys_sheet = true;
        harness.run_steps(3);
        harness.get_by_label("Start and stop recording");
        harness.get_by_label("Mark this moment");
        harness.get_by_label("Close").click();
        harness.run_steps(2);
        assert!(harness.query_by_label("Mark this moment").is_none());
    }
}
