//! What each button asks for, and when it cannot be pressed.

use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::*;
use crate::domain::change_command::Password;
use crate::domain::person::{Desk, UserName};
use crate::ui::fixture::{self, Plant, Stage};

const PUSH: &str = "Push 680\u{2009}/min to Filler Speed setpoint";

fn act(plant: Plant) -> Harness<'static, Stage> {
    let mut harness = fixture::harness(plant, |ui, console, state, commands| {
        if let [view] = console.changes {
            act_ui(ui, console, view, &mut state.changes, commands);
        }
    });
    harness.run_steps(2);
    harness
}

fn press(harness: &mut Harness<Stage>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(3);
}

fn write(harness: &mut Harness<Stage>, field: &str, text: &str) {
    harness.get_by_label(field).focus();
    harness.run_steps(2);
    harness.get_by_label(field).type_text(text);
    harness.run_steps(2);
}

fn sign(harness: &mut Harness<Stage>, person: &str) {
    press(harness, "Who signs");
    press(harness, person);
    write(harness, "Password to sign with", "hunter2");
}

fn asked(harness: &mut Harness<Stage>) -> Vec<ChangeCommand> {
    let commands = harness.state_mut().commands.drain(..);
    let change = |command| match command {
        Command::Change(change) => change,
        other => panic!("{other:?}"),
    };
    commands.map(change).collect()
}

fn user(name: &str) -> UserName {
    UserName::new(name).expect("a name")
}

fn password() -> Password {
    Password::new("hunter2".into())
}

fn viewer(state: State) -> Plant {
    let mut plant = fixture::with_change(state);
    plant.desk = fixture::desk("vera");
    plant
}

#[test]
fn a_draft_is_simulated_by_an_operator_where_no_guard_stands_against_it() {
    let id = fixture::change(State::Draft).id;
    let mut harness = act(fixture::with_change(State::Draft));
    press(&mut harness, "Simulate the change");
    assert_eq!(asked(&mut harness), [ChangeCommand::Simulate(id)]);
    let mut plant = fixture::with_change(State::Draft);
    plant.desk = Desk::default();
    for plant in [plant, viewer(State::Draft), fixture::refused(State::Draft, Guard::Freeze, "Shift change.")] {
        let mut harness = act(plant);
        press(&mut harness, "Simulate the change");
        assert!(asked(&mut harness).is_empty());
    }
}

#[test]
fn a_second_person_approves_with_password_and_reason() {
    let id = fixture::change(State::Compared).id;
    let mut harness = act(fixture::with_change(State::Compared));
    harness.get_by_label_contains("ann asked for the change and cannot approve it");
    sign(&mut harness, "bob, approver");
    press(&mut harness, "Approve");
    assert!(asked(&mut harness).is_empty(), "without a reason");
    write(&mut harness, "Reason of the decision", "Looks right");
    press(&mut harness, "Approve");
    let approve = ChangeCommand::Approve {
        id: id.clone(),
        user: user("bob"),
        password: password(),
        reason: "Looks right".into(),
    };
    let asked_for = asked(&mut harness);
    assert_eq!(asked_for, [approve]);
    assert!(!format!("{asked_for:?}").contains("hunter2"));
    press(&mut harness, "Approve");
    press(&mut harness, "Reject");
    assert!(asked(&mut harness).is_empty(), "what was typed is used up");
    sign(&mut harness, "bob, approver");
    write(&mut harness, "Reason of the decision", "Too fast");
    press(&mut harness, "Reject");
    assert_eq!(
        asked(&mut harness),
        [ChangeCommand::Reject { id, user: user("bob"), password: password(), why: "Too fast".into() }]
    );
}

#[test]
fn an_approval_goes_over_another_computer_as_a_file() {
    let id = fixture::change(State::Compared).id;
    let mut harness = act(fixture::with_change(State::Compared));
    press(&mut harness, "Approve on another computer");
    harness.run_steps(12);
    press(&mut harness, "Write the change file");
    assert!(asked(&mut harness).is_empty(), "without a path");
    write(&mut harness, "Path of the file", " /tmp/change.json ");
    press(&mut harness, "Write the change file");
    press(&mut harness, "Take an approval file");
    let path = std::path::PathBuf::from("/tmp/change.json");
    let expected = [ChangeCommand::WriteChangeFile { id, path: path.clone() }, ChangeCommand::TakeApprovalFile(path)];
    assert_eq!(asked(&mut harness), expected);
}

#[test]
fn a_push_takes_a_signature_and_every_guard() {
    let id = fixture::change(State::Approved).id;
    let mut harness = act(fixture::with_change(State::Approved));
    press(&mut harness, PUSH);
    assert!(asked(&mut harness).is_empty(), "without a signature");
    sign(&mut harness, "carl, operator");
    press(&mut harness, PUSH);
    assert_eq!(asked(&mut harness), [ChangeCommand::Push { id, user: user("carl"), password: password() }]);
    let mut unasked = fixture::with_change(State::Approved);
    unasked.changes[0].guards = None;
    let blocked = fixture::refused(State::Approved, Guard::Interlocks, "The guard door is open.");
    for plant in [unasked, blocked] {
        let mut harness = act(plant);
        sign(&mut harness, "carl, operator");
        press(&mut harness, PUSH);
        assert!(asked(&mut harness).is_empty());
    }
}

#[test]
fn guards_about_the_person_count_only_for_who_is_logged_in() {
    let owned = || fixture::refused(State::Approved, Guard::Owner, "The filler belongs to bob.");
    for (person, count) in [("carl, operator", 0), ("bob, approver", 1)] {
        let mut harness = act(owned());
        sign(&mut harness, person);
        press(&mut harness, PUSH);
        assert_eq!(asked(&mut harness).len(), count, "{person}");
    }
}

#[test]
fn only_an_approver_takes_an_approval_back() {
    for (person, count) in [("carl, operator", 0), ("bob, approver", 1)] {
        let mut harness = act(fixture::with_change(State::Approved));
        sign(&mut harness, person);
        write(&mut harness, "Reason of the decision", "The line is empty");
        press(&mut harness, "Take the approval back");
        assert_eq!(asked(&mut harness).len(), count, "{person}");
    }
}

#[test]
fn a_trial_is_kept_or_goes_back_by_two_buttons_of_the_same_size() {
    let id = fixture::change(State::OnTrial).id;
    let (keep, back) = ("Keep 680\u{2009}/min", "Go back to 640\u{2009}/min");
    let mut harness = act(fixture::with_change(State::OnTrial));
    let size = |label: &str| harness.get_by_label(label).rect().size();
    assert_eq!(size(keep), size(back));
    press(&mut harness, keep);
    press(&mut harness, back);
    write(&mut harness, "Why it goes back", "Bottles fall");
    // By keyboard: on to the two buttons.
    harness.key_press(Key::Tab);
    harness.run_steps(2);
    harness.key_press(Key::Tab);
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    let back = |why: &str| ChangeCommand::Revert { id: id.clone(), why: why.into() };
    assert_eq!(asked(&mut harness), [ChangeCommand::Keep { id: id.clone() }, back(ASKED), back("Bottles fall")]);
    let mut harness = act(viewer(State::OnTrial));
    press(&mut harness, keep);
    assert!(asked(&mut harness).is_empty(), "a viewer only looks");
}

#[test]
fn what_was_kept_is_rolled_back_by_a_change_of_its_own() {
    let id = fixture::change(State::Kept).id;
    let mut harness = act(fixture::with_change(State::Kept));
    press(&mut harness, "Roll back to 640\u{2009}/min");
    assert_eq!(asked(&mut harness), [ChangeCommand::Rollback(id)]);
}

#[test]
fn only_the_requester_edits() {
    for (person, opens) in [("ann", true), ("carl", false)] {
        let mut plant = fixture::with_change(State::Draft);
        plant.desk = fixture::desk(person);
        let mut harness = act(plant);
        press(&mut harness, "Edit");
        assert_eq!(harness.state().state.changes.form.is_some(), opens, "{person}");
    }
}

#[test]
fn a_button_that_cannot_be_pressed_says_why() {
    let mut harness = act(fixture::refused(State::Approved, Guard::Interlocks, "The guard door is open. Close it."));
    harness.get_by_label(PUSH).hover();
    harness.run_steps(60);
    harness.get_by_label("The guard door is open. Close it.");
}
