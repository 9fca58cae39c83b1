//! The files that describe the project of a model of another tool.

use std::fmt::Write as _;

use super::scene::Stations;
use super::{Outline, Quantity, Shown};
use crate::domain::value::ValueKind;

/// Parameters that are listed; the rest is counted.
const MOST_PARAMETERS: usize = 40;
const LONGEST_COMMENT: usize = 160;
/// Between two moments where the model proposes nothing [s].
const USUAL_STEP_SECS: f64 = 1.0;

/// The project file. Writing to a String cannot fail.
pub(super) fn project(
    outline: &Outline,
    fmu: &str,
    shown: &[Shown<'_>],
    stations: &Stations,
    left_out: usize,
) -> String {
    let mut text = String::new();
    head(&mut text, outline, stations);
    assets(&mut text, stations);
    plant(&mut text, outline, fmu);
    signals(&mut text, outline, shown);
    if left_out > 0 {
        _ = writeln!(
            text,
            "# The model has {left_out} more outputs and inputs; \"twinscope simulate-fmu {} --list\" names them.\n",
            comment(fmu)
        );
    }
    bindings(&mut text, shown, stations);
    setpoints(&mut text, shown);
    text
}

fn head(text: &mut String, outline: &Outline, stations: &Stations) {
    let name = quoted(&super::root(outline));
    let [wide_m, deep_m] = stations.size.map(f64::from);
    let away_m = (0.75 * wide_m + 0.6 * deep_m).max(3.5);
    _ = write!(
        text,
        r##"# A model of another tool as the plant, and a copy of it that answers questions. {}
#
#   twinscope open .                                       look at it, ask it
#   twinscope simulate . --scenario scenario.toml          what if
#   twinscope record . --out shift.mcap --for 30min        keep what the plant does
#   twinscope backtest . --recording shift.mcap            how far the copy can be believed
#
# Save this file while twinscope runs: it is read again at once, and every mistake is told with its line.

name = {name}

[history]
hours = 8

# --- What is seen ---------------------------------------------------------------------------------

# A gauge for each value. Put a model of your plant in its place, and name its nodes below.
[[model]]
name = "plant"
file = "plant.glb"

[scene]
ambience = "directional"
ground = "#30343a"

[[view]]
name = "Overview"
eye = [0.0, {:.1}, {:.1}]
target = [0.0, 0.6, 0.0]

"##,
        comment(&outline.description),
        1.0 + 0.45 * away_m,
        1.0 + away_m,
    );
}

fn assets(text: &mut String, stations: &Stations) {
    for (station, asset) in stations.assets.iter().enumerate() {
        _ = writeln!(text, "[[asset]]\npath = {}\nnode = \"Station{}\"\n", quoted(asset), station + 1);
    }
}

fn plant(text: &mut String, outline: &Outline, fmu: &str) {
    let fmu = quoted(fmu);
    let step_secs = step_secs(outline);
    let warm_up_secs = (600.0 * step_secs).clamp(10.0, 600.0);
    let interval_secs = interval_secs(outline);
    _ = write!(
        text,
        r#"# --- The plant and its copy -----------------------------------------------------------------------

# The model plays the plant, in a process of its own. For a real plant take kind = "opcua" or "mqtt", give each
# signal a node or a topic in place of its variable, and say which variable of the copy it stands for: twin = "…".
# step_secs sets the distance of the moments at which values are exchanged; else it is what the model proposes.
[[source]]
name = "plant"
kind = "emulator"
model = "fmu"
file = {fmu}
parameters = {{}}            # what the plant has of its own, like {{ "tank.area" = 1.5 }}
warm_up_secs = {warm_up_secs}
interval_secs = {interval_secs}

# Limits of time and memory keep the program at its pace, whatever the model does.
[twin]
model = "fmu"
file = {fmu}
parameters = {{}}            # what the copy believes
step_limit_secs = 30
memory_mib = 4096

"#
    );
    if !outline.parameters.is_empty() {
        text.push_str("# Parameters, for both tables above and for \"twinscope calibrate --parameter\":\n");
    }
    for parameter in outline.parameters.iter().take(MOST_PARAMETERS) {
        _ = write!(text, "#   {}", comment(&quoted(&parameter.name)));
        if let Some(start) = parameter.start {
            _ = write!(text, " = {start}");
        }
        if parameter.unit.known() && !parameter.unit.code().is_empty() {
            _ = write!(text, " {}", parameter.unit.code());
        }
        if let Some((low, high)) = parameter.range {
            _ = write!(text, ", {low} to {high}");
        }
        let about = comment(&parameter.description);
        _ = writeln!(text, "{}{about}", if about.is_empty() { "" } else { "; " });
    }
    if outline.parameters.len() > MOST_PARAMETERS {
        _ = writeln!(text, "#   and {} more", outline.parameters.len() - MOST_PARAMETERS);
    }
    text.push('\n');
}

fn signals(text: &mut String, outline: &Outline, shown: &[Shown<'_>]) {
    text.push_str(
        "# --- What is measured -----------------------------------------------------------------------------\n\n",
    );
    let expected_secs = 2.0 * interval_secs(outline).max(2.0);
    for Shown { of, input, path, .. } in shown {
        _ = writeln!(text, "[[signal]]\npath = {}", quoted(path));
        let kind = match of.kind {
            ValueKind::Bool => "bool",
            ValueKind::Int => "int",
            ValueKind::Real => "real",
            ValueKind::Text => "text",
        };
        _ = writeln!(text, "kind = \"{kind}\"");
        if of.unit.known() && !of.unit.code().is_empty() {
            _ = writeln!(text, "unit = {}", quoted(of.unit.code()));
        }
        if let Some((low, high)) = range_of(of) {
            _ = writeln!(text, "range = [{low:?}, {high:?}]");
        }
        let about = comment(&of.description);
        let about = match (about.is_empty(), input) {
            (false, _) => about,
            (true, true) => "Input of the model".to_owned(),
            (true, false) => "Output of the model".to_owned(),
        };
        _ = writeln!(text, "description = {}", quoted(&about));
        _ = writeln!(text, "interval_secs = {expected_secs}");
        _ = writeln!(text, "source = \"plant\"\nvariable = {}\n", quoted(&of.name));
    }
}

fn bindings(text: &mut String, shown: &[Shown<'_>], stations: &Stations) {
    text.push_str(
        "# --- What the values do to the picture ------------------------------------------------------------\n\n",
    );
    for (gauge, (station, value)) in stations.gauges.iter().enumerate() {
        let (Some(asset), Some(shown)) = (stations.assets.get(*station), shown.get(*value)) else { continue };
        let (asset, path, number) = (quoted(asset), quoted(&shown.path), gauge + 1);
        _ = writeln!(
            text,
            "[[binding]]\nnode = \"Gauge{number}\"\nasset = {asset}\neffect = \"label\"\n\
             inputs = {{ Value = {path} }}\ntext = \"Value\"\n"
        );
        if let Some((low, high)) = range_of(shown.of) {
            _ = writeln!(
                text,
                "[[binding]]\nnode = \"Level{number}\"\nasset = {asset}\neffect = \"level\"\n\
                 inputs = {{ Value = {path} }}\nvalue = \"(Value - ({low:?})) / {:?}\"\n",
                high - low
            );
        }
    }
}

fn setpoints(text: &mut String, shown: &[Shown<'_>]) {
    text.push_str(
        "# --- What may be changed --------------------------------------------------------------------------\n\n\
         # Inputs with bounds. Writing to the plant is off unless this says otherwise; the copy can be asked anyway.\n\
         [control]\nenabled = false\n\n",
    );
    let bounded = shown.iter().filter(|shown| shown.input && shown.of.kind != ValueKind::Bool);
    for (shown, (low, high)) in bounded.filter_map(|shown| Some((shown, range_of(shown.of)?))) {
        _ = writeln!(text, "[[setpoint]]\nsignal = {}\nmin = {low:?}\nmax = {high:?}\n", quoted(&shown.path));
    }
}

/// A scenario that changes an input, where there is one.
pub(super) fn scenario(outline: &Outline) -> String {
    let step_secs = step_secs(outline);
    let horizon_secs = (300.0 * step_secs).clamp(60.0, 3_600.0);
    let mut text = format!(
        "# What if?\n#\n#   twinscope simulate . --scenario scenario.toml\n\n[scenario]\nname = \"Another input\"\n\
         horizon_secs = {horizon_secs}\nruns = 1                   # without chance, one run says all\n\n"
    );
    let number = |input: &&Quantity| matches!(input.kind, ValueKind::Real | ValueKind::Int);
    let inputs = outline.inputs.iter().filter(number);
    let Some(input) = inputs.clone().find(|input| range_of(input).is_some()).or_else(|| inputs.clone().next()) else {
        text.push_str("# The model has no inputs; a tunable parameter may be changed in the same way.\n# [[change]]\n");
        text.push_str("# parameter = \"tank.area\"\n# to = 1.5\n");
        return text;
    };
    let start = input.start.unwrap_or_default();
    let to = match range_of(input) {
        // Towards the end that is farther.
        Some((low, high)) if high - start >= start - low => start + 0.25 * (high - start),
        Some((low, _)) => start - 0.25 * (start - low),
        None if start == 0.0 => 1.0,
        None => 1.1 * start,
    };
    let to = if input.kind == ValueKind::Int { to.round() } else { to };
    _ = writeln!(
        text,
        "[[change]]\nparameter = {}\nto = {to:?}\nafter_secs = {}",
        quoted(&input.name),
        (0.1 * horizon_secs).round()
    );
    text
}

/// A range that can be drawn and written; none where an end is missing or both are one.
pub(super) fn range_of(of: &Quantity) -> Option<(f64, f64)> {
    let number = matches!(of.kind, ValueKind::Real | ValueKind::Int);
    of.range.filter(|(low, high)| number && low < high && (high - low).is_finite())
}

fn step_secs(outline: &Outline) -> f64 {
    outline.step_secs.filter(|step| step.is_finite() && *step > 0.0).unwrap_or(USUAL_STEP_SECS)
}

fn interval_secs(outline: &Outline) -> f64 {
    step_secs(outline).clamp(0.2, 5.0)
}

/// A text in quotes, as TOML reads it back.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() => _ = write!(quoted, "\\u{:04X}", u32::from(letter)),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// A text on one line, as it can stand in a comment.
fn comment(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST_COMMENT).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    let words: Vec<&str> = short.split(|letter: char| letter.is_control() || letter == ' ').collect();
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
