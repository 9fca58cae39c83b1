//! `twinscope plant`: plays the plant of a project as an OPC UA server on this computer.
//!
//! First the model runs through its warm-up, which clients can read as the past; they can knock meanwhile
//! and are answered then. After that it keeps pace with the clock until it is told to end.

mod keeper;
mod variables;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};

use self::keeper::Keeper;
use super::ending::Endings;
use crate::app::args::PlantWish;
use crate::app::change::files;
use crate::app::emulator::{Emulator, next_due};
use crate::app::plant_process::{LISTENING, RunFile, TOKEN, digest};
use crate::app::random::system_random;
use crate::app::{demo, models, read, wall_now};
use crate::domain::quality::{BadReason, Quality};
use crate::domain::signal::{Sample, SignalId};
use crate::domain::source::{EmulatorSpec, SourceKind};
use crate::domain::time::{Span, Timestamp};
use crate::domain::unit::Unit;
use crate::domain::value::Value;
use crate::project::Project;
use crate::protocol::opcua::server::{Listening, Memory, PlantServer, ServerSettings, Variable};

/// Values that are remembered of all variables together: about 160 MB.
const MOST_VALUES: usize = 4_000_000;
/// Values that are remembered of a variable: two days at one a second.
const MOST_OF_ONE: usize = 200_000;
/// How often the plant looks whether it is still wanted.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Plays the plant until it is told to end, or nobody wants it any more.
///
/// # Errors
/// When there is no such plant, its model cannot run, or the port is taken.
pub fn serve(wish: &PlantWish) -> anyhow::Result<ExitCode> {
    let began = Instant::now();
    let ending = Endings::listen()?;
    let path = wish.project.clone().map_or_else(demo::folder, Ok)?;
    let project = read(path)?.project;
    let (source, spec) = emulator(&project, wish.source.as_deref())?;
    let ready = models::ready(&spec.model, spec.seed).map_err(|words| anyhow!("The plant cannot run. {words}"))?;
    let (mut shown, left) = variables::variables(ready.model.as_ref(), &project, source, spec);
    if !left.is_empty() {
        eprintln!("These names of the model are no paths; they are not shown: {}.", left.join(", "));
    }
    let keep = (MOST_VALUES / shown.len().max(1)).min(MOST_OF_ONE);
    let named = wish.run_file.clone().map(|path| name(&project, source, spec).map(|own| (path, own))).transpose()?;
    if let Some((_, own)) = &named {
        shown.push(token(own));
    }

    // Without security none is needed, but the library wants a folder for them.
    let certificates = match &named {
        Some((path, _)) => path.with_extension("certificates"),
        None => files::of_plant(&project.root).join("emulated.certificates"),
    };
    let settings = ServerSettings { port: wish.port, certificates, security: None };
    let listening = Listening::begin(&settings)?;
    let named = named.map(|(path, own)| (path, RunFile { url: listening.url(), ..own }));
    if let Some((path, own)) = &named {
        own.write(path).with_context(|| format!("{} cannot be written.", path.display()))?;
    }
    let mut keeper = Keeper::new(named);
    // Whoever started this may have gone already, which is no reason to end.
    _ = writeln!(std::io::stdout(), "{LISTENING}{}", listening.url());
    let outcome = play(ready, spec, (shown, keep), listening, &mut keeper, (began, &ending));
    keeper.leave();
    outcome.map(|()| ExitCode::SUCCESS)
}

/// The emulator of a project: the only one, or the one that is named.
fn emulator<'p>(project: &'p Project, wanted: Option<&str>) -> anyhow::Result<(&'p str, &'p EmulatorSpec)> {
    let all: Vec<(&str, &EmulatorSpec)> = project
        .sources
        .iter()
        .filter_map(|source| match &source.kind {
            SourceKind::Emulator(spec) => Some((source.name.as_str(), spec)),
            _ => None,
        })
        .collect();
    let names = || all.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    match (wanted, all.as_slice()) {
        (_, []) => {
            bail!("\"{}\" emulates no plant. Add a [[source]] of kind \"emulator\" to its twin.toml.", project.name)
        }
        (None, [only]) => Ok(*only),
        (None, _) => bail!("The project emulates several plants. Say --source with one of {}.", names()),
        (Some(wanted), all) => {
            let found = all.iter().find(|(name, _)| *name == wanted);
            found.copied().with_context(|| format!("The project emulates no plant \"{wanted}\", only {}.", names()))
        }
    }
}

/// What the run file says of this process, but for the address.
fn name(project: &Project, source: &str, spec: &EmulatorSpec) -> anyhow::Result<RunFile> {
    let mut bytes = [0; 16];
    system_random()(&mut bytes).context("No sign can be made by which the plant is known again.")?;
    let token = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let digest = digest(project, source, spec).map_err(|why| anyhow!("The plant cannot run: {why}."))?;
    Ok(RunFile { url: String::new(), process: std::process::id(), digest, token })
}

fn token(own: &RunFile) -> Variable {
    Variable {
        path: TOKEN.to_owned(),
        description: "By this the program that started the plant knows it again.".to_owned(),
        unit: Unit::none(),
        range: None,
        writable: false,
        initial: Value::text(&own.token),
    }
}

fn play(
    ready: models::Ready,
    spec: &EmulatorSpec,
    (shown, keep): (Vec<Variable>, usize),
    listening: Listening,
    keeper: &mut Keeper,
    (began, ending): (Instant, &Endings),
) -> anyhow::Result<()> {
    // The emulator numbers what it says by signal: here, by place among the variables.
    let signals = shown.iter().zip(0..).map(|(variable, place)| (variable.path.clone(), SignalId(place))).collect();
    let spec = EmulatorSpec { signals, ..spec.clone() };
    let now = wall_now();
    let clock = Instant::now();
    let plant_now = || now + Span::from(clock.elapsed()).scaled(spec.rate);
    let mut memory = Memory::new(shown.len(), keep);
    let mut due = now - spec.warm_up;
    for (place, variable) in shown.iter().enumerate() {
        // The others are said by the model.
        if !ready.model.variables().iter().any(|own| own.name == variable.path) {
            memory.keep(place, due, variable.initial.clone(), Quality::Good);
        }
    }
    let mut emulator = Emulator::of(ready, &spec, now);
    // The warm-up takes its time too: it ends where the clock then is.
    while due <= plant_now() {
        for Sample { signal, source_time, value, quality, .. } in
            emulator.sample(due, due).map_err(anyhow::Error::msg)?
        {
            let kind = shown.get(signal.index()).map(|variable| variable.initial.kind());
            if let Some(value) = kind.and_then(|kind| value.coerced(kind)) {
                memory.keep(signal.index(), source_time, value, quality);
            }
        }
        if ending.count() > 0 {
            return Ok(());
        }
        due = next_due(&spec, due, plant_now());
    }

    let emulator = Arc::new(Mutex::new(emulator));
    let asked = Arc::clone(&emulator);
    let on_write = Box::new(move |write: &_| variables::write(lock(&asked).model(), write));
    let server = listening.serve(shown.clone(), Some(memory), on_write)?;
    let mut looked = Instant::now();
    while ending.count() == 0 {
        while due <= plant_now() {
            let samples = lock(&emulator).sample(due, due);
            match samples {
                Ok(samples) => samples.into_iter().for_each(|sample| show(&server, &shown, sample)),
                Err(message) => {
                    eprintln!("{message}");
                    stand_still(&server, &shown, &lock(&emulator), plant_now());
                    while ending.count() == 0 && keeper.wanted(server.clients(), began.elapsed()) {
                        thread::sleep(LOOK_EVERY);
                    }
                    return Ok(());
                }
            }
            due = due + spec.interval;
        }
        if looked.elapsed() >= LOOK_EVERY {
            looked = Instant::now();
            if !keeper.wanted(server.clients(), began.elapsed()) {
                return Ok(());
            }
        }
        let wait_secs = (due - plant_now()).as_secs_f64() / spec.rate.max(1e-3);
        thread::sleep(Duration::from_secs_f64(wait_secs.clamp(0.001, 0.05)));
    }
    Ok(())
}

/// Shows the last values of a plant whose model failed as what they are.
fn stand_still(server: &PlantServer, shown: &[Variable], emulator: &Emulator, now: Timestamp) {
    let quality = Quality::Bad(BadReason::DeviceFailure);
    for (signal, value) in emulator.said() {
        let value = value.clone();
        show(server, shown, Sample { signal, source_time: now, received_time: now, value, quality });
    }
}

fn show(server: &PlantServer, shown: &[Variable], sample: Sample) {
    let Some(variable) = shown.get(sample.signal.index()) else { return };
    let Some(value) = sample.value.coerced(variable.initial.kind()) else { return };
    if let Err(error) = server.set(&variable.path, &value, sample.source_time, sample.quality) {
        eprintln!("{error}");
    }
}

fn lock(emulator: &Mutex<Emulator>) -> MutexGuard<'_, Emulator> {
    emulator.lock().unwrap_or_else(PoisonError::into_inner)
}
