//! One change on a card, from draft to end: what happened and what to do, what can be done, its
//! steps, and all that a person has to see before saying yes.

use egui::{CollapsingHeader, Frame, Label, Margin, RichText, Ui};

use super::{ChangeView, ChangesState};
use crate::domain::change::{Guard, State};
use crate::domain::command::Command;
use crate::ui::change::signs::{Sign, row_ui, told_ui};
use crate::ui::change::{act, approval, prediction, steps, trial, words, writes};
use crate::ui::reading::sentence;
use crate::ui::theme::HEAD;
use crate::ui::{Console, format};

pub fn card_ui(
    ui: &mut Ui,
    console: &Console,
    view: &ChangeView,
    state: &mut ChangesState,
    commands: &mut Vec<Command>,
) {
    let request = view.request;
    ui.add(Label::new(RichText::new(&request.wish().title).size(HEAD).strong()).wrap());
    ui.label(RichText::new(format!("{} by {}", request.id, request.requester)).small().weak());
    status_ui(ui, console, view);
    let standing = request.state();
    // What is under way is acted on at once; what is still to be decided is read first.
    let urgent = standing.active() || standing.needs_person();
    if urgent {
        trial::lease_ui(ui, console, view);
        act::act_ui(ui, console, view, state, commands);
    }
    ui.separator();
    settings_ui(ui, console, view);
    if request.progress().is_some() {
        writes::writes_ui(ui, console, view);
    }
    if standing == State::OnTrial {
        trial::watch_ui(ui, console, view);
    }
    ui.separator();
    steps::steps_ui(ui, console, request);
    approval::approval_ui(ui, console, request);
    guards_ui(ui, console, view);
    prediction::prediction_ui(ui, console, request);
    if !urgent {
        ui.separator();
        act::act_ui(ui, console, view, state, commands);
    }
}

/// Where it stands: what happened, what it means, what to do.
fn status_ui(ui: &mut Ui, console: &Console, view: &ChangeView) {
    let frame = Frame::new().fill(console.palette().raised).corner_radius(3).inner_margin(Margin::symmetric(6, 4));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        let name = sentence(view.request.state().name());
        row_ui(ui, console, words::sign(view.request), &name, "");
        ui.add(Label::new(view.request.words()).wrap());
    });
}

/// Old, new, difference and rate of each setting, and why it is wanted.
fn settings_ui(ui: &mut Ui, console: &Console, view: &ChangeView) {
    let wish = view.request.wish();
    for setting in &wish.settings {
        ui.label(RichText::new(words::title(&setting.signal)).strong()).on_hover_text(&setting.signal);
        let value = |value| words::value(console, setting, value);
        ui.label(format!("From {} to {}", value(setting.from), value(setting.to)));
        let difference = words::difference(console, setting);
        ui.label(RichText::new(format!("{difference}, {}", words::rate(console, setting))).small().weak());
    }
    ui.add(Label::new(RichText::new(format!("Reason: {}", wish.reason)).small()).wrap());
    let bands = if wish.trial.divergence.is_some() { ", ends when the plant leaves the prediction" } else { "" };
    let trial = format!("Trial: {}{bands}", format::age(wish.trial.lease));
    ui.add(Label::new(RichText::new(trial).small()).wrap());
    // On trial each is shown with how it stands.
    let told = if view.request.state() == State::OnTrial { &[][..] } else { &wish.trial.abort_conditions };
    for condition in told {
        ui.add(Label::new(RichText::new(format!("Goes back when {condition}")).small()).wrap());
    }
}

/// What the policy says, what stands in the way first.
fn guards_ui(ui: &mut Ui, console: &Console, view: &ChangeView) {
    let Some(report) = view.guards else { return };
    let blocked: Vec<(Guard, &String)> =
        report.answers().iter().filter_map(|(guard, answer)| Some((*guard, answer.as_ref().err()?))).collect();
    let passed = report.answers().len() - blocked.len();
    ui.separator();
    ui.label(RichText::new("Guards").strong());
    for (guard, why) in blocked {
        told_ui(ui, console, (Sign::Stopped, "blocked"), guard.name(), why);
    }
    let words = format!("{} passed", format::counted(passed, "guard", "guards"));
    CollapsingHeader::new(words).id_salt("guards").show(ui, |ui| {
        for (guard, answer) in report.answers() {
            if answer.is_ok() {
                told_ui(ui, console, (Sign::Done, "passed"), guard.name(), "");
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture::{self, Plant, Stage};

    fn card(plant: Plant) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            ui.set_max_width(330.0);
            if let [view] = console.changes {
                card_ui(ui, console, view, &mut state.changes, commands);
            }
        });
        harness.run_steps(2);
        harness
    }

    #[test]
    fn each_state_says_what_happened_and_what_to_do() {
        for state in State::ALL {
            let harness = card(fixture::with_change(state));
            harness.get_by_label(&fixture::change(state).words());
            harness.get_by_label("From 640\u{2009}/min to 680\u{2009}/min");
            harness.get_by_label("+40\u{2009}/min, +6.2%, as fast as allowed");
        }
    }

    #[test]
    fn each_state_has_the_buttons_that_belong_to_it() {
        const ALL: [&str; 11] = [
            "Edit",
            "Simulate the change",
            "Approve",
            "Reject",
            "Take the approval back",
            "Push 680\u{2009}/min to Filler Speed setpoint",
            "Keep 680\u{2009}/min",
            "Go back to 640\u{2009}/min",
            "Roll back to 640\u{2009}/min",
            "Write the change file",
            "Take an approval file",
        ];
        let shown = |plant: Plant| {
            let mut harness = card(plant);
            if harness.query_by_label("Approve on another computer").is_some() {
                harness.get_by_label("Approve on another computer").click();
                harness.run_steps(12);
            }
            let places = ALL.iter().enumerate().filter(|(_, label)| harness.query_by_label(label).is_some());
            places.map(|(place, _)| place).collect::<Vec<_>>()
        };
        for state in State::ALL {
            let expected = match state {
                State::Draft => vec![0, 1],
                State::Refused | State::Failed | State::Rejected | State::Expired => vec![0],
                State::Simulating => vec![],
                State::Compared => vec![0, 2, 3, 9, 10],
                State::Approved => vec![0, 4, 5],
                State::OnTrial => vec![6, 7],
                State::Pushing | State::ReadingBack => vec![7],
                State::Mismatch | State::Unverified | State::RevertFailed => vec![7],
                State::Kept => vec![8],
                State::Reverting | State::Reverted => vec![],
            };
            assert_eq!(shown(fixture::with_change(state)), expected, "{state:?}");
            let mut plant = fixture::with_change(state);
            plant.desk.view_only = Some("The program was started with --view-only.");
            assert_eq!(shown(plant), Vec::<usize>::new(), "{state:?}, view only");
        }
    }

    #[test]
    fn what_is_blocked_stands_before_what_passed() {
        let mut harness =
            card(fixture::refused(State::Approved, Guard::Interlocks, "The guard door is open. Close it."));
        harness.get_by_label("Interlocks: blocked");
        harness.get_by_label("The guard door is open. Close it.");
        assert!(harness.query_by_label("Owner: passed").is_none(), "folded");
        harness.get_by_label("18 guards passed").click();
        harness.run_steps(12);
        harness.get_by_label("Owner: passed");
    }
}
