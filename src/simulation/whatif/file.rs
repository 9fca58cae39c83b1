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
//! ```

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::RangeInclusive;

use toml::de::{DeTable, DeValue};

use crate::domain::scenario::{Change, Scenario};
use crate::domain::time::Span;
use crate::simulation::line::{LineModel, ParameterError};

/// Nobody writes this much by hand.
const LARGEST_FILE: usize = 1 << 20;
const MOST_CHANGES: usize = 1000;
/// More are not told: nobody reads them.
const MOST_PROBLEMS: usize = 100;
const HORIZON_SECS: RangeInclusive<f64> = 1.0..=604_800.0;
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

/// Reads a scenario for a line.
///
/// # Errors
/// All problems of the file, in the order of lines, those with parameters of the line included.
pub fn read(text: &str, line: &LineModel) -> Result<Scenario, Vec<ScenarioProblem>> {
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
    let (scenario, starts) = reader.scenario(table.get_ref());
    for (change, start) in scenario.changes.iter().zip(&starts) {
        let key = format!("change[{}]", start.place);
        reader.problems.extend(problem_of(change, line, Some(reader.line(start.offset)), &key));
    }
    reader.problems.sort_by_key(|problem| problem.line);
    if reader.problems.is_empty() { Ok(scenario) } else { Err(reader.problems) }
}

/// What is wrong with a scenario that does not come from a file.
pub fn problems_of(scenario: &Scenario, line: &LineModel) -> Vec<ScenarioProblem> {
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
        problems.extend(problem_of(change, line, None, &format!("change[{}]", place + 1)));
    }
    problems
}

fn problem_of(change: &Change, line: &LineModel, at: Option<usize>, key: &str) -> Option<ScenarioProblem> {
    let known = line.parameters();
    let Some(parameter) = known.iter().find(|parameter| parameter.name == change.parameter) else {
        let distance = |name: &str| strsim::osa_distance(name, &change.parameter);
        // The time grows with the product of the lengths.
        let near = (change.parameter.len() <= 200)
            .then(|| known.iter().min_by_key(|parameter| distance(&parameter.name)))
            .flatten()
            .or(known.first());
        let near = near.map(|parameter| parameter.name.as_str()).unwrap_or_default();
        let shown: String = change.parameter.chars().take(60).collect();
        return Some(ScenarioProblem {
            line: at,
            key: format!("{key}.parameter"),
            message: format!("expected a parameter of the line, found \"{shown}\"; the nearest is \"{near}\""),
            example: format!("parameter = \"{near}\""),
        });
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

fn outside(what: &str, range: &RangeInclusive<f64>, found: &str) -> String {
    format!("expected {what} from {} to {}, found {found}", range.start(), range.end())
}

/// Where a change stands in the file.
struct Start {
    offset: usize,
    /// From 1.
    place: usize,
}

struct Reader<'a> {
    text: &'a str,
    problems: Vec<ScenarioProblem>,
}

impl Reader<'_> {
    fn line(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }

    fn tell(&mut self, offset: usize, key: &str, message: String, example: &str) {
        if self.problems.len() == MOST_PROBLEMS {
            return;
        }
        let line = Some(self.line(offset));
        self.problems.push(ScenarioProblem { line, key: key.to_owned(), message, example: example.to_owned() });
    }

    fn scenario(&mut self, root: &DeTable<'_>) -> (Scenario, Vec<Start>) {
        self.known_keys(root, "", &["scenario", "change"]);
        let mut scenario =
            Scenario { name: String::new(), changes: Vec::new(), horizon: Span::ZERO, runs: 50, seed: 1 };
        let mut starts = Vec::new();
        match root.get("scenario").map(|item| (item.span().start, item.get_ref())) {
            Some((offset, DeValue::Table(table))) => self.head(offset, table, &mut scenario),
            Some((offset, _)) => self.tell(offset, "scenario", "expected a table".into(), "[scenario]"),
            None => self.tell(0, "scenario", "expected the table, found none".into(), "[scenario]"),
        }
        match root.get("change").map(|item| (item.span().start, item.get_ref())) {
            Some((offset, DeValue::Array(items))) => {
                if items.len() > MOST_CHANGES {
                    let message = format!("expected at most {MOST_CHANGES} changes, found {}", items.len());
                    self.tell(offset, "change", message, "");
                }
                for (index, item) in items.iter().take(MOST_CHANGES).enumerate() {
                    let (offset, place) = (item.span().start, index + 1);
                    match item.get_ref() {
                        DeValue::Table(table) => {
                            if let Some(change) = self.change(offset, place, table) {
                                scenario.changes.push(change);
                                starts.push(Start { offset, place });
                            }
                        }
                        _ => self.tell(offset, "change", "expected a table".into(), "[[change]]"),
                    }
                }
            }
            Some((offset, _)) => self.tell(offset, "change", "expected a list of tables".into(), "[[change]]"),
            None => (),
        }
        (scenario, starts)
    }

    fn head(&mut self, offset: usize, table: &DeTable<'_>, scenario: &mut Scenario) {
        self.known_keys(table, "scenario.", &["name", "horizon_secs", "runs", "seed"]);
        scenario.name = self.text_of(offset, table, "scenario.name", "name = \"Filler faster\"").unwrap_or_default();
        let horizon = self.number(offset, table, "scenario.horizon_secs", None, &HORIZON_SECS, "7200");
        scenario.horizon = Span::from_secs_f64(horizon.unwrap_or_default());
        scenario.runs = self.whole(offset, table, "scenario.runs", 50.0, &RUNS) as u32;
        scenario.seed = self.whole(offset, table, "scenario.seed", 1.0, &SEEDS);
    }

    fn change(&mut self, offset: usize, place: usize, table: &DeTable<'_>) -> Option<Change> {
        let prefix = format!("change[{place}].");
        self.known_keys(table, &prefix, &["parameter", "to", "after_secs", "ramp_secs"]);
        let key = |name: &str| format!("{prefix}{name}");
        let all = f64::MIN..=f64::MAX;
        let times = 0.0..=*HORIZON_SECS.end();
        let parameter = self.text_of(offset, table, &key("parameter"), "parameter = \"Filler/SpeedSetpoint\"");
        let to = self.number(offset, table, &key("to"), None, &all, "660");
        let after = self.number(offset, table, &key("after_secs"), Some(0.0), &times, "60");
        let ramp = self.number(offset, table, &key("ramp_secs"), Some(0.0), &times, "30");
        Some(Change {
            parameter: parameter?,
            to: to?,
            after: Span::from_secs_f64(after?),
            ramp: Span::from_secs_f64(ramp?),
        })
    }

    fn known_keys(&mut self, table: &DeTable<'_>, prefix: &str, known: &[&str]) {
        for key in table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let shown: String = key.get_ref().chars().take(60).collect();
            let message = format!("expected one of {}, found this key", known.join(", "));
            self.tell(key.span().start, &format!("{prefix}{shown}"), message, "");
        }
    }

    fn text_of(&mut self, offset: usize, table: &DeTable<'_>, key: &str, example: &str) -> Option<String> {
        match table.get(last(key)).map(|item| (item.span().start, item.get_ref())) {
            Some((_, DeValue::String(text))) => return Some(text.to_string()),
            Some((offset, _)) => self.tell(offset, key, "expected a text".into(), example),
            None => self.tell(offset, key, "expected a text, found nothing".into(), example),
        }
        None
    }

    fn number(
        &mut self,
        offset: usize,
        table: &DeTable<'_>,
        key: &str,
        default: Option<f64>,
        range: &RangeInclusive<f64>,
        example: &str,
    ) -> Option<f64> {
        let example = format!("{} = {example}", last(key));
        let Some(item) = table.get(last(key)) else {
            if default.is_none() {
                self.tell(offset, key, "expected a number, found nothing".into(), &example);
            }
            return default;
        };
        let (offset, number) = (item.span().start, number_of(item.get_ref()));
        match number {
            Some(number) if range.contains(&number) => return Some(number),
            Some(number) => self.tell(offset, key, outside("a number", range, &number.to_string()), &example),
            None => self.tell(offset, key, "expected a number".into(), &example),
        }
        None
    }

    fn whole(
        &mut self,
        offset: usize,
        table: &DeTable<'_>,
        key: &str,
        default: f64,
        range: &RangeInclusive<f64>,
    ) -> u64 {
        let number = self.number(offset, table, key, Some(default), range, &default.to_string()).unwrap_or(default);
        if number.fract() != 0.0 {
            let offset = table.get(last(key)).map_or(offset, |item| item.span().start);
            let example = format!("{} = {default}", last(key));
            self.tell(offset, key, format!("expected a whole number, found {number}"), &example);
        }
        number as u64
    }
}

/// Last part of a dotted key.
fn last(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

fn number_of(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok().map(|number| number as f64)
        }
        DeValue::Float(number) => number.as_str().parse::<f64>().ok().filter(|number| number.is_finite()),
        _ => None,
    }
}
