//! The line at the top: project, tense, trial, the most urgent alarm, links, camera, view and person.

use egui::{Align, Button, Layout, RichText, Sense, Ui, WidgetInfo, WidgetType, vec2};

use super::alarm_rows::{AlarmRow, headline};
use super::drawer::Tab;
use super::icons::{Glyph, icon_button};
use super::marks::{alarm_mark_ui, paint_link_mark};
use super::theme::HEAD;
use super::{Console, ConsoleState, change, format, headset, link_field, links_tab, recorder, tense};
use crate::domain::alarm::AlarmBook;
use crate::domain::command::{CameraMode, Command, Theme};

/// Room under which the most urgent alarm is not put into words.
const LEAST_ROOM: f32 = 110.0;

pub fn top_bar_ui(ui: &mut Ui, console: &Console, state: &mut ConsoleState, commands: &mut Vec<Command>) {
    ui.horizontal_centered(|ui| {
        project_menu_ui(ui, console, state, commands);
        tense::badge_ui(ui, console);
        change::badge_ui(ui, console, state);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            change::desk_menu_ui(ui, console, &mut state.login, commands);
            headset::desk_chip_ui(ui, console, commands);
            theme_switch_ui(ui, console, commands);
            view_menu_ui(ui, console, commands);
            camera_menu_ui(ui, console, commands);
            ui.separator();
            recorder::recorder_ui(ui, console, state, commands);
            ui.separator();
            links_ui(ui, console, state);
            ui.separator();
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| alarm_line_ui(ui, console, state, commands));
        });
    });
}

fn project_menu_ui(ui: &mut Ui, console: &Console, state: &mut ConsoleState, commands: &mut Vec<Command>) {
    let name = if console.project_name.is_empty() { "twinscope" } else { console.project_name };
    ui.menu_button(RichText::new(name).size(HEAD), |ui| {
        if ui.button("Read the project again").clicked() {
            commands.push(Command::Reload);
        }
        link_field::link_field_ui(ui, &mut state.link, commands);
        if ui.button("Keys (F1)").clicked() {
            state.keys_sheet = true;
        }
        if ui.button("Quit").clicked() {
            commands.push(Command::Quit);
        }
    });
}

/// The plant's alarms, whatever moment the playhead shows.
fn alarm_line_ui(ui: &mut Ui, console: &Console, state: &mut ConsoleState, commands: &mut Vec<Command>) {
    let away = console.away_from_live();
    let (rows, book) = match away {
        true => (&state.alarms_now, console.alarms),
        false => (&state.alarms, console.alarm_book()),
    };
    let Some(first) = rows.rows().first().copied() else {
        let words = match (away, console.simulated()) {
            (true, _) => "No alarms in the plant now",
            (false, true) => "A simulated run reports no alarms",
            (false, false) => "No alarms",
        };
        let words = match rows.shelved().len() {
            0 => words.to_owned(),
            shelved => format!("{words}, {shelved} shelved"),
        };
        ui.label(RichText::new(words).weak());
        return;
    };
    let more = rows.rows().len() - 1;
    let room = ui.available_width() - if more > 0 { 84.0 } else { 0.0 };
    if room < LEAST_ROOM {
        alarm_mark_ui(ui, first.priority, first.state, console.palette());
        let words = format::counted(more + 1, "alarm", "alarms");
        if ui.button(words).on_hover_text("Open the list of alarms").clicked() {
            state.drawer.tab = Tab::Alarms;
        }
        return;
    }
    ui.allocate_ui_with_layout(vec2(room, 24.0), Layout::left_to_right(Align::Center), |ui| {
        ui.set_max_width(room);
        if away {
            ui.label(RichText::new("Now:").strong());
        }
        urgent_ui(ui, console, book, first, commands);
    });
    if more > 0 && ui.button(format!("{more} more")).on_hover_text("Open the list of alarms").clicked() {
        state.drawer.tab = Tab::Alarms;
    }
}

fn urgent_ui(ui: &mut Ui, console: &Console, book: &AlarmBook, row: AlarmRow, commands: &mut Vec<Command>) {
    let Some(rule) = book.rule(row.id) else { return };
    alarm_mark_ui(ui, row.priority, row.state, console.palette());
    let text = RichText::new(headline(rule, console.assets)).color(console.palette().text);
    let response = ui.add(Button::new(text).truncate().frame_when_inactive(false));
    if response.clicked()
        && let Some(asset) = row.asset
    {
        commands.push(Command::Select(Some(asset)));
        commands.push(Command::Focus(asset));
    }
    response.on_hover_text(if rule.action.is_empty() { "Go there" } else { &rule.action });
}

fn links_ui(ui: &mut Ui, console: &Console, state: &mut ConsoleState) {
    let down = console.links.iter().filter(|link| !link.connected()).count();
    if console.links.is_empty() {
        ui.label(RichText::new("No links").weak());
        return;
    }
    // Right to left: the last link is placed first.
    for link in console.links.iter().rev() {
        let (rect, response) = ui.allocate_exact_size(vec2(14.0, 20.0), Sense::click());
        let words = format!("{}: {}", link.name, links_tab::state_words(link, console.wall_now));
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &words));
        paint_link_mark(ui.painter(), rect.center(), 10.0, &link.state, console.palette());
        if response.clicked() {
            state.drawer.tab = Tab::Links;
        }
        response.on_hover_text(words);
    }
    let text = match down {
        0 => RichText::new("Links").weak(),
        _ => RichText::new(format!("{} not connected", format::counted(down, "link", "links"))),
    };
    ui.label(text);
}

fn camera_menu_ui(ui: &mut Ui, console: &Console, commands: &mut Vec<Command>) {
    ui.menu_button("Camera", |ui| {
        if ui.button("Whole plant in view").clicked() {
            commands.push(Command::FrameAll);
        }
        let selected = console.selection;
        if ui.add_enabled(selected.is_some(), Button::new("Selection in view")).clicked() {
            commands.extend(selected.map(Command::Focus));
        }
        ui.separator();
        for (mode, words) in
            [(CameraMode::Orbit, "Orbit around a point"), (CameraMode::Fly, "Walk and fly with the keys")]
        {
            if ui.radio(console.camera == mode, words).clicked() {
                commands.push(Command::SetCamera(mode));
                ui.close();
            }
        }
        ui.separator();
        if console.viewpoints.is_empty() {
            ui.label(RichText::new("The project saves no viewpoints.").weak());
        }
        for (number, name) in console.viewpoints.iter().enumerate() {
            if ui.button(name.as_str()).clicked() {
                commands.push(Command::GoToViewpoint(number));
            }
        }
    });
}

/// On or off, its words, and what asks for the other.
type Switch = (bool, &'static str, fn(bool) -> Command);

fn view_menu_ui(ui: &mut Ui, console: &Console, commands: &mut Vec<Command>) {
    ui.menu_button("View", |ui| {
        let switches: [Switch; 3] = [
            (console.xray, "X-ray: see through walls and guards", Command::SetXray),
            (console.ghost_others, "Ghost all but the selection", Command::SetGhostOthers),
            (console.labels, "Labels", Command::SetLabels),
        ];
        for (on, words, command) in switches {
            let mut on = on;
            if ui.checkbox(&mut on, words).changed() {
                commands.push(command(on));
            }
        }
        ui.separator();
        let hidden = console.hidden.len();
        let words = match hidden {
            0 => "Show everything".to_owned(),
            _ => format!("Show everything ({hidden} hidden)"),
        };
        if ui.button(words).clicked() {
            commands.push(Command::ShowAll);
        }
    });
}

fn theme_switch_ui(ui: &mut Ui, console: &Console, commands: &mut Vec<Command>) {
    let (glyph, label, other) = match console.theme {
        Theme::Dark => (Glyph::Sun, "Light theme", Theme::Light),
        Theme::Light => (Glyph::Moon, "Dark theme", Theme::Dark),
    };
    if icon_button(ui, glyph, label, true).clicked() {
        commands.push(Command::SetTheme(other));
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::domain::alarm::AlarmId;
    use crate::domain::playhead::Playhead;
    use crate::domain::time::Span;
    use crate::ui::fixture::{self, Plant, Stage, at};

    fn bar(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            crate::ui::refresh_alarms(ui.ctx(), console, state);
            top_bar_ui(ui, console, state, commands);
        });
        harness.run_steps(2);
        harness
    }

    #[test]
    fn the_most_urgent_alarm_leads_to_its_equipment() {
        let plant = fixture::plant();
        let filler = plant.id("Riverside/Line 1/Filler");
        let mut harness = bar(plant);
        harness.get_by_label("2 more");
        harness.get_by_label("Filler: no bottles at infeed").click();
        harness.run_steps(2);
        assert_eq!(harness.state().commands, [Command::Select(Some(filler)), Command::Focus(filler)]);
    }

    #[test]
    fn a_replay_does_not_hide_the_alarms_of_now() {
        let harness = bar(Plant { playhead: Playhead::paused_at(at(-3600)), ..fixture::plant() });
        harness.get_by_label("Now:");
        harness.get_by_label("Filler: no bottles at infeed");
    }

    #[test]
    fn what_is_shelved_is_not_no_alarm() {
        let mut plant = fixture::plant();
        for alarm in 0..3 {
            plant.alarms.shelve(AlarmId(alarm), Span::from_secs(900), at(-10));
        }
        bar(plant).get_by_label("No alarms, 3 shelved");
    }

    #[test]
    fn menus_ask_for_camera_and_view() {
        let mut harness = bar(fixture::plant());
        harness.get_by_label("View").click();
        harness.run_steps(3);
        harness.get_by_label("Labels").click();
        harness.run_steps(3);
        harness.get_by_label("Light theme").click();
        harness.run_steps(3);
        assert_eq!(harness.state().commands, [Command::SetLabels(false), Command::SetTheme(Theme::Light)]);
    }

    #[test]
    fn a_link_that_is_down_is_named_in_words() {
        let harness = bar(fixture::plant());
        harness.get_by_label("1 link not connected");
        harness.get_by_label_contains("Packing hall: down");
    }

    #[test]
    fn a_recording_on_screen_does_not_hide_the_alarms_of_now() {
        let harness = bar(fixture::replay());
        harness.get_by_label("Now:");
        harness.get_by_label("Filler: no bottles at infeed");
        harness.get_by_label("REPLAY, paused");
    }

    #[test]
    fn without_a_plant_the_recorded_alarms_lead() {
        let harness = bar(Plant { live: false, ..fixture::replay() });
        harness.get_by_label("Labeller: glue temperature low");
        assert!(harness.query_by_label("Filler: no bottles at infeed").is_none());
    }

    #[test]
    fn the_project_menu_opens_links_and_lists_keys() {
        let mut harness = bar(fixture::plant());
        harness.get_by_label("Riverside bottling").click();
        harness.run_steps(3);
        harness.get_by_label("Link to open");
        harness.get_by_label("Keys (F1)").click();
        harness.run_steps(3);
        assert!(harness.state().state.keys_sheet);
    }

    #[test]
    fn a_narrow_bar_still_shows_that_there_are_alarms() {
        let mut harness = fixture::harness(fixture::replay(), |ui, console, state, commands| {
            crate::ui::refresh_alarms(ui.ctx(), console, state);
            ui.set_max_width(760.0);
            top_bar_ui(ui, console, state, commands);
        });
        harness.run_steps(2);
        harness.get_by_label("3 alarms").click();
        harness.run_steps(2);
        assert_eq!(harness.state().state.drawer.tab, Tab::Alarms);
    }
}
