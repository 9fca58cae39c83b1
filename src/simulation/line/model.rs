//! The line as a model like any other, and the figures by which its runs are compared.

use super::totals::{MachineTotals, Period};
use super::{LineModel, MachineId, ObserveError};
use crate::domain::scenario::Better;
use crate::domain::time::Span;
use crate::domain::unit::Unit;
use crate::domain::value::Value;
use crate::simulation::model::{Figure, Model, ModelError, Observation, Observed, Parameter, Variable};

/// Name, unit, which way is better, and how it is read from a stretch of time.
type LineFigure = (&'static str, &'static str, Better, fn(&Period) -> Option<f64>);

const LINE: [LineFigure; 7] = [
    ("Throughput", "/min", Better::Higher, |period| part(60.0 * period.delivered as f64, period.secs)),
    ("OEE", "%", Better::Higher, |period| Some(100.0 * period.oee.total())),
    ("Availability", "%", Better::Higher, |period| Some(100.0 * period.oee.availability)),
    ("Performance", "%", Better::Higher, |period| Some(100.0 * period.oee.performance)),
    ("Quality", "%", Better::Higher, |period| Some(100.0 * period.oee.quality)),
    ("Energy per bottle", "kJ", Better::Lower, |period| part(KJ_PER_KWH * period.energy_kwh, period.delivered as f64)),
    ("Rejects", "%", Better::Lower, |period| {
        part(100.0 * period.rejected as f64, (period.rejected + period.delivered) as f64)
    }),
];

/// Times of a machine [s].
const MACHINE: [(&str, fn(&MachineTotals) -> f64); 3] = [
    ("starved", |machine| machine.starved_secs),
    ("blocked", |machine| machine.blocked_secs),
    ("on fault", |machine| machine.faulty_secs),
];

const KJ_PER_KWH: f64 = 3600.0;

fn part(of: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| of / whole)
}

impl Model for LineModel {
    fn variables(&self) -> &[Variable] {
        Self::variables(self)
    }

    fn parameters(&self) -> &[Parameter] {
        Self::parameters(self)
    }

    fn value(&self, place: usize) -> Option<Value> {
        Self::value(self, place)
    }

    fn parameter(&self, name: &str) -> Option<f64> {
        Self::parameter(self, name)
    }

    fn set_parameter(&mut self, name: &str, value: f64) -> Result<(), ModelError> {
        Ok(Self::set_parameter(self, name, value)?)
    }

    fn time_secs(&self) -> f64 {
        Self::time_secs(self)
    }

    fn run_until(&mut self, time_secs: f64) -> Result<(), ModelError> {
        Self::run_until(self, time_secs);
        Ok(())
    }

    fn fork(&self) -> Result<Box<dyn Model>, ModelError> {
        Ok(Box::new(self.clone()))
    }

    fn has_chance(&self) -> bool {
        true
    }

    fn reseed(&mut self, seed: u64) {
        Self::reseed(self, seed);
    }

    fn observe(&self, seen: &[Observed], max_age: Span) -> Result<Observation<Box<dyn Model>>, ModelError> {
        let found =
            Self::observe(self, seen, max_age).map_err(|error: ObserveError| ModelError::NoState(error.to_string()))?;
        Ok(found.map(|line| Box::new(line) as Box<dyn Model>))
    }

    fn figures(&self) -> Vec<Figure> {
        let line = LINE.iter().map(|(name, unit, better, _)| Figure {
            name: (*name).to_owned(),
            unit: Unit::new(unit),
            better: *better,
            part: None,
        });
        let machines = MachineId::ALL.into_iter().flat_map(|id| MACHINE.iter().map(move |(word, _)| (id, word)));
        let machines = machines.map(|(id, word)| Figure {
            name: format!("{} {word}", id.name()),
            unit: Unit::new("s"),
            better: Better::Lower,
            part: Some(id.name().to_owned()),
        });
        line.chain(machines).collect()
    }

    fn begin_period(&mut self) {
        self.period_start = self.totals();
    }

    fn period(&self) -> Vec<Option<f64>> {
        let period = self.since(&self.period_start);
        let line = LINE.iter().map(|(.., figure)| figure(&period));
        let machines = period.machines.iter().flat_map(|machine| MACHINE.iter().map(|(_, of)| Some(of(machine))));
        line.chain(machines).collect()
    }
}
