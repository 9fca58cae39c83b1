//! A change as a question to the simulated copy, and its answer as the evidence that an approver sees.

use super::believed::{Believed, Start};
use crate::domain::change::{ChangeRequest, Evidence, PredictedBand};
use crate::domain::scenario::{Change, Scenario, Verdict};
use crate::domain::time::{Span, Timestamp};
use crate::domain::unit::Unit;
use crate::domain::what_if::{Answer, Askable};
use crate::project::Project;

/// A change is looked at for at least so long, and as long as its trial.
const LEAST_HORIZON: Span = Span::from_secs(1_800);
const RUNS: u32 = 16;
const SEED: u64 = 1;
/// Part of the range of a signal that a band counts at least: as much is off where nothing is wrong.
const LEAST_WIDTH: f64 = 0.01;
/// More signals than these would make the change a large file, and nobody watches them.
const MOST_BANDS: usize = 16;

/// What is to be asked. Settings move as fast as they will in the plant: as was wished, and never faster than is
/// allowed.
///
/// # Errors
/// In words, when the model does not have a setting, or not in its unit.
pub fn scenario(change: &ChangeRequest, askable: &[Askable], project: &Project) -> Result<Scenario, String> {
    let wish = change.wish();
    let changes = wish.settings.iter().map(|setting| {
        let signal = project.catalog.id(&setting.signal);
        let parameter = askable.iter().find(|known| known.signal.is_some() && known.signal == signal);
        let parameter = parameter.ok_or_else(|| {
            format!("The simulated copy has no {}. Wire it to a parameter of the model.", setting.signal)
        })?;
        let unit = Unit::new(&setting.unit);
        let convert = |value| if unit == parameter.unit { Some(value) } else { unit.convert(value, &parameter.unit) };
        let to = convert(setting.to).ok_or_else(|| {
            format!("The model has {} in {}, not in {}.", setting.signal, parameter.unit, setting.unit)
        })?;
        let allowed = project.policy.rule(&setting.signal).and_then(|rule| rule.setpoint.rate_limit_per_sec);
        let rate = [setting.ramp_per_sec, allowed].into_iter().flatten().min_by(f64::total_cmp);
        let secs = rate.map_or(0.0, |rate| (setting.to - setting.from).abs() / rate.max(1e-9));
        Ok(Change { parameter: parameter.name.clone(), to, after: Span::ZERO, ramp: Span::from_secs_f64(secs) })
    });
    Ok(Scenario {
        name: wish.title.clone(),
        changes: changes.collect::<Result<_, String>>()?,
        horizon: wish.trial.lease.max(LEAST_HORIZON),
        runs: RUNS,
        seed: SEED,
        uncertain: Vec::new(),
    })
}

/// What the copy said. A change of course leaves what was validated; that alone is no reason not to try it.
pub fn of(answer: &Answer, start: &Start, believed: &Believed, project: &Project, now: Timestamp) -> Evidence {
    let doubts = match answer.credibility.as_ref().map(|known| known.verdict(&answer.scenario.changes)) {
        None => vec!["The model was not compared with measured data.".to_owned()],
        Some(Verdict::NotCredible(reasons)) => reasons,
        Some(Verdict::Credible | Verdict::Doubtful(_)) => Vec::new(),
    };
    let path = |variable: &str| {
        let (_, signal) = believed.wired.iter().find(|(name, _)| name == variable)?;
        Some((*signal, project.catalog.get(*signal)?))
    };
    let set = answer.scenario.changes.iter().filter_map(|change| path(&change.parameter));
    let snapshot = answer.scenario.changes.iter().map(|change| {
        let seen = start.seen.iter().find(|seen| seen.variable == change.parameter);
        seen.and_then(|seen| seen.value.as_f64()).unwrap_or(f64::MAX)
    });
    let equipment: Vec<&str> =
        set.filter_map(|(_, signal)| signal.path.rsplit_once('/').map(|(equipment, _)| equipment)).collect();
    let bands = answer.bands.iter().filter_map(|bands| {
        let signal = project.catalog.get(bands.signal)?;
        let near = signal.path.rsplit_once('/').is_some_and(|(place, _)| equipment.contains(&place));
        // A counter has no band that says anything of how the plant does.
        let (low, high) = signal.range.filter(|_| near)?;
        let least_width = LEAST_WIDTH * (high - low);
        Some(PredictedBand { signal: signal.path.clone(), step: bands.step, least_width, bands: bands.changed.clone() })
    });
    Evidence {
        simulated_at: now,
        started: answer.started,
        snapshot: snapshot.collect(),
        model_digest: believed.digest.clone(),
        scenario: answer.scenario.name.clone(),
        doubts,
        kpis: answer.kpis.clone(),
        alarms: answer.alarms.clone(),
        bands: bands.take(MOST_BANDS).collect(),
    }
}
