//! Which column of a table holds what: long tables have a row a sample, wide ones a column a signal.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use super::excerpt;
use crate::domain::unit::Unit;
use crate::recording::import::ImportError;

/// The two layouts, by the places of their columns.
#[derive(PartialEq, Debug)]
pub(in super::super) enum Layout {
    Long(LongColumns),
    Wide(WideColumns),
}

/// A row is a sample.
#[derive(PartialEq, Debug)]
pub(in super::super) struct LongColumns {
    pub time: usize,
    pub received: Option<usize>,
    pub signal: usize,
    /// The first that is not empty holds the value.
    pub values: Vec<usize>,
    pub kind: Option<usize>,
    pub quality: Option<usize>,
    pub unit: Option<usize>,
}

/// A row is a moment.
#[derive(PartialEq, Debug)]
pub(in super::super) struct WideColumns {
    pub time: usize,
    pub columns: Vec<WideColumn>,
}

/// A column that holds a signal.
#[derive(PartialEq, Debug)]
pub(in super::super) struct WideColumn {
    pub place: usize,
    pub path: String,
    pub unit: Unit,
    pub quality: Option<usize>,
}

const TIME: &[&str] = &["time", "timestamp", "ts", "datetime", "date", "_time"];
const RECEIVED: &[&str] = &["received_time"];
const SIGNAL: &[&str] = &["signal", "tag", "tag_path", "name", "variable", "metric", "topic", "sensor"];
const VALUE: &[&str] = &[
    "value",
    "val",
    "_value",
    "value_real",
    "value_num",
    "value_float",
    "value_double",
    "value_int",
    "value_bool",
    "value_text",
    "value_str",
    "value_string",
];
const KIND: &[&str] = &["kind"];
const QUALITY: &[&str] = &["quality", "status", "opc_quality", "quality_code"];
const UNIT: &[&str] = &["unit", "units", "uom"];

impl Layout {
    /// Finds the layout from the names of the columns: long where time, signal and value are all there.
    ///
    /// # Errors
    /// When there is no column of times, or nothing beside it.
    pub fn of(path: &Path, names: &[&str]) -> Result<Self, ImportError> {
        let content = |what: String, action: &str| ImportError::Content {
            path: path.to_owned(),
            what,
            action: action.to_owned(),
        };
        let names: Vec<&str> = names.iter().map(|name| name.trim()).collect();
        let Some(time) = find(&names, TIME) else {
            const SHOWN: usize = 10;
            let found: Vec<String> = names.iter().take(SHOWN).map(|name| excerpt(name)).collect();
            let more = if names.len() > SHOWN { " and others" } else { "" };
            return Err(content(
                format!("has no column of times; its columns are {}{more}", found.join(", ")),
                "Name the column of times \"time\" or \"timestamp\".",
            ));
        };
        let values: Vec<usize> = VALUE.iter().filter_map(|value| find(&names, &[value])).collect();
        if let (Some(signal), false) = (find(&names, SIGNAL), values.is_empty()) {
            return Ok(Self::Long(LongColumns {
                time,
                received: find(&names, RECEIVED),
                signal,
                values,
                kind: find(&names, KIND),
                quality: find(&names, QUALITY),
                unit: find(&names, UNIT),
            }));
        }
        let columns = wide(&names, time);
        if columns.is_empty() {
            return Err(content(
                "has a column of times, but no signals".to_owned(),
                "Export it again with a column for each signal, or with the columns time, signal and value.",
            ));
        }
        Ok(Self::Wide(WideColumns { time, columns }))
    }

    /// The places of all columns that are needed.
    pub fn places(&self) -> BTreeSet<usize> {
        match self {
            Self::Long(long) => {
                let optional = [long.received, long.kind, long.quality, long.unit].into_iter().flatten();
                optional.chain([long.time, long.signal]).chain(long.values.iter().copied()).collect()
            }
            Self::Wide(wide) => {
                let cells = wide.columns.iter().flat_map(|column| [Some(column.place), column.quality]);
                cells.flatten().chain([wide.time]).collect()
            }
        }
    }
}

/// The first of the wanted names that a column has, in any case.
fn find(names: &[&str], wanted: &[&str]) -> Option<usize> {
    wanted.iter().find_map(|wanted| names.iter().position(|name| name.eq_ignore_ascii_case(wanted)))
}

fn wide(names: &[&str], time: usize) -> Vec<WideColumn> {
    let mut qualities: HashMap<&str, usize> = HashMap::new();
    for (place, name) in names.iter().enumerate().filter(|(place, _)| *place != time) {
        if let Some(owner) = quality_owner(name) {
            qualities.insert(owner, place);
        }
    }
    let mut owned = BTreeSet::new();
    let mut columns: Vec<WideColumn> = Vec::new();
    for (place, name) in names.iter().enumerate().filter(|(place, _)| *place != time) {
        let (bare, unit) = name_and_unit(name);
        let quality = qualities.get(name).or_else(|| qualities.get(bare)).copied().filter(|owner| *owner != place);
        owned.extend(quality);
        let path = if bare.is_empty() { format!("column {}", place + 1) } else { bare.to_owned() };
        columns.push(WideColumn { place, path, unit, quality });
    }
    columns.retain(|column| !owned.contains(&column.place));
    columns
}

/// `X` of `X.quality` and `X quality`.
fn quality_owner(name: &str) -> Option<&str> {
    const WORD: &str = "quality";
    let split = name.len().checked_sub(WORD.len())?;
    let (owner, word) = (name.get(..split)?, name.get(split..)?);
    let owner = owner.strip_suffix(['.', ' '])?.trim_end();
    (word.eq_ignore_ascii_case(WORD) && !owner.is_empty()).then_some(owner)
}

/// Splits `Speed [rpm]` and `Temperature (degC)`. What stands in round brackets may be part of a name,
/// such as `Valve (left)`: there it has to be a unit that is known.
fn name_and_unit(head: &str) -> (&str, Unit) {
    let whole = || (head, Unit::none());
    let brackets = match head.chars().last() {
        Some(']') => ('[', ']'),
        Some(')') => ('(', ')'),
        _ => return whole(),
    };
    let mut depth = 0;
    for (at, c) in head.char_indices().rev() {
        depth += i32::from(c == brackets.1) - i32::from(c == brackets.0);
        if depth > 0 {
            continue;
        }
        let (name, unit) = (head.get(..at).unwrap_or_default().trim_end(), head.get(at + 1..head.len() - 1));
        let unit = Unit::new(unit.unwrap_or_default());
        let certain = brackets.0 == '[' || (unit.known() && !unit.code().is_empty());
        return if certain && !name.is_empty() { (name, unit) } else { whole() };
    }
    whole()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(names: &[&str]) -> Result<Layout, String> {
        Layout::of(Path::new("t.csv"), names).map_err(|error| error.to_string())
    }

    fn columns(names: &[&str]) -> Vec<(usize, String, String, Option<usize>)> {
        match layout(names) {
            Ok(Layout::Wide(wide)) => wide
                .columns
                .into_iter()
                .map(|column| (column.place, column.path, column.unit.code().to_owned(), column.quality))
                .collect(),
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn a_table_with_time_signal_and_value_is_long() {
        let expected = LongColumns {
            time: 1,
            received: None,
            signal: 0,
            values: vec![3],
            kind: None,
            quality: Some(2),
            unit: Some(4),
        };
        assert_eq!(layout(&["TAG", " TimeStamp", "OPC_quality", "Value", "UoM"]), Ok(Layout::Long(expected)));
        let Ok(Layout::Long(typed)) = layout(&["value_text", "time", "signal", "value_num"]) else {
            unreachable!("not long")
        };
        assert_eq!(typed.values, [3, 0]);
    }

    #[test]
    fn units_and_qualities_of_wide_columns_find_their_signals() {
        let found = columns(&["Speed [rpm]", "time", "Speed.quality", "T (degC)", "T (degC) Quality", "p.quality"]);
        let expected = [
            (0, "Speed".to_owned(), "{rev}/min".to_owned(), Some(2)),
            (3, "T".to_owned(), "Cel".to_owned(), Some(4)),
            (5, "p.quality".to_owned(), String::new(), None),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn brackets_that_hold_no_unit_stay_in_the_name() {
        for (head, name, unit) in [
            ("T [[degF]]", "T", "[degF]"),
            ("Valve (left)", "Valve (left)", ""),
            ("[bar]", "[bar]", ""),
            ("p]", "p]", ""),
            ("flow [furlong]", "flow", "furlong"),
            ("größe (°C)", "größe", "Cel"),
        ] {
            assert_eq!(name_and_unit(head), (name, Unit::new(unit)), "{head}");
        }
        assert_eq!(columns(&["time", ""])[0].1, "column 2");
    }

    #[test]
    fn a_table_without_times_or_signals_is_refused_in_words() {
        let error = layout(&["a", "b"]).expect_err("no times");
        assert_eq!(
            error,
            "t.csv has no column of times; its columns are \"a\", \"b\". \
             Name the column of times \"time\" or \"timestamp\"."
        );
        assert!(layout(&["time"]).is_err_and(|error| error.contains("no signals")));
    }
}
