//! Shelving: the menu that takes an alarm off the list for a while, and the line at the foot of the list that
//! never lets one be lost.

use egui::{Align, CollapsingHeader, Frame, Label, Layout, Margin, Panel, RichText, ScrollArea, Ui};

use super::alarm_rows::{AlarmRow, headline, state_words};
use super::{Console, format};
use crate::domain::alarm::AlarmId;
use crate::domain::command::Command;
use crate::domain::time::Span;

/// What the menu offers, in seconds.
const CHOICES: [i64; 3] = [15 * 60, 3600, 8 * 3600];

/// How much of the tab the list of what is shelved takes at most.
const MOST_PART: f32 = 0.5;

/// "Shelve", with for how long; nothing where there is nothing to shelve in the plant now.
pub fn shelve_menu_ui(ui: &mut Ui, console: &Console, alarm: AlarmId, commands: &mut Vec<Command>) {
    if !shelving(console) || !console.alarms.state(alarm).listed() {
        return;
    }
    let menu = ui.menu_button("Shelve", |ui| {
        for span in CHOICES.map(Span::from_secs) {
            if ui.button(format::chosen(span)).clicked() {
                commands.push(Command::Shelve(alarm, span));
                ui.close();
            }
        }
    });
    menu.response
        .on_hover_text("Take it off the list for a while. It goes on being watched, and comes back by itself.");
}

/// "2 shelved", which opens the list of them. At the foot of what is left of `ui`.
pub fn shelved_ui(ui: &mut Ui, console: &Console, rows: &[AlarmRow], commands: &mut Vec<Command>) {
    if rows.is_empty() {
        return;
    }
    let most = ui.available_height() * MOST_PART;
    let frame = Frame::new().inner_margin(Margin { top: 4, ..Margin::ZERO });
    Panel::bottom("shelved").frame(frame).show(ui, |ui| {
        CollapsingHeader::new(format!("{} shelved", rows.len())).id_salt("shelved").show(ui, |ui| {
            ScrollArea::vertical().id_salt("shelved").max_height(most).show(ui, |ui| {
                for row in rows {
                    row_ui(ui, console, row, commands);
                }
            });
        });
    });
}

fn row_ui(ui: &mut Ui, console: &Console, row: &AlarmRow, commands: &mut Vec<Command>) {
    let (Some(rule), Some(until)) = (console.alarm_book().rule(row.id), row.state.shelved_until()) else { return };
    ui.add(Label::new(headline(rule, console.assets)).wrap());
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let away = console.alarms.state(row.id).shelved_until().is_some();
            if shelving(console) && away && ui.button("Unshelve").clicked() {
                commands.push(Command::Unshelve(row.id));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let (priority, until) = (row.priority as u8, format::hour_and_minute(until));
                let words = format!("Priority {priority}, {}, until {until}", state_words(row.state));
                ui.add(Label::new(RichText::new(words).small().weak()).wrap());
            });
        });
    });
}

/// True where alarms can be shelved: in a plant that is live, so that time goes on until they come back.
fn shelving(console: &Console) -> bool {
    console.acknowledging() && console.extent.live_now.is_some()
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::alarms_tab::{Way, alarms_tab_ui};
    use crate::ui::fixture::{self, Plant, Stage, at};

    fn list(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            crate::ui::refresh_alarms(ui.ctx(), console, state);
            alarms_tab_ui(ui, console, &state.alarms, Way::CAMERA, commands);
        });
        harness.run_steps(3);
        harness
    }

    fn shelved(span: Span) -> Plant {
        let mut plant = fixture::plant();
        plant.alarms.shelve(AlarmId(2), span, at(-10));
        plant
    }

    fn until(secs: i64) -> String {
        format!("until {}", format::hour_and_minute(at(secs)))
    }

    #[test]
    fn an_alarm_is_shelved_for_one_of_three_times() {
        let times = ["15\u{2009}min", "1\u{2009}h", "8\u{2009}h"];
        for (words, secs) in times.into_iter().zip([900, 3600, 28_800]) {
            let mut harness = list(fixture::plant());
            assert_eq!(harness.get_all_by_label("Shelve").count(), 3, "the acknowledged one too");
            harness.get_all_by_label("Shelve").next().unwrap().click();
            harness.run_steps(3);
            for time in times {
                harness.get_by_label(time);
            }
            harness.get_by_label(words).click();
            harness.run_steps(2);
            assert_eq!(harness.state().commands, [Command::Shelve(AlarmId(2), Span::from_secs(secs))]);
        }
    }

    #[test]
    fn what_is_shelved_waits_for_nobody_and_is_seen_at_the_foot_with_its_end() {
        let mut harness = list(shelved(Span::from_secs(3600)));
        assert!(harness.query_by_label("Filler: no bottles at infeed").is_none());
        assert_eq!(harness.get_all_by_label("Acknowledge").count(), 1);
        assert!(harness.query_by_label_contains("Acknowledge all").is_none());
        let (foot, last) = (harness.get_by_label("1 shelved").rect(), harness.get_by_label("Acknowledge").rect());
        assert!(foot.top() > last.bottom() && foot.bottom() > 850.0, "{foot:?} {last:?}");
        harness.get_by_label("1 shelved").click();
        harness.run_steps(20);
        harness.get_by_label("Filler: no bottles at infeed");
        harness.get_by_label(&format!("Priority 1, active, shelved, {}", until(3590)));
        harness.get_by_label("Unshelve").click();
        harness.run_steps(2);
        assert_eq!(harness.state().commands, [Command::Unshelve(AlarmId(2))]);
    }

    #[test]
    fn both_buttons_and_the_words_have_room_in_the_narrowest_panel() {
        let mut harness = fixture::harness(fixture::plant(), |ui, console, state, commands| {
            crate::ui::refresh_alarms(ui.ctx(), console, state);
            ui.set_max_width(240.0);
            alarms_tab_ui(ui, console, &state.alarms, Way::CAMERA, commands);
        });
        harness.run_steps(3);
        let first = |label: &str| harness.get_all_by_label(label).next().unwrap().rect();
        let (shelve, acknowledge) = (first("Shelve"), first("Acknowledge"));
        let words = harness.get_all_by_label_contains("active, not acknowledged").next().unwrap().rect();
        assert!(shelve.right() <= acknowledge.left() && acknowledge.right() <= 250.0, "{shelve:?} {acknowledge:?}");
        assert!(words.right() <= shelve.left() && words.width() > 60.0, "{words:?} {shelve:?}");
    }

    #[test]
    fn without_another_alarm_the_list_does_not_say_that_all_is_well() {
        let mut plant = fixture::plant();
        for alarm in 0..3 {
            plant.alarms.shelve(AlarmId(alarm), Span::from_secs(900), at(-10));
        }
        let harness = list(plant);
        harness.get_by_label("No alarms but those that are shelved.");
        harness.get_by_label("3 shelved");
    }

    #[test]
    fn when_its_time_is_over_it_is_in_the_list_again() {
        let mut harness = list(shelved(Span::from_secs(900)));
        harness.state_mut().plant.alarms.tick(at(890));
        harness.run_steps(30);
        harness.get_by_label("Filler: no bottles at infeed");
        assert!(harness.query_by_label_contains("shelved").is_none());
        assert_eq!(harness.get_all_by_label("Acknowledge").count(), 2);
    }

    #[test]
    fn nothing_is_shelved_in_a_recording_or_without_a_live_plant() {
        for plant in [fixture::replay(), Plant { live: false, ..fixture::plant() }] {
            let harness = list(plant);
            harness.get_by_label("Labeller: glue temperature low");
            assert!(harness.query_by_label("Shelve").is_none());
        }
    }

    #[test]
    fn a_recording_shows_what_was_shelved_but_does_not_put_it_back() {
        let mut plant = fixture::replay();
        plant.recordings[0].alarms.shelve(AlarmId(0), Span::from_secs(900), at(-400));
        let mut harness = list(plant);
        harness.get_by_label("1 shelved").click();
        harness.run_steps(20);
        harness.get_by_label_contains(&until(500));
        assert!(harness.query_by_label("Unshelve").is_none());
    }
}
