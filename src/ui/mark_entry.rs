//! The small field in which a mark gets its words. Enter adds it, Escape does not.

use egui::{Align2, Area, Button, Context, Frame, Id, Key, Order, Pos2, TextEdit, WidgetInfo, WidgetType};

use crate::domain::command::Command;
use crate::domain::time::Timestamp;

/// The words of a mark while they are written; none while nobody writes one.
#[derive(Default)]
pub struct MarkEntry {
    words: Option<String>,
    /// The moment that is marked: the one at which the field was opened.
    at: Timestamp,
    /// It was opened in this frame: the keyboard goes to it.
    fresh: bool,
}

impl MarkEntry {
    pub fn open(&mut self, at: Timestamp) {
        if self.words.is_none() {
            self.words = Some(String::new());
            self.at = at;
        }
        self.fresh = true;
    }

    pub fn is_open(&self) -> bool {
        self.words.is_some()
    }
}

/// Shows the field, where it is open, with its lower right corner at `corner`.
pub fn mark_entry_ui(ctx: &Context, corner: Pos2, entry: &mut MarkEntry, commands: &mut Vec<Command>) {
    let Some(words) = &mut entry.words else { return };
    let fresh = std::mem::take(&mut entry.fresh);
    let area = Area::new(Id::new("mark entry")).order(Order::Foreground).pivot(Align2::RIGHT_BOTTOM).fixed_pos(corner);
    let shown = area.show(ctx, |ui| {
        Frame::popup(ui.style())
            .show(ui, |ui| {
                ui.horizontal(|ui| {
                    let field =
                        TextEdit::singleline(words).hint_text("What is worth coming back to?").desired_width(240.0);
                    let response = ui.add(field);
                    response.widget_info(|| WidgetInfo::labeled(WidgetType::TextEdit, true, "Words of the mark"));
                    if fresh {
                        response.request_focus();
                    }
                    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
                    let left = response.lost_focus() && !entered;
                    let named = !words.trim().is_empty();
                    let button = ui.add_enabled(named, Button::new("Add the mark"));
                    let add = button.on_disabled_hover_text("Write some words first").clicked() || entered;
                    if entered && !named {
                        response.request_focus();
                    }
                    (add && named, left)
                })
                .inner
            })
            .inner
    });
    let (add, left) = shown.inner;
    let cancelled = ctx.input(|input| input.key_pressed(Key::Escape));
    // Left empty for something else: it is not in the way. What was written is not thrown away.
    let abandoned = left && words.trim().is_empty() && !shown.response.contains_pointer();
    if add {
        commands.push(Command::AddMark(entry.at, words.trim().to_owned()));
    }
    if add || cancelled || abandoned {
        entry.words = None;
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture::{self, Stage};

    fn entry() -> Harness<'static, Stage> {
        let mut harness = fixture::harness(fixture::plant(), |ui, _, state, commands| {
            let corner = ui.max_rect().center();
            mark_entry_ui(ui.ctx(), corner, &mut state.timeline.marking, commands);
        });
        harness.state_mut().state.timeline.marking.open(fixture::at(-5));
        harness.run_steps(3);
        harness
    }

    fn write(harness: &mut Harness<Stage>, text: &str, key: Key) {
        assert!(harness.get_by_label("Words of the mark").is_focused());
        harness.get_by_label("Words of the mark").type_text(text);
        harness.run_steps(2);
        harness.key_press(key);
        harness.run_steps(3);
    }

    #[test]
    fn enter_adds_the_mark() {
        let mut harness = entry();
        write(&mut harness, " glue nozzle dripped ", Key::Enter);
        assert_eq!(harness.state().commands, [Command::AddMark(fixture::at(-5), "glue nozzle dripped".into())]);
        assert!(!harness.state().state.timeline.marking.is_open());
    }

    #[test]
    fn escape_adds_nothing() {
        let mut harness = entry();
        write(&mut harness, "no", Key::Escape);
        assert!(harness.state().commands.is_empty() && !harness.state().state.timeline.marking.is_open());
    }

    #[test]
    fn a_mark_without_words_is_not_added() {
        let mut harness = entry();
        harness.get_by_label("Add the mark").click();
        harness.run_steps(2);
        harness.get_by_label("Words of the mark").focus();
        harness.run_steps(2);
        harness.key_press(Key::Enter);
        harness.run_steps(3);
        assert!(harness.state().commands.is_empty() && harness.state().state.timeline.marking.is_open());
        assert!(harness.get_by_label("Words of the mark").is_focused());
    }
}
