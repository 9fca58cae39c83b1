//! Wires everything: arguments, threads, channels, the order of a frame, window or off-screen.

pub mod args;
pub mod change;
pub mod channels;
mod check;
mod commands;
mod console;
mod demo;
pub mod emulator;
pub mod evaluate;
pub mod frame;
pub mod headset;
pub mod models;
pub mod notices;
mod other;
pub mod plant;
pub mod plant_process;
mod random;
pub mod recording;
mod refusals;
pub mod reload;
mod scratch;
pub mod session;
mod shelving;
pub mod studio;
mod tasks;
pub mod what_if;
mod window;

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};

use crate::domain::recording::Pose;
use crate::domain::time::{Span, Timestamp};
use crate::project::{self, Loaded, Problem, Project};
use args::{Args, HeadsetWish, Task};
use plant_process::{Emulate, PlantProcesses};
use recording::shelf::Opening;

/// Does what the command line asks. Errors are in words for the person.
///
/// # Errors
/// When the task could not be done at all.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    refusals::in_words(|| carry_out(args))
}

fn carry_out(args: Args) -> anyhow::Result<ExitCode> {
    match args.task {
        Task::Open { path, off_screen, headset, view_only, emulate } => {
            open(path, &off_screen, headset, view_only, emulate)
        }
        Task::Demo { off_screen, headset, view_only, emulate } => {
            open(demo::folder()?, &off_screen, headset, view_only, emulate)
        }
        Task::Plant(wish) => tasks::plant::serve(&wish),
        Task::Check { path } => Ok(check::check(&path)),
        Task::New(wish) => tasks::new::new(&wish),
        Task::Render(wish) => studio::render(&wish).map(|()| ExitCode::SUCCESS),
        Task::Record(wish) => tasks::record::record(&wish),
        Task::Replay(wish) => {
            let opened = Opened { headset: wish.headset.clone(), ..tasks::replay::read(&wish)? };
            run_opened(opened, &wish.off_screen, Emulate::default())
        }
        Task::Info { file, json } => tasks::info::info(&file, json),
        Task::Export(wish) => tasks::export::export(&wish),
        Task::Import { file, out } => tasks::export::import(&file, &out),
        Task::Simulate(wish) => tasks::what_if::simulate(&wish),
        Task::User(wish) => tasks::people::user(&wish),
        Task::Change(wish) => tasks::change::change(&wish),
        Task::Audit(wish) => tasks::audit::audit(&wish),
        Task::Browse(wish) => tasks::browse::browse(&wish),
        Task::Calibrate(wish) => tasks::credibility::calibrate(&wish),
        Task::Backtest(wish) => tasks::credibility::backtest(&wish),
        Task::SimulateFmu(wish) => tasks::fmu::simulate(&wish),
        Task::FmuHost => Ok(crate::simulation::fmu::host::run()),
        Task::Video(wish) => tasks::video::film(&wish),
    }
}

/// A project as it will be run, with where it came from and what is wrong with it.
pub struct Opened {
    pub path: PathBuf,
    pub project: Arc<Project>,
    pub problems: Vec<Problem>,
    /// Recordings to open with it.
    pub recordings: Vec<Opening>,
    /// A link to follow when it stands.
    pub link: Option<String>,
    /// Nothing may be written, whatever the project says.
    pub view_only: bool,
    /// Plants of the project that run in processes of their own.
    pub plants: PlantProcesses,
    /// Camera and path of the selection to begin with.
    pub view: Option<(Option<Pose>, Option<String>)>,
    pub headset: HeadsetWish,
}

/// Reads a project, with what only the whole program can tell of it.
fn load(path: &Path) -> Loaded {
    let mut loaded = project::load(path);
    loaded.problems.extend(loaded.project.iter().flat_map(models::problems));
    loaded
}

/// Reads a project to run it. Problems do not stand in the way as long as there is something.
///
/// # Errors
/// With all problems in words, when there is nothing to run.
pub fn read(path: PathBuf) -> anyhow::Result<Opened> {
    // Models are loaded by absolute paths: the program's own folder must not matter.
    let path = std::path::absolute(&path).unwrap_or(path);
    let Loaded { project, problems } = load(&path);
    let Some(project) = project else {
        let list: Vec<String> = problems.iter().map(Problem::to_string).collect();
        bail!("{} cannot be opened.\n{}", path.display(), list.join("\n"));
    };
    for problem in &problems {
        tracing::warn!("{problem}");
    }
    Ok(Opened {
        path,
        project: Arc::new(project),
        problems,
        recordings: Vec::new(),
        link: None,
        view_only: false,
        plants: PlantProcesses::default(),
        view: None,
        headset: HeadsetWish::default(),
    })
}

fn open(
    path: PathBuf,
    off_screen: &args::OffScreen,
    headset: HeadsetWish,
    view_only: bool,
    emulate: Emulate,
) -> anyhow::Result<ExitCode> {
    let text = path.to_string_lossy();
    if text.starts_with(recording::link::SCHEME) && text.contains("://") {
        return run_opened(Opened { headset, ..tasks::replay::follow(&text)? }, off_screen, emulate);
    }
    run_opened(Opened { view_only, headset, ..read(path)? }, off_screen, emulate)
}

fn run_opened(mut opened: Opened, off_screen: &args::OffScreen, emulate: Emulate) -> anyhow::Result<ExitCode> {
    let plants = PlantProcesses::new(emulate);
    plants.take_over(Arc::make_mut(&mut opened.project), &opened.path);
    opened.plants = plants.clone();
    let outcome = if off_screen.off_screen {
        demo::run_off_screen(opened, off_screen).map(|()| ExitCode::SUCCESS)
    } else {
        window::run(opened).context("The window could not be opened.")
    };
    plants.leave();
    outcome
}

/// Threads that work on one question side by side.
fn threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// The wall clock. `app` is the only layer but `sources` that looks at it.
fn wall_now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::default() + Span::from(since_epoch)
}
