//! The files in the folder where recordings go; a click opens one. Only rows in sight are drawn.

use egui::{
    Align2, Color32, CornerRadius, Id, Rect, RichText, Sense, StrokeKind, Ui, WidgetInfo, WidgetType, pos2, vec2,
};

use super::icons::focus_ring;
use super::signal_row::paint_text;
use super::theme::{BODY, SMALL};
use super::{Console, format};
use crate::domain::command::Command;
use crate::domain::playhead::PlayheadCommand;
use crate::domain::recording::{OpenRecording, RecordingFile};
use crate::domain::signal::Origin;

/// Height of a row, points.
const ROW: f32 = 36.0;

pub fn library_ui(ui: &mut Ui, console: &Console, commands: &mut Vec<Command>) {
    let (_, whole) = ui.allocate_space(vec2(ui.available_width(), ROW * console.library.len() as f32));
    let seen = ui.clip_rect().y_range();
    // Negative places become the first row.
    let first = ((seen.min - whole.top()) / ROW) as usize;
    let last = ((seen.max - whole.top()) / ROW).ceil() as usize;
    for (index, file) in console.library.iter().enumerate().take(last).skip(first) {
        let top = whole.top() + ROW * index as f32;
        let rect = Rect::from_min_size(pos2(whole.left(), top), vec2(whole.width(), ROW));
        file_ui(ui, console, file, rect, commands);
    }
}

fn file_ui(ui: &Ui, console: &Console, file: &RecordingFile, rect: Rect, commands: &mut Vec<Command>) {
    let palette = console.palette();
    let open = console.recordings.iter().find(|recording| recording.path == file.path);
    let response = ui.interact(rect, Id::new(("recording file", &file.path)), Sense::click());
    let verb = if open.is_some() { "Show" } else { "Open" };
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, format!("{verb} the file {}", file.name)));
    if response.clicked() {
        commands.push(match open {
            Some(recording) => Command::Playhead(PlayheadCommand::Show(Origin::Recorded(recording.number))),
            None => Command::OpenRecording(file.path.clone()),
        });
    }
    let fill = if response.hovered() { palette.raised } else { Color32::TRANSPARENT };
    ui.painter().rect(rect, CornerRadius::same(2), fill, focus_ring(ui, &response), StrokeKind::Inside);
    let text = rect.shrink2(vec2(4.0, 3.0));
    let name = RichText::new(&file.name).size(BODY).color(palette.text);
    paint_text(ui, Rect::from_min_size(text.min, vec2(text.width(), 16.0)), Align2::LEFT_CENTER, name);
    let second = Rect::from_min_max(pos2(text.left(), text.bottom() - 14.0), text.max);
    let words = RichText::new(words(file, open)).size(SMALL).color(palette.quiet);
    paint_text(ui, second, Align2::LEFT_CENTER, words);
    response.on_hover_text(file.path.to_string_lossy());
}

fn words(file: &RecordingFile, open: Option<&OpenRecording>) -> String {
    let mut words = format!("{}, {}", format::date_and_clock(file.modified), format::bytes(file.bytes));
    if file.writing {
        words += ", being written";
    }
    if open.is_some() {
        words += ", open";
    }
    words
}

#[cfg(test)]
mod tests {
    use egui::ScrollArea;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture::{self, Plant, at};

    #[test]
    fn ten_thousand_files_cost_as_much_as_those_in_sight() {
        let file = |number: usize| RecordingFile {
            path: format!("/home/anna/recordings/{number}.mcap").into(),
            name: format!("shift {number}"),
            bytes: 1,
            modified: at(0),
            writing: false,
        };
        let plant = Plant { library: (0..10_000).map(file).collect(), ..fixture::plant() };
        let mut harness = fixture::harness(plant, |ui, console, _, commands| {
            ScrollArea::vertical().show(ui, |ui| library_ui(ui, console, commands));
        });
        harness.run_steps(2);
        let drawn = harness.query_all_by_label_contains("Open the file").count();
        assert!((10..40).contains(&drawn), "{drawn}");
        harness.get_by_label("Open the file shift 3").click();
        harness.run_steps(2);
        assert_eq!(harness.state().commands, [Command::OpenRecording("/home/anna/recordings/3.mcap".into())]);
    }

    #[test]
    fn a_file_says_whether_it_is_written_or_open() {
        let plant = fixture::with_recordings();
        let told: Vec<String> = plant.library.iter().map(|file| words(file, None)).collect();
        assert!(told[0].ends_with("1.2\u{2009}MB, being written"), "{told:?}");
        assert!(words(&plant.library[1], plant.recordings.first()).ends_with("38.2\u{2009}MB, open"));
    }
}
