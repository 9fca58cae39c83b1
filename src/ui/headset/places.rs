//! Where the wearer stands and how: saved viewpoints, size of the plant, height of the eyes, turning.

use egui::{Button, RichText, Ui, vec2};

use crate::domain::command::Command;
use crate::domain::headset::{HeadsetCommand, HeadsetStatus, Turn};
use crate::ui::{Console, touch};

/// Height of a button that leads somewhere, points.
const LARGE: f32 = 56.0;
/// Ways to turn, with their words.
const TURNS: [(Turn, &str); 3] = [(Turn::Snap30, "30°"), (Turn::Snap45, "45°"), (Turn::Off, "Off")];

pub fn places_ui(ui: &mut Ui, console: &Console, headset: &HeadsetStatus, commands: &mut Vec<Command>) {
    let mut ask = |wish: HeadsetCommand| commands.push(Command::Headset(wish));
    touch::page("places").show(ui, |ui| {
        if console.viewpoints.is_empty() {
            ui.label(RichText::new("The project saves no viewpoints.").weak());
        }
        for (number, name) in console.viewpoints.iter().enumerate() {
            let button = Button::new(name.as_str()).truncate().min_size(vec2(ui.available_width(), LARGE));
            if ui.add(button).clicked() {
                ask(HeadsetCommand::GoTo(number));
            }
        }
        ui.separator();
        let sizes = [(false, "Full size"), (true, "Table-top")];
        choice_ui(ui, &sizes, headset.table_top, |on| ask(HeadsetCommand::TableTop(on)));
        let postures = [(false, "Stand"), (true, "Sit")];
        choice_ui(ui, &postures, headset.seated, |on| ask(HeadsetCommand::Seated(on)));
        wide_ui(ui, Button::new("Reset height"), || ask(HeadsetCommand::ResetHeight));
        ui.label(RichText::new("One push of the stick turns").small().weak());
        choice_ui(ui, &TURNS, headset.turn, |turn| ask(HeadsetCommand::Turn(turn)));
        let edges = Button::new("Dark edges while moving").selected(headset.vignette);
        wide_ui(ui, edges, || ask(HeadsetCommand::Vignette(!headset.vignette)));
        wide_ui(ui, Button::new("Take a picture"), || ask(HeadsetCommand::TakePicture));
    });
}

/// Buttons of the same width, of which one is in force.
fn choice_ui<T: Copy + PartialEq>(ui: &mut Ui, choices: &[(T, &str)], value: T, mut choose: impl FnMut(T)) {
    let space = ui.spacing().item_spacing.x;
    let width = (ui.available_width() - space * (choices.len() - 1) as f32) / choices.len() as f32;
    ui.horizontal(|ui| {
        for (choice, words) in choices {
            let button = Button::new(*words).selected(*choice == value);
            if ui.add(button.min_size(vec2(width.floor(), 0.0))).clicked() && *choice != value {
                choose(*choice);
            }
        }
    });
}

fn wide_ui(ui: &mut Ui, button: Button, mut press: impl FnMut()) {
    if ui.add(button.min_size(vec2(ui.available_width(), 0.0))).clicked() {
        press();
    }
}
