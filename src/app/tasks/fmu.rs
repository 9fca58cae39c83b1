//! `twinscope simulate-fmu`: runs a model of others without a window, or lists what it has.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use csv::{ReaderBuilder, Trim, Writer};
use serde_json::json;

use crate::app::args::FmuWish;
use crate::app::scratch::Scratch;
use crate::domain::value::Value;
use crate::simulation::fmu::archive::{self, ArchiveLimits};
use crate::simulation::fmu::description::{Causality, ModelDescription, Variable};
use crate::simulation::fmu::process::{FmuLimits, FmuProcess};
use crate::simulation::fmu::run::{self, Experiment, InputSeries, Trajectory};

/// The task of this program that is the child process.
pub const HOST_TASK: &str = "fmu-host";
/// The column of times in tables, in seconds of the model.
const TIME: &str = "time";

/// Runs the model and writes a table of its outputs, or lists its variables.
///
/// # Errors
/// When the model cannot be used, the wish does not fit it, or its run fails.
pub fn simulate(wish: &FmuWish) -> anyhow::Result<ExitCode> {
    let scratch = Scratch::new()?;
    if wish.list {
        let description = archive::describe(&wish.model, scratch.path(), &ArchiveLimits::default())?;
        print!("{}", if wish.json { listed_for_programs(&description) } else { listed(&description) });
        return Ok(ExitCode::SUCCESS);
    }
    let fmu = archive::unpack(&wish.model, scratch.path(), &ArchiveLimits::default())?;
    let experiment = experiment(wish, &fmu.description)?;
    let limits = FmuLimits {
        step: Duration::from_secs_f64(wish.step_limit),
        memory_bytes: wish.memory_mib << 20,
        ..FmuLimits::default()
    };
    let program = std::env::current_exe().context("The program does not find itself to start the model's process.")?;
    let mut process = FmuProcess::start(&program, &[OsString::from(HOST_TASK)], &fmu, limits)?;
    for notice in process.notices().iter().chain(fmu.description.left_out.iter().map(|problem| &problem.message)) {
        eprintln!("{notice}");
    }
    let trajectory = run::simulate(&mut process, &experiment)?;
    if trajectory.ended_early {
        let last = trajectory.times_secs.last().copied().unwrap_or(experiment.start_secs);
        eprintln!("The model ended its run at {last} s, before {} s.", experiment.stop_secs);
    }
    match &wish.out {
        None if wish.json => println!("{}", for_programs(&trajectory)),
        None => table(&trajectory, io::stdout().lock())?,
        Some(out) => {
            let file = File::create(out).with_context(|| format!("{} cannot be written.", out.display()))?;
            table(&trajectory, file).with_context(|| format!("{} was not written whole.", out.display()))?;
            println!(
                "{} moments of {} outputs: {}",
                trajectory.times_secs.len(),
                trajectory.columns.len(),
                out.display()
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn experiment(wish: &FmuWish, description: &ModelDescription) -> anyhow::Result<Experiment> {
    let proposed = Experiment::proposed(description);
    let mut set = Vec::new();
    for given in &wish.set {
        let Some((name, value)) = given.split_once('=') else {
            bail!("\"{given}\" sets nothing. Write it like --set \"tank.area=1.5\".");
        };
        set.push((name.trim().to_owned(), Value::text(value.trim())));
    }
    let inputs = match &wish.input {
        None => Vec::new(),
        Some(file) => {
            let opened = File::open(file).with_context(|| format!("{} cannot be read.", file.display()))?;
            inputs(opened).with_context(|| format!("{} is no table of inputs.", file.display()))?
        }
    };
    Ok(Experiment {
        start_secs: wish.start.unwrap_or(proposed.start_secs),
        stop_secs: wish.stop.unwrap_or(proposed.stop_secs),
        step_secs: wish.step.unwrap_or(proposed.step_secs),
        tolerance: proposed.tolerance,
        set,
        inputs,
        outputs: wish.output.clone(),
    })
}

/// Reads a table with a column of times and a column for each input. An empty cell changes nothing.
fn inputs(table: impl io::Read) -> anyhow::Result<Vec<InputSeries>> {
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(table);
    let header = reader.headers()?.clone();
    let Some(time_place) = header.iter().position(|name| name == TIME) else {
        bail!("It has no column \"{TIME}\", which holds seconds of the model.");
    };
    let mut series: Vec<InputSeries> =
        header.iter().map(|name| InputSeries { name: name.to_owned(), points: Vec::new() }).collect();
    for row in reader.records() {
        let row = row?;
        let line = row.position().map_or(0, csv::Position::line);
        let time = row.get(time_place).unwrap_or_default();
        let moment = time.parse().ok().filter(|moment: &f64| moment.is_finite());
        let moment = moment.with_context(|| format!("Line {line}: \"{time}\" is not a number of seconds."))?;
        for (series, cell) in series.iter_mut().zip(row.iter()).filter(|(_, cell)| !cell.is_empty()) {
            series.points.push((moment, Value::text(cell)));
        }
    }
    series.remove(time_place);
    Ok(series)
}

/// A row a moment and a column an output; cells stay empty where the model gave no finite number.
fn table(trajectory: &Trajectory, out: impl Write) -> anyhow::Result<()> {
    let mut writer = Writer::from_writer(out);
    writer.write_record(std::iter::once(TIME).chain(trajectory.columns.iter().map(|column| column.name.as_str())))?;
    for (place, moment) in trajectory.times_secs.iter().enumerate() {
        let cell =
            |value: Option<&Option<Value>>| value.and_then(Option::as_ref).map_or(String::new(), Value::to_string);
        let cells = trajectory.columns.iter().map(|column| cell(column.values.get(place)));
        writer.write_record(std::iter::once(moment.to_string()).chain(cells))?;
    }
    Ok(writer.flush()?)
}

fn for_programs(trajectory: &Trajectory) -> serde_json::Value {
    let columns = trajectory.columns.iter();
    let columns =
        columns.map(|column| json!({"name": column.name, "unit": column.unit.code(), "values": column.values}));
    json!({
        "times_secs": trajectory.times_secs,
        "ended_early": trajectory.ended_early,
        "outputs": columns.collect::<Vec<_>>(),
    })
}

fn listed(description: &ModelDescription) -> String {
    let experiment = Experiment::proposed(description);
    let mut text = format!(
        "{}\n  proposed    {} s to {} s in steps of {} s\n",
        description.name, experiment.start_secs, experiment.stop_secs, experiment.step_secs
    );
    for variable in &description.variables {
        let Variable { name, kind, unit, .. } = variable;
        let start = variable.start.as_ref().map_or(String::new(), |start| format!(", starts as {start}"));
        let unit = if unit.code().is_empty() { String::new() } else { format!(" [{}]", unit.symbol()) };
        text.push_str(&format!("  {:<11} {name}{unit}: {kind}{start}\n", role(variable)));
    }
    for problem in &description.left_out {
        text.push_str(&format!("  left out    {problem}\n"));
    }
    text
}

fn listed_for_programs(description: &ModelDescription) -> String {
    let one = |variable: &Variable| {
        json!({
            "name": variable.name,
            "role": role(variable),
            "kind": variable.kind.value_kind(),
            "unit": variable.unit.code(),
            "start": variable.start,
            "min": variable.min,
            "max": variable.max,
            "description": variable.description,
        })
    };
    let value = json!({
        "model": description.name,
        "tool": description.tool,
        "variables": description.variables.iter().map(one).collect::<Vec<_>>(),
        "left_out": description.left_out.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    format!("{value:#}\n")
}

fn role(variable: &Variable) -> &'static str {
    match variable.causality {
        Causality::Parameter | Causality::StructuralParameter => "parameter",
        Causality::CalculatedParameter => "calculated",
        Causality::Input => "input",
        Causality::Output => "output",
        Causality::Local => "local",
        Causality::Independent => "time",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::unit::Unit;
    use crate::domain::value::ValueKind;
    use crate::simulation::fmu::run::Column;

    #[test]
    fn a_table_of_inputs_has_a_series_a_column_and_leaves_empty_cells_out() {
        let read = inputs(&b"valve, time ,flow\ntrue,0,1.5\n,2,\nfalse,2.5,-3\n"[..]).expect("a table");
        let point = |moment, text| (moment, Value::text(text));
        let expected = [
            ("valve", vec![point(0.0, "true"), point(2.5, "false")]),
            ("flow", vec![point(0.0, "1.5"), point(2.5, "-3")]),
        ];
        assert_eq!(read.len(), expected.len());
        for (series, (name, points)) in read.iter().zip(expected) {
            assert_eq!((series.name.as_str(), &series.points), (name, &points));
        }
    }

    #[test]
    fn tables_that_are_none_are_told_with_the_line() {
        for (text, words) in [
            ("flow\n1\n", "no column \"time\""),
            ("time,flow\nsoon,1\n", "Line 2: \"soon\" is not a number of seconds"),
            ("time,flow\n1,1\nNaN,2\n", "Line 3: \"NaN\""),
            ("time,flow\n1\n", "line: 2"),
        ] {
            let said = inputs(text.as_bytes()).expect_err("no table").to_string();
            assert!(said.contains(words), "{text}: {said}");
        }
    }

    #[test]
    fn an_output_table_has_every_digit_and_gaps_where_there_is_no_number() {
        let values = vec![Some(Value::Real(0.1 + 0.2)), None];
        let column = Column { name: "x, y".to_owned(), unit: Unit::none(), kind: ValueKind::Real, values };
        let trajectory = Trajectory { times_secs: vec![0.0, 0.5], columns: vec![column], ended_early: false };
        let mut text = Vec::new();
        table(&trajectory, &mut text).expect("written");
        assert_eq!(String::from_utf8_lossy(&text), "time,\"x, y\"\n0,0.30000000000000004\n0.5,\n");
    }
}
