//! One run: a line goes on from its state, with changes, while someone looks on.

use std::sync::atomic::{AtomicBool, Ordering};

use super::schedule::Schedule;
use super::watch::AlarmWatch;
use crate::domain::scenario::Change;
use crate::domain::time::Span;
use crate::simulation::line::{LineModel, ParameterError, Period};

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
    pub period: Period,
    /// First raise of each watched alarm after the start [s].
    pub first_raised_secs: Vec<Option<f64>>,
    /// A series of each wanted variable, from the start on at the distance of the grid.
    pub series: Vec<Vec<f64>>,
}

/// Why a run did not come to its end.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Ended {
    Cancelled,
    Refused(ParameterError),
}

/// Takes a line on for a while. `look` sees it at the start and after every step, with the time since
/// the start [s]. Ends early when `cancel` is set.
pub(super) fn march(
    line: &mut LineModel,
    changes: &[Change],
    horizon_secs: f64,
    cancel: &AtomicBool,
    mut look: impl FnMut(f64, &LineModel),
) -> Result<(), Ended> {
    let start_secs = line.time_secs();
    let mut schedule = Schedule::new(changes);
    let (mut now_secs, mut step) = (0.0, 0.0);
    schedule.apply(now_secs, line).map_err(Ended::Refused)?;
    look(now_secs, line);
    while now_secs < horizon_secs {
        if cancel.load(Ordering::Relaxed) {
            return Err(Ended::Cancelled);
        }
        let next_step_secs = ((step + 1.0) * STEP_SECS).min(horizon_secs);
        let moment_secs = schedule.next_after(now_secs).filter(|moment| *moment < next_step_secs);
        now_secs = moment_secs.unwrap_or(next_step_secs);
        line.run_until(start_secs + now_secs);
        schedule.apply(now_secs, line).map_err(Ended::Refused)?;
        if moment_secs.is_none() {
            step += 1.0;
            look(now_secs, line);
        }
    }
    Ok(())
}

/// Plays one run to its end.
pub(super) fn play(
    mut line: LineModel,
    changes: &[Change],
    lookout: Lookout<'_>,
    cancel: &AtomicBool,
) -> Result<Played, Ended> {
    let start = line.totals();
    let mut watching = lookout.alarms.begin(&line);
    let mut series = vec![Vec::new(); lookout.variables.len()];
    let grid_secs = f64::from(lookout.grid_secs.max(1));
    march(&mut line, changes, lookout.horizon_secs, cancel, |secs, line| {
        if secs > 0.0 {
            watching.observe(Span::from_secs_f64(secs), line);
        }
        if secs % grid_secs == 0.0 {
            for (points, place) in series.iter_mut().zip(lookout.variables) {
                points.push(line.value(*place).and_then(|value| value.as_f64()).unwrap_or(f64::NAN));
            }
        }
    })?;
    Ok(Played { period: line.since(&start), first_raised_secs: watching.first_raised_secs(), series })
}
