//! The demo factory, and running any project off screen with pictures and a report.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::Opened;
use super::args::OffScreen;
use super::frame::LinkBoard;
use super::plant::Plant;
use super::studio::{Screen, Studio};
use crate::domain::command::Command;
use crate::domain::link::LinkState;
use crate::view::camera::CameraRequest;
use crate::view::quality::QualityLevel;

/// Where the demo factory lies: beside the program as installed, or in the checkout that the
/// program was built in or is run from.
///
/// # Errors
/// When it is in none of these places.
pub fn folder() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe().unwrap_or_default();
    let places = std::iter::once(PathBuf::from(".")).chain(program.ancestors().skip(1).map(PathBuf::from));
    let found = places.map(|place| place.join("assets/demo")).find(|folder| folder.join("twin.toml").is_file());
    found.context("The demo factory (assets/demo/twin.toml) was not found. Run the program from the folder that holds \"assets\".")
}

/// Runs a project for a while without a window; leaves pictures of its views and a report.
///
/// # Errors
/// When the sources cannot be started or files cannot be written.
pub fn run_off_screen(opened: Opened, wish: &OffScreen) -> anyhow::Result<()> {
    let project = opened.project.clone();
    let (width, height) = wish.size;
    println!("Running \"{}\" off screen for {:.0} s.", project.name, wish.seconds);
    let began = Instant::now();
    let mut studio = Studio::open(opened, Screen { width, height, panels: true, best_quality: false })?;
    studio.settle()?;
    let first_frame = began.elapsed();
    let mut pictures = Vec::new();
    let mut views: Vec<(String, CameraRequest)> = project
        .scene
        .viewpoints
        .iter()
        .enumerate()
        .map(|(index, view)| (view.name.clone(), CameraRequest::GoTo(index)))
        .collect();
    if views.is_empty() {
        views.push(("overview".to_owned(), CameraRequest::FrameAll));
    }
    let each = Duration::from_secs_f64(wish.seconds.clamp(1.0, 3600.0) / (views.len() + 1) as f64);
    let mut frames = 0_u32;
    let running = Instant::now();
    for (name, camera) in &views {
        studio.point_camera(camera.clone());
        frames += run_for(&mut studio, each);
        pictures.push(shoot(&mut studio, wish, name)?);
    }
    // The equipment with an alarm, or the first that could have one.
    let alarmed = studio.world().resource::<Plant>().alarms_by_asset().into_keys().min();
    let watched = project.alarms.iter().find_map(|alarm| alarm.asset);
    if let Some(asset) = alarmed.or(watched) {
        studio.ask(Command::Select(Some(asset)));
        studio.point_camera(CameraRequest::Focus(asset));
    }
    frames += run_for(&mut studio, each);
    pictures.push(shoot(&mut studio, wish, "selected equipment")?);
    let report = report(&mut studio, first_frame, f64::from(frames) / running.elapsed().as_secs_f64());
    let file = wish.out.join("report.txt");
    std::fs::write(&file, &report).with_context(|| format!("{} cannot be written.", file.display()))?;
    print!("{report}");
    for path in pictures.iter().chain([&file]) {
        println!("wrote {}", path.display());
    }
    Ok(())
}

fn run_for(studio: &mut Studio, time: Duration) -> u32 {
    let mut frames = 0;
    let begin = Instant::now();
    studio.run_until(time, |_| {
        frames += 1;
        begin.elapsed() >= time
    });
    frames
}

fn shoot(studio: &mut Studio, wish: &OffScreen, name: &str) -> anyhow::Result<PathBuf> {
    let clean: String = name.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let file = wish.out.join(format!("{clean}.png"));
    studio.save_picture(&file)?;
    Ok(file)
}

fn report(studio: &mut Studio, first_frame: Duration, frames_per_sec: f64) -> String {
    let world = studio.world();
    let (plant, board, quality) =
        (world.resource::<Plant>(), world.resource::<LinkBoard>(), world.resource::<QualityLevel>());
    let mut text = String::new();
    // Writing to a String cannot fail.
    _ = writeln!(text, "{}", plant.project.name);
    _ = writeln!(text, "  everything on screen after {:.1} s", first_frame.as_secs_f64());
    _ = writeln!(text, "  {frames_per_sec:.1} frames a second");
    let note = quality.note();
    if !note.is_empty() {
        _ = writeln!(text, "  {note}");
    }
    _ = writeln!(text, "  {} samples of {} signals", plant.counters.samples, plant.project.catalog.len());
    if let Some((p50, p99)) = plant.counters.delay_percentiles().filter(|_| plant.live()) {
        _ = writeln!(text, "  delay from source to screen: half under {p50}, 99 of 100 under {p99}");
    }
    for link in &board.links {
        let state = match &link.state {
            LinkState::Connecting => "connecting",
            LinkState::Up { .. } => "up",
            LinkState::Down { .. } => "down",
            LinkState::Finished => "read to the end",
        };
        _ = writeln!(
            text,
            "  link {} ({}): {state}, {} samples, {} rejected, {} dropped",
            link.name, link.kind, link.samples, link.rejected, link.dropped
        );
    }
    let raised = plant.alarms.iter().filter(|(.., state)| state.active()).count();
    _ = writeln!(text, "  {raised} alarms active, {} alarm events", plant.alarms.events().len());
    text
}
