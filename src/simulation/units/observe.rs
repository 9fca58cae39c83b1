//! Units in the state in which a plant was seen: the start of a what-if from now.
//!
//! What was seen is taken; a sensor stands for the quantity that it measures where that was not seen
//! itself, and controllers go on from the outputs that were seen without a bump. Everything that is not
//! exact is told.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use super::figures::Period;
use super::items::Item;
use super::plant::{Feed, Quantity, Side};
use super::{UnitsModel, balance};
use crate::domain::time::Span;
use crate::domain::value::Value;
use crate::simulation::model::{ModelError, Note, Observation, Observed};

const OWN: &str = "was not seen; the model's own is used";

impl UnitsModel {
    /// These units, which have run in, in the state in which the plant was seen. Time goes on from that of
    /// this model.
    ///
    /// # Errors
    /// Where no level, temperature or sensor is known.
    pub(super) fn observed(&self, seen: &[Observed], max_age: Span) -> Result<Observation<Self>, ModelError> {
        let mut overlay = Overlay::new(self, seen, max_age);
        let known =
            |item: &Item| matches!(item, Item::Level(_) | Item::Temperature(_) | Item::Out(..) | Item::Measured(_));
        if !self.tables.items.iter().filter(|item| known(item)).any(|item| overlay.value(*item).is_some()) {
            let reason = "no level, temperature or sensor of the units has a fresh value of good quality; \
                          a what-if from now needs at least one";
            return Err(ModelError::NoState(reason.to_owned()));
        }
        overlay.settings();
        overlay.quantities();
        overlay.actuators();
        overlay.sensors();
        overlay.controllers();
        overlay.seen.model.period = Period::new(&self.plant);
        Ok(overlay.seen)
    }
}

struct Overlay {
    /// By their place among the variables.
    values: HashMap<usize, f64>,
    seen: Observation<UnitsModel>,
}

impl Overlay {
    fn new(units: &UnitsModel, observed: &[Observed], max_age: Span) -> Self {
        let seen = Observation { model: units.clone(), taken: 0, estimated: Vec::new(), settled: Vec::new() };
        let mut overlay = Self { values: HashMap::new(), seen };
        for Observed { variable, value, quality, age } in observed {
            let mut variables = units.tables.variables.iter().enumerate();
            let Some((place, known)) = variables.find(|(_, known)| known.name == *variable) else { continue };
            let number = value.clone().coerced(known.kind).as_ref().and_then(Value::as_f64);
            let refused = match number.filter(|number| number.is_finite()) {
                _ if quality.is_bad() => format!("its quality is {quality}"),
                _ if *age > max_age => format!("it is {age} old"),
                None => format!("\"{value}\" is no {}", known.kind),
                Some(found) => {
                    let (low, high) = known.range.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
                    let taken = found.clamp(low, high);
                    if taken != found {
                        overlay.settle(variable, format!("{found} is outside {low} to {high}; {taken} is taken"));
                    }
                    overlay.values.insert(place, taken);
                    continue;
                }
            };
            overlay.estimate(variable, format!("{refused}; the model's own value is used"));
        }
        overlay
    }

    fn estimate(&mut self, about: &str, reason: impl Into<String>) {
        self.seen.estimated.push(Note { about: about.to_owned(), reason: reason.into() });
    }

    fn settle(&mut self, about: &str, reason: impl Into<String>) {
        self.seen.settled.push(Note { about: about.to_owned(), reason: reason.into() });
    }

    fn place(&self, item: Item) -> Option<usize> {
        self.seen.model.tables.items.iter().position(|known| *known == item)
    }

    fn value(&self, item: Item) -> Option<f64> {
        self.values.get(&self.place(item)?).copied()
    }

    fn name(&self, item: Item) -> String {
        let variable = self.place(item).and_then(|place| self.seen.model.tables.variables.get(place));
        variable.map(|variable| variable.name.clone()).unwrap_or_default()
    }

    /// Puts a seen value in; false where it was not seen.
    fn take(&mut self, item: Item) -> bool {
        let Some(value) = self.value(item) else { return false };
        let taken = self.seen.model.write(item, value);
        self.seen.taken += usize::from(taken);
        taken
    }

    /// Setpoints and what comes from outside.
    fn settings(&mut self) {
        for item in self.seen.model.tables.items.clone() {
            let told = match item {
                Item::SourceFlow(source) => matches!(self.seen.model.plant.sources[source].feed, Feed::Flow(_)),
                Item::SourceTemperature(_) | Item::Setpoint(_) | Item::Auto(_) => true,
                Item::Demand(_) | Item::Manual(_) | Item::Delivered(_) | Item::PlantEnergy => false,
                _ => continue,
            };
            if !self.take(item) && told {
                let about = self.name(item);
                self.estimate(&about, OWN);
            }
        }
    }

    /// Levels and temperatures, from sensors where they were not seen themselves.
    fn quantities(&mut self) {
        let (tanks, exchangers) = (self.seen.model.plant.tanks.len(), self.seen.model.plant.exchangers.len());
        let of_tanks = (0..tanks).flat_map(|tank| {
            [(Quantity::Level(tank), Item::Level(tank)), (Quantity::Temperature(tank), Item::Temperature(tank))]
        });
        let of_exchangers = (0..exchangers)
            .flat_map(|place| [Side::Hot, Side::Cold].map(|side| (Quantity::Out(place, side), Item::Out(place, side))));
        for (quantity, item) in of_tanks.chain(of_exchangers) {
            if self.take(item) {
                continue;
            }
            let name = self.name(item);
            let sensors = self.seen.model.plant.sensors.iter().enumerate();
            let mut sensors = sensors.filter(|(_, sensor)| sensor.of == quantity).map(|(place, _)| place);
            match sensors.find_map(|place| self.value(Item::Measured(place))) {
                Some(value) => {
                    self.seen.model.write(item, value);
                    self.estimate(&name, "was not seen; what its sensor shows is taken");
                }
                None => self.estimate(&name, OWN),
            }
        }
    }

    fn actuators(&mut self) {
        for place in 0..self.seen.model.plant.actuators.len() {
            let (position, name) = (Item::Position(place), self.name(Item::Position(place)));
            let driver = self.seen.model.plant.actuators.get(place).and_then(|actuator| actuator.driver);
            let demand = driver.map_or(Item::Demand(place), Item::Output);
            if self.take(position) {
                if self.value(demand).is_none() && driver.is_none() {
                    let reached = self.seen.model.read(position);
                    self.seen.model.write(demand, reached);
                    let about = self.name(demand);
                    self.estimate(&about, "was not seen; where the actuator stands is taken");
                }
            } else if let Some(asked) = self.value(demand) {
                self.seen.model.write(position, asked);
                self.estimate(&name, "was not seen; it stands where it was sent");
            } else {
                self.estimate(&name, OWN);
            }
        }
    }

    fn sensors(&mut self) {
        for place in 0..self.seen.model.plant.sensors.len() {
            if !self.take(Item::Measured(place)) {
                let units = &mut self.seen.model;
                let value = balance::quantity(&units.plant, units.plant.sensors[place].of, &units.state);
                units.write(Item::Measured(place), value);
                let about = self.name(Item::Measured(place));
                self.estimate(&about, "was not seen; the state of the model is shown");
            }
        }
    }

    /// The integral follows from output and error, so that the output goes on as it was.
    fn controllers(&mut self) {
        for place in 0..self.seen.model.plant.loops.len() {
            let output = Item::Output(place);
            if !self.take(output) {
                let position = Item::Position(self.seen.model.plant.loops[place].actuator);
                let (value, reason) = match self.value(position) {
                    Some(reached) => (reached, "was not seen; where the actuator stands is taken"),
                    None => (self.seen.model.read(output), OWN),
                };
                self.seen.model.write(output, value);
                let about = self.name(output);
                self.estimate(&about, reason);
            }
            // In manual that is the output to hold.
            let (manual, held) = (Item::Manual(place), self.seen.model.read(output));
            if self.seen.model.read(Item::Auto(place)) == 0.0 && self.value(manual).is_none() {
                self.seen.model.write(manual, held);
                let about = self.name(manual);
                self.estimate(&about, "was not seen; the present output is taken");
            }
        }
    }
}
