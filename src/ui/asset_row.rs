//! One row of the list of equipment: what it shows, and what mouse and keys do on it.

use egui::{
    Align2, Color32, CornerRadius, EventFilter, FontId, Id, Key, Modifiers, Rect, Response, RichText, Sense,
    StrokeKind, Ui, WidgetInfo, WidgetType, pos2, vec2,
};

use super::icons::{Glyph, focus_ring, glyph_button, paint_glyph};
use super::marks::paint_alarm_mark;
use super::signal_row::paint_text;
use super::theme::{BODY, SMALL};
use super::tree_rows::TreeRow;
use super::{Console, ConsoleState, format};
use crate::domain::asset::AssetId;
use crate::domain::command::Command;

/// Height of a row, points.
pub const ROW: f32 = 22.0;
const INDENT: f32 = 14.0;

pub fn row_id(asset: AssetId) -> Id {
    Id::new(("equipment row", asset))
}

pub fn row_ui(
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
    response.context_menu(|ui| menu_ui(ui, row.asset, &asset.name, commands));
    row_keys(ui, console, state, rows, index, &response, commands);

    let palette = console.palette();
    let hidden = is_hidden(console, row.asset);
    // The row's own answer is no while the pointer is on its eye.
    let under_pointer = ui.rect_contains_pointer(rect);
    let fill = match (selected, under_pointer || console.hovered == Some(row.asset)) {
        (true, _) => palette.selection_fill,
        (false, true) => palette.raised,
        (false, false) => Color32::TRANSPARENT,
    };
    ui.painter().rect(rect, CornerRadius::same(2), fill, focus_ring(ui, &response), StrokeKind::Inside);
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
    if hidden || (under_pointer && !ui.ctx().any_popup_open()) {
        let place = Rect::from_center_size(pos2(right - 9.0, rect.center().y), vec2(18.0, ROW));
        eye_ui(ui, console, row.asset, &asset.name, hidden, place, commands);
        right -= 20.0;
    }
    let ink = if hidden { palette.quiet.gamma_multiply(0.7) } else { palette.text };
    let place = Rect::from_min_max(pos2(left + 18.0, rect.top()), pos2(right, rect.bottom()));
    paint_text(ui, place, Align2::LEFT_CENTER, RichText::new(&asset.name).size(BODY).color(ink));
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
        if glyph_button(ui, place, id, Glyph::EyeOff, &format!("Show {name}"), console.palette().quiet).clicked() {
            commands.push(Command::Show(asset));
        }
    } else if glyph_button(ui, place, id, Glyph::Eye, &format!("Hide {name}"), console.palette().quiet).clicked() {
        commands.push(Command::Hide(asset));
    }
}

fn menu_ui(ui: &mut Ui, asset: AssetId, name: &str, commands: &mut Vec<Command>) {
    for (words, command) in [
        (format!("Focus {name}"), Command::Focus(asset)),
        (format!("Hide {name}"), Command::Hide(asset)),
        (format!("Show only {name}"), Command::Isolate(asset)),
    ] {
        if ui.button(words).clicked() {
            commands.push(command);
        }
    }
    if ui.button("Show everything again").clicked() {
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
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
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
