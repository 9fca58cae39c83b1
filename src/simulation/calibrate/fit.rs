//! The least squares of distances, by Levenberg and Marquardt (Moré 1978).
//!
//! A derivative costs many runs. The first is given; it is kept up to date by what each further place
//! shows (Broyden 1965).

use std::cell::RefCell;

use levenberg_marquardt::{LeastSquaresProblem, LevenbergMarquardt};
use nalgebra::{DMatrix, DVector, Dyn, Owned};

use super::CalibrateError;

/// The fit is done where the sum of squares improves by less than this part.
const TOLERANCE: f64 = 1e-3;
/// Bound of the first step, in standard deviations.
const FIRST_STEP: f64 = 20.0;
/// Places that are tried for each parameter and one more.
const PATIENCE: usize = 20;
/// Steps shorter than this show chance rather than slopes, as part of the distance that the first
/// derivative was taken over.
const SHORTEST_STEP: f64 = 0.25;

/// Distances at a place; an error ends the fit.
type Evaluate<'a> = dyn FnMut(&DVector<f64>) -> Result<DVector<f64>, CalibrateError> + 'a;

struct Place {
    at: DVector<f64>,
    distance: DVector<f64>,
}

struct Problem<'a> {
    at: DVector<f64>,
    shortest: f64,
    found: RefCell<Found<'a>>,
}

struct Found<'a> {
    evaluate: &'a mut Evaluate<'a>,
    best: Place,
    slopes: DMatrix<f64>,
    failed: Option<CalibrateError>,
}

/// The place near `at`, where the distance is `distance` and its derivative `slopes`, at which the sum
/// of squares is least. `width`: over which the derivative was taken.
///
/// # Errors
/// As `evaluate`, with the best place so far.
pub(super) fn fit<'a>(
    at: DVector<f64>,
    distance: DVector<f64>,
    slopes: DMatrix<f64>,
    width: f64,
    evaluate: &'a mut Evaluate<'a>,
) -> (DVector<f64>, Result<(), CalibrateError>) {
    // The method wants as many distances as parameters.
    let rows = distance.len().max(at.len());
    let distance = distance.resize_vertically(rows, 0.0);
    let slopes = slopes.resize_vertically(rows, 0.0);
    let best = Place { at: at.clone(), distance };
    let found = RefCell::new(Found { evaluate, best, slopes, failed: None });
    let method = LevenbergMarquardt::new().with_ftol(TOLERANCE).with_xtol(TOLERANCE).with_gtol(TOLERANCE);
    let method = method.with_stepbound(FIRST_STEP).with_patience(PATIENCE);
    let (problem, _) = method.minimize(Problem { at, shortest: SHORTEST_STEP * width, found });
    let found = problem.found.into_inner();
    (found.best.at, found.failed.map_or(Ok(()), Err))
}

impl LeastSquaresProblem<f64, Dyn, Dyn> for Problem<'_> {
    type ResidualStorage = Owned<f64, Dyn>;
    type JacobianStorage = Owned<f64, Dyn, Dyn>;
    type ParameterStorage = Owned<f64, Dyn>;

    fn set_params(&mut self, at: &DVector<f64>) {
        self.at.copy_from(at);
    }

    fn params(&self) -> DVector<f64> {
        self.at.clone()
    }

    fn residuals(&self) -> Option<DVector<f64>> {
        let mut found = self.found.borrow_mut();
        let found = &mut *found;
        if self.at == found.best.at {
            return Some(found.best.distance.clone());
        }
        match (found.evaluate)(&self.at) {
            Ok(distance) => {
                let distance = distance.resize_vertically(found.slopes.nrows(), 0.0);
                found.learn(Place { at: self.at.clone(), distance: distance.clone() }, self.shortest);
                Some(distance)
            }
            Err(error) => {
                found.failed = Some(error);
                None
            }
        }
    }

    fn jacobian(&self) -> Option<DMatrix<f64>> {
        Some(self.found.borrow().slopes.clone())
    }
}

impl Found<'_> {
    fn learn(&mut self, place: Place, shortest: f64) {
        let step = &place.at - &self.best.at;
        let length = step.norm();
        if length > shortest {
            let surprise = &place.distance - &self.best.distance - &self.slopes * &step;
            self.slopes += surprise * step.transpose() / (length * length);
        }
        if place.distance.norm_squared() < self.best.distance.norm_squared() {
            self.best = place;
        }
    }
}
