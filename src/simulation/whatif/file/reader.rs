//! The tables of a scenario file, key by key.

use std::ops::RangeInclusive;

use toml::de::{DeTable, DeValue};

use super::{HORIZON_SECS, MOST_ENTRIES, MOST_PROBLEMS, RUNS, SEEDS, ScenarioProblem, outside};
use crate::domain::scenario::{Change, Scenario, Uncertain};
use crate::domain::time::Span;

/// Where an entry of a list stands in the file.
pub(super) struct Start {
    pub(super) offset: usize,
    /// From 1.
    pub(super) place: usize,
}

/// Of all entries that could be read.
pub(super) struct Starts {
    pub(super) changes: Vec<Start>,
    pub(super) uncertain: Vec<Start>,
}

pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) problems: Vec<ScenarioProblem>,
}

impl Reader<'_> {
    pub(super) fn line(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }

    pub(super) fn tell(&mut self, offset: usize, key: &str, message: String, example: &str) {
        if self.problems.len() == MOST_PROBLEMS {
            return;
        }
        let line = Some(self.line(offset));
        self.problems.push(ScenarioProblem { line, key: key.to_owned(), message, example: example.to_owned() });
    }

    pub(super) fn scenario(&mut self, root: &DeTable<'_>) -> (Scenario, Starts) {
        self.known_keys(root, "", &["scenario", "change", "uncertain"]);
        let mut scenario = Scenario { runs: 50, seed: 1, ..Scenario::default() };
        match root.get("scenario").map(|item| (item.span().start, item.get_ref())) {
            Some((offset, DeValue::Table(table))) => self.head(offset, table, &mut scenario),
            Some((offset, _)) => self.tell(offset, "scenario", "expected a table".into(), "[scenario]"),
            None => self.tell(0, "scenario", "expected the table, found none".into(), "[scenario]"),
        }
        let (changes, uncertain);
        (scenario.changes, changes) = self.list(root, "change", Self::change);
        (scenario.uncertain, uncertain) = self.list(root, "uncertain", Self::uncertain);
        (scenario, Starts { changes, uncertain })
    }

    /// The entries of a list of tables that can be read, and where each stands.
    fn list<T>(
        &mut self,
        root: &DeTable<'_>,
        key: &str,
        read: impl Fn(&mut Self, usize, usize, &DeTable<'_>) -> Option<T>,
    ) -> (Vec<T>, Vec<Start>) {
        let mut found = (Vec::new(), Vec::new());
        let Some(item) = root.get(key) else { return found };
        let offset = item.span().start;
        let DeValue::Array(items) = item.get_ref() else {
            self.tell(offset, key, "expected a list of tables".into(), &format!("[[{key}]]"));
            return found;
        };
        if items.len() > MOST_ENTRIES {
            self.tell(offset, key, format!("expected at most {MOST_ENTRIES} entries, found {}", items.len()), "");
        }
        for (item, place) in items.iter().take(MOST_ENTRIES).zip(1..) {
            let offset = item.span().start;
            let DeValue::Table(table) = item.get_ref() else {
                self.tell(offset, key, "expected a table".into(), &format!("[[{key}]]"));
                continue;
            };
            if let Some(entry) = read(self, offset, place, table) {
                found.0.push(entry);
                found.1.push(Start { offset, place });
            }
        }
        found
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

    fn uncertain(&mut self, offset: usize, place: usize, table: &DeTable<'_>) -> Option<Uncertain> {
        let prefix = format!("uncertain[{place}].");
        self.known_keys(table, &prefix, &["parameter", "sigma"]);
        let example = "parameter = \"Labeller/RepairFactor\"";
        let parameter = self.text_of(offset, table, &format!("{prefix}parameter"), example);
        let sigma = self.number(offset, table, &format!("{prefix}sigma"), None, &(f64::MIN..=f64::MAX), "0.2");
        Some(Uncertain { parameter: parameter?, sigma: sigma? })
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
