//! Long work in the background, each on a thread of its own: with progress, and an end when it is
//! told to stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use bevy::prelude::Resource;
use crossbeam_channel::{Receiver, Sender};

use super::shelf::Opening;
use crate::app::channels;
use crate::domain::recording::{Job, JobState};

/// What was begun in this session, newest last.
#[derive(Resource)]
pub struct Jobs {
    list: Vec<Running>,
    next: u64,
    imported: (Sender<Opening>, Receiver<Opening>),
}

impl Default for Jobs {
    fn default() -> Self {
        Self { list: Vec::new(), next: 0, imported: channels::orders() }
    }
}

struct Running {
    job: Arc<Mutex<Job>>,
    reins: Reins,
}

/// Jobs that ended are listed up to so many.
const KEPT: usize = 20;

/// What a job holds of the desk.
#[derive(Clone)]
pub struct Reins {
    job: Arc<Mutex<Job>>,
    stop: Arc<AtomicBool>,
}

impl Reins {
    /// Tells how far the work is, 0 to 1. False when it is to end.
    pub fn go_on(&self, progress: f64) -> bool {
        self.job.lock().unwrap_or_else(PoisonError::into_inner).progress = progress as f32;
        !self.stop.load(Ordering::Relaxed)
    }

    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl Jobs {
    /// Begins a work. It returns what came of it, in words.
    pub fn begin(&mut self, title: String, work: impl FnOnce(&Reins) -> Result<String, String> + Send + 'static) {
        let id = self.next;
        self.next += 1;
        let job = Arc::new(Mutex::new(Job { id, title, progress: 0.0, state: JobState::Running }));
        let reins = Reins { job: job.clone(), stop: Arc::new(AtomicBool::new(false)) };
        let own = reins.clone();
        let run = move || {
            let result = work(&own);
            let mut job = own.job.lock().unwrap_or_else(PoisonError::into_inner);
            job.state = match result {
                _ if own.stop.load(Ordering::Relaxed) => JobState::Cancelled,
                Ok(words) => JobState::Done(words),
                Err(words) => JobState::Failed(words),
            };
            job.progress = 1.0;
        };
        if let Err(error) = thread::Builder::new().name("job".to_owned()).spawn(run) {
            let mut job = job.lock().unwrap_or_else(PoisonError::into_inner);
            job.state = JobState::Failed(format!("The system has no thread to spare: {error}."));
        }
        self.list.push(Running { job, reins });
        let ended = self.list.iter().position(|running| running.state() != JobState::Running);
        if let (true, Some(place)) = (self.list.len() > KEPT, ended) {
            self.list.remove(place);
        }
    }

    /// Where a job leaves a recording that is to be opened.
    pub fn imported(&self) -> Sender<Opening> {
        self.imported.0.clone()
    }

    /// Recordings that jobs have made.
    pub fn take_imported(&self) -> Vec<Opening> {
        self.imported.1.try_iter().collect()
    }

    pub fn cancel(&self, id: u64) {
        for running in &self.list {
            if running.job.lock().unwrap_or_else(PoisonError::into_inner).id == id {
                running.reins.stop.store(true, Ordering::Relaxed);
            }
        }
    }

    pub fn list(&self) -> Vec<Job> {
        self.list.iter().map(|running| running.job.lock().unwrap_or_else(PoisonError::into_inner).clone()).collect()
    }
}

impl Running {
    fn state(&self) -> JobState {
        self.job.lock().unwrap_or_else(PoisonError::into_inner).state.clone()
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.list.iter().for_each(|running| running.reins.stop.store(true, Ordering::Relaxed));
    }
}
