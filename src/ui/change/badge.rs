//! Says at the top of the screen, and around the view, that a change acts on the plant: a double frame,
//! a word, a countdown.

use egui::{
    Button, CornerRadius, FontId, Frame, Id, LayerId, Margin, Order, Rect, RichText, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, WidgetType, pos2, vec2,
};

use super::ChangeView;
use crate::domain::change::State;
use crate::domain::playhead::Tense;
use crate::ui::drawer::Tab;
use crate::ui::theme::HEAD;
use crate::ui::{Console, ConsoleState, format};

/// Letters of the title of a change in the frame.
const TITLE: usize = 40;

/// The badge of the top bar; it leads to the change.
pub fn badge_ui(ui: &mut Ui, console: &Console, state: &mut ConsoleState) {
    let Some((first, words)) = acting(console) else { return };
    let palette = console.palette();
    let text = RichText::new(words).strong().color(palette.trial_ink);
    let button = Button::new(text).fill(palette.trial).corner_radius(0).stroke(Stroke::new(1.0, palette.trial_ink));
    let title = &first.request.wish().title;
    if ui.add(button).on_hover_text(format!("{title}. Open it")).clicked() {
        state.drawer.tab = Tab::Changes;
        state.changes.open(Some(first.request.id.clone()));
    }
    ui.ctx().request_repaint_after_secs(0.5);
}

/// The same where there is no card to lead to.
pub fn acting_ui(ui: &mut Ui, console: &Console) {
    let Some((_, words)) = acting(console) else { return };
    let palette = console.palette();
    let frame = Frame::new().fill(palette.trial).stroke(Stroke::new(1.0, palette.trial_ink));
    frame.inner_margin(Margin::symmetric(8, 3)).show(ui, |ui| {
        ui.label(RichText::new(words).strong().color(palette.trial_ink));
    });
    ui.ctx().request_repaint_after_secs(0.5);
}

/// The first change that acts on the plant, and all of them in words.
fn acting<'a>(console: &Console<'a>) -> Option<(&'a ChangeView<'a>, String)> {
    let mut acting = console.changes.iter().filter(|view| view.request.state().active());
    let first = acting.next()?;
    let more = acting.count();
    let more = if more > 0 { format!("  and {more} more") } else { String::new() };
    Some((first, format!("{}{more}", words(first))))
}

/// "TRIAL  12 min 30 s".
fn words(view: &ChangeView) -> String {
    let word = match view.request.state() {
        State::OnTrial => "TRIAL",
        State::Reverting => "GOING BACK",
        _ => "WRITING",
    };
    match view.lease_left {
        Some(left) => format!("{word}  {}", format::rough_age(left)),
        None => word.to_owned(),
    }
}

/// A double frame over the edge of the 3D view, inside the one that says the tense.
pub fn frame_ui(ui: &Ui, rect: Rect, console: &Console) {
    let Some(view) = console.changes.iter().find(|view| view.request.state().active()) else { return };
    if !rect.is_positive() {
        return;
    }
    let palette = console.palette();
    let layer = LayerId::new(Order::Middle, Id::new("trial in the view"));
    let painter = ui.ctx().layer_painter(layer).with_clip_rect(rect);
    let edge = rect.shrink(if console.playhead.tense() == Tense::Live { 0.0 } else { 5.0 });
    for (inset, width) in [(0.0, 3.0), (5.0, 1.0)] {
        let pen = Stroke::new(width, palette.trial);
        painter.rect_stroke(edge.shrink(inset), CornerRadius::ZERO, pen, StrokeKind::Inside);
    }
    let title = format::shortened(&view.request.wish().title, TITLE);
    let words = format!("{}   {title}", words(view));
    let galley = painter.layout_no_wrap(words.clone(), FontId::proportional(HEAD), palette.trial_ink);
    let tab = Rect::from_min_size(pos2(edge.left() + 10.0, edge.top()), galley.size() + vec2(20.0, 8.0));
    painter.rect_filled(tab, CornerRadius::ZERO, palette.trial);
    painter.galley(tab.min + vec2(10.0, 4.0), galley, palette.trial_ink);
    let response = ui.interact(tab, ui.id().with("trial"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, format!("On the plant: {words}")));
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture::{self, Stage};

    fn console(state: State) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(fixture::with_change(state), |ui, console, state, commands| {
            crate::ui::console_ui(ui, console, state, commands);
        });
        harness.run_steps(3);
        harness
    }

    #[test]
    fn a_trial_is_named_with_its_countdown_in_top_bar_and_frame_and_leads_to_its_card() {
        let mut harness = console(State::OnTrial);
        harness.get_by_label_contains("On the plant: TRIAL  14\u{2009}min\u{2009}45\u{2009}s   Faster filler");
        harness.get_by_label("TRIAL  14\u{2009}min\u{2009}45\u{2009}s").click();
        harness.run_steps(3);
        harness.get_by_label("Keep 680\u{2009}/min");
    }

    #[test]
    fn writing_and_going_back_are_named_and_rest_is_not() {
        console(State::Pushing).get_by_label("WRITING");
        console(State::Reverting).get_by_label("GOING BACK");
        for state in [State::Approved, State::Kept, State::Reverted] {
            assert!(console(state).query_by_label_contains("On the plant:").is_none(), "{state:?}");
        }
    }
}
