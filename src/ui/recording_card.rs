//! One thing that the playhead can show: the plant, or a recording that is open. What it is, and
//! buttons to show it, to lay it beside what is shown, and to close it.

use std::collections::BTreeMap;

use egui::{
    Align, Button, CollapsingHeader, Frame, Id, Label, Layout, Margin, RichText, Sense, Ui, WidgetInfo, WidgetType,
    vec2,
};

use super::icons::{Glyph, glyph_button};
use super::reading::sentence;
use super::{Console, format};
use crate::domain::change_record::ChangeRecord;
use crate::domain::command::Command;
use crate::domain::playhead::{Motion, PlayheadCommand};
use crate::domain::recording::{Alignment, OpenRecording, StoredRun};
use crate::domain::signal::Origin;
use crate::domain::time::Span;

/// The plant's own history, live or of this run.
pub fn plant_card_ui(ui: &mut Ui, console: &Console, commands: &mut Vec<Command>) {
    let live = console.extent.live_now.is_some();
    let name = if live { "Live plant" } else { "This run" };
    let (show, shown) = match live {
        true => (PlayheadCommand::GoLive, console.playhead.motion() == Motion::Live),
        false => (PlayheadCommand::Show(Origin::Measured), console.playhead.origin() == Origin::Measured),
    };
    card_ui(ui, console, |ui| {
        ui.add(Label::new(RichText::new(name).strong()).truncate());
        let words = if live { "What the plant says now" } else { "What was read in this run of the program" };
        ui.label(RichText::new(words).small().weak());
        ui.horizontal(|ui| {
            show_ui(ui, name, shown, show, commands);
            beside_ui(ui, console, name, Origin::Measured, commands);
        });
    });
}

pub fn recording_card_ui(ui: &mut Ui, console: &Console, recording: &OpenRecording, commands: &mut Vec<Command>) {
    let (name, origin) = (&recording.name, Origin::Recorded(recording.number));
    let shown = console.playhead.origin() == origin;
    card_ui(ui, console, |ui| {
        ui.horizontal(|ui| {
            let room = vec2(ui.available_width() - 24.0, 18.0);
            ui.allocate_ui(room, |ui| {
                ui.set_width(room.x);
                ui.add(Label::new(RichText::new(name).strong()).truncate())
                    .on_hover_text(recording.path.to_string_lossy());
            });
            let (rect, _) = ui.allocate_exact_size(vec2(18.0, 18.0), Sense::hover());
            let id = Id::new(("close recording", recording.number));
            if glyph_button(ui, rect, id, Glyph::Close, &format!("Close {name}"), console.palette().quiet).clicked() {
                commands.push(Command::CloseRecording(recording.number));
            }
        });
        let (from, to) = recording.extent;
        ui.label(RichText::new(format::period(from, to)).small().weak());
        ui.label(RichText::new(summary(recording)).small().weak());
        if recording.shift != Span::ZERO {
            ui.label(RichText::new(shift_words(recording.shift)).small());
        }
        if let Some(gaps) = gap_words(recording) {
            ui.label(RichText::new(gaps).small());
        }
        ui.horizontal(|ui| {
            show_ui(ui, name, shown, PlayheadCommand::Show(origin), commands);
            beside_ui(ui, console, name, origin, commands);
        });
        runs_ui(ui, recording, commands);
        changes_ui(ui, recording, commands);
        problems_ui(ui, recording);
    });
}

/// A raised ground for things that belong together.
pub fn card_ui(ui: &mut Ui, console: &Console, content: impl FnOnce(&mut Ui)) {
    Frame::new().fill(console.palette().raised).corner_radius(3).inner_margin(Margin::symmetric(6, 4)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 2.0;
        content(ui);
    });
}

/// "20 min 00 s, 1 488 000 samples, still growing".
fn summary(recording: &OpenRecording) -> String {
    let (from, to) = recording.extent;
    let growing = if recording.growing { ", still growing" } else { "" };
    format!("{}, {} samples{growing}", format::rough_age(to - from), format::count(recording.samples))
}

/// "Its times are shifted by +2 h 10 min".
pub fn shift_words(shift: Span) -> String {
    let (sign, length) = if shift < Span::ZERO { ('–', -shift) } else { ('+', shift) };
    format!("Its times are shifted by {sign}{}", format::age(length))
}

fn gap_words(recording: &OpenRecording) -> Option<String> {
    let gaps = format::counted(recording.gaps.len(), "gap", "gaps");
    let lost = recording.gaps.iter().fold(0_u64, |lost, gap| lost.saturating_add(gap.lost));
    match (recording.gaps.is_empty(), lost) {
        (true, _) => None,
        (false, 0) => Some(format!("{gaps}, hatched on the timeline")),
        (false, lost) => Some(format!("{gaps} with {} samples lost, hatched on the timeline", format::count(lost))),
    }
}

fn show_ui(ui: &mut Ui, name: &str, shown: bool, command: PlayheadCommand, commands: &mut Vec<Command>) {
    let text = if shown { "On screen" } else { "Show" };
    let response = ui.add_enabled(!shown, Button::new(text).selected(shown));
    response.widget_info(|| {
        let words = if shown { format!("{name} is on screen") } else { format!("Show {name}") };
        WidgetInfo::selected(WidgetType::Button, !shown, shown, words)
    });
    if response.on_hover_text("Move the playhead here").clicked() {
        commands.push(Command::Playhead(command));
    }
}

fn beside_ui(ui: &mut Ui, console: &Console, name: &str, origin: Origin, commands: &mut Vec<Command>) {
    if console.playhead.origin() == origin {
        ui.add_enabled(false, Button::new("Beside"))
            .on_disabled_hover_text("It is on screen. Show another to lay this one beside it");
        return;
    }
    let alignment = console.compared.filter(|compared| compared.origin == origin).map(|compared| compared.alignment);
    let menu = ui.menu_button("Beside", |ui| {
        for choice in Alignment::ALL {
            if ui.radio(alignment == Some(choice), sentence(choice.words())).clicked() {
                commands.push(Command::Compare(Some((origin, choice))));
                ui.close();
            }
        }
        if alignment.is_some() {
            ui.separator();
            if ui.button("End the comparison").clicked() {
                commands.push(Command::Compare(None));
            }
        }
    });
    menu.response
        .widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, format!("Lay {name} beside what is shown")));
    menu.response.on_hover_text("Compare it with what is shown: as a ghost in the view, as a dashed line in curves");
}

/// What was asked of the simulated copy while it was recorded.
fn runs_ui(ui: &mut Ui, recording: &OpenRecording, commands: &mut Vec<Command>) {
    if recording.runs.is_empty() {
        return;
    }
    let words = format::counted(recording.runs.len(), "simulated run", "simulated runs");
    CollapsingHeader::new(RichText::new(words).small()).id_salt(("runs", recording.number)).show(ui, |ui| {
        for (place, run) in recording.runs.iter().enumerate() {
            run_ui(ui, run, || commands.push(Command::OpenRun(recording.number, place)));
        }
    });
}

fn run_ui(ui: &mut Ui, run: &StoredRun, open: impl FnOnce()) {
    let scenario = &run.answer.scenario;
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button = ui.button("Open");
            let words = format!("Open the run {}", scenario.name);
            button.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &words));
            if button.on_hover_text("Simulate it again from the same start, and put it on the timeline").clicked() {
                open();
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(&scenario.name).truncate());
            });
        });
    });
    let words = format!("{}, {} ahead", format::date_and_clock(run.at), format::rough_age(scenario.horizon));
    ui.label(RichText::new(words).small().weak());
}

/// Changes that are listed of a recording.
const MOST_CHANGES: usize = 200;

/// The changes of the plant that were under way while it was recorded, each where it got to.
fn changes_ui(ui: &mut Ui, recording: &OpenRecording, commands: &mut Vec<Command>) {
    if recording.changes.is_empty() {
        return;
    }
    let title = RichText::new("Changes of the plant").small();
    CollapsingHeader::new(title).id_salt(("changes", recording.number)).show(ui, |ui| {
        let mut last: BTreeMap<&str, &ChangeRecord> = BTreeMap::new();
        for record in recording.changes.iter().filter(|record| record.step()) {
            if let Some(id) = &record.change {
                last.insert(id, record);
            }
        }
        for (id, record) in last.iter().take(MOST_CHANGES) {
            let name = if record.title.is_empty() { *id } else { record.title.as_str() };
            change_ui(ui, name, record, || {
                commands.push(Command::Playhead(PlayheadCommand::Show(Origin::Recorded(recording.number))));
                commands.push(Command::Playhead(PlayheadCommand::Seek(record.at)));
            });
        }
        if last.len() > MOST_CHANGES {
            ui.label(RichText::new(format!("and {} more", last.len() - MOST_CHANGES)).small().weak());
        }
        if last.is_empty() {
            ui.label(RichText::new("Only logins.").small().weak());
        }
    });
}

fn change_ui(ui: &mut Ui, name: &str, record: &ChangeRecord, go: impl FnOnce()) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button = ui.button("Go there");
            button.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, format!("Go to the change {name}")));
            if button.on_hover_text("Move the playhead to its last step").clicked() {
                go();
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(name).truncate()).on_hover_text(format::shortened(&record.words(), 400));
            });
        });
    });
    let by = record.person.as_ref().map(|person| format!(" by {person}")).unwrap_or_default();
    let words = format!("{}: {}{by}", format::date_and_clock(record.at), record.name());
    ui.label(RichText::new(words).small().weak());
}

fn problems_ui(ui: &mut Ui, recording: &OpenRecording) {
    if recording.problems.is_empty() {
        return;
    }
    let words = format::counted(recording.problems.len(), "problem with the file", "problems with the file");
    CollapsingHeader::new(RichText::new(words).small()).id_salt(("problems", recording.number)).show(ui, |ui| {
        for problem in &recording.problems {
            ui.add(Label::new(RichText::new(problem).small()).wrap());
        }
    });
}
