//! The tab of changes: those that are open, those that ended, and the card or the form of one.

use egui::{Button, CollapsingHeader, Label, RichText, ScrollArea, TextEdit, Ui, WidgetInfo, WidgetType};

use super::signs::sign_ui;
use super::{ChangeView, ChangesState};
use crate::domain::command::Command;
use crate::ui::change::{card, draft, words};
use crate::ui::{Console, format};

pub fn changes_tab_ui(ui: &mut Ui, console: &Console, state: &mut ChangesState, commands: &mut Vec<Command>) {
    let opened = console.changes.iter().find(|view| state.open.as_ref() == Some(&view.request.id));
    ScrollArea::vertical().id_salt(("changes", &state.open, state.form.is_some())).auto_shrink(false).show(ui, |ui| {
        match opened {
            _ if state.form.is_some() => draft::form_ui(ui, console, state, commands),
            Some(view) => {
                if ui.button("All changes").clicked() {
                    state.open(None);
                }
                card::card_ui(ui, console, view, state, commands);
            }
            None => list_ui(ui, console, state),
        }
    });
}

fn list_ui(ui: &mut Ui, console: &Console, state: &mut ChangesState) {
    let (ended, open): (Vec<&ChangeView>, Vec<&ChangeView>) =
        console.changes.iter().partition(|view| words::ended(view.request.state()));
    if open.is_empty() {
        ui.label(if ended.is_empty() { "No changes yet." } else { "No open changes." });
        let words = "A change begins with a question: try it in What if, then press \"Propose this change\".";
        ui.add(Label::new(RichText::new(words).weak()).wrap());
    }
    for view in open {
        row_ui(ui, console, view, state);
    }
    if ended.is_empty() {
        return;
    }
    let header = format::counted(ended.len(), "change that ended", "changes that ended");
    CollapsingHeader::new(header).id_salt("ended").show(ui, |ui| {
        let field = TextEdit::singleline(&mut state.search).hint_text("Search").desired_width(f32::INFINITY);
        ui.add(field).widget_info(|| WidgetInfo::labeled(WidgetType::TextEdit, true, "Search ended changes"));
        let words = state.search.trim().to_lowercase();
        let found: Vec<&ChangeView> = ended.into_iter().filter(|view| search_text(view).contains(&words)).collect();
        if found.is_empty() {
            ui.label(format!("No change that ended has \"{}\" in it.", state.search.trim()));
        }
        for view in found {
            row_ui(ui, console, view, state);
        }
    });
}

/// Sign, title, and where it stands.
fn row_ui(ui: &mut Ui, console: &Console, view: &ChangeView, state: &mut ChangesState) {
    let request = view.request;
    let (sign, standing) = (words::sign(request), request.state().name());
    ui.horizontal(|ui| {
        sign_ui(ui, console, sign, sign.words());
        let button = Button::new(RichText::new(&request.wish().title).strong()).truncate().frame_when_inactive(false);
        let response = ui.add(button);
        let spoken = format!("Open {}: {standing}", request.wish().title);
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &spoken));
        if response.on_hover_text(words::pushed(console, request)).clicked() {
            state.open(Some(request.id.clone()));
        }
    });
    let left = view.lease_left.map(|left| format!(", {} left", format::rough_age(left))).unwrap_or_default();
    let waits = words::waits_for(request).map(|words| format!(", {words}")).unwrap_or_default();
    let line = format!("{standing}{left}{waits}");
    ui.add(Label::new(RichText::new(line).small().weak()).truncate()).on_hover_text(request.id.as_str());
}

fn search_text(view: &ChangeView) -> String {
    let (request, wish) = (view.request, view.request.wish());
    let signals = wish.settings.iter().map(|setting| setting.signal.as_str());
    let told = [request.id.as_str(), request.requester.as_str(), &wish.title, &wish.reason, request.state().name()];
    told.into_iter().chain(signals).collect::<Vec<_>>().join("\n").to_lowercase()
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::domain::change::State;
    use crate::ui::fixture::{self, Plant, Stage};

    fn tab(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            changes_tab_ui(ui, console, &mut state.changes, commands);
        });
        harness.run_steps(2);
        harness
    }

    #[test]
    fn without_changes_it_says_how_one_begins() {
        let harness = tab(fixture::empty_plant());
        harness.get_by_label("No changes yet.");
        harness.get_by_label_contains("try it in What if, then press \"Propose this change\"");
    }

    #[test]
    fn open_ones_are_listed_with_what_they_wait_for_and_ended_ones_are_folded_and_found() {
        let changes = [State::OnTrial, State::Compared, State::Kept, State::Reverted];
        let mut harness = tab(fixture::with_changes(&changes));
        assert_eq!(crate::ui::change::waiting(&harness.state().plant.console()), 2);
        harness.get_by_label(
            "on trial, 14\u{2009}min\u{2009}45\u{2009}s left, waits for an operator to keep it or to go back",
        );
        harness.get_by_label("compared, waits for an approver other than ann");
        assert!(harness.query_by_label("Open Faster filler: kept").is_none());
        harness.get_by_label("2 changes that ended").click();
        harness.run_steps(12);
        harness.get_by_label("Open Faster filler: gone back");
        harness.get_by_label("Search ended changes").focus();
        harness.run_steps(2);
        harness.get_by_label("Search ended changes").type_text("kept");
        harness.run_steps(2);
        assert!(harness.query_by_label("Open Faster filler: gone back").is_none());
        harness.get_by_label("Open Faster filler: kept").click();
        harness.run_steps(3);
        harness.get_by_label("Roll back to 640\u{2009}/min");
        harness.get_by_label("All changes").click();
        harness.run_steps(3);
        harness.get_by_label("2 changes that ended");
    }
}
