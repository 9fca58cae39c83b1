//! A desk without a window: the same plant, the same copy and the same changes as in one, frame by frame, for the
//! command line and for tests. Whoever has it sees to it that frames go on: nothing else is the heartbeat.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::TryRecvError;

use super::{Answer, ChangeDesk, Clock, Shown, files, snapshot};
use crate::app::notices::Notices;
use crate::app::plant::Plant;
use crate::app::session::Session;
use crate::app::wall_now;
use crate::app::what_if::WhatIf;
use crate::domain::change::{ChangeId, State};
use crate::domain::change_command::ChangeCommand;
use crate::domain::signal::Origin;
use crate::domain::time::{Span, Timestamp};
use crate::domain::what_if::Asking;
use crate::project::Project;
use crate::sources::StartError;

/// Time from one frame to the next.
const FRAME: Duration = Duration::from_millis(20);
/// How much of a frame samples may take.
const DRAIN: Duration = Duration::from_millis(10);
/// Longest wait for the answer of the thread that carries changes out: links may each take their deadlines.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// The desk. Its fields are dropped in their order: changes end before the plant does.
pub struct Headless {
    pub changes: ChangeDesk,
    pub what_if: WhatIf,
    pub plant: Plant,
    pub notices: Notices,
    pub session: Session,
    /// When the frame before began.
    framed: Instant,
}

impl Headless {
    /// Opens a desk that may write where the project allows it.
    ///
    /// # Errors
    /// When sources get no threads. That changes cannot be carried out shows on the board.
    pub fn open(project: Arc<Project>) -> Result<Self, StartError> {
        Self::open_by(project, false, Arc::new(wall_now))
    }

    /// Opens a desk by another wall clock, or one that only looks.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_by(project: Arc<Project>, view_only: bool, clock: Clock) -> Result<Self, StartError> {
        let session = Session::start(&project.sources, wall_now(), None)?;
        let changes = ChangeDesk::by_clock(&project, &session.ports, view_only, clock);
        let what_if = WhatIf::new(&project);
        Ok(Self {
            changes,
            what_if,
            plant: Plant::new(project),
            notices: Notices::default(),
            session,
            framed: Instant::now(),
        })
    }

    /// The audit log of its plant.
    pub fn audit_log(&self) -> PathBuf {
        files::audit(&files::of_plant(&self.plant.project.root))
    }

    /// Lets one frame go by.
    pub fn frame(&mut self) {
        let begin = Instant::now();
        let step = begin - std::mem::replace(&mut self.framed, begin);
        self.plant.drain(&self.session.samples, DRAIN);
        self.plant.advance(Span::from(step), wall_now());
        self.what_if.take_found(&mut self.plant);
        let links = self.session.links();
        self.changes.attend(step.as_secs_f32(), &mut self.what_if, &self.plant, &links, &mut self.notices);
        thread::sleep(FRAME.saturating_sub(begin.elapsed()));
    }

    /// Frames until something holds; false when it does not within a time.
    pub fn until(&mut self, within: Duration, mut holds: impl FnMut(&mut Self) -> bool) -> bool {
        let begin = Instant::now();
        while !holds(self) {
            if begin.elapsed() >= within {
                return false;
            }
            self.frame();
        }
        true
    }

    /// Waits for the plant: until the changes were taken up, and each of these signals has a fresh value. What is
    /// missing in the end is left to the guards.
    ///
    /// # Errors
    /// In words, when nothing can be written from here or the changes cannot be taken up.
    pub fn connect(&mut self, signals: &[String], within: Duration) -> Result<(), String> {
        let fresh = self.plant.project.policy.value_fresh;
        self.until(within, |desk| {
            desk.closed() || (desk.changes.board.ready && signals.iter().all(|path| desk.age(path) <= fresh))
        });
        // What closed it is told in the next frame.
        self.frame();
        if self.changes.board.ready {
            return Ok(());
        }
        let told: Vec<&str> = self.notices.list().iter().map(|notice| notice.what.as_str()).collect();
        Err(match (told.is_empty(), self.changes.board.desk.view_only) {
            (false, _) => told.join("\n"),
            (true, Some(why)) => why.to_owned(),
            (true, None) => format!(
                "The plant showed no value within {} s, so no change can be carried out. Look at its sources with: \
                 twinscope record",
                within.as_secs()
            ),
        })
    }

    /// Waits until each of these signals has a fresh value, or the time is over.
    pub fn await_values(&mut self, signals: &[String], within: Duration) {
        let fresh = self.plant.project.policy.value_fresh;
        self.until(within, |desk| signals.iter().all(|path| desk.age(path) <= fresh));
    }

    /// Nothing can be carried out, or the thread that could has ended.
    fn closed(&self) -> bool {
        self.changes.board.desk.view_only.is_some() || self.changes.ended()
    }

    /// How old the value of a signal is for the guards.
    fn age(&self, path: &str) -> Span {
        let shown = snapshot(&self.plant, &self.session.links(), wall_now());
        shown.present.get(path).map_or(Span::MAX, |present| present.age)
    }

    /// Plant time.
    pub fn now(&self) -> Timestamp {
        self.plant.now(wall_now())
    }

    /// What a signal shows, where that is a number.
    pub fn shown(&self, path: &str) -> Option<f64> {
        let id = self.plant.project.catalog.id(path)?;
        self.plant.history.at(Origin::Measured, id, self.now())?.value.as_f64()
    }

    /// Waits until the simulated copy can be asked.
    ///
    /// # Errors
    /// In words, when there is none.
    pub fn ready_to_simulate(&mut self, within: Duration) -> Result<(), String> {
        self.until(within, |desk| {
            !desk.what_if.askable.is_empty() || !matches!(desk.what_if.asking, Asking::Running(..))
        });
        match &self.what_if.asking {
            Asking::Failed(words) => Err(words.clone()),
            _ if self.what_if.askable.is_empty() => {
                Err("This project has no simulated copy that answers. Add a table [twin] to it.".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Tells the desk something, and waits for what becomes of it.
    ///
    /// # Errors
    /// Why it is not carried out, in words.
    pub fn ask(&mut self, command: ChangeCommand) -> Answer {
        let answered = self.changes.ask(command)?;
        let mut answer = Err(TryRecvError::Empty);
        self.until(ANSWER_WITHIN, |_| {
            answer = answered.try_recv();
            !matches!(answer, Err(TryRecvError::Empty))
        });
        answer.unwrap_or_else(|error| {
            Err(match error {
                TryRecvError::Disconnected => "Changes are not carried out yet, or not any more; see the notices.",
                TryRecvError::Empty => "The desk did not answer in time. Look at the state of the change.",
            }
            .to_owned())
        })
    }

    /// A change as it stands.
    pub fn change(&self, id: &ChangeId) -> Option<&Shown> {
        self.changes.board.changes.iter().find(|shown| shown.request.id == *id)
    }

    pub fn state(&self, id: &ChangeId) -> Option<State> {
        self.change(id).map(|shown| shown.request.state())
    }
}
