//! The life of each write: commanded, sent, accepted by the controller, read back. What was
//! commanded, what was accepted and what the plant shows stand side by side, each with its age.

use egui::{Label, RichText, Ui, WidgetInfo, WidgetType};

use super::{ChangeView, WriteAnswer, WriteView};
use crate::domain::change::{Setting, WriteProgress};
use crate::domain::signal::Origin;
use crate::domain::time::{Span, Timestamp};
use crate::ui::change::signs::{Sign, row_ui};
use crate::ui::change::words::{self, plant_now};
use crate::ui::reading::Reading;
use crate::ui::{Console, format};

pub fn writes_ui(ui: &mut Ui, console: &Console, view: &ChangeView) {
    let Some(progress) = view.request.progress() else { return };
    if !view.link.is_empty() {
        ui.label(RichText::new(view.link).small().weak());
    }
    let unknown = WriteView::default();
    for (place, (setting, write)) in view.request.wish().settings.iter().zip(&progress.writes).enumerate() {
        let sent = view.writes.get(place).unwrap_or(&unknown);
        if progress.writes.len() > 1 {
            ui.label(RichText::new(words::title(&setting.signal)).strong());
        }
        values_ui(ui, console, setting, write, sent);
        for (sign, name, words) in life(console, setting, write, sent) {
            row_ui(ui, console, sign, name, &words);
        }
        if let Some(lost) = &write.lost {
            row_ui(ui, console, Sign::Look, "Not brought back", lost);
        }
    }
}

/// Commanded, accepted, actual.
fn values_ui(ui: &mut Ui, console: &Console, setting: &Setting, write: &WriteProgress, sent: &WriteView) {
    let now = plant_now(console);
    let value = |number| words::value(console, setting, number);
    let age = |since: Timestamp| format!("{} ago", format::rough_age(now - since));
    let commanded = (sent.commanded.map(value), sent.sent.map(age));
    let accepted = match &sent.answer {
        Some((WriteAnswer::Accepted, at)) => (sent.commanded.map(value), Some(age(*at))),
        Some((WriteAnswer::Clamped(taken), at)) => (taken.map(value), Some(format!("clamped, {}", age(*at)))),
        Some((WriteAnswer::Refused(_), at)) => (None, Some(format!("refused, {}", age(*at)))),
        Some((WriteAnswer::Unknown(_), at)) => (None, Some(format!("unknown, {}", age(*at)))),
        None => (None, None),
    };
    let reading = reading(console, setting, write);
    let caution = reading.as_ref().and_then(Reading::caution);
    let actual = match reading {
        Some(reading) => (reading.text, caution.or(reading.age.map(|age| format!("{} ago", format::rough_age(age))))),
        None => (None, Some("no signal shows it".to_owned())),
    };
    ui.columns(3, |columns| {
        let told = [("Commanded", commanded), ("Accepted", accepted), ("Actual", actual)];
        for (ui, (name, (value, note))) in columns.iter_mut().zip(told) {
            let (value, note) = (value.unwrap_or_else(|| "–".to_owned()), note.unwrap_or_default());
            ui.label(RichText::new(name).small().weak());
            let response = ui.add(Label::new(RichText::new(&value).monospace()).truncate());
            response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, format!("{name}: {value}, {note}")));
            ui.add(Label::new(RichText::new(note).small().weak()).wrap());
        }
    });
}

/// What the plant shows now; none where the project has no signal that does.
fn reading(console: &Console, setting: &Setting, write: &WriteProgress) -> Option<Reading> {
    let path = write.terms.readback.as_deref().unwrap_or(&setting.signal);
    let (id, signal) = words::signal_at(console, path)?;
    Some(Reading::of(console, Origin::Measured, id, signal, plant_now(console)))
}

type Stage = (Sign, &'static str, String);

fn life(console: &Console, setting: &Setting, write: &WriteProgress, sent: &WriteView) -> [Stage; 4] {
    let value = |number| words::value(console, setting, number);
    let commanded = match sent.commanded {
        Some(commanded) => (Sign::Done, "Commanded", value(commanded)),
        None => (Sign::Waits, "Commanded", String::new()),
    };
    let on_way = match (sent.commanded, sent.sent) {
        (_, Some(at)) => (Sign::Done, "Sent", format::clock(at)),
        (Some(_), None) => (Sign::Going, "Sent", "waits for its line in the audit log".to_owned()),
        (None, None) => (Sign::Waits, "Sent", String::new()),
    };
    let accepted = match (&sent.answer, sent.sent) {
        (Some((WriteAnswer::Accepted, at)), _) => {
            (Sign::Done, "Accepted", format!("by the controller, {}", format::clock(*at)))
        }
        (Some((WriteAnswer::Clamped(taken), _)), _) => {
            let taken = taken.map_or_else(|| "another value".to_owned(), value);
            (Sign::Stopped, "Clamped", format!("the controller took {taken} instead"))
        }
        (Some((WriteAnswer::Refused(why), _)), _) => (Sign::Stopped, "Refused", why.clone()),
        (Some((WriteAnswer::Unknown(why), _)), _) => (Sign::Look, "No answer", why.clone()),
        (None, Some(_)) => (Sign::Going, "Accepted", "waits for the controller".to_owned()),
        (None, None) => (Sign::Waits, "Accepted", String::new()),
    };
    [commanded, on_way, accepted, read_back(console, setting, write, sent)]
}

/// A read-back counts when it is good and newer than the write; only then it shows what the plant holds.
fn read_back(console: &Console, setting: &Setting, write: &WriteProgress, sent: &WriteView) -> Stage {
    const NAME: &str = "Read back";
    let value = |number| words::value(console, setting, number);
    if write.terms.readback.is_none() {
        return (Sign::Look, NAME, "nothing shows what the plant holds".to_owned());
    }
    match (write.read, sent.sent) {
        (Some(read), sent) => {
            let same = (read.value - write.stands).abs() <= write.terms.tolerance;
            let after = sent.map(|sent| read.source_time - sent).filter(|after| *after > Span::ZERO);
            let after = after.map(|after| format!(", {} after the write", format::age(after))).unwrap_or_default();
            let words = format!("{} at {}{after}", value(read.value), format::clock(read.source_time));
            (if same { Sign::Done } else { Sign::Stopped }, NAME, words)
        }
        (None, Some(_)) => {
            let caution = reading(console, setting, write).and_then(|reading| reading.caution());
            let caution = caution.map(|words| format!(". {words}")).unwrap_or_default();
            (Sign::Going, NAME, format!("waits for a good value that is newer than the write{caution}"))
        }
        (None, None) => (Sign::Waits, NAME, String::new()),
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::domain::change::State;
    use crate::ui::fixture::{self, Stage, at};

    fn writes(state: State, write: WriteView) -> Harness<'static, Stage> {
        let mut plant = fixture::with_change(state);
        plant.changes[0].writes = Box::leak(Box::new([write]));
        let mut harness = fixture::harness(plant, |ui, console, _, _| {
            if let [view] = console.changes {
                writes_ui(ui, console, view);
            }
        });
        harness.run_steps(2);
        harness
    }

    fn sent(answer: Option<WriteAnswer>) -> WriteView {
        WriteView { commanded: Some(680.0), sent: Some(at(-20)), answer: answer.map(|answer| (answer, at(-19))) }
    }

    #[test]
    fn a_write_is_not_sent_before_its_audit_line() {
        let harness = writes(State::Pushing, WriteView { commanded: Some(680.0), ..WriteView::default() });
        harness.get_by_label("Sent: under way");
        harness.get_by_label("waits for its line in the audit log");
        harness.get_by_label("Read back: still to come");
        harness.get_by_label_contains("Accepted: –");
        // What was there before.
        harness.get_by_label("Actual: 640\u{2009}/min, 0\u{2009}s ago");
    }

    #[test]
    fn only_a_read_back_after_the_write_ends_it() {
        let harness = writes(State::ReadingBack, sent(Some(WriteAnswer::Accepted)));
        harness.get_by_label("Commanded: 680\u{2009}/min, 20\u{2009}s ago");
        harness.get_by_label("Accepted: 680\u{2009}/min, 19\u{2009}s ago");
        harness.get_by_label("Read back: under way");
        harness.get_by_label("waits for a good value that is newer than the write");
        let harness = writes(State::OnTrial, sent(Some(WriteAnswer::Accepted)));
        harness.get_by_label("Read back: done");
        harness.get_by_label(&format!("680\u{2009}/min at {}, 5.0\u{2009}s after the write", format::clock(at(-15))));
        harness.get_by_label("Actual: 680\u{2009}/min, 0\u{2009}s ago");
    }

    #[test]
    fn a_clamped_value_is_no_success() {
        let harness = writes(State::Reverting, sent(Some(WriteAnswer::Clamped(Some(660.0)))));
        harness.get_by_label("Clamped: stopped");
        harness.get_by_label("the controller took 660\u{2009}/min instead");
        harness.get_by_label("Accepted: 660\u{2009}/min, clamped, 19\u{2009}s ago");
    }

    #[test]
    fn a_mismatch_shows_what_the_plant_holds() {
        let harness = writes(State::Mismatch, sent(Some(WriteAnswer::Accepted)));
        harness.get_by_label("Read back: stopped");
        harness.get_by_label_contains("650\u{2009}/min at ");
    }
}
