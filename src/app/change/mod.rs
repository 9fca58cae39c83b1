//! Changes of the plant, from the desk: hands wishes to the thread "control", gives it what the plant
//! shows, runs what it wants simulated, and shows how changes stand. Decides nothing itself.

mod board;
#[cfg(feature = "write")]
mod control;
pub mod files;
#[cfg(feature = "write")]
mod links;
#[cfg(feature = "write")]
mod snapshot;

pub use board::{Board, Shown};

use bevy::prelude::*;

use super::notices::Notices;
use super::plant::Plant;
use super::recording::recorder::{Order as RecorderOrder, RecorderHandle};
use super::wall_now;
use super::what_if::WhatIf;
use crate::domain::change_command::ChangeCommand;
use crate::domain::change_record::ChangeRecord;
use crate::domain::notice::NoticeLevel;
use crate::domain::recording::Event;
use crate::project::Project;

#[cfg(feature = "write")]
pub use desk::ChangeDesk;
#[cfg(not(feature = "write"))]
pub use without::ChangeDesk;

/// Brings the desk up to date, and hands what happened to the timeline and the recorder: once a frame.
pub fn attend(
    time: Res<Time<Real>>,
    mut desk: ResMut<ChangeDesk>,
    mut what_if: ResMut<WhatIf>,
    mut plant: ResMut<Plant>,
    recorder: Option<Res<RecorderHandle>>,
    mut notices: ResMut<Notices>,
) {
    desk.attend(time.delta_secs(), &mut what_if, &plant, &mut notices);
    let happened = desk.take_happened();
    if happened.is_empty() {
        return;
    }
    let unrecorded = keep(happened, &mut plant, recorder.as_deref());
    if unrecorded > 0 {
        notices.tell(
            wall_now(),
            NoticeLevel::Error,
            format!("The recorder does not answer: {unrecorded} entries of the audit log are not in the recording."),
            "The audit log itself has them.",
            "Check the disk of the recordings.",
        );
    }
}

/// Puts what happened to changes on the timeline and into the recording. The answer is how many entries the
/// recorder did not take.
pub fn keep(happened: Vec<ChangeRecord>, plant: &mut Plant, recorder: Option<&RecorderHandle>) -> usize {
    let mut unrecorded = 0;
    for record in happened {
        let event = Event::Change(Box::new(record.clone()));
        // Each would be waited for; where one was not taken, the rest is not tried.
        let lost = recorder.is_some_and(|recorder| unrecorded > 0 || !recorder.order(RecorderOrder::Event(event)));
        unrecorded += usize::from(lost);
        plant.note_change(record);
    }
    unrecorded
}

#[cfg(feature = "write")]
mod desk {
    use std::sync::Arc;

    use super::control::{Control, Order};
    use super::snapshot::snapshot;
    use super::*;
    use crate::app::emulator::Ports;

    /// What the plant shows goes to the control thread so often.
    const SNAPSHOT_SECS: f32 = 0.5;

    /// How changes stand, and the way to the thread that carries them out.
    #[derive(Resource, Default)]
    pub struct ChangeDesk {
        control: Option<Control>,
        pub board: Arc<Board>,
        snapshot_in_secs: f32,
    }

    impl ChangeDesk {
        /// Takes up the changes of a project where they were left. Without leave to write, or where the
        /// project allows none, there is nothing that could.
        pub fn new(project: &Arc<Project>, ports: &Ports, view_only: bool) -> Self {
            let without = |why| Self { board: Arc::new(Board::view_only(why)), ..Self::default() };
            let Some(access) = crate::control::push::WriteAccess::unless(view_only) else {
                return without("The program was started with --view-only.");
            };
            if !project.policy.enabled {
                return without("The project does not turn writing on ([control] enabled = true).");
            }
            match Control::start(access, project, ports) {
                Ok(control) => Self { board: control.board(), control: Some(control), ..Self::default() },
                Err(words) => Self {
                    board: Arc::new(Board {
                        told: vec![words],
                        ..Board::view_only("The changes of this plant cannot be opened; see the notices.")
                    }),
                    ..Self::default()
                },
            }
        }

        pub fn act(&mut self, command: ChangeCommand) -> Result<(), String> {
            match &self.control {
                Some(control) => control.order(Order::Command(command)),
                None => Err(self.board.desk.view_only.unwrap_or("Nothing can be written from here.").to_owned()),
            }
        }

        /// Entries that were appended to the audit log since this was asked last, in order.
        pub fn take_happened(&mut self) -> Vec<ChangeRecord> {
            self.control.as_ref().map(Control::happened).unwrap_or_default()
        }

        pub fn attend(&mut self, step_secs: f32, what_if: &mut WhatIf, plant: &Plant, notices: &mut Notices) {
            let Some(control) = &self.control else {
                for words in std::mem::take(&mut Arc::make_mut(&mut self.board).told) {
                    notices.tell(wall_now(), NoticeLevel::Error, words, "No change can be pushed.", "");
                }
                return;
            };
            self.board = control.board();
            for words in control.told() {
                notices.tell(wall_now(), NoticeLevel::Warning, words, "", "Look at the Changes tab.");
            }
            for id in control.to_simulate() {
                let Some(request) = self.board.changes.iter().map(|shown| &shown.request).find(|it| it.id == id) else {
                    continue;
                };
                if let Err(words) = what_if.ask_for_change(request, plant) {
                    _ = control.order(Order::Simulated(id, Err(words)));
                }
            }
            if let Some((id, found)) = what_if.take_evidence() {
                _ = control.order(Order::Simulated(id, found));
            }
            self.snapshot_in_secs -= step_secs;
            if self.snapshot_in_secs <= 0.0 {
                self.snapshot_in_secs = SNAPSHOT_SECS;
                _ = control.order(Order::Plant(Box::new(snapshot(plant, wall_now()))));
            }
        }
    }
}

#[cfg(not(feature = "write"))]
mod without {
    use std::sync::Arc;

    use super::*;
    use crate::app::emulator::Ports;

    /// A desk of a program that has no call that writes.
    #[derive(Resource, Default)]
    pub struct ChangeDesk {
        pub board: Arc<Board>,
    }

    impl ChangeDesk {
        pub fn new(_: &Arc<Project>, _: &Ports, _: bool) -> Self {
            Self { board: Arc::new(Board::view_only("This program was built without writing.")) }
        }

        pub fn act(&mut self, _: ChangeCommand) -> Result<(), String> {
            Err("This program was built without writing.".to_owned())
        }

        pub fn take_happened(&mut self) -> Vec<ChangeRecord> {
            Vec::new()
        }

        pub fn attend(&mut self, _: f32, _: &mut WhatIf, _: &Plant, _: &mut Notices) {}
    }
}
