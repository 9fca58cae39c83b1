//! `twinscope record`: sources and alarms of a project into a file, without a window.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::bail;

use super::ending::Endings;
use crate::app::args::RecordWish;
use crate::app::plant::Plant;
use crate::app::plant_process::PlantProcesses;
use crate::app::recording::journal::alarm_records;
use crate::app::recording::recorder::{News, Order, RecorderHandle};
use crate::app::recording::{description, settings};
use crate::app::session::Session;
use crate::app::{read, wall_now};
use crate::domain::recording::{Event, RecorderStatus};
use crate::domain::time::Span;
use crate::project::Severity;

const STEP: Duration = Duration::from_millis(50);
const REPORT_EVERY: Duration = Duration::from_secs(10);
/// How long the recorder may take to begin or to end a file.
const PATIENCE: Duration = Duration::from_secs(60);

/// Records until the time is over, or until the program is told to end.
///
/// # Errors
/// When the project cannot be opened, has nothing to record, or the file cannot be written.
pub fn record(wish: &RecordWish) -> anyhow::Result<ExitCode> {
    let opened = read(wish.path.clone())?;
    let mut project = opened.project;
    if project.sources.is_empty() {
        bail!("\"{}\" has no sources: there is nothing to record. Add a [[source]] to its twin.toml.", project.name);
    }
    let errors = opened.problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    if errors > 0 {
        eprintln!("The project has {errors} problems; what they concern is not recorded. See: twinscope check");
    }
    let mut own = settings();
    own.part_bytes = (wish.part_gib.max(0.001) * f64::from(1 << 30)) as u64;
    own.part_span = wish.part_time;
    let recorder = RecorderHandle::start(own, description(&project, &opened.path, wish.embed_models))?;
    recorder.order(Order::Start(wish.out.clone()));
    let file = match recorder.wait(PATIENCE) {
        Some(News::Started(file)) => file,
        Some(News::Failed(words)) => bail!(words),
        _ => bail!("The recorder did not begin within {} s: the disk does not answer.", PATIENCE.as_secs()),
    };
    println!("Recording \"{}\" to {}. End with Ctrl+C.", project.name, file.display());
    let endings = Endings::listen()?;
    let plants = PlantProcesses::new(wish.emulate);
    plants.take_over(Arc::make_mut(&mut project), &opened.path);
    let session = Session::start(&project.sources, wall_now(), Some(recorder.tap.clone()))?;
    plants.tell(&session);
    let mut plant = Plant::new(project);
    let (begin, mut reported, mut told) = (Instant::now(), Instant::now(), 0);
    let mut last_failure = None;
    while endings.count() == 0 && wish.length.is_none_or(|length| Span::from(begin.elapsed()) < length) {
        std::thread::sleep(STEP);
        plant.drain(&session.samples, Duration::from_secs(1));
        plant.advance(Span::from(STEP), wall_now());
        for record in alarm_records(&plant.alarms, &plant.project.catalog, &mut told) {
            recorder.order(Order::Event(Event::Alarm(record)));
        }
        let status = recorder.status();
        if status.failure != last_failure {
            last_failure.clone_from(&status.failure);
            eprintln!("{}", status.failure.as_deref().unwrap_or("Recording goes on."));
        }
        if reported.elapsed() >= REPORT_EVERY {
            reported = Instant::now();
            report(&status, Span::from(begin.elapsed()));
        }
    }
    drop(session);
    drop(plants);
    recorder.order(Order::Stop);
    loop {
        match recorder.wait(PATIENCE) {
            Some(News::Stopped(_)) => break,
            Some(News::Failed(words)) => bail!(words),
            Some(_) => {}
            None => {
                bail!("The recording was not ended properly: the disk does not answer. It plays up to its last second.")
            }
        }
    }
    let status = recorder.status();
    println!("{} samples, {} MB, {} lost.", status.samples, status.bytes / 1_000_000, status.lost);
    Ok(if status.failure.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn report(status: &RecorderStatus, since: Span) {
    let free = status.free_bytes.map_or_else(String::new, |free| format!(", {} GB free", free / 1_000_000_000));
    let megabytes = status.bytes as f64 / 1e6;
    let line = format!("{since}: {} samples, {megabytes:.1} MB, {} lost{free}", status.samples, status.lost);
    if std::io::stdout().is_terminal() {
        print!("\r{line}   ");
        // A terminal that is gone is no reason to end a recording.
        _ = std::io::stdout().flush();
    } else {
        println!("{line}");
    }
}
