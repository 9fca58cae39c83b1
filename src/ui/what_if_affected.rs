//! Equipment that a change affects although it is another that was changed, in a line of words.

use egui::{Label, RichText, Ui};

use super::format;
use super::what_if_difference::Verdict;
use super::what_if_kpis::digits;
use crate::domain::scenario::{Change, KpiResult};
use crate::domain::time::Span;

pub fn affected_ui(ui: &mut Ui, parts: &[&KpiResult], changes: &[Change]) {
    ui.add_space(2.0);
    ui.add(Label::new(RichText::new(words(parts, changes)).small()).wrap());
}

/// "Also affected: Packer (starved 40 s longer, blocked 12 s shorter)".
fn words(parts: &[&KpiResult], changes: &[Change]) -> String {
    let changed = |part: &str| {
        changes.iter().any(|change| change.parameter.rsplit_once('/').is_some_and(|(place, _)| place == part))
    };
    let mut affected: Vec<(&str, Vec<String>)> = Vec::new();
    for result in parts {
        let Some(part) = result.part.as_deref().filter(|part| !changed(part)) else { continue };
        let Some(words) = difference_words(result, part) else { continue };
        match affected.iter_mut().find(|(name, _)| *name == part) {
            Some((_, all)) => all.push(words),
            None => affected.push((part, vec![words])),
        }
    }
    if affected.is_empty() {
        return "No other equipment is clearly affected.".to_owned();
    }
    let each = affected.iter().map(|(part, all)| format!("{part} ({})", all.join(", ")));
    format!("Also affected: {}", each.collect::<Vec<_>>().join(", "))
}

/// "starved 40 s longer"; none where chance may have made the difference.
fn difference_words(result: &KpiResult, part: &str) -> Option<String> {
    let mean = result.difference.filter(|_| Verdict::of(result).clear())?.mean;
    let figure = result.name.strip_prefix(part).map(str::trim).filter(|name| !name.is_empty());
    let figure = figure.unwrap_or(&result.name);
    let (size, more, less) = match result.unit.code() {
        "s" if mean.abs() >= 1.0 => (format::rough_age(Span::from_secs_f64(mean.abs())), "longer", "shorter"),
        "s" => (format::age(Span::from_secs_f64(mean.abs())), "longer", "shorter"),
        _ => {
            let number = format::number(mean.abs(), digits(result));
            (format::with_unit(&number, result.unit.symbol()), "higher", "lower")
        }
    };
    Some(format!("{figure} {size} {}", if mean > 0.0 { more } else { less }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fixture;

    #[test]
    fn only_what_was_not_changed_and_clearly_differs_is_named() {
        let answer = fixture::answered().answer.expect("in the fixture");
        let parts: Vec<&KpiResult> = answer.kpis.iter().filter(|result| result.part.is_some()).collect();
        let expected = "Also affected: Packer (starved 40\u{2009}s longer, blocked 12\u{2009}s shorter)";
        assert_eq!(words(&parts, &answer.scenario.changes), expected, "the filler itself was changed");
        let both = format!("Also affected: Filler (on fault 25\u{2009}s longer), {}", &expected[15..]);
        assert_eq!(words(&parts, &[]), both);
        assert_eq!(words(&[], &[]), "No other equipment is clearly affected.");
    }
}
