//! The way of a change as a row of steps: what is done, what is now, what is still to come.

use egui::Ui;

use crate::domain::change::{ChangeRequest, State};
use crate::ui::change::signs::{Sign, row_ui};
use crate::ui::change::words::waits_for;
use crate::ui::{Console, format};

const NAMES: [&str; 7] = ["Draft", "Simulated", "Approved", "Written", "Read back", "On trial", "Kept"];

pub fn steps_ui(ui: &mut Ui, console: &Console, request: &ChangeRequest) {
    for (place, name) in NAMES.into_iter().enumerate() {
        let (sign, name) = (sign_at(request, place), renamed(request.state(), place).unwrap_or(name));
        row_ui(ui, console, sign, name, &words_at(request, place, sign));
    }
}

/// The step at which a change stands, and how it stands there.
fn stands(request: &ChangeRequest) -> (usize, Sign) {
    match request.state() {
        State::Draft => (1, Sign::Now),
        State::Refused => (1, Sign::Stopped),
        State::Simulating => (1, Sign::Going),
        State::Failed if request.progress().is_none() => (1, Sign::Stopped),
        State::Compared => (2, Sign::Now),
        State::Rejected | State::Expired => (2, Sign::Stopped),
        State::Approved => (3, Sign::Now),
        State::Pushing => (3, Sign::Going),
        State::Failed => (3, Sign::Stopped),
        State::ReadingBack => (4, Sign::Going),
        State::Mismatch | State::Unverified => (4, Sign::Look),
        State::OnTrial => (5, Sign::Now),
        State::Kept | State::Reverted => (6, Sign::Done),
        State::Reverting => (6, Sign::Going),
        State::RevertFailed => (6, Sign::Look),
    }
}

fn sign_at(request: &ChangeRequest, place: usize) -> Sign {
    let (at, sign) = stands(request);
    let tried = request.progress().is_some_and(|progress| progress.until.is_some());
    match place {
        _ if place > at => Sign::Waits,
        _ if place == at => sign,
        // It went back before all was read back.
        4 | 5 if !tried => Sign::Skipped,
        _ => Sign::Done,
    }
}

/// The way back has another end.
fn renamed(state: State, place: usize) -> Option<&'static str> {
    match (state, place) {
        (State::Reverting, 6) => Some("Going back"),
        (State::Reverted, 6) => Some("Gone back"),
        (State::RevertFailed, 6) => Some("Not gone back"),
        _ => None,
    }
}

fn words_at(request: &ChangeRequest, place: usize, sign: Sign) -> String {
    let told = match place {
        0 => Some(format!("{}, {}", request.requester, format::clock(request.drafted_at))),
        1 => request.evidence().map(|evidence| format::clock(evidence.simulated_at)),
        2 => request.approval().map(|approval| format!("by {}, {}", approval.approver, format::clock(approval.at))),
        3 => request.progress().map(|progress| format!("began {}", format::clock(progress.began))),
        5 => request.progress().and_then(|progress| progress.until).map(|until| format!("to {}", format::clock(until))),
        _ => None,
    };
    let now = match sign {
        Sign::Now | Sign::Look => waits_for(request),
        Sign::Stopped => Some(request.state().name().to_owned()),
        _ => None,
    };
    [told, now].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture;

    /// By the first letter of the words of each sign, but c: still to come, k: left out.
    fn row(state: State) -> String {
        let request = fixture::change(state);
        (0..NAMES.len()).map(|place| sign_at(&request, place).words()).map(letter).collect()
    }

    fn letter(words: &str) -> char {
        match words {
            "left out" => 'k',
            "still to come" => 'c',
            "stopped" => 's',
            words => words.chars().next().unwrap_or(' '),
        }
    }

    #[test]
    fn each_state_stands_at_its_step() {
        let rows = [
            (State::Draft, "dwccccc"),
            (State::Refused, "dsccccc"),
            (State::Simulating, "duccccc"),
            (State::Failed, "dsccccc"),
            (State::Compared, "ddwcccc"),
            (State::Rejected, "ddscccc"),
            (State::Approved, "dddwccc"),
            (State::Expired, "ddscccc"),
            (State::Pushing, "ddduccc"),
            (State::ReadingBack, "dddducc"),
            (State::Mismatch, "ddddncc"),
            (State::Unverified, "ddddncc"),
            (State::OnTrial, "dddddwc"),
            (State::Kept, "ddddddd"),
            (State::Reverting, "ddddddu"),
            (State::Reverted, "ddddddd"),
            (State::RevertFailed, "ddddddn"),
        ];
        assert_eq!(rows.len(), State::ALL.len());
        for (state, expected) in rows {
            assert_eq!(row(state), expected, "{state:?}");
        }
    }

    #[test]
    fn a_step_says_who_did_it_and_for_whom_the_next_waits() {
        let plant = fixture::with_change(State::Approved);
        let mut harness = fixture::harness(plant, |ui, console, _, _| {
            if let [view] = console.changes {
                steps_ui(ui, console, view.request);
            }
        });
        harness.run_steps(2);
        harness.get_by_label("Approved: done");
        harness.get_by_label_contains("by bob, ");
        harness.get_by_label("Written: waits for a person");
        harness.get_by_label("waits for an operator to push it");
        harness.get_by_label("Kept: still to come");
    }
}
