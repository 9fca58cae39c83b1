//! Moving the playhead, and what lies beside the moment on screen as a ghost.

use egui::{Align, Button, Layout, RichText, Ui, vec2};

use crate::domain::command::Command;
use crate::domain::playhead::Tense;
use crate::domain::recording::Alignment;
use crate::domain::signal::Origin;
use crate::domain::time::Span;
use crate::ui::strip::strip_ui;
use crate::ui::strip_pointer::toward;
use crate::ui::timeline::{range_ui, transport_ui};
use crate::ui::timeline_window::TimelineState;
use crate::ui::{Console, format, touch};

/// Height of the strip of time, points.
const STRIP: f32 = 150.0;
/// How far the playhead jumps, with the words of the buttons.
const JUMPS: [(i64, &str); 4] = [(-60, "–1 min"), (-10, "–10 s"), (10, "+10 s"), (60, "+1 min")];
/// Letters of the name of a recording or a run.
const NAME: usize = 34;

pub fn time_ui(ui: &mut Ui, console: &Console, state: &mut TimelineState, commands: &mut Vec<Command>) {
    state.follow(console);
    ui.horizontal(|ui| transport_ui(ui, console, commands));
    jumps_ui(ui, console, commands);
    let Some(window) = state.window(&console.strip_extent()) else {
        ui.label("Nothing has been recorded yet");
        ui.label(RichText::new("As soon as a link delivers values, they appear here and can be played again.").weak());
        return;
    };
    strip_ui(ui, vec2(ui.available_width(), STRIP), window, console, state, commands);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| range_ui(ui, console, state, commands));
    });
    compare_ui(ui, console, commands);
}

fn jumps_ui(ui: &mut Ui, console: &Console, commands: &mut Vec<Command>) {
    let space = ui.spacing().item_spacing.x;
    let width = (ui.available_width() - space * (JUMPS.len() - 1) as f32) / JUMPS.len() as f32;
    let (held, live) = (console.extent.held.is_some(), console.playhead.tense() == Tense::Live);
    ui.horizontal(|ui| {
        for (secs, words) in JUMPS {
            let open = held && !(live && secs > 0);
            let button = Button::new(words).min_size(vec2(width.floor(), 0.0));
            if ui.add_enabled(open, button).clicked() {
                let moment = console.playhead.moment() + Span::from_secs(secs);
                commands.push(Command::Playhead(toward(console, moment, Span::ZERO)));
            }
        }
    });
}

/// What else can lie beside it, each with a switch.
fn compare_ui(ui: &mut Ui, console: &Console, commands: &mut Vec<Command>) {
    let others = others(console);
    if others.is_empty() {
        return;
    }
    ui.separator();
    ui.label(RichText::new("Beside it, as a ghost").strong());
    touch::page("compared").show(ui, |ui| {
        for (origin, name) in others {
            let compared = console.compared.filter(|compared| compared.origin == origin);
            let words = match compared {
                Some(compared) => format!("{name}, {}", compared.alignment.words()),
                None => name,
            };
            let button = Button::new(words).selected(compared.is_some()).min_size(vec2(ui.available_width(), 0.0));
            if ui.add(button.truncate()).clicked() {
                let wish = if compared.is_some() { None } else { Some((origin, Alignment::Clock)) };
                commands.push(Command::Compare(wish));
            }
        }
    });
}

/// What is held beside what is on screen, by name.
fn others(console: &Console) -> Vec<(Origin, String)> {
    let live = console.extent.live_now.is_some();
    let held = live || console.history.extent(Origin::Measured).is_some();
    let plant = held.then(|| (Origin::Measured, if live { "Live plant" } else { "This run" }.to_owned()));
    let recorded = |(number, name): (u32, &String)| (Origin::Recorded(number), format::shortened(name, NAME));
    let recordings = console.recordings.iter().map(|it| (it.number, &it.name)).map(recorded);
    let runs = console.answer.into_iter().flat_map(|answer| {
        let name = format::shortened(&answer.scenario.name, NAME);
        [(answer.baseline, format!("Simulated without {name}")), (answer.changed, format!("Simulated: {name}"))]
    });
    let all = plant.into_iter().chain(recordings).chain(runs);
    all.filter(|(origin, _)| *origin != console.playhead.origin()).collect()
}
