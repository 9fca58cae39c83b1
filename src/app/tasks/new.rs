//! `twinscope new`: projects to begin from.

use std::path::Path;
use std::process::ExitCode;

use crate::app::args::{BeginFrom, NewWish};
use crate::app::scratch::Scratch;
use crate::domain::value::Value;
use crate::project::starter::foreign::{self, Outline, Quantity};
use crate::project::starter::{self, Beginning};
use crate::simulation::fmu::archive::{self, ArchiveLimits};
use crate::simulation::fmu::description::{Causality, Variability, Variable, VariableKind};

/// Writes the project and tells its files.
///
/// # Errors
/// In words, when the model cannot be read, a file is already there or the disk refuses.
pub fn new(wish: &NewWish) -> anyhow::Result<ExitCode> {
    let folder = &wish.folder;
    let files = match &wish.fmu {
        Some(model) => foreign::write(folder, &outline(model)?)?,
        None => starter::write_from(beginning(wish.from), folder)?,
    };
    for file in files {
        println!("wrote {}", file.display());
    }
    println!("Open it with: twinscope open {}", folder.display());
    Ok(ExitCode::SUCCESS)
}

fn beginning(from: BeginFrom) -> Beginning {
    match from {
        BeginFrom::Starter => Beginning::Table,
        BeginFrom::Line => Beginning::Line,
        BeginFrom::Units => Beginning::Units,
    }
}

/// What a model says of itself. Nothing of it is run.
fn outline(model: &Path) -> anyhow::Result<Outline> {
    if model.is_dir() {
        anyhow::bail!(
            "{} is a folder. No project was written. Name a .fmu file; a project can name an unpacked one later.",
            model.display()
        );
    }
    let scratch = Scratch::new()?;
    let description = archive::describe(model, scratch.path(), &ArchiveLimits::default())?;
    for problem in &description.left_out {
        eprintln!("{problem}");
    }
    let of = |wanted: fn(&Variable) -> bool| {
        description.variables.iter().filter(move |variable| wanted(variable)).map(quantity).collect()
    };
    Ok(Outline {
        file: model.to_owned(),
        name: description.name.clone(),
        description: description.description.clone(),
        step_secs: description.experiment.step_secs,
        outputs: of(|variable| variable.causality == Causality::Output),
        inputs: of(|variable| variable.causality == Causality::Input && variable.kind != VariableKind::String),
        parameters: of(is_parameter),
    })
}

fn is_parameter(variable: &Variable) -> bool {
    variable.causality == Causality::Parameter
        && variable.variability != Variability::Constant
        && variable.kind != VariableKind::String
}

fn quantity(variable: &Variable) -> Quantity {
    Quantity {
        name: variable.name.clone(),
        kind: variable.kind.value_kind(),
        unit: variable.unit.clone(),
        range: variable.min.zip(variable.max),
        start: variable.start.as_ref().and_then(Value::as_f64),
        description: variable.description.clone(),
    }
}
