//! Scenario files: TOML that people write by hand. All mistakes are told at once, each with its line.
//!
//! ```toml
//! [scenario]
//! name = "Filler faster"
//! horizon_secs = 7200
//! runs = 100        # 50 where it is not given
//! seed = 1          # 1 where it is not given
//!
//! [[change]]
//! parameter = "Filler/SpeedSetpoint"
//! to = 660
//! after_secs = 60   # 0 where it is not given
//! ramp_secs = 30    # 0 where it is not given
//!
//! [[uncertain]]     # drawn anew for each run, around its present value
//! parameter = "Labeller/RepairFactor"
//! sigma = 0.2
//! ```

mod reader;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::RangeInclusive;

use toml::de::DeTable;

use reader::{Reader, Starts};

use crate::domain::scenario::{Change, Scenario, Uncertain};
use crate::simulation::model::{Model, Parameter, ParameterError};

/// Nobody writes this much by hand.
const LARGEST_FILE: usize = 1 << 20;
const MOST_ENTRIES: usize = 1000;
/// More are not told: nobody reads them.
const MOST_PROBLEMS: usize = 100;
const HORIZON_SECS: RangeInclusive<f64> = 1.0..=604_800.0;
const SIGMAS: RangeInclusive<f64> = 0.0..=f64::MAX;
const RUNS: RangeInclusive<f64> = 1.0..=10_000.0;
/// Whole numbers up to here are exact as `f64`.
const SEEDS: RangeInclusive<f64> = 0.0..=9_007_199_254_740_992.0;

/// One thing wrong with a scenario, told so that it can be mended.
#[derive(Clone, PartialEq, Debug)]
pub struct ScenarioProblem {
    /// Line in the file, from 1; none for scenarios that come from elsewhere.
    pub line: Option<usize>,
    /// Dotted path: `change[2].to`, places from 1.
    pub key: String,
    /// Expected and found.
    pub message: String,
    /// A right value, ready to be copied.
    pub example: String,
}

/// `line 4: change[1].to: …`, then the example on a line of its own.
impl fmt::Display for ScenarioProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)?;
        if self.example.is_empty() { Ok(()) } else { write!(f, "\n    Write, for example: {}", self.example) }
    }
}

/// Reads a scenario for a model.
///
/// # Errors
/// All problems of the file, in the order of lines, those with parameters of the model included.
pub fn read(text: &str, model: &dyn Model) -> Result<Scenario, Vec<ScenarioProblem>> {
    if text.len() > LARGEST_FILE {
        let message = format!("expected at most {LARGEST_FILE} bytes, found {}", text.len());
        return Err(vec![ScenarioProblem { line: None, key: String::new(), message, example: String::new() }]);
    }
    let mut reader = Reader { text, problems: Vec::new() };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let start = error.span().map_or(0, |span| span.start);
        reader.tell(start, "", error.message().to_owned(), "");
    }
    if !reader.problems.is_empty() {
        reader.problems.sort_by_key(|problem| problem.line);
        reader.problems.dedup_by_key(|problem| problem.line);
        return Err(reader.problems);
    }
    let (scenario, Starts { changes, uncertain }) = reader.scenario(table.get_ref());
    for (change, start) in scenario.changes.iter().zip(&changes) {
        let key = format!("change[{}]", start.place);
        reader.problems.extend(problem_of(change, model, Some(reader.line(start.offset)), &key));
    }
    for (index, start) in uncertain.iter().enumerate() {
        let key = format!("uncertain[{}]", start.place);
        reader.problems.extend(problem_of_uncertain(&scenario, index, model, Some(reader.line(start.offset)), &key));
    }
    reader.problems.sort_by_key(|problem| problem.line);
    if reader.problems.is_empty() { Ok(scenario) } else { Err(reader.problems) }
}

/// What is wrong with a scenario that does not come from a file.
pub fn problems_of(scenario: &Scenario, model: &dyn Model) -> Vec<ScenarioProblem> {
    let tell = |key: &str, message: String, example: &str| ScenarioProblem {
        line: None,
        key: key.to_owned(),
        message,
        example: example.to_owned(),
    };
    let mut problems = Vec::new();
    let horizon_secs = scenario.horizon.as_secs_f64();
    if !HORIZON_SECS.contains(&horizon_secs) {
        problems.push(tell("horizon", outside("a time", &HORIZON_SECS, &horizon_secs.to_string()), "7200"));
    }
    if !RUNS.contains(&f64::from(scenario.runs)) {
        problems.push(tell("runs", outside("a number", &RUNS, &scenario.runs.to_string()), "50"));
    }
    for (place, change) in scenario.changes.iter().enumerate() {
        problems.extend(problem_of(change, model, None, &format!("change[{}]", place + 1)));
    }
    for index in 0..scenario.uncertain.len() {
        let key = format!("uncertain[{}]", index + 1);
        problems.extend(problem_of_uncertain(scenario, index, model, None, &key));
    }
    problems
}

fn problem_of(change: &Change, model: &dyn Model, at: Option<usize>, key: &str) -> Option<ScenarioProblem> {
    let parameter = match known(&change.parameter, model, at, key) {
        Ok(parameter) => parameter,
        Err(problem) => return Some(problem),
    };
    let (low, high) = parameter.range;
    if (low..=high).contains(&change.to) {
        return None;
    }
    let (name, unit) = (parameter.name.clone(), parameter.unit.clone());
    Some(ScenarioProblem {
        line: at,
        key: format!("{key}.to"),
        message: ParameterError::OutOfRange { name, found: change.to, unit, low, high }.to_string(),
        example: format!("to = {}", parameter.initial),
    })
}

fn problem_of_uncertain(
    scenario: &Scenario,
    index: usize,
    model: &dyn Model,
    at: Option<usize>,
    key: &str,
) -> Option<ScenarioProblem> {
    let Uncertain { parameter, sigma } = scenario.uncertain.get(index)?;
    let found = match known(parameter, model, at, key) {
        Ok(found) => found,
        Err(problem) => return Some(problem),
    };
    let tell = |word: &str, message: String, example: String| {
        Some(ScenarioProblem { line: at, key: format!("{key}.{word}"), message, example })
    };
    if scenario.uncertain.iter().take(index).any(|earlier| earlier.parameter == *parameter) {
        let message = format!("expected each parameter once, found \"{parameter}\" again");
        return tell("parameter", message, String::new());
    }
    if !SIGMAS.contains(sigma) {
        let (low, high) = found.range;
        let message = format!("expected a standard deviation of at least 0, found {sigma}");
        return tell("sigma", message, format!("sigma = {}", (high - low) / 100.0));
    }
    None
}

/// The parameter of a name, or what is wrong with the name.
fn known<'a>(name: &str, model: &'a dyn Model, at: Option<usize>, key: &str) -> Result<&'a Parameter, ScenarioProblem> {
    let known = model.parameters();
    if let Some(parameter) = known.iter().find(|parameter| parameter.name == name) {
        return Ok(parameter);
    }
    // The time grows with the product of the lengths.
    let near = (name.len() <= 200)
        .then(|| known.iter().min_by_key(|parameter| strsim::osa_distance(&parameter.name, name)))
        .flatten()
        .or(known.first());
    let near = near.map(|parameter| parameter.name.as_str()).unwrap_or_default();
    let shown: String = name.chars().take(60).collect();
    Err(ScenarioProblem {
        line: at,
        key: format!("{key}.parameter"),
        message: format!("expected a parameter of the model, found \"{shown}\"; the nearest is \"{near}\""),
        example: format!("parameter = \"{near}\""),
    })
}

fn outside(what: &str, range: &RangeInclusive<f64>, found: &str) -> String {
    format!("expected {what} from {} to {}, found {found}", range.start(), range.end())
}
