//! Changes of the plant, from the desk: hands wishes to the thread "control", gives it what the plant
//! shows, runs what it wants simulated, and shows how changes stand. Decides nothing itself.

mod board;
#[cfg(feature = "write")]
mod control;
pub mod files;
pub mod headless;
#[cfg(feature = "write")]
mod links;
mod snapshot;
mod surroundings;
#[cfg(feature = "write")]
mod wall;

use std::sync::Arc;

use bevy::prelude::*;

pub use board::{Answer, Board, Shown};
pub use snapshot::snapshot;
pub use surroundings::{Around, surroundings};

use super::frame::LinkBoard;
use super::notices::Notices;
use super::plant::Plant;
use super::recording::recorder::{Order as RecorderOrder, RecorderHandle};
use super::wall_now;
use super::what_if::WhatIf;
use crate::domain::change_command::ChangeCommand;
use crate::domain::change_record::ChangeRecord;
use crate::domain::link::LinkStatus;
use crate::domain::notice::NoticeLevel;
use crate::domain::recording::Event;
use crate::domain::time::Timestamp;
use crate::project::Project;

#[cfg(feature = "write")]
pub use desk::ChangeDesk;
#[cfg(not(feature = "write"))]
pub use without::ChangeDesk;

/// Looks at the wall clock of this computer.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Brings the desk up to date, and hands what happened to the timeline and the recorder: once a frame.
pub fn attend(
    time: Res<Time<Real>>,
    mut desk: ResMut<ChangeDesk>,
    mut what_if: ResMut<WhatIf>,
    mut plant: ResMut<Plant>,
    board: Res<LinkBoard>,
    recorder: Option<Res<RecorderHandle>>,
    mut notices: ResMut<Notices>,
) {
    desk.attend(time.delta_secs(), &mut what_if, &plant, &board.links, &mut notices);
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
    use crossbeam_channel::Receiver;

    use super::control::{Control, Order};
    use super::snapshot::snapshot;
    use super::*;
    use crate::app::channels;
    use crate::app::emulator::Ports;

    /// What the plant shows goes to the control thread so often.
    const SNAPSHOT_SECS: f32 = 0.5;

    const NOTHING: &str = "Nothing can be written from here.";

    /// How changes stand, and the way to the thread that carries them out.
    #[derive(Resource, Default)]
    pub struct ChangeDesk {
        control: Option<Control>,
        pub board: Arc<Board>,
        snapshot_in_secs: f32,
        /// What was asked for since the last frame. It goes after a snapshot of the plant, so that nothing is judged
        /// by what was.
        asked: Vec<Order>,
    }

    impl ChangeDesk {
        /// Takes up the changes of a project where they were left. Without leave to write, or where the
        /// project allows none, there is nothing that could.
        pub fn new(project: &Arc<Project>, ports: &Ports, view_only: bool) -> Self {
            Self::by_clock(project, ports, view_only, Arc::new(wall_now))
        }

        /// As [`Self::new`], where another clock says how old approvals are, and when people logged in.
        pub fn by_clock(project: &Arc<Project>, ports: &Ports, view_only: bool, clock: Clock) -> Self {
            let without = |why| Self { board: Arc::new(Board::view_only(why)), ..Self::default() };
            let Some(access) = crate::control::push::WriteAccess::unless(view_only) else {
                return without("The program was started with --view-only.");
            };
            if !project.policy.enabled {
                return without("The project does not turn writing on ([control] enabled = true).");
            }
            match Control::start(access, project, ports, clock) {
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

        /// Takes a command; it is carried out from the next frame on.
        ///
        /// # Errors
        /// In words, when nothing can be written from here.
        pub fn act(&mut self, command: ChangeCommand) -> Result<(), String> {
            self.writable()?;
            self.asked.push(Order::Command(command));
            Ok(())
        }

        /// As [`Self::act`]; what becomes of it comes to whoever asked, and to nobody else.
        ///
        /// # Errors
        /// In words, when nothing can be written from here.
        pub fn ask(&mut self, command: ChangeCommand) -> Result<Receiver<Answer>, String> {
            self.writable()?;
            let (answer, answered) = channels::orders();
            self.asked.push(Order::Asked(command, answer));
            Ok(answered)
        }

        fn writable(&self) -> Result<(), String> {
            let why_not = || self.board.desk.view_only.unwrap_or(NOTHING).to_owned();
            self.control.as_ref().map(|_| ()).ok_or_else(why_not)
        }

        /// The thread that carries changes out is gone.
        pub fn ended(&self) -> bool {
            self.control.as_ref().is_some_and(Control::ended)
        }

        /// Entries that were appended to the audit log since this was asked last, in order.
        pub fn take_happened(&mut self) -> Vec<ChangeRecord> {
            self.control.as_ref().map(Control::happened).unwrap_or_default()
        }

        pub fn attend(
            &mut self,
            step_secs: f32,
            what_if: &mut WhatIf,
            plant: &Plant,
            links: &[LinkStatus],
            notices: &mut Notices,
        ) {
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
            if self.snapshot_in_secs <= 0.0 || !self.asked.is_empty() {
                self.snapshot_in_secs = SNAPSHOT_SECS;
                _ = control.order(Order::Plant(Box::new(snapshot(plant, links, wall_now()))));
            }
            for order in self.asked.drain(..) {
                if let Err(words) = control.order(order) {
                    notices.tell(wall_now(), NoticeLevel::Error, words, "Nothing was done.", "");
                }
            }
        }
    }
}

#[cfg(not(feature = "write"))]
mod without {
    use crossbeam_channel::Receiver;

    use super::*;
    use crate::app::emulator::Ports;

    const WITHOUT: &str = "This program was built without writing.";

    /// A desk of a program that has no call that writes.
    #[derive(Resource, Default)]
    pub struct ChangeDesk {
        pub board: Arc<Board>,
    }

    impl ChangeDesk {
        pub fn new(_: &Arc<Project>, _: &Ports, _: bool) -> Self {
            Self { board: Arc::new(Board::view_only(WITHOUT)) }
        }

        pub fn by_clock(project: &Arc<Project>, ports: &Ports, view_only: bool, _: Clock) -> Self {
            Self::new(project, ports, view_only)
        }

        pub fn act(&mut self, _: ChangeCommand) -> Result<(), String> {
            Err(WITHOUT.to_owned())
        }

        pub fn ask(&mut self, _: ChangeCommand) -> Result<Receiver<Answer>, String> {
            Err(WITHOUT.to_owned())
        }

        pub fn ended(&self) -> bool {
            false
        }

        pub fn take_happened(&mut self) -> Vec<ChangeRecord> {
            Vec::new()
        }

        pub fn attend(&mut self, _: f32, _: &mut WhatIf, _: &Plant, _: &[LinkStatus], _: &mut Notices) {}
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use crate::domain::change::{ChangeId, Wish};

        /// Also where the project allows writing and nobody asked to look only.
        #[test]
        fn a_program_without_writing_carries_no_command_out() {
            let mut project = Project::default();
            project.policy.enabled = true;
            let mut desk = ChangeDesk::new(&Arc::new(project), &Ports::default(), false);
            assert_eq!(desk.board.desk.view_only, Some(WITHOUT));
            let id = ChangeId::new("C-1").expect("an id");
            for command in [
                ChangeCommand::Draft { wish: Wish::default() },
                ChangeCommand::Keep { id: id.clone() },
                ChangeCommand::Revert { id, why: String::new() },
            ] {
                assert_eq!(desk.act(command.clone()), Err(WITHOUT.to_owned()));
                assert_eq!(desk.ask(command).map(|_| ()), Err(WITHOUT.to_owned()));
            }
        }
    }
}
