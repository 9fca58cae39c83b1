//! Makes models ready to run: reads their files, unpacks them, gives them their parameters.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::scratch::Scratch;
use super::tasks::fmu::HOST_TASK;
use crate::domain::model::{ModelKind, ModelSpec};
use crate::domain::source::SourceKind;
use crate::project::{Problem, Project, Severity};
use crate::simulation::fmu::archive::{self, ArchiveLimits};
use crate::simulation::fmu::model::{FmuLaunch, FmuModel};
use crate::simulation::fmu::process::FmuLimits;
use crate::simulation::line::{LineConfig, LineModel};
use crate::simulation::model::{Model, Variable};
use crate::simulation::units::UnitsModel;

/// Time that a line runs before anything is asked of it [s]: fills belts and tunnel, which takes ten
/// minutes from empty.
const LINE_RUN_IN_SECS: f64 = 1_800.0;
/// Files of models are read up to here; nobody writes more by hand.
const LARGEST_FILE: u64 = 4 << 20;

static HOST: OnceLock<PathBuf> = OnceLock::new();

/// Says which program runs foreign models and plants of their own, where that is another than the one that
/// runs: tests are not the program itself. Holds from the first call on.
pub fn host_foreign_models_in(program: PathBuf) {
    HOST.get_or_init(|| program);
}

/// The program that runs what needs a process of its own.
///
/// # Errors
/// When the system does not tell where this program lies.
pub fn program() -> std::io::Result<PathBuf> {
    HOST.get().cloned().map_or_else(std::env::current_exe, Ok)
}

/// A model that has run in, with what it needs to go on.
pub struct Ready {
    pub model: Box<dyn Model>,
    /// Where a foreign model was unpacked.
    _unpacked: Option<Arc<Scratch>>,
}

/// Reads a model and lets it run in.
///
/// # Errors
/// In words, when its file cannot be used, a parameter does not fit it or it fails.
pub fn ready(spec: &ModelSpec, seed: u64) -> Result<Ready, String> {
    let (mut model, unpacked) = open(spec, seed)?;
    // A foreign model has its own by then: what is fixed can only be set before it begins.
    let own: &[(String, f64)] = if matches!(spec.kind, ModelKind::Fmu { .. }) { &[] } else { &spec.parameters };
    for (name, value) in own {
        model.set_parameter(name, *value).map_err(|error| format!("The model of this project cannot run: {error}."))?;
    }
    if let ModelKind::Line { .. } = spec.kind {
        model.run_until(LINE_RUN_IN_SECS).map_err(|error| error.to_string())?;
    }
    Ok(Ready { model, _unpacked: unpacked })
}

fn open(spec: &ModelSpec, seed: u64) -> Result<(Box<dyn Model>, Option<Arc<Scratch>>), String> {
    match &spec.kind {
        ModelKind::Line { file } => {
            let config = file.as_deref().map_or_else(|| Ok(LineConfig::demo()), line_config)?;
            let line = LineModel::new(config, seed).map_err(|error| format!("The line cannot run.\n{error}"))?;
            Ok((Box::new(line), None))
        }
        ModelKind::Units { file } => {
            let units = UnitsModel::from_toml(&text_of(file)?, seed)
                .map_err(|problems| listed(file, "does not describe a plant", &problems))?;
            Ok((Box::new(units), None))
        }
        ModelKind::Fmu { file, step_secs, step_limit_secs, memory_mib } => {
            let scratch = Scratch::new().map_err(|error| format!("{error:#}"))?;
            let fmu = archive::unpack(file, scratch.path(), &ArchiveLimits::default());
            let program = program()
                .map_err(|error| format!("The program does not find itself to start the model's process ({error})."))?;
            let usual = FmuLimits::default();
            let limits = FmuLimits {
                step: step_limit_secs.map_or(usual.step, Duration::from_secs_f64),
                memory_bytes: memory_mib.map_or(usual.memory_bytes, |mib| mib << 20),
                ..usual
            };
            let launch = FmuLaunch { program, args: vec![OsString::from(HOST_TASK)], limits };
            let model = fmu.and_then(|fmu| FmuModel::new(Arc::new(fmu), launch, *step_secs, &spec.parameters));
            Ok((Box::new(model.map_err(|error| error.to_string())?), Some(Arc::new(scratch))))
        }
    }
}

fn line_config(file: &Path) -> Result<LineConfig, String> {
    toml::from_str(&text_of(file)?).map_err(|error| format!("{} does not describe a line.\n{error}", file.display()))
}

/// The text of a file that describes a model.
///
/// # Errors
/// In words, when it cannot be read or is too large.
pub fn text_of(file: &Path) -> Result<String, String> {
    let unreadable = |why: String| format!("{} cannot be read: {why}. The model is missing.", file.display());
    let mut text = String::new();
    let opened = File::open(file).map_err(|error| unreadable(error.to_string()))?;
    opened.take(LARGEST_FILE + 1).read_to_string(&mut text).map_err(|error| unreadable(error.to_string()))?;
    if text.len() as u64 > LARGEST_FILE {
        return Err(unreadable(format!("it is larger than {} MiB", LARGEST_FILE >> 20)));
    }
    Ok(text)
}

/// All problems of a file in words.
pub fn listed(file: &Path, what: &str, problems: &[impl ToString]) -> String {
    let list: Vec<String> = problems.iter().map(ToString::to_string).collect();
    format!("{} {what}.\n{}", file.display(), list.join("\n"))
}

/// Of all that makes a model what it is: the program's version, its file and its parameters.
///
/// # Errors
/// In words, when its file cannot be read.
pub fn digest(spec: &ModelSpec) -> Result<String, String> {
    let mut digest = Sha256::new();
    digest.update(env!("CARGO_PKG_VERSION"));
    let file = match &spec.kind {
        ModelKind::Line { file } => file.as_deref(),
        ModelKind::Units { file } | ModelKind::Fmu { file, .. } => Some(file.as_path()),
    };
    // An unpacked FMU is a folder; its description is what identifies it.
    let file = file.map(|file| if file.is_dir() { file.join("modelDescription.xml") } else { file.to_owned() });
    if let Some(file) = file {
        let mut opened = File::open(&file).map_err(|error| format!("{} cannot be read: {error}.", file.display()))?;
        std::io::copy(&mut opened, &mut digest)
            .map_err(|error| format!("{} cannot be read: {error}.", file.display()))?;
    }
    for (name, value) in &spec.parameters {
        digest.update(name);
        digest.update(value.to_le_bytes());
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What is wrong with the models that a project names, and with the variables and parameters that it
/// asks them for: the project reader does not know the models.
pub fn problems(project: &Project) -> Vec<Problem> {
    let emulated = project.sources.iter().filter_map(|source| match &source.kind {
        SourceKind::Emulator(spec) => Some((&spec.model, &spec.signals, "signal.variable")),
        _ => None,
    });
    let twin = project.twin.iter().map(|twin| (&twin.model, &twin.signals, "signal.twin"));
    let mut problems = Vec::new();
    let file = project.files.first().cloned().unwrap_or_default();
    let tell = |key: &str, message: String, meaning: &str, example: String| Problem {
        severity: Severity::Error,
        file: file.clone(),
        line: None,
        key: key.to_owned(),
        message,
        meaning: meaning.to_owned(),
        example,
    };
    for (spec, signals, key) in emulated.chain(twin) {
        let model = match open(spec, 0) {
            Ok((model, _)) => model,
            Err(words) => {
                let meaning = "Nothing can be simulated with this model.";
                problems.push(tell("model", words, meaning, String::new()));
                continue;
            }
        };
        let variables: Vec<&str> = model.variables().iter().map(|Variable { name, .. }| name.as_str()).collect();
        let parameters: Vec<&str> = model.parameters().iter().map(|parameter| parameter.name.as_str()).collect();
        for (name, _) in signals.iter().filter(|(name, _)| !variables.contains(&name.as_str())) {
            let near = nearest(name, &variables);
            let message = format!("expected a variable of the model, found \"{name}\"; is \"{near}\" meant?");
            let name = key.rsplit('.').next().unwrap_or(key);
            problems.push(tell(key, message, "The signal never has a value.", format!("{name} = \"{near}\"")));
        }
        for (name, value) in spec.parameters.iter().filter(|(name, _)| !parameters.contains(&name.as_str())) {
            let near = nearest(name, &parameters);
            let message = format!("expected a parameter of the model, found \"{name}\"; is \"{near}\" meant?");
            let example = format!("parameters = {{ \"{near}\" = {value} }}");
            problems.push(tell("parameters", message, "Nothing can be simulated with this model.", example));
        }
    }
    problems.dedup();
    problems
}

fn nearest<'a>(name: &str, known: &[&'a str]) -> &'a str {
    let near = known.iter().max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
    near.copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::signal::SignalId;
    use crate::domain::source::{EmulatorSpec, SourceSpec};
    use crate::domain::time::Span;

    fn emulated(model: ModelSpec, signals: &[&str]) -> Project {
        let signals = signals.iter().zip(0..).map(|(name, id)| ((*name).to_owned(), SignalId(id))).collect();
        let (warm_up, interval) = (Span::from_secs(60), Span::from_millis(500));
        let spec = EmulatorSpec { model, seed: 7, rate: 1.0, warm_up, interval, signals };
        let sources = vec![SourceSpec { name: "plant".into(), kind: SourceKind::Emulator(spec) }];
        Project { sources, ..Project::default() }
    }

    fn told(project: &Project) -> Vec<String> {
        problems(project).into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn a_misspelt_variable_or_parameter_is_told_with_the_near_one() {
        assert_eq!(
            told(&emulated(ModelSpec::default(), &["Filler/Sped", "Filler/Speed"])),
            ["expected a variable of the model, found \"Filler/Sped\"; is \"Filler/Speed\" meant?"]
        );
        let odd = ModelSpec { parameters: vec![("Filler/MtbfFaktor".into(), 1.0)], ..ModelSpec::default() };
        assert_eq!(
            told(&emulated(odd, &[])),
            ["expected a parameter of the model, found \"Filler/MtbfFaktor\"; is \"Filler/MtbfFactor\" meant?"]
        );
    }

    #[test]
    fn a_line_is_read_from_a_file_and_its_faults_are_told_with_the_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("line.toml");
        let text = toml::to_string(&LineConfig::demo()).expect("a configuration is a table");
        std::fs::write(&file, &text).expect("written");
        let spec = ModelSpec { kind: ModelKind::Line { file: Some(file.clone()) }, parameters: Vec::new() };
        let ready = ready(&spec, 3).unwrap_or_else(|words| panic!("{words}"));
        assert_eq!(ready.model.time_secs(), LINE_RUN_IN_SECS);
        std::fs::write(&file, text.replacen("bottles_per_case = 12", "bottles_per_case = \"twelve\"", 1))
            .expect("written");
        let words = told(&emulated(spec.clone(), &[])).join("\n");
        assert!(words.contains("line 1") && words.contains("line.toml"), "{words}");
        std::fs::remove_file(&file).expect("it was there");
        assert!(told(&emulated(spec, &[]))[0].contains("cannot be read"));
    }
}
