//! Parameters whose value is not known exactly: each run has one that may be the true one.

use super::ensemble::seed_of_run;
use crate::domain::scenario::Uncertain;
use crate::simulation::model::{Model, ModelError, ParameterError};
use crate::simulation::random::Stream;

/// No model counts its own streams so far.
const STREAM: u64 = 1 << 40;

/// Draws the parameter for the run of this seed. The draw depends on the seed and the place of the
/// parameter in the model alone, so that neither other uncertain parameters nor the chance of the model
/// move with it.
///
/// # Errors
/// When the model has no such parameter or refuses the value.
pub(super) fn draw(model: &mut dyn Model, uncertain: &Uncertain, run_seed: u64) -> Result<(), ModelError> {
    let name = &uncertain.parameter;
    let known = model.parameters().iter().zip(0..).find(|(parameter, _)| parameter.name == *name);
    let (Some((parameter, place)), Some(mean)) = (known, model.parameter(name)) else {
        return Err(ParameterError::Unknown { name: name.clone() }.into());
    };
    let (low, high) = parameter.range;
    let drawn = mean + uncertain.sigma * Stream::new(seed_of_run(run_seed, place), STREAM).normal();
    model.set_parameter(name, drawn.max(low).min(high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::scenario::Estimate;
    use crate::simulation::line::{LineConfig, LineModel};

    fn drawn(parameter: &str, sigma: f64, runs: u32) -> Vec<f64> {
        let start = LineModel::new(LineConfig::demo(), 1).expect("the demo line is valid");
        let uncertain = Uncertain { parameter: parameter.into(), sigma };
        let one = |run| {
            let mut model = start.clone();
            draw(&mut model, &uncertain, seed_of_run(7, run)).expect("it is known");
            model.parameter(parameter).expect("it is known")
        };
        (0..runs).map(one).collect()
    }

    #[test]
    fn draws_are_normal_around_the_present_value() {
        let found = Estimate::of(drawn("Labeller/RepairFactor", 0.1, 4000)).expect("draws");
        assert!((found.mean - 1.0).abs() < 5.0 * 0.1 / 4000_f64.sqrt(), "{found:?}");
        // 5th and 95th percentile of a normal: 1.645 standard deviations.
        assert!((found.low - 0.8355).abs() < 0.01 && (found.high - 1.1645).abs() < 0.01, "{found:?}");
    }

    #[test]
    fn draws_stay_in_the_range_and_those_of_two_parameters_have_nothing_in_common() {
        let wide = drawn("Filler/SpeedSetpoint", 1e6, 100);
        assert!(wide.iter().all(|speed| *speed == 0.0 || (*speed - 720.0).abs() < 1e-9), "{wide:?}");
        let [one, other] = ["Labeller/RepairFactor", "Packer/RepairFactor"].map(|name| drawn(name, 0.1, 4000));
        let product = one.iter().zip(&other).map(|(one, other)| (one - 1.0) * (other - 1.0) / 0.01);
        let correlation = Estimate::of(product).expect("draws");
        assert!(correlation.mean.abs() < 5.0 / 4000_f64.sqrt(), "{correlation:?}");
    }
}
