//! From mark to mark of what is on screen, in order of time.

use egui::{Button, Label, RichText, Ui, vec2};

use crate::domain::command::Command;
use crate::domain::headset::{HeadsetCommand, HeadsetStatus, TourStep};
use crate::domain::recording::Mark;
use crate::ui::{Console, format, touch};

/// Height of the buttons, points.
const LARGE: f32 = 56.0;

pub fn tour_ui(ui: &mut Ui, console: &Console, headset: &HeadsetStatus, commands: &mut Vec<Command>) {
    let marks = stops(console);
    let mut ask = |step: TourStep| commands.push(Command::Headset(HeadsetCommand::Tour(step)));
    if marks.is_empty() {
        ui.add_space(24.0);
        ui.vertical_centered(|ui| {
            ui.label(RichText::new("No marks to visit").heading());
            let words =
                "A tour goes from mark to mark. Mark moments at the desk with M, or show a recording with marks.";
            ui.add(Label::new(RichText::new(words).weak()).wrap());
        });
        return;
    }
    match headset.tour.and_then(|place| Some((place, marks.get(place)?))) {
        Some((place, mark)) => {
            ui.label(RichText::new(format!("{} of {}", place + 1, marks.len())).heading().strong());
            ui.label(RichText::new(format::date_and_clock(mark.at)).small().weak());
            ui.add(Label::new(&mark.text).wrap());
            ui.add_space(8.0);
            steps_ui(ui, place, marks.len(), ask);
        }
        None => {
            let words = format!("Begin the tour of {}", format::counted(marks.len(), "mark", "marks"));
            if ui.add(Button::new(words).min_size(vec2(ui.available_width(), LARGE))).clicked() {
                ask(TourStep::Begin);
            }
            touch::page("stops").show(ui, |ui| {
                for mark in &marks {
                    ui.add(Label::new(format!("{}  {}", format::clock(mark.at), mark.text)).wrap());
                }
            });
        }
    }
}

/// Marks of what is on screen, in order of time.
pub fn stops<'a>(console: &Console<'a>) -> Vec<&'a Mark> {
    let mut marks: Vec<&Mark> = console.shown_marks().iter().collect();
    marks.sort_by_key(|mark| mark.at);
    marks
}

/// Back, next, end.
pub fn steps_ui(ui: &mut Ui, place: usize, count: usize, mut ask: impl FnMut(TourStep)) {
    let space = ui.spacing().item_spacing.x;
    let width = ((ui.available_width() - 2.0 * space) / 3.0).floor();
    let height = if touch::pointed(ui) { LARGE } else { 0.0 };
    let steps = [
        ("Back", TourStep::Back, place > 0),
        ("Next", TourStep::Next, place + 1 < count),
        ("End", TourStep::End, true),
    ];
    ui.horizontal(|ui| {
        for (words, step, open) in steps {
            if ui.add_enabled(open, Button::new(words).min_size(vec2(width, height))).clicked() {
                ask(step);
            }
        }
    });
}
