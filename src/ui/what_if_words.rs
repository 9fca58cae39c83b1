//! Parameters of the model, their values and changes in words.

use super::{Console, format};
use crate::domain::scenario::Change;
use crate::domain::sweep::Axis;
use crate::domain::time::Span;
use crate::domain::what_if::Askable;

/// Changes that a name made from them tells; the rest is counted.
const NAMED: usize = 2;

/// True where there are limits to move between.
pub fn variable(askable: &Askable) -> bool {
    let (low, high) = askable.range;
    low.is_finite() && high.is_finite() && low < high && askable.value.is_finite()
}

/// Digits after the point of its values.
pub fn decimals(askable: &Askable) -> usize {
    format::decimals(askable.value, Some(askable.range), askable.step)
}

/// "640 /min".
pub fn value_words(askable: &Askable, value: f64) -> String {
    format::with_unit(&format::number(value, decimals(askable)), askable.unit.symbol())
}

/// "Speed setpoint", as its signal is called, else the last part of its name.
pub fn title<'a>(console: &Console<'a>, askable: &'a Askable) -> &'a str {
    match askable.signal.and_then(|signal| console.catalog.get(signal)) {
        Some(signal) => signal.name(),
        None => askable.name.rsplit('/').next().unwrap_or(&askable.name),
    }
}

/// "Filler", the equipment that it belongs to; empty where it belongs to none.
pub fn place<'a>(console: &Console<'a>, askable: &'a Askable) -> &'a str {
    match askable.asset.and_then(|asset| console.assets.get(asset)) {
        Some(asset) => &asset.name,
        None => askable.name.rsplit_once('/').map_or("", |(place, _)| place),
    }
}

/// "Filler Speed setpoint 680 /min, and 2 more".
pub fn name_of(console: &Console, changes: &[(&Askable, f64)]) -> String {
    let words = |(askable, to): &(&Askable, f64)| {
        format!("{} {}", full_title(console, &askable.name), value_words(askable, *to))
    };
    let mut parts: Vec<String> = changes.iter().take(NAMED).map(words).collect();
    if changes.len() > NAMED {
        parts.push(format!("and {} more", changes.len() - NAMED));
    }
    parts.join(", ")
}

/// "Filler Speed setpoint"; the name in the model where it is no longer there.
pub fn full_title(console: &Console, parameter: &str) -> String {
    askable_of(console, parameter).map_or_else(
        || parameter.to_owned(),
        |askable| format!("{} {}", place(console, askable), title(console, askable)).trim_start().to_owned(),
    )
}

/// "Filler Speed setpoint and Packer BeltSpeed".
pub fn titles(console: &Console, axes: &[Axis]) -> String {
    axes.iter().map(|axis| full_title(console, &axis.parameter)).collect::<Vec<_>>().join(" and ")
}

pub fn askable_of<'a>(console: &Console<'a>, parameter: &str) -> Option<&'a Askable> {
    console.askable.iter().find(|askable| askable.name == parameter)
}

/// "680 /min"; without a unit where the model no longer has the parameter.
pub fn parameter_words(console: &Console, parameter: &str, value: f64) -> String {
    match askable_of(console, parameter) {
        Some(askable) => value_words(askable, value),
        None => format::number(value, format::decimals(value, None, None).min(2)),
    }
}

/// "Filler/SpeedSetpoint to 680 /min over 2 min 00 s".
pub fn change_words(console: &Console, change: &Change) -> String {
    let value = parameter_words(console, &change.parameter, change.to);
    let ramp = if change.ramp > Span::ZERO { format!(" over {}", format::age(change.ramp)) } else { String::new() };
    format!("{} to {value}{ramp}", change.parameter)
}
