//! The desk's side of the headset: how it stands, and what a person at the desk can do for the wearer.

use egui::{Button, Checkbox, Label, Popup, PopupCloseBehavior, RichText, Ui};

use super::tour::{steps_ui, stops};
use crate::domain::command::Command;
use crate::domain::headset::{FrameTime, HeadsetCommand, HeadsetLink, HeadsetStatus, TourStep};
use crate::domain::time::Span;
use crate::ui::{Console, format};

/// Width of what opens under the chip, points.
const WIDTH: f32 = 280.0;
/// Room to the left of the chip under which it does not say how the headset stands, points.
const LEAST_ROOM: f32 = 900.0;

/// The chip of the top bar, with what opens under it. Nothing without a headset.
pub fn desk_chip_ui(ui: &mut Ui, console: &Console, commands: &mut Vec<Command>) {
    let Some(headset) = console.headset else { return };
    let words = chip_words(&headset.link, ui.available_width() < LEAST_ROOM);
    let button = ui.button(words).on_hover_text(headset.link.words());
    Popup::from_toggle_button_response(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(WIDTH);
        headset_tab_ui(ui, console, commands);
    });
}

/// In a narrow bar the colon and what follows is left to the hover.
fn chip_words(link: &HeadsetLink, narrow: bool) -> &'static str {
    match link {
        _ if narrow => "Headset",
        HeadsetLink::Searching { .. } => "Headset: none",
        HeadsetLink::Idle => "Headset: ready",
        HeadsetLink::Visible => "Headset: shown",
        HeadsetLink::Focused => "Headset: worn",
    }
}

/// How the headset stands, and what can be asked of it from the desk. Nothing without a headset.
pub fn headset_tab_ui(ui: &mut Ui, console: &Console, commands: &mut Vec<Command>) {
    let Some(headset) = console.headset else { return };
    ui.label(RichText::new(headset.link.words()).strong());
    if !headset.device.is_empty() {
        ui.add(Label::new(RichText::new(&headset.device).small().weak()).wrap());
    }
    if let HeadsetLink::Searching { why } = &headset.link {
        if !why.is_empty() {
            ui.add(Label::new(why).wrap());
        }
        let words = "Start the software of the headset and put it on. twinscope looks for it every few seconds.";
        ui.add(Label::new(RichText::new(words).weak()).wrap());
        return;
    }
    if let Some(frame) = &headset.frame {
        ui.add(Label::new(frame_words(frame)).wrap());
    }
    if !headset.quality_note.is_empty() {
        ui.add(Label::new(RichText::new(&headset.quality_note).small()).wrap());
    }
    if let Some(words) = &headset.refused {
        ui.add(Label::new(format!("Asked by the wearer: {words}")).wrap());
    }
    let mut ask = |wish: HeadsetCommand| commands.push(Command::Headset(wish));
    ui.separator();
    selection_ui(ui, console, headset, &mut ask);
    ui.separator();
    tour_ui(ui, console, headset, &mut ask);
    ui.separator();
    let switches: [(bool, &str, fn(bool) -> HeadsetCommand); 3] = [
        (headset.mirror, "Show here what the wearer sees", HeadsetCommand::Mirror),
        (headset.table_top, "The plant as a model on a table", HeadsetCommand::TableTop),
        (headset.seated, "The wearer sits", HeadsetCommand::Seated),
    ];
    for (on, words, wish) in switches {
        let mut on = on;
        if ui.add(Checkbox::new(&mut on, words)).changed() {
            ask(wish(on));
        }
    }
}

/// "A frame takes 9.8 ms of 11.1 ms, 2 missed in the last second".
fn frame_words(frame: &FrameTime) -> String {
    let millis = |span: Span| format::number(span.as_secs_f64() * 1000.0, 1);
    let missed = match frame.missed {
        0 => "none missed".to_owned(),
        missed => format!("{missed} missed"),
    };
    let budget = format::with_unit(&millis(frame.budget), "ms");
    format!("A frame takes {} of {budget}, {missed} in the last second", format::with_unit(&millis(frame.taken), "ms"))
}

fn selection_ui(ui: &mut Ui, console: &Console, headset: &HeadsetStatus, ask: &mut impl FnMut(HeadsetCommand)) {
    let selected = console.selection;
    let name = selected.and_then(|asset| console.assets.get(asset)).map(|asset| asset.name.as_str());
    ui.add(Label::new(name.unwrap_or("Nothing is selected")).truncate());
    ui.horizontal_wrapped(|ui| {
        let reason = "Select equipment first";
        let bring = ui.add_enabled(selected.is_some(), Button::new("Bring the wearer here"));
        if bring.on_disabled_hover_text(reason).clicked()
            && let Some(asset) = selected
        {
            ask(HeadsetCommand::Visit(asset));
        }
        let point = ui.add_enabled(selected.is_some(), Button::new("Point at it"));
        if point.on_hover_text("Show the wearer where it is").on_disabled_hover_text(reason).clicked() {
            ask(HeadsetCommand::Point(selected));
        }
    });
    if let Some(asset) = headset.pointing.and_then(|asset| console.assets.get(asset)) {
        ui.horizontal_wrapped(|ui| {
            ui.label(format!("The wearer is shown {}.", asset.name));
            if ui.button("End pointing").clicked() {
                ask(HeadsetCommand::Point(None));
            }
        });
    }
}

fn tour_ui(ui: &mut Ui, console: &Console, headset: &HeadsetStatus, ask: &mut impl FnMut(HeadsetCommand)) {
    let marks = stops(console);
    match headset.tour.and_then(|place| Some((place, marks.get(place)?))) {
        Some((place, mark)) => {
            let words = format!("Tour: {} of {}, {}", place + 1, marks.len(), format::clock(mark.at));
            ui.label(words);
            ui.add(Label::new(RichText::new(&mark.text).small().weak()).wrap());
            steps_ui(ui, place, marks.len(), |step| ask(HeadsetCommand::Tour(step)));
        }
        None => {
            let begin = ui.add_enabled(!marks.is_empty(), Button::new("Begin a tour of the marks"));
            if begin.on_disabled_hover_text("There are no marks. Mark moments with M").clicked() {
                ask(HeadsetCommand::Tour(TourStep::Begin));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture::{self, Plant, Stage};

    fn tab(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, _, commands| headset_tab_ui(ui, console, commands));
        harness.run_steps(2);
        harness
    }

    fn worn(plant: Plant) -> Plant {
        let frame = FrameTime { budget: Span::from_millis(11), taken: Span::from_millis(9), missed: 2 };
        let status = HeadsetStatus {
            link: HeadsetLink::Focused,
            device: "Monado, Simulated HMD".into(),
            frame: Some(frame),
            quality_note: "Drawn at 80% of the pixels".into(),
            refused: Some("Pushing happens at a desk.".into()),
            ..HeadsetStatus::default()
        };
        Plant { headset: Some(status), ..plant }
    }

    fn press(harness: &mut Harness<Stage>, label: &str) {
        harness.get_by_label(label).click();
        harness.run_steps(3);
    }

    #[test]
    fn it_says_how_the_headset_stands() {
        let harness = tab(worn(fixture::plant()));
        for words in [
            "Worn",
            "Monado, Simulated HMD",
            "A frame takes 9.0\u{2009}ms of 11.0\u{2009}ms, 2 missed in the last second",
            "Drawn at 80% of the pixels",
            "Asked by the wearer: Pushing happens at a desk.",
        ] {
            harness.get_by_label(words);
        }
    }

    #[test]
    fn while_there_is_none_it_says_why_and_what_to_do() {
        let link = HeadsetLink::Searching { why: "No runtime is installed.".into() };
        let status = HeadsetStatus { link, ..HeadsetStatus::default() };
        let harness = tab(Plant { headset: Some(status), ..fixture::plant() });
        harness.get_by_label("Looking for a headset");
        harness.get_by_label("No runtime is installed.");
        harness.get_by_label_contains("Start the software of the headset");
        assert!(harness.query_by_label("Bring the wearer here").is_none());
    }

    #[test]
    fn the_wearer_is_brought_and_shown_what_is_selected() {
        let mut harness = tab(worn(fixture::plant()));
        press(&mut harness, "Bring the wearer here");
        assert!(harness.state().commands.is_empty(), "nothing is selected");
        let filler = harness.state().plant.id("Riverside/Line 1/Filler");
        harness.state_mut().plant.selection = Some(filler);
        harness.run_steps(2);
        press(&mut harness, "Bring the wearer here");
        press(&mut harness, "Point at it");
        harness.state_mut().plant.headset.as_mut().expect("worn").pointing = Some(filler);
        harness.run_steps(2);
        harness.get_by_label("The wearer is shown Filler.");
        press(&mut harness, "End pointing");
        let wishes = [HeadsetCommand::Visit(filler), HeadsetCommand::Point(Some(filler)), HeadsetCommand::Point(None)];
        assert_eq!(harness.state().commands, wishes.map(Command::Headset));
    }

    #[test]
    fn mirror_size_and_posture_are_switched() {
        let mut harness = tab(worn(fixture::plant()));
        for label in ["Show here what the wearer sees", "The plant as a model on a table", "The wearer sits"] {
            press(&mut harness, label);
        }
        let wishes = [HeadsetCommand::Mirror(false), HeadsetCommand::TableTop(true), HeadsetCommand::Seated(true)];
        assert_eq!(harness.state().commands, wishes.map(Command::Headset));
    }

    #[test]
    fn the_tour_is_led_from_the_desk() {
        let mut harness = tab(worn(fixture::replay()));
        press(&mut harness, "Begin a tour of the marks");
        harness.state_mut().plant.headset.as_mut().expect("worn").tour = Some(0);
        harness.run_steps(2);
        harness.get_by_label_contains("Tour: 1 of 2, ");
        harness.get_by_label("glue nozzle dripped");
        press(&mut harness, "Next");
        press(&mut harness, "End");
        let steps = [TourStep::Begin, TourStep::Next, TourStep::End];
        assert_eq!(harness.state().commands, steps.map(|step| Command::Headset(HeadsetCommand::Tour(step))));
    }

    #[test]
    fn the_chip_is_there_only_with_a_headset_and_opens() {
        let chip = |plant: Plant| {
            let mut harness = fixture::harness(plant, |ui, console, _, commands| desk_chip_ui(ui, console, commands));
            harness.run_steps(2);
            harness
        };
        assert!(chip(fixture::plant()).query_by_label_contains("Headset").is_none());
        let mut harness = chip(worn(fixture::plant()));
        press(&mut harness, "Headset: worn");
        press(&mut harness, "The wearer sits");
        assert_eq!(harness.state().commands, [Command::Headset(HeadsetCommand::Seated(true))]);
        harness.get_by_label("The wearer sits");
    }

    #[test]
    fn in_a_narrow_bar_the_chip_is_short() {
        let mut harness = fixture::harness(worn(fixture::plant()), |ui, console, _, commands| {
            ui.set_max_width(760.0);
            desk_chip_ui(ui, console, commands);
        });
        harness.run_steps(2);
        harness.get_by_label("Headset");
        for (link, words) in [
            (HeadsetLink::Searching { why: String::new() }, "Headset: none"),
            (HeadsetLink::Idle, "Headset: ready"),
            (HeadsetLink::Visible, "Headset: shown"),
        ] {
            assert_eq!(chip_words(&link, false), words);
        }
    }
}
