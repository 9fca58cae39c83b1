//! Tells the recorder what happens beside the samples: alarms, commands, and what the desk shows.

use bevy::prelude::*;

use super::recorder::{Order, RecorderHandle};
use crate::app::plant::Plant;
use crate::app::wall_now;
use crate::domain::alarm::AlarmBook;
use crate::domain::asset::{AssetId, AssetTree};
use crate::domain::catalog::Catalog;
use crate::domain::command::Command;
use crate::domain::playhead::Tense;
use crate::domain::recording::{AlarmRecord, CommandRecord, DeskView, Event};
use crate::domain::time::{Span, Timestamp};
use crate::project::Project;
use crate::ui::headline;
use crate::view::camera::CurrentPose;
use crate::view::look::Look;

/// The desk is noted when it changed, at most so often.
const DESK_EVERY: Span = Span::from_millis(250);

/// What was told already.
#[derive(Default)]
pub struct Told {
    alarms: u64,
    desk: Option<DeskView>,
}

/// Notes alarms and the desk.
pub fn keep_journal(
    plant: Res<Plant>,
    look: Res<Look>,
    pose: Res<CurrentPose>,
    recorder: Option<Res<RecorderHandle>>,
    mut told: Local<Told>,
) {
    let Some(recorder) = recorder else { return };
    for record in alarm_records(&plant.alarms, &plant.project.catalog, &mut told.alarms) {
        recorder.order(Order::Event(Event::Alarm(record)));
    }
    let at = plant.now(wall_now());
    let view = DeskView {
        at,
        moment: plant.playhead().moment(),
        live: plant.playhead().tense() == Tense::Live,
        pose: pose.0,
        selection: path_of(look.selection, &plant.project.assets),
    };
    let due = told.desk.as_ref().is_none_or(|before| {
        let same = before.pose == view.pose && before.selection == view.selection && before.live == view.live;
        // Live, the moment is the moment of the journal itself.
        let moved = !same || (!view.live && before.moment != view.moment);
        moved && view.at - before.at >= DESK_EVERY || view.at < before.at
    });
    if due && plant.live() {
        recorder.order(Order::Event(Event::Desk(view.clone())));
        told.desk = Some(view);
    }
}

/// Path of an asset, for files.
pub fn path_of(asset: Option<AssetId>, assets: &AssetTree) -> Option<String> {
    Some(assets.get(asset?)?.path.clone())
}

/// What happened to alarms after the first `seen`, which is moved on.
pub fn alarm_records(book: &AlarmBook, catalog: &Catalog, seen: &mut u64) -> Vec<AlarmRecord> {
    let (happened, count) = book.events_after(*seen);
    *seen = count;
    let records = happened.iter().filter_map(|event| {
        let rule = book.rule(event.alarm)?;
        Some(AlarmRecord {
            at: event.at,
            signal: catalog.get(rule.signal)?.path.clone(),
            alarm: rule.name.clone(),
            change: event.change,
            value: event.value.clone(),
        })
    });
    records.collect()
}

/// A command in words, where it says something of the plant or of the evidence; looking around is in
/// the desk's view.
pub fn command_record(command: &Command, project: &Project, book: &AlarmBook, at: Timestamp) -> Option<CommandRecord> {
    let what = match command {
        Command::Acknowledge(alarm) => {
            let rule = book.rule(*alarm)?;
            let asset = path_of(rule.asset, &project.assets).unwrap_or_default();
            format!("Acknowledge {asset} / {}", rule.name)
        }
        Command::Shelve(alarm, span) => {
            let span = book.shelving(*alarm, *span)?;
            format!("Shelve {} for {}", headline(book.rule(*alarm)?, &project.assets), span.in_round_words())
        }
        Command::Unshelve(alarm) => {
            book.state(*alarm).shelved_until()?;
            format!("Unshelve {}", headline(book.rule(*alarm)?, &project.assets))
        }
        Command::AcknowledgeAll => "Acknowledge all".to_owned(),
        Command::StartRecording => "Start recording".to_owned(),
        Command::StopRecording => "Stop recording".to_owned(),
        Command::SaveLast(span) => format!("Save the last {span}"),
        Command::Reload => "Read the project again".to_owned(),
        Command::Quit => "Quit".to_owned(),
        _ => return None,
    };
    Some(CommandRecord { at, what })
}
