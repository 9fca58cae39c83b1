//! Between the model's names, the project's signals and what a recording keeps of an answer.

use super::in_plant;
use crate::domain::asset::AssetId;
use crate::domain::catalog::Catalog;
use crate::domain::recording::StoredRun;
use crate::domain::signal::{Origin, SignalId};
use crate::domain::what_if::{Answer, Askable};
use crate::project::Project;
use crate::simulation::model::Parameter;

/// A parameter of the model with what the project knows of it.
pub fn askable(parameter: &Parameter, wired: &[(String, SignalId)], project: &Project) -> Askable {
    let owner = |signal: SignalId| project.assets.iter().find(|(_, asset)| asset.signals.contains(&signal));
    let signal = wired.iter().find(|(name, _)| *name == parameter.name).map(|(_, signal)| *signal);
    let asset: Option<AssetId> = signal.and_then(owner).map(|(asset, _)| asset).or_else(|| {
        // A property of the model alone belongs to the machine that its name begins with.
        let head = parameter.name.split(['/', '.']).next()?;
        let mut of_machine = wired.iter().filter(|(other, _)| other.split(['/', '.']).next() == Some(head));
        of_machine.find_map(|(_, signal)| owner(*signal)).map(|(asset, _)| asset)
    });
    let limits = signal.and_then(|signal| project.setpoints.iter().find(|known| known.signal == signal));
    let (low, high) = parameter.range;
    Askable {
        name: parameter.name.clone(),
        signal,
        asset,
        unit: parameter.unit.clone(),
        range: limits.map_or((low, high), |known| (known.min.max(low), known.max.min(high))),
        step: limits.and_then(|known| known.step),
        value: parameter.initial,
        description: parameter.description.clone(),
        in_plant: in_plant(parameter.kind),
    }
}

/// Paths of the signals that an answer names by number.
pub fn paths(answer: &Answer, catalog: &Catalog) -> Vec<(SignalId, String)> {
    let signals = answer.bands.iter().map(|bands| bands.signal);
    signals.filter_map(|signal| Some((signal, catalog.get(signal)?.path.clone()))).collect()
}

/// The answer of a run that recording `number` holds, with the numbers of this session. What it has not
/// is left out.
pub fn reopened(run: &StoredRun, number: u32, catalog: &Catalog) -> Answer {
    let mut answer = Answer { before: Origin::Recorded(number), ..run.answer.clone() };
    answer.bands.retain_mut(|bands| {
        let path = run.paths.iter().find(|(signal, _)| *signal == bands.signal).map(|(_, path)| path);
        let here = path.and_then(|path| catalog.id(path));
        here.map(|signal| bands.signal = signal).is_some()
    });
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::scenario::Scenario;
    use crate::domain::signal::Signal;
    use crate::domain::time::{Span, Timestamp};
    use crate::domain::value::ValueKind;
    use crate::domain::what_if::SignalBands;

    #[test]
    fn a_stored_answer_finds_its_signals_in_another_numbering() {
        let bands = |signal| SignalBands {
            signal: SignalId(signal),
            from: Timestamp::default(),
            step: Span::from_secs(1),
            baseline: Vec::new(),
            changed: Vec::new(),
        };
        let answer = Answer {
            scenario: Scenario {
                name: "faster".into(),
                changes: Vec::new(),
                horizon: Span::from_secs(60),
                runs: 1,
                seed: 1,
                uncertain: Vec::new(),
            },
            started: Timestamp::default(),
            before: Origin::Measured,
            baseline: Origin::Simulated(1),
            changed: Origin::Simulated(2),
            kpis: Vec::new(),
            alarms: Vec::new(),
            limits: Vec::new(),
            bands: vec![bands(0), bands(1)],
            estimated: Vec::new(),
            credibility: None,
        };
        let (mut then, mut now) = (Catalog::default(), Catalog::default());
        for path in ["Line/Filler/Speed", "Line/Filler/Gone"] {
            then.intern(Signal::new(path, ValueKind::Real));
        }
        for path in ["Line/Capper/Speed", "Line/Filler/Speed"] {
            now.intern(Signal::new(path, ValueKind::Real));
        }
        let paths = paths(&answer, &then);
        let run = StoredRun {
            at: Timestamp::default(),
            start: Vec::new(),
            paths,
            answer,
            shown_run: 0,
            digest: String::new(),
        };
        let found = reopened(&run, 1, &now);
        assert_eq!(found.bands.iter().map(|bands| bands.signal).collect::<Vec<_>>(), [SignalId(1)]);
    }
}
