//! The one place that acts on what people ask for.

use bevy::prelude::*;

use super::change::ChangeDesk;
use super::headset::HeadsetDesk;
use super::notices::Notices;
use super::plant::Plant;
use super::recording::act::{self, BlackBox};
use super::reload::Watch;
use super::wall_now;
use super::what_if::WhatIf;
use crate::domain::alarm::AlarmId;
use crate::domain::command::Command;
use crate::view::camera::CameraRequest;
use crate::view::look::Look;

/// What was asked for since the last frame, by panels, keys, pointer or script.
#[derive(Resource, Default)]
pub struct Asked(pub Vec<Command>);

/// Carries out everything that was asked for.
pub fn act(
    mut asked: ResMut<Asked>,
    mut plant: ResMut<Plant>,
    mut look: ResMut<Look>,
    mut notices: ResMut<Notices>,
    mut watch: Option<ResMut<Watch>>,
    mut camera: MessageWriter<CameraRequest>,
    mut exit: MessageWriter<AppExit>,
    mut black_box: BlackBox,
    (mut what_if, mut changes, mut headset): (ResMut<WhatIf>, ResMut<ChangeDesk>, ResMut<HeadsetDesk>),
) {
    if asked.0.is_empty() {
        return;
    }
    let now = wall_now();
    for command in std::mem::take(&mut asked.0) {
        let record = black_box.in_words(&command, &plant);
        match command {
            Command::Playhead(command) => plant.command(command, now),
            Command::Step(direction) => plant.step(direction, now),
            Command::Select(selection) => look.selection = selection,
            Command::Focus(asset) => {
                camera.write(CameraRequest::Focus(asset));
            }
            Command::FrameAll => {
                camera.write(CameraRequest::FrameAll);
            }
            Command::GoToViewpoint(index) => {
                camera.write(CameraRequest::GoTo(index));
            }
            Command::SetCamera(mode) => {
                camera.write(CameraRequest::Mode(mode));
            }
            Command::Hide(asset) => {
                look.hidden.insert(asset);
            }
            Command::Show(asset) => look.show(asset, &plant.project.assets),
            Command::Isolate(asset) => look.isolated = Some(asset),
            Command::ShowAll => {
                look.hidden.clear();
                look.isolated = None;
            }
            Command::SetXray(on) => look.xray = on,
            Command::SetGhostOthers(on) => look.ghost_others = on,
            Command::SetLabels(on) => look.labels = on,
            Command::Acknowledge(alarm) => acknowledge(&mut plant, alarm),
            Command::AcknowledgeAll => {
                let all: Vec<AlarmId> = plant.alarms.iter().map(|(id, ..)| id).collect();
                all.into_iter().for_each(|alarm| acknowledge(&mut plant, alarm));
            }
            Command::Shelve(alarm, span) => plant.shelve(alarm, span, now),
            Command::Unshelve(alarm) => plant.unshelve(alarm, now),
            Command::SetTheme(theme) => look.theme = theme,
            Command::Reload => {
                if let Some(watch) = &mut watch {
                    watch.asked = true;
                }
            }
            Command::StartRecording
            | Command::StopRecording
            | Command::SaveLast(_)
            | Command::AddMark(..)
            | Command::GoToMark(_)
            | Command::OpenRecording(_)
            | Command::CloseRecording(_)
            | Command::Compare(_)
            | Command::ListDifferences
            | Command::FollowOperator(_)
            | Command::Export(_)
            | Command::CancelJob(_)
            | Command::CopyLink
            | Command::OpenLink(_) => {
                let done = black_box.act(command, &mut plant, &mut look, watch.as_deref(), &mut camera);
                act::tell(done, &mut notices);
            }
            Command::AskWhatIf(scenario) => {
                act::tell(what_if.ask(scenario, &plant, black_box.shelf()), &mut notices);
            }
            Command::AskModel(wish) => act::tell(what_if.wish(wish, &plant, black_box.shelf()), &mut notices),
            Command::OpenRun(number, place) => act::tell(what_if.open_run(number, place, &plant), &mut notices),
            Command::Change(command) => act::tell(changes.act(command), &mut notices),
            Command::Headset(command) => act::tell(headset.act(command), &mut notices),
            Command::CancelWhatIf => what_if.cancel(),
            Command::ForgetWhatIf => what_if.forget(&mut plant),
            Command::DismissNotice(id) => notices.dismiss(id),
            Command::Quit => {
                exit.write(AppExit::Success);
            }
        }
        black_box.note(record);
    }
}

/// Acknowledging happens in the present, in plant time, wherever the playhead stands.
fn acknowledge(plant: &mut Plant, alarm: AlarmId) {
    // What was recorded is not acknowledged any more.
    if plant.shown_recording().is_some() {
        return;
    }
    let extent = plant.extent(wall_now());
    let moment = extent.live_now.unwrap_or_else(|| plant.playhead().moment());
    plant.alarms.acknowledge(alarm, moment);
}
