//! The form in which a change is drafted or written anew: title, reason, ramps, and how its trial
//! ends.

use egui::{Button, Checkbox, DragValue, Label, RichText, TextEdit, Ui, WidgetInfo, WidgetType};

use super::ChangesState;
use super::act::{button_ui, line_ui};
use crate::domain::change::{ChangeId, Divergence, Setting, TrialPlan, Wish};
use crate::domain::change_command::ChangeCommand;
use crate::domain::command::Command;
use crate::domain::expression::Expression;
use crate::domain::person::Role;
use crate::domain::quality::Quality;
use crate::domain::signal::Origin;
use crate::domain::time::Span;
use crate::domain::unit::Unit;
use crate::ui::change::words;
use crate::ui::what_if_ask::choice_ui;
use crate::ui::{Console, touch};

/// How long a trial may be.
const LEASES: [(Span, &str); 7] = [
    (Span::from_secs(300), "5 min"),
    (Span::from_secs(900), "15 min"),
    (Span::from_secs(1800), "30 min"),
    (Span::from_secs(3600), "1 h"),
    (Span::from_secs(7200), "2 h"),
    (Span::from_secs(14_400), "4 h"),
    (Span::from_secs(28_800), "8 h"),
];
/// How long a signal may stay outside of its band.
const LASTINGS: [(Span, &str); 4] = [
    (Span::from_secs(10), "for 10 s"),
    (Span::from_secs(30), "for 30 s"),
    (Span::from_secs(60), "for 1 min"),
    (Span::from_secs(300), "for 5 min"),
];
/// How a trial ends unless the person says otherwise. Half a width beside the band is no chance:
/// between the 5th and the 95th percentile of a normal spread lie 3.3 standard deviations.
pub const LEAVING: Divergence = Divergence { margin: 0.5, lasting: Span::from_secs(60) };
/// Length of a trial unless the person says otherwise.
pub const LEASE: Span = Span::from_secs(900);
/// Most abort conditions in the form.
const MOST: usize = 8;

/// What is written until it is sent off.
pub struct DraftForm {
    /// The change that is written anew; none: a new one.
    editing: Option<ChangeId>,
    wish: Wish,
    /// What ends the trial when the plant leaves the bands, kept while it is switched off.
    leaving: Divergence,
}

impl DraftForm {
    pub fn of(wish: Wish, editing: Option<ChangeId>) -> Self {
        Self { editing, leaving: wish.trial.divergence.unwrap_or(LEAVING), wish }
    }

    /// What is wished, without blanks around it and without empty conditions.
    fn wish(&self) -> Wish {
        let trimmed = |text: &String| text.trim().to_owned();
        let conditions = self.wish.trial.abort_conditions.iter().map(trimmed).filter(|it| !it.is_empty());
        Wish {
            title: trimmed(&self.wish.title),
            reason: trimmed(&self.wish.reason),
            settings: self.wish.settings.clone(),
            trial: TrialPlan { abort_conditions: conditions.collect(), ..self.wish.trial.clone() },
        }
    }

    /// # Errors
    /// What is still missing or wrong, in words.
    fn complete(&self) -> Result<(), String> {
        let wish = self.wish();
        if wish.title.is_empty() {
            return Err("Give the change a title.".to_owned());
        }
        if wish.reason.is_empty() {
            return Err("Write why the change is wanted.".to_owned());
        }
        wish.trial.abort_conditions.iter().try_for_each(|text| condition(text))
    }
}

fn condition(text: &str) -> Result<(), String> {
    match Expression::parse(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("\"{text}\" is no condition: {error}. Write it like `Line 1/Filler/Level` > 90.")),
    }
}

/// The wish with the values that the plant has now as those to start from.
pub fn refreshed(console: &Console, wish: &Wish) -> Wish {
    let present = |setting: &Setting| {
        let (id, signal) = words::signal_at(console, &setting.signal)?;
        let point = console.history.latest(Origin::Measured, id).filter(|point| point.quality == Quality::Good)?;
        signal.unit.convert(point.value.as_f64()?, &Unit::new(&setting.unit))
    };
    let mut wish = wish.clone();
    for setting in &mut wish.settings {
        setting.from = present(setting).unwrap_or(setting.from);
    }
    wish
}

pub fn form_ui(ui: &mut Ui, console: &Console, state: &mut ChangesState, commands: &mut Vec<Command>) {
    let Some(form) = &mut state.form else { return };
    words_ui(ui, form);
    for setting in &mut form.wish.settings {
        setting_ui(ui, console, setting);
        ramp_ui(ui, console, setting);
    }
    trial_ui(ui, &mut form.wish.trial, &mut form.leaving);
    send_ui(ui, console, state, commands);
}

/// Title, reason and values alone: ramps and the end of the trial are as proposed.
pub fn brief_form_ui(ui: &mut Ui, console: &Console, state: &mut ChangesState, commands: &mut Vec<Command>) {
    let Some(form) = &mut state.form else { return };
    words_ui(ui, form);
    for setting in &form.wish.settings {
        setting_ui(ui, console, setting);
    }
    send_ui(ui, console, state, commands);
}

fn words_ui(ui: &mut Ui, form: &mut DraftForm) {
    let head = form.editing.as_ref().map_or_else(|| "Propose a change".to_owned(), |id| format!("Edit {id}"));
    ui.label(RichText::new(head).heading().strong());
    line_ui(ui, "Title of the change", "Title", &mut form.wish.title);
    let field =
        TextEdit::multiline(&mut form.wish.reason).hint_text("Why? (required)").desired_rows(2).char_limit(2000);
    let response = ui.add(touch::sized(ui, field.desired_width(f32::INFINITY)));
    response.widget_info(|| WidgetInfo::labeled(WidgetType::TextEdit, true, "Reason of the change"));
}

fn send_ui(ui: &mut Ui, console: &Console, state: &mut ChangesState, commands: &mut Vec<Command>) {
    let Some(form) = &state.form else { return };
    let may = console.desk.may(Role::Operator).and_then(|()| form.complete());
    let words = if form.editing.is_some() { "Change the draft" } else { "Draft the change" };
    let mut done = false;
    ui.horizontal(|ui| {
        if button_ui(ui, Button::new(words), &may, "Nothing is written to the plant. It is simulated next") {
            let wish = form.wish();
            commands.push(Command::Change(match form.editing.clone() {
                Some(id) => ChangeCommand::Edit { id, wish },
                None => ChangeCommand::Draft { wish },
            }));
            done = true;
        }
        done |= ui.button("Discard").on_hover_text("Forget what is written here").clicked();
    });
    if let Err(why) = may {
        ui.add(Label::new(RichText::new(why).small().weak()).wrap());
    }
    if done {
        state.form = None;
    }
}

fn setting_ui(ui: &mut Ui, console: &Console, setting: &Setting) {
    ui.label(RichText::new(words::title(&setting.signal)).strong());
    let value = |value| words::value(console, setting, value);
    let difference = words::difference(console, setting);
    ui.label(format!("From {} to {} ({difference})", value(setting.from), value(setting.to)));
}

fn ramp_ui(ui: &mut Ui, console: &Console, setting: &mut Setting) {
    let title = words::title(&setting.signal);
    let signal = words::signal_at(console, &setting.signal);
    let setpoint = signal.and_then(|(id, _)| console.setpoints.iter().find(|setpoint| setpoint.signal == id));
    let most = setpoint.and_then(|setpoint| setpoint.rate_limit_per_sec).unwrap_or(f64::MAX);
    let mut rate = setting.ramp_per_sec.unwrap_or(0.0);
    ui.horizontal(|ui| {
        let step = (setting.to - setting.from).abs() / 200.0;
        let symbol = Unit::new(&setting.unit);
        let field = DragValue::new(&mut rate).range(0.0..=most).speed(step).max_decimals(3);
        let response = ui.add(field.suffix(format!(" {} a second", symbol.symbol())));
        response.widget_info(|| WidgetInfo::labeled(WidgetType::DragValue, true, format!("Ramp of {title}")));
        ui.label(RichText::new("0: as fast as allowed").small().weak());
    });
    setting.ramp_per_sec = (rate > 0.0).then_some(rate);
}

fn trial_ui(ui: &mut Ui, trial: &mut TrialPlan, leaving: &mut Divergence) {
    ui.horizontal(|ui| {
        ui.label("Trial");
        choice_ui(ui, "Length of the trial", &LEASES, &mut trial.lease);
        ui.label(RichText::new("then it goes back, unless kept").small().weak());
    });
    ui.label(RichText::new("It goes back at once when one of these holds:").small());
    let mut left_out = None;
    for (place, text) in trial.abort_conditions.iter_mut().enumerate() {
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(text).hint_text("`Line 1/Filler/Level` > 90").char_limit(1000);
            let response = ui.add(field.desired_width(ui.available_width() - 84.0));
            let name = format!("Abort condition {}", place + 1);
            response.widget_info(|| WidgetInfo::labeled(WidgetType::TextEdit, true, name.as_str()));
            let button = ui.button("Leave out");
            button.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, format!("Leave out {}", place + 1)));
            if button.clicked() {
                left_out = Some(place);
            }
        });
    }
    if let Some(place) = left_out {
        trial.abort_conditions.remove(place);
    }
    if trial.abort_conditions.len() < MOST && ui.button("Add a condition").clicked() {
        trial.abort_conditions.push(String::new());
    }
    let mut ends = trial.divergence.is_some();
    ui.horizontal_wrapped(|ui| {
        ui.add(Checkbox::new(&mut ends, "Leaving the predicted band ends it"));
        if ends {
            choice_ui(ui, "How long it may be outside", &LASTINGS, &mut leaving.lasting);
        }
    });
    trial.divergence = ends.then_some(*leaving);
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::domain::change::State;
    use crate::ui::fixture::{self, Stage};

    fn form(editing: Option<ChangeId>) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(fixture::with_people(), |ui, console, state, commands| {
            form_ui(ui, console, &mut state.changes, commands);
        });
        let wish = Wish { reason: String::new(), ..fixture::change(State::Draft).wish().clone() };
        harness.state_mut().state.changes.form = Some(DraftForm::of(wish, editing));
        harness.run_steps(2);
        harness
    }

    fn write(harness: &mut Harness<Stage>, field: &str, text: &str) {
        harness.get_by_label(field).focus();
        harness.run_steps(2);
        harness.get_by_label(field).type_text(text);
        harness.run_steps(2);
    }

    fn press(harness: &mut Harness<Stage>, label: &str) {
        harness.get_by_label(label).click();
        harness.run_steps(3);
    }

    #[test]
    fn nothing_is_drafted_without_a_reason() {
        let mut harness = form(None);
        press(&mut harness, "Draft the change");
        assert!(harness.state().commands.is_empty());
        harness.get_by_label("Write why the change is wanted.");
        write(&mut harness, "Reason of the change", " More bottles ");
        press(&mut harness, "Draft the change");
        let wish = fixture::change(State::Draft).wish().clone();
        let expected = ChangeCommand::Draft { wish: Wish { reason: "More bottles".into(), ..wish } };
        assert_eq!(harness.state().commands, [Command::Change(expected)]);
        assert!(harness.state().state.changes.form.is_none());
    }

    #[test]
    fn trial_and_conditions_are_as_chosen_and_a_wrong_one_is_told() {
        let id = fixture::change(State::Draft).id;
        let mut harness = form(Some(id.clone()));
        write(&mut harness, "Reason of the change", "More bottles");
        press(&mut harness, "Length of the trial");
        press(&mut harness, "1 h");
        press(&mut harness, "Leave out 2");
        press(&mut harness, "Add a condition");
        write(&mut harness, "Abort condition 2", "Glue >");
        press(&mut harness, "Change the draft");
        assert!(harness.state().commands.is_empty());
        harness.get_by_label_contains("\"Glue >\" is no condition");
        write(&mut harness, "Abort condition 2", " 3");
        press(&mut harness, "Leaving the predicted band ends it");
        press(&mut harness, "Change the draft");
        let [Command::Change(ChangeCommand::Edit { id: edited, wish })] = &harness.state().commands[..] else {
            panic!("{:?}", harness.state().commands)
        };
        let conditions = vec!["Level > 90".to_owned(), "Glue > 3".to_owned()];
        let trial = TrialPlan { lease: Span::from_secs(3600), abort_conditions: conditions, divergence: None };
        assert_eq!((edited, &wish.trial), (&id, &trial));
    }

    #[test]
    fn written_anew_it_starts_from_what_the_plant_has_now() {
        let mut plant = fixture::with_people();
        plant.feed(fixture::SETPOINT, 0, 650.0);
        let wish = refreshed(&plant.console(), fixture::change(State::Draft).wish());
        assert_eq!((wish.settings[0].from, wish.settings[0].to), (650.0, 680.0));
    }
}
