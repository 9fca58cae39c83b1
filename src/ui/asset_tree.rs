//! The list of equipment: search, alarms rolled up, hidden parts, keyboard.
//!
//! Only rows in view are drawn, so that ten thousand assets cost no more than thirty.

use egui::{Context, Key, RichText, ScrollArea, TextEdit, Ui, WidgetInfo, WidgetType};

use super::asset_row::{ROW, row_id, row_ui};
use super::tree_rows::{Openness, Search, TreeRow, rows};
use super::{Console, ConsoleState};
use crate::domain::asset::AssetId;
use crate::domain::command::Command;

/// What the list remembers.
#[derive(Default)]
pub struct TreeState {
    words: String,
    search: Search,
    pub(super) openness: Openness,
    /// The selection that was last brought into view.
    revealed: Option<AssetId>,
    /// Range of the list that is in view, in points from its top.
    seen: Option<(f32, f32)>,
    /// Ctrl+F was pressed.
    pub(super) search_from_key: bool,
}

impl TreeState {
    /// True while arrow keys belong to the list.
    pub fn has_keyboard(&self, ctx: &Context) -> bool {
        self.revealed.is_some_and(|asset| ctx.memory(|memory| memory.has_focus(row_id(asset))))
    }
}

pub fn asset_tree_ui(ui: &mut Ui, console: &Console, state: &mut ConsoleState, commands: &mut Vec<Command>) {
    search_ui(ui, &mut state.tree);
    if console.assets.is_empty() {
        ui.add_space(8.0);
        ui.label("This project has no equipment yet.");
        ui.label(
            RichText::new("Describe some in its file twin.toml. The view follows as soon as the file is saved.").weak(),
        );
        return;
    }
    let tree = &mut state.tree;
    let searched = tree.search.run(&tree.words, console.assets);
    let found = searched.map(|(_, found)| found);
    let rows = rows(console.assets, &tree.openness, searched.map(|(shown, _)| shown));
    match found {
        Some(0) => {
            ui.label(format!("No equipment has \"{}\" in its name or place.", tree.words.trim()));
            if ui.button("Clear the search").clicked() {
                tree.words.clear();
            }
            return;
        }
        Some(found) => _ = ui.label(RichText::new(format!("{found} of {} found", console.assets.len())).small().weak()),
        None => {}
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut area = ScrollArea::vertical().id_salt("equipment").auto_shrink(false);
    if let Some(offset) = follow_selection(tree, console, &rows) {
        area = area.vertical_scroll_offset(offset);
    }
    let output = area.show_rows(ui, ROW, rows.len(), |ui, range| {
        for index in range {
            row_ui(ui, console, state, &rows, index, commands);
        }
    });
    let top = output.state.offset.y;
    state.tree.seen = Some((top, top + output.inner_rect.height()));
}

fn search_ui(ui: &mut Ui, tree: &mut TreeState) {
    let field = TextEdit::singleline(&mut tree.words).hint_text("Search equipment").desired_width(f32::INFINITY);
    let response = ui.add(field);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::TextEdit, true, "Search equipment"));
    if std::mem::take(&mut tree.search_from_key) {
        response.request_focus();
    }
    if response.has_focus() && ui.input(|input| input.key_pressed(Key::Escape)) {
        tree.words.clear();
    }
    response.on_hover_text("Words of the name or the path, in any order (Ctrl+F)");
    ui.add_space(2.0);
}

/// Opens the way to a new selection; the scroll offset that brings it into view, where needed.
fn follow_selection(tree: &mut TreeState, console: &Console, rows: &[TreeRow]) -> Option<f32> {
    if tree.revealed == console.selection {
        return None;
    }
    let Some(asset) = console.selection else {
        tree.revealed = None;
        return None;
    };
    let Some(index) = rows.iter().position(|row| row.asset == asset) else {
        // In the rows of the next frame, unless a search keeps it out.
        tree.openness.reveal(console.assets, asset);
        if !tree.words.trim().is_empty() {
            tree.revealed = Some(asset);
        }
        return None;
    };
    tree.revealed = Some(asset);
    let (top, bottom) = tree.seen?;
    let y = index as f32 * ROW;
    if y < top {
        Some(y)
    } else if y + ROW > bottom {
        Some(y + ROW - (bottom - top))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture::{self, Stage};

    fn list() -> Harness<'static, Stage> {
        let mut harness = fixture::harness(fixture::plant(), |ui, console, state, commands| {
            crate::ui::refresh_alarms(ui.ctx(), console, state);
            asset_tree_ui(ui, console, state, commands);
        });
        harness.run_steps(2);
        harness
    }

    #[test]
    fn clicking_a_row_selects_and_the_arrows_move_on() {
        let mut harness = list();
        let plant = &harness.state().plant;
        let [filler, capper] = ["Filler", "Capper"].map(|name| plant.id(&format!("Riverside/Line 1/{name}")));
        harness.get_by_label("Select Filler").click();
        harness.run_steps(3);
        harness.key_press(Key::ArrowDown);
        harness.run_steps(3);
        assert_eq!(harness.state().commands, [Command::Select(Some(filler)), Command::Select(Some(capper))]);
    }

    #[test]
    fn a_search_leaves_what_it_finds() {
        let mut harness = list();
        harness.get_by_label("Search equipment").focus();
        harness.run_steps(2);
        harness.get_by_label("Search equipment").type_text("capp");
        harness.run_steps(3);
        harness.get_by_label("Select Capper");
        assert!(harness.query_by_label("Select Filler").is_none());
        harness.get_by_label("Search equipment").type_text("zz");
        harness.run_steps(3);
        harness.get_by_label_contains("No equipment has");
    }

    #[test]
    fn a_branch_closes_and_opens() {
        let mut harness = list();
        harness.get_by_label("Close Line 1").click();
        harness.run_steps(3);
        assert!(harness.query_by_label("Select Filler").is_none());
        harness.get_by_label("Open Line 1");
    }

    #[test]
    fn the_menu_of_a_row_hides_and_isolates() {
        let mut harness = list();
        let filler = harness.state().plant.id("Riverside/Line 1/Filler");
        harness.get_by_label("Select Filler").click_secondary();
        harness.run_steps(3);
        harness.get_by_label("Show only Filler").click();
        harness.run_steps(3);
        assert_eq!(harness.state().commands, [Command::Isolate(filler)]);
    }
}
