//! The thread that talks with the runtime, and the desk's end of the line.
//!
//! Every call of a session is made on that thread. A runtime may hang in any of them, and a desk must not: so the
//! desk asks, waits as long as an answer usually takes, and then goes on without. While it waits, the runtime has
//! the graphics queue to itself, as OpenXR wants it.

use std::thread;
use std::time::{Duration, Instant};

use bevy::math::UVec2;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::session::{FrameBegin, Live, Standing};
use crate::xr::hands::Side;
use crate::xr::wearer::{FrameCount, PictureKind};

/// From one picture to the next: a headset that is worn answers within a fraction of this.
const FRAME_PATIENCE: Duration = Duration::from_millis(250);
/// Showing a picture may wait until a slow graphics card has drawn it.
const SHOW_PATIENCE: Duration = Duration::from_secs(2);
/// What has not answered for so long will not.
const HUNG: Duration = Duration::from_secs(4);

enum Order {
    Frame,
    Show { eyes: [wgpu::Texture; 2], size: UVec2 },
    Knock(Side, f32),
}

enum Answer {
    Frame(Result<Box<Frame>, String>),
    Shown(Result<(), String>),
}

/// What the runtime says at the beginning of a frame.
pub struct Frame {
    pub standing: Standing,
    pub begin: FrameBegin,
    pub count: FrameCount,
}

/// The desk's end of the line to a session. When it is dropped, the session ends as soon as the runtime lets it.
pub struct Talk {
    pub device: String,
    pub picture: PictureKind,
    orders: Sender<Order>,
    answers: Receiver<Answer>,
    /// Since when an answer is awaited.
    asked: Option<Instant>,
}

impl Talk {
    /// Gives a session a thread of its own.
    ///
    /// # Errors
    /// In words, where the system gives no thread.
    pub fn begin(live: Live, device: wgpu::Device, queue: wgpu::Queue) -> Result<Self, String> {
        let (name, picture) = (live.device.clone(), live.picture);
        // One question at a time, and a few knocks.
        let (orders, taken) = bounded(16);
        let (sender, answers) = bounded(1);
        thread::Builder::new()
            .name("headset".into())
            .spawn(move || talk(live, (&device, &queue), &taken, &sender))
            .map_err(|error| format!("The system gives no thread to talk with the headset: {error}."))?;
        Ok(Self { device: name, picture, orders, answers, asked: None })
    }

    /// Asks for the next frame; none where the runtime has not answered yet.
    ///
    /// # Errors
    /// When the session is lost.
    pub fn frame(&mut self) -> Result<Option<Frame>, String> {
        let patience = if self.asked.is_none() {
            self.ask(Order::Frame)?;
            FRAME_PATIENCE
        } else {
            Duration::ZERO
        };
        match self.answer(patience)? {
            Some(Answer::Frame(frame)) => frame.map(|frame| Some(*frame)),
            Some(Answer::Shown(shown)) => shown.map(|()| None),
            None => Ok(None),
        }
    }

    /// Shows what was drawn for the frame that has begun.
    ///
    /// # Errors
    /// When the session is lost.
    pub fn show(&mut self, eyes: [wgpu::Texture; 2], size: UVec2) -> Result<(), String> {
        if self.asked.is_some() {
            return Ok(());
        }
        self.ask(Order::Show { eyes, size })?;
        match self.answer(SHOW_PATIENCE)? {
            Some(Answer::Shown(shown)) => shown,
            Some(Answer::Frame(_)) | None => Ok(()),
        }
    }

    /// Knocks in a hand; not at all where the line is busy.
    pub fn knock(&self, side: Side, strength: f32) {
        _ = self.orders.try_send(Order::Knock(side, strength));
    }

    fn ask(&mut self, order: Order) -> Result<(), String> {
        self.asked = Some(Instant::now());
        self.orders.try_send(order).map_err(|_| silent())
    }

    fn answer(&mut self, patience: Duration) -> Result<Option<Answer>, String> {
        match self.answers.recv_timeout(patience) {
            Ok(answer) => {
                self.asked = None;
                Ok(Some(answer))
            }
            Err(RecvTimeoutError::Timeout) if self.asked.is_some_and(|asked| asked.elapsed() < HUNG) => Ok(None),
            Err(_) => Err(silent()),
        }
    }
}

fn silent() -> String {
    "The headset's software does not answer.".to_owned()
}

fn talk(mut live: Live, gpu: (&wgpu::Device, &wgpu::Queue), orders: &Receiver<Order>, answers: &Sender<Answer>) {
    for order in orders {
        let answer = match order {
            Order::Frame => Answer::Frame(live.attend().and_then(|standing| {
                let begin = if standing == Standing::Ended { FrameBegin::default() } else { live.begin_frame()? };
                Ok(Box::new(Frame { standing, begin, count: live.count }))
            })),
            Order::Show { eyes, size } => Answer::Shown(live.show(eyes.each_ref(), size, gpu)),
            Order::Knock(side, strength) => {
                live.knock(side, strength);
                continue;
            }
        };
        // The desk has given up on this session.
        if answers.send(answer).is_err() {
            return;
        }
    }
}
