//! A video made by a process of its own, which has a renderer of its own.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::jobs::Reins;
use super::link::DeepLink;
use crate::domain::recording::Pose;
use crate::domain::time::{Span, Timestamp};

/// A video that is wanted.
pub struct Video {
    pub recording: PathBuf,
    /// On the timeline of the session.
    pub range: (Timestamp, Timestamp),
    /// What the session adds to the times of the recording.
    pub shift: Span,
    /// Where the video goes.
    pub path: PathBuf,
    pub pose: Option<Pose>,
}

/// Makes the video; returns what came of it, in words.
///
/// # Errors
/// In words, as the process says them.
pub fn film(video: &Video, reins: &Reins) -> Result<String, String> {
    let program = std::env::current_exe().map_err(|error| format!("The program does not find itself: {error}."))?;
    let link = DeepLink { camera: video.pose, ..DeepLink::default() };
    let mut child = Command::new(program)
        .args(["video".as_ref(), video.recording.as_os_str(), "--out".as_ref(), video.path.as_os_str()])
        .args([
            "--from",
            &(video.range.0 - video.shift).to_string(),
            "--to",
            &(video.range.1 - video.shift).to_string(),
        ])
        .args(["--view", &link.text()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("The video could not be begun: {error}."))?;
    let mut said = String::new();
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let done = line.strip_prefix("progress ").and_then(|number| number.parse().ok());
            if done.is_none() {
                said = line;
            }
            if done.is_some_and(|done| !reins.go_on(done)) {
                _ = child.kill();
            }
        }
    }
    let mut wrong = String::new();
    if let Some(mut errors) = child.stderr.take() {
        _ = errors.read_to_string(&mut wrong);
    }
    match child.wait() {
        Ok(status) if status.success() => Ok(said),
        _ => Err(wrong.lines().last().unwrap_or("The video was not finished.").to_owned()),
    }
}
