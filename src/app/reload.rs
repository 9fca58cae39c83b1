//! Reads the project again when its files change, and keeps the last good one when they are wrong.
//!
//! The modification times are looked at twice a second. That costs nothing for a handful of files,
//! and works on network shares, where change notifications do not arrive.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use bevy::asset::AssetPath;
use bevy::prelude::*;

use super::change::ChangeDesk;
use super::notices::Notices;
use super::plant::Plant;
use super::plant_process::PlantProcesses;
use super::recording;
use super::recording::recorder::{Order, RecorderHandle};
use super::recording::shelf::Shelf;
use super::session::Session;
use super::wall_now;
use super::what_if::WhatIf;
use crate::domain::notice::NoticeLevel;
use crate::project::{Problem, Severity};
use crate::view::look::Look;
use crate::view::stage::OpenProject;

/// Where the project came from, and what was wrong with it when it was read last.
#[derive(Resource)]
pub struct Watch {
    pub path: PathBuf,
    /// Problems of the files as they are, whether they could be used or not.
    pub problems: Vec<Problem>,
    /// Errors that the project on screen was opened with: they do not stand in the way of another
    /// change.
    accepted: Vec<(PathBuf, String)>,
    files: Vec<(PathBuf, Option<SystemTime>)>,
    look_in_secs: f32,
    /// Someone asked to read again.
    pub asked: bool,
}

const LOOK_EVERY_SECS: f32 = 0.5;

impl Watch {
    pub fn new(path: PathBuf, files: &[PathBuf], problems: Vec<Problem>) -> Self {
        let accepted = errors(&problems);
        Self { path, problems, accepted, files: stamped(files), look_in_secs: LOOK_EVERY_SECS, asked: false }
    }

    /// Files that were changed, added or removed since the last look.
    fn changed(&self) -> Vec<PathBuf> {
        let changed = self.files.iter().filter(|(file, before)| modified(file) != *before);
        changed.map(|(file, _)| file.clone()).collect()
    }
}

/// Errors by file and message: lines move when a file is edited.
fn errors(problems: &[Problem]) -> Vec<(PathBuf, String)> {
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
    errors.map(|problem| (problem.file.clone(), problem.message.clone())).collect()
}

fn stamped(files: &[PathBuf]) -> Vec<(PathBuf, Option<SystemTime>)> {
    files.iter().map(|file| (file.clone(), modified(file))).collect()
}

fn modified(file: &PathBuf) -> Option<SystemTime> {
    std::fs::metadata(file).and_then(|data| data.modified()).ok()
}

/// The program was started to look only.
#[derive(Resource)]
pub struct ViewOnly(pub bool);

/// Looks for changes, and reads the project again.
pub fn reload(
    time: Res<Time<Real>>,
    mut watch: ResMut<Watch>,
    mut plant: ResMut<Plant>,
    mut session: ResMut<Session>,
    mut notices: ResMut<Notices>,
    mut look: ResMut<Look>,
    (mut shelf, recorder, mut what_if): (Option<ResMut<Shelf>>, Option<Res<RecorderHandle>>, ResMut<WhatIf>),
    (mut changes, view_only, plants): (ResMut<ChangeDesk>, Res<ViewOnly>, Option<Res<PlantProcesses>>),
    models: Res<AssetServer>,
    mut stage: MessageWriter<OpenProject>,
) {
    watch.look_in_secs -= time.delta_secs();
    if !watch.asked && watch.look_in_secs > 0.0 {
        return;
    }
    watch.look_in_secs = LOOK_EVERY_SECS;
    let changed = watch.changed();
    if !std::mem::take(&mut watch.asked) && changed.is_empty() {
        return;
    }
    let loaded = super::load(&watch.path);
    let now = wall_now();
    let found = errors(&loaded.problems);
    let new_errors = found.iter().filter(|error| !watch.accepted.contains(error)).count();
    let sound = loaded.project.is_some() && new_errors == 0;
    watch.problems = loaded.problems;
    // Files that were there before stay watched, so that mending one of them is noticed.
    let mut files: Vec<PathBuf> = loaded.project.iter().flat_map(|project| project.files.clone()).collect();
    files.extend(watch.files.iter().map(|(file, _)| file.clone()).filter(|_| !sound));
    files.sort();
    files.dedup();
    watch.files = stamped(&files);
    let Some(project) = loaded.project.filter(|_| sound) else {
        notices.tell(
            now,
            NoticeLevel::Error,
            format!("The changed project has {new_errors} new error{}.", if new_errors == 1 { "" } else { "s" }),
            "You still see the project as it was before the change.",
            "Open the Project tab, mend what it lists and save the file.",
        );
        return;
    };
    watch.accepted = found;
    let mut project = project;
    if let Some(plants) = &plants {
        plants.take_over(&mut project, &watch.path);
    }
    let project = Arc::new(project);
    let empty = Plant::new(Arc::default());
    let mut before = std::mem::replace(&mut *plant, empty);
    let shown = before.shown_recording().map(|recording| (recording.number, before.playhead().moment()));
    let recordings = std::mem::take(&mut before.recordings);
    look.follow(&before.project.assets, &project.assets);
    *plant = before.redescribed(project.clone());
    *what_if = WhatIf::new(&project);
    if let Some(shelf) = &mut shelf {
        shelf.reopen(recordings, shown);
    }
    if let Some(recorder) = &recorder {
        recorder.order(Order::Describe(recording::description(&project, &watch.path, false)));
    }
    let rewired = session.specs() != project.sources;
    if rewired {
        match Session::start(&project.sources, now, recorder.as_ref().map(|recorder| recorder.tap.clone())) {
            Ok(next) => {
                *session = next;
                plants.iter().for_each(|plants| plants.tell(&session));
            }
            Err(error) => notices.tell(now, NoticeLevel::Error, error.to_string(), "The sources of before go on.", ""),
        }
    }
    // The old thread has to let go of the audit log before the new one takes it. What is on trial goes back.
    *changes = ChangeDesk::default();
    *changes = ChangeDesk::new(&project, &session.ports, view_only.0);
    // A model that is loaded stays as it is unless it is asked for anew.
    let on_stage =
        |file: &PathBuf| project.scene.nodes.iter().filter_map(|node| node.model.as_ref()).any(|m| m.file == *file);
    for file in changed.into_iter().filter(on_stage) {
        models.reload(AssetPath::from_path_buf(file));
    }
    stage.write(OpenProject(project));
    let meaning = if rewired { "Its sources were connected anew." } else { "Its sources go on as they were." };
    notices.tell(now, NoticeLevel::Info, "The changed project was read.", meaning, "");
}
