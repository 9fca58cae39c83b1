//! One or two parameters over ranges: a table of what the model answers.
//!
//! The cells can be shared out among several computers: which cells belong to a share follows from the
//! numbers alone, and the shares of one sweep are merged to the whole.

mod shard;
pub mod table;

use std::str::FromStr;
use std::sync::atomic::AtomicBool;

pub use shard::Shard;

use super::ensemble::{Question, RunError, run_changed};
use super::summary::compare;
use crate::domain::scenario::{Change, Scenario};
use crate::domain::sweep::{Axis, Cell, Response};
use crate::domain::time::Span;

/// Cells of all shares together.
const MOST_CELLS: u32 = 10_000;

/// `Filler/SpeedSetpoint=500:700:5`
impl FromStr for Axis {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is not a sweep; write it like Filler/SpeedSetpoint=500:700:5");
        let (parameter, range) = text.split_once('=').ok_or_else(wrong)?;
        let [from, to, points] = range.split(':').collect::<Vec<_>>()[..] else { return Err(wrong()) };
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        let points = points.trim().parse().ok().filter(|points| (2..=MOST_CELLS).contains(points));
        Ok(Self {
            parameter: parameter.trim().to_owned(),
            from: number(from).ok_or_else(wrong)?,
            to: number(to).ok_or_else(wrong)?,
            points: points.ok_or_else(wrong)?,
        })
    }
}

/// Why there is no table.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum SweepError {
    #[error("A sweep goes through one or two parameters, {0} were given. Nothing was run. Leave some out.")]
    Axes(usize),
    #[error("The sweep has {0} combinations, more than {MOST_CELLS}. Nothing was run. Take fewer points.")]
    TooLarge(u64),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("The shares belong to different sweeps. They were not merged. Merge those of one scenario and one start.")]
    Different,
    #[error(
        "{missing} of {of} combinations are missing, the first is number {first}. Nothing was merged. Run the share that holds it."
    )]
    Missing { missing: usize, of: u32, first: u32 },
}

/// Goes through the cells of a share. The changes of the scenario hold in every cell; those of the sweep
/// come on top, at the start. Figures are differences to no change at all. `on_cell` is told how many
/// cells of the share are done.
///
/// # Errors
/// For too many axes or cells, and where the runs fail.
pub fn sweep(
    question: &Question<'_>,
    axes: &[Axis],
    shard: Shard,
    threads: usize,
    cancel: &AtomicBool,
    mut on_cell: impl FnMut(usize, &Cell),
) -> Result<Response, SweepError> {
    let count = cell_count(axes)?;
    let question = Question { variables: &[], ..*question };
    let calm = Scenario { changes: Vec::new(), ..question.scenario.clone() };
    let baseline = run_changed(&Question { scenario: &calm, ..question }, threads, cancel)?;
    let mut cells = Vec::new();
    for place in (0..count).filter(|place| shard.holds(*place)) {
        let values = values_of(axes, place);
        let mut scenario = question.scenario.clone();
        scenario.changes.extend(axes.iter().zip(&values).map(|(axis, value)| Change {
            parameter: axis.parameter.clone(),
            to: *value,
            after: Span::ZERO,
            ramp: Span::ZERO,
        }));
        let changed = run_changed(&Question { scenario: &scenario, ..question }, threads, cancel)?;
        let pairs: Vec<_> = baseline.iter().zip(&changed).collect();
        cells.push(Cell { place, values, kpis: compare(question.start, &pairs) });
        if let Some(cell) = cells.last() {
            on_cell(cells.len(), cell);
        }
    }
    Ok(Response { scenario: question.scenario.clone(), axes: axes.to_vec(), cells })
}

/// Puts shares together, in any order.
///
/// # Errors
/// Where they do not belong together or cells are missing.
pub fn merge(shares: Vec<Response>) -> Result<Response, SweepError> {
    let mut shares = shares.into_iter();
    let mut whole = shares.next().ok_or(SweepError::Axes(0))?;
    for share in shares {
        if share.scenario != whole.scenario || share.axes != whole.axes {
            return Err(SweepError::Different);
        }
        whole.cells.extend(share.cells);
    }
    whole.cells.sort_by_key(|cell| cell.place);
    whole.cells.dedup_by(|later, first| later == first);
    // The same start and the same chance give the same figures without a change.
    let calm = |cell: &Cell| cell.kpis.iter().map(|kpi| kpi.baseline).collect::<Vec<_>>();
    if whole.cells.windows(2).any(|pair| matches!(pair, [a, b] if calm(a) != calm(b) || a.place == b.place)) {
        return Err(SweepError::Different);
    }
    let of = cell_count(&whole.axes)?;
    let missing = |place: &u32| whole.cells.binary_search_by_key(place, |cell| cell.place).is_err();
    match (0..of).find(missing) {
        Some(first) => Err(SweepError::Missing { missing: (of as usize).saturating_sub(whole.cells.len()), of, first }),
        None => Ok(whole),
    }
}

fn cell_count(axes: &[Axis]) -> Result<u32, SweepError> {
    if !(1..=2).contains(&axes.len()) {
        return Err(SweepError::Axes(axes.len()));
    }
    let count: u64 = axes.iter().map(|axis| u64::from(axis.points)).product();
    u32::try_from(count).ok().filter(|count| *count <= MOST_CELLS).ok_or(SweepError::TooLarge(count))
}

fn values_of(axes: &[Axis], place: u32) -> Vec<f64> {
    let mut rest = place;
    let mut values: Vec<f64> = axes
        .iter()
        .rev()
        .map(|axis| {
            let points = axis.points.max(1);
            let value = axis.value(rest % points);
            rest /= points;
            value
        })
        .collect();
    values.reverse();
    values
}

#[cfg(test)]
mod tests {
    use super::super::watch::AlarmWatch;
    use super::*;
    use crate::simulation::line::{LineConfig, LineModel};

    static GO: AtomicBool = AtomicBool::new(false);

    fn axes() -> Vec<Axis> {
        ["Filler/SpeedSetpoint=400:600:3", "Labeller/MtbfFactor=1:4:2"]
            .map(|text| text.parse().expect("an axis"))
            .into()
    }

    fn share(text: &str, seed: u64) -> Response {
        let mut start = LineModel::new(LineConfig::demo(), 1).expect("the demo line is valid");
        start.run_until(1800.0);
        let (alarms, horizon) = (AlarmWatch::default(), Span::from_secs(1800));
        let scenario =
            Scenario { name: "sweep".into(), changes: Vec::new(), horizon, runs: 4, seed, ..Scenario::default() };
        let question = Question { start: &start, scenario: &scenario, variables: &[], grid_secs: 60, alarms: &alarms };
        sweep(&question, &axes(), text.parse().expect("a share"), 2, &GO, |_, _| ()).expect("it comes to its end")
    }

    #[test]
    fn shares_merge_to_the_whole_in_any_order_and_through_a_file() {
        let whole = share("1/1", 7);
        let shares = [share("3/3", 7), share("1/3", 7), share("2/3", 7)];
        let file = serde_json::to_string(&shares).expect("numbers and texts only");
        assert_eq!(merge(serde_json::from_str(&file).expect("what was written")).as_ref(), Ok(&whole));
        let values: Vec<_> = whole.cells.iter().map(|cell| cell.values.as_slice()).collect();
        assert_eq!(values, [[400.0, 1.0], [400.0, 4.0], [500.0, 1.0], [500.0, 4.0], [600.0, 1.0], [600.0, 4.0]]);
        // A filler that is as it was, and one that runs at two thirds.
        let gain = |cell: &Cell| cell.kpis[0].difference.map(|difference| difference.mean);
        assert_eq!(gain(&whole.cells[4]), Some(0.0));
        assert!(gain(&whole.cells[0]).is_some_and(|gain| gain < -20.0), "{:?}", gain(&whole.cells[0]));
    }

    #[test]
    fn shares_that_do_not_belong_together_or_are_not_all_are_refused() {
        let refusal = merge(vec![share("1/2", 7)]);
        assert_eq!(refusal, Err(SweepError::Missing { missing: 3, of: 6, first: 1 }));
        assert_eq!(merge(vec![share("1/2", 7), share("2/2", 8)]), Err(SweepError::Different));
    }

    #[test]
    fn sweeps_are_read_or_refused_in_words() {
        for wrong in ["Filler", "Filler/SpeedSetpoint=1:2", "a=1:2:1", "a=1:x:3", "a=1:inf:3"] {
            assert!(wrong.parse::<Axis>().is_err_and(|text| text.contains("500:700:5")), "{wrong}");
        }
        let large: Axis = "a=0:1:9999".parse().expect("an axis");
        assert_eq!(cell_count(&[large.clone(), large.clone()]), Err(SweepError::TooLarge(99_980_001)));
        assert_eq!(cell_count(&[large.clone(), large.clone(), large]), Err(SweepError::Axes(3)));
    }
}
