//! The way of a fit: look around the start, leave out what nothing is known of, fit, look around there
//! and fit once more in what chance is there.

use std::sync::atomic::AtomicBool;

use nalgebra::DVector;

use super::axis::Axis;
use super::course::Course;
use super::fit::fit;
use super::local::{Local, Metric, mean, values};
use super::report::{Outcome, report};
use super::statistics::{Statistic, Tally, statistics};
use super::{CalibrateError, FEWEST_RUNS, Fitted, MOST_PARAMETERS, Task, Wanted};
use crate::simulation::measured::Measured;
use crate::simulation::model::{Model, ParameterError};
use crate::simulation::random::Stream;

/// How far the derivative looks to each side, in units of the coordinate: wide where there is chance, whose
/// effect does not grow with the distance.
const STEP_WITH_CHANCE: f64 = 0.4;
const STEP: f64 = 0.01;
/// Where chance is so small that a look from nearer tells as surely, that look is taken: a slope over a wide
/// step is none where the model bends, as where a valve is full open. So much nearer each time, and not nearer
/// than that.
const NEARER: f64 = 0.25;
const NEAREST: f64 = 0.025;
/// Random sequence from which the seeds of the runs are taken.
const SEEDS: u64 = 0;
/// Parts of its extent by which a variable without chance must move for one unit of a coordinate.
const QUIET: f64 = 1e-6;
/// Coordinates of all axes.
type Place = DVector<f64>;

/// What is compared, and what was measured of it.
pub(super) struct Target {
    pub(super) statistics: Vec<Statistic>,
    pub(super) measured: DVector<f64>,
    grains: Vec<f64>,
}

/// A look around one place: some axes, and which statistics tell of each.
struct Round {
    local: Local,
    axes: Vec<usize>,
    telling: Vec<Vec<usize>>,
    metric: Metric,
    deviations: DVector<f64>,
}

struct Search<'a> {
    course: Course,
    axes: Vec<Axis>,
    seeds: Vec<u64>,
    /// How far a look goes to each side, in units of the coordinate.
    step: f64,
    threads: usize,
    cancel: &'a AtomicBool,
    played: usize,
    budget: usize,
    on_progress: &'a mut dyn FnMut(u32, u32),
}

/// Fits what `task` wants, as [`super::calibrate`] says.
pub(super) fn search(
    believed: &dyn Model,
    measured: &Measured<'_>,
    task: &Task,
    (threads, cancel): (usize, &AtomicBool),
    on_progress: &mut dyn FnMut(u32, u32),
) -> Result<Fitted, CalibrateError> {
    let axes = axes(believed, task)?;
    let course = Course::new(believed, measured, task)?;
    let runs = if course.chance { task.runs.max(FEWEST_RUNS) } else { 1 };
    let mut stream = Stream::new(task.seed, SEEDS);
    let seeds = (0..runs).map(|_| (stream.uniform() * 2.0_f64.powi(53)) as u64).collect();
    let budget = task.budget as usize;
    let step = if course.chance { STEP_WITH_CHANCE } else { STEP };
    let search = Search { course, axes, seeds, step, threads, cancel, played: 0, budget, on_progress };
    search.run(task)
}

fn axes(believed: &dyn Model, task: &Task) -> Result<Vec<Axis>, CalibrateError> {
    let wanted = &task.parameters;
    if !(1..=MOST_PARAMETERS).contains(&wanted.len()) {
        return Err(CalibrateError::ParameterCount { found: wanted.len() });
    }
    let axis = |(place, one): (usize, &Wanted)| {
        let name = one.name.clone();
        if wanted.iter().take(place).any(|other| other.name == name) {
            return Err(CalibrateError::Twice { name });
        }
        let known = believed.parameters().iter().find(|known| known.name == name).zip(believed.parameter(&name));
        let unknown = || CalibrateError::Unknown(ParameterError::Unknown { name }.into());
        let (parameter, start) = known.ok_or_else(unknown)?;
        Axis::new(parameter, start, one.range)
    };
    wanted.iter().enumerate().map(axis).collect()
}

impl Round {
    /// True where every axis has a statistic that tells of it as surely from nearer.
    fn tells_from_nearer(&self) -> bool {
        let sure =
            |(axis, rows): (usize, &Vec<usize>)| rows.iter().any(|row| self.local.sureness(*row, axis) * NEARER > 1.0);
        self.local.has_chance() && !self.axes.is_empty() && self.telling.iter().enumerate().all(sure)
    }
}

impl Search<'_> {
    fn run(mut self, task: &Task) -> Result<Fitted, CalibrateError> {
        let (start, all): (_, Vec<usize>) = (Place::zeros(self.axes.len()), (0..self.axes.len()).collect());
        let needed = 2 * self.runs_of_look(all.len()) + 3 * self.seeds.len();
        if self.budget < needed {
            return Err(CalibrateError::Budget { needed, found: self.budget });
        }
        let (places, widths) = self.places_around(&start, &all);
        let counted = self.play(&places)?;
        let target = self.target(&counted);
        let mut first = self.look(&target, &counted, &widths, all.clone(), &[]);
        while self.step * NEARER >= NEAREST && first.tells_from_nearer() && self.played + needed <= self.budget {
            self.step *= NEARER;
            let (places, widths) = self.places_around(&start, &all);
            let counted = self.play(&places)?;
            let nearer = self.look(&target, &counted, &widths, all.clone(), &[]);
            if nearer.axes != first.axes {
                self.step /= NEARER;
                break;
            }
            first = nearer;
        }
        let before = first.local.means.clone();
        if first.axes.is_empty() {
            let (at, after) = (start, before.clone());
            return Ok(self.finish(task, &target, first, at, (before, after), true));
        }
        let reserve = self.runs_of_look(first.axes.len()) + 2 * self.seeds.len();
        let (at, _) = self.fit(&start, &target, &first, reserve)?;
        let (places, widths) = self.places_around(&at, &first.axes);
        let counted = self.play(&places)?;
        let second = self.look(&target, &counted, &widths, first.axes, &first.telling);
        let (at, enough) = self.fit(&at, &target, &second, self.seeds.len())?;
        let after = self.means(&target, &at)?;
        Ok(self.finish(task, &target, second, at, (before, after), enough))
    }

    fn runs_of_look(&self, axes: usize) -> usize {
        (2 * axes + 1) * self.seeds.len()
    }

    /// The place, then low and high along each axis in turn, with the width between these.
    fn places_around(&self, at: &Place, axes: &[usize]) -> (Vec<Place>, Vec<f64>) {
        let step = self.step;
        let (mut places, mut widths) = (vec![at.clone()], Vec::new());
        for &axis in axes {
            let [low, high] = [-step, step].map(|step| {
                let mut place = at.clone();
                place[axis] = self.axes[axis].clamp(at[axis] + step);
                place
            });
            widths.push(high[axis] - low[axis]);
            places.extend([low, high]);
        }
        (places, widths)
    }

    /// Plays all runs at each place.
    fn play(&mut self, places: &[Place]) -> Result<Vec<Vec<Vec<Tally>>>, CalibrateError> {
        let value = |place: &Place, index: usize, axis: &Axis| {
            (axis.name.clone(), if place[index] == 0.0 { axis.start } else { axis.value(place[index]) })
        };
        let setting = |place| self.axes.iter().enumerate().map(|(index, axis)| value(place, index, axis)).collect();
        let settings: Vec<Vec<(String, f64)>> = places.iter().map(setting).collect();
        let (played, budget) = (&mut self.played, self.budget as u32);
        let on_run = || {
            *played += 1;
            (self.on_progress)(*played as u32, budget);
        };
        self.course.play_all(&settings, &self.seeds, self.threads, self.cancel, on_run)
    }

    fn means(&mut self, target: &Target, at: &Place) -> Result<DVector<f64>, CalibrateError> {
        let counted = self.play(std::slice::from_ref(at))?;
        let runs = counted.first().map(Vec::as_slice).unwrap_or_default();
        Ok(mean(&values(&target.statistics, runs, self.course.grid_secs)))
    }

    fn target(&self, counted: &[Vec<Vec<Tally>>]) -> Target {
        let course = &self.course;
        let of_variable = |(place, measured): (usize, &Tally)| {
            let simulated: Vec<&Tally> = counted.iter().flatten().filter_map(|tallies| tallies.get(place)).collect();
            statistics(place, measured, &simulated)
        };
        let statistics: Vec<Statistic> = course.measured.iter().enumerate().flat_map(of_variable).collect();
        let measured = statistics.iter().map(|one| one.of(&course.measured, course.grid_secs));
        let measured = DVector::from_iterator(statistics.len(), measured);
        let grains = statistics.iter().map(|one| one.grain(course.points, course.grid_secs)).collect();
        Target { statistics, measured, grains }
    }

    /// What the runs around a place say of `axes`; those that they say nothing of are left out, unless
    /// an earlier look (`known`, for the same axes) found something.
    fn look(
        &self,
        target: &Target,
        counted: &[Vec<Vec<Tally>>],
        widths: &[f64],
        axes: Vec<usize>,
        known: &[Vec<usize>],
    ) -> Round {
        let places: Vec<_> =
            counted.iter().map(|runs| values(&target.statistics, runs, self.course.grid_secs)).collect();
        let mut local = Local::new(&places, widths);
        let (metric, deviations);
        let mut telling: Vec<Vec<usize>>;
        if self.course.chance {
            deviations = local.deviations(&target.measured, &target.grains);
            telling = (0..axes.len()).map(|axis| local.telling(axis, &deviations)).collect();
            for (rows, known) in telling.iter_mut().zip(known) {
                if rows.is_empty() {
                    rows.clone_from(known);
                }
            }
            metric = local.metric(telling.concat(), &deviations);
        } else {
            deviations = DVector::zeros(target.measured.len());
            metric = Metric::of_paths(&target.statistics, &target.measured);
            let moves = local.slopes(&metric);
            telling =
                moves.column_iter().map(|moves| if moves.amax() > QUIET { vec![0] } else { Vec::new() }).collect();
        }
        let kept: Vec<usize> = (0..axes.len()).filter(|axis| !telling[*axis].is_empty()).collect();
        local.keep(&kept);
        let axes = kept.iter().map(|axis| axes[*axis]).collect();
        telling.retain(|rows| !rows.is_empty());
        Round { local, axes, telling, metric, deviations }
    }

    /// The best place for the axes of a round, and whether the runs were enough to find it: `reserve` of
    /// them are left.
    fn fit(
        &mut self,
        at: &Place,
        target: &Target,
        round: &Round,
        reserve: usize,
    ) -> Result<(Place, bool), CalibrateError> {
        let begin = at.select_rows(&round.axes);
        let distance = round.metric.distance(&round.local.means, &target.measured);
        let slopes = round.local.slopes(&round.metric);
        let width = 2.0 * self.step;
        let place_of = |search: &Self, active: &DVector<f64>| {
            let mut place = at.clone();
            for (axis, coordinate) in round.axes.iter().zip(active.iter()) {
                place[*axis] = search.axes[*axis].clamp(*coordinate);
            }
            place
        };
        let mut evaluate = |active: &DVector<f64>| {
            if self.played + self.seeds.len() + reserve > self.budget {
                return Err(CalibrateError::Budget {
                    needed: self.played + self.seeds.len() + reserve,
                    found: self.budget,
                });
            }
            let place = place_of(self, active);
            Ok(round.metric.distance(&self.means(target, &place)?, &target.measured))
        };
        let (active, ended) = fit(begin, distance, slopes, width, &mut evaluate);
        match ended {
            Ok(()) => Ok((place_of(self, &active), true)),
            Err(CalibrateError::Budget { .. }) => Ok((place_of(self, &active), false)),
            Err(error) => Err(error),
        }
    }

    fn finish(
        self,
        task: &Task,
        target: &Target,
        round: Round,
        at: Place,
        (before, after): (DVector<f64>, DVector<f64>),
        enough: bool,
    ) -> Fitted {
        let misfit = |means| round.metric.distance(means, &target.measured).norm_squared();
        let misfit = (misfit(&before), misfit(&after));
        let (rows, covariance) = (round.metric.rows.len(), round.local.covariance(&round.metric, misfit.1));
        report(Outcome {
            window: (task.from, task.to),
            axes: &self.axes,
            at,
            active: &round.axes,
            covariance,
            names: &self.course.names,
            unknown: &self.course.unknown,
            target,
            rows,
            misfit,
            means: (before, after),
            deviations: round.deviations,
            chance: self.course.chance,
            enough,
            runs: self.played as u32,
        })
    }
}
