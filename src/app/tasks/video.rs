//! `twinscope video`: a stretch of a recording, drawn off screen picture by picture.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command as Process, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use bevy::image::Image;

use crate::app::args::VideoWish;
use crate::app::console::Desk;
use crate::app::plant::Plant;
use crate::app::recording::link::DeepLink;
use crate::app::studio::{Screen, Studio};
use crate::app::tasks::replay;
use crate::domain::command::Command;
use crate::domain::playhead::PlayheadCommand;
use crate::domain::time::{Span, Timestamp};

/// Longest that a moment may take to be read.
const READING: Duration = Duration::from_secs(30);
/// Longer videos are a slip of the pen: an hour at 25 pictures a second.
const MOST_PICTURES: u64 = 90_000;

/// Draws the video, and says how far it is in lines "progress 0.25".
///
/// # Errors
/// When the recording cannot be opened, or picture or video cannot be written.
pub fn film(wish: &VideoWish) -> anyhow::Result<ExitCode> {
    let mut opened = replay::open(&wish.file, wish.project.as_deref())?;
    let view = wish.view.as_deref().map(DeepLink::parse).transpose()?.unwrap_or_default();
    opened.view = Some((view.camera, view.select));
    let (width, height) = wish.size;
    let mut studio = Studio::open(opened, Screen { width, height, panels: wish.console, best_quality: true })?;
    studio.settle()?;
    let shown = studio.run_until(READING, |world| world.resource::<Plant>().shown_recording().is_some());
    if !shown {
        bail!("The recording was not read within {} s.", READING.as_secs());
    }
    studio.ask(Command::Playhead(PlayheadCommand::Pause));
    let held = studio.world().resource::<Plant>().shown_recording().map(|recording| recording.extent);
    let (first, last) = held.context("The recording holds nothing.")?;
    let (from, to) = (wish.from.unwrap_or(first).max(first), wish.to.unwrap_or(last).min(last));
    if from >= to {
        bail!("The recording holds {first} to {last}; nothing of it lies in the range that was asked for.");
    }
    let step = Span::from_secs_f64(wish.speed.clamp(0.01, 10_000.0) / f64::from(wish.fps));
    let pictures = ((to - from).as_nanos() / step.as_nanos().max(1)) as u64 + 1;
    if pictures > MOST_PICTURES {
        bail!("This would be {pictures} pictures. Raise --speed, or choose a shorter range.");
    }
    studio.world().resource_mut::<Desk>().caption = !wish.console;
    let mut screen = Canvas::open(&wish.out, wish.size, wish.fps)?;
    for number in 0..pictures {
        let moment = from + Span::from_nanos(step.as_nanos() * number as i64);
        stand_at(&mut studio, moment)?;
        screen.take(studio.picture()?)?;
        println!("progress {:.4}", (number + 1) as f64 / pictures as f64);
        // Whoever reads the progress wants it now.
        _ = std::io::stdout().flush();
    }
    println!("{}", screen.finish(pictures)?);
    Ok(ExitCode::SUCCESS)
}

fn stand_at(studio: &mut Studio, moment: Timestamp) -> anyhow::Result<()> {
    studio.ask(Command::Playhead(PlayheadCommand::Seek(moment)));
    let there = |plant: &Plant| plant.playhead().moment() == moment && !plant.reading();
    if !studio.run_until(READING, |world| there(world.resource::<Plant>())) {
        bail!("The moment {moment} was not read within {} s.", READING.as_secs());
    }
    // What was evaluated in the last frame is drawn in the next.
    studio.frames(1);
    Ok(())
}

/// Where pictures go.
enum Canvas {
    Ffmpeg { child: Child, input: ChildStdin, part: PathBuf, out: PathBuf },
    Folder(PathBuf, u64),
}

impl Canvas {
    fn open(out: &Path, (width, height): (u32, u32), fps: u32) -> anyhow::Result<Self> {
        if let Some(folder) = out.parent() {
            fs::create_dir_all(folder).with_context(|| format!("{} cannot be created.", folder.display()))?;
        }
        let part = out.with_extension("part.mp4");
        let begun = Process::new("ffmpeg")
            .args(["-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"])
            .args(["-s", &format!("{width}x{height}"), "-r", &fps.to_string(), "-i", "-"])
            // The usual colour layout of players needs even sides.
            .args(["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "20"])
            .arg(&part)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn();
        match begun {
            Ok(mut child) => {
                let input = child.stdin.take().context("ffmpeg takes no pictures.")?;
                Ok(Self::Ffmpeg { child, input, part, out: out.to_owned() })
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let folder = out.with_extension("");
                fs::create_dir_all(&folder).with_context(|| format!("{} cannot be created.", folder.display()))?;
                eprintln!("ffmpeg is not installed: pictures go to {}.", folder.display());
                Ok(Self::Folder(folder, 0))
            }
            Err(error) => Err(error).context("ffmpeg cannot be started."),
        }
    }

    fn take(&mut self, image: Image) -> anyhow::Result<()> {
        let picture = image.try_into_dynamic().context("The picture has an unexpected format.")?.to_rgb8();
        match self {
            Self::Ffmpeg { input, .. } => input.write_all(&picture).context("ffmpeg ended before the last picture."),
            Self::Folder(folder, number) => {
                *number += 1;
                let file = folder.join(format!("{number:06}.png"));
                picture.save(&file).with_context(|| format!("{} cannot be written.", file.display()))
            }
        }
    }

    /// Ends the video; returns what came of it, in words.
    fn finish(self, pictures: u64) -> anyhow::Result<String> {
        match self {
            Self::Ffmpeg { mut child, input, part, out } => {
                drop(input);
                if !child.wait()?.success() {
                    _ = fs::remove_file(&part);
                    bail!("ffmpeg could not make the video; its words are above.");
                }
                fs::rename(&part, &out).with_context(|| format!("{} cannot be written.", out.display()))?;
                Ok(format!("{pictures} pictures in {}", out.display()))
            }
            Self::Folder(folder, _) => {
                Ok(format!("{pictures} pictures in {}; ffmpeg is not installed", folder.display()))
            }
        }
    }
}
