//! The figures by which runs are compared, and what has to be summed up for them.

use super::pid::Pid;
use super::plant::{Plant, Quantity};
use crate::domain::scenario::Better;
use crate::domain::unit::Unit;
use crate::simulation::model::Figure;

/// Sums over a stretch of time.
#[derive(Clone, PartialEq, Default, Debug)]
pub(super) struct Period {
    secs: f64,
    energy_kj: f64,
    /// Into each sink.
    delivered_l: Vec<f64>,
    /// Over the rim of each tank.
    spilt_l: Vec<f64>,
    /// Of each sensor outside its limits.
    outside_secs: Vec<f64>,
    loops: Vec<LoopPeriod>,
}

/// How a controller did while it was in automatic.
#[derive(Clone, PartialEq, Default, Debug)]
struct LoopPeriod {
    secs: f64,
    /// Absolute error, summed over time.
    error_secs: f64,
    /// The setpoint that is approached and from which side: 1 from below, -1 from above.
    approach: Option<(f64, f64)>,
    overshoot: f64,
}

impl Period {
    pub(super) fn new(plant: &Plant) -> Self {
        Self {
            delivered_l: vec![0.0; plant.sinks.len()],
            spilt_l: vec![0.0; plant.tanks.len()],
            outside_secs: vec![0.0; plant.sensors.len()],
            loops: vec![LoopPeriod::default(); plant.loops.len()],
            ..Self::default()
        }
    }

    /// Adds a scan from the states, controllers and readings at its end.
    pub(super) fn scan(&mut self, plant: &Plant, state: &[f64], pids: &[Pid], measured: &[f64]) {
        self.secs += plant.scan_secs;
        self.energy_kj += state[plant.energy()];
        self.delivered_l.iter_mut().enumerate().for_each(|(sink, sum)| *sum += state[plant.delivered(sink)]);
        self.spilt_l.iter_mut().enumerate().for_each(|(tank, sum)| *sum += state[plant.spilt(tank)]);
        for ((sensor, measured), sum) in plant.sensors.iter().zip(measured).zip(&mut self.outside_secs) {
            if sensor.limits.is_some_and(|(low, high)| !(low..=high).contains(measured)) {
                *sum += plant.scan_secs;
            }
        }
        for ((law, pid), sums) in plant.loops.iter().zip(pids).zip(&mut self.loops) {
            if pid.auto {
                sums.scan(pid.setpoint, measured[law.sensor], plant.scan_secs);
            }
        }
    }

    /// In the order of [`figures`].
    pub(super) fn read(&self, plant: &Plant) -> Vec<Option<f64>> {
        let mut values = vec![Some(self.energy_kj / 3600.0)];
        values.extend(self.delivered_l.iter().map(|sum| (self.secs > 0.0).then(|| 60.0 * sum / self.secs)));
        for sums in &self.loops {
            let known = sums.secs > 0.0;
            values.extend([known.then(|| sums.error_secs / sums.secs), known.then_some(sums.overshoot)]);
        }
        let limited = plant.sensors.iter().zip(&self.outside_secs).filter(|(sensor, _)| sensor.limits.is_some());
        values.extend(limited.map(|(_, sum)| Some(*sum)));
        values.extend(self.spilt_l.iter().map(|sum| Some(*sum)));
        values
    }
}

impl LoopPeriod {
    fn scan(&mut self, setpoint: f64, measured: f64, secs: f64) {
        let error = setpoint - measured;
        self.secs += secs;
        self.error_secs += error.abs() * secs;
        let side = match self.approach {
            Some((approached, side)) if approached == setpoint => side,
            _ if error == 0.0 => return,
            _ => error.signum(),
        };
        self.approach = Some((setpoint, side));
        self.overshoot = self.overshoot.max(-side * error);
    }
}

pub(super) fn figures(plant: &Plant) -> Vec<Figure> {
    let figure = |name: String, unit: &str, better: Better, part: Option<&str>| Figure {
        name,
        unit: Unit::new(unit),
        better,
        part: part.map(str::to_owned),
    };
    let mut all = vec![figure("Energy".into(), "kW.h", Better::Lower, None)];
    all.extend(
        plant.sinks.iter().map(|name| figure(format!("{name} throughput"), "L/min", Better::Higher, Some(name))),
    );
    for law in &plant.loops {
        let unit = match plant.sensors[law.sensor].of {
            Quantity::Level(_) => "m",
            Quantity::Temperature(_) | Quantity::Out(..) => "K",
            Quantity::Flow(_) => "L/min",
        };
        for word in ["mean error", "overshoot"] {
            all.push(figure(format!("{} {word}", law.name), unit, Better::Lower, Some(&law.name)));
        }
    }
    let limited = plant.sensors.iter().filter(|sensor| sensor.limits.is_some());
    all.extend(
        limited.map(|sensor| figure(format!("{} outside limits", sensor.name), "s", Better::Lower, Some(&sensor.name))),
    );
    all.extend(
        plant.tanks.iter().map(|tank| figure(format!("{} overflow", tank.name), "L", Better::Lower, Some(&tank.name))),
    );
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overshoot_is_what_lies_beyond_the_setpoint_seen_from_where_it_was_approached() {
        let mut sums = LoopPeriod::default();
        for measured in [40.0, 49.0, 53.0, 48.0] {
            sums.scan(50.0, measured, 2.0);
        }
        assert_eq!((sums.overshoot, sums.error_secs, sums.secs), (3.0, 32.0, 8.0));
        // From above now: what was above does not count, what falls below does.
        for measured in [48.0, 44.0, 41.0] {
            sums.scan(42.0, measured, 2.0);
        }
        assert_eq!(sums.overshoot, 3.0);
        sums.scan(42.0, 38.0, 2.0);
        assert_eq!(sums.overshoot, 4.0);
    }
}
