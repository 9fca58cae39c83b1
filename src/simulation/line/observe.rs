//! A line in the state in which a plant was seen: the start of a what-if from now.
//!
//! Seen values are laid over a model that has run in. Machine states, speeds, setpoints and counters
//! are taken as they are; what no sensor sees (where single bottles stand, how long a repair still
//! takes) is estimated. Everything that is not exact is told.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use super::LineModel;
use super::conveyor::Belt;
use super::machine::Seen;
use super::names::MachineId;
use super::state::State;
use crate::domain::time::Span;
use crate::domain::value::Value;
use crate::simulation::model::{Note, Observation, Observed, ParameterKind};

/// A state that cannot be the start of anything.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum ObserveError {
    #[error("no machine has a fresh state of good quality; a what-if from now needs at least one")]
    NoState,
}

impl LineModel {
    /// This line, which has run in, in the state in which the plant was seen. Values of bad quality or
    /// older than `max_age` are not used. Time and energy go on from those of this line.
    ///
    /// # Errors
    /// Where the state of no machine is known.
    pub fn observe(&self, observed: &[Observed], max_age: Span) -> Result<Observation<LineModel>, ObserveError> {
        let mut overlay = Overlay::new(self, observed, max_age);
        if !MachineId::ALL.into_iter().any(|id| overlay.state(id).is_some()) {
            return Err(ObserveError::NoState);
        }
        overlay.setpoints();
        MachineId::ALL.into_iter().for_each(|id| overlay.machine(id));
        overlay.conveyors();
        overlay.tunnel();
        overlay.rest();
        overlay.conservation();
        Ok(overlay.seen)
    }
}

struct Overlay<'a> {
    values: HashMap<&'a str, Value>,
    seen: Observation<LineModel>,
}

impl<'a> Overlay<'a> {
    fn new(line: &LineModel, observed: &'a [Observed], max_age: Span) -> Self {
        let seen = Observation { model: line.clone(), taken: 0, estimated: Vec::new(), settled: Vec::new() };
        let mut overlay = Self { values: HashMap::new(), seen };
        for Observed { variable, value, quality, age } in observed {
            let known = line.variables().iter().find(|known| known.name == *variable);
            let Some(known) = known else { continue };
            let refused = match value.clone().coerced(known.kind) {
                _ if quality.is_bad() => format!("its quality is {quality}"),
                _ if *age > max_age => format!("it is {age} old"),
                None => format!("\"{value}\" is no {}", known.kind),
                Some(value) => {
                    overlay.values.insert(variable, value);
                    continue;
                }
            };
            overlay.estimate(variable, format!("{refused}; the model's own value is used"));
        }
        overlay.seen.taken = overlay.values.len();
        overlay
    }

    fn estimate(&mut self, about: &str, reason: impl Into<String>) {
        self.seen.estimated.push(Note { about: about.into(), reason: reason.into() });
    }

    fn settle(&mut self, about: &str, reason: impl Into<String>) {
        self.seen.settled.push(Note { about: about.into(), reason: reason.into() });
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.values.get(name).and_then(Value::as_f64)
    }

    /// A number within a range, or at its end, which is said.
    fn number_within(&mut self, name: &str, low: f64, high: f64) -> Option<f64> {
        let found = self.number(name)?;
        let taken = found.clamp(low, high);
        if taken != found {
            self.settle(name, format!("{found} is outside {low} to {high}; {taken} is taken"));
        }
        Some(taken)
    }

    fn count(&self, name: &str) -> Option<u64> {
        /// No line counts so far; sums and multiples of such counts are still whole numbers.
        const MOST: u64 = 1 << 50;
        match self.values.get(name) {
            Some(Value::Int(count)) => u64::try_from(*count).ok().filter(|count| *count < MOST),
            _ => None,
        }
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.number(name).map(|number| number != 0.0)
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.values.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn state(&self, id: MachineId) -> Option<State> {
        let text = self.text(&format!("{}/State", id.name()))?;
        State::ALL.into_iter().find(|state| state.name().eq_ignore_ascii_case(text.trim()))
    }

    fn setpoints(&mut self) {
        let parameters = self.seen.model.parameters().to_vec();
        for parameter in parameters.iter().filter(|parameter| parameter.kind == ParameterKind::Setpoint) {
            let (low, high) = parameter.range;
            let Some(wanted) = self.number_within(&parameter.name, low, high) else { continue };
            if let Err(error) = self.seen.model.set_parameter(&parameter.name, wanted) {
                self.settle(&parameter.name, error.to_string());
            }
        }
    }

    fn machine(&mut self, id: MachineId) {
        let key = |word: &str| format!("{}/{word}", id.name());
        let state = self.state(id);
        if let (None, Some(text)) = (state, self.text(&key("State"))) {
            let reason = format!("\"{text}\" is no PackML state; the model's own is used");
            self.settle(&key("State"), reason);
        } else if state.is_none() {
            self.estimate(id.name(), "its state was not seen; the model's own is used");
        }
        let outfeed_count = self.count(&key("OutfeedCount"));
        let reject_count = self.count(&key("RejectCount"));
        let per_item = if id == MachineId::Packer { u64::from(self.seen.model.config.bottles_per_case) } else { 1 };
        let handled = outfeed_count.zip(reject_count).map(|(given, thrown)| per_item * (given + thrown));
        let seen = Seen {
            state,
            speed_per_sec: self.number(&key("Speed")).map(|per_min| per_min / 60.0),
            starved: self.flag(&key("Starved")),
            blocked: self.flag(&key("Blocked")),
            fault: self.text(&key("Fault")).map(str::to_owned),
            // What came in went out; what the pasteuriser holds is added later.
            infeed_count: self.count(&key("InfeedCount")).or(handled),
            outfeed_count,
            reject_count,
        };
        let settled = self.seen.model.machines[id.index()].restore(seen);
        settled.into_iter().for_each(|reason| self.settle(id.name(), reason));
        if matches!(self.seen.model.state(id), State::Holding | State::Held) {
            self.estimate(id.name(), "how long its repair still takes is drawn: a repair met at some moment of it");
        }
    }

    fn conveyors(&mut self) {
        for index in 0..self.seen.model.conveyors.len() {
            let name = format!("Conveyor{}", index + 1);
            let line = &self.seen.model;
            let (before, belt) = (&line.machines[index], &line.conveyors[index]);
            let per_case = f64::from(line.config.bottles_per_case);
            let per_item = if index == MachineId::Packer.index() { per_case } else { 1.0 };
            let infeed_per_sec = before.speed_per_sec() / per_item;
            let (fill, speed, travel_m) = (belt.fill(), belt.speed_m_per_s(), belt.travel_m());
            let most = 1.5 * line.config.conveyors[index].speed_m_per_s;
            let queue_empty = line.machines[index + 1].starved();
            let seen_fill = self.number_within(&format!("{name}/Accumulation"), 0.0, 100.0);
            if seen_fill.is_none() {
                self.estimate(&name, "how full it is was not seen; the model's own fill is used");
            }
            let belt = Belt {
                fill: seen_fill.map_or(fill, |percent| percent / 100.0),
                speed_m_per_s: self.number_within(&format!("{name}/Speed"), 0.0, most).unwrap_or(speed),
                travel_m: self.number_within(&format!("{name}/Travel"), 0.0, 1000.0).unwrap_or(travel_m % 1000.0),
                infeed_per_sec,
                queue_empty,
            };
            self.seen.model.conveyors[index].restore(belt);
        }
        self.estimate("Conveyors", "no sensor sees single items: those on the way are spread evenly, the rest queues");
    }

    fn tunnel(&mut self) {
        const NAME: &str = "Pasteuriser";
        let index = MachineId::Pasteuriser.index();
        for zone in 0..3 {
            let seen = self.number_within(&format!("{NAME}/Zone{}/Temperature", zone + 1), 0.0, 100.0);
            let Some(temperature_cel) = seen else { continue };
            self.seen.model.pasteuriser.zones[zone].temperature_cel = temperature_cel;
        }
        let line = &self.seen.model;
        // A hundredth more, since bottles do not stand exactly as far apart as they should.
        let (machine, capacity) = (&line.machines[index], line.pasteuriser.capacity() / 100 * 101);
        let left = machine.outfeed_count + machine.reject_count;
        // What the capper gave and does not stand on the belt between came in.
        let given = self.count(&format!("{}/OutfeedCount", MachineId::Capper.name()));
        let came = self.count(&format!("{NAME}/InfeedCount")).or_else(|| {
            let on_belt = self.seen.model.conveyors[index - 1].inside();
            given.and_then(|given| given.checked_sub(u64::from(on_belt)))
        });
        let counted = came.and_then(|came| came.checked_sub(left)).and_then(|inside| u32::try_from(inside).ok());
        let inside = match counted {
            Some(inside) if inside <= capacity => inside,
            Some(inside) => {
                self.settle(NAME, format!("its counters leave {inside} bottles inside; {capacity} fit and are taken"));
                capacity
            }
            None => {
                self.estimate(NAME, "its counters do not say what is inside; the model's own content is used");
                self.seen.model.pasteuriser.inside()
            }
        };
        self.estimate(NAME, "bottles inside are spread evenly and have the pasteurisation of those that leave now");
        let exit_pu = self.number_within(&format!("{NAME}/PU"), 0.0, 1000.0);
        let line = &mut self.seen.model;
        let speed_per_sec = line.machines[index].speed_per_sec();
        let exit_pu = exit_pu.unwrap_or(line.pasteuriser.exit_pu);
        line.pasteuriser.restore(inside, speed_per_sec, exit_pu);
        line.machines[index].infeed_count = left + u64::from(inside);
    }

    fn rest(&mut self) {
        for (tank, pump) in [("ProductTank", "ProductPump"), ("WaterTank", "WaterPump")] {
            let level_pct = self.number_within(&format!("{tank}/Level"), 0.0, 100.0);
            if level_pct.is_none() {
                self.estimate(tank, "its level was not seen; the model's own is used");
            }
            let pump_per_min = self.number(&format!("{pump}/Speed"));
            let line = &mut self.seen.model;
            let supply = if tank == "ProductTank" { &mut line.product } else { &mut line.water };
            supply.restore(level_pct, pump_per_min);
        }
        if let Some(height_m) = self.number("Depalletiser/CarriageHeight") {
            self.seen.model.pallet.restore(height_m);
        }
        self.estimate("Depalletiser", "of the layer on the carriage half is taken as unloaded");
        if let Some(per_min) = self.number("Line/Throughput") {
            self.seen.model.throughput.restore(per_min);
        }
        if let Some(energy_kwh) = self.number("Line/Energy") {
            self.seen.model.energy_kwh = energy_kwh;
        }
        let percents = (self.number("Line/Availability"), self.number("Line/Performance"));
        if let (Some(availability), Some(performance)) = percents {
            let filler = &mut self.seen.model.machines[MachineId::Filler.index()];
            filler.restore_effort(availability / 100.0, performance / 100.0);
        } else {
            self.estimate(
                "Line",
                "its effectiveness since the start was not seen; figures of the what-if itself are right",
            );
        }
        let packer = &self.seen.model.machines[MachineId::Packer.index()];
        let per_case = u64::from(self.seen.model.config.bottles_per_case);
        let packed = per_case * (packer.outfeed_count + packer.reject_count);
        let in_packer = packer.infeed_count.checked_sub(packed).filter(|bottles| *bottles < per_case);
        self.seen.model.in_packer = in_packer.unwrap_or_default() as u32;
        self.estimate("Machines", "when they fail next is drawn: running time so far does not matter to it");
    }

    /// What a machine gave and the next did not take stands on the belt between.
    fn conservation(&mut self) {
        for index in 0..self.seen.model.conveyors.len() {
            let machine = |index: usize| MachineId::ALL.get(index).map_or("", |id| id.name());
            let seen = [format!("{}/OutfeedCount", machine(index)), format!("{}/OutfeedCount", machine(index + 1))];
            if !seen.iter().all(|name| self.values.contains_key(name.as_str())) {
                continue;
            }
            let line = &self.seen.model;
            let (given, taken) = (line.machines[index].outfeed_count, line.machines[index + 1].infeed_count);
            let inside = line.conveyors[index].inside();
            let tolerance = 2 + i128::from(line.config.conveyors[index].capacity() / 50);
            let missing = i128::from(given) - i128::from(taken) - i128::from(inside);
            if missing.abs() > tolerance {
                let reason = format!(
                    "{given} items came and {taken} went, but {inside} are on it; the fill is taken, the counters are left"
                );
                self.settle(&format!("Conveyor{}", index + 1), reason);
            }
        }
    }
}
