//! Who approved a change, until when it holds, and why.

use egui::{Label, RichText, Ui};

use crate::domain::change::{ChangeRequest, State};
use crate::domain::time::Span;
use crate::ui::{Console, format};

pub fn approval_ui(ui: &mut Ui, console: &Console, request: &ChangeRequest) {
    let Some(approval) = request.approval() else { return };
    ui.separator();
    ui.label(RichText::new(format!("Approved by {}", approval.approver)).strong());
    if request.state() == State::Approved {
        let left = approval.expires - console.wall_now;
        let words = match left > Span::ZERO {
            true => format!("Holds until {}, {} left", format::clock(approval.expires), format::rough_age(left)),
            false => "It does not hold any more.".to_owned(),
        };
        ui.label(words);
        ui.ctx().request_repaint_after_secs(1.0);
    }
    ui.add(Label::new(RichText::new(format!("\"{}\"", approval.reason)).small()).wrap());
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture::{self, at};

    #[test]
    fn it_says_by_whom_until_when_and_why() {
        let mut harness = fixture::harness(fixture::with_change(State::Approved), |ui, console, _, _| {
            if let [view] = console.changes {
                approval_ui(ui, console, view.request);
            }
        });
        harness.run_steps(2);
        harness.get_by_label("Approved by bob");
        // Given 40 s ago, for an hour.
        let until = format::clock(at(3560));
        harness.get_by_label(&format!("Holds until {until}, 59\u{2009}min\u{2009}20\u{2009}s left"));
        harness.get_by_label("\"Looks right\"");
    }
}
