//! What people ask of the black box.

use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::beside::{Beside, signals_of};
use super::film::{Video, film};
use super::jobs::Jobs;
use super::journal::{command_record, path_of};
use super::link::DeepLink;
use super::recorder::{Order, RecorderHandle};
use super::shelf::{Opening, Shelf, name_of};
use super::side::Side;
use super::{export, intake, library, marks};
use crate::app::notices::Notices;
use crate::app::plant::Plant;
use crate::app::reload::Watch;
use crate::app::wall_now;
use crate::domain::command::Command;
use crate::domain::notice::NoticeLevel;
use crate::domain::playhead::PlayheadCommand;
use crate::domain::recording::{CommandRecord, Event, ExportForm, ExportWish, Mark, OpenRecording, Pose};
use crate::domain::signal::{Origin, SignalId};
use crate::domain::time::{Span, Timestamp};
use crate::recording::export::{ExportOptions, TableFormat};
use crate::view::camera::{CameraRequest, CurrentPose};
use crate::view::look::Look;

/// What commands to the black box work on.
#[derive(SystemParam)]
pub struct BlackBox<'w> {
    recorder: Option<Res<'w, RecorderHandle>>,
    shelf: Option<ResMut<'w, Shelf>>,
    jobs: ResMut<'w, Jobs>,
    beside: ResMut<'w, Beside>,
    pose: Res<'w, CurrentPose>,
    clipboard: ResMut<'w, Clipboard>,
}

/// A text on its way to the clipboard of the system.
#[derive(Resource, Default)]
pub struct Clipboard(pub Option<String>);

impl BlackBox<'_> {
    /// What was asked for, in words, where it belongs into a recording.
    pub fn in_words(&self, command: &Command, plant: &Plant) -> Option<CommandRecord> {
        // What is asked of the plant while something else is on screen is not done.
        if matches!(command, Command::Shelve(..) | Command::Unshelve(_)) && !plant.shelving() {
            return None;
        }
        let at = plant.now(wall_now());
        self.recorder.as_ref().and_then(|_| command_record(command, &plant.project, plant.alarm_book(), at))
    }

    /// The recordings that are open.
    pub fn shelf(&self) -> Option<&Shelf> {
        self.shelf.as_deref()
    }

    /// Notes what was asked for. After it was done, so that a recording begins with its own start.
    pub fn note(&self, record: Option<CommandRecord>) {
        if let (Some(recorder), Some(record)) = (&self.recorder, record) {
            recorder.order(Order::Event(Event::Command(record)));
        }
    }

    /// Does what is asked of the black box; words where it cannot be done.
    ///
    /// # Errors
    /// In words for the person.
    pub fn act(
        &mut self,
        command: Command,
        plant: &mut Plant,
        look: &mut Look,
        watch: Option<&Watch>,
        camera: &mut MessageWriter<CameraRequest>,
    ) -> Result<(), String> {
        match command {
            Command::StartRecording => self.order(Order::Start(None)),
            Command::StopRecording => self.order(Order::Stop),
            Command::SaveLast(span) => self.order(Order::SaveLast(span)),
            Command::AddMark(at, text) => self.add_mark(at, text, plant, look),
            Command::GoToMark(mark) => {
                plant.command(PlayheadCommand::Seek(mark.at), wall_now());
                show_view(mark.pose, mark.selection.as_deref(), plant, look, camera);
                Ok(())
            }
            Command::OpenRecording(path) => {
                self.open(Opening { path, show: true, ..Opening::default() }, plant);
                Ok(())
            }
            Command::CloseRecording(number) => {
                self.close(number, plant);
                Ok(())
            }
            Command::Compare(wish) => match &mut self.shelf {
                Some(shelf) => self.beside.lay(wish, plant, shelf, &mut self.jobs),
                None => Err(NO_SHELF.to_owned()),
            },
            Command::ListDifferences => match &self.shelf {
                Some(shelf) => self.beside.list_differences(plant, shelf, &mut self.jobs),
                None => Err(NO_SHELF.to_owned()),
            },
            Command::FollowOperator(following) => {
                self.beside.following = following;
                Ok(())
            }
            Command::Export(wish) => self.export(&wish, plant, look),
            Command::CancelJob(id) => {
                self.jobs.cancel(id);
                Ok(())
            }
            Command::CopyLink => {
                self.clipboard.0 = Some(self.link(plant, look, watch).text());
                Ok(())
            }
            Command::OpenLink(text) => self.follow(&text, plant, look, watch, camera),
            _ => Ok(()),
        }
    }

    fn order(&self, order: Order) -> Result<(), String> {
        match &self.recorder {
            Some(recorder) if recorder.order(order) => Ok(()),
            Some(_) => Err("The recorder does not answer: the disk may be very slow. Try again.".to_owned()),
            None => Err("There is nothing to record: this is a replay.".to_owned()),
        }
    }

    fn add_mark(&mut self, at: Timestamp, text: String, plant: &mut Plant, look: &Look) -> Result<(), String> {
        if matches!(plant.playhead().origin(), Origin::Simulated(_) | Origin::Predicted(_)) {
            return Err("A simulated moment is not marked: it has not happened. Go back to the plant first.".to_owned());
        }
        let selection = path_of(look.selection, &plant.project.assets);
        let mark = Mark { at, text, pose: self.pose.0, selection };
        let shown = plant.shown_recording().map(|recording| recording.number);
        let Some(recording) = shown.and_then(|number| plant.recording_mut(number)) else {
            if let Some(recorder) = &self.recorder {
                recorder.order(Order::Event(Event::Mark(mark.clone())));
            }
            plant.marks.push(mark);
            plant.marks.sort_by_key(|mark| mark.at);
            return Ok(());
        };
        let own = Mark { at: at - recording.shift, ..mark.clone() };
        recording.marks.push(mark);
        recording.marks.sort_by_key(|mark| mark.at);
        marks::add(&recording.path, &own).map_err(|error| {
            format!("The mark is shown, but could not be kept beside {}: {error}.", recording.path.display())
        })
    }

    /// Opens a recording, or shows it where it is open.
    fn open(&mut self, opening: Opening, plant: &mut Plant) {
        let open = plant.recordings.iter().find(|recording| recording.path == opening.path);
        if let Some(OpenRecording { number, .. }) = open {
            let origin = Origin::Recorded(*number);
            plant.command(PlayheadCommand::Show(origin), wall_now());
            if let Some(moment) = opening.moment {
                plant.command(PlayheadCommand::Seek(moment), wall_now());
            }
        } else if let Some(shelf) = &mut self.shelf {
            shelf.open(opening);
        }
    }

    fn close(&mut self, number: u32, plant: &mut Plant) {
        let origin = Origin::Recorded(number);
        let beside = self.beside.origin.map(|(origin, _)| origin);
        if beside == Some(origin) || plant.playhead().origin() == origin {
            self.beside.origin = None;
            self.beside.differences = None;
        }
        if let Some(shelf) = &mut self.shelf {
            shelf.close(number, plant);
        }
        if plant.playhead().origin() == origin {
            let next = plant.recordings.first().map(|recording| Origin::Recorded(recording.number));
            match next.filter(|_| !plant.live()) {
                Some(next) => plant.command(PlayheadCommand::Show(next), wall_now()),
                None => {
                    plant.command(PlayheadCommand::Show(Origin::Measured), wall_now());
                    plant.command(PlayheadCommand::GoLive, wall_now());
                }
            }
        }
    }

    fn export(&mut self, wish: &ExportWish, plant: &Plant, look: &Look) -> Result<(), String> {
        let Some(shelf) = &self.shelf else { return Err(NO_SHELF.to_owned()) };
        let origin = plant.playhead().origin();
        let held = plant.held(origin).ok_or("There is nothing to export yet.")?;
        let range = wish.range.unwrap_or(held);
        let name = plant.shown_recording().map_or_else(|| plant.project.name.clone(), |shown| shown.name.clone());
        let stamp = range.0.to_utc().format("%Y%m%d-%H%M%S");
        let folder = library::folder().join("exports");
        let Some(format) = export::format_of(wish.form) else {
            let recording = plant.shown_recording().ok_or(
                "A video is made of a recording. Save the last minutes from the record menu, open the file, and export \
                 from there.",
            )?;
            let path = folder.join(format!("{name}-{stamp}.mp4"));
            let video =
                Video { recording: recording.path.clone(), range, shift: recording.shift, path, pose: self.pose.0 };
            self.jobs.begin(format!("Video of {name}"), move |reins| film(&video, reins));
            return Ok(());
        };
        let chosen: Vec<SignalId> = match look.selection.filter(|_| wish.selection_only) {
            Some(asset) => {
                let assets = plant.project.assets.subtree(asset).into_iter();
                assets
                    .filter_map(|asset| plant.project.assets.get(asset))
                    .flat_map(|asset| asset.signals.clone())
                    .collect()
            }
            None => plant.project.catalog.iter().map(|(signal, _)| signal).collect(),
        };
        let side = Side::of(origin, plant, &signals_of(origin, plant, shelf), range);
        let path = folder.join(format!("{name}-{stamp}.{}", format.extension()));
        let catalog = plant.project.catalog.clone();
        let wish = export::Wish { range, signals: chosen, format, options: ExportOptions::default() };
        let title = format!("{name} to {}", form_of(format).words());
        self.jobs.begin(title, move |reins| {
            std::fs::create_dir_all(&folder)
                .map_err(|error| format!("{} cannot be created: {error}.", folder.display()))?;
            let report = export::table(side, &catalog, &wish, &path, |done| reins.go_on(done))?;
            Ok(format!("{} rows in {}", report.rows, path.display()))
        });
        Ok(())
    }

    fn link(&self, plant: &Plant, look: &Look, watch: Option<&Watch>) -> DeepLink {
        let recording = plant.shown_recording();
        let shift = recording.map_or(Span::ZERO, |recording| recording.shift);
        DeepLink {
            project: watch.filter(|_| recording.is_none()).map(|watch| watch.path.clone()),
            recording: recording.map(|recording| recording.path.clone()),
            at: Some(plant.playhead().moment() - shift),
            camera: self.pose.0,
            select: path_of(look.selection, &plant.project.assets),
        }
    }

    fn follow(
        &mut self,
        text: &str,
        plant: &mut Plant,
        look: &mut Look,
        watch: Option<&Watch>,
        camera: &mut MessageWriter<CameraRequest>,
    ) -> Result<(), String> {
        let link = DeepLink::parse(text).map_err(|error| format!("This is not followed: {error}."))?;
        let elsewhere = link.project.as_ref().is_some_and(|project| watch.is_none_or(|watch| watch.path != *project));
        if elsewhere {
            return Err(format!("This link leads to another project. Open it with: twinscope open \"{text}\""));
        }
        self.go(&link, plant);
        show_view(link.camera, link.select.as_deref(), plant, look, camera);
        Ok(())
    }

    /// Goes to the moment of a link.
    fn go(&mut self, link: &DeepLink, plant: &mut Plant) {
        match (&link.recording, link.at) {
            (Some(path), moment) => {
                self.open(Opening { path: path.clone(), show: true, moment, ..Opening::default() }, plant);
            }
            (None, Some(at)) => {
                plant.command(PlayheadCommand::Show(Origin::Measured), wall_now());
                plant.command(PlayheadCommand::Seek(at), wall_now());
            }
            (None, None) => {}
        }
    }
}

const NO_SHELF: &str = "Recordings cannot be opened here.";

fn form_of(format: TableFormat) -> ExportForm {
    match format {
        TableFormat::CsvLong => ExportForm::CsvLong,
        TableFormat::CsvWide => ExportForm::CsvWide,
        TableFormat::ParquetLong => ExportForm::ParquetLong,
        TableFormat::ParquetWide => ExportForm::ParquetWide,
    }
}

/// Stands and selects as it was noted.
pub fn show_view(
    pose: Option<Pose>,
    selection: Option<&str>,
    plant: &Plant,
    look: &mut Look,
    camera: &mut MessageWriter<CameraRequest>,
) {
    if let Some(pose) = pose {
        camera.write(CameraRequest::Pose(pose));
    }
    if let Some(path) = selection {
        look.selection = plant.project.assets.by_path(path);
    }
}

/// Says what did not work.
pub fn tell(result: Result<(), String>, notices: &mut Notices) {
    if let Err(words) = result {
        notices.tell(wall_now(), NoticeLevel::Warning, words, "Nothing was changed.", "");
    }
}

/// Makes a recording of a file of others, and opens that.
pub fn open_foreign(opening: &Opening, jobs: &mut Jobs) {
    let (opening, imported) = (opening.clone(), jobs.imported());
    let title = format!("Reading {}", opening.path.display());
    jobs.begin(title, move |reins| {
        let original = opening.path.clone();
        let failed = |error: std::io::Error| format!("{} cannot be read: {error}.", original.display());
        let place = intake::kept_place(&original).map_err(failed)?;
        let mut words = "It was read before.".to_owned();
        if !place.is_file() {
            let report = intake::import(&original, &place, |done| reins.go_on(done))?;
            words = format!("{} samples of {} signals. {}", report.samples, report.signals, intake::told(&report));
        }
        let name = opening.name.clone().or_else(|| Some(name_of(&original)));
        // Nobody opens it when the program ends.
        _ = imported.send(Opening { path: place, name, ..opening });
        Ok(words)
    });
}
