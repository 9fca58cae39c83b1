//! Cells of text as values, and of what kind they are together.

use crate::domain::value::{Value, ValueKind};

/// What the cells of a signal have been so far.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Guess {
    numbers: bool,
    flags: bool,
}

impl Default for Guess {
    fn default() -> Self {
        Self { numbers: true, flags: true }
    }
}

impl Guess {
    /// The guess with one more cell; an empty one says nothing.
    pub fn with(self, cell: &str, decimal_comma: bool) -> Self {
        let cell = cell.trim();
        if cell.is_empty() {
            return self;
        }
        Self {
            numbers: self.numbers && number(cell, decimal_comma).is_some(),
            flags: self.flags && flag(cell).is_some(),
        }
    }

    /// Real where nothing was seen.
    pub fn kind(self) -> ValueKind {
        match (self.numbers, self.flags) {
            (true, _) => ValueKind::Real,
            (false, true) => ValueKind::Bool,
            (false, false) => ValueKind::Text,
        }
    }
}

/// A cell as a value of the kind; none where it does not fit. A real number may be infinite or NaN.
pub(super) fn value(cell: &str, kind: ValueKind, decimal_comma: bool) -> Option<Value> {
    match kind {
        ValueKind::Text => Some(Value::text(cell)),
        ValueKind::Bool => flag(cell.trim())
            .map(Value::Bool)
            .or_else(|| number(cell.trim(), decimal_comma).and_then(|number| Value::Real(number).coerced(kind))),
        ValueKind::Real => number(cell.trim(), decimal_comma).map(Value::Real),
        ValueKind::Int => Value::text(cell).coerced(kind),
    }
}

fn flag(cell: &str) -> Option<bool> {
    match cell {
        cell if cell.eq_ignore_ascii_case("true") => Some(true),
        cell if cell.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn number(cell: &str, decimal_comma: bool) -> Option<f64> {
    if decimal_comma && !cell.contains('.') && cell.contains(',') {
        return cell.replacen(',', ".", 1).parse().ok();
    }
    cell.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(cells: &[&str], decimal_comma: bool) -> ValueKind {
        cells.iter().fold(Guess::default(), |guess, cell| guess.with(cell, decimal_comma)).kind()
    }

    #[test]
    fn the_kind_is_told_from_all_cells_that_are_not_empty() {
        assert_eq!(kind(&["1", "", " -2.5e3 "], false), ValueKind::Real);
        assert_eq!(kind(&["true", "FALSE", ""], false), ValueKind::Bool);
        assert_eq!(kind(&["true", "1"], false), ValueKind::Text);
        assert_eq!(kind(&["1", "x"], false), ValueKind::Text);
        assert_eq!(kind(&["1,5"], false), ValueKind::Text);
        assert_eq!(kind(&["1,5", "2.5", "3"], true), ValueKind::Real);
        assert_eq!(kind(&["1.234,5"], true), ValueKind::Text);
        assert_eq!(kind(&[], false), ValueKind::Real);
    }

    #[test]
    fn cells_become_values_of_the_kind_or_nothing() {
        assert_eq!(value(" 1,5 ", ValueKind::Real, true), Some(Value::Real(1.5)));
        assert_eq!(value("1,5,2", ValueKind::Real, true), None);
        assert_eq!(value("9007199254740993", ValueKind::Int, false), Some(Value::Int(9_007_199_254_740_993)));
        assert_eq!(value("1", ValueKind::Bool, false), Some(Value::Bool(true)));
        assert_eq!(value(" =a ", ValueKind::Text, false), Some(Value::text(" =a ")));
    }
}
