//! The black box on the desk: records what is seen, opens what was recorded, compares and exports.

pub mod act;
pub mod beside;
pub mod export;
mod film;
pub mod intake;
pub mod jobs;
pub mod journal;
pub mod library;
pub mod link;
pub mod marks;
pub mod recorder;
pub mod replay;
pub mod shelf;
pub mod side;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bevy::prelude::*;

use self::beside::Beside;
use self::jobs::Jobs;
use self::recorder::{News, RecorderHandle};
use self::shelf::{Opening, Outcome, Shelf};
use super::frame;
use super::notices::Notices;
use super::plant::Plant;
use super::wall_now;
use crate::domain::notice::NoticeLevel;
use crate::domain::playhead::PlayheadCommand;
use crate::domain::recording::{DeskView, RecorderStatus, RecordingFile};
use crate::domain::signal::Origin;
use crate::domain::source::{CsvLayout, SourceKind};
use crate::project::Project;
use crate::recording::settings::{Description, Settings};
use crate::recording::snapshot::ProjectFiles;
use crate::view::TwinSystems;
use crate::view::camera::CameraRequest;
use crate::view::look::Look;

/// The recorder's state and the folder's files, asked a few times a second.
#[derive(Resource, Default)]
pub struct RecorderBoard {
    pub status: RecorderStatus,
    pub folder: PathBuf,
    pub files: Vec<RecordingFile>,
    status_secs_ago: f32,
    files_secs_ago: f32,
    told_failure: Option<String>,
}

const STATUS_EVERY_SECS: f32 = 0.25;
const FILES_EVERY_SECS: f32 = 3.0;

/// The systems of the black box.
pub fn plugin(app: &mut App) {
    app.init_resource::<RecorderBoard>()
        .init_resource::<Jobs>()
        .init_resource::<Beside>()
        .init_resource::<act::Clipboard>()
        .add_systems(
            Update,
            (
                (take_news, attend).chain().in_set(TwinSystems::Ingest).after(frame::ask_links),
                (journal::keep_journal, ask_recorder, follow_operator)
                    .chain()
                    .in_set(TwinSystems::Evaluate)
                    .before(frame::evaluate_other),
            ),
        );
}

/// What a recording of this project says of itself. Models are noted by digest, or go in whole.
pub fn description(project: &Project, entry: &Path, embed_models: bool) -> Description {
    let models = project.scene.nodes.iter().filter_map(|node| node.model.as_ref()).map(|model| model.file.clone());
    let tables = project.sources.iter().filter_map(|source| match &source.kind {
        SourceKind::Csv(table) if matches!(table.layout, CsvLayout::TwinMaker { .. }) => Some(table.file.clone()),
        _ => None,
    });
    let large: Vec<PathBuf> = models.chain(tables).collect();
    let whole = project.files.iter().filter(|file| !large.contains(file)).cloned().collect();
    Description {
        site: project.name.clone(),
        catalog: Arc::new(project.catalog.clone()),
        project: ProjectFiles { entry: entry.to_owned(), whole, large, embed_large: embed_models },
        ..Description::default()
    }
}

/// How recorders of this program work.
pub fn settings() -> Settings {
    Settings::new(library::folder())
}

/// Tells what recorder and replay have to tell.
fn take_news(
    mut plant: ResMut<Plant>,
    shelf: Option<ResMut<Shelf>>,
    recorder: Option<Res<RecorderHandle>>,
    mut board: ResMut<RecorderBoard>,
    mut beside: ResMut<Beside>,
    mut jobs: ResMut<Jobs>,
    mut notices: ResMut<Notices>,
) {
    let now = wall_now();
    for news in recorder.iter().flat_map(|recorder| recorder.news()) {
        board.files_secs_ago = f32::MAX;
        board.status_secs_ago = f32::MAX;
        match news {
            News::Started(_) => {}
            News::Stopped(path) => notices.tell(
                now,
                NoticeLevel::Info,
                format!("Recorded to {}.", path.display()),
                "It can be replayed from the Recordings tab.",
                "",
            ),
            News::Saved(path, samples) => notices.tell(
                now,
                NoticeLevel::Info,
                format!("Saved {samples} samples to {}.", path.display()),
                "It can be replayed from the Recordings tab.",
                "",
            ),
            News::Failed(words) => notices.tell(now, NoticeLevel::Error, words, "This was not recorded.", ""),
        }
    }
    let Some(mut shelf) = shelf else { return };
    for outcome in shelf.take_news(&mut plant) {
        match outcome {
            Outcome::Opened(number, opening) => arrive(number, &opening, &mut plant, &mut notices),
            Outcome::Damage(words) => notices.tell(now, NoticeLevel::Warning, words, "What is not damaged plays.", ""),
            Outcome::Refused(opening, _, true) => act::open_foreign(&opening, &mut jobs),
            Outcome::Refused(_, words, false) => {
                notices.tell(now, NoticeLevel::Error, words, "The recording is not open.", "");
            }
        }
    }
    for opening in jobs.take_imported() {
        shelf.open(opening);
    }
    beside.take_found(&mut plant, &mut shelf);
}

/// A recording is open: its marks join it, what is wrong with it is told, and it may be shown.
fn arrive(number: u32, opening: &Opening, plant: &mut Plant, notices: &mut Notices) {
    let now = wall_now();
    match marks::load(&opening.path) {
        Ok(marks) => {
            if let Some(recording) = plant.recording_mut(number) {
                recording.marks.extend(marks);
                recording.marks.sort_by_key(|mark| mark.at);
            }
        }
        Err(error) => notices.tell(
            now,
            NoticeLevel::Warning,
            format!("The marks beside {} cannot be read: {error}.", opening.path.display()),
            "The marks of earlier replays are not shown; the file is left as it is.",
            "Mend or remove the .marks.json file beside the recording.",
        ),
    }
    let Some(recording) = plant.recording(number) else { return };
    for problem in &recording.problems {
        notices.tell(now, NoticeLevel::Warning, problem.clone(), "What is not damaged plays.", "");
    }
    let (first, _) = recording.extent;
    if opening.show {
        plant.command(PlayheadCommand::Show(Origin::Recorded(number)), now);
        plant.command(PlayheadCommand::Seek(opening.moment.unwrap_or(first)), now);
        if opening.moment.is_none() {
            plant.command(PlayheadCommand::Play, now);
        }
    }
}

/// Has at hand what the playhead needs.
fn attend(plant: Res<Plant>, shelf: Option<ResMut<Shelf>>, beside: Res<Beside>) {
    if let Some(mut shelf) = shelf {
        shelf.attend(&plant, beside.origin.map(|(origin, _)| origin));
    }
}

fn ask_recorder(
    time: Res<Time<Real>>,
    recorder: Option<Res<RecorderHandle>>,
    mut board: ResMut<RecorderBoard>,
    mut notices: ResMut<Notices>,
) {
    let step = time.delta_secs();
    board.status_secs_ago += step;
    board.files_secs_ago += step;
    if let (Some(recorder), true) = (&recorder, board.status_secs_ago >= STATUS_EVERY_SECS) {
        board.status_secs_ago = 0.0;
        board.status = recorder.status();
        let failure = board.status.failure.clone();
        if let (Some(words), true) = (&failure, failure != board.told_failure) {
            let meaning = "What happens now is missing in the recording; the plant and this screen go on.";
            notices.tell(wall_now(), NoticeLevel::Error, words.clone(), meaning, "");
        }
        board.told_failure = failure;
    }
    if board.files_secs_ago >= FILES_EVERY_SECS || board.folder.as_os_str().is_empty() {
        board.files_secs_ago = 0.0;
        board.folder = library::folder();
        let files = library::list(&board.folder, board.status.file.as_deref());
        if board.files != files {
            board.files = files;
        }
    }
}

/// Camera and selection go where they were when it was recorded.
fn follow_operator(
    plant: Res<Plant>,
    shelf: Option<Res<Shelf>>,
    beside: Res<Beside>,
    mut look: ResMut<Look>,
    mut camera: MessageWriter<CameraRequest>,
    mut shown: Local<Option<DeskView>>,
) {
    let (true, Some(shelf), Some(recording)) = (beside.following, shelf, plant.shown_recording()) else {
        *shown = None;
        return;
    };
    let Some(book) = shelf.books.get(&recording.number) else { return };
    let moment = plant.playhead().moment() - recording.shift;
    let place = book.desk.partition_point(|view| view.at <= moment);
    let Some(view) = place.checked_sub(1).and_then(|place| book.desk.get(place)) else { return };
    if shown.as_ref() == Some(view) {
        return;
    }
    if let Some(pose) = view.pose {
        camera.write(CameraRequest::Pose(pose));
    }
    let selection = view.selection.as_ref().and_then(|path| plant.project.assets.by_path(path));
    if look.selection != selection {
        look.selection = selection;
    }
    *shown = Some(view.clone());
}
