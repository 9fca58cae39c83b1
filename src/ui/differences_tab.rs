//! How far the two sides of a comparison differ, signal by signal. A click goes to the worst moment.

use egui::{
    Align2, Color32, CornerRadius, Id, Rect, RichText, ScrollArea, Sense, StrokeKind, TextEdit, Ui, WidgetInfo,
    WidgetType, pos2, vec2,
};

use super::difference_rows::DifferenceRows;
use super::icons::focus_ring;
use super::signal_row::paint_text;
use super::theme::{BODY, SMALL};
use super::{Compared, Console, format};
use crate::domain::command::Command;
use crate::domain::playhead::PlayheadCommand;
use crate::domain::recording::Difference;
use crate::domain::signal::Signal;
use crate::domain::value::ValueKind;

/// Height of a row, points.
const ROW: f32 = 38.0;

pub fn differences_tab_ui(ui: &mut Ui, console: &Console, rows: &mut DifferenceRows, commands: &mut Vec<Command>) {
    let Some(compared) = console.compared else { return };
    head_ui(ui, console, &compared, commands);
    let Some(differences) = compared.differences else {
        let words = "Nothing is listed yet. The list goes through all that both sides hold, which can take a while.";
        ui.label(RichText::new(words).weak());
        return;
    };
    if differences.is_empty() {
        ui.label("The two sides have no signal and no time in common.");
        return;
    }
    let field = TextEdit::singleline(&mut rows.words).hint_text("Search signals").desired_width(f32::INFINITY);
    let response = ui.add(field);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::TextEdit, true, "Search signals"));
    let time_secs = ui.input(|input| input.time);
    let order = rows.order(differences, console.catalog, time_secs);
    if order.is_empty() {
        ui.label(format!("No signal that both sides hold has \"{}\" in its name or place.", rows.words.trim()));
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().id_salt("differences").auto_shrink(false).show_rows(ui, ROW, order.len(), |ui, range| {
        for difference in order.get(range).into_iter().flatten().filter_map(|place| differences.get(*place)) {
            difference_ui(ui, console, difference, commands);
        }
    });
}

fn head_ui(ui: &mut Ui, console: &Console, compared: &Compared, commands: &mut Vec<Command>) {
    let words = format!("{} beside {}, {}", compared.name, console.shown_name(), compared.alignment.words());
    ui.label(RichText::new(words).small().weak());
    let words = if compared.differences.is_some() { "List differences again" } else { "List differences" };
    if ui.button(words).clicked() {
        commands.push(Command::ListDifferences);
    }
}

fn difference_ui(ui: &mut Ui, console: &Console, difference: &Difference, commands: &mut Vec<Command>) {
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), ROW));
    let Some(signal) = console.catalog.get(difference.signal) else { return };
    let palette = console.palette();
    let response = ui.interact(rect, Id::new(("difference", difference.signal)), Sense::click());
    let (name, words) = (signal.name(), words(difference, signal));
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, format!("{name}: {words}")));
    if response.clicked() {
        commands.push(Command::Playhead(PlayheadCommand::Seek(difference.worst_at)));
    }
    let fill = if response.hovered() { palette.raised } else { Color32::TRANSPARENT };
    ui.painter().rect(rect, CornerRadius::same(2), fill, focus_ring(ui, &response), StrokeKind::Inside);
    let text = rect.shrink2(vec2(4.0, 3.0));
    let first = Rect::from_min_size(text.min, vec2(text.width(), 16.0));
    let own = RichText::new(name).size(BODY).color(palette.text);
    let right = paint_text(ui, first, Align2::LEFT_CENTER, own).right();
    let place = signal.path.rsplit_once('/').map_or("", |(place, _)| place);
    let rest = Rect::from_min_max(pos2(right + 8.0, first.top()), first.max);
    if rest.width() > 20.0 {
        paint_text(ui, rest, Align2::RIGHT_CENTER, RichText::new(place).size(SMALL).color(palette.quiet));
    }
    let second = Rect::from_min_max(pos2(text.left(), text.bottom() - 14.0), text.max);
    paint_text(ui, second, Align2::LEFT_CENTER, RichText::new(words).size(SMALL).color(palette.text));
    response.on_hover_text(format!("{}\nClick to go to the worst moment", signal.path));
}

/// "mean 14 /min, worst 42 /min at 14:03:22".
fn words(difference: &Difference, signal: &Signal) -> String {
    let at = format::clock(difference.worst_at);
    match signal.kind {
        ValueKind::Bool | ValueKind::Text if difference.mean > 0.0 => {
            format!("differs {} of the time, from {at}", format::share(difference.mean))
        }
        _ if difference.worst == 0.0 => "the same".to_owned(),
        _ => format!(
            "mean {}, worst {} at {at}",
            format::distance(difference.mean, signal),
            format::distance(difference.worst, signal)
        ),
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture::{self, Plant, Stage, at};

    fn tab(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            differences_tab_ui(ui, console, &mut state.differences, commands);
        });
        harness.run_steps(2);
        harness
    }

    #[test]
    fn the_list_is_asked_for() {
        let mut harness = tab(Plant { differences: None, ..fixture::comparison() });
        harness.get_by_label("late shift beside early shift, on the clock");
        harness.get_by_label("List differences").click();
        harness.run_steps(2);
        assert_eq!(harness.state().commands, [Command::ListDifferences]);
    }

    #[test]
    fn rows_stand_by_size_with_units_and_lead_to_the_worst_moment() {
        let mut harness = tab(fixture::comparison());
        let rows = ["State: differs 25% of the time", "Pressure: mean 1.50\u{2009}bar, worst 2.40\u{2009}bar at "];
        let [state, pressure] = rows.map(|label| harness.get_by_label_contains(label).rect());
        assert!(pressure.top() < state.top(), "40% of the range stand above 25%");
        let speed = harness.get_by_label_contains("Speed: mean 14\u{2009}/min, worst 42\u{2009}/min");
        assert!(speed.rect().top() > state.top());
        speed.click();
        harness.run_steps(2);
        assert_eq!(harness.state().commands, [Command::Playhead(PlayheadCommand::Seek(at(-600)))]);
    }

    #[test]
    fn a_search_leaves_what_it_finds() {
        let mut harness = tab(fixture::comparison());
        harness.get_by_label("Search signals").focus();
        harness.run_steps(2);
        harness.get_by_label("Search signals").type_text("press");
        harness.run_steps(2);
        harness.get_by_label_contains("Pressure: mean");
        assert!(harness.query_by_label_contains("Speed: mean").is_none());
        harness.get_by_label("Search signals").type_text("zz");
        harness.run_steps(2);
        harness.get_by_label_contains("No signal that both sides hold");
    }
}
