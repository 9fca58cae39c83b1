//! The thread "recorder", and the handle on it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Context;
use bevy::prelude::Resource;
use crossbeam_channel::{Receiver, Sender, select};

use crate::app::{channels, wall_now};
use crate::domain::recording::{Event, Gap, GapReason, RecorderStatus};
use crate::domain::signal::Sample;
use crate::domain::time::Span;
use crate::recording::recorder::Recorder;
use crate::recording::settings::{Description, Settings};
use crate::sources::{Lost, RecorderTap};

/// What the recorder is asked for.
#[derive(Debug)]
pub enum Order {
    Describe(Description),
    Start(Option<PathBuf>),
    Stop,
    SaveLast(Span),
    Event(Event),
}

/// What the recorder has to tell.
#[derive(Clone, PartialEq, Debug)]
pub enum News {
    Started(PathBuf),
    Stopped(PathBuf),
    /// The ring was written into a file of its own, with so many samples.
    Saved(PathBuf, u64),
    /// What did not work, in words.
    Failed(String),
}

/// The running recorder. Dropping it ends the file that is being written.
#[derive(Resource)]
pub struct RecorderHandle {
    orders: Option<Sender<Order>>,
    news: Receiver<News>,
    status: Arc<Mutex<RecorderStatus>>,
    thread: Option<JoinHandle<()>>,
    /// The way for samples to it.
    pub tap: RecorderTap,
}

/// Longest time between two looks at what is due.
const TICK: Duration = Duration::from_millis(100);
/// How long an order may wait for room.
const PATIENCE: Duration = Duration::from_millis(50);
/// Samples taken before other things are looked at.
const BURST: usize = 4096;

impl RecorderHandle {
    /// Starts the thread.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn start(settings: Settings, description: Description) -> anyhow::Result<Self> {
        let (samples, incoming) = channels::samples();
        let (orders, ordered) = channels::orders();
        let (tell, news) = channels::orders();
        let (lost, status) = (Arc::new(Lost::default()), Arc::new(Mutex::new(RecorderStatus::default())));
        let work =
            Work { recorder: Recorder::new(settings, description), lost: lost.clone(), status: status.clone(), tell };
        let thread = thread::Builder::new()
            .name("recorder".to_owned())
            .spawn(move || work.run(&incoming, &ordered))
            .context("The recorder could not be started: the system has no thread to spare.")?;
        let tap = RecorderTap { samples, lost };
        Ok(Self { orders: Some(orders), news, status, thread: Some(thread), tap })
    }

    /// Asks for something; false when the recorder does not answer.
    pub fn order(&self, order: Order) -> bool {
        self.orders.as_ref().is_some_and(|orders| orders.send_timeout(order, PATIENCE).is_ok())
    }

    pub fn status(&self) -> RecorderStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was told since the last time.
    pub fn news(&self) -> impl Iterator<Item = News> + '_ {
        self.news.try_iter()
    }

    /// Waits for the next news.
    pub fn wait(&self, limit: Duration) -> Option<News> {
        self.news.recv_timeout(limit).ok()
    }
}

impl Drop for RecorderHandle {
    fn drop(&mut self) {
        // Without orders to come the thread ends its file and itself.
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}

struct Work {
    recorder: Recorder,
    lost: Arc<Lost>,
    status: Arc<Mutex<RecorderStatus>>,
    tell: Sender<News>,
}

impl Work {
    fn run(mut self, samples: &Receiver<Sample>, orders: &Receiver<Order>) {
        let mut ticked = wall_now();
        let mut sources_gone = false;
        loop {
            if sources_gone {
                match orders.recv_timeout(TICK) {
                    Ok(order) => self.obey(order),
                    Err(crossbeam_channel::RecvTimeoutError::Disconnected) => break,
                    Err(crossbeam_channel::RecvTimeoutError::Timeout) => {}
                }
            } else {
                select! {
                    recv(orders) -> order => match order {
                        Ok(order) => self.obey(order),
                        Err(_) => break,
                    },
                    recv(samples) -> sample => match sample {
                        Ok(sample) => {
                            self.recorder.take(&sample);
                            samples.try_iter().take(BURST).for_each(|sample| self.recorder.take(&sample));
                        }
                        Err(_) => sources_gone = true,
                    },
                    default(TICK) => {}
                }
            }
            let now = wall_now();
            if now - ticked >= Span::from(TICK) || now < ticked {
                ticked = now;
                self.tick();
            }
        }
        samples.try_iter().for_each(|sample| self.recorder.take(&sample));
        self.note_lost();
        self.recorder.stop(wall_now());
    }

    fn tick(&mut self) {
        self.note_lost();
        self.recorder.tick(wall_now());
        self.publish();
    }

    fn publish(&self) {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        status.clone_from(self.recorder.status());
    }

    fn note_lost(&mut self) {
        if let Some(stretch) = self.lost.take() {
            let (from, to, lost) = (stretch.from, stretch.to, stretch.samples);
            self.recorder.event(Event::Gap(Gap { from, to, lost, reason: GapReason::QueueFull }), wall_now());
        }
    }

    fn obey(&mut self, order: Order) {
        let now = wall_now();
        let news = match order {
            Order::Describe(description) => {
                self.recorder.describe(description, now);
                None
            }
            Order::Event(event) => {
                self.recorder.event(event, now);
                None
            }
            Order::Start(path) => Some(match self.recorder.start(path, now) {
                Ok(path) => News::Started(path),
                Err(error) => News::Failed(error.to_string()),
            }),
            Order::Stop => self.recorder.stop(now).map(|path| match self.recorder.status().failure.clone() {
                Some(failure) => News::Failed(failure),
                None => News::Stopped(path),
            }),
            Order::SaveLast(span) => match self.recorder.save_last(span, now) {
                Ok(saving) => {
                    let tell = self.tell.clone();
                    let work = move || {
                        let news = match saving.write() {
                            Ok((path, samples)) => News::Saved(path, samples),
                            Err(error) => News::Failed(error.to_string()),
                        };
                        // Nobody is told when the program ends.
                        _ = tell.send(news);
                    };
                    let started = thread::Builder::new().name("save".to_owned()).spawn(work);
                    started.err().map(|error| News::Failed(format!("The ring could not be saved: {error}.")))
                }
                Err(error) => Some(News::Failed(error.to_string())),
            },
        };
        self.publish();
        if let Some(news) = news {
            _ = self.tell.send(news);
        }
    }
}
