//! The list of equipment: search, alarms rolled up, hidden parts, keyboard.
//!
//! Only rows in view are drawn, so that ten thousand assets cost no more than thirty.

use egui::{
    Align2, Color32, Context, CornerRadius, EventFilter, FontId, Id, Key, Rect, Response, RichText, ScrollArea, Sense,
    TextEdit, Ui, WidgetInfo, WidgetType, pos2, vec2,
};

use super::icons::{Glyph, focus_ring, glyph_button, paint_glyph};
use super::marks::paint_alarm_mark;
use super::theme::{BODY, SMALL};
use super::tree_rows::{Openness, Search, TreeRow, rows};
use super::{Console, ConsoleState, format};
use crate::domain::asset::AssetId;
use crate::domain::command::Command;

/// What the list remembers.
#[derive(Default)]
pub struct TreeState {
    words: String,
    search: Search,
    openness: Openness,
    /// The selection that was last brought into view.
    revealed: Option<AssetId>,
    /// Range of the list that is in view, in points from its top.
    seen: Option<(f32, f32)>,
    /// Ctrl+F was pressed.
    pub(super) search_from_key: bool,
}

const ROW: f32 = 22.0;
const INDENT: f32 = 14.0;

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

fn row_id(asset: AssetId) -> Id {
    Id::new(("equipment row", asset))
}

fn row_ui(
    ui: &mut Ui,
    console: &Console,
    state: &mut ConsoleState,
    rows: &[TreeRow],
    index: usize,
    commands: &mut Vec<Command>,
) {
    let Some(row) = rows.get(index).copied() else { return };
    let Some(asset) = console.assets.get(row.asset) else { return };
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), ROW));
    let response = ui.interact(rect, row_id(row.asset), Sense::click());
    let selected = console.selection == Some(row.asset);
    let badge = state.alarms.badge(row.asset);
    response.widget_info(|| {
        WidgetInfo::selected(WidgetType::SelectableLabel, true, selected, format!("Select {}", asset.name))
    });
    if response.clicked() {
        response.request_focus();
        commands.push(Command::Select(Some(row.asset)));
    }
    if response.double_clicked() {
        commands.push(Command::Focus(row.asset));
    }
    response.context_menu(|ui| menu_ui(ui, console, row.asset, &asset.name, commands));
    row_keys(ui, console, state, rows, index, &response, commands);

    let palette = console.palette();
    let hidden = is_hidden(console, row.asset);
    let fill = match (selected, response.hovered() || console.hovered == Some(row.asset)) {
        (true, _) => palette.selection_fill,
        (false, true) => palette.raised,
        (false, false) => Color32::TRANSPARENT,
    };
    ui.painter().rect(rect, CornerRadius::same(2), fill, focus_ring(ui, &response), egui::StrokeKind::Inside);
    let left = rect.left() + row.depth as f32 * INDENT;
    if row.has_children {
        let (glyph, verb) = if row.open { (Glyph::ChevronDown, "Close") } else { (Glyph::ChevronRight, "Open") };
        let place = Rect::from_min_size(pos2(left, rect.top()), vec2(16.0, ROW));
        let chevron = ui.interact(place, row_id(row.asset).with("chevron"), Sense::click());
        chevron.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, format!("{verb} {}", asset.name)));
        paint_glyph(ui.painter(), place.center(), 9.0, glyph, palette.quiet);
        if chevron.clicked() {
            state.tree.openness.set(row.asset, !row.open);
        }
    }
    let mut right = rect.right() - 4.0;
    if let Some(badge) = badge {
        paint_alarm_mark(ui.painter(), pos2(right - 8.0, rect.center().y), 14.0, badge.priority, badge.state, palette);
        right -= 20.0;
        if badge.count > 1 && row.has_children {
            let place = pos2(right - 2.0, rect.center().y);
            let text = badge.count.to_string();
            right =
                ui.painter().text(place, Align2::RIGHT_CENTER, text, FontId::proportional(SMALL), palette.quiet).left()
                    - 4.0;
        }
    }
    if hidden || (response.hovered() && !ui.ctx().any_popup_open()) {
        let place = Rect::from_center_size(pos2(right - 9.0, rect.center().y), vec2(18.0, ROW));
        eye_ui(ui, console, row.asset, &asset.name, hidden, place, commands);
        right -= 20.0;
    }
    let ink = if hidden { palette.quiet.gamma_multiply(0.7) } else { palette.text };
    paint_cut(ui, pos2(left + 18.0, rect.center().y), right, &asset.name, ink);
    if !asset.description.is_empty() || badge.is_some() {
        let alarms = badge.map_or_else(String::new, |badge| format::counted(badge.count, "alarm", "alarms"));
        let words = [asset.description.as_str(), alarms.as_str()].into_iter().filter(|part| !part.is_empty());
        response.on_hover_text(words.collect::<Vec<_>>().join("\n"));
    }
}

fn eye_ui(
    ui: &Ui,
    console: &Console,
    asset: AssetId,
    name: &str,
    hidden: bool,
    place: Rect,
    commands: &mut Vec<Command>,
) {
    let id = row_id(asset).with("eye");
    if hidden {
        if glyph_button(ui, place, id, Glyph::EyeOff, "Hidden. Show all", console.palette().quiet).clicked() {
            commands.push(Command::ShowAll);
        }
    } else if glyph_button(ui, place, id, Glyph::Eye, &format!("Hide {name}"), console.palette().quiet).clicked() {
        commands.push(Command::Hide(asset));
    }
}

fn menu_ui(ui: &mut Ui, console: &Console, asset: AssetId, name: &str, commands: &mut Vec<Command>) {
    for (words, command) in [
        (format!("Focus {name}"), Command::Focus(asset)),
        (format!("Hide {name}"), Command::Hide(asset)),
        (format!("Show only {name}"), Command::Isolate(asset)),
    ] {
        if ui.button(words).clicked() {
            commands.push(command);
        }
    }
    if ui.add_enabled(!console.hidden.is_empty(), egui::Button::new("Show all hidden")).clicked() {
        commands.push(Command::ShowAll);
    }
}

/// Up and down select, right and left open and close, Enter moves the camera there.
fn row_keys(
    ui: &Ui,
    console: &Console,
    state: &mut ConsoleState,
    rows: &[TreeRow],
    index: usize,
    response: &Response,
    commands: &mut Vec<Command>,
) {
    if !response.has_focus() {
        return;
    }
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let Some(row) = rows.get(index) else { return };
    // Taken away, so that the row that gets the focus does not take the same key again.
    let pressed = |key| ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, key));
    let parent = || console.assets.get(row.asset).and_then(|asset| asset.parent);
    let mut next = None;
    if pressed(Key::ArrowDown) {
        next = rows.get(index + 1).map(|row| row.asset);
    } else if pressed(Key::ArrowUp) {
        next = index.checked_sub(1).and_then(|above| rows.get(above)).map(|row| row.asset);
    } else if pressed(Key::ArrowRight) && row.has_children {
        state.tree.openness.set(row.asset, true);
    } else if pressed(Key::ArrowLeft) {
        match row.open && row.has_children {
            true => state.tree.openness.set(row.asset, false),
            false => next = parent(),
        }
    } else if pressed(Key::Enter) {
        commands.push(Command::Focus(row.asset));
    }
    if let Some(asset) = next {
        ui.memory_mut(|memory| memory.request_focus(row_id(asset)));
        commands.push(Command::Select(Some(asset)));
    }
}

/// Hidden itself or inside something hidden.
fn is_hidden(console: &Console, asset: AssetId) -> bool {
    if console.hidden.is_empty() {
        return false;
    }
    let mut next = Some(asset);
    while let Some(id) = next {
        if console.hidden.contains(&id) {
            return true;
        }
        next = console.assets.get(id).and_then(|asset| asset.parent);
    }
    false
}

/// One line of text from the left to `right`, cut with an ellipsis.
fn paint_cut(ui: &Ui, left_middle: egui::Pos2, right: f32, text: &str, ink: Color32) {
    let text = egui::WidgetText::from(RichText::new(text).size(BODY));
    let room = (right - left_middle.x).max(8.0);
    let galley = text.into_galley(ui, Some(egui::TextWrapMode::Truncate), room, egui::TextStyle::Body);
    ui.painter().galley(left_middle - vec2(0.0, galley.size().y / 2.0), galley, ink);
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
