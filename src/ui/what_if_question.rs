//! The question to the simulated copy while a person puts it together: which parameters, to what,
//! how far ahead and how often. Asks nothing itself.

use egui::{Context, Id};

use super::{Console, format};
use crate::domain::scenario::{Change, Scenario};
use crate::domain::time::Span;
use crate::domain::what_if::Askable;

/// How far ahead a person may look.
pub const HORIZONS: [(Span, &str); 5] = [
    (Span::from_secs(300), "5 min"),
    (Span::from_secs(900), "15 min"),
    (Span::from_secs(1800), "30 min"),
    (Span::from_secs(3600), "60 min"),
    (Span::from_secs(14_400), "4 h"),
];
/// How often it is run, each time with other chance.
pub const RUNS: [(u32, &str); 3] = [(1, "1 run"), (8, "8 runs"), (32, "32 runs")];
/// How long the way to the new values takes.
pub const RAMPS: [(Span, &str); 4] = [
    (Span::ZERO, "at once"),
    (Span::from_secs(30), "over 30 s"),
    (Span::from_secs(120), "over 2 min"),
    (Span::from_secs(300), "over 5 min"),
];
/// Always the same chance: the same question gets the same answer, and two questions differ only by
/// their changes.
const SEED: u64 = 1;
/// Changes that a name made from them tells; the rest is counted.
const NAMED: usize = 2;

/// What the tab remembers.
pub struct WhatIfState {
    /// What is searched for.
    pub words: String,
    /// What the question is called; empty: after its changes.
    pub name: String,
    pub horizon: Span,
    pub runs: u32,
    pub ramp: Span,
    /// The slider that the keyboard was on last.
    pub slider: Option<Id>,
    chosen: Vec<Chosen>,
}

/// A parameter that a person picked.
#[derive(Clone, PartialEq, Debug)]
pub struct Chosen {
    /// Name in the model.
    pub parameter: String,
    /// In the unit of the parameter; none: as it is in the plant, whatever that becomes.
    pub to: Option<f64>,
}

impl Default for WhatIfState {
    fn default() -> Self {
        Self {
            words: String::new(),
            name: String::new(),
            horizon: Span::from_secs(1800),
            runs: 8,
            ramp: Span::ZERO,
            slider: None,
            chosen: Vec::new(),
        }
    }
}

impl WhatIfState {
    /// True while a slider has the keyboard: the arrow keys are its.
    pub fn has_keyboard(&self, ctx: &Context) -> bool {
        self.slider.is_some() && ctx.memory(|memory| memory.focused()) == self.slider
    }

    /// In the order in which they were picked.
    pub fn chosen(&self) -> &[Chosen] {
        &self.chosen
    }

    pub fn is_chosen(&self, parameter: &str) -> bool {
        self.chosen.iter().any(|chosen| chosen.parameter == parameter)
    }

    pub fn choose(&mut self, parameter: &str) {
        if !self.is_chosen(parameter) {
            self.chosen.push(Chosen { parameter: parameter.to_owned(), to: None });
        }
    }

    pub fn leave_out(&mut self, parameter: &str) {
        self.chosen.retain(|chosen| chosen.parameter != parameter);
    }

    /// The value to try, inside range and step; none takes it back.
    pub fn set(&mut self, askable: &Askable, to: Option<f64>) {
        if let Some(chosen) = self.chosen.iter_mut().find(|chosen| chosen.parameter == askable.name) {
            chosen.to = to.map(|to| snapped(askable, to));
        }
    }

    /// What would be different from now, in the order of choice. What the model no longer has is left out.
    pub fn changes<'a>(&self, askable: &'a [Askable]) -> Vec<(&'a Askable, f64)> {
        let changed = |chosen: &Chosen| {
            let askable = askable.iter().find(|askable| askable.name == chosen.parameter)?;
            chosen.to.filter(|to| differs(askable, *to)).map(|to| (askable, to))
        };
        self.chosen.iter().filter_map(changed).collect()
    }

    /// The question; none while it would change nothing.
    pub fn scenario(&self, console: &Console) -> Option<Scenario> {
        let changes = self.changes(console.askable);
        if changes.is_empty() {
            return None;
        }
        let name = self.name.trim();
        Some(Scenario {
            name: if name.is_empty() { name_of(console, &changes) } else { name.to_owned() },
            changes: changes
                .iter()
                .map(|(askable, to)| Change {
                    parameter: askable.name.clone(),
                    to: *to,
                    after: Span::ZERO,
                    ramp: self.ramp,
                })
                .collect(),
            horizon: self.horizon,
            runs: self.runs,
            seed: SEED,
        })
    }
}

/// The nearest value that may be asked for.
fn snapped(askable: &Askable, value: f64) -> f64 {
    let (low, high) = askable.range;
    let stepped = match askable.step {
        Some(step) if step > 0.0 => {
            let most = ((high - low) / step + 1e-9).floor();
            low + ((value - low) / step).round().min(most) * step
        }
        _ => value,
    };
    stepped.max(low).min(high)
}

/// Values that read the same are the same.
fn differs(askable: &Askable, to: f64) -> bool {
    value_words(askable, to) != value_words(askable, askable.value)
}

/// True where there are limits to move between.
pub fn variable(askable: &Askable) -> bool {
    let (low, high) = askable.range;
    low.is_finite() && high.is_finite() && low < high && askable.value.is_finite()
}

/// Digits after the point of its values.
pub fn decimals(askable: &Askable) -> usize {
    format::decimals(askable.value, Some(askable.range), askable.step)
}

/// "640 /min".
pub fn value_words(askable: &Askable, value: f64) -> String {
    format::with_unit(&format::number(value, decimals(askable)), askable.unit.symbol())
}

/// "Speed setpoint", as its signal is called, else the last part of its name.
pub fn title<'a>(console: &Console<'a>, askable: &'a Askable) -> &'a str {
    match askable.signal.and_then(|signal| console.catalog.get(signal)) {
        Some(signal) => signal.name(),
        None => askable.name.rsplit('/').next().unwrap_or(&askable.name),
    }
}

/// "Filler", the equipment that it belongs to; empty where it belongs to none.
pub fn place<'a>(console: &Console<'a>, askable: &'a Askable) -> &'a str {
    match askable.asset.and_then(|asset| console.assets.get(asset)) {
        Some(asset) => &asset.name,
        None => askable.name.rsplit_once('/').map_or("", |(place, _)| place),
    }
}

/// "Filler Speed setpoint 680 /min, and 2 more".
fn name_of(console: &Console, changes: &[(&Askable, f64)]) -> String {
    let words = |(askable, to): &(&Askable, f64)| {
        format!("{} {} {}", place(console, askable), title(console, askable), value_words(askable, *to))
            .trim_start()
            .to_owned()
    };
    let mut parts: Vec<String> = changes.iter().take(NAMED).map(words).collect();
    if changes.len() > NAMED {
        parts.push(format!("and {} more", changes.len() - NAMED));
    }
    parts.join(", ")
}

/// The words of a choice; a dash where it is none of the list.
pub fn chosen_words<T: PartialEq>(choices: &[(T, &'static str)], value: &T) -> &'static str {
    choices.iter().find(|(choice, _)| choice == value).map_or("–", |(_, words)| words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fixture::{self, Plant};

    fn speed(plant: &Plant) -> &Askable {
        plant.askable.iter().find(|askable| askable.name == "Filler/SpeedSetpoint").expect("in the fixture")
    }

    #[test]
    fn a_value_is_brought_inside_range_and_step() {
        let plant = fixture::with_model();
        let mut state = WhatIfState::default();
        state.choose("Filler/SpeedSetpoint");
        for (wanted, expected) in [(683.0, 680.0), (9000.0, 720.0), (-5.0, 300.0), (300.4, 300.0)] {
            state.set(speed(&plant), Some(wanted));
            assert_eq!(state.chosen()[0].to, Some(expected));
        }
        // 300, 550: the next one would be beyond the range.
        let coarse = Askable { step: Some(250.0), ..speed(&plant).clone() };
        assert_eq!(snapped(&coarse, 720.0), 550.0);
    }

    #[test]
    fn an_untouched_parameter_is_no_change_even_when_the_plant_moves() {
        let mut plant = fixture::with_model();
        let mut state = WhatIfState::default();
        state.choose("Filler/SpeedSetpoint");
        plant.askable[1].value = 650.0;
        assert_eq!(state.scenario(&plant.console()), None);
        state.set(&plant.askable[1], Some(650.0));
        assert_eq!(state.scenario(&plant.console()), None, "the same as now is no change");
    }

    #[test]
    fn the_question_is_named_after_its_changes_unless_it_has_a_name() {
        let plant = fixture::with_model();
        let mut state = WhatIfState { ramp: Span::from_secs(30), ..WhatIfState::default() };
        for (name, to) in [("Filler/SpeedSetpoint", 680.0), ("Filler/RepairTime", 60.0), ("Packer/BeltSpeed", 0.8)] {
            state.choose(name);
            let askable = plant.askable.iter().find(|askable| askable.name == name).expect("in the fixture");
            state.set(askable, Some(to));
        }
        let scenario = state.scenario(&plant.console()).expect("three changes");
        let name = "Filler Speed setpoint 680\u{2009}/min, Filler RepairTime 60\u{2009}s, and 1 more";
        assert_eq!((scenario.name.as_str(), scenario.changes.len(), scenario.runs), (name, 3, 8));
        assert!(scenario.changes.iter().all(|change| change.ramp == Span::from_secs(30)));
        state.name = " night shift ".into();
        assert_eq!(state.scenario(&plant.console()).map(|scenario| scenario.name), Some("night shift".into()));
    }

    #[test]
    fn what_the_model_no_longer_has_is_left_out() {
        let mut plant = fixture::with_model();
        let mut state = WhatIfState::default();
        state.choose("Filler/SpeedSetpoint");
        state.set(speed(&plant), Some(680.0));
        plant.askable.remove(1);
        assert!(state.changes(&plant.askable).is_empty());
    }
}
