//! `twinscope replay`: a recording, in the project that is in it or in another.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

use crate::app::args::{HeadsetWish, ReplayWish};
use crate::app::plant_process::PlantProcesses;
use crate::app::recording::link::DeepLink;
use crate::app::recording::shelf::{Opening, name_of};
use crate::app::recording::{intake, library};
use crate::app::{self, Opened};
use crate::project::{Problem, Project, Severity};
use crate::recording::reader::{OpenError, Recording};
use crate::recording::snapshot;

/// Makes ready what the replay shows.
///
/// # Errors
/// When the recording or the project cannot be opened.
pub fn read(wish: &ReplayWish) -> anyhow::Result<Opened> {
    let mut opened = open(&wish.file, wish.project.as_deref())?;
    if let Some(opening) = opened.recordings.first_mut() {
        opening.moment = wish.at;
    }
    for path in &wish.with {
        let (path, name) = own_recording(path)?;
        opened.recordings.push(Opening { path, name, ..Opening::default() });
    }
    Ok(opened)
}

/// Makes ready what a link leads to.
///
/// # Errors
/// When the link is wrong or leads to what cannot be opened.
pub fn follow(text: &str) -> anyhow::Result<Opened> {
    let link = DeepLink::parse(text)?;
    let mut opened = match (&link.recording, &link.project) {
        (Some(recording), project) => open(recording, project.as_deref())?,
        (None, Some(project)) => app::read(project.clone())?,
        (None, None) => bail!("The link names neither a project nor a recording."),
    };
    for opening in &mut opened.recordings {
        opening.moment = link.at;
    }
    opened.view = Some((link.camera, link.select.clone()));
    // A recording opens at its moment; a project is asked to go there.
    if opened.recordings.is_empty() {
        opened.link = Some(DeepLink { project: None, ..link }.text());
    }
    Ok(opened)
}

/// The project for a recording, with its sources shut, and the recording to open in it.
///
/// # Errors
/// When the file cannot be opened, or its project cannot be put back.
pub fn open(file: &Path, project: Option<&Path>) -> anyhow::Result<Opened> {
    let (path, name) = own_recording(file)?;
    let mut recording = Recording::open(&path)?;
    let mut missing = Vec::new();
    let mut opened = match project {
        Some(project) => app::read(project.to_owned())?,
        None => match put_back(&mut recording)? {
            Some(restored) => {
                missing = restored.missing;
                app::read(restored.entry)?
            }
            None => Opened {
                path: path.clone(),
                project: Arc::new(Project {
                    name: name.clone().unwrap_or_else(|| name_of(file)),
                    ..Project::default()
                }),
                problems: Vec::new(),
                recordings: Vec::new(),
                link: None,
                view_only: false,
                plants: PlantProcesses::default(),
                view: None,
                headset: HeadsetWish::default(),
            },
        },
    };
    let shut = Arc::make_mut(&mut opened.project);
    shut.sources.clear();
    opened.problems.extend(missing.into_iter().map(|message| Problem {
        severity: Severity::Error,
        file: file.to_owned(),
        line: None,
        key: String::new(),
        message,
        meaning: "What this file would show is missing in the scene; values and alarms are complete.".to_owned(),
        example: "twinscope record --embed-models puts models into the recording".to_owned(),
    }));
    opened.recordings.push(Opening { path, name, show: true, moment: None });
    Ok(opened)
}

/// Puts the project of a recording into the cache, under a name made of what it holds.
fn put_back(recording: &mut Recording) -> anyhow::Result<Option<snapshot::Restored>> {
    let Some(list) = recording.attachment(snapshot::LIST) else { return Ok(None) };
    let digest: String = Sha256::digest(&list).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let folder = library::cache().join("projects").join(digest);
    recording.restore_project(&folder).context("The project in the recording cannot be put back.")
}

/// A recording of our own for a file: itself, or what is made of it when it is of others.
fn own_recording(file: &Path) -> anyhow::Result<(PathBuf, Option<String>)> {
    let path = std::path::absolute(file)?;
    match Recording::open(&path) {
        Err(OpenError::Foreign { .. } | OpenError::NotMcap { .. }) => {}
        Err(error) => return Err(error.into()),
        Ok(_) => return Ok((path, None)),
    }
    let place = intake::kept_place(&path)?;
    if !place.is_file() {
        println!("Reading {} ...", path.display());
        let report = intake::import(&path, &place, |_| true).map_err(anyhow::Error::msg)?;
        println!("{} samples of {} signals.", report.samples, report.signals);
        let told = intake::told(&report);
        if !told.is_empty() {
            eprintln!("{told}");
        }
    }
    Ok((place, Some(name_of(&path))))
}
