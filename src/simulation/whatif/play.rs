//! One run: a model goes on from its state, with changes, while someone looks on.

use std::sync::atomic::{AtomicBool, Ordering};

use super::schedule::Schedule;
use super::watch::{AlarmWatch, Approach};
use crate::domain::scenario::Change;
use crate::domain::time::Span;
use crate::simulation::model::{Model, ModelError};

/// Alarms are looked at this often, ramps move on this often [s].
const STEP_SECS: f64 = 1.0;

/// What is looked at in every run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lookout<'a> {
    pub(super) horizon_secs: f64,
    /// Places of the variables of which a series is kept.
    pub(super) variables: &'a [usize],
    /// Time between two points of these series [s], a whole number.
    pub(super) grid_secs: u32,
    pub(super) alarms: &'a AlarmWatch,
}

/// What came of one run.
#[derive(Clone, PartialEq, Debug)]
pub struct Played {
    /// In the order of the figures of the model.
    pub figures: Vec<Option<f64>>,
    /// First raise of each watched alarm after the start [s].
    pub first_raised_secs: Vec<Option<f64>>,
    /// How near each watched limit came.
    pub approaches: Vec<Approach>,
    /// A series of each wanted variable, from the start on at the distance of the grid.
    pub series: Vec<Vec<f64>>,
}

/// Why a run did not come to its end.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Ended {
    Cancelled,
    Stopped(ModelError),
}

impl From<ModelError> for Ended {
    fn from(error: ModelError) -> Self {
        Self::Stopped(error)
    }
}

/// Takes a model on for a while. `look` sees it at the start and after every step, with the time since
/// the start [s]. Ends early when `cancel` is set.
pub(super) fn march(
    model: &mut dyn Model,
    changes: &[Change],
    horizon_secs: f64,
    cancel: &AtomicBool,
    mut look: impl FnMut(f64, &dyn Model),
) -> Result<(), Ended> {
    let start_secs = model.time_secs();
    let mut schedule = Schedule::new(changes);
    let (mut now_secs, mut step) = (0.0, 0.0);
    schedule.apply(now_secs, model)?;
    look(now_secs, model);
    while now_secs < horizon_secs {
        if cancel.load(Ordering::Relaxed) {
            return Err(Ended::Cancelled);
        }
        let next_step_secs = ((step + 1.0) * STEP_SECS).min(horizon_secs);
        let moment_secs = schedule.next_after(now_secs).filter(|moment| *moment < next_step_secs);
        now_secs = moment_secs.unwrap_or(next_step_secs);
        model.run_until(start_secs + now_secs)?;
        schedule.apply(now_secs, model)?;
        if moment_secs.is_none() {
            step += 1.0;
            look(now_secs, model);
        }
    }
    Ok(())
}

/// Plays one run to its end.
pub(super) fn play(
    mut model: Box<dyn Model>,
    changes: &[Change],
    lookout: Lookout<'_>,
    cancel: &AtomicBool,
) -> Result<Played, Ended> {
    model.begin_period();
    let mut watching = lookout.alarms.begin(model.as_ref());
    let mut series = vec![Vec::new(); lookout.variables.len()];
    let grid_secs = f64::from(lookout.grid_secs.max(1));
    march(model.as_mut(), changes, lookout.horizon_secs, cancel, |secs, model| {
        if secs > 0.0 {
            watching.observe(Span::from_secs_f64(secs), model);
        }
        if secs % grid_secs == 0.0 {
            for (points, place) in series.iter_mut().zip(lookout.variables) {
                points.push(model.value(*place).and_then(|value| value.as_f64()).unwrap_or(f64::NAN));
            }
        }
    })?;
    let (first_raised_secs, approaches) = watching.end();
    Ok(Played { figures: model.period(), first_raised_secs, approaches, series })
}
