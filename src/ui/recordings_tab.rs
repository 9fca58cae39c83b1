//! Recordings: what is open and can be shown or compared, work under way, and the files at hand.

use egui::{Button, RichText, ScrollArea, Ui};

use super::recording_card::{plant_card_ui, recording_card_ui};
use super::{Console, ConsoleState, job_rows, library};
use crate::domain::command::Command;
use crate::domain::signal::Origin;

pub fn recordings_tab_ui(ui: &mut Ui, console: &Console, state: &mut ConsoleState, commands: &mut Vec<Command>) {
    ScrollArea::vertical().id_salt("recordings").auto_shrink(false).show(ui, |ui| {
        ui.horizontal(|ui| {
            let data = !console.without_data();
            let response = ui.add_enabled(data, Button::new("Export…"));
            let response = response.on_disabled_hover_text("There is nothing to export yet");
            if response.on_hover_text("Write what is on screen, or a part of it, into a file").clicked() {
                state.export.open = true;
            }
        });
        if console.extent.live_now.is_some() || console.history.extent(Origin::Measured).is_some() {
            plant_card_ui(ui, console, commands);
        }
        for recording in console.recordings {
            recording_card_ui(ui, console, recording, commands);
        }
        if !console.jobs.is_empty() {
            ui.separator();
            ui.label(RichText::new("In the background").strong());
            job_rows::jobs_ui(ui, console, commands);
        }
        ui.separator();
        ui.label(RichText::new("Files").strong()).on_hover_text(console.library_folder);
        if console.library.is_empty() {
            empty_ui(ui, console);
        } else {
            library::library_ui(ui, console, commands);
        }
    });
}

fn empty_ui(ui: &mut Ui, console: &Console) {
    ui.label("No recordings yet.");
    let words = format!(
        "Press Rec in the top bar (Ctrl+R) to record the plant. Recordings go into {}, and what lies there can be \
         opened here.",
        console.library_folder
    );
    ui.label(RichText::new(words).weak());
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::domain::playhead::PlayheadCommand;
    use crate::domain::recording::Alignment;
    use crate::ui::fixture::{self, Plant, Stage, at};
    use crate::ui::format;

    fn tab(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            recordings_tab_ui(ui, console, state, commands);
        });
        harness.run_steps(2);
        harness
    }

    #[test]
    fn without_recordings_it_says_how_to_make_one_and_where_they_go() {
        let harness = tab(fixture::empty_plant());
        harness.get_by_label("No recordings yet.");
        harness.get_by_label_contains("/home/anna/recordings");
        assert!(harness.query_by_label("Live plant").is_none());
    }

    #[test]
    fn an_open_recording_says_what_it_holds_and_what_is_wrong_with_it() {
        let mut harness = tab(fixture::with_recordings());
        harness.get_by_label_contains("20\u{2009}min\u{2009}00\u{2009}s, 1\u{2009}488\u{2009}000 samples");
        harness.get_by_label_contains("still growing");
        harness.get_by_label("1 gap with 1200 samples lost, hatched on the timeline");
        harness.get_by_label("Its times are shifted by +2\u{2009}h\u{2009}00\u{2009}min");
        assert!(harness.query_by_label_contains("The file ends").is_none(), "problems are folded");
        harness.get_by_label("1 problem with the file").click();
        harness.run_steps(12);
        harness.get_by_label_contains("The file ends in the middle of a chunk");
    }

    #[test]
    fn what_was_asked_meanwhile_is_opened_again() {
        let mut harness = tab(fixture::with_recordings());
        harness.get_by_label("1 simulated run").click();
        harness.run_steps(12);
        harness.get_by_label("faster filler");
        harness.get_by_label(&format!("{}, 30\u{2009}min\u{2009}00\u{2009}s ahead", format::date_and_clock(at(-300))));
        harness.get_by_label("Open the run faster filler").click();
        harness.run_steps(2);
        assert_eq!(harness.state().commands, [Command::OpenRun(1, 0)]);
    }

    #[test]
    fn changes_of_the_plant_are_listed_where_they_got_to_and_lead_there() {
        let mut harness = tab(fixture::with_recordings());
        harness.get_by_label("Changes of the plant").click();
        harness.run_steps(12);
        harness.get_by_label("Faster filler");
        harness.get_by_label(&format!("{}: kept by otto", format::date_and_clock(at(-160))));
        harness.get_by_label("Go to the change Faster filler").click();
        harness.run_steps(2);
        let expected = [PlayheadCommand::Show(Origin::Recorded(1)), PlayheadCommand::Seek(at(-160))];
        assert_eq!(harness.state().commands, expected.map(Command::Playhead));
    }

    #[test]
    fn recordings_are_shown_and_closed_and_the_plant_is_shown_live() {
        let mut harness = tab(fixture::replay());
        for label in ["Show late shift", "Show Live plant", "Close early shift", "Show the file early shift"] {
            harness.get_by_label(label).click();
            harness.run_steps(2);
        }
        harness.get_by_label("early shift is on screen");
        let expected = [
            Command::Playhead(PlayheadCommand::Show(Origin::Recorded(2))),
            Command::Playhead(PlayheadCommand::GoLive),
            Command::CloseRecording(1),
            Command::Playhead(PlayheadCommand::Show(Origin::Recorded(1))),
        ];
        assert_eq!(harness.state().commands, expected);
    }

    #[test]
    fn another_is_laid_beside_what_is_shown() {
        let mut harness = tab(fixture::replay());
        assert!(harness.query_by_label("Lay early shift beside what is shown").is_none(), "it is the one on screen");
        harness.get_by_label("Lay late shift beside what is shown").click();
        harness.run_steps(3);
        harness.get_by_label("At the first alarm").click();
        harness.run_steps(3);
        let expected = Command::Compare(Some((Origin::Recorded(2), Alignment::FirstAlarm)));
        assert_eq!(harness.state().commands, [expected]);
    }

    #[test]
    fn export_opens_its_sheet() {
        let mut harness = tab(fixture::replay());
        harness.get_by_label("Export…").click();
        harness.run_steps(2);
        assert!(harness.state().state.export.open);
    }
}
