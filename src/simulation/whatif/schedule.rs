//! When which parameter has which value in a run.

use crate::domain::scenario::Change;
use crate::simulation::model::{Model, ModelError};

/// The changes of a run and how far each has come.
#[derive(Clone, Debug)]
pub(super) struct Schedule<'a> {
    ramps: Vec<Ramp<'a>>,
}

#[derive(Clone, Debug)]
struct Ramp<'a> {
    change: &'a Change,
    begins_secs: f64,
    ends_secs: f64,
    /// Value when it began; none before.
    from: Option<f64>,
    done: bool,
}

impl<'a> Schedule<'a> {
    pub(super) fn new(changes: &'a [Change]) -> Self {
        let mut ramps: Vec<Ramp<'_>> = changes
            .iter()
            .map(|change| {
                let begins_secs = change.after.as_secs_f64().max(0.0);
                let ends_secs = begins_secs + change.ramp.as_secs_f64().max(0.0);
                Ramp { change, begins_secs, ends_secs, from: None, done: false }
            })
            .collect();
        ramps.sort_by(|a, b| a.begins_secs.total_cmp(&b.begins_secs));
        Self { ramps }
    }

    /// First moment after `secs` at which a change begins or ends.
    pub(super) fn next_after(&self, secs: f64) -> Option<f64> {
        let open = self.ramps.iter().filter(|ramp| !ramp.done);
        let moments = open.flat_map(|ramp| [ramp.begins_secs, ramp.ends_secs]).filter(|moment| *moment > secs);
        moments.min_by(f64::total_cmp)
    }

    /// Sets what is to be set `secs` after the start. A change that begins ends an earlier one of its
    /// parameter.
    ///
    /// # Errors
    /// What the model refuses, or that it failed.
    pub(super) fn apply(&mut self, secs: f64, model: &mut dyn Model) -> Result<(), ModelError> {
        for place in 0..self.ramps.len() {
            let (earlier, rest) = self.ramps.split_at_mut(place);
            let Some(ramp) = rest.first_mut().filter(|ramp| !ramp.done && ramp.begins_secs <= secs) else { continue };
            let name = &ramp.change.parameter;
            if ramp.from.is_none() {
                earlier.iter_mut().filter(|other| other.change.parameter == *name).for_each(|other| other.done = true);
            }
            let from = *ramp.from.get_or_insert_with(|| model.parameter(name).unwrap_or(ramp.change.to));
            ramp.done = secs >= ramp.ends_secs;
            let part = if ramp.done { 1.0 } else { (secs - ramp.begins_secs) / (ramp.ends_secs - ramp.begins_secs) };
            let value = if ramp.done { ramp.change.to } else { from + (ramp.change.to - from) * part };
            model.set_parameter(name, value)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Span;
    use crate::simulation::line::{LineConfig, LineModel};

    fn change(to: f64, after_secs: i64, ramp_secs: i64) -> Change {
        let (after, ramp) = (Span::from_secs(after_secs), Span::from_secs(ramp_secs));
        Change { parameter: "Filler/SpeedSetpoint".into(), to, after, ramp }
    }

    /// Setpoint of the filler at each of these moments.
    fn setpoints(changes: &[Change], moments: &[f64]) -> Vec<f64> {
        let mut line = LineModel::new(LineConfig::demo(), 1).expect("the demo line is valid");
        let mut schedule = Schedule::new(changes);
        let mut after = |secs: &f64| {
            schedule.apply(*secs, &mut line).expect("in range");
            line.parameter("Filler/SpeedSetpoint").map_or(f64::NAN, f64::round)
        };
        moments.iter().map(&mut after).collect()
    }

    #[test]
    fn ramps_go_in_a_straight_line_from_the_value_that_they_meet() {
        let changes = [change(700.0, 10, 20)];
        assert_eq!(
            setpoints(&changes, &[0.0, 9.9, 10.0, 15.0, 20.0, 30.0]),
            [600.0, 600.0, 600.0, 625.0, 650.0, 700.0]
        );
    }

    #[test]
    fn a_later_change_takes_over_from_one_that_is_still_going_on() {
        let changes = [change(500.0, 15, 0), change(700.0, 10, 20)];
        assert_eq!(setpoints(&changes, &[10.0, 14.0, 15.0, 30.0]), [600.0, 620.0, 500.0, 500.0]);
    }

    #[test]
    fn moments_are_beginnings_and_ends() {
        let changes = [change(700.0, 10, 20), change(500.0, 45, 0)];
        let schedule = Schedule::new(&changes);
        assert_eq!(
            [0.0, 10.0, 30.0, 45.0].map(|secs| schedule.next_after(secs)),
            [Some(10.0), Some(30.0), Some(45.0), None]
        );
    }
}
