//! What to take out of what is on screen, and in which form. The button names what it will do.

use egui::{Button, Context, Id, Modal, RichText, Ui};

use super::theme::HEAD;
use super::{Console, ConsoleState, format};
use crate::domain::command::Command;
use crate::domain::recording::{ExportForm, ExportWish};
use crate::domain::time::Timestamp;

/// What was chosen, kept while the sheet is closed.
pub struct ExportState {
    pub open: bool,
    form: ExportForm,
    range: Range,
    selection_only: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Range {
    All,
    Loop,
    Visible,
}

impl Default for ExportState {
    fn default() -> Self {
        Self { open: false, form: ExportForm::CsvLong, range: Range::All, selection_only: false }
    }
}

type Period = (Timestamp, Timestamp);

/// The ranges that can be chosen from now.
struct Ranges {
    all: Option<Period>,
    looped: Option<Period>,
    visible: Option<Period>,
}

impl Ranges {
    fn of(console: &Console, state: &ConsoleState) -> Self {
        let extent = console.strip_extent();
        let all = extent.held;
        let visible =
            state.timeline.window(&extent).zip(all).map(|((from, to), (first, last))| {
                (from.clamp(first, last.max(first)), to.clamp(first, last.max(first)))
            });
        Self { all, looped: console.playhead.loop_range(), visible: visible.filter(|(from, to)| from < to) }
    }

    fn get(&self, range: Range) -> Option<Period> {
        match range {
            Range::All => self.all,
            Range::Loop => self.looped,
            Range::Visible => self.visible,
        }
    }
}

pub fn export_sheet_ui(ctx: &Context, console: &Console, state: &mut ConsoleState, commands: &mut Vec<Command>) {
    if !state.export.open {
        return;
    }
    let ranges = Ranges::of(console, state);
    let choice = &mut state.export;
    // What was chosen may be gone since.
    if ranges.get(choice.range).is_none() {
        choice.range = Range::All;
    }
    let sheet = Modal::new(Id::new("export")).show(ctx, |ui| {
        ui.set_width(330.0);
        ui.label(
            RichText::new(format!("Export from {}", format::shortened(console.shown_name(), 40))).size(HEAD).strong(),
        );
        ui.separator();
        form_ui(ui, choice);
        ui.add_space(6.0);
        range_ui(ui, &ranges, choice);
        ui.add_space(6.0);
        selection_ui(ui, console, choice);
        ui.add_space(6.0);
        ui.horizontal(|ui| {
            let response = ui.add_enabled(ranges.all.is_some(), Button::new(words(console, &ranges, choice)));
            let response = response.on_disabled_hover_text("Nothing has been recorded yet");
            if response.clicked() {
                commands.push(Command::Export(wish(console, &ranges, choice)));
            }
            response.clicked() || ui.button("Cancel").clicked()
        })
        .inner
    });
    if sheet.inner || sheet.should_close() {
        choice.open = false;
    }
}

fn form_ui(ui: &mut Ui, choice: &mut ExportState) {
    ui.label(RichText::new("Form").strong());
    for form in ExportForm::ALL {
        ui.radio_value(&mut choice.form, form, form.words());
    }
}

fn range_ui(ui: &mut Ui, ranges: &Ranges, choice: &mut ExportState) {
    ui.label(RichText::new("Time").strong());
    for (range, name, reason) in [
        (Range::All, "Everything", "Nothing has been recorded yet"),
        (Range::Loop, "The loop", "There is no loop: drag with Shift over a part of the timeline"),
        (Range::Visible, "What the timeline shows", "The timeline shows nothing that is recorded"),
    ] {
        let period = ranges.get(range);
        let words = period.map_or_else(|| name.to_owned(), |(from, to)| format!("{name}, {}", format::range(from, to)));
        let radio = egui::RadioButton::new(choice.range == range, words);
        if ui.add_enabled(period.is_some(), radio).on_disabled_hover_text(reason).clicked() {
            choice.range = range;
        }
    }
}

fn selection_ui(ui: &mut Ui, console: &Console, choice: &mut ExportState) {
    let name = selected_name(console);
    let words =
        name.map_or_else(|| "Only the selection".to_owned(), |name| format!("Only {name} and what is inside it"));
    let reason = if name.is_none() { "Nothing is selected" } else { "A video shows what the view shows" };
    let mut on = choice.selection_only && choice.of_signals() && name.is_some();
    let enabled = choice.of_signals() && name.is_some();
    let response = ui.add_enabled(enabled, egui::Checkbox::new(&mut on, words)).on_disabled_hover_text(reason);
    if response.changed() {
        choice.selection_only = on;
    }
}

impl ExportState {
    /// False for pictures, which show what the view shows.
    fn of_signals(&self) -> bool {
        self.form != ExportForm::Video
    }
}

fn selected_name<'a>(console: &Console<'a>) -> Option<&'a str> {
    console.assets.get(console.selection?).map(|asset| asset.name.as_str())
}

fn wish(console: &Console, ranges: &Ranges, choice: &ExportState) -> ExportWish {
    ExportWish {
        range: ranges.get(choice.range).filter(|_| choice.range != Range::All),
        selection_only: choice.selection_only && choice.of_signals() && console.selection.is_some(),
        form: choice.form,
    }
}

/// "Export Filler 14:03–14:20 to CSV".
fn words(console: &Console, ranges: &Ranges, choice: &ExportState) -> String {
    let what = if wish(console, ranges, choice).selection_only { selected_name(console) } else { None };
    let when = ranges.get(choice.range).map(|(from, to)| format::range(from, to));
    let form = match choice.form {
        ExportForm::CsvLong | ExportForm::CsvWide => "to CSV",
        ExportForm::ParquetLong | ExportForm::ParquetWide => "to Parquet",
        ExportForm::Video => "as video",
    };
    ["Export", what.unwrap_or_default(), when.as_deref().unwrap_or_default(), form]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::domain::playhead::PlayheadCommand;
    use crate::ui::fixture::{self, Plant, Stage, at};

    fn sheet(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            export_sheet_ui(ui.ctx(), console, state, commands);
        });
        harness.state_mut().state.export.open = true;
        harness.run_steps(3);
        harness
    }

    fn press(harness: &mut Harness<Stage>, label: &str) {
        harness.get_by_label(label).click();
        harness.run_steps(2);
    }

    #[test]
    fn everything_is_exported_unless_less_is_asked_for() {
        let mut harness = sheet(fixture::replay());
        let label = format!("Export {} to CSV", format::range(at(-1200), at(0)));
        press(&mut harness, &label);
        let wish = ExportWish { range: None, selection_only: false, form: ExportForm::CsvLong };
        assert_eq!(harness.state().commands, [Command::Export(wish)]);
        assert!(!harness.state().state.export.open);
    }

    #[test]
    fn a_loop_of_the_selection_goes_to_parquet() {
        let mut plant = fixture::replay();
        plant.selection = Some(plant.id("Riverside/Line 1/Filler"));
        let range = (at(-900), at(-60));
        let extent = plant.console().extent;
        plant.playhead.apply(PlayheadCommand::SetLoop(Some(range)), &extent);
        let mut harness = sheet(plant);
        let words = format::range(range.0, range.1);
        press(&mut harness, "Parquet, a column a signal");
        press(&mut harness, &format!("The loop, {words}"));
        press(&mut harness, "Only Filler and what is inside it");
        press(&mut harness, &format!("Export Filler {words} to Parquet"));
        let wish = ExportWish { range: Some(range), selection_only: true, form: ExportForm::ParquetWide };
        assert_eq!(harness.state().commands, [Command::Export(wish)]);
    }

    #[test]
    fn what_cannot_be_chosen_is_not() {
        let mut harness = sheet(fixture::replay());
        press(&mut harness, "The loop");
        press(&mut harness, "Only the selection");
        press(&mut harness, "Video of the 3D view");
        let label = format!("Export {} as video", format::range(at(-1200), at(0)));
        press(&mut harness, &label);
        let wish = ExportWish { range: None, selection_only: false, form: ExportForm::Video };
        assert_eq!(harness.state().commands, [Command::Export(wish)]);
    }

    #[test]
    fn escape_closes_it_and_asks_for_nothing() {
        let mut harness = sheet(fixture::replay());
        harness.key_press(egui::Key::Escape);
        harness.run_steps(2);
        assert!(!harness.state().state.export.open && harness.state().commands.is_empty());
    }
}
