//! Integrates the balances over one scan, with an error bound and bounded work.
//!
//! The explicit method of Dormand and Prince (order 5) is first. Where it needs too many steps the
//! equations are stiff, as with a tiny hold-up beside a great tank, and the implicit method of Kværnø
//! (order 3, L-stable) takes over.

use differential_equations::prelude::{DiagonallyImplicitRungeKutta, Error, ExplicitRungeKutta, IVP, ODE};

use super::balance;
use super::plant::Plant;

/// Of each state in one step.
const RELATIVE: f64 = 1e-7;
/// In the unit of the state: m, °C, kJ, L.
const ABSOLUTE: f64 = 1e-7;
const MOST_EXPLICIT_STEPS: usize = 200;
const MOST_IMPLICIT_STEPS: usize = 2_000;

struct Balances<'a> {
    plant: &'a Plant,
    demands: &'a [f64],
}

impl ODE<f64, Vec<f64>> for Balances<'_> {
    fn diff(&self, _t: f64, y: &Vec<f64>, dydt: &mut Vec<f64>) {
        balance::rates(self.plant, self.demands, y, dydt);
    }
}

/// The states after one scan. `stiff` is set once the explicit method has failed; it is not tried then.
///
/// # Errors
/// In words, where no method gets through.
pub(super) fn advance(plant: &Plant, demands: &[f64], from: &[f64], stiff: &mut bool) -> Result<Vec<f64>, String> {
    let balances = Balances { plant, demands };
    let secs = plant.scan_secs;
    if !*stiff {
        let method = ExplicitRungeKutta::dopri5().rtol(RELATIVE).atol(ABSOLUTE).h0(secs);
        let method = method.max_steps(MOST_EXPLICIT_STEPS);
        let found = IVP::ode(&balances, 0.0, secs, from.to_vec()).method(method).solve();
        if let Some(to) = found.ok().and_then(|mut found| found.y.pop()).filter(|to| finite(to)) {
            return Ok(to);
        }
        *stiff = true;
    }
    let method = DiagonallyImplicitRungeKutta::kvaerno423().rtol(RELATIVE).atol(ABSOLUTE).h0(1e-3 * secs);
    let method = method.max_steps(MOST_IMPLICIT_STEPS).max_rejects(MOST_IMPLICIT_STEPS);
    let mut found = IVP::ode(&balances, 0.0, secs, from.to_vec()).method(method).solve().map_err(in_words)?;
    let to = found.y.pop().filter(|to| finite(to));
    to.ok_or_else(|| "a state grew beyond all numbers; check hold-ups and rated powers".to_owned())
}

fn finite(state: &[f64]) -> bool {
    state.iter().all(|number| number.is_finite())
}

fn in_words(error: Error<f64, Vec<f64>>) -> String {
    let what = match error {
        Error::MaxSteps { .. } => format!("more than {MOST_IMPLICIT_STEPS} steps were needed for one scan"),
        Error::StepSize { .. } | Error::Stiffness { .. } => "the step size of the solver collapsed".to_owned(),
        _ => "the equations of a step could not be solved".to_owned(),
    };
    format!("{what}; check for tiny hold-ups, walls and lags beside great flows, or take a shorter scan_secs")
}
