//! From an answer of the simulated copy to the draft of a change.

use egui::{Button, Ui};

use super::act::button_ui;
use super::draft::{LEASE, LEAVING};
use crate::domain::change::{Setting, TrialPlan, Wish};
use crate::domain::person::Role;
use crate::domain::scenario::Change;
use crate::domain::time::Span;
use crate::domain::what_if::Answer;
use crate::ui::Console;
use crate::ui::what_if_words::{askable_of, full_title};

/// The button under an answer. What is proposed goes to the tab of changes.
pub fn propose_ui(ui: &mut Ui, console: &Console, answer: &Answer, proposed: &mut Option<Wish>) {
    let wish = wish(console, answer);
    let may = wish.as_ref().map(|_| ()).map_err(Clone::clone);
    let told = "Draft a change of the plant with these values. Nothing is written yet";
    if button_ui(ui, Button::new("Propose this change"), &may, told) {
        *proposed = wish.ok();
    }
}

/// # Errors
/// Why it cannot be proposed, in words.
fn wish(console: &Console, answer: &Answer) -> Result<Wish, String> {
    let changes = &answer.scenario.changes;
    console.desk.may(Role::Operator)?;
    if changes.is_empty() {
        return Err("The scenario changes nothing.".to_owned());
    }
    let mut settings: Vec<Setting> = Vec::new();
    for change in changes {
        let setting = setting(console, change)?;
        if settings.iter().any(|other| other.signal == setting.signal) {
            return Err("The scenario changes a setpoint twice. Propose one step at a time.".to_owned());
        }
        settings.push(setting);
    }
    let trial = TrialPlan { lease: LEASE, abort_conditions: Vec::new(), divergence: Some(LEAVING) };
    Ok(Wish { title: answer.scenario.name.clone(), reason: String::new(), settings, trial })
}

/// A change of a setpoint that the plant has, in the unit of its signal, from what it is now.
fn setting(console: &Console, change: &Change) -> Result<Setting, String> {
    let title = full_title(console, &change.parameter);
    let Some(askable) = askable_of(console, &change.parameter) else {
        return Err(format!("{title} is no longer in the model. Ask again."));
    };
    let signal = askable.signal.filter(|_| askable.in_plant).and_then(|signal| console.catalog.get(signal));
    let Some(signal) = signal else {
        return Err(format!("{title} is a property of the model. The plant has no such setpoint."));
    };
    if change.after > Span::ZERO {
        return Err(format!("{title} changes later in the scenario, and a change begins at once. Ask anew."));
    }
    let converted = |value| askable.unit.convert(value, &signal.unit);
    let (Some(from), Some(to)) = (converted(askable.value), converted(change.to)) else {
        let (model, plant) = (askable.unit.symbol(), signal.unit.symbol());
        return Err(format!("{title} is in {model} in the model and in {plant} in the plant. Correct the units."));
    };
    let rate = (to - from).abs() / change.ramp.as_secs_f64();
    let ramp_per_sec = (rate.is_finite() && rate > 0.0).then_some(rate);
    Ok(Setting { signal: signal.path.clone(), unit: signal.unit.code().to_owned(), from, to, ramp_per_sec })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::person::Desk;
    use crate::domain::unit::Unit;
    use crate::ui::fixture::{self, Plant};

    fn proposed(plant: &Plant) -> Result<Wish, String> {
        wish(&plant.console(), plant.answer.as_ref().expect("an answer"))
    }

    fn answered() -> Plant {
        Plant { desk: fixture::with_people().desk, ..fixture::answered() }
    }

    fn change(plant: &mut Plant, parameter: &str, to: f64, ramp: Span) {
        let change = Change { parameter: parameter.into(), to, after: Span::ZERO, ramp };
        plant.answer.as_mut().expect("an answer").scenario.changes.push(change);
    }

    #[test]
    fn a_scenario_becomes_a_wish_from_what_the_plant_has_now() {
        let mut plant = answered();
        plant.answer.as_mut().expect("an answer").scenario.changes.clear();
        change(&mut plant, "Filler/SpeedSetpoint", 680.0, Span::from_secs(20));
        let setting = Setting {
            signal: fixture::SETPOINT.into(),
            unit: "/min".into(),
            from: 640.0,
            to: 680.0,
            ramp_per_sec: Some(2.0),
        };
        let wish = proposed(&plant).expect("a wish");
        assert_eq!((wish.title.as_str(), wish.reason.as_str(), wish.settings), ("faster filler", "", vec![setting]));
        assert_eq!((wish.trial.lease, wish.trial.divergence), (Span::from_secs(900), Some(LEAVING)));
        plant.askable[1].unit = Unit::new("/s");
        // 640 a second are 38 400 a minute.
        let per_minute = proposed(&plant).expect("a wish").settings[0].clone();
        assert!((per_minute.from - 38_400.0).abs() < 1e-6 && (per_minute.to - 40_800.0).abs() < 1e-6);
    }

    #[test]
    fn what_the_plant_does_not_have_or_cannot_take_at_once_is_refused_in_words() {
        let refused = |plant: &Plant, words: &str| {
            let refusal = proposed(plant).expect_err("no wish");
            assert!(refusal.contains(words), "{refusal}");
        };
        refused(&Plant { desk: Desk::default(), ..answered() }, "Log in");
        let mut plant = answered();
        change(&mut plant, "Filler/RepairTime", 60.0, Span::ZERO);
        refused(&plant, "Filler RepairTime is a property of the model");
        let mut plant = answered();
        change(&mut plant, "Filler/SpeedSetpoint", 700.0, Span::ZERO);
        refused(&plant, "twice");
        let mut plant = answered();
        plant.answer.as_mut().expect("an answer").scenario.changes[0].after = Span::from_secs(60);
        refused(&plant, "later in the scenario");
        plant.askable.clear();
        refused(&plant, "no longer in the model");
    }
}
