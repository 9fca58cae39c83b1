//! The question to the simulated copy while a person puts it together: which parameters, to what,
//! how far ahead and how often. Asks nothing itself.

use egui::{Context, Id};

use super::Console;
use super::what_if_model::ModelState;
use super::what_if_words::{name_of, titles, value_words};
use crate::domain::change::Wish;
use crate::domain::scenario::{Change, Scenario, Uncertain};
use crate::domain::sweep::Axis;
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
/// Parameters that can go through a range at a time: more cannot be drawn.
pub const MOST_RANGES: usize = 2;
/// Values that a range goes through, least and most.
pub const POINTS: (u32, u32) = (3, 21);

/// What the tab remembers.
pub struct WhatIfState {
    /// What is searched for.
    pub words: String,
    /// What the question is called; empty: after its changes.
    pub name: String,
    pub horizon: Span,
    pub runs: u32,
    pub ramp: Span,
    /// The slider or plot that the keyboard was on last.
    pub slider: Option<Id>,
    /// Figure of a sweep that is looked at, by name; empty: the first.
    pub figure: String,
    /// Place in a sweep that the keyboard is on.
    pub place: u32,
    pub model: ModelState,
    /// An answer that is to become a change of the plant, until it is taken up.
    pub proposed: Option<Wish>,
    chosen: Vec<Chosen>,
}

/// A parameter that a person picked.
#[derive(Clone, PartialEq, Debug)]
pub struct Chosen {
    /// Name in the model.
    pub parameter: String,
    /// In the unit of the parameter; none: as it is in the plant, whatever that becomes.
    pub to: Option<f64>,
    /// Values that a sweep goes through.
    pub range: Option<Axis>,
    /// Standard deviation of what the parameter may be, in its unit; none: it is known.
    pub sigma: Option<f64>,
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
            figure: String::new(),
            place: 0,
            model: ModelState::default(),
            proposed: None,
            chosen: Vec::new(),
        }
    }
}

impl WhatIfState {
    /// True while a slider or plot has the keyboard: the arrow keys are its.
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
            self.chosen.push(Chosen { parameter: parameter.to_owned(), to: None, range: None, sigma: None });
        }
    }

    pub fn leave_out(&mut self, parameter: &str) {
        self.chosen.retain(|chosen| chosen.parameter != parameter);
    }

    /// The value to try, inside range and step; none takes it back.
    pub fn set(&mut self, askable: &Askable, to: Option<f64>) {
        if let Some(chosen) = self.chosen_mut(&askable.name) {
            chosen.to = to.map(|to| snapped(askable, to));
        }
    }

    pub fn chosen_mut(&mut self, parameter: &str) -> Option<&mut Chosen> {
        self.chosen.iter_mut().find(|chosen| chosen.parameter == parameter)
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
        (!changes.is_empty()).then(|| self.asked(console, &changes, name_of(console, &changes)))
    }

    /// What to go through, with the other changes in force; none while no parameter has a range.
    pub fn sweep(&self, console: &Console) -> Option<(Scenario, Vec<Axis>)> {
        let in_model = |axis: &&Axis| console.askable.iter().any(|askable| askable.name == axis.parameter);
        let axes: Vec<Axis> = self.ranges().filter(in_model).filter(|axis| axis.from < axis.to).cloned().collect();
        let swept = |name: &str| axes.iter().any(|axis| axis.parameter == name);
        let changes: Vec<_> =
            self.changes(console.askable).into_iter().filter(|(askable, _)| !swept(&askable.name)).collect();
        let scenario = self.asked(console, &changes, format!("Sweep of {}", titles(console, &axes)));
        (!axes.is_empty()).then_some((scenario, axes))
    }

    /// Those that a person gave, at most [`MOST_RANGES`].
    pub fn ranges(&self) -> impl Iterator<Item = &Axis> {
        self.chosen.iter().filter_map(|chosen| chosen.range.as_ref())
    }

    fn asked(&self, console: &Console, changes: &[(&Askable, f64)], otherwise: String) -> Scenario {
        let (name, ramp) = (self.name.trim(), self.ramp);
        let change = |(askable, to): &(&Askable, f64)| Change {
            parameter: askable.name.clone(),
            to: *to,
            after: Span::ZERO,
            ramp,
        };
        let uncertain = |chosen: &Chosen| {
            let sigma = chosen.sigma.filter(|sigma| *sigma > 0.0)?;
            let known = console.askable.iter().any(|askable| askable.name == chosen.parameter);
            known.then(|| Uncertain { parameter: chosen.parameter.clone(), sigma })
        };
        Scenario {
            name: if name.is_empty() { otherwise } else { name.to_owned() },
            changes: changes.iter().map(change).collect(),
            horizon: self.horizon,
            runs: self.runs,
            seed: SEED,
            uncertain: self.chosen.iter().filter_map(uncertain).collect(),
        }
    }
}

/// The nearest value that may be asked for.
pub fn snapped(askable: &Askable, value: f64) -> f64 {
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
    fn a_swept_parameter_is_no_change_and_the_others_are() {
        let plant = fixture::with_model();
        let mut state = WhatIfState::default();
        for (name, to) in [("Filler/SpeedSetpoint", 680.0), ("Filler/RepairTime", 60.0)] {
            state.choose(name);
            let askable = plant.askable.iter().find(|askable| askable.name == name).expect("in the fixture");
            state.set(askable, Some(to));
        }
        assert_eq!(state.sweep(&plant.console()), None, "there is no range");
        let axis = |name: &str, to| Axis { parameter: name.into(), from: 500.0, to, points: 5 };
        state.chosen[0].range = Some(axis("Filler/SpeedSetpoint", 700.0));
        state.chosen[1].sigma = Some(12.0);
        let (scenario, axes) = state.sweep(&plant.console()).expect("one range");
        assert_eq!(axes, [axis("Filler/SpeedSetpoint", 700.0)]);
        assert_eq!((scenario.name.as_str(), scenario.changes.len()), ("Sweep of Filler Speed setpoint", 1));
        assert_eq!(scenario.changes[0].parameter, "Filler/RepairTime");
        assert_eq!(scenario.uncertain, [Uncertain { parameter: "Filler/RepairTime".into(), sigma: 12.0 }]);
        state.chosen[0].range = Some(axis("Filler/SpeedSetpoint", 500.0));
        assert_eq!(state.sweep(&plant.console()), None, "a range without length is none");
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
